"""What a case of any pathway has to tell: its report, its judgement by what really came, its closing lines.

A judgement takes for each city the last forecast that was issued before the harm came to it, and the first
one for a city that was never reached. A probability is judged by the Brier score (Brier 1950,
doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2), an arrival by its error and by whether the 90 % band
holds it. Only cities that the forecast speaks of are judged, and the city in which it began is not: there is
nothing to foresee.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

from riskshed.exchange import report
from riskshed.exchange.wording import UNKNOWN, Text, decimal
from riskshed.footprint import Footprint
from riskshed.reading import Recorded
from riskshed.replay import Forecast
from riskshed.scene import Scene

HOUR = timedelta(hours=1)
SOURCE = Text("资料来源见案例文件各行。", "Sources stand in the rows of the files of the case.")


def record(scene: Scene) -> tuple[Recorded, ...]:
    """When it really came to each city, as a report shows it."""
    return tuple(
        Recorded(city, "front", at, at, None, True, "", "arrived.csv") for city, at in scene.arrivals.items()
    )


def tell(scene: Scene, forecasts: Sequence[Forecast]) -> report.CaseStory:
    """The story of a case, for `exchange.report`: one row for each city."""
    texts = scene.texts
    return report.CaseStory(
        title_zh=texts["title_zh"],
        title_en=texts["title_en"],
        summary_zh=texts["summary_zh"],
        summary_en=texts["summary_en"],
        zone=scene.zone,
        region=scene.region,
        forecasts=tuple(
            report.IssuedForecast(
                label_zh=one.moment.label_zh,
                label_en=one.moment.label_en,
                footprint=cities(one.footprint, scene),
                more=one.more,
                whole=one.footprint,
            )
            for one in forecasts
        ),
        readings=scene.readings,
        record=record(scene),
        attribution_zh=SOURCE.zh,
        attribution_en=SOURCE.en,
    )


def cities(footprint: Footprint, scene: Scene) -> Footprint:
    """The footprint with one row for each city."""
    return footprint.by_city(scene.region.cities)


def write(scene: Scene, forecasts: Sequence[Forecast], path: Path) -> None:
    """Write the report. Raises as `report.write`."""
    report.write(tell(scene, forecasts), path)


def judge(scene: Scene, forecasts: Sequence[Forecast]) -> dict[str, Any]:
    """Compare forecasts with what really came.

    Returns
    -------
    dict
        What ``riskshed check --json`` prints: a row for each city in `cities`, and over them `arrival_mae_h`,
        `arrival_coverage_90`, `brier`, and `brier_of_base_rate`, that of a forecaster who
        gives every city the share of cities that were reached. Cities of which the forecast knows nothing
        stand in `cities`; the two scores leave them out.
    """
    assert forecasts, "at least one forecast"
    rows = _rows(scene, forecasts)
    errors = [abs(row["error_h"]) for row in rows if row["error_h"] is not None]
    inside = [row["inside_90"] for row in rows if row["inside_90"] is not None]
    told = [row for row in rows if row["probability"] is not None]
    reached = [float(row["reached"]) for row in told]
    rate = fmean(reached) if reached else 0.0
    return {
        "case": scene.name,
        "pathway": forecasts[0].footprint.pathway,
        "members": forecasts[0].footprint.members,
        "seed": forecasts[0].footprint.seed,
        "forecasts": [one.moment.at.astimezone(scene.zone).isoformat() for one in forecasts],
        "cities_judged": len(rows),
        "arrival_mae_h": round(fmean(errors), 2) if errors else None,
        "arrival_coverage_90": round(fmean(inside), 3) if inside else None,
        "brier": _mean([(row["probability"] - row["reached"]) ** 2 for row in told]),
        "brier_of_base_rate": _mean([(rate - one) ** 2 for one in reached]),
        "cities": rows,
    }


def _rows(scene: Scene, forecasts: Sequence[Forecast]) -> list[dict[str, Any]]:
    rows = []
    for place in cities(forecasts[0].footprint, scene).places:
        came = scene.arrivals.get(place.city)
        early = [one for one in forecasts if came is None or one.moment.at < came]
        if not early or place.city == scene.texts["city"]:
            continue
        made = min(early, key=_issued) if came is None else max(early, key=_issued)
        rows.append(_row(scene, made, place.city, came))
    return rows


def _issued(forecast: Forecast) -> datetime:
    return forecast.moment.at


def _row(scene: Scene, made: Forecast, city: str, came: datetime | None) -> dict[str, Any]:
    found = cities(made.footprint, scene)
    at = found.ids.index(city)
    low, middle, high = (found.moment(float(found.arrival_quantile_s(q)[at])) for q in (0.05, 0.5, 0.95))
    both = middle is not None and came is not None

    def text(time: datetime | None) -> str | None:
        return None if time is None else time.astimezone(scene.zone).isoformat(timespec="minutes")

    return {
        "city": city,
        "issued": text(made.moment.at),
        "probability": None if city in found.unknown else float(found.probability()[at]),
        "forecast_p05": text(low),
        "forecast_p50": text(middle),
        "forecast_p95": text(high),
        "arrived": text(came),
        "reached": came is not None,
        "error_h": round((middle - came) / HOUR, 2) if both and middle and came else None,
        "inside_90": low <= came <= high if both and low and high and came else None,
    }


def closing(judgement: dict[str, Any]) -> tuple[Text, ...]:
    """How well it went, in one line."""
    number = judgement["cities_judged"]
    error = decimal(judgement["arrival_mae_h"])
    mean = UNKNOWN if error is None else Text(f" {error} 小时", f"{error} h")
    brier, base = (judgement[key] for key in ("brier", "brier_of_base_rate"))
    if brier is None:
        return (Text("没有可评的城市。", "There is no city to judge by."),)
    return (
        Text(
            f"{number} 个城市：到达时间平均误差{mean.zh}；"
            f"概率的布里尔分数 {brier:.3f}（仅知比例者为 {base:.3f}）。",
            f"{number} cities: mean error of the arrival {mean.en}; Brier score of the probabilities "
            f"{brier:.3f} (who knows the share alone: {base:.3f}).",
        ),
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 4) if values else None
