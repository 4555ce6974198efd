"""Observations as GeoJSON: of our form strictly, of a foreign feed what is ours."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import cast
import pytest
from cast import SHANG
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import STATIONS, at, row
from test_stations import square

from riskshed.errors import InputFaults
from riskshed.exchange.observations import COLLECTION, FeatureForm, of_geojson
from riskshed.signals import Signal
from riskshed.stations import Stations

ARRIVED = at(24)
GROUND = Stations.of_region(replace(cast.region(), boundaries={SHANG: square(125.0)}))
QUAKES = FeatureForm(
    fields={"value": "mag", "time": "time"},
    given={
        "quantity": "magnitude",
        "unit": "1",
        "hazard_class": "natural",
        "kind": "observed",
        "source": "quakes",
    },
    time_in_ms=True,
)


def feature(properties: Any, point: Any = (125.5, 45.5), **more: Any) -> dict[str, Any]:
    geometry = None if point is None else {"type": "Point", "coordinates": list(point)}
    return {"type": "Feature", "geometry": geometry, "properties": properties, **more}


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def read(*features: Any, **more: Any) -> tuple[Signal, ...]:
    return of_geojson(collection(*features), GROUND, ARRIVED, **more)


def faults(data: bytes, **more: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(InputFaults) as told:
        of_geojson(data, GROUND, ARRIVED, **more)
    return [(one.code, one.column) for one in told.value.faults]


def test_a_feature_is_a_reading() -> None:
    (one,) = read(feature(row(), id="f-1"))
    assert (one.place, one.value, one.known_at, one.client_id) == ("shang", Decimal("0.4"), ARRIVED, "f-1")


def test_without_a_place_the_point_finds_the_city() -> None:
    (one,) = read(feature(row(place=None)))
    assert one.place == SHANG


def test_a_point_outside_of_all_cities_is_a_fault_of_our_form() -> None:
    wrong = feature(row(place=None), (10.0, 10.0))
    assert ("readings.missing_field", "features[0].properties.place") in faults(collection(wrong))


def test_one_bad_feature_and_nothing_is_taken() -> None:
    told = faults(collection(feature(row()), feature(row(unit="x"))))
    assert told == [("table.bad_value", "features[1].properties.unit")]


def test_a_foreign_feed_is_read_by_its_form_and_only_what_is_ours() -> None:
    quake = {"mag": 6.5, "time": 1714539600000, "title": "somewhere", "tsunami": 0}
    (one,) = read(feature(quake, id="q1"), feature(quake, (10.0, 10.0), id="q2"), form=QUAKES)
    assert (one.place, one.value, one.time) == (SHANG, Decimal("6.5"), at(1))
    assert one.hazard_class == "natural_disaster"


@pytest.mark.parametrize("time", [None, "2024-05-01T05:00:00", 1e30, True])
def test_a_foreign_time_that_is_none_is_a_fault(time: Any) -> None:
    assert faults(collection(feature({"mag": 6.5, "time": time})), form=QUAKES)


def test_too_many_or_too_large_is_refused() -> None:
    assert faults(b" " * (COLLECTION.bytes + 1))[0][0] == "file.too_large"
    assert faults(collection(*[feature({}, None)] * (COLLECTION.rows + 1)))[0][0] == "observations.too_many"


def test_what_is_no_collection_is_refused() -> None:
    assert faults(b'{"type": "Feature"}')
    assert faults(b"[]")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=100))
def test_no_bytes_break_it(data: bytes) -> None:
    with pytest.raises(InputFaults):
        of_geojson(data, STATIONS, ARRIVED)
