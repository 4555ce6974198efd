"""XML of strangers, read so that it can neither reach out nor blow up.

XML can name files and addresses to be fetched, can define short names that unfold to gigabytes, and can be
read in two ways where two programs disagree about its encoding. None of that is needed by a warning. So:

- the bytes are decoded once, here, by an encoding of a short list; what is parsed is text;
- a document type declaration, an entity or an external reference is refused by `defusedxml`, before anything
  is built, and so are bytes that are too many, elements that are too many or too deep;
- only then does `lxml` build the tree, with no entities and no network, because it knows the line of
  an element.

This costs a second parse: about a third more time.
"""

from __future__ import annotations

import codecs
import re
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from lxml import etree

from riskshed.columns import shown
from riskshed.exchange.cap_faults import CapError

BYTES_MAX = 2**22
"""Of one message: 4 MiB, some four hundred times a long one."""
DEPTH_MAX = 40
ELEMENTS_MAX = 100_000
ATTRIBUTES_MAX = 50

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Names of encodings as a declaration may give them. GB 18030 holds GBK and GB 2312, in use in China.
_CODECS = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "utf-16": "utf-16",
}
_DECLARATION = re.compile(r"""\s*<\?xml\s(?P<inner>[^?]{0,200}?)\?>""", re.ASCII)
_ENCODING = re.compile(r"""encoding\s*=\s*["'](?P<name>[^"']{0,40})["']""", re.ASCII)
_WANTED = "UTF-8, UTF-16 with a byte order mark, US-ASCII, ISO-8859-1, GB18030, GBK or GB2312"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class _Bounds:
    """Counts what a parser meets and stops it in time; it builds nothing."""

    def __init__(self, where: str) -> None:
        self.where, self.depth, self.elements = where, 0, 0

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > DEPTH_MAX:
            raise CapError.of("too_deep", self.where, f"elements over {DEPTH_MAX} deep", "a flat message")
        if self.elements > ELEMENTS_MAX:
            raise CapError.of(
                "too_many", self.where, f"more than {ELEMENTS_MAX} elements", "one message or one feed"
            )
        if len(attributes) > ATTRIBUTES_MAX:
            raise CapError.of(
                "too_many", self.where, f"{len(attributes)} attributes on one element", "a few at most"
            )

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def data(self, _text: str) -> None:
        pass

    def close(self) -> None:
        pass


def root_of(raw: bytes, where: str, *, bytes_max: int = BYTES_MAX) -> etree._Element:
    """The root element of a document that is safe to look at.

    Parameters
    ----------
    raw : bytes
    where : str
        The file, for messages.
    bytes_max : int

    Raises
    ------
    CapError
        ``cap.oversize``, ``cap.empty``, ``cap.encoding``, ``cap.null_byte``, ``cap.not_xml``,
        ``cap.forbidden_dtd``, ``cap.forbidden_entity``, ``cap.forbidden_reference``,
        ``cap.too_deep``, ``cap.too_many``.
    """
    if len(raw) > bytes_max:
        raise CapError.of("oversize", where, f"more than {bytes_max} bytes", f"at most {bytes_max} bytes")
    data = plain_text(raw, where).encode("utf-8")
    _refuse_attacks(data, where)
    # A large text node is legal below our own limit on bytes; all else that `huge_tree` unlocks was counted.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True,
        remove_blank_text=False, encoding="utf-8",
    )  # fmt: skip
    try:
        root: etree._Element = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _not_xml(str(error.msg), where, error.lineno) from error
    return root


def line_of(element: Any) -> int:
    """The line on which an element begins, 1 where it has none; what the stubs of `lxml` leave open."""
    return int(element.sourceline or 1)


def plain_text(raw: bytes, where: str) -> str:
    """The text of a document, without its declaration; line feeds are kept, so that lines keep their number.

    Raises
    ------
    CapError
        ``cap.empty``, ``cap.encoding``, ``cap.null_byte``, ``cap.not_xml``.
    """
    if not raw.strip():
        raise CapError.of("empty", where, "nothing", "an XML document")
    codec = _codec(raw, where)
    try:
        text = raw.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        got = f"bytes that are not {codec.upper()}, at byte {error.start}"
        raise CapError.of("encoding", where, got, f"text in {codec.upper()}") from error
    if (found := _NOT_XML.search(text)) is not None:
        line = text.count("\n", 0, found.start()) + 1
        code = "null_byte" if found.group() == "\0" else "not_xml"
        got = f"the character U+{ord(found.group()):04X}"
        raise CapError.of(code, where, got, "text without control characters", line=line)
    declared = _DECLARATION.match(text)
    if declared is None:
        return text
    return "\n" * text.count("\n", 0, declared.end()) + text[declared.end() :]


def _codec(raw: bytes, where: str) -> str:
    marked = next((codec for bom, codec in _BOMS if raw.startswith(bom)), None)
    head = raw[:1000].decode(marked or "latin-1", "ignore").removeprefix("\ufeff")
    declared = _DECLARATION.match(head)
    named = _ENCODING.search(declared["inner"]) if declared else None
    name = named["name"].lower() if named else None
    if marked == "utf-32" or (name is not None and name not in _CODECS):
        raise CapError.of("encoding", where, shown(name or "UTF-32"), _WANTED, "Send it in UTF-8.")
    codec = _CODECS[name] if name else (marked or "utf-8")
    if marked is not None and marked != codec:
        got = f"a byte order mark of {marked.upper()}, and the declaration {shown(name or '')}"
        raise CapError.of("encoding", where, got, "one encoding", "Send it in UTF-8.")
    if codec == "utf-16" and marked is None:
        raise CapError.of("encoding", where, "UTF-16 without a byte order mark", _WANTED, "Send it in UTF-8.")
    return codec


def _refuse_attacks(data: bytes, where: str) -> None:
    bounds: Any = _Bounds(where)
    parser = DefusedXMLParser(target=bounds, encoding="utf-8", forbid_dtd=True)
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException as error:
        raise _forbidden(error, where) from error
    except ParseError as error:
        line, column = error.position
        got = f"{str(error).partition(':')[0]} at column {column + 1}"
        raise _not_xml(got, where, line) from error
    except ValueError as error:  # such as a namespace prefix that the parser will not take
        raise _not_xml(str(error), where, None) from error


def _forbidden(error: DefusedXmlException, where: str) -> CapError:
    kind = type(error).__name__
    code, got = {
        "DTDForbidden": ("forbidden_dtd", "a document type declaration (DOCTYPE)"),
        "EntitiesForbidden": ("forbidden_entity", "an entity declaration"),
    }.get(kind, ("forbidden_reference", "a reference to something outside of the document"))
    wanted = "a document without document types, entities and references to the outside"
    return CapError.of(code, where, got, wanted, "Write the text itself; a warning needs none of these.")


def _not_xml(got: str, where: str, line: int | None) -> CapError:
    told = "".join(c if c.isprintable() else " " for c in got)[:200]
    return CapError.of("not_xml", where, told, "well-formed XML", "Look at this line.", line=line)
