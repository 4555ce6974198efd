"""Notices and warnings as CAP messages, and back.

A **notice** to a neighbour is a private message, addressed to its receivers; a **warning** to one's own
people is public. Each language of the statement becomes an info. What CAP has an element for goes there;
every other field of the statement goes into a parameter ``riskshed:<field>``, so that nothing is lost on
the way and back.

A statement names the message by its digest (field ``cap``), so the message comes first:

    draft    the statement without ``cap``
    message  `of_notice` or `of_warning`, then `cap.write` or `cap_signature.sign`
    said     `with_cap(draft, message)`: the same statement, with the digest

Back, `body_of` gives the body that a message speaks, and says what it leaves open. A message of another
country says neither which statutory class its hazard has nor which cities it means in our codes: those are
`missing`, and are never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from riskshed.exchange.cap import MEDIA_TYPE
from riskshed.exchange.cap_alert import (
    Alert,
    Area,
    Info,
    Parameter,
    moment,
    moment_text,
    words_text,
)
from riskshed.exchange.cap_faults import CapError
from riskshed.region import Region
from riskshed.statement import Statement, digest_text, make
from riskshed.statement_values import time_text
from riskshed.vocabulary import KINDS, KindName
from riskshed.vocabulary_fields import Field

CITY_CODES = "riskshed:city"
"""Code table of a geocode that holds the code of a city of the region."""
PREFIX = "riskshed:"
NOTICES = ("NoticeSent",)
WARNINGS = ("WarningIssued", "WarningUpdated", "WarningCancelled")
_TYPES = {"WarningUpdated": "Update", "WarningCancelled": "Cancel"}
_LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
_CATEGORIES = {
    "natural_disaster": "Safety",
    "accident": "Safety",
    "public_health": "Health",
    "social_security": "Security",
}
_EVENTS = {
    "natural_disaster": {"zh": "自然灾害", "en": "natural disaster"},
    "accident": {"zh": "事故灾难", "en": "accident disaster"},
    "public_health": {"zh": "公共卫生事件", "en": "public health event"},
    "social_security": {"zh": "社会安全事件", "en": "social security event"},
}
# Fields that have an element of their own; `cap` is the message itself.
_ELEMENTS = {
    *("headline", "description", "instruction", "urgency", "severity", "certainty"),
    *("onset", "expires", "contact", "cities", "cap"),
}
_WORDS = ("headline", "description", "instruction")
_TEXTS = frozenset(
    ("text", "name", "code", "subject", "statement", "digest", "media_type", "key", "day", "time", "choice")
)


@dataclass(frozen=True, slots=True)
class Place:
    """A city on the ground, in the texts of CAP: its names by language, polygons and circles."""

    names: Mapping[str, str]
    polygons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who sends: `sender` as it is registered, and its name by language."""

    sender: str
    names: Mapping[str, str]


def places_of(region: Region) -> dict[str, Place]:
    """The cities of a region by code; their borders where the region has them, without holes.

    A hole cannot be said in CAP, so the border of a city with one is left out, and the code stands alone.
    """
    return {
        city.code: Place(
            {"zh": city.name_zh, "en": city.name_en}, _polygons(region.boundaries.get(city.code))
        )
        for city in region.cities
    }


def _polygons(geometry: Mapping[str, Any] | None) -> tuple[str, ...]:
    if geometry is None or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return ()
    many = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    if any(len(rings) != 1 for rings in many):
        return ()
    return tuple(" ".join(f"{lat},{lon}" for lon, lat, *_ in rings[0]) for rings in many)


# ---------------------------------------------------------------------------------------------- to a message


def of_notice(
    statement: Statement,
    *,
    issuer: Issuer,
    identifier: str,
    addresses: Sequence[str],
    places: Mapping[str, Place],
    earlier: Sequence[Alert] = (),
) -> Alert:
    """The private message of a `NoticeSent`.

    Parameters
    ----------
    statement : Statement
        A draft without ``cap``, with an open body.
    issuer : Issuer
    identifier : str
        One that the sender has never used.
    addresses : sequence of str
        Of the receivers, as they are registered.
    places : mapping of city code to Place
    earlier : sequence of Alert
        Messages that it replaces; with any, it is an Update.

    Raises
    ------
    CapError
        ``cap.no_place`` for a city that `places` does not have.
    """
    assert statement.kind in NOTICES, f"{statement.kind} is no notice"
    msg_type = "Update" if earlier else "Alert"
    infos = _infos(statement, issuer, places, statement)
    alert = _alert(statement, issuer, identifier, msg_type, "Private", earlier, infos)
    return replace(alert, addresses=words_text(tuple(addresses)))


