"""What whoever runs a node does from a terminal: people and rows. Imported after `beginning.set_up`."""

from __future__ import annotations

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from riskshed.errors import InputError, NotFoundError
from riskshed.web import matter, projection
from riskshed.web.models import AdminEvent, Membership
from riskshed.web.node import Node
from riskshed.web.people import appoint


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
        ``people.weak_password``; those of `people.appoint`.
    """
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
    with transaction.atomic():
        known = users.filter(username=user).first()
        person = known or users.create_user(user, password=chosen)
        held = set(Membership.objects.filter(user=person, body=body).values_list("role", flat=True))
        appoint(person, body, officer, held | {role}, node)
    return "" if known else chosen


def forget(node: Node, statement: str) -> matter.Forgotten:
    """Forget what the node keeps of a statement beside the log, and write down for auditors that it did.

    Raises
    ------
    NotFoundError
        ``node.no_statement``.
    """
    seen = node.seen(statement)
    if seen is None:
        told = f"there is no statement {statement[:12]} on the record"
        raise NotFoundError("node.no_statement", told, todo="Give its whole id, as the log shows it.")
    gone = matter.forget(node, seen.statement)
    details = {"statement": statement, **gone._asdict()}
    AdminEvent.objects.create(
        who="terminal", body=node.profile.body, act="matter.forgotten", about=statement[:12], details=details
    )
    return gone


def rebuild(node: Node) -> int:
    """Drop the rows of statements and draw them again from the log; returns how many."""
    return projection.rebuild(node)


def compare(node: Node) -> list[int]:
    """Places at which the rows differ from the log."""
    return projection.compare(node)
