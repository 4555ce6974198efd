"""Trust: the share of promises that each body kept, with every promise behind the figure."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed.governance import asked, trust
from riskshed.governance.standing import Standing
from riskshed.governance.trust import Counted, Trust
from riskshed.web import addresses, duty_row, frame
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.people import acting
from riskshed.web.wording import say, words

KINDS = {
    "report": ("报告", "reports"),
    "notice": ("通报", "notices"),
    "answer": ("答复", "answers"),
    "warning": ("预警", "warnings"),
    "aid": ("援助", "help"),
    "supply": ("供给", "supply"),
    "payment": ("付款", "payments"),
    "task": ("任务", "tasks"),
    "plan": ("预案", "plans"),
    "truth": ("如实", "truth"),
    "other": ("其他", "others"),
}
CAME = {
    "kept": ("已兑现", "kept"),
    "late": ("逾期兑现", "kept late"),
    "broken": ("未兑现", "broken"),
    "open": ("未到期或待裁定", "not due, or not decided"),
}
_OF_STATEMENT = re.compile(r"[0-9a-f]{64}( |$)")
SHOWN = 60
"""So many promises stand open on the page of a body; the others are folded."""


def _records() -> dict[str, Trust]:
    living = node()
    duties = [one.duty for one in living.duties()]
    return trust.of_bodies(living.standing(), living.regime(), duties=duties)


def _row(one: Trust) -> dict[str, Any]:
    """A record as a row: the estimate with its band, or that there is none."""
    band = one.interval()
    counts = {came: sum(1 for each in one.promises if each.came == came) for came in CAME}
    return {
        "body": one.body,
        "mean": None if one.mean is None else f"{float(one.mean):.2f}",
        "band": "" if band is None else f"{band[0]:.2f}–{band[1]:.2f}",
        "counts": [(say(*CAME[came]), number) for came, number in counts.items() if number],
    }


@allowed("trust.see")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The record of every body: one's own, those below it, those that signed with it, the others."""
    actor, held, records = acting(request), node().standing(), _records()
    below, beside = trust.supervised(held, actor.body), trust.peers(held, actor.body)
    known = [code for code in records if code in held.bodies]
    rest = [code for code in known if code not in {*below, *beside, actor.body}]
    groups = (
        (say("本机构", "My own body"), (actor.body,)),
        (say("纵向监督：下级", "Vertical supervision: those below"), below),
        (say("横向监督：协议各方", "Horizontal supervision: those who signed with it"), beside),
        (say("其他机构", "Others"), tuple(rest)),
    )
    shown = [
        {"word": word, "rows": [_row(records[code]) for code in codes if code in records]}
        for word, codes in groups
    ]
    return frame.draw(request, "riskshed/trust.html", groups=[one for one in shown if one["rows"]])


@allowed("trust.see")
@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """The record of one body: by kind, and promise by promise."""
    records, standing = _records(), node().standing()
    if code not in records or code not in standing.bodies:
        raise Http404(code)
    held = records[code]
    by_kind = {kind: held.of_kind(kind) for kind in KINDS}
    kinds = [(say(*KINDS[kind]), _row(told)) for kind, told in by_kind.items() if told.promises]
    latest = sorted(held.promises, key=lambda each: (each.due is not None, each.due), reverse=True)
    promises = [_promise(each, standing) for each in latest]
    return frame.draw(
        request,
        "riskshed/trust_body.html",
        code=code,
        row=_row(held),
        fall=f"{float(held.fall()):.3f}" if held.has_record else "",
        kinds=kinds,
        promises=promises[:SHOWN],
        more=promises[SHOWN:],
    )


def _why(why: str, standing: Standing) -> str:
    """What a promise rests on: the task that was given, or the rule or request that it follows from."""
    if _OF_STATEMENT.match(why):
        task = standing.tasks.get(why)
        return "" if task is None else words(task.what)
    owes = next((kind for kind, text in asked.TEXTS.items() if text == why), "")
    return duty_row.rule_words(owes, "", why, why, standing)


def _promise(one: Counted, standing: Standing) -> dict[str, Any]:
    evidence = [name for name in one.evidence if name in standing.statements]
    return {
        "kind": say(*KINDS[one.kind]),
        "to": one.to,
        "about": one.about,
        "about_url": addresses.subject(one.about, standing) if one.about else "",
        "due": one.due,
        "came": say(*CAME[one.came]),
        "weight": f"{float(one.weight):.2f}",
        "why": _why(one.why, standing),
        "evidence": (*evidence, *one.findings),
    }
