"""Everything from which a bill can be recomputed, as one file with one byte form.

A bill that cannot be recomputed is an opinion. So whatever it rests on stands in this file: every line that
was claimed, whether taken in or refused; what each coalition averts, as whole minor units; the rule, its
weights and its order; what the contracts came to; what was in the fund. Nothing in it is a binary fraction,
and no order in it is anybody's choice: bodies stand by code, lines as they were said. The digest of the file
stands in ``SettlementDrawn``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from riskshed.canonical import encode_plain, read_strict, refuse_other_form
from riskshed.errors import Fault, InputError, InputFaults
from riskshed.governance.sharing_terms import BESIDE_MAX, METHODS
from riskshed.statement_values import CURRENCIES

FORMAT = "riskshed-settlement-1"
MEDIA_TYPE = "application/json"
LISTS = ("beside", "among", "order", "lines", "fund_evidence", "outcomes")
STATUSES = ("admitted", "priced", "refused")


@dataclass(frozen=True, slots=True)
class Worth:
    """What each coalition averts from its own members, in minor units (`riskshed.coalition`).

    Attributes
    ----------
    players : tuple of str
        Player i is bit i of a coalition.
    worth_minor : tuple of int, 2**n
    own_minor : tuple of int, n
        What each was spared; together the worth of all.
    source : str
        Where it is from, such as the id of the footprint.
    """

    players: tuple[str, ...]
    worth_minor: tuple[int, ...]
    own_minor: tuple[int, ...]
    source: str = ""

    def by_code(self) -> Worth:
        """The same with the players in the order of their codes."""
        order = sorted(range(len(self.players)), key=lambda i: self.players[i])
        worth = [
            self.worth_minor[sum(1 << old for new, old in enumerate(order) if mask >> new & 1)]
            for mask in range(len(self.worth_minor))
        ]
        players = tuple(self.players[i] for i in order)
        return Worth(players, tuple(worth), tuple(self.own_minor[i] for i in order), self.source)

    def to_json(self) -> dict[str, Any]:
        """The record of the file."""
        told = {"players": list(self.players), "worth_minor": list(self.worth_minor)}
        return {**told, "own_minor": list(self.own_minor), "source": self.source}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a bill rests on.

    Attributes
    ----------
    settlement, agreement, text_digest, incident, currency : str
    chosen_by : str
        ``agreement`` where the text names the method, ``proposal`` where it does not.
    method, beside : str, tuple of str
    among : tuple of str
        Who shares, by code.
    order : tuple of str
        From upstream to downstream; may be empty.
    weights : mapping of str to Fraction
    lines : tuple of mapping
        `ClaimLine.to_json`, all of them.
    worth : Worth or None
    fund : str
        Its code; empty if it pays nothing.
    fund_minor : int
    fund_evidence : tuple of str
    outcomes : tuple of mapping
        `Outcome.to_json`, by code of the contract.
    due, answer_by : str
        Times as text; empty if there are none.
    """

    settlement: str
    agreement: str
    text_digest: str
    incident: str
    currency: str
    chosen_by: str
    method: str
    beside: tuple[str, ...]
    among: tuple[str, ...]
    order: tuple[str, ...]
    weights: Mapping[str, Fraction]
    lines: tuple[Mapping[str, Any], ...]
    worth: Worth | None = None
    fund: str = ""
    fund_minor: int = 0
    fund_evidence: tuple[str, ...] = ()
    outcomes: tuple[Mapping[str, Any], ...] = ()
    due: str = ""
    answer_by: str = ""

    def to_bytes(self) -> bytes:
        """The file."""
        return encode_plain(
            {
                "format": FORMAT,
                "settlement": self.settlement,
                "agreement": self.agreement,
                "text_digest": self.text_digest,
                "incident": self.incident,
                "currency": self.currency,
                "chosen_by": self.chosen_by,
                "method": self.method,
                "beside": list(self.beside),
                "among": list(self.among),
                "order": list(self.order),
                "weights": {body: str(weight) for body, weight in self.weights.items()},
                "lines": list(self.lines),
                "worth": None if self.worth is None else self.worth.to_json(),
                "fund": self.fund,
                "fund_minor": self.fund_minor,
                "fund_evidence": list(self.fund_evidence),
                "outcomes": list(self.outcomes),
                "due": self.due,
                "answer_by": self.answer_by,
            }
        )

    @property
    def admitted(self) -> dict[str, int]:
        """What is taken in of each body, in minor units, by code; help at a price is not among it."""
        sums: dict[str, int] = {}
        for one in self.lines:
            if one["status"] == "admitted":
                sums[one["by"]] = sums.get(one["by"], 0) + one["granted_minor"]
        return dict(sorted(sums.items()))


