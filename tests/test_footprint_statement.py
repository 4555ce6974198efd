"""A footprint as file and statement; one that crosses no border has none."""

from __future__ import annotations

import json
from dataclasses import replace

from cast import SHANG, XIA, ZHONG
from governance.foreseen import EAST
from live import REGION, SOURCES
from readings import at

from riskshed.footprint import Footprint
from riskshed.footprint_statement import EVIDENCE_MAX, issue
from riskshed.forecaster import Forecaster, Start
from riskshed.governance.outlook import of_footprint
from riskshed.statement import digest_text, make


def footprint() -> Footprint:
    found = Forecaster(REGION, SOURCES, members=20).foresee("nitrobenzene", Start("shang", at(1)), (), at(2))
    assert found.footprint is not None
    return found.footprint


def test_the_body_is_a_statement_and_names_its_file() -> None:
    issued = issue(footprint(), readings=["ab" * 32], title="footprint 1", zone=EAST)
    assert issued is not None
    said = make("FootprintIssued", by=SHANG, officer="o", issued=at(2), body=issued.body, about="spill")
    assert [row["city"] for row in said.records("arrivals")] == [ZHONG, XIA]
    assert issued.digest == digest_text(issued.data)
    assert json.loads(issued.data)["members"] == 20
    assert said.string("situation") == "1"
    assert said.records("arrivals")[0]["middle"].endswith("+08:00")


def test_people_are_told_where_they_are_known_and_left_out_where_not() -> None:
    whole = footprint()
    people = whole.exposed_people.copy()
    people[:] = 1_200.0
    people[-1] = float("nan")
    issued = issue(replace(whole, exposed_people=people), readings=(), title="footprint 1", zone=EAST)
    assert issued is not None
    told = {row["city"]: row.get("exposed_people") for row in issued.body["arrivals"]}
    assert 1_200 in told.values()
    assert None in told.values()


def test_of_a_city_of_which_nothing_is_known_nothing_is_told() -> None:
    whole = footprint()
    sections = [row for row, place in enumerate(whole.places) if place.city == XIA]
    arrival_s = whole.arrival_s.copy()
    arrival_s[sections] = float("inf")
    unknown = tuple(whole.places[row].id for row in sections)
    for given, told in (((), [ZHONG, XIA]), (unknown, [ZHONG])):
        foreseen = replace(whole, arrival_s=arrival_s, unknown=given)
        issued = issue(foreseen, readings=(), title="footprint 1", zone=EAST)
        assert issued is not None
        assert [row["city"] for row in issued.body["arrivals"]] == told
        assert [one.city for one in of_footprint(foreseen).coming] == told


def test_of_many_readings_the_latest_are_named() -> None:
    ids = [f"{number:064x}" for number in range(EVIDENCE_MAX + 5)]
    issued = issue(footprint(), readings=ids, title="footprint 1", zone=EAST)
    assert issued is not None
    assert issued.body["readings"] == ids[5:]


def test_what_crosses_no_border_is_nobody_elses_business() -> None:
    whole = footprint()
    never = replace(
        whole,
        arrival_s=whole.arrival_s * 0 + float("inf"),
        exposed_people=whole.exposed_people * 0,
        hazard_cities=(SHANG,),
    )
    assert issue(never, readings=(), title="footprint 1", zone=EAST) is None
