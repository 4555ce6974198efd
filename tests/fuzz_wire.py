"""What strangers may send over a network, as functions of bytes, as `fuzz_ledger` has the parsers of files.

A witness answers whatever is asked of it, and keeps nothing unless it cosigns; who asks a peer or a witness
gets an answer or a refusal of the family of errors. The bytes go over a real connection (a pair of sockets).
"""

from __future__ import annotations

import gzip
import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fuzz_ledger import refusals_only
from small_logs import LOG_KEY, OTHER_KEY, WITNESS_KEY, SmallLog

from riskshed.audit_copy import NoFiles, parted
from riskshed.audit_keys import parse_key_list
from riskshed.errors import InputFaults, LedgerError, MalformedError, RiskshedError
from riskshed.ledger import fetch
from riskshed.ledger.fetch import FetchError, HttpSource, Part
from riskshed.ledger.fork_proof import ForkProof
from riskshed.ledger.keys import encode_base64
from riskshed.ledger.merkle import HASH_BYTES, leaf_hash, leaf_hashes, range_hash
from riskshed.ledger.mirror_tiles import TrueTiles, first_entries, wrong_entries
from riskshed.ledger.note import SignedNote, sign_text
from riskshed.ledger.split_view import SplitView
from riskshed.ledger.tiles import bundles_of, encode_bundle, tiles_of
from riskshed.ledger.witness import SIZE_TYPE, Cosigner, Growth, Reply, origin_hash
from riskshed.ledger.witness_client import Witness
from riskshed.ledger.witness_http import WitnessServer, _Handler

SIZE = 5
LOG = SmallLog(300, size=9)
HTTP_BYTES_MAX = 2_048
"""More pipelined requests than fit here would fill the socket with replies that nobody takes."""
STATUSES = {200, 400, 403, 404, 409, 422}
HEAD = b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n"


@contextmanager
def witness(folder: Path) -> Iterator[Cosigner]:
    with Cosigner(folder, [WITNESS_KEY], [LOG_KEY.verifier], clock=lambda: 1e9) as opened:
        yield opened


