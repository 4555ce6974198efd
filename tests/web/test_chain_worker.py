"""From the intake to the log: what arrives is decided upon once, and drafts wait for officers."""

import math
import time
from dataclasses import replace

import pytest

from riskshed.case import Case, find
from riskshed.errors import StoreError
from riskshed.web import intake
from riskshed.web.chain_worker import QUIET_S, ChainWorker, keep, lookout_of
from riskshed.web.demo_case import Demo
from riskshed.web.demo_play import Play
from riskshed.web.intake import Intake
from riskshed.web.models import Draft, ReadingRow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def play(node):
    return Play(node, Demo.read("songhua-2005"))


@pytest.fixture
def chain(node):
    return ChainWorker(node, 20)


def first(play):
    return play.signals[0]


def kinds(node, ran):
    return [node.seen(one).statement.kind for one in ran.said]


def test_the_orders_of_the_profile_are_those_of_the_chain(node):
    orders = lookout_of(node, 20).orders
    assert orders["230100"].warnings_up_to == "none"
    assert "NoticeSent" in orders["230100"].kinds


def test_a_reading_becomes_an_incident_a_forecast_and_notices_downstream(node, clock, play, chain):
    clock.at = first(play).known_at
    with Intake() as taker:
        taker.take([first(play)], "case-record")
    said = kinds(node, chain.run())
    assert {"ReadingsTaken", "IncidentOpened", "FootprintIssued", "NoticeSent"} <= set(said)
    assert not ReadingRow.objects.filter(handled=False).exists()
    told = {to for one in node.standing().notices.values() for to in one.to}
    assert {"230100", "230800"} <= told


def test_what_crosses_nothing_waits_for_more_and_what_crosses_does_not(play, chain):
    crossing = first(play)
    quiet = replace(crossing, kind="not_detected", value=None)
    assert chain._wait(), "a turn is due at the start"
    assert chain._due_s == math.inf
    before_s = time.monotonic()
    chain.ring([quiet, replace(quiet, place="nowhere")])
    due_s = chain._due_s
    assert before_s + QUIET_S <= due_s
    chain.ring([quiet])
    assert chain._due_s == due_s, "what comes later does not put it off"
    chain.ring([quiet, crossing])
    assert chain._due_s <= time.monotonic()
    assert chain._wait()
    chain.ring()
    assert chain._due_s <= time.monotonic()
    chain.stop()
    assert not chain._wait()


def test_nothing_is_said_twice_however_often_it_runs(node, clock, play, chain):
    clock.at = first(play).known_at
    with Intake() as taker:
        taker.take([first(play)], "case-record")
    assert chain.run().said
    ReadingRow.objects.update(handled=False)
    assert chain.run().said == ()
    assert ChainWorker(node, 20).run().said == ()


def test_warnings_wait_as_drafts_that_keep_their_rows(node, clock, play, chain):
    clock.at = first(play).known_at
    with Intake() as taker:
        taker.take([first(play)], "case-record")
    chain.run()
    drafts = {one.body: one.pk for one in Draft.objects.filter(kind="WarningIssued", dropped=None)}
    assert "230100" in drafts
    clock.forward(0.2)
    chain.run()
    again = {one.body: one.pk for one in Draft.objects.filter(kind="WarningIssued", dropped=None)}
    assert again == drafts


def test_drafts_that_are_no_longer_prepared_are_dropped_and_those_of_officers_stay(node, people):
    mine = Draft.objects.create(body="230100", kind="WarningIssued", content={}, made_by=people["harbin"])
    old = Draft.objects.create(body="230100", kind="WarningIssued", content={}, reason={"why": "order"})
    keep(())
    mine.refresh_from_db()
    old.refresh_from_db()
    assert mine.dropped is None
    assert old.dropped is not None


def test_a_log_that_takes_nothing_leaves_everything_to_be_decided_again(
    node, clock, play, chain, monkeypatch
):
    clock.at = first(play).known_at
    with Intake() as taker:
        taker.take([first(play)], "case-record")

    def full(*_):
        raise StoreError("store.full", "the disk is full")

    monkeypatch.setattr(node.log, "append_many", full)
    size = node.log.size
    with pytest.raises(StoreError):
        chain.run()
    assert node.log.size == size
    assert intake.unhandled()[0] == [first(play)]
    monkeypatch.undo()
    assert chain.run().said


def test_readings_of_a_case_come_in_the_order_of_knowledge():
    times = [one.known_at for one in Demo.read("songhua-2005").signals]
    assert times == sorted(times)
    assert len(times) == len(Case.read(find("songhua-2005")).readings)
