"""Administration of deliveries: the programs and mailboxes to which a body is told what it is told."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from riskshed.errors import InputError, NotFoundError
from riskshed.web import admin_events, delivery_routes, delivery_webhook, environment, fault_pages
from riskshed.web.access import allowed
from riskshed.web.forms import refusal_words
from riskshed.web.models import Mailbox, Webhook
from riskshed.web.pages.administration import draw, faults_of
from riskshed.web.people import acting
from riskshed.web.wording import say

SORTS = (("hook", "hook"), ("mail", "mail"))


class WayForm(forms.Form):
    """A new way: a program (its URL) or an e-mail address, and whether drills go there too."""

    sort = forms.ChoiceField(choices=SORTS)
    where = forms.CharField(max_length=2_000)
    drills = forms.BooleanField(required=False)


@allowed("delivery.manage")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ways(request: HttpRequest) -> HttpResponse:
    """Where the body is told; a POST adds a way."""
    return _add(request) if request.method == "POST" else _page(request)


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    body = acting(request).body
    hooks = Webhook.objects.filter(body=body, ended=None).order_by("id")
    boxes = Mailbox.objects.filter(body=body, ended=None).order_by("id")
    return draw(
        request,
        "riskshed/administration_deliveries.html",
        status=status,
        rows=[
            *({"sort": "hook", "where": one.url, "row": one} for one in hooks),
            *({"sort": "mail", "where": one.address, "row": one} for one in boxes),
        ],
        **more,
    )


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def _add(request: HttpRequest) -> HttpResponse:
    form, body = WayForm(request.POST), acting(request).body
    if not form.is_valid():
        return _page(request, status=400, faults=faults_of(form))
    given, secret = form.cleaned_data, ""
    try:
        if given["sort"] == "hook":
            private = environment.read()["PRIVATE_TARGETS"]
            hook = delivery_routes.add_webhook(
                body, given["where"], request.user, private=private, drills=given["drills"]
            )
            secret = delivery_webhook.secret_of(settings.SECRET_KEY.encode(), hook.pk, hook.salt)
        else:
            delivery_routes.add_mailbox(body, given["where"], request.user, drills=given["drills"])
    except InputError as error:
        return _page(request, status=400, faults=[{"field": "f-where", "what": refusal_words(error)}])
    admin_events.record(request, body, "delivery.changed", given["where"], added=given["sort"])
    return _page(request, secret=secret)


@allowed("delivery.manage")
@require_POST
def end_way(request: HttpRequest, sort: str, number: int) -> HttpResponse:
    """Tell a way of the body nothing more."""
    body = acting(request).body
    try:
        delivery_routes.end(delivery_routes.Route(sort, number), body)
    except NotFoundError as error:
        return fault_pages.refused(request, error)
    admin_events.record(request, body, "delivery.changed", f"{sort} {number}", ended=True)
    messages.success(request, say("已停止投递。", "Nothing more is sent there."))
    return redirect("administration-deliveries")
