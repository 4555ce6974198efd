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
from riskshed.governance.settlement_payments import Odd, Progress, Settled, progress
from riskshed.governance.standing import Standing
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Statement
from riskshed.statement_record import Body
from riskshed.web import settle_acts, wording
from riskshed.web.current import node
from riskshed.web.incident_acts import Act, Scene, open_to
from riskshed.web.statement_line import Line, line
from riskshed.web.wording import say

STATES = {
    "paid": ("已付", "paid"),
    "overpaid": ("多付", "paid too much"),
    "overdue": ("逾期未付清", "overdue"),
    "partial": ("付了一部分", "paid in part"),
    "open": ("待付", "to be paid"),
}
LATE = ("迟付", "paid late")


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
    """Who pays whom how much by when, and whether it was paid; `left` is what is still to be paid of it."""

    payer: str
    payee: str
    amount: str
    due: datetime | None
    state: str
    left: str
    is_confirmed: bool


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
    """A bill that was drawn up; `again` is None where its file is not here, or cannot be read.

    `odd` are payments that fit none of its transfers, each with the reason.
    """

    line: Line
    code: str
    method: str
    inputs: str
    is_last: bool
    answer_by: datetime | None
    shares: tuple[Share, ...]
    transfers: tuple[Transfer, ...]
    paid: tuple[Line, ...]
    odd: tuple[tuple[Line, str], ...]
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
    held = progress(scene.standing, said.id)
    paid = [scene.standing.statements[one].statement for each in held.transfers for one in each.payments]
    return Bill(
        line=line(said, scene.standing),
        code=said.string("settlement"),
        method=said.string("method"),
        inputs=said.record("inputs")["digest"].removeprefix("sha256:"),
        is_last=held.superseded_by is None,
        answer_by=said.time("answer_by") if said.has("answer_by") else None,
        shares=tuple(_share(scene, one, held) for one in said.records("shares")),
        transfers=tuple(_transfer(scene, one, held) for one in held.transfers),
        paid=tuple(line(one, scene.standing) for one in sorted(paid, key=lambda one: (one.issued, one.id))),
        odd=tuple(_odd(scene, one) for one in held.odd),
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


def _share(scene: Scene, row: Body, held: Progress) -> Share:
    body = row["body"]
    given = held.accepted.get(body) or held.disputed.get(body)
    state = "accepted" if body in held.accepted else "disputed" if body in held.disputed else "open"
    table = {
        "accepted": ("已确认", "accepted"),
        "disputed": ("有异议", "objects"),
        "open": ("未答复", "no answer"),
    }
    return Share(
        body=body,
        amount=money(Money(**row["amount"])),
        gets=bool(row.get("gets", False)),
        answer=say(*table[state]),
        line=_line(scene, given.id) if given is not None else None,
    )


def _line(scene: Scene, statement: str) -> Line:
    return line(scene.standing.statements[statement].statement, scene.standing)


def _transfer(scene: Scene, one: Settled, held: Progress) -> Transfer:
    """How far it is; who has not accepted the bill does not owe it yet, and a fund need not accept."""
    binds = one.payer in held.accepted or one.payer not in scene.standing.bodies
    state = say("待确认", "not accepted yet")
    if binds or one.paid_minor:
        state = say(*(LATE if one.late else STATES[one.state]))
    left = Money(one.left_minor, one.wanted.currency)
    return Transfer(
        payer=one.payer,
        payee=one.payee,
        amount=money(one.wanted),
        due=one.due,
        state=state,
        left=money(left) if one.paid_minor and left.minor > 0 else "",
        is_confirmed=bool(one.confirmed),
    )


def _odd(scene: Scene, one: Odd) -> tuple[Line, str]:
    return _line(scene, one.statement), wording.words(one.words)
