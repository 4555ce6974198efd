"""Keys: whose signature it is, by which algorithm, and what the key may sign.

A key is named by the one who answers for it, and its algorithm is one type byte, so that another algorithm is
one more entry in `KEY_TYPES` and no other change:

    01  Ed25519                     statements, checkpoints
    04  Ed25519 cosignature         witnesses, mirrors (with the time)
    06  ML-DSA-44 cosignature       the same, safe from quantum computers; also checkpoints

    key id = SHA256(name || 0A || type || public key)[:4]
    verifier key string = name + hex8(key id) + base64(type || public key), joined with "+"

**Every key has one role** and refuses to sign for another: who holds the log's key cannot speak for a city,
and an exercise cannot issue a real warning.

**Bad points are refused.** Libraries disagree about Ed25519 signatures with a low-order or non-canonical
public key or a low-order R (165 of 914 published cases), so a log could show different things to different
readers. Such keys are refused when they are registered, with every key outside the prime-order group, and
such an R when it is verified; then the libraries agree. PyNaCl verifies (it is twice as fast);
`VerifierKey.second_opinion` asks `cryptography`.

Sources: C2SP signed-note and tlog-cosignature; RFC 8032 (doi:10.17487/RFC8032); FIPS 204
(doi:10.6028/NIST.FIPS.204); C2SP/CCTV ed25519 vectors.

Examples
--------
>>> key = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
>>> key.name, key.type_byte, key.key_id.hex()
('example.com/foo', 1, '530d903a')
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Literal, NoReturn, get_args

import nacl.bindings
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from nacl.exceptions import BadSignatureError

from riskshed.errors import KeyRefusedError, MalformedError

Role = Literal["statement", "log", "witness", "exercise", "mirror"]
ROLES: tuple[Role, ...] = get_args(Role)
PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey

ED25519, ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE = 0x01, 0x04, 0x06
NAME_BYTES_MAX = 255
VKEY_CHARS_MAX = 4096
KEY_ID_BYTES = 4
SEED_BYTES = 32

_P = 2**255 - 19
_Y_MASK = 2**255 - 1
# The eight points of low order have five values of y; those below 19 have a second, non-canonical spelling.
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_ORDER_Y = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})
_LOW_ORDER_POINTS = frozenset(
    (y | sign << 255).to_bytes(32, "little") for y in {*_LOW_ORDER_Y, _P, _P + 1} for sign in (0, 1)
)


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, where: str) -> bytes:
    """Standard base64, in the one spelling that `encode_base64` writes.

    Raises
    ------
    MalformedError
        ``base64``, named after `where`.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        data = None
    if data is None or encode_base64(data) != text:
        raise MalformedError("base64", f"{where} is not standard base64 with padding: {text[:60]!r}")
    return data


def shown(text: str, most: int = 80) -> str:
    """Text from elsewhere as it can be printed: cut short, with escapes for what would move a terminal."""
    return repr(text[:most])[1:-1]


def check_name(name: str) -> None:
    """Refuse a key name that a signature line could not carry: KeyRefusedError ``key.name``."""
    spaced = any(one.isspace() or one < " " for one in name)
    # A lone surrogate has no bytes; it can come from a file name, never from a note.
    size = len(name.encode("utf-8", "surrogatepass"))
    surrogate = any("\ud800" <= one <= "\udfff" for one in name)
    if not name or spaced or surrogate or "+" in name or size > NAME_BYTES_MAX:
        wanted = f"want 1 to {NAME_BYTES_MAX} bytes of UTF-8 without spaces, control characters and +"
        raise KeyRefusedError("key.name", f"the key name is {name[:80]!r}, {wanted}")


