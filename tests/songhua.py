"""The real case for tests: where it is, and copies of it to break."""

from __future__ import annotations

import shutil
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "cases" / "songhua-2005"
SAID_FILES = ("said.csv", "said.toml", "speakers.csv", "agreed.toml")
NODE_FILES = ("thresholds.toml", "sources.toml", "agreement.toml", "demo.toml", "voices.toml")
CASCADE_FILES = ("cascade.toml",)
AFTERMATH_FILES = ("aid.csv", "aid_problem.toml", "coalitions.toml", "costs.csv", "parties.csv")
"""What a case need not have, and does not read."""
FILES = tuple(
    path.relative_to(FOLDER).as_posix()
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in (".csv", ".toml")
    and path.name not in SAID_FILES + NODE_FILES + AFTERMATH_FILES + CASCADE_FILES
)
FRONTS = ("zhaoyuan", "sifangtai", "mulan", "tonghe", "dalai", "jiamusi", "tongjiang")
"""The sections at which the case issues a forecast, down the river."""


def copied(folder: Path) -> Path:
    """A copy of the case that may be changed."""
    target = folder / "copy"
    shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("*.md"))
    return target


def edit(path: Path, old: str, new: str) -> None:
    """Replace the one place where `old` stands."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), "utf-8")
