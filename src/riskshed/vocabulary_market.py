"""The kinds of statement by which needs meet offers. Frozen: see `riskshed.vocabulary`.

A row that is open says everything but what `sealed` names; that stands in a sealed statement of the same kind
by the same body, which answers the open one and holds the row whole. A sealed statement that answers
nothing is a row that is sealed whole.

An offer binds whoever makes it until it ends, is withdrawn or is given out. So the body that needs takes it,
and from then on it is a promise of the body that offers. Help in an incident that is asked of named bodies
has its own kinds (``AidRequested`` and those below it): it needs no offer to be answered, and stands in the
bill of the incident.
"""

from __future__ import annotations

from riskshed.vocabulary_fields import FILES, NOTE, REASON, Field, Kind, may, need

SORTS = ("aid", "parts", "purchase", "finance", "technology", "talent", "training", "service", "produce")
SEALS = ("price", "place", "time", "traits", "priority")
SIGNS = ("=", ">=", "<=")
TRAITS = 50

_WANT = (
    need("key", "name", "What it is about, such as voltage_V."),
    need("sign", "choice", "How it compares; >= and <= are for numbers.", choices=SIGNS),
    need("value", "name", "With what."),
)
_TRAIT = (need("key", "name", "What it is about."), need("value", "name", "What it is."))
_AMOUNT = need("amount", "measure", "How much, in steps of 0.001.")


def _row(where: str, partners: str, whole: str) -> tuple[Field, ...]:
    return (
        need("sort", "choice", "What sort of thing.", choices=SORTS),
        need("item", "code", "Code of the thing; needs and offers of one item meet."),
        may("name", "words", "What it is called."),
        _AMOUNT,
        may("city", "code", where),
        may("point", "point", "Where exactly; without it the city is taken."),
        may("distance_max_km", "decimal", "How far, in a straight line.", unit="km", low=0, high=100_000),
        may("whole", "yes_no", whole),
        may("partners_max", "whole", partners, unit="1", low=1, high=1_000_000),
        may("sealed", "choice", "What of it only the sealed answer holds.", choices=SEALS, many=len(SEALS)),
    )


MARKET = (
    Kind(
        "NeedStated",
        "需求已登记",
        "need stated",
        "open",
        "A body said what it needs, how much, where and by when.",
        (
            *_row("Where it is needed.", "By how many offers it may be met.", "Whether a part is of no use."),
            may("opens_at", "time", "From when it can be taken."),
            may("needed_by", "time", "By when it must be there."),
            may("priority", "whole", "9 goes first; 1 without it.", unit="1", low=1, high=9),
            may("price_max", "money", "The most that is paid for one unit."),
            may("wants", "record", "Traits that it must have.", fields=_WANT, many=TRAITS),
            may("prefers", "record", "Traits that it should have.", fields=_WANT, many=TRAITS),
            may("footprint", "statement", "The footprint from which it follows."),
            NOTE,
        ),
        about="may",
        answers=("NeedStated",),
    ),
    Kind(
        "OfferMade",
        "供给已登记",
        "offer made",
        "open",
        "A body offered something, and is bound by it until it ends, is withdrawn or is given out.",
        (
            *_row("Where it is.", "To how many needs it may go.", "Whether it goes whole or not at all."),
            may("ready_at", "time", "From when it can leave."),
            may("until", "time", "Until when the offer stands."),
            may("price", "money", "Price of one unit."),
            may("amount_min", "measure", "So much is taken in all, or nothing; needs reach it together."),
            may("has", "record", "What it says of itself.", fields=_TRAIT, many=TRAITS),
            NOTE,
        ),
        about="may",
        answers=("OfferMade",),
    ),
    Kind(
        "MatchProposed",
        "匹配已提出",
        "match proposed",
        "open",
        "A body that runs the matching proposed so much of an offer for a need, and says why.",
        (
            need("need", "statement", "The need."),
            need("offer", "statement", "The offer."),
            _AMOUNT,
            may("arrives_by", "time", "By when it has to be there, once it is accepted."),
            may("answer_by", "time", "Until when it can be accepted."),
            REASON,
            may("second", "statement", "The offer that would be second best."),
        ),
        about="may",
    ),
    Kind(
        "MatchRefused",
        "匹配已婉拒",
        "match refused",
        "open",
        "One of the two does not want the match, and says why; the pair is not proposed again.",
        (REASON,),
        about="may",
        answers=("MatchProposed",),
        must_answer=True,
    ),
    Kind(
        "MatchAccepted",
        "匹配已接受",
        "match accepted",
        "open",
        "The body that needs took the offer: from here on it is a promise of the body that offered.",
        (
            may(
                "after",
                "statement",
                "Acceptances of the same need or offer that the body knew to stand before it.",
                many=2,
            ),
            NOTE,
        ),
        about="may",
        answers=("MatchProposed",),
        must_answer=True,
    ),
    Kind(
        "SupplyReceived",
        "供给已收到",
        "supply received",
        "open",
        "The body that needed says how much of what it was promised came, when, and how much is unfit.",
        (
            _AMOUNT,
            need("received_at", "time", "When it came."),
            may("unfit", "measure", "How much of it cannot be used."),
            NOTE,
            FILES,
        ),
        about="may",
        answers=("MatchAccepted",),
        must_answer=True,
    ),
)
