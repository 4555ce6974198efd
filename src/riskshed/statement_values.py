"""The values of a statement's fields: what may stand in each, written in one way only.

Two parties that mean the same must sign the same bytes, so a value that could be written in two ways is given
one form, and every other is refused with the form that was wanted. Nothing is rounded, trimmed or guessed.

A number with a fraction is text, because a JSON number is a binary fraction to most readers: 0.1 is none.
`decimal_text`, `time_text` and `money` write these forms. Unknown is a field that is absent; there is no null
and no zero in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, NamedTuple

from riskshed.columns import CONTROL, shown
from riskshed.statement_faults import FaultList, StatementError, shown_value

Check = Callable[[Any, str, FaultList], None]
"""Names every fault of a value at a path, and does nothing to a good one."""

WHOLE_MAX = 2**53 - 1
"""Beyond this a reader whose numbers are binary64 would see another number (RFC 8785, section 3.2.2.3)."""
TEXT_CHARACTERS_MAX = 20_000
NAME_CHARACTERS_MAX = 300
YEARS = (1800, 2200)

CURRENCIES = {
    code: digits
    for digits, codes in (
        (0, "JPY KRW VND"),
        (
            2,
            "AUD BDT BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR INR KGS KHR KPW KZT LAK MMK MNT MOP MYR NOK",
        ),
        (2, "NPR NZD PHP PKR PLN RON RSD RUB SEK SGD THB TJS TRY TWD UAH USD UZS"),
    )
    for code in codes.split()
}
"""Digits of the minor unit of each currency that may stand in a statement (ISO 4217)."""

UNITS = tuple(
    unit
    for line in (
        "1 % mm cm m km m2 ha km2 m3 L m3/s m3/d mm/h m/s km/h",
        "mg g kg t mg/L ug/L ng/L mg/kg mg/m3 ug/m3 mg.min/m3 ppm g/m2 kg/m2 m/s2",
        "s min h d degC hPa MPa kW MW kWh MWh Bq/L Bq/m3 uSv/h mSv cells/mL",
        "people household dose bed item set bottle barrel box bag tablet vehicle wagon boat aircraft pump",
        "generator team place CNY",
    )
    for unit in line.split()
)
"""Units that a measure may have. Compound units have no spaces; ug is the microgram."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d[+-](0\d|1[0-4]):[0-5]\d", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"0|-?(?:0\.\d*[1-9]|[1-9]\d*(?:\.\d*[1-9])?)", re.ASCII)
_DECIMAL_CHARACTERS_MAX = 30
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", re.ASCII)
_KEY = re.compile(r"[!#-*,-\[\]-~]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{40,3000}={0,2}", re.ASCII)
_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,63}", re.ASCII)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# A name is one line that is shown beside others, so nothing in it may move the text around it.
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_OFFSET_MAX = timedelta(hours=14)


# ------------------------------------------------------------------------------------- writing the one form


def decimal_text(number: Decimal | float, places: int) -> str:
    """A number as the decimal text of a statement, rounded half to even to so many places.

    Raises
    ------
    StatementError
        ``statement.not_a_number`` for NaN and infinity: unknown is an absent field.

    Examples
    --------
    >>> decimal_text(51.46, 1), decimal_text(0.30000000000000004, 6), decimal_text(-0.04, 1)
    ('51.5', '0.3', '0')
    """
    value = Decimal(number)
    if not value.is_finite() or abs(value) >= 10**15:
        raise StatementError.of("statement.not_a_number", "decimal_text", str(number)[:80], "a finite number")
    exact = Context(prec=60, rounding=ROUND_HALF_EVEN)
    text = f"{value.quantize(Decimal(1).scaleb(-places), context=exact):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def time_text(time: datetime) -> str:
    """A time as the text of a statement; what is less than a second is cut off.

    Raises
    ------
    StatementError
        ``statement.bad_time`` without an offset from UTC, or with one that has seconds.

    Examples
    --------
    >>> from datetime import UTC
    >>> time_text(datetime(2005, 11, 20, 8, 0, 0, 250_000, tzinfo=UTC))
    '2005-11-20T08:00:00+00:00'
    """
    text = time.isoformat(timespec="seconds")
    if (wanted := _wrong_time(text)) is not None:
        raise StatementError.of("statement.bad_time", "time_text", shown(text), wanted)
    return text


class Money(NamedTuple):
    """An amount in whole minor units (fen, cent) of a currency."""

    minor: int
    currency: str

    def to_json(self) -> dict[str, int | str]:
        """As it stands in a body."""
        return {"minor": self.minor, "currency": self.currency}


# --------------------------------------------------------------------------------------- checking each type


def _text(value: Any, path: str, faults: FaultList, most: int = TEXT_CHARACTERS_MAX) -> None:
    if type(value) is not str:
        faults.wrong(path, value, "text")
    elif CONTROL.search(value):
        _not_plain(value, path, faults)
    elif not value.strip():
        faults.add("empty", path, shown(value), "text", "Leave the field out if there is nothing to say.")
    elif len(value) > most:
        todo = "Put the rest into a file and name its digest."
        faults.add("too_long", path, f"{len(value)} characters", f"at most {most}", todo)


def _not_plain(value: str, path: str, faults: FaultList) -> None:
    if _SURROGATE.search(value):
        faults.add("surrogate", path, shown(value), "whole Unicode characters", "Remove half characters.")
    else:
        todo = "Remove the invisible characters."
        faults.add("control_character", path, shown(value), "text without control characters", todo)


