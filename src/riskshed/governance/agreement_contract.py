"""Contracts of an agreement: who pays whom if something happens, written down before it does.

Three sorts, each read strictly and kept as data. Settlement uses them; here nothing is computed.

    border_quality   the bet on the water at a border (断面水质对赌): if it is worse than a limit over a
                     period, upstream pays downstream; else downstream pays upstream
    flood_storage    an area that is flooded to save others is compensated by those whom it saves, by shares
                     of each sort of loss (蓄滞洪区运用补偿暂行办法, State Council Order 286 of 2000)
    priced_aid       help with a price agreed beforehand, so that nobody haggles during a flood (as in the
                     mission ready packages of EMAC)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from riskshed.governance.agreement_entry import AgreementEntry
from riskshed.statement_values import UNITS

SORTS = ("border_quality", "flood_storage", "priced_aid")
STATISTICS = ("mean", "highest", "share_of_days_within")
PERIODS = ("day", "month", "year", "event")


@dataclass(frozen=True, slots=True)
class Contract:
    """A contingent transfer.

    Attributes
    ----------
    code, sort : str
    title : mapping of language to text
    parties : tuple of str
        Every body that it names, each once.
    terms : mapping
        The other keys, by sort: numbers as float, money as `riskshed.statement.Money`, lists as tuples.
    """

    code: str
    sort: str
    title: Mapping[str, str]
    parties: tuple[str, ...]
    terms: Mapping[str, Any]


def read(entry: AgreementEntry, members: tuple[str, ...]) -> Contract | None:
    """Read one ``[[contract]]``; faults go to the list of the entry.

    Parameters
    ----------
    entry : AgreementEntry
    members : tuple of str
        Members of the agreement: a contract binds nobody else.
    """
    before = len(entry.faults)
    code, sort, title = entry.code("code"), entry.choice("sort", SORTS), entry.words("title")
    terms, parties = _READERS[sort](entry)
    entry.close()
    for body in parties:
        if body and body not in members:
            entry.wrong("", body, "members of the agreement: nobody else is bound", "agreement.not_a_member")
    if len(entry.faults) > before:
        return None
    return Contract(code, sort, title, tuple(dict.fromkeys(parties)), terms)


def _border_quality(entry: AgreementEntry) -> tuple[dict[str, Any], list[str]]:
    upstream, downstream = entry.code("upstream"), entry.code("downstream")
    if upstream and upstream == downstream:
        entry.wrong("downstream", downstream, "another body than upstream")
    terms = {
        "upstream": upstream,
        "downstream": downstream,
        "section": entry.code("section"),
        "quantity": entry.text("quantity"),
        "statistic": entry.choice("statistic", STATISTICS),
        "period": entry.choice("period", PERIODS),
        "limit": entry.number("limit"),
        "limit_unit": entry.choice("limit_unit", UNITS),
        "if_worse": entry.money("if_worse"),
        "if_kept": entry.money("if_kept"),
    }
    return terms, [upstream, downstream]


def _flood_storage(entry: AgreementEntry) -> tuple[dict[str, Any], list[str]]:
    host = entry.code("host")
    payers, rates = _shares(entry, "payer", "body"), _shares(entry, "rate", "loss")
    if not isclose(sum(payers.values()), 1.0, abs_tol=1e-9):
        entry.wrong("payer", round(sum(payers.values()), 9), "shares that add up to 1")
    if not rates:
        entry.wrong("rate", None, "the share of each sort of loss that is paid")
    terms = {"host": host, "area": entry.code("area"), "payers": payers, "rates": rates}
    return terms, [host, *payers]


def _shares(entry: AgreementEntry, key: str, named: str) -> dict[str, float]:
    """Shares from 0 to 1, by the code in each table."""
    found: dict[str, float] = {}
    for one in entry.entries(key):
        code, share = one.code(named), one.number("share")
        one.close()
        if code in found:
            one.wrong(named, code, "each once")
        if share is not None and share > 1:
            one.wrong("share", share, "a share from 0 to 1")
        found[code] = share or 0.0
    return found


def _priced_aid(entry: AgreementEntry) -> tuple[dict[str, Any], list[str]]:
    giver, receivers = entry.code("giver"), entry.codes("for")
    items = []
    for one in entry.entries("item"):
        items.append((one.code("item"), one.number("amount"), one.choice("unit", UNITS)))
        one.close()
    if not items:
        entry.wrong("item", None, "at least one [[contract.item]]")
    if giver in receivers:
        entry.wrong("for", giver, "other bodies than the giver")
    terms = {
        "giver": giver,
        "for": receivers,
        "items": tuple(items),
        "price": entry.money("price"),
        "ready_h": entry.number("ready_h"),
    }
    return terms, [giver, *receivers]


_READERS: Mapping[str, Callable[[AgreementEntry], tuple[dict[str, Any], list[str]]]] = {
    "border_quality": _border_quality,
    "flood_storage": _flood_storage,
    "priced_aid": _priced_aid,
}
