"""A node for demonstrations: a case of the past, its bodies, and keys and logins that everybody knows.

What a case brings to it stands in `demo.toml` in its folder (`demo_case`): the coordination body that the
case lacked, further parties, and the accounts. All keys come from a seed that stands here, so they protect
nothing; `riskshed serve` refuses such a node on a public address.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from riskshed.exchange.wording import Text
from riskshed.ledger.durable import write_file
from riskshed.web.current import DEMO_PASSPHRASE
from riskshed.web.demo_case import Demo
from riskshed.web.founding import AGREEMENT, found
from riskshed.web.profile import FILE

SEED = "riskshed demonstration keys: published, so that they protect nothing"
COST = 2**4
"""Of the encryption of keys that everybody knows."""
PASSWORD = "riskshed demo 2005"  # noqa: S105  everybody knows it
REPLAY = "[replay]"
URL = "http://127.0.0.1:8000"


def welcome(demo: Demo, host: str, port: int) -> tuple[Text, ...]:
    """What is said to whoever started the demonstration: where it is, and as whom one can look."""
    address = f"http://{host}:{port}/"
    lines = [
        Text(
            f"节点：{address}  公众页：{address}public/",
            f"The node: {address}  Public page: {address}public/",
        )
    ]
    lines.append(Text(f"登录（口令均为 {PASSWORD}）：", f"Logins (the password of all is {PASSWORD}):"))
    lines += [Text(f"  {one.user:17}{one.zh}", f"  {one.user:17}{one.en}") for one in demo.logins]
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
        The folder of a case with ``demo.toml`` and an ``agreement`` folder.
    start : datetime, optional
        What its clock shows at first; without it, the moment of the event.
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
    demo = Demo.read(case)
    first = start or demo.starts
    found(
        home,
        profile(demo, first, speed, url),
        case / "region",
        demo.bodies,
        DEMO_PASSPHRASE,
        agreement=case / AGREEMENT,
        watch=demo.watch,
        database=database,
        clock=clock or (lambda: first),
        cost=COST,
        seed=demo_seed,
    )


def profile(demo: Demo, start: datetime, speed: float, url: str) -> str:
    """The text of `node.toml`; the clock begins to run now."""
    shift = start.astimezone(demo.zone).isoformat()
    pairs = ", ".join(f'["{one}", "{other}"]' for one, other in demo.neighbours)
    zh, en = (json.dumps(demo.title[name], ensure_ascii=False) for name in ("zh", "en"))
    return f"""# A demonstration: keys and passwords of this node are known to everybody.
title = {{ zh = {zh}, en = {en} }}
zone = "{shift[-6:]}"
url = "{url}"
body = "{demo.coordination.code}"
origin = "{demo.origin}"
demo = true
agreement = "{AGREEMENT}"
as_if_in_force = true
case = "{demo.folder.name}"
neighbours = [{pairs}]

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
