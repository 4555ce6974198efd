"""The open side: what it offers; which parties are on record; how one comes in; who has checked whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from riskshed.errors import RiskshedError
from riskshed.governance import parties
from riskshed.governance.standing_parties import PARTY_KINDS
from riskshed.web import (
    access,
    admin_events,
    duty_row,
    fault_pages,
    forms,
    party_door,
    party_mark,
    people,
    public_report,
    seat,
)
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms import Hidden, Known, Moment, One, Sheet, Text
from riskshed.web.forms_message import worded
from riskshed.web.frame import draw
from riskshed.web.models import PartyRequest
from riskshed.web.pages.bodies import KINDS
from riskshed.web.people import acting
from riskshed.web.wording import say

HOW: dict[str, tuple[str, str]] = {
    "public_register": ("公开登记信息", "a public register"),
    "documents": ("证照材料", "documents"),
    "visit": ("上门查看", "a visit"),
    "known_before": ("一贯往来", "known from before"),
}
UNTIL_AT_FIRST = timedelta(days=365)


@allowed("open.see")
@require_safe
def open_desk(request: HttpRequest) -> HttpResponse:
    """Where enterprises and residents begin: the pages of the open side, and what one's own body owes."""
    actor = acting(request)
    owed: list[duty_row.DutyRow] = []
    held = None
    if people.is_party(actor.body):
        standing = node().standing(exercise=actor.exercise)
        held = standing.bodies[actor.body]
        waiting = duty_row.waiting(node().duties(exercise=actor.exercise), actor.body)
        owed = list(duty_row.gathered(duty_row.rows(waiting, standing, node().now(), mine=actor.body)))
    voice = party_mark.voice(actor.body) if held else None
    return draw(request, "riskshed/open.html", held=held, voice=voice, owed=owed)


