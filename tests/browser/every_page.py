"""A node with one of everything on it, in a process of its own: for the walk over all pages.

python every_page.py found HOME    plays the case up to its twentieth hour of need, says what it lacks, signs
                                   people in, and prints who has which cookies, and the arguments of addresses
python every_page.py serve         serves RISKSHED_HOME
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from riskshed.case import find
from riskshed.web import beginning, current, demo_node, environment

beginning.set_up()

import officers
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from officers import BASIN, HARBIN, JIAMUSI, JILIN, plain

from riskshed.governance import duty, rulepack, service
from riskshed.governance import finding as findings
from riskshed.governance.community import Subject
from riskshed.governance.draft import Draft
from riskshed.governance.plan_working import Working, Worth
from riskshed.statement import time_text
from riskshed.web import (
    delivery_routes,
    demo_play,
    feed_watcher,
    follow_mail,
    house,
    invitations,
    models,
    operations,
    party_door,
    question_link,
    tokens,
)
from riskshed.web.node import Node
from riskshed.web.people import EXERCISE

PASSWORD = demo_node.PASSWORD
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HOST = "127.0.0.1"
KEEPER, HOLDER = "keeper", "holder"
"""Who has an authenticator app and recovery codes; who has a security key."""
SIGNED_IN = ("harbin", "harbin-commander", "jiamusi", "basin", "auditor", "admin", "filters", KEEPER, HOLDER)
DAY_S = 86_400.0


def words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def found(home: Path) -> dict[str, Any]:
    """Found and play; returns cookies by person, and arguments by object."""
    folder = find("songhua-2005")
    demo_play.prepare(environment.read(), folder, speed=1.0, password=PASSWORD)
    plants(home)
    with current.open_node() as node:
        current.use(node)
        said = speak(node)
        for at, name in enumerate((KEEPER, HOLDER)):
            operations.add_person(node, name, HARBIN, "analyst", f"analyst-0{at}", PASSWORD)
        given = {"objects": {**said, **tables()}, "cookies": cookies()}
        current._nodes.clear()
    return given


PLANTS = """id,city,name_zh,name_en,kind,tier,output_per_day,output_unit,basis,source
TURBINES,230100,哈尔滨汽轮机厂（示范）,Harbin turbine works (demonstration),assembly,0,4,sets,stated,A paper: https://a.example/1
PUMPS,220200,吉林泵业,Jilin pumps,parts,1,,,stated,A paper: https://a.example/2
SEALS,230800,佳木斯密封件,Jiamusi seals,material,2,900,sets,synthetic,supposed
"""
LINKS = """supplier,customer,part,share,cover_low_d,cover_high_d,basis,source,note
PUMPS,TURBINES,pumps,,2,5,stated,A paper: https://a.example/3,cover: counted at the works
SEALS,PUMPS,seals of a very long name that has to find its place on a phone,0.6,,,synthetic,supposed,
"""
FIGURES = """indicator,name_zh,name_en,territory,scope,kind,period,value,unit,bound,basis,source
rate,本地配套率,local supply rate,230100,city,actual,2004,38,percent,about,stated,A paper: https://a.example/4
rate,本地配套率,local supply rate,230100,city,goal,2010,50,percent,exact,stated,A paper: https://a.example/4
value,产值,output value,230000,province,actual,2004,61428000000,CNY,at_most,implied,A paper
"""


def plants(home: Path) -> None:
    """A small cluster in the region of the node, for the pages that show one."""
    for name, rows in (("plants", PLANTS), ("supply_links", LINKS), ("indicators", FIGURES)):
        (home / "region" / f"{name}.csv").write_text(rows, encoding="utf-8")


# ------------------------------------------------------------------------------------------- what is said


def action(node: Node) -> str:
    """An action of Harbin: a task under way, one that nobody reports, one that does not bind its owner."""
    due = time_text(node.now() + timedelta(days=20))
    what = words("建立替代供应商名录", "make a register of suppliers that can stand in")
    money = {"minor": 5_000_000, "currency": "CNY"}
    tasks = [
        {"task": code, "owner": owner, "what": what, "due": due, "money": money}
        for code, owner in (("register", HARBIN), ("count", HARBIN), ("stand-in", JIAMUSI))
    ]
    goal = {"goal": "rate", "what": words("本地配套率", "local supply rate"), "territory": HARBIN}
    goal["target"] = {"value": "70", "unit": "%"}
    body = plain("ActionPlanned", title=words("强链补链", "Mend the chain"), tasks=tasks, goals=[goal])
    planned = node.desk(HARBIN, "command-01").say(Draft("ActionPlanned", HARBIN, None, None, body))
    spent = {"minor": 120_050, "currency": "CNY"}
    node.desk(HARBIN, "duty-07").complete_task(planned, "register", share="0.5", spent=spent, what=what)
    return planned


def speak(node: Node) -> dict[str, dict[str, Any]]:
    """Say what the play lacks; the arguments of the objects that the log holds, by name."""
    standing = node.standing()
    incident = next(iter(standing.incidents))
    mine = next(one for one in standing.warnings.values() if one.by == HARBIN and one.status == "active")
    sent = [one for one in standing.notices.values() if HARBIN in one.to][-1]
    agreement = next(iter(standing.agreements))
    register(node)
    stocks(node)
    field = node.desk(HARBIN, "duty-07").file_field_report(incident, **plain("FieldReportFiled"))
    risk = node.desk(JILIN, "duty-03").report_risk(incident, **plain("RiskReported", to=[HARBIN]))
    watch(node)
    finding = node.desk(BASIN, "audit-01").make_finding(incident, **plain("FindingMade", of=HARBIN))
    drill(node)
    proposed = findings.propose(*_judged(node))
    return {
        "incident": {"code": incident},
        "notice": {"statement": sent.id},
        "warning": {"statement": mine.id},
        "approval": {"statement": approval(node, mine.id)},
        "agreement": {"statement": agreement},
        "agreement.two": {"statement": agreement, "other": agreement},
        "source": {"code": "plant/harbin-01"},
        "action": {"statement": action(node)},
        **market(node),
        **community(node),
        "body": {"code": HARBIN},
        "entry": {"index": node.log.size - 3},
        "pack": {"name": "cn-2024"},
        "rule": {"name": "cn-2024", "rule_id": rulepack.shelf("cn-2024").rules[0].id},
        "field_report": {"statement": field},
        "risk_report": {"statement": risk},
        "finding": {"statement": finding},
        "finding.proposed": {"code": incident, "key": proposed[0].key},
        **asked(node),
        "act": {"code": incident, "name": "level"},
        "act.aid": {"code": incident, "name": "aid-request"},
        "answer": {"code": incident, "name": "aid-receive", "statement": helped(node, incident)},
        "act.cost": {"code": incident, "name": "cost-claim"},
        "answer.bill": {"code": incident, "name": "bill-pay", "statement": billed(node, incident)},
        "act.plan": {"code": incident, "name": "plan-propose"},
        "answer.plan": {"code": incident, "name": "plan-amend", "statement": planned(node, incident)},
    }


def market(node: Node) -> dict[str, dict[str, Any]]:
    """A need of the maker in Harbin with a match that waits, one that was accepted, and a sealed price."""
    begins, ends = (time_text(node.now() + days * 24 * officers.HOUR) for days in (0, 30))
    thing = {"sort": "purchase", "item": "activated-carbon", "name": words("活性炭", "activated carbon")}
    row = thing | {
        "city": HARBIN,
        "amount": {"value": "120", "unit": "t"},
        "note": words("颗粒状", "granular"),
    }
    wants = [{"key": "mesh", "sign": "=", "value": "8x30"}]
    need_row = {**row, "opens_at": begins, "needed_by": ends, "wants": wants, "priority": 3}
    has = [{"key": "mesh", "value": "8x30"}]
    offer_row = {
        **row,
        "amount": {"value": "500", "unit": "t"},
        "ready_at": begins,
        "until": ends,
        "has": has,
    }
    maker, supplier = node.desk("harbin-filters", "rep-01"), node.desk("songyuan-carbon", "rep-01")
    need = maker.say(Draft("NeedStated", "harbin-filters", None, None, need_row))
    offer = supplier.say(
        Draft("OfferMade", "songyuan-carbon", None, None, {**offer_row, "sealed": ["price"]})
    )
    supplier.say(Draft("OfferMade", "songyuan-carbon", None, None, {**offer_row, "item": "sand"}))
    reason = words(
        "没有其他可行供给；未挤占其他需求。", "No other offer would do; it is taken from nobody else."
    )
    made = []
    for value in ("40", "80"):
        told = {"need": need, "offer": offer, "amount": {"value": value, "unit": "t"}, "arrives_by": ends}
        draft = Draft("MatchProposed", BASIN, None, None, {**told, "reason": reason})
        made.append(node.desk(BASIN, "basin-01").say(draft))
    maker.say(Draft("MatchAccepted", "harbin-filters", None, made[0], {}))
    return {
        "market.need": {"statement": need},
        "market.offer": {"statement": offer},
        "market.accepted": {"statement": made[0]},
        "market.waiting": {"statement": made[1]},
    }


def billed(node: Node, incident: str) -> str:
    """A claim that is taken in, one that is not, and a bill that Jilin objects to."""
    amount = {"minor": 100_000_001, "currency": "CNY"}
    line = {"line": "carbon", "what": words("活性炭", "activated carbon"), "amount": amount}
    rows = [{**line, "proof": node.keep_file(b"a voucher")}, {**line, "line": "bare"}]
    claim = node.desk(HARBIN, "duty-07").claim_cost(incident, lines=rows)
    shares = [{"body": JILIN, "amount": amount}, {"body": HARBIN, "amount": amount, "gets": True}]
    due = time_text(node.now() + 240 * officers.HOUR)
    inputs = {"digest": node.keep_file(b"{}"), "size_bytes": 2, "media_type": "application/json"}
    bill = node.desk(BASIN, "command-01").draw_settlement(
        incident,
        settlement="B-2005-001",
        method="shapley",
        claims=[claim],
        shares=shares,
        transfers=[{"payer": JILIN, "payee": HARBIN, "amount": amount, "due": due}],
        inputs=inputs,
        answer_by=due,
    )
    node.desk(JILIN, "command-01").dispute_settlement(bill, words("重复计算", "counted twice"))
    return bill


def planned(node: Node, incident: str) -> str:
    """A joint plan that Harbin rejected, and that Jilin changed: it pays, and does at once what it does."""
    due = time_text(node.now() + 24 * officers.HOUR)
    task = {"task": "hold", "owner": JILIN, "what": words("封堵泄漏", "stop the release"), "due": due}
    plan = {"plan": "P-2005-001", "members": [JILIN, HARBIN], "answer_by": due, "treatments": [task]}
    proposed = node.desk(BASIN, "basin-01").propose_plan(incident, **plan)
    reason = words("费用应由上游承担", "upstream should bear the cost")
    node.desk(HARBIN, "command-02").reject_plan(proposed, reason)
    now = {**task, "what": words("立即封堵泄漏", "stop the release at once")}
    pays = {"payer": JILIN, "payee": HARBIN, "amount": {"minor": 120_000_055, "currency": "CNY"}, "due": due}
    carbon = {"item": "activated-carbon", "amount": {"value": "300", "unit": "t"}, "arrives_by": due}
    changed = {
        **plan,
        "treatments": [now],
        "transfers": [pays],
        "dispatches": [{**carbon, "from": JILIN, "to": HARBIN}],
    }
    gains = [
        {"body": JILIN, "amount": pays["amount"], "gets": False},
        {"body": HARBIN, "amount": pays["amount"], "gets": True},
    ]
    amended = node.desk(JILIN, "duty-03").amend_plan(
        proposed, **changed, gains=gains, file=working(node), change=words("由吉林付款", "Jilin pays")
    )
    node.desk(JILIN, "command-01").accept_plan(amended)
    return amended


def working(node: Node) -> dict[str, Any]:
    """What the parts of that plan are worth to both, with the goals of Harbin and something in the fund."""
    rows = [
        {"goal": goal, "weight": weight} for goal, weight in (("money", "0.25"), ("drinking_water", "0.75"))
    ]
    node.desk(HARBIN, "command-02").declare_goals("songhua-model", weights=rows)
    held, body = (
        node.agreement(),
        {"amount": {"minor": 500_000, "currency": "CNY"}, "paid_at": time_text(node.now())},
    )
    assert held is not None, "the demonstration has one"
    for given in ({}, {"in_kind": [{"item": "training-day", "amount": {"value": "20", "unit": "people"}}]}):
        node.desk(HARBIN, "duty-07").contribute(held.code, fund=held.fund, **body, **given)
    carbon = f"activated-carbon:{JILIN}:{HARBIN}"
    worth = (
        Worth("hold", JILIN, "money", -90_000_000),
        Worth("hold", HARBIN, "drinking_water", 70_000_000),
        Worth(carbon, JILIN, "money", -12_000_000),
        Worth(carbon, HARBIN, "money", 20_000_000),
    )
    made = Working("CNY", worth)
    node.keep_file(made.to_bytes())
    return made.file()


def helped(node: Node, incident: str) -> str:
    """Help that Harbin asked for, with a promise that was kept, one that is on its way, and a refusal."""
    carbon = {"item": "activated-carbon", "amount": {"value": "300", "unit": "t"}}
    due = {name: time_text(node.now() + hours * officers.HOUR) for name, hours in (("by", 24), ("left", 2))}
    asked = node.desk(HARBIN, "duty-07").request_aid(
        incident, of=[JILIN, JIAMUSI], items=[carbon], to=HARBIN, needed_by=due["by"]
    )
    cause = words("本市也要用", "we need it ourselves")
    node.desk(JIAMUSI, "duty-01").decline_aid(asked, cause, cause="own_risk")
    desk, sent = node.desk(JILIN, "duty-03"), ""
    for number in (1, 2):
        times = {"leaves_by": due["left"], "arrives_by": due["by"]}
        price = {"minor": 12_000_000 + number, "currency": "CNY"}
        promised = desk.commit_aid(
            incident, replies_to=asked, items=[carbon], to=HARBIN, price=price, **times
        )
        load = {"shipment": f"load-{number}", "items": [carbon], "from": JILIN, "to": HARBIN}
        if number == 2:
            node.desk(HARBIN, "duty-07").receive_aid(sent, shipment="load-1", items=[carbon])
        sent = desk.dispatch_aid(promised, **load)
    return sent


def _judged(node: Node) -> tuple[Any, ...]:
    standing, regime = node.standing(), node.regime()
    judged = duty.judge(standing, regime, [one.duty for one in node.duties()])
    return standing, regime, [one.duty for one in judged]


def register(node: Node) -> None:
    """A source of risk at Harbin that can reach two others, carried through its first step."""
    desk = node.desk(HARBIN, "duty-07")
    desk.register_source(
        source="plant/harbin-01",
        name=words("呼兰化工仓库", "Hulan chemical store"),
        hazard_class="accident",
        hazard="nitrobenzene",
        city=HARBIN,
        reaches=[JIAMUSI, "230881"],
    )
    desk.assess_risk("plant/harbin-01", **plain("RiskAssessed"))


def stocks(node: Node) -> None:
    """What is there at Harbin and at Jilin: new and old, kept back or not said, and one that cannot be."""
    water = {"item": "drinking_water", "city": HARBIN, "sort": "supplies"}
    kept = {"kept_back": {"value": "1000000", "unit": "L"}, "ready_h": "2.5"}
    liters = {**water, **kept, "amount": {"value": "9000000.5", "unit": "L"}}
    team = {"item": "pump-team", "amount": {"value": "3", "unit": "team"}, "city": HARBIN, "sort": "team"}
    node.desk(HARBIN, "duty-07").report_stock(rows=[liters, team])
    old, theirs = time_text(node.now() - 96 * officers.HOUR), {**water, "city": JILIN}
    less = {**theirs, "amount": {"value": "1500000", "unit": "L"}}
    node.desk(JILIN, "duty-03").report_stock(rows=[less], as_of=old, complete=True)
    node.desk(BASIN, "basin-01").report_stock(rows=[{**less, "amount": {"value": "-1", "unit": "L"}}])


def community(node: Node) -> dict[str, dict[str, Any]]:
    """What the play has said in the community, and what can be followed."""
    news = node.standing().news.values()
    corrections = [one.id for one in news if one.corrects is not None]
    held = [one.id for one in news if one.by == "harbin-filters"]
    codes = {"place": HARBIN, "river": "songhua", "hazard": "accident", "industry": "A04"}
    return {
        "news.correction": {"statement": corrections[0]},
        "news.own": {"statement": held[0]},
        **{f"follow.{sort}": {"sort": sort, "code": code} for sort, code in codes.items()},
    }


def watch(node: Node) -> None:
    """Harbin is on watch, and has said until when."""
    until, sign = node.now() + 8 * officers.HOUR, node.now() + 2 * officers.HOUR
    times = {"until": time_text(until), "next_sign": time_text(sign)}
    node.desk(HARBIN, "duty-07").take_watch("main", **times)


def approval(node: Node, warning: str) -> str:
    """A red warning that waits for its second officer."""
    seen = node.seen(warning)
    assert seen is not None
    content = {**seen.statement.to_json()["body"], "level": "red"}
    draft = Draft("WarningIssued", HARBIN, seen.statement.about, None, content)
    return node.desk(HARBIN, "duty-07").request_approval(draft, ["command-01"])


def asked(node: Node) -> dict[str, dict[str, Any]]:
    """A question that waits, one that was answered, and a resident's that climbed; with their acts."""
    text = words("取水口何时恢复？", "When does the intake open again?")
    desk = node.desk("harbin-filters", "rep-01")

    def ask(topic: str) -> str:
        return desk.say(service.ask("harbin-filters", topic=topic, text=text, to=HARBIN, city=HARBIN))

    waits, done = ask("water"), ask("health")
    standing = node.record.standing(node.now())
    rules = node.regime().terms, node.now()
    node.desk(HARBIN, "duty-07").say(service.answer(standing, done, *rules, by=HARBIN, text=text, final=True))
    secret, acts = "s" * 43, ("answer", "pass-on", "hand-up")
    question_link.ask(node, secret, topic="environment", city=JILIN, text=text, about="")
    return {
        "question": {"statement": waits},
        **{f"question.{name}": {"statement": waits, "name": name} for name in acts},
        "question.rate": {"statement": done, "name": "rate"},
        "question.link": {"secret": secret},
    }


