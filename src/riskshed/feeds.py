"""Watching feeds: what others warn of and measure comes in as signals.

A feed is asked when it is due; how it was answered stands in its **state**, which the node keeps (`to_json`).
What was heard before is not heard again. A feed that fails is asked later and later, up to an hour apart, and
the fault says why; one broken message in a feed does not silence the others.

`poll` has no clock and no network of its own: the time and the fetcher are parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from urllib.parse import urljoin

from riskshed.errors import Fault, InputError, InputFaults, RiskshedError
from riskshed.exchange import cap, cap_feed
from riskshed.exchange.cap_signals import Held, key_of, of_alert
from riskshed.exchange.cap_xml import root_of
from riskshed.exchange.observations import COLLECTION, FeatureForm, of_geojson
from riskshed.feed_fetch import FeedError, Fetch, Fetched
from riskshed.signals import HAZARD_CLASS_OF, Signal
from riskshed.statement import digest_text
from riskshed.stations import Stations

MESSAGES_MAX = 50
"""Linked messages that are fetched in one poll; the others at the next."""
REMEMBERED = 5_000
EVERY_S, EVERY_S_MAX = 300.0, 3600.0


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed that is watched, and where it stands.

    Attributes
    ----------
    url : str
    kind : {"cap", "geojson"}
        Atom or RSS with CAP messages, or one message; a FeatureCollection of observations.
    every_s : float, s, > 0
        How often it is asked.
    hazard_class, hazard : str, optional
        Of what it warns, where its messages do not say it in our terms.
    form : FeatureForm, optional
        How the properties of a GeoJSON feed are read.
    etag, modified : str
        Of the last answer.
    next_at : datetime, optional
        When it is asked next; None is at once.
    failures : int
        In a row.
    heard : tuple of str
        Messages that were heard, the last at the end.
    held : mapping of str to Held
        What they warned of, for those that withdraw it.
    """

    url: str
    kind: Literal["cap", "geojson"]
    every_s: float = EVERY_S
    hazard_class: str | None = None
    hazard: str | None = None
    form: FeatureForm | None = None
    etag: str = ""
    modified: str = ""
    next_at: datetime | None = None
    failures: int = 0
    heard: tuple[str, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in ("cap", "geojson") or self.every_s <= 0:
            raise InputError("feed.bad_state", f"a feed of kind {self.kind!r} every {self.every_s} s")
        if self.hazard_class is not None and self.hazard_class not in HAZARD_CLASS_OF:
            told = f"{self.hazard_class[:40]!r} is no class of hazard"
            raise InputError("feed.bad_state", told, todo=f"Use one of {', '.join(HAZARD_CLASS_OF)}.")

    def to_json(self) -> dict[str, Any]:
        """As plain values, to be kept."""
        form = self.form
        return {
            "url": self.url,
            "kind": self.kind,
            "every_s": self.every_s,
            "hazard_class": self.hazard_class,
            "hazard": self.hazard,
            "form": None
            if form is None
            else {"fields": dict(form.fields), "given": dict(form.given), "time_in_ms": form.time_in_ms},
            "etag": self.etag,
            "modified": self.modified,
            "next_at": None if self.next_at is None else self.next_at.isoformat(),
            "failures": self.failures,
            "heard": list(self.heard),
            "held": {key: list(one) for key, one in self.held.items()},
        }

    @staticmethod
    def of_json(value: Mapping[str, Any]) -> FeedState:
        """A state as it was kept."""
        held = {
            key: Held(event, tuple(cities), hazard_class, hazard)
            for key, (event, cities, hazard_class, hazard) in value["held"].items()
        }
        form = None if value["form"] is None else FeatureForm(**value["form"])
        next_at = None if value["next_at"] is None else datetime.fromisoformat(value["next_at"])
        return FeedState(
            **{**value, "form": form, "next_at": next_at, "held": held, "heard": tuple(value["heard"])}
        )


class Polled(NamedTuple):
    """What a poll came to. With faults there may be signals all the same."""

    signals: tuple[Signal, ...]
    state: FeedState
    faults: tuple[Fault, ...]


def poll(state: FeedState, fetch: Fetch, now: datetime, stations: Stations) -> Polled:
    """Ask a feed, if it is due.

    Parameters
    ----------
    state : FeedState
    fetch : Fetch
        `riskshed.feed_fetch.Fetcher` is one.
    now : datetime
        Aware; signals became known then.
    stations : Stations

    Returns
    -------
    Polled
        Keep the state only once the signals are taken in: then none is lost.
    """
    if state.next_at is not None and now < state.next_at:
        return Polled((), state, ())
    bytes_max = cap_feed.FEED_BYTES_MAX if state.kind == "cap" else COLLECTION.bytes
    try:
        found = fetch(state.url, bytes_max=bytes_max, etag=state.etag, modified=state.modified)
    except FeedError as error:
        return Polled((), _failed(state, now), (_fault(state.url, error),))
    if found.data is None:
        return Polled((), _answered(state, found, now), ())
    try:
        if state.kind == "geojson":
            signals = of_geojson(found.data, stations, now, where=state.url, form=state.form)
            return Polled(signals, _answered(state, found, now), ())
        return _Listening(state, fetch, now, stations).to(found)
    except InputFaults as error:
        return Polled((), _failed(state, now), error.faults)


def _fault(url: str, error: RiskshedError) -> Fault:
    return Fault(error.code, url, None, None, error.what, "a feed that can be read", error.todo)


def _answered(state: FeedState, found: Fetched, now: datetime) -> FeedState:
    due = now + timedelta(seconds=state.every_s)
    return replace(state, etag=found.etag, modified=found.modified, next_at=due, failures=0)


def _failed(state: FeedState, now: datetime) -> FeedState:
    """Asked later and later; what it answered last is forgotten, so that it answers in full."""
    wait_s = min(state.every_s * 2.0 ** min(state.failures + 1, 20), max(EVERY_S_MAX, state.every_s))
    due = now + timedelta(seconds=wait_s)
    return replace(state, etag="", modified="", next_at=due, failures=state.failures + 1)


class _Listening:
    """One reading of a CAP feed: its messages in their order, each once."""

    def __init__(self, state: FeedState, fetch: Fetch, now: datetime, stations: Stations) -> None:
        self.state, self.fetch, self.now, self.stations = state, fetch, now, stations
        self.heard, self.held = dict.fromkeys(state.heard), dict(state.held)
        self.signals: list[Signal] = []
        self.faults: list[Fault] = []
        self.is_whole = True

    def to(self, found: Fetched) -> Polled:
        """Hear all that is new in an answer."""
        assert found.data is not None, "an answer with a body"
        root = root_of(found.data, self.state.url, bytes_max=cap_feed.FEED_BYTES_MAX)
        if cap_feed.is_feed(root):
            entries = cap_feed.read_feed(found.data, self.state.url).entries
            messages = self._messages(entries, found.url)
            told = [(name, alert) for name, raw in messages if (alert := self._read(raw, name)) is not None]
        else:
            name = key_of(self.state.url, digest_text(found.data))
            told = [(name, cap.read_element(root, self.state.url))]
            told = [] if name in self.heard else told
        # Feeds have the newest on top; what withdraws must be heard after what it withdraws.
        for name, alert in sorted(told, key=lambda pair: pair[1].sent_at):
            self._hear(alert)
            self.heard[name] = None
        return Polled(tuple(self.signals), self._after(found), tuple(self.faults))

    def _messages(self, entries: Sequence[cap_feed.Entry], base: str) -> Iterator[tuple[str, bytes]]:
        fetched = 0
        for entry in entries:
            name = key_of(entry.id, "" if entry.updated is None else entry.updated.isoformat())
            if name in self.heard:
                continue
            if entry.raw is not None:
                yield name, entry.raw
            elif fetched == MESSAGES_MAX:
                self.is_whole = False
            else:
                fetched += 1
                link = next((one for one in entry.links if "cap" in one.type), entry.links[0])
                raw = self._fetched(urljoin(base, link.href))
                if raw is not None:
                    yield name, raw

    def _fetched(self, url: str) -> bytes | None:
        try:
            return self.fetch(url, bytes_max=cap.BYTES_MAX).data
        except FeedError as error:
            self.faults.append(_fault(url, error))
            self.is_whole = False
            return None

    def _read(self, raw: bytes, name: str) -> cap.Alert | None:
        """The message; one that is none is remembered, so that it is named once and not at each poll."""
        try:
            return cap.read(raw, self.state.url)
        except InputFaults as error:
            self.faults += error.faults
            self.heard[name] = None
            return None

    def _hear(self, alert: cap.Alert) -> None:
        key = key_of(*alert.key)
        try:
            found = of_alert(
                alert,
                self.stations,
                self.now,
                earlier=self.held,
                hazard_class=self.state.hazard_class,
                hazard=self.state.hazard,
            )
        except InputError as error:
            self.faults.append(_fault(self.state.url, error))
            return
        self.signals += found.signals
        if found.held is not None:
            self.held[key] = found.held

    def _after(self, found: Fetched) -> FeedState:
        answered = _answered(self.state, found, self.now)
        if not self.is_whole:  # what is missing is asked for again, although the feed itself has not changed
            answered = replace(answered, etag="", modified="")
        held = dict(list(self.held.items())[-REMEMBERED:])
        return replace(answered, heard=tuple(self.heard)[-REMEMBERED:], held=held)
