"""The made-up winds of cases/ash-northeast, by their formula; run it to write the file again.

python tests/ash_winds.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

FILE = Path(__file__).parents[1] / "cases" / "ash-northeast" / "wind.nc"
BEGIN, HOURS, EVERY_H = np.datetime64("2026-09-02T12", "ns"), 84, 6
LAT, LON = np.arange(52.0, 35.5, -1.0), np.arange(118.0, 148.5, 1.0)
HEIGHT_M = np.array([10.0, 1500.0, 5000.0, 9000.0, 12000.0])
WEST_M_S, VEER_M_S = np.array([4.0, 9.0, 18.0, 27.0, 30.0]), np.array([2.0, 4.0, 6.0, 7.0, 7.0])


def winds() -> xr.Dataset:
    """Winds from the west that grow with height, waved by a trough that goes east by 8 degrees a day.

    ``u = U(z) (1 + 0.15 sin(lat - 44))``, ``v = V(z) cos(2 pi (lon - 128 - 8 t / 1 d) / 40)``; degrees are
    those of the map, and the sine is of them in radians times 20. Rounded to 0.1 m/s.
    """
    hour = np.arange(0, HOURS + 1, EVERY_H)
    t = hour[:, None, None, None] / 24.0
    lat, lon = LAT[None, None, :, None], LON[None, None, None, :]
    u = WEST_M_S[None, :, None, None] * (1.0 + 0.15 * np.sin(np.radians(20.0 * (lat - 44.0)))) + 0.0 * (
        t + lon
    )
    v = VEER_M_S[None, :, None, None] * np.cos(2.0 * np.pi * (lon - 128.0 - 8.0 * t) / 40.0) + 0.0 * lat
    axes = ("time", "height", "latitude", "longitude")
    unit = {"units": "m s-1"}
    return xr.Dataset(
        {
            "u": (axes, u.round(1).astype(np.float32), unit | {"standard_name": "eastward_wind"}),
            "v": (axes, v.round(1).astype(np.float32), unit | {"standard_name": "northward_wind"}),
        },
        {
            "time": BEGIN + hour * np.timedelta64(1, "h"),
            "height": ("height", HEIGHT_M, {"units": "m", "positive": "up"}),
            "latitude": ("latitude", LAT, {"units": "degrees_north"}),
            "longitude": ("longitude", LON, {"units": "degrees_east"}),
        },
        {
            "Conventions": "CF-1.8",
            "source": "synthetic: made up by a formula (cases/ash-northeast/README.md)",
            "known_at": "2026-09-02T18:00:00+00:00",
        },
    )


if __name__ == "__main__":
    packed = {name: {"zlib": True, "complevel": 9, "shuffle": True} for name in ("u", "v")}
    winds().to_netcdf(FILE, engine="netcdf4", encoding=packed)
