"""The forms of messages: a warning to the people, a notice to a neighbour, and the answer to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from riskshed.governance import message
from riskshed.vocabulary_fields import CERTAINTIES, COLOURS, HAZARD_CLASSES, SEVERITIES, URGENCIES
from riskshed.web import wording
from riskshed.web.forms import Hidden, Known, Moment, One, Sheet, Some, Text, YesNo, words_initial
from riskshed.web.wording import GRADES, say

URGENCY: Mapping[str, tuple[str, str]] = {
    "Immediate": ("立即", "immediate"),
    "Expected": ("预期", "expected"),
    "Future": ("将来", "future"),
    "Past": ("已过", "past"),
    "Unknown": ("未知", "unknown"),
}
SEVERITY: Mapping[str, tuple[str, str]] = {
    "Extreme": ("特别严重", "extreme"),
    "Severe": ("严重", "severe"),
    "Moderate": ("较重", "moderate"),
    "Minor": ("较轻", "minor"),
    "Unknown": ("未知", "unknown"),
}
CERTAINTY: Mapping[str, tuple[str, str]] = {
    "Observed": ("已实测", "observed"),
    "Likely": ("可能性大", "likely"),
    "Possible": ("有可能", "possible"),
    "Unlikely": ("可能性小", "unlikely"),
    "Unknown": ("未知", "unknown"),
}
"""The words of CAP 1.2 in both languages."""

DECLINE_REASONS: Mapping[str, tuple[str, str]] = {
    "covered": ("已有本市预警覆盖", "Our own warning covers it"),
    "evidence": ("与本市监测不符", "Our readings say otherwise"),
    "area": ("不影响本市", "It does not reach us"),
    "other": ("其他", "Other"),
}
"""Prepared reasons for declining a notice."""

TEXTS = ("headline", "description", "instruction")
FACTS = ("hazard_class", "hazard", "urgency", "severity", "certainty", "onset", "footprint")


def worded(
    table: Mapping[str, tuple[str, str]], codes: Iterable[str], *, empty: bool = False
) -> list[tuple[str, str]]:
    """Codes with their words, as choices; with `empty`, also the choice of none."""
    first = [("", say("（未选）", "(none chosen)"))] if empty else []
    return [*first, *((code, say(*table[code])) for code in codes)]


def _levels() -> list[tuple[str, str]]:
    return [(level, wording.grade(level)) for level in COLOURS if level in GRADES]


def classes(*, empty: bool = False) -> list[tuple[str, str]]:
    """The four statutory classes of hazard."""
    first = [("", say("未知", "unknown"))] if empty else []
    return [*first, *((code, wording.hazard_class(code)) for code in HAZARD_CLASSES)]


def _audiences() -> list[tuple[str, str]]:
    table = {
        "faces": ("面临风险", "They face it"),
        "causes": ("造成风险", "They cause it"),
        "governs": ("负责统筹", "They must govern it"),
    }
    return worded(table, table)


class MessageForm(Sheet):
    """What warnings and notices have in common: what it says, of what, where, when."""

    headline_zh = Text("标题（中文）", "Headline (Chinese)")
    headline_en = Text("标题（英文）", "Headline (English)")
    instruction_zh = Text("应当采取的措施（中文）", "What to do (Chinese)", rows=3)
    instruction_en = Text("应当采取的措施（英文）", "What to do (English)", rows=3)
    description_zh = Text("情况说明（中文）", "What is happening (Chinese)", rows=4)
    description_en = Text("情况说明（英文）", "What is happening (English)", rows=4)
    cities = Some("涉及城市", "Cities")
    hazard_class = One("突发事件类别", "Class of hazard", classes)
    urgency = One("紧迫程度", "Urgency", lambda: worded(URGENCY, URGENCIES))
    severity = One("严重程度", "Severity", lambda: worded(SEVERITY, SEVERITIES))
    certainty = One("确定程度", "Certainty", lambda: worded(CERTAINTY, CERTAINTIES))
    onset = Moment("预计开始", "Expected to begin")
    expires = Moment("失效时间", "Holds until")
    about = Known("事件", "Incident")
    hazard = Hidden()
    footprint = Hidden()

    def message_body(self, *, drill: bool) -> dict[str, Any]:
        """What was typed, as fields of a statement; the words of a drill say that they are of one."""
        typed = self.body(*TEXTS, "cities", *FACTS, "expires")
        return {name: message.drill(one) if drill and name in TEXTS else one for name, one in typed.items()}


class WarningForm(MessageForm):
    """A warning to the people of one's own area."""

    level = One("预警级别", "Level", _levels)
    contact = Text("联系方式", "Where to ask")
    notice = Hidden()

    def warning_body(self, *, drill: bool) -> dict[str, Any]:
        """What was typed, as fields of a warning."""
        return {**self.message_body(drill=drill), **self.body("level", "contact", "notice")}


class UpdateForm(WarningForm):
    """A new warning in the place of one that holds, and what has changed."""

    change_zh = Text("有何变化（中文）", "What has changed (Chinese)", rows=2)
    change_en = Text("有何变化（英文）", "What has changed (English)", rows=2)


class NoticeForm(MessageForm):
    """A notice in one's own words."""

    to = Some("发给", "To")
    audience = One("对方的角色", "In which part they are told", _audiences)
    answer_by = Moment("请于何时前答复", "Answer by")
    unconfirmed = YesNo("所依据的情况尚未核实", "It rests on what is not confirmed")
    relays = Hidden()

    def notice_body(self, *, drill: bool) -> dict[str, Any]:
        """What was typed, as fields of a notice."""
        typed = {**self.message_body(drill=drill), **self.body("to", "audience", "answer_by", "relays")}
        return {**typed, "confirmed": not self.cleaned_data["unconfirmed"]}


class AnswerForm(Sheet):
    """The answer to a notice; `warned` says by which warning it is adopted."""

    ANSWERS: Mapping[str, tuple[str, str]] = {
        "acknowledge": ("签收", "Acknowledge"),
        "adopt": ("采纳", "Adopt"),
        "decline": ("不采纳", "Decline"),
    }
    answer = One("答复", "Answer", lambda: worded(AnswerForm.ANSWERS, AnswerForm.ANSWERS))
    reason = One("理由", "Reason", lambda: worded(DECLINE_REASONS, DECLINE_REASONS))
    detail = Text("补充说明（可不填）", "More (optional)")
    warned = One("预警", "Warning", list)

    def decline_reason(self) -> dict[str, str]:
        """The reason in both languages; what was added stands in the language in which it was typed."""
        code, detail = self.cleaned_data["reason"], self.cleaned_data["detail"].strip()
        ready = DECLINE_REASONS.get(code) if code != "other" else None
        words = dict(zip(("zh", "en"), ready, strict=True)) if ready else {}
        if detail:
            here = wording.tongue()
            stop = "。" if here == "zh" else ". "
            words[here] = f"{words[here]}{stop}{detail}" if here in words else detail
        return words


def message_initial(body: Mapping[str, Any], about: str | None) -> dict[str, Any]:
    """What a form shows at first of a message."""
    times = {
        name: datetime.fromisoformat(body[name]) for name in ("onset", "expires", "answer_by") if name in body
    }
    plain = {name: body[name] for name in (*FACTS, "level", "contact", "notice", "audience") if name in body}
    lists = {name: list(body[name]) for name in ("cities", "to") if name in body}
    return {**plain, **words_initial(body, *TEXTS), **lists, **times, "about": about or ""}


def named(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Bodies or cities with their names, as choices."""
    return [(code, wording.name_of(code)) for code in codes]
