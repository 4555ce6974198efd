"""The voices of a demonstration: read strictly, said by the desk, and a community is there when it begins."""

import shutil

import pytest

from riskshed.case import find
from riskshed.errors import InputFaults
from riskshed.governance import community, parties
from riskshed.web import demo_said
from riskshed.web.demo_case import Demo
from riskshed.web.demo_said import Voices

CASE = find("songhua-2005")


def test_the_community_of_the_case_is_heard_and_one_voice_is_held(node, db, clock):
    demo = Demo.read(CASE)
    voices = Voices(node, demo.opening.code)
    node.desk(demo.opening.city, "duty-01").open_incident(demo.opening.code, **demo.opening.fields)
    said = {}
    for one in demo_said.read(CASE):
        clock.at = one.at
        said[one.name] = voices.say(one)
    standing = node.standing()
    assert standing.set_aside == ()
    heard = {one.by for one in community.stream(standing, node.region)}
    assert {"harbin-waterworks", "jiamusi-fishers", "harbin-daoli", "harbin-produce", "230100"} <= heard
    assert [one.by for one in community.held(standing, "harbin-filters")] == ["harbin-filters"]
    assert not parties.voice(standing, "harbin-filters").is_known
    assert standing.news[said["daoli-first"]].corrected_by == said["daoli-corrected"]
    assert standing.field_reports[said["resident"]].confirmed is True


def test_everything_invented_says_so_and_what_happened_has_a_source():
    demo = Demo.read(CASE)
    invented = {one.code for one in demo.bodies if "示范" in one.name["zh"]}
    for one in demo_said.read(CASE):
        if one.kind == "NewsShared" and one.by not in invented:
            assert one.body["source"], one.name


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ('kind = "NewsShared"', 'kind = "NewsSold"', "NewsSold"),
        ('replies_to = "daoli-first"', 'replies_to = "nobody"', "nobody"),
        ('id = "schools"', 'id = "city-stop"', "city-stop"),
        ('supports = ["@resident"]', 'supports = ["@later"]', "later"),
        ("at = 2005-11-22T21:30:00+08:00", "at = 2005-11-22T21:30:00", "21:30"),
        ('officer = "rep-01"', 'officer = "rep-01"\ncolour = "red"', "colour"),
    ],
)
def test_a_wrong_file_is_refused_with_every_fault(tmp_path, wrong, right, told):
    folder = tmp_path / "case"
    folder.mkdir()
    text = (CASE / demo_said.FILE).read_text("utf-8")
    assert wrong in text
    (folder / demo_said.FILE).write_text(text.replace(wrong, right, 1), "utf-8")
    with pytest.raises(InputFaults) as caught:
        demo_said.read(folder)
    assert any(told in str(fault) for fault in caught.value.faults)


def test_a_case_without_voices_has_none(tmp_path):
    shutil.copy(CASE / "case.toml", tmp_path)
    assert demo_said.read(tmp_path) == ()
