"""Needs, offers and matches as pages show them: to each reader what he may see, and nothing else.

Everything here is drawn from the book as it is open for the body that reads (`desk_market.opened`): rows,
counts, order and what is left. So nothing that is sealed from it can be told from any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskshed.desk_market import MarketDesk, opened
from riskshed.exchange import pathway_words
from riskshed.governance.market_book import Market, MatchStanding, RowStanding
from riskshed.governance.market_run import Places, named_words, run
from riskshed.governance.matching_explain import Unmet
from riskshed.governance.standing import Standing
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Sealed, Statement
from riskshed.statement_record import Body
from riskshed.web import addresses, sealed_bodies
from riskshed.web.current import node
from riskshed.web.forms_market import SEAL_WORDS, SORT_WORDS, item_words
from riskshed.web.node import Node
from riskshed.web.people import Actor
from riskshed.web.statement_line import with_names
from riskshed.web.wording import name_of, say, with_unit, words

SHOWN = 60
"""So many rows of a list stand on the page; the filter finds the others."""
ROW_STATES: Mapping[str, tuple[str, str]] = {
    "open": ("开放", "open"),
    "promised": ("已全部承诺", "promised in full"),
    "received": ("已全部收到", "received in full"),
    "withdrawn": ("已撤回", "taken back"),
    "expired": ("已到期", "over"),
}
MATCH_STATES: Mapping[str, tuple[str, str, str]] = {
    "proposed": ("open", "待答复", "waits for an answer"),
    "accepted": ("open", "已接受，待交付", "accepted, to be delivered"),
    "received": ("met", "已交付", "delivered"),
    "refused": ("undetermined", "已婉拒", "refused"),
    "lapsed": ("undetermined", "已失效", "no longer possible"),
    "withdrawn": ("undetermined", "已撤回", "taken back"),
}


class NodeShelf:
    """The bodies of sealed statements that a node keeps."""

    def __init__(self, living: Node) -> None:
        self.node = living

    def keep(self, body: Sealed) -> None:
        """Keep it durably."""
        sealed_bodies.keep(self.node, body)

    def drop(self, body: Sealed) -> None:
        """Take away what was never said."""
        sealed_bodies.drop(self.node, body)

    def body(self, said: Statement) -> Body | None:
        """The body; None if it was forgotten, or is kept elsewhere."""
        return sealed_bodies.read(self.node, said, said.by)


def desk(actor: Actor) -> MarketDesk:
    """The market desk of somebody; bodies that run the matching here can open what is sealed for it."""
    return MarketDesk(actor.desk(), NodeShelf(node()), [node().profile.body])


def seen_by(actor: Actor, standing: Standing) -> Market:
    """The book as this one's body may see it."""
    return opened(standing, NodeShelf(node()), actor.body)


def places() -> Places:
    """Where cities are."""
    return {one.code: (one.lat, one.lon) for one in node().region.cities}


def may_run(actor: Actor, standing: Standing) -> bool:
    """Whether this one's body runs the matching here: whose node it is, or a chamber."""
    held = standing.bodies.get(actor.body)
    return actor.body == node().profile.body or (held is not None and held.kind == "chamber")


# --------------------------------------------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class RowLine:
    """A need or an offer in one line; `seals` are words for what is sealed of it."""

    row: RowStanding
    url: str
    what: str
    sort: str
    amount: str
    left: str
    state: str
    seals: tuple[str, ...]
    is_mine: bool


def amount_words(amount: Decimal, unit: str) -> str:
    """An amount with its unit."""
    return with_unit(f"{amount.normalize():,f}", unit)


def row_line(row: RowStanding, reader: str) -> RowLine:
    """The line of a row."""
    return RowLine(
        row=row,
        url=addresses.market(row.id),
        what=item_words(row),
        sort=say(*SORT_WORDS[row.sort]),
        amount=amount_words(row.amount, row.unit),
        left=amount_words(row.left, row.unit),
        state=say(*ROW_STATES[row.status]),
        seals=tuple(say(*SEAL_WORDS[one]) for one in row.sealed),
        is_mine=row.by == reader,
    )


