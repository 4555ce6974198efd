"""Feeds of CAP messages, in and out: Atom (RFC 4287) and RSS 2.0.

A feed is a list of contents, not a warning: an entry links a message, or holds one, which is then read like
any other (`Entry.read`) and is worth as much as its signature. A feed that is not whole, without a name or
with an entry that leads nowhere, is refused with every fault. A message inside of an entry that cannot be
used does not silence the others: `Feed.messages` gives both, and `check_feed` names the faults of all.

Bytes go through `cap_xml` first; only then `feedparser` reads what entries are called, and when. Nothing is
fetched.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, NamedTuple

import feedparser  # type: ignore[import-untyped]
from lxml import etree

from riskshed.columns import shown
from riskshed.errors import Fault
from riskshed.exchange.cap import MEDIA_TYPE, Alert, read
from riskshed.exchange.cap_alert import NAMESPACES
from riskshed.exchange.cap_faults import CapError, CapFaults
from riskshed.exchange.cap_write import bytes_of
from riskshed.exchange.cap_xml import line_of, root_of

FEED_BYTES_MAX = 2**24
"""16 MiB."""
ATOM = "http://www.w3.org/2005/Atom"
# RSS calls the one element below its root by a word that means three other things in this house.
_RSS_BODY = "chan" + "nel"
_ALERTS = {f"{{{namespace}}}alert" for namespace in NAMESPACES.values()}


class Link(NamedTuple):
    """Where an entry leads; `type` is the media type that it promises, or empty."""

    href: str
    type: str = ""
    rel: str = "alternate"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a message that is linked, or held, or both.

    Attributes
    ----------
    id, title : str
    updated : datetime or None
        Aware; an RSS item need not say it.
    links : tuple of Link
    summary : str
    raw : bytes or None
        The message that it holds, as a document of its own.
    line : int
        Where the entry begins.
    """

    id: str
    title: str
    updated: datetime | None = None
    links: tuple[Link, ...] = ()
    summary: str = ""
    raw: bytes | None = None
    line: int = 1

    def read(self, where: str = "feed") -> Alert | None:
        """The message that the entry holds, None if it only links one.

        Raises
        ------
        CapError
            If it holds one that cannot be used; lines are those of the message.
        """
        return None if self.raw is None else read(self.raw, f"{where}, entry {shown(self.id)}")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its names, and its entries in their order."""

    id: str
    title: str
    updated: datetime | None
    entries: tuple[Entry, ...] = ()
    link: str = ""

    def messages(self, where: str = "feed") -> tuple[tuple[Alert, ...], tuple[Fault, ...]]:
        """The messages that entries hold and that can be used, and the faults of those that cannot."""
        alerts: list[Alert] = []
        faults: list[Fault] = []
        for entry in self.entries:
            try:
                held = entry.read(where)
            except CapError as error:
                faults += error.faults
            else:
                alerts += [held] if held is not None else []
        return tuple(alerts), tuple(faults)


# ---------------------------------------------------------------------- reading one


def is_feed(root: etree._Element) -> bool:
    """Whether this root element is one of a feed."""
    return root.tag in (f"{{{ATOM}}}feed", "rss")


def read_feed(raw: bytes, where: str = "feed") -> Feed:
    """The feed of a document.

    Parameters
    ----------
    raw : bytes
        At most 16 MiB.
    where : str
        The file, for messages.

    Raises
    ------
    CapError
        Those of `cap_xml.root_of`; ``cap.not_feed``; with every fault, ``cap.feed_missing`` (id, title,
        time), ``cap.feed_no_message`` (an entry that neither links nor holds a message),
        ``cap.feed_loose_message`` (a message that stands in no entry), ``cap.feed_time``, ``cap.feed_many``
        (more than one in an entry), ``cap.feed_repeated`` (an id twice).
    """
    root = root_of(raw, where, bytes_max=FEED_BYTES_MAX)
    if not is_feed(root):
        got = f"the root element {shown(etree.QName(root).localname)}"
        raise CapError.of("not_feed", where, got, "a feed in Atom or RSS 2.0", line=line_of(root))
    faults = CapFaults(where)
    feed = _atom(root, faults) if root.tag != "rss" else _rss(root, faults)
    faults.raise_any()
    return feed


def check_feed(raw: bytes, where: str = "feed") -> tuple[Fault, ...]:
    """The faults of a feed and of every message in it."""
    try:
        return read_feed(raw, where).messages(where)[1]
    except CapError as error:
        return error.faults


def _parsed(root: etree._Element) -> Any:
    """What `feedparser` makes of a document that is safe; bytes, so that it takes nothing for an address."""
    data = io.BytesIO(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
    return feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)


def _atom(root: etree._Element, faults: CapFaults) -> Feed:
    path, entries = "feed", root.findall(f"{{{ATOM}}}entry")
    _check_loose(root, entries, path, faults)
    held = [_held(entry, f"{path}/entry[{at}]", faults) for at, entry in enumerate(entries, 1)]
    updated = [_atom_time(entry, f"{path}/entry[{at}]", faults) for at, entry in enumerate(entries, 1)]
    whole = _atom_time(root, path, faults)
    told = _parsed(_without_messages(root))
    return _feed(told, entries, held, [whole, *updated], path, "entry", ("id", "title"), faults)


def _rss(root: etree._Element, faults: CapFaults) -> Feed:
    bodies = root.findall(_RSS_BODY)
    if len(bodies) != 1:
        faults.add("feed_missing", f"rss/{_RSS_BODY}", f"{len(bodies)} of them", "one")
        faults.raise_any()
    path, items = f"rss/{_RSS_BODY}", bodies[0].findall("item")
    _check_loose(root, items, path, faults)
    held = [_held(item, f"{path}/item[{at}]", faults) for at, item in enumerate(items, 1)]
    times = [_rss_time(bodies[0], "lastBuildDate", path, faults)]
    times += [_rss_time(item, "pubDate", f"{path}/item[{at}]", faults) for at, item in enumerate(items, 1)]
    told = _parsed(_without_messages(root))
    return _feed(told, items, held, times, path, "item", ("title",), faults)


def _feed(
    told: Any,
    elements: list[etree._Element],
    held: list[bytes | None],
    times: list[datetime | None],
    path: str,
    tag: str,
    needed: tuple[str, ...],
    faults: CapFaults,
) -> Feed:
    if len(told.entries) != len(elements):
        faults.add("not_feed", path, f"{len(told.entries)} entries of {len(elements)}", "all of them")
        faults.raise_any()
    _check_needed(told.feed, path, needed, faults)
    entries = [
        _entry(one, element, raw, time, f"{path}/{tag}[{at}]", needed, faults)
        for at, (one, element, raw, time) in enumerate(
            zip(told.entries, elements, held, times[1:], strict=True), 1
        )
    ]
    _check_repeated(entries, path, tag, faults)
    link = str(told.feed.get("link") or "")
    return Feed(
        str(told.feed.get("id") or link), str(told.feed.get("title") or ""), times[0], tuple(entries), link
    )


def _entry(
    one: Any, element: etree._Element, raw: bytes | None, time: datetime | None, path: str,
    needed: tuple[str, ...], faults: CapFaults,
) -> Entry:  # fmt: skip
    faults.lines[path] = line_of(element)
    _check_needed(one, path, needed, faults)
    links = _links(one, element)
    if not links and raw is None:
        todo = "Give it a link to the message, or the message itself."
        faults.add("feed_no_message", path, "neither a link nor a message", "one of the two", todo)
    name = str(one.get("id") or (links[0].href if links else ""))
    title, summary = (str(one.get(field) or "") for field in ("title", "summary"))
    return Entry(name, title, time, links, summary, raw, line_of(element))


def _links(one: Any, element: Any) -> tuple[Link, ...]:
    """Where an entry leads, with no more said of a media type than it says itself."""
    found = [
        Link(link.get("href", "").strip(), link.get("type", ""), link.get("rel", "alternate"))
        for link in element.findall(f"{{{ATOM}}}link")
    ]
    if element.tag == "item":
        found = [Link(str(one.get("link") or "").strip())]
        found += [
            Link(link.get("url", "").strip(), link.get("type", ""), "enclosure")
            for link in element.findall("enclosure")
        ]
    return tuple(link for link in found if link.href)


def _check_needed(one: Any, path: str, needed: tuple[str, ...], faults: CapFaults) -> None:
    for name in needed:
        if not str(one.get(name) or "").strip():
            faults.lines.setdefault(f"{path}/{name}", faults.lines.get(path, 1))
            faults.add("feed_missing", f"{path}/{name}", "nothing", "this element")


def _check_repeated(entries: list[Entry], path: str, tag: str, faults: CapFaults) -> None:
    known: set[str] = set()
    for at, entry in enumerate(entries, 1):
        if entry.id and entry.id in known:
            faults.value("feed_repeated", f"{path}/{tag}[{at}]", entry.id, "an id that no other entry has")
        known.add(entry.id)


def _check_loose(root: Any, entries: list[etree._Element], path: str, faults: CapFaults) -> None:
    """A message that stands in no entry would be lost unseen."""
    tags = {entry.tag for entry in entries}
    for alert in root.iter(*_ALERTS):
        if not tags.intersection(one.tag for one in alert.iterancestors()):
            place = f"{path}/alert"
            faults.lines[place] = line_of(alert)
            todo = "Put it into the content of an entry."
            faults.add("feed_loose_message", place, "a message that stands in no entry", "none", todo)


def _held(entry: Any, path: str, faults: CapFaults) -> bytes | None:
    found = list(entry.iter(*_ALERTS))
    if len(found) > 1:
        faults.lines[path] = line_of(entry)
        faults.add("feed_many", path, f"{len(found)} messages", "one in an entry")
    if not found:
        return None
    data: bytes = etree.tostring(found[0], encoding="UTF-8", xml_declaration=True, with_tail=False)
    return data


def _without_messages(root: Any) -> etree._Element:
    """A copy without the messages: feedparser is to see what belongs to the feed alone."""
    parser = etree.XMLParser(resolve_entities=False, huge_tree=True)
    copied: Any = etree.fromstring(etree.tostring(root), parser)
    for alert in list(copied.iter(*_ALERTS)):
        alert.getparent().remove(alert)
    return copied  # type: ignore[no-any-return]


def _atom_time(element: etree._Element, path: str, faults: CapFaults) -> datetime | None:
    text = (element.findtext(f"{{{ATOM}}}updated") or "").strip()
    place = f"{path}/updated"
    faults.lines[place] = line_of(element)
    if not text:
        faults.add("feed_missing", place, "nothing", "this element")
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.utcoffset() is None or "T" not in text:
        faults.value("feed_time", place, text, "a time such as 2005-11-21T12:00:00+08:00 (RFC 3339)")
        return None
    return time


def _rss_time(element: etree._Element, tag: str, path: str, faults: CapFaults) -> datetime | None:
    text = (element.findtext(tag) or "").strip()
    if not text:
        return None
    try:
        time = parsedate_to_datetime(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time  # -0000 is UTC in RFC 5322
    except (ValueError, TypeError, OverflowError):
        faults.lines[f"{path}/{tag}"] = line_of(element)
        faults.value("feed_time", f"{path}/{tag}", text, "a time such as Mon, 21 Nov 2005 12:00:00 +0800")
        return None


# ---------------------------------------------------------------------- writing one


def entry_of(alert: Alert, href: str, raw: bytes | None = None) -> Entry:
    """An entry for a message.

    Parameters
    ----------
    alert : Alert
    href : str
        Where the message is to be had.
    raw : bytes, optional
        The message itself, as it was signed, to be held in an Atom entry.
    """
    info = alert.infos[0] if alert.infos else None
    title = (info.headline or info.event) if info is not None else f"{alert.msg_type} {alert.identifier}"
    summary = (info.description or "") if info is not None else ""
    name = ",".join(alert.reference)
    return Entry(name, title, alert.sent_at, (Link(href, MEDIA_TYPE),), summary, raw)


def write_atom(feed: Feed) -> bytes:
    """The feed in Atom; a message that an entry holds stands in its content, signature and all."""
    assert feed.updated is not None, "an Atom feed says when it was updated"
    none: Any = {None: ATOM}
    root = etree.Element(f"{{{ATOM}}}feed", nsmap=none)
    _text(root, f"{{{ATOM}}}id", feed.id)
    _text(root, f"{{{ATOM}}}title", feed.title)
    _text(root, f"{{{ATOM}}}updated", feed.updated.isoformat(timespec="seconds"))
    if feed.link:
        etree.SubElement(root, f"{{{ATOM}}}link", href=feed.link)
    for entry in feed.entries:
        assert entry.updated is not None, "an Atom entry says when it was updated"
        one = etree.SubElement(root, f"{{{ATOM}}}entry")
        _text(one, f"{{{ATOM}}}id", entry.id)
        _text(one, f"{{{ATOM}}}title", entry.title)
        _text(one, f"{{{ATOM}}}updated", entry.updated.isoformat(timespec="seconds"))
        for link in entry.links:
            element = etree.SubElement(one, f"{{{ATOM}}}link", href=link.href, rel=link.rel)
            if link.type:
                element.set("type", link.type)
        if entry.summary:
            _text(one, f"{{{ATOM}}}summary", entry.summary)
        if entry.raw is not None:
            content = etree.SubElement(one, f"{{{ATOM}}}content", type=MEDIA_TYPE)
            content.append(root_of(entry.raw, "entry"))
    return bytes_of(root)


def write_rss(feed: Feed) -> bytes:
    """The feed in RSS 2.0, in which entries link their messages and hold none."""
    root = etree.Element("rss", version="2.0")
    body = etree.SubElement(root, _RSS_BODY)
    for tag, text in (("title", feed.title), ("link", feed.link or feed.id), ("description", feed.title)):
        _text(body, tag, text)
    if feed.updated is not None:
        _text(body, "lastBuildDate", format_datetime(feed.updated))
    for entry in feed.entries:
        item = etree.SubElement(body, "item")
        _text(item, "title", entry.title)
        if entry.links:
            _text(item, "link", entry.links[0].href)
        if entry.summary:
            _text(item, "description", entry.summary)
        _text(item, "guid", entry.id).set("isPermaLink", "false")
        if entry.updated is not None:
            _text(item, "pubDate", format_datetime(entry.updated))
    return bytes_of(root)


def _text(parent: etree._Element, tag: str, text: str) -> etree._Element:
    child = etree.SubElement(parent, tag)
    child.text = text
    return child
