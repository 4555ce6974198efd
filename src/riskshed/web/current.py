"""The node of this process, for the code that Django calls."""

from __future__ import annotations

import threading

from riskshed.web import environment
from riskshed.web.node import Node
from riskshed.web.profile import Profile

DEMO_PASSPHRASE = "riskshed demo"  # noqa: S105  everybody knows it; `serve` refuses it on a public address
_guard = threading.Lock()
_nodes: list[Node] = []


def node() -> Node:
    """The node, opened when it is first asked for.

    Raises
    ------
    RiskshedError
        It cannot be opened; nothing is kept, so that the next call tries again.
    """
    with _guard:
        if not _nodes:
            _nodes.append(open_node())
        return _nodes[0]


def open_node() -> Node:
    """Open the node that the environment names."""
    given = environment.read()
    passphrase = given["PASSPHRASE"]
    if passphrase is None and Profile.read(given.home).is_demo:
        passphrase = DEMO_PASSPHRASE
    return Node(given.home, passphrase or "", given["DATABASE_URL"])


def use(other: Node | None) -> None:
    """Let this be the node of the process; None closes the one there is. For start, end and tests."""
    with _guard:
        for one in _nodes:
            if one is not other:
                one.close()
        _nodes[:] = [] if other is None else [other]
