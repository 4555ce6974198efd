"""The world of the permission matrix: one of everything, at Harbin (own) and at another body (other).

What the log holds is said once for all tests; what only tables hold is made for each. A row of `matrix.csv`
names one of these objects; each gives the arguments of an address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.utils import timezone
from officers import BASIN, HARBIN, INCIDENT, JIAMUSI, JILIN, foreseen, opened, plain, told, warned
from small_logs import LOG_KEY, ORIGIN, WITNESS_KEY, SmallLog

from riskshed.governance import duty, rulepack, service
from riskshed.governance import finding as findings
from riskshed.governance.community import Subject
from riskshed.governance.draft import Draft
from riskshed.ledger.witness import Cosigner, Growth, origin_hash
from riskshed.statement import time_text
from riskshed.web import (
    current,
    delivery_feed,
    delivery_mail,
    delivery_routes,
    feed_watcher,
    follow_mail,
    house,
    invitations,
    party_door,
    photographs,
    public_files,
    question_link,
    sealed_bodies,
    tokens,
    witness_role,
)
from riskshed.web.act_table import EVERY
from riskshed.web.deliveries import Deliveries
from riskshed.web.models import Draft as DraftRow
from riskshed.web.models import Membership
from riskshed.web.node import Node

Arguments = Mapping[str, Any]
ROLES = ("duty_officer", "commander", "analyst", "evaluator", "auditor", "administrator")
ASKERS = ("anonymous", "nobody", *ROLES, "node_administrator", "representative")
PARTY = "harbin-filters"
"""An enterprise in Harbin; the representative is its."""
GROUPS = {
    "everybody": set(ASKERS),
    "signed_in": set(ASKERS) - {"anonymous"},
    "serving": {*ROLES, "node_administrator"},
    "readers": {"duty_officer", "commander", "analyst", "evaluator", "auditor"},
    "desk": {"duty_officer", "commander", "analyst"},
    "officers": {"duty_officer", "commander"},
    "administrators": {"administrator", "node_administrator"},
    "parties": {"representative"},
    "open_readers": {"duty_officer", "commander", "analyst", "evaluator", "auditor", "representative"},
}
"""Words for who is meant, as `matrix.csv` uses them; they are written here again on purpose, apart from
`riskshed.web.access`, so that a change there shows."""


def speak(node: Node, clock: Any) -> dict[str, Arguments]:
    """Say one of everything; the arguments of the objects that the log holds, by name."""
    forecast = opened(node)
    answered = told(node)[HARBIN]
    node.desk(HARBIN, "duty-07").acknowledge(answered)
    clock.forward(3)
    foreseen(node, hours=150)
    sent = told(node)
    mine, cancelled = warned(node), warned(node, level="blue")
    node.desk(HARBIN, "duty-07").cancel_warning(cancelled, "error")
    other = _warning_of(node, JILIN)
    source = _source(node)
    agreement = next(iter(node.standing().agreements))
    made: dict[str, Arguments] = {
        "incident": {"code": INCIDENT},
        "footprint": {"statement": forecast},
        "notice.own": {"statement": sent[HARBIN]},
        "notice.other": {"statement": sent[JIAMUSI]},
        "notice.answered": {"statement": answered},
        "warning.own": {"statement": mine},
        "warning.cancelled": {"statement": cancelled},
        "warning.other": {"statement": other},
        **_reports(node),
        "agreement": {"statement": agreement},
        "agreement.two": {"statement": agreement, "other": agreement},
        "source": {"code": source},
        "body": {"code": HARBIN},
        "party": {"code": PARTY},
        "entry": {"index": 0},
        "pack": {"name": "cn-2024"},
        "rule": {"name": "cn-2024", "rule_id": rulepack.shelf("cn-2024").rules[0].id},
        "file": {"digest": node.keep_file(b"a file that statements name").removeprefix("sha256:")},
        "approval.own": {"statement": _approval(node, JILIN, HARBIN)},
        "approval.other": {"statement": _approval(node, HARBIN, JILIN)},
        "finding.own": {"statement": _finding(node, HARBIN)},
        "finding.other": {"statement": _finding(node, JILIN)},
        "finding.proposed": {"code": INCIDENT, "key": _proposed(node, clock)},
        "feed_message": {"name": _feed(node)},
        **{f"act.{one.name}": {"code": INCIDENT, "name": one.name} for one in EVERY if not one.on},
        **_help(node),
        **_news(node),
        **_questions(node),
        **_market(node),
        **_plans(node),
        **_bills(node),
        **{f"action.{name}": {"statement": _action(node, by)} for name, by in OWN_AND_OTHER},
        "tile": {"path": "entries/000.p/1"},
        "public_file": {"name": "index.zh.html"},
    }
    return made


def _reports(node: Node) -> dict[str, Arguments]:
    """Field reports with a photograph, and reports of risk: Harbin's own, and another body's."""
    picture = photographs.keep(node, b"a picture, as far as this matters here")
    shown = picture["digest"].removeprefix("sha256:")
    made: dict[str, Arguments] = {}
    for (name, by), to in zip(OWN_AND_OTHER, (HARBIN, JIAMUSI), strict=True):
        told = plain("FieldReportFiled", files=[picture])
        field = node.desk(by, "duty-01").file_field_report(INCIDENT, **told)
        risk = node.desk(JILIN, "duty-03").report_risk(INCIDENT, **plain("RiskReported", to=[to]))
        made[f"field_report.{name}"] = {"statement": field}
        made[f"photograph.{name}"] = {"statement": field, "digest": shown}
        made[f"risk_report.{name}"] = {"statement": risk}
    return made


OWN_AND_OTHER = (("own", HARBIN), ("other", JILIN))
SOMETHING = {"zh": "何时恢复供水？", "en": "When is the water back?"}
SUM = {"minor": 100, "currency": "CNY"}
CARBON = {"item": "activated-carbon", "amount": {"value": "300", "unit": "t"}}


def _help(node: Node) -> dict[str, Arguments]:
    """Help on its way to Harbin, and help that is no business of Harbin's."""

    def way(giver: str, receiver: str) -> tuple[str, str, str, str]:
        """The request, the promise, a load that is on its way, and the arrival of another one."""
        to, from_ = node.desk(receiver, "duty-01"), node.desk(giver, "duty-01")
        asked = to.request_aid(INCIDENT, **plain("AidRequested", of=[giver], items=[CARBON], to=receiver))
        goods = {"items": [CARBON], "to": receiver}
        promised = from_.commit_aid(INCIDENT, replies_to=asked, **plain("AidCommitted", **goods))
        load = plain("AidDispatched", **goods, **{"from": giver})
        first, second = (from_.dispatch_aid(promised, **{**load, "shipment": name}) for name in ("1", "2"))
        return asked, promised, second, to.receive_aid(first, **plain("AidReceived", items=[CARBON]))

    mine, others = way(HARBIN, JIAMUSI), way(JILIN, HARBIN)
    answers = {
        "aid-offer": (mine[0], others[0]),
        "aid-decline": (mine[0], others[0]),
        "aid-commit": (mine[0], others[0]),
        "aid-dispatch": (mine[1], others[1]),
        "aid-receive": (others[2], mine[2]),
        "aid-release": (others[3], mine[3]),
    }
    return {
        f"answer.{name}.{whose}": {"code": INCIDENT, "name": name, "statement": statement}
        for name, pair in answers.items()
        for whose, statement in zip(("own", "other"), pair, strict=True)
    }


