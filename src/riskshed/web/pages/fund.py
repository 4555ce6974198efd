"""The joint fund of the agreement: what is in it, who gave what, what was paid out; and to give to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.governance import settlement_fund
from riskshed.web import frame, fund_board, seat
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms_goals import ContributionForm
from riskshed.web.people import acting
from riskshed.web.plain_form import PlainForm

FORM = PlainForm(
    title=("登记缴纳", "Record a contribution"),
    button=("并登记本机构的缴纳", "and record the contribution of my body"),
    back="fund",
    back_path="/fund/",
    back_words=("共同基金", "Joint fund"),
)


@allowed("fund.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The fund in each currency."""
    actor, held = acting(request), node().agreement()
    has_fund = held is not None and bool(held.fund)
    standing = node().standing(exercise=actor.exercise)
    return frame.draw(
        request,
        "riskshed/fund.html",
        held=held,
        accounts=fund_board.accounts(standing, held) if held is not None and has_fund else (),
        may_contribute=has_fund and may(actor, "fund.contribute", body=actor.body),
    )


@allowed("fund.contribute")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def contribute(request: HttpRequest) -> HttpResponse:
    """Record what one's own body paid into the fund, or gave to it."""
    actor = acting(request)
    if request.method != "POST":
        return FORM.draw(request, ContributionForm(initial={"paid_at": node().now()}))
    form, held = ContributionForm(request.POST), node().agreement()
    standing = node().standing(exercise=actor.exercise)
    return FORM.answer(
        request,
        form,
        lambda: settlement_fund.contribute(standing, actor.body, held, form.contribution()),
    )
