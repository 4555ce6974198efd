"""A joint plan as a bargain: what each city would gain from each element of it, over no agreement.

Cities that answer to different authorities do a thing together only if each prefers it to going alone. So a
plan is weighed in one coin, city by city: for each **element** (a treatment, a dispatch, a payment on
condition), how much a city gains from it and how much it bears of its cost. No agreement is the point of
disagreement: every city gains nothing there. A **share** says how much of each element is carried out, from
0 to 1; an element that is whole is carried out or not.

What a city gains of an element is the sum over its own goals. Goals are valued in money by the agreement,
and weighed by each city itself in a signed statement (``GoalsDeclared``):

    gain of a city = sum over goals of (weight of the goal / weight of money) x value of the goal in money

so that a city to which a goal is worth twice as much as money counts it double, and everybody can see that
it does. Weights are decimals and values whole minor units, so this is worked out exactly, in fractions.

Points that are worth proposing are looked for in `riskshed.governance.bargaining_points`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.statement import Money

MONEY_GOAL = "money"
"""The goal against which a city weighs all others."""
SHARE_PLACES = 9
"""Shares of elements are rounded to so many places, so that they stand on the record as they were used."""

Net = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bound:
    """Of these elements at most so much together: 1 of several that exclude each other.

    Attributes
    ----------
    elements : tuple of str
    most : Fraction or int
    """

    elements: tuple[str, ...]
    most: Fraction | int = 1


@dataclass(frozen=True, slots=True)
class Bargain:
    """What is on the table. Made by `bargain`, which checks it.

    Attributes
    ----------
    cities, elements : tuple of str
    gain_minor, cost_minor : NDArray of int64, (city, element)
        What a city gains of a whole element, and what it bears of its cost, in minor units.
    currency : str
    least, most : tuple of Fraction
        Of each element.
    whole : tuple of bool
        Whether an element is carried out whole or not at all.
    bounds : tuple of Bound
    """

    cities: tuple[str, ...]
    elements: tuple[str, ...]
    gain_minor: Net
    cost_minor: Net
    currency: str
    least: tuple[Fraction, ...]
    most: tuple[Fraction, ...]
    whole: tuple[bool, ...]
    bounds: tuple[Bound, ...]

    @property
    def net_minor(self) -> Net:
        """What a city gains of a whole element after its part of the cost, (city, element)."""
        net: Net = self.gain_minor - self.cost_minor
        return net


@dataclass(frozen=True, slots=True)
class Outcome:
    """One plan, and what each city has of it over no agreement.

    Attributes
    ----------
    name : str
        Which point this is, as in `WORDS` of `bargaining_points`.
    shares : mapping of str to Fraction
        How much of each element is carried out; those of which nothing is are left out.
    gain : mapping of str to Money
        By city, transfers not counted; less than 0 is a loss.
    transfers : mapping of str to Money
        By city, what it is paid, less than 0 what it pays; they add up to 0 exactly.
    """

    name: str
    shares: Mapping[str, Fraction]
    gain: Mapping[str, Money]
    transfers: Mapping[str, Money]

    @property
    def after(self) -> Mapping[str, Money]:
        """What each city has in the end, transfers counted."""
        return {
            city: Money(one.minor + self.transfers[city].minor, one.currency)
            for city, one in self.gain.items()
        }

    @property
    def losers(self) -> Mapping[str, Money]:
        """Who loses in the end, and how much, as positive amounts."""
        lost = {city: Money(-one.minor, one.currency) for city, one in self.after.items()}
        return {city: one for city, one in lost.items() if one.minor > 0}

    @property
    def total(self) -> Money:
        """What all have together; transfers change nothing of it."""
        currency = next(iter(self.gain.values())).currency
        return Money(sum(one.minor for one in self.gain.values()), currency)


def bargain(
    cities: Sequence[str],
    elements: Sequence[str],
    gain_minor: NDArray[np.int64],
    cost_minor: NDArray[np.int64] | None = None,
    *,
    currency: str = "CNY",
    least: Sequence[Fraction | int] | None = None,
    most: Sequence[Fraction | int] | None = None,
    whole: Sequence[bool] | None = None,
    bounds: Sequence[Bound] = (),
) -> Bargain:
    """What is on the table, checked.

    Parameters
    ----------
    cities, elements : sequence of str
        Codes, each once.
    gain_minor, cost_minor : NDArray of int64, (city, element)
        Whole minor units. A cost is at least 0: what a city is given belongs to its gain.
    currency : str
    least, most : sequence of Fraction or int, optional
        Of each element, 0 and 1 if left out.
    whole : sequence of bool, optional
        None is whole if left out.
    bounds : sequence of Bound

    Raises
    ------
    InputFaults
        ``negotiation.unusable``, with every fault: a code twice, an amount that is no whole number or too
        large to be exact (2^53), a negative cost, a least above its most, a bound on an unknown element.
    """
    count = len(elements)
    cost = np.zeros_like(gain_minor) if cost_minor is None else cost_minor
    made = Bargain(
        tuple(cities),
        tuple(elements),
        gain_minor,
        cost,
        currency,
        tuple(map(Fraction, least if least is not None else [0] * count)),
        tuple(map(Fraction, most if most is not None else [1] * count)),
        tuple(whole if whole is not None else [False] * count),
        tuple(bounds),
    )
    if faults := [*_faults_of_codes(made), *_faults_of_amounts(made), *_faults_of_bounds(made)]:
        raise InputFaults("negotiation.unusable", "this bargain cannot be worked out", faults)
    return made


def _fault(code: str, column: str, got: str, wanted: str, todo: str = "") -> Fault:
    return Fault(f"negotiation.{code}", "the bargain", None, column, got, wanted, todo)


def _faults_of_codes(made: Bargain) -> list[Fault]:
    found = []
    for column, codes in (("cities", made.cities), ("elements", made.elements)):
        if not codes:
            found.append(_fault("empty", column, "none", "at least one"))
        twice = sorted({one for one in codes if codes.count(one) > 1})
        found += [_fault("repeated", column, one, "each code once") for one in twice]
    return found


def _faults_of_amounts(made: Bargain) -> list[Fault]:
    wanted = (len(made.cities), len(made.elements))
    found = []
    for column, amounts in (("gain_minor", made.gain_minor), ("cost_minor", made.cost_minor)):
        if amounts.shape != wanted or amounts.dtype.kind != "i":
            got = f"{amounts.dtype} of shape {amounts.shape}"
            found.append(_fault("bad_amounts", column, got, f"whole minor units of shape {wanted}"))
        elif amounts.size and np.abs(amounts).max() > 2**53 - 1:
            todo = "Count in a larger unit."
            found.append(_fault("too_large", column, "an amount over 2^53 - 1", "amounts below", todo))
        elif column == "cost_minor" and (amounts < 0).any():
            city, element = np.argwhere(amounts < 0)[0]
            place = f"{made.cities[city]}, {made.elements[element]}"
            todo = "What a city is given belongs to its gain."
            found.append(_fault("negative_cost", f"cost_minor of {place}", "less than 0", ">= 0", todo))
    return found


def _faults_of_bounds(made: Bargain) -> list[Fault]:
    sizes = {len(one) for one in (made.elements, made.least, made.most, made.whole)}
    if len(sizes) > 1:
        return [_fault("bad_bounds", "least, most, whole", "another number of them", "one of each element")]
    rows = zip(made.elements, made.least, made.most, strict=True)
    found = [
        _fault("bad_bounds", element, f"from {low} to {high}", "0 <= least <= most")
        for element, low, high in rows
        if not 0 <= low <= high
    ]
    for bound in made.bounds:
        unknown = sorted(set(bound.elements).difference(made.elements))
        found += [_fault("unknown_element", "bounds", one, "an element on the table") for one in unknown]
    return found


def weighed_minor(value_minor: Mapping[str, int], weights: Mapping[str, Decimal]) -> int:
    """What an element is worth to a city in money, by the weights that it declared.

    Parameters
    ----------
    value_minor : mapping of str to int
        By goal, its value in minor units as the agreement values it; less than 0 is harm.
    weights : mapping of str to Decimal
        By goal, as in ``GoalsDeclared``.

    Returns
    -------
    int
        Rounded to the nearest minor unit, halves to even.

    Raises
    ------
    InputError
        ``negotiation.weights`` if they do not add up to 1, are negative, or leave money without weight;
        ``negotiation.goal_unknown`` if a goal has no weight: unknown is not zero.

    Examples
    --------
    >>> weights = {"money": Decimal("0.2"), "water": Decimal("0.8")}
    >>> weighed_minor({"money": -100, "water": 50}, weights)
    100
    """
    if sum(weights.values()) != 1 or any(one < 0 for one in weights.values()):
        got = ", ".join(f"{goal} {weight}" for goal, weight in sorted(weights.items()))
        raise InputError(
            "negotiation.weights", f"weights {got}, want weights >= 0 that add up to 1", todo="Declare anew."
        )
    if not weights.get(MONEY_GOAL):
        raise InputError(
            "negotiation.weights",
            f"no weight of {MONEY_GOAL}, so that no goal can be set beside a payment",
            todo=f"Declare a weight above 0 of the goal {MONEY_GOAL}.",
        )
    if unknown := sorted(set(value_minor).difference(weights)):
        raise InputError(
            "negotiation.goal_unknown",
            f"no weight was declared of {', '.join(unknown)}",
            todo="Declare a weight of each goal; 0 is a weight.",
        )
    of_money = Fraction(weights[MONEY_GOAL])
    return round(sum(Fraction(weights[goal]) / of_money * value for goal, value in value_minor.items()))


def rounded_shares(held: Bargain, shares: NDArray[np.float64]) -> dict[str, Fraction]:
    """Shares as they stand on the record: to `SHARE_PLACES`, within their limits, nothing left out at 0."""
    unit = Fraction(1, 10**SHARE_PLACES)
    found = {}
    for element, share, low, high in zip(held.elements, shares, held.least, held.most, strict=True):
        exact = min(max(round(Fraction(float(share)) / unit) * unit, low), high)
        if exact:
            found[element] = exact
    return found


def gains_exact(held: Bargain, shares: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What each city gains of these shares over no agreement, in minor units, exactly."""
    net = held.net_minor
    place = {element: index for index, element in enumerate(held.elements)}
    return {
        city: sum(
            (share * int(net[row, place[element]]) for element, share in shares.items()), start=Fraction(0)
        )
        for row, city in enumerate(held.cities)
    }


