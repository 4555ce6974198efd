"""Whether somebody has checked who a party is, as a word that stands beside its name wherever it speaks."""

from __future__ import annotations

from collections.abc import Mapping

from riskshed.exchange.wording import Text
from riskshed.governance import parties
from riskshed.governance.parties import Voice
from riskshed.governance.standing_parties import PARTY_KINDS
from riskshed.web import wording
from riskshed.web.current import node

STATES: Mapping[str, Text] = {
    "member": Text("协议成员", "member of the agreement"),
    "verified": Text("已核验", "verified"),
    "lapsed": Text("核验已过期", "check has lapsed"),
    "renamed": Text("核验后改名", "renamed since it was checked"),
    "unverified": Text("未核验", "not verified"),
}


def is_party(code: str) -> bool:
    """Whether a body is on record as a party."""
    held = node().standing().bodies.get(code)
    return held is not None and held.kind in PARTY_KINDS


def voice(code: str) -> Voice:
    """Whether a body is known, as the record stands."""
    return parties.voice(node().standing(), code)


def word(code: str) -> str:
    """The mark of a party, in brackets, to stand behind its name: a word, which no colour has to explain."""
    said = STATES[voice(code).state].said(wording.tongue())
    return f"（{said}）" if wording.tongue() == "zh" else f" ({said})"
