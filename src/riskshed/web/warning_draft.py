"""Warnings before they are said: prepared by the rules, changed by an officer, kept until a second agrees.

An officer starts from what the rules write for a forecast, a notice or a bare incident, and changes what he
wants. What he has changed is still held against the rules (`prepared` asks them again): whose area it is,
that it says what to do, that it has not expired. An actual red warning waits as a draft until it may go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskshed.desk import Desk
from riskshed.governance import approval, notice_answer, outlook, warning
from riskshed.governance.draft import Draft
from riskshed.governance.message import COLOUR_WORDS, Telling, Words
from riskshed.governance.outlook import Outlook
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import ApprovalStanding
from riskshed.statement import make
from riskshed.web import models, notice_row, speaking
from riskshed.web.current import node
from riskshed.web.forms_message import UpdateForm, WarningForm
from riskshed.web.people import Actor
from riskshed.web.speaking import Spoken

UNKNOWN_CLASS = "accident"
"""The class that a form shows at first where nothing names one; the officer sees it and may change it."""


# ------------------------------------------------------------------------------------- what it starts from


def home(standing: Standing, body: str) -> str:
    """The territory of a body: its city, else its own code."""
    known = standing.bodies.get(body)
    return (known.city if known else None) or body


def own_cities(standing: Standing, body: str) -> list[str]:
    """The cities of a body's own area."""
    at = home(standing, body)
    return [one.code for one in node().region.cities if node().territory.contains(at, one.code)]


def forecast(standing: Standing, footprint: str | None) -> Outlook:
    """What a forecast says; all unknown where there is none that can be read."""
    seen = standing.statements.get(footprint or "")
    if seen is None or seen.statement.kind != "FootprintIssued" or seen.statement.body is None:
        return Outlook(())
    return outlook.of_statement(seen.statement)


def telling(
    standing: Standing, seen: Outlook, body: str, about: str | None, facts: Mapping[str, Any]
) -> Telling:
    """What is to be told; `facts` may name class and code of the hazard, and whether it is confirmed."""
    incident = standing.incidents.get(about or "")
    writing = node().writing()
    return Telling(
        outlook=seen,
        origin=incident.city if incident else body,
        hazard_class=facts.get("hazard_class") or (incident.hazard_class if incident else UNKNOWN_CLASS),
        now=node().now(),
        names=writing.names,
        zone=writing.zone,
        scale=writing.scale,
        confirmed=facts.get("confirmed", True),
        exercise=standing.exercise,
        hazard=facts.get("hazard") or (incident.hazard if incident else None),
    )


def for_incident(desk: Desk, about: str | None) -> Draft | None:
    """The warning that the rules prepare for an incident; None where the body has no area of its own."""
    standing = desk.standing()
    incident = standing.incidents.get(about or "")
    seen = forecast(standing, incident.footprint if incident else None)
    reached = {one.city for one in seen.reached(node().regime().terms.notice_from_probability)}
    own = own_cities(standing, desk.body)
    cities = [city for city in own if city in reached] or own[:1]
    if not cities:
        return None
    return _draft(desk, telling(standing, seen, desk.body, about, {}), cities, about=about)


def for_notice(desk: Desk, identity: str) -> Draft | None:
    """The warning with which the body may adopt a notice; None where none of its cities is its own."""
    standing = desk.standing()
    asked = notice_answer.asked_of(standing, identity, desk.body)
    own = own_cities(standing, desk.body)
    cities = [city for city in asked.cities if city in own]
    if not cities:
        return None
    said = standing.statements[asked.id].statement
    facts = {
        "hazard_class": asked.hazard_class,
        "hazard": said.string("hazard") if said.has("hazard") else None,
        "confirmed": asked.confirmed,
    }
    told = telling(standing, notice_row.outlook_of(standing, asked), desk.body, asked.about, facts)
    return _draft(desk, told, cities, about=asked.about, from_notice=asked.id)


def _draft(desk: Desk, told: Telling, cities: list[str], **more: Any) -> Draft:
    return desk.draft_warning(told, cities, home=home(desk.standing(), desk.body), **more)


# --------------------------------------------------------------------------------------- what was typed


def prepared(desk: Desk, form: WarningForm) -> Draft:
    """The warning that a form describes, held against the rules.

    Raises
    ------
    RiskshedError
        What `Desk.draft_warning` refuses: no area, another's area, no instruction, expired.
    """
    typed, data = form.warning_body(drill=desk.exercise), form.cleaned_data
    about, standing = data["about"] or None, desk.standing()
    told = telling(standing, forecast(standing, typed.get("footprint")), desk.body, about, typed)
    more = {"level": typed.get("level"), "expires": data["expires"], "from_notice": typed.get("notice")}
    base = _draft(
        desk, told, typed.get("cities", []), about=about, instruction=form.words("instruction"), **more
    )
    # What the rules wrote gave way to what the officer typed; what he emptied is empty.
    if "headline" in typed and "level" in typed:
        typed["headline"] = _coloured(typed["headline"], typed["level"])
    return Draft(base.kind, base.by, base.about, base.replies_to, typed)


