"""Money that adds up: shares in whole minor units (fen, cent) whose sum is the bill, to the last unit.

A rule of sharing gives fractions; a bill is paid in whole minor units. Rounding each share by itself loses
or makes money. So the sum is fixed first: every share is rounded down, and the units that are left go one by
one to the shares that lost most (the method of largest remainders, Hamilton 1792; Hare 1859). Nobody is a
whole unit away from the exact share, and an auditor needs no tolerance: everything is integer arithmetic,
which has no largest number.

Where two shares lost the same, the unit goes to the one that stands earlier. Who stands earlier is decided
before the money is known: by the order of the parties in the agreement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from riskshed.errors import InputError
from riskshed.statement import Money

HALF = Fraction(1, 2)


def apportion(total_minor: int, weights: Sequence[Fraction | int]) -> tuple[int, ...]:
    """A total in proportion to weights, in whole minor units.

    Parameters
    ----------
    total_minor : int
        What is to be shared, minor units; may be negative, and is then shared as the positive would be.
    weights : sequence of Fraction or int
        One for each party, >= 0, in the order of the agreement; not all 0.

    Returns
    -------
    tuple of int
        Minor units, summing to `total_minor`, each less than one from ``total_minor x weight / sum``.

    Raises
    ------
    InputError
        ``money.negative_weight``; ``money.no_weight`` where there is none above 0.

    Examples
    --------
    >>> apportion(100, (1, 1, 1))
    (34, 33, 33)
    """
    below = next((i for i, weight in enumerate(weights) if weight < 0), None)
    if below is not None:
        raise InputError(
            "money.negative_weight",
            f"weight {below + 1} is {weights[below]}, want >= 0",
            todo="Share what is owed and what is due one after the other.",
        )
    whole = sum(map(Fraction, weights))
    if not whole:
        raise InputError(
            "money.no_weight",
            f"{len(weights)} weights with none above 0, want at least one",
            todo="Name who takes part, or share in equal parts.",
        )
    sign = -1 if total_minor < 0 else 1
    exact = [sign * total_minor * Fraction(weight) / whole for weight in weights]
    return tuple(sign * share for share in round_to_total(exact, sign * total_minor))


def round_to_total(values: Sequence[Fraction], total_minor: int) -> tuple[int, ...]:
    """Exact shares, of either sign, as whole minor units with the sum that they have.

    Parameters
    ----------
    values : sequence of Fraction
        Minor units. Their sum may miss the total by less than half a unit: they may have been floats.
    total_minor : int
        What the result sums to.

    Returns
    -------
    tuple of int
        Each is its value rounded down or that plus one; a whole value is kept where the sum is exact.

    Raises
    ------
    InputError
        ``money.total_differs`` where the values do not sum to the total: nothing is put right in silence.

    Examples
    --------
    >>> round_to_total((Fraction(-5, 2), Fraction(5, 2)), 0)
    (-2, 2)
    """
    missing = Fraction(sum(values)) - total_minor
    if not -HALF < missing < HALF:
        raise InputError(
            "money.total_differs",
            f"shares that sum to {float(sum(values)):.2f} minor units, want {total_minor}",
            todo="Share the whole bill, and nothing but the bill.",
        )
    down = [value.__floor__() for value in values]
    order = sorted(range(len(values)), key=lambda i: down[i] - values[i])  # stable: ties to the earlier
    for i in order[: total_minor - sum(down)]:
        down[i] += 1
    assert sum(down) == total_minor, "what is left is no more than one unit each"
    return tuple(down)


def same_currency(amounts: Iterable[Money]) -> str:
    """The one currency of these amounts.

    Raises
    ------
    InputError
        ``money.mixed_currencies``, naming them: we convert nothing, since the day's rate is a matter of
        agreement. ``money.none`` where there is no amount.

    Examples
    --------
    >>> same_currency([Money(5, "CNY"), Money(-7, "CNY")])
    'CNY'
    """
    found = sorted({amount.currency for amount in amounts})
    if not found:
        raise InputError("money.none", "no amount, want at least one", todo="Name the currency.")
    if len(found) > 1:
        raise InputError(
            "money.mixed_currencies",
            f"amounts in {', '.join(found)}, want one currency",
            todo="Convert them by the rate that the parties agreed on, and say which.",
        )
    return found[0]
