"""Agreements: read strictly, never looser than the law, applied only as signed, contradictions named."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import AGREEMENT, BASIN, COURT, PROVINCE, TERRITORY, at, clock, say, signed, stand
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import InputError, InputFaults
from riskshed.governance import rulepack
from riskshed.governance.agreement import (
    BOUNDS,
    TIMES,
    bound,
    contradictions,
    current,
    gaps,
    regime,
    still_owed,
    strictest,
    succession,
    unsigned,
)
from riskshed.governance.agreement_file import (
    HOURS,
    SOFT,
    Agreement,
    Override,
    longest_h,
    override_faults,
    read,
    shortest_h,
)
from riskshed.governance.rule import Rule, Within
from riskshed.governance.rulepack import RulePack
from riskshed.governance.ruling import apply
from riskshed.governance.situation import Moment, Situation
from riskshed.governance.subjects import AgreementStanding
from riskshed.governance.terms import Terms
from riskshed.statement import Money, Statement

HEAD = f"""
code = "{AGREEMENT}"
title = {{ zh = "上中下城协议", en = "Agreement of the three cities" }}
mode = "peers"
members = ["{SHANG}", "{ZHONG}", "{XIA}"]
coordination_body = "{BASIN}"
adjudicator = "{COURT}"
packs = ["cn-2024", "efas"]
starts = 2024-03-20T00:00:00+08:00
"""
TEXT = """
[terms]
answer_h = 1
assist_from_probability = 0.2
[offices]
accident = "accidents"
[roles]
unit = "plant"
[[article]]
zh = "发生地为主，波及地为辅。"
en = "Where it starts leads, where it arrives assists."
"""
SOON = '[[override]]\npack = "cn-2024"\nrule = "{}"\namount = {}\nunit = "{}"\nreason = "the river is fast"\n'
BET = f"""
[[contract]]
code = "border-zhong"
sort = "border_quality"
title = {{ zh = "交界断面对赌", en = "the bet at the border" }}
upstream = "{SHANG}"
downstream = "{ZHONG}"
section = "zhong"
quantity = "ammonia"
statistic = "mean"
period = "year"
limit = 1.0
limit_unit = "mg/L"
if_worse = {{ minor = 10000000000, currency = "CNY" }}
if_kept = {{ minor = 10000000000, currency = "CNY" }}
"""


def folder(
    path: Path, *, head: str = HEAD, text: str = TEXT, overrides: str = "", contracts: str = ""
) -> Path:
    path.mkdir(exist_ok=True)
    (path / "agreement.toml").write_text(head + text, encoding="utf-8")
    for name, content in (("overrides", overrides), ("contracts", contracts)):
        if content:
            (path / f"{name}.toml").write_text(content, encoding="utf-8")
    return path


def propose(files: Agreement, hours: float = -900.0, **more: Any) -> Statement:
    return say("AgreementProposed", BASIN, hours, **{**files.proposal_body(), **more})


def in_force(files: Agreement, **more: Any) -> AgreementStanding:
    text = propose(files, **more)
    return stand(text, signed(text)).agreements[text.id]


def faults(path: Path) -> dict[str, str]:
    with pytest.raises(InputFaults) as told:
        read(path)
    return {fault.code: str(fault) for fault in told.value.faults}


# ---------------------------------------------------------------------------------------------- reading


def test_terms_of_the_text_are_what_rules_use(tmp_path: Path) -> None:
    terms = read(folder(tmp_path)).terms
    assert (terms.code, terms.answer_h, terms.coordination_body) == (AGREEMENT, 1.0, BASIN)
    assert terms.members == (SHANG, ZHONG, XIA)
    assert (terms.roles["unit"], terms.offices["accident"], terms.adjudicator) == (
        "plant",
        "accidents",
        COURT,
    )


def test_proposal_says_what_the_files_say(tmp_path: Path) -> None:
    files = read(folder(tmp_path, overrides=SOON.format("wsr-9-1b", 30, "min"), contracts=BET))
    agreement = in_force(files)
    assert agreement.status == "in_force"
    assert (agreement.text_digest, agreement.overrides) == (files.text.digest, files.overrides_file.digest)
    assert agreement.packs[0][2] == rulepack.shelf("cn-2024").digest


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    head = HEAD.replace('mode = "peers"', 'mode = "friends"').replace("+08:00", "")
    told = faults(
        folder(tmp_path, head=head, overrides="[[override]]\npack = 3\n", contracts=BET + "limt = 1\n")
    )
    assert "agreement.unknown_field" in told
    with pytest.raises(InputFaults) as error:
        read(tmp_path)
    places = {str(fault.column) for fault in error.value.faults}
    assert {"mode", "starts", "override[0].pack", "override[0].reason", "contract[0].limt"} <= places


def test_misspelt_term_is_no_silence(tmp_path: Path) -> None:
    told = faults(folder(tmp_path, text=TEXT.replace("answer_h", "anwser_h")))
    assert "terms.anwser_h" in told["agreement.bad_value"]


def test_target_of_a_rule_stands_in_the_overrides_alone(tmp_path: Path) -> None:
    text = TEXT.replace("[offices]", 'targets_h = { "cn-2024 erl-17-1a" = 9 }\n[offices]')
    assert "overrides.toml" in faults(folder(tmp_path, text=text))["agreement.bad_value"]


def test_superior_mode_names_a_superior(tmp_path: Path) -> None:
    head = HEAD.replace('"peers"', '"superior"')
    assert "superior" in faults(folder(tmp_path, head=head))["agreement.bad_value"]


# ---------------------------------------------------------------------------------------------- contracts


def test_border_bet_is_kept_as_data(tmp_path: Path) -> None:
    (bet,) = read(folder(tmp_path, contracts=BET)).contracts
    assert bet.parties == (SHANG, ZHONG)
    assert bet.terms["if_worse"] == Money(minor=10_000_000_000, currency="CNY")


def test_contract_binds_members_alone(tmp_path: Path) -> None:
    told = faults(folder(tmp_path, contracts=BET.replace(f'"{ZHONG}"', f'"{PANG}"')))
    assert PANG in told["agreement.not_a_member"]


@pytest.mark.parametrize(("share", "good"), [(0.4, True), (0.41, False), (0.39, False)])
def test_payers_of_flood_storage_share_the_whole(tmp_path: Path, share: float, good: bool) -> None:
    storage = f"""
