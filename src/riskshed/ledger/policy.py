"""Whose word is enough: the logs and witnesses that a reader trusts, and how many of them (C2SP tlog-policy).

A policy is a file that a reader keeps, never one that a log hands out:

    log <verifier key> [<url>]
    witness <name> <verifier key> [<url>]
    group <name> <k|any|all> <name>...
    quorum <name>|none

A checkpoint is good if one of the logs signed it and the quorum saw it: a witness saw what it cosigned, a
group saw what at least k of its members saw. Names are defined above the lines that use them, so groups
cannot go round in a circle; each name is a member of one group at most, so nobody counts twice. There is
exactly one quorum, in plain sight even where it is ``none``.

Every fault of a file is named with its line, and none of the file is used.

Examples
--------
>>> policy = Policy.parse(b"quorum none\\n")
>>> policy.met_by(())
True
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from riskshed.errors import Fault, InputFaults, KeyRefusedError, SignatureError
from riskshed.ledger.keys import VerifierKey, shown
from riskshed.ledger.note import Checkpoint, SignedNote, verify_note

POLICY_BYTES_MAX = 2**20
LINES_MAX = 4096
FAULTS_MAX = 100
NONE = "none"
_BAD_BYTES = re.compile(rb"[^\x09\x20-\x7e\x80-\xff]")
_COUNT = re.compile(r"[1-9][0-9]{0,4}")
# Names are opaque bytes in the format; these stand for them one for one, and show UTF-8 as it is.
_DECODE = {"encoding": "utf-8", "errors": "surrogateescape"}


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log whose checkpoints are believed; the name of its key is its origin."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class TrustedWitness:
    """A witness, by its name in this file."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Members of which at least `threshold` must have seen a checkpoint."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy says of a checkpoint.

    `witnessed` has the time of each cosignature that holds (seconds since 1970), by the name of the witness
    in the policy. `missing` names the witnesses that the quorum still lacks: those that have not cosigned, in
    the groups that are not met. It is empty where the quorum is met.
    """

    checkpoint: Checkpoint
    log: VerifierKey
    witnessed: dict[str, int]
    met: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """The logs and witnesses that a reader trusts, and the quorum.

    Groups stand in the order of the file, so that each comes after its members.
    """

    logs: tuple[TrustedLog, ...]
    witnesses: tuple[TrustedWitness, ...]
    groups: tuple[Group, ...]
    quorum: str

    @classmethod
    def parse(cls, data: bytes, where: str = "policy") -> Policy:
        """Read a policy file.

        Raises
        ------
        InputFaults
            ``policy.invalid``; its faults have the codes ``policy.size``, ``.bytes``, ``.keyword``,
            ``.items``, ``.key``, ``.name``, ``.unknown``, ``.twice``, ``.threshold`` or ``.quorum``, each
            with its line.
        """
        reading = _Reading(where)
        reading.read(data)
        if reading.faults:
            raise InputFaults("policy.invalid", f"{where} cannot be used", reading.faults)
        assert reading.quorum is not None
        witnesses, groups = tuple(reading.witnesses.values()), tuple(reading.groups.values())
        return cls(tuple(reading.logs), witnesses, groups, reading.quorum)

    def to_bytes(self) -> bytes:
        """The policy as a file; `parse` reads the same policy from it."""
        lines = [["log", str(log.key), log.url] for log in self.logs]
        lines += [["witness", one.name, str(one.key), one.url] for one in self.witnesses]
        lines += [["group", one.name, str(one.threshold), *one.members] for one in self.groups]
        lines += [["quorum", self.quorum]]
        return "".join(" ".join(filter(None, line)) + "\n" for line in lines).encode(**_DECODE)

    def met_by(self, witnessed: Collection[str]) -> bool:
        """Whether cosignatures by the witnesses of these names make up the quorum."""
        return self.quorum == NONE or self.quorum in self._seen_by(witnessed)

    def missing(self, witnessed: Collection[str]) -> tuple[str, ...]:
        """The witnesses that have not cosigned, in the groups that the quorum needs and that are not met."""
        if self.met_by(witnessed):
            return ()
        seen = self._seen_by(witnessed)
        members = {group.name: group.members for group in self.groups}
        wanted, names = [self.quorum], set()
        while wanted:
            name = wanted.pop()
            if name not in seen:
                names.add(name)
                wanted += members.get(name, ())
        return tuple(one.name for one in self.witnesses if one.name in names)

    def _seen_by(self, witnessed: Collection[str]) -> set[str]:
        seen = {one.name for one in self.witnesses} & set(witnessed)
        for group in self.groups:
            if sum(member in seen for member in group.members) >= group.threshold:
                seen.add(group.name)
        return seen

    def judge(self, note: SignedNote, logs: Iterable[VerifierKey] = ()) -> Judgement:
        """Verify every signature of a checkpoint by a key of the policy, and say whether the quorum is met.

        Parameters
        ----------
        note : SignedNote
            The checkpoint, as it was received.
        logs : iterable of VerifierKey
            More logs that are believed, for a policy that names none.

        Raises
        ------
        MalformedError
            Where the note is no checkpoint.
        SignatureError
            ``signature.bad``, ``signature.none``, and ``checkpoint.log`` where no trusted log of that origin
            signed it.
        """
        checkpoint = Checkpoint.parse(note.text)
        trusted = dict.fromkeys((*(log.key for log in self.logs), *logs))
        names = {one.key: one.name for one in self.witnesses}
        verified = verify_note(note, dict.fromkeys((*trusted, *names))).verified
        by_log = [one.key for one in verified if one.key in trusted and one.key.name == checkpoint.origin]
        if not by_log:
            told = f"no trusted log signed the checkpoint of {checkpoint.origin[:80]!r}"
            raise SignatureError(
                "checkpoint.log", told, todo="Look whether the policy names this log and key."
            )
        witnessed = {names[one.key]: one.time_s or 0 for one in verified if one.key in names}
        met = self.met_by(witnessed)
        return Judgement(checkpoint, by_log[0], witnessed, met, self.missing(witnessed))

    def require(self, note: SignedNote, logs: Iterable[VerifierKey] = ()) -> Judgement:
        """As `judge`, and refuse where the quorum is not met.

        Raises
        ------
        SignatureError
            ``policy.quorum``, with the names of the witnesses that are missing.
        """
        judgement = self.judge(note, logs)
        if not judgement.met:
            seen, missing = (
                ", ".join(map(shown, names)) for names in (judgement.witnessed, judgement.missing)
            )
            told = (
                f"the quorum {shown(self.quorum)} has not seen the checkpoint: cosigned by {seen or 'nobody'}"
            )
            raise SignatureError("policy.quorum", told, todo=f"Missing: {missing}.")
        return judgement


class _Reading:
    """One reading of a policy file: what was defined so far, and what was wrong."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.faults: list[Fault] = []
        self.logs: list[TrustedLog] = []
        self.witnesses: dict[str, TrustedWitness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.line = 0
        self._lines_of_keys: dict[bytes, int] = {}
        self._lines_of_names: dict[str, int] = {}
        self._group_of: dict[str, str] = {}

    def refuse(self, code: str, got: str, wanted: str, todo: str = "", line: int | None = None) -> None:
        if len(self.faults) < FAULTS_MAX:
            place = self.line if line is None else line
            self.faults.append(Fault(f"policy.{code}", self.where, place, None, shown(got), wanted, todo))

    def read(self, data: bytes) -> None:
        lines = data.split(b"\n", LINES_MAX) if len(data) <= POLICY_BYTES_MAX else []
        if not lines or len(lines) > LINES_MAX:
            wanted = f"at most {POLICY_BYTES_MAX} bytes and {LINES_MAX} lines"
            self.refuse("size", f"{len(data)} bytes", wanted, line=1)
            return
        quorums: list[int] = []
        for self.line, line in enumerate(lines, 1):
            if bad := _BAD_BYTES.search(line):
                self.refuse("bytes", f"the byte {bad[0][0]:#04x}", "text without control characters")
                continue
            items = [item.decode(**_DECODE) for item in re.split(rb"[ \t]+", line.strip(b" \t"))]
            if items == [""] or items[0].startswith("#"):
                continue
            quorums += [self.line] * (items[0] == "quorum")
            self.read_line(items[0], items[1:])
        if len(quorums) != 1:
            told = f"quorum on the lines {', '.join(map(str, quorums[:8]))}" if quorums else "no quorum"
            wanted = "exactly one quorum line"
            todo = "Write `quorum none` to ask for no witness." if not quorums else "Remove the others."
            self.refuse("quorum", told, wanted, todo, quorums[-1] if quorums else self.line)

    def read_line(self, keyword: str, items: Sequence[str]) -> None:
        if keyword == "log" and 1 <= len(items) <= 2:
            self.read_log(*items)
        elif keyword == "witness" and 2 <= len(items) <= 3:
            self.read_witness(*items)
        elif keyword == "group" and len(items) >= 3:
            self.read_group(items[0], items[1], items[2:])
        elif keyword == "quorum" and len(items) == 1:
            self.read_quorum(items[0])
        elif keyword in ("log", "witness", "group", "quorum"):
            self.refuse("items", f"{len(items)} items after {keyword}", f"the form of a {keyword} line")
        else:
            self.refuse("keyword", keyword, "log, witness, group, quorum or a # comment")

    def read_log(self, text: str, url: str | None = None) -> None:
        if key := self.read_key(text, "log"):
            self.logs.append(TrustedLog(key, url))

    def read_witness(self, name: str, text: str, url: str | None = None) -> None:
        key = self.read_key(text, "witness")
        # The name counts as known even where its key is wrong, so that one fault does not cause others.
        if self.define(name) and key:
            self.witnesses[name] = TrustedWitness(name, key, url)

    def read_key(self, text: str, role: Literal["log", "witness"]) -> VerifierKey | None:
        try:
            key = VerifierKey.parse(text)
        except KeyRefusedError as error:
            self.refuse("key", text, "a verifier key", error.what)
            return None
        if role not in key.type.roles:
            self.refuse("key", f"a key of type {key.type.name}", f"the key of a {role}")
            return None
        # Two key strings with one public key would let one holder count twice, or a log witness itself.
        first = self._lines_of_keys.setdefault(key.public, self.line)
        if first != self.line:
            self.refuse("twice", f"the public key of line {first} again", "each key once")
            return None
        return key

    def define(self, name: str) -> bool:
        if name == NONE:
            self.refuse("name", name, "a name other than none")
            return False
        first = self._lines_of_names.setdefault(name, self.line)
        if first != self.line:
            self.refuse("name", f"{name}, which line {first} defines", "a new name")
            return False
        return True

    def read_group(self, name: str, threshold: str, members: Sequence[str]) -> None:
        known = [member for member in members if self.read_member(name, member)]
        counts = {"any": 1, "all": len(members)}
        if _COUNT.fullmatch(threshold):
            counts[threshold] = int(threshold)
        count = counts.get(threshold, 0)
        if not 1 <= count <= len(members):
            self.refuse("threshold", threshold, f"any, all, or a number from 1 to {len(members)}")
        if self.define(name) and len(known) == len(members):
            self.groups[name] = Group(name, count, tuple(members))

    def read_member(self, group: str, member: str) -> bool:
        if member not in self._lines_of_names:
            todo = "A group can only use names of lines above it."
            self.refuse("unknown", member, "a witness or group defined above", todo)
            return False
        if other := self._group_of.get(member):
            self.refuse("twice", f"{member}, a member of {other} already", "each name in one group, once")
            return False
        self._group_of[member] = group
        return True

    def read_quorum(self, name: str) -> None:
        if name != NONE and name not in self._lines_of_names:
            self.refuse("unknown", name, "none, or a witness or group defined above")
        self.quorum = name
