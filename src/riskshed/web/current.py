"""The node of this process, for the code that Django calls."""

from __future__ import annotations

import threading
from collections.abc import Callable

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


def open_node(ask: Callable[[], str] | None = None) -> Node:
    """Open the node that the environment names.

    Parameters
    ----------
    ask : callable, optional
        Gives the passphrase; without it, that of the environment is taken. A demonstration asks for none.
    """
    given = environment.read()
    if Profile.read(given.home).is_demo:
        passphrase = DEMO_PASSPHRASE
    else:
        passphrase = given["PASSPHRASE"] or "" if ask is None else ask()
    return Node(given.home, passphrase, given["DATABASE_URL"])


def use(other: Node | None) -> None:
    """Let this be the node of the process; None closes the one there is. For start, end and tests."""
    with _guard:
        for one in _nodes:
            if one is not other:
                one.close()
        _nodes[:] = [] if other is None else [other]
