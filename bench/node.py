"""The node, whole and running: from the arrival of a reading to everybody's page, and what it takes in.

A made-up basin of 100 cities, one below the other on a river, is served as `riskshed serve` serves it: log,
keys, standing orders, intake, chain, ensemble, streams. As many listeners as the file limit allows, 10,000 at
most, hold streams open; they are processes of their own that do nothing but read. Each round a reading over
its threshold is posted; a hundred notices to cities downstream and a warning to the public come of it. The
clock runs from before the post to the arrival of the last warning that came of it, at each listener: request,
commit, ensemble, decisions, signing, log, streams, network. All processes share the machine, and its clock.

Readings a second are counted by answers, and an answer comes when the reading is on the disk. The peer is
Django's own way to stream events, which is comparable for one part of the work: to hand an event to all who
listen. Both sides hand the same bytes to the same number of listeners, in turn.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PASSPHRASE = "a passphrase for the bench"
CITIES, SUBSCRIBERS, ROUNDS = 100, 10_000, 8
CROWDS = 2
FILES_KEPT = 512
PEER_SUBSCRIBERS, PEER_EVENTS = 2_000, 10
WARNING = "WarningIssued"
QUIET_S = 1.5
"""A round is over when nothing has come for so long."""
ROUND_S_MAX = 60.0

Progress = Callable[[str], None]


def run(progress: Progress | None = None, quick: bool = False) -> dict[str, Any]:
    """Measure, and say what was measured.

    Parameters
    ----------
    progress : callable, optional
        Called with a line of text before each part.
    quick : bool
        A small node and few listeners: for a test that it works, not for a figure.
    """
    tell = progress or (lambda _: None)
    cities, rounds = (12, 2) if quick else (CITIES, ROUNDS)
    subscribers = 200 if quick else possible(SUBSCRIBERS)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="riskshed-bench-") as name:
        folder = Path(name)
        tell(f"founding a node of {cities} cities")
        token = script("_basin.py", str(folder), str(cities), str(rounds)).strip()
        with Served(folder, token) as node:
            tell(f"{subscribers} listeners")
            delivered = deliveries(node, folder, subscribers, rounds, tell)
            tell("readings and pages")
            rates = measure_rates(node, 1.0 if quick else 6.0)
            rates |= {"rss_mb": node.rss_mb(), "started_s": node.started_s}
            stopped_s = node.stop()
        tell("Django's own streams")
        peer = fan_out(
            folder, 200 if quick else min(PEER_SUBSCRIBERS, subscribers), 3 if quick else PEER_EVENTS
        )
    return {
        "name": "node",
        "work": f"{cities} cities, {subscribers} event streams in {CROWDS} processes, {rounds} crossings",
        "unit": "s",
        "ours": delivered["delivered_p50_s"],
        **delivered,
        **rates,
        "stopped_s": stopped_s,
        **peer,
        "machine": {"load_before": load, "cpus": os.cpu_count(), "files": file_limit()},
    }


def file_limit() -> int:
    """How many files a process may open here."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def possible(wanted: int) -> int:
    """So many listeners as the file limit of the node's process allows."""
    return max(CROWDS, min(wanted, file_limit() - FILES_KEPT))


def script(name: str, *args: str) -> str:
    """Run a script beside this one, and return what it says."""
    command = [sys.executable, str(HERE / name), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])


class Served:
    """`riskshed serve`, as a process."""

    def __init__(self, folder: Path, token: str) -> None:
        self.port, self.token = free_port(), token
        given = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "RISKSHED_HOME": str(folder / "node"),
            "RISKSHED_PASSPHRASE": PASSPHRASE,
            "RISKSHED_PORT": str(self.port),
            "RISKSHED_STREAMS_PER_ADDRESS": "1000000",
        }
        given.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-c", "from riskshed.cli import main; main()", "serve"]
        self.log = (folder / "serve.log").open("wb")
        self.process = subprocess.Popen(command, env=given, stdout=self.log, stderr=self.log)
        begin = time.monotonic()
        until_s = begin + 120.0
        while self.request("GET", "/checkpoint")[0] != 200:
            assert self.process.poll() is None, (folder / "serve.log").read_text()
            assert time.monotonic() < until_s, "the node did not start"
            time.sleep(0.1)
        self.started_s = time.monotonic() - begin

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """One request on a connection of its own."""
        try:
            return asyncio.run(Line(self.port).ask(head(method, path, len(body), self.token) + body))
        except OSError:
            return 0, b""

    def log_size(self) -> int:
        """Entries in its log."""
        return int(self.request("GET", "/checkpoint")[1].split(b"\n")[1])

    def rss_mb(self) -> float:
        """What the process holds in memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return float(next(one for one in lines if one.startswith("VmRSS")).split()[1]) / 1024

    def stop(self) -> float:
        """Tell it to stop; how long it took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30.0) == 0, "it did not end with 0"
        return time.monotonic() - begin


