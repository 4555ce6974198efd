"""The intake: durable before the reply, once however often it comes, and nothing after a failure."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, transaction

from riskshed.errors import StoreError
from riskshed.signals import Signal
from riskshed.web import intake
from riskshed.web.intake import Intake, Taken
from riskshed.web.models import ReadingRow

BODY = "230100"
AT = datetime.fromisoformat("2005-11-23T19:30:00+08:00")

pytestmark = pytest.mark.django_db(transaction=True)


def reading(number=0, **more):
    given = {
        "place": "sifangtai",
        "hazard_class": "accident",
        "quantity": "nitrobenzene",
        "unit": "mg/L",
        "time": AT + timedelta(minutes=number),
        "kind": "observed",
        "value": Decimal("0.0170"),
        "known_at": AT + timedelta(minutes=number + 5),
        "source": "station",
    }
    return Signal(**given | more)


def test_what_is_taken_in_is_read_back_as_it_was():
    told = [
        reading(),
        reading(1, value=None, kind="not_detected", client_id="a7", stated=AT, confirmed=False),
    ]
    with Intake() as taker:
        assert taker.take(told, BODY) == Taken(2, 0)
    assert intake.known() == told
    assert intake.known()[0].value == Decimal("0.0170")
    assert str(intake.known()[0].value) == "0.0170"


def test_what_comes_twice_is_kept_once():
    with Intake() as taker:
        taker.take([reading(), reading(1)], BODY)
        assert taker.take([reading(1), reading(2), reading(2)], BODY) == Taken(1, 2)
        assert taker.take([reading(1)], "another") == Taken(1, 0)
    assert ReadingRow.objects.count() == 4


def test_a_batch_that_repeats_itself_is_counted_right():
    with Intake() as taker:
        assert taker.take([reading(), reading()], BODY) == Taken(1, 1)


def test_a_correction_is_another_reading():
    with Intake() as taker:
        assert taker.take([reading(), reading(value=Decimal("0.0171"))], BODY) == Taken(2, 0)


def test_many_hand_in_at_once_and_each_hears_of_his_own():
    heard = []
    with Intake(heard.extend) as taker:
        found = [None] * 20

        def hand_in(at):
            found[at] = taker.take([reading(100 * at + one) for one in range(50)], BODY)

        threads = [threading.Thread(target=hand_in, args=(at,)) for at in range(20)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert found == [Taken(50, 0)] * 20
    assert len(heard) == ReadingRow.objects.count() == 1000


def test_listeners_hear_what_is_new_and_nothing_else():
    heard = []
    with Intake(heard.extend) as taker:
        taker.take([reading()], BODY)
        taker.take([reading(), reading(1)], BODY)
    assert heard == [reading(), reading(1)]


def test_a_database_that_fails_takes_nothing_and_may_come_back(monkeypatch):
    real = intake._insert

    def broken(*args):
        real(*args)
        raise OperationalError("database or disk is full")

    with Intake() as taker:
        monkeypatch.setattr(intake, "_insert", _rolled_back(broken))
        with pytest.raises(StoreError, match="nothing was kept"):
            taker.take([reading()], BODY)
        assert ReadingRow.objects.count() == 0
        monkeypatch.setattr(intake, "_insert", real)
        assert taker.take([reading()], BODY) == Taken(1, 0)


def _rolled_back(broken):
    """Fails inside the transaction, as a disk does that fills up."""

    def insert(*args):
        with transaction.atomic():
            return broken(*args)

    return insert


def test_a_closed_intake_says_so():
    taker = Intake()
    taker.close()
    with pytest.raises(StoreError, match="closing"):
        taker.take([reading()], BODY)


def test_what_was_not_decided_upon_is_found_again():
    with Intake() as taker:
        taker.take([reading(), reading(1)], BODY)
        waiting, last = intake.unhandled()
        assert waiting == [reading(), reading(1)]
        taker.take([reading(2)], BODY)
        assert intake.mark_handled(last) == 2
    assert intake.unhandled()[0] == [reading(2)]


def test_nothing_is_nothing():
    with Intake() as taker:
        assert taker.take([], BODY) == Taken(0, 0)
