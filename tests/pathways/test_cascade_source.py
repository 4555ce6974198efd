"""A cascade is read whole, or every wrong key is named with its line."""

from __future__ import annotations

from pathlib import Path

import cascades
import cast
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskshed.errors import Fault, InputFaults
from riskshed.pathways import cascade_keys, inflow_file
from riskshed.pathways.cascade_source import CascadeSource
from riskshed.pathways.cascade_stage import Cause
from riskshed.pathways.toml_block import Span

ROOT = Path(__file__).parents[2]
CASE = ROOT / "cases" / "cascade-dam" / "cascade.toml"


def faults_of(folder: Path, text: str, **files: str) -> tuple[Fault, ...]:
    with pytest.raises(InputFaults) as caught:
        cascades.read(folder, text, **files)
    assert caught.value.code == "cascade.faults"
    return caught.value.faults


def line_of(text: str, words: str) -> int:
    return 1 + text[: text.index(words)].count("\n")


def test_the_case_is_read_in_the_order_of_its_causes() -> None:
    source = CascadeSource.read(CASE)
    ids = [stage.id for stage in source.stages]
    assert ids.index("quake") < ids.index("dam") < ids.index("flood") < ids.index("spill") < ids.index("taps")
    assert source.origin.isoformat() == "2026-09-01T06:00:00+08:00"
    assert [link.id for link in source.links_to("taps")] == ["spill-taps", "flood-taps"]


def test_ranges_and_hours_are_read(tmp_path: Path) -> None:
    source = cascades.read(tmp_path)
    link = source.links_to("dam")[0]
    assert (link.probability, link.delay_s) == (Span(0.4, 0.8), Span(3600.0, 72_000.0))
    assert link.causes == (Cause("quake", "dam-site", "peak", 1.5),)
    assert source.stage("taps").places[0].buffer_s == Span(6 * 3600.0, 30 * 3600.0)
    assert source.stage("quake").places[1].id == cast.ZHONG
    assert source.stage("quake").places[1].people is None


