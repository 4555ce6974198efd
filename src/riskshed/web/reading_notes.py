"""What is hard to read in the words that an officer is about to say to the people: hints, and no refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from riskshed.governance import plain_language
from riskshed.web.forms import Sheet
from riskshed.web.wording import say

FIELDS = ("headline", "instruction")
"""What people act on. The description is for those who want to know more, and may hold figures."""


class Note(NamedTuple):
    """A hint: the id of the field, the words that are hard, and what would be better."""

    field: str
    what: str
    better: str


def notes(form: Sheet) -> list[Note]:
    """The hints on a form as it stands, in the order of its fields."""
    return list(_notes(form))


def _notes(form: Sheet) -> Iterator[Note]:
    for name in FIELDS:
        for language in plain_language.LANGUAGES:
            field = form[f"{name}_{language}"]
            for one in plain_language.remarks(str(field.value() or ""), language):
                better = (
                    say(f"句子太长，{one.better}", f"a long sentence; {one.better}")
                    if one.code == "long"
                    else say(f"可改为“{one.better}”", f"better: {one.better}")
                )
                yield Note(str(field.id_for_label), one.what, better)
