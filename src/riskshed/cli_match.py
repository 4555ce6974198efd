"""The command that matches needs and offers: of a case, or of a log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from riskshed.statement import Sealed, Statement
    from riskshed.statement_record import Body

Trust = tuple[tuple[str, ...], Path | None, Path | None]
"""Verifier keys, the file of a policy, and the file of the keys of bodies."""


class FolderShelf:
    """The bodies of sealed statements in a folder of a keeper; none without one. Nothing is kept here."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def keep(self, body: Sealed) -> None:
        """Nothing is said by a command."""
        raise AssertionError(body.kind)

    drop = keep

    def body(self, said: Statement) -> Body | None:
        """The body, if the folder has it."""
        from riskshed.web import sealed_bodies

        return None if self.folder is None else sealed_bodies.opened(self.folder, said)


@click.command()
@click.argument("case", required=False)
@click.option(
    "--log", type=click.Path(exists=True, path_type=Path), help="Match what this log holds instead."
)
@click.option(
    "--region", type=FOLDER, metavar="DIR", help="Of the log: its region folder, for where cities are."
)
@click.option("--sealed", type=FOLDER, metavar="DIR", help="Of the log: bodies of sealed statements.")
@click.option("--refuse", multiple=True, metavar="NEED:OFFER", help="Leave this pair out; may be repeated.")
@click.option("--as", "viewer", metavar="BODY", help="Print what BODY may see. Without it, everything.")
@click.option(
    "--at", metavar="TIME", help="Nothing leaves before TIME, with its offset; of a log, as it stood then."
)
@VKEY
@POLICY
@KEYS
@AS_JSON
@LANG
def match(
    case: str | None,
    log: Path | None,
    region: Path | None,
    sealed: Path | None,
    refuse: tuple[str, ...],
    viewer: str | None,
    at: str | None,
    vkeys: tuple[str, ...],
    policy_file: Path | None,
    keys_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> None:
    """Match the needs and the offers of a CASE (needs.csv, offers.csv) or of a log, and say why.

    \b
    Example:
      riskshed match changchun-2022 --json
      riskshed match --log node/log.db --region node/region --at 2005-11-24T00:00+08:00
    """
    if (case is None) == (log is None):
        raise click.UsageError("Name a CASE, or a log with --log.")
    if case is not None:
        found, words = _of_case(case, refuse, viewer, at)
    else:
        assert log is not None
        if at is None or region is None:
            raise click.UsageError("A log is matched --at a time, with its --region.")
        if refuse:
            raise click.UsageError("Refusals of a log stand in it.")
        trust = (vkeys, policy_file, keys_file)
        found, words = _of_log(log, region, sealed, moment(at, "--at"), viewer, trust)
    print_result(as_json, found, words(found, language(lang)))


def _of_case(case: str, refuse: tuple[str, ...], viewer: str | None, at: str | None) -> tuple[Any, Any]:
    from riskshed import case as cases
    from riskshed import match_case
    from riskshed.errors import NotFoundError
    from riskshed.governance.matching import match as solve
    from riskshed.governance.matching_explain import explain
    from riskshed.governance.matching_problem import Refusal

    pairs = [one.partition(":") for one in refuse]
    if wrong := [one for one in refuse if one.count(":") != 1]:
        raise click.BadParameter(f"{wrong[0]} is no pair such as N01:O01", param_hint="--refuse")
    problem = match_case.read(
        cases.find(case),
        refused=[Refusal(need, offer) for need, _, offer in pairs],
        as_of=None if at is None else moment(at, "--at"),
    )
    known = {one.body for one in problem.needs} | {one.body for one in problem.offers}
    if viewer is not None and viewer not in known:
        todo = "Name a body of needs.csv or offers.csv."
        raise NotFoundError("match.unknown_body", f"nothing here is of {viewer!r}", todo=todo)
    matching = solve(problem)
    return match_case.to_json(matching, explain(matching, viewer), viewer), match_case.to_text


def _of_log(
    log: Path, region: Path, sealed: Path | None, at: datetime, viewer: str | None, trust: Trust
) -> tuple[Any, Any]:
    from riskshed import desk_market, log_standing, match_log
    from riskshed.governance import market_run
    from riskshed.region import Region

    vkeys, policy_file, keys_file = trust
    trusted = read_belief(vkeys, policy_file)
    cities = Region.read(region)
    held = log_standing.read(log, at, region=cities, trust=trusted, listed=read_key_list(keys_file))
    places = {one.code: (one.lat, one.lon) for one in cities.cities}
    market = desk_market.opened(held.standing, FolderShelf(sealed), viewer)
    return match_log.to_json(market_run.run(market, at, places), viewer), match_log.to_text


COMMANDS: tuple[click.Command, ...] = (match,)
