"""A node whose log lies in PostgreSQL: founded there, opened there, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import postgres_server
import pytest

from riskshed.case import find
from riskshed.errors import InputError, NotFoundError
from riskshed.web import backup, current, projection
from riskshed.web.demo_node import found_demo
from riskshed.web.node import LOG_FILE, Node
from tests.web.conftest import RELEASE, Clock

CITY = "230100"
pytestmark = pytest.mark.skipif(not postgres_server.is_there(), reason="no PostgreSQL can be started here")


@pytest.fixture(scope="module")
def server() -> Iterator[object]:
    with postgres_server.running() as begun:
        yield begun


@pytest.mark.django_db
def test_a_node_lives_in_postgresql_and_is_opened_nowhere_else(server, tmp_path: Path) -> None:
    home, clock, address = tmp_path / "node", Clock(RELEASE), postgres_server.new_database(server)
    found_demo(home, find("songhua-2005"), start=RELEASE, database=address)
    assert not (home / LOG_FILE).exists()
    with Node(home, current.DEMO_PASSPHRASE, address, clock=clock) as node:
        said = node.desk(CITY, "duty-07").take_watch("main")
        projection.rebuild(node)
        assert projection.compare(node) == []
    with Node(home, current.DEMO_PASSPHRASE, address, clock=clock) as again:
        assert said in again.standing().statements
    for elsewhere in (None, postgres_server.new_database(server)):
        with pytest.raises(NotFoundError) as told:
            Node(home, current.DEMO_PASSPHRASE, elsewhere, clock=clock)
        assert told.value.code == "node.log_missing"
    assert not (home / LOG_FILE).exists()
    with pytest.raises(NotFoundError, match="lies in PostgreSQL"):
        backup.take(home, tmp_path / "backup")


@pytest.mark.django_db
def test_a_node_with_a_log_in_its_folder_and_one_in_postgresql_is_not_opened(server, tmp_path: Path) -> None:
    home, clock, address = tmp_path / "node", Clock(RELEASE), postgres_server.new_database(server)
    found_demo(home, find("songhua-2005"), start=RELEASE, database=address)
    found_demo(tmp_path / "other", find("songhua-2005"), start=RELEASE)
    for one in (tmp_path / "other").glob(f"{LOG_FILE}*"):
        shutil.copy(one, home / one.name)
    for _ in range(2):  # what is refused is let go
        with pytest.raises(InputError) as told:
            Node(home, current.DEMO_PASSPHRASE, address, clock=clock)
        assert told.value.code == "node.two_logs"
    assert str(home / LOG_FILE) in told.value.what
    assert urlsplit(address).path.strip("/") in told.value.what
    (home / LOG_FILE).unlink()
    Node(home, current.DEMO_PASSPHRASE, address, clock=clock).close()
