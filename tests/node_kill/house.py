"""What is done to the folder of a node while nobody serves it: it is founded, and it is judged.

python house.py found HOME HOOK      makes it, with tokens and hooks of bodies; prints them as JSON
python house.py judge HOME           what tables, files and log say of each other, as JSON
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.case import find
from riskshed.web import beginning, current, demo_case, demo_node, environment

beginning.set_up()

from django.contrib.auth import get_user_model

from riskshed.audit import audit
from riskshed.chain_runner import ChainRunner
from riskshed.exchange import readings
from riskshed.outbox import addressees
from riskshed.statement import Statement
from riskshed.web import (
    chain_worker,
    delivery_routes,
    intake,
    operations,
    projection,
    record_proof,
    tokens,
)
from riskshed.web.models import ReadingRow, Webhook
from riskshed.web.node import Node

START = datetime.fromisoformat("2005-11-20T22:00:00+08:00")
SPEED = 5.0
"""So fast does its clock run: forecasts are made again every two minutes."""
BASIN, HARBIN, JIAMUSI = "songhua-basin", "230100", "230800"
ROLES = ["analyst", "duty_officer"]
MEMBERS = 40


@dataclass
class Judged:
    """What was found; each list is empty where all is well."""

    rows: int = 0
    rows_not_handled: int = 0
    doubled_rows: list[str] = field(default_factory=list)
    readings_not_on_record: list[str] = field(default_factory=list)
    readings_twice_on_record: list[str] = field(default_factory=list)
    entries: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    still_owed: list[str] = field(default_factory=list)
    rows_unlike_the_log: list[int] = field(default_factory=list)
    audit: list[str] = field(default_factory=list)
    to_hooks: list[tuple[str, str]] = field(default_factory=list)
    """Bodies with a hook, and the ids of all of which each must have heard."""
    reports: dict[str, int] = field(default_factory=dict)
    """How often each field report is on the log, by its words."""
    ids: list[str] = field(default_factory=list)


def found(home: Path, hook: str) -> dict[str, dict[str, str]]:
    """Found the node of the Songhua case, with a hook for each of its bodies; returns tokens and hooks."""
    given = environment.read()
    demo_node.found_demo(home, find("songhua-2005"), start=START, speed=SPEED, database=given["DATABASE_URL"])
    beginning.prepare(given)
    with current.open_node() as node:
        for one in demo_case.logins("songhua-2005"):
            for role in one.roles:
                operations.add_person(node, one.user, one.body, role, one.officer, demo_node.PASSWORD)
        bodies = sorted(node.standing().bodies)
    admin = get_user_model().objects.get(username="admin")
    made = {body: tokens.make(body, "machine", ROLES, 30, admin)[1] for body in (BASIN, HARBIN, JIAMUSI)}
    hooks = {}
    for body in bodies:
        row = delivery_routes.add_webhook(body, f"{hook}/{body}", admin, private=True)
        hooks[str(delivery_routes.Route("hook", row.pk))] = body
    demo_node.start_clock(home, START, SPEED)
    return {"tokens": made, "hooks": hooks}


def judge() -> Judged:
    """Hold tables, files and log against each other."""
    beginning.prepare(environment.read())
    told = Judged()
    with current.open_node() as node:
        current.use(node)
        projection.catch_up(node)
        told.rows_unlike_the_log = projection.compare(node)
        report = audit(record_proof.LiveCopy(node, lambda *_: None), logs=[record_proof.verifier(node)])
        told.audit = [f"{one.code}: {one.what}" for one in report.findings]
        told.audit += [] if report.ok else ["the audit is not clean"]
        told.entries = node.log.size
        _judge_readings(node, told)
        _judge_statements(node, told)
        current.use(None)
    return told


def _judge_readings(node: Node, told: Judged) -> None:
    """Every reading is a row once, and what it says is on the record once.

    A long campaign sends the same of a place again under another name: that says nothing new.
    """
    rows = [intake.signal_of(one) for one in ReadingRow.objects.order_by("id")]
    names = Counter(one.client_id for one in rows)
    told.rows = names.total()
    told.rows_not_handled = ReadingRow.objects.filter(handled=False).count()
    told.doubled_rows = sorted(name for name, count in names.items() if count > 1)
    on_record: Counter[tuple[Any, ...]] = Counter()
    for _, said in node.statements(0):
        if said.kind == "ReadingsTaken" and said.has("file"):
            data = node.file(str(said.record("file")["digest"]))
            assert data is not None, "a file that a statement names is there"
            on_record.update((*one.about, *one.found) for one in readings.kept(data))
    told.readings_not_on_record = [one.client_id for one in rows if (*one.about, *one.found) not in on_record]
    told.readings_twice_on_record = [str(one) for one, count in on_record.items() if count > 1]


def _judge_statements(node: Node, told: Judged) -> None:
    """Nothing is said twice, and nothing is owed any more."""
    said = [one.statement for one in node.statements(0)]
    told.ids = [one.id for one in said]
    told.kinds = dict(Counter(one.kind for one in said).most_common())
    about: Counter[tuple[str, ...]] = Counter()
    for one in said:
        body = one.body or {}
        if one.kind == "NoticeSent":
            # A notice may be sent again when the forecast has changed, and for no other reason.
            cause = body.get("footprint") or body.get("evidence") or one.replies_to
            about[one.kind, one.by, str(one.about), str(body["to"]), str(cause)] += 1
        elif one.kind in ("NoticeAcknowledged", "NoticeAdopted"):
            about[one.kind, one.by, str(one.replies_to)] += 1
        elif one.kind == "IncidentOpened":
            # A late reading can show that it was there once before, and over: that is another incident.
            about[one.kind, str(body.get("hazard")), str(body["city"]), str(body.get("began"))] += 1
        elif one.kind == "FieldReportFiled":
            text = str(dict(body["what"]).get("en"))
            told.reports[text] = told.reports.get(text, 0) + 1
        elif one.kind == "FootprintIssued":
            about[one.kind, one.by, str(one.about), str(body["known_at"])] += 1
    told.doubled = sorted(" ".join(one) for one, count in about.items() if count > 1)
    bodies = Webhook.objects.values_list("body", flat=True)
    told.to_hooks = [(body, one) for body in bodies for one in _told_to(said, body)]
    rest, _ = intake.unhandled()
    runner = ChainRunner(chain_worker.lookout_of(node, MEMBERS))
    found = runner.run(_Standing(node), rest).said
    told.still_owed = [f"{node.seen(one).statement.kind} {one[:12]}" for one in found]


def _told_to(said: list[Statement], body: str) -> list[str]:
    """What the program of a body is told: what names it, what answers it, and what goes on with those."""
    by_id = {one.id: one for one in said}
    told: list[str] = []
    for one in said:  # in the order of the log: what goes on comes after what it goes on with
        former = by_id.get(one.replies_to or "")
        answers = former is not None and former.by == body and one.by != body
        goes_on = former is not None and former.by == one.by and former.id in told
        if body in addressees(one) or answers or goes_on:
            told.append(one.id)
    return told


class _Standing:
    """A node whose clock stands: what falls due while it is judged is not owed yet."""

    def __init__(self, node: Node) -> None:
        self._node, self._at = node, node.now()

    def now(self) -> datetime:
        return self._at

    def __getattr__(self, name: str) -> object:
        return getattr(self._node, name)


if __name__ == "__main__":
    if sys.argv[1] == "found":
        print(json.dumps(found(Path(sys.argv[2]), sys.argv[3])))
    else:
        print(json.dumps(asdict(judge())))
