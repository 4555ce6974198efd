"""What bodies bound themselves to, and what came of it: tasks, help, signatures, plans and payments.

A promise is **kept** when the other side, or else its own act, shows it done in time; **late** when that
shows it done after it was due; **broken** when it is due and nothing shows it; **released** when those to
whom it was given no longer need it; **open** otherwise. A promise without a date is never broken by time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from riskshed.governance.standing_agreements import agreement
from riskshed.governance.standing_effect import answers, counts, tasks_given, votes
from riskshed.governance.standing_entry import entry
from riskshed.governance.standing_incidents import given
from riskshed.governance.standing_market import promised
from riskshed.governance.standing_notices import readable
from riskshed.governance.standing_view import View, remembered
from riskshed.governance.subjects import (
    JointPlanStanding,
    PlanStatus,
    PromiseStanding,
    PromiseStatus,
    Seen,
    TaskStanding,
)
from riskshed.statement_record import Body

Times = Sequence[tuple[str, datetime]]


def key(statement: str, part: str) -> str:
    """The key of one of several things in a statement; a space stands in no id and in no code."""
    return f"{statement} {part}" if part else statement


def key_of_task(task: TaskStanding) -> str:
    """The key of a task."""
    return key(task.given_by, task.task)


def key_of_promise(promise: PromiseStanding) -> str:
    """The key of a promise."""
    return key(promise.id, promise.part)


# --------------------------------------------------------------------------------------------------- tasks


@remembered
def tasks(view: View, statement: str) -> tuple[TaskStanding, ...]:
    """The tasks that a statement gave, each with how far it is."""
    seen = view.seen(statement)
    if seen is None or not counts(view, statement):
        return ()
    said = seen.statement
    told = [one for one in answers(view, statement, "TaskCompleted") if one.statement.body is not None]
    # A list holds each value once, but a code may come twice: then the first one is the task.
    given_tasks = {task["task"]: task for task in reversed(tasks_given(view, said))}
    found = tuple(_task(statement, said.about, given_tasks[code], told) for code in sorted(given_tasks))
    revised = _revised_at(view, statement) if said.kind == "ActionPlanned" else None
    return found if revised is None else tuple(one for one in found if _stays(one, revised))


def _revised_at(view: View, statement: str) -> datetime | None:
    """When its own body first put another plan in the place of an action, by sight; None if it did not."""
    return min((one.seen_at for one in answers(view, statement, "ActionPlanned")), default=None)


def _stays(task: TaskStanding, revised: datetime) -> bool:
    """Whether a task stands though its action was revised: what was done or due before stays as it was."""
    due = task.due is not None and task.due <= revised
    return due or (task.done_at is not None and task.done_at <= revised)


def _task(statement: str, about: str | None, task: Body, told: Sequence[Seen]) -> TaskStanding:
    own = [
        one.statement
        for one in told
        if one.statement.string("task") == task["task"] and one.statement.by == task["owner"]
    ]
    whole = [said.time("done_at") for said in own if said.decimal("share") == Decimal(1)]
    return TaskStanding(
        task=task["task"],
        owner=task["owner"],
        given_by=statement,
        about=about,
        what=task["what"],
        due=datetime.fromisoformat(task["due"]) if "due" in task else None,
        share=own[-1].decimal("share") if own else None,
        done=tuple(said.id for said in own),
        done_at=min(whole, default=None),
    )


# ------------------------------------------------------------------------------------------------ promises


@remembered
def promises(view: View, statement: str) -> tuple[PromiseStanding, ...]:
    """What a statement promised."""
    seen = view.seen(statement)
    if seen is None or not counts(view, statement):
        return ()
    rule = PROMISES.get(seen.statement.kind)
    if rule is not None:
        return rule(view, seen)
    return tuple(_of_task(view, seen, task) for task in tasks(view, statement))


def _promise(
    seen: Seen,
    at: datetime,
    status: PromiseStatus,
    *,
    part: str = "",
    by: str | None = None,
    to: str | None = None,
    due: datetime | None = None,
    kept: Iterable[str] = (),
    late: Iterable[str] = (),
) -> PromiseStanding:
    said = seen.statement
    kind = "task" if by is not None else said.kind
    return PromiseStanding(
        said.id, part, by or said.by, kind, said.about, to, at, due, tuple(kept), tuple(late), status
    )


def _came_of_it(view: View, shown: Times, due: datetime | None) -> PromiseStatus:
    """Kept, late, broken or open, from the times at which it is shown done."""
    if shown:
        return "kept" if due is None or min(time for _, time in shown) <= due else "late"
    return "broken" if due is not None and view.is_over(due) else "open"


def _split(shown: Times, due: datetime | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    kept = tuple(one for one, time in shown if due is None or time <= due)
    return kept, tuple(one for one, time in shown if one not in kept)


def _of_task(view: View, seen: Seen, task: TaskStanding) -> PromiseStanding:
    shown = [(one, task.done_at) for one in task.done if task.done_at is not None]
    kept, late = _split(shown, task.due)
    at = view.said(seen).at
    status = _came_of_it(view, shown, task.due)
    to = seen.statement.by
    return _promise(
        seen, at, status, part=task.task, by=task.owner, to=to, due=task.due, kept=kept, late=late
    )


def _aid(view: View, seen: Seen) -> tuple[PromiseStanding, ...]:
    """Help: what the receiver says of its arrival counts first, else when it left."""
    said = seen.statement
    if said.body is None:
        return ()
    due, leaves_by = said.time("arrives_by"), said.time("leaves_by")
    sent = answers(view, said.id, "AidDispatched")
    came = list(answers(view, said.id, "AidReceived"))
    for one in sent:
        came += answers(view, one.statement.id, "AidReceived")
    received = [(one.statement.id, _when(view, one, "received_at")) for one in came]
    left = [(one.statement.id, _when(view, one, "left_at")) for one in sent]
    released = answers(view, said.id, "AidReleased")
    kept_left, late_left = _split(left, leaves_by)
    kept, late = _split(received, due)
    if released and not received and not left:
        status: PromiseStatus = "released"
    elif received:
        status = _came_of_it(view, received, due)
    else:
        status = _came_of_it(view, left, leaves_by) if left else _came_of_it(view, (), due)
    return (
        _promise(
            seen,
            view.said(seen).at,
            status,
            to=said.string("to"),
            due=due,
            kept=sorted({*kept, *kept_left}),
            late=sorted({*late, *late_left}),
        ),
    )


def _when(view: View, seen: Seen, name: str) -> datetime:
    """The time that an act states; of a sealed one, when it was said."""
    said = seen.statement
    return said.time(name) if said.body is not None else view.said(seen).at


def _payments(view: View, seen: Seen) -> tuple[PromiseStanding, ...]:
    """One promise for each transfer that the body has to pay under the bill that it accepted."""
    said = seen.statement
    drawn = readable(view, str(said.replies_to))
    if drawn is None:
        return ()
    paid = [one for one in answers(view, drawn.statement.id, "Paid") if one.statement.body is not None]
    made = []
    parts: Counter[str] = Counter()
    for transfer in drawn.statement.records("transfers"):
        if transfer["payer"] != said.by:
            continue
        payee = transfer["payee"]
        parts[payee] += 1
        part = payee if parts[payee] == 1 else f"{payee}:{parts[payee]}"
        due = datetime.fromisoformat(transfer["due"]) if "due" in transfer else None
        shown = _paid_in_full(transfer, paid)
        kept, late = _split(shown, due)
        status = _came_of_it(view, shown, due)
        at = view.said(seen).at
        made.append(_promise(seen, at, status, part=part, to=payee, due=due, kept=kept, late=late))
    return tuple(made)


def _paid_in_full(transfer: Body, paid: Sequence[Seen]) -> Times:
    """The payment that completes the amount of a transfer, and its time; empty while it is not whole."""
    wanted, sum_minor = transfer["amount"], 0
    for one in sorted(paid, key=lambda one: (one.statement.time("paid_at"), one.statement.id)):
        said = one.statement
        same = (said.string("payer"), said.string("payee")) == (transfer["payer"], transfer["payee"])
        amount = said.money("amount")
        # The payer says that it paid, or the payee that it got it; who is neither says nothing of it.
        if same and said.by == transfer["payer"] and amount.currency == wanted["currency"]:
            sum_minor += amount.minor
            if sum_minor >= wanted["minor"]:
                return ((said.id, said.time("paid_at")),)
    return ()


def _signature(view: View, seen: Seen) -> tuple[PromiseStanding, ...]:
    """A signature is open while the text binds, and over when it does not."""
    held = agreement(view, str(seen.statement.replies_to))
    if held is None or held.signed.get(seen.statement.by) != seen.statement.id:
        return ()
    over = held.status in ("ended", "superseded") or seen.statement.by in held.left
    status: PromiseStatus = "released" if over else "open"
    return (_promise(seen, view.said(seen).at, status, to=held.code, due=held.ends),)


def _acceptance(view: View, seen: Seen) -> tuple[PromiseStanding, ...]:
    """An accepted joint plan is kept when each task in it is that fell to the body, broken when one is."""
    said = seen.statement
    plan = joint_plan(view, str(said.replies_to))
    if plan is None or plan.accepted.get(said.by) != said.id:
        return ()
    at = view.said(seen).at
    if plan.adopted is None:
        over = plan.status in ("amended", "rejected", "lapsed")
        return (_promise(seen, at, "released" if over else "open", to=plan.by),)
    own = [one for one in promises(view, plan.adopted) if one.by == said.by]
    found = {one.status for one in own}
    order: tuple[PromiseStatus, ...] = ("broken", "open", "late", "kept")
    status: PromiseStatus = next((one for one in order if one in found), "open")
    kept = sorted({done for one in own for done in one.kept})
    late = sorted({done for one in own for done in one.late})
    return (_promise(seen, at, status, to=plan.by, kept=kept, late=late),)


PROMISES: Mapping[str, Callable[[View, Seen], tuple[PromiseStanding, ...]]] = {
    "AidCommitted": _aid,
    "SettlementAccepted": _payments,
    "AgreementSigned": _signature,
    "PlanAccepted": _acceptance,
    "MatchAccepted": promised,
}
"""What single kinds promise; others promise the tasks that they give."""


# ---------------------------------------------------------------------------------------------- joint plans


@remembered
def joint_plan(view: View, statement: str) -> JointPlanStanding | None:
    """A joint plan, who accepted it and what became of it."""
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    cast = votes(view, statement)
    accepted = {by: one.statement.id for by, one in cast.items() if one.statement.kind == "PlanAccepted"}
    rejected = {by: one.statement.id for by, one in cast.items() if one.statement.kind == "PlanRejected"}
    adopted = answers(view, statement, "PlanAdopted")[:1]
    later = answers(view, statement, "PlanAmended", "PlanProposed")
    told = adopted[0].statement if adopted else None
    members = said.strings("members")
    lapsed = view.is_over(said.time("answer_by")) and set(accepted) != set(members)
    return JointPlanStanding(
        id=statement,
        plan=said.string("plan"),
        by=said.by,
        about=said.about,
        members=members,
        at=view.said(seen).at,
        answer_by=said.time("answer_by"),
        accepted=accepted,
        rejected=rejected,
        adopted=told.id if told else None,
        decided_by=given(told, "decided_by") if told and told.body is not None else None,
        replaces=said.replies_to if entry(view, statement).linked else None,
        superseded_by=later[-1].statement.id if later else None,
        status=_plan_status(bool(adopted), bool(later), bool(rejected), lapsed),
    )


def _plan_status(adopted: bool, amended: bool, rejected: bool, lapsed: bool) -> PlanStatus:
    if adopted:
        return "adopted"
    if amended:
        return "amended"
    return "rejected" if rejected else "lapsed" if lapsed else "proposed"
