"""The forms of the service desk: to ask, to answer, to pass a question on or up, to rate, to take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms as django_forms

from riskshed.governance import service
from riskshed.web import wording
from riskshed.web.forms import Hidden, Known, Moment, One, Sheet, Some, Text, YesNo
from riskshed.web.forms_message import worded
from riskshed.web.public_report import impersonal
from riskshed.web.wording import say

WORDS_MAX = 2_000
CAUSES: Mapping[str, tuple[str, str]] = {
    "outside_power": ("超出本机构职权", "It is past our powers"),
    "no_capacity": ("本机构力量不足", "We have not the means"),
    "other": ("其他", "Other"),
}
assert tuple(CAUSES) == service.CAUSES, "every cause has its words"
SCORES: Mapping[str, tuple[str, str]] = {
    "5": ("5 很好", "5 very good"),
    "4": ("4 较好", "4 good"),
    "3": ("3 一般", "3 fair"),
    "2": ("2 较差", "2 weak"),
    "1": ("1 很差", "1 poor"),
}
SOLVED: Mapping[str, tuple[str, str]] = {"yes": ("已解决", "Solved"), "no": ("未解决", "Not solved")}


class QuestionForm(Sheet):
    """What somebody asks; `website` is for machines that fill in everything, `link` is this form's own."""

    text = Text("问题或需求（必填）", "The question, or what is needed (needed)", rows=5)
    topic = Known("属于哪方面（必填）", "Whose matter it is (needed)")
    city = Known("哪个城市（不填为不限）", "Which city (any, if left out)")
    about = Known("与哪起事件有关（可不填）", "About which incident (may be left out)")
    website = Hidden()
    link = Hidden()

    def clean_text(self) -> str:
        """Needed, and of a length that an officer reads."""
        text = str(self.cleaned_data["text"]).strip()
        if not text:
            raise django_forms.ValidationError(say("请写下问题", "write the question"))
        if len(text) > WORDS_MAX:
            told = say(f"最多 {WORDS_MAX} 个字", f"at most {WORDS_MAX} characters")
            raise django_forms.ValidationError(told)
        return text

    def clean_topic(self) -> str:
        """One of those that are offered."""
        return _offered(self, "topic", needed=True)

    def clean_city(self) -> str:
        """One of those that are offered, or none."""
        return _offered(self, "city")

    def clean_about(self) -> str:
        """One of those that are offered, or none."""
        return _offered(self, "about")

    def told(self) -> dict[str, str]:
        """The words, in the language in which they were written."""
        return {wording.tongue(): self.cleaned_data["text"]}


class BodyQuestionForm(QuestionForm):
    """What a body asks; it may name whom, and keep its words off the log."""

    to = Known("问哪个机构（不填则按责任清单转办）", "Which body (the responsibility list says, if left out)")
    sealed = YesNo("内容不公开：只给承办机构看", "Keep the words off the log: for who has to answer alone")

    def clean_to(self) -> str:
        """One of those that are offered, or none."""
        return _offered(self, "to")

    def clean(self) -> dict[str, Any]:
        """What everybody can read holds nothing personal."""
        given = super().clean() or {}
        if not given.get("sealed"):
            refuse_personal(self, "text")
        return given


def refuse_personal(form: Sheet, *names: str) -> None:
    """Find personal data in words that are about to stand on the log for ever; name them at their field."""
    for name in names:
        try:
            impersonal(str(form.cleaned_data.get(name, "")))
        except django_forms.ValidationError as error:
            form.add_error(name, error)


def _offered(form: Sheet, name: str, *, needed: bool = False) -> str:
    value = str(form.cleaned_data[name] or "")
    known = {code for code, _ in form.fields[name].choices if code}  # type: ignore[attr-defined]
    if value not in known and (value or needed):
        raise django_forms.ValidationError(say("请从列表中选择", "choose one of the list"))
    return value


class WholeAnswerForm(Sheet):
    """An answer to a sealed question: on the record a part could not be told from the whole."""

    text_zh = Text("答复（中文）", "Answer (Chinese)", rows=4)
    text_en = Text("答复（英文）", "Answer (English)", rows=4)
    coordinated_with = Some("与哪些机构商定", "Agreed with")

    def facts(self) -> dict[str, Any]:
        """What was typed, as `governance.service.answer` takes it."""
        given = self.cleaned_data
        return {
            "text": self.words("text"),
            "final": not given.get("part"),
            "rest_by": given.get("rest_by"),
            "coordinated_with": given["coordinated_with"],
        }


class AnswerForm(WholeAnswerForm):
    """An answer, the whole of it or a first part."""

    part = YesNo("这只是第一部分，其余另答", "This is a first part; the rest follows")
    rest_by = Moment("其余何时答复（仅第一部分时填）", "By when the rest follows (of a first part)")


class PassOnForm(Sheet):
    """Whose matter it is, and why."""

    to = Known("应由哪个机构承办", "Whose matter it is")
    reason_zh = Text("理由（中文）", "Reason (Chinese)", rows=2)
    reason_en = Text("理由（英文）", "Reason (English)", rows=2)


class HandUpForm(Sheet):
    """Why it goes to the body above."""

    cause = One("原因", "Cause", lambda: worded(CAUSES, CAUSES))
    reason_zh = Text("说明（中文）", "Reason (Chinese)", rows=2)
    reason_en = Text("说明（英文）", "Reason (English)", rows=2)


class RatingForm(Sheet):
    """How good the answer was."""

    score = One("评分", "How good it was", lambda: worded(SCORES, SCORES, empty=True))
    solved = One("问题是否解决", "Whether it is solved", lambda: worded(SOLVED, SOLVED, empty=True))

    def clean(self) -> dict[str, Any]:
        """Both are needed."""
        given = super().clean() or {}
        for name in ("score", "solved"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, say("请选择", "choose one"))
        return given

    def facts(self) -> dict[str, Any]:
        """What was chosen, as `governance.service.rate` takes it."""
        return {"score": int(self.cleaned_data["score"]), "solved": self.cleaned_data["solved"] == "yes"}


class BodyRatingForm(RatingForm):
    """The same of a body, with words."""

    text_zh = Text("说明（中文，可不填）", "Words (Chinese, optional)", rows=2)
    text_en = Text("说明（英文，可不填）", "Words (English, optional)", rows=2)

    def facts(self) -> dict[str, Any]:
        """With the words."""
        return {**super().facts(), "text": self.words("text")}


class TakeBackForm(Sheet):
    """Why a question is taken back."""

    reason_zh = Text("理由（中文）", "Reason (Chinese)", rows=2)
    reason_en = Text("理由（英文）", "Reason (English)", rows=2)
