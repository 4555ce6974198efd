"""Flood notices from ensemble forecasts, by the published criteria of EFAS: one notice for each event.

The criteria are rules of the pack `efas`. This module computes the facts that they ask for (the probability
of exceeding the discharge of a return period, the area upstream, the time to the start of the event) and asks
the rules; no bound stands here. Three kinds of notice follow:

    formal     to every partner with a share in the basin
    informal   to the affected partner, if the forecaster deems that it should know
    flash      from the indicator ERIC, to the affected partner only, one for regions side by side

The *start* of an event is the first time step whose probability a rule does not refute. That probability and
the time to that step are then what the rule judges. So an event that has begun, or comes too near, is no
longer formal, however likely it is.

Successive forecasts show the same event again and again, and it may fall below the criterion for a forecast
or two. What threatens one partner in one basin (by flash floods: in one region) is one event until the
forecasts have been below the criterion for `gap_h`. A forecast that is missing, or that leaves out a point of
the event, is not below. EFAS publishes no such gap; whoever applies this states one. An event that was told
informally is told formally once, when it reaches those criteria.

What is unknown stays unknown: a step with a missing member has no probability, a start behind such a step is
not known, and no notice follows from it. The bulletin says so under `undetermined`.

Source: CEMS wiki, criteria of EFAS version 5.2, as each rule of the pack quotes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from riskshed.columns import shown
from riskshed.errors import Fault, InputFaults
from riskshed.governance.condition import Scalar, Truth
from riskshed.governance.flood_forecast import Forecast, PointForecast, Probabilities
from riskshed.governance.rule import Outcome, Rule
from riskshed.governance.rulepack import RulePack

NoticeKind = Literal["formal", "informal", "flash"]
FORMAL, INFORMAL, INFORMAL_FLOOR, FLASH = "efas-f3", "efas-i1", "efas-i2", "efas-fl1"
"""The rules that are asked, by their ids in the pack."""
RIVER = ("return_period_y", "exceedance_probability")
ERIC = ("eric_return_period_y", "eric_probability")
Key = tuple[str, str, str]
"""``river``, basin, partner; or ``flash``, region, partner."""


@dataclass(frozen=True, slots=True)
class Territory:
    """Who shares what.

    Parameters
    ----------
    partners : mapping of str to tuple of str
        Of each basin, all partners with a share in it.
    neighbours : mapping of str to frozenset of str
        Of each administrative region, those beside it; read both ways.
    """

    partners: Mapping[str, tuple[str, ...]]
    neighbours: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def touch(self, one: str, two: str) -> bool:
        """Whether two regions lie side by side."""
        return two in self.neighbours.get(one, ()) or one in self.neighbours.get(two, ())


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is due.

    Attributes
    ----------
    kind : {"formal", "informal", "flash"}
    issued : datetime
        Of the forecast that met the criteria.
    events : tuple of str
        Ids of the events that it tells of; more than one only for flash floods in regions side by side.
    partner : str
        The partner affected.
    told : tuple of str
        Every partner to whom it goes.
    basins, regions, points : tuple of str
        Where; the place where the event starts first comes first.
    starts : datetime
        Start at the first of these points.
    lead_time_h, probability : float
        Hours from the forecast to that start, and the probability at it.
    earliest_peak : datetime or None
        Earliest peak of the members that exceed the threshold, at any of the points; None for flash floods
        or where it is unknown.
    rule, cite : str
        Why.
    """

    kind: NoticeKind
    issued: datetime
    events: tuple[str, ...]
    partner: str
    told: tuple[str, ...]
    basins: tuple[str, ...]
    regions: tuple[str, ...]
    points: tuple[str, ...]
    starts: datetime
    lead_time_h: float
    probability: float
    earliest_peak: datetime | None
    rule: str
    cite: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What follows from one forecast.

    Attributes
    ----------
    issued : datetime
    notices : tuple of Notice
        Due now.
    options : tuple of Notice
        Informal notices on which the forecaster has not decided.
    undetermined : tuple of (str, str)
        Point and rule, where something that the rule asks for is unknown.
    """

    issued: datetime
    notices: tuple[Notice, ...]
    options: tuple[Notice, ...]
    undetermined: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """An event that is being followed.

    Attributes
    ----------
    id : str
    points : frozenset of str
        Where it showed when it was last seen.
    below_since : datetime or None
        The first of the latest forecasts, if they were all below the criterion.
    sent : frozenset of str
        Kinds of notice already sent.
    """

    id: str
    points: frozenset[str] = frozenset()
    below_since: datetime | None = None
    sent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept between two forecasts: when the last was issued, and the events that go on."""

    issued: datetime | None = None
    events: Mapping[Key, Event] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------- the fold


