"""What appraisal tests say: judged duties, a joint plan, claims, findings, and how it is measured."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from cast import SHANG, XIA, ZHONG
from governance.acts import BASIN, INCIDENT, at, clock, say
from governance.bill_acts import claim, line, scene

from riskshed.governance.appraisal import Appraisal, appraise
from riskshed.governance.appraisal_measures import Measured
from riskshed.governance.obligation import Duty, Judged, judged
from riskshed.governance.subjects import Said
from riskshed.statement import Statement


def owed(by: str, owes: str, due: float, done: float | None = None, *, about: str = INCIDENT,
         since: float = 0.0, rule: str = "x", now: float = 100.0) -> Judged:  # fmt: skip
    """A duty with a clock from `since` to `due`, and when it was done."""
    one = Duty(by, owes, "act", None, about, at(since), at(due), True, True, False, "pack", rule, "article 1")
    return judged(one, None if done is None else Said("ab" * 32, at(done)), at(now))


def appraised(*said: Any, duties: Any = (), hours: float = 100.0, **more: Any) -> Appraisal:
    return appraise(scene(*said, hours=hours), INCIDENT, duties, **more)


def measured(name: str, *said: Any, **more: Any) -> Measured:
    return appraised(*said, **more).whole.row(name).measured


def of_body(body: str, name: str, *said: Any, **more: Any) -> Measured:
    return appraised(*said, **more).bodies[body].row(name).measured


def shown(one: Measured) -> tuple[Fraction | None, int]:
    return one.value, one.cases


PLAN = say("PlanProposed", BASIN, 3.0, members=[SHANG, ZHONG], answer_by=clock(20))
YES = [say("PlanAccepted", one, 5.0, replies_to=PLAN.id) for one in (SHANG, ZHONG)]
ADOPTED = say("PlanAdopted", BASIN, 7.5, replies_to=PLAN.id)

FOUR = (
    owed(SHANG, "RiskReported", 1, 0.5),
    owed(SHANG, "NoticeSent", 2, 3),
    owed(ZHONG, "RiskReported", 4),
    owed(ZHONG, "NoticeAnswered", 6, 5),
)


def found(breach: str, hours: float, **more: Any) -> Statement:
    return say("FindingMade", XIA, hours, breach=breach, of=SHANG, owed="RiskReported", **more)


ROWS = [
    {"city": ZHONG, "probability": "0.5", "exposed_people": 400},
    {"city": XIA, "probability": "1", "exposed_people": 100},
]
COSTS = (
    claim(SHANG, 5, line("gates", 900_000)),
    claim(ZHONG, 6, line("wells", 300_000), line("tankers", 300_000, proof=None)),
)


def footprint(rows: Any) -> Statement:
    return say("FootprintIssued", BASIN, 4.0, arrivals=rows)
