"""What is on the table: the statements that count at one time, and what was concluded from them so far.

How things stand is a function of a set of statements. To compute it anew for each new statement would be
wasted work; to change it by hand, statement by statement, would be a second set of rules that drifts from the
first. So there is one set of rules, plain functions of a `View`, and the view notes what each of them reads:
statements by id, statements under a key (those that answer X, those about Y), the time, other conclusions. A
new statement comes under some keys; whatever was concluded from these keys is forgotten, with all that was
concluded from it, and is worked out again when it is next asked for. Nothing else is touched.

A rule must read statements through the view alone. Then it cannot miss what changes; the tests compare with a
view that starts from nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from riskshed.governance.subjects import Said, Seen
from riskshed.governance.territory import Territory
from riskshed.statement import Statement

Result = TypeVar("Result")
Key = tuple[Hashable, ...]

GROUND = frozenset(
    ("BodyJoined", "BodyLeft", "AgreementProposed", "AgreementSigned", "AgreementEnded", "StatementWithdrawn")
)
"""Kinds that a drill stands on as well: the same bodies and agreements, which it cannot change."""

_NOTHING: Any = object()
_NOW: Key = ("at",)


def effective(seen: Seen) -> datetime:
    """When a statement counts: as it says, but never later than it was seen."""
    return min(seen.statement.issued, seen.seen_at)


def in_order(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """In the order in which they count: by time, then by id, which is nobody's choice."""
    return tuple(sorted(seen, key=lambda one: (effective(one), one.statement.id)))


def keys_of(said: Statement) -> Iterator[Key]:
    """The keys under which a statement is found."""
    yield ("kind", said.kind)
    if said.replies_to is not None:
        yield ("withdraws" if said.kind == "StatementWithdrawn" else "reply", said.replies_to)
    if said.about is not None:
        yield ("about", said.about)
    if said.kind == "IncidentOpened" and said.about is not None:
        yield ("incident", said.about)
    if said.kind == "ModeSwitched" and said.about is None:
        yield ("mode", said.by)
    if said.body is not None:
        yield from _keys_of_body(said)


def _keys_of_body(said: Statement) -> Iterator[Key]:
    if said.kind in ("BodyJoined", "BodyLeft"):
        yield ("body", said.string("body"))
    elif said.kind == "AgreementProposed":
        yield ("agreement", said.string("agreement"))
    elif said.kind == "HazardSourceRegistered":
        yield ("source", said.string("source"))
    elif said.kind in ("WatchTaken", "WatchHandedOver"):
        yield ("watch", f"{said.by} {said.string('desk')}")
    elif said.kind == "IncidentOpened":
        yield from (("same_as", code) for code in said.strings("same_as"))
    elif said.kind == "FieldReportFiled":
        named = {*said.strings("supports"), *said.strings("contradicts")}
        yield from (("speaks_to", one) for one in sorted(named))


