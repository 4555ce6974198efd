"""Treatment: what an action changes, at the source, on a link or at a receiver, as data that pathways share.

A plan is judged by running the same forecast with it and without it. So an action is not a new model: it is
one *effect* out of a short table (`EFFECTS`), at one target, for a time, with an amount, and with what it
costs and who does it. A pathway needs four things of it, and asks for no more:

- which share of the source still goes out at a time (`source_share`),
- how much water is added at a reach, and when (effect ``add_flow``), or kept out of it (``retain``),
- which share passes a link at a time (`link_share`),
- which share of the people at a place is still exposed (`receiver_share`).

No pathway can honour every effect: travel that is cut does nothing to a river. A pathway says which it
honours (`accept`), and any other, or a target that it does not have, is refused by name. An action that is
left out silently would be a plan that works on paper only.

Seconds count from the origin of the forecast. An effect never claims more than is sure: people count as kept
from harm only if the action began before the harm came and lasted until it was gone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.statement_values import Money
from riskshed.tables import parse_time, shown

Floats = npt.NDArray[np.float64]
Kind = Literal["source", "link", "receiver"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One way in which an action changes a forecast.

    `high` is the most that the amount may be; the least is 0. `decided` names the actions of the statement
    TreatmentDecided that have this effect.
    """

    code: str
    kind: Kind
    unit: str
    high: float
    title_en: str
    title_zh: str
    doc: str
    decided: tuple[str, ...] = ()


EFFECTS: Mapping[str, Effect] = {
    effect.code: effect
    for effect in (
        Effect(
            "cut_source", "source", "1", 1.0, "cut the source", "切断源头",
            "Share of what would still go out that is stopped.", ("stop_plant",),
        ),
        Effect(
            "hold_release", "source", "1", 1.0, "hold a release back", "拦蓄来水",
            "Share of the inflow that a reservoir holds back, and still holds at the end.", ("hold_release",),
        ),
        Effect(
            "add_flow", "link", "m3/s", 1e6, "let more water out", "加大下泄",
            "Flow that is added to the river from the target on.", ("raise_release",),
        ),
        Effect(
            "retain", "link", "m3/s", 1e6, "open a retention area", "启用蓄滞洪区",
            "Flow above which water is led into the area, until its capacity is full.", ("open_retention",),
        ),
        Effect(
            "absorb", "link", "1", 1.0, "adsorb on activated carbon", "活性炭吸附",
            "Share of the dissolved matter that is taken out at the end of the reach.", ("absorb",),
        ),
        Effect(
            "cut_travel", "link", "1", 1.0, "cut travel", "限制出行",
            "Share of the travel that does not take place.", ("cut_travel",),
        ),
        Effect(
            "reduce_contact", "receiver", "1", 1.0, "reduce contacts", "减少接触",
            "Share of the contacts of the people of the place that do not take place.", ("close_schools",),
        ),
        Effect(
            "close_intake", "receiver", "1", 1.0, "close intakes", "关闭取水口",
            "Share of the people of the place whom no bad water reaches; they are without supply.",
            ("close_intake",),
        ),
        Effect(
            "evacuate", "receiver", "1", 1.0, "evacuate", "转移安置",
            "Share of the people of the place who are elsewhere.", ("evacuate", "shelter"),
        ),
        Effect(
            "supply_water", "receiver", "1", 1.0, "supply water otherwise", "应急供水",
            "Share of the people of the place who are supplied in another way.", ("supply_water",),
        ),
        Effect(
            "buffer", "receiver", "h", 1e5, "draw on a buffer", "动用储备",
            "Hours for which a store at the place bridges the gap.", ("buffer",),
        ),
    )
}  # fmt: skip
"""Every effect, by code."""

DECIDED = {name: effect.code for effect in EFFECTS.values() for name in effect.decided}


