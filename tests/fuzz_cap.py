"""Every parser of CAP as a function of bytes, as `fuzz_ledger` has those of the ledger.

What is accepted is written again and read as the same; what is not is a `CapError` with words. No bytes at
all are let in at a gate, whose key signed nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from fuzz_ledger import refusals_only
from shapely import box

from riskshed.exchange.cap import Alert, Area, CapError, Info, Parameter, Reference, Resource, read, write
from riskshed.exchange.cap_active import active
from riskshed.exchange.cap_area import BadAreaError, around, circle_of, polygon_of
from riskshed.exchange.cap_cn import chinese_identifier
from riskshed.exchange.cap_feed import Feed, check_feed, entry_of, read_feed, write_atom, write_rss
from riskshed.exchange.cap_gate import Gate, RegisteredKey
from riskshed.exchange.cap_signature import sign
from riskshed.exchange.cap_statement import body_of

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
OWN, OTHER = (ec.derive_private_key(number, ec.SECP256R1()) for number in (7, 11))
GATE = Gate({"shang.example": RegisteredKey(OWN.public_key(), frozenset({"actual"}), box(125, 44, 126, 45))})
SQUARE = "44.3,125.3 44.5,125.3 44.5,125.5 44.3,125.5 44.3,125.3"
CODE = (Parameter("GB/T 2260", "910100"),)
INFO = Info(
    language="zh-CN",
    categories=("Env", "Safety"),
    event="水污染",
    response_types=("Avoid",),
    urgency="Expected",
    severity="Severe",
    certainty="Likely",
    event_codes=CODE,
    expires="2024-05-02T08:00:00+08:00",
    headline="上游来水",
    parameters=(Parameter("riskshed:level", "red"),),
    resources=(Resource("map", "image/png", "3", "https://a.example/", "YWJj"),),
    areas=(Area("上城", (SQUARE,), ("44.4,125.4 2.5",), CODE, "10", "20"),),
)
WARNING = Alert(
    identifier="shang-1",
    sender="shang.example",
    sent="2024-05-01T11:50:00-00:00",
    status="Actual",
    msg_type="Update",
    scope="Private",
    addresses='zhong.example "duty officer"',
    references=str(Reference("shang.example", "shang-0", "2024-05-01T11:00:00+00:00")),
    incidents="spill-1",
    infos=(INFO, INFO),
)


def fuzz_cap(data: bytes) -> None:
    with refusals_only(CapError):
        alert = read(data)
        assert read(write(alert)) == alert
        assert len(active([alert], alert.sent_at)) <= 1
        if alert.infos:
            body_of(alert)


def fuzz_cap_gate(data: bytes) -> None:
    """Nothing but what its key signed comes in, and that key signs nothing here."""
    with refusals_only(CapError):
        GATE.admit(data, NOW)
        raise AssertionError("admitted")


def fuzz_cap_feed(data: bytes) -> None:
    assert all(str(fault).isprintable() for fault in check_feed(data))
    with refusals_only(CapError):
        feed = read_feed(data)
        write_rss(feed)
        if feed.updated is not None and all(entry.updated for entry in feed.entries):
            write_atom(feed)


def fuzz_cap_text(data: bytes) -> None:
    """One text as the border, the circle, the time and the identifier of a message."""
    text = data.decode("utf-8", "replace")
    for parse in (polygon_of, circle_of):
        told = ""
        try:
            parse(text)
        except BadAreaError as bad:
            told = f"{bad.got}, {bad.wanted}"
        assert told.isprintable()
        assert told or parse is polygon_of or around(circle_of(text)).is_valid
    with refusals_only(CapError):
        assert str(chinese_identifier(text)) == text
    with refusals_only(CapError):
        named = Alert(
            identifier=text, sender=text, sent=text, status="Actual", msg_type="Cancel", scope="Private",
            addresses=text, references=text, incidents=text,
        )  # fmt: skip
        assert read(write(named)) == named


def seeds() -> dict[str, list[bytes]]:
    """For each function, bytes that it accepts; what the gate is given was signed by another key."""
    plain = write(WARNING)
    entry = entry_of(WARNING, "https://a.example/1.xml", plain)
    feed = Feed("urn:a", "a", NOW, (entry,), "https://a.example/")
    return {
        "fuzz_cap": [plain, sign(WARNING, OTHER), plain.replace(b"cap:1.2", b"cap:1.1")],
        "fuzz_cap_gate": [plain, sign(WARNING, OTHER)],
        "fuzz_cap_feed": [write_atom(feed), write_rss(feed)],
        "fuzz_cap_text": [SQUARE.encode(), b"44.4,125.4 2.5", b"22020075000000_20240501194500_0"],
    }  # fmt: skip


TARGETS: dict[str, Callable[[bytes], None]] = {
    name: act for name, act in globals().items() if name.startswith("fuzz_cap")
}
