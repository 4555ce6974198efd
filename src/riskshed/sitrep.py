"""The situation report of an incident: it fills itself from what is on the record.

A duty officer in the middle of an event should not type what the log knows. `situation_report` takes how
things stand and the duties as they are judged, and makes the record that `exchange.situation_report` sets as
a document. It adds nothing: every fact names the statement that says it, what no statement says is unknown,
and what follows from a forecast is told as a forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any, Literal, cast

from riskshed import sitrep_facts as facts
from riskshed.errors import NotFoundError
from riskshed.exchange.situation_layout import percent
from riskshed.exchange.situation_record import (
    CityRow,
    DutyRow,
    Forecast,
    Item,
    Language,
    NoticeRow,
    Part,
    Report,
    WarningRow,
)
from riskshed.exchange.wording import number as written
from riskshed.exchange.wording import people
from riskshed.governance.obligation import Judged
from riskshed.governance.standing import Standing
from riskshed.region import Region
from riskshed.sitrep_aid import aid
from riskshed.sitrep_duties import duty_rows
from riskshed.sitrep_scope import Scope

COLOURS = ("red", "orange", "yellow", "blue")


def situation_report(
    standing: Standing,
    judged: Sequence[Judged],
    region: Region,
    code: str,
    *,
    language: Language,
    now: datetime,
    zone: tzinfo,
    issuer: str,
    number: int = 1,
    index_of: Callable[[str], int | None] = lambda _: None,
    checkpoint: str | None = None,
) -> Report:
    """The report of an incident, as things stand.

    Parameters
    ----------
    standing : Standing
        Of drills for a drill.
    judged : sequence of Judged
        The duties, at the moment of `standing`; those of other incidents are left out.
    region : Region
    code : str
        The incident, under any of its codes.
    language : {"zh", "en"}
    now : datetime
        Aware; the time as of which it is written.
    zone : tzinfo
        All times are told in it.
    issuer : str
        Code of the body that sends it up.
    number : int
        Of the report, from 1.
    index_of : callable, optional
        Place in the log of a statement, by id.
    checkpoint : str, optional
        Name, size and root of the log.

    Raises
    ------
    NotFoundError
        ``sitrep.unknown_incident``.
    """
    incident = next(
        (one for one in standing.incidents.values() if code == one.code or code in one.same_as), None
    )
    if incident is None:
        known = ", ".join(standing.incidents) or "none"
        told = f"there is no incident {code[:80]!r} on the record"
        raise NotFoundError("sitrep.unknown_incident", told, todo=f"There are: {known}.")
    scope = Scope(standing, incident, region, language, now, zone, index_of)
    scope.cite(incident.footprint)  # what matters most rests on it, so it is number 1
    report = Report(
        language=language,
        zone=zone,
        name=scope.words(incident.name) or incident.code,
        code=incident.code,
        number=number,
        issuer=scope.name(issuer),
        as_of=now,
        is_exercise=standing.exercise,
        lead=(),
        happened=facts.happened(scope),
        situation=_situation(incident.situation),
        situation_sources=scope.cite(incident.footprint) if incident.situation else (),
        elements=facts.elements(scope),
        elements_note=facts.elements_note(scope),
        whereabouts=facts.whereabouts(scope),
        forecast=_forecast(scope),
        warnings=tuple(_warnings(scope)),
        notices=tuple(_notices(scope)),
        roles=_roles(scope),
        duties=duty_rows(scope, judged),
        aid=aid(scope),
        unknown=facts.unknown(scope),
        sources=(),
        checkpoint=checkpoint,
    )
    lead = tuple(_lead(scope, report.forecast, report.duties))
    return replace(report, lead=lead, sources=scope.sources())


def _situation(told: str | None) -> Literal[1, 2, 3] | None:
    return None if told is None else cast(Literal[1, 2, 3], int(told))


# ----------------------------------------------------------------------------------------------------- lead


def _lead(scope: Scope, forecast: Forecast | None, duties: Iterable[DutyRow]) -> Iterator[Part]:
    """Whom it reaches next, how many people are known to be exposed, and what was not done."""
    rows = () if forecast is None else forecast.rows
    ahead = [one for one in rows if one.middle and one.earliest and one.latest and one.latest > scope.now]
    if ahead:
        yield _next(scope, min(ahead, key=_by_arrival))
    known = [one.exposed_people for one in rows if one.exposed_people is not None]
    if known:
        total = people(sum(known)).said(scope.language)
        bound = scope.say("至少 ", "at least ") if len(known) < len(rows) else ""
        told = scope.say(f"受影响人口：{bound}{total}。", f"People exposed: {bound}{total}.")
        yield scope.part(told, scope.incident.footprint)
    counts = {state: sum(one.count for one in duties if one.state == state) for state in ("breached", "late")}
    yield Part(
        scope.say(
            f"责任：{counts['breached']} 项逾期未履行，{counts['late']} 项迟履行。",
            f"Duties: {counts['breached']} breached, {counts['late']} met late.",
        )
    )


def _next(scope: Scope, row: CityRow) -> Part:
    first, middle, last = (
        scope.unknown if at is None else scope.time(at) for at in (row.earliest, row.middle, row.latest)
    )
    chance = percent(row.probability) or scope.unknown
    told = scope.say(
        f"下一个：{row.name}，最可能 {middle}，90% 区间 {first} 至 {last}，到达概率 {chance}。",
        f"Next: {row.name}, most likely {middle}, 90 % band {first} to {last}, probability {chance}.",
    )
    return scope.part(told, scope.incident.footprint)


# ------------------------------------------------------------------------------ forecast, warnings, notices


def _forecast(scope: Scope) -> Forecast | None:
    footprint = scope.incident.footprint
    body = scope.body(footprint)
    if footprint is None or not body:
        return None
    rows = sorted((_city(scope, row) for row in body.get("arrivals", ())), key=_by_arrival)
    made = f"{body['model']} {body['version']}"
    members = scope.say(
        f"{body['members']} 个成员，种子 {body['seed']}", f"{body['members']} members, seed {body['seed']}"
    )
    basis = (
        scope.item("模型", "Model", scope.part(f"{made}{scope.say('，', ', ')}{members}", footprint)),
        scope.item("发布", "Issued", scope.part(scope.said_at(scope.said(footprint)), footprint)),
        scope.item(
            "所用数据截至",
            "Data up to",
            scope.part(scope.time(datetime.fromisoformat(body["known_at"])), footprint),
        ),
        scope.item(
            "到达判据", "Counts as reached", scope.part(f"≥ {scope.measure(body['threshold'])}", footprint)
        ),
        *((_caveats(scope, body["caveats"]),) if body.get("caveats") else ()),
    )
    return Forecast(str(body["quantity"]), tuple(rows), basis, scope.cite(footprint))


def _caveats(scope: Scope, codes: Iterable[str]) -> Item:
    return scope.item(
        "不可尽信（代码）", "Caveats (codes)", scope.part(scope.joined(codes), scope.incident.footprint)
    )


def _by_arrival(row: CityRow) -> tuple[bool, float, str]:
    return row.middle is None, row.middle.timestamp() if row.middle else 0.0, row.name


def _city(scope: Scope, row: Any) -> CityRow:
    first, middle, last = (
        datetime.fromisoformat(row[name]) if name in row else None
        for name in ("earliest", "middle", "latest")
    )
    return CityRow(
        name=scope.name(row["city"]),
        probability=float(row["probability"]),
        earliest=first,
        middle=middle,
        latest=last,
        peak=_peak(row.get("peak")),
        exposed_people=row.get("exposed_people"),
    )


def _peak(told: Any) -> str | None:
    return None if told is None else f"{written(float(told['value']), 3)} {told['unit']}"


def _warnings(scope: Scope) -> Iterator[WarningRow]:
    codes = (scope.incident.code, *scope.incident.same_as)
    active = [
        one for one in scope.standing.warnings.values() if one.status == "active" and one.about in codes
    ]
    for one in sorted(active, key=lambda one: (COLOURS.index(one.level), one.issued, one.id)):
        yield WarningRow(
            colour=cast(Any, one.level),
            headline=scope.words(scope.body(one.id).get("headline")),
            cities=scope.names(one.cities),
            by=scope.name(one.by),
            issued=scope.said_at(scope.said(one.id)),
            onset=one.onset,
            expires=one.expires,
            sources=scope.cite(one.id),
        )


def _notices(scope: Scope) -> Iterator[NoticeRow]:
    for notice in facts.notices(scope):
        for to in notice.to:
            answer = notice.answers.get(to)
            known = (None,) * 3 if answer is None else (answer.acknowledged, answer.adopted, answer.declined)
            acknowledged, adopted, declined = (None if one is None else one.at for one in known)
            yield NoticeRow(
                by=scope.name(notice.by),
                to=scope.name(to),
                headline=scope.words(scope.body(notice.id).get("headline")),
                sent=scope.said_at(scope.said(notice.id)),
                answer_by=notice.answer_by,
                acknowledged=acknowledged,
                adopted=adopted,
                declined=declined,
                sources=scope.cite(notice.id, *(one.id for one in known if one is not None)),
            )


# -------------------------------------------------------------------------------------------------- roles


def _roles(scope: Scope) -> tuple[Item, ...]:
    incident = scope.incident
    lead = scope.part(scope.names(incident.lead), incident.lead_statement)
    assist = scope.part(scope.names(incident.assist), incident.assist_statement)
    taken = [one.id for one in scope.of_kinds("CommandTaken") if one.by in incident.command]
    command = scope.part(scope.names(incident.command[-1:] or incident.lead), *taken)
    up = scope.of_kinds("Escalated")
    return (
        scope.item("牵头", "Leads", lead),
        scope.item("配合", "Assist", assist),
        scope.item("指挥", "In command", command),
        *((_escalated(scope, up),) if up else ()),
        *((_modes(scope),) if incident.modes else ()),
    )


def _escalated(scope: Scope, up: Iterable[Any]) -> Item:
    told = (
        scope.part(
            f"{scope.said_at(one)}  {scope.name(one.by)} → {scope.names(scope.body(one.id)['to'])}", one.id
        )
        for one in up
    )
    return scope.item("提级", "Handed up", *told)


def _modes(scope: Scope) -> Item:
    words = {"normal": ("平时", "normal"), "emergency": ("应急", "emergency")}
    switched = {one.by: one.id for one in scope.of_kinds("ModeSwitched")}
    told = (
        scope.part(f"{scope.name(body)}{scope.say('：', ': ')}{scope.say(*words[mode])}", switched.get(body))
        for body, mode in scope.incident.modes.items()
    )
    return scope.item("平急状态", "Working", *told)
