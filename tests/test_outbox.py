"""The outbox and the inbox: nothing lost, nothing twice, nothing overtaken; and the campaign, short."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import outbox_campaign as campaign
import pytest
from cast import SHANG, SPILL, XIA, ZHONG
from governance.acts import answered, noticed, say, warned, withdrew
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from statements import signed

from riskshed.errors import InputError, LockedError, NotFoundError, StoreError
from riskshed.inbox import Inbox
from riskshed.outbox import DeliveryError, Outbox, Patience, Receipt
from riskshed.outbox_store import SqliteOutbox
from riskshed.statement import StatementError

NOW = SPILL
LATER = SPILL + timedelta(hours=1)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(SqliteOutbox(tmp_path / "outbox.sqlite"))
    yield box
    box.close()


def inbox_at(folder: Path, *, verified: bool = True) -> Inbox:
    def consume(run, statement: str, _: bytes) -> None:  # type: ignore[no-untyped-def]
        run.execute("INSERT INTO done VALUES (?)", (statement,))

    schema = "CREATE TABLE done (id TEXT);"
    return Inbox(folder / "inbox.sqlite", ZHONG, lambda _: verified, consume, schema=schema)


class Post:
    """Takes everything and notes it; refuses what it is told to refuse."""

    def __init__(self, *errors: Exception) -> None:
        self.sent: list[tuple[str, str]] = []
        self.errors = list(errors)

    def __call__(self, addressee: str, statement: str, _: bytes) -> Receipt:
        self.sent.append((addressee, statement))
        if self.errors:
            raise self.errors.pop(0)
        return Receipt(addressee, statement, NOW)


# ------------------------------------------------------------------------------------------ what is queued


def test_a_notice_goes_to_each_body_that_it_names(outbox: Outbox) -> None:
    queued = outbox.enqueue(0, signed(noticed(to=(ZHONG, XIA))), NOW)
    assert [(one.addressee, one.state, one.attempts) for one in queued] == [
        (ZHONG, "waiting", 0),
        (XIA, "waiting", 0),
    ]


def test_to_queue_an_entry_again_changes_nothing(outbox: Outbox) -> None:
    raw = signed(noticed())
    outbox.enqueue(0, raw, NOW)
    outbox.deliver_due(NOW, Post())
    before = outbox.progress(noticed().id)
    assert outbox.enqueue(0, raw, LATER) == before
    assert outbox.position == 1


def test_the_same_statement_twice_in_the_log_is_told_once(outbox: Outbox) -> None:
    for index in range(3):
        outbox.enqueue(index, signed(noticed()), NOW)
    assert outbox.position == 3
    assert outbox.deliver_due(NOW, Post()).accepted == 1


def test_what_a_crash_left_in_the_log_alone_is_caught_up_with(tmp_path: Path) -> None:
    entries = [signed(noticed(hours)) for hours in range(1, 4)]
    with SqliteOutbox(tmp_path / "outbox.sqlite") as store:
        Outbox(store).enqueue(0, entries[0], NOW)
    outbox = Outbox(SqliteOutbox(tmp_path / "outbox.sqlite"))
    outbox.catch_up(entries, 0, NOW)
    assert outbox.deliver_due(NOW, Post()).accepted == 3
    outbox.close()


def test_a_long_log_is_taken_in_whole(outbox: Outbox) -> None:
    entries = [signed(noticed(hours / 60)) for hours in range(600)]
    assert outbox.catch_up(entries, 0, NOW) == 600
    assert len(outbox.waiting()) == 600


def test_a_gap_before_an_entry_is_refused_and_nothing_is_queued(outbox: Outbox) -> None:
    with pytest.raises(InputError) as told:
        outbox.enqueue(1, signed(noticed()), NOW)
    assert told.value.code == "outbox.gap"
    assert (outbox.position, outbox.waiting()) == (0, [])


def test_an_entry_that_is_no_statement_is_passed_over(outbox: Outbox) -> None:
    assert outbox.catch_up([b"nothing", signed(noticed())], 0, NOW) == 2
    assert len(outbox.waiting()) == 1


def test_an_update_also_goes_to_a_city_that_it_leaves_out(outbox: Outbox) -> None:
    first = noticed(to=(ZHONG, XIA))
    second = noticed(2, to=(ZHONG,), replies_to=first.id)
    outbox.catch_up([signed(first), signed(second), signed(withdrew(second, 3))], 0, NOW)
    assert {one.addressee for one in outbox.progress(second.id)} == {ZHONG, XIA}
    assert {one.addressee for one in outbox.progress(withdrew(second, 3).id)} == {ZHONG, XIA}


def test_a_cancelled_warning_goes_to_whoever_had_the_warning(outbox: Outbox) -> None:
    warning = warned(cities=(ZHONG, XIA))
    cancel = say("WarningCancelled", ZHONG, 5, replies_to=warning.id)
    outbox.catch_up([signed(warning), signed(cancel)], 0, NOW)
    assert [one.addressee for one in outbox.progress(cancel.id)] == [ZHONG, XIA]


def test_an_answer_goes_to_the_body_that_asked(outbox: Outbox) -> None:
    notice = noticed(by=SHANG)
    answer = answered(notice, "NoticeAcknowledged", 2)
    outbox.catch_up([signed(notice), signed(answer)], 0, NOW)
    assert [one.addressee for one in outbox.progress(answer.id)] == [SHANG]


def test_the_outbox_of_a_body_sends_its_own_words_alone(tmp_path: Path) -> None:
    box = Outbox(SqliteOutbox(tmp_path / "outbox.sqlite"), by=ZHONG)
    notice = noticed(by=SHANG)
    answer = answered(notice, "NoticeAcknowledged", 2)
    box.catch_up([signed(notice), signed(answer)], 0, NOW)
    assert [(one.id, one.addressee) for one in box.waiting()] == [(answer.id, SHANG)]
    box.close()


# ------------------------------------------------------------------------------------------ what is sent


def test_a_cancellation_never_overtakes_its_notice(outbox: Outbox) -> None:
    first = noticed()
    last = withdrew(first, 3)
    outbox.catch_up([signed(first), signed(last)], 0, NOW)
    post = Post(TimeoutError())
    outbox.deliver_due(NOW, post)
    assert post.sent == [(ZHONG, first.id)]
    outbox.deliver_due(LATER, post)
    assert post.sent[1:] == [(ZHONG, first.id), (ZHONG, last.id)]


def test_a_city_that_is_silent_does_not_hold_up_the_others(outbox: Outbox) -> None:
    outbox.catch_up([signed(noticed(hours, to=(ZHONG, XIA))) for hours in (1, 2, 3)], 0, NOW)
    sent = []

    def post(addressee: str, statement: str, _: bytes) -> Receipt:
        sent.append(addressee)
        if addressee == ZHONG:
            raise TimeoutError
        return Receipt(addressee, statement, NOW)

    told = outbox.deliver_due(NOW, post)
    assert (told.accepted, told.failed) == (3, 1)
    assert sent.count(ZHONG) == 1


def test_what_was_never_tried_goes_before_what_failed(outbox: Outbox) -> None:
    outbox.catch_up([signed(noticed(1))], 0, NOW)
    outbox.deliver_due(NOW, Post(TimeoutError()))
    outbox.catch_up([signed(noticed(2))], 1, LATER)
    post = Post()
    outbox.deliver_due(LATER, post, most=1)
    assert post.sent == [(ZHONG, noticed(2).id)]


def test_waits_grow_to_their_bound_and_are_the_same_in_each_run(tmp_path: Path) -> None:
    def waits(name: str, seed: int) -> list[float]:
        box = Outbox(SqliteOutbox(tmp_path / name), patience=Patience(first_s=5, cap_s=60), seed=seed)
        box.enqueue(0, signed(noticed()), NOW)
        found, now = [], NOW
        for _ in range(8):
            box.deliver_due(now, Post(TimeoutError()))
            after = box.next_attempt()
            found.append((after - now).total_seconds())
            now = after
        box.close()
        return found

    first = waits("a", 1)
    assert all(low / 2 <= one <= low for one, low in zip(first, (5, 10, 20, 40, 60, 60, 60, 60), strict=True))
    assert first == waits("b", 1) != waits("c", 2)


def test_a_clock_that_was_years_ahead_does_not_silence_the_outbox(outbox: Outbox) -> None:
    outbox.enqueue(0, signed(noticed()), NOW)
    outbox.deliver_due(NOW + timedelta(days=4_000), Post(TimeoutError()))
    outbox.take_up(noticed().id, ZHONG, NOW + timedelta(days=4_000))
    assert outbox.deliver_due(NOW, Post()).accepted == 1


def test_what_is_refused_for_good_is_given_up_and_shown(outbox: Outbox) -> None:
    outbox.enqueue(0, signed(noticed()), NOW)
    outbox.deliver_due(NOW, Post(DeliveryError("gate.unknown", "no such body here", permanent=True)))
    assert [(one.id, one.error) for one in outbox.given_up()] == [
        (noticed().id, "gate.unknown: no such body here")
    ]
    assert outbox.deliver_due(LATER, Post()) == (0, 0, 0, 0)


def test_what_nobody_took_for_days_is_given_up_and_its_cancellation_still_goes(outbox: Outbox) -> None:
    first = noticed()
    outbox.catch_up([signed(first), signed(withdrew(first, 3))], 0, NOW)
    late = NOW + timedelta(days=3)
    post = Post(TimeoutError())
    outbox.deliver_due(late, post)
    assert [one.id for one in outbox.given_up()] == [first.id]
    assert post.sent[-1] == (ZHONG, withdrew(first, 3).id)


def test_a_person_takes_up_again_what_was_given_up(outbox: Outbox) -> None:
    outbox.enqueue(0, signed(noticed()), NOW)
    outbox.deliver_due(NOW, Post(DeliveryError("gate.closed", "closed", permanent=True)))
    outbox.take_up(noticed().id, ZHONG, LATER)
    assert outbox.deliver_due(LATER, Post()).accepted == 1
    with pytest.raises(NotFoundError, match="was not given up"):
        outbox.take_up(noticed().id, ZHONG, LATER)


def test_a_warning_is_not_taken_up_after_its_cancellation_went_out(outbox: Outbox) -> None:
    first = noticed()
    outbox.catch_up([signed(first), signed(withdrew(first, 3))], 0, NOW)
    outbox.deliver_due(NOW, Post(DeliveryError("gate.closed", "closed", permanent=True)))
    with pytest.raises(InputError) as told:
        outbox.take_up(first.id, ZHONG, LATER)
    assert told.value.code == "outbox.overtaken"


def test_a_receipt_for_something_else_is_none(outbox: Outbox) -> None:
    outbox.enqueue(0, signed(noticed()), NOW)
    outbox.deliver_due(NOW, lambda to, _, __: Receipt(to, "0" * 64, NOW))
    assert outbox.waiting()[0].error.startswith("outbox.other_receipt")


def test_an_attempt_is_on_disk_before_it_is_made(outbox: Outbox) -> None:
    outbox.enqueue(0, signed(noticed()), NOW)

    def post(_: str, statement: str, __: bytes) -> Receipt:
        assert outbox.progress(statement)[0].attempts == 1
        raise TimeoutError

    assert outbox.deliver_due(NOW, post).failed == 1


def test_a_fault_of_the_program_is_not_hidden_as_one_of_the_network(outbox: Outbox) -> None:
    outbox.enqueue(0, signed(noticed()), NOW)
    with pytest.raises(ZeroDivisionError):
        outbox.deliver_due(NOW, Post(ZeroDivisionError()))
    assert outbox.waiting()[0].attempts == 1


@pytest.mark.parametrize("wrong", [{"first_s": 0}, {"cap_s": 1}, {"factor": 0.5}, {"jitter": 1}])
def test_a_patience_without_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="want 0 < first_s"):
        dataclasses.replace(Patience(), **wrong)


# ------------------------------------------------------------------------------------------ the receiver


def test_a_second_delivery_does_nothing_and_repeats_the_receipt(tmp_path: Path) -> None:
    inbox, said = inbox_at(tmp_path), noticed()
    assert inbox.accept(said.id, signed(said), NOW) == "new"
    first = inbox.receipt(said.id)
    inbox.close()
    inbox = inbox_at(tmp_path)
    assert inbox.accept(said.id, signed(said), LATER) == "seen"
    assert inbox.receipt(said.id) == first == Receipt(ZHONG, said.id, NOW)
    assert inbox.rows("SELECT id FROM done") == [(said.id,)]
    inbox.close()


def test_a_consumer_that_fails_leaves_nothing_accepted(tmp_path: Path) -> None:
    def consume(run, statement: str, _: bytes) -> None:  # type: ignore[no-untyped-def]
        run.execute("INSERT INTO nowhere VALUES (?)", (statement,))

    inbox, said = Inbox(tmp_path / "inbox.sqlite", ZHONG, lambda _: True, consume), noticed()
    with pytest.raises(StoreError) as told:
        inbox.accept(said.id, signed(said), NOW)
    assert told.value.code == "inbox.not_written"
    assert inbox.receipt(said.id) is None
    assert inbox.after() == []
    inbox.close()


def test_a_false_signature_does_not_keep_out_the_true_one(tmp_path: Path) -> None:
    said = noticed()
    inbox = inbox_at(tmp_path, verified=False)
    with pytest.raises(DeliveryError) as told:
        inbox.take(said.id, signed(said), NOW)
    assert (told.value.code, told.value.permanent) == ("inbox.not_verified", False)
    inbox.close()
    inbox = inbox_at(tmp_path)
    assert inbox.accept(said.id, signed(said), NOW) == "new"
    inbox.close()


def test_an_envelope_under_another_id_and_no_envelope_are_refused_for_good(tmp_path: Path) -> None:
    inbox = inbox_at(tmp_path)
    for raw in (signed(noticed()), b"nothing"):
        with pytest.raises(DeliveryError) as told:
            inbox.take("0" * 64, raw, NOW)
        assert told.value.permanent
    with pytest.raises(StatementError):
        inbox.accept("0" * 64, b"nothing", NOW)
    assert inbox.after() == []
    inbox.close()


def test_a_reader_of_the_inbox_keeps_its_own_place(tmp_path: Path) -> None:
    inbox = inbox_at(tmp_path)
    said = [noticed(hours) for hours in (1, 2, 3)]
    for one in said:
        inbox.take(one.id, signed(one), NOW)
    first = inbox.after(most=2)
    assert [one for _, one, _ in first] == [said[0].id, said[1].id]
    assert [one for _, one, _ in inbox.after(first[-1][0])] == [said[2].id]
    inbox.close()


# ------------------------------------------------------------------------------------------ the files


def test_a_second_writer_is_refused(tmp_path: Path, outbox: Outbox) -> None:
    with pytest.raises(LockedError):
        SqliteOutbox(tmp_path / "outbox.sqlite")
    assert outbox.position == 0


def test_the_file_of_an_inbox_is_no_outbox(tmp_path: Path) -> None:
    inbox_at(tmp_path).close()
    with pytest.raises(StoreError) as told:
        SqliteOutbox(tmp_path / "inbox.sqlite")
    assert told.value.code == "outbox.other_file"


def test_bytes_that_are_no_database_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "outbox.sqlite").write_bytes(b"not a database, but long enough to be looked at" * 20)
    with pytest.raises(StoreError) as told:
        SqliteOutbox(tmp_path / "outbox.sqlite")
    assert told.value.code == "outbox.unreadable"


def test_a_full_disk_sends_nothing_and_takes_in_nothing(tmp_path: Path) -> None:
    store = SqliteOutbox(tmp_path / "outbox.sqlite")
    pages = store.rows("PRAGMA page_count")[0][0]
    store.rows(f"PRAGMA max_page_count = {pages}")
    box, post = Outbox(store), Post()
    entries = [signed(noticed(hours / 60)) for hours in range(200)]
    with pytest.raises(StoreError) as told:
        box.catch_up(entries, 0, NOW)
    assert told.value.code == "outbox.not_written"
    assert (box.position, box.deliver_due(NOW, post).accepted, post.sent) == (0, 0, [])
    store.rows("PRAGMA max_page_count = 100000")
    assert box.catch_up(entries, 0, NOW) == 200
    box.close()


def test_the_book_is_flushed_at_every_transaction(tmp_path: Path) -> None:
    with SqliteOutbox(tmp_path / "outbox.sqlite") as store:
        assert store.rows("PRAGMA synchronous") == [(2,)]
        assert store.rows("PRAGMA journal_mode") == [("wal",)]
    assert sqlite3.threadsafety


# ------------------------------------------------------------------------------------------ the campaign


class TellingMachine(RuleBasedStateMachine):
    """The small world of the campaign, with the steps drawn by hypothesis, so that a failure shrinks."""

    cities = st.lists(st.sampled_from(campaign.CITIES), min_size=1, unique=True)
    burns = st.integers(0, 14)

    def __init__(self) -> None:
        super().__init__()
        self.folder = campaign.tempfile.TemporaryDirectory()
        self.flushing = campaign.unflushed()
        self.flushing.__enter__()
        self.world = campaign.World(Path(self.folder.name))

    @rule(to=cities, public=st.booleans(), burns=burns)
    def speak_first(self, to: list[str], public: bool, burns: int) -> None:
        with self.world.mortal(burns):
            self.world.speak_first(to, public=public)

    @rule(which=st.integers(0, 9), to=cities, burns=burns)
    def speak_on(self, which: int, to: list[str], burns: int) -> None:
        with self.world.mortal(burns):
            self.world.speak_on(which, to)

    @rule(burns=burns)
    def catch_up(self, burns: int) -> None:
        with self.world.mortal(burns):
            self.world.catch_up()

    @rule(burns=burns, seed=st.integers(0, 99))
    def deliver(self, burns: int, seed: int) -> None:
        self.world.draw.seed(seed)
        with self.world.mortal(burns):
            self.world.deliver()

    @rule(seconds=st.sampled_from((1, 20, 90, 4_000)))
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(which=st.integers(0, 9), burns=st.integers(0, 2))
    def take_up(self, which: int, burns: int) -> None:
        with self.world.mortal(burns):
            self.world.take_up(which)

    @invariant()
    def nothing_is_lost_twice_or_overtaken(self) -> None:
        told = self.world.judge()
        assert (told.lost, told.twice, told.overtaken) == (0, 0, 0)

    def teardown(self) -> None:
        told = self.world.settle()
        self.world.close()
        self.flushing.__exit__(None, None, None)
        self.folder.cleanup()
        assert (told.lost, told.twice, told.overtaken) == (0, 0, 0)


TestTelling = TellingMachine.TestCase
TestTelling.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_a_thousand_steps_lose_nothing_and_do_nothing_twice() -> None:
    found = campaign.run(1_000, 5)
    assert found.clean, found
    assert set(found.crashes) >= {"before begin", "after begin", "in the transaction", "before accept"}


def test_a_crash_at_every_point_of_a_story_loses_nothing_and_does_nothing_twice() -> None:
    found = campaign.every_point()
    assert found.clean, found
    assert set(found.crashes) >= {
        *("after append", "before enqueue", "after enqueue", "before begin", "after begin"),
        *("on the way there", "in the transaction", "after the transaction", "on the way back"),
        *("before accept", "after accept"),
    }


def test_a_killed_process_loses_nothing_and_does_nothing_twice() -> None:
    for seed in range(3, 15):  # until a kill came in the middle: how soon that is hangs on the machine
        found = campaign.kills(6, seed)
        assert found.clean, found
        if found.cut_short > 0:
            return
    pytest.fail("no kill came in the middle of anything")


def test_the_campaign_catches_an_outbox_that_marks_before_it_sends() -> None:
    assert campaign.run(300, 1, outbox=campaign.Careless).lost > 0


def test_the_campaign_catches_an_inbox_that_forgets() -> None:
    assert campaign.run(300, 1, inbox=campaign.Forgetful).twice > 0


def test_the_campaign_catches_an_order_that_is_not_kept() -> None:
    assert campaign.run(300, 1, book=campaign.Hurried).overtaken > 0
