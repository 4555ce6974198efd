"""The live chain to people: notices to other bodies, warnings of cities, and what is prepared for officers.

A warning goes out by itself as far as the standing order of the city allows it. What it does not allow, and
whatever takes something back, is **prepared**: a draft with the reason why it waits, for an officer. What an
officer has cancelled is never issued again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal, NamedTuple

from riskshed import untimed_notice
from riskshed.chain_record import foreseen, outlook
from riskshed.chain_view import View, gravest
from riskshed.governance import approval, field_notice, gravity, notice, notice_answer, warning
from riskshed.governance.draft import Draft
from riskshed.governance.incident import words
from riskshed.governance.message import Telling, Words
from riskshed.governance.outlook import Coming, Outlook
from riskshed.governance.subjects import IncidentStanding, NoticeStanding, WarningStanding
from riskshed.statement import time_text

Why = Literal["order", "red", "unconfirmed", "was_cancelled", "error", "all_clear"]
"""Why a draft waits: the standing order does not go so far; it needs two officers; it rests on what nobody
has checked; an officer cancelled the one before; its readings were corrected; it is over."""
PASSED = timedelta(hours=48)
"""So long after the latest arrival that was foreseen a city that saw nothing counts as passed."""


class Prepared(NamedTuple):
    """A draft for an officer, and why it did not go out by itself."""

    draft: Draft
    why: Why


class Due(NamedTuple):
    """What goes out by itself, and what is prepared."""

    say: tuple[Draft, ...] = ()
    prepared: tuple[Prepared, ...] = ()


CHANGES: dict[str, Words] = {
    "expired": words("有效期已过，情况仍在持续", "its time has run out, and it is not over"),
    "probability": words("到达概率改变", "the probability of arrival has changed"),
    "certainty": words("到达概率改变", "the probability of arrival has changed"),
    "arrival": words("预计到达时间改变", "the expected arrival has changed"),
    "severity": words("严重程度上升", "it has become graver"),
    "level": words("预警级别提高", "the level of the warning has risen"),
    "observed": words("已实测到", "it has been seen here"),
    "forecast": words("已有预测", "there is a forecast now"),
}


# ------------------------------------------------------------------------------------------------- to bodies


def told(view: View, incident: IncidentStanding) -> Outlook:
    """What is told of an incident: what is foreseen, else who is beside it."""
    found = outlook(view, incident)
    if found is not None:
        return found
    why = foreseen(view, incident)
    shown = tuple(view.shown_in(incident))
    return untimed_notice.outlook(incident, view.regime.territory, shown, (f"{why.zh}。", f"{why.en}."))


def notices(view: View, incident: IncidentStanding, seen: Outlook) -> tuple[Draft, ...]:
    """The notices of an incident that are due now; none once it has passed everybody."""
    speaker = view.speaker(incident)
    assert speaker is not None, "somebody speaks of every incident of the view"
    cities = _cities(view, incident, seen)
    if cities and all(is_over(view, incident, seen, city) for city in cities):
        return ()
    regime, writing = view.regime, view.lookout.writing
    facts = {"by": speaker, "writing": writing, "confirmed": view.confirmed(incident)}
    send = notice.due_notices if seen.pathway else untimed_notice.due_notices
    return send(view.standing, incident, seen, regime.terms, regime.territory, view.now, **facts)  # type: ignore[arg-type]


def field_notices(view: View) -> Iterator[Draft]:
    """The notices of field reports that are due now: at once, and marked unconfirmed until they are borne
    out."""
    regime = view.regime
    for report in view.standing.field_reports.values():
        if report.by not in view.lookout.orders:
            continue
        place = view.lookout.stations.by_id.get(report.place or "")
        yield from field_notice.due_notices(
            view.standing,
            report,
            regime.terms,
            regime.territory,
            view.now,
            by=report.by,
            writing=view.lookout.writing,
            city=place.city if place else None,
            borne_out=view.borne_out(report),
        )


# ------------------------------------------------------------------------------------------------- to people


def warnings(view: View, incident: IncidentStanding, seen: Outlook) -> Due:
    """The warnings of the cities that it reaches, for whose governments this node speaks."""
    say: list[Draft] = []
    prepared: list[Prepared] = []
    shown = view.shown_in(incident)
    if incident.city in shown and all(one.city != incident.city for one in seen.coming):
        seen = replace(seen, coming=(*seen.coming, Coming(incident.city, None, is_observed=True)))
    confirmed, writing = view.confirmed(incident), view.lookout.writing
    telling = notice.telling_of(view.standing, incident, seen, view.now, writing, confirmed=confirmed)
    for coming in seen.reached(view.regime.terms.notice_from_probability):
        if coming.city not in view.lookout.orders or is_over(view, incident, seen, coming.city):
            continue
        draft = _warning(view, incident, telling, coming, gravest(shown.get(coming.city, ())))
        if draft is None:
            continue
        why = _waits(view, incident, draft)
        if why is None:
            say.append(draft)
            continue
        prepared.append(Prepared(draft, why))
        if why == "red" and (asked := _asked(view, incident, draft)) is not None:
            say.append(asked)
    return Due(tuple(say), tuple(prepared))


def _held(view: View, incident: IncidentStanding, city: str) -> WarningStanding | None:
    """The last warning of a city about an incident, which no later one updates."""
    codes = {incident.code, *incident.same_as}
    found = [
        one
        for one in view.standing.warnings.values()
        if one.by == city and one.about in codes and one.status != "updated"
    ]
    return max(found, key=lambda one: (one.issued, one.id), default=None)


def _warning(
    view: View, incident: IncidentStanding, telling: Telling, coming: Coming, level: str | None
) -> Draft | None:
    """The warning that a city has to give now, or its update; None if the one that holds says what is so."""
    city, held, seen = coming.city, _held(view, incident, coming.city), telling.outlook
    asked = _asked_by(view, incident, city)
    if level is not None and coming.probability is not None:
        proposed = gravity.of_city(coming, seen, view.now, telling.scale).level
        level = proposed if gravity.higher(proposed, level) else level
    fresh = warning.issue(
        telling,
        by=city,
        cities=(city,),
        territory=view.regime.territory,
        about=incident.code,
        level=level,
        from_notice=asked.id if asked is not None else None,
    )
    if held is None or held.status == "cancelled":
        return fresh
    change = _change(view, held, fresh, seen, coming)
    if change is None:
        return None
    if gravity.higher(held.level, str(fresh.body["level"])):
        # To lower a level is for an officer: an update by itself keeps it.
        fresh = warning.issue(
            telling, by=city, cities=(city,), territory=view.regime.territory, about=incident.code,
            level=held.level, from_notice=asked.id if asked is not None else None,
        )  # fmt: skip
    return warning.update(view.standing, held.id, fresh, change)


def _asked_by(view: View, incident: IncidentStanding, city: str) -> NoticeStanding | None:
    """The notice to this city about the incident that holds, if it was not declined."""
    codes = {incident.code, *incident.same_as}
    sent = [
        one
        for one in view.standing.notices.values()
        if one.about in codes
        and one.audience == "faces"
        and city in one.to
        and one.superseded_by is None
        and one.id not in view.standing.set_aside
        and (city not in one.answers or one.answers[city].declined is None)
    ]
    return max(sent, key=lambda one: (one.issued, one.id), default=None)


def _change(view: View, held: WarningStanding, fresh: Draft, seen: Outlook, coming: Coming) -> Words | None:
    """What has changed materially for the people of a city since they were warned; None if nothing has."""
    if view.now >= held.expires:
        return CHANGES["expired"]
    if gravity.higher(str(fresh.body["level"]), held.level):
        return CHANGES["level"]
    said = view.standing.statements[held.id].statement
    if coming.is_observed and said.string("certainty") != "Observed":
        return CHANGES["observed"]
    if held.footprint is None:
        return CHANGES["forecast"] if seen.statement is not None and coming.probability is not None else None
    before = view.outlook_of(held.footprint)
    if before is None or coming.probability is None:
        return None
    then = replace(before.of(coming.city), is_observed=coming.is_observed)
    writing, terms = view.lookout.writing, view.regime.terms
    found = notice.changed(then, coming, held.issued, seen.threshold, terms, writing.scale)
    return None if found is None else CHANGES[found]


def _waits(view: View, incident: IncidentStanding, draft: Draft) -> Why | None:
    """Why a warning does not go out by itself; None if it does."""
    if not view.confirmed(incident):
        return "unconfirmed"
    held = _held(view, incident, draft.by)
    if held is not None and held.status == "cancelled":
        return "was_cancelled"
    if approval.needs_second_officer(draft, exercise=view.standing.exercise):
        return "red"
    return None if view.lookout.orders[draft.by].allows(draft) else "order"


def _asked(view: View, incident: IncidentStanding, draft: Draft) -> Draft | None:
    """The request to approve a red warning; None where nobody is asked by itself, or somebody is already."""
    order = view.lookout.orders[draft.by]
    if "ApprovalRequested" not in order.kinds or not order.approvers:
        return None
    held = _held(view, incident, draft.by)
    asked = [
        one
        for one in view.standing.approvals.values()
        if one.by == draft.by and one.about == incident.code and (held is None or one.at > held.issued)
    ]
    return None if asked else approval.request(draft, order.approvers, view.regime.terms, view.now)


def adopted(view: View, incident: IncidentStanding) -> Iterator[Draft]:
    """The answers to notices that were taken up by a warning, where the standing order gives them."""
    for city in view.lookout.orders:
        held, asked = _held(view, incident, city), _asked_by(view, incident, city)
        if held is None or asked is None or held.status != "active" or held.notice is None:
            continue
        answer = asked.answers.get(city)
        if answer is None or answer.adopted is None:
            yield notice_answer.adopted(view.standing, asked.id, city, warning=held.id)


# ---------------------------------------------------------------------------------------------- taking back


def taken_back(view: View, incident: IncidentStanding, seen: Outlook) -> Iterator[Prepared]:
    """What an officer may want to take back: warnings of what was an error, or of what is over."""
    if view.is_error(incident):
        yield from _of_error(view, incident)
        return
    over = {city: is_over(view, incident, seen, city) for city in _cities(view, incident, seen)}
    for held in _active(view, incident):
        if all(over.get(city, False) for city in held.cities):
            draft = warning.cancel(view.standing, held.id, by=held.by, cause="all_clear")
            yield Prepared(draft, "all_clear")
    if over and all(over.values()):
        reason = words(
            "各站读数均已恢复，预测的影响均已过去。",
            "All stations are clear, and what was foreseen has passed.",
        )
        yield Prepared(_closing(view, incident, reason), "all_clear")


def _of_error(view: View, incident: IncidentStanding) -> Iterator[Prepared]:
    for held in _active(view, incident):
        yield Prepared(warning.cancel(view.standing, held.id, by=held.by, cause="error"), "error")
    reason = words(
        "所依据的读数已更正，不再超过阈值。",
        "The readings on which it rested were corrected: no threshold is crossed.",
    )
    codes = {incident.code, *incident.same_as}
    for sent in view.standing.notices.values():
        if sent.by in view.lookout.orders and sent.about in codes and sent.superseded_by is None:
            body = {"cause": "error", "reason": reason}
            yield Prepared(Draft("StatementWithdrawn", sent.by, incident.code, sent.id, body), "error")
    yield Prepared(_closing(view, incident, reason), "error")


def _closing(view: View, incident: IncidentStanding, reason: Words) -> Draft:
    speaker = view.speaker(incident) or incident.by
    ended = time_text(view.now.astimezone(view.lookout.writing.zone))
    return Draft("IncidentClosed", speaker, incident.code, None, {"ended_at": ended, "reason": dict(reason)})


def _active(view: View, incident: IncidentStanding) -> Iterator[WarningStanding]:
    codes = {incident.code, *incident.same_as}
    for held in view.standing.warnings.values():
        if held.by in view.lookout.orders and held.about in codes and held.status in ("active", "expired"):
            yield held


def _cities(view: View, incident: IncidentStanding, seen: Outlook) -> tuple[str, ...]:
    """The cities that it was seen in, or that it may reach."""
    shown = (view.city_of(one.threshold.place) for one in view.of(incident))
    reached = (one.city for one in seen.reached(view.regime.terms.notice_from_probability))
    return tuple(dict.fromkeys((*shown, *reached)))


def is_over(view: View, incident: IncidentStanding, seen: Outlook, city: str) -> bool:
    """Whether it has passed a city: every crossing there has ended, and none is to come.

    A crossing that ended counts as the passage that was foreseen if it was seen at the earliest arrival yet.
    """
    own = [one for one in view.of(incident) if view.city_of(one.threshold.place) == city]
    if any(one.is_open for one in own):
        return False
    coming = seen.of(city)
    if coming.last is None or not coming.reaches(view.regime.terms.notice_from_probability):
        return bool(own)
    has_passed = any(coming.first is None or one.last >= coming.first for one in own)
    return has_passed or view.now >= coming.last + PASSED
