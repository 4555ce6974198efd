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
from riskshed.exchange.wording import Text
from riskshed.ledger.durable import write_file
from riskshed.said import Said
from riskshed.web.current import DEMO_PASSPHRASE
from riskshed.web.founding import AGREEMENT, Joining, found, of_region
from riskshed.web.profile import FILE

SEED = "riskshed demonstration keys: published, so that they protect nothing"
COST = 2**4
"""Of the encryption of keys that everybody knows."""
BASIN = "songhua-basin"
PASSWORD = "riskshed demo 2005"  # noqa: S105  everybody knows it
COORDINATION = Joining(
    BASIN,
    "coordination",
    {"zh": "松花江流域协调机构（示范）", "en": "Songhua basin coordination body (demonstration)"},
)
REPLAY = "[replay]"
URL = "http://127.0.0.1:8000"
WATCHED = ("thresholds.toml", "sources.toml", "spill.toml")


@dataclass(frozen=True, slots=True)
class Login:
    """A demonstration account: user name, body, number of the post, roles, and what it shows."""

    user: str
    body: str
    officer: str
    roles: tuple[str, ...]
    zh: str
    en: str


LOGINS: tuple[Login, ...] = (
    Login(
        "jilin", "220200", "duty-03", ("duty_officer", "commander"), "吉林市：发生地", "Jilin: where it began"
    ),
    Login(
        "harbin",
        "230100",
        "duty-07",
        ("duty_officer",),
        "哈尔滨市：下游值班员",
        "Harbin: duty officer downstream",
    ),
    Login(
        "harbin-commander",
        "230100",
        "command-01",
        ("commander",),
        "哈尔滨市：指挥员",
        "Harbin: its commander",
    ),
    Login(
        "jiamusi",
        "230800",
        "duty-02",
        ("duty_officer", "commander"),
        "佳木斯市：更下游",
        "Jiamusi: further down",
    ),
    Login(
        "basin",
        BASIN,
        "basin-01",
        ("duty_officer", "commander", "analyst"),
        "流域协调机构",
        "Coordination body",
    ),
    Login("auditor", BASIN, "audit-01", ("auditor", "evaluator"), "审计与评估", "Auditor and evaluator"),
    Login(
        "admin",
        BASIN,
        "admin-01",
        ("administrator",),
        "管理员（不见业务）",
        "Administrator, who sees no business",
    ),
)


def welcome(host: str, port: int) -> tuple[Text, ...]:
    """What is said to whoever started the demonstration: where it is, and as whom one can look."""
    address = f"http://{host}:{port}/"
    lines = [
        Text(
            f"节点：{address}  公众页：{address}public/",
            f"The node: {address}  Public page: {address}public/",
        )
    ]
    lines.append(Text(f"登录（口令均为 {PASSWORD}）：", f"Logins (the password of all is {PASSWORD}):"))
    lines += [Text(f"  {one.user:17}{one.zh}", f"  {one.user:17}{one.en}") for one in LOGINS]
    lines.append(Text("按 Ctrl-C 结束。", "Ctrl-C ends it."))
    return tuple(lines)


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
        watch=[case / name for name in WATCHED],
        database=database,
        clock=clock or (lambda: first),
        cost=COST,
        seed=demo_seed,
    )


def profile(case: Case, start: datetime, speed: float, url: str) -> str:
    """The text of `node.toml`; the clock begins to run now."""
    shift = start.astimezone(case.zone).isoformat()
    return f"""# A demonstration: keys and passwords of this node are known to everybody.
title = {{ zh = "松花江流域城市跨域风险协同治理", en = "Risks across borders: cities on the Songhua" }}
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

{_clock(shift, speed)}"""


def start_clock(home: Path, start: datetime, speed: float) -> None:
    """Let the clock of a node begin to run now; whatever it showed before."""
    file = home / FILE
    kept = file.read_text(encoding="utf-8").partition(REPLAY)[0]
    write_file(file, f"{kept}{_clock(start.isoformat(), speed)}".encode())


def _clock(start: str, speed: float) -> str:
    return f"{REPLAY}\nstart = {start}\nspeed = {float(speed)}\nbegan_s = {time.time():.3f}\n"
