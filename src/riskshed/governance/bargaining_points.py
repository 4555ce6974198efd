"""Points of a bargain that are worth proposing, each with the reason for which one may choose it.

No point is the right one; each keeps to principles that people can agree on before they know who gains.

**Nash** (1950) maximises the product of the gains over no agreement. It is the only point that is efficient,
symmetric, indifferent to the unit in which a city counts, and unmoved when plans that were not chosen fall
away. **Kalai and Smorodinsky** (1975) give every city the same part of the most that it could have without
anybody losing; when more becomes possible for a city, it does not end up with less. **Least total loss**
maximises the sum and lets payments, split by a stated rule, make good to those who would lose.

Nash's product is maximised by outer linearisation (Kelley 1960): the logarithm of each gain is bounded from
above by tangents, a linear program is solved, and tangents are added at its solution, until the bound lies
within `GAP` of what was found. The gap certifies the point: gains lie within sqrt(2 GAP) of the best, by the
strong concavity of the logarithm, relative to themselves. Kalai and Smorodinsky's point is one linear
program; where it leaves something over, the next worst off are raised in turn (Imai 1983), so that it is
efficient.

All is solved by HiGHS on one thread. An element that is whole makes the program an integer one; then the
axioms hold only as far as whole elements let them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from riskshed.errors import DomainError, InputError
from riskshed.governance.bargaining import Bargain, Outcome, gains_exact, outcome, rounded_shares
from riskshed.governance.bargaining_program import Floats, Program

Split = Literal["equal", "made_whole", "weights"]

GAP = 1e-9
"""Of the sum of logarithms, between the bound and the point that was found."""
ROUNDS_MAX = 60
FIRST_TANGENTS = tuple(2.0**-step for step in range(0, 12, 2))
NOTHING = 1e-7
"""A part of what a city could have that is none."""
TIGHT = 1e-7
"""A price above this shows that a city can get no more without another getting less."""

WORDS: Mapping[str, tuple[str, str]] = {
    "nothing": ("无协议", "no agreement"),
    "proposed": ("所提方案", "as proposed"),
    "nash": ("纳什谈判解", "Nash point"),
    "kalai_smorodinsky": ("卡莱-斯莫罗金斯基解", "Kalai-Smorodinsky point"),
    "least_total_loss": ("总损失最小（含转移支付）", "least total loss, with transfers"),
    "largest_total": ("总收益最大（不含转移支付）", "largest total, without transfers"),
}
"""What each point is called. ``best_for:CITY`` is what is best for one city without a loss of another."""
SPLITS: Mapping[str, tuple[str, str]] = {
    "equal": ("总收益均分", "each city has the same part of the total gain"),
    "made_whole": ("受损者获全额补偿，受益者按受益比例分担", "losers lose nothing; gainers pay as they gain"),
    "weights": ("按约定权重分配总收益", "the total gain is split by the weights that were agreed"),
}


# ------------------------------------------------------------------------------------------- single points


def ideals(held: Bargain) -> Floats:
    """The most that each city could have without a loss of another, in minor units, (city,).

    Raises
    ------
    DomainError
        ``negotiation.someone_loses`` if every plan that the bounds allow makes some city lose; it says who,
        in the plan in which the largest loss is least.
    """
    program = Program(held)
    program.fix_nothing_lost()
    most = []
    for city in range(program.people):
        found = program.best({program.column(city): 1.0})
        if found is None:
            raise _someone_loses(held)
        most.append(found[program.column(city)])
    reached: Floats = np.asarray(most) * program.scale
    return reached


def _someone_loses(held: Bargain) -> InputError | DomainError:
    program = Program(held, others=1)
    for city in range(program.people):
        program.row(0.0, program.solver.inf, [program.column(city), program.added(0)],
                    [float(program.scale[city]), -1.0])  # fmt: skip
    found = program.best({program.added(0): 1.0})
    if found is None:
        todo = "Take back a bound or a least share."
        return InputError("negotiation.impossible", "the bounds leave no plan at all", todo=todo)
    lost = -found[program.size : program.size + program.people] * program.scale
    names = ", ".join(
        f"{city} {amount:.0f}" for city, amount in zip(held.cities, lost, strict=True) if amount > 0.5
    )
    return DomainError(
        "negotiation.someone_loses",
        f"every plan makes somebody lose; at the least largest loss, in minor units: {names}",
        todo="Agree on transfers, or take out an element that all have to bear.",
    )


def nash(held: Bargain) -> Outcome:
    """The point at which the product of the gains is largest, among cities that can gain at all.

    A city that cannot gain without a loss of another keeps what it has, and is left out of the product.

    Parameters
    ----------
    held : Bargain

    Raises
    ------
    DomainError
        ``negotiation.someone_loses``; ``negotiation.no_common_gain`` if whole elements leave no plan of
        which all have something who could.

    References
    ----------
    Nash, J. F. (1950): The bargaining problem. Econometrica 18(2), 155-162. DOI 10.2307/1907266.
    Kelley, J. E. (1960): The cutting-plane method for solving convex programs. Journal of SIAM 8, 703-712.
    """
    most = ideals(held)
    gaining = _gaining(most)
    if not gaining:
        return _named(held, "nash", _nothing(held))
    program = Program(held, others=len(gaining))
    program.fix_nothing_lost()
    reach = [most[city] / program.scale[city] for city in gaining]
    for index, point in ((i, p) for i in range(len(gaining)) for p in FIRST_TANGENTS):
        _tangent(program, index, gaining[index], reach[index], point)
    best, least, plan = -np.inf, 0.0, None
    for _ in range(ROUNDS_MAX):
        found = program.best({program.added(index): 1.0 for index in range(len(gaining))})
        assert found is not None, "no loss for anybody was possible before"
        at = [max(found[program.column(city)] / top, 1e-9) for city, top in zip(gaining, reach, strict=True)]
        value = float(np.log(at).sum())
        if value > best:
            best, least, plan = value, min(at), found
        if found[program.added(0) :].sum() - best <= GAP:
            break
        for index, point in enumerate(at):
            _tangent(program, index, gaining[index], reach[index], point)
    assert plan is not None
    if least < NOTHING:
        raise DomainError(
            "negotiation.no_common_gain",
            "no plan of whole elements gives something to every city that could have something",
            todo="Let a part of an element be carried out, or agree on transfers.",
        )
    return _named(held, "nash", plan[: program.size])


def _tangent(program: Program, index: int, city: int, reach: float, point: float) -> None:
    """log of the part v = u / reach lies below its tangent: t <= log p + (v - p) / p."""
    places = [program.added(index), program.column(city)]
    program.row(-program.solver.inf, float(np.log(point)) - 1.0, places, [1.0, -1.0 / (reach * point)])


def kalai_smorodinsky(held: Bargain) -> Outcome:
    """The point at which every city has the same part of the most that it could have.

    Parameters
    ----------
    held : Bargain

    Raises
    ------
    DomainError
        ``negotiation.someone_loses``.

    References
    ----------
    Kalai, E. & Smorodinsky, M. (1975): Other solutions to Nash's bargaining problem. Econometrica 43(3),
    513-518. DOI 10.2307/1914280. Imai, H. (1983): Individual monotonicity and lexicographic maxmin solution.
    Econometrica 51(2), 389-401. DOI 10.2307/1911997.
    """
    most = ideals(held)
    open_cities = _gaining(most)
    kept: dict[int, float] = {}
    shares = _nothing(held)
    while open_cities:
        program, found, prices = _raised(held, most, open_cities, kept)
        shares, part = found[: program.size], found[program.added(0)]
        blocked = [city for city, price in zip(open_cities, prices, strict=True) if abs(price) > TIGHT]
        if any(held.whole) or not blocked:
            blocked = list(open_cities)
            shares = _filled_up(held, most, part, open_cities, kept)
        # What was reached is asked for again a hair lower, so that rounding never makes it impossible.
        kept.update({city: (part - 1e-9) * most[city] / program.scale[city] for city in blocked})
        open_cities = [city for city in open_cities if city not in blocked]
    return _named(held, "kalai_smorodinsky", shares)


def _raised(
    held: Bargain, most: Floats, open_cities: Sequence[int], kept: Mapping[int, float]
) -> tuple[Program, Floats, Floats]:
    """Raise the part that all open cities have of their most, as far as it goes."""
    program = Program(held, others=1)
    program.fix_nothing_lost()
    for city, least in kept.items():
        program.floor(city, max(least, 0.0))
    for city in open_cities:
        program.row(0.0, program.solver.inf, [program.column(city), program.added(0)],
                    [float(program.scale[city] / most[city]), -1.0])  # fmt: skip
    found = program.best({program.added(0): 1.0})
    assert found is not None, "what was reached once is possible"
    return program, found, program.prices()[-len(open_cities) :]


def _filled_up(
    held: Bargain, most: Floats, part: float, open_cities: Sequence[int], kept: Mapping[int, float]
) -> Floats:
    """What is largest in sum, in parts of what each could have, with nobody below what was reached."""
    program = Program(held)
    program.fix_nothing_lost()
    for city in open_cities:
        program.floor(city, max((part - 1e-9) * most[city] / program.scale[city], 0.0))
    for city, least in kept.items():
        program.floor(city, max(least, 0.0))
    prices = {program.column(city): program.scale[city] / most[city] for city in _gaining(most)}
    found = program.best(prices)
    assert found is not None, "what was reached once is possible"
    return found[: program.size]


def _gaining(most: Floats) -> list[int]:
    """Who could have at least half a minor unit."""
    return [int(city) for city in np.flatnonzero(most > 0.5)]


def _nothing(held: Bargain) -> Floats:
    return np.array([float(one) for one in held.least])


def _named(held: Bargain, name: str, shares: Floats) -> Outcome:
    return outcome(held, name, rounded_shares(held, shares))


# ------------------------------------------------------------------------------------------ with transfers


def largest_total(held: Bargain) -> Outcome:
    """The plan of which all together have most; some may lose by it, and `Outcome.losers` says who."""
    program = Program(held)
    found = program.best({program.column(city): float(one) for city, one in enumerate(program.scale)})
    if found is None:
        raise _someone_loses(held)
    return _named(held, "largest_total", found[: program.size])


def least_total_loss(
    held: Bargain, split: Split = "made_whole", weights: Mapping[str, Fraction | int] | None = None
) -> Outcome:
    """The plan of the largest total, with transfers by a rule that add up to 0 to the minor unit.

    Parameters
    ----------
    held : Bargain
    split : {"equal", "made_whole", "weights"}
        As in `SPLITS`. ``made_whole``: with gains g and total V > 0, a city has V max(g, 0) / sum max(g, 0).
    weights : mapping of str to Fraction or int, optional
        By city, for ``weights``: at least 0, not all 0.

    Raises
    ------
    DomainError
        ``negotiation.total_loss`` if all together lose by every plan that the bounds allow.
    InputError
        ``negotiation.weights``.
    """
    plan = largest_total(held)
    gains = gains_exact(held, plan.shares)
    total = sum(gains.values(), start=Fraction(0))
    if total < 0:
        raise DomainError(
            "negotiation.total_loss",
            f"all together lose {-total} minor units by every plan",
            todo="Agree on nothing, or take out an element that all have to bear.",
        )
    parts = _parts(held, split, gains, weights)
    whole = sum(parts.values(), start=Fraction(0))
    claims = {city: total * parts[city] / whole if whole else Fraction(0) for city in held.cities}
    rounded = {city: plan.gain[city].minor for city in held.cities}
    return outcome(held, "least_total_loss", plan.shares, _closed(claims, rounded))


def _parts(
    held: Bargain, split: Split, gains: Mapping[str, Fraction], weights: Mapping[str, Fraction | int] | None
) -> dict[str, Fraction]:
    if split == "equal":
        return dict.fromkeys(held.cities, Fraction(1))
    if split == "made_whole":
        return {city: max(gains[city], Fraction(0)) for city in held.cities}
    given = {city: Fraction(one) for city, one in (weights or {}).items()}
    if given.keys() != set(held.cities) or min(given.values()) < 0 or not any(given.values()):
        raise InputError(
            "negotiation.weights",
            "these weights do not split the total, want one >= 0 of each city, and not all 0",
            todo="Take the weights from the agreement.",
        )
    return given


def _closed(claims: Mapping[str, Fraction], rounded: Mapping[str, int]) -> dict[str, int]:
    """Whole transfers that bring each city from its rounded gain to its claim, by largest remainder.

    Claims are cut down to whole units; the units that are left go, one each, to the largest remainders, the
    earlier city first. So the transfers add up to 0 exactly, and nobody is off by a unit or more.
    """
    total = sum(rounded.values())
    floors = {city: one.numerator // one.denominator for city, one in claims.items()}
    left = total - sum(floors.values())
    order = sorted(claims, key=lambda city: floors[city] - claims[city])
    whole, more = divmod(left, len(order))
    claimed = {city: floors[city] + whole + (index < more) for index, city in enumerate(order)}
    return {city: claimed[city] - rounded[city] for city in claims}


# ------------------------------------------------------------------------------------------- plans and more


def suggestions(held: Bargain, split: Split = "made_whole") -> tuple[Outcome, ...]:
    """The points that are worth laying before all: Nash, Kalai-Smorodinsky, least total loss with transfers.

    A point that does not exist for this bargain is left out.
    """
    found = []
    for point in (nash, kalai_smorodinsky, lambda one: least_total_loss(one, split)):
        try:
            found.append(point(held))
        except DomainError:
            continue
    return tuple(found)


def efficient_plans(held: Bargain, split: Split = "made_whole") -> tuple[Outcome, ...]:
    """Efficient plans to compare: the suggestions, the largest total as it is, what is best for each city.

    None of them can be bettered for one city without a loss of another; which of them make a city lose, and
    how much, is in `Outcome.losers`. A plan that is the same as an earlier one is left out.
    """
    found = [*suggestions(held, split), largest_total(held)]
    with suppress(DomainError):
        most = ideals(held)
        for index, city in enumerate(held.cities):
            found.append(_named(held, f"best_for:{city}", _best_for(held, index, most)))
    seen: dict[tuple[Any, ...], Outcome] = {}
    for one in found:
        seen.setdefault((tuple(sorted(one.shares.items())), tuple(one.transfers.items())), one)
    return tuple(seen.values())


def _best_for(held: Bargain, city: int, most: Floats) -> Floats:
    """Best for a city with nobody losing, and of these plans the one of the largest total."""
    program = Program(held)
    program.fix_nothing_lost()
    program.floor(city, max(most[city] / program.scale[city] - 1e-9, 0.0))
    found = program.best({program.column(one): float(scale) for one, scale in enumerate(program.scale)})
    assert found is not None, "what was reached once is possible"
    return found[: program.size]


def improvement(held: Bargain, shares: Mapping[str, Fraction]) -> Outcome | None:
    """A plan that gives nobody less than these shares, and all together more; None if they are efficient.

    Parameters
    ----------
    held : Bargain
    shares : mapping of str to Fraction
        By element, as in `Outcome`.
    """
    now = gains_exact(held, shares)
    program = Program(held)
    for index, city in enumerate(held.cities):
        least = float(now[city]) / program.scale[index]
        program.floor(index, least - 1e-9 * max(abs(least), 1.0))
    found = program.best({program.column(one): float(scale) for one, scale in enumerate(program.scale)})
    if found is None:
        return None
    better = _named(held, "improvement", found[: program.size])
    slack = 1 + 1e-5 * sum(abs(float(one)) for one in now.values())
    return better if better.total.minor - float(sum(now.values())) > slack else None
