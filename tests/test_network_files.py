"""Networks in the columns of river-route and RAPID, as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from riskshed.errors import InputFaults
from riskshed.network_files import read_rapid, read_river_route
from riskshed.tables import Limits

VERSION_3 = {
    "riverId": [10, 20, 30],
    "nextRiverId": [30, 30, -1],
    "muskingumK": [900.0, 1800.0, 3600.0],
    "muskingumX": [0.1, 0.2, 0.3],
    "riverIndex": [0, 1, 2],
    "upstreamCount": [0, 0, 2],
}


def write_parquet(path: Path, columns: Mapping[str, object]) -> Path:
    parquet.write_table(pa.table(dict(columns)), path)
    return path


def write_rapid(folder: Path, connect: str, k: str, x: str, kept: str | None = None) -> list[Path]:
    texts = {"rapid_connect.csv": connect, "k.csv": k, "x.csv": x} | (
        {"riv_bas_id.csv": kept} if kept else {}
    )
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in texts]


def codes(error: pytest.ExceptionInfo[InputFaults]) -> list[str]:
    return [fault.code for fault in error.value.faults]


def test_version_3_of_river_route_is_read(tmp_path: Path) -> None:
    net = read_river_route(write_parquet(tmp_path / "reaches.parquet", VERSION_3))
    assert net.ids.tolist() == [10, 20, 30]
    assert net.k_s.tolist() == [900.0, 1800.0, 3600.0]
    assert net.x.tolist() == [0.1, 0.2, 0.3]
    assert np.isnan(net.length_m).all()


@pytest.mark.parametrize("below", ["next_river_id", "downstream_river_id"])
def test_earlier_releases_are_read_in_any_order_of_rows(tmp_path: Path, below: str) -> None:
    columns = {"river_id": [30, 20, 10], below: [-1, 30, 30], "k": [3.0, 2.0, 1.0], "x": [0.1, 0.1, 0.1]}
    net = read_river_route(write_parquet(tmp_path / "reaches.parquet", columns))
    assert net.ids.tolist() == [20, 10, 30]
    assert net.k_s.tolist() == [2.0, 1.0, 3.0]


def test_single_precision_and_length_are_read(tmp_path: Path) -> None:
    more = {"muskingumK": pa.array([900.0, 1800.0, 3600.0], pa.float32()), "length_m": [1, 2, 3]}
    net = read_river_route(write_parquet(tmp_path / "reaches.parquet", VERSION_3 | more))
    assert net.k_s.dtype == np.float64
    assert net.length_m.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"muskingumX": None}, "table.missing_column"),
        ({"river_id": [1, 2, 3]}, "table.duplicate_column"),
        ({"riverId": [10.0, 20.0, 30.0]}, "table.bad_column"),
        ({"riverId": [10, None, 30]}, "table.bad_column"),
        ({"riverId": [10, 20, 20]}, "network.duplicate_id"),
        ({"nextRiverId": [20, 30, 10]}, "network.cycle"),
        ({"muskingumK": [-1.0, 1.0, 1.0]}, "network.bad_value"),
        ({"muskingumK": ["a", "b", "c"]}, "table.bad_column"),
    ],
)
def test_a_wrong_network_file_is_refused(tmp_path: Path, change: dict[str, object], code: str) -> None:
    columns = {name: column for name, column in (VERSION_3 | change).items() if column is not None}
    with pytest.raises(InputFaults) as error:
        read_river_route(write_parquet(tmp_path / "reaches.parquet", columns))
    assert code in codes(error)


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reaches.parquet").write_text("reach_id,down_id\n")
    with pytest.raises(InputFaults) as error:
        read_river_route(tmp_path / "reaches.parquet")
    assert codes(error) == ["file.bad_parquet"]


def test_a_small_file_that_unfolds_to_too_many_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_parquet(tmp_path / "reaches.parquet", {name: np.zeros(100_000, int) for name in VERSION_3})
    monkeypatch.setattr("riskshed.network_files.PARQUET_ROWS_MAX", 99_999)
    with pytest.raises(InputFaults) as error:
        read_river_route(path)
    assert path.stat().st_size < 20_000
    assert codes(error) == ["table.too_many_rows"]


def test_a_parquet_file_over_the_limit_of_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFaults) as error:
        read_river_route(write_parquet(tmp_path / "reaches.parquet", VERSION_3), limits=Limits(bytes=100))
    assert codes(error) == ["file.too_large"]


# RAPID's own small example: 10 and 20 join into 30, then 30 and 40 into 50
CONNECT = "10,30,0,0,0\n20,30,0,0,0\n30,50,2,10,20\n40,50,0,0,0\n50,0,2,30,40\n"
FIVE_K, FIVE_X = "9000\n" * 5, "0.25\n" * 5


def test_the_files_of_rapid_are_read(tmp_path: Path) -> None:
    net = read_rapid(*write_rapid(tmp_path, CONNECT, "1\n2\n3\n4\n5\n", FIVE_X))
    assert net.ids.tolist() == [10, 20, 30, 40, 50]
    assert net.k_s.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert net.down.tolist() == [2, 2, 4, 4, -1]


def test_a_kept_part_ends_in_an_outlet_of_its_own(tmp_path: Path) -> None:
    net = read_rapid(*write_rapid(tmp_path, CONNECT, FIVE_K, FIVE_X, kept="10\n20\n30\n"))
    assert net.ids.tolist() == [10, 20, 30]
    assert net.down.tolist() == [2, 2, -1]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("rapid_connect.csv", CONNECT.replace("50,0,2", "50,30,2"), "network.cycle"),
        ("rapid_connect.csv", CONNECT.replace("40,50", "40,51"), "network.unknown_id"),
        ("rapid_connect.csv", CONNECT.replace("30,50,2", "30,50,1"), "network.bad_upstream"),
        ("rapid_connect.csv", CONNECT.replace("10,30,0,0,0", "10,30"), "table.ragged_row"),
        ("rapid_connect.csv", CONNECT.replace("10,30,0", "ten,30,0"), "table.bad_value"),
        ("rapid_connect.csv", "", "network.empty"),
        ("k.csv", "9000\n", "network.bad_count"),
        ("k.csv", "9000\nNaN\n" + "9000\n" * 3, "table.bad_value"),
        ("x.csv", "0.6\n" * 5, "network.bad_value"),
        ("riv_bas_id.csv", "10\n60\n", "network.unknown_id"),
    ],
)
def test_wrong_files_of_rapid_are_refused(tmp_path: Path, name: str, text: str, code: str) -> None:
    paths = write_rapid(tmp_path, CONNECT, FIVE_K, FIVE_X, kept="10\n20\n30\n40\n50\n")
    (tmp_path / name).write_text(text)
    with pytest.raises(InputFaults) as error:
        read_rapid(*paths)
    assert code in codes(error)


def test_a_missing_file_of_rapid_is_named(tmp_path: Path) -> None:
    paths = write_rapid(tmp_path, CONNECT, FIVE_K, FIVE_X)
    paths[1].unlink()
    with pytest.raises(InputFaults, match=r"k\.csv: got no such file"):
        read_rapid(*paths)


def test_more_rows_than_the_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFaults) as error:
        read_rapid(*write_rapid(tmp_path, CONNECT, FIVE_K, FIVE_X), limits=Limits(rows=4))
    assert codes(error) == ["table.too_many_rows"] * 3
