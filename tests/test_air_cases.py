"""The made-up releases among the cases: read as anybody would, and forecast as their pages say."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import ash_winds
import numpy as np
import pytest
import xarray as xr

from riskshed.exchange import wind_files
from riskshed.footprint import Footprint
from riskshed.pathways import plume
from riskshed.pathways.plume_release import Release
from riskshed.region import Region
from riskshed.tables import read_csv

CASES = Path(__file__).parents[1] / "cases"
HOUR_S = 3600.0


def forecast(name: str, at: str | None, horizon_h: float, members: int) -> Footprint:
    folder = CASES / name
    release = Release.read(folder / "release.toml")
    release = release.in_winds(wind_files.read(folder / release.wind))
    return plume.spread(
        Region.read(folder / "region"), release, members=members, seed=1, horizon_s=horizon_h * HOUR_S,
        at=None if at is None else datetime.fromisoformat(at),
    )  # fmt: skip


def test_the_winds_of_the_ash_are_their_formula() -> None:
    with xr.open_dataset(ash_winds.FILE) as stored:
        made = ash_winds.winds()
        assert stored.attrs == made.attrs
        for name in ("u", "v"):
            assert np.array_equal(stored[name].values, made[name].values)
            assert stored[name].attrs == made[name].attrs
        assert (stored["time"].values == made["time"].values).all()


def test_the_gas_is_forecast_like_the_footprint_that_is_given_as_data() -> None:
    found = forecast("border-plume", "2026-05-12T06:40:00+08:00", 8.0, 200)
    given = (CASES / "border-plume" / "footprint.csv").read_text("utf-8").splitlines()[2:]
    assert found.ids == ("910100", "920200", "920300")
    for row, line in enumerate(given, 1):
        cells = line.split(",")
        middle = (datetime.fromisoformat(cells[6]) - found.origin).total_seconds()
        assert found.probability()[row] == pytest.approx(float(cells[4]), abs=0.1)
        assert found.arrival_quantile_s(0.5)[row] == pytest.approx(middle, rel=0.15)
        assert 0.5 < found.peak_quantile(0.5)[row] / float(cells[8]) < 2.0
    assert found.known_at <= found.issued
    assert found.probability()[0] == 0.0  # nobody in Shang is reached


def test_the_ash_reaches_who_lies_down_the_wind() -> None:
    found = forecast("ash-northeast", None, 36.0, 16)
    sure = dict(zip(found.ids, found.probability(), strict=True))
    assert sure["940100"] == sure["940200"] == 1.0
    assert sure["960200"] == sure["960100"] == sure["950300"] == 0.0
    assert 0.3 < sure["950200"] <= sure["950100"] + 0.2
    first = found.arrival_quantile_s(0.5)
    order = [found.ids.index(code) for code in ("940100", "940200", "950100", "950200")]
    assert (np.diff(first[order]) > 0).all()
    assert found.hazard_cities == ("940100",)


def test_rows_of_the_mast_that_were_measured_say_when_they_were_known() -> None:
    faults: list = []
    table = read_csv(CASES / "border-plume" / "wind.csv", wind_files.STATION, faults)
    assert table is not None
    assert not faults
    known = [at for at in table["known_at"] if at is not None]
    assert all(at > time for at, time in zip(known, table["time"], strict=False))