def _news(node: Node) -> dict[str, Arguments]:
    """News of Harbin, of another city and of the party; and things that can be followed."""
    told = {
        whose: node.desk(body, "duty-01").say(
            Draft("NewsShared", body, None, None, plain("NewsShared", cities=[HARBIN]))
        )
        for whose, body in (("own", HARBIN), ("other", JILIN), ("party", PARTY))
    }
    return {
        **{f"news.{whose}": {"statement": statement} for whose, statement in told.items()},
        "follow.place": {"sort": "place", "code": HARBIN},
        "follow.river": {"sort": "river", "code": "songhua"},
        "follow.industry": {"sort": "industry", "code": "A04"},
    }


def _questions(node: Node) -> dict[str, Arguments]:
    """A question of the party in the hands of Harbin, one of others in the hands of others, a resident's."""

    def asked(by: str, to: str, topic: str = "water") -> str:
        return node.desk(by, "rep-01").say(service.ask(by, topic=topic, text=SOMETHING, to=to))

    def answered(by: str, to: str) -> str:
        question = asked(by, to, "health")
        desk = node.desk(to, "duty-01")
        held, terms = node.record.standing(node.now()), node.regime().terms
        answer = service.answer(held, question, terms, node.now(), by=to, text=SOMETHING, final=True)
        desk.say(answer)
        return question

    mine, others = asked(PARTY, HARBIN), asked(JIAMUSI, JILIN)
    rated = {"party": answered(PARTY, HARBIN), "other": answered(JIAMUSI, JILIN)}
    secret = "s" * 43
    question_link.ask(node, secret, topic="other", city=HARBIN, text=SOMETHING, about="")
    acts = {
        f"question.{name}.{whose}": {"statement": statement, "name": name}
        for name, whose, statement in (
            *((name, "own", mine) for name in ("answer", "pass-on", "hand-up")),
            *((name, "other", others) for name in ("answer", "pass-on", "hand-up")),
            *(("rate", whose, statement) for whose, statement in rated.items()),
            *(("take-back", whose, statement) for whose, statement in (("party", mine), ("other", others))),
        )
    }
    return {
        "question.own": {"statement": mine},
        "question.other": {"statement": others},
        "question.link": {"secret": secret},
        **acts,
    }


