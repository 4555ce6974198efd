"""The demonstration: a case forecast as it unfolds, its report, and a node on which it plays on."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from riskshed.cli_options import LANG, MEMBERS, SEED, WORKERS, folder, language, write_text

if TYPE_CHECKING:
    from riskshed.case import Case
    from riskshed.exchange.wording import Text
    from riskshed.replay import Forecast
    from riskshed.terminal import Watch


class Asked(NamedTuple):
    """How the forecasts of a demonstration are to be made."""

    members: int
    seed: int
    workers: int


@click.command()
@click.option("--case", "name", default="songhua-2005", show_default=True, help="Which case.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, metavar="DIR",
    help="Where the report goes.",
)  # fmt: skip
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--no-serve", is_flag=True, help="Write the report only; do not start the node.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True, help="Of the node.")
@click.option(
    "--speed", type=click.FloatRange(1, 100_000), default=120.0, show_default=True,
    help="How many times faster than the real one the clock of the node runs.",
)  # fmt: skip
@LANG
@MEMBERS
@SEED
@WORKERS
def demo(
    name: str, out: Path, no_open: bool, no_serve: bool, port: int, speed: float, lang: str | None,
    members: int, seed: int, workers: int,
) -> None:  # fmt: skip
    """Forecast a case as it unfolds and write a report; then start a node on which it plays on.

    The node has logins of cities, parties, the coordination body and an auditor, which are printed. It is
    there for the cases that have a demo.toml: songhua-2005 and changchun-2022.

    \b
    Example:
      riskshed demo --case songhua-2005 --out out --no-open --no-serve
    """
    from riskshed import case, cli_node, rules_case

    home, tongue, asked = case.find(name), language(lang), Asked(members, seed, workers)
    folder(out)
    play = _any_pathway if rules_case.is_one(home) else _river
    for line in play(home, out, asked, tongue):
        click.echo(line.said(tongue), err=True)
    page = out / "report.html"
    click.echo(str(page))
    if not no_open and _has_screen():
        webbrowser.open(page.resolve().as_uri())
    if not no_serve and (home / "demo.toml").is_file():
        cli_node.play(home, out / "node", speed, port, tongue)


def _river(home: Path, out: Path, asked: Asked, tongue: Literal["zh", "en"]) -> Sequence[Text]:
    """A case with a river, readings and a record by section; the lines that end it."""
    from riskshed import replay, story, terminal
    from riskshed.case import Case
    from riskshed.exchange.arrivals import arrivals

    read = Case.read(home)
    with terminal.watch(read.zone, language=tongue) as board:

        def show(made: Forecast) -> None:
            rows = arrivals(made.footprint, read.region, read.readings, read.record)
            board.issued(_label(made), made.footprint, rows)

        made = replay.replay(read, **asked._asdict(), on_forecast=show, progress=_bar(board))
    judgement = replay.judge(read, made)
    signed = story.record(read, made, out / "record")
    story.write(read, made, judgement, out / "report.html", signed)
    write_text(out / "check.json", json.dumps(judgement, ensure_ascii=False, indent=2, allow_nan=False))
    return (*story.closing(judgement), *signed, *_agreed_lines(read, made))


def _any_pathway(home: Path, out: Path, asked: Asked, tongue: Literal["zh", "en"]) -> Sequence[Text]:
    """A case whose forecasts a pathway makes; the lines that end it.

    Raises
    ------
    InputError
        ``foreseen.given``: the forecast of the case is given as data, and no pathway makes it.
    """
    from riskshed import foreseen, foreseen_story, reenactment, rules_case, standing_text, terminal
    from riskshed.agreed_terms import ModelAgreement
    from riskshed.errors import InputError
    from riskshed.exchange.arrivals import arrivals

    if not foreseen.is_one(home):
        told = f"the forecast of {home.name} is given as data; there is nothing to forecast"
        raise InputError("foreseen.given", told, todo=f"Look at it with: riskshed replay {home.name}.")
    plan, scene = foreseen.Foreseeing.read(home), rules_case.read(home, ())
    region = scene.region
    came = foreseen_story.record(scene)
    with terminal.watch(scene.zone, language=tongue) as board:

        def show(made: Forecast) -> None:
            found = foreseen_story.cities(made.footprint, scene)
            board.issued(_label(made), found, arrivals(found, region, scene.readings, came))

        made = foreseen.forecasts(plan, region, **asked._asdict(), on_forecast=show, progress=_bar(board))
    judgement = foreseen_story.judge(scene, made)
    foreseen_story.write(scene, made, out / "report.html")
    scene = rules_case.read(home, made)
    model = ModelAgreement.read(home, scene.region)
    agreed = reenactment.agreed(scene, model)
    recorded = reenactment.recorded(scene, model) if scene.has_record else None
    course = standing_text.replay_json(agreed, recorded, "agreed", scene.zone, scene.region)
    course["duties_of_all"] = standing_text.duties_json(agreed.judged, scene.zone)
    for name, value in (("check.json", judgement), ("agreed.json", course)):
        write_text(out / name, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
    ending = () if recorded is None else standing_text.closing(agreed, recorded, scene.region)
    return (*foreseen_story.closing(judgement), standing_text.owed(agreed), *ending)


def _label(made: Forecast) -> Text:
    from riskshed.exchange.wording import Text

    return Text(made.moment.label_zh, made.moment.label_en)


def _bar(board: Watch) -> Any:
    from riskshed.exchange.wording import Text

    return lambda done, total: board.step(Text("预测", "Forecasts"), done, total)


def _agreed_lines(read: Case, made: Sequence[Forecast]) -> Sequence[Text]:
    """What an agreement would have changed, in a case that has a model of one."""
    from riskshed import reenactment, standing_text
    from riskshed.agreed_terms import FILE, ModelAgreement
    from riskshed.said import Said

    said = Said.read(read.folder)
    if said is None or not (read.folder / FILE).is_file():
        return ()
    scene = reenactment.of_case(read, said, made)
    model = ModelAgreement.read(read.folder, read.region)
    agreed, recorded = reenactment.agreed(scene, model), reenactment.recorded(scene, model)
    return standing_text.closing(agreed, recorded, read.region)


def _has_screen() -> bool:
    """Whether a browser would be seen by anyone: a program or a machine without a screen opens none."""
    if sys.platform in ("darwin", "win32"):
        return sys.stdout.isatty()
    return sys.stdout.isatty() and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


COMMANDS: tuple[click.Command, ...] = (demo,)
