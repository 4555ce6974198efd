"""The log of Shang, small and in memory, as a city would keep it; and places from which others may read it.

Every size that the log ever had can be shown again, so that a test can roll it back or fork it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from riskshed.ledger.keys import SigningKey
from riskshed.ledger.merkle import consistency_proof, leaf_hash, leaf_hashes, range_hash
from riskshed.ledger.note import Checkpoint, SignedNote, sign_checkpoint
from riskshed.ledger.tiles import TileTree, bundles_of, encode_bundle, fold, tile_path, tiles_of

ORIGIN = "shang.example/log"
LOG_KEY = SigningKey(ORIGIN, "log", b"\x01" * 32)
OTHER_KEY = SigningKey(ORIGIN, "log", b"\x02" * 32)
WITNESS_KEY = SigningKey("zhong.example/witness", "witness", b"\x03" * 32)
STATEMENT_BYTES = 430


def statement(index: int, size: int = STATEMENT_BYTES) -> bytes:
    return f"statement {index} ".encode().ljust(size, b".")


class SmallLog:
    """Entries and the key that signs them."""

    def __init__(self, count: int = 0, *, key: SigningKey = LOG_KEY, size: int = STATEMENT_BYTES) -> None:
        self.key = key
        self.entries = [statement(index, size) for index in range(count)]

    def grow(self, entries: Sequence[bytes]) -> SmallLog:
        self.entries += entries
        return self

    def forked(self, index: int) -> SmallLog:
        """The same log, with another entry at `index`."""
        other = SmallLog(key=self.key)
        other.entries = [*self.entries]
        other.entries[index] = b"nothing has happened"
        return other

    @property
    def size(self) -> int:
        return len(self.entries)

    def subtree_hash(self, level: int, index: int) -> bytes:
        return fold(leaf_hashes(self.entries[index << level : (index + 1) << level]))

    def checkpoint(self, size: int | None = None) -> SignedNote:
        size = self.size if size is None else size
        root = range_hash(0, size, self.subtree_hash)
        return sign_checkpoint(Checkpoint(self.key.name, size, root), self.key)

    def prove(self, old: int, new: int) -> tuple[bytes, ...]:
        return consistency_proof(old, new, self.subtree_hash) if old else ()

    def write(self, folder: Path, size: int | None = None) -> Path:
        """The log as static files, as it is at a size."""
        size = self.size if size is None else size
        tree = TileTree()
        for tile in tree.append([leaf_hash(entry) for entry in self.entries[:size]]):
            put(folder / tile_path(tile.level, tile.index), tile.hashes)
        for at in tiles_of(size, size):
            put(folder / at.path, tree.edge(at.level))
        for at in bundles_of(size):
            put(folder / at.path, encode_bundle(self.entries[at.index * 256 : at.index * 256 + at.width]))
        put(folder / "checkpoint", self.checkpoint(size).to_bytes())
        return folder


def put(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def files_of(folder: Path) -> dict[str, bytes]:
    """What a mirror serves: every file but its own."""
    found = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


class FileServer(ThreadingHTTPServer):
    """Static files over HTTP. Counts requests, and the bytes of bodies and of whole answers."""

    daemon_threads = True

    def __init__(self, folder: Path, *, ranges: bool) -> None:
        self.ranges = ranges
        self.requests = self.wire_bytes = 0
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        super().__init__(("127.0.0.1", 0), partial(_FileHandler, directory=str(folder)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _FileHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FileServer

    def do_GET(self) -> None:
        self.server.requests += 1
        if self.path in self.server.answers:
            self.answer(*self.server.answers[self.path])
            return
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            self.answer(404, {}, b"nothing here")
            return
        data, wanted = file.read_bytes(), self.headers.get("Range")
        if not self.server.ranges or wanted is None:
            self.answer(200, {}, data)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(data):
            self.answer(416, {}, b"")
        else:
            self.answer(206, {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}, data[start:])

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(*self.server.answers[self.path])

    def answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.server.wire_bytes += sum(map(len, self._headers_buffer)) + 2 + len(data)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path, *, ranges: bool = True) -> Iterator[FileServer]:
    with FileServer(folder, ranges=ranges) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
