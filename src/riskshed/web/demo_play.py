"""A demonstration that plays: the case up to a moment of the past, then on, at speed, as one looks on.

Readings come in when they could be known then, through the same intake as any reading; the chain of the node
does the rest. Bodies for which there is no login answer as their duty is, a little before it is due. Those
with a login do so up to the moment at which the demonstration begins, and from then on wait for the reader.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from riskshed.errors import RiskshedError
from riskshed.governance.draft import Draft
from riskshed.governance.standing import Standing
from riskshed.governance.subjects import Answer, NoticeStanding
from riskshed.signals import Signal
from riskshed.web import beginning, demo_market, demo_node, demo_said, house, intake, models, operations
from riskshed.web.chain_worker import ChainWorker
from riskshed.web.current import DEMO_PASSPHRASE
from riskshed.web.demo_case import Demo
from riskshed.web.demo_said import Voices
from riskshed.web.environment import Environment
from riskshed.web.intake import Intake
from riskshed.web.node import Node

ANSWERS_AFTER = timedelta(minutes=20)
"""A body without a login acknowledges a notice after so long, and adopts it after twice as long."""
PLAYER = "case-record"
OFFICER, COMMANDER = "duty-01", "command-01"
LOOKS_EVERY_S = 1.0
_log = logging.getLogger("riskshed.demo")


class Play:
    """The bodies of a case at a node, and the readings that reach them.

    Parameters
    ----------
    node : Node
    demo : Demo
    """

    def __init__(self, node: Node, demo: Demo) -> None:
        self.node, self.demo = node, demo
        self.signals = demo.signals
        self.voiced, self.voices = demo_said.read(demo.folder), Voices(node, demo.opening.code)

    def opens(self) -> None:
        """The city of origin opens the incident, an hour after the event."""
        opening = self.demo.opening
        self.node.desk(opening.city, OFFICER).open_incident(opening.code, **opening.fields)

    def answer(self, but: frozenset[str] = frozenset()) -> int:
        """What is due of those who answer by themselves; returns how many statements that made."""
        said = 0
        standing = self.node.standing()
        for one in standing.notices.values():
            for body in one.to:
                if (
                    body not in but
                    and one.superseded_by is None
                    and self.node.keys.verifier(body) is not None
                ):
                    said += self._answer(standing, one, body)
        return said

    def _answer(self, standing: Standing, one: NoticeStanding, body: str) -> int:
        answer, waited = one.answers.get(body, Answer()), self.node.now() - one.seen_at
        desk = self.node.desk(body, OFFICER)
        if answer.acknowledged is None and answer.adopted is None and waited >= ANSWERS_AFTER:
            desk.acknowledge(one.id)
            return 1
        if answer.adopted is None and answer.declined is None and waited >= 2 * ANSWERS_AFTER:
            warning = self._warn(standing, body, one)
            desk.adopt(one.id, warning=warning)
            return 1
        return 0

    def _warn(self, standing: Standing, body: str, one: NoticeStanding) -> str | None:
        """The warning that the chain has prepared for a city, said by two officers if it is red."""
        kinds = ("WarningIssued", "WarningUpdated")
        row = models.Draft.objects.filter(
            body=body, kind__in=kinds, about=one.about or "", said="", dropped=None
        ).first()
        if row is None:
            held = [
                held.id for held in standing.warnings.values() if held.by == body and held.status == "active"
            ]
            return held[-1] if held else None
        draft = Draft(row.kind, row.body, row.about or None, row.replies_to or None, row.content)  # type: ignore[arg-type]
        desk = self.node.desk(body, OFFICER)
        if row.content.get("level") == "red":
            asked = desk.request_approval(draft, [COMMANDER])
            self.node.desk(body, COMMANDER).approve(asked)
        warning = desk.issue_warning(draft)
        row.said = warning
        row.save(update_fields=["said"])
        return warning


class _Hand:
    """A clock that is moved by hand, for what lies before the demonstration begins."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def prepare(
    given: Environment,
    folder: Path,
    *,
    begins: datetime | None = None,
    speed: float = 120.0,
    password: str,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Found the node of a case, play the case up to `begins`, and make the logins.

    Parameters
    ----------
    given : Environment
        Its home must not exist.
    folder : Path
        Of the case.
    begins : datetime, optional
        In the place of what the case says.
    speed : float
        How many times faster than the real one the clock runs from then on.
    password : str
        Of all logins.
    tell : callable
        Called as ``tell(done, total)``.

    Raises
    ------
    RiskshedError
    """
    demo = Demo.read(folder)
    begins = begins or demo.begins
    hand = _Hand(demo.starts)
    demo_node.found_demo(
        given.home,
        folder,
        start=begins,
        speed=speed,
        url=f"http://{given['HOST']}:{given['PORT']}",
        database=given["DATABASE_URL"],
        clock=hand,
    )
    beginning.prepare(given)
    with Node(given.home, DEMO_PASSPHRASE, given["DATABASE_URL"], clock=hand) as node:
        play, chain = Play(node, demo), ChainWorker(node, given["MEMBERS"])
        chain.runner.warm()
        moments = _moments(play, begins)
        with Intake() as taker:
            for done, (at, acts) in enumerate(moments):
                hand.at = at
                acts(taker)
                chain.run()
                while play.answer():
                    chain.run()
                tell(done + 1, len(moments))
        demo_market.offered(node, folder)
        for one in demo.logins:
            for role in one.roles:
                operations.add_person(node, one.user, one.body, role, one.officer, password)
    demo_node.start_clock(given.home, begins, speed)


def _moments(play: Play, begins: datetime) -> list[tuple[datetime, Callable[[Intake], object]]]:
    """What happens when, before the demonstration begins; between, there is time to answer."""
    hour = timedelta(hours=1)
    found: list[tuple[datetime, Callable[[Intake], object]]] = [
        (play.demo.starts + hour, lambda _: play.opens())
    ]
    for one in play.signals:
        if one.known_at < begins:
            found.append((one.known_at, lambda taker, one=one: taker.take([one], PLAYER)))  # type: ignore[misc]
    ends = [at for at, _ in found]
    for at in ends:
        found += [
            (at + part * ANSWERS_AFTER, lambda _: None)
            for part in (1, 2, 3)
            if at + part * ANSWERS_AFTER < begins
        ]
    for voiced in play.voiced:
        if voiced.at < begins:
            found.append((voiced.at, lambda _, one=voiced: play.voices.say(one)))  # type: ignore[misc]
    found.append((begins, lambda _: None))
    return sorted(found, key=lambda one: one[0])


class Player:
    """Plays on while the node is served. See `asgi.Worker`."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="demo", daemon=True)

    def start(self) -> None:
        """Play on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop playing."""
        self._closing.set()
        self._thread.join(1.0)

    def _work(self) -> None:
        demo = self._play.demo
        mine = frozenset(one.body for one in demo.logins) - {demo.coordination.code}
        known = {intake.key_of(one, PLAYER) for one in intake.known()}
        waiting: Sequence[Signal] = [
            one for one in self._play.signals if intake.key_of(one, PLAYER) not in known
        ]
        try:
            while not self._closing.wait(LOOKS_EVERY_S):
                waiting = self._once(waiting, mine)
        finally:
            connection.close()

    def _once(self, waiting: Sequence[Signal], mine: frozenset[str]) -> Sequence[Signal]:
        now = self._play.node.now()
        due = [one for one in waiting if one.known_at <= now]
        try:
            if due:
                house.intake().take(due, PLAYER)
            self._play.answer(mine)
        except RiskshedError as error:
            _log.warning("the demonstration waits: %s", error)
            return waiting
        return [one for one in waiting if one.known_at > now]


def player(node: Node, folder: Path) -> Player:
    """The player of a demonstration that was prepared."""
    return Player(Play(node, Demo.read(folder)))
