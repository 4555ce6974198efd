"""The report of a replay: one HTML file that opens anywhere, with no network and with scripts off.

Everything is inline: the sheet, the two letter faces, the map and the charts as SVG. A content security
policy in the page names the digests of its own sheet and script and forbids everything else: nothing is
ever fetched, and nothing that came in with a name or a source can run. Language, theme and the forecast
that is shown are radio buttons which the sheet reads with ``:has()``; the script only takes them from the
address (``?lang=en&theme=dark&at=3``) and is not needed.

The page is drawn from a `CaseStory`. It computes no science: it shows the footprints as they were issued,
what was known when, and what was recorded later, each with its source.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskshed import __doc__ as _about_riskshed
from riskshed.errors import InputError, MissingExtraError
from riskshed.exchange import pathway_words, wording
from riskshed.exchange.arrivals import STATES, Arrival, arrivals
from riskshed.exchange.bands import band_chart
from riskshed.exchange.curves import curve_chart, x_of
from riskshed.exchange.picture_parts import Picture
from riskshed.exchange.pictures import picture
from riskshed.exchange.river_map import river_map
from riskshed.exchange.scores import judged, scores_of
from riskshed.exchange.wording import Text
from riskshed.footprint import Caveat, Footprint
from riskshed.reading import Reading, Recorded
from riskshed.region import Region

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
FACES = (("400", "ibm-plex-sans-latin-400-normal.woff2"), ("600", "ibm-plex-sans-latin-600-normal.woff2"))


@dataclass(frozen=True, slots=True)
class IssuedForecast:
    """One forecast, and in a few words why it was issued then: "front seen at Mulan".

    `more` is what its pathway tells beside the footprint, for its picture (`pictures.picture`), and `whole`
    the footprint as the pathway gave it, where `footprint` has the rows of its cities folded.
    """

    label_zh: str
    label_en: str
    footprint: Footprint
    more: Mapping[str, Any] = field(default_factory=dict)
    whole: Footprint | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit line of the charts: a value in the unit of the footprints, and whose it is."""

    value: float
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class CaseStory:
    """Everything that a report tells.

    Attributes
    ----------
    zone : tzinfo
        All times are shown in it.
    forecasts : tuple of IssuedForecast
        In any order; all with the same places, in order down the river.
    readings : tuple of Reading
        All of them: the page itself keeps back what was not known at each issue.
    record : tuple of Recorded
        What happened.
    score : mapping or None
        What ``riskshed check --json`` prints.
    limit : Limit or None
    attribution_zh, attribution_en : str
        Where the data of the case is from, and under which licence.
    signed : tuple of Text
        What there is to say of its signed record, a line each.
    """

    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    zone: tzinfo
    region: Region
    forecasts: tuple[IssuedForecast, ...]
    readings: tuple[Reading, ...]
    record: tuple[Recorded, ...]
    score: Mapping[str, object] | None = None
    limit: Limit | None = None
    attribution_zh: str = ""
    attribution_en: str = ""
    signed: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """One forecast as the page steps through it.

    Attributes
    ----------
    upcoming : Arrival or None
        The first section down the river that is still to be reached, None where none is.
    low_s, median_s, high_s : float or None
        Its arrival in seconds after the issue.
    """

    number: int
    label: wording.Text
    footprint: Footprint
    rows: tuple[Arrival, ...]
    upcoming: Arrival | None
    low_s: float | None
    median_s: float | None
    high_s: float | None


@dataclass(frozen=True, slots=True)
class CaveatShown:
    """A caveat, where it holds, and in which of the forecasts."""

    text: wording.Text
    places: tuple[wording.Text, ...]
    issues: tuple[int, ...]


def write(story: CaseStory, path: Path | str) -> None:
    """Render the report and put it in place at once: a reader sees the old file or the new one, never a half.

    Raises
    ------
    MissingExtraError
        jinja2 is not installed.
    InputError
        ``report.unwritable``: the folder cannot be written to.
    """
    target = Path(path)
    page = render(story)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False) as file:
            draft = Path(file.name)
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(target)
    except OSError as error:
        what = f"the report cannot be written to {target}: {error.strerror}"
        raise InputError("report.unwritable", what, todo="Name another folder with --out.") from error


def render(story: CaseStory) -> str:
    """The whole page as text.

    Raises
    ------
    MissingExtraError
        jinja2 is not installed.
    """
    assert story.forecasts, "a story has at least one forecast"
    forecasts = sorted(story.forecasts, key=lambda forecast: forecast.footprint.issued)
    footprints = [forecast.footprint for forecast in forecasts]
    assert len({footprint.ids for footprint in footprints}) == 1, "all forecasts are about the same places"
    environment = _environment(story.zone, footprints[0].issued)
    sheet = _sheet(len(forecasts))
    script = (TEMPLATES / "report.js").read_text("utf-8").strip()
    return environment.get_template("report.html.j2").render(
        **_content(story, forecasts, footprints),
        story=story,
        sheet=sheet,
        script=script,
        policy=_policy(sheet, script),
        about=(_about_riskshed or "").strip().splitlines()[0],
    )


