"""From a reading to what is said: a spill and a flood of the cast, and every other class of hazard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, PROVINCE
from hypothesis import given, settings
from hypothesis import strategies as st
from live import LADDER, ORDER, ORDERS, Live
from readings import at, signal

from riskshed.signals import Signal
from riskshed.standing_order import StandingOrder
from riskshed.statement import Statement

SPILL = "910100-nitrobenzene-20240501"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    made = Live(tmp_path)
    yield made
    made.post.close()


def spilled(hours: float = 1, value: str = "0.05") -> Signal:
    return signal("shang", hours, "observed", value)


def faced(told: list[Statement]) -> dict[str, Statement]:
    """Notices by the city that faces it."""
    return {one.strings("to")[0]: one for one in told if one.string("audience") == "faces"}


# ------------------------------------------------------------------------------------------------ a spill


def test_a_reading_over_its_threshold_goes_all_the_way(live: Live) -> None:
    ran = live.run(1, spilled())
    assert live.kinds(ran)[:4] == ["ReadingsTaken", "IncidentOpened", "LevelSet", "FootprintIssued"]
    assert set(live.kinds(ran)[4:]) == {"NoticeSent", "WarningIssued", "LeadAssigned"}
    taken, opened, _, footprint = live.of(ran)[:4]
    assert opened.replies_to == taken.id
    assert opened.about == SPILL
    assert (opened.string("city"), opened.time("began")) == (SHANG, at(1))
    assert footprint.strings("readings") == (taken.id,)
    assert all(one.string("footprint") == footprint.id for one in live.of(ran, "NoticeSent", "WarningIssued")
               if one.has("footprint"))  # fmt: skip


def test_an_incident_and_its_messages_call_the_hazard_by_its_name(tmp_path: Path) -> None:
    name = {"zh": "硝基苯水污染", "en": "nitrobenzene in the river"}
    ladder = [replace(one, names=name) if one.hazard == "nitrobenzene" else one for one in LADDER]
    live = Live(tmp_path, ladder=ladder, hazards={"nitrobenzene": name})
    told = live.run(1, spilled())
    (opened,) = live.of(told, "IncidentOpened")
    assert opened.words("name") == {"zh": "上城硝基苯水污染事件", "en": "Nitrobenzene in the river, Shang"}
    assert "硝基苯水污染" in faced(live.of(told, "NoticeSent"))[XIA].words("headline")["zh"]
    assert "nitrobenzene in the river" in live.of(told, "WarningIssued")[0].words("headline")["en"]
    live.post.close()


def test_each_city_downstream_is_told_once_and_those_who_govern(live: Live) -> None:
    told = live.of(live.run(1, spilled()), "NoticeSent")
    assert set(faced(told)) == {ZHONG, XIA}
    assert [one.strings("to") for one in told if one.string("audience") == "governs"] == [(PROVINCE, BASIN)]
    assert (
        faced(told)[ZHONG].records("arrivals")[0]["middle"]
        < faced(told)[XIA].records("arrivals")[0]["middle"]
    )


def test_nothing_arrives_and_nothing_is_said(live: Live) -> None:
    live.run(1, spilled())
    assert live.run(1.5).said == ()
    assert live.run(2, spilled()).said == (), "a duplicate does nothing"


def test_a_reading_below_its_threshold_is_on_record_and_no_more(live: Live) -> None:
    assert live.kinds(live.run(1, spilled(value="0.016"))) == ["ReadingsTaken"]


def test_what_is_unknown_crosses_nothing(live: Live) -> None:
    assert live.kinds(live.run(1, signal("shang", 1, "first_detected", None))) == ["ReadingsTaken"]


def test_the_level_follows_the_gravest_threshold_and_is_not_lowered(live: Live) -> None:
    live.run(1, spilled())
    assert live.incident.levels["warning"].level == "II"
    live.run(2, spilled(2, "0.9"))
    assert live.incident.levels["warning"].level == "I"
    assert "LevelSet" not in live.kinds(live.run(3, spilled(3, "0.05")))


def test_new_readings_make_a_new_footprint_and_old_news_no_new_notice(live: Live) -> None:
    live.run(1, spilled())
    ran = live.run(2, spilled(2, "0.05"))
    assert live.kinds(ran) == ["ReadingsTaken", "FootprintIssued"]
    assert live.incident.footprint == ran.said[1]


def test_a_forecast_stands_for_a_while_before_readings_alone_replace_it(tmp_path: Path) -> None:
    live = Live(tmp_path, forecast_every_s=7200.0)
    live.run(1, spilled())
    assert live.kinds(live.run(2, spilled(2))) == ["ReadingsTaken"]
    assert live.kinds(live.run(3)) == ["FootprintIssued"]
    assert "FootprintIssued" in live.kinds(live.run(3.5, signal("zhong", 3.5, "observed", "0.05")))


def test_when_it_is_seen_farther_down_all_are_told_again(live: Live) -> None:
    live.run(1, spilled())
    ran = live.run(20, signal("zhong", 20, "observed", "0.05"))
    told = live.of(ran, "NoticeSent")
    assert faced(told)[ZHONG].string("certainty") == "Observed"
    assert all(one.replies_to is not None for one in told), "each answers the one before"
    assert len(live.post.standing().incidents) == 1


def test_a_city_warns_its_people_as_far_as_its_order_goes(live: Live) -> None:
    ran = live.run(1, spilled())
    warned = {one.by: one.string("level") for one in live.of(ran, "WarningIssued")}
    waiting = {one.draft.by: one.why for one in ran.prepared if one.draft.kind == "WarningIssued"}
    assert warned == {SHANG: "orange", XIA: "orange"}
    assert waiting == {ZHONG: "red"}
    assert live.of(ran, "WarningIssued")[0].by in (SHANG, XIA)
    xia = next(one for one in live.of(ran, "WarningIssued") if one.by == XIA)
    assert xia.replies_to == faced(live.of(ran, "NoticeSent"))[XIA].id, "it takes up the notice"


def test_a_body_without_order_says_nothing_by_itself(tmp_path: Path) -> None:
    orders = {**ORDERS, XIA: StandingOrder.of(notices=True)}
    ran = Live(tmp_path, orders=orders).run(1, spilled())
    assert [one.why for one in ran.prepared if one.draft.by == XIA and one.draft.kind == "WarningIssued"] == [
        "order"
    ]


def test_what_nobody_here_speaks_of_is_handed_back(tmp_path: Path) -> None:
    live = Live(tmp_path, orders={ZHONG: ORDER})
    ran = live.run(1, spilled(), signal("zhong", 1, "observed", "0.001"))
    assert [one.place for one in ran.unspoken] == ["shang"]
    assert [one.by for one in live.of(ran)] == [ZHONG]


def test_a_red_warning_asks_a_second_officer_once(tmp_path: Path) -> None:
    order = StandingOrder.of(notices=True, warnings_up_to="orange", approvers=("duty-2",))
    live = Live(tmp_path, orders={**ORDERS, ZHONG: order})
    ran = live.run(1, spilled())
    (asked,) = live.of(ran, "ApprovalRequested")
    (draft,) = (one.draft for one in ran.prepared if one.draft.by == ZHONG and one.why == "red")
    assert not live.of(live.run(2, spilled(2)), "ApprovalRequested")
    live.post.house.desk(ZHONG, "duty-2").approve(asked.id)
    issued = live.post.house.desk(ZHONG, "duty-3").issue_warning(draft)
    assert live.post.standing().warnings[issued].level == "red"


def test_as_it_comes_nearer_the_warning_rises(live: Live) -> None:
    live.run(1, spilled())
    assert XIA in {one.draft.by for one in live.run(40).prepared if one.why == "red"}


def test_the_spill_passes_and_officers_give_the_all_clear(live: Live) -> None:
    live.run(1, spilled())
    live.run(20, signal("shang", 20, "observed", "0.001"), signal("zhong", 20, "observed", "0.05"))
    live.run(60, signal("zhong", 60, "observed", "0.001"), signal("xia", 60, "observed", "0.05"))
    assert XIA not in {one.draft.by for one in live.run(109).prepared if one.why == "all_clear"}, (
        "it is there"
    )
    ran = live.run(110, signal("xia", 110, "observed", "0.001"))
    assert "WarningCancelled" not in live.kinds(ran), "nothing is taken back by itself"
    held = {one.by for one in live.post.standing().warnings.values() if one.status in ("active", "expired")}
    clear = [one for one in ran.prepared if one.why == "all_clear"]
    assert {one.draft.by for one in clear if one.draft.kind == "WarningCancelled"} == held
    assert clear[-1].draft.kind == "IncidentClosed"
    for one in clear:
        live.post.house.desk(one.draft.by, "duty-1").say(one.draft)
    assert live.incident.phase == "closed"
    assert live.run(120) == live.run(121), "and then there is nothing more to say"
    assert live.run(122).prepared == ()


# ----------------------------------------------------------------------------- late, corrected, unconfirmed


def test_a_correction_prepares_to_take_back_and_takes_nothing_back(live: Live) -> None:
    live.run(1, spilled())
    ran = live.run(2, spilled(1, "0.0005"))
    assert live.kinds(ran) == ["ReadingsTaken"]
    assert {one.why for one in ran.prepared} == {"error"}
    kinds = Counter(one.draft.kind for one in ran.prepared)
    assert kinds == {"WarningCancelled": 2, "StatementWithdrawn": 3, "IncidentClosed": 1}
    for one in ran.prepared:
        live.post.house.desk(one.draft.by, "duty-1").say(one.draft)
    assert live.run(3) == live.run(3)
    assert live.incident.phase == "closed"


def test_a_late_reading_does_not_open_again_what_was_closed(live: Live) -> None:
    live.run(1, spilled())
    live.run(2, signal("shang", 2, "observed", "0.001"))
    live.post.house.desks[SHANG].close_incident(SPILL, reason={"en": "over"})
    assert live.kinds(live.run(4, spilled(1.5))) == ["ReadingsTaken"]
    assert live.incident.phase == "closed"


def test_a_new_crossing_after_the_closing_is_a_new_incident(live: Live) -> None:
    live.run(1, spilled())
    live.run(2, signal("shang", 2, "observed", "0.001"))
    live.post.house.desks[SHANG].close_incident(SPILL, reason={"en": "over"})
    live.run(4, spilled(3))
    assert set(live.post.standing().incidents) == {SPILL, f"{SPILL}-2"}


def test_a_late_reading_takes_its_place_in_the_forecast(live: Live) -> None:
    live.run(1, spilled())
    live.run(30, signal("zhong", 20, "not_detected", None))
    first = live.incident.footprint
    ran = live.run(31, signal("zhong", 25, "observed", "0.05"))
    assert live.incident.footprint != first
    assert live.of(ran, "FootprintIssued")[0].time("known_at") == at(31)


def test_what_is_over_when_it_becomes_known_is_no_incident_unless_it_travels(live: Live) -> None:
    over = [signal(ZHONG, hour, "observed", value, quantity="cases", unit="1", hazard_class="public_health")
            for hour, value in ((1, "30"), (2, "1"))]  # fmt: skip
    assert live.kinds(live.run(3, *over)) == ["ReadingsTaken"]
    live.run(4, spilled(1), signal("shang", 3, "observed", "0.001"))
    assert live.incident.code == SPILL, "the cloud is still on its way"


def test_what_is_not_confirmed_is_told_at_once_and_says_so(live: Live) -> None:
    seen = replace(spilled(), confirmed=False)
    ran = live.run(1, seen)
    told = live.of(ran, "NoticeSent")
    assert set(faced(told)) == {ZHONG, XIA}
    assert all(not one.yes_no("confirmed") for one in told)
    assert {one.why for one in ran.prepared if one.draft.kind == "WarningIssued"} == {"unconfirmed"}
    borne_out = live.of(live.run(2, spilled()), "NoticeSent")
    assert set(faced(borne_out)) == {ZHONG, XIA}
    assert all(one.yes_no("confirmed") for one in borne_out)


def test_a_field_report_goes_downstream_at_once(live: Live) -> None:
    live.post.set(1)
    what = {"zh": "河面有异味", "en": "a smell on the river"}
    live.post.house.desks[SHANG].file_field_report(
        what=what, seen_at="2024-05-01T05:00:00+00:00", place="shang"
    )
    (told,) = live.of(live.run(1), "NoticeSent")
    assert (told.strings("to"), told.yes_no("confirmed")) == ((ZHONG, XIA), False)
    assert live.run(1.5).said == ()


def test_a_field_report_that_readings_bear_out_is_told_again_and_confirmed_by_nobody(live: Live) -> None:
    live.post.set(1)
    what = {"zh": "河面有异味", "en": "a smell on the river"}
    report = live.post.house.desks[SHANG].file_field_report(
        what=what, seen_at="2024-05-01T05:00:00+00:00", place="shang"
    )
    (first,) = live.of(live.run(1), "NoticeSent")
    told = live.of(live.run(2, spilled(1)), "NoticeSent")
    (again,) = (one for one in told if one.replies_to == first.id)
    assert (first.string("certainty"), again.string("certainty")) == ("Unknown", "Likely")
    assert not again.yes_no("confirmed")
    (taken,) = live.post.said("ReadingsTaken")
    assert {report, taken.id} <= set(again.strings("evidence"))
    assert "borne out" in again.words("headline")["en"]
    assert not [one for one in live.of(live.run(3), "NoticeSent") if one.replies_to == again.id]


def test_a_warning_that_an_officer_cancelled_does_not_come_back_by_itself(live: Live) -> None:
    live.run(1, spilled())
    (held,) = (one.id for one in live.post.standing().warnings.values() if one.by == XIA)
    live.post.set(2)
    live.post.house.desks[XIA].cancel_warning(held, "error")
    ran = live.run(3, spilled(3, "0.1"))
    assert not live.of(ran, "WarningIssued", "WarningUpdated")
    assert [one.why for one in ran.prepared if one.draft.by == XIA and one.draft.kind == "WarningIssued"] == [
        "was_cancelled"
    ]


# ------------------------------------------------------------------------------------------------- a flood


def flow(place: str, hours: float, value: str) -> Signal:
    return signal(
        place, hours, "observed", value, quantity="flow", unit="m3/s", hazard_class="natural_disaster"
    )


def test_a_flood_goes_down_the_river_before_it_arrives(live: Live) -> None:
    rising = [flow("shang", hour, str(250 + 150 * hour)) for hour in range(6)]
    ran = live.run(5, *rising)
    assert live.incident.code == "910100-flood-20240501"
    assert live.of(ran, "FootprintIssued")[0].string("pathway") == "river"
    told = faced(live.of(ran, "NoticeSent"))
    assert ZHONG in told
    zhong = told[ZHONG].records("arrivals")[0]
    assert at(5).isoformat() < zhong["middle"] < at(30).isoformat()
    assert not [one for one in live.of(ran, "NoticeSent") if one.string("audience") == "causes"]


def test_the_flood_falls_and_passes(live: Live) -> None:
    live.run(5, *[flow("shang", hour, str(250 + 150 * hour)) for hour in range(6)])
    live.run(18, flow("zhong", 18, "900"), flow("shang", 18, "300"))
    live.run(30, flow("xia", 30, "850"))
    ran = live.run(60, flow("zhong", 60, "300"), flow("xia", 60, "300"))
    live.run(200)
    assert len(live.post.standing().incidents) == 1
    assert not {"WarningCancelled", "IncidentClosed"} & set(live.kinds(ran))
    assert {one.why for one in live.run(201).prepared if one.draft.kind != "NoticeAdopted"} == {"all_clear"}


# ---------------------------------------------------------------------------------- hazards without pathway

OTHERS = {
    "natural_disaster": signal(
        ZHONG, 1, "observed", "6.5", quantity="quake", unit="1", hazard_class="natural_disaster"
    ),
    "accident": signal(ZHONG, 1, "observed", "0.8", quantity="grid_out", unit="1"),
    "public_health": signal(
        ZHONG, 1, "observed", "30", quantity="cases", unit="1", hazard_class="public_health"
    ),
    "social_security": signal(
        ZHONG, 1, "observed", "5000", quantity="crowd", unit="people", hazard_class="social_security"
    ),
}


@pytest.mark.parametrize("hazard_class", OTHERS)
def test_neighbours_and_superior_are_told_though_nobody_can_say_when(live: Live, hazard_class: str) -> None:
    ran = live.run(1, OTHERS[hazard_class])
    assert live.incident.hazard_class == hazard_class
    assert not live.of(ran, "FootprintIssued")
    told = live.of(ran, "NoticeSent")
    assert set(faced(told)) == {SHANG, XIA}
    governs = next(one for one in told if one.string("audience") == "governs")
    assert PROVINCE in governs.strings("to")
    assert BASIN in governs.strings("to")
    text = faced(told)[XIA].words("description")["en"]
    assert "probability unknown" in text
    assert "the arrival is unknown" in text
    assert live.run(2).said == ()


def test_a_station_off_the_river_speaks_through_its_city(live: Live) -> None:
    smog = signal("air-1", 1, "observed", "200", quantity="pm25", unit="ug/m3")
    ran = live.run(1, smog)
    assert {one.by for one in live.of(ran, "ReadingsTaken", "IncidentOpened")} == {PANG}
    assert live.incident.city == PANG
    assert [one.by for one in live.of(ran, "WarningIssued")] == [PANG]


def test_two_hazards_at_once_are_two_incidents(live: Live) -> None:
    live.run(1, spilled(), OTHERS["public_health"])
    assert {one.hazard for one in live.post.standing().incidents.values()} == {"nitrobenzene", "influenza"}


def test_a_spill_off_the_river_has_no_footprint_and_is_told(tmp_path: Path) -> None:
    ran = (live := Live(tmp_path)).run(1, signal("xia", 1, "observed", "0.05"))
    assert not live.of(ran, "FootprintIssued")
    assert live.incident.city == XIA


# --------------------------------------------------------------------------------------- order, again, crash

HISTORY = st.lists(
    st.builds(
        lambda arrival, delay, place, kind, value: replace(
            signal(place, arrival - delay, kind, value), known_at=at(arrival)
        ),
        st.sampled_from([1, 9, 30]),
        st.sampled_from([0.0, 0.5, 5.0]),
        st.sampled_from(["shang", "zhong", "xia"]),
        st.sampled_from(["observed", "below", "first_detected"]),
        st.sampled_from(["0.001", "0.02", "0.4"]),
    ),
    max_size=6,
)


def played(history: list[Signal], again: bool) -> set[str]:
    """The ids of all that was said; `again` runs the chain twice at each moment, with what came before."""
    with TemporaryDirectory() as folder:
        live = Live(Path(folder), members=4)
        for moment in sorted({one.known_at for one in history}):
            live.post.house.hours = (moment - at(0)).total_seconds() / 3600
            arrived = [one for one in history if one.known_at == moment]
            live.runner.run(live.post, arrived)
            if again:
                live.runner.run(live.post, [one for one in history if one.known_at <= moment])
        standing = live.post.standing()
        assert not standing.set_aside
        told = [
            (one.by, one.to, one.audience) for one in standing.notices.values() if one.superseded_by is None
        ]
        assert len(told) == len(set(told)), "nobody is told twice"
        live.post.close()
        return set(standing.statements)


@settings(deadline=None, max_examples=50)
@given(HISTORY, st.randoms())
def test_in_whatever_order_readings_arrive_the_end_is_the_same(history: list[Signal], dice) -> None:
    other = [*history, *history[:2]]
    dice.shuffle(other)
    assert played(other, again=True) == played(history, again=False)
