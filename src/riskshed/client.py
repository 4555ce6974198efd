"""A program's way to a node: send readings, hear of warnings, answer notices, verify what was said.

It needs no server code. What the node answers with a problem is raised as a `RiskshedError` with the code of
the node; what has no answer at all is a `ClientError` that may be tried again.

With a node that is served::

    with Client("http://127.0.0.1:8000", "rsk_...") as node:
        for warning in node.warnings(city="230100"):
            print(warning["level"], warning["headline"]["en"])
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from riskshed.audit_entries import EntryJudge
from riskshed.audit_keys import KEY_KINDS, KeyBook, ListedKey
from riskshed.audit_report import FindingList
from riskshed.errors import (
    Fault,
    InputFaults,
    MissingExtraError,
    NotFoundError,
    RiskshedError,
    SignatureError,
)
from riskshed.statement import Statement

if TYPE_CHECKING:
    import httpx

PAGE = 200


class ClientError(RiskshedError):
    """The node did not answer, or with something that is no answer of a node."""


class Event(NamedTuple):
    """One event of a stream: its kind, its data, and its place in the log (None: it is in no log)."""

    kind: str
    data: Mapping[str, Any]
    place: int | None


class Client:
    """A node, as one machine of a body sees it. Use it as a context.

    Parameters
    ----------
    url : str
        Of the node, without path.
    token : str
        As an administrator of the body made it.
    keys : iterable of ListedKey, optional
        The keys of bodies, as they are known to you from elsewhere (`audit_keys.parse_key_list`). Without
        them the first introduction of each body in the log of the node is believed.
    """

    def __init__(
        self, url: str, token: str, *, keys: Iterable[ListedKey] | None = None, timeout_s: float = 30.0
    ) -> None:
        try:
            import httpx  # it comes with an extra
        except ImportError:
            raise MissingExtraError("httpx", "node") from None
        self._keys = None if keys is None else tuple(keys)
        self._failed = httpx.HTTPError
        self._wire = httpx.Client(
            base_url=url.rstrip("/"), headers={"Authorization": f"Bearer {token}"}, timeout=timeout_s
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def post_reading(self, **reading: Any) -> dict[str, Any]:
        """Send one reading, durably; with a `client_id`, to send it again does nothing a second time."""
        return self._post("readings", reading)

    def post_readings(self, readings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Send many, at most 10,000, all or none."""
        return self._post("readings/batch", {"readings": [dict(one) for one in readings]})

    def warnings(self, **narrowed: str) -> Iterator[dict[str, Any]]:
        """The warnings that hold, the latest first; `city`, `level`, `status` narrow them down."""
        return self._all("warnings", narrowed)

    def notices(self, **narrowed: str) -> Iterator[dict[str, Any]]:
        """The notices to your body; with `view="by"` those that it sent, with `view="all"` all."""
        return self._all("notices", narrowed)

    def acknowledge(self, notice: str, note: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Say that a notice to your body has come; again does nothing."""
        return self._post(f"notices/{notice}/acknowledge", {} if note is None else {"note": dict(note)})

    def statement(self, identity: str) -> Statement:
        """A statement, verified here: its signature, by a key that counted for its body at its place.

        Raises
        ------
        SignatureError
            ``client.not_verified``, with what is wrong.
        """
        told = self._ask("GET", f"statements/{identity}")
        found = FindingList()
        judge = EntryJudge(KeyBook(self._keys), found)
        for one in self._key_entries(before=told["place"]):
            judge.judge(one["place"], one["envelope"].encode())
        said = judge.judge(told["place"], told["envelope"].encode())
        if said is None or said.id != identity or found.kept:
            wrong = "; ".join(str(one) for one in found.kept[:3]) or "it is another statement"
            what = f"{identity[:12]} cannot be relied on: {wrong}"
            todo = "Compare the keys of the body with those that you know from elsewhere."
            raise SignatureError("client.not_verified", what, todo=todo)
        return said

    def _key_entries(self, before: int) -> list[dict[str, Any]]:
        found = [
            one for kind in KEY_KINDS for one in self._all("statements", {"kind": kind, "envelopes": "true"})
        ]
        return sorted((one for one in found if one["place"] < before), key=lambda one: int(one["place"]))

    def events(self, topics: Iterable[str], after: int | None = None) -> Iterator[Event]:
        """Follow what is said, without end: `after` is the place in the log from which you know nothing.

        Streams end after some minutes, and lines break; it goes on behind the last event that it gave.
        """
        while True:
            ticket = self._post("stream-ticket", {})["ticket"]
            asked = [("ticket", ticket), *(("topic", one) for one in topics)]
            headers = {} if after is None else {"Last-Event-ID": str(after)}
            try:
                with self._wire.stream(
                    "GET", "/events", params=asked, headers=headers, timeout=60.0
                ) as answer:
                    if answer.status_code != 200:
                        answer.read()
                        raise self._error(answer)
                    for event in _events(answer.iter_lines()):
                        after = event.place if event.place is not None else after
                        yield event
            except self._failed:
                continue

    def _all(self, path: str, narrowed: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        asked = {"limit": str(PAGE), **narrowed}
        while True:
            page = self._ask("GET", path, params=asked)
            yield from page["items"]
            if page["next"] is None:
                return
            asked["after"] = page["next"]

    def _post(self, path: str, body: Any) -> dict[str, Any]:
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._wire.request(method, f"/api/v1/{path}", **more)
        except self._failed as error:
            told = f"the node at {self._wire.base_url} did not answer: {error}"
            raise ClientError("client.no_answer", told, todo="Try again.") from error
        if not answer.is_success:
            raise self._error(answer)
        return dict(answer.json())

    def _error(self, answer: httpx.Response) -> RiskshedError:
        """The error of the node, with its code and its faults."""
        try:
            told = answer.json()
            code, what, todo = told["code"], told["detail"], told.get("todo", "")
            faults = [Fault(**one) for one in told.get("faults", ())]
        except (ValueError, KeyError, TypeError):
            return ClientError("client.no_problem", f"status {answer.status_code}, and no problem")
        if faults:
            return InputFaults(code, what, faults, todo=todo)
        return (NotFoundError if answer.status_code == 404 else RiskshedError)(code, what, todo=todo)


def _events(lines: Iterable[str]) -> Iterator[Event]:
    """The events of a stream (text/event-stream), as they come."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line and name:
            fields[name] = value.removeprefix(" ")
        elif not line:
            if "data" in fields:
                place = int(fields["id"]) if fields.get("id", "").isdigit() else None
                yield Event(fields.get("event", "message"), json.loads(fields["data"]), place)
            fields = {}
