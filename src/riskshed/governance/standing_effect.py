"""Whether a statement counts, given all others: what only some kinds must keep to.

To what holds for any statement (`standing_entry`) come the rules of single kinds: who may answer, in whose
area a warning may be issued, who may speak under an agreement. Each refusal is a flag with a code:

    area.not_own          a warning names cities outside the body's own area; it holds for its own
    agreement.outside     a body acts under an agreement that does not name it (or as its adjudicator)
    agreement.other_text  a signature under another text than the one it answers
    reply.not_addressed   an answer by a body that was not asked
    reply.own_word        a body confirms its own act, which is for the other side to confirm
    approval.other_draft  an approval of another draft than the one that was laid before it
    approval.same_officer an approval by the officer who asked for it
    warning.cancel_not_own, body.not_its_own, withdrawal.not_own, withdrawal.final, command.not_own
    task.not_given        a task reported done that was not given to that body
    plan.not_accepted     a plan adopted before all have accepted, with no superior that decided
    market.*              of needs, offers and matches: `standing_market`
    party.*               who says who a party is: `standing_parties`
    question.*, rating.*  what is said of a question out of its turn (`standing_questions`)
    action.not_own        a revision of an action that another body planned
    action.owner_unbound  a task of an action under the name of a body that it does not bind; it is no duty
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from riskshed.governance import standing_market as market
from riskshed.governance import standing_parties as parties
from riskshed.governance.standing_actions import bound_tasks, is_bound
from riskshed.governance.standing_agreements import in_force, names, naming, text
from riskshed.governance.standing_entry import Entry, Remarks, body, entry, presence, withdrawn
from riskshed.governance.standing_questions import course
from riskshed.governance.standing_view import View, effective, remembered
from riskshed.governance.subjects import Seen, is_asked
from riskshed.statement import Statement
from riskshed.statement_record import Body

Check = Callable[[View, Seen, Statement | None, Remarks], None]

UNDER_AGREEMENT = frozenset(
    (
        *("LeadAssigned", "AssistAssigned", "MeetingHeld", "AnnualPlanAdopted", "GoalsDeclared"),
        *("FundContributed", "AppraisalFiled", "Escalated", "ModeSwitched"),
    )
)
"""Kinds that only a body of the agreement may say, if an agreement is what they are about."""

TASKS_IN = {
    "LeadAssigned": "tasks",
    "AssistAssigned": "tasks",
    "InstructionGiven": "tasks",
    "AnnualPlanAdopted": "tasks",
    "MeetingHeld": "decisions",
    "FindingUpheld": "follows",
    "ActionPlanned": "tasks",
}
"""The kinds that give tasks, and the field in which they stand."""


@remembered
def effect(view: View, statement: str) -> Entry:
    """The flags of a statement, and whether it is set aside."""
    told = entry(view, statement)
    seen = view.seen(statement)
    assert seen is not None, "a rule asks about statements that are at hand"
    said, remarks = seen.statement, Remarks(statement, told.flags, aside=told.aside)
    target = view.seen(said.replies_to) if told.linked and said.replies_to else None
    check = CHECKS.get(said.kind)
    if check is not None:
        check(view, seen, target.statement if target else None, remarks)
    if said.kind in UNDER_AGREEMENT:
        _check_under_agreement(view, seen, remarks)
    return Entry(tuple(remarks.flags), remarks.aside, told.linked)


def counts(view: View, statement: str) -> bool:
    """Whether a statement that is at hand is not set aside."""
    return not effect(view, statement).aside


def answers(view: View, statement: str, *kinds: str) -> tuple[Seen, ...]:
    """The answers of these kinds that count, in order."""
    found = (one for one in view.find("reply", statement) if one.statement.kind in kinds)
    return tuple(
        one for one in found if effect(view, one.statement.id).linked and counts(view, one.statement.id)
    )


def votes(view: View, plan: str) -> Mapping[str, Seen]:
    """What each member said last to a joint plan: accepted or rejected."""
    said = {one.statement.by: one for one in answers(view, plan, "PlanAccepted", "PlanRejected")}
    return dict(sorted(said.items()))


# ------------------------------------------------------------------------------------------- single kinds


def _addressed(target: Statement) -> tuple[str, ...] | None:
    """Who was asked; None if that is open or unknown."""
    if target.body is None:
        return target.recipients
    if target.kind in ("NoticeSent", "RiskReported", "InstructionGiven"):
        return target.strings("to")
    if target.kind in ("PlanProposed", "PlanAmended"):
        return target.strings("members")
    if target.kind in ("FindingMade",):
        return (target.string("of"),)
    if target.kind == "SettlementDrawn":
        return tuple(share["body"] for share in target.records("shares"))
    return None


def _check_addressed(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    asked = None if target is None else _addressed(target)
    if asked is not None and seen.statement.by not in asked:
        remarks.add("reply.not_addressed", f"{seen.statement.by} was not asked")


def _check_own_warning(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    if target is not None and target.by != seen.statement.by:
        # An update is a whole warning: it stands, but takes nothing from the other body's.
        aside = seen.statement.kind == "WarningCancelled"
        remarks.add("warning.cancel_not_own", f"the warning is of {target.by}", aside=aside)


def _check_area(view: View, seen: Seen, _: Statement | None, remarks: Remarks) -> None:
    if seen.statement.body is None:
        return
    own, foreign = own_cities(view, seen.statement)
    if foreign:
        what = f"{', '.join(foreign[:20])} not in the area of {seen.statement.by}"
        remarks.add("area.not_own", what, aside=not own)


def _check_updated(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    _check_own_warning(view, seen, target, remarks)
    _check_area(view, seen, target, remarks)


def own_cities(view: View, said: Statement) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The cities of a message that lie in the area of the body, and those that do not.

    All are taken as its own where nobody can tell what its area is.
    """
    cities, home = said.strings("cities"), _home(view, said.by)
    territory = view.territory
    if territory is None or home is None:
        return cities, ()
    inside = tuple(city for city in cities if territory.contains(home, city))
    return inside, tuple(city for city in cities if city not in inside)


