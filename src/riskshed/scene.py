"""A scene: an event as statements, with the bodies, the places and the times at which it came to each city.

A case with a river and a case whose forecast was given as data both become a scene; what governs the cities
looks at nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from riskshed.reading import Reading
from riskshed.region import Region
from riskshed.statement import Statement

OUTSIDE = ("BodyJoined", "IncidentOpened", "FootprintIssued", "ReadingsTaken")
"""Kinds of statement that say who there is, what happened, was foreseen and measured."""


@dataclass(frozen=True)
class Scene:
    """An event as it is on record.

    Attributes
    ----------
    name : str
    zone : timezone
        All times are shown in it.
    region : Region
    start : datetime
        The event.
    statements : tuple of Statement
        What was said, measured and forecast, in the order of time.
    rows : mapping of str to str
        Id of the statement of each row of said.csv.
    arrivals : mapping of str to datetime
        When it really came to each city, in the order of time.
    texts : mapping of str to str
        ``about``, ``hazard``, ``hazard_class``, ``level``, ``instruction_zh``, ``instruction_en``.
    expires : datetime
        When warnings and notices end.
    readings : tuple of Reading
        What was measured in a case whose places are cities.
    """

    name: str
    zone: timezone
    region: Region
    start: datetime
    statements: tuple[Statement, ...]
    rows: Mapping[str, str]
    arrivals: Mapping[str, datetime]
    texts: Mapping[str, str]
    expires: datetime
    readings: tuple[Reading, ...] = ()

    @property
    def has_record(self) -> bool:
        """Whether anything that a body said or did is on record, and not only that it happened."""
        return any(one.kind not in OUTSIDE for one in self.statements)
