"""The look, in a real browser against the real server: for everyone, at every width, in both languages.

Nothing is fetched from elsewhere, nothing is refused by the content security policy, no page scrolls
sideways, axe finds no barrier. And the vendored software is what the manifest says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import browser  # noqa: F401  a fixture
from browser.looks import looks
from django.conf import settings
from django.test import Client
from served import Served
from spill_acts import HARBIN, JIAMUSI, SONGYUAN, forecast, opened, warned

from riskshed.errors import InputError
from riskshed.web import asgi, environment, vendored
from riskshed.web.frame import THEME_COOKIE
from riskshed.web.node import Node
from riskshed.web.people import EXERCISE
from tests.web.conftest import Clock

WEB = Path(vendored.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
MODULES = sorted((WEB / "static" / "riskshed").glob("*.js"))
LOOKS = looks("zh-hans", 360)
WIDTHS = (320, 360, 768, 1010, 1280, 1920)
PAGES = ("/", "/parts/", "/nowhere/")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
HOURS = {SONGYUAN: (-60, -40, -20), HARBIN: (42, 51, 62), JIAMUSI: (330, 371, 430)}
Open = Callable[..., Any]


# ------------------------------------------------------------------------------- what needs no browser


def test_vendored_software_is_what_the_manifest_says() -> None:
    assert vendored.manifest()
    assert vendored.wrong() == ()


def test_a_changed_or_added_or_lost_file_of_others_is_found(tmp_path: Path) -> None:
    (tmp_path / "a-1").mkdir()
    (tmp_path / "manifest.toml").write_text(
        '[[package]]\nname = "a"\nversion = "1"\n[package.files]\n"dist/x.js" = "00"\n"dist/y.js" = "00"\n'
    )
    (tmp_path / "a-1" / "x.js").write_text("changed")
    (tmp_path / "a-1" / "z.js").write_text("added")
    told = vendored.wrong(tmp_path)
    assert told == (
        "z.js is not in the manifest",
        "x.js is not what the manifest says",
        "y.js is missing",
    )


def test_fetching_refuses_a_file_with_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "manifest.toml").write_text(
        '[[package]]\nname = "a"\nversion = "1"\n[package.files]\n"dist/x.js" = "00"\n'
    )
    monkeypatch.setattr(vendored, "_fetched", lambda wanted, _: ((one, b"other") for one in wanted))
    with pytest.raises(InputError, match="want 00") as told:
        vendored.fetch(tmp_path)
    assert told.value.code == "vendor.digest"
    assert not (tmp_path / "a-1").exists()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_style_or_a_script_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", text)
    scripts = re.findall(r"<script([^>]*)>", text)
    assert all("src=" in one or "application/" in one for one in scripts)


@pytest.mark.parametrize("path", [*TEMPLATES, *MODULES], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    found = re.findall(r"https?://[^\s\"'<>)]+", path.read_text("utf-8"))
    assert not [one for one in found if not one.startswith("http://www.w3.org/")]


def test_warning_colours_are_used_by_warnings_alone() -> None:
    sheet = (WEB / "static" / "riskshed" / "look.css").read_text("utf-8")
    used = {
        line.strip() for line in sheet.splitlines() if re.search(r"var\(--(red|orange|yellow|blue)\)", line)
    }
    assert used
    assert all(re.match(r"\.(red|orange|yellow|blue) \.shape", line) for line in used)


# ------------------------------------------------------------------------------------- in the browser


@pytest.fixture
def server(transactional_db: None, node: Node, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The door of the node, on a real port. The browser's loop is in this thread; Django must not mind."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
    monkeypatch.setattr(settings, "ROOT_URLCONF", "parts_page")
    running = Served(asgi.make(environment.read()))
    yield running
    running.stop()


@pytest.fixture
def look(browser: Any, server: Served, sign_in: Callable[[str], Client]) -> Iterator[Open]:  # noqa: F811
    """Open a page as somebody; `told` on it is whatever the browser complained of."""
    contexts = []
    host, port = server.address

    def look_at(
        path: str = "/",
        *,
        user: str = "harbin",
        language: str = "zh-hans",
        theme: str = "light",
        width: int = 1280,
        exercise: bool = False,
        **options: Any,
    ) -> Any:
        client = sign_in(user)
        if user:
            client.get("/")
            session = client.session
            session[EXERCISE] = exercise
            session.save()
        cookies = {settings.LANGUAGE_COOKIE_NAME: language, THEME_COOKIE: theme}
        cookies |= {name: one.value for name, one in client.cookies.items() if one.value}
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        url = f"http://{host}:{port}"
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        page = context.new_page()
        page.told = []
        page.on("pageerror", lambda error: page.told.append(str(error)))
        page.on("console", lambda one: page.told.append(one.text) if one.type == "error" else None)
        page.goto(url + path)
        if options.get("java_script_enabled", True):
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        return page

    yield look_at
    for context in contexts:
        context.close()


@pytest.fixture
def spilt(node: Node, clock: Clock) -> None:
    clock.forward(2)
    opened(node)
    footprint = forecast(node, HOURS)
    warned(node, HARBIN, "orange", footprint=footprint)
    warned(node, JIAMUSI, "yellow", hazard_class="natural_disaster")
    warned(node, SONGYUAN, "blue", hazard_class="public_health")
    clock.forward(9)


def barriers(page: Any) -> Any:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is of the extra 'dev'")
    return axe.Axe().run(page, options=RULES)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_pages_have_no_barrier(look: Open, spilt: None, language: str, theme: str, width: int) -> None:
    for path in PAGES:
        found = barriers(look(path, language=language, theme=theme, width=width))
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_exercise_has_no_barrier(look: Open, spilt: None, theme: str) -> None:
    found = barriers(look("/parts/", theme=theme, exercise=True))
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_never_scroll_sideways(look: Open, spilt: None, language: str) -> None:
    for path in (*PAGES, "/accounts/login/"):
        page = look(path, language=language, user="" if "login" in path else "harbin")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width, (path, width)


def test_the_policy_of_the_pages_refuses_nothing(look: Open, spilt: None) -> None:
    for path in ("/", "/parts/"):
        page = look(path)
        page.wait_for_timeout(500)
        assert page.told == []


def test_targets_are_at_least_24_pixels(look: Open, spilt: None) -> None:
    small = """() => [...document.querySelectorAll('main a, main button, header a')]
        .filter((one) => one.getClientRects().length && !one.matches('.skip'))
        .filter((one) => !one.closest('p, dd, li > span') || one.matches('.proof'))
        .map((one) => [one.textContent.trim(), one.getBoundingClientRect().height])
        .filter(([, height]) => height < 24)"""
    assert look("/", width=360).evaluate(small) == []


def test_focus_can_be_seen(look: Open, spilt: None) -> None:
    page = look("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    wide = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert wide == "3px"


def test_own_letter_faces_are_used(look: Open, spilt: None) -> None:
    page = look("/")
    assert page.evaluate(
        "document.fonts.ready.then(() => document.fonts.check('600 16px \"IBM Plex Sans\"'))"
    )


def test_no_mark_has_a_fill_of_its_own_in_an_exercise(look: Open, spilt: None) -> None:
    fill = "getComputedStyle(document.querySelector('symbol .shape')).fill"
    assert look("/parts/").evaluate(fill) == "rgb(196, 18, 47)"
    assert look("/parts/", exercise=True).evaluate(fill) == "rgb(251, 250, 247)"


def test_the_theme_follows_the_machine_without_a_choice(look: Open, spilt: None) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    assert look("/", theme="", color_scheme="dark").evaluate(paper) == "rgb(15, 20, 23)"
    assert look("/", theme="light", color_scheme="dark").evaluate(paper) == "rgb(251, 250, 247)"


def test_without_scripts_the_page_is_whole(look: Open, spilt: None) -> None:
    page = look("/", java_script_enabled=False)
    assert page.locator(".warning").count() == 3
    assert page.locator("tr[data-city]").count() == 4
    page.click("a[href^='/map/']")
    assert page.locator("[data-area], [data-dot]").count() > 3
    assert page.is_hidden("[data-times]")
    assert page.is_hidden("[data-open]")


# ---------------------------------------------------------------------------------------- what moves


def test_the_time_can_be_moved_with_the_keyboard_and_the_list_says_the_same(look: Open, spilt: None) -> None:
    page = look("/")
    page.focus("#at-time")
    row, area = f"tr[data-city='{HARBIN}'] [data-then]", f"[data-dot='{HARBIN}']"
    assert "near" in page.get_attribute(area, "class")
    assert page.text_content(row) == ""
    page.keyboard.press("End")
    assert "past" in page.get_attribute(area, "class")
    assert page.text_content(row) == "届时应已到达"
    assert "哈尔滨市" in page.text_content("[data-words]")
    assert re.search(r"\d\d-\d\d \d\d:\d\d\+08", page.get_attribute("#at-time", "aria-valuetext"))


def test_what_is_said_appears_without_a_reload_and_is_announced(look: Open, spilt: None, node: Node) -> None:
    page = look("/")
    page.wait_for_timeout(1500)
    page.evaluate("window.here = true")
    page.focus(f"tr[data-city='{JIAMUSI}'] a")
    assert page.locator(".warning").count() == 3
    forecast(node, {**HOURS, HARBIN: (20, 24, 30)})
    page.wait_for_selector("[data-summary]:has-text('24 小时后')")
    assert page.evaluate("window.here")
    assert "24 小时后" in page.text_content("[data-announce]")
    assert page.evaluate("document.activeElement.closest('tr')?.dataset.city") == JIAMUSI
    assert "near" in page.get_attribute(f"[data-dot='{HARBIN}']", "class")


def test_a_lost_connection_is_said_with_the_time_of_what_is_shown(
    look: Open, spilt: None, server: Served
) -> None:
    page = look("/")
    page.wait_for_timeout(1500)
    assert page.is_hidden("[data-stale]")
    page.context.set_offline(True)
    server.stop()
    page.wait_for_selector("[data-stale]:not([hidden])", timeout=20_000)
    assert "2005-11-14 00:40 UTC+8" in page.text_content("[data-stale]")


def test_the_map_that_can_be_moved_opens_under_the_policy(look: Open, spilt: None) -> None:
    page = look("/")
    if not page.evaluate("!!document.createElement('canvas').getContext('webgl2')"):
        pytest.skip("this browser has no WebGL 2")
    page.click("[data-open] button")
    page.wait_for_selector(".live-map canvas", timeout=20_000)
    page.wait_for_selector("[data-open]", state="hidden", timeout=20_000)
    assert page.locator(".maplibregl-marker").count() > 3
    assert page.told == []


def test_where_the_map_cannot_open_the_picture_stays_and_it_is_said(look: Open, spilt: None) -> None:
    page = look("/")
    page.route("**/map/shapes.geojson", lambda route: route.abort())
    page.click("[data-open] button")
    page.wait_for_selector("[data-open] [role=status]")
    assert "列表和上图内容相同" in page.text_content("[data-open]")
    assert page.locator("[data-map] > svg").count() == 1
