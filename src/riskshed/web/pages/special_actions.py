"""Special actions: what is planned, by whom, by when, for how much; how far it is; to plan and to report."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.governance import special_actions
from riskshed.governance.draft import Draft
from riskshed.governance.special_actions import Action
from riskshed.governance.standing import Standing
from riskshed.statement_record import Body
from riskshed.web import access, action_board, frame, seat
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms_cluster import ActionForm, ReportForm, initial, kept
from riskshed.web.forms_message import named
from riskshed.web.people import acting
from riskshed.web.plain_form import PlainForm
from riskshed.web.wording import say

_BACK = ("actions", "/cluster/actions/", ("专项行动", "Special actions"))
PLAN = PlainForm(("专项行动立项", "Plan a special action"), ("立项", "plan it"), *_BACK)
REVISE = PlainForm(
    ("修订专项行动", "Revise a special action"), ("修订", "put it in the place of the last"), *_BACK
)
REPORT = PlainForm(("报告进展", "Report progress"), ("报告", "report it"), *_BACK)


@allowed("action.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every action, the overdue ones first."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    return frame.draw(
        request,
        "riskshed/actions.html",
        actions=[action_board.shown(one, standing) for one in special_actions.actions(standing)],
        may_plan=may(actor, "action.plan", body=actor.body),
    )


@allowed("action.see")
@require_safe
def one(request: HttpRequest, statement: str) -> HttpResponse:
    """One action with its tasks, money, reports and goals."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    found = _found(standing, statement)
    if found is None:
        return seat.not_here(request, statement)
    mine = [each for each in found.tasks if each.owner == actor.body and each.state != "unbound"]
    may_report = bool(mine) and may(actor, "action.report", body=actor.body)
    return frame.draw(
        request,
        "riskshed/action.html",
        one=action_board.shown(found, standing),
        has_reports=any(each.reports for each in found.tasks),
        may_report=may_report,
        may_revise=found.replaced_by is None and may(actor, "action.plan", body=found.by),
    )


@allowed("action.plan")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """Plan an action of one's own body."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    offer = {"tasks.owner": _owners(sorted(standing.bodies))}
    if request.method != "POST":
        # The form shows one row more than are given.
        first = {"tasks_2_task": "", "tasks_1_owner": actor.body}
        return PLAN.draw(request, ActionForm(initial=first, offer=offer))
    form = ActionForm(request.POST, offer=offer)
    return PLAN.answer(request, form, lambda: special_actions.plan(standing, actor.body, form.action_body()))


@allowed("action.plan")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, statement: str) -> HttpResponse:
    """Put another plan in the place of an action of one's own body."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    before = _found(standing, statement)
    if before is None:
        return seat.not_here(request, statement)
    access.check(request, "action.plan", body=before.by)
    said: Body = standing.statements[statement].statement.to_json()["body"]
    offer = {"tasks.owner": _owners(sorted(standing.bodies))}
    if request.method != "POST":
        return REVISE.draw(request, ActionForm(initial=initial(before, said), offer=offer))
    form = ActionForm(request.POST, offer=offer)

    def revised() -> Draft:
        body = kept(said, form.action_body())
        return special_actions.plan(standing, actor.body, body, revises=statement)

    return REVISE.answer(request, form, revised)


@allowed("action.report")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, statement: str) -> HttpResponse:
    """Report how far a task of one's own body is."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    found = _found(standing, statement)
    if found is None:
        return seat.not_here(request, statement)
    mine = [each for each in found.tasks if each.owner == actor.body]
    access.check(request, "action.report", body=actor.body if mine else found.tasks[0].owner)
    offer = {"task": [("", say("请选择", "choose")), *action_board.choices(mine)]}
    if request.method != "POST":
        return REPORT.draw(request, ReportForm(initial={"done_at": node().now()}, offer=offer))
    form = ReportForm(request.POST, offer=offer)
    return REPORT.answer(
        request,
        form,
        lambda: special_actions.report(standing, actor.body, statement, form.report_body()),
    )


def _found(standing: Standing, statement: str) -> Action | None:
    return next((each for each in special_actions.actions(standing) if each.id == statement), None)


def _owners(codes: list[str]) -> list[tuple[str, str]]:
    return [("", say("请选择", "choose")), *named(codes)]
