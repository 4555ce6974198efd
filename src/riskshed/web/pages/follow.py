"""To follow places, rivers, hazards and industries: a list in the address, and feeds.

Whoever follows needs no account. The list is in the address of his page, which he keeps as a bookmark or
subscribes to as a feed; the node keeps nothing of it and cannot tell who follows what. Who has an account may
have a list kept with it, to find it again on another machine: in a table, and never on the log.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from riskshed.governance import community
from riskshed.governance.community import Block, Subject
from riskshed.web import community_board as board
from riskshed.web import frame
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.models import Follow
from riskshed.web.open_door import open_to_all
from riskshed.web.pages.community import drawn, latest, subject_at
from riskshed.web.pages.feeds import ATOM_TYPE
from riskshed.web.pages.record_files import file_answer
from riskshed.web.people import acting
from riskshed.web.wording import say

FOLLOWED_MAX = 40
"""So many things fit into an address that every program carries."""
CACHE = "public, max-age=60, must-revalidate"


def asked(given: QueryDict) -> tuple[list[Subject], list[str]]:
    """The things of a list that can be followed here, each once, and what nobody knows."""
    known = {str(one): one for one in community.subjects(node().region)}
    named = list(dict.fromkeys(given.getlist("f")))[:FOLLOWED_MAX]
    return [known[one] for one in named if one in known], [one[:80] for one in named if one not in known]


@open_to_all("community.see")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The list that stands in the address, and what concerns it."""
    living = node()
    followed, unknown = asked(request.GET)
    shown, more = latest(community.of(board.blocks(living), *followed))
    return drawn(
        request,
        "riskshed/community_mine.html",
        followed=[board.thing(living, one) for one in followed],
        unknown=unknown,
        feed_url=board.listed_at(followed, "mine/feed.atom") if followed else "",
        groups=_choices(followed),
        keep=board.listed_at(followed, "kept/") if followed else "",
        mail=board.listed_at(followed, "mail/") if followed else "",
        rows=board.rows(living, shown),
        more=more,
    )


@open_to_all("community.see")
@require_safe
def mine_feed(request: HttpRequest) -> HttpResponse:
    """The list in the address as a feed; an empty list has an empty feed."""
    followed, _ = asked(request.GET)
    named = sorted(followed)
    path = board.listed_at(named, "mine/feed.atom")
    return _feed(request, path, ("我的关注", "My list"), community.of(board.blocks(node()), *named))


@open_to_all("community.see")
@require_safe
def thing_feed(request: HttpRequest, sort: str, code: str) -> HttpResponse:
    """One thing as a feed."""
    living, subject = node(), subject_at(sort, code)
    shown = community.of(board.blocks(living), subject)
    return _feed(request, board.thing(living, subject).feed_url, board.both(living, subject), shown)


@open_to_all("community.see")
@require_safe
def all_feed(request: HttpRequest) -> HttpResponse:
    """Everything as a feed."""
    shown = tuple(one for one in board.blocks(node()) if one.state != "corrected")
    return _feed(request, f"{board.HOME}feed.atom", ("社区", "Community"), shown)


@allowed("follow.keep")
@require_http_methods(["GET", "HEAD", "POST"])
def kept(request: HttpRequest) -> HttpResponse:
    """The list that is kept with one's account, and to keep another; nobody else sees it."""
    user = acting(request).user
    assert user is not None, "who keeps a list is signed in"
    if request.method == "POST":
        chosen, _ = asked(request.POST)
        with transaction.atomic():
            Follow.objects.filter(user=user).delete()
            Follow.objects.bulk_create(Follow(user=user, subject=str(one)) for one in chosen)
        messages.success(request, say("已保存。", "The list is kept."))
        return redirect("community-kept")
    known = {str(one): one for one in community.subjects(node().region)}
    held = Follow.objects.filter(user=user).values_list("subject", flat=True)
    followed = sorted(known[one] for one in held if one in known)
    proposed = asked(request.GET)[0] if "f" in request.GET else followed
    return frame.draw(
        request,
        "riskshed/community_kept.html",
        followed=[board.thing(node(), one) for one in followed],
        mine=board.listed_at(followed) if followed else "",
        feed_url=board.listed_at(followed, "mine/feed.atom") if followed else "",
        groups=_choices(proposed),
    )


def _choices(chosen: Sequence[Subject]) -> list[tuple[str, list[tuple[board.Thing, bool]]]]:
    """Everything that can be followed, by sort, and whether it is chosen."""
    return [
        (word, [(one, one.subject in chosen) for one in several])
        for word, several in board.known_things(node())
    ]


def _feed(request: HttpRequest, path: str, titles: tuple[str, str], shown: tuple[Block, ...]) -> HttpResponse:
    return file_answer(request, board.feed(node(), path, titles, shown), ATOM_TYPE, CACHE)
