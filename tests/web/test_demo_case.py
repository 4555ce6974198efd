"""What a case brings to a demonstration: read strictly, whatever the pathway of the case."""

import shutil

import pytest

from riskshed.case import find
from riskshed.errors import InputFaults
from riskshed.web import demo_case
from riskshed.web.demo_case import Demo

FAULTS = [
    ('origin = "', 'colour = "red"\norigin = "', "colour"),
    ('title = { zh = "', 'title = { de = "', "title"),
    ('watch = ["thresholds.toml"', 'watch = ["nothing.toml"', "watch"),
    ("neighbours = [[", 'neighbours = [["220100"], [', "neighbours"),
    ('roles = ["auditor"', 'roles = ["king"', "login.roles"),
    ('body = "220200"', 'body = "999999"', "login.body"),
    ('kind = "chamber"', 'kind = "club"', "party.kind"),
    ("begins = 2005-", "begins = 1999-", "begins"),
    ("begins = 2005-11-23T12:00:00+08:00", "begins = 2005-11-23T12:00:00", "begins"),
]


@pytest.mark.parametrize(("old", "new", "key"), FAULTS)
def test_what_is_wrong_is_named(tmp_path, old, new, key):
    folder = tmp_path / "case"
    shutil.copytree(find("songhua-2005"), folder)
    file = folder / demo_case.FILE
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputFaults) as caught:
        Demo.read(folder)
    assert caught.value.code == "demo.faults"
    assert key in {fault.column for fault in caught.value.faults}


def test_case_with_a_river_and_case_of_cities_tell_the_same_things():
    river, cities = Demo.read("songhua-2005"), Demo.read("changchun-2022")
    for one in (river, cities):
        codes = [body.code for body in one.bodies]
        assert len(set(codes)) == len(codes)
        assert codes[0] == one.coordination.code
        assert set(one.opening.fields) == {"name", "hazard_class", "hazard", "city", "what"}
        assert one.opening.city in codes
        assert one.starts < one.begins
        assert {"administrator", "auditor", "representative"} <= {
            role for each in one.logins for role in each.roles
        }
    assert len(river.signals) > 5
    assert cities.opening.fields["hazard"] == "supply_interruption"


def test_plants_of_a_cluster_join_as_enterprises_of_their_city():
    demo = Demo.read("changchun-2022")
    joined = {one.code: one for one in demo.bodies if one.kind == "enterprise"}
    assert {one.id: one.city for one in demo.region.plants}.items() <= {
        c: b.city for c, b in joined.items()
    }.items()


def test_case_without_the_file_is_none():
    assert demo_case.is_one(find("changchun-2022"))
    assert not demo_case.is_one(find("outbreak"))
