"""Help between cities in EDXL-RM 1.0 (OASIS Emergency Data Exchange Language, Resource Messaging), both ways.

Statements of help have the verbs of six of its sixteen messages: RequestResource, ResponseToRequestResource
(an offer, or a refusal), OfferUnsolicitedResource, CommitResource, ReportResourceDeploymentStatus (what has
left, what has come) and ReleaseResource. The other ten have no verb here and are refused with the reason.

Nothing is flattened in silence. `write` says which fields of a statement the message does not carry, `read`
which elements of a message it did not use. A quantity is carried as a measured one; a quantity in free text
is refused, since nobody can add it up. Items of one message that have different times or places are refused
too: a statement has one.

Message elements stand in the namespace ``...:RM:1.0:msg``, what is inside of their types in ``...:RM:1.0``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from riskshed.errors import Fault, InputError, InputFaults
from riskshed.exchange.cap_xml import line_of, root_of
from riskshed.statement import KindName, Statement, StatementError, time_text
from riskshed.statement_values import UNITS

MSG = "urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg"
RM = "urn:oasis:names:tc:emergency:EDXL:RM:1.0"
UNIT_LIST = "urn:riskshed:units"
MESSAGES: Mapping[str, str] = {
    "AidRequested": "RequestResource",
    "AidOffered": "ResponseToRequestResource",
    "AidDeclined": "ResponseToRequestResource",
    "AidCommitted": "CommitResource",
    "AidDispatched": "ReportResourceDeploymentStatus",
    "AidReceived": "ReportResourceDeploymentStatus",
    "AidReleased": "ReleaseResource",
}
"""The message of each statement; an offer that nobody asked for is an OfferUnsolicitedResource."""
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        ("RequisitionResource",), "an order of what was offered; a commitment is the giver's word"
    ),
    **dict.fromkeys(("RequestInformation", "ResponseToRequestInformation"), "a question in free text"),
    **dict.fromkeys(("RequestQuote", "ResponseToRequestQuote"), "a price is part of an offer here"),
    **dict.fromkeys(("RequestReturn", "ResponseToRequestReturn"), "help is released by who received it"),
    **dict.fromkeys(
        ("RequestExtendedDeploymentDuration", "ResponseToRequestExtendedDeploymentDuration"),
        "a longer stay is a new commitment",
    ),
    "RequestResourceDeploymentStatus": "what has left and come stands on the record",
}
"""Messages without a verb here, and why."""
TIMES: Mapping[str, Mapping[str, str]] = {
    "AidRequested": {"RequestedArrival": "needed_by"},
    "AidOffered": {
        "BeginAvailable": "ready_at",
        "EstimatedArrival": "arrives_at",
        "EndAvailable": "valid_until",
    },
    "AidDeclined": {},
    "AidCommitted": {
        "EstimatedDeparture": "leaves_by",
        "EstimatedArrival": "arrives_by",
        "EstimatedReturnDeparture": "until",
    },
    "AidDispatched": {"ActualDeparture": "left_at", "EstimatedArrival": "arrives_at"},
    "AidReceived": {"ActualArrival": "received_at"},
    "AidReleased": {"ActualReturnDeparture": "released_at"},
}
PLACES: Mapping[str, Mapping[str, str]] = {
    "AidRequested": {"RequestedArrival": "to"},
    "AidCommitted": {"EstimatedArrival": "to"},
    "AidDispatched": {"ActualDeparture": "from", "EstimatedArrival": "to"},
}
"""Which field is the place of which time."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message in UTF-8, and the fields of the statement that it does not carry."""

    raw: bytes
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says, as a statement would say it; `lost` are elements that were not used, by path.

    `message_id` is the identifier that its sender gave it, `replies_to` that of the one before it.
    """

    kind: KindName
    by: str
    issued: datetime
    about: str | None
    message_id: str
    replies_to: str | None
    body: Mapping[str, Any]
    lost: tuple[str, ...]


# ------------------------------------------------------------------------------------------------- writing


def write(statement: Statement) -> Written:
    """A statement of help as a message.

    Raises
    ------
    InputError
        ``edxl.no_message`` for a kind that has none, or a statement that is sealed.
    """
    kind, body = statement.kind, statement.body
    if kind not in MESSAGES or body is None:
        what = f"{kind} is no statement of help" if body is not None else f"this {kind} is sealed"
        raise InputError(
            "edxl.no_message", f"{what}, so that no message carries it", todo="Send it as it is."
        )
    unasked = kind == "AidOffered" and statement.replies_to is None
    name = "OfferUnsolicitedResource" if unasked else MESSAGES[kind]
    root = etree.Element(f"{{{MSG}}}{name}", nsmap={"msg": MSG, "rm": RM})
    _add(root, MSG, "MessageID", statement.id)
    _add(root, MSG, "SentDateTime", time_text(statement.issued))
    _add(root, MSG, "MessageContentType", name)
    _add(root, MSG, "OriginatingMessageID", statement.replies_to or statement.id)
    if statement.replies_to:
        _add(root, MSG, "PrecedingMessageID", statement.replies_to)
    if statement.about:
        _add(_add(root, MSG, "IncidentInformation"), RM, "IncidentID", statement.about)
    _contact(root, statement.by, "Sender")
    for asked in body.get("of", ()):
        _contact(root, asked, "RespondingOrg")
    for index, item in enumerate(body.get("items", ({},)), start=1):
        _resource(root, kind, body, item, index)
    used = {"items", "of", *TIMES[kind].values(), *PLACES.get(kind, {}).values()}
    used |= {"cause"} if kind == "AidDeclined" else set()
    lost = [field for field in body if field not in used]
    lost += [f"items[{i}].name" for i, item in enumerate(body.get("items", ())) if "name" in item]
    return Written(etree.tostring(root, encoding="UTF-8", xml_declaration=True), tuple(lost))


def _add(parent: Any, namespace: str, tag: str, text: str | None = None) -> Any:
    child = etree.SubElement(parent, f"{{{namespace}}}{tag}")
    child.text = text
    return child


def _contact(root: Any, body: str, role: str) -> None:
    contact = _add(root, MSG, "ContactInformation")
    _add(contact, RM, "ContactDescription", body)
    _add(contact, RM, "ContactRole", role)


def _resource(root: Any, kind: str, body: Mapping[str, Any], item: Mapping[str, Any], index: int) -> None:
    part = _add(root, MSG, "ResourceInformation")
    _add(part, MSG, "ResourceInfoElementID", str(index))
    if kind in ("AidOffered", "AidDeclined", "AidCommitted") and "OfferUnsolicited" not in root.tag:
        response = _add(part, MSG, "ResponseInformation")
        _add(response, RM, "PrecedingResourceInfoElementID", str(index))
        _add(response, RM, "ResponseType", "Decline" if kind == "AidDeclined" else "Accept")
        if kind == "AidDeclined":
            _add(response, RM, "ResponseReason", body["cause"])
    if item:
        _add(_add(part, MSG, "Resource"), MSG, "Name", item["item"])
        quantity = _add(_add(part, MSG, "AssignmentInformation"), MSG, "Quantity")
        measured = _add(quantity, RM, "MeasuredQuantity")
        _add(measured, RM, "Amount", item["amount"]["value"])
        unit = _add(measured, RM, "UnitOfMeasure")
        _add(unit, RM, "ValueListURN", UNIT_LIST)
        _add(unit, RM, "Value", item["amount"]["unit"])
    for sort, field in TIMES[kind].items():
        place = PLACES.get(kind, {}).get(sort)
        if field in body or (place is not None and place in body):
            schedule = _add(part, MSG, "ScheduleInformation")
            _add(schedule, MSG, "ScheduleType", sort)
            if field in body:
                _add(schedule, MSG, "DateTime", body[field])
            if place is not None:
                _add(_add(schedule, MSG, "Location"), RM, "LocationDescription", body[place])


# ------------------------------------------------------------------------------------------------- reading


def read(raw: bytes, where: str = "message") -> Message:
    """What a message says.

    Raises
    ------
    InputFaults
        ``edxl.unusable`` with every fault and its line: no EDXL-RM, a message without a verb here, a part
        that is missing, a time without offset, a unit that is not known, items that differ in time or
        place; and what `riskshed.exchange.cap_xml` refuses of XML.
    """
    return _Reader(root_of(raw, where), where).message()


class _Reader:
    """Reads one message, remembers which elements it used, and names every fault."""

    def __init__(self, root: Any, where: str) -> None:
        self.root, self.where = root, where
        self.faults: list[Fault] = []
        self.used: set[Any] = {root}

    def message(self) -> Message:
        name = etree.QName(self.root)
        if name.namespace != MSG or (name.localname not in {*MESSAGES.values(), "OfferUnsolicitedResource"}):
            why = REFUSED.get(name.localname) if name.namespace == MSG else None
            wanted = f"one of {', '.join(dict.fromkeys(MESSAGES.values()))}"
            self.fault("no_verb" if why else "not_edxl", self.root, name.localname, wanted, why or "")
            self.stop()
        kind: Any = self._kind(name.localname)
        sent, by = self.time(self.text(self.root, MSG, "SentDateTime")), self._contacts()
        code = self.text(self.root, MSG, "MessageID")
        for tag in ("MessageContentType", "OriginatingMessageID"):
            self.find(self.root, MSG, tag)
        before = self.find(self.root, MSG, "PrecedingMessageID")
        incident = self.find(self.root, MSG, "IncidentInformation")
        about = None if incident is None else self.text(incident, RM, "IncidentID")
        body = self._body(kind)
        if kind == "AidRequested" and by.get("RespondingOrg"):
            body["of"] = by["RespondingOrg"]
        if not by.get("Sender"):
            self.fault("missing", self.root, "no contact with the role Sender", "one")
        self.stop()
        assert sent is not None
        replies = None if before is None else (before.text or "").strip()
        told = by["Sender"][0], datetime.fromisoformat(sent), about, code, replies
        return Message(kind, *told, body, tuple(self._unused(self.root, "")))

    def _kind(self, name: str) -> str:
        if name == "OfferUnsolicitedResource":
            return "AidOffered"
        if name == "ResponseToRequestResource":
            responses = {one.text for one in self.root.iter(f"{{{RM}}}ResponseType")}
            if responses not in ({"Accept"}, {"Decline"}):
                got = ", ".join(sorted(str(one) for one in responses)) or "nothing"
                todo = "A conditional answer needs words; ask for an offer."
                self.fault("response", self.root, got, "Accept of all items, or Decline of all", todo)
            return "AidDeclined" if responses == {"Decline"} else "AidOffered"
        if name == "ReportResourceDeploymentStatus":
            sorts = {one.text for one in self.root.iter(f"{{{MSG}}}ScheduleType")}
            return "AidReceived" if "ActualArrival" in sorts else "AidDispatched"
        return next(kind for kind, message in MESSAGES.items() if message == name)

    def _contacts(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.all(self.root, MSG, "ContactInformation"):
            body, role = self.text(one, RM, "ContactDescription"), self.text(one, RM, "ContactRole")
            found.setdefault(role, []).append(body)
        return found

    def _body(self, kind: str) -> dict[str, Any]:
        parts = self.all(self.root, MSG, "ResourceInformation")
        if not parts:
            self.fault("missing", self.root, "no ResourceInformation", "one of each item")
        items, schedules = [], []
        declined: dict[str, Any] = {}
        for part in parts:
            self.find(part, MSG, "ResourceInfoElementID")
            response = self.find(part, MSG, "ResponseInformation")
            if response is not None:
                self.find(response, RM, "PrecedingResourceInfoElementID")
                self.find(response, RM, "ResponseType")
                if kind == "AidDeclined":
                    declined = {"cause": self.text(response, RM, "ResponseReason")}
            if kind != "AidDeclined":
                items.append(self._item(part))
            schedules.append(self._schedule(part, kind))
        for part, one in zip(parts[1:], schedules[1:], strict=True):
            if one != schedules[0]:
                todo = "Send them as several messages."
                self.fault(
                    "split_schedule", part, "times or places unlike the first item's", "the same", todo
                )
        return {**({"items": items} if items else {}), **declined, **(schedules[0] if schedules else {})}

    def _item(self, part: Any) -> dict[str, Any]:
        resource = self.find(part, MSG, "Resource")
        name = "" if resource is None else self.text(resource, MSG, "Name")
        assignment = self.find(part, MSG, "AssignmentInformation")
        quantity = None if assignment is None else self.find(assignment, MSG, "Quantity")
        measured = None if quantity is None else self.find(quantity, RM, "MeasuredQuantity")
        if resource is None or measured is None:
            self.fault("no_quantity", part, "no name or no measured quantity", "Name and MeasuredQuantity")
            return {}
        amount, measure = self.text(measured, RM, "Amount"), self.find(measured, RM, "UnitOfMeasure")
        unit = "" if measure is None else self.text(measure, RM, "Value")
        if measure is not None:
            self.find(measure, RM, "ValueListURN")
        if unit not in UNITS:
            self.fault("unknown_unit", measured, unit or "none", f"one of {', '.join(UNITS)}", "Convert it.")
        return {"item": name, "amount": {"value": self._decimal(amount, measured), "unit": unit}}

    def _decimal(self, text: str, at: Any) -> str:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal(-1)
        if not value.is_finite() or value < 0:
            self.fault("bad_amount", at, text, "a number >= 0")
            return "0"
        plain = f"{value:f}"
        return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"

    def _schedule(self, part: Any, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in part.findall(f"{{{MSG}}}ScheduleInformation"):
            sort = (one.findtext(f"{{{MSG}}}ScheduleType") or "").strip()
            if sort not in TIMES[kind]:
                continue  # told as not used
            self.used |= {one}
            self.find(one, MSG, "ScheduleType")
            place, when = PLACES.get(kind, {}).get(sort), self.find(one, MSG, "DateTime")
            if when is not None and (told := self.time((when.text or "").strip(), when)):
                found[TIMES[kind][sort]] = told
            location = self.find(one, MSG, "Location") if place else None
            if place and location is not None:
                found[place] = self.text(location, RM, "LocationDescription")
        return found

    # ------------------------------------------------------------------------------------ single elements

    def all(self, parent: Any, namespace: str, tag: str) -> list[Any]:
        """Every child of this name, marked as used."""
        found = list(parent.findall(f"{{{namespace}}}{tag}"))
        self.used.update(found)
        return found

    def find(self, parent: Any, namespace: str, tag: str) -> Any:
        """The first child of this name, marked as used; None if there is none."""
        found = parent.find(f"{{{namespace}}}{tag}")
        if found is not None:
            self.used.add(found)
        return found

    def text(self, parent: Any, namespace: str, tag: str) -> str:
        """The text of a child that has to be there."""
        found = self.find(parent, namespace, tag)
        text = "" if found is None else (found.text or "").strip()
        if not text:
            self.fault("missing", parent, f"no {tag}", "one with text")
        return text

    def time(self, text: str, at: Any = None) -> str | None:
        """A time as a statement writes it."""
        try:
            return time_text(datetime.fromisoformat(text))
        except (ValueError, StatementError):
            if text:
                got = "a time with offset, such as 2005-11-20T16:00:00+08:00"
                self.fault("bad_time", self.root if at is None else at, text, got)
            return None

    def fault(self, code: str, at: Any, got: str, wanted: str, todo: str = "") -> None:
        """Name a fault at an element."""
        tag = etree.QName(at).localname
        self.faults.append(Fault(f"edxl.{code}", self.where, line_of(at), tag, got, wanted, todo))

    def stop(self) -> None:
        """Raise what was found."""
        if self.faults:
            raise InputFaults("edxl.unusable", "this resource message cannot be used", self.faults)

    def _unused(self, parent: Any, path: str) -> Iterator[str]:
        for one in parent.iterchildren(etree.Element):
            name = f"{path}/{etree.QName(one).localname}"
            if one in self.used:
                yield from self._unused(one, name)
            else:
                yield name
