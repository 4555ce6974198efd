"""Appraisal: how well an incident was handled, indicator by indicator, each with its evidence.

Activities are plans, timeliness, resources, information and efficiency; participants are the bodies that owed
or promised anything. What is measured is on the record or is unknown, and unknown is never scored zero: the
whole is the weighted mean of what is known, and beside it stands the share of the weight that is known.

A third party judges first, the body itself second; the agreement says how much each weighs, and where the two
differ is shown indicator by indicator. What follows from it, reward or penalty, is for those whom the
agreement names to say, by an upheld finding or a joint plan: an appraisal takes and gives nothing.

Everything is exact: from the same statements, weights and scales any body gets the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Literal

from riskshed.canonical import encode_plain
from riskshed.errors import Fault, InputError, InputFaults, NotFoundError
from riskshed.governance.appraisal_measures import WHY, Measured, activities, of_bodies
from riskshed.governance.appraisal_record import REPLY, matter
from riskshed.governance.appraisal_scales import (
    Scale,
    number_of,
    proposed_scales,
    sums_to_one,
    text_of,
    weights_of,
    whole_of,
)
from riskshed.governance.draft import Draft
from riskshed.governance.obligation import Judged
from riskshed.governance.standing import Standing
from riskshed.statement import Statement, digest_text, time_text
from riskshed.statement_values import UNITS
from riskshed.vocabulary_fields import EVIDENCE

Role = Literal["third_party", "self", "superior"]
MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Scored:
    """One indicator with its score.

    Attributes
    ----------
    measured : Measured
    scale : Scale
    score : Fraction or None
        From 0 to 1, at four places; None is unknown.
    weight : Fraction
    """

    measured: Measured
    scale: Scale
    score: Fraction | None
    weight: Fraction

    @property
    def why(self) -> str:
        """Why there is no score, a key of `appraisal_measures.WHY`; empty where there is one."""
        if self.score is not None:
            return ""
        return self.measured.why or "other_unit"

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file of an appraisal."""
        zh, en = WHY[self.why] if self.why else ("", "")
        one = self.measured
        return {
            "indicator": one.indicator,
            "value": None if one.value is None else str(one.value),
            "at_least": one.is_at_least,
            "unit": one.unit,
            "cases": one.cases,
            "evidence": list(one.evidence),
            "score": None if self.score is None else text_of(self.score),
            "weight": str(self.weight),
            "unknown": {"code": self.why, "zh": zh, "en": en} if self.why else None,
        }


