"""When the entries of a log were seen, which is not written in it, and the one walk over its entries.

A log only grows, so an entry was seen no earlier than any before it: it counts as seen at the latest time
that it or an entry before it names. Whoever dates a statement back and appends it late gains nothing by that.

A time that an entry names is a claim. One statement dated a hundred years ahead would have all after it seen
in a hundred years. So a time that is later than can be is not believed: it says nothing of the entries that
follow. What can be, a cosignature tells where there is one, since a witness signs that it saw the log at a
time; else the moment at which one reads. Without either, a lie within what can be is not found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from riskshed.audit_copy import Bundle, Copy, UnreadableError
from riskshed.ledger.policy import Judgement, Policy
from riskshed.ledger.tiles import TileAt, bundles_of
from riskshed.statement import Statement


class Sight:
    """The times at which entries were seen, told one after the other in the order of the log."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def of(self, said: Statement) -> datetime:
        """When an entry was seen that would come next, as far as those before it tell."""
        return said.issued if self._latest is None else max(self._latest, said.issued)

    def take(self, said: Statement, believed_to: datetime) -> datetime:
        """When the next entry was seen; a time beyond `believed_to` says nothing of those that follow."""
        at = self.of(said)
        if said.issued <= believed_to:
            self._latest = at
        return at


def witnessed_at(policy: Policy, judgement: Judgement) -> datetime | None:
    """By when the quorum had seen the log at this size; None where no witness that is trusted says.

    Times of witnesses are taken from the earliest on, until they make up the quorum: fewer could have been
    bought. With no quorum one witness is enough.
    """
    seen: list[str] = []
    for name, time_s in sorted(judgement.witnessed.items(), key=lambda pair: pair[1]):
        seen.append(name)
        if time_s and policy.met_by(seen):
            return datetime.fromtimestamp(time_s, UTC)
    return None


def bundles(copy: Copy, size: int) -> Iterator[tuple[TileAt, Bundle | UnreadableError]]:
    """Every bundle of a log of this size, in order, or why it cannot be read.

    After two in a row that are not there it ends: what comes after is not there either, since a head may
    claim any size.
    """
    missing = 0
    for at in bundles_of(size):
        try:
            yield at, copy.bundle(at.index, at.width)
            missing = 0
        except UnreadableError as error:
            missing = missing + 1 if error.missing else 0
            yield at, error
            if missing == 2:
                return
