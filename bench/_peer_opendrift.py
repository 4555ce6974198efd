"""OpenDrift, as it is documented, on winds that the bench hands over.

    python bench/_peer_opendrift.py in.npz out.npz

Run under the interpreter of the peers. The winds come from a NetCDF file by its generic reader, under the
names of currents, since that is what its drifters follow entirely. What is timed is ``run``, the loop.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
import warnings
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import numpy as np  # noqa: E402 (after the warnings are off)
import xarray as xr  # noqa: E402
from opendrift.models.oceandrift import OceanDrift  # noqa: E402
from opendrift.readers import reader_netCDF_CF_generic  # noqa: E402

BEGIN = datetime(2026, 1, 1)  # noqa: DTZ001 (OpenDrift wants times without a zone)
STILL = (
    "x_wind",
    "y_wind",
    "sea_surface_wave_stokes_drift_x_velocity",
    "sea_surface_wave_stokes_drift_y_velocity",
    "land_binary_mask",
)


def winds_file(given: Any, folder: Path) -> Path:
    """The winds as OpenDrift reads them."""
    south, west, step = given["grid"]
    hours, rows, columns = given["u"].shape
    time_of = np.datetime64(BEGIN) + np.arange(hours) * np.timedelta64(1, "h")
    named = {
        f"{axis}_sea_water_velocity": (
            ("time", "lat", "lon"),
            given[wind],
            {"standard_name": f"{axis}_sea_water_velocity", "units": "m s-1"},
        )
        for axis, wind in (("x", "u"), ("y", "v"))
    }
    lat = ("lat", south + step * np.arange(rows), {"standard_name": "latitude", "units": "degrees_north"})
    lon = ("lon", west + step * np.arange(columns), {"standard_name": "longitude", "units": "degrees_east"})
    path = folder / "winds.nc"
    xr.Dataset(named, {"time": time_of, "lat": lat, "lon": lon}).to_netcdf(path)
    return path


def drifted(path: Path, given: Any) -> tuple[float, np.ndarray]:
    """CPU-seconds of one run, and where everybody ends, (particle, 2)."""
    count, steps, _ = (int(n) for n in given["size"])
    step_s, diffusivity = (float(n) for n in given["walk"])
    model = OceanDrift(loglevel=50)
    model.add_reader(reader_netCDF_CF_generic.Reader(str(path)))
    for name in STILL:
        model.set_config(f"environment:constant:{name}", 0)
    settings = {
        "environment:constant:horizontal_diffusivity": diffusivity,
        "drift:advection_scheme": "runge-kutta",
        "drift:vertical_mixing": False,
        "drift:vertical_advection": False,
        "drift:stokes_drift": False,
    }
    for name, value in settings.items():
        model.set_config(name, value)
    lat, lon = (float(x) for x in given["start"])
    model.seed_elements(lon=lon, lat=lat, number=count, radius=0, time=BEGIN, z=0)
    begin = time.process_time()
    model.run(steps=steps, time_step=step_s, time_step_output=step_s * steps)
    return time.process_time() - begin, np.column_stack([model.elements.lat, model.elements.lon])


def main(given_path: str, found_path: str) -> None:
    """See the module."""
    with np.load(given_path) as given, tempfile.TemporaryDirectory() as folder:
        path = winds_file(given, Path(folder))
        runs = [drifted(path, given) for _ in range(int(given["size"][2]))]
    np.savez(found_path, end=runs[-1][1])
    print(json.dumps({"cpu_s": min(cpu for cpu, _ in runs), "version": version("opendrift")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
