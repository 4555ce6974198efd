"""The demonstration: played up to its middle by the doors that any reading and any officer uses."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from riskshed.case import find
from riskshed.web import beginning, demo_case, demo_node, demo_play, environment, intake
from riskshed.web.chain_worker import ChainWorker
from riskshed.web.demo_case import Demo
from riskshed.web.demo_play import Play, Player
from riskshed.web.intake import Intake
from riskshed.web.node import Node
from riskshed.web.profile import Profile

BEGINS = datetime.fromisoformat("2005-11-20T23:30:00+08:00")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A demonstration up to an hour and a half after the first reading."""
    monkeypatch.setattr(beginning, "prepare", lambda _: None)
    given = environment.read({"RISKSHED_HOME": str(tmp_path / "node"), "RISKSHED_MEMBERS": "20"})
    demo_play.prepare(given, find("songhua-2005"), begins=BEGINS, speed=3600.0, password=demo_node.PASSWORD)
    return given.home


def test_a_demonstration_begins_in_the_middle_of_the_story(home):
    profile = Profile.read(home)
    assert profile.is_demo
    assert profile.replay.speed == 3600.0
    assert timedelta(0) <= profile.now() - BEGINS < timedelta(hours=12)
    users = get_user_model().objects
    assert {one.user for one in demo_case.logins("songhua-2005")} == set(
        users.values_list("username", flat=True)
    )
    assert users.get(username="harbin").check_password(demo_node.PASSWORD)
    with Node(home, "riskshed demo", clock=lambda: BEGINS) as node:
        standing = node.standing()
        assert standing.set_aside == ()
        assert standing.incidents["songhua-2005"].footprint is not None
        adopted = {body for one in standing.notices.values() for body, a in one.answers.items() if a.adopted}
        assert {"220700", "230100", "230800"} <= adopted
        warned = {one.by for one in standing.warnings.values() if one.status == "active"}
        assert "230100" in warned
        assert len(intake.known()) == 1
        assert all(seen.statement.issued <= BEGINS for seen in standing.statements.values())


def test_from_then_on_those_with_a_login_wait_for_the_reader(node, clock, monkeypatch):
    play = Play(node, Demo.read("songhua-2005"))
    chain, first = ChainWorker(node, 20), play.signals[0]
    clock.at = first.known_at
    with Intake() as taker:
        taker.take([first], "case-record")
    chain.run()
    later = replace(first, known_at=clock.at + timedelta(hours=1), client_id="later")
    taken = []
    monkeypatch.setattr(demo_play.house, "intake", lambda: _Taker(taken))
    player = Player(play)
    assert list(player._once([later], frozenset({"230100"}))) == [later]
    for _ in range(2):
        clock.forward(1)
        player._once([], frozenset({"230100"}))
    assert list(player._once([later], frozenset({"230100"}))) == []
    assert taken == [later]
    answers = {body: a for one in node.standing().notices.values() for body, a in one.answers.items()}
    assert answers["230800"].adopted
    assert "230100" not in answers


class _Taker:
    def __init__(self, taken):
        self._taken = taken

    def take(self, signals, _):
        self._taken += signals


def test_the_welcome_names_the_address_and_every_login():
    told = "\n".join(line.en for line in demo_node.welcome(Demo.read("songhua-2005"), "127.0.0.1", 8000))
    assert "http://127.0.0.1:8000/" in told
    assert all(one.user in told for one in demo_case.logins("songhua-2005"))
    assert demo_node.PASSWORD in told