def read(data: bytes) -> Inputs:
    """Read the file, and check what can be checked of it.

    Raises
    ------
    StatementError
        If it is not JSON in the one form.
    InputError
        ``settlement.bad_inputs`` if it is of another format, or something is missing or of another type.
    InputFaults
        As of `checked`.
    """
    value = read_strict(data, "inputs")
    if encode_plain(value) != data:
        refuse_other_form(data, "inputs")
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
        raise InputError("settlement.bad_inputs", f"the file is not of the format {FORMAT}")
    try:
        made = _of_json(value)
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        told = f"the inputs of the bill are incomplete or of a wrong type: {str(error)[:200]}"
        raise InputError(
            "settlement.bad_inputs", told, todo="Use the file whose digest was signed."
        ) from None
    return checked(made)


def _of_json(value: dict[str, Any]) -> Inputs:
    """The inputs of an object; TypeError, KeyError or ValueError where it is none."""
    worth, weights = value.pop("worth"), value.pop("weights")
    lists: dict[str, Any] = {name: _typed(value.pop(name), list) for name in LISTS}
    for name in ("beside", "among", "order", "fund_evidence"):
        _each(lists[name], str)
    for one in lists["lines"]:
        _line(one)
    for one in lists["outcomes"]:
        _outcome(one)
    fund_minor = _typed(value.pop("fund_minor"), int)
    _each(value.values(), str)
    parts: dict[str, Any] = {name: tuple(told) for name, told in lists.items()}
    return Inputs(
        **parts,
        weights={body: Fraction(_typed(text, str)) for body, text in weights.items()},
        worth=None if worth is None else _worth(worth),
        fund_minor=fund_minor,
        **value,
    )


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:60]} is no {kind.__name__}")
    return value


def _each(values: Iterable[Any], kind: type) -> tuple[Any, ...]:
    return tuple(_typed(one, kind) for one in values)


def _money(told: Any) -> None:
    _typed(told["minor"], int)
    _typed(told["currency"], str)


def _line(told: Any) -> None:
    _each((told["statement"], told["line"], told["by"]), str)
    _typed(told["granted_minor"], int)
    if told["claimed"] is not None:
        _money(told["claimed"])
    if told["status"] not in STATUSES:
        raise ValueError(f"{told['status']!r} is no status of a line")


def _outcome(told: Any) -> None:
    _typed(told["contract"], str)
    _each(_typed(told["evidence"], list), str)
    _each(_typed(told["why"], dict).values(), str)
    for paid in _typed(told["payments"], list):
        _each((paid["payer"], paid["payee"]), str)
        _money(paid["amount"])


def _worth(told: Any) -> Worth:
    numbers = (_each(told["worth_minor"], int), _each(told["own_minor"], int))
    return Worth(_each(told["players"], str), *numbers, _typed(told["source"], str))


def checked(inputs: Inputs) -> Inputs:
    """The same inputs, if a bill can be drawn from them.

    Raises
    ------
    InputFaults
        ``settlement.faults``, with all of: ``settlement.unknown_method``, ``settlement.weights_do_not_sum``,
        ``settlement.order``, ``settlement.worth_players``, ``settlement.worth_length``,
        ``settlement.worth_of_nobody``, ``settlement.own_does_not_sum``, ``settlement.negative``,
        ``settlement.mixed_currencies``, ``settlement.granted_more``.
    """
    faults = [
        Fault(code, inputs.settlement, None, column, got, wanted, todo)
        for code, column, got, wanted, todo in (*_of_rule(inputs), *_of_worth(inputs), *_of_money(inputs))
    ]
    if faults:
        told = f"no bill {inputs.settlement} can be drawn from these inputs"
        raise InputFaults("settlement.faults", told, faults)
    return inputs


Told = tuple[str, str, str, str, str]


