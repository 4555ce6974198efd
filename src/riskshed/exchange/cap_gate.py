"""Which CAP messages are believed: those of a registered sender, signed, fresh, and within its jurisdiction.

A gate knows, for each sender, the keys that were registered for it by another way than the message: what each
may say (actual warnings or exercises, never both) and for which area. A message must pass everything:

    form            it is a message, by schema and rules            (`cap`)
    sender, key     its sender is registered, and one of the sender's keys signed all of it
    role            its status is one for which that key is registered
    receiver        if it is private, it is addressed to us
    freshness       sent before now, not expired, not seen before, not withdrawn
    references      it withdraws nothing of another body, and no warning by an exercise
    area            every polygon, circle and code lies within the jurisdiction

The gate is pure: what time it is and what was admitted before are parameters. So any neighbour who holds the
same messages comes to the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

from shapely import unary_union
from shapely.geometry.base import BaseGeometry

from riskshed.columns import shown
from riskshed.errors import InputError
from riskshed.exchange.cap import read_element
from riskshed.exchange.cap_alert import Alert, Area, moment
from riskshed.exchange.cap_area import outside_share, shapes_of
from riskshed.exchange.cap_faults import CapError
from riskshed.exchange.cap_signature import PublicKey, key_bytes, public_key, verify
from riskshed.exchange.cap_xml import root_of

ROLES = ("actual", "exercise", "test")
ROLE_OF_STATUS = {"Actual": "actual", "Exercise": "exercise", "System": "test", "Test": "test"}
"""Draft has none: a draft says nothing yet."""
AHEAD_S_MAX = 300.0
AGE_H_MAX = 24.0


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """A key of a sender, and what may be said with it.

    Parameters
    ----------
    key : public key, certificate, or PEM of either
        Of a certificate the key alone counts.
    roles : frozenset of str
        Of `ROLES`. ``actual`` and ``exercise`` exclude each other: a key that may warn plays no exercise.
    jurisdiction : shapely geometry
        In degrees, x the longitude. An area that leaves it by a metre is refused, so it should hold whatever
        is lost by rounding borders.
    geocodes : frozenset of (str, str)
        Code table and code of every place within the jurisdiction, such as ``("GB/T 2260", "220200")``.

    Raises
    ------
    InputError
        ``cap.bad_key``, ``cap.bad_role``, ``cap.bad_jurisdiction``.
    """

    key: PublicKey
    roles: frozenset[str]
    jurisdiction: BaseGeometry
    geocodes: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", public_key(self.key))
        object.__setattr__(self, "roles", frozenset(self.roles))
        if not self.roles or not self.roles <= set(ROLES) or {"actual", "exercise"} <= self.roles:
            todo = "Register a key of its own for exercises."
            what = f"a key for {', '.join(sorted(self.roles)) or 'nothing'}: want one of {', '.join(ROLES)}"
            raise InputError("cap.bad_role", what, todo=todo)
        if self.jurisdiction.is_empty or not self.jurisdiction.is_valid:
            raise InputError("cap.bad_jurisdiction", "a jurisdiction that is empty or crosses itself")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A message that was believed.

    Attributes
    ----------
    alert : Alert
    digest : str
        ``sha256:`` and the SHA-256 of the bytes that came, which are the evidence.
    signed_by : RegisteredKey
    at : datetime
        When it was admitted.
    """

    alert: Alert
    digest: str
    signed_by: RegisteredKey
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What was admitted before; `plus` gives a new one."""

    by_key: Mapping[tuple[str, str], Admitted] = field(default_factory=dict)
    withdrawn: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, admitted: Iterable[Admitted]) -> Seen:
        """All of these."""
        kept = list(admitted)
        gone = {key for one in kept for key in _withdraws(one.alert)}
        return cls({one.alert.key: one for one in kept}, frozenset(gone))

    def plus(self, one: Admitted) -> Seen:
        """This, and one more."""
        return Seen({**self.by_key, one.alert.key: one}, self.withdrawn | set(_withdraws(one.alert)))

    def alerts(self) -> tuple[Alert, ...]:
        """The messages, for `cap_active.active`."""
        return tuple(one.alert for one in self.by_key.values())


NOTHING_SEEN = Seen()


class Gate:
    """The registered senders, and the question whether a message is to be believed.

    Parameters
    ----------
    registered : mapping of str to RegisteredKey or iterable of them
        By the text of `sender`.
    receiver : str, optional
        Our own address: private messages to others are then refused.
    ahead_s_max : float
        By how much the clock of a sender may be ahead of ours.
    age_h_max : float
        How old a message may be that does not say when it expires.

    Raises
    ------
    InputError
        ``cap.shared_key`` if a key is registered twice.
    """

    def __init__(
        self,
        registered: Mapping[str, RegisteredKey | Iterable[RegisteredKey]],
        *,
        receiver: str | None = None,
        ahead_s_max: float = AHEAD_S_MAX,
        age_h_max: float = AGE_H_MAX,
    ) -> None:
        self.registered: dict[str, tuple[RegisteredKey, ...]] = {
            sender: (keys,) if isinstance(keys, RegisteredKey) else tuple(keys)
            for sender, keys in registered.items()
        }
        self.receiver = receiver
        self.ahead, self.age_max = timedelta(seconds=ahead_s_max), timedelta(hours=age_h_max)
        keys = [key_bytes(one.key) for many in self.registered.values() for one in many]
        if len(set(keys)) < len(keys):
            todo = "Give each sender, and each role, a key of its own."
            raise InputError("cap.shared_key", "a key that is registered twice", todo=todo)

    def admit(self, raw: bytes, now: datetime, seen: Seen = NOTHING_SEEN, where: str = "message") -> Admitted:
        """The message of these bytes, if it is to be believed.

        Parameters
        ----------
        raw : bytes
        now : datetime
            Aware.
        seen : Seen
            What was admitted before; with the answer, it is `seen.plus(answer)`.

        Raises
        ------
        CapError
            Its code says why: those of `cap.read`, ``cap.unknown_sender``, ``cap.unsigned``,
            ``cap.bad_signature``, ``cap.wrong_role``, ``cap.not_addressed``, ``cap.from_the_future``,
            ``cap.expired``, ``cap.too_old``, ``cap.replayed``, ``cap.identifier_reused``, ``cap.withdrawn``,
            ``cap.foreign_reference``, ``cap.reference_mismatch``, ``cap.reference_status``,
            ``cap.area_unlocated``, ``cap.area_outside``.
        """
        assert now.utcoffset() is not None, "a time without a zone"
        root = root_of(raw, where)
        alert = read_element(root, where)
        keys = self.registered.get(alert.sender)
        if keys is None:
            _refuse("unknown_sender", where, "sender", shown(alert.sender), "a sender that is registered")
        signer = verify(root, tuple(one.key for one in keys), where)
        key = next(one for one in keys if one.key is signer)
        self._check_role(alert, key, where)
        self._check_receiver(alert, where)
        self._check_freshness(alert, now, where)
        _check_seen(alert, seen, where)
        _check_withdrawals(alert, seen, where)
        self._check_areas(alert, key, where)
        return Admitted(alert, "sha256:" + hashlib.sha256(raw).hexdigest(), key, now)

    def _check_role(self, alert: Alert, key: RegisteredKey, where: str) -> None:
        role = ROLE_OF_STATUS.get(alert.status)
        if role not in key.roles:
            got = f"{alert.status}, signed with a key for {', '.join(sorted(key.roles))}"
            _refuse("wrong_role", where, "status", got, "a status for which the key is registered")

    def _check_receiver(self, alert: Alert, where: str) -> None:
        if alert.scope == "Private" and self.receiver is not None and self.receiver not in alert.addressees():
            _refuse("not_addressed", where, "addresses", "others", f"{shown(self.receiver)} among them")

    def _check_freshness(self, alert: Alert, now: datetime, where: str) -> None:
        if alert.sent_at > now + self.ahead:
            _refuse("from_the_future", where, "sent", alert.sent, f"no later than {now.isoformat()}")
        end = alert.last_expiry() if alert.msg_type in ("Alert", "Update") else None
        if end is not None and end <= now:
            _refuse("expired", where, "info/expires", end.isoformat(), f"later than {now.isoformat()}")
        if end is None and alert.sent_at < now - self.age_max:
            wanted = f"sent within {self.age_max}, since it does not say when it ends"
            _refuse("too_old", where, "sent", alert.sent, wanted)

    def _check_areas(self, alert: Alert, key: RegisteredKey, where: str) -> None:
        ground, codes = self._ground(alert, key)
        for at, info in enumerate(alert.infos, 1):
            if not info.areas and alert.msg_type in ("Alert", "Update"):
                _refuse("area_unlocated", where, f"info[{at}]", "no area", "where it holds")
            for number, area in enumerate(info.areas, 1):
                _check_area(area, ground, codes, where, f"info[{at}]/area[{number}]")
        if not alert.infos and alert.msg_type in ("Alert", "Update"):
            _refuse("area_unlocated", where, "info", "no info", "what holds, and where")

    def _ground(self, alert: Alert, key: RegisteredKey) -> tuple[BaseGeometry, frozenset[tuple[str, str]]]:
        """Where a message may speak of: the sender's own area; a private notice of its receivers' too.

        A warning stays within the sender's area. What may reach a neighbour is told to it
        privately, and the neighbour warns its own people.
        """
        if alert.scope != "Private":
            return key.jurisdiction, key.geocodes
        told = [one for name in alert.addressees() for one in self.registered.get(name, ())]
        ground = unary_union([key.jurisdiction, *(one.jurisdiction for one in told)])
        return ground, key.geocodes.union(*(one.geocodes for one in told))


def _withdraws(alert: Alert) -> Iterator[tuple[str, str]]:
    if alert.msg_type in ("Update", "Cancel"):
        yield from ((one.sender, one.identifier) for one in alert.referenced())


def _check_seen(alert: Alert, seen: Seen, where: str) -> None:
    known = seen.by_key.get(alert.key)
    if known is not None:
        same = known.alert.canonical() == alert.canonical()
        code, got = ("replayed", "a message that came before")
        if not same:
            code, got = ("identifier_reused", "the identifier of another message of this sender")
        _refuse(code, where, "identifier", got, "a message that is new", "Nothing is to be done twice.")
    if alert.key in seen.withdrawn:
        got = "a message that its sender has updated or cancelled"
        _refuse("withdrawn", where, "identifier", got, "one that still holds")


def _check_withdrawals(alert: Alert, seen: Seen, where: str) -> None:
    """Nobody takes back what another body said, and an exercise takes back no warning."""
    for one in alert.referenced() if alert.msg_type in ("Update", "Cancel") else ():
        if one.sender != alert.sender:
            wanted = f"messages of {shown(alert.sender)} alone"
            _refuse("foreign_reference", where, "references", shown(str(one)), wanted)
        known = seen.by_key.get((one.sender, one.identifier))
        if known is None:
            continue
        if moment(one.sent) != known.alert.sent_at:
            wanted = f"the time at which that was sent, {known.alert.sent}"
            _refuse("reference_mismatch", where, "references", shown(str(one)), wanted)
        if known.alert.status != alert.status:
            got = f"{alert.status}, of a message that is {known.alert.status}"
            _refuse("reference_status", where, "references", got, "the same status")


def _check_area(
    area: Area, ground: BaseGeometry, codes: frozenset[tuple[str, str]], where: str, path: str
) -> None:
    shapes = shapes_of(area)
    if not shapes and not area.geocodes:
        got = f"words alone: {shown(area.description)}"
        _refuse("area_unlocated", where, path, got, "a polygon, a circle or a code")
    share = outside_share(shapes, ground)
    if share:
        got = f"an area of which {share:.2%} lies outside" if share < 1 else "an area that lies outside"
        todo = "What may reach a neighbour is told to the neighbour, by a private notice."
        _refuse("area_outside", where, path, got, "an area within the sender's jurisdiction", todo)
    for code in area.geocodes:
        if (code.name, code.value) not in codes:
            got = f"{shown(code.value)} of {shown(code.name)}"
            _refuse("area_outside", where, f"{path}/geocode", got, "codes within the sender's jurisdiction")


def _refuse(code: str, where: str, path: str, got: str, wanted: str, todo: str = "") -> NoReturn:
    raise CapError.of(code, where, got, wanted, todo, path=f"alert/{path}")
