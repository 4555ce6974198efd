"""Notices: what neighbours have told us and how we answer; what we have told them and what they answered.

A city cannot warn inside another city, so it tells its neighbour directly, and the neighbour acknowledges,
then adopts or declines. From the list an answer is two taps: to the notice with the answer chosen, and the
button that signs. Declining is three, because it needs a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.desk import Desk
from riskshed.errors import RiskshedError, StoreError
from riskshed.governance import notice_answer, relay
from riskshed.governance.draft import Draft
from riskshed.governance.message import drill
from riskshed.governance.relay import Relay
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Answer, NoticeStanding
from riskshed.web import (
    access,
    addresses,
    fault_pages,
    forms,
    frame,
    house,
    notice_row,
    seat,
    speaking,
    undelivered,
    warning_draft,
)
from riskshed.web.access import allowed
from riskshed.web.acting_tabs import acting_tabs
from riskshed.web.current import node
from riskshed.web.forms_message import AnswerForm, WarningForm, message_initial, named
from riskshed.web.notice_row import NoticeRow
from riskshed.web.pages import warnings
from riskshed.web.people import Actor, acting
from riskshed.web.wording import say, words

ROWS_ON_PAGE = 40
VIEWS = ("to", "by", "all")


# ------------------------------------------------------------------------------------------------ the list


@allowed("notice.see")
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The notices to my body, by it, or of all, those that wait for an answer first."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    view = request.GET.get("view", "to")
    view = view if view in VIEWS else "to"
    incident = request.GET.get("incident", "")
    chosen = [one for one in standing.notices.values() if _is_in(one, view, incident, actor, standing)]
    rows = notice_row.waiting_first(_rows(standing, chosen, actor))
    pages = Paginator(rows, ROWS_ON_PAGE).get_page(request.GET.get("page"))
    return frame.draw(
        request,
        "riskshed/notices.html",
        tabs=acting_tabs("notices", actor),
        views=_views(view, incident),
        view=view,
        incident=incident,
        incidents=_incidents(standing),
        pages=pages,
        query=urlencode({"view": view, "incident": incident}),
        waiting=sum(one.is_waiting for one in rows),
        relays=_relays(standing, actor),
        undelivered=_undelivered(actor),
        may_send=access.may(actor, "notice.send", body=actor.body),
        may_answer=access.may(actor, "notice.answer", body=actor.body),
    )


def _undelivered(actor: Actor) -> int:
    """How much of what my body said was given up; nothing while the book cannot be read: health says so."""
    outbox = house.outbox()
    try:
        return len(undelivered.seen_by(actor, node(), outbox.given_up())) if outbox is not None else 0
    except StoreError:
        return 0


def _is_in(one: NoticeStanding, view: str, incident: str, actor: Actor, standing: Standing) -> bool:
    if incident:
        known = standing.incidents.get(incident)
        if one.about not in {incident, *(known.same_as if known else ())}:
            return False
    return view == "all" or (actor.body in one.to if view == "to" else one.by == actor.body)


def _rows(standing: Standing, chosen: Sequence[NoticeStanding], actor: Actor) -> list[NoticeRow]:
    judged, terms, now = node().duties(exercise=actor.exercise), node().regime().terms, node().now()
    return [notice_row.row(standing, one, terms, now, viewer=actor.body, judged=judged) for one in chosen]


def _views(view: str, incident: str) -> list[dict[str, Any]]:
    more = f"&incident={quote(incident)}" if incident else ""
    named_views = (
        ("to", say("发给本机构", "To my body")),
        ("by", say("本机构发出", "Sent by my body")),
        ("all", say("全部", "All")),
    )
    return [{"url": f"?view={one}{more}", "word": word, "is_here": one == view} for one, word in named_views]


def _incidents(standing: Standing) -> list[tuple[str, str]]:
    return [(code, words(one.name)) for code, one in standing.incidents.items()]


def _relays(standing: Standing, actor: Actor) -> list[Relay]:
    """What should have been passed on and was not; what concerns my body first."""
    terms, territory = node().regime().terms, node().territory
    found = relay.dropped(standing, terms, node().now(), territory=territory)
    return sorted(found, key=lambda one: actor.body not in (one.by, *one.beyond))


# ---------------------------------------------------------------------------------------------- one notice


@allowed("notice.see")
@seat.same_desk
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, statement: str) -> HttpResponse:
    """One notice, and the form with which it is answered."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = standing.notices.get(statement)
    if held is None:
        return seat.not_here(request, statement)
    if request.method == "POST":
        access.check(request, "notice.answer", body=actor.body if actor.body in held.to else "")
        return _answer(request, held)
    return _draw(request, held)


