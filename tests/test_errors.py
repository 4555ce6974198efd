"""An error says what is wrong and what to do, also after it has come back from another process."""

from __future__ import annotations

import pickle

import pytest

from riskshed.errors import (
    DomainError,
    Fault,
    InputError,
    InputFaults,
    MissingExtraError,
    NotFoundError,
    RiskshedError,
)

FAULT = Fault("region.unknown_id", "reaches.csv", 7, "down_id", "99", "an id of this file", "Mend it.")
ERRORS = [
    RiskshedError("a.b", "it is wrong", todo="Mend it"),
    InputError("a.b", "it is wrong"),
    InputFaults("a.b", "2 faults", [FAULT, FAULT], todo="Mend them"),
    NotFoundError("a.b", "没有", todo="再找"),
    DomainError("a.b", "it is wrong"),
    MissingExtraError("distributed", "scale"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_the_way_between_processes(error: RiskshedError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert back.to_json() == error.to_json()
    assert back.args == error.args


def test_a_note_on_an_error_survives_too() -> None:
    error = DomainError("a.b", "it is wrong")
    error.add_note("in member 7")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["in member 7"]


def test_a_fault_names_its_place_and_what_to_do() -> None:
    assert str(FAULT) == "reaches.csv, line 7, column down_id: got 99, want an id of this file. Mend it."
