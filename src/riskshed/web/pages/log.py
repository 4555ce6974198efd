"""The log: every statement that was signed, found by what it says, and each with what proves it."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.audit_keys import KEY_KINDS
from riskshed.audit_report import Finding
from riskshed.errors import LedgerError, NotFoundError, RiskshedError
from riskshed.governance.standing import Standing
from riskshed.ledger.proof import SUFFIX
from riskshed.statement import Statement
from riskshed.vocabulary import KINDS
from riskshed.web import (
    addresses,
    cosigning,
    fault_pages,
    frame,
    log_search,
    projection,
    record_proof,
    wording,
)
from riskshed.web.access import allowed, check, may
from riskshed.web.audit_job import AUDITS
from riskshed.web.current import node
from riskshed.web.models import StatementRow
from riskshed.web.people import acting
from riskshed.web.statement_line import Line, kind_word, line
from riskshed.web.wording import say

REMEMBERED_MAX = 65_536
FOUND_SHOWN = 200

CODES: tuple[tuple[str, str, str], ...] = (
    (
        "checkpoint.",
        "日志头缺失、损坏或签名不符",
        "the signed head is missing, damaged or not signed as it must be",
    ),
    ("policy.", "见证不足", "too few witnesses have seen it"),
    ("log.forked", "日志分叉：改写过自己的历史", "the log has split: it has changed its own history"),
    ("log.rolled_back", "日志被回退", "the log was rolled back"),
    ("log.", "日志与其签名的根不符", "the log does not lead to the root that it signed"),
    ("entry.", "条目被改动、删除、插入或调换", "an entry was edited, dropped, inserted or moved"),
    ("tile.", "证明文件与条目不符", "the files that prove it do not match"),
    ("key.", "密钥当时无效或不属该机构", "the key did not count then, or is not of this body"),
    ("statement.bad_signature", "签名不符", "the signature does not hold"),
    ("statement.", "不是合规的陈述", "it is no statement in its one form"),
)
"""What a finding of an audit means, by the first beginning of its code that fits."""


def meaning(code: str) -> str:
    """A code of an audit, in words."""
    return next((say(zh, en) for start, zh, en in CODES if code.startswith(start)), code)


def _finding(one: Finding) -> dict[str, Any]:
    url = "" if one.index is None else addresses.entry(one.index)
    return {"words": meaning(one.code), "what": str(one), "place": one.index, "url": url}


# ------------------------------------------------------------------------------------------------ the list


@allowed("log.see")
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The log, the latest first, narrowed down by what was asked."""
    living = node()
    projection.catch_up(living)
    search = log_search.read(request.GET, living.profile.zone)
    found = None if search.faults else log_search.find(search)
    return frame.draw(
        request,
        "riskshed/log.html",
        status=400 if search.faults else 200,
        search=search,
        query=search.query(),
        found=found,
        lines=[] if found is None else [_row_line(row) for row in found.rows],
        kinds=[(name, kind_word(name)) for name in KINDS],
        bodies=sorted(
            ((code, wording.name_of(code)) for code in living.standing().bodies), key=lambda one: one[1]
        ),
        size=living.log.size,
        origin=living.profile.origin,
        refused=len(living.record.refused),
        may_audit=may(acting(request), "log.audit"),
    )


def _row_line(row: StatementRow) -> Line:
    """The row says where; what is shown is read from the statement."""
    living = node()
    standing = living.standing(exercise=row.exercise)
    seen = standing.statements.get(row.statement)
    if seen is None:
        kind = kind_word(row.kind)
        tag = (say("尚不计入", "does not count yet"),)
        url = addresses.entry(row.place)
        return Line(row.statement, kind, row.by, row.officer, row.issued, kind, tag, row.place, url)
    return line(seen.statement, standing)


@allowed("log.see")
@require_safe
def refused(request: HttpRequest) -> HttpResponse:
    """The entries that take no part, and why."""
    found = [_finding(one) for one in node().record.refused]
    return frame.draw(request, "riskshed/log_refused.html", found=found, size=node().log.size)


# ------------------------------------------------------------------------------------------------ one entry


