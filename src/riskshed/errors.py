"""The family of errors: what is wrong with the world, in words that say what to do next.

    RiskshedError            every one has a stable code, and says what, where, got, wanted and what to do
    ├── InputError           a file or a value handed in cannot be used
    │   └── InputFaults      many faults of one input, each with file, line and column
    ├── NotFoundError        a name that nothing answers to (a case, a section, a city)
    ├── DomainError          a parameter outside the range in which the science holds
    ├── MissingExtraError    an optional package is not installed
    └── LedgerError          something about the signed record that must not be relied on
        ├── MalformedError   bytes that are not of the format they claim
        ├── ProofError       a proof that does not show what it claims
        ├── SignatureError   a note or a statement not signed as it must be
        ├── KeyRefusedError  a key that is unfit, not this key's task, or that the passphrase does not open
        └── StoreError       the place where a log lies did not take or give what it was asked for
            ├── DoubtError   what was written may or may not have reached the disk
            └── LockedError  another writer has the log

A wrong *program* is no member of this family: it stops at an `assert`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input, at the place where a person can mend it.

    Parameters
    ----------
    code : str
        Stable, dotted, lower case: ``region.unknown_id``.
    where : str
        The file, or the name of the value.
    line : int or None
        First line is 1; None where the input has no lines.
    column : str or None
        The name of the column or key.
    got, wanted : str
        What stood there, and what would have been accepted.
    todo : str
        What to do next, as a short imperative sentence; may be empty.
    """

    code: str
    where: str
    line: int | None
    column: str | None
    got: str
    wanted: str
    todo: str = ""

    def __str__(self) -> str:
        place = self.where
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        told = f"{place}: got {self.got}, want {self.wanted}"
        return f"{told}. {self.todo}" if self.todo else told

    def to_json(self) -> dict[str, object]:
        return asdict(self)


class RiskshedError(Exception):
    """The world is wrong: shown to a person, never a traceback."""

    def __init__(self, code: str, what: str, *, todo: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}. {self.todo}" if self.todo else self.what

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, "what": self.what, "todo": self.todo}

    def __reduce__(self) -> tuple[Any, ...]:
        # An error travels back from a worker process by pickle, which would call __init__ with `args` alone.
        return _revive, (type(self), self.args, self.__dict__)


def _revive(kind: type[RiskshedError], args: tuple[object, ...], state: dict[str, object]) -> RiskshedError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class InputError(RiskshedError):
    """A file or a value handed in cannot be used."""


class InputFaults(InputError):
    """One input with one or more faults; none of it was used."""

    def __init__(self, code: str, what: str, faults: Sequence[Fault], *, todo: str = "") -> None:
        assert faults, "InputFaults needs at least one fault"
        super().__init__(code, what, todo=todo)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([f"{self.what}:", *(f"  {fault}" for fault in self.faults)])

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "faults": [fault.to_json() for fault in self.faults]}


class NotFoundError(RiskshedError):
    """A name that nothing answers to."""


class DomainError(RiskshedError):
    """A parameter outside the range in which the science holds."""


class MissingExtraError(RiskshedError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            "extra.missing",
            f"this needs the package {package}, which is not installed",
            todo=f"Install it with: pip install 'riskshed[{extra}]'",
        )


class LedgerError(RiskshedError):
    """Something about the signed record that must not be relied on."""


class MalformedError(LedgerError):
    """Bytes that are not of the format they claim: a note, a tile, a proof, a key string."""


class ProofError(LedgerError):
    """A proof that does not show what it claims."""


class SignatureError(LedgerError):
    """A note or a statement that is not signed as it must be."""


class KeyRefusedError(LedgerError):
    """A key that is unfit, that may not do this task, or that the passphrase does not open."""


class StoreError(LedgerError):
    """The place where a log lies did not take or give what it was asked for; nothing was written."""


class DoubtError(StoreError):
    """What was written may or may not have reached the disk; only opening the log again will tell."""


class LockedError(StoreError):
    """Another writer has the log."""
