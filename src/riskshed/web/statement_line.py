"""A statement in one line of a page: who said what, and what a reader has to know before he believes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import message
from riskshed.governance.standing import Standing
from riskshed.statement import Statement
from riskshed.vocabulary import KINDS
from riskshed.web import addresses, wording
from riskshed.web.wording import say

FIRST_WORDS = ("headline", "name", "title", "what", "text", "reason", "summary", "note")
"""Of these fields the first that is there says what a statement is about."""
CHARACTERS = 240

REASONS: Mapping[str, tuple[str, str]] = {
    "agreement.contradiction": ("与另一份协议文本矛盾", "contradicts another text of the agreement"),
    "agreement.other_text": ("签署的是另一文本", "signed another text"),
    "agreement.outside": ("协议未授权其作此陈述", "no agreement lets it say so"),
    "approval.other_draft": ("批准的是另一份草稿", "approves another draft"),
    "approval.same_officer": ("请示人与批准人为同一人", "the same officer asked and approved"),
    "area.not_own": ("区域不属该机构", "not its own area"),
    "body.not_its_own": ("不是该机构可说的事", "not for this body to say"),
    "body.unknown": ("机构未加入记录", "the body is not on the record"),
    "clock.ahead": ("所称时间晚于见到时间", "claims a time after it was seen"),
    "clock.behind": ("迟后才见到", "was seen long after it was said"),
    "command.not_own": ("指挥权不是其接管的", "command was not its own"),
    "exercise.mixed": ("演习与真实混用", "mixes drill and actual"),
    "incident.unknown": ("事件尚未立案", "nobody has opened this incident"),
    "market.accepted": ("此前已接受", "it was accepted before"),
    "market.amount": ("数量不成立", "no amount that can be"),
    "market.ended": ("需求、供给或提议已结束", "the need, the offer or the proposal had ended"),
    "market.no_match": ("没有这项匹配", "there is no such match"),
    "market.not_matchmaker": ("该机构不办理匹配", "this body runs no matching"),
    "market.not_own": ("不是该机构的需求或供给", "the row is of another body"),
    "market.refused": ("此前已婉拒", "it was refused before"),
    "market.taken": ("已承诺给他人", "it is promised to others"),
    "market.twice": ("此前已接受", "it was accepted before"),
    "market.unit": ("单位不同", "in another unit"),
    "market.window": ("结束早于开始", "it ends before it begins"),
    "plan.not_accepted": ("方案尚未获全体接受", "the plan was not accepted by all"),
    "question.no_reason": ("改派未说明理由", "passed on without a reason"),
    "question.nobody": ("转给的不是在册政府机构", "to no body of government on the record"),
    "question.not_held": ("问题不由其承办", "the question is not in its hands"),
    "question.passed_on": ("只能改派一次", "was passed on before"),
    "question.same_hands": ("承办过的机构", "back to a body that had it"),
    "question.sealed_move": ("去向密封", "nobody can tell to whom"),
    "question.withdrawn": ("提问此前已撤回", "the question was taken back before"),
    "rating.again": ("此前已评价", "was rated before"),
    "rating.no_answer": ("所评答复不作数", "the answer does not count"),
    "rating.not_asker": ("评价的不是提问方", "not by who asked"),
    "rating.own_answer": ("评价自己的答复", "rates its own answer"),
    "reply.missing": ("所答复的陈述未见", "what it answers is not on record"),
    "reply.not_addressed": ("并未问及该机构", "this body was not asked"),
    "reply.own_word": ("应由对方确认", "for the other side to confirm"),
    "reply.wrong_kind": ("答复的种类不符", "answers the wrong kind of statement"),
    "task.not_given": ("未向其布置该任务", "that task was not given to it"),
    "warning.cancel_not_own": ("不是其发布的预警", "the warning is not its own"),
    "withdrawal.bound": ("他人已据此行事，不得撤回", "others rely on it"),
    "withdrawal.final": ("撤回不得再撤回", "a withdrawal is final"),
    "withdrawal.not_own": ("不是其本人的陈述", "not its own words"),
}
"""Flags of the standing, by code, as a reader needs them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes
    ----------
    id, kind, by, officer : str
    at : datetime
        When the body says that it spoke.
    text : str
        Kind and words, or that the body is sealed.
    tags : tuple of str
        What a reader has to know first.
    tag : str
        The same, joined.
    place : int or None
        In the log.
    url : str
    """

    id: str
    kind: str
    by: str
    officer: str
    at: datetime
    text: str
    tags: tuple[str, ...]
    place: int | None
    url: str

    @property
    def tag(self) -> str:
        """All tags as one."""
        return say("、", "; ").join(self.tags)


def line(said: Statement, standing: Standing | None) -> Line:
    """The line of a statement; `standing` is that of drills for a drill, None where it takes no part."""
    place = addresses.index(said.id)
    return Line(
        id=said.id,
        kind=kind_word(said.kind),
        by=said.by,
        officer=said.officer,
        at=said.issued,
        text=say("：", ": ").join(part for part in (kind_word(said.kind), summary(said)) if part),
        tags=tags(said, standing),
        place=place,
        url="" if place is None else addresses.entry(place),
    )


def kind_word(kind: str) -> str:
    """A kind of statement in words."""
    known = KINDS.get(kind)
    return say(known.zh, known.en) if known else kind


def summary(said: Statement) -> str:
    """What it says, in one line, empty where it has no words; a drill says that it is one."""
    if said.body is None:
        return say("内容密封", "sealed")
    told = next((said.body[name] for name in FIRST_WORDS if isinstance(said.body.get(name), Mapping)), None)
    facts = _facts(said)
    words = "" if told is None else _plain(message.drill(dict(told)) if said.exercise else told)
    text = say("；", "; ").join(part for part in (facts, words) if part)
    return text if len(text) <= CHARACTERS else f"{text[: CHARACTERS - 1]}…"


def _plain(told: Mapping[str, str]) -> str:
    """The words in the language of the page, else in any that there is."""
    wanted = wording.tongue()
    return told.get(wanted) or next(iter(told.values()), "")


def _facts(said: Statement) -> str:
    """The facts of a kind that its words do not repeat."""
    body = said.body or {}
    if said.kind == "LevelSet":
        bound = say("（下限）", " (a lower bound)") if body["lower_bound"] else ""
        return f"{say(*SCALES[body['scale']])} {body['level']}{bound}"
    if said.kind == "ModeSwitched":
        return say(*MODES[body["mode"]])
    for name in ("to", "lead", "assist", "of", "cities"):
        if isinstance(body.get(name), (list, tuple)):
            listed = names(body[name])
            return say(f"致{listed}", f"to {listed}") if name == "to" else listed
    if said.kind == "FootprintIssued":
        return say(f"{len(body.get('arrivals', ()))} 个城市，{body['members']} 个成员",
                   f"{len(body.get('arrivals', ()))} cities, {body['members']} members")  # fmt: skip
    if said.kind in ("WatchTaken", "WatchHandedOver"):
        return str(body["desk"])
    return ""


SCALES: Mapping[str, tuple[str, str]] = {
    "grade": ("事件等级", "grade"),
    "warning": ("预警级别", "warning level"),
    "response": ("响应级别", "response level"),
}
MODES: Mapping[str, tuple[str, str]] = {
    "normal": ("常态", "normal working"),
    "emergency": ("应急状态", "emergency working"),
}


def names(codes: Iterable[str], most: int = 4) -> str:
    """Bodies or cities by name; of many the first, and how many more."""
    told = list(codes)
    shown = say("、", ", ").join(str(wording.name_of(code)) for code in told[:most])
    more = len(told) - most
    return shown if more <= 0 else shown + say(f"等 {len(told)} 个", f" and {more} more")


def tags(said: Statement, standing: Standing | None) -> tuple[str, ...]:
    """What a reader has to know first: drill, unconfirmed, contradicted, reconstructed, set aside and why."""
    found = []
    if said.exercise:
        found.append(say("演习", "drill"))
    if said.reconstructed is not None:
        found.append(say("事后重构", "reconstructed"))
    if standing is None:
        return (*found, say("不计入", "takes no part"))
    report = standing.field_reports.get(said.id)
    if report is not None:
        found.append(_confirmed(report.confirmed, contradicted=bool(report.contradicted_by)))
    if said.kind == "NoticeSent" and said.body is not None and not said.yes_no("confirmed"):
        found.append(say("未经核实", "unconfirmed"))
    why = [
        say(*REASONS.get(one.code, (one.what, one.what)))
        for one in standing.flags
        if one.statement == said.id
    ]
    if said.id in standing.set_aside:
        reasons = say("、", ", ").join(dict.fromkeys(why)) or say("已撤回", "withdrawn")
        found.append(say(f"不予采信：{reasons}", f"set aside: {reasons}"))
    else:
        found += why
    return tuple(dict.fromkeys(found))


def _confirmed(confirmed: bool | None, *, contradicted: bool) -> str:
    if confirmed is None:
        return say("说法不一", "contradicted") if contradicted else say("未经核实", "unconfirmed")
    return say("已核实", "confirmed") if confirmed else say("已被否定", "refuted")


_CODE = re.compile(r"(?<![0-9A-Za-z-])[0-9A-Za-z][0-9A-Za-z-]{2,}(?![0-9A-Za-z-])")


def with_names(told: Mapping[str, str], named: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Words of a rule in each language, with the names of bodies in the place of their codes."""

    def in_tongue(tongue: str, text: str) -> str:
        return _CODE.sub(lambda found: named.get(found[0], {}).get(tongue, found[0]), text)

    return {tongue: in_tongue(tongue, text) for tongue, text in told.items()}
