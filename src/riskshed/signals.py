"""What comes in: readings of stations and signals of any hazard, each known from the moment it arrived.

A **signal** is one measurement, one look that found nothing, or one warning of somebody else, with the class
of hazard that it bears on. It is a `riskshed.reading.Reading` that may be of any quantity. `known_at` is when
it arrived here, and nobody's claim: a node cannot have used what it did not have.

What arrives can be late, come twice, or correct what came before:

- Two signals **about** the same (place, series, quantity, unit, kind, and the time as it was written) are one
  signal and its correction. From when the correction is known it alone counts.
- A **duplicate** says what is known already. It does nothing, whenever and however often it comes. A repeat
  of words that were corrected meanwhile is a message that was delivered again, and does nothing either; only
  a `client_id` of its own makes it a new correction.
- A **late** signal is of a time before others of its series. It takes its place in the order of time.
- Two that deny each other and became known at the same moment leave the value **unknown**.

All functions here are functions of a set: the order in which signals are handed in changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from riskshed.reading import Reading, ReadingKind

HAZARD_CLASS_OF: Mapping[str, str] = {
    "natural_disaster": "natural_disaster",
    "accident": "accident",
    "public_health": "public_health",
    "social_security": "social_security",
    "natural": "natural_disaster",
    "health": "public_health",
    "social": "social_security",
    "technology": "accident",
}
"""The statutory class (突发事件应对法 2024, article 2) of each word that a sender may use. That law names
four classes and no fifth: a failure of technology (power, data, transport) is an accident."""

About = tuple[str, str, str, str, str, datetime]
Series = tuple[str, str, str, str]
"""Place, series, quantity and unit: what an `About` begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One reading or signal.

    Attributes
    ----------
    place : str
        Id of the station, section or city.
    hazard_class : str
        One of the four statutory classes.
    quantity : str
        Code of what was measured, such as ``nitrobenzene``, ``stage``, ``cases``.
    unit : str
        One of `riskshed.statement_values.UNITS`.
    time : datetime
        Middle of the interval in which it was taken; aware.
    kind : str
        One of `riskshed.reading.KINDS`.
    value : Decimal or None
        In `unit`; None is unknown.
    known_at : datetime
        When it arrived; aware, never before `time`.
    source : str
    uncertainty_s : float
        Half the length of the interval that the precision of the time leaves open.
    hazard : str or None
        Code of the hazard, where the sender names it.
    series : str
        Instrument or sender: what one series shows clears nothing that another showed.
    confirmed : bool
        False for what somebody saw and nobody has checked.
    client_id : str
        The sender's own name for it; empty where there is none.
    note : str
    stated : datetime or None
        The time as it was written, by which a correction finds what it corrects; None is `time` itself.
    """

    place: str
    hazard_class: str
    quantity: str
    unit: str
    time: datetime
    kind: ReadingKind
    value: Decimal | None
    known_at: datetime
    source: str
    uncertainty_s: float = 0.0
    hazard: str | None = None
    series: str = ""
    confirmed: bool = True
    client_id: str = ""
    note: str = ""
    stated: datetime | None = None

    def __post_init__(self) -> None:
        assert self.time.tzinfo is not None, "a time with its zone"
        assert self.known_at.tzinfo is not None, "a time with its zone"
        assert self.time <= self.known_at, "nothing is known before it happened"
        assert self.source.strip(), "every fact has its source"
        assert self.hazard_class in HAZARD_CLASS_OF.values(), f"no statutory class: {self.hazard_class}"

    @property
    def about(self) -> About:
        """What it is about: two signals about the same are one signal and its correction."""
        at = (self.stated or self.time).astimezone(UTC)
        return (self.place, self.series, self.quantity, self.unit, self.kind, at)

    @property
    def found(self) -> tuple[Decimal | None, float, bool]:
        """What it says about that."""
        return (self.value, self.uncertainty_s, self.confirmed)

    def reading(self) -> Reading:
        """The same as a reading, for those who compute; its value as a binary number."""
        return Reading(
            section=self.place,
            time=self.time,
            kind=self.kind,
            value=None if self.value is None else float(self.value),
            known_at=self.known_at,
            uncertainty_s=self.uncertainty_s,
            source=self.source,
            note=self.note,
            stated=self.stated,
        )


def of_reading(reading: Reading, *, quantity: str, unit: str, hazard_class: str) -> Signal:
    """A reading of a case as a signal that arrived when the case says that it could be known."""
    return Signal(
        place=reading.section,
        hazard_class=HAZARD_CLASS_OF[hazard_class],
        quantity=quantity,
        unit=unit,
        time=min(reading.time, reading.known_at),
        kind=reading.kind,
        value=None if reading.value is None else Decimal(str(reading.value)),
        known_at=reading.known_at,
        source=reading.source,
        uncertainty_s=reading.uncertainty_s,
        note=reading.note,
        stated=reading.stated,
    )


# ----------------------------------------------------------------------------------------- what is known when


def known_by(signals: Iterable[Signal], at: datetime) -> tuple[Signal, ...]:
    """The signals that were there at this time, with the corrections known by then.

    Parameters
    ----------
    signals : iterable of Signal
        In any order, with any duplicates.
    at : datetime
        Aware. A signal known at exactly this time is included.

    Returns
    -------
    tuple of Signal
        One for each thing that they are about, in the order of time.
    """
    assert at.tzinfo is not None, "a time with its zone"
    told: dict[About, list[Signal]] = {}
    for one in sorted((one for one in signals if one.known_at <= at), key=order):
        before = told.setdefault(one.about, [])
        if not _is_repeat(one, before):
            before.append(one)
    return tuple(sorted((_latest(several) for several in told.values()), key=by_time))


def by_time(one: Signal) -> tuple[datetime, datetime, str, str, str, str, str]:
    """The key by which signals stand in the order of time."""
    return (one.time, one.known_at, one.place, one.series, one.quantity, one.unit, one.kind)


def order(one: Signal) -> tuple[datetime, str, str, float, bool, str]:
    """In the order of knowledge; what arrived together, in an order that does not hang on who asks."""
    return (one.known_at, one.client_id, str(one.value), one.uncertainty_s, one.confirmed, one.source)


def _is_repeat(one: Signal, before: Sequence[Signal]) -> bool:
    """Whether this says nothing that was not said: what is so now, or an old message delivered again."""
    if not before:
        return False
    if one.found == before[-1].found:
        return True
    alike = [other for other in before if other.found == one.found]
    return bool(alike) and (not one.client_id or any(other.client_id == one.client_id for other in alike))


def _latest(told: Sequence[Signal]) -> Signal:
    """The last word; unknown where two last words, known at one moment, deny each other."""
    last = told[-1]
    rivals = [one for one in told if one.known_at == last.known_at]
    if len({one.value for one in rivals}) > 1:
        return replace(rivals[0], value=None, confirmed=all(one.confirmed for one in rivals))
    return last


# --------------------------------------------------------------------------------------------- what is new


class Sifted(NamedTuple):
    """What arrived, told apart. `corrections` and `late` are among `fresh`."""

    fresh: tuple[Signal, ...]
    duplicates: tuple[Signal, ...]
    corrections: tuple[Signal, ...]
    late: tuple[Signal, ...]


def sift(known: Iterable[Signal], arrived: Iterable[Signal]) -> Sifted:
    """Tell what is new from what is known already.

    Parameters
    ----------
    known : iterable of Signal
        Everything that was taken in before.
    arrived : iterable of Signal
        What arrived now, in any order.
    """
    told: dict[About, list[Signal]] = {}
    newest: dict[Series, datetime] = {}
    for one in sorted(known, key=order):
        told.setdefault(one.about, []).append(one)
        newest[one.about[:4]] = max(newest.get(one.about[:4], one.time), one.time)
    return sift_among(told, newest, arrived)


def sift_among(
    told: Mapping[About, Sequence[Signal]], newest: Mapping[Series, datetime], arrived: Iterable[Signal]
) -> Sifted:
    """As `sift`, for who keeps what is known so that it need not be gone through again.

    Parameters
    ----------
    told : mapping of About to sequence of Signal
        What was taken in before, in the `order` of knowledge.
    newest : mapping of Series to datetime
        The latest time of each series of it.
    arrived : iterable of Signal
    """
    heard: dict[About, list[Signal]] = {}
    fresh: list[Signal] = []
    duplicates: list[Signal] = []
    corrections: list[Signal] = []
    late: list[Signal] = []
    for one in sorted(arrived, key=order):
        before = heard.setdefault(one.about, [*told.get(one.about, ())])
        if _is_repeat(one, before):
            duplicates.append(one)
            continue
        if before:
            corrections.append(one)
        elif one.time < newest.get(one.about[:4], one.time):
            late.append(one)
        before.append(one)
        fresh.append(one)
    ordered = sorted(fresh, key=by_time)
    return Sifted(tuple(ordered), tuple(duplicates), tuple(corrections), tuple(late))
