"""The summary of a footprint as JSON (RFC 8259) and as GeoJSON (RFC 7946).

JSON has no infinity and no NaN, and a bare ``null`` would make *never*, *unknown* and *too few members* look
alike. So whatever can be null stands beside a word that says why, and :data:`WHY` explains the words. Times
are RFC 3339 with their offset. The members themselves are not in the summary; they go to NetCDF or zarr.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from riskshed.footprint import PEOPLE_LOWER_BOUND, FloatArray, Footprint, Place

QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
"""Name and value of the quantiles of a summary."""

WHY = {
    "given": "the quantiles are there",
    "known": "the number is there",
    "too_few": "too few members arrive for quantiles",
    "never": "no member arrives",
    "not_within_horizon": "no member arrives before the forecast ends at horizon_s",
    "not_ended": "the threshold is still exceeded when the forecast ends",
    "beyond_calendar": "the time lies beyond the calendar",
    "unknown": "not known, which is not zero",
    "lower_bound": "the number leaves unknown people out: the truth is at least this",
}
"""What the words beside a number, or in place of it, mean."""

NULLS = {
    "lat, lon, people": "unknown",
    "probability, peak": "unknown, as arrival.why says",
    "horizon_s": "the forecast has no end of its own",
    "situation.number": "no city border is crossed",
    "series": "no curves were asked for; within them, unknown",
}
"""What null means where no word stands beside it."""


def summary(
    footprint: Footprint,
    *,
    bound: float = 0.1,
    zone: tzinfo | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The footprint without its members, as plain values that JSON can hold.

    Parameters
    ----------
    footprint : Footprint
    bound : float
        A city counts as exposed from this probability on (:meth:`Footprint.situation`).
    zone : tzinfo, optional
        In which times are written; without it, that of the footprint's origin.
    more : mapping, optional
        What the pathway tells beside the footprint, by name: the ``chain`` of a cascade.
    """
    people, lower_bound = footprint.exposed_total(0.5)
    return {
        **_header(footprint, zone),
        "situation": asdict(footprint.situation(bound)),
        "exposed_people_total": _people(people, lower_bound),
        "places": _places(footprint, zone),
        "caveats": [asdict(caveat) for caveat in footprint.caveats],
        "series": _series(footprint, zone),
        "words": WHY,
        "nulls": NULLS,
        **({"more": dict(more)} if more else {}),
    }


def to_json(
    footprint: Footprint,
    *,
    bound: float = 0.1,
    zone: tzinfo | None = None,
    more: Mapping[str, Any] | None = None,
) -> str:
    """:func:`summary` as a JSON text."""
    told = summary(footprint, bound=bound, zone=zone, more=more)
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def to_geojson(footprint: Footprint, *, bound: float = 0.1, zone: tzinfo | None = None) -> str:
    """One point for each place with its probability, arrival, peak, people and caveats, as a GeoJSON text.

    Properties are flat (``arrival_p50``), for map programs seldom read nested ones. A place whose point is
    unknown is a feature without geometry. What holds for the footprint as a whole is a foreign member,
    ``footprint``, as section 6.1 of the RFC allows.
    """
    whole = summary(footprint, bound=bound, zone=zone)
    features = [
        {"type": "Feature", "id": place.id, "geometry": _point(place), "properties": _flat(told)}
        for place, told in zip(footprint.places, whole.pop("places"), strict=True)
    ]
    del whole["series"]
    told = {"type": "FeatureCollection", "features": features, "footprint": whole}
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def rfc3339(time: datetime, zone: tzinfo | None = None) -> str:
    """A time to the nearest second, with its offset.

    Examples
    --------
    >>> rfc3339(datetime(2005, 11, 13, 13, 40, 29, 600000, UTC))
    '2005-11-13T13:40:30+00:00'
    """
    local = (time + timedelta(microseconds=500_000)).astimezone(zone or time.tzinfo).replace(microsecond=0)
    offset = local.utcoffset() or timedelta()
    # The RFC knows hours and minutes only; local mean times of the past had seconds too.
    return (local.astimezone(UTC) if offset.seconds % 60 else local).isoformat()


