"""The register of risk sources: what can do harm, whom it can reach, and how far it was carried.

Each source goes through the five steps of ISO 31000 in order; at each stands who looked, with what result,
and who was told. What is missing is named (`governance.register`), and never taken for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.errors import RiskshedError
from riskshed.exchange.wording import Text
from riskshed.governance import register
from riskshed.governance.draft import Draft
from riskshed.governance.register import CONSEQUENCES, LIKELIHOODS, RISK_LEVELS, STEPS
from riskshed.governance.subjects import SourceStanding
from riskshed.web import forms, speaking
from riskshed.web.access import allowed, may
from riskshed.web.current import node
from riskshed.web.forms import Hidden, Known, Moment, One, Sheet, Some
from riskshed.web.forms import Text as Typed
from riskshed.web.frame import draw
from riskshed.web.people import acting
from riskshed.web.seat import same_desk, seat
from riskshed.web.templatetags.law import STEP_WORDS
from riskshed.web.wording import HAZARD_CLASSES, name_of, say, words

LEVEL_WORDS: Mapping[str, Text] = {
    "very_high": Text("极高", "very high"),
    "high": Text("高", "high"),
    "moderate": Text("中", "moderate"),
    "low": Text("低", "low"),
}
LIKELIHOOD_WORDS: Mapping[str, Text] = {
    "rare": Text("罕见", "rare"),
    "unlikely": Text("不太可能", "unlikely"),
    "possible": Text("可能", "possible"),
    "likely": Text("很可能", "likely"),
    "almost_certain": Text("几乎必然", "almost certain"),
}
CONSEQUENCE_WORDS: Mapping[str, Text] = {
    "negligible": Text("可忽略", "negligible"),
    "minor": Text("轻微", "minor"),
    "moderate": Text("中等", "moderate"),
    "major": Text("重大", "major"),
    "extreme": Text("极端", "extreme"),
}
VIEWS = (
    ("all", "全部", "All"),
    ("mine", "本市", "In my city"),
    ("reaching", "可波及本市", "That can reach us"),
)
NEW_TECHNOLOGY = ("新技术以 new-technology/ 开头", "new-technology/... for emerging technology")
LACKS: Mapping[str, Text] = {
    "register.step_missing": Text("下一步未做：", "next step not taken: "),
    "register.step_skipped": Text("跳过的步骤：", "step left out: "),
    "register.step_stale": Text("前一步更新后未重做：", "older than the step before it: "),
    "register.not_told": Text("未告知：", "not told: "),
    "register.review_overdue": Text("逾期未复审：", "review overdue: "),
    "register.no_owner": Text("无责任单位", "nobody is named who runs it"),
    "register.reaches_unknown": Text("未载明可波及何地", "whom it can reach is unknown"),
    "register.unknown_city": Text("不认识的代码：", "unknown code: "),
    "register.level_missing": Text("评价未给出级别", "evaluated without a level"),
    "register.level_differs": Text("所定级别与矩阵不符：", "level differs from the matrix: "),
    "register.unknown_source": Text("被提及但未登记：", "named, and not registered: "),
}
assert STEP_WORDS.keys() == set(STEPS), "every step has its words"


def _offered(words: Mapping[str, Text]) -> list[tuple[str, str]]:
    return [("", say("未知", "unknown")), *((code, say(one.zh, one.en)) for code, one in words.items())]


class SourceForm(Sheet):
    """To register a source."""

    seat = Hidden()
    source = Typed("编号", "Code", hint=("字母、数字与 . _ : / -", "letters, digits and . _ : / -"))
    name_zh = Typed("名称（中文）", "Name in Chinese")
    name_en = Typed("名称（英文）", "Name in English")
    hazard_class = One("灾害类别", "Class of hazard", lambda: _offered(HAZARD_CLASSES))
    hazard = Typed("灾害代码", "Code of the hazard", hint=NEW_TECHNOLOGY)
    city = Known("所在城市", "City")
    owner = Known("责任单位", "Who runs it")
    reaches = Some("可能波及", "Cities that it can reach")


class StepForm(Sheet):
    """To carry a source through a step."""

    seat = Hidden()
    step = One("步骤", "Step", lambda: _offered(STEP_WORDS)[1:])
    likelihood = One("可能性", "Likelihood", lambda: _offered(LIKELIHOOD_WORDS))
    consequence = One("后果", "Consequence", lambda: _offered(CONSEQUENCE_WORDS))
    level = One("风险级别", "Level of risk", lambda: _offered(LEVEL_WORDS))
    summary_zh = Typed("结论（中文）", "What was found, in Chinese", rows=3)
    summary_en = Typed("结论（英文）", "What was found, in English", rows=3)
    told = Some("已告知", "Who was told")
    next_review = Moment("下次复审", "Looked at again by")


@require_safe
@allowed("source.see")
def listed(request: HttpRequest) -> HttpResponse:
    """All sources, the gravest first; or those in my city, or those that can reach it."""
    actor = acting(request)
    standing, territory = node().standing(exercise=actor.exercise), node().territory
    view = request.GET.get("view", "all")
    chosen = None
    if view == "mine":
        chosen = register.within(standing, territory, actor.body)
    elif view == "reaching":
        chosen = register.reaching(standing, territory, actor.body)
    entries = register.entries(standing, node().now(), chosen, territory)
    tabs = [{"url": f"?view={name}", "word": say(zh, en), "is_here": view == name} for name, zh, en in VIEWS]
    return draw(
        request,
        "riskshed/sources.html",
        rows=[
            {"entry": one, "level": _level(one.level), "lacks": [_lack(lack) for lack in one.lacks]}
            for one in entries
        ],
        tabs=tabs,
        unregistered=[_lack(one) for one in register.unregistered(standing)],
        may_register=may(actor, "source.assess", body=actor.body),
    )


@require_safe
@allowed("source.see")
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One source with its five steps, who was told at each, and what is missing."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = _source(standing.sources, code)
    steps = [{"word": say(word.zh, word.en), "step": held.steps.get(name), "level": _level_of(held, name),
              "said": _summary(held, name)} for name, word in STEP_WORDS.items()]  # fmt: skip
    return draw(
        request,
        "riskshed/source.html",
        held=held,
        level=_level(register.level(standing, held)),
        steps=steps,
        lacks=[_lack(one) for one in register.lacks(standing, held, node().now(), node().territory)],
        incidents=[one for one in standing.incidents.values() if one.source == code],
        may_assess=may(actor, "source.assess", body=actor.body),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("source.assess")
@same_desk
def new(request: HttpRequest) -> HttpResponse:
    """Register a source."""
    actor = acting(request)
    cities = [(one.code, name_of(one.code)) for one in node().region.cities]
    owners = [("", say("未知", "unknown")), *((code, name_of(code)) for code in node().standing().bodies)]
    offer = {"city": cities, "owner": owners, "reaches": cities}
    start = {"seat": seat(actor), "city": actor.body}
    form = SourceForm(request.POST if request.method == "POST" else None, initial=start, offer=offer)
    if request.method == "POST" and form.is_valid():
        body = form.body("source", "name", "hazard_class", "hazard", "city", "owner", "reaches")
        if _say(request, form, Draft("HazardSourceRegistered", actor.body, None, None, body)):
            return redirect("source", code=body["source"])
    return _form(request, form, say("登记风险源", "Register a source of risk"), say("登记", "register"))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("source.assess")
@same_desk
def assess(request: HttpRequest, code: str) -> HttpResponse:
    """Carry a source through a step."""
    actor = acting(request)
    standing = node().standing(exercise=actor.exercise)
    held = _source(standing.sources, code)
    reached = [
        one for one in dict.fromkeys((held.city, *held.reaches, *standing.bodies)) if one != actor.body
    ]
    offer = {"told": [(one, name_of(one)) for one in reached]}
    following = next((step for step in STEPS if step not in held.steps), STEPS[-1])
    start = {"seat": seat(actor), "step": following}
    form = StepForm(request.POST if request.method == "POST" else None, initial=start, offer=offer)
    if request.method == "POST" and form.is_valid():
        body = form.body("step", "likelihood", "consequence", "level", "summary", "told", "next_review")
        if _say(request, form, Draft("RiskAssessed", actor.body, code, None, body)):
            return redirect("source", code=code)
    title = say("风险评估：", "Assess: ") + words(held.name)
    return _form(request, form, title, say("提交该步骤", "file this step"))


def _say(request: HttpRequest, form: Sheet, draft: Draft) -> bool:
    """Say it once; what is wrong goes back to the fields."""
    try:
        spoken = speaking.once(acting(request).desk(), (draft,))
    except RiskshedError as error:
        forms.blame(form, error)
        return False
    told = (
        say("已签名入日志。", "Signed, and in the log.")
        if spoken.is_new
        else say("已经登记过。", "It was said before.")
    )
    messages.success(request, told)
    return True


def _form(request: HttpRequest, form: Sheet, title: str, act: str) -> HttpResponse:
    status = 400 if form.is_bound else 200
    return draw(request, "riskshed/source_form.html", status=status, form=form, page_title=title, act=act)


def _source(sources: Mapping[str, SourceStanding], code: str) -> SourceStanding:
    if code not in sources:
        raise Http404(code)
    return sources[code]


def _level(level: str | None) -> str:
    return say("未知", "unknown") if level is None else say(LEVEL_WORDS[level].zh, LEVEL_WORDS[level].en)


def _level_of(held: SourceStanding, step: str) -> str:
    taken = held.steps.get(step)
    return "" if taken is None or taken.level is None else _level(taken.level)


def _summary(held: SourceStanding, step: str) -> Any:
    taken = held.steps.get(step)
    seen = None if taken is None else node().seen(taken.statement)
    return (seen.statement.body or {}).get("summary") if seen is not None else None


def _lack(lack: register.Lack) -> str:
    words = LACKS[lack.code]
    text = say(words.zh, words.en)
    if lack.what in STEP_WORDS:
        return text + say(STEP_WORDS[lack.what].zh, STEP_WORDS[lack.what].en)
    if lack.code in ("register.not_told", "register.unknown_city"):
        return text + name_of(lack.what)
    return text + lack.what if lack.code in ("register.level_differs", "register.unknown_source") else text


assert set(LEVEL_WORDS) == set(RISK_LEVELS), "every level has its words"
assert set(LIKELIHOOD_WORDS) == set(LIKELIHOODS), "every likelihood has its words"
assert set(CONSEQUENCE_WORDS) == set(CONSEQUENCES), "every consequence has its words"
