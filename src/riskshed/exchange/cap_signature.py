"""Signatures of CAP messages: made with a key, and checked against a key that was registered before.

A signature proves nothing by itself: anybody can make a key and a certificate and put them into the message.
So the certificate or key that a message carries is taken out unread, and the registered key put in its place,
before `signxml` verifies. XML Signature also lets a signature cover another part than the one that is read
(signature wrapping), so one shape alone is taken: a single signature, a child of the root, over the whole
document but itself, by algorithms that are named here. What was covered is then read again, and must
say the same as what was read.
"""

from __future__ import annotations

import base64
import copy
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from riskshed.errors import InputError
from riskshed.exchange.cap_alert import Alert
from riskshed.exchange.cap_faults import CapError, CapFaults
from riskshed.exchange.cap_read import SIGNATURE_NAMESPACE, alert_of
from riskshed.exchange.cap_write import bytes_of, element_of, unsigned
from riskshed.exchange.cap_xml import line_of

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

RSA_BITS_MIN = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")
SIGNATURE_METHODS = frozenset(
    {
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
    }
)
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_FORMS = {
    CanonicalizationMethod.CANONICAL_XML_1_0.value,
    CanonicalizationMethod.CANONICAL_XML_1_1.value,
    CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0.value,
}
_DSIG_11 = "http://www.w3.org/2009/xmldsig11#"
_WANTED = "one signature at the end, over the whole message, by SHA-256 or longer with RSA or ECDSA"
# What a signature that was made to do harm can bring about in the libraries below us.
_FAILS = (
    SignXMLException, InvalidSignature, UnsupportedAlgorithm, etree.LxmlError,
    ValueError, TypeError, KeyError, AttributeError, ArithmeticError, AssertionError,
)  # fmt: skip


def sign(alert: Alert, key: PrivateKey) -> bytes:
    """The message as a signed document; signatures that it had are left out.

    Parameters
    ----------
    alert : Alert
        Checked (`cap.write` does so).
    key : private key
        ECDSA or RSA. The message carries the public key, which no careful reader believes.
    """
    public_key(key.public_key())
    method = (
        SignatureMethod.RSA_SHA256 if isinstance(key, rsa.RSAPrivateKey) else SignatureMethod.ECDSA_SHA256
    )
    signer: Any = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=method,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return bytes_of(signer.sign(element_of(unsigned(alert)), key=pem))


def public_key(given: object) -> PublicKey:
    """A public key that is strong enough, from a key, a certificate, or PEM of either.

    A certificate is only the box in which the key comes: who it says it is, and until when, is not looked at.

    Raises
    ------
    InputError
        ``cap.bad_key``.
    """
    key: object = given
    if isinstance(given, bytes):
        try:
            if b"CERTIFICATE" in given:
                key = x509.load_pem_x509_certificate(given).public_key()
            else:
                key = load_pem_public_key(given)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InputError("cap.bad_key", "this is no public key or certificate in PEM") from error
    elif isinstance(given, x509.Certificate):
        key = given.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_BITS_MIN:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return key
    wanted = f"RSA of {RSA_BITS_MIN} bits or more, or ECDSA over {', '.join(CURVES)}"
    raise InputError("cap.bad_key", f"a key that XML Signature cannot use well: want {wanted}")


def key_bytes(key: PublicKey) -> bytes:
    """A public key as bytes, by which keys are told apart."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def verify(root: etree._Element, keys: tuple[PublicKey, ...], where: str = "message") -> PublicKey:
    """The one of these keys that signed the message.

    Parameters
    ----------
    root : lxml element
        The message, as `cap_xml.root_of` gives it.
    keys : tuple of public keys
        Those that are registered for its sender.

    Raises
    ------
    CapError
        ``cap.unsigned``, ``cap.bad_signature``.
    """
    signature = _one_signature(root, where)
    _check_shape(signature, where)
    for key in keys:
        if _signed_by(root, key, where):
            return key
    got = "a signature that none of the sender's registered keys made over this text"
    todo = "Believe nothing of it; ask the sender by another way."
    raise CapError.of("bad_signature", where, got, "one that was", todo)


def _one_signature(root: etree._Element, where: str) -> etree._Element:
    found = list(root.iter(f"{{{SIGNATURE_NAMESPACE}}}Signature"))
    if not found:
        raise CapError.of("unsigned", where, "no signature", _WANTED, "Ask the sender for a signed one.")
    if len(found) > 1 or found[0].getparent() is not root:
        got = f"{len(found)} signatures" if len(found) > 1 else "a signature inside of another element"
        raise CapError.of("bad_signature", where, got, _WANTED)
    return found[0]


def _check_shape(signature: etree._Element, where: str) -> None:
    """Whether the signature says that it covers the whole message, and by which algorithms."""
    ds = {"ds": SIGNATURE_NAMESPACE}

    def algorithms(path: str) -> list[str]:
        return [one.get("Algorithm", "") for one in signature.findall(path, ds)]

    info = signature.findall("ds:SignedInfo", ds)
    references = signature.findall("ds:SignedInfo/ds:Reference", ds)
    transforms = algorithms("ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform")
    forms = [one for one in transforms if one != _ENVELOPED]
    good = (
        len(info) == 1
        and len(references) == 1
        and references[0].get("URI") == ""
        and transforms.count(_ENVELOPED) == 1
        and len(forms) <= 1
        and set(forms) <= _FORMS
        and set(algorithms("ds:SignedInfo/ds:CanonicalizationMethod")) <= _FORMS
        and set(algorithms("ds:SignedInfo/ds:SignatureMethod")) <= {one.value for one in SIGNATURE_METHODS}
        and set(algorithms("ds:SignedInfo/ds:Reference/ds:DigestMethod")) <= {one.value for one in DIGESTS}
    )
    if not good:
        got = "a signature that covers something else, or by other algorithms"
        raise CapError.of("bad_signature", where, got, _WANTED, line=line_of(signature))


def _signed_by(root: etree._Element, key: PublicKey, where: str) -> bool:
    """Whether this key signed what was read."""
    copied = copy.deepcopy(root)
    signature = copied.find(f"{{{SIGNATURE_NAMESPACE}}}Signature")
    assert signature is not None, "it was found before"
    for name in ("KeyInfo", "Object"):
        for carried in signature.findall(f"{{{SIGNATURE_NAMESPACE}}}{name}"):
            signature.remove(carried)
    info = etree.SubElement(signature, f"{{{SIGNATURE_NAMESPACE}}}KeyInfo")
    value = etree.SubElement(info, f"{{{_DSIG_11}}}DEREncodedKeyValue", nsmap={"dsig11": _DSIG_11})
    value.text = base64.b64encode(key_bytes(key)).decode("ascii")
    settings = SignatureConfiguration(
        require_x509=False,
        location="./",
        expect_references=1,
        signature_methods=SIGNATURE_METHODS,
        digest_algorithms=DIGESTS,
    )
    try:
        told: Any = XMLVerifier().verify(copied, expect_config=settings)
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return told.signature_key == pem and _reads_alike(told.signed_xml, root, where)
    except _FAILS:
        return False


def _reads_alike(signed: etree._Element, root: etree._Element, where: str) -> bool:
    """Whether what the signature covers says the same as the document as a whole."""
    covered, whole = (alert_of(one, CapFaults(where)) for one in (signed, root))
    return covered is not None and whole is not None and covered == unsigned(whole)
