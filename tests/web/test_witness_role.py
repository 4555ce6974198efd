"""A node that is a witness for its neighbours: statuses of the protocol, limits, and a memory that stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import postgres_server
import pytest
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.test import Client
from small_logs import LOG_KEY, ORIGIN, OTHER_KEY, WITNESS_KEY, SmallLog

from riskshed.errors import InputError, KeyRefusedError, RiskshedError
from riskshed.ledger.keyfile import write_key
from riskshed.ledger.note import SignedNote, verify_note
from riskshed.ledger.policy import Policy
from riskshed.ledger.witness import BODY_BYTES_MAX, Growth, origin_hash
from riskshed.ledger.witness_client import Witness, Witnesses
from riskshed.web import access, backup, current, record_proof, witness_role
from riskshed.web.access import Pace
from riskshed.web.node import Node
from riskshed.web.witness_role import WitnessRole

pytestmark = pytest.mark.django_db
ASK, SEEN = "/witness/add-checkpoint", f"/witness/{origin_hash(ORIGIN)}/checkpoint"


@pytest.fixture(autouse=True)
def unpaced() -> None:
    cache.clear()


@pytest.fixture
def files(node: Node, tmp_path: Path) -> tuple[Path, Path]:
    """A key in the folder of the node, and a policy that names the log of a neighbour."""
    key, logs = node.home / "witness" / "witness.key", tmp_path / "logs.txt"
    write_key(key, WITNESS_KEY, current.DEMO_PASSPHRASE, cost=2)
    logs.write_text(f"log {LOG_KEY.verifier}\nquorum none\n")
    return key, logs


@pytest.fixture
def role(node: Node, files: tuple[Path, Path]) -> Iterator[WitnessRole]:
    one = WitnessRole(node, *files)
    one.start()
    yield one
    one.stop()


def post(body: bytes, path: str = ASK) -> tuple[int, bytes]:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path, body, content_type="text/plain; charset=utf-8")
    return answer.status_code, answer.content


def growth(log: SmallLog, old: int, new: int) -> bytes:
    return Growth(old, log.prove(old, new), log.checkpoint(new)).to_bytes()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/witness"
        server.shutdown()
        thread.join()


def test_a_node_is_no_witness_unless_it_is_told(node):
    assert witness_role.workers(node, None, None) == []
    assert post(growth(SmallLog(3), 0, 3))[0] == 404
    assert Client().get(SEEN).status_code == Client().get(ASK).status_code == 404


def test_the_client_of_a_neighbour_gets_cosignatures_over_http(role, address):
    log = SmallLog(9)
    witness = Witness(address, WITNESS_KEY.verifier)
    for size in (4, 9):
        note = log.checkpoint(size)
        lines = witness.add_checkpoint(note, log.prove)
        assert verify_note(note.with_signatures(lines), [WITNESS_KEY.verifier]).verified
    assert witness.checkpoint(ORIGIN).text == log.checkpoint(9).text
    witness.close()


def test_a_quorum_can_be_made_of_a_node(role, address):
    policy = Policy.parse(
        f"log {LOG_KEY.verifier}\nwitness a {WITNESS_KEY.verifier} {address}\nquorum a\n".encode()
    )
    log = SmallLog(5)
    assert Witnesses(policy).gather(log.checkpoint(), log.prove).met


def test_the_statuses_of_the_protocol(role):
    log = SmallLog(9)
    assert post(growth(log, 0, 5))[0] == 200
    assert post(growth(log, 3, 9)) == (409, b"5\n")
    assert post(growth(log.forked(2), 5, 9))[0] == 422
    assert post(growth(SmallLog(9, key=OTHER_KEY), 5, 9))[0] == 403
    assert post(b"old x\n")[0] == 400
    assert Client().get(ASK).status_code == 405


def test_a_body_that_is_too_large_is_not_read_on(role):
    assert post(b"x" * BODY_BYTES_MAX)[0] == 400
    assert post(b"x" * (BODY_BYTES_MAX + 1))[0] == 413


def test_who_asks_too_often_is_told_to_wait(role, monkeypatch):
    kept = access.keep_pace
    monkeypatch.setattr(access, "keep_pace", lambda request, action, _: kept(request, action, Pace(2, 60)))
    assert [post(b"")[0] for _ in range(3)] == [400, 400, 429]


def test_what_was_cosigned_is_remembered_after_a_restart(node, role, files):
    log = SmallLog(9)
    assert post(growth(log, 0, 9))[0] == 200
    role.stop()
    assert post(growth(log, 0, 5))[0] == 404
    again = WitnessRole(node, *files)
    again.start()
    try:
        assert post(growth(log.forked(1), 0, 9)) == (409, b"9\n")
        seen = SignedNote.parse(Client().get(SEEN).content)
        assert verify_note(seen, [WITNESS_KEY.verifier]).note.text == log.checkpoint(9).text
    finally:
        again.stop()


def test_two_processes_cannot_be_the_same_witness(node, role, files):
    with pytest.raises(RiskshedError):
        WitnessRole(node, *files).start()


@pytest.mark.skipif(
    postgres_server.is_asked_for(), reason="a log in PostgreSQL is kept with pg_dump, not in this backup"
)
def test_a_backup_takes_neither_the_key_nor_the_memory(node, role, tmp_path):
    assert post(growth(SmallLog(3), 0, 3))[0] == 200
    backup.take(node.home, tmp_path / "kept")
    assert not (tmp_path / "kept" / "witness").exists()


def test_settings_that_cannot_be_meant_stop_the_start(node, files, tmp_path):
    key, logs = files
    for given in ((str(key), None), (None, str(logs))):
        with pytest.raises(InputError) as caught:
            witness_role.workers(node, *given)
        assert caught.value.code == "witness.half"
    elsewhere = tmp_path / "witness.key"
    write_key(elsewhere, WITNESS_KEY, current.DEMO_PASSPHRASE, cost=2)
    own = tmp_path / "own.txt"
    own.write_text(f"log {record_proof.verifier(node)}\nquorum none\n")
    for paths, code in (((elsewhere, logs), "witness.key_place"), ((key, own), "witness.own_log")):
        with pytest.raises(InputError) as caught:
            WitnessRole(node, *paths)
        assert caught.value.code == code


def test_a_key_of_another_role_is_refused(node, files):
    wrong = node.home / "witness" / "log.key"
    write_key(wrong, LOG_KEY, current.DEMO_PASSPHRASE, cost=2)
    with pytest.raises(KeyRefusedError):
        WitnessRole(node, wrong, files[1])
