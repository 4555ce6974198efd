"""The forms of a cluster: what is supposed in a trial, an action that is planned, and what came of a task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from riskshed.governance.special_actions import Action
from riskshed.halt_trial import DAYS_MAX, Asked
from riskshed.statement import time_text
from riskshed.statement_record import Body
from riskshed.web.forms import LANGUAGES, Known, Moment, Number, One, Sheet, Text
from riskshed.web.forms_rows import (
    Amount,
    Code,
    Rows,
    RowsSheet,
    Yuan,
    due_text,
    known,
    money,
    plain,
    units,
    worded,
    yuan,
)
from riskshed.web.wording import say

YUAN = "CNY"
TASKS = Rows(
    "tasks",
    ("任务", "Task"),
    {
        "task": lambda: Code("代码", "Code"),
        "owner": known("责任机构", "Owner"),
        "what_zh": lambda: Text("做什么（中文）", "What (Chinese)"),
        "what_en": lambda: Text("做什么（英文）", "What (English)"),
        "due": lambda: Moment("期限", "By when"),
        "money": lambda: Yuan("资金，元", "Money, yuan"),
    },
    optional=("what_zh", "what_en", "due", "money"),
    least=1,
)
GOALS = Rows(
    "goals",
    ("目标", "Goal"),
    {
        "goal": lambda: Code("目标代码", "Code of the goal"),
        "what_zh": lambda: Text("统计什么（中文）", "What is counted (Chinese)"),
        "what_en": lambda: Text("统计什么（英文）", "What is counted (English)"),
        "amount": lambda: Amount("目标值", "Target"),
        "unit": lambda: One("单位", "Unit", units),
        "territory": lambda: Code("统计地区代码", "Code of the city or province that it is counted over"),
        "due": lambda: Moment("期限", "By when"),
    },
    optional=("what_zh", "what_en", "territory", "due"),
)


class TrialForm(Sheet):
    """What is supposed of a plant that stops."""

    plant = Known("停产的工厂", "The plant that stops")
    days = Number(f"停产天数（1 至 {DAYS_MAX}）", f"Days that it stops (1 to {DAYS_MAX})")
    cover_low = Amount("未知库存最少可用天数", "Stocks that are not known last at least, days")
    cover_high = Amount("未知库存最多可用天数", "and at most, days")

    def clean(self) -> dict[str, Any]:
        """All of it is needed."""
        told = super().clean() or {}
        for name in ("plant", "days", "cover_low", "cover_high"):
            if told.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, say("必填，不能为空", "this is needed, and was left empty"))
        return told

    def asked(self, refill: float) -> Asked:
        """What was asked; whether it can be, the trial says."""
        told = self.cleaned_data
        low, high = float(told["cover_low"]), float(told["cover_high"])
        return Asked(told["plant"], told["days"], (low, high), refill)


class ActionForm(RowsSheet):
    """A special action."""

    kinds = (TASKS, GOALS)
    action = Code("行动代码", "Code of the action")
    title_zh = Text("名称（中文）", "Title (Chinese)", rows=1)
    title_en = Text("名称（英文）", "Title (English)", rows=1)
    source = Text(
        "依据（文件名称和编号，或发布处）",
        "Where it was decided (document and number, or where published)",
        rows=1,
    )
    money = Yuan("总资金，元（可不填）", "Money for the whole, yuan (optional)")
    fund = Code("出资基金代码（可不填）", "Code of the fund that it is paid from (optional)")
    starts = Moment("开始（可不填）", "From (optional)")
    ends = Moment("结束（可不填）", "Until (optional)")
    note_zh = Text("说明（中文，可不填）", "Note (Chinese, optional)", rows=2)
    note_en = Text("说明（英文，可不填）", "Note (English, optional)", rows=2)

    def clean(self) -> dict[str, Any]:
        """Each task and each goal says what it is."""
        told = super().clean()
        for kind, first, word in (("tasks", "task", "what"), ("goals", "goal", "what")):
            for row in range(1, self.counts[kind] + 1):
                named = told.get(f"{kind}_{row}_{first}")
                if named and not any(told.get(f"{kind}_{row}_{word}_{one}") for one in ("zh", "en")):
                    self.add_error(f"{kind}_{row}_{word}_zh", say("须写明", "say what it is"))
        for name in ("action", "source"):
            if not told.get(name) and name not in self.errors:
                self.add_error(name, say("必填，不能为空", "this is needed, and was left empty"))
        if not self.words("title") and "title_zh" not in self.errors:
            self.add_error("title_zh", say("必填，不能为空", "this is needed, and was left empty"))
        return told

    def action_body(self) -> dict[str, Any]:
        """What was typed, as it stands in a statement."""
        body = self.body("action", "title", "source", "fund", "starts", "ends", "note")
        whole = money(self.cleaned_data.get("money"))
        goals = [_goal(row) for row in self.rows("goals")]
        told = {**body, "tasks": [_task(row) for row in self.rows("tasks")]}
        return {**told, **({"money": whole} if whole else {}), **({"goals": goals} if goals else {})}


def _task(row: dict[str, Any]) -> dict[str, Any]:
    told = {"task": row["task"], "owner": row["owner"], "what": worded(row, "what"), **due_text(row)}
    return {**told, **({"money": money(row["money"])} if "money" in row else {})}


def _goal(row: dict[str, Any]) -> dict[str, Any]:
    target = {"value": plain(row["amount"]), "unit": row["unit"]}
    place = {"territory": row["territory"]} if "territory" in row else {}
    return {"goal": row["goal"], "what": worded(row, "what"), "target": target, **place, **due_text(row)}


def initial(action: Action, said: Body) -> dict[str, Any]:
    """What a form shows at first of an action that is to be revised; tasks that are done are left out.

    `said` is the body of the statement that planned it.
    """
    shown: dict[str, Any] = {"action": action.action, "source": action.source, "fund": action.fund or ""}
    shown |= {"starts": action.starts, "ends": action.ends, "money": _shown_money(said.get("money"))}
    shown |= {
        f"{name}_{one}": said.get(name, {}).get(one, "") for name in ("title", "note") for one in LANGUAGES
    }
    for row, goal in enumerate(action.goals, 1):
        at, target = f"goals_{row}_", goal["target"]
        shown |= {f"{at}goal": goal["goal"], f"{at}amount": target["value"], f"{at}unit": target["unit"]}
        shown |= {f"{at}what_{one}": goal["what"].get(one, "") for one in LANGUAGES}
        due = datetime.fromisoformat(goal["due"]) if "due" in goal else None
        shown |= {f"{at}territory": goal.get("territory", ""), f"{at}due": due}
    left = [one for one in action.tasks if one.state not in ("done", "done_late")]
    for row, task in enumerate(left, 1):
        at = f"tasks_{row}_"
        shown |= {f"{at}task": task.task, f"{at}owner": task.owner, f"{at}due": task.due}
        shown |= {f"{at}what_{one}": task.what.get(one, "") for one in LANGUAGES}
        shown[f"{at}money"] = _shown_money(None if task.planned is None else task.planned.to_json())
    return shown


def _shown_money(amount: Body | None) -> str:
    """An amount in yuan; one in another currency is no number of yuan, and stays unseen (`kept`)."""
    return yuan(amount) if amount is not None and amount["currency"] == YUAN else ""


def kept(before: Body, body: dict[str, Any]) -> dict[str, Any]:
    """A revision with what the form does not show of the action before: files, and money that is not yuan.

    Examples
    --------
    >>> kept({"files": ["sha256:0"], "money": {"minor": 5, "currency": "EUR"}, "tasks": []}, {"tasks": []})
    {'tasks': [], 'files': ['sha256:0'], 'money': {'minor': 5, 'currency': 'EUR'}}
    """
    told = {name: before[name] for name in ("files", "money") if name in before and name not in body}
    if told.get("money", {}).get("currency") == YUAN:
        told.pop("money")  # it was shown, and was taken away
    foreign = {
        row["task"]: row["money"]
        for row in before["tasks"]
        if row.get("money", {}).get("currency", YUAN) != YUAN
    }
    tasks = [
        {**row, "money": foreign[row["task"]]} if "money" not in row and row["task"] in foreign else row
        for row in body["tasks"]
    ]
    return {**body, "tasks": tasks, **told}


class ReportForm(Sheet):
    """How far a task is."""

    task = Known("任务", "Task")
    share = Amount("完成多少（0 至 1）", "How much is done (0 to 1)")
    done_at = Moment("截至何时", "As of")
    spent = Yuan("累计支出，元（可不填）", "Spent so far, yuan (optional)")
    what_zh = Text("做了什么（中文，可不填）", "What was done (Chinese, optional)", rows=2)
    what_en = Text("做了什么（英文，可不填）", "What was done (English, optional)", rows=2)

    def clean(self) -> dict[str, Any]:
        """Task, share and time are needed."""
        told = super().clean() or {}
        for name in ("task", "share", "done_at"):
            if told.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, say("必填，不能为空", "this is needed, and was left empty"))
        return told

    def report_body(self) -> dict[str, Any]:
        """What was typed, as it stands in a statement."""
        told = self.cleaned_data
        spent = money(told.get("spent"))
        body = {"task": told["task"], "share": plain(told["share"]), "done_at": time_text(told["done_at"])}
        what = self.words("what")
        return {**body, **({"spent": spent} if spent else {}), **({"what": what} if what else {})}
