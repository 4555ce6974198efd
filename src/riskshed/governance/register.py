"""The register of risk sources (危险源), and how far each has been carried through ISO 31000:2018.

Before anything happens: what can do harm, whom it can reach, who looked at it, and who was told. A source
goes through five steps in order: identified, analysed, evaluated, treated, monitored (ISO 31000:2018, clauses
6.4.2 to 6.6). What is missing comes out as findings, each with a stable code. A neighbour that a source can
reach must be told when the risk is evaluated and when it is treated (the same standard, clause 6.2,
communication and consultation); who was not told is named.

Sources are of the four statutory classes. **Emerging technology** (新技术) is no fifth class in law: such a
source keeps its statutory class, and its ``hazard`` begins with ``new-technology/``, as in
``new-technology/battery-storage``.

Level of risk by likelihood and consequence (the matrix of `riskshed`; ISO 31000 wants one and gives none):

                     negligible  minor     moderate   major      extreme
    rare             low         low       moderate   moderate   high
    unlikely         low         low       moderate   high       high
    possible         low         moderate  high       high       very_high
    likely           moderate    moderate  high       very_high  very_high
    almost_certain   moderate    high      high       very_high  very_high
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from riskshed.governance.standing import Standing
from riskshed.governance.subjects import SourceStanding, StepStanding
from riskshed.governance.territory import Territory

STEPS = ("identified", "analysed", "evaluated", "treated", "monitored")
TELLING = ("evaluated", "treated")
"""The steps at which those whom the source can reach are told."""
NEW_TECHNOLOGY = "new-technology/"
LIKELIHOODS = ("rare", "unlikely", "possible", "likely", "almost_certain")
CONSEQUENCES = ("negligible", "minor", "moderate", "major", "extreme")
RISK_LEVELS = ("low", "moderate", "high", "very_high")
MATRIX: Mapping[str, tuple[str, ...]] = {
    "rare": ("low", "low", "moderate", "moderate", "high"),
    "unlikely": ("low", "low", "moderate", "high", "high"),
    "possible": ("low", "moderate", "high", "high", "very_high"),
    "likely": ("moderate", "moderate", "high", "very_high", "very_high"),
    "almost_certain": ("moderate", "high", "high", "very_high", "very_high"),
}
"""Level of risk, by likelihood, for each of `CONSEQUENCES`."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing or wrong about a source.

    Attributes
    ----------
    source : str
    code : str
        ``register.step_missing``, ``.step_skipped``, ``.step_stale``, ``.not_told``, ``.review_overdue``,
        ``.no_owner``, ``.reaches_unknown``, ``.unknown_city``, ``.level_missing``, ``.level_differs``,
        ``.unknown_source``.
    what : str
        The step, the body that was not told, or the level by the matrix.
    step : str or None
    since : datetime or None
        From when on it was so, where there is a date.
    """

    source: str
    code: str
    what: str
    step: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A source as a page lists it.

    Attributes
    ----------
    code, city, hazard_class : str
    name : mapping of language to text
    is_new_technology : bool
    level : str or None
        As it was last said at a step, or by the matrix; None is unknown, never low.
    done, next : str or None
        The last step up to which none is missing; the step that comes next, None if all are done.
    next_review : datetime or None
        The earliest review that is due of all its steps.
    lacks : tuple of Lack
    """

    code: str
    name: Mapping[str, str]
    city: str
    hazard_class: str
    is_new_technology: bool
    level: str | None
    done: str | None
    next: str | None
    next_review: datetime | None
    lacks: tuple[Lack, ...]


# -------------------------------------------------------------------------------------------------- level


def level_of(likelihood: str | None, consequence: str | None) -> str | None:
    """The level of risk by the matrix; None while either is unknown.

    Examples
    --------
    >>> level_of("rare", "extreme"), level_of("possible", "minor"), level_of(None, "extreme")
    ('high', 'moderate', None)
    """
    if likelihood is None or consequence is None:
        return None
    return MATRIX[likelihood][CONSEQUENCES.index(consequence)]


def level(standing: Standing, source: SourceStanding) -> str | None:
    """The level of a source: of its latest step that says one, by its own word or by the matrix."""
    for step in sorted(source.steps.values(), key=lambda one: (one.at, one.statement), reverse=True):
        told = step.level or _by_matrix(standing, step)
        if told is not None:
            return told
    return None


def _by_matrix(standing: Standing, step: StepStanding) -> str | None:
    said = standing.statements[step.statement].statement
    if said.body is None:
        return None
    told = {name: said.string(name) for name in ("likelihood", "consequence") if said.has(name)}
    return level_of(told.get("likelihood"), told.get("consequence"))


# ------------------------------------------------------------------------------------------------ lookups


def is_new_technology(source: SourceStanding) -> bool:
    """Whether its hazard is one of emerging technology (新技术)."""
    return source.hazard is not None and source.hazard.startswith(NEW_TECHNOLOGY)


def within(standing: Standing, territory: Territory, place: str) -> tuple[SourceStanding, ...]:
    """The sources in a territory, by code."""
    return tuple(one for one in standing.sources.values() if territory.contains(place, one.city))


def reaching(standing: Standing, territory: Territory, city: str) -> tuple[SourceStanding, ...]:
    """The sources elsewhere that can reach a city, or a place in it, by code.

    A source that reaches a territory as a whole can reach every city in it.
    """
    return tuple(
        one
        for one in standing.sources.values()
        if not territory.contains(city, one.city)
        and any(territory.contains(city, to) or territory.contains(to, city) for to in one.reaches)
    )


