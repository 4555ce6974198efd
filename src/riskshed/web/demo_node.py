"""A node for demonstrations: a case of the past, its bodies, and keys and logins that everybody knows.

The bodies are those that speak in the case, the cities of its region, and one that the case lacked: the
standing coordination body. All keys come from a seed that stands here, so they protect nothing; `riskshed
serve` refuses such a node on a public address.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from riskshed.case import Case
from riskshed.said import Said
from riskshed.web.current import DEMO_PASSPHRASE
from riskshed.web.founding import AGREEMENT, Joining, found, of_region

SEED = "riskshed demonstration keys: published, so that they protect nothing"
COST = 2**4
"""Of the encryption of keys that everybody knows."""
COORDINATION = Joining(
    "songhua-basin",
    "coordination",
    {"zh": "松花江流域协调机构（示范）", "en": "Songhua basin coordination body (demonstration)"},
)
URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration account, by user name, body, number of the post, and roles."""

    user: str
    body: str
    officer: str
    roles: tuple[str, ...]


LOGINS: tuple[Login, ...] = (
    Login("jilin", "220200", "duty-03", ("duty_officer", "commander")),
    Login("harbin", "230100", "duty-07", ("duty_officer",)),
    Login("harbin-commander", "230100", "command-01", ("commander",)),
    Login("jiamusi", "230800", "duty-02", ("duty_officer", "commander")),
    Login("basin", "songhua-basin", "basin-01", ("duty_officer", "commander", "analyst")),
    Login("auditor", "songhua-basin", "audit-01", ("auditor", "evaluator")),
    Login("admin", "songhua-basin", "admin-01", ("administrator",)),
)


def demo_seed(body: str, role: str) -> bytes:
    """The seed of a key that everybody may have."""
    return hashlib.sha256(f"{SEED}\n{body}\n{role}\n".encode()).digest()


def found_demo(
    home: Path,
    case: Path,
    *,
    start: datetime | None = None,
    speed: float = 600.0,
    url: str = URL,
    database: str | None = None,
    clock: Callable[[], datetime] | None = None,
) -> None:
    """Found the node of a case.

    Parameters
    ----------
    home : Path
        Must not exist.
    case : Path
        The folder of a case that tells what was said, with an ``agreement`` folder.
    start : datetime, optional
        What its clock shows at first; without it, the moment of the release.
    speed : float
        How many times faster than the real one its clock runs.
    url : str
        Where it is reached.
    database : str, optional
        As of `Node`.
    clock : callable, optional
        In the place of the running clock while it is founded.

    Raises
    ------
    RiskshedError
        What is wrong; nothing is left behind.
    """
    read = Case.read(case)
    said = Said.read(case)
    assert said is not None, "a case for a demonstration tells what was said"
    first = start or read.spill.released
    cities = of_region(read.region)
    known = {one.code for one in cities}
    speakers = [
        Joining(one.code, one.kind, {"zh": one.name_zh, "en": one.name_en})
        for one in said.speakers.values()
        if one.code not in known
    ]
    found(
        home,
        profile(read, first, speed, url),
        case / "region",
        (COORDINATION, *cities, *speakers),
        DEMO_PASSPHRASE,
        agreement=case / AGREEMENT,
        database=database,
        clock=clock or (lambda: first),
        cost=COST,
        seed=demo_seed,
    )


def profile(case: Case, start: datetime, speed: float, url: str) -> str:
    """The text of `node.toml`; the clock begins to run now."""
    shift = start.astimezone(case.zone).isoformat()
    return f"""# A demonstration: keys and passwords of this node are known to everybody.
title = {{ zh = "松花江流域城市跨域风险协同治理平台", en = "Risks across borders: the cities on the Songhua" }}
zone = "{shift[-6:]}"
url = "{url}"
body = "{COORDINATION.code}"
origin = "songhua.example/log"
demo = true
agreement = "{AGREEMENT}"
as_if_in_force = true
case = "{case.folder.name}"
neighbours = [["220000", "230000"]]

[orders."*"]
notices = true
warnings_up_to = "none"

[replay]
start = {shift}
speed = {float(speed)}
began_s = {time.time():.3f}
"""
