"""Where: the cities of a region, the bodies that have a say, the people, the river and the sections on it.

A region is a folder of plain files that a clerk can make (`docs/guide/region.md` has a table for each). It is
read whole or not at all: every fault of every file is named at once, and one fault is enough to read nothing.

The folder is not trusted. Only files with the names of the guide are looked at; a link that leads out of the
folder is not followed (a region that was sent by someone else must not make the reader open other files of
this computer), and sizes are limited before anything is opened (`riskshed.tables.Limits`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from riskshed import region_files as files
from riskshed.boundaries import read_geojson
from riskshed.errors import Fault, InputFaults, NotFoundError
from riskshed.network import OUTLET, Network
from riskshed.network_files import read_rapid, read_river_route
from riskshed.region_checks import Checks
from riskshed.region_files import guide
from riskshed.tables import LIMITS, FaultBook, Limits, Table, read_csv, read_toml, shown

__all__ = [
    "SIZE_CLASSES",
    "Body",
    "City",
    "Indicator",
    "PeoplePoint",
    "Plant",
    "Region",
    "Section",
    "SupplyLink",
    "Travel",
    "guide",
    "size_class",
]

SIZE_CLASSES: tuple[tuple[int, str, str], ...] = (
    (10_000_000, "super", "超大城市"),
    (5_000_000, "mega", "特大城市"),
    (3_000_000, "I large", "Ⅰ型大城市"),
    (1_000_000, "II large", "Ⅱ型大城市"),
    (500_000, "medium", "中等城市"),
    (200_000, "I small", "Ⅰ型小城市"),
    (0, "II small", "Ⅱ型小城市"),
)
"""Least urban population, name and Chinese name of each class: State Council, 国发〔2014〕51号 (2014)."""

NETWORK_FORMS = (("reaches.csv",), ("reaches.parquet",), ("rapid_connect.csv", "k.csv", "x.csv"))
ROUTING_SUBSET = "riv_bas_id.csv"


def size_class(population_urban: int | None) -> str | None:
    """Size class of a city from the resident population of its urban area; None if that is unknown.

    The classes of the State Council of 2014, lower bound included.

    Examples
    --------
    >>> size_class(1_000_000), size_class(999_999), size_class(None)
    ('II large', 'medium', None)
    """
    if population_urban is None:
        return None
    assert population_urban >= 0, "people are counted from zero"
    return next(name for least, name, _ in SIZE_CLASSES if population_urban >= least)


@dataclass(frozen=True, slots=True)
class City:
    """A city, or any territory with an authority of its own. None is unknown."""

    code: str
    name_zh: str
    name_en: str
    level: str
    parent: str | None
    lat: float | None
    lon: float | None
    population_resident: int | None
    population_urban: int | None
    source: str
    note: str | None = None

    @property
    def size_class(self) -> str | None:
        """Class by urban population, as of `size_class`; None if that is unknown."""
        return size_class(self.population_urban)


@dataclass(frozen=True, slots=True)
class Body:
    """Who has a say: a coordination body, a hazard office, an agency, an enterprise."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    superior: str | None
    hazard_class: str | None
    source: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PeoplePoint:
    """A point that stands for so many people."""

    lat: float
    lon: float
    people: float
    city: str | None
    source: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A place on the river, at the downstream end of its reach. None is unknown."""

    id: str
    name_zh: str
    name_en: str
    city: str
    reach_id: int
    river_km: float | None
    lat: float | None
    lon: float | None
    role: str
    people_supplied: int | None
    source: str
    threshold_mg_per_L: float | None = None  # noqa: N815 (the unit is written as it is)
    threshold_stage_m: float | None = None
    threshold_flow_m3_s: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Travel:
    """So many people go from one city to another each day, from `since` on; None is from the beginning.

    It holds until a later row of the same two cities. Two cities without a row have no travel.
    """

    from_city: str
    to_city: str
    people_per_day: float
    since: datetime | None = None
    source: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant, or a group of plants that stop and start together; None is unknown."""

    id: str
    city: str
    name_zh: str
    name_en: str
    kind: str
    tier: int | None
    output_per_day: float | None
    output_unit: str | None
    value_yuan_per_day: float | None
    workers: int | None
    basis: str
    source: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SupplyLink:
    """A part that one plant delivers to another, and how long stocks of it last; None is unknown."""

    supplier: str
    customer: str
    part: str
    share: float | None
    cover_low_d: float | None
    cover_high_d: float | None
    substitutable: float | None
    basis: str
    source: str
    note: str | None = None
    value_yuan_per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure of an industry cluster: reached, aimed at or planned; a value of None is unknown."""

    indicator: str
    name_zh: str
    name_en: str
    territory: str
    scope: str
    kind: str
    period: str
    value: float | None
    unit: str
    bound: str
    basis: str
    source: str
    note: str | None = None


@dataclass(frozen=True, eq=False)
class Region:
    """Everything about where. Two regions are the same if their digests are.

    Attributes
    ----------
    name : str
    folder : Path
    cities, bodies, sections, people, travel, plants, supply_links, indicators : tuples
        In the order of their files.
    network : Network or None
        None where the region has no river.
    digest : str
        SHA-256, in hexadecimal, over the names and bytes of the files.
    boundaries : mapping of city code to GeoJSON geometry
    about : mapping
        The other keys of region.toml: ``name_zh``, ``river``, ``mouth``, ``crs``, ``source``, ``note``.
    """

    name: str
    folder: Path
    cities: tuple[City, ...]
    bodies: tuple[Body, ...]
    sections: tuple[Section, ...]
    people: tuple[PeoplePoint, ...]
    network: Network | None
    digest: str
    boundaries: Mapping[str, Mapping[str, Any]]
    about: Mapping[str, str]
    travel: tuple[Travel, ...] = ()
    plants: tuple[Plant, ...] = ()
    supply_links: tuple[SupplyLink, ...] = ()
    indicators: tuple[Indicator, ...] = ()

    @staticmethod
    def read(folder: Path | str, *, limits: Limits = LIMITS) -> Region:
        """Read a region folder.

        Raises
        ------
        InputFaults
            ``region.faults``, with every fault of every file.
        """
        faults: list[Fault] = []
        region = _read(Path(folder), faults, limits)
        if faults or region is None:
            raise InputFaults("region.faults", f"the region {folder} cannot be used", faults)
        return region

    @staticmethod
    def check(folder: Path | str, *, limits: Limits = LIMITS) -> tuple[Fault, ...]:
        """Every fault of a region folder; empty if it can be used."""
        faults: list[Fault] = []
        _read(Path(folder), faults, limits)
        return tuple(faults)

    @cached_property
    def city_index(self) -> Mapping[str, int]:
        """Place of each city in `cities`, by code."""
        return {city.code: i for i, city in enumerate(self.cities)}

    def city(self, code: str) -> City:
        """The city with this code. Raises NotFoundError."""
        if code not in self.city_index:
            raise _not_found("city", code, [c.code for c in self.cities])
        return self.cities[self.city_index[code]]

    def section(self, section_id: str) -> Section:
        """The section with this id. Raises NotFoundError."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise _not_found("section", section_id, [s.id for s in self.sections])


