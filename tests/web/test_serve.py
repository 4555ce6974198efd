"""The whole node as a process: it begins, answers, streams what is said, and ends as it is told to."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web.served import Listener
from web.test_asgi import WARNING

from riskshed.errors import InputError
from riskshed.web import environment, serve
from riskshed.web.profile import Profile

PROGRAM = """
import json, sys, threading
from riskshed.web import beginning, current, environment
given = environment.read()
beginning.prepare(given)
from riskshed.errors import RiskshedError
from riskshed.governance.draft import Draft
from riskshed.web import serve


class Speaker:
    '''Says something for each line that comes in, and answers with its place in the log.'''

    def start(self):
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        desk = current.node().desk("230100", "duty-07")
        for line in sys.stdin:
            desk.say(Draft("WarningIssued", "230100", None, None, json.loads(line)))
            print(f"said {current.node().log.size - 1}", flush=True)

    def stop(self):
        print("stopped", flush=True)


try:
    serve.run(given, tell=lambda line: print(line, flush=True), workers=lambda: [Speaker()])
except RiskshedError as error:
    print(error.code, flush=True)
    sys.exit(1)
print("ended", flush=True)
"""


class Process:
    """A node that runs by itself."""

    def __init__(self, home: Path, **more: str) -> None:
        self.port = free_port()
        given = {**os.environ, "RISKSHED_HOME": str(home), "RISKSHED_PORT": str(self.port), **more}
        given.pop("DJANGO_SETTINGS_MODULE", None)
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", PROGRAM]
        self.process = subprocess.Popen(command, env=given, text=True, stdin=pipe, stdout=pipe, stderr=pipe)

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ready(self) -> Process:
        line = self.line()
        assert line == f"riskshed: http://127.0.0.1:{self.port}/", self.process.communicate()
        return self

    def get(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        wire = http.client.HTTPConnection(*self.address, timeout=10.0)
        wire.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = wire.getresponse()
        return answer.status, answer.read()

    def end(self, how: int = signal.SIGTERM) -> tuple[int, float, str]:
        begin = time.monotonic()
        self.process.send_signal(how)
        told, _ = self.process.communicate(timeout=20.0)
        return self.process.returncode, time.monotonic() - begin, told


def free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_home, tmp_path / "node"))


@pytest.fixture
def running(home: Path) -> Iterator[Process]:
    process = Process(home).ready()
    yield process
    if process.process.poll() is None:
        process.process.kill()
        process.process.communicate()


def test_it_answers_and_ends_with_zero_when_it_is_told_to_stop(running: Process) -> None:
    assert running.get("/checkpoint")[0] == 200
    code, took_s, told = running.end()
    assert (code, told.split()) == (0, ["stopped", "ended"])
    assert took_s < 5.0


LEAVING = """
import atexit, threading, sys
from riskshed.web import beginning, environment
beginning.prepare(environment.read())
from riskshed.web import serve
atexit.register(print, "taken apart", flush=True)
if "busy" in sys.argv:
    threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
print("closed")
serve.leave()
print("left", flush=True)
"""


@pytest.mark.parametrize(
    ("how", "told"), [("busy", ["closed"]), ("idle", ["closed", "left", "taken", "apart"])]
)
def test_a_thread_at_work_does_not_see_the_interpreter_taken_apart(
    home: Path, how: str, told: list[str]
) -> None:
    given = {**os.environ, "RISKSHED_HOME": str(home)}
    given.pop("DJANGO_SETTINGS_MODULE", None)
    ended = subprocess.run(
        [sys.executable, "-c", LEAVING, how], env=given, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.split()) == (0, told), ended.stderr


def test_it_stops_in_time_with_open_streams_and_half_sent_requests(running: Process) -> None:
    listeners = [Listener(running.address) for _ in range(200)]
    half = socket.create_connection(running.address)
    half.sendall(b"POST /choose/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
    code, took_s, _ = running.end()
    assert (code, took_s < 15.0) == (0, True), took_s
    assert all(b"event: closing" in one.rest() for one in listeners)


def test_what_is_said_reaches_the_streams_and_stays_after_a_kill(running: Process, home: Path) -> None:
    listener = Listener(running.address)
    latest = int(listener.until(b'"latest":').decode() and listener.until(b"}").rstrip(b"}"))
    assert running.process.stdin is not None
    running.process.stdin.write(json.dumps(WARNING) + "\n")
    running.process.stdin.flush()
    place = int(running.line().split()[1])
    assert place > latest
    assert listener.indices(1) == [place]
    running.process.kill()
    running.process.communicate()
    begin = time.monotonic()
    again = Process(home).ready()
    assert again.get("/checkpoint")[0] == 200
    assert time.monotonic() - begin < 60.0, "seconds on a quiet machine; the bench says how many"
    resumed = Listener(again.address, headers={"Last-Event-ID": str(place - 1)})
    assert resumed.indices(1) == [place]
    assert again.end()[0] == 0


def test_an_upload_that_is_too_large_is_refused_before_any_page(home: Path) -> None:
    process = Process(home, RISKSHED_UPLOAD_MB="1").ready()
    status, told = process.get("/choose/", "POST", bytes(2**20 + 1))
    assert (status, json.loads(told)["code"]) == (413, "body.too_large")
    browser = {"Accept": "text/html,*/*;q=0.8", "Accept_Language": "en"}
    status, told = process.get("/choose/", "POST", bytes(2**20 + 1), **browser)
    assert status == 413
    assert b"at most 1 MB" in told
    process.end()


def test_a_demonstration_is_not_served_to_others(home: Path) -> None:
    process = Process(home, RISKSHED_HOST="0.0.0.0")
    assert process.line() == "serve.demo_public"
    assert process.process.wait(10.0) == 1
    process.process.communicate()


def test_a_port_that_is_taken_is_said(running: Process, home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home, tmp_path / "other", ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    other = Process(Path(copy), RISKSHED_PORT=str(running.port))
    assert other.line() == "serve.address"
    other.process.communicate()


@pytest.mark.parametrize("name", ["DEBUG", "AS_TEST"])
def test_nothing_that_harms_is_served_to_others(home: Path, name: str) -> None:
    text = (home / "node.toml").read_text("utf-8").replace("demo = true", "demo = false")
    (home / "node.toml").write_text(text, "utf-8")
    profile = Profile.read(home)
    code = {"DEBUG": "serve.debug_public", "AS_TEST": "serve.test_public"}[name]

    def given(**more: Any) -> environment.Environment:
        return environment.read({f"RISKSHED_{key}": value for key, value in more.items()})

    serve.refuse_harm(given(HOST="0.0.0.0"), profile)
    serve.refuse_harm(given(HOST="127.0.0.1", **{name: "yes"}), profile)
    with pytest.raises(InputError) as caught:
        serve.refuse_harm(given(HOST="0.0.0.0", **{name: "yes"}), profile)
    assert caught.value.code == code
    assert "RISKSHED_HOST" in caught.value.todo
