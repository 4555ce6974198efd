"""Terms: what cities agreed beyond the law, in numbers that rules can use.

The law names no hour for 立即 (at once), no bound from which a city counts as likely reached, and nowhere
says that the place of origin leads and those reached assist (发生地为主、波及地为辅). An agreement does. The
defaults are those of `riskshed`; each agreement sets its own, and a term can make a statutory time shorter,
never longer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from math import inf
from typing import Any

Wrong = Callable[[str, object, str], None]
LEADS = ("origin", "superior", "coordination_body")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says of time, lead and assistance. Times are in hours.

    Attributes
    ----------
    code : str
        The agreement; empty where there is none, and these are defaults that bind nobody.
    lead : str
        Who leads: the place of origin, the superior or the coordination body.
    assist_from_probability : float
        From which probability of being reached on a city assists, 0 to 1, included.
    notice_from_probability : float
        From which probability on a neighbour is told, 0 to 1, included.
    at_once_h : float
        Target for what the law wants at once.
    acknowledge_h, answer_h : float
        To sign that a notice has come; to adopt or decline it.
    notify_h : float
        For the place of origin, to tell each city that a forecast shows as likely reached; infinite, the
        default, where that was not agreed and the law alone says whom it tells.
    relay_h : float
        To pass on what others downstream have to know.
    heartbeat_h : float
        Between two signs of life of a duty desk while an incident is open.
    silence_h : float
        From which silence of the place of origin on its neighbours are shown it.
    question_h : float
        From a question to a first coordinated answer. The clock always runs, at night as well.
    question_escalate_h : float
        For each body to which an unanswered question is handed up.
    approval_min : float
        Minutes after which an unanswered approval climbs.
    reply_d : float
        Days to reply to a finding.
    coordination_body, superior, centre, evaluator, adjudicator : str
        Bodies; empty where there is none.
    members : tuple of str
    offices : mapping of str to str
        The office of each hazard class.
    roles : mapping of str to str
        The responsibility list (责任清单): which body a role is, such as ``unit`` or ``220200/environment``.
    targets_h : mapping of str to float
        Of single rules, by ``pack rule``: a time that stands in the place of a longer one, or of none.
    """

    code: str = ""
    lead: str = "origin"
    assist_from_probability: float = 0.1
    notice_from_probability: float = 0.05
    at_once_h: float = 1.0
    acknowledge_h: float = 0.5
    answer_h: float = 2.0
    notify_h: float = inf
    relay_h: float = 1.0
    heartbeat_h: float = 4.0
    silence_h: float = 4.0
    question_h: float = 1.0
    question_escalate_h: float = 1.0
    approval_min: float = 15.0
    reply_d: float = 7.0
    coordination_body: str = ""
    superior: str = ""
    centre: str = ""
    evaluator: str = ""
    adjudicator: str = ""
    members: tuple[str, ...] = ()
    offices: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    targets_h: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def parse(raw: object, place: str, wrong: Wrong) -> Terms:
        """The terms of a table; what is wrong in it is told, and the default stands in its place.

        Parameters
        ----------
        raw : object
        place : str
            Where it stands, for messages.
        wrong : callable
            Takes place, what was there and what was wanted.
        """
        if not isinstance(raw, dict):
            wrong(place, raw, "a table of terms")
            return Terms()
        known = {one.name: one for one in fields(Terms)}
        good: dict[str, Any] = {}
        for key, value in raw.items():
            if key not in known:
                wrong(f"{place}.{key}", value, f"one of {', '.join(known)}")
                continue
            told = _value(key, value)
            if told is None:
                wrong(f"{place}.{key}", value, _wanted(key))
            else:
                good[key] = told
        return Terms(**good)

    def binds(self, body: str) -> bool:
        """Whether a body is a member; where none are named, everybody is."""
        return not self.members or body in self.members

    def target(self, key: str) -> timedelta | None:
        """The time that the agreement sets for one rule, named ``pack rule``; None if it sets none."""
        hours = self.targets_h.get(key)
        return None if hours is None else timedelta(hours=hours)


def _value(key: str, value: object) -> Any:
    """The value, in its type; None if it is none."""
    if key == "members":
        good = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return tuple(value) if good else None  # type: ignore[arg-type]
    if key in ("offices", "roles"):
        good = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        return value if good else None
    if key == "targets_h":
        good = isinstance(value, dict) and all(_is_number(one) for one in value.values())
        return value if good else None
    if key.endswith(("_h", "_min", "_d", "_probability")):
        top = 1.0 if key.endswith("_probability") else 1e5
        return float(value) if _is_number(value) and value <= top else None  # type: ignore
    if key == "lead":
        return value if value in LEADS else None
    return value if isinstance(value, str) else None


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and value >= 0  # type: ignore[operator]


def _wanted(key: str) -> str:
    if key == "lead":
        return f"one of {', '.join(LEADS)}"
    if key.endswith("_probability"):
        return "a number from 0 to 1"
    if key.endswith(("_h", "_min", "_d")) and key != "targets_h":
        return "a number >= 0"
    return {"members": "a list of codes", "offices": "codes by hazard class", "roles": "codes by role",
            "targets_h": 'hours by "pack rule"'}.get(key, "a code")  # fmt: skip