@allowed("party.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The parties on record, under their kinds, each with who has checked it."""
    standing = node().standing()
    groups: list[dict[str, Any]] = []
    for kind, word in KINDS.items():
        held = [one for one in standing.bodies.values() if one.kind == kind and kind in PARTY_KINDS]
        if held:
            rows = [{"held": one, "voice": parties.voice(standing, one.code)} for one in held]
            groups.append({"word": say(word.zh, word.en), "rows": rows})
    waiting = len(party_door.waiting()) if _decides(request) else 0
    return draw(request, "riskshed/parties.html", groups=groups, waiting=waiting, decides=_decides(request))


def _decides(request: HttpRequest) -> bool:
    return may(acting(request), "party.decide", body=node().profile.body)


class VerifyForm(Sheet):
    """By what a party was checked, and until when that holds."""

    how = One("核验方式", "By what it was checked", lambda: worded(HOW, HOW))
    until = Moment("有效至", "Until when the check holds")


@allowed("party.see")
@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One party: who it is, who says so, and whose name its own looks like."""
    return _draw_one(request, code, None)


def _draw_one(request: HttpRequest, code: str, form: VerifyForm | None, status: int = 200) -> HttpResponse:
    standing, actor = node().standing(), acting(request)
    held = standing.bodies.get(code)
    if held is None or held.kind not in PARTY_KINDS:
        raise Http404(code)
    voice = parties.voice(standing, code)
    may_verify = may(actor, "party.verify", body=actor.body) and parties.may_verify(standing, actor.body)
    if may_verify and form is None:
        form = VerifyForm(initial={"until": node().now() + UNTIL_AT_FIRST})
    return draw(
        request,
        "riskshed/party.html",
        status=status,
        held=held,
        kind=say(KINDS[held.kind].zh, KINDS[held.kind].en),
        voice=voice,
        checked=standing.verified.get(code),
        how=say(*HOW[standing.verified[code].how]) if code in standing.verified else "",
        alike=party_door.alike(node(), dict(held.name), but=(code,)),
        form=form if may_verify else None,
    )


@allowed("party.verify")
@seat.same_desk
@require_POST
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Say that my body has checked who this party is."""
    actor, form = acting(request), VerifyForm(request.POST)
    if code not in node().standing().bodies or not people.is_party(code):
        raise Http404(code)
    if form.is_valid():
        if form.cleaned_data["until"] is None or form.cleaned_data["until"] <= node().now():
            form.add_error("until", say("请填写将来的时间", "a time to come is needed"))
        else:
            try:
                given = form.cleaned_data
                party_door.verify(node(), actor.body, actor.officer, code, given["how"], given["until"])
            except RiskshedError as error:
                forms.blame(form, error)
    if form.errors:
        return _draw_one(request, code, form, 400)
    messages.success(request, say("核验已签名记入日志。", "The check is signed, and on the record."))
    return HttpResponseRedirect(reverse("party", args=[code]))


# ------------------------------------------------------------------------------------------------- joining


class JoinForm(Sheet):
    """Who wants to come in. Nothing of a person is asked for; `website` stays empty for people."""

    kind = One(
        "哪一类", "What sort", lambda: [(one, say(KINDS[one].zh, KINDS[one].en)) for one in party_door.KINDS]
    )
    name_zh = Text("全称（中文）", "Full name (Chinese)")
    name_en = Text("全称（英文，可不填）", "Full name (English; may be left out)")
    city = Known("所在城市", "City")
    registered_as = Text(
        "统一社会信用代码（可不填）",
        "Unified social credit code (may be left out)",
        hint=("用于核对公开登记信息", "By it the public register can be looked up"),
    )
    about = Text("做什么、为何加入", "What you do, and why you want to join", rows=3)
    username = Text(
        "代表的用户名",
        "User name of the representative",
        hint=(
            "2 至 64 个小写字母、数字、点或短横，不用真名",
            "2 to 64 small letters, digits, dots or dashes; no real name",
        ),
    )
    website = Hidden()

    def clean_about(self) -> str:
        """Nothing personal: what is asked for is read by officers, and kept."""
        return public_report.impersonal(str(self.cleaned_data["about"]).strip()[:1_000])

    def clean_registered_as(self) -> str:
        """One line of a code."""
        text = str(self.cleaned_data["registered_as"]).strip().upper()
        if text and not (text.isascii() and text.isalnum() and len(text) == 18):
            raise django_forms.ValidationError(say("是 18 位字母和数字", "18 letters and digits"))
        return text

    def clean_username(self) -> str:
        """As accounts have them."""
        text = str(self.cleaned_data["username"]).strip().lower()
        if people.USER_NAME.fullmatch(text) is None:
            raise django_forms.ValidationError(say("不能用作用户名", "no user name"))
        return text

    def clean(self) -> dict[str, Any]:
        """A name is needed in one language at least."""
        given: dict[str, Any] = super().clean() or {}
        names = [str(given.get(name, "")).strip() for name in ("name_zh", "name_en")]
        given["name_zh"], given["name_en"] = names
        if not any(names):
            self.add_error("name_zh", say("请写全称", "write the full name"))
        if any(len(text) > 100 for text in names):
            self.add_error("name_zh", say("最多 100 个字", "at most 100 characters"))
        if given.get("kind") not in party_door.KINDS:
            self.add_error("kind", say("请选择", "choose one"))
        if given.get("city") not in {code for code, _ in public_report.cities()}:
            self.add_error("city", say("请选择城市", "choose a city"))
        return given


@allowed("party.join")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The form with which an enterprise or organisation asks to come in."""
    posted = request.method == "POST"
    offer = {"city": [("", say("请选择", "choose")), *public_report.cities()]}
    form = JoinForm(request.POST if posted else None, offer=offer)
    if not posted or not form.is_valid():
        return draw(request, "riskshed/party_join.html", status=400 if posted else 200, form=form)
    given = dict(form.cleaned_data)
    if given.pop("website"):
        return HttpResponseRedirect(reverse("parties"))
    if given["city"] == public_report.ELSEWHERE:
        given["city"] = ""
    try:
        secret = party_door.ask(node(), node().now(), **given)
    except RiskshedError as error:
        forms.blame(form, error)
        return draw(request, "riskshed/party_join.html", status=fault_pages.status_of(error), form=form)
    return HttpResponseRedirect(reverse("party-request", args=[secret]))


@allowed("party.join")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_state(request: HttpRequest, secret: str) -> HttpResponse:
    """What became of a request, for who holds its link; a POST goes on to the representative's account."""
    try:
        row = party_door.find(secret)
        if request.method == "POST":
            return HttpResponseRedirect(reverse("invitation-link", args=[party_door.take_up(row)]))
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    link = request.build_absolute_uri(reverse("party-request", args=[secret]))
    return draw(request, "riskshed/party_request.html", row=row, link=link)


@allowed("party.decide")
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Who asks to come in, each with the names that its own looks like."""
    access.check(request, "party.decide", body=node().profile.body)
    rows = [
        {
            "row": row,
            "name": party_door.name_of(row),
            "kind": say(KINDS[row.kind].zh, KINDS[row.kind].en),
            "alike": party_door.alike(node(), party_door.name_of(row)),
        }
        for row in party_door.waiting()
    ]
    until = VerifyForm(initial={"until": node().now() + UNTIL_AT_FIRST})
    return draw(request, "riskshed/party_requests.html", rows=rows, form=until)


@allowed("party.decide")
@seat.same_desk
@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Let a party in, checked or not, or refuse it with a reason."""
    actor = access.check(request, "party.decide", body=node().profile.body)
    row = PartyRequest.objects.filter(pk=number).first()
    if row is None:
        raise Http404
    form, act = VerifyForm(request.POST), request.POST.get("act", "")
    now = node().now()
    try:
        if act == "refuse":
            party_door.refuse(row, now, request.POST.get("reason", "").strip()[:1_000])
        elif act in ("accept", "verify") and form.is_valid():
            how = form.cleaned_data["how"] if act == "verify" else None
            until = form.cleaned_data["until"] or now + UNTIL_AT_FIRST
            party_door.let_in(node(), row, now, officer=actor.officer, how=how or None, until=until)
        else:
            return fault_pages.page(request, 400)
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    done = "party.refused" if act == "refuse" else "party.accepted"
    admin_events.record(request, actor.body, done, row.name_zh or row.name_en)
    messages.success(request, say("已处理。", "Done."))
    return HttpResponseRedirect(reverse("party-requests"))
