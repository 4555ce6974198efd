"""A joint plan on its way: who gains what, who has answered, how much time is left, what has changed.

A plan is laid before its members (``PlanProposed``) with a time by which an answer is asked for. A change is
a new text (``PlanAmended``), and earlier acceptances do not carry over to it: nobody is bound by what it has
not read. A member accepts the text as it stands or rejects it with a reason. Silence is no consent, and it is
shown. When time has run out, the plan goes to the superior (`riskshed.governance.negotiation_acts`), who may
decide instead. Once adopted a text is locked: what is to be otherwise after that is a new amendment, which
all have to accept again, and until they have, the adopted text holds.

`table` gives what a negotiating table needs to see, from the record alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from riskshed.errors import NotFoundError
from riskshed.governance.circumstances import said_at
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import JointPlanStanding
from riskshed.statement import Money, Statement
from riskshed.statement_record import Body

Answer = Literal["accepted", "rejected"]
KEYS: Mapping[str, tuple[str, ...]] = {
    "treatments": ("task",),
    "dispatches": ("item", "from", "to"),
    "transfers": ("payer", "payee"),
    "gains": ("body",),
}
"""By what a record of each part of a plan is told from the others."""


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two versions: a record that came, went or was changed.

    Attributes
    ----------
    part : str
        ``members``, ``treatments``, ``dispatches``, ``transfers``, ``gains`` or ``answer_by``.
    key : str
        Which record, its codes with a space between.
    before, after : Body, str or None
        The record; None where there was none.
    """

    part: str
    key: str
    before: Body | str | None
    after: Body | str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One text of the plan, and what it changes in the one before."""

    standing: JointPlanStanding
    words: Mapping[str, str] | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """One member at the table, before the newest version.

    Attributes
    ----------
    body : str
    gain : Money or None
        What the plan says that it has over no agreement, transfers counted; less than 0 is a loss, None is
        not said.
    paid : mapping of str to Money
        By currency, what it is paid by the transfers of the plan, less than 0 what it pays.
    answer : {"accepted", "rejected"} or None
    statement : str or None
        The answer.
    answered_at : datetime or None
    is_late : bool
        It answered after the time, or the time has run out and it has not.
    reason, wants : mapping of str to str or None
        Of a rejection.
    goals : mapping of str to Decimal or None
        The weights that it declared last; None if it never did.
    """

    body: str
    gain: Money | None
    paid: Mapping[str, Money]
    answer: Answer | None
    statement: str | None
    answered_at: datetime | None
    is_late: bool
    reason: Mapping[str, str] | None
    wants: Mapping[str, str] | None
    goals: Mapping[str, Decimal] | None


@dataclass(frozen=True, slots=True)
class Table:
    """What a negotiating table sees of one plan.

    Attributes
    ----------
    plan : str
        Its code.
    versions : tuple of Version
        The first to the newest.
    seats : tuple of Seat
        Of the members, in the order of the plan.
    left : timedelta
        Until an answer to the newest is due; less than 0 once time has run out.
    silent : tuple of str
        Members that have not answered the newest.
    outsiders : mapping of str to str
        Who signed without being a member, by the statement: it does not count.
    in_force : str or None
        The version that was adopted last; it holds until another is adopted.
    handed_up : tuple of str
        The statements that handed it to a superior.
    """

    plan: str
    versions: tuple[Version, ...]
    seats: tuple[Seat, ...]
    left: timedelta
    silent: tuple[str, ...]
    outsiders: Mapping[str, str]
    in_force: str | None
    handed_up: tuple[str, ...]

    @property
    def newest(self) -> JointPlanStanding:
        """The text that waits for answers, or was answered last."""
        return self.versions[-1].standing

    @property
    def losers(self) -> Mapping[str, Money]:
        """Who loses by the newest text as it says itself, and how much, as positive amounts."""
        told = {seat.body: seat.gain for seat in self.seats if seat.gain is not None}
        return {body: Money(-one.minor, one.currency) for body, one in told.items() if one.minor < 0}

    @property
    def is_accepted_by_all(self) -> bool:
        """Whether each member has accepted the newest text."""
        return all(seat.answer == "accepted" for seat in self.seats)


def table(standing: Standing, plan: str) -> Table:
    """What a negotiating table sees.

    Parameters
    ----------
    standing : Standing
    plan : str
        Id of any version of the plan.

    Raises
    ------
    NotFoundError
        ``negotiation.unknown_plan``.
    """
    chain = versions(standing, plan)
    newest = chain[-1].standing
    answers = {**newest.accepted, **newest.rejected}
    outside = {answers[body]: body for body in answers if body not in newest.members}
    outside |= {one.id: one.by for one in _set_aside_answers(standing, newest.id)}
    adopted = [one.standing.id for one in chain if one.standing.adopted]
    return Table(
        plan=newest.plan,
        versions=chain,
        seats=seats(standing, newest.id),
        left=newest.answer_by - standing.at,
        silent=tuple(body for body in newest.members if body not in answers),
        outsiders=dict(sorted(outside.items())),
        in_force=adopted[-1] if adopted else None,
        handed_up=tuple(one.id for one in _handed_up(standing, newest)),
    )


def goals(standing: Standing, body: str) -> Mapping[str, Decimal] | None:
    """The weights of its goals that a body declared last; None if it never did."""
    last = goals_declared(standing, body)
    if last is None:
        return None
    return {row["goal"]: Decimal(row["weight"]) for row in last.records("weights")}


def goals_declared(standing: Standing, body: str) -> Statement | None:
    """The statement by which a body declared its goal weights last; None if it never did."""
    told = [
        seen
        for seen in standing.statements.values()
        if _counts(standing, seen.statement, "GoalsDeclared") and seen.statement.by == body
    ]
    return max(told, key=lambda seen: (said_at(seen), seen.statement.id)).statement if told else None


# ------------------------------------------------------------------------------------------------ versions


def versions(standing: Standing, plan: str) -> tuple[Version, ...]:
    """Every text of a plan, from the first to the newest, each with what it changes.

    Raises
    ------
    NotFoundError
        ``negotiation.unknown_plan``.
    """
    held = standing.joint_plans.get(plan)
    if held is None:
        raise NotFoundError(
            "negotiation.unknown_plan", f"no joint plan {plan[:12]} stands on the record",
            todo="Name the statement by which it was proposed or amended.",
        )  # fmt: skip
    chain = [held]
    while (before := _before(standing, chain[0])) is not None and before not in chain:
        chain.insert(0, before)
    while (after := _after(standing, chain[-1])) is not None and after not in chain:
        chain.append(after)
    found = []
    earlier: Statement | None = None
    for one in chain:
        said = standing.statements[one.id].statement
        told = said.words("change") if said.kind == "PlanAmended" else None
        found.append(Version(one, told, tuple(differences(earlier, said)) if earlier else ()))
        earlier = said
    return tuple(found)


def _before(standing: Standing, held: JointPlanStanding) -> JointPlanStanding | None:
    """The text in the place of which this one was laid before them, at once or by a rejection between."""
    named = held.replaces
    if named is not None and named not in standing.joint_plans and named in standing.statements:
        named = standing.statements[named].statement.replies_to
    return standing.joint_plans.get(named or "")


def _after(standing: Standing, held: JointPlanStanding) -> JointPlanStanding | None:
    if held.superseded_by is not None:
        return standing.joint_plans.get(held.superseded_by)
    followers = [one for one in standing.joint_plans.values() if _before(standing, one) == held]
    return max(followers, key=lambda one: (one.at, one.id), default=None)


def differences(before: Statement, after: Statement) -> Iterator[Change]:
    """What a version changes: records that came, went, or are otherwise, part by part."""
    old, new = set(before.strings("members")), set(after.strings("members"))
    for body in sorted(old ^ new):
        yield Change("members", body, body if body in old else None, body if body in new else None)
    for part in KEYS:
        was, now = by_key(before, part), by_key(after, part)
        for name in dict.fromkeys([*was, *now]):
            if was.get(name) != now.get(name):
                yield Change(part, name, was.get(name), now.get(name))
    due = tuple(str((one.body or {})["answer_by"]) for one in (before, after))
    if due[0] != due[1]:
        yield Change("answer_by", "", due[0], due[1])


def by_key(said: Statement, part: str) -> dict[str, Body]:
    """The records of a part by their codes; of several alike the second has a 2 behind its codes."""
    found: dict[str, Body] = {}
    key = KEYS[part]
    for record in said.records(part):
        name = " ".join(str(record[one]) for one in key)
        count = 2
        while name in found:
            name = f"{' '.join(str(record[one]) for one in key)} {count}"
            count += 1
        found[name] = record
    return found


# --------------------------------------------------------------------------------------------------- seats


def seats(standing: Standing, plan: str) -> tuple[Seat, ...]:
    """The members of one text of a plan, in its order, each before that text."""
    held = standing.joint_plans[plan]
    return tuple(_seat(standing, held, body) for body in held.members)


def _seat(standing: Standing, held: JointPlanStanding, body: str) -> Seat:
    said = standing.statements[held.id].statement
    is_for = body in held.accepted
    answer = held.accepted.get(body) or held.rejected.get(body)
    seen = standing.statements[answer] if answer else None
    when = said_at(seen) if seen else None
    told: Any = seen.statement if seen and seen.statement.body is not None and not is_for else None
    return Seat(
        body=body,
        gain=_gain(said, body),
        paid=_paid(said, body),
        answer=None if answer is None else "accepted" if is_for else "rejected",
        statement=answer,
        answered_at=when,
        is_late=(when or standing.at) > held.answer_by,
        reason=told.words("reason") if told else None,
        wants=told.words("wants") if told and told.has("wants") else None,
        goals=goals(standing, body),
    )


def _gain(said: Statement, body: str) -> Money | None:
    for share in said.records("gains"):
        if share["body"] == body:
            minor = int(share["amount"]["minor"])
            # Without the word, a share of `gains` is a gain: the part is named so.
            return Money(minor if share.get("gets", True) else -minor, share["amount"]["currency"])
    return None


def _paid(said: Statement, body: str) -> dict[str, Money]:
    found: dict[str, int] = {}
    for one in said.records("transfers"):
        sign = (one["payee"] == body) - (one["payer"] == body)
        if sign:
            currency = one["amount"]["currency"]
            found[currency] = found.get(currency, 0) + sign * int(one["amount"]["minor"])
    return {currency: Money(minor, currency) for currency, minor in sorted(found.items())}


# ------------------------------------------------------------------------------------------- on the record


def _counts(standing: Standing, one: Statement, kind: str) -> bool:
    is_read = one.kind == kind and one.body is not None and one.exercise == standing.exercise
    return is_read and one.id not in standing.set_aside


def _set_aside_answers(standing: Standing, plan: str) -> list[Statement]:
    told = (standing.statements[one].statement for one in standing.set_aside)
    kinds = ("PlanAccepted", "PlanRejected")
    members = standing.joint_plans[plan].members
    return [one for one in told if one.replies_to == plan and one.kind in kinds and one.by not in members]


def _handed_up(standing: Standing, held: JointPlanStanding) -> list[Statement]:
    """What handed this text to a superior: it names it as evidence, or answers a rejection of it."""
    found = []
    for seen in standing.statements.values():
        one = seen.statement
        if _counts(standing, one, "Escalated"):
            named = {*one.strings("evidence"), one.replies_to}
            if named & {held.id, *held.rejected.values()}:
                found.append(one)
    return found