@dataclass(frozen=True, slots=True)
class Treatment:
    """An action with its effect.

    Attributes
    ----------
    code : str
        Unique within a plan.
    target : str
        Id of a section, number of a reach, or code of a city, as the effect has it.
    effect : str
        One of `EFFECTS`.
    amount : float
        In the unit of the effect, from 0 to its `high`.
    starts_s, ends_s : float
        From when and until when, s after the origin; without an end, for good.
    cost : Money or None
        What it costs; None is unknown, and not nothing.
    title_en, title_zh : str
    done_by : tuple of str
        Bodies that have to act; it takes all of them.
    capacity_m3 : float
        For ``retain``: how much the area holds.

    Raises
    ------
    InputFaults
        ``treatment.faults``, naming the treatment and each thing that is wrong with it.
    """

    code: str
    target: str
    effect: str
    amount: float
    starts_s: float = 0.0
    ends_s: float = math.inf
    cost: Money | None = None
    title_en: str = ""
    title_zh: str = ""
    done_by: tuple[str, ...] = ()
    capacity_m3: float = math.inf

    def __post_init__(self) -> None:
        faults = [
            Fault("treatment.bad_value", f"treatment {self.code}", None, column, shown(str(got)), wanted)
            for column, got, wanted in self._wrong()
        ]
        if faults:
            raise InputFaults("treatment.faults", f"the treatment {self.code} cannot be used", faults)

    def _wrong(self) -> Iterable[tuple[str, object, str]]:
        effect = EFFECTS.get(self.effect)
        if not self.code or not self.target:
            yield "target", self.target, "a code and a target"
        if effect is None:
            yield "effect", self.effect, f"one of {', '.join(EFFECTS)}"
        elif not 0.0 <= self.amount <= effect.high:
            yield "amount", self.amount, f"0 to {effect.high:g} {effect.unit}"
        if not math.isfinite(self.starts_s):
            yield "starts_s", self.starts_s, "a time"
        if not self.ends_s > self.starts_s:
            yield "ends_s", self.ends_s, f"later than starts_s, which is {self.starts_s:g}"
        if self.cost is not None and self.cost.minor < 0:
            yield "cost", self.cost.minor, "0 or more"
        if not self.capacity_m3 > 0.0 or (self.effect != "retain" and self.capacity_m3 != math.inf):
            yield "capacity_m3", self.capacity_m3, "more than 0, and only with the effect retain"

    @property
    def kind(self) -> Kind:
        """Whether it acts on the source, on a link or on a receiver."""
        return EFFECTS[self.effect].kind

    def during(self, begin_s: npt.ArrayLike, end_s: npt.ArrayLike) -> Floats:
        """The part of each interval, 0..1, in which it acts; of an instant, whether it acts then."""
        begin, end = np.asarray(begin_s, np.float64), np.asarray(end_s, np.float64)
        both = np.minimum(end, self.ends_s) - np.maximum(begin, self.starts_s)
        instant = (begin >= self.starts_s) & (begin < self.ends_s)
        length = np.where(end > begin, end - begin, 1.0)
        return np.where(end > begin, np.clip(both / length, 0.0, 1.0), instant)


# ----------------------------------------------------------------------------------- what a pathway asks for


def accept(
    treatments: Sequence[object],
    *,
    pathway: str,
    effects: Collection[str],
    has: Callable[[Treatment], bool],
) -> tuple[Treatment, ...]:
    """The treatments, if a pathway can honour each of them.

    Parameters
    ----------
    treatments : sequence of Treatment
    pathway : str
        Its name, for the message.
    effects : collection of str
        Codes of the effects that it honours.
    has : callable
        Whether the pathway has the target of a treatment.

    Raises
    ------
    InputFaults
        ``treatment.not_honoured``, naming every treatment that cannot be honoured, whose target is not there,
        or whose code stands twice.
    """
    faults: list[Fault] = []
    seen: set[str] = set()
    for treatment in treatments:
        if not isinstance(treatment, Treatment):
            faults.append(_refused(pathway, shown(str(treatment)), "effect", "no treatment", "a treatment"))
            continue
        where = f"treatment {treatment.code}"
        if treatment.code in seen:
            faults.append(_refused(pathway, where, "code", "the code twice", "each code once"))
        elif treatment.effect not in effects:
            wanted = f"one that this pathway honours: {', '.join(sorted(effects))}"
            faults.append(_refused(pathway, where, "effect", treatment.effect, wanted))
        elif not has(treatment):
            wanted = f"a {treatment.kind} of this forecast"
            faults.append(_refused(pathway, where, "target", shown(treatment.target), wanted))
        seen.add(treatment.code)
    if faults:
        told = f"the pathway {pathway} knows no treatments like these"
        raise InputFaults("treatment.not_honoured", told, faults, todo="Leave them out, or correct them.")
    return tuple(t for t in treatments if isinstance(t, Treatment))


def _refused(pathway: str, where: str, column: str, got: str, wanted: str) -> Fault:
    return Fault(f"{pathway}.treatments", where, None, column, got, wanted, "Leave it out, or correct it.")


def source_share(treatments: Iterable[Treatment], begin_s: npt.ArrayLike, end_s: npt.ArrayLike) -> Floats:
    """The share of the source that still goes out in each interval: the product over all treatments of it."""
    return _passing((t for t in treatments if t.kind == "source"), begin_s, end_s)


