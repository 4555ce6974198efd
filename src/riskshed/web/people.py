"""Who is asking: a person at a post of a body, or a machine with a token, or anybody.

A person may serve several bodies, and is at one desk at a time; which one, and whether in a drill, is kept in
the session. The number of the post (`officer`) stands on every statement; the name of the person does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from riskshed.desk import Desk
from riskshed.web.current import node
from riskshed.web.models import Membership

BODY, EXERCISE = "body", "exercise"
"""Where the session keeps the desk at which a person sits."""


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
    """

    user: Any = None
    body: str = ""
    officer: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    exercise: bool = False
    bodies: tuple[str, ...] = ()

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
    return Actor(
        user=user,
        body=body,
        officer=mine[0].officer,
        roles=frozenset(one.role for one in mine),
        exercise=bool(request.session.get(EXERCISE)),
        bodies=bodies,
    )
