"""Rules of sharing: who bears which part of a cost, or gets which part of a fund that falls short.

Each rule is a formula on whole numbers and fractions, so that shares add up exactly and an auditor finds
the same ones; rounding to minor units comes after (`riskshed.governance.money`). Costs and claims are >= 0,
in minor units, in the order of the parties; along a river that order is from upstream to downstream.
`METHODS` says of each rule what it is called, where it comes from and what it needs.

    rule                                needs        share
    proportional                        weights      total x weight / sum of weights
    equal                               nothing      total / n
    separable costs remaining benefits  coalitions   s_i + r_i / sum r x (c(N) - sum s), where
                                                     s_i = c(N) - c(N - i), r_i = c(i) - s_i
    Aumann-Maschler                     claims       half claims by equal awards, then by equal losses
    airport                             steps        a step of cost is shared by those who need it
    local responsibility (LRS)          river        c_i
    upstream equal (UES)                river        sum over j >= i of c_j / j
    downstream equal (DES)              river        sum over j <= i of c_j / (n - j + 1)
    downstream incremental              river        v(1..i) - v(1..i-1)

No rule is right. `compare` sets them side by side, with the coalition that fares worst under each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from riskshed.errors import InputError
from riskshed.governance.games import (
    EXACT_PLAYERS_MAX,
    check_whole,
    core_slack_exact,
    shapley_exact,
    sums_exact,
)
from riskshed.governance.money import round_to_total
from riskshed.governance.nucleolus import nucleolus_exact

Number = Fraction | int
Shared = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """What a rule is called, where it comes from, and what it needs.

    Attributes
    ----------
    zh, en : str
    source : str
        DOI, or the work in words (`docs/references.md`).
    needs : str
        ``coalitions``, ``weights``, ``nothing``, ``claims``, ``steps`` or ``river``.
    """

    zh: str
    en: str
    source: str
    needs: str


METHODS: Mapping[str, Method] = {
    "shapley": Method("沙普利值", "Shapley value", "10.1515/9781400881970-018", "coalitions"),
    "nucleolus": Method("核仁", "nucleolus", "10.1137/0117107", "coalitions"),
    "separable_costs_remaining_benefits": Method(
        "可分离费用剩余效益法", "separable costs, remaining benefits", "Straffin & Heaney 1981", "coalitions"
    ),
    "proportional": Method("按比例分摊", "proportional", "Aristotle, Nicomachean Ethics V.3", "weights"),
    "equal": Method("均等分摊", "equal", "equal division", "nothing"),
    "aumann_maschler": Method(
        "奥曼—马施勒规则", "Aumann-Maschler rule", "10.1016/0022-0531(85)90102-4", "claims"
    ),
    "constrained_equal_awards": Method(
        "约束等额受偿", "constrained equal awards", "10.1016/0022-0531(85)90102-4", "claims"
    ),
    "constrained_equal_losses": Method(
        "约束等额损失", "constrained equal losses", "10.1016/0022-0531(85)90102-4", "claims"
    ),
    "airport": Method("机场成本规则", "airport rule", "10.1287/mnsc.20.3.370", "steps"),
    "local_responsibility": Method(
        "属地责任分摊（LRS）", "local responsibility sharing (LRS)", "10.1016/j.geb.2006.10.001", "river"
    ),
    "upstream_equal": Method(
        "上游均摊（UES）", "upstream equal sharing (UES)", "10.1016/j.geb.2006.10.001", "river"
    ),
    "downstream_equal": Method(
        "下游均摊（DES）", "downstream equal sharing (DES)", "10.1016/j.geb.2006.10.001", "river"
    ),
    "downstream_incremental": Method(
        "下游增量分配", "downstream incremental distribution", "10.1006/jeth.2001.2949", "river"
    ),
}
"""Each rule by its code. LRS and UES are of Ni & Wang (2007); DES is UES read from the mouth upwards."""

# ------------------------------------------------------------------------------------------ by a weight each


def proportional(total: Number, weights: Sequence[Number]) -> Shared:
    """In proportion to weights.

    Raises
    ------
    InputError
        ``sharing.negative``; ``sharing.no_weight`` where none is above 0.
    """
    _not_negative("weight", weights)
    whole = sum(map(Fraction, weights))
    if not whole:
        raise InputError(
            "sharing.no_weight",
            f"{len(weights)} weights with none above 0, want at least one",
            todo="Name who takes part, or share in equal parts.",
        )
    return tuple(Fraction(total) * weight / whole for weight in weights)


def equal(total: Number, n: int) -> Shared:
    """To each of n the same.

    Raises
    ------
    InputError
        ``sharing.nobody`` for n below 1.
    """
    if n < 1:
        raise InputError("sharing.nobody", f"{n} parties, want at least one", todo="Name who shares.")
    return (Fraction(total) / n,) * n


# --------------------------------------------------------------------------------- a fund that falls short


def aumann_maschler(estate: Number, claims: Sequence[Number]) -> Shared:
    """The rule of the contested garment: any two share what they get together as the Talmud shares a garment.

    Up to half of all claims, equal awards with nobody above half its claim; from there on, equal losses with
    nobody losing more than half (Aumann & Maschler 1985). It is the nucleolus of the bankruptcy game.

    Parameters
    ----------
    estate : int or Fraction
        What there is, from 0 to the sum of the claims.
    claims : sequence of int or Fraction

    Raises
    ------
    InputError
        ``sharing.negative``, ``sharing.estate``.

    Examples
    --------
    >>> [int(share) for share in aumann_maschler(200, (100, 200, 300))]
    [50, 75, 75]
    """
    _claimed(estate, claims)
    halves = [Fraction(claim) / 2 for claim in claims]
    if estate <= sum(halves):
        return constrained_equal_awards(estate, halves)
    lost = constrained_equal_awards(sum(map(Fraction, claims)) - estate, halves)
    return tuple(claim - loss for claim, loss in zip(map(Fraction, claims), lost, strict=True))


def constrained_equal_awards(estate: Number, claims: Sequence[Number]) -> Shared:
    """To each the same, and to nobody more than its claim: small claims are met first.

    Raises
    ------
    InputError
        As `aumann_maschler`.
    """
    _claimed(estate, claims)
    award, rest = [Fraction(0)] * len(claims), Fraction(estate)
    order = sorted(range(len(claims)), key=lambda i: claims[i])
    for place, i in enumerate(order):
        award[i] = min(Fraction(claims[i]), rest / (len(order) - place))
        rest -= award[i]
    return tuple(award)


def constrained_equal_losses(estate: Number, claims: Sequence[Number]) -> Shared:
    """From each the same, and from nobody more than its claim: large claims are met first.

    Raises
    ------
    InputError
        As `aumann_maschler`.
    """
    _claimed(estate, claims)
    lost = constrained_equal_awards(sum(map(Fraction, claims)) - estate, claims)
    return tuple(claim - loss for claim, loss in zip(map(Fraction, claims), lost, strict=True))


# ------------------------------------------------------------------------------------------- along a river


def airport(costs: Sequence[Number]) -> Shared:
    """One facility in steps: each step is shared by those who need it; the Shapley value of that game.

    Parameters
    ----------
    costs : sequence of int or Fraction
        What each would need alone; all together need the largest (Littlechild & Owen 1973).

    Raises
    ------
    InputError
        ``sharing.negative``.
    """
    _not_negative("cost", costs)
    order = sorted(range(len(costs)), key=lambda i: costs[i])
    share, so_far, done = [Fraction(0)] * len(costs), Fraction(0), Fraction(0)
    for place, i in enumerate(order):
        so_far += (costs[i] - done) / (len(order) - place)
        share[i], done = so_far, Fraction(costs[i])
    return tuple(share)


def local_responsibility(costs: Sequence[Number]) -> Shared:
    """Each reach cleans up its own (Ni & Wang 2007, LRS).

    Raises
    ------
    InputError
        ``sharing.negative``.
    """
    _not_negative("cost", costs)
    return tuple(map(Fraction, costs))


def upstream_equal(costs: Sequence[Number]) -> Shared:
    """What a reach costs is shared equally by it and all upstream of it (Ni & Wang 2007, UES).

    It is the Shapley value where a coalition answers for every reach that is downstream of a member.

    Parameters
    ----------
    costs : sequence of int or Fraction
        Of each reach, from upstream to downstream.

    Raises
    ------
    InputError
        ``sharing.negative``.

    Examples
    --------
    >>> [int(share) for share in upstream_equal((6, 12, 9, 20))]
    [20, 14, 8, 5]
    """
    _not_negative("cost", costs)
    parts = [Fraction(cost) / (place + 1) for place, cost in enumerate(costs)]
    return tuple(sum(parts[place:], Fraction(0)) for place in range(len(parts)))


def downstream_equal(costs: Sequence[Number]) -> Shared:
    """What a reach costs is shared equally by it and all downstream of it, who have the use of it (DES).

    Raises
    ------
    InputError
        ``sharing.negative``.
    """
    return upstream_equal(tuple(reversed(costs)))[::-1]


def downstream_incremental(worth_from_source: Sequence[Number]) -> Shared:
    """Each gets what it adds to all upstream of it (Ambec & Sprumont 2002).

    In their game of a river shared by water users it is the only share-out in which every coalition gets at
    least what it can secure and no more than it could reach had it the whole river's water to itself.

    Parameters
    ----------
    worth_from_source : sequence of int or Fraction
        What the first, the first two, ... all of them reach, from upstream to downstream.
    """
    before = (0, *worth_from_source[:-1])
    return tuple(Fraction(now) - was for now, was in zip(worth_from_source, before, strict=True))


# --------------------------------------------------------------------------------- by what coalitions cost


@dataclass(frozen=True, slots=True)
class CostProblem:
    """What each coalition would have to pay if it acted without the others.

    Attributes
    ----------
    players : tuple of str
        Up to 12 where the nucleolus is asked for, else 20.
    cost_minor : tuple of int
        (2^n,), minor units; bit i of the index is player i, and no one costs 0.

    Raises
    ------
    InputError
        As `riskshed.governance.games.shapley_exact`.
    """

    players: tuple[str, ...]
    cost_minor: tuple[int, ...]

    def __post_init__(self) -> None:
        check_whole(self.players, self.cost_minor, EXACT_PLAYERS_MAX)

    @property
    def total_minor(self) -> int:
        """What all together cost."""
        return int(self.cost_minor[-1])

    @property
    def alone_minor(self) -> tuple[int, ...]:
        """What each would pay alone."""
        return tuple(int(self.cost_minor[1 << i]) for i in range(len(self.players)))

    @property
    def saved_minor(self) -> tuple[int, ...]:
        """What each coalition saves by acting as one."""
        apart = sums_exact(self.alone_minor)
        return tuple(alone - int(cost) for alone, cost in zip(apart, self.cost_minor, strict=True))

    def borne(self, saved: Sequence[Fraction]) -> Shared:
        """What each bears if it is given this part of the savings."""
        return tuple(Fraction(alone) - one for alone, one in zip(self.alone_minor, saved, strict=True))


def separable_costs_remaining_benefits(problem: CostProblem) -> Shared:
    """Each bears what it adds to the others; the rest goes by the benefit that then remains to each.

    Separable cost ``s_i = c(N) - c(N - i)``; remaining benefit ``r_i = c(i) - s_i``; the share is ``s_i +
    r_i / sum r x (c(N) - sum s)`` (Straffin & Heaney 1981: Gately's rule, and that of the Tennessee Valley).

    Raises
    ------
    InputError
        ``sharing.no_remaining_benefit`` where a benefit is below 0, or none is left to share a rest by.
    """
    all_of_them = len(problem.cost_minor) - 1
    own = [problem.total_minor - int(problem.cost_minor[all_of_them ^ 1 << i]) for i in _of(problem)]
    benefit = [alone - one for alone, one in zip(problem.alone_minor, own, strict=True)]
    rest = problem.total_minor - sum(own)
    if min(benefit) < 0 or (rest and not sum(benefit)):
        at = benefit.index(min(benefit))
        raise InputError(
            "sharing.no_remaining_benefit",
            f"{problem.players[at]} adds {own[at]} to what the others pay and would pay "
            f"{problem.alone_minor[at]} alone, want less",
            todo="Use another rule: acting together does not save here.",
        )
    if not rest:
        return tuple(map(Fraction, own))
    return tuple(one + Fraction(rest * left, sum(benefit)) for one, left in zip(own, benefit, strict=True))


def _of(problem: CostProblem) -> range:
    return range(len(problem.players))


COMPARED: Mapping[str, Callable[[CostProblem], Shared]] = {
    "shapley": lambda one: one.borne(shapley_exact(one.players, one.saved_minor)),
    "nucleolus": lambda one: one.borne(nucleolus_exact(one.players, one.saved_minor)),
    "separable_costs_remaining_benefits": separable_costs_remaining_benefits,
    "proportional": lambda one: proportional(one.total_minor, one.alone_minor),
    "equal": lambda one: equal(one.total_minor, len(one.players)),
}
"""The rules that can be set side by side on what coalitions cost; proportional is to what each pays alone."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What one rule says, and how the worst-off coalition fares under it.

    Attributes
    ----------
    method : str
        Code of `METHODS`.
    players : tuple of str
    exact : tuple of Fraction
        What each bears, minor units.
    minor : tuple of int
        The same in whole minor units.
    adds_up : bool
        Whether exact and rounded shares both sum to the total.
    slack : Fraction or None
        Least of a coalition's own cost less what its members bear, exact shares; None for a single player.
    worst_off : tuple of str
        The coalition that has it.
    """

    method: str
    players: tuple[str, ...]
    exact: Shared
    minor: tuple[int, ...]
    adds_up: bool
    slack: Fraction | None
    worst_off: tuple[str, ...]

    @property
    def in_core(self) -> bool:
        """Whether no coalition would pay less by acting without the others."""
        return self.slack is None or self.slack >= 0

    @property
    def told(self) -> dict[str, str]:
        """Whether it is in the core, in words, zh and en."""
        if self.in_core:
            zh = "在核心内：没有任何联盟单独行动会更省。"
            return {"zh": zh, "en": "In the core: no coalition would pay less alone."}
        assert self.slack is not None, "without a coalition nobody is let down"
        lack, who = float(-self.slack), self.worst_off
        zh = f"不在核心内：{'、'.join(who)} 单独行动可少付 {lack:.2f}（最小货币单位）。"
        en = f"Not in the core: {', '.join(who)} would pay {lack:.2f} minor units less alone."
        return {"zh": zh, "en": en}


def compare(
    problem: CostProblem,
    methods: Sequence[str] = ("shapley", "nucleolus", "separable_costs_remaining_benefits"),
) -> tuple[Shares, ...]:
    """Rules side by side on one problem, never one opaque number.

    Parameters
    ----------
    problem : CostProblem
    methods : sequence of str
        Codes of `COMPARED`.

    Raises
    ------
    InputError
        ``sharing.unknown_method``; and what a rule itself refuses.
    """
    unknown = [method for method in methods if method not in COMPARED]
    if unknown:
        raise InputError(
            "sharing.unknown_method",
            f"{unknown[0]!r} cannot be set side by side, want one of {', '.join(COMPARED)}",
            todo="Name a rule that needs only what coalitions cost.",
        )
    return tuple(_shares(problem, method) for method in methods)


def _shares(problem: CostProblem, method: str) -> Shares:
    exact = COMPARED[method](problem)
    minor = round_to_total(exact, problem.total_minor)
    adds_up = sum(exact) == sum(minor) == problem.total_minor
    saved = [alone - one for alone, one in zip(problem.alone_minor, exact, strict=True)]
    found = core_slack_exact(problem.players, problem.saved_minor, saved)
    slack, who = found if found is not None else (None, ())
    return Shares(method, problem.players, exact, minor, adds_up, slack, who)


# ------------------------------------------------------------------------------------------------- checks


def _claimed(estate: Number, claims: Sequence[Number]) -> None:
    _not_negative("claim", claims)
    if not 0 <= estate <= sum(claims):
        raise InputError(
            "sharing.estate",
            f"{estate} to share among claims of {sum(claims)} together, want from 0 to that",
            todo="Pay the claims in full, and decide on what is left by another rule.",
        )


def _not_negative(what: str, amounts: Sequence[Number]) -> None:
    below = next((i for i, amount in enumerate(amounts) if amount < 0), None)
    if below is not None:
        raise InputError(
            "sharing.negative",
            f"{what} {below + 1} is {amounts[below]}, want >= 0",
            todo="Share what is owed and what is due one after the other.",
        )
