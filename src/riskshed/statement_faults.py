"""What is wrong with a statement: an error that names every fault, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riskshed.columns import shown
from riskshed.errors import Fault, InputFaults

FAULTS_MAX = 100


class StatementError(InputFaults):
    """Bytes or values that are no statement; nothing of them was used. `code` is that of the first fault."""

    def __init__(self, what: str, faults: Sequence[Fault], *, todo: str = "") -> None:
        super().__init__(faults[0].code, what, faults, todo=todo)

    @classmethod
    def of(cls, code: str, where: str, got: str, wanted: str, todo: str = "") -> StatementError:
        """An error with one fault, which has neither line nor column."""
        return cls("this is no statement", [Fault(code, where, None, None, got, wanted, todo)])


class FaultList:
    """The faults of one statement, each with the path of its field."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.faults: list[Fault] = []

    def add(self, code: str, path: str, got: str, wanted: str, todo: str = "") -> None:
        """Name one fault; beyond `FAULTS_MAX` they are no help and are left out."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(Fault(f"statement.{code}", self.where, None, path, got, wanted, todo))

    def wrong(self, path: str, value: object, wanted: str, todo: str = "") -> None:
        """Name a value of the wrong type, or of the right type in another form."""
        code, told = ("float", "Write it as text.") if isinstance(value, float) else ("wrong_type", todo)
        self.add(code, path, shown_value(value), wanted, told)

    def raise_any(self) -> None:
        """Raise `StatementError` if there is any fault."""
        if self.faults:
            raise StatementError(f"this is no {self.where} statement", self.faults)


def shown_value(value: object) -> str:
    """A JSON value as a message may show it: short and printable."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value) if abs(value) < 10**40 else "a whole number of more than 40 digits"
    return shown(repr(value))[1:-1]
