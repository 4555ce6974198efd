"""The games of a published test set of nucleoli, made again from their seeds.

Benedek, Fliege & Nguyen (2021), DOI 10.1007/s10107-020-01527-9, test their algorithms on games drawn by a
linear congruential generator; each of their files holds its seed and its nucleolus. Type 1 gives each
coalition of two or more a worth from 1 to 100 times its size, type 2 one from 1 to 50 n, and nothing to one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

STORED = Path(__file__).parents[3] / "shared" / "data" / "nucleolus" / "games.json"


def stored() -> list[dict[str, Any]]:
    """Type, players, seed and nucleolus of each stored game."""
    if not STORED.is_file():
        pytest.skip("the published nucleoli are not beside this checkout (shared/data/nucleolus)")
    games: list[dict[str, Any]] = json.loads(STORED.read_text("utf-8"))
    return games


def worths(kind: int, n: int, seed: int) -> npt.NDArray[np.float64]:
    """The worths of one of their games."""
    everyone, state = (1 << n) - 1, seed
    value = np.zeros(1 << n)

    def drawn() -> int:
        nonlocal state
        state = (state * 214013 + 2531011) & 0xFFFFFFFF
        return state >> 16 & 0x7FFF

    if kind == 1:
        value[everyone] = drawn() % 201 + 100 * (n - 2)
        for m in range(1, everyone):
            if m.bit_count() > 1:
                value[m] = drawn() % (100 * m.bit_count()) + 1
        return value
    value[3] = drawn() % (50 * n) + 1
    singles = {1 << i for i in range(n)}
    for m in range(5, everyone + 1):
        if m not in singles:
            value[m] = drawn() % (50 * n) + 1
    return value
