"""What whoever runs a node does from a terminal: tables, people, rows."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import django
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from riskshed.errors import InputError, NotFoundError
from riskshed.web.environment import Environment
from riskshed.web.node import Node


def prepare(given: Environment) -> None:
    """Let Django read its settings, and bring the tables up to date; the folder of the node must be there.

    Raises
    ------
    NotFoundError
        ``node.missing``.
    """
    if not given.home.is_dir():
        told = f"there is no node in {given.home}"
        raise NotFoundError("node.missing", told, todo="Make one: riskshed node init")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskshed.web.settings")
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    database = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and Path(database).is_file():
        Path(database).chmod(0o600)


def add_person(node: Node, user: str, body: str, role: str, officer: str, password: str | None = None) -> str:
    """Give a person a role at a body, with an account if there is none yet; returns a password that is new.

    Parameters
    ----------
    node : Node
    user : str
        Name of the account.
    body, role, officer : str
        The body must be on the record; `officer` is the number of the post.
    password : str, optional
        Without it, one that nobody could guess.

    Raises
    ------
    NotFoundError
        ``people.no_body``.
    InputError
        ``people.weak_password``; ``people.post_taken``, the post is another person's.
    """
    from riskshed.web.models import Membership  # noqa: PLC0415  needs Django to be ready

    if body not in node.standing().bodies:
        told = f"there is no body {body} on the record"
        raise NotFoundError("people.no_body", told, todo="Let it join first, or look at its code.")
    users = get_user_model().objects
    chosen = password or secrets.token_urlsafe(15)
    try:
        validate_password(chosen)
    except ValidationError as error:
        told = "the password is too weak: " + " ".join(error.messages)
        raise InputError("people.weak_password", told, todo="Choose a longer one.") from error
    try:
        with transaction.atomic():
            known = users.filter(username=user).first()
            person = known or users.create_user(user, password=chosen)
            Membership.objects.get_or_create(user=person, body=body, role=role, defaults={"officer": officer})
    except IntegrityError as error:
        told = f"the post {officer} of {body} is another person's"
        raise InputError("people.post_taken", told, todo="Give another number.") from error
    return "" if known else chosen


def rebuild(node: Node) -> int:
    """Drop the rows of statements and draw them again from the log; returns how many."""
    from riskshed.web import projection  # noqa: PLC0415  needs Django to be ready

    return projection.rebuild(node)


def compare(node: Node) -> list[int]:
    """Places at which the rows differ from the log."""
    from riskshed.web import projection  # noqa: PLC0415  needs Django to be ready

    return projection.compare(node)
