"""A node whose PostgreSQL dies under it: it says so, takes nothing half, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import postgres_server
import pytest
from node_kill.lives import Served
from test_adversity import SAID, Sender, is_plain_refusal, sending, until

pytestmark = pytest.mark.skipif(not postgres_server.is_there(), reason="no PostgreSQL can be started here")


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with postgres_server.running() as begun:
        yield begun


@pytest.fixture(scope="module")
def sender(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    address = postgres_server.new_database(server)
    served = Served(tmp_path_factory.mktemp("outage") / "node", RISKSHED_DATABASE_URL=address)
    with sending(served) as made:
        yield made


def test_while_the_database_is_away_it_is_said_and_afterwards_the_node_goes_on_by_itself(
    sender: Sender, server: Any
) -> None:
    assert sender.read("before", 20)[0] in SAID
    assert sender.report("before")[0] in SAID
    for outage in range(2):
        postgres_server.kill(server)
        refused = [sender.read(f"away{outage}", 20), sender.report(f"away {outage}")]
        assert all(is_plain_refusal(one) for one in refused), refused
        assert sender.health()[0] == 503
        assert sender.served.get("/public/")[0] == 200, "what is told to residents is a file"
        status, page = sender.served.get("/accounts/login/")
        assert status in (200, 503)
        assert b"Traceback" not in page
        server.ensure_postgres_running()
        # What was refused is sent again under the same names: nothing of it was kept, nothing comes twice.
        until(lambda n=outage: sender.read(f"away{n}", 20)[0] in SAID, "readings")
        until(lambda n=outage: sender.report(f"away {n}")[0] in SAID, "a report")
        until(lambda: sender.health()[0] == 200, "health")


def test_whatever_was_answered_is_there_once_afterwards(sender: Sender) -> None:
    served = sender.served
    assert served.stop() == 0, served.told[-2000:]
    found = served.house("judge")
    for name in ("doubled", "doubled_rows", "readings_twice_on_record", "audit", "rows_unlike_the_log"):
        assert found[name] == [], name
    assert found["rows"] == len(set(sender.readings)) > 0
    assert found["reports"] == dict.fromkeys(sender.reports, 1)
