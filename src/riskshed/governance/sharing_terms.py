"""The rule of sharing that an agreement names: the table ``[sharing]`` of its text.

    [sharing]
    method = "shapley"                                # how the bill is shared
    beside = ["nucleolus", "proportional"]            # two more that are shown beside it (optional)
    among = ["220200", "230100"]                      # who shares; all members if it is left out
    order = ["220200", "230100"]                      # from upstream to downstream, for the rules of rivers
    weights = { "220200" = 0.4, "230100" = "3/5" }    # add up to 1, exactly; fractions as text
    fund_first = true                                 # the joint fund pays before the members do
    claim_within_d = 90                               # after the incident was closed
    answer_within_d = 30                              # to accept or dispute a bill
    pay_within_d = 60                                 # after the bill was drawn

Whoever signs the text signs the rule by which he will pay, before anybody knows who will need it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from riskshed.governance.agreement_entry import AgreementEntry, is_code

METHODS = (
    "shapley",
    "nucleolus",
    "separable_costs_remaining_benefits",
    "proportional",
    "equal",
    "aumann_maschler",
    "local_responsibility",
    "upstream_equal",
    "downstream_equal",
)
"""The rules by which a bill can be shared, in the order in which they are shown."""
BESIDE_MAX = 2
ORDERED = ("local_responsibility", "upstream_equal", "downstream_equal")
"""The rules of rivers, which need to know who lies upstream of whom."""


@dataclass(frozen=True, slots=True)
class SharingTerms:
    """How a bill is shared, and by when it is claimed, answered and paid.

    Attributes
    ----------
    method : str
        One of `METHODS`.
    beside : tuple of str
        Up to two others that are shown beside it; empty leaves the choice to the bill.
    among : tuple of str
        Who shares.
    order : tuple of str
        From upstream to downstream; empty if the agreement does not say.
    weights : mapping of str to Fraction
        They add up to 1; empty if the agreement names none.
    fund_first : bool
        Whether the joint fund pays before the members do.
    claim_within_d, answer_within_d, pay_within_d : float or None
        Days; None is no limit.
    """

    method: str
    beside: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    weights: Mapping[str, Fraction] = field(default_factory=dict)
    fund_first: bool = False
    claim_within_d: float | None = None
    answer_within_d: float | None = None
    pay_within_d: float | None = None


def read(entry: AgreementEntry, members: tuple[str, ...]) -> SharingTerms | None:
    """Read ``[sharing]``; faults go to the list of the entry.

    Parameters
    ----------
    entry : AgreementEntry
        Of the whole text; without the table there are no terms of sharing.
    members : tuple of str
        Nobody else can be made to share.
    """
    raw = entry.get("sharing")
    if raw is None:
        return None
    inner = AgreementEntry(raw, entry.file, "sharing", entry.faults)
    method, beside = inner.choice("method", METHODS), inner.texts("beside")
    _check_beside(inner, method, beside)
    among = _bodies(inner, "among", members) or members
    order = _bodies(inner, "order", among)
    if order and set(order) != set(among):
        inner.wrong("order", list(order), f"all who share, each once: {', '.join(among)}")
    if not order and (missing := [one for one in (method, *beside) if one in ORDERED]):
        inner.wrong("order", None, f"who lies upstream of whom, for {missing[0]}")
    made = SharingTerms(
        method=method,
        beside=beside,
        among=among,
        order=order,
        weights=_weights(inner, among),
        fund_first=inner.yes_no("fund_first", default=False),
        claim_within_d=inner.number("claim_within_d", required=False),
        answer_within_d=inner.number("answer_within_d", required=False),
        pay_within_d=inner.number("pay_within_d", required=False),
    )
    inner.close()
    return made


def _check_beside(entry: AgreementEntry, method: str, beside: tuple[str, ...]) -> None:
    if len(beside) > BESIDE_MAX or len({method, *beside}) < len(beside) + 1:
        entry.wrong("beside", list(beside), f"at most {BESIDE_MAX}, each once and other than the method")
    for name in beside:
        if name not in METHODS:
            entry.wrong("beside", name, f"some of {', '.join(METHODS)}")


def _bodies(entry: AgreementEntry, key: str, among: tuple[str, ...]) -> tuple[str, ...]:
    found = entry.codes(key) if key in entry.raw else ()
    for body in found:
        if body not in among:
            entry.wrong(key, body, f"some of {', '.join(among)}", "agreement.not_a_member")
    return found


def _weights(entry: AgreementEntry, among: tuple[str, ...]) -> dict[str, Fraction]:
    """The weight of each, exactly as it is written; a decimal is a decimal here, and no binary fraction."""
    table = entry.table("weights")
    weights: dict[str, Fraction] = {}
    for body, value in table.items():
        weight = _fraction(value)
        if body not in among or not is_code(body):
            entry.wrong(f"weights.{body}", body, f"some of {', '.join(among)}", "agreement.not_a_member")
        if weight is None:
            entry.wrong(f"weights.{body}", value, 'a number >= 0, or a fraction such as "1/3"')
        else:
            weights[body] = weight
    if len(weights) == len(table) and table and sum(weights.values()) != 1:
        code = "agreement.weights_do_not_sum"
        entry.wrong("weights", str(sum(weights.values())), "weights that add up to 1 exactly", code)
    return {body: weights.get(body, Fraction(0)) for body in among} if weights else {}


def _fraction(value: object) -> Fraction | None:
    if type(value) not in (int, float, str):
        return None
    try:
        made = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return made if made >= 0 else None
