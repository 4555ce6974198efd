"""What nobody answers climbs by itself, step by step, until the officer may issue it and say why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from officers import HARBIN, INCIDENT, JILIN, opened, said

from riskshed.errors import StoreError
from riskshed.governance import approval
from riskshed.governance.draft import Draft
from riskshed.web import approval_climb, current
from riskshed.web.chain_worker import ChainWorker
from riskshed.web.keyring import Keyring

WAITS_MIN = 15.0
RED = {"level": "red", "headline": {"zh": "红色预警", "en": "Red warning"}}


def asks(node, body=HARBIN, *, exercise=False):
    """The duty officer asks the commander of his body; the id of the request."""
    desk = node.desk(body, "duty-07", exercise=exercise)
    return desk.request_approval(Draft("WarningIssued", body, INCIDENT, None, RED), ["command-01"])


def test_nothing_climbs_before_its_time_is_over(node, clock):
    opened(node)
    asks(node)
    clock.at += timedelta(minutes=WAITS_MIN - 0.1)
    assert approval_climb.climb(node) == ()


def test_it_climbs_step_by_step_and_then_the_officer_may_issue_it(node, clock):
    opened(node)
    asks(node)
    steps = []
    while not approval_climb.due(node).may_override:
        before = node.log.size
        clock.at += timedelta(minutes=WAITS_MIN)
        approval_climb.climb(node)
        steps += [(one.officer, one.strings("of")) for one in said(node, before)]
        assert len(steps) < 9
    terms = node.regime().terms
    assert steps == [
        ("standing-order", (node.territory.superior(HARBIN),)),
        ("standing-order", (terms.coordination_body,)),
    ]
    (stalled,) = approval_climb.due(node).may_override
    assert (stalled.by, stalled.asked[0]) == (HARBIN, "command-01")
    assert approval_climb.climb(node) == ()


def test_however_often_it_looks_it_climbs_once(node, clock):
    opened(node)
    asks(node)
    clock.at += timedelta(minutes=WAITS_MIN)
    assert len(approval_climb.climb(node)) == 1
    assert approval_climb.climb(node) == ()


def test_what_was_answered_does_not_climb(node, clock):
    opened(node)
    asked = asks(node)
    node.desk(HARBIN, "command-01").approve(asked)
    clock.at += timedelta(minutes=WAITS_MIN)
    assert approval_climb.climb(node) == ()


def test_the_request_of_a_body_whose_key_lies_elsewhere_is_left_to_its_own_node(node, clock):
    opened(node)
    asks(node)
    asks(node, JILIN)
    (node.keys.folder / "statement" / f"{HARBIN}.key").unlink()
    clock.at += timedelta(minutes=WAITS_MIN)
    before = node.log.size
    approval_climb.climb(node)
    assert [one.by for one in said(node, before)] == [JILIN]


def test_a_key_that_does_not_open_keeps_back_no_other_body(node, clock):
    opened(node)
    asks(node)
    asks(node, JILIN)
    (node.keys.folder / "statement" / f"{HARBIN}.key").write_bytes(b"not a key")
    node.keys = Keyring(node.keys.folder, current.DEMO_PASSPHRASE)
    clock.at += timedelta(minutes=WAITS_MIN)
    before = node.log.size
    approval_climb.climb(node)
    assert [one.by for one in said(node, before)] == [JILIN]


def test_a_request_of_a_drill_climbs_in_the_drill(node, clock):
    opened(node, exercise=True)
    asks(node, exercise=True)
    clock.at += timedelta(minutes=WAITS_MIN)
    (one,) = approval_climb.climb(node)
    assert node.seen(one).statement.exercise
    assert node.standing().approvals == {}


@pytest.mark.django_db(transaction=True)
def test_a_turn_of_the_chain_lets_it_climb_without_anybody_pressing(node, clock):
    opened(node)
    asks(node)
    clock.at += timedelta(minutes=WAITS_MIN)
    before = node.log.size
    ChainWorker(node, 20)._once()
    assert "ApprovalRequested" in [one.kind for one in said(node, before)]


def test_a_log_that_does_not_take_it_is_told_and_it_climbs_later(node, clock, monkeypatch):
    opened(node)
    asks(node)
    clock.at += timedelta(minutes=WAITS_MIN)

    def full(*_):
        raise StoreError("store.full", "the disk is full")

    monkeypatch.setattr(node.log, "append_many", full)
    with pytest.raises(StoreError):
        approval_climb.climb(node)
    monkeypatch.undo()
    (one,) = approval_climb.climb(node)
    assert node.standing().approvals[one].draft == approval.digest(
        Draft("WarningIssued", HARBIN, INCIDENT, None, RED)
    )
