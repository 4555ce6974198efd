"""What a node is: read strictly, every fault told, and a clock that runs as it says."""

import time
from datetime import datetime, timedelta

import pytest

from riskshed.errors import InputFaults
from riskshed.web.profile import Orders, Profile, Replay

GOOD = """
title = { zh = "三江", en = "Three rivers" }
zone = "+08:00"
url = "https://risk.example/"
body = "three-rivers"
origin = "risk.example/log"
packs = ["cn-2024"]
neighbours = [["220000", "230000"]]
[orders."*"]
warnings_up_to = "yellow"
[orders."220200"]
notices = false
"""


def read(tmp_path, text):
    (tmp_path / "node.toml").write_text(text, encoding="utf-8")
    return Profile.read(tmp_path)


def test_a_good_profile_is_read_whole(tmp_path):
    held = read(tmp_path, GOOD)
    assert held.url == "https://risk.example"
    assert held.zone.utcoffset(None) == timedelta(hours=8)
    assert held.order("230100") == Orders(True, "yellow")
    assert held.order("220200") == Orders(False, "none")
    assert held.neighbours == (("220000", "230000"),)
    assert not held.is_demo
    assert held.agreement is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [('"+08:00"', '"Asia/Harbin"', "zone"), ('en = "Three rivers"', 'de = "Drei"', "title"),
     ('"three-rivers"', '""', "body"), ('["cn-2024"]', '["cn-1999"]', "packs"),
     ('"yellow"', '"red"', "orders.*.warnings_up_to"), ("notices = false", 'notices = "no"', "notices"),
     ('[["220000", "230000"]]', '["220000"]', "neighbours"), ("zone", "zones", "zones")],
)  # fmt: skip
def test_each_wrong_key_is_named(tmp_path, old, new, key):
    assert old in GOOD
    with pytest.raises(InputFaults) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert key in [fault.column for fault in caught.value.faults]


def test_without_orders_notices_go_out_and_warnings_wait(tmp_path):
    held = read(tmp_path, GOOD.partition("[orders")[0])
    assert held.order("anybody") == Orders(True, "none")


def test_the_clock_of_a_replay_starts_where_it_says_and_runs_faster():
    start = datetime.fromisoformat("2005-11-23T12:00+08:00")
    assert Replay(start, 3600.0, time.time() - 10).now() - start >= timedelta(hours=10)
    assert Replay(start, 3600.0, time.time() - 10).now() - start < timedelta(hours=11)


@pytest.mark.parametrize("replay", ["speed = 0", "speed = -1", 'speed = "fast"'])
def test_a_clock_that_stands_or_runs_back_is_refused(tmp_path, replay):
    more = f"[replay]\nstart = 2005-11-23T12:00:00+08:00\n{replay}\nbegan_s = 1.0\n"
    with pytest.raises(InputFaults, match="replay"):
        read(tmp_path, GOOD + more)


def test_a_clock_without_zone_is_refused(tmp_path):
    with pytest.raises(InputFaults, match="replay"):
        read(tmp_path, GOOD + "[replay]\nstart = 2005-11-23T12:00:00\nspeed = 1\nbegan_s = 1.0\n")
