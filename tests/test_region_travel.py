"""Travel between the cities of a region: read whole, and every link that leads nowhere named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cast
import pytest

from riskshed.errors import InputFaults
from riskshed.region import Region, Travel

HEAD = "from,to,people_per_day,since"
ROWS = (
    (cast.SHANG, cast.ZHONG, 1200.5, None),
    (cast.SHANG, cast.ZHONG, 10, "2024-05-03T00:00:00+08:00"),
    (cast.ZHONG, cast.SHANG, 0, None),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = cast.write_region(tmp_path / "region")
    cast.write_csv(folder / "travel.csv", HEAD, ROWS)
    return folder


def test_travel_is_read_in_the_order_of_its_file(folder: Path) -> None:
    since = datetime(2024, 5, 2, 16, tzinfo=UTC)
    assert Region.read(folder).travel == (
        Travel(cast.SHANG, cast.ZHONG, 1200.5),
        Travel(cast.SHANG, cast.ZHONG, 10.0, since),
        Travel(cast.ZHONG, cast.SHANG, 0.0),
    )


def test_a_region_without_the_file_has_no_travel(tmp_path: Path) -> None:
    assert Region.read(cast.write_region(tmp_path / "region")).travel == ()


def test_travel_is_part_of_the_digest(folder: Path) -> None:
    before = Region.read(folder).digest
    cast.write_csv(folder / "travel.csv", HEAD, ROWS[:1])
    assert Region.read(folder).digest != before


def test_since_and_source_may_be_left_out(folder: Path) -> None:
    cast.write_csv(folder / "travel.csv", "from,to,people_per_day", (ROWS[0][:3],))
    assert Region.read(folder).travel == (Travel(cast.SHANG, cast.ZHONG, 1200.5),)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ((cast.SHANG, "919999", 1, None), "region.unknown_id", "to"),
        (("919999", cast.SHANG, 1, None), "region.unknown_id", "from"),
        ((cast.XIA, cast.XIA, 1, None), "region.own_travel", "to"),
        ((cast.XIA, cast.ZHONG, -1, None), "table.out_of_range", "people_per_day"),
        ((cast.XIA, cast.ZHONG, "nan", None), "table.bad_value", "people_per_day"),
        ((cast.XIA, cast.ZHONG, None, None), "table.empty_cell", "people_per_day"),
        ((cast.XIA, cast.ZHONG, 1, "2024-05-03T00:00:00"), "time.no_zone", "since"),
        # the same moment in another zone is the same moment
        ((cast.SHANG, cast.ZHONG, 9, "2024-05-02T16:00:00Z"), "region.duplicate_id", "since"),
        (ROWS[0], "region.duplicate_id", "since"),
    ],
)
def test_wrong_travel_is_named_by_its_line(
    folder: Path, row: tuple[object, ...], code: str, column: str
) -> None:
    cast.write_csv(folder / "travel.csv", HEAD, (*ROWS, row))
    faults = Region.check(folder)
    assert [(fault.code, fault.line, fault.column) for fault in faults] == [(code, 5, column)]
    with pytest.raises(InputFaults):
        Region.read(folder)
