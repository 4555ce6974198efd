"""The commands of the signed record: what they print, what they refuse, and that a refusal writes nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cast import SHANG
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from records import KEY_LIST, LOG_KEY, files_of_log, joined, key_of, record, report

from riskshed.cli import main
from riskshed.ledger.keyfile import read_key
from riskshed.ledger.keys import VerifierKey
from riskshed.ledger.log import Log
from riskshed.ledger.store import SqliteStore
from riskshed.log_folder import LogFolder

SECRET = "a bridge over the Shang"
ORIGIN = "shang.example/log"


def run(*arguments: object, **environment: str) -> Result:
    told = CliRunner().invoke(
        main, [*map(str, arguments)], env={"RISKSHED_PASSPHRASE": SECRET, **environment}
    )
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def ask(*arguments: object) -> Any:
    """What a command prints with --json."""
    told = run(*arguments, "--json")
    assert told.exit_code == 0, told.stderr
    return json.loads(told.stdout)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with the three bodies of the cast and two reports; opening its key takes a fifth of a second."""
    folder = tmp_path_factory.mktemp("made")
    write(folder, *record(5))
    LogFolder.init(folder / "log", ORIGIN, SECRET)
    files = (folder / f"{n}.json" for n in range(5))
    assert run("log", "append", folder / "log", *files).exit_code == 0
    (folder / "policy").write_text(f"log {LogFolder(folder / 'log').verifier}\nquorum none\n")
    (folder / "keys").write_text("".join(f"{one}\n" for one in KEY_LIST))
    return folder


@pytest.fixture
def log(desk: Path, made: Path) -> Path:
    """A copy of that log on the desk."""
    shutil.copytree(made, desk, dirs_exist_ok=True)
    return desk / "log"


