"""Statistics of the service desk, department by department, counted from how questions stand.

What a mean of the answered questions hides is the questions that nobody answered. So a question counts for a
department once it was answered or its time is over, and one without an answer counts as an answer that takes
for ever: if more than half have none, the median is "not answered", and not the median of the quick ones.
What is still within its time is open and counts nowhere else.

Quantiles are the smallest value that at least that share does not exceed (inverse of the empirical
distribution function, type 1 of Hyndman and Fan 1996, doi:10.1080/00031305.1996.10473566), so that anybody
counts the same from the same log. The share that was solved is of those that were rated, with the interval
of Wilson at 95 % (Wilson 1927, doi:10.1080/01621459.1927.10502953), which stays within 0 and 1 and is honest
for few (Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, inf, sqrt
from typing import Any

from riskshed.governance import service
from riskshed.governance.standing import Standing
from riskshed.governance.standing_questions import Hand, QuestionStanding
from riskshed.governance.terms import Terms

FEW = 5
"""Below so many there is no median and no share, because it would be chance."""
FEW_AT_THE_EDGE = 10
"""Below so many there is no 90 % quantile: it would be the greatest value."""
Z_95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `of` cases: `value`, and the interval of 95 % from `low` to `high`, each 0 to 1."""

    count: int
    of: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DepartmentStatistics:
    """What one body did with the questions that it had.

    Attributes
    ----------
    body : str
    asked : int
        Questions that were in its hands.
    open : int
        Of these, still without an answer and within their time.
    counted : int
        Answered by it, or over their time.
    answered, in_time : int
        Of those counted, with an answer of its own; with one in time.
    no_clock : int
        Of those counted, without a time by which an answer was due: answered, and neither in time nor late.
    in_part : int
        Of those answered, by a part of this body, while the rest of it still is to come.
    given_away, withdrawn : int
        Given to another body, or taken back, before an answer was due; in `asked`, not in `counted`.
    handed_up : int
        Handed up out of its hands, in time or because it was not answered.
    median_h, upper_h : float or None
        Median and 90 % quantile of the hours from the question to the first answer of this body; infinite
        where that share was not answered, None where there are too few.
    rated : int
        Answers of this body that the asker rated.
    score : float or None
        Mean of the ratings, 1 to 5; None where there are too few.
    solved : Share or None
        Of those rated; None where there are too few.
    """

    body: str
    asked: int
    open: int
    counted: int
    answered: int
    in_time: int
    no_clock: int
    in_part: int
    given_away: int
    withdrawn: int
    handed_up: int
    median_h: float | None
    upper_h: float | None
    rated: int
    score: float | None
    solved: Share | None

    def to_json(self) -> dict[str, Any]:
        """Plain values to three digits; ``"not answered"`` for infinite, null for too few."""
        counts = ("asked", "open", "counted", "answered", "in_time", "no_clock", "in_part")
        names = ("body", *counts, "given_away", "withdrawn", "handed_up", "rated")
        told: dict[str, Any] = {name: getattr(self, name) for name in names}
        solved = None
        if self.solved is not None:
            solved = {name: round(getattr(self.solved, name), 3) for name in ("value", "low", "high")}
            solved |= {"count": self.solved.count, "of": self.solved.of}
        hours = {"median_h": _plain(self.median_h), "upper_h": _plain(self.upper_h)}
        return {**told, **hours, "score": _plain(self.score), "solved": solved}


def _plain(value: float | None) -> float | str | None:
    if value is None:
        return None
    return "not answered" if value == inf else round(value, 3)


@dataclass(frozen=True, slots=True)
class _Case:
    """One question in the hands of one body: `hours` to its answer, and what else counts."""

    state: str
    hours: float
    in_time: bool
    has_clock: bool
    handed_up: bool
    in_part: bool = False


