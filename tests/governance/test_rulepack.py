"""Packs from strangers: a good one is read whole, a bad one is refused with every fault and its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskshed.errors import InputFaults, NotFoundError
from riskshed.governance import rulepack
from riskshed.governance.rulepack import RulePack

ABOUT = """
pack = "shang"
version = "1"
title_zh = "商河规则"
title_en = "Rules of the Shang"
"""
INSTRUMENT = """
[instrument]
id = "bridge"
title_zh = "桥梁条例"
title_en = "Bridge Order"
edition = "first"
binding = "regulation"
in_force = 2020-01-01
source = "test"

[fact.load_t]
type = "number"
unit = "t"
zh = "荷载"
en = "Load."
"""
RULE = """
[[rule]]
id = "bridge-1"
article = "1"
kind = "notify"
modality = "shall"
confirmed = true
confidence = "high"
quote = "桥上荷载超过五吨的，应当报告"
says_zh = "荷载超过五吨的应当报告。"
says_en = "Loads above five tonnes are reported."
who = "unit"
to = ["origin.county"]
when = { fact = "load_t", more_than = 5 }
owes = "RiskReported"
act = "report.first"
within = { amount = 2, unit = "h", from = "known" }
unknown = "U-CLOCK"

[[rule.example]]
say = "two hours are in time"
given = { load_t = 5.1 }
elapsed = 2
then = "kept"
"""


def pack_of(folder: Path, *, about: str = ABOUT, rules: str = INSTRUMENT + RULE, more: str = "") -> Path:
    home = folder / "shang"
    home.mkdir(exist_ok=True)
    (home / "pack.toml").write_text(about, "utf-8")
    (home / "bridge.toml").write_text(rules, "utf-8")
    if more:
        (home / "bridge-2.toml").write_text(more, "utf-8")
    return home


def faults_of(home: Path) -> list[tuple[str, str]]:
    """Code and place of every fault."""
    with pytest.raises(InputFaults) as raised:
        RulePack.read(home)
    assert raised.value.code == "rulepack.faults"
    return [(fault.code, str(fault.column)) for fault in raised.value.faults]


def swap(old: str, new: str) -> str:
    text = INSTRUMENT + RULE
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_good_pack_is_read_whole(tmp_path: Path) -> None:
    pack = RulePack.read(pack_of(tmp_path))
    (rule,) = pack.rules
    assert (pack.pack, pack.version, rule.id, rule.cite) == ("shang", "1", "bridge-1", "桥梁条例 1")
    assert rule.in_force == date(2020, 1, 1)
    assert rule.outcome({"load_t": 5.1}, 2) == "kept"


def test_pack_knows_the_shared_facts(tmp_path: Path) -> None:
    assert {"load_t", "hazard_class", "dead_people"} <= RulePack.read(pack_of(tmp_path)).facts.keys()


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('article = "1"\n', "", "rulepack.no_citation", "rule bridge-1.article"),
        ('article = "1"', 'article = " "', "rulepack.bad_value", "rule bridge-1.article"),
        ('quote = "桥上荷载超过五吨的，应当报告"\n', "", "rulepack.no_citation", "rule bridge-1.quote"),
        ('act = "report.first"', 'untill = 2021-01-01\nact = "report.first"', "rulepack.unknown_field",
         "rule bridge-1.untill"),
        ('unit = "h", from', 'untis = "h", unit = "h", from', "rulepack.unknown_field",
         "rule bridge-1.within.untis"),
        ('source = "test"', 'source = "test"\ncolour = "red"', "rulepack.unknown_field", "instrument.colour"),
        ('fact = "load_t", more', 'fact = "lode_t", more', "rulepack.bad_condition",
         "rule bridge-1.when.fact"),
        ("more_than = 5 }", 'more_than = "5" }', "rulepack.bad_condition", "rule bridge-1.when.more_than"),
        ("given = { load_t = 5.1 }", "given = { lode_t = 5.1 }", "rulepack.bad_value",
         "rule bridge-1.example[0].given.lode_t"),
        ("given = { load_t = 5.1 }", "given = { load_t = true }", "rulepack.bad_value",
         "rule bridge-1.example[0].given.load_t"),
        ('then = "kept"', 'then = "fine"', "rulepack.bad_value", "rule bridge-1.example[0].then"),
        ("elapsed = 2", "elapsed = -2", "rulepack.bad_value", "rule bridge-1.example[0].elapsed"),
        ('to = ["origin.county"]', 'to = ["origin.moon"]', "rulepack.unknown_role", "rule bridge-1.to"),
        ('who = "unit"', 'who = "The Mayor"', "rulepack.unknown_role", "rule bridge-1.who"),
        ('who = "unit"\n', "", "rulepack.bad_value", "rule bridge-1.who"),
        ('owes = "RiskReported"', 'owes = "RiskShouted"', "rulepack.bad_value", "rule bridge-1.owes"),
        ('kind = "notify"', 'kind = "nudge"', "rulepack.bad_value", "rule bridge-1.kind"),
        ('modality = "shall"', 'modality = "should"', "rulepack.bad_value", "rule bridge-1.modality"),
        ("confirmed = true", 'confirmed = "yes"', "rulepack.bad_value", "rule bridge-1.confirmed"),
        ('unknown = "U-CLOCK"', 'unknown = "U-GUESS"', "rulepack.bad_value", "rule bridge-1.unknown"),
        ("amount = 2, unit", "amount = -2, unit", "rulepack.bad_value", "rule bridge-1.within.amount"),
        ('unit = "h", from', 'unit = "fortnight", from', "rulepack.bad_value", "rule bridge-1.within.unit"),
        ('amount = 2, unit = "h"', 'amount = 1.5, unit = "workday"', "rulepack.bad_value",
         "rule bridge-1.within.amount"),
        ('from = "known"', 'from = "dawn"', "rulepack.bad_value", "rule bridge-1.within.from"),
        ("in_force = 2020-01-01", 'in_force = "2020"', "rulepack.bad_value", "instrument.in_force"),
        ("in_force = 2020-01-01", "in_force = 2020-01-01\nuntil = 2020-01-01", "rulepack.bad_value",
         "instrument.until"),
        ('act = "report.first"', 'until = 2019-01-01\nact = "report.first"', "rulepack.bad_value",
         "rule bridge-1.until"),
        ('binding = "regulation"', 'binding = "wish"', "rulepack.bad_value", "instrument.binding"),
        ('type = "number"', 'type = "float"', "rulepack.bad_value", "fact.load_t.type"),
        ('type = "number"', 'type = "choice"', "rulepack.bad_value", "fact.load_t.choices"),
        ('act = "report.first"', 'gives = { scale = "grade" }\nact = "report.first"', "rulepack.bad_value",
         "rule bridge-1.gives"),
        ('act = "report.first"', 'gives = { scale = "grade", level = "V" }\nact = "x"', "rulepack.bad_value",
         "rule bridge-1.gives.level"),
        ('act = "report.first"', 'gives = { lead = "The Mayor" }\nact = "x"', "rulepack.unknown_role",
         "rule bridge-1.gives.lead"),
        ('act = "report.first"', 'gives = { boss = "unit" }\nact = "x"', "rulepack.unknown_field",
         "rule bridge-1.gives.boss"),
        ('id = "bridge-1"', 'id = "Bridge 1"', "rulepack.bad_value", "rule Bridge 1.id"),
        ('says_en = "Loads', 'says_en = "\\u0007Loads', "rulepack.bad_value", "rule bridge-1.says_en"),
    ],
)  # fmt: skip
def test_fault_is_named_with_its_code_and_place(
    tmp_path: Path, old: str, new: str, code: str, place: str
) -> None:
    assert (code, place) in faults_of(pack_of(tmp_path, rules=swap(old, new)))


def test_all_faults_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    rules = swap('who = "unit"', 'who = "The Mayor"').replace('kind = "notify"', 'kind = "nudge"')
    home = pack_of(tmp_path, about=ABOUT + 'colour = "red"\n', rules=rules, more='continues = "moon"\n')
    assert {
        ("rulepack.unknown_field", "colour"),
        ("rulepack.unknown_role", "rule bridge-1.who"),
        ("rulepack.bad_value", "rule bridge-1.kind"),
        ("rulepack.bad_value", "continues"),
    } <= set(faults_of(home))


def test_note_stands_in_for_a_quote_only_where_nothing_is_confirmed(tmp_path: Path) -> None:
    told = swap('quote = "桥上荷载超过五吨的，应当报告"\n', 'note = "The text was not seen."\n')
    assert ("rulepack.no_citation", "rule bridge-1.quote") in faults_of(pack_of(tmp_path, rules=told))
    unsure = told.replace("confirmed = true", "confirmed = false")
    assert not RulePack.read(pack_of(tmp_path, rules=unsure)).rules[0].confirmed


@pytest.mark.parametrize(
    ("first", "second", "overlaps"),
    [
        ("until = 2022-01-01", "in_force = 2022-01-01", False),
        ("until = 2022-01-02", "in_force = 2022-01-01", True),
        ("", "in_force = 2022-01-01", True),
        ("until = 2022-01-01", "until = 2022-01-01", True),
    ],
)
def test_two_editions_of_a_rule_never_hold_on_one_day(
    tmp_path: Path, first: str, second: str, overlaps: bool
) -> None:
    rules = [
        RULE.replace('act = "report.first"', f'act = "report.first"\n{dates}') for dates in (first, second)
    ]
    home = pack_of(tmp_path, rules=INSTRUMENT + "".join(rules))
    if overlaps:
        assert ("rulepack.overlap", "bridge-1") in faults_of(home)
        return
    pack = RulePack.read(home)
    assert [len(pack.in_force(date(2021, 12, 31))), len(pack.in_force(date(2022, 1, 1)))] == [1, 1]


def test_fact_has_one_meaning_in_a_pack(tmp_path: Path) -> None:
    again = '[fact.load_t]\ntype = "number"\nunit = "kg"\nzh = "荷载"\nen = "Load."\n'
    home = pack_of(tmp_path, more=f'continues = "bridge"\n{again}')
    assert faults_of(home) == [("rulepack.fact_twice", "fact.load_t")]


def test_fact_of_all_packs_cannot_be_declared_anew(tmp_path: Path) -> None:
    mine = '[fact.dead_people]\ntype = "whole"\nunit = "people"\nzh = "死亡人数"\nen = "Those I count."\n'
    home = pack_of(tmp_path, more=f'continues = "bridge"\n{mine}')
    assert faults_of(home) == [("rulepack.fact_twice", "fact.dead_people")]


def test_file_that_goes_on_has_the_instrument_of_the_first(tmp_path: Path) -> None:
    more = 'continues = "bridge"\n' + RULE.replace("bridge-1", "bridge-2")
    pack = RulePack.read(pack_of(tmp_path, more=more))
    assert [rule.instrument.id for rule in pack.rules] == ["bridge", "bridge"]


@pytest.mark.parametrize("target", ["moon", "bridge-2", ""])
def test_file_cannot_go_on_with_what_is_not_there_or_with_itself(tmp_path: Path, target: str) -> None:
    home = pack_of(tmp_path, more=f'continues = "{target}"\n' + RULE.replace("bridge-1", "bridge-2"))
    assert any(place == "continues" for _, place in faults_of(home))


def test_two_instruments_cannot_have_one_id(tmp_path: Path) -> None:
    again = INSTRUMENT.partition("[fact")[0].replace("first", "second")
    assert ("rulepack.instrument_twice", "instrument.id") in faults_of(pack_of(tmp_path, more=again))


@pytest.mark.parametrize("where", ["pack.toml", "bridge.toml"])
@pytest.mark.parametrize("data", [b"rule = [", b"\xff\xfe\x00", b"a = 1\na = 2\n", b"a" * 2_000_000])
def test_file_that_is_no_toml_is_refused(tmp_path: Path, where: str, data: bytes) -> None:
    home = pack_of(tmp_path)
    (home / where).write_bytes(data)
    assert faults_of(home)


@pytest.mark.parametrize("text", ['rule = "all"', "rule = [1]", "instrument = 3", "fact = []", "[[rule]]\n"])
def test_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    assert faults_of(pack_of(tmp_path, rules=text))


def test_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    home = pack_of(tmp_path)
    with (home / "bridge.toml").open("ab") as file:
        file.truncate(2**40)
    assert "file.too_large" in {code for code, _ in faults_of(home)}


@pytest.mark.parametrize("name", ["nowhere.toml", "shang/bridge.toml"])
def test_link_is_refused_wherever_it_leads(tmp_path: Path, name: str) -> None:
    home = pack_of(tmp_path)
    (home / "more.toml").symlink_to(tmp_path / name)
    assert "rulepack.link" in {code for code, _ in faults_of(home)}


def test_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    home = pack_of(tmp_path)
    (home / "more.toml").mkdir()
    assert faults_of(home)


def test_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "nowhere")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_digest_changes_with_every_byte(tmp_path: Path, data: st.DataObject) -> None:
    home = pack_of(tmp_path)
    before = RulePack.read(home).digest
    comment = data.draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8))
    name = data.draw(st.sampled_from(["pack.toml", "bridge.toml"]))
    with (home / name).open("a", encoding="utf-8") as file:
        file.write(f"#{comment}")
    assert RulePack.read(home).digest != before


def test_digest_changes_with_the_shared_facts(tmp_path: Path) -> None:
    home = pack_of(tmp_path)
    before = RulePack.read(home).digest
    shared = (rulepack.SHELF / rulepack.FACTS).read_text("utf-8")
    (tmp_path / rulepack.FACTS).write_text(shared + "#", "utf-8")
    assert RulePack.read(home).digest != before


def test_digest_is_the_same_wherever_the_pack_stands(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    here, there = RulePack.read(pack_of(tmp_path)), RulePack.read(pack_of(tmp_path / "elsewhere"))
    assert here.digest == there.digest


def test_newest_edition_stands_for_all_times_as_if_in_force(tmp_path: Path) -> None:
    old = RULE.replace('act = "report.first"', 'act = "report.first"\nuntil = 2022-01-01')
    new = RULE.replace('act = "report.first"', 'act = "report.new"\nin_force = 2022-01-01')
    pack = RulePack.read(pack_of(tmp_path, rules=INSTRUMENT + new + old))
    day = date(2005, 11, 14)
    assert pack.in_force(day) == ()
    assert [rule.act for rule in pack.in_force(day, as_if=True)] == ["report.new"]


def test_rule_is_found_by_day_or_in_its_newest_edition(tmp_path: Path) -> None:
    pack = RulePack.read(pack_of(tmp_path))
    assert pack.rule("bridge-1") == pack.rule("bridge-1", date(2020, 1, 1))
    with pytest.raises(NotFoundError) as raised:
        pack.rule("bridge-1", date(2019, 12, 31))
    assert raised.value.code == "rules.not_in_force"
    with pytest.raises(NotFoundError) as raised:
        pack.rule("bridge-9")
    assert raised.value.code == "rules.unknown"


@pytest.mark.parametrize("name", ["moon", "", "..", "../cn-2024", "facts.toml"])
def test_pack_that_is_not_on_the_shelf_is_not_found(name: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        rulepack.shelf(name)
    assert raised.value.code == "rules.unknown_pack"
