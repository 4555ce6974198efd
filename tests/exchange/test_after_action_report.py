"""The after-action report as PDF: tagged, in its language, the same each time, and whole when it is empty."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pikepdf
import pypdf
import pytest
from exchange.situation_reports import EAST, NOW, duty

from riskshed.exchange.after_action_record import AfterAction, Section, Table, to_json
from riskshed.exchange.after_action_report import draw, page
from riskshed.exchange.after_action_words import COLUMNS, HEADINGS, NONE_ON_RECORD
from riskshed.exchange.situation_record import Item, Language, Part, Source

NAMES = tuple(name for name in HEADINGS if name not in ("unknown", "sources"))


def filled(name: str) -> Table:
    """A table with one row, the first cell cited, the last unknown."""
    count = len(COLUMNS[name])
    cells = [Part(f"{name}-{at}") for at in range(count)]
    cells[0], cells[-1] = Part(f"{name}-0", (1,)), Part("未知", (), False)
    return Table(name, (tuple(cells),))


def report(language: Language = "zh", **more: Any) -> AfterAction:
    """A report with every table that there is."""
    of: dict[str, tuple[str, ...]] = {
        "duties": ("articles",),
        "aid": ("promised",),
        "settled": ("transfers",),
    }
    of["findings"] = ("made", "borne_out")
    sections = tuple(
        Section(name, tables=tuple(filled(one) for one in of.get(name, (name,)) if one in COLUMNS))
        for name in NAMES
    )
    source = Source("ab" * 32, "通报", "上城", "11-23 10:00+08", 17)
    made = AfterAction(
        language, EAST, "上城水污染事件", "spill", "已结束", "中城", NOW, False,
        (Part("要点", (1,)),), sections, (duty(),), ("有一事未知。",), (source, source), "log, 20, ff",
    )  # fmt: skip
    return replace(made, **more)


def below(node: Any) -> Iterator[pikepdf.Dictionary]:
    if isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        held: Any = node.get("/K", [])
        for one in held if isinstance(held, pikepdf.Array) else [held]:
            yield from below(one)


def text(made: AfterAction) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(draw(made))).pages)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_document_is_tagged_and_says_its_language_and_title(language: Language) -> None:
    with pikepdf.open(io.BytesIO(draw(report(language)))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith(language)
        tags = [str(one.S) for one in below(pdf.Root.StructTreeRoot)]
        with pdf.open_metadata() as about:
            assert about["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
            assert {"zh": "事后评估报告", "en": "After-action report"}[language] in about["dc:title"]
    tables = len(COLUMNS) + 2  # the rows of the duties, and the sources
    assert (tags.count("/H1"), tags.count("/Table")) == (1, tables)


def test_same_report_gives_the_same_bytes_and_another_one_others() -> None:
    assert draw(report()) == draw(report())
    assert draw(report()) != draw(report(unknown=()))


def test_every_cell_stands_in_the_document() -> None:
    told = "".join(text(report()).split())
    for name, columns in COLUMNS.items():
        assert all(f"{name}-{at}" in told for at in range(len(columns) - 1)), name


def test_empty_sections_say_that_the_record_has_nothing() -> None:
    made = report("en", sections=tuple(Section(name) for name in NAMES), duties=(), unknown=())
    told = " ".join(text(made).split())
    for name, words in NONE_ON_RECORD.items():
        assert words.en in told, name


def test_drill_says_so_on_its_pages() -> None:
    assert "演习" in text(report(is_exercise=True))
    assert "演习" not in text(report())


def test_json_has_ids_for_numbers_and_null_for_what_is_unknown() -> None:
    item = Item("何事", (Part("某事", (2,), label="其一："),))
    made = to_json(
        report(sections=(Section("happened", items=(item,)), Section("told", tables=(filled("told"),))))
    )
    happened, told = made["sections"]
    assert happened["items"][0]["parts"][0] == {"label": "其一", "text": "某事", "statements": ["ab" * 32]}
    assert told["tables"][0]["rows"][0][-1]["text"] is None
    assert made["duties"][0]["due"].endswith("+00:00")
    json.dumps(made)


def test_all_of_its_own_words_can_be_set() -> None:
    for language in ("zh", "en"):
        assert page(report(language, is_exercise=True))["missing"] is None
