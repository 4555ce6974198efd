"""A request for approval as a row: what it is about, whom it waits for, and where it stands now.

A request that nobody answers climbs by itself, so what is shown is the whole climb: who was asked first, who
was asked when that time had run out, and who is next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import approval
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import ApprovalStanding
from riskshed.web import addresses, warning_draft, wording
from riskshed.web.current import node
from riskshed.web.people import Actor
from riskshed.web.wording import say


@dataclass(frozen=True, slots=True)
class StepRow:
    """One request of a climb."""

    id: str
    url: str
    of: str
    at: datetime
    answer_by: datetime
    glyph: str
    words: str
    reason: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """A request as it stands now; `steps` are all requests for the same draft, in the order of the climb."""

    id: str
    url: str
    by: str
    officer: str
    kind: str
    summary: Mapping[str, str] | None
    about: str
    answer_by: datetime
    glyph: str
    words: str
    is_open: bool
    is_stalled: bool
    next_step: str
    steps: tuple[StepRow, ...]


def row(standing: Standing, one: ApprovalStanding, now: datetime) -> ApprovalRow:
    """The row of a request."""
    said = standing.statements[one.id].statement
    steps = warning_draft.chain(standing, one.by, one.draft)
    is_open = not any(step.given or step.refused for step in steps)
    glyph, told = _state(one, steps, now)
    return ApprovalRow(
        id=one.id,
        url=addresses.approval(one.id),
        by=one.by,
        officer=one.officer,
        kind=one.kind,
        summary=said.words("summary") if said.has("summary") else None,
        about=one.about or "",
        answer_by=one.answer_by,
        glyph=glyph,
        words=told,
        is_open=is_open,
        is_stalled=is_open and now >= steps[-1].answer_by and not _next(standing, steps),
        next_step=_next(standing, steps) if is_open else "",
        steps=tuple(_step(standing, step, now) for step in steps),
    )


def is_asked(one: ApprovalStanding, actor: Actor) -> bool:
    """Whether this one was asked: his body, or he himself at the body that asks."""
    return one.asks(actor.body, actor.officer)


def _next(standing: Standing, steps: list[ApprovalStanding]) -> str:
    """Who is asked next if nobody answers; empty if nobody is left."""
    asked = {body for step in steps for body in step.of}
    above = approval.steps(standing, steps[-1], node().regime().terms, node().territory)
    return next((body for body in above if body not in asked), "")


def _state(one: ApprovalStanding, steps: list[ApprovalStanding], now: datetime) -> tuple[str, str]:
    """How it stands, whichever of the requests for this draft was answered."""
    if any(step.refused for step in steps):
        return "met", say("已否决", "refused")
    if any(step.given for step in steps):
        return "met", say("已同意", "approved")
    last = steps[-1]
    if last.id != one.id:
        asked = named(last)
        return "open", say(f"已逐级提请，现由{asked}审批", f"has climbed; now with {asked}")
    return _clock(one, now)


def _clock(one: ApprovalStanding, now: datetime) -> tuple[str, str]:
    length = wording.span(one.answer_by - now)
    if now < one.answer_by:
        return "open", say(f"还有 {length}", f"{length} left")
    return "breached", say(f"逾期 {length}", f"overdue by {length}")


def _step(standing: Standing, one: ApprovalStanding, now: datetime) -> StepRow:
    reason = None
    if one.refused is not None:
        glyph, told = "met", say("否决", "refused")
        refusal = standing.statements[one.refused.id].statement
        reason = refusal.words("reason") if refusal.body is not None else None
    elif one.given is not None:
        glyph, told = "met", say("同意", "approved")
    else:
        glyph, told = _clock(one, now)
    return StepRow(one.id, addresses.approval(one.id), named(one), one.at, one.answer_by, glyph, told, reason)


def named(one: ApprovalStanding) -> str:
    """Those who were asked, in words: bodies by name, officers by their number."""
    return say("、", ", ").join(wording.name_of(code) for code in one.of)
