"""How news that bodies share stands: what holds, what corrected it, what was taken back.

A correction is of the body that spoke; another body's answer stands beside what it answers, and takes nothing
from it. What was taken back is kept and says so, because whoever has read it must be able to see that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from riskshed.governance.standing_effect import answers, effect
from riskshed.governance.standing_entry import withdrawn
from riskshed.governance.standing_notices import time_of
from riskshed.governance.standing_view import View, remembered
from riskshed.statement import Statement

NewsStatus = Literal["current", "corrected", "withdrawn", "over"]


@dataclass(frozen=True, slots=True)
class NewsStanding:
    """News of a body; `corrects` and `corrected_by` are ids of its own words before and after."""

    id: str
    by: str
    about: str | None
    title: Mapping[str, str]
    text: Mapping[str, str]
    audience: str
    cities: tuple[str, ...]
    rivers: tuple[str, ...]
    hazard_classes: tuple[str, ...]
    hazards: tuple[str, ...]
    industries: tuple[str, ...]
    at: datetime
    until: datetime | None
    source: str | None
    change: Mapping[str, str] | None
    answers_to: str | None
    corrects: str | None
    corrected_by: str | None
    status: NewsStatus
    withdrawn_at: datetime | None
    exercise: bool


@remembered
def news(view: View, statement: str) -> NewsStanding | None:
    """News, whether it still holds, and what came in its place."""
    seen = view.seen(statement)
    if seen is None or seen.statement.body is None:
        return None
    said, is_withdrawn = seen.statement, withdrawn(view, statement)
    told = effect(view, statement)
    if told.aside and (not is_withdrawn or "body.unknown" in {flag.code for flag in told.flags}):
        return None
    later = [one.statement for one in answers(view, statement, "NewsShared") if one.statement.by == said.by]
    before = view.seen(said.replies_to) if told.linked and said.replies_to else None
    until = time_of(said, "until")
    over = until is not None and view.has_come(until)
    return NewsStanding(
        id=statement,
        by=said.by,
        about=said.about,
        title=said.words("title"),
        text=said.words("text"),
        audience=said.string("audience"),
        cities=said.strings("cities"),
        rivers=said.strings("rivers"),
        hazard_classes=said.strings("hazard_classes"),
        hazards=said.strings("hazards"),
        industries=said.strings("industries"),
        at=view.said(seen).at,
        until=until,
        source=said.string("source") if said.has("source") else None,
        change=said.words("change") if said.has("change") else None,
        answers_to=said.replies_to if told.linked else None,
        corrects=said.replies_to if before is not None and before.statement.by == said.by else None,
        corrected_by=later[-1].id if later else None,
        status="withdrawn" if is_withdrawn else "corrected" if later else "over" if over else "current",
        withdrawn_at=min(_withdrawals(view, said)) if is_withdrawn else None,
        exercise=said.exercise,
    )


def _withdrawals(view: View, said: Statement) -> list[datetime]:
    """When it was seen that the body took it back."""
    return [one.seen_at for one in view.find("withdraws", said.id) if one.statement.by == said.by]
