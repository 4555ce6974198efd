"""Chains of cities that pass on what they are told, or do not: is a dropped relay seen, and how soon?

Each scenario draws a river of three to seven cities, a time to pass on, delays until each statement is seen,
and which cities pass on in time, late or never. A clock ticks every 30 s. At each tick the city that waits
asks what was dropped. It must see every relay that is not made within 60 s of its due time, and none that
was made in time.

    python -m governance.relay_campaign [--scenarios N] [--seed S]
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass
from datetime import timedelta

from cast import SPILL
from governance.acts import at, joined, opened
from governance.foreseen import coming, faced

from riskshed.governance.relay import dropped
from riskshed.governance.standing import Fold, Seen, Standing
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.statement import Statement

TICK = timedelta(seconds=30)


@dataclass
class Figures:
    """What a campaign found: relays made in time and not, the longest time until one was seen, and errors."""

    scenarios: int = 0
    dropped: int = 0
    passed_on: int = 0
    delay_s_max: float = 0.0
    missed: int = 0
    false: int = 0


@dataclass
class Hop:
    """One city that was told, and what it does."""

    by: str
    to: str
    due_h: float
    passes_h: float | None


def campaign(scenarios: int, *, seed: int = 0) -> Figures:
    """So many random scenarios."""
    figures, chance = Figures(), random.Random(seed)
    for _ in range(scenarios):
        _scenario(chance, figures)
        figures.scenarios += 1
    return figures


def _scenario(chance: random.Random, figures: Figures) -> None:
    cities = [f"91{n:02d}00" for n in range(1, chance.randint(3, 7) + 1)]
    terms = Terms(code="chain", relay_h=chance.choice((0.1, 0.25, 0.5, 1.0)))
    below = {city: tuple(cities[n + 1 :]) for n, city in enumerate(cities)}
    territory = Territory({}, {}, {}, below)
    said, hops = _story(chance, cities, terms.relay_h)
    fold = Fold(territory=territory)
    waiting = sorted(said, key=lambda one: one.seen_at)
    standing: Standing | None = None
    shown: dict[tuple[str, str], float] = {}
    now, end = SPILL, at(hops[-1].due_h) + 3 * TICK
    while now <= end:
        while waiting and waiting[0].seen_at <= now:
            fold.add(waiting.pop(0))
            standing = None
        standing = standing or fold.standing(now)
        for one in dropped(standing, terms, now, territory=territory):
            if one.concerns(one.to):
                shown.setdefault((one.by, one.to), (now - one.due).total_seconds())
        now += TICK
    _judge(hops, shown, figures)


def _story(chance: random.Random, cities: list[str], relay_h: float) -> tuple[list[Seen], list[Hop]]:
    """The notice of the first city, and how far it is passed on."""
    rows = [coming(city, 0.5, 24 + 10 * n).row("mg/L") for n, city in enumerate(cities)]
    said = [_seen(one, 0.0) for one in (*joined(cities), opened(by=cities[0]))]
    hours, before, hops = chance.uniform(0.0, 0.2), None, []
    for n, city in enumerate(cities[:-2]):
        told = faced(
            round(hours, 4),
            by=city,
            to=[cities[n + 1]],
            cities=cities[n + 1 :],
            arrivals=rows[n + 1 :],
            **({"relays": before} if before else {}),
        )
        seen = _seen(told, chance.choice((0.0, 0.003, 0.02)))
        said.append(seen)
        seen_h = (seen.seen_at - SPILL) / timedelta(hours=1)
        late = chance.random() < 0.4
        passes_h = None if late else seen_h + chance.uniform(0.0, 0.7) * relay_h
        hops.append(Hop(cities[n + 1], cities[n + 2], seen_h + relay_h, passes_h))
        if passes_h is None:
            return said, hops
        hours, before = passes_h, told.id
    # The last one but one has passed it on, so the last of all is told.
    last = faced(round(hours, 4), by=cities[-2], to=[cities[-1]], relays=before)
    return [*said, _seen(last, 0.0)], hops


def _seen(said: Statement, delay_h: float) -> Seen:
    return Seen(said, said.issued + timedelta(hours=delay_h))


def _judge(hops: list[Hop], shown: dict[tuple[str, str], float], figures: Figures) -> None:
    for hop in hops:
        delay_s = shown.pop((hop.by, hop.to), None)
        if hop.passes_h is not None:
            figures.passed_on += 1
            figures.false += delay_s is not None
        else:
            figures.dropped += 1
            figures.missed += delay_s is None
            figures.delay_s_max = max(figures.delay_s_max, delay_s or 0.0)
    figures.false += len(shown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    began = time.perf_counter()
    print(campaign(chosen.scenarios, seed=chosen.seed), f"{time.perf_counter() - began:.1f} s")
