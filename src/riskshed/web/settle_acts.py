"""What can be done about costs in an incident: each act with its form, as in `incident_acts`."""

from __future__ import annotations

from typing import Any

from riskshed.governance import settlement
from riskshed.governance.draft import Draft
from riskshed.governance.settlement_payments import Progress, of_concern, progress
from riskshed.statement_record import Body
from riskshed.web import addresses, forms_settle, wording
from riskshed.web.current import node
from riskshed.web.forms import Offer, Sheet
from riskshed.web.forms_message import named
from riskshed.web.forms_rows import money, yuan
from riskshed.web.incident_acts import Act, Initial, Scene, bodies
from riskshed.web.wording import say

CURRENCY = "CNY"
BILL = ("SettlementDrawn",)


def _back(scene: Scene) -> str:
    return addresses.settlement(scene.code)


def _progress(scene: Scene) -> Progress | None:
    """How far the bill is that this is about; None where it cannot be read."""
    said = scene.subject
    return None if said is None or said.body is None else progress(scene.standing, said.id)


def _may_answer(scene: Scene) -> bool:
    held, mine = _progress(scene), scene.actor.body
    if held is None or scene.subject is None:
        return False
    sides = {share["body"] for share in scene.subject.records("shares")}
    return mine in sides and held.superseded_by is None and mine not in held.accepted


def _owes_or_gets(scene: Scene) -> bool:
    return _progress(scene) is not None and bool(_my_transfers(scene))


def _my_transfers(scene: Scene) -> tuple[Body, ...]:
    assert scene.subject is not None, "an act about a bill"
    return of_concern(scene.standing, scene.subject, scene.actor.body)


# ---------------------------------------------------------------------------------------------- claiming


def _claim_offer(scene: Scene) -> Offer:
    told = [seen.statement for seen in scene.standing.statements.values()]
    mine = [one for one in told if one.kind == "AidCommitted" and one.by == scene.actor.body]
    helped = [(one.id, f"{wording.shown_time(one.issued)} → {wording.name_of(one.string('to'))}")
              for one in mine if one.body is not None]  # fmt: skip
    return {"lines.aid": [("", say("（无）", "(none)")), *helped]}


def _claimed(scene: Scene, form: Any) -> list[Draft]:
    return [scene.draft("CostClaimed", {"lines": form.lines()})]


# ------------------------------------------------------------------------------------------ drawing it up


def _coordination(_: Scene) -> str:
    return node().regime().terms.coordination_body or ""


def _last_bill(scene: Scene) -> str | None:
    """What a new bill takes the place of: the last objection to the last bill, or the bill."""
    codes = {scene.code, *scene.incident.same_as}
    told = [seen.statement for seen in scene.standing.statements.values()]
    drawn = [one.id for one in told if one.kind in BILL and one.about in codes and one.body is not None]
    last = [one for one in (progress(scene.standing, name) for name in drawn) if one.superseded_by is None]
    if not last:
        return None
    objections = last[0].disputed.values()
    return max(objections, key=lambda one: (one.at, one.id)).id if objections else last[0].id


def _drawn(scene: Scene, form: Sheet) -> list[Draft]:
    """The bill by the signed rule; everything that it rests on is kept as a file before it is named."""
    held, files = node().agreement(), node().agreement_files()
    assert held is not None, "the act fits only where there is an agreement"
    assert files is not None, "an agreement has its files"
    drawn = settlement.draw(
        scene.standing,
        scene.code,
        held,
        files,
        settlement=form.cleaned_data["code"],
        currency=CURRENCY,
        at=node().now(),
    )
    node().keep_file(drawn.inputs.to_bytes())
    draft = settlement.draft(drawn, scene.actor.body, replies_to=_last_bill(scene))
    return [scene.draft(draft.kind, draft.body, draft.replies_to)]


def _draw_initial(scene: Scene) -> Initial:
    drawn = sum(1 for seen in scene.standing.statements.values() if seen.statement.kind in BILL)
    return {"code": f"B-{node().now().year}-{drawn + 1:03d}"}


# ------------------------------------------------------------------------------------ answering and paying


def _answer(kind: Any, *names: str) -> Any:
    def drafts(scene: Scene, form: Sheet) -> list[Draft]:
        assert scene.subject is not None, "an act about a bill"
        return [scene.draft(kind, form.body(*names), scene.subject.id)]

    return drafts


def _pay_initial(scene: Scene) -> Initial:
    first = _my_transfers(scene)[0]
    shown = {"payer": first["payer"], "payee": first["payee"], "amount": yuan(first["amount"])}
    return {**shown, "paid_at": node().now()}


def _pay_offer(scene: Scene) -> Offer:
    assert scene.subject is not None, "an act about a bill"
    sides = [one[side] for one in scene.subject.records("transfers") for side in ("payer", "payee")]
    # A fund is no body; it can be chosen all the same.
    funds = [one for one in dict.fromkeys(sides) if one not in scene.standing.bodies]
    offered = [*named(funds), *bodies(scene.standing, sides)]
    return {"payer": offered, "payee": offered}


def _paid(scene: Scene, form: Sheet) -> list[Draft]:
    assert scene.subject is not None, "an act about a bill"
    amount = money(form.cleaned_data["amount"])
    body = form.body("payer", "payee", "paid_at", "reference")
    return [scene.draft("Paid", {**body, **({"amount": amount} if amount else {})}, scene.subject.id)]


SETTLE_ACTS: tuple[Act, ...] = (
    Act("cost-claim", "cost.claim", ("申报费用", "Claim costs"), ("并申报费用", "and claim these costs"),
        forms_settle.ClaimForm, lambda _: {}, _claimed, _claim_offer, fits=lambda _: True, back=_back),
    Act("bill-draw", "bill.draw", ("拟定结算单", "Draw up the bill"),
        ("并按协议规则拟定", "and draw it up by the rule"), forms_settle.DrawForm, _draw_initial, _drawn,
        fits=lambda _: node().agreement() is not None, of=_coordination, back=_back),
    Act("bill-accept", "bill.answer", ("确认结算", "Accept the bill"), ("并确认结算", "and accept the bill"),
        forms_settle.AcceptForm, lambda _: {}, _answer("SettlementAccepted", "note"), fits=_may_answer,
        on=BILL, back=_back),
    Act("bill-dispute", "bill.answer", ("提出异议", "Object"), ("并提出异议", "and object to the bill"),
        forms_settle.DisputeForm, lambda _: {}, _answer("SettlementDisputed", "reason"), fits=_may_answer,
        on=BILL, back=_back),
    Act("bill-pay", "bill.pay", ("登记付款", "Record a payment"), ("并登记付款", "and record the payment"),
        forms_settle.PayForm, _pay_initial, _paid, _pay_offer, fits=_owes_or_gets, on=BILL, back=_back),
)  # fmt: skip
