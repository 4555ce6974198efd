"""Words of the pages: both languages are there, times have their zone, unknown is said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.template import Context, Template, TemplateSyntaxError, engines
from django.template.base import Node as TemplateNode
from django.template.base import NodeList
from django.utils import translation

import riskshed.web
from riskshed.exchange.wording import Text
from riskshed.governance import rulepack
from riskshed.web import duty_row, wording
from riskshed.web.node import Node
from riskshed.web.wording import Clock

WEB = Path(riskshed.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
PYTHON = sorted(WEB.rglob("*.py"))
EAST_8 = timezone(timedelta(hours=8))
NOON = datetime(2005, 11, 23, 12, tzinfo=EAST_8)
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
SYMBOLS_ALONE = re.compile(r"[\W\d_]*|riskshed")
CLOCK = Clock(NOON, EAST_8)


def name_of(path: Path) -> str:
    return path.relative_to(WEB).as_posix()


def both_are_said(zh: str, en: str) -> bool:
    """Chinese where Chinese stands and none where English does; punctuation alone may be alike."""
    is_word = not SYMBOLS_ALONE.fullmatch(re.sub(r"\{\w*\}|<[^>]*>", "", en).strip())
    return bool(zh.strip() and en.strip()) and not (
        is_word and (not CHINESE.search(zh) or CHINESE.search(en))
    )


def calls_of_say(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, Chinese and English of each call of `say`, with what is filled in left out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "say":
            texts = [literal(one) for one in node.args[:2]]
            if len(texts) == 2 and None not in texts:
                yield node.lineno, str(texts[0]), str(texts[1])


def literal(node: ast.expr) -> str | None:
    """The text of a literal, with {} for what is filled in; None for what is worked out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
    return None


def test_python_says_everything_in_both_languages() -> None:
    said = [(name_of(path), *one) for path in PYTHON for one in calls_of_say(path)]
    assert said
    assert [one for one in said if not both_are_said(one[2], one[3])] == []


def test_a_missing_language_would_be_found() -> None:
    assert both_are_said("未知", "unknown")
    assert both_are_said("，", ", ")
    assert not both_are_said("unknown", "unknown")
    assert not both_are_said("未知", "未知")
    assert not both_are_said("未知", " ")


def say_nodes(nodes: NodeList) -> Iterator[TemplateNode]:
    for node in nodes.get_nodes_by_type(TemplateNode):
        if getattr(getattr(node, "func", None), "__name__", "") == "say":
            yield node


def said_in(path: Path) -> Iterator[tuple[str, str]]:
    """Chinese and English of what a template says in words of its own."""
    template = engines["django"].from_string(path.read_text("utf-8")).template  # type: ignore[attr-defined]
    for node in say_nodes(template.nodelist):
        zh, en = (one.var for one in node.args[:2])  # type: ignore[attr-defined]
        if isinstance(zh, str) and isinstance(en, str):
            yield zh, en


def test_templates_say_everything_in_both_languages() -> None:
    said = [(name_of(path), zh, en) for path in TEMPLATES for zh, en in said_in(path)]
    assert said
    assert [one for one in said if not both_are_said(one[1], one[2])] == []


def chinese_outside_of_say(path: Path) -> list[str]:
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
    left = [line.strip() for line in text.splitlines() if CHINESE.search(line)]
    allowed = ("险域", "演习 EXERCISE", ">演习<", ">中文<")
    return [line for line in left if not any(word in line for word in allowed)]


def test_templates_have_no_chinese_outside_of_say() -> None:
    assert TEMPLATES
    assert {name_of(path): found for path in TEMPLATES if (found := chinese_outside_of_say(path))} == {}


def test_say_with_one_language_does_not_compile() -> None:
    with pytest.raises(TemplateSyntaxError):
        Template('{% load riskshed %}{% say "未知" %}')


def test_say_with_an_empty_language_stops_the_program() -> None:
    with pytest.raises(AssertionError, match="no English"):
        wording.say("未知", "")
    with pytest.raises(AssertionError, match="no Chinese"):
        wording.say(" ", "unknown")


def test_say_follows_the_language_of_the_request() -> None:
    for code, told in (("zh-hans", "未知"), ("en", "unknown"), ("fr", "未知")):
        with translation.override(code):
            assert wording.say("未知", "unknown") == told


def test_what_is_filled_in_is_no_markup() -> None:
    page = Template('{% load riskshed %}{% say "共 <b>{n}</b> 条" "<b>{n}</b> rows" n=name %}')
    with translation.override("en"):
        assert page.render(Context({"name": "<i>"})) == "<b>&lt;i&gt;</b> rows"


