"""To be told by mail what is new about a list: the wish, and the page of the link in the mails.

Opening a link does nothing: mail programs open links by themselves. A button begins it, and another ends it;
a mail program ends it with the POST of RFC 8058, which has no cookie and needs none: the link itself is the
permission, and nobody else has it.
"""

from __future__ import annotations

import hashlib

from django import forms as django_forms
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from riskshed.errors import RiskshedError
from riskshed.web import access, fault_pages, follow_mail, frame
from riskshed.web import community_board as board
from riskshed.web.access import Pace, allowed
from riskshed.web.current import node
from riskshed.web.forms import Hidden, Sheet, Text
from riskshed.web.pages.follow import asked
from riskshed.web.wording import say

PACE_OF_ADDRESS = Pace(3, 86_400)
"""Mails that ask the same address whether it is his."""
PACE_OF_NODE = Pace(600, 3_600)
"""And mails that ask anybody: who has many addresses must not make a bomb of this node."""
ADDRESS_MAX = 254


class MailForm(Sheet):
    """An address; `website` is for machines that fill in everything, and stays empty for people."""

    address = Text("电子邮箱", "E-mail address")
    address.widget = django_forms.EmailInput(attrs={"autocomplete": "email"})
    website = Hidden()

    def clean_address(self) -> str:
        """One address, as mail servers take it."""
        address = str(self.cleaned_data["address"]).strip()
        try:
            if len(address) > ADDRESS_MAX:
                raise django_forms.ValidationError("long")
            validate_email(address)
        except django_forms.ValidationError as error:
            told = say("请填写一个电子邮箱地址", "write one e-mail address")
            raise django_forms.ValidationError(told) from error
        return address


@allowed("follow.mail")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form with an address for the list in the address of the page; the answer is the same for any."""
    given = request.POST if request.method == "POST" else request.GET
    subjects, _ = asked(given)
    if not subjects:
        return HttpResponseRedirect(board.HOME + "mine/")
    form = MailForm(request.POST if request.method == "POST" else None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and not form.cleaned_data["website"]:
        address = form.cleaned_data["address"]
        digest = hashlib.sha256(address.lower().encode()).hexdigest()[:24]
        access.keep_pace(request, "follow.mail.to", PACE_OF_ADDRESS, who=f"mail {digest}")
        access.keep_pace(request, "follow.mail.all", PACE_OF_NODE, who="node")
        follow_mail.ask(address, subjects, str(get_language()), timezone.now())
    return frame.draw(
        request,
        "riskshed/follow_mail.html",
        status=200 if is_sent or request.method != "POST" else 400,
        form=form,
        faults=[] if is_sent else form.wrong(),
        followed=[board.thing(node(), one) for one in subjects],
        back=board.listed_at(subjects),
        is_sent=is_sent,
    )


@csrf_exempt
@allowed("follow.mail")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, link: str) -> HttpResponse:
    """What the link of a mail leads to: to begin, or to end it."""
    by_program = request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"
    return (_page if by_program else csrf_protect(_page))(request, link)


def _page(request: HttpRequest, link: str) -> HttpResponse:
    now = timezone.now()
    try:
        row = follow_mail.find(link, now)
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    followed = [board.thing(node(), one) for one in follow_mail.subjects_of(row)]
    state = "confirmed" if row.confirmed else "waiting"
    if request.method == "POST":
        if request.POST.get("act") == "begin":
            follow_mail.confirm(node(), row, now)
            state = "begun"
        else:
            follow_mail.end(row)
            state = "ended"
    return frame.draw(
        request,
        "riskshed/follow_mail_link.html",
        state=state,
        followed=followed,
        listed=board.listed_at([one.subject for one in followed]),
    )
