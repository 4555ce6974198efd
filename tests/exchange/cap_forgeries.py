"""Forgeries of CAP messages: wrong keys, changes after signing, and signatures that cover something else.

Each attack is a function of a random generator. It gives the bytes, what was seen before, the time, and the
codes by which the gate may refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from cap_messages import (
    NOW,
    SHANG,
    SHANG_KEY,
    STRANGER_KEY,
    ZHONG,
    ZHONG_KEY,
    area,
    info,
    key,
    signed,
    some_warning,
    square,
    warning,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from riskshed.exchange.cap import Alert
from riskshed.exchange.cap_signature import sign
from riskshed.exchange.cap_write import bytes_of, element_of

DS = "{http://www.w3.org/2000/09/xmldsig#}"
CAP = "urn:oasis:names:tc:emergency:cap:1.2"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
FORGED = ("cap.bad_signature", "cap.unsigned")


class Attack(NamedTuple):
    raw: bytes
    codes: tuple[str, ...]
    seen: tuple[bytes, ...] = ()
    """Genuine messages that were admitted before."""
    now: datetime = NOW
    receiver: str | None = None


Made = Callable[[Random], Attack]
ATTACKS: list[Made] = []


def attack(made: Made) -> Made:
    ATTACKS.append(made)
    return made


def actual(random: Random, **changed: Any) -> Alert:
    return some_warning(random, **{"status": "Actual", **changed})


def swapped(raw: bytes, old: str, new: str) -> bytes:
    """The document with the first `old` replaced: what anybody can do with what was signed."""
    assert old.encode() in raw, f"{old} is not in the document"
    return raw.replace(old.encode(), new.encode(), 1)


def grown(raw: bytes, element: str, after: str) -> bytes:
    return swapped(raw, after, after + element)


def certificate(private: ec.EllipticCurvePrivateKey, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    built = built.public_key(private.public_key()).serial_number(1)
    built = built.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    return built.not_valid_after(datetime(2060, 1, 1, tzinfo=UTC)).sign(private, hashes.SHA256())


def pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def other_signer(alert: Alert, private: ec.EllipticCurvePrivateKey, **more: Any) -> bytes:
    signer: Any = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=EXCLUSIVE,
    )
    return bytes_of(signer.sign(element_of(alert), key=pem(private), **more))


# ---------------------------------------------------------------------------------------------- keys


@attack
def signed_by_a_stranger(random: Random) -> Attack:
    return Attack(sign(actual(random), key(random.randint(1000, 10**6))), FORGED)


@attack
def self_made_certificate(random: Random) -> Attack:
    own = certificate(STRANGER_KEY, SHANG)
    return Attack(other_signer(actual(random), STRANGER_KEY, cert=[own]), FORGED)


@attack
def certificate_of_the_victim_over_another_signature(random: Random) -> Attack:
    theirs = certificate(SHANG_KEY, SHANG)
    raw = other_signer(actual(random), STRANGER_KEY, cert=[certificate(STRANGER_KEY, SHANG)])
    body = "".join(theirs.public_bytes(serialization.Encoding.PEM).decode().split("\n")[1:-2])
    return Attack(re.sub(rb"(?<=X509Certificate>)[^<]+", body.encode(), raw, count=1), FORGED)


@attack
def signed_by_a_neighbour_in_our_name(random: Random) -> Attack:
    return Attack(sign(actual(random), ZHONG_KEY), FORGED)


@attack
def a_neighbour_in_another_name(random: Random) -> Attack:
    there = info(areas=(area(polygons=(square(44.3, 126.3),)),))
    return Attack(sign(actual(random, sender=ZHONG, infos=(there,)), SHANG_KEY), FORGED)


@attack
def sender_that_nobody_registered(random: Random) -> Attack:
    name = random.choice(
        ("shang.example.", "SHANG.example", "ѕhang.example", "shаng.example", "shang-example")
    )
    return Attack(
        sign(actual(random, sender=name), random.choice((STRANGER_KEY, SHANG_KEY))), ("cap.unknown_sender",)
    )


@attack
def sender_with_white_space(random: Random) -> Attack:
    raw = swapped(
        signed(actual(random)), f"<sender>{SHANG}", f"<sender>{random.choice((' ', chr(10)))}{SHANG}"
    )
    return Attack(raw, ("cap.bad_sender",))


@attack
def signature_stripped(random: Random) -> Attack:
    raw = signed(actual(random))
    return Attack(re.sub(rb"<(\w+:)?Signature .*</(\w+:)?Signature>", b"", raw, flags=re.DOTALL), FORGED)


@attack
def signature_emptied(random: Random) -> Attack:
    raw = signed(actual(random))
    value = random.choice((b"", b"AAAA", b"A" * 88, b"*"))
    return Attack(re.sub(rb"(?<=SignatureValue>)[^<]+", value, raw, count=1), FORGED)


@attack
def algorithm_swapped(random: Random) -> Attack:
    raw = signed(actual(random))
    space = "http://www.w3.org/2001/04/xmldsig-more#"
    new = random.choice(
        (
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            f"{space}hmac-sha256",
            f"{space}rsa-sha256",
            "none",
            "",
        )
    )
    return Attack(swapped(raw, f"{space}ecdsa-sha256", new), FORGED)


@attack
def signed_with_the_public_key_as_a_secret(random: Random) -> Attack:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    secret = SHANG_KEY.public_key().public_bytes(serialization.Encoding.PEM, form)
    signer: Any = XMLSigner(signature_algorithm=SignatureMethod.HMAC_SHA256, c14n_algorithm=EXCLUSIVE)
    return Attack(bytes_of(signer.sign(element_of(actual(random)), key=secret)), FORGED)


# ---------------------------------------------------------------------------------------------- changed


@attack
def words_changed_after_signing(random: Random) -> Attack:
    alert = actual(random, infos=(info(headline="stay away from the river"),))
    return Attack(
        swapped(signed(alert), "stay away from", random.choice(("go to", "", "drink from"))), FORGED
    )


@attack
def exercise_turned_into_a_warning(random: Random) -> Attack:
    raw = signed(some_warning(random, status="Exercise"))
    return Attack(
        swapped(raw, ">Exercise<", random.choice((">Actual<", ">System<"))), (*FORGED, "cap.wrong_role")
    )


@attack
def warning_turned_into_an_exercise(random: Random) -> Attack:
    return Attack(swapped(signed(actual(random)), ">Actual<", ">Exercise<"), FORGED)


@attack
def identifier_changed_to_come_again(random: Random) -> Attack:
    alert = actual(random)
    raw = signed(alert)
    new = alert.identifier.upper() if random.random() < 0.5 else alert.identifier + "x"
    return Attack(swapped(raw, alert.identifier, new), FORGED, (raw,))


@attack
def expiry_moved(random: Random) -> Attack:
    late = (NOW + timedelta(days=300)).isoformat()
    raw = re.sub(rb"(?<=<expires>)[^<]+", late.encode(), signed(actual(random)))
    return Attack(raw, FORGED)


@attack
def area_changed_after_signing(random: Random) -> Attack:
    raw = signed(actual(random))
    return Attack(re.sub(rb"(?<=<polygon>)[^<]+", square(44.1, 125.1).encode(), raw), FORGED)


@attack
def element_added_after_signing(random: Random) -> Attack:
    element = random.choice(("<note>call 123</note>", "<incidents>x</incidents>", "<code>x</code>"))
    bare = actual(random, note=None, incidents=None, codes=(), source=None)
    return Attack(grown(signed(bare), element, "</scope>"), FORGED)


@attack
def attribute_added(random: Random) -> Attack:
    name = random.choice(("Id", "id", "xml:lang", "status"))
    return Attack(
        swapped(signed(actual(random)), "<status>", f'<status {name}="x">'), ("cap.unknown_attribute",)
    )


@attack
def foreign_element_added(random: Random) -> Attack:
    after = random.choice(("</scope>", "</urgency>", "</areaDesc>"))
    raw = grown(signed(actual(random)), '<x xmlns="urn:x">Actual</x>', after)
    return Attack(raw, ("cap.foreign_element",))


@attack
def element_twice(random: Random) -> Attack:
    tag, text = random.choice(
        (
            ("sender", ZHONG),
            ("identifier", "x"),
            ("status", "Exercise"),
            ("scope", "Private"),
            ("msgType", "Cancel"),
        )
    )
    raw = grown(signed(actual(random)), f"<{tag}>{text}</{tag}>", f"</{tag}>")
    return Attack(raw, ("cap.repeated",))


@attack
def comment_within_a_text(random: Random) -> Attack:
    """Comments are not signed: readers that stop at one would read half of a text that verifies."""
    tag = random.choice(("sender", "identifier", "status", "event"))
    raw = signed(actual(random, infos=(info(event="flood"),)))
    noise = random.choice(("<!-- -->", "<?x y?>"))
    return Attack(
        re.sub(rf"(?<=<{tag}>)(..)".encode(), rb"\1" + noise.encode(), raw, count=1), ("cap.not_text",)
    )


@attack
def entities(random: Random) -> Attack:
    raw = signed(actual(random)).split(b"?>", 1)[1].lstrip()
    doctype = random.choice(
        (
            '<!DOCTYPE alert [<!ENTITY e "Actual">]>',
            '<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd">',
            '<!DOCTYPE alert [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE alert [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e"> %e;]>',
            "<!DOCTYPE alert>",
            '<!DOCTYPE alert [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
        )
    )
    data = doctype.encode() + raw.replace(
        b">Actual<", b">&e;<" if b" e " in doctype.encode() else b">Actual<"
    )
    return Attack(data, ("cap.forbidden_dtd",))


@attack
def encoding_that_says_something_else(random: Random) -> Attack:
    raw = signed(actual(random, infos=(info(headline="水"),)))
    name = random.choice(("UTF-7", "EBCDIC-CP-US", "UTF-32", "ISO-8859-1", "x-user", "UTF-16"))
    return Attack(re.sub(rb"encoding='[^']+'", f"encoding='{name}'".encode(), raw), ("cap.encoding", *FORGED))


# ---------------------------------------------------------------------------------------------- wrapping


def parts(random: Random) -> tuple[Any, Any, Any]:
    """A genuine document, its signature, and a root that lies."""
    good: Any = etree.fromstring(signed(actual(random)))
    evil: Any = element_of(actual(random))
    return good, good.find(f"{DS}Signature"), evil


@attack
def signature_moved_to_another_message(random: Random) -> Attack:
    _, signature, evil = parts(random)
    evil.append(signature)
    return Attack(bytes_of(evil), FORGED)


@attack
def genuine_message_inside_of_the_signature(random: Random) -> Attack:
    good, signature, evil = parts(random)
    kept = etree.fromstring(etree.tostring(signature))
    evil.append(kept)
    etree.SubElement(kept, f"{DS}Object").append(good)
    return Attack(bytes_of(evil), FORGED)


@attack
def genuine_message_inside_of_the_forged_one(random: Random) -> Attack:
    good, _, evil = parts(random)
    evil.insert(random.randint(0, len(evil)), good)
    return Attack(bytes_of(evil), ("cap.unknown_element", "cap.order", *FORGED))


@attack
def reference_to_the_genuine_part(random: Random) -> Attack:
    good, signature, evil = parts(random)
    kept = etree.fromstring(etree.tostring(signature))
    evil.append(kept)
    held = etree.SubElement(kept, f"{DS}Object", Id="good")
    good.remove(signature)
    held.append(good)
    kept.find(f".//{DS}Reference").set(
        "URI", random.choice(("#good", "#xpointer(/)", "", "http://127.0.0.1:9/"))
    )
    return Attack(bytes_of(evil), FORGED)


@attack
def honest_signature_over_a_part(random: Random) -> Attack:
    """The sender itself signs no more than the certainty: what is around it can be anything."""
    root: Any = element_of(actual(random))
    root.find(f".//{{{CAP}}}certainty").set("Id", "part")
    signer: Any = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm=EXCLUSIVE)
    raw = bytes_of(signer.sign(root, key=pem(SHANG_KEY), reference_uri="#part", id_attribute="Id"))
    return Attack(raw, ("cap.unknown_attribute", *FORGED))


@attack
def transform_that_leaves_out(random: Random) -> Attack:
    _, signature, _ = parts(random)
    root = signature.getparent()
    transforms = signature.find(f".//{DS}Transforms")
    algorithm = random.choice(
        ("http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/TR/1999/REC-xslt-19991116")
    )
    one = etree.SubElement(transforms, f"{DS}Transform", Algorithm=algorithm)
    etree.SubElement(one, f"{DS}XPath").text = "not(ancestor-or-self::info)"
    return Attack(bytes_of(root), FORGED)


@attack
def second_signature(random: Random) -> Attack:
    _, signature, evil = parts(random)
    forged: Any = etree.fromstring(sign(warning(), STRANGER_KEY))
    evil.append(signature)
    evil.append(forged.find(f"{DS}Signature"))
    return Attack(bytes_of(evil), FORGED)


@attack
def signature_not_at_the_end(random: Random) -> Attack:
    good, signature, _ = parts(random)
    good.insert(random.randint(0, 5), signature)
    return Attack(bytes_of(good), ("cap.order",))


@attack
def digest_and_reference_doubled(random: Random) -> Attack:
    good, signature, _ = parts(random)
    reference = signature.find(f".//{DS}Reference")
    reference.addnext(etree.fromstring(etree.tostring(reference)))
    return Attack(bytes_of(good), FORGED)
