"""The published criteria, reproduced on generated ensembles; one notice for each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.errors import InputFaults, NotFoundError
from riskshed.governance import flood_notification, rulepack
from riskshed.governance.flood_forecast import Forecast, PointForecast, ReportingPoint
from riskshed.governance.flood_notification import Bulletin, Notice, Territory

ISSUED = datetime(2026, 6, 1, tzinfo=UTC)
STEPS_H = np.arange(6.0, 246.0, 6.0)
MEMBERS = 50
THRESHOLD = 500.0
TERRITORY = Territory({"danube": ("at", "hu", "sk"), "thames": ("uk",)}, {"tyrol": frozenset({"salzburg"})})
POINT = ReportingPoint("linz", "danube", "at", "tyrol", 5_000.0, {2: 100.0, 5: THRESHOLD})


def wave(members: int, start_h: float, *, of: int = MEMBERS, peak_h: float = 12.0) -> np.ndarray:
    """So many members exceed the 5-year discharge from a lead time on; the others stay at it."""
    flow = np.full((of, len(STEPS_H)), THRESHOLD)  # (member, time)
    flow[:members, start_h <= STEPS_H] += 1.0
    flow[:members, start_h + peak_h == STEPS_H] += 1.0
    return flow


def run(*points: PointForecast, at: float = 0.0, weights: tuple[int, ...] | None = None) -> Forecast:
    return Forecast(ISSUED + timedelta(hours=at), STEPS_H, points, weights)


def river(
    members: int, start_h: float, *, at: float = 0.0, deemed: bool | None = None, **point: Any
) -> Forecast:
    return run(PointForecast(replace(POINT, **point), wave(members, start_h), deemed=deemed), at=at)


def flash(probability: float, start_h: float, *, at: float = 0.0, **point: Any) -> Forecast:
    return run(eric(probability, start_h, **point), at=at)


def eric(probability: float, start_h: float, **point: Any) -> PointForecast:
    stated = np.where(start_h <= STEPS_H, probability, 0.0)
    small = replace(POINT, upstream_area_km2=300.0, id=point.pop("id", "inn"), **point)
    return PointForecast(small, eric_probability={5: stated, 20: np.zeros(len(STEPS_H))})


def bulletins(*forecasts: Forecast, gap_h: float = 24.0) -> tuple[Bulletin, ...]:
    return flood_notification.notices(forecasts, TERRITORY, rulepack.shelf("efas"), gap_h=gap_h)


def sent(*forecasts: Forecast, gap_h: float = 24.0) -> list[Notice]:
    return [notice for one in bulletins(*forecasts, gap_h=gap_h) for notice in one.notices]


def kinds(*forecasts: Forecast, gap_h: float = 24.0) -> list[str]:
    return [notice.kind for notice in sent(*forecasts, gap_h=gap_h)]


# ------------------------------------------------------------------------------------------------- the bounds


@pytest.mark.parametrize(("members", "wanted"), [(24, []), (25, ["formal"]), (26, ["formal"])])
def test_half_of_the_members_is_enough(members: int, wanted: list[str]) -> None:
    assert kinds(river(members, 72)) == wanted


def test_a_member_at_the_threshold_does_not_exceed_it() -> None:
    flow = np.full((MEMBERS, len(STEPS_H)), THRESHOLD)
    assert not sent(run(PointForecast(POINT, flow)))
    assert sent(run(PointForecast(POINT, np.nextafter(flow, np.inf) * (STEPS_H > 48))))


@pytest.mark.parametrize(("area", "wanted"), [(999.0, []), (1000.0, ["formal"]), (1000.5, ["formal"])])
def test_a_formal_notice_wants_1000_km2(area: float, wanted: list[str]) -> None:
    assert kinds(river(30, 72, upstream_area_km2=area)) == wanted


@pytest.mark.parametrize("start_h", [6, 42, 48, 174, 240])
def test_too_near_or_too_far_is_not_formal(start_h: float) -> None:
    assert not sent(river(40, start_h))


@pytest.mark.parametrize("start_h", [54, 96, 168])
def test_from_two_to_seven_days_ahead_is_formal(start_h: float) -> None:
    (notice,) = sent(river(40, start_h))
    assert (notice.kind, notice.lead_time_h) == ("formal", start_h)
    assert notice.starts == ISSUED + timedelta(hours=start_h)


def test_an_event_that_has_begun_is_not_formal_though_it_lasts_for_days() -> None:
    flow = np.where(STEPS_H >= 24, THRESHOLD + 1, THRESHOLD) * np.ones((MEMBERS, 1))
    assert not sent(run(PointForecast(POINT, flow)))


@pytest.mark.parametrize(
    ("members", "area", "wanted"),
    [(20, 500.0, ["informal"]), (19, 500.0, []), (20, 499.0, []), (22, 800.0, ["informal"])],
)
def test_an_informal_notice_wants_40_percent_and_500_km2(
    members: int, area: float, wanted: list[str]
) -> None:
    assert kinds(river(members, 72, deemed=True, upstream_area_km2=area)) == wanted


def test_the_forecaster_decides_on_an_informal_notice() -> None:
    (undecided,) = bulletins(river(22, 72))
    (declined,) = bulletins(river(22, 72, deemed=False))
    assert ([one.kind for one in undecided.options], undecided.notices) == (["informal"], ())
    assert (declined.options, declined.notices) == ((), ())


@pytest.mark.parametrize(("start_h", "wanted"), [(42, ["flash"]), (48, ["flash"]), (54, [])])
def test_exactly_48_h_ahead_is_a_flash_flood(start_h: float, wanted: list[str]) -> None:
    assert kinds(flash(0.3, start_h)) == wanted


def test_a_flash_flood_wants_30_percent_and_less_than_2000_km2() -> None:
    small = replace(POINT, upstream_area_km2=1999.0)
    large = replace(POINT, upstream_area_km2=2000.0)
    stated = {5: np.full(len(STEPS_H), 0.3)}
    assert kinds(run(PointForecast(small, eric_probability=stated))) == ["flash"]
    assert not kinds(run(PointForecast(large, eric_probability=stated)))
    assert not kinds(flash(0.299, 24))


def test_members_count_by_their_weight() -> None:
    flow = wave(1, 72, of=3)
    assert kinds(run(PointForecast(POINT, flow), weights=(2, 1, 1))) == ["formal"]
    assert not kinds(run(PointForecast(POINT, flow), weights=(2, 2, 1)))


# ------------------------------------------------------------------------------------------------ who is told


def test_every_partner_of_the_basin_is_told_of_a_formal_notice() -> None:
    (notice,) = sent(river(30, 72))
    assert (notice.partner, notice.told) == ("at", ("at", "hu", "sk"))
    facts = {
        "formal_notice_issued": True,
        "basin_transnational": len(TERRITORY.partners["danube"]) > 1,
        "all_basin_partners_told": set(notice.told) >= set(TERRITORY.partners["danube"]),
    }
    assert rulepack.shelf("efas").rule("efas-f5").outcome(facts) == "kept"


def test_a_flash_flood_and_an_informal_notice_go_to_the_affected_partner_only() -> None:
    (flash_notice,) = sent(flash(0.4, 24, partner="sk"))
    (informal,) = sent(river(22, 72, deemed=True))
    assert (flash_notice.told, informal.told) == (("sk",), ("at",))


def test_a_river_of_no_partner_has_nobody_to_tell() -> None:
    assert not sent(river(50, 72, partner=""))


def test_a_notice_says_where_when_and_why() -> None:
    (notice,) = sent(river(30, 72))
    assert (notice.basins, notice.points, notice.probability) == (("danube",), ("linz",), 0.6)
    assert notice.earliest_peak == ISSUED + timedelta(hours=84)
    assert notice.rule == "efas-f3"
    assert notice.cite == rulepack.shelf("efas").rule("efas-f3").cite


def test_the_earliest_peak_is_that_of_the_first_member_to_peak() -> None:
    flow = wave(30, 72)
    flow[7, STEPS_H == 78] = THRESHOLD + 9
    flow[49, STEPS_H == 12] = THRESHOLD - 1  # a member that stays below does not count
    (notice,) = sent(run(PointForecast(POINT, flow)))
    assert notice.earliest_peak == ISSUED + timedelta(hours=78)


def test_points_of_one_basin_and_partner_share_a_notice_and_the_first_comes_first() -> None:
    late = PointForecast(replace(POINT, id="a-later"), wave(30, 90, peak_h=0.0))
    early = PointForecast(replace(POINT, id="b-earlier"), wave(30, 60, peak_h=0.0))
    (notice,) = sent(run(late, early))
    assert (notice.points, notice.lead_time_h) == (("b-earlier", "a-later"), 60)
    assert notice.earliest_peak == ISSUED + timedelta(hours=60)


def test_regions_side_by_side_share_a_flash_notice() -> None:
    tyrol = eric(0.4, 24, id="a", region="tyrol")
    salzburg = eric(0.4, 18, id="b", region="salzburg")
    vienna = eric(0.4, 24, id="c", region="vienna")
    one, two = sent(run(tyrol, salzburg, vienna))
    assert sorted([one.regions, two.regions]) == [("salzburg", "tyrol"), ("vienna",)]
    assert len({*one.events, *two.events}) == 3


def test_regions_of_two_partners_share_no_flash_notice() -> None:
    tyrol, beyond = eric(0.4, 24, id="a"), eric(0.4, 24, id="b", region="salzburg", partner="sk")
    assert sorted(one.told for one in sent(run(tyrol, beyond))) == [("at",), ("sk",)]


# ------------------------------------------------------------------------------------------- one for an event


def test_an_event_seen_again_is_not_told_again() -> None:
    assert kinds(*(river(40, 120 - at, at=at) for at in (0, 12, 24, 36, 48, 60, 72, 84, 96))) == ["formal"]


def test_an_informal_event_is_told_formally_once_when_it_comes_to_that() -> None:
    members = (22, 24, 30, 20, 35, 22)
    forecasts = [river(many, 150 - 12 * at, at=12 * at, deemed=True) for at, many in enumerate(members)]
    made = sent(*forecasts)
    assert [one.kind for one in made] == ["informal", "formal"]
    assert made[0].events == made[1].events


@pytest.mark.parametrize(("below_h", "wanted"), [(12, 1), (24, 1), (36, 2)])
def test_an_event_ends_when_the_forecasts_were_below_for_the_gap(below_h: int, wanted: int) -> None:
    below = [river(5, 72, at=float(at)) for at in range(12, below_h + 1, 12)]
    again = river(40, 72, at=float(below_h + 12))
    assert len(sent(river(40, 72), *below, again, gap_h=24.0)) == wanted


def test_forecasts_that_are_missing_or_unknown_end_no_event() -> None:
    blind = np.full((MEMBERS, len(STEPS_H)), np.nan)
    other = PointForecast(replace(POINT, id="wien"), wave(0, 72))
    silent = [run(other, at=48), run(other, at=96)]
    unknown = [run(PointForecast(POINT, blind), at=48), run(PointForecast(POINT, blind), at=96)]
    assert kinds(river(40, 72), river(40, 72, at=400)) == ["formal"]
    assert kinds(river(40, 72), *silent, river(40, 72, at=108)) == ["formal"]
    assert kinds(river(40, 72), *unknown, river(40, 72, at=108)) == ["formal"]


def test_a_flash_flood_is_told_once() -> None:
    seen = [flash(0.4, 60 - at, at=at) for at in (0, 12, 24, 36)]
    over = [flash(0.0, 6, at=at) for at in (48, 60, 72)]
    assert kinds(*seen) == ["flash"]
    assert kinds(*seen, *over, flash(0.4, 24, at=84)) == ["flash", "flash"]


counts = st.lists(st.integers(0, MEMBERS), min_size=2, max_size=2)


@settings(max_examples=80)
@given(
    st.lists(st.tuples(counts, st.sampled_from([12, 36, 48, 54, 90, 168, 180]), st.booleans()), max_size=14),
    st.sampled_from([0.0, 12.0, 24.0, 30.0]),
)
def test_no_event_is_told_twice(runs: list[tuple[list[int], int, bool]], gap_h: float) -> None:
    forecasts = [
        run(
            PointForecast(POINT, wave(members[0], start_h), deemed=deemed),
            PointForecast(replace(POINT, id="wien"), wave(members[1], start_h), deemed=deemed),
            at=12.0 * number,
        )
        for number, (members, start_h, deemed) in enumerate(runs)
    ]
    made = sent(*forecasts, gap_h=gap_h)
    pairs = [(one.kind, one.events) for one in made]
    assert len(set(pairs)) == len(pairs)
    assert all(one.told == ("at", "hu", "sk") for one in made if one.kind == "formal")
    below = {one.issued: max(many) < 20 for one, (many, _, _) in zip(forecasts, runs, strict=True)}
    formal = [one.issued for one in made if one.kind == "formal"]
    for first, second in pairwise(formal):
        assert longest_below_h(below, first, second) >= gap_h


def longest_below_h(below: dict[datetime, bool], first: datetime, second: datetime) -> float:
    """The longest span of forecasts that were all below the criterion; -1 if none was."""
    longest, since = -1.0, None
    for at in sorted(one for one in below if first < one < second):
        since = (since or at) if below[at] else None
        if since is not None:
            longest = max(longest, (at - since) / timedelta(hours=1))
    return longest


# -------------------------------------------------------------------------------------------- the whole of it


def published(flow: np.ndarray, area: float, judged: bool) -> list[str]:
    """The criteria as the pages publish them, written down a second time, without the rules."""
    share = (flow > THRESHOLD).mean(axis=0)
    formal = STEPS_H[share >= 0.50]
    if area >= 1000 and formal.size and 48 < formal[0] <= 168:
        return ["formal"]
    return ["informal"] if judged and area >= 500 and (share >= 0.40).any() else []


def campaign(steps: int) -> tuple[int, dict[str, int]]:
    """So many generated ensembles: how many differ from `published`, and what was sent."""
    draw = np.random.default_rng(20261126)
    differ, tally = 0, {"formal": 0, "informal": 0, "nothing": 0}
    for _ in range(steps):
        area = float(draw.choice([499, 500, 501, 999, 1000, 1001, 2000, draw.uniform(100, 3000)]))
        start_h, rise = draw.choice(STEPS_H), draw.uniform(0.5, 3.0)
        shape = np.exp(-0.5 * ((STEPS_H - start_h - 24) / 20.0) ** 2)
        flow = 200.0 + 200.0 * rise * shape * draw.lognormal(0.0, 0.3, (MEMBERS, 1))
        judged = bool(draw.integers(2))
        made = kinds(run(PointForecast(replace(POINT, upstream_area_km2=area), flow, deemed=judged)))
        wanted = published(flow, area, judged)
        differ += made != wanted
        tally[wanted[0] if wanted else "nothing"] += 1
    return differ, tally


def test_the_published_criteria_are_reproduced_on_generated_ensembles() -> None:
    differ, tally = campaign(400)
    assert differ == 0
    assert min(tally.values()) > 20


def test_the_criteria_of_the_pack_agree_with_one_another() -> None:
    pack = rulepack.shelf("efas")
    whole = {(one.fact, one.operator, one.bound) for one in pack.rule("efas-f3").when.comparisons()}
    parts = [pack.rule(name) for name in ("efas-f1", "efas-f2", "efas-f4", "efas-f8")]
    assert whole == {(one.fact, one.operator, one.bound) for part in parts for one in part.when.comparisons()}


# -------------------------------------------------------------------------------------------- what is unknown


def test_an_unknown_area_or_probability_gives_no_notice_and_is_said() -> None:
    blind = wave(40, 72)
    blind[3, 5] = np.nan
    (no_area,) = bulletins(river(40, 72, upstream_area_km2=None))
    (no_member,) = bulletins(run(PointForecast(POINT, blind)))
    (no_threshold,) = bulletins(river(40, 72, threshold_m3_s={2: 100.0}))
    for one in (no_area, no_member, no_threshold):
        assert not one.notices
        assert ("linz", "efas-f3") in one.undetermined


def test_what_is_unknown_opens_no_event() -> None:
    forecast, pack = river(40, 72, upstream_area_km2=None), rulepack.shelf("efas")
    nothing = flood_notification.Standing()
    standing, _ = flood_notification.follow(nothing, forecast, TERRITORY, pack, gap_h=24.0)
    assert not standing.events


def test_what_is_unknown_after_the_start_hinders_no_notice() -> None:
    flow = wave(40, 72)
    flow[0, -1] = np.nan
    (notice,) = sent(run(PointForecast(POINT, flow)))
    assert notice.earliest_peak is None


def test_an_area_too_small_is_no_unknown() -> None:
    blind = np.full((MEMBERS, len(STEPS_H)), np.nan)
    (bulletin,) = bulletins(run(PointForecast(replace(POINT, upstream_area_km2=100.0), blind)))
    assert not bulletin.undetermined


def test_a_forecast_from_before_these_criteria_is_refused() -> None:
    with pytest.raises(NotFoundError) as caught:
        sent(replace(river(40, 72), issued=datetime(2013, 6, 1, tzinfo=UTC)))
    assert caught.value.code == "rules.not_in_force"


def wrong(forecasts: Sequence[Forecast], gap_h: float = 24.0) -> list[str]:
    with pytest.raises(InputFaults) as caught:
        sent(*forecasts, gap_h=gap_h)
    return sorted(one.where for one in caught.value.faults)


def test_all_faults_of_a_forecast_are_told_at_once() -> None:
    bad = PointForecast(replace(POINT, id="x", basin="rhine", upstream_area_km2=-1.0), -wave(3, 72)[:, 1:])
    stray = PointForecast(replace(POINT, partner="uk"), eric_probability={5: np.full(len(STEPS_H), 1.5)})
    found = wrong([Forecast(ISSUED.replace(tzinfo=None), STEPS_H, (bad, stray), (0,))], gap_h=-1.0)
    assert found == [
        "gap_h", "issued", "point linz: eric_probability of 5 y", "point linz: partner", "point x: basin",
        "point x: discharge_m3_s", "point x: discharge_m3_s", "point x: upstream_area_km2", "weights",
    ]  # fmt: skip


def test_forecasts_in_the_wrong_order_and_steps_that_do_not_grow_are_refused() -> None:
    assert wrong([river(5, 72, at=12), river(5, 72, at=12)]) == ["issued"]
    assert wrong([replace(river(5, 72), lead_time_h=STEPS_H[::-1])]) == ["lead_time_h"]
    assert wrong([run(*river(5, 72).points, *river(5, 72).points)]) == ["points"]
