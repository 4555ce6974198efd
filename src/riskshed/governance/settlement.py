"""Settlement: the bill of an incident by the rule that was signed before, and its recomputation to the byte.

`draw` gathers what a bill rests on from how things stand and from the agreement, and writes it into one file
(`settlement_inputs`); the bill is then made from that file and from nothing else. `recompute` does only the
second step. So whoever has the file has the same bill, to the byte, on any machine: everything is whole
numbers and exact fractions. The digest of the file stands in ``SettlementDrawn``.

A rule never pays. What comes out is a draft for the officer of the coordination body.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from riskshed.errors import InputError, NotFoundError
from riskshed.governance.agreement_file import Agreement
from riskshed.governance.claims import ClaimLine, examine
from riskshed.governance.contract_outcome import Outcome, priced_aid
from riskshed.governance.draft import Draft
from riskshed.governance.settlement_bill import Bill, compute
from riskshed.governance.settlement_fund import balance
from riskshed.governance.settlement_inputs import MEDIA_TYPE, Inputs, Worth, checked, read
from riskshed.governance.settlement_rules import NEED_WORTH
from riskshed.governance.sharing_terms import BESIDE_MAX, METHODS, ORDERED, SharingTerms
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding, IncidentStanding
from riskshed.statement import digest_text, time_text
from riskshed.vocabulary_fields import EVIDENCE, ROWS

__all__ = ["Bill", "Worth", "draft", "draw", "recompute"]

SHOWN_BESIDE = ("shapley", "nucleolus", "proportional", "equal", "upstream_equal", "downstream_equal")
"""Which two rules are shown beside the bill where the agreement names none: the first that can be applied."""


def draw(
    standing: Standing,
    incident: str,
    agreement: AgreementStanding,
    files: Agreement,
    *,
    settlement: str,
    currency: str,
    at: datetime,
    worth: Worth | None = None,
    outcomes: Sequence[Outcome] = (),
    method: str | None = None,
) -> Bill:
    """Draw the bill of an incident.

    Parameters
    ----------
    standing : Standing
    incident : str
        Code of an incident in `standing`.
    agreement : AgreementStanding
        As its members signed it.
    files : Agreement
        The files of exactly that text.
    settlement : str
        Code of the settlement.
    currency : str
    at : datetime
        When it is drawn; the times to answer and to pay count from here.
    worth : Worth, optional
        What each coalition of those who share averts; the rules of the gain need it.
    outcomes : sequence of Outcome
        Of contracts that hang on facts; those for priced aid are worked out here, from the claims.
    method : str, optional
        A rule, only where the agreement names none.

    Raises
    ------
    NotFoundError
        ``settlement.unknown_incident``.
    InputError
        ``settlement.binds_nobody``, ``settlement.other_text``, ``settlement.out_of_time``,
        ``settlement.no_method``, ``settlement.other_method``, ``settlement.unknown_contract``,
        ``settlement.outside``, ``settlement.nothing``, and as of `compute`.
    InputFaults
        As of `settlement_inputs.checked`.
    """
    held = standing.incidents.get(incident)
    if held is None:
        told = f"nobody has opened an incident {incident[:80]}"
        raise NotFoundError("settlement.unknown_incident", told, todo="Open it first.")
    _check_agreement(agreement, files, held)
    terms = _terms(files, method)
    until = _until(held, terms)
    lines = examine(standing, incident, agreement, currency=currency, until=until, contracts=files.contracts)
    came_to = _outcomes(files, lines, outcomes)
    if not lines and not any(one.payments for one in came_to):
        raise InputError("settlement.nothing", f"nobody has claimed anything for {incident}")
    fund = balance(standing, agreement, currency) if terms.fund_first and agreement.fund else None
    pays = 0 if fund is None else max(0, fund.balance_minor)
    inputs = Inputs(
        settlement=settlement,
        agreement=agreement.code,
        text_digest=agreement.text_digest,
        incident=incident,
        currency=currency,
        chosen_by="agreement" if files.sharing is not None else "proposal",
        method=terms.method,
        beside=terms.beside or _beside(terms, worth),
        among=tuple(sorted(terms.among)),
        order=terms.order,
        weights=dict(sorted(terms.weights.items())),
        lines=tuple(one.to_json() for one in lines),
        worth=None if worth is None else worth.by_code(),
        fund=str(agreement.fund) if pays else "",
        fund_minor=pays,
        fund_evidence=fund.evidence if fund is not None and pays else (),
        outcomes=tuple(one.to_json() for one in came_to),
        due=_after(at, terms.pay_within_d),
        answer_by=_after(at, terms.answer_within_d),
    )
    return compute(checked(inputs))


def recompute(inputs: bytes) -> Bill:
    """The bill of a file of inputs: the same bytes on any machine.

    Raises
    ------
    InputError, InputFaults, StatementError
        As of `settlement_inputs.read` and `compute`.
    """
    return compute(read(inputs))


def draft(bill: Bill, by: str, *, replies_to: str | None = None) -> Draft:
    """The ``SettlementDrawn`` that lays a bill before those whom it concerns.

    Parameters
    ----------
    bill : Bill
    by : str
        The body that draws it.
    replies_to : str, optional
        The settlement that it takes the place of, or the objection that it answers.

    Raises
    ------
    InputError
        ``settlement.too_long`` if it has more claims or transfers than a statement can hold.
    """
    inputs, data = bill.inputs, bill.inputs.to_bytes()
    claims = sorted({one["statement"] for one in inputs.lines})
    claims = claims or sorted({one for outcome in inputs.outcomes for one in outcome["evidence"]})
    for name, count, most in (("claims", len(claims), EVIDENCE), ("transfers", len(bill.transfers), ROWS)):
        if count > most:
            told = f"the bill has {count} {name}, a statement holds {most}"
            raise InputError("settlement.too_long", told, todo="Settle it in several bills.")
    file = {"digest": digest_text(data), "size_bytes": len(data), "media_type": MEDIA_TYPE}
    body: dict[str, Any] = {
        "settlement": inputs.settlement,
        "method": inputs.method,
        "claims": claims,
        "shares": [_share(bill, one.body, one.bears_minor) for one in bill.accounts],
        "inputs": {**file, "title": f"{inputs.settlement}.json"},
    }
    if bill.transfers:
        body["transfers"] = [_transfer(bill, *one.to_json().values()) for one in bill.transfers]
    if inputs.answer_by:
        body["answer_by"] = inputs.answer_by
    return Draft("SettlementDrawn", by, inputs.incident, replies_to, body)


def _share(bill: Bill, body: str, bears_minor: int) -> dict[str, Any]:
    amount = {"minor": abs(bears_minor), "currency": bill.inputs.currency}
    return {"body": body, "amount": amount, **({"gets": True} if bears_minor < 0 else {})}


def _transfer(bill: Bill, payer: str, payee: str, minor: int) -> dict[str, Any]:
    amount = {"minor": minor, "currency": bill.inputs.currency}
    told = {"payer": payer, "payee": payee, "amount": amount}
    return {**told, **({"due": bill.inputs.due} if bill.inputs.due else {})}


# ---------------------------------------------------------------------------------------- what it rests on


def _check_agreement(agreement: AgreementStanding, files: Agreement, incident: IncidentStanding) -> None:
    if agreement.status in ("proposed", "contradicted"):
        told = f"the agreement {agreement.code} is {agreement.status} and binds nobody"
        raise InputError("settlement.binds_nobody", told, todo="Settle under a text that all have signed.")
    contracts = None if files.contracts_file is None else files.contracts_file.digest
    if (files.text.digest, contracts) != (agreement.text_digest, agreement.contracts):
        told = f"these are not the files of the agreement {agreement.code} that was signed"
        raise InputError("settlement.other_text", told, todo="Fetch the files by their digests.")
    began = incident.began or incident.at
    if began < agreement.starts or (agreement.ends is not None and began >= agreement.ends):
        told = f"the incident {incident.code} began when {agreement.code} did not hold"
        raise InputError("settlement.out_of_time", told, todo="Settle under the text of its day.")


def _terms(files: Agreement, method: str | None) -> SharingTerms:
    terms = files.sharing
    if terms is None and method is None:
        told = f"the agreement {files.code} names no rule of sharing"
        raise InputError("settlement.no_method", told, todo=f"Propose one of {', '.join(METHODS)}.")
    if terms is None:
        return SharingTerms(str(method), among=files.members)
    if method not in (None, terms.method):
        told = f"the agreement {files.code} shares by {terms.method}, not by {method}"
        raise InputError("settlement.other_method", told, todo="Amend the agreement first.")
    return terms


def _until(incident: IncidentStanding, terms: SharingTerms) -> datetime | None:
    if incident.closed is None or terms.claim_within_d is None:
        return None
    return incident.closed + timedelta(days=terms.claim_within_d)


def _after(at: datetime, days: float | None) -> str:
    return "" if days is None else time_text(at + timedelta(days=days))


def _beside(terms: SharingTerms, worth: Worth | None) -> tuple[str, ...]:
    can = [
        name
        for name in SHOWN_BESIDE
        if (worth is not None or name not in NEED_WORTH)
        and (terms.order or name not in ORDERED)
        and (terms.weights or worth is not None or name != "proportional")
        and name != terms.method
    ]
    return tuple(can[:BESIDE_MAX])


def _outcomes(
    files: Agreement, lines: Sequence[ClaimLine], outcomes: Sequence[Outcome]
) -> tuple[Outcome, ...]:
    """Those that were handed in and those of priced aid, by code of the contract."""
    contracts = {one.code: one for one in files.contracts}
    priced = [
        priced_aid(contracts[code], lines)
        for code in sorted({one.contract for one in lines if one.status == "priced"})
    ]
    for one in outcomes:
        parties = contracts[one.contract].parties if one.contract in contracts else ()
        known = [told.contract for told in (*priced, *outcomes)]
        if not parties or known.count(one.contract) > 1:
            told = f"the contract {one.contract} is none of {files.code}, or it was settled twice"
            raise InputError("settlement.unknown_contract", told, todo="Hand in each contract once.")
        strangers = {body for paid in one.payments for body in (paid.payer, paid.payee)} - set(parties)
        if strangers:
            told = f"{', '.join(sorted(strangers))} is no party to the contract {one.contract}"
            raise InputError("settlement.outside", told)
    return tuple(sorted((*priced, *outcomes), key=lambda one: one.contract))
