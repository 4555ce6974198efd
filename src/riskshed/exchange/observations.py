"""Observations as GeoJSON: a FeatureCollection whose features are readings at places.

In the form of this project the properties of a feature are the fields of a reading
(`riskshed.exchange.readings.SCHEMA`); where they name no place, the point of the feature finds the city in
which it lies. The collection is taken whole or not at all.

A feed of others has properties of its own. A `FeatureForm` says which of them is which field, and what holds
for all; what it does not name is left alone, and so are features that lie outside of all our cities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from riskshed.boundaries import Feature, geojson_of
from riskshed.errors import Fault
from riskshed.exchange.readings import of_object, whole
from riskshed.fault_book import FaultBook, Limits
from riskshed.signals import Signal
from riskshed.stations import Stations

COLLECTION = Limits(bytes=16 * 2**20, rows=10_000, depth=20)


@dataclass(frozen=True, slots=True)
class FeatureForm:
    """How the properties of a foreign feed are read.

    Attributes
    ----------
    fields : mapping of str to str
        Field of a reading to the name of the property that holds it.
    given : mapping of str to str
        Fields that are the same for every feature, such as ``quantity`` and ``unit``.
    time_in_ms : bool
        Whether the time is a number of milliseconds since 1970, UTC.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    time_in_ms: bool = False


def of_geojson(
    data: bytes,
    stations: Stations,
    arrived: datetime,
    *,
    where: str = "features",
    form: FeatureForm | None = None,
) -> tuple[Signal, ...]:
    """The readings of a FeatureCollection; errors and parameters as of `riskshed.exchange.readings.of_json`.

    Parameters
    ----------
    form : FeatureForm, optional
        Without it the properties are the fields of a reading, and nothing else.
    """
    faults: list[Fault] = []
    features = geojson_of(data, faults, where=where, limits=COLLECTION) or ()
    book = FaultBook(where, faults, COLLECTION)
    found: list[Signal | None] = []
    if len(features) > COLLECTION.rows:
        got, wanted = f"{len(features):,} features", f"at most {COLLECTION.rows:,}"
        book.add("observations.too_many", None, "features", got, wanted, "Send them in parts.")
    elif not faults:
        for at, feature in enumerate(features):
            fields = _fields(feature, stations, form)
            if fields is not None:
                found.append(of_object(fields, f"features[{at}].properties.", stations, arrived, book))
    return whole(found, book, faults)


def _fields(feature: Feature, stations: Stations, form: FeatureForm | None) -> dict[str, Any] | None:
    """The fields of a reading; None where a foreign feature is none of ours."""
    if form is None:
        fields = dict(feature.properties)
    else:
        told = {name: feature.properties.get(there) for name, there in form.fields.items()}
        fields = {**form.given, **{name: value for name, value in told.items() if value is not None}}
        if form.time_in_ms:
            fields["time"] = _moment(fields.get("time"))
    if "place" not in fields and (city := _city(feature, stations)) is not None:
        fields["place"] = city
    if form is not None and fields.get("place") not in stations.by_id:
        return None
    if feature.id is not None:
        fields.setdefault("client_id", str(feature.id))
    return fields


def _moment(value: Any) -> Any:
    """A number of milliseconds as a time; what is none is left as it is, and refused as a time later."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return datetime.fromtimestamp(value / 1000, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(value)


def _city(feature: Feature, stations: Stations) -> str | None:
    geometry = feature.geometry
    if geometry is None or geometry["type"] != "Point":
        return None
    lon, lat = geometry["coordinates"][:2]
    return stations.city_at(lon, lat)
