"""A mirror: what it must bring home, from any source; and what it must refuse, naming it."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cast
import pytest
from small_logs import LOG_KEY, ORIGIN, OTHER_KEY, WITNESS_KEY, SmallLog, files_of, served

from riskshed.errors import LedgerError, LockedError, MalformedError, SignatureError
from riskshed.ledger.fetch import FetchError
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.lock import WriterLock
from riskshed.ledger.mirror import MirrorError, Report, mirror
from riskshed.ledger.mirror_tiles import TamperedError
from riskshed.ledger.note import Checkpoint, cosign
from riskshed.ledger.policy import Policy
from riskshed.ledger.split_view import SplitView, SplitViewError

BUNDLE = "tile/entries/001.p/44"


def bring(source: str | Path, folder: Path, **more: object) -> Report:
    return mirror(source, folder, vkeys=[LOG_KEY.verifier], **more)


def change(file: Path, at: int, by: int = 1) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= by
    file.write_bytes(data)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 300, 511, 512, 700])
def test_a_copy_has_the_bytes_of_the_log(tmp_path: Path, size: int) -> None:
    source = SmallLog(size, size=20).write(tmp_path / "log")
    report = bring(source, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(source)
    assert (report.origin, report.size_before, report.size) == (ORIGIN, 0, size)


def test_a_log_of_three_levels_comes_whole(tmp_path: Path) -> None:
    source = SmallLog(66_000, size=8).write(tmp_path / "log")
    bring(source, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(source)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_copy_comes_over_http(tmp_path: Path, ranges: bool) -> None:
    source = SmallLog(600).write(tmp_path / "log")
    with served(source, ranges=ranges) as server:
        bring(server.url, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(source)


def test_a_second_run_asks_for_the_checkpoint_only(tmp_path: Path) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    bring(source, tmp_path / "copy")
    report = bring(source, tmp_path / "copy")
    assert (report.requests, report.files_written) == (1, 0)


def test_a_growth_by_one_statement_costs_its_bytes(tmp_path: Path) -> None:
    log = SmallLog(1_001)
    log.write(tmp_path / "log", 1_000)
    with served(tmp_path / "log") as server:
        bring(server.url, tmp_path / "copy")
        log.write(tmp_path / "log")
        server.wire_bytes = 0
        report = bring(server.url, tmp_path / "copy")
    assert report.requests == 2
    assert report.bytes_received == 430 + 2 + len(log.checkpoint().to_bytes())
    assert server.wire_bytes < 1_200


def test_a_server_without_ranges_sends_the_whole_bundle(tmp_path: Path) -> None:
    log = SmallLog(301)
    log.write(tmp_path / "log", 300)
    with served(tmp_path / "log", ranges=False) as server:
        bring(server.url, tmp_path / "copy")
        log.write(tmp_path / "log")
        report = bring(server.url, tmp_path / "copy")
    assert report.bytes_received == 45 * 432 + len(log.checkpoint().to_bytes())


@pytest.mark.parametrize("ranges", [True, False])
def test_a_copy_follows_every_growth(tmp_path: Path, ranges: bool) -> None:
    log, size = SmallLog(1_000, size=9), 0
    draw = random.Random(5)
    with served(tmp_path / "log", ranges=ranges) as server:
        while size < log.size:
            size = min(log.size, size + draw.choice([0, 1, 1, 2, 3, 90, 256, 400]))
            log.write(tmp_path / "log", size)
            bring(server.url, tmp_path / "copy")
    last = log.write(tmp_path / "last")
    kept = files_of(tmp_path / "copy")
    assert {path: kept[path] for path in files_of(last)} == files_of(last)


def test_partial_files_of_full_tiles_are_dropped(tmp_path: Path) -> None:
    log = SmallLog(520, size=9)
    for size in (100, 150, 200, 520):
        log.write(tmp_path / "log", size)
        bring(tmp_path / "log", tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(log.write(tmp_path / "last"))


def test_the_bundle_may_be_full_already_when_it_is_fetched(tmp_path: Path) -> None:
    log = SmallLog(520, size=9)
    source = log.write(log.write(tmp_path / "log"), 300)
    shutil.rmtree(source / "tile/0/001.p")
    shutil.rmtree(source / "tile/entries/001.p")
    bring(source, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(log.write(tmp_path / "at 300", 300))


def test_a_mirror_of_a_mirror_is_the_log(tmp_path: Path) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    bring(source, tmp_path / "first")
    bring(tmp_path / "first", tmp_path / "second")
    assert files_of(tmp_path / "second") == files_of(source)


def test_the_published_log_of_others_is_mirrored_byte_by_byte(tmp_path: Path) -> None:
    source = cast.shared_data("tlog-vectors") / "tessera-log" / "log"
    key = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    report = mirror(source, tmp_path, vkeys=[key])
    assert report.size == 15
    assert all((source / path).read_bytes() == data for path, data in files_of(tmp_path).items())


def test_a_bundle_may_come_packed(tmp_path: Path) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    with served(source) as server:
        packed = gzip.compress((source / BUNDLE).read_bytes())
        server.answers[f"/{BUNDLE}"] = (200, {"Content-Encoding": "gzip"}, packed)
        bring(server.url, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(source)


# What is refused


@pytest.mark.parametrize("before", [0, 280])
def test_a_changed_entry_is_named(tmp_path: Path, before: int) -> None:
    log = SmallLog(300)
    bring(log.write(tmp_path / "log", before), tmp_path / "copy")
    log.write(tmp_path / "log")
    kept = files_of(tmp_path / "copy")
    change(tmp_path / "log" / BUNDLE, 432 * 30 + 100)
    with pytest.raises(TamperedError) as refused:
        bring(tmp_path / "log", tmp_path / "copy")
    assert (refused.value.code, refused.value.index) == ("mirror.entry", 256 + 30)
    assert BUNDLE not in files_of(tmp_path / "copy").keys() - kept.keys()
    assert files_of(tmp_path / "copy")["checkpoint"] == kept["checkpoint"]


def test_a_changed_length_is_named_by_its_entry(tmp_path: Path) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    change(source / BUNDLE, 432 * 7 + 1)
    with pytest.raises(TamperedError, match="entry 263"):
        bring(source, tmp_path / "copy")


@pytest.mark.parametrize(("path", "at"), [("tile/0/000", 70), ("tile/0/001.p/44", 33), ("tile/1/000.p/1", 3)])
def test_a_changed_tile_is_named(tmp_path: Path, path: str, at: int) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    change(source / path, at)
    with pytest.raises(TamperedError, match=path) as refused:
        bring(source, tmp_path / "copy")
    assert (refused.value.code, refused.value.path) == ("mirror.tile", path)
    assert not (tmp_path / "copy" / path).exists()


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001.p/44", "tile/entries/000", BUNDLE])
@pytest.mark.parametrize("cut", [-1, 1])
def test_a_file_that_is_too_short_or_too_long_is_refused(tmp_path: Path, path: str, cut: int) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    data = (source / path).read_bytes()
    (source / path).write_bytes(data[:cut] if cut < 0 else data + b"\x00")
    with pytest.raises((TamperedError, FetchError), match=path):
        bring(source, tmp_path / "copy")
    assert not (tmp_path / "copy" / path).exists()


def test_a_missing_entry_bundle_is_refused(tmp_path: Path) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    (source / "tile/entries/000").unlink()
    with pytest.raises(FetchError) as refused:
        bring(source, tmp_path / "copy")
    assert refused.value.code == "fetch.missing"
    assert not (tmp_path / "copy" / "checkpoint").exists()


def test_an_older_checkpoint_is_refused(tmp_path: Path) -> None:
    log = SmallLog(300)
    bring(log.write(tmp_path / "log"), tmp_path / "copy")
    kept = files_of(tmp_path / "copy")
    with pytest.raises(MirrorError, match="rolled back") as refused:
        bring(log.write(tmp_path / "old", 299), tmp_path / "copy")
    assert refused.value.code == "mirror.rolled_back"
    assert files_of(tmp_path / "copy") == kept


@pytest.mark.parametrize("size", [301, 600, 900])
@pytest.mark.parametrize("changed", [0, 255, 256, 299])
def test_a_fork_is_refused(tmp_path: Path, size: int, changed: int) -> None:
    log = SmallLog(900, size=9)
    bring(log.write(tmp_path / "log", 300), tmp_path / "copy")
    kept = files_of(tmp_path / "copy")
    with pytest.raises(MirrorError) as refused:
        bring(log.forked(changed).write(tmp_path / "fork", size), tmp_path / "copy")
    assert refused.value.code == "mirror.forked"
    assert refused.value.kept == log.checkpoint(300)
    assert files_of(tmp_path / "copy") == kept


def test_another_root_of_one_size_is_proof_of_a_split_view(tmp_path: Path) -> None:
    log = SmallLog(300)
    bring(log.write(tmp_path / "log"), tmp_path / "copy")
    with pytest.raises(SplitViewError):
        bring(log.forked(7).write(tmp_path / "fork"), tmp_path / "copy")
    proof = SplitView.parse((tmp_path / "copy" / "split-view.json").read_bytes())
    assert proof.verify([LOG_KEY.verifier]) == (ORIGIN,)


def test_another_key_is_refused(tmp_path: Path) -> None:
    source = SmallLog(3, key=OTHER_KEY).write(tmp_path / "log")
    with pytest.raises(SignatureError):
        bring(source, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == {}


def test_another_origin_is_refused(tmp_path: Path) -> None:
    key = SigningKey("xia.example/log", "log", b"\x07" * 32)
    source = SmallLog(3, key=key).write(tmp_path / "log")
    with pytest.raises(SignatureError) as refused:
        mirror(source, tmp_path / "copy", vkeys=[key.verifier, LOG_KEY.verifier], origin=ORIGIN)
    assert refused.value.code == "checkpoint.origin"


def test_a_folder_keeps_one_log(tmp_path: Path) -> None:
    bring(SmallLog(3).write(tmp_path / "log"), tmp_path / "copy")
    key = SigningKey("xia.example/log", "log", b"\x07" * 32)
    source = SmallLog(3, key=key).write(tmp_path / "other")
    with pytest.raises(MirrorError) as refused:
        mirror(source, tmp_path / "copy", vkeys=[key.verifier, LOG_KEY.verifier])
    assert refused.value.code == "mirror.kept"


def test_a_checkpoint_that_is_none_is_refused(tmp_path: Path) -> None:
    source = SmallLog(3).write(tmp_path / "log")
    for data in (b"", b"<html>", b"\xff" * 50, source.joinpath("checkpoint").read_bytes()[:-9]):
        source.joinpath("checkpoint").write_bytes(data)
        with pytest.raises(MalformedError):
            bring(source, tmp_path / "copy")


def test_the_quorum_of_the_policy_must_have_seen_the_checkpoint(tmp_path: Path) -> None:
    lines = f"log {LOG_KEY.verifier}\nwitness zhong {WITNESS_KEY.verifier}\nquorum zhong\n"
    policy = Policy.parse(lines.encode())
    log = SmallLog(3)
    source = log.write(tmp_path / "log")
    with pytest.raises(SignatureError, match="quorum"):
        mirror(source, tmp_path / "copy", policy=policy)
    note = log.checkpoint()
    line = cosign(Checkpoint.parse(note.text), WITNESS_KEY, 1_700_000_000)
    (source / "checkpoint").write_bytes(note.with_signatures([line]).to_bytes())
    assert mirror(source, tmp_path / "copy", policy=policy).witnessed == ("zhong",)


def test_a_redirect_to_another_host_is_refused(tmp_path: Path) -> None:
    source = SmallLog(3).write(tmp_path / "log")
    with served(source) as server, served(source) as other:
        server.answers["/checkpoint"] = (302, {"Location": f"{other.url}/checkpoint"}, b"")
        with pytest.raises(FetchError, match="is not asked") as refused:
            bring(server.url, tmp_path / "copy")
    assert refused.value.code == "fetch.redirect"
    assert other.requests == 0


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/entries/000"])
def test_an_answer_that_is_too_large_is_refused(tmp_path: Path, path: str) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    with served(source) as server:
        server.answers[f"/{path}"] = (200, {}, b"a" * 17_000_000)
        with pytest.raises(FetchError) as refused:
            bring(server.url, tmp_path / "copy")
    assert refused.value.code == "fetch.oversize"


def test_a_bundle_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    source = SmallLog(300).write(tmp_path / "log")
    with served(source) as server:
        bomb = gzip.compress(b"\x00" * 40_000_000)
        server.answers[f"/{BUNDLE}"] = (200, {"Content-Encoding": "gzip"}, bomb)
        with pytest.raises(FetchError, match="unpacks") as refused:
            bring(server.url, tmp_path / "copy")
    assert refused.value.code == "fetch.oversize"


def test_a_second_run_at_the_same_time_is_refused(tmp_path: Path) -> None:
    source = SmallLog(3).write(tmp_path / "log")
    (tmp_path / "copy").mkdir()
    lock = WriterLock(tmp_path / "copy" / ".lock")
    with pytest.raises(LockedError):
        bring(source, tmp_path / "copy")
    lock.release()


# Interrupted


def test_a_run_that_was_refused_goes_on_where_it_was(tmp_path: Path) -> None:
    source = SmallLog(1_500, size=9).write(tmp_path / "log")
    bad = SmallLog(1_500, size=9).write(tmp_path / "bad")
    change(bad / "tile/entries/004", 50)
    with pytest.raises(TamperedError):
        bring(bad, tmp_path / "copy")
    report = bring(source, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(source)
    assert report.files_written < len(files_of(source)) - 4


def test_a_file_that_a_crash_has_left_torn_is_fetched_again(tmp_path: Path) -> None:
    source = SmallLog(700, size=9).write(tmp_path / "log")
    bad = SmallLog(700, size=9).write(tmp_path / "bad")
    change(bad / "tile/entries/002.p/188", 50)
    with pytest.raises(TamperedError):
        bring(bad, tmp_path / "copy")
    (tmp_path / "copy/tile/entries/000").write_bytes(b"")
    change(tmp_path / "copy/tile/0/001", 9)
    report = bring(source, tmp_path / "copy")
    assert report.files_mended == 2
    assert files_of(tmp_path / "copy") == files_of(source)


def test_a_checkpoint_under_way_cannot_be_taken_back(tmp_path: Path) -> None:
    log = SmallLog(900, size=9)
    source = log.write(tmp_path / "log")
    change(source / "tile/entries/002", 50)
    with pytest.raises(TamperedError):
        bring(source, tmp_path / "copy")
    with pytest.raises(MirrorError, match="rolled back"):
        bring(log.write(tmp_path / "old", 800), tmp_path / "copy")
    other = log.forked(850).grow([b"more"])
    with pytest.raises(MirrorError, match="does not contain"):
        bring(other.write(tmp_path / "fork"), tmp_path / "copy")


def test_damage_to_what_is_kept_does_not_reach_the_next_size(tmp_path: Path) -> None:
    log = SmallLog(310)
    bring(log.write(tmp_path / "log", 300), tmp_path / "copy")
    change(tmp_path / "copy" / BUNDLE, 40)
    report = bring(log.write(tmp_path / "log"), tmp_path / "copy")
    kept = files_of(tmp_path / "copy")
    assert kept["tile/entries/001.p/54"] == (tmp_path / "log/tile/entries/001.p/54").read_bytes()
    assert report.size == 310


def test_a_kept_checkpoint_that_was_changed_is_refused(tmp_path: Path) -> None:
    log = SmallLog(3)
    bring(log.write(tmp_path / "log"), tmp_path / "copy")
    change(tmp_path / "copy" / "checkpoint", len(ORIGIN) + 1, 2)
    with pytest.raises(MirrorError) as refused:
        bring(tmp_path / "log", tmp_path / "copy")
    assert refused.value.code == "mirror.kept"


RUN = """
import sys
from pathlib import Path
from riskshed.ledger.mirror import mirror
print("ready", flush=True)
mirror(sys.argv[1], Path(sys.argv[2]), vkeys=[sys.argv[3]])
print("done", flush=True)
"""


def files_in(folder: Path) -> int:
    """How many files there are, of a folder that somebody writes to meanwhile."""
    return sum(len(files) for *_, files in os.walk(folder))


def test_a_run_that_is_killed_anywhere_goes_on(tmp_path: Path) -> None:
    log = SmallLog(12_000, size=30)
    source = log.write(tmp_path / "log")
    true, draw, kills = files_of(source), random.Random(1), 0
    command = [sys.executable, "-c", RUN, str(source), str(tmp_path / "copy"), str(LOG_KEY.verifier)]
    for _ in range(40):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
            assert run.stdout.readline() == b"ready\n"
            # By what is there, not by the clock: a fast machine would be done before it is killed.
            wanted = files_in(tmp_path / "copy") + draw.randint(1, 12)
            while run.poll() is None and files_in(tmp_path / "copy") < wanted:
                time.sleep(0.0002)
            run.kill()
            if run.stdout.read() == b"done\n":
                if kills >= 2:
                    break
                shutil.rmtree(tmp_path / "copy")  # it was done before it was killed: once more
                continue
        kills += 1
        kept = files_of(tmp_path / "copy")
        assert all(true[path] == data for path, data in kept.items() if not path.endswith(".part"))
    bring(source, tmp_path / "copy")
    assert files_of(tmp_path / "copy") == true
    assert kills >= 2


def test_no_random_change_goes_unseen(tmp_path: Path) -> None:
    source = SmallLog(300, size=12).write(tmp_path / "log")
    files, draw = files_of(source), random.Random(9)
    for _ in range(40):
        path = draw.choice(sorted(files))
        at, by = draw.randrange(len(files[path])), draw.randrange(1, 256)
        change(source / path, at, by)
        copy = tmp_path / f"copy {draw.random()}"
        try:
            bring(source, copy)
            raise AssertionError(f"{path}: byte {at} was changed and nobody saw it")
        except LedgerError:
            assert not (copy / "checkpoint").exists()
        change(source / path, at, by)
