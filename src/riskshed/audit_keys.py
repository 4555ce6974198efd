"""Whose key it is, and from which place in the log to which: what the record itself says of its keys.

A key counts by position. It may sign from the entry that adds it on, and no more after the entry that revokes
it; what it signed in between stands for good. So the same log gives the same answer in ten years, whatever
happened to the keys since, and no clock is asked.

A body comes in with `BodyJoined`, signed with the key that it names: anybody can write that. A reader who
knows the bodies keeps a **key list**, and believes an introduction only if the key is in the list or a body
of the record vouches for it by saying the same. Without a list, the first introduction of a body is taken.

The list is a plain file, one key a line:

    # whom I know
    <body> <role> <verifier key>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from riskshed.columns import shown
from riskshed.envelope import Envelope
from riskshed.errors import Fault, InputFaults, KeyRefusedError
from riskshed.ledger.keys import ROLES, Role, VerifierKey
from riskshed.statement import Statement, StatementError, parse

LIST_BYTES_MAX = 2**22
SIGNING_ROLES = ("statement", "exercise")
KEY_KINDS = ("BodyJoined", "BodyLeft", "KeyAdded", "KeyRevoked")
_KEY_KIND = re.compile(rb'"kind":"(?:' + "|".join(KEY_KINDS).encode() + rb')"')
_BODY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key of a body, as a reader knows it from elsewhere."""

    body: str
    role: Role
    key: VerifierKey

    def __str__(self) -> str:
        return f"{self.body} {self.role} {self.key}"


def parse_key_list(data: bytes, where: str = "keys") -> tuple[ListedKey, ...]:
    """Read a key list.

    Raises
    ------
    InputFaults
        ``keys.invalid``, with every fault and its line; nothing of the file is used.
    """
    faults: list[Fault] = []
    listed: list[ListedKey] = []
    text = data[:LIST_BYTES_MAX].decode("utf-8", "replace")
    if len(data) > LIST_BYTES_MAX:
        got, wanted = f"{len(data)} bytes", f"at most {LIST_BYTES_MAX}"
        faults.append(Fault("keys.size", where, None, None, got, wanted))
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                listed.append(_listed(line.split()))
            except KeyRefusedError as error:
                wanted = "<body> <role> <verifier key>"
                faults.append(Fault(error.code, where, number, None, shown(line), wanted, error.what))
    if faults:
        raise InputFaults("keys.invalid", f"{where} cannot be used", faults[:100])
    return tuple(listed)


