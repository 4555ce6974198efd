"""Warnings and notices: what was told, and the answers to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import BaseModel, ConfigDict, Field

from riskshed.desk import Desk
from riskshed.errors import NotFoundError
from riskshed.governance import notice_answer
from riskshed.governance.message import drill
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Answer, NoticeStanding, WarningStanding
from riskshed.web import access
from riskshed.web.api import acts, listing
from riskshed.web.api.shapes import Done, Id, Level
from riskshed.web.api.shapes_standing import (
    NoticePage,
    NoticeShape,
    WarningPage,
    WarningShape,
    WarningStep,
)
from riskshed.web.current import node
from riskshed.web.gate import Routes
from riskshed.web.people import Actor, acting

WORDS_MAX = 4_000
routes = Routes("telling")
Line = Annotated[str, Field(min_length=1, max_length=WORDS_MAX)]
Name = Annotated[str | None, Query(max_length=128)]


class Given(BaseModel):
    """Something that is sent to us: what it has not, it must not have."""

    model_config = ConfigDict(extra="forbid")


class GivenWords(Given):
    """Text in Chinese, in English, or in both."""

    zh: Line | None = None
    en: Line | None = None

    def words(self) -> dict[str, str]:
        """By language, without what was not written."""
        told = {"zh": self.zh, "en": self.en}
        return {language: text for language, text in told.items() if text is not None}


def standing_of(request: HttpRequest, exercise: bool | None) -> Standing:
    """How things stand: of drills or in earnest, as it was asked, else as the one who asks works."""
    return node().standing(exercise=acting(request).exercise if exercise is None else exercise)


def words_of(standing: Standing, statement: str, *names: str) -> dict[str, dict[str, str] | None]:
    """The words of a statement by field; None for what it does not say, or keeps sealed."""
    said = standing.statements[statement].statement
    body = said.body or {}
    return {name: dict(body[name]) if name in body else None for name in names}


# ------------------------------------------------------------------------------------------------ warnings


@routes.get("/warnings", "warning.see", WarningPage)
def list_warnings(
    request: HttpRequest,
    city: Name = None,
    level: Level | None = None,
    status: Annotated[
        Literal["active", "updated", "cancelled", "expired", "any"],
        Query(description="`active`: those that hold now."),
    ] = "active",
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """The warnings that hold now, or those of another status."""
    standing = standing_of(request, exercise)
    found = (
        one
        for one in standing.warnings.values()
        if status in ("any", one.status)
        and (city is None or city in one.cities)
        and (level is None or level == one.level)
    )
    return listing.page(
        found,
        lambda one: (listing.moment(one.issued), one.id),
        lambda one: _warning(standing, one),
        name="warnings",
        limit=limit,
        after=after,
        newest_first=True,
    )


@routes.get("/warnings/{warning}", "warning.see", WarningShape)
def get_warning(request: HttpRequest, warning: Id) -> dict[str, Any]:
    """One warning, in earnest or of a drill."""
    del request
    standing, held = held_warning(warning)
    return _warning(standing, held)


@routes.get("/warnings/{warning}/history", "warning.see", list[WarningStep])
def get_warning_history(request: HttpRequest, warning: Id) -> list[dict[str, Any]]:
    """How it went on: issued, updated, cancelled, in the order of time."""
    del request
    standing, held = held_warning(warning)
    chain = _chain(standing, held)
    steps = [standing.statements[one].statement for one in chain]
    steps += [
        seen.statement
        for seen in standing.statements.values()
        if seen.statement.kind == "WarningCancelled" and seen.statement.replies_to in chain
    ]
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "by": one.by,
            "issued": one.issued,
            "level": (one.body or {}).get("level"),
            **words_of(standing, one.id, "headline"),
        }
        for one in steps
    ]


def _chain(standing: Standing, held: WarningStanding) -> list[str]:
    """The ids of a warning and of those before and after it, in order."""
    chain, at = [held.id], held
    while at.replaces is not None and at.replaces in standing.warnings and at.replaces not in chain:
        at = standing.warnings[at.replaces]
        chain.insert(0, at.id)
    at = held
    while at.successor is not None and at.successor in standing.warnings and at.successor not in chain:
        at = standing.warnings[at.successor]
        chain.append(at.id)
    return chain


def held_warning(identity: str) -> tuple[Standing, WarningStanding]:
    """A warning, and the standing in which it is. Raises NotFoundError."""
    for exercise in (False, True):
        standing = node().standing(exercise=exercise)
        if identity in standing.warnings:
            return standing, standing.warnings[identity]
    raise NotFoundError("warning.unknown", f"there is no warning {identity[:12]} on this record")


_WARNING = ("id", "by", "status", "level", "cities", "hazard_class", "hazard", "about", "issued", "seen_at",
            "onset", "expires", "replaces", "successor", "notice", "footprint", "exercise")  # fmt: skip


def _warning(standing: Standing, held: WarningStanding) -> dict[str, Any]:
    facts = listing.picked(held, _WARNING)
    return facts | words_of(standing, held.id, "headline", "description", "instruction")


class CancelGiven(Given):
    """Why a warning is taken back."""

    cause: Literal["all_clear", "error"]
    reason: GivenWords | None = Field(None, description="Without it, prepared words are said.")


@routes.post("/warnings/{warning}/cancel", "warning.cancel", Done)
def cancel_warning(
    request: HttpRequest, warning: Id, given: CancelGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Take back a warning of your body, because the danger is over or because it was an error."""
    actor = acting(request)
    held = node().standing(exercise=actor.exercise).warnings.get(warning)
    if held is None:
        raise NotFoundError("warning.unknown", f"there is no warning {warning[:12]} here")
    access.check(request, "warning.cancel", body=held.by)

    def act(_: acts.Again) -> dict[str, Any]:
        desk = actor.desk()
        before = _cancelled(desk.standing(), warning)
        if before is not None:
            return acts.done(before, new=False)
        reason = None if given.reason is None else given.reason.words() or None
        return acts.done(desk.cancel_warning(warning, given.cause, _told(desk, reason)), new=True)

    return acts.once(request, idempotency_key, act)


