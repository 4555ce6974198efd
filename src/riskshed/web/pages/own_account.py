"""What concerns only the one who asks: his desk, his second factor, the link that brought him here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import (
    password_validators_help_texts as help_texts,
)
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.errors import InputError, NotFoundError
from riskshed.web import admin_events, fault_pages, frame, invitations, people, wording
from riskshed.web.access import allowed
from riskshed.web.models import Membership
from riskshed.web.people import acting
from riskshed.web.wording import say

LINK = "riskshed-link"
"""Where the session keeps the secret of a link, so that it does not stay in the address."""


@allowed("body.choose")
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """The desks that one may sit at, and what else there is to one's account."""
    if request.method == "POST":
        if not people.choose_desk(request, request.POST.get("body", "")):
            return fault_pages.page(request, 403)
        return redirect(_back(request, reverse("situation")))
    actor = acting(request)
    held = Membership.objects.filter(user=actor.user).order_by("body", "role")
    desks: dict[str, dict[str, Any]] = {}
    for one in held:
        place = desks.setdefault(one.body, {"body": one.body, "officer": one.officer, "held": []})
        place["held"].append(one.role)
    return frame.draw(
        request,
        "account/desk.html",
        desks=[{**place, "roles": role_words(place["held"])} for place in desks.values()],
        has_factor=is_mfa_enabled(request.user),
        withheld=role_words(actor.withheld),
        next=_back(request, ""),
    )


@allowed("factor.show")
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why a second factor is needed now, and where to add or show it."""
    if not acting(request).withheld:
        return redirect(_back(request, reverse("situation")))
    has = is_mfa_enabled(request.user)
    to = reverse("mfa_reauthenticate" if has else "mfa_activate_totp")
    after = urlencode({"next": _back(request, reverse("situation"))})
    return frame.draw(
        request,
        "account/second_factor.html",
        has_factor=has,
        to=f"{to}?{after}",
        withheld=role_words(acting(request).withheld),
    )


def role_words(roles: Iterable[str]) -> str:
    """Roles in words, in their order, as they stand in a line of text."""
    held = set(roles)
    return say("、", ", ").join(
        word.said(wording.tongue()) for role, word in wording.ROLES.items() if role in held
    )


def _back(request: HttpRequest, otherwise: str) -> str:
    """Where he wanted to go, if that is here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return otherwise


# ------------------------------------------------------------------------------------------------ the link


class PasswordForm(forms.Form):
    """A new password, twice."""

    first = forms.CharField(max_length=256, strip=False)
    again = forms.CharField(max_length=256, strip=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean(self) -> dict[str, Any]:
        """Both are the same, and good enough."""
        given: dict[str, Any] = super().clean() or {}
        first, again = given.get("first"), given.get("again")
        if first and again and first != again:
            raise ValidationError(say("两次输入的密码不一致。", "The two passwords are not the same."))
        if first:
            validate_password(first, self._user)
        return given


@allowed("invitation.accept")
@require_safe
def open_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the secret out of the address, so that it stands in no history and no proxy's log from now on."""
    try:
        invitations.find(secret)
    except NotFoundError as error:
        return fault_pages.refused(request, error)
    request.session[LINK] = secret
    return redirect("invitation")


@allowed("invitation.accept")
@sensitive_post_parameters("first", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept what the link is about."""
    secret = request.session.get(LINK, "")
    try:
        row = invitations.find(secret)
    except NotFoundError as error:
        return fault_pages.refused(request, error)
    person = invitations.account_of(row)
    joins_as_known = row.purpose == "join" and person is not None
    if joins_as_known and request.user != person:
        return frame.draw(request, "account/invitation_sign_in.html", invitation=row)
    form = PasswordForm(request.POST or None, user=person or get_user_model()(username=row.username))
    if request.method == "POST" and (joins_as_known or form.is_valid()):
        password = None if joins_as_known else form.cleaned_data["first"]
        try:
            invitations.accept(secret, password=password, user=request.user)
        except (InputError, NotFoundError) as error:
            return fault_pages.refused(request, error)
        return _accepted(request, row)
    return frame.draw(
        request,
        "account/invitation.html",
        status=400 if request.method == "POST" else 200,
        invitation=row,
        roles=role_words(row.roles),
        known=joins_as_known,
        rules=help_texts(),
        faults=[{"field": "first", "what": text} for texts in form.errors.values() for text in texts],
    )


def _accepted(request: HttpRequest, row: Any) -> HttpResponse:
    del request.session[LINK]
    act = "person.joined" if row.purpose == "join" else "person.password_set"
    admin_events.record(request, row.body, act, row.username, who=row.username)
    messages.success(request, say("已办妥，请登录。", "Done. Please sign in."))
    return redirect("desk" if request.user.is_authenticated else "account_login")
