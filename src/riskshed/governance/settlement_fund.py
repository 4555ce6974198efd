"""The joint fund: what was paid in, in money and in kind, what was paid out, and what is left.

Money is money, and can be paid out. What was given in kind (a training, a platform that one city built for
all) is valued openly, in the same currency, and stands beside it: it counts for who gave it, and nobody can
be paid from it. A payment counts once, on the word of whoever says it first; the confirmation by the other
side replies to it and adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding
from riskshed.statement import Money, Statement


@dataclass(frozen=True, slots=True)
class Gift:
    """Something given in kind, as its giver values it; `items` are records of what it was."""

    statement: str
    by: str
    amount: Money
    items: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class FundBalance:
    """How a fund stands, in one currency.

    Attributes
    ----------
    fund, currency : str
    paid_in : mapping of str to int
        Money of each body, minor units.
    paid_out : mapping of str to int
        Money to each body.
    gifts : tuple of Gift
        In kind, in this currency.
    strangers : tuple of str
        Contributions of bodies that are no members of the agreement; they count, and are named.
    other_currencies : tuple of str
        Statements in another currency: no part of this balance.
    evidence : tuple of str
        Every statement that it is made from.
    """

    fund: str
    currency: str
    paid_in: Mapping[str, int]
    paid_out: Mapping[str, int]
    gifts: tuple[Gift, ...]
    strangers: tuple[str, ...]
    other_currencies: tuple[str, ...]
    evidence: tuple[str, ...]

    @property
    def balance_minor(self) -> int:
        """What is left, in money; negative if more was paid out than came in."""
        return sum(self.paid_in.values()) - sum(self.paid_out.values())

    @property
    def in_kind_minor(self) -> int:
        """What was given in kind, at the value that its givers put on it."""
        return sum(one.amount.minor for one in self.gifts)


def balance(standing: Standing, agreement: AgreementStanding, currency: str) -> FundBalance:
    """How the fund of an agreement stands in one currency.

    Parameters
    ----------
    standing : Standing
    agreement : AgreementStanding
        With a fund; without one all is nothing.
    currency : str
    """
    fund = agreement.fund or ""
    told = [one for one in _counting(standing) if _of_fund(one, fund)] if fund else []
    mine = [one for one in told if one.money("amount").currency == currency]
    given = [one for one in mine if one.kind == "FundContributed"]
    money = [(one.by, one) for one in given if not one.has("in_kind")]
    money += [
        (one.string("payer"), one) for one in mine if one.kind == "Paid" and one.string("payee") == fund
    ]
    out = [(one.string("payee"), one) for one in mine if one.kind == "Paid" and one.string("payer") == fund]
    gifts = [
        Gift(one.id, one.by, one.money("amount"), one.records("in_kind"))
        for one in given
        if one.has("in_kind")
    ]
    return FundBalance(
        fund=fund,
        currency=currency,
        paid_in=_summed(money),
        paid_out=_summed(out),
        gifts=tuple(gifts),
        strangers=tuple(one.id for one in given if one.by not in agreement.members),
        other_currencies=tuple(one.id for one in told if one.money("amount").currency != currency),
        evidence=tuple(one.id for one in mine),
    )


def _counting(standing: Standing) -> list[Statement]:
    """Contributions and payments that count, each once, by id."""
    found = [
        one.statement
        for one in standing.statements.values()
        if one.statement.kind in ("FundContributed", "Paid")
        and one.statement.body is not None
        and one.statement.id not in standing.set_aside
    ]
    return sorted((one for one in found if not is_confirmation(standing, one)), key=lambda one: one.id)


def is_confirmation(standing: Standing, said: Statement) -> bool:
    """Whether a ``Paid`` only confirms another one."""
    target = standing.statements.get(said.replies_to or "")
    return said.kind == "Paid" and target is not None and target.statement.kind == "Paid"


def _of_fund(said: Statement, fund: str) -> bool:
    if said.kind == "FundContributed":
        return said.string("fund") == fund
    return fund in (said.string("payer"), said.string("payee"))


def _summed(money: list[tuple[str, Statement]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for body, said in money:
        sums[body] = sums.get(body, 0) + said.money("amount").minor
    return dict(sorted(sums.items()))
