"""The forms of joint plans: what is done, who helps, who pays whom; and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms as django_forms

from riskshed.governance.plan_working import Working, Worth
from riskshed.statement import Statement, time_text
from riskshed.statement_record import Body
from riskshed.web.forms import Moment, One, Sheet, Some, Text
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

TREATMENTS = Rows(
    "treatments",
    ("措施", "Measure"),
    {
        "task": lambda: Code("代码", "Code"),
        "owner": known("由谁", "Who"),
        "what_zh": lambda: Text("做什么（中文）", "What (Chinese)"),
        "what_en": lambda: Text("做什么（英文）", "What (English)"),
        "due": lambda: Moment("期限", "By when"),
        "money": lambda: Yuan("费用，元", "Cost, yuan"),
    },
    optional=("what_zh", "what_en", "due", "money"),
)
DISPATCHES = Rows(
    "dispatches",
    ("援助", "Help"),
    {
        "item": lambda: Code("物资代码", "Good (code)"),
        "amount": lambda: Amount("数量", "Amount"),
        "unit": lambda: One("单位", "Unit", units),
        "from": known("从", "From"),
        "to": known("到", "To"),
        "due": lambda: Moment("最迟到达", "There by"),
    },
)
TRANSFERS = Rows(
    "transfers",
    ("付款", "Payment"),
    {
        "payer": known("付款方", "Who pays"),
        "payee": known("收款方", "Who is paid"),
        "amount": lambda: Yuan("金额，元", "Amount, yuan"),
        "due": lambda: Moment("期限", "By when"),
    },
    optional=("due",),
)
WORTH = Rows(
    "worth",
    ("对谁值多少", "What it is worth"),
    {
        "element": lambda: Code(
            "哪一项（措施代码；援助为 物资:从:到）", "Of what (code of a measure; help is good:from:to)"
        ),
        "body": known("对谁", "To whom"),
        "goal": lambda: Code("目标（货币为 money）", "Goal (money is money)"),
        "amount": lambda: Yuan("值多少，元（有害为负）", "Worth, yuan (harm is negative)"),
    },
    above_zero=False,
)


KEYS = ("item", "from", "to", "payer", "payee")
"""What makes a row of a changed plan the same as the one before."""


class PlanForm(RowsSheet):
    """A joint plan."""

    kinds = (TREATMENTS, DISPATCHES, TRANSFERS, WORTH)
    plan = Code("方案代码", "Code of the plan")
    members = Some("约束哪些机构", "Whom it binds")
    answer_by = Moment("何时前答复", "Answer by")
    summary_zh = Text("方案说明（中文）", "The plan in words (Chinese)", rows=3)
    summary_en = Text("方案说明（英文）", "The plan in words (English)", rows=3)

    def clean(self) -> dict[str, Any]:
        """Something has to be done, given or paid, and each measure says what."""
        told = super().clean()
        for row in range(1, self.counts["treatments"] + 1):
            parts = {name: told.get(f"treatments_{row}_{name}") for name in ("task", "what_zh", "what_en")}
            if parts["task"] and not (parts["what_zh"] or parts["what_en"]):
                self.add_error(f"treatments_{row}_what_zh", say("做什么，须写明", "Say what has to be done"))
        self._check_worth()
        if not self.errors and not any(self.rows(one.name) for one in self.kinds if one is not WORTH):
            raise django_forms.ValidationError(say("方案还是空的", "The plan is empty so far"))
        return told

    def _check_worth(self) -> None:
        """Each worth is said once."""
        seen = set()
        for row in range(1, self.counts["worth"] + 1):
            place = tuple(
                self.cleaned_data.get(f"worth_{row}_{part}") for part in ("element", "body", "goal")
            )
            if all(place) and place in seen:
                self.add_error(f"worth_{row}_element", say("这一项写了两次", "this was said twice"))
            seen.add(place)

    def working(self) -> Working | None:
        """What each part of the plan is worth to whom; None where nothing was said of it."""
        told = []
        for row in self.rows("worth"):
            amount = money(row["amount"])
            assert amount is not None, "a row is whole or empty"
            told.append(Worth(row["element"], row["body"], row["goal"], amount["minor"]))
        return Working("CNY", tuple(told)) if told else None

    def plan_body(self, before: Statement | None = None) -> dict[str, Any]:
        """The plan as it stands in a statement; what the form does not show is as in the plan before."""
        found = {
            "treatments": [_task(row) for row in self.rows("treatments")],
            "dispatches": [_dispatch(row) for row in self.rows("dispatches")],
            "transfers": [
                {
                    "payer": row["payer"],
                    "payee": row["payee"],
                    "amount": money(row["amount"]),
                    **due_text(row),
                }
                for row in self.rows("transfers")
            ],
        }
        if before is not None:
            found = {name: _with_more(rows, before.records(name)) for name, rows in found.items()}
        kept = {name: rows for name, rows in found.items() if rows}
        return {**self.body("plan", "members", "answer_by", "summary"), **kept}


class AmendForm(PlanForm):
    """A joint plan is laid before them again, changed."""

    change_zh = Text("改了什么（中文）", "What has changed (Chinese)", rows=2)
    change_en = Text("改了什么（英文）", "What has changed (English)", rows=2)


class AcceptForm(Sheet):
    """A joint plan is accepted as it stands."""

    note_zh = Text("备注（中文，可不填）", "Note (Chinese, optional)", rows=2)
    note_en = Text("备注（英文，可不填）", "Note (English, optional)", rows=2)


class RejectForm(Sheet):
    """A joint plan is rejected."""

    reason_zh = Text("理由（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("理由（英文）", "Why (English)", rows=3)
    wants_zh = Text("可以接受什么（中文，可不填）", "What we would accept (Chinese, optional)", rows=2)
    wants_en = Text("可以接受什么（英文，可不填）", "What we would accept (English, optional)", rows=2)


def _with_more(rows: list[dict[str, Any]], before: Sequence[Body]) -> list[dict[str, Any]]:
    """Rows with the condition or the name that the same row had before."""
    carried = []
    for at, row in enumerate(rows):
        old = before[at] if at < len(before) else {}
        same = bool(old) and all(old.get(key) == row[key] for key in KEYS if key in row)
        more = {name: dict(old[name]) for name in ("condition", "name") if name in old} if same else {}
        carried.append({**row, **more})
    return carried


def _task(row: dict[str, Any]) -> dict[str, Any]:
    cost = {"money": money(row["money"])} if row.get("money") is not None else {}
    return {"task": row["task"], "owner": row["owner"], "what": worded(row, "what"), **due_text(row), **cost}


def _dispatch(row: dict[str, Any]) -> dict[str, Any]:
    amount = {"value": plain(row["amount"]), "unit": row["unit"]}
    places = {"from": row["from"], "to": row["to"]}
    return {"item": row["item"], "amount": amount, **places, "arrives_by": time_text(row["due"])}


def plan_initial(said: Statement, working: Working | None) -> dict[str, Any]:
    """What the form shows at first of a plan on record, and of its working."""
    shown: dict[str, Any] = {"plan": said.string("plan"), "members": list(said.strings("members"))}
    for row, one in enumerate(said.records("treatments"), 1):
        shown |= {f"treatments_{row}_{part}": one[part] for part in ("task", "owner")}
        shown |= {f"treatments_{row}_what_{tongue}": text for tongue, text in one["what"].items()}
        shown |= {f"treatments_{row}_due": _local(one["due"])} if "due" in one else {}
        shown |= {f"treatments_{row}_money": yuan(one["money"])} if "money" in one else {}
    for row, one in enumerate(said.records("dispatches"), 1):
        shown |= {f"dispatches_{row}_{part}": one[part] for part in ("item", "from", "to")}
        shown |= {f"dispatches_{row}_{part}": one["amount"][name]
                  for part, name in (("amount", "value"), ("unit", "unit"))}  # fmt: skip
        shown[f"dispatches_{row}_due"] = _local(one["arrives_by"])
    for row, one in enumerate(said.records("transfers"), 1):
        shown |= {f"transfers_{row}_{part}": one[part] for part in ("payer", "payee")}
        shown[f"transfers_{row}_amount"] = yuan(one["amount"])
        shown |= {f"transfers_{row}_due": _local(one["due"])} if "due" in one else {}
    for row, worth in enumerate(working.worth if working is not None else (), 1):
        shown |= {f"worth_{row}_{part}": getattr(worth, part) for part in ("element", "body", "goal")}
        shown[f"worth_{row}_amount"] = yuan({"minor": worth.minor})
    summary = said.words("summary") if said.has("summary") else {}
    return {**shown, **{f"summary_{tongue}": text for tongue, text in summary.items()}}


def _local(text: str) -> Any:
    return Moment("", "").to_python(text)
