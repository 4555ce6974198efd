"""The command line of the signed record, for those who rely on one: mirror it, verify a proof, audit it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from riskshed.cli_options import (
    AS_JSON,
    EXIT_WORLD_IS_WRONG,
    FILE,
    FOLDER,
    KEYS,
    POLICY,
    VKEY,
    print_result,
    read_key_list,
    read_small,
    read_trust,
)
from riskshed.errors import InputError


@click.command("mirror")
@click.argument("source")
@click.argument("folder", type=FOLDER)
@VKEY
@POLICY
@AS_JSON
def mirror_command(
    source: str, folder: Path, vkeys: tuple[str, ...], policy_file: Path | None, as_json: bool
) -> None:
    """Bring the verified copy in FOLDER up to the log at SOURCE, an address or a folder; can be run again.

    \b
    Example:
      riskshed mirror https://songyuan.example/log kept --key songyuan.example/log+33d7b496+AeHTu4Q3...
    """
    from riskshed.ledger.mirror import mirror

    keys, policy = read_trust(vkeys, policy_file)
    told = mirror(source, folder, vkeys=keys, policy=policy)
    text = f"{told.origin}: {told.size_before} entries before, {told.size} now, root {told.root[:16]}"
    print_result(as_json, told.to_json(), text)


@click.command("verify")
@click.argument("file", type=FILE)
@POLICY
@VKEY
@click.option("--entry", type=FILE, metavar="FILE", help="The entry; else the one in the proof.")
@AS_JSON
def verify_command(
    file: Path, policy_file: Path | None, vkeys: tuple[str, ...], entry: Path | None, as_json: bool
) -> None:
    """Verify a proof FILE: that the entry is in a log that you believe, as your quorum has seen it.

    Whether the statement in it was signed by a key of its body, `riskshed audit` tells: that takes the log.

    \b
    Example:
      riskshed verify 7.tlog-proof --policy policy.txt
    """
    from riskshed.audit import OPEN_POLICY
    from riskshed.ledger.proof import LogProof

    keys, policy = read_trust(vkeys, policy_file)
    proof = LogProof.parse(read_small(file))
    data = proof.extra if entry is None else read_small(entry)
    if not data:
        raise click.UsageError("the proof brings no entry along: name it with --entry FILE")
    judged = proof.verify(data, policy or OPEN_POLICY, keys)
    at = judged.checkpoint
    told: dict[str, Any] = {"origin": at.origin, "index": proof.index, "size": at.size, "root": at.root.hex()}
    told |= {"witnessed": judged.witnessed, "statement": _statement(data)}
    text = f"entry {proof.index} is in {at.origin} at size {at.size}"
    if judged.witnessed:
        text += f", seen by {', '.join(judged.witnessed)}"
    if said := told["statement"]:
        text += f"\n{said['kind']} by {said['by']}, which says that it spoke at {said['issued']}"
    print_result(as_json, told, text)


def _statement(entry: bytes) -> dict[str, object] | None:
    """What an entry says, whoever may have signed it; None where it is no statement."""
    from riskshed.statement import StatementError, read

    try:
        said = read(entry)
    except StatementError:
        return None
    return {"id": said.id, "kind": said.kind, "by": said.by, "issued": said.issued.isoformat()}


@click.command("audit")
@click.argument("log")
@POLICY
@VKEY
@KEYS
@click.option(
    "--against", multiple=True, metavar="FILE|DIR",
    help="What you remember: a checkpoint file, or a mirror; may be repeated.",
)  # fmt: skip
@click.option("--sealed", type=FILE, metavar="FILE", help="Salts and bodies of sealed statements, as JSON.")
@click.option("--no-statements", is_flag=True, help="The entries are no statements: look at the tree alone.")
@click.option(
    "--proof", type=FILE, default=Path("fork-proof.json"), show_default=True, metavar="FILE",
    help="Where the proof goes if the log has forked.",
)  # fmt: skip
@AS_JSON
def audit_command(
    log: str,
    policy_file: Path | None,
    vkeys: tuple[str, ...],
    keys_file: Path | None,
    against: tuple[str, ...],
    sealed: Path | None,
    no_statements: bool,
    proof: Path,
    as_json: bool,
) -> None:
    """Replay LOG, a folder, a store or an address, without trust in its writer, and name what is wrong.

    Exit code 1 if anything is: edited, dropped, reordered, truncated, rolled back, forked, a wrong key ...

    \b
    Example:
      riskshed audit public --policy policy.txt --against kept --json
    """
    from riskshed.audit import audit
    from riskshed.ledger.durable import write_file

    keys, policy = read_trust(vkeys, policy_file)
    report = audit(
        log,
        policy,
        logs=keys,
        keys=read_key_list(keys_file),
        against=against,
        sealed=None if sealed is None else _sealed(sealed),
        statements=not no_statements,
    )
    print_result(as_json, report.to_json(), report.to_text().rstrip("\n"))
    if report.proof is not None:
        write_file(proof, report.proof)
        click.echo(f"riskshed: the proof that the log has forked is in {proof}; publish it.", err=True)
    if not report.ok:
        sys.exit(EXIT_WORLD_IS_WRONG)


COMMANDS: tuple[click.Command, ...] = (mirror_command, verify_command, audit_command)
"""What the command line registers."""


def _sealed(file: Path) -> dict[str, tuple[bytes, bytes]]:
    """``{"<id>": {"salt": "<hex>", "body": "<text>"}}``."""
    try:
        told = json.loads(read_small(file))
        return {str(name): (bytes.fromhex(one["salt"]), one["body"].encode()) for name, one in told.items()}
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        wanted = '{"<id of a statement>": {"salt": "<hex>", "body": "<text>"}, ...}'
        raise InputError("sealed.malformed", f"{file} is not what was wanted: {wanted}") from error
