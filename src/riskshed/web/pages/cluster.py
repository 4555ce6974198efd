"""The industry cluster: who makes what for whom, what it aims at, and what would halt if a plant stopped."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.errors import RiskshedError
from riskshed.governance import special_actions
from riskshed.halt_trial import DAYS_MAX, MEMBERS, SEED, THRESHOLD
from riskshed.web import access, cluster_board, fault_pages, forms, frame
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms_cluster import TrialForm
from riskshed.web.people import acting
from riskshed.web.wording import say


@allowed("cluster.see")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Plants by tier, figures beside goals, local supply, stocks, and the network of tiers."""
    actor, region = acting(request), node().region
    found = special_actions.actions(node().standing(exercise=actor.exercise))
    return frame.draw(
        request,
        "riskshed/cluster.html",
        region=region,
        tiers=cluster_board.tiers(region),
        figures=cluster_board.figures(region),
        rates=cluster_board.rates(region),
        stocks=cluster_board.stocks(region),
        picture=cluster_board.network(region),
        actions=[one for one in found if one.state != "replaced"],
        may_try=may(actor, "cluster.try"),
    )


@allowed("cluster.try")
@require_safe
def trial(request: HttpRequest) -> HttpResponse:
    """What would halt if a plant stopped now; nothing of it is said on the record."""
    actor, region = acting(request), node().region
    halt = cluster_board.supposed(node().home, region)
    offer = {"plant": [("", say("请选择", "choose")), *cluster_board.choices(region)]}
    low, high = cluster_board.cover(halt)
    context: dict[str, Any] = {
        "members": MEMBERS,
        "seed": SEED,
        "days_max": DAYS_MAX,
        "half": plain_percent(THRESHOLD),
        "supposed": halt,
        "may_open": may(actor, "incident.open", body=actor.body),
    }
    if "plant" not in request.GET:
        first = {"days": 7, "cover_low": f"{low:g}", "cover_high": f"{high:g}"}
        return frame.draw(
            request, "riskshed/cluster_trial.html", form=TrialForm(initial=first, offer=offer), **context
        )
    form = TrialForm(request.GET, offer=offer)
    status, found = 200, None
    if form.is_valid():
        access.keep_pace(request, cluster_board.TRY, cluster_board.PACE)
        try:
            asked = form.asked(0.0 if halt is None else halt.refill)
            made = cluster_board.trial(region, asked, cluster_board.hour(node().now()))
            found = cluster_board.shown(made, node().standing(exercise=actor.exercise), region)
        except RiskshedError as error:
            forms.blame(form, error)
            status = fault_pages.status_of(error)
    else:
        status = 400
    return frame.draw(
        request,
        "riskshed/cluster_trial.html",
        status=status,
        form=form,
        faults=form.wrong(),
        found=found,
        **context,
    )


def plain_percent(share: float) -> str:
    """A share in percent, as text."""
    return f"{100 * share:g} %"