def _content(
    story: CaseStory, forecasts: Sequence[IssuedForecast], footprints: Sequence[Footprint]
) -> dict[str, Any]:
    """What the templates show, computed once."""
    scores = scores_of(story.score)
    plain = [arrivals(one, story.region, story.readings, story.record) for one in footprints]
    lists = judged(plain, [footprint.issued for footprint in footprints], scores)
    limit = story.limit.value if story.limit else None
    shown = _pictures(story, forecasts)
    is_mapped = any(one.is_map for one in shown.values())
    return {
        "issues": [
            _issue(n, forecast, listed)
            for n, (forecast, listed) in enumerate(zip(forecasts, lists, strict=True))
        ],
        "first": footprints[0],
        "bands": band_chart(footprints, lists, story.zone),
        "curves": curve_chart(footprints, lists, story.readings, limit, story.zone),
        "map": None if is_mapped else river_map(footprints, lists, story.region, story.zone),
        "pictures": shown,
        "picture": next(iter(shown.values()), None),
        "scores": scores,
        "caveats": _caveats(footprints),
        **_words(footprints[0]),
        "names": {place.id: wording.Text(place.name_zh, place.name_en) for place in footprints[0].places}
        | {section.id: wording.Text(section.name_zh, section.name_en) for section in story.region.sections},
    }


def _pictures(story: CaseStory, forecasts: Sequence[IssuedForecast]) -> dict[int, Picture]:
    """The picture of each forecast that has one, by its number from 1."""
    drawn = (
        picture(one.whole or one.footprint, story.region, story.zone, more=one.more) for one in forecasts
    )
    return {number: one for number, one in enumerate(drawn, start=1) if one is not None}


def _words(first: Footprint) -> dict[str, Any]:
    """What the page calls things, by the pathway and by what its rows are."""
    words = pathway_words.of(first.pathway)
    quantity, unit = words.quantity(first.quantity), pathway_words.unit_of(first.unit)
    limit = words.number(first.threshold) or ""
    return {
        "words": words,
        "rows": pathway_words.rows_of(first.places, first.pathway),
        "quantity": quantity,
        "unit": unit,
        "limit_text": wording.Text(
            *(pathway_words.with_unit(limit, first.unit, tongue) for tongue in ("zh", "en"))
        ),
        "curve_title": words.curves(first.quantity),
        "number": words.number,
    }


def _issue(number: int, forecast: IssuedForecast, listed: Sequence[Arrival]) -> Issue:
    footprint = forecast.footprint
    upcoming = next((arrival for arrival in listed if arrival.state in ("near", "far")), None)

    def after_s(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - footprint.issued) / timedelta(seconds=1)

    return Issue(
        number=number + 1,
        label=wording.Text(forecast.label_zh, forecast.label_en),
        footprint=footprint,
        rows=tuple(listed),
        upcoming=upcoming,
        low_s=after_s(upcoming.low) if upcoming else None,
        median_s=after_s(upcoming.median) if upcoming else None,
        high_s=after_s(upcoming.high) if upcoming else None,
    )


def _caveats(footprints: Sequence[Footprint]) -> list[CaveatShown]:
    """Each caveat once, with the forecasts that carry it."""
    issues: dict[Caveat, list[int]] = {}
    for number, footprint in enumerate(footprints, start=1):
        for caveat in footprint.caveats:
            issues.setdefault(caveat, []).append(number)
    places = {place.id: wording.Text(place.name_zh, place.name_en) for place in footprints[0].places}
    return [
        CaveatShown(
            wording.Text(caveat.text_zh, caveat.text_en),
            tuple(places[place] for place in caveat.places),
            tuple(numbers),
        )
        for caveat, numbers in issues.items()
    ]


def _environment(zone: tzinfo, first_issued: datetime) -> Environment:
    try:
        # An optional extra: the library and the other commands work without it.
        import jinja2  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtraError("jinja2", "demo") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    year = first_issued.astimezone(zone).year
    environment.filters.update(
        clock=partial(wording.clock, zone=zone, year=year),
        offset=partial(wording.offset, zone=zone),
    )
    environment.globals.update(
        Text=wording.Text,
        UNKNOWN=wording.UNKNOWN,
        STATES=STATES,
        year=year,
        zone=zone,
        x_of=x_of,
        is_day=partial(wording.is_day, zone=zone),
        **{
            name: getattr(wording, name)
            for name in ("decimal", "number", "stated", "span", "span_band", "how_soon")
        },
    )
    return environment


def _sheet(issues: int) -> str:
    """The style sheet: the letter faces, the sheet itself, and the rules that show one forecast at a time."""
    faces = [
        f'@font-face{{font-family:"IBM Plex Sans";font-weight:{weight};font-display:swap;'
        f'src:url("data:font/woff2;base64,{_base64(TEMPLATES / "fonts" / name)}") format("woff2");'
        "unicode-range:U+20-7E,U+A0-FF,U+2013,U+2212}"
        for weight, name in FACES
    ]
    shown = []
    for n in range(1, issues + 1):
        here = f":root:has(#at-{n}:checked)"
        known = ",".join(f".since-{first}" for first in range(n))
        shown.append(f"{here} .at:not(.at-{n}){{display:none}}")
        shown.append(f"{here} .issue-{n} .dot,{here} :is({known}){{fill:var(--ink)}}")
    return "\n".join([*faces, (TEMPLATES / "report.css").read_text("utf-8"), *shown])


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")


def _policy(sheet: str, script: str) -> str:
    """A content security policy that lets exactly this sheet and this script in, and nothing else."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")

    return (
        f"default-src 'none'; style-src 'sha256-{digest(sheet)}'; script-src 'sha256-{digest(script)}'; "
        "font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
    )
