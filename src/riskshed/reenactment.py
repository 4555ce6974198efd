"""A case enacted again: as it was recorded, and as it would have gone had everybody kept an agreement.

**Recorded.** What each body said, as the case has it, is judged by the rules of a model agreement and of
the law of today, as if both had been in force. Out come findings with their evidence, and when each city
was told. A time that is known to the day counts as the first moment of that day, which favours the body
that is judged.

**Agreed.** A clock runs from the event. Whenever a duty falls due, its body does what it owes, at the last
moment that is still in time, and nothing else: so this is the slowest course that keeps every promise. New
statements make new duties, until nothing is owed any more. No forecast sees a reading before its time.

Neither has any rule of its own. Both fold statements (`governance.standing`) and ask for duties
(`governance.duty`), as the duty desk of a city does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from riskshed.agreed_terms import Account, ModelAgreement
from riskshed.case import Case
from riskshed.chronicle import chronicle
from riskshed.errors import InputError
from riskshed.first_word import first_word, words_of_risk
from riskshed.governance import duty, finding
from riskshed.governance.circumstances import said_at
from riskshed.governance.obligation import Duty, Judged
from riskshed.governance.proposed import Proposed
from riskshed.governance.standing import Fold, Seen, Standing
from riskshed.replay import Forecast
from riskshed.said import Said
from riskshed.scene import OUTSIDE, Scene
from riskshed.statement import Statement, make, time_text

OFFICER = "duty"
STEPS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Told:
    """When a city heard of what was coming, and when it came.

    Attributes
    ----------
    city : str
    at : datetime or None
        The first word on the record that is addressed to it or to a government above it, or warns its people.
    by : str or None
    statement : str or None
    arrival : datetime or None
        The front as it was recorded, at the earliest.
    """

    city: str
    at: datetime | None
    by: str | None
    statement: str | None
    arrival: datetime | None

    @property
    def before_arrival_h(self) -> float | None:
        """Hours from the word to the arrival; negative if it came after it, None if either is unknown."""
        if self.at is None or self.arrival is None:
            return None
        return (self.arrival - self.at).total_seconds() / 3600


@dataclass(frozen=True)
class Course:
    """How a case went, or would have gone.

    Attributes
    ----------
    standing : Standing
        At its end.
    judged : tuple of Judged
        Every duty that arose, as it stands at the end.
    findings : tuple of Proposed
    told : mapping of str to Told
        By city.
    seen : tuple of Seen
        The statements.
    accounts : tuple of Account
        Ids of statements that exclude each other; each stays what its body claims.
    """

    standing: Standing
    judged: tuple[Judged, ...]
    findings: tuple[Proposed, ...]
    told: Mapping[str, Told]
    seen: tuple[Seen, ...]
    accounts: tuple[Account, ...] = ()


def of_case(case: Case, said: Said, forecasts: Sequence[Forecast] = ()) -> Scene:
    """The scene of a case: what was said as statements, and when the front came to each city.

    Parameters
    ----------
    case, said
    forecasts : sequence of Forecast, optional
        As `replay.replay` made them.
    """
    told = chronicle(case, said, forecasts)
    return Scene(
        name=case.folder.name,
        zone=case.zone,
        region=case.region,
        start=case.spill.released,
        statements=told.statements,
        rows={row: told.statements[index].id for row, index in told.rows.items()},
        arrivals=arrivals(case),
        texts={**said.texts, "hazard_class": "accident"},
        expires=said.expires,
    )


def arrivals(case: Case) -> dict[str, datetime]:
    """The recorded front at each city, by the earliest of its sections, in the order of time."""
    first: dict[str, datetime] = {}
    for one in case.record:
        if one.kind == "front":
            city = case.region.section(one.section).city
            first[city] = min(first.get(city, one.earliest), one.earliest)
    return dict(sorted(first.items(), key=lambda item: item[1]))


# ------------------------------------------------------------------------------------------------ recorded


def recorded(scene: Scene, model: ModelAgreement, until: datetime | None = None) -> Course:
    """The scene as it was, judged.

    Parameters
    ----------
    scene : Scene
    model : ModelAgreement
    until : datetime, optional
        Judge as of this time; without it, at the last statement.

    Raises
    ------
    InputError
        ``replay.no_record``: nothing that a body said is on record.
    """
    if not scene.has_record:
        told = f"nothing that anybody said in {scene.name} is on record, and silence proves nothing"
        raise InputError("replay.no_record", told, todo="Look at how it would have gone: --variant agreed.")
    seen = tuple(Seen(one, one.issued) for one in scene.statements if until is None or one.issued <= until)
    end = until or max(one.seen_at for one in seen)
    fold = Fold(territory=model.regime.territory)
    for one in seen:
        fold.add(one)
    book = duty.Book(model.regime)
    for moment in sorted({one.seen_at for one in seen}):
        book.observe(fold.standing(moment))
    standing = fold.standing(end)
    return Course(
        standing=standing,
        judged=duty.judge(standing, model.regime, book.duties),
        findings=finding.propose(standing, model.regime, book.duties, exclusions(model, scene.rows)),
        told=told_when(scene, standing, model),
        seen=seen,
        accounts=tuple(_of_statements(one, scene.rows) for one in model.accounts),
    )


def _of_statements(account: Account, rows: Mapping[str, str]) -> Account:
    """The account with ids of statements in the place of rows."""
    one, other = (tuple(rows[row] for row in side if row in rows) for side in (account.one, account.other))
    return replace(account, one=one, other=other)


def exclusions(model: ModelAgreement, rows: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Statements that exclude each other, by id, from the accounts of the case."""
    found: dict[str, frozenset[str]] = {}
    for account in model.accounts:
        one, other = ([rows[row] for row in side if row in rows] for side in (account.one, account.other))
        found |= {name: found.get(name, frozenset()) | frozenset(other) for name in one}
        found |= {name: found.get(name, frozenset()) | frozenset(one) for name in other}
    return found


