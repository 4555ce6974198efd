"""The duty desk when cities help, agree, settle and judge: from the request to the payment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cast import PANG, SHANG, XIA, ZHONG
from desk_house import WORDS, House, plain, refused
from governance.acts import AGREEMENT, BASIN, INCIDENT, clock

from riskshed.errors import InputFaults

CARBON = {"item": "activated_carbon", "amount": {"value": "300", "unit": "t"}}
MONEY = {"minor": 120_000, "currency": "CNY"}
FILE = {"digest": "sha256:" + "a" * 64, "size_bytes": 2, "media_type": "application/json"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.agreed()
    made.opened()
    yield made
    made.log.close()


def kind_of(house: House, said: str) -> str:
    standing = house.record.standing(house.now())
    assert said not in standing.set_aside, [flag for flag in standing.flags if flag.statement == said]
    return standing.statements[said].statement.kind


def asked(house: House) -> str:
    body = {"of": [ZHONG], "items": [CARBON], "to": XIA, "needed_by": clock(48)}
    return house.desks[XIA].request_aid(INCIDENT, **body)


def committed(house: House, replies_to: str | None = None) -> str:
    body = {"items": [CARBON], "to": XIA, "leaves_by": clock(12), "arrives_by": clock(36), "price": MONEY}
    return house.desks[ZHONG].commit_aid(INCIDENT, replies_to=replies_to, **body)


def received(house: House) -> str:
    sent = house.desks[ZHONG].dispatch_aid(
        committed(house), shipment="s1", items=[CARBON], **{"from": ZHONG}, to=XIA
    )
    return house.desks[XIA].receive_aid(sent, items=[CARBON])


def plan(house: House) -> str:
    body = {"plan": "p1", "members": [SHANG, XIA], "answer_by": clock(24), "summary": WORDS}
    return house.desks[BASIN].propose_plan(INCIDENT, **body)


def claimed(house: House) -> str:
    return house.desks[XIA].claim_cost(INCIDENT, lines=[{"line": "l1", "what": WORDS, "amount": MONEY}])


def drawn(house: House) -> str:
    shares = [{"body": SHANG, "amount": MONEY}, {"body": XIA, "amount": MONEY, "gets": True}]
    body = plain("SettlementDrawn", claims=[claimed(house)], shares=shares, inputs=FILE)
    transfers = [{"payer": SHANG, "payee": XIA, "amount": MONEY}]
    return house.desks[BASIN].draw_settlement(INCIDENT, **{**body, "transfers": transfers})


ACTS = {
    "AidRequested": asked,
    "AidOffered": lambda house: house.desks[ZHONG].offer_aid(
        INCIDENT, replies_to=asked(house), items=[CARBON], ready_at=clock(6)
    ),
    "AidDeclined": lambda house: house.desks[ZHONG].decline_aid(asked(house), WORDS, cause="own_risk"),
    "AidCommitted": lambda house: committed(house, asked(house)),
    "AidDispatched": lambda house: house.desks[ZHONG].dispatch_aid(
        committed(house), shipment="s1", items=[CARBON], **{"from": ZHONG}, to=XIA
    ),
    "AidReceived": received,
    "AidReleased": lambda house: house.desks[XIA].release_aid(received(house), items=[CARBON]),
    "GoalsDeclared": lambda house: house.desks[XIA].declare_goals(AGREEMENT, **plain("GoalsDeclared")),
    "PlanProposed": plan,
    "PlanAmended": lambda house: house.desks[SHANG].amend_plan(
        plan(house), plan="p1", members=[SHANG, XIA], answer_by=clock(30), change=WORDS
    ),
    "PlanAccepted": lambda house: house.desks[XIA].accept_plan(plan(house)),
    "PlanRejected": lambda house: house.desks[XIA].reject_plan(plan(house), WORDS),
    "CostClaimed": claimed,
    "SettlementDrawn": drawn,
    "SettlementAccepted": lambda house: house.desks[SHANG].accept_settlement(drawn(house)),
    "SettlementDisputed": lambda house: house.desks[SHANG].dispute_settlement(drawn(house), WORDS),
    "Paid": lambda house: house.desks[SHANG].pay(drawn(house), payer=SHANG, payee=XIA, amount=MONEY),
    "FundContributed": lambda house: house.desks[SHANG].contribute(AGREEMENT, fund="fund", amount=MONEY),
    "AppraisalFiled": lambda house: house.desks[BASIN].file_appraisal(INCIDENT, **plain("AppraisalFiled")),
}


@pytest.mark.parametrize("kind", ACTS)
def test_an_act_of_help_or_settlement_is_on_the_record_and_counts(house: House, kind: str) -> None:
    assert kind_of(house, ACTS[kind](house)) == kind


def test_a_plan_that_all_accepted_is_adopted(house: House) -> None:
    proposed = plan(house)
    accepted = [house.desks[body].accept_plan(proposed) for body in (SHANG, XIA)]
    adopted = house.desks[BASIN].adopt_plan(proposed, accepted=accepted)
    assert kind_of(house, adopted) == "PlanAdopted"
    assert house.record.standing(house.now()).joint_plans[proposed].status == "adopted"


@pytest.mark.parametrize(
    "act",
    [
        lambda house: house.desks[PANG].accept_plan(plan(house)),
        lambda house: house.desks[PANG].accept_settlement(drawn(house)),
        lambda house: house.desks[PANG].dispatch_aid(
            committed(house), shipment="s1", items=[CARBON], **{"from": PANG}, to=XIA
        ),
    ],
    ids=["accepts a plan", "accepts a bill", "sends what another promised"],
)
def test_a_body_that_it_does_not_concern_is_refused(house: House, act: Any) -> None:
    with pytest.raises(InputFaults) as told:
        act(house)
    assert told.value.code == "desk.set_aside"


def test_an_adoption_that_not_all_accepted_is_refused(house: House) -> None:
    proposed = plan(house)
    house.desks[XIA].accept_plan(proposed)
    refused(house, lambda: house.desks[BASIN].adopt_plan(proposed), InputFaults, "desk.set_aside")
