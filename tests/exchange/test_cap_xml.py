"""XML of strangers: what attacks is refused with its reason, in little time and little memory."""

from __future__ import annotations

import gc
import resource
import time
import tracemalloc
from pathlib import Path

import pytest
from cap_messages import info, warning
from cast import shared_data

from riskshed.exchange.cap import BYTES_MAX, CapError, read, write
from riskshed.exchange.cap_feed import read_feed
from riskshed.exchange.cap_xml import ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, root_of

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
PLAIN = write(warning())
BODY = PLAIN.split(b"?>", 1)[1].lstrip()
ATTACKS = {
    "cyclic.xml": "cap.forbidden_dtd",
    "dtd.xml": "cap.forbidden_dtd",
    "dtd_element.xml": "cap.forbidden_dtd",
    "external.xml": "cap.forbidden_dtd",
    "external_file.xml": "cap.forbidden_dtd",
    "quadratic.xml": "cap.forbidden_dtd",
    "xmlbomb.xml": "cap.forbidden_dtd",
    "xmlbomb2.xml": "cap.forbidden_dtd",
    "schema-include.xsd": "cap.not_alert",
    "simple-ns.xml": "cap.not_alert",
    "simple.xml": "cap.not_alert",
    "xalan_exec.xsl": "cap.not_alert",
    "xalan_write.xsl": "cap.not_alert",
}


def attack_files() -> dict[str, Path]:
    return {path.name: path for path in (shared_data("bad-input") / "xml_defused" / "xmltestdata").iterdir()}


def refusal(raw: bytes) -> CapError:
    with pytest.raises(CapError) as caught:
        read(raw)
    assert str(caught.value).replace("\n", " ").isprintable()
    return caught.value


def test_every_attack_of_the_data_folder_is_judged() -> None:
    assert set(attack_files()) == set(ATTACKS)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(name: str) -> None:
    raw = attack_files()[name].read_bytes()
    assert refusal(raw).code == ATTACKS[name]
    with pytest.raises(CapError) as caught:
        read_feed(raw)
    assert caught.value.code in ("cap.forbidden_dtd", "cap.not_feed")


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


