"""Findings: a breach of duty is proposed, with the evidence that shows it, and nothing is decided.

What is proposed goes on the record as `FindingMade`; the body may reply, and the body that the agreement
names upholds or dismisses. A finding names the rule, what was owed by when, what came when, and the
statements and readings from which anybody can see it for himself:

    late           it came after its time
    absent         it has not come, and its time is over
    slow           the same of a measure that was to be taken
    uncooperative  an answer, an acceptance or promised help that did not come
    incomplete     it came without what its rule wants in it
    false          words that readings or other words contradict
    concealed      it was owed, the body knew, and said the contrary meanwhile

Readings speak for themselves, also upstream: what is measured at a city at noon passed the source so many
hours before, by the forecast's own range of travel times, and who denied it after that denied what had
happened.

Where the record holds two accounts that exclude each other, both are judged. A breach that only one of them
shows is proposed as disputed, with both as evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from riskshed.canonical import encode_plain
from riskshed.governance import circumstances, duty, ruling, warning
from riskshed.governance.circumstances import Regime, said_at
from riskshed.governance.obligation import Duty, Judged, judged
from riskshed.governance.proposed import Proposed, worded
from riskshed.governance.ruling import Owed
from riskshed.governance.situation import Situation
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, Said, Seen
from riskshed.governance.territory import Territory
from riskshed.statement import digest_text

SHOWS = ("observed", "at_least", "first_detected", "peak", "front")
"""Kinds of reading that show that something is there."""
DENIALS = ("PublicStatementMade", "RiskReported")
ANSWERS = ("NoticeAnswered", "NoticeAcknowledged", "PlanAccepted", "ApprovalGiven", "AidDispatched",
           "QuestionAnswered")  # fmt: skip
Exclusions = Mapping[str, frozenset[str]]
"""By the id of a statement, those that cannot be true beside it."""


def propose(
    standing: Standing,
    regime: Regime,
    duties: Iterable[Duty] | None = None,
    excludes: Exclusions | None = None,
) -> tuple[Proposed, ...]:
    """Every finding that the record bears out at the moment of `standing`, in the order of their times.

    Parameters
    ----------
    standing : Standing
    regime : Regime
    duties : iterable of Duty, optional
        Those that have arisen (`duty.Book`); without them, those that are owed as things stand.
    excludes : mapping, optional
        Statements that cannot be true beside each other.
    """
    found = [*_of_duties(standing, regime, duties, excludes or {}), *_of_denials(standing, regime)]
    found += _of_gaps(standing, regime)
    merged = _merged(found)
    return tuple(sorted(merged, key=lambda one: (one.due or one.found or standing.at, one.of, one.key)))


def _merged(found: Iterable[Proposed]) -> Iterable[Proposed]:
    """One finding for one breach, however many rules want the same act: the others stand beside it."""
    first: dict[tuple[object, ...], Proposed] = {}
    for one in found:
        apart = one.evidence if one.breach in ("false", "incomplete") else ()
        same = (one.breach, one.of, one.owed, one.to, one.about, one.due, one.found, apart)
        known = first.get(same)
        if known is None:
            first[same] = one
        elif (one.pack, one.rule) != (known.pack, known.rule):
            first[same] = replace(known, also=(*known.also, (one.pack, one.rule, one.cite)))
    return first.values()


# ---------------------------------------------------------------------------------------- from the duties


def _of_duties(
    standing: Standing, regime: Regime, duties: Iterable[Duty] | None, excludes: Exclusions
) -> Iterator[Proposed]:
    for one in duty.judge(standing, regime, duties):
        accounts = _accounts(standing, one, excludes, regime.territory)
        if _says_nothing(standing, one):
            continue
        worst = max(
            accounts, key=lambda account: (account.state in ("late", "breached"), account.done is None)
        )
        if worst.state in ("late", "breached"):
            disputed = tuple(
                a.done.id for a in accounts if a.done is not None and a.state not in ("late", "breached")
            )
            told = tuple(a.done for a in accounts if a.done is not None) if len(accounts) > 1 else ()
            yield _proposed(standing, worst, disputed, told)


INWARD = ("RiskAssessed", "ModeSwitched", "LevelSet", "LeadAssigned", "AssistAssigned", "TaskCompleted")
"""What a body does within its own house, where others need not hear of it."""


def _says_nothing(standing: Standing, one: Judged) -> bool:
    """Whether the record is silent because nobody kept it.

    A record that was put together later from published sources holds no inward acts. Nor does it hold every
    report: where the addressee speaks of the incident itself before the time is over, it had heard of it.
    """
    incident = standing.incidents.get(one.duty.about)
    if incident is None or one.done is not None:
        return False
    if any(standing.statements[name].statement.reconstructed is None for name in incident.opened):
        return False
    if one.duty.owes in INWARD:
        return True
    spoken = (
        said_at(seen) for seen in circumstances.about(standing, incident) if seen.statement.by == one.duty.to
    )
    return one.duty.due is not None and any(at <= one.duty.due for at in spoken)


def _accounts(
    standing: Standing, one: Judged, excludes: Exclusions, territory: Territory
) -> tuple[Judged, ...]:
    """How the duty stands by each account of whether it was fulfilled."""
    if one.done is None or one.done.id not in excludes:
        return (one,)
    shut = {one.done.id}
    for said in duty.candidates(standing, one.duty, territory):
        if said.id in excludes and not excludes[said.id] & shut:
            shut.add(said.id)
    others = [said for said in duty.candidates(standing, one.duty, territory) if said.id not in shut]
    second = judged(one.duty, others[0] if others else None, standing.at)
    return (one, second)


def _proposed(standing: Standing, one: Judged, disputed: tuple[str, ...], told: tuple[Said, ...]) -> Proposed:
    owed, done = one.duty, one.done
    assert owed.due is not None, "what has no time is never late"
    denials = _denials_meanwhile(standing, owed, done)
    breach = _breach(one, bool(denials))
    causes = (owed.cause,) if owed.cause else ()
    mine = (done.id,) if done else ()
    evidence = (*causes, *mine, *denials, *disputed, *(said.id for said in told))
    proposal = Proposed(
        breach=breach,
        of=owed.who,
        owed=owed.owes,
        to=owed.to,
        about=owed.about,
        due=owed.due,
        found=None if done is None else done.at,
        pack=owed.pack,
        rule=owed.rule,
        cite=owed.cite,
        evidence=tuple(dict.fromkeys(evidence)) or _opening(standing, owed.about),
        disputed=disputed,
        accounts=told,
        is_lawful=owed.is_lawful,
        is_confirmed=owed.is_confirmed,
        beside=_coming(standing, owed),
    )
    return worded(proposal, standing.at)


def _breach(one: Judged, denied: bool) -> str:
    act, owes = one.duty.act, one.duty.owes
    if denied and owes in ("RiskReported", "NoticeSent"):
        return "concealed"
    if act.startswith(("measure.", "response.")):
        return "slow"
    if owes in ANSWERS and one.state == "breached":
        return "uncooperative"
    return "late" if one.state == "late" else "absent"


def _denials_meanwhile(standing: Standing, owed: Duty, done: Said | None) -> tuple[str, ...]:
    """Words of the body itself, while it owed the report, that there is no harm."""
    incident = standing.incidents.get(owed.about)
    if incident is None or owed.since is None:
        return ()
    end = standing.at if done is None else done.at
    denials = [seen for seen in circumstances.about(standing, incident) if is_denial(seen)]
    mine = [s for s in denials if s.statement.by == owed.who and owed.since <= said_at(s) <= end]
    return tuple(s.statement.id for s in sorted(mine, key=said_at))


def _opening(standing: Standing, about: str) -> tuple[str, ...]:
    incident = standing.incidents.get(about)
    return incident.opened[:1] if incident is not None else (about,)


def _coming(standing: Standing, owed: Duty) -> tuple[tuple[str, datetime, float], ...]:
    """What the forecast had on its way when the time was over: cities with their median arrivals."""
    incident = standing.incidents.get(owed.about)
    if incident is None or owed.due is None:
        return ()
    cities: dict[str, datetime] = {}
    for name in incident.footprints:
        seen = standing.statements[name]
        if said_at(seen) > owed.due and cities:
            break
        for row in (seen.statement.body or {}).get("arrivals", ()):
            if "middle" in row:
                cities[row["city"]] = datetime.fromisoformat(row["middle"])
    rows = ((city, at, (at - owed.due).total_seconds() / 3600) for city, at in cities.items())
    chosen = [row for row in rows if row[2] > 0 and (owed.to is None or row[0] == owed.to)]
    return tuple(sorted(chosen, key=lambda row: row[1])[:12])


# ----------------------------------------------------------------------------------- from what is left out


def _of_gaps(standing: Standing, regime: Regime) -> Iterator[Proposed]:
    """Warnings that leave out what their rule wants in them.

    What was put together later in the forms of today left nothing out: its body never filled them in.
    """
    rules = [
        rule
        for pack in regime.packs
        for rule in pack.in_force(standing.at.date(), as_if=regime.as_if_in_force)
        if rule.act == "warn.issue" and rule.must is not None and rule.owes == "WarningIssued"
    ]
    for one in standing.warnings.values():
        said = standing.statements[one.id]
        if said.statement.reconstructed is not None or one.about is None:
            continue
        count = len(warning.ARTICLE_64) - len(warning.missing(said.statement))
        for rule in rules:
            if rule.must is not None and rule.must.holds({"warning_item_count": count}) is False:
                gap = Proposed(
                    breach="incomplete",
                    of=one.by,
                    owed="WarningIssued",
                    to=None,
                    about=one.about,
                    due=None,
                    found=said_at(said),
                    pack=rule.pack,
                    rule=rule.id,
                    cite=rule.cite,
                    evidence=(one.id,),
                    is_confirmed=rule.confirmed,
                    lacks=warning.missing(said.statement),
                )
                yield worded(gap, standing.at)


# ----------------------------------------------------------------------------------------- from readings


@dataclass(frozen=True, slots=True)
class Sighting:
    """A reading that shows that something is there.

    Attributes
    ----------
    statement, digest : str
        Where it stands, and the SHA-256 of its canonical form.
    section, city : str
    at, known_at : datetime
    """

    statement: str
    digest: str
    section: str
    city: str | None
    at: datetime
    known_at: datetime


def sightings(
    standing: Standing, incident: IncidentStanding, cities: Mapping[str, str]
) -> tuple[Sighting, ...]:
    """The readings on the record that show that something is there, in the order of time.

    Parameters
    ----------
    standing, incident
    cities : mapping of str to str
        The city of each section.
    """
    found = []
    for seen in circumstances.about(standing, incident):
        one = seen.statement
        if one.kind == "ReadingsTaken" and one.body is not None:
            for row in one.body.get("readings", ()):
                if row["kind"] in SHOWS and row.get("value", {"value": "1"})["value"] not in ("0", "0.0"):
                    found.append(_sighting(seen, row, cities))
    return tuple(sorted(found, key=lambda one: (one.at, one.section)))


def _sighting(seen: Seen, row: Mapping[str, Any], cities: Mapping[str, str]) -> Sighting:
    plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in row.items()}
    at = datetime.fromisoformat(row["time"])
    known = datetime.fromisoformat(row["known_at"]) if "known_at" in row else said_at(seen)
    section = row["section"]
    digest = digest_text(encode_plain(plain))
    return Sighting(seen.statement.id, digest, section, cities.get(section, section), at, known)


def passed_source(
    standing: Standing, incident: IncidentStanding, sighting: Sighting
) -> tuple[datetime, datetime] | None:
    """Between when and when what was seen downstream passed the source, carried back by the travel times.

    The travel time to a city is the range between the 5 % and 95 % quantiles of a forecast's arrival, from
    its origin; of several forecasts the earliest counts, which had seen least of what it is to prove.

    Returns
    -------
    (earliest, latest) or None
        None where no forecast names the city.
    """
    for name in incident.footprints:
        said = standing.statements[name].statement
        for row in (said.body or {}).get("arrivals", ()):
            if row["city"] == sighting.city and "earliest" in row and "latest" in row:
                origin = said.time("origin")
                shortest = datetime.fromisoformat(row["earliest"]) - origin
                longest = datetime.fromisoformat(row["latest"]) - origin
                return sighting.at - longest, sighting.at - max(shortest, timedelta(0))
    return None


def is_denial(seen: Seen) -> bool:
    """Whether it says that there is no harm beyond the place."""
    one = seen.statement
    return one.kind in DENIALS and one.body is not None and one.body.get("harm") == "none"


def _of_denials(standing: Standing, regime: Regime) -> Iterator[Proposed]:
    """Words that readings contradict: in the speaker's own area, or carried back to the source."""
    for code in sorted(standing.incidents):
        incident = standing.incidents[code]
        denials = [seen for seen in circumstances.about(standing, incident) if is_denial(seen)]
        if not denials:
            continue
        situation = circumstances.of_incident(standing, code, regime)
        source = _source_bodies(situation, incident)
        seen_there = sightings(standing, incident, regime.sections)
        rules = _rules_against_falsehood(situation, regime)
        for seen in denials:
            proofs = _against(standing, regime, incident, seen, seen_there, source)
            told = _told_before(standing, incident, seen)
            if proofs or told:
                yield _false(standing, rules, incident, seen, proofs, told)


