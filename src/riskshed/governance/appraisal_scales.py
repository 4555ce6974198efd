"""Scales: how a measured value becomes a score, and how much each score weighs; both are data.

Between the points of a scale the score runs on straight lines, beyond them it stays level. Every number is
read as the exact decimal or fraction that is written, so that an auditor computes the same score to the byte.
Scores are rounded half to even to four places, and what is summed are the rounded scores: whoever has only
the file of scores comes to the same whole.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.statement import decimal_text

Area = Literal["plans", "timeliness", "resources", "information", "efficiency", "participant"]

AREA_OF: Mapping[str, Area] = {
    "plan_in_force": "plans",
    "plan_adoption_h": "plans",
    "duty_in_time": "timeliness",
    "report_delay_h": "timeliness",
    "notice_lead_h": "timeliness",
    "aid_in_time": "resources",
    "notice_answered": "information",
    "untruth_upheld": "information",
    "cost_per_person": "efficiency",
    "claim_taken_in": "efficiency",
    "body_duty_in_time": "participant",
    "body_aid_given": "participant",
    "body_answer_in_time": "participant",
    "body_payment_in_time": "participant",
}
"""Every indicator that can be measured, and the activity that it speaks of; ``participant`` is of bodies."""

SCORE_PLACES = 4
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,12}|/\d{1,15})?", re.ASCII)
_KEYS = ("indicator", "area", "unit", "better", "points", "weight", "words", "source")


@dataclass(frozen=True, slots=True)
class Scale:
    """From a value to a score.

    Attributes
    ----------
    indicator : str
    area : Area
    unit : str
        Of the value; a value in another unit has no score.
    better : {"more", "less"}
    points : tuple of (value, score)
        Values rise; scores are from 0 to 1 and never turn round.
    weight : Fraction
        Where the agreement gives none.
    words : mapping of language to text
    source : str
        Where the points come from; ``proposed`` is nowhere but here.
    """

    indicator: str
    area: Area
    unit: str
    better: Literal["more", "less"]
    points: tuple[tuple[Fraction, Fraction], ...]
    weight: Fraction
    words: Mapping[str, str]
    source: str

    def score(self, value: Fraction) -> Fraction:
        """The score of a value, rounded to `SCORE_PLACES`."""
        (low, first), (high, last) = self.points[0], self.points[-1]
        if value <= low or value >= high:
            return rounded(first if value <= low else last)
        for (x0, y0), (x1, y1) in pairwise(self.points):
            if value <= x1:
                return rounded(y0 + (y1 - y0) * (value - x0) / (x1 - x0))
        raise AssertionError("a value between the first and the last point is between two")

    def to_json(self) -> dict[str, Any]:
        """As it stands in the file of an appraisal; numbers as fractions."""
        return {
            "indicator": self.indicator,
            "area": self.area,
            "unit": self.unit,
            "better": self.better,
            "points": [[str(value), str(score)] for value, score in self.points],
            "words": dict(self.words),
            "source": self.source,
        }


def rounded(number: Fraction) -> Fraction:
    """The number at `SCORE_PLACES` places, half to even."""
    return round(number, SCORE_PLACES)


def text_of(number: Fraction) -> str:
    """The same as the decimal text of a statement.

    Examples
    --------
    >>> text_of(Fraction(1, 3)), text_of(Fraction(5, 100000)), text_of(Fraction(15, 100000))
    ('0.3333', '0', '0.0002')
    """
    return decimal_text(Decimal(round(number * 10**SCORE_PLACES)).scaleb(-SCORE_PLACES), SCORE_PLACES)


def number_of(value: object) -> Fraction | None:
    """A whole number, an exact fraction, or one as text; None for all else, binary fractions among them."""
    if isinstance(value, Fraction | Decimal):
        return Fraction(value)
    if type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        try:
            return Fraction(value)
        except ZeroDivisionError:
            return None
    return None


# ------------------------------------------------------------------------------------------------- reading


@cache
def proposed_scales() -> tuple[Scale, ...]:
    """The scales that come with the platform."""
    name = "appraisal_scales.toml"
    return read_scales(files("riskshed.governance").joinpath(name).read_text("utf-8"), name)


def read_scales(text: str, where: str) -> tuple[Scale, ...]:
    """The scales of a TOML text, in its order.

    Parameters
    ----------
    text : str
    where : str
        Name of the file, for messages.

    Raises
    ------
    InputFaults
        ``appraisal.bad_scale`` with every fault; ``appraisal.weights`` if they do not add up.
    InputError
        ``appraisal.not_toml``.
    """
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        what = f"{where} is no TOML: {error}"
        raise InputError("appraisal.not_toml", what, todo="Correct the file.") from None
    faults: list[Fault] = []
    rows = told.get("scale")
    if set(told) != {"scale"} or not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        faults.append(_fault(where, "scale", ", ".join(sorted(told)) or "nothing", "[[scale]] and no more"))
        rows = []
    read = [_Row(row, f"scale[{index}]", where, faults).scale() for index, row in enumerate(rows)]
    scales = [one for one in read if one is not None]
    names = [one.indicator for one in scales]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [_fault(where, "indicator", f"{name} twice", "each indicator once") for name in twice]
    if faults:
        raise InputFaults("appraisal.bad_scale", f"{where} is no set of scales", faults)
    weights_of(None, scales, where)
    return tuple(scales)


def _fault(where: str, column: str, got: object, wanted: str, code: str = "appraisal.bad_scale") -> Fault:
    return Fault(code, where, None, column, str(got)[:200], wanted)


class _Row:
    """One scale as it was written; what is wrong with it goes into `faults`."""

    def __init__(self, row: dict[str, Any], place: str, where: str, faults: list[Fault]) -> None:
        self.row, self.place, self.where, self.faults = row, place, where, faults

    def scale(self) -> Scale | None:
        """The scale; None if anything in it is wrong."""
        before, row = len(self.faults), self.row
        if set(row) != set(_KEYS):
            odd = sorted(set(row) ^ set(_KEYS))
            self._wrong("", f"missing or unknown: {', '.join(odd)}", f"exactly {', '.join(_KEYS)}")
            return None
        area = AREA_OF.get(row["indicator"]) if isinstance(row["indicator"], str) else None
        if area is None:
            self._wrong("indicator", row["indicator"], f"one of {', '.join(AREA_OF)}")
        elif row["area"] != area:
            self._wrong("area", row["area"], area)
        if row["better"] not in ("more", "less"):
            self._wrong("better", row["better"], "more or less")
        for name in ("unit", "source"):
            if not isinstance(row[name], str) or not row[name].strip():
                self._wrong(name, row[name], "a text")
        points, weight = self._points(), number_of(row["weight"])
        if weight is None or not 0 <= weight <= 1:
            self._wrong("weight", row["weight"], 'from 0 to 1, as text such as "0.1"')
        self._words()
        if len(self.faults) > before or area is None or weight is None:
            return None
        named = {name: row[name] for name in ("indicator", "unit", "better", "words", "source")}
        return Scale(**named, area=area, points=points, weight=weight)

    def _wrong(self, name: str, got: object, wanted: str) -> None:
        self.faults.append(_fault(self.where, f"{self.place}.{name}".rstrip("."), got, wanted))

    def _words(self) -> None:
        words = self.row["words"]
        if (
            not isinstance(words, dict)
            or set(words) != {"zh", "en"}
            or not all(isinstance(one, str) and one.strip() for one in words.values())
        ):
            self._wrong("words", words, "zh and en")

    def _points(self) -> tuple[tuple[Fraction, Fraction], ...]:
        told, found = self.row["points"], []
        for pair in told if isinstance(told, list) else ():
            numbers = [number_of(one) for one in pair] if isinstance(pair, list) else []
            if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:
                found.append((numbers[0], numbers[1]))
        if not isinstance(told, list) or len(found) != len(told) or len(found) < 2:
            self._wrong("points", told, 'two or more pairs of value and score, as text such as "0.5"')
            return ()
        values, scores = [value for value, _ in found], [score for _, score in found]
        if any(low >= high for low, high in pairwise(values)):
            self._wrong("points", told, "values that rise")
        if any(not 0 <= score <= 1 for score in scores):
            self._wrong("points", told, "scores from 0 to 1")
        if scores != sorted(scores, reverse=self.row["better"] == "less") or scores[0] == scores[-1]:
            self._wrong("points", told, "scores that rise where more is better, and fall where less is")
        return tuple(found)


# ------------------------------------------------------------------------------------------------- weights


def weights_of(
    given: Mapping[str, object] | None, scales: Sequence[Scale], where: str = "weights"
) -> dict[str, Fraction]:
    """The weight of each indicator: activities add up to 1 exactly, and so do those of participants.

    Parameters
    ----------
    given : mapping of indicator to number, optional
        Whole numbers, fractions, decimals, or such as text. Where nothing is given for the activities, or for
        the participants, the weights of the scales hold for all of these; where some are given, the others
        weigh nothing.
    scales : sequence of Scale
    where : str
        Where the weights stand, for messages.

    Raises
    ------
    InputFaults
        ``appraisal.weights``, naming the sum.
    """
    told = dict(given or {})
    known, faults = {one.indicator for one in scales}, []
    for name, value in told.items():
        weight = number_of(value)
        if name not in known:
            faults.append(
                _fault(where, name, name, f"some of {', '.join(sorted(known))}", "appraisal.weights")
            )
        elif weight is None or weight < 0:
            faults.append(_fault(where, name, value, "an exact number >= 0", "appraisal.weights"))
    weights: dict[str, Fraction] = {}
    for group in (
        [one for one in scales if (one.area == "participant") is of_body] for of_body in (False, True)
    ):
        is_given = any(one.indicator in told for one in group)
        for one in group:
            own = number_of(told.get(one.indicator, 0)) or Fraction(0)
            weights[one.indicator] = own if is_given else one.weight
        sums_to_one(where, {one.indicator: weights[one.indicator] for one in group}, faults)
    if faults:
        raise InputFaults("appraisal.weights", "the weights of the appraisal cannot be used", faults)
    return weights


def sums_to_one(where: str, weights: Mapping[str, Fraction], faults: list[Fault]) -> None:
    """Add a fault that names the sum, unless the weights add up to 1 exactly; no weights at all are fine."""
    total = sum(weights.values(), Fraction(0))
    if weights and total != 1:
        names = ", ".join(weights)
        faults.append(_fault(where, names, f"a sum of {total}", "a sum of 1 exactly", "appraisal.weights"))


def whole_of(scored: Iterable[tuple[Fraction | None, Fraction]]) -> tuple[Fraction | None, Fraction]:
    """The weighted mean of the known scores, and the share of the weight that is known.

    Parameters
    ----------
    scored : iterable of (score, weight)
        A score that is None is unknown and no zero: its weight is left out of the mean.

    Returns
    -------
    Fraction or None, Fraction
        The mean, rounded to `SCORE_PLACES`, None where nothing with a weight is known; and the share.
    """
    rows = tuple(scored)
    known = sum((weight for score, weight in rows if score is not None), Fraction(0))
    summed = sum((score * weight for score, weight in rows if score is not None), Fraction(0))
    total = sum((weight for _, weight in rows), Fraction(0))
    return (rounded(summed / known), known / total) if known else (None, Fraction(0))
