"""Commands of duty and standing: how a case went, what is owed at a time, how a log stands."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from riskshed.cli_options import (
    AS_JSON,
    EXIT_WORLD_IS_WRONG,
    FOLDER,
    KEYS,
    LANG,
    POLICY,
    SEED,
    VKEY,
    language,
    moment,
    print_result,
    read_belief,
    read_key_list,
)
from riskshed.errors import InputError

if TYPE_CHECKING:
    from riskshed.agreed_terms import ModelAgreement
    from riskshed.exchange.wording import Text
    from riskshed.reenactment import Course
    from riskshed.scene import Scene

MEMBERS = click.option(
    "--members", type=click.IntRange(2, 100_000), default=200, show_default=True,
    help="Members of the ensemble of each forecast.",
)  # fmt: skip


@click.command()
@click.argument("case")
@click.option(
    "--variant", type=click.Choice(["recorded", "agreed"]), default="recorded", show_default=True,
    help="As it was, judged; or as it would have gone under the model agreement of the case.",
)  # fmt: skip
@click.option(
    "--speed", type=click.FloatRange(min=0, min_open=True), metavar="N",
    help="Tell it as it happens, N times as fast as it did, on the error stream; without it, at once.",
)  # fmt: skip
@MEMBERS
@SEED
@AS_JSON
@LANG
def replay(
    case: str, variant: str, speed: float | None, members: int, seed: int, as_json: bool, lang: str | None
) -> None:
    """Enact a CASE again: who was told when, what was owed, and which duties were broken.

    \b
    Example:
      riskshed replay songhua-2005 --variant recorded --json
    """
    from riskshed import reenactment, standing_text

    scene, folder = _scene(case, members, seed)
    model = _model(folder, scene)
    before = reenactment.recorded(scene, model) if scene.has_record or variant == "recorded" else None
    course = before if before is not None and variant == "recorded" else reenactment.agreed(scene, model)
    beside = None if variant == "recorded" else before
    tongue = language(lang)
    if speed is not None:
        _tell(course, scene, speed, tongue)
    print_result(
        as_json,
        standing_text.replay_json(course, beside, variant, scene.zone, scene.region),
        standing_text.replay_text(course, beside, scene.zone, scene.region, _names(course), tongue),
    )


@click.command()
@click.argument("case")
@click.option("--at", required=True, metavar="TIME", help="As of this time, with its offset.")
@MEMBERS
@SEED
@AS_JSON
@LANG
def duties(case: str, at: str, members: int, seed: int, as_json: bool, lang: str | None) -> None:
    """Say who owes what to whom in a CASE as of one time, by what was known then.

    \b
    Example:
      riskshed duties songhua-2005 --at 2005-11-18T00:00+08:00
    """
    from riskshed import reenactment, standing_text

    as_of = moment(at, "--at")
    scene, folder = _scene(case, members, seed)
    model = _model(folder, scene)
    course = reenactment.recorded(scene, model, until=as_of)
    found = {"at": as_of.isoformat(), "duties": standing_text.duties_json(course.judged, scene.zone)}
    text = standing_text.duties_text(course.judged, scene.zone, _names(course), language(lang))
    print_result(as_json, found, text)


@click.command()
@click.argument("case")
@MEMBERS
@SEED
@AS_JSON
@LANG
def trust(case: str, members: int, seed: int, as_json: bool, lang: str | None) -> None:
    """Count the promises of a CASE as it was recorded: who kept his word, by law and the model agreement.

    \b
    Example:
      riskshed trust songhua-2005 --json
    """
    from riskshed import aftermath_text
    from riskshed.governance import trust as promises

    _, model, course = _recorded(case, members, seed)
    duties = [one.duty for one in course.judged]
    found = promises.of_bodies(course.standing, model.regime, duties=duties)
    text = aftermath_text.trust_text(found, _names(course), language(lang))
    print_result(as_json, aftermath_text.trust_json(found), text)


@click.command()
@click.argument("case")
@MEMBERS
@SEED
@AS_JSON
@LANG
def appraise(case: str, members: int, seed: int, as_json: bool, lang: str | None) -> None:
    """Measure how a CASE was handled, as recorded: activities and participants, each with its evidence.

    \b
    Example:
      riskshed appraise songhua-2005 --json
    """
    from riskshed import aftermath_text
    from riskshed.governance import appraisal
    from riskshed.governance.trust import borne_out

    scene, model, course = _recorded(case, members, seed)
    judged = borne_out(course.standing, model.regime, [one.duty for one in course.judged])
    found = appraisal.appraise(course.standing, scene.texts["about"], judged)
    text = aftermath_text.appraisal_text(found, _names(course), language(lang))
    print_result(as_json, aftermath_text.appraisal_json(found), text)


@click.command("after-action")
@click.argument("case")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the report as PDF here.",
)
@MEMBERS
@SEED
@AS_JSON
@LANG
def after_action(
    case: str, out: Path | None, members: int, seed: int, as_json: bool, lang: str | None
) -> None:
    """Write the after-action report of a CASE from what was said, as it was recorded.

    \b
    Example:
      riskshed after-action songhua-2005 --lang en --out report.pdf
    """
    from riskshed import after_action as report
    from riskshed.exchange import after_action_report
    from riskshed.governance import trust as promises

    scene, model, course = _recorded(case, members, seed)
    duties, tongue = [one.duty for one in course.judged], language(lang)
    held = report.after_action(
        course.standing,
        promises.borne_out(course.standing, model.regime, duties),
        course.findings,
        scene.region,
        scene.texts["about"],
        language=tongue,
        now=course.standing.at,
        zone=scene.zone,
        issuer=model.regime.terms.coordination_body or scene.texts["about"],
        territory=model.regime.territory,
        trust=promises.of_bodies(course.standing, model.regime, duties=duties),
    )
    if out is not None:
        out.write_bytes(after_action_report.draw(held))
    lines = [f"{held.name}: {held.phase}", "", *(f"  {one.text}" for one in held.lead), ""]
    lines += [f"  {one}" for one in held.unknown]
    print_result(as_json, report.to_json(held), "\n".join(lines))


@click.command()
@click.argument("log", type=FOLDER)
@click.option("--at", required=True, metavar="TIME", help="How it stood at this time.")
@click.option(
    "--as-known-at", "known_at", metavar="TIME",
    help="By what had been seen by this time; without it, by the time of --at.",
)  # fmt: skip
@click.option(
    "--region", "region_folder", type=FOLDER, metavar="DIR", help="Region folder: whose land it is."
)
@click.option("--exercise", is_flag=True, help="Of drills, not of the actual.")
@VKEY
@POLICY
@KEYS
@AS_JSON
def standing(
    log: Path,
    at: str,
    known_at: str | None,
    region_folder: Path | None,
    exercise: bool,
    vkeys: tuple[str, ...],
    policy_file: Path | None,
    keys_file: Path | None,
    as_json: bool,
) -> None:
    """Fold the statements of a LOG folder into how things stand, as of one time and as known at one time.

    Only statements count whose signature holds by a key of their body. Without --key or --policy the
    checkpoint of the log is taken as it lies.

    \b
    Example:
      riskshed standing out/record --at 2005-11-20T21:30+08:00 --as-known-at 2005-11-20T21:30+08:00
    """
    from riskshed import log_standing
    from riskshed.region import Region

    as_of = moment(at, "--at")
    known = None if known_at is None else moment(known_at, "--as-known-at")
    trust = read_belief(vkeys, policy_file)
    listed = read_key_list(keys_file)
    region = None if region_folder is None else Region.read(region_folder)
    found = log_standing.read(log, as_of, known, region=region, exercise=exercise, trust=trust, listed=listed)
    print_result(as_json, found.to_json(), log_standing.to_text(found))


@click.command()
@click.argument("log", type=click.Path(exists=True, path_type=Path))
@click.option("--at", required=True, metavar="TIME", help="As things stood at this time.")
@click.option(
    "--files",
    type=FOLDER,
    metavar="DIR",
    required=True,
    help="The files that statements name, each under the hexadecimal digits of its digest.",
)
@click.option("--agreement", type=FOLDER, metavar="DIR", help="Files of the agreement: counts trust as well.")
@click.option(
    "--region", "region_folder", type=FOLDER, metavar="DIR", help="Region folder: whose land it is."
)
@click.option("--as-if-in-force", is_flag=True, help="Take the newest law on an event of any day.")
@VKEY
@POLICY
@KEYS
@AS_JSON
def recompute(
    log: Path,
    at: str,
    files: Path,
    agreement: Path | None,
    region_folder: Path | None,
    as_if_in_force: bool,
    vkeys: tuple[str, ...],
    policy_file: Path | None,
    keys_file: Path | None,
    as_json: bool,
) -> None:
    """Work out again what a LOG says was reckoned: every bill from its file, and trust from the promises.

    Exit code 1 if a bill is not the same, or its file is missing.

    \b
    Example:
      riskshed recompute node/log --at 2005-12-31T00:00+08:00 --files node/files
    """
    from riskshed import log_standing, recomputation
    from riskshed.region import Region

    trust = read_belief(vkeys, policy_file)
    listed = read_key_list(keys_file)
    region = None if region_folder is None else Region.read(region_folder)
    found = log_standing.read(log, moment(at, "--at"), region=region, trust=trust, listed=listed)
    made = recomputation.of_folder(
        found.standing, files, agreement=agreement, region=region_folder, as_if_in_force=as_if_in_force
    )
    print_result(as_json, made.to_json(), made.to_text())
    if not made.ok:
        sys.exit(EXIT_WORLD_IS_WRONG)


@click.command("service-desk")
@click.argument("log", type=click.Path(exists=True, path_type=Path))
@click.option("--at", required=True, metavar="TIME", help="As things stood at this time.")
@click.option("--agreement", type=FOLDER, metavar="DIR", help="Files of the agreement: its clocks.")
@VKEY
@POLICY
@KEYS
@AS_JSON
@LANG
def service_desk(
    log: Path,
    at: str,
    agreement: Path | None,
    vkeys: tuple[str, ...],
    policy_file: Path | None,
    keys_file: Path | None,
    as_json: bool,
    lang: str | None,
) -> None:
    """Count how each department answered the questions on a LOG: in time, how fast, how many were solved.

    Without the agreement a clock is what the routes on the log name.

    \b
    Example:
      riskshed service-desk node/log.db --at 2005-12-31T00:00+08:00 --json
    """
    from riskshed import service_desk as desk

    trust = read_belief(vkeys, policy_file)
    listed = read_key_list(keys_file)
    found = desk.of_log(log, moment(at, "--at"), agreement=agreement, trust=trust, listed=listed)
    print_result(as_json, found.to_json(), found.to_text(language(lang)))


def _scene(name: str, members: int, seed: int) -> tuple[Scene, Path]:
    """The scene of a case, with its forecasts where it has a river, and its folder."""
    from riskshed import case, reenactment, rules_case
    from riskshed import replay as forecasts
    from riskshed.said import Said

    folder = case.find(name)
    if rules_case.is_one(folder):
        return rules_case.read(folder), folder
    read = case.Case.read(folder)
    said = Said.read(folder)
    if said is None:
        todo = "Add said.toml, speakers.csv and said.csv; cases/songhua-2005 has an example."
        raise InputError("said.missing", f"the case {folder.name} does not tell what was said", todo=todo)
    return reenactment.of_case(read, said, forecasts.replay(read, members=members, seed=seed)), folder


def _recorded(name: str, members: int, seed: int) -> tuple[Scene, ModelAgreement, Course]:
    """A case as it was recorded, judged to its end by its model agreement."""
    from riskshed import reenactment

    scene, folder = _scene(name, members, seed)
    model = _model(folder, scene)
    return scene, model, reenactment.recorded(scene, model)


def _model(folder: Path, scene: Scene) -> ModelAgreement:
    from riskshed.agreed_terms import ModelAgreement

    return ModelAgreement.read(folder, scene.region)


def _names(course: Course) -> dict[str, Text]:
    from riskshed.exchange.wording import Text

    bodies = course.standing.bodies.values()
    return {
        one.code: Text(one.name["zh"], one.name["en"]) for one in bodies if {"zh", "en"} <= one.name.keys()
    }


def _tell(course: Course, scene: Scene, speed: float, tongue: Literal["zh", "en"]) -> None:
    """The statements one after the other, with the pauses between them shortened."""
    from riskshed.vocabulary import KINDS

    names, before = _names(course), None
    for seen in course.seen:
        one = seen.statement
        if one.kind == "BodyJoined":
            continue
        if before is not None:
            time.sleep(max(0.0, (seen.seen_at - before).total_seconds() / speed))
        before = seen.seen_at
        kind = KINDS[one.kind].zh if tongue == "zh" else KINDS[one.kind].en
        who = names[one.by].said(tongue) if one.by in names else one.by
        click.echo(f"{seen.seen_at.astimezone(scene.zone):%Y-%m-%d %H:%M %z}  {who}: {kind}", err=True)


COMMANDS: tuple[click.Command, ...] = (
    replay,
    duties,
    trust,
    appraise,
    after_action,
    standing,
    recompute,
    service_desk,
)
