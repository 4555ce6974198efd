"""The live chain up to the footprint: what was measured, what it means, how grave it is, what is foreseen.

Each function gives the drafts that the record still lacks, by how things stand; what is there already gives
none. So they may be asked again at any time, after a crash or without any cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from riskshed.chain_view import View, evidence, gravest
from riskshed.crossings import Crossing, verdict
from riskshed.exchange import readings
from riskshed.footprint_statement import EVIDENCE_MAX, issue
from riskshed.forecaster import Foreseen
from riskshed.governance import outlook as outlooks
from riskshed.governance.draft import Draft
from riskshed.governance.incident import words
from riskshed.governance.outlook import Coming, Outlook
from riskshed.governance.subjects import IncidentStanding
from riskshed.signals import Signal, by_time
from riskshed.statement import decimal_text, digest_text, time_text
from riskshed.thresholds import Threshold
from riskshed.vocabulary_fields import COLOURS, GRADES, ROWS

RECENT = timedelta(days=7)
"""So long after it was last seen, a hazard that travels is still on its way though its station is clear."""
FILE_ROWS_MAX = 50_000
PLACES = 12
"""Decimals of a value in the rows of a statement; the file has them all."""


class File(NamedTuple):
    """A file that a draft names by digest, and the signals that are in it, if it holds any."""

    data: bytes
    signals: tuple[Signal, ...] = ()


class Said(NamedTuple):
    """A draft, and the file that it names."""

    draft: Draft
    file: File | None = None


# ----------------------------------------------------------------------------------------- what was measured


def taken(view: View, arrived: Iterable[Signal]) -> tuple[list[Said], list[Signal]]:
    """What arrived and is not on record yet, as `ReadingsTaken`; and that for which nobody speaks here."""
    groups: dict[tuple[str, str, str | None], list[Signal]] = {}
    unspoken: list[Signal] = []
    for one in view.taken.sift(arrived).fresh:
        speaker = view.lookout.speaker_at(one.place)
        if speaker is None:
            unspoken.append(one)
        else:
            groups.setdefault((speaker, one.quantity, _about(view, one)), []).append(one)
    said = [
        _taken(view, speaker, quantity, about, told[at : at + FILE_ROWS_MAX])
        for (speaker, quantity, about), told in sorted(groups.items(), key=lambda item: str(item[0]))
        for at in range(0, len(told), FILE_ROWS_MAX)
    ]
    return said, unspoken


def _about(view: View, one: Signal) -> str | None:
    """The incident on which a signal bears; None if there is none."""
    city = view.city_of(one.place)
    for incident in view.incidents:
        sort = view.sort(incident)
        bears = view.lookout.forecaster.uses(sort, one.quantity, one.unit) or any(
            _is_of(each.threshold, one) for each in view.of(incident)
        )
        if bears and one.hazard_class == incident.hazard_class and view.connects(sort, city, incident.city):
            return incident.code
    return None


def _is_of(threshold: Threshold, one: Signal) -> bool:
    return (threshold.quantity, threshold.unit) == (one.quantity, one.unit)


def _taken(view: View, by: str, quantity: str, about: str | None, told: Sequence[Signal]) -> Said:
    data = readings.to_csv(told)
    times = [one.time for one in told]
    body: dict[str, Any] = {
        "quantity": quantity,
        "starts": _time(view, min(times)),
        "ends": _time(view, max(times)),
        "file": {
            "digest": digest_text(data),
            "size_bytes": len(data),
            "media_type": readings.MEDIA_TYPE,
            "title": f"{len(told)} readings",
        },
    }
    if rows := _rows(view, told):
        body["readings"] = rows
    return Said(Draft("ReadingsTaken", by, about, None, body), File(data, tuple(told)))


def _rows(view: View, told: Sequence[Signal]) -> list[dict[str, Any]]:
    """The rows in the statement itself: all if they are few, else those that bear on a threshold; first those
    that cross it, and of each the last."""
    if len(told) > ROWS:
        told = _telling(view.lookout.thresholds.watched, told)
    rows: list[dict[str, Any]] = []
    for one in sorted(told, key=by_time):
        row: dict[str, Any] = {"section": one.place, "time": _time(view, one.time), "kind": one.kind}
        if one.value is not None:
            row["value"] = {"value": decimal_text(one.value, PLACES), "unit": one.unit}
        row["known_at"] = _time(view, one.known_at)
        if row not in rows:
            rows.append(row)
    return rows


def _telling(
    watched: Mapping[tuple[str, str, str], Sequence[Threshold]], told: Sequence[Signal]
) -> list[Signal]:
    shown: dict[str, list[Signal]] = {"crosses": [], "clears": []}
    for one in sorted(told, key=by_time):
        found = {verdict(each, one) for each in watched.get((one.place, one.quantity, one.unit), ())}
        for word in ("crosses", "clears"):
            if word in found:
                shown[word].append(one)
                break
    return [*shown["crosses"][-ROWS:], *shown["clears"][-ROWS:]][:ROWS]


def _time(view: View, at: datetime) -> str:
    return time_text(at.astimezone(view.lookout.writing.zone))


# ------------------------------------------------------------------------------------------------ incidents


def opened(view: View) -> list[Said]:
    """The incidents that have to be opened: at most one of each hazard at a time, since the next may be the
    same."""
    said: list[Said] = []
    sorts: set[str] = set()
    for crossing in view.crossings:
        sort = crossing.threshold.sort
        speaker = view.lookout.speaker_at(crossing.threshold.place)
        if sort in sorts or speaker is None or not _is_news(view, crossing):
            continue
        sorts.add(sort)
        said.append(Said(_opening(view, crossing, speaker)))
    return said


def _is_news(view: View, crossing: Crossing) -> bool:
    """Whether it is of no incident yet; one that was closed after it was last seen is not opened again."""
    held = [one for one in view.standing.incidents.values() if view.belongs(crossing, one)]
    if any(one.closed is None or one.closed >= crossing.last for one in held):
        return False
    if crossing.is_open:
        return True
    travels = view.lookout.forecaster.moves(crossing.threshold.sort)
    return travels and view.now - crossing.last <= RECENT


def _opening(view: View, crossing: Crossing, by: str) -> Draft:
    one = crossing.threshold
    place, city = view.named(one.place), view.city_of(one.place)
    origin = view.lookout.forecaster.origin(one.sort, city)
    where, what = view.named(origin), _what(one)
    told = list(evidence(view, (crossing,)))
    body: dict[str, Any] = {
        "name": words(f"{_in(where, 'zh')}{what['zh']}事件", f"{_in_front(what['en'])}, {_in(where, 'en')}"),
        "hazard_class": one.hazard_class,
        "city": origin,
        "began": _time(view, crossing.since),
        "what": _found(crossing, place),
    }
    if one.hazard is not None:
        body["hazard"] = one.hazard
    if told:
        body["evidence"] = told[:EVIDENCE_MAX]
    return Draft("IncidentOpened", by, _code(view, crossing, origin), told[0] if told else None, body)


def _code(view: View, crossing: Crossing, city: str) -> str:
    """City, hazard and day: a code that tells what it is, and that nothing has yet."""
    day = crossing.since.astimezone(view.lookout.writing.zone).strftime("%Y%m%d")
    code = f"{city}-{crossing.threshold.sort}-{day}"
    number = 1
    while (found := code if number == 1 else f"{code}-{number}") in view.standing.incidents:
        number += 1
    return found


def _what(threshold: Threshold) -> dict[str, str]:
    """What it is: the name of the hazard, else its code or that of what was measured."""
    if threshold.names:
        return words(threshold.names["zh"], threshold.names["en"])
    return words(threshold.hazard or threshold.quantity, threshold.hazard or threshold.quantity)


def _in_front(words: str) -> str:
    return words[:1].upper() + words[1:]


def _in(names: Any, language: str) -> str:
    return str(names.get(language) or next(iter(names.values())))


def _found(crossing: Crossing, place: Any) -> dict[str, str]:
    one, seen = crossing.threshold, crossing.extreme
    value = "" if seen.value is None else f" {decimal_text(seen.value, PLACES)} {seen.unit}"
    limit = "" if one.value is None else f"{decimal_text(one.value, PLACES)} {one.unit}"
    zh, en = ("以上", "at or above") if one.direction == "above" else ("以下", "at or below")
    told_zh = f"{_in(place, 'zh')}：{one.quantity}{value or '已检出'}"
    told_en = f"{_in(place, 'en')}: {one.quantity}{value or ' found'}"
    if limit:
        told_zh, told_en = f"{told_zh}（限值 {limit} {zh}）", f"{told_en} ({en} {limit})"
    return words(f"{told_zh}。依据：{one.source}", f"{told_en}. By: {one.source}")


def levels(view: View, incident: IncidentStanding) -> list[Said]:
    """The warning level of an incident by its crossings, where it is graver than the one that was set."""
    level = gravest(tuple(one for one in view.of(incident) if one.is_open))
    speaker, stated = view.speaker(incident), incident.levels.get("warning")
    if level is None or speaker is None:
        return []
    grade = GRADES[COLOURS.index(level)]
    if stated is not None and GRADES.index(stated.level) <= GRADES.index(grade):
        return []
    told = tuple(one for one in view.of(incident) if one.threshold.level == level and one.is_open)
    body: dict[str, Any] = {
        "scale": "warning",
        "level": grade,
        # What other places would show is unknown, and could only raise it.
        "lower_bound": True,
        "reason": _found(told[0], view.named(told[0].threshold.place)),
    }
    if found := list(evidence(view, told))[-EVIDENCE_MAX:]:
        body["evidence"] = found
    before = stated.statement if stated is not None else None
    return [Said(Draft("LevelSet", speaker, incident.code, before, body))]


# ------------------------------------------------------------------------------------------------ footprints


def basis(view: View, incident: IncidentStanding) -> tuple[str, ...]:
    """The statements with the readings on which a forecast of it rests, those known last at the end."""
    known: dict[str, datetime] = {}
    for key in view.relevant_series(incident):
        for name, at in view.taken.statements_of(key).items():
            known[name] = max(known.get(name, at), at)
    return tuple(sorted(known, key=lambda name: (known[name], name)))[-EVIDENCE_MAX:]


def foreseen(view: View, incident: IncidentStanding) -> Foreseen:
    """What is foreseen of an incident from what is known now."""
    forecaster = view.lookout.forecaster
    return forecaster.foresee(view.sort(incident), view.start(incident), view.relevant(incident), view.now)


def footprint(view: View, incident: IncidentStanding) -> list[Said]:
    """The footprint that has to be issued; none where the last one still rests on all that is known, or is
    too young, or where nothing can be foreseen, or no border is crossed."""
    speaker = view.speaker(incident)
    if speaker is None or is_current(view, incident):
        return []
    found = foreseen(view, incident)
    made = found.footprint
    if made is None:
        return []
    zone = view.lookout.writing.zone
    title = f"footprint {len(incident.footprints) + 1} of {incident.code}"
    issued = issue(made, readings=basis(view, incident), title=title, zone=zone, more=found.more)
    if issued is None:
        return []
    view.lookout.forecaster.keep(issued.digest, made)
    draft = Draft("FootprintIssued", speaker, incident.code, incident.footprint, issued.body)
    return [Said(draft, File(issued.data))]


def is_current(view: View, incident: IncidentStanding) -> bool:
    """Whether the last footprint rests on all that is known, or is too young to be replaced."""
    last = view.standing.statements.get(incident.footprint or "")
    if last is None or last.statement.body is None:
        return False
    said = last.statement
    if set(basis(view, incident)) <= set(said.strings("readings")):
        return True
    age_s = (view.now - said.issued).total_seconds()
    is_new = any(one.found > said.issued for one in view.of(incident))
    return age_s < view.lookout.forecast_every_s and not is_new


def outlook(view: View, incident: IncidentStanding) -> Outlook | None:
    """What a notice or a warning tells: by the footprint on record while that is current, else by the one
    that crosses no border; None where nothing could be foreseen.

    Cities at whose stations it is seen now are marked as reached.
    """
    shown = view.shown_in(incident)
    found: Outlook | None = None
    if is_current(view, incident):
        said = view.standing.statements[str(incident.footprint)].statement
        made = view.lookout.forecaster.kept(str(said.record("file")["digest"]))
        found = outlooks.of_statement(said) if made is None else outlooks.of_footprint(made, said.id)
    else:
        made = foreseen(view, incident).footprint
        found = None if made is None else outlooks.of_footprint(made)
    if found is None:
        return None
    more = [Coming(city, None) for city in shown if all(one.city != city for one in found.coming)]
    return replace(found, coming=(*found.coming, *more)).seen_at(shown)
