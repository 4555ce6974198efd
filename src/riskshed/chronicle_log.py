"""Put the record of a case into a log, audit it, and show that it cannot be rewritten unseen.

    checkpoint, tile/...    the log as static files
    policy.txt, keys.txt    whom to believe: `riskshed audit DIR --policy DIR/policy.txt --keys DIR/keys.txt`
    files/...               the footprints that the statements name by their digest

Policy and key list lie beside the log here because all of it comes from the same published seed. Whoever
relies on a real log has them from elsewhere.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from riskshed.audit import audit
from riskshed.audit_copy import STORE_FILE
from riskshed.audit_report import Finding, Report
from riskshed.chronicle import Chronicle
from riskshed.errors import InputError
from riskshed.ledger.export import export
from riskshed.ledger.log import Log
from riskshed.ledger.store import SqliteStore
from riskshed.ledger.tiles import TILE_WIDTH, bundles_of, decode_bundle

POLICY_FILE, KEYS_FILE, FILES_FOLDER = "policy.txt", "keys.txt", "files"
_OWN = {"checkpoint", "tile", POLICY_FILE, KEYS_FILE, FILES_FOLDER}
_IN_THE_PAYLOAD = 40


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the record of a case.

    Parameters
    ----------
    folder : Path
    report : Report
        The audit of what was written.
    audit_s : float
        How long it took.
    changed : int
        The entry of which one byte was changed in a copy.
    found : tuple of Finding
        What the audit of that copy found.
    """

    folder: Path
    report: Report
    audit_s: float
    changed: int
    found: tuple[Finding, ...]

    @property
    def is_named(self) -> bool:
        """Whether the changed entry was named, and no other."""
        return {finding.index for finding in self.found} == {self.changed}


def keep(told: Chronicle, folder: Path, changed: int) -> Kept:
    """Write the record of a case as a fresh log, audit it, then audit a copy with one byte changed.

    Parameters
    ----------
    told : Chronicle
    folder : Path
        Takes the place of an earlier record there.
    changed : int
        The entry to be changed in the copy.

    Raises
    ------
    InputError
        ``out.unwritable``: something else is in the folder, or it cannot be written.
    """
    with TemporaryDirectory(prefix="riskshed-record-") as drafts:
        draft = Path(drafts) / "record"
        _write(told, draft)
        begun = time.perf_counter()
        report = audit(draft, told.policy, keys=told.listed)
        audit_s = time.perf_counter() - begun
        copy = Path(drafts) / "copy"
        shutil.copytree(draft, copy)
        change_byte(copy, report.size, changed)
        found = audit(copy, told.policy, keys=told.listed).findings
        _put(draft, folder)
    return Kept(folder, report, audit_s, changed, found)


def _write(told: Chronicle, draft: Path) -> None:
    draft.mkdir()
    store = draft.parent / STORE_FILE
    with Log(SqliteStore(store), told.key) as log:
        log.append_many(told.entries)
        export(log, draft)
    (draft / POLICY_FILE).write_bytes(told.policy.to_bytes())
    head = "# Case keys, made from a published seed: they protect nothing.\n"
    lines = "".join(f"{one}\n" for one in told.listed)
    (draft / KEYS_FILE).write_text(head + lines, encoding="utf-8")
    (draft / FILES_FOLDER).mkdir()
    for name, data in told.files.items():
        (draft / FILES_FOLDER / name).write_bytes(data)


def change_byte(folder: Path, size: int, index: int) -> Path:
    """Change one byte of the payload of one entry in the static files of a log; returns the file."""
    at = next(one for one in bundles_of(size) if one.index == index // TILE_WIDTH)
    file = folder / at.path
    data = bytearray(file.read_bytes())
    before = decode_bundle(bytes(data), at.width)[: index % TILE_WIDTH]
    place = sum(2 + len(entry) for entry in before) + 2 + _IN_THE_PAYLOAD
    data[place] = ord("B") if data[place] == ord("A") else ord("A")
    file.write_bytes(data)
    return file


def _put(draft: Path, folder: Path) -> None:
    """The draft in the place of an earlier record; anything else there is left alone and refused."""
    try:
        if folder.exists():
            strange = sorted({one.name for one in folder.iterdir()} - _OWN)
            if strange:
                told = f"{folder} holds {strange[0]}, which is not part of a record"
                raise InputError("out.unwritable", told, todo="Name another folder with --out.")
            shutil.rmtree(folder)
        shutil.copytree(draft, folder)
    except OSError as error:
        told = f"{folder} cannot be written: {error.strerror}"
        raise InputError("out.unwritable", told, todo="Name another folder with --out.") from error
