"""A node of the cast for tests of the live chain: one log, keys of all bodies, files, a clock, and no web."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import spills
from cast import PANG, REACHES, SHANG, XIA, ZHONG
from desk_house import House
from governance.acts import BASIN, PROVINCE, TERRITORY
from governance.foreseen import TERMS, WRITING
from readings import AIR, at, threshold

from riskshed.chain_runner import ChainRunner, Ran
from riskshed.chain_view import Lookout
from riskshed.desk import Desk
from riskshed.forecast_sources import PollutantSource, RiverSource, Sources
from riskshed.forecaster import Forecaster
from riskshed.governance.circumstances import Regime
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding
from riskshed.network import Network
from riskshed.region import Region
from riskshed.signals import Signal
from riskshed.standing_order import StandingOrder
from riskshed.statement import Statement, digest_text, read
from riskshed.stations import Stations
from riskshed.thresholds import Threshold, Thresholds

CITIES = (SHANG, ZHONG, XIA, PANG)
ORDER = StandingOrder.of(notices=True, warnings_up_to="orange")
ORDERS = dict.fromkeys((*CITIES, BASIN, PROVINCE), ORDER)
REGIME = Regime(
    packs=(), terms=replace(TERMS, coordination_body=BASIN, superior=PROVINCE), territory=TERRITORY
)
FLOOD_M3_S = 800.0


def region() -> Region:
    """The region of the cast with flows for a spill, travel times and thresholds for a flood."""
    ids, down_ids, length_m, k_s, x, slope = zip(*REACHES, strict=True)
    flows = {name: np.full(len(ids), value) for name, value in spills.FLOWS.items()}
    network = Network.of(ids, down_ids, where="cast", length_m=length_m, k_s=k_s, x=x, slope=slope, **flows)
    found = spills.region()
    sections = tuple(replace(one, threshold_flow_m3_s=FLOOD_M3_S) for one in found.sections)
    return replace(found, network=network, sections=sections)


REGION = region()
STATIONS = Stations.of_region(REGION, [AIR])
SOURCES: Sources = {
    "nitrobenzene": PollutantSource("nitrobenzene", spills.spill(), assumed=True),
    "flood": RiverSource("flow", source="gauges of the cast"),
}
LADDER: tuple[Threshold, ...] = (
    *(
        threshold(value, place=place, hazard="nitrobenzene", level=level)
        for place in ("shang", "zhong", "xia")
        for value, level in (("0.017", "orange"), ("0.17", "red"))
    ),
    *(
        threshold(
            "800", place=place, quantity="flow", unit="m3/s", hazard_class="natural_disaster",
            hazard="flood", level="orange",
        )
        for place in ("shang", "zhong", "xia")
    ),
    threshold("150", place="air-1", quantity="pm25", unit="ug/m3", level="yellow", hazard="smog"),
    threshold("20", place=ZHONG, quantity="cases", unit="1", hazard_class="public_health", level="orange",
              hazard="influenza"),
    threshold("1000", place=ZHONG, quantity="crowd", unit="people", hazard_class="social_security",
              level="yellow", hazard="crowd"),
    threshold("6", place=ZHONG, quantity="quake", unit="1", hazard_class="natural_disaster", level="red",
              hazard="earthquake"),
    threshold("0.5", place=ZHONG, quantity="grid_out", unit="1", hazard_class="accident", level="orange",
              hazard="blackout"),
)  # fmt: skip


class Post:
    """The node that the chain runs on; hours are counted from the spill."""

    def __init__(self, folder: Path, regime: Regime = REGIME) -> None:
        self.house = House(folder)
        self.files: dict[str, bytes] = {}
        self.drills: dict[str, Desk] = {}
        self._regime = regime

    def now(self) -> datetime:
        return self.house.now()

    def standing(self, *, exercise: bool = False) -> Standing:
        self.house.record.follow(self.now())
        return self.house.record.standing(self.now(), exercise=exercise)

    def regime(self) -> Regime:
        return self._regime

    def desk(self, body: str, officer: str, *, exercise: bool = False) -> Desk:
        if not exercise:
            return self.house.desk(body, officer, regime=self._regime)
        if body not in self.drills:
            self.drills[body] = self.house.drill(body)
        return self.drills[body]

    def file(self, digest: str) -> bytes | None:
        return self.files.get(digest)

    def keep_file(self, data: bytes) -> str:
        self.files[digest_text(data)] = data
        return digest_text(data)

    def set(self, hours: float) -> None:
        """Turn the clock."""
        self.house.hours = hours

    def said(self, *kinds: str) -> list[Statement]:
        """What was said of these kinds, in the order of the log."""
        log = self.house.log
        found = [read(raw) for raw in log.entries(0, log.size)]
        return [one for one in found if one.kind in kinds] if kinds else found

    def close(self) -> None:
        self.house.log.close()


def lookout(
    *,
    orders: Mapping[str, StandingOrder] = ORDERS,
    sources: Sources = SOURCES,
    ladder: Iterable[Threshold] = LADDER,
    members: int = 40,
    hazards: Mapping[str, Mapping[str, str]] | None = None,
    **more: Any,
) -> Lookout:
    forecaster = Forecaster(REGION, sources, members=members)
    writing = replace(WRITING, names={**(hazards or {}), **WRITING.names})
    return Lookout(Thresholds(tuple(ladder), STATIONS), forecaster, orders, writing, **more)


class Live:
    """A post with its runner: readings in, statements out."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.post = Post(folder, more.pop("regime", REGIME))
        self.runner = ChainRunner(lookout(**more))

    def run(self, hours: float, *arrived: Signal) -> Ran:
        """The readings arrive, and the chain runs."""
        self.post.set(hours)
        known = [replace(one, known_at=at(hours), time=min(one.time, at(hours))) for one in arrived]
        return self.runner.run(self.post, known)

    def kinds(self, ran: Ran) -> list[str]:
        """The kinds of what a run said, in order."""
        return [one.kind for one in self.of(ran)]

    def of(self, ran: Ran, *kinds: str) -> list[Statement]:
        """What a run said, of these kinds."""
        found = {one.id: one for one in self.post.said()}
        return [found[one] for one in ran.said if not kinds or found[one].kind in kinds]

    @property
    def incident(self) -> IncidentStanding:
        """The one incident that there is."""
        (found,) = self.post.standing().incidents.values()
        return found
