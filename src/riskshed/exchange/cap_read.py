"""A message of CAP from its XML: every element in its place, nothing left out, every fault named.

Comments and processing instructions between elements say nothing and are dropped. Inside of a text they are
refused: programs do not agree on what ``Actual<!-- -->Exercise`` says. Attributes are refused but for the
hint to a schema on the root, which is not followed.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from riskshed.columns import shown
from riskshed.exchange.cap_alert import NAMESPACES, Alert
from riskshed.exchange.cap_faults import CapError, CapFaults
from riskshed.exchange.cap_schema import SCHEMA, Element
from riskshed.exchange.cap_values import check_value
from riskshed.exchange.cap_xml import line_of

SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURES_MAX = 5
_CAP = "urn:oasis:names:tc:emergency:cap:"
_OLD = "http://www.incident.com/cap/1.0"
_SCHEMA_HINTS = {
    f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}"
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
}


def alert_of(root: etree._Element, faults: CapFaults) -> Alert | None:
    """The message of a root element; None if its elements are not those of the schema.

    What the schema cannot say is not looked at: that is `cap_rules`.

    Parameters
    ----------
    root : lxml element
        From `cap_xml.root_of`.
    faults : CapFaults
        Takes the faults, and the line of every element.

    Raises
    ------
    CapError
        ``cap.not_alert`` or ``cap.version`` if it is something else from the root on.
    """
    version = _version(root, faults.where)
    reader = _Reader(NAMESPACES[version], version, faults)
    before = len(faults.faults)
    faults.lines["alert"] = line_of(root)
    values = reader.group(root, Alert, "alert")
    values["signatures"] = tuple(reader.signatures)
    if version == "1.1" and reader.signatures:
        todo = "Ask for CAP 1.2, whose schema has a place for it."
        faults.add("unknown_element", "alert", "a signature in CAP 1.1", "none", todo)
    return None if len(faults.faults) > before else Alert(**values, version=version)


def _version(root: etree._Element, where: str) -> str:
    name = etree.QName(root)
    space = name.namespace or ""
    line = line_of(root)
    for version, known in NAMESPACES.items():
        if space == known and name.localname == "alert":
            return version
    if space.startswith(_CAP) or space == _OLD:
        told = "1.0" if space == _OLD else space.removeprefix(_CAP)
        wanted = "CAP 1.2, or 1.1 to be read alone"
        raise CapError.of(
            "version", where, f"CAP {shown(told)[1:-1]}", wanted, "Ask the sender for CAP 1.2.", line=line
        )
    got = f"the root element {shown(name.localname)} of {shown(space) if space else 'no namespace'}"
    todo = "An EDXL envelope is not opened: take the message out of it." if "EDXL" in space else ""
    raise CapError.of("not_alert", where, got, f'"alert" of "{NAMESPACES["1.2"]}"', todo, line=line)


class _Reader:
    """Walks the elements by the table of the schema."""

    def __init__(self, namespace: str, version: str, faults: CapFaults) -> None:
        self.namespace, self.version, self.faults = namespace, version, faults
        self.signatures: list[str] = []

    def group(self, parent: etree._Element, noun: type, path: str) -> dict[str, Any]:
        """The values of the fields of a noun."""
        self._attributes(parent, path)
        elements = SCHEMA[noun]
        order = {element.tag: at for at, element in enumerate(elements)}
        found: dict[str, list[Any]] = {element.tag: [] for element in elements}
        last, last_tag = 0, ""
        self._loose_text(parent, path)
        for child in parent:
            tag = self._tag(child, path, order)
            if tag is None:
                continue
            element = elements[order[tag]]
            place = f"{path}/{tag}[{len(found[tag]) + 1}]" if element.many else f"{path}/{tag}"
            if not element.many and found[tag]:
                place = f"{place}[2]"
            self.faults.lines[place] = line_of(child)
            if order[tag] < last:
                self.faults.add("order", place, f"after {last_tag}", f"before {last_tag}", "Put it there.")
            elif not element.many and found[tag]:
                self.faults.add("repeated", place, "a second one", "one", "Leave one.")
            last, last_tag = max((last, last_tag), (order[tag], tag))
            found[tag].append(self._value(child, element, place))
        return self._fields(elements, found, path)

    def _fields(
        self, elements: tuple[Element, ...], found: dict[str, list[Any]], path: str
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for element in elements:
            got = found[element.tag]
            if element.required and not got:
                line = self.faults.lines.get(path)
                self.faults.lines.setdefault(f"{path}/{element.tag}", line or 1)
                self.faults.add("missing_element", f"{path}/{element.tag}", "nothing", "this element")
            values[element.attribute] = tuple(got) if element.many else (got[0] if got else None)
        return values

    def _value(self, child: etree._Element, element: Element, path: str) -> Any:
        if element.noun is not None:
            before = len(self.faults.faults)
            values = self.group(child, element.noun, path)
            return None if len(self.faults.faults) > before else element.noun(**values)
        self._attributes(child, path)
        if len(child):
            inner: Any = child[0]
            got = "a comment" if inner.tag is etree.Comment else "an element or an instruction"
            self.faults.add("not_text", path, f"{got} inside of the text", "text alone", "Take it out.")
            return ""
        text = child.text or ""
        if element.form not in ("text", "choice"):
            text = text.strip(" \t\r\n")  # the schema collapses white space of these types
        check_value(element, text, path, self.faults, self.version)
        return text

    def _tag(self, child: Any, path: str, order: dict[str, int]) -> str | None:
        """The local name of an element that may stand here; None for what says nothing or was refused."""
        self._loose_tail(child, path)
        if not isinstance(child.tag, str):
            if not isinstance(child, etree._Comment | etree._ProcessingInstruction):
                self.faults.add("forbidden_entity", path, "an entity", "text")
            return None
        name = etree.QName(child)
        if name.namespace == self.namespace and name.localname in order:
            return name.localname
        place = f"{path}/{shown(name.localname)[1:-1]}"
        self.faults.lines.setdefault(place, line_of(child))
        if path == "alert" and name.namespace == SIGNATURE_NAMESPACE:
            self._signature(child, place)
        elif name.namespace == self.namespace:
            near = next((tag for tag in order if tag.lower().startswith(name.localname.lower()[:6])), None)
            todo = f"Did you mean {near}?" if near else ""
            self.faults.add("unknown_element", place, "an element that has no place here", "none", todo)
        else:
            got = f"an element of {shown(name.namespace) if name.namespace else 'no namespace'}"
            self.faults.add("foreign_element", place, got, "elements of CAP, and signatures at the end alone")
        return None

    def _signature(self, child: Any, path: str) -> None:
        after = child.getnext()
        while after is not None and not isinstance(after.tag, str):
            after = after.getnext()
        if after is not None and etree.QName(after).namespace != SIGNATURE_NAMESPACE:
            self.faults.add("order", path, "before other elements", "at the end", "Put it there.")
        elif len(self.signatures) >= SIGNATURES_MAX:
            self.faults.add("repeated", path, "more of them", f"at most {SIGNATURES_MAX}")
        else:
            try:
                # Exclusive, so that declarations of namespaces around it do not come along.
                form = etree.tostring(
                    child, method="c14n", exclusive=True, with_comments=False, with_tail=False
                )
            except etree.LxmlError:  # such as a namespace whose name is a relative address
                self.faults.add("bad_signature", path, "XML without a canonical form", "a signature")
            else:
                self.signatures.append(form.decode("utf-8"))

    def _attributes(self, element: etree._Element, path: str) -> None:
        for name in element.attrib:
            if not (path == "alert" and str(name) in _SCHEMA_HINTS):
                got = f"the attribute {shown(str(name))}"
                self.faults.add("unknown_attribute", path, got, "none", "Take it out.")

    def _loose_text(self, parent: etree._Element, path: str) -> None:
        if parent.text and parent.text.strip(" \t\r\n"):
            self.faults.value("loose_text", path, parent.text.strip(), "elements alone")

    def _loose_tail(self, child: etree._Element, path: str) -> None:
        if child.tail and child.tail.strip(" \t\r\n"):
            self.faults.value("loose_text", path, child.tail.strip(), "elements alone")
