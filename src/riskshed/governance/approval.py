"""Approval: an actual red warning needs two officers, and no request for it can be left lying.

In Hawaii in 2018 one person at one screen warned a whole state of a missile that there was not; in Kerr
County in 2025 "get that approved" cost more than an hour. So an actual red warning needs a second officer,
and nothing else does: no other colour, no drill, no notice, no field report. A request that is not answered
climbs by itself: to the commander of the incident, to the body's superior, to the coordination body. When it
has climbed past the last, the officer may issue it alone and say why; so may an officer who cannot wait. What
was said for it stands in the warning itself, on the record. A refusal ends it: what was refused is issued
neither with an approval nor without.

An approval is of exactly one text. It names the digest of the draft's body, without the fields that nobody
can know before it is approved (`AFTERWARDS`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from riskshed.errors import DomainError, NotFoundError
from riskshed.governance.draft import Draft
from riskshed.governance.message import drill, says
from riskshed.governance.message_texts import MAY_OVERRIDE
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import ApprovalStanding
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.statement import Statement, time_text

MINUTE = timedelta(minutes=1)
AFTERWARDS = ("approval", "override", "cap")
"""Fields that come into a body after it was approved: by whom, why without, and the message made of it."""
WARNINGS = ("WarningIssued", "WarningUpdated")


@dataclass(frozen=True, slots=True)
class Stalled:
    """A draft that everybody was asked about and nobody answered: the officer may issue it and say why.

    `asked` are all who were asked, in order; `since` is when the last time ran out.
    """

    by: str
    about: str | None
    draft: str
    asked: tuple[str, ...]
    since: datetime
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Climb:
    """What becomes of unanswered requests: those to be made next, and those that have nobody left to ask."""

    requests: tuple[Draft, ...]
    may_override: tuple[Stalled, ...]


def digest(draft: Draft | Statement) -> str:
    """The digest by which an approval names this text, drafted or signed."""
    body = {name: value for name, value in _body(draft).items() if name not in AFTERWARDS}
    about, answered = draft.about, draft.replies_to
    return Draft(draft.kind, draft.by, about, answered, body).digest()


def _body(draft: Draft | Statement) -> Mapping[str, Any]:
    if isinstance(draft, Draft):
        return draft.body
    body: Mapping[str, Any] = draft.to_json().get("body", {})
    return body


def needs_second_officer(draft: Draft | Statement, *, exercise: bool) -> bool:
    """Whether a second officer must approve it: only an actual red warning needs that."""
    return draft.kind in WARNINGS and _body(draft).get("level") == "red" and not exercise


# ------------------------------------------------------------------------------------------------ asking


def request(draft: Draft, of: Iterable[str], terms: Terms, now: datetime) -> Draft:
    """A request to approve a draft.

    Parameters
    ----------
    draft : Draft
    of : iterable of str
        Officers of the body that asks, or bodies, that may approve it; at least one. The name of a post
        counts only within that body.
    terms : Terms
        `approval_min` is when it climbs.
    now : datetime
        Aware.

    Raises
    ------
    DomainError
        ``approval.nobody_asked``.
    """
    asked = list(dict.fromkeys(of))
    if not asked:
        todo = "Name a second officer of the body."
        raise DomainError("approval.nobody_asked", f"{draft.by} asks nobody to approve its draft", todo=todo)
    body = {
        "kind": draft.kind,
        "draft": digest(draft),
        "of": asked,
        "answer_by": time_text(now + terms.approval_min * MINUTE),
    }
    headline = draft.body.get("headline")
    return Draft(
        "ApprovalRequested", draft.by, draft.about, None, {**body, "summary": headline} if headline else body
    )


def give(standing: Standing, asked: str, *, by: str, officer: str) -> Draft:
    """The approval of a request.

    Raises
    ------
    NotFoundError, DomainError
        ``approval.unknown``, ``approval.same_officer``, ``approval.not_asked``, ``approval.refused``.
    """
    one = _answerable(standing, asked, by, officer)
    if refused(standing, one.by, one.draft):
        raise DomainError(
            "approval.refused", f"the draft {one.draft[:20]} was refused", todo="Change the draft."
        )
    return Draft("ApprovalGiven", by, one.about, one.id, {"draft": one.draft})


def refuse(standing: Standing, asked: str, *, by: str, officer: str, reason: Mapping[str, str]) -> Draft:
    """The refusal of a request; it needs a reason.

    Raises
    ------
    NotFoundError, DomainError
        ``approval.unknown``, ``approval.same_officer``, ``approval.not_asked``, ``approval.no_reason``.
    """
    one = _answerable(standing, asked, by, officer)
    if not says(reason):
        raise DomainError("approval.no_reason", f"{officer} refuses without a reason", todo="Say why.")
    body = {"draft": one.draft, "reason": dict(reason)}
    return Draft("ApprovalRefused", by, one.about, one.id, body)


def _answerable(standing: Standing, asked: str, by: str, officer: str) -> ApprovalStanding:
    one = standing.approvals.get(asked)
    if one is None:
        raise NotFoundError("approval.unknown", f"there is no request {asked[:12]}")
    if (by, officer) == (one.by, one.officer):
        what = f"{officer} of {by} asked for it, and cannot approve it as well"
        raise DomainError("approval.same_officer", what, todo="Ask another officer.")
    if not one.asks(by, officer):
        what = f"{', '.join(one.of)} were asked, not {officer} of {by}"
        raise DomainError("approval.not_asked", what)
    return one


# ----------------------------------------------------------------------------------------------- climbing


def climb(standing: Standing, terms: Terms, territory: Territory, now: datetime) -> Climb:
    """What becomes of the requests that nobody answered in time.

    A request climbs at its `answer_by`, one step at a time: to the commander of the incident, the body's
    superior, the coordination body, whoever of them was not asked yet. It stops when it is approved, refused
    or issued, or when the incident is closed.

    Parameters
    ----------
    standing : Standing
    terms : Terms
        `approval_min` for the next answer, `superior` and `coordination_body`.
    territory : Territory
    now : datetime
        Aware.
    """
    requests, stalled = [], []
    for chain in _chains(standing):
        last = chain[-1]
        if now < last.answer_by or _is_settled(standing, chain):
            continue
        asked = tuple(dict.fromkeys(one for request in chain for one in request.of))
        above = next((one for one in steps(standing, last, terms, territory) if one not in asked), None)
        if above is None:
            words = drill(MAY_OVERRIDE) if standing.exercise else MAY_OVERRIDE
            stalled.append(Stalled(last.by, last.about, last.draft, asked, last.answer_by, words))
        else:
            requests.append(_again(standing, last, above, terms, now))
    return Climb(tuple(requests), tuple(stalled))


def steps(standing: Standing, one: ApprovalStanding, terms: Terms, territory: Territory) -> tuple[str, ...]:
    """Those to whom a request climbs, in order: commander, the body's superior, the coordination body."""
    incident = standing.incidents.get(one.about or "")
    commander = (incident.command or incident.lead)[-1:] if incident else ()
    body = standing.bodies.get(one.by)
    superior = (body.superior if body else None) or territory.superior(one.by) or terms.superior
    found = (*commander, superior, terms.coordination_body)
    return tuple(dict.fromkeys(step for step in found if step and step != one.by))


