"""Commands of help and bills: who could have helped in time, and who would have borne what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskshed.cli_options import AS_JSON, LANG, language, print_result
from riskshed.errors import NotFoundError

if TYPE_CHECKING:
    from riskshed.averted import Averted
    from riskshed.exchange.wording import Text
    from riskshed.governance.agreement_file import Agreement
    from riskshed.governance.standing import Standing
    from riskshed.scene import Scene


@click.command()
@click.argument("case")
@AS_JSON
@LANG
def dispatch(case: str, as_json: bool, lang: str | None) -> None:
    """Plan the help that a CASE needed: asked for when it was, and when it could have been.

    \b
    Example:
      riskshed dispatch songhua-2005 --json
    """
    from riskshed import aftermath_text, aid_case
    from riskshed.case import Case, find

    folder = find(case)
    read = aid_case.AidCase.read(folder)
    if read is None:
        told = f"the case {folder.name} has no {aid_case.FILE}"
        raise NotFoundError("aid_case.missing", told, todo="Write one; cases/songhua-2005 has an example.")
    found = aid_case.courses(read)
    names = _names_of_case(folder)
    zone = Case.read(folder).zone
    text = aftermath_text.dispatch_text(read, found, zone, names, language(lang))
    print_result(as_json, aftermath_text.dispatch_json(read, found), text)


@click.command()
@click.argument("case")
@AS_JSON
@LANG
def settle(case: str, as_json: bool, lang: str | None) -> None:
    """Draw the bill of a CASE by the rule of its model agreement, from the costs that are on record.

    Nobody signed that agreement, and nobody claimed these costs: it is what would have come of it. Where the
    case says what each could have done (coalitions.toml), it is run for every coalition, and what they could
    have averted stands beside the bill, shared by Shapley and by the nucleolus.

    \b
    Example:
      riskshed settle songhua-2005 --json
    """
    from riskshed import aftermath_text
    from riskshed.governance import settlement

    scene, agreement, standing = _settled(case)
    held = next(one for one in standing.agreements.values() if one.code == agreement.code)
    bill = settlement.draw(
        standing,
        scene.texts["about"],
        held,
        agreement,
        settlement=f"{scene.name}-bill",
        currency="CNY",
        at=standing.at,
    )
    names, tongue = _names(standing), language(lang)
    text, told = aftermath_text.settle_text(bill, names, tongue), aftermath_text.settle_json(bill)
    found = _averted(case)
    if found is not None:
        text = "\n\n".join((text, aftermath_text.averted_text(found, names, tongue)))
    print_result(as_json, {**told, "averted": None if found is None else found.to_json()}, text)


def _averted(name: str) -> Averted | None:
    """What coalitions could have averted; None where the case does not say what they could have done."""
    from riskshed import averted
    from riskshed.case import Case, find

    folder = find(name)
    case = Case.read(folder)
    told = averted.Coalitions.read(case, folder)
    return None if told is None else averted.run(case, told)


def _settled(name: str) -> tuple[Scene, Agreement, Standing]:
    """The scene of a case, its model agreement, and how things stand once help and costs are on record."""
    from riskshed import aftermath, reenactment
    from riskshed.case import Case, find
    from riskshed.governance import agreement_file
    from riskshed.governance import standing as fold
    from riskshed.governance.territory import Territory
    from riskshed.said import Said

    folder = find(name)
    after, said, files = aftermath.Aftermath.read(folder), Said.read(folder), folder / "agreement"
    if after is None or said is None or not files.is_dir():
        told = f"the case {folder.name} lacks aid.csv and costs.csv, said.csv or an agreement"
        raise NotFoundError("aftermath.missing", told, todo="cases/songhua-2005 has an example of each.")
    scene, agreement = reenactment.of_case(Case.read(folder), said), agreement_file.read(files)
    seen = [fold.Seen(one, one.issued) for one in aftermath.statements(after, scene, agreement)]
    end = max(one.seen_at for one in seen)
    return scene, agreement, fold.of(seen, at=end, territory=Territory.of_region(scene.region))


def _names(standing: Standing) -> dict[str, Text]:
    from riskshed.exchange.wording import Text

    bodies = standing.bodies.values()
    return {
        one.code: Text(one.name["zh"], one.name["en"]) for one in bodies if {"zh", "en"} <= one.name.keys()
    }


def _names_of_case(folder: Path) -> dict[str, Text]:
    from riskshed.aftermath import Aftermath
    from riskshed.exchange.wording import Text
    from riskshed.region import Region

    after = Aftermath.read(folder)
    parties = after.parties.values() if after is not None else ()
    cities = Region.read(folder / "region").cities
    return {one.code: Text(one.name_zh, one.name_en) for one in (*cities, *parties)}


COMMANDS: tuple[click.Command, ...] = (dispatch, settle)
