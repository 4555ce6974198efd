"""A case whose forecasts a pathway makes, whichever it is: `forecast.toml` in its folder says which.

    pathway = "plume"                                  the name of a pathway (`riskshed.pathways.registry`)
    source = "release.toml"                            its source, a file of the case
    issued = [2026-05-12T06:00:00+08:00]               when forecasts are issued
    horizon_h = 12.0                                   how far they reach
    members = 500                                      of the ensemble; 500 if it is not said

A forecast issued at a time is asked of the pathway as of that time; what came to be known later it cannot
see. Nothing here knows what a plume or a disease is, and nothing that governs the cities does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed import source_files
from riskshed.errors import Fault, InputFaults, NotFoundError
from riskshed.pathways import registry
from riskshed.region import Region
from riskshed.replay import Forecast, Moment, Progress
from riskshed.tables import line_of_key, read_toml, shown

FILE = "forecast.toml"
MEMBERS, SEED = 500, 1
KEYS = ("pathway", "source", "issued", "horizon_h", "members")


@dataclass(frozen=True, eq=False)
class Foreseeing:
    """What `forecast.toml` says.

    Attributes
    ----------
    pathway : Pathway
    source : object
        As the pathway reads it.
    issued : tuple of datetime
        In the order of time; none before the source begins.
    horizon_s : float or None
        Seconds after the origin of the forecast; None leaves it to the pathway.
    members : int
    """

    pathway: registry.Pathway
    source: Any
    issued: tuple[datetime, ...]
    horizon_s: float | None
    members: int

    @staticmethod
    def read(folder: Path) -> Foreseeing:
        """What is foreseen in a case, and when.

        Raises
        ------
        InputFaults
            ``foreseen.faults``, with every fault of the file; or those of the source that it names.
        """
        path = folder / FILE
        faults: list[Fault] = []
        raw = read_toml(path, faults) or {}
        keys = _Keys(path, raw, faults)
        made = (keys.pathway(), keys.source(), keys.issued(), keys.horizon_s(), keys.members())
        for key in sorted(set(raw) - set(KEYS)):
            keys.wrong(key, f"one of {', '.join(KEYS)}")
        pathway, source, issued, horizon_s, members = made
        if faults or pathway is None or source is None:
            raise InputFaults("foreseen.faults", f"the forecast of {folder} cannot be made", faults)
        read = source_files.read(pathway, source)
        if issued[0] < pathway.begins(read):
            keys.wrong("issued", f"no earlier than the source begins, {pathway.begins(read).isoformat()}")
            raise InputFaults("foreseen.faults", f"the forecast of {folder} cannot be made", faults)
        return Foreseeing(pathway, read, issued, horizon_s, members)

    def forecast(
        self,
        region: Region,
        at: datetime,
        *,
        members: int | None = None,
        seed: int = SEED,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Forecast:
        """The forecast as it could be issued at one time.

        Raises
        ------
        DomainError, InputFaults
            As the pathway.
        """
        footprint, more = self.pathway.foresee(
            region,
            self.source,
            members=members or self.members,
            seed=seed,
            horizon_s=self.horizon_s,
            at=at,
            how="threads" if workers and workers > 1 else None,
            workers=workers,
            progress=progress,
        )
        number = self.issued.index(at) + 1 if at in self.issued else 0
        return Forecast(Moment(at, None, f"第 {number} 次预测", f"forecast {number}"), footprint, more)


def is_one(folder: Path) -> bool:
    """Whether a pathway makes the forecasts of this case as `forecast.toml` says."""
    return (folder / FILE).is_file()


def forecasts(
    foreseeing: Foreseeing,
    region: Region,
    *,
    members: int | None = None,
    seed: int = SEED,
    workers: int | None = None,
    on_forecast: Callable[[Forecast], None] | None = None,
    progress: Progress | None = None,
) -> tuple[Forecast, ...]:
    """All forecasts of a case, in the order in which they are issued."""
    made: list[Forecast] = []
    for at in foreseeing.issued:
        done = len(made)

        def report(part: int, parts: int, done: int = done) -> None:
            if progress is not None:
                progress(done * parts + part, len(foreseeing.issued) * parts)

        made.append(
            foreseeing.forecast(region, at, members=members, seed=seed, workers=workers, progress=report)
        )
        if on_forecast is not None:
            on_forecast(made[-1])
    return tuple(made)


@dataclass(frozen=True)
class _Keys:
    """The keys of the file, each checked; what is wrong is in the faults."""

    path: Path
    raw: Mapping[str, Any]
    faults: list[Fault]

    def wrong(self, key: str, wanted: str) -> None:
        got = self.raw.get(key)
        told = "nothing" if got is None else shown(str(got)[:200])
        line = line_of_key(self.path, key)
        self.faults.append(
            Fault("foreseen.bad_value", str(self.path), line, key, told, wanted, "Correct this key.")
        )

    def pathway(self) -> registry.Pathway | None:
        try:
            return registry.named(str(self.raw.get("pathway")))
        except NotFoundError as error:
            self.wrong("pathway", error.todo or "a pathway")
            return None

    def source(self) -> Path | None:
        name = self.raw.get("source")
        if not isinstance(name, str) or Path(name).name != name or not (self.path.parent / name).is_file():
            self.wrong("source", "the name of a file beside this one")
            return None
        return self.path.parent / name

    def issued(self) -> tuple[datetime, ...]:
        times = self.raw.get("issued")
        whole = isinstance(times, list) and len(times) > 0
        if not whole or not all(isinstance(one, datetime) and one.tzinfo is not None for one in times or ()):
            self.wrong("issued", "a list of times with their offset from UTC")
            return ()
        assert isinstance(times, list)
        if times != sorted(set(times)):
            self.wrong("issued", "times in their order, each once")
        return tuple(times)

    def horizon_s(self) -> float | None:
        return self._number("horizon_h", 0.1, 24.0 * 3660, 3600.0)

    def members(self) -> int:
        value = self.raw.get("members", MEMBERS)
        if type(value) is not int or not 2 <= value <= 100_000:
            self.wrong("members", "a whole number from 2 to 100000")
            return MEMBERS
        return value

    def _number(self, key: str, low: float, high: float, factor: float) -> float | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.wrong(key, f"a number from {low:g} to {high:g}")
            return None
        return float(value) * factor
