"""The command of the community: its four traits, counted from a log."""

from __future__ import annotations

from pathlib import Path

import click

from riskshed.cli_options import (
    AS_JSON,
    FOLDER,
    KEYS,
    LANG,
    POLICY,
    VKEY,
    language,
    moment,
    print_result,
    read_belief,
    read_key_list,
)


@click.command()
@click.argument("log", type=click.Path(exists=True, path_type=Path))
@click.option("--at", required=True, metavar="TIME", help="As things stood at this time.")
@click.option(
    "--region",
    "region_folder",
    type=FOLDER,
    metavar="DIR",
    required=True,
    help="Region folder: the cities, their people, and whose land it is.",
)
@VKEY
@POLICY
@KEYS
@AS_JSON
@LANG
def community(
    log: Path,
    at: str,
    region_folder: Path,
    vkeys: tuple[str, ...],
    policy_file: Path | None,
    keys_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> None:
    """Count the four traits from a LOG: who was told, who is linked, how long answers took, what was kept.

    \b
    Example:
      riskshed community node/log --at 2005-11-24T00:00+08:00 --region node/region
    """
    from riskshed import log_standing, reach_text
    from riskshed.governance import reach
    from riskshed.region import Region

    trust = read_belief(vkeys, policy_file)
    listed = read_key_list(keys_file)
    region = Region.read(region_folder)
    held = log_standing.read(log, moment(at, "--at"), region=region, trust=trust, listed=listed)
    found = reach.of(held.standing, region)
    print_result(as_json, found.to_json(), reach_text.to_text(found, region, language(lang)))


COMMANDS: tuple[click.Command, ...] = (community,)
