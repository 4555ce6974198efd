"""Filters for rules, agreements and the register: what their parts are called in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from riskshed.exchange.wording import Text
from riskshed.governance.rule import OUTCOMES, Rule
from riskshed.web.wording import say

register = template.Library()

OUTCOME_WORDS: Mapping[str, Text] = {
    "does_not_apply": Text("不适用", "does not apply"),
    "undetermined": Text("未定", "undetermined"),
    "applies": Text("适用", "applies"),
    "kept": Text("已遵守", "kept"),
    "broken": Text("已违反", "broken"),
    "open": Text("未到期", "open"),
}
assert OUTCOME_WORDS.keys() == set(OUTCOMES), "every outcome has its words"


@register.filter
def titled(held: Any) -> str:
    """The title of a pack, an instrument or an article: what has ``title_zh`` and ``title_en``."""
    return say(held.title_zh, held.title_en)


@register.filter
def says(rule: Rule) -> str:
    """A rule in one sentence."""
    return say(rule.says_zh, rule.says_en)


@register.filter
def outcome(name: str) -> str:
    """What comes of a rule in a case."""
    words = OUTCOME_WORDS[name]
    return say(words.zh, words.en)


STEP_WORDS: Mapping[str, Text] = {
    "identified": Text("识别", "identified"),
    "analysed": Text("分析", "analysed"),
    "evaluated": Text("评价", "evaluated"),
    "treated": Text("应对", "treated"),
    "monitored": Text("监测", "monitored"),
}


@register.filter
def step(name: str) -> str:
    """A step of ISO 31000."""
    return say(STEP_WORDS[name].zh, STEP_WORDS[name].en)
