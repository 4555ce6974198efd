"""The science against data and tables that are not ours, as `riskshed check` prints it.

Folders are known by their files, among them a stored run of NOAA's model over the LowerColorado
(``network.npz`` and ``topology.npz``), and two published Muskingum tables (``example20.csv`` and
``wilson1974.csv``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from riskshed import check_air, check_arrivals, check_outbreak, check_supply
from riskshed.case import SHELVES, is_file
from riskshed.errors import DomainError, Fault, InputError, InputFaults
from riskshed.network import Network
from riskshed.pathways import river
from riskshed.pathways.reach import Floats
from riskshed.tables import Column, read_csv

Progress = Callable[[str], None]

# Stored data that is too large for the project stands beside it, or where the environment says.
DATA = Path(os.environ.get("RISKSHED_DATA") or Path(__file__).parents[3] / "shared" / "data")

FILES = {
    "lower_colorado": ("network.npz", "topology.npz"),
    "muskingum": ("example20.csv", "wilson1974.csv"),
    "prairie_grass": check_air.FILES,
    "supply": check_supply.FILES,
    "covid_china": check_outbreak.FILES,
    "arrivals": check_arrivals.FILES,
}

HOURS = (6, 12, 27)
R2_WANTED = 0.957
LATERAL_ROUNDED_TO_M3_S = 0.1
CELERITY_M_S = 1.2  # the one with which the file turned lengths into travel times
VELOCITY_LOW_M_S, FLOW_LOW_M3_S = 0.02, 0.01
X, EXPONENT, DT_S = 0.2, 0.4, 300.0

SSQ_WANTED = 36.8
DIFFERENCE_WANTED_M3_S = 0.5


def find(name: str) -> Path | None:
    """The folder of stored data of this name or path; None where it is not one (perhaps it is a case)."""
    for folder in (Path(name), *(shelf / name for shelf in (*SHELVES, DATA))):
        if any(all(is_file(folder / file) for file in files) for files in FILES.values()):
            return folder
    return None


def run(folder: Path, progress: Progress | None = None) -> dict[str, Any]:
    """The check that belongs to a folder which `find` found."""
    if all((folder / file).is_file() for file in FILES["lower_colorado"]):
        return lower_colorado(folder, progress)
    if all((folder / file).is_file() for file in FILES["prairie_grass"]):
        return check_air.prairie_grass(folder)
    if all((folder / file).is_file() for file in FILES["supply"]):
        return check_supply.run(folder, progress)
    if all((folder / file).is_file() for file in FILES["covid_china"]):
        return check_outbreak.covid_china(folder, progress)
    if all((folder / file).is_file() for file in FILES["arrivals"]):
        return check_arrivals.run(folder, progress)
    return muskingum(folder)


def lower_colorado(folder: Path | str, progress: Progress | None = None) -> dict[str, Any]:
    """Route the stored lateral inflow of NOAA's run and compare with the flow that its own model has.

    The river starts with the stored flow and velocity of hour 0 (its warm start), and nothing of a later
    hour is used but the lateral inflow. Travel times follow the flow: ``v = v0 (Q / Q0)^0.4``, Manning's
    wide bed.

    The stored lateral inflow is rounded to 0.1 m3/s, and in most reaches it is less: more than half of the
    water is rounded away. So there are two runs. `as_stored` routes it as it is. `with_base_flow` adds to
    each reach what it is short of at hour 0, within the rounding of 0.05 m3/s: what a forecaster does who
    knows the river and not the springs. In these 27 hours the flow hardly changes, which is why
    `persistence` (the flow of hour 0) stands beside.

    Parameters
    ----------
    folder : Path
        With ``topology.npz`` (down, k, slope) and ``network.npz`` (ql, truth, vt, ok).
    progress : callable, optional
        Called with a line of text before each run.

    Returns
    -------
    dict
        For each run: r2 at hours 6, 12 and 27 over the reaches with no lake or gauge above them,
        bias_percent of the sum at hour 27, median_error_percent where more than 0.05 m3/s flows, and
        mass_closure.

    Raises
    ------
    InputError
        A file that is missing or is not what it should be.
    """
    tell = progress or (lambda _: None)
    data = _arrays(Path(folder))
    net = Network.of(
        np.arange(data["down"].size), data["down"], where=str(folder), length_m=data["k"] * CELERITY_M_S,
        k_s=data["k"], x=np.full(data["k"].size, X), slope=data["slope"],
    )  # fmt: skip
    lateral, truth, velocity, ok = (data[name][net.order] for name in ("ql", "truth", "vt", "ok"))
    first = np.nan_to_num(truth[:, 0])
    rating = river.Rating(
        np.maximum(np.nan_to_num(velocity[:, 0]), VELOCITY_LOW_M_S),
        np.maximum(first, FLOW_LOW_M3_S),
        EXPONENT,
    )
    plan = river.plan(net, dt_s=DT_S, method="rating", rating=rating)
    short = first - river.inflow_of(net, first[:, None])[:, 0] - lateral[:, 0]
    half = 0.5 * LATERAL_ROUNDED_TO_M3_S
    base = np.where(ok, np.clip(short, -half, half), 0.0)[:, None]
    tell("routing the lateral inflow as it is stored")
    as_stored = _judge(*_hourly(plan, lateral, first), truth, ok)
    tell("routing it with the base flow of hour 0")
    with_base_flow = _judge(*_hourly(plan, np.maximum(lateral + base, 0.0), first), truth, ok)
    persistence = _judge(np.repeat(first[:, None], truth.shape[1], axis=1), 0.0, truth, ok)
    return {
        "name": "lower-colorado",
        "reaches": len(net),
        "reaches_compared": int(ok.sum()),
        "warm_start": "flow and velocity of the stored run at hour 0; nothing later but the lateral inflow",
        "r2": as_stored["r2"],
        "r2_wanted_at_hour_27": R2_WANTED,
        "passed": bool(as_stored["r2"]["27"] >= R2_WANTED),
        "as_stored": as_stored,
        "with_base_flow": with_base_flow,
        "persistence": persistence,
        "note": "the stored lateral inflow is rounded to 0.1 m3/s, which takes over half of the water away; "
        "the flow hardly changes in these hours, so persistence is hard to beat and r2 says little",
    }


def _arrays(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file, names in (
        ("topology.npz", ("down", "k", "slope")),
        ("network.npz", ("ql", "truth", "vt", "ok")),
    ):
        try:
            with np.load(folder / file, allow_pickle=False) as data:
                found |= {name: data[name] for name in names}
        except (OSError, KeyError, ValueError, BadZipFile) as error:
            told = f"{folder / file} cannot be read: {error}"
            raise InputError("check.file", told, todo=f"It needs the arrays {', '.join(names)}.") from error
    reaches = found["down"].shape
    if any(array.shape[:1] != reaches for array in found.values()):
        raise InputError("check.shape", f"the arrays in {folder} do not have one row for each reach")
    found["ql"] = found["ql"].astype(np.float64)
    return found


def _hourly(plan: river.Plan, lateral: Floats, first: Floats) -> tuple[Floats, float]:
    """Flow at each hour, (reach, hour), the first being the start; and the closure of mass."""
    state = river.start(plan, members=1, flow_m3_s=first)
    routed = river.route(
        plan, river.Runoff(lateral[:, None, 1:], 3600.0), rows=range(first.size), state=state
    )
    at_hours = routed.flow_m3_s[:, 0, round(3600.0 / DT_S) - 1 :: round(3600.0 / DT_S)]
    return np.concatenate([first[:, None], at_hours], axis=1), routed.ledger.closure


def _judge(flow: Floats, closure: float, truth: Floats, ok: Any) -> dict[str, Any]:
    ok = ok & np.isfinite(truth).all(axis=1)
    got, wanted = flow[ok], truth[ok]
    large = wanted[:, -1] > 0.05
    error = np.abs(got[large, -1] / wanted[large, -1] - 1.0)
    return {
        "r2": {str(hour): _r2(got[:, hour], wanted[:, hour]) for hour in HOURS},
        "bias_percent": float(100.0 * (got[:, -1].sum() / wanted[:, -1].sum() - 1.0)),
        "median_error_percent": float(100.0 * np.median(error)),
        "mass_closure": closure,
    }


def _r2(got: Floats, wanted: Floats) -> float:
    return float(1.0 - np.sum((got - wanted) ** 2) / np.sum((wanted - wanted.mean()) ** 2))


def muskingum(folder: Path | str) -> dict[str, Any]:
    """The textbook's table of 20 steps, and the fits of Wilson's flood of 1974.

    Returns
    -------
    dict
        example20: largest difference to the table. wilson: sum of squares of the best linear reach and of
        the best three parameters of Gill's nonlinear storage, with the parameters.

    Raises
    ------
    InputFaults
        What is wrong with the tables, by line and column.

    Notes
    -----
    The table of 20 steps was computed with weights rounded to four places, and is itself rounded to whole
    m3/s; with unrounded weights one value is 159.504 where it has 159. The best sum of squares published
    for Wilson's flood with three parameters is 36.77.
    """
    example, wilson = (_hydrographs(Path(folder) / name) for name in ("example20.csv", "wilson1974.csv"))
    rounded, exact = (_example_difference(example, places) for places in (4, 16))
    linear, nonlinear = _fit_linear(*wilson), _fit_nonlinear(*wilson)
    return {
        "name": "muskingum",
        "example20": {
            "k_s": 2.3 * 3600.0,
            "x": 0.15,
            "largest_difference_m3_s": rounded,
            "largest_difference_unrounded_weights_m3_s": exact,
            "wanted_m3_s": DIFFERENCE_WANTED_M3_S,
        },
        "wilson1974": {"linear": linear, "nonlinear": nonlinear, "ssq_wanted": SSQ_WANTED},
        "passed": bool(rounded <= DIFFERENCE_WANTED_M3_S and nonlinear["ssq"] <= SSQ_WANTED),
    }


def _hydrographs(path: Path) -> tuple[Floats, Floats, float]:
    """Inflow, outflow and the step in hours."""
    faults: list[Fault] = []
    schema = [Column(name, "float", low=0.0, doc=name) for name in ("time_h", "inflow", "outflow")]
    table = read_csv(path, schema, faults)
    if table is None or faults:
        raise InputFaults("check.table", f"the table {path} cannot be used", faults)
    if len(table) < 3:
        raise InputError("check.table", f"the table {path} has {len(table)} rows, want at least 3")
    return table["inflow"], table["outflow"], float(table["time_h"][1] - table["time_h"][0])


def _routed(weights: tuple[float, float, float], inflow: Floats, first: float) -> Floats:
    outflow = [first]
    for before, now in pairwise(inflow):
        outflow.append(weights[0] * now + weights[1] * before + weights[2] * outflow[-1])
    return np.array(outflow)


def _example_difference(example: tuple[Floats, Floats, float], places: int) -> float:
    inflow, outflow, step_h = example
    c = river.lag_coefficients(2.3, 0.15, step_h)
    weights = (round(float(c.tap0), places), round(float(c.tap1), places), round(float(c.decay), places))
    return float(np.abs(_routed(weights, inflow, outflow[0]) - outflow).max())


def _fit_linear(inflow: Floats, outflow: Floats, step_h: float) -> dict[str, float]:
    def ssq(values: Floats) -> float:
        try:
            c = river.muskingum_coefficients(values[0], values[1], step_h)
        except DomainError:
            return np.inf
        weights = (float(c.tap0), float(c.tap1), float(c.decay))
        return float(np.sum((_routed(weights, inflow, outflow[0]) - outflow) ** 2))

    return _fitted(ssq, ("k_h", "x"), (5.0 * step_h, 0.25))


def _fit_nonlinear(inflow: Floats, outflow: Floats, step_h: float) -> dict[str, float]:
    def ssq(values: Floats) -> float:
        k, x, exponent = (float(v) for v in values)
        try:
            found = river.gill_outflow(
                inflow, k=k, x=x, exponent=exponent, dt=step_h, outflow_first_m3_s=outflow[0]
            )
        except DomainError:
            return np.inf
        return float(np.nan_to_num(np.sum((found - outflow) ** 2), nan=np.inf))

    return _fitted(ssq, ("k", "x", "exponent"), (0.5, 0.25, 1.8))


def _fitted(
    ssq: Callable[[Floats], float], names: tuple[str, ...], first: tuple[float, ...]
) -> dict[str, float]:
    from scipy.optimize import minimize  # slow to load, and only this check needs it  # noqa: PLC0415

    found = minimize(
        ssq, first, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000}
    )
    return {"ssq": float(found.fun), **dict(zip(names, map(float, found.x), strict=True))}
