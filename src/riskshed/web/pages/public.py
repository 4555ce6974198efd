"""What everybody sees without an account: the warnings that hold, what to do, and a form to report a hazard.

The page is a file (`public_files`); here it is served, and a report is taken. A report is said by the body
that runs this node, as unconfirmed, and goes to all who are downstream like any other: nobody approves it
first. No name, number or address is asked for, and none is kept with it.
"""

from __future__ import annotations

import hashlib

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.errors import RiskshedError
from riskshed.statement import StatementError, read
from riskshed.web import (
    fault_pages,
    forms,
    frame,
    public_files,
    public_report,
    security_headers,
    wording,
)
from riskshed.web.access import TooOftenError, allowed
from riskshed.web.current import node
from riskshed.web.open_door import open_to_all
from riskshed.web.public_report import OFFICER, ReportForm
from riskshed.web.wording import say

CACHE = "public, max-age=30, must-revalidate"
TYPES = {"html": "text/html; charset=utf-8", "json": "application/json", "css": "text/css; charset=utf-8",
         "svg": "image/svg+xml", "js": "text/javascript; charset=utf-8"}  # fmt: skip


@open_to_all("public.see")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page in the language of the reader."""
    name = public_files.PAGES["en" if wording.tongue() == "en" else "zh-hans"]
    answer = _serve(request, name)
    patch_vary_headers(answer, ["Cookie"])  # a choice of language is kept in one
    return answer


@open_to_all("public.see")
@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """One of the files of the page, by its own name."""
    return _serve(request, name)


def _serve(request: HttpRequest, name: str) -> HttpResponse:
    data = public_files.keeper(node()).files().get(name)
    if data is None:
        raise Http404("the public page has no such file")
    answer = HttpResponse(data, content_type=TYPES[name.rpartition(".")[2]])
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    answer["ETag"] = etag
    if name.endswith(".html"):
        answer["Content-Language"] = "en" if ".en." in name else "zh-Hans"
    found = get_conditional_response(request, etag=etag, response=answer)
    assert isinstance(found, HttpResponse), "a request without conditions gets the answer itself"
    found["Cache-Control"] = CACHE
    return found


# ------------------------------------------------------------------------------------------------ reporting


@allowed("hazard.report")
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form with which anybody reports a hazard."""
    offer = {"city": [("", say("请选择", "choose")), *public_report.cities()]}
    posted = request.method == "POST"
    form = ReportForm(request.POST if posted else None, request.FILES if posted else None, offer=offer)
    if not posted or not form.is_valid():
        return _draw_report(request, form, 400 if posted else 200)
    if form.cleaned_data["website"]:
        # A machine learns nothing: it is thanked, and nothing is said.
        return HttpResponseRedirect(reverse("public-thanks"))
    try:
        said = public_report.take(request, form)
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_report(request, form, fault_pages.status_of(error))
    except TooOftenError as error:
        told = say(
            "此刻报告很多，暂不能再收。请稍后再试；有危险请拨打 110、119 或 120。",
            "Very many reports are coming in; no more can be taken just now. Try again later; in danger call "
            "110, 119 or 120.",
        )
        form.add_error(None, told)
        answer = _draw_report(request, form, 429)
        answer["Retry-After"] = str(error.wait_s)
        return answer
    place = node().index_of(said)
    assert place is not None, "what was said is in the log"
    return HttpResponseRedirect(f"{reverse('public-thanks')}?entry={place}")


def _draw_report(request: HttpRequest, form: ReportForm, status: int) -> HttpResponse:
    answer = frame.draw(request, "riskshed/public_report.html", status=status, form=form)
    # The page may ask the telephone where it is, if its holder presses the button; no other page may.
    answer["Permissions-Policy"] = security_headers.FEATURES.replace("geolocation=()", "geolocation=(self)")
    return answer


@allowed("public.see")
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """What has become of a report: its place in the log, and that it is unconfirmed."""
    text = request.GET.get("entry", "")
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    if place is not None and not _is_report(place):
        raise Http404("no report of the public stands there")
    return frame.draw(request, "riskshed/public_thanks.html", place=place)


def _is_report(place: int) -> bool:
    if place >= node().log.size:
        return False
    try:
        said = read(node().entry(place))
    except StatementError:
        return False
    return said.kind == "FieldReportFiled" and said.officer == OFFICER
