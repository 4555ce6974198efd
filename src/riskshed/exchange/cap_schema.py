"""The schema of CAP as a table: which element stands where, how often, and what its text must be.

The order of the rows is the order that the schema asks for (xs:sequence). Reader and writer go by this one
table, so that nothing that is read can be forgotten when it is written.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskshed.exchange.cap_alert import (
    CATEGORIES,
    CERTAINTIES,
    MESSAGE_TYPES,
    RESPONSE_TYPES,
    SCOPES,
    SEVERITIES,
    STATUSES,
    URGENCIES,
    Alert,
    Area,
    Info,
    Parameter,
    Resource,
)


@dataclass(frozen=True, slots=True)
class Element:
    """One element: where its text goes, and what it must be.

    Attributes
    ----------
    tag, attribute : str
        Name in the message, and of the field of the noun.
    form : str
        ``text``, ``time``, ``language``, ``uri``, ``integer``, ``decimal``, ``choice``; ``noun``: a group.
    required, many : bool
    choices : tuple of str
    noun : type, optional
        What a group becomes.
    """

    tag: str
    attribute: str
    form: str = "text"
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    noun: type | None = None


def _one(tag: str, attribute: str = "", form: str = "text", **more: object) -> Element:
    return Element(tag, attribute or tag, form, **more)  # type: ignore[arg-type]


def _must(tag: str, attribute: str = "", form: str = "text", **more: object) -> Element:
    return _one(tag, attribute, form, required=True, **more)


def _choice(tag: str, choices: tuple[str, ...], attribute: str = "") -> Element:
    return _must(tag, attribute, "choice", choices=choices)


def _group(tag: str, attribute: str, noun: type) -> Element:
    return _one(tag, attribute, "noun", many=True, noun=noun)


SCHEMA: dict[type, tuple[Element, ...]] = {
    Alert: (
        _must("identifier"),
        _must("sender"),
        _must("sent", form="time"),
        _choice("status", STATUSES),
        _choice("msgType", MESSAGE_TYPES, "msg_type"),
        _one("source"),
        _choice("scope", SCOPES),
        _one("restriction"),
        _one("addresses"),
        _one("code", "codes", many=True),
        _one("note"),
        _one("references"),
        _one("incidents"),
        _group("info", "infos", Info),
    ),
    Info: (
        _one("language", form="language"),
        _must("category", "categories", "choice", many=True, choices=CATEGORIES),
        _must("event"),
        _one("responseType", "response_types", "choice", many=True, choices=RESPONSE_TYPES),
        _choice("urgency", URGENCIES),
        _choice("severity", SEVERITIES),
        _choice("certainty", CERTAINTIES),
        _one("audience"),
        _group("eventCode", "event_codes", Parameter),
        _one("effective", form="time"),
        _one("onset", form="time"),
        _one("expires", form="time"),
        _one("senderName", "sender_name"),
        _one("headline"),
        _one("description"),
        _one("instruction"),
        _one("web", form="uri"),
        _one("contact"),
        _group("parameter", "parameters", Parameter),
        _group("resource", "resources", Resource),
        _group("area", "areas", Area),
    ),
    Resource: (
        _must("resourceDesc", "description"),
        _one("mimeType", "mime_type"),
        _one("size", "size_bytes", "integer"),
        _one("uri", form="uri"),
        _one("derefUri", "content_base64"),
        _one("digest"),
    ),
    Area: (
        _must("areaDesc", "description"),
        _one("polygon", "polygons", many=True),
        _one("circle", "circles", many=True),
        _group("geocode", "geocodes", Parameter),
        _one("altitude", "altitude_ft", "decimal"),
        _one("ceiling", "ceiling_ft", "decimal"),
    ),
    Parameter: (
        _must("valueName", "name"),
        _must("value"),
    ),
}
NOT_IN_1_1 = ("Avoid", "AllClear")
"""Response types that came with CAP 1.2."""