@allowed("log.see")
@require_safe
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """One entry: what it says, who signed it, whether that holds now, and what proves its place."""
    living = node()
    if index >= living.log.size:
        raise Http404("the log is not so long")
    projection.catch_up(living)
    keys = StatementRow.objects.filter(kind__in=KEY_KINDS, place__lt=index).values_list("place", flat=True)
    judged = record_proof.judge(living, index, keys)
    proven = record_proof.proven(living, index)
    note = proven.proof.checkpoint if proven.proof else None
    said = judged.statement
    signed, asked = cosigning.counted(note, record_proof.verifier(living)) if note else (0, 0)
    return frame.draw(
        request,
        "riskshed/log_entry.html",
        judged=judged,
        found=[_finding(one) for one in judged.findings],
        proven=proven,
        note=(note.to_bytes() if note else record_proof.head(living)).decode(),
        cosigners=record_proof.cosigners(note, record_proof.verifier(living)) if note else (),
        signed=signed,
        asked=asked,
        log_key=record_proof.keyid(record_proof.verifier(living)),
        raw=judged.raw.decode("utf-8", "replace"),
        size=living.log.size,
        **({} if said is None else _said(said, _standing(said))),
    )


def _standing(said: Statement) -> Standing | None:
    """How things stand where this counts; None where it does not."""
    standing = node().standing(exercise=said.exercise)
    return standing if said.id in standing.statements else None


def _said(said: Statement, standing: Standing | None) -> dict[str, Any]:
    rows = list(StatementRow.objects.filter(replies_to=said.id).order_by("place")[:FOUND_SHOWN])
    more = list(
        StatementRow.objects.filter(about=said.id).exclude(replies_to=said.id).order_by("place")[:FOUND_SHOWN]
    )
    seen = standing.statements.get(said.id) if standing else None
    return {
        "said": said,
        "line": line(said, standing),
        "kind": KINDS[said.kind],
        "payload": json.dumps(json.loads(said.payload), ensure_ascii=False, indent=2),
        "seen_at": seen.seen_at if seen else None,
        "answers_url": addresses.statement(said.replies_to) if said.replies_to else "",
        "answers_place": addresses.index(said.replies_to) if said.replies_to else None,
        "about_url": addresses.subject(said.about, standing) if said.about and standing else "",
        "replies": [_row_line(row) for row in (*rows, *more)],
    }


@allowed("log.see")
@require_safe
def proof(request: HttpRequest, index: int) -> HttpResponse:
    """The proof of an entry as a file (C2SP tlog-proof) that anybody can verify without this node."""
    try:
        made = record_proof.prove(node(), index)
    except NotFoundError as error:
        raise Http404(error.what) from error
    except LedgerError as error:
        return fault_pages.refused(request, error, 503)
    answer = HttpResponse(made.to_bytes(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{index}{SUFFIX}"'
    answer["Cache-Control"] = "private, max-age=60"
    return answer


# --------------------------------------------------------------------------------------------------- audit


@allowed("log.audit")
@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """Audit the log of this node now, and show what was found."""
    if request.method == "POST":
        actor = check(request, "log.audit")
        kept = request.POST.get("remembered", "").replace("\r\n", "\n").strip("\n ")
        if len(kept) > REMEMBERED_MAX:
            return fault_pages.page(request, 400)
        try:
            AUDITS.start(node(), f"{actor.body} · {actor.officer}", f"{kept}\n".encode() if kept else b"")
        except RiskshedError as error:
            return _audit_page(request, error=error, remembered=kept)
        return redirect(reverse("log-audit"))
    return _audit_page(request)


def _audit_page(
    request: HttpRequest, *, error: RiskshedError | None = None, remembered: str = ""
) -> HttpResponse:
    last = AUDITS.last
    report = last.report if last else None
    found = [] if report is None else [_finding(one) for one in report.findings[:FOUND_SHOWN]]
    return frame.draw(
        request,
        "riskshed/log_audit.html",
        status=400 if error else 200,
        last=last,
        report=report,
        found=found,
        not_shown=0 if report is None else sum(report.counts.values()) - len(found),
        counts=[]
        if report is None
        else [(meaning(code), code, count) for code, count in report.counts.items()],
        error=error,
        remembered=remembered,
        size=node().log.size,
    )


@allowed("log.audit")
@require_safe
def fork_proof(_: HttpRequest) -> HttpResponse:
    """The proof that this log has split: two of its own signatures, which convince anybody."""
    last = AUDITS.last
    if last is None or last.report is None or last.report.proof is None:
        raise Http404("no audit has proven a fork")
    answer = HttpResponse(last.report.proof, content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="fork-proof.json"'
    return answer
