"""The gate: everything genuine is admitted, and nothing of a campaign of attacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest
from cap_attacks import ATTACKS, Outcome, campaign
from cap_forgeries import (
    Made,
    digest_and_reference_doubled,
    genuine_message_inside_of_the_signature,
    second_signature,
    signed_with_the_public_key_as_a_secret,
    transform_that_leaves_out,
)
from cap_messages import (
    NOW,
    SHANG,
    SHANG_BOX,
    SHANG_CODES,
    SHANG_KEY,
    SHANG_PLAY_KEY,
    STRANGER_KEY,
    ZHONG,
    area,
    gate,
    info,
    notice,
    signed,
    some_warning,
    square,
    update_of,
    warning,
)
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from shapely import box

from riskshed.errors import InputError
from riskshed.exchange.cap import CapError, Parameter, write
from riskshed.exchange.cap_gate import NOTHING_SEEN, Admitted, Gate, RegisteredKey, Seen
from riskshed.exchange.cap_signature import public_key, sign
from riskshed.statement import digest_text

ROUNDS = 4
"""Of each attack; in all more than two hundred."""


@cache
def outcomes() -> list[Outcome]:
    return list(campaign(ROUNDS))


def test_the_campaign_is_long_enough() -> None:
    assert len(outcomes()) == ROUNDS * len(ATTACKS) >= 200


def test_no_attack_is_admitted() -> None:
    assert not [outcome.name for outcome in outcomes() if outcome.admitted]


def test_each_attack_is_refused_for_its_own_reason() -> None:
    """An attack that is refused for another fault than its own has shown nothing."""
    assert not [outcome for outcome in outcomes() if outcome.code not in outcome.expected]


def genuine(seed: int) -> Seen:
    """A warning, its update and its end, all admitted one after another."""
    random, guard, seen = Random(seed), gate(), Seen()
    first = some_warning(random)
    second = update_of(first, infos=some_warning(random).infos)
    last = update_of(second, "Cancel", infos=(), references=f"{first.reference} {second.reference}")
    for alert in (first, second, last):
        seen = seen.plus(guard.admit(signed(alert), NOW, seen))
    return seen


def test_genuine_messages_are_all_admitted() -> None:
    assert all(len(genuine(seed).by_key) == 3 for seed in range(30))


@pytest.mark.parametrize("msg_type", ["Ack", "Error"])
def test_an_answer_to_a_neighbour_is_admitted(msg_type: str) -> None:
    answer = update_of(notice(), msg_type, sender=ZHONG, addresses=SHANG, infos=())
    assert gate(receiver=SHANG).admit(signed(answer), NOW).alert.msg_type == msg_type


def test_a_private_notice_may_speak_of_the_area_of_its_receiver() -> None:
    assert gate(receiver=ZHONG).admit(signed(notice()), NOW).alert.scope == "Private"


def test_the_same_area_in_public_is_refused() -> None:
    public = replace(notice(), scope="Public", addresses=None)
    with pytest.raises(CapError, match="an area that lies outside"):
        gate().admit(signed(public), NOW)


def test_a_codes_only_area_is_admitted_if_the_code_is_registered() -> None:
    coded = area(polygons=(), geocodes=(Parameter("GB/T 2260", "910100"),))
    assert gate().admit(signed(warning(infos=(info(areas=(coded,)),))), NOW)


def test_an_area_on_the_border_itself_is_inside() -> None:
    whole = area(polygons=(square(44.0, 125.0, 1.0),))
    assert gate().admit(signed(warning(infos=(info(areas=(whole,)),))), NOW)


def test_a_circle_that_stays_within_by_two_percent_is_admitted() -> None:
    near = area(polygons=(), circles=("44.5,125.5 38.9",))
    assert gate().admit(signed(warning(infos=(info(areas=(near,)),))), NOW)


def test_an_rsa_key_will_do_as_well() -> None:
    private = rsa.generate_private_key(65537, 2048)
    key = RegisteredKey(private.public_key(), frozenset({"actual"}), SHANG_BOX)
    assert Gate({SHANG: key}).admit(sign(warning(), private), NOW).signed_by is key


def test_what_is_admitted_says_by_which_bytes_and_key() -> None:
    raw, guard = signed(warning()), gate()
    told = guard.admit(raw, NOW)
    assert (told.digest, told.at) == (digest_text(raw), NOW)
    assert told.signed_by is guard.registered[SHANG][0]


def test_a_signature_holds_in_another_encoding() -> None:
    raw = signed(warning())
    text = raw.split(b"?>", 1)[1].decode()
    other = b'<?xml version="1.0" encoding="GB18030"?>' + text.encode("gb18030")
    assert gate().admit(other, NOW).alert == gate().admit(raw, NOW).alert


def test_a_signature_over_inclusive_canonical_xml_holds() -> None:
    root = etree.fromstring(signed(warning()))
    assert gate().admit(etree.tostring(root), NOW)


def test_the_clock_of_a_sender_may_be_a_little_ahead() -> None:
    ahead = warning(sent=(NOW + timedelta(minutes=4)).isoformat())
    assert gate().admit(signed(ahead), NOW)


def test_a_warning_expires_at_its_second() -> None:
    raw, end = signed(warning()), NOW + timedelta(hours=12)
    assert gate().admit(raw, end - timedelta(seconds=1))
    with pytest.raises(CapError, match="later than") as caught:
        gate().admit(raw, end)
    assert caught.value.code == "cap.expired"


def test_seen_is_the_same_from_all_and_one_by_one() -> None:
    admitted = list(genuine(3).by_key.values())
    at_once, one_by_one = Seen.of(admitted), NOTHING_SEEN
    for one in admitted:
        one_by_one = one_by_one.plus(one)
    assert at_once == one_by_one
    assert at_once.alerts() == tuple(one.alert for one in admitted)


def test_admission_changes_nothing() -> None:
    guard, seen = gate(), Seen()
    raw = signed(warning())
    told = [guard.admit(raw, NOW, seen) for _ in range(2)]
    assert isinstance(told[0], Admitted)
    assert told[0].alert == told[1].alert
    assert not seen.by_key


@pytest.mark.parametrize("roles", [(), ("actual", "exercise"), ("chief",)])
def test_a_key_has_roles_that_go_together(roles: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        RegisteredKey(SHANG_KEY.public_key(), frozenset(roles), SHANG_BOX)
    assert caught.value.code == "cap.bad_role"


def test_a_key_is_registered_once() -> None:
    actual, play = (
        RegisteredKey(SHANG_KEY.public_key(), frozenset({role}), SHANG_BOX) for role in ("actual", "exercise")
    )
    with pytest.raises(InputError) as caught:
        Gate({SHANG: (actual, play)})
    assert caught.value.code == "cap.shared_key"


@pytest.mark.parametrize(
    "given",
    [
        b"not a key",
        ec.generate_private_key(ec.SECP192R1()).public_key(),
        "shang.example",
        b"-----BEGIN CERTIFICATE-----",
    ],
)
def test_a_weak_or_unreadable_key_is_refused(given: object) -> None:
    with pytest.raises(InputError) as caught:
        public_key(given)
    assert caught.value.code == "cap.bad_key"


def test_a_jurisdiction_must_be_a_shape() -> None:
    with pytest.raises(InputError):
        RegisteredKey(
            SHANG_KEY.public_key(), frozenset({"actual"}), box(0, 0, 1, 1).difference(box(0, 0, 1, 1))
        )


def test_exercises_are_admitted_with_their_own_key() -> None:
    raw = sign(warning(status="Exercise"), SHANG_PLAY_KEY)
    assert gate().admit(raw, NOW).alert.status == "Exercise"


def test_an_unsigned_message_is_refused_in_words() -> None:
    with pytest.raises(CapError, match="no signature, want one signature at the end"):
        gate().admit(write(warning()), NOW)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (second_signature, "got 2 signatures"),
        (genuine_message_inside_of_the_signature, "got 2 signatures"),
        (transform_that_leaves_out, "covers something else"),
        (digest_and_reference_doubled, "covers something else"),
        (signed_with_the_public_key_as_a_secret, "covers something else"),
    ],
)
def test_a_signature_of_another_shape_is_refused_before_it_is_verified(made: Made, words: str) -> None:
    with pytest.raises(CapError, match=words):
        gate().admit(made(Random(1)).raw, NOW)


ENVELOPED = b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
CANONICAL = b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
XSLT = b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>'


@pytest.mark.parametrize(("old", "new"), [(ENVELOPED, ENVELOPED * 2), (ENVELOPED, b""), (CANONICAL, XSLT)])
def test_transforms_that_we_do_not_know_are_another_shape(old: bytes, new: bytes) -> None:
    raw = signed(warning())
    assert old in raw
    with pytest.raises(CapError, match="covers something else"):
        gate().admit(raw.replace(old, new), NOW)


def test_signing_again_leaves_the_older_signature_out() -> None:
    once = gate().admit(signed(warning()), NOW).alert
    with pytest.raises(CapError):
        gate().admit(sign(once, STRANGER_KEY), NOW)
    assert gate().admit(sign(once, SHANG_KEY), NOW).alert.key == once.key


def test_codes_of_the_cast_are_registered() -> None:
    assert all(one.geocodes == SHANG_CODES for one in gate().registered[SHANG])
