"""A private key at rest: encrypted, with its role, in a file that nobody else can read.

    riskshed key v1
    role: log
    key: example.com/log+33d7b496+AeHTu4Q3...
    check: <hex>
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    ...

The lower part is PKCS#8 with PBES2, scrypt and AES-256-CBC (RFC 5958, RFC 7914), so that `openssl pkey -in`
opens the file with the same passphrase. The head can be read without it; its check is an HMAC under the
secret, so that a key cannot be given another role by an editor.

A file is written whole or not at all, has mode 0600, and takes the place of no other: a lost key is lost for
good. A rotation writes a new file; what makes the new key count is a statement in the log, and not a file.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
import stat
import unicodedata
from contextlib import suppress
from hashlib import scrypt, sha256
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from riskshed.errors import KeyRefusedError
from riskshed.ledger.keys import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44_COSIGNATURE,
    ROLES,
    SEED_BYTES,
    Role,
    SigningKey,
    VerifierKey,
)

HEADER = "riskshed key v1"
FILE_BYTES_MAX = 16_384
# 16 MiB and about a fifth of a second; more than 32 MiB is what `openssl` refuses to open.
SCRYPT_COST, SCRYPT_BLOCK, SCRYPT_LANES = 2**14, 8, 5
# A file from elsewhere may ask for more work than ours, and not for so much that it fills the memory.
SCRYPT_MEMORY_MAX, SCRYPT_LANES_MAX = 2**27, 16
_SHAPE = re.compile(
    rf"{HEADER}\nrole: (?P<role>[a-z]+)\nkey: (?P<key>[^\n]+)\ncheck: (?P<check>[0-9a-f]{{64}})\n"
    r"-----BEGIN ENCRYPTED PRIVATE KEY-----\n(?P<pem>[A-Za-z0-9+/=\n]+)-----END ENCRYPTED PRIVATE KEY-----\n"
)
# What stands before the seed in an unencrypted PKCS#8 file (RFC 8410, RFC 9881), by type byte.
_ED25519_HEAD = bytes.fromhex("302e020100300506032b657004220420")
_ML_DSA_44_HEAD = bytes.fromhex("3034020100300b060960864801650304031104228020")
_HEADS = {
    ED25519: _ED25519_HEAD,
    ED25519_COSIGNATURE: _ED25519_HEAD,
    ML_DSA_44_COSIGNATURE: _ML_DSA_44_HEAD,
}
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
_SEQUENCE, _OCTETS, _INTEGER = 0x30, 0x04, 0x02


class _Locked(NamedTuple):
    """What PBES2 says of how the key was encrypted, and the encrypted key."""

    salt: bytes
    cost: int
    block: int
    lanes: int
    start: bytes
    sealed: bytes


def write_key(path: Path, key: SigningKey, passphrase: str, *, cost: int = SCRYPT_COST) -> None:
    """Put a key into a new file, encrypted, with mode 0600, whole or not at all.

    Parameters
    ----------
    path : Path
        The file; `key_file_name` proposes a name. Its folder is made if need be.
    key : SigningKey
        The key.
    passphrase : str
        Normalised to NFC, so that it is the same on every keyboard.
    cost : int
        The cost N of scrypt, a power of two.

    Raises
    ------
    KeyRefusedError
        ``key.exists`` where there is a file of this name, ``key.passphrase`` for an empty passphrase,
        ``key.file`` where the file cannot be written.
    """
    if not passphrase:
        raise KeyRefusedError("key.passphrase", "the passphrase is empty", todo="Choose one.")
    data = _seal(key, passphrase, cost)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name is taken; a rename would take it.
        os.link(part, path)
        _flush_folder(path.parent)
    except OSError as error:
        if isinstance(error, FileExistsError) and error.filename2 == str(path):
            told = f"there is a key file {path} already"
            raise KeyRefusedError(
                "key.exists", told, todo="Choose another name: a lost key is lost."
            ) from None
        raise KeyRefusedError("key.file", f"{path} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            part.unlink()


def read_key(path: Path, passphrase: str, *, role: Role | None = None) -> SigningKey:
    """Open a key file.

    Parameters
    ----------
    path : Path
        The file.
    passphrase : str
        As it was when the file was written.
    role : str, optional
        The task the key is wanted for; a key with another role is refused before anything is decrypted.

    Raises
    ------
    KeyRefusedError
        ``key.passphrase`` where the passphrase does not open it, ``key.role``, ``key.file`` where the file
        cannot be read, is no key file, was changed, or can be read by others.
    """
    head, locked = _parse(_read(path), path)
    key, stated = read_head(head["key"], head["role"], path)
    if role is not None and stated != role:
        told = f"{path} holds a key with the role {stated!r}, want one with the role {role!r}"
        raise KeyRefusedError("key.role", told)
    seed = _unseal(locked, passphrase, key.type_byte)
    signer = SigningKey(key.name, stated, seed, key.type_byte) if seed else None
    if signer is None or signer.verifier.public != key.public:
        told = f"the passphrase does not open {path}"
        raise KeyRefusedError("key.passphrase", told, todo="Try again; there is no other way in.")
    if not hmac.compare_digest(_check(signer), head["check"]):
        raise KeyRefusedError("key.file", f"the head of {path} was changed after the file was written")
    return signer


def read_verifier(path: Path) -> tuple[VerifierKey, Role]:
    """The public key and the role in the head of a key file, without a passphrase: as the file says, no more.

    Raises
    ------
    KeyRefusedError
        ``key.file`` where the file cannot be read or is no key file.
    """
    head, _ = _parse(_read(path), path)
    return read_head(head["key"], head["role"], path)


def read_head(key: str, role: str, path: Path) -> tuple[VerifierKey, Role]:
    """The public key and the role that a head states."""
    try:
        verifier = VerifierKey.parse(key)
    except KeyRefusedError as error:
        raise KeyRefusedError("key.file", f"{path} is no key file: {error.what}") from None
    for known in ROLES:
        if role == known and known in verifier.type.roles:
            return verifier, known
    raise KeyRefusedError("key.file", f"{path} is no key file: the role is {role[:40]!r}")


def key_file_name(key: SigningKey) -> str:
    """A name that tells the role and the key id, such as ``log-33d7b496.key``."""
    return f"{key.role}-{key.verifier.key_id.hex()}.key"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            told = os.fstat(file.fileno())
            if not stat.S_ISREG(told.st_mode):
                raise KeyRefusedError("key.file", f"{path} is not a regular file")
            if os.name == "posix" and told.st_mode & 0o077:
                what = f"{path} can be read by others (mode {told.st_mode & 0o777:o})"
                raise KeyRefusedError("key.file", what, todo=f"Run: chmod 600 {path}")
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise KeyRefusedError("key.file", f"{path} cannot be read: {error.strerror}") from None
    if len(data) > FILE_BYTES_MAX:
        raise KeyRefusedError("key.file", f"{path} is no key file: it has more than {FILE_BYTES_MAX} bytes")
    return data.decode("utf-8", "replace")


def _parse(text: str, path: Path) -> tuple[dict[str, str], _Locked]:
    found = _SHAPE.fullmatch(text)
    try:
        if found:
            return found.groupdict(), _decode(base64.b64decode(found["pem"].replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        pass
    raise KeyRefusedError("key.file", f"{path} is no key file, want {HEADER!r}, its head and a private key")


def _check(key: SigningKey) -> str:
    head = f"{HEADER}\nrole: {key.role}\nkey: {key.verifier}\n"
    return hmac.new(key.private_bytes_raw(), head.encode(), sha256).hexdigest()


def _seal(key: SigningKey, passphrase: str, cost: int) -> bytes:
    lock = _Locked(secrets.token_bytes(16), cost, SCRYPT_BLOCK, SCRYPT_LANES, secrets.token_bytes(16), b"")
    padder = padding.PKCS7(128).padder()
    plain = padder.update(_HEADS[key.verifier.type_byte] + key.private_bytes_raw()) + padder.finalize()
    sealer = _cipher(lock, passphrase).encryptor()
    sealed = lock._replace(sealed=sealer.update(plain) + sealer.finalize())
    encoded = base64.b64encode(_encode(sealed)).decode()
    lines = "\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    head = f"{HEADER}\nrole: {key.role}\nkey: {key.verifier}\ncheck: {_check(key)}\n"
    label = "ENCRYPTED PRIVATE KEY"
    return f"{head}-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def _unseal(lock: _Locked, passphrase: str, type_byte: int) -> bytes | None:
    """The seed, or None where the passphrase is another one."""
    opener = _cipher(lock, passphrase).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        plain = unpadder.update(opener.update(lock.sealed) + opener.finalize()) + unpadder.finalize()
    except ValueError:
        return None
    head = _HEADS[type_byte]
    opened = plain.startswith(head) and len(plain) == len(head) + SEED_BYTES
    return plain[len(head) :] if opened else None


def _cipher(lock: _Locked, passphrase: str) -> Cipher[modes.CBC]:
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    memory = 256 * lock.block * (lock.cost + lock.lanes + 2)
    n, r, p = lock.cost, lock.block, lock.lanes
    key = scrypt(secret, salt=lock.salt, n=n, r=r, p=p, maxmem=memory, dklen=32)
    return Cipher(algorithms.AES(key), modes.CBC(lock.start))


def _item(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return bytes([tag]) + size + body


def _number(value: int) -> bytes:
    return _item(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _encode(lock: _Locked) -> bytes:
    """PKCS#8 EncryptedPrivateKeyInfo in DER (RFC 5958 section 3, RFC 7914 section 7)."""
    work = _item(_SEQUENCE, _item(_OCTETS, lock.salt), *map(_number, (lock.cost, lock.block, lock.lanes)))
    kdf = _item(_SEQUENCE, _SCRYPT, work)
    scheme = _item(_SEQUENCE, _AES_256_CBC, _item(_OCTETS, lock.start))
    how = _item(_SEQUENCE, _PBES2, _item(_SEQUENCE, kdf, scheme))
    return _item(_SEQUENCE, how, _item(_OCTETS, lock.sealed))


