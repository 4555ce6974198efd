"""The form of base information: what is there of people, supplies, teams, equipment, shelters and hospitals.

Nothing (0) is an answer and is said; a row that is left empty says nothing. What cannot be is refused beside
its field before anybody signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskshed.errors import InputFaults
from riskshed.governance.base_information import check_report
from riskshed.web import forms
from riskshed.web.current import node
from riskshed.web.forms import Moment, One, YesNo
from riskshed.web.forms_rows import Amount, Code, Rows, RowsSheet, known, plain, units
from riskshed.web.wording import say

SORTS: Mapping[str, tuple[str, str]] = {
    "people": ("人口", "people"),
    "supplies": ("物资", "supplies"),
    "team": ("队伍", "teams"),
    "equipment": ("装备", "equipment"),
    "shelter": ("避难场所", "shelters"),
    "hospital": ("医院", "hospitals"),
}
_ROW = re.compile(r"rows\[(\d+)\]")
_OPTIONAL = ("kept", "ready")


def _sorts() -> list[tuple[str, str]]:
    return [("", say("请选择", "choose")), *((code, say(*word)) for code, word in SORTS.items())]


STOCK = Rows(
    "stock",
    ("第", "Row"),
    {
        "sort": lambda: One("类别", "Sort", _sorts),
        "item": lambda: Code("代码", "Code"),
        "amount": lambda: Amount("数量", "Amount"),
        "unit": lambda: One("单位", "Unit", units),
        "city": known("所在城市", "City"),
        "kept": lambda: Amount("其中留用（可不填）", "Kept back (optional)"),
        "ready": lambda: Amount("几小时可出发（可不填）", "Ready in, h (optional)"),
    },
    optional=_OPTIONAL,
    least=1,
    above_zero=False,
)


class StockForm(RowsSheet):
    """What is there, as of a time."""

    kinds = (STOCK,)
    as_of = Moment("何时的情况", "As of")
    complete = YesNo("这份报告是完整的：未列出的就是没有", "Complete: what is not listed is not there")

    def clean(self) -> dict[str, Any]:
        """A time that has come, cities that are known, and a stock that can be."""
        told = super().clean()
        as_of = told.get("as_of")
        if isinstance(as_of, datetime) and as_of > node().now():
            ahead = say("这个时间还没有到；储备只能报告已有的", "that time has not come: say what is there")
            self.add_error("as_of", ahead)
        cities = {one.code for one in node().region.cities}
        for row in self._filled():
            if (city := told.get(f"stock_{row}_city")) and city not in cities:
                self.add_error(
                    f"stock_{row}_city", say(f"没有这个城市：{city}", f"there is no such city: {city}")
                )
            hours = told.get(f"stock_{row}_ready")
            if isinstance(hours, Decimal) and hours < 0:
                self.add_error(f"stock_{row}_ready", say("不能小于零", "less than nothing"))
        if not self.errors:
            self._check_stock()
        return told

    def _check_stock(self) -> None:
        """What the rule refuses, beside the field of its row."""
        try:
            check_report(self.report_body())
        except InputFaults as error:
            rows = list(self._filled())
            for fault in error.faults:
                found = _ROW.match(fault.column or "")
                assert found is not None, "each fault of a stock names its row"
                part = "amount" if fault.code == "base_information.negative" else "kept"
                self.add_error(f"stock_{rows[int(found[1])]}_{part}", forms.fault_words(fault))

    def _filled(self) -> Iterator[int]:
        """The numbers of the rows that are filled in, in the order of `rows`."""
        for row in range(1, self.counts["stock"] + 1):
            if self.cleaned_data.get(f"stock_{row}_item"):
                yield row

    def report_body(self) -> dict[str, Any]:
        """What was typed, as fields of a report; what was left empty is unknown, and left out."""
        body = self.body("as_of") | {"rows": [_row(one) for one in self.rows("stock")]}
        return body | ({"complete": True} if self.cleaned_data.get("complete") else {})


def _row(typed: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it stands in the statement; what is kept back is counted as the amount is."""
    unit = typed["unit"]
    row = {name: typed[name] for name in ("item", "city", "sort")}
    row["amount"] = {"value": plain(typed["amount"]), "unit": unit}
    if "kept" in typed:
        row["kept_back"] = {"value": plain(typed["kept"]), "unit": unit}
    return row | ({"ready_h": plain(typed["ready"])} if "ready" in typed else {})
