"""Administration: the people of one's body, and the links and roles that they are given.

An administrator works on his own body. Whoever administers the body whose node this is may besides invite the
administrators of the others, so that each has a first one. Nobody changes his own roles. Every act is written
down where auditors read it (`admin_events`), and every one that gives somebody more needs the password again.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from riskshed.errors import InputError, NotFoundError
from riskshed.web import accounts, admin_events, fault_pages, frame, invitations, people, wording
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms import refusal_words
from riskshed.web.models import ROLES, AdminEvent, Invitation, Membership, Token
from riskshed.web.pages.own_account import role_words
from riskshed.web.people import ADMINISTRATOR, Actor, acting
from riskshed.web.wording import say

EVENTS_PER_PAGE = 50


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of administration that this one may open."""
    actor = acting(request)
    offered = [
        ("administration", "people.manage", say("概况", "Overview")),
        ("administration-people", "people.manage", say("人员", "People")),
        ("administration-tokens", "tokens.manage", say("接口令牌", "Tokens")),
        ("administration-feeds", "feeds.manage", say("来源", "Feeds")),
        ("administration-deliveries", "delivery.manage", say("投递", "Deliveries")),
        ("administration-orders", "people.manage", say("常设指令", "Standing orders")),
    ]
    if may(actor, "node.manage", body=node().profile.body):
        offered.append(("administration-node", "node.manage", say("节点", "Node")))
    return [
        {"url": reverse(name), "word": word, "is_here": request.path == reverse(name)}
        for name, action, word in offered
        if may(actor, action)
    ]


def draw(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of administration, with its tabs."""
    return frame.draw(request, template, status=status, tabs=tabs(request), **context)


@allowed("people.manage")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What there is to administer."""
    body = acting(request).body
    return draw(
        request,
        "riskshed/administration.html",
        people_count=Membership.objects.filter(body=body).values("user").distinct().count(),
        invited=invitations.pending(body).count(),
        tokens=Token.objects.filter(body=body, revoked=None).count(),
        second_factor=role_words(people.roles_with_second_factor()),
    )


# ------------------------------------------------------------------------------------------------- people


class InviteForm(forms.Form):
    """Whom to invite, to which post, as what."""

    body = forms.CharField(max_length=128, required=False)
    username = forms.CharField(max_length=64)
    officer = forms.CharField(max_length=64)
    roles = forms.MultipleChoiceField(choices=ROLES)


class RolesForm(forms.Form):
    """The post and the roles of a person; none ends the service."""

    officer = forms.CharField(max_length=64, required=False)
    roles = forms.MultipleChoiceField(choices=ROLES, required=False)


@allowed("people.manage")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people_list(request: HttpRequest) -> HttpResponse:
    """The people of the body, and who was invited; a POST invites."""
    return _invite(request) if request.method == "POST" else _people_page(request)


def _people_page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    actor = acting(request)
    return draw(
        request,
        "riskshed/administration_people.html",
        status=status,
        held=held(actor.body),
        pending=invitations.pending(actor.body),
        bodies=_bodies_to_invite(actor),
        roles=role_choices(actor.body),
        hours=invitations.HOURS,
        **more,
    )


def held(body: str) -> list[dict[str, Any]]:
    """The people of a body: account, post, roles, whether they have a second factor."""
    found: dict[int, dict[str, Any]] = {}
    rows = Membership.objects.filter(body=body).select_related("user").order_by("officer", "user_id", "role")
    with_factor = set(Authenticator.objects.values_list("user_id", flat=True))
    for one in rows:
        person = found.setdefault(
            one.user_id,
            {"user": one.user, "officer": one.officer, "held": [], "has_factor": one.user_id in with_factor},
        )
        person["held"].append(one.role)
    return [{**person, "roles": role_words(person["held"])} for person in found.values()]


def role_choices(body: str, chosen: Any = ()) -> list[dict[str, Any]]:
    """The roles that there are at a body, in words, for a form."""
    here = people.roles_at(body)
    return [
        {"value": name, "word": wording.ROLES[name].said(wording.tongue()), "chosen": name in chosen}
        for name, _ in ROLES
        if name in here
    ]


def _bodies_to_invite(actor: Actor) -> list[tuple[str, str]]:
    """Other bodies whose first administrator this one may invite."""
    if not may(actor, "node.manage", body=node().profile.body):
        return []
    others = (code for code in node().standing().bodies if code != actor.body)
    return sorted(((code, wording.name_of(code)) for code in others), key=lambda one: one[1])


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def _invite(request: HttpRequest) -> HttpResponse:
    actor, form = acting(request), InviteForm(request.POST)
    if not form.is_valid():
        return _people_page(request, status=400, faults=faults_of(form))
    given = form.cleaned_data
    body = given["body"] or actor.body
    if body != actor.body:
        allowed_bodies = {code for code, _ in _bodies_to_invite(actor)}
        if body not in allowed_bodies or given["roles"] != [ADMINISTRATOR]:
            raise PermissionDenied("invites administrators alone to another body")
    try:
        row, secret = invitations.invite(
            body, given["username"], given["officer"], given["roles"], request.user
        )
    except InputError as error:
        return _people_page(request, status=400, faults=[{"field": "", "what": refusal_words(error)}])
    admin_events.record(request, body, "person.invited", row.username, officer=row.officer, roles=row.roles)
    return _show_link(request, row, secret)


def _show_link(request: HttpRequest, row: Invitation, secret: str) -> HttpResponse:
    """The link, for the only time."""
    link = request.build_absolute_uri(reverse("invitation-link", args=[secret]))
    return draw(request, "riskshed/administration_link.html", invitation=row, link=link)


@allowed("people.manage")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, number: int) -> HttpResponse:
    """One person of the body; a POST changes post and roles."""
    user = _of_my_body(request, number)
    return _change_roles(request, user) if request.method == "POST" else _person_page(request, user)


