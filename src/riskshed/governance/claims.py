"""Claims: what bodies say that an incident cost them, line by line, and which lines a bill can take in.

Nothing is dropped. A line that cannot be taken in stays in the list with the reason, in words that its author
can act on, and with the statement in which it was said. A line is taken in if

- the body is a member of the agreement and spoke in time, and the statement counts and was not replaced;
- it is more than nothing, in the currency of the bill;
- something bears it out: the digest of a voucher, files beside it, for something given in kind the receipt
  that the receiver signed, or, where a claim was put together from published sources, its source;
- it was not claimed before: one voucher, and one line of a body, count once. Of two the one said first
  counts, by whomever, and is marked as contested if the other is of another body.

Help with a price agreed beforehand (a ``priced_aid`` contract) is no matter of haggling: what the receiver
signed for is paid by the receiver at the price of the contract, in the share that came and could be used, and
never at more than was claimed. Such a line goes to `contract_outcome`, not into what all share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

from riskshed.governance.agreement_contract import Contract
from riskshed.governance.circumstances import said_at
from riskshed.governance.claims_aid import Help, packages
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding, Seen
from riskshed.statement import Money, Statement

Status = Literal["admitted", "priced", "refused"]

REASONS: Mapping[str, tuple[str, str]] = {
    "claim.no_evidence": ("没有凭证", "nothing bears it out: no voucher, no file, no signed receipt"),
    "claim.voucher_twice": ("凭证已被申报", "its voucher was claimed before"),
    "claim.line_twice": ("该项已申报", "this line of the same body was claimed before"),
    "claim.aid_twice": ("援助已申报", "the same help at the agreed price was claimed before"),
    "claim.other_currency": ("币种不同", "it is in another currency than the bill"),
    "claim.not_positive": ("金额须大于零", "it is not more than nothing"),
    "claim.aid_unknown": ("查无此援助", "the help that it names is not on the record of this incident"),
    "claim.aid_not_own": ("援助由他方提供", "the help that it names was given by another body"),
    "claim.aid_not_received": ("援助未签收", "nobody signed that the help came"),
    "claim.late": ("逾期申报", "it came after the time for claims had run out"),
    "claim.outside": ("不是协议成员", "the body is no member of the agreement"),
    "claim.withdrawn": ("已撤回", "its author took it back, or it does not count for another reason"),
    "claim.superseded": ("已被新的申报取代", "its author put another claim in its place"),
    "claim.sealed": ("内容密封", "the claim is sealed: what stands in it is unknown here"),
    "claim.contested": ("另有一方持同一凭证申报", "another body claims on the same voucher"),
    "claim.agreed_price": ("按事先约定的价格", "at the price that was agreed beforehand"),
}
"""Why a line is refused; the last two are remarks on lines that are taken in."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Why a line is as it is; `sees` is the statement, contract or time that shows it, empty if none does."""

    code: str
    sees: str = ""

    @property
    def words(self) -> dict[str, str]:
        """The reason in Chinese and English."""
        zh, en = REASONS[self.code]
        return (
            {"zh": f"{zh}（{self.sees}）", "en": f"{en} ({self.sees})"} if self.sees else {"zh": zh, "en": en}
        )


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line of one claim.

    Attributes
    ----------
    statement, line, by : str
        Where it stands, under which code, and who claims. `line` is empty for a sealed claim.
    what : mapping of language to text
    claimed : Money or None
        None where the claim is sealed: unknown, not nothing.
    granted_minor : int
        What is taken in; 0 for a line that is refused.
    in_kind : bool
        Whether it is the value of something given.
    status : {"admitted", "priced", "refused"}
        `priced` is paid under `contract` by `payer`, and is no part of what all share.
    remarks : tuple of Remark
    voucher : str
        Its digest; empty if it names none.
    """

    statement: str
    line: str
    by: str
    what: Mapping[str, str]
    claimed: Money | None
    granted_minor: int
    in_kind: bool
    status: Status
    remarks: tuple[Remark, ...] = ()
    contract: str = ""
    payer: str = ""
    voucher: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file from which a bill is recomputed."""
        return {
            "statement": self.statement,
            "line": self.line,
            "by": self.by,
            "what": dict(self.what),
            "claimed": None if self.claimed is None else self.claimed.to_json(),
            "granted_minor": self.granted_minor,
            "in_kind": self.in_kind,
            "status": self.status,
            "remarks": [{"code": one.code, "sees": one.sees, **one.words} for one in self.remarks],
            "contract": self.contract,
            "payer": self.payer,
            "voucher": self.voucher,
        }


