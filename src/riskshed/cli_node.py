"""Commands of the node: found it, serve it, back it up, put it back. Its settings are in the environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from riskshed.cli_options import AS_JSON, FOLDER, passphrase, print_result
from riskshed.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from riskshed.web.environment import Environment
    from riskshed.web.node import Node

PASSPHRASE_FILE = click.option(
    "--passphrase-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="The passphrase is the first line of FILE; else RISKSHED_PASSPHRASE, else it is asked.",
)  # fmt: skip
ROLES = ("duty_officer", "commander", "analyst", "evaluator", "auditor", "representative", "administrator")


@click.command()
def serve() -> None:
    """Serve the node of RISKSHED_HOME until it is told to stop.

    Settings come from the environment (docs/guide/settings.md). It refuses to start with demonstration keys
    or tracebacks on an address that others can reach.

    \b
    Example:
      riskshed serve
    """
    given = _ready()
    from riskshed.web import house

    house.run(given, tell=lambda line: click.echo(line, err=True))


@click.group("node")
def node_group() -> None:
    """Found a node, give people their posts, forget what is personal, back it up, and put it back.

    \b
    Example:
      riskshed node init --profile node.toml --region region --agreement agreement
    """


@node_group.command("init")
@click.option(
    "--profile", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="What the node is: node.toml.",
)  # fmt: skip
@click.option("--region", required=True, type=FOLDER, metavar="DIR", help="Where: a region folder.")
@click.option("--agreement", type=FOLDER, metavar="DIR", help="What the bodies agreed: an agreement folder.")
@click.option(
    "--watch", multiple=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="What is watched and how it travels: thresholds.toml, sources.toml, and the files that it names.",
)  # fmt: skip
@PASSPHRASE_FILE
@AS_JSON
def node_init(
    profile: Path,
    region: Path,
    agreement: Path | None,
    watch: tuple[Path, ...],
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Found a node in RISKSHED_HOME, with a log and keys for every body of the region.

    \b
    Example:
      riskshed node init --profile node.toml --region region --passphrase-file secret.txt
    """
    given = _environment()
    from riskshed.region import Region
    from riskshed.web import founding

    bodies = founding.of_region(Region.read(region))
    secret = passphrase(passphrase_file, confirm=True)
    founding.found(
        given.home,
        profile,
        region,
        bodies,
        secret,
        agreement=agreement,
        watch=watch,
        database=given["DATABASE_URL"],
    )
    told = f"founded {given.home} with {len(bodies)} bodies. Next: riskshed node person"
    print_result(as_json, {"home": str(given.home), "bodies": [one.code for one in bodies]}, told)


