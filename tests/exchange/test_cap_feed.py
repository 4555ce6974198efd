"""Feeds of CAP: Atom and RSS in and out, and those that are broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cap_messages import NOW, gate, signed, warning
from cast import shared_data

from riskshed.exchange.cap import MEDIA_TYPE, CapError, read, write
from riskshed.exchange.cap_feed import (
    Entry,
    Feed,
    Link,
    check_feed,
    entry_of,
    read_feed,
    write_atom,
    write_rss,
)

READ = {
    "amber.atom": ["http://doj.dc.gov/amber12345"],
    "canada_signed.atom": ["2.49.0.1.124.f2c83f5f.2013"],
    "earthquake.atom": ["TRI13970876.1"],
    "empty_weather_index.atom": [],
    "weather.atom": ["NOAA-NWS-ALERTS-MT20120830100700TFXFlashFloodWatchTFX20120830180000MT"],
    "weather_index.atom": [],
}
"""The feeds of the data folder that are right, and the messages that their entries hold."""
BROKEN = {
    "no_entries.atom": ("cap.feed_loose_message", "a message that stands in no entry"),
    "no_id.atom": ("cap.feed_missing", "feed/entry[1]/id: got nothing"),
    "no_link.atom": ("cap.feed_no_message", "neither a link nor a message"),
    "no_title.atom": ("cap.feed_missing", "feed/entry[1]/title: got nothing"),
    "weather_invalid.atom": ("cap.bad_identifier", 'got "INVALID, "'),
}
BODY = "chan" + "nel"
ZONE = timezone(timedelta(hours=8))


def files() -> dict[str, Path]:
    return {path.name: path for path in shared_data("cap").rglob("*.atom")}


def test_every_feed_of_the_data_folder_is_judged() -> None:
    assert set(files()) == {*READ, *BROKEN}


@pytest.mark.parametrize("name", READ)
def test_a_feed_gives_the_messages_that_it_holds(name: str) -> None:
    alerts, faults = read_feed(files()[name].read_bytes(), name).messages()
    assert ([alert.identifier for alert in alerts], faults) == (READ[name], ())


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_feed_is_refused_with_a_reason(name: str) -> None:
    code, words = BROKEN[name]
    faults = check_feed(files()[name].read_bytes(), name)
    assert faults[0].code == code
    assert any(words in str(fault) for fault in faults)
    assert all(fault.line for fault in faults)


def test_links_and_times_of_a_feed_are_read() -> None:
    feed = read_feed(files()["weather_index.atom"].read_bytes())
    first = feed.entries[0]
    assert len(feed.entries) == 2
    assert first.links[0].href.startswith("http://www.weather.gov/alerts-beta/wwacapget.php?x=CT2010")
    assert first.updated is not None
    assert first.updated.isoformat() == "2010-08-30T23:04:00-04:00"


def feed(*entries: Entry) -> Feed:
    return Feed(
        "urn:shang",
        "上城 <预警> & more",
        datetime(2024, 5, 1, 20, tzinfo=ZONE),
        entries,
        "https://shang.example/",
    )


def two() -> Feed:
    first, second = warning(), warning(identifier="shang-2", infos=())
    link = "https://shang.example/2.xml?a=1&b=2"
    return feed(entry_of(first, "https://shang.example/1.xml", signed(first)), entry_of(second, link))


def bare(one: Feed) -> list[tuple[str, str, datetime | None, str, str]]:
    return [(e.id, e.title, e.updated, e.summary, e.links[0].href) for e in one.entries]


@pytest.mark.parametrize("writer", [write_atom, write_rss])
def test_a_feed_comes_back_as_it_was(writer: object) -> None:
    told = read_feed(writer(two()))  # type: ignore[operator]
    assert (told.title, told.updated, told.link) == (two().title, two().updated, two().link)
    assert bare(told) == bare(two())


def test_atom_keeps_id_and_media_type() -> None:
    told = read_feed(write_atom(two()))
    assert told.id == "urn:shang"
    assert told.entries[0].links == (Link("https://shang.example/1.xml", MEDIA_TYPE),)


def test_a_message_keeps_its_signature_in_a_feed() -> None:
    entry = read_feed(write_atom(two())).entries[0]
    assert entry.raw is not None
    assert gate().admit(entry.raw, NOW).alert == entry.read()


def test_one_bad_message_does_not_silence_the_others() -> None:
    good, bad = warning(), warning(identifier="shang-2")
    entries = [entry_of(one, f"https://shang.example/{at}", write(one)) for at, one in enumerate((good, bad))]
    raw = write_atom(feed(*entries)).replace(b"<identifier>shang-2<", b"<identifier>shang 2<")
    alerts, faults = read_feed(raw).messages()
    assert alerts == (good,)
    assert [fault.code for fault in faults] == ["cap.bad_identifier"]


def refusal(raw: bytes) -> list[str]:
    with pytest.raises(CapError) as caught:
        read_feed(raw)
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<updated>2024-05-01T20", b"<updated>2024-05-01 20", "feed_time"),
        (b"<updated>2024-05-01T20:00:00+08:00", b"<updated>2024-05-01T20:00:00", "feed_time"),
        (b"<id>urn:shang</id>", b"", "feed_missing"),
        (b"shang.example,shang-2", b"shang.example,shang-1", "feed_repeated"),
        (
            b"<entry>",
            b"<content><alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'/></content><entry>",
            "feed_loose_message",
        ),
        (
            b"</content>",
            b"</content><x><alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'/></x>",
            "feed_many",
        ),
    ],
)
def test_what_an_atom_feed_must_have(old: bytes, new: bytes, code: str) -> None:
    first = warning(sent="2024-05-01T11:50:00-00:00")
    second = replace(first, identifier="shang-2")
    raw = write_atom(
        feed(entry_of(first, "https://a.example/", write(first)), entry_of(second, "https://b.example/"))
    )
    assert old in raw
    assert refusal(raw.replace(old, new, 1)) == [f"cap.{code}"]


def test_what_an_rss_feed_must_have() -> None:
    raw = write_rss(two())
    assert refusal(raw.replace(b"<link>https://shang.example/1.xml</link>", b"")) == ["cap.feed_no_message"]
    assert refusal(raw.replace(b"Wed, 01 May", b"Mittwoch, 1.")) == ["cap.feed_time"] * 3
    assert refusal(f"<rss><{BODY}/><{BODY}/></rss>".encode()) == ["cap.feed_missing"]


def test_a_message_within_an_rss_item_is_read() -> None:
    held = write(warning()).split(b"?>", 1)[1]
    raw = write_rss(two()).replace(b"</item>", held + b"</item>", 1)
    assert read_feed(raw).messages() == ((warning(),), ())


def test_what_is_no_feed_is_refused() -> None:
    assert refusal(write(warning())) == ["cap.not_feed"]


def test_a_feed_without_a_time_in_rss_says_so() -> None:
    raw = write_rss(replace(two(), updated=None, entries=(replace(two().entries[1], updated=None),)))
    told = read_feed(raw)
    assert (told.updated, told.entries[0].updated) == (None, None)


def test_a_time_of_rss_without_a_zone_is_utc() -> None:
    raw = write_rss(feed()).replace(b"+0800", b"-0000")
    assert read_feed(raw).updated == datetime(2024, 5, 1, 20, tzinfo=UTC)


def test_an_entry_links_a_message_without_holding_it() -> None:
    assert two().entries[1].read() is None
    assert read(two().entries[0].raw or b"").identifier == "shang-1"