@dataclass(frozen=True, slots=True)
class Sheet:
    """All indicators of one subject, an incident or a body; in the order of the scales."""

    subject: str
    rows: tuple[Scored, ...]

    @property
    def score(self) -> Fraction | None:
        """The whole, over the weight that is known; None where nothing is."""
        return whole_of((one.score, one.weight) for one in self.rows)[0]

    @property
    def known(self) -> Fraction:
        """The share of the weight that is known, 0 to 1."""
        return whole_of((one.score, one.weight) for one in self.rows)[1]

    def row(self, indicator: str) -> Scored:
        """One indicator.

        Raises
        ------
        NotFoundError
            ``appraisal.unknown_indicator``.
        """
        for one in self.rows:
            if one.measured.indicator == indicator:
                return one
        told = f"the appraisal of {self.subject} has no indicator {indicator}"
        raise NotFoundError("appraisal.unknown_indicator", told, todo="Name one of its scales.")

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file of an appraisal."""
        return {
            "subject": self.subject,
            "score": None if self.score is None else text_of(self.score),
            "known": str(self.known),
            "indicators": [one.to_json() for one in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Appraisal:
    """How an incident was handled, as known at a moment.

    Attributes
    ----------
    incident : str
    starts, ends : datetime
        From its opening until it was closed, or until the moment of the standing.
    at, known_at : datetime
        As of the standing.
    whole : Sheet
        The activities.
    bodies : mapping of str to Sheet
        The participants, by code.
    scales : tuple of Scale
    """

    incident: str
    starts: datetime
    ends: datetime
    at: datetime
    known_at: datetime
    whole: Sheet
    bodies: Mapping[str, Sheet]
    scales: tuple[Scale, ...]

    def sheet(self, subject: str) -> Sheet:
        """That of the incident or of a body.

        Raises
        ------
        NotFoundError
            ``appraisal.unknown_subject``.
        """
        if subject == self.incident:
            return self.whole
        if subject not in self.bodies:
            told = f"{subject} neither is {self.incident} nor owed or promised anything in it"
            raise NotFoundError("appraisal.unknown_subject", told, todo="Name the incident or a participant.")
        return self.bodies[subject]

    def to_json(self) -> dict[str, Any]:
        """All that is recomputed to the byte; values, weights and shares as fractions."""
        return {
            "incident": self.incident,
            "starts": self.starts.isoformat(),
            "ends": self.ends.isoformat(),
            "at": self.at.isoformat(),
            "known_at": self.known_at.isoformat(),
            "activities": self.whole.to_json(),
            "participants": [one.to_json() for one in self.bodies.values()],
            "scales": [one.to_json() for one in self.scales],
        }

    def to_bytes(self) -> bytes:
        """The one byte form, which goes beside the statement that is filed."""
        return encode_plain(self.to_json())


def appraise(
    standing: Standing,
    incident: str,
    judged: Iterable[Judged],
    weights: Mapping[str, object] | None = None,
    scales: Sequence[Scale] | None = None,
    *,
    reply: timedelta = REPLY,
) -> Appraisal:
    """Measure and score an incident and those who took part in it.

    Parameters
    ----------
    standing : Standing
    incident : str
        Its code.
    judged : iterable of Judged
        Duties at the moment of `standing`; see `trust.borne_out`.
    weights : mapping of indicator to number, optional
        By the agreement; those of activities add up to 1 exactly, and so do those of participants. Where none
        are given for the one or the other, the weights of the scales hold.
    scales : sequence of Scale, optional
        By the agreement; without them, those that come with the platform, which are proposed.
    reply : timedelta
        How long a finding that sets no time may be answered.

    Raises
    ------
    NotFoundError
        ``appraisal.unknown_incident``.
    InputFaults
        ``appraisal.weights``, naming the sum.
    """
    held = standing.incidents.get(incident)
    if held is None:
        told = f"there is no incident {incident} on the record"
        raise NotFoundError("appraisal.unknown_incident", told, todo="Name an incident that was opened.")
    used = tuple(proposed_scales() if scales is None else scales)
    shares = weights_of(weights, used)
    about = matter(standing, incident, judged, reply)
    return Appraisal(
        incident=incident,
        starts=held.at,
        ends=held.closed or standing.at,
        at=standing.at,
        known_at=standing.known_at,
        whole=_sheet(incident, activities(about), used, shares),
        bodies={code: _sheet(code, found, used, shares) for code, found in of_bodies(about).items()},
        scales=used,
    )


def _sheet(
    subject: str, found: Mapping[str, Measured], scales: Sequence[Scale], weights: Mapping[str, Fraction]
) -> Sheet:
    chosen = [one for one in scales if one.indicator in found]
    return Sheet(subject, tuple(_scored(found[one.indicator], one, weights[one.indicator]) for one in chosen))


def _scored(measured: Measured, scale: Scale, weight: Fraction) -> Scored:
    fits = measured.value is not None and measured.unit == scale.unit
    score = scale.score(measured.value) if fits and measured.value is not None else None
    return Scored(measured, scale, score, weight)


# -------------------------------------------------------------------------------------------------- filing


def draft(appraisal: Appraisal, by: str, role: Role, subject: str = "") -> Draft:
    """The ``AppraisalFiled`` that lays it on the record; the bytes of the appraisal go beside it as a file.

    Parameters
    ----------
    appraisal : Appraisal
    by : str
        The body that judges.
    role : {"third_party", "self", "superior"}
        A third party and a superior did not take part; who judges itself did.
    subject : str, optional
        A participant; without it, the incident.

    Raises
    ------
    InputError
        ``appraisal.bad_role``; ``appraisal.nothing_known`` where there is no score to file.
    NotFoundError
        ``appraisal.unknown_subject``.
    """
    sheet = appraisal.sheet(subject or appraisal.incident)
    _check_role(appraisal, by, role, sheet.subject)
    known = [one for one in sheet.rows if one.score is not None]
    score = sheet.score
    if score is None:
        told = f"of {sheet.subject} no indicator with a weight is known"
        raise InputError("appraisal.nothing_known", told, todo="Wait until something has come to its time.")
    data = appraisal.to_bytes()
    file = {"digest": digest_text(data), "size_bytes": len(data), "media_type": MEDIA_TYPE}
    body: dict[str, Any] = {
        "role": role,
        "subject": sheet.subject,
        "starts": time_text(appraisal.starts),
        "ends": time_text(appraisal.ends),
        "indicators": [_indicator(one) for one in known],
        "score": text_of(score),
        "files": [{**file, "title": f"appraisal-{appraisal.incident}.json"}],
    }
    weights = [{"goal": one.measured.indicator, "weight": text_of(one.weight)} for one in sheet.rows]
    # A weight such as 1/3 has no decimal text: then only the file beside it states the weights.
    if all(Fraction(row["weight"]) == one.weight for row, one in zip(weights, sheet.rows, strict=True)):
        body["weights"] = weights
    if sheet.known < 1:
        body["note"] = _what_is_unknown(sheet)
    return Draft("AppraisalFiled", by, appraisal.incident, None, body)


def _check_role(appraisal: Appraisal, by: str, role: str, subject: str) -> None:
    took_part = by in appraisal.bodies
    if role not in ("third_party", "self", "superior"):
        wrong = f"{role} is no role"
    elif role == "self" and (not took_part or subject not in (by, appraisal.incident)):
        wrong = f"{by} cannot judge {subject} as itself"
    elif role != "self" and took_part:
        wrong = f"{by} took part in {appraisal.incident} and is no {role}"
    else:
        return
    todo = "Let a body that took no part judge, or judge oneself as self."
    raise InputError("appraisal.bad_role", wrong, todo=todo)


def _indicator(one: Scored) -> dict[str, Any]:
    measured, value = one.measured, one.measured.value
    assert one.score is not None
    assert value is not None
    told: dict[str, Any] = {"indicator": measured.indicator, "score": text_of(one.score)}
    if measured.unit in UNITS:
        told["value"] = {"value": text_of(value), "unit": measured.unit}
    # A statement holds so many; the file beside it holds all.
    if measured.evidence:
        told["evidence"] = list(measured.evidence[:EVIDENCE])
    return told


def _what_is_unknown(sheet: Sheet) -> dict[str, str]:
    unknown = [one for one in sheet.rows if one.score is None]
    share = text_of(sheet.known)
    zh = "；".join(f"{one.measured.indicator}：{WHY[one.why][0]}" for one in unknown)
    en = "; ".join(f"{one.measured.indicator}: {WHY[one.why][1]}" for one in unknown)
    return {
        "zh": f"已知指标的权重占{share}。未知：{zh}",
        "en": f"The known weight is {share} of 1. Unknown: {en}",
    }


def lesson(
    appraisal: Appraisal,
    by: str,
    title: Mapping[str, str],
    text: Mapping[str, str],
    *,
    indicator: str = "",
    subject: str = "",
    worked: bool | None = None,
) -> Draft:
    """The ``LessonShared`` that writes down what worked, or did not, for others.

    Parameters
    ----------
    appraisal : Appraisal
    by : str
        Who shares it.
    title, text : mapping of language to text
    indicator : str, optional
        The one that shows it: its evidence goes with the lesson.
    subject : str, optional
        The participant of whom the indicator is; without it, the incident.
    worked : bool, optional
        None says neither.

    Raises
    ------
    NotFoundError
        ``appraisal.unknown_indicator``, ``appraisal.unknown_subject``.
    """
    body: dict[str, Any] = {"title": dict(title), "text": dict(text)}
    if worked is not None:
        body["worked"] = worked
    if indicator:
        shows = appraisal.sheet(subject or appraisal.incident).row(indicator).measured.evidence
        if shows:
            body["evidence"] = list(shows[:EVIDENCE])
    return Draft("LessonShared", by, appraisal.incident, None, body)


# --------------------------------------------------------------------------- third party first, self second


@dataclass(frozen=True, slots=True)
class Gap:
    """One indicator as a third party and the body itself score it; `gap` is own less third, None unknown."""

    indicator: str
    third: Fraction | None
    own: Fraction | None

    @property
    def gap(self) -> Fraction | None:
        """Above 0 where it thinks better of itself than the third party does."""
        return None if self.third is None or self.own is None else self.own - self.third


def gap(third: Sheet | Statement, own: Sheet | Statement) -> tuple[Gap, ...]:
    """Where the two differ, by indicator.

    Parameters
    ----------
    third, own : Sheet or Statement
        A sheet, or an ``AppraisalFiled``; an indicator that one of them leaves out is unknown to it.
    """
    theirs, its = _scores(third), _scores(own)
    return tuple(Gap(name, theirs.get(name), its.get(name)) for name in dict.fromkeys((*theirs, *its)))


def combined(
    third: Sheet | Statement | None, own: Sheet | Statement | None, weights: Mapping[str, object]
) -> tuple[Fraction | None, Fraction]:
    """The whole of both, third party first and self second, by the weights of the agreement.

    Parameters
    ----------
    third, own : Sheet, Statement or None
        None is not filed.
    weights : mapping
        Of ``third_party`` and ``self``; they add up to 1 exactly.

    Returns
    -------
    Fraction or None, Fraction
        The score at four places over the weight that is known, and the share of weight that is known.

    Raises
    ------
    InputFaults
        ``appraisal.weights``, naming the sum.
    """
    shares = {name: number_of(weights.get(name)) for name in ("third_party", "self")}
    faults: list[Fault] = []
    exact = {name: share for name, share in shares.items() if share is not None and share >= 0}
    if len(exact) < len(shares) or set(weights) != set(shares):
        got, wanted = ", ".join(f"{name} {value}" for name, value in weights.items()), "third_party and self"
        faults.append(Fault("appraisal.weights", "weights", None, None, got or "nothing", wanted))
    else:
        sums_to_one("weights", exact, faults)
    if faults:
        raise InputFaults("appraisal.weights", "the weights of third party and self cannot be used", faults)
    return whole_of(((_whole(third), exact["third_party"]), (_whole(own), exact["self"])))


def _scores(one: Sheet | Statement) -> dict[str, Fraction | None]:
    if isinstance(one, Sheet):
        return {row.measured.indicator: row.score for row in one.rows}
    return {row["indicator"]: Fraction(row["score"]) for row in one.records("indicators")}


def _whole(one: Sheet | Statement | None) -> Fraction | None:
    if one is None or isinstance(one, Sheet):
        return one.score if one is not None else None
    return Fraction(one.decimal("score")) if one.has("score") else None