def _chains(standing: Standing) -> Iterator[tuple[ApprovalStanding, ...]]:
    """The requests for each draft, the last at the end."""
    chains: dict[tuple[str, str], list[ApprovalStanding]] = {}
    for one in standing.approvals.values():
        chains.setdefault((one.by, one.draft), []).append(one)
    for key in sorted(chains):
        yield tuple(sorted(chains[key], key=lambda one: (one.answer_by, one.at, one.id)))


def _is_settled(standing: Standing, chain: tuple[ApprovalStanding, ...]) -> bool:
    last = chain[-1]
    if any(one.given is not None or one.refused is not None for one in chain):
        return True
    incident = standing.incidents.get(last.about or "")
    if incident is not None and incident.phase == "closed":
        return True
    issued = (standing.statements[one].statement for one in standing.warnings)
    return any(said.by == last.by and digest(said) == last.draft for said in issued)


def _again(standing: Standing, last: ApprovalStanding, above: str, terms: Terms, now: datetime) -> Draft:
    said = standing.statements[last.id].statement
    body: dict[str, Any] = {
        "kind": last.kind,
        "draft": last.draft,
        "of": [above],
        "answer_by": time_text(now + terms.approval_min * MINUTE),
    }
    if said.has("summary"):
        body["summary"] = dict(said.words("summary"))
    return Draft("ApprovalRequested", last.by, last.about, None, body)


