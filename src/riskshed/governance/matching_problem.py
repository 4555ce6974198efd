"""What has to be known before needs and offers can be matched: who wants what, who has it, and what must fit.

One form serves aid, parts when a supplier stops, pooled purchasing, finance, technology, talent and training
places, local services and produce. A **need** and an **offer** are a candidate pair if kind, item and unit
are the same, the offer can be there in time and is not too far or too dear, it has the traits that are
wanted, its lot is not too large, and nobody refused the pair. All of that is hard. What is soft gives
**points** for each unit (`Weights`): how urgent the need is, preferred traits, nearness, earliness, price.
Points are no money; the parties agree on them beforehand, and compare only what is of one item.

Who comes may **seal** price, place, time, traits or priority, or the whole row (`Seal`). Sealed things decide
who is matched with whom, and nothing else: `MatchProblem.opened` is the problem as everybody may see it.

What is impossible is refused with all its faults at once. That nobody has what is needed is no fault.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from math import gcd, isfinite
from typing import Literal, get_args

from riskshed.errors import Fault, InputFaults

Kind = Literal[
    "aid", "parts", "purchase", "finance", "technology", "talent", "training", "service", "produce"
]
KINDS: tuple[str, ...] = get_args(Kind)
Seal = Literal["all", "price", "place", "time", "traits", "priority"]
SEALS: tuple[str, ...] = get_args(Seal)
Sign = Literal["=", ">=", "<="]

AMOUNT_STEP = Decimal("0.001")
AMOUNT_MAX = Decimal(10) ** 12
STEPS_MAX = 10**9
"""Largest amount of an item in its own steps, so that whole numbers stay exact in the solver."""
PRIORITY_MAX = 9
Group = tuple[str, str, str]
"""Kind, item and unit: only within one are needs and offers matched."""


@dataclass(frozen=True, slots=True)
class Want:
    """A trait that is wanted: a key, a sign and a value; ``>=`` and ``<=`` compare numbers."""

    key: str
    sign: Sign
    value: str

    def fits(self, has: Mapping[str, str]) -> bool:
        """Whether what an offer says of itself meets it; what is not said does not."""
        given = has.get(self.key)
        if given is None:
            return False
        if self.sign == "=":
            return given == self.value
        try:
            number, limit = float(given), float(self.value)
        except ValueError:
            return False
        return number >= limit if self.sign == ">=" else number <= limit


def read_wants(text: str, signs: Sequence[Sign] = get_args(Sign)) -> tuple[tuple[Want, ...], tuple[str, ...]]:
    """Wants that are written as ``grade=A; voltage_V>=12``, and the parts that are none.

    Examples
    --------
    >>> read_wants("voltage_V >= 12; red")
    ((Want(key='voltage_V', sign='>=', value='12'),), ('red',))
    """
    found, wrong = [], []
    for part in (each.strip() for each in text.replace("\n", ";").split(";")):
        sign = next((sign for sign in (">=", "<=", "=") if sign in part), None)
        key, _, value = (each.strip() for each in part.partition(sign or "="))
        if sign in signs and key and value:
            found.append(Want(key, sign, value))  # type: ignore[arg-type]
        elif part:
            wrong.append(part)
    return tuple(found), tuple(wrong)


@dataclass(frozen=True, slots=True)
class Need:
    """What a body needs.

    Attributes
    ----------
    id, body : str
    kind, item, unit : str
        What sort of thing, its code, and in what it is counted.
    amount : Decimal
        In `unit`, > 0, in steps of 0.001.
    city : str
        Where it is needed.
    opens_at, needed_by : datetime
        From when it can be taken, and by when it must be there; aware.
    lat, lon : float or None
        Degrees, WGS 84; None is unknown.
    priority : int
        1 to 9; 9 goes first.
    whole : bool
        Whether a part of it is of no use.
    partners_max : int or None
        By how many offers it may be met; None is any number.
    km_max : float or None
        From how far, in a straight line.
    price_max_yuan : float or None
        For one unit.
    wants, prefers : tuple of Want
        Traits that it must have, and that it should have.
    sealed : tuple of Seal
    """

    id: str
    body: str
    kind: str
    item: str
    unit: str
    amount: Decimal
    city: str
    opens_at: datetime
    needed_by: datetime
    lat: float | None = None
    lon: float | None = None
    priority: int = 1
    whole: bool = False
    partners_max: int | None = None
    km_max: float | None = None
    price_max_yuan: float | None = None
    wants: tuple[Want, ...] = ()
    prefers: tuple[Want, ...] = ()
    sealed: tuple[str, ...] = ()

    @property
    def group(self) -> Group:
        """What it can be matched with."""
        return self.kind, self.item, self.unit


@dataclass(frozen=True, slots=True)
class Offer:
    """What a body offers; otherwise as `Need`.

    Attributes
    ----------
    ready_at, until : datetime
        From when it can leave, and until when the offer stands; aware.
    whole : bool
        Whether it goes to one need, all of it or nothing.
    partners_max : int or None
        To how many needs it may go.
    km_max : float or None
        How far it goes.
    price_yuan : float or None
        For one unit; None is unknown.
    least : Decimal or None
        So much has to be taken in all, or nothing: a minimum order, which several needs may reach together.
    has : tuple of (key, value)
        What it says of itself; None, within `MatchProblem.opened` alone, is sealed.
    """

    id: str
    body: str
    kind: str
    item: str
    unit: str
    amount: Decimal
    city: str
    ready_at: datetime | None
    until: datetime | None
    lat: float | None = None
    lon: float | None = None
    whole: bool = False
    partners_max: int | None = None
    km_max: float | None = None
    price_yuan: float | None = None
    least: Decimal | None = None
    has: tuple[tuple[str, str], ...] | None = ()
    sealed: tuple[str, ...] = ()

    @property
    def group(self) -> Group:
        """What it can be matched with."""
        return self.kind, self.item, self.unit


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A pair that one of its two parties does not want."""

    need: str
    offer: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """Points for each unit that is matched, and how far and fast the road is.

    Attributes
    ----------
    priority : int
        For each step of priority; more than `near`, `early` and `cheap` together, so that any match is better
        than none.
    prefers : int
        If all preferred traits are there; a share of it for a share of them.
    near, early, cheap : int
        Taken off for an offer at `km_scale` or more, at the end of the window, at the highest price. What is
        unknown is taken off whole: nobody gains by not saying.
    km_scale : float
    road_km_h, detour : float
        Speed of a load, and how much longer the road is than the straight line.
    """

    priority: int = 1000
    prefers: int = 300
    near: int = 200
    early: int = 200
    cheap: int = 200
    km_scale: float = 1000.0
    road_km_h: float = 60.0
    detour: float = 1.3