class _Standing:
    """A witness that stands at `SIZE`, made anew after it has kept something: every input finds the same.

    Its server never runs; connections are taken one by one.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self.server: WitnessServer | None = None

    def __enter__(self) -> WitnessServer:
        if self.server is None:
            folder = self._open.enter_context(tempfile.TemporaryDirectory())
            opened = self._open.enter_context(witness(Path(folder)))
            first = Growth(0, (), LOG.checkpoint(SIZE))
            assert opened.add_checkpoint(first.to_bytes()).status == 200
            self.server = WitnessServer(opened, request_s_max=2.0)
            self._open.callback(self.server.server_close)
            self.kept = opened.checkpoint(origin_hash(LOG_KEY.name))
        return self.server

    def __exit__(self, *_: object) -> None:
        assert self.server is not None
        cosigner = self.server.cosigner
        if cosigner.checkpoint(origin_hash(LOG_KEY.name)) != self.kept or cosigner.split_views():
            self._open.close()
            self.server = None


def asked(body: bytes) -> Reply:
    """What the witness answers; it keeps nothing new unless it cosigns."""
    with STANDING as server:
        reply = server.cosigner.add_checkpoint(body)
        assert reply.status in STATUSES
        assert reply.status != 409 or (reply.content_type, reply.body) == (SIZE_TYPE, b"%d\n" % SIZE)
        kept = server.cosigner.checkpoint(origin_hash(LOG_KEY.name))
        assert reply.status == 200 or kept == STANDING.kept
        return reply


STANDING = _Standing()


def fuzz_growth(data: bytes) -> None:
    with refusals_only(MalformedError):
        assert Growth.parse(data).to_bytes() == data


def fuzz_witness(data: bytes) -> None:
    asked(data)


def fuzz_signed_growth(data: bytes) -> None:
    """A log that signs anything: old size, new size, root and proof are chosen freely, and signed."""
    old, size = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2))
    root, rest = data[4:36].ljust(HASH_BYTES, b"\0"), data[36:]
    proof = tuple(
        rest[at : at + HASH_BYTES].ljust(HASH_BYTES, b"\0") for at in range(0, len(rest), HASH_BYTES)
    )
    text = f"{LOG_KEY.name}\n{size}\n{encode_base64(root)}\n"
    note = SignedNote(text, (sign_text(text, LOG_KEY, "log"),))
    asked(Growth(old, proof, note).to_bytes())


def fuzz_http_request(data: bytes) -> None:
    """Bytes on a connection to a witness: each request is answered, and nothing is left to a traceback."""
    with STANDING as server, socket.create_connection(server.server_address[:2]) as near:
        far, address = server.get_request()
        with far:
            for one in (near, far):  # gone when closed: a port that waits could not be used again
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            near.sendall(data[:HTTP_BYTES_MAX])
            near.shutdown(socket.SHUT_WR)
            _Handler(far, address, server)
            far.shutdown(socket.SHUT_WR)
            answer = near.makefile("rb").read()
    assert not answer or answer.endswith(b"\n")


@contextmanager
def answering(data: bytes) -> Iterator[tuple[socket.socket, str]]:
    """A connection on which these bytes come back, and an address at which nobody listens."""
    near, far = socket.socketpair()
    with near, far, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        far.sendall(data[:60_000])
        far.shutdown(socket.SHUT_WR)
        yield near, f"http://127.0.0.1:{closed.getsockname()[1]}/log"


def fuzz_http_answer(data: bytes) -> None:
    """What a peer answers who is asked for a file: whole, from the first byte on, or from a later one."""
    start = data[0] % 3 if data else 0
    with answering(data[1:]) as (wire, url), refusals_only(FetchError):
        source = HttpSource(url, timeout_s=2.0)
        source._caller._connection.sock = wire
        part = source.get("tile/0/000", 4_096, start)
        assert part.start in (0, start)
        assert len(part.data) <= 4_096


def fuzz_witness_answer(data: bytes) -> None:
    """What a witness answers who is asked to cosign."""
    with answering(data) as (wire, url), refusals_only(LedgerError):
        client = Witness(url, WITNESS_KEY.verifier, timeout_s=2.0, clock=lambda: 1e9)
        client._caller._connection.sock = wire
        lines = client.add_checkpoint(LOG.checkpoint(SIZE), LOG.prove)
        assert {line.name for line in lines} == {WITNESS_KEY.name}


def fuzz_bundle(data: bytes) -> None:
    """A bundle that should hold three entries."""
    true = leaf_hashes(LOG.entries[:3])
    first = first_entries(data, 3)
    assert data.startswith(first)
    wrong = list(wrong_entries(data, true))
    assert bool(wrong) == (data != encode_bundle(LOG.entries[:3]))
    bundle = parted(data, "lengths do not come out")
    assert sum(map(len, bundle.entries)) <= len(data)


class _OneFileOther:
    """The files of the log in memory, one of them replaced."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.requests = self.bytes_received = 0

    def close(self) -> None:
        pass

    def get(self, path: str, bytes_max: int, start: int = 0) -> Part:
        if path not in self.files:
            raise FetchError("fetch.missing", f"there is no {path}", status=404)
        data = self.files[path][start : bytes_max + 1]
        if len(data) > bytes_max:
            raise FetchError("fetch.oversize", f"{path} is too large")
        return Part(start, data)


def files_of_log() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        LOG.write(Path(folder))
        found = (*tiles_of(LOG.size), *bundles_of(LOG.size))
        return {at.path: (Path(folder) / at.path).read_bytes() for at in found}


FILES = files_of_log()
PATHS = sorted(FILES)


