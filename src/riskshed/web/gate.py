"""Who asks the interface, and whether he may: a machine by its token, a person by the session of his browser.

Each operation names its action, as pages do (`access`); one that names none cannot be added. A token decides
where one is shown. A session may read; to act with it, the request must carry the CSRF token of the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Router
from ninja.utils import check_csrf

from riskshed.web import access, tokens
from riskshed.web.people import Actor, acting
from riskshed.web.problem import ApiError

SAFE = ("GET", "HEAD", "OPTIONS")
View = Callable[..., Any]


class Gate:
    """Lets those in who may do an action.

    Parameters
    ----------
    action : str
        A key of `access.ACTIONS`.
    machines_only : bool
        Whether only tokens count: for what is also served without Django.
    """

    def __init__(self, action: str, *, machines_only: bool = False) -> None:
        assert action in access.ACTIONS, f"no such action: {action}"
        self.action, self.machines_only = action, machines_only

    def __call__(self, request: HttpRequest) -> Actor:
        """Who asks. Raises ApiError (401, 403), PermissionDenied or TooOftenError."""
        actor = self._actor(request)
        rule = access.ACTIONS[self.action]
        if not rule.anybody and not actor.is_known:
            raise unknown()
        if access.needs_second_factor(actor, self.action):
            todo = "Show it on the pages of the node, then ask again."
            raise ApiError(403, "access.second_factor", "this needs a second factor", todo=todo)
        access.check(request, self.action)
        if rule.pace is not None and request.method not in SAFE:
            access.keep_pace(request, self.action, rule.pace)
        return actor

    def _actor(self, request: HttpRequest) -> Actor:
        if self.machines_only or "Authorization" in request.headers:
            actor = tokens.actor_of(request)
            if actor is None:
                raise unknown()
            request.actor = actor  # type: ignore[attr-defined]
            return actor
        actor = acting(request)
        if actor.is_known and request.method not in SAFE and check_csrf(request) is not None:
            todo = "Send the CSRF token of the pages, or a token in the header Authorization."
            raise ApiError(403, "access.csrf", "a session acts only from the pages of the node", todo=todo)
        return actor


def unknown() -> ApiError:
    """The refusal of who shows no token or session that holds; which of them it is nobody is told."""
    todo = "Send Authorization: Bearer rsk_...; an administrator of your body makes tokens."
    told = "there is no token or session that holds"
    return ApiError(401, "access.unknown", told, todo=todo, headers={"WWW-Authenticate": "Bearer"})


def denied(error: PermissionDenied) -> ApiError:
    """The refusal of who may not do an action, or not with this thing."""
    todo = "Ask as the body whose thing it is, or with a role that may."
    return ApiError(403, "access.refused", f"you may not do this here ({error})", todo=todo)


class Operation(NamedTuple):
    """One operation of the interface, for those who look at all of them."""

    method: str
    path: str
    action: str
    view: View


class Routes:
    """A router whose operations each name their action."""

    def __init__(self, tag: str) -> None:
        self.router = Router(tags=[tag])
        self._operations: list[Operation] = []

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations)

    def get(self, path: str, action: str, response: Any) -> Callable[[View], View]:
        """An operation that reads."""
        return self._add("GET", path, Gate(action), {200: response})

    def post(
        self, path: str, action: str, response: Any, *, machines_only: bool = False, **more: Any
    ) -> Callable[[View], View]:
        """An operation that acts: 201 if something came of it, 200 if it had been done before."""
        gate = Gate(action, machines_only=machines_only)
        return self._add("POST", path, gate, {200: response, 201: response}, **more)

    def _add(self, method: str, path: str, gate: Gate, response: Any, **more: Any) -> Callable[[View], View]:
        def added(view: View) -> View:
            view.action = gate.action  # type: ignore[attr-defined]
            self._operations.append(Operation(method, path, gate.action, view))
            add = self.router.api_operation([method], path, auth=gate, response=response,
                                            operation_id=view.__name__, **more)  # fmt: skip
            done: View = add(view)
            return done

        return added
