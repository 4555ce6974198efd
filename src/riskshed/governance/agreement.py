"""Agreements in force: the law and terms that they make, whom they bind, and where two of them disagree.

A signed text says which packs hold, in which version and under which digest, and names its files by digest.
`regime` takes the files that somebody has on disk and uses them only if they are those that were signed, and
the packs only if they have not changed by a byte. So two cities that judge the same duty judge it by the same
rules, or are told that they do not.

Two agreements may bind one body for one class of hazard and say different things. `contradictions` names each
with both sides, and what holds meanwhile: of two times the shorter, of two bounds the lower, and of two leads
or bodies neither alone: both are told. What a body owed before it left stays owed (`still_owed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import combinations
from typing import Any

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.governance import rulepack
from riskshed.governance.agreement_file import HOURS, SOFT, Agreement, override_faults
from riskshed.governance.circumstances import Regime
from riskshed.governance.condition import ALWAYS, Comparison, Not
from riskshed.governance.rule import LEVELS, Instrument, Rule
from riskshed.governance.rulepack import RulePack
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import AgreementStanding, PromiseStanding, TaskStanding
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory

TIMES = (
    "at_once_h", "acknowledge_h", "answer_h", "notify_h", "relay_h", "heartbeat_h", "silence_h",
    "question_h", "question_escalate_h", "approval_min", "reply_d",
)  # fmt: skip
BOUNDS = ("assist_from_probability", "notice_from_probability")
ABOVE = {"county": "city", "city": "province"}
LEVEL_ZH = {"county": "县", "city": "市", "province": "省"}


# ------------------------------------------------------------------------------------------------- regime


def regime(
    agreement: AgreementStanding,
    files: Agreement,
    territory: Territory,
    *,
    packs: Mapping[str, RulePack] | None = None,
    at: datetime | None = None,
    sections: Mapping[str, str] | None = None,
    as_if_in_force: bool = False,
) -> Regime:
    """The law and terms that a signed agreement makes, from exactly the files and packs that were signed.

    Parameters
    ----------
    agreement : AgreementStanding
        Of a text that all its members have signed. One that has ended still says what was owed under it.
    files : Agreement
    territory : Territory
    packs : mapping of str to RulePack, optional
        The packs on the shelf; those that come with the package if left out.
    at : datetime, optional
        Whoever had left by then is no member; without it, as it stands.
    sections : mapping of str to str, optional
        The city of each section at which something is measured.
    as_if_in_force : bool
        Take the newest editions on an event of any day.

    Raises
    ------
    InputError
        ``agreement.binds_nobody``, if it is not signed by all, has not begun, or yields to another.
    InputFaults
        With the code of the first of its faults: ``agreement.pack_changed``, ``agreement.file_changed``,
        ``agreement.text_differs``, ``agreement.override_loosens`` ...
    """
    if agreement.status in ("proposed", "contradicted"):
        told = f"the agreement {agreement.code} is {agreement.status} and binds nobody"
        todo = _waiting(agreement) if agreement.status == "proposed" else "Withdraw one of the two texts."
        raise InputError("agreement.binds_nobody", told, todo=todo)
    shelf = _shelf(agreement, packs)
    faults = [*_pack_faults(agreement, shelf), *_file_faults(agreement, files)]
    faults += [] if faults else override_faults(files.overrides, shelf, files.starts.date(), agreement.code)
    if faults:
        told = f"the agreement {agreement.code} cannot be applied"
        raise InputFaults(faults[0].code, told, faults, todo="Use the files and packs that were signed.")
    chosen = [shelf[pack] for pack, _, _ in agreement.packs]
    own = _own_rules(files)
    return Regime(
        packs=(*(_overridden(pack, files) for pack in chosen), *((own,) if own is not None else ())),
        terms=_terms(agreement, files, chosen, at),
        territory=territory,
        as_if_in_force=as_if_in_force,
        sections=dict(sections or {}),
        given=files.given,
    )


def _shelf(agreement: AgreementStanding, packs: Mapping[str, RulePack] | None) -> dict[str, RulePack]:
    known = rulepack.names() if packs is None else tuple(packs)
    named = [pack for pack, _, _ in agreement.packs if pack in known]
    return {name: rulepack.shelf(name) if packs is None else packs[name] for name in named}


def _pack_faults(agreement: AgreementStanding, shelf: Mapping[str, RulePack]) -> Iterator[Fault]:
    for name, version, digest in agreement.packs:
        pack = shelf.get(name)
        got = "no such pack" if pack is None else f"{pack.version} {pack.digest}"
        if pack is None or (pack.version, pack.digest) != (version, digest):
            todo = "Install the version that was signed, or sign the new one."
            wanted = f"{version} {digest}"
            yield Fault("agreement.pack_changed", agreement.code, None, name, got, wanted, todo)


def _file_faults(agreement: AgreementStanding, files: Agreement) -> Iterator[Fault]:
    named = {
        "text": (files.text.digest, agreement.text_digest),
        "overrides": (files.overrides_file and files.overrides_file.digest, agreement.overrides),
        "contracts": (files.contracts_file and files.contracts_file.digest, agreement.contracts),
    }
    for name, (got, wanted) in named.items():
        if got != wanted:
            todo = "Fetch the file by its digest."
            place = agreement.code
            yield Fault("agreement.file_changed", place, None, name, str(got), str(wanted), todo)
    # The statement may have been made by hand: then it may name others than the text that was signed.
    for name, (got, wanted) in _said_twice(agreement, files).items():
        if got != wanted:
            todo = "Propose the agreement again, from its files."
            yield Fault("agreement.text_differs", agreement.code, None, name, _told(got), _told(wanted), todo)


def _said_twice(agreement: AgreementStanding, files: Agreement) -> dict[str, tuple[Any, Any]]:
    posts = ("superior", "centre", "evaluator", "adjudicator", "fund")
    return {
        "agreement": (agreement.code, files.code),
        "members": (sorted(agreement.members), sorted(files.members)),
        "mode": (agreement.mode, files.mode),
        "coordination_body": (agreement.coordination_body, files.coordination_body),
        "offices": (dict(agreement.offices), dict(files.offices)),
        "packs": ([name for name, _, _ in agreement.packs], list(files.packs)),
        "starts": (agreement.starts, files.starts),
        "ends": (agreement.ends, files.ends),
        **{post: (getattr(agreement, post), files.posts.get(post)) for post in posts},
    }


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "nothing" if value is None else ", ".join(value) if isinstance(value, list) else str(value)


def _terms(
    agreement: AgreementStanding, files: Agreement, packs: Iterable[RulePack], at: datetime | None
) -> Terms:
    """With those who are still bound, and a target for every rule to which an override gives one."""
    shelf = {pack.pack: pack for pack in packs}
    targets = {}
    for one in files.overrides:
        rules = [rule for rule in shelf[one.pack].rules if rule.id == one.rule]
        if one.amount is not None and any(_gets_target(rule) for rule in rules):
            targets[one.key] = one.amount * HOURS[one.unit]
    return replace(files.terms, members=bound(agreement, at), targets_h=targets)


def _gets_target(rule: Rule) -> bool:
    """The time of a statute stays what it is: to miss the shorter one is a breach of the agreement alone."""
    return rule.within is None or rule.instrument.binding not in SOFT


def _overridden(pack: RulePack, files: Agreement) -> RulePack:
    """The pack without what is switched off, and with the times that replace those of mere guidance."""
    changed = []
    for one in files.overrides:
        for rule in (rule for rule in pack.rules if one.pack == pack.pack and rule.id == one.rule):
            if one.off:
                changed.append(replace(rule, when=Not(ALWAYS)))
            elif one.amount is not None and rule.within is not None and not _gets_target(rule):
                within = replace(rule.within, amount=one.amount, unit=one.unit)
                changed.append(replace(rule, within=within))
    return rulepack.overridden(pack, changed) if changed else pack


def _own_rules(files: Agreement) -> RulePack | None:
    """The rules that the agreement itself makes: who hands up which grade (分级负责)."""
    if not files.handles:
        return None
    instrument = Instrument(
        files.code,
        files.title["zh"],
        files.title["en"],
        files.starts.date().isoformat(),
        "agreement",
        files.starts.date(),
        files.ends.date() if files.ends is not None else None,
        "the text that its members signed",
    )
    rules = tuple(
        handed_up(files.code, instrument, level, grade)
        for level, grade in files.handles.items()
        if grade != LEVELS[0]
    )
    digest = files.text.digest
    return RulePack(files.code, "1", files.title["zh"], files.title["en"], rules, {}, digest)


def handed_up(code: str, instrument: Instrument, level: str, grade: str) -> Rule:
    """The rule by which a government of a level hands up what is graver than it handles (分级负责)."""
    graver = LEVELS[: LEVELS.index(grade)]
    above = f"origin.{ABOVE[level]}" if level in ABOVE else "state_council"
    return Rule(
        pack=code,
        id=f"handles-{level}",
        instrument=instrument,
        article=f"handles.{level}",
        kind="escalate",
        modality="shall",
        confidence="high",
        confirmed=True,
        in_force=instrument.in_force,
        until=instrument.until,
        quote=f'{level} = "{grade}"',
        says_zh=f"事件等级重于{grade}级的，{LEVEL_ZH[level]}级提请上一级处置。",
        says_en=f"A {level} handles grade {grade} and lesser ones; a graver one is handed up.",
        who=f"origin.{level}",
        to=(above,),
        when=Comparison("grade", "one_of", graver),
        owes="Escalated",
        act="escalate",
        within=None,
        at_once=True,
        must=None,
        gives={"escalate": above},
        unknown="U-NOVOTE",
        note="",
        examples=(),
    )


# ------------------------------------------------------------------------------- signing, leaving, succession


def unsigned(agreement: AgreementStanding) -> tuple[str, ...]:
    """The members that have not signed exactly this text, in the order of the text."""
    return tuple(member for member in agreement.members if member not in agreement.signed)


def _waiting(agreement: AgreementStanding) -> str:
    waiting = unsigned(agreement)
    if not waiting:
        return f"It starts at {agreement.starts.isoformat()}."
    return f"These have not signed exactly this text: {', '.join(waiting)}."


def bound(agreement: AgreementStanding, at: datetime | None = None) -> tuple[str, ...]:
    """The members that have not left, by a time or as it stands."""
    left = agreement.left
    return tuple(
        member for member in agreement.members if member not in left or (at is not None and at < left[member])
    )


def current(agreements: Mapping[str, AgreementStanding], code: str) -> AgreementStanding | None:
    """The text in force under a code; None if there is none. Two of one code never are: one yields."""
    return next((one for one in agreements.values() if one.code == code and one.status == "in_force"), None)


def succession(
    agreements: Mapping[str, AgreementStanding], agreement: AgreementStanding
) -> tuple[AgreementStanding, ...]:
    """The texts that led to this one, the first at the beginning, this one at the end."""
    chain = [agreement]
    while (before := agreements.get(chain[-1].replaces or "")) is not None and before not in chain:
        chain.append(before)
    return tuple(reversed(chain))


@dataclass(frozen=True, slots=True)
class StillOwed:
    """What a body that left an agreement had taken on before, and has not done."""

    tasks: tuple[TaskStanding, ...]
    promises: tuple[PromiseStanding, ...]


def still_owed(standing: Standing, agreement: AgreementStanding, body: str) -> StillOwed:
    """What stays owed of a body after it left: tasks given and promises made before then.

    Parameters
    ----------
    standing : Standing
    agreement : AgreementStanding
    body : str
        One that has not left owes all that is open.
    """
    left = agreement.left.get(body)

    def before(statement: str) -> bool:
        seen = standing.statements.get(statement)
        return left is None or (seen is not None and seen.statement.issued < left)

    tasks = [
        one
        for one in standing.tasks.values()
        if one.owner == body and (one.share is None or one.share < 1) and before(one.given_by)
    ]
    promises = [
        one
        for one in standing.promises.values()
        if one.by == body and one.status in ("open", "broken") and (left is None or one.at < left)
    ]
    return StillOwed(tuple(tasks), tuple(promises))


# ------------------------------------------------------------------------------------ papers of the alliance


@dataclass(frozen=True, slots=True)
class Gap:
    """A paper that an alliance should have and has not. `code` is stable; `owner` is who should make it."""

    code: str
    owner: str
    what: str
    since: datetime | None = None


def gaps(standing: Standing, agreement: AgreementStanding, files: Agreement) -> tuple[Gap, ...]:
    """What the alliance has not got: contingency plans (预案), a plan for the year, tasks done in time.

    A plan covers a class of hazard if a body that the agreement names filed it and nothing took its place.
    """
    found: list[Gap] = []
    plans = [p for p in standing.plans.values() if p.superseded_by is None and agreement.names(p.by)]
    for hazard_class in files.hazard_classes:
        owner = agreement.offices.get(hazard_class, agreement.coordination_body)
        if not any(plan.hazard_class == hazard_class for plan in plans):
            found.append(Gap("agreement.no_plan", owner, hazard_class))
    for plan in plans:
        if plan.review_by is not None and plan.review_by < standing.at:
            found.append(Gap("agreement.plan_overdue", plan.by, plan.plan, plan.review_by))
    if not _has_year(standing, agreement, standing.at.astimezone(agreement.starts.tzinfo).date()):
        year = standing.at.astimezone(agreement.starts.tzinfo).year
        found.append(Gap("agreement.no_annual_plan", agreement.coordination_body, str(year)))
    for task in standing.tasks.values():
        late = task.due is not None and task.due < standing.at and (task.share is None or task.share < 1)
        if late and task.about == agreement.code:
            found.append(Gap("agreement.task_overdue", task.owner, task.task, task.due))
    return tuple(found)


def _has_year(standing: Standing, agreement: AgreementStanding, today: date) -> bool:
    said = (seen.statement for seen in standing.statements.values())
    return any(
        one.kind == "AnnualPlanAdopted"
        and one.about == agreement.code
        and one.body is not None
        and one.whole("year") == today.year
        and one.id not in standing.set_aside
        and agreement.names(one.by)
        for one in said
    )


# ------------------------------------------------------------------------------------------ contradictions


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two agreements in force say different things to the same bodies for the same classes of hazard.

    Attributes
    ----------
    about : str
        ``lead``, ``coordination_body``, ``offices.<class>``, a term such as ``answer_h``, or ``pack rule``.
    one, other : str
        Codes of the agreements, in order.
    one_says, other_says : str
    bodies, hazard_classes : tuple of str
    holds : str
        What holds until they agree: of two times the shorter; empty where nothing can.
    told : tuple of str
        Who has to be told of every case: where two bodies claim one part, both.
    """

    about: str
    one: str
    other: str
    one_says: str
    other_says: str
    bodies: tuple[str, ...]
    hazard_classes: tuple[str, ...]
    holds: str
    told: tuple[str, ...]


