"""Special actions (专项行动): what a body planned, with owners, dates and money, and what came of it.

An action is one statement, ``ActionPlanned``; its owners report on its tasks by ``TaskCompleted``. A task
that binds its owner (`riskshed.governance.standing_actions`) is a duty with a clock and a promise like any
other, so duties, findings and trust know it without a word of their own. Here all of it is put together again
from the record alone: what is planned, who has to do what by when, what has been paid, and how far it is.

Nothing is guessed. A task of which nobody reported has no share, not a share of 0; money of which nobody
reported is unknown, and a sum over tasks of which some are silent is a lower bound and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from riskshed.errors import Fault, InputError, InputFaults, NotFoundError
from riskshed.governance import settlement_fund
from riskshed.governance.draft import Draft
from riskshed.governance.settlement_fund import FundBalance
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Seen, TaskStanding
from riskshed.statement import Money, Statement
from riskshed.statement_record import Body

TaskState = Literal["done", "done_late", "overdue", "under_way", "not_reported", "unbound", "released"]
ActionState = Literal["done", "overdue", "under_way", "not_begun", "replaced"]
OPEN_STATES: tuple[TaskState, ...] = ("overdue", "under_way", "not_reported")


@dataclass(frozen=True, slots=True)
class Report:
    """What an owner said of a task: how far it is, what was spent of it so far and what was measured."""

    statement: str
    at: datetime
    share: Decimal
    spent: Money | None
    measured: Body | None
    what: Mapping[str, str]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionTask:
    """One task of an action.

    Attributes
    ----------
    task, owner : str
    what : mapping of language to text
    due : datetime or None
    planned, spent : Money or None
        What is set aside, and what the last report says was spent; None is unknown.
    share : Decimal or None
        0 to 1; None where nobody reported.
    state : TaskState
        ``unbound``: written under a body that it does not bind. ``released``: the action was revised before
        it was due.
    done_at : datetime or None
    reports : tuple of Report
        The latest last.
    """

    task: str
    owner: str
    what: Mapping[str, str]
    due: datetime | None
    planned: Money | None
    spent: Money | None
    share: Decimal | None
    state: TaskState
    done_at: datetime | None
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Spending:
    """Money of an action in one currency, minor units; None is unknown, `is_bound` marks a lower bound."""

    currency: str
    planned_minor: int | None
    spent_minor: int | None
    is_bound: bool


@dataclass(frozen=True, slots=True)
class Action:
    """A special action, as the record has it.

    Attributes
    ----------
    id, action, by : str
        The statement that planned it, its code, and who planned it.
    about : str or None
    title : mapping of language to text
    said_at : datetime
    tasks : tuple of ActionTask
        In the order of their due times; those without one come last.
    goals : tuple of mapping
        As of ``ActionPlanned``.
    money : tuple of Spending
        By currency.
    fund : str or None
    starts, ends : datetime or None
    source : str
    replaces, replaced_by : str or None
    state : ActionState
    """

    id: str
    action: str
    by: str
    about: str | None
    title: Mapping[str, str]
    said_at: datetime
    tasks: tuple[ActionTask, ...]
    goals: tuple[Body, ...]
    money: tuple[Spending, ...]
    fund: str | None
    starts: datetime | None
    ends: datetime | None
    source: str
    replaces: str | None
    replaced_by: str | None
    state: ActionState

    @property
    def next_due(self) -> datetime | None:
        """The next time at which something of it is due; None if nothing is left that has one."""
        left = (one.due for one in self.tasks if one.state in OPEN_STATES and one.due is not None)
        return min(left, default=None)


def actions(standing: Standing) -> tuple[Action, ...]:
    """Every special action on the record: overdue first, then by what is due next; replaced ones last."""
    found = [
        _action(standing, seen)
        for seen in standing.statements.values()
        if seen.statement.kind == "ActionPlanned"
        and seen.statement.body is not None
        and seen.statement.id not in standing.set_aside
    ]
    return tuple(sorted(found, key=_order))


def one(standing: Standing, statement: str) -> Action:
    """One action by the statement that planned it.

    Raises
    ------
    NotFoundError
        ``action.unknown``.
    """
    found = next((each for each in actions(standing) if each.id == statement), None)
    if found is None:
        told = f"no action on the record has the id {statement[:12]}"
        raise NotFoundError("action.unknown", told, todo="Open it from the list of actions.")
    return found


def _order(action: Action) -> tuple[int, bool, float, str, str]:
    rank = {"overdue": 0, "under_way": 1, "not_begun": 2, "done": 3, "replaced": 4}[action.state]
    due = action.next_due
    return rank, due is None, due.timestamp() if due else 0.0, action.action, action.id


def _action(standing: Standing, seen: Seen) -> Action:
    said = seen.statement
    later = _replaced_by(standing, said)
    known = {task.task: task for task in standing.tasks.values() if task.given_by == said.id}
    rows = {row["task"]: row for row in reversed(said.records("tasks"))}
    made = [_task(standing, row, known.get(code), later) for code, row in rows.items()]
    tasks = sorted(made, key=lambda each: (each.due is None, each.due and each.due.timestamp(), each.task))
    return Action(
        id=said.id,
        action=said.string("action"),
        by=said.by,
        about=said.about,
        title=said.words("title"),
        said_at=said.issued,
        tasks=tuple(tasks),
        goals=said.records("goals"),
        money=_money(said, tasks),
        fund=said.string("fund") if said.has("fund") else None,
        starts=said.time("starts") if said.has("starts") else None,
        ends=said.time("ends") if said.has("ends") else None,
        source=said.string("source"),
        replaces=said.replies_to,
        replaced_by=later.id if later else None,
        state=_state(tasks, later),
    )


def _replaced_by(standing: Standing, said: Statement) -> Statement | None:
    """The first revision that counts; one by another body was set aside (`standing_effect`)."""
    later = [
        each
        for each in standing.statements.values()
        if each.statement.kind == "ActionPlanned"
        and each.statement.replies_to == said.id
        and each.statement.id not in standing.set_aside
    ]
    first = min(later, key=lambda each: (each.seen_at, each.statement.id), default=None)
    return first.statement if first else None


def _task(standing: Standing, row: Body, held: TaskStanding | None, later: Statement | None) -> ActionTask:
    due = datetime.fromisoformat(row["due"]) if "due" in row else None
    reports = tuple(map(_report, (standing.statements[each] for each in held.done))) if held else ()
    last = reports[-1] if reports else None
    planned = row.get("money")
    return ActionTask(
        task=row["task"],
        owner=row["owner"],
        what=row["what"],
        due=due,
        planned=Money(**planned) if planned else None,
        spent=next((each.spent for each in reversed(reports) if each.spent is not None), None),
        share=last.share if last else None,
        state=_task_state(standing, held, due, later),
        done_at=held.done_at if held else None,
        reports=reports,
    )


def _task_state(
    standing: Standing,
    held: TaskStanding | None,
    due: datetime | None,
    later: Statement | None,
) -> TaskState:
    if held is None:
        return "released" if later is not None else "unbound"
    if held.done_at is not None:
        return "done" if due is None or held.done_at <= due else "done_late"
    if due is not None and due < standing.at:
        return "overdue"
    return "under_way" if held.done else "not_reported"


def _report(seen: Seen) -> Report:
    said = seen.statement
    return Report(
        statement=said.id,
        at=said.time("done_at"),
        share=said.decimal("share"),
        spent=said.money("spent") if said.has("spent") else None,
        measured=said.record("measured") if said.has("measured") else None,
        what=said.words("what") if said.has("what") else {},
        evidence=said.strings("evidence"),
    )


def _state(tasks: Sequence[ActionTask], later: Statement | None) -> ActionState:
    states = {each.state for each in tasks}
    if later is not None:
        return "replaced"
    if "overdue" in states:
        return "overdue"
    if states <= {"done", "done_late"}:
        return "done"
    return "not_begun" if states <= {"not_reported", "unbound"} else "under_way"


def _money(said: Statement, tasks: Sequence[ActionTask]) -> tuple[Spending, ...]:
    whole = said.money("money") if said.has("money") else None
    sums = [each for task in tasks for each in (task.planned, task.spent) if each is not None]
    named = dict.fromkeys([*([whole.currency] if whole else []), *sorted({each.currency for each in sums})])
    return tuple(_spending(currency, whole, tasks) for currency in named)


def _spending(currency: str, whole: Money | None, tasks: Sequence[ActionTask]) -> Spending:
    """What is planned is what stands for the whole, else the sum of its tasks."""
    planned = [each.planned.minor for each in tasks if each.planned and each.planned.currency == currency]
    spent = [each.spent.minor for each in tasks if each.spent and each.spent.currency == currency]
    is_whole = whole is not None and whole.currency == currency
    silent = any(each.spent is None and each.state not in ("unbound", "released") for each in tasks)
    return Spending(
        currency=currency,
        planned_minor=whole.minor if whole and is_whole else sum(planned) if planned else None,
        spent_minor=sum(spent) if spent else None,
        is_bound=bool(spent) and silent,
    )


def fund(standing: Standing, action: Action) -> FundBalance | None:
    """What came into the fund of an action and went out of it; None where it names no fund."""
    if action.fund is None:
        return None
    currency = action.money[0].currency if action.money else "CNY"
    return settlement_fund.of_fund(standing, action.fund, currency, (action.by,))


# --------------------------------------------------------------------------------------------------- acts


def plan(standing: Standing, by: str, body: Mapping[str, Any], *, revises: str | None = None) -> Draft:
    """An action that a body plans, or puts in the place of one of its own.

    Parameters
    ----------
    standing : Standing
    by : str
    body : mapping
        As of ``ActionPlanned``.
    revises : str, optional
        The statement of the action that it replaces. What was due before stays as it was.

    Raises
    ------
    InputFaults
        ``action.bad_plan`` with ``action.same_task`` (a code twice), ``action.owner_unknown``,
        ``action.due_passed``, ``action.ends_before``, ``action.more_than_planned`` (tasks together cost more
        than the whole).
    NotFoundError
        ``action.unknown``, of what it would revise.
    InputError
        ``action.not_own`` or ``action.replaced``, of the same.
    """
    about = None
    if revises is not None:
        before = one(standing, revises)
        if before.by != by:
            raise InputError(
                "action.not_own", f"the action was planned by {before.by}", todo="Plan your own."
            )
        if before.replaced_by is not None:
            raise InputError("action.replaced", "the action was revised before", todo="Open the newest one.")
        about = before.about
    if faults := list(_faults(standing, body)):
        raise InputFaults("action.bad_plan", "this action cannot be planned", faults)
    return Draft("ActionPlanned", by, about, revises, dict(body))


def _faults(standing: Standing, body: Mapping[str, Any]) -> Iterator[Fault]:
    rows: Sequence[Body] = body.get("tasks", ())
    codes = [row["task"] for row in rows]
    for code in sorted({each for each in codes if codes.count(each) > 1}):
        yield _fault("same_task", "tasks", code, "each code once", "Give each task a code of its own.")
    for row in rows:
        if row["owner"] not in standing.bodies:
            yield _fault("owner_unknown", "owner", row["owner"], "a body on the record", "Choose the owner.")
        if "due" in row and datetime.fromisoformat(row["due"]) <= standing.at:
            yield _fault("due_passed", "due", row["due"], "a time to come", "Give the task time.")
    if "starts" in body and "ends" in body and body["ends"] <= body["starts"]:
        yield _fault("ends_before", "ends", body["ends"], "later than it starts", "Correct the times.")
    yield from _over_planned(rows, body.get("money"))


def _over_planned(rows: Iterable[Body], whole: Body | None) -> Iterator[Fault]:
    if whole is None:
        return
    parts = [
        row["money"]["minor"] for row in rows if row.get("money", {}).get("currency") == whole["currency"]
    ]
    if sum(parts) > whole["minor"]:
        got = f"{sum(parts)} in the tasks, {whole['minor']} for the whole"
        yield _fault("more_than_planned", "money", got, "no more in the tasks", "Correct an amount.")


def _fault(code: str, column: str, got: str, wanted: str, todo: str) -> Fault:
    return Fault(f"action.{code}", "the action", None, column, got, wanted, todo)


def report(standing: Standing, by: str, statement: str, body: Mapping[str, Any]) -> Draft:
    """What an owner says of its task: how far it is, what was spent so far, what bears it out.

    Raises
    ------
    NotFoundError
        ``action.unknown``.
    InputFaults
        ``action.bad_report`` with ``action.no_such_task``, ``action.not_owner``, ``action.unbound``,
        ``action.less_done`` or ``action.less_spent`` than the last report says, ``action.ahead``.
    """
    held = one(standing, statement)
    task = next((each for each in held.tasks if each.task == body.get("task")), None)
    if faults := list(_report_faults(standing, by, task, body)):
        raise InputFaults("action.bad_report", "this report cannot stand on the record", faults)
    return Draft("TaskCompleted", by, held.about, statement, dict(body))


def _report_faults(
    standing: Standing, by: str, task: ActionTask | None, body: Mapping[str, Any]
) -> Iterator[Fault]:
    if task is None:
        yield _fault("no_such_task", "task", str(body.get("task")), "a task of this action", "Choose a task.")
        return
    if task.owner != by:
        yield _fault("not_owner", "task", by, f"its owner, {task.owner}", "Choose a task of your own.")
    if task.state in ("unbound", "released"):
        yield _fault(
            "unbound", "task", task.task, "a task that binds its owner", "Plan an action of your own."
        )
    if datetime.fromisoformat(body["done_at"]) > standing.at:
        yield _fault("ahead", "done_at", body["done_at"], "a time that has come", "Correct the time.")
    last = task.reports[-1] if task.reports else None
    if last is not None and Decimal(body["share"]) < last.share:
        wanted = f"{last.share} or more"
        yield _fault(
            "less_done", "share", body["share"], wanted, "Withdraw the earlier report if it was wrong."
        )
    spent = body.get("spent")
    same = spent is not None and task.spent is not None and task.spent.currency == spent["currency"]
    if same and spent is not None and task.spent is not None and spent["minor"] < task.spent.minor:
        wanted = f"{task.spent.minor} or more: it is the sum so far"
        yield _fault("less_spent", "spent", str(spent["minor"]), wanted, "Withdraw the earlier report.")
