"""The goals of cities: how much each weighs for each, as it declared it, and the declaration of one's own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.governance import negotiation, negotiation_acts
from riskshed.governance.standing import Standing
from riskshed.web import frame, seat
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms_goals import GoalsForm
from riskshed.web.forms_rows import plain
from riskshed.web.people import acting
from riskshed.web.plain_form import PlainForm
from riskshed.web.wording import words

FORM = PlainForm(
    title=("声明目标权重", "Declare goal weights"),
    button=("并声明本机构的目标权重", "and declare the goal weights of my body"),
    back="goals",
    back_path="/goals/",
    back_words=("目标权重", "Goal weights"),
)
ROWS = 5
"""So many rows stand in the form of who declares goals for the first time."""


@allowed("goal.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The goal weights of every member of the agreement, and who has not declared any."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    members = [one for one in node().regime().terms.members if one in standing.bodies]
    rows = [_row(standing, one) for one in members]
    return frame.draw(
        request,
        "riskshed/goals.html",
        rows=[one for one in rows if one["said"] is not None],
        silent=[one["body"] for one in rows if one["said"] is None],
        may_declare=actor.body in members and may(actor, "goal.declare", body=actor.body),
    )


def _row(standing: Standing, body: str) -> dict[str, Any]:
    said = negotiation.goals_declared(standing, body)
    weights = negotiation.goals(standing, body) or {}
    return {
        "body": body,
        "said": said,
        "weights": [(goal, plain(weight)) for goal, weight in weights.items()],
        "note": words(said.words("note")) if said is not None and said.has("note") else "",
    }


@allowed("goal.declare")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Declare the goal weights of one's own body, in the place of those before."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    if request.method != "POST":
        return FORM.draw(request, GoalsForm(initial=_initial(standing, actor.body)))
    form, terms = GoalsForm(request.POST), node().regime().terms
    return FORM.answer(
        request,
        form,
        lambda: negotiation_acts.declare(standing, actor.body, terms, form.weights(), form.words("note")),
    )


def _initial(standing: Standing, body: str) -> dict[str, Any]:
    weights = negotiation.goals(standing, body) or {}
    shown: dict[str, Any] = {}
    for row, (goal, weight) in enumerate(weights.items(), 1):
        shown |= {f"weights_{row}_goal": goal, f"weights_{row}_amount": plain(weight)}
    # The form shows one row more than are given.
    return shown or {"weights_1_goal": "money", f"weights_{ROWS - 1}_goal": ""}
