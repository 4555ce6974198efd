"""A bill: what each bears, what each has paid already, who pays whom, and how other rules would have it.

The steps, each exact:

1. the fund pays what it can; where it falls short, by Aumann & Maschler (1985, Journal of Economic
   Theory 36), and no claimant gets more than it claimed;
2. what is left is shared by the rule of the agreement, in fractions, and rounded once so that it adds up to
   the minor unit; two more rules are worked out beside it, each with the coalition that fares worst under it;
3. each body's account is drawn: what it spent, less what it bears, and what the contracts came to;
4. accounts are netted: who owes most pays whom most is owed, and so on. No body pays more than it owes in
   all, and there are fewer transfers than bodies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from riskshed.canonical import encode_plain
from riskshed.errors import DomainError, InputError
from riskshed.governance import sharing
from riskshed.governance.games import core_slack_exact
from riskshed.governance.money import round_to_total
from riskshed.governance.nucleolus import nucleolus_exact
from riskshed.governance.settlement_inputs import Inputs, bodies_of
from riskshed.governance.settlement_rules import Case, bears


@dataclass(frozen=True, slots=True)
class Beside:
    """What one rule would have each bear.

    Attributes
    ----------
    method : str
    bears_minor : mapping of str to int
        Of those who share; empty if the rule cannot be applied.
    why_not : str
        Why it cannot; empty if it can.
    slack : Fraction or None
        Least gain of a coalition beyond what it would have alone, minor units; negative: it would have more
        alone. None where what coalitions avert is unknown, or there is but one body.
    worst_off : tuple of str
        The coalition that has it.
    """

    method: str
    bears_minor: Mapping[str, int]
    why_not: str = ""
    slack: Fraction | None = None
    worst_off: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; the slack as exact text."""
        return {
            "method": self.method,
            "bears_minor": dict(self.bears_minor),
            "why_not": self.why_not,
            "slack": None if self.slack is None else str(self.slack),
            "worst_off": list(self.worst_off),
        }


@dataclass(frozen=True, slots=True)
class Account:
    """How one body stands in a bill, in minor units; all but `bears_minor` and `net_minor` are >= 0.

    Attributes
    ----------
    body : str
    spent_minor : int
        What was taken in of its claims.
    from_fund_minor : int
        What the fund pays of it.
    bears_minor : int
        Its share of what the fund left; negative: it gets so much beyond what it spent.
    owed_minor, owes_minor : int
        What contracts bring it, and cost it.
    net_minor : int
        What it receives from others in the end; negative: it pays.
    """

    body: str
    spent_minor: int
    from_fund_minor: int
    bears_minor: int
    owed_minor: int
    owes_minor: int

    @property
    def net_minor(self) -> int:
        """What it receives from the others; negative: what it pays them."""
        own = self.spent_minor - self.from_fund_minor - self.bears_minor
        return own + self.owed_minor - self.owes_minor

    @property
    def gross_minor(self) -> int:
        """What it would have to pay if nothing were netted."""
        return max(self.bears_minor, 0) + self.owes_minor

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "net_minor": self.net_minor}


@dataclass(frozen=True, slots=True)
class Transfer:
    """Who pays whom how much, in minor units, after netting."""

    payer: str
    payee: str
    minor: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"payer": self.payer, "payee": self.payee, "minor": self.minor}


