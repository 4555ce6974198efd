"""Findings as they are proposed, and the words in which people read them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from riskshed.canonical import encode_plain
from riskshed.governance.subjects import Said

BREACHES: Mapping[str, tuple[str, str]] = {
    "late": ("迟报", "late"),
    "absent": ("未报", "absent"),
    "slow": ("迟缓", "slow"),
    "uncooperative": ("不配合", "uncooperative"),
    "incomplete": ("漏报", "incomplete"),
    "concealed": ("瞒报", "concealed"),
    "false": ("谎报", "false"),
}
"""Each breach in Chinese and English."""
THINGS: Mapping[str, tuple[str, str]] = {
    "RiskReported": ("险情报告", "a report"),
    "NoticeSent": ("通报", "a notice"),
    "NoticeAcknowledged": ("通报签收", "an acknowledgement"),
    "NoticeAnswered": ("对通报的答复", "an answer to a notice"),
    "SignOfLife": ("值守信号", "a sign of life"),
    "WarningIssued": ("预警发布", "a warning"),
    "ApprovalGiven": ("审批答复", "an answer to a request for approval"),
    "PlanAccepted": ("对联合方案的答复", "an answer to a joint plan"),
    "TaskCompleted": ("任务完成", "a task done"),
    "QuestionAnswered": ("对问题的答复", "an answer to a question"),
    "AidDispatched": ("已承诺的援助", "promised help"),
    "SupplyReceived": ("已承诺的供给", "a promised supply"),
    "WatchTaken": ("值班到岗", "a watch"),
    "ModeSwitched": ("启动应急响应", "the switch to emergency working"),
    "RiskAssessed": ("风险会商评估", "an assessment"),
}
"""What can be owed, in words; else the kind of statement stands for itself."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A finding that the record bears out.

    Attributes
    ----------
    breach : str
        As in the vocabulary.
    of : str
        Whose.
    owed : str
        What was owed.
    to : str or None
        To whom.
    about : str
        The incident, or the statement that asked.
    due, found : datetime or None
        By when it was owed; when it came, None if it has not.
    pack, rule, cite : str
    evidence : tuple of str
        Ids of statements.
    readings : tuple of str
        Digests of readings.
    disputed : tuple of str
        Ids of statements by which there is no breach.
    accounts : tuple of Said
        The accounts of when it was fulfilled, where they exclude each other.
    also : tuple of (pack, rule, cite)
        Other rules that want the same act by the same time.
    lacks : tuple of str
        What an incomplete statement leaves out.
    zh, en : str
        The finding in words.
    is_lawful, is_confirmed : bool
        As of `Duty`.
    beside : tuple
        What was on its way meanwhile: (city, median arrival, hours from `due`), for silence and late notices.
    """

    breach: str
    of: str
    owed: str
    to: str | None
    about: str
    due: datetime | None
    found: datetime | None
    pack: str
    rule: str
    cite: str
    evidence: tuple[str, ...]
    readings: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    accounts: tuple[Said, ...] = ()
    also: tuple[tuple[str, str, str], ...] = ()
    lacks: tuple[str, ...] = ()
    zh: str = ""
    en: str = ""
    is_lawful: bool = True
    is_confirmed: bool = True
    beside: tuple[tuple[str, datetime, float], ...] = ()

    def body(self, reply_by: datetime | None = None) -> dict[str, Any]:
        """The body of a `FindingMade` that puts it on the record."""
        told = {
            "breach": self.breach,
            "of": self.of,
            "owed": self.owed,
            "due": None if self.due is None else self.due.isoformat(),
            "found": None if self.found is None else self.found.isoformat(),
            "rule": {"pack": self.pack, "rule": self.rule, "cite": self.cite},
            "what": {"zh": self.zh, "en": self.en},
            "evidence": list(self.evidence[:100]),
            "readings": list(self.readings[:100]),
            "reply_by": None if reply_by is None else reply_by.isoformat(),
        }
        return {name: value for name, value in told.items() if value not in (None, [])}

    @property
    def key(self) -> str:
        """The same for the same finding: what it is of, not what has become known of it since."""
        named = (
            self.breach,
            self.of,
            self.owed,
            self.to,
            self.about,
            self.pack,
            self.rule,
            self.evidence[:1],
        )
        return hashlib.sha256(
            encode_plain([list(part) if isinstance(part, tuple) else part for part in named])
        ).hexdigest()


def worded(one: Proposed, now: datetime) -> Proposed:
    """The finding with its words, in both languages.

    Parameters
    ----------
    one : Proposed
    now : datetime
        Up to when the record was read, for what is not on it.
    """
    zh, en = BREACHES[one.breach]
    thing_zh, thing_en = THINGS.get(one.owed, (one.owed, one.owed))
    to_zh, to_en = (f"向{one.to}", f" to {one.to}") if one.to else ("", "")
    if one.breach == "false":
        other = len(one.evidence) - 1
        told_zh = f"{zh}：{one.of}的说法与{len(one.readings)}条监测数据、{other}条陈述相矛盾"
        told_en = (
            f"{en}: what {one.of} said is contradicted by {len(one.readings)} readings, {other} statements"
        )
    elif one.breach == "incomplete":
        left_out = ", ".join(one.lacks)
        told_zh = f"{zh}：{one.of}的{thing_zh}缺少法定内容：{left_out}"
        told_en = f"{en}: {thing_en} by {one.of} leaves out {left_out}"
    elif one.found is None:
        told_zh = f"{zh}：{one.of}应{to_zh}作出{thing_zh}，截至{now:%Y-%m-%d}记录中未见"
        told_en = f"{en}: {one.of} owed{to_en} {thing_en}; none is on record up to {now:%Y-%m-%d}"
    else:
        assert one.due is not None, "all others have a time"
        hours = (one.found - one.due).total_seconds() / 3600
        told_zh = f"{zh}：{one.of}应{to_zh}作出{thing_zh}，逾期{hours:.1f}小时"
        told_en = f"{en}: {one.of} owed{to_en} {thing_en}, which came {hours:.1f} h after its time"
    if one.disputed:
        told_zh += "；另有与之矛盾的说法，存疑"
        told_en += "; another account on the record excludes this one: disputed"
    elif len(one.accounts) > 1:
        told_zh += "；记录中两种说法互相排斥，按任一说法均逾期"
        told_en += "; two accounts on the record exclude each other, and by both it is late"
    return replace(one, zh=told_zh, en=told_en)
