"""Who is asking: a person at a post of a body, or a machine with a token, or anybody.

A person may serve several bodies, and is at one desk at a time; which one, and whether in a drill, is kept in
the session. The number of the post (`officer`) stands on every statement; the name of the person does not.

Some roles need a second factor (the setting `SECOND_FACTOR`). Until a session has shown one, they are
withheld: whoever holds them acts with the others that he has. A demonstration, whose passwords everybody
knows, needs none, and its pages say so.

Enterprises, utilities, chambers, community organisations and residents are parties: they govern nobody. So
there is one role for whoever speaks for one, the representative, and no role of an officer opens anything at
such a body, wherever it was written down; nor does that of a representative at a government.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from riskshed.desk import Desk
from riskshed.errors import InputError
from riskshed.governance.message import Words, drill
from riskshed.governance.standing_parties import PARTY_KINDS
from riskshed.web.current import node
from riskshed.web.models import ROLES, Membership
from riskshed.web.node import Node

BODY, EXERCISE = "body", "exercise"
"""Where the session keeps the desk at which a person sits."""

ROLE_NAMES = frozenset(name for name, _ in ROLES)
ADMINISTRATOR, AUDITOR, REPRESENTATIVE = "administrator", "auditor", "representative"

PARTY_ROLES = frozenset({REPRESENTATIVE, ADMINISTRATOR})
"""What there is to be at a party."""
USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_POST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking.

    Attributes
    ----------
    user : user or None
        None for anybody and for machines.
    body : str
        Empty for anybody, and for a person who serves none.
    officer : str
    roles : frozenset of str
        At this body.
    exercise : bool
        Whether what is said is said in a drill.
    bodies : tuple of str
        All bodies that the person serves.
    withheld : frozenset of str
        Roles that he has at this body, and may not use before he has shown a second factor.
    """

    user: Any = None
    body: str = ""
    officer: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    exercise: bool = False
    bodies: tuple[str, ...] = ()
    withheld: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_known(self) -> bool:
        """Whether it is a person with an account, or a machine with a token."""
        return self.user is not None or bool(self.body)

    def desk(self) -> Desk:
        """The desk at which this one acts.

        Raises
        ------
        RiskshedError
            The node does not hold the key of the body.
        """
        assert self.body, "access lets nobody act who serves no body"
        return node().desk(self.body, self.officer, exercise=self.exercise)

    def said(self, words: Words) -> dict[str, str]:
        """Words as this one says them: in a drill each says that it is one."""
        return dict(drill(words) if self.exercise else words)


NOBODY = Actor()


def acting(request: HttpRequest) -> Actor:
    """Who asks, worked out once for each request."""
    known: Actor | None = getattr(request, "actor", None)
    if known is None:
        known = _of_session(request)
        request.actor = known  # type: ignore[attr-defined]
    return known


def _of_session(request: HttpRequest) -> Actor:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    held = list(Membership.objects.filter(user=user).order_by("id"))
    bodies = tuple(dict.fromkeys(one.body for one in held))
    if not bodies:
        return Actor(user=user)
    chosen = request.session.get(BODY)
    body = chosen if chosen in bodies else bodies[0]
    mine = [one for one in held if one.body == body]
    roles = frozenset(one.role for one in mine) & roles_at(body)
    wanted = roles & roles_with_second_factor()
    withheld = wanted if wanted and not has_shown_second_factor(request) else frozenset()
    return Actor(
        user=user,
        body=body,
        officer=mine[0].officer,
        roles=roles - withheld,
        exercise=bool(request.session.get(EXERCISE)),
        bodies=bodies,
        withheld=withheld,
    )


def is_party(body: str, of: Node | None = None) -> bool:
    """Whether a body is an enterprise, a utility, a chamber, a community organisation or a resident."""
    held = (of or node()).standing().bodies.get(body)
    return held is not None and held.kind in PARTY_KINDS


def roles_at(body: str, of: Node | None = None) -> frozenset[str]:
    """The roles that open something at a body, by the record of the node `of`, or of the one that answers."""
    return PARTY_ROLES if is_party(body, of) else ROLE_NAMES - {REPRESENTATIVE}


# ------------------------------------------------------------------------------------------- second factor


def roles_with_second_factor() -> frozenset[str]:
    """The roles that need a second factor at this node."""
    if node().profile.is_demo:
        return frozenset()
    return frozenset(settings.NODE_SECOND_FACTOR)


def has_shown_second_factor(request: HttpRequest) -> bool:
    """Whether this session has shown a second factor that its person still has."""
    shown = any(one.get("method") == "mfa" for one in get_authentication_records(request, request.user))
    return shown and bool(is_mfa_enabled(request.user))


# -------------------------------------------------------------------------------------------------- desks


def choose_desk(request: HttpRequest, body: str) -> bool:
    """Sit down at the desk of a body, in earnest; False, and nothing changes, if he does not serve it."""
    if body not in acting(request).bodies:
        return False
    request.session[BODY] = body
    request.session[EXERCISE] = False
    return True


def appoint(user: Any, body: str, officer: str, roles: Iterable[str], of: Node | None = None) -> None:
    """Let a person have exactly these roles at a body, under this number of a post; no role ends the service.

    `of` is the node on whose record the body stands; without it, the one that answers.

    Raises
    ------
    InputError
        ``people.roles``: a role that there is not (at this body), or one who would administer and audit.
        ``people.post``: not the number of a post, or another person's.
    """
    wanted = set(roles)
    if wanted:
        check_roles(wanted, body, of)
    with transaction.atomic():
        here = Membership.objects.select_for_update().filter(body=body)
        if wanted:
            check_post(officer)
            if here.filter(officer=officer).exclude(user=user).exists():
                raise InputError(
                    "people.post",
                    f"the post {officer} belongs to somebody else",
                    todo="Give each person a number of his own; accounts are not shared.",
                )
        here.filter(user=user).exclude(role__in=wanted).delete()
        here.filter(user=user).update(officer=officer)
        held = set(here.filter(user=user).values_list("role", flat=True))
        for role in sorted(wanted - held):
            Membership.objects.create(user=user, body=body, role=role, officer=officer)


def check_roles(roles: Iterable[str], body: str, of: Node | None = None) -> None:
    """Raise InputError ``people.roles``: a role that is none here, or who would administer and audit."""
    wanted, offered = set(roles), roles_at(body, of)
    if not wanted <= offered:
        raise InputError(
            "people.roles",
            f"the roles at {body} are {', '.join(sorted(offered))}",
            todo="Officers serve governments and coordination bodies; a representative speaks for a party.",
        )
    if {ADMINISTRATOR, AUDITOR} <= wanted:
        raise InputError(
            "people.roles",
            "who administers a body does not audit it",
            todo="Give one of the two roles to another person.",
        )


def check_post(officer: str) -> None:
    """Raise InputError ``people.post`` for what is not the number of a post: letters, digits, ``. _ -``."""
    if _POST.fullmatch(officer) is None:
        raise InputError("people.post", "a post is 1 to 64 letters, digits, dots or dashes, such as duty-07")
