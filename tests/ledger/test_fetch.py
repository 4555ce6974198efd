"""Asking others for bytes, and writing files: what must be bounded, and what must be whole."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_logs import served

from riskshed.ledger import durable
from riskshed.ledger.durable import KeptInDoubtError, NotKeptError, write_file
from riskshed.ledger.fetch import FetchError, FolderSource, HttpSource, split_url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(b"0123456789")
    return tmp_path


@contextmanager
def raw(*answers: bytes) -> Iterator[str]:
    """The address of a server that sends these bytes to one visitor, one for each request, and hangs up."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            for answer in answers:
                connection.recv(10_000)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def code_of(url: str, bytes_max: int = 100, start: int = 0) -> str:
    with pytest.raises(FetchError) as refused:
        HttpSource(url, timeout_s=2).get("file", bytes_max, start)
    return refused.value.code


@pytest.mark.parametrize("start", [0, 4])
def test_folder_and_server_answer_alike(folder: Path, start: int) -> None:
    with served(folder) as server:
        source = HttpSource(server.url)
        assert source.get("file", 10, start) == FolderSource(folder).get("file", 10, start)
        assert source.bytes_received == 10 - start
        source.close()


@pytest.mark.parametrize(
    ("path", "bytes_max", "start", "code"),
    [
        ("nothing", 10, 0, "fetch.missing"),
        ("file", 9, 0, "fetch.oversize"),
        ("file", 9, 3, "fetch.oversize"),
        ("file", 10, 10, "fetch.range"),
    ],
)
def test_folder_and_server_refuse_alike(
    folder: Path, path: str, bytes_max: int, start: int, code: str
) -> None:
    with served(folder) as server:
        for source in (HttpSource(server.url), FolderSource(folder)):
            with pytest.raises(FetchError) as refused:
                source.get(path, bytes_max, start)
            assert refused.value.code == code


NO_ADDRESSES = (
    "ftp://a/ http:// http:///x file:///a http://a:b@c/ http://a/?q http://a/#f http://a:99999/ http://a:0/"
)


@pytest.mark.parametrize(
    "url", [*NO_ADDRESSES.split(), "", "http://a\n/", "http://" + "a" * 3000, "a/log", "http://[::1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as refused:
        split_url(url)
    assert refused.value.code == "fetch.url"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "fetch.unreachable"),
        (b"no http at all\r\n\r\n", "fetch.unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", "fetch.truncated"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort", "fetch.unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "fetch.oversize"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000, "fetch.oversize"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Encoding: br\r\n\r\nx", "fetch.encoding"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nContent-Encoding: gzip\r\n\r\nnot gzip", "fetch.encoding"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "fetch.status"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: file:///a\r\nContent-Length: 0\r\n\r\n",
            "fetch.redirect",
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "fetch.unreachable"),
    ],
    ids=range(11),
)
def test_a_bad_answer_is_refused(answer: bytes, code: str) -> None:
    with raw(answer) as url:
        assert code_of(url) == code


@pytest.mark.parametrize("answer", [b"no http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200])
def test_a_bad_answer_on_a_connection_that_was_kept_open_is_refused(answer: bytes) -> None:
    with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", answer) as url:
        source = HttpSource(url, timeout_s=2)
        assert source.get("file", 10).data == b"x"
        with pytest.raises(FetchError) as refused:
            source.get("file", 10)
        assert refused.value.code == "fetch.unreachable"


@pytest.mark.parametrize("place", [b"http://[", b"/\xc3\xa9", b"/a b", b"//[::1", b"/a\x7f"])
def test_a_redirect_to_what_is_no_address_is_refused(place: bytes) -> None:
    with raw(b"HTTP/1.1 302 Found\r\nLocation: " + place + b"\r\nContent-Length: 0\r\n\r\n") as url:
        assert code_of(url) == "fetch.redirect"


@pytest.mark.parametrize("told", [b"bytes 3-9/10", b"bytes 4-8/10", b"bytes 4-9", b"", b"bytes */10"])
def test_another_range_than_was_asked_for_is_refused(told: bytes) -> None:
    head = b"HTTP/1.1 206 Partial\r\nContent-Length: 6\r\nContent-Range: "
    with raw(head + told + b"\r\n\r\n456789") as url:
        assert code_of(url, start=4) == "fetch.range"


def test_a_redirect_within_the_host_is_followed(folder: Path) -> None:
    with served(folder) as server:
        server.answers["/old"] = (301, {"Location": "/file"}, b"")
        assert HttpSource(server.url).get("old", 10).data == b"0123456789"
        server.answers["/round"] = (301, {"Location": "/round"}, b"")
        with pytest.raises(FetchError, match="redirects"):
            HttpSource(server.url).get("round", 10)


def test_a_long_page_about_an_error_is_still_that_error(folder: Path) -> None:
    with served(folder) as server:
        server.answers["/gone"] = (404, {}, b"<p>nothing here</p>" * 1_000)
        source = HttpSource(server.url)
        with pytest.raises(FetchError) as refused:
            source.get("gone", 10)
        assert refused.value.code == "fetch.missing"
        assert source.get("file", 10).data == b"0123456789"


def test_a_connection_that_was_closed_meanwhile_is_opened_again(folder: Path) -> None:
    with served(folder) as server:
        source = HttpSource(server.url)
        server.answers["/last"] = (200, {}, b"bye")
        assert source.get("file", 10).data == b"0123456789"
        source._caller._connection.sock.shutdown(socket.SHUT_RDWR)
        assert source.get("last", 10).data == b"bye"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    for data in (b"old", b"new and longer"):
        write_file(tmp_path / "a" / "b" / "file", data)
    assert [(file.name, file.read_bytes()) for file in tmp_path.rglob("f*")] == [("file", b"new and longer")]


@pytest.mark.parametrize(("broken", "error"), [("fsync", NotKeptError), ("open", KeptInDoubtError)])
def test_a_failed_write_says_whether_the_old_file_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    write_file(tmp_path / "file", b"old")
    with monkeypatch.context() as patch:
        # The bytes are flushed by fsync of the file; its name by opening the folder, and fsync of that.
        patch.setattr(durable.os, broken, fail)
        with pytest.raises(error):
            write_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == (b"old" if error is NotKeptError else b"new")
    assert not (tmp_path / "file.part").exists()
