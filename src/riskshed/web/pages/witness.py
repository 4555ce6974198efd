"""What neighbours ask of this node as a witness (C2SP tlog-witness); nothing, unless its operator wants that.

    POST /witness/add-checkpoint       cosign this checkpoint, if the log has only grown
    GET  /witness/<hash>/checkpoint    the last one that was cosigned, by the hash of the origin of the log

Nobody signs in: a request counts by the signature of the log that it carries, so there is also nothing that a
page elsewhere could make a browser do (no CSRF token is asked for). How much and how often is limited.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from riskshed.ledger.witness import BODY_BYTES_MAX, TEXT_TYPE, Cosigner
from riskshed.web import witness_role
from riskshed.web.access import allowed
from riskshed.web.open_door import open_to_all
from riskshed.web.pages.record_files import SHORTLY, file_answer


def _cosigner() -> Cosigner:
    found = witness_role.cosigner()
    if found is None:
        raise Http404("this node is no witness")
    return found


@csrf_exempt
@allowed("witness.ask")
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign, or say why not, with the statuses of the protocol."""
    witness = _cosigner()
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = request.read(BODY_BYTES_MAX + 1)
    if len(body) > BODY_BYTES_MAX:
        return HttpResponse(f"want at most {BODY_BYTES_MAX} bytes\n", status=413, content_type=TEXT_TYPE)
    reply = witness.add_checkpoint(body)
    answer = HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
    answer["Cache-Control"] = "no-store"
    return answer


@open_to_all("record.fetch")
@require_safe
def seen(request: HttpRequest, log: str) -> HttpResponse:
    """The last checkpoint of a log that was cosigned here."""
    note = _cosigner().checkpoint(log)
    if note is None:
        raise Http404("no checkpoint of such a log was cosigned here")
    return file_answer(request, note, TEXT_TYPE, SHORTLY)
