"""Long lists, page by page: at most `limit` items, and a cursor (`next`) from which the next page begins.

A cursor names the last item that was sent, not a number of items: what comes meanwhile neither shifts a page
nor is sent twice. The order of a list never depends on when it is asked for.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from ninja import Query

from riskshed.web.problem import ApiError

LIMIT, LIMIT_MAX = 50, 200
CURSOR_MAX = 600
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Items on a page.")]
After = Annotated[
    str | None, Query(max_length=CURSOR_MAX, description="`next` of the page before; without it, the first.")
]
Drill = Annotated[
    bool | None,
    Query(description="Drills instead of what is in earnest; without it, as the one who asks works."),
]
Item = TypeVar("Item")


def page(
    items: Iterable[Item],
    key: Callable[[Item], tuple[str, ...]],
    shown: Callable[[Item], Any],
    *,
    name: str,
    limit: int,
    after: str | None,
    newest_first: bool = False,
) -> dict[str, Any]:
    """One page of a list.

    Parameters
    ----------
    items : iterable
        All of them, in any order.
    key : callable
        By which they are ordered; it must tell any two apart.
    shown : callable
        What is sent of one.
    name : str
        Of the list: a cursor of another list is refused.
    limit : int
    after : str or None
    newest_first : bool
        Whether the order is reversed.

    Raises
    ------
    ApiError
        ``page.bad_cursor``, status 422.
    """
    rows = sorted(((key(one), one) for one in items), key=lambda row: row[0], reverse=newest_first)
    if after is not None:
        last = read_cursor(after, name)
        rows = [row for row in rows if (row[0] < last if newest_first else row[0] > last)]
    here = rows[:limit]
    more = cursor(name, here[-1][0]) if len(rows) > limit else None
    return {"items": [shown(one) for _, one in here], "next": more}


def picked(held: object, names: Iterable[str]) -> dict[str, Any]:
    """What the interface shows of a subject of the standing, by name."""
    return {name: getattr(held, name) for name in names}


def moment(at: datetime) -> str:
    """A time as part of a key: texts stand in the order of the times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def cursor(name: str, key: Iterable[str]) -> str:
    """The cursor behind an item."""
    return urlsafe_b64encode(json.dumps([name, *key], ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(text: str, name: str) -> tuple[str, ...]:
    """The key in a cursor. Raises ApiError ``page.bad_cursor``."""
    try:
        told = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (Base64Error, ValueError, RecursionError):
        told = None
    if (
        not isinstance(told, list)
        or len(told) < 2
        or told[0] != name
        or not all(isinstance(one, str) for one in told)
    ):
        raise bad_cursor()
    return tuple(told[1:])


def bad_cursor() -> ApiError:
    """The refusal of a cursor that this list did not give."""
    return ApiError(422, "page.bad_cursor", "this is no cursor of this list", todo="Begin without `after`.")
