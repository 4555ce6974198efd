"""CAP messages of the cast: two neighbours, their keys, and warnings of every sort, drawn from a seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from shapely import box

from riskshed.exchange.cap import Alert, Area, Info, Parameter, Resource
from riskshed.exchange.cap_alert import CATEGORIES, RESPONSE_TYPES, moment_text
from riskshed.exchange.cap_gate import Gate, RegisteredKey
from riskshed.exchange.cap_signature import sign

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
SHANG, ZHONG = "shang.example", "zhong.example"
CITY_CODES = "GB/T 2260"


def key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, ec.SECP256R1())


SHANG_KEY, SHANG_PLAY_KEY, ZHONG_KEY, STRANGER_KEY = (key(7 + at) for at in range(4))
SHANG_BOX, ZHONG_BOX = box(125.0, 44.0, 126.0, 45.0), box(126.0, 44.0, 127.0, 46.0)
SHANG_CODES = frozenset({(CITY_CODES, "910100")})


def gate(**settings: Any) -> Gate:
    """Shang with a key for warnings and one for exercises, and Zhong to its east."""
    return Gate(
        {
            SHANG: (
                RegisteredKey(SHANG_KEY.public_key(), frozenset({"actual"}), SHANG_BOX, SHANG_CODES),
                RegisteredKey(SHANG_PLAY_KEY.public_key(), frozenset({"exercise"}), SHANG_BOX, SHANG_CODES),
            ),
            ZHONG: RegisteredKey(ZHONG_KEY.public_key(), frozenset({"actual"}), ZHONG_BOX),
        },
        **settings,
    )


def square(lat: float, lon: float, size: float = 0.2) -> str:
    """A closed polygon, its south-west corner first."""
    corners = ((lat, lon), (lat + size, lon), (lat + size, lon + size), (lat, lon + size), (lat, lon))
    return " ".join(f"{y:.4f},{x:.4f}" for y, x in corners)


def area(**changed: Any) -> Area:
    """A place within Shang."""
    facts: dict[str, Any] = {"description": "上城", "polygons": (square(44.3, 125.3),)}
    return Area(**{**facts, **changed})


def info(**changed: Any) -> Info:
    facts: dict[str, Any] = {
        "language": "zh-CN",
        "categories": ("Env", "Safety"),
        "event": "水污染",
        "response_types": ("Avoid", "Monitor"),
        "urgency": "Expected",
        "severity": "Severe",
        "certainty": "Likely",
        "expires": moment_text(NOW + timedelta(hours=12)),
        "headline": "上游来水受污染",
        "description": "约四十八小时后到达。\n  <不要饮用> & 不要捕鱼",
        "instruction": "不要取用河水",
        "areas": (area(),),
    }
    return Info(**{**facts, **changed})


def warning(**changed: Any) -> Alert:
    """A warning of Shang, sent ten minutes ago."""
    facts: dict[str, Any] = {
        "identifier": "shang-1",
        "sender": SHANG,
        "sent": moment_text(NOW - timedelta(minutes=10)),
        "status": "Actual",
        "msg_type": "Alert",
        "scope": "Public",
        "infos": (info(), info(language="en", event="water pollution", headline="Polluted water")),
    }
    return Alert(**{**facts, **changed})


def signed(alert: Alert) -> bytes:
    """Signed with the key that its sender uses for such a message."""
    if alert.sender == ZHONG:
        return sign(alert, ZHONG_KEY)
    return sign(alert, SHANG_KEY if alert.status == "Actual" else SHANG_PLAY_KEY)


def some_words(random: Random) -> str:
    return "".join(random.choice("水城 ab<&>\"'\n\t江é😀") for _ in range(random.randint(1, 30))) + "."


def some_area(random: Random) -> Area:
    lat, lon = 44.05 + random.random() * 0.5, 125.05 + random.random() * 0.5
    circle = f"{44.5 + random.uniform(-0.2, 0.2):.3f},{125.5 + random.uniform(-0.2, 0.2):.3f}"
    return Area(
        some_words(random),
        tuple(square(lat, lon, 0.05 + random.random() * 0.3) for _ in range(random.randint(1, 2))),
        tuple(f"{circle} {random.choice(('0', '0.0', '3.5', '12'))}" for _ in range(random.randint(0, 2))),
        tuple(Parameter(*code) for code in SHANG_CODES) if random.random() < 0.5 else (),
        *random.choice(((None, None), ("120", None), ("120.5", "900"))),
    )


def some_info(random: Random, language: str | None = None) -> Info:
    def may(text: str) -> str | None:
        return text if random.random() < 0.6 else random.choice((None, ""))

    parameters = tuple(Parameter(f"p{at}", some_words(random)) for at in range(random.randint(0, 3)))
    resource = Resource("map", "image/png", "12", "https://shang.example/map.png", None, "ab" * 20)
    content = Resource("sound", "audio/ogg", "3", None, "YWJj", "a9993e364706816aba3e25717850c26c9cd0d89d")
    return info(
        language=language,
        categories=tuple(random.sample(CATEGORIES, random.randint(1, 4))),
        response_types=tuple(random.sample(RESPONSE_TYPES, random.randint(0, 4))),
        event=some_words(random),
        audience=may(some_words(random)),
        event_codes=parameters[:1],
        effective=moment_text(NOW) if random.random() < 0.5 else None,
        expires=moment_text(
            (NOW + timedelta(hours=random.randint(1, 40))).astimezone(timezone(timedelta(hours=8)))
        ),
        sender_name=may("上城应急"),
        headline=may(some_words(random)),
        description=may(some_words(random)),
        instruction=may(some_words(random)),
        web=may("https://shang.example/warning?a=1&b=2"),
        contact=may("duty-1"),
        parameters=parameters,
        resources=tuple(random.sample((resource, content), random.randint(0, 2))),
        areas=tuple(some_area(random) for _ in range(random.randint(1, 3))),
    )


def some_warning(random: Random, **changed: Any) -> Alert:
    """Any warning of Shang that a gate admits now."""
    languages = random.sample(["zh-CN", "en", "mn", None, "en-GB"], random.randint(1, 3))
    status = random.choice(("Actual", "Actual", "Exercise"))
    alert = warning(
        identifier=f"shang-{random.randrange(10**9)}",
        sent=moment_text(NOW - timedelta(seconds=random.randint(0, 3000))),
        status=status,
        source=random.choice((None, "", "the duty office")),
        codes=tuple(some_words(random) for _ in range(random.randint(0, 2))),
        note=random.choice((None, "", some_words(random))),
        incidents=random.choice((None, "spill-1", '"the great spill" spill-2')),
        infos=tuple(some_info(random, language) for language in languages),
    )
    return replace(alert, **changed)


def update_of(alert: Alert, msg_type: str = "Update", **changed: Any) -> Alert:
    """A later message of the same sender, which names this one."""
    facts: dict[str, Any] = {
        "identifier": alert.identifier + "-next",
        "sent": moment_text(NOW - timedelta(seconds=1)),
        "msg_type": msg_type,
        "references": str(alert.reference),
    }
    return replace(alert, **{**facts, **changed})


def notice(**changed: Any) -> Alert:
    """A private notice of Shang to Zhong, of an area that is in Zhong."""
    there = area(description="中城", polygons=(square(44.3, 126.3),))
    facts = {"scope": "Private", "addresses": ZHONG, "infos": (info(areas=(there,)),), **changed}
    return warning(**facts)