def contradictions(
    agreements: Iterable[tuple[AgreementStanding, Agreement, Terms]],
) -> tuple[Contradiction, ...]:
    """Where agreements in force contradict each other, each pair and each matter once.

    Parameters
    ----------
    agreements : iterable of (AgreementStanding, Agreement, Terms)
        The terms are those of `regime`. Texts that are not in force are left out.
    """
    valid = [one for one in agreements if one[0].status == "in_force"]
    valid.sort(key=lambda one: (one[0].code, one[0].id))
    return tuple(found for one, other in combinations(valid, 2) for found in _between(one, other))


def _between(
    one: tuple[AgreementStanding, Agreement, Terms], other: tuple[AgreementStanding, Agreement, Terms]
) -> Iterator[Contradiction]:
    (first, first_files, first_terms), (second, second_files, second_terms) = one, other
    bodies = tuple(body for body in bound(first) if body in bound(second))
    classes = tuple(name for name in first_files.hazard_classes if name in second_files.hazard_classes)
    if not bodies or not classes:
        return
    for about, says, also, told in (
        *_posts(first_terms, second_terms, classes),
        *_numbers(first_terms, second_terms),
    ):
        yield Contradiction(
            about=about,
            one=first.code,
            other=second.code,
            one_says=str(says),
            other_says=str(also),
            bodies=bodies,
            hazard_classes=(about.removeprefix("offices."),) if about.startswith("offices.") else classes,
            holds="" if told else str(min(says, also)),
            told=told,
        )


