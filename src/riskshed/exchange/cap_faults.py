"""What is wrong with a message of the Common Alerting Protocol: an error that names every fault at its place.

A place is the path of an element, such as ``alert/info[2]/area[1]/polygon[1]``, and the line on which the
element begins where the message was read from bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from riskshed.columns import shown
from riskshed.errors import Fault, InputFaults

FAULTS_MAX = 100


class CapError(InputFaults):
    """Bytes or values that are no message we may use; nothing of them was used. `code`: of the first."""

    def __init__(self, what: str, faults: Sequence[Fault], *, todo: str = "") -> None:
        super().__init__(faults[0].code, what, faults, todo=todo)

    @classmethod
    def of(
        cls, code: str, where: str, got: str, wanted: str, todo: str = "", *,
        path: str | None = None, line: int | None = None,
    ) -> CapError:  # fmt: skip
        """An error with one fault; `code` without its ``cap.``."""
        fault = Fault(f"cap.{code}", where, line, path, got, wanted, todo)
        return cls("this message cannot be used", [fault])


class CapFaults:
    """The faults of one message, each with the path and the line of its element.

    Parameters
    ----------
    where : str
        The file, or a name of the message.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {}

    def add(self, code: str, path: str, got: str, wanted: str, todo: str = "") -> None:
        """Name one fault; beyond `FAULTS_MAX` they are no help and are left out."""
        if len(self.faults) < FAULTS_MAX:
            line = self.lines.get(path)
            self.faults.append(Fault(f"cap.{code}", self.where, line, path, got, wanted, todo))

    def value(self, code: str, path: str, text: str, wanted: str, todo: str = "") -> None:
        """Name a fault of a value, which is shown."""
        self.add(code, path, shown(text), wanted, todo)

    def raise_any(self) -> None:
        """Raise `CapError` if there is any fault."""
        if self.faults:
            raise CapError("this message cannot be used", self.faults)
