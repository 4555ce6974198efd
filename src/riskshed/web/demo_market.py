"""The needs and offers that a case brings to a demonstration, in the files that `riskshed match` reads.

Each is stated by its body at its own desk; what is sealed is kept by the node. What the rules of the market
refuse stops the founding and says why. All of it is supposed, and says so in its note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from riskshed import match_case
from riskshed.desk_market import MarketDesk
from riskshed.governance.draft import Draft
from riskshed.governance.matching_problem import Need, Offer, Want
from riskshed.statement import time_text
from riskshed.web.forms_rows import money, plain
from riskshed.web.market_board import NodeShelf
from riskshed.web.node import Node

FILE = "needs.csv"
OFFICER = "duty-01"
UNITS = {"yuan": "CNY"}
"""Units of the files that statements call otherwise."""
SYNTHETIC = {"zh": "示范用假定（合成）", "en": "supposed for the demonstration (synthetic)"}


def offered(node: Node, folder: Path) -> None:
    """The needs and offers of a case are stated, each by its body, with what is sealed kept by the node.

    Raises
    ------
    InputFaults
        Those of the files, or of the rules of the market.
    """
    if not (folder / FILE).is_file():
        return
    problem = match_case.read(folder)
    cities = [one.code for one in node.region.cities]
    told: list[tuple[Draft, Sequence[str]]] = [
        *((Draft("OfferMade", one.body, None, None, _offer(one)), one.sealed) for one in problem.offers),
        *((Draft("NeedStated", one.body, None, None, _need(one)), one.sealed) for one in problem.needs),
    ]
    for draft, sealed in told:
        desk = MarketDesk(node.desk(draft.by, OFFICER), NodeShelf(node), [node.profile.body])
        desk.state(draft, sealed, cities)


def _need(one: Need) -> dict[str, Any]:
    told = {
        **_row(one),
        "opens_at": _time(one.opens_at),
        "needed_by": _time(one.needed_by),
        "priority": one.priority,
        "price_max": _price(one.price_max_yuan),
        "wants": _wants(one.wants),
        "prefers": _wants(one.prefers),
    }
    return _given(told)


def _offer(one: Offer) -> dict[str, Any]:
    has = [{"key": key, "value": value} for key, value in one.has or ()]
    told = {**_row(one), "ready_at": _time(one.ready_at), "until": _time(one.until), "has": has}
    return _given({**told, "price": _price(one.price_yuan)})


def _row(one: Need | Offer) -> dict[str, Any]:
    return {
        "sort": one.kind,
        "item": one.item,
        "amount": {"value": plain(one.amount), "unit": UNITS.get(one.unit, one.unit)},
        "city": one.city,
        "whole": one.whole or None,
        "partners_max": one.partners_max,
        "distance_max_km": None if one.km_max is None else plain(Decimal(str(one.km_max))),
        "note": SYNTHETIC,
    }


def _wants(wants: Sequence[Want]) -> list[dict[str, str]]:
    return [{"key": one.key, "sign": one.sign, "value": one.value} for one in wants]


def _price(yuan: float | None) -> dict[str, Any] | None:
    return None if yuan is None else money(Decimal(str(yuan)))


def _time(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value not in (None, "", [], ())}
