"""A duty as a row of a page: how it stands, who owes what to whom, by when, under which rule.

Breached first, then late, then what is due, the soonest first, then what has no known time, then what is met.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from riskshed.governance import asked, standing_promises
from riskshed.governance.obligation import Duty, Judged
from riskshed.governance.standing import Standing
from riskshed.vocabulary import KINDS
from riskshed.web import addresses, wording
from riskshed.web.wording import say

_TERM = re.compile(r"(.+), (\w+) = \S+")
"""A term of an agreement, as it is cited: its code, the term and its number."""
ORDER = ("breached", "late", "open", "undetermined", "met")

OWED: Mapping[str, tuple[str, str]] = {
    "RiskReported": ("报告险情", "Report the risk"),
    "NoticeSent": ("发出通报", "Send a notice"),
    "NoticeAcknowledged": ("签收通报", "Acknowledge the notice"),
    "NoticeAnswered": ("采纳或不采纳通报", "Adopt or decline the notice"),
    "WarningIssued": ("发布预警", "Issue a warning"),
    "SignOfLife": ("续报，不得沉默", "Be heard from"),
    "ApprovalGiven": ("答复审批请求", "Answer the request for approval"),
    "PlanAccepted": ("答复联合方案", "Answer the joint plan"),
    "TaskCompleted": ("完成任务", "Complete the task"),
    "WatchTaken": ("值守报到", "Give a sign of the watch"),
    "WarningUpdated": ("更新预警", "Update the warning"),
    "WarningCancelled": ("解除预警", "Take back the warning"),
    "RiskAssessed": ("评估风险", "Assess the risk"),
    "ReadingsTaken": ("监测并提交数据", "Measure, and send the readings"),
    "LevelSet": ("确定级别", "Set the level"),
    "CommandTaken": ("接管指挥", "Take command"),
    "LeadAssigned": ("指定牵头", "Name who leads"),
    "AssistAssigned": ("指定配合", "Name who assists"),
    "Escalated": ("提级", "Escalate"),
    "IncidentOpened": ("启动事件", "Open the incident"),
    "IncidentClosed": ("结束事件", "Close the incident"),
    "ModeSwitched": ("转换状态", "Switch the mode"),
    "HazardSourceRegistered": ("登记风险源", "Register the risk source"),
    "PlanFiled": ("备案预案", "File the plan"),
    "TreatmentDecided": ("决定处置措施", "Decide on measures"),
    "InstructionGiven": ("下达指令", "Give the instruction"),
    "PublicStatementMade": ("告知公众", "Tell the public"),
    "Paid": ("支付", "Pay"),
    "ApprovalRequested": ("提请审批", "Ask for approval"),
    "FieldReportFiled": ("提交现场报告", "File the field report"),
    "AgreementProposed": ("提出协议", "Propose the agreement"),
    "AgreementSigned": ("签署协议", "Sign the agreement"),
    "PlanAdopted": ("通过联合方案", "Adopt the joint plan"),
    "LessonShared": ("分享教训", "Share the lesson"),
    "AidRequested": ("请求支援", "Ask for help"),
    "AidCommitted": ("承诺支援", "Promise help"),
    "AidDispatched": ("派出支援", "Send help"),
    "SupplyReceived": ("交付已承诺的供给", "Deliver what was promised"),
    "MeetingHeld": ("召开会商", "Hold the meeting"),
    "AppraisalFiled": ("提交评估", "File the appraisal"),
    "FindingMade": ("作出认定", "Make the finding"),
    "ReplyFiled": ("提交答辩", "File the reply"),
    "QuestionAnswered": ("答复问题", "Answer the question"),
}
"""What is owed, as an act; a kind of statement that is not here is named as in the vocabulary."""

STAGES: Mapping[str, tuple[str, str]] = {
    "report.first": ("首次报告险情", "First report of the risk"),
    "report.follow_up": ("续报险情", "Follow-up report"),
    "report.final": ("终报险情", "Final report"),
    "report.relay": ("逐级上报", "Pass the report on"),
    "notify.relay": ("向下游转告", "Pass the notice on downstream"),
    "notify.neighbour": ("通报毗邻地区", "Tell the neighbours"),
    "answer.rest": ("答复其余部分", "Answer the rest"),
}
"""Acts whose name says more than the kind of statement."""

TERMS: Mapping[str, tuple[str, str]] = {
    "acknowledge_h": ("签收时限", "time to acknowledge"),
    "answer_h": ("答复时限", "time to answer"),
    "notify_h": ("通报时限", "time to tell those reached"),
    "relay_h": ("转告时限", "time to pass on"),
    "heartbeat_h": ("续报间隔", "time between reports"),
    "silence_h": ("沉默时限", "time of silence"),
    "question_h": ("问题首次答复时限", "time to a first answer"),
    "question_escalate_h": ("问题提级后的答复时限", "time to answer what was handed up"),
}
"""Terms of an agreement from which a duty comes."""


ASKED: Mapping[str, str] = {
    "NoticeAcknowledged": "通报要求签收",
    "NoticeAnswered": "通报要求采纳或不采纳",
    "ApprovalGiven": "请求要求批准或驳回",
    "PlanAccepted": "联合方案要求接受或拒绝",
    "TaskCompleted": "任务定有期限",
    "WatchTaken": "值班台报过下次报到时间",
    "QuestionAnswered": "问题定有答复时间",
}
"""In Chinese, what a statement asks for that no rule asks for."""
assert ASKED.keys() == asked.TEXTS.keys(), "every text has its Chinese"


@dataclass(frozen=True, slots=True)
class DutyRow:
    """What a row shows; a URL or a text is empty where there is none."""

    id: str
    state: str
    state_words: str
    who: str
    to: str
    what: str
    due: datetime | None
    no_due: str
    rule: str
    rule_url: str
    about_url: str
    about_words: str
    act_url: str
    done_url: str
    done_words: str
    done_at: datetime | None
    is_mine: bool
    more: int = 0
    """So many others, to whom the same is owed, stand in this row."""

    @property
    def all(self) -> int:
        """To how many it is owed."""
        return self.more + 1


def rows(
    judged: Iterable[Judged], standing: Standing, now: datetime, *, mine: str = ""
) -> tuple[DutyRow, ...]:
    """The rows of duties in their order; `mine` is the body of who looks."""
    return tuple(row(one, standing, now, mine=mine) for one in sorted(judged, key=order))


def waiting(judged: Iterable[Judged], body: str) -> tuple[Judged, ...]:
    """What a body still has to do: nothing fulfilled it, and there is something to do."""
    return tuple(one for one in judged if one.duty.who == body and one.done is None)


def order(one: Judged) -> tuple[int, bool, float, str]:
    """Where a duty stands on a board: breached, late, open by due time, undetermined, met."""
    due = one.duty.due
    return ORDER.index(one.state), due is None, due.timestamp() if due else 0.0, one.duty.id


def row(one: Judged, standing: Standing, now: datetime, *, mine: str = "") -> DutyRow:
    """The row of one duty."""
    duty, done = one.duty, one.done
    about = addresses.subject(duty.about, standing)
    return DutyRow(
        id=duty.id,
        state=one.state,
        state_words=state_words(one, now),
        who=duty.who,
        to=duty.to or "",
        what=what(duty, standing),
        due=duty.due,
        no_due=_no_due(duty),
        rule=cited(duty, standing),
        rule_url=rule_url(duty.pack, duty.rule, duty.cite, about),
        about_url=about,
        about_words=_about(duty, standing),
        act_url=about,
        done_url=addresses.statement(done.id) if done else "",
        done_words=_place(done.id) if done else "",
        done_at=done.at if done else None,
        is_mine=bool(mine) and duty.who == mine,
    )


def _no_due(duty: Duty) -> str:
    if duty.has_clock:
        return say("起点未知", "start unknown")
    if duty.owes == "TaskCompleted":
        return say("未定期限", "no time was set")
    return say("立即，无时限", "at once, no hour given")


def what(duty: Duty, standing: Standing) -> str:
    """What is owed, as an act; of a task what it is."""
    task = standing.tasks.get(standing_promises.key(duty.about, duty.rule))
    if duty.owes == "TaskCompleted" and task is not None:
        return wording.words(task.what)
    named = STAGES.get(duty.act) or OWED.get(duty.owes)
    if named is None:
        kind = KINDS.get(duty.owes)
        named = (kind.zh, kind.en) if kind else (duty.owes, duty.owes)
    return say(*named)


def cited(duty: Duty, standing: Standing) -> str:
    """Where it is written that this is owed: an article, or a term of the agreement by its title."""
    if duty.owes == "TaskCompleted" and not duty.has_clock:
        return say("已布置的任务", "a task that was given")
    return rule_words(duty.owes, duty.pack, duty.rule, duty.cite, standing)


def rule_words(owes: str, pack: str, rule: str, cite: str, standing: Standing) -> str:
    """A rule as a duty or a finding cites it, in the words of the page."""
    if owes in ASKED and cite == asked.TEXTS[owes]:
        return say(ASKED[owes], cite)
    term = _TERM.fullmatch(cite)
    if term is None and pack != "agreement":
        return cite or rule
    code, name = term.groups() if term else (cite.partition(",")[0], rule)
    held = [one for one in standing.agreements.values() if one.code == code and one.status == "in_force"]
    title = wording.words(held[0].title) if held else code
    named = TERMS.get(name)
    return f"{title}{say('，', ', ')}{say(*named)}" if named else f"{title} {name}"


def rule_url(pack: str, rule: str, cite: str, asked_at: str) -> str:
    """Where a rule that is cited so can be read; what a statement asks for is read there (`asked_at`)."""
    if _TERM.fullmatch(cite):
        return addresses.rule("agreement", rule)
    return addresses.rule(pack, rule) if pack and pack != "statement" else asked_at


def gathered(found: Iterable[DutyRow]) -> tuple[DutyRow, ...]:
    """The same rows, where those that differ only in to whom, and have no time, stand as one."""
    first: dict[tuple[str, str, str, datetime | None, str], DutyRow] = {}
    for one in found:
        key = (one.state, one.what, one.rule, one.due, "" if one.due is None else one.to)
        known = first.get(key)
        first[key] = one if known is None else replace(known, more=known.more + 1)
    return tuple(first.values())


def state_words(one: Judged, now: datetime) -> str:
    """How a duty stands, and for how long."""
    due = one.duty.due
    if one.state == "met":
        return say("已履行", "met")
    if one.state == "undetermined":
        return say("期限未知", "time unknown")
    if due is None:
        return say("待履行", "open")
    if one.state == "open":
        length = wording.span(due - now)
        return say(f"还有 {length}", f"due in {length}")
    if one.state == "breached":
        length = wording.span(now - due)
        return say(f"逾期 {length}", f"overdue {length}")
    assert one.done is not None, "late is what was done after its time"
    length = wording.span(one.done.at - due)
    return say(f"迟 {length}", f"late {length}")


def _about(duty: Duty, standing: Standing) -> str:
    incident = standing.incidents.get(duty.about)
    return wording.words(incident.name) if incident else _place(duty.about)


def _place(statement: str) -> str:
    index = addresses.index(statement)
    return say("日志中未见", "not in the log") if index is None else say(f"日志 #{index}", f"log #{index}")
