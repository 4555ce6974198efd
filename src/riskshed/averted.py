"""What each coalition of those who share a bill could have averted: the case run once for every one of them.

``coalitions.toml`` in the folder of a case says who the players are and which cities are theirs, what each
could have done (treatments with their source, and whether they are supposed), and what a day without water
from the tap is worth. The loss of a city in a member of the ensemble is

    people supplied x days above the limit x the share who have no other water x worth of a person-day

expected over the members, from the forecast **at the release**, with no reading: a reading is of the river as
it was, not as it would have been. Days beyond the horizon are not counted, nor sections of which nobody says
how many they supply. Treatments that change the river run the pathway again with the same seed; other water
(``supply_water``) is taken off the days that it covers, where it was there before the cloud.

v(S) counts what S averts from its own cities (`riskshed.coalition`). What the acts cost is shown beside it,
and not taken off. Shapley value and nucleolus share what all avert together; they are no bill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskshed import coalition
from riskshed.case import Case
from riskshed.case_toml import CaseToml
from riskshed.coalition import PLAYERS_MAX, Worths
from riskshed.errors import DomainError, Fault, InputFaults
from riskshed.footprint import Footprint
from riskshed.governance.games import shapley_exact
from riskshed.governance.nucleolus import nucleolus_exact
from riskshed.pathways import pollutant
from riskshed.pathways.treatment import EFFECTS, Treatment, receiver_share
from riskshed.statement_values import CURRENCIES, Money
from riskshed.tables import read_toml

FILE = "coalitions.toml"
DAY_S = 86_400.0
MEMBERS_MAX = 5_000
OTHER_WATER = "supply_water"
RIVER = tuple(one for one in pollutant.EFFECTS if EFFECTS[one].kind != "receiver")
Progress = Callable[[int, int], None]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Act:
    """A treatment that a player could have taken, with where it stands and whether it is supposed."""

    treatment: Treatment
    source: str
    is_supposed: bool


@dataclass(frozen=True)
class Coalitions:
    """What the file says.

    Attributes
    ----------
    players : mapping of str to tuple of str
        Body to its cities, in the order of the file.
    acts : tuple of Act
    person_day_minor : int
        What a day of one person without tap water is worth, minor units of `currency`, > 0.
    currency, value_source : str
    value_is_supposed : bool
    members, seed : int
    horizon_s : float
    """

    players: Mapping[str, tuple[str, ...]]
    acts: tuple[Act, ...]
    person_day_minor: int
    currency: str
    value_source: str
    value_is_supposed: bool
    members: int
    seed: int
    horizon_s: float

    @staticmethod
    def read(case: Case, folder: Path) -> Coalitions | None:
        """Read the file in the folder of a case; None where there is none.

        Raises
        ------
        InputFaults
            ``averted.faults``, with every fault of the file.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        faults: list[Fault] = []
        raw = read_toml(path, faults) or {}
        made = _Reader(path, faults).read(raw, case.spill.released) if not faults else None
        if faults or made is None:
            raise InputFaults("averted.faults", f"the coalitions in {folder} cannot be run", faults)
        return made


@dataclass(frozen=True)
class Averted:
    """What came of it.

    Attributes
    ----------
    told : Coalitions
    worths : Worths
        v(S), counted over members.
    shapley : tuple of Fraction
        By player, in minor units.
    nucleolus : tuple of Fraction or None
        None where it does not exist or is not proven; `why_not` says why.
    why_not : str
    """

    told: Coalitions
    worths: Worths
    shapley: tuple[Fraction, ...]
    nucleolus: tuple[Fraction, ...] | None
    why_not: str

    def to_json(self) -> dict[str, Any]:
        """All of it, with every act and its source; shares as fractions of minor units."""
        told, players = self.told, self.worths.players
        shares = {"shapley": self.shapley, "nucleolus": self.nucleolus}
        return {
            **self.worths.to_json(),
            "runs": self.worths.runs,
            "nobody_minor": self.worths.nobody_minor,
            "all_minor": self.worths.all_minor,
            "currency": told.currency,
            "person_day_minor": told.person_day_minor,
            "value_is_supposed": told.value_is_supposed,
            "value_source": told.value_source,
            "ensemble": {"members": told.members, "seed": told.seed, "horizon_s": told.horizon_s},
            "acts": [_act_json(one) for one in told.acts],
            **{
                name: None if share is None else dict(zip(players, map(str, share), strict=True))
                for name, share in shares.items()
            },
            "why_not": self.why_not,
        }


