"""A message of CAP as XML, in UTF-8, its elements in the order of the schema.

Signatures that came with a message are written after its elements, as they came. They do not verify over what
is written here, since white space between elements is not kept: the bytes that came are the evidence, and a
message that is signed anew should be written without them (`unsigned`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from riskshed.exchange.cap_alert import NAMESPACES, Alert
from riskshed.exchange.cap_schema import SCHEMA

# The stubs of `lxml` know of no default namespace.
_DEFAULT: dict[str, Any] = {version: {None: namespace} for version, namespace in NAMESPACES.items()}


def element_of(alert: Alert) -> etree._Element:
    """The message as an element, in the default namespace of its version."""
    namespace = NAMESPACES[alert.version]
    root: etree._Element = etree.Element(f"{{{namespace}}}alert", nsmap=_DEFAULT[alert.version])
    _fill(root, alert, namespace)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    for signature in alert.signatures:
        root.append(etree.fromstring(signature, parser))
    return root


def bytes_of(root: etree._Element) -> bytes:
    """An element as a document: UTF-8, with a declaration, no white space added."""
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"


def unsigned(alert: Alert) -> Alert:
    """The same message without the signatures that it came with."""
    return replace(alert, signatures=())


def _fill(parent: etree._Element, noun: Any, namespace: str) -> None:
    for element in SCHEMA[type(noun)]:
        value = getattr(noun, element.attribute)
        for one in value if element.many else () if value is None else (value,):
            child = etree.SubElement(parent, f"{{{namespace}}}{element.tag}")
            if element.noun is None:
                child.text = one
            else:
                _fill(child, one, namespace)
