"""The keys of bodies: encrypted, apart by role, opened when they are first used."""

import pytest

from riskshed.errors import KeyRefusedError, NotFoundError
from riskshed.web.keyring import Keyring

COST = 2**4


@pytest.fixture
def ring(tmp_path):
    made = Keyring(tmp_path / "keys", "a passphrase")
    for role in ("statement", "exercise"):
        made.make("outside:220000", role, cost=COST)
    return made


def test_a_key_made_is_the_key_found_by_another_ring(ring):
    again = Keyring(ring.folder, "a passphrase")
    assert again.key("outside:220000").verifier == ring.key("outside:220000").verifier
    assert again.bodies() == ("outside:220000",)


def test_the_two_roles_have_two_keys(ring):
    assert ring.key("outside:220000").verifier != ring.key("outside:220000", "exercise").verifier
    assert ring.key("outside:220000", "exercise").role == "exercise"


def test_a_wrong_passphrase_opens_nothing(ring):
    with pytest.raises(KeyRefusedError, match="does not open"):
        Keyring(ring.folder, "another").key("outside:220000")


def test_a_body_without_a_key_here_is_named(ring):
    with pytest.raises(NotFoundError, match="230100"):
        ring.key("230100")
    assert ring.verifier("230100") is None


def test_a_name_leads_nowhere_else(ring):
    with pytest.raises(NotFoundError):
        ring.key("../exercise/outside:220000")


def test_the_private_key_is_not_in_the_file(ring):
    secret = ring.key("outside:220000").private_bytes_raw()
    for file in ring.folder.rglob("*.key"):
        assert secret not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_a_key_is_never_written_over(ring):
    with pytest.raises(KeyRefusedError, match="already"):
        ring.make("outside:220000", "statement", cost=COST)


def test_a_key_for_drills_in_the_place_of_the_other_is_refused(ring):
    places = [ring.folder / role / "outside%3A220000.key" for role in ("statement", "exercise")]
    places[0].write_bytes(places[1].read_bytes())
    with pytest.raises(KeyRefusedError, match="want one with the role"):
        Keyring(ring.folder, "a passphrase").key("outside:220000")
