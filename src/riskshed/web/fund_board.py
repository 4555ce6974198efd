"""The joint fund as a page shows it: what is in it, who gave what, and what was paid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance.settlement_fund import FundBalance, balance, currencies
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding
from riskshed.sitrep_facts import money
from riskshed.statement import Money, Statement
from riskshed.web.aid_board import goods_words

FIRST = "CNY"
"""In this currency the balance is shown even where nothing was ever paid."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contribution or payment: by whom or to whom, how much, when; `goods` is what was given in kind."""

    statement: str
    body: str
    amount: str
    at: datetime
    goods: str
    is_stranger: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The fund in one currency.

    `given` and `paid` are (body, sum), `came` and `went` the entries behind them, the latest first; `is_over`
    where more was paid out than came in.
    """

    currency: str
    left: str
    in_kind: str
    is_over: bool
    given: tuple[tuple[str, str], ...]
    paid: tuple[tuple[str, str], ...]
    came: tuple[Entry, ...]
    went: tuple[Entry, ...]
    gifts: tuple[Entry, ...]


def balances(standing: Standing, agreement: AgreementStanding) -> tuple[FundBalance, ...]:
    """The fund of an agreement in each currency in which something was paid."""
    named = dict.fromkeys((FIRST, *currencies(standing, agreement)))
    return tuple(balance(standing, agreement, one) for one in named)


def accounts(standing: Standing, agreement: AgreementStanding) -> tuple[Account, ...]:
    """The same as a page shows it."""
    return tuple(_account(standing, one) for one in balances(standing, agreement))


def _account(standing: Standing, held: FundBalance) -> Account:
    told = [standing.statements[one].statement for one in held.evidence]
    gifts = {one.statement for one in held.gifts}
    went = [one for one in told if one.kind == "Paid" and one.string("payer") == held.fund]
    came = [one for one in told if one not in went and one.id not in gifts]
    return Account(
        currency=held.currency,
        left=money(Money(held.balance_minor, held.currency)),
        in_kind=money(Money(held.in_kind_minor, held.currency)),
        is_over=held.balance_minor < 0,
        given=_sums(held.paid_in, held.currency),
        paid=_sums(held.paid_out, held.currency),
        came=_entries(came, held),
        went=_entries(went, held),
        gifts=_entries([one for one in told if one.id in gifts], held),
    )


def _sums(sums: Mapping[str, int], currency: str) -> tuple[tuple[str, str], ...]:
    return tuple((body, money(Money(minor, currency))) for body, minor in sums.items())


def _entries(told: Sequence[Statement], held: FundBalance) -> tuple[Entry, ...]:
    latest = sorted(told, key=lambda one: (one.time("paid_at"), one.id), reverse=True)
    return tuple(_entry(one, held) for one in latest)


def _entry(said: Statement, held: FundBalance) -> Entry:
    body, goods = said.by, ""
    if said.kind == "Paid":
        body = said.string("payee") if said.string("payer") == held.fund else said.string("payer")
    elif said.has("in_kind"):
        goods = goods_words(said.records("in_kind"))
    return Entry(
        statement=said.id,
        body=body,
        amount=money(said.money("amount")),
        at=said.time("paid_at"),
        goods=goods,
        is_stranger=said.id in held.strangers,
    )
