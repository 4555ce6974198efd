"""What the pages of an industry cluster show: plants and tiers, figures, stocks, and the trial of a halt.

All of it is from the region of the node, each fact with its basis and source, or from the log. What nobody
says is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from riskshed import halt_trial
from riskshed.exchange import pictures, tiers_picture
from riskshed.exchange.tiers_picture import BASES, TiersPicture
from riskshed.exchange.wording import Text, number, stated
from riskshed.forecast_sources import PathwaySource, read_sources
from riskshed.governance import cluster
from riskshed.governance.cluster import Goal, Line
from riskshed.governance.standing import Standing
from riskshed.halt_trial import Asked, Band, Halted, Trial
from riskshed.pathways import local_supply
from riskshed.pathways.halt import Halt
from riskshed.pathways.local_supply import LocalRate, Scope
from riskshed.region import Indicator, Plant, Region
from riskshed.stand_ins import Short, StandIn
from riskshed.web import wording
from riskshed.web.access import Pace
from riskshed.web.wording import name_of, say

COVER_D = (1.0, 14.0)
"""Offered for stocks of which nothing is known, where the node has no supposition of its own."""
TRY, PACE = "cluster.try", Pace(30, 600)
"""A trial takes seconds: so many in a time for one person, on the page and over the interface together."""
KINDS: Mapping[str, Text] = {
    "assembly": Text("整车", "makes vehicles or other finished goods"),
    "parts": Text("零部件", "parts"),
    "material": Text("材料", "material"),
    "logistics": Text("物流", "logistics"),
    "other": Text("其他", "other"),
}
SCOPES: Mapping[str, Text] = {
    "city": Text("全市", "city"),
    "province": Text("全省", "province"),
    "cluster": Text("全市集群", "cluster of the city"),
    "firm": Text("企业", "firm"),
    "other": Text("其他", "other"),
}
BOUNDS: Mapping[str, Text] = {
    "exact": Text("", ""),
    "about": Text("约 ", "about "),
    "at_least": Text("≥ ", "≥ "),
    "at_most": Text("不足 ", "under "),
}
UNITS: Mapping[str, Text] = {
    "percent": Text("%", "%"),
    "vehicles": Text("辆", "vehicles"),
    "firms": Text("家", "firms"),
}
_BILLION = 1e9
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so, and the address of it; empty where there is none."""

    name: str
    url: str


def source(text: str) -> Source:
    """The source of a row; an address stands behind its name as ``name: http...`` or in brackets."""
    name, found, rest = text.partition("http")
    url = f"http{rest}".split(";")[0].split(")")[0].strip() if found else ""
    return Source(name.rstrip(" :(") or url, url)


# ----------------------------------------------------------------------------------------------- registry


def tiers(region: Region) -> list[dict[str, Any]]:
    """The plants by tier: makers first, those of an unknown tier last."""
    known = sorted({one.tier for one in region.plants if one.tier is not None})
    order = [*known, *([None] if any(one.tier is None for one in region.plants) else [])]
    return [_of_tier(tier, [one for one in region.plants if one.tier == tier]) for tier in order]


def _of_tier(tier: int | None, plants: Sequence[Plant]) -> dict[str, Any]:
    """A tier; a column in which nothing is known is said once in `note` instead of in each row."""
    has_output = any(one.output_per_day is not None for one in plants)
    has_value = any(one.value_yuan_per_day is not None for one in plants)
    lacks = [
        word
        for word, known in (
            (say("日产量", "output"), has_output),
            (say("日产值", "worth of a day"), has_value),
        )
        if not known
    ]
    note = say(f"{len(plants)} 家", f"{len(plants)} plants")
    if lacks:
        note += say(f" · {'、'.join(lacks)}均未知", f" · {' and '.join(lacks)} unknown of all")
    return {
        "title": _tier(tier),
        "note": note,
        "plants": [_plant(one) for one in plants],
        "has_output": has_output,
        "has_value": has_value,
    }


def _tier(tier: int | None) -> str:
    if tier is None:
        return say("层级未知", "Tier unknown")
    if tier == 0:
        return say("整车厂", "Makers")
    return say(f"{tier} 级供应商", f"Suppliers, tier {tier}")


def _plant(plant: Plant) -> dict[str, Any]:
    unit = plant.output_unit or ""
    return {
        "plant": plant,
        "name": say(plant.name_zh, plant.name_en),
        "kind": KINDS[plant.kind].said(wording.tongue()),
        "output": None if plant.output_per_day is None else _amount(plant.output_per_day, unit),
        "value": None if plant.value_yuan_per_day is None else _amount(plant.value_yuan_per_day, "CNY"),
        "basis": None if plant.basis == "stated" else BASES[plant.basis].said(wording.tongue()),
        "source": source(plant.source),
    }


