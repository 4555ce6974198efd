"""An agreement as a folder of files that cities sign: its text and terms, what it overrides, its contracts.

    agreement.toml    who agrees, on what, in words and in numbers; this file is the text that is signed
    overrides.toml    rules of the packs to which it sets a shorter time, or which it switches off (optional)
    contracts.toml    transfers that hang on what happens (optional, see `agreement_contract`)

What a person reads and what a program goes by stand in one file, under one digest: nobody can sign the one
and be held to the other. Every key is read by name, a key that nobody reads is a fault, and all faults of all
files are told at once.

**An override never loosens the law.** It may shorten a time, give a target to a rule that only says at once
(立即), and switch off what is mere guidance or practice. A time is compared by the calendar at its worst: the
longest that the new one can take must not pass the shortest that the old one can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults
from riskshed.governance import rulepack
from riskshed.governance.agreement_contract import Contract
from riskshed.governance.agreement_contract import read as read_contract
from riskshed.governance.agreement_entry import AgreementEntry
from riskshed.governance.rule import LEVELS, Rule, Within
from riskshed.governance.rulepack import RulePack
from riskshed.governance.sharing_terms import SharingTerms
from riskshed.governance.sharing_terms import read as read_sharing
from riskshed.governance.terms import Terms
from riskshed.statement import digest_text, time_text
from riskshed.tables import read_toml
from riskshed.vocabulary_fields import HAZARD_CLASSES

TEXT, OVERRIDES, CONTRACTS = "agreement.toml", "overrides.toml", "contracts.toml"
MODES = ("superior", "peers")
SOFT = ("guidance", "practice")
"""How an instrument binds that an agreement may also loosen, or switch off."""
HOURS: Mapping[str, float] = {"min": 1 / 60, "h": 1.0, "d": 24.0}
HANDLERS = ("county", "city", "province")
_POSTS = ("superior", "centre", "evaluator", "adjudicator", "fund")
_FILLED = ("code", "members", "offices", "roles", "targets_h", *_POSTS[:4], "coordination_body")


@dataclass(frozen=True, slots=True)
class Override:
    """A rule that the agreement sets otherwise: another time, or none of it at all (`off`)."""

    pack: str
    rule: str
    amount: float | None
    unit: str
    off: bool
    reason: str

    @property
    def key(self) -> str:
        """Pack and rule, as `Terms.targets_h` names them."""
        return f"{self.pack} {self.rule}"


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the text, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file as a statement names it: ``sha256:`` digest, size and sort."""

    name: str
    digest: str
    size_bytes: int

    def to_json(self) -> dict[str, Any]:
        """The record of a body."""
        told = {"digest": self.digest, "size_bytes": self.size_bytes, "media_type": "application/toml"}
        return {**told, "title": self.name}


