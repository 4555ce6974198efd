"""Warnings as rows: one hazard once for whoever stands somewhere, every city for whoever stands anywhere."""

from datetime import timedelta

import pytest
from officers import plain

from riskshed.governance.draft import Draft
from riskshed.statement import time_text
from riskshed.web import warning_row

HARBIN, BAYAN, HEILONGJIANG = "230100", "230126", "230000"


@pytest.fixture
def say(node):
    """Somebody warns cities of the same spill."""
    node.desk("220200", "duty-03").open_incident("spill", **plain("IncidentOpened", hazard_class="accident"))

    def warn(by, *cities, level):
        body = plain("WarningIssued", level=level, cities=list(cities), hazard_class="accident")
        body |= {"expires": time_text(node.now() + timedelta(hours=24))}
        body |= {"onset": time_text(node.now()), "hazard": "nitrobenzene"}
        if level == "red":
            body["override"] = {"zh": "来不及", "en": "No time."}
        return node.desk(by, "duty-01").say(Draft("WarningIssued", by, "spill", None, body))

    return warn


def test_one_hazard_is_one_row_with_the_level_that_its_words_name(node, say):
    mine, other = say(HARBIN, HARBIN, level="orange"), say(BAYAN, BAYAN, level="red")
    (row,) = warning_row.active_rows(node.standing(), node.territory, HARBIN, node.now())
    assert (row.id, row.level) == (mine, "orange")
    assert [(one.by, one.graver) for one in row.others] == [(BAYAN, "red")]
    (row,) = warning_row.active_rows(node.standing(), node.territory, BAYAN, node.now())
    assert (row.id, row.level) == (other, "red")
    assert row.others[0].graver == ""


def test_for_readers_of_all_places_every_city_has_its_row(node, say):
    mine, other = say(HARBIN, HARBIN, level="orange"), say(BAYAN, BAYAN, level="red")
    rows = warning_row.rows_by_area(node.standing(), node.territory, node.now())
    assert [(row.id, row.others) for row in rows] == [(other, ()), (mine, ())]


def test_two_issuers_for_the_same_cities_are_one_row_for_all(node, say):
    say(HEILONGJIANG, HARBIN, level="yellow")
    mine = say(HARBIN, HARBIN, level="orange")
    (row,) = warning_row.rows_by_area(node.standing(), node.territory, node.now())
    assert row.id == mine
    assert [one.by for one in row.others] == [HEILONGJIANG]
