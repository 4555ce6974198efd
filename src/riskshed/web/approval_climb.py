"""What nobody answers climbs by itself: nobody has to look at a page for it, and nobody has to press.

The rule (`governance.approval.climb`) says what has to be asked next, and of whom. Here it is said, for every
body whose key this node holds, under the post of the standing order: an officer who asked and was called away
has not left the warning lying. When everybody was asked, nothing more is said: then the officer may issue it
and say why, and the page of the draft shows so.
"""

from __future__ import annotations

import logging

from riskshed.errors import RiskshedError, StoreError
from riskshed.governance import approval
from riskshed.governance.draft import Draft
from riskshed.standing_order import StandingOrder
from riskshed.web import speaking
from riskshed.web.node import Node

OFFICER = StandingOrder().officer
"""The post under which a request climbs; never that of a person."""
_log = logging.getLogger("riskshed.approvals")


def due(node: Node, *, exercise: bool = False) -> approval.Climb:
    """What becomes now of the requests that nobody answered in time."""
    standing = node.standing(exercise=exercise)
    return approval.climb(standing, node.regime().terms, node.territory, node.now())


def climb(node: Node) -> tuple[str, ...]:
    """Ask the next above for all that is overdue, actual and drill; returns the ids of the new requests.

    What one body cannot say (its key does not open) keeps back no other.

    Raises
    ------
    StoreError
        The log did not take it; it is tried again at the next turn.
    """
    said: list[str] = []
    for exercise in (False, True):
        held = set(node.keys.bodies("exercise" if exercise else "statement"))
        with speaking.one_at_a_time():
            for draft in due(node, exercise=exercise).requests:
                if draft.by in held:
                    said += _say(node, draft, exercise=exercise)
    return tuple(said)


def _say(node: Node, draft: Draft, *, exercise: bool) -> tuple[str, ...]:
    try:
        return (node.desk(draft.by, OFFICER, exercise=exercise).say(draft),)
    except StoreError:
        raise
    except RiskshedError as error:
        _log.warning("a request of %s does not climb: %s", draft.by, error)
        return ()