def _amount(value: float, unit: str) -> str:
    """A number with its unit; yuan in hundreds of millions or in billions, as each language counts."""
    if unit == "CNY" and abs(value) >= _BILLION / 10:
        return say(f"{stated(value / 1e8)} 亿元", f"CNY {stated(value / 1e9)} bn")
    shown = stated(value)
    if unit == "CNY":
        return say(f"{shown} 元", f"CNY {shown}")
    word = UNITS[unit].said(wording.tongue()) if unit in UNITS else unit
    return f"{shown} {word}"


# ------------------------------------------------------------------------------------------------ figures


def figures(region: Region) -> list[dict[str, Any]]:
    """What the cluster is said to have reached, beside its goals."""
    return [_line(one) for one in cluster.lines(region.indicators)]


def _line(line: Line) -> dict[str, Any]:
    first = line.first
    return {
        "name": say(first.name_zh, first.name_en),
        "scope": SCOPES[first.scope].said(wording.tongue()),
        "territory": first.territory,
        "reached": [_figure(one) for one in reversed(line.reached)],
        "goals": [{**_figure(one.goal), "state": _reached(one)} for one in line.goals],
        "plans": [_figure(one) for one in line.plans],
    }


def _figure(one: Indicator) -> dict[str, Any]:
    told = None
    if one.value is not None:
        told = BOUNDS[one.bound].said(wording.tongue()) + _amount(one.value, one.unit)
    basis = None if one.basis == "stated" else BASES[one.basis].said(wording.tongue())
    return {
        "value": told,
        "period": one.period,
        "source": source(one.source),
        "note": one.note,
        "basis": basis,
    }


def _reached(goal: Goal) -> str:
    if goal.is_reached is None or goal.latest is None:
        return say("是否达到：未知", "whether it is reached is unknown")
    at = goal.latest.period
    if goal.is_reached:
        return say(f"{at} 已达到", f"reached in {at}")
    gap = "" if goal.gap is None else _amount(goal.gap, goal.goal.unit)
    return say(
        f"{at} 尚差 {gap}" if gap else f"{at} 未达到", f"{at}: {gap} short" if gap else f"{at}: not reached"
    )


def rates(region: Region) -> list[dict[str, Any]]:
    """The local supply rate that follows from the links, for each city and province with makers."""
    found = local_rates(region)
    return [_rate(rate, territory_words(region, territory), scope) for territory, scope, rate in found]


def local_rates(region: Region) -> list[tuple[str, Scope, LocalRate]]:
    """The rates as numbers, each with the code of its territory and what that is."""
    return [
        (territory, scope, local_supply.of_territory(region, territory, scope))
        for scope, territories in _with_makers(region).items()
        for territory in territories
    ]


def _with_makers(region: Region) -> dict[Scope, list[str]]:
    cities = dict.fromkeys(one.city for one in region.plants if one.tier == 0)
    above = [local_supply.province_of(region.city(one)) for one in cities]
    return {"city": list(cities), "province": [one for one in dict.fromkeys(above) if one]}


def territory_words(region: Region, code: str) -> str:
    """The name of a city or province; a province that nobody named is that of its first city here."""
    named = name_of(code)
    if named != code:
        return named
    within = [one.code for one in region.cities if local_supply.province_of(one) == code]
    return say(f"{name_of(within[0])}所在省", f"province of {name_of(within[0])}") if within else code


def _rate(rate: LocalRate, territory: str, scope: Scope) -> dict[str, Any]:
    return {
        "territory": territory,
        "scope": SCOPES[scope].said(wording.tongue()),
        "by_parts": _percent(rate.by_parts),
        "by_value": _percent(rate.by_value),
        "rate": rate,
    }


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{number(_PERCENT * share, 3)} %"


def stocks(region: Region) -> list[dict[str, Any]]:
    """For each maker, after how many days the first of its parts runs out; the shortest first."""
    found = []
    for plant in (one for one in region.plants if one.tier == 0):
        links = [one for one in region.supply_links if one.customer == plant.id]
        known = [one for one in links if one.cover_low_d is not None and one.cover_high_d is not None]
        ends = [(one.cover_low_d or 0.0, one.cover_high_d or 0.0) for one in known]
        low, high = (min((one[at] for one in ends), default=None) for at in (0, 1))
        row = {
            "plant": plant,
            "name": say(plant.name_zh, plant.name_en),
            "parts": len({one.part for one in links}),
            "unknown": len({one.part for one in links} - {one.part for one in known}),
            "low_d": low,
            "high_d": high,
            "days": tiers_picture.days(low, high).said(wording.tongue()) if known else None,
            "sources": [one for one in dict.fromkeys(_cover_source(each.note) for each in known) if one],
        }
        found.append((math.inf if low is None else low, row))
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def _cover_source(note: str | None) -> str:
    """What the note of a link says of its cover."""
    return (note or "").rpartition("cover: ")[2]


