"""The solver of linear programmes: silent, and one after the other in one process whoever asked first."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import numpy as np
from riskshed.governance.bargaining import bargain
from riskshed.governance.bargaining_points import nash
from riskshed.governance.dispatch import solve
from riskshed.governance.dispatch_problem import AidProblem, Good
from riskshed.governance.games import Game
from riskshed.governance.linear_solver import silent_highs
from riskshed.governance.nucleolus import nucleolus

demand = np.zeros((2, 1, 1, 2))
demand[1] = 5.0
column = np.array([[10.0], [0.0]])
problem = AidProblem(
    cities=("a", "b"), goods=(Good("water", "t", 1.0),), period_h=6.0, stock=column, reserve=0 * column,
    ready_h=0 * column, trucks=np.ones(2), load_t=np.full(2, 10.0), travel_h=np.full((2, 2), 3.0),
    demand=demand, probability=np.ones(1),
)
assert solve(problem).gap < 1e-6
assert np.allclose(nucleolus(Game(("a", "b"), np.array([0.0, 0.0, 0.0, 2.0]))), 1.0)
again = silent_highs()
again.addVar(0.0, 1.0)
again.run()
assert solve(problem).gap < 1e-6
"""


def test_one_after_the_other_runs_in_one_process_and_says_nothing() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""
