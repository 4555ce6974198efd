"""The long lists of an incident room: duties, warnings, notices, tasks.

The room shows the head of each: what is overdue, in force, latest, undone; and says how many more there are;
``?all=`` shows one of them whole. An officer with a thin line reads the head of all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskshed.governance.obligation import Judged
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, NoticeStanding, TaskStanding, WarningStanding
from riskshed.web import addresses, duty_row, incident_room, warning_row
from riskshed.web.incident_room import Moment
from riskshed.web.wording import say

SHOWN: Mapping[str, int] = {"duties": 12, "warnings": 6, "notices": 8, "tasks": 8}
"""So many of each list stand in the room; its names are those of ``?all=``."""
_STATES: Mapping[str, tuple[str, str]] = {
    "breached": ("逾期", "overdue"),
    "late": ("迟延", "late"),
    "open": ("待履行", "open"),
    "undetermined": ("期限未知", "time unknown"),
    "met": ("已履行", "met"),
}


def heads(moment: Moment, incident: IncidentStanding, mine: str) -> dict[str, Any]:
    """The head of each list, and how many more there are of it (`duties_more` and so on)."""
    owed, told = duties(moment, incident), notices(moment, incident)
    warned, given = warnings(moment, incident), tasks(moment, incident)
    active = [one for one in warned if _holds(one, moment)]
    shown: dict[str, Sequence[Any]] = {
        "duties": owed[: SHOWN["duties"]],
        "warnings": active[: SHOWN["warnings"]],
        "notices": told[: SHOWN["notices"]],
        "tasks": [one for one in given if one.share != 1][: SHOWN["tasks"]],
    }
    counts = {"duties": len(owed), "warnings": len(warned), "notices": len(told), "tasks": len(given)}
    more = {f"{name}_more": counts[name] - len(shown[name]) for name in SHOWN}
    return {**_drawn(moment, shown, mine), **more, "duties_counted": _counted(owed)}


def whole(moment: Moment, incident: IncidentStanding, name: str, mine: str) -> dict[str, Any]:
    """One list, all of it; `name` is one of `SHOWN`."""
    rows: Sequence[Any] = _LISTS[name](moment, incident)
    return {**_drawn(moment, {name: rows}, mine), "part": name, "count": len(rows), "incident": incident}


def _drawn(moment: Moment, shown: Mapping[str, Sequence[Any]], mine: str) -> dict[str, Any]:
    standing = moment.standing
    return {
        "duties": duty_row.rows(shown.get("duties", ()), standing, moment.at, mine=mine),
        "warnings": [warning_row.row(standing, one, moment.at) for one in shown.get("warnings", ())],
        "notices": [_notice(standing, one) for one in shown.get("notices", ())],
        "tasks": shown.get("tasks", ()),
    }


def duties(moment: Moment, incident: IncidentStanding) -> list[Judged]:
    """The duties of an incident in their order."""
    held = (one for one in moment.duties if incident_room.concerns(moment.standing, one, incident))
    return sorted(held, key=duty_row.order)


def _counted(held: Sequence[Judged]) -> str:
    """How many stand how."""
    counts = {state: sum(one.state == state for one in held) for state in duty_row.ORDER}
    return say(" · ", ", ").join(
        f"{say(*_STATES[state])} {count}" for state, count in counts.items() if count
    )


def warnings(moment: Moment, incident: IncidentStanding) -> list[WarningStanding]:
    """The warnings of an incident, those in force first, then the latest."""
    codes = {incident.code, *incident.same_as}
    held = [one for one in moment.standing.warnings.values() if one.about in codes]
    held.sort(key=lambda one: one.issued, reverse=True)
    held.sort(key=lambda one: not _holds(one, moment))
    return held


def _holds(one: WarningStanding, moment: Moment) -> bool:
    """One that ran out without an all-clear is over, too."""
    return one.status == "active" and moment.at < one.expires


def tasks(moment: Moment, incident: IncidentStanding) -> list[TaskStanding]:
    """The tasks of an incident: what is not done first, the soonest due at the head."""
    codes = {incident.code, *incident.same_as}
    held = [one for one in moment.standing.tasks.values() if one.about in codes]
    return sorted(held, key=lambda one: (one.share == 1, one.due is None, str(one.due or ""), one.task))


def notices(moment: Moment, incident: IncidentStanding) -> list[NoticeStanding]:
    """The notices of an incident, the latest first."""
    codes = {incident.code, *incident.same_as}
    held = [
        one for one in moment.standing.notices.values() if one.about in codes and one.superseded_by is None
    ]
    return sorted(held, key=lambda one: (one.issued, one.id), reverse=True)


_LISTS: Mapping[str, Callable[[Moment, IncidentStanding], Sequence[Any]]] = {
    "duties": duties,
    "warnings": warnings,
    "notices": notices,
    "tasks": tasks,
}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice of the incident, with what each addressee said to it."""

    id: str
    url: str
    by: str
    at: datetime
    headline: Mapping[str, str]
    confirmed: bool
    answers: tuple[tuple[str, str], ...]


def _notice(standing: Standing, one: NoticeStanding) -> NoticeRow:
    said = standing.statements[one.id].statement
    headline = said.words("headline") if said.body is not None else {}
    answers = tuple((body, _answer(one, body)) for body in one.to)
    return NoticeRow(one.id, addresses.notice(one.id), one.by, one.issued, headline, one.confirmed, answers)


def _answer(one: NoticeStanding, body: str) -> str:
    answer = one.answers.get(body)
    for name, zh, en in (("adopted", "已采纳", "adopted"), ("declined", "不采纳", "declined"),
                         ("acknowledged", "已签收", "acknowledged")):  # fmt: skip
        if answer is not None and getattr(answer, name) is not None:
            return say(zh, en)
    return say("未签收", "not acknowledged")
