"""Rewrite a log in thousands of random ways, and see that a peer who trusts nobody finds every one.

The peer has the policy, its own key list, and the checkpoint of an earlier day; nothing else. Each attempt is
made at one of three depths:

    files     somebody changes what is served: bytes of a file, entries of a bundle, whole files
    tree      somebody changes an entry and makes all the files anew, but cannot sign
    signed    the keeper of the log does it, and signs a new checkpoint with the log's own key

What a body has signed the keeper of the log cannot sign anew. What came after the peer's memory, and no
witness has seen, the keeper can still drop: no peer has seen it. So such attempts stay within the memory.
Forks are also shown to one honest witness, who must refuse each.

    python -m tamper.campaign [--attempts N] [--seed S]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cast import SHANG, ZHONG
from records import (
    KEY_LIST,
    LOG_KEY,
    POLICY,
    WITNESS_KEY,
    WITNESSED,
    bundles_of_log,
    checkpoint_of,
    copy_of,
    files_of_log,
    record,
    report,
    tiles_of_log,
)

from riskshed.audit import Memory, audit
from riskshed.audit_report import Report
from riskshed.ledger.fork_proof import ForkProof
from riskshed.ledger.merkle import consistency_proof, leaf_hashes
from riskshed.ledger.policy import Policy
from riskshed.ledger.split_view import SplitView
from riskshed.ledger.tiles import bundles_of, encode_bundle, fold
from riskshed.ledger.witness import Cosigner, Growth

SIZE, KEPT = 24, 16
ENTRIES = record(SIZE)
FILES = files_of_log(ENTRIES)
MEMORY = Memory("kept", checkpoint_of(ENTRIES[:KEPT]))
BUNDLE = next(iter(bundles_of(SIZE))).path
Files = dict[str, bytes]


@dataclass(frozen=True)
class Attempt:
    """A rewritten log, and what a peer must say of it."""

    how: str
    files: Files
    codes: frozenset[str]
    index: int | None = None
    policy: Policy = WITNESSED
    fork: tuple[bytes, ...] = ()

    def is_found(self, told: Report) -> bool:
        return not told.ok

    def is_named(self, told: Report) -> bool:
        """One of the codes that say what it is, at the right entry where it is about one."""
        named = [one for one in told.findings if self.codes & {one.code, one.code.partition(".")[0]}]
        return bool(named) and (self.index is None or any(one.index == self.index for one in named))


def other_byte(data: bytes, at: int, chance: random.Random) -> bytes:
    return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]


def served(entries: Sequence[bytes]) -> Files:
    """The files as they are, with these entries in the bundle."""
    return {**FILES, BUNDLE: encode_bundle(entries)}


def tree(entries: Sequence[bytes]) -> Files:
    """All files made anew under the old head, as far as a reader of that head asks for them."""
    made = {**tiles_of_log(entries), **bundles_of_log(entries)}
    return {"checkpoint": FILES["checkpoint"], **made}


def signed(entries: Sequence[bytes]) -> Files:
    """All files made anew, and signed by the keeper of the log alone."""
    return files_of_log(entries, checkpoint_of(entries, witness=None))


def edit_a_file(chance: random.Random) -> Attempt:
    path = chance.choice(sorted(FILES))
    data = FILES[path]
    at = chance.randrange(len(data))
    codes = {
        "checkpoint": {"checkpoint.malformed", "checkpoint.signature", "policy.quorum"},
        BUNDLE: {"entry.edited", "entry.bundle"},
    }.get(path, {"tile.edited"})
    return Attempt("edit files", {**FILES, path: other_byte(data, at, chance)}, frozenset(codes))


def edited(chance: random.Random) -> tuple[int, list[bytes]]:
    index = chance.randrange(SIZE)
    entry = ENTRIES[index]
    changed = other_byte(entry, chance.randrange(len(entry)), chance)
    return index, [*ENTRIES[:index], changed, *ENTRIES[index + 1 :]]


def edit_an_entry(chance: random.Random) -> Attempt:
    index, entries = edited(chance)
    return Attempt("edit files", served(entries), frozenset({"entry.edited"}), index)


NO_STATEMENT = frozenset({"statement", "key"})
"""Any code of these families: what a changed byte makes of an envelope depends on the byte."""


def edit_the_tree(chance: random.Random) -> Attempt:
    index, entries = edited(chance)
    return Attempt("edit tree", tree(entries), NO_STATEMENT, index)


def edit_and_sign(chance: random.Random) -> Attempt:
    index, entries = edited(chance)
    return Attempt("edit signed", signed(entries), NO_STATEMENT, index, POLICY)


def without(index: int) -> list[bytes]:
    return [*ENTRIES[:index], *ENTRIES[index + 1 :]]


def drop_an_entry(chance: random.Random) -> Attempt:
    index = chance.randrange(SIZE - 1)
    return Attempt("delete files", served(without(index)), frozenset({"entry.dropped"}), index)


def drop_a_file(chance: random.Random) -> Attempt:
    path = chance.choice(sorted(FILES))
    files = {name: data for name, data in FILES.items() if name != path}
    codes = {"checkpoint.missing", "log.truncated", "entry.unreadable", "tile.missing"}
    return Attempt("delete files", files, frozenset(codes))


def drop_in_the_tree(chance: random.Random) -> Attempt:
    files = tree(without(chance.randrange(SIZE)))
    return Attempt("delete tree", files, frozenset({"log.truncated", "log.root", "entry.bundle"}))


def drop_and_sign(chance: random.Random) -> Attempt:
    entries = without(chance.randrange(KEPT))
    return Attempt("delete signed", signed(entries), frozenset({"log.forked"}), None, POLICY)


def swapped(chance: random.Random, below: int) -> tuple[int, list[bytes]]:
    first, second = sorted(chance.sample(range(below), 2))
    entries = [*ENTRIES]
    entries[first], entries[second] = entries[second], entries[first]
    return first, entries


def reorder_a_bundle(chance: random.Random) -> Attempt:
    _, entries = swapped(chance, SIZE)
    return Attempt("reorder files", served(entries), frozenset({"entry.reordered"}))


def reorder_the_tree(chance: random.Random) -> Attempt:
    _, entries = swapped(chance, SIZE)
    return Attempt("reorder tree", tree(entries), frozenset({"log.root", "entry.reordered"}))


def reorder_and_sign(chance: random.Random) -> Attempt:
    _, entries = swapped(chance, KEPT)
    return Attempt("reorder signed", signed(entries), frozenset({"log.forked"}), None, POLICY)


def truncate_a_file(chance: random.Random) -> Attempt:
    path = chance.choice(sorted(FILES))
    files = {**FILES, path: FILES[path][: chance.randrange(len(FILES[path]))]}
    codes = {"checkpoint.malformed", "checkpoint.signature", "policy.quorum"}
    codes |= {"entry.bundle", "log.truncated", "tile.edited", "tile.missing"}
    return Attempt("truncate files", files, frozenset(codes))


def truncate_the_log(chance: random.Random) -> Attempt:
    size = chance.randrange(SIZE)
    files = served(ENTRIES[:size]) if size else {n: d for n, d in FILES.items() if n != BUNDLE}
    index = size if size else None
    return Attempt("truncate files", files, frozenset({"log.truncated"}), index)


def truncate_and_sign(chance: random.Random) -> Attempt:
    files = signed(ENTRIES[: chance.randrange(KEPT)])
    return Attempt("truncate signed", files, frozenset({"log.rolled_back"}), None, POLICY)


def roll_back(chance: random.Random) -> Attempt:
    """An old head that was honest, with its cosignature: nothing in it is wrong but its age."""
    files = files_of_log(ENTRIES[: chance.randrange(KEPT)])
    return Attempt("roll back", files, frozenset({"log.rolled_back"}))


def fork(chance: random.Random) -> Attempt:
    """Another history from some entry on, of good statements by real bodies, signed by the log."""
    at = chance.randrange(3, KEPT)
    size = chance.choice([KEPT, *range(at + 1, SIZE + 6)])
    numbers = chance.sample(range(1_000, 10_000), size - at)
    others = [report(n, by=chance.choice((SHANG, ZHONG))) for n in numbers]
    entries = (*ENTRIES[:at], *others)
    codes = {"log.forked"} if size >= KEPT else {"log.rolled_back"}
    return Attempt("fork", signed(entries), frozenset(codes), None, POLICY, entries)


KINDS: tuple[Callable[[random.Random], Attempt], ...] = (
    edit_a_file,
    edit_an_entry,
    edit_the_tree,
    edit_and_sign,
    drop_an_entry,
    drop_a_file,
    drop_in_the_tree,
    drop_and_sign,
    reorder_a_bundle,
    reorder_the_tree,
    reorder_and_sign,
    truncate_a_file,
    truncate_the_log,
    truncate_and_sign,
    roll_back,
    fork,
)


@dataclass
class Tally:
    """What came of a campaign. `missed` and `unnamed` hold the seeds by which each can be made again."""

    attempts: Counter[str]
    found: Counter[str]
    named: Counter[str]
    proven: int = 0
    provable: int = 0
    offered: int = 0
    refused: int = 0
    false_alarms: int = 0
    controls: int = 0
    missed: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_json(self) -> dict[str, object]:
        counts = {
            how: {"attempts": number, "found": self.found[how], "named": self.named[how]}
            for how, number in sorted(self.attempts.items())
        }
        total = self.attempts.total()
        return {
            "attempts": total,
            "found": self.found.total(),
            "named": self.named.total(),
            "by_kind": counts,
            "forks_provable": self.provable,
            "forks_proven": self.proven,
            "forks_offered_to_witness": self.offered,
            "forks_refused_by_witness": self.refused,
            "controls": self.controls,
            "false_alarms": self.false_alarms,
            "missed": self.missed,
            "unnamed": self.unnamed[:20],
            "seconds": round(self.seconds, 1),
            "ms_per_audit": round(1e3 * self.seconds / max(1, total), 2),
        }


def is_proof(told: Report) -> bool:
    """Whether the audit wrote out a proof that stands by itself."""
    if told.proof is None:
        return False
    kind = SplitView if b"split-view" in told.proof else ForkProof
    return kind.parse(told.proof).verify([LOG_KEY.verifier]) == (LOG_KEY.name,)


def growth(old: int, entries: Sequence[bytes]) -> bytes:
    leaves = leaf_hashes(entries)

    def subtree(level: int, n: int) -> bytes:
        return fold(leaves[n << level : (n + 1) << level])

    new = len(entries)
    proof = consistency_proof(old, new, subtree) if 0 < old <= new else ()
    return Growth(min(old, new), proof, checkpoint_of(entries, witness=None)).to_bytes()


def run(attempts: int, seed: int, folder: Path, say: Callable[[str], None] = lambda _: None) -> Tally:
    """So many attempts, each of the next kind, drawn from its own seed; and controls that must be quiet."""
    tally, begun = Tally(Counter(), Counter(), Counter()), time.perf_counter()
    with Cosigner(folder / "witness", [WITNESS_KEY], [LOG_KEY.verifier]) as witness:
        assert witness.add_checkpoint(growth(0, ENTRIES[:KEPT])).status == 200
        for number in range(attempts):
            kind = KINDS[number % len(KINDS)]
            attempt = kind(random.Random(f"{seed} {number}"))
            told = audit(copy_of(attempt.files), attempt.policy, keys=KEY_LIST, against=[MEMORY])
            name = f"{kind.__name__} {seed} {number}"
            tally.attempts[attempt.how] += 1
            tally.found[attempt.how] += attempt.is_found(told)
            tally.named[attempt.how] += attempt.is_named(told)
            tally.missed += () if attempt.is_found(told) else (name,)
            tally.unnamed += () if attempt.is_named(told) else (f"{name}: {', '.join(told.counts)}",)
            if attempt.fork:
                tally.offered += 1
                tally.refused += witness.add_checkpoint(growth(KEPT, attempt.fork)).status != 200
                tally.provable += len(attempt.fork) >= KEPT
                tally.proven += len(attempt.fork) >= KEPT and is_proof(told)
            if number % 1_000 == 999:
                say(f"{number + 1} attempts, {len(tally.missed)} missed")
    for size in range(KEPT, SIZE + 1):
        told = audit(copy_of(files_of_log(ENTRIES[:size])), WITNESSED, keys=KEY_LIST, against=[MEMORY])
        tally.controls += 1
        tally.false_alarms += not told.ok
    tally.seconds = time.perf_counter() - begun
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description="Rewrite a log in random ways; a peer must find every one.")
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        tally = run(wanted.attempts, wanted.seed, Path(folder), lambda line: print(line, file=sys.stderr))
    print(json.dumps(tally.to_json(), indent=2))
    bad = tally.missed or tally.false_alarms or tally.refused < tally.offered or tally.proven < tally.provable
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
