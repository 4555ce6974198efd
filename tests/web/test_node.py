"""The living node: founded, opened, spoken at, heard."""

import shutil
from pathlib import Path

import pytest

from riskshed.errors import NotFoundError, RiskshedError
from riskshed.ledger.store import SqliteStore
from riskshed.web import current, projection
from riskshed.web.chain_worker import ChainWorker
from riskshed.web.demo_node import found_demo
from riskshed.web.models import StatementRow
from riskshed.web.node import LOG_FILE, Node

CITY = "230100"


def test_every_body_joins_with_its_key_and_every_member_signs(node):
    standing = node.standing()
    assert standing.set_aside == ()
    assert {"220200", CITY, "songhua-basin"} <= standing.bodies.keys()
    held = node.agreement()
    assert held is not None
    assert held.status == "in_force"
    assert node.regime().terms.code == held.code == "songhua-model"


def test_what_an_officer_says_stands_at_once(node):
    said = node.desk(CITY, "duty-07").take_watch("main")
    assert said in node.standing().statements
    assert node.index_of(said) == node.log.size - 1


def test_listeners_hear_each_statement_once_and_in_order(node):
    heard = []
    node.tick()
    node.listen(heard.extend)
    said = [node.desk(CITY, "duty-07").take_watch(desk) for desk in ("one", "two")]
    node.tick()
    node.tick()
    assert [one.statement.id for one in heard] == said


def test_a_listener_that_fails_does_not_silence_the_next(node):
    heard = []
    node.tick()
    node.listen(lambda _: 1 / 0)
    node.listen(heard.extend)
    node.desk(CITY, "duty-07").take_watch("main")
    node.tick()
    assert len(heard) == 1


def test_a_drill_is_said_with_another_key_and_stands_apart(node):
    said = node.desk(CITY, "duty-07", exercise=True).take_watch("main")
    assert said in node.standing(exercise=True).statements
    assert said not in node.standing().statements


def test_a_body_whose_key_is_elsewhere_cannot_be_spoken_for(node):
    with pytest.raises(NotFoundError, match="holds no statement key"):
        node.desk("elsewhere", "duty-01")


def test_a_node_opened_again_stands_as_before(node, clock, log_place):
    node.desk(CITY, "duty-07").take_watch("main")
    before = node.standing().to_bytes()
    home, _ = node.home, node.close()
    with Node(home, "riskshed demo", log_place, clock=clock) as again:
        assert again.standing().to_bytes() == before


def test_a_node_whose_log_is_elsewhere_does_not_begin_another_one(demo_home, tmp_path):
    home = tmp_path / "node"
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns(f"{LOG_FILE}*"))
    with pytest.raises(NotFoundError, match="is not in its folder") as told:
        Node(home, "riskshed demo")
    assert told.value.code == "node.log_missing"
    assert "RISKSHED_DATABASE_URL" in told.value.todo
    assert not (home / LOG_FILE).exists()


def test_a_file_without_a_log_is_not_taken_for_the_log_of_a_node(demo_home, tmp_path):
    home = tmp_path / "node"
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns(f"{LOG_FILE}*"))
    SqliteStore(home / LOG_FILE).close()
    with pytest.raises(NotFoundError, match="is not in its folder"):
        Node(home, "riskshed demo")


def test_a_file_is_kept_once_and_found_by_its_digest_alone(node):
    digest = node.keep_file(b"a footprint")
    assert node.keep_file(b"a footprint") == digest
    assert node.file(digest) == b"a footprint"
    assert node.file("sha256:" + "0" * 64) is None
    assert node.file("../log.key") is None


def test_a_founding_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(RiskshedError):
        found_demo(tmp_path / "node", Path("cases/songhua-2005"), speed=-1.0)
    assert list(tmp_path.iterdir()) == []


def test_rows_are_a_picture_that_can_be_dropped(node, db):
    assert projection.catch_up(node) == len(node.standing().statements)
    assert projection.compare(node) == []
    node.desk(CITY, "duty-07").take_watch("main")
    assert projection.compare(node) == [node.log.size - 1]
    assert projection.catch_up(node) == 1
    StatementRow.objects.filter(place=3).update(by="somebody")
    StatementRow.objects.filter(place=5).delete()
    assert projection.compare(node) == [3, 5]
    projection.rebuild(node)
    assert projection.compare(node) == []


@pytest.mark.django_db(transaction=True)
def test_a_node_started_again_owes_what_it_owed_before(node, clock, log_place):
    """The clock of a duty that rests on a forecast begins with the forecast, not with the start."""
    node.desk("220200", "duty-03").open_incident(
        "spill",
        name={"zh": "泄漏", "en": "Spill"},
        hazard_class="accident",
        hazard="nitrobenzene",
        city="220200",
        what={"zh": "苯胺装置爆炸", "en": "The aniline unit exploded."},
    )
    node.duties()
    for hours in (2, 3):
        clock.forward(hours)
        ChainWorker(node, 20).run()
        node._answers.clear()
        node.duties()
    before = {(one.duty.id, one.duty.due, one.state) for one in node.duties()}
    node.close()
    with Node(node.home, "riskshed demo", log_place, clock=clock) as again:
        after = {(one.duty.id, one.duty.due, one.state) for one in again.duties()}
    assert any(one.duty.is_foreseen for one in node._answers["duties", False][2])
    assert after == before


def test_an_entry_that_nobody_signed_rightly_is_no_statement_of_the_node(node):
    heard = []
    node.tick()
    node.listen(heard.extend)
    node.log.append(node.entry(0).replace(b'"sig":"', b'"sig":"AAAA', 1))
    said = node.desk(CITY, "duty-07").take_watch("main")
    node.tick()
    assert [one.statement.id for one in heard] == [said]
    assert len(node.record.refused) == 1


def test_rows_beyond_the_end_of_a_log_that_was_put_back_are_dropped(node, db):
    projection.catch_up(node)
    last = StatementRow.objects.get(place=3)
    StatementRow.objects.create(
        **{name: getattr(last, name) for name in projection.FIELDS} | {"place": node.log.size + 5}
    )
    projection.catch_up(node)
    assert projection.compare(node) == []


def test_a_demonstration_opens_with_its_own_passphrase_whatever_the_environment_says(
    demo_home, tmp_path, monkeypatch
):
    """Who works with key files has a passphrase in the environment; a demonstration starts all the same."""
    shutil.copytree(demo_home, tmp_path / "node")
    monkeypatch.setenv("RISKSHED_HOME", str(tmp_path / "node"))
    monkeypatch.setenv("RISKSHED_PASSPHRASE", "of other key files")
    with current.open_node() as node:
        assert node.desk(CITY, "duty-07").take_watch("main")
