"""What the commands of the signed record share: options, small files, passphrases, whom to believe.

A passphrase never stands on a command line, where every process list shows it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from riskshed.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from riskshed.audit_keys import ListedKey
    from riskshed.ledger.keys import VerifierKey
    from riskshed.ledger.policy import Policy

EXIT_WORLD_IS_WRONG = 1
PASSPHRASE_VARIABLE = "RISKSHED_PASSPHRASE"  # noqa: S105  the name of the variable, not what is in it
PASSPHRASE_BYTES_MAX = 4_096
FILE_BYTES_MAX = 2**22

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
PASSPHRASE_FILE = click.option(
    "--passphrase-file", type=FILE, metavar="FILE",
    help=f"The passphrase is the first line of FILE; else {PASSPHRASE_VARIABLE}, else it is asked.",
)  # fmt: skip
POLICY = click.option(
    "--policy", "policy_file", type=FILE, metavar="FILE",
    help="Policy: which logs and witnesses are believed.",
)  # fmt: skip
KEYS = click.option(
    "--keys", "keys_file", type=FILE, metavar="FILE",
    help="Key list: the keys of the bodies, as you know them.",
)  # fmt: skip
VKEY = click.option(
    "--key", "vkeys", multiple=True, metavar="VKEY", help="Verifier key of the log; may be given twice."
)

SEED = click.option("--seed", type=int, default=1, show_default=True, help="Seed of all random numbers.")
MEMBERS = click.option(
    "--members",
    type=click.IntRange(2, 100_000),
    default=1000,
    show_default=True,
    help="Members of the ensemble.",
)
WORKERS = click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, show_default=True,
    help="Threads; the result does not depend on them.",
)  # fmt: skip
LANG = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="Language. Without it, that of the environment (LC_ALL, LC_MESSAGES, LANG), else English.",
)


def language(lang: str | None) -> Literal["zh", "en"]:
    """The language of the reader: as asked for, else that of the environment, else English."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = lang or next(filter(None, named), "")
    return "zh" if chosen.startswith("zh") else "en"


def moment(text: str, option: str) -> datetime:
    """The time that an option names; a time without its zone is wrong usage."""
    from riskshed.columns import parse_time

    try:
        return parse_time(text)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def print_result(as_json: bool, value: object, text: str) -> None:
    """One JSON object, or the text for a person."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) if as_json else text)


def read_small(path: Path, bytes_max: int = FILE_BYTES_MAX) -> bytes:
    """A small file, whole."""
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(
            "file.unreadable", f"{path} cannot be read: {why}", todo="Look at the name."
        ) from error
    if len(data) > bytes_max:
        raise InputError("file.size", f"{path} has more than {bytes_max} bytes")
    return data


def passphrase(file: Path | None, *, confirm: bool = False) -> str:
    """From a file, the environment, or the keyboard; never from the command line."""
    if file is not None:
        lines = read_small(file, PASSPHRASE_BYTES_MAX).decode("utf-8", "replace").splitlines()
        return lines[0] if lines else ""
    told = os.environ.get(PASSPHRASE_VARIABLE)
    if told is not None:
        return told
    if not sys.stdin.isatty():
        todo = f"Name a file with --passphrase-file, or set {PASSPHRASE_VARIABLE}."
        raise InputError("passphrase.missing", "there is no passphrase, and nobody to ask", todo=todo)
    told = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return str(told)


def read_policy(file: Path) -> Policy:
    """The policy in a file."""
    from riskshed.ledger.policy import Policy

    return Policy.parse(read_small(file), str(file))


def read_trust(
    vkeys: Iterable[str], policy_file: Path | None, *, option: str = "--key"
) -> tuple[tuple[VerifierKey, ...], Policy | None]:
    """Whose word counts; who trusts nobody can verify nothing."""
    from riskshed.ledger.keys import VerifierKey

    keys = tuple(VerifierKey.parse(one) for one in vkeys)
    if not keys and policy_file is None:
        raise click.UsageError(f"say whom you believe: --policy FILE or {option} VKEY")
    return keys, None if policy_file is None else read_policy(policy_file)


def read_belief(
    vkeys: Iterable[str], policy_file: Path | None
) -> tuple[tuple[VerifierKey, ...], Policy | None]:
    """Whose word counts, where a log may also be read without: nobody's, if nobody is named."""
    return read_trust(vkeys, policy_file) if vkeys or policy_file else ((), None)


def read_key_list(file: Path | None) -> tuple[ListedKey, ...] | None:
    """The key list in a file, None without one."""
    from riskshed.audit_keys import parse_key_list

    return None if file is None else parse_key_list(read_small(file), str(file))


def folder(path: Path) -> None:
    """Make a folder for results."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            "out.unwritable",
            f"{path} cannot be made: {error.strerror}",
            todo="Name another folder with --out.",
        ) from error


def write_text(path: Path, text: str) -> None:
    """Put a text file in place at once; nothing is left behind where that cannot be done."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as home:
            draft = Path(home) / path.name
            draft.write_text(text + "\n", encoding="utf-8")
            draft.replace(path)
    except OSError as error:
        raise InputError(
            "out.unwritable",
            f"{path} cannot be written: {error.strerror}",
            todo="Name another folder with --out.",
        ) from error
