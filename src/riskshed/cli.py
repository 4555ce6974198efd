"""The command line: results on standard output, messages and progress on standard error.

Every command reads its arguments, calls one function of the house and prints what comes back. What is heavy
is imported where it is used, so that help and wrong usage answer at once.
"""

from __future__ import annotations

import importlib.util
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from riskshed import (
    cli_aftermath,
    cli_audit,
    cli_cap,
    cli_community,
    cli_demo,
    cli_ledger,
    cli_match,
    cli_node,
    cli_rules,
    cli_standing,
)  # fmt: skip
from riskshed.cli_options import AS_JSON, LANG, MEMBERS, SEED, WORKERS, folder, language, moment, write_text
from riskshed.errors import InputError, InputFaults, NotFoundError, RiskshedError

if TYPE_CHECKING:
    from riskshed.case import Case

EXIT_WORLD_IS_WRONG, EXIT_INTERRUPTED = 1, 130
BENCHES = Path(__file__).parents[2] / "bench"
"""Where benches stand in a checkout; never the folder one is in, since a bench is code that runs."""


class _House(click.Group):
    """Says what is wrong with the world in words, with --json as JSON too, and ends with exit code 1."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["as_json"] = "--json" in args
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                _fit_to(stream, as_json=ctx.meta["as_json"])
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RiskshedError as error:
            _stop(ctx, error)
        except click.UsageError as error:
            if not ctx.meta["as_json"]:
                raise
            _stop(ctx, InputError("usage.wrong", error.format_message()), error.exit_code)
        except KeyboardInterrupt:
            click.echo("riskshed: stopped; no file was left half written.", err=True)
            sys.exit(EXIT_INTERRUPTED)


def _fit_to(stream: io.TextIOWrapper, *, as_json: bool) -> None:
    """JSON is UTF-8 whatever the terminal speaks (RFC 8259); text shows what it cannot speak as an escape."""
    if as_json:
        stream.reconfigure(encoding="utf-8")
    else:
        stream.reconfigure(errors="backslashreplace")


def _stop(ctx: click.Context, error: RiskshedError, code: int = EXIT_WORLD_IS_WRONG) -> NoReturn:
    if ctx.meta["as_json"]:
        _print_json({"error": error.to_json()}, err=True)
        sys.exit(code)
    click.echo(f"riskshed: {error}", err=True)
    if isinstance(error, InputFaults):
        click.echo(f"{len(error.faults)} fault(s); nothing was written.", err=True)
    click.echo(f"({error.code})", err=True)
    sys.exit(code)


@click.group(cls=_House, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="riskshed", message="%(package)s %(version)s")
def main() -> None:
    """Foresee how far and when a risk in one city reaches the others.

    Results go to standard output, messages to standard error. Exit code 1: something in the world is wrong,
    and the message says what; 2: wrong usage.

    \b
    Example:
      riskshed demo
      riskshed spread songhua-2005 --at 2005-12-01T00:00+08:00
    """


for _room in (
    cli_ledger,
    cli_audit,
    cli_rules,
    cli_cap,
    cli_standing,
    cli_aftermath,
    cli_community,
    cli_node,
    cli_match,
    cli_demo,
):
    for _command in _room.COMMANDS:
        main.add_command(_command)


@main.command()
@click.argument("case")
@click.option(
    "--at", metavar="TIME", help="Time of issue, with its offset. Without it, after the last reading."
)
@MEMBERS
@SEED
@WORKERS
@AS_JSON
@LANG
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Write NetCDF, JSON and GeoJSON here."
)
def spread(
    case: str,
    at: str | None,
    members: int,
    seed: int,
    workers: int,
    as_json: bool,
    lang: str | None,
    out: Path | None,
) -> None:
    """Forecast a CASE (a folder, or the name of one that comes with riskshed) as of one time.

    \b
    Example:
      riskshed spread songhua-2005 --at 2005-12-01T00:00+08:00 --out forecast
    """
    from riskshed.exchange import footprint_json, footprint_text

    with _progress("预测", "Forecast", lang) as step:
        footprint, zone = _footprint(case, at, members=members, seed=seed, workers=workers, progress=step)
    if out is not None:
        _write_footprint(footprint, out)
    if as_json:
        click.echo(footprint_json.to_json(footprint, zone=zone))
    else:
        click.echo(footprint_text.to_text(footprint, language(lang), zone), nl=False)


def _footprint(name: str, at: str | None, **how: Any) -> tuple[Any, tzinfo]:
    """The forecast of a case as of a time, and the zone of the case; by default after all that was known."""
    from riskshed import case, foreseen, replay, rules_case

    home = case.find(name)
    if foreseen.is_one(home):
        plan, scene = foreseen.Foreseeing.read(home), rules_case.read(home, ())
        issued = plan.issued[-1] if at is None else moment(at, "--at")
        return plan.forecast(scene.region, issued, **how).footprint, scene.zone
    read = _case(name)
    issued = max(r.known_at for r in read.readings) if at is None else moment(at, "--at")
    return replay.forecast(read, issued, **how), read.zone


def _write_footprint(footprint: Any, out: Path) -> None:
    from riskshed.exchange import footprint_files, footprint_json

    folder(out)
    footprint_files.write_netcdf(footprint, out / "footprint.nc", overwrite=True)
    for name, text in (
        ("footprint.json", footprint_json.to_json(footprint)),
        ("footprint.geojson", footprint_json.to_geojson(footprint)),
    ):
        write_text(out / name, text)
    click.echo(f"wrote footprint.nc, footprint.json and footprint.geojson into {out}", err=True)


@main.command()
@click.argument("case")
@MEMBERS
@SEED
@WORKERS
@AS_JSON
@LANG
def check(case: str, members: int, seed: int, workers: int, as_json: bool, lang: str | None) -> None:
    """Judge forecasts of a CASE by what really happened.

    CASE is a case, or a folder of stored data that riskshed knows: lower-colorado, muskingum.

    \b
    Example:
      riskshed check songhua-2005 --json
    """
    from riskshed import case as cases
    from riskshed import checks, foreseen, judgement_text, replay

    stored = checks.find(case)
    if stored is not None:
        _print_found(checks.run(stored, _say), as_json)
        return
    home = cases.find(case)
    if foreseen.is_one(home):
        _print_found(_judged(home, lang, members=members, seed=seed, workers=workers), as_json)
        return
    read = _case(case)
    with _progress("回放", "Replay", lang) as step:
        made = replay.replay(read, members=members, seed=seed, workers=workers, progress=step)
    judgement = replay.judge(read, made)
    if as_json:
        _print_json(judgement)
    else:
        click.echo(judgement_text.to_text(read, judgement, language(lang)), nl=False)


def _judged(home: Path, lang: str | None, **how: Any) -> Mapping[str, Any]:
    """The forecasts of a case of any pathway, judged by what really came."""
    from riskshed import foreseen, foreseen_story, rules_case

    scene = rules_case.read(home, ())
    with _progress("预测", "Forecasts", lang) as step:
        plan = foreseen.Foreseeing.read(home)
        made = foreseen.forecasts(plan, scene.region, progress=step, **how)
    return foreseen_story.judge(scene, made)


@main.group()
def region() -> None:
    """Look after a region folder."""


@region.command("check")
@click.argument("folder", type=click.Path(path_type=Path))
@AS_JSON
def region_check(folder: Path, as_json: bool) -> None:
    """Name every fault of a region FOLDER by file, line and column.

    \b
    Example:
      riskshed region check cases/songhua-2005/region
    """
    from riskshed.region import Region

    faults = Region.check(folder)
    if as_json:
        _print_json({"folder": str(folder), "faults": [fault.to_json() for fault in faults]})
    else:
        for fault in faults:
            click.echo(str(fault))
        click.echo(f"{folder}: {len(faults) or 'no'} fault{'' if len(faults) == 1 else 's'}", err=True)
    if faults:
        sys.exit(EXIT_WORLD_IS_WRONG)


@main.command()
@click.argument("name")
@AS_JSON
@click.option("--quick", is_flag=True, help="A short run that shows that it works; its figures say little.")
def bench(name: str, as_json: bool, quick: bool) -> None:
    """Measure NAME beside its peers, in this process, in CPU time.

    \b
    Example:
      riskshed bench river --json
    """
    run = _bench(name)
    _print_found(run(progress=_say, quick=quick), as_json)


def _bench(name: str) -> Any:
    """The function `run` of bench/NAME.py in the checkout that riskshed runs from."""
    known = {path.stem: path for path in sorted(BENCHES.glob("[a-z]*.py"))}
    if name not in known:
        listed = ", ".join(sorted(known)) or "none: run it in a checkout of riskshed"
        raise NotFoundError("bench.unknown", f"there is no bench {name!r}", todo=f"There are: {listed}.")
    spec = importlib.util.spec_from_file_location(f"riskshed_bench_{name}", known[name])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run


@contextmanager
def _progress(zh: str, en: str, lang: str | None = None) -> Iterator[Callable[[int, int], None]]:
    """A bar on the error stream, where that is a terminal."""
    from riskshed import terminal
    from riskshed.exchange.wording import Text

    with terminal.watch(UTC, language=language(lang)) as board:
        yield lambda done, total: board.step(Text(zh, en), done, total)


def _case(name: str) -> Case:
    from riskshed import case

    return case.Case.read(case.find(name))


def _say(words: str) -> None:
    click.echo(words, err=True)


def _print_found(found: Mapping[str, Any], as_json: bool) -> None:
    """What a bench or a check of stored data found."""
    from riskshed import judgement_text

    if as_json:
        _print_json(found)
    else:
        click.echo("\n".join(judgement_text.lines(found)))


def _print_json(value: object, *, err: bool = False) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False), err=err)
