"""What a contract comes to once it is known what happened: who pays whom how much, and why; or undetermined.

A contract of an agreement hangs on facts, and a fact may be unknown. Unknown is never zero and never decided
in anybody's favour: then the outcome is **undetermined**, pays nothing, and says what is missing.

**The bet on the water at a border** (断面水质对赌). Anhui and Zhejiang have had one on the Xin'anjiang since
2012: if the water at the section keeps the target over the year, downstream pays upstream, else upstream pays
downstream. The Taihu regulation (太湖流域管理条例, State Council Order 604 of 2011, art. 49) asks two things
of upstream, the section *and* its plan to cut pollutants; what holds if one is kept and the other is not, the
text leaves open, so nothing is computed then. Each reading counts as an interval: what was below the limit of
detection lies between zero and it, what was not measured anywhere. The bet is settled only if every value in
the intervals would settle it in the same way.

**Flood storage** (蓄滞洪区运用补偿暂行办法, State Council Order 286 of 2000; 防洪法 art. 32): an area
that was flooded to save others is paid the agreed share of each sort of loss by those whom it saved. A loss
that nobody has valued leaves the whole undetermined, and the sum of the others is told as a lower bound.

**Priced aid**: the receiver pays the giver what `claims` found to be owed at the price of the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

from riskshed.errors import InputError
from riskshed.governance.agreement_contract import Contract
from riskshed.governance.border_measured import Measured, bounds
from riskshed.governance.claims import ClaimLine
from riskshed.governance.money import apportion, same_currency
from riskshed.statement import Money

Status = Literal["due", "nothing", "undetermined"]
PERIOD_D: Mapping[str, tuple[int, int]] = {"day": (1, 1), "month": (28, 31), "year": (365, 366)}
"""How many days each may have; an event has as many as it took."""
WORDS: Mapping[str, tuple[str, str]] = {
    "kept": ("水质达标，下游补偿上游", "the water kept its target, downstream pays upstream"),
    "worse": ("水质未达标，上游补偿下游", "the water missed its target, upstream pays downstream"),
    "mixed": (
        "断面与削减计划一成一未成，条文未作规定",
        "of section and plan only one is kept",
    ),
    "plan_unknown": ("削减计划是否完成未知", "it is unknown whether upstream kept its plan"),
    "no_share": ("合同未约定达标天数比例", "the contract names no share of days"),
    "no_reading": ("期内没有监测值", "there is no reading in the period"),
    "readings_unknown": (
        "个监测值未知，足以改变结果",
        "unknown readings could turn the result",
    ),
    "use_unknown": ("是否依法启用未知", "it is unknown whether the area was opened by a lawful order"),
    "not_used": ("未启用，不发生补偿", "the area was not used, nothing is owed"),
    "flooded": ("蓄滞洪区运用补偿", "it was flooded to save others, who pay the agreed shares of its losses"),
    "no_help": ("没有按约定价格申报的援助", "no help at this price was claimed"),
    "priced": ("签收的援助按事先约定的价格偿付", "help that was signed for is paid at the agreed price"),
}
"""Why an outcome is as it is, in both languages."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that one body owes another under a contract."""

    payer: str
    payee: str
    amount: Money

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file from which a bill is recomputed."""
        return {"payer": self.payer, "payee": self.payee, "amount": self.amount.to_json()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contract comes to.

    Attributes
    ----------
    contract, sort : str
    status : {"due", "nothing", "undetermined"}
    payments : tuple of Payment
        Empty unless it is due.
    why : mapping of language to text
    evidence : tuple of str
        Ids of statements, or sources as they were handed in, sorted.
    working : mapping of str to text
        The numbers it rests on, as exact text.
    """

    contract: str
    sort: str
    status: Status
    payments: tuple[Payment, ...]
    why: Mapping[str, str]
    evidence: tuple[str, ...]
    working: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file from which a bill is recomputed."""
        return {
            "contract": self.contract,
            "sort": self.sort,
            "status": self.status,
            "payments": [one.to_json() for one in self.payments],
            "why": dict(self.why),
            "evidence": list(self.evidence),
            "working": dict(self.working),
        }


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss in a flood-storage area; `amount` None where nobody has valued it."""

    sort: str
    amount: Money | None
    evidence: str


