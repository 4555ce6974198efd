"""The text of one element of CAP: what the schema lets stand there, said so that a person can mend it."""

from __future__ import annotations

import re

from riskshed.columns import shown
from riskshed.exchange.cap_alert import parse_moment
from riskshed.exchange.cap_faults import CapFaults
from riskshed.exchange.cap_schema import NOT_IN_1_1, Element

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)
# What RFC 3986 lets stand in an address, and letters of other scripts as RFC 3987 does.
_URI = re.compile(r"""[^\s<>"{}|\\^`\x00-\x20\x7f]+""")
# What XML cannot hold, or turns into something else.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def check_value(element: Element, text: str, path: str, faults: CapFaults, version: str = "1.2") -> None:
    """Name what is wrong with the text of an element, by its type."""
    if (found := NOT_IN_XML.search(text)) is not None:
        faults.add("bad_character", path, f"the character U+{ord(found.group()):04X}", "text", "Take it out.")
        return
    if element.form == "choice":
        choices = element.choices
        if version == "1.1" and element.tag == "responseType":
            choices = tuple(one for one in choices if one not in NOT_IN_1_1)
        if text not in choices:
            near = next((one for one in choices if one.lower() == text.strip().lower()), None)
            todo = f"Write {near}." if near else ""
            faults.value("bad_choice", path, text, f"one of {', '.join(choices)}", todo)
    elif element.form in _WANTED and not _FORMS[element.form](text):
        wanted, todo = _WANTED[element.form]
        faults.add(f"bad_{element.form}", path, shown(text), wanted, todo)


_FORMS = {
    "time": lambda text: parse_moment(text) is not None,
    "language": lambda text: _LANGUAGE.fullmatch(text) is not None,
    "integer": lambda text: _INTEGER.fullmatch(text) is not None,
    "decimal": lambda text: _DECIMAL.fullmatch(text) is not None,
    "uri": lambda text: not text or _URI.fullmatch(text) is not None,
}
_WANTED = {
    "time": (
        "a time such as 2005-11-20T16:00:00+08:00",
        "Write seconds and a numeric offset; UTC is -00:00. CAP has no Z and no fractions.",
    ),
    "language": ("a language such as zh-CN or en-US (RFC 3066)", ""),
    "integer": ("a whole number", ""),
    "decimal": ("a number such as 12.5", ""),
    "uri": ("an address without spaces, such as https://city.example/map.png", ""),
}