# ---------------------------------------------------------------------------------------- over HTTP


def head(method: str, path: str, length: int, token: str) -> bytes:
    """The head of a request of JSON with a token."""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


class Line:
    """A kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request, and read its answer."""
        if self._wire is None:
            self._wire = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._wire
        writer.write(request)
        raw = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(raw.split(b" ", 2)[1])
        length = raw.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length:
            return status, await reader.readexactly(int(length))
        return status, await reader.read()


def reading(quantity: str, at: datetime, value: float, *, place: str = "gauge-1") -> dict[str, str]:
    """One reading of a flow."""
    return {
        "place": place, "hazard_class": "natural_disaster", "quantity": quantity, "unit": "m3/s",
        "time": at.isoformat(timespec="seconds"), "kind": "observed", "value": str(value), "source": "bench",
    }  # fmt: skip


# ------------------------------------------------------------------------------ from reading to page


class Watcher:
    """One more listener, which understands what comes: the kind of each event that is for the public."""

    def __init__(self, port: int) -> None:
        self.kinds: dict[int, str] = {}
        self.last_s = time.monotonic()
        self._plug = socket.create_connection(("127.0.0.1", port), timeout=300.0)
        self._plug.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self._file = self._plug.makefile("rb")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            for line in self._file:
                if line.startswith(b"data: ") and b'"kind"' in line:
                    data = json.loads(line[6:])
                    self.kinds[data["index"]] = data["kind"]
                    self.last_s = time.monotonic()

    def settle(self, since: int) -> list[int]:
        """Wait until a warning has come and nothing follows any more; the entries after `since`."""
        until_s = time.monotonic() + ROUND_S_MAX
        while time.monotonic() < until_s:
            fresh = sorted(index for index in list(self.kinds) if index > since)
            has_warning = any(self.kinds[index] == WARNING for index in fresh)
            if has_warning and time.monotonic() - self.last_s > QUIET_S:
                return fresh
            time.sleep(0.02)
        raise AssertionError(f"no warning came within {ROUND_S_MAX} s")

    def close(self) -> None:
        """Hang up."""
        self._plug.close()


@contextmanager
def crowds(port: int, count: int, folder: Path, path: str = "/events"):  # type: ignore[no-untyped-def]
    """Processes of listeners; they write down when each event came."""
    folder.mkdir()
    share = [count // CROWDS + (at < count % CROWDS) for at in range(CROWDS)]
    command = [sys.executable, str(HERE / "_crowd.py"), "127.0.0.1", str(port)]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen([*command, str(one), path, str(folder)], stdin=pipe, stdout=pipe, text=True)
        for one in share
    ]
    try:
        ready = [int(one.stdout.readline().split()[1]) for one in running if one.stdout]
        assert sum(ready) == count, f"{sum(ready)} of {count} listen"
        yield
    finally:
        for one in running:
            one.communicate(timeout=60.0)


def times_of(folder: Path, index: int) -> list[float]:
    """When an event was with each listener."""
    found = array("d")
    path = folder / f"{index}.f64"
    if path.is_file():
        found.frombytes(path.read_bytes())
    return list(found)


