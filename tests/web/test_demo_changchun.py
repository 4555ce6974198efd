"""The demonstration of the car cluster: all that is said stands, one question is answered, another climbs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import Clock

from riskshed.case import find
from riskshed.governance import service_statistics
from riskshed.web import current, question_climb
from riskshed.web.demo_case import Demo
from riskshed.web.demo_node import found_demo
from riskshed.web.demo_play import Play
from riskshed.web.node import Node

CASE = find("changchun-2022")
OFFICE = "changchun-industry"
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    return Clock(Demo.read(CASE).begins - timedelta(days=4))


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node of the car cluster, before anybody said anything."""
    found_demo(tmp_path / "node", CASE)
    with Node(tmp_path / "node", current.DEMO_PASSPHRASE, clock=clock) as opened:
        current.use(opened)
        yield opened
        current.use(None)


def test_one_question_is_answered_inside_of_its_hour_and_the_other_climbs_by_itself(
    node: Node, clock: Clock
) -> None:
    play = Play(node, Demo.read(CASE))
    play.opens()
    said = {}
    for one in play.voiced:
        clock.at = one.at
        said[one.name] = play.voices.say(one)
    clock.at = play.demo.begins
    standing, terms = node.standing(), node.regime().terms
    assert standing.set_aside == ()
    answered, waiting = (standing.questions[said[name]] for name in ("ask-passes", "ask-restart"))
    assert not answered.is_open
    assert waiting.is_open
    assert [one.body for one in waiting.hands] == [OFFICE]
    table = {one.body: one for one in service_statistics.of_departments(standing, terms)}
    assert (table[OFFICE].asked, table[OFFICE].in_time) == (2, 1)
    assert question_climb.follow(node) == (), "its hour is not over"
    clock.forward(0.6)
    assert question_climb.follow(node), "nobody answered: it is handed up"
    assert node.standing().questions[waiting.id].hands[-1].body != OFFICE
