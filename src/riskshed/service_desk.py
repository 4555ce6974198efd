"""How departments answered, counted from a log with no server: the same figures as the node shows.

The clock is that of the agreement whose files are handed in, if they are those that were signed; without
them, a clock is what the routes on the log name, which a node takes from its agreement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from riskshed import log_standing
from riskshed.audit_keys import ListedKey
from riskshed.errors import InputError
from riskshed.exchange.wording import Text
from riskshed.governance import agreement_file, service_statistics
from riskshed.governance.agreement import current, regime
from riskshed.governance.service_statistics import DepartmentStatistics
from riskshed.governance.standing import Standing
from riskshed.governance.terms import Terms
from riskshed.governance.territory import Territory
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.policy import Policy

Tongue = Literal["zh", "en"]
HEAD = Text(
    "机构：收到、计入、按时、已部分答复而其余待答、中位数、90% 分位、提级、已解决（95% 区间）",
    "department: asked, counted, in time, answered in part with the rest to come, median, 90 % quantile, "
    "handed up, solved (95 % interval)",
)
FEW = Text("太少", "too few")
NEVER = Text("未答复", "not answered")


@dataclass(frozen=True)
class Counted:
    """The statistics of a log at a time; `names` are those of the bodies."""

    at: datetime
    question_h: float | None
    departments: tuple[DepartmentStatistics, ...]
    names: Mapping[str, Mapping[str, str]]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "at": self.at.isoformat(),
            "question_h": self.question_h,
            "departments": [one.to_json() for one in self.departments],
        }

    def to_text(self, tongue: Tongue) -> str:
        """A line for each department."""
        if not self.departments:
            return Text("还没有人提过问题。", "Nobody has asked anything.").said(tongue)
        return "\n".join([HEAD.said(tongue), *(self._line(one, tongue) for one in self.departments)])

    def _line(self, one: DepartmentStatistics, tongue: Tongue) -> str:
        name = self.names.get(one.body, {}).get(tongue, one.body)
        hours = " ".join(_hours(value, tongue) for value in (one.median_h, one.upper_h))
        solved = FEW.said(tongue)
        if one.solved is not None:
            solved = f"{one.solved.value:.2f} ({one.solved.low:.2f}–{one.solved.high:.2f})"
        figures = f"{one.asked} {one.counted} {one.in_time} {one.in_part} {hours} {one.handed_up} {solved}"
        return f"  {name} ({one.body}): {figures}"


def _hours(value: float | None, tongue: Tongue) -> str:
    if value is None:
        return FEW.said(tongue)
    return NEVER.said(tongue) if value == float("inf") else f"{value:.2f} h"


def of_log(
    log: Path,
    at: datetime,
    *,
    agreement: Path | None = None,
    trust: tuple[tuple[VerifierKey, ...], Policy | None] = ((), None),
    listed: Iterable[ListedKey] | None = None,
) -> Counted:
    """Count a log as of a time.

    Parameters
    ----------
    log : Path
        A folder, or a store.
    at : datetime
        Aware.
    agreement : Path, optional
        The files of the agreement that was signed.
    trust, listed
        As of `log_standing.read`.

    Raises
    ------
    InputError, InputFaults
        ``service.no_agreement``: the log holds no such agreement in force; what is wrong with its files.
    """
    standing = log_standing.read(log, at, trust=trust, listed=listed).standing
    terms = Terms() if agreement is None else _terms(standing, agreement)
    return Counted(
        at=at,
        question_h=terms.question_h if terms.code else None,
        departments=service_statistics.of_departments(standing, terms),
        names={code: one.name for code, one in standing.bodies.items()},
    )


def _terms(standing: Standing, folder: Path) -> Terms:
    files = agreement_file.read(folder)
    held = current(standing.agreements, files.code)
    if held is None:
        told = f"the log holds no agreement {files.code} in force"
        raise InputError("service.no_agreement", told, todo="Hand in the files of the one that was signed.")
    return regime(held, files, Territory({}, {}, {}), as_if_in_force=True).terms
