"""Which texts of agreements bind whom, from when until when, and which contradict each other.

A text is in force from when its last member has signed exactly it, but not before it starts. It ends at its
end; when its superior or coordination body, or all members, end it for all; when fewer than two members are
left; or when a text that replies to it is in force and binds all whom it still bound (its **successor**).

Two texts in force **contradict** each other if they have one code and neither succeeds the other, or if they
name different coordination bodies for the same members and rule packs. Both are flagged. The one that came in
force later yields: it binds nobody while the earlier is in force. At the same time the greater id yields.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import combinations
from typing import Any

from riskshed.governance.standing_entry import entry, signs
from riskshed.governance.standing_view import View, remembered
from riskshed.governance.subjects import AgreementStanding, AgreementStatus, Flag, Seen
from riskshed.statement import Statement


@remembered
def text(view: View, agreement: str) -> Statement | None:
    """The text with this id if it is one, and counts."""
    seen = view.seen(agreement)
    if seen is None or seen.statement.kind != "AgreementProposed" or seen.statement.body is None:
        return None
    return None if entry(view, agreement).aside else seen.statement


@remembered
def signatures(view: View, agreement: str) -> Mapping[str, Seen]:
    """The first signature of each member under exactly this text."""
    proposed, signed = text(view, agreement), dict[str, Seen]()
    for one in view.find("reply", agreement):
        if proposed and signs(one.statement, proposed) and not entry(view, one.statement.id).aside:
            signed.setdefault(one.statement.by, one)
    return dict(sorted(signed.items()))


@remembered
def since(view: View, agreement: str) -> datetime | None:
    """From when the text is in force; None if a member has not signed it."""
    proposed, signed = text(view, agreement), signatures(view, agreement)
    if proposed is None or any(member not in signed for member in proposed.strings("members")):
        return None
    return max(proposed.time("starts"), *(view.said(one).at for one in signed.values()))


@remembered
def endings(view: View, agreement: str) -> tuple[Mapping[str, datetime], datetime | None]:
    """From when each member that leaves is no longer bound, and from when nobody is, by what was said.

    A leave is not dated back: it counts from when it was seen, at the earliest.
    """
    proposed = text(view, agreement)
    left: dict[str, datetime] = {}
    for_all: dict[str, datetime] = {}
    for one in view.find("reply", agreement) if proposed else ():
        said = one.statement
        counts = said.kind == "AgreementEnded" and said.body is not None
        if not counts or entry(view, said.id).aside:
            continue
        time = max(said.time("ends"), one.seen_at)
        left[said.by] = min(time, left.get(said.by, time))
        if said.yes_no("for_all"):
            for_all[said.by] = min(time, for_all.get(said.by, time))
    if proposed is None:
        return {}, None
    members = proposed.strings("members")
    above = [proposed.string(post) for post in ("superior", "coordination_body") if proposed.has(post)]
    ends = [for_all[one] for one in above if one in for_all]
    # Fewer than two members are no agreement.
    leaving = sorted(left[member] for member in members if member in left)
    ends += leaving[max(len(members) - 2, 0) :][:1]
    return {member: left[member] for member in sorted(left) if member in members}, min(ends, default=None)


@remembered
def successor(view: View, agreement: str) -> tuple[datetime, str] | None:
    """From when which text that replies to it, at once or over texts never in force, takes its place.

    A text that never came in force has no place to take.
    """
    proposed, found = text(view, agreement), list[tuple[datetime, str]]()
    if proposed is None or since(view, agreement) is None:
        return None
    left, _ = endings(view, agreement)
    waiting = [agreement]
    while waiting:
        for one in view.find("reply", waiting.pop()):
            later = text(view, one.statement.id)
            if later is None or later.exercise != proposed.exercise:
                continue
            start = since(view, later.id)
            if start is None:
                waiting.append(later.id)
            elif _bound(proposed, left, start) <= set(later.strings("members")):
                found.append((start, later.id))
    return min(found, default=None)


def _bound(proposed: Statement, left: Mapping[str, datetime], time: datetime) -> set[str]:
    return {member for member in proposed.strings("members") if member not in left or left[member] > time}


@remembered
def until(view: View, agreement: str) -> tuple[datetime, AgreementStatus] | None:
    """From when it is no longer in force, and as what; None if no end is in sight."""
    proposed = text(view, agreement)
    if proposed is None:
        return None
    _, ended = endings(view, agreement)
    replaced = successor(view, agreement)
    ends: list[tuple[datetime, AgreementStatus]] = []
    if ended is not None:
        ends.append((ended, "ended"))
    if proposed.has("ends"):
        ends.append((proposed.time("ends"), "ended"))
    if replaced is not None:
        ends.append((replaced[0], "superseded"))
    return min(ends, default=None)


def in_force(view: View, agreement: str, time: datetime) -> bool:
    """Whether the text was in force at a time and does not yield to another."""
    start, end = since(view, agreement), until(view, agreement)
    within = start is not None and start <= time and (end is None or time < end[0])
    return within and agreement not in yields(view, "")


@remembered
def yields(view: View, every: str) -> Mapping[str, str]:
    """The texts in force now that yield to another, and to which; `every` is empty."""
    assert not every, "a contradiction is a matter of all texts"
    standing: list[tuple[datetime, Statement]] = []
    for one in view.find("kind", "AgreementProposed"):
        start, end = since(view, one.statement.id), until(view, one.statement.id)
        if start is not None and view.has_come(start) and not (end and view.has_come(end[0])):
            standing.append((start, one.statement))
    standing.sort(key=lambda pair: (pair[0], pair[1].id))
    yielding: dict[str, str] = {}
    for (_, earlier), (_, later) in combinations(standing, 2):
        if earlier.id not in yielding and later.id not in yielding and contradict(earlier, later):
            yielding[later.id] = earlier.id
    return yielding


def contradict(one: Statement, other: Statement) -> bool:
    """Whether two texts in force at one time cannot both be meant."""
    if one.string("agreement") == other.string("agreement"):
        return True
    same = set(one.strings("members")) == set(other.strings("members")) and _packs(one) == _packs(other)
    return same and one.string("coordination_body") != other.string("coordination_body")


def contradictions(view: View) -> tuple[Flag, ...]:
    """The flags of all texts that contradict each other; the one that yields is set aside."""
    found = []
    for later, earlier in yields(view, "").items():
        found.append(Flag(later, "agreement.contradiction", f"it yields to {earlier}"))
        found.append(Flag(earlier, "agreement.contradiction", f"{later} yields to it"))
    return tuple(found)


@remembered
def naming(view: View, code: str) -> tuple[str, ...]:
    """The texts under this code of an agreement, by id."""
    return tuple(one.statement.id for one in view.find("agreement", code))


def names(said: Statement, body: str) -> bool:
    """Whether a text names this body in any part."""
    posts = ("coordination_body", "superior", "centre", "evaluator", "adjudicator")
    named = {said.string(post) for post in posts if said.has(post)}
    named |= {office["body"] for office in said.records("offices")}
    return body in named or body in said.strings("members")


@remembered
def agreement(view: View, statement: str) -> AgreementStanding | None:
    """A text and how it stands; None if it does not count."""
    said = text(view, statement)
    if said is None:
        return None
    left, _ = endings(view, statement)
    files = {
        name: said.record(name)["digest"] if said.has(name) else None for name in ("overrides", "contracts")
    }
    posts = ("superior", "centre", "evaluator", "adjudicator", "fund")
    named: dict[str, Any] = {post: said.string(post) if said.has(post) else None for post in posts}
    return AgreementStanding(
        id=statement,
        by=said.by,
        code=said.string("agreement"),
        title=said.words("title"),
        members=said.strings("members"),
        mode=said.string("mode"),  # type: ignore[arg-type]
        coordination_body=said.string("coordination_body"),
        offices={office["hazard_class"]: office["body"] for office in said.records("offices")},
        packs=tuple((pack["pack"], pack["version"], pack["digest"]) for pack in said.records("packs")),
        text_digest=said.record("text")["digest"],
        starts=said.time("starts"),
        ends=said.time("ends") if said.has("ends") else None,
        signed={member: one.statement.id for member, one in signatures(view, statement).items()},
        left={member: time for member, time in left.items() if view.has_come(time)},
        replaces=said.replies_to if entry(view, statement).linked else None,
        status=_status(view, statement),
        **files,
        **named,
    )


def _status(view: View, statement: str) -> AgreementStatus:
    start, end = since(view, statement), until(view, statement)
    if end is not None and view.has_come(end[0]) and (start is not None or end[1] == "ended"):
        return end[1]
    if start is None or not view.has_come(start):
        return "proposed"
    return "contradicted" if statement in yields(view, "") else "in_force"


def _packs(said: Statement) -> set[tuple[str, str, str]]:
    return {(pack["pack"], pack["version"], pack["digest"]) for pack in said.records("packs")}
