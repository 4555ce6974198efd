"""Key files: encrypted, for one role, whole or not at all, and clear about what is wrong."""

from __future__ import annotations

import base64
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from riskshed.errors import KeyRefusedError
from riskshed.ledger import keyfile
from riskshed.ledger.keyfile import key_file_name, read_key, read_verifier, write_key
from riskshed.ledger.keys import KEY_TYPES, SigningKey

WORDS = "rivière 江 42"
CHEAP = 2**4
KEY = SigningKey("city.example/log", "log", bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / key_file_name(KEY)
    write_key(path, KEY, WORDS, cost=CHEAP)
    return path


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(KeyRefusedError) as caught:
        act()
    return caught.value.code


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert re.search(old, text)
    path.write_text(re.sub(old, new, text, count=1), "utf-8")


@pytest.mark.parametrize("type_byte", sorted(KEY_TYPES))
def test_a_key_comes_back_from_its_file(tmp_path: Path, type_byte: int) -> None:
    key = SigningKey.generate("city.example", min(KEY_TYPES[type_byte].roles), type_byte)
    write_key(tmp_path / "a.key", key, WORDS, cost=CHEAP)
    again = read_key(tmp_path / "a.key", WORDS, role=key.role)
    assert (again.verifier, again.role) == (key.verifier, key.role)
    assert again.verifier.verify(b"text", again.sign(b"text", role=key.role))


def test_the_head_is_read_without_a_passphrase(path: Path) -> None:
    assert read_verifier(path) == (KEY.verifier, "log")
    assert path.name == f"log-{KEY.verifier.key_id.hex()}.key"


def test_the_file_is_for_its_owner_only(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    assert refusal(lambda: read_key(path, WORDS)) == "key.file"


def test_a_wrong_passphrase_is_told_plainly(path: Path) -> None:
    with pytest.raises(KeyRefusedError, match="the passphrase does not open") as caught:
        read_key(path, "江 42")
    assert caught.value.code == "key.passphrase"


def test_hundreds_of_wrong_passphrases_open_nothing(path: Path) -> None:
    # One padding in 256 is right by chance.
    assert {refusal(lambda at=at: read_key(path, str(at))) for at in range(600)} == {"key.passphrase"}  # type: ignore[misc]


def test_the_same_words_typed_on_another_keyboard_open_it(path: Path) -> None:
    assert read_key(path, "rivie\u0300re 江 42").verifier == KEY.verifier


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    assert refusal(lambda: write_key(tmp_path / "a.key", KEY, "")) == "key.passphrase"
    assert list(tmp_path.iterdir()) == []


def test_the_secret_is_nowhere_in_the_file(path: Path) -> None:
    text = path.read_text("utf-8")
    seed = KEY.private_bytes_raw()
    sealed = base64.b64decode(text.split("-----")[2].replace("\n", ""))
    assert seed not in sealed
    assert seed.hex() not in text
    assert WORDS not in text


def test_no_file_takes_the_place_of_another(path: Path) -> None:
    before = path.read_bytes()
    assert refusal(lambda: write_key(path, KEY.successor(), WORDS, cost=CHEAP)) == "key.exists"
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_rotation_is_a_second_file(path: Path) -> None:
    new = read_key(path, WORDS).successor()
    write_key(path.with_name(key_file_name(new)), new, WORDS, cost=CHEAP)
    assert len(list(path.parent.glob("log-*.key"))) == 2
    assert read_key(path, WORDS).verifier == KEY.verifier


def test_a_key_for_another_task_is_refused_before_it_is_opened(path: Path) -> None:
    assert refusal(lambda: read_key(path, "not the passphrase", role="witness")) == "key.role"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("role: log", "role: statement", "key.file"),
        ("role: log", "role: witness", "key.file"),
        ("role: log", "role: king", "key.file"),
        ("check: ..", "check: 00", "key.file"),
        ("riskshed key v1", "riskshed key v2", "key.file"),
        (r"key: city", "key: town", "key.file"),
        ("-----END", "----END", "key.file"),
        (r"-----\n(.)(.{8})", r"-----\nA\2", "key.file"),
        (r"-----\n", "-----\n\n=", "key.file"),
        ("BEGIN ENCRYPTED", "BEGIN", "key.file"),
    ],
)
def test_a_changed_file_is_refused(path: Path, old: str, new: str, code: str) -> None:
    rewrite(path, old, new)
    assert refusal(lambda: read_key(path, WORDS)) == code


def test_another_public_key_in_the_head_is_not_believed(path: Path) -> None:
    other = str(KEY.successor().verifier)
    rewrite(path, r"key: .*", f"key: {other}".replace("\\", r"\\"))
    assert refusal(lambda: read_key(path, WORDS)) == "key.passphrase"


def test_a_file_may_not_ask_for_all_the_memory(path: Path) -> None:
    lock = keyfile._decode(base64.b64decode(path.read_text("utf-8").split("-----")[2]))
    for change in ({"cost": 2**40}, {"block": 2**20}, {"lanes": 17}, {"cost": 3}, {"cost": 0}, {"lanes": 0}):
        with pytest.raises(ValueError, match="too much work"):
            keyfile._decode(keyfile._encode(lock._replace(**change)))


def test_what_is_no_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long.key").write_bytes(b"x" * 100_000)
    (tmp_path / "noise.key").write_bytes(os.urandom(500))
    (tmp_path / "empty.key").touch()
    (tmp_path / "folder.key").mkdir()
    for file in tmp_path.glob("*.key"):
        file.chmod(0o600 if file.is_file() else 0o700)
    for name in ("long", "noise", "empty", "folder", "absent"):
        assert refusal(lambda name=name: read_key(tmp_path / f"{name}.key", WORDS)) == "key.file"  # type: ignore[misc]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refusal(lambda: write_key(tmp_path / "file" / "a.key", KEY, WORDS, cost=CHEAP)) == "key.file"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_opens_the_file_with_the_same_passphrase(tmp_path: Path) -> None:
    write_key(tmp_path / "a.key", KEY, WORDS)
    command = ["openssl", "pkey", "-in", str(tmp_path / "a.key"), "-passin", f"pass:{WORDS}", "-pubout"]
    told = subprocess.run([*command, "-outform", "DER"], capture_output=True, check=True)
    assert told.stdout.endswith(KEY.verifier.public)
