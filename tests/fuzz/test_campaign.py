"""The fuzz campaign tells what it found, and an input that it wrote can be run again."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz import campaign

QUIET = "#2\tINITED cov: 7 ft: 7 corp: 1/1b\n#900\tDONE   cov: 31 ft: 42 corp: 9/1b\n"
STATS = "stat::number_of_executed_units: 900\nstat::peak_rss_mb:              76\n"


def test_a_quiet_target_is_told_with_its_figures() -> None:
    told = campaign.told("fuzz_note", QUIET + STATS, 1.26, 0)
    assert (told["executions"], told["coverage"], told["crashes"]) == (900, 31, [])
    assert (told["target"], told["seconds"], told["memory_mib"]) == ("note", 1.3, 76)


def test_a_crash_is_told_with_its_file() -> None:
    file = campaign.FOUND / "fuzz_note-crash-ab"
    told = campaign.told("fuzz_note", f"{QUIET}Test unit written to {file}\n", 1, 77)
    assert told["crashes"] == ["out/fuzz/fuzz_note-crash-ab"]


def test_a_target_that_cannot_start_is_a_crash() -> None:
    assert campaign.told("fuzz_note", "no such option", 1, 1)["crashes"]


def test_seeds_and_their_words_are_laid_out_for_the_fuzzer(tmp_path: Path) -> None:
    folder, words = campaign.prepare(tmp_path / "it", [b"log \xff", b"quorum"])
    assert sorted(file.read_bytes() for file in Path(folder).iterdir()) == [b"log \xff", b"quorum"]
    assert (
        Path(words.removeprefix("-dict=")).read_text()
        == '"\\x6c\\x6f\\x67"\n"\\x71\\x75\\x6f\\x72\\x75\\x6d"\n'
    )


def test_an_input_that_breaks_a_promise_breaks_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_a(data: bytes) -> None:
        assert b"a" not in data

    monkeypatch.setitem(campaign.TARGETS, "fuzz_a", refuse_a)
    (tmp_path / "crash").write_bytes(b"bad")
    with pytest.raises(AssertionError):
        campaign.replay("fuzz_a", tmp_path / "crash")