def _of_my_body(request: HttpRequest, number: int) -> Any:
    user = get_user_model().objects.filter(pk=number, memberships__body=acting(request).body).first()
    if user is None:
        raise Http404
    return user


def _person_page(request: HttpRequest, user: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    body = acting(request).body
    mine = list(Membership.objects.filter(user=user, body=body))
    return draw(
        request,
        "riskshed/administration_person.html",
        status=status,
        person=user,
        officer=mine[0].officer,
        since=min(one.since for one in mine),
        roles=role_choices(body, {one.role for one in mine}),
        factors=list(Authenticator.objects.filter(user=user).exclude(type="recovery_codes")),
        sessions=accounts.sessions_of(user),
        is_me=user == request.user,
        is_mine=_is_mine(acting(request), user),
        **more,
    )


def _is_mine(actor: Actor, user: Any) -> bool:
    """Whether what concerns the whole account of a person is this administrator's matter.

    An account that serves other bodies too could be taken over through one of them; there it is a matter of
    whoever administers the node.
    """
    if may(actor, "node.manage", body=node().profile.body):
        return True
    return not Membership.objects.filter(user=user).exclude(body=actor.body).exists()


@reauthentication_required  # type: ignore[untyped-decorator]
def _change_roles(request: HttpRequest, user: Any) -> HttpResponse:
    body, form = acting(request).body, RolesForm(request.POST)
    if user == request.user:
        raise PermissionDenied("nobody changes his own roles")
    if not form.is_valid():
        return _person_page(request, user, status=400, faults=faults_of(form))
    officer, roles = form.cleaned_data["officer"], form.cleaned_data["roles"]
    try:
        people.appoint(user, body, officer, roles)
    except InputError as error:
        return _person_page(request, user, status=400, faults=[{"field": "", "what": refusal_words(error)}])
    act = "person.roles" if roles else "person.ended"
    admin_events.record(request, body, act, user.get_username(), officer=officer, roles=roles)
    if not roles:
        accounts.end_sessions(user)
        messages.success(
            request, say("已结束任职，其会话也已结束。", "The service has ended, and so have the sessions.")
        )
        return redirect("administration-people")
    messages.success(request, say("已更改。", "Changed."))
    return redirect("administration-person", number=user.pk)


@allowed("people.manage")
@never_cache
@require_POST
def password_link(request: HttpRequest, number: int) -> HttpResponse:
    """Make a link with which a person sets a new password."""
    answer: HttpResponse = _give_password_link(request, _whole_account(request, number))
    return answer


@reauthentication_required  # type: ignore[untyped-decorator]
def _give_password_link(request: HttpRequest, user: Any) -> HttpResponse:
    row, secret = invitations.password_link(acting(request).body, user, request.user)
    admin_events.record(request, row.body, "person.password_link", row.username)
    return _show_link(request, row, secret)


@allowed("people.manage")
@require_POST
def remove_factor(request: HttpRequest, number: int) -> HttpResponse:
    """Remove the second factors of a person who lost them; his sessions end."""
    answer: HttpResponse = _remove_factor(request, _whole_account(request, number))
    return answer


@reauthentication_required  # type: ignore[untyped-decorator]
def _remove_factor(request: HttpRequest, user: Any) -> HttpResponse:
    Authenticator.objects.filter(user=user).delete()
    accounts.end_sessions(user)
    admin_events.record(request, acting(request).body, "person.factor_removed", user.get_username())
    messages.success(request, say("已移除第二因素。", "The second factor is removed."))
    return redirect("administration-person", number=user.pk)


@allowed("people.manage")
@require_POST
def end_sessions(request: HttpRequest, number: int) -> HttpResponse:
    """End all sessions of a person."""
    user = _of_my_body(request, number)
    ended = accounts.end_sessions(user, but=request.session.session_key if user == request.user else None)
    admin_events.record(
        request, acting(request).body, "person.sessions_ended", user.get_username(), ended=ended
    )
    messages.success(request, say(f"已结束 {ended} 个会话。", f"{ended} sessions have ended."))
    return redirect("administration-person", number=user.pk)


def _whole_account(request: HttpRequest, number: int) -> Any:
    user = _of_my_body(request, number)
    if user == request.user or not _is_mine(acting(request), user):
        raise PermissionDenied("the account is his own, or serves other bodies too")
    return user


@allowed("people.manage")
@require_POST
def withdraw_invitation(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw a link that nobody has used."""
    body = acting(request).body
    try:
        row = invitations.withdraw(body, number)
    except NotFoundError as error:
        return fault_pages.refused(request, error)
    admin_events.record(request, body, "invitation.withdrawn", row.username)
    return redirect("administration-people")


def faults_of(form: forms.Form) -> list[dict[str, str]]:
    """What is wrong with a form, each fault with the field that it belongs to."""
    return [
        {"field": "" if name == "__all__" else f"f-{name}", "what": f"{field_word(name)} {text}".strip()}
        for name, texts in form.errors.items()
        for text in texts
    ]


def field_word(name: str) -> str:
    """A field of these forms in words."""
    words = {
        "body": say("机构：", "Body:"),
        "username": say("用户名：", "User name:"),
        "officer": say("岗位编号：", "Post:"),
        "roles": say("角色：", "Roles:"),
        "name": say("用途：", "Purpose:"),
        "days": say("有效天数：", "Days:"),
        "where": say("地址：", "Address:"),
    }
    return words.get(name, "")


# ------------------------------------------------------------------------------------------------- events


@allowed("admin_event.see")
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What the administrators of the body did, the latest first: for its auditors."""
    rows = AdminEvent.objects.filter(body=acting(request).body).order_by("-at", "-pk")
    page = Paginator(rows, EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    shown = [{"row": one, "act": admin_events.ACTS[one.act].said(wording.tongue())} for one in page]
    return frame.draw(request, "riskshed/administration_events.html", shown=shown, pages=page, query="")
