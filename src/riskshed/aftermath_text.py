"""Help, bills, trust and appraisal of a case, in words for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta, timezone
from fractions import Fraction
from typing import Any

from riskshed.aid_case import AidCase, Course
from riskshed.averted import Averted
from riskshed.canonical import encode_plain
from riskshed.exchange.wording import Text
from riskshed.governance.appraisal import Appraisal, Sheet
from riskshed.governance.appraisal_measures import WHY
from riskshed.governance.appraisal_scales import text_of
from riskshed.governance.settlement_bill import Bill
from riskshed.governance.sharing import METHODS
from riskshed.governance.trust import Trust
from riskshed.sitrep_facts import money
from riskshed.statement import Money, digest_text

Names = Mapping[str, Text]


def _name(names: Names, code: str, tongue: str) -> str:
    known = names.get(code)
    return code if known is None else known.said("zh" if tongue == "zh" else "en")


# ---------------------------------------------------------------------------------------------------- help


def dispatch_json(case: AidCase, courses: Sequence[Course]) -> dict[str, Any]:
    """The plan for each time of asking."""
    return {
        "receiver": case.receiver,
        "good": case.good.code,
        "unit": case.good.unit,
        "needed_at": case.needed_at.isoformat(),
        "needs": [{"amount": amount, "probability": chance} for amount, chance in case.needs],
        "source": case.source,
        "asked": [_course_json(one) for one in courses],
    }


def _course_json(one: Course) -> dict[str, Any]:
    rows = [
        {
            "donor": row.donor,
            "amount": round(row.amount, 6),
            "leaves_at": (one.start + timedelta(hours=row.leaves_h)).isoformat(),
            "arrives_at": (one.start + timedelta(hours=row.arrives_h)).isoformat(),
        }
        for row in one.plan.shipments
    ]
    return {
        "variant": one.asked.variant,
        "at": one.asked.at.isoformat(),
        "source": one.asked.source,
        "missing_at_need": round(one.missing_at_need, 6),
        "missing_amount_h": round(one.missing_h, 6),
        "last_at": None if one.last_at is None else one.last_at.isoformat(),
        "gap": one.plan.gap,
        "shipments": rows,
    }


def dispatch_text(case: AidCase, courses: Sequence[Course], zone: timezone, names: Names, tongue: str) -> str:
    """The plans in lines, the times in the zone of the case."""
    zh, unit = tongue == "zh", case.good.unit

    def at(time: Any) -> str:
        return f"{time.astimezone(zone):%Y-%m-%d %H:%M %z}"

    receiver = _name(names, case.receiver, tongue)
    amounts = (
        "、".join(f"{amount:g}" for amount, _ in case.needs)
        if zh
        else ", ".join(f"{amount:g}" for amount, _ in case.needs)
    )
    lines = [
        f"{receiver}自 {at(case.needed_at)} 起需要 {case.good.code} {amounts} {unit}（情景）"
        if zh
        else f"{receiver} needs {case.good.code} from {at(case.needed_at)} on: {amounts} {unit} (scenarios)"
    ]
    for one in courses:
        missing, hours = f"{one.missing_at_need:.0f} {unit}", f"{one.missing_h:.0f} {unit}"
        asked = f"{at(one.asked.at)} ({one.asked.variant})"
        lines += [
            "",
            f"于 {asked} 请求：需要时期望缺 {missing}，共缺 {hours}·小时"
            if zh
            else f"asked for at {asked}: {missing} missing when it is needed, {hours} x h in all (expected)",
        ]
        for row in one.plan.shipments:
            left, came = (at(one.start + timedelta(hours=hour)) for hour in (row.leaves_h, row.arrives_h))
            lines.append(f"  {_name(names, row.donor, tongue)}  {row.amount:.0f} {unit}  {left} -> {came}")
        gap = f"{one.plan.gap:.2%}"
        lines.append(f"  计划距最优至多 {gap}" if zh else f"  no plan is better by more than {gap}")
    return "\n".join(lines)


# --------------------------------------------------------------------------------------------------- bills


def settle_json(bill: Bill) -> dict[str, Any]:
    """The bill with the digest of its one byte form and of what it rests on."""
    digests = {"inputs": digest_text(bill.inputs.to_bytes()), "bill": digest_text(bill.to_bytes())}
    return {**bill.to_json(), "lines": list(bill.inputs.lines), "digests": digests}


def settle_text(bill: Bill, names: Names, tongue: str) -> str:
    """The bill in lines: what was claimed, what each bears, who pays whom, the rules beside it."""
    zh, currency = tongue == "zh", bill.inputs.currency

    def amount(minor: int) -> str:
        return money(Money(minor, currency))

    def method(code: str) -> str:
        known = METHODS.get(code)
        return code if known is None else known.zh if zh else known.en

    by, total = method(bill.inputs.method), amount(bill.total_minor)
    code = bill.inputs.settlement
    lines = [f"结算 {code}，规则：{by}，共 {total}" if zh else f"bill {code} by {by}, {total} in all", ""]
    for row in bill.inputs.lines:
        said = row["what"].get(tongue) or next(iter(row["what"].values()), "")
        state = {"admitted": ("纳入", "taken in"), "priced": ("按约定价", "agreed price")}.get(
            row["status"], ("不纳入", "not taken in")
        )
        claimed = "?" if row["claimed"] is None else amount(row["claimed"]["minor"])
        why = "; ".join(remark[tongue] for remark in row["remarks"])
        told = f"  {_name(names, row['by'], tongue)}  {claimed}  {said}  [{state[0 if zh else 1]}] {why}"
        lines.append(told.rstrip())
    lines.append("")
    for account in bill.accounts:
        bears = amount(account.bears_minor)
        spent = amount(account.spent_minor)
        lines.append(
            f"  {_name(names, account.body, tongue)}：支出 {spent}，应担 {bears}"
            if zh
            else f"  {_name(names, account.body, tongue)}: spent {spent}, bears {bears}"
        )
    lines.append("")
    for transfer in bill.transfers:
        payer, payee = (_name(names, one, tongue) for one in (transfer.payer, transfer.payee))
        lines.append(f"  {payer} -> {payee}  {amount(transfer.minor)}")
    lines.append("")
    for rule in bill.rules:
        shares = ", ".join(
            f"{_name(names, body, tongue)} {amount(minor)}" for body, minor in rule.bears_minor.items()
        )
        lines.append(f"  {method(rule.method)}: {shares or rule.why_not}")
    return "\n".join(lines)


def averted_text(found: Averted, names: Names, tongue: str) -> str:
    """What each could have averted, alone and with all, and how two rules share it, with what is supposed."""
    zh, told, worths = tongue == "zh", found.told, found.worths

    def amount(minor: Fraction | int) -> str:
        return money(Money(round(minor), told.currency))

    whole = worths.worth_minor[-1]
    nobody, averts = amount(worths.nobody_minor), amount(whole)
    told_zh = (
        f"各联盟本可避免的停水损失（推演 {worths.runs} 次）：无人行动损失 {nobody}，全体行动可避免 {averts}"
    )
    told_en = "what coalitions could have averted of the water cut"
    told_en += f" ({worths.runs} runs): with nobody acting {nobody} is lost, all together avert {averts}"
    lines = [told_zh if zh else told_en, ""]
    for i, body in enumerate(worths.players):
        rules = {"shapley": found.shapley, "nucleolus": found.nucleolus}
        shares = [(METHODS[one], share[i]) for one, share in rules.items() if share is not None]
        parts = [
            f"{rule.zh if zh else rule.en} {amount(share)}"
            + (f" ({float(share / whole):.1%})" if whole else "")
            for rule, share in shares
        ]
        alone = f"{'单独' if zh else 'alone'} {amount(worths.worth_minor[1 << i])}"
        spared = f"{'全体行动时少损' if zh else 'spared when all act'} {amount(worths.own_minor[i])}"
        lines.append(f"  {_name(names, body, tongue)}: {', '.join([alone, spared, *parts])}")
    lines.append("")
    for act in told.acts:
        title = act.treatment.title_zh if zh else act.treatment.title_en
        mark = ("假设" if zh else "supposed") if act.is_supposed else ("有记载" if zh else "on record")
        lines.append(f"  {_name(names, act.treatment.done_by[0], tongue)}: {title} [{mark}] {act.source}")
    lines.append(f"  {told.value_source}")
    return "\n".join([*lines, *([found.why_not] if found.why_not else [])])


# --------------------------------------------------------------------------------------------------- trust


def trust_json(found: Mapping[str, Trust]) -> dict[str, Any]:
    """The record of each body with its promises, and the digest of all of it."""
    bodies = {code: one.to_json() for code, one in found.items()}
    shown = [
        {
            **told,
            "interval_90": None if found[code].interval() is None else list(found[code].interval() or ()),
        }
        for code, told in bodies.items()
    ]
    return {"bodies": shown, "digest": digest_text(encode_plain(bodies))}


def trust_text(found: Mapping[str, Trust], names: Names, tongue: str) -> str:
    """One line for each body that promised anything, those with a record first."""
    zh = tongue == "zh"
    told = [one for one in found.values() if one.promises]
    told.sort(key=lambda one: (one.mean is None, one.mean or 0, one.body))
    lines = []
    for one in told:
        came = {
            name: sum(1 for each in one.promises if each.came == name)
            for name in ("kept", "late", "broken", "open")
        }
        counts = (
            f"兑现 {came['kept']}，逾期 {came['late']}，未兑现 {came['broken']}，未定 {came['open']}"
            if zh
            else f"{came['kept']} kept, {came['late']} late, {came['broken']} broken, {came['open']} open"
        )
        band = one.interval()
        estimate = (
            ("尚无记录" if zh else "no record")
            if band is None or one.mean is None
            else (f"{float(one.mean):.2f} ({band[0]:.2f}-{band[1]:.2f})")
        )
        lines.append(f"{_name(names, one.body, tongue)}: {estimate}  {counts}")
    return "\n".join(lines)


# ----------------------------------------------------------------------------------------------- appraisal


def appraisal_json(found: Appraisal) -> dict[str, Any]:
    """The appraisal, and the digest of its one byte form."""
    return {**found.to_json(), "digest": digest_text(found.to_bytes())}


def appraisal_text(found: Appraisal, names: Names, tongue: str) -> str:
    """The activities indicator by indicator, then a line for each participant."""
    lines = [_whole(found.whole, found.incident, tongue)]
    for row in found.whole.rows:
        one, words = row.measured, row.scale.words
        called = words.get(tongue) or one.indicator
        if row.score is None:
            unknown = WHY[row.why][0 if tongue == "zh" else 1]
            lines.append(f"  {called}: {'未知' if tongue == 'zh' else 'unknown'} ({unknown})")
        else:
            bound, unit = ">= " if one.is_at_least else "", "" if one.unit == "1" else f" {one.unit}"
            value = "" if one.value is None else f"{bound}{float(one.value):.3g}{unit}"
            lines.append(f"  {called}: {value}  -> {text_of(row.score)}")
    lines.append("")
    lines += [_whole(sheet, _name(names, code, tongue), tongue) for code, sheet in found.bodies.items()]
    return "\n".join(lines)


def _whole(sheet: Sheet, called: str, tongue: str) -> str:
    """The score over what is known, and how much that is."""
    zh = tongue == "zh"
    if sheet.score is None:
        return f"{called}: {'未知' if zh else 'unknown'}"
    known = f"{float(sheet.known):.0%}"
    return f"{called}: {text_of(sheet.score)} ({'已知权重' if zh else 'known weight'} {known})"
