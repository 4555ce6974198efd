"""The public record over real HTTP: a peer audits and mirrors the node; caches keep what never changes."""

import http.client
import sqlite3
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import postgres_server
import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client

from riskshed.audit import audit
from riskshed.ledger.mirror import mirror
from riskshed.ledger.note import Checkpoint, SignedNote
from riskshed.web import record_proof

CITY = "230100"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(node, db) -> Iterator[str]:
    """Where the node is served: Django behind a real socket."""
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def ask(address, path, **headers):
    wire = http.client.HTTPConnection(urlsplit(address).netloc)
    wire.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = wire.getresponse()
    data = answer.read()
    wire.close()
    return answer, data


def many(node, count):
    for at in range(count):
        node.desk(CITY, "duty-07").take_watch(f"desk-{at}")


def test_a_peer_audits_the_node_over_http_and_nothing_is_wrong(node, address):
    many(node, 4)
    report = audit(address, logs=[record_proof.verifier(node)])
    assert report.ok, report.to_text()
    assert report.entries == report.statements == node.log.size


def test_more_than_one_tile_is_served_as_the_format_says(node, address):
    many(node, 260)
    report = audit(address, logs=[record_proof.verifier(node)])
    assert report.ok, report.to_text()
    assert report.entries > 256


@pytest.mark.skipif(postgres_server.is_asked_for(), reason="the byte is flipped in the file of SQLite")
def test_a_byte_that_was_flipped_in_the_store_is_found_over_http(node, address):
    said = node.desk(CITY, "duty-07").take_watch("main")
    at = node.log.size - 1
    with sqlite3.connect(node.home / "log.db") as store:
        start, data = store.execute("select start, data from piece order by start desc limit 1").fetchone()
        flipped = bytes([*data[:60], data[60] ^ 1, *data[61:]])
        store.execute("update piece set data = ? where start = ?", (flipped, start))
    store.close()
    report = audit(address, logs=[record_proof.verifier(node)])
    assert start == at, "the last piece holds the last entry alone"
    assert {one.index for one in report.findings} >= {at}, f"{said} {report.to_text()}"


def test_a_peer_keeps_a_mirror_that_grows(node, address, tmp_path):
    keys = [record_proof.verifier(node)]
    first = mirror(address, tmp_path / "kept", vkeys=keys)
    many(node, 3)
    second = mirror(address, tmp_path / "kept", vkeys=keys)
    assert (first.size, second.size) == (node.log.size - 3, node.log.size)


def test_what_never_changes_may_be_kept_for_ever_and_is_not_sent_twice(node, address):
    size = Checkpoint.parse(SignedNote.parse(node.log.checkpoint).text).size
    answer, data = ask(address, f"/tile/entries/000.p/{size}")
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    again, nothing = ask(address, f"/tile/entries/000.p/{size}", If_None_Match=answer.headers["ETag"])
    assert (again.status, nothing) == (304, b"")
    assert data


def test_the_checkpoint_is_not_kept_for_long(address):
    answer, _ = ask(address, "/checkpoint")
    assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "tile/entries/000.p/255",  # wider than the log
        "tile/0/001",
        "tile/9/000",
        "tile/entries/..%2f..%2flog.key",
        "tile/00/000",
        "tile/0/000.p/0",
        "files/" + "0" * 64,
        "files/..%2flog.key",
        "files/log.key",
        "witness/add-checkpoint",
    ],
)
def test_what_is_not_promised_is_not_there(node, db, path):
    assert Client().get(f"/{path}").status_code == 404


def test_a_file_of_others_is_handed_out_as_bytes_and_never_as_a_page(node, db):
    digest = node.keep_file(b"<script>alert(1)</script>")
    for name in (digest, digest.removeprefix("sha256:")):
        answer = Client().get(f"/files/{name}")
        assert answer.content == b"<script>alert(1)</script>"
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_record_cannot_be_written_to(node, db):
    assert Client().post("/checkpoint").status_code == 405
