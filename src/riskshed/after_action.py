"""The after-action report of an incident: it writes itself from the log.

After an event everybody remembers it differently. `after_action` takes how things stand, the duties as they
are judged, what findings the record bears out and what trust was worked out, and makes the record that
`exchange.after_action_report` sets as a document. It judges nothing and adds nothing: every fact names the
statement that says it, a finding that nobody has made yet is told as one, and what no statement says is
unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from riskshed import sitrep_facts as facts
from riskshed.after_action_bills import promised, settled
from riskshed.after_action_judged import appraisals, findings, is_made, lessons, made, trusted, undecided
from riskshed.errors import NotFoundError
from riskshed.exchange.after_action_record import AfterAction, Section, Table, to_json
from riskshed.exchange.situation_record import DutyRow, Language, Part
from riskshed.exchange.wording import span
from riskshed.first_word import first_word, words_of_risk
from riskshed.governance.circumstances import said_at
from riskshed.governance.obligation import Judged
from riskshed.governance.proposed import Proposed
from riskshed.governance.standing import Standing
from riskshed.governance.territory import Territory
from riskshed.governance.trust import Trust
from riskshed.region import Region
from riskshed.sitrep_aid import aid
from riskshed.sitrep_duties import STATES, article, duty_rows, is_of
from riskshed.sitrep_scope import Scope, precision
from riskshed.statement import Statement
from riskshed.vocabulary import KINDS

__all__ = ["after_action", "to_json"]

COURSE = (
    *("IncidentOpened", "RiskReported", "FieldReportFiled", "NoticeSent", "FootprintIssued", "LevelSet"),
    *("WarningIssued", "WarningUpdated", "WarningCancelled", "PublicStatementMade", "ModeSwitched"),
    *("LeadAssigned", "AssistAssigned", "InstructionGiven", "Escalated", "CommandTaken", "CommandReturned"),
    *("TreatmentDecided", "MeetingHeld", "PlanAdopted", "IncidentClosed"),
)
"""The kinds of statement that make the course of an event; the others stand in sections of their own."""
ARRIVED = ("front", "first_detected")
"""Readings that show that it has come: the front itself, or, as a bound, the first detection."""
TEXTS = ("headline", "what", "text", "summary", "reason", "scope")
"""Fields that tell in words what a statement says, the first that there is."""


def after_action(
    standing: Standing,
    judged: Sequence[Judged],
    proposed: Sequence[Proposed],
    region: Region,
    code: str,
    *,
    language: Language,
    now: datetime,
    zone: tzinfo,
    issuer: str,
    territory: Territory,
    trust: Mapping[str, Trust] | None = None,
    index_of: Callable[[str], int | None] = lambda _: None,
    checkpoint: str | None = None,
) -> AfterAction:
    """The after-action report of an incident, as things stand.

    Parameters
    ----------
    standing : Standing
        Of drills for a drill.
    judged : sequence of Judged
        The duties, at the moment of `standing`; those of other incidents are left out.
    proposed : sequence of Proposed
        What `governance.finding` finds borne out; those of other incidents are left out.
    region : Region
    code : str
        The incident, under any of its codes.
    language : {"zh", "en"}
    now : datetime
        Aware; the time as of which it is written.
    zone : tzinfo
        All times are told in it.
    issuer : str
        Code of the body whose report it is.
    territory : Territory
        By which a word to a government counts for the cities in it.
    trust : mapping of str to Trust, optional
        As `governance.trust.of_bodies` gives it; without it the section says that none was given.
    index_of : callable, optional
        Place in the log of a statement, by id.
    checkpoint : str, optional
        Name, size and root of the log.

    Raises
    ------
    NotFoundError
        ``after_action.unknown_incident``.
    """
    incident = next(
        (one for one in standing.incidents.values() if code == one.code or code in one.same_as), None
    )
    if incident is None:
        known = ", ".join(standing.incidents) or "none"
        told = f"there is no incident {code[:80]!r} on the record"
        raise NotFoundError("after_action.unknown_incident", told, todo=f"There are: {known}.")
    scope = Scope(standing, incident, region, language, now, zone, index_of)
    mine = [one for one in judged if is_of(scope, one.duty.about)]
    borne_out = [one for one in proposed if is_of(scope, one.about) and not is_made(scope, one)]
    cities = tuple(_cities(scope, territory))
    rows = duty_rows(scope, mine)
    lead = tuple(_lead(scope, cities, rows, borne_out))
    sections = (
        Section("happened", items=facts.happened(scope)),
        _course(scope),
        _told(scope, cities),
        _articles(scope, mine),
        Section("aid", items=aid(scope), tables=promised(scope)),
        settled(scope),
        findings(scope, borne_out),
        appraisals(scope),
        trusted(scope, _bodies(scope, mine), trust),
        lessons(scope),
    )
    return AfterAction(
        language=language,
        zone=zone,
        name=scope.words(incident.name) or incident.code,
        code=incident.code,
        phase=scope.say(*facts.PHASES[incident.phase]),
        issuer=scope.name(issuer),
        as_of=now,
        is_exercise=standing.exercise,
        lead=lead,
        sections=sections,
        duties=rows,
        unknown=tuple(_unknown(scope, cities, mine)),
        sources=scope.sources(),
        checkpoint=checkpoint,
    )


def _bodies(scope: Scope, mine: Iterable[Judged]) -> tuple[str, ...]:
    """Who spoke about the incident or owed something in it, by code."""
    spoke = {seen.statement.by for seen in scope.told}
    return tuple(sorted(spoke | {one.duty.who for one in mine}))


# -------------------------------------------------------------------------------------------------- timeline


def _course(scope: Scope) -> Section:
    """What was said, in the order of time, with the readings that show that it came."""
    rows = []
    left: Counter[str] = Counter()
    for seen in scope.told:
        said = seen.statement
        if said.kind in COURSE or any(True for _ in _arrivals(said)):
            kind = KINDS[said.kind]
            rows.append(
                (
                    Part(scope.said_at(said)),
                    Part(scope.name(said.by)),
                    Part(scope.say(kind.zh, kind.en)),
                    scope.part(_content(scope, said), said.id),
                )
            )
        else:
            left[said.kind] += 1
    return Section("course", notes=_left_out(scope, left), tables=(Table("course", tuple(rows)),))


def _left_out(scope: Scope, left: Mapping[str, int]) -> tuple[str, ...]:
    if not left:
        return ()
    told = scope.joined(
        scope.say(f"{KINDS[kind].zh} {number}", f"{KINDS[kind].en} {number}")
        for kind, number in sorted(left.items())
    )
    text = scope.say(f"未列入时间线的声明：{told}。", f"Statements that are not in the timeline: {told}.")
    return (text,)


def _content(scope: Scope, said: Statement) -> str | None:
    """What a statement says, in its own words; None if it is sealed or has none."""
    body = scope.body(said.id)
    if said.kind == "ReadingsTaken":
        return scope.say("；", "; ").join(_reading(scope, said, row) for row in _arrivals(said))
    if said.kind == "FootprintIssued":
        cities = len(body.get("arrivals", ()))
        return scope.say(f"对 {cities} 个城市的到达预测", f"forecast of arrival at {cities} cities")
    told = next((scope.words(body[name]) for name in TEXTS if isinstance(body.get(name), Mapping)), None)
    to = tuple(body.get("to", ())) if said.kind in ("RiskReported", "NoticeSent", "InstructionGiven") else ()
    harm = body.get("harm")
    told = told or (scope.say(f"{body['level']} 级", str(body["level"])) if "level" in body else None)
    if told is None:
        return None
    if harm is not None:
        says = scope.say(*facts.HARM[str(harm)])
        told = scope.say(f"{told}（{says}）", f"{told} ({says})")
    return f"→ {scope.names(to)}{scope.say('：', ': ')}{told}" if to else told


def _arrivals(said: Statement) -> Iterator[Mapping[str, Any]]:
    if said.kind == "ReadingsTaken" and said.body is not None:
        yield from (row for row in said.records("readings") if row["kind"] in ARRIVED)


def _reading(scope: Scope, said: Statement, row: Mapping[str, Any]) -> str:
    at = scope.time(datetime.fromisoformat(row["time"]))
    what = scope.say(*facts.READING[row["kind"]])
    return f"{scope.place(row['section'])}{scope.say('：', ': ')}{said.string('quantity')} {what} {at}"


# -------------------------------------------------------------------------------------- who was told when


@dataclass(frozen=True, slots=True)
class City:
    """A city, the first word to it, and its arrival as foreseen and as recorded; None is unknown."""

    code: str
    word: Statement | None
    word_at: datetime | None
    forecast: str | None
    foreseen: tuple[datetime, datetime, datetime] | None
    reading: str | None
    kind: str
    recorded: datetime | None

    @property
    def came(self) -> datetime | None:
        """When it came, as recorded; else as it was foreseen last."""
        return self.recorded or (self.foreseen[1] if self.foreseen else None)


def _cities(scope: Scope, territory: Territory) -> Iterator[City]:
    """Every city that a forecast names or a reading shows reached, in the order of arrival."""
    foreseen = _foreseen(scope)
    recorded = _recorded(scope)
    words = words_of_risk(scope.standing, (scope.incident,))
    found = []
    for code in dict.fromkeys((*foreseen, *recorded)):
        seen = first_word(words, code, territory)
        forecast, band = foreseen.get(code, (None, None))
        at, reading, kind = recorded.get(code, (None, None, ""))
        word, word_at = (None, None) if seen is None else (seen.statement, said_at(seen))
        found.append(City(code, word, word_at, forecast, band, reading, kind, at))
    late = datetime.max.replace(tzinfo=scope.now.tzinfo) - timedelta(days=2)
    yield from sorted(found, key=lambda one: (one.came or late, one.code))


def _foreseen(scope: Scope) -> dict[str, tuple[str | None, tuple[datetime, datetime, datetime] | None]]:
    """For each city the last forecast that was issued before the arrival it gives, else one that names it.

    What was worked out only after the fact warned nobody.
    """
    found: dict[str, tuple[str | None, tuple[datetime, datetime, datetime] | None]] = {}
    for statement in scope.incident.footprints:
        issued = scope.said(statement).issued
        for row in scope.body(statement).get("arrivals", ()):
            if all(name in row for name in ("earliest", "middle", "latest")):
                first, middle, last = (
                    datetime.fromisoformat(row[name]) for name in ("earliest", "middle", "latest")
                )
                if issued <= middle:
                    found[row["city"]] = (statement, (first, middle, last))
            found.setdefault(row["city"], (statement, None))
    return found


def _recorded(scope: Scope) -> dict[str, tuple[datetime, str, str]]:
    """For each city the earliest reading that shows it there."""
    cities = {section.id: section.city for section in scope.region.sections}
    found: dict[str, tuple[datetime, str, str]] = {}
    for said in scope.of_kinds("ReadingsTaken"):
        for row in _arrivals(said):
            city = cities.get(row["section"], row["section"])
            told = (datetime.fromisoformat(row["time"]), said.id, str(row["kind"]))
            found[city] = min(found.get(city, told), told)
    return found


def _told(scope: Scope, cities: Iterable[City]) -> Section:
    rows = tuple(_told_row(scope, one) for one in cities)
    note = scope.say(
        "首次得知：记录中第一份指名该市、报送其上级政府或向其公众发布的风险信息；称无危害的不计。"
        "预测为到达前发布的最后一次预测。提前量按监测到达计；没有监测的按该预测的中位时间计，并注明。",
        "First told: the first word of danger on the record that is addressed to the city or a government "
        "above it, or warns its people; a word of no harm is none. Foreseen is by the last forecast issued "
        "before the arrival that it gives. Ahead of arrival counts to the recorded arrival; where none is "
        "recorded, to that median, and says so.",
    )
    return Section("told", notes=(note,) if rows else (), tables=(Table("told", rows),))


def _told_row(scope: Scope, one: City) -> tuple[Part, ...]:
    word = one.word
    heard = None if word is None else f"{scope.said_at(word)}\n{scope.name(word.by)}"
    band = None
    if one.foreseen is not None:
        first, middle, last = (scope.time(at) for at in one.foreseen)
        band = f"{middle}\n{scope.say(f'（{first} 至 {last}）', f'({first} to {last})')}"
    came = None
    if one.recorded is not None:
        how = scope.say(*facts.READING[one.kind])
        came = f"{scope.time(one.recorded)}\n{scope.say(f'（{how}）', f'({how})')}"
    return (
        Part(scope.name(one.code)),
        scope.part(heard, None if word is None else word.id)
        if word
        else Part(scope.say("记录中没有", "no word on the record"), (), False),
        scope.part(band, one.forecast),
        scope.part(came, one.reading),
        _ahead(scope, one),
    )


def _ahead(scope: Scope, one: City) -> Part:
    if one.word is None or one.word_at is None or one.came is None:
        return scope.part(None)
    left_s = (one.came - one.word_at).total_seconds()
    length = span(left_s).said(scope.language)
    about = scope.say("约 ", "about ") if precision(one.word) == "day" else ""
    text = (
        scope.say(f"提前{about}{length}", f"{about}{length} before")
        if left_s >= 0
        else scope.say(f"到达后{about}{length}", f"{about}{length} after it came")
    )
    foreseen = scope.say("\n（按预测）", "\n(as foreseen)") if one.recorded is None else ""
    return Part(text + foreseen)


# ---------------------------------------------------------------------------------------------------- duties


def _articles(scope: Scope, mine: Iterable[Judged]) -> Section:
    """How many duties each article made, by how they stand."""
    counts: dict[str, Counter[str]] = {}
    for one in mine:
        counts.setdefault(article(scope, one.duty), Counter())[one.state] += 1
    worst = sorted(counts.items(), key=lambda item: (*(-item[1][state] for state in STATES), item[0]))
    order = ("met", "late", "breached", "undetermined", "open")
    rows = tuple((Part(cite), *(Part(str(held[state])) for state in order)) for cite, held in worst)
    return Section("duties", tables=(Table("articles", rows),))


# ---------------------------------------------------------------------------------------------- lead, unknown


def _lead(
    scope: Scope, cities: Sequence[City], rows: Iterable[DutyRow], borne_out: Sequence[Proposed]
) -> Iterator[Part]:
    """How many cities were told in time, what was not done, what was found."""
    if cities:
        known = [one for one in cities if one.word_at is not None and one.came is not None]
        ahead = sum(one.word_at < one.came for one in known if one.word_at and one.came)
        silent = sum(one.word is None for one in cities)
        yield Part(
            scope.say(
                f"{len(cities)} 个城市：{ahead} 个在到达前得知，{len(known) - ahead} 个在到达后得知，"
                f"{silent} 个在记录中未被告知。",
                f"Of {len(cities)} cities {ahead} were told before it came, {len(known) - ahead} after it "
                f"came; without a word on the record: {silent}.",
            )
        )
    counts: Counter[str] = Counter()
    for one in rows:
        counts[one.state] += one.count
    yield Part(
        scope.say(
            f"责任：{counts['met']} 项履行，{counts['late']} 项迟履行，{counts['breached']} 项逾期未履行。",
            f"Duties: {counts['met']} met, {counts['late']} met late, {counts['breached']} breached.",
        )
    )
    decided = Counter(one.outcome for one in made(scope))
    count, upheld, dismissed = sum(decided.values()), decided["upheld"], decided["dismissed"]
    yield Part(
        scope.say(
            f"认定：已提出 {count} 项（成立 {upheld}，驳回 {dismissed}）；"
            f"记录支持而尚未提出的 {len(borne_out)} 项。",
            f"Findings: {count} made ({upheld} upheld, {dismissed} dismissed); "
            f"{len(borne_out)} more are borne out by the record.",
        )
    )


def _unknown(scope: Scope, cities: Iterable[City], mine: Iterable[Judged]) -> Iterator[str]:
    if scope.incident.phase != "closed":
        yield scope.say(
            "事件尚未结束，本报告是中间报告。", "The incident has not been closed; this report is interim."
        )
    yield from facts.of_people(scope)
    yield from facts.of_levels(scope)
    cities = tuple(cities)
    for zh, en, held in (
        ("记录中没有告知", "No word on the record to", [one for one in cities if one.word is None]),
        ("没有监测到达时间", "No recorded arrival at", [one for one in cities if one.recorded is None]),
    ):
        if held:
            told = scope.names(one.code for one in held)
            yield scope.say(f"{zh}：{told}。", f"{en}: {told}.")
    yield from facts.of_answers(scope)
    open_ = sum(one.state == "undetermined" for one in mine)
    if open_:
        yield scope.say(
            f"{open_} 项责任无法判定：记录缺少所需事实。",
            f"Duties that cannot be judged, since the record lacks the facts: {open_}.",
        )
    yield from undecided(scope)
