"""What has become of a reading: whether it waits, and which statement put it on the record.

The chain puts what it takes up on the record in files, each named by a `ReadingsTaken`. They are read once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from riskshed.errors import InputFaults
from riskshed.exchange import readings
from riskshed.governance.standing import Standing
from riskshed.signals import About, Signal
from riskshed.web.node import Node

FILES_KEPT = 256
SECOND = timedelta(seconds=1)
"""Statements cut their times to seconds."""
_Words = tuple[About, tuple[Decimal | None, float, bool]]


def statements(node: Node, standing: Standing, signals: Iterable[Signal]) -> dict[int, str]:
    """The statements that put readings on the record, by place in `signals`; none is left out.

    Parameters
    ----------
    node : Node
    standing : Standing
    signals : iterable of Signal
        As the intake gives them back.
    """
    told = list(signals)
    if not told:
        return {}
    wanted = {(one.about, one.found): at for at, one in enumerate(told)}
    first, last = min(one.time for one in told), max(one.time for one in told)
    found: dict[int, str] = {}
    for identity, digest in _files(standing, {one.quantity for one in told}, first, last):
        for words in _words(node, digest) & wanted.keys():
            found.setdefault(wanted[words], identity)
    return found


def _files(
    standing: Standing, quantities: set[str], first: datetime, last: datetime
) -> Iterable[tuple[str, str]]:
    """The files of readings that may hold some of these, each with its statement."""
    for identity, seen in standing.statements.items():
        said = seen.statement
        if said.kind != "ReadingsTaken" or said.body is None or not said.has("file"):
            continue
        overlaps = said.time("starts") <= last and first <= said.time("ends") + SECOND
        if said.string("quantity") in quantities and overlaps:
            yield identity, str(said.record("file")["digest"])


@lru_cache(FILES_KEPT)
def _words(node: Node, digest: str) -> frozenset[_Words]:
    """What the readings of a file say; nothing where it is of another make, or not here."""
    data = node.file(digest)
    if data is None:
        return frozenset()
    try:
        return frozenset((one.about, one.found) for one in readings.kept(data, where=digest))
    except InputFaults:
        return frozenset()
