"""The chain of a cascade as it comes out of a file: looked at all over before anybody draws it.

What a cascade tells of itself (`pathways.cascade_chain`) goes on the record beside its footprint, and another
node may have written that file. Every name that is drawn is checked here for its form, and causes have to
stand before what they set off, since the drawing relies on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

NODES_MAX, EDGES_MAX, LISTED_MAX, TEXT_MAX, NUMBER_MAX = 60, 200, 500, 1000, 1e12
Form = Any
"""``str``, ``float``, ``bool``; a list or a mapping of forms; a tuple of forms, of which one must hold."""

THREE: Form = (None, [float])
CITY: Form = {"code": str, "name_zh": str, "name_en": str, "probability": float, "arrival_s": THREE}
NODE: Form = {
    "id": str, "pathway": str, "title_zh": str, "title_en": str, "probability": float, "begins_s": THREE,
    "reaches_s": THREE, "cities": [CITY], "is_moved": bool, "source": str,
}  # fmt: skip
CAUSE: Form = {
    "stage": str, "place": (None, str), "place_zh": (None, str), "place_en": (None, str), "when": str,
    "at_least": (None, float), "unit": (None, str),
}  # fmt: skip
EDGE: Form = {
    "id": str, "to": str, "needs": str, "causes": [CAUSE], "met": float, "fired": float,
    "probability": [float], "delay_s": [float], "onset_s": THREE, "source": str,
}  # fmt: skip
CHAIN: Form = {
    "title_zh": str, "title_en": str, "origin": str, "horizon_s": float, "members": float, "nodes": [NODE],
    "edges": [EDGE],
}  # fmt: skip
WHEN, NEEDS = ("arrival", "peak", "duration"), ("any", "all")


def checked(told: object) -> Mapping[str, Any]:
    """The chain, with what stands in `CHAIN` and nothing else.

    Raises
    ------
    ValueError
        It is no chain that could be drawn.
    """
    chain: dict[str, Any] = _held(told, CHAIN)
    nodes, edges = chain["nodes"], chain["edges"]
    if not 1 <= len(nodes) <= NODES_MAX or len(edges) > EDGES_MAX:
        raise ValueError("size of the chain")
    if datetime.fromisoformat(chain["origin"]).tzinfo is None:
        raise ValueError("origin")
    order = {node["id"]: at for at, node in enumerate(nodes)}
    if len(order) < len(nodes) or any(not 0 <= node["probability"] <= 1 for node in nodes):
        raise ValueError("nodes")
    for node in nodes:
        _three(node["begins_s"])
        _three(node["reaches_s"])
        for city in node["cities"]:
            _three(city["arrival_s"])
    for edge in edges:
        _edge(edge, order)
    return chain


def _edge(edge: Mapping[str, Any], order: Mapping[str, int]) -> None:
    is_fit = (
        edge["needs"] in NEEDS and edge["causes"] and all(0 <= edge[one] <= 1 for one in ("met", "fired"))
    )
    if not is_fit or len(edge["probability"]) != 2 or len(edge["delay_s"]) != 2:
        raise ValueError("edge")
    for cause in edge["causes"]:
        if cause["when"] not in WHEN or order[cause["stage"]] >= order[edge["to"]]:
            raise ValueError("cause")
        if cause["at_least"] is not None and cause["unit"] is None:
            raise ValueError("unit")


def _three(times_s: list[float] | None) -> None:
    if times_s is not None and (len(times_s) != 3 or sorted(times_s) != times_s):
        raise ValueError("quantiles")


def _held(told: object, form: Form) -> Any:
    """The value, if it has this form; of a mapping, the keys of the form alone."""
    if isinstance(form, tuple):
        return None if told is None else _held(told, form[-1])
    if isinstance(form, list):
        if not isinstance(told, list) or len(told) > LISTED_MAX:
            raise ValueError("list")
        return [_held(one, form[0]) for one in told]
    if isinstance(form, dict):
        if not isinstance(told, dict):
            raise ValueError("mapping")
        return {name: _held(told[name], inner) for name, inner in form.items()}
    if form is str and isinstance(told, str) and len(told) <= TEXT_MAX:
        return told
    if form is bool and isinstance(told, bool):
        return told
    number = told if isinstance(told, int | float) and not isinstance(told, bool) else None
    if form is float and number is not None and abs(number) <= NUMBER_MAX:  # neither infinite nor NaN
        return number
    raise ValueError("form")