def _home(view: View, code: str) -> str | None:
    """The territory of a body: its own code, its city, or that of the nearest superior with one."""
    passed: set[str] = set()
    at: str | None = code
    while view.territory is not None and at is not None and at not in passed:
        if view.territory.knows(at):
            return at
        passed.add(at)
        known = body(view, at)
        if known is not None and known.city is not None:
            return known.city
        at = known.superior if known is not None else None
    return None


def _check_signed(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    said = seen.statement
    if target is None or target.body is None or said.body is None:
        return
    if said.by not in target.strings("members"):
        remarks.add("agreement.outside", f"{said.by} is no member of this text")
    elif said.string("text_digest") != target.record("text")["digest"]:
        remarks.add("agreement.other_text", "it was put under another text")


def _check_ended(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    if target is not None and target.body is not None and not names(target, seen.statement.by):
        remarks.add("agreement.outside", f"{seen.statement.by} is not named in it")


def _check_under_agreement(view: View, seen: Seen, remarks: Remarks) -> None:
    said = seen.statement
    found = [text(view, one) for one in naming(view, said.about)] if said.about else []
    if not found or view.find("incident", str(said.about)):
        return
    held = [one for one in found if one is not None and in_force(view, one.id, effective(seen))]
    if not any(names(one, said.by) for one in held):
        remarks.add("agreement.outside", f"no text in force of {said.about} names {said.by}")


def _check_decided(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    """A finding is decided by the adjudicator of an agreement that binds whose finding it is."""
    if target is None or target.body is None:
        return
    of, about = target.string("of"), target.about
    for one in view.find("kind", "AgreementProposed"):
        held = text(view, one.statement.id)
        if held is None or not held.has("adjudicator") or not in_force(view, held.id, effective(seen)):
            continue
        other = about is not None and naming(view, about) and held.string("agreement") != about
        if not other and of in held.strings("members") and held.string("adjudicator") == seen.statement.by:
            return
    remarks.add("agreement.outside", f"{seen.statement.by} is named in no agreement to decide on {of}")


def _check_approval(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    said = seen.statement
    if target is None or target.body is None:
        return
    if said.body is not None and said.string("draft") != target.string("draft"):
        remarks.add("approval.other_draft", "the request was for another draft")
    if not is_asked(target.strings("of"), target.by, said.by, said.officer):
        remarks.add("reply.not_addressed", f"{said.officer} of {said.by} was not asked")
    if (said.by, said.officer) == (target.by, target.officer):
        remarks.add("approval.same_officer", f"{said.officer} asked for it as well")


def _check_withdrawal(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    if target is None:
        return
    if target.by != seen.statement.by:
        remarks.add("withdrawal.not_own", f"the words are of {target.by}")
    elif target.kind == "StatementWithdrawn":
        remarks.add("withdrawal.final", "what was taken back is said again, not taken back again")


def _check_bound(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    _check_withdrawal(view, seen, target, remarks)
    if target is not None and not remarks.aside and not withdrawn(view, target.id):
        remarks.add("withdrawal.bound", "others rely on it: it is too late to take it back")


def _check_left(view: View, seen: Seen, _: Statement | None, remarks: Remarks) -> None:
    said = seen.statement
    if said.body is None or remarks.aside:
        return
    moves = presence(view, said.string("body")).moves
    if not any(one.statement.id == said.id for one in moves):
        remarks.add("body.not_its_own", f"{said.by} may not say so of {said.string('body')}")


def _check_returned(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    if target is not None and target.by != seen.statement.by:
        remarks.add("command.not_own", f"command was taken by {target.by}")


def _check_own_word(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    if target is not None and target.by == seen.statement.by:
        remarks.add("reply.own_word", "that is for the other side to confirm")


def _check_same_body(_: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    if target is not None and target.kind == "AidCommitted" and target.by != seen.statement.by:
        remarks.add("reply.not_addressed", f"the help was promised by {target.by}")


def _check_task(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    said = seen.statement
    if target is None or target.kind == "RiskReported" or said.body is None:
        return
    given = {(task["task"], task["owner"]) for task in tasks_given(view, target)}
    if (said.string("task"), said.by) not in given:
        remarks.add("task.not_given", f"{said.string('task')} was not given to {said.by} there")


def tasks_given(view: View, said: Statement) -> tuple[Body, ...]:
    """The tasks that a statement gives; a plan gives its own when it is adopted."""
    if said.kind == "PlanAdopted":
        plan = view.seen(str(said.replies_to))
        known = plan is not None and plan.statement.kind in ("PlanProposed", "PlanAmended")
        return plan.statement.records("treatments") if known and plan and plan.statement.body else ()
    field = TASKS_IN.get(said.kind)
    if field is None or said.body is None:
        return ()
    seen = view.seen(said.id) if said.kind == "ActionPlanned" else None
    return said.records(field) if seen is None else bound_tasks(view, seen)


def _check_adopted(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    said = seen.statement
    if target is None or target.body is None:
        return
    decided = said.string("decided_by") if said.body is not None and said.has("decided_by") else None
    accepted = (by for by, one in votes(view, target.id).items() if one.statement.kind == "PlanAccepted")
    open_members = set(target.strings("members")).difference(accepted)
    if decided is not None and decided != said.by:
        remarks.add("plan.not_accepted", f"it is for {decided} to say what it decided")
    elif decided is None and open_members:
        remarks.add("plan.not_accepted", f"{', '.join(sorted(open_members)[:20])} did not accept")


def _check_action(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    said = seen.statement
    if target is not None and target.by != said.by:
        remarks.add("action.not_own", f"the action was planned by {target.by}")
    owners = dict.fromkeys(task["owner"] for task in said.records("tasks")) if said.body is not None else ()
    for owner in owners:
        if not is_bound(view, seen, owner):
            remarks.add("action.owner_unbound", f"{said.by} may give {owner} no task", aside=False)


def _check_course(view: View, seen: Seen, target: Statement | None, remarks: Remarks) -> None:
    """What is said of a question counts by its place in the whole way of the question."""
    if target is None:
        return
    question = target.replies_to if target.kind == "QuestionAnswered" else target.id
    refusal = course(view, str(question)).refused.get(seen.statement.id)
    if refusal is not None:
        remarks.add(*refusal)


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(("NoticeAcknowledged", "NoticeAdopted", "NoticeDeclined"), _check_addressed),
    **dict.fromkeys(("PlanAccepted", "PlanRejected", "SettlementAccepted"), _check_addressed),
    **dict.fromkeys(("SettlementDisputed", "ReplyFiled"), _check_addressed),
    "WarningIssued": _check_area,
    "WarningUpdated": _check_updated,
    "WarningCancelled": _check_own_warning,
    "AgreementSigned": _check_signed,
    "AgreementEnded": _check_ended,
    **dict.fromkeys(("FindingUpheld", "FindingDismissed"), _check_decided),
    **dict.fromkeys(("ApprovalGiven", "ApprovalRefused"), _check_approval),
    "StatementWithdrawn": _check_bound,
    "BodyLeft": _check_left,
    "CommandReturned": _check_returned,
    "AidReceived": _check_own_word,
    "AidDispatched": _check_same_body,
    "TaskCompleted": _check_task,
    **dict.fromkeys(("NeedStated", "OfferMade"), market.check_row),
    "MatchProposed": market.check_proposed,
    "MatchRefused": market.check_refused,
    "MatchAccepted": market.check_accepted,
    "SupplyReceived": market.check_received,
    "PlanAdopted": _check_adopted,
    **dict.fromkeys(("QuestionRouted", "QuestionAnswered", "AnswerRated"), _check_course),
    "QuestionEscalated": _check_course,
    "ActionPlanned": _check_action,
    "PartyVerified": parties.check,
}
"""What single kinds must keep to, beyond what holds for all."""
