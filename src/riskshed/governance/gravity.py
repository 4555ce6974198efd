"""How early and how severely: the words of CAP and the four colours, from lead time and peak.

CAP 1.2 (OASIS, 2010) wants three words of every message. *Certainty* follows from the probability, with the
bounds of CAP itself: ``Likely`` above 0.5, ``Possible`` up to 0.5; below a twentieth we say ``Unlikely``.
*Urgency* follows from the lead time, the time from now to the earliest arrival; *severity* from the peak
over the threshold. What is not known is ``Unknown``, never the mildest.

Warning levels (突发事件应对法 2024, article 63: one to four, red, orange, yellow, blue, by urgency, trend and
possible harm) are set by the standards of the State Council's departments for each hazard. Where none is
agreed, the table below proposes one from lead time and severity. It is a default: an officer or an agreement
sets another, by a `Scale` of its own. Where something is unknown, it takes the graver side and says so.

    earliest arrival        Extreme   Severe, Unknown   Moderate   Minor
    within 12 h, or unknown red       red               orange     yellow
    within 24 h             red       orange            yellow     blue
    within 72 h             orange    orange            yellow     blue
    later                   orange    yellow            blue       blue
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from riskshed.governance.outlook import Coming, Outlook
from riskshed.vocabulary_fields import CERTAINTIES, COLOURS, SEVERITIES, URGENCIES

HOUR = timedelta(hours=1)
LIKELY, UNLIKELY = 0.5, 0.05

_LEVELS: Mapping[str, tuple[str, ...]] = {
    "Extreme": ("red", "red", "orange", "orange"),
    "Severe": ("red", "orange", "orange", "yellow"),
    "Unknown": ("red", "orange", "orange", "yellow"),
    "Moderate": ("orange", "yellow", "yellow", "blue"),
    "Minor": ("yellow", "blue", "blue", "blue"),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """The bounds from which a message is urgent, severe, red. Each bound is included.

    Attributes
    ----------
    immediate_h, expected_h : float
        Up to this lead time a message is ``Immediate``, ``Expected``; beyond it is ``Future``. CAP thinks of
        an hour; closing intakes and filling tanks takes longer, so the default is 6 h and 48 h.
    extreme_ratio, severe_ratio, moderate_ratio : float
        From this ratio of peak to threshold on it is ``Extreme``, ``Severe``, ``Moderate``; else ``Minor``.
    lead_h : tuple of float
        The three lead times that part the columns of `levels`, rising.
    levels : mapping of severity to colours
        Four colours for each severity, from the shortest lead time to the longest.
    """

    immediate_h: float = 6.0
    expected_h: float = 48.0
    extreme_ratio: float = 10.0
    severe_ratio: float = 5.0
    moderate_ratio: float = 2.0
    lead_h: Sequence[float] = (12.0, 24.0, 72.0)
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _LEVELS)

    def __post_init__(self) -> None:
        assert set(self.levels) == set(SEVERITIES), f"want a row for each of {SEVERITIES}"
        wanted = len(self.lead_h) + 1
        assert all(len(row) == wanted and set(row) <= set(COLOURS) for row in self.levels.values())

    def urgency(self, lead: timedelta | None) -> str:
        """The urgency of CAP for a lead time; negative once it has arrived, None where it is unknown."""
        if lead is None:
            return "Unknown"
        if lead <= self.immediate_h * HOUR:
            return "Immediate"
        return "Expected" if lead <= self.expected_h * HOUR else "Future"

    def severity(self, peak: float | None, threshold: float | None) -> str:
        """The severity of CAP for a peak, both in one unit."""
        if peak is None or threshold is None or threshold <= 0:
            return "Unknown"
        ratio = peak / threshold
        bounds = ((self.extreme_ratio, "Extreme"), (self.severe_ratio, "Severe"),
                  (self.moderate_ratio, "Moderate"))  # fmt: skip
        return next((word for bound, word in bounds if ratio >= bound), "Minor")

    def level(self, lead: timedelta | None, severity: str) -> str:
        """The warning level that the table proposes."""
        assert severity in SEVERITIES, f"severity is {severity}"
        column = 0 if lead is None else sum(lead > hours * HOUR for hours in self.lead_h)
        return self.levels[severity][column]


DEFAULT = Scale()


@dataclass(frozen=True, slots=True)
class Gravity:
    """How grave what comes is, in the words of CAP, with the level that is proposed."""

    urgency: str
    severity: str
    certainty: str
    level: str

    def __post_init__(self) -> None:
        assert self.urgency in URGENCIES, f"urgency is {self.urgency}"
        assert self.severity in SEVERITIES, f"severity is {self.severity}"
        assert self.certainty in CERTAINTIES, f"certainty is {self.certainty}"
        assert self.level in COLOURS, f"level is {self.level}"


def certainty(coming: Coming) -> str:
    """The certainty of CAP.

    Examples
    --------
    >>> [certainty(Coming("a", p)) for p in (0.51, 0.5, 0.05, 0.04, None)]
    ['Likely', 'Possible', 'Possible', 'Unlikely', 'Unknown']
    """
    if coming.is_observed:
        return "Observed"
    if coming.probability is None:
        return "Unknown"
    if coming.probability > LIKELY:
        return "Likely"
    return "Possible" if coming.probability >= UNLIKELY else "Unlikely"


def lead(coming: Coming, now: datetime) -> timedelta | None:
    """From now to the earliest arrival; nothing is left once it was seen; None where it is unknown."""
    if coming.is_observed:
        return timedelta(0)
    return None if coming.first is None else coming.first - now


def of_city(coming: Coming, outlook: Outlook, now: datetime, scale: Scale = DEFAULT) -> Gravity:
    """How grave what comes to one city is."""
    left = lead(coming, now)
    severity = scale.severity(coming.peak, outlook.threshold)
    return Gravity(scale.urgency(left), severity, certainty(coming), scale.level(left, severity))


def worst(found: Sequence[Gravity]) -> Gravity:
    """The gravest word of each, as one message about several cities has to say it.

    Where urgency or severity of one city is unknown, it could be the gravest, and the whole is unknown too
    unless another is known to be as grave as can be.
    """
    assert found, "a message is about somebody"
    return Gravity(
        urgency=_gravest(URGENCIES, [one.urgency for one in found]),
        severity=_gravest(SEVERITIES, [one.severity for one in found]),
        certainty=_first(CERTAINTIES, [one.certainty for one in found]),
        level=_first(COLOURS, [one.level for one in found]),
    )


def _gravest(order: Sequence[str], words: Sequence[str]) -> str:
    known = _first(order, words)
    return "Unknown" if "Unknown" in words and known != order[0] else known


def _first(order: Sequence[str], words: Sequence[str]) -> str:
    return min(words, key=order.index)


def graver(one: str, other: str) -> bool:
    """Whether a severity is graver than another; the unknown is neither graver nor milder than any."""
    known = "Unknown" not in (one, other)
    return known and SEVERITIES.index(one) < SEVERITIES.index(other)


def higher(one: str, other: str) -> bool:
    """Whether a colour stands for a higher level than another."""
    return rank(one) < rank(other)


def rank(level: str) -> int:
    """0 for red, the highest, to 3 for blue."""
    return COLOURS.index(level)
