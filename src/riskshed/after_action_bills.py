"""What was promised, planned, billed and paid in an incident, as sections of its after-action report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from riskshed import sitrep_facts as facts
from riskshed.exchange.after_action_record import Section, Table
from riskshed.exchange.situation_record import Item, Part
from riskshed.governance.settlement_payments import Odd, Progress, Settled, progress
from riskshed.governance.subjects import JointPlanStanding
from riskshed.sitrep_duties import is_of
from riskshed.sitrep_scope import Scope
from riskshed.statement import Money, Statement

CAME = {
    "open": ("未到期", "not due yet"),
    "kept": ("已兑现", "kept"),
    "late": ("逾期兑现", "kept late"),
    "broken": ("未兑现", "broken"),
    "released": ("已免除", "released"),
}
PLANS = {
    "proposed": ("待答复", "waits for answers"),
    "amended": ("已被修改", "amended"),
    "adopted": ("已生效", "adopted"),
    "rejected": ("已否决", "rejected"),
    "lapsed": ("逾期未获一致", "lapsed"),
}
TRANSFERS = {
    "open": ("未付", "not paid yet"),
    "partial": ("部分支付", "paid in part"),
    "paid": ("已付清", "paid"),
    "overpaid": ("多付", "paid too much"),
    "overdue": ("逾期未付清", "overdue"),
}


# -------------------------------------------------------------------------------------------------- promises


def promised(scope: Scope) -> tuple[Table, ...]:
    """What help bodies bound themselves to, and what came of each promise."""
    mine = [one for one in scope.standing.promises.values() if one.kind == "AidCommitted"]
    rows = []
    for one in sorted(mine, key=lambda each: (each.at, each.id, each.part)):
        if not is_of(scope, one.about):
            continue
        goods = scope.joined(facts.amount(scope, each) for each in scope.body(one.id).get("items", ()))
        shown = (*one.kept, *one.late)
        rows.append(
            (
                Part(_pair(scope, one.by, one.to)),
                scope.part(goods, one.id),
                scope.part(None if one.due is None else scope.time(one.due)),
                Part(scope.say(*CAME[one.status])),
                _shown(scope, shown),
            )
        )
    return (Table("promised", tuple(rows)),)


def _pair(scope: Scope, by: str, to: str | None) -> str:
    return scope.name(by) if to is None else f"{scope.name(by)} → {scope.name(to)}"


def _shown(scope: Scope, shown: Iterable[str]) -> Part:
    known = [one for one in shown if one in scope.standing.statements]
    if not known:
        return Part(scope.say("记录中没有", "nothing on the record"), (), False)
    return scope.part("\n".join(scope.said_at(scope.said(one)) for one in known), *known)


# --------------------------------------------------------------------------------------------- plan and bill


def settled(scope: Scope) -> Section:
    """The joint plans, what was claimed, the bills, and each transfer of them."""
    bills = [progress(scope.standing, one.id) for one in scope.of_kinds("SettlementDrawn")]
    plans = [one for one in scope.standing.joint_plans.values() if is_of(scope, one.about)]
    items = (
        *(_plan(scope, one) for one in sorted(plans, key=lambda each: (each.at, each.id))),
        *_claims(scope),
        *(_bill(scope, one) for one in bills),
        *_odd(scope, [odd for one in bills for odd in one.odd]),
    )
    current = [one for one in bills if one.superseded_by is None]
    rows = tuple(_transfer(scope, one) for bill in current for one in bill.transfers)
    return Section("settled", items=items, tables=(Table("transfers", rows),))


def _plan(scope: Scope, plan: JointPlanStanding) -> Item:
    said = scope.said(plan.id)
    what = scope.words(scope.body(plan.id).get("summary"))
    head = f"{scope.said_at(said)}  {scope.name(plan.by)}{scope.say('：', ': ')}"
    parts = [scope.part(head + (what or plan.plan), plan.id)]
    parts.append(scope.part(scope.say(*PLANS[plan.status]), plan.adopted))
    for label, held in ((("接受", "Accepted"), plan.accepted), (("否决", "Rejected"), plan.rejected)):
        for body, statement in held.items():
            reason = scope.words(scope.body(statement).get("reason"))
            told = scope.name(body) + ("" if reason is None else f"{scope.say('：', ': ')}{reason}")
            parts.append(scope.part(told, statement, label=_label(scope, *label)))
    return Item(scope.say(f"联合方案 {plan.plan}", f"Joint plan {plan.plan}"), tuple(parts))


def _label(scope: Scope, zh: str, en: str) -> str:
    return scope.say(f"{zh}：", f"{en}: ")


def _claims(scope: Scope) -> Iterator[Item]:
    told = [scope.part(_claim(scope, one), one.id) for one in scope.of_kinds("CostClaimed")]
    if told:
        yield scope.item("费用申报", "Costs claimed", *told)


def _claim(scope: Scope, said: Statement) -> str:
    sums: Counter[str] = Counter()
    for line in said.records("lines"):
        sums[line["amount"]["currency"]] += line["amount"]["minor"]
    told = scope.joined(facts.money(Money(minor, currency)) for currency, minor in sums.items())
    lines = len(said.records("lines"))
    count = scope.say(f"（{lines} 笔）", f" ({lines} {'line' if lines == 1 else 'lines'})")
    return f"{scope.said_at(said)}  {scope.name(said.by)}{scope.say('：', ': ')}{told}{count}"


def _bill(scope: Scope, bill: Progress) -> Item:
    said = scope.said(bill.id)
    code, method = said.string("settlement"), said.string("method")
    parts = [
        scope.part(
            scope.say(
                f"{scope.said_at(said)}  {scope.name(said.by)}拟定，分摊规则 {method}",
                f"{scope.said_at(said)}  drawn up by {scope.name(said.by)}, rule of sharing {method}",
            ),
            bill.id,
        ),
        *(scope.part(_share(scope, one), bill.id) for one in said.records("shares")),
    ]
    if bill.superseded_by is not None:
        parts.append(
            scope.part(scope.say("已被新账单取代", "superseded by a later bill"), bill.superseded_by)
        )
    for label, held in ((("接受", "Accepted"), bill.accepted), (("异议", "Disputed"), bill.disputed)):
        for body, answer in held.items():
            reason = scope.words(scope.body(answer.id).get("reason"))
            told = scope.name(body) + ("" if reason is None else f"{scope.say('：', ': ')}{reason}")
            parts.append(scope.part(told, answer.id, label=_label(scope, *label)))
    if bill.silent:
        parts.append(Part(scope.names(bill.silent), (), False, _label(scope, "未答复", "No answer from")))
    return Item(scope.say(f"账单 {code}", f"Bill {code}"), tuple(parts))


def _share(scope: Scope, share: Mapping[str, Any]) -> str:
    amount = facts.money(Money(**share["amount"]))
    verb = scope.say("得", "gets") if share.get("gets") else scope.say("承担", "bears")
    return f"{scope.name(share['body'])} {verb} {amount}"


def _odd(scope: Scope, odd: Iterable[Odd]) -> Iterator[Item]:
    told = [
        scope.part(
            f"{_pair(scope, one.payer, one.payee)} {facts.money(one.amount)}{scope.say('：', ': ')}"
            f"{scope.words(one.words)}",
            one.statement,
        )
        for one in odd
    ]
    if told:
        yield scope.item("与账单不符的付款", "Payments that fit no bill", *told)


def _transfer(scope: Scope, one: Settled) -> tuple[Part, ...]:
    late = scope.say("（逾期）", " (late)") if one.late else ""
    confirmed = scope.say("，收款方已确认", ", confirmed by the payee") if one.confirmed else ""
    return (
        Part(_pair(scope, one.payer, one.payee)),
        Part(facts.money(one.wanted)),
        scope.part(facts.money(Money(one.paid_minor, one.wanted.currency)), *one.payments, *one.confirmed),
        Part(scope.say("时限未定", "no time set") if one.due is None else scope.time(one.due)),
        Part(scope.say(*TRANSFERS[one.state]) + late + confirmed),
    )