def _market(node: Node) -> dict[str, Arguments]:
    """Needs of Harbin, of another city and of the party, with matches to each; an offer that is sealed."""
    begins, ends = (time_text(node.now() + timedelta(days=days)) for days in (0, 30))
    told = {"sort": "purchase", "item": "activated-carbon", "amount": {"value": "1000", "unit": "t"}}
    offer = told | {
        "city": JILIN,
        "ready_at": begins,
        "until": ends,
        "amount": {"value": "9000", "unit": "t"},
    }
    given = node.desk(JIAMUSI, "duty-01").say(Draft("OfferMade", JIAMUSI, None, None, offer))
    made: dict[str, Arguments] = {"market.offer": {"statement": given}}
    for whose, body in (("own", HARBIN), ("other", JILIN), ("party", PARTY)):
        row = told | {"city": HARBIN, "opens_at": begins, "needed_by": ends}
        need = node.desk(body, "duty-01").say(Draft("NeedStated", body, None, None, row))
        made[f"market.need.{whose}"] = {"statement": need}
        for name in ("match", "accept", "taken", "release"):
            facts = {"need": need, "offer": given, "amount": {"value": "10", "unit": "t"}}
            match = node.desk(BASIN, "duty-01").say(
                Draft(
                    "MatchProposed", BASIN, None, None, plain("MatchProposed", **facts, reason={"en": name})
                )
            )
            if name in ("taken", "release"):
                node.desk(body, "duty-01").say(Draft("MatchAccepted", body, None, match, {}))
            made[f"market.{name}.{whose}"] = {"statement": match}
        spare = row | {"item": "rice"}
        gone = node.desk(body, "duty-01").say(Draft("NeedStated", body, None, None, spare))
        made[f"market.withdraw.{whose}"] = {"statement": gone}
    sealed = Draft("OfferMade", JILIN, None, None, offer)
    made["market.sealed"] = {"statement": sealed_bodies.say(node, "duty-01", sealed, (BASIN,))}
    return made


def _plans(node: Node) -> dict[str, Arguments]:
    """A plan that binds Harbin, one that does not, and one that both whom it binds have accepted."""

    def plan(name: str, *members: str) -> str:
        task = {"task": "t1", "owner": members[0], "what": {"zh": "封堵", "en": "stop it"}}
        body = plain("PlanProposed", plan=name, members=list(members), treatments=[task])
        return node.desk(members[0], "duty-01").propose_plan(INCIDENT, **body)

    mine, others, whole = plan("p1", HARBIN, JILIN), plan("p2", JILIN, JIAMUSI), plan("p3", HARBIN, JILIN)
    for body in (HARBIN, JILIN):
        node.desk(body, "command-01").accept_plan(whole)
    answers = {f"plan-{name}": (mine, others) for name in ("amend", "accept")}
    # A form that needs nothing typed is sent for good by the matrix, so each act has a plan of its own.
    answers |= {
        "plan-reject": (plan("p4", HARBIN, JILIN), others),
        "plan-adopt": (whole, plan("p5", HARBIN, JILIN)),
    }
    answers["plan-hand-up"] = (others, others)
    return {
        f"answer.{name}.{whose}": {"code": INCIDENT, "name": name, "statement": statement}
        for name, pair in answers.items()
        for whose, statement in zip(("own", "other"), pair, strict=True)
    }


