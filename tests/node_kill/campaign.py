"""A node that is killed at any moment, under load, again and again, and loses nothing.

    PYTHONPATH=tests python -m node_kill.campaign --kills 60 --seed 1 --json

Senders post readings and act for bodies, and each keeps what was answered to it. The process is killed with
SIGKILL at random moments, also while it starts. After each death the files are looked at as they lie: every
reading that was answered is in the table once, every statement that was answered is on the log once, and the
book of deliveries calls nothing received that the hook of a body never saw. At the end everything is held
together: the chain owes nothing and said nothing twice, the hook has heard all that its body is told and
nothing else, each once but for what was under way at a death, the log audits clean, and the rows are what the
log says.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from node_kill.lives import Served, copied, names_in, owed_in, receipts_in, waiting_in
from node_kill.load import Crowd
from node_kill.receiver import Receiver

from riskshed.ledger.store import SqliteStore
from riskshed.statement import StatementError, read

BODIES = ("songhua-basin", "230100", "230800")
ALIVE_S = (0.2, 4.0)
STARTING = 0.2
"""So often it is killed before it is up."""
CALM_S = 240.0
QUIET_S = 6.0


@dataclass
class Told:
    """What a campaign found."""

    kills: int = 0
    kills_while_starting: int = 0
    tries: int = 0
    readings_answered: int = 0
    statements_answered: int = 0
    readings_lost: int = 0
    readings_doubled: int = 0
    statements_lost: int = 0
    statements_doubled: int = 0
    wrong: list[str] = field(default_factory=list)
    """Everything else that is not as it must be."""
    first_page_s: list[float] = field(default_factory=list)
    hooks: dict[str, str] = field(default_factory=dict)
    """Bodies, by the names of their hooks in the book of deliveries."""
    receipts: set[tuple[str, str]] = field(default_factory=set)
    """What the book of deliveries called received when it was looked at last."""
    told_to_hooks: int = 0
    told_at_hooks: int = 0
    posts_after_a_death: int = 0
    entries: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Nothing was lost, nothing came twice, and something was at stake."""
        lost = self.readings_lost + self.readings_doubled + self.statements_lost + self.statements_doubled
        at_stake = min(self.kills, self.readings_answered, self.statements_answered, self.told_at_hooks)
        return at_stake > 0 and not lost and not self.wrong

    def summary(self) -> dict[str, Any]:
        """As JSON, with the times to the first page in the place of the list of them."""
        found = asdict(self)
        found |= {"receipts": len(self.receipts), "hooks": len(self.hooks)}
        times = sorted(found.pop("first_page_s")) or [0.0]
        found["first_page_s"] = {
            "min": round(times[0], 2),
            "median": round(statistics.median(times), 2),
            "max": round(times[-1], 2),
        }
        return found


def campaign(kills: int, seed: int, folder: Path, alive_s: tuple[float, float] = ALIVE_S) -> Told:
    """Found a node, kill it so often, and judge what is left."""
    told, draw = Told(), random.Random(seed)
    served = Served(folder / "node")
    receiver = Receiver()
    crowd: Crowd | None = None
    try:
        made = served.house("found", str(served.home), receiver.url)
        tokens, told.hooks = made["tokens"], made["hooks"]
        told.first_page_s.append(_start(served, receiver))
        crowd = Crowd(served.port, tokens, BODIES, seed)
        for _ in range(kills):
            time.sleep(draw.uniform(*alive_s))
            served.kill()
            told.kills += 1
            _look(served, crowd, receiver, folder, told)
            if draw.random() < STARTING:
                _start(served, receiver, wait=False)
                time.sleep(draw.uniform(0.1, 3.0))
                served.kill()
                told.kills += 1
                told.kills_while_starting += 1
                _look(served, crowd, receiver, folder, told)
            told.first_page_s.append(_start(served, receiver))
        crowd.end(60.0)
        _wait_for_calm(served)
        # By now the hooks have heard all of it: whoever forgets receipts when he dies tells it again.
        served.kill()
        told.kills += 1
        _look(served, crowd, receiver, folder, told)
        told.first_page_s.append(_start(served, receiver))
        _wait_for_calm(served)
        assert served.stop() == 0, served.told[-2000:]
        _look(served, crowd, receiver, folder, told)
        _judge(served, crowd, receiver, told)
    finally:
        served.close()
        receiver.close()
    return told