def _listed(items: list[str]) -> ListedKey:
    if len(items) != 3:
        raise KeyRefusedError("keys.items", f"{len(items)} items")
    body, role, text = items
    key = VerifierKey.parse(text)
    for known in ROLES:
        if role == known and known in key.type.roles and _BODY.fullmatch(body):
            return ListedKey(body, known, key)
    raise KeyRefusedError("keys.role", f"no key of type {key.type.name} has the role {shown(role)}")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of the record.

    Parameters
    ----------
    key : VerifierKey
    body : str
        Whose.
    role : str
        What it may sign.
    since : int
        The entry that named it: the first one that it may have signed.
    until : int or None
        The last entry that it may have signed; None while it counts.
    """

    key: VerifierKey
    body: str
    role: Role
    since: int
    until: int | None = None

    @property
    def keyid(self) -> str:
        """As an envelope names it."""
        return keyid_of(self.key)


def keyid_of(key: VerifierKey) -> str:
    """The key id of an envelope: name, plus sign, eight hex digits."""
    return f"{key.name}+{key.key_id.hex()}"


@dataclass(frozen=True, slots=True)
class Objection:
    """What is wrong with what a statement says of a key."""

    code: str
    what: str
    got: str = ""
    wanted: str = ""


class KeyBook:
    """The keys of a record, as they came and went; grown entry by entry, in the order of the log.

    Parameters
    ----------
    listed : iterable of ListedKey, optional
        The reader's own key list; without it, None, the first introduction of each body is believed.
    taken : iterable of VerifierKey
        Keys of logs and witnesses, which may not sign statements.
    """

    def __init__(self, listed: Iterable[ListedKey] | None = None, taken: Iterable[VerifierKey] = ()) -> None:
        self._listed = None if listed is None else {(one.body, one.role, one.key.public) for one in listed}
        self._taken = {key.public for key in taken}
        self._by_id: dict[str, list[KnownKey]] = {}
        self._by_public: dict[bytes, KnownKey] = {}
        self.bodies: dict[str, set[str]] = {}
        """Each body with those who vouched for it."""

    def __len__(self) -> int:
        return len(self._by_public)

    def with_id(self, keyid: str) -> tuple[KnownKey, ...]:
        """The keys of this id: mostly one, since an id has only four bytes of a hash."""
        return tuple(self._by_id.get(keyid, ()))

    def learn(self, index: int, said: Statement) -> Iterator[Objection]:
        """What a statement, whose signature holds, changes about keys; an exercise changes nothing."""
        if said.kind not in KEY_KINDS or said.exercise or said.body is None:
            return
        try:
            if said.kind == "BodyLeft":
                yield from self._leave(index, said)
                return
            key = VerifierKey.parse(said.string("key"))
        except KeyRefusedError as error:
            yield Objection("key.refused", f"the key that it names cannot be used: {error.what}")
            return
        if said.kind == "BodyJoined":
            yield from self._join(index, said, key)
        elif said.kind == "KeyAdded":
            yield from self._add(index, KnownKey(key, said.by, _role(said), index))
        else:
            yield from self._revoke(index, said, key)

    def _join(self, index: int, said: Statement, key: VerifierKey) -> Iterator[Objection]:
        body = said.string("body")
        known = self._by_public.get(key.public)
        if body in self.bodies:
            if known is None or known.body != body:
                told = f"{shown(body)} is in the record already, with another key"
                yield Objection(
                    "key.body_taken", told, keyid_of(key), "KeyAdded, signed by a key of the body"
                )
            elif said.by != body:
                self.bodies[body].add(said.by)
            return
        is_listed = self._listed is None or (body, "statement", key.public) in self._listed
        if said.by == body and not is_listed:
            told = f"{shown(body)} introduced itself, and its key is not in the key list"
            wanted = "a key of the list, or a body of the record that vouches for it"
            yield Objection("key.not_vouched", told, keyid_of(key), wanted)
        objections = tuple(self._add(index, KnownKey(key, body, "statement", index)))
        yield from objections
        if not objections:
            self.bodies[body] = {said.by}

    def _add(self, index: int, new: KnownKey) -> Iterator[Objection]:
        known = self._by_public.get(new.key.public)
        if known is not None and (known.body, known.role, known.until) != (new.body, new.role, None):
            told = f"the key was named at entry {known.since}, as {known.role} key of {shown(known.body)}"
            yield Objection("key.twice", told, f"the same for {new.role} of {shown(new.body)}", "a new key")
        elif new.role not in new.key.type.roles:
            told = f"a key of type {new.key.type.name} cannot have the role {new.role}"
            yield Objection("key.role", told, keyid_of(new.key), "a key that is fit for it")
        elif new.role in SIGNING_ROLES and new.key.public in self._taken:
            told = "it is the key of a log or a witness of the policy, which signs no statements"
            yield Objection("key.role", told, keyid_of(new.key), "a key of its own")
        elif known is None:
            assert index == new.since
            self._by_public[new.key.public] = new
            self._by_id.setdefault(new.keyid, []).append(new)

    def _revoke(self, index: int, said: Statement, key: VerifierKey) -> Iterator[Objection]:
        known = self._by_public.get(key.public)
        if known is None or known.body != said.by:
            told = "it revokes a key that is not its own"
            yield Objection("key.not_own", told, keyid_of(key), f"a key of {shown(said.by)}")
        elif known.until is None:
            self._end(known, index)

    def _leave(self, index: int, said: Statement) -> Iterator[Objection]:
        body = said.string("body")
        if body not in self.bodies or said.by not in (body, *self.bodies[body]):
            wanted = "the body itself, or one that vouched for it"
            yield Objection("key.not_own", f"it says that {shown(body)} left", f"by {shown(said.by)}", wanted)
            return
        for known in [one for one in self._by_public.values() if one.body == body and one.until is None]:
            self._end(known, index)

    def _end(self, known: KnownKey, index: int) -> None:
        ended = replace(known, until=index)
        self._by_public[known.key.public] = ended
        ids = self._by_id[known.keyid]
        ids[ids.index(known)] = ended

    def replay(self, start: int, entries: Iterable[bytes]) -> None:
        """Learn from entries of one's own log that were judged when they came: nothing is verified again."""
        for index, raw in enumerate(entries, start):
            try:
                envelope = Envelope.parse(raw)
                if not _KEY_KIND.search(envelope.payload):
                    continue
                said = parse(envelope.payload)
            except StatementError:
                continue
            for _ in self.learn(index, said):
                pass


def _role(said: Statement) -> Role:
    told = said.string("role")
    return next(role for role in ROLES if role == told)
