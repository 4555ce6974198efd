"""What is on the table: the statements that count at one time, and what was concluded from them so far.

How things stand is a function of a set of statements. To compute it anew for each new statement would be
wasted work; to change it by hand, statement by statement, would be a second set of rules that drifts from the
first. So there is one set of rules, plain functions of a `View`, and the view notes what each of them reads:
statements by id, statements under a key (those that answer X, those about Y), the time, other conclusions. A
new statement comes under some keys; whatever was concluded from these keys is forgotten, with all that was
concluded from it, and is worked out again when it is next asked for. Nothing else is touched.

The time is read in the same way. A rule cannot ask what time it is, only whether a given time has come, and
that time is noted. When the view turns to another time, only what was concluded from the times in between is
forgotten, and only statements that were seen or began to count in between are looked at (`Sights`).

A rule must read statements through the view alone. Then it cannot miss what changes; the tests compare with a
view that starts from nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
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
_NEVER = datetime.min.replace(tzinfo=UTC)


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
    elif said.kind == "PartyVerified":
        yield ("party", said.string("party"))
    elif said.kind == "HazardSourceRegistered":
        yield ("source", said.string("source"))
    elif said.kind in ("NeedStated", "OfferMade"):
        if said.replies_to is None:
            yield ("item", f"{said.string('sort')} {said.string('item')} {said.record('amount')['unit']}")
    elif said.kind == "MatchProposed":
        yield from (("match", said.string(name)) for name in ("need", "offer"))
    elif said.kind in ("WatchTaken", "WatchHandedOver"):
        yield ("watch", f"{said.by} {said.string('desk')}")
    elif said.kind == "IncidentOpened":
        yield from (("same_as", code) for code in said.strings("same_as"))
    elif said.kind == "FieldReportFiled":
        named = {*said.strings("supports"), *said.strings("contradicts")}
        yield from (("speaks_to", one) for one in sorted(named))


class Sights:
    """Every statement that there is, by its first sight, and by the times from which on it can be used."""

    def __init__(self) -> None:
        self._first: dict[str, Seen] = {}
        # Sorted; a later sight that an earlier one took the place of stays, and is looked at in vain.
        self._by_sight: list[tuple[datetime, str]] = []
        self._by_effect: list[tuple[datetime, str]] = []

    def get(self, statement: str) -> Seen | None:
        """The first sight of a statement; None if there is none."""
        return self._first.get(statement)

    def add(self, seen: Seen) -> bool:
        """Take in a sight; False if the statement was seen no later before."""
        statement = seen.statement.id
        before = self._first.get(statement)
        if before is not None and before.seen_at <= seen.seen_at:
            return False
        self._first[statement] = seen
        insort(self._by_sight, (seen.seen_at, statement))
        insort(self._by_effect, (effective(seen), statement))
        return True

    def between(self, known_at: tuple[datetime, datetime], at: tuple[datetime, datetime]) -> list[Seen]:
        """What was first seen between two times, or counts from between two times on; the later included."""
        found = {*_within(self._by_sight, known_at), *_within(self._by_effect, at)}
        return [self._first[one] for one in found]


def _within(times: list[tuple[datetime, str]], ends: tuple[datetime, datetime]) -> Iterator[str]:
    first, last = (bisect_right(times, end, key=_time) for end in (min(ends), max(ends)))
    return (statement for _, statement in times[first:last])


def _time(pair: tuple[datetime, str]) -> datetime:
    return pair[0]


class View:
    """The statements that count at one time, as known at one time, and the conclusions from them.

    Parameters
    ----------
    sights : Sights
        Every statement that there is; the view only looks at it.
    exercise : bool
        Whether the statements of drills are asked for, or the actual ones.
    territory : Territory or None
    clock_tolerance, late_after : timedelta
        How far a clock may be ahead; after how long what was said counts as said when it was seen.
    """

    def __init__(
        self,
        sights: Sights,
        *,
        exercise: bool,
        territory: Territory | None,
        clock_tolerance: timedelta,
        late_after: timedelta,
    ) -> None:
        self._sights = sights
        self.exercise = exercise
        self.territory = territory
        self.clock_tolerance = clock_tolerance
        self.late_after = late_after
        self.worked_out = 0
        """How many conclusions were worked out so far: the measure of work."""
        self.touched: set[str] = set()
        """Subjects of which something else may be concluded than before; who draws them anew empties it."""
        self._at = self._known_at = _NEVER
        self._at_hand: dict[str, Seen] = {}
        self._under: dict[Key, dict[str, Seen]] = {}
        self._values: dict[Key, Any] = {}
        self._rests_on: dict[Key, set[Key]] = {}
        # Sorted, without repetition: the times that something was concluded from.
        self._times: list[datetime] = []
        self._reading: list[set[Key]] = []

    # ------------------------------------------------------------------------------- what rules may ask

    def has_come(self, time: datetime) -> bool:
        """Whether a time has come by the time for which the question is asked."""
        self._read_time(time)
        return time <= self._at

    def is_over(self, time: datetime) -> bool:
        """Whether a time lies before the time for which the question is asked."""
        self._read_time(time)
        return time < self._at

    def _read_time(self, time: datetime) -> None:
        assert self._reading, "what rests on a time must be noted"
        self._read(("time", time))
        place = bisect_left(self._times, time)
        if self._times[place : place + 1] != [time]:
            self._times.insert(place, time)

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

    # --------------------------------------------------------------------- what the whole is drawn from

    def at_hand(self, statement: str) -> Seen | None:
        """The statement with this id if it is at hand and belongs to this view. Not for a rule."""
        assert not self._reading, "what a rule reads must be noted"
        seen = self._at_hand.get(statement)
        return seen if seen is not None and self._belongs(seen.statement) else None

    def is_named(self, first: str, second: str) -> bool:
        """Whether a statement is found under this key. Not for a rule."""
        assert not self._reading, "what a rule reads must be noted"
        return (first, second) in self._under

    # ------------------------------------------------------------------------------- what changes it

    def includes(self, seen: Seen) -> bool:
        """Whether a statement counts at the times to which the view was moved."""
        return seen.seen_at <= self._known_at and effective(seen) <= self._at

    def move(self, at: datetime, known_at: datetime) -> None:
        """Turn to another time; at first a view is at a time before all others."""
        if (at, known_at) == (self._at, self._known_at):
            return
        times, known = (self._at, at), (self._known_at, known_at)
        self._at, self._known_at = at, known_at
        first = bisect_left(self._times, min(times))
        last = bisect_right(self._times, max(times))
        passed, self._times[first:last] = self._times[first:last], []
        for time in passed:
            self._forget(("time", time))
        for seen in self._sights.between(known, times):
            self.take(seen)

    def take(self, seen: Seen) -> None:
        """Put a statement in if it counts, and out if it does not; an earlier sight replaces a later."""
        before, after = self._at_hand.get(seen.statement.id), seen if self.includes(seen) else None
        if before is not after and not (before and after and before.seen_at == after.seen_at):
            self._set(seen.statement, after)

    def try_out(self, seen: Seen) -> None:
        """Put in what is not among the sights, unless it was seen no later; `put_back` takes it out again."""
        first = self._sights.get(seen.statement.id)
        if first is None or seen.seen_at < first.seen_at:
            self.take(seen)

    def put_back(self, said: Statement) -> None:
        """Have a statement at hand as it is among the sights, after it was tried out."""
        first = self._sights.get(said.id)
        after = first if first is not None and self.includes(first) else None
        if self._at_hand.get(said.id) is not after:
            self._set(said, after)

    def _set(self, said: Statement, seen: Seen | None) -> None:
        if seen is None:
            del self._at_hand[said.id]
        else:
            self._at_hand[said.id] = seen
        self._forget(("id", said.id))
        self.touched.add(said.id)
        if self._belongs(said):
            for key in dict.fromkeys(keys_of(said)):  # a statement may name one thing twice
                self._put(key, said.id, seen)
                self._forget(key)

    def _put(self, key: Key, statement: str, seen: Seen | None) -> None:
        """Have the statement under a key, or no longer."""
        under = self._under.setdefault(key, {})
        if seen is None:
            under.pop(statement)
        else:
            under[statement] = seen
        if not under:
            del self._under[key]
        self.touched.add(str(key[1]))

    def _belongs(self, said: Statement) -> bool:
        return said.exercise == self.exercise or (not said.exercise and said.kind in GROUND)

    def _read(self, key: Key) -> None:
        if self._reading:
            self._reading[-1].add(key)

    def _forget(self, key: Key) -> None:
        waiting = [key]
        while waiting:
            for node in self._rests_on.pop(waiting.pop(), ()):
                if self._values.pop(node, _NOTHING) is not _NOTHING:
                    self.touched.update(str(subject) for subject in node[1:])
                    waiting.append(node)


def remembered(rule: Callable[[View, str], Result]) -> Callable[[View, str], Result]:
    """Make a rule one whose conclusion a view keeps for as long as it holds."""

    @wraps(rule)
    def asked(view: View, subject: str) -> Result:
        return view.recall(rule, subject)

    return asked
