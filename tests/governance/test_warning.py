"""A warning is for one's own area, says what to do, and ends by being updated, taken back or run out."""

from __future__ import annotations

from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import TERRITORY, at, opened, say, stand, warned
from governance.foreseen import TERMS, coming, faced, outlook, said, telling
from hypothesis import given, settings
from hypothesis import strategies as st

from riskshed import statement
from riskshed.errors import DomainError, NotFoundError
from riskshed.governance import notice_answer, warning
from riskshed.governance.draft import Draft
from riskshed.vocabulary_fields import COLOURS


def issued(hours: float = 2.0, **more: Any) -> Draft:
    """The warning of Zhong to its own people."""
    drill = bool(more.pop("exercise", False))
    seen = telling(more.pop("seen", None), hours, exercise=drill)
    return warning.issue(seen, **{"by": ZHONG, "cities": [ZHONG, XIA], "territory": TERRITORY, **more})


# ------------------------------------------------------------------------------------------------ issuing


def test_a_warning_says_what_article_64_wants() -> None:
    made = said(issued(about="spill-2024"), at(2))
    assert warning.missing(made) == ()
    assert made.string("level") == "orange"
    assert made.time("onset") == at(44)
    assert made.time("expires") == at(94 + 24)


@given(st.lists(st.sampled_from((SHANG, ZHONG, XIA, PANG)), unique=True, min_size=1))
def test_no_warning_reaches_into_the_area_of_another(cities: list[str]) -> None:
    if set(cities) <= {ZHONG, XIA}:
        assert issued(cities=cities).body["cities"] == cities
        return
    with pytest.raises(DomainError) as told:
        issued(cities=cities)
    assert told.value.code == "warning.area_not_own"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cities": []}, "warning.no_area"),
        ({"instruction": {"zh": "。", "en": "-"}}, "warning.no_instruction"),
        ({"expires": at(2)}, "warning.expired"),
    ],
)
def test_a_warning_that_says_nothing_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as told:
        issued(**changes)
    assert told.value.code == code


def test_a_warning_under_a_body_without_a_code_of_its_own_holds_for_its_home() -> None:
    draft = issued(by="zhong-water", home=ZHONG)
    assert (draft.by, draft.body["cities"]) == ("zhong-water", [ZHONG, XIA])


@pytest.mark.parametrize("level", COLOURS)
def test_an_officer_sets_another_level_than_the_table(level: str) -> None:
    assert issued(level=level).body["level"] == level


def test_the_less_is_known_the_graver_is_the_level_that_is_proposed() -> None:
    assert issued(seen=outlook(coming(ZHONG, None)), cities=[ZHONG]).body["level"] == "red"


def test_missing_names_what_is_not_said() -> None:
    draft = issued(seen=outlook(coming(ZHONG, 0.5)), cities=[ZHONG])
    assert warning.missing(draft) == ("start",)
    mute = Draft("WarningIssued", ZHONG, None, None, {**draft.body, "instruction": {"zh": "……"}})
    assert warning.missing(mute) == ("start", "measures")
    assert warning.missing(faced()) == ("start",)
    assert warning.missing(faced(severity="Unknown")) == ("level", "start")


def test_a_sealed_notice_says_nothing_to_those_who_cannot_open_it() -> None:
    hidden = faced(visibility="sealed", recipients=[ZHONG], sealed=_sealed())
    assert warning.missing(hidden) == ("class", "level", "start", "area", "cautions", "measures")


def _sealed() -> Any:
    from_open = faced()
    return statement.seal("NoticeSent", from_open.to_json()["body"], salt=bytes(32))


# ------------------------------------------------------------------------------- updating, taking back


def test_an_update_replaces_the_warning_and_says_what_has_changed() -> None:
    first = warned()
    standing = stand(opened(), first, hours=3)
    draft = warning.update(standing, first.id, issued(3), {"en": "It comes earlier."})
    after = stand(opened(), first, said(draft, at(3)), hours=4)
    assert [one.replaces for one in warning.active(after, at(4))] == [first.id]


def test_a_false_warning_is_taken_back_by_one_call_in_both_languages() -> None:
    first = warned()
    draft = warning.cancel(stand(opened(), first, hours=3), first.id, by=ZHONG, cause="error")
    made = said(draft, at(3))
    assert made.words("headline")["zh"].startswith("此前的预警是误发")
    assert "in error" in made.words("headline")["en"]
    assert warning.active(stand(opened(), first, made, hours=4), at(4)) == ()