def fuzz_true_tiles(data: bytes) -> None:
    """A source that has other bytes under one name: whatever is accepted is what the log has signed."""
    path = PATHS[data[0] % len(PATHS)] if data else PATHS[0]
    source = _OneFileOther({**FILES, path: data[1:]})
    root = range_hash(0, LOG.size, LOG.subtree_hash)
    with refusals_only(LedgerError):
        tiles = TrueTiles(source, NoFiles(), LOG.size, root)
        true = [leaf_hash(entry) for entry in LOG.entries]
        assert [*tiles.hashes(0, 0), *tiles.hashes(0, 1)] == true


def fuzz_split_view(data: bytes) -> None:
    with refusals_only(MalformedError):
        read = SplitView.parse(data)
        assert SplitView.parse(read.to_bytes()) == read
        with refusals_only(LedgerError):
            read.verify([LOG_KEY.verifier])


def fuzz_fork_proof(data: bytes) -> None:
    with refusals_only(MalformedError):
        read = ForkProof.parse(data)
        assert ForkProof.parse(read.to_bytes()) == read
        with refusals_only(LedgerError):
            read.verify([LOG_KEY.verifier])


def fuzz_key_list(data: bytes) -> None:
    with refusals_only(InputFaults):
        listed = parse_key_list(data)
        assert parse_key_list("\n".join(map(str, listed)).encode()) == listed


def fuzz_url(data: bytes) -> None:
    with refusals_only(RiskshedError):
        assert fetch.split_url(data.decode("utf-8", "replace")).hostname


def http(status: bytes, body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


def seeds() -> dict[str, list[bytes]]:
    """For each function, bytes that it accepts."""
    growth = Growth(SIZE, LOG.prove(SIZE, 9), LOG.checkpoint(9)).to_bytes()
    first = Growth(0, (), LOG.checkpoint(SIZE)).to_bytes()
    root = range_hash(0, 9, LOG.subtree_hash)
    signed = b"\0\5\0\x09" + root + b"".join(LOG.prove(SIZE, 9))
    moved = http(b"302 Found", b"", b"Location: /other")
    packed = http(b"200 OK", gzip.compress(b"abc"), b"Content-Encoding: gzip")
    ranged = http(b"206 Partial Content", b"bc", b"Content-Range: bytes 1-2/3")
    piece = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    with tempfile.TemporaryDirectory() as folder, witness(Path(folder)) as opened:
        cosigned = opened.add_checkpoint(first).body
    forked = SmallLog(key=LOG_KEY, size=9).grow(LOG.entries[:12]).forked(2)
    split = SplitView.of(LOG.checkpoint(9), forked.checkpoint(9))
    fork = ForkProof.of(LOG.checkpoint(9), forked.checkpoint(12), forked.subtree_hash)
    assert split is not None
    assert fork is not None
    keys = "\n".join(f"220200 log {key.verifier}" for key in (LOG_KEY, OTHER_KEY))
    get = b"GET /%s/checkpoint HTTP/1.1\r\n\r\n" % (b"0" * 64)
    return {
        "fuzz_growth": [growth, first],
        "fuzz_witness": [growth, first],
        "fuzz_signed_growth": [signed],
        "fuzz_http_request": [HEAD % len(first) + first, get + get],
        "fuzz_http_answer": [b"\0" + packed, b"\0" + moved, b"\1" + ranged, b"\0" + piece],
        "fuzz_witness_answer": [
            http(b"200 OK", cosigned),
            http(b"409 Conflict", b"3\n", b"Content-Type: " + SIZE_TYPE.encode()),
            http(b"422 Unprocessable", b"another root\n"),
        ],
        "fuzz_bundle": [encode_bundle(LOG.entries[:3])],
        "fuzz_true_tiles": [bytes([at]) + FILES[path] for at, path in enumerate(PATHS)],
        "fuzz_split_view": [split.to_bytes()],
        "fuzz_fork_proof": [fork.to_bytes()],
        "fuzz_key_list": [keys.encode(), b"# none\n"],
        "fuzz_url": [b"https://log.example:8443/a/b"],
    }


TARGETS: dict[str, Callable[[bytes], None]] = {
    name: act for name, act in globals().items() if name.startswith("fuzz_")
}
