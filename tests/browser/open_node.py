"""The node of the open side in a process of its own, whose clock the test moves on; for the browser.

python open_node.py found HOME START     makes it
python open_node.py serve                serves RISKSHED_HOME; the file `forward_h` in it moves the clock on
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import story_node

from riskshed.web import beginning, chain_worker, current, environment, house
from riskshed.web.node import Node
from riskshed.web.profile import Profile

FORWARD = "forward_h"
TURN_S = 3.0
"""What is due is looked for so often, so that no test waits for a minute."""


def clock(home: Path) -> Callable[[], datetime]:
    """The clock of the profile, and so many hours more as the file says at the time."""
    profile = Profile.read(home)

    def now() -> datetime:
        ahead_h = 0.0
        with suppress(FileNotFoundError, ValueError):
            ahead_h = float((home / FORWARD).read_text())
        return profile.now() + timedelta(hours=ahead_h)

    return now


def serve() -> None:
    given = environment.read()
    beginning.prepare(given)
    chain_worker.LOOKS_EVERY_S = TURN_S
    current.use(Node(given.home, current.DEMO_PASSPHRASE, clock=clock(given.home)))
    house.run(given, tell=lambda line: print(line, flush=True))


if __name__ == "__main__":
    if sys.argv[1] == "found":
        print(story_node.found(Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]), 1.0))
    else:
        serve()
