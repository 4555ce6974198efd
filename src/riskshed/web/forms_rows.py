"""Forms with rows: goods, tasks, payments, lines of a bill. Numbers and money are read exactly.

A form shows the rows that there are and one more that is empty, so that nothing falls out when something is
changed. A row is whole or empty; a row that is begun and not finished is a fault, and nothing is guessed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms

from riskshed.exchange.pathway_words import unit_of
from riskshed.statement import time_text
from riskshed.statement_values import UNITS
from riskshed.web.forms import LANGUAGES, Known, Offer, One, Sheet, Text, label
from riskshed.web.wording import say

ROWS_MAX = 40
"""More rows than this are for the interface for programs."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,24}(\.\d{1,24})?", re.ASCII)
_MINOR_DIGITS = 2
_NAME = re.compile(r"(?P<rows>[a-z]+)_(?P<row>\d{1,3})_(?P<part>\w+)", re.ASCII)


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
        if not _NUMBER.fullmatch(text):
            raise forms.ValidationError(say("不是数：请按 1200.5 填写", "no number: write it as 1200.5"))
        try:
            return Decimal(text)
        except InvalidOperation as error:  # pragma: no cover  the pattern admits none
            raise AssertionError(text) from error


class Yuan(Amount):
    """An amount of money in yuan, to the fen."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The amount; None if there is none. A fraction of a fen is refused."""
        number = super().to_python(value)
        if number is not None and number != round(number, _MINOR_DIGITS):
            raise forms.ValidationError(say("最多两位小数（分）", "no more than two decimals (fen)"))
        return number


