"""Conditions of rules: what must be so for a rule to apply, as data, with three answers: yes, no, unknown.

A condition compares facts with bounds. A fact that nobody has stated is unknown, and a comparison with it is
unknown too; *all*, *any* and *not* follow Kleene's strong logic (S. C. Kleene, Introduction to
Metamathematics, 1952, section 64). So "30 dead or 100 hurt" is true at 30 dead whatever is known of the
hurt, and unknown at 29 dead while nobody has counted them. A guess never enters.

A fact may also be half known: of a grade that is only a lower bound, the graver ones are possible too. Such a
value is `Possible`; a comparison with it is decided only if all its values agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from riskshed.columns import shown

__all__ = ["ALWAYS", "All", "Always", "AnyOf", "Comparison", "Condition", "Fact", "Facts", "Not", "Possible",
           "Scalar", "Truth", "Wrong", "parse"]  # fmt: skip

Truth = bool | None
Scalar = bool | int | float | str
FactType = Literal["yes_no", "whole", "number", "choice", "text"]
FACT_TYPES: tuple[FactType, ...] = ("yes_no", "whole", "number", "choice", "text")
NUMBERS = ("whole", "number")


@dataclass(frozen=True, slots=True)
class Possible:
    """The values that a fact may have, where they are known but not which of them it is."""

    values: frozenset[str]


Facts = Mapping[str, Scalar | Possible]
"""What is known, by the name of the fact; a fact that is absent is unknown."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that rules may ask for.

    Parameters
    ----------
    name : str
        Whole words; unit last where it has one.
    type : {"yes_no", "whole", "number", "choice", "text"}
    unit : str
        Of a number; ``1`` is a plain number.
    choices : tuple of str
        Of a choice.
    zh, en : str
        What it says.
    """

    name: str
    type: FactType
    unit: str
    choices: tuple[str, ...]
    zh: str
    en: str

    def wanted(self) -> str:
        """What may stand there, in words."""
        if self.type == "choice":
            return f"one of {', '.join(self.choices)}"
        words = {
            "yes_no": "true or false",
            "whole": "a whole number >= 0",
            "number": "a number",
            "text": "a text",
        }
        return words[self.type] + (f" in {self.unit}" if self.unit not in ("", "1") else "")

    def accepts(self, value: object) -> bool:
        """Whether this can be a value of the fact."""
        if self.type == "yes_no":
            return isinstance(value, bool)
        if self.type == "whole":
            return type(value) is int and 0 <= value < 10**15
        if self.type == "number":
            return type(value) in (int, float) and abs(value) < 10**18  # type: ignore[arg-type]
        return isinstance(value, str) and (self.type == "text" or value in self.choices)


class Condition(Protocol):
    """Anything that is true, false or unknown of facts."""

    def holds(self, facts: Facts) -> Truth:
        """True, False, or None while that is unknown."""

    def comparisons(self) -> Iterator[Comparison]:
        """Every comparison in it."""

    def to_json(self) -> object:
        """As it stands in a rule pack."""


@dataclass(frozen=True, slots=True)
class Always:
    """The condition of a standing rule."""

    def holds(self, facts: Facts) -> Truth:  # noqa: ARG002
        """True."""
        return True

    def comparisons(self) -> Iterator[Comparison]:
        """None."""
        return iter(())

    def to_json(self) -> object:
        """``"always"``."""
        return "always"


ALWAYS = Always()

_NUMERIC: Mapping[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda value, bound: value >= bound,
    "more_than": lambda value, bound: value > bound,
    "at_most": lambda value, bound: value <= bound,
    "below": lambda value, bound: value < bound,
}
_EQUAL: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, bound: value == bound,
    "is_not": lambda value, bound: value != bound,
    "one_of": lambda value, bound: value in bound,
}
OPERATORS = {**_NUMERIC, **_EQUAL}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact against one bound."""

    fact: str
    operator: str
    bound: Scalar | tuple[Scalar, ...]

    @property
    def is_numeric(self) -> bool:
        """Whether it has a bound that a number can lie on either side of."""
        return self.operator in _NUMERIC

    def holds(self, facts: Facts) -> Truth:
        """True, False, or None while the fact is unknown."""
        value = facts.get(self.fact)
        if value is None:
            return None
        test = OPERATORS[self.operator]
        if isinstance(value, Possible):
            answers = {test(one, self.bound) for one in value.values}
            return answers.pop() if len(answers) == 1 else None
        return test(value, self.bound)

    def comparisons(self) -> Iterator[Comparison]:
        """Itself."""
        yield self

    def to_json(self) -> object:
        """As it stands in a rule pack."""
        bound = list(self.bound) if isinstance(self.bound, tuple) else self.bound
        return {"fact": self.fact, self.operator: bound}


