"""Borders: the same hazard, warned of from several sides, is shown once.

Whoever lives at a border sees the warnings of both sides, and in some countries of 35 offices for one storm.
A group is what is shown: one hazard, with the gravest level, all who warn of it, and their areas together.

Two warnings are of the same hazard if nothing speaks against it and three things speak for it:

- *what*: the same class, and the same code of the hazard (a code that is missing is filled in where all
  other warnings of the incident agree on one); both actual, or both of a drill;
- *of what*: the same incident, under any of its codes, or notices that go back to one; or, where neither
  names any, the same code of the hazard;
- *when and where*: times that overlap, and areas that touch: they share a city, one lies in the other, they
  border on each other, or one is next down the river.

What is the same as the same is the same. So every warning is in exactly one group, in whatever order they
come, and two that name different hazards never are in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from riskshed.governance import gravity
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import WarningStanding
from riskshed.governance.territory import Territory

Sort = tuple[bool, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """One hazard as it is shown.

    Attributes
    ----------
    level : str
        The gravest of all.
    hazard_class : str
    hazard : str or None
        None where no warning of the group names a code.
    issuers, cities, warnings : tuple of str
        Who warns, in order of code; the union of the areas; ids of the warnings.
    speaks : str
        Id of the warning whose text is shown: that of the viewer's own authorities before any other, then the
        gravest, the latest, the first by id. What to do is said by one's own authority.
    begins, expires : datetime
        From the first to the last of them.
    is_here : bool
        Whether the viewer's own city is in the area.
    exercise : bool
    """

    level: str
    hazard_class: str
    hazard: str | None
    issuers: tuple[str, ...]
    cities: tuple[str, ...]
    warnings: tuple[str, ...]
    speaks: str
    begins: datetime
    expires: datetime
    is_here: bool
    exercise: bool


def shown(
    warnings: Iterable[WarningStanding],
    territory: Territory,
    viewer: str,
    *,
    standing: Standing | None = None,
) -> tuple[Shown, ...]:
    """The warnings, grouped by hazard; those that concern the viewer first, then the gravest.

    Parameters
    ----------
    warnings : iterable of WarningStanding
        Such as `warning.active` gives; in any order.
    territory : Territory
    viewer : str
        Code of the city from which one looks.
    standing : Standing, optional
        Which codes are the same incident, and which notice goes back to which. Without it, codes and notices
        are compared as they stand in the warnings.
    """
    every = sorted({one.id: one for one in warnings}.values(), key=lambda one: one.id)
    origins = {one.id: _origin(one, standing) for one in every}
    hazards = _hazards(every, origins)
    sorts: dict[Sort, list[WarningStanding]] = {}
    for one in every:
        sort = (one.exercise, one.hazard_class, hazards[one.id], origins[one.id])
        if sort[2:] == (None, None):
            sort = (*sort[:3], one.id)  # nothing says what it is of: it stands alone
        sorts.setdefault(sort, []).append(one)
    groups = [
        _group(part, hazards[part[0].id], territory, viewer)
        for several in sorts.values()
        for part in _parts(several, lambda one, other: _meet(one, other, territory))
    ]
    return tuple(
        sorted(groups, key=lambda one: (not one.is_here, gravity.rank(one.level), one.begins, one.warnings))
    )


def _origin(one: WarningStanding, standing: Standing | None) -> str | None:
    """The incident of a warning, under the first of its codes; else the first notice it goes back to."""
    about, notice, passed = one.about, one.notice, set[str]()
    while standing is not None and notice is not None and notice in standing.notices:
        passed.add(notice)
        held = standing.notices[notice]
        about = about or held.about
        before = held.relays or standing.statements[notice].statement.replies_to
        if before is None or before in passed:
            break
        notice = before
    if about is None:
        return f"notice {notice}" if notice else None
    return f"incident {min(_codes(about, standing))}"


def _codes(about: str, standing: Standing | None) -> set[str]:
    """All codes of an incident, whether or not it was opened under this one."""
    codes = {about}
    for incident in standing.incidents.values() if standing is not None else ():
        if about == incident.code or about in incident.same_as:
            codes |= {incident.code, *incident.same_as}
    return codes


def _hazards(every: Sequence[WarningStanding], origins: Mapping[str, str | None]) -> dict[str, str | None]:
    """The code of each warning's hazard; a missing one is filled in where its incident has only one."""
    named: dict[tuple[str, str | None], set[str]] = {}
    for one in every:
        if one.hazard is not None:
            named.setdefault((one.hazard_class, origins[one.id]), set()).add(one.hazard)
    found: dict[str, str | None] = {}
    for one in every:
        codes = named.get((one.hazard_class, origins[one.id]), set())
        only = next(iter(codes)) if len(codes) == 1 and origins[one.id] is not None else None
        found[one.id] = one.hazard or only
    return found


def _parts(
    several: Sequence[WarningStanding], same: Callable[[WarningStanding, WarningStanding], bool]
) -> list[list[WarningStanding]]:
    """The warnings, parted so that what is the same, or the same as the same, is together."""
    left, parts = list(several), []
    while left:
        part, waiting = [], [left.pop(0)]
        while waiting:
            one = waiting.pop()
            part.append(one)
            near = [other for other in left if same(one, other)]
            waiting += near
            left = [other for other in left if other not in near]
        parts.append(part)
    return parts


def _begins(one: WarningStanding) -> datetime:
    return min(one.onset, one.issued) if one.onset is not None else one.issued


def _meet(one: WarningStanding, other: WarningStanding, territory: Territory) -> bool:
    """Whether their times overlap and their areas touch."""
    overlap = _begins(one) < other.expires and _begins(other) < one.expires
    return overlap and any(_touch(a, b, territory) for a in one.cities for b in other.cities)


def _touch(one: str, other: str, territory: Territory) -> bool:
    if territory.contains(one, other) or territory.contains(other, one):
        return True
    below = (territory.downstream_of(one)[:1], territory.downstream_of(other)[:1])
    return other in territory.neighbours_of(one) or other in below[0] or one in below[1]


def _group(part: Sequence[WarningStanding], hazard: str | None, territory: Territory, viewer: str) -> Shown:
    def voice(one: WarningStanding) -> tuple[bool, int, float, str]:
        return (
            not territory.contains(one.by, viewer),
            gravity.rank(one.level),
            -one.issued.timestamp(),
            one.id,
        )

    cities = sorted({city for one in part for city in one.cities})
    return Shown(
        level=min((one.level for one in part), key=gravity.rank),
        hazard_class=part[0].hazard_class,
        hazard=hazard,
        issuers=tuple(sorted({one.by for one in part})),
        cities=tuple(cities),
        warnings=tuple(sorted(one.id for one in part)),
        speaks=min(part, key=voice).id,
        begins=min(_begins(one) for one in part),
        expires=max(one.expires for one in part),
        is_here=any(territory.contains(city, viewer) for city in cities),
        exercise=part[0].exercise,
    )
