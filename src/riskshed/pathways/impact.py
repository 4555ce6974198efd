"""Impact: what a footprint costs each city: people, hours without water, and money, member by member.

A footprint says what comes; a curve says which share of something is lost at that; exposure says what is
there. Their product is a loss, for each city and member, and its spread over the members is the uncertainty
of the hazard. (That of the curves comes on top: for one house it is large, for a city less so.)

Three measures are kept apart, since no rate turns one into another:

- *people*: who are reached in a harmful measure, less those whom treatments keep from it;
- *people-hours without supply*: people of a place times the time for which its water cannot be used, less
  what buffers bridge and what is supplied otherwise;
- *money*: by class of assets, in minor units.

Unknown is not zero. What nobody counted is NaN and is said; a sum that leaves it out is a lower bound, and so
is a time that goes on beyond the horizon. What rests on an intensity outside the range of a curve is counted
as extrapolated.

**Rounding of money.** The loss of a city, class and member is ``value x share``, rounded to the nearest minor
unit, half to even. From there on everything is whole: the sum over members is exact, and an expected loss is
that sum over the number of members, rounded half to even, once. So an expected total is not always the sum of
the expected parts: they may differ by half a unit for each part.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.errors import Fault, InputFaults
from riskshed.footprint import Caveat, Footprint
from riskshed.pathways.exposure import PEOPLE, Exposed
from riskshed.pathways.treatment import Treatment, receiver_share, still_exposed
from riskshed.pathways.vulnerability import Curve, named, published
from riskshed.pathways.zone_weights import ZoneDamage

Floats = npt.NDArray[np.float64]

HOUR_S = 3600.0
SUPPLY = "people_hours"
"""Name of the measure of hours without water."""
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, eq=False)
class Losses:
    """What is lost, by city and member.

    Attributes
    ----------
    cities : tuple of str
        Codes, in the order in which the footprint has them.
    people : (city, member)
        People reached in a harmful measure; NaN is unknown.
    people_hours : (city, member)
        People times hours without supply; NaN is unknown, or was not asked about.
    money_minor : mapping of category to (city, member)
        Whole minor units; NaN is unknown.
    currency : str or None
        None where there is no money.
    extrapolated : mapping of category to (city,)
        Share of the members in which the intensity lies outside the range of the curve.
    lower_bound : frozenset of (measure, city)
        Where something unknown was left out: the truth is at least this. A measure is ``people``,
        ``people_hours`` or a category.
    caveats : tuple of Caveat
    sources : tuple of str
        Where the exposure and the curves are from.
    """

    cities: tuple[str, ...]
    people: Floats
    people_hours: Floats
    money_minor: Mapping[str, Floats]
    currency: str | None
    extrapolated: Mapping[str, Floats]
    lower_bound: frozenset[tuple[str, str]]
    caveats: tuple[Caveat, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wanted = (len(self.cities), self.people.shape[1])
        for array in (self.people, self.people_hours, *self.money_minor.values()):
            assert array.shape == wanted, f"{array.shape}, want (city, member) = {wanted}"
            assert not (array < 0).any(), "no loss is below 0"

    @property
    def members(self) -> int:
        """Number of members."""
        return int(self.people.shape[1])

    def measure(self, name: str) -> Floats:
        """The array of ``people``, ``people_hours`` or a category, (city, member)."""
        found = {PEOPLE: self.people, SUPPLY: self.people_hours, **self.money_minor}
        assert name in found, f"{name} is none of {', '.join(found)}"
        return found[name]

    def told(self, *measures: str, city: str | None = None) -> dict[str, Any]:
        """Expected loss, its band and whether it is a lower bound, over some measures and cities.

        Parameters
        ----------
        *measures : str
            Added up: categories of money, or one other measure.
        city : str, optional
            All cities without it.

        Returns
        -------
        dict
            ``expected``, ``p05``, ``p95``: whole numbers, None where nothing is known; ``lower_bound``.
        """
        rows = [i for i, code in enumerate(self.cities) if city in (None, code)]
        values = np.concatenate([self.measure(name)[rows] for name in measures])
        left_out = bool(np.isnan(values).any()) or any(
            (name, self.cities[row]) in self.lower_bound for name in measures for row in rows
        )
        each = _by_member(values, whole=all(name in self.money_minor for name in measures))
        if left_out and not any(each):  # at least nothing: that is to know nothing
            return {"expected": None, "p05": None, "p95": None, "lower_bound": True}
        total = sum(each) if isinstance(each[0], int) else math.fsum(each)
        low, high = np.quantile(np.array(each, np.float64), [LOW, HIGH])
        mean = round(Fraction(total) / self.members)
        return {"expected": mean, "p05": round(low), "p95": round(high), "lower_bound": left_out}

    def expected_minor(self, *, city: str | None = None) -> int | None:
        """Expected loss of money over all classes, in minor units; None where nothing is known."""
        if not self.money_minor:
            return None
        expected: int | None = self.told(*self.money_minor, city=city)["expected"]
        return expected

    def summary(self) -> dict[str, Any]:
        """Everything as plain values: in all, by city, and by class of assets."""
        return {
            "members": self.members,
            "currency": self.currency,
            "total": self._of(None),
            "cities": {city: self._of(city) for city in self.cities},
            "extrapolated": {
                name: {c: float(s) for c, s in zip(self.cities, shares, strict=True) if s > 0}
                for name, shares in self.extrapolated.items()
            },
            "caveats": [
                {"code": c.code, "en": c.text_en, "zh": c.text_zh, "places": list(c.places)}
                for c in self.caveats
            ],
            "sources": list(self.sources),
        }

    def _of(self, city: str | None) -> dict[str, Any]:
        classes = {name: self.told(name, city=city) for name in self.money_minor}
        money = self.told(*self.money_minor, city=city) if self.money_minor else None
        told = {PEOPLE: self.told(PEOPLE, city=city), SUPPLY: self.told(SUPPLY, city=city)}
        return {**told, "money_minor": money, "categories": classes}

    def to_json(self) -> str:
        """:meth:`summary` as a JSON text."""
        return json.dumps(self.summary(), ensure_ascii=False, allow_nan=False)


def _by_member(values: Floats, *, whole: bool) -> Sequence[int] | Sequence[float]:
    """What is known, added up for each member; exactly, where it is whole."""
    columns = np.nan_to_num(values, nan=0.0).T.tolist()
    return [sum(map(int, member)) for member in columns] if whole else [math.fsum(m) for m in columns]


def losses(
    footprint: Footprint,
    exposure: Sequence[Exposed],
    *,
    curves: Mapping[str, Curve] | None = None,
    supply: Curve | None = None,
    treatments: Sequence[Treatment] = (),
) -> Losses:
    """What a footprint costs.

    Parameters
    ----------
    footprint : Footprint
        Its rows are sections or cities; what several sections of a city have is added up.
    exposure : sequence of Exposed
        People count where the footprint does not know how many are exposed. Rows of cities that are not in
        the footprint are left out, and named in a caveat.
    curves : mapping of str to Curve, optional
        Without it, the published ones.
    supply : Curve, optional
        From which peak on water cannot be used. Without it, hours without supply are not asked about. The
        time without is that at or above the threshold of the footprint: a place that shuts its intake opens
        it when nothing is found any more.
    treatments : sequence of Treatment
        The same that the footprint was made with. Of these, ``evacuate``, ``supply_water`` and ``buffer``
        bear on what is lost by those who are reached.

    Raises
    ------
    InputFaults
        ``impact.unit``: a curve in another unit than the footprint.
    NotFoundError
        ``vulnerability.unknown_curve``.
    """
    known = published() if curves is None else curves
    rows_of = footprint.rows_by_city()
    used = {row.curve: named(row.curve, known) for row in exposure if row.city in rows_of}
    _check_units(footprint, [*used.values(), *([] if supply is None else [supply])])
    bounds: set[tuple[str, str]] = set()
    people = _people(footprint, exposure, used, treatments, bounds)
    hours = _without_supply(footprint, supply, treatments, bounds)
    money, extrapolated = _money(footprint, exposure, used)
    for name, array in money.items():
        bounds |= {(name, c) for c, row in zip(rows_of, array, strict=True) if np.isnan(row).any()}
    told = [*used.values(), *([] if supply is None else [supply])]
    sources = [f"{row.source} ({row.as_of.isoformat()})" for row in exposure if row.city in rows_of]
    return Losses(
        cities=tuple(rows_of),
        people=people,
        people_hours=hours,
        money_minor=money,
        currency=next((row.currency for row in exposure if row.currency is not None), None),
        extrapolated=extrapolated,
        lower_bound=frozenset(bounds),
        caveats=_caveats(footprint, exposure, told),
        sources=tuple(dict.fromkeys([*sources, *(curve.source for curve in told)])),
    )


def of_zones(
    assets: Mapping[str, ZoneDamage],
    *,
    currency: str,
    people: ZoneDamage | None = None,
    caveats: Sequence[Caveat] = (),
    sources: Sequence[str] = (),
) -> Losses:
    """Losses that were added up from a grid, by class of assets (in minor units) and of people.

    Parameters
    ----------
    assets : mapping of category to ZoneDamage
        At least one; all of the same zones and members.
    people : ZoneDamage, optional
        Unknown without it.
    caveats : sequence of Caveat
        Such as `ZoneWeights.caveats`: cities beyond the grid have lower bounds.
    """
    first = next(iter(assets.values()))
    parts = {**assets, **({} if people is None else {PEOPLE: people})}
    beyond = {place for caveat in caveats if caveat.code == "impact.outside_grid" for place in caveat.places}
    bounds = {(name, zone) for name, part in parts.items() for zone in (*part.lower_bound, *beyond)}
    unknown = np.full(first.lost.shape, np.nan)
    return Losses(
        cities=first.zones,
        people=unknown if people is None else people.lost,
        people_hours=unknown,
        money_minor={name: np.rint(part.lost) for name, part in assets.items()},
        currency=currency,
        extrapolated={name: (part.extrapolated > 0).mean(axis=1) for name, part in assets.items()},
        lower_bound=frozenset(bounds),
        caveats=tuple(caveats),
        sources=tuple(sources),
    )


# --------------------------------------------------------------------------------------- the three measures


def _people(
    footprint: Footprint,
    exposure: Sequence[Exposed],
    curves: Mapping[str, Curve],
    treatments: Sequence[Treatment],
    bounds: set[tuple[str, str]],
) -> Floats:
    counted = {row.city: row for row in exposure if row.category == PEOPLE}
    found = []
    for city, rows in footprint.rows_by_city().items():
        exposed = footprint.exposed_people[rows]
        people, unknown = np.nansum(exposed, axis=0), np.isnan(exposed).any(axis=0)
        row = counted.get(city)
        if unknown.any() and row is not None and row.amount is not None:
            share, _ = curves[row.curve].lost(footprint.peak[rows].max(axis=0))
            arrival, gone = _passage(footprint, rows)
            left = receiver_share(treatments, _names(footprint, rows), arrival, gone)
            people = np.where(unknown, still_exposed(row.amount * share, left), people)
        elif unknown.any():
            people = np.where(unknown & (people == 0), np.nan, people)
            bounds.add((PEOPLE, city))
        found.append(people)
    return np.stack(found)


def _without_supply(
    footprint: Footprint,
    supply: Curve | None,
    treatments: Sequence[Treatment],
    bounds: set[tuple[str, str]],
) -> Floats:
    """People-hours without supply, each section by itself and then by city."""
    if supply is None:
        return np.full((len(footprint.rows_by_city()), footprint.members), np.nan)
    share, _ = supply.lost(footprint.peak)
    found = []
    for city, rows in footprint.rows_by_city().items():
        total = np.zeros(footprint.members)
        unknown = np.zeros(footprint.members, np.bool_)
        for row in rows:
            lost = share[row] * np.isfinite(footprint.arrival_s[row])
            hours, cut = _hours(footprint, row, treatments)
            if (cut & (lost > 0)).any():
                bounds.add((SUPPLY, city))
            people = footprint.places[row].people
            if people is None:
                unknown |= (lost > 0) & (hours > 0)
            else:
                total += people * lost * hours
        if unknown.any():
            bounds.add((SUPPLY, city))
        found.append(np.where(unknown & (total == 0), np.nan, total))
    return np.stack(found)


def _hours(
    footprint: Footprint, row: int, treatments: Sequence[Treatment]
) -> tuple[Floats, npt.NDArray[Any]]:
    """Hours that nothing bridges, weighted by who has no other water; and where the horizon cut them off."""
    arrival, gone = _passage(footprint, [row])
    cut = np.isfinite(arrival) & ~np.isfinite(gone)
    end = math.inf if footprint.horizon_s is None else footprint.horizon_s
    arrived = np.where(np.isfinite(arrival), arrival, 0.0)
    seconds = np.minimum(gone, end) - arrived
    seconds = np.where(np.isfinite(arrival) & np.isfinite(seconds), np.maximum(seconds, 0.0), 0.0)
    names = _names(footprint, [row])
    stores = [t for t in treatments if t.effect == "buffer" and t.target in names]
    bridged = sum((np.where(t.starts_s <= arrival, t.amount, 0.0) for t in stores), np.zeros(arrival.shape))
    served = receiver_share(treatments, names, arrival, gone, effects=("supply_water", "evacuate"))
    return np.maximum(seconds / HOUR_S - bridged, 0.0) * served, cut


def _money(
    footprint: Footprint, exposure: Sequence[Exposed], curves: Mapping[str, Curve]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Minor units lost by class, (city, member), and the share of members outside the curve, (city,)."""
    rows_of = footprint.rows_by_city()
    assets = [row for row in exposure if row.category != PEOPLE and row.city in rows_of]
    shape = (len(rows_of), footprint.members)
    money = {row.category: np.full(shape, np.nan) for row in assets}
    extrapolated = {row.category: np.zeros(shape[0]) for row in assets}
    place = {city: i for i, city in enumerate(rows_of)}
    for row in assets:
        peak = footprint.peak[rows_of[row.city]].max(axis=0)
        share, beyond = curves[row.curve].lost(peak)
        if row.amount is not None:
            money[row.category][place[row.city]] = np.rint(row.amount * share)
        extrapolated[row.category][place[row.city]] = beyond.mean()
    return money, extrapolated


