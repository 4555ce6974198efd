"""Notices and warnings as CAP messages and back: nothing is lost, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cap_messages import NOW, SHANG, SHANG_BOX, SHANG_KEY, SHANG_PLAY_KEY, ZHONG, info, square, warning
from cast import region
from lxml import etree
from statements import plain
from test_cap import schema

from riskshed import statement
from riskshed.exchange.cap import MEDIA_TYPE, Alert, CapError, Parameter, read, write
from riskshed.exchange.cap_active import active
from riskshed.exchange.cap_gate import Gate, RegisteredKey
from riskshed.exchange.cap_signature import sign
from riskshed.exchange.cap_statement import (
    CITY_CODES,
    Issuer,
    Place,
    body_of,
    is_message_of,
    of_notice,
    of_warning,
    places_of,
    with_cap,
)
from riskshed.statement import Statement

KINDS = ("NoticeSent", "WarningIssued", "WarningUpdated", "WarningCancelled")
ISSUER = Issuer(SHANG, {"zh": "上城人民政府", "en": "Shang government"})
PLACES = {"230100": Place({"zh": "上城", "en": "Shang"}, (square(44.3, 125.3),))}


def draft(kind: str, *, optional: bool = True, **changed: Any) -> Statement:
    """A statement of ten minutes ago without its message."""
    body = plain(kind, optional=optional).to_json()["body"]
    body.pop("cap", None)
    if "expires" in body:
        body["expires"] = "2024-05-02T08:00:00+08:00"
    if "onset" in body:
        body["onset"] = "2024-05-01T23:00:00+08:00"
    facts = {"issued": warning().sent_at, "body": {**body, **changed.pop("body", {})}, **changed}
    return plain(kind, optional=optional, **facts)


def message(said: Statement, **changed: Any) -> Alert:
    facts: dict[str, Any] = {
        "issuer": ISSUER,
        "identifier": f"shang-{said.kind}",
        "places": PLACES,
        **changed,
    }
    if said.kind == "NoticeSent":
        return of_notice(said, addresses=(ZHONG,), **facts)
    if said.kind != "WarningIssued":
        facts.setdefault("earlier", (warning(),))
    return of_warning(said, warned=draft("WarningIssued"), **facts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("optional", [True, False])
def test_a_statement_comes_back_from_its_message(kind: str, optional: bool) -> None:
    said = draft(kind, optional=optional)
    told = body_of(read(write(message(said))))
    assert (told.kind, told.missing) == (kind, ())
    assert told.body == said.to_json()["body"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_of_ours_is_valid(kind: str) -> None:
    assert schema("1.2").validate(etree.fromstring(write(message(draft(kind)))))


def test_a_notice_is_private_and_addressed() -> None:
    told = message(draft("NoticeSent"))
    assert (told.scope, told.addressees(), told.msg_type) == ("Private", (ZHONG,), "Alert")
    assert told.named_incidents() == ("songhua-2005",)


def test_a_notice_that_replaces_another_names_it() -> None:
    first = message(draft("NoticeSent"))
    second = message(draft("NoticeSent"), identifier="n-2", earlier=(first,))
    assert (second.msg_type, second.referenced()) == ("Update", (first.reference,))


def test_a_warning_is_public_and_shows_its_colour() -> None:
    told = message(draft("WarningIssued"))
    assert (told.scope, told.addresses) == ("Public", None)
    assert told.infos[0].parameter("riskshed:level") == "red"


def test_each_language_is_an_info_chinese_first() -> None:
    infos = message(draft("WarningIssued")).infos
    assert [one.language for one in infos] == ["zh-CN", "en-US"]
    assert [one.sender_name for one in infos] == ["上城人民政府", "Shang government"]
    assert [one.areas[0].description for one in infos] == ["上城", "Shang"]
    assert infos[0].areas[0].geocodes == (Parameter(CITY_CODES, "230100"),)


def test_words_in_one_language_alone_stay_in_it() -> None:
    said = draft("WarningIssued", body={"instruction": {"zh": "不要取水"}})
    told = message(said)
    assert [one.instruction for one in told.infos] == ["不要取水", None]
    assert body_of(read(write(told))).body["instruction"] == {"zh": "不要取水"}


def test_a_warning_goes_from_alert_to_update_to_cancel() -> None:
    first = message(draft("WarningIssued"))
    second = message(draft("WarningUpdated"), earlier=(first,))
    last = message(draft("WarningCancelled"), earlier=(first, second))
    assert [one.msg_type for one in (first, second, last)] == ["Alert", "Update", "Cancel"]
    assert active([first], NOW) == (first,)
    assert active([second, first], NOW) == (second,)
    assert active([last, first, second], NOW) == ()


def test_an_all_clear_says_so_and_an_error_does_not() -> None:
    clear, error = (draft("WarningCancelled", body={"cause": cause}) for cause in ("all_clear", "error"))
    assert message(clear).infos[0].response_types == ("AllClear",)
    assert message(error).infos[0].response_types == ()


@pytest.mark.parametrize("kind", ["WarningUpdated", "WarningCancelled"])
def test_what_changes_a_warning_names_it(kind: str) -> None:
    with pytest.raises(CapError) as caught:
        message(draft(kind), earlier=())
    assert caught.value.code == "cap.no_references"


def test_a_city_without_a_place_makes_no_message() -> None:
    with pytest.raises(CapError, match="the city 230100") as caught:
        message(draft("WarningIssued"), places={})
    assert caught.value.code == "cap.no_place"


def test_an_exercise_is_one_in_its_message_and_needs_its_key() -> None:
    told = message(draft("WarningIssued", exercise=True))
    codes = frozenset({(CITY_CODES, "230100")})
    keys = [
        RegisteredKey(private.public_key(), frozenset({role}), SHANG_BOX, codes)
        for private, role in ((SHANG_KEY, "actual"), (SHANG_PLAY_KEY, "exercise"))
    ]
    gate = Gate({SHANG: keys})
    assert gate.admit(sign(told, SHANG_PLAY_KEY), NOW).alert.status == "Exercise"
    with pytest.raises(CapError):
        gate.admit(sign(told, SHANG_KEY), NOW)


def test_the_digest_of_the_message_stands_in_the_statement() -> None:
    first = draft("WarningIssued")
    raw = sign(message(first), SHANG_KEY)
    said = with_cap(first, raw)
    assert said.record("cap")["media_type"] == MEDIA_TYPE
    assert is_message_of(said, raw)
    assert not is_message_of(said, raw + b"\n")
    assert not is_message_of(first, raw)
    assert {**said.to_json()["body"], "cap": None} == {**first.to_json()["body"], "cap": None}


def test_times_of_utc_are_converted_at_the_border() -> None:
    said = draft("WarningIssued", body={"expires": "2024-05-02T00:00:00+00:00"})
    told = message(said)
    assert told.infos[0].expires == "2024-05-02T00:00:00-00:00"
    assert body_of(told).body["expires"] == "2024-05-02T00:00:00+00:00"


def test_a_foreign_warning_says_what_it_leaves_open() -> None:
    told = body_of(warning())
    assert told.kind == "WarningIssued"
    assert told.missing == ("level", "hazard_class", "cities")
    assert told.body["headline"] == {"zh": "上游来水受污染", "en": "Polluted water"}


def test_a_foreign_private_message_becomes_a_notice() -> None:
    private = warning(scope="Private", addresses=ZHONG)
    assert body_of(private).missing == ("to", "audience", "hazard_class", "cities", "confirmed")


def test_what_is_missing_can_be_said_by_the_one_who_adopts_it() -> None:
    told = body_of(warning())
    more = {"level": "orange", "hazard_class": "accident", "cities": ["910100"]}
    said = statement.make("WarningIssued", by=SHANG, officer="d", issued=NOW, body={**told.body, **more})
    assert said.string("severity") == "Severe"


def test_a_message_without_an_info_says_nothing() -> None:
    with pytest.raises(CapError) as caught:
        body_of(warning(infos=()))
    assert caught.value.code == "cap.no_info"


def test_a_parameter_that_is_no_value_is_refused() -> None:
    spoiled = info(parameters=(Parameter("riskshed:to", "{not JSON"),))
    with pytest.raises(CapError) as caught:
        body_of(warning(scope="Private", addresses=ZHONG, infos=(spoiled,)))
    assert caught.value.code == "cap.bad_field"


def test_the_first_info_of_a_language_counts() -> None:
    twice = warning(infos=(info(headline="一"), info(headline="二")))
    assert body_of(twice).body["headline"] == {"zh": "一"}


def test_the_cities_of_a_region_are_places() -> None:
    ring = [[126.0, 45.0], [127.0, 45.0], [127.0, 46.0], [126.0, 45.0]]
    hole = [[126.5, 45.1], [126.6, 45.1], [126.6, 45.2], [126.5, 45.1]]
    borders = {
        "910100": {"type": "Polygon", "coordinates": [ring]},
        "910200": {"type": "MultiPolygon", "coordinates": [[ring], [ring]]},
        "910300": {"type": "Polygon", "coordinates": [ring, hole]},
    }
    places = places_of(replace(region(), boundaries=borders))
    assert places["910100"].polygons == ("45.0,126.0 45.0,127.0 46.0,127.0 45.0,126.0",)
    assert len(places["910200"].polygons) == 2
    assert places["910300"].polygons == places["910400"].polygons == ()
    assert places["910100"].names == {"zh": "上城", "en": "Shang"}
