"""The CAP feed as the files that the node keeps (`delivery_feed`), and whether the node is well."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from riskshed.errors import RiskshedError
from riskshed.web import house, public_files
from riskshed.web.current import node
from riskshed.web.delivery_feed import ATOM_FILE, FOLDER, MESSAGES
from riskshed.web.living_log import ROOM_BYTES
from riskshed.web.open_door import open_to_all
from riskshed.web.pages.record_files import FOR_EVER, file_answer

_MESSAGE = re.compile(r"[0-9a-f]{64}\.xml")
ATOM_TYPE, CAP_TYPE = "application/atom+xml; charset=utf-8", "application/cap+xml; charset=utf-8"
FEED_CACHE = "public, max-age=5, must-revalidate"


@open_to_all("record.fetch")
@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """The feed of warnings that stand."""
    return file_answer(request, _bytes(Path(ATOM_FILE)), ATOM_TYPE, FEED_CACHE)


@open_to_all("record.fetch")
@require_safe
def message(request: HttpRequest, name: str) -> HttpResponse:
    """The CAP message of one warning; it never changes."""
    if not _MESSAGE.fullmatch(name):
        raise Http404(name)
    return file_answer(request, _bytes(Path(MESSAGES) / name), CAP_TYPE, FOR_EVER)


def _bytes(path: Path) -> bytes:
    try:
        return (node().home / public_files.FOLDER / FOLDER / path).read_bytes()
    except OSError as error:
        raise Http404(str(path)) from error


@open_to_all("health.see")
@require_safe
def health(_: HttpRequest) -> HttpResponse:
    """200 if log and database answer, the disk has room and all is delivered; else 503 with what is not."""
    found = {"log": _log_answers(), "database": _database_answers(), "deliveries": not house.trouble()}
    found["disk"] = _disk_has_room()
    answer = JsonResponse(found | {"clock": _clock_runs()}, status=200 if all(found.values()) else 503)
    answer["Cache-Control"] = "no-store"
    return answer


def _log_answers() -> bool:
    try:
        living = node()
        living.record.follow(living.now())
        living.log.check()
    except RiskshedError:
        return False
    return True


def _disk_has_room() -> bool:
    """Whether the disk of the node has room: a full one can still be read, and refuses whatever comes."""
    try:
        return shutil.disk_usage(node().home).free >= ROOM_BYTES
    except (RiskshedError, OSError):
        return False


def _clock_runs() -> bool:
    """Whether the clock of the machine was not set back: the node goes on all the same."""
    try:
        return not node().steady.behind
    except RiskshedError:
        return False


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
