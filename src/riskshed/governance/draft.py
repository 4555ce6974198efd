"""A draft: what a rule proposes that a body should say, before any officer has said it.

A rule never speaks. It hands a draft to the duty desk; an officer reads it, changes it or throws it away, and
only what the body's key has signed is a statement.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskshed.canonical import encode_plain
from riskshed.statement import KindName, digest_text
from riskshed.statement_record import Body


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement that somebody may make.

    Attributes
    ----------
    kind : KindName
    by : str
        The body that would say it.
    about : str or None
        As in `Statement`.
    replies_to : str or None
        Id of the statement that it would answer.
    body : Mapping
        The fields of the kind, as JSON values.
    """

    kind: KindName
    by: str
    about: str | None
    replies_to: str | None
    body: Body

    def digest(self) -> str:
        """The digest of its body, by which an approval names exactly this draft."""
        return digest_text(encode_plain(dict(self.body)))
