"""A halt from its file: what is read, and every fault by file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskshed.errors import InputFaults
from riskshed.pathways.halt import Halt, guide
from riskshed.pathways.toml_block import Span

GOOD = """\
begins = 2022-03-11T00:00:00+08:00
source = "notice"
threshold = 0.5
cover_d = [0.2, 3]
cover_source = "stocks elsewhere"
refill = 0.2

[[stops]]
city = "220100"
begin_d = [0, 4]
ramp_d = 6
source = "notice"

[[caveats]]
code = "a.b"
text_en = "One."
text_zh = "一。"
"""


def read(folder: Path, text: str) -> Halt:
    path = folder / "halt.toml"
    path.write_text(text, "utf-8")
    return Halt.read(path)


def test_a_halt_is_read(tmp_path: Path) -> None:
    halt = read(tmp_path, GOOD)
    stop = halt.stops[0]
    assert (stop.city, stop.plant, stop.begin_d, stop.lasts_d) == ("220100", "", Span(0, 4), None)
    assert (stop.ramp_d, stop.share, halt.cover_d) == (Span(6, 6), Span(1, 1), Span(0.2, 3))
    assert halt.caveats[0].text_zh == "一。"


@pytest.mark.parametrize(
    ("old", "new", "column", "line"),
    [
        ("begins = 2022-03-11T00:00:00+08:00", "begins = 2022-03-11", "begins", 1),
        ('source = "notice"\nthr', "thr", "source", None),
        ("threshold = 0.5", "threshold = 0", "threshold", 3),
        ("cover_d = [0.2, 3]", "cover_d = [3, 0.2]", "cover_d", 4),
        ("refill = 0.2", "refill = -1", "refill", 6),
        ('city = "220100"', 'city = "220100"\nplant = "x"', "stops[0].plant", 10),
        ('city = "220100"\n', "", "stops[0].plant", 8),
        ("ramp_d = 6", "rampd = 6", "stops[0].rampd", 11),
        ("refill = 0.2", "refill = 0.2\nspeed = 1", "speed", 7),
        ('text_zh = "一。"', "", "caveats[0].text_zh", 14),
    ],
)
def test_each_fault_is_named(tmp_path: Path, old: str, new: str, column: str, line: int | None) -> None:
    with pytest.raises(InputFaults) as told:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert told.value.code == "halt.faults"
    assert [(f.code, f.column, f.line) for f in told.value.faults] == [("halt.bad_value", column, line)]


def test_a_halt_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFaults) as told:
        read(tmp_path, GOOD.split("[[stops]]", maxsplit=1)[0])
    assert "[[stops]]" in str(told.value.faults[0])


def test_the_guide_is_made_from_the_keys() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "supply.md"
    assert page.read_text("utf-8") == guide()
