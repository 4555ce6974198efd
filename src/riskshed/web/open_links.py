"""Links that lead to a page which one may not open are words, and not links.

Most pages are drawn the same for all who serve a body. Who only administers sees them as well, but neither
the log nor the room of an incident. Which page needs what stands beside each view (`access.allowed`), so no
page has to say it again for each of its links.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from riskshed.web.access import may, needs_second_factor
from riskshed.web.people import Actor

_LINK = re.compile(r'<a\b([^>]*?)\s+href="(/[^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)


def only_open(page: str, actor: Actor) -> str:
    """The page with only those links that the actor may follow; the words of the others stay."""

    def drawn(link: re.Match[str]) -> str:
        before, address, after, words = link.groups()
        if is_open(html.unescape(address), actor):
            return link[0]
        return f"<span{before}{after}>{words}</span>"

    return _LINK.sub(drawn, page)


def is_open(address: str, actor: Actor) -> bool:
    """Whether a page of this node opens for the actor; one that is not found says so itself."""
    try:
        view = resolve(urlsplit(address).path).func
    except Resolver404:
        return True
    action = getattr(view, "action", None)
    return action is None or may(actor, action) or needs_second_factor(actor, action)
