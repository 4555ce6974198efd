"""What a message of CAP must fulfil beyond its schema: what the standard says and no schema can check.

Most of what is wrong with messages in the field passes the schema: an identifier that is empty, an update of
nothing, a private message to nobody, a border that is not closed, an end before the beginning. The rules are
those of OASIS CAP 1.2, section 3.2, and where it is silent those by which common validators go; each says so.

Rules ask nothing of now: that a warning has expired is no fault of it. Whether it may be believed is
judged by `cap_gate`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from decimal import Decimal

from riskshed.columns import shown
from riskshed.exchange.cap_alert import Alert, Area, Info, Resource, moment, parse_moment
from riskshed.exchange.cap_area import BadAreaError, circle_of, polygon_of
from riskshed.exchange.cap_faults import CapFaults
from riskshed.exchange.cap_schema import SCHEMA
from riskshed.exchange.cap_values import check_value

_NAME = re.compile(r"[^\s,<&\x00-\x1f\x7f]+")
_MIME = re.compile(r"[A-Za-z0-9][\w.+!#$&^-]*/[A-Za-z0-9][\w.+!#$&^-]*(\s*;.*)?", re.ASCII | re.DOTALL)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", re.ASCII)
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}", re.ASCII)
_NAMES_EARLIER = ("Update", "Cancel", "Ack", "Error")


def check_rules(alert: Alert, faults: CapFaults) -> None:
    """Name every rule that a message breaks, by the path of its element.

    Parameters
    ----------
    alert : Alert
        Its values are of their types (`check_values` for one that was not read).
    faults : CapFaults
    """
    _check_names(alert, faults)
    _check_scope(alert, faults)
    _check_references(alert, faults)
    _check_quotes(alert, faults)
    for at, info in enumerate(alert.infos, 1):
        _check_info(alert, info, f"alert/info[{at}]", faults)


def check_values(alert: Alert, faults: CapFaults) -> None:
    """Name every text of a message that the schema does not let stand: for one that was built, not read."""
    _values(alert, "alert", faults, alert.version)


def _values(noun: object, path: str, faults: CapFaults, version: str) -> None:
    for element in SCHEMA[type(noun)]:
        value = getattr(noun, element.attribute)
        many = value if element.many else () if value is None else (value,)
        if element.required and not many:
            faults.add("missing_element", f"{path}/{element.tag}", "nothing", "this element")
        for at, one in enumerate(many, 1):
            place = f"{path}/{element.tag}[{at}]" if element.many else f"{path}/{element.tag}"
            if element.noun is not None:
                _values(one, place, faults, version)
            else:
                check_value(element, one, place, faults, version)


def _check_names(alert: Alert, faults: CapFaults) -> None:
    for name, text in (("identifier", alert.identifier), ("sender", alert.sender)):
        if not _NAME.fullmatch(text):
            wanted = "a name without spaces, commas, < and &" if text else "a name"
            faults.value(f"bad_{name}", f"alert/{name}", text, wanted)


def _check_scope(alert: Alert, faults: CapFaults) -> None:
    """Section 3.2.1: whom a message is for must be said where it is not for everybody."""
    restriction = (alert.restriction or "").strip()
    if alert.scope == "Restricted" and not restriction:
        todo = "Say in restriction who may have it."
        faults.add("no_restriction", "alert/restriction", "nothing", "the rule that limits it", todo)
    elif alert.scope != "Restricted" and restriction:
        wanted = "none: its scope is not Restricted"
        faults.value("stray_restriction", "alert/restriction", restriction, wanted)
    if alert.scope == "Private" and not alert.addressees():
        todo = "Name the receivers in addresses."
        faults.add("no_addresses", "alert/addresses", "nobody", "whom a private message is for", todo)


def _check_references(alert: Alert, faults: CapFaults) -> None:
    """A message names what it updates, cancels or answers, earlier ones, each once, never itself."""
    path = "alert/references"
    texts = (alert.references or "").split()
    if not texts:
        if alert.msg_type in _NAMES_EARLIER or alert.references is not None:
            wanted = "the messages that are meant, each as sender,identifier,sent"
            faults.add("no_references", path, f"nothing, with msgType {alert.msg_type}", wanted)
        return
    if len(set(texts)) < len(texts):
        faults.add("repeated_reference", path, "a message twice", "each message once")
    for text in texts:
        parts = text.split(",")
        time = parse_moment(parts[2]) if len(parts) == 3 else None
        if time is None or not all(_NAME.fullmatch(part) for part in parts[:2]):
            wanted = "sender,identifier,sent, with spaces between the messages alone"
            faults.value("bad_reference", path, text, wanted)
        elif (parts[0], parts[1]) == alert.key:
            todo = "Give each message an identifier of its own."
            faults.value("self_reference", path, text, "earlier messages", todo)
        elif (sent := parse_moment(alert.sent)) is not None and time > sent:
            faults.value("later_reference", path, text, f"messages sent no later than {alert.sent}")


def _check_quotes(alert: Alert, faults: CapFaults) -> None:
    for name in ("addresses", "incidents"):
        text = getattr(alert, name) or ""
        if text.count('"') % 2:
            faults.value("bad_quotes", f"alert/{name}", text, "quotes in pairs, around values with spaces")


def _check_info(alert: Alert, info: Info, path: str, faults: CapFaults) -> None:
    if not info.event.strip():
        faults.add("no_event", f"{path}/event", "an empty text", "what happens")
    if len(set(info.categories)) < len(info.categories):
        faults.add("repeated", f"{path}/category", "a category twice", "each once")
    if len(set(info.response_types)) < len(info.response_types):
        faults.add("repeated", f"{path}/responseType", "a response type twice", "each once")
    if info.web and not _ABSOLUTE.fullmatch(info.web):
        faults.value(
            "relative_uri", f"{path}/web", info.web, "a whole address, such as https://city.example/"
        )
    _check_times(alert, info, path, faults)
    for tag, many in (("parameter", info.parameters), ("eventCode", info.event_codes)):
        for at, one in enumerate(many, 1):
            if not one.name.strip():
                faults.add("no_name", f"{path}/{tag}[{at}]/valueName", "an empty text", "a name")
    for at, resource in enumerate(info.resources, 1):
        _check_resource(alert, resource, f"{path}/resource[{at}]", faults)
    for at, area in enumerate(info.areas, 1):
        _check_area(area, f"{path}/area[{at}]", faults)


def _check_times(alert: Alert, info: Info, path: str, faults: CapFaults) -> None:
    """An end before the beginning means nothing. A Cancel may end what it speaks of in the past."""
    texts = {"sent": alert.sent, "effective": info.effective, "onset": info.onset, "expires": info.expires}
    if any(text is not None and parse_moment(text) is None for text in texts.values()):
        return
    if info.expires is None or alert.msg_type not in ("Alert", "Update"):
        return
    end = moment(info.expires)
    for name in ("sent", "effective", "onset"):
        text = texts[name]
        if text is not None and end <= moment(text):
            todo = "Look at the year and at the offset."
            faults.value("expires_early", f"{path}/expires", info.expires, f"later than {name} {text}", todo)
            return


def _check_resource(alert: Alert, resource: Resource, path: str, faults: CapFaults) -> None:
    if not resource.description.strip():
        faults.add("no_description", f"{path}/resourceDesc", "an empty text", "what it is")
    if resource.mime_type is None:
        if alert.version == "1.2":
            faults.add("missing_element", f"{path}/mimeType", "nothing", "this element")
    elif not _MIME.fullmatch(resource.mime_type.strip()):
        faults.value("bad_mime_type", f"{path}/mimeType", resource.mime_type, "a type such as image/png")
    if resource.size_bytes is not None and resource.size_bytes.startswith("-"):
        faults.value("bad_size", f"{path}/size", resource.size_bytes, "a number of bytes, 0 or more")
    if resource.digest is not None and not _SHA1.fullmatch(resource.digest.strip()):
        faults.value("bad_digest", f"{path}/digest", resource.digest, "SHA-1 as 40 hex digits")
    if resource.content_base64 is not None:
        _check_content(resource, resource.content_base64, path, faults)


def _check_content(resource: Resource, content: str, path: str, faults: CapFaults) -> None:
    """What is inside of the message is what its size and its digest say."""
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        faults.value("bad_content", f"{path}/derefUri", content, "base64")
        return
    size, digest = resource.size_bytes, resource.digest
    if size is not None and int(size) != len(data):
        faults.add("wrong_size", f"{path}/size", size, f"{len(data)}, as the content has")
    if digest is not None and digest.strip().lower() != hashlib.sha1(data, usedforsecurity=False).hexdigest():
        faults.value("wrong_digest", f"{path}/digest", digest, "the SHA-1 of the content")


def _check_area(area: Area, path: str, faults: CapFaults) -> None:
    if not area.description.strip():
        faults.add("no_description", f"{path}/areaDesc", "an empty text", "where, in words")
    for tag, texts, read in (("polygon", area.polygons, polygon_of), ("circle", area.circles, circle_of)):
        for at, text in enumerate(texts, 1):
            try:
                read(text)
            except BadAreaError as bad:
                faults.add(bad.code, f"{path}/{tag}[{at}]", bad.got, bad.wanted, bad.todo)
    for at, code in enumerate(area.geocodes, 1):
        if not code.name.strip() or not code.value.strip():
            got = f"{shown(code.name)} with {shown(code.value)}"
            faults.add("bad_geocode", f"{path}/geocode[{at}]", got, "a code table, and a code of it")
    if area.ceiling_ft is not None:
        if area.altitude_ft is None:
            faults.add("stray_ceiling", f"{path}/ceiling", "no altitude", "an altitude, above which it lies")
        elif Decimal(area.ceiling_ft) < Decimal(area.altitude_ft):
            faults.value("low_ceiling", f"{path}/ceiling", area.ceiling_ft, f"{area.altitude_ft} or more")
