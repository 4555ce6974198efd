"""Attacks on a gate for CAP messages by honest signatures: wrong roles, replays, areas of others.

Forgeries are in `cap_forgeries`. `campaign(rounds)` runs every attack so many times and says what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from cap_forgeries import ATTACKS, EXCLUSIVE, Attack, actual, attack, pem
from cap_messages import (
    NOW,
    SHANG,
    SHANG_KEY,
    SHANG_PLAY_KEY,
    ZHONG,
    area,
    gate,
    info,
    notice,
    signed,
    some_warning,
    square,
    update_of,
)
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.signer import XMLSigner

from riskshed.exchange.cap import CapError, Parameter
from riskshed.exchange.cap_alert import moment_text
from riskshed.exchange.cap_gate import Seen
from riskshed.exchange.cap_signature import sign
from riskshed.exchange.cap_write import bytes_of, element_of

# ---------------------------------------------------------------------------------------------- roles, replay


@attack
def exercise_key_for_a_warning(random: Random) -> Attack:
    return Attack(sign(actual(random), SHANG_PLAY_KEY), ("cap.wrong_role",))


@attack
def warning_key_for_an_exercise(random: Random) -> Attack:
    status = random.choice(("Exercise", "System", "Test"))
    return Attack(sign(some_warning(random, status=status), SHANG_KEY), ("cap.wrong_role",))


@attack
def draft(random: Random) -> Attack:
    return Attack(
        sign(some_warning(random, status="Draft"), random.choice((SHANG_KEY, SHANG_PLAY_KEY))),
        ("cap.wrong_role",),
    )


@attack
def replay(random: Random) -> Attack:
    raw = signed(some_warning(random))
    return Attack(raw, ("cap.replayed",), (raw,))


@attack
def replay_written_otherwise(random: Random) -> Attack:
    """White space is signed, but the prefix of a namespace and the encoding are free."""
    raw = signed(some_warning(random))
    other = raw.split(b"?>", 1)[1].decode().encode("utf-16")
    return Attack(
        random.choice((other, raw + b"\n\n", raw.replace(b"?>\n", b"?><!-- new -->\n"))),
        ("cap.replayed",),
        (raw,),
    )


@attack
def replay_with_other_words(random: Random) -> Attack:
    alert = some_warning(random)
    other = replace(alert, infos=(info(headline="another thing"),))
    return Attack(signed(other), ("cap.identifier_reused",), (signed(alert),))


@attack
def replay_of_what_was_cancelled(random: Random) -> Attack:
    alert = some_warning(random)
    end = update_of(alert, random.choice(("Update", "Cancel")))
    raws = [signed(alert), signed(end)]
    seen = tuple(raws[random.choice((0, 1)) :])  # with or without the memory of the first
    return Attack(raws[0], ("cap.replayed", "cap.withdrawn"), seen)


@attack
def replay_after_expiry(random: Random) -> Attack:
    return Attack(
        signed(some_warning(random)), ("cap.expired",), now=NOW + timedelta(hours=random.randint(41, 9999))
    )


@attack
def replay_of_an_old_cancel(random: Random) -> Attack:
    raw = signed(update_of(some_warning(random), "Cancel"))
    return Attack(raw, ("cap.too_old",), now=NOW + timedelta(hours=random.randint(26, 9999)))


@attack
def old_warning_without_an_end(random: Random) -> Attack:
    raw = signed(actual(random, infos=(info(expires=None),)))
    return Attack(raw, ("cap.too_old",), now=NOW + timedelta(hours=random.randint(26, 9999)))


@attack
def from_the_future(random: Random) -> Attack:
    late = moment_text(NOW + timedelta(minutes=random.randint(6, 50)))
    return Attack(signed(actual(random, sent=late)), ("cap.from_the_future",))


@attack
def refers_to_itself(random: Random) -> Attack:
    alert = actual(random)
    return Attack(
        signed(replace(alert, msg_type="Update", references=str(alert.reference))), ("cap.self_reference",)
    )


@attack
def refers_to_what_is_later(random: Random) -> Attack:
    later = moment_text(NOW + timedelta(minutes=random.randint(1, 10**5)))
    raw = signed(actual(random, msg_type="Cancel", references=f"{SHANG},next,{later}"))
    return Attack(raw, ("cap.later_reference",))


@attack
def takes_back_the_warning_of_another(random: Random) -> Attack:
    alert = actual(random)
    there = info(areas=(area(polygons=(square(44.3, 126.3),)),))
    raw = signed(update_of(alert, random.choice(("Update", "Cancel")), sender=ZHONG, infos=(there,)))
    return Attack(raw, ("cap.foreign_reference",), (signed(alert),))


@attack
def exercise_takes_back_a_warning(random: Random) -> Attack:
    alert = actual(random)
    raw = signed(update_of(alert, random.choice(("Update", "Cancel")), status="Exercise"))
    return Attack(raw, ("cap.reference_status",), (signed(alert),))


@attack
def refers_with_another_time(random: Random) -> Attack:
    alert = actual(random)
    false = alert.reference._replace(sent=moment_text(NOW - timedelta(days=random.randint(1, 300))))
    return Attack(
        signed(update_of(alert, "Cancel", references=str(false))),
        ("cap.reference_mismatch",),
        (signed(alert),),
    )


@attack
def private_to_another(random: Random) -> Attack:
    return Attack(
        signed(notice(identifier=f"n-{random.random()}")), ("cap.not_addressed",), receiver="xia.example"
    )


# ---------------------------------------------------------------------------------------------- areas


def placed(random: Random, **changed: Any) -> Attack:
    """A warning, honestly signed, of which one area, in one language, is elsewhere."""
    good, bad = info(), info(language="en", areas=(area(), area(**changed)))
    infos = random.choice(((good, bad), (bad, good), (bad,)))
    return Attack(signed(actual(random, infos=infos)), ("cap.area_outside",))


@attack
def area_elsewhere(random: Random) -> Attack:
    return placed(random, polygons=(square(random.uniform(46, 80), random.uniform(-170, 170)),))


@attack
def area_partly_elsewhere(random: Random) -> Attack:
    return placed(random, polygons=(square(44.4, 125.81 + random.random() * 0.15),))


@attack
def area_that_holds_the_jurisdiction(random: Random) -> Attack:
    return placed(random, polygons=(square(43.0, 124.0, 3.0 + random.random()),))


@attack
def latitude_and_longitude_swapped(random: Random) -> Attack:
    return placed(random, polygons=(square(44.3, 44.3 + random.random()),))


@attack
def circle_that_reaches_out(random: Random) -> Attack:
    return placed(random, polygons=(), circles=(f"44.5,125.5 {random.uniform(40, 9000):.2f}",))


@attack
def circle_just_across_the_border(random: Random) -> Attack:
    """A degree of longitude at 44.5 degrees north has 79.5 km; its half is just across."""
    return placed(random, polygons=(), circles=(f"44.5,125.5 {random.uniform(39.8, 40):.3f}",))


@attack
def circle_elsewhere(random: Random) -> Attack:
    return placed(
        random, polygons=(), circles=(f"{random.uniform(46, 90):.3f},{random.uniform(-180, 180):.3f} 0",)
    )


@attack
def code_of_another_place(random: Random) -> Attack:
    code = random.choice((("GB/T 2260", "910200"), ("SAME", "006037"), ("GB/T 2260", "9101")))
    return placed(random, geocodes=(Parameter(*code),))


@attack
def area_in_words_alone(random: Random) -> Attack:
    nowhere = info(areas=(area(description="中城 and everywhere", polygons=()),))
    infos = random.choice(((nowhere,), (info(), nowhere), (info(areas=()),), ()))
    return Attack(signed(actual(random, infos=infos)), ("cap.area_unlocated",))


@attack
def private_notice_beyond_its_receivers(random: Random) -> Attack:
    there = area(polygons=(square(44.3 + random.random() * 0.1, 126.9),))
    raw = signed(notice(identifier=f"n-{random.random()}", infos=(info(areas=(there,)),)))
    return Attack(raw, ("cap.area_outside",))


@attack
def older_version(random: Random) -> Attack:
    root: Any = etree.fromstring(etree.tostring(element_of(actual(random))).replace(b"cap:1.2", b"cap:1.1"))
    signer: Any = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=EXCLUSIVE)
    raw = bytes_of(signer.sign(root, key=pem(SHANG_KEY)))
    return Attack(raw, ("cap.unknown_element", "cap.bad_choice"))


class Outcome(NamedTuple):
    name: str
    admitted: bool
    code: str
    expected: tuple[str, ...]


def campaign(rounds: int, seed: int = 1) -> Iterator[Outcome]:
    """Every attack so many times, each on messages of its own."""
    for made in ATTACKS:
        for number in range(rounds):
            one = made(Random(f"{seed} {made.__name__} {number}"))
            settings = {} if one.receiver is None else {"receiver": one.receiver}
            guard, seen = gate(**settings), Seen()
            for raw in one.seen:
                seen = seen.plus(guard.admit(raw, NOW, seen))
            try:
                guard.admit(one.raw, one.now, seen)
            except CapError as error:
                readable = str(error).replace("\n", " ").isprintable()
                yield Outcome(made.__name__, False, error.code if readable else "unreadable", one.codes)
            else:
                yield Outcome(made.__name__, True, "", one.codes)
