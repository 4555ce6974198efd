"""The costs of an incident as a page shows them: what was claimed, the bills, who has paid whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import claims
from riskshed.governance.claims import ClaimLine
from riskshed.governance.standing_promises import key
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Statement
from riskshed.statement_record import Body
from riskshed.web import settle_acts, wording
from riskshed.web.current import node
from riskshed.web.incident_acts import Act, Scene, open_to
from riskshed.web.statement_line import Line, line
from riskshed.web.wording import say

CURRENCY = "CNY"
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
class Bill:
    """A bill that was drawn up."""

    line: Line
    code: str
    method: str
    inputs: str
    is_last: bool
    answer_by: datetime | None
    shares: tuple[Share, ...]
    transfers: tuple[Transfer, ...]
    paid: tuple[Line, ...]
    acts: tuple[dict[str, str], ...]


def claimed(scene: Scene) -> tuple[Claimed, ...]:
    """Every line that was claimed for the incident, each judged; nothing is dropped."""
    held, files = node().agreement(), node().agreement_files()
    if held is None or files is None:
        return ()
    lines = claims.examine(scene.standing, scene.code, held, currency=CURRENCY, contracts=files.contracts)
    return tuple(_claimed(scene, one) for one in lines)


def _claimed(scene: Scene, one: ClaimLine) -> Claimed:
    table = {
        "admitted": ("纳入", "taken in"),
        "priced": ("按约定价", "at the agreed price"),
        "refused": ("不纳入", "not taken in"),
    }
    unknown = say("未知", "unknown")
    currency = one.claimed.currency if one.claimed else CURRENCY
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
        acts=open_to(scene, said, acts),
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
