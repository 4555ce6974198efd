"""After the bill: who accepted it, who disputes it, what was paid, and what does not fit.

A payment counts on the word of the payer, who replies to the bill; the payee confirms it with a ``Paid`` that
replies to the payer's, and that adds no money. Every payment is matched to one transfer of the bill or is
shown as one that fits none, with the reason: to somebody who is owed nothing by that payer, in another
currency, said by somebody else, said twice, or more than was owed. No money disappears from the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from riskshed.errors import NotFoundError
from riskshed.governance.circumstances import said_at
from riskshed.governance.settlement_bill import Bill
from riskshed.governance.settlement_fund import is_confirmation
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Said
from riskshed.statement import Money, Statement

State = Literal["open", "partial", "paid", "overpaid", "overdue"]
Misfit = Literal["wrong_payee", "other_currency", "not_by_payer", "twice"]

MISFITS: Mapping[Misfit, tuple[str, str]] = {
    "wrong_payee": ("账单中没有这一笔支付", "the bill has no transfer from this payer to this payee"),
    "other_currency": ("币种与账单不同", "it is in another currency than the bill"),
    "not_by_payer": ("不是付款方所述", "it was not said by the payer, nor by who answers for the fund"),
    "twice": ("同一笔支付说了两次", "the same payment was said twice"),
}


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice: positive is to be paid, negative is set against it.

    `source` are ids of claims, or the code of a contract, or of the rule.
    """

    what: Mapping[str, str]
    minor: int
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invoice:
    """What one body pays under a bill, and why: the lines add up to the payments.

    Attributes
    ----------
    payer, currency : str
    lines : tuple of InvoiceLine
    pays : mapping of str to int
        Payee to minor units.
    due : str
        Time as text; empty if none was set.
    """

    payer: str
    currency: str
    lines: tuple[InvoiceLine, ...]
    pays: Mapping[str, int]
    due: str

    @property
    def total_minor(self) -> int:
        """What is to be paid in all."""
        return sum(self.pays.values())


def invoices(bill: Bill) -> tuple[Invoice, ...]:
    """The invoice of each body that pays, by code. The fund gets none: it pays from what it holds."""
    found = []
    for account in bill.accounts:
        pays = {one.payee: one.minor for one in bill.transfers if one.payer == account.body}
        if not pays:
            continue
        lines = tuple(_lines(bill, account.body))
        assert sum(one.minor for one in lines) == sum(pays.values()), "an invoice adds up"
        found.append(Invoice(account.body, bill.inputs.currency, lines, pays, bill.inputs.due))
    return tuple(found)


def _lines(bill: Bill, body: str) -> list[InvoiceLine]:
    account = next(one for one in bill.accounts if one.body == body)
    inputs = bill.inputs
    own = tuple(dict.fromkeys(one["statement"] for one in inputs.lines if one["by"] == body))
    spent, fund = account.spent_minor, account.from_fund_minor
    told = [
        ({"zh": "应负担的份额", "en": "its share of the bill"}, account.bears_minor, (inputs.method,)),
        ({"zh": "已支出并被采纳的费用", "en": "what it spent, as taken in"}, -spent, own),
        ({"zh": "基金已付", "en": "what the fund pays of that"}, fund, (inputs.fund,)),
    ]
    lines = [InvoiceLine(what, minor, source) for what, minor, source in told if minor]
    for outcome in inputs.outcomes:
        for paid in outcome["payments"]:
            sign = (paid["payer"] == body) - (paid["payee"] == body)
            if sign:
                source = (outcome["contract"], *outcome["evidence"])
                lines.append(InvoiceLine(outcome["why"], sign * paid["amount"]["minor"], source))
    return lines


# --------------------------------------------------------------------------------------------- what came in


