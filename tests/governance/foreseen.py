"""What is foreseen for the cast: a spill at Shang that reaches Zhong first, then Xia."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from cast import SHANG, XIA, ZHONG
from governance.acts import INCIDENT, TERRITORY, at, noticed, opened, stand

from riskshed.governance import notice
from riskshed.governance.draft import Draft
from riskshed.governance.message import Telling
from riskshed.governance.notice import Writing
from riskshed.governance.outlook import Coming, Outlook
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Statement, make

EAST = timezone(timedelta(hours=8))
NAMES = {
    SHANG: {"zh": "上城", "en": "Shang"},
    ZHONG: {"zh": "中城", "en": "Zhong"},
    XIA: {"zh": "下城", "en": "Xia"},
}
WRITING = Writing(EAST, NAMES)
TERMS = Terms(code="cast-river")


def coming(city: str, probability: float | None, hours: float | None = None, **more: Any) -> Coming:
    """With a band of four hours either way; hours are counted from the spill."""
    if hours is not None:
        more = {"earliest": at(hours - 4), "middle": at(hours), "latest": at(hours + 4), **more}
    return Coming(city, probability, **more)


def outlook(*rows: Coming, **more: Any) -> Outlook:
    rows = rows or (
        coming(ZHONG, 0.72, 48, peak=0.4, exposed_people=3_000_000),
        coming(XIA, 0.2, 90, peak=0.1),
    )
    return Outlook(rows, **{"pathway": "pollutant", "threshold": 0.017, "unit": "mg/L", **more})


def telling(seen: Outlook | None = None, hours: float = 1.0, **more: Any) -> Telling:
    facts = {"origin": SHANG, "hazard_class": "accident", "names": NAMES, "zone": EAST, **more}
    return Telling(seen or outlook(), now=at(hours), **facts)


def said(draft: Draft, now: datetime, *, exercise: bool = False, officer: str = "duty-1") -> Statement:
    """The draft as a statement: it must be one."""
    return make(
        draft.kind,
        by=draft.by,
        officer=officer,
        issued=now.astimezone(UTC),
        body=draft.body,
        about=draft.about,
        replies_to=draft.replies_to,
        exercise=exercise,
    )


def due(
    standing: Standing, seen: Outlook, hours: float, *, by: str = SHANG, terms: Terms = TERMS, **more: Any
) -> tuple[Draft, ...]:
    """The notices that are due so many hours after the spill."""
    incident = standing.incidents[INCIDENT]
    return notice.due_notices(
        standing, incident, seen, terms, TERRITORY, at(hours), by=by, writing=WRITING, **more
    )


def faced(hours: float = 1.0, **more: Any) -> Statement:
    """A notice to those who face it, by Shang to Zhong unless it says otherwise."""
    return noticed(hours, **{"audience": "faces", **more})


def told(seen: Outlook, hours: float = 1.0, **more: Any) -> list[Statement]:
    """The incident, opened, and the notices about it that were due then, as statements."""
    exercise = bool(more.get("exercise"))
    start = [opened(exercise=exercise)]
    standing = stand(start, hours=hours, exercise=exercise)
    return start + [said(one, at(hours), exercise=exercise) for one in due(standing, seen, hours)]