@node_group.command("person")
@click.argument("user")
@click.option("--body", required=True, metavar="CODE", help="The body for which the person works.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="As what.")
@click.option(
    "--officer", required=True, metavar="NUMBER", help="Number of the post; it stands on statements."
)
@PASSPHRASE_FILE
@AS_JSON
def node_person(
    user: str, body: str, role: str, officer: str, passphrase_file: Path | None, as_json: bool
) -> None:
    """Give USER a role at a body, with an account if there is none; prints a new password once.

    \b
    Example:
      riskshed node person lin --body 230100 --role administrator --officer admin-01
    """
    with _opened(passphrase_file) as node:
        from riskshed.web import operations

        made = operations.add_person(node, user, body, role, officer)
    told = f"{user} is {role} of {body}, post {officer}"
    lines = f"{told}\npassword: {made}" if made else told
    print_result(as_json, {"user": user, "body": body, "role": role, "password": made or None}, lines)


@node_group.command("forget")
@click.argument("statement")
@PASSPHRASE_FILE
@AS_JSON
def node_forget(statement: str, passphrase_file: Path | None, as_json: bool) -> None:
    """Forget the sealed body and the photographs of STATEMENT, an id; the log stays, and verifies as before.

    \b
    Example:
      riskshed node forget 5f0c7a1e3b9d... --json
    """
    with _opened(passphrase_file) as node:
        from riskshed.web import operations

        gone = operations.forget(node, statement)
    told = f"forgotten: sealed body {'yes' if gone.sealed else 'none'}, photographs {gone.photographs}"
    print_result(as_json, {"statement": statement, **gone._asdict()}, told)


@node_group.command("rebuild")
@PASSPHRASE_FILE
@AS_JSON
def node_rebuild(passphrase_file: Path | None, as_json: bool) -> None:
    """Drop the tables that are a picture of the log, and draw them again.

    \b
    Example:
      riskshed node rebuild --json
    """
    with _opened(passphrase_file) as node:
        from riskshed.web import operations

        wrong = operations.compare(node)
        rows = operations.rebuild(node)
        left = operations.compare(node)
    told = f"{rows} statements drawn again; {len(wrong)} rows were wrong before, {len(left)} are now"
    print_result(as_json, {"rows": rows, "wrong_before": wrong, "wrong_after": left}, told)


@node_group.command("backup")
@click.argument("folder", type=FOLDER)
@AS_JSON
def node_backup(folder: Path, as_json: bool) -> None:
    """Back the node up into FOLDER, while it runs or not, and verify the copy against the head of its log.

    \b
    Example:
      riskshed node backup backup-2026-11-26
    """
    given = _environment()
    from riskshed.web import backup

    made = backup.take(given.home, folder)
    told = f"{folder}: {made.files} files, log of {made.size} entries, root {made.root}"
    print_result(as_json, {"folder": str(folder), "size": made.size, "root": made.root}, told)


@node_group.command("restore")
@click.argument("folder", type=FOLDER)
@AS_JSON
def node_restore(folder: Path, as_json: bool) -> None:
    """Put a node back into RISKSHED_HOME from a backup, if every file and its log are as they were.

    \b
    Example:
      riskshed node restore backup-2026-11-26
    """
    given = _environment()
    from riskshed.web import backup

    made = backup.restore(folder, given.home)
    told = f"{given.home}: log of {made.size} entries, root {made.root}"
    print_result(as_json, {"home": str(given.home), "size": made.size, "root": made.root}, told)


def play(folder: Path, home: Path, speed: float, port: int, tongue: Literal["zh", "en"]) -> None:
    """Found the demonstration node of a case, play the case up to its middle, and serve it until stopped."""
    os.environ["RISKSHED_HOME"], os.environ["RISKSHED_PORT"] = str(home), str(port)
    given = _environment()
    from riskshed.web import beginning

    if home.exists():
        _remove_demo(home)
    beginning.set_up()
    from riskshed import terminal
    from riskshed.exchange.wording import Text
    from riskshed.web import current, demo_case, demo_node, demo_play, house

    with terminal.watch(UTC, language=tongue) as board:
        demo_play.prepare(
            given,
            folder,
            speed=speed,
            password=demo_node.PASSWORD,
            tell=lambda done, total: board.step(Text("回放至开场", "The case so far"), done, total),
        )
    for line in demo_node.welcome(demo_case.Demo.read(folder), given["HOST"], given["PORT"]):
        click.echo(line.said(tongue), err=True)
    house.run(
        given,
        tell=lambda line: click.echo(line, err=True),
        more=lambda: [demo_play.player(current.node(), folder)],
    )


def _remove_demo(home: Path) -> None:
    """Make room for another demonstration, and for nothing else."""
    from riskshed.web.profile import FILE, Profile

    if not (home / FILE).is_file() or not Profile.read(home).is_demo:
        told = f"{home} is not a demonstration"
        raise InputError("demo.not_a_demo", told, todo="Name another folder with --out.")
    shutil.rmtree(home)


def _environment() -> Environment:
    """The settings; raises MissingExtraError where the packages of the node are not installed."""
    for package in ("django", "uvicorn"):
        if find_spec(package) is None:
            raise MissingExtraError(package, "node")
    from riskshed.web import environment

    return environment.read()


def _ready() -> Environment:
    given = _environment()
    from riskshed.web import beginning

    beginning.prepare(given)
    return given


@contextmanager
def _opened(passphrase_file: Path | None) -> Iterator[Node]:
    _ready()
    from riskshed.web import current

    with current.open_node(lambda: passphrase(passphrase_file)) as node:
        current.use(node)
        yield node


COMMANDS = (serve, node_group)