# ----------------------------------------------------------------------------------------------- findings


def lacks(
    standing: Standing, source: SourceStanding, now: datetime, territory: Territory | None = None
) -> tuple[Lack, ...]:
    """What is missing or wrong about a source at a time.

    Parameters
    ----------
    standing : Standing
    source : SourceStanding
    now : datetime
        A review that is due at this instant is not overdue.
    territory : Territory, optional
        Without it nobody can tell whether a code is one of a place.
    """
    return (
        *_of_entry(source, territory),
        *_of_order(source),
        *_of_telling(standing, source),
        *_of_levels(standing, source),
        *_of_reviews(source, now),
    )


def _of_entry(source: SourceStanding, territory: Territory | None) -> Iterator[Lack]:
    if source.owner is None:
        yield Lack(source.code, "register.no_owner", source.city)
    if not source.reaches:
        yield Lack(source.code, "register.reaches_unknown", source.city)
    for city in (source.city, *source.reaches):
        if territory is not None and not territory.knows(city):
            yield Lack(source.code, "register.unknown_city", city)


def _of_order(source: SourceStanding) -> Iterator[Lack]:
    """Each step after all before it. One that is older than the step before it has to be looked at again."""
    taken = [step for step in STEPS if step in source.steps]
    last = STEPS.index(taken[-1]) if taken else -1
    for at, step in enumerate(STEPS):
        if step not in source.steps:
            code = "register.step_skipped" if at < last else "register.step_missing"
            yield Lack(source.code, code, step, step)
            if at > last:
                return
    for before, after in pairwise(taken):
        if source.steps[after].at < source.steps[before].at:
            yield Lack(source.code, "register.step_stale", after, after, source.steps[before].at)


def _of_telling(standing: Standing, source: SourceStanding) -> Iterator[Lack]:
    """The cities that it can reach, at the steps at which they are told; its own city knows.

    A city was told if its government was, or any body that is of that city on the record.
    """
    for step in TELLING:
        taken = source.steps.get(step)
        if taken is None:
            continue
        bodies = [standing.bodies[one] for one in (taken.by, *taken.told) if one in standing.bodies]
        told = {source.city, taken.by, *taken.told, *(one.city for one in bodies)}
        for city in source.reaches:
            if city not in told:
                yield Lack(source.code, "register.not_told", city, step, taken.at)


def _of_levels(standing: Standing, source: SourceStanding) -> Iterator[Lack]:
    evaluated = source.steps.get("evaluated")
    if evaluated is not None and (evaluated.level or _by_matrix(standing, evaluated)) is None:
        yield Lack(source.code, "register.level_missing", "evaluated", "evaluated", evaluated.at)
    for name, step in source.steps.items():
        by_matrix = _by_matrix(standing, step)
        if step.level is not None and by_matrix is not None and step.level != by_matrix:
            yield Lack(source.code, "register.level_differs", f"{step.level}, {by_matrix}", name, step.at)


def _of_reviews(source: SourceStanding, now: datetime) -> Iterator[Lack]:
    for name in STEPS:
        step = source.steps.get(name)
        if step is not None and step.next_review is not None and step.next_review < now:
            yield Lack(source.code, "register.review_overdue", name, name, step.next_review)


def unregistered(standing: Standing) -> tuple[Lack, ...]:
    """Assessments and incidents that name a source which nobody has registered."""
    registered = {one for source in standing.sources.values() for one in (source.code, *source.registered)}
    assessed = (seen.statement for seen in standing.statements.values())
    named = {
        str(one.about)
        for one in assessed
        if one.kind == "RiskAssessed"
        and one.about not in registered
        and one.id not in standing.set_aside
        and one.exercise == standing.exercise
    }
    named |= {
        one.source for one in standing.incidents.values() if one.source and one.source not in registered
    }
    return tuple(Lack(code, "register.unknown_source", code) for code in sorted(named))


# ------------------------------------------------------------------------------------------------ the page


def entries(
    standing: Standing,
    now: datetime,
    sources: tuple[SourceStanding, ...] | None = None,
    territory: Territory | None = None,
) -> tuple[Entry, ...]:
    """Sources as a page lists them: those with the gravest level first, the unknown ones before the low.

    Parameters
    ----------
    standing : Standing
    now : datetime
    sources : tuple of SourceStanding, optional
        Such as `within` or `reaching` give; all of them if left out.
    territory : Territory, optional
        As of `lacks`.
    """
    chosen = tuple(standing.sources.values()) if sources is None else sources
    made = [_entry(standing, one, now, territory) for one in chosen]
    # Nobody has looked at an unknown one, so it stands above what is known to be low.
    rank = {"very_high": 0, "high": 1, "moderate": 2, None: 3, "low": 4}
    return tuple(sorted(made, key=lambda one: (rank[one.level], -len(one.lacks), one.code)))


def _entry(standing: Standing, source: SourceStanding, now: datetime, territory: Territory | None) -> Entry:
    open_ = [step for step in STEPS if step not in source.steps]
    done = STEPS[: STEPS.index(open_[0])] if open_ else STEPS
    reviews = [step.next_review for step in source.steps.values() if step.next_review is not None]
    return Entry(
        code=source.code,
        name=source.name,
        city=source.city,
        hazard_class=source.hazard_class,
        is_new_technology=is_new_technology(source),
        level=level(standing, source),
        done=done[-1] if done else None,
        next=open_[0] if open_ else None,
        next_review=min(reviews, default=None),
        lacks=lacks(standing, source, now, territory),
    )
