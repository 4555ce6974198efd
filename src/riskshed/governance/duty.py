"""Duties: who owes what kind of statement, about what, to whom, by when, under which rule.

Everything for which cities answer to each other is one mechanism. A duty arises in three ways: a rule of the
packs wants it (reports up, notices to neighbours), the agreement wants it (relays, signs of life), or a
statement asks for an answer by a time (`riskshed.governance.asked`). It is fulfilled by a statement, and
whether in time is judged by when that was seen on the record, not by when it claims to have been said.

A statute that says 立即 (at once) gives no hour: only the target of an agreement can make it late, and the
finding then names the agreement.

Duties are derived anew from how things stand, at any moment, by anybody. What is owed may change as more
becomes known, and a duty that has once arisen stays: `Book` follows how things stand from moment to moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import isinf

from riskshed.governance import asked, circumstances, ruling
from riskshed.governance.circumstances import Regime, addressees, said_at
from riskshed.governance.obligation import FULFILS, Duty, Judged, judged
from riskshed.governance.role import parts
from riskshed.governance.ruling import Owed
from riskshed.governance.situation import Situation
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, Said, Seen
from riskshed.governance.territory import Territory

ACTS_OF_TERMS = {"relay": "notify.relay", "notify": "notify.neighbour"}
FORESEEN = ("reached", "downstream", "affected", "neighbour")
"""Roles that a forecast fills."""


def owed(standing: Standing, regime: Regime) -> tuple[Duty, ...]:
    """Every duty that is owed as things stand, each once, in the order of their times.

    Parameters
    ----------
    standing : Standing
    regime : Regime
        The rules and terms that hold.
    """
    found: dict[str, Duty] = {}
    in_incidents = (one for code in sorted(standing.incidents) for one in owed_in(standing, code, regime))
    for one in (*in_incidents, *(duty for duty, _ in asked.duties(standing, regime))):
        known = found.get(one.id)
        if known is None or (one.due is not None and (known.due is None or one.due < known.due)):
            found[one.id] = one
    return tuple(sorted(found.values(), key=_order))


def _order(one: Duty) -> tuple[bool, float, str]:
    return one.due is None, one.due.timestamp() if one.due else 0.0, one.id


def owed_in(standing: Standing, code: str, regime: Regime) -> Iterator[Duty]:
    """What is owed in one incident by the packs and by the agreement, as things stand."""
    situation = circumstances.of_incident(standing, code, regime)
    yield from _by_rules(standing, situation, code, regime)
    incident = standing.incidents[code]
    if regime.terms.code and incident.phase != "closed":
        yield from _notices(standing, situation, incident, regime)
        yield from _relays(standing, situation, incident, regime)
        yield from _signs_of_life(standing, incident, regime)


def _by_rules(standing: Standing, situation: Situation, code: str, regime: Regime) -> Iterator[Duty]:
    """What the packs want in an incident, from each body on the record to each body on the record."""
    for one in ruling.apply(regime.packs, situation).owed():
        if one.rule.owes in ("", "act") or one.who.code not in standing.bodies:
            continue
        parties = ((_on_record(standing, party.code, regime.territory), party.role) for party in one.to)
        known = dict.fromkeys((to, role) for to, role in parties if to not in (None, one.who.code))
        yield from (_of_rule(one, to, role, code) for to, role in (known if one.to else ((None, ""),)))


def _on_record(standing: Standing, code: str, territory: Territory) -> str | None:
    """The body, or the nearest government above it, that is on the record and can be told."""
    return next((one for one in (code, *territory.ancestors(code)) if one in standing.bodies), None)


def _of_rule(one: Owed, to: str | None, role: str, about: str) -> Duty:
    rule = one.rule
    return Duty(
        who=one.who.code,
        owes=rule.owes,
        act=rule.act,
        to=to,
        about=about,
        since=one.since,
        due=one.by,
        has_clock=rule.within is not None or one.target is not None,
        is_lawful=one.target is None,
        is_foreseen=bool(role) and parts(role)[0] in FORESEEN,
        pack=rule.pack,
        rule=rule.id,
        cite=rule.cite,
        is_confirmed=rule.confirmed,
    )


# --------------------------------------------------------------------------------------- by the agreement


def _notices(
    standing: Standing, situation: Situation, incident: IncidentStanding, regime: Regime
) -> Iterator[Duty]:
    """Where it began tells every city that a forecast shows as likely reached, where that was agreed."""
    who, terms = incident.city, regime.terms
    first = incident.footprints[0] if incident.footprints else None
    if first is None or isinf(terms.notify_h) or who not in standing.bodies or not terms.binds(who):
        return
    shown = standing.statements[first].seen_at
    for one in situation.reached:
        if one.city != who and (one.probability or 0.0) >= terms.notice_from_probability:
            to = _on_record(standing, one.city, regime.territory)
            if to is not None and to != who:
                yield _agreed(regime, who, "NoticeSent", "notify", to, incident.code, shown, first)


def _relays(
    standing: Standing, situation: Situation, incident: IncidentStanding, regime: Regime
) -> Iterator[Duty]:
    """Who was told has to tell the next one downstream that is likely reached and that nobody has told."""
    bound = regime.terms.notice_from_probability
    likely = {
        one.city for one in situation.reached if one.probability is not None and one.probability >= bound
    }
    notices = [one for one in standing.notices.values() if one.about in (incident.code, *incident.same_as)]
    asked: set[tuple[str, str]] = set()
    for notice in sorted(notices, key=lambda one: (one.seen_at, one.id)):
        told_before = {city for one in notices if one.seen_at <= notice.seen_at for city in (one.by, *one.to)}
        for body in notice.to:
            if body not in standing.bodies or not regime.terms.binds(body):
                continue
            for city in _next_to_tell(standing, situation, body, likely, told_before):
                if (body, city) not in asked:
                    asked.add((body, city))
                    at, cause = notice.seen_at, notice.id
                    yield _agreed(regime, body, "NoticeSent", "relay", city, incident.code, at, cause)


def _next_to_tell(
    standing: Standing, situation: Situation, body: str, likely: set[str], told: set[str]
) -> Iterator[str]:
    """A government tells each city inside its own territory; a city the next one down the river."""
    territory = situation.territory
    inside = [
        one.city for one in situation.reached if one.city != body and territory.contains(body, one.city)
    ]
    below = [one for one in territory.downstream_of(body) if one in likely and one in standing.bodies]
    for city in [*(one for one in inside if one in likely and one in standing.bodies), *below[:1]]:
        if city not in told:
            yield city


def _signs_of_life(standing: Standing, incident: IncidentStanding, regime: Regime) -> Iterator[Duty]:
    """Who leads has to be heard from while the incident is open: silence is visible."""
    for body in incident.lead or (incident.city,):
        if body in standing.bodies and regime.terms.binds(body):
            spoken = [
                Said(seen.statement.id, said_at(seen))
                for seen in circumstances.about(standing, incident)
                if seen.statement.by == body
            ]
            last = max(
                spoken, default=Said(incident.opened[0], incident.at), key=lambda said: (said.at, said.id)
            )
            yield _agreed(regime, body, "SignOfLife", "heartbeat", None, incident.code, last.at, last.id)


def _agreed(
    regime: Regime, who: str, owes: str, term: str, to: str | None, about: str, since: datetime, cause: str
) -> Duty:
    """A duty by a term of the agreement, which gives its hours."""
    hours: float = getattr(regime.terms, f"{term}_h")
    return Duty(
        who=who,
        owes=owes,
        act=ACTS_OF_TERMS.get(term, term),
        to=to,
        about=about,
        since=since,
        due=since + timedelta(hours=hours),
        has_clock=True,
        is_lawful=False,
        is_foreseen=to is not None,
        pack="agreement",
        rule=f"{term}_h",
        cite=f"{regime.terms.code}, {term}_h = {hours:g}",
        cause=cause,
    )


# ------------------------------------------------------------------------------------------------ judging


class Book:
    """The duties that have arisen so far, as one follows how things stand from moment to moment.

    A duty towards those whom a forecast reaches has a clock that starts no earlier than that forecast: nobody
    has to tell a city before anything shows that it is reached. At the first look nobody knows since when it
    was shown, and the clocks are taken as they ran.
    """

    def __init__(self, regime: Regime) -> None:
        self.regime = regime
        self._duties: dict[str, Duty] = {}
        self._has_looked = False

    def observe(self, standing: Standing) -> tuple[Duty, ...]:
        """Take in how things stand at a later moment; the duties that are new, or have a time at last."""
        new = []
        for one in owed(standing, self.regime):
            known = self._duties.get(one.id)
            if known is None:
                arisen = one.not_before(standing.at) if one.is_foreseen and self._has_looked else one
                self._duties[one.id] = arisen
                new.append(arisen)
            elif known.due is None and one.due is not None:
                self._duties[one.id] = one.not_before(known.since) if known.since else one
                new.append(self._duties[one.id])
        self._has_looked = True
        return tuple(new)

    @property
    def duties(self) -> tuple[Duty, ...]:
        """All that have arisen, in the order of their times."""
        return tuple(sorted(self._duties.values(), key=_order))


def judge(standing: Standing, regime: Regime, duties: Iterable[Duty] | None = None) -> tuple[Judged, ...]:
    """How duties stand at the moment of `standing`.

    Parameters
    ----------
    standing : Standing
    regime : Regime
    duties : iterable of Duty, optional
        Without them, those that are owed as things stand.
    """
    told = {duty.id: done for duty, done in asked.duties(standing, regime)}
    chosen = owed(standing, regime) if duties is None else duties
    return tuple(
        judged(
            one, told[one.id] if one.id in told else fulfilled(standing, one, regime.territory), standing.at
        )
        for one in chosen
    )


def breaches(standing: Standing, regime: Regime, duties: Iterable[Duty] | None = None) -> tuple[Judged, ...]:
    """The duties that are late or breached at the moment of `standing`."""
    return tuple(one for one in judge(standing, regime, duties) if one.state in ("late", "breached"))


def candidates(standing: Standing, duty: Duty, territory: Territory) -> tuple[Said, ...]:
    """Every statement that would fulfil a duty, in the order in which they count as said.

    A notice may be given by a government above the one that owes it, and it reaches a city too if it names
    the city and is addressed to a government above that.
    """
    kinds = FULFILS.get(duty.owes, (duty.owes,))
    incident = standing.incidents.get(duty.about)
    if incident is None:
        return ()
    found = []
    for seen in circumstances.about(standing, incident):
        one = seen.statement
        if duty.owes == "SignOfLife":
            fits = one.by == duty.who
        else:
            fits = (
                one.kind in kinds and _speaks_for(one.by, duty, territory) and _tells(seen, duty, territory)
            )
        if fits:
            found.append(Said(one.id, said_at(seen)))
    return tuple(sorted(found, key=lambda said: (said.at, said.id)))


def _speaks_for(by: str, duty: Duty, territory: Territory) -> bool:
    return by == duty.who or (duty.owes == "NoticeSent" and by in territory.ancestors(duty.who))


def _tells(seen: Seen, duty: Duty, territory: Territory) -> bool:
    to, told = duty.to, addressees(seen)
    if to is None or to in told:
        return True
    named = (seen.statement.body or {}).get("cities", ())
    reaches = any(territory.contains(one, to) for one in told)
    return duty.owes == "NoticeSent" and reaches and any(territory.contains(one, to) for one in named)


def fulfilled(standing: Standing, duty: Duty, territory: Territory) -> Said | None:
    """The first statement that fulfils a duty.

    A sign of life has to come after the one from which its clock runs.
    """
    after = duty.since if duty.owes == "SignOfLife" else None
    told = candidates(standing, duty, territory)
    return next((one for one in told if after is None or one.at > after), None)
