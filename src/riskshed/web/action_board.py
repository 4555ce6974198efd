"""Special actions as pages show them: states in words, money as it was said, reports with their source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskshed.governance import special_actions
from riskshed.governance.special_actions import Action, ActionState, ActionTask, Report, Spending, TaskState
from riskshed.governance.standing import Standing
from riskshed.sitrep_facts import money
from riskshed.statement import Money
from riskshed.web.forms_rows import plain
from riskshed.web.wording import say, with_unit, words

STATES: Mapping[ActionState, tuple[str, str, str]] = {
    "done": ("met", "已全部完成", "all of it done"),
    "overdue": ("breached", "有任务逾期", "something is overdue"),
    "under_way": ("open", "进行中", "under way"),
    "not_begun": ("open", "尚无进展报告", "nobody has reported yet"),
    "replaced": ("undetermined", "已由新的一份取代", "replaced by a newer one"),
}
TASK_STATES: Mapping[TaskState, tuple[str, str, str]] = {
    "done": ("met", "按期完成", "done in time"),
    "done_late": ("late", "逾期完成", "done late"),
    "overdue": ("breached", "逾期未完成", "overdue"),
    "under_way": ("open", "进行中", "under way"),
    "not_reported": ("open", "无人报告：进度未知", "nobody reported: unknown"),
    "unbound": ("undetermined", "不约束该机构：不是责任", "does not bind that body: no duty"),
    "released": ("undetermined", "已因修订取消", "released by a revision"),
}
"""The sign of a state, and the state in words."""
_PERCENT = 100


def shown(action: Action, standing: Standing) -> dict[str, Any]:
    """An action as a page shows it."""
    sign, zh, en = STATES[action.state]
    held = special_actions.fund(standing, action)
    return {
        "action": action,
        "title": words(action.title),
        "sign": sign,
        "state": say(zh, en),
        "next_due": action.next_due,
        "tasks": [_task(one) for one in action.tasks],
        "done": sum(one.state in ("done", "done_late") for one in action.tasks),
        "money": [_spending(one) for one in action.money],
        "goals": [_goal(one) for one in action.goals],
        "fund": held and {"code": held.fund, "left": money(Money(held.balance_minor, held.currency))},
    }


def _task(task: ActionTask) -> dict[str, Any]:
    sign, zh, en = TASK_STATES[task.state]
    return {
        "task": task,
        "what": words(task.what),
        "sign": sign,
        "state": say(zh, en),
        "share": None if task.share is None else _percent(task.share),
        "planned": None if task.planned is None else money(task.planned),
        "spent": None if task.spent is None else money(task.spent),
        "reports": [_report(one) for one in reversed(task.reports)],
    }


def _percent(share: Decimal) -> str:
    return f"{plain(share * _PERCENT)} %"


def _report(one: Report) -> dict[str, Any]:
    measured = one.measured
    return {
        "report": one,
        "share": _percent(one.share),
        "spent": None if one.spent is None else money(one.spent),
        "measured": None if measured is None else with_unit(measured["value"], measured["unit"]),
        "what": words(one.what),
    }


def _spending(one: Spending) -> dict[str, Any]:
    def told(minor: int | None) -> str | None:
        return None if minor is None else money(Money(minor, one.currency))

    return {"planned": told(one.planned_minor), "spent": told(one.spent_minor), "is_bound": one.is_bound}


def _goal(goal: Mapping[str, Any]) -> dict[str, Any]:
    target = goal["target"]
    return {
        "what": words(goal["what"]),
        "target": with_unit(target["value"], target["unit"]),
        "territory": goal.get("territory"),
        "due": datetime.fromisoformat(goal["due"]) if "due" in goal else None,
    }


def choices(tasks: Iterable[ActionTask]) -> list[tuple[str, str]]:
    """Tasks as a form offers them."""
    return [(one.task, f"{one.task}: {words(one.what)}") for one in tasks]