def _not_found(noun: str, got: str, known: Sequence[str]) -> NotFoundError:
    todo = f"There are: {', '.join(known[:20])}" + (" ..." if len(known) > 20 else "")
    return NotFoundError(
        f"region.unknown_{noun}", f"there is no {noun} {shown(got)} in this region", todo=todo
    )


# ------------------------------------------------------------------------------------------------ reading


def _read(folder: Path, faults: list[Fault], limits: Limits) -> Region | None:
    found = _present(folder, faults)
    about = _about(found, faults, limits)
    tables = {form.name: _table(form, found, faults, limits) for form in files.FORMS if form.name in found}
    network, river_read = _network(found, tables.get("reaches.csv"), faults, limits)
    features = (
        read_geojson(found["boundaries.geojson"], faults, limits=limits)
        if "boundaries.geojson" in found
        else ()
    )
    checks = Checks(folder, tables, faults, limits)
    checks.run(network, river_read, "sections.csv" in found)
    boundaries = checks.boundaries(features or ())
    if faults:
        return None
    return Region(
        name=about.pop("name"),
        folder=folder,
        cities=_nouns(City, tables.get("cities.csv")),
        bodies=_nouns(Body, tables.get("bodies.csv")),
        sections=_nouns(Section, tables.get("sections.csv")),
        people=_nouns(PeoplePoint, tables.get("people.csv")),
        network=network,
        digest=_digest(found),
        boundaries=boundaries,
        about=about,
        travel=_nouns(Travel, tables.get("travel.csv")),
        plants=_nouns(Plant, tables.get("plants.csv")),
        supply_links=_nouns(SupplyLink, tables.get("supply_links.csv")),
        indicators=_nouns(Indicator, tables.get("indicators.csv")),
    )