SIGNS: Mapping[str, str] = {"=": "=", ">=": "≥", "<=": "≤"}


def facts(row: RowStanding) -> tuple[tuple[str, str, datetime | None, str], ...]:
    """What a row says of itself, as (name, text, time, seal); `seal` is a word where it is sealed.

    What is sealed from the reader has neither text nor time.
    """
    begins = ("从何时可接收", "from when it can be taken"), ("最迟何时需要", "needed by")
    names = begins if row.side == "need" else (("从何时可发出", "ready from"), ("有效至", "stands until"))
    body = row.body
    told: list[tuple[str, tuple[str, str], str, datetime | None]] = [
        ("place", ("城市", "city"), name_of(str(body["city"])) if "city" in body else "", None),
        ("time", names[0], "", row.begins),
        ("time", names[1], "", row.ends),
        (
            "place",
            ("最远距离", "how far"),
            f"{body['distance_max_km']} km" if "distance_max_km" in body else "",
            None,
        ),
        ("price", ("单价", "price of one unit"), _price(body), None),
        ("traits", ("属性", "traits"), _traits(body), None),
        ("priority", ("优先级", "priority"), str(body.get("priority", "")), None),
        ("", ("最多几家", "partners at most"), str(row.partners_max or ""), None),
        (
            "",
            ("起订量", "minimum order"),
            "" if row.least is None else amount_words(row.least, row.unit),
            None,
        ),
        ("", ("整项", "all of it or nothing"), say("是", "yes") if row.whole else "", None),
    ]
    made = []
    for part, word, text, time in told:
        seal = say("密封", "sealed") if part and ({part, "all"} & set(row.sealed)) else ""
        if text or time is not None or (seal and part in row.sealed and not row.is_known):
            made.append((say(*word), text, time, seal))
    return tuple(made)


def _price(body: Body) -> str:
    name = "price" if "price" in body else "price_max"
    if name not in body:
        return ""
    most = say("至多 ", "at most ") if name == "price_max" else ""
    return most + money(Money(**body[name]))


def _traits(body: Body) -> str:
    has = [f"{one['key']} = {one['value']}" for one in body.get("has", ())]
    wants = [f"{one['key']} {SIGNS[one['sign']]} {one['value']}" for one in body.get("wants", ())]
    likes = [f"{one['key']} {SIGNS[one['sign']]} {one['value']}" for one in body.get("prefers", ())]
    better = say("最好 ", "better with ") + "; ".join(likes) if likes else ""
    return "; ".join([*has, *wants, *([better] if better else [])])


@dataclass(frozen=True, slots=True)
class Side:
    """The open needs or offers, and how many more there are than are shown."""

    name: str
    title: tuple[str, str]
    lines: tuple[RowLine, ...]
    more: int
    count: int


def sides(market: Market, reader: str, sort: str, city: str) -> tuple[Side, ...]:
    """What is open, of a sort and a city if they are given: one's own first, then what ends soonest."""
    found = []
    for name, title in (("need", ("需求", "Needs")), ("offer", ("供给", "Offers"))):
        rows = [one for one in market.rows.values() if one.side == name and _fits(one, sort, city)]
        rows.sort(key=lambda one: (one.by != reader, one.ends or datetime.max.replace(tzinfo=_UTC), one.id))
        lines = tuple(row_line(one, reader) for one in rows[:SHOWN])
        found.append(Side(name, title, lines, max(len(rows) - SHOWN, 0), len(rows)))
    return tuple(found)


_UTC = datetime.fromisoformat("2000-01-01T00:00:00+00:00").tzinfo