def check_ed25519_public(public: bytes) -> None:
    """Refuse a public key that libraries could judge differently.

    Raises
    ------
    KeyRefusedError
        ``key.low_order``, ``key.non_canonical``, ``key.off_curve``.
    """
    y = int.from_bytes(public, "little") & _Y_MASK
    if y % _P in _LOW_ORDER_Y:
        raise KeyRefusedError(
            "key.low_order", "the public key is a point of low order: anyone can sign for it"
        )
    if y >= _P:
        raise KeyRefusedError("key.non_canonical", "the public key is not in its canonical spelling")
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
        raise KeyRefusedError(
            "key.off_curve", "the public key is no point of the prime-order group of Ed25519"
        )


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this signs the message, for a public key that passed `check_ed25519_public` (PyNaCl)."""
    if len(signature) != 64 or signature[:32] in _LOW_ORDER_POINTS:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def verify_ed25519_again(public: bytes, message: bytes, signature: bytes) -> bool:
    """As `verify_ed25519`, by `cryptography`."""
    if len(signature) != 64 or signature[:32] in _LOW_ORDER_POINTS:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _mldsa_public(public: bytes) -> MLDSA44PublicKey:
    with _mldsa_or_refusal():
        return MLDSA44PublicKey.from_public_bytes(public)


def check_mldsa_public(public: bytes) -> None:
    """Refuse what is no ML-DSA-44 public key: KeyRefusedError ``key.off_curve``."""
    try:
        _mldsa_public(public)
    except ValueError:
        raise KeyRefusedError("key.off_curve", "the public key is no key of ML-DSA-44") from None


def verify_mldsa(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this signs the message, with the empty context string of FIPS 204 (`cryptography`)."""
    try:
        _mldsa_public(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _ed25519_from_seed(seed: bytes) -> PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _mldsa_from_seed(seed: bytes) -> PrivateKey:
    with _mldsa_or_refusal():
        return MLDSA44PrivateKey.from_seed_bytes(seed)


@contextmanager
def _mldsa_or_refusal() -> Iterator[None]:
    """A distribution may build `cryptography` upon an OpenSSL that is older than ML-DSA."""
    try:
        yield
    except UnsupportedAlgorithm:
        todo = "Install the package cryptography as its makers publish it."
        raise KeyRefusedError("key.type", "the installed cryptography has no ML-DSA-44", todo=todo) from None


Verify = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class KeyType:
    """What a type byte stands for.

    Parameters
    ----------
    byte : int
        The signature type identifier byte of C2SP signed-note.
    name : str
        In the words of the field.
    public_bytes, signature_bytes : int
        Sizes; a timestamp before the signature is not counted.
    timestamped : bool
        Whether the signature begins with a time (u64 seconds since 1970, big-endian).
    roles : frozenset
        What keys of this type may be for.
    check_public, verify, second_opinion, from_seed : callable
        The algorithm.
    """

    byte: int
    name: str
    public_bytes: int
    signature_bytes: int
    timestamped: bool
    roles: frozenset[Role]
    check_public: Callable[[bytes], None]
    verify: Verify
    second_opinion: Verify
    from_seed: Callable[[bytes], PrivateKey]


KEY_TYPES: dict[int, KeyType] = {}


def register_key_type(key_type: KeyType) -> None:
    """Make a type byte known; a byte has one meaning for good."""
    assert key_type.byte not in KEY_TYPES, "a type byte has one meaning"
    KEY_TYPES[key_type.byte] = key_type


def _register_ed25519(byte: int, name: str, roles: set[Role], *, timestamped: bool) -> None:
    parts = (check_ed25519_public, verify_ed25519, verify_ed25519_again, _ed25519_from_seed)
    register_key_type(KeyType(byte, name, 32, 64, timestamped, frozenset(roles), *parts))


_register_ed25519(ED25519, "Ed25519", {"statement", "exercise", "log"}, timestamped=False)
_register_ed25519(ED25519_COSIGNATURE, "Ed25519 cosignature", {"witness", "mirror"}, timestamped=True)
register_key_type(
    KeyType(
        ML_DSA_44_COSIGNATURE,
        "ML-DSA-44 cosignature",
        1312,
        2420,
        True,
        frozenset({"log", "witness", "mirror"}),
        check_mldsa_public,
        verify_mldsa,
        verify_mldsa,
        _mldsa_from_seed,
    )
)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: enough to verify, and all that a signature line refers to.

    Raises
    ------
    KeyRefusedError
        ``key.name``, ``key.type``, ``key.length``, ``key.low_order``, ``key.non_canonical`` or
        ``key.off_curve``.
    """

    name: str
    type_byte: int
    public: bytes
    key_id: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.type_byte not in KEY_TYPES:
            raise KeyRefusedError("key.type", f"the key type {self.type_byte:#04x} is not known here")
        if len(self.public) != self.type.public_bytes:
            told = f"the public key has {len(self.public)} bytes, want {self.type.public_bytes}"
            raise KeyRefusedError("key.length", f"{told} for {self.type.name}")
        self.type.check_public(self.public)
        named = self.name.encode() + b"\n" + bytes([self.type_byte]) + self.public
        object.__setattr__(self, "key_id", sha256(named).digest()[:KEY_ID_BYTES])

    @property
    def type(self) -> KeyType:
        """What its type byte stands for."""
        return KEY_TYPES[self.type_byte]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.type_byte]) + self.public)}"

    # A log names the same few keys in each of its statements, and checking one takes longer than to verify.
    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key string.

        Raises
        ------
        KeyRefusedError
            ``key.format``, ``key.id`` (the key id is not that of the key), and those of the class.
        """
        # The name has no "+", but base64 may have some: the first two part the string.
        parts = text.split("+", 2)
        if len(parts) != 3 or len(text) > VKEY_CHARS_MAX:
            told = f"{text[:80]!r} is no verifier key, want <name>+<8 hex digits>+<base64>"
            raise KeyRefusedError("key.format", told)
        name, key_id, encoded = parts
        try:
            data = decode_base64(encoded, "the key")
        except MalformedError as error:
            raise KeyRefusedError("key.format", error.what) from None
        if not data:
            raise KeyRefusedError("key.format", "the verifier key has no type byte and no key")
        key = cls(name, data[0], data[1:])
        if key_id != key.key_id.hex():
            told = f"the key id is {key_id[:16]!r}, want {key.key_id.hex()}: the name or the key was changed"
            raise KeyRefusedError("key.id", told)
        return key

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (without a timestamp) signs the bytes `message`."""
        return self.type.verify(self.public, message, signature)

    def second_opinion(self, message: bytes, signature: bytes) -> bool:
        """As `verify`, by another library where there is one."""
        return self.type.second_opinion(self.public, message, signature)


class SigningKey:
    """A private key with its name and its one role. Nothing of the secret is in its text or its errors.

    Parameters
    ----------
    name : str
        The key name; for a log, its origin.
    role : str
        What it may sign: one of `ROLES`.
    seed : bytes
        The 32 bytes that the algorithm derives the key from. Prefer `generate`.
    type_byte : int, optional
        The algorithm; otherwise Ed25519, as a cosignature for a witness or a mirror.

    Raises
    ------
    KeyRefusedError
        ``key.role`` for a type that may not have this role, ``key.seed``, and those of `VerifierKey`.
    """

    __slots__ = ("_private", "role", "verifier")

    def __init__(self, name: str, role: Role, seed: bytes, type_byte: int | None = None) -> None:
        if type_byte is None:
            type_byte = ED25519_COSIGNATURE if role in ("witness", "mirror") else ED25519
        key_type = KEY_TYPES.get(type_byte)
        if key_type is None or role not in key_type.roles:
            told = key_type.name if key_type else f"{type_byte:#04x}"
            raise KeyRefusedError("key.role", f"a key of type {told} cannot have the role {role!r}")
        if len(seed) != SEED_BYTES:
            raise KeyRefusedError("key.seed", f"the seed has {len(seed)} bytes, want {SEED_BYTES}")
        self._private = key_type.from_seed(seed)
        self.role: Role = role
        self.verifier = VerifierKey(name, type_byte, self._private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str, role: Role, type_byte: int | None = None) -> SigningKey:
        """A new key from the random source of the system."""
        return cls(name, role, nacl.bindings.randombytes(SEED_BYTES), type_byte)

    def successor(self) -> SigningKey:
        """A new key of the same name, role and type, for a rotation."""
        return SigningKey.generate(self.name, self.role, self.verifier.type_byte)

    @property
    def name(self) -> str:
        """The key name."""
        return self.verifier.name

    def sign(self, message: bytes, *, role: Role) -> bytes:
        """Sign bytes for a task.

        Raises
        ------
        KeyRefusedError
            ``key.role`` where the task is not that of the key.
        """
        if role != self.role:
            told = f"the key {shown(self.name)} is for {self.role!r} and does not sign for {role!r}"
            raise KeyRefusedError("key.role", told, todo=f"Use a key with the role {role!r}.")
        return self._private.sign(message)

    def private_bytes_raw(self) -> bytes:
        """The secret seed, for the key file and nothing else."""
        return self._private.private_bytes_raw()

    def __repr__(self) -> str:
        return f"SigningKey({str(self.verifier)[:120]!r}, role={self.role!r})"

    def __reduce__(self) -> NoReturn:
        raise KeyRefusedError(
            "key.copy", f"the private key {shown(self.name)} is not copied out of its process"
        )