def drill(node: Node) -> None:
    """A drill that has begun: an incident, a forecast, notices, a warning."""
    officers.opened(node, exercise=True)
    officers.told(node, exercise=True)
    officers.warned(node, exercise=True)


# ------------------------------------------------------------------------------------- what tables hold


def tables() -> dict[str, dict[str, Any]]:
    """Accounts, tokens, links, ways out and in, and a draft."""
    people = get_user_model().objects
    admin, keeper = people.get(username="admin"), people.get(username=KEEPER)
    tokens.make(BASIN, "水文站读数", ["analyst"], 30, admin)
    invitations.invite(BASIN, "li.wei", "duty-12", ["duty_officer"], admin)
    _, secret = invitations.invite(BASIN, "wang.fang", "duty-13", ["analyst"], admin)
    delivery_routes.add_mailbox(BASIN, "desk@basin.example", None)
    for body in (BASIN, JILIN):  # an address inside the house: to post there is refused, and given up
        delivery_routes.add_webhook(body, "https://127.0.0.1:9/hook", None, private=True)
    feed_watcher.add(BASIN, "https://feeds.example/cap", "cap", 300)
    name = {"name_zh": "松原市节水协会", "name_en": "Songyuan water saving society"}
    asked = party_door.ask(current.node(), current.node().now(), kind="chamber", username="society", **name)
    followed = [Subject("place", HARBIN), Subject("river", "songhua")]
    follower = follow_mail.ask("li.wei@example.org", followed, "zh-hans", timezone.now())
    TOTP.activate(keeper, generate_totp_secret())
    RecoveryCodes.activate(keeper)
    key = Authenticator.objects.create(
        user=people.get(username=HOLDER),
        type="webauthn",
        data={"name": "key of the duty room", "credential": {}},
    )
    content = plain("WarningIssued", level="red", cities=[HARBIN], hazard_class="accident")
    draft = models.Draft.objects.create(body=HARBIN, kind="WarningIssued", content=content)
    return {
        "link": {"secret": secret},
        "party": {"code": "harbin-filters"},
        "party.link": {"secret": asked},
        "follow.mail": {"link": follow_mail.link_of(follower)},
        "person": {"number": people.get(username="basin").pk},
        "draft": {"number": draft.pk},
        "key": {"pk": key.pk},
    }


