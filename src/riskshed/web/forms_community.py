"""The forms of news: to share it, to correct it, to take it back."""

from __future__ import annotations

from typing import Any

from riskshed.vocabulary_fields import HAZARD_CLASSES
from riskshed.web import community_board, wording
from riskshed.web.forms import Known, Moment, One, Sheet, Some, Text
from riskshed.web.wording import say

FIELDS = (
    *("title", "text", "audience", "cities", "rivers", "hazard_classes", "industries"),
    *("until", "source", "change"),
)
CAUSES = {
    "error": ("内容有误", "It was wrong"),
    "duplicate": ("重复发布", "It was said twice"),
    "superseded": ("已有新内容", "Something newer stands in its place"),
    "misuse": ("不当发布", "It should not have been shared"),
}


def _audiences() -> list[tuple[str, str]]:
    return [(code, say(*words)) for code, words in community_board.AUDIENCES.items()]


class NewsForm(Sheet):
    """News or guidance, and what it concerns."""

    title_zh = Text("标题（中文）", "Title (Chinese)")
    title_en = Text("标题（英文）", "Title (English)")
    text_zh = Text("正文（中文）", "Text (Chinese)", rows=5)
    text_en = Text("正文（英文）", "Text (English)", rows=5)
    audience = One("给谁看", "Whom it is for", _audiences)
    cities = Some("涉及的地方", "Places that it concerns")
    rivers = Some("涉及的河流", "Rivers that it concerns")
    hazard_classes = Some("涉及的灾害类别", "Classes of hazard that it concerns")
    industries = Some("涉及的行业", "Industries that it concerns")
    until = Moment("有效至（可不填）", "Holds until (optional)")
    source = Text("出处或网址", "Source: a citation or an address on the web")

    def news(self) -> dict[str, Any]:
        """What was typed, as fields of a statement."""
        return self.body(*(name for name in FIELDS if name in self.fields or f"{name}_zh" in self.fields))


class CorrectionForm(NewsForm):
    """News again as it should have been, and what was wrong."""

    change_zh = Text("更正了什么（中文）", "What is corrected (Chinese)", rows=2)
    change_en = Text("更正了什么（英文）", "What is corrected (English)", rows=2)


class WithdrawalForm(Sheet):
    """News is taken back; it stays on the record, marked."""

    cause = Known("为什么撤回", "Why it is taken back")
    reason_zh = Text("说明（中文）", "Reason (Chinese)", rows=2)
    reason_en = Text("说明（英文）", "Reason (English)", rows=2)


def causes() -> list[tuple[str, str]]:
    """Why words are taken back, as choices."""
    return [(code, say(*words)) for code, words in CAUSES.items()]


def hazard_classes() -> list[tuple[str, str]]:
    """The four statutory classes, as choices."""
    return [(code, wording.hazard_class(code)) for code in HAZARD_CLASSES]
