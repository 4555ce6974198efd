"""How what was told stands: notices and answers, warnings, approvals, reports from the spot, watches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from riskshed.governance.standing_effect import answers, counts, own_cities
from riskshed.governance.standing_entry import entry
from riskshed.governance.standing_incidents import given
from riskshed.governance.standing_view import View, remembered
from riskshed.governance.subjects import (
    Answer,
    ApprovalStanding,
    FieldReportStanding,
    NoticeStanding,
    Said,
    Seen,
    WarningStanding,
    WarningStatus,
    WatchStanding,
)
from riskshed.statement import Statement

ANSWERS = {"NoticeAcknowledged": "acknowledged", "NoticeAdopted": "adopted", "NoticeDeclined": "declined"}


def readable(view: View, statement: str) -> Seen | None:
    """The statement, if it counts and its body is open."""
    seen = view.seen(statement)
    if seen is None or seen.statement.body is None or not counts(view, statement):
        return None
    return seen


def time_of(said: Statement, name: str) -> datetime | None:
    """A time of an open body; None if it is absent."""
    return said.time(name) if said.has(name) else None


@remembered
def notice(view: View, statement: str) -> NoticeStanding | None:
    """A notice and what was answered to it."""
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    later = [one.statement for one in answers(view, statement, "NoticeSent") if one.statement.by == said.by]
    return NoticeStanding(
        id=statement,
        by=said.by,
        to=said.strings("to"),
        about=said.about,
        audience=said.string("audience"),
        hazard_class=said.string("hazard_class"),
        cities=said.strings("cities"),
        issued=said.issued,
        seen_at=seen.seen_at,
        answer_by=time_of(said, "answer_by"),
        expires=said.time("expires"),
        confirmed=said.yes_no("confirmed"),
        footprint=given(said, "footprint"),
        relays=given(said, "relays"),
        superseded_by=later[-1].id if later else None,
        answers=answered(view, statement),
        exercise=said.exercise,
    )


@remembered
def answered(view: View, statement: str) -> dict[str, Answer]:
    """What each body answered to a notice, report, instruction or cancelled warning, by body."""
    found: dict[str, dict[str, Said]] = {}
    for one in answers(view, statement, *ANSWERS):
        found.setdefault(one.statement.by, {}).setdefault(ANSWERS[one.statement.kind], view.said(one))
    return {by: Answer(**found[by]) for by in sorted(found)}


@remembered
def warning(view: View, statement: str) -> WarningStanding | None:
    """A public warning, as issued or as an update of another."""
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    later = [
        one.statement
        for one in answers(view, statement, "WarningUpdated", "WarningCancelled")
        if one.statement.by == said.by
    ]
    expires, successor = said.time("expires"), later[-1] if later else None
    replaced = view.seen(str(said.replies_to)) if entry(view, statement).linked else None
    updates = replaced is not None and said.kind == "WarningUpdated" and replaced.statement.by == said.by
    return WarningStanding(
        id=statement,
        by=said.by,
        about=said.about,
        level=said.string("level"),
        cities=own_cities(view, said)[0],
        hazard_class=said.string("hazard_class"),
        hazard=given(said, "hazard"),
        issued=said.issued,
        seen_at=seen.seen_at,
        onset=time_of(said, "onset"),
        expires=expires,
        status=_status(successor, over=view.has_come(expires)),
        successor=successor.id if successor else None,
        replaces=said.replies_to if updates else None,
        notice=given(said, "notice"),
        footprint=given(said, "footprint"),
        approval=given(said, "approval"),
        override=said.words("override") if said.has("override") else None,
        exercise=said.exercise,
    )


def _status(successor: Statement | None, *, over: bool) -> WarningStatus:
    if successor is not None:
        return "cancelled" if successor.kind == "WarningCancelled" else "updated"
    return "expired" if over else "active"


@remembered
def approval(view: View, statement: str) -> ApprovalStanding | None:
    """A request for approval and its first answers."""
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    given_, refused = (answers(view, statement, kind)[:1] for kind in ("ApprovalGiven", "ApprovalRefused"))
    return ApprovalStanding(
        id=statement,
        by=said.by,
        officer=said.officer,
        about=said.about,
        kind=said.string("kind"),
        draft=said.string("draft"),
        of=said.strings("of"),
        at=view.said(seen).at,
        answer_by=said.time("answer_by"),
        given=_first(view, given_),
        refused=_first(view, refused),
        exercise=said.exercise,
    )


def _first(view: View, found: Sequence[Seen]) -> Said | None:
    # A sealed answer names no draft, so it approves none.
    return next((view.said(one) for one in found if one.statement.body is not None), None)


@remembered
def field_report(view: View, statement: str) -> FieldReportStanding | None:
    """A report from the spot, and what speaks for and against it.

    Another report bears it out or speaks against it by naming it; a report of a body, by replying to it and
    saying that harm beyond the place is confirmed, or none; an opened incident, by replying to it.
    """
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    named = [one.statement for one in view.find("speaks_to", statement) if counts(view, one.statement.id)]
    replies = [one.statement for one in answers(view, statement, "RiskReported", "IncidentOpened")]
    harm = {
        one.id: given(one, "harm") for one in replies if one.kind == "RiskReported" and one.body is not None
    }
    supported = [one.id for one in named if statement in one.strings("supports")]
    supported += [
        one.id for one in replies if one.kind == "IncidentOpened" or harm.get(one.id) == "confirmed"
    ]
    against = [one.id for one in named if statement in one.strings("contradicts")]
    against += [one.id for one in replies if harm.get(one.id) == "none"]
    return FieldReportStanding(
        id=statement,
        by=said.by,
        about=said.about,
        what=said.words("what"),
        place=given(said, "place"),
        seen_at=said.time("seen_at"),
        at=view.said(seen).at,
        supported_by=tuple(supported),
        contradicted_by=tuple(against),
        confirmed=None if bool(supported) == bool(against) else bool(supported),
        exercise=said.exercise,
    )


@remembered
def watch(view: View, desk: str) -> WatchStanding | None:
    """Who is on watch at a desk; `desk` is the body, a space and the desk."""
    told = [one for one in view.find("watch", desk) if counts(view, one.statement.id)]
    if not told:
        return None
    last, said = told[-1], told[-1].statement
    handed_over = said.kind == "WatchHandedOver"
    officer = said.string("to") if handed_over else said.officer
    since = last
    for one in reversed(told):
        # The officer has been there since the first of the last run of own signs, or since it took over.
        if _on_watch(one.statement) != officer:
            break
        since = one
    return WatchStanding(
        body=said.by,
        desk=said.string("desk"),
        officer=officer,
        since=view.said(since).at,
        until=None if handed_over else time_of(said, "until"),
        next_sign=None if handed_over else time_of(said, "next_sign"),
        last_sign=view.said(last).at,
        statement=said.id,
    )


def _on_watch(said: Statement) -> str:
    return said.string("to") if said.kind == "WatchHandedOver" else said.officer
