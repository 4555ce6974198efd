"""The audit names what is wrong, by code and entry, and says nothing of a log that is as it was signed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG
from hypothesis import given, settings
from hypothesis import strategies as st
from records import (
    KEY_LIST,
    LOG_KEY,
    ORIGIN,
    POLICY,
    WITNESSED,
    Files,
    bundles_of_log,
    checkpoint_of,
    copy_of,
    files_of_log,
    record,
    report,
    tiles_of_log,
)

from riskshed.audit import Memory, Report, audit
from riskshed.audit_copy import FilesCopy
from riskshed.audit_report import FINDINGS_MAX, FindingList
from riskshed.errors import InputError, NotFoundError, RiskshedError
from riskshed.ledger.export import export
from riskshed.ledger.fork_proof import ForkProof
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.merkle import EMPTY_ROOT
from riskshed.ledger.note import Checkpoint, sign_checkpoint
from riskshed.ledger.split_view import SplitView
from riskshed.ledger.store import SqliteStore

ENTRIES = record(24)
BUNDLE = "tile/entries/000.p/24"
EDGE = "tile/0/000.p/24"
KEPT = Memory("kept", checkpoint_of(ENTRIES[:16]))


def audited(files: dict[str, bytes], **more: Any) -> Report:
    return audit(copy_of(files), more.pop("policy", POLICY), keys=KEY_LIST, **more)


def codes(report: Report) -> set[tuple[str, int | None]]:
    return {(one.code, one.index) for one in report.findings}


def with_bundle(entries: list[bytes] | tuple[bytes, ...], size: int = 24) -> dict[str, bytes]:
    """The log as it was signed, with these entries in its bundle."""
    data = next(iter(bundles_of_log(entries).values()))
    return {**files_of_log(record(size)), f"tile/entries/000.p/{size}": data}


def store_of(folder: Path, entries: tuple[bytes, ...] = ENTRIES) -> Path:
    path = folder / "log.db"
    with Log(SqliteStore(path), LOG_KEY) as log:
        log.append_many(entries)
    return path


@pytest.mark.parametrize("count", [0, 1, 24, 256, 300])
def test_an_untouched_log_has_no_finding(count: int) -> None:
    entries = record(count) if count >= 3 else record(24)[:count]
    told = audit(copy_of(files_of_log(entries)), WITNESSED, keys=KEY_LIST)
    assert told.ok, told.to_text()
    assert (told.entries, told.statements, told.size) == (count, count, count)
    assert set(told.witnessed) == {"z"}


def test_a_store_is_audited_as_its_files_are(tmp_path: Path) -> None:
    path = store_of(tmp_path)
    with Log(SqliteStore(path), LOG_KEY) as log:
        export(log, tmp_path / "files")
    told = [audit(place, POLICY, keys=KEY_LIST) for place in (path, tmp_path, tmp_path / "files")]
    assert [one.ok for one in told] == [True] * 3
    assert len({(one.root, one.statements) for one in told}) == 1


def test_an_edited_entry_is_named() -> None:
    changed = ENTRIES[7].replace(b'"sig":"', b'"sig":"A', 1)[: len(ENTRIES[7])]
    told = audited(with_bundle([*ENTRIES[:7], changed, *ENTRIES[8:]]))
    assert ("entry.edited", 7) in codes(told)
    assert {index for _, index in codes(told)} == {7}


def test_an_entry_replaced_by_a_good_statement_is_named() -> None:
    told = audited(with_bundle([*ENTRIES[:7], report(999), *ENTRIES[8:]]))
    assert codes(told) == {("entry.edited", 7)}


@pytest.mark.parametrize("index", [3, 11, 22])
def test_a_dropped_entry_is_named(index: int) -> None:
    told = audited(with_bundle([*ENTRIES[:index], *ENTRIES[index + 1 :]]))
    assert ("entry.dropped", index) in codes(told)


def test_an_inserted_entry_is_named() -> None:
    told = audited(with_bundle([*ENTRIES[:9], report(999), *ENTRIES[9:23]]))
    assert ("entry.inserted", 9) in codes(told)


def test_entries_that_changed_places_are_named_and_those_between_are_not() -> None:
    moved = [*ENTRIES]
    moved[5], moved[12] = moved[12], moved[5]
    assert codes(audited(with_bundle(moved))) == {("entry.reordered", 5), ("entry.reordered", 12)}


def test_missing_entries_at_the_end_are_a_truncation() -> None:
    assert ("log.truncated", 20) in codes(audited(with_bundle(ENTRIES[:20])))


def test_a_changed_length_is_named_by_its_own_entry() -> None:
    files = files_of_log(ENTRIES)
    at = sum(2 + len(entry) for entry in ENTRIES[:4]) + 1
    data = bytearray(files[BUNDLE])
    data[at] ^= 3
    told = audited({**files, BUNDLE: bytes(data)})
    assert [one.code for one in told.findings] == ["entry.bundle"]
    assert "entry 4 of the bundle" in told.findings[0].what


def test_an_entry_that_was_edited_in_a_large_log_is_named_across_bundles() -> None:
    entries = list(record(600))
    del entries[300]
    files = {**files_of_log(record(600))}
    files["tile/entries/001"] = next(iter(bundles_of_log(entries[256:512]).values()))
    files["tile/entries/002.p/88"] = next(iter(bundles_of_log(entries[512:]).values()))
    assert ("entry.dropped", 300) in codes(audited(files))


def test_a_wrong_tile_is_named_where_the_entries_are_right() -> None:
    files = files_of_log(ENTRIES)
    told = audited({**files, EDGE: files[EDGE][:-1] + b"\x00"})
    assert [one.code for one in told.findings] == ["tile.edited"]
    assert EDGE in told.findings[0].what


def test_a_missing_tile_is_named() -> None:
    files = {path: data for path, data in files_of_log(ENTRIES).items() if path != EDGE}
    assert [one.code for one in audited(files).findings] == ["tile.missing"]


def test_an_edit_in_a_store_is_named_by_its_statement(tmp_path: Path) -> None:
    path = store_of(tmp_path)
    with sqlite3.connect(path) as connection:
        ((start, data),) = connection.execute("SELECT start, data FROM piece")
        at = sum(2 + len(entry) for entry in ENTRIES[:7]) + 100
        changed = data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]
        connection.execute("UPDATE piece SET data = ? WHERE start = ?", (changed, start))
    connection.close()
    told = audit(path, POLICY, keys=KEY_LIST)
    assert ("log.root", None) in codes(told)
    assert {index for _, index in codes(told)} == {None, 7}


def test_a_checkpoint_by_another_key_is_refused() -> None:
    note = checkpoint_of(ENTRIES, key=SigningKey(ORIGIN, "log", b"\x99" * 32))
    assert ("checkpoint.signature", None) in codes(audited(files_of_log(ENTRIES, note)))


@pytest.mark.parametrize("data", [b"", b"\xff\x00", b"no note at all\n", b"a\nb\nc\n\n\xe2\x80\x94 x y\n"])
def test_a_malformed_checkpoint_is_a_finding(data: bytes) -> None:
    told = audited({**files_of_log(ENTRIES), "checkpoint": data})
    assert [one.code for one in told.findings] == ["checkpoint.malformed"]


def test_a_missing_quorum_names_who_is_missing() -> None:
    told = audited(files_of_log(ENTRIES, checkpoint_of(ENTRIES, witness=None)), policy=WITNESSED)
    assert [(one.code, one.wanted) for one in told.findings] == [("policy.quorum", "z")]


def test_a_head_that_claims_any_size_costs_nothing() -> None:
    huge = sign_checkpoint(Checkpoint(ORIGIN, 2**62, b"\x01" * 32), LOG_KEY)
    told = audited({**files_of_log(ENTRIES), "checkpoint": huge.to_bytes()})
    assert not told.ok
    assert told.entries == 0


def test_an_old_head_is_a_roll_back() -> None:
    told = audited(files_of_log(ENTRIES[:10]), against=[KEPT])
    assert codes(told) == {("log.rolled_back", None)}


def test_a_log_that_only_grew_agrees_with_the_memory() -> None:
    assert audited(files_of_log(ENTRIES), against=[KEPT, Memory("now", checkpoint_of(ENTRIES))]).ok


def test_two_roots_of_one_size_are_proven_to_anybody() -> None:
    other = (*ENTRIES[:15], report(999))
    told = audited(files_of_log(other), against=[KEPT])
    assert codes(told) == {("log.forked", None)}
    assert told.proof is not None
    assert SplitView.parse(told.proof).verify([LOG_KEY.verifier]) == (ORIGIN,)


def test_another_past_at_a_larger_size_is_proven_to_anybody() -> None:
    other = (*ENTRIES[:10], report(999), *ENTRIES[11:])
    told = audited(files_of_log(other), against=[KEPT])
    assert codes(told) == {("log.forked", None)}
    assert told.proof is not None
    assert ForkProof.parse(told.proof).verify([LOG_KEY.verifier]) == (ORIGIN,)


def test_a_fork_is_proven_from_a_store_too(tmp_path: Path) -> None:
    path = store_of(tmp_path, (*ENTRIES[:10], report(999), *ENTRIES[11:]))
    told = audit(path, POLICY, keys=KEY_LIST, against=[KEPT])
    assert told.proof is not None
    assert ForkProof.parse(told.proof).verify([LOG_KEY.verifier]) == (ORIGIN,)


def test_a_mirror_names_the_entry_at_which_the_log_forked() -> None:
    mirror = Memory("mirror", checkpoint_of(ENTRIES[:16]), copy_of(files_of_log(ENTRIES[:16])))
    told = audited(files_of_log((*ENTRIES[:10], report(999), *ENTRIES[11:])), against=[mirror])
    assert codes(told) == {("log.forked", None), ("entry.edited", 10)}


def test_a_mirror_names_an_entry_where_the_log_has_no_tiles_left() -> None:
    changed = (*ENTRIES[:10], report(999), *ENTRIES[11:])
    files = {**tiles_of_log(changed), **bundles_of_log(changed)}
    files["checkpoint"] = checkpoint_of(ENTRIES).to_bytes()
    mirror = Memory("mirror", checkpoint_of(ENTRIES[:16]), copy_of(files_of_log(ENTRIES[:16])))
    assert ("entry.edited", 10) in codes(audited(files, against=[mirror]))


def test_the_memory_of_another_log_is_told() -> None:
    key = SigningKey("other.example/log", "log", b"\x55" * 32)
    memory = Memory("other", checkpoint_of(ENTRIES, key=key, witness=None))
    assert codes(audited(files_of_log(ENTRIES), against=[memory])) == {("log.other", None)}


def test_a_memory_may_be_a_file_or_a_mirror(tmp_path: Path) -> None:
    note = tmp_path / "kept.note"
    note.write_bytes(KEPT.note.to_bytes())
    for path, data in files_of_log(ENTRIES[:16]).items():
        (tmp_path / "mirror" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mirror" / path).write_bytes(data)
    told = audited(files_of_log(ENTRIES[:10]), against=[note, tmp_path / "mirror"])
    assert told.counts == {"log.rolled_back": 2}


@pytest.mark.parametrize("data", [b"", b"nothing", b"\x00" * 100, bytes(range(256))])
def test_a_memory_that_is_none_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "kept").write_bytes(data)
    with pytest.raises(InputError) as told:
        audited(files_of_log(ENTRIES), against=[tmp_path / "kept"])
    assert told.value.code == "audit.memory"


def test_where_there_is_no_log_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no log"):
        audit(tmp_path, POLICY)


def test_a_proof_of_a_fork_that_shows_nothing_is_refused() -> None:
    told = audited(files_of_log((*ENTRIES[:10], report(999), *ENTRIES[11:])), against=[KEPT])
    assert told.proof is not None
    proof = json.loads(told.proof)
    for change in ({"older": proof["newer"]}, {"root": proof["proof"][0]}, {"proof": []}, {"format": "x"}):
        with pytest.raises(RiskshedError):
            ForkProof.parse(json.dumps({**proof, **change}).encode()).verify([LOG_KEY.verifier])


def test_the_report_is_strict_json_and_short_text() -> None:
    told = audited(with_bundle([*ENTRIES[:7], report(999), *ENTRIES[8:]]), against=[KEPT])
    value = json.loads(json.dumps(told.to_json(), allow_nan=False))
    assert (value["ok"], value["counts"]) == (False, {"entry.edited": 1})
    assert value["findings"] == [{"code": "entry.edited", "what": "it is not what was signed", "index": 7}]
    assert told.to_text().splitlines()[-1] == "1 finding: entry.edited 1"


def test_a_flood_of_findings_is_counted_and_not_kept() -> None:
    found = FindingList()
    for index in range(FINDINGS_MAX + 5):
        found.add("entry.edited", "x", index)
    assert (len(found.kept), found.total) == (FINDINGS_MAX, FINDINGS_MAX + 5)


def test_entries_that_are_no_statements_can_be_left_unjudged() -> None:
    entries = (b"one", b"two", b"three")
    files = files_of_log(entries)
    assert audit(copy_of(files), POLICY, statements=False).ok
    assert audit(copy_of(files), POLICY).counts["statement.not_json"] == 3


@given(path=st.sampled_from(["checkpoint", BUNDLE, EDGE]), data=st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_random_bytes_as_files_are_findings_and_never_a_crash(path: str, data: bytes) -> None:
    files = {**files_of_log(ENTRIES), path: data}
    assert not audit(FilesCopy(Files(files)), WITNESSED, keys=KEY_LIST, against=[KEPT]).ok


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), LOG_KEY)
    assert audited({"checkpoint": note.to_bytes()}).ok
    other = sign_checkpoint(Checkpoint(ORIGIN, 0, b"\x01" * 32), LOG_KEY)
    assert codes(audited({"checkpoint": other.to_bytes()})) == {("log.root", None)}


def test_three_bodies_speak_in_the_record() -> None:
    told = audited(files_of_log(ENTRIES))
    assert (told.bodies, told.keys) == (len({SHANG, ZHONG, XIA}), 3)
