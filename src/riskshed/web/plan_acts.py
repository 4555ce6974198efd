"""What can be done about joint plans in an incident: each act with its form, as in `incident_acts`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from riskshed.governance import negotiation_acts, plan_working
from riskshed.governance.draft import Draft
from riskshed.governance.plan_working import Working
from riskshed.governance.subjects import JointPlanStanding
from riskshed.web import addresses, forms_plan, plan_points
from riskshed.web.current import node
from riskshed.web.forms import Offer, Sheet
from riskshed.web.forms_message import named
from riskshed.web.forms_plan import AmendForm, plan_initial
from riskshed.web.incident_acts import Act, Initial, Scene, bodies
from riskshed.web.wording import say

PLANS = ("PlanProposed", "PlanAmended")
PARTS = ("treatments", "dispatches", "transfers")
ANSWER_WITHIN = timedelta(hours=24)
WORTH_ROWS = 4
"""So many rows of what a plan is worth stand empty in its form."""


def _back(scene: Scene) -> str:
    return addresses.plans(scene.code)


def _plan(scene: Scene) -> JointPlanStanding | None:
    return scene.standing.joint_plans.get(scene.subject.id) if scene.subject is not None else None


def _is_open(scene: Scene) -> bool:
    """Whether the plan still waits for answers: it is the last text, and neither adopted nor run out."""
    plan = _plan(scene)
    return plan is not None and plan.status in ("proposed", "rejected")


def _may_answer(scene: Scene) -> bool:
    plan = _plan(scene)
    mine = scene.actor.body
    return plan is not None and _is_open(scene) and mine in plan.members and mine not in plan.accepted


def _may_amend(scene: Scene) -> bool:
    """Those whom it binds, who laid it before them, and the coordination body; not once it is locked."""
    plan = _plan(scene)
    if plan is None or plan.superseded_by is not None or plan.status == "adopted":
        return False
    named_in = {*plan.members, plan.by, node().regime().terms.coordination_body}
    return scene.actor.body in named_in


def _may_adopt(scene: Scene) -> bool:
    """Whoever laid it before them once all have accepted; the superior at any time before."""
    plan = _plan(scene)
    if plan is None or plan.status in ("adopted", "amended"):
        return False
    whole = set(plan.accepted) >= set(plan.members)
    named_in = {plan.by, node().regime().terms.coordination_body, *plan.members}
    return (whole and scene.actor.body in named_in) or scene.actor.body == node().regime().terms.superior


def _offer(scene: Scene) -> Offer:
    members = node().regime().terms.members
    everybody = bodies(scene.standing, members)
    places = named([one.code for one in node().region.cities])
    choice, towns = [("", "—"), *everybody], [("", "—"), *places]
    return {
        "members": everybody,
        "treatments.owner": choice,
        "dispatches.from": towns,
        "dispatches.to": towns,
        "worth.body": choice,
        "transfers.payer": choice,
        "transfers.payee": choice,
    }


def _propose_initial(scene: Scene) -> Initial:
    known = {one.plan for one in scene.standing.joint_plans.values()}
    number = next(n for n in range(1, len(known) + 2) if f"P-{node().now().year}-{n:03d}" not in known)
    coming = [*scene.incident.lead, *scene.incident.assist] or [scene.incident.city]
    return {
        "plan": f"P-{node().now().year}-{number:03d}",
        "members": coming,
        "answer_by": node().now() + ANSWER_WITHIN,
        # The form shows one row more than are given.
        f"worth_{WORTH_ROWS - 1}_element": "",
    }


def _said(scene: Scene, draft: Draft) -> list[Draft]:
    """What the rule gives, with the words of a drill where this is one."""
    return [scene.draft(draft.kind, draft.body, draft.replies_to)]


def _proposed(scene: Scene, form: Any) -> list[Draft]:
    held, terms, body = scene.standing, scene.regime.terms, form.plan_body()
    body |= _worked_out(scene, body, form)
    return _said(scene, negotiation_acts.propose(held, scene.actor.body, scene.code, terms, body))


def _worked_out(scene: Scene, body: dict[str, Any], form: Any) -> dict[str, Any]:
    """The working as a file that is kept before it is named, and the gains as far as the record suffices."""
    working = form.working()
    if working is None:
        return {}
    node().keep_file(working.to_bytes())
    found = plan_working.weighed(scene.standing, body, working)
    gains = negotiation_acts.money_of(found.proposed)["gains"] if found.proposed is not None else None
    return {"file": working.file(), **({"gains": gains} if gains else {})}


def _amend_initial(scene: Scene) -> Initial:
    assert scene.subject is not None, "an act about a plan"
    held = plan_points.working_of(scene.subject)
    working = held if isinstance(held, Working) else None
    rows = len(working.worth) if working is not None else 0
    empty = {f"worth_{rows + WORTH_ROWS - 1}_element": ""}
    shown = plan_initial(scene.subject, working)
    return {**empty, **shown, "answer_by": node().now() + ANSWER_WITHIN}


def _amended(scene: Scene, form: Any) -> list[Draft]:
    assert scene.subject is not None, "an act about a plan"
    gone: dict[str, Any] = dict.fromkeys((*PARTS, "gains", "file"))
    changed = {**gone, **form.plan_body(scene.subject)}
    changed |= _worked_out(scene, {name: told for name, told in changed.items() if told is not None}, form)
    held, mine, terms = scene.standing, scene.actor.body, scene.regime.terms
    change = form.words("change")
    return _said(scene, negotiation_acts.amend(held, scene.subject.id, mine, terms, change, changed))


def _accepted(scene: Scene, form: Sheet) -> list[Draft]:
    assert scene.subject is not None, "an act about a plan"
    held, mine, terms = scene.standing, scene.actor.body, scene.regime.terms
    return _said(scene, negotiation_acts.accept(held, scene.subject.id, mine, terms, form.words("note")))


def _rejected(scene: Scene, form: Sheet) -> list[Draft]:
    assert scene.subject is not None, "an act about a plan"
    held, mine, terms = scene.standing, scene.actor.body, scene.regime.terms
    reason, wants = form.words("reason"), form.words("wants")
    return _said(scene, negotiation_acts.reject(held, scene.subject.id, mine, terms, reason, wants))


def _adopted(scene: Scene, form: Sheet) -> list[Draft]:
    assert scene.subject is not None, "an act about a plan"
    held, mine, note = scene.standing, scene.actor.body, form.words("note")
    return _said(scene, negotiation_acts.adopt(held, scene.subject.id, mine, scene.regime, note))


def _up(scene: Scene) -> Draft | None:
    """What hands the plan up, where the table cannot settle it and it is for this body to say."""
    if _plan(scene) is None or scene.subject is None:
        return None
    draft = negotiation_acts.hand_up(scene.standing, scene.subject.id, scene.regime)
    return draft if draft is not None and draft.by == scene.actor.body else None


def _handed_up(scene: Scene, _: Sheet) -> list[Draft]:
    draft = _up(scene)
    return [] if draft is None else _said(scene, draft)


PLAN_ACTS: tuple[Act, ...] = (
    Act("plan-propose", "plan.propose", ("提出联合方案", "Propose a joint plan"),
        ("并提出该方案", "and lay this plan before them"), forms_plan.PlanForm, _propose_initial, _proposed,
        _offer, back=_back),
    Act("plan-amend", "plan.propose", ("修改", "Amend"), ("并提出修改", "and lay the change before them"),
        AmendForm, _amend_initial, _amended, _offer, fits=_may_amend, on=PLANS, back=_back),
    Act("plan-accept", "plan.answer", ("接受", "Accept"), ("并接受该方案", "and accept this plan"),
        forms_plan.AcceptForm, lambda _: {}, _accepted, fits=_may_answer, on=PLANS,
        back=_back),
    Act("plan-reject", "plan.answer", ("否决", "Reject"), ("并否决该方案", "and reject this plan"),
        forms_plan.RejectForm, lambda _: {}, _rejected, fits=_may_answer,
        on=PLANS, back=_back),
    Act("plan-adopt", "plan.answer", ("生效", "Put in force"), ("并使该方案生效", "and put it in force"),
        forms_plan.AcceptForm, lambda _: {}, _adopted, fits=_may_adopt, on=PLANS, back=_back),
    Act("plan-hand-up", "plan.propose", ("提请上级裁决", "Hand it up"), ("并提请上级裁决", "and hand it up"),
        Sheet, lambda _: {}, _handed_up, fits=lambda scene: _up(scene) is not None, on=PLANS, back=_back),
)  # fmt: skip


def status_words(plan: JointPlanStanding) -> str:
    """How a joint plan stands, in words."""
    table = {
        "proposed": ("待答复", "waits for answers"),
        "adopted": ("已生效", "in force"),
        "amended": ("已被修改", "changed since"),
        "rejected": ("有机构否决", "rejected by a member"),
        "lapsed": ("逾期未达成", "time ran out without all"),
    }
    return say(*table[plan.status])
