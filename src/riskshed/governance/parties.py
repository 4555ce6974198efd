"""Who speaks: whether a voice is known, and whether a name is made to look like that of another.

A voice is known in one of two ways. A party was checked by a body that governs (`standing_parties`). A body
that governs is known by its membership: it signed an agreement in force, or is the coordination body of one.

A name is compared by what a reader sees of it, not by its code points. `skeleton` folds what looks alike:
width and case (NFKC), spaces and punctuation, accents, letters of Cyrillic and Greek that look like Latin
ones, and Chinese characters that differ by a stroke. Names whose skeletons are the same, or differ by one
character in a name that is not short, look alike. This catches what people do; nothing catches everything,
so a body that governs still looks before it lets a party in.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from riskshed.governance.standing import Standing
from riskshed.governance.standing_parties import GOVERNING, PARTY_KINDS

LONG_CHARS = {"zh": 5, "en": 8}
"""From this length of the skeleton on, one character of difference still looks alike."""
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
VoiceState = Literal["member", "verified", "lapsed", "renamed", "unverified"]


class Voice(NamedTuple):
    """Whether who speaks is known: by whom it was checked, until when, and the statement that says so."""

    state: VoiceState
    by: str | None = None
    until: datetime | None = None
    statement: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether somebody who governs stands for who this is."""
        return self.state in ("member", "verified")


def voice(standing: Standing, code: str) -> Voice:
    """Whether a body is known, at the time of the standing."""
    held = standing.bodies.get(code)
    if held is None or held.left is not None:
        return Voice("unverified")
    if held.kind not in PARTY_KINDS:
        in_force = (one for one in standing.agreements.values() if one.status == "in_force")
        agreement = next((one.id for one in in_force if one.names(code)), None)
        if agreement is not None:
            return Voice("member", statement=agreement)
    checked = standing.verified.get(code)
    if checked is None:
        return Voice("unverified")
    return Voice(checked.status, checked.by, checked.until, checked.statement)


def may_verify(standing: Standing, code: str) -> bool:
    """Whether a body may say who a party is."""
    held = standing.bodies.get(code)
    return held is not None and held.left is None and held.kind in GOVERNING


# ---------------------------------------------------------------------------------------------------- names


class Alike(NamedTuple):
    """A body whose name a new one looks like; `same`: a reader sees no difference."""

    code: str
    name: str
    same: bool


def alike(
    name: Mapping[str, str], known: Mapping[str, Mapping[str, str]], *, but: Iterable[str] = ()
) -> tuple[Alike, ...]:
    """The bodies whose names a name looks like, in the order of their codes.

    Parameters
    ----------
    name : mapping of language to text
    known : mapping of code to name
        The names that are taken.
    but : iterable of str
        Codes that may bear such a name: the body itself.
    """
    told = {skeleton(text) for text in name.values()} - {""}
    found = []
    for code in sorted(set(known) - set(but)):
        seen = [(skeleton(text), language, text) for language, text in sorted(known[code].items())]
        same = [text for other, _, text in seen if other in told]
        near = [
            text
            for other, language, text in seen
            if len(other) >= LONG_CHARS.get(language, LONG_CHARS["en"])
            and any(_is_one_apart(one, other) for one in told)
        ]
        if same or near:
            found.append(Alike(code, (same or near)[0], bool(same)))
    return tuple(found)


def mixed_scripts(text: str) -> tuple[str, ...]:
    """The alphabets of a text if there are several in it, as no honest name has; else nothing.

    >>> mixed_scripts("Harbin W\u0430ter")
    ('CYRILLIC', 'LATIN')
    >>> mixed_scripts("哈尔滨 Water 一厂")
    ()
    """
    names = (unicodedata.name(one, "") for one in text if one.isalpha())
    found = sorted({script for name in names for script in SCRIPTS if name.startswith(script)})
    return tuple(found) if len(found) > 1 else ()


def skeleton(text: str) -> str:
    """What a reader sees of a name; two that look the same have the same.

    >>> skeleton("Ｈarbin  Water-Works (No. 1)") == skeleton("HARBIN WATERWORKS NO 1")
    True
    >>> skeleton("НАRBIN") == skeleton("harbin")
    True
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    return "".join(_confusables().get(one, one) for one in plain if one.isalnum())


@cache
def _confusables() -> Mapping[str, str]:
    source = files("riskshed.governance").joinpath("confusables.csv").read_text("utf-8")
    rows = (line for line in source.splitlines() if line and not line.startswith("#"))
    return {row["character"].casefold(): row["looks_like"] for row in csv.DictReader(rows)}


def _is_one_apart(one: str, other: str) -> bool:
    """Whether one character was changed, added, left out, or two neighbours changed places."""
    if abs(len(one) - len(other)) > 1:
        return False
    first = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if first is None:
        return True
    left, right = one[first:], other[first:]
    return (
        left[1:] == right[1:]
        or left == right[1:]
        or left[1:] == right
        or (left[1:2] == right[:1] and left[:1] == right[1:2] and left[2:] == right[2:])
    )
