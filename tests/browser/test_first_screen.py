"""The first screen over a thin line: 50 KB/s, 400 ms there and back, nothing kept from before.

What is asserted does not depend on this machine: how many bytes come over the line up to the end of the
warnings and without the map, and which requests the first paint waits for. The line is slow because the
browser makes it so; the seconds hold the work of node and browser too, so they are asserted with room for a
busy machine, and printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from browser.conftest import browser  # noqa: F401  a fixture
from django.urls import reverse
from test_every_page import Site, served, site  # noqa: F401  fixtures

LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""Milliseconds, and bytes a second."""
READABLE_BYTES = 24 * 1024
"""Sheet and page, as they are sent: all that the first paint waits for."""
WHOLE_BYTES = 60 * 1024
"""All but the map, its scripts, and the second face, which come when the list stands there."""
READABLE_S, SLACK_S = 2.0, 2.0
"""The aim, and what a busy machine may add to it."""
ROOM_BYTES = 100 * 1000
"""The room of an incident that runs for ten days, before it is packed."""
LATER = ("/map/", "map.js", "-600-normal.woff2")
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"
BLOCKING = """performance.getEntriesByType('resource')
    .filter((one) => one.renderBlockingStatus === 'blocking').map((one) => new URL(one.name).pathname)"""
MAP_BEGAN = """performance.getEntriesByType('resource')
    .find((one) => one.name.includes('part=map')).startTime"""
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
    blocking = seen.page.evaluate(BLOCKING)
    print(f"{path} {who}: paint {seen.painted_s:.2f} s, all {seen.all_s:.2f} s")
    first = {name: size for name, size in seen.wire.items() if not any(one in name for one in LATER)}
    print(f"  on the wire {sum(first.values())} of {sum(seen.wire.values())}: {seen.wire}")
    seen.page.close()
    assert [one.rpartition("/")[2] for one in blocking] == ["look.css"]
    assert seen.wire[path] + seen.wire[blocking[0]] <= READABLE_BYTES
    assert sum(first.values()) <= WHOLE_BYTES
    assert seen.painted_s <= READABLE_S + SLACK_S


def test_the_map_comes_by_itself_after_the_list(load: Load) -> None:
    seen = load("/", "harbin").page
    seen.wait_for_selector("[data-map] > svg", timeout=30_000)
    painted, mapped = seen.evaluate(PAINTED), seen.evaluate(MAP_BEGAN)
    reached = seen.locator("[data-dot].origin").count()
    seen.close()
    assert 0 < painted < mapped
    assert reached >= 1


def test_without_a_script_a_link_leads_to_the_map(site: Site) -> None:  # noqa: F811
    seen = site.sits("harbin", "en", "light", 1280, java_script_enabled=False)
    seen.goto(site.url + "/")
    seen.get_by_role("link", name="See the map").click()
    assert seen.locator("[data-map] > svg").count() == 1
    assert seen.locator("tr[data-city]").count() > 5


def test_the_room_of_an_incident_is_no_heap(site: Site) -> None:  # noqa: F811
    seen = site.sits("harbin", "zh-hans", "light", 1280)
    answer = seen.goto(site.url + reverse("incident", kwargs=site.objects["incident"]))
    size, height = len(answer.body()), seen.evaluate("document.documentElement.scrollHeight")
    print(f"room: {size} bytes, {height} px")
    assert size <= ROOM_BYTES
