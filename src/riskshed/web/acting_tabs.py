"""The pages on which officers act, side by side, from the one table of places (`frame`)."""

from __future__ import annotations

from django.urls import reverse

from riskshed.web.access import may
from riskshed.web.frame import PLACES, Place
from riskshed.web.people import Actor
from riskshed.web.wording import say

NAMES = ("notices", "warnings", "approvals", "field-reports", "readings", "exercises")
"""Names of their URLs, in their order."""
READINGS = ("/readings/", "reading.see", "监测", "Readings")
"""Reached from here alone: the bar is long enough."""


def acting_tabs(here: str, actor: Actor) -> list[Place]:
    """Those that this one may open."""
    known = {url: (action, zh, en) for url, action, zh, en in (*PLACES, READINGS)}
    found = ((name, reverse(name)) for name in NAMES)
    rows = [(name, url, *known[url]) for name, url in found]
    return [Place(url, say(zh, en), name == here) for name, url, action, zh, en in rows if may(actor, action)]