LAUGHS = b"".join(b'<!ENTITY e%d "%s">' % (at, b"&e%d;" % (at - 1) * 10) for at in range(1, 12))
BAD = {
    "nothing": (b"", "cap.empty"),
    "white space": (b" \n\t", "cap.empty"),
    "no XML": (b"warning: water rises", "cap.not_xml"),
    "JSON": (b'{"alert": 1}', "cap.not_xml"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "cap.encoding"),
    "cut off": (PLAIN[:-30], "cap.not_xml"),
    "two roots": (PLAIN + BODY, "cap.not_xml"),
    "a prefix that is not declared": (b"<x:alert/>", "cap.not_xml"),
    "an attribute twice": (b'<alert a="1" a="2"/>', "cap.not_xml"),
    "a null byte": (PLAIN.replace(b"Public", b"Pub\x00lic"), "cap.null_byte"),
    "a control character": (PLAIN.replace(b"Public", b"Pub\x07lic"), "cap.not_xml"),
    "a forbidden reference to a character": (PLAIN.replace(b"Public", b"Pub&#0;lic"), "cap.not_xml"),
    "an unknown entity": (PLAIN.replace(b"Public", b"&pub;"), "cap.not_xml"),
    "a billion laughs": (b"<!DOCTYPE a [<!ENTITY e0 'ha'>" + LAUGHS + b"]><a>&e11;</a>", "cap.forbidden_dtd"),
    "deep": (nested(DEPTH_MAX + 1), "cap.too_deep"),
    "very deep": (nested(100_000), "cap.too_deep"),
    "many elements": (b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>", "cap.too_many"),
    "many attributes": (
        b"<a " + b" ".join(b'a%d="1"' % at for at in range(ATTRIBUTES_MAX + 1)) + b"/>", "cap.too_many",
    ),
    "not UTF-8": (HEAD + BODY.replace("水污染".encode(), b"\xff\xfe"), "cap.encoding"),
    "half of a character": (HEAD + BODY.replace("水污染".encode(), b"\xe6\xb0"), "cap.encoding"),
    "a surrogate": (HEAD + BODY.replace("水污染".encode(), b"\xed\xa0\x80"), "cap.encoding"),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>' + BODY, "cap.encoding"),
    "UTF-32": (BODY.decode().encode("utf-32"), "cap.encoding"),
    "UTF-16 without a mark": (BODY.decode().encode("utf-16-le"), "cap.encoding"),
    "a mark that the declaration denies": (
        b"\xef\xbb\xbf<?xml version='1.0' encoding='GBK'?>" + BODY, "cap.encoding",
    ),
    "XML 1.1 controls": (b'<?xml version="1.1"?><alert>\x01</alert>', "cap.not_xml"),
    "an inclusion": (
        b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/issue"/>',
        "cap.not_alert",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_its_reason(name: str) -> None:
    raw, code = BAD[name]
    began = time.process_time()
    assert refusal(raw).code == code
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + PLAIN,
        BODY.decode().encode("utf-16"),
        b"\xfe\xff" + BODY.decode().encode("utf-16-be"),
        b'<?xml version="1.0" encoding="GB18030"?>' + BODY.decode().encode("gb18030"),
        b"<?xml version='1.0' encoding='gbk' standalone='yes'?>" + BODY.decode().encode("gbk"),
        b"\n" + BODY,
        BODY.replace("水".encode(), b"&#27700;"),
        BODY.replace(b"Public", b"<![CDATA[Public]]>"),
    ],
)
def test_the_same_message_in_other_bytes_is_the_same(raw: bytes) -> None:
    assert read(raw) == warning()


def test_a_fault_is_on_the_line_on_which_a_person_sees_it() -> None:
    raw = b'<?xml version="1.0"\n encoding="UTF-8"?>\n\n' + BODY.replace(b"<scope>Public", b"\n<scope>All")
    assert [fault.line for fault in refusal(raw).faults] == [5]


def test_a_hundred_megabytes_are_refused_at_once() -> None:
    raw = b"<a>" + b" " * 100_000_000 + b"</a>"
    began = time.process_time()
    assert refusal(raw).code == "cap.oversize"
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    "raw",
    [
        b"<a>" + b"<b/>" * (BYTES_MAX // 4 - 2) + b"</a>",
        b"<a " + b" ".join(b'xmlns:p%d="u"' % at for at in range(200_000)) + b"/>",
        b'<a b="' + b"&lt;" * (BYTES_MAX // 4 - 10) + b'"/>',
        b"<a>" * (BYTES_MAX // 3),
        b"<!--" + b"-" * (BYTES_MAX - 10),
        b"<a>" + b"&#65;" * (BYTES_MAX // 5 - 2) + b"</a>",
    ],
)
def test_what_is_just_small_enough_takes_little_time_and_memory(raw: bytes) -> None:
    assert len(raw) <= BYTES_MAX
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    refusal(raw)
    assert time.process_time() - began < 5.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB


def test_a_polygon_of_a_hundred_thousand_corners_is_judged_in_time() -> None:
    corners = " ".join(f"{1 + at % 2 * 0.001 + at * 1e-5:.6f},{at * 1e-5:.6f}" for at in range(100_000))
    raw = PLAIN.replace(b"<polygon>", f"<polygon>{corners} ".encode(), 1)
    began = time.process_time()
    refusal(raw)
    assert time.process_time() - began < 10.0


def test_nothing_is_kept_of_what_was_refused() -> None:
    raw = b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>"
    refusal(raw)
    tracemalloc.start()
    for _ in range(3):
        refusal(raw)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2_000_000


def test_a_large_text_that_is_allowed_is_read_whole() -> None:
    text = "江" * 1_000_000
    assert read(write(warning(infos=(info(description=text),)))).infos[0].description == text


def test_what_would_be_too_large_to_read_is_not_written() -> None:
    with pytest.raises(CapError) as caught:
        write(warning(infos=(info(description="a" * BYTES_MAX),)))
    assert caught.value.code == "cap.oversize"


def test_a_feed_may_be_larger_than_a_message() -> None:
    raw = b"<a>" + b" " * BYTES_MAX + b"</a>"
    assert root_of(raw, "feed", bytes_max=2 * BYTES_MAX).tag == "a"
