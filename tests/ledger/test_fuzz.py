"""No bytes at all break a parser: they are accepted and written the same, or refused in words."""

from __future__ import annotations

import pytest
from fuzz.targets import TARGETS, seeds
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = seeds()


@st.composite
def spoiled(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """Bytes that are right but for a few places."""
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        until = draw(st.integers(at, min(len(data), at + 40)))
        data[at:until] = draw(
            st.binary(max_size=4)
            | st.sampled_from([b"\n", b" ", b"+", b"=", b"0", b"\xc2\x85", bytes(data[at:until]) * 2])
        )
    return bytes(data)


def test_every_parser_has_seeds() -> None:
    assert set(SEEDS) == set(TARGETS)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_is_right_is_accepted(name: str) -> None:
    for data in SEEDS[name]:
        TARGETS[name](data)


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_is_nearly_right_breaks_nothing(name: str, data: st.DataObject) -> None:
    TARGETS[name](data.draw(spoiled(SEEDS[name])))


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_bytes_break_anything(name: str, data: bytes) -> None:
    TARGETS[name](data)
