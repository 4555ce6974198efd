"""How incidents and risk sources stand: phase, levels, who leads and commands, what is known of harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from riskshed.governance.standing_effect import answers, counts
from riskshed.governance.standing_entry import opened
from riskshed.governance.standing_view import View, in_order, remembered
from riskshed.governance.subjects import (
    IncidentStanding,
    LevelStanding,
    Phase,
    Seen,
    SourceStanding,
    StepStanding,
    Toll,
)
from riskshed.statement import Money, Statement

PEOPLE = ("dead_people", "missing_people", "gravely_hurt_people", "hurt_people", "moved_people")


def given(said: Statement, name: str) -> Any:
    """A text, code or choice of an open body; None if it is absent."""
    return said.string(name) if said.has(name) else None


def told_about(view: View, *subjects: str) -> tuple[Seen, ...]:
    """The statements about any of these that count, in order."""
    found = [one for subject in subjects for one in view.find("about", subject)]
    return in_order(one for one in found if counts(view, one.statement.id))


@remembered
def incident(view: View, code: str) -> IncidentStanding | None:
    """The incident of this code; None if no opening of it can be read."""
    openings = [one for statement in opened(view, code) if (one := view.seen(statement)) is not None]
    readable = [one for one in openings if one.statement.body is not None]
    if not readable:
        return None
    first = readable[0].statement
    told = told_about(view, code, *(one.statement.id for one in openings))
    by_kind: dict[str, list[Seen]] = {}
    for one in told:
        by_kind.setdefault(one.statement.kind, []).append(one)
    reports = by_kind.get("RiskReported", [])
    footprints = [one for one in by_kind.get("FootprintIssued", []) if one.statement.body is not None]
    latest = footprints[-1].statement if footprints else None
    phase, closed = _phase(view, openings, told, only_field=not reports)
    lead = _last_open(by_kind.get("LeadAssigned", []))
    assist, assist_statement = _assist(view, by_kind.get("AssistAssigned", []))
    facts = {name: _first(readable, name) for name in ("hazard", "source")}
    return IncidentStanding(
        code=code,
        opened=tuple(one.statement.id for one in openings),
        by=first.by,
        at=view.said(readable[0]).at,
        name=first.words("name"),
        hazard_class=first.string("hazard_class"),
        city=first.string("city"),
        began=next((s.statement.time("began") for s in readable if s.statement.has("began")), None),
        same_as=_same_as(view, code),
        phase=phase,
        modes=_modes(by_kind.get("ModeSwitched", [])),
        levels=_levels(view, by_kind.get("LevelSet", [])),
        lead=lead.strings("lead") if lead else (),
        assist=assist,
        lead_statement=lead.id if lead else None,
        assist_statement=assist_statement,
        command=_command(view, by_kind.get("CommandTaken", [])),
        reports=tuple(one.statement.id for one in reports),
        toll=_toll(reports),
        footprint=latest.id if latest else None,
        footprints=tuple(one.statement.id for one in footprints),
        situation=latest.string("situation") if latest else None,  # type: ignore[arg-type]
        escalated=tuple(one.statement.id for one in by_kind.get("Escalated", [])),
        closed=view.said(closed).at if closed else None,
        exercise=first.exercise,
        **facts,
    )


def _first(openings: Sequence[Seen], name: str) -> str | None:
    return next((one.statement.string(name) for one in openings if one.statement.has(name)), None)


def _last_open(told: Sequence[Seen]) -> Statement | None:
    return next((one.statement for one in reversed(told) if one.statement.body is not None), None)


def _phase(
    view: View, openings: Sequence[Seen], told: Sequence[Seen], *, only_field: bool
) -> tuple[Phase, Seen | None]:
    """The phase, and what closed it. What comes after a closing (an opening, a phase) opens it again."""
    answered = [view.seen(str(one.statement.replies_to)) for one in openings]
    field = all(one is not None and one.statement.kind == "FieldReportFiled" for one in answered)
    phase: Phase = "watch" if field and only_field else "alert"
    start, closed = phase, None
    for one in told:
        said = one.statement
        if said.kind == "IncidentClosed":
            phase, closed = "closed", one
        elif said.kind == "IncidentOpened" and closed is not None:
            phase, closed = start, None
        elif said.kind == "LevelSet" and said.body is not None and said.has("phase"):
            phase, closed = said.string("phase"), None  # type: ignore[assignment]
    return phase, closed


def _modes(told: Sequence[Seen]) -> Mapping[str, str]:
    modes = {one.statement.by: one.statement.string("mode") for one in told if one.statement.body is not None}
    return dict(sorted(modes.items()))


def _levels(view: View, told: Sequence[Seen]) -> Mapping[str, LevelStanding]:
    levels = {}
    for one in told:
        said = one.statement
        if said.body is not None:
            scale, level, phase = said.string("scale"), said.string("level"), given(said, "phase")
            levels[scale] = LevelStanding(
                scale, level, said.yes_no("lower_bound"), phase, said.id, said.by, view.said(one).at
            )
    return dict(sorted(levels.items()))


def _assist(view: View, told: Sequence[Seen]) -> tuple[tuple[str, ...], str | None]:
    """All who were told to assist, but for what a later assignment replaces by replying to it."""
    held = [
        one.statement
        for one in told
        if one.statement.body is not None and not answers(view, one.statement.id, "AssistAssigned")
    ]
    bodies = dict.fromkeys(body for said in held for body in said.strings("assist"))
    return tuple(bodies), held[-1].id if held else None


def _command(view: View, taken: Sequence[Seen]) -> tuple[str, ...]:
    """The bodies that took command and did not return it, the last at the end."""
    held = [one.statement.by for one in taken if not answers(view, one.statement.id, "CommandReturned")]
    last_first = dict.fromkeys(reversed(held))
    return tuple(reversed(last_first))


def _toll(reports: Sequence[Seen]) -> Toll:
    numbers: dict[str, int] = {}
    statements: dict[str, str] = {}
    loss: Money | None = None
    for said in (one.statement for one in reports if one.statement.body is not None):
        for name in PEOPLE:
            if said.has(name):
                numbers[name], statements[name] = said.whole(name), said.id
        if said.has("loss"):
            loss, statements["loss"] = said.money("loss"), said.id
    known = {name: numbers.get(name) for name in PEOPLE}
    return Toll(loss=loss, statements=dict(sorted(statements.items())), **known)


def _same_as(view: View, code: str) -> tuple[str, ...]:
    """All codes of the same incident, followed both ways."""
    found, waiting = {code}, [code]
    while waiting:
        codes = set(named_with(view, waiting.pop())) - found
        waiting.extend(sorted(codes))
        found |= codes
    return tuple(sorted(found - {code}))


@remembered
def named_with(view: View, code: str) -> tuple[str, ...]:
    """The codes that openings of this incident name as the same, and those of openings that name it."""
    own = [one.statement for one in view.find("incident", code) if counts(view, one.statement.id)]
    by = [one.statement for one in view.find("same_as", code) if counts(view, one.statement.id)]
    codes = {other for said in own if said.body is not None for other in said.strings("same_as")}
    return tuple(sorted(codes | {str(said.about) for said in by}))


@remembered
def footprints(view: View, subject: str) -> tuple[str, ...]:
    """The footprints about this subject that count, the latest at the end."""
    told = (one.statement for one in told_about(view, subject))
    return tuple(said.id for said in told if said.kind == "FootprintIssued")


@remembered
def source(view: View, code: str) -> SourceStanding | None:
    """A registered risk source; None if no registration counts."""
    entries = [one for one in view.find("source", code) if counts(view, one.statement.id)]
    if not entries:
        return None
    last = entries[-1].statement
    ids = tuple(one.statement.id for one in entries)
    steps: dict[str, StepStanding] = {}
    for one in told_about(view, code, *ids):
        said = one.statement
        if said.kind == "RiskAssessed" and said.body is not None:
            review = said.time("next_review") if said.has("next_review") else None
            steps[said.string("step")] = StepStanding(
                said.id, said.by, view.said(one).at, given(said, "level"), said.strings("told"), review
            )
    return SourceStanding(
        code=code,
        by=last.by,
        name=last.words("name"),
        hazard_class=last.string("hazard_class"),
        hazard=given(last, "hazard"),
        city=last.string("city"),
        owner=given(last, "owner"),
        reaches=last.strings("reaches"),
        registered=ids,
        steps=dict(sorted(steps.items())),
    )
