"""One reach of a river: how much of what flows in flows out, step by step.

A reach is known by how long it holds water (K) and by how much of its storage answers to the inflow (x):
McCarthy's Muskingum reach, whose answer to a pulse has mean K and variance K^2 (1 - 2x). The classical
three coefficients give that answer only while 2 K x <= dt <= 2 K (1 - x); outside, one of them is negative,
and a flood wave is preceded by a trough that no river has. In a real network the reaches are short and long
side by side, and no dt suits all of them.

So a reach here is a lag followed by a linear reservoir (lag and route). The lag is a whole number of steps
and a fraction; the reservoir empties exponentially, exactly, under the mean inflow of the step; and the two
are chosen so that the answer *in steps* keeps mean K and variance K^2 (1 - 2x). Every weight is then >= 0
and they sum to 1 at any dt: no negative flow, no lost water, no instability. Where Muskingum is positive,
the two are one and the same scheme. Only a reach so short that no positive weights can have so small a
variance spreads more than it should, and then by the least that a grid of steps allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from riskshed.errors import DomainError

Floats = npt.NDArray[np.float64]


class LagCoefficients(NamedTuple):
    """The weights of one step of a reach, for arrays of reaches.

    ``Q[t] = decay Q[t-1] + tap0 I[t-m] + tap1 I[t-m-1] + lateral L[t]``. All arrays have
    one shape. ``m`` is `whole_steps`; I is the inflow from above, L the inflow along the reach (spread over
    the step, entering below the lag), Q the outflow. ``decay + tap0 + tap1 = decay + lateral = 1``.
    """

    whole_steps: npt.NDArray[np.int64]
    tap0: Floats
    tap1: Floats
    decay: Floats
    lateral: Floats


def lag_coefficients(k_s: npt.ArrayLike, x: npt.ArrayLike, dt_s: float) -> LagCoefficients:
    """Lag-and-route weights with the mean and the variance of a Muskingum reach, positive at any step.

    Parameters
    ----------
    k_s : array_like, s, > 0
        Travel time K of the reach.
    x : array_like, 0 to 0.5
        Muskingum weight: 0 is a pure reservoir, 0.5 a pure lag. Broadcast against `k_s`.
    dt_s : float, s, > 0
        Length of a step.

    Returns
    -------
    LagCoefficients
        Arrays of the broadcast shape.

    Raises
    ------
    DomainError
        K, x or dt outside its range, or not a number.

    Notes
    -----
    The reservoir has the time constant ``K sqrt(1 - 2x)`` and the lag takes the rest of K, see
    `lag_coefficients_of`. The storage relation ``S = K (x I + (1 - x) Q)`` is McCarthy's (1938); its
    coefficients and the range in which they are positive are given by Cunge (1969),
    doi:10.1080/00221686909500264.

    Examples
    --------
    >>> c = lag_coefficients(3600.0, 0.2, 1800.0)  # 2 K x <= dt <= 2 K (1 - x): equal to Muskingum
    >>> [round(float(w), 4) for w in (c.tap0, c.tap1, c.decay)]
    [0.0476, 0.4286, 0.5238]
    """
    k, weight = np.broadcast_arrays(np.asarray(k_s, np.float64), np.asarray(x, np.float64))
    within("K", k, "s", low=0.0, open_low=True)
    within("x", weight, "", low=0.0, high=0.5)
    store_s = k * np.sqrt(1.0 - 2.0 * weight)
    return lag_coefficients_of(k - store_s, store_s, dt_s)


def lag_coefficients_of(tau_s: npt.ArrayLike, store_s: npt.ArrayLike, dt_s: float) -> LagCoefficients:
    """Weights of a pure lag followed by a linear reservoir, with mean and variance kept on the steps.

    Parameters
    ----------
    tau_s : array_like, s, >= 0
        Pure lag (advection time).
    store_s : array_like, s, >= 0
        Time constant k of the reservoir (residence time). Broadcast against `tau_s`; their sum must be > 0.
    dt_s : float, s, > 0
        Length of a step.

    Returns
    -------
    LagCoefficients

    Raises
    ------
    DomainError
        A time outside its range, or not a number.

    Notes
    -----
    In steps, a lag of ``m + f`` split linearly over two steps has mean ``m + f`` and variance ``f (1 -
    f)``; the reservoir that empties exponentially under the mean inflow of each step has mean ``u`` and
    variance ``u (1 + u)``, with decay ``u / (1 + u)``. Writing ``A = (tau + k)/dt - m``, the two conditions

        f + u = A,        f (1 - f) + u (1 + u) = (k / dt)^2

    have the one solution ``f = (A^2 + A - (k/dt)^2) / (2 A)``, and ``0 <= f < 1`` fixes the whole number m.
    Where u would be negative (``A (1 - A) > (k/dt)^2``), u = 0 and f = A: the narrowest positive answer
    with the right mean.
    """
    tau, store = np.broadcast_arrays(np.asarray(tau_s, np.float64), np.asarray(store_s, np.float64))
    within("lag", tau, "s", low=0.0)
    within("reservoir time", store, "s", low=0.0)
    within("lag + reservoir time", tau + store, "s", low=0.0, open_low=True)
    within("dt", np.asarray(dt_s, np.float64), "s", low=0.0, open_low=True)
    total, variance = (tau + store) / dt_s, (store / dt_s) ** 2
    # The smallest A for which f >= 0; one step more and f >= 1.
    least = 0.5 * (np.sqrt(1.0 + 4.0 * variance) - 1.0)
    whole = np.maximum(np.floor(total - least), 0.0)
    rest = np.maximum(total - whole, 1e-300)  # A; a lag of exactly m steps without a reservoir has none
    mean_store = np.maximum(0.5 * (rest - 1.0 + variance / rest), 0.0)  # u
    fraction = np.clip(rest - mean_store, 0.0, 1.0)  # f
    lateral = 1.0 / (1.0 + mean_store)
    return LagCoefficients(
        np.asarray(whole, np.int64),
        lateral * (1.0 - fraction),
        lateral * fraction,
        mean_store * lateral,
        lateral,
    )


def muskingum_coefficients(k_s: npt.ArrayLike, x: npt.ArrayLike, dt_s: float) -> LagCoefficients:
    """Plain Muskingum weights in the RAPID convention, for comparison: they may be negative.

    ``Q[t] = C1 (I[t] + L[t]) + C2 (I[t-1] + L[t]) + C3 Q[t-1]``, so that lateral inflow has the weight C1 +
    C2.

    Parameters
    ----------
    k_s, x, dt_s
        As for `lag_coefficients`.

    Returns
    -------
    LagCoefficients
        tap0 = C1, tap1 = C2, decay = C3, whole_steps = 0.

    Raises
    ------
    DomainError
        K, x or dt outside its range, or not a number.

    Notes
    -----
    David et al. (2011), River network routing on the NHDPlus dataset, doi:10.1175/2011JHM1345.1.
    """
    k, weight = np.broadcast_arrays(np.asarray(k_s, np.float64), np.asarray(x, np.float64))
    within("K", k, "s", low=0.0, open_low=True)
    within("x", weight, "", low=0.0, high=0.5)
    within("dt", np.asarray(dt_s, np.float64), "s", low=0.0, open_low=True)
    half = 0.5 * dt_s
    below = k * (1.0 - weight) + half
    tap0, tap1 = (half - k * weight) / below, (half + k * weight) / below
    decay = (k * (1.0 - weight) - half) / below
    return LagCoefficients(np.zeros(k.shape, np.int64), tap0, tap1, decay, np.asarray(tap0 + tap1))


@dataclass(frozen=True, eq=False)
class Rating:
    """How fast water moves when there is more of it: ``v = v0 (Q / Q0)^b``.

    The reach then holds ``S = L (x I + (1 - x) Q) / v``, and its waves run at ``c = v / (1 - b)``, faster
    than the water. Time of travel is taken anew in every step, and the water in the reach is itself the
    state, so that none is made or lost when it changes.

    Parameters
    ----------
    velocity_m_s : array_like, (reach,), > 0
        Mean velocity v0 of the water at the flow Q0.
    flow_m3_s : array_like, (reach,), > 0
        Q0.
    exponent : float, 0 to 0.9
        b; 0.4 is Manning's wide rectangular bed.
    width_m : array_like, (reach,), > 0, optional
        Width of the water; with it x follows Cunge's ``x = (1 - Q / (B S0 c L)) / 2``, otherwise it is the
        network's.
    flow_low_m3_s : float, > 0
        Below this flow the velocity does not fall further.

    Notes
    -----
    Cunge (1969), doi:10.1080/00221686909500264. Weights follow reach.py, with ``f = min(1/2 + x K/dt, K/dt,
    1)``: where ``2 K x > dt`` the wave is spread more than x says; there, route with a longer step.
    """

    velocity_m_s: npt.ArrayLike
    flow_m3_s: npt.ArrayLike
    exponent: float = 0.4
    width_m: npt.ArrayLike | None = None
    flow_low_m3_s: float = 0.01

    def __post_init__(self) -> None:
        for name, value, unit in (
            ("velocity", self.velocity_m_s, "m/s"),
            ("flow", self.flow_m3_s, "m3/s"),
            ("width", self.width_m, "m"),
            ("lowest flow", self.flow_low_m3_s, "m3/s"),
        ):
            if value is not None:
                within(f"rating {name}", np.asarray(value, np.float64), unit, low=0.0, open_low=True)
        within("rating exponent", np.asarray(self.exponent), "", low=0.0, high=0.9)

    def velocity_at_one_m_s(self, reaches: int) -> Floats:
        """v at a flow of 1 m3/s, (reach,)."""
        at_one = np.asarray(self.velocity_m_s) / np.asarray(self.flow_m3_s, np.float64) ** self.exponent
        return np.broadcast_to(at_one, (reaches,)).copy()

    def travel_steps(self, length_m: Floats, dt_s: float) -> Floats:
        """Travel time of the water ``L / (v dt)`` at 1 m3/s, (reach,); at Q it is this times ``Q^-b``."""
        within("length", length_m, "m", low=0.0, open_low=True)
        return np.asarray(length_m / (self.velocity_at_one_m_s(length_m.size) * dt_s), np.float64)

    def cunge_spread(self, length_m: Floats, slope: Floats) -> Floats:
        """``1 / (B S0 c L)`` at 1 m3/s, (reach,): ``x = (1 - this Q^(1 - b)) / 2``; -1 without a width."""
        if self.width_m is None:
            return np.full(length_m.size, -1.0)
        within("slope", slope, "", low=0.0, open_low=True)
        celerity_m_s = self.velocity_at_one_m_s(length_m.size) / (1.0 - self.exponent)
        return np.asarray(1.0 / (np.asarray(self.width_m) * slope * celerity_m_s * length_m), np.float64)


def within(
    name: str, value: Floats, unit: str, *, low: float, high: float = np.inf, open_low: bool = False
) -> None:
    """Raise a DomainError that names the first value outside its range; infinity and NaN always are."""
    inside = (value > low if open_low else value >= low) & (value <= high) & np.isfinite(value)
    if bool(np.all(inside)):
        return
    first = int(np.argmin(inside.ravel()))
    place = f"[{first}]" if value.ndim else ""
    bound = f"{'>' if open_low else '>='} {low:g}" + (f" and <= {high:g}" if np.isfinite(high) else "")
    raise DomainError(
        "river.out_of_range",
        f"{name}{place} is {value.ravel()[first]:g} {unit}".rstrip() + f", want {bound} and finite",
    )


def gill_outflow(
    inflow_m3_s: npt.ArrayLike, *, k: float, x: float, exponent: float, dt: float, outflow_first_m3_s: float
) -> Floats:
    """Route one hydrograph through a reach with the nonlinear storage ``S = k (x I + (1 - x) Q)^exponent``.

    Parameters
    ----------
    inflow_m3_s : array_like, (time,), >= 0
    k : float, > 0
        In the unit of time of `dt`, times (m3/s)^(1 - exponent).
    x : float, 0 to 0.5
    exponent : float, > 0
    dt : float, > 0
        Length of a step, in any unit of time (published values for floods are in hours).
    outflow_first_m3_s : float, >= 0
        Outflow at the first time, from which the first storage follows.

    Returns
    -------
    ndarray of float64, (time,)
        Outflow. NaN from the step on at which the storage is used up, which bad parameters do.

    Raises
    ------
    DomainError
        A parameter outside its range.

    Notes
    -----
    Gill (1978), Flood routing by the Muskingum method, doi:10.1016/0022-1694(78)90153-1, with the explicit
    step that all published fits of Wilson's flood share: ``S[t] = S[t-1] + dt (I[t-1] - Q[t-1])`` and
    ``Q[t] = ((S[t] / k)^(1 / exponent) - x I[t-1]) / (1 - x)``. It is here for comparison with those; it
    neither promises a positive flow nor keeps the mass of its own outflows, and a network is not routed
    with it.
    """
    inflow = np.asarray(inflow_m3_s, np.float64)
    within("inflow", inflow, "m3/s", low=0.0)
    for name, value in (("k", k), ("exponent", exponent), ("dt", dt)):
        within(name, np.asarray(value, np.float64), "", low=0.0, open_low=True)
    within("x", np.asarray(x, np.float64), "", low=0.0, high=0.5)
    outflow = np.full(inflow.shape, np.nan)
    outflow[0] = outflow_first_m3_s
    stored = k * (x * inflow[0] + (1.0 - x) * outflow_first_m3_s) ** exponent
    for t in range(1, inflow.size):
        # The rate that belongs to this storage, which is not quite the outflow written down at t - 1.
        rate = ((stored / k) ** (1.0 / exponent) - x * inflow[t - 1]) / (1.0 - x)
        stored += dt * (inflow[t - 1] - rate)
        if stored <= 0.0:
            break
        outflow[t] = ((stored / k) ** (1.0 / exponent) - x * inflow[t - 1]) / (1.0 - x)
    return outflow
