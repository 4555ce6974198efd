"""The community for everybody: what is said in public, by place, river, hazard and industry.

These pages ask nobody who he is and set no cookie. They are the same for all readers of a language, so any
cache may keep them; what they show comes from the log.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from riskshed import reach_text
from riskshed.governance import community, reach
from riskshed.governance.community import Block, Subject
from riskshed.web import community_board as board
from riskshed.web import frame, wording
from riskshed.web.current import node
from riskshed.web.open_door import open_to_all
from riskshed.web.wording import words

CACHE = "public, max-age=30, must-revalidate"


def drawn(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """A page that does not depend on who asks, for any cache to keep."""
    living = node()
    clock = wording.node_clock()
    page = render_to_string(
        template,
        {
            "title": living.profile.title,
            "is_demo": living.profile.is_demo,
            "html_language": wording.html_language(),
            "language": wording.tongue(),
            "languages": frame.language_links(request),
            # By the minute: the same page has the same tag for as long.
            "made_at": clock.now.replace(second=0, microsecond=0),
            "zone_note": frame.zone_note(clock),
            **context,
        },
    ).encode()
    answer = HttpResponse(page)
    etag = f'"{hashlib.sha256(page).hexdigest()[:32]}"'
    answer["ETag"], answer["Content-Language"] = etag, wording.html_language()
    patch_vary_headers(answer, ["Cookie"])  # a choice of language is kept in one
    found = get_conditional_response(request, etag=etag, response=answer)
    assert isinstance(found, HttpResponse), "a request without conditions gets the answer itself"
    found["Cache-Control"] = CACHE
    return found


def latest(shown: tuple[Block, ...]) -> tuple[tuple[Block, ...], int]:
    """As many blocks as a page shows, those that hold first, and how many more there are."""
    order = sorted(shown, key=lambda one: one.state != "current")
    return tuple(order[: board.BLOCKS_SHOWN]), max(len(shown) - board.BLOCKS_SHOWN, 0)


def subject_at(sort: str, code: str) -> Subject:
    """What can be followed here under this address. Raises Http404."""
    subject = board.known_subject(node(), sort, code)
    if subject is None:
        raise Http404(f"nothing is followed here as {sort} {code}")
    return subject


@open_to_all("community.see")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What was said last, and everything that can be followed."""
    living = node()
    shown, more = latest(tuple(one for one in board.blocks(living) if one.state != "corrected"))
    return drawn(
        request,
        "riskshed/community.html",
        rows=board.rows(living, shown),
        more=more,
        groups=board.known_things(living),
    )


@open_to_all("community.see")
@require_safe
def thing(request: HttpRequest, sort: str, code: str) -> HttpResponse:
    """What concerns one place, river, class of hazard or industry."""
    living, subject = node(), subject_at(sort, code)
    shown, more = latest(community.of(board.blocks(living), subject))
    return drawn(
        request,
        "riskshed/community_thing.html",
        thing=board.thing(living, subject),
        mine=board.listed_at([subject]),
        rows=board.rows(living, shown),
        more=more,
        advice=board.for_industry(living, shown, code) if sort == "industry" else [],
    )


@open_to_all("community.see")
@require_safe
def item(request: HttpRequest, statement: str) -> HttpResponse:
    """One block, with what it corrects, what corrects it, and the words for special groups."""
    living = node()
    found = next((one for one in board.blocks(living) if one.id == statement), None)
    if found is None:
        raise Http404("no known voice has said this in public")
    standing, all_of_them = living.standing(), board.blocks(living)
    before = next((one for one in all_of_them if one.id == found.corrects), None)
    after = [one for one in all_of_them if one.corrects == found.id]
    answers = [one for one in all_of_them if one.answers_to == found.id and one.by != found.by]
    told = board.in_plain_words(living, standing, found.id) if found.level else None
    return drawn(
        request,
        "riskshed/community_item.html",
        row=board.row(living, standing, found, before),
        before=board.row(living, standing, before) if before else None,
        after=board.rows(living, after),
        answers=board.rows(living, answers),
        groups=board.for_groups(told) if told is not None and found.state == "current" else [],
    )


@open_to_all("community.see")
@require_safe
def traits(request: HttpRequest) -> HttpResponse:
    """The four traits: inclusive, connected, efficient, trusted; measured from the log."""
    living = node()
    found = reach.of(living.standing(), living.region)
    return drawn(
        request,
        "riskshed/community_traits.html",
        found=found,
        missed=found.missed,
        connected=[(one, words(reach_text.LINKS[one.kind])) for one in found.connected],
        efficient=[
            (one, words(reach_text.WAITS[one.kind]), *map(_hours, (one.median_h, one.upper_h)))
            for one in found.efficient
        ],
        share=words(reach_text.share(found)),
    )


def _hours(value: float | None) -> str:
    return words(reach_text.hours(value))