def _bills(node: Node) -> dict[str, Arguments]:
    """A bill in which Harbin pays, for each act one of its own, and one that is no business of Harbin's."""

    def bill(name: str, payer: str, payee: str) -> str:
        shares = [{"body": payer, "amount": SUM}, {"body": payee, "amount": SUM, "gets": True}]
        pays = [{"payer": payer, "payee": payee, "amount": SUM}]
        body = plain("SettlementDrawn", settlement=name, shares=shares, transfers=pays)
        return node.desk(BASIN, "command-01").draw_settlement(INCIDENT, **body)

    others = bill("b0", JILIN, JIAMUSI)
    return {
        f"answer.bill-{name}.{whose}": {"code": INCIDENT, "name": f"bill-{name}", "statement": statement}
        for name in ("accept", "dispute", "pay")
        for whose, statement in (("own", bill(f"b-{name}", HARBIN, JILIN)), ("other", others))
    }


def _warning_of(node: Node, body: str) -> str:
    words = plain("WarningIssued", level="yellow", cities=[body], hazard_class="accident")
    return node.desk(body, "duty-03").say(Draft("WarningIssued", body, None, None, words))


def _action(node: Node, by: str) -> str:
    task = {"task": "t1", "owner": by, "what": {"zh": "建立名录", "en": "make a register"}}
    body = plain("ActionPlanned", action=f"chain-{by}", tasks=[task])
    return node.desk(by, "command-01").say(Draft("ActionPlanned", by, None, None, body))


def _source(node: Node) -> str:
    words = plain("HazardSourceRegistered", city=HARBIN)
    node.desk(HARBIN, "duty-07").register_source(**words)
    return next(iter(node.standing().sources))


def _approval(node: Node, by: str, of: str) -> str:
    words = plain("WarningIssued", level="yellow", cities=[by], hazard_class="accident")
    return node.desk(by, "duty-03").request_approval(Draft("WarningIssued", by, None, None, words), [of])


def _finding(node: Node, of: str) -> str:
    return node.desk(BASIN, "audit-01").make_finding(INCIDENT, **plain("FindingMade", of=of))


def _proposed(node: Node, clock: Any) -> str:
    """What the record bears out once answers are late."""
    clock.forward(20)
    judged = duty.judge(node.standing(), node.regime(), [one.duty for one in node.duties()])
    found = findings.propose(node.standing(), node.regime(), [one.duty for one in judged])
    return next(one.key for one in found if one.about == INCIDENT)


def _feed(node: Node) -> str:
    """A feed as the worker leaves it; whose words are in it does not matter here."""
    folder = node.home / public_files.FOLDER / delivery_feed.FOLDER
    (folder / delivery_feed.MESSAGES).mkdir(parents=True)
    (folder / delivery_feed.ATOM_FILE).write_bytes(b"<feed/>")
    name = f"{'0' * 64}.xml"
    (folder / delivery_feed.MESSAGES / name).write_bytes(b"<alert/>")
    return name


# ------------------------------------------------------------------------------------- what tables hold


def person(name: str, body: str | None, role: str | None) -> Any:
    """An account with one role at a body, under a post of its own."""
    user = get_user_model().objects.create_user(f"m-{name}", password="a long password for tests")
    if body and role:
        Membership.objects.create(user=user, body=body, role=role, officer=f"post-{name}")
    return user


def askers(node: Node) -> dict[str, Any]:
    """One account for each sort of person."""
    made = {role: person(role, HARBIN, role) for role in ROLES}
    made["nobody"] = person("nobody", None, None)
    made["node_administrator"] = person("node-admin", node.profile.body, "administrator")
    made["representative"] = person("representative", PARTY, "representative")
    return made


def _person_of(body: str) -> Callable[[], Arguments]:
    return lambda: {"number": person(f"of-{body}", body, "analyst").pk}


def _token_of(body: str) -> Callable[[], Arguments]:
    def made() -> Arguments:
        row, _ = tokens.make(body, "x", ["analyst"], 1, person(f"maker-{body}", body, "administrator"))
        return {"number": row.pk}

    return made


def _invitation_of(body: str) -> Callable[[], Arguments]:
    return lambda: {
        "number": invitations.invite(body, f"guest-{body}", "post-guest", ["analyst"], None)[0].pk
    }


