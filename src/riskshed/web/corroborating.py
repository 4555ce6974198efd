"""What bears a field report out, worked out of what this node has on record, and told in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from riskshed.errors import InputFaults
from riskshed.exchange import readings
from riskshed.exchange.wording import Text
from riskshed.governance import corroboration
from riskshed.governance.corroboration import AFTER, BEFORE, Corroboration, Evidence
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import FieldReportStanding
from riskshed.measured import Measured
from riskshed.signals import Signal
from riskshed.statement import Statement
from riskshed.web import wording
from riskshed.web.node import Node
from riskshed.web.wording import say

FILES_KEPT = 256
GRADES: Mapping[str, Text] = {
    "uncorroborated": Text("尚无佐证", "not borne out"),
    "partly": Text("部分佐证", "borne out in part"),
    "corroborated": Text("有佐证", "borne out"),
    "contradicted": Text("与现有证据相反", "spoken against"),
}


def of(node: Node, standing: Standing, report: FieldReportStanding) -> Corroboration:
    """How far a report is borne out by the statements, readings and forecasts on record."""
    return of_all(node, standing, [report])[report.id]


def of_all(
    node: Node, standing: Standing, reports: Iterable[FieldReportStanding]
) -> dict[str, Corroboration]:
    """The same of several reports, by their ids."""
    limits = node.thresholds
    cities = limits.stations.cities
    batches = [
        seen.statement
        for seen in standing.statements.values()
        if seen.statement.kind == "ReadingsTaken"
        and seen.statement.body is not None
        and seen.statement.has("file")
        and seen.statement.id not in standing.set_aside
    ]
    found = {}
    for one in reports:
        sights = corroboration.sights_near(one, cities, limits, _taken(node, batches, one))
        found[one.id] = corroboration.corroborate(standing, one, cities=cities, sights=sights)
    return found


def _taken(node: Node, batches: Iterable[Statement], report: FieldReportStanding) -> Measured:
    """The readings on record about the time of a report, by the statements that put them there."""
    since, until = report.seen_at - BEFORE, report.seen_at + AFTER
    found = Measured()
    for said in batches:
        if said.time("starts") <= until and since <= said.time("ends"):
            found.add(said.id, _signals(node, str(said.record("file")["digest"])))
    return found


@lru_cache(FILES_KEPT)
def _signals(node: Node, digest: str) -> tuple[Signal, ...]:
    """The readings of a file; none where it is of another make, or not here."""
    data = node.file(digest)
    if data is None:
        return ()
    try:
        return tuple(readings.kept(data, where=digest))
    except InputFaults:
        return ()


# ------------------------------------------------------------------------------------------------ in words


def row(found: Corroboration) -> dict[str, Any]:
    """As a page shows it: the grade in words, and each piece with its side, words, place, time and proof."""
    return {
        "grade": found.grade,
        "grade_words": GRADES[found.grade].said(wording.tongue()),
        "evidence": [
            {"words": _words(one), "is_for": one.side == "for", "counts": one.points > 0, "piece": one}
            for one in found.evidence
        ],
    }


def _words(one: Evidence) -> str:
    if one.sort == "word":
        return say("值班员的报告", "the report of an officer")
    if one.sort == "reading":
        over = (
            say("超过阈值", "over a threshold")
            if one.side == "for"
            else say("未超阈值", "under its threshold")
        )
        return say(f"监测：{one.what} {over}", f"readings: {one.what} {over}")
    if one.sort == "footprint":
        reaches = say("届时到达本市", "reaches the city about then")
        told = reaches if one.side == "for" else say("不到达本市", "does not reach the city")
        return say(f"预报：{told}", f"forecast: {told}")
    told = say("另一来源的报告", "a report from another origin")
    return (
        told
        if one.points
        else say(f"{told}（其报告多次失实，不计）", f"{told} (was wrong before: not counted)")
    )
