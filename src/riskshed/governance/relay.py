"""Relays: what a city was told that concerns those beyond it, and has not passed on.

On the Ahr in 2021 five districts did not forward what they had been told, and nobody noticed for a month.
So passing on is a duty with a time, and whoever waits downstream sees when it was not done: who should have
told them, of which notice, since when. They need nobody's help to see it, because the notice to the city
above them stands on the record that they hold.

A city that was told that others beyond it may be reached passes that on to the nearest of them that has not
been told; once that one knows of those beyond it, telling them is for that one. A city is told if any notice
about the incident has reached it since, or one that said the same of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from riskshed.governance.notice import changed
from riskshed.governance.outlook import Coming, in_time
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import IncidentStanding, NoticeStanding
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Relay:
    """A notice that a city has to pass on and has not.

    Attributes
    ----------
    by : str
        Who has to pass it on.
    to : str
        The nearest city downstream that was not told.
    beyond : tuple of str
        All cities downstream that were not told, the nearest first; `to` is one of them.
    notice : str
        Id of the notice that `by` was sent.
    since, due : datetime
        When it came to be seen, and by when it was to be passed on.
    """

    by: str
    to: str
    beyond: tuple[str, ...]
    notice: str
    since: datetime
    due: datetime

    def concerns(self, city: str) -> bool:
        """Whether this city is one of those that were not told."""
        return city in self.beyond


def open_relays(standing: Standing, terms: Terms, *, territory: Territory | None = None) -> tuple[Relay, ...]:
    """All that has not been passed on yet, in time or not, the one that is due first at the head.

    Parameters
    ----------
    standing : Standing
        As the one who asks knows it.
    terms : Terms
        `relay_h` is the time to pass on, `notice_from_probability` from when on a city has to know.
    territory : Territory, optional
        Who is downstream of whom. Without it, and where it does not know, the order of arrival tells.
    """
    found = [
        one
        for incident in standing.incidents.values()
        if incident.phase != "closed"
        for one in _of_incident(standing, incident, terms, territory)
    ]
    return tuple(sorted(found, key=lambda one: (one.due, one.by, one.to, one.notice)))


def dropped(
    standing: Standing, terms: Terms, now: datetime, *, territory: Territory | None = None
) -> tuple[Relay, ...]:
    """What should have been passed on by now and was not; the last moment of the time still counts.

    Parameters
    ----------
    standing, terms, territory
        As in `open_relays`.
    now : datetime
        Aware.
    """
    return tuple(one for one in open_relays(standing, terms, territory=territory) if now > one.due)


def _of_incident(
    standing: Standing, incident: IncidentStanding, terms: Terms, territory: Territory | None
) -> Iterator[Relay]:
    codes = {incident.code, *incident.same_as}
    about = [one for one in standing.notices.values() if one.about in codes]
    rows = {one.id: _rows(standing, one) for one in about}
    for notice in about:
        if notice.audience != "faces":
            continue
        for body in notice.to:
            named = _beyond(notice, rows[notice.id], body, terms, territory)
            told = {city for city in named if _is_told(city, notice, about, rows, terms)}
            untold = tuple(city for city in named if city not in told)
            first = named.index(untold[0]) if untold else 0
            if any(_takes_over(city, untold, about, rows, terms, territory) for city in named[:first]):
                continue
            if untold and body != notice.by:
                due = notice.seen_at + terms.relay_h * HOUR
                yield Relay(body, untold[0], untold, notice.id, notice.seen_at, due)


def _rows(standing: Standing, notice: NoticeStanding) -> dict[str, Coming]:
    said = standing.statements[notice.id].statement
    return {row["city"]: Coming.of_row(row) for row in said.records("arrivals")}


def _beyond(
    notice: NoticeStanding, rows: dict[str, Coming], body: str, terms: Terms, territory: Territory | None
) -> tuple[str, ...]:
    """The cities beyond one that was told, of which the notice says that they may be reached."""
    named = dict.fromkeys((*notice.cities, *rows))
    reached = [
        city for city in named if city not in rows or rows[city].reaches(terms.notice_from_probability)
    ]
    ignored = {body, notice.by, *notice.to}
    below = territory.downstream_of(body) if territory is not None else ()
    if not below:
        order = [one.city for one in in_time(rows.get(city, Coming(city, None)) for city in named)]
        below = tuple(order[order.index(body) + 1 :]) if body in order else ()
    return tuple(city for city in below if city in reached and city not in ignored)


def _takes_over(
    city: str,
    untold: tuple[str, ...],
    about: Sequence[NoticeStanding],
    rows: dict[str, dict[str, Coming]],
    terms: Terms,
    territory: Territory | None,
) -> bool:
    """Whether a city was told of those beyond it, so that it is for that city to tell them."""
    told = (one for one in about if one.audience == "faces" and city in one.to)
    return any(set(untold) & set(_beyond(one, rows[one.id], city, terms, territory)) for one in told)


def _is_told(
    city: str,
    notice: NoticeStanding,
    about: Sequence[NoticeStanding],
    rows: dict[str, dict[str, Coming]],
    terms: Terms,
) -> bool:
    return any(
        city in other.to
        and (
            other.relays == notice.id
            or other.seen_at >= notice.seen_at
            or _same(city, notice, other, rows, terms)
        )
        for other in about
    )


def _same(
    city: str, notice: NoticeStanding, other: NoticeStanding, rows: dict[str, dict[str, Coming]], terms: Terms
) -> bool:
    """Whether an earlier notice said the same of this city; of one without figures nobody can tell."""
    told, then = rows[notice.id].get(city), rows[other.id].get(city)
    if told is None or then is None:
        return told is None and other.by == notice.by
    return changed(then, told, other.issued, None, terms) is None