def _header(footprint: Footprint, zone: tzinfo | None) -> dict[str, Any]:
    return {
        "pathway": footprint.pathway,
        "quantity": footprint.quantity,
        "unit": footprint.unit,
        "threshold": footprint.threshold,
        "origin": rfc3339(footprint.origin, zone),
        "issued": rfc3339(footprint.issued, zone),
        "known_at": rfc3339(footprint.known_at, zone),
        "horizon_s": footprint.horizon_s,
        "members": footprint.members,
        "seed": footprint.seed,
        "model": footprint.model,
        "version": footprint.version,
        "region_digest": footprint.region_digest,
        "source_text": footprint.source_text,
        "hazard_cities": footprint.hazard_cities,
    }


def _places(footprint: Footprint, zone: tzinfo | None) -> list[dict[str, Any]]:
    tables: dict[str, dict[str, FloatArray]] = {
        name: {p: method(q) for p, q in QUANTILES.items()}
        for name, method in (
            ("arrival_s", footprint.arrival_quantile_s),
            ("peak", footprint.peak_quantile),
            ("duration_s", footprint.duration_quantile_s),
            ("exposed_people", footprint.exposed_quantile),
        )
    }
    probability, arrivals, outcomes = footprint.probability(), footprint.arrivals(), footprint.outcomes()
    told = []
    for row, place in enumerate(footprint.places):
        of = {name: {p: float(values[row]) for p, values in table.items()} for name, table in tables.items()}
        codes = [c.code for c in footprint.caveats if not c.places or place.id in c.places]
        arrival = {
            "probability": None if outcomes[row] == "unknown" else float(probability[row]),
            "arriving_members": int(arrivals[row]),
            "arrival": _arrival(footprint, of["arrival_s"], outcomes[row], zone),
        }
        strength = {
            "peak": {p: None if outcomes[row] == "unknown" else value for p, value in of["peak"].items()},
            "duration_s": _durations(of["duration_s"], outcomes[row]),
            "exposed_people": _people_quantiles(of["exposed_people"], PEOPLE_LOWER_BOUND in codes),
        }
        told.append(asdict(place) | arrival | strength | {"caveats": codes})
    return told


def _arrival(
    footprint: Footprint, seconds: dict[str, float], outcome: str, zone: tzinfo | None
) -> dict[str, Any]:
    """Quantiles as times, and as seconds after the origin."""
    moments = {name: footprint.moment(value) for name, value in seconds.items()}
    times = {name: None if moment is None else rfc3339(moment, zone) for name, moment in moments.items()}
    beyond = outcome == "given" and None in times.values()
    exact = {f"{name}_s": None if math.isnan(value) else value for name, value in seconds.items()}
    return {**times, **exact, "why": "beyond_calendar" if beyond else outcome}


def _durations(seconds: dict[str, float], outcome: str) -> dict[str, Any]:
    shown = {name: value if math.isfinite(value) else None for name, value in seconds.items()}
    endless = any(math.isinf(value) for value in seconds.values())
    return {**shown, "why": "not_ended" if endless else outcome}


def _people_quantiles(people: dict[str, float], lower_bound: bool) -> dict[str, Any]:
    told = {name: _people(value, lower_bound) for name, value in people.items()}
    return {**{name: part["value"] for name, part in told.items()}, "why": told["p50"]["why"]}


def _people(people: float, lower_bound: bool) -> dict[str, Any]:
    if math.isnan(people):
        return {"value": None, "why": "unknown"}
    return {"value": people, "why": "lower_bound" if lower_bound else "known"}


def _series(footprint: Footprint, zone: tzinfo | None) -> dict[str, Any] | None:
    series = footprint.series
    if series is None:
        return None
    moments = [footprint.moment(float(seconds)) for seconds in series.time_s]
    values = [[[v if math.isfinite(v) else None for v in c] for c in row] for row in series.values.tolist()]
    return {
        "axes": ["place", "quantile", "time"],
        "quantiles": series.quantiles.tolist(),
        "time": [None if moment is None else rfc3339(moment, zone) for moment in moments],
        "time_s": series.time_s.tolist(),
        "values": values,
    }


def _point(place: Place) -> dict[str, Any] | None:
    if place.lat is None or place.lon is None:
        return None
    return {"type": "Point", "coordinates": [place.lon, place.lat]}  # longitude first, section 3.1.1


def _flat(told: dict[str, Any]) -> dict[str, Any]:
    """``{"peak": {"p50": 1}}`` as ``{"peak_p50": 1}``."""
    flat: dict[str, Any] = {}
    for name, value in told.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{inner}": part for inner, part in value.items()}
        else:
            flat[name] = value
    return flat
