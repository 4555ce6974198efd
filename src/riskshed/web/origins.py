"""From where a report of the public came, as a pseudonym that ends with the day, and a valve against floods.

Whether ten reports are of ten people or of one, everybody who judges them has to be able to see; who they
are, nobody. So a report bears a pseudonym: a digest of the address it came from, keyed with random bytes that
are replaced every day. The old ones are written over, and stand in no backup, so that after the day not even
the node can find an address by trying all. Of IPv6 the network of the household (/64) counts.

The valve counts reports by city and for the whole node. A flood about one city leaves the others what is
theirs; and where it has filled what is allowed, those who have not reported in this hour still have as much
again, so that a few who send much do not keep out the many who send one.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import threading
from datetime import datetime
from hashlib import sha256

from django.core.cache import cache

from riskshed.ledger.durable import write_file
from riskshed.web.node import Node

FILE = "origin.salt"
HOUR_S = 3_600
CITY_MAX, NODE_MAX = 60, 240
"""Reports of the public in an hour: about one city, and at this node; twice as many from who is new."""
_guard = threading.Lock()


def pseudonym(node: Node, address: str, now: datetime) -> str:
    """The pseudonym of whoever reports from an address, on this day."""
    day = now.date().isoformat()
    with _guard:
        file = node.home / FILE
        told = file.read_text().split() if file.is_file() else []
        if len(told) != 2 or told[0] != day:
            told = [day, secrets.token_hex(32)]
            write_file(file, f"{told[0]} {told[1]}\n".encode())
    return "r-" + hmac.digest(bytes.fromhex(told[1]), _household(address).encode(), sha256).hex()[:16]


def _household(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)


def has_room(city: str, origin: str) -> bool:
    """Whether one more report is taken now, about a city and from an origin; then it is counted."""
    is_new = cache.get(f"valve:origin:{origin}") is None
    most = 2 if is_new else 1
    if _count(f"city:{city}") >= CITY_MAX * most or _count("node") >= NODE_MAX * most:
        return False
    for name in (f"city:{city}", "node", f"origin:{origin}"):
        _add(f"valve:{name}")
    return True


def _count(name: str) -> int:
    return int(cache.get(f"valve:{name}") or 0)


def _add(key: str) -> None:
    cache.add(key, 0, HOUR_S)
    try:
        cache.incr(key)
    except ValueError:  # it ended between the two
        cache.set(key, 1, HOUR_S)
