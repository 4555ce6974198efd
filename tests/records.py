"""A small record for tests: three bodies of the cast speak, sign, change keys; its log as files in memory.

`Files` answers as a folder or a web server would, so that thousands of changed copies cost no disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from cast import SHANG, SPILL, XIA, ZHONG

from riskshed.audit_copy import FilesCopy
from riskshed.audit_keys import ListedKey, keyid_of
from riskshed.ledger.fetch import FetchError, Part
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.merkle import leaf_hash, leaf_hashes, range_hash
from riskshed.ledger.note import Checkpoint, SignedNote, cosign, sign_checkpoint
from riskshed.ledger.policy import Policy
from riskshed.ledger.tiles import TileTree, bundles_of, encode_bundle, fold, tile_path, tiles_of
from riskshed.statement import make, sign, time_text

ORIGIN = "shang.example/record"
LOG_KEY = SigningKey(ORIGIN, "log", b"\x11" * 32)
WITNESS_KEY = SigningKey("zhong.example/witness", "witness", b"\x12" * 32)
POLICY = Policy.parse(f"log {LOG_KEY.verifier}\nquorum none\n".encode())
WITNESSED = Policy.parse(f"log {LOG_KEY.verifier}\nwitness z {WITNESS_KEY.verifier}\nquorum z\n".encode())
BODIES = (SHANG, ZHONG, XIA)
WITNESS_TIME_S = 1_700_000_000


@cache
def key_of(body: str, number: int = 0, role: Any = "statement") -> SigningKey:
    seed = sha256(f"{body} {number} {role}".encode()).digest()
    return SigningKey(f"body-{body}.example", role, seed)


KEY_LIST = tuple(ListedKey(body, "statement", key_of(body).verifier) for body in BODIES)


def said(kind: Any, by: str, body: dict[str, Any], *, key: SigningKey | None = None, **more: Any) -> bytes:
    """A signed statement as an entry of the log."""
    signer = key or key_of(by)
    more = {"officer": "duty-1", "issued": SPILL, **more}
    statement = make(kind, by=by, body=body, **more)
    role = signer.role
    return sign(statement, keyid_of(signer.verifier), lambda message: signer.sign(message, role=role))


def joined(body: str, *, by: str | None = None, key: SigningKey | None = None, **more: Any) -> bytes:
    named = key or key_of(body)
    told = {"body": body, "name": {"en": f"City {body}"}, "kind": "government", "key": str(named.verifier)}
    return said("BodyJoined", by or body, told, key=named if by is None else None, **more)


def key_added(body: str, key: SigningKey, *, signer: SigningKey | None = None, **more: Any) -> bytes:
    told = {"role": key.role, "key": str(key.verifier)}
    return said("KeyAdded", body, told, key=signer, **more)


def key_revoked(body: str, key: SigningKey, *, signer: SigningKey | None = None) -> bytes:
    told = {"role": key.role, "key": str(key.verifier), "cause": "replaced"}
    return said("KeyRevoked", body, told, key=signer)


def report(number: int, *, by: str = SHANG, **more: Any) -> bytes:
    """A risk report; each number another one."""
    at = SPILL + timedelta(minutes=number)
    told = {
        "report": "follow_up",
        "to": [ZHONG],
        "hazard_class": "accident",
        "what": {"en": f"Report {number} from the plant."},
        "harm": "unknown",
        "known_at": time_text(at),
    }
    return said("RiskReported", by, told, issued=at, about="cast-spill", **more)


@cache
def record(count: int) -> tuple[bytes, ...]:
    """The three bodies come in, then report in turn: `count` entries in all."""
    reports = (report(n, by=BODIES[n % 3]) for n in range(count - len(BODIES)))
    return (*(joined(body) for body in BODIES), *reports)


class Files:
    """The files of a log in memory, as a source."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.requests = self.bytes_received = 0

    def __str__(self) -> str:
        return "memory"

    def close(self) -> None:
        pass

    def get(self, path: str, bytes_max: int, start: int = 0) -> Part:
        self.requests += 1
        data = self.files.get(path)
        if data is None:
            raise FetchError("fetch.missing", f"no {path}")
        if len(data) > bytes_max:
            raise FetchError("fetch.oversize", f"{path} is too long")
        return Part(start, data[start:])


def checkpoint_of(
    entries: Sequence[bytes], *, key: SigningKey = LOG_KEY, witness: SigningKey | None = WITNESS_KEY
) -> SignedNote:
    leaves = leaf_hashes(entries)
    root = range_hash(0, len(entries), lambda level, n: fold(leaves[n << level : (n + 1) << level]))
    checkpoint = Checkpoint(key.name, len(entries), root)
    note = sign_checkpoint(checkpoint, key)
    return note.with_signatures([cosign(checkpoint, witness, WITNESS_TIME_S)]) if witness else note


def tiles_of_log(entries: Sequence[bytes]) -> dict[str, bytes]:
    tree = TileTree()
    files = {tile_path(one.level, one.index): one.hashes for one in tree.append(map(leaf_hash, entries))}
    for at in tiles_of(len(entries), len(entries)):
        assert at.level is not None
        files[at.path] = tree.edge(at.level)
    return files


def bundles_of_log(entries: Sequence[bytes]) -> dict[str, bytes]:
    return {
        at.path: encode_bundle(entries[at.index * 256 : at.index * 256 + at.width])
        for at in bundles_of(len(entries))
    }


def files_of_log(entries: Sequence[bytes], note: SignedNote | None = None) -> dict[str, bytes]:
    """All the files of a log; the checkpoint is its own unless another is given."""
    head = (note or checkpoint_of(entries)).to_bytes()
    return {"checkpoint": head, **tiles_of_log(entries), **bundles_of_log(entries)}


def copy_of(files: dict[str, bytes]) -> FilesCopy:
    return FilesCopy(Files(files))