@dataclass(frozen=True)
class Agreement:
    """What the files of an agreement say. `terms` hold all that rules may use, but for targets of overrides.

    Attributes
    ----------
    code, mode, coordination_body : str
    title : mapping of language to text
    articles : tuple of Article
    members, packs, hazard_classes : tuple of str
        Bodies; names of rule packs; the classes for which it is made (all four if it names none).
    offices, roles : mapping
        The office of each hazard class; the responsibility list (责任清单), body by role.
    posts : mapping
        Superior, centre, evaluator, adjudicator and fund, those that there are.
    handles : mapping of level to grade
        The gravest grade that a government of a level handles itself; a graver one is handed up.
    starts : datetime
    ends : datetime or None
    terms : Terms
    given : mapping
        Facts that it takes as given where the record does not tell them.
    overrides : tuple of Override
    contracts : tuple of Contract
    text, overrides_file, contracts_file : SignedFile or None
    sharing : SharingTerms or None
        By which rule a bill is shared; None if the text does not say.
    """

    code: str
    title: Mapping[str, str]
    articles: tuple[Article, ...]
    mode: str
    members: tuple[str, ...]
    coordination_body: str
    hazard_classes: tuple[str, ...]
    offices: Mapping[str, str]
    posts: Mapping[str, str]
    roles: Mapping[str, str]
    handles: Mapping[str, str]
    packs: tuple[str, ...]
    starts: datetime
    ends: datetime | None
    terms: Terms
    given: Mapping[str, Any]
    overrides: tuple[Override, ...]
    contracts: tuple[Contract, ...]
    text: SignedFile
    overrides_file: SignedFile | None
    contracts_file: SignedFile | None
    sharing: SharingTerms | None = None

    def proposal_body(self, packs: Mapping[str, RulePack] | None = None) -> dict[str, Any]:
        """The body of the ``AgreementProposed`` that lays these files before the members.

        Parameters
        ----------
        packs : mapping of str to RulePack, optional
            The packs as they stand now, by name; those that come with the package if left out.
        """
        shelf = {name: rulepack.shelf(name) for name in self.packs} if packs is None else packs
        rows = [
            {"pack": name, "version": shelf[name].version, "digest": shelf[name].digest}
            for name in self.packs
        ]
        offices = [{"hazard_class": name, "body": body} for name, body in self.offices.items()]
        files = {"overrides": self.overrides_file, "contracts": self.contracts_file}
        return {
            "agreement": self.code,
            "title": dict(self.title),
            "members": list(self.members),
            "mode": self.mode,
            "coordination_body": self.coordination_body,
            "packs": rows,
            "text": self.text.to_json(),
            "starts": time_text(self.starts),
            **self.posts,
            **({"offices": offices} if offices else {}),
            **{name: file.to_json() for name, file in files.items() if file is not None},
            **({"ends": time_text(self.ends)} if self.ends is not None else {}),
        }


def read(folder: Path, packs: Mapping[str, RulePack] | None = None) -> Agreement:
    """Read the folder of an agreement.

    Parameters
    ----------
    folder : Path
    packs : mapping of str to RulePack, optional
        The packs against which overrides are judged; those that come with the package if left out.

    Raises
    ------
    InputFaults
        ``agreement.faults``, with every fault of every file; among their codes are
        ``agreement.override_loosens`` and ``agreement.override_off``.
    """
    faults: list[Fault] = []
    made = _read(folder, packs, faults)
    if faults or made is None:
        raise InputFaults("agreement.faults", f"the agreement {folder.name} cannot be used", faults)
    return made


def _read(folder: Path, packs: Mapping[str, RulePack] | None, faults: list[Fault]) -> Agreement | None:
    entry = AgreementEntry(read_toml(folder / TEXT, faults) or {}, str(folder / TEXT), "", faults)
    if faults:
        return None
    facts = _parties(entry) | _words(entry)
    terms, roles = _terms(entry), entry.codes_by("roles", None)
    shelf = _shelf(entry, facts["packs"], packs)
    given, sharing = _given(entry, shelf), read_sharing(entry, facts["members"])
    entry.close()
    overrides = _overrides(folder / OVERRIDES, faults)
    contracts = _contracts(folder / CONTRACTS, facts["members"], faults)
    if faults:
        return None
    start = facts["starts"].date()
    faults += override_faults(overrides, shelf, start, str(folder / OVERRIDES))
    named = {name: facts["posts"].get(name, "") for name in _POSTS[:4]}
    return Agreement(
        **facts,
        roles=roles,
        given=given,
        terms=replace(
            terms,
            code=facts["code"],
            members=facts["members"],
            coordination_body=facts["coordination_body"],
            offices=facts["offices"],
            roles=roles,
            **named,
        ),
        overrides=overrides,
        contracts=contracts,
        sharing=sharing,
        text=_signed(folder / TEXT),
        overrides_file=_signed(folder / OVERRIDES) if (folder / OVERRIDES).is_file() else None,
        contracts_file=_signed(folder / CONTRACTS) if (folder / CONTRACTS).is_file() else None,
    )


def _signed(path: Path) -> SignedFile:
    data = path.read_bytes()
    return SignedFile(path.name, digest_text(data), len(data))


# ----------------------------------------------------------------------------------------- agreement.toml


