"""What happened to a run of entries: which were edited, dropped, inserted, or stand elsewhere.

Known are the true leaf hashes in their order, and those of the entries that were found. Both are read as
streams with a window, so that memory is bounded; an entry that moved further than the window counts as
dropped there and inserted here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

WINDOW = 1_024
Change = Literal["edited", "dropped", "inserted", "reordered"]


class Difference(NamedTuple):
    """One entry that is not as it was signed.

    `place` counts the true entries for what was edited, dropped or reordered, and the found ones for what was
    inserted; `found_at` is where a reordered entry stands now.
    """

    change: Change
    place: int
    found_at: int | None = None


class _Window:
    """The next hashes of a stream, each with its place."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = enumerate(stream)
        self.next: deque[tuple[int, bytes]] = deque()
        self.has: Counter[bytes] = Counter()

    def fill(self) -> None:
        while len(self.next) < WINDOW and (one := next(self._stream, None)) is not None:
            self.next.append(one)
            self.has[one[1]] += 1

    def take(self, distance: int = 0) -> int:
        place, one = self.next[distance]
        del self.next[distance]
        self.has[one] -= 1
        if not self.has[one]:
            del self.has[one]
        return place

    def distance(self, one: bytes) -> tuple[int, int]:
        """How far ahead the hash is, and its place in the stream."""
        return next((at, place) for at, (place, other) in enumerate(self.next) if other == one)


def differences(true: Iterable[bytes], found: Iterable[bytes]) -> Iterator[Difference]:
    """How the found hashes differ from the true ones, in order.

    Examples
    --------
    >>> [*differences([b"a", b"b", b"c", b"d"], [b"a", b"x", b"d", b"c"])]  # doctest: +NORMALIZE_WHITESPACE
    [Difference(change='edited', place=1, found_at=None),
     Difference(change='reordered', place=2, found_at=3)]
    """
    wanted, got = _Window(true), _Window(found)
    while True:
        wanted.fill()
        got.fill()
        if not wanted.next and not got.next:
            return
        if wanted.next and got.next and wanted.next[0][1] == got.next[0][1]:
            wanted.take()
            got.take()
        else:
            yield _difference(wanted, got)


def _difference(wanted: _Window, got: _Window) -> Difference:
    """What the heads of the two windows, which are not the same, say."""
    kept = bool(wanted.next) and wanted.next[0][1] in got.has
    known = bool(got.next) and got.next[0][1] in wanted.has
    if kept and known:
        ahead, found_at = got.distance(wanted.next[0][1])
        behind, place = wanted.distance(got.next[0][1])
        # Of two that changed places the one that went further has moved; those between have not.
        moved = (ahead, abs(found_at - wanted.next[0][0]))
        if moved >= (behind, abs(place - got.next[0][0])):
            return Difference("reordered", wanted.take(), got.take(ahead))
        return Difference("reordered", wanted.take(behind), got.take())
    if wanted.next and not kept:
        place = wanted.take()
        if got.next and not known:
            got.take()
            return Difference("edited", place)
        return Difference("dropped", place)
    return Difference("inserted", got.take())
