"""Every pathway that is listed is there, and says of itself what a cascade must know."""

from __future__ import annotations

import inspect
from pathlib import Path

import cascades
import pytest

from riskshed.errors import InputFaults, NotFoundError
from riskshed.pathways import registry

COMMON = {"region", "source", "members", "seed", "horizon_s", "treatments", "how", "workers"}


@pytest.mark.parametrize("name", sorted(registry.ENTRIES))
def test_a_pathway_takes_what_all_take(name: str) -> None:
    pathway = registry.named(name)
    parameters = inspect.signature(pathway.spread).parameters
    assert set(parameters) >= COMMON
    assert pathway.takes_onset == ("onset_s" in parameters)


@pytest.mark.parametrize("name", sorted(registry.ENTRIES))
def test_a_source_that_is_no_file_is_a_fault(name: str, tmp_path: Path) -> None:
    (tmp_path / "source.toml").write_text("nothing = 1\n")
    with pytest.raises(InputFaults):
        registry.named(name).read(tmp_path / "source.toml")


def test_a_source_says_when_it_begins(tmp_path: Path) -> None:
    path = cascades.write(tmp_path)
    cascade = registry.named("cascade")
    assert cascade.begins(cascade.read(path)).isoformat() == "2024-05-01T04:00:00+00:00"


def test_an_unknown_pathway_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(NotFoundError) as caught:
        registry.named("wind")
    assert caught.value.code == "pathway.unknown"
    assert "pollutant" in caught.value.todo
