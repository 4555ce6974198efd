"""Exposure: what stands in the way in each city, with the day for which it was counted and who counted it.

A row says how many people, or how much of one class of assets, a city has, and which curve tells what they
lose. The amount may be left empty: it is unknown then, and stays so through every sum, as a lower bound that
says it is one. It is never taken as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskshed.errors import Fault, InputFaults
from riskshed.pathways.vulnerability import Curve
from riskshed.tables import Column, read_csv, shown

PEOPLE = "people"
"""The category of people; all others are assets, in money."""

AMOUNT_MAX = 2**53
"""Up to here every whole number is a number of the machine: money is exact."""

COLUMNS = (
    Column("city", "id", doc="Code of the city."),
    Column("category", "id", doc="`people`, or a class of assets such as residential."),
    Column(
        "amount", "int", low=0, high=AMOUNT_MAX, may_be_empty=True,
        doc="People, or value in minor units (fen, cent); empty is unknown.",
    ),
    Column("currency", "id", may_be_empty=True, doc="ISO 4217; empty for people."),
    Column("curve", "id", doc="Code of the curve that says what is lost."),
    Column("as_of", "text", doc="The day for which it was counted, as in 2005-12-31."),
    Column("source", "text", doc="Who counted it, and where it stands."),
    Column("note", "text", required=False, may_be_empty=True, doc="Anything else."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exposed:
    """What one city has of one category. An amount of None is unknown."""

    city: str
    category: str
    amount: int | None
    currency: str | None
    curve: str
    as_of: date
    source: str
    note: str | None = None


def read(path: Path, curves: Mapping[str, Curve]) -> tuple[Exposed, ...]:
    """Read what is exposed from a CSV file.

    Parameters
    ----------
    path : Path
    curves : mapping of str to Curve
        The curves that its rows may name.

    Raises
    ------
    InputFaults
        ``exposure.faults``, with every fault: a category of a city twice, a curve that is not there, money
        without a currency or in several, a day that is none.
    """
    faults: list[Fault] = []
    table = read_csv(path, COLUMNS, faults)
    rows = [] if table is None else list(zip(table.lines, table.rows(), strict=True))
    for line, row in rows:
        faults += [
            Fault("exposure.bad_row", str(path), line, column, got, wanted, "Correct the row.")
            for column, got, wanted in _wrong(row, [before for at, before in rows if at < line], curves)
        ]
    if faults:
        raise InputFaults("exposure.faults", f"the exposure {path} cannot be used", faults)
    return tuple(Exposed(**{**row, "as_of": date.fromisoformat(row["as_of"])}) for _, row in rows)


def _wrong(
    row: Mapping[str, str | None], before: list[Mapping[str, str | None]], curves: Mapping[str, Curve]
) -> Iterable[tuple[str, str, str]]:
    if any((row["city"], row["category"]) == (other["city"], other["category"]) for other in before):
        yield "category", f"{row['category']} of {row['city']} twice", "each category of a city once"
    if row["curve"] not in curves:
        yield "curve", shown(str(row["curve"])), f"one of {', '.join(sorted(curves)[:20])}"
    currency = row["currency"]
    if row["category"] == PEOPLE and currency is not None:
        yield "currency", shown(currency), "nothing, for people have none"
    if row["category"] != PEOPLE and currency is None:
        yield "currency", "nothing", "the currency of the amount, such as CNY"
    first = next((other["currency"] for other in before if other["currency"] is not None), currency)
    if currency is not None and currency != first:
        yield "currency", shown(currency), f"{first}, as in the rows above"
    try:
        date.fromisoformat(str(row["as_of"]))
    except ValueError:
        yield "as_of", shown(str(row["as_of"])), "a day such as 2005-12-31"
