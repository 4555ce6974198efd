"""A message of the Common Alerting Protocol as a program holds it: all of it, as it was written.

The nouns are those of the standard (OASIS CAP 1.2, 2010-07-01): an `Alert` has any number of `Info` blocks,
mostly one per language; an info has any number of `Parameter`, `Resource` and `Area`. Whatever may come
several times is a tuple here; nothing is flattened to its first. Each value is the text that stood in the
message: a time keeps its offset (``-00:00`` is UTC), a coordinate its digits. What is absent is None, what is
there and empty is ``""``: the two are written differently again.

Methods read what a text means; they suppose a message that was read or checked, and assert otherwise.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

NAMESPACES = {
    "1.2": "urn:oasis:names:tc:emergency:cap:1.2",
    "1.1": "urn:oasis:names:tc:emergency:cap:1.1",
}
"""The versions that are read and written; CAP 1.0 is refused by name."""
DEFAULT_LANGUAGE = "en-US"
"""What the schema says of an info without a language."""

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = (
    *("Geo", "Met", "Safety", "Security", "Rescue", "Fire"),
    *("Health", "Env", "Transport", "Infra", "CBRNE", "Other"),
)
RESPONSE_TYPES = (
    *("Shelter", "Evacuate", "Prepare", "Execute", "Avoid"),
    *("Monitor", "Assess", "AllClear", "None"),
)
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
_WORDS = re.compile(r'"([^"]*)"|([^\s"]+)')


class Reference(NamedTuple):
    """An earlier message, as `references` names it: ``sender,identifier,sent``."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return ",".join(self)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name and a value; also what an event code and a geocode are made of."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A file that goes with an info: a map, a recording.

    Attributes
    ----------
    description, mime_type : str
        `mime_type` may be None in CAP 1.1 only.
    size_bytes, uri, content_base64, digest : str, optional
        ``size``, ``uri``, ``derefUri`` and ``digest`` (SHA-1, in hex, as the standard has it).
    """

    description: str
    mime_type: str | None = None
    size_bytes: str | None = None
    uri: str | None = None
    content_base64: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """Where: the union of its polygons, circles and coded places.

    Attributes
    ----------
    description : str
    polygons : tuple of str
        ``lat,lon lat,lon ...`` in degrees (WGS 84), the last pair equal to the first.
    circles : tuple of str
        ``lat,lon radius``, the radius in km.
    geocodes : tuple of Parameter
    altitude_ft, ceiling_ft : str, optional
        Above mean sea level, in feet.
    """

    description: str
    polygons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    geocodes: tuple[Parameter, ...] = ()
    altitude_ft: str | None = None
    ceiling_ft: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What is to be said of one event, in one language."""

    language: str | None = None
    categories: tuple[str, ...]
    event: str
    response_types: tuple[str, ...] = ()
    urgency: str
    severity: str
    certainty: str
    audience: str | None = None
    event_codes: tuple[Parameter, ...] = ()
    effective: str | None = None
    onset: str | None = None
    expires: str | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Parameter, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def spoken(self) -> str:
        """The language, ``en-US`` where none is given, as the schema says."""
        return self.language or DEFAULT_LANGUAGE

    def parameter(self, name: str) -> str | None:
        """The value of the first parameter of this name, None without one."""
        return next((one.value for one in self.parameters if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message. Two are equal if all their texts are, signatures included.

    Attributes
    ----------
    identifier, sender, sent, status, msg_type, scope : str
        As the elements of these names.
    source, restriction, addresses, note, references, incidents : str, optional
        As written; `addressees`, `referenced` and `named_incidents` read them.
    codes : tuple of str
    infos : tuple of Info
    signatures : tuple of str
        The elements of XML Signature at the end, each as canonical XML. They are kept, and they do not verify
        over anything but the bytes with which they came.
    version : {"1.2", "1.1"}
    """

    identifier: str
    sender: str
    sent: str
    status: str
    msg_type: str
    source: str | None = None
    scope: str
    restriction: str | None = None
    addresses: str | None = None
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: str | None = None
    incidents: str | None = None
    infos: tuple[Info, ...] = ()
    signatures: tuple[str, ...] = ()
    version: str = "1.2"

    @property
    def key(self) -> tuple[str, str]:
        """Sender and identifier: a sender uses an identifier once."""
        return self.sender, self.identifier

    @property
    def sent_at(self) -> datetime:
        """When it was sent; aware."""
        return moment(self.sent)

    @property
    def reference(self) -> Reference:
        """How a later message names this one."""
        return Reference(self.sender, self.identifier, self.sent)

    def referenced(self) -> tuple[Reference, ...]:
        """The earlier messages that this one names."""
        return tuple(Reference(*one.split(",", 2)) for one in (self.references or "").split())

    def addressees(self) -> tuple[str, ...]:
        """To whom it is addressed; a name with spaces stands in quotes."""
        return words_of(self.addresses)

    def named_incidents(self) -> tuple[str, ...]:
        """The incidents to which it belongs."""
        return words_of(self.incidents)

    def last_expiry(self) -> datetime | None:
        """From when on it says nothing any more; None if it never ends by itself."""
        ends = [info.expires for info in self.infos]
        known = [moment(end) for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def canonical(self) -> bytes:
        """What the message says, in one byte form; signatures left out, texts as they were written."""
        value: dict[str, Any] = asdict(self)
        del value["signatures"]
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )


def moment(text: str) -> datetime:
    """The time that a text of CAP means.

    Examples
    --------
    >>> moment("2005-11-23T00:30:00-00:00").isoformat()
    '2005-11-23T00:30:00+00:00'
    """
    time = parse_moment(text)
    assert time is not None, f"{text!r} is no time of CAP: it was not checked"
    return time


def parse_moment(text: str) -> datetime | None:
    """The time that a text means, None if it is none of CAP (no ``Z``, no fractions, an offset)."""
    if not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
        time.timestamp()  # a time on the edge of the calendar cannot be compared with others
    except (ValueError, OverflowError):
        return None
    hours, minutes = int(text[-5:-3]), int(text[-2:])
    return time if minutes < 60 and (hours < 14 or (hours == 14 and not minutes)) else None


def moment_text(time: datetime) -> str:
    """A time as CAP writes it: with its offset, UTC as ``-00:00``, what is less than a second cut off.

    Examples
    --------
    >>> from datetime import UTC
    >>> moment_text(datetime(2005, 11, 23, 0, 30, tzinfo=UTC))
    '2005-11-23T00:30:00-00:00'
    """
    assert time.utcoffset() is not None, "a time without a zone"
    text = time.isoformat(timespec="seconds")
    return f"{text[:-6]}-00:00" if text.endswith("+00:00") else text


def words_of(text: str | None) -> tuple[str, ...]:
    """The values of a list by spaces, where values with spaces stand in quotes.

    Examples
    --------
    >>> words_of('220100 "duty officer" 230100')
    ('220100', 'duty officer', '230100')
    """
    return tuple(quoted or plain for quoted, plain in _WORDS.findall(text or ""))


def words_text(values: tuple[str, ...]) -> str:
    """Values as one text, those with spaces in quotes; no value may hold a quote."""
    assert not any('"' in value or not value for value in values), "a value with a quote, or an empty one"
    return " ".join(f'"{value}"' if re.search(r"\s", value) else value for value in values)


def attributes_of(noun: type) -> tuple[str, ...]:
    """The names of the fields of a noun, in the order of the schema."""
    return tuple(field.name for field in fields(noun))
