"""What happens to accounts and doors, one line each (`log_lines`), as a program can read it.

After the event come facts as ``name=value``, values as JSON. Passwords, codes, tokens and cookies are never
among them: a refused token shows as the beginning of its digest.

``docs/guide/security.md`` lists the events.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from riskshed.web.accounts import end_sessions, keep_few_sessions

_log = logging.getLogger("riskshed.security")


def note(event: str, request: HttpRequest | None, level: int = logging.INFO, **facts: Any) -> None:
    """Write one event down."""
    if request is not None:
        user = getattr(request, "user", None)
        facts.setdefault("user", user.get_username() if user is not None and user.is_authenticated else None)
        facts["address"] = request.META.get("REMOTE_ADDR")
        facts["path"] = request.path
    told = " ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in facts.items())
    _log.log(level, "%s %s", event, told)


def connect() -> None:
    """Hear what Django and allauth tell; called once, when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="riskshed")
    user_logged_out.connect(_signed_out, dispatch_uid="riskshed")
    user_login_failed.connect(_refused, dispatch_uid="riskshed")
    account.user_logged_in.connect(_seated, dispatch_uid="riskshed")
    account.password_changed.connect(_password_changed, dispatch_uid="riskshed")
    mfa.authenticator_added.connect(_factor_added, dispatch_uid="riskshed")
    mfa.authenticator_removed.connect(_factor_removed, dispatch_uid="riskshed")
    mfa.authenticator_used.connect(_factor_used, dispatch_uid="riskshed")
    mfa.authentication_failed.connect(_factor_refused, dispatch_uid="riskshed")


def _signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    note("session.begun", request, user=user.get_username())


def _signed_out(request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None:
        note("session.ended", request, user=user.get_username())


def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    note("password.refused", request, logging.WARNING, user=str(credentials.get("username", ""))[:150])


def _seated(request: HttpRequest, user: Any, **_: Any) -> None:
    keep_few_sessions(user, request.session.session_key or "")


def _password_changed(request: HttpRequest, user: Any, **_: Any) -> None:
    ended = end_sessions(user, but=request.session.session_key)
    note("password.changed", request, user=user.get_username(), sessions_ended=ended)


def _factor_added(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    if authenticator.type != authenticator.Type.RECOVERY_CODES:
        # Whoever adds one has just used it: this session need not show it again.
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    ended = end_sessions(user, but=request.session.session_key)
    note("factor.added", request, user=user.get_username(), kind=authenticator.type, sessions_ended=ended)


def _factor_removed(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    note("factor.removed", request, logging.WARNING, user=user.get_username(), kind=authenticator.type)


def _factor_used(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    note("factor.used", request, user=user.get_username(), kind=authenticator.type)


def _factor_refused(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    note("factor.refused", request, logging.WARNING, user=user.get_username(), kind=authenticator.type)
