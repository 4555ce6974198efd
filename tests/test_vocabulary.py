"""The vocabulary: complete, named in both languages, documented, and frozen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from statements import plain, plain_body

from riskshed import statement, vocabulary
from riskshed.statement import StatementError
from riskshed.vocabulary import ANY, COMMON, GROUPS, KINDS, Field

ROOT = Path(__file__).parents[1]
FROZEN = json.loads((Path(__file__).parent / "vocabulary_v1.json").read_text("utf-8"))
SUFFIX = {"h": "_h", "km": "_km", "people": "_people", "byte": "_bytes"}
NAMED_IN_THE_DESIGN = """
    RiskReported FieldReportFiled ReadingsTaken FootprintIssued NoticeSent NoticeAcknowledged
    NoticeAdopted NoticeDeclined WarningIssued WarningUpdated WarningCancelled IncidentOpened
    ModeSwitched LevelSet LeadAssigned AssistAssigned Escalated CommandTaken CommandReturned
    IncidentClosed AgreementProposed AgreementSigned AgreementEnded PlanFiled AnnualPlanAdopted
    MeetingHeld PlanProposed PlanAmended PlanAccepted PlanRejected PlanAdopted AidRequested
    AidOffered AidCommitted AidDispatched AidReceived AidReleased CostClaimed SettlementDrawn
    SettlementAccepted Paid FundContributed AppraisalFiled FindingMade ReplyFiled FindingUpheld
    FindingDismissed LessonShared BodyJoined KeyAdded KeyRevoked BodyLeft StockReported
    HazardSourceRegistered RiskAssessed TreatmentDecided WatchTaken WatchHandedOver SplitViewProven
"""


def all_fields(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from all_fields(field.fields)


FIELDS = [(kind.name, field) for kind in KINDS.values() for field in all_fields(kind.fields)]


def test_every_kind_of_the_design_is_there() -> None:
    assert not set(NAMED_IN_THE_DESIGN.split()) - set(KINDS)


def test_kinds_have_their_own_name_in_each_language() -> None:
    for names in ([k.en for k in KINDS.values()], [k.zh for k in KINDS.values()]):
        assert len(set(names)) == len(KINDS)
        assert all(names)


def test_english_name_is_the_name_in_words() -> None:
    wrong = {k.name: k.en for k in KINDS.values() if k.en.replace(" ", "") != k.name.lower()}
    assert not wrong


def test_every_kind_and_field_says_what_it_is_in_a_sentence() -> None:
    docs = (
        [kind.doc for kind in KINDS.values()] + [field.doc for _, field in FIELDS] + [f.doc for f in COMMON]
    )
    assert not [doc for doc in docs if not re.fullmatch(r"[A-Z0-9].*\.", doc)]


def test_numbers_carry_their_unit_last_in_their_name() -> None:
    numbers = [(kind, field) for kind, field in FIELDS if field.type in ("decimal", "whole")]
    assert not [(kind, f.name) for kind, f in numbers if not f.unit]
    assert not [
        (kind, f.name) for kind, f in numbers if f.unit != "1" and not f.name.endswith(SUFFIX[f.unit])
    ]


def test_names_of_fields_are_ascii_so_that_sorted_json_is_their_one_form() -> None:
    names = [field.name for _, field in FIELDS] + [field.name for field in COMMON]
    assert not [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]


def test_answers_name_kinds_that_exist() -> None:
    assert not {name for kind in KINDS.values() for name in kind.answers} - set(KINDS) - {ANY}


def test_every_group_has_kinds_and_a_title() -> None:
    assert {kind.group for kind in KINDS.values()} == set(GROUPS)


@pytest.mark.parametrize("kind", KINDS)
def test_required_fields_alone_are_a_statement_and_each_is_needed(kind: str) -> None:
    assert plain(kind, optional=False).body is not None
    required = [field.name for field in KINDS[kind].fields if field.required]
    for name in required:
        body = plain_body(KINDS[kind].fields)
        del body[name]
        with pytest.raises(StatementError, match=rf"body\.{name}: got nothing"):
            plain(kind, body=body)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrong", [None, 1.5, [], {}, 2**60, "\x07", "\ud800"])
def test_no_field_takes_what_is_no_value(kind: str, wrong: Any) -> None:
    body = plain_body(KINDS[kind].fields)
    for name in body:
        with pytest.raises(StatementError) as caught:
            plain(kind, body={**body, name: wrong})
        assert [fault.column.startswith(f"body.{name}") for fault in caught.value.faults if fault.column]


def test_vocabulary_keeps_all_that_is_frozen() -> None:
    now = vocabulary.frozen_facts()
    changed = {
        f"{kind}.{field}": (form, words)
        for kind, fields in FROZEN.items()
        for field, (form, words) in fields.items()
        if field not in now.get(kind, {})
        or now[kind][field].form != form
        or not set(words) <= set(now[kind][field].words)
    }
    assert not changed, "a kind or field that changes its meaning needs a new version of the payload type"


def test_what_was_added_to_a_frozen_kind_is_optional() -> None:
    added = {
        f"{kind}.{name}"
        for kind, fields in vocabulary.frozen_facts().items()
        for name, fact in fields.items()
        if kind in FROZEN and name not in FROZEN[kind] and "| required" in fact.form and "." not in name
    }
    assert not added, "statements that were signed before have no such field"


def test_guide_page_is_written_from_the_vocabulary() -> None:
    assert (ROOT / "docs" / "statements.md").read_text("utf-8") == statement.guide()


def test_glossary_holds_every_kind_in_both_languages() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    missing = [k.name for k in KINDS.values() if f"\n| {k.en} | {k.zh} |" not in glossary]
    assert not missing, "want a row in docs/glossary.md for each kind of statement"