class Voucher(forms.FileField):
    """A file of which the record keeps the digest alone; who hands it in keeps the file."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(required=False, label=label(zh, en))

    def clean(self, data: Any, initial: Any = None) -> str:
        """The digest; empty if there is no file."""
        file = super().clean(data, initial)
        if not file:
            return ""
        digest = hashlib.sha256()
        for part in file.chunks():
            digest.update(part)
        return f"sha256:{digest.hexdigest()}"


class Code(Text):
    """A code, such as that of a good or a task."""

    def to_python(self, value: Any) -> str:
        """The code without spaces at its ends."""
        text = super().to_python(value).strip()
        if text and not _CODE.fullmatch(text):
            told = say("代码只用字母、数字和 . _ : / -", "a code has letters, digits and . _ : / - alone")
            raise forms.ValidationError(told)
        return text


def is_empty(value: Any) -> bool:
    """Whether a part of a row was left empty; the number 0 is something that was said."""
    return value is None or value is False or value == ""


def units() -> list[tuple[str, str]]:
    """The units that an amount may have, those that are words in words as well."""
    return [("", "—"), *((unit, unit_words(unit)) for unit in UNITS)]


def unit_words(unit: str) -> str:
    """A unit as a form offers it: ``套（set）``, ``mg/L``; a Chinese word may stand for two units."""
    word = unit_of(unit)
    return unit if word.zh in ("", unit) or not word.zh.isalpha() else say(f"{word.zh}（{unit}）", word.en)


def money(number: Decimal | None) -> dict[str, Any] | None:
    """An amount in yuan as it stands in a statement."""
    return None if number is None else {"minor": int(number.scaleb(_MINOR_DIGITS)), "currency": "CNY"}


def yuan(amount: Mapping[str, Any]) -> str:
    """An amount of a statement as a form shows it."""
    return plain(Decimal(amount["minor"]).scaleb(-_MINOR_DIGITS))


def plain(number: Decimal) -> str:
    """A decimal in the one form that it has in a statement."""
    text = f"{number.normalize():f}"
    return "0" if text == "-0" else text


@dataclass(frozen=True)
class Rows:
    """The rows of one kind.

    Attributes
    ----------
    name : str
        Of the field of the statement, in small letters.
    legend : (str, str)
        What one row is called.
    parts : mapping of str to callable
        The fields of a row, by name; each is made anew for each row.
    optional : tuple of str
        Parts that a whole row may lack.
    least : int
        So many rows must be filled in.
    above_zero : bool
        Whether an amount must be more than nothing.
    """

    name: str
    legend: tuple[str, str]
    parts: Mapping[str, Callable[[], forms.Field]]
    optional: tuple[str, ...] = ()
    least: int = 0
    above_zero: bool = True


GOODS = Rows(
    "items",
    ("物资、队伍或装备", "Good, team or equipment"),
    {
        "item": lambda: Code("代码", "Code"),
        "amount": lambda: Amount("数量", "Amount"),
        "unit": lambda: One("单位", "Unit", units),
    },
    least=1,
)


class RowsSheet(Sheet):
    """A form with rows of one or several kinds (`kinds`), beside its other fields."""

    kinds: ClassVar[tuple[Rows, ...]] = ()

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        initial: Mapping[str, Any] | None = None,
        offer: Offer | None = None,
    ) -> None:
        offered = dict(offer or {})
        of_rows = {name: offered.pop(name) for name in [*offered] if "." in name}
        super().__init__(data, files, initial=initial, offer=offered)
        given = data if data is not None else (initial or {})
        self.counts = {one.name: _count(one, given, filled=data is not None) for one in self.kinds}
        made: dict[str, forms.Field] = {}
        for one in self.kinds:
            for row in range(1, self.counts[one.name] + 1):
                for part, make in one.parts.items():
                    field = make()
                    choices = of_rows.get(f"{one.name}.{part}")
                    if choices is not None:
                        field.choices = choices  # type: ignore[attr-defined]
                    made[f"{one.name}_{row}_{part}"] = field
        self.fields = {**made, **self.fields}

    def groups(self) -> Iterator[tuple[str, list[Any]]]:
        """The fields as they are drawn: each row under its legend, then the others without one."""
        drawn = set()
        for one in self.kinds:
            for row in range(1, self.counts[one.name] + 1):
                names = [f"{one.name}_{row}_{part}" for part in one.parts]
                drawn |= set(names)
                yield f"{say(*one.legend)} {row}", [self[name] for name in names]
        yield "", [field for field in self.visible_fields() if field.name not in drawn]

    def clean(self) -> dict[str, Any]:
        """Each row is whole or empty, and as many are there as must be."""
        told = super().clean() or {}
        for one in self.kinds:
            filled = [row for row in range(1, self.counts[one.name] + 1) if self._check_row(one, row, told)]
            if len(filled) < one.least and not self.errors:
                self.add_error(
                    f"{one.name}_1_{next(iter(one.parts))}", say("请至少填写一项", "Fill in at least one")
                )
        return told

    def _check_row(self, kind: Rows, row: int, told: Mapping[str, Any]) -> bool:
        parts = {part: told.get(f"{kind.name}_{row}_{part}") for part in kind.parts}
        empty = [part for part, value in parts.items() if is_empty(value)]
        if len(empty) == len(parts):
            return False
        for part in empty:
            if part not in kind.optional and f"{kind.name}_{row}_{part}" not in self.errors:
                self.add_error(
                    f"{kind.name}_{row}_{part}",
                    say("本行请填完整或留空", "Fill in the whole row, or none of it"),
                )
        amount = parts.get("amount")
        if kind.above_zero and isinstance(amount, Decimal) and amount <= 0:
            self.add_error(f"{kind.name}_{row}_amount", say("须大于零", "more than nothing"))
        return True

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of one kind that are filled in, by part; what is empty is left out."""
        kind = next(one for one in self.kinds if one.name == name)
        found = []
        for row in range(1, self.counts[name] + 1):
            values = {part: self.cleaned_data.get(f"{name}_{row}_{part}") for part in kind.parts}
            filled = {part: value for part, value in values.items() if not is_empty(value)}
            if filled:
                found.append(filled)
        return found

    def items(self) -> list[dict[str, Any]]:
        """Goods as they stand in a statement."""
        return [
            {"item": row["item"], "amount": {"value": plain(row["amount"]), "unit": row["unit"]}}
            for row in self.rows("items")
        ]


def _count(kind: Rows, given: Mapping[str, Any], *, filled: bool) -> int:
    """As many rows as there are, and one more in a form that is shown for the first time."""
    found = [_NAME.fullmatch(name) for name in given]
    rows = [int(one["row"]) for one in found if one is not None and one["rows"] == kind.name]
    most = max((row for row in rows if row <= ROWS_MAX), default=0)
    return max(most, 1) if filled else min(most + 1, ROWS_MAX)


def goods_initial(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the rows show at first of the goods of a statement."""
    shown: dict[str, Any] = {}
    for row, one in enumerate(items, 1):
        amount = one["amount"]
        shown |= {f"items_{row}_item": one["item"], f"items_{row}_amount": amount["value"]}
        shown[f"items_{row}_unit"] = amount["unit"]
    return shown


def worded(row: Mapping[str, Any], name: str) -> dict[str, str]:
    """What was typed into a row in each language, without the empty ones."""
    typed = ((language, str(row.get(f"{name}_{language}", ""))) for language in LANGUAGES)
    return {language: text for language, text in typed if text.strip()}


def due_text(row: Mapping[str, Any]) -> dict[str, str]:
    """The time by which a row is due, as it stands in a statement."""
    return {"due": time_text(row["due"])} if row.get("due") is not None else {}


def known(zh: str, en: str) -> Callable[[], forms.Field]:
    """A part of a row in which one of those that are offered is chosen."""
    return lambda: Known(zh, en)
