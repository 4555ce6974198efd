"""The report as text: one file that fetches nothing, lets nothing in, and leaves nothing blank."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import stat
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cast import shared_data
from story import footprint, record, short_story

from riskshed.errors import InputError, MissingExtraError
from riskshed.exchange.report import IssuedForecast, render, write

FETCHING = {"src", "srcset", "href", "action", "data", "poster", "xlink:href", "background"}


class Page(HTMLParser):
    """The tags of a page with their attributes, and the text of each table cell."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.within: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("td", "th"):
            self.cells.append("")
            self.within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self.within:
            self.within = None

    def handle_data(self, data: str) -> None:
        if self.within:
            self.cells[-1] += data.strip()


@pytest.fixture(scope="module")
def text() -> str:
    return render(short_story())


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_page_is_small(text: str) -> None:
    assert len(text.encode("utf-8")) < 1_500_000


def test_page_fetches_nothing(page: Page) -> None:
    asked = [v for _, attributes in page.tags for name, v in attributes.items() if name in FETCHING and v]
    assert {value[0] for value in asked} <= {"#"}
    assert not [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "base")]


def test_sheet_loads_only_what_it_carries(text: str) -> None:
    sheet = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert sheet is not None
    assert "@import" not in sheet[1]
    assert {url[:5] for url in re.findall(r"url\(\"?([^)\"]*)", sheet[1])} == {"data:", "#hatc"}


def test_policy_names_the_sheet_and_the_script(text: str, page: Page) -> None:
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    for element in ("style", "script"):
        inline = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert inline is not None
        digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_page_has_no_inline_style_or_handler(page: Page) -> None:
    assert not [a for _, attributes in page.tags for a in attributes if a == "style" or a.startswith("on")]


def test_ids_are_unique(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_no_cell_is_blank(page: Page) -> None:
    assert page.cells
    assert not [n for n, cell in enumerate(page.cells) if not cell]


def test_list_stands_before_the_map(text: str) -> None:
    assert text.index('id="h-list"') < text.index('id="h-map"') < text.index('id="h-curves"')


def test_every_time_shows_its_zone(text: str) -> None:
    assert re.search(r"\d\d-\d\d \d\d:\d\d<small>\+08</small>", text)
    loose = re.findall(r"<time [^>]*>[^<]*</time>(?! –)", text)
    assert not loose


def test_every_forecast_can_be_chosen(page: Page) -> None:
    radios = [a["id"] for tag, a in page.tags if tag == "input" and a.get("name") == "at"]
    bodies = [a["class"] for tag, a in page.tags if tag == "tbody" and "at " in (a.get("class") or "")]
    assert radios == ["at-1", "at-2"]
    assert bodies == ["at at-1", "at at-2"]


def test_both_languages_are_said(text: str) -> None:
    assert '<span lang="zh">浓度过程</span><span class="alt" lang="en">Concentration over time</span>' in text
    assert '<html lang="zh-Hans">' in text


def test_minus_is_a_real_minus(text: str) -> None:
    shown = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", " ", text, flags=re.DOTALL)
    assert "−" in shown
    assert not re.search(r"(?<![\w-])-\d+\.\d h", shown)


def test_forecasts_are_shown_in_the_order_of_issue() -> None:
    story = short_story()
    turned = short_story(forecasts=story.forecasts[::-1])
    assert render(turned) == render(story)


def test_without_score_limit_or_map_the_page_says_so() -> None:
    bare = footprint(1)
    places = tuple(type(p)(p.id, p.city, p.name_zh, p.name_en) for p in bare.places)
    from_nowhere = IssuedForecast(
        "甲", "first", type(bare)(**{**fields_of(bare), "places": places, "series": None})
    )
    told = render(short_story(forecasts=(from_nowhere,), score=None, limit=None, record=(), readings=()))
    assert "No map: where the sections lie is unknown." in told
    assert "1 forecast, not scored" in told
    assert 'id="h-curves"' not in told


def fields_of(footprint_) -> dict[str, object]:
    return {name: getattr(footprint_, name) for name in type(footprint_).__dataclass_fields__}


def test_naughty_strings_are_only_text() -> None:
    path = shared_data("bad-input/blns") / "blns.json"
    naughty = [one for one in json.loads(path.read_text("utf-8")) if one.strip()]
    rows = tuple(
        type(r)(**{**fields_of(r), "source": bad}) for r, bad in zip(record() * 60, naughty, strict=False)
    )
    told = render(
        short_story(
            record=rows, title_zh="<script>alert(1)</script>", title_en="'\"><img src=x onerror=alert(1)>"
        )
    )
    tags = Page(told).tags
    assert sum(tag == "script" for tag, _ in tags) == 1
    assert not [tag for tag, _ in tags if tag in ("img", "iframe", "embed", "object", "link")]
    assert not [a for _, attributes in tags for a in attributes if a.startswith("on")]


def test_file_is_put_in_place_at_once(tmp_path: Path) -> None:
    target = tmp_path / "out" / "report.html"
    write(short_story(), target)
    assert target.read_text("utf-8").startswith("<!doctype html>")
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot be written") as told:
        write(short_story(), tmp_path / "out" / "report.html")
    assert told.value.code == "report.unwritable"


def test_without_jinja2_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=re.escape("riskshed[demo]")):
        render(short_story())
