"""Capacity: whether what an incident needs is there in the territory of those in charge.

Needs are what bodies asked for (``AidRequested``) or handed up as missing (``Escalated``), each body's last
word on each item; the word of a territory takes the place of earlier words from within it, so that nothing
is counted twice. What others outside have promised is taken off. What is there is each body's last
``StockReported``: in the places that are hit all of it, elsewhere what is not kept back for one's own risk.

Unknown stock is not zero. It is certain that something is short only if those in charge have reported a
complete stock; else it is possibly short, and says so. Who hands up has used what it has: its own stock is
not counted again above it. Units are never converted: what is counted in another unit is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from riskshed.governance.circumstances import Regime, about, said_at
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, Seen
from riskshed.statement import Statement

Item = tuple[str, str]
"""Code of the item, and unit."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An item of which more is needed than is known to be there.

    Attributes
    ----------
    item, unit : str
    need, have : Decimal
        In the unit; `have` is what is known to be there, not what is there.
    is_certain : bool
        False while stock that nobody reported could make up for it.
    asked : tuple of str
        The statements that say what is needed.
    """

    item: str
    unit: str
    need: Decimal
    have: Decimal
    is_certain: bool
    asked: tuple[str, ...]

    @property
    def short(self) -> Decimal:
        """How much is missing beside what is known."""
        return self.need - self.have

    def to_json(self) -> dict[str, Any]:
        """As a row of ``Escalated.needs``."""
        value = f"{self.short.normalize():f}"
        return {"item": self.item, "amount": {"value": value, "unit": self.unit}}


def shortfalls(standing: Standing, code: str, bodies: Sequence[str], regime: Regime) -> tuple[Shortfall, ...]:
    """What is short, or possibly short, in the territories of those in charge together, by item.

    Parameters
    ----------
    standing : Standing
    code : str
        Of an incident that is in `standing`.
    bodies : sequence of str
        Those in charge: one, or several that lead jointly.
    regime : Regime
    """
    assert not isinstance(bodies, str), "a sequence of codes, not one"
    incident = standing.incidents[code]
    wanted = _needs(standing, incident, bodies, regime)
    reports = _reports(standing)
    hit = {incident.city}
    whole = {one.by for one in reports if one.has("complete") and one.yes_no("complete")}
    complete = whole.issuperset(bodies)
    found = []
    for (item, unit), (need, asked) in sorted(wanted.items()):
        rows = [row for one in reports for row in one.records("rows") if row["item"] == item]
        rows = [row for row in rows if _is_within(row["city"], bodies, regime)]
        used_up = [standing.statements[one].statement for one in asked]
        used_up = [one for one in used_up if one.kind == "Escalated" and one.by not in bodies]
        inner = [one.by for one in used_up]
        rows = [r for r in rows if not any(regime.territory.contains(one, r["city"]) for one in inner)]
        same = [row for row in rows if _units(row) == {unit}]
        have = sum((_free(row, row["city"] in hit) for row in same), Decimal(0))
        if have < need:
            certain = complete and len(same) == len(rows)
            found.append(Shortfall(item, unit, need, have, certain, asked))
    return tuple(found)


def unmeasured(standing: Standing, code: str) -> tuple[str, ...]:
    """The reports that say in words that something is needed, where nobody has put it into numbers yet."""
    incident = standing.incidents[code]
    if any(True for _ in _asking(standing, incident)):
        return ()
    reports = [standing.statements[one].statement for one in incident.reports]
    return tuple(one.id for one in reports if one.body is not None and one.has("needs"))


def _asking(standing: Standing, incident: IncidentStanding) -> Iterator[tuple[Seen, tuple[Any, ...]]]:
    """What says in numbers what is needed, in order."""
    for seen in sorted(about(standing, incident), key=lambda one: (said_at(one), one.statement.id)):
        one = seen.statement
        if one.body is not None and one.kind == "AidRequested":
            yield seen, one.records("items")
        elif one.body is not None and one.kind == "Escalated" and one.has("needs"):
            yield seen, one.records("needs")


def _needs(
    standing: Standing, incident: IncidentStanding, bodies: Sequence[str], regime: Regime
) -> dict[Item, tuple[Decimal, tuple[str, ...]]]:
    last: dict[Item, dict[str, tuple[Decimal, str]]] = {}
    for seen, rows in _asking(standing, incident):
        by = seen.statement.by
        for row in rows:
            said = last.setdefault((row["item"], row["amount"]["unit"]), {})
            for inner in [one for one in said if regime.territory.contains(by, one)]:
                del said[inner]
            said[by] = Decimal(row["amount"]["value"]), seen.statement.id
    promised = _promised(standing, incident, bodies, regime)
    found = {}
    for item, said in last.items():
        need = sum((amount for amount, _ in said.values()), Decimal(0)) - promised.get(item, Decimal(0))
        if need > 0:
            found[item] = need, tuple(statement for _, statement in said.values())
    return found


def _promised(
    standing: Standing, incident: IncidentStanding, bodies: Sequence[str], regime: Regime
) -> dict[Item, Decimal]:
    """What others promised to send from outside of the territory, and did not break."""
    gone = {one.id for one in standing.promises.values() if one.status in ("broken", "released")}
    found: dict[Item, Decimal] = {}
    for seen in about(standing, incident):
        one = seen.statement
        counts = one.kind == "AidCommitted" and one.body is not None and one.id not in gone
        if counts and not _is_within(one.by, bodies, regime):
            for row in one.records("items"):
                item = row["item"], row["amount"]["unit"]
                found[item] = found.get(item, Decimal(0)) + Decimal(row["amount"]["value"])
    return found


def _reports(standing: Standing) -> list[Statement]:
    """Each body's last word on its stock, by the time for which it says it was so."""
    last: dict[str, Statement] = {}
    told = (seen.statement for seen in standing.statements.values())
    stock = [one for one in told if one.kind == "StockReported" and one.id not in standing.set_aside]
    stock = [one for one in stock if one.body is not None and one.exercise == standing.exercise]
    for one in sorted(stock, key=lambda one: (one.time("as_of"), one.issued, one.id)):
        last[one.by] = one
    return list(last.values())


def _is_within(place: str, bodies: Sequence[str], regime: Regime) -> bool:
    return any(regime.territory.contains(body, place) for body in bodies)


def _units(row: Any) -> set[str]:
    """The units in which a row counts what is there and what is kept back."""
    return {row[name]["unit"] for name in ("amount", "kept_back") if name in row}


def _free(row: Any, is_hit: bool) -> Decimal:
    """What of a row may be used here."""
    amount = Decimal(row["amount"]["value"])
    if is_hit or "kept_back" not in row:
        return amount
    return max(amount - Decimal(row["kept_back"]["value"]), Decimal(0))
