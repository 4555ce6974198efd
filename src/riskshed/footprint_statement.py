"""A footprint as it goes on the record: its file, by digest, and the body of the statement that issues it.

A footprint in which no border is crossed is nobody else's business, and has no statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from math import isfinite
from typing import Any, NamedTuple

from riskshed.exchange import footprint_json
from riskshed.footprint import Footprint
from riskshed.statement import decimal_text, digest_text, time_text

EVIDENCE_MAX = 100
"""Readings that a footprint names: the latest."""
MEDIA_TYPE = "application/json"


class Issue(NamedTuple):
    """What is said of a footprint: the body of `FootprintIssued`, and the file that it names."""

    body: dict[str, Any]
    data: bytes

    @property
    def digest(self) -> str:
        """The digest of the file."""
        return str(self.body["file"]["digest"])


def issue(
    footprint: Footprint,
    *,
    readings: Sequence[str],
    title: str,
    zone: tzinfo,
    more: Mapping[str, Any] | None = None,
) -> Issue | None:
    """The footprint as file and body; None where no border of a city is crossed.

    Parameters
    ----------
    footprint : Footprint
    readings : sequence of str
        Ids of the statements with the readings on which it rests, the latest at the end.
    title : str
        What the file is called.
    zone : tzinfo
        In which times are written.
    more : mapping, optional
        What the pathway tells beside the footprint; it goes into the file, for the picture of it.
    """
    situation = footprint.situation().number
    if situation is None:
        return None

    def time(at: datetime) -> str:
        return time_text(at.astimezone(zone))

    data = footprint_json.to_json(footprint, zone=zone, more=more).encode()
    body = {
        "pathway": footprint.pathway,
        "quantity": footprint.quantity,
        "threshold": measure(footprint.threshold, footprint.unit),
        "origin": time(footprint.origin),
        "known_at": time(footprint.known_at),
        "situation": str(situation),
        "hazard_cities": list(dict.fromkeys(footprint.hazard_cities)),
        "arrivals": _arrivals(footprint, zone),
        "caveats": list(dict.fromkeys(one.code for one in footprint.caveats)),
        "members": footprint.members,
        "seed": footprint.seed,
        "model": footprint.model,
        "version": footprint.version,
        "region_digest": f"sha256:{footprint.region_digest}",
        "readings": list(readings)[-EVIDENCE_MAX:],
        "file": {
            "digest": digest_text(data),
            "size_bytes": len(data),
            "media_type": MEDIA_TYPE,
            "title": title,
        },
    }
    return Issue(given(body), data)


def given(body: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not known: absent is unknown."""
    return {name: value for name, value in body.items() if value not in (None, "", [], ())}


def measure(value: float | None, unit: str) -> dict[str, str] | None:
    """A value with its unit as statements write it; None where it is unknown."""
    return None if value is None else {"value": decimal_text(value, 9), "unit": unit}


def _arrivals(footprint: Footprint, zone: tzinfo) -> list[dict[str, Any]]:
    """What comes to each city, by the earliest of its sections; of an unknown city nothing is said."""
    cities = footprint.by_city()
    quantiles = [cities.arrival_quantile_s(q) for q in (0.05, 0.5, 0.95)]
    peaks, probability = cities.peak_quantile(0.5), cities.probability()
    exposed = cities.exposed_quantile(0.5)
    rows = []
    for at, place in enumerate(cities.places):
        if place.id in cities.unknown:
            continue
        moments = [cities.moment(float(one[at])) for one in quantiles]
        reached = probability[at] > 0 and all(one is not None for one in moments)
        named = zip(("earliest", "middle", "latest"), moments, strict=True)
        row: dict[str, Any] = {"city": place.city, "probability": decimal_text(float(probability[at]), 4)}
        row |= {name: time_text(one.astimezone(zone)) for name, one in named if reached and one is not None}
        peak = float(peaks[at])
        row["peak"] = measure(peak, footprint.unit) if isfinite(peak) else None
        row["exposed_people"] = round(float(exposed[at])) if isfinite(exposed[at]) else None
        rows.append(given(row))
    return rows