def _decode(data: bytes) -> _Locked:
    """Read what `_encode` writes and nothing else; ValueError for anything else, and for too much work."""
    parts = []
    at = 0
    # Sequences are entered and object names passed over: only the values are of interest.
    while at < len(data):
        tag, size, at = data[at], data[at + 1 : at + 2], at + 2
        if size == b"\x81":
            size, at = data[at : at + 1], at + 1
        end = at + int.from_bytes(size, "big")
        if tag in (_OCTETS, _INTEGER):
            parts.append(data[at:end])
        at = at if tag == _SEQUENCE else end
    if len(parts) != 6:
        raise ValueError("no PBES2 with scrypt")
    salt, start, sealed = parts[0], parts[4], parts[5]
    cost, block, lanes = (int.from_bytes(one, "big") for one in parts[1:4])
    lock = _Locked(salt, cost, block, lanes, start, sealed)
    bounded = (
        cost >= 2
        and cost & (cost - 1) == 0
        and block >= 1
        and 128 * cost * block <= SCRYPT_MEMORY_MAX
        and 1 <= lanes <= SCRYPT_LANES_MAX
    )
    # Written again it must be the same: this is how the structure and the object names are checked.
    if not bounded or len(start) != 16 or len(sealed) % 16 or not sealed or _encode(lock) != data:
        raise ValueError("no PBES2 with scrypt and AES-256-CBC, or too much work")
    return lock


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
