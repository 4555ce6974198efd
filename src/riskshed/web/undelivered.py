"""What was given up: who was not reached, why, since when, and how a person lets it be tried again.

The outbox gives up what a receiver refuses for good and what nobody took for days (`riskshed.outbox`). That
must be seen by those who can do something about it, and each sees of it what is his:

- officers of the body that said it see what was said and which body it did not reach, since they can still
  telephone. The address is not theirs to know;
- administrators of the body that was not reached see the address, which they can mend, and neither who said
  it nor what: administration stands apart;
- the administrator of the node sees all of it in this last way, since the mail server is his.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from riskshed.errors import NotFoundError
from riskshed.outbox import Delivery, Outbox
from riskshed.statement import Statement
from riskshed.web.access import OFFICERS, may
from riskshed.web.delivery_routes import Route, route_of
from riskshed.web.models import Mailbox, Webhook
from riskshed.web.node import Node
from riskshed.web.people import ADMINISTRATOR, Actor

ACTION = "undelivered.see"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One statement that did not come to one way of one body, as one person may see it.

    Attributes
    ----------
    index : int
        Place of the statement in the log.
    said : Statement or None
        None for those who may not know what was said.
    exercise : bool
    route : Route
    body : str
        The one that was not reached.
    where : str
        The address; empty for those whose it is not.
    code, told : str
        What stood in the way last, by its code and in its own words.
    since : datetime
        From when on it was tried.
    attempts : int
    is_open : bool
        Whether the way is still one: what was ended is not tried again.
    """

    index: int
    said: Statement | None
    exercise: bool
    route: Route
    body: str
    where: str
    code: str
    told: str
    since: datetime
    attempts: int
    is_open: bool


def seen_by(actor: Actor, node: Node, given_up: Iterable[Delivery]) -> list[Undelivered]:
    """Those that a person may see, the latest in the log first.

    Parameters
    ----------
    actor : Actor
    node : Node
    given_up : iterable of Delivery
        As of `Outbox.given_up`.
    """
    if not may(actor, ACTION):
        return []
    ways, made = _ways(), []
    for one in given_up:
        route, seen = route_of(one.addressee), node.seen(one.id)
        way = ways.get(one.addressee)
        if route is not None and seen is not None and way is not None:
            shown = _shown(actor, node, one, seen.statement, route, way)
            made += [shown] if shown is not None else []
    return sorted(made, key=lambda one: (-one.index, one.route))


def _shown(
    actor: Actor, node: Node, one: Delivery, said: Statement, route: Route, way: Any
) -> Undelivered | None:
    """What this one sees of it; None if it is not his."""
    is_mine = bool(actor.roles & OFFICERS) and (said.by, said.exercise) == (actor.body, actor.exercise)
    is_kept = ADMINISTRATOR in actor.roles and actor.body in (way.body, node.profile.body)
    if not (is_mine or is_kept):
        return None
    knows_address = ADMINISTRATOR in actor.roles and actor.body == way.body
    where = str(way.url if route.sort == "hook" else way.address) if knows_address else ""
    code, _, told = one.error.partition(": ")
    # What stood in the way names the address.
    told = told if knows_address else ""
    return Undelivered(
        *(one.index, said if is_mine else None, said.exercise, route, way.body, where, code, told),
        *(one.since, one.attempts, way.ended is None),
    )


def _ways() -> dict[str, Any]:
    """All ways that there are or were, by the name under which the outbox knows them."""
    tables: tuple[tuple[str, Any], ...] = (("hook", Webhook), ("mail", Mailbox))
    return {str(Route(sort, one.pk)): one for sort, table in tables for one in table.objects.all()}


def take_up(actor: Actor, node: Node, outbox: Outbox, index: int, route: Route, now: datetime) -> Undelivered:
    """Let one be tried again by who may see it, and say which one that was; twice is once.

    Raises
    ------
    NotFoundError
        ``outbox.not_given_up``: there is none, it is not his to see, or its way was ended.
    InputError
        ``outbox.overtaken``: a later one of the same thread has been sent there.
    StoreError
    """
    said = [one.statement.id for one in node.statements(index, index + 1)]
    told = [one for name in said for one in outbox.progress(name) if one.addressee == str(route)]
    found = [one for one in seen_by(actor, node, told) if one.is_open]
    if not found:
        raise NotFoundError("outbox.not_given_up", f"entry {index} to {route} was not given up")
    if told[0].state == "given_up":
        outbox.take_up(told[0].id, str(route), now)
    return found[0]
