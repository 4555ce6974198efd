"""Administration of machines and of the node: tokens, standing orders, how the node is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from allauth.account.decorators import reauthentication_required
from cryptography import x509
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from riskshed.errors import InputError
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.web import admin_events, environment, house, record_proof, tokens, wording
from riskshed.web.access import allowed, check
from riskshed.web.current import node
from riskshed.web.forms import refusal_words
from riskshed.web.models import Token
from riskshed.web.node import Node
from riskshed.web.pages.administration import draw, faults_of
from riskshed.web.pages.own_account import role_words
from riskshed.web.people import acting
from riskshed.web.wording import say

DAYS_OFFERED = 90


class TokenForm(forms.Form):
    """What a token is for, what it may, and how long."""

    name = forms.CharField(max_length=tokens.NAME_CHARS_MAX)
    roles = forms.MultipleChoiceField(choices=[(one, one) for one in tokens.MACHINE_ROLES])
    days = forms.IntegerField(min_value=1, max_value=tokens.DAYS_MAX)


@allowed("tokens.manage")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """The tokens of the body; a POST makes one, and shows it for the only time."""
    return _make(request) if request.method == "POST" else _page(request)


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    rows = Token.objects.filter(body=acting(request).body).select_related("made_by").order_by("-made_at")
    return draw(
        request,
        "riskshed/administration_tokens.html",
        status=status,
        rows=[{"row": one, "state": _state(one, now), "roles": role_words(one.roles)} for one in rows],
        roles=[
            {"value": one, "word": wording.ROLES[one].said(wording.tongue())}
            for one in tokens.offered(acting(request).body)
        ],
        days=DAYS_OFFERED,
        days_max=tokens.DAYS_MAX,
        **more,
    )


def _state(row: Token, now: datetime) -> str:
    if row.revoked is not None:
        return "revoked"
    return "valid" if row.expires > now else "over"


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def _make(request: HttpRequest) -> HttpResponse:
    form, body = TokenForm(request.POST), acting(request).body
    if not form.is_valid():
        return _page(request, status=400, faults=faults_of(form))
    given = form.cleaned_data
    try:
        row, secret = tokens.make(body, given["name"], given["roles"], given["days"], request.user)
    except InputError as error:
        return _page(request, status=400, faults=[{"field": "", "what": refusal_words(error)}])
    admin_events.record(request, body, "token.made", row.name, token=row.pk, roles=row.roles)
    return _page(request, made=row, secret=secret)


@allowed("tokens.manage")
@require_POST
def revoke_token(request: HttpRequest, number: int) -> HttpResponse:
    """Revoke a token of the body; it opens nothing from now on."""
    body = acting(request).body
    row = Token.objects.filter(pk=number, body=body).first()
    if row is None:
        raise Http404
    tokens.revoke(row)
    admin_events.record(request, body, "token.revoked", row.name, token=row.pk)
    messages.success(request, say("令牌已撤销。", "The token is revoked."))
    return redirect("administration-tokens")


# --------------------------------------------------------------------------------------- standing orders


@allowed("people.manage")
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """What the node may say for the body without asking; it stands in `node.toml`, and is only shown here."""
    held = node().profile.order(acting(request).body)
    level = "" if held.warnings_up_to == "none" else wording.grade(held.warnings_up_to)
    return draw(request, "riskshed/administration_orders.html", orders=held, level=level)


# -------------------------------------------------------------------------------------------------- node


@dataclass(frozen=True, slots=True)
class Health:
    """How the node is: version, log, witnesses, disk, certificate; None where it is not known.

    Attributes
    ----------
    version : str
    entries : int
        In the log.
    refused : int
        Entries that do not count.
    witnesses : tuple of str
        Who put a line under the last checkpoint.
    free_bytes, disk_bytes : int
    certificate : datetime or None
        When the certificate of the server ends; None where a proxy holds it.
    """

    version: str
    entries: int
    refused: int
    witnesses: tuple[str, ...]
    witnessed: int | None
    free_bytes: int
    disk_bytes: int
    certificate: datetime | None


def health_of(living: Node, certificate: Path | None) -> Health:
    """How a node is."""
    disk = shutil.disk_usage(living.home)
    note = SignedNote.parse(record_proof.head(living))
    signers = record_proof.cosigners(note, record_proof.verifier(living))
    return Health(
        version=version("riskshed"),
        entries=living.log.size,
        refused=len(living.record.refused),
        witnesses=signers,
        witnessed=Checkpoint.parse(note.text).size if signers else None,
        free_bytes=disk.free,
        disk_bytes=disk.total,
        certificate=_ends(certificate),
    )


def _ends(certificate: Path | None) -> datetime | None:
    if certificate is None or not certificate.is_file():
        return None
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except ValueError:
        return None


@allowed("node.manage")
@require_safe
def node_health(request: HttpRequest) -> HttpResponse:
    """How the node is: for who administers the body whose node it is."""
    living = node()
    check(request, "node.manage", body=living.profile.body)
    given = environment.read().values.get("TLS_CERTIFICATE")
    found = health_of(living, Path(given) if given else None)
    return draw(
        request,
        "riskshed/administration_node.html",
        health=found,
        free_gb=found.free_bytes / 1e9,
        disk_gb=found.disk_bytes / 1e9,
        url=living.profile.url,
        witnesses=say("、", ", ").join(found.witnesses),
        standings=house.witnesses(),
    )