def _draw(
    request: HttpRequest,
    held: NoticeStanding,
    answer: AnswerForm | None = None,
    warned: WarningForm | None = None,
    status: int = 200,
    *,
    doubt: bool = False,
) -> HttpResponse:
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    (row,) = _rows(standing, (held,), actor)
    may_answer = actor.body in held.to and access.may(actor, "notice.answer", body=actor.body)
    given = held.answers.get(actor.body, Answer())
    asks = may_answer and given.adopted is None and held.superseded_by is None
    context: dict[str, Any] = {}
    if asks:
        answer = answer or _answer_form(request, held, given)
        warned = warned or _warning_form(actor, held)
        context = {"answer": answer, "warned": warned, "choices": _choices(given)}
        context["faults"] = [*answer.wrong(), *(warned.wrong() if warned else [])]
    return frame.draw(
        request,
        "riskshed/notice.html",
        status=status,
        notice=row,
        given=given,
        asks=asks,
        doubt=doubt,
        chosen=answer["answer"].value() if answer else "",
        may_relay=actor.body in held.to and access.may(actor, "notice.send", body=actor.body),
        **context,
    )


def _choices(given: Answer) -> list[dict[str, str]]:
    notes = {
        "acknowledge": say("已看到，稍后决定", "Seen, decision later"),
        "adopt": say("以本机构名义采取措施或发布预警", "Act on it or warn in our own name"),
        "decline": say("须说明理由，对方可见", "Needs a reason, which the other side will see"),
    }
    offered = [
        one for one in AnswerForm.ANSWERS if not (one == "acknowledge" and given.acknowledged is not None)
    ]
    return [{"value": one, "word": say(*AnswerForm.ANSWERS[one]), "note": notes[one]} for one in offered]


def _answer_form(request: HttpRequest, held: NoticeStanding, given: Answer) -> AnswerForm:
    chosen = request.GET.get("answer", "")
    if chosen not in AnswerForm.ANSWERS:
        chosen = "" if given.acknowledged else "acknowledge"
    warned = _warned(acting(request), held)
    first = warned[0][0] if warned else ""
    return AnswerForm(initial={"answer": chosen, "warned": first}, offer={"warned": warned})


def _warned(actor: Actor, held: NoticeStanding) -> list[tuple[str, str]]:
    """By which warning a notice can be adopted: a new one, one that holds already, or none."""
    standing = node().standing(exercise=actor.exercise)
    own = set(warning_draft.own_cities(standing, actor.body))
    offered = []
    if own & set(held.cities):
        offered.append(("new", say("发布新的预警（下方草稿）", "Issue a new warning (the draft below)")))
    for one in standing.warnings.values():
        if one.by == actor.body and one.status == "active" and one.about == held.about:
            head = words(standing.statements[one.id].statement.words("headline"))
            offered.append((one.id, say(f"已有预警：{head}", f"Our warning that holds: {head}")))
    offered.append(("none", say("不发预警，采取其他措施", "No warning; we act otherwise")))
    return offered


def _offer(actor: Actor, cities: Sequence[str]) -> forms.Offer:
    """The choices of a form for a warning: one's own cities, those that are meant first; the incidents."""
    standing = node().standing(exercise=actor.exercise)
    own = warning_draft.own_cities(standing, actor.body)
    first = [city for city in own if city in cities]
    rest = [city for city in own if city not in cities]
    return {"cities": named([*first, *rest]), "about": [("", "–"), *_incidents(standing)]}


