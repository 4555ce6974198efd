"""Findings: what the record bears out, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import (
    INCIDENT,
    TERRITORY,
    at,
    clock,
    join,
    joined,
    noticed,
    opened,
    say,
    stand,
)
from governance.test_duty import foreseen

from riskshed.canonical import encode_plain
from riskshed.governance import finding, rulepack
from riskshed.governance.circumstances import Regime
from riskshed.governance.obligation import Duty
from riskshed.governance.proposed import Proposed
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.statement import Statement, digest_text, make

SECTIONS = {"zhong": ZHONG, "xia": XIA, "shang": SHANG}
TERMS = Terms(code="cast-river")
REGIME = Regime(
    packs=(rulepack.shelf("cn-2024"),),
    terms=TERMS,
    territory=TERRITORY,
    as_if_in_force=True,
    sections=SECTIONS,
)
AGREED = Regime(packs=(), terms=TERMS, territory=TERRITORY, sections=SECTIONS)


def denied(by: str, hours: float) -> Statement:
    text = {"zh": "没有污染。", "en": "There is no pollution."}
    return say("PublicStatementMade", by, hours, text=text, where="press", harm="none")


def read(section: str, hours: float, *, kind: str = "first_detected", value: str = "0.2") -> Statement:
    row = {
        "section": section,
        "time": clock(hours),
        "kind": kind,
        "value": {"value": value, "unit": "mg/L"},
        "known_at": clock(hours + 1),
    }
    return say(
        "ReadingsTaken",
        ZHONG,
        hours + 1,
        quantity="x",
        starts=clock(hours),
        ends=clock(hours),
        readings=[row],
    )


def kinds(standing: Standing, regime: Regime = REGIME) -> set[tuple[str, str]]:
    return {(one.breach, one.of) for one in finding.propose(standing, regime)}


def of(standing: Standing, breach: str, body: str, regime: Regime = REGIME) -> Proposed:
    found = [one for one in finding.propose(standing, regime) if (one.breach, one.of) == (breach, body)]
    return found[0]


def test_denial_after_a_reading_in_ones_own_area_is_false() -> None:
    standing = stand(joined(), opened(), read("zhong", 10), denied(ZHONG, 12))
    assert of(standing, "false", ZHONG).found == at(12)


def test_denial_before_any_reading_in_ones_own_area_is_not_false() -> None:
    standing = stand(joined(), opened(), denied(ZHONG, 9), read("zhong", 10))
    assert ("false", ZHONG) not in kinds(standing)


def test_reading_of_zero_shows_nothing() -> None:
    standing = stand(joined(), opened(), read("zhong", 10, kind="observed", value="0"), denied(ZHONG, 12))
    assert ("false", ZHONG) not in kinds(standing)


def test_reading_below_a_limit_shows_nothing() -> None:
    standing = stand(joined(), opened(), read("zhong", 10, kind="below"), denied(ZHONG, 12))
    assert ("false", ZHONG) not in kinds(standing)


def test_what_is_seen_downstream_passed_the_source_earlier_by_the_range_of_travel_times() -> None:
    # The forecast counts from hour 0: 44 to 52 h to Zhong. Seen at hour 60, it passed between 8 and 16.
    standing = stand(joined(), opened(), foreseen(1), read("zhong", 60))
    incident = standing.incidents[INCIDENT]
    (sighting,) = finding.sightings(standing, incident, SECTIONS)
    assert finding.passed_source(standing, incident, sighting) == (at(8), at(16))


def test_what_no_forecast_names_cannot_be_carried_back() -> None:
    standing = stand(joined(), opened(), foreseen(1, (XIA, "0.9")), read("zhong", 60))
    incident = standing.incidents[INCIDENT]
    (sighting,) = finding.sightings(standing, incident, SECTIONS)
    assert finding.passed_source(standing, incident, sighting) is None


@pytest.mark.parametrize(("hours", "is_false"), [(15.9, False), (16, True), (40, True)])
def test_source_that_denies_it_after_it_must_have_passed_is_false(hours: float, is_false: bool) -> None:
    standing = stand(joined(), opened(), foreseen(1), denied(SHANG, hours), read("zhong", 60))
    assert (("false", SHANG) in kinds(standing)) is is_false


def test_reading_carried_back_says_nothing_against_a_city_that_is_not_the_source() -> None:
    standing = stand(joined(), opened(), foreseen(1), denied(XIA, 30), read("zhong", 60))
    assert ("false", XIA) not in kinds(standing)


def test_city_that_was_told_and_denies_it_is_false() -> None:
    told = noticed(5, to=(ZHONG,), cities=[ZHONG], confirmed=True)
    found = of(stand(joined(), opened(), told, denied(ZHONG, 6)), "false", ZHONG)
    assert told.id in found.evidence


def test_city_that_was_told_of_what_is_unconfirmed_may_deny_it() -> None:
    told = noticed(5, to=(ZHONG,), cities=[ZHONG], confirmed=False)
    assert ("false", ZHONG) not in kinds(stand(joined(), opened(), told, denied(ZHONG, 6)))


def test_evidence_names_the_reading_by_the_digest_of_its_canonical_form() -> None:
    said = read("zhong", 10)
    found = of(stand(joined(), opened(), said, denied(ZHONG, 12)), "false", ZHONG)
    row = {name: dict(v) if name == "value" else v for name, v in said.body["readings"][0].items()}  # type: ignore[index]
    assert found.readings == (digest_text(encode_plain(row)),)
    assert said.id in found.evidence


def test_false_words_are_judged_by_a_rule_that_forbids_them() -> None:
    found = of(stand(joined(), opened(), read("zhong", 10), denied(ZHONG, 12)), "false", ZHONG)
    assert rulepack.shelf("cn-2024").rule(found.rule).modality == "must-not"


def test_without_any_rule_the_agreement_itself_wants_the_truth() -> None:
    standing = stand(joined(), opened(), read("zhong", 10), denied(ZHONG, 12))
    assert of(standing, "false", ZHONG, AGREED).rule == "truth"


def test_report_that_was_owed_while_the_body_denied_is_concealed() -> None:
    first = say("RiskReported", SHANG, 1, report="first", to=[XIA], harm="unknown", known_at=clock(1))
    standing = stand(joined(), opened(began=clock(0)), first, denied(SHANG, 2), hours=30)
    owed = [
        one for one in finding.propose(standing, REGIME) if one.owed == "RiskReported" and one.of == SHANG
    ]
    assert {one.breach for one in owed} == {"concealed"}


def test_report_that_was_owed_in_silence_is_absent() -> None:
    first = say("RiskReported", SHANG, 1, report="first", to=[XIA], harm="unknown", known_at=clock(1))
    standing = stand(joined(), opened(began=clock(0)), first, hours=30)
    owed = [
        one for one in finding.propose(standing, REGIME) if one.owed == "RiskReported" and one.of == SHANG
    ]
    assert {one.breach for one in owed} == {"absent"}


def test_notice_that_nobody_answers_is_uncooperative() -> None:
    standing = stand(joined(), opened(), noticed(1), hours=30)
    assert ("uncooperative", ZHONG) in kinds(standing, AGREED)


def test_silence_has_what_was_on_its_way_beside_it() -> None:
    standing = stand(joined(), opened(), foreseen(1), hours=30)
    silent = [one for one in finding.propose(standing, AGREED) if one.owed == "SignOfLife"]
    # The last word was at hour 1 and the next was due at 5; Zhong is reached at 48.
    assert silent[0].beside[0] == (ZHONG, at(48), 43.0)


def test_two_accounts_by_which_it_is_late_are_both_named_and_nothing_is_disputed() -> None:
    one, other = noticed(20, to=(ZHONG,)), noticed(40, to=(ZHONG,))
    found = _account_finding(one, other)
    assert [said.id for said in found.accounts] == [one.id, other.id]
    assert found.disputed == ()


def test_breach_that_only_one_account_shows_is_disputed() -> None:
    one, other = noticed(1.5, to=(ZHONG,)), noticed(40, to=(ZHONG,))
    found = _account_finding(one, other)
    assert found.disputed == (one.id,)
    assert other.id in found.evidence


def _account_finding(one: Statement, other: Statement) -> Proposed:
    """Of a duty of Shang to tell Zhong by hour 2."""
    owed = Duty(
        SHANG,
        "NoticeSent",
        "notify.neighbour",
        ZHONG,
        INCIDENT,
        at(1),
        at(2),
        True,
        True,
        False,
        "p",
        "r",
        "c",
    )
    standing = stand(joined(), opened(), one, other, hours=60)
    excludes = {one.id: frozenset((other.id,)), other.id: frozenset((one.id,))}
    (found,) = [f for f in finding.propose(standing, AGREED, [owed], excludes) if f.rule == "r"]
    return found


def test_record_put_together_later_says_nothing_of_inward_acts() -> None:
    first = say("RiskReported", SHANG, 1, report="first", to=[XIA], harm="unknown", known_at=clock(1))
    kept = opened(began=clock(0))
    body = {name: dict(v) if name in ("name", "what") else v for name, v in (kept.body or {}).items()}
    told = make(
        "IncidentOpened",
        by=kept.by,
        officer=kept.officer,
        issued=kept.issued,
        about=INCIDENT,
        body=body,
        reconstructed={"source": "press", "precision": "day"},
    )
    later, now = (stand(joined(), one, first, hours=90) for one in (told, kept))
    assert not [one for one in finding.propose(later, REGIME) if one.owed in finding.INWARD]
    assert [one for one in finding.propose(now, REGIME) if one.owed in finding.INWARD]


def test_finding_can_be_put_on_the_record() -> None:
    found = of(stand(joined(), opened(), read("zhong", 10), denied(ZHONG, 12)), "false", ZHONG)
    body = found.body(reply_by=at(12) + timedelta(days=7))
    said = make("FindingMade", by=SHANG, officer="duty-1", issued=at(13), about=INCIDENT, body=body)
    assert said.string("breach") == "false"
    assert {"zh", "en"} == said.words("what").keys()


def test_no_finding_where_everything_is_open() -> None:
    assert finding.propose(stand(join(SHANG), opened(), hours=0.5), AGREED) == ()


# ------------------------------------------------------------------------------------- what breach it is


def owing(owes: str = "NoticeSent", act: str = "notify.neighbour", **more: Any) -> Duty:
    """What Shang owed Zhong by hour 2."""
    facts = {"who": SHANG, "owes": owes, "act": act, "to": ZHONG, "about": INCIDENT, "since": at(1)}
    flags = {"has_clock": True, "is_lawful": True, "is_foreseen": False}
    rule = {"pack": "p", "rule": "r", "cite": "c"}
    return Duty(**{**facts, **flags, **rule, "due": at(2), **more})  # type: ignore[arg-type]


def found_of(duty: Duty, *said: Statement, hours: float = 60.0) -> Proposed | None:
    """The finding on this duty, if there is one."""
    standing = stand(joined(), opened(), *said, hours=hours)
    return next((one for one in finding.propose(standing, AGREED, [duty]) if one.rule == "r"), None)


@pytest.mark.parametrize(
    ("owes", "act", "breach"),
    [
        ("NoticeSent", "notify.neighbour", "absent"),
        ("RiskAssessed", "measure.assess", "slow"),
        ("ModeSwitched", "response.start", "slow"),
        ("AidDispatched", "answer", "uncooperative"),
        ("NoticeAcknowledged", "answer", "uncooperative"),
    ],
)
def test_what_never_came_is_called_by_what_it_was(owes: str, act: str, breach: str) -> None:
    found = found_of(owing(owes, act))
    assert found is not None
    assert (found.breach, found.found, found.evidence) == (breach, None, (opened().id,))


def test_answer_that_came_late_is_late_and_not_uncooperative() -> None:
    notice = noticed(1.0)
    late = say("NoticeAcknowledged", ZHONG, 9.0, replies_to=notice.id)
    found = finding.propose(stand(joined(), opened(), notice, late, hours=9.0), AGREED)
    (one,) = [one for one in found if one.owed == "NoticeAcknowledged"]
    assert (one.breach, one.found) == ("late", at(9))
    assert one.evidence == (notice.id, late.id)


def test_denial_makes_concealed_what_others_had_to_hear_and_not_what_was_to_be_done() -> None:
    denial = denied(SHANG, 1.5)
    for owes, breach in (
        ("NoticeSent", "concealed"),
        ("RiskReported", "concealed"),
        ("TaskCompleted", "absent"),
    ):
        found = found_of(owing(owes), denial)
        assert found is not None
        assert found.breach == breach


@pytest.mark.parametrize(("hours", "is_meanwhile"), [(0.9, False), (1.0, True), (5.0, True), (5.1, False)])
def test_denial_counts_from_when_it_was_owed_until_it_came(hours: float, is_meanwhile: bool) -> None:
    late = noticed(5.0)
    found = found_of(owing(), late, denied(SHANG, hours))
    assert found is not None
    assert (found.breach == "concealed") is is_meanwhile


def test_denials_of_others_conceal_nothing_and_own_ones_are_evidence_in_order() -> None:
    second, first = denied(SHANG, 3.0), denied(SHANG, 2.5)
    found = found_of(owing(), denied(ZHONG, 1.5))
    assert found is not None
    assert found.breach == "absent"
    own = found_of(owing(), second, first)
    assert own is not None
    assert own.evidence == (first.id, second.id)


def test_report_that_says_there_is_no_harm_is_a_denial_too() -> None:
    report = say("RiskReported", ZHONG, 12.0, to=[XIA], harm="none", known_at=clock(12))
    assert ("false", ZHONG) in kinds(stand(joined(), opened(), read("zhong", 10), report), AGREED)
    unsure = say("RiskReported", ZHONG, 12.0, to=[XIA], harm="unknown", known_at=clock(12))
    assert ("false", ZHONG) not in kinds(stand(joined(), opened(), read("zhong", 10), unsure), AGREED)


def test_finding_keeps_whether_its_time_is_of_the_law_and_whether_its_rule_was_read() -> None:
    found = found_of(owing(is_lawful=False, is_confirmed=False))
    assert found is not None
    assert (found.is_lawful, found.is_confirmed) == (False, False)


def test_one_breach_that_two_rules_want_is_one_finding_with_both() -> None:
    standing = stand(joined(), opened(), hours=60)
    duties = [owing(), owing(rule="s", cite="d"), owing(rule="s", cite="d", act="notify.again")]
    (one,) = [one for one in finding.propose(standing, AGREED, duties) if one.pack == "p"]
    assert (one.rule, one.also[:1]) == ("r", (("p", "s", "d"),))
    assert [one.breach for one in finding.propose(standing, AGREED, [owing(), owing()])].count("absent") >= 1
    (same,) = [one for one in finding.propose(standing, AGREED, [owing(), owing()]) if one.pack == "p"]
    assert same.also == ()


# --------------------------------------------------------------------------------------- what was on its way


def test_only_what_was_still_to_come_to_whom_it_was_owed_stands_beside_it() -> None:
    both = foreseen(1.0, (ZHONG, "0.9"), (XIA, "0.8"))
    one = found_of(owing(), both)
    everybody = found_of(owing(to=None), both)
    assert one is not None
    assert everybody is not None
    assert one.beside == ((ZHONG, at(48), 46.0),)
    assert [city for city, _, _ in everybody.beside] == [ZHONG, XIA]
    after = found_of(owing(due=at(48)), both)
    assert after is not None
    assert after.beside == ()


def test_forecast_that_came_after_the_time_counts_only_where_there_was_none() -> None:
    late = foreseen(5.0, (ZHONG, "0.9"))
    alone = found_of(owing(to=None), late)
    assert alone is not None
    assert [city for city, _, _ in alone.beside] == [ZHONG]
    with_first = found_of(owing(to=None), foreseen(1.0, (XIA, "0.9")), late)
    assert with_first is not None
    assert [city for city, _, _ in with_first.beside] == [XIA]


# -------------------------------------------------------------------------- what the record says nothing of


def retold(said: Statement) -> Statement:
    """The same as others put it together later."""
    return replace(said, reconstructed={"source": "press", "precision": "day"})


@pytest.mark.parametrize(("hours", "is_found"), [(1.9, False), (2.0, False), (2.1, True)])
def test_addressee_that_spoke_in_time_of_what_was_put_together_later_had_heard(
    hours: float, is_found: bool
) -> None:
    spoke = say("RiskReported", ZHONG, hours, to=[XIA], harm="possible", known_at=clock(hours))
    held = stand(joined(), retold(opened()), spoke, hours=60)
    found = [one for one in finding.propose(held, AGREED, [owing()]) if one.rule == "r"]
    assert bool(found) is is_found
    other = say("RiskReported", XIA, hours, to=[ZHONG], harm="possible", known_at=clock(hours))
    assert [
        one
        for one in finding.propose(stand(joined(), retold(opened()), other, hours=60), AGREED, [owing()])
        if one.rule == "r"
    ]


def test_what_came_late_is_found_late_in_a_record_put_together_later_too() -> None:
    held = stand(joined(), retold(opened()), noticed(9.0), hours=60)
    inward = say("ModeSwitched", SHANG, 9.0, mode="emergency")
    assert [one.breach for one in finding.propose(held, AGREED, [owing()]) if one.rule == "r"] == ["late"]
    held = stand(joined(), retold(opened()), inward, hours=60)
    owed = owing("ModeSwitched", "answer", to=None)
    assert [one.breach for one in finding.propose(held, AGREED, [owed]) if one.rule == "r"] == ["late"]


def test_accounts_that_agree_stand_together_against_the_one_they_exclude() -> None:
    first, same, other = noticed(1.5), noticed(1.75), noticed(40.0)
    excludes = {
        first.id: frozenset((other.id,)),
        same.id: frozenset((other.id,)),
        other.id: frozenset((first.id, same.id)),
    }
    held = stand(joined(), opened(), first, same, other, hours=60)
    (one,) = [one for one in finding.propose(held, AGREED, [owing()], excludes) if one.rule == "r"]
    assert (one.found, one.disputed) == (at(40), (first.id,))
