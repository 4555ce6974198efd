"""The static files of a log: byte for byte those of others, added to and never rewritten."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import shared_data

from riskshed.errors import LedgerError, StoreError
from riskshed.ledger import export as export_module
from riskshed.ledger.export import Exported, export
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.note import NoteSignature, SignedNote
from riskshed.ledger.store import SqliteStore
from riskshed.ledger.tiles import bundles_of, decode_bundle, tiles_of

KEY = SigningKey("example.com/log", "log", bytes(range(32)))
# The key of a published test log (transparency-dev/tessera, testdata), which is no secret.
TESSERA_KEY = base64.b64decode("AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg")[1:]
TESSERA_ENTRIES = (
    b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten".split()
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log(SqliteStore(tmp_path / "log.sqlite"), KEY) as log:
        yield log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def entries(start: int, end: int) -> list[bytes]:
    return [f"entry {at}".encode() for at in range(start, end)]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_published_log_is_made_again_byte_for_byte(tmp_path: Path, folder: Path) -> None:
    wanted = files(shared_data("tlog-vectors") / "tessera-log" / "log")
    key = SigningKey("example.com/log/testdata", "log", TESSERA_KEY)
    found = {}
    with Log(SqliteStore(tmp_path / "tessera.sqlite"), key) as log:
        for size in range(16):
            if size:
                log.append(TESSERA_ENTRIES[size - 1])
            export(log, folder)
            found |= {f"checkpoint.{size}": (folder / "checkpoint").read_bytes()}
    found |= files(folder)
    assert len(found) == 16 + 1 + 15 + 15
    assert found == wanted


def test_it_holds_every_file_that_the_checkpoint_promises(log: Log, folder: Path) -> None:
    log.append_many(entries(0, 65_000))
    log.append_many(entries(65_000, 66_000))
    export(log, folder)
    promised = {at.path for at in (*tiles_of(66_000), *bundles_of(66_000))} | {"checkpoint"}
    found = files(folder)
    assert set(found) == promised
    assert decode_bundle(found["tile/entries/257.p/208"], 208) == entries(257 * 256, 66_000)


def test_an_empty_log_is_a_checkpoint(log: Log, folder: Path) -> None:
    assert export(log, folder) == Exported(0, 0)
    assert files(folder) == {"checkpoint": log.checkpoint}


def test_it_adds_and_never_writes_a_full_tile_again(log: Log, folder: Path) -> None:
    log.append_many(entries(0, 600))
    export(log, folder)
    full = {name: (folder / name).stat() for name in files(folder) if ".p/" not in name and "tile" in name}
    log.append_many(entries(600, 800))
    told = export(log, folder)
    after = {name: (folder / name).stat() for name in full}
    assert {n: (s.st_ino, s.st_mtime_ns) for n, s in full.items()} == {
        n: (s.st_ino, s.st_mtime_ns) for n, s in after.items()
    }
    assert told == Exported(800, 2 + 1 + 2)  # of each kind a full one and a partial one; one at level 1


def test_partial_tiles_go_when_the_full_one_is_there(log: Log, folder: Path) -> None:
    for end in (100, 200, 300):
        log.append_many(entries(end - 100, end))
        export(log, folder)
    partial = {name for name in files(folder) if ".p/" in name}
    assert partial == {"tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"}


def test_an_export_that_was_cut_off_is_simply_run_again(
    log: Log, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append_many(entries(0, 1_000))
    whole = folder.with_name("whole")
    export(log, whole)

    def cut_off(folder: Path, at: object, make: object, write: object = export_module._write) -> int:
        if len(files(folder)) == 6:
            raise KeyboardInterrupt
        return write(folder, at, make)  # type: ignore[operator]

    with monkeypatch.context() as patch:
        patch.setattr(export_module, "_write", cut_off)
        with pytest.raises(KeyboardInterrupt):
            export(log, folder)
    assert "checkpoint" not in files(folder)
    export(log, folder)
    assert files(folder) == files(whole)


def test_a_file_that_a_loss_of_power_left_empty_is_mended(log: Log, folder: Path) -> None:
    log.append_many(entries(0, 300))
    (folder / "tile" / "0").mkdir(parents=True)
    (folder / "tile" / "0" / "000").touch()
    export(log, folder)
    assert files(folder)["tile/0/000"] == log.tile(0, 0, 256)


def test_a_folder_of_another_log_is_left_alone(log: Log, folder: Path, tmp_path: Path) -> None:
    export(log, folder)
    with Log(SqliteStore(tmp_path / "b.sqlite"), SigningKey.generate("example.com/b", "log")) as other:
        other.append(b"other")
        with pytest.raises(LedgerError) as refused:
            export(other, folder)
    assert refused.value.code == "export.other_log"
    assert files(folder) == {"checkpoint": log.checkpoint}


def test_another_history_of_the_same_log_is_refused(log: Log, folder: Path, tmp_path: Path) -> None:
    log.append_many(entries(0, 5))
    export(log, folder)
    before = files(folder)
    with Log(SqliteStore(tmp_path / "fork.sqlite"), KEY) as fork:
        for wrong in (entries(1, 4), entries(4, 9)):  # shorter, and then as long and longer
            fork.append_many(wrong)
            with pytest.raises(LedgerError) as refused:
                export(fork, folder)
            assert refused.value.code == "export.other_log"
    assert files(folder) == before


def test_cosignatures_of_the_same_checkpoint_are_written(log: Log, folder: Path) -> None:
    log.append(b"one")
    line = NoteSignature("example.com/witness", b"abcd", b"x" * 72)
    cosigned = SignedNote.parse(log.checkpoint).with_signatures([line]).to_bytes()
    log.append(b"two")
    assert export(log, folder, checkpoint=cosigned).size == 1
    assert files(folder)["checkpoint"] == cosigned


def test_a_checkpoint_that_the_log_never_had_is_refused(log: Log, folder: Path, tmp_path: Path) -> None:
    log.append(b"one")
    with Log(SqliteStore(tmp_path / "fork.sqlite"), KEY) as fork:
        fork.append(b"wrong")
        with pytest.raises(LedgerError) as refused:
            export(log, folder, checkpoint=fork.checkpoint)
    assert refused.value.code == "export.checkpoint"
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_named(log: Log, folder: Path) -> None:
    log.append(b"one")
    folder.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError) as refused:
        export(log, folder)
    assert str(folder) in refused.value.what