@dataclass(frozen=True, eq=False)
class MatchProblem:
    """Needs, offers, what was refused, and what a match is worth.

    Parameters
    ----------
    needs, offers : sequence
        Each id once; kept in the order of their ids, so that the order of rows changes nothing.
    refused : sequence of Refusal
    weights : Weights
    as_of : datetime, optional
        Nothing leaves before; an offer that ended by then is too late.

    Raises
    ------
    InputFaults
        ``match.problem`` with everything that is wrong.
    """

    needs: tuple[Need, ...]
    offers: tuple[Offer, ...]
    refused: tuple[Refusal, ...] = ()
    weights: Weights = field(default_factory=Weights)
    as_of: datetime | None = None
    is_open: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", tuple(sorted(self.needs, key=lambda one: one.id)))
        object.__setattr__(self, "offers", tuple(sorted(self.offers, key=lambda one: one.id)))
        object.__setattr__(self, "refused", tuple(sorted(set(self.refused))))
        if not self.is_open and (faults := problem_faults(self)):
            raise InputFaults("match.problem", "these needs and offers cannot be matched", faults)

    def without(self, refused: Iterable[Refusal]) -> MatchProblem:
        """The same problem with more pairs refused."""
        return replace(self, refused=(*self.refused, *refused))

    def opened(self) -> MatchProblem:
        """The problem as everybody may see it: what is sealed is unknown, rows sealed whole are absent."""
        needs = tuple(_opened_need(one) for one in self.needs if "all" not in one.sealed)
        offers = tuple(_opened_offer(one) for one in self.offers if "all" not in one.sealed)
        known = {one.id for one in needs}, {one.id for one in offers}
        refused = tuple(one for one in self.refused if one.need in known[0] and one.offer in known[1])
        return replace(self, needs=needs, offers=offers, refused=refused, is_open=True)

    def groups(self) -> dict[Group, tuple[list[int], list[int]]]:
        """Places of the needs and of the offers of each kind, item and unit, in order."""
        found: defaultdict[Group, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for place, need in enumerate(self.needs):
            found[need.group][0].append(place)
        for place, offer in enumerate(self.offers):
            found[offer.group][1].append(place)
        return dict(sorted(found.items()))


def _opened_need(one: Need) -> Need:
    hidden = one.sealed
    if "place" in hidden:
        one = replace(one, city="", lat=None, lon=None, km_max=None)
    if "time" in hidden:
        # As wide as time is: whoever does not say when may need it at any time.
        zone = one.opens_at.tzinfo
        one = replace(
            one, opens_at=datetime(1, 1, 3, tzinfo=zone), needed_by=datetime(9999, 1, 1, tzinfo=zone)
        )
    if "price" in hidden:
        one = replace(one, price_max_yuan=None)
    if "traits" in hidden:
        one = replace(one, wants=(), prefers=())
    return replace(one, priority=1) if "priority" in hidden else one


def _opened_offer(one: Offer) -> Offer:
    hidden = one.sealed
    if "place" in hidden:
        one = replace(one, city="", lat=None, lon=None, km_max=None)
    if "time" in hidden:
        one = replace(one, ready_at=None, until=None)
    if "price" in hidden:
        one = replace(one, price_yuan=None)
    return replace(one, has=None) if "traits" in hidden else one


# ----------------------------------------------------------------------------------------- what is impossible


def amount_step(amounts: Iterable[Decimal]) -> Decimal:
    """The largest amount of which all these are whole multiples; they are multiples of 0.001."""
    whole = [int(amount / AMOUNT_STEP) for amount in amounts]
    return AMOUNT_STEP * (gcd(*whole) or 1)


def problem_faults(problem: MatchProblem) -> list[Fault]:
    """Everything that is impossible, each with its place."""
    found: list[Fault] = []
    sides: tuple[tuple[str, Sequence[Need | Offer]], ...]
    sides = (("needs", problem.needs), ("offers", problem.offers))
    for name, rows in sides:
        counts = Counter(one.id for one in rows)
        twice = sorted(code for code, count in counts.items() if count > 1)
        found += [_fault("twice", name, f"{code} more than once", "each id once") for code in twice]
        for one in rows:
            found += _row_faults(one)
    found += _unit_faults((*problem.needs, *problem.offers))
    found += _refusal_faults(problem)
    return found + _weight_faults(problem.weights)


def _fault(sort: str, where: str, got: object, wanted: str, todo: str = "") -> Fault:
    return Fault(f"match.{sort}", where, None, None, str(got), wanted, todo)


def _row_faults(one: Need | Offer) -> list[Fault]:
    where = f"{'need' if isinstance(one, Need) else 'offer'} {one.id}"
    found = []
    is_number = one.amount.is_finite()
    if not (is_number and 0 < one.amount <= AMOUNT_MAX):
        found.append(_fault("amount", where, one.amount, f"an amount > 0 and <= {AMOUNT_MAX:g}"))
    elif one.amount % AMOUNT_STEP:
        found.append(_fault("amount", where, one.amount, f"steps of {AMOUNT_STEP}", "Round the amount."))
    if one.kind not in KINDS:
        found.append(_fault("kind", where, one.kind, f"one of {', '.join(KINDS)}"))
    if isinstance(one, Offer) and one.least is not None and not _is_least(one.least, one.amount):
        found.append(_fault("least", where, one.least, "above 0, no more than the amount, in steps of 0.001"))
    if one.partners_max is not None and one.partners_max < 1:
        found.append(_fault("partners", where, one.partners_max, "at least 1"))
    price = one.price_max_yuan if isinstance(one, Need) else one.price_yuan
    for name, number in (("km_max", one.km_max), ("price", price)):
        if number is not None and not (isfinite(number) and number >= 0):
            found.append(_fault("number", f"{where}, {name}", number, "a finite number >= 0"))
    if unknown := sorted(set(one.sealed) - set(SEALS)):
        found.append(_fault("sealed", where, ", ".join(unknown), f"of {', '.join(SEALS)}"))
    if isinstance(one, Need) and not 1 <= one.priority <= PRIORITY_MAX:
        found.append(_fault("priority", where, one.priority, f"1 to {PRIORITY_MAX}"))
    return found + _window_faults(one, where)


def _is_least(least: Decimal, amount: Decimal) -> bool:
    return least.is_finite() and 0 < least <= amount and not least % AMOUNT_STEP


def _window_faults(one: Need | Offer, where: str) -> list[Fault]:
    begins, ends = (one.opens_at, one.needed_by) if isinstance(one, Need) else (one.ready_at, one.until)
    if begins is None or ends is None or begins.tzinfo is None or ends.tzinfo is None:
        return [_fault("time", where, f"{begins} to {ends}", "two times with their offset from UTC")]
    if ends < begins:
        got, todo = f"{begins.isoformat()} to {ends.isoformat()}", "Exchange or correct the times."
        return [_fault("window", where, got, "a window that does not end before it begins", todo)]
    return []


def _unit_faults(rows: Sequence[Need | Offer]) -> list[Fault]:
    """One item of a kind is counted in one unit; and its amounts are not too different for whole numbers."""
    units: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    amounts: defaultdict[Group, list[Decimal]] = defaultdict(list)
    for one in rows:
        units[one.kind, one.item][one.unit] += 1
        amounts[one.group].append(one.amount)
        if isinstance(one, Offer) and one.least is not None:
            amounts[one.group].append(one.least)
    found = []
    for (kind, item), counts in sorted(units.items()):
        if len(counts) > 1:
            ids = {u: min(o.id for o in rows if (o.kind, o.item, o.unit) == (kind, item, u)) for u in counts}
            got = "; ".join(f"{unit} ({ids[unit]})" for unit in sorted(counts))
            found.append(_fault("mixed_units", f"{kind} {item}", got, "one unit", "Convert the amounts."))
    for (kind, item, _), given in sorted(amounts.items()):
        usable = [one for one in given if one.is_finite() and 0 < one <= AMOUNT_MAX and not one % AMOUNT_STEP]
        if usable and max(usable) > STEPS_MAX * amount_step(usable):
            got = f"{max(usable)} beside steps of {amount_step(usable)}"
            found.append(_fault("amount", f"{kind} {item}", got, f"at most {STEPS_MAX:,} steps", "Round."))
    return found


def _refusal_faults(problem: MatchProblem) -> list[Fault]:
    needs, offers = {one.id: one for one in problem.needs}, {one.id: one for one in problem.offers}
    found = []
    for one in problem.refused:
        need, offer = needs.get(one.need), offers.get(one.offer)
        if need is None:
            found.append(_fault("unknown_id", "refused, need", one.need, "the id of a need"))
        if offer is None:
            found.append(_fault("unknown_id", "refused, offer", one.offer, "the id of an offer"))
        if need and offer and one.by not in ("", need.body, offer.body):
            found.append(_fault("stranger", f"refused {one.need}, {one.offer}", one.by, "one of its parties"))
    return found


def _weight_faults(weights: Weights) -> list[Fault]:
    points = (weights.prefers, weights.near, weights.early, weights.cheap)
    found = []
    if min(points) < 0 or weights.priority <= sum(points[1:]) or max(*points, weights.priority) > 10**5:
        wanted = "0 to 100,000, priority more than near, early and cheap together"
        found.append(_fault("weights", "weights", weights, wanted))
    for name in ("km_scale", "road_km_h", "detour"):
        if not (isfinite(getattr(weights, name)) and getattr(weights, name) > 0):
            found.append(_fault("weights", name, getattr(weights, name), "a finite number > 0"))
    return found
