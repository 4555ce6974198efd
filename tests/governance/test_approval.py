"""An actual red warning needs two officers, or words; nothing else does, and no request is left lying."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cast import XIA, ZHONG
from governance.acts import BASIN, INCIDENT, PROVINCE, TERRITORY, at, codes, opened, say, stand
from governance.foreseen import TERMS, said, telling
from hypothesis import given
from hypothesis import strategies as st

from riskshed.errors import DomainError, NotFoundError
from riskshed.governance import approval, warning
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.statement import Statement
from riskshed.vocabulary import KINDS
from riskshed.vocabulary_fields import COLOURS

LADDER = replace(TERMS, approval_min=15.0, coordination_body=BASIN)
WHY = {"zh": "无人应答，洪水将至", "en": "nobody answers and the water comes"}


def red(**more: Any) -> Draft:
    facts = {"by": ZHONG, "cities": [ZHONG], "territory": TERRITORY, "level": "red", "about": INCIDENT}
    return warning.issue(telling(), **{**facts, **more})


def asked(hours: float = 2.0, draft: Draft | None = None, of: tuple[str, ...] = ("duty-2",)) -> Statement:
    return said(approval.request(draft or red(), of, LADDER, at(hours)), at(hours))


def answered(request: Statement, kind: Any, hours: float, **more: Any) -> Statement:
    facts = {"by": ZHONG, "officer": "duty-2", "draft": request.string("draft"), **more}
    return say(kind, facts.pop("by"), hours, replies_to=request.id, **facts)


def climbed(hours: float, *more: Statement) -> approval.Climb:
    return approval.climb(stand(opened(), *more, hours=hours), LADDER, TERRITORY, at(hours))


# ------------------------------------------------------------------------------------------- what needs it


@pytest.mark.parametrize("level", COLOURS)
@pytest.mark.parametrize("exercise", [False, True])
def test_only_an_actual_red_warning_needs_a_second_officer(level: str, exercise: bool) -> None:
    needs = approval.needs_second_officer(red(level=level), exercise=exercise)
    assert needs == (level == "red" and not exercise)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"WarningIssued", "WarningUpdated"}))
def test_nothing_but_a_warning_ever_waits(kind: Any) -> None:
    assert not approval.needs_second_officer(Draft(kind, ZHONG, None, None, {"level": "red"}), exercise=False)


def test_a_red_warning_by_one_officer_alone_is_refused() -> None:
    with pytest.raises(DomainError) as told:
        approval.check(stand(opened()), red())
    assert told.value.code == "approval.missing"
    approval.check(stand(opened()), red(level="orange"))
    approval.check(stand(opened(exercise=True), exercise=True), red())


def test_with_the_approval_of_a_second_officer_it_goes_out() -> None:
    request = asked()
    yes = answered(request, "ApprovalGiven", 2.1)
    standing = stand(opened(), request, yes)
    draft = approval.approved(standing, red())
    assert draft.body["approval"] == yes.id
    approval.check(standing, draft)
    assert approval.unapproved(stand(opened(), request, yes, said(draft, at(3)))) == ()


def test_an_approval_is_of_exactly_one_text() -> None:
    request = asked()
    yes = answered(request, "ApprovalGiven", 2.1)
    standing = stand(opened(), request, yes)
    other = red(instruction={"en": "Stay where you are."})
    with pytest.raises(DomainError) as told:
        approval.approved(standing, other)
    assert told.value.code == "approval.missing"
    stolen = replace(other, body={**other.body, "approval": yes.id})
    with pytest.raises(DomainError) as told:
        approval.check(standing, stolen)
    assert told.value.code == "approval.other_draft"


def test_the_officer_who_asked_cannot_approve() -> None:
    request = asked(of=("duty-1", "duty-2"))
    own = answered(request, "ApprovalGiven", 2.1, officer="duty-1")
    standing = stand(opened(), request, own)
    with pytest.raises(DomainError):
        approval.approved(standing, red())
    with pytest.raises(DomainError) as told:
        approval.give(standing, request.id, by=ZHONG, officer="duty-1")
    assert told.value.code == "approval.same_officer"


def test_an_override_goes_out_with_its_words_and_stands_on_the_record() -> None:
    standing = stand(opened())
    draft = approval.overridden(standing, red(), WHY)
    approval.check(standing, draft)
    made = said(draft, at(3))
    after = stand(opened(), made)
    assert approval.overrides(after) == (made.id,)
    assert after.warnings[made.id].override == WHY
    with pytest.raises(DomainError) as told:
        approval.overridden(standing, red(), {"en": "..."})
    assert told.value.code == "approval.no_reason"


def test_a_red_warning_that_went_out_alone_is_found_on_the_record() -> None:
    alone = said(red(), at(3))
    assert approval.unapproved(stand(opened(), alone)) == (alone.id,)


def test_refused_is_refused() -> None:
    request = asked()
    no = answered(request, "ApprovalRefused", 2.1)
    standing = stand(opened(), request, no)
    for act in (
        lambda: approval.approved(standing, red()),
        lambda: approval.overridden(standing, red(), WHY),
        lambda: approval.check(standing, replace(red(), body={**red().body, "override": WHY})),
        lambda: approval.give(standing, request.id, by=ZHONG, officer="duty-2"),
    ):
        with pytest.raises(DomainError) as told:
            act()
        assert told.value.code == "approval.refused"
    assert climbed(9, request, no) == approval.Climb((), ())


def test_only_those_who_were_asked_answer_and_a_refusal_says_why() -> None:
    request = asked()
    standing = stand(opened(), request)
    with pytest.raises(DomainError) as told:
        approval.give(standing, request.id, by=ZHONG, officer="duty-9")
    assert told.value.code == "approval.not_asked"
    with pytest.raises(DomainError) as told:
        approval.refuse(standing, request.id, by=ZHONG, officer="duty-2", reason={"zh": "—"})
    assert told.value.code == "approval.no_reason"
    with pytest.raises(NotFoundError):
        approval.give(standing, "0" * 64, by=ZHONG, officer="duty-2")
    with pytest.raises(DomainError):
        approval.request(red(), (), LADDER, at(2))


def test_the_digest_leaves_out_what_comes_after_the_approval() -> None:
    later = {"approval": "ab" * 32, "override": WHY, "cap": {"digest": "sha256:" + "0" * 64}}
    assert approval.digest(replace(red(), body={**red().body, **later})) == approval.digest(red())
    assert approval.digest(said(red(), at(3))) == approval.digest(red()) == red().digest()


def test_the_name_of_a_post_counts_only_within_the_body_that_asks() -> None:
    request = asked(of=("duty-2", PROVINCE))
    standing = stand(opened(), request)
    for act, more in ((approval.give, {}), (approval.refuse, {"reason": WHY})):
        with pytest.raises(DomainError) as told:
            act(standing, request.id, by=XIA, officer="duty-2", **more)
        assert told.value.code == "approval.not_asked"
        act(standing, request.id, by=ZHONG, officer="duty-2", **more)
        act(standing, request.id, by=PROVINCE, officer="duty-9", **more)


@pytest.mark.parametrize("kind", ["ApprovalGiven", "ApprovalRefused"])
def test_the_record_takes_no_answer_of_another_body_whose_officer_is_called_alike(kind: str) -> None:
    request = asked(of=("duty-2",))
    more = {"reason": WHY} if kind == "ApprovalRefused" else {}
    stranger = answered(request, kind, 2.1, by=XIA, officer="duty-2", **more)
    standing = stand(opened(), request, stranger)
    held = standing.approvals[request.id]
    assert (held.given, held.refused) == (None, None)
    assert standing.set_aside == (stranger.id,)
    assert codes(standing, stranger) == {"reply.not_addressed"}


# ---------------------------------------------------------------------------------------------- climbing


def test_a_request_climbs_the_moment_its_time_is_over_and_not_before() -> None:
    request = asked(2)
    assert climbed(2.2499, request).requests == ()
    (draft,) = climbed(2.25, request).requests
    assert draft.body["of"] == [PROVINCE]
    assert draft.body["answer_by"] == "2024-05-01T06:30:00+00:00"
    assert draft.body["summary"] == request.words("summary")


def test_it_climbs_to_commander_superior_and_coordination_body_and_then_to_the_officer() -> None:
    lead = say("LeadAssigned", BASIN, 1, lead=["910100"])
    said_so_far: list[Statement] = [lead, asked(2)]
    steps: list[str] = []
    for turn in range(1, 9):
        hours = 2 + turn * 0.25
        climb = climbed(hours, *said_so_far)
        if climb.may_override:
            break
        steps += climb.requests[0].body["of"]
        said_so_far.append(said(climb.requests[0], at(hours)))
    assert steps == ["910100", PROVINCE, BASIN]
    (stalled,) = climb.may_override
    assert stalled.asked == ("duty-2", "910100", PROVINCE, BASIN)
    assert "on the record" in stalled.words["en"]


def test_whoever_is_asked_on_the_way_up_can_approve() -> None:
    request = asked(2)
    (draft,) = climbed(2.25, request).requests
    above = said(draft, at(2.25))
    yes = answered(above, "ApprovalGiven", 2.3, by=PROVINCE, officer="duty-7")
    standing = stand(opened(), request, above, yes)
    assert approval.approved(standing, red()).body["approval"] == yes.id


@given(st.integers(2, 8))
def test_one_request_climbs_one_step_at_a_time(ticks: int) -> None:
    request = asked(2)
    (draft,) = climbed(2.25, request).requests
    above = said(draft, at(2.25))
    hours = 2.25 + 0.2 * ticks / 8
    assert climbed(hours, request, above) == approval.Climb((), ())


@pytest.mark.parametrize("how", ["approved", "overridden", "closed"])
def test_what_is_settled_climbs_no_more(how: str) -> None:
    request = asked(2)
    standing: Standing = stand(opened(), request)
    settled = {
        "approved": answered(request, "ApprovalGiven", 2.1),
        "overridden": said(approval.overridden(standing, red(), WHY), at(2.1)),
        "closed": say("IncidentClosed", ZHONG, 2.1),
    }[how]
    assert climbed(5, request).requests != ()
    assert climbed(5, request, settled) == approval.Climb((), ())


def test_without_anybody_above_the_officer_may_issue_it_alone() -> None:
    request = said(approval.request(red(), ("duty-2",), TERMS, at(2)), at(2))
    standing = stand(opened(), request, hours=3)
    territory = replace(TERRITORY, parents={ZHONG: None, XIA: ZHONG})
    climb = approval.climb(standing, TERMS, territory, at(3))
    assert (climb.requests, len(climb.may_override)) == ((), 1)
