"""Rules and rulings in words: what a duty officer reads, in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from riskshed import rules_text
from riskshed.governance import rulepack, ruling, situation
from riskshed.governance.rule import POLICIES
from riskshed.governance.ruling import Ruling
from riskshed.rules_text import POLICIES_ZH, WORDS, Tongue, explain, to_json, to_text

FACTS = Path(__file__).parents[1] / "cases" / "songhua-2005" / "facts.json"
TONGUES: tuple[Tongue, ...] = ("zh", "en")


def songhua(**changes: Any) -> Ruling:
    packs = rulepack.all_packs()
    vocabulary = {name: fact for pack in packs.values() for name, fact in pack.facts.items()}
    raw = {**json.loads(FACTS.read_bytes()), **changes}
    asked = situation.parse(json.dumps(raw), vocabulary)
    return ruling.apply([packs[name] for name in asked.packs], asked)


@pytest.mark.parametrize("lang", TONGUES)
def test_every_rule_can_be_explained(lang: Tongue) -> None:
    for pack in rulepack.all_packs().values():
        for rule in pack.rules:
            told = explain(rule, lang)
            assert told.startswith(f"{pack.pack} {rule.id}")
            assert rule.article in told
            assert (rule.says_zh if lang == "zh" else rule.says_en) in told
            assert all(one.say in told for one in rule.examples)


def test_explanation_gives_the_condition_as_one_reads_it() -> None:
    told = explain(rulepack.shelf("cn-2024").rule("wsr-3-1"), "en")
    assert "dead_people ≥ 30" in told
    assert "loss_cny ≥ 100000000" in told


def test_explanation_gives_the_last_day_in_force() -> None:
    rule = rulepack.shelf("cn-2024").rule("wsr-35")
    assert "in force: since 2007-06-01, to 2021-08-31, the last day" in explain(rule, "en")
    assert "hazard ∈ {water_pollution, air_pollution}" in explain(rule, "en")
    assert "accident_report_late = true" in explain(rule, "en")


def test_every_policy_has_words_in_chinese() -> None:
    assert POLICIES_ZH.keys() == POLICIES.keys()


def test_rule_whose_wording_was_not_seen_says_so() -> None:
    rule = next(rule for rule in rulepack.shelf("danube-aews").rules if not rule.confirmed)
    assert "[wording not confirmed]" in explain(rule, "en")
    assert "[未核对原文]" in explain(rule, "zh")


def test_words_of_the_ruling_exist_in_both_languages() -> None:
    assert all(zh and en and zh != en for zh, en in WORDS.values())


def test_ruling_says_first_who_leads_and_by_what() -> None:
    lines = to_text(songhua(), "en").splitlines()
    assert "lead: 220200 吉林市 [agreement songhua-model]" in lines[:4]
    assert "lead by law: 230000 黑龙江省 [Emergency Response Law 18]" in lines
    assert "assist: 230100 哈尔滨市 [agreement songhua-model]" in lines


def test_ruling_has_its_times_and_whose_they_are() -> None:
    told = to_text(songhua(), "en")
    assert (
        "by 2005-11-13 14:45+08:00, which has passed (target of the agreement; the law says at once)" in told
    )
    assert "2005-11-13 14:45+08:00 前，已过时限（协议目标；法条：立即）" in to_text(songhua(), "zh")


def test_time_that_has_not_passed_is_not_said_to_have() -> None:
    told = to_text(songhua(at="2005-11-13T14:00:00+08:00"), "en")
    assert "by 2005-11-13 14:45+08:00 (target" in told


@pytest.mark.parametrize("lang", TONGUES)
def test_each_rule_stands_once_under_each_time(lang: Tongue) -> None:
    told = to_text(songhua(), lang)
    duties = told.split("\n\n")[1]
    assert duties.count("erl-62-2]") == 2  # of the place of origin, whose clock runs, and of the others
    assert "220700 松原市 → 220000 吉林省" in duties


@pytest.mark.parametrize("lang", TONGUES)
def test_standing_duties_are_apart_and_short(lang: Tongue) -> None:
    last = next(part for part in to_text(songhua(), lang).split("\n\n") if "wsr-18" in part)
    assert last.count("\n") == 0
    assert "erl-59-2" in last


def test_body_that_nobody_named_is_described() -> None:
    assert "not known which body: garrison" in to_text(songhua(), "en")
    assert "待定：当地驻军" in to_text(songhua(), "zh")
    unagreed = songhua(agreement={})
    assert "not known which body: the government that leads the response" in to_text(unagreed, "en")


def test_undetermined_rules_are_grouped_by_what_to_find_out() -> None:
    told = to_text(songhua(), "en")
    (line,) = [line for line in told.splitlines() if line.strip().startswith("warning_issued –")]
    assert line.endswith("→ erl-64-2, erl-64-3, erl-64-3-garrison")
    assert "--json lists them" in told


def test_uncertain_lead_says_on_what_it_hangs() -> None:
    told = to_text(songhua(), "en")
    assert (
        "escalate to: 220000 吉林省 [Emergency Response Law 17 ¶2] – not certain: hangs on beyond_capacity"
        in told
    )


def test_lower_bound_of_a_grade_names_what_is_unknown() -> None:
    facts = {"hazard_class": "accident", "hazard": "work_accident", "dead_people": 10}
    assert "grade: II" in to_text(songhua(facts=facts), "en")
    assert "a lower bound: not known are" in to_text(songhua(facts=facts), "en")


def test_json_holds_every_duty_with_its_citation_and_times() -> None:
    found = to_json(songhua())
    (one,) = [row for row in found["duties"] if row["rule"] == "erl-62-2-neighbours"]
    assert one["who"] == "220200"
    assert one["to"] == ["220700", "230100", "230800"]
    assert (one["due"], one["target"]) == (None, "2005-11-13T15:45:00+08:00")
    assert one["cite"] == "中华人民共和国突发事件应对法 62"


def test_json_has_each_line_of_the_ruling_in_one_place() -> None:
    found, made = to_json(songhua()), songhua()
    lists = [found[key] for key in ("duties", "options", "forbidden", "standing")]
    assert sum(map(len, lists)) == len(made.duties)
    assert len(found["undetermined"]) == len(made.undetermined)
    asked = {rule for row in found["find_out"] for key in ("decides", "among_others") for rule in row[key]}
    assert asked == {f"{row['pack']} {row['rule']}" for row in found["undetermined"]}


def test_json_is_plain_json() -> None:
    found = to_json(songhua())
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {"grade", "duties", "lead", "assist", "escalation", "undetermined"} <= found.keys()


@pytest.mark.parametrize("lang", TONGUES)
def test_empty_situation_is_told_without_a_fault(lang: Tongue) -> None:
    bare = {
        "facts": {},
        "places": [],
        "origin": [],
        "hazard": [],
        "reached": [],
        "moments": [],
        "agreement": {},
    }
    assert to_text(songhua(**bare), lang)
    assert rules_text.to_json(songhua(**bare))["duties"] == []
