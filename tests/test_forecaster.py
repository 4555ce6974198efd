"""The forecaster of a node: what it uses, what it says when it cannot, and that it never looks ahead."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import spills
from cast import SHANG, XIA, ZHONG
from hypothesis import given, settings
from hypothesis import strategies as st
from live import REGION, SOURCES
from readings import at, signal

from riskshed.errors import InputFaults
from riskshed.footprint import Footprint
from riskshed.forecast_sources import PollutantSource, RiverSource, read_sources
from riskshed.forecaster import Forecaster, Start
from riskshed.governance.outlook import of_footprint
from riskshed.region import Region
from riskshed.signals import Signal

START = Start("shang", at(1))


def forecaster(**more: object) -> Forecaster:
    return Forecaster(REGION, SOURCES, **{"members": 30, **more})  # type: ignore[arg-type]


def made(
    *told: Signal, hours: float = 10.0, sort: str = "nitrobenzene", start: Start | None = START
) -> Footprint:
    found = forecaster().foresee(sort, start, told, at(hours)).footprint
    assert found is not None
    return found


def flow(hours: float, value: str, **more: object) -> Signal:
    return signal("shang", hours, "observed", value, quantity="flow", unit="m3/s",
                  hazard_class="natural_disaster", **more)  # fmt: skip


SEEN = signal("zhong", 9, "observed", "0.05")


def test_a_spill_begins_where_and_when_it_was_first_seen() -> None:
    found = made()
    assert found.origin == at(1)
    assert found.hazard_cities[0] == SHANG
    assert "forecaster.assumed_release" in [one.code for one in found.caveats]
    assert [one.city for one in of_footprint(found).reached(0.05)] == [ZHONG, XIA]


def test_a_release_that_is_known_is_not_assumed() -> None:
    sources = {"nitrobenzene": PollutantSource("nitrobenzene", spills.spill(), assumed=False)}
    made_by = Forecaster(REGION, sources, members=30)
    found = made_by.foresee("nitrobenzene", None, (), at(10)).footprint
    assert found is not None
    assert found.origin == at(0)
    assert made_by.origin("nitrobenzene", XIA) == SHANG
    assert forecaster().origin("nitrobenzene", XIA) == XIA


def test_a_reading_changes_the_forecast_and_its_unit_is_converted() -> None:
    assert spills.bits(made(SEEN)) != spills.bits(made())
    in_micrograms = signal("zhong", 9, "observed", "50", unit="ug/L")
    assert spills.bits(made(in_micrograms)) == spills.bits(made(SEEN))


LATER = st.lists(
    st.builds(
        lambda delay, value, place: signal(place, 9.5, "observed", value, known_h=10 + delay),
        st.floats(0.01, 100), st.sampled_from(["0.001", "0.4"]), st.sampled_from(["zhong", "xia"]),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(deadline=None, max_examples=30)
@given(LATER)
def test_what_became_known_later_is_never_looked_at(later: list[Signal]) -> None:
    assert spills.bits(made(SEEN, *later)) == spills.bits(made(SEEN))
    assert made(SEEN, *later).known_at <= at(10)


def test_a_later_reading_of_a_flood_is_never_looked_at() -> None:
    told = [flow(hour, str(200 + 200 * hour)) for hour in range(6)]
    start = Start("shang", at(3))
    one = made(*told, sort="flood", start=start)
    other = made(*told, flow(5.5, "9000", known_h=11), sort="flood", start=start)
    assert spills.bits(one) == spills.bits(other)


def test_the_same_inputs_give_the_same_bits() -> None:
    assert spills.bits(made(SEEN)) == spills.bits(made(SEEN))
    other = forecaster(how="threads", workers=2).foresee("nitrobenzene", START, (SEEN,), at(10)).footprint
    assert other is not None
    assert spills.bits(other) == spills.bits(made(SEEN))


def test_two_readings_that_deny_each_other_say_nothing() -> None:
    denied = signal("zhong", 9, "observed", "0.4")
    assert spills.bits(made(SEEN, denied))[:7] == spills.bits(made())[:7]


def test_of_many_readings_those_that_tell_most_are_used() -> None:
    many = [signal("zhong", 9 + hour / 100, "observed", "0.02") for hour in range(90)]
    many[33] = signal("zhong", 9.33, "observed", "0.4")
    start = time.process_time()
    found = made(*many)
    assert time.process_time() - start < 20
    without = made(*(one for one in many if str(one.value) != "0.4"))
    assert spills.bits(found) != spills.bits(without), "the highest is among them"
    assert found.known_at < at(10)


def test_it_is_made_once() -> None:
    one = forecaster()
    assert one.foresee("nitrobenzene", START, (SEEN,), at(10)) is one.foresee(
        "nitrobenzene", START, (SEEN, signal("zhong", 1, "observed", "1", quantity="flow")), at(11)
    )


def test_a_flood_comes_down_from_the_gauge() -> None:
    told = [flow(hour, str(250 + 150 * hour)) for hour in range(6)]
    found = made(*told, sort="flood", start=Start("shang", at(4)))
    by_id = {one.id: row for row, one in enumerate(found.places)}
    arrival = found.arrival_quantile_s(0.5)
    passed = (found.moment(float(arrival[by_id["shang"]])), found.moment(float(arrival[by_id["zhong"]])))
    assert passed[0] is not None
    assert passed[1] is not None
    assert abs((passed[0] - at(4)).total_seconds()) < 3 * 3600, "it passes the gauge when it was seen there"
    assert passed[1] > at(8)


def test_one_reading_of_a_flood_rests_on_the_flow_before() -> None:
    found = made(flow(4, "1500"), sort="flood", start=Start("shang", at(4)))
    assert "forecaster.assumed_base" not in [one.code for one in found.caveats], "the region says it"
    assert (found.arrival_s > 0).all()


@pytest.mark.parametrize(
    ("sort", "start", "code"),
    [
        ("influenza", START, "forecaster.no_pathway"),
        ("nitrobenzene", None, "forecaster.no_start"),
        ("nitrobenzene", Start("xia", at(1)), "pollutant.region"),
        ("nitrobenzene", Start("air-1", at(1)), "region.unknown_section"),
        ("flood", START, "forecaster.no_flow"),
        ("nitrobenzene", Start("shang", at(11)), "pollutant.issued"),
    ],
)
def test_where_there_is_no_footprint_it_is_said_why(sort: str, start: Start | None, code: str) -> None:
    found = forecaster().foresee(sort, start, (), at(10))
    assert (found.footprint, found.code) == (None, code)
    assert found.zh
    assert found.en


def test_it_warms_up_by_each_source() -> None:
    one = forecaster()
    one.warm()
    assert one.foresee("flood", START, (), at(10)).footprint is None, "and remembers nothing of it"


# ------------------------------------------------------------------------------------------- sources.toml

TOML = """\
[[source]]
hazard = "nitrobenzene"
quantity = "nitrobenzene"
pathway = "pollutant"
spill = "spill.toml"
assumed = true
source = "cast"