def outcome(
    held: Bargain, name: str, shares: Mapping[str, Fraction], transfers: Mapping[str, int] | None = None
) -> Outcome:
    """A plan with its gains in whole minor units, each rounded to the nearest, halves to even.

    Raises
    ------
    InputError
        ``negotiation.transfers_open`` if transfers do not add up to 0.
    """
    gains = {city: Money(round(one), held.currency) for city, one in gains_exact(held, shares).items()}
    paid = dict.fromkeys(held.cities, 0) | dict(transfers or {})
    if sum(paid.values()):
        raise InputError(
            "negotiation.transfers_open",
            f"the transfers add up to {sum(paid.values())} minor units, want 0",
            todo="Name who pays and who is paid.",
        )
    moved = {city: Money(paid[city], held.currency) for city in held.cities}
    return Outcome(name, dict(shares), gains, moved)


def payments(transfers: Mapping[str, Money]) -> tuple[tuple[str, str, Money], ...]:
    """Who pays whom: payer, payee, amount, so that each has what `transfers` says, in few payments.

    The largest debt is paid to the largest claim, again and again; at most one payment fewer than cities.

    Examples
    --------
    >>> moved = {"a": Money(-5, "CNY"), "b": Money(3, "CNY"), "c": Money(2, "CNY")}
    >>> [(payer, payee, amount.minor) for payer, payee, amount in payments(moved)]
    [('a', 'b', 3), ('a', 'c', 2)]
    """
    assert sum(one.minor for one in transfers.values()) == 0, "what one pays another is paid"
    left = {city: one.minor for city, one in transfers.items() if one.minor}
    found = []
    while left:
        payer = min(left, key=lambda city: (left[city], city))
        payee = min(left, key=lambda city: (-left[city], city))
        minor = min(-left[payer], left[payee])
        found.append((payer, payee, Money(minor, transfers[payer].currency)))
        left[payer] += minor
        left[payee] -= minor
        left = {city: one for city, one in left.items() if one}
    return tuple(found)
