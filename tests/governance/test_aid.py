"""Help on the record: how far a request is met, who may answer it, what is ruled out, what a plan becomes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, INCIDENT, at, clock, opened, say, stand
from governance.bill_acts import items
from governance.incident_acts import sayable

from riskshed.errors import InputFaults
from riskshed.governance import aid
from riskshed.governance.dispatch import AidPlan, solve
from riskshed.governance.dispatch_problem import AidProblem, Good
from riskshed.governance.standing import Standing
from riskshed.statement import Statement


def asks(amount: str = "10", *, of: tuple[str, ...] = (SHANG, PANG), hours: float = 1.0) -> Statement:
    due = {"needed_by": clock(hours + 20)}
    return say("AidRequested", ZHONG, hours, of=list(of), items=items(amount), to=ZHONG, **due)


ASKED = asks()


def offers(by: str = SHANG, hours: float = 2.0, **more: Any) -> Statement:
    return say("AidOffered", by, hours, replies_to=ASKED.id, items=items(), ready_at=clock(hours + 1), **more)


def promises(by: str = SHANG, hours: float = 3.0, **more: Any) -> Statement:
    times = {"leaves_by": clock(hours + 1), "arrives_by": clock(hours + 9)}
    amount = items(more.pop("amount", "4"))
    facts = {"replies_to": ASKED.id, "to": ZHONG, **times, **more}
    return say("AidCommitted", by, hours, items=amount, **facts)


def declines(by: str = PANG, hours: float = 2.0, of: Statement = ASKED, cause: str = "own_risk") -> Statement:
    return say(
        "AidDeclined", by, hours, replies_to=of.id, cause=cause, reason={"zh": "自用", "en": "needed here"}
    )


def told(*said: Statement, hours: float = 5.0) -> Standing:
    standing = stand(opened(), *said, hours=hours)
    assert not standing.set_aside
    return standing


def good(*said: Statement, hours: float = 5.0) -> aid.GoodAsked:
    ((found,),) = [one.goods for one in aid.requests(told(*said, hours=hours), INCIDENT)]
    return found


# --------------------------------------------------------------------------------------- how far it is met


def test_a_request_stands_with_what_was_offered_promised_and_received() -> None:
    offer, promise = offers(), promises()
    got = say("AidReceived", ZHONG, 4.0, replies_to=promise.id, items=items("3"), received_at=clock(4))
    one = good(ASKED, offer, promise, got)
    assert (one.asked, one.offered, one.promised, one.received) == tuple(map(Decimal, ("10", "4", "4", "3")))
    assert one.missing == 6


def test_a_promise_that_answers_an_offer_counts_for_the_request_above_it() -> None:
    offer = offers()
    assert good(ASKED, offer, promises(replies_to=offer.id)).promised == 4


def test_an_offer_that_ran_out_or_was_declined_is_no_offer() -> None:
    offer = offers(valid_until=clock(4.0))
    assert good(ASKED, offer, hours=3.9).offered == 4
    assert good(ASKED, offer, hours=5.0).offered == 0
    open_end = offers()
    assert good(ASKED, open_end, declines(ZHONG, 3.0, open_end)).offered == 0


def test_a_promise_that_was_broken_or_released_leaves_the_request_open() -> None:
    whole = promises(amount="10")
    assert aid.open_requests(told(ASKED, whole), INCIDENT) == ()
    assert len(aid.open_requests(told(ASKED, whole, hours=100.0), INCIDENT)) == 1
    released = say("AidReleased", ZHONG, 4.0, replies_to=whole.id, items=items("10"), released_at=clock(4))
    assert good(ASKED, whole, released).missing == 10


def test_a_giver_does_not_sign_for_what_it_gave() -> None:
    promise = promises(to="reach-7")
    own = say("AidReceived", SHANG, 4.0, replies_to=promise.id, items=items("4"), received_at=clock(4))
    ((one,),) = [
        each.goods for each in aid.requests(stand(opened(), ASKED, promise, own, hours=5.0), INCIDENT)
    ]
    assert one.received == 0


def test_amounts_in_another_unit_are_not_added() -> None:
    other = say("AidCommitted", SHANG, 3.0, replies_to=ASKED.id, to=ZHONG, items=items("4", unit="t"),
                leaves_by=clock(4), arrives_by=clock(12))  # fmt: skip
    assert good(ASKED, other).promised == 0


def test_an_incident_that_nobody_opened_has_no_requests() -> None:
    assert aid.requests(told(ASKED), "another") == ()


# ----------------------------------------------------------------------------------------- what is ruled out


def test_a_refusal_rules_out_the_goods_that_were_asked_for_with_its_words() -> None:
    refusal = declines()
    (one,) = aid.exclusions(told(ASKED, refusal), INCIDENT)
    assert (one.donor, one.receiver, one.good, one.cause, one.said) == (
        PANG, ZHONG, "pump", "own_risk", refusal.id,
    )  # fmt: skip
    assert dict(one.reason) == {"zh": "自用", "en": "needed here"}
    assert [each.declined for each in aid.requests(told(ASKED, refusal), INCIDENT)] == [(refusal,)]


def test_who_was_not_asked_rules_nothing_out() -> None:
    assert aid.exclusions(stand(opened(), ASKED, declines(XIA), hours=5.0), INCIDENT) == ()


def test_an_offer_that_is_not_taken_rules_out_the_one_who_made_it() -> None:
    offer = offers()
    (one,) = aid.exclusions(told(ASKED, offer, declines(ZHONG, 3.0, offer, "not_needed")), INCIDENT)
    assert (one.donor, one.receiver, one.cause) == (SHANG, ZHONG, "not_needed")


@pytest.mark.parametrize("late", [offers(PANG, 3.0), promises(PANG, 3.0)])
def test_who_offers_or_promises_after_a_refusal_is_no_longer_ruled_out(late: Statement) -> None:
    assert aid.exclusions(told(ASKED, declines(), late), INCIDENT) == ()
    assert len(aid.exclusions(told(ASKED, declines(hours=4.0), late), INCIDENT)) == 1


# --------------------------------------------------------------------------------------- who may answer what


def test_who_was_asked_may_answer_and_an_offer_is_for_the_asker_to_leave() -> None:
    offer = offers()
    standing = told(ASKED, offer)
    assert [one for one in (SHANG, ZHONG, XIA, PANG) if aid.is_asked(standing, ASKED, one)] == [SHANG, PANG]
    assert [one for one in (SHANG, ZHONG, XIA, PANG) if aid.is_asked(standing, offer, one)] == [ZHONG]
    assert not aid.is_asked(standing, None, SHANG)
    unasked = say("AidOffered", SHANG, 2.0, items=items(), ready_at=clock(3))
    assert [one for one in (SHANG, ZHONG, XIA) if aid.is_asked(told(unasked), unasked, one)] == [ZHONG, XIA]


def test_who_was_asked_or_offered_may_promise() -> None:
    cities = (SHANG, ZHONG, XIA, PANG)
    assert [one for one in cities if aid.may_promise(ASKED, one)] == [SHANG, PANG]
    assert [one for one in cities if aid.may_promise(offers(), one)] == [SHANG]
    assert not aid.may_promise(None, SHANG)


def test_whoever_it_goes_to_receives_it_once_and_never_the_giver() -> None:
    promise = promises()
    cities = (SHANG, ZHONG, XIA)
    assert [one for one in cities if aid.is_receiver(told(ASKED, promise), promise, one)] == [ZHONG]
    nowhere = promises(to="reach-7")
    assert [one for one in cities if aid.is_receiver(told(ASKED, nowhere), nowhere, one)] == [ZHONG, XIA]
    got = say("AidReceived", ZHONG, 4.0, replies_to=promise.id, items=items(), received_at=clock(4))
    assert not aid.is_receiver(told(ASKED, promise, got), promise, ZHONG)


# ------------------------------------------------------------------------------------ what a plan makes of it


def planned(**more: Any) -> AidPlan:
    """SHANG has 9 pumps on three trucks of one each, two hours from ZHONG, which needs 8."""
    demand = np.zeros((2, 1, 1, 12))
    demand[1] = 8.0
    facts: dict[str, Any] = {
        "cities": (SHANG, ZHONG), "goods": (Good("pump", "pump", 1.0),), "period_h": 1.0,
        "stock": [[9.0], [0.0]], "reserve": np.zeros((2, 1)), "ready_h": np.zeros((2, 1)),
        "trucks": [3.0, 0.0], "load_t": [1.0, 1.0], "travel_h": [[0.0, 2.5], [2.5, 0.0]],
        "demand": demand, "probability": [1.0], "truck_h_weight": 0.001, **more,
    }  # fmt: skip
    return solve(AidProblem(**facts))


def test_a_plan_becomes_one_promise_of_each_donor_that_answers_the_request() -> None:
    (draft,) = aid.drafts(planned(), told(ASKED), INCIDENT, start=at(5.0))
    assert (draft.kind, draft.by, draft.about, draft.replies_to) == (
        "AidCommitted",
        SHANG,
        INCIDENT,
        ASKED.id,
    )
    # Three trucks are back after five hours, so that there are several loads: the last one counts.
    leaves = [one.leaves_h for one in planned().shipments]
    assert draft.body["leaves_by"] == clock(5.0 + max(leaves))
    assert draft.body["arrives_by"] == clock(5.0 + max(leaves) + 2.5)
    assert draft.body["to"] == ZHONG
    assert not stand(opened(), ASKED, sayable(draft)).set_aside


def test_a_plan_may_become_an_offer_from_the_first_load_on() -> None:
    (draft,) = aid.drafts(planned(), told(), INCIDENT, start=at(5.0), kind="AidOffered")
    last = max(one.arrives_h for one in planned().shipments)
    assert (draft.replies_to, draft.body["ready_at"]) == (None, clock(5.0))
    assert draft.body["arrives_at"] == clock(5.0 + last)
    assert "to" not in draft.body


def test_a_promise_answers_no_request_that_did_not_ask_its_donor() -> None:
    (draft,) = aid.drafts(planned(), told(asks(of=(PANG,))), INCIDENT, start=at(5.0))
    assert draft.replies_to is None


def test_amounts_are_added_over_the_loads_and_rounded_down() -> None:
    plan = planned(stock=[[3.0 + 2.0 / 3.0], [0.0]])
    (draft,) = aid.drafts(plan, told(), INCIDENT, start=at(5.0))
    assert draft.body["items"] == [{"item": "pump", "amount": {"value": "3.666", "unit": "pump"}}]
    less = replace(plan, shipments=tuple(replace(one, amount=1e-5) for one in plan.shipments))
    assert aid.drafts(less, told(), INCIDENT, start=at(5.0)) == ()


def test_a_plan_that_nobody_may_promise_is_refused_with_all_that_is_wrong() -> None:
    plan = planned()
    bad = replace(plan, shipments=(replace(plan.shipments[0], amount=-1.0, donor="nobody"),))
    with pytest.raises(InputFaults) as caught:
        aid.drafts(bad, told(), "another", start=at(5.0))
    assert {one.code for one in caught.value.faults} == {"aid.incident", "aid.outsider", "aid.amount"}
    with pytest.raises(InputFaults, match="a body that may promise"):
        aid.drafts(plan, told(), INCIDENT, start=at(5.0), members=(ZHONG, BASIN))