def examine(
    standing: Standing,
    incident: str,
    agreement: AgreementStanding,
    *,
    currency: str,
    until: datetime | None = None,
    contracts: Sequence[Contract] = (),
) -> tuple[ClaimLine, ...]:
    """Every line that was claimed for an incident, in the order in which they were said.

    Parameters
    ----------
    standing : Standing
    incident : str
        Its code; claims under its other codes belong to it.
    agreement : AgreementStanding
        Whose members may claim. One that has left may still claim what it spent.
    currency : str
        Of the bill.
    until : datetime, optional
        Until when claims could be made, the time itself included; None if it is open.
    contracts : sequence of Contract
        Those of the agreement; only ``priced_aid`` matters here.
    """
    told = claims_of(standing, incident)
    clerk = _Clerk(standing, agreement, currency, until, contracts, Help.of(standing, incident))
    replaced = _replaced(standing, told)
    lines = [line for one in told for line in clerk.read(one, replaced.get(one.statement.id, ""))]
    return _contested(lines)


def claims_of(standing: Standing, incident: str) -> tuple[Seen, ...]:
    """The claims of an incident under any of its codes, in the order in which they were said."""
    held = standing.incidents.get(incident)
    codes = {incident, *(held.same_as if held is not None else ())}
    found = [
        one
        for one in standing.statements.values()
        if one.statement.kind == "CostClaimed" and one.statement.about in codes
    ]
    return tuple(sorted(found, key=lambda one: (said_at(one), one.statement.id)))


def by_body(lines: Iterable[ClaimLine], status: Status = "admitted") -> dict[str, int]:
    """What is taken in of each body, in minor units, in the order of their codes; bodies without a line are
    left out."""
    sums: dict[str, int] = {}
    for one in lines:
        if one.status == status:
            sums[one.by] = sums.get(one.by, 0) + one.granted_minor
    return dict(sorted(sums.items()))


def _replaced(standing: Standing, told: Sequence[Seen]) -> dict[str, str]:
    """The claim that a body put in the place of an earlier one of its own; both ids."""
    authors = {one.statement.id: one.statement.by for one in told}
    return {
        str(one.statement.replies_to): one.statement.id
        for one in told
        if one.statement.id not in standing.set_aside
        and authors.get(str(one.statement.replies_to)) == one.statement.by
    }


