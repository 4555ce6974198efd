"""An ensemble smoother: what was seen narrows what the members suppose, also where it says only "not yet".

Members are columns of *controls* (standard normal numbers from which a pathway computes everything). What a
member would have shown at each sighting is its *prediction*. The smoother moves the controls along their
sample covariance with the predictions, in several small steps between which the pathway is run again, so that
a travel time that is anything but linear in the velocity is followed nearly exactly (ensemble smoother with
multiple data assimilation, Emerick & Reynolds 2013, doi:10.1016/j.cageo.2012.03.011).

Two things a plain smoother does badly are done otherwise here:

- *"Not detected yet" is a bound*, no value. Members on the right side of it must stay as they are; treating
  their own prediction as if it had been observed would pin them there. So sightings are taken one by one
  (a serial filter), and a bound moves only the members that break it, to the bound and without noise
  (partial filter of Borup et al. 2015, doi:10.1007/s00477-014-0908-1).
- *What lies downstream of a section has no part in what is seen there.* Its true covariance with the sighting
  is zero; the sampled one is noise, and with errors of hours against spreads of weeks that noise would be
  multiplied by twenty. `allowed` says which controls a sighting may move.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

AT_MOST, EQUAL, AT_LEAST = -1, 0, 1
"""What a sighting says of the predicted value: at most, equal to, at least the seen one."""


def smooth(
    controls: FloatArray,
    predict: Callable[[FloatArray], FloatArray],
    *,
    seen: FloatArray,
    deviation: FloatArray,
    bound: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    noise: Callable[[int], FloatArray],
    steps: int,
    progress: Callable[[int, int], None] | None = None,
) -> FloatArray:
    """Move the controls until the members agree with what was seen, as far as its errors ask for it.

    Parameters
    ----------
    controls : (control, member)
        Standard normal before anything is seen. Not changed.
    predict : callable
        From controls (control, member) to predictions (sighting, member).
    seen, deviation : (sighting,)
        The seen value and its standard deviation (of reading and model together), > 0.
    bound : (sighting,)
        `AT_MOST`, `EQUAL` or `AT_LEAST`.
    allowed : (control, sighting)
        Whether the sighting can depend on the control.
    noise : callable
        From the number of the step to standard normal numbers (sighting, member).
    steps : int
        How many steps, >= 1. Each weighs its sightings by 1/steps, so that all together weigh 1.
    progress : callable, optional
        Called as ``progress(done, steps)``.

    Returns
    -------
    (control, member)
    """
    assert steps >= 1, "at least one step"
    assert np.all(deviation > 0), "every sighting has an error"
    moved = controls
    if seen.size == 0:
        return moved
    for step in range(steps):
        moved = _one_step(moved, predict(moved), seen, deviation, bound, allowed, noise(step), steps)
        if progress is not None:
            progress(step + 1, steps)
    return moved


def _one_step(
    controls: FloatArray,
    predicted: FloatArray,
    seen: FloatArray,
    deviation: FloatArray,
    bound: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    noise: FloatArray,
    steps: int,
) -> FloatArray:
    assert np.all(np.isfinite(predicted)), "a prediction is a finite number"
    controls, predicted = controls.copy(), predicted.copy()
    for j in range(seen.size):
        variance = steps * deviation[j] ** 2
        change = _change(predicted[j], seen[j], int(bound[j]), np.sqrt(variance) * noise[j])
        if not change.any():
            continue
        apart = predicted[j] - predicted[j].mean()
        weight = 1.0 / (apart @ apart / (apart.size - 1) + variance) / (apart.size - 1)
        controls += np.outer(np.where(allowed[:, j], controls @ apart * weight, 0.0), change)
        predicted += np.outer(predicted @ apart * weight, change)
    return controls


def _change(predicted: FloatArray, seen: float, bound: int, error: FloatArray) -> FloatArray:
    if bound == AT_LEAST:
        return np.maximum(seen - predicted, 0.0)
    if bound == AT_MOST:
        return np.minimum(seen - predicted, 0.0)
    return np.asarray(seen + error - predicted, dtype=np.float64)
