"""Three cities and the coordination body live through a spill, each in a browser of its own.

A reading crosses the limit; the node forecasts, tells those downstream, and prepares warnings. Harbin
acknowledges and adopts, a second officer approves, and the warning stands on the pages of all, on the public
page and in the CAP feed. The server is a process as an operator runs it; nothing is put into it but by its
doors.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from riskshed.exchange import cap, cap_feed
from riskshed.governance import settlement

START = "2005-11-20T22:00:00+08:00"
PROGRAM = Path(__file__).with_name("story_node.py")
PASSWORD = "riskshed demo 2005"
READING = {
    "place": "zhaoyuan",
    "hazard_class": "accident",
    "hazard": "nitrobenzene",
    "quantity": "nitrobenzene",
    "unit": "mg/L",
    "time": "2005-11-20T21:50:00+08:00",
    "kind": "observed",
    "value": "0.0240",
    "source": "Heilongjiang monitoring, provincial border section",
}
PATIENCE_S = 60.0
JILIN, HARBIN = "220200", "230100"
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


class Story:
    """The node, its token, and the browsers of its people."""

    def __init__(self, url: str, token: str, browser: Any) -> None:
        self.url, self.token, self._browser = url, token, browser
        self._pages: list[Any] = []

    def send(self, path: str, body: Any) -> Any:
        """A machine of the body sends JSON."""
        data = json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return answer.read()

    def sits(self, user: str, language: str, **how: Any) -> Any:
        """Somebody signs in, in a browser of his own."""
        locale = "zh-CN" if language == "zh" else "en-GB"
        page = self._browser.new_context(locale=locale, **how).new_page()
        page.told = []
        page.on("console", lambda said: page.told.append(said.text) if said.type == "error" else None)
        page.goto(f"{self.url}/accounts/login/")
        page.fill("input[name=login]", user)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit], main button")
        page.wait_for_url(f"{self.url}/")
        self._pages.append(page)
        return page

    def close(self) -> None:
        for page in self._pages:
            page.context.close()


def until(found: Callable[[], Any], what: str) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.25)
    raise AssertionError(f"it did not come: {what}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where the node is, and a token."""
    home = tmp_path_factory.mktemp("story") / "node"
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
    given = {**os.environ, "RISKSHED_HOME": str(home), "RISKSHED_PORT": str(port), "RISKSHED_MEMBERS": "60"}
    given |= {"RISKSHED_ALLOWED_HOSTS": "127.0.0.1", "RISKSHED_EMAIL_URL": f"file:{home}/mail"}
    given.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, str(PROGRAM)]
    made = subprocess.run(
        [*command, "found", str(home), START, "1"], env=given, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    log = (home / "serve.log").open("w")
    process = subprocess.Popen([*command, "serve"], env=given, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("riskshed: http://"), (home / "serve.log").read_text()
    yield f"http://127.0.0.1:{port}", json.loads(made.stdout.splitlines()[-1])["token"]
    process.terminate()
    assert process.wait(20) == 0, (home / "serve.log").read_text()[-2000:]


@pytest.fixture(scope="module")
def story(served: tuple[str, str], browser: Any) -> Iterator[Story]:
    told = Story(*served, browser)
    yield told
    told.close()


def waits(page: Any, url: str) -> Any:
    """The first notice that waits for an answer of the body of this page."""
    page.goto(f"{url}/notices/")
    return page.query_selector("ol.warnings a[href^='/notices/']")


def notice_of(story: Story, page: Any) -> str:
    """Open the notice that waits; its address."""
    found = until(lambda: waits(page, story.url), "a notice")
    found.click()
    page.wait_for_url(re.compile(r"/notices/[0-9a-f]{64}/"))
    return str(page.url).partition("#")[0].partition("?")[0]


def test_a_reading_becomes_an_adopted_warning_in_the_feed(story: Story) -> None:
    jilin, harbin = story.sits("jilin", "zh"), story.sits("harbin", "zh")
    jiamusi, basin = story.sits("jiamusi", "en"), story.sits("basin", "en")
    began = time.monotonic()
    assert story.send("/api/v1/readings", READING)["accepted"] == 1

    # Everyone downstream is told; the source hears it as well.
    notice = notice_of(story, harbin)
    print(f"reading to notice on the page of Harbin: {time.monotonic() - began:.1f} s")
    assert "哈尔滨" in harbin.inner_text("main")
    assert "概率" in harbin.inner_text("main")
    until(lambda: waits(jiamusi, story.url), "a notice to Jiamusi")
    assert "nitrobenzene" in jiamusi.inner_text("main").lower()
    jilin.goto(f"{story.url}/")
    assert "预测未涉及本市" in jilin.inner_text("main")

    # Harbin acknowledges: choose, sign.
    harbin.goto(notice)
    harbin.check("input[name=answer][value=acknowledge]")
    harbin.click("#answer form button:not([type=button])")
    harbin.wait_for_load_state()
    basin.goto(notice)
    assert "acknowledged" in basin.inner_text("main")

    # Then adopts, with an orange warning of its own.
    harbin.goto(notice)
    harbin.check("input[name=answer][value=adopt]")
    if not harbin.is_visible("select[name=level]"):
        harbin.click("#answer details summary")
    harbin.select_option("select[name=level]", "orange")
    harbin.click("#answer form button:not([type=button])")
    harbin.wait_for_load_state()
    assert "预警已签名发布" in harbin.inner_text("main")
    harbin.goto(notice)
    assert "本机构已采纳这份通报" in harbin.inner_text("main")

    # The warning stands on the first page of all, on the public page, and in the feed.
    for page, words in ((harbin, "橙色预警"), (jiamusi, "Orange warning"), (basin, "Orange warning")):
        page.goto(f"{story.url}/" if page is not jiamusi else f"{story.url}/warnings/")
        assert words in page.inner_text("main")
    feed = until(lambda: _entries(story), "the warning in the feed")
    alert = cap.read(story.get(feed[0].links[0].href.replace(_home(story), "")))
    assert (alert.status, alert.msg_type, alert.scope) == ("Actual", "Alert", "Public")
    languages = {info.language for info in alert.infos}
    assert {"zh-CN", "en"} <= {one.replace("en-US", "en").replace("en-GB", "en") for one in languages}
    until(lambda: "橙色预警" in story.get("/public/").decode(), "the warning on the public page")
    for page in (jilin, harbin, jiamusi, basin):
        assert page.told == []


def _home(story: Story) -> str:
    """What the node calls itself: its profile names another port than the one of this test."""
    return "http://127.0.0.1:8000"


def _entries(story: Story) -> Any:
    try:
        return cap_feed.read_feed(story.get("/feeds/warnings.atom")).entries
    except urllib.error.HTTPError:
        return None


def test_an_acknowledgement_needs_no_mouse(story: Story) -> None:
    page = story.sits("jiamusi", "zh")
    notice = notice_of(story, page)
    page.goto(notice)
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "answer":
            break
    assert page.evaluate("document.activeElement.value") in ("acknowledge", "adopt", "decline")
    while page.evaluate("document.activeElement.value") != "acknowledge":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.is_checked("input[name=answer][value=acknowledge]")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(notice)
    assert "签收" in page.inner_text("section[aria-labelledby=h-answers]")


def test_lists_and_an_answer_work_without_scripts_at_320_pixels(story: Story) -> None:
    page = story.sits("jilin", "en", java_script_enabled=False, viewport={"width": 320, "height": 640})
    for path in ("/", "/incidents/", "/notices/?view=all", "/warnings/", "/bodies/", "/log/"):
        answer = page.goto(story.url + path)
        assert answer.status == 200
        assert page.query_selector("main h1")
    page.goto(f"{story.url}/notices/?view=to")
    link = page.query_selector("ol.warnings a[href^='/notices/']")
    if link is None:
        pytest.skip("nothing was told to Jilin in this story")
    link.click()
    if page.query_selector("input[name=answer][value=acknowledge]"):
        page.check("input[name=answer][value=acknowledge]")
        page.click("#answer form button:not([type=button])")
    assert "acknowledged" in page.inner_text("section[aria-labelledby=h-answers]")


# ------------------------------------------------------------------- agree, help, settle, and audit the bill


def room(story: Story, page: Any) -> str:
    """The address of the incident of the story."""
    page.goto(f"{story.url}/incidents/")
    return str(story.url + page.get_attribute("table th a", "href"))


def fill(page: Any, url: str, **typed: Any) -> None:
    """Open the form of an act, type, and sign."""
    page.goto(url)
    for name, value in typed.items():
        field = page.locator(f"main [name={name}]").first
        if isinstance(value, list):
            for box in page.locator(f"main input[name={name}]").all():
                box.set_checked(box.get_attribute("value") in value)
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        elif isinstance(value, Path):
            field.set_input_files(value)
        else:
            field.fill(value)
    with page.expect_navigation():
        page.click("main form button:not([type=button])")
    assert "/act/" not in page.url, page.inner_text("main")


def act_on(page: Any, board: str, word: str) -> str:
    """The address of an act that the board offers by this word, the latest first."""
    page.goto(board)
    found = page.locator("main .acts a.button", has_text=word).first
    return str(found.evaluate("one => one.href"))


def test_two_cities_disagree_agree_help_and_settle_and_the_bill_is_worked_out_again(
    story: Story, tmp_path: Path
) -> None:
    jilin, harbin = story.sits("jilin", "zh"), story.sits("harbin", "zh")
    chief, basin, auditor = (story.sits(who, "en") for who in ("harbin-commander", "basin", "auditor"))
    at = room(story, basin)
    plans, aid, costs = f"{at}plans/", f"{at}aid/", f"{at}settlement/"

    # The coordination body proposes; Harbin rejects; Jilin adds a payment; both accept; it is in force.
    hold = {"task": "hold", "owner": JILIN, "what_zh": "封堵泄漏", "what_en": "stop the release"}
    measure = {f"treatments_1_{name}": value for name, value in hold.items()}
    fill(basin, f"{at}act/plan-propose/", **measure, members=[JILIN, HARBIN])
    words = {"reason_zh": "费用应由上游承担", "reason_en": "upstream should pay"}
    fill(chief, act_on(chief, plans, "Reject"), **words)
    pays = {"transfers_1_payer": JILIN, "transfers_1_payee": HARBIN, "transfers_1_amount": "500000"}
    fill(jilin, act_on(jilin, plans, "修改"), **pays, change_zh="由吉林付款", change_en="Jilin pays")
    fill(jilin, act_on(jilin, plans, "接受"))
    fill(chief, act_on(chief, plans, "Accept"))
    fill(basin, act_on(basin, plans, "Put in force"))
    assert "in force" in basin.inner_text("main")
    assert "CNY 500,000.00" in basin.inner_text("main")

    # Harbin asks for carbon; Jilin promises it, sends it, and Harbin has it.
    goods = {"items_1_item": "activated-carbon", "items_1_amount": "30", "items_1_unit": "t"}
    need = {"purpose_zh": "净水", "purpose_en": "to clean the water"}
    fill(harbin, f"{at}act/aid-request/", **goods, **need, of=[JILIN])
    fill(jilin, act_on(jilin, aid, "承诺援助"))
    fill(jilin, act_on(jilin, aid, "已发运"))
    fill(harbin, act_on(harbin, aid, "已收到"))
    auditor.goto(aid)
    assert "kept in time" in auditor.inner_text("main")

    # Harbin claims what it spent, the coordination body draws the bill, Jilin accepts and pays its part.
    voucher = tmp_path / "receipt.txt"
    voucher.write_text("receipt no. 17")
    line = {"line": "carbon", "what_zh": "活性炭", "what_en": "carbon", "amount": "600000.06"}
    cost = {f"lines_1_{name}": value for name, value in line.items()}
    fill(harbin, f"{at}act/cost-claim/", **cost, lines_1_voucher=voucher)
    fill(basin, f"{at}act/bill-draw/")
    assert "CNY 100,000.01" in basin.inner_text("main"), "a sixth, for those at Harbin and above it"
    fill(jilin, act_on(jilin, costs, "确认结算"))
    fill(jilin, act_on(jilin, costs, "登记付款"))

    # The auditor sees that the node has it the same, and works it out himself from the file that it names.
    auditor.goto(costs)
    text = auditor.inner_text("main")
    assert "worked out again: the same" in text
    assert "paid" in text
    inputs = story.get(auditor.get_attribute("a[href^='/files/']", "href"))
    bill = settlement.recompute(inputs)
    assert {one.body: one.bears_minor for one in bill.accounts}[JILIN] == 10_000_001
    assert sum(one.bears_minor for one in bill.accounts) == 60_000_006
    for page in (jilin, harbin, chief, basin, auditor):
        assert page.told == []


def test_a_false_alert_is_cancelled_in_three_clicks(story: Story) -> None:
    page = story.sits("harbin", "en")
    page.goto(f"{story.url}/")
    began = time.monotonic()
    clicks = 0
    page.click("ol.warnings h3 a >> nth=0")
    clicks += 1
    page.wait_for_url(re.compile(r"/warnings/"))
    page.click("text=Cancel false alert")
    clicks += 1
    page.click("main form button:not([type=button]) >> nth=0")
    clicks += 1
    page.wait_for_load_state()
    until(lambda: "cancelled" in _text(page, story), "the warning is cancelled")
    took_s = time.monotonic() - began
    print(f"false alert cancelled: {clicks} clicks, {took_s:.1f} s")
    assert clicks <= 3
    assert took_s <= 60
    told = until(
        lambda: [one for one in _alerts(story) if one.msg_type == "Cancel"], "the cancel in the feed"
    )
    assert told[0].references


def _text(page: Any, story: Story) -> str:
    page.goto(f"{story.url}/warnings/?view=ended")
    return str(page.inner_text("main")).lower()


def _alerts(story: Story) -> list[Any]:
    found = _entries(story) or ()
    return [cap.read(story.get(one.links[0].href.replace(_home(story), ""))) for one in found]


def test_times_of_the_story_are_those_of_the_node(story: Story) -> None:
    page = story.sits("basin", "zh")
    shown = page.get_attribute("header time", "datetime")
    assert abs((datetime.fromisoformat(shown) - datetime.fromisoformat(START)).total_seconds()) < 3600
