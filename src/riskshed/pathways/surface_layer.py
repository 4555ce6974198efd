"""The surface layer: how turbulence thins a plume near the ground, and what the ground takes out of it.

A Gaussian plume with tabulated widths knows nothing of the wind that rises with height, nor of a cloud that
climbs faster by day than by night. K-theory does: the crosswind-integrated concentration c(x, z) obeys

    u(z) dc/dx = d/dz (K(z) dc/dz),      K dc/dz = v c at the ground,

with wind and diffusivity of Monin-Obukhov similarity (van Ulden 1978, Atmospheric Environment 12, 2125-2129,
solved this for plumes from the ground; here it is solved by implicit steps, exactly conserving: what leaves
the air is what the ground gains). Profiles are those of Dyer (1974, doi:10.1007/BF00240838), held beyond
z = L by Webb (1970, QJRMS 96, 67-90). A lid at the mixing height lets nothing through. The ground
takes up by three resistances in series: the air above z0 (in the equation itself), the skin of air at it,
and the surface (Wesely 1989, doi:10.1016/0004-6981(89)90153-4). Sideways the plume is Gaussian, as wide as
the wind's direction varies, less by the time on the way (Draxler 1976, doi:10.1016/0004-6981(76)90226-2).

It holds for releases near the ground, over even land, to some 50 km.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

KARMAN = 0.41
BETA, GAMMA = 5.0, 16.0
"""Dyer's constants of stable and unstable air."""
SIDEWAYS_S = 300.0
"""Draxler's time for the widening of plumes from the ground."""
SCHMIDT_OVER_PRANDTL = 1.2 / 0.72
"""Of sulphur dioxide and most gases of that weight; enters the skin's resistance to the power of 2/3."""
LAYERS = 120
FIRST_STEP_M, STEP_SHARE = 0.05, 0.03


@dataclass(frozen=True, slots=True)
class Surface:
    """The state of the surface layer.

    Parameters
    ----------
    u_star_m_s : float, > 0
        Friction velocity.
    obukhov_m : float
        Obukhov length: above 0 in stable air, below 0 in unstable air, infinite in neutral air.
    roughness_m : float, > 0
    mixing_m : float
        Height of the lid, far above `roughness_m`; `mixing_height_m` where it was not measured.
    """

    u_star_m_s: float
    obukhov_m: float
    roughness_m: float
    mixing_m: float

    def __post_init__(self) -> None:
        assert self.u_star_m_s > 0, f"u_star_m_s is {self.u_star_m_s}"
        assert self.obukhov_m != 0, "obukhov_m is not 0"
        assert 0 < self.roughness_m < self.mixing_m, "the lid is above the ground"


def mixing_height_m(u_star_m_s: float, measured_m: float = np.nan) -> float:
    """Height of the lid: what was measured, or what the wind alone keeps mixed, whichever is more.

    The mechanical height is ``2300 u*^1.5``, and by day the larger of the two counts, as in AERMOD (Cimorelli
    et al. 2005, doi:10.1175/JAM2227.1). Never below 30 m, so that releases near the ground are under it.

    Examples
    --------
    >>> round(mixing_height_m(0.2)), round(mixing_height_m(0.2, 900.0)), round(mixing_height_m(0.2, 90.0))
    (206, 900, 206)
    """
    return float(np.nanmax([2300.0 * u_star_m_s**1.5, measured_m, 30.0]))


def stretch_of_wind(height_m: ArrayLike, obukhov_m: float) -> Floats:
    """What stability adds to the logarithm of the wind profile, ``psi_m(z/L)``."""
    ratio = np.asarray(height_m, np.float64) / obukhov_m
    if obukhov_m > 0:
        return np.where(ratio < 1.0, -BETA * ratio, -BETA * (1.0 + np.log(np.maximum(ratio, 1.0))))
    x = (1.0 - GAMMA * ratio) ** 0.25
    return np.asarray(
        2.0 * np.log(0.5 * (1.0 + x)) + np.log(0.5 * (1.0 + x * x)) - 2.0 * np.arctan(x) + 0.5 * np.pi
    )


