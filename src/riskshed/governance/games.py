"""Cooperative games: what each coalition is worth, what each player is due, and who would do better alone.

A **game** gives a worth to each coalition, here what its cities gain or save by acting together. A coalition
of n players is a number below 2^n whose bit i says that player i is in it; the worth of no one is 0.

- The **Shapley value** gives each player the mean of what it adds, over all orders in which the players may
  come: ``phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! x (v(S + i) - v(S))`` (Shapley 1953, DOI
  10.1515/9781400881970-018). It is the only rule that shares all, treats like players alike, gives nothing
  to who adds nothing, and adds up over games.
- A share-out is in the **core** if no coalition is worth more alone than its shares together. The *core
  slack* is the least of shares less worth: negative, and that coalition would do better alone. A core may be
  empty; the **least core** then says by how little the worst-off coalition must be let down (Maschler,
  Peleg & Shapley 1979, DOI 10.1287/moor.4.4.303).

The Shapley value reads each worth once. With ``d(S) = v(S) (|S| - 1)! (n - |S| - 1)! / (n - 1)!`` and
``A_i`` the sum of d over the coalitions of i, the value is ``A_i`` less what makes the sum come out, so that
one weight serves both halves of the formula. Memory beside the worths (8 bytes x 2^n: 256 MB at n = 25) is
``2^(n - 9)`` floats and a few tables of 2^9.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from riskshed.errors import InputError
from riskshed.governance import coalition_loops as loops

PLAYERS_MAX = 28
"""At 28 players the worths take 2 GiB."""
EXACT_PLAYERS_MAX = 20
LOW_BITS = 9
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Game:
    """Players, and what each coalition of them is worth.

    Attributes
    ----------
    players : tuple of str
        Each once, one to 28, in the order of the agreement.
    value : array (2^n,)
        The worth of each coalition, gain or saving, any unit; bit i of the index is player i; ``value[0]`` 0.

    Raises
    ------
    InputError
        ``game.no_players``, ``game.too_many_players``, ``game.duplicate_player``, ``game.wrong_length``,
        ``game.not_finite`` (it names the coalition), ``game.worth_of_no_one``.

    Examples
    --------
    >>> shapley(Game(("upper", "lower"), np.array([0.0, 1.0, 2.0, 5.0]))).tolist()
    [2.0, 3.0]
    """

    players: tuple[str, ...]
    value: Floats

    def __post_init__(self) -> None:
        check_players(self.players, PLAYERS_MAX)
        value = np.ascontiguousarray(self.value, dtype=np.float64)
        object.__setattr__(self, "players", tuple(self.players))
        object.__setattr__(self, "value", value)
        check_length(self.players, value.size)
        # One number that is not finite makes the sum so; only then is it looked for.
        with np.errstate(invalid="ignore", over="ignore"):
            whole = float(value.sum())
        if not math.isfinite(whole):
            bad = np.flatnonzero(~np.isfinite(value))
            if bad.size:
                who = named(self.players, int(bad[0]))
                raise InputError(
                    "game.not_finite",
                    f"the worth of {_shown(who)} is {value[bad[0]]}, want a finite number",
                    todo="Say what the coalition reaches alone; unknown is not zero.",
                )
        check_no_one(value[0])

    @property
    def n(self) -> int:
        """How many players there are."""
        return len(self.players)


def from_costs(players: Sequence[str], cost: npt.ArrayLike) -> Game:
    """The game of what each coalition saves by building together: its members' own costs less its own.

    Parameters
    ----------
    players : sequence of str
    cost : array (2^n,)
        What each coalition would pay without the others, >= 0 as a rule; indexed as `Game.value`.

    Raises
    ------
    InputError
        As `Game`.

    Examples
    --------
    >>> from_costs(("a", "b"), [0, 5, 7, 9]).value.tolist()
    [0.0, 0.0, 0.0, 3.0]
    """
    costs = Game(tuple(players), np.asarray(cost, dtype=np.float64))
    alone = np.empty_like(costs.value)
    loops.sums_of(costs.value[1 << np.arange(costs.n)], alone)
    return Game(costs.players, alone - costs.value)


def from_worths(
    players: Sequence[str], worth: Mapping[frozenset[str], float] | Callable[[tuple[str, ...]], float]
) -> Game:
    """A game from a worth for each coalition by name, or from a function that finds it.

    Raises
    ------
    InputError
        ``game.unknown_worth`` names the coalitions that a mapping leaves out; else as `Game`.
    """
    check_players(players, PLAYERS_MAX)
    everyone = range(1, 1 << len(players))
    if callable(worth):
        found = [float(worth(named(players, m))) for m in everyone]
        return Game(tuple(players), np.array([0.0, *found]))
    table = {frozenset(who): value for who, value in worth.items()}
    missing = [m for m in everyone if frozenset(named(players, m)) not in table]
    if missing:
        shown = ", ".join(_shown(named(players, m)) for m in missing[:3])
        raise InputError(
            "game.unknown_worth",
            f"{len(missing)} coalitions have no worth, the first {shown}; want one for each",
            todo="Say what each coalition reaches alone; unknown is not zero.",
        )
    return Game(tuple(players), np.array([0.0, *(table[frozenset(named(players, m))] for m in everyone)]))


def named(players: Sequence[str], coalition: int) -> tuple[str, ...]:
    """Who is in a coalition, in the order of the players."""
    return tuple(player for i, player in enumerate(players) if coalition >> i & 1)


def coalition_of(players: Sequence[str], who: Iterable[str]) -> int:
    """The number of the coalition of these players."""
    place = {player: i for i, player in enumerate(players)}
    return sum(1 << place[one] for one in set(who))


# ------------------------------------------------------------------------------------------------ Shapley


def shapley(game: Game) -> Floats:
    """The Shapley value in floating point, any number of players up to 28.

    Returns
    -------
    array (n,)
        In the unit of the worths, summing to the worth of all within rounding.
    """
    n = game.n
    low = min(LOW_BITS, n)
    weights = np.array([float(w) / math.factorial(n - 1) for w in _weights(n)])
    inside = np.array([m.bit_count() for m in range(1 << low)])
    weight = weights[np.arange(n - low + 1)[:, None] + inside]  # (size of the fixed part, 2^low)
    by_size, of_block = np.zeros_like(weight), np.empty(1 << (n - low))
    loops.weigh_blocks(game.value, weight, by_size, of_block)
    total = np.empty(n)
    loops.fold((weight * by_size).sum(axis=0), total[:low])
    loops.fold(of_block, total[low:])
    return total - (total.sum() - game.value[-1]) / n  # type: ignore[no-any-return]


def shapley_exact(players: Sequence[str], worth_minor: Sequence[int]) -> tuple[Fraction, ...]:
    """The Shapley value of worths in whole numbers, without rounding; up to 20 players.

    Parameters
    ----------
    players : sequence of str
    worth_minor : sequence of int
        As `Game.value`, in whole minor units, of any size.

    Raises
    ------
    InputError
        As `Game`, and ``game.not_whole`` for a worth that is no whole number.

    Examples
    --------
    >>> [str(share) for share in shapley_exact(("a", "b", "c"), (0, 0, 0, 1, 0, 1, 1, 1))]
    ['1/3', '1/3', '1/3']
    """
    check_whole(players, worth_minor, EXACT_PLAYERS_MAX)
    n = len(players)
    weights = _weights(n)
    table = np.array([v * weights[m.bit_count()] for m, v in enumerate(map(int, worth_minor))], dtype=object)
    total = [0] * n
    for i in range(n - 1, -1, -1):
        lower, upper = np.split(table, 2)
        total[i] = int(upper.sum())
        table = lower + upper
    scale = math.factorial(n - 1)
    rest = Fraction(sum(total) - int(worth_minor[-1]) * scale, n)
    return tuple(Fraction(one - rest) / scale for one in total)


def _weights(n: int) -> list[int]:
    """(n - 1)! d / v by size; what all of them are worth falls to each alike, and is left out."""
    inner = [math.factorial(s - 1) * math.factorial(n - s - 1) for s in range(1, n)]
    return [0, *inner, 0]


# --------------------------------------------------------------------------------------------------- core


@dataclass(frozen=True, slots=True)
class Slack:
    """How the worst-off coalition fares.

    Attributes
    ----------
    least : float
        Least shares less worth over the coalitions but none and all; negative: it would do better alone.
        Infinite for a single player, who has no one to leave.
    coalition : tuple of str
        Who is in it; of several the first by number.
    """

    least: float
    coalition: tuple[str, ...]


def core_slack(game: Game, share: npt.ArrayLike) -> Slack:
    """The least of shares less worth, and the coalition that has it.

    Parameters
    ----------
    game : Game
    share : array (n,)
        What each player gets, in the unit of the worths. Whether the shares sum to the worth of all is
        for the caller to see.
    """
    given = np.asarray(share, dtype=np.float64)
    assert given.shape == (game.n,), "one share for each player"
    if game.n == 1:
        return Slack(math.inf, ())
    least, who = loops.least_slack(game.value, *halves(given))
    return Slack(float(least), named(game.players, int(who)))


def core_slack_exact(
    players: Sequence[str], worth_minor: Sequence[int], share: Sequence[Fraction]
) -> tuple[Fraction, tuple[str, ...]] | None:
    """As `core_slack`, of whole worths and exact shares; None for a single player.

    Raises
    ------
    InputError
        As `shapley_exact`.
    """
    check_whole(players, worth_minor, EXACT_PLAYERS_MAX)
    if len(players) == 1:
        return None
    together = sums_exact(share)
    slack = ((together[m] - int(worth_minor[m]), m) for m in range(1, len(worth_minor) - 1))
    least, who = min(slack)
    return Fraction(least), named(players, who)


def halves(share: Floats) -> tuple[Floats, Floats]:
    """What the players of the low bits get together (2^low,), and those of the high bits (2^(n - low),)."""
    low = min(LOW_BITS, share.size)
    parts = np.empty(1 << low), np.empty(1 << (share.size - low))
    loops.sums_of(share[:low], parts[0])
    loops.sums_of(share[low:], parts[1])
    return parts


def sums_exact(share: Sequence[Any]) -> list[Any]:
    """What each coalition gets together, exact."""
    sums: list[Any] = [0]
    for one in share:
        sums += [before + one for before in sums]
    return sums


# ------------------------------------------------------------------------------------------------- checks


def is_convex(game: Game, tolerance: float = 1e-9) -> bool:
    """Whether who joins adds no less the larger the company is; then the Shapley value is in the core.

    Parameters
    ----------
    game : Game
    tolerance : float
        A lack up to this share of the largest worth is taken for rounding.
    """
    scale = float(np.abs(game.value).max())
    return bool(loops.convex(game.value, game.n, tolerance * scale))


def check_players(players: Sequence[str], most: int) -> None:
    """Refuse no players, too many, and one named twice."""
    if not players:
        raise InputError("game.no_players", "a game without players", todo="Name who shares.")
    if len(players) > most:
        raise InputError(
            "game.too_many_players",
            f"{len(players)} players, want at most {most}: every coalition has a worth of its own",
            todo="Let cities that act as one stand as one, or use a rule that needs no coalitions.",
        )
    twice = [one for one, two in combinations(players, 2) if one == two]
    if twice:
        raise InputError(
            "game.duplicate_player", f"player {twice[0]} is named twice, want each once", todo="Name it once."
        )


def check_length(players: Sequence[str], length: int) -> None:
    """Refuse another number of worths than there are coalitions."""
    if length != 1 << len(players):
        raise InputError(
            "game.wrong_length",
            f"{length} worths for {len(players)} players, want {1 << len(players)}",
            todo="Give each coalition its worth, and no one 0.",
        )


def check_no_one(worth: float) -> None:
    """Refuse a game in which no one has a worth."""
    if worth != 0:
        raise InputError(
            "game.worth_of_no_one",
            f"the worth of no one is {worth}, want 0",
            todo="Leave out of the game what is there whoever acts.",
        )


def check_whole(players: Sequence[str], worth_minor: Sequence[int], most: int) -> None:
    """Refuse what is no game in whole numbers."""
    check_players(players, most)
    check_length(players, len(worth_minor))
    for m, worth in enumerate(worth_minor):
        if isinstance(worth, bool) or not isinstance(worth, int | np.integer):
            raise InputError(
                "game.not_whole",
                f"the worth of {_shown(named(players, m))} is {worth!r}, want a whole number of minor units",
                todo="Round it by the rule of the agreement first.",
            )
    check_no_one(worth_minor[0])


def _shown(who: Sequence[str]) -> str:
    return " + ".join(who) or "no one"
