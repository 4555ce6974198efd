"""Statements of help in EDXL-RM, both ways; what is not carried is said, what has no verb is refused."""

from __future__ import annotations

from typing import Any

import pytest
from statements import plain

from riskshed.errors import InputError, InputFaults
from riskshed.exchange.edxl import MESSAGES, MSG, REFUSED, read, write
from riskshed.statement import Statement, make

ITEMS = [
    {"item": "water", "amount": {"value": "12.5", "unit": "t"}},
    {"item": "pump", "amount": {"value": "3", "unit": "item"}},
]


def help_said(kind: Any, **more: Any) -> Statement:
    said = plain(kind, optional=False)
    items = {} if kind == "AidDeclined" else {"items": ITEMS}
    return plain(kind, body={**said.to_json()["body"], **items, **more})


@pytest.mark.parametrize("kind", MESSAGES)
def test_statement_comes_back_as_it_was_said(kind: Any) -> None:
    said = help_said(kind)
    written = write(said)
    told = read(written.raw)
    carried = {field: value for field, value in said.to_json()["body"].items() if field not in written.lost}
    assert (told.kind, told.by, told.about, told.issued) == (said.kind, said.by, said.about, said.issued)
    assert (told.message_id, told.replies_to) == (said.id, said.replies_to)
    assert told.body == carried
    assert told.lost == ()


def test_message_that_was_read_can_be_said() -> None:
    told = read(write(help_said("AidCommitted")).raw)
    again = make(
        told.kind, by=told.by, officer="duty-1", issued=told.issued, about=told.about, body=told.body
    )
    assert again.records("items")[0]["amount"]["value"] == "12.5"


def test_fields_that_no_message_carries_are_named() -> None:
    price = {"minor": 5, "currency": "CNY"}
    named = [{**ITEMS[0], "name": {"zh": "饮用水"}}]
    assert set(write(help_said("AidOffered", price=price, items=named)).lost) == {"price", "items[0].name"}
    assert "reason" in write(help_said("AidDeclined")).lost
    assert "shipment" in write(help_said("AidDispatched")).lost


def test_offer_that_nobody_asked_for_is_unsolicited() -> None:
    said = help_said("AidOffered")
    answer = plain("AidOffered", body=said.to_json()["body"], replies_to="ab" * 32)
    assert b"msg:OfferUnsolicitedResource" in write(said).raw
    assert b"msg:ResponseToRequestResource" in write(answer).raw
    assert read(write(answer).raw).replies_to == "ab" * 32


def test_elements_that_were_not_used_are_named() -> None:
    raw = write(help_said("AidRequested")).raw
    more = raw.replace(b"</msg:SentDateTime>", b"</msg:SentDateTime><msg:Funding><x/></msg:Funding>")
    assert read(more).lost == ("/Funding",)


def codes(raw: bytes) -> list[str]:
    with pytest.raises(InputFaults) as told:
        read(raw)
    return [one.code for one in told.value.faults]


@pytest.mark.parametrize("name", REFUSED)
def test_message_without_a_verb_here_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(InputFaults, match=REFUSED[name][:20]) as told:
        read(f'<m:{name} xmlns:m="{MSG}"/>'.encode())
    assert told.value.faults[0].code == "edxl.no_verb"


def test_all_sixteen_messages_are_known() -> None:
    assert len({*MESSAGES.values(), "OfferUnsolicitedResource", *REFUSED}) == 16


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b">12.5<", b">much<", "bad_amount"),
        (b">12.5<", b">-1<", "bad_amount"),
        (b">item<", b">dozen<", "unknown_unit"),
        (b"rm:MeasuredQuantity>", b"rm:QuantityText>", "no_quantity"),
        (b">Sender<", b">Approver<", "missing"),
        (b"+00:00</msg:Sent", b"</msg:Sent", "bad_time"),
        (b":RM:1.0:msg", b":RM:2.0:msg", "not_edxl"),
    ],
)
def test_message_that_cannot_be_used_is_refused(old: bytes, new: bytes, code: str) -> None:
    raw = write(help_said("AidRequested")).raw
    assert old in raw
    assert f"edxl.{code}" in codes(raw.replace(old, new))


def test_items_with_other_times_are_refused() -> None:
    head, _, tail = write(help_said("AidRequested")).raw.rpartition(b"2005-11-20T16:00:00+08:00")
    assert codes(head + b"2005-11-20T17:00:00+08:00" + tail) == ["edxl.split_schedule"]


def test_answer_on_a_condition_is_refused() -> None:
    said = plain("AidOffered", body=help_said("AidOffered").to_json()["body"], replies_to="ab" * 32)
    assert "edxl.response" in codes(write(said).raw.replace(b">Accept<", b">Conditional<"))


def test_document_types_and_entities_are_refused() -> None:
    raw = write(help_said("AidRequested")).raw
    assert codes(raw.replace(b"?>", b"?><!DOCTYPE x>", 1)) == ["cap.forbidden_dtd"]


def test_statement_of_another_kind_has_no_message() -> None:
    with pytest.raises(InputError, match="no statement of help"):
        write(plain("NoticeSent"))