def deliveries(node: Served, folder: Path, subscribers: int, rounds: int, tell: Progress) -> dict[str, Any]:
    """Cross a threshold in each round, and see when the last warning of the round is with everybody."""
    begun: list[tuple[float, list[int]]] = []
    size = node.log_size()
    with crowds(node.port, subscribers, folder / "crowd"):
        watcher = Watcher(node.port)
        time.sleep(1.0)
        for at in range(rounds):
            since = max(watcher.kinds, default=-1)
            one = {**reading(f"flow-{at}", datetime.now(UTC), 2_000.0), "hazard": f"flood-{at}"}
            begin = time.monotonic()
            status, told = node.request("POST", "/api/v1/readings", json.dumps(one).encode())
            assert status == 201, told
            begun.append((begin, watcher.settle(since)))
            tell(f"round {at + 1} of {rounds}")
        watcher.close()
    delays: list[float] = []
    complete = True
    for begin, indices in begun:
        warnings = [index for index in indices if watcher.kinds[index] == WARNING]
        last = times_of(folder / "crowd", warnings[-1])
        complete &= all(len(times_of(folder / "crowd", index)) == subscribers for index in indices)
        delays += [one - begin for one in last]
    delays.sort()
    return {
        "subscribers": subscribers,
        "rounds": rounds,
        "statements_per_round": (node.log_size() - size) / rounds,
        "delivered_p50_s": delays[len(delays) // 2],
        "delivered_p99_s": delays[len(delays) * 99 // 100],
        "delivered_max_s": delays[-1],
        "every_event_reached_everybody": complete,
    }


# --------------------------------------------------------------------------------------------- rates


async def _answers(port: int, request: Callable[[int], bytes], lines: int, for_s: float, good: int) -> float:
    """Answers a second, of so many connections that each wait for theirs."""
    until_s = time.monotonic() + for_s
    done = number = 0

    async def work() -> None:
        nonlocal done, number
        line = Line(port)
        while time.monotonic() < until_s:
            number += 1
            status, told = await line.ask(request(number))
            assert status == good, (status, told[:500])
            done += 1

    begin = time.monotonic()
    await asyncio.gather(*(work() for _ in range(lines)))
    return done / (time.monotonic() - begin)


def measure_rates(node: Served, for_s: float) -> dict[str, float]:
    """What the node takes in and gives out. All readings are new, and below every threshold."""
    origin = datetime.now(UTC) - timedelta(days=20)
    batch = 1_000

    def post(path: str, body: object) -> bytes:
        content = json.dumps(body).encode()
        return head("POST", path, len(content), node.token) + content

    def single(number: int) -> bytes:
        return post("/api/v1/readings", reading("flow-0", origin + timedelta(seconds=number), 1.0))

    def many(number: int) -> bytes:
        first = origin + timedelta(days=2, seconds=number * batch)
        rows = [reading("flow-0", first + timedelta(seconds=at), 1.0, place="gauge-2") for at in range(batch)]
        return post("/api/v1/readings/batch", {"readings": rows})

    def page(_: int) -> bytes:
        return head("GET", "/public/", 0, node.token)

    def measured(request: Callable[[int], bytes], lines: int, good: int) -> float:
        return asyncio.run(_answers(node.port, request, lines, for_s, good))

    return {
        "readings_single_per_s": measured(single, 64, 201),
        "readings_batched_per_s": batch * measured(many, 4, 201),
        "readings_batch": float(batch),
        "pages_per_s": measured(page, 8, 200),
    }


# ---------------------------------------------------------------------------------------------- peer


def fan_out(folder: Path, subscribers: int, events: int) -> dict[str, Any]:
    """Ours and Django's own way in turn: one event to all who listen."""
    found = {which: _hand_out(which, folder / which, subscribers, events) for which in ("ours", "django")}
    ours, django = found["ours"], found["django"]
    peer = {
        "name": "Django ASGI, StreamingHttpResponse, a queue for each listener",
        "version": version("django"),
        "value": django["p99_s"],
        "ratio": django["p99_s"] / ours["p99_s"],
        "ratio_by_cpu": django["cpu_s"] / ours["cpu_s"],
        "ratio_by_memory": django["mb"] / ours["mb"],
    }
    return {
        "fan_out": {"subscribers": subscribers, "events": events, **ours},
        "peers": [peer],
        "agreement": {
            "all events reach all, ours": ours["all"],
            "all events reach all, Django": django["all"],
        },
    }


def _hand_out(which: str, folder: Path, subscribers: int, events: int) -> dict[str, Any]:
    port, pipe = free_port(), subprocess.PIPE
    command = [sys.executable, str(HERE / "_peer.py"), which, str(port)]
    server = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        _wait_for(port)
        empty_mb = _rss_mb(server.pid)
        begun = []
        with crowds(port, subscribers, folder):
            full_mb = _rss_mb(server.pid)
            cpu_s = _cpu_s(server.pid)
            for number in range(events):
                server.stdin.write(f"{number}\n")
                server.stdin.flush()
                begun.append(float(json.loads(server.stdout.readline())))
                time.sleep(max(0.3, subscribers / 2_000))
            cpu_s = _cpu_s(server.pid) - cpu_s
        got = [times_of(folder, number) for number in range(events)]
    finally:
        server.kill()
        server.communicate()
        shutil.rmtree(folder, ignore_errors=True)
    delays = sorted(one - begin for begin, times in zip(begun, got, strict=True) for one in times)
    return {
        "p50_s": _at(delays, 50),
        "p99_s": _at(delays, 99),
        "cpu_s": cpu_s / events,
        "mb": full_mb - empty_mb,
        "all": all(len(times) == subscribers for times in got),
    }


def _at(values: Sequence[float], percent: int) -> float:
    return values[len(values) * percent // 100]


def _wait_for(port: int) -> None:
    until_s = time.monotonic() + 60.0
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < until_s, "the server did not start"
            time.sleep(0.1)
        else:
            return


def _rss_mb(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return float(next(one for one in lines if one.startswith("VmRSS")).split()[1]) / 1024


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
