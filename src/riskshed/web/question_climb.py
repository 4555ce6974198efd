"""Questions find their way by themselves: to whose matter they are, and up when nobody answers in time.

The rules (`governance.service`) say what is due; here it is said, at each turn of the node. A route is said
by the body that runs the node. A question is handed up by the body that had to answer, where this node holds
its key, and else by the body that runs the node: an officer who was called away has not left it lying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from riskshed.governance import service
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import QuestionStanding
from riskshed.standing_order import StandingOrder
from riskshed.web import sealed_bodies, speaking
from riskshed.web.node import Node

OFFICER = StandingOrder().officer
"""The post under which the node speaks by itself; never that of a person."""


def follow(node: Node) -> tuple[str, ...]:
    """Route what is in nobody's hands, hand up what is overdue, actual and drill; the ids of what was said.

    What cannot be said keeps back nothing else.

    Raises
    ------
    StoreError
        The log did not take it; it is tried again at the next turn.
    """
    found: list[str] = []
    for exercise in (False, True):
        found += [*route(node, exercise=exercise), *hand_up(node, exercise=exercise)]
    return tuple(found)


def route(node: Node, *, exercise: bool) -> tuple[str, ...]:
    """Put every question that is in nobody's hands into those of the body whose matter it is."""
    with speaking.one_at_a_time():
        standing = node.standing(exercise=exercise)
        drafts = [_routed(node, standing, one) for one in service.unrouted(standing)]
        return _said(node, [one for one in drafts if one is not None], exercise)


def _routed(node: Node, standing: Standing, question: QuestionStanding) -> Draft | None:
    """The route; of a sealed question, by what this node has kept of it."""
    by, said = node.profile.body, standing.statements[question.id].statement
    kept = sealed_bodies.read(node, said, by) if question.sealed else None
    facts = {name: str((kept or {}).get(name, "")) for name in ("topic", "city", "to", "asker")}
    return service.route(standing, question, node.regime().terms, node.territory, by=by, **facts)


def hand_up(node: Node, *, exercise: bool) -> tuple[str, ...]:
    """Hand up every question that nobody has answered in time, one step."""
    with speaking.one_at_a_time():
        standing = node.standing(exercise=exercise)
        drafts = service.overdue(standing, node.regime().terms, node.territory, node.now())
        return _said(node, drafts, exercise)


def _said(node: Node, drafts: Sequence[Draft], exercise: bool) -> tuple[str, ...]:
    """Where this node has no key of the body that should say it, the body that runs the node does."""
    held = set(node.keys.bodies("exercise" if exercise else "statement"))
    drafts = [one if one.by in held else replace(one, by=node.profile.body) for one in drafts]
    return speaking.by_itself(node, drafts, OFFICER, exercise=exercise)
