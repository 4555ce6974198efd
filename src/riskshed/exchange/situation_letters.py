"""Which characters the letter faces of a report can set, and what stands where one cannot be set.

A name comes from the world, and may hold a rare character, another script, an invisible mark that turns the
text around it. None of them may vanish: a reader must not take 〔U+2CB4E〕某 for 某. So what cannot be set is
written as its code point in brackets, and the report says at its end which characters these were.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

FACES = Path(__file__).parent / "templates" / "fonts" / "report"
SHOWN_MAX = 12
"""Code points of one run that are written out; of a longer one, these and how many there were."""
UNBROKEN_MAX, BROKEN_TO = 24, 8
"""A longer word without a space may break after every so many letters, so that it stays in its column."""
_CONTROLS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\t": " "}
_CONTROL = re.compile("|".join(_CONTROLS))
_UNBROKEN = re.compile(rf"[^\s\u2e80-\uffff]{{{UNBROKEN_MAX + 1},}}")
_BREAK_HERE = "\u200b"


@cache
def settable() -> frozenset[str]:
    """Every character that the faces can set, without marks that combine and without invisible ones."""
    found: set[str] = set()
    for line in (FACES / "characters.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            first, last = (int(part, 16) for part in line.split("-"))
            found.update(map(chr, range(first, last + 1)))
    return frozenset(one for one in found if unicodedata.category(one)[0] not in "CM") | {"\n"}


class Setter:
    """Makes texts settable, and keeps in `missing` what could not be set, in the order in which it came."""

    def __init__(self) -> None:
        self.missing: dict[str, None] = {}

    def set(self, text: str) -> str:
        """The text with code points for what cannot be set, and with places where a long word may break.

        Examples
        --------
        >>> Setter().set("某\N{ZERO WIDTH JOINER}某")
        '某〔U+200D〕某'
        """
        told = unicodedata.normalize("NFC", _CONTROL.sub(lambda found: _CONTROLS[found[0]], text))
        known, made, run = settable(), [], ""
        for one in told:
            if one in known:
                made += [self._points(run), one]
                run = ""
            else:
                run += one
        return _UNBROKEN.sub(_with_breaks, "".join([*made, self._points(run)]))

    def _points(self, run: str) -> str:
        if not run:
            return ""
        self.missing.update(dict.fromkeys(run))
        shown = " ".join(point(one) for one in run[:SHOWN_MAX])
        return f"〔{shown}{f' … ×{len(run)}' if len(run) > SHOWN_MAX else ''}〕"


def point(character: str) -> str:
    """The code point of a character, as people write it.

    Examples
    --------
    >>> point("a")
    'U+0061'
    """
    return f"U+{ord(character):04X}"


def _with_breaks(found: re.Match[str]) -> str:
    word = found[0]
    return _BREAK_HERE.join(word[at : at + BROKEN_TO] for at in range(0, len(word), BROKEN_TO))
