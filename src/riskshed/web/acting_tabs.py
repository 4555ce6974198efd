"""The pages on which officers act, side by side: notices, warnings, approvals, reports, exercise."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from riskshed.web.access import may
from riskshed.web.people import Actor
from riskshed.web.wording import say

PLACES: tuple[tuple[str, str, str, str], ...] = (
    ("notices", "notice.see", "通报", "Notices"),
    ("warnings", "warning.see", "预警", "Warnings"),
    ("approvals", "approval.see", "审批", "Approvals"),
    ("field-reports", "report.see", "报告", "Reports"),
    ("readings", "reading.see", "监测", "Readings"),
    ("exercises", "exercise.enter", "演习", "Exercise"),
)
"""Name of the URL, the action that opens it, its word in both languages; in their order."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One of them."""

    url: str
    word: str
    is_here: bool


def acting_tabs(here: str, actor: Actor) -> list[Tab]:
    """Those that this one may open."""
    return [
        Tab(reverse(name), say(zh, en), name == here) for name, action, zh, en in PLACES if may(actor, action)
    ]
