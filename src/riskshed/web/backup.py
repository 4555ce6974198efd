"""A backup of a node, and the way back: verified against the head of its log, both times.

    log.db, node.db     as SQLite itself copies a database that is in use
    everything else     as it is: keys (encrypted), region, agreement, files
    backup.txt          size and root of the log, and the SHA-256 of every file

A backup is taken while the node runs. The log is copied first and the files that statements name after it, so
that no copied statement names a file that is missing. A backup is good if the log in it has the root that its
checkpoint says, and every file its digest; nothing is restored from one that is not.

Where the log lies in PostgreSQL its own tools copy the database; the folder alone is not a backup then, and
is refused.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from riskshed.errors import Fault, InputError, InputFaults, NotFoundError, StoreError
from riskshed.ledger.merkle import Frontier, leaf_hashes
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.ledger.store import SqliteStore
from riskshed.web.node import KEY_FILE, LOG_FILE

MANIFEST = "backup.txt"
DATABASES = (LOG_FILE, "node.db")
PASSING = ("static", "public", "witness")
"""Folders that are made again from the rest, and one that must never go back (`witness_role`)."""
STEP = 4_096
_SUFFIXES = ("-wal", "-shm", ".lock", ".part", ".salt")
"""Of files that belong to the moment; a salt (`origins`) has to be forgotten, so no copy may keep it."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified backup: where it is, and the head of its log."""

    folder: Path
    size: int
    root: str
    files: int


def take(home: Path, folder: Path) -> Backup:
    """Back a node up, while it runs or not.

    Parameters
    ----------
    home : Path
    folder : Path
        Must not exist; it appears only when the backup is whole and verified.

    Raises
    ------
    NotFoundError
        ``node.missing``; ``backup.no_log`` where the log lies in PostgreSQL.
    InputError
        ``backup.exists``.
    StoreError
        ``backup.failed``: it could not be written, or what was written does not verify.
    """
    _check_home(home)
    _check_free(folder)
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True, mode=0o700)
        for name in DATABASES:
            if (home / name).is_file():
                _copy_database(home / name, part / name)
        for path in sorted(home.rglob("*")):
            if path.is_file() and _belongs(path.relative_to(home)):
                target = part / path.relative_to(home)
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.copy2(path, target)
        size, root = head(part)
        _write_manifest(part, size, root)
        made = verify(part)
        part.rename(folder)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            "backup.failed", f"{folder} was not made: {error}", todo="Free some space."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Backup(folder, made.size, made.root, made.files)


def verify(folder: Path) -> Backup:
    """See that a backup is whole.

    Raises
    ------
    InputFaults
        ``backup.damaged``, with every file that is missing, too many, or not what it was.
    NotFoundError
        ``backup.missing``.
    """
    if not (folder / MANIFEST).is_file():
        raise NotFoundError("backup.missing", f"there is no backup in {folder}", todo="Name its folder.")
    lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
    _, size, root = lines[0].split()
    wanted = {name: digest for digest, name in (line.split("  ", 1) for line in lines[1:])}
    found = _digests(folder)
    faults = [
        Fault("backup.file", name, None, None, found.get(name, "nothing"), wanted.get(name, "nothing"))
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]
    if not faults:
        held = head(folder)
        if held != (int(size), root):
            faults = [Fault("backup.head", LOG_FILE, None, None, f"{held[0]} {held[1]}", f"{size} {root}")]
    if faults:
        raise InputFaults("backup.damaged", f"the backup {folder} cannot be used", faults)
    return Backup(folder, int(size), root, len(wanted))


def restore(folder: Path, home: Path) -> Backup:
    """Put a node back from a verified backup.

    Parameters
    ----------
    folder : Path
    home : Path
        Must not exist.

    Raises
    ------
    RiskshedError
        As `verify`; ``backup.exists``, ``backup.failed``. Nothing is left behind.
    """
    verify(folder)
    _check_free(home)
    part = home.with_name(f".{home.name}.{secrets.token_hex(4)}.part")
    try:
        shutil.copytree(folder, part, copy_function=shutil.copy2)
        made = verify(part)
        (part / MANIFEST).unlink()
        part.rename(home)
    except OSError as error:
        raise StoreError("backup.failed", f"{home} was not made: {error}", todo="Free some space.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Backup(home, made.size, made.root, made.files)


def head(home: Path) -> tuple[int, str]:
    """Size and root of the log of a folder: worked out from its entries, and as its checkpoint signs them.

    Raises
    ------
    StoreError
        ``backup.head``: the two differ.
    """
    with SqliteStore(home / LOG_FILE, read_only=True) as store:
        kept = store.load()
        if kept is None:
            raise StoreError("backup.head", f"the log in {home} has no checkpoint")
        signed = Checkpoint.parse(SignedNote.parse(kept.note).text)
        root = _root(store, signed.size)
    if root != signed.root:
        told = f"the entries of {home / LOG_FILE} do not have the root that its checkpoint signs"
        raise StoreError("backup.head", told, todo="Use another backup.")
    return signed.size, root.hex()


def _root(store: SqliteStore, size: int) -> bytes:
    """The root to which the entries themselves lead."""
    grown = Frontier()
    for start in range(0, size, STEP):
        grown.extend(leaf_hashes(store.entries(start, min(start + STEP, size))))
    return grown.root()


def _check_home(home: Path) -> None:
    if not (home / KEY_FILE).is_file():
        raise NotFoundError("node.missing", f"there is no node in {home}", todo="Set RISKSHED_HOME.")
    if not (home / LOG_FILE).is_file():
        told = f"the log of the node in {home} lies in PostgreSQL"
        raise NotFoundError("backup.no_log", told, todo="Use pg_dump, and copy the folder beside it.")


def _check_free(folder: Path) -> None:
    if folder.exists():
        raise InputError("backup.exists", f"there is something in {folder}", todo="Name another folder.")


def _belongs(path: Path) -> bool:
    """Whether a file of the node is copied as it is."""
    passing = path.parts[0] in PASSING or path.name.endswith(_SUFFIXES)
    return not passing and str(path) not in DATABASES


def _copy_database(source: Path, target: Path) -> None:
    """As SQLite copies a database that others are writing to: one moment of it, whole."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as held,
        closing(sqlite3.connect(target)) as new,
    ):
        held.backup(new)
        # Read-only media cannot hold the files beside a database that WAL needs.
        new.execute("PRAGMA journal_mode=DELETE")
    target.chmod(0o600)


def _write_manifest(folder: Path, size: int, root: str) -> None:
    lines = [f"log {size} {root}", *(f"{digest}  {name}" for name, digest in _digests(folder).items())]
    (folder / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the list of them, by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST and not path.name.endswith(_SUFFIXES):
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
