"""The situation report as a document: a tagged PDF that a duty officer sends up, and that anybody can read.

Typst sets it, with the letter faces that stand beside the template, so a machine without any font and
without a network gives the same bytes as any other. The PDF is PDF/UA-1 (a screen reader finds headings,
tables with their heads, a text for the chart, language and title) and PDF/A-2a (it can be filed for good).

Names and sentences come from the world. They go to the template as one JSON value and are set as plain text;
nothing in them is ever read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskshed.errors import MissingExtraError
from riskshed.exchange.situation_layout import page
from riskshed.exchange.situation_letters import FACES
from riskshed.exchange.situation_record import Report

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(__file__).parent / "templates" / "situation_report.typ"
STANDARDS: tuple[typst.PDFStandard, ...] = ("ua-1", "a-2a")


def draw(report: Report) -> bytes:
    """The report as PDF; the same report gives the same bytes.

    Raises
    ------
    MissingExtraError
        If typst is not installed.
    """
    return typeset(page(report), report.as_of.astimezone(report.zone))


def typeset(told: Mapping[str, Any], as_of: datetime) -> bytes:
    """A sheet as PDF: what `sheet_layout.Sheet.whole` made, with the time that the file bears.

    Raises
    ------
    MissingExtraError
        If typst is not installed.
    """
    try:
        import typst  # noqa: PLC0415  it comes with an extra
    except ImportError:
        raise MissingExtraError("typst", "node") from None
    made = typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=_faces(),
        sys_inputs={"report": json.dumps(told, ensure_ascii=False, sort_keys=True)},
        pdf_standards=list(STANDARDS),
        timestamp=as_of.replace(microsecond=0),
    )
    assert isinstance(made, bytes), "without an output path the document is returned"
    return made


@cache
def _faces() -> typst.Fonts:
    """The letter faces beside the template, and no others."""
    import typst  # noqa: PLC0415  it comes with an extra

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FACES)])
