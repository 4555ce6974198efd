"""The form of a line in the log of the process: nobody whose words stand in it can forge another.

A line is a time in UTC, a level, a logger, and what is told. It is made before Django is ready, and so knows
nothing of Django.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class Lines(logging.Formatter):
    """One record, one line, with its time in UTC; a traceback is one JSON text at its end."""

    def format(self, record: logging.LogRecord) -> str:
        """See the class."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = f"{at} {record.levelname} {record.name} {plain(record.getMessage())}"
        if record.exc_info:
            told += " trace=" + json.dumps(self.formatException(record.exc_info))
        return told


def plain(text: str) -> str:
    """The text with nothing in it that moves a cursor or begins a line."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