[[source]]
hazard = "flood"
quantity = "flow"
pathway = "river"
travel_log_sd = 0.2
source = "cast"
"""


def write(folder: Path, text: str = TOML) -> Path:
    keys = spills.raw()
    lines = []
    for key, value in sorted(keys.items(), key=lambda item: isinstance(item[1], dict | list)):
        if isinstance(value, dict):
            lines.append(f"[{key}]")
            lines += [f"{k} = {v!r}".replace("'", '"') for k, v in value.items()]
        elif not isinstance(value, list):
            shown = value.isoformat() if hasattr(value, "isoformat") else repr(value).replace("'", '"')
            lines.append(f"{key} = {shown}")
    (folder / "spill.toml").write_text("\n".join(lines), "utf-8")
    (folder / "sources.toml").write_text(text, "utf-8")
    return folder


def test_sources_are_read(tmp_path: Path) -> None:
    found = read_sources(write(tmp_path), REGION)
    spill, flood = found["nitrobenzene"], found["flood"]
    assert isinstance(spill, PollutantSource)
    assert spill.assumed
    assert flood == RiverSource("flow", travel_log_sd=0.2, source="cast")


def test_a_node_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_sources(tmp_path, REGION) == {}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('pathway = "pollutant"', 'pathway = "train"', "source[0].pathway"),
        ('pathway = "pollutant"', 'pathway = "cascade"', "source[0].file"),
        ('spill = "spill.toml"', 'spill = "../spill.toml"', "source[0].spill"),
        ("assumed = true", "assumed = 1", "source[0].spill"),
        ("travel_log_sd = 0.2", "travel_log_sd = 9", "source[1].travel_log_sd"),
        ("travel_log_sd = 0.2", 'unit = "m"', "source[1].unit"),
        ('hazard = "flood"', "", "source[1].hazard"),
        ('hazard = "flood"', 'hazard = "nitrobenzene"', "source[1].hazard"),
        ("travel_log_sd = 0.2", "speed = 1", "source[1].speed"),
        ('[[source]]\nhazard = "nitrobenzene"', '[source]\nhazard = "nitrobenzene"', None),
    ],
)
def test_a_fault_of_the_sources_is_named(tmp_path: Path, old: str, new: str, key: str | None) -> None:
    assert old in TOML
    text = TOML.replace(old, new, 1)
    with pytest.raises(InputFaults) as told:
        read_sources(write(tmp_path, text), REGION)
    assert key is None or key in [one.column for one in told.value.faults]


def test_a_release_at_an_unknown_section_is_refused(tmp_path: Path) -> None:
    write(tmp_path, TOML.replace("assumed = true", "assumed = false"))
    read_sources(tmp_path, REGION)
    with pytest.raises(InputFaults, match="shang"):
        read_sources(tmp_path, replace(REGION, sections=REGION.sections[1:]))


# --------------------------------------------------------------------------------- any other pathway

CASCADE = Path(__file__).parents[1] / "cases" / "cascade-dam"
WATCHED = """\
[[source]]
hazard = "earthquake"
quantity = "peak ground acceleration"
unit = "m/s2"
pathway = "cascade"
file = "cascade.toml"
assumed = false
horizon_h = 120
source = "cast"
"""


def test_a_hazard_travels_by_any_pathway_that_has_a_file_for_its_source(tmp_path: Path) -> None:
    shutil.copytree(CASCADE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "sources.toml").write_text(WATCHED, "utf-8")
    region = Region.read(tmp_path / "region")
    sources = read_sources(tmp_path, region)
    begun = datetime.fromisoformat("2026-09-01T07:00:00+08:00")
    found = Forecaster(region, sources, members=40).foresee("earthquake", None, (), begun)
    assert found.footprint is not None, found
    assert found.footprint.pathway == "cascade"
    assert found.footprint.issued == begun
    assert found.footprint.horizon_s == 120 * 3600
    Forecaster(region, sources).warm()


def test_parts_that_begin_by_themselves_are_not_moved_to_when_something_was_seen(tmp_path: Path) -> None:
    shutil.copytree(CASCADE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "sources.toml").write_text(WATCHED.replace("assumed = false", "assumed = true"), "utf-8")
    region = Region.read(tmp_path / "region")
    made_by = Forecaster(region, read_sources(tmp_path, region), members=40)
    begun = datetime.fromisoformat("2026-09-01T07:00:00+08:00")
    assert made_by.foresee("earthquake", None, (), begun).code == "forecaster.no_start"
    assert made_by.foresee("earthquake", Start("910100", begun), (), begun).code == "pathway.fixed_begin"
