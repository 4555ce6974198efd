"""Findings: what the record bears out, and what it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import INCIDENT, TERRITORY, at, clock, join, joined, noticed, opened, say, stand
from governance.test_duty import foreseen

from riskshed.canonical import encode_plain
from riskshed.governance import finding, rulepack
from riskshed.governance.circumstances import Regime
from riskshed.governance.finding import Sighting
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


def test_sightings_stand_in_the_order_of_time() -> None:
    standing = stand(joined(), opened(), read("zhong", 20), read("shang", 10))
    seen: tuple[Sighting, ...] = finding.sightings(standing, standing.incidents[INCIDENT], SECTIONS)
    assert [one.city for one in seen] == [SHANG, ZHONG]