def _passage(footprint: Footprint, rows: Sequence[int]) -> tuple[Floats, Floats]:
    """When it first comes to any of these rows, and when it has left the last, (member,)."""
    arrival = footprint.arrival_s[rows]
    gone = np.where(np.isfinite(arrival), arrival + footprint.duration_s[rows], -np.inf).max(axis=0)
    first = arrival.min(axis=0)
    return first, np.where(np.isfinite(first), gone, np.inf)


def _names(footprint: Footprint, rows: Sequence[int]) -> set[str]:
    """What a target may be called to mean these rows: the id of a single one, and the city."""
    ids = {footprint.places[row].id for row in rows} if len(rows) == 1 else set()
    return ids | {footprint.places[row].city for row in rows}


def _check_units(footprint: Footprint, curves: Sequence[Curve]) -> None:
    faults = [
        Fault(
            "impact.unit",
            f"curve {curve.code}",
            None,
            "unit",
            curve.unit,
            f"{footprint.unit}, as the footprint",
        )
        for curve in curves
        if curve.unit != footprint.unit
    ]
    if faults:
        todo = "Take curves in the unit of the footprint."
        raise InputFaults("impact.unit", "these curves do not fit this footprint", faults, todo=todo)


def _caveats(
    footprint: Footprint, exposure: Sequence[Exposed], curves: Sequence[Curve]
) -> tuple[Caveat, ...]:
    told = []
    elsewhere = tuple(sorted({row.city for row in exposure} - {place.city for place in footprint.places}))
    if elsewhere:
        english = "These cities are not in the footprint; what they have is left out."
        told.append(Caveat("impact.elsewhere", english, "所列城市不在足迹之内，未计入。", elsewhere))
    unsure = tuple(sorted({curve.code for curve in curves if curve.status == "unconfirmed"}))
    if unsure:
        english = f"The numbers of these curves are not confirmed: {', '.join(unsure)}."
        told.append(Caveat("impact.unconfirmed", english, f"下列曲线的数值尚未核实：{'、'.join(unsure)}。"))
    return tuple(told)
