"""The first wave of COVID-19 in China against travel out of Wuhan, as `riskshed check covid-china` prints it.

The data (Jia et al. 2020, doi:10.1038/s41586-020-2284-y, and daily counts of new cases by city) states no
licence and stands beside the project. Three things are asked of 296 prefectures:

- *What was published*: Pearson's r of people who left Wuhan from 1 to 24 January and confirmed cases, which
  rises from 0.522 on 24 January to 0.952 on 19 February.
- *How many*, and *when the tenth*: cases by 19 February, and the day of the tenth case, of each city from
  what was known of it before (outflow by two sources, people, product, distance from Wuhan) and from what
  happened in all other cities. Each city is left out in its turn, with its own cases unseen.
- *When the first*: the same as a distribution over days, scored by the continuous ranked probability score
  (Gneiting & Raftery 2007, doi:10.1198/016214506000001437) against the days of the other cities without any
  of this knowledge (climatology).

The model is one for all three: a trend linear in the logarithms of the covariates, a smooth departure from
it, a departure that neighbours share, one that the cities of a province share (they report by way of it, and
in its rhythm), and noise: a Gaussian process. Days are taken as logarithms of the days since `FIRST_DAY`,
since an epidemic that grows exponentially arrives by the logarithm of the travel and reports come late rather
than early; predicted days are rounded to whole ones. The sizes of the departures are found by the likelihood
of blocks of cities to which the city that is predicted does not belong.

It is a comparison across cities at one time, and no forecast in time: the other cities' days are known from
the same weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed.errors import Fault, InputFaults
from riskshed.tables import Column, FaultBook, Table, read_csv, stream_rows

Floats = NDArray[np.float64]
Progress = Callable[[str], None]

PANEL, DAILY, FLOW = "panel_296_cities.csv", "case_city_20200101-20200214.csv", "model_input_data.csv"
FILES = (PANEL, DAILY, FLOW)
LAST_DAY = 27
"""19 February, day 27 of the panel, which begins on 24 January."""
FIRST_DAY = 4.0
"""Days of the daily counts, which begin on 13 January, before which nobody outside of Wuhan reported."""
PUBLISHED_R = {"1": 0.522, "27": 0.952}
WANTED = {"log_cases_r2": 0.80, "tenth_case_r2": 0.65, "first_case_crps_skill": 0.30}
BLOCKS, STEPS = 3, 60
LEVELS = (np.arange(200) + 0.5) / 200
START = np.array([-1.0, np.log(300.0), -0.7, -1.0, -1.0, 0.7])
"""Logarithms: deviation and km of what neighbours share; deviation of the noise, and of what a
province shares; deviation and length of the smooth departure."""
EARTH_KM_DEGREE = 111.2

_NUMBERS = (
    "wuhan_outflow",
    "population",
    "gdp",
    "distance_to_wuhan(km)",
    "latitude",
    "longitude",
    "confirmed",
)
PANEL_COLUMNS = (
    Column("city_cn_full", "text", doc="Name of the city."),
    Column("province", "text", doc="Its province."),
    Column("day", "int", low=1, doc="Day, 1 is 24 January 2020."),
    *(Column(name, "float", doc=name) for name in _NUMBERS),
)
FLOW_COLUMNS = (
    Column("city", "text", doc="Name of the city."),
    Column("flow", "float", low=0, may_be_empty=True, doc="Travel from Wuhan."),
)


@dataclass(frozen=True, eq=False)
class Cities:
    """What is known of each city, (city,) or (city, covariate), and its confirmed cases by day."""

    names: tuple[str, ...]
    province: NDArray[np.str_]
    place_km: Floats
    covariates: Floats
    confirmed: Floats  # by 19 February
    pearson: Mapping[str, float]  # of outflow and confirmed cases, over the whole panel, by day
    days: Mapping[int, Floats]  # day of the first and tenth case, NaN where there was none


def covid_china(folder: Path | str, progress: Progress | None = None) -> dict[str, Any]:
    """Judge what travel out of Wuhan says of the outbreak in other cities.

    Returns
    -------
    dict
        For each question r2 or crps_skill of the model and of naive ones beside it, with the aim and whether
        it is reached. `passed` is whether the published correlations are met.

    Raises
    ------
    InputFaults
        ``check.table``: what is wrong with the tables.
    """
    tell = progress or (lambda _: None)
    cities = read(Path(folder))
    r, cases = cities.pearson, cities.confirmed
    with np.errstate(divide="ignore"):
        log_cases = np.where(cases > 0, np.log(cases), np.nan)
    tell("cases by 19 February, each city left out in its turn")
    many = _judged(cities, log_cases, in_days=False)
    tell("the day of the tenth case")
    tenth = _judged(cities, cities.days[10], in_days=True)
    tell("the day of the first case")
    first = _judged(cities, cities.days[1], in_days=True)
    reached = {
        "log_cases_r2": many["r2"]["model"],
        "tenth_case_r2": tenth["r2"]["model"],
        "first_case_crps_skill": first["crps_skill"]["model"],
    }
    return {
        "name": "covid-china",
        "cities": len(cities.names),
        "pearson_r": dict(r),
        "pearson_r_published": PUBLISHED_R,
        "log_cases": many,
        "tenth_case": tenth,
        "first_case": first,
        "wanted": WANTED,
        "reached": {
            name: {"value": reached[name], "met": bool(reached[name] >= WANTED[name])} for name in WANTED
        },
        "passed": bool(all(abs(r[day] - PUBLISHED_R[day]) < 0.0006 for day in r)),
        "note": "each city is predicted from the others, with its own cases unseen; cities without the "
        "outcome or without travel data are left out: `cities` says how many are in",
    }


# ------------------------------------------------------------------------------------------------- reading


def read(folder: Path) -> Cities:
    """The cities of the panel for which travel is known. Raises InputFaults ``check.table``."""
    faults: list[Fault] = []
    panel = read_csv(folder / PANEL, PANEL_COLUMNS, faults, extra="keep")
    flow = read_csv(folder / FLOW, FLOW_COLUMNS, faults, extra="keep")
    daily = _daily(folder / DAILY, faults)
    if faults or panel is None or flow is None:
        raise InputFaults("check.table", f"the tables in {folder} cannot be used", faults)
    return _joined(panel, dict(zip(flow["city"], flow["flow"], strict=True)), daily)


def _daily(path: Path, faults: list[Fault]) -> dict[str, Floats]:
    """Cases so far of each city, by day from 13 January on."""
    book, found, head = FaultBook(str(path), faults), dict[str, Floats](), list[str]()
    for line, cells in stream_rows(path, book):
        if not head:
            head = cells
            continue
        try:
            new = {day: float(cell or 0) for day, cell in zip(head, cells, strict=True) if day.isdigit()}
        except ValueError:
            book.add("table.bad_value", line, None, "a row that is not numbers", "a number for each day")
            continue
        found[cells[0]] = np.cumsum([new[day] for day in sorted(new)])
    if not found:
        book.add("table.no_header", None, None, "no rows", "a row for each city")
    book.close()
    return found


def _joined(panel: Table, flow: Mapping[str, float], daily: Mapping[str, Floats]) -> Cities:
    day = np.asarray(panel["day"])
    rows = {d: np.flatnonzero(day == d) for d in (1, LAST_DAY)}
    names = np.array(panel["city_cn_full"])
    kept = rows[LAST_DAY][[bool(flow.get(name, 0.0) > 0) for name in names[rows[LAST_DAY]]]]
    columns = {name: np.asarray(panel[name])[kept] for name in _NUMBERS}
    left, confirmed = np.asarray(panel["wuhan_outflow"]), np.asarray(panel["confirmed"])
    pearson = {str(d): float(np.corrcoef(left[rows[d]], confirmed[rows[d]])[0, 1]) for d in rows}
    outflow = columns["wuhan_outflow"]
    # Where none was counted there may have been some: half of the least that was.
    some = np.maximum(outflow, outflow[outflow > 0].min() / 2)
    known = [some, [flow[n] for n in names[kept]], columns["population"], columns["gdp"]]
    apart = columns["distance_to_wuhan(km)"]
    lat, lon = columns["latitude"], columns["longitude"]
    place = np.stack([lat, lon * np.cos(np.radians(lat.mean()))], axis=1) * EARTH_KM_DEGREE
    return Cities(
        tuple(names[kept]),
        np.array(panel["province"])[kept],
        place,
        np.log(np.stack([*known, apart + 20.0], axis=1)),
        columns["confirmed"],
        pearson,
        {count: np.array([_day_of(daily.get(n), count) for n in names[kept]]) for count in (1, 10)},
    )


def _day_of(so_far: Floats | None, count: int) -> float:
    if so_far is None or so_far[-1] < count:
        return np.nan
    return float(np.argmax(so_far >= count))


# ------------------------------------------------------------------------------------------------- judging


def _judged(cities: Cities, outcome: Floats, *, in_days: bool) -> dict[str, Any]:
    """The model and naive ones on one outcome, each city left out in its turn."""
    known = np.isfinite(outcome)
    wanted, covariates = outcome[known], cities.covariates[known]
    scale = np.log(wanted - FIRST_DAY) if in_days else wanted
    middle, spread = left_out(covariates, cities.place_km[known], cities.province[known], scale)
    drawn = {"model": _levels(middle, spread, in_days)}
    for name, values in (("outflow", cities.covariates[:, 0]), ("distance", cities.covariates[:, -1])):
        middle, spread = line_left_out(values[known], scale)
        drawn[name] = _levels(middle, spread, in_days)
    drawn["climatology"] = np.stack([np.quantile(np.delete(wanted, k), LEVELS) for k in range(wanted.size)])
    score = {name: float(crps(levels, wanted).mean()) for name, levels in drawn.items()}
    others = (wanted.sum() - wanted) / (wanted.size - 1)
    r2 = {name: _r2(levels.mean(axis=1), wanted, others) for name, levels in drawn.items()}
    return {
        "cities": int(wanted.size),
        "r2": r2,
        "crps": score,
        "crps_skill": {name: 1.0 - value / score["climatology"] for name, value in score.items()},
    }


def _levels(middle: Floats, spread: Floats, in_days: bool) -> Floats:
    """Even levels of a predicted distribution, (city, level)."""
    from scipy.special import ndtri  # slow to load  # noqa: PLC0415

    levels = middle[:, None] + spread[:, None] * ndtri(LEVELS)
    return np.asarray(np.rint(np.exp(levels) + FIRST_DAY) if in_days else levels)


def crps(levels: Floats, wanted: Floats) -> Floats:
    """Continuous ranked probability score of even levels, rising along the second axis, (city,)."""
    count = levels.shape[1]
    weight = 2.0 * np.arange(1, count + 1) - count - 1.0
    return np.asarray(
        np.abs(levels - wanted[:, None]).mean(axis=1) - (levels * weight).sum(axis=1) / count**2
    )


def _r2(got: Floats, wanted: Floats, others: Floats) -> float:
    """Share of the squares that is explained, over predicting the mean of the other cities."""
    return float(1.0 - np.sum((got - wanted) ** 2) / np.sum((others - wanted) ** 2))


def line_left_out(values: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """A straight line through the other cities."""
    x = np.column_stack([np.ones(values.size), values])
    hat = x @ np.linalg.pinv(x)
    error = (scale - hat @ scale) / (1.0 - np.diag(hat))
    return scale - error, np.full(scale.size, error.std())


def left_out(
    covariates: Floats, place_km: Floats, province: Sequence[str] | NDArray[np.str_], outcome: Floats
) -> tuple[Floats, Floats]:
    """Mean and deviation that the other cities give for each city, (city,).

    Parameters
    ----------
    covariates : (city, covariate)
    place_km : (city, 2)
    province : (city,)
    outcome : (city,)

    Notes
    -----
    The prediction of one left out is in closed form (Rasmussen & Williams 2006, eq. 5.12); the deviations and
    lengths it is made with are those of the blocks of cities without it.
    """
    n = outcome.size
    x = (covariates - covariates.mean(axis=0)) / covariates.std(axis=0)
    like = _Likeness(
        np.hypot(*(place_km[:, None] - place_km[None]).transpose(2, 0, 1)),
        (np.asarray(province)[:, None] == np.asarray(province)[None]).astype(np.float64),
        ((x[:, None] - x[None]) ** 2).sum(axis=2),
        25.0 * (1.0 + x @ x.T),
    )
    block = np.random.default_rng(1).permutation(n) % BLOCKS
    middle, spread = np.empty(n), np.empty(n)
    for k in range(BLOCKS):
        seen = np.flatnonzero(block != k)
        mean, sd = outcome[seen].mean(), outcome[seen].std()
        chosen = _fitted(like.among(seen), (outcome[seen] - mean) / sd)
        inverse = np.linalg.inv(like.covariance(chosen))
        z = (outcome - mean) / sd
        away = block == k
        middle[away] = mean + sd * (z - (inverse @ z) / np.diag(inverse))[away]
        spread[away] = sd / np.sqrt(np.diag(inverse))[away]
    return middle, spread


@dataclass(frozen=True, eq=False)
class _Likeness:
    """How near cities are to each other, each (city, city)."""

    apart_km: Floats
    province: Floats
    square: Floats
    trend: Floats

    def among(self, rows: NDArray[np.intp]) -> _Likeness:
        grid = np.ix_(rows, rows)
        return _Likeness(self.apart_km[grid], self.province[grid], self.square[grid], self.trend[grid])

    def covariance(self, log: Floats) -> Floats:
        near = np.exp(2 * log[0] - self.apart_km / np.exp(log[1]))
        smooth = np.exp(2 * log[4] - self.square / (2 * np.exp(2 * log[5])))
        noise = np.exp(2 * log[2]) * np.eye(len(self.trend))
        return np.asarray(near + noise + np.exp(2 * log[3]) * self.province + smooth + self.trend)


def _fitted(like: _Likeness, z: Floats) -> Floats:
    """The deviations and lengths of most likelihood, held near `START` (within a factor of e^3, loosely)."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve  # slow to load  # noqa: PLC0415
    from scipy.optimize import minimize  # noqa: PLC0415

    def surprise(log: Floats) -> float:
        try:
            factor = cho_factor(like.covariance(log), lower=True)
        except LinAlgError:
            return np.inf
        held = float(((log - START) ** 2).sum()) / 18.0
        return float(0.5 * z @ cho_solve(factor, z) + np.log(np.diag(factor[0])).sum() + held)

    found = minimize(
        surprise, START, method="Nelder-Mead", options={"maxiter": STEPS, "xatol": 0.05, "fatol": 0.05}
    )
    return np.asarray(found.x)
