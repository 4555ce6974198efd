"""Rule packs: law, treaty and practice as files, each rule with its citation and its dates in force.

A pack is a folder: `pack.toml` says what it is, one file per instrument holds its rules, `facts.toml`
beside the packs declares the facts that rules of several instruments ask for. It is read whole or not at
all: a field of no meaning, a missing citation, two editions of one rule in force on one day, a condition on
a fact that nobody declared are faults, all named at once.

Packs come with the package (`shelf`) or are read from any folder (`RulePack.read`). An agreement names a
pack by its version and digest, so that nobody can exchange the rules under it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults, NotFoundError
from riskshed.governance import condition
from riskshed.governance.condition import Condition, Fact
from riskshed.governance.role import is_role
from riskshed.governance.rule import (
    BINDINGS,
    CONFIDENCES,
    GIVES,
    KINDS,
    LEVELS,
    MODALITIES,
    OUTCOMES,
    POLICIES,
    SCALES,
    STARTS,
    UNITS,
    Example,
    Instrument,
    Rule,
    Within,
)
from riskshed.governance.rule_entry import Entry
from riskshed.tables import Limits, read_toml, shown
from riskshed.vocabulary import KINDS as STATEMENT_KINDS

SHELF = Path(__file__).parent / "rulepacks"
FACTS = "facts.toml"
LIMITS = Limits(bytes=2**22)
"""A file of rules is read by people, too: the largest that comes with the package has 64 kB."""


@dataclass(frozen=True, eq=False)
class RulePack:
    """A pack of rules.

    Attributes
    ----------
    pack, version, title_zh, title_en : str
    rules : tuple of Rule
        In the order of the files; several with one id are editions that follow one another.
    facts : mapping of str to Fact
        Every fact that its rules ask for, and those that all packs share.
    digest : str
        ``sha256:`` and hexadecimal, over names and bytes of its files and of the shared facts.
    """

    pack: str
    version: str
    title_zh: str
    title_en: str
    rules: tuple[Rule, ...]
    facts: Mapping[str, Fact]
    digest: str

    @staticmethod
    def read(folder: Path) -> RulePack:
        """Read a pack.

        Raises
        ------
        InputFaults
            ``rulepack.faults``, with every fault of every file.
        """
        faults: list[Fault] = []
        pack = _Reader(folder, faults).read()
        if faults:
            raise InputFaults("rulepack.faults", f"the rule pack {folder.name} cannot be used", faults)
        return pack

    def in_force(self, day: date, *, as_if: bool = False) -> tuple[Rule, ...]:
        """The rules in force on a day.

        Parameters
        ----------
        day : date
        as_if : bool
            Take the newest edition of each rule as if it were in force: the law of today on an event of then.
        """
        if not as_if:
            return tuple(rule for rule in self.rules if rule.is_in_force(day))
        newest: dict[str, Rule] = {}
        for one in self.rules:
            if one.id not in newest or one.in_force > newest[one.id].in_force:
                newest[one.id] = one
        return tuple(newest.values())

    def rule(self, rule_id: str, day: date | None = None) -> Rule:
        """A rule by its id, on a day or in its newest edition.

        Raises
        ------
        NotFoundError
            ``rules.unknown``, ``rules.not_in_force``.
        """
        editions = [one for one in self.rules if one.id == rule_id]
        if not editions:
            listed = ", ".join(sorted({one.id for one in self.rules})[:12])
            raise NotFoundError(
                "rules.unknown",
                f"the pack {self.pack} has no rule {shown(rule_id)}",
                todo=f"There are: {listed} ...",
            )
        if day is None:
            return max(editions, key=lambda one: one.in_force)
        for one in editions:
            if one.is_in_force(day):
                return one
        told = f"{self.pack} {rule_id} was not in force on {day.isoformat()}"
        raise NotFoundError("rules.not_in_force", told, todo="Ask for another day.")


def names() -> tuple[str, ...]:
    """The packs that come with the package."""
    return tuple(sorted(path.parent.name for path in SHELF.glob("*/pack.toml")))


@lru_cache(maxsize=32)
def shelf(name: str) -> RulePack:
    """A pack that comes with the package.

    Raises
    ------
    NotFoundError
        ``rules.unknown_pack``.
    """
    if name not in names():
        todo = f"There are: {', '.join(names())}."
        raise NotFoundError("rules.unknown_pack", f"there is no rule pack {shown(name)}", todo=todo)
    return RulePack.read(SHELF / name)


# ------------------------------------------------------------------------------------------------ reading


class _Reader:
    """Reads the files of one pack and collects every fault."""

    def __init__(self, folder: Path, faults: list[Fault]) -> None:
        self.folder, self.faults = folder, faults
        self.facts: dict[str, Fact] = {}
        self.instruments: dict[str, Instrument] = {}
        self.rules: list[Rule] = []

    def read(self) -> RulePack:
        about = self._about()
        paths = sorted(path for path in self.folder.glob("*.toml") if path.name != "pack.toml")
        shared = self.folder.parent / FACTS
        shared = shared if shared.is_file() else SHELF / FACTS
        raws = {path: self._raw(path) for path in (shared, *paths)}
        for path, raw in raws.items():
            self._declare(path, raw.get("fact", {}))
        continued = [path for path in paths if "continues" in raws[path]]
        for path in (*(path for path in paths if path not in continued), *continued):
            self._file(path, raws[path], about["pack"])
        self._editions()
        digest = "" if self.faults else _digest([shared, self.folder / "pack.toml", *paths])
        return RulePack(**about, rules=tuple(self.rules), facts=self.facts, digest=digest)

    def _raw(self, path: Path) -> Mapping[str, Any]:
        """What stands in a file of the pack; a link could change without the pack being touched."""
        if path.is_symlink():
            told = ("a link", "a regular file", "Put a copy there.")
            self.faults.append(Fault("rulepack.link", str(path), None, None, *told))
            return {}
        return read_toml(path, self.faults, limits=LIMITS) or {}

    def _about(self) -> dict[str, str]:
        path = self.folder / "pack.toml"
        entry = Entry(self._raw(path), str(path), "", self.faults)
        about = {key: entry.text(key) for key in ("pack", "version", "title_zh", "title_en")}
        for key in ("note_zh", "note_en"):
            entry.text(key, required=False)
        entry.close()
        return about

    def _declare(self, path: Path, raw: object) -> None:
        for name, one in Entry(raw, str(path), "fact", self.faults).raw.items():
            entry = Entry(one, str(path), f"fact.{name}", self.faults)
            fact = Fact(
                name=name,
                type=entry.choice("type", condition.FACT_TYPES),  # type: ignore[arg-type]
                unit=entry.text("unit", required=False),
                choices=entry.texts("choices"),
                zh=entry.text("zh"),
                en=entry.text("en"),
            )
            entry.close()
            if name in self.facts and self.facts[name] != fact:
                entry.wrong("", name, "one meaning for each name of a fact", "rulepack.fact_twice")
            if (fact.type == "choice") != bool(fact.choices):
                entry.wrong("choices", fact.choices, "choices for a choice, and for nothing else")
            self.facts[name] = fact

    def _file(self, path: Path, raw: Mapping[str, Any], pack: str) -> None:
        entry = Entry(raw, str(path), "", self.faults)
        entry.get("fact")
        if "continues" in raw:
            instrument = self.instruments.get(entry.text("continues"))
            if instrument is None:
                entry.wrong("continues", raw["continues"], f"one of {', '.join(self.instruments)}")
        else:
            instrument = self._instrument(
                Entry(entry.get("instrument"), str(path), "instrument", self.faults)
            )
            if instrument.id in self.instruments:
                wanted = "one file that begins each instrument; others say `continues`"
                entry.wrong("instrument.id", instrument.id, wanted, "rulepack.instrument_twice")
            self.instruments[instrument.id] = instrument
        rules = entry.tables("rule")
        entry.close()
        for at, one in enumerate(rules):
            name = one.get("id", at) if isinstance(one, dict) else at
            if instrument is not None:
                self.rules.append(
                    self._rule(Entry(one, str(path), f"rule {name}", self.faults), pack, instrument)
                )

    def _instrument(self, entry: Entry) -> Instrument:
        made = Instrument(
            id=entry.name("id"),
            title_zh=entry.text("title_zh"),
            title_en=entry.text("title_en"),
            edition=entry.text("edition"),
            binding=entry.choice("binding", BINDINGS),
            in_force=entry.day("in_force") or date.max,
            until=entry.day("until", required=False),
            source=entry.text("source"),
            note=entry.text("in_force_note", required=False),
        )
        entry.close()
        _check_dates(entry, made.in_force, made.until)
        return made

    def _rule(self, entry: Entry, pack: str, instrument: Instrument) -> Rule:
        made = Rule(
            pack=pack,
            id=entry.name("id"),
            instrument=instrument,
            article=entry.text("article", code="rulepack.no_citation"),
            kind=entry.choice("kind", KINDS),
            modality=entry.choice("modality", MODALITIES),
            confidence=entry.choice("confidence", CONFIDENCES),
            confirmed=entry.yes_no("confirmed"),
            in_force=entry.day("in_force", required=False) or instrument.in_force,
            until=entry.day("until", required=False) or instrument.until,
            quote=entry.text("quote", required=False),
            says_zh=entry.text("says_zh"),
            says_en=entry.text("says_en"),
            who=entry.text("who", required=False),
            to=entry.texts("to"),
            when=self._condition(entry, "when"),
            owes=entry.text("owes", required=False),
            act=entry.text("act", required=False),
            within=self._within(entry),
            at_once=entry.yes_no("at_once", default=False),
            must=self._condition(entry, "must") if "must" in entry.raw else None,
            gives=self._gives(entry),
            unknown=entry.choice("unknown", tuple(POLICIES)),
            note=entry.text("note", required=False),
            examples=tuple(self._examples(entry)),
        )
        entry.close()
        _check_dates(entry, made.in_force, made.until)
        _check_rule(entry, made)
        return made

    def _condition(self, entry: Entry, key: str) -> Condition:
        def wrong(place: str, got: str, wanted: str) -> None:
            entry.wrong(place, got, wanted, "rulepack.bad_condition")

        return condition.parse(entry.get(key), key, self.facts, wrong)

    def _within(self, entry: Entry) -> Within | None:
        raw = entry.get("within")
        if raw is None:
            return None
        inner = Entry(raw, entry.file, f"{entry.place}.within", self.faults)
        made = Within(
            amount=inner.number("amount") or 0.0,
            unit=inner.choice("unit", UNITS),
            start=inner.choice("from", STARTS),
            exclusive=inner.yes_no("exclusive", default=False),
        )
        inner.close()
        if made.unit in ("workday", "month") and made.amount != int(made.amount):
            inner.wrong("amount", made.amount, "a whole number of them")
        return made

    def _gives(self, entry: Entry) -> Mapping[str, str]:
        raw = entry.get("gives")
        if raw is None:
            return {}
        inner = Entry(raw, entry.file, f"{entry.place}.gives", self.faults)
        made = {key: inner.text(key) for key in GIVES if key in inner.raw}
        inner.close()
        for key, choices in (("scale", SCALES), ("level", LEVELS)):
            if key in made and made[key] not in choices:
                inner.wrong(key, made[key], f"one of {', '.join(choices)}")
        if ("scale" in made) != ("level" in made):
            inner.wrong("", ", ".join(made), "scale and level together")
        for key in ("lead", "assist", "escalate", "command"):
            if key in made and not is_role(made[key]):
                inner.wrong(key, made[key], "a role", "rulepack.unknown_role")
        return made

    def _examples(self, entry: Entry) -> Iterable[Example]:
        for at, raw in enumerate(entry.tables("example")):
            inner = Entry(raw, entry.file, f"{entry.place}.example[{at}]", self.faults)
            given = inner.get("given") or {}
            for name, value in Entry(given, inner.file, f"{inner.place}.given", self.faults).raw.items():
                fact = self.facts.get(name)
                if fact is None or not fact.accepts(value):
                    inner.wrong(f"given.{name}", value, "a declared fact" if fact is None else fact.wanted())
            then = inner.choice("then", OUTCOMES)
            elapsed = inner.number("elapsed", required=False)
            yield Example(inner.text("say"), given, elapsed, then)  # type: ignore[arg-type]
            inner.close()

    def _editions(self) -> None:
        """Two editions of one rule never hold on one day."""
        by_id: dict[str, list[Rule]] = defaultdict(list)
        for one in self.rules:
            by_id[one.id].append(one)
        for name, editions in by_id.items():
            for first, second in pairwise(sorted(editions, key=lambda one: one.in_force)):
                if first.until is None or first.until > second.in_force:
                    told = f"{name} from {first.in_force} and again from {second.in_force}"
                    wanted = "one edition on each day"
                    todo = "Set `until` of the earlier one."
                    where = str(self.folder)
                    self.faults.append(Fault("rulepack.overlap", where, None, name, told, wanted, todo))


def _check_dates(entry: Entry, in_force: date, until: date | None) -> None:
    if until is not None and until <= in_force:
        entry.wrong("until", until, f"a day after {in_force}")


def _check_rule(entry: Entry, rule: Rule) -> None:
    if not rule.quote and (rule.confirmed or not rule.note):
        entry.wrong(
            "quote", None, "the operative words, or a note why there are none", "rulepack.no_citation"
        )
    if rule.owes not in ("", "act") and rule.owes not in STATEMENT_KINDS:
        entry.wrong("owes", rule.owes, "a kind of statement, or act")
    if rule.modality in ("shall", "must-not") and not (rule.who and rule.act):
        entry.wrong("who", rule.who or None, "who owes it, and the code of the act")
    for role in filter(None, (rule.who, *rule.to)):
        if not is_role(role):
            entry.wrong("who" if role == rule.who else "to", role, "a role", "rulepack.unknown_role")


def _digest(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        if path.is_file():
            whole.update(f"{path.name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def all_packs() -> Mapping[str, RulePack]:
    """Every pack that comes with the package, by name."""
    return {name: shelf(name) for name in names()}


def vocabulary(packs: Iterable[RulePack]) -> Mapping[str, Fact]:
    """The facts of several packs, for situations to which all of them are applied.

    Raises
    ------
    InputFaults
        ``rulepack.faults``, if two of them give one name two meanings (``rulepack.fact_twice``).
    """
    found: dict[str, Fact] = {}
    faults: list[Fault] = []
    for pack in packs:
        for name, fact in pack.facts.items():
            if found.setdefault(name, fact) != fact:
                wanted = "one meaning for each name of a fact, in all packs"
                place = f"fact.{name}"
                faults.append(
                    Fault("rulepack.fact_twice", pack.pack, None, place, shown(fact.en), wanted, "Rename it.")
                )
    if faults:
        raise InputFaults("rulepack.faults", "these rule packs cannot be used together", faults)
    return found


def overridden(pack: RulePack, rules: Iterable[Rule]) -> RulePack:
    """The pack with these rules in the place of those of the same id and edition."""
    changed = {(rule.id, rule.in_force): rule for rule in rules}
    assert changed.keys() <= {(rule.id, rule.in_force) for rule in pack.rules}, "an override changes a rule"
    return replace(pack, rules=tuple(changed.get((rule.id, rule.in_force), rule) for rule in pack.rules))
