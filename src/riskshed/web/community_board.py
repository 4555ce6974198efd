"""What the pages of the community show: blocks as rows, the things that can be followed, and their feeds.

Everything here is the same for everybody, and rests on the log alone; who looks is not asked.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from riskshed.exchange.cap_feed import Entry, Feed, Link, write_atom
from riskshed.governance import community, parties, plain_language
from riskshed.governance.community import Block, Change, Subject
from riskshed.governance.plain_language import Message, PlainText
from riskshed.governance.standing import Standing
from riskshed.web import wording
from riskshed.web.node import Node
from riskshed.web.wording import say

BLOCKS_SHOWN, ENTRIES_MAX, LINKS_SHOWN = 40, 100, 8
HOME = "/community/"
KINDS = {
    "NewsShared": ("资讯", "News"),
    "WarningIssued": ("预警", "Warning"),
    "WarningUpdated": ("预警（更新）", "Warning, updated"),
    "PublicStatementMade": ("公开信息", "Public statement"),
    "LessonShared": ("经验", "Lesson"),
}
AUDIENCES = {
    "people": ("给居民", "for people"),
    "industry": ("给行业", "for industry"),
    "region": ("给区域", "for the region"),
}
STATES = {
    "current": ("现行", "current"),
    "over": ("已过期", "over"),
    "corrected": ("已更正", "corrected"),
    "withdrawn": ("已撤回", "taken back"),
    "lifted": ("已解除", "lifted"),
}
SORTS = {
    "place": ("地方", "Places"),
    "river": ("河流", "Rivers"),
    "hazard": ("灾害类别", "Classes of hazard"),
    "industry": ("行业", "Industries"),
}
GROUPS = {
    "elderly": ("老年人", "Older people"),
    "children": ("儿童", "Children"),
    "disabled": ("残疾人", "People with disabilities"),
    "fishers": ("渔民", "Fishers"),
    "farmers": ("农民", "Farmers"),
    "workers": ("工厂职工", "People in plants"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be followed: its pages and its name."""

    subject: Subject
    url: str
    feed_url: str
    word: str
    sort_word: str


@dataclass(frozen=True, slots=True)
class Row:
    """A block as a page shows it.

    Attributes
    ----------
    block : Block
    url : str
    sort, state, voice : str
        In words; `state` is empty while the block is current.
    place : int or None
        In the log.
    things : tuple of Thing
        What it concerns.
    changes : tuple of Change
        Of a correction.
    source_url : str
        Where the source is an address on the web.
    plain : tuple of str
        A warning that holds, in plain words, sentence by sentence.
    """

    block: Block
    url: str
    sort: str
    state: str
    voice: str
    place: int | None
    things: tuple[Thing, ...]
    changes: tuple[Change, ...]
    source_url: str
    plain: tuple[str, ...]


# ------------------------------------------------------------------------------------------------- blocks

_memory: weakref.WeakKeyDictionary[Node, tuple[tuple[int, int], tuple[Block, ...]]] = (
    weakref.WeakKeyDictionary()
)
_guard = threading.Lock()


