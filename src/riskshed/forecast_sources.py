"""What a node knows beforehand of each hazard: by which pathway it travels, and what is supposed of it.

`sources.toml` in the folder of a node is a list of `[[source]]`, each with `hazard` (as thresholds name it),
`quantity` (as readings name it), `source` (who says so) and a pathway:

- `pollutant`: `spill`, a file as of `riskshed.pathways.spill`, and `assumed`: true if place and time of the
  release are not those of the file, but where and when it was first seen.
- `river`: the flow at a gauge, in m3/s, goes on down the river. It may have `inflow_log_sd`, `travel_log_sd`,
  `before_h` and `horizon_h`.
- any other pathway (`riskshed.pathways.registry`): `file`, its source; `assumed`: true if it begins when it
  was first seen, and not when the file says; `unit` of the readings that watch it; and `horizon_h`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskshed import source_files
from riskshed.columns import shown
from riskshed.errors import Fault, InputFaults
from riskshed.pathways import registry
from riskshed.pathways.spill import Spill
from riskshed.region import Region
from riskshed.tables import line_of_key, read_toml

FILE = "sources.toml"
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "inflow_log_sd": (0.0, 2.0),
    "travel_log_sd": (0.0, 2.0),
    "horizon_h": (1.0, 24.0 * 60),
    "before_h": (1.0, 24.0 * 30),
}


@dataclass(frozen=True, eq=False)
class PollutantSource:
    """What is supposed of a spill of one substance.

    Attributes
    ----------
    quantity : str
        By which readings name the substance.
    spill : Spill
    assumed : bool
        Whether place and time of the release are those at which it was first seen.
    """

    quantity: str
    spill: Spill
    assumed: bool


@dataclass(frozen=True, slots=True)
class RiverSource:
    """How a flood is carried on from a gauge.

    Attributes
    ----------
    quantity, unit : str
        By which readings name the flow; m3/s.
    inflow_log_sd, travel_log_sd : float
        As of `riskshed.pathways.river.Inflow`.
    before_h, horizon_h : float, h
        How far back readings are used; how far the forecast reaches.
    source : str
    """

    quantity: str
    unit: str = "m3/s"
    inflow_log_sd: float = 0.15
    travel_log_sd: float = 0.15
    before_h: float = 72.0
    horizon_h: float = 240.0
    source: str = ""


@dataclass(frozen=True, eq=False)
class PathwaySource:
    """What is supposed of a hazard that travels by any other pathway.

    Attributes
    ----------
    quantity, unit : str
        By which readings it is watched; they open an incident, and do not change the forecast.
    pathway : Pathway
    source : object
        As the pathway reads it.
    assumed : bool
        Whether it begins when it was first seen.
    horizon_h : float or None, h
        How far the forecast reaches; None leaves it to the pathway.
    """

    quantity: str
    unit: str
    pathway: registry.Pathway
    source: Any
    assumed: bool
    horizon_h: float | None


AnySource = PollutantSource | RiverSource | PathwaySource
Sources = Mapping[str, AnySource]
"""By the hazard (`Threshold.sort`)."""

OTHERS = frozenset(registry.ENTRIES) - {"pollutant", "river"}
Wrong = Callable[[int, str, object, str], None]


def read_sources(folder: Path, region: Region) -> Sources:
    """The sources of a node, from `sources.toml` in its folder; none where there is no such file.

    Raises
    ------
    InputFaults
        ``sources.faults``, with every fault; or those of a spill file.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    faults: list[Fault] = []
    raw = read_toml(path, faults) or {}
    found: dict[str, AnySource] = {}

    def wrong(at: int, key: str, got: object, wanted: str) -> None:
        told = "nothing" if got is None else shown(str(got)[:200])
        line = line_of_key(path, f"source.{key}") if at == 0 else None
        place = f"source[{at}].{key}"
        faults.append(Fault("sources.bad_value", str(path), line, place, told, wanted, "Correct this key."))

    listed = raw.get("source", [])
    if set(raw) - {"source"} or not isinstance(listed, list):
        wrong(0, "", ", ".join(raw), "a list of [[source]] and nothing else")
        listed = []
    for at, one in enumerate(listed):
        keys = one if isinstance(one, dict) else {}
        reader = _of_pathway if keys.get("pathway") in OTHERS else _source
        made = reader(at, keys, folder, wrong) if not faults else None
        if made is not None and made[0] in found:
            wrong(at, "hazard", made[0], "each hazard once")
        elif made is not None:
            found[made[0]] = made[1]
    if faults:
        raise InputFaults("sources.faults", f"the sources {path} cannot be used", faults)
    for hazard, source in found.items():
        if isinstance(source, PollutantSource) and not source.assumed:
            _check_section(path, hazard, source.spill, region)
    return found


