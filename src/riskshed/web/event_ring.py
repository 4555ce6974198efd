"""The events of the last while, each encoded once, from which every open stream reads at its own pace.

A queue for each subscriber would hold each event ten thousand times over, and would grow behind everyone who
does not read. Here there is one ring for all: a stream is a position in it. A stream that is so slow that the
ring has passed it has lost its place, and begins again from the log. So memory has a bound that does not
depend on how many listen or how slowly.

An event of the log carries the number of its entry as its id; by that a stream that was cut off goes on. An
event without a number (a clock, a reading that is not on record) is for those who listen now.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

PUBLIC = "public"
FRAME_BYTES_MAX = 262_144
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as listeners get it.

    Attributes
    ----------
    index : int or None
        Number of its entry in the log, one event for each; None if it is not on record.
    name : str
        Lower case; what a page listens for.
    data : mapping
        JSON values. Whoever may listen to one of the topics sees all of it.
    topics : frozenset of str
        ``public``, ``exercise``, ``body:<code>``.
    """

    index: int | None
    name: str
    data: Mapping[str, Any]
    topics: frozenset[str] = frozenset((PUBLIC,))


class Frame(NamedTuple):
    """An event in the bytes in which it goes out (WHATWG HTML, server-sent events)."""

    index: int | None  # type: ignore[assignment]  # hides tuple.index, which nobody asks of a frame
    topics: frozenset[str]
    data: bytes


class LostPlaceError(Exception):
    """The ring has passed the reader. No fault of the world: the stream is closed, and resumed."""


def frame_of(event: Event) -> Frame:
    """Encode an event."""
    assert _NAME.fullmatch(event.name), f"{event.name!r} is no name of an event"
    # JSON of one line: a line end inside of a text is escaped.
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    number = "" if event.index is None else f"id: {event.index}\n"
    raw = f"{number}event: {event.name}\ndata: {data}\n\n".encode()
    assert len(raw) <= FRAME_BYTES_MAX, f"an event of {len(raw)} bytes: refer to large matter by digest"
    return Frame(event.index, event.topics, raw)


class Ring:
    """The last frames. One thread uses it: that of the event loop.

    Parameters
    ----------
    frames_max, bytes_max : int
        What it holds at most; at least one frame.

    Attributes
    ----------
    first : int
        Position of the oldest frame. Positions count all frames that ever were.
    floor : int
        Entries of the log up to this one may be missing; every later event is here.
    """

    def __init__(self, frames_max: int, bytes_max: int) -> None:
        self.first = 0
        self.floor = -1
        self.latest = -1
        self._frames_max, self._bytes_max = frames_max, bytes_max
        self._frames: deque[Frame] = deque()
        self._bytes = 0

    @property
    def end(self) -> int:
        """The position of the next frame."""
        return self.first + len(self._frames)

    def begin(self, floor: int) -> None:
        """Say up to which entry of the log nothing will come any more."""
        assert not self._frames, "a ring begins once"
        self.floor = self.latest = floor

    def append(self, frame: Frame) -> bool:
        """Take in a frame; False for an entry of the log that is here or was here before."""
        if frame.index is not None:
            if frame.index <= self.latest:
                return False
            self.latest = frame.index
        self._frames.append(frame)
        self._bytes += len(frame.data)
        while len(self._frames) > self._frames_max or (
            self._bytes > self._bytes_max and len(self._frames) > 1
        ):
            gone = self._frames.popleft()
            self._bytes -= len(gone.data)
            self.first += 1
            if gone.index is not None:
                self.floor = gone.index
        return True

    def read(
        self, position: int, topics: frozenset[str], after: int, bytes_max: int
    ) -> tuple[list[bytes], int]:
        """Frames from a position on that have one of the topics, and the position after them.

        Parameters
        ----------
        position : int
        topics : frozenset of str
        after : int
            Entries of the log up to this one are passed over.
        bytes_max : int
            At least one frame is read, however large.

        Raises
        ------
        LostPlaceError
        """
        if position < self.first:
            raise LostPlaceError
        found: list[bytes] = []
        size = 0
        for at in range(position - self.first, len(self._frames)):
            frame = self._frames[at]
            position += 1
            if topics.isdisjoint(frame.topics) or (frame.index is not None and frame.index <= after):
                continue
            found.append(frame.data)
            size += len(frame.data)
            if size >= bytes_max:
                break
        return found, position
