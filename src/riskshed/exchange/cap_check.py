"""What can be said of a file that is to be a CAP message or a feed of them: what it is, and every fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from riskshed.errors import Fault
from riskshed.exchange.cap import Alert, read_element
from riskshed.exchange.cap_cn import check_chinese
from riskshed.exchange.cap_faults import CapError, CapFaults
from riskshed.exchange.cap_feed import FEED_BYTES_MAX, is_feed, read_feed
from riskshed.exchange.cap_read import alert_of
from riskshed.exchange.cap_signature import PublicKey, verify
from riskshed.exchange.cap_xml import BYTES_MAX, root_of


@dataclass(frozen=True, slots=True)
class Checked:
    """One file: what it is, the messages in it that are whole, and its faults.

    Attributes
    ----------
    where : str
    what : {"message", "feed", "unknown"}
    alerts : tuple of Alert
    faults : tuple of Fault
    verified : bool or None
        Whether one of the given keys signed it; None if none were given.
    """

    where: str
    what: str
    alerts: tuple[Alert, ...] = ()
    faults: tuple[Fault, ...] = ()
    verified: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "file": self.where,
            "what": self.what,
            "verified": self.verified,
            "messages": [_told(alert) for alert in self.alerts],
            "faults": [fault.to_json() for fault in self.faults],
        }

    def to_text(self) -> str:
        """A line for what it is, and one for each fault."""
        names = [f"{one.status} {one.msg_type} {one.identifier} of {one.sender}" for one in self.alerts[:3]]
        more = [f"and {len(self.alerts) - 3} more"] if len(self.alerts) > 3 else []
        told = ", ".join([*names, *more]) or ("no message" if self.what == "feed" else "not usable")
        signed = ", signed by a key that you gave" if self.verified else ""
        count = f"{len(self.faults) or 'no'} fault{'' if len(self.faults) == 1 else 's'}"
        head = f"{self.where}: {self.what}, {told}{signed}, {count}"
        return "\n".join([head, *(f"  {fault}" for fault in self.faults)])


def check_file(
    raw: bytes,
    where: str,
    *,
    keys: Sequence[PublicKey] = (),
    at: datetime | None = None,
    chinese: bool = False,
) -> Checked:
    """Look at one file.

    Parameters
    ----------
    raw : bytes
    where : str
    keys : sequence of public keys
        With any, a message must be signed by one of them.
    at : datetime, optional
        With it, a message that was not sent by then, or that had expired, has a fault.
    chinese : bool
        Whether the identifier must be of the profile GB/T 35965.
    """
    try:
        root = root_of(raw, where, bytes_max=FEED_BYTES_MAX)
        if is_feed(root):
            return _check_feed(raw, where, at, chinese)
        if len(raw) > BYTES_MAX:
            raise CapError.of("oversize", where, f"{len(raw)} bytes", f"at most {BYTES_MAX} bytes")
        return _check_message(root, where, tuple(keys), at, chinese)
    except CapError as error:
        return Checked(where, "unknown", (), error.faults)


def _check_feed(raw: bytes, where: str, at: datetime | None, chinese: bool) -> Checked:
    try:
        alerts, faults = read_feed(raw, where).messages(where)
    except CapError as error:
        return Checked(where, "feed", (), error.faults)
    more = [fault for alert in alerts for fault in _of_time(alert, CapFaults(where), at, chinese)]
    return Checked(where, "feed", alerts, (*faults, *more))


def _check_message(
    root: etree._Element, where: str, keys: tuple[PublicKey, ...], at: datetime | None, chinese: bool
) -> Checked:
    try:
        alert = read_element(root, where)
    except CapError as error:
        return Checked(where, "message", (), error.faults)
    placed = CapFaults(where)
    alert_of(root, placed)  # once more, for the lines of the elements
    faults = _of_time(alert, placed, at, chinese)
    verified = None
    if keys:
        try:
            verify(root, keys, where)
            verified = True
        except CapError as error:
            verified = False
            faults += error.faults
    return Checked(where, "message", (alert,), tuple(faults), verified)


def _of_time(alert: Alert, faults: CapFaults, at: datetime | None, chinese: bool) -> list[Fault]:
    if at is not None and alert.sent_at > at:
        faults.value("from_the_future", "alert/sent", alert.sent, f"no later than {at.isoformat()}")
    end = alert.last_expiry()
    if at is not None and end is not None and end <= at:
        got = f"an end at {end.isoformat()}"
        faults.add(
            "expired", "alert/info[1]/expires", got, f"later than {at.isoformat()}", "Ask for a new one."
        )
    if chinese:
        check_chinese(alert, faults)
    return faults.faults


def _told(alert: Alert) -> dict[str, Any]:
    end = alert.last_expiry()
    return {
        "version": alert.version,
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": alert.sent,
        "status": alert.status,
        "msgType": alert.msg_type,
        "scope": alert.scope,
        "languages": [info.spoken for info in alert.infos],
        "events": [info.event for info in alert.infos],
        "areas": sum(len(info.areas) for info in alert.infos),
        "references": [str(one) for one in alert.referenced()],
        "expires": None if end is None else end.isoformat(),
        "signatures": len(alert.signatures),
    }
