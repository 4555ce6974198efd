"""What nobody answers climbs by itself: nobody has to look at a page for it, and nobody has to press.

The rule (`governance.approval.climb`) says what has to be asked next, and of whom. Here it is said, for every
body whose key this node holds, under the post of the standing order: an officer who asked and was called away
has not left the warning lying. When everybody was asked, nothing more is said: then the officer may issue it
and say why, and the page of the draft shows so.
"""

from __future__ import annotations

from riskshed.governance import approval
from riskshed.standing_order import StandingOrder
from riskshed.web import speaking
from riskshed.web.node import Node

OFFICER = StandingOrder().officer
"""The post under which a request climbs; never that of a person."""


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
        with speaking.one_at_a_time():
            drafts = due(node, exercise=exercise).requests
            said += speaking.by_itself(node, drafts, OFFICER, exercise=exercise)
    return tuple(said)
