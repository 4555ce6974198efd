"""A situation to which rules are applied: who knew what when, what happened where, whom it reaches.

A situation is what a rule may look at and nothing else. It comes from a file (`riskshed rules apply
FACTS.json`) or from how things stand (`riskshed.governance.circumstances`), and the rules see no difference.
What it does not say is unknown.

    {
      "at": "2026-11-01T12:00:00+08:00",          the moment for which is asked; the law of that day holds
      "packs": ["cn-2024", "cn-water-2020"],
      "as_if_in_force": false,                    true: the newest editions, on an event of any day
      "facts": {"hazard_class": "accident", "dead_people": 3},
      "places": [{"code": "220204", "level": "county", "superior": "220200", "name": "..."}],
      "origin": ["220204"],                       where it began
      "hazard": ["220204"],                       where the hazard itself is; without it, the origin
      "reached": [{"city": "230100", "probability": 0.9, "arrival": "2026-11-05T00:00:00+08:00"}],
      "neighbours": ["230000"],                   adjacent territories of the origin
      "bodies": {"unit": "plant-7", "220204/environment": "ep-220204"},
      "moments": [{"body": "plant-7", "what": "known", "at": "2026-11-01T11:40:00+08:00"},
                  {"what": "occurred", "at": "2026-11-01T11:30:00+08:00"}],
      "agreement": {"code": "songhua", "lead": "origin", "assist_from_probability": 0.1, ...}
    }
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from riskshed.columns import CONTROL, parse_time, shown
from riskshed.errors import Fault, InputError, InputFaults
from riskshed.governance.condition import Fact, Facts, Scalar
from riskshed.governance.rule import STARTS
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory

_BREAKS = re.compile(r"[\t\n\r\u2028-\u202e\u2066-\u2069]")
"""A line break in a name could forge a line of the page, a mark of direction could turn one round."""
PLACE_LEVELS = ("township", "county", "prefecture", "subprovincial", "city", "province", "state")


@dataclass(frozen=True, slots=True)
class Reach:
    """A city that the hazard reaches or may reach.

    Attributes
    ----------
    city : str
    probability : float or None
        That it is reached, 0 to 1; None is unknown.
    arrival : datetime or None
        Median of the arrival, if it is reached.
    """

    city: str
    probability: float | None = None
    arrival: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """When something began from which a clock runs: for one body, or (None) for all.

    `latest` marks a moment that is not known but can be no later if everybody before kept their time.
    """

    body: str | None
    what: str
    at: datetime
    latest: bool = False


@dataclass(frozen=True)
class Situation:
    """What rules may look at.

    Attributes
    ----------
    at : datetime
    facts : mapping
        What is known; absent is unknown.
    territory : Territory
        Places, their superiors, levels and neighbours.
    origin : tuple of str
        Where it began; empty is unknown.
    hazard : tuple of str
        Where the hazard itself is.
    reached : tuple of Reach
    bodies : mapping of str to str
        Which body a role is: ``unit``, ``220204/environment``.
    moments : tuple of Moment
    terms : Terms
        What the agreement says of lead, assistance and targets.
    packs : tuple of str
    as_if_in_force : bool
    names : mapping of str to str
        What the places are called, for readers; no rule sees it.
    """

    at: datetime
    facts: Facts
    territory: Territory
    origin: tuple[str, ...] = ()
    hazard: tuple[str, ...] = ()
    reached: tuple[Reach, ...] = ()
    bodies: Mapping[str, str] = field(default_factory=dict)
    moments: tuple[Moment, ...] = ()
    terms: Terms = field(default_factory=Terms)
    packs: tuple[str, ...] = ()
    as_if_in_force: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    def moment(self, body: str | None, what: str) -> Moment | None:
        """When it began for a body; what is told of nobody in particular holds for all."""
        return self._begun.get((body, what)) or self._begun.get((None, what))

    @cached_property
    def _begun(self) -> dict[tuple[str | None, str], Moment]:
        """Which moment counts for a body and a word, worked out once: rules ask a hundred thousand times."""
        found: dict[tuple[str | None, str], Moment] = {}
        for one in self.moments:
            known = found.setdefault((one.body, one.what), one)
            if (one.latest, one.at) < (known.latest, known.at):
                found[one.body, one.what] = one
        return found

    @cached_property
    def resolved(self) -> dict[tuple[str, str | None], tuple[Any, ...]]:
        """Whom `riskshed.governance.party.resolve` has found, by role and actor; it alone writes here.

        Hundreds of rules name the same few roles, and a role means the same bodies all the time.
        """
        return {}

    def spread(self) -> str | None:
        """Which of the three situations of spread this is, None while one cannot tell.

        1: the hazard itself is in several cities; 2: it is in one and reaches people in several; 3: those
        whom it reaches are elsewhere than the hazard.
        """
        hazard = set(self.hazard or self.origin)
        reached = {one.city for one in self.reached if one.probability is None or one.probability > 0}
        if not hazard or not reached:
            return None
        if len(hazard) > 1:
            return "1"
        return "2" if hazard & reached else "3"


# ------------------------------------------------------------------------------------------------ reading


def parse(data: bytes | str, vocabulary: Mapping[str, Fact], where: str = "situation") -> Situation:
    """Read a situation.

    Parameters
    ----------
    data : bytes or str
        JSON, as in the head of this module.
    vocabulary : mapping of str to Fact
        Facts that may be told: those of the packs in question.
    where : str
        Named in faults.

    Raises
    ------
    InputFaults
        ``situation.faults``, with every fault.
    """
    faults: list[Fault] = []
    try:
        raw = json.loads(data, object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError) as error:
        faults.append(Fault("situation.bad_json", where, None, None, shown(str(error))[1:-1], "JSON"))
        raw = {}
    for text in _bad_texts(raw):
        wanted = "a text without control characters, that UTF-8 can write"
        faults.append(Fault("situation.bad_text", where, None, None, shown(text), wanted))
    reader = _Reader(raw, vocabulary, where, faults)
    made = reader.read()
    if faults or made is None:
        raise InputFaults("situation.faults", f"{where} cannot be used", faults)
    return made


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a key stand twice and readers differ in which one counts: nobody can have meant that."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice} stands twice")
    return dict(pairs)


def _bad_texts(raw: object) -> Iterable[str]:
    """Texts that would garble a terminal or cannot be printed at all."""
    left = [raw]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and (CONTROL.search(one) or _BREAKS.search(one)):
            yield one


class _Reader:
    """Reads the keys of a situation and collects every fault."""

    def __init__(self, raw: Any, vocabulary: Mapping[str, Fact], where: str, faults: list[Fault]) -> None:
        self.raw: dict[str, Any] = raw if isinstance(raw, dict) else {}
        self.vocabulary, self.where, self.faults = vocabulary, where, faults
        if not isinstance(raw, dict):
            self.wrong("", raw, "an object")

    def wrong(self, key: str, got: object, wanted: str) -> None:
        told = "nothing" if got is None else shown(str(got))
        self.faults.append(Fault("situation.bad_value", self.where, None, key, told, wanted))

    def read(self) -> Situation | None:
        known = ("at", "packs", "as_if_in_force", "facts", "places", "origin", "hazard", "reached",
        "neighbours",
                 "bodies", "moments", "agreement")  # fmt: skip
        for key in self.raw:
            if key not in known:
                self.wrong(key, self.raw[key], f"one of {', '.join(known)}")
        at = self.time("at", self.raw.get("at"))
        terms = Terms.parse(self.raw.get("agreement", {}), "agreement", self.wrong)
        as_if = self.raw.get("as_if_in_force", False)
        if not isinstance(as_if, bool):
            self.wrong("as_if_in_force", as_if, "true or false")
        territory, origin = self.territory(), self.codes("origin")
        reached, moments = tuple(self.reached()), tuple(self.moments())
        hazard, bodies, packs, facts = self.codes("hazard"), self.bodies(), self.codes("packs"), self.facts()
        if self.faults or at is None:
            return None
        return Situation(
            at=at,
            facts=facts,
            territory=territory,
            origin=origin,
            hazard=hazard or origin,
            reached=reached,
            bodies=bodies,
            moments=moments,
            terms=terms,
            packs=packs,
            as_if_in_force=as_if,
            names=self.names(),
        )

    def time(self, key: str, value: object) -> datetime | None:
        try:
            if isinstance(value, str):
                return parse_time(value)
            self.wrong(key, value, "a time with its offset")
        except InputError as error:
            self.wrong(key, value, error.todo)
        return None

    def codes(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) and one for one in value):
            return tuple(dict.fromkeys(value))
        self.wrong(key, value, "a list of codes")
        return ()

    def objects(self, key: str) -> Iterable[tuple[str, dict[str, Any]]]:
        value = self.raw.get(key, [])
        if not isinstance(value, list):
            self.wrong(key, value, "a list of objects")
            return
        for at, one in enumerate(value):
            if isinstance(one, dict):
                yield f"{key}[{at}]", one
            else:
                self.wrong(f"{key}[{at}]", one, "an object")

    def only(self, place: str, one: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """A key of no meaning is a fault: a misspelt one would pass as if it had not been written."""
        for key in one:
            if key not in known:
                self.wrong(f"{place}.{key}", one[key], f"one of {', '.join(known)}")

    def facts(self) -> dict[str, Scalar]:
        value = self.raw.get("facts", {})
        if not isinstance(value, dict):
            self.wrong("facts", value, "an object")
            return {}
        for name, one in value.items():
            fact = self.vocabulary.get(name)
            if fact is None:
                near = [known for known in self.vocabulary if known[:4] == name[:4]][:6]
                such = ", ".join(near) or "dead_people"
                self.wrong(f"facts.{name}", one, f"a declared fact, such as {such}")
            elif not fact.accepts(one):
                self.wrong(f"facts.{name}", one, fact.wanted())
        return value

    def territory(self) -> Territory:
        parents: dict[str, str | None] = {}
        levels: dict[str, str] = {}
        for place, one in self.objects("places"):
            code, level, superior = one.get("code"), one.get("level"), one.get("superior")
            if not isinstance(code, str) or not code or code in parents:
                self.wrong(f"{place}.code", code, "a code, each once")
                continue
            if level not in PLACE_LEVELS:
                self.wrong(f"{place}.level", level, f"one of {', '.join(PLACE_LEVELS)}")
            elif not (superior is None or isinstance(superior, str)):
                self.wrong(f"{place}.superior", superior, "a code, or null")
            elif not isinstance(one.get("name", ""), str):
                self.wrong(f"{place}.name", one["name"], "a text")
            else:
                parents[code], levels[code] = superior, level
            self.only(place, one, ("code", "level", "superior", "name"))
        _stop_at_circle(parents, self.wrong)
        near = self.codes("neighbours")
        return Territory(parents, dict.fromkeys(self.codes("origin"), near), levels)

    def names(self) -> dict[str, str]:
        told = ((one.get("code"), one.get("name")) for _, one in self.objects("places"))
        return {code: name for code, name in told if isinstance(code, str) and isinstance(name, str)}

    def reached(self) -> Iterable[Reach]:
        for place, one in self.objects("reached"):
            self.only(place, one, ("city", "probability", "arrival"))
            city, probability = one.get("city"), one.get("probability")
            if not isinstance(city, str) or not city:
                self.wrong(f"{place}.city", city, "a code")
                continue
            if not (probability is None or (type(probability) in (int, float) and 0 <= probability <= 1)):
                self.wrong(f"{place}.probability", probability, "a number from 0 to 1")
                continue
            arrival = one.get("arrival")
            moment = None if arrival is None else self.time(f"{place}.arrival", arrival)
            yield Reach(city, None if probability is None else float(probability), moment)

    def moments(self) -> Iterable[Moment]:
        for place, one in self.objects("moments"):
            self.only(place, one, ("body", "what", "at"))
            body, what = one.get("body"), one.get("what")
            at = self.time(f"{place}.at", one.get("at"))
            if what not in STARTS:
                self.wrong(f"{place}.what", what, f"one of {', '.join(STARTS)}")
            elif not (body is None or isinstance(body, str)):
                self.wrong(f"{place}.body", body, "a code, or none for all")
            elif at is not None:
                yield Moment(body, what, at)

    def bodies(self) -> dict[str, str]:
        value = self.raw.get("bodies", {})
        if isinstance(value, dict) and all(isinstance(one, str) and one for one in value.values()):
            return value
        self.wrong("bodies", value, "an object of codes, by role")
        return {}


def _stop_at_circle(parents: Mapping[str, str | None], wrong: Any) -> None:
    """A territory cannot stand above itself."""
    for code in parents:
        seen, above = {code}, parents[code]
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None:
            wrong("places", code, "superiors that lead upward; this one stands above itself")
            return
