"""Which warnings stand at a time: the set that is left of all messages, in whatever order they came.

A message is a fact that is never changed, so what stands is a question to the whole set, not the end of a
sequence of steps: a warning stands if it was sent, has not run out, and no message of the same sender and
status withdraws it. Nothing depends on the order in which messages arrived, on messages that came twice, or
on links that are missing, and a cancelled update does not bring back what it replaced.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from riskshed.exchange.cap_alert import Alert, Info, moment

_Name = tuple[str, str, datetime]


def active(alerts: Iterable[Alert], now: datetime) -> tuple[Alert, ...]:
    """The warnings that stand at `now`, by time of sending, sender and identifier.

    Parameters
    ----------
    alerts : iterable of Alert
        Every message that was admitted, of any status. An exercise withdraws no warning, and the caller
        shows the two apart.
    now : datetime
        Aware.

    Returns
    -------
    tuple of Alert
        Messages of type Alert and Update of which at least one info has not expired.
    """
    known = _distinct(alert for alert in alerts if alert.sent_at <= now)
    gone = {
        (name, alert.status)
        for alert in known.values()
        if alert.msg_type in ("Update", "Cancel")
        for name in _withdrawn(alert)
    }
    stand = [
        alert
        for name, alert in known.items()
        if alert.msg_type in ("Alert", "Update") and (name, alert.status) not in gone and holds(alert, now)
    ]
    return tuple(sorted(stand, key=lambda alert: (alert.sent_at, *alert.key)))


def holds(alert: Alert, now: datetime) -> bool:
    """Whether the message has not run out: an info without an end does not, nor one without infos."""
    return not alert.infos or bool(standing_infos(alert, now))


def standing_infos(alert: Alert, now: datetime) -> tuple[Info, ...]:
    """The infos of a message that have not expired; at the second of `expires` an info has."""
    return tuple(info for info in alert.infos if info.expires is None or moment(info.expires) > now)


def _name(alert: Alert) -> _Name:
    return alert.sender, alert.identifier, alert.sent_at


def _distinct(alerts: Iterable[Alert]) -> dict[_Name, Alert]:
    """One message of each name; where two of one name differ, the one whose bytes are first in order.

    A gate admits no second one. Where there was none, the choice must not depend on which came first.
    """
    known: dict[_Name, Alert] = {}
    for alert in alerts:
        other = known.setdefault(_name(alert), alert)
        if other is not alert and alert.canonical() < other.canonical():
            known[_name(alert)] = alert
    return known


def _withdrawn(alert: Alert) -> set[_Name]:
    """What a message takes back: earlier messages of its own sender, never itself."""
    named = ((one.sender, one.identifier, moment(one.sent)) for one in alert.referenced())
    return {
        name
        for name in named
        if name[0] == alert.sender and name[1] != alert.identifier and name[2] <= alert.sent_at
    }
