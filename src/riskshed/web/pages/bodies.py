"""Bodies: who they are, by which keys they speak, what they promised; and who is on watch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from riskshed.errors import RiskshedError
from riskshed.exchange.wording import Text
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import WatchStanding
from riskshed.statement import Statement
from riskshed.web import duty_row, forms
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms import Hidden, Moment, Sheet
from riskshed.web.frame import draw
from riskshed.web.people import acting
from riskshed.web.seat import same_desk, seat
from riskshed.web.wording import say

KINDS: Mapping[str, Text] = {
    "coordination": Text("协调机构", "coordination body"),
    "office": Text("专项办公室", "hazard office"),
    "government": Text("政府", "government"),
    "agency": Text("部门", "agency"),
    "evaluator": Text("第三方评估", "evaluator"),
    "utility": Text("公用事业", "utility"),
    "enterprise": Text("企业", "enterprise"),
    "chamber": Text("商会", "chamber"),
    "community": Text("社区组织", "community"),
    "resident": Text("居民", "resident"),
    "other": Text("其他", "other"),
}
PROMISES: Mapping[str, Text] = {
    "kept": Text("已兑现", "kept"),
    "late": Text("逾期兑现", "kept late"),
    "open": Text("未到期", "open"),
    "broken": Text("未兑现", "broken"),
    "released": Text("已免除", "released"),
}
KEYS = ("BodyJoined", "KeyAdded", "KeyRevoked")
DESK = "main"


class WatchForm(Sheet):
    """To take the watch at a desk, or to give a sign of life there."""

    seat = Hidden()
    desk = Hidden()
    until = Moment("值班至", "On watch until")
    next_sign = Moment("下次报告时间", "Next sign of life")


@require_safe
@allowed("body.see")
def listed(request: HttpRequest) -> HttpResponse:
    """All bodies, under their kinds."""
    standing = node().standing()
    heard = last_heard(standing)
    groups = [
        {
            "word": say(word.zh, word.en),
            "rows": [
                {
                    "held": one,
                    "heard": heard.get(one.code),
                    "speaks_here": node().keys.verifier(one.code) is not None,
                }
                for one in standing.bodies.values()
                if one.kind == kind
            ],
        }
        for kind, word in KINDS.items()
    ]
    return draw(request, "riskshed/bodies.html", groups=[one for one in groups if one["rows"]])


@require_safe
@allowed("body.see")
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One body: what it says of itself, its keys, agreements, promises, watches, and what it owes."""
    standing = node().standing()
    if code not in standing.bodies:
        raise Http404(code)
    held = standing.bodies[code]
    promises = [one for one in standing.promises.values() if one.by == code]
    counts: Counter[str] = Counter(one.status for one in promises)
    return draw(
        request,
        "riskshed/body.html",
        held=held,
        kind=say(KINDS[held.kind].zh, KINDS[held.kind].en),
        heard=last_heard(standing).get(code),
        keys=_keys(standing, code),
        agreements=[one for one in standing.agreements.values() if one.names(code)],
        watches=[one for one in standing.watches.values() if one.body == code],
        promises=[
            (say(word.zh, word.en), counts[status]) for status, word in PROMISES.items() if counts[status]
        ],
        owed=_owed(standing, code),
        findings=[one for one in standing.findings.values() if one.of == code],
    )


def _owed(standing: Standing, code: str) -> tuple[duty_row.DutyRow, ...]:
    """What is owed by a body and not yet done; what it owes to many, and by no time, as one."""
    owed = [
        one for one in node().duties() if one.duty.who == code and one.state in ("open", "late", "breached")
    ]
    return duty_row.gathered(duty_row.rows(owed, standing, node().now()))


@require_safe
@allowed("body.see")
def roster(request: HttpRequest) -> HttpResponse:
    """Who is on watch at every desk, those whose sign of life is overdue first."""
    actor, now = acting(request), node().now()
    standing = node().standing(exercise=actor.exercise)
    watches = sorted(
        standing.watches.values(), key=lambda one: (not _is_overdue(one, now), one.body, one.desk)
    )
    manned = {one.body for one in watches if one.officer is not None}
    held = node().agreement()
    bound = [code for code in (held.members if held else ()) if code not in manned]
    form = None
    if may(actor, "watch.take", body=actor.body):
        form = WatchForm(initial={"seat": seat(actor), "desk": DESK})
    rows = [
        {"held": one, "overdue": _is_overdue(one, now), "mine": one.body == actor.body} for one in watches
    ]
    return draw(request, "riskshed/roster.html", rows=rows, unmanned=bound, form=form)


@require_POST
@allowed("watch.take")
@same_desk
def watch(request: HttpRequest) -> HttpResponse:
    """Take the watch of one's own body, or give a sign of life."""
    form = WatchForm(request.POST)
    if not form.is_valid():
        return draw(request, "riskshed/roster.html", status=400, rows=[], unmanned=[], form=form)
    given: dict[str, Any] = form.body("until", "next_sign")
    actor = acting(request)
    try:
        actor.desk().take_watch(form.cleaned_data["desk"] or DESK, **given)
    except RiskshedError as error:
        forms.blame(form, error)
        return draw(request, "riskshed/roster.html", status=400, rows=[], unmanned=[], form=form)
    messages.success(request, say("值班已登记。", "You are on watch."))
    return redirect("roster")


def last_heard(standing: Standing) -> dict[str, tuple[datetime, str]]:
    """When each body last said anything, and the id of that."""
    found: dict[str, tuple[datetime, str]] = {}
    for seen in standing.statements.values():
        at = min(seen.statement.issued, seen.seen_at)
        if seen.statement.by not in found or at > found[seen.statement.by][0]:
            found[seen.statement.by] = (at, seen.statement.id)
    return found


def _is_overdue(one: WatchStanding, now: datetime) -> bool:
    ended = one.until is not None and one.until < now
    return ended or (one.next_sign is not None and one.next_sign < now)


def _keys(standing: Standing, code: str) -> list[dict[str, Any]]:
    """What the record says of the keys of a body, in the order of time."""
    said = [seen.statement for seen in standing.statements.values() if _is_of_keys(seen.statement, code)]
    rows = []
    for one in sorted(said, key=lambda one: (one.issued, one.id)):
        body = one.body or {}
        row = {"id": one.id, "at": one.issued, "by": one.by, "revoked": one.kind == "KeyRevoked"}
        rows.append({**row, "role": body.get("role", "statement"), "key": str(body.get("key", ""))})
    return rows


def _is_of_keys(one: Statement, code: str) -> bool:
    if one.kind not in KEYS or one.body is None:
        return False
    return one.string("body") == code if one.kind == "BodyJoined" else one.by == code
