"""What the tests of claims, bills and payments say: help, costs, a bill, money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cast import SHANG, ZHONG
from governance.acts import AGREEMENT, BASIN, clock, opened, proposed, say, signed, stand

from riskshed.governance.agreement_contract import Contract
from riskshed.governance.agreement_file import Agreement, SignedFile
from riskshed.governance.sharing_terms import SharingTerms
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding
from riskshed.governance.terms import Terms
from riskshed.statement import Money, Statement, digest_text

CURRENCY = "CNY"
FUND = "river-fund"
_DIGEST = digest_text(b"contracts")
_CONTRACTS: dict[str, Any] = {"digest": _DIGEST, "size_bytes": 9, "media_type": "application/toml"}
TEXT = proposed(fund=FUND, contracts=_CONTRACTS)


def voucher(name: str) -> str:
    """The digest of a voucher of this name."""
    return digest_text(name.encode())


def line(code: str, minor: int, currency: str = CURRENCY, **more: Any) -> dict[str, Any]:
    """One line of a claim, with a voucher of its own unless it is told not to have one."""
    words = {"zh": "处置费用", "en": "response"}
    told = {"line": code, "what": words, "amount": {"minor": minor, "currency": currency}}
    told["proof"] = more.pop("proof", voucher(code))
    return {name: value for name, value in {**told, **more}.items() if value is not None}


def claim(by: str, hours: float, *lines: dict[str, Any], **more: Any) -> Statement:
    """A claim of these lines."""
    return say("CostClaimed", by, hours, lines=list(lines), **more)


def items(amount: str = "4", item: str = "pump", unit: str = "pump") -> list[dict[str, Any]]:
    """So much of something."""
    return [{"item": item, "amount": {"value": amount, "unit": unit}}]


def helped(
    giver: str = SHANG, receiver: str = ZHONG, *, hours: float = 2.0, amount: str = "4", came: bool = True
) -> tuple[Statement, ...]:
    """Help that was promised and sent, and received if it came."""
    due = {"leaves_by": clock(hours + 1), "arrives_by": clock(hours + 9)}
    promised = say("AidCommitted", giver, hours, items=items(amount), to=receiver, **due)
    facts: dict[str, Any] = {"items": items(amount), "from": giver, "to": receiver, "shipment": "load-1"}
    sent = say("AidDispatched", giver, hours + 1, replies_to=promised.id, left_at=clock(hours + 1), **facts)
    got = say(
        "AidReceived", receiver, hours + 8, replies_to=sent.id, items=items(amount),
        received_at=clock(hours + 8),
    )  # fmt: skip
    return (promised, sent, got) if came else (promised, sent)


def pumps(minor: int = 100_000, *, giver: str = SHANG, receivers: Sequence[str] = (ZHONG,)) -> Contract:
    """Eight pumps at a price."""
    terms = {
        "giver": giver,
        "for": tuple(receivers),
        "items": (("pump", 8.0, "pump"),),
        "price": Money(minor, CURRENCY),
        "ready_h": 6.0,
    }
    words = {"zh": "水泵", "en": "pumps"}
    return Contract("pumps", "priced_aid", words, (giver, *receivers), terms)


def scene(*said: Statement | Sequence[Statement], hours: float = 1000.0) -> Standing:
    """The incident under the agreement that the three cities signed, and what was said."""
    flat = [each for one in said for each in ([one] if isinstance(one, Statement) else one)]
    return stand(TEXT, signed(TEXT), opened(), *flat, hours=hours)


def files(sharing: SharingTerms | None = None, *contracts: Contract) -> Agreement:
    """The files of the agreement of the three cities, with these terms of sharing and contracts."""
    head = TEXT.record("text")
    return Agreement(
        code=AGREEMENT, title={"zh": "协议", "en": "agreement"}, articles=(), mode="peers",
        members=TEXT.strings("members"), coordination_body=BASIN, hazard_classes=(), offices={},
        posts={"fund": FUND}, roles={}, handles={}, packs=(), starts=TEXT.time("starts"), ends=None,
        terms=Terms(), given={}, overrides=(), contracts=contracts,
        text=SignedFile("agreement.toml", head["digest"], head["size_bytes"]), overrides_file=None,
        contracts_file=SignedFile("contracts.toml", _CONTRACTS["digest"], 9), sharing=sharing,
    )  # fmt: skip


def agreed(standing: Standing) -> AgreementStanding:
    """The agreement of the three cities."""
    return standing.agreements[TEXT.id]