@dataclass(frozen=True, slots=True)
class All:
    """True if all its parts are; false if one is false."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> Truth:
        """Kleene's conjunction."""
        answers = [part.holds(facts) for part in self.parts]
        return False if False in answers else None if None in answers else True

    def comparisons(self) -> Iterator[Comparison]:
        """Those of its parts."""
        return (one for part in self.parts for one in part.comparisons())

    def to_json(self) -> object:
        """As it stands in a rule pack."""
        return {"all": [part.to_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if one of its parts is; false if all are false."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> Truth:
        """Kleene's disjunction."""
        answers = [part.holds(facts) for part in self.parts]
        return True if True in answers else None if None in answers else False

    def comparisons(self) -> Iterator[Comparison]:
        """Those of its parts."""
        return (one for part in self.parts for one in part.comparisons())

    def to_json(self) -> object:
        """As it stands in a rule pack."""
        return {"any": [part.to_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class Not:
    """True if its part is false."""

    part: Condition

    def holds(self, facts: Facts) -> Truth:
        """Kleene's negation."""
        answer = self.part.holds(facts)
        return None if answer is None else not answer

    def comparisons(self) -> Iterator[Comparison]:
        """Those of its part."""
        return self.part.comparisons()

    def to_json(self) -> object:
        """As it stands in a rule pack."""
        return {"not": self.part.to_json()}


# ------------------------------------------------------------------------------------------------ reading

Wrong = Callable[[str, str, str], None]
"""Takes the place, what stood there and what was wanted."""


def parse(raw: object, place: str, vocabulary: Mapping[str, Fact], wrong: Wrong) -> Condition:
    """The condition that stands in a rule pack; where something is wrong, it is told and `ALWAYS` returned.

    Parameters
    ----------
    raw : object
        ``"always"``, or a table with `fact` and one operator, or with `all`, `any` or `not`.
    place : str
        Where it stands, for messages.
    vocabulary : mapping of str to Fact
    wrong : callable
        Is told of every fault.
    """
    if raw == "always":
        return ALWAYS
    if not isinstance(raw, dict) or not raw:
        wrong(place, _told(raw), '"always", or a table with fact, all, any or not')
        return ALWAYS
    if "fact" in raw:
        return _comparison(raw, place, vocabulary, wrong)
    if len(raw) == 1:
        ((word, inner),) = raw.items()
        if word == "not":
            return Not(parse(inner, f"{place}.not", vocabulary, wrong))
        if word in ("all", "any") and isinstance(inner, list) and inner:
            parts = tuple(
                parse(part, f"{place}.{word}[{at}]", vocabulary, wrong) for at, part in enumerate(inner)
            )
            return All(parts) if word == "all" else AnyOf(parts)
    wrong(place, ", ".join(map(str, raw)), "fact with one operator, or one of all, any, not")
    return ALWAYS


def _comparison(raw: dict[str, Any], place: str, vocabulary: Mapping[str, Fact], wrong: Wrong) -> Condition:
    words = [word for word in raw if word != "fact"]
    fact = vocabulary.get(raw["fact"]) if isinstance(raw["fact"], str) else None
    if fact is None:
        wrong(f"{place}.fact", _told(raw["fact"]), "a fact that is declared")
        return ALWAYS
    allowed = (*_NUMERIC, "is", "is_not", "one_of") if fact.type in NUMBERS else tuple(_EQUAL)
    if len(words) != 1 or words[0] not in allowed:
        wrong(place, ", ".join(words) or "no operator", f"one of {', '.join(allowed)} for {fact.name}")
        return ALWAYS
    operator, bound = words[0], raw[words[0]]
    many: Sequence[object] = bound if operator == "one_of" and isinstance(bound, list) else [bound]
    if (
        not many
        or not all(fact.accepts(one) for one in many)
        or (operator == "one_of") != isinstance(bound, list)
    ):
        wrong(f"{place}.{operator}", _told(bound), fact.wanted())
        return ALWAYS
    return Comparison(fact.name, operator, tuple(bound) if isinstance(bound, list) else bound)


def _told(value: object) -> str:
    return "nothing" if value is None else shown(str(value))
