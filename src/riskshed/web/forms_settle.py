"""The forms of costs and payments: what an incident cost, whether a bill is accepted, that money was paid."""

from __future__ import annotations

from typing import Any

from riskshed.web.forms import Known, Moment, Sheet, Text, YesNo
from riskshed.web.forms_rows import Code, Rows, RowsSheet, Voucher, Yuan, known, money, worded
from riskshed.web.wording import say

LINES = Rows(
    "lines",
    ("费用", "Cost"),
    {
        "line": lambda: Code("代码", "Code"),
        "what_zh": lambda: Text("用途（中文）", "What for (Chinese)"),
        "what_en": lambda: Text("用途（英文）", "What for (English)"),
        "amount": lambda: Yuan("金额，元", "Amount, yuan"),
        "kind": lambda: YesNo("实物折价", "Value of something given"),
        "voucher": lambda: Voucher("凭证（只记录其摘要）", "Voucher (its digest alone is recorded)"),
        "aid": known("对应的援助", "For which help"),
    },
    optional=("what_zh", "what_en", "kind", "voucher", "aid"),
    least=1,
)


class ClaimForm(RowsSheet):
    """Costs are claimed."""

    kinds = (LINES,)

    def clean(self) -> dict[str, Any]:
        """Each line says what it is for."""
        told = super().clean()
        for row in range(1, self.counts["lines"] + 1):
            code, zh, en = (told.get(f"lines_{row}_{part}") for part in ("line", "what_zh", "what_en"))
            if code and not (zh or en):
                self.add_error(f"lines_{row}_what_zh", say("用途须写明", "Say what it was for"))
        return told

    def lines(self) -> list[dict[str, Any]]:
        """The lines as they stand in a statement."""
        made = []
        for row in self.rows("lines"):
            line = {"line": row["line"], "what": worded(row, "what"), "amount": money(row["amount"])}
            line |= {"in_kind": True} if row.get("kind") else {}
            line |= {"proof": row["voucher"]} if row.get("voucher") else {}
            made.append({**line, **({"aid": row["aid"]} if row.get("aid") else {})})
        return made


class AcceptForm(Sheet):
    """A bill is accepted."""

    note_zh = Text("备注（中文，可不填）", "Note (Chinese, optional)", rows=2)
    note_en = Text("备注（英文，可不填）", "Note (English, optional)", rows=2)


class DisputeForm(Sheet):
    """A bill is not accepted."""

    reason_zh = Text("哪一部分、为何（中文）", "Which part, and why (Chinese)", rows=4)
    reason_en = Text("哪一部分、为何（英文）", "Which part, and why (English)", rows=4)


class PayForm(Sheet):
    """Money was paid."""

    payer = Known("付款方", "Who paid")
    payee = Known("收款方", "Who was paid")
    amount = Yuan("金额，元", "Amount, yuan")
    paid_at = Moment("付款时间", "Paid at")
    reference = Text("银行流水号（可不填）", "Reference at the bank (optional)")


class DrawForm(Sheet):
    """A bill is drawn up by the rule that was signed."""

    code = Code("结算单代码", "Code of the bill")
