"""The summary is JSON that any parser takes, and null never stands alone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from footprints import CHINA, NEVER, ORIGIN, PLACES, UNKNOWN, footprint, full_footprint
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from riskshed.exchange import footprint_seen
from riskshed.exchange.footprint_json import NULLS, WHY, rfc3339, summary, to_geojson, to_json
from riskshed.footprint import Footprint, Series

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
SECONDS = st.floats(0, 1e300) | st.just(NEVER)
NAMED_NULLS = {"lat", "lon", "people", "probability", "peak", "horizon_s", "number", "series"}


def strict(text: str) -> Any:
    """Read as a strict parser does: NaN and Infinity are no JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def unexplained_nulls(value: Any, name: str = "") -> list[str]:
    """Names of nulls that have neither a word beside them nor one in the list of nulls."""
    if isinstance(value, dict):
        parts = {
            k: v for k, v in value.items() if v is not None or ("why" not in value and k not in NAMED_NULLS)
        }
        lone = [key for key, part in parts.items() if part is None]
        return lone + [found for key, part in parts.items() for found in unexplained_nulls(part, key)]
    if isinstance(value, list) and name != "values":
        return [found for part in value for found in unexplained_nulls(part, name)]
    return []


@settings(max_examples=60)
@given(hnp.arrays(float, (4, 7), elements=SECONDS), st.booleans())
def test_any_footprint_is_strict_json_without_unexplained_nulls(arrival_s: np.ndarray, endless: bool) -> None:
    duration_s = np.where(np.isfinite(arrival_s), np.inf if endless else 5.0, 0.0)
    told = strict(to_json(footprint(arrival_s, duration_s=duration_s, peak_s=np.zeros((4, 7)))))
    assert unexplained_nulls(told) == []
    assert strict(to_geojson(footprint(arrival_s, peak_s=np.zeros((4, 7)))))["type"] == "FeatureCollection"


def test_words_and_nulls_are_explained_in_the_summary() -> None:
    told = strict(to_json(footprint()))
    used = {
        part["why"]
        for place in told["places"]
        for part in place.values()
        if isinstance(part, dict)
        if "why" in part
    }
    assert used <= told["words"].keys()
    assert told["words"] == WHY
    assert {name.rpartition(".")[2] for names in NULLS for name in names.split(", ")} == NAMED_NULLS


def arrival_of(spill: Footprint, row: int) -> dict[str, Any]:
    arrival: dict[str, Any] = summary(spill)["places"][row]["arrival"]
    return arrival


def test_arrival_is_given_as_a_time_with_its_offset_and_as_seconds() -> None:
    arrival = arrival_of(footprint(), 1)
    assert arrival["p50"] == rfc3339(ORIGIN + timedelta(seconds=103.5))
    assert (arrival["p50_s"], arrival["why"]) == (103.5, "given")


@pytest.mark.parametrize(
    ("arrival_s", "horizon_s", "why"),
    [
        ([NEVER] * 5, None, "never"),
        ([NEVER] * 5, 100.0, "not_within_horizon"),
        ([1.0, 2.0, NEVER, NEVER, NEVER], None, "too_few"),
        ([1e300] * 5, None, "beyond_calendar"),
    ],
)
def test_an_arrival_without_time_says_why(arrival_s: list[float], horizon_s: float | None, why: str) -> None:
    arrival = arrival_of(footprint([arrival_s] * 4, horizon_s=horizon_s), 0)
    assert (arrival["p50"], arrival["why"]) == (None, why)


def test_a_place_of_which_nothing_is_known_has_no_number_and_says_why() -> None:
    told = footprint([[NEVER] * 8] * 4, unknown=(PLACES[0].id,))
    unknown, never = summary(told)["places"][:2]
    assert unknown["arrival"]["why"] == "unknown"
    assert unknown["probability"] is unknown["peak"]["p50"] is None
    assert (never["probability"], never["arrival"]["why"]) == (0.0, "never")
    seen = footprint_seen.read(to_json(told).encode())
    assert np.isnan(seen.places[0].probability)
    assert seen.places[0].chance == seen.places[1].probability == 0.0


