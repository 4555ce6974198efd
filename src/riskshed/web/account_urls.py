"""The addresses of accounts: those of allauth's that are used here, and no others.

There is no sign-up, no e-mail address, no reset by e-mail, no sign-in by code: what a node does not need it
does not serve. An address that stood here by mistake would fail `tests/web/test_matrix.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as key
from allauth.usersessions import views as sessions
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe


def _page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page of allauth's that is looked at."""
    return path(route, require_safe(view), name=name)


def _form(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page of allauth's with a form; its classes would take a PUT for a POST."""
    return path(route, require_http_methods(["GET", "HEAD", "POST"])(view), name=name)


urlpatterns = [
    _form("login/", account.login, "account_login"),
    _form("logout/", account.logout, "account_logout"),
    _page("inactive/", account.account_inactive, "account_inactive"),
    _form("reauthenticate/", account.reauthenticate, "account_reauthenticate"),
    _form("password/change/", account.password_change, "account_change_password"),
    _form("sessions/", sessions.list_usersessions, "usersessions_list"),
    _page("2fa/", factor.index, "mfa_index"),
    _form("2fa/authenticate/", factor.authenticate, "mfa_authenticate"),
    _form("2fa/reauthenticate/", factor.reauthenticate, "mfa_reauthenticate"),
    _form("2fa/totp/activate/", totp.activate_totp, "mfa_activate_totp"),
    _form("2fa/totp/deactivate/", totp.deactivate_totp, "mfa_deactivate_totp"),
    _page("2fa/recovery-codes/", recovery.view_recovery_codes, "mfa_view_recovery_codes"),
    _form("2fa/recovery-codes/generate/", recovery.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _page("2fa/webauthn/", key.list_webauthn, "mfa_list_webauthn"),
    _form("2fa/webauthn/add/", key.add_webauthn, "mfa_add_webauthn"),
    _form("2fa/webauthn/reauthenticate/", key.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    _form("2fa/webauthn/keys/<int:pk>/remove/", key.remove_webauthn, "mfa_remove_webauthn"),
    _form("2fa/webauthn/keys/<int:pk>/edit/", key.edit_webauthn, "mfa_edit_webauthn"),
]
