"""Every key of the file of a cascade, and the page of the guide that is made of them."""

from __future__ import annotations

from riskshed.pathways.toml_block import Keys

# key, what may stand there, what it means
HEAD_KEYS: Keys = (
    ("title_zh", "text", "What the cascade is called in Chinese."),
    ("title_en", "text", "The same in English."),
    ("source", "text", "Where the cascade as a whole is from."),
)
STAGE_KEYS: Keys = (
    ("id", "text", "Unique among the stages."),
    ("pathway", "`given`, `reserve`, or a pathway with a file", "How the harm of the stage travels."),
    ("title_zh", "text", "What the stage is called in Chinese."),
    ("title_en", "text", "The same in English."),
)
FILE_KEYS: Keys = (("file", "path", "The source of the pathway: a file in this folder or below it."),)
GIVEN_KEYS: Keys = (
    ("begins", "time with offset", "When it begins; left out where a link sets it off."),
    ("quantity", "text", "What the intensity of its places measures."),
    ("unit", "text", "The unit of the intensity."),
    ("threshold", "number, 0 to 1e12", "A place counts as reached from this intensity on."),
    ("source", "text", "Where this is from, or why it is supposed."),
)
RESERVE_KEYS: Keys = (("source", "text", "Where this is from, or why it is supposed."),)
PLACE_KEYS: Keys = (
    ("city", "text", "Code of the city in which it lies."),
    ("id", "text", "Optional: unique in the stage; without it, the code of the city."),
    ("name_zh", "text", "Optional: without it, the name of the city."),
    ("name_en", "text", "Optional, likewise."),
    ("people", "number, 0 to 1e10", "Optional: who are exposed there; left out is unknown."),
)
GIVEN_PLACE_KEYS: Keys = (
    ("after_h", "range, 0 to 1e5", "Optional: hours after the beginning until it is felt here."),
    ("lasts_h", "range, 0 to 1e5", "For how many hours."),
    ("intensity_median", "number, 0 to 1e12", "Median of its strength."),
    ("intensity_log_sd", "number, 0 to 10", "Standard deviation of the logarithm of its strength."),
)
RESERVE_PLACE_KEYS: Keys = (
    ("buffer_h", "range, 0 to 1e5", "How many hours the stores last."),
    ("restart_h", "range, 0 to 1e5", "Hours from the end of the cause until supply is back."),
    ("share", "number, above 0 to 1", "Optional: share of the supply that is gone; without it, all."),
)
LINK_KEYS: Keys = (
    ("id", "text", "Unique among the links; all draws of the link follow from it."),
    ("to", "id of a stage", "What is set off."),
    ("causes", "list of tables, keys below", "What it takes."),
    ("needs", "`any` or `all`", "How many of the causes; may be left out where there is one."),
    ("probability", "range, 0 to 1", "That it is set off once that is met; each member has its own."),
    ("delay_h", "range, 0 to 1e5", "Hours until it begins."),
    ("source", "text", "Where this is from, or why it is supposed."),
)
CAUSE_KEYS: Keys = (
    ("stage", "id of a stage", "Whose condition it is."),
    ("place", "text", "Optional: a row of its footprint or a city; without it, any place."),
    ("when", "`arrival`, `peak` or `duration`", "Which quantity of the stage is asked about."),
    ("at_least", "number, 0 to 1e12", "Of `peak` in the unit of the stage, of `duration` in hours."),
)
PARTS: tuple[tuple[str, Keys], ...] = (
    ("At the top", HEAD_KEYS),
    ("`[[stage]]`", STAGE_KEYS),
    ("`[[stage]]` of a pathway with a file", FILE_KEYS),
    ('`[[stage]]`, `pathway = "given"`', GIVEN_KEYS),
    ('`[[stage]]`, `pathway = "reserve"`', RESERVE_KEYS),
    ("`[[stage.place]]` of both", PLACE_KEYS),
    ("`[[stage.place]]` of `given`", GIVEN_PLACE_KEYS),
    ("`[[stage.place]]` of `reserve`", RESERVE_PLACE_KEYS),
    ("`[[link]]`", LINK_KEYS),
    ("Each of `causes`", CAUSE_KEYS),
)


def guide() -> str:
    """The page docs/guide/cascade.md: every key of the file of a cascade."""
    parts = [HEAD]
    for title, keys in PARTS:
        rows = [f"| `{key}` | {what} | {doc} |" for key, what, doc in keys]
        parts.append("\n".join([f"## {title}\n", "| key | value | meaning |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


HEAD = """\
# A cascade

A cascade is a TOML file, `cascade.toml`: stages, and links by which one stage sets off another. A stage has
the file of a pathway (a spill, a flood, a halt of a plant …), or it has no physics of its own: `given` (a
quake, a dam that breaks) or `reserve` (a supply that stops: stores last for hours, then taps are dry for as
long as the cause goes on). A stage to which no link leads happens in every member: the forecast is on
condition of it.

A range is one number, or `[low, high]`; each member has its own number between them. Where a condition asks
for the peak, it is met at the time of the peak, and one of a duration at the end of that time: never too
early. How members stay together: [decision 0018](../decisions/0018-members-of-a-cascade.md). An example with
every kind of stage: [cases/cascade-dam](../../cases/cascade-dam/README.md).

In a library: `CascadeSource.read`, then `riskshed.pathways.cascade.run` for every stage and `.footprint()`
for what comes to each city; `.chain()` gives stages and links with probabilities and times as plain data, and
`riskshed.exchange.cascade_graph.figure` draws that. No pathway reads winds: `CascadeSource.with_sources` puts
them into the release of a stage `plume`.

This page is written from the tables in `riskshed.pathways.cascade_keys` and checked against them.
"""
