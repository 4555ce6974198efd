"""A rule pack for tests: a few rules of an order that nobody made, each with one thing that differs."""

from __future__ import annotations

import json
from pathlib import Path

from governance.test_rulepack import ABOUT, INSTRUMENT

from riskshed.governance.rulepack import RulePack

CLOCK = '{ amount = 2, unit = "h", from = "known" }'


def rule(
    name: str,
    *,
    who: str = "origin.government",
    to: tuple[str, ...] = ("reached.government",),
    owes: str = "NoticeSent",
    act: str = "notify.downstream",
    within: str | None = CLOCK,
    more: str = "",
    confirmed: bool = True,
) -> str:
    """A rule in TOML that holds in any accident; without `within` it is one that says at once."""
    time = "at_once = true" if within is None else f"within = {within}"
    wants = f"to = {json.dumps(to)}" if to else ""
    return f"""
[[rule]]
id = "{name}"
article = "{name}"
kind = "notify"
modality = "shall"
confirmed = {str(confirmed).lower()}
confidence = "high"
quote = "应当通报"
says_zh = "应当通报。"
says_en = "They are told."
who = "{who}"
{wants}
when = {{ fact = "hazard_class", is = "accident" }}
owes = "{owes}"
act = "{act}"
unknown = "U-CLOCK"
{time}
{more}
"""


def pack(folder: Path, *rules: str) -> RulePack:
    """A pack of these rules, written into a folder and read."""
    home = folder / "shang"
    home.mkdir()
    (home / "pack.toml").write_text(ABOUT, "utf-8")
    (home / "bridge.toml").write_text(INSTRUMENT + "".join(rules), "utf-8")
    return RulePack.read(home)
