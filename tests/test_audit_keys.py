"""A key counts from the entry that adds it to the one that revokes it, for its body and its task alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cast import PANG, SHANG, SPILL, XIA, ZHONG
from records import (
    KEY_LIST,
    LOG_KEY,
    POLICY,
    copy_of,
    files_of_log,
    joined,
    key_added,
    key_of,
    key_revoked,
    record,
    report,
    said,
)

from riskshed.audit import audit
from riskshed.audit_keys import ListedKey, parse_key_list
from riskshed.errors import InputFaults
from riskshed.ledger.keys import SigningKey
from riskshed.statement import make, read, seal, sign

START = record(3)
SECOND = key_of(SHANG, 1)
DRILL = key_of(SHANG, 2, "exercise")


def findings(*entries: bytes, listed: Sequence[ListedKey] | None = KEY_LIST) -> list[tuple[str, int | None]]:
    told = audit(copy_of(files_of_log((*START, *entries))), POLICY, keys=listed)
    return [(one.code, one.index) for one in told.findings]


def test_a_second_key_signs_once_it_is_added() -> None:
    assert findings(key_added(SHANG, SECOND), report(1, key=SECOND)) == []


def test_a_statement_before_its_key_was_added_is_named() -> None:
    assert findings(report(1, key=SECOND), key_added(SHANG, SECOND)) == [("key.before_added", 3)]


def test_a_key_that_nobody_names_is_unknown() -> None:
    assert findings(report(1, key=SECOND)) == [("key.unknown", 3)]


def test_what_was_signed_before_a_revocation_stands_and_what_comes_after_does_not() -> None:
    found = findings(
        key_added(SHANG, SECOND), report(1, key=SECOND), key_revoked(SHANG, SECOND), report(2, key=SECOND)
    )
    assert found == [("key.revoked", 6)]


def test_a_key_may_revoke_itself_and_is_then_silent() -> None:
    first = key_of(SHANG)
    assert findings(key_revoked(SHANG, first), report(1)) == [("key.revoked", 4)]


def test_a_revoked_key_cannot_be_added_again() -> None:
    found = findings(
        key_added(SHANG, SECOND), key_revoked(SHANG, SECOND), key_added(SHANG, SECOND), report(1, key=SECOND)
    )
    assert found == [("key.twice", 5), ("key.revoked", 6)]


def test_a_body_cannot_revoke_the_key_of_another() -> None:
    assert findings(key_revoked(ZHONG, key_of(SHANG)), report(1)) == [("key.not_own", 3)]


def test_a_body_cannot_sign_for_another() -> None:
    assert findings(report(1, by=SHANG, key=key_of(ZHONG))) == [("statement.wrong_body", 3)]


def test_a_drill_is_signed_with_the_key_for_drills() -> None:
    assert findings(key_added(SHANG, DRILL), report(1, key=DRILL, exercise=True)) == []


def test_a_drill_under_a_real_key_is_named() -> None:
    assert findings(report(1, exercise=True)) == [("statement.exercise_mismatch", 3)]


def test_a_real_statement_under_a_drill_key_is_named() -> None:
    assert findings(key_added(SHANG, DRILL), report(1, key=DRILL)) == [("statement.exercise_mismatch", 4)]


def test_a_drill_adds_no_real_key() -> None:
    added = said(
        "KeyAdded",
        SHANG,
        {"role": "statement", "key": str(SECOND.verifier)},
        key=DRILL,
        exercise=True,
    )
    assert findings(key_added(SHANG, DRILL), added, report(1, key=SECOND)) == [("key.unknown", 5)]


def test_the_key_of_the_log_signs_no_statements() -> None:
    body = {"role": "statement", "key": str(LOG_KEY.verifier)}
    assert findings(said("KeyAdded", SHANG, body)) == [("key.role", 3)]


def test_one_key_is_not_for_two_bodies() -> None:
    assert findings(key_added(SHANG, SECOND), key_added(ZHONG, SECOND)) == [("key.twice", 4)]


def test_a_stranger_who_is_not_in_the_key_list_is_named() -> None:
    assert findings(joined(PANG)) == [("key.not_vouched", 3)]


def test_without_a_key_list_the_first_introduction_counts() -> None:
    assert findings(joined(PANG), report(1, by=PANG), listed=None) == []


def test_a_stranger_for_whom_a_body_vouches_is_let_in() -> None:
    assert findings(joined(PANG, by=SHANG), report(1, by=PANG)) == []


def test_nobody_joins_as_a_body_that_is_there_already() -> None:
    other = key_of(SHANG, 9)
    assert findings(joined(SHANG, key=other), listed=None) == [("key.body_taken", 3)]


def test_a_body_that_left_speaks_no_more() -> None:
    left = said("BodyLeft", XIA, {"body": XIA, "reason": {"en": "The county was merged."}})
    assert findings(left, report(1, by=XIA)) == [("key.revoked", 4)]


def test_a_body_cannot_send_another_away() -> None:
    left = said("BodyLeft", ZHONG, {"body": XIA, "reason": {"en": "We do not like them."}})
    assert findings(left, report(1, by=XIA)) == [("key.not_own", 3)]


def test_a_key_of_low_order_is_refused() -> None:
    body = {"role": "statement", "key": "body-x.example+00000000+AQ" + "A" * 42}
    assert findings(said("KeyAdded", SHANG, body)) == [("key.refused", 3)]


def test_a_signature_of_another_key_under_a_known_name_does_not_hold() -> None:
    forged = SigningKey(key_of(SHANG).name, "statement", b"\x77" * 32)
    statement = make("BodyLeft", by=SHANG, officer="x", issued=SPILL, body={
        "body": SHANG, "reason": {"en": "forged"}})  # fmt: skip
    keyid = f"{forged.name}+{key_of(SHANG).verifier.key_id.hex()}"
    raw = sign(statement, keyid, lambda message: forged.sign(message, role="statement"))
    assert findings(raw) == [("statement.bad_signature", 3)]


def test_a_sealed_body_is_held_against_what_the_log_says() -> None:
    told = {"text": {"en": "For two of us only."}, "where": "letter"}
    sealed = seal("PublicStatementMade", told, salt=b"\x01" * 32)
    raw = said("PublicStatementMade", SHANG, sealed, visibility="sealed", recipients=[ZHONG], about="x")
    files = files_of_log((*START, raw))
    name = read(raw).id
    good = audit(copy_of(files), POLICY, keys=KEY_LIST, sealed={name: (sealed.salt, sealed.body)})
    bad = audit(copy_of(files), POLICY, keys=KEY_LIST, sealed={name: (b"\x02" * 32, sealed.body)})
    none = audit(copy_of(files), POLICY, keys=KEY_LIST, sealed={"0" * 64: (b"", b"")})
    assert (good.ok, set(bad.counts), set(none.counts)) == (
        True,
        {"statement.wrong_commit"},
        {"statement.not_here"},
    )


def test_a_key_list_is_read_and_written() -> None:
    text = "# whom I know\n\n" + "".join(f"{one}\n" for one in KEY_LIST)
    assert parse_key_list(text.encode()) == KEY_LIST


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("910100 statement", "keys.items"),
        (f"910100 witness {key_of(SHANG).verifier}", "keys.role"),
        (f"910100 king {key_of(SHANG).verifier}", "keys.role"),
        ("910100 statement x+00000000+AAAA", "key.type"),
        ("910100 statement nonsense", "key.format"),
        ("\x00\x01 \x02", "keys.items"),
    ],
)
def test_a_wrong_line_of_a_key_list_is_named(line: str, code: str) -> None:
    with pytest.raises(InputFaults) as told:
        parse_key_list(f"# keys\n{line}\n".encode())
    assert [(one.code, one.line) for one in told.value.faults] == [(code, 2)]
