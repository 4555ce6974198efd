"""Warnings: what a body tells the people of its own area, and how it is changed, ended or taken back.

A public warning names cities of the body's own area and no others: outside it, there are notices. It always
says what to do. It ends when it expires, when it is updated, or when it is cancelled, because the danger is
over or because it should never have been sent; the words of both are prepared, so that taking back a false
warning is one call (in Hawaii in 2018 it took 38 minutes).

突发事件应对法 (2024), article 64, names what a warning has to say; `missing` checks one against it.
Whether it needs a second officer, `riskshed.governance.approval` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from riskshed.errors import DomainError, NotFoundError
from riskshed.governance import gravity, message, notice_answer
from riskshed.governance.draft import Draft
from riskshed.governance.message import Telling, Words, drill, says
from riskshed.governance.message_texts import ALL_CLEAR, CANCEL_REASON, FALSE_WARNING
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import WarningStanding
from riskshed.governance.territory import Territory
from riskshed.statement import Statement

Cause = Literal["all_clear", "error"]

ARTICLE_64 = ("class", "level", "start", "area", "cautions", "measures", "issuer", "time")
"""What a warning has to say, 突发事件应对法 (2024), article 64, paragraph 2."""


# --------------------------------------------------------------------------------------- issuing, updating


def issue(
    telling: Telling,
    *,
    by: str,
    cities: Sequence[str],
    territory: Territory,
    home: str | None = None,
    about: str | None = None,
    level: str | None = None,
    instruction: Words | None = None,
    expires: datetime | None = None,
    contact: str | None = None,
    from_notice: str | None = None,
) -> Draft:
    """A warning to the people of these cities.

    Parameters
    ----------
    telling : Telling
    by : str
        Who warns.
    cities : sequence of str
        At least one, all in the area of `home`.
    territory : Territory
    home : str, optional
        The territory of the body; `by` if it is not given.
    about : str, optional
        Code of the incident.
    level : {"red", "orange", "yellow", "blue"}, optional
        Without it, the one that the scale proposes for the gravest of the cities.
    instruction : Words, optional
        Without it, the prepared one of the pathway.
    expires : datetime, optional
        Without it, 24 h after the latest arrival.
    contact : str, optional
        Where to ask.
    from_notice : str, optional
        Id of the neighbour's notice that is adopted.

    Raises
    ------
    DomainError
        ``warning.no_area``, ``warning.area_not_own``, ``warning.no_instruction``, ``warning.expired``.
    """
    _check_area(by, cities, territory, home or by)
    proposed = [
        gravity.of_city(telling.outlook.of(city), telling.outlook, telling.now, telling.scale)
        for city in cities
    ]
    level = level or gravity.worst(proposed).level
    written = message.to_public(telling, cities, level)
    if instruction is not None:
        if not says(instruction):
            todo = "Say what people should do."
            raise DomainError("warning.no_instruction", f"the warning of {by} has no instruction", todo=todo)
        instruction = drill(instruction) if telling.exercise else instruction
        written = replace(written, instruction=instruction)
    if expires is not None:
        _check_expires(by, expires, telling.now)
        written = replace(written, expires=expires)
    body: dict[str, Any] = {"level": level, **written.body(telling)}
    body |= {"notice": from_notice} if from_notice else {}
    body |= {"contact": contact} if contact else {}
    return Draft("WarningIssued", by, about, from_notice, body)


def _check_area(by: str, cities: Sequence[str], territory: Territory, home: str) -> None:
    if not cities:
        raise DomainError("warning.no_area", f"the warning of {by} names no city", todo="Name at least one.")
    foreign = [city for city in cities if not territory.contains(home, city)]
    if foreign:
        raise DomainError(
            "warning.area_not_own",
            f"{', '.join(foreign)} not in the area of {by}",
            todo="Send those a notice; they warn their own people.",
        )


def _check_expires(by: str, expires: datetime, now: datetime) -> None:
    if expires <= now:
        what = f"the warning of {by} expires at {expires.isoformat()}, which has passed"
        raise DomainError("warning.expired", what, todo="Give a later time, or cancel it.")


def update(standing: Standing, warning: str, draft: Draft, change: Words) -> Draft:
    """A warning that stands, replaced by a new one.

    Parameters
    ----------
    standing : Standing
    warning : str
        Id of the one that is replaced.
    draft : Draft
        What `issue` gives for how it is now.
    change : Words
        What has changed.

    Raises
    ------
    NotFoundError, DomainError
        ``warning.unknown``, ``warning.not_own``, ``warning.not_active``; ``warning.no_change`` without words.
    """
    _own_active(standing, warning, draft.by)
    if not says(change):
        raise DomainError("warning.no_change", "an update says what has changed", todo="Say so in words.")
    change = drill(change) if standing.exercise else change
    body = {**draft.body, "change": dict(change)}
    return Draft("WarningUpdated", draft.by, draft.about, warning, body)


def cancel(
    standing: Standing, warning: str, *, by: str, cause: Cause, reason: Mapping[str, str] | None = None
) -> Draft:
    """A warning that stands, taken back: ``all_clear`` if the danger is over, ``error`` if it was false.

    The words are prepared in both languages; `reason` replaces the prepared reason.

    Raises
    ------
    NotFoundError, DomainError
        ``warning.unknown``, ``warning.not_own``, ``warning.not_active``.
    """
    held = _own_active(standing, warning, by)
    headline: Words = FALSE_WARNING if cause == "error" else ALL_CLEAR
    why = reason if reason is not None and says(reason) else CANCEL_REASON[cause]
    if standing.exercise:
        headline, why = drill(headline), drill(why)
    body = {"cause": cause, "headline": dict(headline), "reason": dict(why)}
    return Draft("WarningCancelled", by, held.about, warning, body)


def _own_active(standing: Standing, warning: str, by: str) -> WarningStanding:
    held = standing.warnings.get(warning)
    if held is None:
        raise NotFoundError("warning.unknown", f"there is no warning {warning[:12]}")
    if held.by != by:
        raise DomainError("warning.not_own", f"the warning {warning[:12]} is of {held.by}, not of {by}")
    # One that has expired can still be taken back as an error: people should know that it was false.
    if held.status in ("updated", "cancelled"):
        what = f"the warning {warning[:12]} is {held.status} by {str(held.successor)[:12]}"
        raise DomainError("warning.not_active", what, todo="Act on the one that replaced it.")
    return held


# ----------------------------------------------------------------------------------- adopting a notice


@dataclass(frozen=True, slots=True)
class Adoption:
    """A notice made one's own: the warning, and the answer to the neighbour.

    The warning is signed first; `answer_naming` then puts its id into the answer.
    """

    warning: Draft
    answer: Draft

    def answer_naming(self, warning: str) -> Draft:
        """The answer, with the id of the warning that was signed."""
        return replace(self.answer, body={**self.answer.body, "warning": warning})


def adopt(
    standing: Standing, of_notice: str, telling: Telling, *, by: str, territory: Territory, **more: Any
) -> Adoption:
    """Adopt a neighbour's notice: warn those of its cities that lie in one's own area, and say so.

    Parameters
    ----------
    standing : Standing
    of_notice : str
        Id of the notice.
    telling : Telling
    by : str
    territory : Territory
    **more
        As in `issue`: `home`, `level`, `instruction`, `expires`, `contact`, `cities`.

    Raises
    ------
    NotFoundError, DomainError
        Those of `notice_answer.asked_of` and of `issue`.
    """
    asked = notice_answer.asked_of(standing, of_notice, by)
    home = more.get("home") or by
    own = more.pop("cities", None) or [city for city in asked.cities if territory.contains(home, city)]
    warning = issue(
        telling, by=by, cities=own, territory=territory, about=asked.about, from_notice=asked.id, **more
    )
    return Adoption(warning, notice_answer.adopted(standing, of_notice, by))


# --------------------------------------------------------------------------------------- what stands now


def active(standing: Standing, now: datetime) -> tuple[WarningStanding, ...]:
    """The warnings that hold at a time, the gravest first. They are all actual, or all of drills."""
    held = [one for one in standing.warnings.values() if one.status == "active" and now < one.expires]
    return tuple(sorted(held, key=_order))


def expired(standing: Standing, now: datetime) -> tuple[WarningStanding, ...]:
    """Those that ran out without an all-clear: people were never told that it is over."""
    over = ("active", "expired")
    held = [one for one in standing.warnings.values() if one.status in over and now >= one.expires]
    return tuple(sorted(held, key=_order))


def _order(one: WarningStanding) -> tuple[int, datetime, str]:
    return gravity.rank(one.level), one.issued, one.id


def headline(said: Statement) -> Words:
    """The headline as it is shown: that of a drill says that it is one, whatever was signed."""
    words = said.words("headline")
    return drill(words) if said.exercise else words


def missing(said: Statement | Draft) -> tuple[str, ...]:
    """What article 64 wants of a warning and this one does not say, as names of `ARTICLE_64`.

    A notice has no colour; its level is its severity, which is missing while it is ``Unknown``. A draft has
    no time yet, and is not blamed for it. Of a sealed body all that stands in it is missing to the reader.
    """
    body = said.body or {}
    has: dict[str, bool] = {
        "class": "hazard_class" in body,
        "level": "level" in body or body.get("severity", "Unknown") != "Unknown",
        "start": "onset" in body,
        "area": bool(body.get("cities")),
        "cautions": _told(body, ("headline", "description")),
        "measures": _told(body, ("instruction",)),
        "issuer": bool(said.by),
        "time": True,
    }
    return tuple(name for name in ARTICLE_64 if not has[name])


def _told(body: Mapping[str, Any], names: Iterable[str]) -> bool:
    return all(says(body.get(name, {})) for name in names)
