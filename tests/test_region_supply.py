"""Plants of a region and what they deliver to each other: read whole, and every link that cannot be named."""

from __future__ import annotations

from pathlib import Path

import cast
import pytest

from riskshed.errors import InputFaults
from riskshed.region import Region

PLANTS = "id,city,name_zh,name_en,kind,output_per_day,output_unit,basis,source"
LINKS = "supplier,customer,part,share,cover_low_d,cover_high_d,substitutable,basis,source"
ROWS = (
    ("cars", cast.ZHONG, "整车厂", "Car plant", "assembly", 1200, "cars", "stated", "s"),
    ("seats", cast.SHANG, "座椅厂", "Seat plant", "parts", None, None, "stated", "s"),
    ("foam", cast.SHANG, "泡沫厂", "Foam plant", "material", None, None, "synthetic", "s"),
)
LINK_ROWS = (
    ("seats", "cars", "seats", 0.7, 1, 3, None, "stated", "s"),
    ("foam", "seats", "foam", None, None, None, 0.5, "synthetic", "s"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = cast.write_region(tmp_path / "region")
    cast.write_csv(folder / "plants.csv", PLANTS, ROWS)
    cast.write_csv(folder / "supply_links.csv", LINKS, LINK_ROWS)
    return folder


def test_plants_and_links_are_read_in_the_order_of_their_files(folder: Path) -> None:
    region = Region.read(folder)
    assert [plant.id for plant in region.plants] == ["cars", "seats", "foam"]
    assert region.plants[0].output_per_day == 1200
    assert region.plants[0].workers is None
    first, second = region.supply_links
    assert (first.supplier, first.customer, first.share, first.cover_high_d) == ("seats", "cars", 0.7, 3)
    assert second.share is second.cover_low_d is None
    assert second.basis == "synthetic"


def test_a_region_without_the_files_has_no_plants(tmp_path: Path) -> None:
    region = Region.read(cast.write_region(tmp_path / "region"))
    assert region.plants == region.supply_links == ()


def test_plants_are_part_of_the_digest(folder: Path) -> None:
    before = Region.read(folder).digest
    cast.write_csv(folder / "supply_links.csv", LINKS, LINK_ROWS[:1])
    assert Region.read(folder).digest != before


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (("glass", "cars", "x", None, None, None, None, "stated", "s"), "region.unknown_id", "supplier"),
        (("seats", "glass", "x", None, None, None, None, "stated", "s"), "region.unknown_id", "customer"),
        (("cars", "cars", "x", None, None, None, None, "stated", "s"), "region.own_supplier", "customer"),
        (("seats", "cars", "x", None, 1, None, None, "stated", "s"), "region.bad_cover", "cover_high_d"),
        (("seats", "cars", "x", None, 5, 4, None, "stated", "s"), "region.bad_cover", "cover_high_d"),
        (("seats", "cars", "x", None, -1, 4, None, "stated", "s"), "table.out_of_range", "cover_low_d"),
        (("foam", "cars", "seats", 0.4, None, None, None, "stated", "s"), "region.bad_share", "share"),
        (("seats", "cars", "x", 1.5, None, None, None, "stated", "s"), "table.out_of_range", "share"),
        (("seats", "cars", "x", None, None, None, None, "guess", "s"), "table.bad_value", "basis"),
        ((*LINK_ROWS[0][:3], 0.1, 1, 3, None, "stated", "s"), "region.duplicate_id", "part"),
    ],
)
def test_wrong_links_are_named_by_their_line(
    folder: Path, row: tuple[object, ...], code: str, column: str
) -> None:
    cast.write_csv(folder / "supply_links.csv", LINKS, (*LINK_ROWS, row))
    with pytest.raises(InputFaults) as told:
        Region.read(folder)
    fault = told.value.faults[0]
    assert (fault.code, fault.line, fault.column) == (code, 4, column), fault


def test_a_plant_in_no_city_and_one_twice_are_named(folder: Path) -> None:
    nowhere = ("x", "919999", "无", "None", "other", None, None, "stated", "s")
    cast.write_csv(folder / "plants.csv", PLANTS, (*ROWS, nowhere, ROWS[0]))
    codes = {(f.code, f.line) for f in Region.check(folder)}
    assert codes == {("region.unknown_id", 5), ("region.duplicate_id", 6)}
