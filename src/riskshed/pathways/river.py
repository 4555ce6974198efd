"""Flood waves through a network of reaches: what the rain upstream does to the cities downstream, and when.

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

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from riskshed.errors import DomainError

Floats = npt.NDArray[np.float64]


class LagCoefficients(NamedTuple):
    """The weights of one step of a reach, for arrays of reaches.

    ``Q[t] = decay Q[t-1] + tap0 I[t-m] + tap1 I[t-m-1] + tap2 I[t-m-2] + lateral L[t]``. All arrays have
    one shape. ``m`` is `whole_steps`; I is the inflow from above, L the inflow along the reach (spread over
    the step, entering below the lag), Q the outflow. ``decay + tap0 + tap1 + tap2 = decay + lateral = 1``.
    Both schemes of this module need two taps: tap2 is 0, and a loop over reaches may leave it out.
    """

    whole_steps: npt.NDArray[np.int64]
    tap0: Floats
    tap1: Floats
    tap2: Floats
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
    _within("K", k, "s", low=0.0, open_low=True)
    _within("x", weight, "", low=0.0, high=0.5)
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
    _within("lag", tau, "s", low=0.0)
    _within("reservoir time", store, "s", low=0.0)
    _within("lag + reservoir time", tau + store, "s", low=0.0, open_low=True)
    _within("dt", np.asarray(dt_s, np.float64), "s", low=0.0, open_low=True)
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
        np.zeros(rest.shape),
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
    _within("K", k, "s", low=0.0, open_low=True)
    _within("x", weight, "", low=0.0, high=0.5)
    _within("dt", np.asarray(dt_s, np.float64), "s", low=0.0, open_low=True)
    half = 0.5 * dt_s
    below = k * (1.0 - weight) + half
    tap0, tap1 = (half - k * weight) / below, (half + k * weight) / below
    decay = (k * (1.0 - weight) - half) / below
    return LagCoefficients(
        np.zeros(k.shape, np.int64), tap0, tap1, np.zeros(k.shape), decay, np.asarray(tap0 + tap1)
    )


def _within(
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
