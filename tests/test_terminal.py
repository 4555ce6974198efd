"""The screen of a replay: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from story import BEIJING, footprint, readings, record, region

from riskshed.exchange.arrivals import arrivals
from riskshed.exchange.wording import Text
from riskshed.terminal import Language, watch

FOOTPRINT = footprint(3)
ROWS = arrivals(FOOTPRINT, region(), readings(), record())
LABEL = Text("木兰见锋", "front seen at Mulan")


def shown(*, terminal: bool, language: Language = "en", width: int = 120, **more: object) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=width, _environ={}, **more)
    with watch(BEIJING, language=language, console=console) as screen:
        screen.step(Text("成员", "members"), 32, 64)
        screen.issued(LABEL, FOOTPRINT, ROWS)
        screen.step(Text("成员", "members"), 64, 64)
    return console.file.getvalue()


def test_a_pipe_gets_plain_lines_and_no_progress() -> None:
    told = shown(terminal=False)
    assert "\x1b" not in told
    assert "members" not in told
    assert len(told.splitlines()) == 1 + len(ROWS)


def test_every_line_has_its_zone_and_no_blank() -> None:
    lines = shown(terminal=False).splitlines()[1:]
    assert all("+08" in line or "unknown" in line for line in lines)
    assert not [line for line in lines if len(re.split(r"\s{2,}", line.strip())) != 7]


def test_chinese_is_chinese() -> None:
    told = shown(terminal=False, language="zh")
    assert "木兰见锋" in told
    assert "unknown" not in told


def test_a_terminal_shows_progress_and_ends_with_the_table() -> None:
    told = shown(terminal=True)
    assert "members" in told
    last = told.rpartition("issued 11-29")[2]
    assert "Tongjiang" in last
    assert "members" not in last


def test_without_colour_the_words_are_the_same() -> None:
    plain = shown(terminal=True, no_color=True)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)
    assert "◆ 4 Mulan" in plain


@pytest.mark.parametrize("width", [60, 80, 100, 130])
def test_a_narrow_window_drops_columns_and_cuts_none(width: int) -> None:
    told = shown(terminal=True, width=width)
    assert "…" not in told
    assert "12 Tongjiang" in told


def test_the_band_stays_longer_than_the_peak() -> None:
    assert "90% band" in shown(terminal=True, width=80)
    assert "Peak" not in shown(terminal=True, width=80)
    assert "Peak" in shown(terminal=True, width=130)
