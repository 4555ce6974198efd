"""laser-measles on the epidemic of bench/contagion.py: ``python _peer_laser.py in.npz out.npz``."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import laser.measles as lm
import numpy as np
import polars as pl
from laser.measles import create_component
from laser.measles.compartmental import components
from laser.measles.mixing.base import BaseMixing


class Given(BaseMixing):
    """The shares of contacts as they are given."""

    def __init__(self, shares: np.ndarray) -> None:
        super().__init__(None, None)
        self._given = shares

    def get_migration_matrix(self) -> np.ndarray:
        """The same, since nothing is worked out."""
        return self._given

    @property
    def mixing_matrix(self) -> np.ndarray:
        """From row to column."""
        return self._given


def main(given: str, found: str) -> None:
    """Run it member by member, and say what it took."""
    with np.load(given) as file:
        shares, people, numbers = file["shares"], file["people"], file["numbers"]
    source, infected, beta, exposed_d, infectious_d, days, members = numbers
    n = people.size
    frame = pl.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "pop": people.astype(np.int64),
            "lat": np.zeros(n),
            "lon": np.linspace(0.0, 1.0, n),
            "mcv1": np.zeros(n),
        }
    )
    attack, cpu_s = [], 0.0
    for member in range(int(members)):
        params = lm.CompartmentalParams(num_ticks=int(days), seed=member + 1, start_time="2020-01")
        model = lm.CompartmentalModel(scenario=frame, params=params)
        infection = components.InfectionParams(
            beta=float(beta), exp_mu=float(exposed_d), inf_mu=float(infectious_d), mixer=Given(shares)
        )
        model.components = [create_component(components.InfectionProcess, infection)]
        states = model.patches.states
        states.I[int(source)] += int(infected)
        states.S[int(source)] -= int(infected)
        begin = time.process_time()
        model.run()
        cpu_s += time.process_time() - begin
        attack.append(1.0 - float(states.S.sum()) / float(people.sum()))
    np.savez(found, attack=np.array(attack))
    print(json.dumps({"cpu_s": cpu_s, "version": version("laser-measles")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
