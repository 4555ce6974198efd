"""The record as plain files, for peers, mirrors and auditors: C2SP tlog-tiles, and files by their digest.

A tile and a file never change once they are there, so they may be kept for ever by whoever carries them; the
checkpoint is the only one that does change. Nobody signs in for these: that anybody can audit is the point.
What the node does as a witness for others stands in `pages.witness`.
"""

from __future__ import annotations

import hashlib
import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from riskshed.errors import MalformedError, NotFoundError
from riskshed.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, TileAt, encode_bundle, parse_path
from riskshed.web import record_proof
from riskshed.web.current import node
from riskshed.web.open_door import open_to_all

FOR_EVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=2, must-revalidate"
_DIGEST = re.compile(r"[0-9a-f]{64}")
BYTES_TYPE, TEXT_TYPE = "application/octet-stream", "text/plain; charset=utf-8"


@open_to_all("record.fetch")
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The last checkpoint, as a signed note."""
    return file_answer(request, record_proof.head(node()), TEXT_TYPE, SHORTLY)


@open_to_all("record.fetch")
@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile of hashes or a bundle of entries, whole or partial, if the checkpoint promises it."""
    try:
        at = parse_path(f"tile/{path}")
    except MalformedError as error:
        raise Http404(error.what) from error
    return file_answer(request, _tile(at), BYTES_TYPE, FOR_EVER)


def _tile(at: TileAt) -> bytes:
    log = node().log
    there = (log.size >> TILE_HEIGHT * (at.level or 0)) - at.index * TILE_WIDTH
    if at.width > there:
        raise Http404(f"the log of {log.size} entries has no {at.path}")
    first = at.index * TILE_WIDTH
    try:
        if at.level is None:
            return encode_bundle(log.entries(first, first + at.width))
        return log.tile(at.level, at.index, at.width)
    except NotFoundError as error:
        raise Http404(error.what) from error


@open_to_all("record.fetch")
@require_safe
def kept_file(request: HttpRequest, digest: str) -> HttpResponse:
    """A file that statements name. It is somebody's bytes: to be saved, never shown as a page of ours."""
    name = digest.removeprefix("sha256:")
    data = node().file(name) if _DIGEST.fullmatch(name) else None
    if data is None:
        raise Http404("this node has no such file")
    answer = file_answer(request, data, BYTES_TYPE, FOR_EVER, etag=name)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def file_answer(request: HttpRequest, data: bytes, kind: str, cache: str, *, etag: str = "") -> HttpResponse:
    """The answer with these bytes, or 304 to who has them."""
    answer = HttpResponse(data, content_type=kind)
    named = f'"{etag or hashlib.sha256(data).hexdigest()}"'
    answer["ETag"], answer["Cache-Control"] = named, cache
    answer["Access-Control-Allow-Origin"] = "*"
    found = get_conditional_response(request, etag=named, response=answer)
    assert isinstance(found, HttpResponse), "a request without conditions gets the answer itself"
    found["Cache-Control"] = cache
    return found
