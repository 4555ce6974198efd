"""The Chinese profile of the identifier: GB/T 35965.1-2018, ``ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N``.

Thirty-one characters: six of the place (GB/T 2260), three of the industry (GB/T 4657), three that the
sender gives out itself (else 000), two of extension (else 00), then the time in Beijing and a number 0 to 9
that tells messages of one second apart. The rules were read in an excerpt of the standard, not in its full
text; what the excerpt does not say is not checked here.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from riskshed.exchange.cap_alert import Alert
from riskshed.exchange.cap_faults import CapFaults

BEIJING = timezone(timedelta(hours=8))
_FORM = re.compile(r"(\d{6})(\d{3})(\d{3})(\d{2})_(\d{14})_(\d)", re.ASCII)
_WANTED = "31 characters ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N, such as 22020075000000_20051121120000_0"


class ChineseIdentifier(NamedTuple):
    """The parts of an identifier.

    Attributes
    ----------
    place, industry, internal, extension : str
        6, 3, 3 and 2 digits.
    time : datetime
        In Beijing, to the second.
    number : int
        0 to 9.
    """

    place: str
    industry: str
    internal: str
    extension: str
    time: datetime
    number: int

    @property
    def issuer(self) -> str:
        """The fourteen digits that name the sender."""
        return self.place + self.industry + self.internal + self.extension

    def __str__(self) -> str:
        time = self.time.astimezone(BEIJING)  # %Y would lose the zeros of an early year
        return f"{self.issuer}_{time.year:04}{time:%m%d%H%M%S}_{self.number}"


def chinese_identifier(text: str) -> ChineseIdentifier:
    """The parts of an identifier of the profile.

    Raises
    ------
    CapError
        ``cap.cn_identifier``.

    Examples
    --------
    >>> chinese_identifier("22020075000000_20051121120000_0").time.isoformat()
    '2005-11-21T12:00:00+08:00'
    """
    faults = CapFaults("identifier")
    parts = _parts(text, faults)
    faults.raise_any()
    assert parts is not None, "no parts, and no fault"
    return parts


def check_chinese(alert: Alert, faults: CapFaults) -> None:
    """Name where a message breaks the profile: the form of its identifier, and its time after `sent`."""
    parts = _parts(alert.identifier, faults)
    if parts is not None and parts.time > alert.sent_at:
        got = f"the time {parts.time.isoformat()}"
        faults.add("cn_time", "alert/identifier", got, f"Beijing time, no later than sent {alert.sent}")


def _parts(text: str, faults: CapFaults) -> ChineseIdentifier | None:
    found = _FORM.fullmatch(text)
    if found is None:
        faults.value("cn_identifier", "alert/identifier", text, _WANTED)
        return None
    try:
        time = datetime.strptime(found[5], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError:
        faults.value("cn_identifier", "alert/identifier", text, "a time that exists, as YYYYMMDDhhmmss")
        return None
    return ChineseIdentifier(found[1], found[2], found[3], found[4], time, int(found[6]))