@dataclass(frozen=True)
class Bill:
    """A bill with its working.

    Attributes
    ----------
    inputs : Inputs
    accounts : tuple of Account
        Of everybody whom it concerns, by code.
    transfers : tuple of Transfer
        Those of the fund first; then those between bodies, in the order of netting.
    rules : tuple of Beside
        The rule of the bill, and those beside it.
    core_is_empty : bool or None
        Whether under every rule some coalition would have more alone; None where it is unknown.
    least_violation : Fraction or None
        By how much, at the least, the worst-off coalition must be let down if the core is empty.
    let_down : tuple of str
        That coalition.
    """

    inputs: Inputs
    accounts: tuple[Account, ...]
    transfers: tuple[Transfer, ...]
    rules: tuple[Beside, ...]
    core_is_empty: bool | None
    least_violation: Fraction | None
    let_down: tuple[str, ...]

    @property
    def total_minor(self) -> int:
        """What was taken in of all claims."""
        return sum(one.spent_minor for one in self.accounts)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values, inputs excepted."""
        violation = self.least_violation
        return {
            "settlement": self.inputs.settlement,
            "currency": self.inputs.currency,
            "method": self.inputs.method,
            "total_minor": self.total_minor,
            "accounts": [one.to_json() for one in self.accounts],
            "transfers": [one.to_json() for one in self.transfers],
            "rules": [one.to_json() for one in self.rules],
            "core_is_empty": self.core_is_empty,
            "least_violation": None if violation is None else str(violation),
            "let_down": list(self.let_down),
        }

    def to_bytes(self) -> bytes:
        """The one byte form: two bills are the same if these are."""
        return encode_plain(self.to_json())


def compute(inputs: Inputs) -> Bill:
    """The bill of these inputs.

    Parameters
    ----------
    inputs : Inputs
        As `settlement_inputs.checked` passed them.

    Raises
    ------
    InputError
        As of `settlement_rules.bears`, for the rule of the bill itself.
    """
    admitted = inputs.admitted
    fund = from_fund(admitted, inputs.fund_minor)
    case = _case(inputs, admitted, fund)
    own = _applied(inputs.method, case)
    beside = [_beside(method, case) for method in inputs.beside]
    accounts = _accounts(inputs, admitted, fund, own.bears_minor)
    paid_by_fund = [Transfer(inputs.fund, body, minor) for body, minor in fund.items() if minor]
    empty, violation, let_down = _core(case)
    return Bill(
        inputs=inputs,
        accounts=accounts,
        transfers=(*paid_by_fund, *netted({one.body: one.net_minor for one in accounts})),
        rules=(own, *beside),
        core_is_empty=empty,
        least_violation=violation,
        let_down=let_down,
    )


def from_fund(claims_minor: Mapping[str, int], fund_minor: int) -> dict[str, int]:
    """What a fund pays of each claim: all if it can, else by Aumann and Maschler.

    Parameters
    ----------
    claims_minor : mapping of str to int
    fund_minor : int
        What there is, >= 0; what no claim needs stays in the fund.

    Returns
    -------
    dict of str to int
        Whole minor units; none is more than the claim.
    """
    total = sum(claims_minor.values())
    if fund_minor >= total or not fund_minor:
        return {body: claim if fund_minor else 0 for body, claim in claims_minor.items()}
    exact = sharing.aumann_maschler(fund_minor, list(claims_minor.values()))
    paid = round_to_total([Fraction(one) for one in exact], fund_minor)
    return dict(zip(claims_minor, paid, strict=True))


def netted(net_minor: Mapping[str, int]) -> tuple[Transfer, ...]:
    """Transfers that even accounts out: who owes most pays whom most is owed, until all are even.

    Parameters
    ----------
    net_minor : mapping of str to int
        What each receives; negative: pays. They add up to 0.

    Returns
    -------
    tuple of Transfer
        Fewer than there are bodies; none pays who receives.
    """
    assert sum(net_minor.values()) == 0, "what one pays another receives"
    left = {body: net for body, net in net_minor.items() if net}
    transfers = []
    while left:
        payer = min(left, key=lambda body: (left[body], body))
        payee = min(left, key=lambda body: (-left[body], body))
        minor = min(-left[payer], left[payee])
        transfers.append(Transfer(payer, payee, minor))
        for body, change in ((payer, minor), (payee, -minor)):
            left[body] += change
            if not left[body]:
                del left[body]
    return tuple(transfers)


def _case(inputs: Inputs, admitted: Mapping[str, int], fund: Mapping[str, int]) -> Case:
    left = {body: claim - fund[body] for body, claim in admitted.items()}
    return Case(
        among=inputs.among,
        spent_minor=tuple(left.get(one, 0) for one in inputs.among),
        outside_minor=sum(minor for body, minor in left.items() if body not in inputs.among),
        worth=inputs.worth,
        weights=inputs.weights,
        order=inputs.order,
    )


def _applied(method: str, case: Case) -> Beside:
    rounded = round_to_total(bears(method, case), case.total_minor)
    slack, worst = _slack(case, case.gain_of(rounded)) if case.worth is not None else (None, ())
    return Beside(method, dict(zip(case.among, rounded, strict=True)), "", slack, worst)


def _beside(method: str, case: Case) -> Beside:
    """A rule that is only shown; where it cannot be applied it says why, and the bill stands without it."""
    try:
        return _applied(method, case)
    except (DomainError, InputError) as error:
        return Beside(method, {}, error.what)


def _slack(case: Case, gain: Sequence[Fraction]) -> tuple[Fraction | None, tuple[str, ...]]:
    found = core_slack_exact(case.among, case.gain_minor(), gain)
    return (None, ()) if found is None else found


def _core(case: Case) -> tuple[bool | None, Fraction | None, tuple[str, ...]]:
    """Whether the core is empty, and the least violation: no shares let the worst-off coalition down less
    than the prenucleolus does."""
    if case.worth is None or len(case.among) == 1:
        return None, None, ()
    try:
        best = nucleolus_exact(case.among, case.gain_minor(), individually_rational=False)
    except DomainError:
        return None, None, ()
    slack, worst = _slack(case, best)
    assert slack is not None, "several bodies have coalitions"
    return (True, -slack, worst) if slack < 0 else (False, None, ())


def _accounts(
    inputs: Inputs, admitted: Mapping[str, int], fund: Mapping[str, int], own: Mapping[str, int]
) -> tuple[Account, ...]:
    owed: dict[str, int] = {}
    owes: dict[str, int] = {}
    for outcome in inputs.outcomes:
        for paid in outcome["payments"]:
            minor = paid["amount"]["minor"]
            owed[paid["payee"]] = owed.get(paid["payee"], 0) + minor
            owes[paid["payer"]] = owes.get(paid["payer"], 0) + minor
    return tuple(
        Account(
            body=body,
            spent_minor=admitted.get(body, 0),
            from_fund_minor=fund.get(body, 0),
            bears_minor=own.get(body, 0),
            owed_minor=owed.get(body, 0),
            owes_minor=owes.get(body, 0),
        )
        for body in bodies_of(inputs)
    )
