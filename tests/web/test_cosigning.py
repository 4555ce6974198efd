"""The node asks witnesses over real HTTP: what they sign is served and shown, and nothing waits for them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from riskshed.errors import InputError, InputFaults
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.note import Checkpoint, SignedNote, verify_note
from riskshed.ledger.policy import Policy
from riskshed.ledger.witness import Cosigner
from riskshed.ledger.witness_http import WitnessServer
from riskshed.web import cosigning, record_proof
from riskshed.web.cosigning import Cosigning
from riskshed.web.node import Node
from riskshed.web.proof_mark import proof_mark

CITY = "230100"
FIRST, SECOND = (SigningKey(f"{n}.example/witness", "witness", bytes([7, n]) * 16) for n in (1, 2))
OTHER_LOG = SigningKey("elsewhere.example/log", "log", b"\x09" * 32)


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"ROUND_S_MAX": 0.4, "SLICE_S": 0.1, "REST_S": 0.02, "PAUSE_S": 0.1}.items():
        monkeypatch.setattr(cosigning, name, seconds)


@pytest.fixture
def first(node: Node, tmp_path: Path) -> Iterator[WitnessServer]:
    """A witness that watches the log of the node."""
    with Cosigner(tmp_path / "w1", [FIRST], [record_proof.verifier(node)]) as one, WitnessServer(one) as http:
        yield http


@pytest.fixture
def refusing(tmp_path: Path) -> Iterator[WitnessServer]:
    """A witness that was never told of this log."""
    with Cosigner(tmp_path / "w2", [SECOND], [OTHER_LOG.verifier]) as one, WitnessServer(one) as http:
        yield http


@pytest.fixture
def silent() -> Iterator[str]:
    """Somebody who takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def policy(first: str, second: str = "", quorum: str = "any") -> Policy:
    lines = [f"witness one {FIRST.verifier} {first}"]
    lines += [f"witness two {SECOND.verifier} {second}"] if second else []
    names = "one two" if second else "one"
    return Policy.parse("\n".join([*lines, f"group all-of-us {quorum} {names}", "quorum all-of-us"]).encode())


def working(node: Node, asked: Policy) -> Cosigning:
    return Cosigning(node, asked, private=True)


def say(node: Node, what: str) -> int:
    """Let a statement be on the log; its place."""
    said = node.desk(CITY, "duty-07").take_watch(what)
    place = node.index_of(said)
    assert place is not None
    return place


def head() -> tuple[int, set[str]]:
    """Size of the checkpoint that anybody can fetch, and who cosigned it, verified."""
    note = SignedNote.parse(Client().get("/checkpoint").content)
    good = verify_note(note, [FIRST.verifier, SECOND.verifier]).verified if len(note.signatures) > 1 else ()
    return Checkpoint.parse(note.text).size, {by.key.name for by in good}


def until(what: Callable[[], Any]) -> None:
    end_s = time.monotonic() + 40
    while not what():
        assert time.monotonic() < end_s, "it did not happen"
        time.sleep(0.02)


def states(worker: Cosigning) -> list[tuple[str, str]]:
    return [(one.state, one.code) for one in worker.standings]


@pytest.mark.django_db
def test_each_new_checkpoint_is_cosigned_and_served_with_the_cosignature(node, first):
    worker = working(node, policy(first.url))
    worker.start()
    try:
        until(lambda: head() == (node.log.size, {FIRST.name}))
        for what in ("a", "b"):
            say(node, what)
            node.tick()
            until(lambda: head() == (node.log.size, {FIRST.name}))
    finally:
        worker.stop()
    assert first.cosigner.last(node.profile.origin).size == node.log.size


def test_nobody_is_asked_again_who_has_signed(node, first):
    worker = working(node, policy(first.url))
    assert worker.round() is None
    first.stop()
    assert worker.round() is None
    again = working(node, policy(first.url))  # after a start it knows from the file
    assert again.round() is None
    assert states(again) == [("cosigned", "")]