def test_the_end_of_danger_is_told_as_an_all_clear() -> None:
    first = warned()
    draft = warning.cancel(stand(opened(), first, hours=3), first.id, by=ZHONG, cause="all_clear")
    assert draft.body["headline"]["en"].startswith("All clear")


@pytest.mark.parametrize(
    ("by", "more", "code"),
    [(SHANG, (), "warning.not_own"), (ZHONG, ("WarningCancelled",), "warning.not_active")],
)
def test_only_ones_own_standing_warning_is_taken_back(by: str, more: tuple[str, ...], code: str) -> None:
    first = warned()
    later = [say(kind, ZHONG, 2.5, replies_to=first.id) for kind in more]
    with pytest.raises(DomainError) as told:
        warning.cancel(stand(opened(), first, later, hours=3), first.id, by=by, cause="error")
    assert told.value.code == code
    with pytest.raises(NotFoundError):
        warning.cancel(stand(opened()), first.id, by=by, cause="error")


def test_an_update_without_words_is_none() -> None:
    first = warned()
    with pytest.raises(DomainError) as told:
        warning.update(stand(opened(), first, hours=3), first.id, issued(3), {"zh": "—"})
    assert told.value.code == "warning.no_change"


def test_a_warning_holds_until_it_expires_and_no_longer() -> None:
    first = warned()
    before, after = stand(first, hours=25.99), stand(first, hours=26)
    assert [one.id for one in warning.active(before, at(25.99))] == [first.id]
    assert warning.active(after, at(26)) == ()
    assert warning.active(before, at(26)) == ()
    assert [one.id for one in warning.expired(after, at(26))] == [first.id]


@given(st.lists(st.sampled_from(COLOURS), max_size=6), st.floats(2, 60))
@settings(max_examples=30, deadline=None)
def test_every_warning_is_active_or_over(levels: list[str], hours: float) -> None:
    made = [warned(2 + n / 10, level=level) for n, level in enumerate(levels)]
    standing = stand(made, hours=max(hours, 3))
    now = at(max(hours, 3))
    active, over = warning.active(standing, now), warning.expired(standing, now)
    assert {one.id for one in active} | {one.id for one in over} == {one.id for one in made}
    assert [COLOURS.index(one.level) for one in active] == sorted(COLOURS.index(one.level) for one in active)


# --------------------------------------------------------------------------------------------- adopting


def test_a_notice_is_adopted_by_a_warning_in_ones_own_area_and_an_answer_that_names_it() -> None:
    sent = faced(cities=[SHANG, ZHONG, XIA])
    standing = stand(opened(), sent, hours=2)
    adoption = warning.adopt(standing, sent.id, telling(hours=2.0), by=ZHONG, territory=TERRITORY)
    made = said(adoption.warning, at(2))
    answer = said(adoption.answer_naming(made.id), at(2.1))
    after = stand(opened(), sent, made, answer, hours=3)
    assert made.strings("cities") == (ZHONG, XIA)
    assert after.warnings[made.id].notice == sent.id
    assert notice_answer.states(after, TERMS, at(3))[sent.id][ZHONG] == "adopted"


def test_a_notice_about_others_alone_cannot_be_adopted() -> None:
    sent = faced(cities=[SHANG])
    with pytest.raises(DomainError) as told:
        warning.adopt(stand(opened(), sent), sent.id, telling(), by=ZHONG, territory=TERRITORY)
    assert told.value.code == "warning.no_area"


# ---------------------------------------------------------------------------------------------- drills


def test_a_drill_is_never_shown_as_actual() -> None:
    made = said(issued(exercise=True), at(2), exercise=True)
    standing = stand(opened(exercise=True), made, hours=3)
    assert warning.active(standing, at(3)) == ()
    assert [one.id for one in warning.active(stand(made, hours=3, exercise=True), at(3))] == [made.id]
    assert all(text.startswith(("【演习】", "EXERCISE: ")) for text in made.words("headline").values())


def test_a_drill_that_forgot_to_say_so_is_shown_as_one() -> None:
    forgot = warned(exercise=True, headline={"en": "Flood"})
    assert warning.headline(forgot) == {"en": "EXERCISE: Flood"}
    assert warning.headline(warned(headline={"en": "Flood"})) == {"en": "Flood"}


def test_a_drill_is_taken_back_as_a_drill() -> None:
    first = warned(exercise=True)
    draft = warning.cancel(stand(first, hours=3, exercise=True), first.id, by=ZHONG, cause="error")
    assert draft.body["headline"]["zh"].startswith("【演习】")
