"""The public page as plain files: one for each language, the same as JSON, a sheet and an icon.

When it matters most, everybody looks at once. So what the public sees asks no database and no node: files
with relative links, which any web server, cache or CDN carries, and which work without a script. They are
made when a warning comes, changes or ends by itself, and otherwise every few minutes, because a page that
says "as of yesterday" is one that nobody should trust. Each file is written whole or not at all.

Only actual warnings for everybody are in it; drills never are.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from riskshed.errors import RiskshedError
from riskshed.governance import plain_language
from riskshed.governance.plain_language import PlainText
from riskshed.governance.standing import Standing
from riskshed.ledger.durable import write_file
from riskshed.web import community_board, frame, warning_row, wording
from riskshed.web.node import Indexed, Node

FOLDER = "public"
PAGES: Mapping[str, str] = {"zh-hans": "index.zh.html", "en": "index.en.html"}
DATA = "warnings.json"
COPIED = ("public.css", "icon.svg", "read-aloud.js")
KINDS = ("WarningIssued", "WarningUpdated", "WarningCancelled")
WHOLE_MAX, LISTED_MAX = 6, 20
"""So many warnings are told in full, the gravest first, and so many more in a line; the feed has all."""
AGAIN_S = 300
"""By the real clock: so old may a page become while nothing changes."""

_static = Path(__file__).parent / "static" / "riskshed"
_log = logging.getLogger("riskshed.web")


@dataclass(frozen=True, slots=True)
class PublicWarning:
    """A warning as the public reads it; `place` is that of the statement in the log."""

    id: str
    by: str
    level: str
    hazard_class: str
    headline: Mapping[str, str]
    description: Mapping[str, str]
    instruction: Mapping[str, str]
    cities: tuple[str, ...]
    issued: datetime
    onset: datetime | None
    expires: datetime
    change: Mapping[str, str] | None
    contact: str
    others: tuple[warning_row.Other, ...]
    place: int | None
    cap_url: str
    told: PlainText | None = None

    @property
    def plain(self) -> tuple[str, ...]:
        """In plain words what stands nowhere else on the page: what it is, when it comes, what else to do."""
        if self.told is None:
            return ()
        tongue = wording.tongue()
        said = (self.told.what[tongue], self.told.when[tongue], *self.told.advice(tongue))
        return (*said, *plain_language.explained(" ".join((*said, *self.steps)), tongue))

    @property
    def groups(self) -> list[tuple[str, tuple[plain_language.Message, ...]]]:
        """The words for those who need other words."""
        return community_board.for_groups(self.told) if self.told is not None else []

    @property
    def steps(self) -> list[str]:
        """What to do, one act a line, as the issuer wrote it."""
        lines = str(wording.words(self.instruction)).splitlines() if self.instruction else []
        return [line.strip() for line in lines if line.strip()]

    def to_json(self, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """For a machine; unknown is null."""
        return {
            "id": self.id,
            "by": {"code": self.by, "name": dict(names.get(self.by, {}))},
            "level": self.level,
            "hazard_class": self.hazard_class,
            "headline": dict(self.headline),
            "description": dict(self.description),
            "instruction": dict(self.instruction),
            "cities": [{"code": code, "name": dict(names.get(code, {}))} for code in self.cities],
            "issued": self.issued.isoformat(),
            "onset": self.onset.isoformat() if self.onset else None,
            "expires": self.expires.isoformat(),
            "log_index": self.place,
            "cap": self.cap_url,
        }


def warnings(node: Node, standing: Standing, now: datetime) -> tuple[PublicWarning, ...]:
    """The actual warnings for everybody that hold at a time, area by area, the gravest first."""
    assert not standing.exercise, "a drill is never shown to the public"
    rows = warning_row.rows_by_area(standing, node.territory, now)
    return tuple(_warning(node, standing, row) for row in rows if _is_public(standing, row.id))


def _is_public(standing: Standing, identity: str) -> bool:
    said = standing.statements[identity].statement
    return said.visibility == "public" and said.body is not None


def _warning(node: Node, standing: Standing, row: warning_row.WarningRow) -> PublicWarning:
    said, held = standing.statements[row.id].statement, standing.warnings[row.id]
    change = said.words("change") if said.kind == "WarningUpdated" and said.has("change") else None
    return PublicWarning(
        id=row.id,
        by=row.by,
        level=row.level,
        hazard_class=held.hazard_class,
        headline=row.headline,
        description=said.words("description"),
        instruction=row.instruction,
        cities=held.cities,
        issued=row.issued,
        onset=row.onset,
        expires=row.expires,
        change=change,
        contact=said.string("contact") if said.has("contact") else "",
        others=tuple(one for one in row.others),
        place=node.index_of(row.id),
        cap_url=f"{node.profile.url}/feeds/cap/{row.id}.xml",
        told=community_board.in_plain_words(node, standing, row.id),
    )


# ------------------------------------------------------------------------------------------------ making


def make(node: Node, now: datetime | None = None) -> dict[str, bytes]:
    """All files, by name, as things stand."""
    now = now or node.now()
    held = warnings(node, node.standing(), now)
    made = {name: (_static / name).read_bytes() for name in COPIED}
    for language, name in PAGES.items():
        with translation.override(language):
            made[name] = _page(node, held, now).encode()
    return made | {DATA: _data(node, held, now)}


def _page(node: Node, held: Sequence[PublicWarning], now: datetime) -> str:
    tongue = wording.tongue()
    other = (
        {"code": "en", "url": PAGES["en"]} if tongue == "zh" else {"code": "zh-Hans", "url": PAGES["zh-hans"]}
    )
    return render_to_string(
        "riskshed/public_page.html",
        {
            "title": node.profile.title,
            "is_demo": node.profile.is_demo,
            "node_url": node.profile.url,
            "html_language": wording.html_language(),
            "language": tongue,
            "other": other,
            "made_at": now,
            "shown_again_min": AGAIN_S // 60,
            "zone_note": frame.zone_note(wording.Clock(now, node.profile.zone)),
            "count": len(held),
            "rows": held[:WHOLE_MAX],
            "more": held[WHOLE_MAX : WHOLE_MAX + LISTED_MAX],
            "unlisted": max(len(held) - WHOLE_MAX - LISTED_MAX, 0),
            "levels": {one.level for one in held[:WHOLE_MAX]},
        },
    )


def _data(node: Node, held: Sequence[PublicWarning], now: datetime) -> bytes:
    names = node.names()
    told = {
        "title": dict(node.profile.title),
        "as_of": now.isoformat(timespec="seconds"),
        "demonstration": node.profile.is_demo,
        "warnings": [one.to_json(names) for one in held],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def write(node: Node, folder: Path, now: datetime | None = None) -> dict[str, bytes]:
    """Make all files and put them into a folder, each whole or not at all; those that are the same stay.

    Raises
    ------
    RiskshedError
        The folder cannot be written.
    """
    made = make(node, now)
    # The pages come last: who reads one finds what it links to.
    for name in sorted(made, key=lambda name: name.endswith(".html")):
        path = folder / name
        if not path.is_file() or path.read_bytes() != made[name]:
            write_file(path, made[name])
    return made


# ------------------------------------------------------------------------------------------------ keeping


@dataclass
class Keeper:
    """Keeps the files of a node as things stand: hears what is said, and watches what runs out.

    Parameters
    ----------
    node : Node
    folder : Path
    """

    node: Node
    folder: Path
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _files: Mapping[str, bytes] = field(default_factory=dict)
    _held: tuple[str, ...] | None = None
    _made_s: float = 0.0
    _bell: threading.Event = field(default_factory=threading.Event)
    _closing: bool = False
    _thread: threading.Thread | None = None

    def files(self) -> Mapping[str, bytes]:
        """The files as things stand, made again if something has changed or they are old."""
        with self._guard:
            held = self._stands()
            if held != self._held or time.monotonic() - self._made_s >= AGAIN_S:
                self._files = self._write()
                self._held, self._made_s = held, time.monotonic()
            return self._files

    def _stands(self) -> tuple[str, ...]:
        """What decides whether the files are right: the warnings that hold, and nothing else."""
        standing, now = self.node.standing(), self.node.now()
        return tuple(
            one.id for one in standing.warnings.values() if one.status == "active" and now < one.expires
        )

    def _write(self) -> Mapping[str, bytes]:
        """On a full disk the page is still shown; the files for others stay as they were."""
        try:
            return write(self.node, self.folder)
        except RiskshedError as error:
            _log.error("the public files cannot be written: %s", error)
            return make(self.node)

    # ------------------------------------------------------------------------------- while nobody looks

    def start(self) -> None:
        """Keep the files right from now on, whether anybody asks or not."""
        assert self._thread is None, "it is started once"
        self.node.listen(self.heard)
        self._thread = threading.Thread(target=self._run, name="public files", daemon=True)
        self._thread.start()

    def heard(self, came: Sequence[Indexed]) -> None:
        """A listener of the node."""
        if any(one.statement.kind in KINDS and not one.statement.exercise for one in came):
            self._bell.set()

    def stop(self) -> None:
        """End the thread."""
        self._closing = True
        self._bell.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, every_s: float = 1.0) -> None:
        while not self._closing:
            try:
                self.files()
            except Exception:
                # It must try again: a page that stays wrong because of one bad moment is the worse fault.
                _log.exception("the public files could not be made")
            # A warning runs out by the clock of the node, which may run faster than the real one.
            self._bell.wait(every_s)
            self._bell.clear()


_keepers: weakref.WeakKeyDictionary[Node, Keeper] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def keeper(node: Node) -> Keeper:
    """The keeper of a node; its files lie in the folder of the node."""
    with _guard:
        if node not in _keepers:
            _keepers[node] = Keeper(node, node.home / FOLDER)
        return _keepers[node]
