"""What everybody sees without an account: the warnings that hold, what to do, and a form to report a hazard.

The page is a file (`public_files`); here it is served, and a report is taken. A report is said by the body
that runs this node, as unconfirmed, and goes to all who are downstream like any other: nobody approves it
first. No name, number or address is asked for, and none is kept with it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.errors import RiskshedError
from riskshed.governance.draft import Draft
from riskshed.statement import StatementError, read, time_text
from riskshed.web import fault_pages, forms, frame, public_files, speaking, wording
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.forms import Hidden, Known, Moment, Sheet, Text
from riskshed.web.open_door import open_to_all
from riskshed.web.wording import say

OFFICER = "public-report"
"""The post under which a report of the public stands."""
CACHE = "public, max-age=30, must-revalidate"
TYPES = {"html": "text/html; charset=utf-8", "json": "application/json", "css": "text/css; charset=utf-8",
         "svg": "image/svg+xml"}  # fmt: skip
WORDS_MAX, WHERE_MAX = 1_000, 200
AGO_MAX = timedelta(days=30)


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


class ReportForm(Sheet):
    """What somebody saw; `website` is for machines that fill in everything, and stays empty for people."""

    what = Text("看到什么（必填）", "What you saw (needed)", rows=4)
    city = Known("哪个城市（必填）", "In which city (needed)")
    where = Text("具体地点（可不填）", "Where exactly (may be left out)")
    seen_at = Moment("何时看到（不填为现在）", "When you saw it (now, if left out)")
    website = Hidden()

    def clean_what(self) -> str:
        """Needed, and of a length that an officer reads."""
        text = str(self.cleaned_data["what"]).strip()
        if not text:
            raise django_forms.ValidationError(say("请写看到了什么", "say what you saw"))
        return _fits(text, WORDS_MAX)

    def clean_where(self) -> str:
        """Of a length that an officer reads."""
        return _fits(str(self.cleaned_data["where"]).strip(), WHERE_MAX)

    def clean_city(self) -> str:
        """One of those of the node; "elsewhere" is a choice."""
        code = str(self.cleaned_data["city"])
        if code not in {value for value, _ in cities()}:
            raise django_forms.ValidationError(say("请选择城市", "choose a city"))
        return code

    def clean_seen_at(self) -> datetime:
        """Not in the future, and not a month ago."""
        now = node().now()
        at: datetime = self.cleaned_data["seen_at"] or now
        if at > now:
            raise django_forms.ValidationError(say("时间在将来", "that is in the future"))
        if at < now - AGO_MAX:
            raise django_forms.ValidationError(
                say("超过 30 天，请电话报告", "more than 30 days ago: please telephone")
            )
        return at


def _fits(text: str, most: int) -> str:
    if len(text) > most:
        raise django_forms.ValidationError(say(f"最多 {most} 个字", f"at most {most} characters"))
    return text


ELSEWHERE = "elsewhere"


def cities() -> list[tuple[str, str]]:
    """Where something can be seen: the cities of the node, and elsewhere."""
    named = [
        (one.code, str(wording.words({"zh": one.name_zh, "en": one.name_en}))) for one in node().region.cities
    ]
    return [*named, (ELSEWHERE, say("其他地方", "elsewhere"))]


@allowed("hazard.report")
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form with which anybody reports a hazard."""
    offer = {"city": [("", say("请选择", "choose")), *cities()]}
    form = ReportForm(request.POST if request.method == "POST" else None, offer=offer)
    if request.method != "POST" or not form.is_valid():
        return _draw_report(request, form, 400 if request.method == "POST" else 200)
    if form.cleaned_data["website"]:
        # A machine learns nothing: it is thanked, and nothing is said.
        return HttpResponseRedirect(reverse("public-thanks"))
    try:
        said = _file(form)
    except RiskshedError as error:
        forms.blame(form, error)
        return _draw_report(request, form, fault_pages.status_of(error))
    place = node().index_of(said)
    assert place is not None, "what was said is in the log"
    return HttpResponseRedirect(f"{reverse('public-thanks')}?entry={place}")


def _file(form: ReportForm) -> str:
    """Say it, by the body that runs the node, in the language in which it was written."""
    given = form.cleaned_data
    where = given["where"]
    text = given["what"] + (say(f"（地点：{where}）", f" (where: {where})") if where else "")
    body: dict[str, Any] = {
        "what": {wording.tongue(): text},
        "seen_at": time_text(given["seen_at"]),
        "verified": False,
    }
    if given["city"] != ELSEWHERE:
        body["place"] = given["city"]
    desk = node().desk(node().profile.body, OFFICER)
    return speaking.once(desk, [Draft("FieldReportFiled", desk.body, None, None, body)]).ids[0]


def _draw_report(request: HttpRequest, form: ReportForm, status: int) -> HttpResponse:
    return frame.draw(request, "riskshed/public_report.html", status=status, form=form)


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
