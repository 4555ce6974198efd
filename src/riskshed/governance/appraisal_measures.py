"""Measures: what the record shows of how an incident was handled, each with its cases and its evidence.

A measure has a value, or says why it is unknown. Nothing due, nothing decided or nothing claimed is no zero:
who was asked for nothing has not failed, and has not shown anything either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from riskshed.governance.appraisal_record import Kept, Matter, hours
from riskshed.governance.claims import ClaimLine, claims_of, examine
from riskshed.governance.subjects import AgreementStanding, NoticeStanding
from riskshed.governance.trust import UNSEEN
from riskshed.statement_values import CURRENCIES

WHY: Mapping[str, tuple[str, str]] = {
    "no_plan": ("记录中没有方案或预案", "no plan stands on the record"),
    "plan_undecided": ("方案尚待各方答复", "the joint plan is still before its members"),
    "not_adopted": ("没有联合方案生效", "no joint plan came into force"),
    "nothing_due": ("没有已到期的事项", "nothing has come to its time"),
    "no_clock": ("没有可计时的报告或通报", "no report or notice was due with a known start of its clock"),
    "no_notice": ("没有向其他城市发出的通报", "no notice names another city"),
    "no_arrival": ("没有预计到达时间", "no arrival was foreseen for the cities that were told"),
    "no_finding": ("没有已裁定的瞒报、谎报认定", "no finding of concealed or false words was decided"),
    "no_claim": ("没有费用申报", "no cost was claimed that can be read"),
    "no_agreement": (
        "没有唯一有效的协议",
        "there is not exactly one agreement in force that binds those concerned",
    ),
    "mixed_currencies": ("申报币种不一", "the claims are in several currencies"),
    "no_exposure": ("受影响人口未知", "how many people are exposed is unknown"),
    "other_unit": ("单位与评分标准不同", "the scale is in another unit"),
}
"""Why a measure, or its score, is unknown."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One indicator as measured.

    Attributes
    ----------
    indicator : str
    value : Fraction or None
        Exact; None is unknown.
    unit : str
    cases : int
        On how many cases it rests.
    evidence : tuple of str
        Ids of statements, in order.
    why : str
        Why it is unknown, a key of `WHY`; else empty.
    is_at_least : bool
        Whether the value is a lower bound, because something has not come yet.
    """

    indicator: str
    value: Fraction | None
    unit: str
    cases: int = 0
    evidence: tuple[str, ...] = ()
    why: str = ""
    is_at_least: bool = False


def activities(matter: Matter) -> dict[str, Measured]:
    """Every indicator of the activities of an incident, by its code."""
    found = [one(matter) for one in _ACTIVITIES]
    return {one.indicator: one for one in found}


def of_bodies(matter: Matter) -> dict[str, dict[str, Measured]]:
    """Every indicator of each body that owed or promised anything, by the code of the body."""
    bodies = sorted({one.by for one in matter.kept})
    return {body: _of_body([one for one in matter.kept if one.by == body]) for body in bodies}


def _unknown(indicator: str, unit: str, why: str, evidence: Iterable[str] = ()) -> Measured:
    return Measured(indicator, None, unit, 0, tuple(sorted(set(evidence))), why)


def _share(indicator: str, kept: Sequence[Kept], good: Sequence[str] = ("kept",)) -> Measured:
    """The share that came as it should among what has come to its time."""
    due = [one for one in kept if one.came != "open"]
    evidence = tuple(sorted({each for one in due for each in one.evidence}))
    if not due:
        return _unknown(indicator, "1", "nothing_due")
    return Measured(
        indicator, Fraction(sum(one.came in good for one in due), len(due)), "1", len(due), evidence
    )


def _of_body(kept: Sequence[Kept]) -> dict[str, Measured]:
    def of(*sorts: str) -> list[Kept]:
        return [one for one in kept if one.sort in sorts]

    found = (
        _share("body_duty_in_time", of("duty", "task")),
        _share("body_aid_given", of("aid"), ("kept", "late")),
        _share("body_answer_in_time", of("answer")),
        _share("body_payment_in_time", of("payment")),
    )
    return {one.indicator: one for one in found}


# --------------------------------------------------------------------------------------------------- plans


def _plan_in_force(matter: Matter) -> Measured:
    """1 if a joint plan came into force, or a contingency plan was; 0 if what there was failed."""
    name, at = "plan_in_force", matter.incident.at
    joint = [one for one in matter.standing.joint_plans.values() if one.about in matter.codes]
    good = {one.id for one in joint if one.adopted} | {one.adopted for one in joint if one.adopted}
    bad = {one.id for one in joint if one.status in ("rejected", "lapsed")}
    plans = matter.standing.plans
    for plan in plans.values():
        fits = plan.hazard_class == matter.incident.hazard_class and plan.at <= at
        covered = {matter.incident.city, matter.incident.source} & {plan.by, *plan.covers}
        later = plans.get(plan.superseded_by or "")
        if fits and covered and (later is None or later.at > at):
            (good if plan.review_by is None or plan.review_by >= at else bad).add(plan.id)
    if good:
        return Measured(name, Fraction(1), "1", len(good), tuple(sorted(good)))
    pending = {one.id for one in joint if one.status == "proposed"}
    if pending or not bad:
        return _unknown(name, "1", "plan_undecided" if pending else "no_plan", pending)
    return Measured(name, Fraction(0), "1", len(bad), tuple(sorted(bad)))


def _plan_adoption_h(matter: Matter) -> Measured:
    name, start = "plan_adoption_h", matter.incident.at
    joint = [one for one in matter.standing.joint_plans.values() if one.about in matter.codes]
    adopted = [(matter.said(one.adopted), one.adopted, one.id) for one in joint if one.adopted]
    if not adopted:
        return _unknown(name, "h", "not_adopted", (one.id for one in joint))
    at, adoption, plan = min(adopted)
    evidence = sorted({adoption, plan, *matter.incident.opened})
    return Measured(name, max(Fraction(0), hours(at - start)), "h", 1, tuple(evidence))


# ---------------------------------------------------------------------------------------------- timeliness


def _duty_in_time(matter: Matter) -> Measured:
    return _share("duty_in_time", [one for one in matter.kept if one.sort in ("duty", "answer", "task")])


def _report_delay_h(matter: Matter) -> Measured:
    """The median; what has not come counts with the time that has passed, so that silence is never quick."""
    name = "report_delay_h"
    told = [
        one
        for one in matter.kept
        if one.owed in ("RiskReported", "NoticeSent") and one.came != "open" and one.delay is not None
    ]
    told = [one for one in told if one.came != "kept" or one.is_done]
    if not told:
        return _unknown(name, "h", "no_clock")
    delays = sorted(hours(one.delay) for one in told if one.delay is not None)
    low, high = delays[(len(delays) - 1) // 2], delays[len(delays) // 2]
    bounds = [hours(one.delay) for one in told if one.delay is not None and not one.is_done]
    evidence = tuple(sorted({each for one in told for each in one.evidence}))
    return Measured(
        name, (low + high) / 2, "h", len(told), evidence, is_at_least=any(one <= high for one in bounds)
    )


def _notice_lead_h(matter: Matter) -> Measured:
    """Of each city but that of the source: its first notice, and the arrival that this notice foresaw."""
    name = "notice_lead_h"
    told: dict[str, NoticeStanding] = {}
    for notice in sorted(_notices(matter), key=lambda one: (matter.said(one.id), one.id)):
        for city in notice.cities:
            if city != matter.incident.city:
                told.setdefault(city, notice)
    if not told:
        return _unknown(name, "h", "no_notice")
    found = []
    for city, notice in told.items():
        sources = (notice.id, notice.footprint, matter.incident.footprint)
        foreseen = next(((one, at) for one in sources if (at := _middle(matter, one, city))), None)
        if foreseen is not None:
            found.append((hours(foreseen[1] - matter.said(notice.id)), notice.id, str(foreseen[0])))
    if not found:
        return _unknown(name, "h", "no_arrival", (one.id for one in told.values()))
    evidence = tuple(sorted({each for _, *ids in found for each in ids}))
    return Measured(name, min(found)[0], "h", len(found), evidence)


def _notices(matter: Matter) -> list[NoticeStanding]:
    return [one for one in matter.standing.notices.values() if one.about in matter.codes]


def _middle(matter: Matter, statement: str | None, city: str) -> datetime | None:
    """The median arrival at a city that a notice or a footprint states."""
    rows = (row for row in _arrivals(matter, statement) if row["city"] == city and "middle" in row)
    return next((datetime.fromisoformat(row["middle"]) for row in rows), None)


def _arrivals(matter: Matter, statement: str | None) -> tuple[Mapping[str, Any], ...]:
    seen = matter.standing.statements.get(statement or "")
    body = seen.statement.body if seen is not None else None
    return tuple((body or {}).get("arrivals", ()))


# --------------------------------------------------------------------------------- resources, information


def _aid_in_time(matter: Matter) -> Measured:
    return _share("aid_in_time", [one for one in matter.kept if one.sort == "aid"])


def _notice_answered(matter: Matter) -> Measured:
    """Of each notice and addressee on the record whose time is over, or who answered. One that was replaced
    before it was answered is left out: the next one asks again."""
    name, now = "notice_answered", matter.standing.at
    good: list[str] = []
    evidence: set[str] = set()
    for notice in _notices(matter):
        over = now > (notice.answer_by or notice.expires) and notice.superseded_by is None
        for body in notice.to:
            answer = notice.answers.get(body)
            said = (
                [one for one in (answer.acknowledged, answer.adopted, answer.declined) if one]
                if answer
                else []
            )
            if said or (over and body in matter.standing.bodies):
                good.append("kept" if said else "broken")
                evidence |= {notice.id, *(one.id for one in said)}
    if not good:
        return _unknown(name, "1", "nothing_due")
    return Measured(name, Fraction(good.count("kept"), len(good)), "1", len(good), tuple(sorted(evidence)))


def _untruth_upheld(matter: Matter) -> Measured:
    name = "untruth_upheld"
    found = [
        one
        for one in matter.standing.findings.values()
        if one.breach in UNSEEN and one.outcome is not None and matter.concerns(one.about)
    ]
    if not found:
        return _unknown(name, "1", "no_finding")
    evidence = {one.id for one in found} | {one.decided.id for one in found if one.decided}
    upheld = sum(one.outcome == "upheld" for one in found)
    return Measured(name, Fraction(upheld, len(found)), "1", len(found), tuple(sorted(evidence)))


# ---------------------------------------------------------------------------------------------- efficiency

_TAKEN_BACK = {"claim.withdrawn", "claim.superseded"}
_TWICE = {"claim.voucher_twice", "claim.line_twice", "claim.aid_twice"}


def _agreement(matter: Matter) -> AgreementStanding | None:
    concerned = (matter.incident.city, matter.incident.by, *matter.incident.lead)
    agreements = matter.standing.agreements.values()
    found = [one for one in agreements if any(one.binds(body) for body in concerned)]
    return found[0] if len(found) == 1 else None


def _claimed(matter: Matter) -> tuple[str, list[ClaimLine], str]:
    """The currency and the lines that stand; or why they cannot be added up."""
    told = [one.statement for one in claims_of(matter.standing, matter.incident.code)]
    currencies = {row["amount"]["currency"] for one in told if one.body for row in one.records("lines")}
    agreement = _agreement(matter)
    if len(currencies) != 1:
        return "", [], "mixed_currencies" if currencies else "no_claim"
    if agreement is None:
        return "", [], "no_agreement"
    currency = currencies.pop()
    lines = examine(matter.standing, matter.incident.code, agreement, currency=currency)
    kept = [one for one in lines if one.claimed is not None and not _TAKEN_BACK & _codes(one)]
    return currency, kept, "" if kept else "no_claim"


def _codes(line: ClaimLine) -> set[str]:
    return {one.code for one in line.remarks}


def _claim_taken_in(matter: Matter) -> Measured:
    """By money. What its author took back or replaced is no claim any more."""
    name = "claim_taken_in"
    _, lines, why = _claimed(matter)
    claimed = sum(one.claimed.minor for one in lines if one.claimed is not None)
    if why or not claimed:
        return _unknown(name, "1", why or "no_claim")
    granted = sum(one.granted_minor for one in lines)
    evidence = tuple(sorted({one.statement for one in lines}))
    return Measured(name, Fraction(granted, claimed), "1", len(lines), evidence)


def _cost_per_person(matter: Matter) -> Measured:
    """What was claimed, each cost once, over the people whom the latest forecast expects to be exposed: of
    each city its people times the probability that it is reached."""
    name = "cost_per_person"
    currency, lines, why = _claimed(matter)
    lines = [one for one in lines if not _TWICE & _codes(one)]
    unit = f"{currency}/people" if currency else "1/people"
    if why or not lines:
        return _unknown(name, unit, why or "no_claim")
    rows = _arrivals(matter, matter.incident.footprint)
    people = sum((Fraction(row["probability"]) * row.get("exposed_people", 0) for row in rows), Fraction(0))
    if not people or any("exposed_people" not in row for row in rows):
        return _unknown(name, unit, "no_exposure", (one.statement for one in lines))
    minor = sum(one.claimed.minor for one in lines if one.claimed is not None)
    evidence = {str(matter.incident.footprint), *(one.statement for one in lines)}
    cost = Fraction(minor, 10 ** CURRENCIES[currency])
    return Measured(name, cost / people, unit, len(lines), tuple(sorted(evidence)))


_ACTIVITIES: tuple[Callable[[Matter], Measured], ...] = (
    _plan_in_force,
    _plan_adoption_h,
    _duty_in_time,
    _report_delay_h,
    _notice_lead_h,
    _aid_in_time,
    _notice_answered,
    _untruth_upheld,
    _cost_per_person,
    _claim_taken_in,
)
