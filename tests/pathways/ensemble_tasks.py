"""Work for an ensemble, in a module that a new interpreter loads fast."""

from __future__ import annotations

import os

import numpy as np

from riskshed.errors import NotFoundError
from riskshed.pathways import ensemble


def walk(members: range, *, seed: int) -> dict[str, np.ndarray]:
    """A task whose result also shows where the work was cut."""
    steps = ensemble.normal(seed, "walk", members, (40,))
    numbers = np.arange(members.start, members.stop)
    return {
        "path": np.cumsum(steps, axis=1).T,
        "members": numbers,
        "piece": np.full_like(numbers, members.start),
    }


def alone(members: range) -> np.ndarray:
    return ensemble.uniform(1, "alone", members, (2, 3)).transpose(1, 2, 0)


def fail_at_70(members: range) -> np.ndarray:
    if 70 in members:
        raise NotFoundError("region.section", "no section is called 北江", todo="Look at sections.csv")
    return np.zeros(len(members))


def die(members: range) -> np.ndarray:
    os._exit(1)