def _act_json(one: Act) -> dict[str, Any]:
    act = one.treatment
    return {
        "code": act.code,
        "done_by": list(act.done_by),
        "effect": act.effect,
        "target": act.target,
        "amount": act.amount,
        "starts_s": act.starts_s,
        "ends_s": None if act.ends_s == inf else act.ends_s,
        "cost_minor": None if act.cost is None else act.cost.minor,
        "supposed": one.is_supposed,
        "source": one.source,
    }


def run(case: Case, told: Coalitions, progress: Progress | None = None) -> Averted:
    """Run the case for every coalition, and share what all avert together by two rules.

    Raises
    ------
    InputFaults, InputError, DomainError
        As of `pollutant.spread` and `coalition.values`.
    """
    river = _River(case, told)
    acts = {
        player: tuple(one.treatment for one in told.acts if one.treatment.done_by == (player,))
        for player in told.players
    }
    worths = coalition.values(acts, river.losses, progress=progress)
    nucleolus, why_not = None, ""
    try:
        nucleolus = nucleolus_exact(worths.players, worths.worth_minor)
    except DomainError as error:
        why_not = str(error)
    return Averted(told, worths, shapley_exact(worths.players, worths.worth_minor), nucleolus, why_not)


class _River:
    """Runs the pathway once for each set of treatments that changes the river."""

    def __init__(self, case: Case, told: Coalitions) -> None:
        self.case, self.told = case, told
        self.known: dict[frozenset[Treatment], Footprint] = {}
        self.owner = {city: body for body, cities in told.players.items() for city in cities}
        self.city_of = {one.id: one.city for one in case.region.sections if one.people_supplied is not None}

    def losses(self, treatments: frozenset[Treatment]) -> dict[str, int]:
        """The expected loss of each player with these treatments, minor units."""
        river = frozenset(one for one in treatments if one.effect != OTHER_WATER)
        if river not in self.known:
            acts: list[Treatment] = sorted(river, key=lambda one: one.code)
            self.known[river] = pollutant.spread(
                self.case.region,
                self.case.spill,
                members=self.told.members,
                seed=self.told.seed,
                horizon_s=self.told.horizon_s,
                treatments=acts,
            )
        found = self.known[river]
        lost = {body: np.zeros(self.told.members) for body in self.told.players}
        for row, section in enumerate(found.ids):
            body = self.owner.get(self.city_of.get(section, ""))
            if body is not None:
                lost[body] += self._lost(found, row, section, treatments)
        return coalition.expected_minor(tuple(lost), np.stack([*lost.values()]))

    def _lost(self, found: Footprint, row: int, section: str, treatments: frozenset[Treatment]) -> FloatArray:
        """What is lost at one section in each member, minor units, (member,)."""
        came_s, horizon_s = found.arrival_s[row], self.told.horizon_s
        gone_s = np.minimum(came_s + found.duration_s[row], horizon_s)
        days = np.maximum(gone_s - np.minimum(came_s, horizon_s), 0.0) / DAY_S
        names = (section, self.city_of[section])
        without = receiver_share(treatments, names, came_s, gone_s, effects=(OTHER_WATER,))
        lost: FloatArray = found.exposed_people[row] * days * without * self.told.person_day_minor
        return lost