def _outcome(
    contract: Contract,
    status: Status,
    payments: Iterable[Payment],
    why: tuple[str, str],
    evidence: Iterable[str],
    working: Mapping[str, str],
) -> Outcome:
    paid = tuple(one for one in payments if one.amount.minor > 0 and one.payer != one.payee)
    if status == "due" and not paid:
        status = "nothing"
    zh, en = why
    title = contract.title
    words = {"zh": f"{title['zh']}：{zh}", "en": f"{title['en']}: {en}"}
    told = tuple(sorted(set(filter(None, evidence))))
    return Outcome(contract.code, contract.sort, status, paid, words, told, dict(working))


# -------------------------------------------------------------------------------------- border quality


def border_quality(
    contract: Contract,
    readings: Sequence[Measured],
    begins: datetime,
    ends: datetime,
    *,
    expected: int | None = None,
    plan_kept: bool | Literal["not_asked"] | None = "not_asked",
) -> Outcome:
    """Settle the bet on the water at a border over one period.

    Parameters
    ----------
    contract : Contract
        Of sort ``border_quality``.
    readings : sequence of Measured
        Those at the section, in any order; what lies outside the period is not used.
    begins, ends : datetime
        The period, its end not included; aware.
    expected : int, optional
        How many readings were due in the period: those that are missing count as unknown.
    plan_kept : bool, None or "not_asked"
        Whether upstream kept its plan to cut pollutants, where the agreement asks for it as the Taihu
        regulation does; None is unknown.

    Raises
    ------
    InputError
        ``contract.other_sort``, ``contract.period`` for a period that is none of the contract's,
        ``contract.other_unit`` for a reading in another unit than the limit.
    """
    _check_sort(contract, "border_quality")
    _check_period(contract, begins, ends)
    terms = contract.terms
    used = [one for one in readings if begins <= one.at < ends]
    _check_units(contract, used)
    missing = max(0, (expected or 0) - len(used))
    low, high = bounds(terms["statistic"], used, missing)
    limit = Fraction(repr(terms["limit"]))
    working = {
        "statistic": terms["statistic"],
        "readings": str(len(used)),
        "missing": str(missing),
        "low": "" if low is None else str(low),
        "high": "" if high is None else str(high),
        "limit": f"{limit} {terms['limit_unit']}",
    }
    kept = _is_kept(terms, low, high, limit)
    evidence = [one.source for one in used]
    if kept is None or plan_kept is None:
        why = _unknown(kept, used, missing, terms)
        return _outcome(contract, "undetermined", (), why, evidence, working)
    if plan_kept not in ("not_asked", kept):
        return _outcome(contract, "undetermined", (), WORDS["mixed"], evidence, working)
    payer, payee = terms["upstream"], terms["downstream"]
    if kept:
        payer, payee = payee, payer
    paid = Payment(payer, payee, terms["if_kept" if kept else "if_worse"])
    return _outcome(contract, "due", [paid], WORDS["kept" if kept else "worse"], evidence, working)


def _is_kept(
    terms: Mapping[str, Any], low: Fraction | None, high: Fraction | None, limit: Fraction
) -> bool | None:
    """Whether the target was kept, whatever the unknown values were; None if they could decide it."""
    if terms["statistic"] == "share_of_days_within":
        if terms["limit_unit"] not in ("1", "%"):
            return None
        wanted = limit / 100 if terms["limit_unit"] == "%" else limit
        if low is not None and low >= wanted:
            return True
        return False if high is not None and high < wanted else None
    if high is not None and high <= limit:
        return True
    return False if low is not None and low > limit else None


def _unknown(
    kept: bool | None, used: Sequence[Measured], missing: int, terms: Mapping[str, Any]
) -> tuple[str, str]:
    if kept is not None:
        return WORDS["plan_unknown"]
    if terms["statistic"] == "share_of_days_within" and terms["limit_unit"] not in ("1", "%"):
        return WORDS["no_share"]
    if not used:
        return WORDS["no_reading"]
    unknown = missing + sum(1 for one in used if one.value is None or one.sense != "observed")
    zh, en = WORDS["readings_unknown"]
    return f"{unknown} {zh}", f"{unknown} {en}"


def _check_sort(contract: Contract, sort: str) -> None:
    if contract.sort != sort:
        told = f"the contract {contract.code} is of sort {contract.sort}, want {sort}"
        raise InputError("contract.other_sort", told)


def _check_period(contract: Contract, begins: datetime, ends: datetime) -> None:
    least, most = PERIOD_D.get(contract.terms["period"], (0, 10**6))
    days = (ends - begins).total_seconds() / 86_400
    if not max(least, 1e-9) <= days <= most:
        told = f"the contract {contract.code} is by {contract.terms['period']}, got {days:g} days"
        raise InputError("contract.period", told, todo="Name the first moment and the moment after the last.")


