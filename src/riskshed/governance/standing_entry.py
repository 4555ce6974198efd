"""What holds for a statement of any kind: who spoke, whether it was taken back, what it answers.

A statement that must not count is **set aside**: it stays, with a flag that says why, and it counts as soon
as the reason is gone (what it answers arrives, its body joins). A flag alone changes nothing.

A missing reference never takes away a message that people need. A notice, a report from the spot, a warning
or its update about an incident that nobody opened yet, or in answer to something not yet seen, is flagged and
stands. Only what has no meaning without the other (an answer, a level, a lead) waits.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from riskshed.governance.standing_view import View, effective, remembered
from riskshed.governance.subjects import BodyStanding, Flag, Seen
from riskshed.statement import Statement
from riskshed.vocabulary import ANY, KINDS

WHOLE_IN_ITSELF = frozenset(("WarningUpdated", "PlanAmended"))
"""Kinds that always answer, and yet say everything themselves."""

WAITS_FOR_INCIDENT = frozenset(
    (
        *("LevelSet", "ModeSwitched", "LeadAssigned", "AssistAssigned", "Escalated"),
        *("CommandTaken", "CommandReturned", "IncidentClosed"),
    )
)
"""Kinds that mean nothing while nobody knows what they are about."""

SPEAKS_WITHOUT_JOINING = frozenset(("BodyJoined", "BodyLeft", "StatementWithdrawn"))
_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Entry(NamedTuple):
    """What is flagged of a statement, whether it is set aside, and whether its answer is one."""

    flags: tuple[Flag, ...]
    aside: bool
    linked: bool


class Remarks:
    """The flags of one statement while they are collected."""

    def __init__(self, statement: str, flags: tuple[Flag, ...] = (), *, aside: bool = False) -> None:
        self.statement = statement
        self.flags = list(flags)
        self.aside = aside

    def add(self, code: str, what: str, *, aside: bool = True) -> None:
        """Flag it, and set it aside unless told otherwise."""
        self.flags.append(Flag(self.statement, code, what))
        self.aside = self.aside or aside


def is_id(subject: str) -> bool:
    """Whether this is the id of a statement, not a code."""
    return _ID.fullmatch(subject) is not None


# -------------------------------------------------------------------------------------------------- bodies


class Presence(NamedTuple):
    """The statements by which a body came, went and was vouched for, in order."""

    joined: tuple[Seen, ...]
    moves: tuple[Seen, ...]
    vouchers: tuple[str, ...]


@remembered
def presence(view: View, code: str) -> Presence:
    """How a body came and went. It speaks for itself when it comes; others who repeat it vouch for it.

    It leaves by its own word or that of its superior, from when that was seen: to be gone since long ago
    would undo what it said in between. In a drill actual words about a body stand before those of the drill.
    """
    told = [one for one in view.find("body", code) if not withdrawn(view, one.statement.id)]
    actual = [one for one in told if not one.statement.exercise]
    told = actual or told
    joined = [one for one in told if one.statement.kind == "BodyJoined" and one.statement.by == code]
    may_leave = {code, *(_superior(one.statement) for one in joined[-1:])}
    left = [one for one in told if one.statement.kind == "BodyLeft" and one.statement.by in may_leave]
    others = {one.statement.by for one in told if one.statement.kind == "BodyJoined"} - {code}
    moves = sorted([*joined, *left], key=lambda one: (_moved(one), one.statement.id))
    return Presence(tuple(joined), tuple(moves), tuple(sorted(others)))


def _moved(seen: Seen) -> datetime:
    return seen.seen_at if seen.statement.kind == "BodyLeft" else effective(seen)


def _superior(said: Statement) -> str | None:
    return said.string("superior") if said.has("superior") else None


def is_present(view: View, code: str, time: datetime) -> bool:
    """Whether a body that has joined had not left at a time. Words from before it joined count as well."""
    found: Presence = presence(view, code)
    before = [one for one in found.moves if _moved(one) <= time]
    return bool(found.joined) and (not before or before[-1].statement.kind == "BodyJoined")


@remembered
def body(view: View, code: str) -> BodyStanding | None:
    """A body on the record; None if it never joined."""
    found: Presence = presence(view, code)
    if not found.joined:
        return None
    last, said = found.moves[-1], found.joined[-1].statement
    gone = last if last.statement.kind == "BodyLeft" else None
    since = found.joined[0]
    for earlier, later in zip(found.moves, found.moves[1:], strict=False):
        if earlier.statement.kind == "BodyLeft" and later.statement.kind == "BodyJoined":
            since = later
    modes = [one for one in view.find("mode", code) if not entry(view, one.statement.id).aside]
    mode = next((one.statement.string("mode") for one in reversed(modes) if one.statement.body), None)
    return BodyStanding(
        code=code,
        name=said.words("name"),
        kind=said.string("kind"),
        superior=_superior(said),
        hazard_class=said.string("hazard_class") if said.has("hazard_class") else None,
        city=said.string("city") if said.has("city") else None,
        joined=since.statement.id,
        left=gone.seen_at if gone else None,
        vouched_by=found.vouchers,
        mode=mode,  # type: ignore[arg-type]
    )


# --------------------------------------------------------------------------------------------- withdrawals


@remembered
def withdrawn(view: View, statement: str) -> bool:
    """Whether the body that said it took it back.

    What others rely on is not taken back: a text that all have signed and a signature under it (they end as
    the agreement says, by `AgreementEnded`), an acceptance once the joint plan is adopted, help once it had
    to leave, an accepted bill, an action once its first task was due. Nor is a withdrawal itself: then the
    thing is said again.
    """
    seen = view.seen(statement)
    if seen is None or seen.statement.kind == "StatementWithdrawn":
        return False
    own = [
        one.seen_at
        for one in view.find("withdraws", statement)
        if one.statement.by == seen.statement.by and one.statement.exercise == seen.statement.exercise
    ]
    binds_from = _binds_from(view, seen.statement) if own else None
    # By sight, not by claim: a withdrawal that is dated back would undo what others relied on.
    return bool(own) and (binds_from is None or min(own) < binds_from)


def _binds_from(view: View, said: Statement) -> datetime | None:
    """From when on others rely on it, so that it can no longer be taken back; None if it always can."""
    if said.kind in ("AgreementProposed", "AgreementSigned"):
        return signed_by_all(view, said.id if said.kind == "AgreementProposed" else str(said.replies_to))
    if said.kind == "PlanAccepted":
        told = [
            one for one in view.find("reply", str(said.replies_to)) if one.statement.kind == "PlanAdopted"
        ]
        return min((one.seen_at for one in told), default=None)
    if said.kind == "AidCommitted" and said.body is not None:
        return said.time("leaves_by")
    if said.kind == "MatchAccepted":
        return _arrives_by(view, str(said.replies_to))
    if said.kind == "ActionPlanned" and said.body is not None:
        due = (datetime.fromisoformat(task["due"]) for task in said.records("tasks") if "due" in task)
        return min(due, default=None)
    return said.issued if said.kind == "SettlementAccepted" else None


def _arrives_by(view: View, match: str) -> datetime | None:
    seen = view.seen(match)
    said = None if seen is None or seen.statement.body is None else seen.statement
    return said.time("arrives_by") if said is not None and said.has("arrives_by") else None


@remembered
def signed_by_all(view: View, text: str) -> datetime | None:
    """When the last member signed exactly this text, whatever was taken back since; None if some have not."""
    proposed = view.seen(text)
    if proposed is None or proposed.statement.kind != "AgreementProposed" or proposed.statement.body is None:
        return None
    signed: dict[str, datetime] = {}
    for one in view.find("reply", text):
        if signs(one.statement, proposed.statement):
            signed.setdefault(one.statement.by, effective(one))
    times = [signed.get(member) for member in proposed.statement.strings("members")]
    last = [time for time in times if time is not None]
    return max(last) if len(last) == len(times) else None


def signs(said: Statement, text: Statement) -> bool:
    """Whether it is a signature of a member under exactly this text."""
    if said.kind != "AgreementSigned" or said.body is None or said.exercise != text.exercise:
        return False
    same = said.string("text_digest") == text.record("text")["digest"]
    return same and said.by in text.strings("members")


# ------------------------------------------------------------------------------------- a statement as such


@remembered
def entry(view: View, statement: str) -> Entry:
    """What holds for a statement of any kind."""
    seen = view.seen(statement)
    assert seen is not None, "a rule asks about statements that are at hand"
    remarks, said = Remarks(statement), seen.statement
    _check_clock(view, seen, remarks)
    if withdrawn(view, statement):
        remarks.add("withdrawn", f"{said.by} took it back")
    if said.kind not in SPEAKS_WITHOUT_JOINING and not is_present(view, said.by, view.said(seen).at):
        remarks.add("body.unknown", f"{said.by} is not on the record at that time")
    linked = said.replies_to is None or _check_answer(view, said, remarks)
    _check_about(view, said, remarks)
    return Entry(tuple(remarks.flags), remarks.aside, linked and said.replies_to is not None)


def _check_clock(view: View, seen: Seen, remarks: Remarks) -> None:
    ahead = seen.statement.issued - seen.seen_at
    if ahead > view.clock_tolerance:
        remarks.add("clock.ahead", f"issued {ahead} after it was seen", aside=False)
    if -ahead > view.late_after:
        remarks.add("clock.behind", f"issued {-ahead} before it was seen", aside=False)


def _check_answer(view: View, said: Statement, remarks: Remarks) -> bool:
    """Whether what it answers is there, and may be answered so."""
    assert said.replies_to is not None
    kind, target = KINDS[said.kind], view.seen(said.replies_to)
    waits = kind.must_answer and said.kind not in WHOLE_IN_ITSELF
    if target is None:
        remarks.add("reply.missing", "what it answers has not been seen", aside=waits)
    elif target.statement.exercise != said.exercise:
        remarks.add("exercise.mixed", "a drill and the actual do not answer each other", aside=waits)
    elif ANY not in kind.answers and target.statement.kind not in kind.answers:
        got = f"{said.kind} does not answer {target.statement.kind}"
        remarks.add("reply.wrong_kind", got, aside=waits)
    else:
        return True
    return False


def _check_about(view: View, said: Statement, remarks: Remarks) -> None:
    if said.about is None or said.kind == "IncidentOpened":
        return
    if is_id(said.about):
        target = view.seen(said.about)
        known = target is not None and target.statement.exercise == said.exercise
    else:
        known = any(view.find(noun, said.about) for noun in ("agreement", "source"))
        known = known or bool(opened(view, said.about))
    if not known:
        waits = said.kind in WAITS_FOR_INCIDENT
        remarks.add("incident.unknown", f"nothing was opened as {said.about[:80]}", aside=waits)


@remembered
def opened(view: View, code: str) -> tuple[str, ...]:
    """The statements that opened an incident under this code, in order, those that count."""
    found = (one.statement.id for one in view.find("incident", code))
    return tuple(one for one in found if not entry(view, one).aside)