def link_share(
    treatments: Iterable[Treatment], target: str, begin_s: npt.ArrayLike, end_s: npt.ArrayLike
) -> Floats:
    """The share that passes a link in each interval, with all that takes a share out at this target."""
    shares = ("absorb", "cut_travel")
    return _passing((t for t in treatments if t.effect in shares and t.target == target), begin_s, end_s)


def receiver_share(
    treatments: Iterable[Treatment],
    names: Collection[str],
    arrival_s: Floats,
    gone_s: Floats,
    *,
    effects: Collection[str] = ("close_intake", "evacuate"),
) -> Floats:
    """The share of the people of a place who are still exposed, in the shape of `arrival_s`.

    Parameters
    ----------
    treatments : iterable of Treatment
    names : collection of str
        What a target may be called to mean this place: its id and its city.
    arrival_s, gone_s : (member,)
        When the harm comes and goes; infinity is never.
    effects : collection of str
        Which effects are asked about.

    Notes
    -----
    A treatment counts if it has begun when the harm comes and has not ended before it is gone. Shares of
    different treatments are taken as independent: the product of what each leaves.
    """
    share = np.ones(np.shape(arrival_s))
    for treatment in treatments:
        if treatment.effect in effects and treatment.target in names:
            in_time = (treatment.starts_s <= arrival_s) & (gone_s <= treatment.ends_s)
            share *= np.where(in_time, 1.0 - treatment.amount, 1.0)
    return share


def still_exposed(people: Floats, share: Floats) -> Floats:
    """People times share; nobody is left where the share is 0, however many there were."""
    return np.where(share == 0.0, 0.0, people * share)


def _passing(treatments: Iterable[Treatment], begin_s: npt.ArrayLike, end_s: npt.ArrayLike) -> Floats:
    share = np.ones(np.broadcast_shapes(np.shape(begin_s), np.shape(end_s)))
    for treatment in treatments:
        share *= 1.0 - treatment.amount * treatment.during(begin_s, end_s)
    return share


# ------------------------------------------------------------------------------------------ who does what


def done_by(treatments: Iterable[Treatment], coalition: Collection[str]) -> tuple[Treatment, ...]:
    """What a coalition can do alone: the treatments all of whose bodies are in it.

    The worth of a coalition is what the forecast gains by these. A treatment that names nobody is of nobody's
    doing, and is left out.
    """
    return tuple(t for t in treatments if t.done_by and set(t.done_by) <= set(coalition))


def of_decision(code: str, body: Mapping[str, Any], *, origin: datetime) -> Treatment | None:
    """The treatment in the body of a statement TreatmentDecided.

    Parameters
    ----------
    code : str
        Id of the statement.
    body : mapping
        Its body.
    origin : datetime
        Origin of the forecast, aware.

    Returns
    -------
    Treatment or None
        None for an action that has no effect a pathway could compute, such as monitoring.

    Raises
    ------
    InputError
        ``treatment.no_target``: it does not say where. ``treatment.no_size``: it does not say how much, and
        all of it cannot be meant. ``treatment.unit``: a size in another unit. ``treatment.faults`` otherwise.
    """
    if body["treatment"] not in DECIDED:
        return None
    effect = EFFECTS[DECIDED[body["treatment"]]]
    if not body.get("place"):
        raise InputError("treatment.no_target", f"the treatment {code} does not say where it acts")
    ends = body.get("ends")
    cost = body.get("cost")
    return Treatment(
        code,
        body["place"],
        effect.code,
        _amount(code, effect, body.get("size")),
        starts_s=(parse_time(body["starts"]) - origin).total_seconds(),
        ends_s=math.inf if ends is None else (parse_time(ends) - origin).total_seconds(),
        cost=None if cost is None else Money(cost["minor"], cost["currency"]),
        title_en=body["what"],
        title_zh=body["what"],
        done_by=tuple(body.get("done_by", ())),
    )


PER_UNIT = {("%", "1"): 0.01, ("d", "h"): 24.0, ("min", "h"): 1 / 60}
"""What a size in the first unit is in the second."""


def _amount(code: str, effect: Effect, size: Mapping[str, Any] | None) -> float:
    if size is None:
        # To close an intake or stop a plant without a size means all of it; to adsorb, or to close schools,
        # does not.
        if effect.unit == "1" and effect.code not in ("absorb", "reduce_contact"):
            return 1.0
        raise InputError("treatment.no_size", f"the treatment {code} does not say how much, in {effect.unit}")
    if size["unit"] != effect.unit and (size["unit"], effect.unit) not in PER_UNIT:
        told = f"the treatment {code} has a size in {size['unit']}, want {effect.unit}"
        raise InputError("treatment.unit", told)
    return float(size["value"]) * PER_UNIT.get((size["unit"], effect.unit), 1.0)