def test_a_duration_that_does_not_end_says_so() -> None:
    duration_s = np.full((4, 8), 5.0)
    duration_s[0, 5:] = np.inf
    duration = summary(footprint(duration_s=duration_s))["places"][0]["duration_s"]
    assert duration == {"p05": 5.0, "p50": 5.0, "p95": None, "why": "not_ended"}


def test_unknown_people_are_null_and_unknown() -> None:
    people = [place["exposed_people"] for place in summary(footprint())["places"]]
    assert (people[2]["p50"], people[2]["why"]) == (None, "unknown")
    assert (people[1]["p50"], people[1]["why"]) == (3000.0, "known")


def test_a_total_that_leaves_people_out_is_a_lower_bound() -> None:
    assert summary(footprint())["exposed_people_total"] == {"value": 4000.0, "why": "lower_bound"}
    assert summary(footprint().by_city())["places"][1]["exposed_people"]["why"] == "lower_bound"


def test_unknown_people_in_all_are_not_zero() -> None:
    spill = footprint(exposed_people=np.full((4, 8), UNKNOWN))
    assert summary(spill)["exposed_people_total"] == {"value": None, "why": "unknown"}


def test_situation_is_part_of_the_summary() -> None:
    assert summary(footprint())["situation"]["number"] == 2
    assert summary(footprint(), bound=1.0)["situation"]["exposed_cities"] == ("A", "B")


def test_a_caveat_stands_at_its_places_and_one_for_all_at_each() -> None:
    codes = [place["caveats"] for place in summary(full_footprint())["places"]]
    assert codes == [["river.ice"], ["river.ice"], ["river.backwater", "river.ice"], ["river.ice"]]


def test_curves_keep_their_axes_and_unknown_is_null() -> None:
    values = np.array([[[1.0, UNKNOWN]]] * 4)
    series = strict(to_json(footprint(series=Series(np.array([0.5]), np.array([0.0, 60.0]), values))))[
        "series"
    ]
    assert series["values"][0] == [[1.0, None]]
    assert series["time"] == ["2005-11-13T13:40:00+08:00", "2005-11-13T13:41:00+08:00"]


def test_points_are_longitude_first_and_an_unknown_point_is_no_geometry() -> None:
    features = strict(to_geojson(footprint()))["features"]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [126.5, 43.8]}
    assert features[2]["geometry"] is None
    assert [feature["id"] for feature in features] == [place.id for place in PLACES]


def test_properties_are_flat_and_complete() -> None:
    properties = strict(to_geojson(full_footprint()))["features"][1]["properties"]
    assert not [name for name, value in properties.items() if isinstance(value, dict)]
    wanted = {"probability", "arrival_p05", "arrival_p50", "arrival_p95", "arrival_why", "peak_p50", "people"}
    assert wanted | {"name_zh", "exposed_people_p50", "exposed_people_why", "caveats"} <= properties.keys()


def test_geojson_says_once_what_holds_for_all() -> None:
    whole = strict(to_geojson(full_footprint()))["footprint"]
    assert (whole["unit"], whole["members"]) == ("mg/L", 8)
    assert not {"places", "series"} & whole.keys()


def test_every_time_is_rfc_3339_in_the_zone_asked_for() -> None:
    told = summary(full_footprint(), zone=UTC)
    times = [told["origin"], told["issued"], told["known_at"], *told["series"]["time"]]
    times += [told["places"][0]["arrival"]["p50"]]
    assert all(RFC_3339.fullmatch(time) and time.endswith("+00:00") for time in times)


@given(st.datetimes(datetime(1000, 1, 1), datetime(9998, 12, 30)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_a_written_time_is_the_nearest_second(naive: datetime, minutes: int) -> None:
    time = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    written = rfc3339(time, CHINA)
    assert RFC_3339.fullmatch(written)
    assert abs(datetime.fromisoformat(written) - time) <= timedelta(seconds=0.5)


def test_an_offset_with_seconds_is_written_in_utc() -> None:
    time = datetime(1880, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))  # local mean time: +08:05:43
    assert rfc3339(time) == "1879-12-31T15:54:17+00:00"


def test_chinese_stays_readable() -> None:
    assert "中市取水口" in to_json(footprint())
