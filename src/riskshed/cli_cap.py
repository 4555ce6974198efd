"""The command line of the Common Alerting Protocol: what is wrong with a message or a feed, and where."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from riskshed.cli_options import AS_JSON, EXIT_WORLD_IS_WRONG, FILE, moment, print_result, read_small

KEY_BYTES_MAX = 2**16


@click.group("cap")
def cap_group() -> None:
    """Look at messages of the Common Alerting Protocol.

    \b
    Example:
      riskshed cap check warning.xml
    """


@cap_group.command("check")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option(
    "--key", "key_files", type=FILE, multiple=True, metavar="FILE",
    help="Public key or certificate in PEM: messages must be signed by one of them; may be repeated.",
)  # fmt: skip
@click.option("--at", metavar="TIME", help="Messages must have been sent by then, and not have expired.")
@click.option("--profile", type=click.Choice(["cn"]), help="cn: identifiers as in GB/T 35965.")
@AS_JSON
def cap_check(
    files: tuple[Path, ...], key_files: tuple[Path, ...], at: str | None, profile: str | None, as_json: bool
) -> None:
    """Name every fault of CAP messages and feeds in FILES, by element and line.

    Nothing is fetched, and no certificate inside of a message is believed. Exit code 1 if there is a fault.

    \b
    Example:
      riskshed cap check warning.xml --key neighbour.pem --at 2005-11-21T12:00:00+08:00
    """
    from riskshed.exchange.cap_check import check_file
    from riskshed.exchange.cap_feed import FEED_BYTES_MAX
    from riskshed.exchange.cap_signature import public_key

    as_of = None if at is None else moment(at, "--at")
    keys = [public_key(read_small(file, KEY_BYTES_MAX)) for file in key_files]
    told = [
        check_file(read_small(file, FEED_BYTES_MAX), str(file), keys=keys, at=as_of, chinese=profile == "cn")
        for file in files
    ]
    value = {"files": [one.to_json() for one in told], "faults": sum(len(one.faults) for one in told)}
    print_result(as_json, value, "\n".join(one.to_text() for one in told))
    if value["faults"]:
        sys.exit(EXIT_WORLD_IS_WRONG)


COMMANDS: tuple[click.Command, ...] = (cap_group,)