def write(folder: Path, *entries: bytes) -> None:
    for number, entry in enumerate(entries):
        (folder / f"{number}.json").write_bytes(entry)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but the shared memory and the lock of the store, which readers touch."""
    found = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(one): one.read_bytes() for one in found if not one.name.endswith(("-shm", "-wal", ".lock"))}


def test_a_new_key_is_encrypted_and_prints_its_public_part(desk: Path) -> None:
    told = ask("key", "new", "shang.example/duty", "--role", "statement", "--out", "duty.key")
    assert VerifierKey.parse(told["key"]) == read_key(desk / "duty.key", SECRET).verifier
    assert (desk / "duty.key").stat().st_mode & 0o777 == 0o600


def test_a_key_takes_the_place_of_no_other(desk: Path) -> None:
    run("key", "new", "a", "--role", "log", "--out", "a.key")
    before = tree(desk)
    told = run("key", "new", "a", "--role", "log", "--out", "a.key")
    assert (told.exit_code, tree(desk)) == (1, before)
    assert "(key.exists)" in told.stderr


def test_a_passphrase_comes_from_a_file_before_the_environment(desk: Path) -> None:
    (desk / "secret").write_text("another one\nnot this line\n")
    run("key", "new", "a", "--role", "log", "--out", "a.key", "--passphrase-file", "secret")
    assert read_key(desk / "a.key", "another one").role == "log"


def test_without_a_passphrase_and_without_a_terminal_nothing_is_made(desk: Path) -> None:
    program = [sys.executable, "-c", "from riskshed.cli import main; main()"]
    environment = {name: value for name, value in os.environ.items() if name != "RISKSHED_PASSPHRASE"}
    command = [*program, "key", "new", "a", "--role", "log", "--out", "a.key"]
    told = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False
    )
    assert (told.returncode, tree(desk)) == (1, {})
    assert b"(passphrase.missing)" in told.stderr
    assert b"Traceback" not in told.stderr


def test_no_option_takes_a_passphrase() -> None:
    told = run("key", "new", "--help").stdout + run("log", "init", "--help").stdout
    assert "--passphrase " not in told


def test_a_log_is_made_appended_exported_and_audited(log: Path, desk: Path) -> None:
    write(desk, report(77))
    assert ask("log", "append", "log", "0.json")["entries"][0]["index"] == 5
    assert ask("log", "export", "log", "public")["size"] == 6
    for place in ("log", "public"):
        told = ask("audit", place, "--policy", "policy", "--keys", "keys")
        assert (told["ok"], told["size"], told["statements"]) == (True, 6, 6)


def test_a_log_is_not_made_twice(log: Path, desk: Path) -> None:
    before = tree(desk)
    told = run("log", "init", "log", "--origin", "other.example/log")
    assert (told.exit_code, tree(desk)) == (1, before)
    assert "(log.exists)" in told.stderr


@pytest.mark.parametrize("origin", ["", "with space", "with+plus", "x" * 300])
def test_an_origin_that_is_no_key_name_makes_no_log(desk: Path, origin: str) -> None:
    assert run("log", "init", "new", "--origin", origin).exit_code == 1
    assert tree(desk) == {}


BAD_ENTRIES = {
    "nothing": b"",
    "noise": bytes(range(256)),
    "json": b'{"payload":1}',
    "deep": b"[" * 5_000,
    "stranger": report(1, key=key_of(SHANG, 5)),
    "other body": report(1, by=SHANG, key=key_of("910200")),
    "cut": report(1)[:-3],
    "taken": joined(SHANG, key=key_of(SHANG, 9)),
    "long": b"x" * 70_000,
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
def test_a_bad_envelope_is_refused_with_all_that_come_with_it(log: Path, desk: Path, name: str) -> None:
    write(desk, report(50), BAD_ENTRIES[name])
    before = tree(log)
    told = run("log", "append", "log", "0.json", "1.json")
    assert told.exit_code == 1
    assert "1.json" in told.stderr
    assert "(log.refused)" in told.stderr
    assert tree(log) == before


def test_a_second_writer_is_refused_with_the_reason(log: Path, desk: Path) -> None:
    key = read_key(log / "log.key", SECRET, role="log")
    with Log(SqliteStore(log / "log.db"), key):
        told = run("log", "append", "log", "0.json")
        assert told.exit_code == 1
        assert "another writer has" in told.stderr
        assert "(log.locked)" in told.stderr
        assert ask("audit", "log", "--policy", "policy")["size"] == 5


def test_a_wrong_passphrase_appends_nothing(log: Path) -> None:
    before = tree(log)
    told = run("log", "append", "log", "0.json", RISKSHED_PASSPHRASE="wrong")
    assert (told.exit_code, tree(log)) == (1, before)
    assert "(key.passphrase)" in told.stderr


def test_a_proof_file_is_verified_without_the_log(log: Path, desk: Path) -> None:
    ask("log", "prove", "log", 4, "--out", "4.tlog-proof")
    told = ask("verify", "4.tlog-proof", "--policy", "policy")
    assert (told["index"], told["size"], told["statement"]["kind"]) == (4, 5, "RiskReported")
    assert run("verify", "4.tlog-proof", "--policy", "policy", "--entry", "4.json").exit_code == 0


def test_a_proof_does_not_show_another_entry(log: Path, desk: Path) -> None:
    ask("log", "prove", "log", 4, "--out", "4.tlog-proof")
    told = run("verify", "4.tlog-proof", "--policy", "policy", "--entry", "3.json")
    assert told.exit_code == 1
    assert "(proof.root)" in told.stderr


def test_there_is_no_proof_of_an_entry_that_is_not_there(log: Path, desk: Path) -> None:
    told = run("log", "prove", "log", 5, "--out", "5.tlog-proof")
    assert told.exit_code == 1
    assert "it has 5 entries" in told.stderr
    assert not (desk / "5.tlog-proof").exists()


def test_who_trusts_nobody_verifies_nothing(log: Path, desk: Path) -> None:
    ask("log", "prove", "log", 4, "--out", "4.tlog-proof")
    for command in (("verify", "4.tlog-proof"), ("audit", "log"), ("mirror", "log", "kept")):
        told = run(*command)
        assert told.exit_code == 2
        assert "whom you believe" in told.stderr


def test_a_mirror_follows_an_export(log: Path, desk: Path) -> None:
    ask("log", "export", "log", "public")
    key = str(LogFolder(log).verifier)
    assert ask("mirror", "public", "kept", "--key", key)["size"] == 5
    write(desk, report(60))
    ask("log", "append", "log", "0.json")
    ask("log", "export", "log", "public")
    told = ask("mirror", "public", "kept", "--key", key)
    assert (told["size_before"], told["size"]) == (5, 6)


def test_an_audit_against_a_mirror_finds_a_log_that_was_rolled_back(log: Path, desk: Path) -> None:
    ask("log", "export", "log", "old")
    write(desk, report(60))
    ask("log", "append", "log", "0.json")
    ask("log", "export", "log", "new")
    told = run("audit", "old", "--policy", "policy", "--against", "new", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["counts"] == {"log.rolled_back": 1}


def test_a_fork_leaves_its_proof_in_a_file(desk: Path) -> None:
    for name, entries in (("one", record(6)), ("two", (*record(5), report(99)))):
        for path, data in files_of_log(entries).items():
            (desk / name / path).parent.mkdir(parents=True, exist_ok=True)
            (desk / name / path).write_bytes(data)
    (desk / "policy").write_text(f"log {LOG_KEY.verifier}\nquorum none\n")
    told = run("audit", "one", "--policy", "policy", "--against", "two", "--proof", "fork.json")
    assert told.exit_code == 1
    assert "log.forked" in told.stdout
    assert json.loads((desk / "fork.json").read_text())["format"] == "riskshed.split-view.v1"


def test_a_changed_byte_makes_the_audit_end_with_1(log: Path, desk: Path) -> None:
    ask("log", "export", "log", "public")
    bundle = desk / "public" / "tile" / "entries" / "000.p" / "5"
    data = bytearray(bundle.read_bytes())
    data[-100] ^= 1
    bundle.write_bytes(bytes(data))
    told = run("audit", "public", "--policy", "policy")
    assert told.exit_code == 1
    assert "entry.edited: entry 4" in told.stdout
    assert not (desk / "fork-proof.json").exists()


GARBAGE = (
    b"",
    b"\x00" * 40,
    bytes(range(256)),
    b"SQLite format 3\x00" + b"\xff" * 200,
    b"{" * 500,
    b"\n\n\n",
)


@pytest.mark.parametrize("data", GARBAGE)
def test_garbage_in_place_of_any_file_is_refused_without_a_traceback(
    log: Path, desk: Path, data: bytes
) -> None:
    (desk / "bad").write_bytes(data)
    (desk / "folder").mkdir()
    (desk / "folder" / "checkpoint").write_bytes(data)
    before = tree(desk)
    for command in (
        ("audit", "bad", "--policy", "policy"),
        ("audit", "folder", "--policy", "policy"),
        ("audit", "log", "--policy", "bad"),
        ("audit", "log", "--policy", "policy", "--against", "bad"),
        ("audit", "log", "--policy", "policy", "--sealed", "bad"),
        ("audit", "log", "--key", "nonsense"),
        ("verify", "bad", "--policy", "policy"),
        ("mirror", "folder", "kept", "--policy", "policy"),
        ("witness", "serve", "seen", "--key", "bad", "--policy", "policy"),
        ("log", "checkpoint", "log", "--policy", "bad"),
        ("log", "append", "log", "bad"),
        ("log", "export", "folder", "out"),
    ):
        told = run(*command)
        assert told.exit_code == 1, command
    assert {name: data for name, data in tree(desk).items() if "kept" not in name} == before


@given(data=st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_random_bytes_are_no_proof(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("proof") / "x.tlog-proof"
    file.write_bytes(data)
    assert run("verify", file, "--key", str(LOG_KEY.verifier)).exit_code == 1


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:99999", ":80", "127.0.0.1:x"])
def test_an_address_that_is_none_is_wrong_usage(desk: Path, listen: str) -> None:
    told = run("witness", "serve", "seen", "--key", "k", "--log", "x", "--listen", listen)
    assert told.exit_code == 2


@pytest.fixture
def witness(desk: Path, log: Path) -> Iterator[dict[str, Any]]:
    """A witness of the log, served by a process of its own."""
    ask("key", "new", "zhong.example/witness", "--role", "witness", "--out", "witness.key")
    program = [sys.executable, "-c", "from riskshed.cli import main; main()"]
    command = [*program, "witness", "serve", "seen", "--key", "witness.key", "--policy", "policy", "--json"]
    environment = {**os.environ, "RISKSHED_PASSPHRASE": SECRET, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=desk, env=environment, text=True)
    assert process.stdout is not None
    text = ""
    while "\n}" not in text:
        line = process.stdout.readline()
        assert line, "the witness ended"
        text += line
    try:
        yield json.loads(text)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stdout.close()


def test_a_checkpoint_is_cosigned_kept_proven_and_audited(
    witness: dict[str, Any], log: Path, desk: Path
) -> None:
    line = f"witness z {witness['key']} {witness['url']}\nquorum z\n"
    (desk / "strict").write_text(f"log {LogFolder(log).verifier}\n{line}")
    assert run("audit", "log", "--policy", "strict").exit_code == 1
    told = ask("log", "checkpoint", "log", "--policy", "strict", "--wait", "20")
    assert told["quorum_met"]
    assert ask("audit", "log", "--policy", "strict")["witnessed"].keys() == {"z"}
    ask("log", "prove", "log", 2, "--out", "2.tlog-proof")
    assert ask("verify", "2.tlog-proof", "--policy", "strict")["witnessed"].keys() == {"z"}
    at = next(iter((desk / "seen").glob("*/checkpoint"))).parent.name
    with urllib.request.urlopen(f"{witness['url']}/{at}/checkpoint", timeout=10) as answer:
        assert answer.read().startswith(ORIGIN.encode())


def test_a_witness_that_is_silent_is_pending_and_named(log: Path, desk: Path) -> None:
    ask("key", "new", "zhong.example/witness", "--role", "witness", "--out", "witness.key")
    key = read_key(desk / "witness.key", SECRET).verifier
    line = f"witness z {key} http://127.0.0.1:9\nquorum z\n"
    (desk / "strict").write_text(f"log {LogFolder(log).verifier}\n{line}")
    begun = time.monotonic()
    told = run("log", "checkpoint", "log", "--policy", "strict", "--wait", "1")
    assert told.exit_code == 1
    assert "witness z: pending" in told.stderr
    assert time.monotonic() - begun < 10


def test_each_help_has_an_example() -> None:
    groups = {
        "key": ["new"],
        "log": ["init", "append", "checkpoint", "prove", "export"],
        "witness": ["serve"],
    }
    words = [[group, name] for group, names in groups.items() for name in names]
    for command in (*words, ["mirror"], ["verify"], ["audit"]):
        assert "Example:\n    riskshed " in run(*command, "--help").stdout