def test_a_stage_may_stand_before_its_cause(tmp_path: Path) -> None:
    first, second = (
        cascades.TEXT.index('[[stage]]\nid = "dam"'),
        cascades.TEXT.index('[[stage]]\nid = "taps"'),
    )
    quake = cascades.TEXT.index("[[stage]]")
    text = cascades.TEXT
    turned = text[:quake] + text[first:second] + text[quake:first] + text[second:]
    assert [stage.id for stage in cascades.read(tmp_path, turned).stages] == ["quake", "dam", "taps"]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ('source = "cast"\n\n[[stage]]\nid = "quake"', '\n[[stage]]\nid = "quake"', "source"),
        ('title_en = "Quake"', 'title_en = ""', "stage[0].title_en"),
        ('pathway = "reserve"', 'pathway = "wind"', "stage[2].pathway"),
        ('pathway = "reserve"', 'pathway = "cascade"', "stage[2].pathway"),
        (f"begins = {cascades.BEGIN}", "begins = 2024-05-01T04:00:00", "stage[0].begins"),
        ("threshold = 0.5", "threshold = -1", "stage[0].threshold"),
        ("after_h = 0.5", "after_h = [2, 1]", "stage[0].place[1].after_h"),
        ("intensity_median = 2.0", "intensity_median = 'much'", "stage[0].place[0].intensity_median"),
        ("people = 1000", "people = -1", "stage[0].place[0].people"),
        ("buffer_h = [6, 30]", "buffer_h = [6, 30, 40]", "stage[2].place[0].buffer_h"),
        ("restart_h = [2, 4]", "restart_h = true", "stage[2].place[0].restart_h"),
        ("people = 120000", "people = 120000\nshare = 0", "stage[2].place[0].share"),
        ("people = 120000", "people = 120000\nwater = 3", "stage[2].place[0].water"),
        ("probability = 0.9", "probability = 1.1", "link[1].probability"),
        ("delay_h = [0, 2]", "delay_h = [-1, 2]", "link[1].delay_h"),
        ("probability = 0.9", "probability = 0.9\nneeds = \"both\"", "link[1].needs"),
        ('when = "arrival" }', 'when = "flood" }', "link[1].causes[0].when"),
        ('when = "arrival" }', 'when = "arrival", at_least = 1 }', "link[1].causes[0].at_least"),
        ('when = "arrival" }', 'when = "duration" }', "link[1].causes[0].at_least"),
        ('id = "dam-taps"', 'id = "quake-dam"', "link[0].id"),
        ('id = "dam"\n', 'id = "quake"\n', "stage[0].id"),
        ('title_en = "Quake, dam, taps"', 'title_en = "x"\nspeed = 1', "speed"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named(tmp_path: Path, old: str, new: str, column: str) -> None:
    text = cascades.changed((old, new))
    assert column in [fault.column for fault in faults_of(tmp_path, text)]


def test_a_fault_names_file_and_line(tmp_path: Path) -> None:
    text = cascades.changed(("restart_h = [2, 4]", 'restart_h = "soon"'), ("people = 300", "people = -4"))
    faults = {fault.column: fault for fault in faults_of(tmp_path, text)}
    assert faults["stage[2].place[0].restart_h"].line == line_of(text, "restart_h")
    assert faults["stage[1].place[0].people"].line == line_of(text, "people = -4")
    assert {fault.where for fault in faults.values()} == {str(tmp_path / "cascade.toml")}


def test_an_unknown_stage_is_named_where_it_stands(tmp_path: Path) -> None:
    text = cascades.changed(
        ('{ stage = "dam", when', '{ stage = "dyke", when'), ('to = "dam"', 'to = "dame"')
    )
    faults = [f for f in faults_of(tmp_path, text) if f.code == "cascade.unknown_stage"]
    assert [(fault.got, fault.line) for fault in faults] == [
        ('"dame"', line_of(text, 'to = "dame"')),
        ('"dyke"', line_of(text, '{ stage = "dyke"') ),
    ]  # fmt: skip


LOOP = """
[[link]]
id = "back"
to = "dam"
causes = [{ stage = "taps", when = "arrival" }]
probability = 0.5
delay_h = 0
source = "cast"
"""


def test_a_loop_is_refused_by_its_stages(tmp_path: Path) -> None:
    text = cascades.TEXT + LOOP
    (fault,) = faults_of(tmp_path, text)
    assert fault.code == "cascade.cycle"
    assert fault.got in ("dam -> taps -> dam", "taps -> dam -> taps")
    assert fault.line in (
        line_of(text, 'causes = [{ stage = "taps"'),
        line_of(text, 'causes = [{ stage = "dam"'),
    )


def test_a_stage_that_sets_itself_off_is_a_loop(tmp_path: Path) -> None:
    text = cascades.changed(('causes = [{ stage = "dam", when', 'causes = [{ stage = "taps", when'))
    assert [fault.got for fault in faults_of(tmp_path, text)] == ["taps -> taps"]


def test_a_supply_that_nothing_stops_is_refused(tmp_path: Path) -> None:
    text = cascades.TEXT[: cascades.TEXT.index('[[link]]\nid = "dam-taps"')]
    assert [fault.column for fault in faults_of(tmp_path, text)] == ["stage[2].id"]


def test_a_begin_of_a_stage_that_is_set_off_is_refused(tmp_path: Path) -> None:
    text = cascades.changed(('quantity = "breach"', f'quantity = "breach"\nbegins = {cascades.BEGIN}'))
    assert [fault.column for fault in faults_of(tmp_path, text)] == ["stage[1].begins"]


def test_two_causes_need_a_word_on_how_many(tmp_path: Path) -> None:
    both = '{ stage = "dam", when = "arrival" }, { stage = "quake", when = "arrival" }'
    text = cascades.changed(('{ stage = "dam", when = "arrival" }', both))
    assert [fault.column for fault in faults_of(tmp_path, text)] == ["link[1].needs"]
    good = text.replace("probability = 0.9", 'probability = 0.9\nneeds = "all"')
    assert cascades.read(tmp_path, good).links_to("taps")[0].needs == "all"


def test_faults_of_the_file_of_a_stage_are_told_too(tmp_path: Path) -> None:
    flood = cascades.FLOOD.replace("step_h = 1", "step_h = 0").replace("reach = 1", 'reach = "one"')
    text = cascades.TEXT + cascades.FLOOD_STAGE
    told = {(fault.where, fault.column) for fault in faults_of(tmp_path, text, flood=flood)}
    where = str(tmp_path / "flood.toml")
    assert {(where, "step_h"), (where, "inflow[0].reach")} <= told


@pytest.mark.parametrize("name", ["../flood.toml", "missing.toml", "/etc/hostname", "a\\u0000b"])
def test_a_file_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "flood.toml").write_text(cascades.FLOOD)
    folder = tmp_path / "case"
    folder.mkdir()
    text = cascades.TEXT + cascades.FLOOD_STAGE.replace("flood.toml", name)
    assert [fault.column for fault in faults_of(folder, text)] == ["stage[3].file"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "flood.toml").write_text(cascades.FLOOD)
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "flood.toml").symlink_to(tmp_path / "flood.toml")
    faults = faults_of(folder, cascades.TEXT + cascades.FLOOD_STAGE)
    assert [fault.column for fault in faults] == ["stage[3].file"]


VALUES = st.one_of(
    st.integers(-(10**400), 10**400).map(str),
    st.floats(allow_nan=True).map(
        lambda x: {"inf": "inf", "-inf": "-inf", "nan": "nan"}.get(str(x), repr(x))
    ),
    st.sampled_from(['""', "[]", "{}", "true", "[[1]]", "1979-05-27", "07:32:00", '"\\u0007"', "[1, [2]]"]),
    st.lists(st.integers(-5, 5), max_size=3).map(str),
)
LINES = [i for i, line in enumerate(cascades.TEXT.splitlines()) if "=" in line]


@given(line=st.sampled_from(LINES), value=VALUES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_at_a_key_it_is_read_or_refused(tmp_path: Path, line: int, value: str) -> None:
    lines = cascades.TEXT.splitlines()
    lines[line] = f"{lines[line].partition('=')[0]}= {value}"
    try:
        source = cascades.read(tmp_path, "\n".join(lines))
    except InputFaults:
        return
    assert source.stages


@pytest.mark.parametrize(
    ("page", "told"), [("cascade.md", cascade_keys.guide()), ("flood.md", inflow_file.guide())]
)
def test_the_guide_says_what_the_tables_say(page: str, told: str) -> None:
    assert (ROOT / "docs" / "guide" / page).read_text("utf-8") == told
