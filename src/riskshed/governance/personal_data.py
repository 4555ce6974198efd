"""Personal data in words that are about to become public for ever: found before they are said.

What is on the log stays there, so a telephone number in a public statement cannot be taken back. A text is
looked through for what has a form of its own; names have none, and are not found.

    phone      mobile and landline numbers of China, and numbers with a country code
    identity   resident identity numbers, by their check digit (GB 11643-1999, ISO 7064 MOD 11-2)
    bank_card  numbers of 16 to 19 digits that satisfy Luhn's formula (ISO/IEC 7812-1)
    email      addresses of e-mail
    plate      number plates of vehicles (GA 36-2018)

Digits are read in any width and as Chinese numerals, and through the blanks and dashes that people put
between them. The numbers to call in an emergency (110, 119, 12345 ...) are short, and are left alone.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Literal, NamedTuple

Sort = Literal["phone", "identity", "bank_card", "email", "plate"]
NUMERALS = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_GAP = r"[ \-–—.·()]{0,2}"
# Each part is as long as it may be (RFC 5321, 4.5.3.1), so that a text of one long word is read in one go.
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+", re.IGNORECASE)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·.-]?"
    r"(?=[A-HJ-NP-Z0-9]*[0-9])[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])"
)
_DIGITS = re.compile(rf"(?<![0-9A-Za-z])\+?[0-9](?:{_GAP}[0-9]){{6,22}}(?:{_GAP}[Xx])?(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class Found(NamedTuple):
    """One piece of personal data: what sort, and the text as it stands."""

    sort: Sort
    text: str


def find(text: str) -> tuple[Found, ...]:
    """The personal data in a text, in its order.

    Examples
    --------
    >>> [one.sort for one in find("我是 138-0013-8000，请回电")]
    ['phone']
    >>> find("生命危险请拨打 110，或市民热线 12345；水位 1250 厘米")
    ()
    """
    plain = unicodedata.normalize("NFKC", text)
    found = [(one.start(), Found("email", one[0])) for one in _EMAIL.finditer(plain)]
    found += [(one.start(), Found("plate", one[0])) for one in _PLATE.finditer(plain.upper())]
    for one in _DIGITS.finditer(plain.translate(NUMERALS)):
        sort = _sort_of(one[0])
        if sort is not None:
            found.append((one.start(), Found(sort, plain[one.start() : one.end()])))
    return tuple(one for _, one in sorted(found))


def _sort_of(written: str) -> Sort | None:
    digits = re.sub(r"[^0-9Xx]", "", written).upper()
    if is_identity(digits):
        return "identity"
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return "phone"
    if written.startswith("+") and 8 <= len(digits) <= 15:
        return "phone"
    if 16 <= len(digits) <= 19 and digits.isdigit() and _satisfies_luhn(digits):
        return "bank_card"
    return None


def is_identity(digits: str) -> bool:
    """Whether these are 18 characters of a resident identity number: a day of birth, and its check digit.

    >>> is_identity("11010519491231002X")
    True
    >>> is_identity("110105194912310021")
    False
    """
    if re.fullmatch(r"[1-9]\d{16}[0-9X]", digits) is None:
        return False
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    return _CHECKS[total % 11] == digits[17]


def _satisfies_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
