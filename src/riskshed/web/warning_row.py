"""A warning as a row of a page: grade, headline, what to do, who said it, and how soon it comes.

The most severe stand first, then those that come soonest. The same hazard, warned of from several sides, is
one row: its words are those of one's own authority, and beside them stand the others (`governance.border`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import border, gravity, message, outlook, warning
from riskshed.governance.outlook import Coming
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import WarningStanding
from riskshed.governance.territory import Territory
from riskshed.web import addresses, wording
from riskshed.web.wording import say

STATES = {
    "active": ("现行", "active"),
    "updated": ("已更新", "updated"),
    "cancelled": ("已解除", "cancelled"),
    "expired": ("已过期，未解除", "expired, no all-clear"),
}


@dataclass(frozen=True, slots=True)
class Other:
    """Another warning of the same hazard: who said it, where it stands, its level if that is graver."""

    by: str
    url: str
    graver: str = ""


@dataclass(frozen=True, slots=True)
class WarningRow:
    """What a row shows.

    Attributes
    ----------
    id, by, url : str
    level : str
        Of the warning whose words are shown; a graver one of another side is named beside it.
    sort : str
        Class of the hazard, and its area, in words.
    state, state_words : str
        As of `WarningStanding.status`.
    headline, instruction : words
    issued, expires : datetime
    onset : datetime or None
        When it begins in the area: as the warning says, else as its forecast says.
    soon, band_text : str
    others : tuple of Other
    replaces_url, forecast_url, notice_url : str
        Empty where there is none.
    """

    id: str
    by: str
    url: str
    level: str
    sort: str
    state: str
    state_words: str
    headline: Mapping[str, str]
    instruction: Mapping[str, str]
    issued: datetime
    expires: datetime
    onset: datetime | None
    soon: str
    band_text: str
    others: tuple[Other, ...]
    replaces_url: str
    forecast_url: str
    notice_url: str


def active_rows(
    standing: Standing, territory: Territory, viewer: str, now: datetime
) -> tuple[WarningRow, ...]:
    """The warnings that hold now, one row for each hazard: the most severe first, then the soonest."""
    held = {one.id: one for one in warning.active(standing, now)}
    made = []
    for group in border.shown(held.values(), territory, viewer, standing=standing):
        speaks = held[group.speaks]
        others = [held[one] for one in group.warnings if one != speaks.id]
        made.append((gravity.rank(group.level), row(standing, speaks, now, others=_others(speaks, others))))
    return tuple(one for _, one in sorted(made, key=lambda pair: (pair[0], *_order(pair[1]))))


def rows_by_area(standing: Standing, territory: Territory, now: datetime) -> tuple[WarningRow, ...]:
    """The warnings that hold now for readers of all places: one row for each hazard in each area.

    Whoever looks for his city must find it, so warnings for different cities stay apart however much they are
    of one hazard; those of several issuers for the same cities are one row.
    """
    held = {one.id: one for one in warning.active(standing, now)}
    made = []
    for group in border.shown(held.values(), territory, "", standing=standing):
        areas: dict[tuple[str, ...], list[WarningStanding]] = {}
        for identity in group.warnings:
            areas.setdefault(held[identity].cities, []).append(held[identity])
        for several in areas.values():
            several.sort(key=lambda one: (gravity.rank(one.level), -one.issued.timestamp(), one.id))
            made.append(row(standing, several[0], now, others=_others(several[0], several[1:])))
    return tuple(sorted(made, key=_order))


def _others(speaks: WarningStanding, others: Iterable[WarningStanding]) -> tuple[Other, ...]:
    graver = gravity.rank(speaks.level)
    return tuple(
        Other(one.by, addresses.warning(one.id), one.level if gravity.rank(one.level) < graver else "")
        for one in others
    )


def _order(one: WarningRow) -> tuple[int, float, str]:
    return gravity.rank(one.level), one.onset.timestamp() if one.onset else float("inf"), one.id


def row(
    standing: Standing,
    one: WarningStanding,
    now: datetime,
    *,
    others: tuple[Other, ...] = (),
) -> WarningRow:
    """The row of a warning, with the level that its words name."""
    said = standing.statements[one.id].statement
    coming = _coming(standing, one)
    # A warning is timed by the earliest arrival, so that nobody is late; a reader wants the likely one.
    foreseen = None if coming is None else coming.middle
    onset = foreseen or one.onset
    band = coming is not None and foreseen is not None and coming.earliest and coming.latest
    return WarningRow(
        id=one.id,
        by=one.by,
        url=addresses.warning(one.id),
        level=one.level,
        sort=_sort(one),
        state=one.status,
        state_words=say(*STATES[one.status]),
        headline=warning.headline(said) if said.body else {},
        instruction=_instruction(said.words("instruction") if said.body else {}, standing.exercise),
        issued=one.issued,
        expires=one.expires,
        onset=onset,
        soon=_soon(onset, now, is_foreseen=foreseen is not None),
        band_text=wording.band(coming.earliest, coming.latest, now) if band and coming else "",
        others=others,
        replaces_url=addresses.warning(one.replaces) if one.replaces else "",
        forecast_url=addresses.statement(one.footprint) if one.footprint else "",
        notice_url=addresses.notice(one.notice) if one.notice else "",
    )


def _soon(onset: datetime | None, now: datetime, *, is_foreseen: bool) -> str:
    """How soon; what is foreseen to have come by now may have come, and nobody has seen it."""
    if onset is None or onset > now:
        return wording.how_soon(onset, now)
    length = wording.span(now - onset)
    if is_foreseen:
        return say(f"可能 {length}前已开始", f"may have begun {length} ago")
    return say(f"已开始 {length}", f"began {length} ago")


def _instruction(words: Mapping[str, str], exercise: bool) -> Mapping[str, str]:
    return message.drill(dict(words)) if exercise and words else words


def _sort(one: WarningStanding) -> str:
    cities = [wording.name_of(code) for code in one.cities[:3]]
    more = len(one.cities) - len(cities)
    area = say("、", ", ").join(cities)
    if more:
        area += say(f"等 {len(one.cities)} 市", f" and {more} more")
    return f"{wording.hazard_class(one.hazard_class)} · {area}"


def _coming(standing: Standing, one: WarningStanding) -> Coming | None:
    """What the forecast of a warning says of the city in its area that is reached first."""
    seen = standing.statements.get(one.footprint or "")
    if seen is None or seen.statement.body is None:
        return None
    rows = seen.statement.body.get("arrivals", ())
    found = outlook.in_time(Coming.of_row(row) for row in rows if row["city"] in one.cities)
    return found[0] if found else None
