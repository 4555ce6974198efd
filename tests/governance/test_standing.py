"""How things stand is a function of a set of statements, of the time asked for, and of nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
import songhua
from cast import PANG, SHANG, XIA, ZHONG
from governance import market_acts, standing_campaign
from governance.acts import (
    INCIDENT,
    TERRITORY,
    answered,
    at,
    clock,
    codes,
    gathered,
    join,
    joined,
    noticed,
    opened,
    proposed,
    say,
    seen,
    signed,
    stand,
    warned,
    withdrew,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed.case import Case
from riskshed.chronicle import chronicle
from riskshed.governance.standing import Fold, Seen, of
from riskshed.governance.territory import Territory
from riskshed.said import Said
from riskshed.statement import Statement, seal


@pytest.fixture(scope="module")
def case() -> list[Seen]:
    """The real case, each statement seen when it was issued."""
    said = Said.read(songhua.FOLDER)
    assert said is not None
    told = chronicle(Case.read(songhua.FOLDER), said).statements
    return [Seen(one, one.issued) for one in told]


@pytest.fixture(scope="module")
def rivers() -> Territory:
    return Territory.of_region(Case.read(songhua.FOLDER).region)


def end(case: list[Seen]) -> datetime:
    return max(one.seen_at for one in case)


@pytest.fixture(scope="module")
def plain(case: list[Seen], rivers: Territory) -> bytes:
    """How the real case stands at its end, told in its own order."""
    return of(case, at=end(case), territory=rivers).to_bytes()


# ------------------------------------------------------------------------------------ a function of the set


@settings(max_examples=50)  # `make standing` tries far more
@given(draw=st.integers(0, 2**32 - 1))
def test_a_real_case_stands_the_same_in_any_order_and_number(
    case: list[Seen], rivers: Territory, plain: bytes, draw: int
) -> None:
    other = standing_campaign.same_set(case, random.Random(draw))
    assert of(other, at=end(case), territory=rivers).to_bytes() == plain


@settings(max_examples=50)
@given(hours=st.integers(0, 600), later_h=st.integers(0, 48))
def test_what_was_seen_later_changes_nothing(case: list[Seen], hours: int, later_h: int) -> None:
    known = case[0].seen_at + timedelta(hours=hours)
    when = known + timedelta(hours=later_h)
    by_then = [one for one in case if one.seen_at <= known]
    assert of(case, at=when, known_at=known).to_bytes() == of(by_then, at=when, known_at=known).to_bytes()


def test_a_fold_asked_at_every_statement_tells_the_same_as_one_from_nothing(case: list[Seen]) -> None:
    fold, so_far = Fold(), list[Seen]()
    for one in case:
        fold.add(one)
        so_far.append(one)
        told = fold.standing(one.seen_at)
        assert told.to_bytes() == of(so_far, at=one.seen_at).to_bytes()


def test_a_fold_works_out_only_what_a_statement_can_have_changed(case: list[Seen]) -> None:
    fold = Fold()
    for one in case[:-1]:
        fold.add(one)
    fold.standing(end(case))
    before = fold.worked_out
    fold.add(case[-1])
    fold.standing(end(case))
    assert fold.worked_out - before < before / 20


def test_a_campaign_finds_no_two_answers_that_differ() -> None:
    figures = standing_campaign.run(2000)
    assert figures.steps >= 2000
    assert figures.subjects["in force"] > 0
    assert figures.worked_out < figures.anew / 2
    assert figures.objected > 50
    assert figures.tried > 3 * figures.objected
    assert {"exercise.mixed", "withdrawn", "area.not_own"} <= set(figures.flags)


def folded(*said: Seen | Statement) -> Fold:
    fold = Fold(territory=TERRITORY)
    for one in gathered(joined(), *said):
        fold.add(one)
    return fold


def test_a_time_from_which_nothing_follows_costs_nothing_and_changes_nothing_else(case: list[Seen]) -> None:
    fold = Fold()
    for one in case:
        fold.add(one)
    first = fold.standing(end(case))
    before, later = fold.worked_out, end(case) + timedelta(seconds=1)
    second = fold.standing(later)
    assert fold.worked_out == before
    assert second == replace(first, at=later, known_at=later)
    assert second.to_bytes() == of(case, at=later).to_bytes()


def test_a_time_that_something_rests_on_is_not_missed_on_the_way_there_and_back() -> None:
    warning = warned(2.0)
    fold = folded(warning)
    for hours, wanted in ((25.9, "active"), (26.0, "expired"), (300.0, "expired"), (25.99, "active")):
        assert fold.standing(at(hours)).warnings[warning.id].status == wanted


def test_the_last_moment_of_a_time_and_the_one_after_it_are_told_apart_in_both_directions() -> None:
    task = {"task": "boom", "owner": SHANG, "what": {"en": "lay a boom"}, "due": clock(9)}
    order = say("InstructionGiven", SHANG, 1.0, to=[SHANG], tasks=[task])
    fold, second = folded(order), timedelta(seconds=1)
    for when, wanted in ((at(9), "open"), (at(9) + second, "broken"), (at(9), "open"), (at(1), "open")):
        assert fold.standing(when).promises[f"{order.id} boom"].status == wanted


def test_a_statement_that_names_one_thing_twice_goes_out_as_it_came_in() -> None:
    row = market_acts.offer()
    twice = market_acts.proposed(row, row, hours=5.0)
    fold = folded(twice)
    assert twice.id in fold.standing(at(6.0)).statements
    assert twice.id not in fold.standing(at(4.0)).statements
    assert fold.standing(at(6.0)).to_bytes() == folded(twice).standing(at(6.0)).to_bytes()


def test_a_standing_stays_as_it_was_when_more_is_said() -> None:
    notice = noticed(1.0)
    fold = folded(notice)
    first = fold.standing(at(5.0))
    held = first.to_bytes()
    fold.add(seen(answered(notice, "NoticeAcknowledged", 2.0)))
    fold.add(seen(noticed(1.5)))
    assert fold.standing(at(5.0)).notices[notice.id].answers
    assert first.to_bytes() == held


# ------------------------------------------------------------------------------------------ what would be


def test_what_would_be_set_aside_is_told_with_its_reasons_and_nothing_of_it_stays() -> None:
    fold, level = folded(), say("LevelSet", SHANG, 1.0)
    before = fold.standing(at(2.0)).to_bytes()
    assert [flag.code for flag in fold.objections([seen(level)], at(2.0))] == ["incident.unknown"]
    assert fold.standing(at(2.0)).to_bytes() == before


def test_each_of_several_is_tried_with_those_before_it() -> None:
    level = seen(say("LevelSet", SHANG, 1.0))
    assert folded().objections([seen(opened(0.5)), level], at(2.0)) == ()
    assert folded().objections([level, seen(opened(0.5))], at(2.0)) != ()


def test_a_text_that_would_yield_to_one_in_force_is_objected_to() -> None:
    first, second = proposed(-900.0), proposed(-800.0, coordination_body=PANG)
    fold = folded(first, signed(first), signed(second, -799.0))
    told = fold.objections([seen(second)], at(2.0))
    assert [(flag.code, flag.what) for flag in told] == [
        ("agreement.contradiction", f"it yields to {first.id}")
    ]


def test_to_try_something_out_costs_no_more_where_much_was_said() -> None:
    costs = []
    for several in (10, 300):
        fold = folded([noticed(1.0 + number / 1000) for number in range(several)])
        fold.standing(at(5.0))
        before = fold.worked_out
        assert fold.objections([seen(noticed(4.0))], at(6.0)) == ()
        costs.append(fold.worked_out - before)
    assert costs[0] == costs[1] < 10


def test_a_real_case_has_nothing_set_aside(case: list[Seen], rivers: Territory) -> None:
    told = of(case, at=end(case), territory=rivers)
    assert told.set_aside == ()
    assert len(told.statements) == len(case)
    assert told.incidents["songhua-2005"].modes == {"230000": "emergency"}


# ----------------------------------------------------------------------------------------------- two clocks


def test_a_statement_is_not_used_before_it_was_seen() -> None:
    notice = noticed(1.0)
    late = gathered(joined(), seen(notice, delay_h=5.0))
    assert not of(late, at=at(3.0)).notices
    assert not of(late, at=at(9.0), known_at=at(5.9)).notices
    assert notice.id in of(late, at=at(6.0)).notices


def test_the_earliest_sight_of_a_statement_counts() -> None:
    notice = noticed(1.0)
    for order in ([seen(notice, 1.0), seen(notice, 9.0)], [seen(notice, 9.0), seen(notice, 1.0)]):
        assert stand(*order).notices[notice.id].seen_at == at(2.0)


def test_nobody_can_have_said_later_what_was_seen_earlier() -> None:
    notice = noticed(24.0)
    told = stand(opened(), seen(notice, delay_h=-22.0), hours=3.0)
    assert codes(told, notice) == {"clock.ahead"}
    assert notice.id in told.notices


def test_a_clock_within_the_tolerance_is_not_flagged() -> None:
    notice = noticed(1.0)
    assert not codes(stand(opened(), seen(notice, delay_h=-1.0)), notice)
    assert codes(stand(opened(), seen(notice, delay_h=-1.1)), notice) == {"clock.ahead"}


def test_an_answer_from_a_slow_clock_counts_from_when_it_was_seen() -> None:
    notice = noticed(1.0)
    answer = answered(notice, "NoticeAcknowledged", 2.0)
    told = stand(opened(), notice, seen(answer, delay_h=24.0))
    assert codes(told, answer) == {"clock.behind"}
    assert told.notices[notice.id].answers[ZHONG].acknowledged == (answer.id, at(26.0))


def test_an_answer_seen_within_half_a_day_counts_from_when_it_was_issued() -> None:
    notice = noticed(1.0)
    answer = answered(notice, "NoticeAcknowledged", 2.0)
    told = stand(notice, seen(answer, delay_h=12.0))
    assert told.notices[notice.id].answers[ZHONG].acknowledged == (answer.id, at(2.0))


def test_one_instant_in_two_zones_is_one_sight() -> None:
    notice = noticed(1.0)
    zone = notice.issued.astimezone(timezone(timedelta(hours=8)))
    one, other = Seen(notice, notice.issued), Seen(notice, zone)
    assert stand(one, other).to_bytes() == stand(other, one).to_bytes()


# ------------------------------------------------------------------------- what is refused, and not lost


def test_words_of_a_body_that_never_joined_are_set_aside_and_kept() -> None:
    notice = noticed(by="stranger")
    told = stand(opened(), notice)
    assert codes(told, notice) == {"body.unknown"}
    assert notice.id in told.set_aside
    assert notice.id in told.statements
    assert not told.notices


def test_words_count_as_soon_as_their_body_joins() -> None:
    notice = noticed(by="newcomer")
    assert notice.id in stand(notice, join("newcomer", 5.0)).notices


def test_what_a_body_says_after_it_left_is_set_aside_until_it_returns() -> None:
    left = say("BodyLeft", SHANG, 1.0, body=SHANG)
    before, after = noticed(0.5), noticed(2.0)
    told = stand(before, left, after)
    assert list(told.notices) == [before.id]
    assert told.bodies[SHANG].left == at(1.0)
    back = join(SHANG, 1.5)
    assert after.id in stand(before, left, after, back).notices


def test_leaving_with_an_old_date_undoes_nothing_said_in_between() -> None:
    notice = noticed(1.0)
    left = seen(say("BodyLeft", SHANG, -90.0, body=SHANG), delay_h=100.0)
    told = stand(notice, left)
    assert notice.id in told.notices
    assert told.bodies[SHANG].left == at(10.0)


def test_nobody_but_its_superior_says_that_a_body_left() -> None:
    left = say("BodyLeft", XIA, 1.0, body=SHANG)
    told = stand(left)
    assert codes(told, left) == {"body.not_its_own"}
    assert told.bodies[SHANG].left is None


def test_who_repeats_an_introduction_vouches_for_it() -> None:
    told = stand(join(SHANG, 1.0, by=ZHONG), join("ghost", 1.0, by=ZHONG))
    assert told.bodies[SHANG].vouched_by == (ZHONG,)
    assert "ghost" not in told.bodies


def test_an_answer_waits_for_what_it_answers() -> None:
    notice = noticed(1.0)
    answer = answered(notice, "NoticeAcknowledged", 0.5)
    alone = stand(answer)
    assert codes(alone, answer) >= {"reply.missing"}
    assert answer.id in alone.set_aside
    assert ZHONG in stand(answer, notice).notices[notice.id].answers


def test_an_answer_to_another_kind_is_set_aside() -> None:
    warning = warned()
    answer = answered(warning, "NoticeAcknowledged", 3.0)
    told = stand(warning, answer)
    assert "reply.wrong_kind" in codes(told, answer)
    assert answer.id in told.set_aside


def test_who_was_not_asked_cannot_acknowledge() -> None:
    notice = noticed(to=(ZHONG,))
    answer = answered(notice, "NoticeAcknowledged", 2.0, by=XIA)
    told = stand(notice, answer)
    assert "reply.not_addressed" in codes(told, answer)
    assert not told.notices[notice.id].answers


def test_a_level_waits_until_its_incident_is_opened() -> None:
    level = say("LevelSet", SHANG, 1.0, scale="grade", level="II")
    alone = stand(level)
    assert codes(alone, level) == {"incident.unknown"}
    assert level.id in alone.set_aside
    assert stand(level, opened(5.0)).incidents[INCIDENT].levels["grade"].level == "II"


def test_a_notice_about_an_incident_that_nobody_opened_stands() -> None:
    notice = noticed()
    told = stand(notice)
    assert codes(told, notice) == {"incident.unknown"}
    assert notice.id in told.notices


def test_a_body_takes_back_its_own_words_and_no_others() -> None:
    notice = noticed()
    own, foreign = withdrew(notice, 2.0), withdrew(notice, 2.0, by=ZHONG)
    assert "withdrawal.not_own" in codes(stand(notice, foreign), foreign)
    assert notice.id in stand(notice, foreign).notices
    told = stand(notice, own)
    assert "withdrawn" in codes(told, notice)
    assert not told.notices
    assert notice.id in told.statements


def test_a_withdrawal_does_not_reach_back() -> None:
    notice = noticed(1.0)
    assert notice.id in stand(notice, withdrew(notice, 9.0), hours=8.0).notices


def test_a_withdrawal_is_not_taken_back() -> None:
    notice = noticed()
    first = withdrew(notice, 2.0)
    second = withdrew(first, 3.0)
    told = stand(notice, first, second)
    assert "withdrawal.final" in codes(told, second)
    assert not told.notices


def test_a_drill_changes_nothing_actual_and_the_other_way_round() -> None:
    notice = noticed()
    drill = answered(notice, "NoticeAcknowledged", 2.0, exercise=True)
    assert stand(notice, drill).notices[notice.id].answers == {}
    there = stand(notice, drill, exercise=True)
    assert "exercise.mixed" in codes(there, drill)
    assert not there.notices


def test_a_drill_stands_on_the_actual_bodies() -> None:
    notice = noticed(exercise=True)
    assert notice.id not in stand(notice).statements
    assert notice.id in stand(notice, exercise=True).notices


def test_a_sealed_answer_counts() -> None:
    notice = noticed()
    body = seal("NoticeAcknowledged", {"received_at": clock(2.0)}, salt=bytes(32))
    answer = answered(
        notice, "NoticeAcknowledged", 2.0, sealed=body, visibility="sealed", recipients=(SHANG,)
    )
    assert ZHONG in stand(notice, answer).notices[notice.id].answers


# -------------------------------------------------------------------------------------------- one's own area


def test_a_warning_for_the_area_of_others_is_set_aside() -> None:
    warning = warned(by=SHANG, cities=(ZHONG,))
    told = stand(warning, territory=TERRITORY)
    assert "area.not_own" in codes(told, warning)
    assert not told.warnings


def test_a_warning_holds_for_the_part_that_is_its_own() -> None:
    warning = warned(by=ZHONG, cities=(XIA, SHANG))
    told = stand(warning, territory=TERRITORY)
    assert "area.not_own" in codes(told, warning)
    assert told.warnings[warning.id].cities == (XIA,)


def test_without_territories_no_warning_is_refused_for_its_area() -> None:
    warning = warned(by=SHANG, cities=(ZHONG,))
    assert stand(warning).warnings[warning.id].cities == (ZHONG,)


def test_nothing_of_a_standing_can_be_changed() -> None:
    told = stand(noticed())
    with pytest.raises(TypeError):
        told.notices["x"] = None  # type: ignore[index]