class View:
    """The statements that count at one time, as known at one time, and the conclusions from them.

    Parameters
    ----------
    exercise : bool
        Whether the statements of drills are asked for, or the actual ones.
    territory : Territory or None
    clock_tolerance, late_after : timedelta
        How far a clock may be ahead; after how long what was said counts as said when it was seen.
    """

    def __init__(
        self,
        *,
        exercise: bool,
        territory: Territory | None,
        clock_tolerance: timedelta,
        late_after: timedelta,
    ) -> None:
        self.exercise = exercise
        self.territory = territory
        self.clock_tolerance = clock_tolerance
        self.late_after = late_after
        self.worked_out = 0
        """How many conclusions were worked out so far: the measure of work."""
        self._at: datetime | None = None
        self._known_at: datetime | None = None
        self._at_hand: dict[str, Seen] = {}
        self._under: dict[Key, dict[str, Seen]] = {}
        self._names: dict[Hashable, set[Hashable]] = {}
        self._values: dict[Key, Any] = {}
        self._rests_on: dict[Key, set[Key]] = {}
        self._reading: list[set[Key]] = []

    # ------------------------------------------------------------------------------- what rules may ask

    @property
    def now(self) -> datetime:
        """The time for which the question is asked."""
        self._read(_NOW)
        assert self._at is not None, "a view is moved to a time before it is asked"
        return self._at

    def seen(self, statement: str) -> Seen | None:
        """The statement with this id if it is at hand, be it of a drill or actual."""
        self._read(("id", statement))
        return self._at_hand.get(statement)

    def find(self, *key: Hashable) -> tuple[Seen, ...]:
        """The statements under a key, in order."""
        self._read(key)
        return in_order(self._under.get(key, {}).values())

    def said(self, seen: Seen) -> Said:
        """Which statement, and the time by which its timeliness is judged."""
        late = seen.seen_at - seen.statement.issued > self.late_after
        return Said(seen.statement.id, seen.seen_at if late else effective(seen))

    def names(self, first: str) -> list[str]:
        """The second parts of all keys that begin so, in order. For the whole, not for a rule."""
        assert not self._reading, "what a rule reads must be noted"
        return sorted(str(name) for name in self._names.get(first, ()))

    def used(self) -> dict[str, Seen]:
        """All statements that belong to this view, by id, in the order of the ids. Not for a rule."""
        assert not self._reading, "what a rule reads must be noted"
        return {one: self._at_hand[one] for one in sorted(self._at_hand) if self._belongs(self._at_hand[one])}

    def recall(self, rule: Callable[..., Result], *subject: Hashable) -> Result:
        """What the rule concludes of a subject: as it was worked out, if nothing has changed since."""
        node: Key = (rule, *subject)
        self._read(node)
        value = self._values.get(node, _NOTHING)
        if value is _NOTHING:
            read: set[Key] = set()
            self._reading.append(read)
            try:
                value = rule(self, *subject)
            finally:
                self._reading.pop()
            self.worked_out += 1
            self._values[node] = value
            for key in read:
                self._rests_on.setdefault(key, set()).add(node)
        result: Result = value
        return result

    # ------------------------------------------------------------------------------- what changes it

    def includes(self, seen: Seen) -> bool:
        """Whether a statement counts at the times to which the view was moved."""
        assert self._at is not None
        assert self._known_at is not None
        return seen.seen_at <= self._known_at and effective(seen) <= self._at

    def move(self, at: datetime, known_at: datetime, every: Iterable[Seen]) -> None:
        """Turn to another time, given every statement that there is."""
        if (at, known_at) == (self._at, self._known_at):
            return
        self._at, self._known_at = at, known_at
        self._forget(_NOW)
        for seen in every:
            self.take(seen)

    def take(self, seen: Seen) -> None:
        """Put a statement in if it counts, and out if it does not; an earlier sight replaces a later."""
        statement = seen.statement.id
        before, after = self._at_hand.get(statement), seen if self.includes(seen) else None
        if before is after or (before and after and before.seen_at == after.seen_at):
            return
        if after is None:
            del self._at_hand[statement]
        else:
            self._at_hand[statement] = after
        self._forget(("id", statement))
        if self._belongs(seen):
            for key in keys_of(seen.statement):
                self._put(key, statement, after)
                self._forget(key)

    def _put(self, key: Key, statement: str, seen: Seen | None) -> None:
        """Have the statement under a key, or no longer."""
        under = self._under.setdefault(key, {})
        if seen is None:
            under.pop(statement)
        else:
            under[statement] = seen
        names = self._names.setdefault(key[0], set())
        names.add(key[1])
        if not under:
            names.remove(key[1])
            del self._under[key]

    def _belongs(self, seen: Seen) -> bool:
        drill = seen.statement.exercise
        return drill == self.exercise or (not drill and seen.statement.kind in GROUND)

    def _read(self, key: Key) -> None:
        if self._reading:
            self._reading[-1].add(key)

    def _forget(self, key: Key) -> None:
        waiting = [key]
        while waiting:
            for node in self._rests_on.pop(waiting.pop(), ()):
                if self._values.pop(node, _NOTHING) is not _NOTHING:
                    waiting.append(node)


def remembered(rule: Callable[[View, str], Result]) -> Callable[[View, str], Result]:
    """Make a rule one whose conclusion a view keeps for as long as it holds."""

    @wraps(rule)
    def asked(view: View, subject: str) -> Result:
        return view.recall(rule, subject)

    return asked
