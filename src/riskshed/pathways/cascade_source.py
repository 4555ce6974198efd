"""The file of a cascade, `cascade.toml`: read whole, or every fault named by file, line and key.

What a stage and a link are stands in `cascade_stage`. Files of stages lie in the folder of the cascade or
below it: a folder that somebody else sent must not make the reader open other files of this computer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from riskshed.errors import Fault, InputFaults
from riskshed.pathways import registry
from riskshed.pathways.cascade_keys import (
    CAUSE_KEYS,
    FILE_KEYS,
    GIVEN_KEYS,
    GIVEN_PLACE_KEYS,
    HEAD_KEYS,
    LINK_KEYS,
    PLACE_KEYS,
    RESERVE_KEYS,
    RESERVE_PLACE_KEYS,
    STAGE_KEYS,
)
from riskshed.pathways.cascade_stage import (
    GIVEN,
    HOUR_S,
    RESERVE,
    Cause,
    GivenPlace,
    Link,
    Stage,
    in_order,
)
from riskshed.pathways.toml_block import ZERO, Block, Keys, Lines, Manner
from riskshed.tables import read_toml

HOURS_MAX, MOST = 1e5, 1e12
MANNER = Manner("cascade.bad_value", "docs/guide/cascade.md")


@dataclass(frozen=True, eq=False)
class CascadeSource:
    """Stages and links, in an order in which each cause comes before what it sets off.

    Attributes
    ----------
    where : str
        The file, for messages.
    title_zh, title_en : str
    source_text : str
    stages : tuple of Stage
    links : tuple of Link
    origin : datetime
        When the first stage begins that nothing sets off.
    """

    where: str
    title_zh: str
    title_en: str
    source_text: str
    stages: tuple[Stage, ...]
    links: tuple[Link, ...]
    origin: datetime

    @staticmethod
    def read(path: Path, *, entries: Mapping[str, registry.Entry] = registry.ENTRIES) -> CascadeSource:
        """Read a cascade and the sources of its stages.

        Parameters
        ----------
        path : Path
            The file `cascade.toml`.
        entries : mapping of str to registry.Entry
            The pathways that a stage may have; a cascade is none of them.

        Raises
        ------
        InputFaults
            ``cascade.faults`` with every fault, those of the files of stages among them.
        """
        faults: list[Fault] = []
        raw = read_toml(path, faults)
        source = None if raw is None else _Parser(path, raw, entries, faults).cascade()
        if faults or source is None:
            raise InputFaults("cascade.faults", f"the cascade {path} cannot be used", faults)
        return source

    def with_sources(self, change: Callable[[str, Any, Path], Any]) -> CascadeSource:
        """The same cascade with the source of each stage that has a file replaced.

        Parameters
        ----------
        change : callable
            Called as ``change(pathway, source, file)``; gives the source to use, which begins when the other
            does. So winds come to a release, which no pathway reads by itself.
        """
        changed = (
            s if s.file is None else replace(s, source=change(s.pathway, s.source, s.file))
            for s in self.stages
        )
        return replace(self, stages=tuple(changed))

    def stage(self, stage_id: str) -> Stage:
        """The stage of this id."""
        return next(stage for stage in self.stages if stage.id == stage_id)

    def links_to(self, stage_id: str) -> tuple[Link, ...]:
        """The links that set a stage off; none for one that happens in every member."""
        return tuple(link for link in self.links if link.to == stage_id)


class _Parser:
    def __init__(
        self, path: Path, raw: Any, entries: Mapping[str, registry.Entry], faults: list[Fault]
    ) -> None:
        self.path, self.faults = path, faults
        self.entries = {name: entry for name, entry in entries.items() if name != "cascade"}
        self.lines = Lines(path)
        self.head = self._block(raw, "", self.lines.head())

    def _block(self, raw: Any, name: str, block: range) -> Block:
        return Block(raw, name, block, self.lines, self.faults, MANNER)

    def cascade(self) -> CascadeSource | None:
        head = self.head
        texts = {key: head.text(key) for key, *_ in HEAD_KEYS}
        head.only(HEAD_KEYS, more=("stage", "link"))
        rows = [(raw, self.lines.block("stage", i)) for i, raw in enumerate(head.rows("stage"))]
        blocks = [self._block(raw, f"stage[{i}]", block) for i, (raw, block) in enumerate(rows)]
        links = [
            self._link(self._block(raw, f"link[{i}]", self.lines.block("link", i)))
            for i, raw in enumerate(head.rows("link"))
        ]
        set_off = {link.to for link in links}
        stages = [self._stage(block, set_off) for block in blocks]
        if not stages:
            head.fault("stage", None, "at least one [[stage]]")
        self._check_names(blocks, stages, links)
        if self.faults:
            return None
        ordered = in_order(str(self.path), stages, links)
        begins = [s.begins for s in ordered if s.begins is not None and s.id not in set_off]
        return CascadeSource(
            str(self.path), texts["title_zh"], texts["title_en"], texts["source"], ordered, tuple(links),
            min(begins),
        )  # fmt: skip

    def _stage(self, block: Block, set_off: set[str]) -> Stage:
        pathway = block.choice("pathway", (GIVEN, RESERVE, *sorted(self.entries)))
        stage = Stage(
            id=block.text("id"), pathway=pathway, title_zh=block.text("title_zh"),
            title_en=block.text("title_en"), source=None, file=None, begins=None, quantity="", unit="",
            threshold=0.0, places=(), source_text="", line=block.line(),
        )  # fmt: skip
        if pathway == GIVEN:
            return self._given(block, stage, stage.id in set_off)
        if pathway == RESERVE:
            return self._reserve(block, stage, stage.id in set_off)
        block.only(STAGE_KEYS, FILE_KEYS)
        return self._with_file(block, stage)

    def _given(self, block: Block, stage: Stage, is_set_off: bool) -> Stage:
        block.only(STAGE_KEYS, GIVEN_KEYS, more=("place",))
        begins = None
        if not is_set_off:
            begins = block.time("begins")
        elif "begins" in block.raw:
            block.fault("begins", block.raw["begins"], "no begin, since a link sets this stage off")
        return replace(
            stage,
            begins=begins,
            quantity=block.text("quantity"),
            unit=block.text("unit"),
            threshold=block.number("threshold", 0.0, MOST),
            places=self._places(block, GIVEN_PLACE_KEYS),
            source_text=block.text("source"),
        )

    def _reserve(self, block: Block, stage: Stage, is_set_off: bool) -> Stage:
        block.only(STAGE_KEYS, RESERVE_KEYS, more=("place",))
        if not is_set_off:
            block.fault("id", stage.id, "a [[link]] to it: a supply stops because of something")
        return replace(
            stage,
            quantity="share of the supply that is gone",
            unit="1",
            threshold=0.0,
            places=self._places(block, RESERVE_PLACE_KEYS),
            source_text=block.text("source"),
        )

    def _places(self, block: Block, own: Keys) -> tuple[GivenPlace, ...]:
        raws = block.rows("place")
        if not raws:
            block.fault("place", None, "at least one [[stage.place]]")
        places = []
        for i, raw in enumerate(raws):
            lines = self.lines.block("stage.place", i, block.block)
            row = self._block(raw, f"{block.name}.place[{i}]", lines)
            row.only(PLACE_KEYS, own)
            places.append(_given_place(row) if own is GIVEN_PLACE_KEYS else _reserve_place(row))
        if len({place.id for place in places}) < len(places):
            block.fault("place", ", ".join(place.id for place in places), "places of different ids")
        return tuple(places)

    def _with_file(self, block: Block, stage: Stage) -> Stage:
        name = block.text("file")
        path = self.path.parent / name
        if not name or stage.pathway not in self.entries:
            return stage
        try:
            inside = path.resolve(strict=True).is_relative_to(self.path.parent.resolve())
        except (OSError, RuntimeError, ValueError):
            inside = False
        if not inside:
            block.fault("file", name, "a file in the folder of the cascade or below it")
            return stage
        pathway = registry.named(stage.pathway, self.entries)
        try:
            source = pathway.read(path)
        except InputFaults as error:
            self.faults += error.faults
            return stage
        return replace(stage, source=source, file=path, begins=pathway.begins(source))

    def _link(self, block: Block) -> Link:
        block.only(LINK_KEYS)
        rows = block.rows("causes")
        if not rows:
            block.fault("causes", block.raw.get("causes"), "at least one cause")
        needs = block.choice("needs", ("any", "all"), None if len(rows) > 1 else "any")
        causes = [self._cause(block, raw, f"{block.name}.causes[{i}]") for i, raw in enumerate(rows)]
        return Link(
            id=block.text("id"),
            to=block.text("to"),
            causes=tuple(causes),
            needs="all" if needs == "all" else "any",
            probability=block.span("probability", 1.0),
            delay_s=block.span("delay_h", HOURS_MAX, factor=HOUR_S),
            source_text=block.text("source"),
            line=block.line(),
            causes_line=block.line("causes"),
        )

    def _cause(self, link: Block, raw: Any, name: str) -> Cause:
        first = link.line("causes") or 0
        block = self._block(raw, name, range(first, first + 1))
        block.only(CAUSE_KEYS)
        when = block.choice("when", ("arrival", "peak", "duration"))
        at_least = 0.0
        if when != "arrival":
            at_least = block.number("at_least", 0.0, MOST if when == "peak" else HOURS_MAX)
        elif "at_least" in block.raw:
            block.fault("at_least", block.raw["at_least"], "none, since an arrival has no size")
        factor = HOUR_S if when == "duration" else 1.0
        place = block.text("place", optional=True) or None
        return Cause(block.text("stage"), place, when, at_least * factor)  # type: ignore[arg-type]

    def _check_names(self, blocks: list[Block], stages: list[Stage], links: list[Link]) -> None:
        """Ids come once, and every link is between stages that there are."""
        ids = [stage.id for stage in stages]
        for block, stage in zip(blocks, stages, strict=True):
            if ids.count(stage.id) > 1:
                block.fault("id", stage.id, "an id that no other stage has")
        names = [link.id for link in links]
        wanted = f"one of {', '.join(ids)}"
        for i, link in enumerate(links):
            block = self._block({}, f"link[{i}]", self.lines.block("link", i))
            if names.count(link.id) > 1:
                block.fault("id", link.id, "an id that no other link has")
            if link.to and link.to not in ids:
                block.fault("to", link.to, wanted, "cascade.unknown_stage")
            for cause in link.causes:
                if cause.stage and cause.stage not in ids:
                    block.fault("causes", cause.stage, wanted, "cascade.unknown_stage")


def _given_place(row: Block) -> GivenPlace:
    return replace(
        _place(row),
        after_s=row.span("after_h", HOURS_MAX, factor=HOUR_S, default=ZERO),
        lasts_s=row.span("lasts_h", HOURS_MAX, factor=HOUR_S),
        intensity_median=row.number("intensity_median", 0.0, MOST),
        intensity_log_sd=row.number("intensity_log_sd", 0.0, 10.0),
    )


def _reserve_place(row: Block) -> GivenPlace:
    share = row.number("share", 0.0, 1.0, 1.0)
    if share == 0.0 and row.raw.get("share") == 0:
        row.fault("share", 0, "a share above 0")
    return replace(
        _place(row),
        buffer_s=row.span("buffer_h", HOURS_MAX, factor=HOUR_S),
        restart_s=row.span("restart_h", HOURS_MAX, factor=HOUR_S),
        share=share,
    )


def _place(row: Block) -> GivenPlace:
    city = row.text("city")
    return GivenPlace(
        id=row.text("id", optional=True) or city,
        city=city,
        name_zh=row.text("name_zh", optional=True) or None,
        name_en=row.text("name_en", optional=True) or None,
        people=row.number("people", 0.0, 1e10) if "people" in row.raw else None,
        after_s=ZERO, lasts_s=ZERO, intensity_median=0.0, intensity_log_sd=0.0,
        buffer_s=ZERO, restart_s=ZERO, share=1.0,
    )  # fmt: skip
