"""A footprint as a page sees it: for each place the chance, the times and the strength, without the members.

It comes from a footprint that is in memory, or from the file that went on the record (`footprint_json`),
which may have been written by another node: so every value is looked at before it is used, and a file that
is not what it says it is has no picture. Both ways give the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from riskshed.errors import InputError
from riskshed.exchange import chain_seen
from riskshed.exchange.footprint_json import QUANTILES
from riskshed.exchange.wording import Text
from riskshed.footprint import FloatArray, Footprint

PLACES_MAX, TEXT_MAX, SECONDS_MAX = 3_000, 300, 1e11
Three = tuple[float, float, float]
"""Of a number: 5 %, median, 95 %."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One place of a footprint.

    Attributes
    ----------
    lat, lon : float or None
    probability : float
        Share of the members that arrive.
    arrival_s, duration_s : tuple or None
        Given arrival, seconds (after the origin); None where too few arrive. A duration is infinite where it
        had not ended when the forecast ends.
    probability : float
        NaN where it is unknown.
    peak : tuple
        Over all members, in the unit of the footprint; zeros without meaning where the chance is unknown.
    """

    id: str
    city: str
    name: Text
    lat: float | None
    lon: float | None
    probability: float
    arrival_s: Three | None
    duration_s: Three | None
    peak: Three

    @property
    def chance(self) -> float:
        """The probability by which places are drawn and put in order: 0 where it is unknown."""
        return 0.0 if math.isnan(self.probability) else self.probability


@dataclass(frozen=True, slots=True)
class FootprintSeen:
    """A footprint without its members; all names are those of `Footprint`.

    `more` is what its file tells beside it, by name, where that is of the right form.
    """

    pathway: str
    quantity: str
    unit: str
    threshold: float
    origin: datetime
    issued: datetime
    members: int
    horizon_s: float | None
    hazard_cities: tuple[str, ...]
    places: tuple[Seen, ...]
    more: Mapping[str, Any] = field(default_factory=dict)

    def moment(self, seconds: float) -> datetime | None:
        """Date and time of some seconds after the origin; None beyond the calendar."""
        try:
            time = self.origin + timedelta(seconds=seconds)
        except (OverflowError, ValueError):
            return None
        return time if time.year <= 9998 else None


def of(footprint: Footprint) -> FootprintSeen:
    """What a page sees of a footprint."""
    arrival, peak, duration = (
        [method(q) for q in QUANTILES.values()]
        for method in (
            footprint.arrival_quantile_s,
            footprint.peak_quantile,
            footprint.duration_quantile_s,
        )
    )
    chance = footprint.probability()
    places = tuple(
        Seen(
            id=place.id,
            city=place.city,
            name=Text(place.name_zh or place.id, place.name_en or place.id),
            lat=place.lat,
            lon=place.lon,
            probability=float(chance[row]),
            arrival_s=_known(arrival, row),
            duration_s=_known(duration, row),
            peak=_known(peak, row) or (0.0, 0.0, 0.0),
        )
        for row, place in enumerate(footprint.places)
    )
    return FootprintSeen(
        pathway=footprint.pathway,
        quantity=footprint.quantity,
        unit=footprint.unit,
        threshold=footprint.threshold,
        origin=footprint.origin,
        issued=footprint.issued,
        members=footprint.members,
        horizon_s=footprint.horizon_s,
        hazard_cities=tuple(footprint.hazard_cities),
        places=places,
    )


def _known(quantiles: list[FloatArray], row: int) -> Three | None:
    low, median, high = (float(one[row]) for one in quantiles)
    return None if math.isnan(low + median + high) else (low, median, high)


# ----------------------------------------------------------------------------------------------- from a file


def read(data: bytes) -> FootprintSeen:
    """What a page sees of a footprint, from its file.

    Raises
    ------
    InputError
        ``footprint.unreadable``: it is no summary of a footprint, or has values that no footprint has.
    """
    try:
        told = json.loads(data)
        return _footprint(told)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        what = f"the file of the footprint cannot be read: {type(error).__name__}"
        raise InputError("footprint.unreadable", what, todo="Ask who issued it for the file.") from error


def _footprint(told: Mapping[str, Any]) -> FootprintSeen:
    listed = told["places"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= PLACES_MAX:
        raise ValueError("places")
    horizon = told["horizon_s"]
    return FootprintSeen(
        pathway=_text(told["pathway"]),
        quantity=_text(told["quantity"]),
        unit=_text(told["unit"]),
        threshold=_number(told["threshold"], 0.0),
        origin=_time(told["origin"]),
        issued=_time(told["issued"]),
        members=int(_number(told["members"], 1.0)),
        horizon_s=None if horizon is None else _number(horizon, 0.0, SECONDS_MAX),
        hazard_cities=tuple(_text(code) for code in told["hazard_cities"]),
        places=tuple(_place(one) for one in listed),
        more=_more(told.get("more", {})),
    )


def _more(told: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "chain" in told:
        found["chain"] = chain_seen.checked(told["chain"])
    if "effective_distance" in told:
        pairs = told["effective_distance"].items()
        if len(pairs) > PLACES_MAX:
            raise ValueError("effective_distance")
        found["effective_distance"] = {
            _text(code): None if value is None else _number(value, 0.0) for code, value in pairs
        }
    return found


def _place(told: Mapping[str, Any]) -> Seen:
    id_ = _text(told["id"])
    lat, lon = told["lat"], told["lon"]
    arrival, duration = told["arrival"], told["duration_s"]
    times = [arrival[f"{name}_s"] for name in QUANTILES]
    lengths = [duration[name] for name in QUANTILES]
    unknown = arrival["why"] == "unknown"
    endless = duration["why"] == "not_ended"
    return Seen(
        id=id_,
        city=_text(told["city"]),
        name=Text(_text(told["name_zh"]) or id_, _text(told["name_en"]) or id_),
        lat=None if lat is None else _number(lat, -90.0, 90.0),
        lon=None if lon is None else _number(lon, -180.0, 180.0),
        probability=math.nan if unknown else _number(told["probability"], 0.0, 1.0),
        arrival_s=None
        if None in times
        else _three([_number(one, -SECONDS_MAX, SECONDS_MAX) for one in times]),
        duration_s=(
            None
            if None in lengths and not endless
            else _three([math.inf if one is None else _number(one, 0.0, SECONDS_MAX) for one in lengths])
        ),
        peak=(0.0, 0.0, 0.0) if unknown else _three([_number(told["peak"][p], 0.0) for p in QUANTILES]),
    )


def _three(values: list[float]) -> Three:
    low, median, high = values
    if not low <= median <= high:
        raise ValueError("quantiles rise")
    return (low, median, high)


def _number(value: object, low: float, high: float = 1e300) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError("number")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        raise ValueError("text")
    return value


def _time(value: object) -> datetime:
    time = datetime.fromisoformat(_text(value))
    if time.tzinfo is None or not 1 < time.year <= 9998:
        raise ValueError("time")
    return time
