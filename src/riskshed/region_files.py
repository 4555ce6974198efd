"""The files of a region folder, as data: what stands in each, from which they are checked and the guide is
written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from riskshed.reading import KINDS, reading_schema, record_schema
from riskshed.tables import LIMITS, Column

OUTSIDE = "outside:"
"""Before a code of an authority that is meant, but has no row in this folder."""

LEVELS = ("province", "subprovincial", "prefecture", "county", "town", "other")
ROLES = ("intake", "monitoring", "gauge", "border", "outfall")
BODY_KINDS = ("coordination", "office", "government", "agency", "enterprise", "utility", "evaluator", "other")
HAZARD_CLASSES = ("natural_disaster", "accident", "public_health", "social_security")
REFERENCE_SYSTEMS = ("EPSG:4326", "EPSG:4490")


def _source(doc: str = "Where the facts of this row are said.") -> Column:
    return Column("source", "text", doc=doc)


def _point(of: str) -> tuple[Column, Column]:
    return (
        Column(
            "lat", "float", "degree", low=-90, high=90, may_be_empty=True,
            doc=f"Latitude of {of}, WGS 84 (not GCJ-02).",
        ),
        Column("lon", "float", "degree", low=-180, high=180, may_be_empty=True, doc=f"Longitude of {of}."),
    )  # fmt: skip


def _people(name: str, doc: str, *, required: bool = True) -> Column:
    return Column(name, "int", "people", required=required, low=0, high=10**10, may_be_empty=True, doc=doc)


def _optional(name: str, unit: str, doc: str, *, high: float, above: bool = True) -> Column:
    return Column(name, "float", unit, False, 0, high, doc=doc, may_be_empty=True, above=above)


NOTE = Column("note", "text", required=False, may_be_empty=True, doc="Anything else.")

REGION = (
    Column("name", "text", doc="What the region is called, in English."),
    Column("name_zh", "text", required=False, doc="What it is called in Chinese."),
    Column("river", "text", required=False, doc="The river, if the region has one main stem."),
    Column("mouth", "text", required=False, doc="Where river_km is 0, and how the kilometres were measured."),
    Column(
        "crs",
        "choice",
        required=False,
        choices=REFERENCE_SYSTEMS,
        doc="Of all points; EPSG:4326 if not said.",
    ),
    Column("source", "text", required=False, doc="Where the region as a whole comes from."),
    NOTE,
)
CITIES = (
    Column("code", "id", doc="GB/T 2260 code (six digits), or any other code that is not used twice."),
    Column("name_zh", "text", doc="Name in Chinese."),
    Column("name_en", "text", doc="Name in English."),
    Column("level", "choice", choices=LEVELS, doc="Rank of the authority."),
    Column(
        "parent", "id", may_be_empty=True,
        doc=f"Code of the superior, a city or body of this folder, or {OUTSIDE}CODE; empty is unknown.",
    ),
    *_point("the city"),
    _people("population_resident", "Resident population of the whole territory."),
    _people("population_urban", "Resident population of the urban area (城区), which gives the size class."),
    _source(),
    NOTE,
)  # fmt: skip
BODIES = (
    Column("code", "id", doc="Code of the body, not used twice."),
    Column("kind", "choice", choices=BODY_KINDS, doc="What sort of body it is."),
    Column("name_zh", "text", doc="Name in Chinese."),
    Column("name_en", "text", doc="Name in English."),
    Column(
        "superior", "id", may_be_empty=True,
        doc=f"Code of the body or city above it, or {OUTSIDE}CODE; empty is none or unknown.",
    ),
    Column(
        "hazard_class", "choice", may_be_empty=True, choices=HAZARD_CLASSES,
        doc="For a hazard office, the class it looks after.",
    ),
    _source(),
    NOTE,
)  # fmt: skip
PEOPLE = (
    Column("lat", "float", "degree", low=-90, high=90, doc="Latitude, WGS 84."),
    Column("lon", "float", "degree", low=-180, high=180, doc="Longitude."),
    Column("people", "float", "people", low=0, high=1e10, doc="How many people the point stands for."),
    Column("city", "id", may_be_empty=True, doc="Code of the city they live in; empty is unknown."),
    _source(),
    NOTE,
)
SECTIONS = (
    Column("id", "id", doc="Id of the section, not used twice."),
    Column("name_zh", "text", doc="Name in Chinese."),
    Column("name_en", "text", doc="Name in English."),
    Column("city", "id", doc="Code of the city whose section it is."),
    Column("reach_id", "int", doc="The reach at whose downstream end the section stands.", low=0),
    Column(
        "river_km", "float", "km", low=0, high=1e4, may_be_empty=True,
        doc="Kilometres above the mouth named in region.toml.",
    ),
    *_point("the section"),
    Column("role", "choice", choices=ROLES, doc="What the section is for."),
    _people("people_supplied", "How many people drink from it; 0 is nobody, empty is unknown."),
    _optional("threshold_mg_per_L", "mg/L", "Concentration from which on it counts as reached.", high=1e6),
    _optional("threshold_stage_m", "m", "Water level from which on it counts as reached.", high=1e4),
    _optional("threshold_flow_m3_s", "m3/s", "Flow from which on it counts as reached.", high=1e7),
    _source(),
    NOTE,
)  # fmt: skip
REACHES = (
    Column("reach_id", "int", doc="Number of the reach, not used twice.", low=0),
    Column("down_id", "int", low=0, may_be_empty=True, doc="The reach it flows into; empty at an outlet."),
    Column("length_m", "float", "m", low=0, high=1e7, above=True, doc="Length along the river."),
    _optional("k_s", "s", "Muskingum K, the travel time of a wave through the reach.", high=1e9),
    _optional("x", "1", "Muskingum X, the weight of the inflow.", high=0.5, above=False),
    _optional("slope", "m/m", "Slope of the river bed.", high=10, above=False),
    _optional("width_m", "m", "Width at the water surface.", high=1e5),
    _optional("depth_m", "m", "Mean depth.", high=1e4),
    _optional("manning_n", "s/m^(1/3)", "Manning's roughness.", high=10),
    _optional("velocity_m_s", "m/s", "Mean velocity of the water.", high=100),
    _optional("flow_m3_s", "m3/s", "Flow at the time of the event.", high=1e7),
    _optional("flow_mean_m3_s", "m3/s", "Mean annual flow.", high=1e7),
    _optional("drainage_area_m2", "m2", "Area that drains through the reach.", high=1e14),
    Column("source", "text", required=False, may_be_empty=True, doc="Where the facts of this row are said."),
    NOTE,
)
TRAVEL = (
    Column("from", "id", doc="Code of the city that people leave."),
    Column("to", "id", doc="Code of the city, another one, that they go to."),
    Column("people_per_day", "float", "people/d", low=0, high=1e9, doc="How many go there each day."),
    Column(
        "since", "time", required=False, may_be_empty=True,
        doc="From when it holds, until a later row of the same two cities; empty is from the beginning.",
    ),
    Column("source", "text", required=False, may_be_empty=True, doc="Where the facts of this row are said."),
    NOTE,
)  # fmt: skip
PLANT_KINDS = ("assembly", "parts", "material", "logistics", "other")
BASES = ("stated", "implied", "synthetic")
BASIS = Column(
    "basis", "choice", choices=BASES,
    doc="Whether the source says it, it follows from what it says, or it is supposed (synthetic).",
)  # fmt: skip
PLANTS = (
    Column("id", "id", doc="Id of the plant, or of a group of plants that stop and start together."),
    Column("city", "id", doc="Code of its city."),
    Column("name_zh", "text", doc="Name in Chinese."),
    Column("name_en", "text", doc="Name in English."),
    Column("kind", "choice", choices=PLANT_KINDS, doc="What it does."),
    Column(
        "tier", "int", required=False, low=0, high=99, may_be_empty=True,
        doc="Steps to the finished good: 0 makes it, 1 delivers to 0.",
    ),
    _optional("output_per_day", "", "What it makes in a day of work, in `output_unit`.", high=1e12),
    Column("output_unit", "text", required=False, may_be_empty=True, doc="Unit of that: cars, sets, t."),
    _optional("value_yuan_per_day", "yuan/d", "Worth of the output of a day.", high=1e12),
    _people("workers", "People who work there.", required=False),
    BASIS,
    _source(),
    NOTE,
)  # fmt: skip
SUPPLY_LINKS = (
    Column("supplier", "id", doc="Id of the plant that delivers."),
    Column("customer", "id", doc="Id of the plant, another one, that cannot do without."),
    Column("part", "text", doc="What is delivered; suppliers of one part to one customer share it."),
    _optional(
        "share", "1", "Share of the part that comes from here; empty is an even share of the rest.", high=1
    ),
    _optional(
        "cover_low_d", "d", "Days that stock and goods under way last, at least.", high=1e4, above=False
    ),
    _optional("cover_high_d", "d", "Days that they last at most.", high=1e4, above=False),
    Column(
        "value_yuan_per_day", "float", "yuan/d", False, 0, 1e12, may_be_empty=True,
        doc="Worth of what is delivered in a day of work, by which a local supply rate is weighed.",
    ),
    _optional(
        "substitutable", "1", "Share of it that can be had elsewhere if it stops; empty is nothing.",
        high=1, above=False,
    ),
    BASIS,
    _source(),
    NOTE,
)  # fmt: skip
SCOPES = ("city", "province", "cluster", "firm", "other")
INDICATOR_KINDS = ("actual", "goal", "plan")
BOUNDS = ("exact", "about", "at_least", "at_most")
INDICATORS = (
    Column("indicator", "id", doc="Code of what is counted; rows of one code and territory belong together."),
    Column("name_zh", "text", doc="What is counted, in Chinese."),
    Column("name_en", "text", doc="What is counted, in English."),
    Column("territory", "id", doc="Code of the city, the province or the firm that it is counted over."),
    Column("scope", "choice", choices=SCOPES, doc="What sort of territory that is."),
    Column("kind", "choice", choices=INDICATOR_KINDS, doc="What was reached, what is to be, or a design."),
    Column("period", "text", doc="The year, quarter or day that it is of."),
    Column("value", "float", may_be_empty=True, low=-1e15, high=1e15, doc="The number."),
    Column("unit", "text", doc="Its unit; percent, CNY, vehicles."),
    Column("bound", "choice", choices=BOUNDS, doc="How exactly the source says it."),
    BASIS,
    _source(),
    NOTE,
)  # fmt: skip
BOUNDARIES = (
    Column("properties.code", "id", doc="Code of the city that the feature bounds."),
    Column("geometry", "text", doc="A valid Polygon or MultiPolygon, longitude first, WGS 84."),
)


@dataclass(frozen=True, slots=True)
class FileForm:
    """One file of the folder: its name, what it is for, and its columns."""

    name: str
    doc: str
    columns: Sequence[Column]
    required: bool = False


FORMS: tuple[FileForm, ...] = (
    FileForm("region.toml", "What the region is. Each line is `key = value`.", REGION, required=True),
    FileForm("cities.csv", "The cities, one row each.", CITIES, required=True),
    FileForm(
        "bodies.csv", "The bodies that have a say: coordination, offices, agencies, enterprises.", BODIES
    ),
    FileForm("people.csv", "Where people live, as points.", PEOPLE),
    FileForm("sections.csv", "Places on the river where something is taken, measured or let in.", SECTIONS),
    FileForm("reaches.csv", "The river network; or one of the two other forms below.", REACHES),
    FileForm(
        "travel.csv",
        "How many people travel between cities, each direction on its own; what has no row is no travel.",
        TRAVEL,
    ),
    FileForm("plants.csv", "Plants whose stop would be felt elsewhere.", PLANTS),
    FileForm(
        "supply_links.csv", "Which plant delivers what to which, and how long stocks last.", SUPPLY_LINKS
    ),
    FileForm(
        "indicators.csv",
        "What an industry cluster is said to reach and to aim at: territory, period and source of each.",
        INDICATORS,
    ),
    FileForm("boundaries.geojson", "The territory of each city, as a FeatureCollection.", BOUNDARIES),
)

_HEAD = """\
# The region folder

