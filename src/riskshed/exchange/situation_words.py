"""The words of a situation report that are the same in every one: headings, columns, states."""

from __future__ import annotations

from collections.abc import Mapping

from riskshed.exchange.wording import Text

TITLE = Text("情况报告", "Situation report")
EXERCISE = Text("演习 EXERCISE", "EXERCISE 演习")
EXERCISE_NOTE = Text(
    "本报告出自演习，所述均非真实事件。", "This report is part of a drill. Nothing in it is real."
)
EXERCISE_MARK = Text("【演习】", "EXERCISE: ")
BRAND = Text("险域", "riskshed")
PAGE = Text("第 {n} 页，共 {all} 页", "Page {n} of {all}")

HEAD: Mapping[str, Text] = {
    "code": Text("事件编号", "Incident"),
    "number": Text("报告", "Report"),
    "issuer": Text("报送单位", "Issued by"),
    "as_of": Text("截至", "As of"),
}
NUMBERED = Text("第 {n} 号", "No. {n}")

HEADINGS: Mapping[str, Text] = {
    "happened": Text("事件概况", "What happened"),
    "elements": Text("报告要素", "Report items"),
    "whereabouts": Text("目前位置", "Where it is now"),
    "forecast": Text("到达预测", "Forecast of arrival"),
    "warnings": Text("生效预警", "Warnings in force"),
    "notices": Text("通报与答复", "Notices and answers"),
    "roles": Text("牵头、配合与指挥", "Who leads, assists and commands"),
    "duties": Text("责任履行", "Duties"),
    "aid": Text("援助", "Aid"),
    "unknown": Text("尚不清楚的事项", "What is not known"),
    "sources": Text("来源", "Sources"),
}
ORDINALS = "一二三四五六七八九十"

SITUATION = Text("波及情形", "Situation of spread")
NO_SITUATION = Text("波及情形：未知（没有预测）。", "Situation of spread: unknown (there is no forecast).")
NONE_ON_RECORD: Mapping[str, Text] = {
    "forecast": Text("记录中没有预测。", "There is no forecast on the record."),
    "warnings": Text("记录中没有生效的预警。", "There is no warning in force on the record."),
    "notices": Text("记录中没有通报。", "There is no notice on the record."),
    "duties": Text("记录中没有责任。", "No duty has arisen on the record."),
    "unknown": Text("本报告各项均有记录。", "Everything that this report tells of is on the record."),
    "sources": Text("没有引用任何声明。", "No statement is cited."),
}

CITY_COLUMNS = (
    Text("城市", "City"),
    Text("到达概率", "Probability"),
    Text("最早（5%）", "Earliest (5 %)"),
    Text("最可能（中位）", "Most likely (median)"),
    Text("最晚（95%）", "Latest (95 %)"),
    Text("峰值（中位）", "Peak (median)"),
    Text("受影响人口", "People exposed"),
)
WARNING_COLUMNS = (
    Text("级别", "Level"),
    Text("预警", "Warning"),
    Text("地区", "Area"),
    Text("发布单位", "Issued by"),
    Text("发布、起始、失效", "Issued, onset, ends"),
)
NOTICE_COLUMNS = (
    Text("发出", "Sent"),
    Text("由谁到谁", "From, to"),
    Text("内容", "What"),
    Text("答复", "Answer"),
)
DUTY_COLUMNS = (
    Text("状态", "State"),
    Text("谁向谁", "Who, to whom"),
    Text("应做", "What is owed"),
    Text("时限；完成", "Due; done"),
    Text("规则与条款", "Rule and article"),
)
SOURCE_COLUMNS = (
    Text("号", "No."),
    Text("声明（ID 前 12 位）", "Statement (first 12 of its ID)"),
    Text("种类", "Kind"),
    Text("由谁", "By"),
    Text("时间", "Time"),
    Text("日志序号", "Log index"),
)

COLOURS: Mapping[str, tuple[int, Text]] = {
    "red": (1, Text("红色 · 一级", "Red, level 1")),
    "orange": (2, Text("橙色 · 二级", "Orange, level 2")),
    "yellow": (3, Text("黄色 · 三级", "Yellow, level 3")),
    "blue": (4, Text("蓝色 · 四级", "Blue, level 4")),
}
STATES: Mapping[str, Text] = {
    "breached": Text("逾期未履行", "Breached"),
    "late": Text("迟", "Late"),
    "undetermined": Text("无法判定", "Undetermined"),
    "open": Text("待履行", "Open"),
    "met": Text("已履行", "Met"),
}
DUTY_COUNT = Text("{state} {n} 项", "{n} {state}")
AGREED = Text("（时限依协议）", " (time of the agreement)")
NO_TIME = Text("时限未定", "no time set")
NOT_DONE = Text("未完成", "not done")
DUE = Text("应于", "due")
DONE = Text("完成于", "done")
SEVERAL = Text("共 {n} 项", "{n} duties")

ANSWERS: Mapping[str, Text] = {
    "acknowledged": Text("签收", "acknowledged"),
    "adopted": Text("采纳", "adopted"),
    "declined": Text("不采纳", "declined"),
    "none": Text("未见签收", "no acknowledgement seen"),
    "answer_by": Text("请于 {at} 前答复", "answer asked for by {at}"),
}
ISSUED, ONSET, EXPIRES = Text("发布", "issued"), Text("起始", "onset"), Text("失效", "ends")

CHART = Text(
    "各城市到达时间：条为 90% 区间，短竖线为最可能时间（右侧写明）。",
    "Arrival at each city: bar, the 90 % band; tick, most likely, written at the right.",
)
CHART_NOW = Text("截至 {at}", "as of {at}")
ALT_ROW = Text(
    "{name}：{first} 至 {last}，最可能 {middle}", "{name}: {first} to {last}, most likely {middle}"
)
ALT = Text(
    "到达时间区间图，粗线为报告时间 {at}。{rows}。",
    "Chart of arrival bands; the heavy line is the time of the report, {at}. {rows}.",
)
NOT_DRAWN = Text("图中未列（到达时间未知）：{names}。", "Not in the chart, arrival unknown: {names}.")
QUANTITY = Text(
    "预测量：{quantity}。时间和概率以预测为准，不是实测。",
    "Forecast of {quantity}. Times and probabilities are forecast, not measured.",
)

RECONSTRUCTED = Text(
    "带 * 的声明由他人事后据公开资料整理，原机构未曾签署。",
    "Statements marked * were put together later by others from published sources; "
    "the body itself never signed them.",
)
CHECKPOINT = Text("日志检查点：{told}", "Checkpoint of the log: {told}")
NO_CHECKPOINT = Text(
    "日志检查点：未知，序号无从核对。", "Checkpoint of the log: unknown, so places in it cannot be checked."
)
HOW_TO_CHECK = Text(
    "方括号中的数字是来源号。每条声明都有签名，其 ID 是内容的 SHA-256；任何人都可按 ID 或序号在日志上核对。",
    "A number in brackets is the number of a source. Each statement is signed, and its ID is the SHA-256 of "
    "what it says; anybody can check it on the log by its ID or its place.",
)
MISSING = Text(
    "字体缺以下字符，文中以〔U+…〕代替：{points}。",
    "The letter faces lack these characters; the text shows 〔U+…〕 in their place: {points}.",
)
