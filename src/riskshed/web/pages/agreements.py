"""Agreements: the text that was signed, what follows from it, who has signed, and what another text changes.

What is shown comes from the very files that the statement names by digest. Where this node has not got them,
the page says so and shows the digest; it never shows another text in their place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from math import isinf
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from riskshed.errors import InputError, InputFaults, RiskshedError
from riskshed.exchange.wording import Text
from riskshed.governance import agreement as governed
from riskshed.governance import agreement_file
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding
from riskshed.governance.terms import Terms
from riskshed.web import fault_pages
from riskshed.web.access import allowed, check, may
from riskshed.web.current import node
from riskshed.web.frame import draw
from riskshed.web.wording import say

STATES: Mapping[str, Text] = {
    "proposed": Text("待签署", "waits for signatures"),
    "in_force": Text("生效中", "in force"),
    "superseded": Text("已被新文本取代", "superseded"),
    "ended": Text("已终止", "ended"),
    "contradicted": Text("与另一文本冲突，无约束力", "contradicted: binds nobody"),
}
TERMS: Mapping[str, tuple[Text, str]] = {
    "lead": (Text("牵头方", "who leads"), ""),
    "assist_from_probability": (Text("配合的最低概率", "assists from this probability on"), ""),
    "notice_from_probability": (Text("通报的最低概率", "is told from this probability on"), ""),
    "at_once_h": (Text("“立即”的目标时限", "target for what the law wants at once"), "h"),
    "acknowledge_h": (Text("签收时限", "to acknowledge"), "h"),
    "answer_h": (Text("采纳或不采纳的时限", "to adopt or decline"), "h"),
    "notify_h": (Text("发生地通报可能波及城市的时限", "for the origin to tell those likely reached"), "h"),
    "relay_h": (Text("转报时限", "to pass on"), "h"),
    "heartbeat_h": (Text("值班台报告间隔", "between two signs of life of a desk"), "h"),
    "silence_h": (Text("示明静默的时限", "silence that is shown to neighbours"), "h"),
    "question_h": (Text("问题首次答复时限", "to a first answer to a question"), "h"),
    "question_escalate_h": (Text("问题提级后的答复时限", "to answer a question that was handed up"), "h"),
    "approval_min": (Text("审批无答复即上移", "unanswered approvals climb after"), "min"),
    "reply_d": (Text("申辩期限", "to reply to a finding"), "d"),
}
LEADS: Mapping[str, Text] = {
    "origin": Text("发生地", "the place of origin"),
    "superior": Text("共同上级", "the common superior"),
    "coordination_body": Text("协调机构", "the coordination body"),
}
GAPS: Mapping[str, Text] = {
    "agreement.no_plan": Text("缺少应急预案", "no contingency plan"),
    "agreement.plan_overdue": Text("预案逾期未复审", "a plan is overdue for review"),
    "agreement.no_annual_plan": Text("缺少年度计划", "no plan for the year"),
    "agreement.task_overdue": Text("任务逾期", "a task is overdue"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the comparison of two texts: ``+``, ``-`` or nothing, in what part, and the words."""

    sign: str
    part: str
    text: str


@require_safe
@allowed("agreement.see")
def listed(request: HttpRequest) -> HttpResponse:
    """All texts, those in force first."""
    order = tuple(STATES)
    held = sorted(
        node().standing().agreements.values(),
        key=lambda one: (one.status != "in_force", order.index(one.status), one.code, one.id),
    )
    rows = [{"held": one, "state": _state(one), "unsigned": governed.unsigned(one)} for one in held]
    return draw(request, "riskshed/agreements.html", rows=rows)


@require_safe
@allowed("agreement.see")
def one(request: HttpRequest, statement: str) -> HttpResponse:
    """One text: articles, terms, posts, responsibility list, packs, signatures, what is missing."""
    standing = node().standing()
    held = _held(standing, statement)
    files, fault = _files(held)
    actor = check(request, "agreement.see")
    mine = may(actor, "agreement.sign", body=actor.body) and actor.body in governed.unsigned(held)
    others = [
        other for other in standing.agreements.values() if other.code == held.code and other.id != held.id
    ]
    return draw(
        request,
        "riskshed/agreement.html",
        held=held,
        state=_state(held),
        files=files,
        fault=fault,
        terms=_terms(files.terms) if files else (),
        signatures=[(member, held.signed.get(member), held.left.get(member)) for member in held.members],
        gaps=[(_gap(gap.code), gap) for gap in governed.gaps(standing, held, files)] if files else (),
        others=others,
        may_sign=mine and held.status == "proposed",
    )


