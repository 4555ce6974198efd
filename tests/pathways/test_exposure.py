"""Exposure is read whole or not at all; an empty amount is unknown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from riskshed.errors import InputFaults
from riskshed.pathways import exposure, vulnerability

CURVES = vulnerability.published()
HEAD = "city,category,amount,currency,curve,as_of,source"
PEOPLE = "910100,people,900000,,river-flood-flow,2023-12-31,census"
HOUSES = "910100,residential,5000000,CNY,jrc-asia-residential,2023-12-31,yearbook"


def written(folder: Path, *rows: str) -> Path:
    path = folder / "exposure.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_are_read_with_their_day_and_source(tmp_path: Path) -> None:
    unknown = HOUSES.replace("910100", "910200").replace("5000000", "")
    found = exposure.read(written(tmp_path, PEOPLE, HOUSES, unknown), CURVES)
    assert [(row.category, row.amount) for row in found] == [
        ("people", 900_000), ("residential", 5_000_000), ("residential", None),
    ]  # fmt: skip
    assert (found[0].as_of, found[0].source) == (date(2023, 12, 31), "census")


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ((PEOPLE, PEOPLE), "line 3, column category: got people of 910100 twice"),
        ((HOUSES.replace("jrc-asia", "jrc-mars"),), "column curve"),
        ((HOUSES.replace("CNY", ""),), "column currency: got nothing"),
        ((PEOPLE.replace(",,", ",CNY,"),), "people have none"),
        (
            (HOUSES, HOUSES.replace("910100", "910200").replace("CNY", "EUR")),
            "want CNY, as in the rows above",
        ),
        ((PEOPLE.replace("2023-12-31", "last year"),), "column as_of"),
        ((PEOPLE.replace("900000", "-5"),), "column amount"),
        ((PEOPLE.replace("census", ""),), "column source"),
        ((HOUSES.replace("5000000", "9007199254740993"),), "column amount"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_line_and_column(
    tmp_path: Path, rows: tuple[str, ...], named: str
) -> None:
    with pytest.raises(InputFaults, match=named):
        exposure.read(written(tmp_path, *rows), CURVES)
