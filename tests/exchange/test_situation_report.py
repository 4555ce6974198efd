"""The situation report as PDF: tagged, in its language, whole, the same each time, and deaf to names."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pikepdf
import pypdf
import pytest
from exchange.situation_reports import city, duty, report

from riskshed.exchange import situation_layout
from riskshed.exchange.situation_letters import Setter, point, settable
from riskshed.exchange.situation_record import Item, Part, Report, WarningRow
from riskshed.exchange.situation_report import draw

UA, PDFA = "{http://www.aiim.org/pdfua/ns/id/}part", "{http://www.aiim.org/pdfa/ns/id/}part"


def opened(made: Report) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(draw(made)))


def pages(made: Report) -> list[str]:
    """The text of each page, as a reader program gets it."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(draw(made))).pages]


def text(made: Report) -> str:
    return "\n".join(pages(made))


def below(node: Any) -> Iterator[pikepdf.Dictionary]:
    """Every element of the structure under a node, in reading order."""
    if isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        held = node.get("/K", [])
        for one in held if isinstance(held, pikepdf.Array) else [held]:
            yield from below(one)


def tags(made: Report) -> list[tuple[str, str]]:
    """Sort and alternative text of every element."""
    with opened(made) as pdf:
        return [(str(one.S), str(one.get("/Alt", ""))) for one in below(pdf.Root.StructTreeRoot)]


def tag_counts(made: Report) -> Counter[str]:
    return Counter(sort for sort, _ in tags(made))


def fonts(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    for page in pdf.pages:
        yield from page.get("/Resources", {}).get("/Font", {}).values()


# ---------------------------------------------------------------------------------------- a PDF for everybody


@pytest.mark.parametrize("language", ["zh", "en"])
def test_document_is_tagged_and_says_its_language_title_and_standards(language: str) -> None:
    pdf = opened(report(language))
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang).startswith(language)
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as about:
        assert "上城水污染事件" in about["dc:title"]
        assert (about[UA], about[PDFA]) == ("1", "2")


def test_headings_lists_and_heads_of_tables_are_tagged() -> None:
    made = report()
    found = tag_counts(made)
    assert found["/H1"] == 1
    assert found["/H2"] == 10  # every section but the aid, of which there is none
    assert found["/Table"] == 5
    assert found["/TH"] == 7 + 5 + 4 + 5 + 6
    assert found["/L"] == 1


def test_chart_has_a_text_that_says_its_numbers() -> None:
    (alt,) = [alt for sort, alt in tags(report()) if sort == "/Figure"]
    assert "中城：11-24 01:00+08 至 11-25 07:00+08，最可能 11-24 11:00+08" in alt
    assert "11-23 15:00+08" in alt


def test_all_letter_faces_are_embedded() -> None:
    names = set()
    with opened(report()) as pdf:
        for font in fonts(pdf):
            held = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in held or "/FontFile3" in held, str(font.BaseFont)
            names.add(str(font.BaseFont).partition("+")[2].partition("-")[0])
    assert names == {"IBMPlexSans", "NotoSansSC"}


def test_sources_are_links_to_their_rows() -> None:
    assert tag_counts(report())["/Link"] > 5


@pytest.mark.parametrize("language", ["zh", "en"])
def test_same_report_gives_the_same_bytes_and_another_one_others(language: str) -> None:
    first = draw(report(language))
    assert first == draw(report(language))
    assert first != draw(report(language, number=4))


# ----------------------------------------------------------------------------------------------- what it says


def test_text_holds_the_numbers_with_zone_and_unit() -> None:
    told = text(report())
    for wanted in ("87%", "11-24 01:00+08", "11-25 07:00+08", "0.017 mg/L", "300 万", "#17", "abababababab"):
        assert wanted in told, wanted


def test_what_is_unknown_is_said_and_never_zero() -> None:
    row = city(probability=None, earliest=None, middle=None, latest=None, peak=None, exposed_people=None)
    made = report()
    assert made.forecast is not None
    told = text(replace(made, forecast=replace(made.forecast, rows=(row,))))
    assert told.count("未知") >= 6
    assert "0%" not in told


def test_city_without_a_known_arrival_stands_in_the_table_and_is_named_below_the_chart() -> None:
    made = report()
    assert made.forecast is not None
    rows = (city(), city("旁城", middle=None))
    told = text(replace(made, forecast=replace(made.forecast, rows=rows)))
    assert "图中未列（到达时间未知）：旁城" in told


def test_empty_report_says_what_the_record_has_not() -> None:
    made = report(forecast=None, warnings=(), notices=(), duties=(), unknown=(), sources=(), situation=None)
    made = replace(made, lead=(), happened=(), elements=(), whereabouts=(), roles=(), checkpoint=None)
    told = text(made)
    for wanted in ("没有预测", "没有生效的预警", "没有通报", "没有责任", "日志检查点：未知"):
        assert wanted in told, wanted