def _warning_form(actor: Actor, held: NoticeStanding) -> WarningForm | None:
    draft = warning_draft.for_notice(actor.desk(), held.id)
    if draft is None:
        return None
    initial = message_initial(draft.body, draft.about)
    return WarningForm(initial=initial, offer=_offer(actor, draft.body["cities"]))


# ------------------------------------------------------------------------------------------------ answering


def _answer(request: HttpRequest, held: NoticeStanding) -> HttpResponse:
    actor = acting(request)
    answer = AnswerForm(request.POST, offer={"warned": _warned(actor, held)})
    warned = WarningForm(request.POST, offer=_offer(actor, held.cities))
    if not answer.is_valid():
        return _draw(request, held, answer, warned, 400)
    acts: dict[str, Callable[..., HttpResponse]] = {
        "acknowledge": _acknowledge,
        "decline": _decline,
        "adopt": _adopt,
    }
    act = acts.get(answer.cleaned_data["answer"])
    if act is None:
        answer.add_error("answer", say("请选择一项答复", "choose an answer"))
        return _draw(request, held, answer, warned, 400)
    sheet = warned if _warns(answer) else answer
    try:
        return act(request, actor.desk(), held, answer, warned)
    except forms.NotReadableError:
        return _draw(request, held, answer, warned, 400)
    except RiskshedError as error:
        sheet.is_valid()
        forms.blame(sheet, error)
        status = fault_pages.status_of(error)
        return _draw(request, held, answer, warned, status, doubt=forms.in_doubt(error))


def _warns(answer: AnswerForm) -> bool:
    chosen = answer.cleaned_data
    return bool(chosen["answer"] == "adopt" and chosen["warned"] == "new")


def _acknowledge(
    request: HttpRequest, desk: Desk, held: NoticeStanding, _: AnswerForm, __: WarningForm
) -> HttpResponse:
    with speaking.one_at_a_time():
        if _given(desk, held).acknowledged is None:
            desk.acknowledge(held.id)
            messages.success(request, say("已签收，记入日志。", "Acknowledged; it stands in the log."))
        else:
            messages.info(
                request, say("此前已签收，没有重复记录。", "Acknowledged before; nothing was said again.")
            )
    return HttpResponseRedirect(addresses.notice(held.id))


def _decline(
    request: HttpRequest, desk: Desk, held: NoticeStanding, answer: AnswerForm, _: WarningForm
) -> HttpResponse:
    reason = answer.decline_reason()
    with speaking.one_at_a_time():
        if _given(desk, held).declined is None:
            desk.decline(held.id, drill(reason) if desk.exercise and reason else reason)
            messages.success(
                request, say("已答复不采纳，理由对方可见。", "Declined; the other side sees the reason.")
            )
        else:
            messages.info(
                request, say("此前已答复不采纳，没有重复记录。", "Declined before; nothing was said again.")
            )
    return HttpResponseRedirect(addresses.notice(held.id))


def _adopt(
    request: HttpRequest, desk: Desk, held: NoticeStanding, answer: AnswerForm, warned: WarningForm
) -> HttpResponse:
    here = HttpResponseRedirect(addresses.notice(held.id))
    with speaking.one_at_a_time():
        if _given(desk, held).adopted is not None:
            messages.info(
                request, say("此前已采纳，没有重复记录。", "Adopted before; nothing was said again.")
            )
            return here
        if not _warns(answer):
            existing = answer.cleaned_data["warned"]
            desk.adopt(held.id, warning=None if existing in ("", "none") else existing)
            messages.success(request, say("已采纳，记入日志。", "Adopted; it stands in the log."))
            return here
        if not warned.is_valid():
            raise forms.NotReadableError
        draft = warning_draft.prepared(desk, warned)
        draft = Draft(draft.kind, draft.by, held.about, held.id, {**draft.body, "notice": held.id})
        return warnings.send(request, desk, draft)


def _given(desk: Desk, held: NoticeStanding) -> Answer:
    """What the body has answered by now; it may be more than when the page was drawn."""
    return notice_answer.asked_of(desk.standing(), held.id, desk.body).answers.get(desk.body, Answer())
