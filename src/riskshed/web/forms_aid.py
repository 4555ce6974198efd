"""The forms of help between cities: what is asked for, offered, promised, sent, received and sent home."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from riskshed.statement_values import UNITS
from riskshed.web.forms import Known, Moment, One, Sheet, Some, Text, label
from riskshed.web.forms_message import worded
from riskshed.web.wording import say

ROWS = 3
"""So many goods in one form; more are said in another one."""
CAUSES: Mapping[str, tuple[str, str]] = {
    "own_risk": ("本地也有风险", "we need it for our own risk"),
    "no_stock": ("没有库存", "we have none in store"),
    "no_capacity": ("没有人手或运力", "we have nobody to send it with"),
    "too_far": ("路途太远", "it is too far"),
    "not_needed": ("不需要", "it is not needed"),
    "terms": ("条件不合适", "not on these terms"),
    "other": ("其他", "other"),
}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)
_MINOR_DIGITS = 2


def _units() -> list[tuple[str, str]]:
    return [("", "—"), *((unit, unit) for unit in UNITS)]


class Amount(forms.CharField):
    """A decimal number; what is no number is refused, and nothing is rounded."""

    def __init__(self, zh: str, en: str) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(required=False, label=label(zh, en), widget=widget)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The number, exactly as typed; None if there is none."""
        text = str(super().to_python(value) or "").strip()
        if not text:
            return None
        try:
            number = Decimal(text) if text.isascii() else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            told = say("不是数：请按 1200.5 填写", "no number: write it as 1200.5")
            raise forms.ValidationError(told)
        return number


class Yuan(Amount):
    """An amount of money in yuan, to the fen."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The amount; None if there is none. A fraction of a fen is refused."""
        number = super().to_python(value)
        if number is not None and number != round(number, _MINOR_DIGITS):
            raise forms.ValidationError(say("最多两位小数（分）", "no more than two decimals (fen)"))
        return number


def money(number: Decimal | None) -> dict[str, Any] | None:
    """An amount in yuan as it stands in a statement."""
    return None if number is None else {"minor": int(number.scaleb(_MINOR_DIGITS)), "currency": "CNY"}


def plain(number: Decimal) -> str:
    """A decimal in the one form that it has in a statement."""
    text = f"{number.normalize():f}"
    return "0" if text == "-0" else text


class ItemsSheet(Sheet):
    """A form with rows of goods: code, amount and unit."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        rows: dict[str, forms.Field] = {}
        for row in range(1, ROWS + 1):
            rows[f"item_{row}"] = Text(
                f"物资、队伍或装备 {row}（代码）", f"Good, team or equipment {row} (code)"
            )
            rows[f"amount_{row}"] = Amount(f"数量 {row}", f"Amount {row}")
            rows[f"unit_{row}"] = One(
                f"单位 {row}", f"Unit {row}", lambda: [("", "—"), *((u, u) for u in UNITS)]
            )
        self.fields = {**rows, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Each row is whole or empty, and one is there."""
        told = super().clean() or {}
        rows = [(row, [told.get(f"{part}_{row}") for part in ("item", "amount", "unit")])
                for row in range(1, ROWS + 1)]  # fmt: skip
        for row, parts in rows:
            self._check_row(row, parts)
        if not self.errors and not any(parts[0] for _, parts in rows):
            self.add_error("item_1", say("请至少填写一项", "Fill in at least one"))
        return told

    def _check_row(self, row: int, parts: list[Any]) -> None:
        if not any(part not in ("", None) for part in parts):
            return
        for name, part in zip(("item", "amount", "unit"), parts, strict=True):
            if part in ("", None) and f"{name}_{row}" not in self.errors:
                self.add_error(f"{name}_{row}", say("三格要么都填，要么都不填", "Fill in all three or none"))
        if parts[0] and not _CODE.fullmatch(parts[0].strip()):
            wanted = say("代码只用字母、数字和 . _ : / -", "a code has letters, digits and . _ : / - alone")
            self.add_error(f"item_{row}", wanted)
        if isinstance(parts[1], Decimal) and parts[1] <= 0:
            self.add_error(f"amount_{row}", say("须大于零", "more than nothing"))

    def items(self) -> list[dict[str, Any]]:
        """The goods as they stand in a statement."""
        found = []
        for row in range(1, ROWS + 1):
            code = str(self.cleaned_data.get(f"item_{row}") or "").strip()
            if code:
                value = plain(self.cleaned_data[f"amount_{row}"])
                amount = {"value": value, "unit": self.cleaned_data[f"unit_{row}"]}
                found.append({"item": code, "amount": amount})
        return found


