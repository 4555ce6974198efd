"""Commands of the rules: what a rule says, what the rules say of a situation, whether each rule is tested."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskshed.cli_options import AS_JSON, EXIT_WORLD_IS_WRONG, FILE, LANG, language, print_result, read_small

if TYPE_CHECKING:
    from riskshed.governance.rulepack import RulePack

PACKS = click.option(
    "--packs", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Read rule packs from the folders in DIR, beside those that come with riskshed.",
)  # fmt: skip


@click.group()
def rules() -> None:
    """Look up, apply and check rules of law and treaty.

    \b
    Example:
      riskshed rules explain cn-2024 erl-64-1
    """


@rules.command("explain")
@click.argument("pack")
@click.argument("rule")
@click.option("--at", "day", metavar="DAY", help="The edition in force on DAY. Without it, the newest.")
@PACKS
@AS_JSON
@LANG
def explain(
    pack: str, rule: str, day: str | None, packs: Path | None, as_json: bool, lang: str | None
) -> None:
    """Print a RULE of a PACK: its article, its words, what it asks, and its examples.

    \b
    Example:
      riskshed rules explain cn-2024 erl-64-1
    """
    from riskshed import rules_text

    found = _named(pack, _packs(packs)).rule(rule, _day(day))
    print_result(as_json, found.to_json(), rules_text.explain(found, language(lang)))


@rules.command("apply")
@click.argument("facts", type=FILE)
@PACKS
@AS_JSON
@LANG
def apply(facts: Path, packs: Path | None, as_json: bool, lang: str | None) -> None:
    """Say what the rules make of a situation in FACTS (JSON): grade, duties, lead, assistance, escalation.

    \b
    Example:
      riskshed rules apply cases/songhua-2005/facts.json --json
    """
    from riskshed import rules_text
    from riskshed.governance import rulepack, ruling, situation

    known = _packs(packs)
    asked = situation.parse(read_small(facts), rulepack.vocabulary(known.values()), facts.name)
    chosen = [_named(name, known) for name in asked.packs or known]
    found = ruling.apply(chosen, asked)
    print_result(as_json, rules_text.to_json(found), rules_text.to_text(found, language(lang)))


@rules.command("coverage")
@PACKS
@AS_JSON
def coverage(packs: Path | None, as_json: bool) -> None:
    """Count the rules that have a citation, and tests on both sides of every bound; name those that lack any.

    \b
    Example:
      riskshed rules coverage --json
    """
    from riskshed.governance.coverage import coverage as count

    found = count(_packs(packs))
    lines = [
        f"{name:14} {row['covered']:4} of {row['total']:4} rules covered, {row['examples']} examples, "
        f"{row['uncited']} without citation, {row['unconfirmed']} unconfirmed"
        for name, row in found["packs"].items()
    ]
    lines += [f"{rule}: {'; '.join(words)}" for rule, words in found["missing"].items()]
    print_result(as_json, found, "\n".join(lines))
    if found["missing"] or found["uncited"]:
        sys.exit(EXIT_WORLD_IS_WRONG)


def _packs(folder: Path | None) -> Mapping[str, RulePack]:
    from riskshed.governance import rulepack

    known = dict(rulepack.all_packs())
    if folder is not None:
        more = (rulepack.RulePack.read(path.parent) for path in sorted(folder.glob("*/pack.toml")))
        known |= {pack.pack: pack for pack in more}
    return known


def _named(name: str, known: Mapping[str, RulePack]) -> RulePack:
    from riskshed.governance import rulepack

    return known.get(name) or rulepack.shelf(name)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise click.BadParameter(f"{text} is no day such as 2024-11-01", param_hint="--at") from error


COMMANDS: tuple[click.Command, ...] = (rules,)