def of_departments(standing: Standing, terms: Terms) -> tuple[DepartmentStatistics, ...]:
    """The statistics of every body that had a question, in the order of codes.

    Parameters
    ----------
    standing : Standing
        Its time is the one at which is counted.
    terms : Terms
        The clocks of the agreement; without one, `Terms()`, a clock is what a route names.
    """
    cases: dict[str, list[_Case]] = {}
    ratings: dict[str, list[tuple[int, bool]]] = {}
    for question in standing.questions.values():
        for hand in question.hands:
            cases.setdefault(hand.body, []).append(_case(question, hand, terms, standing.at))
        if question.rating is not None:
            told = (question.rating.score, question.rating.solved)
            ratings.setdefault(question.rating.of, []).append(told)
    return tuple(_department(body, cases[body], ratings.get(body, ())) for body in sorted(cases))


def _case(question: QuestionStanding, hand: Hand, terms: Terms, now: datetime) -> _Case:
    due, _ = service.due_of(question, hand, terms)
    up = any(
        one.how == "escalated" and one.statement == (hand.left.id if hand.left else None)
        for one in question.hands
    )
    handed_up = up or _is_followed(question, hand)
    if hand.answered is not None:
        hours = (hand.answered.at - question.at) / timedelta(hours=1)
        in_time = due is not None and hand.answered.at <= due
        in_part = question.is_in_part and hand.final is None
        return _Case("answered", hours, in_time, due is not None, handed_up, in_part)
    ends = [one.at for one in (hand.left, question.withdrawn) if one is not None]
    if ends and (due is None or min(ends) <= due):
        state = "given_away" if hand.left is not None and hand.left.at == min(ends) else "withdrawn"
        return _Case(state, inf, False, due is not None, handed_up)
    state = "open" if due is None or now <= due else "overdue"
    return _Case(state, inf, False, due is not None, handed_up)


def _is_followed(question: QuestionStanding, hand: Hand) -> bool:
    """Whether the question went on to the body above without leaving this one's hands."""
    following = question.hands[question.hands.index(hand) + 1 :]
    return hand.left is None and bool(following) and following[0].how == "escalated"


def _department(
    body: str, cases: Sequence[_Case], ratings: Sequence[tuple[int, bool]]
) -> DepartmentStatistics:
    counted = [one for one in cases if one.state in ("answered", "overdue")]
    hours = sorted(one.hours for one in counted)
    count = _counts(one.state for one in cases)
    return DepartmentStatistics(
        body=body,
        asked=len(cases),
        open=count.get("open", 0),
        counted=len(counted),
        answered=count.get("answered", 0),
        in_time=sum(one.in_time for one in counted),
        no_clock=sum(not one.has_clock for one in counted),
        in_part=sum(one.in_part for one in counted),
        given_away=count.get("given_away", 0),
        withdrawn=count.get("withdrawn", 0),
        handed_up=sum(one.handed_up for one in cases),
        median_h=quantile(hours, 0.5) if len(hours) >= FEW else None,
        upper_h=quantile(hours, 0.9) if len(hours) >= FEW_AT_THE_EDGE else None,
        rated=len(ratings),
        score=sum(score for score, _ in ratings) / len(ratings) if len(ratings) >= FEW else None,
        solved=wilson(sum(solved for _, solved in ratings), len(ratings)) if len(ratings) >= FEW else None,
    )


def _counts(states: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for one in states:
        found[one] = found.get(one, 0) + 1
    return found


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of some values in order that at least this share of them does not exceed.

    Examples
    --------
    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([1.0, 2.0, inf], 0.9)
    (2.0, inf)
    """
    assert ordered, "there is no quantile of nothing"
    return ordered[max(ceil(share * len(ordered) - 1e-9) - 1, 0)]


def wilson(count: int, of: int) -> Share:
    """A share and its interval of 95 % by Wilson's score.

    With p the share of n cases, it is ``(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``.

    Examples
    --------
    >>> found = wilson(8, 10)
    >>> round(found.low, 3), found.value, round(found.high, 3)
    (0.49, 0.8, 0.943)
    """
    assert 0 <= count <= of, "a share is of something"
    assert of > 0, "a share is of something"
    p, z2 = count / of, Z_95 * Z_95
    middle, half = p + z2 / (2 * of), Z_95 * sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    whole = 1 + z2 / of
    return Share(count, of, p, max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0))