def blocks(node: Node) -> tuple[Block, ...]:
    """All blocks as they stand; made again when something was said, and each minute of the node's clock."""
    key = (node.log.size, int(node.now().timestamp() // 60))
    with _guard:
        held = _memory.get(node)
        if held is None or held[0] != key:
            held = (key, community.stream(node.standing(), node.region))
            _memory[node] = held
        return held[1]


def rows(node: Node, shown: Iterable[Block]) -> tuple[Row, ...]:
    """Blocks as rows of a page."""
    standing = node.standing()
    by_id = {one.id: one for one in blocks(node)}
    told: set[tuple[str, ...]] = set()
    return tuple(row(node, standing, one, by_id.get(one.corrects or ""), told=told) for one in shown)


def row(
    node: Node,
    standing: Standing,
    one: Block,
    before: Block | None = None,
    *,
    told: set[tuple[str, ...]] | None = None,
) -> Row:
    """One block as a row; `before` is what it corrects, `told` the advice that rows before it have given."""
    is_web = urlsplit(one.source).scheme in ("http", "https")
    return Row(
        block=one,
        url=f"{HOME}news/{one.id}/",
        sort=say(*KINDS[one.kind]),
        state="" if one.state == "current" else say(*STATES[one.state]),
        voice=_voice(standing, one.by),
        place=node.index_of(one.id),
        things=tuple(thing(node, each) for each in list(one.concerns.subjects())[:LINKS_SHOWN]),
        changes=community.changes(before.text, one.text, wording.tongue()) if before else (),
        source_url=one.source if is_web else "",
        plain=plain(node, standing, one.id, told) if one.level and one.state == "current" else (),
    )


def _voice(standing: Standing, by: str) -> str:
    """That a body is a member; a party bears its own mark wherever it is named."""
    return say("协议成员", "member of the agreement") if parties.voice(standing, by).state == "member" else ""


def in_plain_words(node: Node, standing: Standing, warning: str) -> PlainText | None:
    """A warning on record in plain words; None if it is sealed."""
    said = standing.statements[warning].statement
    if said.body is None:
        return None
    held = standing.warnings.get(warning)
    forecast = standing.statements.get((held.footprint if held else None) or "")
    return plain_language.of_statement(
        said,
        names=node.names(),
        footprint=None if forecast is None else forecast.statement,
        hazard=community.hazard_of(standing, held) if held is not None else None,
        zone=node.profile.zone,
    )


def plain(
    node: Node, standing: Standing, warning: str, told: set[tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """The sentences of a warning in plain words, and what its harder words mean.

    What to do is said once on a page, where several warnings say the same; `told` keeps what was said.
    """
    text = in_plain_words(node, standing, warning)
    if text is None:
        return ()
    tongue = wording.tongue()
    acts = (text.steps.get(tongue, ""), *text.advice(tongue))
    said = text.sentences(tongue, brief=told is not None and acts in told)
    if told is not None:
        told.add(acts)
    return (*said, *plain_language.explained(" ".join(said), wording.tongue()))


def for_groups(told: PlainText) -> list[tuple[str, tuple[Message, ...]]]:
    """The words for those who need other words: who they are, and what they should do."""
    return [(say(*GROUPS[group]), messages) for group, messages in told.topic.groups.items()]


def for_industry(node: Node, shown: Sequence[Block], code: str) -> list[tuple[str, str]]:
    """What people of an industry should do about the warnings that hold: the words, and their source."""
    standing, group = node.standing(), community.industries()[code].group
    found: dict[str, str] = {}
    for one in shown:
        told = in_plain_words(node, standing, one.id) if one.level and one.state == "current" else None
        for message in told.topic.groups[group] if told else ():
            found.setdefault(message.said(wording.tongue()), plain_language.source(message.source))
    return list(found.items())


# ------------------------------------------------------------------------------------------------- things


def thing(node: Node, subject: Subject) -> Thing:
    """Something that can be followed; one that the node does not know bears its code as its name."""
    url = f"{HOME}{subject.sort}/{subject.code}/"
    return Thing(subject, url, f"{url}feed.atom", _word(node, subject), say(*SORTS[subject.sort]))


def _word(node: Node, subject: Subject) -> str:
    if subject.sort == "place":
        return wording.name_of(subject.code)
    if subject.sort == "hazard":
        return wording.hazard_class(subject.code)
    known = community.rivers(node.region) if subject.sort == "river" else community.industries()
    one = known.get(subject.code)
    return wording.words(one.name) if one is not None else subject.code


def known_things(node: Node) -> list[tuple[str, list[Thing]]]:
    """Everything that can be followed here, by sort."""
    made = [thing(node, one) for one in community.subjects(node.region)]
    found = [
        (say(*SORTS[sort]), [one for one in made if one.subject.sort == sort]) for sort in community.SORTS
    ]
    return [(word, several) for word, several in found if several]


def known_subject(node: Node, sort: str, code: str) -> Subject | None:
    """The thing of this sort and code, if it can be followed here."""
    return next(
        (one for one in community.subjects(node.region) if (one.sort, one.code) == (sort, code)), None
    )


def listed_at(subjects: Sequence[Subject], page: str = "mine/") -> str:
    """The address of a list: the list is in the address, and nowhere else."""
    return f"{HOME}{page}?{urlencode([('f', str(one)) for one in subjects])}"


# -------------------------------------------------------------------------------------------------- feeds


def feed(node: Node, path: str, titles: tuple[str, str], shown: Sequence[Block]) -> bytes:
    """An Atom feed of blocks, in both languages, the same for everybody."""
    url, newest = f"{node.profile.url}{path}", max((one.changed for one in shown), default=None)
    title = " / ".join(node.profile.title[code] for code in ("zh", "en"))
    updated = newest or _hour(node.now())
    entries = tuple(_entry(node, one) for one in shown[:ENTRIES_MAX])
    return write_atom(Feed(url, f"{titles[0]} / {titles[1]} · {title}", updated, entries, link=url))


def _hour(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _entry(node: Node, one: Block) -> Entry:
    state = "" if one.state == "current" else f"[{STATES[one.state][0]} / {STATES[one.state][1]}] "
    title = " / ".join(dict.fromkeys(one.title[code] for code in ("zh", "en") if code in one.title))
    texts = [one.text[code] for code in ("zh", "en") if code in one.text]
    why = [one.why[code] for code in ("zh", "en") if one.why and code in one.why]
    url = f"{node.profile.url}{HOME}news/{one.id}/"
    return Entry(url, f"{state}{title}", one.changed, (Link(url, "text/html"),), "\n".join([*why, *texts]))


def both(node: Node, subject: Subject) -> tuple[str, str]:
    """The name of a thing in Chinese and in English."""
    names = node.names()
    if subject.sort == "place":
        told = names.get(subject.code, {})
        return told.get("zh", subject.code), told.get("en", subject.code)
    if subject.sort == "hazard":
        one = wording.HAZARD_CLASSES[subject.code]
        return one.zh, one.en
    known = community.rivers(node.region) if subject.sort == "river" else community.industries()
    return known[subject.code].name["zh"], known[subject.code].name["en"]
