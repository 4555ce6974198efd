"""Rows for statements: a picture of the log that can be dropped and drawn again.

The pages ask the standing, which is in memory, for how things stand. Rows are for what a fold is no good at:
search, and pages through ten thousand entries. Nothing is decided by a row, so a wrong one harms nobody, and
`compare` finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from django.db import transaction

from riskshed.web.models import StatementRow
from riskshed.web.node import Indexed, Node

BATCH = 500
FIELDS = ("place", "statement", "kind", "by", "officer", "issued", "about", "replies_to", "exercise",
          "visibility", "words")  # fmt: skip


def row(one: Indexed) -> StatementRow:
    """The row of a statement."""
    said = one.statement
    return StatementRow(
        place=one.place,
        statement=said.id,
        kind=said.kind,
        by=said.by,
        officer=said.officer,
        issued=said.issued.astimezone(UTC),
        about=said.about or "",
        replies_to=said.replies_to or "",
        exercise=said.exercise,
        visibility=said.visibility,
        words="\n".join(_texts(said.body)),
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


def take(came: Sequence[Indexed]) -> None:
    """Add what came to the rows; again what is there already changes nothing."""
    StatementRow.objects.bulk_create([row(one) for one in came], batch_size=BATCH, ignore_conflicts=True)


def catch_up(node: Node) -> int:
    """Draw what the log has and the rows do not; returns how many came.

    A log that was put back from a backup is shorter than the rows: those beyond its end are dropped.
    """
    StatementRow.objects.filter(place__gte=node.log.size).delete()
    last = StatementRow.objects.order_by("-place").values_list("place", flat=True).first()
    came = node.statements(0 if last is None else last + 1)
    take(came)
    return len(came)


@transaction.atomic
def rebuild(node: Node) -> int:
    """Drop all rows and draw them again; returns how many there are."""
    StatementRow.objects.all().delete()
    came = node.statements(0)
    take(came)
    return len(came)


def compare(node: Node) -> list[int]:
    """The places at which a row is missing, too many, or not what the log says."""
    held: Iterable[StatementRow] = StatementRow.objects.order_by("place").iterator()
    wanted = {one.place: _values(row(one)) for one in node.statements(0)}
    found = {one.place: _values(one) for one in held}
    both = sorted(wanted.keys() | found.keys())
    return [place for place in both if wanted.get(place) != found.get(place)]


def _values(one: StatementRow) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in FIELDS)
