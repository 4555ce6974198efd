"""The first screen over a thin line: 50 KB/s, 400 ms there and back, nothing kept from before.

What is asserted does not depend on this machine: how many bytes there are up to the end of the warnings,
and which requests the first paint waits for. The seconds are measured and printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from browser.conftest import browser  # noqa: F401  a fixture
from test_every_page import Site, served, site  # noqa: F401  fixtures

LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""Milliseconds, and bytes a second."""
READABLE_BYTES = 60 * 1024
"""Sheets, and the page up to the end of its warnings, before compression."""
WHOLE_BYTES = 68 * 1024
"""Sheets, and the page without its map: of a river with fifteen cities."""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"
BLOCKING = """performance.getEntriesByType('resource')
    .filter((one) => one.renderBlockingStatus === 'blocking').map((one) => new URL(one.name).pathname)"""
SIZES = """async () => {
    const bytes = (text) => new TextEncoder().encode(text).length;
    const page = await (await fetch(location.href)).text();
    const maps = [...page.matchAll(/<figure[^>]*data-map[^]*?<\\/figure>/g)].map(([one]) => bytes(one));
    const links = [...document.querySelectorAll("link[rel=stylesheet]")];
    const sheets = await Promise.all(links.map(async (one) => bytes(await (await fetch(one.href)).text())));
    const sum = (all) => all.reduce((so_far, one) => so_far + one, 0);
    const listed = page.slice(0, page.indexOf("</ol>", page.indexOf('<ol class="warnings')));
    return { page: bytes(page), map: sum(maps), sheets: sum(sheets), listed: bytes(listed) };
}"""
LISTS = (("/", "harbin"), ("/", "basin"), ("/warnings/", "harbin"))
Load = Callable[[str, str], "Loaded"]


class Loaded:
    """What a browser fetched for a page, and when the first warning could be read."""

    def __init__(self, page: Any, path: str, url: str) -> None:
        self.page = page
        self.wire: dict[str, int] = {}
        line, names = page.context.new_cdp_session(page), {}
        line.send("Network.enable")
        line.send("Network.setCacheDisabled", {"cacheDisabled": True})
        line.send("Network.emulateNetworkConditions", LINE)
        line.on(
            "Network.requestWillBeSent", lambda one: names.update({one["requestId"]: one["request"]["url"]})
        )
        line.on("Network.loadingFinished", lambda one: self._take(names, one))
        began = time.monotonic()
        page.goto(url + path, wait_until="commit")
        page.wait_for_selector("ol.warnings > li h3", state="visible", timeout=30_000)
        page.wait_for_load_state("load")
        self.painted_s = page.evaluate(PAINTED) / 1000
        self.all_s = time.monotonic() - began

    def _take(self, names: dict[str, str], one: dict[str, Any]) -> None:
        name = names.get(one["requestId"], "?").partition("//")[2].partition("/")[2]
        self.wire["/" + name] = int(one["encodedDataLength"])


@pytest.fixture
def load(site: Site) -> Load:  # noqa: F811
    def loaded(path: str, who: str) -> Loaded:
        seen = site.sits(who, "zh-hans", "light", 360, locale="zh-CN")
        return Loaded(seen.context.new_page(), path, site.url)

    return loaded


@pytest.mark.parametrize(("path", "who"), LISTS)
def test_the_first_warning_waits_for_little(load: Load, path: str, who: str) -> None:
    seen = load(path, who)
    blocking, size = seen.page.evaluate(BLOCKING), seen.page.evaluate(SIZES)
    print(f"{path} {who}: paint {seen.painted_s:.2f} s, all {seen.all_s:.2f} s")
    print(f"  {size}; on the wire {sum(seen.wire.values())}: {seen.wire}")
    seen.page.close()
    assert blocking == ["/static/riskshed/look.css"]
    assert 0 < size["listed"] < size["page"]
    assert size["listed"] + size["sheets"] <= READABLE_BYTES
    assert size["page"] - size["map"] + size["sheets"] <= WHOLE_BYTES
