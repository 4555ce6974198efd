"""What the cast says: one small builder for each kind of statement that the tests of governance need.

`say` gives any kind, with the required fields filled in plainly and those that are named changed. The bodies
are the three cities of the river, the fourth off it, and the basin committee. Hours are counted from the
spill.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from cast import PANG, SHANG, SPILL, XIA, ZHONG
from statements import plain_body

from riskshed.governance.standing import Seen, Standing, of
from riskshed.governance.territory import Territory
from riskshed.statement import Statement, digest_text, make, time_text
from riskshed.vocabulary import KINDS

BASIN, PROVINCE, COURT, PLANT = "basin", "910000", "court", "plant"
BODIES = (SHANG, ZHONG, XIA, PANG, BASIN, PROVINCE, COURT)
INCIDENT = "spill-2024"
AGREEMENT = "cast-river"
TEXT = digest_text(b"the text of the agreement")
TERRITORY = Territory(
    parents={SHANG: PROVINCE, ZHONG: PROVINCE, XIA: ZHONG, PANG: "920000"},
    neighbours={SHANG: (ZHONG,), ZHONG: (XIA,)},
    levels={
        SHANG: "prefecture",
        ZHONG: "prefecture",
        XIA: "county",
        PANG: "prefecture",
        PROVINCE: "province",
    },
    downstream={SHANG: (ZHONG, XIA), ZHONG: (XIA,)},
)


def at(hours: float) -> datetime:
    """So many hours after the spill."""
    return SPILL + timedelta(hours=hours)


def clock(hours: float) -> str:
    """The same as it stands in a body."""
    return time_text(at(hours))


def say(kind: Any, by: str, hours: float, /, *, about: str | None = INCIDENT, **more: Any) -> Statement:
    """A statement of this kind; `more` are common fields, and fields of the body that differ."""
    common = {
        name: more.pop(name)
        for name in ("officer", "replies_to", "exercise", "visibility", "recipients")
        if name in more
    }
    body = more.pop("sealed", None) or {**plain_body(KINDS[kind].fields, optional=False), **more}
    about = None if KINDS[kind].about == "no" else about
    facts: dict[str, Any] = {"officer": "duty-1", "about": about, **common}
    return make(kind, by=by, issued=at(hours), body=body, **facts)


def seen(said: Statement, delay_h: float = 0.0) -> Seen:
    """First seen so long after it was issued."""
    return Seen(said, said.issued + timedelta(hours=delay_h))


def stand(*said: Statement | Seen | Iterable[Statement], hours: float = 1000.0, **more: Any) -> Standing:
    """How it stands, with the bodies of the cast on the record and each statement seen as issued."""
    return of(gathered(joined(), *said), at=at(hours), **more)


def gathered(*said: Statement | Seen | Iterable[Statement]) -> list[Seen]:
    """Statements, one by one or several, as seen when they were issued unless they say otherwise."""
    found: list[Seen] = []
    for one in said:
        if isinstance(one, Seen):
            found.append(one)
        else:
            found.extend(seen(each) for each in ([one] if isinstance(one, Statement) else one))
    return found


def joined(bodies: Sequence[str] = BODIES, hours: float = -1000.0) -> list[Statement]:
    """Each body comes on the record."""
    return [join(code, hours) for code in bodies]


def join(code: str, hours: float = -1000.0, *, by: str | None = None, **more: Any) -> Statement:
    return say("BodyJoined", by or code, hours, body=code, kind="government", **more)


def opened(hours: float = 0.0, *, by: str = SHANG, code: str = INCIDENT, **more: Any) -> Statement:
    return say("IncidentOpened", by, hours, about=code, hazard_class="accident", city=SHANG, **more)


def noticed(hours: float = 1.0, *, by: str = SHANG, to: Sequence[str] = (ZHONG,), **more: Any) -> Statement:
    facts = {"answer_by": clock(hours + 2), "expires": clock(hours + 48), "cities": list(to), **more}
    return say("NoticeSent", by, hours, to=list(to), **facts)


def answered(notice: Statement, kind: Any, hours: float, *, by: str = ZHONG, **more: Any) -> Statement:
    return say(kind, by, hours, replies_to=notice.id, **more)


def warned(
    hours: float = 2.0, *, by: str = ZHONG, cities: Sequence[str] = (ZHONG,), **more: Any
) -> Statement:
    return say("WarningIssued", by, hours, cities=list(cities), expires=clock(hours + 24), **more)


def proposed(
    hours: float = -900.0, *, members: Sequence[str] = (SHANG, ZHONG, XIA), **more: Any
) -> Statement:
    facts: dict[str, Any] = {
        "agreement": AGREEMENT,
        "mode": "peers",
        "coordination_body": BASIN,
        "adjudicator": COURT,
        "starts": clock(hours),
        "text": {"digest": TEXT, "size_bytes": 25, "media_type": "text/plain"},
        **more,
    }
    return say("AgreementProposed", BASIN, hours, members=list(members), **facts)


def signed(text: Statement, hours: float = -899.0, *, by: Sequence[str] = ()) -> list[Statement]:
    """Each member signs exactly the text."""
    return [
        say(
            "AgreementSigned",
            one,
            hours,
            about=text.string("agreement"),
            replies_to=text.id,
            text_digest=text.record("text")["digest"],
        )
        for one in by or text.strings("members")
    ]


def withdrew(said: Statement, hours: float, *, by: str | None = None, **more: Any) -> Statement:
    return say("StatementWithdrawn", by or said.by, hours, about=None, replies_to=said.id, **more)


def codes(standing: Standing, said: Statement) -> set[str]:
    """The codes of the flags of a statement."""
    return {flag.code for flag in standing.flags if flag.statement == said.id}