def _against(
    standing: Standing,
    regime: Regime,
    incident: IncidentStanding,
    seen: Seen,
    there: Iterable[Sighting],
    source: set[str],
) -> tuple[Sighting, ...]:
    by, at = seen.statement.by, said_at(seen)
    at_source = by in source
    proofs = []
    for one in there:
        in_own_area = one.city is not None and regime.territory.contains(by, one.city) and one.at <= at
        carried = passed_source(standing, incident, one) if at_source else None
        if in_own_area or (carried is not None and carried[1] <= at):
            proofs.append(one)
    return tuple(proofs)


def _told_before(standing: Standing, incident: IncidentStanding, seen: Seen) -> tuple[str, ...]:
    """Notices that had told this body, before it denied it, that the harm comes to its own city."""
    body, at = seen.statement.by, said_at(seen)
    codes = (incident.code, *incident.same_as)
    known = [
        one for one in standing.notices.values() if one.about in codes and one.confirmed and one.by != body
    ]
    mine = [one for one in known if body in one.cities and one.seen_at <= at]
    return tuple(one.id for one in sorted(mine, key=lambda one: (one.seen_at, one.id)))


def _source_bodies(situation: Situation, incident: IncidentStanding) -> set[str]:
    """Who speaks for the source: the unit, the place of origin, and the governments above it."""
    above = situation.territory.ancestors(incident.city)
    unit = situation.bodies.get("unit")
    return {incident.city, *above, *((unit,) if unit else ())}


