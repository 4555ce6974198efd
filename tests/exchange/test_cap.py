"""CAP in and out: nothing is lost on the way, and what the field sends is judged file by file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cap_messages import area, info, notice, signed, some_warning, square, update_of, warning
from cast import shared_data
from lxml import etree

from riskshed.exchange.cap import Alert, CapError, Parameter, Resource, check, read, unsigned, write
from riskshed.exchange.cap_alert import moment_text, parse_moment, words_of, words_text

VALID = {
    "43b080713727.cap": "1.2",
    "australia.cap": "1.2",
    "canada.cap": "1.2",
    "canada_signed.cap": "1.2",
    "earthquake-iso8859-1.cap": "1.2",
    "thunderstorm.cap": "1.2",
    "wcatwc-warning.cap": "1.2",
    "KAR0-0306112239-SW.cap": "1.1",
    "earthquake.cap": "1.1",
    "no_optional_fields.cap": "1.1",
    "weather.cap": "1.1",
    "Homeland_Sec_Adv.xml": "1.2",
    "Maldives-Tsunami-MultiLanguage.xml": "1.2",
    "Myanmar-Flood-MultiLanguage.xml": "1.2",
    "Myanmar-Flood-MultiLanguage_MultipleArea.xml": "1.2",
    "Philippines-Flood-MultiLanguage.xml": "1.2",
    "Philippines-Tropical-Cyclone-MultiLanguage.xml": "1.2",
    "Philippines-Tsunami.xml": "1.2",
    "Severe_Thunderstorm_Warning.xml": "1.2",
    "TropicalCyclone20150806.xml": "1.2",
    "TropicalCyclone20150808.xml": "1.2",
    "heavy_rain.xml": "1.2",
}
"""The messages of the data folder that are right, by version. That they expired long ago is no fault."""
BROKEN = {
    # called broken by their authors
    "invalid.cap": ("cap.missing_element", "alert/scope: got nothing"),
    "noaa_errors.cap": ("cap.bad_choice", "one of Immediate, Expected, Future, Past, Unknown"),
    "canada_errors.cap": ("cap.no_references", "got nothing, with msgType Update"),
    "xee.cap": ("cap.forbidden_dtd", "document type declaration"),
    # right by their name; why they are not
    "earthquake_signed.cap": ("cap.unknown_element", "a signature in CAP 1.1"),
    "Fiji_Water_Shortage_Suva.xml": ("cap.unknown_element", "Did you mean references?"),
    "Flood.xml": ("cap.expires_early", 'got "2005-07-19T16:00:00-06:50", want later than sent 2015'),
    "Myanmar-Tsunami-MultiLanguage.xml": ("cap.expires_early", "want later than sent 2015-09-10"),
    "Myanmar_Flood_Multiple_Area.xml": ("cap.expires_early", "want later than sent 2015"),
    "landslide.xml": ("cap.expires_early", "want later than sent 2015"),
    "tsunami.xml": ("cap.expires_early", "Self-intersection"),
    "bushfire.edxlde": ("cap.not_alert", "An EDXL envelope is not opened"),
    "bushfire_invalid.edxlde": ("cap.not_alert", "An EDXL envelope is not opened"),
}
"""The code of the first fault, and words that a person must find among the faults."""


def files() -> dict[str, Path]:
    folder = shared_data("cap")
    found = (*folder.rglob("*.cap"), *folder.rglob("*.edxlde"), *folder.rglob("Demo/*.xml"))
    return {path.name: path for path in found}


def schema(version: str) -> etree.XMLSchema:
    name = f"cap{version.replace('.', '')}.xsd"
    return etree.XMLSchema(etree.parse(shared_data("cap") / "google+cap-library" / "schema" / name))


def infoset(element: Any) -> Iterator[Any]:
    """Names, attributes and texts of the elements of a message, white space between elements left out."""
    for one in element.iter("*"):
        if one.tag.startswith(f"{{{element.nsmap[element.prefix]}}}"):
            text = one.text or ""
            yield one.tag, dict(one.attrib), text if len(one) == 0 else text.strip()


def test_every_file_of_the_data_folder_is_judged() -> None:
    assert set(files()) == {*VALID, *BROKEN}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_message_comes_back_as_it_was(name: str) -> None:
    raw = files()[name].read_bytes()
    alert = read(raw, name)
    again = write(alert)
    assert len(list(infoset(etree.fromstring(raw)))) > 6
    assert (alert.version, read(again)) == (VALID[name], alert)
    assert list(infoset(etree.fromstring(again))) == list(infoset(etree.fromstring(raw)))
    assert schema(alert.version).validate(etree.fromstring(again))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_message_is_refused_with_a_reason(name: str) -> None:
    code, words = BROKEN[name]
    with pytest.raises(CapError) as caught:
        read(files()[name].read_bytes(), name)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_every_fault_has_its_element_and_its_line() -> None:
    faults = check(files()["tsunami.xml"].read_bytes())
    assert [(fault.line, fault.column) for fault in faults] == [
        (22, "alert/info[1]/expires"),
        (52, "alert/info[1]/area[1]/polygon[1]"),
    ]


def test_nothing_is_flattened() -> None:
    alert = read(files()["Philippines-Tsunami.xml"].read_bytes())
    assert len([polygon for info in alert.infos for area in info.areas for polygon in area.polygons]) == 2
    both = read(files()["australia.cap"].read_bytes())
    assert [info.categories for info in both.infos] == [("Fire", "Met"), ("Fire", "Met")]
    assert len(both.infos[0].event_codes) == 2


def test_a_time_keeps_its_text() -> None:
    alert = read(files()["canada.cap"].read_bytes())
    assert b"<sent>2012-05-02T23:21:04-00:00</sent>" in write(alert)
    assert alert.sent_at.isoformat() == "2012-05-02T23:21:04+00:00"


def test_an_empty_element_is_not_an_absent_one() -> None:
    alert = read(files()["canada.cap"].read_bytes())
    assert (alert.restriction, alert.source is None) == ("", False)
    assert b"<restriction/>" in write(alert).replace(b"></restriction>", b"/>")
    assert b"restriction" not in write(replace(alert, restriction=None))


def test_a_signature_is_kept_with_its_message() -> None:
    alert = read(files()["canada_signed.cap"].read_bytes())
    assert len(alert.signatures) == 2
    assert not unsigned(alert).signatures
    assert alert.canonical() == unsigned(alert).canonical()


def test_any_message_comes_back_as_it_was_and_is_valid() -> None:
    random = Random(1)
    checker = schema("1.2")
    for _ in range(150):
        alert = some_warning(random)
        raw = write(alert)
        assert read(raw) == alert
        assert checker.validate(etree.fromstring(raw)), checker.error_log
        assert read(signed(alert)).canonical() == alert.canonical()


@pytest.mark.parametrize(
    ("version", "words"),
    [("urn:oasis:names:tc:emergency:cap:1.0", "CAP 1.0"), ("http://www.incident.com/cap/1.0", "CAP 1.0")],
)
def test_an_older_version_is_refused_by_name(version: str, words: str) -> None:
    raw = write(warning()).replace(b"urn:oasis:names:tc:emergency:cap:1.2", version.encode())
    with pytest.raises(CapError, match=words) as caught:
        read(raw)
    assert caught.value.code == "cap.version"


def test_response_types_of_1_2_are_not_in_1_1() -> None:
    raw = write(warning()).replace(b"cap:1.2", b"cap:1.1")
    assert {fault.code for fault in check(raw)} == {"cap.bad_choice"}


POINT = "44.3,125.3"
EARLIER = "a,b,2024-05-01T00:00:00+00:00"


def told(**changed: Any) -> Alert:
    return warning(infos=(info(**changed),))


def placed(**changed: Any) -> Alert:
    return told(areas=(area(**changed),))


BAD: dict[str, tuple[Alert, str]] = {
    "an empty identifier": (warning(identifier=""), "bad_identifier"),
    "a comma in the identifier": (warning(identifier="a,b"), "bad_identifier"),
    "a space in the sender": (warning(sender="a b"), "bad_sender"),
    "a private message to nobody": (notice(addresses=" "), "no_addresses"),
    "a quote left open": (notice(addresses='"zhong.example'), "bad_quotes"),
    "a restricted message without a rule": (warning(scope="Restricted"), "no_restriction"),
    "a rule for a public message": (warning(restriction="staff"), "stray_restriction"),
    "an update of nothing": (warning(msg_type="Update"), "no_references"),
    "a cancellation of nothing": (warning(msg_type="Cancel", references=" "), "no_references"),
    "an answer to nothing": (warning(msg_type="Ack"), "no_references"),
    "an empty list of references": (warning(references=""), "no_references"),
    "a reference of two parts": (warning(references="a,b"), "bad_reference"),
    "a reference without a zone": (warning(references="a,b,2024-05-01T00:00:00"), "bad_reference"),
    "a reference twice": (warning(references=f"{EARLIER} {EARLIER}"), "repeated_reference"),
    "a reference to itself": (warning(references=f"{warning().reference}"), "self_reference"),
    "a reference to what is later": (warning(references="a,b,2024-05-01T12:00:00+00:00"), "later_reference"),
    "no event": (told(event=" "), "no_event"),
    "a category twice": (told(categories=("Env", "Env")), "repeated"),
    "an end at the beginning": (told(expires=warning().sent), "expires_early"),
    "an end before the onset": (told(onset="2030-01-01T00:00:00+00:00"), "expires_early"),
    "a page without a scheme": (told(web="city.example"), "relative_uri"),
    "a parameter without a name": (told(parameters=(Parameter("", "1"),)), "no_name"),
    "an area without words": (placed(description=""), "no_description"),
    "three pairs": (placed(polygons=("1,1 2,2 1,1",)), "polygon_short"),
    "an open polygon": (placed(polygons=("1,1 2,1 2,2 1,2",)), "polygon_open"),
    "a bow tie": (placed(polygons=("1,1 2,2 1,2 2,1 1,1",)), "polygon_shape"),
    "a line there and back": (placed(polygons=("1,1 2,2 3,3 1,1",)), "polygon_shape"),
    "a comma too many": (placed(polygons=("1,1, 2,1 2,2 1,1",)), "bad_pair"),
    "longitude first": (placed(polygons=(square(125.3, 44.3),)), "bad_pair"),
    "a circle without a radius": (placed(circles=(POINT,)), "bad_circle"),
    "a radius below zero": (placed(circles=(f"{POINT} -1",)), "bad_circle"),
    "a radius beyond the globe": (placed(circles=(f"{POINT} 20039",)), "bad_circle"),
    "a code without a table": (placed(geocodes=(Parameter("", "1"),)), "bad_geocode"),
    "a ceiling over nothing": (placed(ceiling_ft="9"), "stray_ceiling"),
    "a ceiling below the floor": (
        placed(altitude_ft="10", ceiling_ft="9.5"), "low_ceiling",
    ),
    "a resource without a type": (told(resources=(Resource("map"),)), "missing_element"),
    "a resource of no type": (told(resources=(Resource("map", "png"),)), "bad_mime_type"),
    "a digest of another kind": (
        told(resources=(Resource("map", "image/png", digest="ab"),)), "bad_digest",
    ),
    "a time with Z": (warning(sent="2024-05-01T00:00:00Z"), "bad_time"),
    "a time with fractions": (warning(sent="2024-05-01T00:00:00.5+08:00"), "bad_time"),
    "a comma before the offset": (warning(sent="2024-05-01T00:00:00,08:00"), "bad_time"),
    "a day that is none": (warning(sent="2024-02-30T00:00:00+08:00"), "bad_time"),
    "a status in small letters": (warning(status="actual"), "bad_choice"),
    "a language of two words": (told(language="Mandarin Chinese"), "bad_language"),
    "a control character": (warning(note="a\x00b"), "bad_character"),
    "half a character": (warning(note="a\ud800b"), "bad_character"),
    "no category": (told(categories=()), "missing_element"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_rule_that_is_broken_is_named_before_anything_is_written(name: str) -> None:
    alert, code = BAD[name]
    with pytest.raises(CapError) as caught:
        write(alert)
    assert {fault.code for fault in caught.value.faults} == {f"cap.{code}"}


GOOD: dict[str, Alert] = {
    "a reference of the same second": update_of(warning(), sent=warning().sent),
    "an alert that refers to an earlier one": warning(references="a,b,2024-05-01T00:00:00+00:00"),
    "a restricted message": warning(scope="Restricted", restriction="staff"),
    "an empty restriction": warning(restriction=""),
    "a message without infos": warning(infos=()),
    "an end one second after the beginning": warning(
        sent="2024-05-01T08:00:00+08:00", infos=(info(expires="2024-05-01T00:00:01-00:00"),)
    ),
    "a cancellation that ends in the past": update_of(
        warning(), "Cancel", infos=(info(expires="2024-01-01T00:00:00+00:00"),)
    ),
    "a ceiling at the floor": placed(altitude_ft="9", ceiling_ft="9.0"),
    "a triangle": placed(polygons=("1,1 2,1 2,2 1,1",)),
    "the corners of the globe": placed(polygons=(square(-90, -180, 180),)),
    "a point": placed(circles=(f"{POINT} 0",)),
    "an empty value of a parameter": told(parameters=(Parameter("WMOHEADER", ""),)),
    "a polygon on two lines": placed(polygons=("1,1 2,1\n 2,2\t1,1",)),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_just_allowed_is_written_and_read(name: str) -> None:
    assert read(write(GOOD[name])) == GOOD[name]


@pytest.mark.parametrize(
    ("size", "digest", "code"), [("4", None, "wrong_size"), (None, "0" * 40, "wrong_digest")]
)
def test_what_is_in_a_message_is_as_it_says(size: str | None, digest: str | None, code: str) -> None:
    content = base64.b64encode(b"abc").decode()
    true = hashlib.sha1(b"abc").hexdigest()
    good = Resource("sound", "audio/ogg", "3", None, content, true)
    assert read(write(warning(infos=(info(resources=(good,)),))))
    bad = replace(good, size_bytes=size or "3", digest=digest or true)
    assert check_built(warning(infos=(info(resources=(bad,)),))) == [f"cap.{code}"]


def check_built(alert: Alert) -> list[str]:
    with pytest.raises(CapError) as caught:
        write(alert)
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<scope>Public</scope>", "", "missing_element"),
        ("</scope>", "</scope><scope>Public</scope>", "repeated"),
        (
            "<status>Actual</status><msgType>Alert</msgType>",
            "<msgType>Alert</msgType><status>Actual</status>",
            "order",
        ),
        ("<status>", "<staus>x</staus><status>", "unknown_element"),
        ("<status>Actual", "<status>Actual<b/>", "not_text"),
        ("<status>Actual", "<status> Actual", "bad_choice"),
        ("</status>", "</status>and more", "loose_text"),
        ("<status>", '<status lang="en">', "unknown_attribute"),
        ("<status>", '<x xmlns="urn:x"/><status>', "foreign_element"),
    ],
)
def test_what_the_schema_forbids_is_named(old: str, new: str, code: str) -> None:
    raw = write(warning())
    assert old.encode() in raw
    broken = raw.replace(old.encode(), new.encode(), 1)
    assert not schema("1.2").validate(etree.fromstring(broken))
    assert [fault.code for fault in check(broken)] == [f"cap.{code}"]


def test_a_hint_to_a_schema_is_not_followed() -> None:
    hint = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"'
    raw = write(warning()).replace(b"<alert", b"<alert" + hint.encode(), 1)
    assert read(raw) == warning()


def test_comments_between_elements_say_nothing() -> None:
    raw = write(warning()).replace(b"<status>", b"<!-- x --><?y z?><status>")
    assert read(raw) == warning()


def test_all_faults_of_a_message_are_named_at_once() -> None:
    bad = warning(
        identifier="", scope="Restricted", infos=(info(event=""), info(areas=(area(circles=("x",)),)))
    )
    assert len(check_built(bad)) == 4


def test_names_with_spaces_stand_in_quotes() -> None:
    names = ("220100", "duty officer", "a\tb")
    assert words_of(words_text(names)) == names
    assert notice(addresses=words_text(names)).addressees() == names


@pytest.mark.parametrize(
    "text", ["2024-05-01T24:00:00+00:00", "2024-05-01T00:00:00+14:01", "0000-01-01T00:00:00+00:00"]
)
def test_a_time_that_no_clock_shows_is_none(text: str) -> None:
    assert parse_moment(text) is None


def test_utc_is_written_as_the_standard_wants_it() -> None:
    assert moment_text(warning().sent_at) == "2024-05-01T11:50:00-00:00"


def test_a_signature_without_a_canonical_form_is_refused() -> None:
    raw = signed(warning()).replace(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:a="b"><a:c/>')
    assert [fault.code for fault in check(raw)] == ["cap.bad_signature"]


def test_white_space_around_a_time_says_nothing_and_around_a_name_it_does() -> None:
    raw = write(warning())
    assert read(raw.replace(b"<sent>", b"<sent>\n  ").replace(b"</sent>", b"\t</sent>")) == warning()
    assert [fault.code for fault in check(raw.replace(b"<sender>", b"<sender> "))] == ["cap.bad_sender"]