def _fits(row: RowStanding, sort: str, city: str) -> bool:
    own = str(row.body.get("city", "")) if row.is_known else str(row.city or "")
    return row.status == "open" and (not sort or row.sort == sort) and (not city or own == city)


# ------------------------------------------------------------------------------------------------ matches


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A match, as one of its two or anybody who may see it reads it."""

    one: MatchStanding
    url: str
    need: RowLine
    offer: RowLine
    amount: str
    glyph: str
    state: str
    reason: str
    second: RowLine | None
    may_accept: bool
    may_refuse: bool
    may_receive: bool
    may_release: bool


def match_line(market: Market, one: MatchStanding, reader: str, at: datetime) -> MatchLine:
    """The line of a match."""
    glyph, zh, en = MATCH_STATES[one.status]
    if one.status == "accepted" and one.is_bound and one.due is not None and one.due < at:
        glyph, zh, en = "breached", "已到期，未见收到", "due, and not received"
    elif one.status == "accepted" and not one.is_bound:
        zh, en = "已接受，待凑足起订量", "accepted, until the minimum order is reached"
    elif one.complete_at is not None and one.due is not None and one.complete_at > one.due:
        glyph, zh, en = "late", "已交付，晚于期限", "delivered after its time"
    is_waiting = one.status == "proposed"
    second = market.rows.get(one.second or "")
    return MatchLine(
        one=one,
        url=addresses.market(one.id),
        need=row_line(market.rows[one.need], reader),
        offer=row_line(market.rows[one.offer], reader),
        amount=amount_words(one.amount, one.unit),
        glyph=glyph,
        state=say(zh, en),
        reason=words(with_names(dict(one.reason), node().names())),
        second=None if second is None else row_line(second, reader),
        may_accept=is_waiting and reader == one.need_by,
        may_refuse=is_waiting and reader in (one.need_by, one.offer_by),
        may_receive=one.status == "accepted" and reader == one.need_by,
        may_release=one.status == "accepted" and reader == one.need_by and not one.receipts,
    )


_FIRST = ("proposed", "accepted", "received", "refused", "lapsed", "withdrawn")


def own_matches(market: Market, reader: str, at: datetime) -> tuple[MatchLine, ...]:
    """The matches of a body: those that wait first, then those to be delivered, then the latest others."""
    own = [one for one in market.matches.values() if reader in (one.need_by, one.offer_by)]
    own.sort(key=lambda one: one.seen_at, reverse=True)
    own.sort(key=lambda one: _FIRST.index(one.status))
    return tuple(match_line(market, one, reader, at) for one in own[:SHOWN])


def of_row(market: Market, row: RowStanding, reader: str, at: datetime) -> tuple[MatchLine, ...]:
    """The matches of a need or an offer."""
    found = [one for one in market.matches.values() if row.id in (one.need, one.offer)]
    found.sort(key=lambda one: (_FIRST.index(one.status), one.id))
    return tuple(match_line(market, one, reader, at) for one in found[:SHOWN])


def why_unmet(market: Market, row: RowStanding, reader: str, at: datetime) -> tuple[str, ...]:
    """Why a need is not met by what its body may see, in words; empty if it is, or could be.

    It is worked out from that alone, so that what others sealed cannot show.
    """
    rows = {code: one for code, one in market.rows.items() if one.group == row.group}
    matches = {code: one for code, one in market.matches.items() if one.need in rows and one.offer in rows}
    found = run(Market(rows, matches), at, places())
    told: Iterable[Unmet] = (one for each in found.explained(reader).values() for one in each.unmet)
    named = [named_words(one.words(_missing(one)), market) for one in told if one.need == row.id]
    return tuple(words(with_names(one, node().names())) for one in named)


def _missing(one: Unmet) -> dict[str, str]:
    """What a need lacks, with its unit in words, in both languages."""
    shown = f"{one.missing.normalize():,f}"
    return {tongue: pathway_words.with_unit(shown, one.unit, tongue) for tongue in ("zh", "en")}
