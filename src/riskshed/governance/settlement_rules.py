"""The rules of sharing, applied to one bill: what each body bears, exactly, before anything is rounded.

Two sorts of rules share one bill.

**Rules of the gain** (Shapley, nucleolus, separable costs and remaining benefits). Together the cities
averted v(N) and spent C, so their gain is w(N) = v(N) - C; a coalition S alone would have had

    w(S) = v(S) - what the members of S spent - what members outside the sharing spent,

and w of nobody is 0. The rule gives each city a part x of w(N). What it was spared is on its side already,
so it bears ``b_i = spared_i - x_i``, and these add up to C. Who acts for others bears less than nothing: it
gets. A share-out is in the core if no coalition would have had more alone; the core may be empty.

**Rules of the cost** (proportional, equal, those of a polluted river, none but a fund) look at what was spent
and at what the agreement says of weight and place, and need no run of a pathway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from riskshed.errors import InputError
from riskshed.governance import sharing
from riskshed.governance.games import sums_exact
from riskshed.governance.settlement_inputs import Worth

Shares = tuple[Fraction, ...]
NEED_WORTH = ("shapley", "nucleolus", "separable_costs_remaining_benefits")
"""The rules of the gain: they rest on what each coalition averts."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule may look at.

    Attributes
    ----------
    among : tuple of str
        Who shares, by code; all that follows is in this order.
    spent_minor : tuple of int
        What was taken in of each, less what the fund pays.
    outside_minor : int
        The same of members who do not share.
    worth : Worth or None
        With its players in the order of `among`.
    weights : mapping of str to Fraction
    order : tuple of str
        From upstream to downstream.
    """

    among: tuple[str, ...]
    spent_minor: tuple[int, ...]
    outside_minor: int
    worth: Worth | None
    weights: Mapping[str, Fraction]
    order: tuple[str, ...]

    @property
    def total_minor(self) -> int:
        """What is to be borne."""
        return sum(self.spent_minor) + self.outside_minor

    def gain_minor(self) -> list[int]:
        """w(S) of each coalition.

        Raises
        ------
        InputError
            ``settlement.no_worth``.
        """
        if self.worth is None:
            todo = "Run the pathway for each coalition (`riskshed.coalition`), or name a rule of the cost."
            raise InputError("settlement.no_worth", "what each coalition averts is unknown", todo=todo)
        spent = sums_exact(self.spent_minor)
        outside = [0, *(self.outside_minor for _ in spent[1:])]
        return [v - k - o for v, k, o in zip(self.worth.worth_minor, spent, outside, strict=True)]

    def problem(self) -> sharing.CostProblem:
        """What each coalition would have to bear to have by itself what it would have had alone."""
        gain = self.gain_minor()
        assert self.worth is not None, "a gain is a part of what was averted"
        spared = sums_exact(self.worth.own_minor)
        cost = tuple(own - w for own, w in zip(spared, gain, strict=True))
        return sharing.CostProblem(self.among, cost)

    def gain_of(self, bears_minor: Sequence[int]) -> tuple[Fraction, ...]:
        """What each gains if it bears this."""
        assert self.worth is not None, "a gain is a part of what was averted"
        return tuple(Fraction(own - b) for own, b in zip(self.worth.own_minor, bears_minor, strict=True))


def _of_gain(method: str) -> Callable[[Case], Shares]:
    """A rule of the gain, as a rule of what coalitions would bear: what one gains, it need not bear."""

    def shares(case: Case) -> Shares:
        return tuple(sharing.COMPARED[method](case.problem()))

    return shares


def _proportional(case: Case) -> Shares:
    weights: Sequence[Fraction | int] = [case.weights.get(one, Fraction(0)) for one in case.among]
    if not case.weights and case.worth is not None and min(case.worth.own_minor) >= 0:
        weights = case.worth.own_minor
    if not sum(weights):
        todo = "Write weights into the agreement; without them only what each was spared could serve."
        raise InputError("settlement.no_weights", "there are no weights to share by", todo=todo)
    return tuple(sharing.proportional(case.total_minor, weights))


def _equal(case: Case) -> Shares:
    return sharing.equal(case.total_minor, len(case.among))


def _own(case: Case) -> Shares:
    """Each bears what the fund left of its own."""
    _nobody_outside(case)
    return tuple(map(Fraction, case.spent_minor))


def _river(rule: Callable[[Sequence[int]], Sequence[Fraction]]) -> Callable[[Case], Shares]:
    """A rule of a polluted river (Ni & Wang 2007): costs from upstream to downstream."""

    def shares(case: Case) -> Shares:
        _nobody_outside(case)
        if not case.order:
            told = "the agreement does not say who lies upstream of whom"
            raise InputError("settlement.no_order", told, todo="Write `order` into [sharing].")
        spent = dict(zip(case.among, case.spent_minor, strict=True))
        found = dict(zip(case.order, rule([spent[one] for one in case.order]), strict=True))
        return tuple(Fraction(found[one]) for one in case.among)

    return shares


def _nobody_outside(case: Case) -> None:
    if case.outside_minor:
        told = "a member that does not share has claimed costs, and this rule gives them no place"
        raise InputError("settlement.outside_cost", told, todo="Name it in `among`, or use another rule.")


RULES: Mapping[str, Callable[[Case], Shares]] = {
    **{name: _of_gain(name) for name in NEED_WORTH},
    "proportional": _proportional,
    "equal": _equal,
    "aumann_maschler": _own,
    "local_responsibility": _river(sharing.local_responsibility),
    "upstream_equal": _river(sharing.upstream_equal),
    "downstream_equal": _river(sharing.downstream_equal),
}
"""Each rule by the name that it has in an agreement."""


def bears(method: str, case: Case) -> Shares:
    """What each bears by a rule, exactly, in the order of `case.among`; together the whole bill.

    Raises
    ------
    InputError
        ``settlement.no_worth``, ``settlement.no_weights``, ``settlement.no_order``,
        ``settlement.outside_cost``, ``sharing.no_remaining_benefit``, ``game.no_imputation``.
    DomainError
        ``game.nucleolus_unproven``.
    """
    found = RULES[method](case)
    assert sum(found) == case.total_minor, "a rule shares the bill, and nothing but the bill"
    return found
