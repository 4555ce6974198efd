"""The verification mark: signed, logged at which place, co-signed by how many witnesses.

It means that the statement was seen in one log, and how many put their line under a checkpoint that covers
it; never that anybody agrees with it. Where the operator named witnesses it says of how many, and "pending
witness" before the first has signed. An empty ring is normal: witnesses come later, or there are none.
The mark leads to the statement and its proof, which says whether these lines are good.
"""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from riskshed.web import addresses, cosigning, record_proof
from riskshed.web.current import node
from riskshed.web.wording import say

_ARC, _GAP = 0.76, 0.24
"""Lengths of a segment and of the space after it, where the whole ring is as many as it has segments."""


def proof_mark(statement: str) -> SafeString:
    """The mark of a statement, by its id."""
    living = node()
    seen, index = living.seen(statement), living.index_of(statement)
    if seen is None or index is None:
        return format_html('<span class="tag">{}</span>', say("日志中未见", "not seen in this log"))
    note = record_proof.covering(living, index)
    signed, asked = cosigning.counted(note, record_proof.verifier(living))
    drill = seen.statement.exercise
    text = say("演习签名 · 演习", "signed for exercise · ") if drill else say("已签名 · ", "signed · ")
    text += say(f"日志 #{index}", f"log #{index}")
    if asked and signed:
        text += say(f" · 见证 {signed}/{asked}", f" · co-signed by {signed} of {asked}")
    elif asked:
        text += say(" · 尚待见证", " · pending witness")
    elif signed:
        text += say(f" · 见证 {signed}", f" · co-signed by {signed}")
    return format_html(
        '<a class="proof" href="{}"><svg viewBox="0 0 18 18" aria-hidden="true">{}'
        '<path class="tick" d="M6 9.2l2.2 2.2L12.2 7"/></svg><span>{}</span></a>',
        addresses.entry(index),
        _ring(signed, asked or signed),
        text,
    )


def _ring(filled: int, of: int) -> SafeString:
    """A ring with a segment for each witness, those filled that have signed; an empty one without any."""
    segments = max(of, 1)
    every = "none" if segments == 1 else f"{_ARC} {_GAP}"
    full = every
    if not filled:
        full = f"0 {segments}"
    elif filled < segments:
        full = f"{_ARC} {_GAP} " * (filled - 1) + f"{_ARC} {segments - filled + _GAP:g}"
    circle = '<circle class="{}" cx="9" cy="9" r="7.5" pathLength="{}" stroke-dasharray="{}"/>'
    return format_html(circle * 2, "all", segments, every, "seen", segments, full)
