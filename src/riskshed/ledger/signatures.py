"""Verify many signatures at once, on all cores.

One signature takes some 40 us of one core, more than everything else that the log does for an entry. A pool
of processes verifies them while the log writes. What crosses to another process is bytes: the type of the key
(`keys.KEY_TYPES`), the public key, the message, the signature; and back comes one truth value for each.

Examples
--------
>>> verify_many([(0x01, bytes(32), b"message", bytes(64))])
[False]
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Self

from riskshed.ledger.keys import KEY_TYPES

Claim = tuple[int, bytes, bytes, bytes]
"""Type byte, public key, message, signature."""


def verify_many(claims: Sequence[Claim]) -> list[bool]:
    """Whether each signature holds, for public keys that have been registered (`keys.VerifierKey`)."""
    return [KEY_TYPES[kind].verify(public, message, signature) for kind, public, message, signature in claims]


class SignaturePool:
    """Processes that verify signatures.

    Parameters
    ----------
    workers : int, optional
        How many; otherwise one for each core that this process may use.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else [0])
        # Started anew and not copied: a copy would hold the locks and the open log of its parent.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self.workers, mp_context=context)

    def submit(self, claims: Sequence[Claim]) -> Future[list[bool]]:
        """As `verify_many`, in another process. Some hundreds at once make the way there and back cheap."""
        return self._pool.submit(verify_many, claims)

    def close(self) -> None:
        """End the processes, when they have done what they were given."""
        self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