def _coloured(headline: Words, level: str) -> Words:
    """The headline with the words of this level, where it was written for another."""
    found = dict(headline)
    for words in COLOUR_WORDS.values():
        for language, text in found.items():
            if language in words:
                found[language] = text.replace(words[language], COLOUR_WORDS[level][language])
    return found


def issue(desk: Desk, draft: Draft, override: Words | None = None) -> Spoken:
    """Issue a warning, once; with it goes the answer to the notice that it adopts, both or neither.

    Raises
    ------
    RiskshedError
        ``approval.missing`` and whatever else the desk refuses.
    """
    with speaking.one_at_a_time():
        before = _issued(desk.standing(), draft)
        if before is not None:
            return Spoken((before,), is_new=False)
        if draft.kind == "WarningUpdated":
            plain, change = _unchanged(draft)
            held = str(draft.replies_to)
            return Spoken((desk.update_warning(held, plain, change, override=override),), is_new=True)
        if asked := _asks_still(desk, draft):
            return Spoken(desk.adopt_with_warning(asked, draft, override=override)[:1], is_new=True)
        return Spoken((desk.issue_warning(draft, override=override),), is_new=True)


def _issued(standing: Standing, draft: Draft) -> str | None:
    """The warning of exactly this text that is on record; its time to expire makes it one of its own."""
    named = approval.digest(draft)
    texts = ((one.id, standing.statements[one.id].statement) for one in standing.warnings.values())
    return next((id_ for id_, said in texts if said.by == draft.by and approval.digest(said) == named), None)


def _unchanged(draft: Draft) -> tuple[Draft, Words]:
    """The warning in an update, and what has changed."""
    body = dict(draft.body)
    change = body.pop("change")
    return Draft("WarningIssued", draft.by, draft.about, None, body), change


def _asks_still(desk: Desk, draft: Draft) -> str | None:
    """The notice that this warning answers, if its answer is still to be given."""
    asked = desk.standing().notices.get(str(draft.replies_to or ""))
    if asked is None or desk.body not in asked.to:
        return None
    given = asked.answers.get(desk.body)
    return None if given is not None and given.adopted is not None else asked.id


def update_of(desk: Desk, held: str, form: UpdateForm) -> Draft:
    """The update that a form describes, whole, as an approval would name it.

    Raises
    ------
    RiskshedError
        As `prepared`, and what `warning.update` refuses.
    """
    return warning.update(desk.standing(), held, prepared(desk, form), form.words("change"))


# ------------------------------------------------------------------------------------------ kept drafts


def keep(actor: Actor, draft: Draft) -> models.Draft:
    """Keep a draft until a second officer has agreed; the same draft is kept once.

    Raises
    ------
    StatementError
        It could not be said: nobody should be asked to approve such a one.
    """
    make(
        draft.kind,
        by=draft.by,
        officer=actor.officer,
        issued=node().now(),
        body=draft.body,
        about=draft.about,
        replies_to=draft.replies_to,
        exercise=actor.exercise,
    )
    facts = {"body": actor.body, "kind": draft.kind, "about": draft.about or "", "exercise": actor.exercise}
    waiting = models.Draft.objects.filter(**facts, replies_to=draft.replies_to or "", said="", dropped=None)
    for row in waiting:
        if restored(row).digest() == draft.digest():
            return row
    return models.Draft.objects.create(
        **facts, replies_to=draft.replies_to or "", content=dict(draft.body), made_by=actor.user
    )


def restored(row: models.Draft) -> Draft:
    """A draft that was kept."""
    kind: Any = row.kind
    return Draft(kind, row.body, row.about or None, row.replies_to or None, row.content)


def waiting(actor: Actor) -> list[models.Draft]:
    """The drafts of warnings that a body keeps, the latest first."""
    facts = {"body": actor.body, "exercise": actor.exercise, "kind__in": approval.WARNINGS}
    return list(models.Draft.objects.filter(**facts, said="", dropped=None).order_by("-id"))


def text_of(one: ApprovalStanding) -> Draft | None:
    """The text that a request for approval names; None if this node does not hold it."""
    rows = models.Draft.objects.filter(body=one.by, kind=one.kind, exercise=one.exercise)
    found = (restored(row) for row in rows)
    return next((draft for draft in found if approval.digest(draft) == one.draft), None)


def chain(standing: Standing, by: str, digest: str) -> list[ApprovalStanding]:
    """All requests for one draft, in the order in which they climbed."""
    found = [one for one in standing.approvals.values() if (one.by, one.draft) == (by, digest)]
    return sorted(found, key=lambda one: (one.at, one.answer_by, one.id))
