"""The costs of an incident as a page shows them: what was claimed, the bills, who has paid whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from riskshed import recomputation
from riskshed.governance import claims, sharing
from riskshed.governance.claims import ClaimLine
from riskshed.governance.settlement_bill import Beside
from riskshed.governance.settlement_bill import Bill as Made
from riskshed.governance.standing import Standing
from riskshed.governance.standing_promises import key
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Statement
from riskshed.statement_record import Body
from riskshed.web import settle_acts, wording
from riskshed.web.current import node
from riskshed.web.incident_acts import Act, Scene, open_to
from riskshed.web.statement_line import Line, line
from riskshed.web.wording import say

STATES = {
    "kept": ("已付", "paid"),
    "late": ("迟付", "paid late"),
    "broken": ("逾期未付", "overdue"),
    "open": ("待付", "to be paid"),
    "released": ("已解除", "released"),
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A line that was claimed: how much, whether it is taken in, and why not."""

    body: str
    what: str
    amount: str
    granted: str
    status: str
    is_in: bool
    in_kind: bool
    remarks: tuple[str, ...]
    line: Line


@dataclass(frozen=True, slots=True)
class Share:
    """What a body bears or gets by a bill, and its answer."""

    body: str
    amount: str
    gets: bool
    answer: str
    line: Line | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Who pays whom how much by when, and whether it was paid."""

    payer: str
    payee: str
    amount: str
    due: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule would have each bear: `cells` in the order of the bodies, or why it cannot be applied.

    `slack` says whether some of them would have had more alone, and who.
    """

    name: str
    is_chosen: bool
    cells: tuple[str, ...]
    why_not: str
    slack: str


