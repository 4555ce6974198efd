"""The situation report fills itself: every fact with its statement, and what nobody said is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG, region
from governance.acts import (
    BASIN,
    INCIDENT,
    PROVINCE,
    answered,
    at,
    clock,
    gathered,
    joined,
    noticed,
    opened,
    say,
    warned,
)
from governance.incident_acts import AGREED, cny, footprint, level, reported
from songhua import FOLDER

from riskshed import reenactment, replay
from riskshed.agreed_terms import ModelAgreement
from riskshed.case import Case
from riskshed.errors import NotFoundError
from riskshed.exchange.situation_layout import page
from riskshed.exchange.situation_record import Item, Report
from riskshed.exchange.situation_report import draw
from riskshed.governance import duty
from riskshed.governance.standing import Seen, of
from riskshed.said import Said
from riskshed.sitrep import situation_report
from riskshed.sitrep_duties import OWED
from riskshed.statement import Statement, seal
from riskshed.vocabulary import KINDS

EAST = timezone(timedelta(hours=8))


def made(*said: Statement | Iterable[Statement], hours: float = 30.0, **more: Any) -> Report:
    """The report of the incident of the cast, so many hours after the spill."""
    drill = more.pop("drill", False)
    seen: list[Seen] = gathered(joined(), opened(exercise=drill), *said)
    standing = of(seen, at=at(hours), territory=AGREED.territory, exercise=drill)
    facts: dict[str, Any] = {"language": "en", "now": at(hours), "zone": EAST, "issuer": ZHONG, **more}
    judged = duty.judge(standing, AGREED)
    return situation_report(standing, judged, region(), facts.pop("code", INCIDENT), **facts)


def texts(items: Iterable[Item]) -> dict[str, str]:
    """What stands under each heading."""
    return {one.label: "\n".join(part.label + part.text for part in one.parts) for one in items}


def coming(**more: Any) -> Statement:
    """A forecast of what comes to Zhong and Xia."""
    rows = [
        {
            "city": ZHONG,
            "probability": "0.9",
            "earliest": clock(32),
            "middle": clock(40),
            "latest": clock(50),
            "peak": {"value": "0.0456", "unit": "mg/L"},
            "exposed_people": 3_000_000,
        },
        {"city": XIA, "probability": "0.4"},
    ]
    facts = {"situation": "1", "known_at": clock(2), "arrivals": rows, "caveats": ["case.ice"], **more}
    return say("FootprintIssued", BASIN, 2.0, **facts)


# ------------------------------------------------------------------------------------------- what is unknown


def test_incident_of_which_nothing_is_known_has_only_unknowns() -> None:
    found = made()
    assert found.forecast is None
    assert found.situation is None
    assert found.warnings == found.notices == found.aid == ()
    items = texts((*found.elements, *found.roles, *found.whereabouts))
    assert all("unknown" in text for label, text in items.items() if not label.startswith("(2)"))
    assert any("no forecast" in sentence for sentence in found.unknown)


def test_nobody_hurt_is_a_number_and_not_unknown() -> None:
    toll = texts(made(reported(dead_people=0, loss=cny(1_234_567))).elements)
    (told,) = [text for label, text in toll.items() if label.startswith("(4)")]
    assert "Dead: 0" in told
    assert "Missing: unknown" in told
    assert "Direct loss: CNY 1,234,567.00" in told


def test_level_that_is_a_lower_bound_says_so() -> None:
    assert "lower bound" in texts(made(level(2, "II", lower_bound=True)).happened)["Grade"]
    assert "lower bound" not in texts(made(level(2, "II")).happened)["Grade"]


def test_six_items_of_the_law_stand_under_their_headings_in_both_languages() -> None:
    for language in ("zh", "en"):
        assert len(made(language=language).elements) == 6
    assert "493" in made().elements_note
    assert made(language="zh").elements[3].label.startswith("（四）伤亡人数（含下落不明）")


def test_law_on_accidents_is_only_a_model_for_other_hazards() -> None:
    other = say("IncidentOpened", SHANG, 0.5, about="flood", hazard_class="natural_disaster", city=SHANG)
    assert "After the six items" in made(other, code="flood").elements_note


def test_people_exposed_are_a_lower_bound_while_a_city_is_unknown() -> None:
    found = made(coming())
    assert any("at least 3 million" in part.text for part in found.lead)
    assert "People exposed: Xia." in found.unknown


# -------------------------------------------------------------------------------------------- what is known


def test_forecast_stands_city_by_city_as_it_was_issued() -> None:
    found = made(coming())
    assert found.situation == 1
    assert found.forecast is not None
    first, second = found.forecast.rows
    assert (first.name, first.probability, first.peak) == ("Zhong", 0.9, "0.0456 mg/L")
    assert (first.earliest, first.middle, first.latest) == (at(32), at(40), at(50))
    assert (second.name, second.middle, second.peak, second.exposed_people) == ("Xia", None, None, None)
    assert texts(found.forecast.basis)["Caveats (codes)"] == "case.ice"


def test_lead_names_whom_it_reaches_next_with_band_and_probability() -> None:
    (first, *_) = made(coming()).lead
    assert first.text.startswith("Next: Zhong, most likely 05-03 04:00+08")
    assert "probability 90%" in first.text
    assert first.sources == (1,)


def test_reading_and_forecast_of_where_it_is_are_told_apart() -> None:
    reading = {
        "section": "shang",
        "time": clock(3),
        "kind": "observed",
        "value": {"value": "0.9", "unit": "mg/L"},
    }
    taken = say("ReadingsTaken", SHANG, 4, quantity="nitrobenzene", readings=[reading])
    found = texts(made(coming(), taken, hours=41).whereabouts)
    assert found["Last measured"].endswith("Shang (Shang): nitrobenzene measured 0.9 mg/L")
    assert found["By the latest forecast"] == "Within the 90 % band, it may have arrived: Zhong"


def test_notice_without_an_answer_is_told_and_named_as_unknown() -> None:
    notice = noticed(1.0, to=(ZHONG, XIA))
    found = made(notice, answered(notice, "NoticeAcknowledged", 1.5))
    rows = {row.to: row for row in found.notices}
    assert rows["Zhong"].acknowledged == at(1.5)
    assert rows["Xia"].acknowledged is None
    assert "Whether the notices came: Xia (no acknowledgement seen)." in found.unknown


def test_body_cannot_call_itself_by_the_name_of_a_city() -> None:
    liar = say("BodyJoined", "liar", -500.0, body="liar", kind="other", name={"en": "Zhong"})
    found = made(
        liar, say("BodyJoined", XIA, -400.0, body=XIA, kind="government", name={"en": "Zhong"}), issuer=XIA
    )
    assert found.issuer == "Xia"


def test_warning_that_has_ended_is_left_out() -> None:
    assert len(made(warned(), hours=10).warnings) == 1
    assert made(warned(), hours=40).warnings == ()


def test_duties_have_states_rules_and_addressees_and_the_worst_come_first() -> None:
    found = made(coming(), reported(5.0)).duties
    states = [row.state for row in found]
    assert {"breached"} < set(states)
    assert states == sorted(states, key=("breached", "late", "undetermined", "open", "met").index)
    assert all(row.rules for row in found)
    assert sum(row.count for row in found) == len(
        duty.judge(
            of(gathered(joined(), opened(), coming(), reported(5.0)), at=at(30), territory=AGREED.territory),
            AGREED,
        )
    )


def test_duties_of_another_incident_are_left_out() -> None:
    other = say("IncidentOpened", ZHONG, 0.5, about="fire", hazard_class="accident", city=ZHONG)
    count = sum(row.count for row in made().duties)
    assert count > 0
    assert sum(row.count for row in made(other).duties) == count
    assert sum(row.count for row in made(other, code="fire").duties) > 0


def test_everything_that_can_be_owed_has_words_for_it() -> None:
    packs = {rule.owes for pack in AGREED.packs for rule in pack.rules} - {"", "act"}
    assert packs - OWED.keys() <= KINDS.keys()
    assert "LeadAssigned" in OWED


# -------------------------------------------------------------------------------------------------- sources


def test_sources_are_numbered_as_they_are_used_and_every_number_has_its_row() -> None:
    found = made(coming(), reported(dead_people=1), noticed(), index_of=lambda _: 7)
    used = {number for part in _parts(found) for number in part.sources}
    assert used
    assert used <= set(range(1, len(found.sources) + 1))
    assert len({source.id for source in found.sources}) == len(found.sources)
    assert {source.index for source in found.sources} == {7}


def _parts(found: Report) -> Iterable[Any]:
    items = (*found.happened, *found.elements, *found.whereabouts, *found.roles, *found.aid)
    return [*found.lead, *(part for item in items for part in item.parts), *found.notices, *found.duties]


def test_statement_with_a_sealed_body_is_told_of_and_its_words_are_unknown() -> None:
    body = {"to": [PROVINCE], "hazard_class": "accident", "report": "first", "harm": "possible",
            "what": {"en": "secret"}, "known_at": clock(1)}  # fmt: skip
    sealed = seal("RiskReported", body, salt=b"1" * 32)
    found = made(say("RiskReported", SHANG, 1.0, sealed=sealed, visibility="sealed", recipients=[PROVINCE]))
    (told,) = [text for label, text in texts(found.elements).items() if label.startswith("(3)")]
    assert "unknown" in told
    assert "secret" not in str(page(found))


# ----------------------------------------------------------------------------------------- drill, language


def test_drill_is_marked_and_the_actual_is_not() -> None:
    assert made(drill=True).is_exercise
    assert not made().is_exercise


def test_same_record_tells_the_same_whatever_the_language() -> None:
    zh, en = (made(coming(), noticed(), reported(), language=language) for language in ("zh", "en"))
    assert zh.sources != en.sources
    assert [one.id for one in zh.sources] == [one.id for one in en.sources]
    assert len(zh.unknown) == len(en.unknown)


def test_incident_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(NotFoundError, match=INCIDENT) as caught:
        made(code="no-such")
    assert caught.value.code == "sitrep.unknown_incident"


def test_footprint_of_the_cast_without_times_draws_no_chart_and_still_a_report() -> None:
    found = made(footprint({ZHONG: "0.9"}))
    assert draw(found).startswith(b"%PDF-1.7")


@pytest.fixture(scope="module")
def harbin() -> Report:
    """What Harbin could have sent up on 23 November 2005 at 15:00."""
    case, said = Case.read(FOLDER), Said.read(FOLDER)
    assert said is not None
    scene = reenactment.of_case(case, said, replay.replay(case, members=20, seed=1))
    now = datetime.fromisoformat("2005-11-23T15:00+08:00")
    course = reenactment.recorded(scene, ModelAgreement.read(FOLDER, scene.region), now)
    return situation_report(
        course.standing,
        course.judged,
        scene.region,
        "songhua-2005",
        language="zh",
        now=now,
        zone=scene.zone,
        issuer="230100",
    )


def test_report_of_2005_says_who_was_late_and_who_said_nothing(harbin: Report) -> None:
    late = [(row.who, row.what, row.to) for row in harbin.duties if row.state == "late"]
    assert any(who == "吉林市" and what == "通报" and "哈尔滨市" in to for who, what, to in late)
    assert any(row.state == "breached" and row.who.startswith("吉林石化") for row in harbin.duties)


def test_report_of_2005_tells_the_forecast_its_age_and_that_deaths_are_unknown(harbin: Report) -> None:
    assert harbin.forecast is not None
    assert {"哈尔滨市", "佳木斯市"} <= {row.name for row in harbin.forecast.rows}
    assert any("65 小时前" in sentence for sentence in harbin.unknown)
    assert any("死亡" in sentence for sentence in harbin.unknown)


def test_time_that_is_known_to_the_day_is_told_to_the_day(harbin: Report) -> None:
    told = {one.issued for one in harbin.sources}
    assert "11-18+08（时刻未知）" in told
    assert "11-22 21:00+08" in told


def test_all_of_the_report_of_2005_can_be_set(harbin: Report) -> None:
    assert page(harbin)["missing"] is None
    assert draw(harbin) == draw(harbin)
