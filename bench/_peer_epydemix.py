"""epydemix on the epidemic of bench/contagion.py: ``python _peer_epydemix.py in.npz out.npz``."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
from epydemix import EpiModel
from epydemix.population import Population


def main(given: str, found: str) -> None:
    """Run it member by member, and say what it took."""
    with np.load(given) as file:
        shares, people, numbers = file["shares"], file["people"], file["numbers"]
    source, infected, beta, exposed_d, infectious_d, days, members = numbers
    names = [str(i) for i in range(people.size)]
    population = Population()
    population.add_population(people.astype(np.float64), names)
    population.add_contact_matrix(shares, layer_name="all")
    model = EpiModel(
        compartments=["S", "E", "I", "R"],
        parameters={"beta": float(beta), "sigma": 1.0 / float(exposed_d), "gamma": 1.0 / float(infectious_d)},
    )
    model.set_population(population)
    model.add_transition("S", "E", kind="mediated", params=("beta", "I"))
    model.add_transition("E", "I", kind="spontaneous", params="sigma")
    model.add_transition("I", "R", kind="spontaneous", params="gamma")
    sick = np.zeros(people.size)
    sick[int(source)] = infected
    start = {"S": people - sick, "E": np.zeros(people.size), "I": sick, "R": np.zeros(people.size)}
    last = pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(days) - 1)
    dates = {"start_date": "2020-01-01", "end_date": str(last.date())}
    begin = time.process_time()
    results = model.run_simulations(
        **dates, initial_conditions_dict=start, Nsim=int(members), resample_frequency=None, rng=1
    )
    cpu_s = time.process_time() - begin
    left = [sum(float(t.compartments[f"S_{name}"][-1]) for name in names) for t in results.trajectories]
    np.savez(found, attack=1.0 - np.array(left) / people.sum())
    print(json.dumps({"cpu_s": cpu_s, "version": version("epydemix")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
