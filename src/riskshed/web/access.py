"""Who may do what: one table, and everything that does not stand in it is refused.

Each view names its action with `allowed`; a view without an action is refused by the middleware, whoever
asks. What a body may do to its own things it may not do to those of another: where an action concerns one
body, `may` is asked with that body.

Administration stands apart. Administrators make accounts and tokens, and neither act nor see what was said
between bodies; auditors see all and change nothing. Nobody has both roles at one body (`people.check_roles`).

What strangers may send is paced (`Pace`): so many in a time from one address, and the next one is refused
with status 429.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from riskshed.web.people import ADMINISTRATOR, AUDITOR, REPRESENTATIVE, Actor, acting

OFFICERS = frozenset({"duty_officer", "commander"})
DESK = OFFICERS | {"analyst"}
READERS = DESK | {"evaluator", AUDITOR}
EVERY_ROLE = READERS | {ADMINISTRATOR}
PARTIES = frozenset({REPRESENTATIVE})
OPEN_READERS = READERS | PARTIES
"""Who sees the open side from within: those who serve governments, and those who speak for parties."""

_log = logging.getLogger("riskshed.security")


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `most` in `seconds`, from one person or, where nobody is signed in, from one address."""

    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may: anybody, or who has one of these roles at his body; `own`: only with what is that body's.

    `pace` limits how often it may be done (requests that may change something; not looking).
    """

    roles: frozenset[str] = frozenset()
    anybody: bool = False
    signed_in: bool = False
    own: bool = False
    pace: Pace | None = None


ANYBODY, SIGNED_IN = Rule(anybody=True), Rule(signed_in=True)

ACTIONS: dict[str, Rule] = {
    # What the public sees.
    "public.see": ANYBODY,
    "choice.set": ANYBODY,
    "health.see": ANYBODY,
    "record.fetch": ANYBODY,  # checkpoints, tiles, feeds: anybody can audit
    # A neighbour asks once a second at most, and again where it was behind.
    "witness.ask": Rule(anybody=True, pace=Pace(600, 60)),
    "hazard.report": Rule(anybody=True, pace=Pace(10, 3600)),
    "invitation.accept": Rule(anybody=True, pace=Pace(20, 600)),
    "open.see": ANYBODY,
    "community.see": ANYBODY,
    "party.see": ANYBODY,
    "party.join": Rule(anybody=True, pace=Pace(5, 3600)),
    "service.count": ANYBODY,
    "service.ask": Rule(anybody=True, pace=Pace(60, 3600)),  # and fewer of a stranger: `service_ask`
    "service.follow": Rule(anybody=True, pace=Pace(60, 3600)),
    # What those see who serve a body.
    "home.see": Rule(EVERY_ROLE | PARTIES),  # a party is led on to the open side
    "situation.see": Rule(EVERY_ROLE),
    "incident.see": Rule(READERS),
    "notice.see": Rule(READERS),
    "warning.see": Rule(READERS),
    "approval.see": Rule(READERS),
    "report.see": Rule(READERS),
    "agreement.see": Rule(READERS),
    "rule.see": Rule(EVERY_ROLE),
    "body.see": Rule(EVERY_ROLE),
    "source.see": Rule(READERS),
    "log.see": Rule(READERS),
    "reading.see": Rule(READERS),
    "stream.see": Rule(READERS),
    "body.choose": SIGNED_IN,
    "exercise.leave": SIGNED_IN,
    "follow.keep": SIGNED_IN,
    "follow.mail": Rule(anybody=True, pace=Pace(10, 3600)),
    "factor.show": SIGNED_IN,
    "service.see": Rule(OPEN_READERS),
    "market.see": Rule(OPEN_READERS),
    # What officers do for their own body.
    "market.state": Rule(OFFICERS | PARTIES, own=True, pace=Pace(120, 3600)),
    "market.answer": Rule(OFFICERS | PARTIES, own=True),
    "market.run": Rule(OFFICERS | PARTIES, own=True, pace=Pace(60, 3600)),  # whose node it is, or a chamber
    "service.ask_for_body": Rule(OFFICERS | PARTIES, own=True, pace=Pace(120, 3600)),
    "service.respond": Rule(OFFICERS | PARTIES, own=True),
    "service.answer": Rule(OFFICERS, own=True),
    "notice.answer": Rule(OFFICERS, own=True),
    "notice.send": Rule(OFFICERS, own=True),
    "warning.issue": Rule(OFFICERS, own=True),
    "warning.cancel": Rule(OFFICERS, own=True),
    "approval.answer": Rule(frozenset({"commander"}), own=True),
    "report.file": Rule(DESK, own=True),
    "photograph.show": Rule(OFFICERS, own=True),
    "party.decide": Rule(OFFICERS, own=True),  # asked with the body whose node it is
    "party.verify": Rule(OFFICERS, own=True),
    "incident.open": Rule(OFFICERS, own=True),
    "incident.lead": Rule(frozenset({"commander"}), own=True),
    "incident.level": Rule(OFFICERS, own=True),
    "incident.mode": Rule(OFFICERS, own=True),
    "incident.escalate": Rule(OFFICERS, own=True),
    "incident.command": Rule(frozenset({"commander"}), own=True),
    # Each sees what is his (`undelivered`): what his body said, or the ways that he administers.
    "undelivered.see": Rule(OFFICERS | {ADMINISTRATOR}),
    "undelivered.again": Rule(OFFICERS | {ADMINISTRATOR}, own=True),
    "aid.see": Rule(READERS),
    "aid.ask": Rule(OFFICERS, own=True),
    "aid.give": Rule(OFFICERS, own=True),
    "goal.see": Rule(READERS),
    "goal.declare": Rule(frozenset({"commander"}), own=True),
    "fund.see": Rule(READERS),
    "fund.contribute": Rule(OFFICERS, own=True),
    "plan.see": Rule(READERS),
    "plan.propose": Rule(OFFICERS, own=True),
    "plan.answer": Rule(frozenset({"commander"}), own=True),  # it binds the body
    "appraisal.see": Rule(READERS),
    "appraisal.file": Rule(frozenset({"evaluator", "commander"}), own=True),
    "trust.see": Rule(READERS),
    "stock.see": Rule(READERS),
    "stock.report": Rule(DESK, own=True),
    "cost.see": Rule(READERS),
    "cost.claim": Rule(DESK, own=True),
    "bill.draw": Rule(frozenset({"commander"}), own=True),  # asked with the coordination body
    "bill.answer": Rule(frozenset({"commander"}), own=True),
    "bill.pay": Rule(OFFICERS, own=True),
    "incident.close": Rule(frozenset({"commander"}), own=True),
    "agreement.propose": Rule(frozenset({"commander"}), own=True),
    "agreement.sign": Rule(frozenset({"commander"}), own=True),
    "source.assess": Rule(DESK, own=True),
    "watch.take": Rule(OFFICERS, own=True),
    "readings.add": Rule(DESK, own=True),
    "cluster.see": Rule(OPEN_READERS),
    "cluster.try": Rule(OPEN_READERS),  # paced by the view: to look is what costs
    "action.see": Rule(OPEN_READERS),
    "action.plan": Rule(OFFICERS, own=True),
    "action.report": Rule(OFFICERS | PARTIES, own=True),
    "news.see": Rule(OPEN_READERS),
    "news.share": Rule(OFFICERS | PARTIES, own=True, pace=Pace(30, 3600)),
    "exercise.enter": Rule(DESK),
    "finding.make": Rule(frozenset({"evaluator"})),
    "finding.reply": Rule(OFFICERS, own=True),
    "finding.judge": Rule(frozenset({"commander"}), own=True),
    # Audit, and administration apart from it.
    "log.audit": Rule(frozenset({AUDITOR, "evaluator"})),
    "admin_event.see": Rule(frozenset({AUDITOR}), own=True),
    "people.manage": Rule(frozenset({ADMINISTRATOR}), own=True),
    "tokens.manage": Rule(frozenset({ADMINISTRATOR}), own=True),
    "feeds.manage": Rule(frozenset({ADMINISTRATOR}), own=True),
    "delivery.manage": Rule(frozenset({ADMINISTRATOR}), own=True),
    "node.manage": Rule(frozenset({ADMINISTRATOR}), own=True),  # asked with the body whose node it is
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
        _log.warning(
            "access.refused action=%s of=%r body=%r officer=%r address=%s path=%r",
            *(action, body, actor.body, actor.officer, request.META.get("REMOTE_ADDR"), request.path),
        )
        raise PermissionDenied(action)
    return actor


def allowed(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The view is for those who may do `action`.

    Who is not signed in is sent to do that first, and who still owes his second factor to show it.
    """
    rule = ACTIONS[action]

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = acting(request)
            if not rule.anybody and not actor.is_known:
                return _sent_to("account_login", request)
            if needs_second_factor(actor, action):
                return _sent_to("second-factor", request)
            check(request, action)
            if rule.pace is not None and request.method not in ("GET", "HEAD", "OPTIONS"):
                keep_pace(request, action, rule.pace)
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return guard


