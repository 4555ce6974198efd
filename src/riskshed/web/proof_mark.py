"""The verification mark: signed, logged at which place, co-signed by how many witnesses.

It means that the statement was seen in one log, and by how many; never that anybody agrees with it. A ring
that is not full is normal. The mark leads to the statement and its proof.
"""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from riskshed.web import addresses
from riskshed.web.current import node
from riskshed.web.wording import say

_ARC, _GAP = 0.76, 0.24
"""Lengths of a segment and of the space after it, where the whole ring is as many as it has segments."""


def proof_mark(statement: str, cosigned: tuple[int, int] | None = None) -> SafeString:
    """The mark of a statement.

    Parameters
    ----------
    statement : str
        Its id.
    cosigned : (int, int), optional
        How many of how many witnesses have signed a checkpoint that covers it; None where none are asked.
    """
    living = node()
    seen = living.seen(statement)
    index = living.index_of(statement)
    if seen is None or index is None:
        return format_html('<span class="tag">{}</span>', say("日志中未见", "not seen in this log"))
    drill = seen.statement.exercise
    text = say("演习签名 · 演习", "signed for exercise · ") if drill else say("已签名 · ", "signed · ")
    text += say(f"日志 #{index}", f"log #{index}")
    if cosigned is not None:
        text += say(f" · 见证 {cosigned[0]}/{cosigned[1]}", f" · co-signed {cosigned[0]}/{cosigned[1]}")
    return format_html(
        '<a class="proof" href="{}"><svg viewBox="0 0 18 18" aria-hidden="true">{}'
        '<path class="tick" d="M6 9.2l2.2 2.2L12.2 7"/></svg><span>{}</span></a>',
        addresses.entry(index),
        _ring(*cosigned) if cosigned else _ring(1, 1),
        text,
    )


def _ring(filled: int, segments: int) -> SafeString:
    """A ring of `segments`, the first `filled` of them full."""
    every = "" if segments == 1 else f"{_ARC} {_GAP}"
    full = "" if segments == 1 else " ".join([*[f"{_ARC} {_GAP}"] * filled, f"0 {segments}"])
    circle = '<circle class="{}" cx="9" cy="9" r="7.5" pathLength="{}" stroke-dasharray="{}"/>'
    return format_html(circle * 2, "all", segments, every or "none", "seen", segments, full or "none")
