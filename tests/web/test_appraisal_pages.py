"""The appraisal in the pages: measured on the record, unknown where it is, filed by others or of oneself."""

from __future__ import annotations

from typing import Any

import officers
import pytest
from officers import HARBIN, INCIDENT, act, do, last

UNEP = "unep"
BOARD = f"/incidents/{INCIDENT}/appraisal/"


@pytest.fixture
def opened(node: Any, clock: Any) -> Any:
    officers.opened(node)
    told = officers.told(node)[HARBIN]
    node.desk(HARBIN, "duty-07").acknowledge(told)
    clock.forward(5)
    return node


def english(client: Any) -> str:
    return client.get(BOARD, headers={"accept-language": "en"}).content.decode()


def test_what_is_unknown_is_listed_and_not_scored(opened: Any, sign_in: Any) -> None:
    text = english(sign_in("auditor"))
    assert "unknown" in text
    assert "no joint plan came into force" in text


def test_a_third_party_files_it_and_the_file_says_the_same(opened: Any, people: Any, sign_in: Any) -> None:
    people[UNEP] = officers.commander(UNEP)
    assert do(sign_in(UNEP), act("appraise"), UNEP).status_code == 302
    said = last(opened, "AppraisalFiled")
    assert said.string("role") == "third_party"
    assert opened.file(said.records("files")[0]["digest"]) is not None
    assert "third party" in english(sign_in("harbin"))


def test_a_participant_judges_itself(opened: Any, sign_in: Any) -> None:
    assert do(sign_in("harbin-commander"), act("appraise"), HARBIN).status_code == 302
    assert last(opened, "AppraisalFiled").string("role") == "self"


def test_a_duty_officer_files_none(opened: Any, sign_in: Any) -> None:
    assert sign_in("harbin").get(act("appraise")).status_code == 403
