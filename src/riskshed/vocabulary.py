"""The vocabulary: every kind of statement, as data from which statements are checked and the guide made.

A kind is a past fact. The vocabulary is frozen: a kind or an optional field may be added, but what is there
never changes its name, type, unit or meaning and never becomes required, because statements are judged years
after they were signed. A change of meaning needs another version in the payload type. `frozen_facts` is what
must not change; a test keeps it.

A field that names a statement names it by id. Which kinds a statement may answer stands here; whether the one
that it names is of such a kind can be told only by someone who has it, so that is judged where all are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, get_args

from riskshed.statement_values import range_text
from riskshed.vocabulary_agree import AGREE, SETTLE
from riskshed.vocabulary_cluster import CLUSTER
from riskshed.vocabulary_community import COMMUNITY
from riskshed.vocabulary_fields import ANY, BODIES, Field, Group, Kind, Shape, may, need
from riskshed.vocabulary_foresee import FORESEE, TELL
from riskshed.vocabulary_judge import JUDGE, RECORD
from riskshed.vocabulary_lead import HELP, LEAD
from riskshed.vocabulary_market import MARKET
from riskshed.vocabulary_party import PARTY
from riskshed.vocabulary_service import SERVICE

__all__ = [
    "ANY",
    "COMMON",
    "GROUPS",
    "KINDS",
    "SHAPES",
    "VISIBILITIES",
    "Fact",
    "Field",
    "Group",
    "Kind",
    "KindName",
    "frozen_facts",
]

KindName = Literal[
    "ActionPlanned",
    "AgreementEnded",
    "AgreementProposed",
    "AgreementSigned",
    "AidCommitted",
    "AidDeclined",
    "AidDispatched",
    "AidOffered",
    "AidReceived",
    "AidReleased",
    "AidRequested",
    "AnnualPlanAdopted",
    "AnswerRated",
    "AppraisalFiled",
    "ApprovalGiven",
    "ApprovalRefused",
    "ApprovalRequested",
    "AssistAssigned",
    "BodyJoined",
    "BodyLeft",
    "CommandReturned",
    "CommandTaken",
    "CostClaimed",
    "Escalated",
    "FieldReportFiled",
    "FindingDismissed",
    "FindingMade",
    "FindingUpheld",
    "FootprintIssued",
    "FundContributed",
    "GoalsDeclared",
    "HazardSourceRegistered",
    "IncidentClosed",
    "IncidentOpened",
    "InstructionGiven",
    "KeyAdded",
    "KeyRevoked",
    "LeadAssigned",
    "LessonShared",
    "LevelSet",
    "MatchAccepted",
    "MatchProposed",
    "MatchRefused",
    "MeetingHeld",
    "ModeSwitched",
    "NeedStated",
    "NewsShared",
    "NoticeAcknowledged",
    "NoticeAdopted",
    "NoticeDeclined",
    "NoticeSent",
    "OfferMade",
    "Paid",
    "PartyVerified",
    "PlanAccepted",
    "PlanAdopted",
    "PlanAmended",
    "PlanFiled",
    "PlanProposed",
    "PlanRejected",
    "PublicStatementMade",
    "QuestionAnswered",
    "QuestionAsked",
    "QuestionEscalated",
    "QuestionRouted",
    "ReadingsTaken",
    "ReplyFiled",
    "RiskAssessed",
    "RiskReported",
    "SettlementAccepted",
    "SettlementDisputed",
    "SettlementDrawn",
    "SplitViewProven",
    "StatementWithdrawn",
    "StockReported",
    "SupplyReceived",
    "TaskCompleted",
    "TreatmentDecided",
    "WarningCancelled",
    "WarningIssued",
    "WarningUpdated",
    "WatchHandedOver",
    "WatchTaken",
]
"""The names of the kinds, so that a type checker finds a kind that does not exist."""

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for group in (
        *(FORESEE, TELL, LEAD, AGREE, HELP, SETTLE, JUDGE),
        *(MARKET, COMMUNITY, CLUSTER, SERVICE, PARTY, RECORD),
    )
    for kind in group
}
SHAPES: Mapping[str, Shape] = {kind.name: Shape.of(kind.fields) for kind in KINDS.values()}
"""The check of the body of each kind."""

GROUPS: Mapping[str, str] = {
    "foresee": "Foresee",
    "tell": "Tell",
    "lead": "Lead and assist",
    "agree": "Agree",
    "help": "Help",
    "settle": "Settle",
    "judge": "Judge",
    "open": "The open side",
    "record": "Bodies, keys and the record itself",
}

VISIBILITIES = ("public", "members", "sealed")
COMMON: tuple[Field, ...] = (
    need("kind", "choice", "One of the kinds below.", choices=tuple(KINDS)),
    need("by", "code", "The body that speaks; the key that signs is its key."),
    need("officer", "code", "Post or number of the officer at that body, never a person's name."),
    need("issued", "time", "When the body says that it spoke: a claim, which the log brackets."),
    may("about", "subject", "Code of the incident (agreement, risk source), or id of a statement."),
    may("replies_to", "statement", "Id of the statement that this answers."),
    need("exercise", "yes_no", "True in a drill; such a statement is signed by an exercise key only."),
    need("visibility", "choice", "Who may read it.", choices=VISIBILITIES),
    may("recipients", "code", "Of a sealed statement: the bodies that hold its body.", many=BODIES),
    may(
        "reconstructed",
        "record",
        "Put together later, by others, from published sources: the body itself never signed it.",
        fields=(
            need("source", "text", "Where it is told."),
            need("precision", "choice", "How well `issued` is known.", choices=("minute", "hour", "day")),
            may("confidence", "choice", "How far it is believed.", choices=("high", "medium", "low")),
            may("note", "text", "What other sources say."),
        ),
    ),
    may("commit", "digest", "Of a sealed statement: SHA-256 of the salt and the body."),
)
"""The fields that every statement has beside its body."""

assert set(KINDS) == set(get_args(KindName)), "a kind is named twice: in its data, and for the type checker"


class Fact(NamedTuple):
    """What must not change of a field, and the words to which more may be added, but none taken away."""

    form: str
    words: tuple[str, ...] = ()


def frozen_facts() -> Mapping[str, Mapping[str, Fact]]:
    """Of each kind, the fields and what must not change; those of every kind stand under no name."""
    kinds = {kind.name: {**_references(kind), **dict(_facts(kind.fields))} for kind in KINDS.values()}
    return {"": dict(_facts(COMMON)), **kinds}


def _references(kind: Kind) -> Mapping[str, Fact]:
    return {"(about)": Fact(kind.about), "(replies_to)": Fact(kind.replies_to, kind.answers)}


def _facts(fields: tuple[Field, ...], path: str = "") -> Iterator[tuple[str, Fact]]:
    for field in fields:
        parts = (
            field.type,
            field.unit,
            "required" if field.required else "optional",
            "many" if field.many else "one",
            range_text(field.low, field.high),
        )
        yield f"{path}{field.name}", Fact(" | ".join(part for part in parts if part), field.choices)
        yield from _facts(field.fields, f"{path}{field.name}.")