class _Reader(CaseToml):
    """Reads the file, and collects what is wrong with it."""

    code = "averted.bad_value"

    def read(self, raw: Mapping[str, Any], released: datetime) -> Coalitions | None:
        """All of it; None if anything is wrong."""
        plain = {"members", "seed", "horizon_d", "person_day_minor", "currency", "value_supposed"}
        self.known(raw, {*plain, "value_source", "player", "act"})
        players = {self.text(one, "body"): self._cities(one) for one in self.tables(raw, "player")}
        if len(players) != len(raw.get("player") or ()) or len(players) > PLAYERS_MAX:
            self.wrong("player", ", ".join(players), f"each body once, at most {PLAYERS_MAX}")
        acts = tuple(self._act(one, players, released) for one in self.tables(raw, "act"))
        codes = [one.treatment.code for one in acts if one is not None]
        if len(set(codes)) < len(codes):
            self.wrong("code", ", ".join(codes), "each code once")
        made = Coalitions(
            players=players,
            acts=tuple(one for one in acts if one is not None),
            person_day_minor=self._whole(raw, "person_day_minor", 1, 10**9),
            currency=self._one_of(raw, "currency", tuple(CURRENCIES)),
            value_source=self.text(raw, "value_source"),
            value_is_supposed=self._yes_no(raw, "value_supposed"),
            members=self._whole(raw, "members", 2, MEMBERS_MAX),
            seed=self._whole(raw, "seed", 0, 2**53 - 1),
            horizon_s=self.number(raw, "horizon_d") * DAY_S,
        )
        return None if self.faults else made

    def _cities(self, table: Mapping[str, Any]) -> tuple[str, ...]:
        self.known(table, {"body", "cities", "note"})
        cities = table.get("cities", [])
        if isinstance(cities, list) and all(isinstance(one, str) for one in cities):
            return tuple(cities)
        self.wrong("cities", cities, "codes of cities")
        return ()

    def _act(self, table: Mapping[str, Any], players: Mapping[str, Any], released: datetime) -> Act | None:
        plain = {"code", "title_zh", "title_en", "done_by", "effect", "target", "amount", "starts", "ends"}
        self.known(table, {*plain, "supposed", "cost_minor", "source"})
        done_by = table.get("done_by")
        if not (isinstance(done_by, list) and len(done_by) == 1 and done_by[0] in players):
            self.wrong("done_by", done_by, f"one of {', '.join(players)}")
            return None
        starts = self.time(table, "starts")
        ends = self.time(table, "ends") if "ends" in table else None
        cost = self._whole(table, "cost_minor", 0, 2**53 - 1) if "cost_minor" in table else None
        read = {name: self.text(table, name) for name in ("code", "title_zh", "title_en", "target", "source")}
        effect, amount = self._one_of(table, "effect", (*RIVER, OTHER_WATER)), self.number(table, "amount")
        supposed = self._yes_no(table, "supposed")
        if self.faults:
            return None
        treatment = Treatment(
            read["code"],
            read["target"],
            effect,
            amount,
            (starts - released).total_seconds(),
            inf if ends is None else (ends - released).total_seconds(),
            None if cost is None else Money(cost, "CNY"),
            read["title_en"],
            read["title_zh"],
            (done_by[0],),
        )
        return Act(treatment, read["source"], supposed)

    def _whole(self, table: Mapping[str, Any], key: str, low: int, high: int) -> int:
        value = table.get(key)
        if type(value) is int and low <= value <= high:
            return value
        self.wrong(key, value, f"a whole number from {low} to {high}")
        return low

    def _yes_no(self, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key)
        if type(value) is bool:
            return value
        self.wrong(key, value, "true or false")
        return True

    def _one_of(self, table: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str:
        value = table.get(key)
        if isinstance(value, str) and value in choices:
            return value
        self.wrong(key, value, f"one of {', '.join(choices)}")
        return choices[0]