# ---------------------------------------------------------------------------------------------- issuing


def refused(standing: Standing, by: str, draft: str) -> bool:
    """Whether a draft of this body was refused by anybody who was asked."""
    found = (one for one in standing.approvals.values() if (one.by, one.draft) == (by, draft))
    return any(one.refused is not None for one in found)


def approved(standing: Standing, draft: Draft) -> Draft:
    """The draft with the approval that a second officer gave for exactly this text.

    Raises
    ------
    DomainError
        ``approval.refused``; ``approval.missing`` if nobody has approved it.
    """
    _check_not_refused(standing, draft)
    named = digest(draft)
    found = (one for one in standing.approvals.values() if (one.by, one.draft) == (draft.by, named))
    given = sorted((one.given.at, one.given.id) for one in found if one.given is not None)
    if not given:
        raise DomainError(
            "approval.missing",
            f"no second officer has approved the {draft.kind} of {draft.by}",
            todo="Ask for an approval, or issue it alone and say why.",
        )
    return replace(draft, body={**draft.body, "approval": given[0][1]})


def overridden(standing: Standing, draft: Draft, why: Mapping[str, str]) -> Draft:
    """The draft to be issued without a second officer; why stands in it, on the record.

    Raises
    ------
    DomainError
        ``approval.refused``; ``approval.no_reason`` without words.
    """
    _check_not_refused(standing, draft)
    if not says(why):
        what = f"the {draft.kind} of {draft.by} goes out without a second officer and without a reason"
        raise DomainError("approval.no_reason", what, todo="Say why it cannot wait.")
    return replace(draft, body={**draft.body, "override": dict(why)})


def _check_not_refused(standing: Standing, draft: Draft) -> None:
    if refused(standing, draft.by, digest(draft)):
        what = f"the {draft.kind} of {draft.by} was refused"
        raise DomainError("approval.refused", what, todo="Change the draft, or ask again for another one.")


def check(standing: Standing, said: Draft | Statement) -> None:
    """Refuse an actual red warning that has neither an approval of its text nor an override.

    Raises
    ------
    DomainError
        ``approval.missing``, ``approval.other_draft``, ``approval.refused``.
    """
    if not needs_second_officer(said, exercise=standing.exercise):
        return
    named, body = digest(said), _body(said)
    if refused(standing, said.by, named):
        raise DomainError("approval.refused", f"this warning of {said.by} was refused")
    if "override" in body:
        return
    if "approval" not in body:
        todo = "Ask a second officer, or issue it alone and say why."
        raise DomainError("approval.missing", f"a red warning of {said.by} needs a second officer", todo=todo)
    given = {one.given.id: one for one in standing.approvals.values() if one.given is not None}
    one = given.get(str(body["approval"]))
    if one is None or (one.by, one.draft) != (said.by, named):
        what = f"the approval {str(body['approval'])[:12]} is not of this text"
        raise DomainError("approval.other_draft", what, todo="Ask again: the text was changed.")


def unapproved(standing: Standing) -> tuple[str, ...]:
    """Ids of red warnings on the record that have neither an approval of their text nor an override."""
    return tuple(one for one in standing.warnings if not _passes(standing, one))


def overrides(standing: Standing) -> tuple[str, ...]:
    """Ids of the warnings that went out without a second officer, with their reasons in them."""
    return tuple(one.id for one in standing.warnings.values() if one.override is not None)


def _passes(standing: Standing, warning: str) -> bool:
    try:
        check(standing, standing.statements[warning].statement)
    except DomainError:
        return False
    return True
