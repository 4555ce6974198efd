"""How what is on file stands: contingency plans, meetings, findings."""

from __future__ import annotations

from riskshed.governance.standing_effect import answers, tasks_given
from riskshed.governance.standing_notices import readable, time_of
from riskshed.governance.standing_promises import key
from riskshed.governance.standing_view import View, remembered
from riskshed.governance.subjects import FindingStanding, MeetingStanding, PlanStanding


@remembered
def finding(view: View, statement: str) -> FindingStanding | None:
    """A finding, the replies to it, and the first decision on it."""
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    decided = next(iter(answers(view, statement, "FindingUpheld", "FindingDismissed")), None)
    outcome = None if decided is None else decided.statement.kind.removeprefix("Finding").lower()
    rule = said.record("rule")
    return FindingStanding(
        id=statement,
        of=said.string("of"),
        by=said.by,
        breach=said.string("breach"),
        owed=said.string("owed"),
        about=said.about,
        rule=(rule["pack"], rule["rule"], rule.get("cite")),
        at=view.said(seen).at,
        due=time_of(said, "due"),
        found=time_of(said, "found"),
        evidence=said.strings("evidence"),
        reply_by=time_of(said, "reply_by"),
        replies=tuple(one.statement.id for one in answers(view, statement, "ReplyFiled")),
        outcome=outcome,  # type: ignore[arg-type]
        decided=view.said(decided) if decided else None,
        decided_by=decided.statement.by if decided else None,
    )


@remembered
def meeting(view: View, statement: str) -> MeetingStanding | None:
    """A meeting; what it decided stands among the tasks."""
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    decisions = sorted({task["task"] for task in tasks_given(view, said)})
    return MeetingStanding(
        id=statement,
        by=said.by,
        about=said.about,
        sort=said.string("sort"),
        held_at=said.time("held_at"),
        present=said.strings("present"),
        absent=said.strings("absent"),
        decisions=tuple(key(statement, task) for task in decisions),
    )


@remembered
def plan(view: View, statement: str) -> PlanStanding | None:
    """A contingency plan on file."""
    seen = readable(view, statement)
    if seen is None:
        return None
    said = seen.statement
    later = [one.statement for one in answers(view, statement, "PlanFiled") if one.statement.by == said.by]
    return PlanStanding(
        id=statement,
        by=said.by,
        plan=said.string("plan"),
        title=said.words("title"),
        hazard_class=said.string("hazard_class"),
        digest=said.record("file")["digest"],
        covers=said.strings("covers"),
        at=view.said(seen).at,
        review_by=time_of(said, "review_by"),
        superseded_by=later[-1].id if later else None,
    )