class _Clerk:
    """Reads claims one after the other, and remembers which vouchers, lines and help were claimed."""

    def __init__(
        self,
        standing: Standing,
        agreement: AgreementStanding,
        currency: str,
        until: datetime | None,
        contracts: Sequence[Contract],
        given: Help,
    ) -> None:
        self.standing, self.agreement, self.currency, self.until = standing, agreement, currency, until
        self.contracts = [one for one in contracts if one.sort == "priced_aid"]
        self.help = given
        self.vouchers: dict[str, str] = {}
        self.lines: dict[tuple[str, str], str] = {}
        self.paid_help: dict[str, str] = {}

    def read(self, seen: Seen, replaced_by: str) -> Iterator[ClaimLine]:
        """The lines of a claim, each judged."""
        said = seen.statement
        whole = tuple(self._of_claim(seen, replaced_by))
        if said.body is None:
            remarks = (*whole, Remark("claim.sealed"))
            yield ClaimLine(said.id, "", said.by, {}, None, 0, False, "refused", remarks)
            return
        for record in said.records("lines"):
            yield self._line(seen, record, whole)

    def _of_claim(self, seen: Seen, replaced_by: str) -> Iterator[Remark]:
        said = seen.statement
        if said.by not in self.agreement.members:
            yield Remark("claim.outside", self.agreement.code)
        if said.id in self.standing.set_aside:
            yield Remark("claim.withdrawn")
        if replaced_by:
            yield Remark("claim.superseded", replaced_by)
        if self.until is not None and said_at(seen) > self.until:
            yield Remark("claim.late", self.until.isoformat())

    def _line(self, seen: Seen, record: Mapping[str, Any], whole: tuple[Remark, ...]) -> ClaimLine:
        said = seen.statement
        claimed = Money(**record["amount"])
        line = ClaimLine(
            statement=said.id,
            line=record["line"],
            by=said.by,
            what=dict(record["what"]),
            claimed=claimed,
            granted_minor=claimed.minor,
            in_kind=bool(record.get("in_kind", False)),
            status="admitted",
            voucher=record.get("proof", ""),
        )
        receipts = self.help.receipts(record["aid"]) if "aid" in record else ()
        refused = [*whole, *self._of_amount(claimed), *self._of_help(said.by, record)]
        cover = None if refused else self._cover(line.by, receipts)
        if cover is None and not _borne_out(seen, line, receipts):
            refused.append(Remark("claim.no_evidence"))
        if cover is not None and cover[0].terms["price"].currency != self.currency:
            refused.append(Remark("claim.other_currency", cover[0].code))
        refused += self._said_before(line, receipts)
        if refused:
            return replace(line, granted_minor=0, status="refused", remarks=tuple(refused))
        self.lines[line.by, line.line] = line.statement
        if line.voucher:
            self.vouchers[line.voucher] = line.statement
        return line if cover is None else self._priced(line, receipts, *cover)

    def _of_amount(self, claimed: Money) -> Iterator[Remark]:
        if claimed.minor <= 0:
            yield Remark("claim.not_positive")
        if claimed.currency != self.currency:
            yield Remark("claim.other_currency", claimed.currency)

    def _of_help(self, by: str, record: Mapping[str, Any]) -> Iterator[Remark]:
        aid = record.get("aid")
        if aid is None:
            return
        if not self.help.knows(aid):
            yield Remark("claim.aid_unknown", aid)
        elif self.help.giver(aid) != by:
            yield Remark("claim.aid_not_own", self.help.giver(aid))
        elif not self.help.receipts(aid):
            yield Remark("claim.aid_not_received", aid)

    def _cover(self, by: str, receipts: Sequence[Statement]) -> tuple[Contract, str, Fraction] | None:
        """The contract that prices this help, who receives it, how many packages came; None if none does."""
        for contract in self.contracts:
            for receiver in sorted({one.by for one in receipts}):
                if contract.terms["giver"] == by and receiver in contract.terms["for"]:
                    share = packages(contract, [one for one in receipts if one.by == receiver])
                    if share > 0:
                        return contract, receiver, share
        return None

    def _priced(
        self, line: ClaimLine, receipts: Sequence[Statement], contract: Contract, payer: str, share: Fraction
    ) -> ClaimLine:
        """The line at the price of the contract, to the nearest minor unit, half to even."""
        self.paid_help.update({one.id: line.statement for one in receipts})
        agreed = round(share * contract.terms["price"].minor)
        return replace(
            line,
            granted_minor=min(agreed, line.granted_minor),
            status="priced",
            remarks=(Remark("claim.agreed_price", contract.code),),
            contract=contract.code,
            payer=payer,
        )

    def _said_before(self, line: ClaimLine, receipts: Sequence[Statement]) -> Iterator[Remark]:
        line_known, voucher = self.lines.get((line.by, line.line)), self.vouchers.get(line.voucher)
        if line_known is not None:
            yield Remark("claim.line_twice", line_known)
        if voucher is not None:
            yield Remark("claim.voucher_twice", voucher)
        paid = next((self.paid_help[one.id] for one in receipts if one.id in self.paid_help), None)
        if paid is not None:
            yield Remark("claim.aid_twice", paid)


def _borne_out(seen: Seen, line: ClaimLine, receipts: Sequence[Statement]) -> bool:
    """A receipt shows that something came, and so what it is worth; what it cost, only a voucher does."""
    said = seen.statement
    given = line.in_kind and bool(receipts)
    return bool(line.voucher) or given or said.has("files") or said.reconstructed is not None


def _contested(lines: Sequence[ClaimLine]) -> tuple[ClaimLine, ...]:
    """The same lines; one whose voucher another body claimed later says so."""
    rivals: dict[str, ClaimLine] = {}
    for one in lines:
        if any(remark.code == "claim.voucher_twice" for remark in one.remarks):
            rivals.setdefault(one.voucher, one)
    return tuple(
        replace(one, remarks=(*one.remarks, Remark("claim.contested", rivals[one.voucher].statement)))
        if one.status != "refused" and one.voucher in rivals and rivals[one.voucher].by != one.by
        else one
        for one in lines
    )
