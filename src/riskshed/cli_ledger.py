"""The command line of the signed record, for those who keep one: keys, a log, a witness.

Every command reads its arguments, calls one function of the house and prints what comes back; what is heavy
is imported where it is used.
"""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from riskshed.cli_options import (
    AS_JSON,
    EXIT_WORLD_IS_WRONG,
    FILE,
    FOLDER,
    KEYS,
    PASSPHRASE_FILE,
    POLICY,
    passphrase,
    print_result,
    read_key_list,
    read_policy,
    read_small,
    read_trust,
)
from riskshed.errors import InputError

ROLES = ("statement", "log", "witness", "exercise", "mirror")


@click.group("key")
def key_group() -> None:
    """Make keys.

    \b
    Example:
      riskshed key new songyuan.example/duty --role statement --out duty.key
    """


@key_group.command("new")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it may sign, and nothing else.")
@click.option("--out", type=FILE, required=True, metavar="FILE", help="The new key file.")
@PASSPHRASE_FILE
@AS_JSON
def key_new(name: str, role: Any, out: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Make a key called NAME and keep it encrypted in a file; print the public key.

    \b
    Example:
      riskshed key new songyuan.example/duty --role statement --out duty.key
    """
    from riskshed.ledger.keyfile import write_key
    from riskshed.ledger.keys import SigningKey

    key = SigningKey.generate(name, role)
    write_key(out, key, passphrase(passphrase_file, confirm=True))
    print_result(as_json, {"key": str(key.verifier), "role": role, "file": str(out)}, str(key.verifier))


@click.group("log")
def log_group() -> None:
    """Keep a log of signed statements.

    \b
    Example:
      riskshed log init songyuan --origin songyuan.example/log
    """


@log_group.command("init")
@click.argument("folder", type=FOLDER)
@click.option("--origin", required=True, metavar="NAME", help="Its name, such as songyuan.example/log.")
@PASSPHRASE_FILE
@AS_JSON
def log_init(folder: Path, origin: str, passphrase_file: Path | None, as_json: bool) -> None:
    """Make a log with a key of its own in FOLDER; print its public key.

    \b
    Example:
      riskshed log init songyuan --origin songyuan.example/log
    """
    from riskshed.log_folder import LogFolder

    made = LogFolder.init(folder, origin, passphrase(passphrase_file, confirm=True))
    print_result(
        as_json, {"origin": origin, "key": str(made.verifier), "folder": str(folder)}, str(made.verifier)
    )


@log_group.command("append")
@click.argument("folder", type=FOLDER)
@click.argument("files", type=FILE, nargs=-1, required=True)
@KEYS
@PASSPHRASE_FILE
@AS_JSON
def log_append(
    folder: Path, files: tuple[Path, ...], keys_file: Path | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """Append statements, one signed envelope in each of FILES, to the log in FOLDER: all or none.

    Each is checked as an audit would check it: its form, its signature, and the key by its place in the log.

    \b
    Example:
      riskshed log append songyuan joined.json report.json
    """
    from riskshed.log_folder import LogFolder

    named = [(str(file), read_small(file)) for file in files]
    listed = read_key_list(keys_file)
    receipts = LogFolder(folder).append(named, passphrase(passphrase_file), listed=listed)
    told = [
        {"file": name, "index": receipt.index, "leaf_hash": receipt.leaf_hash.hex()}
        for (name, _), receipt in zip(named, receipts, strict=True)
    ]
    text = "\n".join(f"{one['file']}: entry {one['index']}" for one in told)
    print_result(as_json, {"size": receipts[-1].size, "entries": told}, text)


@log_group.command("checkpoint")
@click.argument("folder", type=FOLDER)
@POLICY
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0, 600), default=5.0, show_default=True, metavar="SECONDS",
    help="How long to wait for witnesses.",
)  # fmt: skip
@AS_JSON
def log_checkpoint(folder: Path, policy_file: Path | None, wait_s: float, as_json: bool) -> None:
    """Print the last checkpoint of the log in FOLDER; with a policy, ask its witnesses to cosign first.

    Exit code 1 if the quorum has not cosigned in time; what has come is kept, and asking again goes on.

    \b
    Example:
      riskshed log checkpoint songyuan --policy policy.txt
    """
    from riskshed.ledger.note import Checkpoint
    from riskshed.log_folder import LogFolder

    met, standings = True, {}
    if policy_file is None:
        note = LogFolder(folder).checkpoint()
    else:
        gathered = LogFolder(folder).gather(read_policy(policy_file), wait_s=wait_s)
        note, met = gathered.note, gathered.met
        standings = {one.name: f"{one.state} {one.reason}".strip() for one in gathered.standings}
    at = Checkpoint.parse(note.text)
    told: dict[str, Any] = {"origin": at.origin, "size": at.size, "root": at.root.hex()}
    told["note"] = note.to_bytes().decode()
    print_result(
        as_json, {**told, "quorum_met": met, "witnesses": standings}, note.to_bytes().decode().rstrip("\n")
    )
    if not met:
        for name, state in standings.items():
            click.echo(f"riskshed: witness {name}: {state}", err=True)
        sys.exit(EXIT_WORLD_IS_WRONG)


@log_group.command("prove")
@click.argument("folder", type=FOLDER)
@click.argument("index", type=click.IntRange(min=0))
@click.option("--out", type=FILE, required=True, metavar="FILE", help="The proof file, such as 7.tlog-proof.")
@AS_JSON
def log_prove(folder: Path, index: int, out: Path, as_json: bool) -> None:
    """Write a file that shows, without any server, that entry INDEX is in the log in FOLDER.

    \b
    Example:
      riskshed log prove songyuan 7 --out 7.tlog-proof
    """
    from riskshed.ledger.durable import write_file
    from riskshed.ledger.note import Checkpoint
    from riskshed.log_folder import LogFolder

    proof = LogFolder(folder).prove(index)
    write_file(out, proof.to_bytes())
    size = Checkpoint.parse(proof.checkpoint.text).size
    told = {"index": index, "size": size, "hashes": len(proof.hashes), "file": str(out)}
    print_result(as_json, told, f"{out}: entry {index} of {size}")


@log_group.command("export")
@click.argument("folder", type=FOLDER)
@click.argument("out", type=FOLDER)
@AS_JSON
def log_export(folder: Path, out: Path, as_json: bool) -> None:
    """Write the log in FOLDER as static files into OUT, for any web server, disk or mirror.

    \b
    Example:
      riskshed log export songyuan public
    """
    from riskshed.log_folder import LogFolder

    made = LogFolder(folder).export(out)
    text = f"{out}: {made.size} entries, {made.files} files written"
    print_result(as_json, {**asdict(made), "folder": str(out)}, text)


@click.group("witness")
def witness_group() -> None:
    """Watch that logs only grow.

    \b
    Example:
      riskshed witness serve seen --key witness.key --policy policy.txt
    """


@witness_group.command("serve")
@click.argument("folder", type=FOLDER)
@click.option("--key", "key_file", type=FILE, required=True, metavar="FILE", help="Key file of the witness.")
@click.option("--log", "logs", multiple=True, metavar="VKEY", help="Verifier key of a log; may be repeated.")
@POLICY
@click.option(
    "--listen",
    default="127.0.0.1:0",
    show_default=True,
    metavar="HOST:PORT",
    help="Port 0 is any.",
)
@PASSPHRASE_FILE
@AS_JSON
def witness_serve(
    folder: Path,
    key_file: Path,
    logs: tuple[str, ...],
    policy_file: Path | None,
    listen: str,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Serve a witness over HTTP until it is stopped; what it has seen is kept in FOLDER.

    \b
    Example:
      riskshed witness serve seen --key witness.key --log songyuan.example/log+33d7b496+AeHTu4Q3...
    """
    from riskshed.ledger.keyfile import read_key
    from riskshed.ledger.witness import Cosigner
    from riskshed.ledger.witness_http import WitnessServer

    host, port = _address(listen)
    keys, policy = read_trust(logs, policy_file, option="--log")
    keys += tuple(log.key for log in policy.logs) if policy else ()
    signer = read_key(key_file, passphrase(passphrase_file), role="witness")
    stopped = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopped.set())
    with Cosigner(folder, [signer], keys) as cosigner:
        try:
            server = WitnessServer(cosigner, host, port)
        except OSError as error:
            told = f"cannot listen at {listen}: {error.strerror or error}"
            raise InputError("witness.listen", told, todo="Name another --listen.") from error
        with server:
            told_json = {"url": server.url, "key": str(signer.verifier), "logs": list(cosigner.origins)}
            print_result(as_json, told_json, f"{server.url}\n{signer.verifier}")
            sys.stdout.flush()
            stopped.wait()


COMMANDS: tuple[click.Command, ...] = (key_group, log_group, witness_group)
"""What the command line registers."""


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter(f"{listen!r} is no HOST:PORT", param_hint="--listen")
    return host.strip("[]"), int(port)
