"""The command line: data on standard output, words on standard error, an exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
import songhua
from cast import shared_data, write_region
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.cli import BENCHES, main
from riskshed.exchange.footprint_files import read_netcdf

CASE = str(songhua.FOLDER)
FEW = ("--members", "8")
HEAVY = {"numpy", "numba", "scipy", "pandas", "xarray", "rich", "matplotlib", "jinja2", "shapely", "pyarrow"}
ESCAPE = "\x1b"


def run(*arguments: str, **environment: str) -> Result:
    """In this process; what is no exit of ours is raised."""
    told = CliRunner().invoke(main, arguments, env=environment)
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """In a process of its own, as a shell would."""
    entry = [sys.executable, "-c", "from riskshed.cli import main; main()", *arguments]
    return subprocess.run(entry, capture_output=True, env={**os.environ, **environment}, check=False)


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name)


def strict(text: str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("words", list(commands(main)), ids=" ".join)
def test_help_of_every_command_answers_with_an_example(words: tuple[str, ...]) -> None:
    told = run(*words, "--help")
    assert (told.exit_code, told.stderr) == (0, "")
    assert (
        words == ("region",) or f"  riskshed {' '.join(words)}".rstrip() in told.stdout.split("Example:")[1]
    )


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").stdout.startswith("riskshed 0.")


def test_help_loads_nothing_heavy() -> None:
    loaded = "import sys, riskshed.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert not HEAVY & set(told.stdout.split())


def test_a_forecast_is_a_table() -> None:
    told = run("spread", CASE, "--at", "2005-12-01T00:00+08:00", *FEW, "--lang", "en")
    assert (told.exit_code, told.stderr) == (0, "")
    assert "Jiamusi" in told.stdout
    assert "Issued 2005-12-01 00:00 +08:00" in told.stdout
    assert not told.stdout.endswith("\n\n")


def test_a_forecast_speaks_chinese_where_the_environment_does() -> None:
    arguments = ("spread", CASE, *FEW)
    assert "佳木斯" in run(*arguments, LC_ALL="zh_CN.UTF-8").stdout
    assert "佳木斯" in run(*arguments, LC_ALL="", LC_MESSAGES="", LANG="zh_CN.UTF-8").stdout
    assert "佳木斯" not in run(*arguments, LC_ALL="C", LANG="zh_CN.UTF-8").stdout


def test_a_forecast_as_json_is_one_object_and_nothing_else() -> None:
    told = run("spread", CASE, *FEW, "--json")
    found = strict(told.stdout)
    assert told.stderr == ""
    assert found["seed"] == 1
    assert found["members"] == 8


def test_without_a_time_the_forecast_follows_the_last_reading() -> None:
    assert strict(run("spread", CASE, *FEW, "--json").stdout)["issued"].startswith("2005-12-18T06:00")


def test_the_seed_decides_and_the_threads_do_not() -> None:
    told = [
        run("spread", CASE, *FEW, "--json", *more).stdout
        for more in ((), ("--workers", "2"), ("--seed", "2"))
    ]
    assert told[0] == told[1] != told[2]


def test_out_holds_three_whole_files_and_no_drafts(tmp_path: Path) -> None:
    told = run("spread", CASE, *FEW, "--out", str(tmp_path / "a" / "b"))
    names = {"footprint.nc", "footprint.json", "footprint.geojson"}
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == names
    assert all(name in told.stderr for name in names)
    assert read_netcdf(tmp_path / "a" / "b" / "footprint.nc").members == 8
    for name in ("footprint.json", "footprint.geojson"):
        strict((tmp_path / "a" / "b" / name).read_text("utf-8"))


def test_out_replaces_what_was_written_before(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert run("spread", CASE, *FEW, "--seed", seed, "--out", str(tmp_path)).exit_code == 0
    assert strict((tmp_path / "footprint.json").read_text("utf-8"))["seed"] == 2
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("command", ["spread", "demo"])
@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, command: str, name: str) -> None:
    (tmp_path / "file").write_text("")
    case = ("--case", CASE, "--no-open", "--no-serve") if command == "demo" else (CASE,)
    told = run(command, *case, *FEW, "--out", str(tmp_path / name))
    assert told.exit_code == 1
    assert "cannot be made" in told.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_replaced_is_refused(tmp_path: Path) -> None:
    (tmp_path / "footprint.json").mkdir()
    told = run("spread", CASE, *FEW, "--out", str(tmp_path))
    assert told.exit_code == 1
    assert "(out.unwritable)" in told.stderr
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "text", ["2005-12-01T00:00", "2005-12-01", "tomorrow", "", "9999-12-31T23:59:59Z", "\0"]
)
def test_a_time_that_is_none_is_wrong_usage(text: str) -> None:
    told = run("spread", CASE, "--at", text)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "Invalid value for --at" in told.stderr


def test_a_time_before_the_release_is_refused_with_its_code() -> None:
    told = run("spread", CASE, "--at", "2005-11-13T13:44+08:00")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "No forecast can be made before the release." in told.stderr
    assert "(pollutant.issued)" in told.stderr


@pytest.mark.parametrize("command", ["spread", "check"])
@pytest.mark.parametrize(
    "name", ["nowhere", "", ".", "\0", "x" * 5000, "../../etc/passwd", "https://x.invalid"]
)
def test_an_unknown_case_names_those_that_there_are(command: str, name: str) -> None:
    told = run(command, name)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "songhua-2005" in told.stderr
    assert "(case.unknown)" in told.stderr


@pytest.mark.parametrize(
    "arguments", [("spread",), ("spread", CASE, "--members", "1"), ("spread", CASE, "--seed", "x"), ("fly",)]
)
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("spread", "nowhere"), "case.unknown", 1),
        (("check", "nowhere"), "case.unknown", 1),
        (("bench", "nowhere"), "bench.unknown", 1),
        (("spread", CASE, "--at", "2000-01-01T00:00Z"), "pollutant.issued", 1),
        (("spread", CASE, "--at", "noon"), "usage.wrong", 2),
        (("spread", CASE, "--members", "1"), "usage.wrong", 2),
        (("spread",), "usage.wrong", 2),
    ],
)
def test_with_json_an_error_is_json_too(arguments: tuple[str, ...], code: str, exit_code: int) -> None:
    told = run(*arguments, "--json")
    assert (told.exit_code, told.stdout) == (exit_code, "")
    error = strict(told.stderr)["error"]
    assert error["code"] == code
    assert error["what"]


def test_faults_of_a_case_are_json_with_file_line_and_column(tmp_path: Path) -> None:
    path = songhua.copied(tmp_path) / "spill.toml"
    songhua.edit(path, "median = 100_000", "median = -1")
    (fault,) = strict(run("check", str(path.parent), "--json").stderr)["error"]["faults"]
    line = path.read_text("utf-8").split("\n").index("median = -1") + 1
    assert (fault["where"], fault["line"], fault["column"]) == (str(path), line, "mass_kg.median")


def test_a_check_is_a_table_with_a_closing_line() -> None:
    told = run("check", CASE, *FEW, "--lang", "en")
    assert told.exit_code == 0
    assert "−15.3" in told.stdout
    assert "4 scored fronts, forecast 35 h ahead or more: mean error" in told.stdout
    assert "计分" in run("check", CASE, "--members", "2", "--lang", "zh").stdout


def test_a_check_as_json_is_one_object_and_nothing_else() -> None:
    told = run("check", CASE, *FEW, "--json")
    found = strict(told.stdout)
    assert told.stderr == ""
    assert {
        "fronts",
        "front_mae_h",
        "naive_mae_h",
        "front_coverage_90",
        "mean_band_h",
        "peaks",
        "min_lead_h",
    } <= (found.keys())
    wanted = {"section", "issued", "lead_h", "forecast_p05", "forecast_p50", "forecast_p95", "recorded"}
    assert wanted | {"error_h", "inside_90"} <= found["fronts"][0].keys()


def test_published_tables_are_checked_by_name() -> None:
    found = strict(run("check", "muskingum", "--json").stdout)
    assert found["name"] == "muskingum"
    assert found["passed"] is True


def test_stored_data_is_found_where_the_environment_says(tmp_path: Path) -> None:
    folder = shared_data("lower-colorado")
    (tmp_path / "river-x").symlink_to(folder, target_is_directory=True)
    found = "from riskshed import checks; print(checks.find('river-x'))"
    environment = {**os.environ, "RISKSHED_DATA": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", found], capture_output=True, text=True, env=environment, check=True
    )
    assert told.stdout.strip() == str(tmp_path / "river-x")


def test_a_good_region_has_no_faults(tmp_path: Path) -> None:
    folder = str(write_region(tmp_path / "region"))
    told = run("region", "check", folder)
    assert (told.exit_code, told.stdout) == (0, "")
    assert told.stderr == f"{folder}: no faults\n"
    assert strict(run("region", "check", folder, "--json").stdout) == {"folder": folder, "faults": []}


def test_a_broken_region_names_file_line_and_column(tmp_path: Path) -> None:
    folder = write_region(tmp_path / "region")
    songhua.edit(folder / "reaches.csv", "3,4,25000.0", "3,4,-25000.0")
    told = run("region", "check", str(folder))
    assert told.exit_code == 1
    assert f"{folder / 'reaches.csv'}, line 4, column length_m: got" in told.stdout
    assert told.stderr == f"{folder}: 1 fault\n"
    (fault,) = strict(run("region", "check", str(folder), "--json").stdout)["faults"]
    assert (fault["line"], fault["column"]) == (4, "length_m")


@pytest.mark.parametrize("name", ["nowhere", "", "x" * 5000])
def test_a_region_that_is_not_there_is_a_fault(name: str, tmp_path: Path) -> None:
    assert run("region", "check", str(tmp_path / "below" / name)).exit_code == 1


def test_an_unknown_bench_names_those_that_there_are() -> None:
    told = run("bench", "nowhere")
    assert (told.exit_code, told.stdout) == (1, "")
    names = sorted(path.stem for path in BENCHES.glob("[a-z]*.py"))
    assert {"dispatch", "river", "supply"} <= set(names)
    assert f"There are: {', '.join(names)}" in told.stderr


def test_a_bench_prints_what_it_found_and_says_what_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nothing.py").write_text(
        "def run(progress=None, quick=False):\n    progress('working')\n"
        "    return {'name': 'nothing', 'quick': quick}\n"
    )
    monkeypatch.setattr("riskshed.cli.BENCHES", tmp_path)
    told = run("bench", "nothing", "--quick", "--json")
    assert strict(told.stdout) == {"name": "nothing", "quick": True}
    assert told.stderr == "working\n"
    assert run("bench", "nothing").stdout == "name: nothing\nquick: no\n"


def test_a_bench_in_the_folder_one_stands_in_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "nothing.py").write_text("raise SystemExit('ran')\n")
    monkeypatch.chdir(tmp_path)
    assert run("bench", "nothing").exit_code == 1


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_output_to_a_pipe_has_no_escape_codes(environment: dict[str, str]) -> None:
    told = run("check", CASE, "--members", "2", **environment)
    assert ESCAPE not in told.stdout + told.stderr


def test_a_demo_writes_its_report_and_its_judgement(tmp_path: Path) -> None:
    told = run(
        "demo",
        "--case",
        CASE,
        *FEW,
        "--no-open",
        "--no-serve",
        "--out",
        str(tmp_path / "out"),
        "--lang",
        "en",
    )
    page = tmp_path / "out" / "report.html"
    assert (told.exit_code, told.stdout) == (0, f"{page}\n")
    assert {path.name for path in page.parent.iterdir()} == {"report.html", "check.json", "record"}
    judgement = strict((page.parent / "check.json").read_text("utf-8"))
    assert judgement == strict(run("check", CASE, *FEW, "--json").stdout)
    assert "front seen at Mulan" in told.stderr
    assert ESCAPE not in told.stdout + told.stderr
    assert "4 scored fronts" in told.stderr
    assert "audited: nothing is wrong" in told.stderr
    assert "the audit names entry" in told.stderr


@pytest.mark.parametrize("file", songhua.FILES)
@settings(max_examples=5, deadline=None)
@given(content=st.binary(max_size=200))
def test_random_bytes_in_a_case_end_in_words(file: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = songhua.copied(Path(folder)) / file
        path.write_bytes(content)
        told = run("check", str(Path(folder) / "copy"))
        assert (told.exit_code, told.stdout) == (1, "")
        assert "Traceback" not in told.stderr
        assert path.name in told.stderr


def test_output_that_the_terminal_cannot_show_is_escaped_and_json_is_utf_8() -> None:
    arguments = ("spread", CASE, "--members", "2", "--lang", "zh")
    western = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    text, data = program(*arguments, **western), program(*arguments, "--json", **western)
    assert (text.returncode, data.returncode) == (0, 0)
    assert b"\\u4f73\\u6728\\u65af" in text.stdout
    assert "佳木斯" in json.dumps(strict(data.stdout.decode("utf-8")), ensure_ascii=False)


def test_a_reader_that_has_gone_ends_it_quietly() -> None:
    source = f"from riskshed.cli import main; main(['spread', {CASE!r}, '--members', '2', '--json'])"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        told = subprocess.run(
            [sys.executable, "-c", source], stdout=gone, stderr=subprocess.PIPE, check=False
        )
    assert told.stderr == b""
    assert told.returncode == 1


def test_an_interrupt_ends_in_a_sentence_and_leaves_no_file(tmp_path: Path) -> None:
    source = (  # a shell starts what runs behind it deaf to interrupts: this one listens, whoever started it
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from riskshed.cli import main; "
        f"main(['demo', '--case', {CASE!r}, '--members', '1000', '--no-open', '--no-serve', "
        f"'--out', {str(tmp_path)!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stderr is not None
        first = started.stderr.readline()  # the first forecast was issued: it is at work on the second
        time.sleep(0.2)
        # What is compiled just then for the first time swallows it now and then; a person presses again.
        for _ in range(20):
            started.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                output, rest = started.communicate(timeout=3)
                break
    assert b"issued" in first
    assert b"Traceback" not in rest
    assert rest.endswith(b"riskshed: stopped; no file was left half written.\n")
    assert (started.returncode, output) == (130, b"")
    assert list(tmp_path.iterdir()) == []
