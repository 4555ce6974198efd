"""What an officer sends from a page is said once, however often the button is pressed.

Browsers send a form again after a reload, a double click, a phone that lost its connection. So what is about
to be said is compared with what the same body has said a short while ago: the same words are not said again,
and the officer is shown the statement that there is. One thread speaks at a time, so that two presses at the
same instant are two as well.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from riskshed.desk import Desk
from riskshed.errors import RiskshedError, StoreError
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.statement import Statement
from riskshed.web.node import Node

AGAIN = timedelta(minutes=10)
"""So long the same words count as the same press of a button."""
_turn = threading.RLock()
_log = logging.getLogger("riskshed.speaking")


class Spoken(NamedTuple):
    """The ids of what was said, and whether it was said just now."""

    ids: tuple[str, ...]
    is_new: bool


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the turn: look how things stand and speak, and nobody speaks in between."""
    with _turn:
        yield


def once(
    desk: Desk,
    drafts: Sequence[Draft],
    act: Callable[[], tuple[str, ...]] | None = None,
    *,
    again: Callable[[Statement], bool] | None = None,
) -> Spoken:
    """Say something, unless it was said a moment ago.

    Parameters
    ----------
    desk : Desk
    drafts : sequence of Draft
        What is about to be said.
    act : callable, optional
        Says it, where the desk has an act of its own for it; else `Desk.say_all`.
    again : callable, optional
        Whether a statement may come from an earlier try of this very act, however long ago that was.

    Raises
    ------
    RiskshedError
        Whatever the desk raises; then nothing was said.
    """
    with one_at_a_time():
        standing = desk.standing()
        before = [_before(standing, draft, again) for draft in drafts]
        if drafts and all(before):
            return Spoken(tuple(one for one in before if one), is_new=False)
        return Spoken(act() if act is not None else desk.say_all(drafts), is_new=True)


def by_itself(node: Node, drafts: Iterable[Draft], officer: str, *, exercise: bool) -> tuple[str, ...]:
    """Say what is due though nobody pressed; whoever calls holds the turn. Returns the ids.

    What one body cannot say (this node has no key of it, or it does not open) keeps back no other.

    Raises
    ------
    StoreError
        The log did not take it.
    """
    held = set(node.keys.bodies("exercise" if exercise else "statement"))
    found: list[str] = []
    for draft in drafts:
        if draft.by not in held:
            continue
        try:
            found.append(node.desk(draft.by, officer, exercise=exercise).say(draft))
        except StoreError:
            raise
        except RiskshedError as error:
            _log.warning("%s of %s is not said: %s", draft.kind, draft.by, error)
    return tuple(found)


def _before(standing: Standing, draft: Draft, again: Callable[[Statement], bool] | None) -> str | None:
    """The statement of a moment ago, or of an earlier try, that says exactly this; None if there is none."""
    named = (draft.kind, draft.by, draft.about, draft.replies_to)
    for seen in standing.statements.values():
        said = seen.statement
        if named != (said.kind, said.by, said.about, said.replies_to):
            continue
        if _is_recent(said, standing) or (again is not None and again(said)):
            words = said.to_json().get("body", {})
            if Draft(*named, words).digest() == draft.digest():
                return said.id
    return None


def _is_recent(said: Statement, standing: Standing) -> bool:
    return abs(standing.at - said.issued) <= AGAIN
