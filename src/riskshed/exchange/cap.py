"""The Common Alerting Protocol, in and out: complete, and strict on what its schema cannot say.

    read      bytes -> Alert, or every fault with its place
    check     bytes -> the faults alone
    write     Alert -> bytes that `read` and the schema accept

A message that is read is whole: all categories, response types, infos, parameters, resources, areas and
codes, in every language, with each time as it was written. What breaks a rule is refused whole.

CAP 1.2 is read and written. CAP 1.1 is read, and written again as 1.1, since its elements are the same; it
has no place for a signature, so `cap_gate` admits none. CAP 1.0 is refused by name. Where the standard is
silent or leaves it to the receiver, docs/decisions/0010-common-alerting-protocol.md says what was decided.
"""

from __future__ import annotations

from lxml import etree

from riskshed.errors import Fault
from riskshed.exchange.cap_alert import Alert, Area, Info, Parameter, Reference, Resource
from riskshed.exchange.cap_faults import CapError, CapFaults
from riskshed.exchange.cap_read import alert_of
from riskshed.exchange.cap_rules import check_rules, check_values
from riskshed.exchange.cap_write import bytes_of, element_of, unsigned
from riskshed.exchange.cap_xml import BYTES_MAX, root_of

__all__ = [
    "BYTES_MAX",
    "MEDIA_TYPE",
    "Alert",
    "Area",
    "CapError",
    "Info",
    "Parameter",
    "Reference",
    "Resource",
    "check",
    "read",
    "read_element",
    "unsigned",
    "write",
]

MEDIA_TYPE = "application/cap+xml"


def read(raw: bytes, where: str = "message") -> Alert:
    """The message of a document.

    Parameters
    ----------
    raw : bytes
        At most 4 MiB, in UTF-8 or another encoding of `cap_xml`.
    where : str
        The file, for messages.

    Raises
    ------
    CapError
        With every fault; nothing was fetched and nothing was unfolded.

    Examples
    --------
    >>> read(b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>').sender
    Traceback (most recent call last):
    ...
    riskshed.exchange.cap_faults.CapError: this message cannot be used:
      message, line 1, column alert/identifier: got nothing, want this element
      message, line 1, column alert/sender: got nothing, want this element
      message, line 1, column alert/sent: got nothing, want this element
      message, line 1, column alert/status: got nothing, want this element
      message, line 1, column alert/msgType: got nothing, want this element
      message, line 1, column alert/scope: got nothing, want this element
    """
    return read_element(root_of(raw, where), where)


def read_element(root: etree._Element, where: str = "message") -> Alert:
    """The message of an element that came from `cap_xml.root_of`.

    Raises
    ------
    CapError
    """
    faults = CapFaults(where)
    alert = alert_of(root, faults)
    if alert is not None:
        check_rules(alert, faults)
    faults.raise_any()
    assert alert is not None, "no message, and no fault"
    return alert


def check(raw: bytes, where: str = "message") -> tuple[Fault, ...]:
    """The faults of a document; empty if it is a message."""
    try:
        read(raw, where)
    except CapError as error:
        return error.faults
    return ()


def write(alert: Alert, where: str = "message") -> bytes:
    """The message as a document in UTF-8.

    Raises
    ------
    CapError
        With every fault, if it is no message that `read` would take.

    Examples
    --------
    >>> info = Info(
    ...     language="zh-CN", categories=("Env",), event="水污染", urgency="Expected", severity="Severe",
    ...     certainty="Likely", areas=(Area("哈尔滨", circles=("45.75,126.63 30",)),),
    ... )
    >>> alert = Alert(
    ...     identifier="a-1", sender="city.example", sent="2005-11-21T12:00:00+08:00", status="Actual",
    ...     msg_type="Alert", scope="Public", infos=(info,),
    ... )
    >>> read(write(alert)) == alert
    True
    """
    faults = CapFaults(where)
    check_values(alert, faults)
    faults.raise_any()
    check_rules(alert, faults)
    faults.raise_any()
    raw = bytes_of(element_of(alert))
    if len(raw) > BYTES_MAX:
        raise CapError.of("oversize", where, f"{len(raw)} bytes", f"at most {BYTES_MAX} bytes")
    return raw
