"""The cascades of the cases: a made-up one from quake to taps, and the taps of Harbin in 2005."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import songhua

from riskshed.case import Case
from riskshed.pathways import cascade, supply
from riskshed.pathways.cascade import Cascade
from riskshed.pathways.cascade_source import CascadeSource
from riskshed.region import Region

MADE_UP = Path(__file__).parents[2] / "cases" / "cascade-dam"
HARBIN = "230100"
SHUT = datetime.fromisoformat("2005-11-23T00:00:00+08:00")
BACK = datetime.fromisoformat("2005-11-27T18:00:00+08:00")


def test_the_made_up_case_runs_from_quake_to_taps() -> None:
    region, source = Region.read(MADE_UP / "region"), CascadeSource.read(MADE_UP / "cascade.toml")
    found = cascade.run(region, source, members=300, seed=2, horizon_s=20 * 86_400.0)
    fired = {edge["id"]: edge["fired"] for edge in found.chain()["edges"]}
    assert fired["quake-dam"] > fired["flood-spill"] > 0.0
    assert fired["spill-taps"] > 0.0
    assert (
        np.isfinite(found.stage("taps").footprint.arrival_s) <= np.isfinite(found.stage("dam").begin.at_s)
    ).all()
    assert set(found.footprint().ids) <= {city.code for city in region.cities}


def test_plants_halt_in_the_members_in_which_the_flood_lasts_and_as_the_pathway_says() -> None:
    """The stage is the supply pathway itself, told when it begins; Pang is hit by its supplier alone."""
    region, source = Region.read(MADE_UP / "region"), CascadeSource.read(MADE_UP / "cascade.toml")
    found = cascade.run(region, source, members=200, seed=5, horizon_s=30 * 86_400.0)
    halt, flood = found.stage("halt"), found.stage("flood").footprint
    begins = np.isfinite(halt.begin.at_s)
    zhong = flood.ids.index("zhong")
    assert 0 < begins.sum() < 200
    assert (flood.duration_s[zhong, begins] >= 7200.0).all()
    alone = supply.spread(
        region, source.stage("halt").source, members=200, seed=halt.footprint.seed,
        horizon_s=30 * 86_400.0, onset_s=halt.begin.at_s,
    )  # fmt: skip
    assert (alone.arrival_s == halt.footprint.arrival_s).all()
    cities = found.footprint()
    pang = cities.ids.index("920200")
    truck = halt.footprint.ids.index("truck-pang")
    assert (cities.arrival_s[pang] == halt.footprint.arrival_s[truck]).all()
    assert (cities.arrival_s[pang, begins] > halt.begin.at_s[begins] + 86_400.0).all()


def harbin(at: str) -> Cascade:
    case = Case.read(songhua.FOLDER)
    source = CascadeSource.read(songhua.FOLDER / "cascade.toml")
    known_then = datetime.fromisoformat(at)
    return cascade.run(case.region, source, members=200, seed=1, readings=case.readings, at=known_then)


def test_harbin_is_without_water_as_long_as_the_band_says() -> None:
    """Shut by decision on the 23rd, and dry for 114 h: within the band of both forecasts."""
    for at in ("2005-11-20T22:00:00+08:00", "2005-11-23T19:30:00+08:00"):
        found = harbin(at)
        taps = found.stage("taps").footprint
        hours = taps.duration_quantile_s(0.05)[0] / 3600.0, taps.duration_quantile_s(0.95)[0] / 3600.0
        assert hours[0] < (BACK - SHUT).total_seconds() / 3600.0 < hours[1]
        back_s = np.quantile(taps.arrival_s[0] + taps.duration_s[0], (0.05, 0.95))
        low, high = (taps.moment(float(s)) for s in back_s)
        assert low is not None
        assert high is not None
        assert low < BACK < high
        assert found.footprint().issued == datetime.fromisoformat(at)


def test_readings_narrow_when_the_taps_run_dry() -> None:
    def width(found: Cascade) -> float:
        low, _, high = next(n for n in found.chain()["nodes"] if n["id"] == "taps")["reaches_s"]
        return float(high - low)

    assert width(harbin("2005-11-23T19:30:00+08:00")) < 0.1 * width(harbin("2005-11-13T13:45:00+08:00"))