def network(region: Region) -> SafeString | None:
    """The network of tiers as a picture; None where no link is known."""
    if not region.supply_links:
        return None
    # Our own markup; every word of the region was escaped where it was put in.
    return mark_safe(_network(region, wording.tongue()))  # noqa: S308


@lru_cache(maxsize=8)
def _network(region: Region, tongue: str) -> str:
    return TiersPicture(region).figure(tongue)


# -------------------------------------------------------------------------------------------------- trials


@lru_cache(maxsize=4)
def supposed(home: Path, region: Region) -> Halt | None:
    """What the node supposes of stocks: the halt of its supply pathway; None where it has none."""
    for one in read_sources(home, region).values():
        if isinstance(one, PathwaySource) and isinstance(one.source, Halt):
            return one.source
    return None


def choices(region: Region) -> list[tuple[str, str]]:
    """The plants as a form offers them, by city."""
    rows = [(one.id, f"{name_of(one.city)} · {say(one.name_zh, one.name_en)}") for one in region.plants]
    return sorted(rows, key=lambda one: one[1])


def cover(halt: Halt | None) -> tuple[float, float]:
    """The days that a form offers at first for stocks that are not known."""
    return COVER_D if halt is None else (halt.cover_d.low, halt.cover_d.high)


@lru_cache(maxsize=32)
def trial(region: Region, asked: Asked, at: datetime) -> Trial:
    """A trial, computed once for all who ask the same within an hour (`at` is a whole hour)."""
    return halt_trial.run(region, asked, at)


def hour(at: datetime) -> datetime:
    """The whole hour before a time."""
    return at.replace(minute=0, second=0, microsecond=0)


def shown(found: Trial, standing: Standing, region: Region) -> dict[str, Any]:
    """A trial as the page shows it."""
    could = halt_trial.offers_for(found, standing.offers, region, found.at)
    names = {one.id: say(one.name_zh, one.name_en) for one in region.plants}
    drawn = pictures.picture(found.footprint, region, wording.node_clock().zone)
    return {
        "trial": found,
        "halted": [_halted(one, found.at) for one in found.halted],
        "cities": _cities(found),
        "shorts": [_short(one, could.get(one.key, ()), names) for one in found.shorts],
        "caveats": [say(one.text_zh, one.text_en) for one in found.footprint.caveats],
        # Our own markup; every word of the region was escaped where it was put in.
        "picture": mark_safe(drawn.figure(wording.tongue(), "trial")) if drawn else None,  # noqa: S308
    }


def _halted(one: Halted, at: datetime) -> dict[str, Any]:
    unit = one.plant.output_unit or ""
    own = one.cause == "own"
    return {
        "row": one,
        "name": say(one.plant.name_zh, one.plant.name_en),
        "times": [at + timedelta(days=each) for each in one.after_d],
        "down": _days(one.down_d),
        "output": _lost(one.lost_output, unit),
        "yuan": _lost(one.lost_yuan, "CNY"),
        "cause": say("自身停产", "its own stop")
        if own
        else say(f"缺：{one.cause}", f"for want of {one.cause}"),
    }


def _days(band: Band) -> str:
    low, middle, high = (number(one, 2) or "0" for one in band)
    return say(f"{middle} 天（{low}–{high}）", f"{middle} days ({low}–{high})")


def _lost(band: Band | None, unit: str) -> str | None:
    """Median and band; None where it is unknown."""
    if band is None:
        return None
    low, middle, high = (_amount(float(f"{one:.3g}"), unit) for one in band)
    return f"{middle} ({low} – {high})"


def _cities(found: Trial) -> list[dict[str, Any]]:
    """By city: how many of the listed plants halt, and the output lost as far as it is known."""
    rows = []
    for city in dict.fromkeys(one.plant.city for one in found.halted):
        mine = [one for one in found.halted if one.plant.city == city]
        sums: dict[str, float] = {}
        for one in mine:
            if one.lost_output is not None:
                unit = one.plant.output_unit or ""
                sums[unit] = sums.get(unit, 0.0) + one.lost_output[1]
        rows.append(
            {
                "city": city,
                "plants": len(mine),
                "lost": [_amount(float(f"{value:.3g}"), unit) for unit, value in sums.items()],
                "unknown": sum(one.lost_output is None for one in mine),
                "first_at": found.at + timedelta(days=min(one.after_d[1] for one in mine)),
            }
        )
    return rows


def _short(one: Short, could: Sequence[StandIn], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "short": one,
        "customer": names[one.customer],
        "supplier": names[one.supplier],
        "amount": None if one.amount is None else f"{stated(float(one.amount))} {say('套', 'sets')}",
        "days": number(one.days, 2) if math.isfinite(one.days) else None,
        "offers": could,
    }
