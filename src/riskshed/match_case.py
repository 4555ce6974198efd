"""The needs and offers of a case: `needs.csv`, `offers.csv` and, where pairs were refused, `refusals.csv`.

They are read whole or not at all, and every fault of every file is named at once. Places are those of
`region/cities.csv`; a row may give its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from riskshed.errors import Fault, InputFaults
from riskshed.exchange import pathway_words
from riskshed.governance.matching import Matching, drafts
from riskshed.governance.matching_explain import UNMET, Explanation
from riskshed.governance.matching_problem import (
    AMOUNT_STEP,
    KINDS,
    SEALS,
    MatchProblem,
    Need,
    Offer,
    Refusal,
    Sign,
    Want,
    read_wants,
)  # fmt: skip
from riskshed.region import Region
from riskshed.region_files import BASIS
from riskshed.tables import Column, FaultBook, Table, read_csv, shown


def _may(name: str, kind: Any, doc: str, unit: str = "", **more: Any) -> Column:
    return Column(name, kind, unit, required=False, may_be_empty=True, doc=doc, **more)


def _shared(what: str) -> tuple[Column, ...]:
    return (
        Column("id", "id", doc=f"Id of the {what}, not used twice."),
        Column("body", "id", doc="Code of the body whose it is: enterprise, city, household."),
        Column("kind", "choice", choices=KINDS, doc="What sort of thing."),
        Column("item", "id", doc="Code of the thing; needs and offers of one item meet."),
        Column("amount", "float", low=0, high=1e12, above=True, doc="How much, in steps of 0.001."),
        Column("unit", "id", doc="In what it is counted; the same for all rows of an item."),
        Column("city", "id", doc="Code of the city where it is."),
    )


def _shape(partners: str) -> tuple[Column, ...]:
    return (
        _may("lat", "float", "Latitude, WGS 84; empty is that of the city.", "degree", low=-90, high=90),
        _may("lon", "float", "Longitude; empty is that of the city.", "degree", low=-180, high=180),
        _may("km_max", "float", "How far in a straight line; empty is any distance.", "km", low=0, high=1e5),
        _may("partners_max", "int", f"{partners}; empty is any number.", low=1, high=10**6),
    )


_SEALED = _may("sealed", "text", f"What others may not see, separated by `;`: {', '.join(SEALS)}.")
_LAST = (
    _SEALED,
    BASIS,
    Column("source", "text", doc="Where the facts of this row are said, or that they are supposed."),
    Column("note", "text", required=False, may_be_empty=True, doc="Anything else."),
)
NEEDS = (
    *_shared("need"),
    Column("opens_at", "time", doc="From when it can be taken."),
    Column("needed_by", "time", doc="By when it must be there."),
    _may("priority", "int", "1 to 9, 9 goes first; empty is 1.", low=1, high=9),
    _may("whole", "bool", "Whether a part of it is of no use; empty is no."),
    *_shape("By how many offers it may be met"),
    _may("price_max_yuan", "float", "Highest price of one unit; empty is any.", "yuan", low=0, high=1e12),
    _may("wants", "text", "Traits that it must have, separated by `;`: `grade=A; voltage_V>=12`."),
    _may("prefers", "text", "Traits that it should have, in the same form."),
    *_LAST,
)
OFFERS = (
    *_shared("offer"),
    Column("ready_at", "time", doc="From when it can leave."),
    Column("until", "time", doc="Until when the offer stands."),
    _may("whole", "bool", "Whether it goes to one need, all of it or nothing; empty is no."),
    *_shape("To how many needs it may go"),
    _may("price_yuan", "float", "Price of one unit; empty is unknown.", "yuan", low=0, high=1e12),
    _may("least", "float", "So much is taken in all, or nothing; needs reach it together.", low=0, high=1e12),
    _may("has", "text", "What it says of itself, separated by `;`: `grade=A; voltage_V=12`."),
    *_LAST,
)
REFUSALS = (
    Column("need", "id", doc="Id of the need."),
    Column("offer", "id", doc="Id of the offer."),
    Column("by", "id", doc="Code of the body that refused: one of the two."),
    Column("note", "text", required=False, may_be_empty=True, doc="Why."),
)
FILES = (
    ("needs.csv", "What is needed, one row each. Required.", NEEDS),
    ("offers.csv", "What is offered, one row each. Required.", OFFERS),
    ("refusals.csv", "Pairs that one of the two does not want; they are left out. Optional.", REFUSALS),
)


def read(folder: Path, *, refused: Sequence[Refusal] = (), as_of: datetime | None = None) -> MatchProblem:
    """The needs and offers of a case folder as a problem of matching.

    Raises
    ------
    InputFaults
        ``match.faults`` for what is wrong in the files, ``match.problem`` for what does not fit together.
    """
    faults: list[Fault] = []
    tables = [read_csv(folder / name, columns, faults) for name, _, columns in FILES[:2]]
    path = folder / FILES[2][0]
    more = read_csv(path, REFUSALS, faults) if path.exists() else None
    places = {city.code: (city.lat, city.lon) for city in Region.read(folder / "region").cities}
    needs, offers = [
        None if table is None else _Rows(folder / FILES[side][0], table, places, faults)
        for side, table in enumerate(tables)
    ]
    wanted = () if needs is None else tuple(needs.needs())
    given = () if offers is None else tuple(offers.offers())
    if faults:
        raise InputFaults("match.faults", f"the needs and offers of {folder} cannot be used", faults)
    told = [] if more is None else [Refusal(row["need"], row["offer"], row["by"]) for row in more.rows()]
    return MatchProblem(wanted, given, (*told, *refused), as_of=as_of)


_HEAD = """\
# Needs and offers

