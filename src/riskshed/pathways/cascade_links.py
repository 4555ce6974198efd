"""When a condition is met in each member, whether a link then fires, and when it sets off the next stage.

Members of a cascade stay together: member k of one stage sets off member k of the next. So all that is here
works member by member, on arrays (member,), and a draw is a function of seed, link and member alone
(decision 0018). Whether a link fires does not depend on which other links there are, and with a higher
probability it fires in the same members and in more (common random numbers: Glasserman and Yao 1992,
doi:10.1287/mnsc.38.6.884).

A condition is never met before it is sure to be: one on the peak at the time of the peak, one on a duration
when that time is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskshed.footprint import Footprint
from riskshed.pathways import ensemble
from riskshed.pathways.cascade_stage import Cause, Link

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Met:
    """When a condition is met, and how long its cause then goes on, s after the origin, (member,) each.

    `at_s` is infinite where it is not met; `ends_s` is then minus infinity.
    """

    at_s: Floats
    ends_s: Floats


@dataclass(frozen=True, eq=False)
class Fired:
    """What a link did: the condition that was met, and the begin of what it sets off, (member,)."""

    link: Link
    met: Met
    onset_s: Floats
    ends_s: Floats


def rows_of(footprint: Footprint, place: str | None) -> list[int]:
    """The rows that a cause means: those of this id or in this city; all where it names none."""
    return [i for i, p in enumerate(footprint.places) if place is None or place in (p.id, p.city)]


def met(footprint: Footprint, cause: Cause, horizon_s: float) -> Met:
    """When the condition of a cause is met by the footprint of its stage.

    Parameters
    ----------
    footprint : Footprint
        Of the stage, in seconds after the origin of the cascade.
    cause : Cause
        Its place, if it has one, is a row of the footprint or a city of it.
    horizon_s : float
        What is met later is not met.

    Notes
    -----
    Of several rows the first counts for the begin and the last for the end: the cause goes on as long as it
    does anywhere.
    """
    rows = rows_of(footprint, cause.place)
    assert rows, f"{cause.stage} has no place {cause.place}"
    arrival, peak = footprint.arrival_s[rows], footprint.peak[rows]
    peak_s, duration = footprint.peak_s[rows], footprint.duration_s[rows]
    if cause.when == "arrival":
        at = arrival
    elif cause.when == "peak":
        # No more than the threshold is passed at the arrival; more than it, at the peak at the latest.
        later = np.where(np.isnan(peak_s), np.inf, np.maximum(peak_s, arrival))
        at = np.where(
            peak >= cause.at_least, arrival if cause.at_least <= footprint.threshold else later, np.inf
        )
    else:
        at = np.where(duration >= cause.at_least, arrival + cause.at_least, np.inf)
    at = np.where(at <= horizon_s, at, np.inf)
    ends = np.where(np.isfinite(at), arrival + duration, -np.inf)
    return Met(at.min(axis=0), ends.max(axis=0))


def together(parts: Sequence[Met], needs: str) -> Met:
    """When any or all of several conditions are met; all of them go on as long as each of them does."""
    at, ends = np.stack([part.at_s for part in parts]), np.stack([part.ends_s for part in parts])
    if needs == "any":
        return Met(at.min(axis=0), ends.max(axis=0))
    reached = np.isfinite(at).all(axis=0)
    return Met(np.where(reached, at.max(axis=0), np.inf), np.where(reached, ends.min(axis=0), -np.inf))


def fire(link: Link, condition: Met, *, seed: int, horizon_s: float) -> Fired:
    """Whether and when a link sets off its stage, member by member.

    A member's own probability and delay lie anywhere in the ranges of the link, evenly.
    """
    chance, where, how_late = ensemble.uniform(seed, f"cascade.link.{link.id}", condition.at_s.size, (3,)).T
    probability = link.probability.low + (link.probability.high - link.probability.low) * where
    delay_s = link.delay_s.low + (link.delay_s.high - link.delay_s.low) * how_late
    onset = np.where(chance < probability, condition.at_s + delay_s, np.inf)
    onset = np.where(onset <= horizon_s, onset, np.inf)
    return Fired(link, condition, onset, np.where(np.isfinite(onset), condition.ends_s, -np.inf))


def first(fired: Sequence[Fired]) -> Met:
    """The begin of a stage that several links may set off: the first of them, and the longest cause."""
    return together([Met(one.onset_s, one.ends_s) for one in fired], "any")
