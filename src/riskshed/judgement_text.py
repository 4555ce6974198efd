"""A judgement as a plain table for a terminal, a log or a letter, in English or Chinese.

One row is one recorded front or peak: what was forecast of it, and what was recorded. Rows that are not
scored are shown like the others and marked, and below the tables stands what speaks against each record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len

from riskshed import story
from riskshed.case import Case
from riskshed.exchange.footprint_text import aligned
from riskshed.exchange.wording import UNKNOWN, Text, clock, decimal, is_day, number

FRONT_HEAD = (
    Text("断面", "section"),
    Text("发布", "issued"),
    Text("提前 h", "lead h"),
    Text("预测", "forecast"),
    Text("90% 区间", "90 % band"),
    Text("实录", "recorded"),
    Text("误差 h", "error h"),
    Text("外推误差 h", "naive h"),
    Text("区间内", "inside"),
    Text("计分", "scored"),
)
PEAK_HEAD = (
    Text("断面", "section"),
    Text("发布", "issued"),
    Text("提前 h", "lead h"),
    Text("预测", "forecast"),
    Text("90% 区间", "90 % band"),
    Text("实录", "recorded"),
    Text("倍数", "factor"),
    Text("区间内", "inside"),
    Text("计分", "scored"),
)
FRONT_RIGHT, PEAK_RIGHT = frozenset({2, 6, 7}), frozenset({2, 6})
YES, NO, NOTHING = Text("是", "yes"), Text("否", "no"), Text("无", "none")


def to_text(case: Case, judgement: Mapping[str, Any], language: str = "en") -> str:
    """What ``riskshed check`` prints to people, ending in a line break.

    Parameters
    ----------
    case : Case
    judgement : mapping
        From `replay.judge`.
    language : {"en", "zh"}
    """
    speaker = _Speaker(case, language)
    texts = Text(case.texts["title_zh"], case.texts["title_en"])
    parts = [
        f"{texts.said(language)}",
        speaker.made(judgement),
        "",
        *speaker.table(
            "fronts", FRONT_HEAD, [speaker.front(row) for row in judgement["fronts"]], FRONT_RIGHT
        ),
        "",
        *speaker.table("peaks", PEAK_HEAD, [speaker.peak(row) for row in judgement["peaks"]], PEAK_RIGHT),
        "",
        *(line.said(language) for line in story.closing(judgement)),
        *speaker.doubts(judgement["fronts"]),
    ]
    return "\n".join(parts) + "\n"


def lines(found: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """What a check of stored data or a bench found, a key a line, lists as rows."""
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from lines(value, indent + "  ")
        elif isinstance(value, list):
            yield f"{indent}{key}:"
            yield from (f"{indent}  {_row(row)}" for row in value)
        else:
            yield f"{indent}{key}: {_value(value)}"


def _row(row: object) -> str:
    if not isinstance(row, Mapping):
        return _value(row)
    return ", ".join(f"{key} {_value(value)}" for key, value in row.items() if value != "")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return YES.en if value else NO.en
    if isinstance(value, float):
        return f"{value:.6g}"
    return UNKNOWN.en if value is None else str(value)


class _Speaker:
    """One case in one language."""

    def __init__(self, case: Case, language: str) -> None:
        self.case = case
        self.language = language
        self.year = case.spill.released.astimezone(case.zone).year

    def say(self, text: Text) -> str:
        return text.said(self.language)

    def made(self, judgement: Mapping[str, Any]) -> str:
        members, seed, zone = judgement["members"], judgement["seed"], self.case.zone
        return self.say(
            Text(
                f"{members} 个成员，种子 {seed}；时间均为 {zone}，{self.year} 年",
                f"{members} members, seed {seed}; times are {zone}, of {self.year}",
            )
        )

    def table(
        self, name: str, head: Sequence[Text], rows: list[list[str]], right: frozenset[int]
    ) -> list[str]:
        if not rows:
            named = {"fronts": Text("前锋", "fronts"), "peaks": Text("峰值", "peaks")}[name]
            return [f"{self.say(named)}: {self.say(NOTHING)}"]
        titles = [self.say(title) for title in head]
        return aligned([titles, ["-" * cell_len(title) for title in titles], *rows], right)

    def front(self, row: Mapping[str, Any]) -> list[str]:
        return [
            self.name(row["section"]),
            self.moment(row["issued"]),
            decimal(row["lead_h"]) or "",
            self.moment(row["forecast_p50"]),
            self.pair(self.moment(row["forecast_p05"]), self.moment(row["forecast_p95"])),
            self.recorded(row["recorded"]),
            decimal(row["error_h"], signed=True) or self.say(UNKNOWN),
            decimal(row["naive_error_h"], signed=True) or self.say(UNKNOWN),
            *self.verdict(row),
        ]

    def peak(self, row: Mapping[str, Any]) -> list[str]:
        low, middle, high = (
            number(row[key]) or self.say(UNKNOWN) for key in ("forecast_p05", "forecast", "forecast_p95")
        )
        return [
            self.name(row["section"]),
            self.moment(row["issued"]),
            decimal(row["lead_h"]) or "",
            f"{middle} {row['unit']}",
            self.pair(low, high),
            f"{number(row['recorded'], 3)} {row['unit']}",
            decimal(row["factor"], 2) or self.say(UNKNOWN),
            *self.verdict(row),
        ]

    def verdict(self, row: Mapping[str, Any]) -> tuple[str, str]:
        return self.say(YES if row["inside_90"] else NO), self.say(YES if row["scored"] else NO)

    def doubts(self, fronts: Sequence[Mapping[str, Any]]) -> list[str]:
        """What speaks against records, as the case says it."""
        told = [f"  {self.name(row['section'])}: {row['conflict']}" for row in fronts if row["conflict"]]
        head = Text("实录存疑之处（原文）：", "What speaks against records:")
        return [self.say(head), *told] if told else []

    def name(self, section: str) -> str:
        found = self.case.region.section(section)
        return self.say(Text(found.name_zh, found.name_en)) or section

    def moment(self, written: str | None) -> str:
        if written is None:
            return self.say(UNKNOWN)
        return clock(datetime.fromisoformat(written), self.case.zone, self.year)

    def recorded(self, written: str) -> str:
        first, _, last = written.partition("/")
        if not last:
            return self.moment(first)
        if is_day(datetime.fromisoformat(first), datetime.fromisoformat(last), self.case.zone):
            return self.moment(first).rpartition(" ")[0] + self.say(Text(" 当日", " (day)"))
        return self.pair(self.moment(first), self.moment(last))

    def pair(self, low: str, high: str) -> str:
        return f"{low} – {high}"
