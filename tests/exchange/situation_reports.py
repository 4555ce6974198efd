"""A situation report for the tests: everything in it is known, and each test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from riskshed.exchange.situation_record import (
    CityRow,
    DutyRow,
    Forecast,
    Item,
    NoticeRow,
    Part,
    Report,
    Source,
    WarningRow,
)

EAST = timezone(timedelta(hours=8))
NOW = datetime(2005, 11, 23, 7, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    """So many hours after the report."""
    return NOW + timedelta(hours=hours)


def duty(state: Any = "breached", **more: Any) -> DutyRow:
    done = at(-1) if state in ("late", "met") else None
    row = DutyRow(
        state,
        "上城",
        "通报",
        ("中城",),
        at(-3),
        done,
        True,
        ("突发事件应对法 62（cn-2024 erl-62）",),
        1,
        (2,),
    )
    return replace(row, **more)


def city(name: str = "中城", **more: Any) -> CityRow:
    row = CityRow(name, 0.87, at(10), at(20), at(40), "0.017 mg/L", 3_000_000)
    return replace(row, **more)


def report(language: Any = "zh", **more: Any) -> Report:
    """A report with one of everything."""
    made = Report(
        language=language,
        zone=EAST,
        name="上城水污染事件",
        code="spill-2024",
        number=3,
        issuer="中城",
        as_of=NOW,
        is_exercise=False,
        lead=(Part("下一个：中城。", (1,)),),
        happened=(
            Item("事件", (Part("储罐破裂。", (1,)),)),
            Item("事件分级", (Part("未知", is_known=False),)),
        ),
        situation=1,
        situation_sources=(1,),
        elements=(Item("（一）事故发生单位概况", (Part("化工厂", (2,)),)),),
        elements_note="按第十二条。",
        whereabouts=(Item("最近监测", (Part("上城断面 0.9 mg/L", (2,)),)),),
        forecast=Forecast("nitrobenzene", (city(), city("下城", middle=at(60), latest=at(90))), (), (1,)),
        warnings=(WarningRow("orange", "关闭取水口", "中城", "中城", "11-23 10:00+08", None, at(48), (2,)),),
        notices=(NoticeRow("上城", "中城", "污染带将至", "11-23 09:00+08", at(2), at(-4), None, None, (2,)),),
        roles=(Item("牵头", (Part("上城", (2,)),)),),
        duties=tuple(duty(state) for state in ("breached", "late", "open", "met")),
        aid=(),
        unknown=("伤亡与损失。",),
        sources=(
            Source("ab" * 32, "足迹已发布", "流域委", "11-23 08:00+08", 17),
            Source("cd" * 32, "险情已报告", "上城", "11-22 23:00+08", None, True),
        ),
        checkpoint="example.org/log 18 abcd",
    )
    return replace(made, **more)
