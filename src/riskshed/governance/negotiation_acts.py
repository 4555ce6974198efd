"""What may be said at a negotiating table, from goals and proposals to adoption; each as a draft.

Every draft is checked against how things stand, so that an officer learns before signing that a signature
would not count: that a body is outside of the agreement or no member of the plan, that the text was changed
meanwhile or is locked, that transfers name two currencies. The fold checks again, on its own.

No rule here decides. When time has run out, or when all have answered and somebody rejected, the plan may be
handed up to whom the agreement names, else to the common superior; only then may that superior adopt it in
the place of those who did not accept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.governance.bargaining import MONEY_GOAL, Outcome, payments
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.governance.negotiation import Table, goals, table
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Money, time_text

Words = Mapping[str, str]
NOW = timedelta(0)


def money_of(outcome: Outcome, due: datetime | None = None) -> dict[str, Any]:
    """The gains and transfers of a point, as fields of a plan.

    Parameters
    ----------
    outcome : Outcome
    due : datetime, optional
        By when transfers are to be paid.
    """
    gains = [
        {"body": city, "amount": Money(abs(one.minor), one.currency).to_json(), "gets": one.minor >= 0}
        for city, one in outcome.after.items()
    ]
    paid = [
        {"payer": payer, "payee": payee, "amount": amount.to_json()}
        | ({"due": time_text(due)} if due is not None else {})
        for payer, payee, amount in payments(outcome.transfers)
    ]
    return {"gains": gains, **({"transfers": paid} if paid else {})}


# ------------------------------------------------------------------------------------------ goals of a body


def declare(
    standing: Standing,
    by: str,
    terms: Terms,
    weights: Sequence[tuple[str, Decimal]],
    note: Words | None = None,
) -> Draft:
    """The goal weights of a member, in the place of those that it declared before.

    Parameters
    ----------
    standing : Standing
    by : str
        A member of the agreement.
    terms : Terms
        Of the agreement.
    weights : sequence of (str, Decimal)
        Goal and weight from 0 to 1, together 1; money has to have one, for all others are set beside it.
    note : mapping of str to str, optional

    Raises
    ------
    InputFaults
        ``negotiation.bad_goals`` with ``negotiation.weights_do_not_sum``, naming the weights and their sum,
        ``negotiation.bad_weight``, ``negotiation.repeated`` and ``negotiation.no_money``.
    InputError
        ``negotiation.outside_agreement``; ``negotiation.nothing_changed`` if it declared the same before.
    """
    if not terms.binds(by) or not terms.code:
        raise _outsider(by, terms)
    if faults := list(_faults_of_weights(weights)):
        raise InputFaults("negotiation.bad_goals", "these goal weights cannot be declared", faults)
    if goals(standing, by) == dict(weights):
        raise InputError(
            "negotiation.nothing_changed", f"{by} declared the same weights before", todo="Change a weight."
        )
    rows = [{"goal": goal, "weight": f"{(weight + 0).normalize():f}"} for goal, weight in weights]
    body = {"weights": rows, **({"note": dict(note)} if note else {})}
    return Draft("GoalsDeclared", by, terms.code, None, body)


def _faults_of_weights(weights: Sequence[tuple[str, Decimal]]) -> Iterable[Fault]:
    told = [goal for goal, _ in weights]
    for goal in sorted({one for one in told if told.count(one) > 1}):
        yield _weight_fault("repeated", goal, "each goal once")
    for goal, weight in weights:
        if not 0 <= weight <= 1:
            yield _weight_fault("bad_weight", f"{goal} {weight}", "a weight from 0 to 1")
    total = sum((weight for _, weight in weights), Decimal(0))
    if total != 1:
        named = ", ".join(f"{goal} {weight}" for goal, weight in weights)
        todo = "Change a weight; nothing is scaled in silence."
        yield _weight_fault("weights_do_not_sum", f"{named}: together {total}", "together 1", todo)
    if not dict(weights).get(MONEY_GOAL):
        todo = "Without it no goal can be set beside a payment."
        yield _weight_fault("no_money", "none", f"a weight above 0 of the goal {MONEY_GOAL}", todo)


def _weight_fault(code: str, got: str, wanted: str, todo: str = "") -> Fault:
    return Fault(f"negotiation.{code}", "the goals", None, "weights", got, wanted, todo)


# ---------------------------------------------------------------------------------------- laying it before


def propose(
    standing: Standing,
    by: str,
    about: str,
    terms: Terms,
    body: Mapping[str, Any],
    *,
    after: str | None = None,
) -> Draft:
    """A joint plan to be laid before its members.

    Parameters
    ----------
    standing : Standing
    by : str
        A member of the agreement, or its coordination body or superior.
    about : str
        The incident, or what it is about.
    terms : Terms
        Of the agreement.
    body : mapping
        As of ``PlanProposed``; see `money_of`.
    after : str, optional
        The rejection that it answers.

    Raises
    ------
    InputFaults
        ``negotiation.bad_plan`` with every fault: a body outside of the agreement, a payer or payee that is
        no member of the plan, a payment to itself, two currencies, no time left to answer.
    InputError
        ``negotiation.outside_agreement`` if `by` is outside of it.
    """
    _refuse_outsider(by, terms)
    _check(standing, terms, body)
    return Draft("PlanProposed", by, about, after, dict(body))


def amend(
    standing: Standing, plan: str, by: str, terms: Terms, change: Words, changed: Mapping[str, Any]
) -> Draft:
    """The newest text of a plan with a change, to be laid before its members again.

    A text that was adopted stays locked and in force; the amendment is a new text, which all have to accept.

    Parameters
    ----------
    standing : Standing
    plan : str
        Any version.
    by : str
    terms : Terms
    change : mapping of str to str
        What has changed, in words.
    changed : mapping
        Fields of the plan that are otherwise; None takes a field out. `answer_by` has to be among them.

    Raises
    ------
    InputFaults, InputError
        As of `propose`; ``negotiation.nothing_changed`` if the text would be the same.
    """
    newest = table(standing, plan).newest
    _refuse_outsider(by, terms)
    old = standing.statements[newest.id].statement.to_json()["body"]
    new = {**old, **changed, "change": dict(change)}
    new = {name: value for name, value in new.items() if value is not None}
    silent = {"change", "answer_by"}
    if {k: v for k, v in new.items() if k not in silent} == {k: v for k, v in old.items() if k not in silent}:
        raise InputError(
            "negotiation.nothing_changed", "the text would be the same as before",
            todo="Change something, or wait for the answers.",
        )  # fmt: skip
    _check(standing, terms, new)
    return Draft("PlanAmended", by, newest.about, newest.id, new)


def _refuse_outsider(by: str, terms: Terms) -> None:
    around = {terms.coordination_body, terms.superior, terms.centre, *terms.offices.values()}
    if not terms.binds(by) and by not in around:
        raise _outsider(by, terms)


def _outsider(by: str, terms: Terms) -> InputError:
    return InputError(
        "negotiation.outside_agreement",
        f"{by} is outside of the agreement {terms.code or 'that holds here'}",
        todo=f"Let one of its members say it: {', '.join(terms.members)}.",
    )


def _check(standing: Standing, terms: Terms, body: Mapping[str, Any]) -> None:
    faults = [*_faults_of_members(terms, body), *_faults_of_money(body)]
    if datetime.fromisoformat(body["answer_by"]) <= standing.at:
        faults.append(_fault("no_time", "answer_by", body["answer_by"], "a time to come"))
    if faults:
        raise InputFaults("negotiation.bad_plan", "this plan cannot be laid before its members", faults)


def _fault(code: str, column: str, got: str, wanted: str, todo: str = "") -> Fault:
    return Fault(f"negotiation.{code}", "the joint plan", None, column, got, wanted, todo)


def _faults_of_members(terms: Terms, body: Mapping[str, Any]) -> Iterable[Fault]:
    members = body["members"]
    for one in members:
        if not terms.binds(one):
            todo = "Let it sign the agreement first."
            yield _fault("outside_agreement", "members", one, "a member of the agreement", todo)
    named = [
        *(("treatments", one["owner"]) for one in body.get("treatments", ())),
        *(("dispatches", one["from"]) for one in body.get("dispatches", ())),
        *(("transfers", one[side]) for one in body.get("transfers", ()) for side in ("payer", "payee")),
        *(("gains", one["body"]) for one in body.get("gains", ())),
    ]
    for part, one in dict.fromkeys(named):
        if one not in members:
            todo = "A plan binds those who are asked to accept it."
            yield _fault("not_a_member", part, one, f"one of {', '.join(members)}", todo)
    told = [one["body"] for one in body.get("gains", ())]
    for one in sorted({one for one in told if told.count(one) > 1}):
        yield _fault("repeated", "gains", one, "each member once")


def _faults_of_money(body: Mapping[str, Any]) -> Iterable[Fault]:
    rows = [*body.get("transfers", ()), *body.get("gains", ())]
    currencies = sorted({one["amount"]["currency"] for one in rows})
    if len(currencies) > 1:
        todo = "Agree on a rate, and count in one."
        yield _fault("mixed_currencies", "transfers", ", ".join(currencies), "one currency", todo)
    for one in body.get("transfers", ()):
        place = f"{one['payer']} to {one['payee']}"
        if one["payer"] == one["payee"]:
            yield _fault("own_payment", "transfers", place, "two bodies")
        if one["amount"]["minor"] <= 0:
            todo = "Turn payer and payee round."
            yield _fault("bad_payment", "transfers", f"{place} {one['amount']['minor']}", "more than 0", todo)


# ----------------------------------------------------------------------------------------------- answering


def accept(standing: Standing, plan: str, by: str, terms: Terms, note: Words | None = None) -> Draft:
    """A member accepts exactly this text.

    Raises
    ------
    InputError
        ``negotiation.outside_agreement``, ``negotiation.not_a_member``; ``negotiation.superseded`` if the
        text was changed meanwhile; ``negotiation.locked`` if it is adopted; ``negotiation.said_before``.
    """
    _may_answer(standing, plan, by, terms, "accepted")
    return Draft("PlanAccepted", by, _about(standing, plan), plan, {"note": dict(note)} if note else {})


def reject(
    standing: Standing, plan: str, by: str, terms: Terms, reason: Words, wants: Words | None = None
) -> Draft:
    """A member rejects this text, says why, and may say what it would accept.

    Raises
    ------
    InputError
        As of `accept`; ``negotiation.no_reason``.
    """
    _may_answer(standing, plan, by, terms, "rejected")
    if not any(text.strip() for text in reason.values()):
        raise InputError("negotiation.no_reason", "a rejection has no reason", todo="Say why.")
    more = {"wants": dict(wants)} if wants else {}
    return Draft("PlanRejected", by, _about(standing, plan), plan, {"reason": dict(reason), **more})


def _may_answer(standing: Standing, plan: str, by: str, terms: Terms, answer: str) -> None:
    seen = table(standing, plan)
    held = standing.joint_plans[plan]
    if not terms.binds(by):
        _refuse_outsider(by, terms)
    if by not in held.members:
        raise InputError(
            "negotiation.not_a_member",
            f"{by} is no member of this plan, so that its signature would not count",
            todo=f"Its members are {', '.join(held.members)}.",
        )
    if held.adopted:
        raise InputError(
            "negotiation.locked", "this text is adopted, and locked", todo="Lay an amendment before all."
        )
    if seen.newest.id != plan:
        raise InputError(
            "negotiation.superseded",
            f"this text was changed by {seen.newest.id[:12]} of {seen.newest.at.isoformat()}",
            todo="Read the newest text, and answer that one.",
        )
    if by in (held.accepted if answer == "accepted" else held.rejected):
        raise InputError("negotiation.said_before", f"{by} has {answer} it", todo="Nothing is left to do.")


def _about(standing: Standing, plan: str) -> str | None:
    return standing.joint_plans[plan].about


# ------------------------------------------------------------------------------------- handing up, adopting


def hand_up(standing: Standing, plan: str, regime: Regime) -> Draft | None:
    """The draft that hands a plan up, once the table cannot settle it; None while it can, or once said.

    It cannot when time has run out without all, or when all have answered and somebody rejected. It is the
    one that laid the newest text before all that hands it up: to the superior whom the agreement names, else
    to the common superior of the members, else to the centre.
    """
    seen = table(standing, plan)
    held = seen.newest
    if held.adopted or seen.is_accepted_by_all or seen.handed_up:
        return None
    is_over = seen.left < NOW
    if not is_over and (seen.silent or not held.rejected):
        return None
    common = regime.territory.common_superior(held.members)
    to = regime.terms.superior or common or regime.terms.centre
    if not to or to == held.by:
        return None
    against = sorted(held.rejected)
    body = {
        "to": [to],
        "cause": "dispute" if against else "unanswered",
        "reason": _reason(held.plan, against, seen.silent),
        "evidence": [held.id, *held.rejected.values()],
    }
    return Draft("Escalated", held.by, held.about, held.rejected[against[0]] if against else None, body)


def _reason(plan: str, against: Sequence[str], silent: Sequence[str]) -> dict[str, str]:
    zh, en = [], []
    if against:
        zh.append(f"{'、'.join(against)} 否决")
        en.append(f"{', '.join(against)} rejected it")
    if silent:
        zh.append(f"{'、'.join(silent)} 逾期未答复")
        en.append(f"{', '.join(silent)} did not answer in time")
    return {"zh": f"联合方案 {plan}：{'；'.join(zh)}。", "en": f"Joint plan {plan}: {'; '.join(en)}."}


def adopt(standing: Standing, plan: str, by: str, regime: Regime, note: Words | None = None) -> Draft:
    """The newest text comes into force: all have accepted it, or a superior to whom it was handed up decides.

    Raises
    ------
    InputError
        ``negotiation.superseded``; ``negotiation.locked`` if it is adopted;
        ``negotiation.not_accepted``, naming who has not accepted; ``negotiation.not_handed_up`` if a
        superior would decide what was not handed up to it.
    """
    seen = table(standing, plan)
    held = seen.newest
    if held.id != plan:
        raise InputError(
            "negotiation.superseded", f"this text was changed by {held.id[:12]}", todo="Adopt the newest."
        )
    if held.adopted:
        raise InputError("negotiation.locked", "this text is adopted, and locked", todo="Nothing is left.")
    more = {"note": dict(note)} if note else {}
    if seen.is_accepted_by_all:
        accepted = [held.accepted[body] for body in held.members]
        return Draft("PlanAdopted", by, held.about, plan, {"accepted": accepted, **more})
    _may_decide(standing, seen, by, regime)
    return Draft("PlanAdopted", by, held.about, plan, {"decided_by": by, **more})


def _may_decide(standing: Standing, seen: Table, by: str, regime: Regime) -> None:
    members = seen.newest.members
    above = all(regime.territory.contains(by, one) and by != one for one in members)
    if by in members or not (above or by in (regime.terms.superior, regime.terms.centre)):
        missing = ", ".join(seat.body for seat in seen.seats if seat.answer != "accepted")
        raise InputError(
            "negotiation.not_accepted",
            f"{missing} did not accept this text, and {by} is no superior of all its members",
            todo="Amend it, or hand it up.",
        )
    told = (standing.statements[one].statement for one in seen.handed_up)
    if not any(by in one.strings("to") for one in told):
        raise InputError(
            "negotiation.not_handed_up", f"this plan was not handed up to {by}",
            todo="Wait for the answers; it is handed up when time has run out.",
        )  # fmt: skip
