"""The facts of a situation report: what happened, what the law wants in it, where it is, what is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from riskshed.exchange.situation_record import Item, Part
from riskshed.exchange.wording import span
from riskshed.governance.subjects import NoticeStanding, Toll
from riskshed.sitrep_scope import Scope
from riskshed.statement import Statement
from riskshed.statement_values import CURRENCIES, Money

CLASSES = {
    "natural_disaster": ("自然灾害", "natural disaster"),
    "accident": ("事故灾难", "accident"),
    "public_health": ("公共卫生事件", "public health event"),
    "social_security": ("社会安全事件", "social security event"),
}
PHASES = {
    "watch": ("监测", "watch"),
    "alert": ("预警", "alert"),
    "emergency": ("应急处置", "emergency"),
    "recovery": ("恢复", "recovery"),
    "closed": ("已结束", "closed"),
}
SCALES = {
    "grade": ("事件分级", "Grade"),
    "warning": ("预警级别", "Warning level"),
    "response": ("响应级别", "Response level"),
}
HARM = {
    "none": ("称无危害", "says: no harm"),
    "possible": ("称可能有危害", "says: harm possible"),
    "confirmed": ("称危害已确认", "says: harm confirmed"),
    "unknown": ("未说明危害", "says nothing of harm"),
}
READING = {
    "observed": ("测得", "measured"),
    "at_least": ("至少", "at least"),
    "not_detected": ("未检出", "not detected"),
    "below": ("低于", "below"),
    "first_detected": ("首次检出", "first detected"),
    "peak": ("峰值", "peak"),
    "front": ("前锋到达", "front arrived"),
    "cleared": ("已恢复", "cleared"),
    "first_ice": ("初冰", "first ice"),
}
TOLL = {
    "dead_people": ("死亡", "Dead"),
    "missing_people": ("下落不明", "Missing"),
    "gravely_hurt_people": ("重伤（含中毒）", "Gravely hurt, poisoned included"),
    "hurt_people": ("轻伤", "Hurt otherwise"),
    "moved_people": ("转移安置", "Moved"),
}
ARTICLE_12 = (
    ("（一）事故发生单位概况", "(1) The unit in which it happened"),
    ("（二）发生的时间、地点及现场情况", "(2) Time, place and scene"),
    ("（三）简要经过", "(3) Course in brief"),
    (
        "（四）伤亡人数（含下落不明）和初步估计的直接经济损失",
        "(4) Casualties, missing included, and direct loss",
    ),
    ("（五）已经采取的措施", "(5) Measures taken"),
    ("（六）其他应当报告的情况", "(6) Other matters to be reported"),
)
"""The six items of a report: Order 493 of the State Council (2007), article 12; rule wsr-12 of cn-2024."""
FRESH_H = 24
"""A forecast older than this is said to be old."""


# ------------------------------------------------------------------------------------------------- happened


def happened(scope: Scope) -> tuple[Item, ...]:
    """What it is, when and where it began, how far it has come, and the levels that were set."""
    incident = scope.incident
    opened = incident.opened[0]
    kind = scope.say(*CLASSES[incident.hazard_class])
    what = scope.words(scope.body(opened).get("what"))
    began = None if incident.began is None else scope.time(incident.began)
    return (
        scope.item("事件", "What", scope.part(what, *incident.opened)),
        scope.item("起始", "Began", scope.part(began, opened)),
        scope.item("发生地", "Where", scope.part(scope.name(incident.city), opened)),
        scope.item("类别", "Class", scope.part(_with(scope, kind, incident.hazard), opened)),
        scope.item("阶段", "Phase", scope.part(scope.say(*PHASES[incident.phase]))),
        *_levels(scope),
    )


def _with(scope: Scope, text: str, more: str | None) -> str:
    return text if more is None else scope.say(f"{text}（{more}）", f"{text} ({more})")


def _levels(scope: Scope) -> Iterator[Item]:
    for scale, label in SCALES.items():
        level = scope.incident.levels.get(scale)
        if level is None:
            yield scope.item(*label)
            continue
        bound = scope.say(
            "（下限：尚缺事实，只可能更高）", " (lower bound: missing facts could only raise it)"
        )
        told = f"{scope.say(f'{level.level} 级', level.level)}{bound if level.lower_bound else ''}"
        by = scope.say(
            f"，{scope.name(level.by)}定于 {scope.time(level.at)}",
            f", set by {scope.name(level.by)} at {scope.time(level.at)}",
        )
        yield scope.item(*label, scope.part(told + by, level.statement))


# ------------------------------------------------------------------------------------------------- elements


def elements(scope: Scope) -> tuple[Item, ...]:
    """The six items that the law wants in the report of an accident, each known or said to be unknown."""
    parts = (_unit(scope), _scene(scope), _course(scope), _losses(scope), _measures(scope), _other(scope))
    return tuple(
        scope.item(*label, *found) for label, found in zip(ARTICLE_12, map(tuple, parts), strict=True)
    )


def elements_note(scope: Scope) -> str:
    """The law, and whether it binds here."""
    law = (
        "《生产安全事故报告和调查处理条例》（国务院令第493号）第十二条",
        "Order 493 of the State Council, article 12",
    )
    if scope.incident.hazard_class == "accident":
        return scope.say(f"按{law[0]}所列六项。", f"The six items of {law[1]}.")
    return scope.say(
        f"参照{law[0]}所列六项；该条例针对生产安全事故。",
        f"After the six items of {law[1]}, which is about accidents at work.",
    )


def _unit(scope: Scope) -> Iterator[Part]:
    reports = [scope.body(one).get("source") for one in scope.incident.reports]
    code = scope.incident.source or next((one for one in reports if one), None)
    source = scope.standing.sources.get(code or "")
    if source is None:
        if code is not None:
            told = scope.say(f"危险源 {code}，未在册", f"Risk source {code}, not on the register")
            yield scope.part(told, *scope.incident.reports[:1])
        return
    owner = scope.unknown if source.owner is None else scope.name(source.owner)
    name, city = scope.words(source.name) or source.code, scope.name(source.city)
    yield scope.part(
        scope.say(f"{name}，位于{city}，责任单位：{owner}", f"{name}, in {city}; run by {owner}"),
        *source.registered[-1:],
    )
    holds = scope.body(source.registered[-1]).get("holds", ())
    if holds:
        told = scope.joined(amount(scope, one) for one in holds)
        yield scope.part(scope.say(f"存有：{told}", f"Holds: {told}"), source.registered[-1])


def amount(scope: Scope, item: Mapping[str, Any]) -> str:
    """A good or a team, and how much of it."""
    name = scope.words(item.get("name")) or str(item["item"])
    return f"{name} {scope.measure(item['amount'])}"


def _scene(scope: Scope) -> Iterator[Part]:
    incident = scope.incident
    when = scope.unknown if incident.began is None else scope.time(incident.began)
    where = scope.name(incident.city)
    told = scope.say(f"时间：{when}；地点：{where}", f"Time: {when}; place: {where}")
    yield scope.part(told, incident.opened[0])
    codes = (incident.code, *incident.same_as)
    reports = [one for one in scope.standing.field_reports.values() if one.about in codes]
    for one in sorted(reports, key=lambda one: (one.at, one.id)):
        doubt = {
            True: ("已核实", "confirmed"),
            False: ("有相反说法", "contradicted"),
            None: ("未核实", "unconfirmed"),
        }
        mark, what = scope.say(*doubt[one.confirmed]), scope.words(one.what)
        at = scope.time(one.seen_at)
        yield scope.part(
            scope.say(f"现场报告（{mark}）{at}：{what}", f"From the spot ({mark}), {at}: {what}"), one.id
        )
    if not reports:
        yield scope.part(None, label=scope.say("现场情况：", "Scene: "))


def _course(scope: Scope) -> Iterator[Part]:
    """Reports in the order of time, with what each says of harm."""
    for report in scope.incident.reports:
        said = scope.said(report)
        harm = scope.say(*HARM[said.string("harm")]) if said.body is not None else scope.unknown
        who, to = scope.name(said.by), scope.names(scope.body(report).get("to", ()))
        what = scope.words(scope.body(report).get("what")) or scope.unknown
        yield scope.part(
            scope.say(
                f"{scope.said_at(said)}　{who}报{to}（{harm}）：{what}",
                f"{scope.said_at(said)}  {who} to {to} ({harm}): {what}",
            ),
            report,
        )


def _losses(scope: Scope) -> Iterator[Part]:
    toll = scope.incident.toll
    for field, label in TOLL.items():
        number: int | None = getattr(toll, field)
        told = None if number is None else scope.say(f"{number:,} 人", f"{number:,}")
        yield _labelled(scope, label, told, toll.statements.get(field))
    loss = None if toll.loss is None else money(toll.loss)
    yield _labelled(scope, ("直接经济损失", "Direct loss"), loss, toll.statements.get("loss"))


def _labelled(scope: Scope, label: tuple[str, str], told: str | None, statement: str | None) -> Part:
    return scope.part(told, statement, label=f"{scope.say(*label)}{scope.say('：', ': ')}")


def money(sum_of: Money) -> str:
    """An amount in the main unit of its currency.

    Examples
    --------
    >>> money(Money(123456, "CNY"))
    'CNY 1,234.56'
    """
    digits = CURRENCIES[sum_of.currency]
    return f"{sum_of.currency} {sum_of.minor / 10**digits:,.{digits}f}"


def _measures(scope: Scope) -> Iterator[Part]:
    kinds = ("TreatmentDecided", "ModeSwitched", "InstructionGiven", "RiskReported", "CommandTaken")
    for said in scope.of_kinds(*kinds):
        body = scope.body(said.id)
        told = body.get("measures") if said.kind == "RiskReported" else _act(body)
        what = scope.words(told)
        if what is not None:
            who = scope.name(said.by)
            text = scope.say(f"{scope.said_at(said)}　{who}：{what}", f"{scope.said_at(said)}  {who}: {what}")
            yield scope.part(text, said.id)


def _act(body: Mapping[str, Any]) -> Mapping[str, str] | None:
    return next((body[name] for name in ("what", "reason", "scope") if name in body), None)


def _other(scope: Scope) -> Iterator[Part]:
    for report in scope.incident.reports:
        body = scope.body(report)
        for one in body.get("released", ()):
            told = amount(scope, one)
            yield scope.part(scope.say(f"泄漏或排放：{told}", f"Released: {told}"), report)
        needs = scope.words(body.get("needs"))
        if needs is not None:
            yield scope.part(scope.say(f"需要：{needs}", f"Needed: {needs}"), report)


# ---------------------------------------------------------------------------------------------- whereabouts


def whereabouts(scope: Scope) -> tuple[Item, ...]:
    """Where it was last measured, and where it stands by the latest forecast, kept apart."""
    return (
        scope.item("最近监测", "Last measured", *_readings(scope)),
        scope.item("按最近预测", "By the latest forecast", *_by_forecast(scope)),
    )


def _readings(scope: Scope) -> Iterator[Part]:
    """The last reading of each section, the latest first."""
    last: dict[str, tuple[datetime, Statement, Mapping[str, Any]]] = {}
    for said in scope.of_kinds("ReadingsTaken"):
        for row in scope.body(said.id).get("readings", ()):
            at = datetime.fromisoformat(row["time"])
            if row["section"] not in last or last[row["section"]][0] <= at:
                last[row["section"]] = (at, said, row)
    for section, (at, said, row) in sorted(
        last.items(), key=lambda item: (item[1][0], item[0]), reverse=True
    ):
        value = scope.measure(row.get("value"))
        what = scope.say(*READING[row["kind"]]) + ("" if value is None else f" {value}")
        quantity = scope.body(said.id)["quantity"]
        text = f"{scope.time(at)}  {scope.place(section)}{scope.say('：', ': ')}{quantity} {what}"
        yield scope.part(text, said.id)


def _by_forecast(scope: Scope) -> Iterator[Part]:
    footprint = scope.incident.footprint
    groups: dict[str, list[str]] = {"past": [], "now": [], "ahead": []}
    for row in scope.body(footprint).get("arrivals", ()):
        if "earliest" in row and "latest" in row:
            first, last = (datetime.fromisoformat(row[name]) for name in ("earliest", "latest"))
            place = "past" if last < scope.now else "ahead" if first > scope.now else "now"
            groups[place].append(scope.name(row["city"]))
    labels = {
        "past": ("90% 区间已过，应已到达", "The 90 % band is over, it should have arrived"),
        "now": ("正处 90% 区间内，可能已到", "Within the 90 % band, it may have arrived"),
        "ahead": ("尚在途中", "Still on its way to"),
    }
    for place, cities in groups.items():
        if cities:
            text = f"{scope.say(*labels[place])}{scope.say('：', ': ')}{scope.joined(cities)}"
            yield scope.part(text, footprint)


# -------------------------------------------------------------------------------------------------- unknown


def unknown(scope: Scope) -> tuple[str, ...]:
    """What is not known, a sentence each."""
    return tuple(one for part in (of_people, of_levels, _of_forecast, of_answers) for one in part(scope))


def of_people(scope: Scope) -> Iterator[str]:
    """Numbers of people and losses that nobody has reported."""
    toll: Toll = scope.incident.toll
    missing = [scope.say(*label) for field, label in TOLL.items() if getattr(toll, field) is None]
    if toll.loss is None:
        missing.append(scope.say("直接经济损失", "Direct loss"))
    if missing:
        told = scope.joined(missing)
        yield scope.say(f"伤亡与损失：{told}。", f"Casualties and losses: {told}.")
    rows = scope.body(scope.incident.footprint).get("arrivals", ())
    cities = [scope.name(row["city"]) for row in rows if "exposed_people" not in row]
    if cities:
        told = scope.joined(cities)
        yield scope.say(f"受影响人口：{told}。", f"People exposed: {told}.")


def of_levels(scope: Scope) -> Iterator[str]:
    """Levels that nobody has set, and the lead that nobody has laid down."""
    missing = [scope.say(*label) for scale, label in SCALES.items() if scale not in scope.incident.levels]
    if missing:
        told = scope.joined(missing)
        yield scope.say(f"尚未确定：{told}。", f"Not set yet: {told}.")
    if not scope.incident.lead:
        yield scope.say("尚未确定牵头方。", "Who leads has not been laid down.")


def _of_forecast(scope: Scope) -> Iterator[str]:
    footprint = scope.incident.footprint
    if footprint is None:
        yield scope.say(
            "没有预测：何时到达哪些城市未知。",
            "There is no forecast: which cities it reaches when is unknown.",
        )
        return
    age_s = (scope.now - scope.said(footprint).issued).total_seconds()
    if age_s > FRESH_H * 3600:
        age = span(age_s)
        yield scope.say(f"最近的预测已是 {age.zh}前的。", f"The latest forecast is {age.en} old.")
    if not scope.of_kinds("ReadingsTaken"):
        yield scope.say("记录中没有监测数据。", "There are no readings on the record.")


def of_answers(scope: Scope) -> Iterator[str]:
    """Who has not said that a notice came."""
    silent: dict[str, None] = {}
    for notice in notices(scope):
        silent.update({to: None for to in notice.to if to not in notice.answers})
    if silent:
        told = scope.names(silent)
        yield scope.say(
            f"是否收到通报：{told}（未见签收）。",
            f"Whether the notices came: {told} (no acknowledgement seen).",
        )


def notices(scope: Scope) -> list[NoticeStanding]:
    """The notices about the incident, in the order of time."""
    codes = (scope.incident.code, *scope.incident.same_as)
    found = [one for one in scope.standing.notices.values() if one.about in codes]
    return sorted(found, key=lambda one: (one.issued, one.id))