def test_one_that_refuses_is_named_and_let_alone_longer_each_time(node, first, refusing, monkeypatch):
    worker = working(node, policy(first.url, refusing.url))
    monkeypatch.setattr(cosigning, "PAUSE_S", 30.0)
    wait_s = worker.round()
    assert states(worker) == [("cosigned", ""), ("refused", "witness.unknown_log")]
    assert 25 < wait_s <= 30
    worker._pauses["two"] = (0.0, 30.0)
    assert 55 < worker.round() <= 60
    worker._pauses["two"] = (0.0, 290.0)
    assert worker.round() <= cosigning.PAUSE_S_MAX


def test_one_that_is_away_is_asked_again_and_signs_when_it_is_back(node, first, tmp_path):
    port = first.server_address[1]
    first.stop()
    worker = working(node, policy(first.url))
    worker.start()
    try:
        until(lambda: states(worker) == [("pending", "fetch.unreachable")])
        with WitnessServer(first.cosigner, port=port):
            until(lambda: states(worker) == [("cosigned", "")])
    finally:
        worker.stop()


def test_one_that_is_silent_holds_up_neither_the_others_nor_a_statement_nor_the_stop(node, first, silent):
    worker = working(node, policy(first.url, silent))
    worker.start()
    until(lambda: states(worker)[0] == ("cosigned", ""))
    begun_s = time.monotonic()
    say(node, "while-it-is-silent")
    assert time.monotonic() - begun_s < 4
    node.tick()
    until(lambda: first.cosigner.last(node.profile.origin).size == node.log.size)
    begun_s = time.monotonic()
    worker.stop()
    assert time.monotonic() - begun_s < 4
    assert worker.standings[1].state == "pending"


def test_what_the_quorum_has_seen_is_not_given_up_for_less(node, first, refusing, tmp_path):
    both = Cosigner(tmp_path / "w3", [SECOND], [record_proof.verifier(node)])
    with both, WitnessServer(both) as second:
        working(node, policy(first.url, second.url, "all")).round()
    seen = node.log.size
    place = say(node, "more")
    worker = working(node, policy(first.url, refusing.url, "all"))
    worker.round()
    assert states(worker)[0] == ("cosigned", "")
    assert Checkpoint.parse(record_proof.covering(node, 0).text).size == seen
    assert record_proof.cosigners(record_proof.covering(node, place), record_proof.verifier(node)) == ()


def test_a_kept_file_that_was_spoilt_hinders_nothing(node, first):
    spoilt = SignedNote.parse(node.log.checkpoint).to_bytes()
    worker = working(node, policy(first.url))
    worker.round()
    kept = node.home / "checkpoint"
    kept.write_bytes(spoilt + kept.read_bytes().splitlines()[-1][:-8] + b"AAAAAAA=\n")
    working(node, policy(first.url)).round()
    assert verify_note(SignedNote.parse(kept.read_bytes()), [FIRST.verifier]).verified


def test_private_addresses_and_plain_http_need_the_word_of_the_operator(node, first):
    worker = Cosigning(node, policy(first.url), private=False)
    worker.round()
    assert states(worker) == [("refused", "witness.bad_url")]
    worker = Cosigning(node, policy(first.url.replace("http:", "https:")), private=False)
    worker.round()
    assert states(worker) == [("refused", "witness.private")]
    assert first.cosigner.last(node.profile.origin).size == 0


def test_the_mark_says_how_many_of_how_many(node, first, refusing, tmp_path, settings):
    asked = policy(first.url, refusing.url)
    file = tmp_path / "policy.txt"
    file.write_bytes(asked.to_bytes())
    settings.NODE_WITNESSES = str(file)
    statement = min(node.standing().statements)
    with translation.override("en"):
        assert "pending witness</span>" in proof_mark(statement)
        working(node, asked).round()
        mark = proof_mark(statement)
    assert "co-signed by 1 of 2</span>" in mark
    assert 'stroke-dasharray="0.76 1.24"' in mark


def test_no_policy_no_worker_and_a_wrong_one_stops_the_start(node, tmp_path):
    assert cosigning.workers(node, None, private=False) == []
    with pytest.raises(InputError, match="cannot be read"):
        cosigning.workers(node, str(tmp_path / "none.txt"), private=False)
    (tmp_path / "wrong.txt").write_text("witness one nokey\nquorum one\n")
    with pytest.raises(InputFaults) as caught:
        cosigning.workers(node, str(tmp_path / "wrong.txt"), private=False)
    assert caught.value.faults[0].where == "wrong.txt"
