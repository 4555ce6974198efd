"""The bodies of sealed statements that a node keeps for the parties, until somebody asks to forget them.

    sealed/<commit>.json     {"salt": "<hex>", "body": "<text>"}

The log holds ``commit``, the digest of salt and body, and stays as it is for ever. What lies here can be
taken away: without the salt nobody can find the body by trying, and an audit of the log finds nothing wrong.
The file is there before the statement is, so that a crash between the two loses nobody's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskshed.governance.draft import Draft
from riskshed.ledger.durable import flush_folders, write_file
from riskshed.statement import Sealed, Statement, seal, unseal
from riskshed.web.node import Node

FOLDER = "sealed"
_COMMIT = re.compile(r"sha256:([0-9a-f]{64})")


def say(node: Node, officer: str, draft: Draft, recipients: tuple[str, ...], **how: Any) -> str:
    """Say something whose body stays off the record, and keep the body here; the id of the statement.

    Parameters
    ----------
    node : Node
    officer : str
        At the desk of the body of the draft.
    draft : Draft
        Its body is the one that is sealed.
    recipients : tuple of str
        The bodies that may read it, besides the one that says it.
    **how
        As of `Node.desk`: ``exercise``.

    Raises
    ------
    StatementError
        What is wrong with the body. Nothing was said or kept.
    RiskshedError
        As of `Desk.say_sealed`; nothing was said, and what was kept is gone again.
    """
    body = seal(draft.kind, draft.body)
    keep(node, body)
    try:
        return node.desk(draft.by, officer, **how).say_sealed(draft, body, recipients)
    except BaseException:
        drop(node, body)
        raise


def keep(node: Node, body: Sealed) -> None:
    """Keep salt and body durably; before the statement is said."""
    told = {"salt": body.salt.hex(), "body": body.body.decode()}
    write_file(_file(node, body.commit), json.dumps(told, ensure_ascii=False).encode())


def drop(node: Node, body: Sealed) -> None:
    """Take away what was kept, and was never said after all."""
    _file(node, body.commit).unlink(missing_ok=True)


def read(node: Node, said: Statement, reader: str) -> Mapping[str, Any] | None:
    """The body of a sealed statement, for a body that may read it.

    None if `reader` neither said it nor is among its recipients, or if the node does not have it (any more).
    """
    if said.commit is None or reader not in (said.by, *said.recipients):
        return None
    return opened(node.home / FOLDER, said)


def opened(folder: Path, said: Statement) -> Mapping[str, Any] | None:
    """The body of a sealed statement from a folder of a keeper; None if it is not there."""
    file = folder / _name(said.commit or "")
    if said.commit is None or not file.is_file():
        return None
    told = json.loads(file.read_bytes())
    return unseal(said, bytes.fromhex(told["salt"]), told["body"].encode())


def forget(node: Node, said: Statement) -> bool:
    """Take salt and body away for good; False if there was nothing. The log stays as it is."""
    if said.commit is None:
        return False
    return remove(_file(node, said.commit))


def remove(file: Path) -> bool:
    """Remove a file so that it does not come back after a loss of power; False if there was none."""
    if not file.is_file():
        return False
    file.unlink()
    flush_folders([file.parent])
    return True


def _file(node: Node, commit: str) -> Path:
    name = _name(commit)
    assert name, "the vocabulary lets no other commit pass"
    return node.home / FOLDER / name


def _name(commit: str) -> str:
    found = _COMMIT.fullmatch(commit)
    return "" if found is None else f"{found[1]}.json"
