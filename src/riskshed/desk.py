"""The duty desk: one function for each act of an officer, and no rule in any of them.

An act reads how things stand, lets the rule decide (`riskshed.governance`), signs, and appends to the log.
Rules give drafts; only what an officer does here makes one a statement. Each act either is on the record when
it returns, with its id, or raises and has changed nothing. The same act twice within a second is one.

One desk has one key, and the key decides whether it speaks in earnest: a desk with an exercise key says
drills and nothing else, sees drills and nothing else, and no switch turns one into the other.

`body` of an act holds fields of its kind of statement (`docs/statements.md`), as JSON values: words by
language, times as text with their offset, decimals as text. What is wrong is told field by field. An act
that answers something is about what that is about, unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from riskshed.desk_signing import SigningDesk
from riskshed.errors import NotFoundError
from riskshed.governance import approval, duty, notice, notice_answer, warning
from riskshed.governance.draft import Draft
from riskshed.governance.message import Telling
from riskshed.governance.notice import Writing
from riskshed.governance.outlook import Outlook
from riskshed.statement import Statement

Words = Mapping[str, str]


class Desk(SigningDesk):
    """The desk of one officer at one body. What it takes, and what each act may raise: `SigningDesk`."""

    # ------------------------------------------------------------------------------------ foresee

    def register_source(self, **body: Any) -> str:
        """Register a source of danger, with what it holds and whom it can reach."""
        return self._tell("HazardSourceRegistered", None, body)

    def assess_risk(self, about: str, **body: Any) -> str:
        """File a step of the assessment of a risk."""
        return self._tell("RiskAssessed", about, body)

    def decide_treatment(
        self, about: str | None = None, *, replies_to: str | None = None, **body: Any
    ) -> str:
        """Decide what is done at the source, on the way, or where it arrives."""
        return self._tell("TreatmentDecided", about, body, replies_to)

    def report_stock(self, about: str | None = None, **body: Any) -> str:
        """Report what is in store and who stands ready."""
        return self._tell("StockReported", about, {"as_of": self._now(), **body})

    def take_readings(self, about: str | None = None, *, replies_to: str | None = None, **body: Any) -> str:
        """Put what was measured on the record."""
        return self._tell("ReadingsTaken", about, body, replies_to)

    def issue_footprint(self, about: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Issue what is foreseen; `replies_to` is the footprint that it takes the place of."""
        return self._tell("FootprintIssued", about, body, replies_to)

    # --------------------------------------------------------------------------------------- tell

    def file_field_report(self, about: str | None = None, **body: Any) -> str:
        """File what somebody saw on the spot. Nobody approves it, and it needs no incident."""
        return self._tell("FieldReportFiled", about, body)

    def report_risk(self, about: str | None = None, *, replies_to: str | None = None, **body: Any) -> str:
        """Report to those above and beside."""
        return self._tell("RiskReported", about, {"known_at": self._now(), **body}, replies_to)

    def send_notices(self, incident: str, outlook: Outlook, writing: Writing, **more: Any) -> tuple[str, ...]:
        """Send the notices that are due now: all or none; empty if nothing is.

        Parameters
        ----------
        incident : str
            Its code.
        outlook, writing, **more
            As of `governance.notice.due_notices`.

        Raises
        ------
        NotFoundError
            ``desk.unknown_incident``.
        """
        held, law = self.standing(), self._law()
        if incident not in held.incidents:
            told = f"nobody has opened an incident {incident[:80]}"
            raise NotFoundError("desk.unknown_incident", told, todo="Open it first.")
        drafts = notice.due_notices(
            held,
            held.incidents[incident],
            outlook,
            law.terms,
            law.territory,
            self._clock(),
            by=self.body,
            writing=writing,
            **more,
        )
        return self.say_all(notice.cited(drafts, duty.owed_in(held, incident, law)) if drafts else ())

    def acknowledge(self, statement: str, *, note: Words | None = None) -> str:
        """Say that a notice, a report, an instruction or a cancelled warning has come."""
        body = {"received_at": self._now()}
        return self._answer("NoticeAcknowledged", statement, {**body, "note": dict(note)} if note else body)

    def adopt(self, asked: str, *, warning: str | None = None) -> str:
        """Make a notice one's own; `warning` is the id of the one that was issued for it."""
        return self.say(notice_answer.adopted(self.standing(), asked, self.body, warning=warning))

    def adopt_with_warning(
        self, asked: str, draft: Draft, *, override: Words | None = None
    ) -> tuple[str, str]:
        """Issue a warning and adopt the notice by it, both or none; the ids of the two.

        The id of the warning is known before it is signed, so the adoption names it.
        """
        now, held = self._clock(), self.standing()
        warned = self._approved(draft, override)
        named = self._make(warned, warned.body, now).id
        answer = notice_answer.adopted(held, asked, self.body, warning=named)
        first, second = self._say_at(now, (warned, answer))
        assert first == named, "the same words at the same time are the same statement"
        return first, second

    def decline(self, asked: str, reason: Words) -> str:
        """Say that one will not act on a notice, and why."""
        return self.say(notice_answer.decline(self.standing(), asked, self.body, reason))

    def draft_warning(self, telling: Telling, cities: Sequence[str], **more: Any) -> Draft:
        """The warning that `governance.warning.issue` writes for this body; nothing is said yet."""
        law = self._law()
        return warning.issue(telling, by=self.body, cities=cities, territory=law.territory, **more)

    def issue_warning(self, draft: Draft, *, override: Words | None = None) -> str:
        """Issue a warning; with `override`, without the second officer that a red one needs, and why."""
        return self.say(self._approved(draft, override))

    def update_warning(self, held: str, draft: Draft, change: Words, *, override: Words | None = None) -> str:
        """Put a new warning in the place of one's own, and say what has changed."""
        return self.say(self._approved(warning.update(self.standing(), held, draft, change), override))

    def _approved(self, draft: Draft, override: Words | None) -> Draft:
        if not approval.needs_second_officer(draft, exercise=self.exercise):
            return draft
        held = self.standing()
        return (
            approval.approved(held, draft) if override is None else approval.overridden(held, draft, override)
        )

    def cancel_warning(
        self, held: str, cause: Literal["all_clear", "error"], reason: Words | None = None
    ) -> str:
        """Take back one's own warning; the words are prepared, so that it is one call."""
        return self.say(warning.cancel(self.standing(), held, by=self.body, cause=cause, reason=reason))

    def request_approval(self, draft: Draft, of: Sequence[str]) -> str:
        """Ask others to approve exactly this draft."""
        return self.say(approval.request(draft, of, self._law().terms, self._clock()))

    def approve(self, asked: str) -> str:
        """Approve what was asked."""
        return self.say(approval.give(self.standing(), asked, by=self.body, officer=self.officer))

    def refuse(self, asked: str, reason: Words) -> str:
        """Refuse what was asked, and say why."""
        held, who = self.standing(), {"by": self.body, "officer": self.officer}
        return self.say(approval.refuse(held, asked, **who, reason=reason))

    # --------------------------------------------------------------------------- lead and assist

    def open_incident(self, code: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Open an incident under a code."""
        return self._tell("IncidentOpened", code, body, replies_to)

    def assign_lead(self, incident: str, **body: Any) -> str:
        """Say who leads."""
        return self._tell("LeadAssigned", incident, body)

    def assign_assist(self, incident: str, **body: Any) -> str:
        """Say who assists."""
        return self._tell("AssistAssigned", incident, body)

    def set_level(self, incident: str, **body: Any) -> str:
        """Set a grade, a level of warning or of response."""
        return self._tell("LevelSet", incident, body)

    def switch_mode(self, mode: Literal["normal", "emergency"], reason: Words, **more: Any) -> str:
        """Go over to emergency working or back; `about` in `more` if it is for one incident."""
        about = more.pop("about", None)
        return self._tell("ModeSwitched", about, {"mode": mode, "reason": dict(reason), **more})

    def escalate(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Hand up what one cannot hold alone."""
        return self._tell("Escalated", incident, body, replies_to)

    def take_command(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Take command of an incident."""
        return self._tell("CommandTaken", incident, body, replies_to)

    def return_command(self, taken: str, **body: Any) -> str:
        """Give back the command that one took."""
        return self._answer("CommandReturned", taken, body)

    def close_incident(self, incident: str, **body: Any) -> str:
        """Close an incident."""
        return self._tell("IncidentClosed", incident, {"ended_at": self._now(), **body})

    def give_instruction(
        self, about: str | None = None, *, replies_to: str | None = None, **body: Any
    ) -> str:
        """Tell bodies below what they have to do."""
        return self._tell("InstructionGiven", about, body, replies_to)

    def complete_task(self, given: str, task: str, **body: Any) -> str:
        """Say that a task is done; `given` is the statement that gave it, `share` in `body` a part of it."""
        done = {"task": task, "share": "1", "done_at": self._now(), **body}
        return self._answer("TaskCompleted", given, done)

    def take_watch(self, desk: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Take the watch at a desk, or give a sign of life there."""
        return self._tell("WatchTaken", None, {"desk": desk, **body}, replies_to)

    def hand_over_watch(self, desk: str, to: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Hand the watch over to an officer."""
        return self._tell("WatchHandedOver", None, {"desk": desk, "to": to, **body}, replies_to)

    # --------------------------------------------------------------------------------------- help

    def request_aid(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Ask others for help; `replies_to` is the request that this one takes the place of."""
        return self._tell("AidRequested", incident, body, replies_to)

    def offer_aid(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Offer help; `replies_to` is the request, where one was made."""
        return self._tell("AidOffered", incident, body, replies_to)

    def decline_aid(self, asked: str, reason: Words, **body: Any) -> str:
        """Say that one cannot give, or does not take; `cause` in `body` in one word."""
        return self._answer("AidDeclined", asked, {"reason": dict(reason), **body})

    def commit_aid(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Promise help by a time; `replies_to` is the request, the offer, the plan or the instruction."""
        return self._tell("AidCommitted", incident, body, replies_to)

    def dispatch_aid(self, committed: str, **body: Any) -> str:
        """Say that help has left."""
        return self._answer("AidDispatched", committed, {"left_at": self._now(), **body})

    def receive_aid(self, dispatched: str, **body: Any) -> str:
        """Say what came, and in what state."""
        return self._answer("AidReceived", dispatched, {"received_at": self._now(), **body})

    def release_aid(self, received: str, **body: Any) -> str:
        """Say that help is no longer needed."""
        return self._answer("AidReleased", received, {"released_at": self._now(), **body})

    # -------------------------------------------------------------------------------------- agree

    def propose_agreement(self, *, replies_to: str | None = None, **body: Any) -> str:
        """Lay the text of an agreement before its members."""
        return self._tell("AgreementProposed", None, body, replies_to)

    def sign_agreement(self, proposed: str, *, note: Words | None = None) -> str:
        """Sign exactly the text that was proposed.

        Raises
        ------
        NotFoundError
            ``desk.unknown_agreement``.
        """
        said = self._agreement(proposed)
        body = {"text_digest": said.record("text")["digest"], **({"note": dict(note)} if note else {})}
        return self._tell("AgreementSigned", said.string("agreement"), body, proposed)

    def end_agreement(self, proposed: str, **body: Any) -> str:
        """End an agreement for all, or leave it; errors as of `sign_agreement`."""
        return self._tell("AgreementEnded", self._agreement(proposed).string("agreement"), body, proposed)

    def _agreement(self, proposed: str) -> Statement:
        held = self.standing()
        if proposed not in held.agreements:
            raise NotFoundError("desk.unknown_agreement", f"there is no agreement {proposed[:12]} here")
        return held.statements[proposed].statement

    def file_plan(self, about: str | None = None, *, replies_to: str | None = None, **body: Any) -> str:
        """File an emergency plan."""
        return self._tell("PlanFiled", about, body, replies_to)

    def adopt_annual_plan(self, agreement: str, **body: Any) -> str:
        """Adopt what is to be done in a year, and by whom."""
        return self._tell("AnnualPlanAdopted", agreement, body)

    def hold_meeting(self, agreement: str, **body: Any) -> str:
        """Put a meeting on the record: who was there, and what was decided."""
        return self._tell("MeetingHeld", agreement, body)

    def declare_goals(self, agreement: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Lay open how much each goal weighs for oneself, under an agreement."""
        return self._tell("GoalsDeclared", agreement, body, replies_to)

    def propose_plan(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Lay a joint plan before those whom it would bind."""
        return self._tell("PlanProposed", incident, body, replies_to)

    def amend_plan(self, proposed: str, **body: Any) -> str:
        """Lay a joint plan before them again with a change; acceptances do not carry over."""
        return self._answer("PlanAmended", proposed, body)

    def accept_plan(self, proposed: str, *, note: Words | None = None) -> str:
        """Accept a joint plan as it stands."""
        return self._answer("PlanAccepted", proposed, {"note": dict(note)} if note else {})

    def reject_plan(self, proposed: str, reason: Words, **body: Any) -> str:
        """Reject a joint plan, and say why."""
        return self._answer("PlanRejected", proposed, {"reason": dict(reason), **body})

    def adopt_plan(self, proposed: str, **body: Any) -> str:
        """Put a joint plan in force: all have accepted, or the superior decides."""
        return self._answer("PlanAdopted", proposed, body)

    # ------------------------------------------------------------------------------------- settle

    def claim_cost(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Say what an incident cost, line by line, with proof."""
        return self._tell("CostClaimed", incident, body, replies_to)

    def draw_settlement(self, incident: str, *, replies_to: str | None = None, **body: Any) -> str:
        """Draw the bill up; `replies_to` is the one that it takes the place of, or the objection."""
        return self._tell("SettlementDrawn", incident, body, replies_to)

    def accept_settlement(self, drawn: str, *, note: Words | None = None) -> str:
        """Accept one's part of the bill: from here on it is owed."""
        return self._answer("SettlementAccepted", drawn, {"note": dict(note)} if note else {})

    def dispute_settlement(self, drawn: str, reason: Words, **body: Any) -> str:
        """Say which part of the bill one does not accept, and why."""
        return self._answer("SettlementDisputed", drawn, {"reason": dict(reason), **body})

    def pay(self, owed: str, **body: Any) -> str:
        """Say that money was paid, or as its receiver that it came; `owed` is the bill, or the payment."""
        return self._answer("Paid", owed, {"paid_at": self._now(), **body})

    def contribute(self, agreement: str, **body: Any) -> str:
        """Pay into the joint fund, in money or in kind."""
        return self._tell("FundContributed", agreement, {"paid_at": self._now(), **body})

    # -------------------------------------------------------------------------------------- judge

    def make_finding(self, about: str | None = None, **body: Any) -> str:
        """Say what a body owed and did not do, with evidence."""
        return self._tell("FindingMade", about, body)

    def file_reply(self, finding: str, **body: Any) -> str:
        """Answer a finding or an appraisal."""
        return self._answer("ReplyFiled", finding, body)

    def uphold(self, finding: str, reason: Words, **body: Any) -> str:
        """Decide that a finding holds."""
        return self._answer("FindingUpheld", finding, {"reason": dict(reason), **body})

    def dismiss(self, finding: str, reason: Words) -> str:
        """Decide that a finding does not hold."""
        return self._answer("FindingDismissed", finding, {"reason": dict(reason)})

    def file_appraisal(self, about: str, **body: Any) -> str:
        """Say how well it went, indicator by indicator."""
        return self._tell("AppraisalFiled", about, body)

    def share_lesson(self, about: str | None = None, **body: Any) -> str:
        """Share what was learned."""
        return self._tell("LessonShared", about, body)

    def withdraw(self, statement: str, **body: Any) -> str:
        """Take back one's own words; they stay on the record."""
        return self._answer("StatementWithdrawn", statement, body)
