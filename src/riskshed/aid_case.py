"""The help that a case needed, as a problem of dispatch: asked for when it was, or when it could have been.

``aid_problem.toml`` in the folder of a case says what was needed where and from when on, who could have sent
it, and at which times it could have been asked for. For each of these times the same problem is solved
(`riskshed.governance.dispatch`); what differs between the plans is what the hours are worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, inf, isclose
from pathlib import Path
from typing import Any

import numpy as np

from riskshed.case_toml import CaseToml
from riskshed.errors import Fault, InputFaults
from riskshed.governance import dispatch
from riskshed.governance.dispatch import AidPlan
from riskshed.governance.dispatch_problem import AidProblem, Good, Harm
from riskshed.tables import read_toml

FILE = "aid_problem.toml"
AFTER_H = 120.0
"""So long after the time of need the plan is looked at."""
_NUMBERS = ("period_h", "horizon_h", "truck_h_weight")
_DONOR = ("stock", "ready_h", "trucks", "load_t", "travel_h")


@dataclass(frozen=True)
class Asked:
    """A time at which help could be asked for, with where that stands."""

    variant: str
    at: datetime
    source: str


@dataclass(frozen=True)
class AidCase:
    """What a case says of its help.

    Attributes
    ----------
    receiver : str
    good : Good
    needed_at : datetime
    needs : tuple of (amount, probability)
    donors : tuple of mapping
        ``code``, ``stock``, ``ready_h``, ``trucks``, ``load_t``, ``travel_h``, ``source``.
    asked : tuple of Asked
    period_h, horizon_h, truck_h_weight : float
    source : str
    """

    receiver: str
    good: Good
    needed_at: datetime
    needs: tuple[tuple[float, float], ...]
    donors: tuple[Mapping[str, Any], ...]
    asked: tuple[Asked, ...]
    period_h: float
    horizon_h: float
    truck_h_weight: float
    source: str

    @staticmethod
    def read(folder: Path) -> AidCase | None:
        """Read it from the folder of a case; None where the case has none.

        Raises
        ------
        InputFaults
            ``aid_case.faults``, with every fault of the file.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        faults: list[Fault] = []
        raw = read_toml(path, faults) or {}
        made = _Reader(path, faults).read(raw) if not faults else None
        if faults or made is None:
            raise InputFaults(
                "aid_case.faults", f"the help of the case in {folder} cannot be planned", faults
            )
        return made

    def problem(self, asked: Asked) -> AidProblem:
        """The problem as it is if help is asked for at this time; its hours count from there."""
        cities = (self.receiver, *(one["code"] for one in self.donors))
        lead_h = (self.needed_at - asked.at) / timedelta(hours=1)
        periods = max(1, min(ceil((lead_h + AFTER_H) / self.period_h), ceil(self.horizon_h / self.period_h)))
        first = max(0, ceil(lead_h / self.period_h))
        demand = np.zeros((len(cities), 1, len(self.needs), periods))
        for scenario, (amount, _) in enumerate(self.needs):
            demand[0, 0, scenario, first:] = amount
        travel = np.full((len(cities), len(cities)), inf)
        travel[1:, 0] = [one["travel_h"] for one in self.donors]

        def column(name: str, of_receiver: float) -> Any:
            return np.array([of_receiver, *(one[name] for one in self.donors)], dtype=np.float64)

        return AidProblem(
            cities=cities,
            goods=(self.good,),
            period_h=self.period_h,
            stock=column("stock", 0.0)[:, None],
            reserve=np.zeros((len(cities), 1)),
            ready_h=column("ready_h", 0.0)[:, None],
            trucks=column("trucks", 0.0),
            load_t=column("load_t", 1.0),
            travel_h=travel,
            demand=demand,
            probability=np.array([probability for _, probability in self.needs]),
            truck_h_weight=self.truck_h_weight,
        )