A region is a folder of plain files: UTF-8 text, comma separated, one header line, `#` lines above it for
remarks. Columns may stand in any order. An empty cell is *unknown*, never zero. Times carry their offset from
UTC. Every row of cities, bodies, people and sections names its source. `riskshed region check FOLDER` names
everything that is wrong, by file, line and column.

This page is written from the schemas in `riskshed.region_files` and checked against them.
"""

_TAIL = f"""\
## Other forms of the river network

Instead of `reaches.csv` the folder may hold one of these, read as they are:

- `reaches.parquet`, a network file of river-route 3 (`riverId`, `nextRiverId`, `muskingumK`, `muskingumX`),
or of its
  earlier versions (`river_id`, `next_river_id` or `downstream_river_id`, `k`, `x`); -1 is below an outlet.
  Columns `length_m` and `slope` are used if they are there, others are left alone.
- `rapid_connect.csv`, `k.csv`, `x.csv` and, to keep a part of them, `riv_bas_id.csv`, of RAPID: no header;
  `rapid_connect.csv` has the id of the reach, of the one below (0 at an outlet), the number of reaches above,
  and their ids (padded with 0); `k.csv` and `x.csv` have one number for each of its lines.

## What is refused

A file larger than {LIMITS.bytes // 2**20} MiB or with more than {LIMITS.rows:,} rows; a link that leads out
of the folder; whatever is not a regular file. At most {LIMITS.faults} faults of a file are named, the rest
are counted. If there is one fault, nothing is read.
"""


def guide() -> str:
    """The guide page of the region folder, in Markdown: a table for each file, from the schemas.

    Examples
    --------
    >>> guide().splitlines()[0]
    '# The region folder'
    """
    parts = [_HEAD]
    for form in FORMS:
        needed = "Required." if form.required else "Optional."
        parts.append(f"## {form.name}\n\n{form.doc} {needed}\n\n" + "\n".join(_rows(form.columns)) + "\n")
    parts.append(_TAIL)
    parts.append(_case_files())
    return "\n".join(parts)


def _case_files() -> str:
    kinds = "\n".join(f"- `{kind}`: {doc}" for kind, doc in KINDS.items())
    return (
        "## readings.csv\n\nWhat was measured, in a case. The value column is named after its unit, here "
        "`mg_per_L`.\n\n" + "\n".join(_rows(reading_schema("mg_per_L"))) + f"\n\n{kinds}\n\n"
        "Rows in any order are sorted; the same row twice is taken once and counted; a row about the same "
        "section, time and kind that became known later corrects the earlier one from then on.\n\n"
        "## record.csv\n\nWhat really happened, by which a forecast is judged.\n\n"
        + "\n".join(_rows(record_schema("mg_per_L")))
        + "\n"
    )


def _rows(columns: Sequence[Column]) -> Iterator[str]:
    yield "| column | type | unit | range | required | may be empty | meaning |"
    yield "|---|---|---|---|---|---|---|"
    for c in columns:
        unit = c.unit if c.unit != "1" else "none"
        required, empty = ("yes" if answer else "no" for answer in (c.required, c.may_be_empty))
        yield f"| `{c.name}` | {c.kind} | {unit} | {c.range_text()} | {required} | {empty} | {c.doc} |"