def _name(value: Any, path: str, faults: FaultList) -> None:
    if type(value) is not str:
        faults.wrong(path, value, "text on one line")
    elif _SURROGATE.search(value) or _NOT_IN_A_NAME.search(value):
        _not_plain(value, path, faults)
    elif not value or value != value.strip():
        faults.add("bad_name", path, shown(value), "text on one line without spaces at its ends")
    elif len(value) > NAME_CHARACTERS_MAX:
        got, wanted = f"{len(value)} characters", f"at most {NAME_CHARACTERS_MAX}"
        faults.add("too_long", path, got, wanted, "Shorten it.")


def _words(value: Any, path: str, faults: FaultList) -> None:
    if type(value) is not dict or not value:
        faults.wrong(path, value, 'text by language, such as {"zh": "...", "en": "..."}')
        return
    for language, text in value.items():
        if not _LANGUAGE.fullmatch(language):
            faults.add("bad_language", path, shown(language), "a language tag such as zh, en or mn-Cyrl")
        else:
            _text(text, f"{path}.{language}", faults)


def _formed(pattern: re.Pattern[str], wanted: str, code: str) -> Check:
    def check(value: Any, path: str, faults: FaultList) -> None:
        if type(value) is not str:
            faults.wrong(path, value, wanted)
        elif not pattern.fullmatch(value):
            faults.add(code, path, shown(value), wanted)

    return check


_code_form = _formed(_CODE, "a code: letters, digits and . _ : / -, at most 128 of them", "bad_code")


def _code(value: Any, path: str, faults: FaultList) -> None:
    # A code and the id of a statement may both stand in `about`, so no code may look like an id.
    _code_form(value, path, faults)
    if type(value) is str and len(value) == 64 and _ID.fullmatch(value):
        faults.add("bad_code", path, shown(value), "a code, not the id of a statement")


def _wrong_time(text: str) -> str | None:
    """What is wanted instead of this text, None if it is a time in the one form."""
    wanted = "a time such as 2005-11-20T16:00:00+08:00 (UTC is +00:00)"
    if not _TIME.fullmatch(text) or text.endswith("-00:00"):
        return wanted
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return wanted
    offset = time.utcoffset()
    if offset is None or abs(offset) > _OFFSET_MAX:
        return "a time with an offset of at most 14 hours"
    return None if YEARS[0] <= time.year < YEARS[1] else f"a year from {YEARS[0]} to {YEARS[1] - 1}"


def _time(value: Any, path: str, faults: FaultList) -> None:
    if type(value) is not str:
        faults.wrong(path, value, "a time such as 2005-11-20T16:00:00+08:00")
    elif (wanted := _wrong_time(value)) is not None:
        faults.add("bad_time", path, shown(value), wanted, "Write seconds and offset, and no fraction.")


def _day(value: Any, path: str, faults: FaultList) -> None:
    try:
        if type(value) is not str or not _DAY.fullmatch(value):
            raise ValueError
        known = YEARS[0] <= date.fromisoformat(value).year < YEARS[1]
    except ValueError:
        known = False
    if not known:
        faults.add("bad_time", path, shown_value(value), "a day such as 2005-11-20")


def range_text(low: int | None, high: int | None) -> str:
    """The range in words, both ends included; empty where any value will do."""
    ends = ((">=", low), ("<=", high))
    return " and ".join(f"{sign} {end}" for sign, end in ends if end is not None)


def decimal(unit: str, low: int | None, high: int | None) -> Check:
    """The check of a decimal number as text."""
    told = "" if unit == "1" else f" ({unit})"
    wanted = f'a decimal number as text{told}, such as "51.5", without exponent or needless zeros'
    bounded = low is not None or high is not None

    def check(value: Any, path: str, faults: FaultList) -> None:
        if type(value) is not str:
            faults.wrong(path, value, wanted)
        elif not _DECIMAL.fullmatch(value) or len(value) > _DECIMAL_CHARACTERS_MAX:
            faults.add("bad_decimal", path, shown(value), wanted)
        elif bounded:
            number = Decimal(value)
            if (low is not None and number < low) or (high is not None and number > high):
                faults.add("out_of_range", path, shown(value), range_text(low, high) + told)

    return check


def whole(low: int | None, high: int | None) -> Check:
    """The check of a whole number."""
    least = -WHOLE_MAX if low is None else low
    most = WHOLE_MAX if high is None else high

    def check(value: Any, path: str, faults: FaultList) -> None:
        if type(value) is not int:
            faults.wrong(path, value, "a whole number")
        elif abs(value) > WHOLE_MAX:
            faults.add("too_large", path, shown_value(value), f"at most {WHOLE_MAX} either way")
        elif not least <= value <= most:
            faults.add("out_of_range", path, str(value), range_text(low, high))

    return check


def _yes_no(value: Any, path: str, faults: FaultList) -> None:
    if type(value) is not bool:
        faults.wrong(path, value, "true or false")


def choice(choices: Sequence[str]) -> Check:
    """The check of one word of a closed list."""
    allowed = frozenset(choices)
    wanted = f"one of {', '.join(choices)}"

    def check(value: Any, path: str, faults: FaultList) -> None:
        if type(value) is not str:
            faults.wrong(path, value, wanted)
        elif value not in allowed:
            faults.add("unknown_choice", path, shown(value), wanted)

    return check


PLAIN: dict[str, Check] = {
    "text": _text,
    "name": _name,
    "words": _words,
    "code": _code,
    "subject": _code_form,
    "statement": _formed(_ID, "the id of a statement: 64 of the digits 0-9 a-f", "bad_id"),
    "digest": _formed(_DIGEST, "sha256: and 64 of the digits 0-9 a-f", "bad_digest"),
    "media_type": _formed(_MEDIA, "a media type such as application/netcdf", "bad_media_type"),
    "key": _formed(_KEY, "a verifier key: name+8 hex digits+base64", "bad_key"),
    "time": _time,
    "day": _day,
    "yes_no": _yes_no,
}
"""The checks of the types that need no more than their name."""