class _Reader(CaseToml):
    """Reads the file, and collects what is wrong with it."""

    code = "aid_case.bad_value"

    def read(self, raw: Mapping[str, Any]) -> AidCase | None:
        """All of it; None if anything is wrong."""
        known = {"receiver", "source", "good", "need", "needed", "asked", "donor", *_NUMBERS}
        self.known(raw, known)
        needs = tuple(
            (self.number(one, "amount"), self.number(one, "probability")) for one in self.tables(raw, "need")
        )
        if needs and not isclose(sum(chance for _, chance in needs), 1.0, abs_tol=1e-9):
            self.wrong("probability", sum(chance for _, chance in needs), "probabilities that add up to 1")
        donors = tuple(self._donor(one) for one in self.tables(raw, "donor"))
        codes = [one["code"] for one in donors]
        if len(set(codes)) < len(codes):
            self.wrong("donor", ", ".join(codes), "each donor once")
        asked = tuple(
            Asked(self.text(one, "variant"), self.time(one, "at"), self.text(one, "source"))
            for one in self.tables(raw, "asked")
        )
        needed = raw.get("needed") if isinstance(raw.get("needed"), dict) else {}
        numbers = {name: self.number(raw, name) for name in _NUMBERS}
        made = AidCase(
            receiver=self.text(raw, "receiver"),
            good=self._good(raw.get("good") if isinstance(raw.get("good"), dict) else {}),
            needed_at=self.time(needed or {}, "at"),
            needs=needs,
            donors=donors,
            asked=asked,
            source=self.text(raw, "source"),
            **numbers,
        )
        return None if self.faults else made

    def _donor(self, table: Mapping[str, Any]) -> dict[str, Any]:
        numbers = {
            name: self.number(table, name, zero=name in ("stock", "ready_h", "trucks")) for name in _DONOR
        }
        return {"code": self.text(table, "code"), "source": self.text(table, "source"), **numbers}

    def _good(self, table: Mapping[str, Any] | None) -> Good:
        table = table or {}
        steps = table.get("harm", [[0, 1.0]])
        try:
            harm = tuple(Harm(float(waiting_h), float(weight)) for waiting_h, weight in steps)
        except (TypeError, ValueError):
            self.wrong("harm", steps, "pairs of hours and weight")
            harm = (Harm(0.0, 1.0),)
        return Good(self.text(table, "code"), self.text(table, "unit"), self.number(table, "weight_t"), harm)


# ------------------------------------------------------------------------------------------- what comes of it


@dataclass(frozen=True)
class Course:
    """The plan for one time of asking.

    Attributes
    ----------
    asked : Asked
    plan : AidPlan
    start : datetime
        From which its hours count.
    missing_at_need : float
        Expected amount that is missing when it is first needed.
    missing_h : float
        Expected amount times hours without it.
    last_at : datetime or None
        When the last load is there; None if nothing is sent.
    """

    asked: Asked
    plan: AidPlan
    missing_at_need: float
    missing_h: float
    last_at: datetime | None

    @property
    def start(self) -> datetime:
        """From when the hours of the plan count."""
        return self.asked.at


def courses(case: AidCase) -> tuple[Course, ...]:
    """The best plan for each time at which help could be asked for, in the order of the file."""
    return tuple(_course(case, one) for one in case.asked)


def _course(case: AidCase, asked: Asked) -> Course:
    plan = dispatch.solve(case.problem(asked))
    problem = plan.problem
    place = problem.cities.index(case.receiver)
    came = plan.arrived[place, 0]  # (period,)
    demand = problem.demand[place, 0]  # (scenario, period)
    missing = problem.probability @ np.maximum(demand - came, 0.0)  # (period,)
    needed = np.flatnonzero(demand.max(axis=0) > 0)
    last_h = max((one.arrives_h for one in plan.shipments), default=None)
    return Course(
        asked=asked,
        plan=plan,
        missing_at_need=float(missing[needed[0]]) if len(needed) else 0.0,
        missing_h=float(missing.sum() * problem.period_h),
        last_at=None if last_h is None else asked.at + timedelta(hours=last_h),
    )
