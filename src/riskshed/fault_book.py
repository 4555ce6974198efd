"""The faults of one input as they are found, and what a reader accepts at most."""

from __future__ import annotations

from dataclasses import dataclass

from riskshed.errors import Fault


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader accepts at most: bytes and rows of a file, depth of nesting, faults named one by one."""

    bytes: int = 256 * 2**20
    rows: int = 2_000_000
    depth: int = 100
    faults: int = 100


LIMITS = Limits()
BYTES_MAX = LIMITS.bytes


class FaultBook:
    """The faults of one file, added to the caller's list: the first ``limits.faults``, then a count of the
    rest."""

    def __init__(self, where: str, faults: list[Fault], limits: Limits = LIMITS) -> None:
        self.where = where
        self.count = 0
        self._faults = faults
        self._most = limits.faults

    def add(
        self, code: str, line: int | None, column: str | None, got: str, wanted: str, todo: str = ""
    ) -> None:
        """Name one fault, or count it if enough have been named."""
        self.count += 1
        if self.count <= self._most:
            self._faults.append(Fault(code, self.where, line, column, got, wanted, todo))

    def close(self) -> bool:
        """Write down how many faults were not named; True if there were any faults at all."""
        if self.count > self._most:
            rest = f"{self.count - self._most} more faults"
            self._faults.append(
                Fault("table.more_faults", self.where, None, None, rest, "none", "Mend these first.")
            )
        return self.count > 0