def _start(served: Served, receiver: Receiver, *, wait: bool = True) -> float:
    receiver.begin_life()
    return served.start(wait=wait)


def _look(served: Served, crowd: Crowd, receiver: Receiver, folder: Path, told: Told) -> None:
    """Hold the files of a dead node against what it had answered."""
    with crowd.answered.guard:
        readings, statements = list(crowd.answered.readings), list(crowd.answered.statements)
    names = Counter(names_in(copied(served.home / "node.db", folder)))
    told.readings_lost += sum(names[one] == 0 for one in readings)
    told.readings_doubled += sum(count > 1 for count in names.values())
    with SqliteStore(copied(served.home / "log.db", folder)) as log:
        head = log.load()
        assert head is not None
        on_log = Counter(_id_of(raw) for raw in log.entries(0, head.size))
    told.statements_lost += sum(on_log[one] == 0 for one in statements)
    told.statements_doubled += sum(count > 1 for count in on_log.values())
    received = receipts_in(copied(served.home / "outbox.db", folder), told.hooks)
    told.wrong += [
        f"the book has a receipt that the hook never gave: {one}" for one in received - receiver.told
    ]
    told.wrong += [f"the book has lost a receipt: {one}" for one in told.receipts - received]
    told.receipts = received


def _id_of(raw: bytes) -> str:
    try:
        return read(raw).id
    except StatementError:
        return raw.hex()


def _wait_for_calm(served: Served, within_s: float = CALM_S) -> None:
    """Until no reading waits for the chain and no hook for a post, and the log has not grown for a while."""
    end, size, since = time.monotonic() + within_s, -1, time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < QUIET_S:
        time.sleep(0.5)
        found = int(served.get("/checkpoint")[1].decode().split("\n")[1])
        if found != size or waiting_in(served.home / "node.db") or owed_in(served.home / "outbox.db"):
            size, since = found, time.monotonic()


def _judge(served: Served, crowd: Crowd, receiver: Receiver, told: Told) -> None:
    """Hold everything together at the end."""
    found = served.house("judge")
    answered = crowd.answered
    told.tries, told.entries, told.kinds = answered.tries, found["entries"], found["kinds"]
    told.readings_answered, told.statements_answered = len(answered.readings), len(answered.statements)
    told.wrong += answered.failed
    empty = ("doubled_rows", "readings_not_on_record", "readings_twice_on_record", "doubled", "still_owed",
             "rows_unlike_the_log", "audit", "rows_not_handled")  # fmt: skip
    told.wrong += [f"{name}: {str(found[name])[:600]}" for name in empty if found[name]]
    if found["rows"] != len(answered.readings):
        told.wrong.append(f"{found['rows']} rows, {len(answered.readings)} readings were answered")
    reports = [text for text in answered.reports if found["reports"].get(text) != 1]
    told.wrong += [f"{text}: {found['reports'].get(text, 0)} times on the log" for text in reports]
    named = {(body, one) for body, one in found["to_hooks"]}
    told.wrong += [f"the hook was never told {one}" for one in named - receiver.told]
    told.wrong += [f"the hook was told {one}, which is not for it" for one in receiver.told - named]
    told.wrong += [f"the book has no receipt of {one}" for one in named - told.receipts]
    told.posts_after_a_death, twice = receiver.repeated()
    told.wrong += [f"the hook was told twice: {one}" for one in twice]
    told.told_to_hooks, told.told_at_hooks = len(named), len(receiver.told)


def main() -> None:
    """Print what a campaign found; ends with 1 if anything was lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--json", action="store_true", help="Print JSON and nothing else.")
    options = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        told = campaign(options.kills, options.seed, Path(folder))
    found = {"seed": options.seed, "took_s": round(time.monotonic() - begin, 1), **told.summary()}
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print("\n".join(f"{name}: {value}" for name, value in found.items()))
    raise SystemExit(not told.clean)


if __name__ == "__main__":
    main()