def _parties(entry: AgreementEntry) -> dict[str, Any]:
    members = entry.codes("members")
    if len(members) < 2:
        entry.wrong("members", list(members), "at least two bodies")
    posts = {name: code for name in _POSTS if (code := entry.code(name, required=False))}
    mode = entry.choice("mode", MODES)
    if mode == "superior" and "superior" not in posts:
        entry.wrong("superior", None, "the common superior, by whom it is led")
    handles = entry.codes_by("handles", HANDLERS)
    for level, grade in handles.items():
        if grade not in LEVELS:
            entry.wrong(f"handles.{level}", grade, f"one of {', '.join(LEVELS)}")
    return {
        "code": entry.code("code"),
        "mode": mode,
        "members": members,
        "coordination_body": entry.code("coordination_body"),
        "offices": entry.codes_by("offices", HAZARD_CLASSES),
        "posts": posts,
        "handles": handles,
    }


def _words(entry: AgreementEntry) -> dict[str, Any]:
    starts, ends = entry.moment("starts"), entry.moment("ends", required=False)
    if starts is not None and ends is not None and ends <= starts:
        entry.wrong("ends", ends, f"a time after {starts.isoformat()}")
    classes = entry.texts("hazard_classes")
    for name in classes:
        if name not in HAZARD_CLASSES:
            entry.wrong("hazard_classes", name, f"some of {', '.join(HAZARD_CLASSES)}")
    articles = [_article(one) for one in entry.entries("article")]
    if not articles:
        entry.wrong("article", None, "at least one [[article]] with zh and en: the text that is signed")
    return {
        "title": entry.words("title"),
        "articles": tuple(articles),
        "hazard_classes": classes or HAZARD_CLASSES,
        "packs": entry.texts("packs"),
        "starts": starts,
        "ends": ends,
    }


def _article(entry: AgreementEntry) -> Article:
    made = Article(entry.text("zh"), entry.text("en"))
    entry.close()
    return made


def _terms(entry: AgreementEntry) -> Terms:
    raw = entry.get("terms")
    table = dict(raw) if isinstance(raw, dict) else {}
    for key in _FILLED:
        if key in table:
            where = "overrides.toml" if key == "targets_h" else "the head of this file, or [roles], [offices]"
            entry.wrong(f"terms.{key}", table.pop(key), f"nothing here: it stands in {where}")
    return Terms.parse(table if raw is None or isinstance(raw, dict) else raw, "terms", entry.wrong)


def _shelf(
    entry: AgreementEntry, names: tuple[str, ...], packs: Mapping[str, RulePack] | None
) -> dict[str, RulePack]:
    known = rulepack.names() if packs is None else tuple(packs)
    if not names:
        entry.wrong("packs", None, f"some of {', '.join(known)}")
    for name in names:
        if name not in known:
            entry.wrong("packs", name, f"some of {', '.join(known)}")
    good = [name for name in names if name in known]
    return {name: rulepack.shelf(name) if packs is None else packs[name] for name in good}


def _given(entry: AgreementEntry, shelf: Mapping[str, RulePack]) -> dict[str, Any]:
    facts = entry.table("given")
    vocabulary = {name: fact for pack in shelf.values() for name, fact in pack.facts.items()}
    for name, value in facts.items():
        known = vocabulary.get(name)
        if known is None or not known.accepts(value):
            entry.wrong(f"given.{name}", value, "a fact of these packs" if known is None else known.wanted())
    return facts


# ---------------------------------------------------------------------------- overrides.toml, contracts.toml


def _tables(path: Path, key: str, faults: list[Fault]) -> list[AgreementEntry]:
    """The tables of an optional file; a file that is there and says nothing is a fault."""
    if not path.is_file():
        return []
    entry = AgreementEntry(read_toml(path, faults) or {}, str(path), "", faults)
    found = list(entry.entries(key))
    entry.close()
    if not found and not faults:
        entry.wrong(key, None, f"at least one [[{key}]], or no such file")
    return found


