"""A witness on the network: the statuses of the protocol, strangers, and witnesses that are silent."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_logs import LOG_KEY, ORIGIN, OTHER_KEY, WITNESS_KEY, SmallLog, served

from riskshed.errors import LedgerError, SignatureError
from riskshed.ledger.fetch import FetchError
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.note import Checkpoint, SignedNote, cosign, verify_note
from riskshed.ledger.policy import Policy
from riskshed.ledger.store import SqliteStore
from riskshed.ledger.witness import BODY_BYTES_MAX, Cosigner, Growth, origin_hash
from riskshed.ledger.witness_client import Witness, WitnessError, Witnesses
from riskshed.ledger.witness_http import WitnessServer

SECOND_KEY = SigningKey("xia.example/witness", "witness", b"\x0a" * 32)
THIRD_KEY = SigningKey("pang.example/witness", "witness", b"\x0b" * 32)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WitnessServer]:
    cosigner = Cosigner(tmp_path / "witness", [WITNESS_KEY], [LOG_KEY.verifier])
    with cosigner, WitnessServer(cosigner, request_s_max=1.5, connections_max=8) as server:
        yield server


def connect(server: WitnessServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)


def post(server: WitnessServer, body: bytes, path: str = "/add-checkpoint") -> tuple[int, bytes, str]:
    connection = connect(server)
    connection.request("POST", path, body)
    response = connection.getresponse()
    told = response.status, response.read(), response.headers["Content-Type"]
    connection.close()
    return told


def body(log: SmallLog, old: int, new: int) -> bytes:
    return Growth(old, log.prove(old, new), log.checkpoint(new)).to_bytes()


def test_two_hundred_growths_of_a_real_log_are_cosigned(server: WitnessServer, tmp_path: Path) -> None:
    witness = Witness(server.url, WITNESS_KEY.verifier)
    with Log(SqliteStore(tmp_path / "log.db"), LOG_KEY) as log:
        for index in range(200):
            log.append(b"statement %d" % index)
            state = log.state()
            note = SignedNote.parse(state.note)
            lines = witness.add_checkpoint(
                note, lambda old, _, state=state: log.prove_consistency(old, state)
            )
            assert verify_note(note.with_signatures(lines), [WITNESS_KEY.verifier]).verified
    assert server.cosigner.last(ORIGIN).size == 200
    witness.close()


def test_the_statuses_of_the_protocol(server: WitnessServer) -> None:
    log = SmallLog(9)
    assert post(server, body(log, 0, 5))[0] == 200
    assert post(server, body(log, 3, 9)) == (409, b"5\n", "text/x.tlog.size")
    assert post(server, body(log.forked(2), 5, 9))[0] == 422
    assert post(server, body(SmallLog(9, key=OTHER_KEY), 5, 9))[0] == 403
    assert post(server, body(SmallLog(9, key=SigningKey("x", "log", b"\x01" * 32)), 5, 9))[0] == 404
    assert post(server, b"old 5\n")[0] == 400
    assert post(server, body(log, 5, 9), "/elsewhere")[0] == 404


def test_the_last_checkpoint_can_be_read(server: WitnessServer) -> None:
    log = SmallLog(9)
    post(server, body(log, 0, 5))
    with urlopen(f"{server.url}/{origin_hash(ORIGIN)}/checkpoint", timeout=5) as response:
        assert response.headers["Content-Type"].startswith("text/plain")
        note = SignedNote.parse(response.read())
    assert note.text == log.checkpoint(5).text
    assert Witness(server.url, WITNESS_KEY.verifier).checkpoint(ORIGIN) == note


def test_one_connection_serves_many_requests(server: WitnessServer) -> None:
    connection, log = connect(server), SmallLog(9)
    for old, new, status in ((0, 3, 200), (0, 5, 409), (3, 9, 200), (9, 9, 200)):
        connection.request("POST", "/add-checkpoint", body(log, old, new))
        response = connection.getresponse()
        assert (response.status, bool(response.read())) == (status, True)
    connection.close()


# Strangers


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_no_body_makes_the_server_fail(server: WitnessServer, data: bytes) -> None:
    assert post(server, data)[0] in (400, 404)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=120))
def test_what_is_no_http_does_not_disturb_others(server: WitnessServer, data: bytes) -> None:
    with socket.create_connection(server.server_address[:2], timeout=2) as stranger:
        stranger.sendall(data + b"\r\n\r\n")
        stranger.shutdown(socket.SHUT_WR)
        answer = stranger.recv(100)
    assert b" 500 " not in answer
    assert post(server, b"")[0] == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (f"Content-Length: {BODY_BYTES_MAX + 1}", 413),
        ("Content-Length: 99999999999999999999", 400),
        ("Content-Length: -1", 400),
        ("Content-Length: 1_0", 400),
        ("Content-Length: 3\r\nContent-Length: 4", 400),
        ("Transfer-Encoding: chunked", 400),
        ("X: y", 411),
    ],
)
def test_a_body_whose_length_is_not_clear_is_refused(
    server: WitnessServer, headers: str, status: int
) -> None:
    with socket.create_connection(server.server_address[:2], timeout=2) as stranger:
        stranger.sendall(f"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n".encode())
        answer = stranger.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in answer


def test_a_slow_stranger_is_cut_off(server: WitnessServer) -> None:
    with socket.create_connection(server.server_address[:2], timeout=5) as slow:
        began_s = time.monotonic()
        try:
            for letter in b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 50\r\n\r\nold 0":
                slow.sendall(bytes([letter]))
                time.sleep(0.04)
            assert slow.recv(1) == b""
        except OSError:
            pass  # the server has hung up while we were still sending
    assert time.monotonic() - began_s < 8


def test_too_many_connections_are_turned_away_and_others_served(server: WitnessServer) -> None:
    crowd = [socket.create_connection(server.server_address[:2], timeout=5) for _ in range(8)]
    time.sleep(0.1)
    with socket.create_connection(server.server_address[:2], timeout=5) as one_more:
        assert one_more.recv(1) == b""
    for one in crowd:
        one.close()
    time.sleep(0.1)
    assert post(server, b"")[0] == 400


@pytest.mark.parametrize("port", [None, 70_000, -1])
def test_a_port_that_cannot_be_had_is_named(server: WitnessServer, port: int | None) -> None:
    taken = server.server_address[1] if port is None else port
    with pytest.raises(LedgerError) as refused:
        WitnessServer(server.cosigner, port=taken)
    assert refused.value.code == "witness.listen"


def test_a_server_stops_although_somebody_is_connected(server: WitnessServer) -> None:
    connection = connect(server)
    connection.request("POST", "/add-checkpoint", b"")
    connection.getresponse().read()
    began_s = time.monotonic()
    server.stop()
    assert time.monotonic() - began_s < 4
    with pytest.raises(OSError):  # noqa: PT011  any way of not being there will do
        socket.create_connection(server.server_address[:2], timeout=1)
    connection.close()


# The client


def test_a_witness_that_stands_elsewhere_is_asked_again_from_there(server: WitnessServer) -> None:
    log = SmallLog(9)
    Witness(server.url, WITNESS_KEY.verifier).add_checkpoint(log.checkpoint(4), log.prove)
    asked = []

    def prove(old: int, new: int) -> tuple[bytes, ...]:
        asked.append((old, new))
        return log.prove(old, new)

    Witness(server.url, WITNESS_KEY.verifier).add_checkpoint(log.checkpoint(9), prove)
    assert asked == [(4, 9)]


@pytest.mark.parametrize(
    ("log", "code"),
    [
        (SmallLog(9).forked(1), "witness.fork"),
        (SmallLog(3), "witness.ahead"),
        (SmallLog(9, key=OTHER_KEY), "witness.forbidden"),
        (SmallLog(9, key=SigningKey("x", "log", b"\x01" * 32)), "witness.unknown_log"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_refusal_has_a_code(server: WitnessServer, log: SmallLog, code: str) -> None:
    true = SmallLog(5)
    witness = Witness(server.url, WITNESS_KEY.verifier)
    witness.add_checkpoint(true.checkpoint(), true.prove)
    with pytest.raises(WitnessError) as refused:
        witness.add_checkpoint(log.checkpoint(), log.prove)
    assert (refused.value.code, refused.value.permanent) == (code, True)


@contextmanager
def answering(folder: Path, answer: bytes, status: int = 200, kind: str = "text/plain") -> Iterator[str]:
    """The address of a server that says the same to everybody."""
    with served(folder) as server:
        server.answers["/add-checkpoint"] = (status, {"Content-Type": kind}, answer)
        yield server.url


def line(size: int, key: SigningKey = WITNESS_KEY, time_s: int = 1_700_000_000) -> bytes:
    return str(cosign(Checkpoint.parse(SmallLog(size).checkpoint().text), key, time_s)).encode()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", WitnessError),
        (b"OK\n", WitnessError),
        (line(5)[:-1], WitnessError),
        (line(5, time_s=0), WitnessError),
        (line(5, time_s=2**40), WitnessError),
        (line(4), SignatureError),
        (line(5, SECOND_KEY), SignatureError),
        (line(5) * 101, WitnessError),
        (b"x" * 70_000, FetchError),
    ],
    ids=range(9),
)
def test_an_answer_is_verified_before_it_is_believed(
    tmp_path: Path, answer: bytes, error: type[Exception]
) -> None:
    log = SmallLog(5)
    with answering(tmp_path, answer) as url, pytest.raises(error):
        Witness(url, WITNESS_KEY.verifier).add_checkpoint(log.checkpoint(), log.prove)


def test_lines_by_other_keys_are_ignored(tmp_path: Path) -> None:
    log = SmallLog(5)
    with answering(tmp_path, line(5, SECOND_KEY) + line(5)) as url:
        lines = Witness(url, WITNESS_KEY.verifier).add_checkpoint(log.checkpoint(), log.prove)
    assert [one.name for one in lines] == [WITNESS_KEY.name]


@pytest.mark.parametrize("told", [b"0\n", b"3\n", b"9\n", b"3", b"03\n", b"-1\n", b"", b"3\n4\n"])
def test_a_witness_that_never_agrees_is_given_up(tmp_path: Path, told: bytes) -> None:
    log = SmallLog(5)
    with answering(tmp_path, told, 409, "text/x.tlog.size") as url:
        with pytest.raises(WitnessError) as refused:
            Witness(url, WITNESS_KEY.verifier).add_checkpoint(log.checkpoint(), log.prove)
        assert refused.value.code in ("witness.conflicts", "witness.ahead", "witness.answer")


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_silent_witness_is_given_up_in_time(silent: str) -> None:
    log, began_s = SmallLog(5), time.monotonic()
    with pytest.raises(FetchError) as refused:
        Witness(silent, WITNESS_KEY.verifier, timeout_s=0.2).add_checkpoint(log.checkpoint(), log.prove)
    assert (refused.value.code, refused.value.permanent) == ("fetch.timeout", False)
    assert time.monotonic() - began_s < 8


def test_a_witness_that_sends_a_byte_now_and_then_is_given_up_in_time() -> None:
    def drip() -> None:
        connection, _ = listening.accept()
        for letter in b"HTTP/1.1 200 OK\r\n" * 10:
            time.sleep(0.05)
            try:
                connection.sendall(bytes([letter]))
            except OSError:
                return

    log, began_s = SmallLog(5), time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(FetchError, match="within"):
            Witness(url, WITNESS_KEY.verifier, timeout_s=0.3).add_checkpoint(log.checkpoint(), log.prove)
    assert time.monotonic() - began_s < 8


# The quorum


def policy(*urls: str | None, quorum: str = "all") -> Policy:
    keys = (WITNESS_KEY, SECOND_KEY, THIRD_KEY)
    lines = [f"log {LOG_KEY.verifier}"]
    lines += [f"witness w{at} {keys[at].verifier} {url or ''}" for at, url in enumerate(urls)]
    names = " ".join(f"w{at}" for at in range(len(urls)))
    return Policy.parse(
        "\n".join([*lines, f"group all-of-us {quorum} {names}", "quorum all-of-us", ""]).encode()
    )


@pytest.fixture
def second(tmp_path: Path) -> Iterator[WitnessServer]:
    with (
        Cosigner(tmp_path / "second", [SECOND_KEY], [LOG_KEY.verifier]) as cosigner,
        WitnessServer(cosigner) as server,
    ):
        yield server


def test_a_quorum_is_gathered(server: WitnessServer, second: WitnessServer) -> None:
    log = SmallLog(5)
    gathered = Witnesses(policy(server.url, second.url)).gather(log.checkpoint(), log.prove)
    assert gathered.met
    assert {one.state for one in gathered.standings} == {"cosigned"}
    assert policy(server.url, second.url).require(gathered.note).missing == ()


def test_a_silent_witness_does_not_hold_up_a_warning(server: WitnessServer, silent: str) -> None:
    log, began_s = SmallLog(5), time.monotonic()
    gathered = Witnesses(policy(server.url, silent), timeout_s=10).gather(
        log.checkpoint(), log.prove, wait_s=0.3
    )
    assert time.monotonic() - began_s < 8
    assert not gathered.met
    assert [one.state for one in gathered.standings] == ["cosigned", "pending"]
    assert gathered.judgement.missing == ("w1",)


def test_a_quorum_that_is_met_does_not_wait_for_the_others(server: WitnessServer, silent: str) -> None:
    log, began_s = SmallLog(5), time.monotonic()
    witnesses = Witnesses(policy(server.url, silent, quorum="any"), timeout_s=10)
    assert witnesses.gather(log.checkpoint(), log.prove, wait_s=9).met
    assert time.monotonic() - began_s < 8


def test_a_witness_that_refuses_is_named_with_its_reason(
    server: WitnessServer, second: WitnessServer
) -> None:
    log = SmallLog(5)
    Witness(second.url, SECOND_KEY.verifier).add_checkpoint(log.forked(1).checkpoint(), log.prove)
    gathered = Witnesses(policy(server.url, second.url)).gather(log.checkpoint(), log.prove)
    assert [(one.state, one.code) for one in gathered.standings] == [
        ("cosigned", ""),
        ("refused", "witness.fork"),
    ]


def test_an_answer_that_came_late_is_heard_the_next_time(server: WitnessServer) -> None:
    log, witnesses = SmallLog(5), Witnesses(policy(server.url))
    assert not witnesses.gather(log.checkpoint(), log.prove, wait_s=0).met
    until_s = time.monotonic() + 5
    while not (gathered := witnesses.gather(log.checkpoint(), log.prove, wait_s=0)).met:
        assert time.monotonic() < until_s
        time.sleep(0.02)
    assert gathered.standings[0].state == "cosigned"


def test_a_witness_without_an_address_is_missing_and_not_asked(server: WitnessServer) -> None:
    log = SmallLog(5)
    gathered = Witnesses(policy(server.url, None)).gather(log.checkpoint(), log.prove, wait_s=2)
    assert (gathered.met, gathered.judgement.missing) == (False, ("w1",))


def test_requests_are_told_to_the_keeper(server: WitnessServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        post(server, b"")
    assert "POST /add-checkpoint" in caplog.text
