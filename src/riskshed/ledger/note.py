"""Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

A note is text and who signed it. Only a note with at least one good signature by a known key may be believed:

    text, ending in a newline
    (a blank line; the last one parts the text from the signatures)
    — <key name> base64(key id || signature)

A checkpoint is the note by which a log says what it holds: ``origin, size, base64(root)``, one a line. A
witness adds a line to it that says when it saw that the log had only grown; that means "I saw one consistent
log", and nothing more. What is signed depends on the type of the key:

    01  the text
    04  "cosignature/v1", "time <seconds>", then the text
    06  a ``subtree/v1`` structure of the witness, the time, the origin, the range and the root

A bad signature by a known key refuses the note; signatures by unknown keys are ignored, so a log may change
its key and gain witnesses without asking anyone.

Examples
--------
>>> key = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
>>> data = (
...     "This is an example message.\\n\\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAl"
...     "TgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\\n"
... ).encode()
>>> open_note(data, [key]).note.text
'This is an example message.\\n'
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from riskshed.errors import KeyRefusedError, MalformedError, SignatureError
from riskshed.ledger.keys import (
    ED25519,
    ED25519_COSIGNATURE,
    KEY_ID_BYTES,
    ML_DSA_44_COSIGNATURE,
    Role,
    SigningKey,
    VerifierKey,
    check_name,
    decode_base64,
    encode_base64,
    shown,
)
from riskshed.ledger.merkle import HASH_BYTES, SIZE_MAX

NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100
ORIGIN_BYTES_MAX = 255
TIME_S_MAX = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_MARK = "\N{EM DASH} "


def parse_decimal(text: str, where: str, highest: int = SIZE_MAX) -> int:
    """A whole number in ASCII digits without leading zeros; MalformedError ``decimal`` for anything else."""
    if _DECIMAL.fullmatch(text) is None or int(text) > highest:
        raise MalformedError("decimal", f"{where} is {text[:40]!r}, want a whole number up to {highest}")
    return int(text)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who, which of their keys, and the bytes (with a timestamp before them or not)."""

    name: str
    key_id: bytes
    signature: bytes

    @classmethod
    def parse(cls, line: str) -> NoteSignature:
        """Read a line without its newline; MalformedError ``note.signature`` where it is none."""
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != _MARK.strip():
            raise MalformedError(
                "note.signature", f"{line[:80]!r} is no signature line, want — <name> <base64>"
            )
        try:
            check_name(parts[1])
        except KeyRefusedError as error:
            raise MalformedError("note.signature", error.what) from None
        data = decode_base64(parts[2], f"the signature of {shown(parts[1])}")
        if len(data) <= KEY_ID_BYTES:
            raise MalformedError(
                "note.signature", f"the signature of {shown(parts[1])} has {len(data)} bytes, want more"
            )
        return cls(parts[1], data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])

    def __str__(self) -> str:
        return f"{_MARK}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and its signature lines, as they stand: nothing of it is verified yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    @classmethod
    def parse(cls, data: bytes) -> SignedNote:
        """Read a note.

        Raises
        ------
        MalformedError
            ``note.size``, ``note.text`` (not UTF-8, control characters, no blank line, no last newline),
            ``note.signature``, ``note.signatures`` (more than 100).
        """
        if len(data) > NOTE_BYTES_MAX:
            raise MalformedError(
                "note.size", f"the note has {len(data)} bytes, want at most {NOTE_BYTES_MAX}"
            )
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedError("note.text", f"byte {error.start} of the note is not UTF-8") from None
        if found := _CONTROL.search(whole):
            raise MalformedError("note.text", f"the note has the control character {found[0]!r}")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise MalformedError("note.text", "the note has no blank line with signature lines after it")
        if (count := lines.count("\n")) > SIGNATURES_MAX:
            raise MalformedError(
                "note.signatures", f"the note has {count} signatures, want at most {SIGNATURES_MAX}"
            )
        return cls(text + "\n", tuple(NoteSignature.parse(line) for line in lines[:-1].split("\n")))

    def to_bytes(self) -> bytes:
        """The note as it is sent and kept."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}".encode()

    def with_signatures(self, signatures: Iterable[NoteSignature]) -> SignedNote:
        """The note with more signature lines; one by the same key takes the place of the old one."""
        lines = {(one.name, one.key_id): one for one in (*self.signatures, *signatures)}
        return SignedNote(self.text, tuple(lines.values()))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says that it holds: its origin, its size, and the root of its tree (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        bad = not self.origin or _CONTROL.search(self.origin) or "\n" in self.origin
        if bad or len(self.origin.encode("utf-8", "surrogatepass")) > ORIGIN_BYTES_MAX:
            told = f"the origin is {self.origin[:80]!r}, want one line of 1 to {ORIGIN_BYTES_MAX} bytes"
            raise MalformedError("checkpoint.origin", told)
        if not 0 <= self.size <= SIZE_MAX:
            raise MalformedError("checkpoint.size", f"the size is {self.size}, want 0 to {SIZE_MAX}")
        if len(self.root) != HASH_BYTES:
            raise MalformedError("checkpoint.root", f"the root has {len(self.root)} bytes, want {HASH_BYTES}")

    @property
    def text(self) -> str:
        """The text of its note."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note.

        Raises
        ------
        MalformedError
            ``checkpoint.lines`` unless it has exactly three lines (a line more would be signed by some and
            judged by nobody), ``checkpoint.origin``, ``checkpoint.root``, ``decimal``, ``base64``.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise MalformedError(
                "checkpoint.lines", "the checkpoint has other lines than origin, size and root"
            )
        return cls(lines[0], parse_decimal(lines[1], "the size"), decode_base64(lines[2], "the root"))


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds: by whom, and when where it says so (seconds since 1970; 0 is no statement)."""

    key: VerifierKey
    time_s: int | None


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note with at least one signature that holds."""

    note: SignedNote
    verified: tuple[Verified, ...]