def _check_units(contract: Contract, used: Sequence[Measured]) -> None:
    unit = contract.terms["limit_unit"]
    if contract.terms["statistic"] == "share_of_days_within":
        unit = "1"
    other = sorted({one.unit for one in used} - {unit})
    if other:
        told = f"the contract {contract.code} wants readings in {unit}, got {', '.join(other)}"
        raise InputError("contract.other_unit", told, todo="Convert the readings before.")


# --------------------------------------------------------------------------------------- flood storage


def flood_storage(contract: Contract, losses: Sequence[Loss], *, was_used: bool | None) -> Outcome:
    """The compensation of an area that was flooded to save others.

    Parameters
    ----------
    contract : Contract
        Of sort ``flood_storage``.
    losses : sequence of Loss
        In any order. A sort to which the contract gives no share is not paid, and is named in the working.
    was_used : bool or None
        Whether the area was opened by a lawful order; None is unknown.

    Raises
    ------
    InputError
        ``contract.other_sort``, ``money.mixed_currencies``; ``contract.loss_twice`` if two losses rest on the
        same evidence.
    """
    _check_sort(contract, "flood_storage")
    terms, told = contract.terms, sorted(losses, key=lambda one: (one.sort, one.evidence))
    _check_twice(contract, told)
    rates = {sort: Fraction(repr(share)) for sort, share in terms["rates"].items()}
    paid = [one for one in told if one.sort in rates]
    known = [(one.sort, one.amount) for one in paid if one.amount is not None]
    unvalued = sorted({one.sort for one in paid if one.amount is None})
    owed = sum((rates[sort] * amount.minor for sort, amount in known), Fraction(0))
    working = {
        **{f"loss.{sort}": str(sum(a.minor for s, a in known if s == sort)) for sort in sorted(rates)},
        **{f"share.{sort}": str(rates[sort]) for sort in sorted(rates)},
        "not_paid": ", ".join(sorted({one.sort for one in told} - set(rates))),
        "owed_minor": f"{'>= ' if unvalued else ''}{round(owed)}",
    }
    evidence = [one.evidence for one in told]
    if was_used is None:
        return _outcome(contract, "undetermined", (), WORDS["use_unknown"], evidence, working)
    if not was_used:
        return _outcome(contract, "nothing", (), WORDS["not_used"], evidence, working)
    if unvalued or not told:
        missing = ", ".join(unvalued) or "any loss"
        why = (f"损失未核定：{missing}", f"not valued yet: {missing}")
        return _outcome(contract, "undetermined", (), why, evidence, working)
    payments = _by_payer(contract, round(owed), same_currency(a for _, a in known)) if known else []
    return _outcome(contract, "due", payments, WORDS["flooded"], evidence, working)


def _check_twice(contract: Contract, losses: Sequence[Loss]) -> None:
    named = [one.evidence for one in losses if one.evidence]
    twice = sorted({one for one in named if named.count(one) > 1})
    if twice:
        told = f"two losses of {contract.code} rest on the same evidence: {', '.join(twice)}"
        raise InputError("contract.loss_twice", told, todo="Put what one paper shows into one loss.")


def _by_payer(contract: Contract, owed_minor: int, currency: str) -> list[Payment]:
    """Who saves pays, by the shares of the contract, to the last minor unit."""
    shares = {body: Fraction(repr(share)) for body, share in sorted(contract.terms["payers"].items())}
    amounts = apportion(owed_minor, list(shares.values()))
    host = contract.terms["host"]
    return [Payment(body, host, Money(minor, currency)) for body, minor in zip(shares, amounts, strict=True)]


# ------------------------------------------------------------------------------------------ priced aid


def priced_aid(contract: Contract, lines: Sequence[ClaimLine]) -> Outcome:
    """What is owed for help at the price of a contract, from the lines that `claims.examine` found priced.

    Raises
    ------
    InputError
        ``contract.other_sort``.
    """
    _check_sort(contract, "priced_aid")
    own = [one for one in lines if one.status == "priced" and one.contract == contract.code]
    currency = contract.terms["price"].currency
    owed: dict[str, int] = {}
    for one in own:
        owed[one.payer] = owed.get(one.payer, 0) + one.granted_minor
    giver = contract.terms["giver"]
    payments = [Payment(payer, giver, Money(minor, currency)) for payer, minor in sorted(owed.items())]
    if not own:
        return _outcome(contract, "nothing", (), WORDS["no_help"], (), {})
    working = {f"{one.statement} {one.line}": str(one.granted_minor) for one in own}
    return _outcome(contract, "due", payments, WORDS["priced"], [one.statement for one in own], working)
