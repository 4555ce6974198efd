"""What the interface sends of needs, offers and matches: as far as they are open for the body that asks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from riskshed.web.api.shapes import Code, Id, Shape, Words
from riskshed.web.api.shapes_standing import MeasureShape

Seal = Literal["all", "price", "place", "time", "traits", "priority"]
Sort = Literal[
    "aid", "parts", "purchase", "finance", "technology", "talent", "training", "service", "produce"
]
Sign = Literal["=", ">=", "<="]


class MoneyShape(Shape):
    """A sum of money in minor units: 100 are one yuan."""

    minor: int
    currency: str


class WantShape(Shape):
    """A trait that is wanted."""

    key: str
    sign: Sign
    value: str


class TraitShape(Shape):
    """A trait that an offer has."""

    key: str
    value: str


class RowShape(Shape):
    """A need or an offer. What is sealed for you is null, as is what nobody said: look at `sealed`."""

    id: Id
    by: Code
    sort: Sort
    item: Code
    name: Words | None
    amount: MeasureShape
    promised: MeasureShape = Field(description="What counts of the matches that were accepted.")
    left: MeasureShape = Field(description="What is still to be had or given.")
    received: MeasureShape
    city: str | None
    distance_max_km: str | None = Field(description="How far, in a straight line.")
    whole: bool = Field(description="Whether it goes whole or not at all.")
    partners_max: int | None
    about: str | None = Field(description="Code of the incident.")
    note: Words | None
    sealed: list[Seal] = Field(description="What of it is sealed; `all`: the whole row.")
    is_open_to_you: bool = Field(description="Whether what is sealed of it is told here.")
    seen_at: datetime
    withdrawn: datetime | None
    status: Literal["open", "promised", "received", "withdrawn", "expired"]


class NeedShape(RowShape):
    """A need."""

    opens_at: datetime | None = Field(description="From when it can be taken.")
    needed_by: datetime | None
    priority: int | None = Field(description="9 goes first; null counts as 1.")
    price_max: MoneyShape | None = Field(description="The most that is paid for one unit.")
    wants: list[WantShape] | None = Field(description="Traits that it must have.")
    prefers: list[WantShape] | None = Field(description="Traits that it should have.")


class OfferShape(RowShape):
    """An offer."""

    ready_at: datetime | None = Field(description="From when it can leave.")
    until: datetime | None = Field(description="Until when it stands.")
    price: MoneyShape | None = Field(description="Price of one unit.")
    amount_min: MeasureShape | None = Field(description="So much has to be taken in all, or nothing.")
    has: list[TraitShape] | None


class NeedPage(Shape):
    """Some needs, the latest first."""

    items: list[NeedShape]
    next: str | None


class OfferPage(Shape):
    """Some offers, the latest first."""

    items: list[OfferShape]
    next: str | None


class MatchShape(Shape):
    """So much of an offer for a need, and what became of it."""

    id: Id
    by: Code = Field(description="Who ran the matching.")
    need: Id
    offer: Id
    need_by: Code
    offer_by: Code
    amount: MeasureShape
    due: datetime | None = Field(description="By when it has to be there, once it is accepted.")
    answer_by: datetime | None
    reason: Words
    second: str | None = Field(description="The offer that would be second best.")
    is_sealed: bool
    seen_at: datetime
    status: Literal["proposed", "accepted", "received", "refused", "lapsed", "withdrawn"]
    accepted: str | None = Field(description="The statement with which it was taken.")
    accepted_at: datetime | None
    is_bound: bool = Field(description="Whether it is a promise: taken, and the least of the offer reached.")
    refused: str | None
    refused_by: str | None
    receipts: list[Id]
    received: MeasureShape
    complete_at: datetime | None


class MatchPage(Shape):
    """Some matches, the latest first."""

    items: list[MatchShape]
    next: str | None