def _is_folder(path: Path) -> bool:
    """Whether a folder stands there; a name that none can have, or that nobody may look at, is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _present(folder: Path, faults: list[Fault]) -> dict[str, Path]:
    """The files of the guide that are in the folder, by name; what is missing or leads out of it is a
    fault."""
    book = FaultBook(str(folder), faults)
    if not _is_folder(folder):
        book.add("region.no_folder", None, None, "no such folder", "a folder with region.toml and cities.csv")
        return {}
    home = folder.resolve()
    found = {}
    names = (
        [form.name for form in files.FORMS] + [n for form in NETWORK_FORMS for n in form] + [ROUTING_SUBSET]
    )
    for name in dict.fromkeys(names):
        path = folder / name
        if path.is_symlink() and not _leads_inside(path, home):
            todo = "Put a copy of the file into the folder."
            book.add(
                "region.leaves_folder", None, name, "a link that leads out of the folder", "a file", todo
            )
        elif path.exists():
            found[name] = path
    for form in files.FORMS:
        if form.required and form.name not in found:
            book.add("region.missing_file", None, form.name, "no such file", form.name, "Add the file.")
    return found


def _leads_inside(path: Path, home: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(home)
    except (OSError, RuntimeError):  # a link to nothing, or to itself
        return False


def _about(found: Mapping[str, Path], faults: list[Fault], limits: Limits) -> dict[str, str]:
    if "region.toml" not in found:
        return {}
    raw = read_toml(found["region.toml"], faults, limits=limits)
    if raw is None:
        return {}
    book = FaultBook(str(found["region.toml"]), faults, limits)
    known = {column.name: column for column in files.REGION}
    for key, value in raw.items():
        if key not in known:
            book.add("region.unknown_key", None, shown(key)[1:-1], "a key of no meaning", ", ".join(known))
        elif not isinstance(value, str) or not value.strip():
            book.add("region.bad_key", None, key, shown(str(value)), "text in quotation marks", "Correct it.")
        elif known[key].choices and value not in known[key].choices:
            book.add("region.bad_key", None, key, shown(value), f"one of {known[key].range_text()}")
    for column in files.REGION:
        if column.required and column.name not in raw:
            book.add("region.missing_key", None, column.name, f"no {column.name}", column.doc, "Add it.")
    book.close()
    return raw


def _table(
    form: files.FileForm, found: Mapping[str, Path], faults: list[Fault], limits: Limits
) -> Table | None:
    if not form.name.endswith(".csv"):
        return None
    return read_csv(found[form.name], form.columns, faults, limits=limits)


def _network(
    found: Mapping[str, Path], reaches: Table | None, faults: list[Fault], limits: Limits
) -> tuple[Network | None, bool]:
    """The network, and whether all that the folder says of it could be read."""
    forms = [form for form in NETWORK_FORMS if form[0] in found]
    if len(forms) > 1:
        got = " and ".join(form[0] for form in forms)
        todo = "Keep one form of the river network."
        where = str(found[forms[0][0]].parent)
        faults.append(Fault("region.two_networks", where, None, None, got, "one river network", todo))
        return None, False
    if not forms:
        return None, True
    try:
        if forms[0] == ("reaches.csv",):
            return (None, False) if reaches is None else (_from_reaches(found["reaches.csv"], reaches), True)
        if forms[0] == ("reaches.parquet",):
            return read_river_route(found["reaches.parquet"], limits=limits), True
        first = found["rapid_connect.csv"]
        k, x = (found.get(name, first.with_name(name)) for name in forms[0][1:])
        return read_rapid(first, k, x, found.get(ROUTING_SUBSET), limits=limits), True
    except InputFaults as error:
        faults.extend(error.faults)
        return None, False


def _from_reaches(path: Path, table: Table) -> Network:
    down = [OUTLET if below is None else below for below in table["down_id"]]
    columns = {c.name: table[c.name] for c in files.REACHES if c.kind == "float"}
    return Network.of(table["reach_id"], down, where=str(path), lines=table.lines, **columns)


_Noun = TypeVar("_Noun", City, Body, Section, PeoplePoint, Travel, Plant, SupplyLink, Indicator)


def _nouns(noun: type[_Noun], table: Table | None) -> tuple[_Noun, ...]:
    names = {f.name for f in fields(noun)}
    rows: Iterable[dict[str, Any]] = table.rows() if table else ()
    # "from" is a word of the language, and so is no name of a field.
    named = ({f"{k}_city" if k in ("from", "to") else k: v for k, v in row.items()} for row in rows)
    return tuple(noun(**{k: v for k, v in row.items() if k in names}) for row in named)


def _digest(found: Mapping[str, Path]) -> str:
    """SHA-256 over the name and the SHA-256 of each file, in the order of the names."""
    whole = hashlib.sha256()
    for name in sorted(found):
        with found[name].open("rb") as file:
            one = hashlib.file_digest(file, "sha256")
        whole.update(f"{name}\n{one.hexdigest()}\n".encode())
    return whole.hexdigest()