def wind_m_s(surface: Surface, height_m: ArrayLike) -> Floats:
    """Mean wind at heights above `roughness_m`, m/s, in the shape of `height_m`.

    ``u(z) = u*/k (ln(z/z0) - psi_m(z/L) + psi_m(z0/L))``.

    Examples
    --------
    >>> float(wind_m_s(Surface(0.41, np.inf, 0.01, 500.0), 0.01 * np.exp(5.0)).round(6))
    5.0
    """
    ground = surface.roughness_m
    height = np.maximum(height_m, ground * 1.0001)
    of = surface.obukhov_m
    shape = np.log(height / ground) - stretch_of_wind(height, of) + stretch_of_wind(ground, of)
    return np.asarray(surface.u_star_m_s / KARMAN * shape)


def friction_m_s(speed_m_s: float, height_m: float, obukhov_m: float, roughness_m: float) -> float:
    """Friction velocity of the wind at one height, m/s: the profile turned round."""
    one = Surface(1.0, obukhov_m, roughness_m, 10.0 * height_m)
    return speed_m_s / float(wind_m_s(one, height_m))


def diffusivity_m2_s(surface: Surface, height_m: ArrayLike) -> Floats:
    """Eddy diffusivity of matter, ``k u* z / phi_h(z/L)``, m2/s, in the shape of `height_m`."""
    height = np.asarray(height_m, np.float64)
    ratio = height / surface.obukhov_m
    stable = surface.obukhov_m > 0
    phi = 1.0 + BETA * np.minimum(ratio, 1.0) if stable else (1.0 - GAMMA * np.minimum(ratio, 0.0)) ** -0.5
    return np.asarray(KARMAN * surface.u_star_m_s * height / phi)


def uptake_m_s(u_star_m_s: float, surface_resistance_s_m: float) -> float:
    """Velocity with which the ground takes up what is at z0: skin and surface in series, m/s.

    The skin has ``2 / (k u*) (Sc/Pr)^(2/3)`` (Hicks et al. 1987, doi:10.1007/BF00229675). An infinite
    resistance takes up nothing.

    Examples
    --------
    >>> uptake_m_s(0.3, np.inf), bool(0.004 < uptake_m_s(0.3, 140.0) < 0.007)
    (0.0, True)
    """
    skin = 2.0 / (KARMAN * u_star_m_s) * SCHMIDT_OVER_PRANDTL ** (2.0 / 3.0)
    return float(1.0 / (skin + surface_resistance_s_m))


def width_m(sigma_azimuth_deg: ArrayLike, distance_m: ArrayLike, travel_s: ArrayLike) -> Floats:
    """Standard deviation of the plume across the wind, m.

    ``sigma_y = sigma_a x / (1 + 0.9 (t/300 s)^0.5)``.

    Examples
    --------
    >>> float(width_m(10.0, 100.0, 0.0).round(2))
    17.45
    """
    angle = np.radians(np.asarray(sigma_azimuth_deg, np.float64))
    slowing = 1.0 + 0.9 * np.sqrt(np.asarray(travel_s, np.float64) / SIDEWAYS_S)
    return np.asarray(angle * np.asarray(distance_m, np.float64) / slowing)


def sigma_azimuth_of(obukhov_m: float) -> float:
    """Deviation of the wind's direction where nobody measured it, degrees.

    Golder's (1972, Boundary-Layer Meteorology 3, 47-58) classes of 1/L, with the deviations of Slade (1968):
    from 25 degrees in very unstable to 2.5 degrees in very stable air.

    Examples
    --------
    >>> sigma_azimuth_of(np.inf), sigma_azimuth_of(-5.0), sigma_azimuth_of(10.0)
    (10.0, 25.0, 2.5)
    """
    inverse = [-0.125, -0.08, -0.03, -0.004, 0.004, 0.035, 0.08]
    return float(np.interp(1.0 / obukhov_m, inverse, [25.0, 20.0, 15.0, 10.0, 10.0, 5.0, 2.5]))