def notices(
    forecasts: Iterable[Forecast], territory: Territory, pack: RulePack, *, gap_h: float
) -> tuple[Bulletin, ...]:
    """The bulletins of forecasts that follow one another.

    Parameters
    ----------
    forecasts : iterable of Forecast
        In order of issue.
    territory : Territory
    pack : RulePack
        The pack ``efas``; the rules in force on the day (UTC) of each forecast are asked.
    gap_h : float
        An event ends when the forecasts have been below the criterion for so many hours; 0 ends it at once.

    Raises
    ------
    InputFaults
        ``notification.faults``.
    NotFoundError
        ``rules.not_in_force``, for a forecast from before these criteria.
    """
    standing, bulletins = Standing(), []
    for forecast in forecasts:
        standing, bulletin = follow(standing, forecast, territory, pack, gap_h=gap_h)
        bulletins.append(bulletin)
    return tuple(bulletins)


def follow(
    standing: Standing, forecast: Forecast, territory: Territory, pack: RulePack, *, gap_h: float
) -> tuple[Standing, Bulletin]:
    """One step of `notices`: the standing after a forecast, and its bulletin."""
    faults = list(_faults(standing, forecast, territory, gap_h))
    if faults:
        raise InputFaults("notification.faults", "the forecast cannot be used", faults)
    criteria = _Criteria(forecast, territory, pack)
    events = dict(standing.events)
    made: list[Notice] = []
    options: list[Notice] = []
    flash: dict[Key, list[_Finding]] = {}
    for key, findings in criteria.findings().items():
        event = _again(events.pop(key, None), key, findings, forecast.issued, gap_h)
        if event is None:
            continue
        events[key] = event
        if key[0] == "flash":
            hits = [one for one in findings if one.judged.outcome == "applies"]
            if hits and not event.sent:
                flash[key] = hits
                events[key] = replace(event, sent=frozenset({"flash"}))
            continue
        notice, decided = criteria.river_notice(event, findings)
        if notice is not None:
            (made if decided else options).append(notice)
        if notice is not None and decided:
            events[key] = replace(event, sent=event.sent | {notice.kind})
    for keys in _side_by_side(flash, territory):
        hits = [one for key in keys for one in flash[key]]
        made.append(criteria.notice("flash", [events[key].id for key in keys], hits))
    bulletin = Bulletin(forecast.issued, tuple(made), tuple(options), criteria.undetermined())
    return Standing(forecast.issued, events), bulletin


def _again(
    event: Event | None, key: Key, findings: Sequence[_Finding], issued: datetime, gap_h: float
) -> Event | None:
    """The event of this key after a forecast: a new one, the same, or None if there is none any more."""
    going = {one.at.point.id: one.going for one in findings}
    if True in going.values():
        met = frozenset(name for name, answer in going.items() if answer is True)
        if event is None:
            event = Event(f"{':'.join(key)}:{issued.isoformat()}")
        return replace(event, points=met, below_since=None)
    if event is None:
        return None
    if None in going.values() or not event.points <= going.keys():
        return replace(event, below_since=None)
    since = event.below_since or issued
    return None if issued - since >= timedelta(hours=gap_h) else replace(event, below_since=since)


