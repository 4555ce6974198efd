"""What a replay has to tell, in the form that the report draws and in the lines that end the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from riskshed.case import Case
from riskshed.exchange import report
from riskshed.exchange.wording import Text
from riskshed.replay import Forecast


def tell(case: Case, forecasts: Sequence[Forecast], judgement: Mapping[str, Any]) -> report.CaseStory:
    """The story of a replay, for `exchange.report`."""
    texts = case.texts
    return report.CaseStory(
        title_zh=texts["title_zh"],
        title_en=texts["title_en"],
        summary_zh=texts["summary_zh"],
        summary_en=texts["summary_en"],
        zone=case.zone,
        region=case.region,
        forecasts=tuple(
            report.IssuedForecast(f.moment.label_zh, f.moment.label_en, f.footprint) for f in forecasts
        ),
        readings=case.readings,
        record=case.record,
        score=judgement,
        limit=report.Limit(case.spill.limit_mg_per_l, texts["limit_zh"], texts["limit_en"]),
        attribution_zh=texts["attribution_zh"],
        attribution_en=texts["attribution_en"],
    )


def write(case: Case, forecasts: Sequence[Forecast], judgement: Mapping[str, Any], path: Path) -> None:
    """Write the report of a replay. Raises as `report.write`."""
    report.write(tell(case, forecasts, judgement), path)


def closing(judgement: Mapping[str, Any]) -> tuple[Text, ...]:
    """How well it went, in one line for the scored fronts and one for all recorded ones."""
    number, lead = sum(entry["scored"] for entry in judgement["fronts"]), judgement["min_lead_h"]
    mean, naive, share = _figures(judgement)
    width = _h(judgement["mean_band_h"])
    scored = Text(
        f"提前 {lead:g} 小时以上预测的 {number} 个计分前锋：平均误差 {mean}，按末次实测速度外推 {naive}；"
        f"90% 区间命中 {share}，平均宽 {width}。",
        f"{number} scored fronts, forecast {lead:g} h ahead or more: mean error {mean}, the last observed "
        f"speed carried on {naive}; 90 % bands hold {share} and are {width} wide on average.",
    )
    every = judgement["all_fronts"]
    mean, naive, share = _figures(every)
    whole = Text(
        f"全部 {every['number']} 个有记录的前锋（含存疑记录）：平均误差 {mean}，外推 {naive}；命中 {share}。",
        f"All {every['number']} recorded fronts, doubtful records included: mean error {mean}, carried on "
        f"{naive}; bands hold {share}.",
    )
    return (scored, whole)


def _figures(judged: Mapping[str, Any]) -> tuple[str, str, str]:
    return _h(judged["front_mae_h"]), _h(judged["naive_mae_h"]), _share(judged["front_coverage_90"])


def _h(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} h"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.0f} %"
