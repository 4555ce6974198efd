"""The chain, driven: broken off anywhere it goes on; the real spill of 2005 goes through it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import songhua
from cast import SHANG, XIA, ZHONG
from desk_house import House
from governance.acts import at
from live import ORDERS, Live, Post
from readings import signal

from riskshed.agreed_terms import ModelAgreement
from riskshed.case import Case
from riskshed.chain_runner import ChainRunner
from riskshed.chain_view import Lookout
from riskshed.errors import KeyRefusedError, StoreError
from riskshed.exchange import readings
from riskshed.forecast_sources import PollutantSource
from riskshed.forecaster import Forecaster
from riskshed.governance.notice import Writing
from riskshed.signals import Signal, of_reading
from riskshed.standing_order import StandingOrder
from riskshed.stations import Stations
from riskshed.thresholds import Threshold, Thresholds

STORY: tuple[tuple[float, tuple[Signal, ...]], ...] = (
    (1, (signal("shang", 1, "observed", "0.05"),)),
    (2, (signal("shang", 1, "observed", "0.06"), signal("zhong", 1.5, "not_detected", None))),
    (20, (signal("shang", 20, "observed", "0.001"), signal("zhong", 20, "observed", "0.05"))),
)


def told(live: Live) -> None:
    for hours, arrived in STORY:
        live.run(hours, *arrived)


class Cut:
    """A log that breaks at one write: before it, or after it but before anybody knows."""

    def __init__(self, log: Any, at_write: int, after: bool) -> None:
        self.left, self.after, self.append = at_write, after, log.append_many
        log.append_many = self

    def __call__(self, entries: Any) -> Any:
        self.left -= 1
        if self.left != 0:
            return self.append(entries)
        if self.after:
            self.append(entries)
        raise StoreError("test.cut", "the disk is away")


def broken(folder: Path, at_write: int, after: bool) -> tuple[set[str], bool]:
    """The story, broken off once and run again; the ids, and whether it broke at all."""
    live, was_cut = Live(folder, members=8), False
    Cut(live.post.house.log, at_write, after)
    for hours, arrived in STORY:
        try:
            live.run(hours, *arrived)
        except StoreError:
            was_cut = True
            live.runner = ChainRunner(live.runner.lookout)  # a new process remembers nothing
            live.run(hours, *arrived)
    found = {one.id for one in live.post.said()}
    assert len(found) == len(live.post.said()), "nothing twice"
    live.post.close()
    return found, was_cut


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_broken_off_at_any_write_it_goes_on_and_says_nothing_twice(tmp_path: Path, after: bool) -> None:
    whole, was_cut = (
        broken(tmp_path / "whole", 10_000, after) if (tmp_path / "whole").mkdir() is None else None
    )
    assert not was_cut
    for at_write in range(1, 100):
        (folder := tmp_path / str(at_write)).mkdir()
        found, was_cut = broken(folder, at_write, after)
        if not was_cut:
            assert at_write > 10, "the story has more writes than that"
            return
        assert found == whole
    raise AssertionError("the story never ends")


def test_what_is_kept_is_what_the_record_names(tmp_path: Path) -> None:
    told(live := Live(tmp_path))
    files = [one.record("file") for one in live.post.said("ReadingsTaken", "FootprintIssued")]
    assert {one["digest"] for one in files} == set(live.post.files)
    assert all(len(live.post.files[one["digest"]]) == one["size_bytes"] for one in files)
    first = live.post.said("ReadingsTaken")[0]
    kept = readings.kept(live.post.files[first.record("file")["digest"]])
    assert kept == (replace(STORY[0][1][0], known_at=at(1)),)


def test_many_readings_are_one_statement_and_only_telling_ones_stand_in_it(tmp_path: Path) -> None:
    quiet = [signal("shang", hour / 100, "peak", None, quantity="noise", unit="1") for hour in range(500)]
    loud = [signal("shang", 5 + hour / 100, "observed", "0.05") for hour in range(3)]
    live = Live(tmp_path)
    live.run(9, *quiet, *loud)
    taken = {one.string("quantity"): one for one in live.post.said("ReadingsTaken")}
    assert not taken["noise"].has("readings")
    assert len(taken["nitrobenzene"].records("readings")) == 3
    assert len(readings.kept(live.post.files[taken["noise"].record("file")["digest"]])) == 500


def test_a_body_whose_key_is_not_here_holds_back_no_other(tmp_path: Path) -> None:
    live = Live(tmp_path)
    desk = live.post.desk

    def missing(body: str, officer: str, *, exercise: bool = False) -> Any:
        if body == XIA:
            raise KeyRefusedError("test.no_key", "no key of Xia")
        return desk(body, officer, exercise=exercise)

    live.post.desk = missing  # type: ignore[method-assign]
    ran = live.run(1, *STORY[0][1])
    assert {one.draft.by for one in ran.refused} == {XIA}
    assert {one.by for one in live.of(ran, "WarningIssued")} == {SHANG}


def test_one_bad_draft_holds_back_no_other_of_its_body(tmp_path: Path) -> None:
    orders = {**ORDERS, SHANG: StandingOrder.of(notices=True, warnings_up_to="orange")}
    live = Live(tmp_path, orders=orders)
    writing = live.runner.lookout.writing
    bad = Writing(writing.zone, {**writing.names, ZHONG: {"zh": "中\x00城", "en": "Zhong"}})
    live.runner.lookout = replace(live.runner.lookout, writing=bad)
    ran = live.run(1, *STORY[0][1])
    assert {one.draft.kind for one in ran.refused} == {"NoticeSent"}
    assert [one.strings("to") for one in live.of(ran, "NoticeSent")] == [(XIA,)]
    assert "FootprintIssued" in live.kinds(ran)


def test_a_drill_is_a_drill_all_the_way_and_changes_nothing(tmp_path: Path) -> None:
    live = Live(tmp_path)
    live.post.set(1)
    ran = live.runner.run(live.post, [signal("shang", 1, "observed", "0.05")], exercise=True)
    found = {one.id: one for one in live.post.said()}
    assert len(ran.said) > 5
    assert all(found[one].exercise for one in ran.said)
    assert not live.post.standing().incidents
    assert "EXERCISE" in next(
        found[one].words("headline")["en"] for one in ran.said if found[one].kind == "NoticeSent"
    )


def test_what_becomes_known_later_is_handed_back(tmp_path: Path) -> None:
    live = Live(tmp_path)
    live.post.set(1)
    early = signal("shang", 1, "observed", "0.05", known_h=1.5)
    ran = live.runner.run(live.post, [early])
    assert (ran.said, ran.later) == ((), (early,))
    live.post.set(2)
    assert live.runner.run(live.post, ran.later).said


def test_readings_that_were_withdrawn_are_an_error(tmp_path: Path) -> None:
    live = Live(tmp_path)
    live.run(1, *STORY[0][1])
    (taken,) = live.post.said("ReadingsTaken")
    live.post.set(2)
    live.post.house.desks[SHANG].withdraw(taken.id, cause="error", reason={"en": "a broken probe"})
    ran = live.runner.run(live.post)
    assert ran.said == ()
    assert {one.why for one in ran.prepared} == {"error"}
    live.post.set(3)
    again = live.runner.run(live.post, [replace(STORY[0][1][0], known_at=at(3))])
    assert live.kinds(again)[0] == "ReadingsTaken", "it may be said again"


@pytest.mark.parametrize("change", ["changed", "lost"])
def test_a_file_that_was_changed_or_lost_is_no_correction(tmp_path: Path, change: str) -> None:
    live = Live(tmp_path)
    live.run(1, *STORY[0][1])
    digest = live.post.said("ReadingsTaken")[0].record("file")["digest"]
    live.post.files[digest] = live.post.files[digest].replace(b"0.05", b"0.001")
    if change == "lost":
        del live.post.files[digest]
    live.post.set(2)
    ran = ChainRunner(live.runner.lookout).run(live.post)
    assert ran.said == ()
    assert "error" not in {one.why for one in ran.prepared}


# ---------------------------------------------------------------------------------------- the spill of 2005


@pytest.fixture(scope="module")
def case() -> Case:
    return Case.read(songhua.FOLDER)


def songhua_lookout(case: Case, members: int = 40) -> Lookout:
    region = case.region
    orders = {one.code: StandingOrder.of(notices=True, warnings_up_to="orange") for one in region.cities}
    ladder = [
        Threshold(
            place=section.id, quantity="nitrobenzene", unit="mg/L", hazard_class="accident",
            hazard="nitrobenzene", level="orange", value=None, detected=True, source="GB 3838-2002",
        )
        for section in region.sections
    ]  # fmt: skip
    names = {one.code: {"zh": one.name_zh, "en": one.name_en} for one in region.cities}
    forecaster = Forecaster(
        region, {"nitrobenzene": PollutantSource("nitrobenzene", case.spill, assumed=False)}, members=members
    )
    return Lookout(
        Thresholds(tuple(ladder), Stations.of_region(region)), forecaster, orders, Writing(case.zone, names)
    )


class Moved(Post):
    """A post on the river of the case: its bodies are the cities, its clock starts before the event."""

    def __init__(self, folder: Path, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("desk_house.BODIES", tuple(one.code for one in case.region.cities))
        regime = ModelAgreement.read(songhua.FOLDER, case.region).regime
        monkeypatch.setattr("desk_house.TERRITORY", regime.territory)
        monkeypatch.setattr("desk_house.at", lambda hours: case.spill.released + (at(hours) - at(0)))
        super().__init__(folder, regime)
        assert isinstance(self.house, House)


def test_the_readings_of_2005_tell_every_city_downstream_without_looking_ahead(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookout = songhua_lookout(case)
    post, runner = Moved(tmp_path, case, monkeypatch), ChainRunner(lookout)
    signals = [
        of_reading(one, quantity="nitrobenzene", unit="mg/L", hazard_class="accident")
        for one in case.readings
    ]
    for known_at in sorted({one.known_at for one in signals})[:24]:
        post.set((known_at - case.spill.released).total_seconds() / 3600)
        ran = runner.run(post, [one for one in signals if one.known_at == known_at])
        assert not ran.refused
        assert not ran.unspoken
    standing = post.standing()
    (incident,) = standing.incidents.values()
    assert incident.city == "220200", "it began at Jilin, wherever it was seen first"
    footprints = [standing.statements[one].statement for one in incident.footprints]
    assert len(footprints) > 10
    assert all(one.time("known_at") <= one.issued for one in footprints)
    speaker = incident.by
    below = {city for one in case.region.sections for city in [one.city]} - {speaker, "220200"}
    reached = {row["city"] for row in footprints[0].records("arrivals") if float(row["probability"]) >= 0.05}
    noticed = {one.to[0] for one in standing.notices.values() if one.audience == "faces"}
    assert noticed >= (below & reached)
    first = {
        one.to[0]: one.issued
        for one in sorted(standing.notices.values(), key=lambda one: one.issued, reverse=True)
    }
    for row in case.record:
        city = case.region.section(row.section).city
        if row.kind == "front" and city in first and row.earliest > footprints[0].issued:
            assert first[city] < row.earliest, f"{city} was told before it came"
    post.close()