def needs_second_factor(actor: Actor, action: str) -> bool:
    """Whether he might, if he showed his second factor."""
    if not actor.withheld or may(actor, action):
        return False
    return may(replace(actor, roles=actor.roles | actor.withheld), action)


def _sent_to(name: str, request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method in ("GET", "HEAD") else request.path
    return redirect(f"{reverse(name)}?{urlencode({'next': back})}")


class TooOftenError(Exception):
    """More was sent than the pace of an action allows."""

    def __init__(self, action: str, wait_s: int) -> None:
        super().__init__(action)
        self.wait_s = wait_s


def keep_pace(request: HttpRequest, action: str, pace: Pace, *, who: str = "") -> None:
    """Count this request, for who asks or for `who`. Raises TooOftenError."""
    user = acting(request).user
    who = who or (f"user {user.pk}" if user is not None else f"address {request.META.get('REMOTE_ADDR')}")
    key = f"pace:{action}:{who}".replace(" ", ":")
    cache.add(key, 0, pace.seconds)
    try:
        count = cache.incr(key)
    except ValueError:  # it ended between the two
        count = 1
    if count > pace.most:
        _log.warning("pace.exceeded action=%s who=%r", action, who)
        raise TooOftenError(action, pace.seconds)


class DefaultDeny:
    """Middleware: a view of ours that names no action is refused, whoever asks."""

    OTHERS = ("allauth.account.", "allauth.mfa.", "allauth.usersessions.", "ninja.")
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