@dataclass(frozen=True, slots=True)
class Settled:
    """One transfer of a bill and what was paid of it.

    Attributes
    ----------
    payer, payee : str
    wanted : Money
    due : datetime or None
    paid_minor : int
    payments, confirmed : tuple of str
        Statements of the payer, and those of the payee that confirm them.
    state : {"open", "partial", "paid", "overpaid", "overdue"}
        `overdue` is what is not whole after its time.
    late : bool
        Whether it became whole only after its time.
    """

    payer: str
    payee: str
    wanted: Money
    due: datetime | None
    paid_minor: int
    payments: tuple[str, ...]
    confirmed: tuple[str, ...]
    state: State
    late: bool

    @property
    def left_minor(self) -> int:
        """What is still to be paid; negative: what was paid too much."""
        return self.wanted.minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class Odd:
    """A payment that fits no transfer, and why."""

    statement: str
    by: str
    payer: str
    payee: str
    amount: Money
    why: Misfit

    @property
    def words(self) -> dict[str, str]:
        """The reason in Chinese and English."""
        zh, en = MISFITS[self.why]
        return {"zh": zh, "en": en}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the settlement of a bill is.

    Attributes
    ----------
    id : str
        Of the ``SettlementDrawn``.
    accepted, disputed : mapping of body to Said
        The last word of each.
    silent : tuple of str
        Who has said nothing yet.
    overdue_answers : tuple of str
        Those of them whose time to answer is over.
    transfers : tuple of Settled
    odd : tuple of Odd
    superseded_by : str or None
        The bill that took its place: then nothing is owed under this one.
    """

    id: str
    accepted: Mapping[str, Said]
    disputed: Mapping[str, Said]
    silent: tuple[str, ...]
    overdue_answers: tuple[str, ...]
    transfers: tuple[Settled, ...]
    odd: tuple[Odd, ...]
    superseded_by: str | None

    @property
    def is_agreed(self) -> bool:
        """Whether everybody whom it concerns has accepted it."""
        return not self.silent and not self.disputed

    @property
    def is_done(self) -> bool:
        """Whether everything was paid."""
        return all(one.state in ("paid", "overpaid") for one in self.transfers)


def progress(standing: Standing, drawn: str) -> Progress:
    """How far the settlement of a bill is, at the time of the standing.

    Parameters
    ----------
    standing : Standing
    drawn : str
        Id of a ``SettlementDrawn`` that counts and can be read.

    Raises
    ------
    NotFoundError
        ``settlement.unknown_bill``.
    """
    seen = standing.statements.get(drawn)
    if seen is None or seen.statement.kind != "SettlementDrawn" or seen.statement.body is None:
        raise NotFoundError("settlement.unknown_bill", f"there is no bill {drawn[:12]} here")
    bill = seen.statement
    replies = _replies(standing, drawn)
    accepted = _last(standing, replies, "SettlementAccepted")
    disputed = _last(standing, replies, "SettlementDisputed")
    asked = [share["body"] for share in bill.records("shares")]
    silent = tuple(one for one in asked if one not in accepted and one not in disputed and one != bill.by)
    over = bill.has("answer_by") and standing.at > bill.time("answer_by")
    transfers, odd = _matched(standing, bill, [one for one in replies if one.kind == "Paid"])
    objections = [one.id for one in replies if one.kind == "SettlementDisputed"]
    answered = [one for to in (drawn, *objections) for one in _replies(standing, to)]
    later = [one.id for one in answered if one.kind == "SettlementDrawn" and one.by == bill.by]
    return Progress(
        id=drawn,
        accepted=accepted,
        disputed=disputed,
        silent=silent,
        overdue_answers=silent if over else (),
        transfers=transfers,
        odd=odd,
        superseded_by=later[-1] if later else None,
    )


def _replies(standing: Standing, to: str) -> list[Statement]:
    """What replied to a statement, counts, and can be read; in the order in which it was said."""
    found = [
        one.statement
        for one in standing.statements.values()
        if one.statement.replies_to == to
        and one.statement.body is not None
        and one.statement.id not in standing.set_aside
    ]
    return sorted(found, key=lambda one: (said_at(standing.statements[one.id]), one.id))


def _last(standing: Standing, replies: list[Statement], kind: str) -> dict[str, Said]:
    """Whose last word on the bill is of this kind."""
    last = {one.by: one for one in replies if one.kind in ("SettlementAccepted", "SettlementDisputed")}
    return {
        by: Said(one.id, said_at(standing.statements[one.id]))
        for by, one in sorted(last.items())
        if one.kind == kind
    }


def _matched(
    standing: Standing, bill: Statement, paid: list[Statement]
) -> tuple[tuple[Settled, ...], tuple[Odd, ...]]:
    wanted = {(one["payer"], one["payee"]): one for one in bill.records("transfers")}
    fitting: dict[tuple[str, str], list[Statement]] = {pair: [] for pair in wanted}
    odd: list[Odd] = []
    for said in sorted(paid, key=lambda one: (one.time("paid_at"), one.id)):
        pair = (said.string("payer"), said.string("payee"))
        why = _misfit(standing, bill, said, wanted, fitting)
        if why is None:
            fitting[pair].append(said)
        elif not _confirms_directly(said, fitting):
            odd.append(Odd(said.id, said.by, *pair, said.money("amount"), why))
    settled = [_settled(standing, one, fitting[pair]) for pair, one in wanted.items()]
    return tuple(settled), tuple(odd)


def _misfit(
    standing: Standing,
    bill: Statement,
    said: Statement,
    wanted: Mapping[tuple[str, str], Mapping[str, Any]],
    fitting: Mapping[tuple[str, str], list[Statement]],
) -> Misfit | None:
    """Why a payment fits no transfer; None if it fits."""
    pair = (said.string("payer"), said.string("payee"))
    if pair not in wanted:
        return "wrong_payee"
    if said.money("amount").currency != wanted[pair]["amount"]["currency"]:
        return "other_currency"
    if said.by not in speakers(standing, bill, pair[0]):
        return "not_by_payer"
    return "twice" if any(_same(one, said) for one in fitting[pair]) else None


def speakers(standing: Standing, bill: Statement, payer: str) -> tuple[str, ...]:
    """Who may say that a payer of a bill has paid."""
    # Nobody speaks for a fund but who drew the bill; it has no key of its own.
    return (payer,) if payer in standing.bodies else (payer, bill.by)


def of_concern(standing: Standing, bill: Statement, body: str) -> tuple[Mapping[str, Any], ...]:
    """The transfers of a bill of which a body may say that they were paid, or confirm it."""
    return tuple(
        one
        for one in bill.records("transfers")
        if body == one["payee"] or body in speakers(standing, bill, one["payer"])
    )


def _same(one: Statement, other: Statement) -> bool:
    """The same payment: the same reference at the bank, or, without one, the same amount at the same time."""
    if one.has("reference") and other.has("reference"):
        return one.string("reference") == other.string("reference")
    return one.money("amount") == other.money("amount") and one.time("paid_at") == other.time("paid_at")


def _confirms_directly(said: Statement, fitting: Mapping[tuple[str, str], list[Statement]]) -> bool:
    """Whether a payee replied to the bill itself, instead of to the payment that it confirms."""
    pair = (said.string("payer"), said.string("payee"))
    return said.by == pair[1] and any(_same(one, said) for one in fitting.get(pair, ()))


def _settled(standing: Standing, transfer: Mapping[str, Any], paid: list[Statement]) -> Settled:
    wanted = Money(**transfer["amount"])
    due = datetime.fromisoformat(str(transfer["due"])) if "due" in transfer else None
    sum_minor, whole_at = 0, None
    for one in paid:
        sum_minor += one.money("amount").minor
        if whole_at is None and sum_minor >= wanted.minor:
            whole_at = one.time("paid_at")
    confirmed = [
        reply.id
        for one in paid
        for reply in _replies(standing, one.id)
        if is_confirmation(standing, reply) and reply.by == transfer["payee"]
    ]
    return Settled(
        payer=str(transfer["payer"]),
        payee=str(transfer["payee"]),
        wanted=wanted,
        due=due,
        paid_minor=sum_minor,
        payments=tuple(one.id for one in paid),
        confirmed=tuple(confirmed),
        state=_state(wanted.minor, sum_minor, is_over=due is not None and standing.at > due),
        late=due is not None and whole_at is not None and whole_at > due,
    )


def _state(wanted_minor: int, paid_minor: int, *, is_over: bool) -> State:
    if paid_minor >= wanted_minor:
        return "overpaid" if paid_minor > wanted_minor else "paid"
    if is_over:
        return "overdue"
    return "partial" if paid_minor else "open"
