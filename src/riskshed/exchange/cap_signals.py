"""Warnings of others as signals: a CAP message from a foreign feed, for the cities that its area touches.

A message becomes one signal for each of our cities, of the quantity ``warning_severity``: Extreme 4, Severe
3, Moderate 2, Minor 1; ``Unknown`` is unknown. So a threshold can be laid on it like on any other quantity.
All messages about one event, from the first to the last that names it, are one series: what one office
withdraws does not clear what another said. A Cancel clears; an Update clears the cities that it leaves out. A
message that expires says nothing more; that is silence, and no all-clear.

Only public messages about actual events count. The class of hazard is the one that the message names in our
terms (``riskshed:hazard_class``), else the one that the operator gave to the feed, else that of `CLASSES`,
which is our reading of the categories of CAP; a message of none of them is no signal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from riskshed.errors import InputError
from riskshed.exchange.cap_alert import Alert, Area, Info
from riskshed.exchange.cap_area import shapes_of
from riskshed.exchange.cap_statement import CITY_CODES, PREFIX
from riskshed.signals import HAZARD_CLASS_OF, Signal
from riskshed.stations import Stations

QUANTITY, UNIT = "warning_severity", "1"
SEVERITY: Mapping[str, Decimal] = {
    "Extreme": Decimal(4), "Severe": Decimal(3), "Moderate": Decimal(2), "Minor": Decimal(1),
}  # fmt: skip
CLASSES: Mapping[str, str] = {
    "Geo": "natural_disaster",
    "Met": "natural_disaster",
    "Health": "public_health",
    "Security": "social_security",
    "Env": "accident",
    "Fire": "accident",
    "Rescue": "accident",
    "Safety": "accident",
    "Transport": "accident",
    "Infra": "accident",
    "CBRNE": "accident",
}
"""The class of hazard of a category of CAP, where nobody says another; ``Other`` has none."""
GEOCODES = (CITY_CODES, "GB/T 2260", "GB2260", "adcode")
"""Code tables whose codes are those of our cities."""
SOURCE_MAX = 200


class Held(NamedTuple):
    """What is remembered of a message: its event, and the cities that it warned."""

    event: str
    cities: tuple[str, ...]
    hazard_class: str
    hazard: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message came to: its signals, and what is to be remembered of it; None if nothing is."""

    signals: tuple[Signal, ...]
    held: Held | None


def key_of(sender: str, identifier: str) -> str:
    """By which a message is remembered."""
    return hashlib.sha256(f"{sender}\n{identifier}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def of_alert(
    alert: Alert,
    stations: Stations,
    arrived: datetime,
    *,
    earlier: Mapping[str, Held] | None = None,
    hazard_class: str | None = None,
    hazard: str | None = None,
) -> Heard:
    """The signals of a message.

    Parameters
    ----------
    alert : Alert
        As `riskshed.exchange.cap.read` gave it.
    stations : Stations
    arrived : datetime
        Aware.
    earlier : mapping of `key_of` to Held, optional
        The messages of the feed that were heard before.
    hazard_class, hazard : str, optional
        Of the feed, where its operator gave them.

    Raises
    ------
    InputError
        ``cap.no_class``, if nobody says which class of hazard it is.
    """
    if alert.status != "Actual" or alert.scope != "Public" or alert.msg_type in ("Ack", "Error"):
        return Heard((), None)
    known = earlier or {}
    before = [
        known[key] for one in alert.referenced() if (key := key_of(one.sender, one.identifier)) in known
    ]
    event = before[0].event if before else key_of(*alert.key)
    expiry = alert.last_expiry()
    if expiry is not None and expiry <= arrived and not before:
        return Heard((), None)
    warned = {} if alert.msg_type == "Cancel" else _warned(alert, stations)
    cleared = dict.fromkeys(city for one in before for city in one.cities if city not in warned)
    if not warned and not cleared:
        return Heard((), None)
    named = _class(alert, hazard_class) or (before[0].hazard_class if before else None)
    if named is None:
        told = f"the message {alert.identifier[:80]} names no class of hazard, and neither does its feed"
        raise InputError("cap.no_class", told, todo="Give the feed a hazard class.")
    held = Held(
        event, tuple(warned), named, _hazard(alert) or hazard or (before[0].hazard if before else None)
    )
    signals = [_signal(alert, held, city, arrived, info) for city, info in warned.items()]
    signals += [_signal(alert, held, city, arrived, None) for city in cleared]
    return Heard(tuple(signals), held)


def _signal(alert: Alert, held: Held, city: str, arrived: datetime, info: Info | None) -> Signal:
    value = None if info is None else SEVERITY.get(info.severity)
    kind = "cleared" if info is None else "first_detected" if value is None else "observed"
    headline = (info.headline or info.event) if info is not None else ""
    return Signal(
        place=city,
        hazard_class=held.hazard_class,
        quantity=QUANTITY,
        unit=UNIT,
        time=min(alert.sent_at, arrived),
        kind=kind,  # type: ignore[arg-type]
        value=value,
        known_at=arrived,
        source=_plain(f"CAP {alert.sender} {alert.identifier}"),
        hazard=held.hazard,
        series=held.event,
        confirmed=info is None or info.certainty in ("Observed", "Likely"),
        client_id=f"cap-{key_of(*alert.key)}",
        note=_plain(headline),
        stated=alert.sent_at if alert.sent_at > arrived else None,
    )


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:SOURCE_MAX].strip()


def _warned(alert: Alert, stations: Stations) -> dict[str, Info]:
    """The cities that are warned, each with the gravest info about it."""
    found: dict[str, Info] = {}
    for info in alert.infos:
        if "AllClear" in info.response_types:
            continue
        for city in _cities(info.areas, stations):
            held = found.get(city)
            if held is None or SEVERITY.get(info.severity, 0) > SEVERITY.get(held.severity, 0):
                found[city] = info
    return dict(sorted(found.items()))


def _cities(areas: tuple[Area, ...], stations: Stations) -> set[str]:
    """The cities that an area names by code, and those whose territory it touches."""
    found: set[str] = set()
    for area in areas:
        codes = {one.value for one in area.geocodes if one.name in GEOCODES}
        found |= {code for code in codes if code in stations and stations.by_id[code].city == code}
        for shape in shapes_of(area):
            found |= set(stations.cities_in(shape))
    return found


def _class(alert: Alert, of_feed: str | None) -> str | None:
    for info in alert.infos:
        said = info.parameter(f"{PREFIX}hazard_class")
        if said is not None and said in HAZARD_CLASS_OF:
            return HAZARD_CLASS_OF[said]
    if of_feed is not None:
        return HAZARD_CLASS_OF[of_feed]
    categories = (one for info in alert.infos for one in info.categories)
    return next((CLASSES[one] for one in categories if one in CLASSES), None)


def _hazard(alert: Alert) -> str | None:
    named = (one.value for info in alert.infos for one in info.event_codes if one.name == f"{PREFIX}hazard")
    return next(named, None)
