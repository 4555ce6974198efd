"""The joint fund: what was paid in, in money and in kind, what was paid out, and what is left.

Money is money, and can be paid out. What was given in kind (a training, a platform that one city built for
all) is valued openly, in the same currency, and stands beside it: it counts for who gave it, and nobody can
be paid from it. A payment counts once, on the word of whoever says it first; the confirmation by the other
side replies to it and adds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.governance.draft import Draft
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
    return of_fund(standing, agreement.fund or "", currency, agreement.members)


def of_fund(standing: Standing, fund: str, currency: str, members: Collection[str]) -> FundBalance:
    """How any fund stands in one currency, by its code; contributors who are not of `members` are named.

    A fund of a special action needs no agreement: what is said of it under its code is what there is.
    """
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
        strangers=tuple(one.id for one in given if one.by not in members),
        other_currencies=tuple(one.id for one in told if one.money("amount").currency != currency),
        evidence=tuple(one.id for one in mine),
    )


def contribute(
    standing: Standing, by: str, agreement: AgreementStanding | None, body: Mapping[str, Any]
) -> Draft:
    """Something that a body paid into the fund of an agreement, in money or in kind.

    Parameters
    ----------
    standing : Standing
    by : str
        Who gave it. A body that is no member may give; it is named as such.
    agreement : AgreementStanding or None
    body : mapping
        As of ``FundContributed``, without the fund.

    Raises
    ------
    InputError
        ``settlement.no_fund`` if there is no agreement, or it has no fund.
    InputFaults
        ``settlement.bad_contribution``, with ``settlement.not_above_zero``, ``settlement.ahead`` if it is to
        be paid only later, and ``settlement.said_twice``.
    """
    if agreement is None or not agreement.fund:
        todo = "Name a fund in the agreement first."
        raise InputError("settlement.no_fund", "there is no joint fund under an agreement", todo=todo)
    if faults := list(_faults(standing, by, agreement.fund, body)):
        told = "this contribution cannot stand on the record"
        raise InputFaults("settlement.bad_contribution", told, faults)
    return Draft("FundContributed", by, agreement.code, None, {"fund": agreement.fund, **body})


def _faults(standing: Standing, by: str, fund: str, body: Mapping[str, Any]) -> Iterator[Fault]:
    amount, paid_at = body["amount"], body["paid_at"]
    if amount["minor"] <= 0:
        yield _fault("not_above_zero", "amount", str(amount["minor"]), "more than 0")
    if datetime.fromisoformat(paid_at) > standing.at:
        yield _fault("ahead", "paid_at", paid_at, "a time that has come")
    for one in _counting(standing):
        said = one.to_json()["body"]
        is_same = one.by == by and one.kind == "FundContributed" and said["fund"] == fund
        if is_same and (said["amount"], said["paid_at"]) == (dict(amount), paid_at):
            yield _fault("said_twice", "paid_at", f"{one.id[:12]} says the same", "each payment once")


def _fault(code: str, column: str, got: str, wanted: str) -> Fault:
    return Fault(f"settlement.{code}", "the contribution", None, column, got, wanted, "")


def currencies(standing: Standing, agreement: AgreementStanding) -> tuple[str, ...]:
    """The currencies in which something was paid into or out of the fund of an agreement, by code."""
    told = [one for one in _counting(standing) if agreement.fund and _of_fund(one, agreement.fund)]
    return tuple(sorted({one.money("amount").currency for one in told}))


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
