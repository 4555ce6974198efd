"""Warnings of others as signals: for our cities, with their severity, cleared only by who said them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import cast
import pytest
from cast import SHANG, ZHONG
from exchange.cap_messages import NOW, area, info, square
from readings import threshold
from test_stations import square as ground

from riskshed.crossings import crossings
from riskshed.errors import InputError
from riskshed.exchange.cap import Alert, Parameter
from riskshed.exchange.cap_alert import CATEGORIES, moment_text
from riskshed.exchange.cap_signals import CLASSES, Heard, key_of, of_alert
from riskshed.signals import Signal
from riskshed.stations import Stations

STATIONS = Stations.of_region(replace(cast.region(), boundaries={SHANG: ground(125.0), ZHONG: ground(126.0)}))
SEVERE = threshold("3", place=SHANG, quantity="warning_severity", unit="1", hazard_class="natural_disaster")


def alert(name: str = "a-1", hours: float = -1, *, earlier: Alert | None = None, **changed: Any) -> Alert:
    blocks = changed.pop("infos", None)
    facts: dict[str, Any] = {
        "identifier": name,
        "sender": "met.example",
        "sent": moment_text(NOW + timedelta(hours=hours)),
        "status": "Actual",
        "msg_type": "Alert",
        "scope": "Public",
        "infos": (told(),) if blocks is None else blocks,
        "references": None if earlier is None else str(earlier.reference),
        **changed,
    }
    return Alert(**facts)


def told(**changed: Any) -> Any:
    facts: dict[str, Any] = {
        "categories": ("Met",),
        "severity": "Severe",
        "certainty": "Likely",
        "areas": (area(polygons=(square(45.3, 125.3),)),),
        "expires": None,
        **changed,
    }
    return info(**facts)


def heard(one: Alert, *before: tuple[Alert, Heard], **more: Any) -> Heard:
    earlier = {key_of(*a.key): h.held for a, h in before if h.held is not None}
    return of_alert(one, STATIONS, NOW, earlier=earlier, **more)


def test_a_warning_is_a_signal_for_each_city_that_it_touches() -> None:
    wide = told(areas=(area(polygons=(square(45.3, 125.8, 0.4),)),))
    found = heard(alert(infos=(wide,))).signals
    assert [(one.place, str(one.value)) for one in found] == [(SHANG, "3"), (ZHONG, "3")]
    assert {one.hazard_class for one in found} == {"natural_disaster"}
    assert {one.known_at for one in found} == {NOW}


def test_a_code_of_the_city_is_enough() -> None:
    coded = told(
        areas=(area(polygons=(), geocodes=(Parameter("GB/T 2260", ZHONG), Parameter("FIPS6", SHANG))),)
    )
    assert [one.place for one in heard(alert(infos=(coded,))).signals] == [ZHONG]


def test_a_circle_reaches_as_far_as_its_radius() -> None:
    near = told(areas=(area(polygons=(), circles=("45.5,124.9 20",)),))
    far = told(areas=(area(polygons=(), circles=("45.5,124.0 20",)),))
    assert [one.place for one in heard(alert(infos=(near,))).signals] == [SHANG]
    assert heard(alert(infos=(far,))).signals == ()


def test_of_several_infos_the_gravest_counts() -> None:
    found = heard(alert(infos=(told(severity="Minor"), told(language="en-US", severity="Extreme"))))
    assert [str(one.value) for one in found.signals] == ["4"]


def test_an_unknown_severity_is_unknown_and_crosses_nothing() -> None:
    found = heard(alert(infos=(told(severity="Unknown"),))).signals
    assert [one.value for one in found] == [None]
    assert crossings([replace(SEVERE)], found, NOW) == ()


@pytest.mark.parametrize(
    "changed",
    [{"status": "Exercise"}, {"status": "Test"}, {"scope": "Private"}, {"msg_type": "Ack"}],
    ids=lambda changed: next(iter(changed.values())),
)
def test_what_is_no_public_warning_in_earnest_says_nothing(changed: dict[str, str]) -> None:
    assert heard(alert(**changed)) == Heard((), None)


def test_one_that_has_expired_says_nothing() -> None:
    over = told(expires=moment_text(NOW - timedelta(minutes=1)))
    assert heard(alert(infos=(over,))).signals == ()


def test_what_is_only_possible_is_unconfirmed() -> None:
    (one,) = heard(alert(infos=(told(certainty="Possible"),))).signals
    assert not one.confirmed


def test_it_crosses_and_a_cancel_clears_it() -> None:
    first = alert()
    one = heard(first)
    cancel = heard(alert("a-2", 0, earlier=first, msg_type="Cancel", infos=()), (first, one))
    (crossed,) = crossings([SEVERE], one.signals, NOW)
    assert crossed.is_open
    (crossed,) = crossings([SEVERE], [*one.signals, *cancel.signals], NOW)
    assert not crossed.is_open


def test_a_cancel_of_another_office_clears_nothing() -> None:
    one, other = alert(), alert("b-1", sender="flood.example")
    told_of = [(one, heard(one)), (other, heard(other))]
    cancel = heard(alert("b-2", 0, earlier=other, msg_type="Cancel", sender="flood.example"), *told_of)
    signals: list[Signal] = [*told_of[0][1].signals, *told_of[1][1].signals, *cancel.signals]
    assert sorted(one.is_open for one in crossings([SEVERE], signals, NOW)) == [False, True]


def test_a_cancel_of_what_nobody_heard_says_nothing() -> None:
    assert heard(alert("a-2", 0, earlier=alert(), msg_type="Cancel", infos=())).signals == ()


def test_an_update_goes_on_and_clears_what_it_leaves_out() -> None:
    wide = told(areas=(area(polygons=(square(45.3, 125.8, 0.4),)),))
    first = alert(infos=(wide,))
    one = heard(first)
    update = alert("a-2", 0, earlier=first, msg_type="Update", infos=(told(severity="Minor"),))
    found = heard(update, (first, one)).signals
    assert [(each.place, each.kind, str(each.value)) for each in found] == [
        (SHANG, "observed", "1"),
        (ZHONG, "cleared", "None"),
    ]
    assert {each.series for each in found} == {one.signals[0].series}


def test_the_class_is_that_of_the_message_then_of_the_feed_then_of_the_category() -> None:
    named = told(parameters=(Parameter("riskshed:hazard_class", "public_health"),))
    assert heard(alert(infos=(named,)), hazard_class="social").signals[0].hazard_class == "public_health"
    assert heard(alert(), hazard_class="social").signals[0].hazard_class == "social_security"
    assert heard(alert(infos=(told(categories=("Health",)),))).signals[0].hazard_class == "public_health"
    with pytest.raises(InputError) as error:
        heard(alert(infos=(told(categories=("Other",)),)))
    assert error.value.code == "cap.no_class"


def test_every_category_but_other_has_a_class() -> None:
    assert set(CLASSES) == set(CATEGORIES) - {"Other"}
