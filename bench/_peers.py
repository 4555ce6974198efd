"""The environment of the peers: packages that benches stand beside, and that riskshed never needs.

They pin old versions of what we use ourselves, and one of them is GPL. So they live in a virtual environment
of their own, `.peers` in the checkout, made from `requirements-peers.txt` when a bench first asks for
it, and made again when that file changes. A bench runs a peer as a script (`bench/_peer_NAME.py`) under its
interpreter, hands arrays over in a file, and takes back results and the CPU-seconds that the peer measured
around its own call: the start of the interpreter and its imports are nobody's figure.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from riskshed.errors import NotFoundError

HOUSE = Path(__file__).parents[1]
FOLDER, WANTED = HOUSE / ".peers", HOUSE / "requirements-peers.txt"
STAMP = FOLDER / "made-from"

Progress = Callable[[str], None]


def are_there() -> bool:
    """Whether the peers are installed as the requirements say."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == _digest()


def python(progress: Progress | None = None) -> Path:
    """The interpreter of the peers; the first time it takes a minute to install them.

    Raises
    ------
    NotFoundError
        ``bench.no_peers``: they could not be installed.
    """
    if not are_there():
        (progress or (lambda _: None))("installing the peers into .peers (once, about a minute)")
        shutil.rmtree(FOLDER, ignore_errors=True)
        venv.create(FOLDER, with_pip=False)
        uv = Path(sys.executable).with_name("uv")
        todo = [str(uv), "pip", "install", "--quiet", "--require-hashes", "--requirement", str(WANTED)]
        done = subprocess.run([*todo, "--python", str(_interpreter())], check=False, capture_output=True)
        if done.returncode != 0:
            told = done.stderr.decode(errors="replace").strip()[-500:]
            raise NotFoundError(
                "bench.no_peers", f"the peers cannot be installed: {told}", todo="Look at the network."
            )
        STAMP.write_text(_digest(), encoding="utf-8")
    return _interpreter()


def ask(
    script: str, arrays: Mapping[str, Any], progress: Progress | None = None
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Run `bench/SCRIPT` under the peers' interpreter with the arrays, and take what it gives back.

    The script is called as ``SCRIPT in.npz out.npz`` and prints one JSON object as its last line.

    Returns
    -------
    arrays : dict of ndarray
        What it wrote into ``out.npz``.
    told : dict
        The JSON object: at least ``cpu_s`` and ``version``.
    """
    interpreter = python(progress)
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, **dict(arrays))
        done = subprocess.run(
            [str(interpreter), str(Path(__file__).with_name(script)), str(given), str(found)],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{script} stopped: {done.stderr[-2000:]}"
        told = json.loads(done.stdout.strip().splitlines()[-1])
        with np.load(found, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}, told


def _interpreter() -> Path:
    return FOLDER / "bin" / "python"


def _digest() -> str:
    return hashlib.sha256(WANTED.read_bytes()).hexdigest() + f" {sys.version_info[:2]}"
