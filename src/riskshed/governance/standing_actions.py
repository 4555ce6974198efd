"""Special actions: whom the tasks of an action bind, and when a revision releases them.

Anybody could write the name of another body under a task. So a task of an action binds its owner only if the
body that planned it may give it one: its own, one below it at any depth, or a member of an agreement in force
of which it is the coordination body. Another owner plans its own part; until then the task is shown and is
nobody's duty.
"""

from __future__ import annotations

from riskshed.governance.standing_agreements import in_force, text
from riskshed.governance.standing_entry import body
from riskshed.governance.standing_view import View, effective
from riskshed.governance.subjects import Seen
from riskshed.statement import Statement
from riskshed.statement_record import Body


def bound_tasks(view: View, seen: Seen) -> tuple[Body, ...]:
    """The tasks of an action that bind their owners."""
    said = seen.statement
    return tuple(task for task in said.records("tasks") if is_bound(view, seen, str(task["owner"])))


def is_bound(view: View, seen: Seen, owner: str) -> bool:
    """Whether the body that planned an action may give this owner a task."""
    by = seen.statement.by
    return owner == by or _is_below(view, owner, by) or _coordinates(view, seen, owner)


def _is_below(view: View, owner: str, above: str) -> bool:
    passed: set[str] = set()
    at: str | None = owner
    while at is not None and at not in passed:
        passed.add(at)
        known = body(view, at)
        at = None if known is None else known.superior
        if at == above:
            return True
    return False


def _coordinates(view: View, seen: Seen, owner: str) -> bool:
    """Whether it coordinates an agreement that was in force then and has the owner as a member."""
    by, at = seen.statement.by, effective(seen)
    for one in view.find("kind", "AgreementProposed"):
        held: Statement | None = text(view, one.statement.id)
        if held is None or held.string("coordination_body") != by or owner not in held.strings("members"):
            continue
        if in_force(view, held.id, at):
            return True
    return False