def test_duties_are_counted_by_state_and_none_is_left_out() -> None:
    rows = tuple(duty("breached", who=f"第{n}城", count=2) for n in range(200))
    told = "".join(text(report(duties=rows)).split())
    assert "逾期未履行400项" in told
    assert all(f"第{n}城" in told for n in range(200))


def test_every_colour_has_its_mark_and_its_word() -> None:
    row = WarningRow("red", None, "中城", "中城", "11-23 10:00+08", None, report().as_of, ())
    rows = tuple(replace(row, colour=colour) for colour in ("red", "orange", "yellow", "blue"))
    told = text(report(warnings=rows))  # type: ignore[arg-type]
    for wanted in ("红色", "橙色", "黄色", "蓝色"):
        assert wanted in told


@pytest.mark.parametrize(("language", "word"), [("zh", "演习"), ("en", "EXERCISE")])
def test_every_page_of_a_drill_says_that_it_is_one(language: str, word: str) -> None:
    rows = tuple(duty(who=f"第{n}城") for n in range(150))
    drill = report(language, is_exercise=True, duties=rows)
    told = pages(drill)
    assert len(told) > 3
    assert all(page.count(word) >= 2 for page in told)  # at the head and at the foot
    with opened(drill).open_metadata() as about:
        assert word in about["dc:title"]
    assert not any("演习" in page for page in pages(replace(drill, is_exercise=False)))


def test_one_of_everything_fits_three_pages() -> None:
    assert 1 <= len(pages(report())) <= 3


# ------------------------------------------------------------------------------------- what the world may say

HOSTILE = {
    "code": '#eval("1+1") #import "x.typ" #panic("no") #sys.inputs',
    "markup": "*粗* _斜_ `raw` $x^2$ = 标题 <label> @ref // 注 /* */ \\ ~ ' \" - + 1. https://example.org",
    "unbalanced": "]) } #[ ( { \\",
    "braces": "{n} {all} {0} {points!r}",
    "json": '", "exercise": null, "x": "',
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_markup_in_a_name_is_set_as_it_stands(name: str, language: str) -> None:
    item = Item(name, (Part(name, (1,)),))
    told = text(report(language, name=name, issuer=name, happened=(item,), unknown=(name,)))
    bare = "".join(name.split())
    assert "".join(told.split()).count(bare) >= 4


def test_rare_character_is_shown_by_its_code_point_and_named_at_the_end() -> None:
    told = text(report(name="𬭎某县"))
    assert "〔U+2CB4E〕某县" in told
    assert "字体缺以下字符" in told.replace("\n", "")
    assert "缺以下字符" not in text(report())


@pytest.mark.parametrize(
    "name",
    [
        "\u202e县城",
        "\u2066a\u2069",
        "عربي",
        "עיר",
        "a\x00b\x07",
        "\u200b\u200d\ufeff",
        "e\u0301\u0327",
        "🌊",
        "\ue000",
    ],
)
def test_no_script_or_invisible_mark_stops_the_report_or_vanishes(name: str) -> None:
    told = "".join(text(report(name=name, unknown=(name,))).split())
    setter = Setter()
    setter.set(name)
    assert setter.missing
    assert all(f"{point(one)}" in told for one in setter.missing)


def test_long_names_and_words_stay_on_the_page() -> None:
    word, name = "x" * 10_000, "长" * 10_000
    item = Item(word, (Part(word), Part(name)))
    told = pages(report("en", name=name, code=word, issuer=word, happened=(item,), unknown=(name,)))
    bare = "".join("".join(page.split()) for page in told)
    assert bare.count("x") >= 30_000
    assert bare.count("长") >= 30_000
    assert len(told) < 60


def test_no_text_runs_over_the_edge_of_the_page() -> None:
    word = "x" * 500
    row = duty(who=word, to=(word,), rules=(word,))
    made = report("en", name=word, issuer=word, duties=(row,), unknown=(word,))
    assert max(right for page in pypdf.PdfReader(io.BytesIO(draw(made))).pages for right in ends(page)) < 560


def ends(page: pypdf.PageObject) -> list[float]:
    """About where each piece of text ends, from the left edge, in points."""
    found: list[float] = []

    def visit(text: str, _: Any, matrix: list[float], __: Any, size: float) -> None:
        found.append(matrix[4] + len(text.rstrip()) * size * 0.5)

    page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_character_that_is_said_to_be_settable_is(language: str) -> None:
    told = "".join(sorted(settable() - {"\n", " "}))
    lines = tuple(Part(told[at : at + 40]) for at in range(0, len(told), 40))
    found = text(report(language, happened=(Item("", lines),)))
    assert "U+" not in found


def test_own_words_can_all_be_set() -> None:
    for language in ("zh", "en"):
        drill = situation_layout.page(report(language, is_exercise=True))
        assert drill["missing"] is None
