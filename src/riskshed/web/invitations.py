"""One link for one person, once: to a post at a body, or to a new password.

An administrator never knows a password. He makes a link and hands it over; it holds for three days, and ends
when it is used or withdrawn. Whoever opens it chooses the password. Only the digest of the link is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from riskshed.errors import InputError, NotFoundError
from riskshed.web import people
from riskshed.web.accounts import end_sessions
from riskshed.web.models import Invitation, Membership

HOURS = 72
RANDOM_BYTES = 32


def invite(
    body: str, username: str, officer: str, roles: Iterable[str], made_by: Any
) -> tuple[Invitation, str]:
    """Invite a person to a post; an account of this name that exists already gets the post as well.

    Returns
    -------
    Invitation, str
        Its row, and the secret of the link: the only time that it is seen.

    Raises
    ------
    InputError
        ``people.name``, ``people.roles``, ``people.post``: what cannot be.
    """
    name, wanted = username.strip().lower(), sorted(set(roles))
    if people.USER_NAME.fullmatch(name) is None:
        raise InputError(
            "people.name",
            "a user name is 2 to 64 small letters, digits, dots or dashes",
            todo="Give every person a name of his own, such as li.wei; no shared accounts.",
        )
    if not wanted:
        raise InputError("people.roles", "an invitation needs at least one role")
    people.check_roles(wanted, body)
    people.check_post(officer)
    if _is_taken(body, officer, name):
        raise InputError(
            "people.post",
            f"the post {officer} belongs to somebody else",
            todo="Give each person a number of his own; accounts are not shared.",
        )
    if Membership.objects.filter(body=body, user__username=name).exists():
        raise InputError("people.name", f"{name} serves this body already", todo="Change the roles there.")
    return _make("join", body, name, made_by, officer=officer, roles=wanted)


def password_link(body: str, user: Any, made_by: Any) -> tuple[Invitation, str]:
    """A link with which a person of a body sets a new password; his sessions end when he does."""
    return _make("password", body, user.get_username(), made_by)


def _make(purpose: str, body: str, username: str, made_by: Any, **more: Any) -> tuple[Invitation, str]:
    secret = secrets.token_urlsafe(RANDOM_BYTES)
    expires = timezone.now() + timedelta(hours=HOURS)
    with transaction.atomic():
        # A newer link takes the place of an older one.
        _open().filter(purpose=purpose, body=body, username=username).update(withdrawn=timezone.now())
        row = Invitation.objects.create(
            digest=digest_of(secret), purpose=purpose, body=body, username=username, made_by=made_by,
            expires=expires, **more,
        )  # fmt: skip
    return row, secret


def _is_taken(body: str, officer: str, username: str) -> bool:
    held = Membership.objects.filter(body=body, officer=officer).exclude(user__username=username)
    promised = _open().filter(body=body, officer=officer, purpose="join").exclude(username=username)
    return held.exists() or promised.exists()


def _open() -> Any:
    return Invitation.objects.filter(used=None, withdrawn=None, expires__gt=timezone.now())


def pending(body: str) -> Any:
    """The invitations of a body that nobody has used yet, the newest first."""
    return _open().filter(body=body).order_by("-made_at")


def withdraw(body: str, number: int) -> Invitation:
    """Withdraw a link of a body. Raises NotFoundError ``invitation.missing``."""
    row = _open().filter(body=body, pk=number).first()
    if row is None:
        raise _missing()
    Invitation.objects.filter(pk=row.pk).update(withdrawn=timezone.now())
    return row  # type: ignore[no-any-return]


def find(secret: str) -> Invitation:
    """The invitation of this link; NotFoundError ``invitation.missing``: used, withdrawn, over, no such."""
    row: Invitation | None = _open().filter(digest=digest_of(secret)).first()
    if row is None:
        raise _missing()
    return row


def account_of(row: Invitation) -> Any | None:
    """The account that an invitation is for, if there is one."""
    return get_user_model().objects.filter(username=row.username).first()


def accept(secret: str, *, password: str | None = None, user: Any = None) -> Invitation:
    """Use a link: the person has this password from now on, or the post that it is about, or both.

    An account that exists keeps its password when it gets a post: an administrator who invites somebody who
    serves another body already must not come into that account. It is its holder who accepts, signed in.

    Parameters
    ----------
    secret : str
    password : str, optional
        Judged before. Needed for a new account and for a new password.
    user : user, optional
        Who is signed in. Needed for a post of an account that exists.

    Raises
    ------
    NotFoundError
        ``invitation.missing``: somebody was faster, it is over, or it is for somebody else.
    InputError
        ``people.post``: the post was given to somebody else meanwhile. Nothing was changed.
    """
    with transaction.atomic():
        row = find(secret)
        if not _open().filter(pk=row.pk).update(used=timezone.now()):
            raise _missing()
        person = account_of(row)
        if row.purpose == "join":
            _join(row, person, password, user)
        elif person is None or password is None:
            raise _missing()
        else:
            person.set_password(password)
            person.save(update_fields=["password"])
            end_sessions(person)
    return row


def _join(row: Invitation, person: Any, password: str | None, user: Any) -> None:
    if person is None:
        if password is None:
            raise _missing()
        person = get_user_model().objects.create_user(row.username, password=password)
    elif user is None or user.pk != person.pk:
        raise _missing()
    people.appoint(person, row.body, row.officer, row.roles)


def digest_of(secret: str) -> str:
    """As it is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _missing() -> NotFoundError:
    return NotFoundError(
        "invitation.missing",
        "this link is not valid: it was used, withdrawn, or is older than three days",
        todo="Ask the administrator of your body for a new one.",
    )
