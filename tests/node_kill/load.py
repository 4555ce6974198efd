"""Those who work with a node that dies all the time: they send until they are told that it was taken.

A sender is sure of nothing but an answer. Where none comes it sends the same again, under the same name, for
as long as it takes, as a gauge does and as an officer presses the button again.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

AGAIN_S = 0.05
FAILED_MAX = 20
PLACES = ("zhaoyuan", "sifangtai", "zhushuntun", "bayan", "tonghe", "yilan", "jiamusi", "fujin")
FIRST = datetime.fromisoformat("2005-11-20T20:00:00+08:00")


@dataclass
class Answered:
    """What was answered to the senders: what they may rely upon. Any thread may write to it."""

    readings: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    tries: int = 0
    failed: list[str] = field(default_factory=list)
    """Answers that nobody should get."""
    guard: threading.Lock = field(default_factory=threading.Lock)


class Crowd:
    """Senders, each in a thread.

    Parameters
    ----------
    port : int
        Of the node.
    tokens : mapping
        Of the bodies.
    bodies : tuple of str
        The coordination body, which sends readings, and those that answer notices.
    """

    def __init__(self, port: int, tokens: dict[str, str], bodies: tuple[str, ...], seed: int) -> None:
        self.answered = Answered()
        self._port, self._tokens, self._bodies = port, tokens, bodies
        self._draw = random.Random(seed)
        self._number = itertools.count()
        self._ending, self._pause = threading.Event(), 0.01
        works = [self._send_one, self._send_one, self._send_many, self._file_reports, self._answer_notices]
        self._threads = [threading.Thread(target=one, daemon=True) for one in works]
        for one in self._threads:
            one.start()

    def end(self, within_s: float) -> None:
        """Begin nothing more, and wait until everything that was begun is answered."""
        self._ending.set()
        for one in self._threads:
            one.join(within_s)
        assert not any(one.is_alive() for one in self._threads), "somebody was never answered"

    # ------------------------------------------------------------------------------------------- what is sent

    def _readings(self, prefix: str, count: int) -> list[dict[str, Any]]:
        rows = []
        for _ in range(count):
            number = next(self._number)
            found = self._draw.random() < 0.02
            rows.append(
                {
                    "place": self._draw.choice(PLACES[:2] if found else PLACES),
                    "hazard_class": "accident",
                    "hazard": "nitrobenzene",
                    "quantity": "nitrobenzene",
                    "unit": "mg/L",
                    "time": (FIRST + timedelta(milliseconds=100 * number)).isoformat(),
                    "kind": "observed" if found else "not_detected",
                    "value": f"0.{self._draw.randint(18, 60):04d}" if found else None,
                    "source": "a gauge of the campaign",
                    "client_id": f"{prefix}-{number}",
                }
            )
        return rows

    def _send_one(self) -> None:
        while not self._ending.wait(self._pause):
            row = self._readings("one", 1)[0]
            self._until_taken("/api/v1/readings", row, self._bodies[0])
            with self.answered.guard:
                self.answered.readings.append(row["client_id"])

    def _send_many(self) -> None:
        while not self._ending.wait(5 * self._pause):
            rows = self._readings("many", self._draw.randint(2, 40))
            self._until_taken("/api/v1/readings/batch", {"readings": rows}, self._bodies[0])
            with self.answered.guard:
                self.answered.readings += [one["client_id"] for one in rows]

    def _file_reports(self) -> None:
        for number in itertools.count():
            if self._ending.wait(20 * self._pause):
                return
            text = f"report {number}: the water smells of almonds"
            told = {
                "what": {"zh": f"第{number}份报告：江水有杏仁味", "en": text},
                "seen_at": (FIRST + timedelta(seconds=number)).isoformat(),
            }
            answer = self._until_taken("/api/v1/field-reports", told, self._bodies[1], f"report-{number}")
            with self.answered.guard:
                self.answered.reports.append(text)
                self.answered.statements.append(answer["id"])

    def _answer_notices(self) -> None:
        """Acknowledge what has come, then adopt it."""
        done: set[tuple[str, str]] = set()
        while not self._ending.wait(10 * self._pause):
            for body in self._bodies[1:]:
                for notice, act in self._open_notices(body, done):
                    key = f"{act}-{body}-{notice[:20]}"
                    answer = self._until_taken(f"/api/v1/notices/{notice}/{act}", {}, body, key)
                    done.add((body, f"{act} {notice}"))
                    if answer:
                        with self.answered.guard:
                            self.answered.statements.append(answer["id"])

    def _open_notices(self, body: str, done: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        status, content = self._ask("GET", "/api/v1/notices?limit=100", None, body, None)
        if status != 200:
            return
        for one in content["items"][:4]:
            for act in ("acknowledge", "adopt"):
                if (body, f"{act} {one['id']}") not in done:
                    yield one["id"], act

    # ----------------------------------------------------------------------------------------- how it is sent

    def _until_taken(self, path: str, content: Any, body: str, key: str | None = None) -> dict[str, Any]:
        while True:
            status, answer = self._ask("POST", path, content, body, key)
            with self.answered.guard:
                self.answered.tries += 1
            if status in (200, 201):
                return dict(answer)
            if status == 409 and key is not None:  # another notice took its place meanwhile
                return {}
            if status not in (0, 503):
                with self.answered.guard:
                    if len(self.answered.failed) < FAILED_MAX:
                        self.answered.failed.append(f"{path}: {status} {str(answer)[:300]}")
                return {}
            time.sleep(AGAIN_S)

    def _ask(self, method: str, path: str, content: Any, body: str, key: str | None) -> tuple[int, Any]:
        """Status and content; 0 where the answer did not come whole."""
        headers = {"Authorization": f"Bearer {self._tokens[body]}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        data = None if content is None else json.dumps(content)
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as door:
            try:
                door.request(method, path, data, headers)
                answer = door.getresponse()
                return answer.status, json.loads(answer.read() or b"null")
            except (OSError, http.client.HTTPException, ValueError):
                return 0, None
