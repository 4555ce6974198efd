"""What the live chain looks at: how things stand, what was measured, which incidents the crossings belong to.

A crossing **belongs** to an incident if nothing speaks against it: the same class and hazard, and places that
are connected. A hazard that a pathway carries connects a city with all that lie up or down the river from it;
any other connects a city with itself alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from riskshed.crossings import Crossing
from riskshed.forecaster import Forecaster, Start
from riskshed.governance import corroboration
from riskshed.governance.circumstances import Regime
from riskshed.governance.corroboration import Corroboration
from riskshed.governance.notice import Writing
from riskshed.governance.outlook import Outlook, of_statement
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FieldReportStanding, IncidentStanding
from riskshed.measured import Key, Measured
from riskshed.signals import Signal
from riskshed.standing_order import StandingOrder
from riskshed.stations import Stations
from riskshed.thresholds import Thresholds
from riskshed.vocabulary_fields import COLOURS

Words = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Lookout:
    """What the live chain of a node goes by.

    Attributes
    ----------
    thresholds : Thresholds
    forecaster : Forecaster
    orders : mapping of body to StandingOrder
        Of every body for which this node speaks; no other says anything here.
    writing : Writing
    forecast_every_s : float, s, >= 0
        So long a forecast stands at least before new readings alone replace it; a new crossing always does.
    """

    thresholds: Thresholds
    forecaster: Forecaster
    orders: Mapping[str, StandingOrder]
    writing: Writing
    forecast_every_s: float = 600.0

    @property
    def stations(self) -> Stations:
        """All places of readings."""
        return self.thresholds.stations

    def speaker_at(self, place: str) -> str | None:
        """Who speaks of what a place shows: who runs it, else the city; None: nobody here."""
        station = self.stations.by_id.get(place)
        if station is None:
            return None
        speaking = (body for body in (station.body, station.city) if self.may(body, "ReadingsTaken"))
        return next(speaking, None)

    def may(self, body: str, kind: str) -> bool:
        """Whether a body lets this kind of statement go out by itself."""
        return body in self.orders and kind in self.orders[body].kinds


@dataclass(frozen=True, eq=False)
class View:
    """One look at everything, at one moment.

    Attributes
    ----------
    standing : Standing
    regime : Regime
    lookout : Lookout
    taken : Measured
        What was put on the record, by the `ReadingsTaken` that did it.
    now : datetime
        Aware.
    """

    standing: Standing
    regime: Regime
    lookout: Lookout
    taken: Measured
    now: datetime
    _belongs: dict[str, tuple[Crossing, ...]] = field(default_factory=dict)
    _outlooks: dict[str, Outlook] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------- what was measured

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """Every crossing, as it is known now."""
        return self.taken.crossings(self.lookout.thresholds, self.now)

    def borne_out(self, report: FieldReportStanding) -> Corroboration:
        """What bears a report from the spot out, by what is known now."""
        cities, limits = self.lookout.stations.cities, self.lookout.thresholds
        sights = corroboration.sights_near(report, cities, limits, self.taken)
        return corroboration.corroborate(self.standing, report, cities=cities, sights=sights)

    def city_of(self, place: str) -> str:
        """The city to which a place of readings belongs."""
        return self.lookout.stations.by_id[place].city

    # ----------------------------------------------------------------------------------------- the incidents

    @cached_property
    def incidents(self) -> tuple[IncidentStanding, ...]:
        """Those that are not closed and for which somebody speaks here, the earliest first."""
        live = [one for one in self.standing.incidents.values() if one.phase != "closed"]
        live.sort(key=lambda one: (one.at, one.code))
        return tuple(one for one in live if self.speaker(one) is not None)

    def speaker(self, incident: IncidentStanding) -> str | None:
        """Who speaks of it here: who opened it, else who measured it first; None: nobody here."""
        if incident.by in self.lookout.orders:
            return incident.by
        spoken = (self.lookout.speaker_at(one.threshold.place) for one in self.of(incident))
        return next((body for body in spoken if body is not None), None)

    def of(self, incident: IncidentStanding) -> tuple[Crossing, ...]:
        """The crossings that belong to an incident, the first at the beginning."""
        if incident.code not in self._belongs:
            self._belongs[incident.code] = tuple(one for one in self.crossings if self.belongs(one, incident))
        return self._belongs[incident.code]

    def belongs(self, crossing: Crossing, incident: IncidentStanding) -> bool:
        """Whether a crossing belongs to an incident."""
        one = crossing.threshold
        if one.hazard_class != incident.hazard_class:
            return False
        if one.hazard is not None and incident.hazard is not None and one.hazard != incident.hazard:
            return False
        began = incident.began or incident.at
        is_over_before = crossing.until is not None and crossing.until < began
        return not is_over_before and self.connects(one.sort, self.city_of(one.place), incident.city)

    def connects(self, sort: str, city: str, other: str) -> bool:
        """Whether a hazard in one city is the business of the other."""
        if city == other:
            return True
        territory = self.regime.territory
        along = (*territory.downstream_of(city), *territory.downstream_of(other))
        return self.lookout.forecaster.moves(sort) and (city in along or other in along)

    def sort(self, incident: IncidentStanding) -> str:
        """The hazard by which its source is found."""
        return incident.hazard or next(
            (one.threshold.sort for one in self.of(incident)), incident.hazard_class
        )

    def start(self, incident: IncidentStanding) -> Start | None:
        """Where and when it was first seen; None if no reading shows it."""
        first = next(iter(self.of(incident)), None)
        return None if first is None else Start(first.threshold.place, first.since)

    def relevant(self, incident: IncidentStanding) -> tuple[Signal, ...]:
        """The signals on which a forecast of it rests."""
        return tuple(one for key in self.relevant_series(incident) for one in self.taken.of(key))

    def relevant_series(self, incident: IncidentStanding) -> Iterator[Key]:
        """The places, quantities and units on whose signals a forecast of it rests."""
        sort, uses = self.sort(incident), self.lookout.forecaster.uses
        for place, quantity, unit in self.taken:
            if (
                uses(sort, quantity, unit)
                and place in self.lookout.stations
                and self.connects(sort, self.city_of(place), incident.city)
            ):
                yield place, quantity, unit

    def was_measured(self, incident: IncidentStanding) -> bool:
        """Whether it was opened because of readings that are on record here, or were and were withdrawn."""
        openings = (self.standing.statements[one].statement for one in incident.opened)
        answered = {one.replies_to for one in openings if one.replies_to}
        withdrawn = {
            one
            for one in answered.intersection(self.standing.set_aside)
            if self.standing.statements[one].statement.kind == "ReadingsTaken"
        }
        return bool(withdrawn or answered & self.taken.statements)

    def is_error(self, incident: IncidentStanding) -> bool:
        """Whether all that it was opened for has been corrected away."""
        return self.was_measured(incident) and not self.of(incident)

    def confirmed(self, incident: IncidentStanding) -> bool:
        """Whether it rests on more than what somebody saw."""
        told = self.of(incident)
        return not told or any(one.confirmed for one in told)

    def shown_in(self, incident: IncidentStanding) -> Mapping[str, tuple[Crossing, ...]]:
        """The crossings of an incident that last, by city."""
        found: dict[str, tuple[Crossing, ...]] = {}
        for one in self.of(incident):
            if one.is_open:
                city = self.city_of(one.threshold.place)
                found[city] = (*found.get(city, ()), one)
        return found

    def outlook_of(self, footprint: str) -> Outlook | None:
        """What a footprint on record says; None if it is not here, or sealed."""
        seen = self.standing.statements.get(footprint)
        if seen is None or seen.statement.body is None:
            return None
        if footprint not in self._outlooks:
            self._outlooks[footprint] = of_statement(seen.statement)
        return self._outlooks[footprint]

    # ----------------------------------------------------------------------------------------------- in words

    def named(self, code: str) -> Words:
        """What a city, a body or a station is called."""
        station = self.lookout.stations.by_id.get(code)
        body = self.standing.bodies.get(code)
        names = self.lookout.writing.names.get(code)
        return names or (station.names if station else body.name if body else {"zh": code, "en": code})


def gravest(told: tuple[Crossing, ...]) -> str | None:
    """The gravest level of these crossings, as a colour; None without any."""
    return min((one.threshold.level for one in told), key=COLOURS.index, default=None)


def evidence(view: View, told: tuple[Crossing, ...]) -> Iterator[str]:
    """The statements with the readings that show these crossings, each once.

    Of two that deny each other, neither is on record as it is used.
    """
    named = (view.taken.statement_of(one) for crossing in told for one in crossing.readings)
    yield from dict.fromkeys(one for one in named if one is not None)