def of_warning(
    statement: Statement,
    *,
    issuer: Issuer,
    identifier: str,
    places: Mapping[str, Place],
    earlier: Sequence[Alert] = (),
    warned: Statement | None = None,
) -> Alert:
    """The public message of a `WarningIssued`, `WarningUpdated` or `WarningCancelled`.

    Parameters
    ----------
    statement, issuer, identifier, places
        As in `of_notice`.
    earlier : sequence of Alert
        The messages that an update replaces or a cancellation takes back; all that still stand.
    warned : Statement, optional
        The warning that a `WarningCancelled` takes back, from which it has hazard and cities.

    Raises
    ------
    CapError
        ``cap.no_place``; ``cap.no_references`` if an update or a cancellation names no earlier message.
    """
    assert statement.kind in WARNINGS, f"{statement.kind} is no warning"
    msg_type = _TYPES.get(statement.kind, "Alert")
    if msg_type != "Alert" and not earlier:
        raise CapError.of("no_references", statement.kind, "no earlier message", "those that it speaks of")
    about = warned if statement.kind == "WarningCancelled" else statement
    assert about is not None, "a cancellation needs the warning that it takes back"
    infos = _infos(statement, issuer, places, about)
    return _alert(statement, issuer, identifier, msg_type, "Public", earlier, infos)


def with_cap(statement: Statement, raw: bytes) -> Statement:
    """The same statement, with the digest of the message that goes with it."""
    assert statement.body is not None, "a sealed statement does not show its message"
    file = {"digest": digest_text(raw), "size_bytes": len(raw), "media_type": MEDIA_TYPE}
    value = statement.to_json()
    kept: dict[str, Any] = {name: value.get(name) for name in ("about", "replies_to", "reconstructed")}
    return make(
        statement.kind, by=statement.by, officer=statement.officer, issued=statement.issued,
        body={**value["body"], "cap": file}, exercise=statement.exercise, visibility=statement.visibility,
        **kept,
    )  # fmt: skip


def is_message_of(statement: Statement, raw: bytes) -> bool:
    """Whether these bytes are the message that the statement names."""
    return statement.has("cap") and statement.record("cap")["digest"] == digest_text(raw)


def _alert(
    statement: Statement, issuer: Issuer, identifier: str, msg_type: str, scope: str,
    earlier: Sequence[Alert], infos: tuple[Info, ...],
) -> Alert:  # fmt: skip
    return Alert(
        identifier=identifier,
        sender=issuer.sender,
        sent=moment_text(statement.issued),
        status="Exercise" if statement.exercise else "Actual",
        msg_type=msg_type,
        scope=scope,
        references=" ".join(str(one.reference) for one in earlier) or None,
        incidents=statement.about,
        infos=infos,
    )


def _infos(
    statement: Statement, issuer: Issuer, places: Mapping[str, Place], about: Statement
) -> tuple[Info, ...]:
    """One info in each language in which the statement has words."""
    assert statement.body is not None, "a sealed statement is opened first"
    spoken = [name for name in ("headline", "description", "instruction", "reason") if _has(statement, name)]
    languages = sorted({code for name in spoken for code in statement.words(name)}, key=_order)
    return tuple(_info(statement, issuer, places, about, language) for language in languages)


def _order(language: str) -> tuple[bool, str]:
    return language != "zh", language  # Chinese first, as the profile shows it


def _has(statement: Statement, name: str) -> bool:
    return any(field.name == name for field in KINDS[statement.kind].fields) and statement.has(name)


def _info(
    statement: Statement, issuer: Issuer, places: Mapping[str, Place], about: Statement, language: str
) -> Info:
    cancels = statement.kind == "WarningCancelled"
    hazard_class = about.string("hazard_class")
    words = {name: statement.words(name).get(language) for name in _WORDS if _has(statement, name)}
    if cancels:
        words["description"] = statement.words("reason").get(language)
    hazard = about.string("hazard") if about.has("hazard") else None
    return Info(
        language=_LANGUAGES.get(language, language),
        categories=(_CATEGORIES[hazard_class],),
        event=_EVENTS[hazard_class].get(language, _EVENTS[hazard_class]["en"]),
        response_types=("AllClear",) if cancels and statement.string("cause") == "all_clear" else (),
        urgency="Past" if cancels else statement.string("urgency"),
        severity=about.string("severity"),
        certainty=about.string("certainty"),
        event_codes=() if hazard is None else (Parameter(f"{PREFIX}hazard", hazard),),
        onset=moment_text(statement.time("onset")) if _has(statement, "onset") else None,
        expires=None if cancels else moment_text(statement.time("expires")),
        sender_name=issuer.names.get(language),
        headline=words.get("headline"),
        description=words.get("description"),
        instruction=words.get("instruction"),
        contact=statement.string("contact") if _has(statement, "contact") else None,
        parameters=tuple(_parameters(statement, language)),
        areas=tuple(_area(code, places, language) for code in about.strings("cities")),
    )


