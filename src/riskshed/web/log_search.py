"""Finding entries of the log: what was asked for, read strictly, and the rows that answer it, page by page.

Pages are cut at places of the log (entries before number N), not counted from the newest: the log grows while
somebody reads, and nothing then slips from one page to the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from django.db.models import QuerySet

from riskshed.vocabulary import KINDS
from riskshed.web.models import StatementRow
from riskshed.web.wording import say

PAGE_ROWS = 50
TEXT_MAX = 200
FIELDS = ("kind", "body", "incident", "words", "sort", "since", "until")
SORTS = ("", "actual", "exercise")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field of the search that cannot be used, and why."""

    field: str
    what: str


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for: texts as they were given, times as they were read, and what is wrong."""

    given: Mapping[str, str]
    since: datetime | None
    until: datetime | None
    before: int | None
    faults: tuple[Wrong, ...]

    @property
    def is_asked(self) -> bool:
        """Whether anything narrows it down."""
        return any(self.given.values())

    def query(self) -> str:
        """The search as it stands in an address, without the place."""
        return urlencode({name: text for name, text in self.given.items() if text})


def read(asked: Mapping[str, str], zone: timezone) -> Search:
    """Read a search; times without an offset are in the zone of the node."""
    faults: list[Wrong] = []
    given = {name: asked.get(name, "").strip() for name in FIELDS}
    for name, text in given.items():
        if len(text) > TEXT_MAX or _CONTROL.search(text):
            faults.append(Wrong(name, say(f"最多 {TEXT_MAX} 个字符，不含控制字符",
                                          f"at most {TEXT_MAX} characters, none of control")))  # fmt: skip
            given[name] = ""
    if given["kind"] and given["kind"] not in KINDS:
        faults.append(Wrong("kind", say("没有这种陈述", "there is no such kind of statement")))
    if given["sort"] not in SORTS:
        faults.append(Wrong("sort", say("请选真实或演习", "choose actual or drill")))
    since = _time(given, "since", zone, faults)
    until = _time(given, "until", zone, faults)
    return Search(given, since, until, _place(asked.get("before", ""), faults), tuple(faults))


def _time(given: Mapping[str, str], name: str, zone: timezone, faults: list[Wrong]) -> datetime | None:
    """A day means its beginning for `since` and its end for `until`."""
    text = given[name]
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        is_day = len(text) == len("2005-11-23") and name == "until"
        return at + timedelta(days=1) if is_day else at
    except (ValueError, OverflowError):
        wanted = say("须为日期或时间，如 2005-11-23 或 2005-11-23T08:00",
                     "a day or a time, such as 2005-11-23 or 2005-11-23T08:00")  # fmt: skip
        faults.append(Wrong(name, wanted))
        return None


def _place(text: str, faults: list[Wrong]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    faults.append(Wrong("before", say("位置须为数字", "a place is a number")))
    return None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of rows, the latest first, and the place before which the next page begins (None: no more)."""

    rows: tuple[StatementRow, ...]
    older: int | None
    count: int


def find(search: Search) -> Found:
    """The rows that a search without faults asks for."""
    assert not search.faults, "a search that cannot be read is not made"
    rows = _narrowed(StatementRow.objects.order_by("-place"), search)
    count = rows.count()
    if search.before is not None:
        rows = rows.filter(place__lt=search.before)
    page = tuple(rows[: PAGE_ROWS + 1])
    shown = page[:PAGE_ROWS]
    return Found(shown, shown[-1].place if len(page) > PAGE_ROWS else None, count)


def _narrowed(rows: QuerySet[StatementRow], search: Search) -> QuerySet[StatementRow]:
    given = search.given
    equal = {"kind": given["kind"], "by": given["body"], "about": given["incident"]}
    rows = rows.filter(**{name: value for name, value in equal.items() if value})
    for word in given["words"].split():
        rows = rows.filter(words__icontains=word)
    if given["sort"]:
        rows = rows.filter(exercise=given["sort"] == "exercise")
    if search.since is not None:
        rows = rows.filter(issued__gte=search.since)
    if search.until is not None:
        rows = rows.filter(issued__lt=search.until)
    return rows
