"""The settings of a node: read from the environment and from nowhere else, and refused by name."""

import pytest

from riskshed.errors import InputFaults
from riskshed.web.environment import SETTINGS, read


def test_every_default_can_be_read_and_none_is_missing():
    given = read({})
    assert set(given.values) == {one.name for one in SETTINGS}
    assert given["PORT"] == 8000
    assert given["DEBUG"] is False
    assert given["SECRET_KEY"] is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("PORT", "0"), ("PORT", "65536"), ("PORT", "http"), ("DEBUG", "perhaps"), ("THREADS", "65"),
     ("SESSION_IDLE_MINUTES", "4"), ("MEMBERS", "9"), ("SECRET_KEY", "short")],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_its_name(name, text):
    with pytest.raises(InputFaults) as caught:
        read({f"RISKSHED_{name}": text})
    assert [fault.where for fault in caught.value.faults] == [f"RISKSHED_{name}"]


def test_all_wrong_values_are_told_at_once_and_no_secret_is_shown():
    with pytest.raises(InputFaults) as caught:
        read({"RISKSHED_PORT": "x", "RISKSHED_SECRET_KEY": "my short secret"})
    assert len(caught.value.faults) == 2
    assert "my short secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("1", True), ("TRUE", True), ("no", False), ("", False)]
)
def test_yes_and_no_may_be_written_in_several_ways(text, value):
    assert read({"RISKSHED_HTTPS": text})["HTTPS"] is value


@pytest.mark.parametrize(
    ("host", "public"),
    [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), ("::", True),
     ("10.0.0.7", True), ("risk.example", True)],
)  # fmt: skip
def test_an_address_is_public_if_others_can_reach_it(host, public):
    assert read({"RISKSHED_HOST": host}).is_public is public


def test_names_are_parted_by_commas():
    assert read({"RISKSHED_ALLOWED_HOSTS": " a.example, b.example ,"})["ALLOWED_HOSTS"] == (
        "a.example",
        "b.example",
    )