def _area(code: str, places: Mapping[str, Place], language: str) -> Area:
    place = places.get(code)
    if place is None:
        raise CapError.of(
            "no_place", "cities", f"the city {code}", "a city of which name and place are known"
        )
    name = place.names.get(language) or next(iter(place.names.values()), code)
    return Area(name, place.polygons, place.circles, (Parameter(CITY_CODES, code),))


def _parameters(statement: Statement, language: str) -> Iterable[Parameter]:
    """What CAP has no element for, field by field; words in the language of the info."""
    value = statement.to_json()["body"]
    yield Parameter(f"{PREFIX}kind", statement.kind)
    for field in KINDS[statement.kind].fields:
        if field.name in _ELEMENTS or field.name not in value:
            continue
        if field.name == "reason" and statement.kind == "WarningCancelled":
            continue
        one = value[field.name]
        if field.type == "words":
            if language in one:
                yield Parameter(f"{PREFIX}{field.name}", one[language])
        elif field.type in _TEXTS and not field.many:
            yield Parameter(f"{PREFIX}{field.name}", one)
        else:
            text = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            yield Parameter(f"{PREFIX}{field.name}", text)


# ---------------------------------------------------------------------- from a message


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a message says, as the body of a statement.

    Attributes
    ----------
    kind : KindName
    body : dict
        The fields that it says; good for `statement.make` if nothing is missing.
    missing : tuple of str
        Required fields that it leaves open.
    """

    kind: KindName
    body: dict[str, Any]
    missing: tuple[str, ...]


def body_of(alert: Alert, kind: KindName | None = None) -> Spoken:
    """The body of a notice or a warning that a message speaks.

    Parameters
    ----------
    alert : Alert
        Admitted by a gate: nothing is judged here.
    kind : KindName, optional
        What it is to be; else what it says of itself, else by its scope and type.

    Raises
    ------
    CapError
        ``cap.no_info`` for a message without an info, ``cap.bad_field`` for a parameter that is no value of
        its field.
    """
    if not alert.infos:
        raise CapError.of("no_info", alert.identifier, "no info", "what is to be said")
    kind = kind or _kind(alert)
    first = alert.infos[0]
    body: dict[str, Any] = {}
    for field in KINDS[kind].fields:
        value = _from_element(alert, field) if _in_element(kind, field) else None
        if value is None and field.type == "words":
            value = _spoken_words(alert, _reader(f"{PREFIX}{field.name}")) or None
        elif value is None and (text := _parameter_text(first, field.name)) is not None:
            value = _from_text(text, field)
        if value is not None:
            body[field.name] = value
    missing = [field.name for field in KINDS[kind].fields if field.required and field.name not in body]
    return Spoken(kind, body, tuple(missing))


def _reader(name: str) -> Callable[[Info], str | None]:
    return lambda info: info.parameter(name)


def _kind(alert: Alert) -> KindName:
    said = alert.infos[0].parameter(f"{PREFIX}kind")
    if said in (*NOTICES, *WARNINGS):
        return said  # type: ignore[return-value]
    if alert.scope == "Private":
        return "NoticeSent"
    if alert.msg_type == "Cancel":
        return "WarningCancelled"
    return "WarningUpdated" if alert.msg_type == "Update" else "WarningIssued"


def _in_element(kind: str, field: Field) -> bool:
    return field.name in _ELEMENTS or (kind == "WarningCancelled" and field.name == "reason")


def _parameter_text(info: Info, name: str) -> str | None:
    if name == "hazard":
        return next((one.value for one in info.event_codes if one.name == f"{PREFIX}hazard"), None)
    return info.parameter(f"{PREFIX}{name}")


def _from_element(alert: Alert, field: Field) -> Any:
    first, name = alert.infos[0], field.name
    if name in _WORDS:
        return _spoken_words(alert, lambda info: getattr(info, name)) or None
    if name == "reason":
        return _spoken_words(alert, lambda info: info.description) or None
    if name in ("onset", "expires"):
        text = getattr(first, name)
        return None if text is None else time_text(moment(text))
    if name == "cities":
        named = (code for area in first.areas for code in area.geocodes if code.name == CITY_CODES)
        return list(dict.fromkeys(code.value for code in named)) or None
    return getattr(first, name) if name != "cap" else None


def _spoken_words(alert: Alert, of: Callable[[Info], str | None]) -> dict[str, str]:
    """Words by language; where two infos of one language differ, the first counts, as the standard has it."""
    names = {tag: code for code, tag in _LANGUAGES.items()}
    words: dict[str, str] = {}
    for info in alert.infos:
        text = of(info)
        if text and text.strip():
            words.setdefault(names.get(info.spoken, info.spoken), text)
    return words


def _from_text(text: str, field: Field) -> Any:
    if field.type in _TEXTS and not field.many:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CapError.of(
            "bad_field", f"{PREFIX}{field.name}", "a text that is no JSON", "its value"
        ) from error
