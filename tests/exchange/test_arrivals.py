"""The list as it stood, the bars, the curves and the score that a report is made of."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from story import BEIJING, ROWS, STANDARD, footprint, hour, readings, record, region, score

from riskshed.exchange.arrivals import arrivals, error_h, first_seen, is_inside
from riskshed.exchange.bands import band_chart
from riskshed.exchange.curves import curve_chart
from riskshed.exchange.scores import judged, scores_of
from riskshed.exchange.timeline import TimeAxis
from riskshed.reading import Reading, Recorded

FOOTPRINTS = [footprint(n) for n in (0, 3)]
LISTS = [arrivals(one, region(), readings(), record()) for one in FOOTPRINTS]
DAY = Recorded("x", "front", hour(12, 10, 0), hour(12, 11, 0), None, True, "", "test")


def row(listed, section: str):
    return next(arrival for arrival in listed if arrival.id == section)


def test_a_front_seen_before_the_issue_is_observed() -> None:
    assert row(LISTS[1], "mulan").state == "observed"
    assert row(LISTS[1], "mulan").seen == hour(11, 29, 6)


def test_a_front_seen_later_is_not_known_yet() -> None:
    assert row(LISTS[1], "tonghe").seen is None
    assert row(LISTS[1], "tonghe").state in ("near", "far")


def test_a_reading_known_after_the_issue_changes_nothing_but_the_record() -> None:
    late = Reading(
        "tonghe", FOOTPRINTS[1].issued, "front", None, FOOTPRINTS[1].issued + timedelta(seconds=1), 0, ""
    )
    again = arrivals(FOOTPRINTS[1], region(), (*readings(), late), record())
    assert again == LISTS[1]


def test_a_value_below_the_threshold_is_not_the_front() -> None:
    low = Reading("mulan", hour(11, 28, 0), "observed", STANDARD / 2, hour(11, 28, 1), 0, "")
    high = replace(low, value=STANDARD)
    assert first_seen([low], "mulan", STANDARD) is None
    assert first_seen([high], "mulan", STANDARD) == hour(11, 28, 0)


def test_people_that_are_unknown_are_said_to_be() -> None:
    assert row(LISTS[0], "huachuan").people.en == "unknown"
    assert row(LISTS[0], "bayangang").people.en == "0"


@pytest.mark.parametrize(
    ("median", "error"),
    [(hour(12, 9, 20), -4.0), (hour(12, 10, 13), 0.0), (hour(12, 11, 6), 6.0), (None, None)],
)
def test_error_is_counted_from_the_edge_of_the_recorded_day(median, error) -> None:
    assert error_h(median, DAY) == error


def test_a_band_meets_a_day_if_it_touches_it() -> None:
    assert is_inside(hour(12, 9, 0), hour(12, 10, 0), DAY) is True
    assert is_inside(hour(12, 11, 1), hour(12, 12, 0), DAY) is False
    assert is_inside(None, None, DAY) is None


def test_nothing_is_judged_once_the_front_was_seen() -> None:
    assert row(LISTS[1], "mulan").error_h is None


def test_bars_end_when_the_front_was_seen() -> None:
    chart = band_chart(FOOTPRINTS, LISTS, BEIJING)
    assert [bar.issue for bar in chart.rows[3].bars] == [0]
    assert [bar.issue for bar in chart.rows[4].bars] == [0, 1]


def test_bars_stand_in_order_within_the_axis() -> None:
    for drawn in band_chart(FOOTPRINTS, LISTS, BEIJING).rows:
        for bar in drawn.bars:
            assert 0 <= bar.low <= bar.quarter <= bar.median <= bar.three_quarters <= bar.high <= 1
            assert bar.issued < bar.median


def test_record_lies_on_the_axis() -> None:
    chart = band_chart(FOOTPRINTS, LISTS, BEIJING)
    shares = [drawn.record_low for drawn in chart.rows if drawn.record_low is not None]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_a_reading_is_filled_from_the_first_forecast_that_knew_it() -> None:
    chart = curve_chart(FOOTPRINTS, LISTS, readings(), STANDARD, BEIJING)
    assert chart is not None
    assert {point.since for point in chart.panels[0].points} == {0, 1}
    assert {point.since for point in chart.panels[-1].points} == {2}


def test_what_was_not_detected_is_a_bound() -> None:
    chart = curve_chart(FOOTPRINTS, LISTS, readings(), STANDARD, BEIJING)
    assert chart is not None
    bounds = [p.reading.kind for panel in chart.panels for p in panel.points if p.is_bound]
    assert set(bounds) == {"not_detected"}
    assert len(bounds) == len(ROWS) - 1


def test_panels_share_one_scale_which_holds_the_readings() -> None:
    chart = curve_chart(FOOTPRINTS, LISTS, readings(), STANDARD, BEIJING)
    assert chart is not None
    assert len({panel.limit_y for panel in chart.panels}) == 1
    tops = [p.y for panel in chart.panels for p in panel.points if not p.is_bound]
    assert all(14 <= y < 178 for y in tops)


def test_without_series_there_are_no_curves() -> None:
    bare = [replace(one, series=None) for one in FOOTPRINTS]
    assert curve_chart(bare, LISTS, readings(), STANDARD, BEIJING) is None


def test_ticks_are_local_midnights() -> None:
    axis = TimeAxis.around([hour(11, 20, 7), hour(12, 1, 19)], BEIJING)
    ticks = axis.ticks(6)
    assert [tick.text for tick in ticks] == ["11-22", "11-24", "11-26", "11-28", "11-30", "12-02"]
    assert ticks[0].share == pytest.approx(axis.share(hour(11, 22, 0)))


def test_a_short_axis_shows_hours() -> None:
    axis = TimeAxis(hour(11, 20, 1), hour(11, 20, 13), BEIJING)
    assert [tick.text for tick in axis.ticks(6)] == [f"11-20 {h:02d}:00" for h in (2, 4, 6, 8, 10, 12)]


def test_score_is_shown_as_the_command_told_it() -> None:
    scores = scores_of(score())
    assert scores is not None
    assert (scores.front_mae_h, scores.naive_mae_h, scores.inside) == (4.62, 6.94, 1)
    assert scores.peaks[0].factor == 1.19


def test_what_a_score_lacks_is_not_known() -> None:
    scores = scores_of({"fronts": [{"section": "x", "issued": "2005-11-20T10:00"}], "front_mae_h": math.nan})
    assert scores is not None
    assert (scores.front_mae_h, scores.min_lead_h, scores.fronts[0].issued) == (None, None, None)


def test_the_verdict_of_the_score_goes_before_our_own() -> None:
    told = score()
    told["fronts"] = [{**told["fronts"][0], "issued": FOOTPRINTS[1].issued.isoformat(), "error_h": 7.5}]
    lists = judged(LISTS, [one.issued for one in FOOTPRINTS], scores_of(told))
    assert row(lists[1], "tonghe").error_h == 7.5
    assert row(lists[0], "tonghe") == row(LISTS[0], "tonghe")