def test_words_of_one_language_name_it_and_no_words_are_unknown() -> None:
    with translation.override("en"):
        assert wording.words({"zh": "甲<b>", "en": ""}) == '<span lang="zh-Hans">甲&lt;b&gt;</span>'
        assert wording.words({}) == wording.words(None) == "unknown"
        assert wording.words(Text("甲", "one")) == "one"


def test_a_time_has_its_zone_and_the_year_only_if_it_is_another() -> None:
    assert wording.shown_time(NOON, CLOCK) == "11-23 12:00+08"
    assert wording.shown_time(NOON + timedelta(days=60), CLOCK) == "2006-01-22 12:00+08"
    assert wording.shown_time(NOON.astimezone(UTC), CLOCK) == "11-23 12:00+08"
    with translation.override("en"):
        assert wording.shown_time(None, CLOCK) == "unknown"


def test_a_time_element_says_the_same_to_machines() -> None:
    told = wording.time_tag(NOON, CLOCK)
    assert told == '<time datetime="2005-11-23T12:00+08:00">11-23 12:00<small>+08</small></time>'
    assert "未知" in wording.time_tag(None, CLOCK)


def test_the_head_of_a_page_has_the_whole_date() -> None:
    assert wording.full_time(NOON, EAST_8) == "2005-11-23 12:00 UTC+8"
    half = timezone(-timedelta(hours=3, minutes=30))
    assert wording.full_time(NOON, half) == "2005-11-23 00:30 UTC\u22123:30"


def test_the_year_that_goes_without_saying_is_that_of_the_nodes_clock(node: Node) -> None:
    assert wording.shown_time(NOON) == "11-23 12:00+08"
    assert wording.shown_time(NOON.replace(year=2026)) == "2026-11-23 12:00+08"


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (51, "51 小时后", "in 51 h"),
        (72, "72 小时后", "in 72 h"),
        (73, "3 天 1 小时后", "in 3 d 1 h"),
        (-3, "3 小时前", "3 h ago"),
    ],
)
def test_how_soon_is_in_hours_up_to_72_then_in_days(hours: float, zh: str, en: str) -> None:
    at = NOON + timedelta(hours=hours)
    with translation.override("zh-hans"):
        assert wording.how_soon(at, NOON) == zh
    with translation.override("en"):
        assert wording.how_soon(at, NOON) == en


def test_a_band_says_that_it_is_the_90_percent_band() -> None:
    ends = NOON + timedelta(hours=42), NOON + timedelta(hours=62)
    with translation.override("zh-hans"):
        assert wording.band(*ends, NOON) == "90% 区间 42–62 小时"
    with translation.override("en"):
        assert wording.band(*ends, NOON) == "90% band 42–62 h"


def test_nothing_in_the_pages_calls_a_band_80_percent() -> None:
    found = [name_of(path) for path in (*PYTHON, *TEMPLATES) if re.search(r"80 ?%", path.read_text("utf-8"))]
    assert not found


def test_a_band_that_has_passed_counts_backwards() -> None:
    ends = NOON - timedelta(hours=62), NOON - timedelta(hours=42)
    with translation.override("en"):
        assert wording.span_band(*ends, NOON) == "42–62 h ago"


def test_unknown_is_said_and_zero_is_not_unknown() -> None:
    with translation.override("en"):
        assert wording.people(None) == wording.probability(None) == wording.number(None, "mg/L") == "unknown"
        assert wording.people(0) == "0"
        assert wording.probability(0) == "0.00"


def test_what_is_neither_sure_nor_impossible_is_not_rounded_to_it() -> None:
    assert [wording.probability(p) for p in (0.001, 0.98, 0.999, 1)] == ["< 0.01", "0.98", "> 0.99", "1.00"]


def test_every_kind_that_a_rule_wants_is_named_as_an_act() -> None:
    wanted = {rule.owes for name in rulepack.names() for rule in rulepack.shelf(name).rules} - {"", "act"}
    assert wanted
    assert not {owes for owes in wanted if owes not in duty_row.OWED}


def test_a_source_in_the_other_language_says_so() -> None:
    with translation.override("zh-hans"):
        assert wording.original("press reprint") == '<span lang="en">press reprint</span>'
        assert [wording.original(one) for one in ("JSAE", "新华社", "WSJ 转载 just in time")] == [
            "JSAE",
            "新华社",
            "WSJ 转载 just in time",
        ]
    with translation.override("en"):
        assert wording.original("press reprint") == "press reprint"
        assert wording.original("新华社") == '<span lang="zh-Hans">新华社</span>'
