"""The witness: it cosigns the checkpoints of a log as long as each one only adds to the one before.

A log could show one history to one city and another to the next. A witness remembers the last checkpoint of
each log that it cosigned, and cosigns a new one only with a proof that nothing before was changed. Its
cosignature says "at this time I saw one consistent log", and nothing about what the entries say.

The promise hangs on memory. The witness writes down what it cosigned, flushed to disk, *before* it answers:
if it is killed between the two, nobody has the cosignature, and after the start it stands by what it wrote.
For each log, looking at the last checkpoint and replacing it is one step under one lock, and the folder
belongs to one process: two requests can never both grow from the same checkpoint to different ones. Where a
flush fails and nobody can know what a restart will find, the witness stops cosigning that log.

Each log has one small file: the checkpoint, signed by the log and cosigned, as anybody may fetch it. It is
its own proof: at the start, a file that the witness's key did not sign is refused.

Source: C2SP tlog-witness 1.0.0, and three things from its editor's draft: canonical base64, the root of an
empty log, and 422 (1.0.0 has 409) for another root of the same size, because 409 invites to try again.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from riskshed.errors import KeyRefusedError, LedgerError, MalformedError, ProofError, SignatureError
from riskshed.ledger.durable import KeptInDoubtError, NotKeptError, write_file
from riskshed.ledger.keys import SigningKey, VerifierKey, decode_base64, encode_base64
from riskshed.ledger.lock import WriterLock
from riskshed.ledger.merkle import EMPTY_ROOT, HASH_BYTES, PROOF_HASHES_MAX, verify_growth
from riskshed.ledger.note import Checkpoint, SignedNote, cosign, parse_decimal, verify_note
from riskshed.ledger.split_view import SplitView

BODY_BYTES_MAX = 65_536
"""Sixteen signatures of ML-DSA-44 and a whole proof fit; anything larger is not a checkpoint."""
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
REASON_CHARACTERS_MAX = 300
_OLD = re.compile(rb"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Growth:
    """A request to cosign: where the witness stands, the proof of growth from there, the new checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: SignedNote

    def to_bytes(self) -> bytes:
        """The body of ``add-checkpoint``."""
        lines = [f"old {self.old}", *map(encode_base64, self.proof), "", ""]
        return "\n".join(lines).encode() + self.note.to_bytes()

    @classmethod
    def parse(cls, body: bytes) -> Growth:
        """Read the body of ``add-checkpoint``.

        Raises
        ------
        MalformedError
            ``witness.body``, ``base64``, and those of `SignedNote.parse`.
        """
        if len(body) > BODY_BYTES_MAX:
            raise MalformedError(
                "witness.body", f"the request has {len(body)} bytes, want at most {BODY_BYTES_MAX}"
            )
        head, blank, note = body.partition(b"\n\n")
        old, *lines = head.split(b"\n")
        if not blank or not (found := _OLD.fullmatch(old)):
            raise MalformedError(
                "witness.body", "want a line 'old <size>', proof lines, a blank line, a checkpoint"
            )
        if len(lines) > PROOF_HASHES_MAX:
            raise MalformedError(
                "witness.body", f"the proof has {len(lines)} lines, want at most {PROOF_HASHES_MAX}"
            )
        proof = tuple(decode_base64(line.decode("latin-1"), "a proof line") for line in lines)
        if any(len(one) != HASH_BYTES for one in proof):
            raise MalformedError("witness.body", f"a proof line does not hold {HASH_BYTES} bytes")
        return cls(parse_decimal(found[1].decode(), "the old size"), proof, SignedNote.parse(note))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the witness answers: a status of HTTP, a body, and its type."""

    status: int
    body: bytes
    content_type: str = TEXT_TYPE


class _RefusedError(LedgerError):
    """A request that is not cosigned, with the status that says why."""

    def __init__(self, status: int, what: str, *, size: int | None = None) -> None:
        super().__init__("witness.refused", what)
        self.status = status
        self.size = size

    def reply(self) -> Reply:
        if self.size is not None:
            return Reply(self.status, f"{self.size}\n".encode(), SIZE_TYPE)
        told = self.what[:REASON_CHARACTERS_MAX].encode("utf-8", "replace")
        return Reply(self.status, told + b"\n")


@dataclass(slots=True)
class _Watched:
    """One log: its keys, and the last checkpoint cosigned. `lock` owns all that changes."""

    origin: str
    keys: tuple[VerifierKey, ...]
    folder: Path
    last: Checkpoint
    note: SignedNote | None = None
    time_s: int = 0
    stopped: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def file(self) -> Path:
        return self.folder / "checkpoint"

    @property
    def split_file(self) -> Path:
        return self.folder / "split-view.json"


def origin_hash(origin: str) -> str:
    """The name under which a witness serves a log: the SHA-256 of its origin in lower-case hex."""
    return sha256(origin.encode()).hexdigest()


class Cosigner:
    """A witness without its network: requests in, replies out, state in a folder. Safe for threads.

    Parameters
    ----------
    folder : Path
        Where the state lies; made if it is not there. It belongs to this object until `close`.
    signers : sequence of SigningKey
        The keys of the witness, with the role ``witness``; each adds a line to every reply.
    logs : iterable of VerifierKey
        The keys of the logs; the name of a key is the origin of its log, which may have several.
    former_keys : iterable of VerifierKey
        Keys that this witness had before a rotation: state that they signed is still its own.
    clock : callable
        Seconds since 1970.

    Raises
    ------
    LockedError
        Another process has the folder.
    KeyRefusedError
        ``witness.keys``: no key, a key without the role, or a key that is also a log's.
    LedgerError
        ``witness.state``: the state on disk is not what this witness signed.
    """

    def __init__(
        self,
        folder: Path,
        signers: Sequence[SigningKey],
        logs: Iterable[VerifierKey],
        *,
        former_keys: Iterable[VerifierKey] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        log_keys = tuple(logs)
        _check_keys(signers, log_keys)
        self.folder = folder
        self.signers = tuple(signers)
        self._clock = clock
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError("witness.folder", f"{folder} cannot be used: {error.strerror}") from error
        self._lock = WriterLock(folder / "witness.lock")
        try:
            own = (*(key.verifier for key in signers), *former_keys)
            self._watched = {
                origin: self._open(origin, log_keys, own) for origin in {k.name for k in log_keys}
            }
        except BaseException:
            self._lock.release()
            raise
        self._by_hash: Mapping[str, _Watched] = {
            origin_hash(origin): one for origin, one in self._watched.items()
        }

    def _open(self, origin: str, log_keys: Iterable[VerifierKey], own: Iterable[VerifierKey]) -> _Watched:
        folder = self.folder / origin_hash(origin)
        log = _Watched(
            origin,
            tuple(key for key in log_keys if key.name == origin),
            folder,
            Checkpoint(origin, 0, EMPTY_ROOT),
        )
        try:
            data = log.file.read_bytes()
        except FileNotFoundError:
            return log
        except OSError as error:
            raise LedgerError("witness.folder", f"{log.file} cannot be read: {error.strerror}") from error
        try:
            opened = verify_note(SignedNote.parse(data), own)
            log.last, log.note = Checkpoint.parse(opened.note.text), opened.note
            log.time_s = max(by.time_s or 0 for by in opened.verified)
            if log.last.origin != origin:
                raise MalformedError("checkpoint.origin", f"it is of the log {log.last.origin!r}")
        except LedgerError as error:
            raise LedgerError(
                "witness.state",
                f"{log.file} is not what this witness signed for {origin}: {error.what}",
                todo="Restore it from a backup that is not older, or start a new witness under a new key.",
            ) from error
        # A flush that failed before may have left a file that can be read and is not on the disk.
        write_file(log.file, data)
        return log

    def close(self) -> None:
        """Give back the folder. May be called twice."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs that are witnessed."""
        return tuple(sorted(self._watched))

    def last(self, origin: str) -> Checkpoint:
        """The last checkpoint cosigned for a log, the empty log before any."""
        return self._watched[origin].last

    def checkpoint(self, by_hash: str) -> bytes | None:
        """The last cosigned checkpoint of the log with this `origin_hash`; None where there is none."""
        log = self._by_hash.get(by_hash)
        return log.note.to_bytes() if log and log.note else None

    def split_views(self) -> tuple[SplitView, ...]:
        """The proofs of split views that came to this witness: the first one for each log."""
        found = []
        for log in self._watched.values():
            with suppress(FileNotFoundError):
                found.append(SplitView.parse(log.split_file.read_bytes()))
        return tuple(found)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer one ``add-checkpoint``; whatever the body is, with a status and never an exception.

        Returns
        -------
        Reply
            200 with the cosignature lines; 400 malformed; 403 not signed by the log; 404 unknown log; 409
            with the size the witness stands at; 422 no proof of growth; 503 the disk did not take it.
        """
        try:
            return Reply(200, self._cosigned(body))
        except _RefusedError as refused:
            return refused.reply()
        except MalformedError as error:
            return _RefusedError(400, error.what).reply()

    def _cosigned(self, body: bytes) -> bytes:
        growth = Growth.parse(body)
        origin = growth.note.text.partition("\n")[0]
        log = self._watched.get(origin)
        if log is None:
            raise _RefusedError(404, f"the log {origin[:80]!r} is not witnessed here")
        new = Checkpoint.parse(growth.note.text)
        try:
            opened = verify_note(growth.note, log.keys)
        except SignatureError as error:
            raise _RefusedError(403, error.what) from error
        if growth.old > new.size:
            raise _RefusedError(400, f"the old size {growth.old} is above the size {new.size}")
        known = {(by.key.name, by.key.key_id) for by in opened.verified}
        lines = tuple(
            line for line in dict.fromkeys(growth.note.signatures) if (line.name, line.key_id) in known
        )
        with log.lock:
            return self._step(log, growth, new, SignedNote(growth.note.text, lines))

    def _step(self, log: _Watched, growth: Growth, new: Checkpoint, note: SignedNote) -> bytes:
        """Look at the last checkpoint and replace it; the caller holds the lock of the log."""
        if log.stopped:
            raise _RefusedError(503, f"the witness has stopped for this log: {log.stopped}")
        split = SplitView.of(log.note, note) if log.note else None
        if split:
            self._keep_split(log, split)
        if growth.old != log.last.size:
            raise _RefusedError(409, "stale", size=log.last.size)
        if split:
            raise _RefusedError(422, f"the log has shown another root for size {new.size}")
        try:
            verify_growth(growth.old, new.size, log.last.root, new.root, growth.proof)
        except ProofError as error:
            raise _RefusedError(422, error.what) from error
        time_s = max(int(self._clock()), log.time_s, 1)
        cosignatures = [cosign(new, key, time_s) for key in self.signers]
        cosigned = note.with_signatures(cosignatures)
        self._keep(log, log.file, cosigned.to_bytes())
        log.last, log.note, log.time_s = new, cosigned, time_s
        return "".join(map(str, cosignatures)).encode()

    def _keep(self, log: _Watched, file: Path, data: bytes) -> None:
        try:
            write_file(file, data)
        except NotKeptError as error:
            raise _RefusedError(503, "the witness cannot write down what it saw; try again later") from error
        except KeptInDoubtError as error:
            log.stopped = "its disk may have lost what it saw"
            raise _RefusedError(503, log.stopped) from error

    def _keep_split(self, log: _Watched, split: SplitView) -> None:
        # The first proof is enough, and a log that signs thousands cannot fill the disk.
        if not log.split_file.exists():
            self._keep(log, log.split_file, split.to_bytes())


def _check_keys(signers: Sequence[SigningKey], logs: Sequence[VerifierKey]) -> None:
    if not signers or any(key.role != "witness" for key in signers):
        raise KeyRefusedError(
            "witness.keys", "a witness signs with keys of the role 'witness', and has at least one"
        )
    shared = {key.verifier.public for key in signers} & {key.public for key in logs}
    if shared or not logs:
        told = "a key of the witness is also the key of a log" if shared else "there is no log to witness"
        raise KeyRefusedError("witness.keys", told, todo="Give each its own key.")
