"""Statements: one byte form, strict reading, signatures by the right key, and sealed bodies."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import cast
import pytest
from cast import SHANG, ZHONG
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import (
    A_DIGEST,
    AN_ID,
    ISSUED,
    KEY,
    KEYID,
    PLAIN,
    bodies,
    plain,
    plain_body,
    signed,
    signed_by_the_key,
)

from riskshed import statement
from riskshed.canonical import canonical
from riskshed.envelope import ENVELOPE_BYTES_MAX, PAYLOAD_BYTES_MAX, Envelope
from riskshed.statement import Sealed, Statement, StatementError
from riskshed.vocabulary import KINDS

ACKNOWLEDGED = plain("NoticeAcknowledged")


def verified(raw: bytes, *, role: str = "statement", by: str = "220200") -> Statement:
    return statement.verify(raw, signed_by_the_key, role=role, by=by)


def code_of(act: Any, *given_: Any, **named: Any) -> str:
    with pytest.raises(StatementError) as caught:
        act(*given_, **named)
    return caught.value.code.removeprefix("statement.")


def payload(**changed: Any) -> bytes:
    """The plain payload with members changed, or left out where None."""
    value = {**ACKNOWLEDGED.to_json(), **changed}
    return canonical({name: part for name, part in value.items() if part is not None})


# ------------------------------------------------------------------------------------------- one byte form


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_statement_of_every_kind_comes_back_as_it_was(kind: str, data: st.DataObject) -> None:
    said = plain(kind, body=data.draw(bodies(KINDS[kind].fields)))
    assert statement.parse(said.payload) == said
    assert canonical(json.loads(said.payload)) == said.payload
    assert verified(signed(said)).payload == said.payload


def test_id_is_the_sha256_of_the_payload() -> None:
    assert ACKNOWLEDGED.id == hashlib.sha256(ACKNOWLEDGED.payload).hexdigest()
    assert Envelope.parse(signed(ACKNOWLEDGED)).id == ACKNOWLEDGED.id


def test_same_facts_in_another_order_are_the_same_bytes() -> None:
    body = plain_body(KINDS["WarningIssued"].fields)
    other = plain("WarningIssued", body=dict(reversed(body.items())))
    assert other.payload == plain("WarningIssued", body=body).payload


def test_payload_is_written_as_documented() -> None:
    said = statement.make(
        "AgreementSigned",
        by=SHANG,
        officer="mayor",
        issued=datetime(2026, 5, 1, 8, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=8))),
        about="songhua-compact",
        replies_to=AN_ID,
        body={"text_digest": A_DIGEST},
    )
    wanted = (
        f'{{"about":"songhua-compact","body":{{"text_digest":"{A_DIGEST}"}},"by":"910100","exercise":false,'
        f'"issued":"2026-05-01T08:00:00+08:00","kind":"AgreementSigned","officer":"mayor",'
        f'"replies_to":"{AN_ID}","visibility":"public"}}'
    )
    assert said.payload.decode() == wanted


def test_two_statements_are_the_same_if_their_ids_are() -> None:
    again = statement.parse(ACKNOWLEDGED.payload)
    assert {again, ACKNOWLEDGED} == {ACKNOWLEDGED}
    assert again != plain("NoticeAcknowledged", officer="duty-9")


def test_body_cannot_be_changed() -> None:
    said = plain("NoticeSent")
    with pytest.raises(TypeError):
        said.body["to"] = ()  # type: ignore[index]
    assert isinstance(said.body["to"], tuple)  # type: ignore[index]


# --------------------------------------------------------------------------------------------- typed reading


def test_values_are_read_with_their_types() -> None:
    said = plain("AidCommitted")
    assert said.time("leaves_by") == datetime(2005, 11, 20, 8, 0, tzinfo=UTC)
    assert said.money("price") == statement.Money(1, "JPY")
    assert said.records("items")[0]["amount"]["value"] == "1"
    assert said.string("to") == "230100"
    assert plain("TaskCompleted").decimal("share") == Decimal(1)
    assert plain("FootprintIssued").whole("members") == 1
    assert plain("LevelSet").yes_no("lower_bound") is True
    assert plain("NoticeSent").strings("to") == ("230100",)
    assert plain("NoticeSent").words("headline")["zh"] == PLAIN["words"]["zh"]
    assert plain("FootprintIssued").record("threshold")["unit"] == "1"


def test_what_is_absent_is_unknown() -> None:
    said = plain("AidCommitted", optional=False)
    assert not said.has("price")
    assert plain("NoticeSent", optional=False).records("arrivals") == ()
    with pytest.raises(AssertionError, match="absent"):
        said.money("price")


def test_asking_for_another_type_or_field_is_an_error_of_the_program() -> None:
    with pytest.raises(AssertionError, match="of type time"):
        ACKNOWLEDGED.decimal("received_at")
    with pytest.raises(AssertionError, match="no field"):
        ACKNOWLEDGED.has("recieved_at")
    with pytest.raises(AssertionError, match="is a list"):
        plain("NoticeSent").string("to")


# ------------------------------------------------------------------------------------------------- refusals


def test_all_faults_are_named_at_once_field_by_field() -> None:
    body = {"received_at": "2005-11-20", "note": "came", "hour_h": "16"}
    with pytest.raises(StatementError) as caught:
        plain("NoticeAcknowledged", by="Harbin City", body=body)
    found = [(fault.column, fault.code) for fault in caught.value.faults]
    assert found == [
        ("by", "statement.bad_code"),
        ("body.received_at", "statement.bad_time"),
        ("body.note", "statement.wrong_type"),
        ("body.hour_h", "statement.unknown_field"),
    ]
    assert 'NoticeAcknowledged, column body.received_at: got "2005-11-20", want a time' in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (payload(kind="NoticeEaten"), "unknown_kind"),
        (payload(kind=7), "unknown_kind"),
        (payload(kind=None), "unknown_kind"),
        (payload(more="x"), "unknown_field"),
        (payload(by=None), "missing_field"),
        (payload(officer=None), "missing_field"),
        (payload(issued="2005-11-20T08:00:00Z"), "bad_time"),
        (payload(exercise="no"), "wrong_type"),
        (payload(exercise=None), "missing_field"),
        (payload(replies_to=None), "missing_field"),
        (payload(replies_to="songhua-2005"), "bad_id"),
        (payload(visibility="secret"), "unknown_choice"),
        (payload(visibility="sealed"), "unknown_field"),
        (payload(recipients=["230100"]), "unknown_field"),
        (payload(commit=A_DIGEST), "unknown_field"),
        (payload(body=None), "missing_field"),
        (payload(body=[]), "wrong_type"),
        (payload(body={}), "missing_field"),
        (payload(reconstructed={"source": "a book"}), "missing_field"),
        (payload(body={"received_at": PLAIN["time"], "note": {"zh": 1.5}}), "float"),
        (payload(body={"received_at": 1.5}), "float"),
        (b" " + ACKNOWLEDGED.payload, "not_canonical"),
        (ACKNOWLEDGED.payload.replace(b'"by"', b'"\\u0062y"'), "not_canonical"),
        (ACKNOWLEDGED.payload[:-1] + b',"by":"230100"}', "duplicate_key"),
        (ACKNOWLEDGED.payload.replace(b"false", b"NaN"), "not_a_number"),
        (ACKNOWLEDGED.payload.replace(b"false", b"9007199254740992"), "wrong_type"),
        (ACKNOWLEDGED.payload.replace(b"false", b"9" * 5000), "too_large"),
        (ACKNOWLEDGED.payload.replace(b"duty", b"\\ud800"), "surrogate"),
        (ACKNOWLEDGED.payload.replace(b"duty", b"\xff"), "not_utf8"),
        (b'{"kind":' + b"[" * 40_000, "too_deep"),
        (b"[]", "wrong_type"),
        (b"null", "wrong_type"),
        (b"x" * (PAYLOAD_BYTES_MAX + 1), "oversize"),
    ],
)
def test_each_wrong_payload_has_its_own_reason(raw: bytes, code: str) -> None:
    assert code_of(statement.parse, raw) == code


def test_unknown_kind_is_told_the_nearest() -> None:
    with pytest.raises(StatementError, match="NoticeSent"):
        statement.parse(payload(kind="NoticeSend"))


def test_kind_without_subject_refuses_one_and_kind_with_it_needs_one() -> None:
    assert code_of(plain, "KeyAdded", about="songhua-2005") == "unknown_field"
    assert code_of(plain, "IncidentClosed", about=None) == "missing_field"


def test_statement_too_large_for_the_log_is_not_made() -> None:
    body = plain_body(KINDS["LessonShared"].fields)
    fits = {"zh": "水" * 10_000}
    assert len(plain("LessonShared", body={**body, "text": fits}).payload) > 30_000
    assert code_of(plain, "LessonShared", body={**body, "text": {**fits, "en": "a" * 20_000}}) == "oversize"
    assert len(signed(plain("LessonShared", body={**body, "text": fits}))) <= ENVELOPE_BYTES_MAX


def test_time_of_issue_needs_its_offset() -> None:
    bare = ISSUED.replace(tzinfo=None)
    assert code_of(plain, "NoticeAcknowledged", issued=bare) == "bad_time"


def test_faults_travel_between_processes() -> None:
    with pytest.raises(StatementError) as caught:
        statement.parse(payload(by=None))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, again.faults) == (caught.value.code, caught.value.faults)


# -------------------------------------------------------------------------------------------------- signing


def test_exercise_is_signed_by_an_exercise_key_and_by_no_other() -> None:
    drill, actual = signed(plain("NoticeSent", exercise=True)), signed(plain("NoticeSent"))
    assert verified(drill, role="exercise").exercise
    assert not verified(actual).exercise
    assert code_of(verified, drill) == "exercise_mismatch"
    assert code_of(verified, actual, role="exercise") == "exercise_mismatch"


@pytest.mark.parametrize("role", ["log", "witness", "mirror", ""])
def test_key_of_another_role_signs_no_statement(role: str) -> None:
    assert code_of(verified, signed(ACKNOWLEDGED), role=role) == "wrong_role"


def test_body_cannot_speak_for_another() -> None:
    assert code_of(verified, signed(ACKNOWLEDGED), by=ZHONG) == "wrong_body"


def test_signature_by_an_unknown_key_is_refused() -> None:
    raw = statement.sign(ACKNOWLEDGED, "someone+0a1b2c3d", KEY.sign)
    assert code_of(verified, raw) == "bad_signature"


def test_signature_of_another_type_of_payload_is_refused() -> None:
    raw = statement.sign(ACKNOWLEDGED, KEYID, lambda message: KEY.sign(message.replace(b".v1+", b".v2+")))
    assert code_of(verified, raw) == "bad_signature"


def test_answer_that_is_not_true_itself_is_no_yes() -> None:
    raw = signed(ACKNOWLEDGED)
    assert code_of(statement.verify, raw, lambda *_: "yes", role="statement", by="220200") == "bad_signature"


def test_any_changed_byte_of_an_envelope_is_refused() -> None:
    raw = signed(plain("PlanAccepted", optional=False))
    for place in range(len(raw)):
        for other in (1, 32, 128):
            changed = raw[:place] + bytes([raw[place] ^ other]) + raw[place + 1 :]
            with pytest.raises(StatementError):
                verified(changed)


# -------------------------------------------------------------------------------------------------- sealing


def sealed_plan(salt: bytes = bytes(32)) -> tuple[Statement, Sealed]:
    hidden = statement.seal("PlanProposed", plain_body(KINDS["PlanProposed"].fields), salt=salt)
    return plain("PlanProposed", body=hidden, visibility="sealed", recipients=(ZHONG,)), hidden


def test_sealed_body_is_opened_by_those_who_have_it() -> None:
    said, hidden = sealed_plan()
    assert hidden.commit == "sha256:" + hashlib.sha256(hidden.salt + hidden.body).hexdigest()
    assert statement.unseal(said, hidden.salt, hidden.body) == plain("PlanProposed").body


def test_redacted_statement_still_verifies_and_shows_nothing_of_its_body() -> None:
    said, _ = sealed_plan()
    again = verified(signed(said))
    assert (again.body, again.recipients, again.commit) == (None, (ZHONG,), said.commit)
    assert b"plan" not in again.payload
    with pytest.raises(StatementError, match="sealed"):
        again.string("plan")


def test_other_salt_or_body_does_not_open() -> None:
    said, hidden = sealed_plan()
    shifted = (hidden.salt + hidden.body[:1], hidden.body[1:])
    for salt, body in ((bytes([1]) * 32, hidden.body), (hidden.salt, hidden.body + b" "), shifted):
        assert code_of(statement.unseal, said, salt, body) == "wrong_commit"


def test_sealed_body_that_is_none_is_found_out_when_it_is_opened() -> None:
    commit = statement.digest_text(bytes(32) + b'{"plan":1}')
    said = plain(
        "PlanProposed",
        body=Sealed("PlanProposed", commit, bytes(32), b""),
        visibility="sealed",
        recipients=[ZHONG],
    )
    assert code_of(statement.unseal, said, bytes(32), b'{"plan":1}') == "wrong_type"


def test_same_body_is_sealed_differently_each_time() -> None:
    body = plain_body(KINDS["GoalsDeclared"].fields)
    assert statement.seal("GoalsDeclared", body).commit != statement.seal("GoalsDeclared", body).commit


def test_sealed_needs_recipients_and_open_has_none() -> None:
    hidden = statement.seal("GoalsDeclared", plain_body(KINDS["GoalsDeclared"].fields))
    assert code_of(plain, "GoalsDeclared", body=hidden, visibility="sealed") == "missing_field"
    assert code_of(plain, "GoalsDeclared", recipients=[ZHONG]) == "unknown_field"
    assert code_of(statement.unseal, plain("GoalsDeclared"), bytes(32), b"") == "not_sealed"


def test_wrong_body_is_not_sealed() -> None:
    assert code_of(statement.seal, "GoalsDeclared", {}) == "missing_field"


# ---------------------------------------------------------------------------------- what strangers send


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_the_one_error(raw: bytes) -> None:
    for reader in (statement.parse, statement.read, verified):
        with pytest.raises(StatementError):
            reader(raw)


CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3),
    max_leaves=10,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(ACKNOWLEDGED.to_json())), JSON)
def test_any_json_in_any_place_is_a_statement_or_the_one_error(name: str, value: object) -> None:
    raw = json.dumps({**ACKNOWLEDGED.to_json(), name: value}).encode()
    try:
        raw = canonical({**ACKNOWLEDGED.to_json(), name: value})
        said = statement.parse(raw)
    except StatementError:
        return
    assert said.payload == raw


@settings(max_examples=200)
@given(st.sampled_from(sorted(KINDS)), JSON)
def test_any_value_in_a_body_is_taken_or_the_one_error(kind: str, value: object) -> None:
    body = plain_body(KINDS[kind].fields)
    for name in body:
        try:
            said = plain(kind, body={**body, name: value})
        except StatementError:
            continue
        assert statement.parse(said.payload) == said


def test_json_of_the_parsing_suite_is_refused() -> None:
    files = sorted((cast.shared_data("bad-input") / "json_nst").rglob("*.json"))
    assert len(files) > 300
    for path in files:
        raw = path.read_bytes()
        for reader in (statement.parse, statement.read):
            with pytest.raises(StatementError):
                reader(raw)


def taken(text: str) -> Statement | StatementError:
    try:
        return plain("PublicStatementMade", body={"text": {"zh": text}, "where": "press"})
    except StatementError as error:
        return error


def test_naughty_strings_survive_byte_exact_or_are_refused_for_their_controls() -> None:
    path = cast.shared_data("bad-input") / "blns" / "blns.json"
    texts = json.loads(path.read_text("utf-8"))
    told = {text: taken(text) for text in texts}
    kept = {text: said for text, said in told.items() if isinstance(said, Statement)}
    assert all(verified(signed(said)).words("text")["zh"] == text for text, said in kept.items())
    controls = {text for text in told if CONTROL.search(text)}
    assert set(told) - set(kept) == controls | {text for text in told if not text.strip()}
    assert len(kept) > 450