def _overrides(path: Path, faults: list[Fault]) -> tuple[Override, ...]:
    found: dict[str, Override] = {}
    for entry in _tables(path, "override", faults):
        off = entry.yes_no("off", default=False)
        one = Override(
            pack=entry.name("pack"),
            rule=entry.name("rule"),
            amount=None if off else entry.number("amount"),
            unit="" if off else entry.choice("unit", tuple(HOURS)),
            off=off,
            reason=entry.text("reason"),
        )
        entry.close()
        if one.key in found:
            entry.wrong("rule", one.key, "each rule once")
        found[one.key] = one
    return tuple(found.values())


def _contracts(path: Path, members: tuple[str, ...], faults: list[Fault]) -> tuple[Contract, ...]:
    found: dict[str, Contract] = {}
    for entry in _tables(path, "contract", faults):
        one = read_contract(entry, members)
        if one is not None and one.code in found:
            entry.wrong("code", one.code, "each code once")
        if one is not None:
            found[one.code] = one
    return tuple(found.values())


# ------------------------------------------------------------------------------------- judging overrides


def override_faults(
    overrides: tuple[Override, ...], packs: Mapping[str, RulePack], since: date, where: str
) -> list[Fault]:
    """What is wrong with these overrides, judged against every edition of a rule in force from a day on."""
    return [
        Fault(code, where, None, one.key, got, wanted, todo)
        for one in overrides
        for code, got, wanted, todo in _judged(one, packs, since)
    ]


def _judged(one: Override, packs: Mapping[str, RulePack], since: date) -> list[tuple[str, str, str, str]]:
    if one.pack not in packs:
        named = ", ".join(packs)
        return [
            ("agreement.unknown_rule", one.pack, f"a pack of this agreement: {named}", "Name it in packs.")
        ]
    editions = [
        rule
        for rule in packs[one.pack].rules
        if rule.id == one.rule and (rule.until is None or rule.until > since)
    ]
    if not editions:
        wanted = f"a rule of {one.pack} in force from {since} on"
        return [("agreement.unknown_rule", one.rule, wanted, "See `riskshed rules explain`.")]
    return [told for rule in editions if (told := _judged_edition(one, rule)) is not None]


def _judged_edition(one: Override, rule: Rule) -> tuple[str, str, str, str] | None:
    soft = rule.instrument.binding in SOFT
    if one.off:
        wanted = f"a rule of guidance or practice; {rule.cite} is a {rule.instrument.binding}"
        return None if soft else ("agreement.override_off", "off = true", wanted, "Leave this rule on.")
    assert one.amount is not None, "an override that is not off has a time"
    if rule.within is None:
        wanted = f"a rule with a time, or one that says at once; {rule.cite} has neither"
        return None if rule.at_once else ("agreement.override_empty", one.rule, wanted, "Leave it out.")
    if soft or longest_h(Within(one.amount, one.unit, rule.within.start)) <= shortest_h(rule.within):
        return None
    got = f"{one.amount:g} {one.unit}"
    wanted = f"at most {rule.within.amount:g} {rule.within.unit}, by {rule.cite}"
    return (
        "agreement.override_loosens",
        got,
        wanted,
        "An agreement makes a lawful time shorter, never longer.",
    )


def shortest_h(within: Within) -> float:
    """The fewest hours that the time can take, from whatever moment it runs.

    Examples
    --------
    >>> shortest_h(Within(2, "h", "known")), shortest_h(Within(6, "workday", "known"))
    (2.0, 192.0)
    """
    if within.unit in HOURS:
        return within.amount * HOURS[within.unit]
    if within.unit == "month":
        return within.amount * 28 * 24.0
    # From a Sunday on five working days hold no weekend; each further five hold one.
    return 24.0 * (within.amount + 2 * max(0, ceil(within.amount / 5) - 1))


def longest_h(within: Within) -> float:
    """The most hours that the time can take, from whatever moment it runs."""
    if within.unit in HOURS:
        return within.amount * HOURS[within.unit]
    if within.unit == "month":
        return within.amount * 31 * 24.0
    return 24.0 * (within.amount + 2 * ceil(within.amount / 5))
