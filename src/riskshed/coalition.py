"""What each coalition of cities could have averted alone: the pathway run once for every set of them.

Whether a bill is fair depends on what would have happened otherwise. So for each coalition S of the n cities
that share, the pathway is run with the treatments of the cities in S and nothing else:

    v(S) = loss with nobody acting - loss with only S acting

in whole minor units, expected over the members of the ensemble. All runs must take the **same seed**: then
a member has the same river and the same release in each of them, and a difference is the work of the
treatments and not noise. v of nobody is 0 by definition. Nothing else is assumed: v may fall when a city
joins, where one treatment spoils another, and it may be negative.

Two questions can be asked of the same runs. Counted over **members**, v(S) is the loss that S averts from its
own cities: what it could have for itself without the others, which is what sharing a bill rests on (Shapley
1953; Ambec and Sprumont 2002, Journal of Economic Theory 107). Counted over **everybody**, it is the
loss that S averts from all: what it did for the region, which is what an appraisal asks.

The pathway is a callable here. It is asked once for each different set of treatments, so cities without any
cost nothing; with treatments of their own, n cities cost 2**n runs, and more than `PLAYERS_MAX` are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import DomainError, InputError

Treatment = TypeVar("Treatment", bound=Hashable)
Counted = Literal["members", "everybody"]
Progress = Callable[[int, int], None]

PLAYERS_MAX = 12
"""More would take 2**n runs of a pathway, and nobody could read the result."""


@dataclass(frozen=True)
class Worths:
    """What each coalition averts.

    Attributes
    ----------
    players : tuple of str
        Codes of cities or bodies; player i is bit i of a coalition.
    worth_minor : tuple of int, 2**n
        v(S), at the place of the number whose bits are the players of S; the first is 0.
    own_minor : tuple of int, n
        Loss that each is spared when all act. If `counted` is ``members`` they add up to v of all.
    nobody_minor, all_minor : int
        Loss of all cities that were counted, with nobody and with all acting.
    counted : {"members", "everybody"}
    runs : int
        How many different runs it took.
    """

    players: tuple[str, ...]
    worth_minor: tuple[int, ...]
    own_minor: tuple[int, ...]
    nobody_minor: int
    all_minor: int
    counted: Counted
    runs: int

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file from which a bill is recomputed."""
        return {
            "players": list(self.players),
            "worth_minor": list(self.worth_minor),
            "own_minor": list(self.own_minor),
            "counted": self.counted,
        }


def values(
    acts: Mapping[str, Collection[Treatment]],
    run: Callable[[frozenset[Treatment]], Mapping[str, int]],
    *,
    counted: Counted = "members",
    progress: Progress | None = None,
) -> Worths:
    """Run the pathway for every coalition.

    Parameters
    ----------
    acts : mapping of str to collection
        The treatments of each player; a player without any is one who only gains or loses.
    run : callable
        Takes the treatments that are in effect and returns the expected loss of each city, in whole minor
        units of one currency; `expected_minor` gives them from an ensemble. It must use one seed throughout.
    counted : {"members", "everybody"}
        Whose losses count for a coalition: those of its players, or of all cities in the answer.
    progress : callable, optional
        Told after each run how many coalitions of how many are done.

    Raises
    ------
    DomainError
        ``coalition.too_many``, ``coalition.nobody``.
    InputError
        ``coalition.unknown_loss`` if a run leaves out a player, ``coalition.not_whole`` for a loss that is
        not a whole number of minor units, ``coalition.other_cities`` if two runs speak of different cities.
    """
    players = tuple(acts)
    _check_number(len(players))
    losses: dict[frozenset[Treatment], Mapping[str, int]] = {}
    told = []
    coalitions = 2 ** len(players)
    for mask in range(coalitions):
        inside = [player for i, player in enumerate(players) if mask >> i & 1]
        treatments = frozenset(one for player in inside for one in acts[player])
        if treatments not in losses:
            losses[treatments] = _checked(run(treatments), players, losses)
        told.append((inside, losses[treatments]))
        if progress is not None:
            progress(mask + 1, coalitions)
    nobody, everybody = told[0][1], told[-1][1]
    counts = list(players) if counted == "members" else list(nobody)
    worth = tuple(_averted(nobody, loss, inside if counted == "members" else counts) for inside, loss in told)
    assert worth[0] == 0, "nobody averts nothing"
    return Worths(
        players=players,
        worth_minor=worth,
        own_minor=tuple(nobody[one] - everybody[one] for one in players),
        nobody_minor=sum(nobody[one] for one in counts),
        all_minor=sum(everybody[one] for one in counts),
        counted=counted,
        runs=len(losses),
    )


def _check_number(players: int) -> None:
    if players > PLAYERS_MAX:
        told = f"{players} players have {2**players} coalitions, each a run of the pathway"
        todo = "Name fewer in `among`, or let the members of one province act as one."
        raise DomainError("coalition.too_many", f"{told}; at most {PLAYERS_MAX} are taken", todo=todo)
    if not players:
        raise DomainError("coalition.nobody", "there is nobody whose coalitions could be run")


def _averted(nobody: Mapping[str, int], loss: Mapping[str, int], cities: Sequence[str]) -> int:
    return sum(nobody[one] - loss[one] for one in cities)


def _checked(
    loss: Mapping[str, int], players: Sequence[str], before: Mapping[Any, Mapping[str, int]]
) -> dict[str, int]:
    """The losses of a run, each whole, and of the same cities as in every other run."""
    missing = [one for one in players if one not in loss]
    if missing:
        todo = "Give every player a city of the region whose losses are known."
        told = f"the losses of {', '.join(missing)} are unknown, and unknown is not nothing"
        raise InputError("coalition.unknown_loss", told, todo=todo)
    for city, minor in loss.items():
        if type(minor) is not int:
            told = f"the loss of {city} is {minor!r}, want whole minor units"
            raise InputError("coalition.not_whole", told, todo="Round it with `expected_minor`.")
    if before and loss.keys() != next(iter(before.values())).keys():
        raise InputError("coalition.other_cities", "two runs speak of different cities")
    return dict(loss)


def expected_minor(cities: Sequence[str], loss_minor: NDArray[np.float64]) -> dict[str, int]:
    """Expected losses in whole minor units, from the losses of each member of the ensemble.

    The mean is taken exactly (the sum of binary fractions as a rational number), whatever the order of the
    members, and rounded once, half to even. So it is the same on every machine that has the same losses.

    Parameters
    ----------
    cities : sequence of str
    loss_minor : (city, member)
        In minor units, with fractions; >= 0.

    Raises
    ------
    InputError
        ``coalition.unknown_loss`` for a city with a loss that is not a number.

    Examples
    --------
    >>> expected_minor(["a", "b"], np.array([[1.0, 2.0], [0.0, 7.0]]))
    {'a': 2, 'b': 4}
    """
    assert loss_minor.ndim == 2, "losses are (city, member)"
    assert loss_minor.shape[0] == len(cities), "one row for each city"
    assert loss_minor.shape[1] > 0, "an ensemble has members"
    told: dict[str, int] = {}
    for city, row in zip(cities, loss_minor.tolist(), strict=True):
        if not all(map(isfinite, row)):
            todo = "Give the assets of this city, or leave it out of those who share."
            raise InputError("coalition.unknown_loss", f"the loss of {city} is unknown", todo=todo)
        told[city] = round(sum(map(Fraction, row), Fraction(0)) / len(row))
    return told