def _side_by_side(keys: Iterable[Key], territory: Territory) -> Iterator[list[Key]]:
    """Regions of one partner that touch, directly or through others, together."""
    left = sorted(keys)
    while left:
        group, left = [left[0]], left[1:]
        for member in group:  # grows while it is walked
            beside = [key for key in left if key[2] == member[2] and territory.touch(key[1], member[1])]
            group += beside
            left = [key for key in left if key not in beside]
        yield group


# ---------------------------------------------------------------------------------------------- the criteria


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a rule says of a point: `going` is whether it would hold if only the time to the start fitted."""

    outcome: Outcome
    going: Truth
    step: int | None = None
    probability: float | None = None


_NOTHING = _Judged("does_not_apply", going=False)


@dataclass(frozen=True, slots=True)
class _Finding:
    """The criteria applied to one point: `judged` by the formal or the flash rule, of rivers the `floor` of
    informal notices, and whether the forecaster wants one."""

    at: PointForecast
    judged: _Judged
    floor: _Judged = _NOTHING
    informal: Outcome = "does_not_apply"

    @property
    def going(self) -> Truth:
        answers = (self.judged.going, self.floor.going)
        return True if True in answers else None if None in answers else False


class _Criteria:
    """The rules of the day, applied to one forecast."""

    def __init__(self, forecast: Forecast, territory: Territory, pack: RulePack) -> None:
        day = forecast.issued.astimezone(UTC).date()
        self.rules = {name: pack.rule(name, day) for name in (FORMAL, INFORMAL, INFORMAL_FLOOR, FLASH)}
        self.forecast, self.territory = forecast, territory
        self.by_key: defaultdict[Key, list[_Finding]] = defaultdict(list)

    def findings(self) -> Mapping[Key, list[_Finding]]:
        """Of each event that may be: the points, with what the rules say of them.

        A point of no partner is left out: there is nobody to tell.
        """
        for at in self.forecast.points:
            if at.point.partner and at.discharge_m3_s is not None:
                self.by_key["river", at.point.basin, at.point.partner].append(self._river(at))
            if at.point.partner and at.eric_probability:
                judged = self._judge(FLASH, at)
                self.by_key["flash", at.point.region, at.point.partner].append(_Finding(at, judged))
        return self.by_key

    def _river(self, at: PointForecast) -> _Finding:
        formal, floor = self._judge(FORMAL, at), self._judge(INFORMAL_FLOOR, at)
        facts: dict[str, Scalar] = {}
        if formal.outcome != "undetermined":
            facts["formal_criteria_met"] = formal.outcome == "applies"
        if at.deemed is not None:
            facts["authorities_should_know"] = at.deemed
        return _Finding(at, formal, floor, self.rules[INFORMAL].outcome(facts))

    def _judge(self, name: str, at: PointForecast) -> _Judged:
        rule = self.rules[name]
        period_fact, probability_fact = ERIC if name == FLASH else RIVER
        period = _asked(rule, period_fact)
        facts: dict[str, Scalar] = {
            "catchment_in_partner_region": bool(at.point.partner),
            period_fact: period,
        }
        if at.point.upstream_area_km2 is not None:
            facts["upstream_area_km2"] = at.point.upstream_area_km2
        for step, probability in enumerate(self._probabilities(name, at, period)):
            known = facts if probability is None else {**facts, probability_fact: probability}
            if rule.when.holds(known) is False:
                continue
            if probability is None:
                return _Judged("undetermined", going=None)
            lead_time_h = float(self.forecast.lead_time_h[step])
            outcome = rule.outcome({**known, "lead_time_h": lead_time_h})
            sure = at.point.upstream_area_km2 is not None
            return _Judged(outcome, True if sure else None, step, probability)
        return _NOTHING

    def _probabilities(self, name: str, at: PointForecast, period: float) -> Probabilities:
        if name == FLASH:
            return self.forecast.flash_probability(at, period)
        return self.forecast.river_probability(at, period)

    def river_notice(self, event: Event, findings: Sequence[_Finding]) -> tuple[Notice | None, bool]:
        """The notice that is due of an event on a river, if one is, and whether it is decided."""
        formal = [one for one in findings if one.judged.outcome == "applies"]
        if "formal" in event.sent:
            return None, False
        if formal:
            return self.notice("formal", [event.id], formal), True
        floor = [
            replace(one, judged=one.floor)
            for one in findings
            if one.floor.outcome == "applies" and one.informal != "does_not_apply"
        ]
        deemed = [one for one in floor if one.informal == "applies"]
        if "informal" in event.sent or not floor:
            return None, False
        return self.notice("informal", [event.id], deemed or floor), bool(deemed)

    def notice(self, kind: NoticeKind, events: Sequence[str], hits: Sequence[_Finding]) -> Notice:
        """A notice of these points."""
        ordered = sorted(hits, key=lambda one: (one.judged.step, one.at.point.id))
        first = ordered[0]
        step, probability = first.judged.step, first.judged.probability
        assert step is not None, "a criterion that is met has a start"
        assert probability is not None, "and a probability at it"
        points = [one.at.point for one in ordered]
        rule = self.rules[{"formal": FORMAL, "informal": INFORMAL, "flash": FLASH}[kind]]
        partner, basin = points[0].partner, points[0].basin
        lead_time_h = float(self.forecast.lead_time_h[step])
        return Notice(
            kind=kind,
            issued=self.forecast.issued,
            events=tuple(events),
            partner=partner,
            told=self.territory.partners[basin] if kind == "formal" else (partner,),
            basins=tuple(dict.fromkeys(point.basin for point in points)),
            regions=tuple(dict.fromkeys(point.region for point in points)),
            points=tuple(point.id for point in points),
            starts=self.forecast.issued + timedelta(hours=lead_time_h),
            lead_time_h=lead_time_h,
            probability=probability,
            earliest_peak=None if kind == "flash" else self._earliest_peak(ordered),
            rule=rule.id,
            cite=rule.cite,
        )

    def _earliest_peak(self, findings: Sequence[_Finding]) -> datetime | None:
        period = _asked(self.rules[FORMAL], RIVER[0])
        hours = [self.forecast.earliest_peak_h(one.at, period) for one in findings]
        known = [one for one in hours if one is not None]
        if len(known) < len(hours):
            return None
        return self.forecast.issued + timedelta(hours=min(known))

    def undetermined(self) -> tuple[tuple[str, str], ...]:
        """Points and rules where something that the rule asks for is unknown."""
        pairs = set()
        for key, findings in self.by_key.items():
            for one in findings:
                asked = ((FLASH if key[0] == "flash" else FORMAL, one.judged), (INFORMAL_FLOOR, one.floor))
                pairs |= {(one.at.point.id, name) for name, found in asked if found.outcome == "undetermined"}
        return tuple(sorted(pairs))


def _asked(rule: Rule, fact: str) -> float:
    """The return period of which a rule asks the probability."""
    bounds = {one.bound for one in rule.when.comparisons() if one.fact == fact}
    assert len(bounds) == 1, f"{rule.id} asks for one {fact}"
    (bound,) = bounds
    assert isinstance(bound, int | float)
    return float(bound)


def _faults(standing: Standing, forecast: Forecast, territory: Territory, gap_h: float) -> Iterator[Fault]:
    yield from forecast.faults()
    if not 0 <= gap_h < 1e5:
        yield _fault("notification.bad_value", "gap_h", gap_h, "hours >= 0")
    last = standing.issued
    if last is not None and forecast.issued.tzinfo is not None and forecast.issued <= last:
        yield _fault("notification.bad_value", "issued", forecast.issued, f"later than {last.isoformat()}")
    for one in forecast.points:
        point = one.point
        shared = territory.partners.get(point.basin)
        if shared is None:
            wanted = f"one of {', '.join(sorted(territory.partners))}"
            yield _fault("notification.unknown_basin", f"point {point.id}: basin", point.basin, wanted)
        elif point.partner and point.partner not in shared:
            wanted = f"one of {', '.join(shared)}, or nobody"
            yield _fault("notification.unknown_partner", f"point {point.id}: partner", point.partner, wanted)


def _fault(code: str, where: str, got: object, wanted: str) -> Fault:
    return Fault(code, where, None, None, shown(str(got)), wanted)
