"""The looks of a page: language, theme, width. The suite sees each once, a campaign all of them together."""

from __future__ import annotations

import os
from itertools import product

EVERY = os.environ.get("EVERY_LOOK", "") == "yes"
"""Whether pages are seen in all looks: `make look`."""

Look = tuple[str, str, int]


def looks(chinese: str, narrow: int, wide: int = 1280) -> list[Look]:
    """All looks, or two that have each language, theme and width once."""
    if EVERY:
        return list(product((chinese, "en"), ("light", "dark"), (narrow, wide)))
    return [(chinese, "light", narrow), ("en", "dark", wide)]