@dataclass(frozen=True, slots=True, eq=False)
class Dilution:
    """What a release of 1 per second has become at some distances, all (distance,).

    Attributes
    ----------
    distance_m : rising
    integrated_s_m2 : crosswind-integrated concentration at the receptor's height, s/m2
    airborne : share that is still in the air, 0..1
    deposited : share that the ground has taken, 0..1; the two make 1
    speed_m_s : mean speed of what is in the air
    travel_s : mean time on the way
    """

    distance_m: Floats
    integrated_s_m2: Floats
    airborne: Floats
    deposited: Floats
    speed_m_s: Floats
    travel_s: Floats


def dilution(
    surface: Surface,
    distance_m: ArrayLike,
    *,
    release_m: float,
    receptor_m: float,
    uptake_m_s: float = 0.0,
) -> Dilution:
    """Solve the surface layer for a steady release from a line across the wind.

    Parameters
    ----------
    surface : Surface
    distance_m : array_like, (distance,), > 0, rising
    release_m, receptor_m : float
        Heights above the ground, below the lid.
    uptake_m_s : float, >= 0
        As of `uptake_m_s`; 0 takes up nothing.

    Examples
    --------
    >>> far = dilution(Surface(0.3, -50.0, 0.01, 500.0), [100.0, 1000.0], release_m=1.0, receptor_m=1.5)
    >>> far.airborne.round(9).tolist(), bool(far.integrated_s_m2[0] > 5 * far.integrated_s_m2[1])
    ([1.0, 1.0], True)
    """
    distance = np.atleast_1d(np.asarray(distance_m, np.float64))
    assert distance[0] > 0, "distances are above 0"
    assert (np.diff(distance) > 0).all(), "distances rise"
    assert max(release_m, receptor_m) < surface.mixing_m, "release and receptor are below the lid"
    edge = _edges(surface)
    middle, thick = 0.5 * (edge[1:] + edge[:-1]), np.diff(edge)
    exchange = np.zeros(edge.size)
    exchange[1:-1] = diffusivity_m2_s(surface, edge[1:-1]) / np.diff(middle)
    flow = wind_m_s(surface, middle) * thick
    here = int(np.clip(np.searchsorted(edge, release_m) - 1, 0, LAYERS - 1))
    found = np.empty((5, distance.size))
    march(flow, thick, exchange, middle, here, uptake_m_s, receptor_m, distance, found)
    return Dilution(distance, *found)


def _edges(surface: Surface) -> Floats:
    """Edges of layers from the roughness to the lid, thin at the ground, (layer + 1,)."""
    share = np.expm1(7.0 * np.linspace(0.0, 1.0, LAYERS + 1)) / np.expm1(7.0)
    return np.asarray(surface.roughness_m + share * (surface.mixing_m - surface.roughness_m))


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def march(
    flow: Floats,
    thick: Floats,
    exchange: Floats,
    middle: Floats,
    here: int,
    uptake: float,
    receptor: float,
    distance: Floats,
    found: Floats,
) -> None:  # pragma: no cover (compiled)
    """Step downwind; writes the rows of `Dilution` after its distance, (5, distance)."""
    n = flow.size
    c = np.zeros(n)
    c[here] = 1.0 / flow[here]
    upper, right = np.empty(n), np.empty(n)
    x = travel = lost = 0.0
    for k in range(distance.size):
        while x < distance[k]:
            step = min(max(FIRST_STEP_M, STEP_SHARE * x), distance[k] - x)
            for i in range(n):
                below = step * exchange[i] if i > 0 else step * uptake
                above = step * exchange[i + 1]
                diagonal = flow[i] + below + above
                right[i] = flow[i] * c[i]
                if i > 0:
                    diagonal -= below * upper[i - 1]
                    right[i] += below * right[i - 1]
                upper[i] = above / diagonal
                right[i] /= diagonal
            c[n - 1] = right[n - 1]
            for i in range(n - 2, -1, -1):
                c[i] = right[i] + upper[i] * c[i + 1]
            lost += step * uptake * c[0]
            held = airborne = 0.0
            for i in range(n):
                held += c[i] * thick[i]
                airborne += c[i] * flow[i]
            travel += step * held / airborne
            x += step
        found[0, k] = np.interp(receptor, middle, c)
        found[1, k], found[2, k] = airborne, lost
        found[3, k], found[4, k] = airborne / held, travel