@dataclass(frozen=True, slots=True)
class Again:
    """The bill worked out again from its file: whether it is the same, and the rules side by side."""

    is_same: bool
    bodies: tuple[str, ...]
    rules: tuple[Rule, ...]
    core: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill that was drawn up; `again` is None where its file is not here, or cannot be read."""

    line: Line
    code: str
    method: str
    inputs: str
    is_last: bool
    answer_by: datetime | None
    shares: tuple[Share, ...]
    transfers: tuple[Transfer, ...]
    paid: tuple[Line, ...]
    again: Again | None
    acts: tuple[dict[str, str], ...]


def claimed(scene: Scene) -> tuple[Claimed, ...]:
    """Every line that was claimed for the incident, each judged; nothing is dropped."""
    held, files = node().agreement(), node().agreement_files()
    if held is None or files is None:
        return ()
    lines = claims.examine(
        scene.standing, scene.code, held, currency=settle_acts.CURRENCY, contracts=files.contracts
    )
    return tuple(_claimed(scene, one) for one in lines)


def _claimed(scene: Scene, one: ClaimLine) -> Claimed:
    table = {
        "admitted": ("纳入", "taken in"),
        "priced": ("按约定价", "at the agreed price"),
        "refused": ("不纳入", "not taken in"),
    }
    unknown = say("未知", "unknown")
    currency = one.claimed.currency if one.claimed else settle_acts.CURRENCY
    return Claimed(
        body=one.by,
        what=wording.words(dict(one.what)) if one.what else unknown,
        amount=money(one.claimed) if one.claimed else unknown,
        granted=money(Money(one.granted_minor, currency)),
        status=say(*table[one.status]),
        is_in=one.status != "refused",
        in_kind=one.in_kind,
        remarks=tuple(wording.words(remark.words) for remark in one.remarks),
        line=line(scene.standing.statements[one.statement].statement, scene.standing),
    )


def bills(scene: Scene, acts: Iterable[Act]) -> tuple[Bill, ...]:
    """The bills of the incident, the last first."""
    codes, chosen = {scene.incident.code, *scene.incident.same_as}, tuple(acts)
    told = [seen.statement for seen in scene.standing.statements.values()]
    drawn = [
        one
        for one in told
        if one.kind == "SettlementDrawn" and one.about in codes and one.id not in scene.standing.set_aside
    ]
    made = [_bill(scene, one, chosen) for one in drawn if one.body is not None]
    return tuple(sorted(made, key=lambda one: (not one.is_last, -one.line.at.timestamp(), one.line.id)))


def _bill(scene: Scene, said: Statement, acts: tuple[Act, ...]) -> Bill:
    answers = settle_acts.answers_to(scene, said.id)
    told = [seen.statement for seen in scene.standing.statements.values()]
    paid = [one for one in told if one.kind == "Paid" and one.replies_to == said.id]
    return Bill(
        line=line(said, scene.standing),
        code=said.string("settlement"),
        method=said.string("method"),
        inputs=said.record("inputs")["digest"].removeprefix("sha256:"),
        is_last=settle_acts.successor(scene, said.id) is None,
        answer_by=said.time("answer_by") if said.has("answer_by") else None,
        shares=tuple(_share(scene, one, answers) for one in said.records("shares")),
        transfers=_transfers(scene, said, answers),
        paid=tuple(line(one, scene.standing) for one in sorted(paid, key=lambda one: (one.issued, one.id))),
        again=_again(scene.standing, said),
        acts=open_to(scene, said, acts),
    )


def _again(standing: Standing, said: Statement) -> Again | None:
    """Work the bill out again from the file that it names, as any auditor can."""
    checked = recomputation.bill(standing, said, node().file)
    bill = checked.bill
    if bill is None:
        return None
    named = tuple(dict.fromkeys(body for rule in bill.rules for body in rule.bears_minor))
    currency = bill.inputs.currency
    rules = tuple(_rule(one, named, currency, chosen=one.method == bill.inputs.method) for one in bill.rules)
    return Again(is_same=checked.state == "same", bodies=named, rules=rules, core=_core(bill))


def _rule(one: Beside, named: tuple[str, ...], currency: str, *, chosen: bool) -> Rule:
    method = sharing.METHODS.get(one.method)
    unknown = say("未知", "unknown")
    slack = say("未知：未计算各联盟独自应对的损失", "unknown: what coalitions avert alone was not worked out")
    if one.slack is not None:
        who = say("、", ", ").join(str(wording.name_of(body)) for body in one.worst_off)
        least = money(Money(round(one.slack), currency))
        slack = say(f"最小余量 {least}（{who}）", f"least slack {least} ({who})")
    cells = tuple(
        money(Money(one.bears_minor[body], currency)) if body in one.bears_minor else unknown
        for body in named
    )
    return Rule(
        say(method.zh, method.en) if method is not None else one.method, chosen, cells, one.why_not, slack
    )


def _core(bill: Made) -> str:
    if bill.core_is_empty is None:
        return ""
    if not bill.core_is_empty:
        return say(
            "核非空：存在让各联盟都不吃亏的分法。",
            "The core is not empty: some share-out lets no coalition down.",
        )
    who = say("、", ", ").join(str(wording.name_of(body)) for body in bill.let_down)
    return say(
        f"核为空：任何分法都会让某个联盟吃亏，至少是 {who}。",
        f"The core is empty: every share-out lets a coalition down, at least {who}.",
    )


def _share(scene: Scene, row: Body, answers: dict[str, Statement]) -> Share:
    given = answers.get(row["body"])
    words = {
        "SettlementAccepted": ("已确认", "accepted"),
        "SettlementDisputed": ("有异议", "objects"),
        "": ("未答复", "no answer"),
    }
    return Share(
        body=row["body"],
        amount=money(Money(**row["amount"])),
        gets=bool(row.get("gets", False)),
        answer=say(*words[given.kind if given is not None else ""]),
        line=line(given, scene.standing) if given is not None else None,
    )


def _transfers(scene: Scene, said: Statement, answers: dict[str, Statement]) -> tuple[Transfer, ...]:
    """Each with its promise, where its payer has accepted the bill."""
    made, counts = [], dict[tuple[str, str], int]()
    for row in said.records("transfers"):
        pair = (row["payer"], row["payee"])
        counts[pair] = counts.get(pair, 0) + 1
        part = row["payee"] if counts[pair] == 1 else f"{row['payee']}:{counts[pair]}"
        accepted = answers.get(row["payer"])
        promise = scene.standing.promises.get(key(accepted.id, part)) if accepted is not None else None
        state = say(*STATES[promise.status]) if promise is not None else say("待确认", "not accepted yet")
        due = datetime.fromisoformat(row["due"]) if "due" in row else None
        made.append(Transfer(*pair, money(Money(**row["amount"])), due, state))
    return tuple(made)
