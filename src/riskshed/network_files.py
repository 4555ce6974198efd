"""River networks as other programs write them: the parquet of river-route and the CSV files of RAPID."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed.columns import Column, WrongCellError, parse_cell, shown
from riskshed.errors import Fault, InputFaults
from riskshed.network import OUTLET, Network
from riskshed.tables import LIMITS, FaultBook, Limits, can_read, stream_rows

PARQUET_ROWS_MAX = 20_000_000

# what we call it: what version 3 of river-route calls it, its first releases, and version 2
RIVER_ROUTE: Mapping[str, tuple[str, ...]] = {
    "reach_id": ("riverId", "river_id"),
    "down_id": ("nextRiverId", "next_river_id", "downstream_river_id"),
    "k_s": ("muskingumK", "k"),
    "x": ("muskingumX", "x"),
    "length_m": ("length_m",),
    "slope": ("slope",),
}
RIVER_ROUTE_NEEDED = ("reach_id", "down_id", "k_s", "x")


def read_river_route(path: Path, *, limits: Limits = LIMITS) -> Network:
    """Read a network file of river-route: parquet, one row for each river, -1 below an outlet.

    The columns of version 3 (``riverId``, ``nextRiverId``, ``muskingumK`` in s, ``muskingumX``) and of its
    earlier releases; ``length_m`` and ``slope`` if they are there. The rows may stand in any order.
    https://github.com/rileyhales/river-route (docs/references/io-file-schema.md)

    Raises
    ------
    InputFaults
    """
    found: list[Fault] = []
    book = FaultBook(str(path), found, limits)
    columns = _parquet(path, book) if can_read(path, book, limits) else {}
    if book.close():
        raise InputFaults("network.faults", f"the river network {path} cannot be used", found)
    names = (columns["reach_id"][0], columns["down_id"][0])
    ids, down_ids, *rest = (column for _, column in columns.values())
    more: dict[str, Any] = dict(zip(list(columns)[2:], rest, strict=True))
    return Network.of(ids, down_ids, where=str(path), names=names, **more)


def _parquet(path: Path, book: FaultBook) -> dict[str, tuple[str, NDArray[Any]]]:
    # imported here because most regions do without, and it takes longer to load than they take to read
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with parquet.ParquetFile(path) as file:
            if file.metadata.num_rows > PARQUET_ROWS_MAX:
                got, wanted = f"{file.metadata.num_rows:,} rows", f"at most {PARQUET_ROWS_MAX:,} rows"
                book.add("table.too_many_rows", None, None, got, wanted, "Cut the network to its region.")
                return {}
            names = _parquet_names(file.schema_arrow.names, book)
            table = file.read(columns=list(names.values()))
            return {ours: (name, _plain(table[name], ours, name, book)) for ours, name in names.items()}
    except (pa.ArrowException, OSError, ValueError, MemoryError, KeyError) as error:
        told = shown(str(error).partition("\n")[0])[1:-1]
        book.add("file.bad_parquet", None, None, told, "a parquet file", "Write the file again.")
        return {}


def _parquet_names(there: Sequence[str], book: FaultBook) -> dict[str, str]:
    """Which column of the file is which of ours; empty if a needed one is missing or not the only one."""
    found = {ours: [n for n in names if n in there] for ours, names in RIVER_ROUTE.items()}
    for ours, names in found.items():
        wanted = " or ".join(RIVER_ROUTE[ours])
        if not names and ours in RIVER_ROUTE_NEEDED:
            book.add("table.missing_column", None, RIVER_ROUTE[ours][0], "no such column", wanted, "Add it.")
        if sum(there.count(name) for name in names) > 1:
            book.add("table.duplicate_column", None, names[0], " and ".join(names), f"one of {wanted}")
    return {} if book.count else {ours: names[0] for ours, names in found.items() if names}


def _plain(column: Any, ours: str, name: str, book: FaultBook) -> NDArray[Any]:
    """A parquet column as int64 (ids, where none may be unknown) or float64 (NaN where it is null)."""
    import pyarrow as pa  # noqa: PLC0415

    whole = ours in ("reach_id", "down_id")
    good = pa.types.is_integer(column.type) or (not whole and pa.types.is_floating(column.type))
    if not good or (whole and column.null_count):
        got = f"{column.type} with {column.null_count} empty"
        book.add("table.bad_column", None, name, got, "whole numbers, none empty" if whole else "numbers")
        return np.empty(0)
    values: NDArray[Any] = column.cast(pa.int64() if whole else pa.float64()).to_numpy()
    return values


_RAPID_ID = Column("rivid", "int", low=1)
_RAPID_DOWN = Column("downstream rivid", "int", low=-1)
_RAPID_COUNT = Column("upstream count", "int", low=0)
_RAPID_UP = Column("upstream rivid", "int")


def read_rapid(
    connectivity: Path, k: Path, x: Path, riv_bas_id: Path | None = None, *, limits: Limits = LIMITS
) -> Network:
    """Read the CSV files of RAPID, which have no header.

    Parameters
    ----------
    connectivity : Path
        ``rapid_connect.csv``: id of the reach, of the one below (0 at an outlet), number of reaches directly
        above, and their ids, padded with 0.
    k, x : Path
        ``k.csv`` (s) and ``x.csv`` (0 to 0.5): one number for each line of the connectivity.
    riv_bas_id : Path, optional
        Ids of the reaches to keep; one whose reach below is not kept becomes an outlet.

    Notes ----- David et al. (2011), River Network Routing on the NHDPlus Dataset, doi:10.1175/2011JHM1345.1;
    the files are described with RAPIDpy, https://github.com/erdc/RAPIDpy.

    Raises
    ------
    InputFaults
    """
    found: list[Fault] = []
    book = FaultBook(str(connectivity), found, limits)
    lines, ids, down = _connectivity(connectivity, book, limits)
    if not ids and not book.count:
        book.add("network.empty", None, None, "no reaches", "at least one reach", "Add the reaches.")
    whole = not book.close()  # otherwise the other files have nothing to be compared with
    k_s, weight = (_numbers(p, name, len(ids), found, limits, whole) for p, name in ((k, "k"), (x, "x")))
    keep = np.ones(len(ids), dtype=bool)
    if riv_bas_id is not None:
        keep = _kept(riv_bas_id, ids, found, limits, whole)
    if found:
        raise InputFaults("network.faults", f"the river network {connectivity} cannot be used", found)
    id_of, below = np.array(ids, dtype=np.int64), np.array(down, dtype=np.int64)
    if riv_bas_id is not None:
        below = np.where(np.isin(below, id_of[keep]) | ~np.isin(below, id_of), below, OUTLET)
    return Network.of(
        id_of[keep],
        below[keep],
        where=str(connectivity),
        lines=np.array(lines, dtype=np.int64)[keep].tolist(),
        names=(_RAPID_ID.name, _RAPID_DOWN.name),
        k_s=np.array(k_s)[keep],
        x=np.array(weight)[keep],
    )


def _connectivity(path: Path, book: FaultBook, limits: Limits) -> tuple[list[int], list[int], list[int]]:
    lines: list[int] = []
    ids: list[int] = []
    down: list[int] = []
    for line, cells in stream_rows(path, book, limits):
        if len(cells) < 3:
            book.add("table.ragged_row", line, None, f"{len(cells)} cells", "at least 3 cells")
            continue
        columns = (
            _RAPID_ID,
            _RAPID_DOWN,
            _RAPID_COUNT,
            *(Column("upstream rivid", "int"),) * (len(cells) - 3),
        )
        reach, below, count, *above = (
            _number(*cell, line, book) for cell in zip(cells, columns, strict=True)
        )
        if count != sum(one > 0 for one in above):
            got, wanted = f"{count} reaches above", f"{sum(one > 0 for one in above)}, as many as are named"
            book.add("network.bad_upstream", line, _RAPID_COUNT.name, got, wanted, "Correct the number.")
        lines.append(line)
        ids.append(int(reach))
        down.append(int(below) if below > 0 else OUTLET)
    return lines, ids, down


def _number(text: str, column: Column, line: int, book: FaultBook) -> float:
    try:
        value: float = parse_cell(text, column)
    except WrongCellError as wrong:
        book.add(wrong.code, line, column.name, shown(text), wrong.wanted, wrong.todo)
        return 0
    return value


def _numbers(
    path: Path, name: str, count: int, found: list[Fault], limits: Limits, compare: bool
) -> list[float]:
    book = FaultBook(str(path), found, limits)
    column = Column(name, "float")
    values = [_number(cells[0], column, line, book) for line, cells in stream_rows(path, book, limits)]
    if compare and not book.count and len(values) != count:
        got, wanted = f"{len(values)} numbers", f"{count}, one for each line of the connectivity"
        book.add("network.bad_count", None, name, got, wanted, "Use files of one network.")
    book.close()
    return values


def _kept(
    path: Path, ids: Sequence[int], found: list[Fault], limits: Limits, compare: bool
) -> NDArray[np.bool_]:
    book = FaultBook(str(path), found, limits)
    wanted, known = set[int](), set(ids)
    for line, cells in stream_rows(path, book, limits):
        reach = int(_number(cells[0], _RAPID_ID, line, book))
        wanted.add(reach)
        if compare and reach not in known:
            got = f"reach {reach}"
            book.add(
                "network.unknown_id", line, _RAPID_ID.name, got, "a reach of the connectivity", "Correct it."
            )
    book.close()
    return np.array([reach in wanted for reach in ids], dtype=bool)
