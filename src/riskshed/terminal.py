"""What a replay shows in the terminal while it runs: progress, and a table of arrivals that fills in.

On a terminal the table is live: each forecast that is issued replaces what the one before it said, and a
front that was seen stays as it was seen. A narrow window shows fewer columns rather than cut ones. Anywhere
else (a pipe, a file, ``TERM=dumb``) plain lines are printed, one for each forecast and one for each section
in it, and no progress at all. ``NO_COLOR`` is honoured; without colour nothing is lost, since every state has
a sign or a word.

The screen is for people and goes to the error stream, so that what a program wants can be piped from the
other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text as Line

from riskshed.exchange import pathway_words
from riskshed.exchange.arrivals import Arrival, State
from riskshed.exchange.wording import UNKNOWN, Text, clock, decimal, is_day, offset, when
from riskshed.footprint import Footprint

Language = Literal["zh", "en"]

_HEADINGS = (  # after that of the rows
    Text("到达（中位数）", "Arrival (median)"),
    Text("90% 区间", "90% band"),
    Text("概率", "Prob."),
    Text("峰值", "Peak"),
    Text("实录", "Recorded"),
    Text("误差 (h)", "Error (h)"),
)
_RIGHT = (3, 4, 6)
_DROPPED_FIRST = (4, 3, 5, 6, 2)
_GAP = 2
_SIGNS: dict[State, tuple[str, str]] = {
    "observed": ("◆", "bold"),
    "passed": ("●", "bold cyan"),
    "near": ("●", "cyan"),
    "far": ("○", "cyan"),
    "unlikely": ("·", "dim"),
    "unknown": ("?", "dim"),
}
_SEEN, _PAST, _UNLIKELY = Text("实测", "seen"), Text("推算", "likely"), Text("或不到达", "may not come")
_NONE, _UNSCORED, _THAT_DAY = Text("无记录", "no record"), Text("不计", "seen"), Text("当日", "(day)")


@contextmanager
def watch(zone: tzinfo, *, language: Language = "zh", console: Console | None = None) -> Iterator[Watch]:
    """A `Watch` for the length of a ``with`` block.

    Parameters
    ----------
    zone : tzinfo
        Times are shown in it.
    console : rich Console, optional
        Where to draw; the error stream by default.
    """
    screen = console or Console(stderr=True)
    board = Watch(screen, zone, language)
    if not (screen.is_terminal and not screen.is_dumb_terminal):
        yield board
        return
    with Live(board.drawn(), console=screen, refresh_per_second=8) as live:
        board.live = live
        yield board
        board.finish()


class Watch:
    """The screen of one replay; owned by `watch`, changed only from the thread that entered it.

    Attributes
    ----------
    live : rich Live or None
        None where the screen is no terminal and lines are printed instead.
    """

    def __init__(self, console: Console, zone: tzinfo, language: Language) -> None:
        self.console = console
        self.zone = zone
        self.language = language
        self.live: Live | None = None
        self.table: Table | None = None
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self.tasks: dict[str, TaskID] = {}

    def step(self, doing: Text, done: int, total: int) -> None:
        """Say how far something is: a bar on a terminal, nothing elsewhere."""
        assert 0 <= done <= total, f"{done} of {total}"
        if self.live is None:
            return
        words = doing.said(self.language)
        is_new = words not in self.tasks
        if is_new:
            self.tasks[words] = self.bars.add_task(words, total=total)
        self.bars.update(self.tasks[words], completed=done, total=total)
        self._refresh(at_once=is_new)

    def say(self, words: Text) -> None:
        """One line that stays."""
        self.console.print(Line(words.said(self.language)), soft_wrap=True)

    def issued(self, label: Text, footprint: Footprint, rows: Sequence[Arrival]) -> None:
        """Show one forecast: the table changes on a terminal, its lines are printed elsewhere.

        Parameters
        ----------
        label : Text
            Why it was issued.
        rows : sequence of Arrival
            From `riskshed.exchange.arrivals.arrivals`.
        """
        year = footprint.issued.astimezone(self.zone).year
        moment = when(footprint.issued, self.zone, year)
        title = Text(f"{year} · {moment} 发布 · {label.zh}", f"{year} · issued {moment} · {label.en}")
        cells = [self._cells(row, footprint, year) for row in rows]
        if self.live is None:
            self._print_lines(title, cells)
            return
        self.table = self._table(title, footprint, rows, cells)
        self._refresh(at_once=True)

    def finish(self) -> None:
        """Take the bars away and leave the last table."""
        self.tasks.clear()
        if self.live is not None:
            self.live.update(self.table or Line(""), refresh=True)

    def drawn(self) -> Group:
        """What the live screen shows now."""
        shown = [part for part in (self.table, self.bars if self.tasks else None) if part is not None]
        return Group(*shown)

    def _refresh(self, *, at_once: bool) -> None:
        assert self.live is not None, "only a terminal is refreshed"
        self.live.update(self.drawn(), refresh=at_once)

    def _print_lines(self, title: Text, cells: Sequence[Sequence[str]]) -> None:
        self.say(title)
        for row in cells:
            self.console.print(Line("  " + "  ".join(row)), soft_wrap=True)

    def _table(
        self, title: Text, footprint: Footprint, rows: Sequence[Arrival], cells: Sequence[Sequence[str]]
    ) -> Table:
        one = pathway_words.rows_of(footprint.places, footprint.pathway).one
        headings = [heading.said(self.language) for heading in (one, *_HEADINGS)]
        signs = [_SIGNS[row.state] for row in rows]
        columns = [
            headings,
            *([f"{sign} {row[0]}", *row[1:]] for (sign, _), row in zip(signs, cells, strict=True)),
        ]
        kept = _kept(
            [max(map(cell_len, column)) for column in zip(*columns, strict=True)], self.console.width
        )
        table = Table(title=title.said(self.language), title_justify="left", title_style="bold", box=None)
        for column in kept:
            justify: Literal["left", "right"] = "right" if column in _RIGHT else "left"
            table.add_column(headings[column], justify=justify, no_wrap=True)
        for shown, (_, style) in zip(columns[1:], signs, strict=True):
            table.add_row(*(Line(shown[column], style=style if column == 0 else "") for column in kept))
        return table

    def _cells(self, row: Arrival, footprint: Footprint, year: int) -> list[str]:
        """The words of one section, none of them blank, times with their zone."""
        unknown = UNKNOWN.said(self.language)
        peak = pathway_words.of(footprint.pathway).number(row.peak.median)
        return [
            f"{row.number} {row.name.said(self.language)}",
            self._arrival(row, year),
            self._band(row, year),
            decimal(row.probability, 2) or unknown,
            unknown if peak is None else pathway_words.with_unit(peak, footprint.unit, self.language),
            self._record(row, year),
            self._error(row),
        ]

    def _arrival(self, row: Arrival, year: int) -> str:
        if row.state == "unlikely":
            return _UNLIKELY.said(self.language)
        moment = row.seen or row.median
        shown = UNKNOWN.said(self.language) if moment is None else when(moment, self.zone, year)
        return f"{shown} {_PAST.said(self.language)}" if row.state == "passed" else shown

    def _band(self, row: Arrival, year: int) -> str:
        if row.seen is not None:
            return _SEEN.said(self.language)
        if row.low is None or row.high is None:
            return UNKNOWN.said(self.language)
        return f"{clock(row.low, self.zone, year)} – {when(row.high, self.zone, year)}"

    def _record(self, row: Arrival, year: int) -> str:
        event = row.record
        if event is None:
            return _NONE.said(self.language)
        if event.earliest == event.latest:
            return when(event.earliest, self.zone, year)
        if is_day(event.earliest, event.latest, self.zone):
            day = clock(event.earliest, self.zone, year).rpartition(" ")[0]
            return f"{day}{offset(event.earliest, self.zone)} {_THAT_DAY.said(self.language)}"
        return f"{clock(event.earliest, self.zone, year)} – {when(event.latest, self.zone, year)}"

    def _error(self, row: Arrival) -> str:
        if row.seen is not None:
            return _UNSCORED.said(self.language)
        return decimal(row.error_h, 1, signed=True) or UNKNOWN.said(self.language)


def _kept(widths: Sequence[int], room: int) -> list[int]:
    """The columns that fit side by side: the least needed ones go first, never the section or its arrival."""
    kept = list(range(len(widths)))
    for column in _DROPPED_FIRST:
        if sum(widths[one] + _GAP for one in kept) <= room:
            break
        kept.remove(column)
    return kept