def items_initial(items: Any) -> dict[str, Any]:
    """What the rows show at first of the goods of a statement."""
    shown: dict[str, Any] = {}
    for row, one in enumerate(items[:ROWS], 1):
        shown |= {f"item_{row}": one["item"], f"amount_{row}": one["amount"]["value"],
                  f"unit_{row}": one["amount"]["unit"]}  # fmt: skip
    return shown


class RequestForm(ItemsSheet):
    """Help is asked for."""

    of = Some("向谁请求", "Of whom")
    to = Known("送到哪里", "Where it goes")
    needed_by = Moment("何时前需要", "Needed by")
    answer_by = Moment("何时前答复（可不填）", "Answer by (optional)")
    purpose_zh = Text("用途（中文）", "What for (Chinese)", rows=2)
    purpose_en = Text("用途（英文）", "What for (English)", rows=2)


class OfferForm(ItemsSheet):
    """Help is offered."""

    ready_at = Moment("何时可出发", "Ready to leave at")
    arrives_at = Moment("预计到达（可不填）", "There at (optional)")
    valid_until = Moment("有效至（可不填）", "Stands until (optional)")
    price = Yuan("由受援方承担的费用，元（可不填）", "Price for the receiver, yuan (optional)")
    terms_zh = Text("条件（中文，可不填）", "Terms (Chinese, optional)", rows=2)
    terms_en = Text("条件（英文，可不填）", "Terms (English, optional)", rows=2)


class DeclineForm(Sheet):
    """Help is not given, or not taken."""

    cause = One("原因", "Cause", lambda: worded(CAUSES, CAUSES))
    reason_zh = Text("说明（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("说明（英文）", "Why (English)", rows=3)


class CommitForm(ItemsSheet):
    """Help is promised."""

    to = Known("送到哪里", "Where it goes")
    leaves_by = Moment("最迟出发", "Leaves by")
    arrives_by = Moment("最迟到达", "There by")
    until = Moment("支援至（可不填）", "Stays until (optional)")
    price = Yuan("由受援方承担的费用，元（可不填）", "Price for the receiver, yuan (optional)")
    terms_zh = Text("条件（中文，可不填）", "Terms (Chinese, optional)", rows=2)
    terms_en = Text("条件（英文，可不填）", "Terms (English, optional)", rows=2)


class DispatchForm(ItemsSheet):
    """Help has left."""

    shipment = Text("批次代码", "Code of the shipment")
    origin = Known("从哪里", "From where")
    to = Known("送到哪里", "Where it goes")
    left_at = Moment("出发时间", "Left at")
    arrives_at = Moment("预计到达（可不填）", "Expected at (optional)")


class ReceiveForm(ItemsSheet):
    """Help has come."""

    received_at = Moment("收到时间", "Received at")
    note_zh = Text("备注（中文，可不填）", "Note (Chinese, optional)", rows=2)
    note_en = Text("备注（英文，可不填）", "Note (English, optional)", rows=2)


class ReleaseForm(ItemsSheet):
    """Help goes home, or stays as a gift."""

    released_at = Moment("结束时间", "Released at")
    note_zh = Text("备注（中文，可不填）", "Note (Chinese, optional)", rows=2)
    note_en = Text("备注（英文，可不填）", "Note (English, optional)", rows=2)
