"""A cloud of dissolved matter on its way down a river, for many members at once.

The river is a stem of reaches in the order of the flow. Each reach is the aggregated dead zone of Beer &
Young (1983): a pure delay, then a store that empties exponentially; together they delay the cloud by the
travel time K = length / velocity and widen it. It is the operator of
`reach.lag_coefficients_of`, here on mass flux.

**Velocity** of the peak is Jobson's regression over 980 tracer subreaches (USGS WRIR 96-4013, eq. 14)

    v = 0.020 + 0.051 Da'^0.821 Qa'^-0.465 Q/Da,   Da' = Da^1.25 sqrt(g)/Qa,   Qa' = Q/Qa   (m/s),

times a factor for ice, times a random walk along the stream. A walk and not one factor for the whole river:
the last seen speed is the best guess of the next one, and a far one says little.

**Ice** doubles the wetted perimeter of a wide river; at equal discharge and equal roughness the water under
a closed cover is 2^(2/5) times deeper, hence 2^-(2/5) = 0.76 times as fast (Manning's law for the bed and
the ice together).

**Width.** The standard deviation of the passage is s (T / 100 h)^p at travel time T. Jobson gives p near 0.8
from the decline of the peak (eq. 7) and p = 1 from the leading edge, which arrives at 0.89 of the travel
time of the peak; so p is uncertain.

Every member has **a clock of its own**: delays only add to the clock and stores alone act on the signal, so
nothing is ever shifted on a grid, and a fast and a slow member have the same number of steps to the cloud.
Cost: reaches x steps x members multiply-adds, about 40 ms for 130 x 300 x 1000.

Not represented: a velocity that changes while the cloud passes one reach, and the return of matter from ice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit
from numpy.typing import NDArray

from riskshed.pathways.reach import LagCoefficients, lag_coefficients_of
from riskshed.pathways.treatment import Treatment, source_share

FloatArray = NDArray[np.float64]

STEPS = 300
GRAVITY_M_S2 = 9.80665
WIDTH_T0_S = 360_000.0
"""Travel time at which the width of the cloud is given: 100 h."""


def _floats(value: npt.ArrayLike) -> FloatArray:
    return np.asarray(value, dtype=np.float64)


def peak_velocity_m_s(
    flow_m3_s: npt.ArrayLike, flow_mean_m3_s: npt.ArrayLike, area_m2: npt.ArrayLike
) -> FloatArray:
    """Velocity of the peak of a tracer cloud, m/s (Jobson 1996, eq. 14; slope unknown).

    Parameters
    ----------
    flow_m3_s, flow_mean_m3_s : array_like
        Flow at the time and mean annual flow, m3/s, > 0.
    area_m2 : array_like
        Drainage area, m2, > 0.

    Notes
    -----
    Fitted to 980 subreaches of 90 rivers of the United States; the standard error is near a third.

    Examples
    --------
    >>> round(float(peak_velocity_m_s(540.0, 1200.0, 3.9e11)), 2)
    0.63
    """
    flow, mean, area = _floats(flow_m3_s), _floats(flow_mean_m3_s), _floats(area_m2)
    size = area**1.25 * np.sqrt(GRAVITY_M_S2) / mean
    share = flow / mean
    return _floats(0.020 + 0.051 * size**0.821 * share**-0.465 * flow / area)


@dataclass(frozen=True, eq=False)
class Stem:
    """The river below the release, reach by reach in the order of the flow.

    Attributes
    ----------
    length_m, flow_m3_s, flow_mean_m3_s, area_m2 : (reach,)
    section_row : (section,)
        Row of the reach at whose end each section stands.
    """

    length_m: FloatArray
    flow_m3_s: FloatArray
    flow_mean_m3_s: FloatArray
    area_m2: FloatArray
    section_row: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Draw:
    """What each member supposes; all positive. Arrays are (member,) but for `velocity_factor`.

    Attributes
    ----------
    velocity_factor : (reach, member)
        Times the velocity of the regression.
    flow_factor : times the flow of the stem; `recession_per_s` : decline of its part above base flow.
    ice_onset_s, ice_spell_s : first ice, s after the release (may be < 0), and from then to a full cover.
    ice_velocity : velocity under a full cover over that of open water, 0..1.
    width_s, width_exponent : width of the cloud at a travel time of 100 h, and its growth.
    release_s : time constant of the release.  `mass_kg`.  `half_life_s` of all losses.
    """

    velocity_factor: FloatArray
    flow_factor: FloatArray
    recession_per_s: FloatArray
    ice_onset_s: FloatArray
    ice_spell_s: FloatArray
    ice_velocity: FloatArray
    width_s: FloatArray
    width_exponent: FloatArray
    release_s: FloatArray
    mass_kg: FloatArray
    half_life_s: FloatArray


BASE_FLOW_SHARE = 0.35
"""Share of the flow that does not recede within a season: ground water and what dams let through."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Concentration at the sections, each member on its own clock.

    Attributes
    ----------
    start_s : (section, member)
        Time of step 0, s after the release.
    step_s : (member,)
    mg_per_l : (section, step, member)
    travel_s : (section, member)
        Mean travel time.
    flow_m3_s : (section, member)
        Flow in which the cloud is diluted there.
    """

    start_s: FloatArray
    step_s: FloatArray
    mg_per_l: FloatArray
    travel_s: FloatArray
    flow_m3_s: FloatArray

    def peak(self) -> FloatArray:
        """Highest concentration, mg/L, (section, member)."""
        return _floats(self.mg_per_l.max(axis=1))

    def peak_s(self) -> FloatArray:
        """Its time, s after the release, (section, member)."""
        return _floats(self.start_s + self.mg_per_l.argmax(axis=1) * self.step_s)

    def crossing_s(self, level_mg_per_l: float, *, falling: bool = False) -> FloatArray:
        """First time at or above a level, or last time at or above it, (section, member).

        Infinity where the level is never reached (also for `falling`).
        """
        level = np.full(self.start_s.shape, level_mg_per_l)
        times = self._crossing(slice(None), level, falling)
        return _floats(np.where(self.peak() >= level_mg_per_l, times, np.inf))

    def crossing_near_s(self, section: int, level_mg_per_l: float, *, falling: bool = False) -> FloatArray:
        """As `crossing_s` at one section, but always finite, (member,).

        A member whose peak is lower than the level counts where it comes nearest: at 0.95 of its own peak.
        """
        level = np.minimum(level_mg_per_l, 0.95 * self.mg_per_l[section].max(axis=0))
        times: FloatArray = self._crossing(slice(section, section + 1), level[None], falling)[0]
        return times

    def _crossing(self, rows: slice, level: FloatArray, falling: bool) -> FloatArray:
        curve = self.mg_per_l[rows]
        reached = curve >= level[:, None, :]
        last = curve.shape[1] - 1
        at = last - reached[:, ::-1].argmax(axis=1) if falling else reached.argmax(axis=1)
        other = np.minimum(at + 1, last) if falling else np.maximum(at - 1, 0)
        inside = np.take_along_axis(curve, at[:, None], axis=1)[:, 0]
        outside = np.take_along_axis(curve, other[:, None], axis=1)[:, 0]
        # Nothing is known before the first step, when nothing can have come, nor after the last one.
        at_end = at == other
        rise = np.where(at_end, 1.0, inside - outside)
        part = np.where(at_end, 0.0, np.clip((inside - level) / rise, 0.0, 1.0))
        step = at + (part if falling else -part)
        return _floats(self.start_s[rows] + step * self.step_s)

    def at(self, section: int, time_s: FloatArray) -> FloatArray:
        """Concentration at times after the release, mg/L, (time, member); 0 off the cloud."""
        place = (np.asarray(time_s)[:, None] - self.start_s[section]) / self.step_s
        below = np.floor(place)
        inside = (below >= 0) & (below < self.mg_per_l.shape[1] - 1)
        step = np.where(inside, below, 0).astype(np.int64)
        member = np.arange(self.step_s.size)
        curve = self.mg_per_l[section]
        low, high = curve[step, member], curve[step + 1, member]
        return _floats(np.where(inside, low + (place - below) * (high - low), 0.0))


@dataclass(frozen=True, eq=False)
class Works:
    """What is done about a cloud on its way. Rows are reaches of the stem.

    Attributes
    ----------
    source : treatments that cut the release
    added : (row, treatment) of water let out at the end of a reach: it fills all reaches below at once,
        since a wave runs ahead of the water that it moves
    walls : (row, treatment) of what takes a share of the matter out at the end of a reach
    """

    source: tuple[Treatment, ...] = ()
    added: tuple[tuple[int, Treatment], ...] = ()
    walls: tuple[tuple[int, Treatment], ...] = ()


NO_WORKS = Works()


def run(stem: Stem, draw: Draw, works: Works = NO_WORKS) -> Curves:
    """Carry the release of every member down the stem.

    Mass is kept: at every section, flux integrated over time is ``mass x 2^(-travel time / half-life)``, less
    what works took out. What would pass after the last step, 1e-4 of it at the very most, is added to the
    steps in proportion.
    """
    travel, flow = _travel(stem, draw, works.added)
    store = _stores(travel, draw)
    step_s = _clock_step_s(store, draw)
    flux = _release(draw, step_s)  # (step, member), 1/s
    weights = lag_coefficients_of(0.0, store / step_s, 1.0)
    out = np.empty((stem.section_row.size, STEPS, step_s.size))
    passed = np.zeros((stem.section_row.size, step_s.size))
    delays = np.cumsum(travel - store, axis=0)
    arrived = np.cumsum(travel, axis=0)[stem.section_row]
    flow_there = flow[stem.section_row]
    kept_g = 1e3 * draw.mass_kg * np.exp2(-arrived / draw.half_life_s)
    if works.source or works.walls:
        kept_g *= _cascade_of_works(weights, stem.section_row, works, delays, step_s, flux, out, passed)
        passed[passed == 0.0] = 1.0  # where nothing passes, nothing is scaled
    else:
        _cascade(weights.decay, weights.tap0, weights.tap1, stem.section_row, flux, out, passed)
    out *= (kept_g / (passed * step_s) / flow_there)[:, None, :]  # g/s over m3/s is g/m3, that is mg/L
    return Curves(delays[stem.section_row], step_s, out, arrived, flow_there)


def _cascade_of_works(
    weights: LagCoefficients,
    section_row: NDArray[np.int64],
    works: Works,
    delay_s: FloatArray,
    step_s: FloatArray,
    flux: FloatArray,
    out: FloatArray,
    passed: FloatArray,
) -> FloatArray:
    """The cascade with works on its way; the share of the mass that passes, (section, member)."""
    step = np.arange(STEPS)[:, None]
    whole = np.cumsum(flux, axis=0)[-1]
    flux *= source_share(works.source, step * step_s, (step + 1) * step_s)
    left = np.cumsum(flux, axis=0)[-1] / whole
    share = np.empty(passed.shape)
    begin = 0
    for end in sorted({row + 1 for row, _ in works.walls} | {len(weights.decay)}):
        part = (section_row >= begin) & (section_row < end)
        here, sum_here = np.empty((int(part.sum()), *flux.shape)), np.zeros((int(part.sum()), step_s.size))
        rows = slice(begin, end)
        taps = (weights.decay[rows], weights.tap0[rows], weights.tap1[rows])
        _cascade(*taps, section_row[part] - begin, flux, here, sum_here)
        out[part], passed[part], share[part] = here, sum_here, left
        before = np.cumsum(flux, axis=0)[-1]
        began_s = delay_s[end - 1] + step * step_s
        for row, wall in works.walls:
            if row + 1 == end:
                flux *= 1.0 - wall.amount * wall.during(began_s, began_s + step_s)
        after = np.cumsum(flux, axis=0)[-1]
        left = left * np.where(before > 0.0, after / np.where(before > 0.0, before, 1.0), 0.0)
        at_wall = section_row == end - 1  # a section stands below the wall of its reach
        out[at_wall], passed[at_wall], share[at_wall] = flux, after, left
        begin = end
    return share


def _travel(
    stem: Stem, draw: Draw, added: tuple[tuple[int, Treatment], ...] = ()
) -> tuple[FloatArray, FloatArray]:
    """Travel time and flow of each reach at the time of its passage, both (reach, member)."""
    members = draw.mass_kg.size
    travel = np.empty((stem.length_m.size, members))
    flow = np.empty_like(travel)
    clock = np.zeros(members)
    for i in range(stem.length_m.size):
        receding = BASE_FLOW_SHARE + (1 - BASE_FLOW_SHARE) * np.exp(-draw.recession_per_s * clock)
        flow[i] = stem.flow_m3_s[i] * draw.flow_factor * receding
        for row, treatment in added:
            if i > row:
                flow[i] += treatment.amount * treatment.during(clock, clock)
        cover = np.clip((clock - draw.ice_onset_s) / draw.ice_spell_s, 0.0, 1.0)
        velocity = peak_velocity_m_s(flow[i], stem.flow_mean_m3_s[i], stem.area_m2[i])
        velocity *= draw.velocity_factor[i] * (1.0 - (1.0 - draw.ice_velocity) * cover)
        travel[i] = stem.length_m[i] / velocity
        clock = clock + travel[i]
    return travel, flow


def _stores(travel: FloatArray, draw: Draw) -> FloatArray:
    """Time constants of the stores, s, (reach, member): their squares add up to the square of the width."""
    after = np.cumsum(travel, axis=0)
    variance = draw.width_s**2 * (after / WIDTH_T0_S) ** (2 * draw.width_exponent)
    store = np.sqrt(np.diff(variance, axis=0, prepend=0.0))
    return np.minimum(store, 0.95 * travel)  # a reach cannot hold water longer than it takes


def _clock_step_s(store: FloatArray, draw: Draw) -> FloatArray:
    """Step of each member, so that the whole cloud passes every section within the steps."""
    # Running sums: `sum` adds a lone member in another order than one among many.
    width = np.sqrt(np.cumsum(store**2, axis=0)[-1] + draw.release_s**2)
    return _floats((np.cumsum(store, axis=0)[-1] + draw.release_s + 8.0 * width) / STEPS)


def _release(draw: Draw, step_s: FloatArray) -> FloatArray:
    """Share of the mass released per second, (step, member): exponential, and exactly 1 in all."""
    decay = np.exp(-step_s / draw.release_s)
    flux = decay ** np.arange(STEPS)[:, None]
    return _floats(flux / (np.cumsum(flux, axis=0)[-1] * step_s))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})  # type: ignore[untyped-decorator]
def _cascade(
    decay: FloatArray,
    tap0: FloatArray,
    tap1: FloatArray,
    section_row: NDArray[np.int64],
    flux: FloatArray,
    out: FloatArray,
    passed: FloatArray,
) -> None:  # pragma: no cover (compiled)
    # flux is (step, member), changed in place from reach to reach; weights are (reach, member); passed is
    # (section, member), the sum of out over the steps.
    reaches, members = decay.shape
    before, stored = np.empty(members), np.empty(members)
    for i in range(reaches):
        before[:] = 0.0
        stored[:] = 0.0
        for t in range(flux.shape[0]):
            for m in range(members):
                inflow = flux[t, m]
                stored[m] = decay[i, m] * stored[m] + tap0[i, m] * inflow + tap1[i, m] * before[m]
                before[m] = inflow
                flux[t, m] = stored[m]
        for s in range(section_row.size):
            if section_row[s] == i:
                out[s] = flux
                for t in range(flux.shape[0]):
                    for m in range(members):
                        passed[s, m] += flux[t, m]