def _link() -> Arguments:
    return {"secret": invitations.invite(HARBIN, "guest-link", "post-link", ["analyst"], None)[1]}


def _party_request() -> tuple[str, int]:
    """A request to be let in: its link, and its number."""
    facts = {"kind": "chamber", "name_en": "A chamber of the matrix", "username": "m-chamber"}
    secret = party_door.ask(current.node(), current.node().now(), **facts)
    return secret, party_door.find(secret).pk


def _follower() -> str:
    """Somebody who wants to be told by mail: the link in the mail to him."""
    now = timezone.now()
    return follow_mail.link_of(follow_mail.ask("m@example.org", [Subject("place", HARBIN)], "en", now))


def _draft_of(body: str) -> Callable[[], Arguments]:
    content = plain("WarningIssued", level="red", cities=[body], hazard_class="accident")
    return lambda: {"number": DraftRow.objects.create(body=body, kind="WarningIssued", content=content).pk}


def _feed_of(body: str) -> Callable[[], Arguments]:
    return lambda: {"number": feed_watcher.add(body, "https://feeds.example/cap", "cap", 300).pk}


def _way_of(body: str) -> Callable[[], Arguments]:
    return lambda: {
        "sort": "mail",
        "number": delivery_routes.add_mailbox(body, "desk@city.example", None).pk,
    }


def _key_of(name: str) -> Callable[[], Arguments]:
    """A security key of somebody else: nobody may touch it."""

    def made() -> Arguments:
        row = Authenticator.objects.create(user=person(name, JILIN, "analyst"), type="webauthn", data={})
        return {"pk": row.pk}

    return made


@cache
def _cosigner() -> Cosigner:
    """A witness that has seen one log."""
    one = Cosigner(Path(mkdtemp()), [WITNESS_KEY], [LOG_KEY.verifier])
    assert one.add_checkpoint(Growth(0, (), SmallLog(2).checkpoint()).to_bytes()).status == 200
    return one


def _witness() -> Arguments:
    """Let the node be a witness; the log that it has seen."""
    witness_role.hold(_cosigner())
    return {"log": origin_hash(ORIGIN)}


def _undelivered(by: str, to: str) -> Callable[[], Arguments]:
    """Something that one body said and that was given up on its way to a mailbox of another."""

    def made() -> Arguments:
        node, way = current.node(), delivery_routes.add_mailbox(to, "desk@city.example", None)
        let_go_deliveries()
        for old in node.home.glob("outbox.db*"):
            old.unlink()
        post = delivery_mail.post_of("memory:", "node@example.org")
        deliveries = Deliveries(node, secret=b"", post=post)
        house._delivering[:] = [deliveries]
        deliveries.catch_up()
        sent = [one for one in deliveries.outbox.waiting() if one.addressee == f"+mail:{way.pk}"]
        found = next(one for one in sent if node.seen(one.id).statement.by == by)
        deliveries._store.fail(found, "mail.refused: 550", given_up=True)
        return {"index": found.index, "sort": "mail", "number": way.pk}

    return made


def let_go_deliveries() -> None:
    """Close the book that a row has opened."""
    for one in house._delivering:
        one.outbox.close()
    house._delivering.clear()


ROWS: dict[str, Callable[[], Arguments]] = {
    "person.own": _person_of(HARBIN),
    "person.other": _person_of(JILIN),
    "token.own": _token_of(HARBIN),
    "token.other": _token_of(JILIN),
    "invitation.own": _invitation_of(HARBIN),
    "invitation.other": _invitation_of(JILIN),
    "link": _link,
    "feed.own": _feed_of(HARBIN),
    "feed.other": _feed_of(JILIN),
    "draft.own": _draft_of(HARBIN),
    "follow.mail": lambda: {"link": _follower()},
    "party.link": lambda: {"secret": _party_request()[0]},
    "party.request": lambda: {"number": _party_request()[1]},
    "draft.other": _draft_of(JILIN),
    "security_key.other": _key_of("key-holder"),
    "totp.none": dict,
    "witness": lambda: _witness() and {},
    "witness.log": _witness,
    "undelivered.said": _undelivered(HARBIN, JILIN),
    "undelivered.way": _undelivered(JILIN, HARBIN),
    "undelivered.other": _undelivered(JILIN, JIAMUSI),
    "way.own": _way_of(HARBIN),
    "way.other": _way_of(JILIN),
}
"""Objects of tables, made anew for each row of the matrix."""
