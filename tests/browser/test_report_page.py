"""The report in a real browser: readable by everyone, at every width, with scripts off and no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser.looks import looks
from story import score, short_story

from riskshed.exchange.report import write

axe_playwright = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is of the extra 'dev'"
)

LOOKS = looks("zh", 360)
# In both languages at once every rule of WCAG 2.2 AA is asked, and the good practice of axe besides.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    write(short_story(), path)
    return path.as_uri()


@pytest.fixture
def opened(browser, address: str) -> Iterator[Callable[..., object]]:
    """Open the report; `asked` on the page is every address it tried to fetch, itself excepted."""
    contexts = []

    def open_page(query: str = "", *, width: int = 1280, **options: object):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.told = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.told.append(message.text))
        page.on("pageerror", lambda error: page.told.append(str(error)))
        page.goto(address + query)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_page_has_no_barrier(opened, language: str, theme: str, width: int) -> None:
    page = opened(f"?lang={language}&theme={theme}&at=2", width=width)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    found = axe_playwright.Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_never_scrolls_sideways(opened, language: str) -> None:
    page = opened(f"?lang={language}")
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    for width in (320, 360, 768, 1010, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_page_asks_the_network_for_nothing(opened) -> None:
    page = opened()
    page.wait_for_load_state("networkidle")
    assert [url[:5] for url in page.asked if not url.startswith("data:")] == ["file:"]
    assert page.told == []


def test_own_letter_faces_are_used(opened) -> None:
    page = opened()
    assert page.evaluate(
        "document.fonts.ready.then(() => document.fonts.check('600 16px \"IBM Plex Sans\"'))"
    )
    assert page.evaluate("[...document.fonts].filter(face => face.status === 'loaded').length") == 2


@pytest.mark.parametrize("scripts", [True, False])
def test_language_theme_and_forecast_are_chosen_without_scripts(opened, scripts: bool) -> None:
    page = opened(java_script_enabled=scripts)
    assert page.get_by_role("heading", name="逐断面到达").is_visible()
    page.locator("#lang-en").check()
    assert page.get_by_role("heading", name="Arrival, section by section").is_visible()
    assert not page.get_by_role("heading", name="逐断面到达").is_visible()
    page.locator("#at-2").check()
    assert page.locator("tbody.at-2").is_visible()
    assert not page.locator("tbody.at-1").is_visible()


PAPER = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(251, 250, 247)", "rgb(15, 20, 23)"


@pytest.mark.parametrize(("wish", "paper"), [("light", LIGHT), ("dark", DARK)])
def test_theme_follows_the_reader_until_one_is_chosen(opened, wish: str, paper: str) -> None:
    page = opened(color_scheme=wish)
    shown = [page.evaluate(PAPER)]
    for theme in ("light", "dark"):
        page.locator(f"#theme-{theme}").check()
        shown.append(page.evaluate(PAPER))
    assert shown == [paper, LIGHT, DARK]


def test_keyboard_reaches_every_control(opened) -> None:
    page = opened()
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
    assert reached[:4] == ["A", "lang", "theme", "A"]
    assert {"at", "SUMMARY"} <= set(reached)


def test_arrow_keys_step_through_the_forecasts(opened) -> None:
    page = opened()
    page.locator("#at-1").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#at-2").is_checked()
    assert page.locator("tbody.at-2").is_visible()


def test_focus_can_be_seen(opened) -> None:
    page = opened()
    page.locator("#lang-zh").focus()
    page.keyboard.press("ArrowRight")
    outline = "getComputedStyle(document.querySelector('label:has(#lang-en)')).outlineWidth"
    assert page.evaluate(outline) == "3px"


def test_a_reading_is_hollow_until_a_forecast_knew_it(opened) -> None:
    page = opened()
    fill = "getComputedStyle(document.querySelector('.panel .since-1')).fill"
    before = page.evaluate(fill)
    page.locator("#at-2").check()
    assert (before, page.evaluate(fill)) == ("rgb(251, 250, 247)", "rgb(20, 25, 28)")


def test_targets_are_large_enough(opened) -> None:
    page = opened(width=360)
    sizes = page.evaluate(
        "[...document.querySelectorAll('label, summary')].map(one => one.getBoundingClientRect())"
        ".map(box => Math.min(box.width, box.height))"
    )
    assert min(sizes) >= 24


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_on_the_map_do_not_touch(opened, language: str) -> None:
    page = opened(f"?lang={language}")
    boxes = page.evaluate(
        f"[...document.querySelectorAll('.map g.wide[lang={language}] text')]"
        ".map(one => one.getBoundingClientRect())"
        ".filter(box => box.width > 0).map(box => [box.left, box.top + 3, box.right, box.bottom - 3])"
    )
    touching = [
        (one, other)
        for n, one in enumerate(boxes)
        for other in boxes[n + 1 :]
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    assert len(boxes) > 20
    assert not touching


def test_paper_is_light_and_shows_the_sources(opened) -> None:
    page = opened("?theme=dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator(".ticks").is_visible()
    assert page.locator("details table").first.is_visible()


def test_nothing_in_a_source_runs(browser, tmp_path: Path) -> None:
    bad = "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>"
    told = {**score(), "peaks": [{"section": bad, "forecast": 1.0, "recorded": 1.0, "factor": 1.0}]}
    write(short_story(title_zh=bad, summary_en=bad, attribution_zh=bad, score=told), tmp_path / "bad.html")
    page = browser.new_page()
    page.goto((tmp_path / "bad.html").as_uri())
    assert "ran" not in page.title().split()
    assert page.locator("img").count() == 0
    page.close()
