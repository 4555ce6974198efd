"""Who may hear what of the log, live: a statement becomes an event with the topics of those whom it is for.

    public          what is said to the public, in earnest: warnings and public statements
    members         whatever is not sealed, in earnest: for those who serve a body that governs
    exercise        what is said in drills: for those who serve a body that governs, and in no other topic
    body:<code>     what a body says, or is told, in earnest; sealed matter too

An event says that something was said, by whom, about what; never what it says. Who wants to know asks the
page, which looks at his role. The record is open to everybody, but ten thousand residents are not to be woken
by a hundred notices between duty officers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from riskshed.outbox import addressees
from riskshed.statement import Statement
from riskshed.web.event_ring import PUBLIC, Event
from riskshed.web.node import Indexed, Node

MEMBERS, EXERCISE = "members", "exercise"
SAID = "said"
TO_THE_PUBLIC = frozenset(("WarningIssued", "WarningUpdated", "WarningCancelled", "PublicStatementMade"))


def of_body(code: str) -> str:
    """The topic of a body."""
    return f"body:{code}"


def topics_of(said: Statement) -> frozenset[str]:
    """Who may hear that a statement was made."""
    sealed = said.visibility == "sealed"
    if said.exercise:
        return frozenset() if sealed else frozenset((EXERCISE,))
    found = {of_body(code) for code in (said.by, *addressees(said))}
    if not sealed:
        found.add(MEMBERS)
    if said.visibility == "public" and said.kind in TO_THE_PUBLIC:
        found.add(PUBLIC)
    return frozenset(found)


def event_of(one: Indexed) -> Event:
    """The event of a statement."""
    said = one.statement
    data = {
        "index": one.place,
        "id": said.id,
        "kind": said.kind,
        "by": said.by,
        "about": said.about,
        "replies_to": said.replies_to,
        "issued": said.issued.isoformat(),
        "exercise": said.exercise,
        "to": list(addressees(said)) if said.visibility != "sealed" else [],
    }
    return Event(one.place, SAID, data, topics_of(said))


def since(node: Node, after: int, most: int) -> Sequence[Event]:
    """Events after an entry of the log, in order, at most so many; empty if there are no more."""
    start = after + 1
    while start < node.log.size:
        found = node.statements(start, start + most)
        if found:
            return [event_of(one) for one in found[:most]]
        start += most
    return ()


def hearable(bodies: Iterable[str], *, governs: bool = True) -> frozenset[str]:
    """The topics, besides the public one, of a person who serves these bodies; none if there are none.

    Who speaks for a party (`governs` is False) hears what is said by and to his own body.
    """
    served = frozenset(of_body(code) for code in bodies)
    return served | {MEMBERS, EXERCISE} if served and governs else served
