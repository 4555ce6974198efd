"""The forms of needs and offers: one form for every sort, what comes of a match, and why it is refused.

A thing is chosen from those that are known (`market_items.toml`, and what is on record), which have a code
and a unit already; or it is given a code of its own. What was left empty is unknown, and stays out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from riskshed.exchange.pathway_words import unit_of
from riskshed.governance.draft import Draft
from riskshed.governance.market_book import RowStanding
from riskshed.governance.matching_problem import Sign, read_wants
from riskshed.governance.standing import Standing
from riskshed.vocabulary_market import SEALS, SORTS
from riskshed.web.current import node
from riskshed.web.forms import LANGUAGES, Moment, Number, Offer, One, Sheet, Some, Text, YesNo
from riskshed.web.forms_message import named
from riskshed.web.forms_rows import Amount, Code, Yuan, money, plain, units
from riskshed.web.wording import say, tongue

SORT_WORDS: Mapping[str, tuple[str, str]] = {
    "aid": ("援助", "aid"),
    "parts": ("零部件", "parts"),
    "purchase": ("采购", "purchasing"),
    "finance": ("资金", "finance"),
    "technology": ("技术", "technology"),
    "talent": ("人才", "talent"),
    "training": ("培训", "training"),
    "service": ("服务", "services"),
    "produce": ("农产品", "produce"),
}
SEAL_WORDS: Mapping[str, tuple[str, str]] = {
    "all": ("整项", "the whole of it"),
    "price": ("价格", "price"),
    "place": ("地点", "place"),
    "time": ("时间", "time"),
    "traits": ("属性", "traits"),
    "priority": ("优先级", "priority"),
}
assert tuple(SORT_WORDS) == SORTS
assert tuple(SEAL_WORDS) == ("all", *SEALS)


class Item(NamedTuple):
    """A thing that is known: its code, sort, unit and names."""

    item: str
    sort: str
    unit: str
    words: Mapping[str, str]


@cache
def _shelf() -> tuple[Item, ...]:
    text = files("riskshed.governance").joinpath("market_items.toml").read_text("utf-8")
    return tuple(
        Item(one["item"], one["sort"], one["unit"], {"zh": one["zh"], "en": one["en"]})
        for one in tomllib.loads(text)["items"]
    )


def items(standing: Standing) -> dict[str, Item]:
    """The things that are known, by sort, item and unit: those of the list, and those on record."""
    found = {f"{one.sort} {one.item} {one.unit}": one for one in _shelf()}
    for row in (*standing.needs.values(), *standing.offers.values()):
        words = row.name or {"zh": row.item, "en": row.item}
        found.setdefault(" ".join(row.group), Item(row.item, row.sort, row.unit, words))
    return dict(sorted(found.items(), key=lambda pair: (SORTS.index(pair[1].sort), pair[1].item)))


def item_words(row: RowStanding) -> str:
    """What a row is called, in words."""
    known = next((one.words for one in _shelf() if (one.item, one.sort) == (row.item, row.sort)), None)
    return _called(row.name or known or {}, row.item)


def _called(words: Mapping[str, str], code: str) -> str:
    """The name in the language of the page, else in the other one, else the code."""
    return say(words.get("zh") or words.get("en") or code, words.get("en") or words.get("zh") or code)


def _sorts() -> list[tuple[str, str]]:
    return [("", say("请选择", "choose")), *((code, say(*word)) for code, word in SORT_WORDS.items())]


def _item_line(one: Item) -> str:
    unit = unit_of(one.unit).said(tongue()) or one.unit
    return f"{say(*SORT_WORDS[one.sort])}{say('：', ': ')}{_called(one.words, one.item)} ({unit})"


def offered(standing: Standing) -> Offer:
    """The choices of the form of a need or an offer."""
    none = ("", say("（另行填写）", "(another one)"))
    known = [(key, _item_line(one)) for key, one in items(standing).items()]
    return {
        "known": [none, *known],
        "city": [("", say("请选择", "choose")), *named([one.code for one in node().region.cities])],
        "sealed": [(code, say(*word)) for code, word in SEAL_WORDS.items()],
    }


class RowForm(Sheet):
    """What needs and offers have in common."""

    kind: str
    signs: tuple[Sign, ...] = ("=", ">=", "<=")
    traits: tuple[str, ...] = ()

    known = One("什么", "What", list)
    sort = One("类别（另行填写时）", "Sort (of another one)", _sorts)
    item = Code("代码（另行填写时）", "Code (of another one)")
    name_zh = Text("名称（中文，可不填）", "Name in Chinese (optional)")
    name_en = Text("名称（英文，可不填）", "Name in English (optional)")
    amount = Amount("数量", "Amount")
    unit = One("单位（另行填写时）", "Unit (of another one)", units)
    city = One("城市", "City", list)
    distance_max_km = Amount("最远距离，千米（可不填）", "How far at most, km (optional)")
    partners_max = Number("最多几家（可不填）", "How many partners at most (optional)")
    whole = YesNo("整项", "All of it or nothing")
    note_zh = Text("说明（可不填，对所有人公开）", "Note in Chinese (optional; everybody reads it)", rows=2)
    note_en = Text(
        "英文说明（可不填，对所有人公开）", "Note in English (optional; everybody reads it)", rows=2
    )
    sealed = Some("密封（他人看不到；仍参与匹配）", "Seal (others do not see it; it still decides)")

    def clean(self) -> dict[str, Any]:
        """A thing with its sort and unit, and traits that can be read."""
        told = super().clean() or {}
        parts = str(told.get("known") or "").split(" ")
        if len(parts) == 3:
            told["sort"], told["item"], told["unit"] = parts
        for name in ("sort", "item", "unit", "amount"):
            if not told.get(name) and name not in self.errors:
                self.add_error(name, say("必填，不能为空", "this is needed, and was left empty"))
        for name in self.traits:
            for wrong in read_wants(told.get(name) or "", self._signs(name))[1]:
                said = say(f"不是属性：{wrong}；请按 grade=A; voltage_V>=12 填写",
                           f"no trait: {wrong}; write it as grade=A; voltage_V>=12")  # fmt: skip
                self.add_error(name, said)
        return told

    def _signs(self, name: str) -> tuple[Sign, ...]:
        return ("=",) if name == "has" else self.signs

    def draft(self, by: str, about: str | None) -> Draft:
        """The whole row, with what is to be sealed still in it."""
        told = self.cleaned_data
        body: dict[str, Any] = {name: told[name] for name in ("sort", "item")}
        body["amount"] = {"value": plain(told["amount"]), "unit": told["unit"]}
        body |= self.body("city", "partners_max", "name", *self.times)
        if told.get("distance_max_km") is not None:
            body["distance_max_km"] = plain(told["distance_max_km"])
        if told.get("whole"):
            body["whole"] = True
        if words := self._note():
            body["note"] = words
        return Draft(self.kind, by, about, None, body | self._own())  # type: ignore[arg-type]

    times: tuple[str, ...] = ()

    def _note(self) -> dict[str, str]:
        return self.words("note")

    def _own(self) -> dict[str, Any]:
        raise NotImplementedError

    def _priced(self, name: str) -> dict[str, Any]:
        price: Decimal | None = self.cleaned_data.get(name)
        return {} if price is None else {name: money(price)}

    def seals(self) -> list[str]:
        """What is to be sealed."""
        return [one for one in self.cleaned_data.get("sealed") or () if one in SEAL_WORDS]


class NeedForm(RowForm):
    """A need."""

    kind = "NeedStated"
    traits = ("wants", "prefers")
    times = ("opens_at", "needed_by")

    opens_at = Moment("从何时可接收", "From when it can be taken")
    needed_by = Moment("最迟何时需要", "Needed by")
    priority = Number("优先级，1 至 9，9 最先（可不填）", "Priority, 1 to 9, 9 goes first (optional)")
    price_max = Yuan("最高单价，元（可不填）", "Highest price of one unit, yuan (optional)")
    wants = Text("必须具备的属性（可不填）", "Traits that it must have (optional)", rows=2)
    prefers = Text("最好具备的属性（可不填）", "Traits that it should have (optional)", rows=2)

    def _own(self) -> dict[str, Any]:
        told = self.cleaned_data
        body = self._priced("price_max")
        if told.get("priority") is not None:
            body["priority"] = told["priority"]
        for name in self.traits:
            wants = read_wants(told.get(name) or "")[0]
            if wants:
                body[name] = [{"key": w.key, "sign": w.sign, "value": w.value} for w in wants]
        return body


class OfferForm(RowForm):
    """An offer."""

    kind = "OfferMade"
    traits = ("has",)
    times = ("ready_at", "until")

    ready_at = Moment("从何时可发出", "From when it can leave")
    until = Moment("有效至", "The offer stands until")
    price = Yuan("单价，元（可不填）", "Price of one unit, yuan (optional)")
    least = Amount("起订量：各需求合计不足则不供（可不填）", "Minimum order, in all (optional)")
    has = Text(
        "属性（可不填），如 grade=A; voltage_V=12", "Traits (optional), such as grade=A; voltage_V=12", rows=2
    )

    def _own(self) -> dict[str, Any]:
        has = read_wants(self.cleaned_data.get("has") or "", ("=",))[0]
        traits = {"has": [{"key": one.key, "value": one.value} for one in has]} if has else {}
        least = self.cleaned_data.get("least")
        told = {} if least is None else {"value": plain(least), "unit": self.cleaned_data["unit"]}
        return self._priced("price") | traits | ({"amount_min": told} if told else {})


class RefuseForm(Sheet):
    """Why a match is refused."""

    reason_zh = Text("理由（中文）", "Reason in Chinese", rows=2)
    reason_en = Text("理由（英文）", "Reason in English", rows=2)

    def clean(self) -> dict[str, Any]:
        """A reason in one language at least."""
        told = super().clean() or {}
        if not self.errors and not self.words("reason"):
            self.add_error(f"reason_{LANGUAGES[0]}", say("请说明理由", "say why"))
        return told


class ReceiveForm(Sheet):
    """What came of a match."""

    amount = Amount("收到多少", "How much came")
    unfit = Amount("其中不能用的（可不填）", "Of this unfit for use (optional)")
    received_at = Moment("何时收到", "When it came")
    note_zh = Text("说明（可不填）", "Note in Chinese (optional)", rows=2)
    note_en = Text("英文说明（可不填）", "Note in English (optional)", rows=2)

    def clean(self) -> dict[str, Any]:
        """More than nothing, no more unfit than came, and not in the future."""
        told = super().clean() or {}
        amount, unfit, at = told.get("amount"), told.get("unfit"), told.get("received_at")
        if "amount" not in self.errors and (amount is None or amount <= 0):
            self.add_error("amount", say("须大于零", "more than nothing"))
        if unfit is not None and amount is not None and not 0 <= unfit <= amount:
            self.add_error("unfit", say("应在零与收到的数量之间", "from nothing to what came"))
        if "received_at" not in self.errors and at is None:
            self.add_error("received_at", say("必填，不能为空", "this is needed, and was left empty"))
        if at is not None and at > node().now():
            self.add_error("received_at", say("这个时间还没有到", "that time has not come"))
        return told

    def receipt(self, unit: str) -> dict[str, Any]:
        """The fields of the receipt."""
        told = self.cleaned_data
        body = self.body("received_at", "note") | {"amount": {"value": plain(told["amount"]), "unit": unit}}
        if told.get("unfit"):
            body["unfit"] = {"value": plain(told["unfit"]), "unit": unit}
        return body
