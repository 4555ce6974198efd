"""What the drawing of a cascade and its tables say, in Chinese and in English.

The chain comes as plain data: nodes are stages, edges are what sets them off. Times are those of the members
in which a thing happens, and the share of members stands beside them, never mixed into them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from riskshed.exchange import pathway_words
from riskshed.exchange.footprint_text import percent
from riskshed.exchange.picture_parts import table
from riskshed.exchange.wording import UNKNOWN, Text, clock, offset, span, span_band, stated

Chain = Mapping[str, Any]
MINUTES_UP_TO_S, HOUR_S = 7200.0, 3600.0
NO_BREAK = "\N{NO-BREAK SPACE}"

WHEN = {"arrival": Text("到达", "reached"), "peak": Text("峰值", "peak"), "duration": Text("历时", "lasts")}
NEEDS = {"any": Text("任一", "any"), "all": Text("全部", "all")}
COLUMNS_STAGES = (
    Text("链节", "stage"),
    Text("传播途径", "pathway"),
    Text("发生概率", "probability"),
    Text("起始时刻（中位数，90% 区间）", "begins (median, 90 % band)"),
    Text("波及城市（概率；到达中位数）", "cities reached (probability; median)"),
    Text("来源", "source"),
)
COLUMNS_LINKS = (
    Text("触发关系", "link"),
    Text("触发条件", "condition"),
    Text("条件满足", "condition met"),
    Text("触发", "set off"),
    Text("设定概率", "probability if met"),
    Text("延迟", "delay"),
    Text("来源", "source"),
)


class Words:
    """The words of one chain in one language and zone."""

    def __init__(self, chain: Chain, language: str, zone: tzinfo) -> None:
        self.chain, self.language, self.zone = chain, language, zone
        self.origin = datetime.fromisoformat(chain["origin"])
        self.titles = {node["id"]: self.title(node) for node in chain["nodes"]}

    def say(self, zh: str, en: str) -> str:
        """One of two words."""
        return zh if self.language == "zh" else en

    def title(self, node: Mapping[str, Any]) -> str:
        """The title of a stage, or of the whole."""
        return str(node[f"title_{self.language}"])

    def way(self, node: Mapping[str, Any]) -> str:
        """How its harm travels."""
        return pathway_words.of(str(node["pathway"])).way.said(self.language)

    def chance(self, share: float) -> str:
        """A share in percent, not to be broken across lines."""
        return percent(share).replace(" ", self.say("", NO_BREAK))

    def moment(self, seconds: float) -> str:
        """The clock at so many seconds after the origin."""
        return clock(self.origin + timedelta(seconds=seconds), self.zone, self.origin.year)

    def zone_name(self) -> str:
        """Of the zone in which times are shown."""
        return offset(self.origin, self.zone)

    def band(self, low_s: float, high_s: float) -> str:
        """A range of time: in minutes up to two hours, unless it is of whole hours."""
        if low_s == high_s:
            return span(low_s).said(self.language)
        is_whole = low_s % HOUR_S == 0.0 and high_s % HOUR_S == 0.0
        if high_s <= MINUTES_UP_TO_S and not is_whole:
            return f"{low_s / 60:.0f}–{high_s / 60:.0f} {self.say('分', 'min')}"
        if 0.0 < low_s < HOUR_S:
            return f"{span(low_s).said(self.language)} – {span(high_s).said(self.language)}"
        return span_band(low_s, high_s).said(self.language)

    def begins(self, times_s: Sequence[float] | None) -> str:
        """When it begins: clock, median and band."""
        if times_s is None:
            return self.say("成员过少，无时间", "too few members for times")
        low, middle, high = times_s
        if high < 60.0:
            return f"{self.moment(middle)} · {self.say('起点', 'at the start')}"
        after, band = span(middle).said(self.language), self.band(low, high)
        if low == high:
            return f"{self.moment(middle)} · {self.say(f'{after}后', f'after {after}')}"
        told = self.say(f"{after}后（{band}）", f"after {after} ({band})")
        return f"{self.moment(middle)} · {told}"

    def delay(self, edge: Mapping[str, Any]) -> str:
        """How long after the condition is met."""
        low, high = edge["delay_s"]
        if high < 60.0:
            return self.say("立即", "at once")
        return self.band(low, high)

    def cause(self, cause: Mapping[str, Any]) -> str:
        """The condition that a link waits for, at one place of a stage."""
        place = cause[f"place_{self.language}"]
        where = self.titles[cause["stage"]] + (
            "" if place is None else self.say(f"（{place}）", f", {place}")
        )
        return f"{where}{self.say('：', ': ')}{self.condition(cause)}"

    def short_cause(self, cause: Mapping[str, Any]) -> str:
        """The place and the condition, without the stage from which the line comes anyway."""
        place = cause[f"place_{self.language}"]
        return (
            self.condition(cause)
            if place is None
            else f"{place}{self.say('：', ': ')}{self.condition(cause)}"
        )

    def condition(self, cause: Mapping[str, Any]) -> str:
        """Only what is asked for: ``peak ≥ 2 m/s2``."""
        when = WHEN[cause["when"]].said(self.language)
        if cause["at_least"] is None:
            return when
        if cause["when"] == "duration":
            return f"{when} ≥ {span(cause['at_least']).said(self.language)}"
        least = stated(cause["at_least"]) or UNKNOWN.said(self.language)
        return f"{when} ≥ {pathway_words.with_unit(least, cause['unit'], self.language)}"

    def causes(self, edge: Mapping[str, Any]) -> str:
        """All causes of a link."""
        parts = [self.cause(cause) for cause in edge["causes"]]
        if len(parts) == 1:
            return parts[0]
        joined = self.say("；", "; ").join(parts)
        return f"{NEEDS[edge['needs']].said(self.language)}{self.say('：', ': ')}{joined}"

    def cities(self, node: Mapping[str, Any], most: int | None = None) -> str:
        """Cities with their probabilities, the likeliest first."""
        listed = sorted(node["cities"], key=lambda city: -city["probability"])
        shown = [
            f"{city[f'name_{self.language}']} {self.chance(city['probability'])}" for city in listed[:most]
        ]
        if not listed:
            return self.say("不波及任何城市", "reaches no city")
        left = len(listed) - len(shown)
        more = [self.say(f"另 {left} 市", f"{left} more")] if left else []
        return self.say("，", ", ").join(shown + more)

    def reach(self, node: Mapping[str, Any], most: int | None = None) -> str:
        """Cities as above; before them from when on, where that is later than the begin of the stage."""
        begins, reaches = node["begins_s"], node["reaches_s"]
        cities = self.cities(node, most)
        if not node["cities"] or begins is None or reaches is None or reaches[1] - begins[1] < HOUR_S:
            return cities
        first = self.moment(reaches[1])
        return self.say(f"{first} 起：{cities}", f"from {first}: {cities}")

    def description(self) -> str:
        """The whole chain in sentences, for those who do not see the drawing."""
        parts = []
        for node in self.chain["nodes"]:
            parts.append(f"{self.title(node)}{self.say('：', ': ')}{self._stage(node)}")
        for edge in self.chain["edges"]:
            parts.append(
                f"{self.causes(edge)} → {self.titles[edge['to']]}{self.say('：', ': ')}{self._link(edge)}"
            )
        return self.say("。", ". ").join(parts) + self.say("。", ".")

    def _stage(self, node: Mapping[str, Any]) -> str:
        parts = [self.chance(node["probability"]), self.begins(node["begins_s"]), self.reach(node)]
        return self.say("，", ", ").join(parts)

    def _link(self, edge: Mapping[str, Any]) -> str:
        met, fired, delay = self.chance(edge["met"]), self.chance(edge["fired"]), self.delay(edge)
        return self.say(
            f"条件满足 {met}，触发 {fired}，延迟 {delay}", f"met {met}, set off {fired}, delay {delay}"
        )

    # ------------------------------------------------------------------------------------------ the tables

    def tables(self) -> str:
        """Stages and links as two HTML tables: all that the drawing says, and more."""
        members = self.chain["members"]
        stages = self.say(
            f"链节（{members} 个成员；时间 {self.zone_name()}）",
            f"Stages ({members} members; times {self.zone_name()})",
        )
        rows = [self._stage_row(node) for node in self.chain["nodes"]]
        links = [self._link_row(edge) for edge in self.chain["edges"]]
        told = self._table(stages, COLUMNS_STAGES, rows)
        return told + self._table(self.say("触发关系", "Links"), COLUMNS_LINKS, links) if links else told

    def _stage_row(self, node: Mapping[str, Any]) -> list[str]:
        name = f"name_{self.language}"
        cities = [
            f"{city[name]} {self.chance(city['probability'])}; {self._median(city['arrival_s'])}"
            for city in node["cities"]
        ]
        told = self.say("；", " / ").join(cities) or self.cities(node)
        return [
            self.title(node), self.way(node), self.chance(node["probability"]), self.begins(node["begins_s"]),
            told, node["source"],
        ]  # fmt: skip

    def _median(self, times_s: Sequence[float] | None) -> str:
        return UNKNOWN.said(self.language) if times_s is None else self.moment(times_s[1])

    def _link_row(self, edge: Mapping[str, Any]) -> list[str]:
        low, high = edge["probability"]
        probability = self.chance(low) if low == high else f"{self.chance(low)} – {self.chance(high)}"
        return [
            f"→ {self.titles[edge['to']]}", self.causes(edge), self.chance(edge["met"]),
            self.chance(edge["fired"]), probability, self.delay(edge), edge["source"],
        ]  # fmt: skip

    def _table(self, caption: str, columns: Sequence[Text], rows: Sequence[Sequence[str]]) -> str:
        heads = [column.said(self.language) for column in columns]
        return table(self.say("内容同图。", "All that the drawing says."), heads, rows, summary=caption)
