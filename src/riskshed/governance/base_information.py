"""Base information (基础信息): what each city is known to have, and since when.

Each body reports its stock (``StockReported``) as of a time. What counts of a good in a city is the newest
word of each body on it; a body that calls a report complete says with it that what it does not list is not
there. Unknown is not zero: a good of which nobody has spoken is unknown, and an old figure says how old it
is. Units are never converted. A
report that cannot be used (an amount below 0) is set aside whole and shown with its faults: it neither counts
nor hides what the others have said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from riskshed.errors import Fault, InputFaults
from riskshed.governance.standing import Standing
from riskshed.statement import Statement


@dataclass(frozen=True, slots=True)
class Holding:
    """What one body says is in one city of one good.

    Attributes
    ----------
    city, by, item, unit, sort : str
        `sort` as in ``StockReported``: people, supplies, team, equipment, shelter, hospital.
    amount : Decimal
        In the unit, >= 0.
    kept_back : Decimal or None
        Of it, for one's own risk; None is not said.
    ready_h : Decimal or None
        Hours until it can leave; None is not said.
    as_of : datetime
        When it was so.
    age : timedelta
        Since then.
    statement : str
        The source.
    """

    city: str
    by: str
    item: str
    unit: str
    sort: str
    amount: Decimal
    kept_back: Decimal | None
    ready_h: Decimal | None
    as_of: datetime
    age: timedelta
    statement: str

    def is_stale(self, after: timedelta) -> bool:
        """Whether the figure is older than so much."""
        return self.age > after


@dataclass(frozen=True, slots=True)
class BadReport:
    """A report on the record that cannot be used, and why.

    Attributes
    ----------
    statement, by : str
    as_of : datetime
    faults : tuple of Fault
        As of `check_report`; at least one.
    """

    statement: str
    by: str
    as_of: datetime
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class BaseInformation:
    """What is known of all cities at a time.

    Attributes
    ----------
    at : datetime
    holdings : tuple of Holding
        By city, item, unit and body.
    complete : mapping of str to datetime
        By body, as of when its last complete report was.
    bad : tuple of BadReport
        Reports that are set aside, oldest first; nothing of them counts.
    """

    at: datetime
    holdings: tuple[Holding, ...]
    complete: Mapping[str, datetime]
    bad: tuple[BadReport, ...] = ()

    def of(self, city: str) -> tuple[Holding, ...]:
        """What is known of a city."""
        return tuple(one for one in self.holdings if one.city == city)

    def known(self, city: str, item: str, unit: str) -> tuple[Holding, ...]:
        """What is known of a good in a city, in this unit."""
        return tuple(one for one in self.of(city) if (one.item, one.unit) == (item, unit))

    def has(self, city: str, item: str, unit: str) -> Decimal | None:
        """How much of a good a city is known to have; None if nobody has said.

        Nothing (0) only where the city itself called a report complete that does not list the good.
        """
        found = self.known(city, item, unit)
        if found:
            return sum((one.amount for one in found), Decimal(0))
        in_other_units = any(one.item == item for one in self.of(city))
        return Decimal(0) if city in self.complete and not in_other_units else None


def base_information(standing: Standing) -> BaseInformation:
    """What is known of all cities, by the newest words on the record.

    Parameters
    ----------
    standing : Standing
        A report with an amount below 0, or with a part kept back that is more than there is or in another
        unit, is set aside whole (`BaseInformation.bad`): nothing of it is guessed.
    """
    reports = sorted(_reports(standing), key=lambda one: (one.time("as_of"), one.issued, one.id))
    bad = [
        BadReport(one.id, one.by, one.time("as_of"), told) for one in reports if (told := tuple(_faults(one)))
    ]
    unusable = {one.statement for one in bad}
    rows: dict[tuple[str, str, str, str], tuple[Statement, Any]] = {}
    complete: dict[str, datetime] = {}
    for one in (one for one in reports if one.id not in unusable):
        if one.has("complete") and one.yes_no("complete"):
            complete[one.by] = one.time("as_of")
            rows = {key: row for key, row in rows.items() if key[3] != one.by}
        for key in {(row["city"], row["item"], row["amount"]["unit"], one.by) for row in one.records("rows")}:
            rows.pop(key, None)
        for row in one.records("rows"):
            key = (row["city"], row["item"], row["amount"]["unit"], one.by)
            rows[key] = (one, _added(rows[key][1], row) if key in rows else row)
    held = [_holding(said, row, standing.at) for said, row in (rows[key] for key in sorted(rows))]
    return BaseInformation(standing.at, tuple(held), dict(sorted(complete.items())), tuple(bad))


def check_report(body: Mapping[str, Any]) -> None:
    """Refuse the body of a ``StockReported`` that could not be used, before anybody signs it.

    Raises
    ------
    InputFaults
        ``base_information.bad_stock`` with every amount below 0, and every part kept back that is more than
        there is or in another unit.
    """
    if faults := list(_faults_of_rows(body["rows"], "the report")):
        raise InputFaults("base_information.bad_stock", "this stock cannot be reported", faults)


def _reports(standing: Standing) -> Iterator[Statement]:
    for seen in standing.statements.values():
        one = seen.statement
        is_read = one.kind == "StockReported" and one.body is not None
        counts = is_read and one.exercise == standing.exercise and one.id not in standing.set_aside
        # What will be is no stock: a report dated ahead counts from its date on.
        if counts and one.time("as_of") <= standing.at:
            yield one


def _faults(said: Statement) -> Iterator[Fault]:
    yield from _faults_of_rows(said.records("rows"), f"{said.by} {said.id[:8]}")


def _faults_of_rows(rows: Any, where: str) -> Iterator[Fault]:
    for index, row in enumerate(rows):
        amount, kept = row["amount"], row.get("kept_back")
        column = f"rows[{index}] {row['item']}"
        if Decimal(amount["value"]) < 0:
            yield Fault("base_information.negative", where, None, column, amount["value"], ">= 0",
                        "Report what is there; what is missing is a need.")  # fmt: skip
        elif kept is not None and kept["unit"] != amount["unit"]:
            yield Fault("base_information.other_unit", where, None, column, kept["unit"], amount["unit"])
        elif kept is not None and not 0 <= Decimal(kept["value"]) <= Decimal(amount["value"]):
            wanted = f"0 to {amount['value']}"
            yield Fault("base_information.kept_back", where, None, column, kept["value"], wanted)


def _added(first: Any, second: Any) -> dict[str, Any]:
    """Two rows of one report on one good in one city: together; ready when the later of them is."""
    both = {**first, "amount": _sum(first["amount"], second["amount"])}
    if "kept_back" in first and "kept_back" in second:
        both["kept_back"] = _sum(first["kept_back"], second["kept_back"])
    else:
        both.pop("kept_back", None)
    hours = [row["ready_h"] for row in (first, second) if "ready_h" in row]
    both.pop("ready_h", None)
    return both | ({"ready_h": max(hours, key=Decimal)} if len(hours) == 2 else {})


def _sum(first: Any, second: Any) -> dict[str, str]:
    return {"value": str(Decimal(first["value"]) + Decimal(second["value"])), "unit": first["unit"]}


def _holding(said: Statement, row: Any, at: datetime) -> Holding:
    as_of = said.time("as_of")
    return Holding(
        city=row["city"],
        by=said.by,
        item=row["item"],
        unit=row["amount"]["unit"],
        sort=row["sort"],
        amount=Decimal(row["amount"]["value"]),
        kept_back=Decimal(row["kept_back"]["value"]) if "kept_back" in row else None,
        ready_h=Decimal(row["ready_h"]) if "ready_h" in row else None,
        as_of=as_of,
        age=at - as_of,
        statement=said.id,
    )
