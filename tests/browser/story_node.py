"""A node in a process of its own, with its people and a token, as an operator would run it: for the browser.

python story_node.py found HOME START SPEED    makes it, and prints a token as JSON
python story_node.py serve                     serves RISKSHED_HOME
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from riskshed.case import find
from riskshed.web import beginning, current, demo_case, demo_node, environment

beginning.set_up()

from django.contrib.auth import get_user_model

from riskshed.web import house, operations, tokens

PASSWORD = demo_node.PASSWORD


def found(home: Path, start: datetime, speed: float) -> str:
    """Found the node of the Songhua case; returns a token of the coordination body."""
    demo_node.found_demo(home, find("songhua-2005"), start=start, speed=speed)
    beginning.prepare(environment.read())
    with current.open_node() as node:
        for one in demo_case.logins("songhua-2005"):
            for role in one.roles:
                operations.add_person(node, one.user, one.body, role, one.officer, PASSWORD)
    admin = get_user_model().objects.get(username="admin")
    _, secret = tokens.make("songhua-basin", "stations", ["analyst", "duty_officer"], 30, admin)
    demo_node.start_clock(home, start, speed)
    return secret


def serve() -> None:
    """Serve it with everything that works beside the pages."""
    given = environment.read()
    beginning.prepare(given)
    house.run(given, tell=lambda line: print(line, flush=True))


if __name__ == "__main__":
    if sys.argv[1] == "found":
        made = found(Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]), float(sys.argv[4]))
        print(json.dumps({"token": made}))
    else:
        serve()