def told_when(scene: Scene, standing: Standing, model: ModelAgreement) -> dict[str, Told]:
    """For each city with a recorded arrival, the first word that reached it."""
    territory, words = model.regime.territory, words_of_risk(standing, standing.incidents.values())
    found = {}
    for city, arrival in scene.arrivals.items():
        first = first_word(words, city, territory)
        found[city] = Told(
            city,
            None if first is None else said_at(first),
            None if first is None else first.statement.by,
            None if first is None else first.statement.id,
            arrival,
        )
    return found


# -------------------------------------------------------------------------------------------------- agreed


def agreed(scene: Scene, model: ModelAgreement) -> Course:
    """The scene as it would have gone had everybody kept the model agreement, at the last moment in time.

    Parameters
    ----------
    scene : Scene
        Of what was said only the bodies, the event, forecasts, and what was measured are used; each forecast
        is known no earlier than the first report of the event.
    model : ModelAgreement
    """
    play = _Play(scene, model)
    play.run()
    standing = play.fold.standing(play.now)
    return Course(
        standing=standing,
        judged=duty.judge(standing, model.regime, play.book.duties),
        findings=finding.propose(standing, model.regime, play.book.duties),
        told=told_when(scene, standing, model),
        seen=tuple(play.seen),
    )


class _Play:
    """All bodies of a case, each doing what it owes when it falls due.

    Owns the clock (`now`), the statements so far (`seen`) and the duties that are still to be done (`open`).
    """

    def __init__(self, scene: Scene, model: ModelAgreement) -> None:
        self.scene, self.model = scene, model
        self.fold = Fold(territory=model.regime.territory)
        self.book = duty.Book(model.regime)
        self.seen: list[Seen] = []
        self.now = scene.start
        self.reported: datetime | None = None
        self.open: dict[str, Duty] = {}
        self.acts: set[tuple[str, str, str | None]] = set()
        self.spoke: dict[str, datetime] = {}
        told = scene.statements
        self.script = [(max(one.issued, self.now), one) for one in told if one.kind in OUTSIDE]

    def run(self) -> None:
        """Until nothing more comes and nothing more is owed, but for signs of life."""
        for _ in range(STEPS_MAX):
            self._from_outside()
            self._observe()
            due = [one for one in self.open.values() if one.due is not None]
            moments = [max(one.due, self.now) for one in due if one.due is not None and self._matters(one)]
            moments += [at for at, one in self.script if one.kind != "FootprintIssued" or self.reported]
            if not moments:
                return
            self.now = min(moments)
            for one in sorted(due, key=lambda one: (one.due, one.id)):
                if one.due is not None and one.due <= self.now:
                    self._act(one)
        raise AssertionError("a play that never ends: some duty makes itself anew")

    def _matters(self, one: Duty) -> bool:
        """Signs of life go on for ever; they end with what comes from outside."""
        return one.owes != "SignOfLife" or bool(self.script)

    def _from_outside(self) -> None:
        """What is due by now; forecasts wait for the first report, since nobody could make one before it."""
        for at, one in list(self.script):
            if at <= self.now and (one.kind != "FootprintIssued" or self.reported is not None):
                self.script.remove((at, one))
                self._take(one)

    def _take(self, statement: Statement) -> None:
        one = Seen(statement, max(statement.issued, self.now))
        self.seen.append(one)
        self.fold.add(one)

    def _observe(self) -> None:
        for one in self.book.observe(self.fold.standing(self.now)):
            if one.due is not None and one.owes in ACTS and not self._is_done(one):
                self.open[one.id] = one

    def _is_done(self, one: Duty) -> bool:
        if one.owes == "SignOfLife":
            return one.since is not None and self.spoke.get(one.who, one.since) > one.since
        subject = one.to if one.owes in ("RiskReported", "NoticeSent") else one.about
        return (one.who, ACTS[one.owes], subject) in self.acts

    def _act(self, one: Duty) -> None:
        """Do what is owed, if it has not been done meanwhile."""
        del self.open[one.id]
        if self._is_done(one):
            return
        subject = one.to if one.owes in ("RiskReported", "NoticeSent") else one.about
        self.acts.add((one.who, ACTS[one.owes], subject))
        if one.owes in ("NoticeAcknowledged", "NoticeAnswered"):
            self._answer(one)
        elif one.owes == "ModeSwitched":
            why = {"reason": self._words(one), "rule": one.rule_record()}
            self._say("ModeSwitched", one.who, {"mode": "emergency", **why})
        elif one.owes == "RiskAssessed":
            self._say("RiskAssessed", one.who, {"step": "analysed", "summary": self._words(one)})
        else:
            kind = "NoticeSent" if one.owes == "NoticeSent" else "RiskReported"
            body = self._notice(one) if kind == "NoticeSent" else self._report(one)
            self._say(kind, one.who, body)
            if self.reported is None and kind == "RiskReported":
                self.reported = self.now

    def _answer(self, one: Duty) -> None:
        """Acknowledge; or adopt, and warn one's own people."""
        if one.owes == "NoticeAcknowledged":
            self._say("NoticeAcknowledged", one.who, {"received_at": self._time(self.now)}, one.about)
            return
        warning = None
        if one.who in self.scene.region.city_index:
            texts = {**self._message(one, [one.who]), "level": self.scene.texts["level"], "notice": one.about}
            warning = self._say("WarningIssued", one.who, texts, one.about)
        self._say("NoticeAdopted", one.who, {"warning": warning} if warning else {}, one.about)

    # --------------------------------------------------------------------------------------- statements

    def _say(self, kind: Any, by: str, body: dict[str, Any], replies_to: str | None = None) -> str:
        subject = self.scene.texts["about"]
        at = self.now.astimezone(self.scene.zone)
        self.spoke[by] = self.now
        said = make(kind, by=by, officer=OFFICER, issued=at, body=body, about=subject, replies_to=replies_to)
        self._take(said)
        return said.id

    def _time(self, at: datetime) -> str:
        return time_text(at.astimezone(self.scene.zone))

    def _words(self, one: Duty) -> dict[str, str]:
        return {"zh": f"依{one.cite}", "en": f"As {one.pack} {one.rule} asks: {one.cite}"}

    def _report(self, one: Duty) -> dict[str, Any]:
        terms, above = self.model.regime.terms, self.model.regime.territory.superior(one.who)
        to = one.to or terms.superior or terms.coordination_body or above or one.who
        report = "first" if one.act.startswith("report.first") else "follow_up"
        known = min(one.since or self.now, self.now)
        return {
            "report": report,
            "to": [to],
            "hazard_class": self.scene.texts["hazard_class"],
            "hazard": self.scene.texts["hazard"],
            "what": self._words(one),
            "harm": "possible",
            "known_at": self._time(known),
        }

    def _message(self, one: Duty, cities: list[str]) -> dict[str, Any]:
        unknown = {"urgency": "Expected", "severity": "Severe", "certainty": "Likely"}
        words = self._words(one)
        texts = {"headline": words, "description": words, "instruction": self._instruction()}
        ends: dict[str, Any] = {"cities": cities, "expires": self._time(self.scene.expires)}
        onset = self._onset(cities)
        if onset is not None:
            ends["onset"] = self._time(onset)
        return {
            "hazard_class": self.scene.texts["hazard_class"],
            "hazard": self.scene.texts["hazard"],
            **texts,
            **unknown,
            **ends,
        }

    def _onset(self, cities: list[str]) -> datetime | None:
        """The median arrival at the first of these cities, by the latest forecast; None if none is known."""
        standing = self.fold.standing(self.now)
        found = [
            datetime.fromisoformat(row["middle"])
            for incident in standing.incidents.values()
            if incident.footprint is not None
            for row in (standing.statements[incident.footprint].statement.body or {}).get("arrivals", ())
            if row["city"] in cities and "middle" in row
        ]
        return min(found, default=None)

    def _instruction(self) -> dict[str, str]:
        return {"zh": self.scene.texts["instruction_zh"], "en": self.scene.texts["instruction_en"]}

    def _notice(self, one: Duty) -> dict[str, Any]:
        assert one.to is not None, "a notice has an addressee"
        territory = self.model.regime.territory
        inside = [city for city in self.scene.arrivals if territory.contains(one.to, city)]
        part = {"to": [one.to], "audience": "faces", "confirmed": True, "rule": one.rule_record()}
        return {**self._message(one, inside or [one.to]), **part}


ACTS: Mapping[str, str] = {
    "RiskReported": "report",
    "NoticeSent": "notice",
    "NoticeAcknowledged": "acknowledge",
    "NoticeAnswered": "answer",
    "ModeSwitched": "mode",
    "RiskAssessed": "assess",
    "SignOfLife": "life",
}
"""What the bodies of a play do, by what they owe; other duties are shown, and nobody does them."""
