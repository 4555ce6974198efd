"""What the cast needs and offers: small builders, in the manner of `acts`."""

from __future__ import annotations

from typing import Any

from cast import PANG, SHANG, XIA, ZHONG
from governance.acts import BASIN, clock, joined, say

from riskshed.statement import Statement

ITEM = "seats"


def amount(value: str, unit: str = "set") -> dict[str, str]:
    return {"value": value, "unit": unit}


def need(
    value: str = "60", hours: float = 0.0, *, by: str = ZHONG, unit: str = "set", **more: Any
) -> Statement:
    facts = {
        "sort": "parts",
        "item": ITEM,
        "city": by,
        "opens_at": clock(hours),
        "needed_by": clock(200),
        **more,
    }
    return say("NeedStated", by, hours, about=None, amount=amount(value, unit), **facts)


def offer(
    value: str = "100", hours: float = 0.0, *, by: str = SHANG, unit: str = "set", **more: Any
) -> Statement:
    facts = {"sort": "parts", "item": ITEM, "city": by, "ready_at": clock(hours), "until": clock(300), **more}
    return say("OfferMade", by, hours, about=None, amount=amount(value, unit), **facts)


def proposed(
    need: Statement, offer: Statement, value: str = "60", hours: float = 1.0, *, by: str = BASIN, **more: Any
) -> Statement:
    unit = more.pop("unit", "set")
    facts = {"need": need.id, "offer": offer.id, "arrives_by": clock(150), **more}
    return say("MatchProposed", by, hours, about=None, amount=amount(value, unit), **facts)


def accepted(match: Statement, hours: float = 2.0, *, by: str = ZHONG, **more: Any) -> Statement:
    return say("MatchAccepted", by, hours, about=None, replies_to=match.id, **more)


def refused(match: Statement, hours: float = 2.0, *, by: str = SHANG) -> Statement:
    return say("MatchRefused", by, hours, about=None, replies_to=match.id)


def received(taken: Statement, value: str, hours: float, *, by: str = ZHONG, **more: Any) -> Statement:
    facts = {"received_at": clock(hours), **more}
    return say("SupplyReceived", by, hours, about=None, replies_to=taken.id, amount=amount(value), **facts)


def withdrawn(said: Statement, hours: float) -> Statement:
    return say("StatementWithdrawn", said.by, hours, about=None, replies_to=said.id, cause="error")


def with_kinds(**kinds: str) -> list[Statement]:
    """The bodies of the cast, some of them of another kind than a government."""
    others = [one for one in joined() if one.string("body") not in kinds]
    return [
        *others,
        *(say("BodyJoined", code, -1000.0, body=code, kind=kind) for code, kind in kinds.items()),
    ]


__all__ = ["PANG", "SHANG", "XIA", "ZHONG"]
