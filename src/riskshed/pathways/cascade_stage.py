"""The stages and links of a cascade: what sets what off, how likely and how soon.

A **stage** is one way in which harm comes. It has a source of a pathway of its own (`file`), or no physics:
``given`` (a quake, a dam that breaks: places, strengths and lengths of time as ranges) or ``reserve`` (a
supply that stops: stores that last for hours, then taps that are dry for as long as the cause goes on).

A **link** sets a stage off. It has one or several causes, each a condition on a stage's own quantity at one
place or at any; a probability and a delay, both known only as a range; and a source, like every fact here.
Several links to one stage are several ways in which it may come about: the first that fires counts.

A stage to which no link leads happens in every member: the whole forecast is on condition of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from riskshed.errors import Fault, InputFaults
from riskshed.pathways.toml_block import Span

When = Literal["arrival", "peak", "duration"]
Needs = Literal["any", "all"]
Kind = Literal["file", "given", "reserve"]

GIVEN, RESERVE = "given", "reserve"
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class GivenPlace:
    """What a stage without physics does at one place.

    Attributes
    ----------
    id, city : str
    name_zh, name_en : str or None
        None: the names of the city.
    people : float or None
        Who are exposed there; None is unknown.
    after_s : Span
        Time from the beginning of the stage until it is felt here.
    lasts_s : Span
        Of ``given``: for how long.
    intensity_median, intensity_log_sd : float
        Of ``given``: strength in the unit of the stage, lognormal.
    buffer_s, restart_s : Span
        Of ``reserve``: how long stores last; how long it takes until supply is back after the cause is gone.
    share : float
        Of ``reserve``: the share of the supply that is gone, above 0 and at most 1.
    """

    id: str
    city: str
    name_zh: str | None
    name_en: str | None
    people: float | None
    after_s: Span
    lasts_s: Span
    intensity_median: float
    intensity_log_sd: float
    buffer_s: Span
    restart_s: Span
    share: float


@dataclass(frozen=True, eq=False)
class Stage:
    """One way in which harm comes, as part of a cascade.

    Attributes
    ----------
    id : str
    pathway : str
        ``given``, ``reserve`` or a pathway of the registry.
    title_zh, title_en : str
    source : object
        What the pathway reads; None for those without physics.
    file : Path or None
        Where that was read.
    begins : datetime or None
        When it begins; None where a link sets it off and it has no file.
    quantity, unit, threshold : str, str, float
        Of ``given``: what its intensity is, and from which on a place counts as reached.
    places : tuple of GivenPlace
    source_text : str
    line : int or None
        Where it stands in the file.
    """

    id: str
    pathway: str
    title_zh: str
    title_en: str
    source: Any
    file: Path | None
    begins: datetime | None
    quantity: str
    unit: str
    threshold: float
    places: tuple[GivenPlace, ...]
    source_text: str
    line: int | None

    @property
    def kind(self) -> Kind:
        """Whether it has a file of a pathway, or which sort without physics it is."""
        if self.pathway == GIVEN:
            return "given"
        return "reserve" if self.pathway == RESERVE else "file"


@dataclass(frozen=True, slots=True)
class Cause:
    """A condition on a stage.

    Attributes
    ----------
    stage : str
    place : str or None
        Id of a row of its footprint, or code of a city; None is any row.
    when : {"arrival", "peak", "duration"}
    at_least : float
        Of ``peak`` in the unit of the stage, of ``duration`` in seconds; 0 of ``arrival``.
    """

    stage: str
    place: str | None
    when: When
    at_least: float


@dataclass(frozen=True, slots=True)
class Link:
    """What sets a stage off.

    Attributes
    ----------
    id : str
        All draws of the link follow from it, so that other links may come and go.
    to : str
    causes : tuple of Cause
    needs : {"any", "all"}
        How many of the causes it takes.
    probability : Span
        That the stage is set off where the condition is met; each member has its own within the range.
    delay_s : Span
        From the time at which the condition is met.
    source_text : str
    line, causes_line : int or None
    """

    id: str
    to: str
    causes: tuple[Cause, ...]
    needs: Needs
    probability: Span
    delay_s: Span
    source_text: str
    line: int | None
    causes_line: int | None


def in_order(where: str, stages: Sequence[Stage], links: Sequence[Link]) -> tuple[Stage, ...]:
    """The stages with every cause before what it sets off, otherwise as they stand.

    Raises
    ------
    InputFaults
        ``cascade.faults``: stages that set each other off in a loop, which is named.
    """
    causes = {stage.id: _causes_of(stage.id, links) for stage in stages}
    done: list[Stage] = []
    left = list(stages)
    while left:
        ready = next((s for s in left if causes[s.id].issubset({d.id for d in done})), None)
        if ready is None:
            raise _loop(where, causes, left, links)
        done.append(ready)
        left.remove(ready)
    return tuple(done)


def _causes_of(stage_id: str, links: Sequence[Link]) -> set[str]:
    return {cause.stage for link in links if link.to == stage_id for cause in link.causes}


def _loop(
    where: str, causes: Mapping[str, set[str]], left: Sequence[Stage], links: Sequence[Link]
) -> InputFaults:
    """Go back from cause to cause among what is left: every one has a cause there, so one comes twice."""
    names = {stage.id for stage in left}
    walked = [left[0].id]
    while len(set(walked)) == len(walked):
        walked.append(min(causes[walked[-1]] & names))
    loop = walked[walked.index(walked[-1]) :][::-1]
    closing = next(
        link for link in links if link.to == loop[1] and any(c.stage == loop[0] for c in link.causes)
    )
    fault = Fault(
        "cascade.cycle", where, closing.causes_line, "causes", " -> ".join(loop),
        "stages that do not set each other off in a loop", "Take one link out of the loop.",
    )  # fmt: skip
    return InputFaults("cascade.faults", f"the cascade {where} cannot be used", [fault])
