"""What event streams may cost: how many, how long, how much is kept for those who are slow."""

from __future__ import annotations

import resource
from dataclasses import dataclass

FILES_KEPT = 256
"""Descriptors that are left for pages, the log and the database."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a hub allows.

    Parameters
    ----------
    streams, streams_per_address : int
        Open at once; fewer if the process may not open so many files.
    ring_frames, ring_bytes : int
        Events that are kept for those who read slowly.
    resume_events : int
        More than so many are not sent again: the page is to be loaded anew.
    heartbeat_s, stalled_s, session_s : float
        A sign of life after so long a silence; cut off after so long without taking anything; the longest
        life of a stream that needed leave.
    retry_s : float
        After so long a page comes again.
    """

    streams: int = 20_000
    streams_per_address: int = 500
    ring_frames: int = 4_096
    ring_bytes: int = 8_388_608
    resume_events: int = 2_000
    heartbeat_s: float = 15.0
    stalled_s: float = 30.0
    session_s: float = 600.0
    retry_s: float = 3.0

    def possible_streams(self) -> int:
        """As many as the file limit of this process leaves."""
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if files == resource.RLIM_INFINITY:
            return self.streams
        return max(1, min(self.streams, files - FILES_KEPT))
