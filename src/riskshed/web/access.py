"""Who may do what: one table, and everything that does not stand in it is refused.

Each view names its action with `allowed`; a view without an action is refused by the middleware, whoever
asks. What a body may do to its own things it may not do to those of another: where an action concerns one
body, `may` is asked with that body.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from riskshed.web.people import Actor, acting

OFFICERS = frozenset({"duty_officer", "commander"})
DESK = OFFICERS | {"analyst"}
EVERY_ROLE = frozenset({"duty_officer", "commander", "analyst", "evaluator", "auditor", "administrator"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may: anybody, or who has one of these roles at his body; `own`: only with what is that body's."""

    roles: frozenset[str] = frozenset()
    anybody: bool = False
    signed_in: bool = False
    own: bool = False


ANYBODY, SIGNED_IN = Rule(anybody=True), Rule(signed_in=True)

ACTIONS: dict[str, Rule] = {
    # What the public sees.
    "public.see": ANYBODY,
    "choice.set": ANYBODY,
    "health.see": ANYBODY,
    "record.fetch": ANYBODY,  # checkpoints, tiles, feeds: anybody can audit
    "hazard.report": ANYBODY,
    # What those see who serve a body.
    "situation.see": Rule(EVERY_ROLE),
    "incident.see": Rule(EVERY_ROLE),
    "notice.see": Rule(EVERY_ROLE),
    "warning.see": Rule(EVERY_ROLE),
    "agreement.see": Rule(EVERY_ROLE),
    "rule.see": Rule(EVERY_ROLE),
    "body.see": Rule(EVERY_ROLE),
    "source.see": Rule(EVERY_ROLE),
    "log.see": Rule(EVERY_ROLE),
    "body.choose": SIGNED_IN,
    # What officers do for their own body.
    "notice.answer": Rule(OFFICERS, own=True),
    "notice.send": Rule(OFFICERS, own=True),
    "warning.issue": Rule(OFFICERS, own=True),
    "warning.cancel": Rule(OFFICERS, own=True),
    "approval.answer": Rule(frozenset({"commander"}), own=True),
    "report.file": Rule(DESK, own=True),
    "incident.open": Rule(OFFICERS, own=True),
    "incident.lead": Rule(frozenset({"commander"}), own=True),
    "agreement.propose": Rule(frozenset({"commander"}), own=True),
    "agreement.sign": Rule(frozenset({"commander"}), own=True),
    "source.assess": Rule(DESK, own=True),
    "watch.take": Rule(OFFICERS, own=True),
    "readings.add": Rule(DESK, own=True),
    "exercise.enter": Rule(DESK),
    "finding.make": Rule(frozenset({"evaluator"})),
    "finding.reply": Rule(OFFICERS, own=True),
    "finding.judge": Rule(frozenset({"commander"}), own=True),
    # Audit, and administration apart from it.
    "log.audit": Rule(frozenset({"auditor", "evaluator"})),
    "people.manage": Rule(frozenset({"administrator"}), own=True),
    "tokens.manage": Rule(frozenset({"administrator"}), own=True),
    "delivery.manage": Rule(frozenset({"administrator"}), own=True),
}
"""Every action, and who may."""


def may(actor: Actor, action: str, *, body: str | None = None) -> bool:
    """Whether the actor may; `body` is the one whose thing it is.

    Raises
    ------
    KeyError
        No such action: the program is wrong.
    """
    rule = ACTIONS[action]
    if rule.anybody:
        return True
    if not actor.is_known or (rule.signed_in and actor.user is None):
        return False
    if rule.signed_in:
        return True
    if not actor.body or not actor.roles & rule.roles:
        return False
    return not rule.own or body is None or body == actor.body


def check(request: HttpRequest, action: str, *, body: str | None = None) -> Actor:
    """The actor, who may. Raises PermissionDenied."""
    actor = acting(request)
    if not may(actor, action, body=body):
        raise PermissionDenied(action)
    return actor


def allowed(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The view is for those who may do `action`; who is not signed in is sent to do that first."""
    rule = ACTIONS[action]

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = acting(request)
            if not rule.anybody and not actor.is_known:
                return redirect(f"{reverse('account_login')}?next={request.path}")
            check(request, action)
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return guard


def open_to_all(action: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The view is for anybody, and does not ask who it is: so any cache may keep its answer."""
    assert ACTIONS[action].anybody, f"{action} is not for everybody"

    def name(view: Callable[..., Any]) -> Callable[..., Any]:
        view.action = action  # type: ignore[attr-defined]
        return view

    return name


class DefaultDeny:
    """Middleware: a view of ours that names no action is refused, whoever asks."""

    OTHERS = ("allauth.", "ninja.", "django.views.static", "whitenoise.")
    """Views of libraries guard themselves: accounts by allauth, the interface by its tokens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, _: HttpRequest, view: Any, *__: Any) -> None:
        """Called by Django before each view."""
        home = getattr(view, "__module__", "")
        if getattr(view, "action", None) is None and not home.startswith(self.OTHERS):
            raise PermissionDenied("no action")
