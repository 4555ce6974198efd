"""A standing as plain JSON values, so that it has one byte form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from riskshed.statement import Money


def plain(value: Any) -> Any:
    """The value as plain JSON: records as objects, times as text in UTC, numbers with a fraction as text.

    Times go to UTC because one instant can be written in many zones, and a standing has one byte form.

    Examples
    --------
    >>> plain({"share": Decimal("0.5"), "done": ("a",), "due": None})
    {'share': '0.5', 'done': ['a'], 'due': None}
    """
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    elif isinstance(value, Decimal):
        value = f"{value:f}"
    elif isinstance(value, Money):
        value = value.to_json()
    elif isinstance(value, Mapping):
        value = {name: plain(part) for name, part in value.items()}
    elif isinstance(value, tuple):
        value = [plain(part) for part in value]
    elif is_dataclass(value) and not isinstance(value, type):
        value = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    else:
        known = value is None or isinstance(value, str | bool | int)
        assert known, f"{type(value).__name__} has no place in a standing"
    return value
