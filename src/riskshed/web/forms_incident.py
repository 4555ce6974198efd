"""The forms of the incident room: each is one act, with fields for its kind of statement and a button."""

from __future__ import annotations

from collections.abc import Mapping

from riskshed.vocabulary_fields import GRADES
from riskshed.web.forms import Known, Moment, One, Sheet, Some, Text, YesNo
from riskshed.web.forms_message import classes, worded
from riskshed.web.statement_line import MODES, SCALES

LEVELS: Mapping[str, tuple[str, str]] = {
    "I": ("一级（特别重大）", "I, extraordinarily major"),
    "II": ("二级（重大）", "II, major"),
    "III": ("三级（较大）", "III, fairly major"),
    "IV": ("四级（一般）", "IV, ordinary"),
}
PHASES: Mapping[str, tuple[str, str]] = {
    "watch": ("关注", "watch"),
    "alert": ("警戒", "alert"),
    "emergency": ("应急", "emergency"),
    "recovery": ("恢复", "recovery"),
    "closed": ("已结束", "closed"),
}
"""The phases of an incident; it is closed by an act of its own."""
CAUSES: Mapping[str, tuple[str, str]] = {
    "grade": ("等级超出处置权限", "its grade passes what we may deal with"),
    "capacity": ("力量不足", "we cannot deal with it alone"),
    "spread": ("跨多个辖区", "it spreads over several districts"),
    "unanswered": ("逾期未获答复", "somebody did not answer in time"),
    "dispute": ("各方意见不一", "we do not agree"),
    "request": ("应请求", "we were asked to"),
}


CODE_HINT = ("今后各方以此称呼，不能更改", "All will name it by this; it cannot be changed")


class OpenForm(Sheet):
    """An incident is opened."""

    code = Text("事件代码", "Code of the incident", hint=CODE_HINT)
    name_zh = Text("名称（中文）", "Name (Chinese)")
    name_en = Text("名称（英文）", "Name (English)")
    hazard_class = One("突发事件类别", "Class of hazard", classes)
    hazard = Text("灾种代码（可不填）", "Code of the hazard (optional)")
    city = Known("发生在哪个城市", "In which city it began")
    began = Moment("何时发生（不知则不填）", "When it began (empty if unknown)")
    what_zh = Text("已知情况（中文）", "What is known (Chinese)", rows=4)
    what_en = Text("已知情况（英文）", "What is known (English)", rows=4)
    report = Known("依据哪份报告（可不填）", "On which report it rests (optional)")


class LevelForm(Sheet):
    """A level is set."""

    scale = One("哪一种级别", "Which scale", lambda: worded(SCALES, SCALES))
    level = One("级别", "Level", lambda: worded(LEVELS, GRADES))
    lower_bound = YesNo("仅为下限：尚有未知，只会更重", "A lower bound: what is unknown could only raise it")
    phase = One("阶段（不变则不选）", "Phase (none if unchanged)",
                lambda: worded(PHASES, [one for one in PHASES if one != "closed"], empty=True))  # fmt: skip
    reason_zh = Text("理由（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("理由（英文）", "Why (English)", rows=3)


class LeadForm(Sheet):
    """Who leads and who assists is laid down."""

    lead = Some("牵头", "Lead")
    assist = Some("配合", "Assist")
    reason_zh = Text("理由（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("理由（英文）", "Why (English)", rows=3)


class ModeForm(Sheet):
    """A body goes over to emergency working, or back."""

    mode = One("转入", "Go over to", lambda: worded(MODES, MODES))
    reason_zh = Text("理由（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("理由（英文）", "Why (English)", rows=3)


class EscalateForm(Sheet):
    """An incident is handed up."""

    to = Some("提请谁", "To whom")
    cause = One("为何", "What passes the bound", lambda: worded(CAUSES, CAUSES))
    reason_zh = Text("理由（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("理由（英文）", "Why (English)", rows=3)


class TakeForm(Sheet):
    """Command is taken."""

    of = Some("从谁手中接管", "From whom")
    scope_zh = Text("接管什么（中文）", "Over what (Chinese)", rows=3)
    scope_en = Text("接管什么（英文）", "Over what (English)", rows=3)
    asked = Known("答复哪次提级（可不填）", "In answer to which escalation (optional)")


class ReturnForm(Sheet):
    """Command is given back."""

    to = Some("交还给谁", "To whom")
    remains_zh = Text("尚待完成（中文）", "What remains to be done (Chinese)", rows=3)
    remains_en = Text("尚待完成（英文）", "What remains to be done (English)", rows=3)


class CloseForm(Sheet):
    """An incident is over."""

    ended_at = Moment("何时结束", "When it was over")
    reason_zh = Text("理由（中文）", "Why (Chinese)", rows=3)
    reason_en = Text("理由（英文）", "Why (English)", rows=3)
    remains_zh = Text("仍在进行的（中文，可不填）", "What still runs (Chinese, optional)", rows=2)
    remains_en = Text("仍在进行的（英文，可不填）", "What still runs (English, optional)", rows=2)


class FindingForm(Sheet):
    """A finding is made."""

    what_zh = Text("认定内容（中文）", "The finding (Chinese)", rows=4)
    what_en = Text("认定内容（英文）", "The finding (English)", rows=4)
    reply_by = Moment("答辩期限", "Reply by")


class ReplyForm(Sheet):
    """A body answers a finding."""

    text_zh = Text("答辩（中文）", "Reply (Chinese)", rows=6)
    text_en = Text("答辩（英文）", "Reply (English)", rows=6)


class DecideForm(Sheet):
    """A finding is upheld or dismissed."""

    outcome = One("决定", "Decision", lambda: worded(OUTCOMES, OUTCOMES))
    reason_zh = Text("理由（中文）", "Why (Chinese)", rows=4)
    reason_en = Text("理由（英文）", "Why (English)", rows=4)


OUTCOMES: Mapping[str, tuple[str, str]] = {
    "uphold": ("认定成立", "it holds"),
    "dismiss": ("予以驳回", "it does not hold"),
}