def cookies() -> dict[str, dict[str, str]]:
    """The cookies of everybody, as a browser holds them that has signed in."""
    made = {user: _of(_signed_in(user)) for user in SIGNED_IN}
    drilled = _signed_in("harbin")
    _keep(drilled, {EXERCISE: True})
    half = Client(SERVER_NAME=HOST)
    half.post("/accounts/login/", {"login": KEEPER, "password": PASSWORD})
    made |= {"": {}, "drilled": _of(drilled), "half": _of(half)}
    return made


def _signed_in(user: str) -> Client:
    """A session that has shown its password just now, and for a day to come."""
    client, account = Client(SERVER_NAME=HOST), get_user_model().objects.get(username=user)
    client.force_login(account, backend=BACKEND)
    client.get("/desk/")
    methods = [{"method": "password", "at": time.time() + DAY_S, "reauthenticated": True}]
    _keep(
        client,
        {
            "account_authentication_methods": methods,
            "account_authentication_methods_user": str(account.pk),
        },
    )
    return client


def _keep(client: Client, more: dict[str, Any]) -> None:
    session = client.session
    session.update(more)
    session.save()


def _of(client: Client) -> dict[str, str]:
    return {name: one.value for name, one in client.cookies.items() if one.value}


def serve() -> None:
    """Serve it with everything that works beside the pages."""
    given = environment.read()
    beginning.prepare(given)
    house.run(given, tell=lambda line: print(line, flush=True))


if __name__ == "__main__":
    if sys.argv[1] == "found":
        print(json.dumps(found(Path(sys.argv[2]))))
    else:
        serve()
