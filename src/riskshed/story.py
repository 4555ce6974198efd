"""What a replay has to tell, in the form that the report draws and in the lines that end the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from riskshed.case import Case
from riskshed.chronicle import chronicle
from riskshed.chronicle_log import Kept, keep
from riskshed.exchange import report
from riskshed.exchange.wording import UNKNOWN, Text, decimal
from riskshed.replay import Forecast
from riskshed.said import Said


def tell(
    case: Case, forecasts: Sequence[Forecast], judgement: Mapping[str, Any], signed: Sequence[Text] = ()
) -> report.CaseStory:
    """The story of a replay, for `exchange.report`; `signed` is what `recorded` says of its signed record."""
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
        signed=tuple(signed),
    )


def write(
    case: Case,
    forecasts: Sequence[Forecast],
    judgement: Mapping[str, Any],
    path: Path,
    signed: Sequence[Text] = (),
) -> None:
    """Write the report of a replay. Raises as `report.write`."""
    report.write(tell(case, forecasts, judgement, signed), path)


def record(case: Case, forecasts: Sequence[Forecast], folder: Path) -> tuple[Text, ...]:
    """Write the signed record of a replay into a folder, audit it, and say what came of it.

    Nothing, in a case that does not tell what was said. Raises as `Said.read` and `chronicle_log.keep`.
    """
    said = Said.read(case.folder)
    if said is None:
        return ()
    told = chronicle(case, said, forecasts)
    row = next(row for row in said.rows if row["id"] == said.texts["rewritten"])
    return recorded(keep(told, folder, told.rows[row["id"]]), Text(row["text_zh"], row["text_en"]))


def recorded(kept: Kept, words: Text) -> tuple[Text, ...]:
    """What the audit says of the record as it was written, and of a copy in which words were changed."""
    report, index = kept.report, kept.changed
    assert report.ok, f"a record of our own has findings: {report.counts}"
    assert kept.is_named, "the entry that was changed is named, and no other"
    whole = Text(
        f"签名记录：{report.bodies} 个机构的 {report.statements} 条陈述（案例密钥），根 {report.root[:16]}，"
        "经审计无异常。",
        f"The record: {report.statements} statements of {report.bodies} bodies (case keys), root "
        f"{report.root[:16]}, audited: nothing is wrong.",
    )
    codes = "、".join(dict.fromkeys(finding.code for finding in kept.found))
    changed = Text(
        f"在其副本中，第 {index} 条（“{words.zh}”）被改动一个字节：审计指出第 {index} 条（{codes}）。",
        f"In a copy of it one byte of entry {index} was changed (\u201c{words.en}\u201d): the audit names "
        f"entry {index} ({codes.replace('、', ', ')}).",
    )
    return (whole, changed)


def closing(judgement: Mapping[str, Any]) -> tuple[Text, ...]:
    """How well it went, in one line for the scored fronts and one for all recorded ones."""
    number, lead = sum(entry["scored"] for entry in judgement["fronts"]), judgement["min_lead_h"]
    mean, naive, share, width = _figures(judgement)
    scored = Text(
        f"提前 {lead:g} 小时以上预测的 {number} 个计分前锋：平均误差{mean.zh}，按末次实测速度外推{naive.zh}；"
        f"90% 区间命中{share.zh}，平均宽{width.zh}。",
        f"{number} scored fronts, forecast {lead:g} h ahead or more: mean error {mean.en}, the last observed "
        f"speed carried on {naive.en}; 90 % bands hold {share.en} and are {width.en} wide on average.",
    )
    every = judgement["all_fronts"]
    mean, naive, share, width = _figures(every)
    whole = Text(
        f"全部 {every['number']} 个有记录的前锋（含存疑记录）：平均误差{mean.zh}，外推{naive.zh}；"
        f"命中{share.zh}，平均宽{width.zh}。",
        f"All {every['number']} recorded fronts, doubtful records included: mean error {mean.en}, carried on "
        f"{naive.en}; bands hold {share.en} and are {width.en} wide.",
    )
    return (scored, whole)


def _figures(judged: Mapping[str, Any]) -> tuple[Text, Text, Text, Text]:
    """Mean error, naive mean error, coverage and width."""
    mean, naive, width = (_h(judged[key]) for key in ("front_mae_h", "naive_mae_h", "mean_band_h"))
    return mean, naive, _share(judged["front_coverage_90"]), width


def _h(value: float | None) -> Text:
    shown = decimal(value)
    return UNKNOWN if shown is None else Text(f" {shown} 小时", f"{shown} h")


def _share(value: float | None) -> Text:
    return UNKNOWN if value is None else Text(f" {100 * value:.0f}%", f"{100 * value:.0f} %")