Matter = tuple[str, Any, Any, tuple[str, ...]]


def _posts(one: Terms, other: Terms, classes: tuple[str, ...]) -> Iterator[Matter]:
    """Leads and bodies: neither stands above the other, so both are told."""
    leads = _lead(one), _lead(other)
    if leads[0] != leads[1]:
        yield "lead", *leads, leads
    if one.coordination_body != other.coordination_body:
        both = one.coordination_body, other.coordination_body
        yield "coordination_body", *both, both
    for name in classes:
        offices = one.offices.get(name), other.offices.get(name)
        if offices[0] and offices[1] and offices[0] != offices[1]:
            yield f"offices.{name}", *offices, (offices[0], offices[1])


def _numbers(one: Terms, other: Terms) -> Iterator[Matter]:
    for name in (*TIMES, *BOUNDS):
        values = getattr(one, name), getattr(other, name)
        if values[0] != values[1]:
            yield name, *values, ()
    for key in sorted(one.targets_h.keys() & other.targets_h.keys()):
        hours = one.targets_h[key], other.targets_h[key]
        if hours[0] != hours[1]:
            yield key, *hours, ()


def _lead(terms: Terms) -> str:
    """Who leads, as a body where it is one whatever happens."""
    return {"superior": terms.superior, "coordination_body": terms.coordination_body}.get(
        terms.lead, "origin"
    )


def strictest(one: Terms, other: Terms) -> Terms:
    """The terms that hold for a body that both bind: each shorter time, each lower bound.

    Who leads stays as the first says, because no rule can choose between two bodies: `contradictions` names
    both, and both are told.
    """
    keys = one.targets_h.keys() | other.targets_h.keys()
    numbers = {name: min(getattr(one, name), getattr(other, name)) for name in (*TIMES, *BOUNDS)}
    targets = {
        key: min(terms.targets_h[key] for terms in (one, other) if key in terms.targets_h)
        for key in sorted(keys)
    }
    return replace(one, targets_h=targets, **numbers)
