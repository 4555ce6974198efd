"""A part of how things stand, kept from question to question: all notices, say, each under its id.

To ask every statement again what became of it is work for the whole record, even if each remembers its
answer. A table asks only for the subjects that the view names as touched since. What it gave out before is
never changed: a standing is as it was, whatever comes later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, TypeVar

from riskshed.governance.standing_view import View

Subject = TypeVar("Subject")
Rule = Callable[[View, str], Mapping[str, Subject]]


class Table(Generic[Subject]):
    """Conclusions by their keys, in the order of the keys.

    Parameters
    ----------
    rule : callable
        What there is of one subject, by key; no two subjects share a key. Empty if it is no subject here.
    """

    def __init__(self, rule: Rule[Subject]) -> None:
        self._rule = rule
        self._of: dict[str, Mapping[str, Subject]] = {}
        self._values: dict[str, Subject] = {}
        self.whole: Mapping[str, Subject] = MappingProxyType({})
        """All of it, read only, as of the last update."""

    def update(self, view: View, touched: Iterable[str]) -> None:
        """Ask again for these subjects."""
        gone, come = set[str](), dict[str, Subject]()
        for subject in touched:
            gone.update(self._of.pop(subject, ()))
            if found := self._rule(view, subject):
                self._of[subject] = found
                come.update(found)
        if not gone and not come:
            return
        values = {**self._values, **come}
        for key in gone.difference(come):
            del values[key]
        if not come.keys() <= self._values.keys():
            order = sorted(values)
            values = dict(zip(order, map(values.__getitem__, order), strict=True))
        self._values, self.whole = values, MappingProxyType(values)


def of_all(rule: Callable[[View, str], Subject | None]) -> Table[Subject]:
    """A table of all statements of the view, by id, of which there is something to say."""

    def told(view: View, statement: str) -> Mapping[str, Subject]:
        one = rule(view, statement) if view.at_hand(statement) is not None else None
        return {statement: one} if one else {}

    return Table(told)


def of_kinds(rule: Callable[[View, str], Subject | None], *kinds: str) -> Table[Subject]:
    """A table of the statements of these kinds, by id."""

    def told(view: View, statement: str) -> Mapping[str, Subject]:
        one = rule(view, statement) if _is_of(view, statement, kinds) else None
        return {statement: one} if one else {}

    return Table(told)


def of_names(rule: Callable[[View, str], Subject | None], first: str) -> Table[Subject]:
    """A table of everything that stands under a key that begins so, by the rest of the key."""

    def told(view: View, subject: str) -> Mapping[str, Subject]:
        one = rule(view, subject) if view.is_named(first, subject) else None
        return {subject: one} if one else {}

    return Table(told)


def of_parts(
    rule: Callable[[View, str], tuple[Subject, ...]], key: Callable[[Subject], str], *kinds: str
) -> Table[Subject]:
    """A table of the several things that stand in statements of these kinds."""

    def told(view: View, statement: str) -> Mapping[str, Subject]:
        found = rule(view, statement) if _is_of(view, statement, kinds) else ()
        return {key(one): one for one in found}

    return Table(told)


def _is_of(view: View, statement: str, kinds: Sequence[str]) -> bool:
    seen = view.at_hand(statement)
    return seen is not None and seen.statement.kind in kinds
