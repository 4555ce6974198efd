"""The words of an after-action report that are the same in every one: headings, columns, what is absent."""

from __future__ import annotations

from collections.abc import Mapping

from riskshed.exchange.wording import Text

TITLE = Text("事后评估报告", "After-action report")
PHASE = Text("事件阶段", "Phase of the incident")

HEADINGS: Mapping[str, Text] = {
    "happened": Text("事件概况", "What happened"),
    "course": Text("时间线", "Timeline"),
    "told": Text("谁在何时得知", "Who was told when"),
    "duties": Text("责任履行", "Duties"),
    "aid": Text("援助：请求、承诺与收到", "Help: asked, promised, received"),
    "settled": Text("联合方案、账单与付款", "Joint plan, bill and payments"),
    "findings": Text("认定、申辩与裁定", "Findings, replies and decisions"),
    "appraisals": Text("评估", "Appraisals"),
    "trust": Text("信任", "Trust"),
    "lessons": Text("经验教训", "Lessons"),
    "unknown": Text("尚不清楚的事项", "What is not known"),
    "sources": Text("来源", "Sources"),
}

NONE_ON_RECORD: Mapping[str, Text] = {
    "course": Text("记录中没有经过。", "There is no course of events on the record."),
    "told": Text(
        "记录中没有预测，也没有前锋到达的监测。",
        "There is neither a forecast nor a recorded arrival on the record.",
    ),
    "aid": Text("记录中没有援助。", "There is no help on the record."),
    "settled": Text(
        "记录中没有联合方案、费用申报、账单和付款。",
        "There is no joint plan, claim, bill or payment on the record.",
    ),
    "findings": Text(
        "记录中没有认定，记录也不支持任何认定。",
        "There is no finding on the record, and the record bears none out.",
    ),
    "appraisals": Text("记录中没有评估。", "There is no appraisal on the record."),
    "trust": Text("没有给出信任记录。", "No record of promises was given."),
    "lessons": Text("记录中没有分享的经验教训。", "There is no lesson shared on the record."),
}

COLUMNS: Mapping[str, tuple[tuple[Text, float], ...]] = {
    "course": (
        (Text("时间", "Time"), 0),
        (Text("由谁", "By"), 1.3),
        (Text("事项", "Act"), 0.9),
        (Text("内容", "What it says"), 2.7),
    ),
    "told": (
        (Text("城市", "City"), 0.8),
        (Text("首次得知", "First told"), 1.2),
        (Text("预测到达（90% 区间）", "Arrival foreseen (90 % band)"), 1.4),
        (Text("监测到达", "Arrival recorded"), 0),
        (Text("提前量", "Ahead of arrival"), 1),
    ),
    "articles": (
        (Text("条款", "Article"), 2.4),
        (Text("已履行", "Met"), 0),
        (Text("迟", "Late"), 0),
        (Text("逾期未履行", "Breached"), 0),
        (Text("无法判定", "Undetermined"), 0),
        (Text("待履行", "Open"), 0),
    ),
    "promised": (
        (Text("谁向谁承诺", "Who promised whom"), 1.3),
        (Text("承诺", "What"), 1.6),
        (Text("应于", "Due"), 0),
        (Text("结果", "Came to"), 0.8),
        (Text("由何可见", "Shown by"), 1),
    ),
    "transfers": (
        (Text("谁付给谁", "Who pays whom"), 1.5),
        (Text("应付", "Owed"), 0),
        (Text("已付", "Paid"), 0),
        (Text("应于", "Due"), 0),
        (Text("状态", "State"), 0.9),
    ),
    "made": (
        (Text("谁、何种违责", "Who, which breach"), 1.1),
        (Text("应做；条款", "What was owed; article"), 1.5),
        (Text("申辩", "Replies"), 1.4),
        (Text("裁定", "Decision"), 1.2),
    ),
    "borne_out": (
        (Text("谁", "Who"), 0.8),
        (Text("记录所示", "What the record shows"), 3),
    ),
    "appraisals": (
        (Text("评估者", "By"), 1.1),
        (Text("对象", "Of"), 1.1),
        (Text("时段", "Period"), 1.1),
        (Text("总分（0–1）", "Score (0–1)"), 0),
        (Text("各项指标", "Indicators"), 1.6),
    ),
    "trust": (
        (Text("机构", "Body"), 1.3),
        (Text("兑现估计（均值）", "Kept, estimate (mean)"), 0),
        (Text("90% 区间", "90 % band"), 0),
        (Text("其中关于本事件", "Of this incident"), 1.6),
    ),
}
"""Columns of each table with their widths in shares; 0 is as wide as it needs."""
RIGHT: Mapping[str, tuple[int, ...]] = {
    "articles": (1, 2, 3, 4, 5),
    "transfers": (1, 2),
    "appraisals": (3,),
    "trust": (1, 2),
}
CAPTIONS: Mapping[str, Text] = {
    "articles": Text("按条款计数：", "By article:"),
    "promised": Text("承诺及其结果：", "What was promised, and what came of it:"),
    "transfers": Text("账单中的每笔支付：", "Each transfer of the bill:"),
    "made": Text("已提出的认定：", "Findings that were made:"),
    "borne_out": Text(
        "记录支持、尚未提出的认定（未经裁定，对方尚未申辩）：",
        "Findings that the record bears out and nobody has made yet (not decided, and not replied to):",
    ),
}
"""What stands above a table."""
