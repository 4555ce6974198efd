"""The open side, in real browsers: residents without an account, enterprises, and those who govern.

One node for the file: the demonstration of the Songhua case with its governments, two enterprises, a chamber
and a community organisation, at the hour in `START`. `side.forward(hours)` moves its clock on, so nobody
waits. Each test is about things of its own, so that their order does not matter.

People, by user name: `jilin` (government, where it began), `harbin` and `harbin-commander` (the next city
downstream), `jiamusi` (further down), `basin` (the coordination body, which runs the node), and the
representatives `carbon` (supplier in Songyuan), `filters` (maker in Harbin), `chamber`, `riverside`.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser.conftest import browser  # noqa: F401  a fixture
from open_node import FORWARD
from PIL import Image
from test_first_screen import LINE
from test_node_story import Story, until

START = "2005-11-20T09:00:00+08:00"
PROGRAM = Path(__file__).with_name("open_node.py")
HARBIN, JIAMUSI = "230100", "230800"


class OpenSide(Story):
    """The node, and the browsers of its people; see the module for who they are."""

    def __init__(self, url: str, token: str, home: Path, chromium: Any) -> None:
        super().__init__(url, token, chromium)
        self.home = home

    def forward(self, hours: float) -> None:
        """Move the clock of the node on; it goes on from there."""
        file = self.home / FORWARD
        before = float(file.read_text()) if file.is_file() else 0.0
        part = file.with_suffix(".part")
        part.write_text(str(before + hours))
        part.replace(file)

    def nobody(self, **how: Any) -> Any:
        """A page of somebody who has no account, in a browser of his own."""
        page = self._browser.new_context(**{"locale": "zh-CN", **how}).new_page()
        self._pages.append(page)
        return page


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[OpenSide]:  # noqa: F811
    """The node, served as an operator would."""
    home = tmp_path_factory.mktemp("open") / "node"
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
    given = {**os.environ, "RISKSHED_HOME": str(home), "RISKSHED_PORT": str(port), "RISKSHED_MEMBERS": "60"}
    given |= {"RISKSHED_ALLOWED_HOSTS": "127.0.0.1", "RISKSHED_EMAIL_URL": f"file:{home}/mail"}
    given.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, str(PROGRAM)]
    found = [*command, "found", str(home), START]
    token = subprocess.run(found, env=given, check=True, capture_output=True, text=True).stdout.split()[-1]
    log = (home / "serve.log").open("w")
    process = subprocess.Popen([*command, "serve"], env=given, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("riskshed: http://"), (home / "serve.log").read_text()
    made = OpenSide(f"http://127.0.0.1:{port}", token, home, browser)
    yield made
    made.close()
    process.terminate()
    process.wait(20)


def test_a_representative_lands_on_the_open_side_and_sees_no_room_of_a_government(side: OpenSide) -> None:
    page = side.nobody(viewport={"width": 390, "height": 844})
    page.goto(f"{side.url}/accounts/login/")
    page.fill("input[name=login]", "carbon")
    page.fill("input[name=password]", "riskshed demo 2005")
    page.click("main button")
    page.wait_for_url(f"{side.url}/open/")
    assert page.locator("nav a[aria-current=page]").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for path in ("/incidents/", "/notices/", "/roster/", "/log/", "/field-reports/"):
        answer = page.goto(side.url + path)
        assert answer is not None
        assert answer.status == 403, path


def represents(side: OpenSide, user: str) -> Any:
    """A representative signs in."""
    page = side.nobody()
    page.goto(f"{side.url}/accounts/login/")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", "riskshed demo 2005")
    page.click("main button")
    page.wait_for_url(f"{side.url}/open/")
    return page


def asks(page: Any, side: OpenSide, text: str) -> str:
    """Ask a question about the environment at Jilin; the address at which its asker follows it."""
    page.goto(f"{side.url}/service/ask/")
    page.fill("[name=text]", text)
    page.select_option("[name=topic]", "environment")
    page.select_option("[name=city]", "220200")
    page.click("main form button")
    page.wait_for_selector("#h-hands")
    return str(page.url)


def test_a_question_to_the_city_is_answered_inside_its_clock_and_rated(side: OpenSide) -> None:
    filters = represents(side, "filters")
    url = asks(filters, side, "取水口何时恢复？我们只剩两天的活性炭。")
    assert "还有" in filters.inner_text("main .lead")
    jilin = side.sits("jilin", "zh")
    jilin.goto(f"{side.url}/service/")
    jilin.click("#h-ours >> xpath=../.. >> text=取水口何时恢复")
    jilin.click("main .acts a >> nth=0")
    jilin.fill("[name=text_zh]", "预计后天十时恢复，今日先由消防车供水。")
    jilin.check(f"[name=coordinated_with][value='{HARBIN}']")
    jilin.click("main form button")
    jilin.wait_for_selector("#h-hands")
    filters.goto(url)
    lead = filters.inner_text("main .lead")
    assert "已答复" in lead
    assert "逾期" not in lead
    assert "预计后天十时恢复" in filters.inner_text("main")
    filters.click("main .acts a >> text=评价")
    filters.select_option("[name=score]", "5")
    filters.select_option("[name=solved]", "yes")
    filters.click("main form button")
    filters.wait_for_selector("#h-hands")
    assert "评分 5，已解决" in filters.inner_text("main")


def test_a_question_of_a_resident_that_nobody_answers_is_handed_up_by_itself(side: OpenSide) -> None:
    phone = side.nobody(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    url = asks(phone, side, "自来水有异味，能喝吗？")
    assert "/service/link/" in url
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    side.forward(1.1)

    def climbed() -> bool:
        phone.goto(url)
        return "提级" in phone.inner_text("section[aria-labelledby=h-hands]")

    assert until(climbed, "the question is handed up")
    assert "问题已提级" in phone.inner_text("main")
    assert "自来水有异味" in phone.inner_text("main")


CARBON = "purchase activated-carbon t"


def offers(page: Any, side: OpenSide, amount: str, city: str) -> None:
    """Make an offer of activated carbon."""
    page.goto(f"{side.url}/market/offer/new/")
    page.select_option("[name=known]", CARBON)
    page.fill("[name=amount]", amount)
    page.select_option("[name=city]", city)
    page.fill("[name=until]", "2005-12-20T00:00")
    page.click("main form button")
    page.wait_for_selector("#h-facts")


def matches(side: OpenSide) -> None:
    """Whoever runs the node has everything matched."""
    basin = side.sits("basin", "zh")
    basin.goto(f"{side.url}/market/")
    basin.click("text=以本机构名义提出现在的匹配")
    assert "已提出 1 项匹配" in basin.inner_text("main [role=status]")


def test_when_a_supplier_stops_a_stand_in_of_another_city_is_taken_and_bound(side: OpenSide) -> None:
    chamber, carbon, filters = (represents(side, user) for user in ("chamber", "carbon", "filters"))
    offers(chamber, side, "300", HARBIN)
    offers(carbon, side, "200", "220700")
    filters.goto(f"{side.url}/market/need/new/")
    filters.select_option("[name=known]", CARBON)
    filters.fill("[name=amount]", "120")
    filters.fill("[name=needed_by]", "2005-12-10T00:00")
    filters.click("main form button")
    filters.wait_for_selector("#h-facts")
    matches(side)
    # The supplier next door has stopped, and says so.
    chamber.goto(f"{side.url}/market/")
    chamber.click("#h-own >> xpath=../.. >> a >> nth=0")
    assert "次优供给" in chamber.inner_text("main")
    chamber.fill("[name=reason_zh]", "会员工厂停产，无法供货。")
    chamber.click("text=以本机构名义婉拒")
    chamber.wait_for_selector("text=已婉拒")
    matches(side)
    # Two clicks from the list: look why, and accept.
    filters.goto(f"{side.url}/market/")
    filters.click("#h-own >> xpath=../.. >> li:has-text('待答复') a >> nth=0")
    assert "未挤占其他需求" in filters.inner_text("main")
    filters.click("text=以本机构名义接受")
    filters.wait_for_selector("text=已接受，待交付")
    carbon.goto(f"{side.url}/market/")
    assert "已接受，待交付" in carbon.inner_text("#h-own >> xpath=../..")
    assert "80 t" in carbon.inner_text("#h-offer >> xpath=../..")
    basin = side.sits("basin", "zh")
    basin.goto(f"{side.url}/trust/songyuan-carbon/")
    assert "供给" in basin.inner_text("main")


# ------------------------------------------------------------------------------- a report on a telephone


READING = {
    "place": "sifangtai",
    "hazard_class": "accident",
    "hazard": "nitrobenzene",
    "quantity": "nitrobenzene",
    "unit": "mg/L",
    "kind": "observed",
    "value": "0.0350",
    "source": "Harbin monitoring",
}
CAMERA_PIXELS = (3_000, 2_000)
SENT_BYTES = 400_000


def camera() -> bytes:
    """A photograph as a telephone takes it: megabytes of it, with the place where it was taken."""
    width, height = CAMERA_PIXELS
    noise = np.random.default_rng(7).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0110] = "SECRET-DEVICE"
    out = io.BytesIO()
    Image.fromarray(noise).resize(CAMERA_PIXELS).save(out, "JPEG", quality=98, exif=exif)
    return out.getvalue()


def listed(page: Any, side: OpenSide, path: str, words: str) -> bool:
    """Whether a page lists something that says so."""
    page.goto(side.url + path)
    return words in page.inner_text("main")


def test_a_resident_reports_from_a_telephone_and_is_heard_and_borne_out(side: OpenSide) -> None:
    phone = side.nobody(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    line = phone.context.new_cdp_session(phone)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    began = time.monotonic()
    phone.goto(f"{side.url}/public/report/")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.fill("[name=what]", "江面漂着死鱼，有刺鼻的苦杏仁味")
    phone.select_option("[name=city]", HARBIN)
    data = camera()
    phone.set_input_files("[name=photographs]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": data})
    until(lambda: "kB" in phone.inner_text("[data-picked]"), "the photograph is made smaller")
    size = phone.evaluate("document.querySelector('[name=photographs]').files[0].size")
    phone.click("main form button[type=submit]")
    phone.wait_for_url("**/public/report/thanks/**", timeout=90_000)
    print(f"photograph {len(data)} bytes, {size} sent; {time.monotonic() - began:.1f} s on a thin line")
    assert size < SENT_BYTES < len(data)
    assert "未经核实" in phone.inner_text("main")

    # The duty officer has it at once, with the photograph, marked as borne out by nothing yet.
    officer = side.sits("harbin", "zh")
    officer.goto(f"{side.url}/field-reports/")
    officer.click("text=江面漂着死鱼")
    assert "尚无佐证" in officer.inner_text("main")
    picture = officer.locator(".photograph img")
    picture.scroll_into_view_if_needed()
    until(lambda: picture.evaluate("(one) => one.naturalWidth") > 0, "the photograph is shown")
    # The next city downstream was told, unconfirmed.
    downstream = side.sits("jiamusi", "zh")
    assert until(lambda: listed(downstream, side, "/notices/", "哈尔滨市有现场报告"), "the first notice")

    # A sensor bears it out; those downstream are told so, and that nobody has confirmed it.
    at = phone.evaluate("document.querySelector('time[data-clock]').getAttribute('datetime')")
    assert side.send("/api/v1/readings", {**READING, "time": at})["accepted"] == 1
    assert until(lambda: listed(downstream, side, "/notices/", "现场报告有佐证"), "it is borne out")
    downstream.click("text=现场报告有佐证")
    told = downstream.inner_text("main")
    assert "未核实" in told
    assert "1 组监测数据" in told
    officer.reload()
    assert "有佐证" in officer.inner_text("main")
    assert [one for one in officer.told if "403" not in one] == []