`riskshed match CASE` matches what is needed with what is offered, as well as can be: aid, parts when a
supplier stops, pooled purchasing, finance, technology, talent and training places, local services, produce.
It reads `needs.csv` and `offers.csv` in the folder of the case, and `refusals.csv` if there is one.

```console
$ riskshed match changchun-2022 --json
```

## What fits, and what is better

A need and an offer can be matched if kind, item and unit are the same, the offer is near enough, there in
time (the straight line, 1.3 times as long by road, at 60 km/h) and not too dear, has the traits that are
wanted, its lot is no larger than the need, and nobody refused the pair. Where a place or a price is not
known it rules nothing out. Pooled purchasing is one rule: an offer may name the least that has to be taken of
it in all (`least`: a minimum order, or the amount from which its price holds), which several needs reach
together or of which nothing is taken.

Each unit that is matched is worth points: 1,000 for each step of priority, up to 300 for preferred traits;
less up to 200 each for distance (1,000 km or more), for the time until it arrives (the end of the window)
and for the price (the highest that is paid). What is unknown loses these points whole. Any match is better
than none. Points are no money; they are compared within one item only.

The matching is the best there is: a flow of least cost, by OR-Tools. It is proven in whole numbers without
trusting the solver (`points`, `points_at_most`); where lots go whole or partners are few, HiGHS solves it and
says the bound, and `gap` is not 0 if it had to stop. The order of rows changes nothing.

## Why

Each match comes with the second best offer and how many points it is worth less, and with the need that would
have the offer otherwise. Each need that is not met comes with its cause:

{causes}

A pair may be refused by one of its two, in `refusals.csv` or with `--refuse NEED:OFFER`: it is left out,
and all is matched again. A match is a proposal. `draft` is what the offering body may say, an
`AidCommitted` that then counts as its promise ([trust](trust.md)); there is none where a statement has no
such unit, or where times are sealed.

## What is sealed

`sealed` names what others may not see: `price`, `place`, `time`, `traits`, `priority`, or `all` for the
whole row. Sealed things decide who is matched, and stand in nothing that another body is shown: `--as BODY`
explains from what is open alone, so that a match may look worse than another; then it says so. A row that
is sealed whole is seen by its owner, and by whom it is matched with. Whoever has the files sees everything,
without `--as`.

## On the record of a node

Bodies state needs (`NeedStated`) and make offers (`OfferMade`) on the page **Needs and offers** (需求与供给,
`/market/`), each with its own key: one form for every sort, with a list of things that have a code and a
unit already. Whoever runs the node, or a chamber, has them matched at any time. Each match is a statement
(`MatchProposed`) with its reason in words, and can be accepted for 48 hours. What is proposed or promised is
taken off both sides, so that to match again proposes what is left and nothing twice.

- **An offer binds** whoever makes it until it ends, is taken back, or is given out. The body in need takes it
  (`MatchAccepted`); from then on it is a promise of the body that offered. Either side may refuse before
  (`MatchRefused`); that pair is not proposed again.
