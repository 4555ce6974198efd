"""What one file of a region folder says of another: every reference leads somewhere, and no id is used
twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from riskshed import region_files as files
from riskshed.boundaries import Feature
from riskshed.errors import Fault
from riskshed.network import Network
from riskshed.tables import FaultBook, Limits, Table, shown


class Checks:
    """References between the files. A file that could not be read is not asked, so that one fault is told
    once."""

    def __init__(
        self, folder: Path, tables: Mapping[str, Table | None], faults: list[Fault], limits: Limits
    ) -> None:
        self.folder, self.tables, self.faults, self.limits = folder, tables, faults, limits

    def _book(self, name: str) -> FaultBook:
        return FaultBook(str(self.folder / name), self.faults, self.limits)

    def codes(self, name: str, column: str) -> set[str] | None:
        """What the column of this file holds; None if the file was there and could not be read."""
        if name not in self.tables:
            return set()
        table = self.tables[name]
        return None if table is None else {code for code in table[column] if code is not None}

    def run(self, network: Network | None, river_read: bool, has_sections: bool) -> None:
        """Look at every reference but those of the boundaries.

        Parameters
        ----------
        network : Network or None
        river_read : bool
            Whether all that the folder says of its river could be read; otherwise no section is looked for on
            it.
        has_sections : bool
            Whether the folder has sections.csv.
        """
        cities = self.tables.get("cities.csv")
        if cities is not None and len(cities) == 0:
            todo = "Add a row for each city."
            self._book("cities.csv").add("region.empty", None, None, "no cities", "at least one city", todo)
        for name, column in (
            ("cities.csv", "code"),
            ("bodies.csv", "code"),
            ("sections.csv", "id"),
            ("plants.csv", "id"),
        ):
            self._unique(name, column)
        places, bodies = self.codes("cities.csv", "code"), self.codes("bodies.csv", "code")
        if places is not None and bodies is not None:
            self._superiors("cities.csv", "parent", places | bodies)
            self._superiors("bodies.csv", "superior", places | bodies)
        if places is not None:
            self._known("sections.csv", "city", places)
            self._known("people.csv", "city", places)
            for column in ("from", "to"):
                self._known("travel.csv", column, places)
            self._known("plants.csv", "city", places)
        self._travel()
        self._supply()
        for name in ("cities.csv", "sections.csv"):
            self._whole_points(name)
        if has_sections and river_read:
            self._on_the_river(network)

    def _unique(self, name: str, column: str) -> None:
        table, book, seen = self.tables.get(name), self._book(name), dict[str, int]()
        for line, code in zip(table.lines, table[column], strict=True) if table else ():
            if code in seen:
                got = f"{shown(code)} again, as on line {seen[code]}"
                book.add("region.duplicate_id", line, column, got, "each once", "Give one of them another.")
            seen.setdefault(code, line)
        book.close()

    def _known(self, name: str, column: str, codes: set[str], of: str = "cities.csv") -> None:
        table, book = self.tables.get(name), self._book(name)
        for line, code in zip(table.lines, table[column], strict=True) if table else ():
            if code is not None and code not in codes:
                what, todo = "an id" if of == "plants.csv" else "a code", f"Add it to {of}, or correct it."
                book.add("region.unknown_id", line, column, shown(code), f"{what} of {of}", todo)
        book.close()

    def _superiors(self, name: str, column: str, codes: set[str]) -> None:
        table, book = self.tables.get(name), self._book(name)
        if table is None:
            return
        round_about = _above_themselves(dict(zip(table["code"], table[column], strict=True)))
        for line, code, superior in zip(table.lines, table["code"], table[column], strict=True):
            if superior is None or superior.startswith(files.OUTSIDE):
                continue
            if superior not in codes:
                todo = f"Add a row for it, or write {files.OUTSIDE}{shown(superior)[1:-1]}."
                book.add("region.unknown_id", line, column, shown(superior), "a code of this folder", todo)
            elif code in round_about:
                book.add("region.own_superior", line, column, f"{shown(code)} above itself", "a superior")
        book.close()

    def _whole_points(self, name: str) -> None:
        table, book = self.tables.get(name), self._book(name)
        for line, lat, lon in zip(table.lines, table["lat"], table["lon"], strict=True) if table else ():
            if np.isnan(lat) != np.isnan(lon):
                column = "lat" if np.isnan(lat) else "lon"
                book.add("region.half_a_point", line, column, "an empty cell", "both lat and lon, or neither")
        book.close()

    def _travel(self) -> None:
        table, book = self.tables.get("travel.csv"), self._book("travel.csv")
        seen = dict[tuple[str, str, Any], int]()
        rows = zip(table.lines, *(table[c] for c in ("from", "to", "since")), strict=True) if table else ()
        for line, start, end, since in rows:
            if start == end:
                got, todo = f"{shown(end)}, where they are already", "Leave the row out."
                book.add("region.own_travel", line, "to", got, "another city", todo)
            elif (start, end, since) in seen:
                got = f"the same two cities and time as on line {seen[start, end, since]}"
                book.add("region.duplicate_id", line, "since", got, "each once", "Keep one of them.")
            seen.setdefault((start, end, since), line)
        book.close()

    def _supply(self) -> None:
        """Links between plants that are there, each part once, with covers and shares that can be."""
        plants = self.codes("plants.csv", "id")
        if plants is not None:
            for column in ("supplier", "customer"):
                self._known("supply_links.csv", column, plants, "plants.csv")
        table, book = self.tables.get("supply_links.csv"), self._book("supply_links.csv")
        seen, shares = dict[tuple[str, ...], int](), dict[tuple[str, str], float]()
        rows = zip(table.lines, table.rows(), strict=True) if table else ()
        for line, row in rows:
            key = (row["supplier"], row["customer"], row["part"])
            if row["supplier"] == row["customer"]:
                todo = "Leave the row out."
                book.add(
                    "region.own_supplier", line, "customer", "the supplier itself", "another plant", todo
                )
            elif key in seen:
                got = f"the same plants and part as on line {seen[key]}"
                book.add("region.duplicate_id", line, "part", got, "each once", "Keep one of them.")
            seen.setdefault(key, line)
            low, high = row["cover_low_d"], row["cover_high_d"]
            if (low is None) != (high is None) or (low is not None and low > high):
                got, wanted = f"{low} to {high} days", "both or neither, the lower not above the higher"
                book.add("region.bad_cover", line, "cover_high_d", got, wanted)
            part = (row["customer"], row["part"])
            shares[part] = shares.get(part, 0.0) + (row["share"] or 0.0)
            if shares[part] > 1.0 + 1e-9:
                got = f"{shares[part]:g} of {shown(row['part'])} together"
                book.add("region.bad_share", line, "share", got, "shares of a part of 1 or less together")
        book.close()

    def _on_the_river(self, network: Network | None) -> None:
        table, book = self.tables.get("sections.csv"), self._book("sections.csv")
        known = set() if network is None else set(network.ids.tolist())
        wanted = "a reach of the river network" if network is not None else "a river network in the folder"
        for line, reach in zip(table.lines, table["reach_id"], strict=True) if table else ():
            if int(reach) not in known:
                got = f"reach {reach}: a section off the river"
                book.add("region.section_off_river", line, "reach_id", got, wanted, "Correct the reach.")
        book.close()

    def boundaries(self, features: Sequence[Feature]) -> dict[str, Mapping[str, Any]]:
        """The geometry of each city that has one, by code; a feature of no city is a fault."""
        book, cities = self._book("boundaries.geojson"), self.codes("cities.csv", "code")
        found: dict[str, Mapping[str, Any]] = {}
        for number, feature in enumerate(features):
            place, code = f"features[{number}]", feature.properties.get("code")
            kind = feature.geometry["type"] if feature.geometry else "nothing"
            if not isinstance(code, str) or (cities is not None and code not in cities):
                book.add("region.unknown_id", None, place, shown(str(code)), "properties.code of cities.csv")
            elif code in found:
                book.add("region.duplicate_id", None, place, f"{shown(code)} again", "each city once")
            elif kind not in ("Polygon", "MultiPolygon"):
                book.add("region.bad_boundary", None, place, kind, "a Polygon or MultiPolygon")
            else:
                assert feature.geometry is not None
                found[code] = feature.geometry
        book.close()
        return found


def _above_themselves(above: Mapping[str, str | None]) -> set[str]:
    """The codes whose chain of superiors comes back to them; each code is walked over once."""
    done, found = set[str](), set[str]()
    for start in above:
        path, at = dict[str, int](), start
        while at in above and at not in done and at not in path:
            path[at] = len(path)
            at = above[at] or ""
        if at in path:
            found.update(list(path)[path[at] :])
        done.update(path)
    return found
