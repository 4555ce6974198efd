"""A backup verifies against the head of its log, or is none."""

import shutil
import sqlite3
from contextlib import closing

import postgres_server
import pytest

from riskshed.errors import InputError, InputFaults, NotFoundError, StoreError
from riskshed.web import backup
from riskshed.web.node import LOG_FILE, Node

pytestmark = pytest.mark.skipif(
    postgres_server.is_asked_for(), reason="a log in PostgreSQL is kept with pg_dump, not in this backup"
)

CITY = "230100"


def test_a_node_comes_back_as_it_stood(node, clock, tmp_path):
    said = node.desk(CITY, "duty-07").take_watch("main")
    node.keep_file(b"a footprint")
    made = backup.take(node.home, tmp_path / "backup")
    assert (made.size, made.root) == (node.log.size, node.log.root.hex())
    before = node.standing().to_bytes()
    backup.restore(tmp_path / "backup", tmp_path / "again")
    with Node(tmp_path / "again", "riskshed demo", clock=clock) as again:
        assert again.standing().to_bytes() == before
        assert again.index_of(said) == node.index_of(said)
        again.desk(CITY, "duty-07").take_watch("second")


def test_what_is_said_while_a_backup_is_taken_does_not_spoil_it(node, tmp_path):
    node.desk(CITY, "duty-07").take_watch("main")
    made = backup.take(node.home, tmp_path / "backup")
    node.desk(CITY, "duty-07").take_watch("second")
    assert backup.verify(tmp_path / "backup").size == made.size == node.log.size - 1


@pytest.mark.parametrize("name", ["log.db", "node.toml", "keys/statement/230100.key"])
def test_a_flipped_byte_is_named(node, tmp_path, name):
    backup.take(node.home, tmp_path / "backup")
    file = tmp_path / "backup" / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(InputFaults) as caught:
        backup.restore(tmp_path / "backup", tmp_path / "again")
    assert [fault.where for fault in caught.value.faults] == [name]
    assert not (tmp_path / "again").exists()


def test_a_shorter_log_under_the_same_list_is_refused(node, tmp_path):
    """Somebody who can write the list can write its digests; the root he cannot."""
    backup.take(node.home, tmp_path / "backup")
    listed = (tmp_path / "backup" / backup.MANIFEST).read_text().splitlines()
    size, root = listed[0].split()[1:]
    listed[0] = f"log {int(size) + 1} {root}"
    (tmp_path / "backup" / backup.MANIFEST).write_text("\n".join(listed) + "\n")
    with pytest.raises(InputFaults, match="cannot be used"):
        backup.verify(tmp_path / "backup")


def test_a_missing_and_a_strange_file_are_named(node, tmp_path):
    backup.take(node.home, tmp_path / "backup")
    (tmp_path / "backup" / "log.key").unlink()
    (tmp_path / "backup" / "strange").write_text("?")
    with pytest.raises(InputFaults) as caught:
        backup.verify(tmp_path / "backup")
    assert [fault.where for fault in caught.value.faults] == ["log.key", "strange"]


def test_a_damaged_log_is_not_backed_up(node, tmp_path):
    home = tmp_path / "copy"
    shutil.copytree(node.home, home)
    with closing(sqlite3.connect(home / LOG_FILE)) as database:
        (start, data), *_ = database.execute("SELECT start, data FROM piece LIMIT 1")
        changed = data[:-1] + bytes([data[-1] ^ 1])
        database.execute("UPDATE piece SET data = ? WHERE start = ?", (changed, start))
        database.commit()
    with pytest.raises(StoreError, match="do not have the root"):
        backup.take(home, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_nothing_is_written_over(node, tmp_path):
    (tmp_path / "backup").mkdir()
    with pytest.raises(InputError, match="there is something"):
        backup.take(node.home, tmp_path / "backup")
    with pytest.raises(NotFoundError):
        backup.verify(tmp_path / "backup")
    with pytest.raises(NotFoundError, match="no node"):
        backup.take(tmp_path / "nowhere", tmp_path / "other")
