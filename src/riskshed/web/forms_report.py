"""The forms of reports: what somebody saw on the spot, and the risk that is reported to those above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskshed.vocabulary_fields import GRADES
from riskshed.web.forms import Hidden, Known, Moment, Number, One, Pictures, Sheet, Some, Text, YesNo
from riskshed.web.forms_message import classes, worded
from riskshed.web.wording import say

STAGES: Mapping[str, tuple[str, str]] = {
    "first": ("首次报告", "first report"),
    "follow_up": ("续报", "follow-up report"),
    "final": ("终报", "final report"),
}
HARM: Mapping[str, tuple[str, str]] = {
    "unknown": ("未知", "unknown"),
    "none": ("没有危害", "none"),
    "possible": ("可能有", "possible"),
    "confirmed": ("已确认", "confirmed"),
}
BEARING: Mapping[str, tuple[str, str]] = {
    "": ("与其他报告无关", "It stands alone"),
    "supports": ("证实下列报告", "It bears out the report below"),
    "contradicts": ("与下列报告相反", "It speaks against the report below"),
}
PEOPLE = ("dead_people", "missing_people", "gravely_hurt_people", "hurt_people", "moved_people")
FEN_IN_YUAN = 100


def _grades() -> list[tuple[str, str]]:
    roman = {"I": ("一级（特别重大）", "I"), "II": ("二级（重大）", "II"), "III": ("三级（较大）", "III")}
    table = {**roman, "IV": ("四级（一般）", "IV")}
    return [("", say("未知", "unknown")), *worded(table, GRADES)]


class FieldReportForm(Sheet):
    """What was seen, where and when, and whether it bears out what others saw."""

    what_zh = Text("看到了什么（中文）", "What was seen (Chinese)", rows=3)
    what_en = Text("看到了什么（英文）", "What was seen (English)", rows=3)
    place = Known("地点", "Place")
    seen_at = Moment("看到的时间", "When it was seen")
    hazard_class = One("突发事件类别", "Class of hazard", lambda: classes(empty=True))
    about = Known("事件", "Incident")
    bearing = One("与其他报告的关系", "What it says of other reports", lambda: worded(BEARING, BEARING))
    other = Known("哪一份报告", "Which report")
    reporter = Text(
        "报告人代号（可不填）", "Pseudonym of the reporter (optional)", hint=("不得填写姓名", "Never a name")
    )
    verified = YesNo("本机构知道报告人是谁", "My body knows who the reporter is")
    photographs = Pictures("照片（最多 3 张）", "Photographs (at most 3)")

    def report_body(self) -> dict[str, Any]:
        """What was typed, as fields of a report from the spot."""
        typed = self.body("what", "place", "seen_at", "hazard_class", "reporter")
        if self.cleaned_data["verified"]:
            typed["verified"] = True
        bearing, other = self.cleaned_data["bearing"], self.cleaned_data["other"]
        if bearing:
            # Without a report that it speaks to, the vocabulary says that one is missing.
            typed[bearing] = [other] if other else []
        return typed


class RiskReportForm(Sheet):
    """A report to those above, in the order in which the rules want its items."""

    report = One("哪一次报告", "Which report", lambda: worded(STAGES, STAGES))
    to = Some("报告给", "To")
    about = Known("事件", "Incident")
    hazard_class = One("突发事件类别", "Class of hazard", classes)
    hazard = Hidden()
    source = Known("事发单位（风险源）", "The unit (risk source)")
    city = Known("发生地", "Where it began")
    began = Moment("发生时间", "When it began")
    known_at = Moment("本机构何时获知", "When my body got to know")
    what_zh = Text("简要经过和现场情况（中文）", "Course and scene (Chinese)", rows=4)
    what_en = Text("简要经过和现场情况（英文）", "Course and scene (English)", rows=4)
    harm = One("发生地以外的危害", "Harm beyond the place", lambda: worded(HARM, HARM))
    grade = One("初步级别（下限）", "Grade so far (a lower bound)", _grades)
    dead_people = Number("死亡人数", "Dead")
    missing_people = Number("失踪人数", "Missing")
    gravely_hurt_people = Number("重伤（含中毒）人数", "Gravely hurt, poisoned included")
    hurt_people = Number("其他受伤人数", "Hurt otherwise")
    moved_people = Number("转移人数", "Moved or evacuated")
    loss_yuan = Number("初步估计的直接经济损失（元）", "First estimate of direct loss (CNY)")
    measures_zh = Text("已采取的措施（中文）", "What has been done (Chinese)", rows=2)
    measures_en = Text("已采取的措施（英文）", "What has been done (English)", rows=2)
    needs_zh = Text("需要的支援和其他情况（中文）", "What is needed, and anything else (Chinese)", rows=2)
    needs_en = Text("需要的支援和其他情况（英文）", "What is needed, and anything else (English)", rows=2)
    relays = Hidden()

    def report_body(self) -> dict[str, Any]:
        """What was typed, as fields of a report; a number that was left empty is unknown, and not 0."""
        names = ("report", "to", "hazard_class", "hazard", "source", "city", "began", "known_at", "what")
        typed = self.body(*names, "harm", "grade", *PEOPLE, "measures", "needs", "relays")
        loss = self.cleaned_data["loss_yuan"]
        if loss is not None:
            typed["loss"] = {"minor": loss * FEN_IN_YUAN, "currency": "CNY"}
        return typed
