"""BoARIO, as it is documented, on a table and an event that the bench hands over.

    python bench/_peer_boario.py in.npz out.npz

Run under the interpreter of the peers: BoARIO is GPL, and nothing of ours imports it. What is timed is the
loop over the days, and not the making of the table and the model.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import numpy as np  # noqa: E402 (after the warnings are off)
import pandas as pd  # noqa: E402
import pymrio  # noqa: E402
from boario import event  # noqa: E402
from boario.extended_models import ARIOPsiModel  # noqa: E402
from boario.simulation import Simulation  # noqa: E402


def simulation(given: Any) -> Any:
    """A simulation with one event: some industries lose a share, and get it back evenly."""
    regions, sectors, days = (int(n) for n in given["size"])
    names = [[f"r{i:04}" for i in range(regions)], [f"s{i:04}" for i in range(sectors)]]
    industries = pd.MultiIndex.from_product(names, names=["region", "sector"])
    final = np.zeros((regions * sectors, regions))
    final[np.arange(final.shape[0]), np.arange(final.shape[0]) // sectors] = given["final"]
    buyers = pd.MultiIndex.from_product([names[0], ["final demand"]], names=["region", "category"])
    table = pymrio.IOSystem(
        Z=pd.DataFrame(given["flows"], index=industries, columns=industries),
        Y=pd.DataFrame(final, index=industries, columns=buyers),
    )
    table.calc_all()
    stock_d, restock_d, overproduction_d, most, needed = given["behaviour"]
    model = ARIOPsiModel(
        table,
        order_type="alt",
        alpha_max=float(most),
        alpha_tau=int(overproduction_d),
        inventory_dict={name: float(stock_d) for name in names[1]},
        inventory_restoration_tau=int(restock_d),
        psi_param=float(needed),
    )
    share, begin, lasts, recovery = given["shock"]
    what = event.from_series(
        pd.Series(float(share), index=industries[given["hit"]]),
        event_type="arbitrary",
        occurrence=int(begin),
        duration=int(lasts),
        recovery_tau=int(recovery),
        recovery_function="linear",
    )
    found = Simulation(model, n_temporal_units_to_sim=days)
    found.add_event(what)
    return found


def main() -> None:
    """Run it, and say what it took."""
    with np.load(sys.argv[1], allow_pickle=False) as given:
        run = simulation(given)
        days = int(given["size"][2])
    begin = time.process_time()
    run.loop()
    taken = time.process_time() - begin
    np.savez(sys.argv[2], made=run.production_realised.to_numpy()[:days])
    print(json.dumps({"cpu_s": taken, "version": version("boario")}))


main()
