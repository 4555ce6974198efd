"""What is done to the folder of a node while nobody serves it: it is founded, and it is judged.

python house.py found HOME HOOK      makes it, with tokens by body; prints them as JSON
python house.py judge HOME           what tables, files and log say of each other, as JSON
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from riskshed.case import find
from riskshed.web import beginning, current, demo_node, environment

beginning.set_up()

from django.contrib.auth import get_user_model

from riskshed.audit import audit
from riskshed.chain_runner import ChainRunner
from riskshed.exchange import readings
from riskshed.outbox import addressees
from riskshed.web import (
    chain_worker,
    delivery_routes,
    intake,
    operations,
    projection,
    record_proof,
    tokens,
)
from riskshed.web.models import ReadingRow
from riskshed.web.node import Node

START = datetime.fromisoformat("2005-11-20T22:00:00+08:00")
SPEED = 5.0
"""So fast does its clock run: forecasts are made again every two minutes."""
BASIN, HARBIN, JIAMUSI = demo_node.BASIN, "230100", "230800"
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
    to_harbin: list[str] = field(default_factory=list)
    """Ids of the notices of which the hook must have heard."""
    reports: dict[str, int] = field(default_factory=dict)
    """How often each field report is on the log, by its words."""
    ids: list[str] = field(default_factory=list)


def found(home: Path, hook: str) -> dict[str, str]:
    """Found the node of the Songhua case with a hook of Harbin; returns tokens by body."""
    demo_node.found_demo(home, find("songhua-2005"), start=START, speed=SPEED)
    beginning.prepare(environment.read())
    with current.open_node() as node:
        for one in demo_node.LOGINS:
            for role in one.roles:
                operations.add_person(node, one.user, one.body, role, one.officer, demo_node.PASSWORD)
    admin = get_user_model().objects.get(username="admin")
    made = {body: tokens.make(body, "machine", ROLES, 30, admin)[1] for body in (BASIN, HARBIN, JIAMUSI)}
    delivery_routes.add_webhook(HARBIN, hook, admin, private=True)
    demo_node.start_clock(home, START, SPEED)
    return made


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
    """Every reading is a row once and on the record once."""
    names = Counter(ReadingRow.objects.values_list("client_id", flat=True))
    told.rows = names.total()
    told.rows_not_handled = ReadingRow.objects.filter(handled=False).count()
    told.doubled_rows = sorted(name for name, count in names.items() if count > 1)
    on_record: Counter[str] = Counter()
    for _, said in node.statements(0):
        if said.kind == "ReadingsTaken" and said.has("file"):
            data = node.file(str(said.record("file")["digest"]))
            assert data is not None, "a file that a statement names is there"
            on_record.update(one.client_id for one in readings.kept(data))
    told.readings_not_on_record = sorted(names.keys() - on_record.keys())
    told.readings_twice_on_record = sorted(name for name, count in on_record.items() if count > 1)


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
            about[one.kind, str(body.get("hazard")), str(body.get("hazard_class"))] += 1
        elif one.kind == "FieldReportFiled":
            text = str(dict(body["what"]).get("en"))
            told.reports[text] = told.reports.get(text, 0) + 1
        elif one.kind == "FootprintIssued":
            about[one.kind, one.by, str(one.about), str(body["known_at"])] += 1
    told.doubled = sorted(" ".join(one) for one, count in about.items() if count > 1)
    told.to_harbin = [one.id for one in said if one.kind == "NoticeSent" and HARBIN in addressees(one)]
    rest, _ = intake.unhandled()
    runner = ChainRunner(chain_worker.lookout_of(node, MEMBERS))
    found = runner.run(_Standing(node), rest).said
    told.still_owed = [f"{node.seen(one).statement.kind} {one[:12]}" for one in found]


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
