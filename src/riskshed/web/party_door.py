"""How an enterprise, a chamber or a community organisation comes in that has no key of its own.

It asks, and says under which name; nothing is on the log until an officer of the body that runs the node has
let it in. A name that a reader cannot tell from another one is refused at once; one that merely looks like
another is shown to the officer with the other beside it. Let in, it gets a key that the node holds for it,
joins the record, and may be said to be checked in the same step. Whoever asked follows a link, of which only
the digest is kept, and through it makes the account of its representative. Nobody's name, number or address
is asked for.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from riskshed.errors import InputError, NotFoundError
from riskshed.governance import parties
from riskshed.governance.draft import Draft
from riskshed.governance.parties import Alike
from riskshed.ledger.keyfile import SCRYPT_COST
from riskshed.statement import time_text
from riskshed.web import invitations, speaking
from riskshed.web.founding import Joining, join
from riskshed.web.keyring import ROLES
from riskshed.web.models import PartyRequest
from riskshed.web.node import Node
from riskshed.web.people import REPRESENTATIVE

KINDS = ("enterprise", "utility", "chamber", "community")
"""What can be asked for. A resident needs no body to read, to report or to ask."""
WAITING_MAX = 200
OFFICER = "rep-01"
CODE_BYTES = 5


def ask(node: Node, now: datetime, **facts: str) -> str:
    """Ask that a party be let in; the secret of the link to what becomes of it.

    Parameters
    ----------
    node : Node
    now : datetime
    **facts
        ``kind``, ``name_zh``, ``name_en``, ``city``, ``registered_as``, ``about``, ``username``.

    Raises
    ------
    InputError
        ``party.mixed_scripts``, ``party.name_taken``; ``party.too_many_requests``.
    """
    name = name_of(facts)
    _check_name(node, name)
    if PartyRequest.objects.filter(decided_at=None).count() >= WAITING_MAX:
        told = f"{WAITING_MAX} requests wait to be decided"
        raise InputError("party.too_many_requests", told, todo="Try again in a few days.")
    secret = secrets.token_urlsafe(24)
    PartyRequest.objects.create(digest=invitations.digest_of(secret), made_at=now, **facts)
    return secret


def name_of(facts: Any) -> dict[str, str]:
    """The name of a request, in the languages in which it has one."""
    get = facts.get if isinstance(facts, dict) else lambda name: getattr(facts, name)
    return {tongue: text for tongue in ("zh", "en") if (text := get(f"name_{tongue}"))}


def _check_name(node: Node, name: dict[str, str]) -> None:
    for text in name.values():
        mixed = parties.mixed_scripts(text)
        if mixed:
            told = f"the name mixes letters of {' and '.join(one.title() for one in mixed)}"
            raise InputError("party.mixed_scripts", told, todo="Write it in one alphabet.")
    same = [one for one in alike(node, name) if one.same]
    if same:
        told = f"the name cannot be told from that of {same[0].code}, {same[0].name}"
        todo = "Use the full registered name. If it is you, ask its administrator for an invitation."
        raise InputError("party.name_taken", told, todo=todo)


def alike(node: Node, name: dict[str, str], *, but: tuple[str, ...] = ()) -> tuple[Alike, ...]:
    """The bodies and cities whose names a name looks like."""
    return parties.alike(name, node.names(), but=but)


def find(secret: str) -> PartyRequest:
    """The request of a link. Raises NotFoundError ``invitation.missing``."""
    row = PartyRequest.objects.filter(digest=invitations.digest_of(secret)).first()
    if row is None:
        told = "there is no request with this link"
        raise NotFoundError("invitation.missing", told, todo="Look whether the link is whole.")
    return row


def waiting() -> list[PartyRequest]:
    """The requests that nobody has decided, the oldest first."""
    return list(PartyRequest.objects.filter(decided_at=None).order_by("made_at", "id"))


def let_in(
    node: Node, row: PartyRequest, now: datetime, *, officer: str, how: str | None, until: datetime | None
) -> str:
    """Let a party in: it gets a key, joins, and is said to be checked if `how` says by what; its code.

    Raises
    ------
    InputError
        ``party.decided``: somebody was faster. ``party.name_taken``: another of that name came meanwhile.
    RiskshedError
        It could not be said; then nothing of it is left, and the request waits as before.
    """
    with speaking.one_at_a_time():
        _check_name(node, name_of(row))
        code = f"party-{secrets.token_hex(CODE_BYTES)}"
        if not PartyRequest.objects.filter(pk=row.pk, decided_at=None).update(decided_at=now, body=code):
            raise _decided()
        try:
            _join(node, Joining(code, row.kind, name_of(row), city=row.city or None))
        except BaseException:
            PartyRequest.objects.filter(pk=row.pk).update(decided_at=None, body="")
            raise
        if how is not None and until is not None:
            verify(node, node.profile.body, officer, code, how, until, registered_as=row.registered_as)
    return code


def _join(node: Node, joining: Joining) -> None:
    cost = 2**4 if node.profile.is_demo else SCRYPT_COST
    for role in ROLES:
        node.keys.make(joining.code, role, cost=cost)
    try:
        join(node, joining)
    except BaseException:
        if joining.code not in node.standing().bodies:
            for role in ROLES:
                node.keys.discard(joining.code, role)
        raise


def refuse(row: PartyRequest, now: datetime, reason: str) -> None:
    """Do not let it in, and say why. Raises InputError ``party.decided``."""
    decided = PartyRequest.objects.filter(pk=row.pk, decided_at=None)
    if not decided.update(decided_at=now, reason=reason):
        raise _decided()


def _decided() -> InputError:
    return InputError("party.decided", "this request was decided already")


def take_up(row: PartyRequest) -> str:
    """The secret of the invitation of its representative: he who asked made no account yet, or lost the link.

    Raises
    ------
    InputError
        ``party.not_let_in``; ``people.name``: the account is there, so that the link gives nobody another.
    """
    if not row.body:
        told = "the request is not decided, or was not accepted"
        raise InputError("party.not_let_in", told, todo="Come back to this link later.")
    with transaction.atomic():
        _, secret = invitations.invite(row.body, row.username, OFFICER, [REPRESENTATIVE], None)
    return secret


def verify(
    node: Node, by: str, officer: str, code: str, how: str, until: datetime, *, registered_as: str = ""
) -> str:
    """Say that a body has checked who a party is, under the name that it bears now; the id."""
    held = node.standing().bodies[code]
    body = {"party": code, "name": dict(held.name), "how": how, "until": time_text(until)}
    if registered_as:
        body["registered_as"] = registered_as
    draft = Draft("PartyVerified", by, None, None, body)
    return speaking.once(node.desk(by, officer), [draft]).ids[0]
