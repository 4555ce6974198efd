"""The whole fuzz campaign: `make fuzz`.

Every function of `fuzz.targets` gets its share of the inputs, which atheris makes from the seeds, led by the
lines that they reach. An input that breaks a promise, takes ten seconds or fills the memory is written to
out/fuzz and ends that target; it is run again, with no fuzzer, by

    PYTHONPATH=tests python -m fuzz.campaign NAME FILE

At the end stands one JSON object on the standard output, and 1 as status if anything broke.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fuzz.targets import TARGETS, seeds

RUNS = 1_000_000
SECONDS_MAX = 1_200
"""For the whole campaign; a target that is slow ends with fewer inputs than its share."""
WORKERS_MAX = 2
INPUT_BYTES_MAX = 10_000
INPUT_SECONDS_MAX = 10
MEMORY_MIB_MAX = 768
ROOT = Path(__file__).parents[2]
FOUND = ROOT / "out" / "fuzz"
RAM = Path("/dev/shm")
# Words of the formats, of which single bytes would be found too slowly.
WORD = re.compile(rb"[A-Za-z_]{3,24}")
WORDS_MAX = 400
EXECUTED = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
MEMORY = re.compile(r"^stat::peak_rss_mb:\s*(\d+)", re.MULTILINE)
PROGRESS = re.compile(r"^#(\d+)\s.*?\bcov: (\d+) ft: (\d+)", re.MULTILINE)
WRITTEN = re.compile(r"Test unit written to (\S+)")


def replay(name: str, file: Path) -> None:
    """Run one input again; what it breaks is seen as it is."""
    TARGETS[name](file.read_bytes())
    print(f"{name} has nothing against {file}")


def quoted(word: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


def prepare(folder: Path, seeds: list[bytes]) -> list[str]:
    """Put seeds and words into a folder; arguments that name them."""
    (folder / "seeds").mkdir(parents=True)
    for at, data in enumerate(seeds):
        (folder / "seeds" / str(at)).write_bytes(data)
    words = sorted({word for data in seeds for word in WORD.findall(data)})[:WORDS_MAX]
    (folder / "words").write_text("".join(map(quoted, words or [b"\n"])))
    return [str(folder / "seeds"), f"-dict={folder / 'words'}"]


def told(name: str, log: str, seconds: float, status: int) -> dict[str, Any]:
    """What came of one target, out of what libFuzzer says."""
    progress = PROGRESS.findall(log)
    executed, memory = EXECUTED.search(log), MEMORY.search(log)
    crashes = [Path(path).relative_to(ROOT).as_posix() for path in WRITTEN.findall(log)]
    if status and not crashes:
        crashes = [f"ended with {status}: {log[-1_000:]}"]
    return {
        "target": name.removeprefix("fuzz_"),
        "executions": int(executed[1]) if executed else int(progress[-1][0]) if progress else 0,
        "seconds": round(seconds, 1),
        "coverage": int(progress[-1][1]) if progress else None,
        "features": int(progress[-1][2]) if progress else None,
        "memory_mib": int(memory[1]) if memory else None,
        "crashes": crashes,
    }


def run(
    name: str, seeds: list[bytes], folder: Path, runs: int, seconds_max: int, seed: int
) -> dict[str, Any]:
    """Fuzz one target in a process of its own."""
    limits = {
        "runs": runs,
        "max_total_time": seconds_max,
        "max_len": INPUT_BYTES_MAX,
        "timeout": INPUT_SECONDS_MAX,
        "rss_limit_mb": MEMORY_MIB_MAX,
        "seed": seed,
        "print_final_stats": 1,
        "artifact_prefix": f"{FOUND}/{name}-",
    }
    arguments = [*prepare(folder, seeds), *(f"-{key}={value}" for key, value in limits.items())]
    command = [sys.executable, "-m", "fuzz.one_target", name, *arguments]
    start_s = time.monotonic()
    # Files that targets write go to memory: what is tried here is the parser, and not the disk.
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    result = told(name, done.stderr, time.monotonic() - start_s, done.returncode)
    line = "{target:18} {executions:8} executions {seconds:6} s, coverage {coverage}, crashes {crashes}"
    print(line.format_map(result), file=sys.stderr, flush=True)
    for crash in result["crashes"]:
        print(
            f"{done.stderr[-4_000:]}\nPYTHONPATH=tests python -m fuzz.campaign {name} {crash}",
            file=sys.stderr,
        )
    return result


def campaign(names: list[str], runs: int, seconds_max: int, seed: int) -> dict[str, Any]:
    """Fuzz all targets, as many at once as there are cores, and never more than two."""
    FOUND.mkdir(parents=True, exist_ok=True)
    found, start_s = seeds(), time.monotonic()
    workers = min(WORKERS_MAX, os.cpu_count() or 1)
    share = (-(-runs // len(names)), seconds_max * workers // len(names), seed)
    with (
        tempfile.TemporaryDirectory(dir=RAM if RAM.is_dir() else None) as folder,
        ThreadPoolExecutor(workers) as pool,
    ):
        jobs = [pool.submit(run, name, found[name], Path(folder) / name, *share) for name in names]
        results = [job.result() for job in jobs]
    return {
        "wanted": runs,
        "executions": sum(one["executions"] for one in results),
        "seconds": round(time.monotonic() - start_s, 1),
        "crashes": sum(len(one["crashes"]) for one in results),
        "seed": seed,
        "targets": results,
    }


def main() -> None:
    """The campaign, one target of it, or one input again."""
    parser = argparse.ArgumentParser(prog="fuzz.campaign", description=__doc__)
    parser.add_argument("name", nargs="?", help="one target alone")
    parser.add_argument("file", nargs="?", type=Path, help="an input to run again")
    parser.add_argument("--runs", type=int, default=int(os.environ.get("FUZZ_RUNS") or RUNS))
    parser.add_argument("--seconds", type=int, default=SECONDS_MAX)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.file:
        replay(asked.name, asked.file)
        return
    if importlib.util.find_spec("atheris") is None:
        raise SystemExit("atheris is absent: `make fuzz` installs it, on Linux (x86_64), Python 3.11 to 3.13")
    summary = campaign([asked.name] if asked.name else sorted(TARGETS), asked.runs, asked.seconds, asked.seed)
    print(json.dumps(summary, indent=1))
    raise SystemExit(bool(summary["crashes"]))


if __name__ == "__main__":
    main()
