"""The pathways by name: how the source of each is read, when it begins, and how it spreads.

A cascade sets off one pathway by another and must not know any of them, so it asks here. A pathway is loaded
when it is asked for and not before: whoever forecasts a spill does not wait for the air. Those that begin at
another time in each member say so themselves, by a parameter ``onset_s`` of their ``spread``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from riskshed.errors import DomainError, NotFoundError
from riskshed.footprint import Footprint
from riskshed.tables import shown


@dataclass(frozen=True)
class Pathway:
    """A pathway as a cascade needs it.

    Attributes
    ----------
    name : str
    read : callable
        Reads a source from a file; raises InputFaults.
    begins : callable
        When a source begins, aware.
    begun : callable
        The same source, taken to begin at another time; raises DomainError where it has no single begin.
    spread : callable
        As in docs/guide/new-pathway.md.
    tell : callable or None
        Takes what `spread` takes, and gives the footprint and what else the pathway can tell of it, as plain
        data by name; None where that is nothing. A pathway has it under the name ``foresee``.
    """

    name: str
    read: Callable[[Path], Any]
    begins: Callable[[Any], datetime]
    begun: Callable[[Any, datetime], Any]
    spread: Callable[..., Footprint]
    tell: Callable[..., tuple[Footprint, Mapping[str, Any]]] | None = None

    def takes(self, parameter: str) -> bool:
        """Whether its ``spread`` has a parameter of this name."""
        return parameter in inspect.signature(self.spread).parameters

    @property
    def takes_onset(self) -> bool:
        """Whether its source may begin at another time in each member."""
        return self.takes("onset_s")

    def foresee(self, region: Any, source: Any, **wanted: Any) -> tuple[Footprint, Mapping[str, Any]]:
        """The footprint, and what the pathway tells beside it by name.

        Of the parameters those reach it that its ``spread`` has; one that is None is left to the pathway.
        """
        given = {name: value for name, value in wanted.items() if value is not None and self.takes(name)}
        if self.tell is None:
            return self.spread(region, source, **given), {}
        return self.tell(region, source, **given)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a pathway stands: the modules of its ``spread`` and of its source, in full; reader, begin."""

    module: str
    source_module: str
    reader: str
    begins: str
    moves: bool = True


def _ours(module: str, source_module: str, reader: str, begins: str, *, moves: bool = True) -> Entry:
    package = "riskshed.pathways"
    return Entry(f"{package}.{module}", f"{package}.{source_module}", reader, begins, moves)


ENTRIES: Mapping[str, Entry] = {
    "pollutant": _ours("pollutant", "spill", "Spill.read", "released"),
    "river": _ours("river", "inflow_file", "read", "origin"),
    "contagion": _ours("contagion", "outbreak", "Outbreak.read", "begins"),
    "plume": _ours("plume", "plume_release", "Release.read", "begins"),
    "supply": _ours("supply", "halt", "Halt.read", "begins"),
    "cascade": _ours("cascade", "cascade_source", "CascadeSource.read", "origin", moves=False),
}
"""Every pathway that has a file for its source, by name."""


def named(name: str, entries: Mapping[str, Entry] = ENTRIES) -> Pathway:
    """The pathway of this name.

    Raises
    ------
    NotFoundError
        ``pathway.unknown``, with the names that there are.

    Examples
    --------
    >>> named("pollutant").takes_onset
    False
    """
    if name not in entries:
        listed = ", ".join(sorted(entries))
        raise NotFoundError("pathway.unknown", f"no pathway {shown(name)}", todo=f"Name one of: {listed}.")
    entry = entries[name]
    reader: Any = import_module(entry.source_module)
    for part in entry.reader.split("."):
        reader = getattr(reader, part)
    module: Any = import_module(entry.module)

    def begins(source: Any) -> datetime:
        moment = getattr(source, entry.begins)
        assert isinstance(moment, datetime), f"{name}: {entry.begins} is a time"
        return moment

    def begun(source: Any, moment: datetime) -> Any:
        if not entry.moves:
            told = f"the parts of a {name} begin at times of their own"
            raise DomainError("pathway.fixed_begin", told, todo="Say when each begins, in its file.")
        return replace(source, **{entry.begins: moment})

    return Pathway(name, reader, begins, begun, module.spread, getattr(module, "foresee", None))
