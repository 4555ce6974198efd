"""The forecaster of a node: from an incident and what was measured to a footprint, or why there is none.

What the node supposes of a hazard is a source (`forecast_sources`). A hazard without a source has no
footprint, and neither has one that began off the river: that is said with a code and in words, and those
beside are told all the same, with the arrival unknown.

A forecast made at T is a function of the signals known at T. The same inputs give the same bits.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from riskshed.errors import DomainError, InputFaults, NotFoundError, RiskshedError
from riskshed.footprint import Caveat, Footprint
from riskshed.forecast_sources import AnySource, PathwaySource, PollutantSource, RiverSource, Sources
from riskshed.pathways import pollutant, river
from riskshed.reading import VALUE_NEEDED
from riskshed.region import Region, Section
from riskshed.signals import Signal, known_by

MEMBERS, SEED = 500, 1
MG_PER_L: Mapping[str, float] = {"mg/L": 1.0, "ug/L": 1e-3, "ng/L": 1e-6}
"""Units in which a concentration may be measured, in mg/L."""
REMEMBERED = 64
READINGS_OF_A_PLACE = 40
"""So many readings of one place a spill is narrowed by: what lies between two of them says little more."""
STEP = timedelta(hours=1)


class Start(NamedTuple):
    """Where and when a hazard was first seen: a place of readings, and a time."""

    place: str
    since: datetime


@dataclass(frozen=True, eq=False)
class Foreseen:
    """A footprint, or the code and the words of why there is none.

    `more` is what the pathway tells beside the footprint, by name.
    """

    footprint: Footprint | None
    code: str = ""
    zh: str = ""
    en: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------- the forecaster


class Forecaster:
    """Makes the forecasts of a node; any thread may call it.

    Parameters
    ----------
    region : Region
    sources : mapping of hazard to source
    members : int
        At least 2.
    seed : int
    how, workers
        As of `riskshed.pathways.ensemble.run`; no result depends on them.
    """

    def __init__(
        self,
        region: Region,
        sources: Sources,
        *,
        members: int = MEMBERS,
        seed: int = SEED,
        how: str = "serial",
        workers: int | None = None,
    ) -> None:
        self.region, self.sources = region, sources
        self.members, self.seed = members, seed
        self._how, self._workers = how, workers
        self._memory: OrderedDict[object, Foreseen] = OrderedDict()
        self._issued: OrderedDict[str, Footprint] = OrderedDict()
        self._guard = threading.Lock()  # owns _memory and _issued

    def moves(self, sort: str) -> bool:
        """Whether a pathway carries this hazard from city to city."""
        return sort in self.sources

    def origin(self, sort: str, city: str) -> str:
        """The city in which it began: that of the release, where it is known; else where it was seen."""
        source = self.sources.get(sort)
        if isinstance(source, PollutantSource) and not source.assumed:
            return self.region.section(source.spill.section).city
        return city

    def uses(self, sort: str, quantity: str, unit: str) -> bool:
        """Whether a forecast of this hazard rests on signals of such a quantity and unit."""
        source = self.sources.get(sort)
        if source is None or quantity != source.quantity:
            return False
        return unit in MG_PER_L if isinstance(source, PollutantSource) else unit == source.unit

    def foresee(self, sort: str, start: Start | None, signals: Iterable[Signal], at: datetime) -> Foreseen:
        """The forecast of a hazard as it could be made at one time.

        Parameters
        ----------
        sort : str
            The hazard, as `Threshold.sort` names it.
        start : Start or None
            Where and when it was first seen; None where nobody has seen it, and a report alone says so.
        signals : iterable of Signal
            In any order; those that are not known at `at`, or bear on something else, are not used.
        at : datetime
            Time of issue, aware.
        """
        used = tuple(one for one in known_by(signals, at) if self.uses(sort, one.quantity, one.unit))
        key = (sort, start, used)
        with self._guard:
            held = self._memory.get(key)
        if held is None:
            held = self._made(sort, start, used, at)
            with self._guard:
                self._memory[key] = held
                while len(self._memory) > REMEMBERED:
                    self._memory.popitem(last=False)
        return held

    def keep(self, digest: str, footprint: Footprint) -> None:
        """Remember a footprint that goes on the record, by the digest of its file."""
        with self._guard:
            self._issued[digest] = footprint
            while len(self._issued) > REMEMBERED:
                self._issued.popitem(last=False)

    def kept(self, digest: str) -> Footprint | None:
        """The footprint with this digest; None if it was made before this node was started."""
        with self._guard:
            return self._issued.get(digest)

    def warm(self) -> None:
        """Make one small forecast by each source, so that what is compiled on first use is compiled now."""
        for sort, source in self.sources.items():
            small = Forecaster(self.region, {sort: source}, members=2)
            if isinstance(source, PathwaySource):
                begins = source.pathway.begins(source.source)
                small.foresee(sort, Start(self.region.cities[0].code, begins), (), begins)
                continue
            since = source.spill.released if isinstance(source, PollutantSource) else _SOME_DAY
            for section in self.region.sections:
                seen = _example(section.id, source, since + STEP)
                if small.foresee(sort, Start(section.id, since), seen, since + STEP).footprint is not None:
                    break

    def _made(self, sort: str, start: Start | None, used: Sequence[Signal], at: datetime) -> Foreseen:
        source = self.sources.get(sort)
        try:
            if source is None:
                return _none(
                    "forecaster.no_pathway",
                    f"{sort}尚无传播模型，到达时间未知",
                    f"no pathway is known for {sort}: the arrival is unknown",
                )
            if isinstance(source, PathwaySource):
                return self._by_pathway(source, start, at)
            if isinstance(source, PollutantSource):
                return Foreseen(self._spill(source, start, used, at))
            return Foreseen(self._flood(source, start, used, at))
        except (DomainError, InputFaults, NotFoundError) as error:
            return _unfit(error)

    def _by_pathway(self, source: PathwaySource, start: Start | None, at: datetime) -> Foreseen:
        read, pathway = source.source, source.pathway
        if source.assumed:
            if start is None:
                told = "nobody has seen where it began"
                raise DomainError("forecaster.no_start", told, todo="Take a reading.")
            read = pathway.begun(read, start.since)
        found, more = pathway.foresee(
            self.region,
            read,
            members=self.members,
            seed=self.seed,
            horizon_s=None if source.horizon_h is None else source.horizon_h * 3600.0,
            at=at,
            how=self._how,
            workers=self._workers,
        )
        caveats = (*found.caveats, *((BEGAN_WHEN_SEEN,) if source.assumed else ()))
        return Foreseen(replace(found, caveats=caveats), more=more)

    def _spill(
        self, source: PollutantSource, start: Start | None, used: Sequence[Signal], at: datetime
    ) -> Footprint:
        spill = source.spill
        if source.assumed:
            if start is None:
                told = "nobody has seen where it began"
                raise DomainError("forecaster.no_start", told, todo="Take a reading.")
            self.region.section(start.place)
            spill = replace(
                spill, section=start.place, released=start.since, caveats=(*spill.caveats, ASSUMED)
            )
        readings = [
            replace(one.reading(), value=None if one.value is None else float(one.value) * MG_PER_L[one.unit])
            for one in _telling(one for one in used if one.time >= spill.released and _says(one))
        ]
        return pollutant.spread(
            self.region,
            spill,
            members=self.members,
            seed=self.seed,
            readings=readings,
            at=at,
            how=self._how,
            workers=self._workers,
        )

    def _flood(
        self, source: RiverSource, start: Start | None, used: Sequence[Signal], at: datetime
    ) -> Footprint:
        if start is None:
            raise DomainError("forecaster.no_start", "no gauge has shown it", todo="Take a reading.")
        section, network = self.region.section(start.place), self.region.network
        flows = _flows(start, used, at, timedelta(hours=source.before_h))
        if network is None or not flows:
            raise DomainError("forecaster.no_flow", f"no flow is known at {start.place}")
        reach = network.index(section.reach_id)
        caveats = []
        if len(flows) == 1 or flows[0][0] >= start.since:
            base = _base(network.more, reach)
            caveats += [] if base is not None else [ASSUMED_BASE]
            before = flows[0][1] / 2 if base is None else min(base, flows[0][1])
            flows.insert(0, (flows[0][0] - STEP, before))
        # The wave is let in one travel time of the reach earlier: so it passes the gauge when it was seen.
        early = timedelta(seconds=float(np.nan_to_num(network.k_s[reach])))
        known_at = max(one.known_at for one in used if one.place == start.place)
        inflow = _inflow(source, section, flows, early, at, known_at)
        found = river.spread(
            self.region,
            inflow,
            members=self.members,
            seed=self.seed,
            horizon_s=(at - inflow.origin).total_seconds() + source.horizon_h * 3600.0,
            how=self._how,
            workers=self._workers,
        )
        return replace(found, caveats=(*found.caveats, *caveats))


def _inflow(
    source: RiverSource,
    section: Section,
    flows: Sequence[tuple[datetime, float]],
    early: timedelta,
    at: datetime,
    known_at: datetime,
) -> river.Inflow:
    """What was measured, hour by hour; between two readings the flow changes evenly."""
    first = flows[0][0]
    seconds = np.array([(time - first).total_seconds() for time, _ in flows])
    hours = np.arange(0.0, seconds[-1] + STEP.total_seconds(), STEP.total_seconds())
    return river.Inflow(
        origin=first - early,
        issued=at,
        known_at=known_at,
        step_s=STEP.total_seconds(),
        flow_m3_s={section.reach_id: np.interp(hours, seconds, [value for _, value in flows])},
        inflow_log_sd=source.inflow_log_sd,
        travel_log_sd=source.travel_log_sd,
        source_text=source.source,
    )


def _base(columns: Mapping[str, np.ndarray], reach: int) -> float | None:
    """The flow of a reach before the event, m3/s; None if the region does not say it."""
    for name in ("flow_m3_s", "flow_mean_m3_s"):
        if name in columns and columns[name][reach] > 0:
            return float(columns[name][reach])
    return None


ASSUMED = Caveat(
    "forecaster.assumed_release",
    "Where and when it got into the river is assumed: the place and the time at which it was first seen.",
    "泄漏地点和时间未知，按首次发现的地点和时间推定。",
)


BEGAN_WHEN_SEEN = Caveat(
    "forecaster.assumed_begin",
    "It is taken to have begun when it was first seen; readings since then do not change the forecast.",
    "起始时间按首次发现推定；此后的读数不改变预测。",
)


def _says(one: Signal) -> bool:
    """Whether a reading says anything; one that was denied at the same moment has lost its value."""
    return one.value is not None or one.kind not in VALUE_NEEDED


def _telling(used: Iterable[Signal]) -> Iterator[Signal]:
    """Of each place the readings that tell most: the first, the last, the highest, some between."""
    by_place: dict[str, list[Signal]] = {}
    for one in used:
        by_place.setdefault(one.place, []).append(one)
    for told in by_place.values():
        if len(told) <= READINGS_OF_A_PLACE:
            yield from told
            continue
        highest = max(
            range(len(told)), key=lambda at: -1 if told[at].value is None else float(told[at].value or 0)
        )
        evenly = np.linspace(0, len(told) - 1, READINGS_OF_A_PLACE - 1).round().astype(int)
        yield from (told[at] for at in sorted({*evenly.tolist(), highest}))


ASSUMED_BASE = Caveat(
    "forecaster.assumed_base",
    "The flow before the first reading is unknown; half of it is assumed.",
    "首次读数之前的流量未知，按其一半推定。",
)
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def _example(place: str, source: AnySource, time: datetime) -> tuple[Signal, ...]:
    """A reading for a forecast that nobody looks at."""
    unit = "mg/L" if isinstance(source, PollutantSource) else source.unit
    facts: dict[str, Any] = {"place": place, "quantity": source.quantity, "unit": unit, "source": "example"}
    facts |= {"kind": "observed", "value": Decimal(1), "hazard_class": "accident"}
    return (Signal(time=time, known_at=time, **facts),)


def _flows(
    start: Start, used: Sequence[Signal], at: datetime, before: timedelta
) -> list[tuple[datetime, float]]:
    """What the gauge showed, in the order of time; of readings that only bound the flow, none."""
    told = {
        one.time: float(one.value)
        for one in used
        if one.place == start.place
        and one.kind in ("observed", "peak")
        and one.value is not None
        and one.value >= 0
        and one.time >= at - before
    }
    return sorted(told.items())


def _none(code: str, zh: str, en: str) -> Foreseen:
    return Foreseen(None, code, zh, en)


def _unfit(error: RiskshedError) -> Foreseen:
    """Why a pathway could not carry it, for those who are told without a forecast."""
    first = error.faults[0] if isinstance(error, InputFaults) else None
    what = error.what if first is None else f"{error.what}: got {first.got}, want {first.wanted}"
    return _none(error.code, f"无法预测（{error.code}），到达时间未知", f"no forecast: {what}")
