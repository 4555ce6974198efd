"""What the page of base information shows: by city what is there, what is unknown, and the short boards.

The reference scenario of the short boards is one that fits every city: all its residents without water from
the tap for a day. It is no forecast; it asks where the region would fail first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from riskshed.governance.base_information import BaseInformation, Holding
from riskshed.governance.shortfall import Exposure, ShortBoard, norms, norms_of, short_boards
from riskshed.region import City
from riskshed.web.forms import fault_words
from riskshed.web.forms_rows import plain
from riskshed.web.forms_stock import SORTS
from riskshed.web.wording import say, with_unit, words

STALE_AFTER = timedelta(hours=72)
"""An older figure is marked as old; it counts all the same, for nothing newer is known."""
REFERENCE_HAZARD = "drinking_water_pollution"
REFERENCE_LASTS = timedelta(hours=24)
_PERCENT = 100
_ID_CHARACTERS = 64


def cities(held: BaseInformation, known: Sequence[City]) -> list[dict[str, Any]]:
    """The cities of which something is known, in the order of the region; others that are named come last."""
    people = {one.code: one for one in known}
    named = dict.fromkeys((*people, *(one.city for one in held.holdings)))
    return [_city(held, code, people.get(code)) for code in named if held.of(code) or code in held.complete]


def silent(held: BaseInformation, known: Sequence[City]) -> list[City]:
    """The cities of which nobody has said anything."""
    return [one for one in known if not held.of(one.code) and one.code not in held.complete]


def _city(held: BaseInformation, code: str, city: City | None) -> dict[str, Any]:
    found = held.of(code)
    spoken = {one.sort for one in found}
    return {
        "code": code,
        "residents": None if city is None else city.population_resident,
        "source": "" if city is None else city.source,
        "rows": [_holding(one) for sort in SORTS for one in found if one.sort == sort],
        "complete": held.complete.get(code),
        "unknown": [say(*word) for sort, word in SORTS.items() if sort not in spoken],
    }


def _holding(one: Holding) -> dict[str, Any]:
    return {
        "held": one,
        "sort": say(*SORTS[one.sort]),
        "amount": amount(one.amount, one.unit),
        "kept": None if one.kept_back is None else amount(one.kept_back, one.unit),
        "ready": None if one.ready_h is None else plain(one.ready_h),
        "is_stale": one.is_stale(STALE_AFTER),
    }


def amount(number: Decimal, unit: str) -> str:
    """An amount as it is shown, exactly as it was said."""
    return with_unit(f"{number:,f}", unit)


def boards(held: BaseInformation, known: Sequence[City]) -> dict[str, Any]:
    """The short boards in the reference scenario, the worst first, and apart what cannot be told."""
    scenario = [
        Exposure(one.code, one.population_resident, held.at, held.at + REFERENCE_LASTS, one.source)
        for one in known
    ]
    found = short_boards(held, scenario, norms_of(REFERENCE_HAZARD))
    unknown: dict[str, list[str]] = {}
    for one in found.unknown:
        lacks = say("居民数未知", "residents unknown") if one.need is None else ""
        unknown.setdefault(one.city, []).append(lacks or _norm(one))
    return {
        "known": [_board(one) for one in found.known],
        "unknown": [(city, list(dict.fromkeys(lacks))) for city, lacks in unknown.items()],
    }


def _norm(one: ShortBoard) -> str:
    return say("储备未知：", "stock unknown: ") + words(norms()[one.norm].words)


def _board(one: ShortBoard) -> dict[str, Any]:
    assert one.ratio is not None and one.need is not None and one.have is not None, "only what is known"  # noqa: PT018
    norm = norms()[one.norm]
    return {
        "board": one,
        "norm": norm,
        "share": f"{one.ratio * _PERCENT:.1f} %",
        "is_short": one.ratio < 1,
        "have": amount(one.have, norm.unit),
        "need": amount(one.need.normalize(), norm.unit),
        "statements": [name for name in one.sources if len(name) == _ID_CHARACTERS],
    }


def bad(held: BaseInformation) -> list[dict[str, Any]]:
    """The reports that are set aside, and why."""
    return [
        {"report": one, "why": [f"{fault.column}: {fault_words(fault)}" for fault in one.faults]}
        for one in held.bad
    ]
