"""Event streams over real sockets: order, topics, resuming, limits, those who do not read, and the end."""

from __future__ import annotations

import importlib.util
import json
import resource
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from web.served import Listener, Listening, Served, said, served

from riskshed.errors import InputError
from riskshed.web.event_limits import FILES_KEPT, Limits
from riskshed.web.event_ring import Event, LostPlaceError, Ring, frame_of
from riskshed.web.event_ticket import Tickets
from riskshed.web.events import Hub

CROWD = Path(__file__).parents[2] / "bench" / "_crowd.py"
SECRET = b"a secret of the test"


class Record:
    """A log of events, all of which the hub may ask for."""

    def __init__(self, count: int = 0) -> None:
        self.events = [said(at) for at in range(count)]
        self.asked = 0

    def since(self, after: int, most: int) -> Sequence[Event]:
        self.asked += 1
        return [one for one in self.events if one.index is not None and one.index > after][:most]


def crowd_of(*args: Any, **more: Any) -> Any:
    spec = importlib.util.spec_from_file_location("bench_crowd", CROWD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Crowd(*args, **more)


def hub_of(record: Record | None = None, *, given: frozenset[str] = frozenset(), **limits: Any) -> Hub:
    return Hub(
        (record or Record()).since,
        allowed=lambda _, wanted: wanted & given,
        tickets=Tickets(SECRET),
        limits=Limits(**limits),
    )


@pytest.fixture
def server() -> Iterator[Served]:
    with served(Listening(hub_of(given=frozenset(("body:harbin",))))) as running:
        yield running


def test_an_event_reaches_everybody_who_listens_in_the_order_of_the_log(server: Served) -> None:
    listeners = [Listener(server.address) for _ in range(5)]
    for one in listeners:
        one.until(b"event: hello")
    server.app.hub.publish([said(0), said(1)])
    server.app.hub.publish([said(2)])
    assert [one.indices(3) for one in listeners] == [[0, 1, 2]] * 5


def test_threads_that_publish_at_once_lose_nothing(server: Served) -> None:
    listener = Listener(server.address)
    listener.until(b"event: hello")
    order = threading.Lock()
    left = iter(range(200))

    def work() -> None:
        for _ in range(50):
            with order:  # the node publishes in the order of the log, from any thread
                server.app.hub.publish([said(next(left))])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert listener.indices(200) == list(range(200))


def test_what_is_published_twice_is_sent_once(server: Served) -> None:
    listener = Listener(server.address)
    listener.until(b"event: hello")
    server.app.hub.publish([said(0), said(0), said(1)])
    server.app.hub.publish([said(1), said(2)])
    assert listener.indices(3) == [0, 1, 2]


def test_a_topic_is_heard_by_those_alone_who_asked_for_it(server: Served) -> None:
    public = Listener(server.address)
    both = Listener(server.address, "?topic=body:harbin&topic=public")
    for one in (public, both):
        one.until(b"event: hello")
    server.app.hub.publish([said(0, "body:harbin"), said(1)])
    assert both.indices(2) == [0, 1]
    assert public.indices(1) == [1]


def test_a_topic_that_the_session_does_not_allow_is_refused(server: Served) -> None:
    refused = Listener(server.address, "?topic=body:jilin")
    assert refused.status == 403
    assert json.loads(refused.until(b"}"))["code"] == "events.not_allowed"


def test_a_ticket_opens_its_topics_and_no_others(server: Served) -> None:
    ticket = Tickets(SECRET).issue(["body:jilin"], datetime.now(UTC))
    assert Listener(server.address, f"?topic=body:jilin&ticket={ticket}").status == 200
    assert Listener(server.address, f"?topic=body:jiamusi&ticket={ticket}").status == 403


def test_a_ticket_that_was_changed_or_ran_out_opens_nothing() -> None:
    tickets, now = Tickets(SECRET), datetime.now(UTC)
    ticket = tickets.issue(["body:jilin"], now)
    other = Tickets(b"another secret").issue(["body:jilin"], now)
    for wrong in (ticket[:-2] + "AA", ticket[3:], "", ".", "漢", other):
        with pytest.raises(InputError, match="did not issue"):
            tickets.read(wrong, now)
    with pytest.raises(InputError, match="run out"):
        tickets.read(ticket, now + timedelta(hours=1))


@pytest.mark.parametrize("query", ["?topic=BODY", "?topic=a:", "?after=x", "?" + "topic=a&" * 50])
def test_a_request_that_makes_no_sense_is_refused(server: Served, query: str) -> None:
    assert Listener(server.address, query).status == 400


def test_who_comes_again_gets_what_he_missed_from_the_ring_and_from_the_log() -> None:
    record = Record(500)
    with served(Listening(hub_of(record, ring_frames=100), latest=499)) as server:
        asked = record.asked
        near = Listener(server.address, headers={"Last-Event-ID": "480"})
        assert near.indices(19) == list(range(481, 500))
        assert record.asked == asked, "what the ring has is not read from the log"
        far = Listener(server.address, headers={"Last-Event-ID": "9"})
        assert far.indices(490) == list(range(10, 500))
        server.app.hub.publish([said(500)])
        assert (near.indices(1), far.indices(1)) == ([500], [500])


def test_the_header_counts_more_than_the_address() -> None:
    with served(Listening(hub_of(Record(10)), latest=9)) as server:
        assert Listener(server.address, "?after=2").indices(1) == [3]
        assert Listener(server.address, "?after=2", {"Last-Event-ID": "7"}).indices(1) == [8]


def test_who_missed_too_much_is_told_to_load_the_page_again() -> None:
    hub = hub_of(Record(500), ring_frames=100, resume_events=200)
    with served(Listening(hub, latest=499)) as server:
        listener = Listener(server.address, "?after=0")
        assert b"id: 499\n" in listener.until(b"event: reset")
        hub.publish([said(500)])
        assert listener.indices(1) == [500]


def test_beyond_the_limits_a_listener_is_told_when_to_come_again() -> None:
    with served(Listening(hub_of(streams=3, streams_per_address=2))) as server:
        kept = [Listener(server.address) for _ in range(2)]
        refused = Listener(server.address)
        assert refused.status == 503
        assert "retry-after: 30" in refused.head
        assert json.loads(refused.until(b"}"))["code"] == "events.address_full"
        kept[0].close()
        wait_for(lambda: server.app.hub.streams == 1)
        assert Listener(server.address).status == 200


def test_no_more_streams_than_files_are_promised() -> None:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert Limits(streams=10**6).possible_streams() == files - FILES_KEPT
    assert Limits(streams=10).possible_streams() == 10


def test_a_silent_stream_shows_signs_of_life() -> None:
    with served(Listening(hub_of(heartbeat_s=0.2))) as server:
        listener = Listener(server.address)
        listener.until(b"event: hello")
        listener.until(b":\n\n", 2.0)
        listener.until(b":\n\n", 2.0)


def test_a_stream_that_needed_leave_ends_and_is_to_be_asked_again() -> None:
    given = frozenset(("body:harbin",))
    with served(Listening(hub_of(given=given, session_s=0.3, heartbeat_s=0.4))) as server:
        listener = Listener(server.address, "?topic=body:harbin")
        assert b"event: renew" in listener.rest()
        assert server.app.hub.streams == 0


def wait_for(what: Any, within_s: float = 40.0) -> None:
    until_s = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < until_s, "it did not come about"
        time.sleep(0.02)


def test_who_does_not_read_is_cut_off_and_holds_up_nobody() -> None:
    with served(Listening(hub_of(stalled_s=1.0, heartbeat_s=0.5, ring_frames=50))) as server:
        hub = server.app.hub
        deaf = crowd_of(server.address, 50, "/events", reads=False)
        assert deaf.connect() == 50
        awake = Listener(server.address)
        awake.until(b"event: hello")
        for at in range(200):
            hub.publish([said(at, text="x" * 10_000)])
            assert awake.indices(1, 2.0) == [at], "the deaf hold up those who listen"
        wait_for(lambda: hub.streams == 1)
        deaf.leave()


def test_who_lost_his_place_goes_on_from_the_log() -> None:
    record = Record()
    with served(Listening(hub_of(record, ring_frames=20))) as server:
        slow = Listener(server.address)
        slow.until(b"event: hello")
        for at in range(400):
            record.events.append(said(at, text="x" * 10_000))
            server.app.hub.publish(record.events[-1:])
            time.sleep(0.001)
        raw = slow.rest()
        assert b"event: behind" in raw
        seen = [int(one) for one in raw.split(b"id: ")[1:] for one in [one.split(b"\n")[0]]]
        again = Listener(server.address, headers={"Last-Event-ID": str(seen[-1])})
        assert seen + again.indices(400 - len(seen)) == list(range(400))


def memory_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError


def test_those_who_never_read_do_not_fill_the_memory() -> None:
    count = 400
    with served(Listening(hub_of(ring_bytes=2**20, streams_per_address=count))) as server:
        deaf = crowd_of(server.address, count, "/events", reads=False)
        assert deaf.connect() == count
        before = memory_bytes()
        for at in range(2_000):
            server.app.hub.publish([said(at, text="x" * 10_000)])
        wait_for(lambda: server.app.hub._ring.latest == 1_999)
        time.sleep(0.5)
        # 20 MB were said; a queue for each would hold 8 GB.
        assert memory_bytes() - before < count * 100_000 + 2**23
        deaf.leave()


def test_thousands_are_told_that_the_node_stops_and_it_stops_within_five_seconds() -> None:
    # Both ends of each stream are files of this process.
    count = min(3_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 2 * FILES_KEPT) // 2)
    server = Served(Listening(hub_of(streams_per_address=count)))
    crowd = crowd_of(server.address, count, "/events")
    assert crowd.connect() == count
    collecting = threading.Thread(target=crowd.collect, args=(time.monotonic() + 20.0,))
    collecting.start()
    took_s = server.stop()
    collecting.join()
    assert took_s < 5.0
    assert crowd.closed == count
    said_goodbye = [tail for tail in crowd.tails.values() if b"event: closing" in tail]
    assert len(said_goodbye) == count


def test_many_events_at_once_go_out_in_few_rounds_and_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    count, rounds = 1_000, 0
    with served(Listening(hub_of(streams_per_address=count))) as server:
        hub = server.app.hub
        crowd = crowd_of(server.address, count, "/events")
        assert crowd.connect() == count
        wake = hub._wake

        def counted() -> None:
            nonlocal rounds
            rounds += 1
            wake()

        monkeypatch.setattr(hub, "_wake", counted)
        for at in range(200):
            hub.publish([said(at)])
            time.sleep(0.001)
        crowd.collect(time.monotonic() + 30.0, enough=200)
        assert [len(crowd.times[at]) for at in range(200)] == [count] * 200
        assert rounds < 60, "ten thousand streams are not woken for each event"
        crowd.leave()


def test_what_comes_after_a_quiet_while_is_heard_at_once(server: Served) -> None:
    listener = Listener(server.address)
    listener.until(b"event: hello")
    for at in range(3):
        server.app.hub.publish([said(at)])
        assert listener.indices(1, 3.0) == [at]
        time.sleep(0.3)


def test_those_who_do_not_read_do_not_hold_up_the_stop() -> None:
    server = Served(Listening(hub_of()))
    deaf = crowd_of(server.address, 100, "/events", reads=False)
    assert deaf.connect() == 100
    for at in range(300):
        server.app.hub.publish([said(at, text="x" * 10_000)])
    time.sleep(0.5)
    assert server.stop() < 5.0
    deaf.leave()


def test_the_ring_says_what_it_no_longer_has() -> None:
    ring = Ring(frames_max=3, bytes_max=10**6)
    ring.begin(4)
    assert not ring.append(frame_of(said(4)))
    for at in range(5, 10):
        ring.append(frame_of(said(at)))
    assert (ring.first, ring.floor, ring.latest) == (2, 6, 9)
    with pytest.raises(LostPlaceError):
        ring.read(1, frozenset(("public",)), -1, 1)
    frames, place = ring.read(2, frozenset(("public",)), 7, 10**6)
    assert (len(frames), place) == (2, 5)


def test_an_event_is_one_block_whatever_it_says() -> None:
    frame = frame_of(Event(7, "said", {"text": "two\nlines\r\n\ndata: x 漢"}))
    assert frame.data.count(b"\n") == 4
    assert frame.data.endswith(b"\n\n")
    assert json.loads(frame.data.split(b"data: ", 1)[1])["text"] == "two\nlines\r\n\ndata: x 漢"
