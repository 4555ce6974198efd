"""What happens to a node whose disk is full or whose tables are locked: it says so, and loses nothing.

One node of its own lives on a disk of a few megabytes. What was answered is kept by the test, and at the end
its files are held against it.
"""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from node_kill.lives import Served, waiting_in

BASIN, HARBIN = "songhua-basin", "230100"
DISK = "32m"
FIRST = datetime.fromisoformat("2005-11-20T12:00:00+08:00")
HELD_S = 6.5
"""Longer than a writer waits for a lock."""
WITHIN_S = 40.0
SAID = (200, 201)


class Sender:
    """Sends to a node, and keeps what was answered."""

    def __init__(self, served: Served, tokens: dict[str, str]) -> None:
        self.served, self._tokens = served, tokens
        self.readings: list[str] = []
        self.reports: list[str] = []

    def post(self, path: str, body: str, told: Any, key: str = "") -> tuple[int, str, Any]:
        """Status, type and content of the answer."""
        headers = {"Authorization": f"Bearer {self._tokens[body]}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        with closing(http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=30)) as door:
            door.request("POST", path, json.dumps(told), headers)
            answer = door.getresponse()
            return answer.status, answer.headers["Content-Type"], json.loads(answer.read())

    def read(self, name: str, count: int = 1) -> tuple[int, str, Any]:
        """Hand in readings, all or none."""
        row = {"place": "fujin", "hazard_class": "accident", "hazard": "nitrobenzene", "unit": "mg/L",
               "quantity": "nitrobenzene", "kind": "not_detected",
               "value": None, "source": "a gauge"}  # fmt: skip
        # Two readings of one place and time are one to the chain: each has a time of its own.
        first_s = 200 * int("".join(filter(str.isdigit, name)) or 99)
        rows = [
            row
            | {
                "client_id": f"{name}-{number}",
                "time": (FIRST + timedelta(seconds=first_s + number)).isoformat(),
            }
            for number in range(count)
        ]
        answer = self.post("/api/v1/readings/batch", BASIN, {"readings": rows})
        if answer[0] in SAID:
            self.readings += [str(one["client_id"]) for one in rows]
        return answer

    def report(self, text: str) -> tuple[int, str, Any]:
        """File a field report, under a key of its own words."""
        told = {"what": {"zh": f"报告：{text}", "en": text}, "seen_at": "2005-11-20T20:00:00+08:00"}
        answer = self.post("/api/v1/field-reports", HARBIN, told, f"key-{text.replace(' ', '-')}")
        if answer[0] in SAID:
            self.reports.append(text)
        return answer

    def health(self) -> tuple[int, dict[str, bool]]:
        status, content = self.served.get("/health")
        return status, json.loads(content)


@contextmanager
def sending(served: Served) -> Iterator[Sender]:
    """Found and start a node, and close it in the end."""
    try:
        tokens = served.house("found", str(served.home), "http://127.0.0.1:9/hook")["tokens"]
        served.start()
        yield Sender(served, tokens)
    finally:
        served.close()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk that is soon full."""
    place = tmp_path_factory.mktemp("small") / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can be mounted by root only")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(scope="module")
def sender(disk: Path) -> Iterator[Sender]:
    with sending(Served(disk / "node")) as made:
        yield made


def until(is_so: Any, what: str) -> None:
    """Wait for something that the node does by itself."""
    end_s = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < end_s, f"{what} did not come"
        time.sleep(0.3)


def fill(path: Path) -> None:
    """Leave no byte on a disk."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def is_plain_refusal(answer: tuple[int, str, Any]) -> bool:
    """503, with a problem that has a code and says what is wrong."""
    status, kind, told = answer
    return status == 503 and kind.startswith("application/problem+json") and bool(told["code"])


def test_a_full_disk_is_said_and_when_there_is_room_the_node_goes_on_by_itself(
    sender: Sender, disk: Path, request: pytest.FixtureRequest
) -> None:
    assert sender.health()[0] == 200
    fill(disk / "ballast")
    request.addfinalizer(lambda: (disk / "ballast").unlink(missing_ok=True))
    readings = [sender.read(f"full{number}", 200) for number in range(12)]
    reports = [sender.report(f"full {number}") for number in range(6)]
    assert {one[0] for one in readings + reports} <= {*SAID, 503}
    assert is_plain_refusal(readings[-1]), readings[-1]
    assert is_plain_refusal(reports[-1]), reports[-1]
    assert sender.served.get("/public/")[0] == 200
    status, told = sender.health()
    assert (status, told["disk"]) == (503, False)
    (disk / "ballast").unlink()
    # What was refused is sent again under the same names: nothing of it was kept, nothing comes twice.
    until(lambda: sender.report("full 5")[0] in SAID, "a report after there was room")
    until(lambda: sender.read("full11", 200)[0] in SAID, "readings after there was room")
    until(lambda: sender.health()[0] == 200, "health")


def test_while_another_process_holds_the_tables_answers_wait_or_say_so(sender: Sender) -> None:
    answers: list[tuple[int, str, Any]] = []
    with closing(sqlite3.connect(sender.served.home / "node.db", isolation_level=None)) as other:
        until_free = time.monotonic() + HELD_S
        other.execute("PRAGMA busy_timeout=5000")
        other.execute("BEGIN EXCLUSIVE")
        works = [threading.Thread(target=lambda: answers.append(sender.read("locked"))),
                 threading.Thread(target=lambda: answers.append(sender.report("locked")))]  # fmt: skip
        for one in works:
            one.start()
        assert sender.served.get("/public/")[0] == 200
        time.sleep(max(0.0, until_free - time.monotonic()))
        other.execute("ROLLBACK")
    for one in works:
        one.join(30)
    assert len(answers) == 2
    assert all(one[0] in SAID or is_plain_refusal(one) for one in answers), answers
    until(lambda: sender.read("locked")[0] in SAID, "the reading")
    until(lambda: sender.report("locked")[0] in SAID, "the report")
    assert sender.health()[0] == 200


def test_whatever_was_answered_is_there_once_afterwards(sender: Sender) -> None:
    served = sender.served
    until(lambda: not waiting_in(served.home / "node.db"), "the chain")
    assert served.stop() == 0, served.told[-2000:]
    found = served.house("judge")
    for name in ("doubled", "doubled_rows", "readings_twice_on_record", "readings_not_on_record", "audit"):
        assert found[name] == [], name
    assert found["rows_unlike_the_log"] == []
    assert found["rows"] == len(set(sender.readings)) > 0
    assert found["reports"] == dict.fromkeys(sender.reports, 1)
