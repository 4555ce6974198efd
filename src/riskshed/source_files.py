"""The source of a pathway with all the files that it names: a release names its winds, a cascade its stages.

A pathway reads no formats, and whoever reads formats knows no pathway. Here both come together, for a case
and for a node.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskshed.exchange import wind_files
from riskshed.pathways import registry
from riskshed.pathways.cascade_source import CascadeSource
from riskshed.pathways.plume_release import Release


def read(pathway: registry.Pathway, path: Path) -> Any:
    """The source in a file, with the winds in the file that it names beside it.

    Raises
    ------
    InputFaults
        Those of the source or of its winds.
    InputError
        Those of the winds.
    """
    source = pathway.read(path)
    if isinstance(source, CascadeSource):
        return source.with_sources(lambda _, stage, file: _blown(stage, file))
    return _blown(source, path)


def _blown(source: Any, path: Path) -> Any:
    """A release in the winds of the file that it names; any other source as it is."""
    if isinstance(source, Release):
        return source.in_winds(wind_files.read(path.parent / source.wind))
    return source
