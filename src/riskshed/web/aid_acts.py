"""What can be done about help in an incident: each act with its form, as in `incident_acts`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from riskshed.governance import aid
from riskshed.statement import Statement
from riskshed.web import addresses, forms_aid
from riskshed.web.current import node
from riskshed.web.forms import Offer
from riskshed.web.forms_message import named
from riskshed.web.forms_rows import goods_initial, money
from riskshed.web.incident_acts import Act, Initial, Scene, bodies
from riskshed.web.wording import say

ASKED_WITHIN = timedelta(hours=2)
NEEDED_WITHIN = timedelta(hours=24)
PROMISED = ("AidRequested", "AidOffered", "PlanAdopted", "InstructionGiven")


def _back(scene: Scene) -> str:
    return addresses.aid(scene.code)


def _told(scene: Scene, name: str, default: Any = None) -> Any:
    """A field of the statement that is answered."""
    body = scene.subject.body if scene.subject is not None else None
    return default if body is None else body.get(name, default)


def _time(scene: Scene, *names: str) -> datetime | None:
    """The first of these times that the answered statement gives."""
    said = scene.subject
    if said is None or said.body is None:
        return None
    return next((said.time(name) for name in names if name in said.body), None)


def _goods(scene: Scene) -> Initial:
    items = _told(scene, "items", ())
    return goods_initial(items)


def _places(*first: str) -> list[tuple[str, str]]:
    codes = dict.fromkeys((*(one for one in first if one), *(one.code for one in node().region.cities)))
    return [("", say("请选择", "choose")), *named(list(codes))]


def _others(scene: Scene) -> list[tuple[str, str]]:
    members = node().regime().terms.members
    return [one for one in bodies(scene.standing, members) if one[0] != scene.actor.body]


# ------------------------------------------------------------------------------------ asking and offering


def _request_initial(scene: Scene) -> Initial:
    now = node().now()
    return {"to": scene.actor.body, "needed_by": now + NEEDED_WITHIN, "answer_by": now + ASKED_WITHIN}


def _request_offer(scene: Scene) -> Offer:
    return {"of": _others(scene), "to": _places(scene.actor.body)}


def _request(scene: Scene, form: Any) -> list[Any]:
    body = {"items": form.items(), **form.body("of", "to", "needed_by", "answer_by", "purpose")}
    return [scene.draft("AidRequested", body)]


def _offer_initial(scene: Scene) -> Initial:
    return {**_goods(scene), "ready_at": node().now()}


def _offered(scene: Scene, form: Any) -> list[Any]:
    body = {"items": form.items(), **form.body("ready_at", "arrives_at", "valid_until", "terms")}
    price = money(form.cleaned_data["price"])
    return [scene.draft("AidOffered", {**body, **({"price": price} if price else {})}, _id(scene))]


def _id(scene: Scene) -> str | None:
    return scene.subject.id if scene.subject is not None else None


def _is_asked(scene: Scene) -> bool:
    return aid.is_asked(scene.standing, scene.subject, scene.actor.body)


def _declined(scene: Scene, form: Any) -> list[Any]:
    return [scene.draft("AidDeclined", form.body("cause", "reason"), _id(scene))]


# ---------------------------------------------------------------------------------- promising and sending


def _may_promise(scene: Scene) -> bool:
    return aid.may_promise(scene.subject, scene.actor.body)


def _destination(scene: Scene) -> str:
    """Where it is wanted: what the request says, or the request that an offer answers."""
    said = scene.subject
    if said is not None and said.kind == "AidOffered":
        asked = scene.standing.statements.get(said.replies_to or "")
        return _text(asked.statement, "to") if asked is not None else scene.incident.city
    return str(_told(scene, "to", scene.incident.city)) if said and said.kind == "AidRequested" else ""


def _text(said: Statement, name: str) -> str:
    return said.string(name) if said.body is not None and name in said.body else ""


def _commit_initial(scene: Scene) -> Initial:
    now = node().now()
    due = _time(scene, "needed_by", "arrives_at") or now + NEEDED_WITHIN
    return {**_goods(scene), "to": _destination(scene), "leaves_by": now + ASKED_WITHIN, "arrives_by": due}


def _commit_offer(scene: Scene) -> Offer:
    return {"to": _places(_destination(scene))}


def _committed(scene: Scene, form: Any) -> list[Any]:
    body = {"items": form.items(), **form.body("to", "leaves_by", "arrives_by", "until", "terms")}
    price = money(form.cleaned_data["price"])
    return [scene.draft("AidCommitted", {**body, **({"price": price} if price else {})}, _id(scene))]


def _dispatch_initial(scene: Scene) -> Initial:
    sent = sum(1 for seen in scene.standing.statements.values() if seen.statement.kind == "AidDispatched")
    return {
        **_goods(scene),
        "shipment": f"S-{node().now().year}-{sent + 1:04d}",
        "origin": scene.actor.body,
        "to": _told(scene, "to", ""),
        "left_at": node().now(),
        "arrives_at": _time(scene, "arrives_by"),
    }


def _dispatch_offer(scene: Scene) -> Offer:
    return {"origin": _places(scene.actor.body), "to": _places(str(_told(scene, "to", "")))}


def _dispatched(scene: Scene, form: Any) -> list[Any]:
    body = {"items": form.items(), **form.body("shipment", "to", "left_at", "arrives_at")}
    origin = form.cleaned_data["origin"]
    return [scene.draft("AidDispatched", {**body, **({"from": origin} if origin else {})}, _id(scene))]


# ------------------------------------------------------------------------------- receiving and sending home


def _is_receiver(scene: Scene) -> bool:
    return aid.is_receiver(scene.standing, scene.subject, scene.actor.body)


def _received(scene: Scene, form: Any) -> list[Any]:
    body = {"items": form.items(), **form.body("received_at", "note")}
    shipment = _told(scene, "shipment")
    return [scene.draft("AidReceived", {**body, **({"shipment": shipment} if shipment else {})}, _id(scene))]


def _released(scene: Scene, form: Any) -> list[Any]:
    return [
        scene.draft("AidReleased", {"items": form.items(), **form.body("released_at", "note")}, _id(scene))
    ]


AID_ACTS: tuple[Act, ...] = (
    Act("aid-request", "aid.ask", ("请求援助", "Ask for help"), ("并请求援助", "and ask for help"),
        forms_aid.RequestForm, _request_initial, _request, _request_offer, back=_back),
    Act("aid-volunteer", "aid.give", ("主动提出援助", "Offer help"), ("并提出援助", "and offer help"),
        forms_aid.OfferForm, _offer_initial, _offered, back=_back),
    Act("aid-offer", "aid.give", ("提出援助意向", "Offer this help"), ("并提出援助", "and offer help"),
        forms_aid.OfferForm, _offer_initial, _offered, fits=_is_asked, on=("AidRequested",), back=_back),
    Act("aid-decline", "aid.give", ("婉拒", "Decline"), ("并婉拒", "and decline"),
        forms_aid.DeclineForm, lambda _: {}, _declined, fits=_is_asked, on=("AidRequested", "AidOffered"),
        back=_back),
    Act("aid-commit", "aid.give", ("承诺援助", "Promise help"), ("并承诺援助", "and promise help"),
        forms_aid.CommitForm, _commit_initial, _committed, _commit_offer, fits=_may_promise, on=PROMISED,
        back=_back),
    Act("aid-dispatch", "aid.give", ("已发运", "It has left"), ("并记录发运", "and say that it has left"),
        forms_aid.DispatchForm, _dispatch_initial, _dispatched, _dispatch_offer,
        of=lambda scene: scene.subject.by if scene.subject else None, fits=lambda _: True,
        on=("AidCommitted",), back=_back),
    Act("aid-receive", "aid.ask", ("已收到", "It has come"), ("并确认收到", "and say that it has come"),
        forms_aid.ReceiveForm, lambda scene: {**_goods(scene), "received_at": node().now()}, _received,
        fits=_is_receiver, on=("AidDispatched", "AidCommitted"), back=_back),
    Act("aid-release", "aid.ask", ("不再需要", "No longer needed"), ("并结束援助", "and release it"),
        forms_aid.ReleaseForm, lambda scene: {**_goods(scene), "released_at": node().now()}, _released,
        fits=lambda scene: not aid.is_answered(scene.standing, scene.subject, "AidReleased"),
        on=("AidReceived",),
        of=lambda scene: scene.subject.by if scene.subject else None, back=_back),
)  # fmt: skip