@require_POST
@allowed("agreement.sign")
def sign(request: HttpRequest, statement: str) -> HttpResponse:
    """Sign exactly this text for one's own body."""
    actor = check(request, "agreement.sign")
    held = _held(node().standing(), statement)
    if actor.exercise:
        told = "an agreement is signed in earnest, and this session is in a drill"
        return fault_pages.refused(
            request, InputError("agreement.drill", told, todo="Leave the drill first.")
        )
    if actor.body in held.signed:
        messages.info(request, say("本机构已签署该文本。", "Your body has signed this text already."))
        return redirect("agreement", statement=statement)
    try:
        actor.desk().sign_agreement(statement)
    except RiskshedError as error:
        return fault_pages.refused(request, error)
    messages.success(request, say("已签署。", "Signed."))
    return redirect("agreement", statement=statement)


@require_safe
@allowed("agreement.see")
def against(request: HttpRequest, statement: str, other: str) -> HttpResponse:
    """What one text says otherwise than another, line by line."""
    standing = node().standing()
    new, old = _held(standing, statement), _held(standing, other)
    new_files, new_fault = _files(new)
    old_files, old_fault = _files(old)
    lines = compared(_lines(old, old_files), _lines(new, new_files))
    return draw(
        request,
        "riskshed/agreement_against.html",
        new=new,
        old=old,
        lines=lines,
        faults=[fault for fault in (new_fault, old_fault) if fault],
    )


def compared(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> list[Line]:
    """The lines of two texts, those that went and those that came beside each other."""
    found: list[Line] = []
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        found += [Line("−", part, text) for part, text in old[start:end]]
        found += [Line("+", part, text) for part, text in new[first:last]]
    return found


# ---------------------------------------------------------------------------------------------- what is shown


def _held(standing: Standing, statement: str) -> AgreementStanding:
    if statement not in standing.agreements:
        raise Http404(statement)
    return standing.agreements[statement]


def _state(held: AgreementStanding) -> str:
    words = STATES[held.status]
    return say(words.zh, words.en)


def _gap(code: str) -> str:
    return say(GAPS[code].zh, GAPS[code].en)


def _files(held: AgreementStanding) -> tuple[agreement_file.Agreement | None, str]:
    """The files that the text names, read; or what is wrong with them."""
    named = {
        agreement_file.TEXT: held.text_digest,
        agreement_file.OVERRIDES: held.overrides,
        agreement_file.CONTRACTS: held.contracts,
    }
    with tempfile.TemporaryDirectory(prefix="riskshed-agreement-") as folder:
        for name, digest in named.items():
            if digest is None:
                continue
            data = node().file(digest)
            if data is None:
                return None, say(f"本节点没有文件 {digest}。", f"This node has not got the file {digest}.")
            (Path(folder) / name).write_bytes(data)
        try:
            return agreement_file.read(Path(folder)), ""
        except InputFaults as error:
            return None, str(error).replace(f"{folder}/", "")


def _terms(terms: Terms) -> list[tuple[str, str]]:
    """The terms in words, each with its unit."""
    rows = []
    for one in fields(Terms):
        if one.name in TERMS:
            words, unit = TERMS[one.name]
            value = getattr(terms, one.name)
            if one.name == "lead":
                shown = say(LEADS[value].zh, LEADS[value].en)
            elif isinf(value):
                shown = say("未约定", "not agreed")
            else:
                shown = f"{value:g} {unit}".strip()
            rows.append((say(words.zh, words.en), shown))
    return rows


def _lines(held: AgreementStanding, files: agreement_file.Agreement | None) -> list[tuple[str, str]]:
    """All that a text says, a line for each thing, with the part in which it stands."""
    part = say("当事各方", "parties")
    lines = [(part, f"{name}: {value}") for name, value in _parties(held).items() if value]
    lines += [(part, say(f"成员：{member}", f"member: {member}")) for member in held.members]
    lines += [(say("规则包", "packs"), f"{name} {version} {digest}") for name, version, digest in held.packs]
    if files is None:
        return lines
    texts = [say(article.zh, article.en) for article in files.articles]
    lines += [(say("条款", "articles"), text) for text in texts]
    lines += [(say("约定数值", "terms"), f"{name}: {value}") for name, value in _terms(files.terms)]
    lines += [(say("责任清单", "responsibility list"), f"{role}: {who}") for role, who in files.roles.items()]
    more: Any
    for more in (*files.overrides, *files.contracts):
        lines.append((say("调整与合约", "overrides and contracts"), str(more)))
    return lines


def _parties(held: AgreementStanding) -> dict[str, str]:
    names = ("coordination_body", "superior", "centre", "evaluator", "adjudicator", "fund", "mode")
    told = {name: str(getattr(held, name) or "") for name in names}
    offices = {f"office of {name}": body for name, body in held.offices.items()}
    return {
        **told,
        **offices,
        "starts": held.starts.isoformat(),
        "ends": held.ends.isoformat() if held.ends else "",
    }