FALSE_ACTS = ("report.conceal", "report.false", "report.misreport", "report.truth")
"""Acts of rules that forbid false or concealed reports, by which a denial is judged."""


def _false(
    standing: Standing,
    rules: Sequence[Owed],
    incident: IncidentStanding,
    seen: Seen,
    proofs: tuple[Sighting, ...],
    told: tuple[str, ...],
) -> Proposed:
    pack, rule, cite, confirmed = _rule_for(seen.statement.by, rules)
    one = seen.statement
    statements = dict.fromkeys(proof.statement for proof in proofs)
    proposal = Proposed(
        breach="false",
        of=one.by,
        owed=one.kind,
        to=None,
        about=incident.code,
        due=None,
        found=said_at(seen),
        pack=pack,
        rule=rule,
        cite=cite,
        evidence=(one.id, *told, *statements),
        readings=tuple(proof.digest for proof in proofs),
        is_confirmed=confirmed,
    )
    return worded(proposal, standing.at)


def _rules_against_falsehood(situation: Situation, regime: Regime) -> tuple[Owed, ...]:
    """What the rules say to anybody who would report falsely in this situation."""
    found = ruling.apply(regime.packs, situation)
    return tuple(one for one in (*found.duties, *found.undetermined) if one.rule.act in FALSE_ACTS)


def _rule_for(by: str, rules: Sequence[Owed]) -> tuple[str, str, str, bool]:
    """The rule that forbids this body to report falsely; else that of the agreement itself."""
    if not rules:
        return "agreement", "truth", "what is said on the record has to be true", True
    rule = min(rules, key=lambda one: (one.who.code != by, one.status != "forbidden", one.rule.id)).rule
    return rule.pack, rule.id, rule.cite, rule.confirmed