- **A promise is never made twice.** Of two who take the same, the one that was seen first has it, in the
  order of the log; within one second, what an acceptance names as standing before it comes first. The other
  is told `market.taken` and nothing is written. Where two nodes had not heard of each other, everybody's
  fold marks the same one as the loser, and it stays lost, whatever becomes free later.
- **It counts in [trust](trust.md)**: kept when all that was promised was received in time and fit for use
  (`SupplyReceived`, by the body that needed it), late after that, broken when it is due and that is not said.
  Before it is due the body in need may give it back.
- **Help in an incident** that is asked of named bodies stays with `AidRequested` and what answers it
  ([dispatch](dispatch.md)): it needs no offer to be answered, and is part of the bill.

What is sealed stands in a sealed statement for its own body and whoever runs the matching; the log holds a
digest of it. The other side of a match sees it once the match is accepted. A row that is sealed whole has
sealed matches, which nobody else sees, and counts in nobody's trust. Deleting what was sealed leaves the log
as it is; the row is then matched no more.

    riskshed match --log LOG --region DIR --at TIME [--sealed DIR] [--as BODY]

matches what a log holds, without a server. With the folder `sealed` of the node it finds, pair by pair, what
the page would propose; without it, what is open alone.

When a supplier stops, `riskshed.stand_ins` says who runs out of what and when (from `pathways.supply`),
drafts the need for the maker to confirm, and lists the offers on record that would do.

## What is refused

Columns may stand in any order; an empty cell is unknown. Amounts that are not above 0, one item in two
units, a window that ends before it begins, an id twice, a city that the region does not have, a refusal of
what is not there: all faults are named at once, by file and line or by id, and nothing is matched.

