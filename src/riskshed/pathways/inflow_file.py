"""The file of a flood: what comes into which reach, hour by hour, and how well that is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults
from riskshed.pathways.river import Inflow
from riskshed.pathways.toml_block import Block, Keys, Lines, Manner
from riskshed.tables import read_toml

HEAD_KEYS: Keys = (
    ("origin", "time with offset", "Beginning of the first interval."),
    ("issued", "time with offset", "Optional: when it was issued; without it, the origin."),
    ("known_at", "time with offset", "Optional: the latest thing it knows of; without it, when issued."),
    ("step_h", "number, 0.01 to 1e3", "Hours of an interval."),
    ("dt_s", "number, 1 to 1e5", "Optional: seconds of a routing step; without it, 900."),
    ("inflow_log_sd", "number, 0 to 5", "Deviation of the logarithm of a factor on all inflows."),
    ("travel_log_sd", "number, 0 to 5", "Deviation of the logarithm of a factor on all travel times."),
    ("source", "text", "Where this is from, or why it is supposed."),
)
INFLOW_KEYS: Keys = (
    ("reach", "whole number", "Id of the reach into which it flows."),
    ("flow_m3_s", "list of numbers, 0 to 1e7", "Flow in each interval; the last one holds on."),
)
MANNER = Manner("inflow.bad_value", "docs/guide/flood.md")


def read(path: Path) -> Inflow:
    """Read the inflow of a flood from a TOML file.

    Raises
    ------
    InputFaults
        ``inflow.faults`` with every fault.
    """
    faults: list[Fault] = []
    raw = read_toml(path, faults)
    inflow = None if raw is None else _inflow(path, raw, faults)
    if faults or inflow is None:
        raise InputFaults("inflow.faults", f"the flood {path} cannot be used", faults)
    return inflow


def _inflow(path: Path, raw: Any, faults: list[Fault]) -> Inflow | None:
    lines = Lines(path)
    head = Block(raw, "", lines.head(), lines, faults, MANNER)
    head.only(HEAD_KEYS, more=("inflow",))
    origin = head.time("origin")
    issued = head.time("issued") if "issued" in head.raw else origin
    known_at = head.time("known_at") if "known_at" in head.raw else issued
    step_h, dt_s = head.number("step_h", 0.01, 1e3), head.number("dt_s", 1.0, 1e5, 900.0)
    if known_at > issued:
        head.fault("known_at", known_at, "a time not after the one of issue")
    steps = step_h * 3600.0 / dt_s
    if abs(steps - round(steps)) > 1e-9 * steps:
        head.fault("dt_s", dt_s, "a whole number of routing steps in each interval")
    logs = [head.number(key, 0.0, 5.0) for key in ("inflow_log_sd", "travel_log_sd")]
    source = head.text("source")
    flows = _flows(head)
    if faults:
        return None
    return Inflow(
        origin=origin, issued=issued, known_at=known_at, step_s=step_h * 3600.0, flow_m3_s=flows, dt_s=dt_s,
        inflow_log_sd=logs[0], travel_log_sd=logs[1], source_text=source,
    )  # fmt: skip


def _flows(head: Block) -> dict[int, list[float]]:
    rows = head.rows("inflow")
    if not rows:
        head.fault("inflow", None, "at least one [[inflow]]")
    flows: dict[int, list[float]] = {}
    for i, raw in enumerate(rows):
        row = Block(raw, f"inflow[{i}]", head.lines.block("inflow", i), head.lines, head.faults, MANNER)
        row.only(INFLOW_KEYS)
        reach, flow = row.raw.get("reach"), row.raw.get("flow_m3_s")
        if not isinstance(reach, int) or isinstance(reach, bool) or reach in flows:
            row.fault("reach", reach, "a whole number, each reach once")
            continue
        flows[reach] = _numbers(row, flow)
    if len({len(flow) for flow in flows.values()}) > 1:
        head.fault("inflow", "lists of different length", "flows of all reaches for the same intervals")
    return flows


def _numbers(row: Block, flow: Any) -> list[float]:
    numbers = flow if isinstance(flow, list) else []
    good = [isinstance(n, int | float) and not isinstance(n, bool) and 0 <= n <= 1e7 for n in numbers]
    if not numbers or not all(good):
        row.fault("flow_m3_s", flow, "a list of numbers from 0 to 1e7")
        return []
    return [float(n) for n in numbers]


def guide() -> str:
    """The page docs/guide/flood.md: every key of the file of a flood."""
    parts = [HEAD]
    for title, keys in (("At the top", HEAD_KEYS), ("`[[inflow]]`", INFLOW_KEYS)):
        rows = [f"| `{key}` | {what} | {doc} |" for key, what, doc in keys]
        parts.append("\n".join([f"## {title}\n", "| key | value | meaning |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


HEAD = """\
# A flood

A flood is a TOML file that says what comes into which reach. It is the source of a stage `river` of a
[cascade](cascade.md).

This page is written from the tables in `riskshed.pathways.inflow_file` and checked against them.
"""
