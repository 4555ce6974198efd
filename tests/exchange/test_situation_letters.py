"""What the letter faces can set, and what stands where they cannot."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from riskshed.exchange.situation_letters import BROKEN_TO, FACES, SHOWN_MAX, Setter, settable


def test_all_of_gb_2312_can_be_set() -> None:
    codes = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    hanzi = {told for code in codes if (told := code.decode("gb2312", errors="ignore"))}
    assert len(hanzi) == 6763
    assert hanzi <= settable()


def test_names_of_rare_districts_can_be_set() -> None:
    assert set("盱眙鄄城睢宁亳州邛崃歙县浉河㟃") - settable() <= {"㟃"}


def test_all_that_the_cases_say_can_be_set() -> None:
    cases = Path(__file__).parents[2] / "cases"
    told = {one for path in cases.rglob("*.csv") for one in path.read_text("utf-8")}
    assert {one for one in told if "\u4e00" <= one <= "\u9fff"} <= settable()


def test_invisible_characters_and_marks_that_combine_cannot() -> None:
    assert not {one for one in settable() - {"\n"} if unicodedata.category(one)[0] in "CM"}


@pytest.mark.parametrize(
    "text", ["哈尔滨市", "Harbin, “quoted” – 0.017 mg/L", "Хабаровск", "two\nlines", "①Ⅰ±≥"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    setter = Setter()
    assert setter.set(text) == text
    assert not setter.missing


def test_run_of_characters_that_cannot_be_set_is_one_bracket() -> None:
    setter = Setter()
    assert setter.set("a\u202e\u05d0b") == "a〔U+202E U+05D0〕b"
    assert list(setter.missing) == ["\u202e", "\u05d0"]


def test_long_run_is_counted_and_not_written_out() -> None:
    told = Setter().set("\u05d0" * 1000)
    assert told.count("U+05D0") == SHOWN_MAX
    assert told.endswith("… ×1000〕")


def test_line_ends_and_tabs_become_plain_ones() -> None:
    assert Setter().set("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd e"


def test_letter_with_its_accent_is_put_together() -> None:
    assert Setter().set("e\u0301") == "é"


def test_long_word_may_break_and_keeps_its_letters() -> None:
    told = Setter().set("x" * 100)
    assert told.replace("\u200b", "") == "x" * 100
    assert max(len(part) for part in told.split("\u200b")) == BROKEN_TO
    assert "\u200b" not in Setter().set("哈" * 100 + " word " * 20)


def test_licence_of_each_face_stands_beside_it() -> None:
    for face in ("NotoSansSC", "IBMPlexSans"):
        assert "SIL OPEN FONT LICENSE" in (FACES / f"{face}-LICENSE.txt").read_text("utf-8").upper()


def test_faces_are_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in FACES.glob("*.ttf")) < 6_000_000
