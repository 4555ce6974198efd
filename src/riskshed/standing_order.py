"""Standing orders: what a body lets its node say for it, before any officer has looked.

A body orders beforehand which kinds of statement go out by themselves, and up to which level a warning does.
A red warning never does: it needs two officers. Nothing is ever taken back by itself: to cancel, to withdraw,
to close is for an officer, from a prepared draft.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskshed.governance.draft import Draft
from riskshed.governance.gravity import rank

RECORD = frozenset(("ReadingsTaken", "IncidentOpened", "LevelSet", "FootprintIssued"))
"""What was measured, what it means, and what is foreseen."""
LEAD = frozenset(("LeadAssigned", "AssistAssigned"))
NOTICES = frozenset(("NoticeSent",))
WARNINGS = frozenset(("WarningIssued", "WarningUpdated"))
NEVER = frozenset(("WarningCancelled", "StatementWithdrawn", "IncidentClosed", "ApprovalGiven"))
"""What no order can give away."""


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """The standing order of one body.

    Attributes
    ----------
    kinds : frozenset of str
        Kinds of statement that go out by themselves.
    warnings_up_to : {"none", "blue", "yellow", "orange"}
        The gravest warning among them.
    officer : str
        The post under which they are said; never that of a person.
    approvers : tuple of str
        Officers or bodies that are asked to approve a red warning; empty: nobody is asked by itself.
    """

    kinds: frozenset[str] = RECORD | LEAD | NOTICES
    warnings_up_to: str = "none"
    officer: str = "standing-order"
    approvers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert not self.kinds & NEVER, f"no order for {', '.join(sorted(self.kinds & NEVER))}"
        assert self.warnings_up_to in ("none", "blue", "yellow", "orange"), self.warnings_up_to

    @staticmethod
    def of(*, notices: bool, warnings_up_to: str = "none", approvers: tuple[str, ...] = ()) -> StandingOrder:
        """The order in the words of a node's profile."""
        kinds = RECORD | LEAD | (NOTICES if notices else frozenset())
        kinds |= WARNINGS if warnings_up_to != "none" else frozenset()
        kinds |= {"ApprovalRequested"} if approvers else frozenset()
        return StandingOrder(kinds, warnings_up_to, approvers=approvers)

    def allows(self, draft: Draft) -> bool:
        """Whether this goes out by itself."""
        if draft.kind in WARNINGS:
            level = str(draft.body["level"])
            most = self.warnings_up_to
            return draft.kind in self.kinds and most != "none" and rank(level) >= rank(most)
        return draft.kind in self.kinds
