"""Every pathway as a stage: it begins where and when it is set off, and not in any other member."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import cascades
import cast
import halting
import numpy as np
import pytest
import releases
from cascades import DAY
from outbreaks import outbreak, travelling

from riskshed.pathways import cascade, registry
from riskshed.pathways.cascade import Cascade
from riskshed.pathways.treatment import Treatment
from riskshed.region import Region

SET_OFF = """
[[stage]]
id = "next"
pathway = "halting"
title_zh = "后果"
title_en = "Next"
file = "halt.toml"

[[link]]
id = "dam-next"
to = "next"
causes = [{ stage = "dam", when = "arrival" }]
probability = 0.7
delay_h = [0, 2]
source = "cast"
"""
SOURCES: dict[str, Any] = {
    "plume": releases.leak(),
    "contagion": replace(outbreak(), begins=cast.SPILL - timedelta(days=1)),
}


def set_off(folder: Path, pathway: str, source: Any, horizon_s: float) -> Cascade:
    """The dam of the cast sets off this pathway; its source stands in for the one in the file."""
    text = cascades.TEXT + SET_OFF
    read = cascades.read(
        folder, text, halting.WITH_HALTING, halt="begins = 2024-05-01T04:00:00Z\ncover_h = 1\n"
    )
    begins = registry.named(pathway).begins(source)
    stages = tuple(
        replace(s, pathway=pathway, source=source, begins=begins) if s.id == "next" else s
        for s in read.stages
    )
    return cascade.run(
        travelling(), replace(read, stages=stages), members=60, seed=2, horizon_s=horizon_s,
        entries=halting.WITH_HALTING,
    )  # fmt: skip


@pytest.mark.parametrize(("pathway", "horizon_s"), [("plume", 0.9 * DAY), ("contagion", 40 * DAY)])
def test_a_pathway_begins_when_it_is_set_off(tmp_path: Path, pathway: str, horizon_s: float) -> None:
    found = set_off(tmp_path, pathway, SOURCES[pathway], horizon_s)
    stage = found.stage("next")
    hit = np.isfinite(stage.begin.at_s)
    assert 0 < hit.sum() < 60
    assert (hit <= np.isfinite(found.stage("dam").begin.at_s)).all()
    assert stage.footprint.pathway == pathway
    assert not stage.is_moved
    reached = np.isfinite(stage.footprint.arrival_s)
    assert reached.any()
    assert not reached[:, ~hit].any()
    assert (stage.footprint.arrival_s[:, hit] >= stage.begin.at_s[hit]).all()
    footprint = found.footprint()
    rows = [footprint.ids.index(place.city) for place in stage.footprint.places]
    assert (footprint.arrival_s[rows] <= stage.footprint.arrival_s).all()


ROOT_FLOOD = cascades.FLOOD_STAGE[: cascades.FLOOD_STAGE.index("[[link]]")]


def flooded() -> Region:
    sections = tuple(replace(s, threshold_flow_m3_s=250.0) for s in cast.region().sections)
    return replace(cast.region(), sections=sections)


def floods(folder: Path, text: str, flood: str = cascades.FLOOD, **options: Any) -> Cascade:
    source = cascades.read(folder, cascades.TEXT + text, flood=flood)
    return cascade.run(flooded(), source, members=20, seed=1, horizon_s=5 * DAY, **options)


def test_times_of_a_treatment_count_from_the_origin_of_the_cascade(tmp_path: Path) -> None:
    """The flood begins 12 h after the quake and is over 20 h after it: later there is nothing to hold."""
    later = cascades.FLOOD.replace("04:00:00Z", "16:00:00Z")

    def peak(starts_h: float) -> float:
        act = Treatment("hold", "flood/1", "hold_release", 0.9, starts_s=starts_h * 3600.0)
        return float(
            floods(tmp_path, ROOT_FLOOD, later, treatments=[act]).stage("flood").footprint.peak.max()
        )

    assert peak(11.0) < peak(14.0) < peak(20.0)
    assert peak(20.0) == floods(tmp_path, ROOT_FLOOD, later).stage("flood").footprint.peak.max()


def test_two_floods_of_one_cascade_are_not_the_same_flood(tmp_path: Path) -> None:
    twice = ROOT_FLOOD + ROOT_FLOOD.replace('id = "flood"', 'id = "second"')
    found = floods(tmp_path, twice)
    first, second = (found.stage(name).footprint for name in ("flood", "second"))
    assert first.seed != second.seed
    assert (first.peak != second.peak).any()
    alone = floods(tmp_path, ROOT_FLOOD).stage("flood").footprint
    assert (alone.peak == first.peak).all()  # another stage does not change it


def test_every_pathway_but_the_cascade_can_be_a_stage() -> None:
    moved = {"river", "pollutant"}
    for name in set(registry.ENTRIES) - {"cascade"}:
        assert registry.named(name).takes_onset != (name in moved), name
