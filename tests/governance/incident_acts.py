"""What is said of one incident, for the tests of its life: reports, levels, footprints, and regimes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cast import SHANG
from governance.acts import BASIN, PROVINCE, TERRITORY, at, clock, opened, say

from riskshed.governance import rulepack
from riskshed.governance.agreement import handed_up
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.rule import Instrument
from riskshed.governance.rulepack import RulePack
from riskshed.governance.terms import Terms
from riskshed.statement import Statement, make

CN = Regime(packs=(rulepack.shelf("cn-2024"),), territory=TERRITORY, as_if_in_force=True)
AGREED = replace(CN, terms=Terms(code="cast-river", coordination_body=BASIN, assist_from_probability=0.1))


def accident(**toll: Any) -> list[Statement]:
    return [opened(hazard="work_accident"), reported(**toll)]


def reported(hours: float = 1.0, **toll: Any) -> Statement:
    return say("RiskReported", SHANG, hours, to=[PROVINCE], hazard_class="accident", **toll)


def level(hours: float, level: str, by: str = SHANG, **more: Any) -> Statement:
    return say("LevelSet", by, hours, **{"scale": "grade", "level": level, "lower_bound": False, **more})


def phase(hours: float, name: str) -> Statement:
    return level(hours, "III", scale="response", phase=name)


def cny(yuan: int) -> dict[str, Any]:
    return {"minor": yuan * 100, "currency": "CNY"}


def sayable(draft: Draft) -> Statement:
    """A draft is a statement that somebody could make as it stands."""
    facts: dict[str, Any] = {"about": draft.about, "replies_to": draft.replies_to, "body": draft.body}
    return make(draft.kind, by=draft.by, officer="duty-1", issued=at(500), **facts)


NO_HARM = {"dead_people": 0, "gravely_hurt_people": 0, "loss": cny(0)}


def footprint(
    arrivals: dict[str, str], hazard: tuple[str, ...] = (SHANG,), situation: str = "2"
) -> Statement:
    rows = [{"city": city, "probability": probability} for city, probability in arrivals.items()]
    more = {"hazard_cities": list(hazard), "situation": situation, "known_at": clock(1)}
    return say("FootprintIssued", BASIN, 1.5, arrivals=rows, **more)


def handles(level: str, grade: str) -> RulePack:
    """The rules of an agreement by which a level handles this grade and lesser ones."""
    instrument = Instrument(
        "cast-river", "协议", "Agreement", "1", "agreement", at(-900).date(), None, "signed"
    )
    rule = handed_up("cast-river", instrument, level, grade)
    return RulePack("cast-river", "1", "协议", "Agreement", (rule,), {}, "sha256:" + "0" * 64)
