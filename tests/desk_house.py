"""A house for the tests of the duty desk: one log, and a desk for each body of the cast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cast import SHANG, XIA, ZHONG
from governance.acts import AGREEMENT, BASIN, BODIES, COURT, INCIDENT, TERRITORY, TEXT, at, clock
from governance.foreseen import TERMS
from small_logs import LOG_KEY
from statements import plain_body

from riskshed.desk import Desk
from riskshed.desk_record import Record
from riskshed.governance.circumstances import Regime
from riskshed.governance.draft import Draft
from riskshed.ledger.keys import SigningKey
from riskshed.ledger.log import Log
from riskshed.ledger.store import SqliteStore
from riskshed.vocabulary import KINDS

WORDS = {"zh": "说明", "en": "words"}
REGIME = Regime(packs=(), terms=TERMS, territory=TERRITORY)


def key(body: str, role: Any = "statement", number: int = 0) -> SigningKey:
    seed = f"{body} {role} {number}".encode().ljust(32, b".")
    return SigningKey(f"{body}.example/{role}{number}", role, seed)


class House:
    """One log, and a desk for each body of the cast; hours are counted from the spill."""

    def __init__(self, folder: Path) -> None:
        self.hours = -1000.0
        self.path = folder / "log.sqlite"
        self.log = Log(SqliteStore(self.path), LOG_KEY)
        self.record = Record(self.log, self.now(), territory=TERRITORY)
        self.desks = {body: self.desk(body) for body in BODIES}
        for body, desk in self.desks.items():
            joins = {**plain_body(KINDS["BodyJoined"].fields, optional=False), "body": body}
            joins |= {"kind": "government", "key": str(key(body).verifier)}
            desk.say(Draft("BodyJoined", body, None, None, joins))
        self.hours = 0.0

    def now(self) -> datetime:
        return at(self.hours)

    def desk(self, body: str, officer: str = "duty-1", **more: Any) -> Desk:
        used = more.pop("key", None) or key(body)
        return Desk(body, officer, used, self.record, self.now, **{"regime": REGIME, **more})

    def drill(self, body: str) -> Desk:
        """A desk with an exercise key, which the body adds to the record."""
        used = key(body, "exercise")
        added = {"role": "exercise", "key": str(used.verifier)}
        self.desks[body].say(Draft("KeyAdded", body, None, None, added))
        return self.desk(body, key=used)

    def opened(self) -> str:
        return self.desks[SHANG].open_incident(INCIDENT, **plain("IncidentOpened", hazard_class="accident"))

    def noticed(self, to: str = ZHONG) -> str:
        body = plain("NoticeSent", to=[to], cities=[to], expires=clock(72), answer_by=clock(3))
        return self.desks[SHANG].say(Draft("NoticeSent", SHANG, INCIDENT, None, body))

    def proposed(self) -> str:
        text = {"digest": TEXT, "size_bytes": 25, "media_type": "text/plain"}
        members = [SHANG, ZHONG, XIA]
        facts = {"agreement": AGREEMENT, "mode": "peers", "coordination_body": BASIN, "adjudicator": COURT}
        body = plain("AgreementProposed", members=members, text=text, starts=clock(0), **facts)
        return self.desks[BASIN].propose_agreement(**body)

    def agreed(self) -> str:
        proposed = self.proposed()
        for body in (SHANG, ZHONG, XIA):
            self.desks[body].sign_agreement(proposed)
        return proposed

    def everything(self) -> tuple[int, bytes]:
        """What must not change if an act is refused."""
        return self.log.size, self.record.standing(self.now()).to_bytes()


def plain(kind: str, **more: Any) -> dict[str, Any]:
    return {**plain_body(KINDS[kind].fields, optional=False), **more}


def refused(house: House, act: Callable[[], object], error: type[Exception], code: str) -> Any:
    """The error of an act that was refused and has changed nothing."""
    before = house.everything()
    with pytest.raises(error) as told:
        act()
    assert told.value.code == code, told.value  # type: ignore[attr-defined]
    assert house.everything() == before
    return told.value
