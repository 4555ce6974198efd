"""The needs and offers of a log, matched without a server: what a page would propose, by who has the log.

Only what is open takes part, unless the reader has bodies of sealed statements. Who has all of them that the
keeper of a node has, gets the same answer as the node does, pair by pair.
"""

from __future__ import annotations

from typing import Any

from riskshed.governance.market_book import Market
from riskshed.governance.market_run import Run
from riskshed.match_case import to_json as matched
from riskshed.match_case import to_text as told

SKIPPED = {
    "market.sealed": ("密封条件不在此处", "what is sealed of it is not here"),
    "market.unmatched": ("无法与其他各项一起匹配", "it cannot be matched beside the others"),
}
"""Why a row takes no part."""


def to_json(found: Run, viewer: str | None = None) -> dict[str, Any]:
    """What can be matched now, with its reasons, and how the record stands; for a body what it may see."""
    explained = found.explained(viewer)
    parts = [matched(one, explained[group], viewer) for group, one in found.matchings.items()]
    made = [{name: value for name, value in one.items() if name != "draft"} for one in _all(parts, "matches")]
    return {
        "for": viewer,
        "at": found.at.isoformat(),
        **({"proven": all(one["proven"] for one in parts)} if viewer is None else {}),
        "matches": made,
        "unmet": _all(parts, "unmet"),
        "spare": _all(parts, "spare"),
        "skipped": [{"row": one.row, "code": one.code} for one in found.skipped],
        "record": counts(found.market),
    }


def _all(parts: list[dict[str, Any]], name: str) -> list[Any]:
    return [one for part in parts for one in part[name]]


def counts(market: Market) -> dict[str, dict[str, int]]:
    """How many needs, offers and matches there are on the record, by how they stand."""
    states_of: dict[str, list[str]] = {
        "needs": [one.status for one in market.rows.values() if one.side == "need"],
        "offers": [one.status for one in market.rows.values() if one.side == "offer"],
        "matches": [one.status for one in market.matches.values()],
    }
    return {
        name: {state: states.count(state) for state in sorted(set(states))}
        for name, states in states_of.items()
    }


def to_text(found: dict[str, Any], lang: str) -> str:
    """The same for a person, in one language."""
    lines = [told(found, lang)] if found["matches"] or found["unmet"] else []
    side = 0 if lang == "zh" else 1
    lines += [f"{one['row'][:12]}: {SKIPPED[one['code']][side]}" for one in found["skipped"]]
    return "\n".join(lines) or ("没有可匹配的。" if lang == "zh" else "There is nothing to match.")