def signed_message(key: VerifierKey, text: str, time_s: int | None) -> bytes:
    """The bytes that a key of this type signs for a text.

    Raises
    ------
    MalformedError
        For a cosignature, where the text is no checkpoint.
    """
    if key.type_byte == ED25519:
        return text.encode()
    if key.type_byte == ED25519_COSIGNATURE:
        Checkpoint.parse(text)
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    if key.type_byte == ML_DSA_44_COSIGNATURE:
        checkpoint = Checkpoint.parse(text)
        assert time_s is not None
        return subtree_message(key.name, time_s, checkpoint.origin, 0, checkpoint.size, checkpoint.root)
    raise KeyRefusedError("key.type", f"keys of type {key.type.name} do not sign notes")


def subtree_message(name: str, time_s: int, origin: str, start: int, end: int, root: bytes) -> bytes:
    """The ``subtree/v1`` structure that an ML-DSA-44 cosigner signs (C2SP tlog-cosignature)."""
    by, of = name.encode(), origin.encode()
    head = b"subtree/v1\n\x00" + bytes([len(by)]) + by + struct.pack(">Q", time_s)
    return head + bytes([len(of)]) + of + struct.pack(">QQ", start, end) + root


def sign_text(text: str, key: SigningKey, role: Role, time_s: int | None = None) -> NoteSignature:
    """The signature line of a key under a text, for a task that must be the role of the key."""
    if not key.verifier.type.timestamped:
        signature = key.sign(signed_message(key.verifier, text, None), role=role)
    else:
        at_s = 0 if time_s is None else time_s
        if not 0 <= at_s <= TIME_S_MAX:
            raise MalformedError("note.time", f"the time is {at_s} s after 1970, want 0 to {TIME_S_MAX}")
        signed = key.sign(signed_message(key.verifier, text, at_s), role=role)
        signature = struct.pack(">Q", at_s) + signed
    return NoteSignature(key.name, key.verifier.key_id, signature)


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> SignedNote:
    """The checkpoint signed by the log's own key, whose name is the origin.

    Raises
    ------
    KeyRefusedError
        ``key.role`` for a key that is not a log's, ``key.name`` for one of another name.
    """
    if key.name != checkpoint.origin:
        raise KeyRefusedError(
            "key.name", f"the key {shown(key.name)} does not sign for the log {shown(checkpoint.origin)}"
        )
    text = checkpoint.text
    return SignedNote(text, (sign_text(text, key, "log"),))


def cosign(checkpoint: Checkpoint, key: SigningKey, time_s: int) -> NoteSignature:
    """The cosignature line of a witness or a mirror, at a time in seconds since 1970."""
    role: Role = "mirror" if key.role == "mirror" else "witness"
    return sign_text(checkpoint.text, key, role, time_s)


def verify_signature(key: VerifierKey, text: str, line: NoteSignature) -> Verified:
    """Refuse unless the line is a good signature of `text` by `key`: SignatureError ``signature.bad``."""
    signature, time_s = line.signature, None
    if key.type.timestamped:
        time_s = int.from_bytes(signature[:8], "big")
        signature = signature[8:]
    good = (
        len(signature) == key.type.signature_bytes
        and (time_s is None or time_s <= TIME_S_MAX)
        and key.verify(signed_message(key, text, time_s), signature)
    )
    if not good:
        raise SignatureError(
            "signature.bad", f"the signature of {shown(key.name)}+{key.key_id.hex()} does not hold"
        )
    return Verified(key, time_s)


def verify_note(note: SignedNote, keys: Iterable[VerifierKey]) -> OpenedNote:
    """The signatures that hold; every line by a known key is verified, lines by unknown keys are ignored.

    Raises
    ------
    SignatureError
        ``signature.bad`` for a bad signature by a known key, ``signature.none`` where no known key signed,
        ``signature.ambiguous`` where two known keys have one name and key id.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        other = known.setdefault((key.name, key.key_id), key)
        if other != key:
            told = f"two known keys are called {shown(key.name)}+{key.key_id.hex()}"
            raise SignatureError("signature.ambiguous", told, todo="Remove one of them.")
    verified: dict[tuple[str, bytes], Verified] = {}
    for line in dict.fromkeys(note.signatures):
        if by := known.get((line.name, line.key_id)):
            verified.setdefault((line.name, line.key_id), verify_signature(by, note.text, line))
    if not verified:
        names = ", ".join(shown(line.name) for line in note.signatures[:4])
        raise SignatureError("signature.none", f"no known key signed the note, only {names}")
    return OpenedNote(note, tuple(verified.values()))


def open_note(data: bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Read and verify a note: `SignedNote.parse`, then `verify_note`."""
    return verify_note(SignedNote.parse(data), keys)


def open_checkpoint(data: bytes, key: VerifierKey) -> tuple[Checkpoint, SignedNote]:
    """A checkpoint signed by the log whose key this is.

    Raises
    ------
    MalformedError, SignatureError
        As `open_note` and `Checkpoint.parse`; SignatureError ``checkpoint.origin`` where the origin is not
        the name of the key.
    """
    note = open_note(data, [key]).note
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        told = f"the checkpoint is of the log {checkpoint.origin[:80]!r}, want {key.name!r}"
        raise SignatureError("checkpoint.origin", told)
    return checkpoint, note