def _source(at: int, one: Mapping[str, Any], folder: Path, wrong: Wrong) -> tuple[str, AnySource] | None:
    pathway = one.get("pathway")
    allowed = {"hazard", "pathway", "quantity", "source"}
    allowed |= {"spill", "assumed"} if pathway == "pollutant" else {"unit", *_NUMBERS}
    texts = [key for key in ("hazard", "quantity", "source") if not isinstance(one.get(key), str)]
    for key in texts:
        wrong(at, key, one.get(key), "a text")
    for key in sorted(set(one) - allowed):
        wrong(at, key, one[key], f"one of {', '.join(sorted(allowed))}")
    if pathway not in ("pollutant", "river"):
        wrong(at, "pathway", pathway, f"one of {', '.join(sorted(registry.ENTRIES))}")
        return None
    if pathway == "pollutant":
        name = one.get("spill")
        if not isinstance(name, str) or Path(name).name != name or not isinstance(one.get("assumed"), bool):
            wrong(at, "spill", name, "the name of a file beside this one, and assumed = true or false")
            return None
        if texts or set(one) - allowed:
            return None
        return one["hazard"], PollutantSource(one["quantity"], Spill.read(folder / name), one["assumed"])
    for key, (low, high) in _NUMBERS.items():
        if key in one and not (type(one[key]) in (int, float) and low <= one[key] <= high):
            wrong(at, key, one[key], f"a number from {low:g} to {high:g}")
    if one.get("unit", "m3/s") != "m3/s":
        wrong(at, "unit", one["unit"], "m3/s: a stage is no flow")
    if texts or set(one) - allowed:
        return None
    numbers: dict[str, Any] = {
        key: float(one[key]) for key in _NUMBERS if key in one and type(one[key]) in (int, float)
    }
    return one["hazard"], RiverSource(one["quantity"], source=one["source"], **numbers)


def _of_pathway(at: int, one: Mapping[str, Any], folder: Path, wrong: Wrong) -> tuple[str, AnySource] | None:
    """A source whose file the pathway itself reads."""
    texts, allowed = ("hazard", "quantity", "unit", "source", "file"), {"pathway", "assumed", "horizon_h"}
    missing = [key for key in texts if not isinstance(one.get(key), str)]
    for key in missing:
        wrong(at, key, one.get(key), "a text")
    unknown = sorted(set(one) - allowed - set(texts))
    for key in unknown:
        wrong(at, key, one[key], f"one of {', '.join(sorted(allowed | set(texts)))}")
    name, horizon, assumed = one.get("file"), one.get("horizon_h"), one.get("assumed")
    low, high = _NUMBERS["horizon_h"]
    if not isinstance(name, str) or Path(name).name != name or not (folder / name).is_file():
        wrong(at, "file", name, "the name of a file beside this one")
    elif not isinstance(assumed, bool):
        wrong(at, "assumed", assumed, "true or false")
    elif horizon is not None and not (type(horizon) in (int, float) and low <= horizon <= high):
        wrong(at, "horizon_h", horizon, f"a number from {low:g} to {high:g}")
    elif not missing and not unknown:
        pathway = registry.named(one["pathway"])
        facts = (one["quantity"], one["unit"], pathway, source_files.read(pathway, folder / name), assumed)
        return one["hazard"], PathwaySource(*facts, None if horizon is None else float(horizon))
    return None


def _check_section(path: Path, hazard: str, spill: Spill, region: Region) -> None:
    if all(section.id != spill.section for section in region.sections):
        wanted = "a section of the region"
        fault = Fault("sources.unknown_section", str(path), None, hazard, shown(spill.section), wanted)
        raise InputFaults("sources.faults", f"the sources {path} cannot be used", [fault])
