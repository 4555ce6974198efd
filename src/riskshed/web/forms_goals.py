"""The forms of goal weights and of the joint fund; what cannot be said, the rules refuse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from riskshed.web.forms import Moment, Number, Text
from riskshed.web.forms_rows import GOODS, Amount, Code, Rows, RowsSheet, Yuan, money
from riskshed.web.wording import say

WEIGHTS = Rows(
    "weights",
    ("目标", "Goal"),
    {
        "goal": lambda: Code("目标代码（货币为 money）", "Code of the goal (money is money)"),
        "amount": lambda: Amount("权重，0 至 1", "Weight, 0 to 1"),
    },
    least=1,
    above_zero=False,
)
GIVEN = Rows("items", GOODS.legend, GOODS.parts)
"""What was given in kind; where nothing is filled in, money was given."""


class GoalsForm(RowsSheet):
    """How much each goal weighs for one's city."""

    kinds = (WEIGHTS,)
    note_zh = Text("说明（中文，可不填）", "Note (Chinese, optional)", rows=2)
    note_en = Text("说明（英文，可不填）", "Note (English, optional)", rows=2)

    def weights(self) -> list[tuple[str, Decimal]]:
        """Goal and weight, as they were typed."""
        return [(row["goal"], row["amount"]) for row in self.rows("weights")]


class ContributionForm(RowsSheet):
    """Something is paid into the joint fund, or given to it in kind."""

    kinds = (GIVEN,)
    amount = Yuan("金额或折价，元", "How much, or what it is worth, yuan")
    paid_at = Moment("何时缴纳", "When it was paid")
    year = Number("缴纳年度（可不填）", "For which year (optional)")

    def clean(self) -> dict[str, Any]:
        """An amount and a time, without which there is nothing to record."""
        told = super().clean()
        for name in ("amount", "paid_at"):
            if told.get(name) is None and name not in self.errors:
                self.add_error(name, say("必填，不能为空", "this is needed, and was left empty"))
        return told

    def contribution(self) -> dict[str, Any]:
        """What was typed, as fields of a contribution."""
        items = self.items()
        body = {**self.body("paid_at", "year"), "amount": money(self.cleaned_data["amount"])}
        return {**body, **({"in_kind": items} if items else {})}