def _of_rule(inputs: Inputs) -> list[Told]:
    told: list[Told] = []
    for name in (inputs.method, *inputs.beside):
        if name not in METHODS:
            told.append(("settlement.unknown_method", "method", name, f"one of {', '.join(METHODS)}", ""))
    if len(inputs.beside) > BESIDE_MAX or inputs.method in inputs.beside:
        told.append(
            ("settlement.unknown_method", "beside", ", ".join(inputs.beside), "two others at most", "")
        )
    if list(inputs.among) != sorted(set(inputs.among)) or not inputs.among:
        told.append(("settlement.among", "among", ", ".join(inputs.among), "bodies by code, each once", ""))
    if inputs.order and set(inputs.order) != set(inputs.among):
        wanted = f"all who share: {', '.join(inputs.among)}"
        told.append(("settlement.order", "order", ", ".join(inputs.order), wanted, "Name each once."))
    total = sum(inputs.weights.values(), Fraction(0))
    if inputs.weights and (total != 1 or min(inputs.weights.values()) < 0):
        todo = "Correct the weights; nothing is scaled in silence."
        told.append(
            ("settlement.weights_do_not_sum", "weights", str(total), "weights >= 0 that sum to 1", todo)
        )
    if not set(inputs.weights) <= set(inputs.among):
        told.append(
            ("settlement.weights_do_not_sum", "weights", "a body that does not share", "who shares", "")
        )
    return told


def _of_worth(inputs: Inputs) -> list[Told]:
    worth = inputs.worth
    if worth is None:
        return []
    told: list[Told] = []
    if worth.players != inputs.among:
        wanted = ", ".join(inputs.among)
        told.append(
            ("settlement.worth_players", "worth", ", ".join(worth.players), wanted, "Run it for these.")
        )
    if len(worth.worth_minor) != 2 ** len(worth.players) or len(worth.own_minor) != len(worth.players):
        told.append(
            ("settlement.worth_length", "worth", str(len(worth.worth_minor)), "one for each coalition", "")
        )
    elif worth.worth_minor[0] != 0:
        told.append(("settlement.worth_of_nobody", "worth", str(worth.worth_minor[0]), "0", ""))
    elif sum(worth.own_minor) != worth.worth_minor[-1]:
        todo = "Count the losses of members alone."
        got, wanted = str(sum(worth.own_minor)), str(worth.worth_minor[-1])
        told.append(("settlement.own_does_not_sum", "own_minor", got, wanted, todo))
    return told


def _of_money(inputs: Inputs) -> list[Told]:
    told: list[Told] = []
    if inputs.currency not in CURRENCIES:
        told.append(("settlement.mixed_currencies", "currency", inputs.currency, "a code of ISO 4217", ""))
    if inputs.fund_minor < 0:
        told.append(("settlement.negative", "fund_minor", str(inputs.fund_minor), ">= 0", ""))
    for one in inputs.lines:
        claimed, granted = one["claimed"], one["granted_minor"]
        where = f"{one['statement'][:12]} {one['line']}"
        if granted < 0 or granted > (claimed["minor"] if claimed else 0):
            told.append(("settlement.granted_more", where, str(granted), "from 0 to what was claimed", ""))
        if granted and claimed and claimed["currency"] != inputs.currency:
            told.append(("settlement.mixed_currencies", where, claimed["currency"], inputs.currency, ""))
    for outcome in inputs.outcomes:
        for paid in outcome["payments"]:
            if paid["amount"]["currency"] != inputs.currency:
                got, todo = paid["amount"]["currency"], "Settle this contract in a bill of its own."
                place = outcome["contract"]
                told.append(("settlement.mixed_currencies", place, got, inputs.currency, todo))
            if paid["amount"]["minor"] < 0:
                told.append(
                    ("settlement.negative", outcome["contract"], str(paid["amount"]["minor"]), ">= 0", "")
                )
    return told


def bodies_of(inputs: Inputs) -> Sequence[str]:
    """Everybody whom the bill concerns, by code: who shares, who claimed, who is party to an outcome."""
    paid = [one for outcome in inputs.outcomes for one in outcome["payments"]]
    named = {*inputs.among, *inputs.admitted}
    return sorted({*named, *(one["payer"] for one in paid), *(one["payee"] for one in paid)})
