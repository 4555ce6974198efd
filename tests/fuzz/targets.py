"""Every parser that takes bytes of strangers: those of the ledger, statements, the network and CAP."""

from __future__ import annotations

import fuzz_cap
import fuzz_ledger
import fuzz_statement
import fuzz_wire

PARTS = (fuzz_ledger, fuzz_statement, fuzz_wire, fuzz_cap)
TARGETS = {name: act for part in PARTS for name, act in part.TARGETS.items()}


def seeds() -> dict[str, list[bytes]]:
    """For each function, bytes that it accepts."""
    return {name: found for part in PARTS for name, found in part.seeds().items()}