This page is written from `riskshed.match_case` and checked against it.
"""


def guide() -> str:
    """The guide page of needs and offers, in Markdown, from the schemas.

    Examples
    --------
    >>> guide().splitlines()[0]
    '# Needs and offers'
    """
    causes = "\n".join(f"- `{cause}`: {en} ({zh})" for cause, (zh, en) in UNMET.items())
    parts = [_HEAD.format(causes=causes)]
    for name, doc, columns in FILES:
        lines = ["| column | type | unit | range | required | meaning |", "|---|---|---|---|---|---|"]
        for c in columns:
            required = "yes" if c.required else "no"
            lines.append(f"| `{c.name}` | {c.kind} | {c.unit} | {c.range_text()} | {required} | {c.doc} |")
        parts.append(f"## {name}\n\n{doc}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


class _Rows:
    """The rows of one file, made into needs or offers; what is wrong goes into the faults."""

    def __init__(self, path: Path, table: Table, places: dict[str, Any], faults: list[Fault]) -> None:
        self.table, self.places = table, places
        self.book = FaultBook(str(path), faults)

    def needs(self) -> Iterator[Need]:
        """Every need."""
        for line, row in zip(self.table.lines, self.table.rows(), strict=True):
            yield Need(
                **self._shared(line, row), opens_at=row["opens_at"], needed_by=row["needed_by"],
                priority=row["priority"] or 1, price_max_yuan=row["price_max_yuan"],
                wants=self._wants(line, "wants", row["wants"]),
                prefers=self._wants(line, "prefers", row["prefers"]),
            )  # fmt: skip

    def offers(self) -> Iterator[Offer]:
        """Every offer."""
        for line, row in zip(self.table.lines, self.table.rows(), strict=True):
            has = tuple((want.key, want.value) for want in self._wants(line, "has", row["has"], ("=",)))
            yield Offer(
                **self._shared(line, row), ready_at=row["ready_at"], until=row["until"],
                price_yuan=row["price_yuan"], has=has, least=_decimal(row["least"]),
            )  # fmt: skip

    def _shared(self, line: int, row: dict[str, Any]) -> dict[str, Any]:
        if row["city"] not in self.places:
            wanted = "a code of region/cities.csv"
            self.book.add("match.unknown_city", line, "city", shown(row["city"]), wanted, "Correct the code.")
        lat, lon = self.places.get(row["city"], (None, None))
        own = row["lat"] is not None and row["lon"] is not None
        amount = _decimal(row["amount"]) or Decimal(0)
        if amount % AMOUNT_STEP:
            self.book.add("match.amount", line, "amount", str(amount), "steps of 0.001", "Round the amount.")
        parts = (row["sealed"] or "").split(";")
        same = {name: row[name] for name in ("id", "body", "kind", "item", "unit", "city", "km_max")}
        count = row["partners_max"]
        return {
            **same,
            "amount": amount,
            "lat": float(row["lat"]) if own else lat,
            "lon": float(row["lon"]) if own else lon,
            "whole": bool(row["whole"]),
            "partners_max": None if count is None else int(count),
            "sealed": tuple(sorted({part.strip() for part in parts if part.strip()})),
        }

    def _wants(
        self, line: int, column: str, text: str | None, signs: tuple[Sign, ...] = get_args(Sign)
    ) -> tuple[Want, ...]:
        found, wrong = read_wants(text or "", signs)
        for part in wrong:
            wanted = f"key {' or '.join(signs)} value, separated by ;"
            self.book.add("match.trait", line, column, shown(part), wanted, "Correct the trait.")
        return found


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(repr(float(number)))


# -------------------------------------------------------------------------------------------- what came of it


def to_json(matching: Matching, explained: Explanation, viewer: str | None = None) -> dict[str, Any]:
    """The matching as plain data: all of it for the keeper, for a body what it may see."""
    units = {one.id: one.unit for one in matching.problem.needs}
    items = [_item(matching, at) for at in range(len(matching.blocks))]
    keeper = {"proven": matching.is_proven, "items": items}
    said = drafts(matching)
    own = {key: draft for key, draft in said.items() if viewer in (None, draft.by)}
    return {
        "for": viewer,
        **(keeper if viewer is None else {}),
        "matches": [_match(one, units, own) for one in explained.reasons],
        "unmet": [
            {"need": one.need, "missing": _number(one.missing), "unit": one.unit, "cause": one.cause,
             "offer": one.offer, "better": one.better, "why": one.words(_worded(one.missing, one.unit))}
            for one in explained.unmet
        ],
        "spare": [{"offer": code, "left": _number(left)} for code, left in explained.spare],
    }  # fmt: skip


def _item(matching: Matching, at: int) -> dict[str, Any]:
    block, solution = matching.blocks[at], matching.solutions[at]
    kind, item, unit = block.group
    return {
        "kind": kind, "item": item, "unit": unit, "form": solution.form,
        "needs": int(block.needs.size), "offers": int(block.offers.size), "pairs": int(block.need.size),
        "points": solution.value, "points_at_most": solution.bound, "gap": solution.gap,
    }  # fmt: skip


def _match(one: Any, units: dict[str, str], said: Any) -> dict[str, Any]:
    match = one.match
    draft = said.get((match.need, match.offer))
    return {
        "need": match.need, "offer": match.offer, "amount": _number(match.amount), "unit": units[match.need],
        "km": match.km, "arrives_at": match.arrives_at.isoformat() if match.arrives_at else None,
        "second_best": one.next_offer, "points_less": one.difference, "displaced": one.displaced,
        "offer_price": one.offer_price, "why": one.words(),
        "draft": None if draft is None else {"kind": draft.kind, "by": draft.by, "body": dict(draft.body)},
    }  # fmt: skip


def _number(amount: Decimal) -> str:
    """An amount as decimal text, as in a statement."""
    return f"{amount.normalize():f}"


def _worded(amount: Decimal, unit: str) -> dict[str, str]:
    """An amount with its unit in words, as each language writes it."""
    shown = f"{amount.normalize():,f}"
    return {lang: pathway_words.with_unit(shown, unit, lang) for lang in ("zh", "en")}


def to_text(found: dict[str, Any], lang: str) -> str:
    """The same for a person, in one language."""
    zh = lang == "zh"
    lines = [
        f"{one['offer']} → {one['need']}: {_worded(Decimal(one['amount']), one['unit'])[lang]}"
        f"{'。' if zh else '. '}{one['why'][lang]}"
        for one in found["matches"]
    ]
    lines += [one["why"][lang] for one in found["unmet"]]
    if "proven" in found:
        words = ("已证明最优", "proven optimal") if found["proven"] else ("未证明最优", "not proven optimal")
        lines.append(words[0] if zh else words[1])
    return "\n".join(lines)
