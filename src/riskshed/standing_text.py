"""How a case went, and what is owed, in words and as JSON: what a duty officer reads and a program takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Literal

from riskshed.exchange.wording import UNKNOWN, Text, clock, decimal, offset
from riskshed.governance.obligation import Judged
from riskshed.governance.proposed import Proposed
from riskshed.reenactment import Course, Told
from riskshed.region import Region

Tongue = Literal["zh", "en"]

STATES: Mapping[str, Text] = {
    "open": Text("待履行", "open"),
    "met": Text("已履行", "met"),
    "late": Text("迟", "late"),
    "breached": Text("逾期未履行", "breached"),
    "undetermined": Text("无法判定", "undetermined"),
}


def _time(at: datetime | None, zone: tzinfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat()


# ------------------------------------------------------------------------------------------------- JSON


def replay_json(
    course: Course, recorded: Course | None, variant: str, zone: tzinfo, region: Region
) -> dict[str, Any]:
    """A course as JSON.

    Parameters
    ----------
    course : Course
    recorded : Course or None
        The course as it was, beside which `course` is set; None if it is that one.
    variant : str
    zone : tzinfo
        All times are told in it.
    region : Region
        Names the cities.
    """
    counts: dict[str, int] = {}
    for one in course.judged:
        counts[one.state] = counts.get(one.state, 0) + 1
    return {
        "variant": variant,
        "cities": [_city(one, recorded, zone, region) for one in course.told.values()],
        "findings": [finding_json(one, zone) for one in course.findings],
        "duties": counts,
        "statements": len(course.seen),
        "accounts": [
            {
                "one": list(one.one),
                "other": list(one.other),
                "about_zh": one.about_zh,
                "about_en": one.about_en,
            }
            for one in course.accounts
        ],
        "flags": [{"statement": f.statement, "code": f.code, "what": f.what} for f in course.standing.flags],
    }


def _city(one: Told, recorded: Course | None, zone: tzinfo, region: Region) -> dict[str, Any]:
    before = None if recorded is None else recorded.told[one.city]
    told, was = one.before_arrival_h, None if before is None else before.before_arrival_h
    city = region.cities[region.city_index[one.city]]
    row = {
        "city": one.city,
        "name_zh": city.name_zh,
        "name_en": city.name_en,
        "arrived": _time(one.arrival, zone),
        "told": _time(one.at, zone),
        "told_by": one.by,
        "statement": one.statement,
        "told_h_before_arrival": _round(told),
    }
    if before is not None:
        gained = None if told is None or was is None else told - was
        row["recorded_told"] = _time(before.at, zone)
        row["recorded_told_by"] = before.by
        row["recorded_told_h_before_arrival"] = _round(was)
        row["gained_h"] = _round(gained)
    return row


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def finding_json(one: Proposed, zone: tzinfo) -> dict[str, Any]:
    """A finding as JSON, with the evidence by which anybody can check it."""
    return {
        "kind": one.breach,
        "body": one.of,
        "about": one.about,
        "owed": one.owed,
        "to": one.to,
        "due": _time(one.due, zone),
        "found": _time(one.found, zone),
        "evidence": [*one.evidence, *one.readings],
        "statements": list(one.evidence),
        "readings": list(one.readings),
        "pack": one.pack,
        "rule": one.rule,
        "cite": one.cite,
        "also": [{"pack": pack, "rule": rule, "cite": cite} for pack, rule, cite in one.also],
        "lawful_time": one.is_lawful,
        "confirmed": one.is_confirmed,
        "disputed": list(one.disputed),
        "lacks": list(one.lacks),
        "accounts": [{"statement": said.id, "at": _time(said.at, zone)} for said in one.accounts],
        "arrivals_beside": [
            {"city": city, "median": _time(at, zone), "h_after_due": round(hours, 2)}
            for city, at, hours in one.beside
        ],
        "what_zh": one.zh,
        "what_en": one.en,
    }


def duties_json(judged: Iterable[Judged], zone: tzinfo) -> list[dict[str, Any]]:
    """Duties as JSON: who owes what to whom by when, how it stands, and where it is written."""
    return [
        {
            "duty": one.duty.id,
            "who": one.duty.who,
            "owes": one.duty.owes,
            "act": one.duty.act,
            "to": one.duty.to,
            "about": one.duty.about,
            "since": _time(one.duty.since, zone),
            "due": _time(one.duty.due, zone),
            "state": one.state,
            "done": None if one.done is None else one.done.id,
            "done_at": None if one.done is None else _time(one.done.at, zone),
            "lawful_time": one.duty.is_lawful,
            "pack": one.duty.pack,
            "rule": one.duty.rule,
            "cite": one.duty.cite,
            "confirmed": one.duty.is_confirmed,
        }
        for one in judged
    ]


# ------------------------------------------------------------------------------------------------- text


def closing(agreed: Course, recorded: Course, region: Region) -> tuple[Text, ...]:
    """What keeping the agreement would have changed, in one line, for the largest city that was told."""
    gains = []
    for one in agreed.told.values():
        hours, was = one.before_arrival_h, recorded.told[one.city].before_arrival_h
        if hours is not None and was is not None:
            city = region.cities[region.city_index[one.city]]
            gains.append((city.population_resident or 0, city, hours, was))
    if not gains:
        return ()
    _, city, hours, was = max(gains, key=lambda row: row[0])
    number = len(recorded.findings)
    return (
        Text(
            f"若各方履行示范协议，{city.name_zh}将在危害到达前 {hours:.0f} 小时得知，"
            f"当年记录至多 {was:.0f} 小时；按该协议对当年记录提出 {number} 条认定建议（riskshed replay）。",
            f"Had all kept the model agreement, {city.name_en} would have been told {hours:.0f} h before it "
            f"came; in the record it was {was:.0f} h at the most. By it the record shows {number} "
            "findings (riskshed replay).",
        ),
    )


def owed(course: Course) -> Text:
    """How much was said and owed in a course, in one line."""
    notices = sum(one.statement.kind == "NoticeSent" for one in course.seen)
    warnings = sum(one.statement.kind == "WarningIssued" for one in course.seen)
    duties = len(course.judged)
    return Text(
        f"按示范协议：{notices} 份通报，{warnings} 次预警，{duties} 项责任（agreed.json）。",
        f"By the model agreement: {notices} notices, {warnings} warnings, {duties} duties (agreed.json).",
    )


def replay_text(
    course: Course,
    recorded: Course | None,
    zone: tzinfo,
    region: Region,
    names: Mapping[str, Text],
    tongue: Tongue,
) -> str:
    """A course for a reader: when each city was told, then every finding."""
    lines = list(_city_lines(course, recorded, zone, region, tongue))
    lines += [
        "",
        _say(
            Text(f"认定建议 {len(course.findings)} 条", f"{len(course.findings)} proposed findings"), tongue
        ),
    ]
    for one in course.findings:
        lines += finding_lines(one, zone, names, tongue)
    if not course.findings:
        lines.append(_say(Text("没有违反。", "Nothing was breached."), tongue))
    return "\n".join(lines)


def _say(text: Text, tongue: Tongue) -> str:
    return text.said(tongue)


def _city_lines(
    course: Course, recorded: Course | None, zone: tzinfo, region: Region, tongue: Tongue
) -> Iterator[str]:
    first = next(iter(course.told.values()), None)
    if first is None or first.arrival is None:
        return
    year = first.arrival.astimezone(zone).year
    yield _say(
        Text(
            f"各城市何时得知（时间为 UTC{offset(first.arrival, zone)}）",
            f"When each city was told (times in UTC{offset(first.arrival, zone)})",
        ),
        tongue,
    )
    for one in course.told.values():
        city = region.cities[region.city_index[one.city]]
        name = city.name_zh if tongue == "zh" else city.name_en
        assert one.arrival is not None, "a city in this table has a recorded front"
        told = _told_words(one, zone, year, tongue)
        line = (
            f"  {name}: "
            + _say(Text("到达", "arrived"), tongue)
            + f" {clock(one.arrival, zone, year)}, {told}"
        )
        if recorded is not None:
            was = _told_words(recorded.told[one.city], zone, year, tongue)
            line += _say(Text("；当年", "; in the record "), tongue) + was
        yield line


def _told_words(one: Told, zone: tzinfo, year: int, tongue: Tongue) -> str:
    hours = one.before_arrival_h
    if one.at is None or hours is None:
        return _say(Text("未见通报记录", "no word on record"), tongue)
    number = decimal(abs(hours)) or "?"
    before = (
        Text(f"提前 {number} 小时", f"{number} h before")
        if hours >= 0
        else Text(f"晚 {number} 小时", f"{number} h after")
    )
    return (
        _say(Text("得知", "told"), tongue)
        + f" {clock(one.at, zone, year)} ({_say(before, tongue)}; {one.by})"
    )


def finding_lines(one: Proposed, zone: tzinfo, names: Mapping[str, Text], tongue: Tongue) -> list[str]:
    """A finding in three or four lines: what, by which rule, on which evidence, what was on its way."""
    what = one.zh if tongue == "zh" else one.en
    for code, name in sorted(names.items(), key=lambda item: -len(item[0])):
        what = what.replace(code, _say(name, tongue))
    moment = one.due or one.found
    when = _say(UNKNOWN, tongue) if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    lines = [
        f"  {when}  {what}",
        f"      {one.pack} {one.rule}: {one.cite}",
    ]
    evidence = _say(Text("证据", "evidence"), tongue)
    shown = ", ".join(part[:12] for part in (*one.evidence[:6], *one.readings[:4]))
    lines.append(f"      {evidence}: {shown} ({len(one.evidence)} + {len(one.readings)})")
    if one.beside:
        coming = Text("此时预计到达", "on its way then")
        parts = [
            f"{names[city].said(tongue) if city in names else city} {hours:.0f} h"
            for city, _, hours in one.beside[:5]
        ]
        lines.append(f"      {_say(coming, tongue)}: {', '.join(parts)}")
    return lines


def duties_text(judged: Sequence[Judged], zone: tzinfo, names: Mapping[str, Text], tongue: Tongue) -> str:
    """Duties for a reader, in the order of their times."""

    def name(code: str | None) -> str:
        return "" if code is None else names[code].said(tongue) if code in names else code

    lines = []
    for one in judged:
        duty = one.duty
        due = _say(Text("时限未定", "no time"), tongue) if duty.due is None else (
            duty.due.astimezone(zone).strftime("%Y-%m-%d %H:%M"))  # fmt: skip
        to = f" -> {name(duty.to)}" if duty.to else ""
        lines.append(f"{due}  [{_say(STATES[one.state], tongue)}] {name(duty.who)}{to}: {duty.owes}")
        lines.append(f"      {duty.pack} {duty.rule}: {duty.cite}")
    return "\n".join(lines)
