"""The help of an incident as items of its reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from riskshed import sitrep_facts as facts
from riskshed.exchange.situation_record import Item
from riskshed.sitrep_scope import Scope
from riskshed.vocabulary import KINDS

AID = (
    "AidRequested",
    "AidOffered",
    "AidDeclined",
    "AidCommitted",
    "AidDispatched",
    "AidReceived",
    "AidReleased",
)


def aid(scope: Scope) -> tuple[Item, ...]:
    """What was asked for, offered, promised, sent and received, an item for each kind that there is."""
    found = []
    for kind in AID:
        said = scope.of_kinds(kind)
        if said:
            parts = (scope.part(_aid_words(scope, one), one.id) for one in said)
            found.append(scope.item(KINDS[kind].zh, KINDS[kind].en.capitalize(), *parts))
    return tuple(found)


def _aid_words(scope: Scope, said: Any) -> str:
    body = scope.body(said.id)
    goods = scope.joined(facts.amount(scope, one) for one in body.get("items", ()))
    told = f"{scope.said_at(said)}  {scope.name(said.by)}"
    told += f" → {scope.names(body['of'])}" if "of" in body else ""
    told += f"{scope.say('：', ': ')}{goods}" if goods else ""
    for field, zh, en in (("needed_by", "需于", "needed by"), ("arrives_by", "至迟到达", "there by")):
        if field in body:
            at = scope.time(datetime.fromisoformat(body[field]))
            told += scope.say(f"，{zh} {at}", f", {en} {at}")
    return told