[[contract]]
code = "polder"
sort = "flood_storage"
title = {{ zh = "蓄滞洪", en = "flood storage" }}
host = "{XIA}"
area = "polder-1"
payer = [{{ body = "{SHANG}", share = 0.6 }}, {{ body = "{ZHONG}", share = {share} }}]
rate = [{{ loss = "crops", share = 0.7 }}]
"""
    path = folder(tmp_path, contracts=storage)
    if good:
        assert read(path).contracts[0].terms["rates"] == {"crops": 0.7}
    else:
        assert "add up to 1" in faults(path)["agreement.bad_value"]


def test_price_of_aid_is_agreed_beforehand(tmp_path: Path) -> None:
    aid = f"""
[[contract]]
code = "pumps"
sort = "priced_aid"
title = {{ zh = "排涝", en = "pumps" }}
giver = "{ZHONG}"
for = ["{SHANG}"]
price = {{ minor = 500000, currency = "CNY" }}
ready_h = 6
item = [{{ item = "pump", amount = 4, unit = "pump" }}]
"""
    (contract,) = read(folder(tmp_path, contracts=aid)).contracts
    assert contract.terms["items"] == (("pump", 4.0, "pump"),)
    assert contract.parties == (ZHONG, SHANG)


# ---------------------------------------------------------------------------------------------- overrides


@pytest.mark.parametrize(("amount", "unit", "good"), [(1, "h", True), (60, "min", True), (61, "min", False)])
def test_override_never_loosens_a_statute(tmp_path: Path, amount: float, unit: str, good: bool) -> None:
    rule = _statute("h", 1.0)
    path = folder(tmp_path, overrides=SOON.format(rule, amount, unit))
    if good:
        assert read(path).overrides[0].rule == rule
    else:
        assert "at most 1 h" in faults(path)["agreement.override_loosens"]


def _statute(unit: str, amount: float) -> str:
    """A rule of the Order on accidents with this time."""
    return next(
        rule.id
        for rule in rulepack.shelf("cn-2024").in_force(date(2026, 11, 26))
        if rule.within and (rule.within.unit, rule.within.amount) == (unit, amount)
        and rule.instrument.binding in ("law", "regulation")
    )  # fmt: skip


def test_at_once_gets_a_target_and_the_statute_keeps_no_hours(tmp_path: Path) -> None:
    files = read(folder(tmp_path, overrides=SOON.format("erl-17-2a", 20, "min")))
    made = regime(in_force(files), files, TERRITORY)
    facts = {"hazard_class": "accident", "beyond_capacity": True}
    moments = (Moment(SHANG, "known", at(0)),)
    case = Situation(
        at(1), facts, TERRITORY, (SHANG,), moments=moments, terms=made.terms, as_if_in_force=True
    )
    (owed,) = [one for one in apply(made.packs, case).owed() if one.rule.id == "erl-17-2a"]
    assert (owed.due, owed.target) == (None, at(1 / 3))


def test_shorter_time_of_a_statute_is_a_target_beside_the_lawful_one(tmp_path: Path) -> None:
    rule = _statute("h", 1.0)
    files = read(folder(tmp_path, overrides=SOON.format(rule, 30, "min")))
    made = regime(in_force(files), files, TERRITORY)
    assert made.terms.targets_h == {f"cn-2024 {rule}": 0.5}
    assert made.packs[0].rule(rule).within.amount == 1.0


def test_rule_without_a_time_takes_no_other(tmp_path: Path) -> None:
    assert "agreement.override_empty" in faults(folder(tmp_path, overrides=SOON.format("erl-19-2", 1, "h")))


def test_rule_that_is_not_there_cannot_be_overridden(tmp_path: Path) -> None:
    assert (
        "erl-99"
        in faults(folder(tmp_path, overrides=SOON.format("erl-99", 1, "h")))["agreement.unknown_rule"]
    )


def test_practice_may_be_switched_off_and_law_not(tmp_path: Path) -> None:
    practice = next(rule.id for rule in rulepack.shelf("efas").rules if rule.instrument.binding == "practice")
    off = '[[override]]\npack = "{}"\nrule = "{}"\noff = true\nreason = "not ours"\n'
    files = read(folder(tmp_path, overrides=off.format("efas", practice)))
    rule = regime(in_force(files), files, TERRITORY).packs[1].rule(practice)
    assert rule.outcome(rule.examples[0].given) == "does_not_apply"
    assert "agreement.override_off" in faults(folder(tmp_path, overrides=off.format("cn-2024", "erl-17-2a")))


def _timed_statutes() -> list[tuple[str, Rule]]:
    return [
        (name, rule)
        for name, pack in rulepack.all_packs().items()
        for rule in pack.in_force(date(2026, 11, 26))
        if rule.within and rule.within.unit in HOURS and rule.instrument.binding not in SOFT
    ]


def test_no_time_of_any_pack_can_be_made_longer_and_every_one_can_stay() -> None:
    statutes = _timed_statutes()
    assert len(statutes) > 20
    for name, rule in statutes:
        packs = {name: rulepack.shelf(name)}
        for factor, wanted in ((1.0, set()), (0.5, set()), (1.001, {"agreement.override_loosens"})):
            one = Override(name, rule.id, rule.within.amount * factor, rule.within.unit, False, "test")
            told = override_faults((one,), packs, date(2026, 11, 26), "test")
            assert {fault.code for fault in told} == wanted, (name, rule.id, factor)


def test_every_number_of_the_terms_is_compared() -> None:
    units = ("_h", "_min", "_d", "_probability")
    numbers = {one.name for one in fields(Terms) if one.name.endswith(units)} - {"targets_h"}
    assert numbers == {*TIMES, *BOUNDS}


@given(
    st.integers(1, 40),
    st.sampled_from(("workday", "month", "d", "h")),
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
)
def test_no_time_is_ever_outside_its_shortest_and_longest(amount: int, unit: str, since: datetime) -> None:
    within = Within(amount, unit, "known")
    hours = (within.due(since) - since).total_seconds() / 3600
    assert shortest_h(within) - 1e-9 <= hours <= longest_h(within) + 1e-9


# ------------------------------------------------------------------------------------------------- regime


def test_changed_pack_is_refused(tmp_path: Path) -> None:
    files = read(folder(tmp_path))
    agreement = in_force(files)
    shelf = {name: rulepack.shelf(name) for name in files.packs}
    shelf["efas"] = replace(shelf["efas"], digest="sha256:" + "0" * 64)
    with pytest.raises(InputFaults, match="efas") as told:
        regime(agreement, files, TERRITORY, packs=shelf)
    assert told.value.code == "agreement.pack_changed"


def test_changed_version_and_missing_pack_are_refused(tmp_path: Path) -> None:
    files = read(folder(tmp_path))
    shelf: dict[str, RulePack] = {"cn-2024": replace(rulepack.shelf("cn-2024"), version="2027.01")}
    with pytest.raises(InputFaults) as told:
        regime(in_force(files), files, TERRITORY, packs=shelf)
    assert [(one.code, one.column) for one in told.value.faults] == [
        ("agreement.pack_changed", "cn-2024"),
        ("agreement.pack_changed", "efas"),
    ]


def test_one_changed_byte_of_the_text_is_refused(tmp_path: Path) -> None:
    agreement = in_force(read(folder(tmp_path)))
    other = read(folder(tmp_path, text=TEXT + "\n"))
    with pytest.raises(InputFaults) as told:
        regime(agreement, other, TERRITORY)
    assert told.value.code == "agreement.file_changed"


def test_file_of_overrides_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    agreement = in_force(read(folder(tmp_path)))
    other = read(folder(tmp_path, overrides=SOON.format("erl-17-2a", 1, "h")))
    with pytest.raises(InputFaults) as told:
        regime(agreement, other, TERRITORY)
    assert [one.column for one in told.value.faults] == ["overrides"]


def test_statement_that_names_another_body_than_its_text_is_refused(tmp_path: Path) -> None:
    files = read(folder(tmp_path))
    with pytest.raises(InputFaults) as told:
        regime(in_force(files, coordination_body=PROVINCE), files, TERRITORY)
    assert [(one.code, one.column) for one in told.value.faults] == [
        ("agreement.text_differs", "coordination_body")
    ]


def test_text_that_one_member_has_not_signed_binds_nobody(tmp_path: Path) -> None:
    files = read(folder(tmp_path))
    text = propose(files)
    agreement = stand(text, signed(text, by=(SHANG, ZHONG))).agreements[text.id]
    assert unsigned(agreement) == (XIA,)
    with pytest.raises(InputError, match=XIA) as told:
        regime(agreement, files, TERRITORY)
    assert told.value.code == "agreement.binds_nobody"


def test_grade_that_a_level_handles_is_a_rule_of_the_agreement(tmp_path: Path) -> None:
    files = read(folder(tmp_path, text='[handles]\ncity = "III"\n' + TEXT))
    own = regime(in_force(files), files, TERRITORY).packs[-1]
    (rule,) = own.rules
    assert [rule.outcome({"grade": grade}) == "applies" for grade in ("I", "II", "III", "IV")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert (rule.gives["escalate"], rule.instrument.binding) == ("origin.province", "agreement")


# ---------------------------------------------------------------------- leaving, succession, what is owed


def test_member_that_left_is_bound_no_more_and_still_owes(tmp_path: Path) -> None:
    files = read(folder(tmp_path))
    text = propose(files)
    task = {"task": "boom", "owner": XIA, "what": {"en": "buy a boom"}, "due": clock(100)}
    later = {**task, "task": "barge"}
    held = say("MeetingHeld", BASIN, 0, about=AGREEMENT, decisions=[task], held_at=clock(0), present=[XIA])
    left = say("AgreementEnded", XIA, 10, about=AGREEMENT, replies_to=text.id, ends=clock(10), for_all=False)
    again = say(
        "MeetingHeld", BASIN, 20, about=AGREEMENT, decisions=[later], held_at=clock(20), present=[XIA]
    )
    standing = stand(text, signed(text), held, left, again)
    agreement = standing.agreements[text.id]
    assert (bound(agreement), bound(agreement, at(9))) == ((SHANG, ZHONG), (SHANG, ZHONG, XIA))
    assert regime(agreement, files, TERRITORY, at=at(9)).terms.binds(XIA)
    assert not regime(agreement, files, TERRITORY).terms.binds(XIA)
    assert [one.task for one in still_owed(standing, agreement, XIA).tasks] == ["boom"]


def test_decision_of_a_meeting_is_owed_until_it_is_done(tmp_path: Path) -> None:
    text = propose(read(folder(tmp_path)))
    task = {"task": "boom", "owner": XIA, "what": {"en": "buy a boom"}, "due": clock(100)}
    held = say("MeetingHeld", BASIN, 0, about=AGREEMENT, decisions=[task], held_at=clock(0), present=[XIA])
    whole = {"task": "boom", "share": "1", "done_at": clock(50)}
    done = say("TaskCompleted", XIA, 50, about=AGREEMENT, replies_to=held.id, **whole)
    before, after = stand(text, signed(text), held), stand(text, signed(text), held, done)
    assert still_owed(before, before.agreements[text.id], XIA).tasks[0].due == at(100)
    assert still_owed(after, after.agreements[text.id], XIA).tasks == ()


def test_new_text_takes_the_place_of_the_old(tmp_path: Path) -> None:
    files = read(folder(tmp_path))
    old = propose(files)
    new = propose(read(folder(tmp_path, text=TEXT + "\n")), -500.0, replies_to=old.id)
    standing = stand(old, signed(old), new, signed(new, -499.0))
    now = current(standing.agreements, AGREEMENT)
    assert now is not None
    assert [one.id for one in succession(standing.agreements, now)] == [old.id, new.id]


def test_alliance_is_told_which_plans_it_has_not(tmp_path: Path) -> None:
    files = read(folder(tmp_path, head=HEAD + 'hazard_classes = ["accident", "natural_disaster"]\n'))
    text = propose(files)
    plan = say("PlanFiled", BASIN, 0, about=AGREEMENT, hazard_class="accident", plan="p1", review_by=clock(5))
    task = {"task": "drill", "owner": XIA, "what": {"en": "hold a drill"}, "due": clock(6)}
    year = say("AnnualPlanAdopted", BASIN, 0, about=AGREEMENT, year=2024, tasks=[task])
    have = stand(text, signed(text), plan, year, hours=6)
    lacking = stand(text, signed(text), hours=6)
    codes = [(gap.code, gap.what) for gap in gaps(have, have.agreements[text.id], files)]
    assert codes == [("agreement.no_plan", "natural_disaster"), ("agreement.plan_overdue", "p1")]
    late = replace(have, at=at(6.1))
    assert gaps(late, late.agreements[text.id], files)[-1].owner == XIA
    told = [gap.code for gap in gaps(lacking, lacking.agreements[text.id], files)]
    assert told.count("agreement.no_plan") == 2
    assert "agreement.no_annual_plan" in told


# ------------------------------------------------------------------------------------------ contradictions


def _pair(tmp_path: Path, **changed: str) -> list[tuple[AgreementStanding, Agreement, Any]]:
    """The agreement of the river, and one of Zhong and Pang that differs."""
    rows = []
    for name, change in (("one", {}), ("other", changed)):
        head = HEAD
        if name == "other":
            head = HEAD.replace(AGREEMENT, "cast-lake").replace(f'"{SHANG}"', f'"{PANG}"')
        files = read(
            folder(
                tmp_path / name,
                head=head.replace(*change["head"].split("|")) if "head" in change else head,
                text=TEXT.replace(*change["text"].split("|")) if "text" in change else TEXT,
                overrides=change.get("overrides", SOON.format("erl-17-2a", 40, "min")),
            )
        )
        agreement = in_force(files)
        rows.append((agreement, files, regime(agreement, files, TERRITORY).terms))
    return rows


def test_agreements_that_say_the_same_do_not_contradict(tmp_path: Path) -> None:
    assert contradictions(_pair(tmp_path)) == ()


def test_two_coordination_bodies_are_both_told(tmp_path: Path) -> None:
    (found,) = contradictions(_pair(tmp_path, head=f'"{BASIN}"|"{PROVINCE}"'))
    assert (found.about, set(found.told), found.holds) == ("coordination_body", {BASIN, PROVINCE}, "")
    assert (found.one, found.other, found.bodies) == ("cast-lake", AGREEMENT, (ZHONG, XIA))


def test_two_leads_are_named_with_both_sides(tmp_path: Path) -> None:
    (found,) = contradictions(_pair(tmp_path, text='answer_h = 1|answer_h = 1\nlead = "coordination_body"'))
    assert (found.about, found.one_says, found.other_says) == ("lead", BASIN, "origin")


def test_of_two_times_for_one_rule_the_shorter_holds(tmp_path: Path) -> None:
    rows = _pair(tmp_path, overrides=SOON.format("erl-17-2a", 15, "min"))
    (found,) = contradictions(rows)
    assert (found.about, found.holds) == ("cn-2024 erl-17-2a", "0.25")
    assert strictest(rows[0][2], rows[1][2]).targets_h == {"cn-2024 erl-17-2a": 0.25}


def test_of_two_terms_the_shorter_holds_for_whom_both_bind(tmp_path: Path) -> None:
    rows = _pair(tmp_path, text="answer_h = 1|answer_h = 3")
    (found,) = contradictions(rows)
    assert (found.about, found.holds, found.told) == ("answer_h", "1.0", ())
    assert strictest(rows[1][2], rows[0][2]).answer_h == 1.0


def test_agreements_for_other_hazards_do_not_contradict(tmp_path: Path) -> None:
    apart = 'hazard_classes = ["accident"]\nstarts'
    rows = _pair(tmp_path, head=f"starts|{apart}")
    other = replace(rows[0][1], hazard_classes=("public_health",))
    terms = replace(rows[1][2], answer_h=9.0)
    assert contradictions([(rows[0][0], other, rows[0][2]), (rows[1][0], rows[1][1], terms)]) == ()
