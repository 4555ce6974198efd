"""A bench of the project, run short: importing it by its path is how the command does it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

BENCHES = Path(__file__).parents[2] / "bench"


def run_quick(name: str) -> dict[str, Any]:
    """What a quick run of bench/NAME.py says."""
    spec = importlib.util.spec_from_file_location(f"bench_{name}", BENCHES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = module.run(quick=True)
    return found