def _cancelled(standing: Standing, warning: str) -> str | None:
    """The statement that took a warning back; None if none did."""
    found = (seen.statement for seen in standing.statements.values())
    return next(
        (one.id for one in found if one.kind == "WarningCancelled" and one.replies_to == warning), None
    )


def _told(desk: Desk, reason: dict[str, str] | None) -> Any:
    """What is said in a drill says so."""
    return drill(reason) if desk.exercise and reason else reason


# ------------------------------------------------------------------------------------------------- notices


@routes.get("/notices", "notice.see", NoticePage)
def list_notices(
    request: HttpRequest,
    view: Annotated[
        Literal["to", "by", "all"], Query(description="To your body, by it, or all of the record.")
    ] = "to",
    about: Name = None,
    exercise: listing.Drill = None,
    limit: listing.Limit = listing.LIMIT,
    after: listing.After = None,
) -> dict[str, Any]:
    """The notices to your body, by it, or of all."""
    standing, mine = standing_of(request, exercise), acting(request).body
    found = (
        one
        for one in standing.notices.values()
        if (view == "all" or (mine in one.to if view == "to" else mine == one.by))
        and (about is None or about == one.about)
    )
    return listing.page(
        found,
        lambda one: (listing.moment(one.issued), one.id),
        lambda one: _notice(standing, one),
        name="notices",
        limit=limit,
        after=after,
        newest_first=True,
    )


@routes.get("/notices/{notice}", "notice.see", NoticeShape)
def get_notice(request: HttpRequest, notice: Id) -> dict[str, Any]:
    """One notice, in earnest or of a drill."""
    del request
    for exercise in (False, True):
        standing = node().standing(exercise=exercise)
        if notice in standing.notices:
            return _notice(standing, standing.notices[notice])
    raise NotFoundError("notice.unknown", f"there is no notice {notice[:12]} on this record")


_NOTICE = ("id", "by", "to", "about", "audience", "hazard_class", "cities", "issued", "seen_at", "answer_by",
           "expires", "confirmed", "footprint", "relays", "superseded_by", "exercise")  # fmt: skip


def _notice(standing: Standing, held: NoticeStanding) -> dict[str, Any]:
    facts = listing.picked(held, _NOTICE)
    answers = {body: held.answers.get(body, Answer()) for body in held.to}
    return {
        **facts,
        **words_of(standing, held.id, "headline", "description", "instruction"),
        "answers": answers,
    }


class AcknowledgeGiven(Given):
    """A note with the acknowledgement; there need not be one."""

    note: GivenWords | None = None


class AdoptGiven(Given):
    """How a notice was adopted."""

    warning: Id | None = Field(None, description="The warning of your body that was issued for it.")


class DeclineGiven(Given):
    """Why a notice is declined; the other side sees it."""

    reason: GivenWords


@routes.post("/notices/{notice}/acknowledge", "notice.answer", Done)
def acknowledge_notice(
    request: HttpRequest, notice: Id, given: AcknowledgeGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Say that a notice to your body has come, and no more. Send `{}` if there is nothing to add."""
    note = None if given.note is None else given.note.words() or None
    return _answer(
        request,
        notice,
        idempotency_key,
        lambda answer: answer.acknowledged,
        lambda desk: desk.acknowledge(notice, note=_told(desk, note)),
    )


@routes.post("/notices/{notice}/adopt", "notice.answer", Done)
def adopt_notice(
    request: HttpRequest, notice: Id, given: AdoptGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Make a notice to your body its own."""
    return _answer(
        request,
        notice,
        idempotency_key,
        lambda answer: answer.adopted,
        lambda desk: desk.adopt(notice, warning=given.warning),
    )


@routes.post("/notices/{notice}/decline", "notice.answer", Done)
def decline_notice(
    request: HttpRequest, notice: Id, given: DeclineGiven, idempotency_key: acts.Key = None
) -> Status[Any]:
    """Say that your body will not act on a notice, and why."""
    return _answer(
        request,
        notice,
        idempotency_key,
        lambda answer: answer.declined,
        lambda desk: desk.decline(notice, _told(desk, given.reason.words()) or {}),
    )


def _answer(
    request: HttpRequest,
    notice: str,
    key: str | None,
    before: Callable[[Answer], Any],
    say: Callable[[Desk], str],
) -> Status[Any]:
    """Answer a notice, unless the body has answered so before."""
    actor: Actor = acting(request)
    held = node().standing(exercise=actor.exercise).notices.get(notice)
    if held is None:
        raise NotFoundError("notice.unknown", f"there is no notice {notice[:12]} here")
    access.check(request, "notice.answer", body=actor.body if actor.body in held.to else "")

    def act(_: acts.Again) -> dict[str, Any]:
        desk = actor.desk()
        asked = notice_answer.asked_of(desk.standing(), notice, desk.body)
        known = before(asked.answers.get(desk.body, Answer()))
        return acts.done(known.id, new=False) if known else acts.done(say(desk), new=True)

    return acts.once(request, key, act)
