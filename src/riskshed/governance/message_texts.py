"""The fixed words of messages, Chinese and English side by side: what to do, what comes, how likely.

An instruction is what people act on, so every message has one, and it says what to do and not how things are.
An officer may change every text before it is signed.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]

EXERCISE: Words = {"zh": "【演习】", "en": "EXERCISE: "}
"""At the head of every text of a drill."""
UNCONFIRMED: Words = {"zh": "（未核实）", "en": "Unconfirmed: "}

PROBABILITY_WORDS: tuple[tuple[float, Words], ...] = (
    (0.99, {"zh": "几乎确定", "en": "virtually certain"}),
    (0.90, {"zh": "很可能", "en": "very likely"}),
    (0.66, {"zh": "可能", "en": "likely"}),
    (0.33, {"zh": "或许可能", "en": "about as likely as not"}),
    (0.10, {"zh": "不太可能", "en": "unlikely"}),
    (0.01, {"zh": "很不可能", "en": "very unlikely"}),
    (0.0, {"zh": "几乎不可能", "en": "exceptionally unlikely"}),
)
"""From which probability on each word is used; Mastrandrea et al. 2011, table 1 (see `message`)."""

HAZARD_OF_PATHWAY: Mapping[str, Words] = {
    "pollutant": {"zh": "水污染", "en": "water pollution"},
    "river": {"zh": "洪水", "en": "flood water"},
    "plume": {"zh": "空气污染", "en": "air pollution"},
    "contagion": {"zh": "传染病疫情", "en": "an infectious disease"},
    "supply": {"zh": "供应中断", "en": "a failure of supply"},
}
HAZARD_OF_CLASS: Mapping[str, Words] = {
    "natural_disaster": {"zh": "自然灾害", "en": "a natural disaster"},
    "accident": {"zh": "事故影响", "en": "the effects of an accident"},
    "public_health": {"zh": "公共卫生事件", "en": "a public health event"},
    "social_security": {"zh": "社会安全事件", "en": "a social security event"},
}

DO_CAUSES: Words = {
    "zh": "立即停止或截留排放；说明物质、数量和起始时间；持续报告进展；不必等待进一步指令。",
    "en": "Stop or hold back at once what gets out. Say what it is, how much, and since when. "
    "Go on reporting. Do not wait for a further order.",
}
DO_GOVERNS: Words = {
    "zh": "明确牵头方和配合方；核实每个可能受影响的城市均已签收；安排监测和支援；超出能力时提级。",
    "en": "Settle who leads and who assists. See that every city that may be reached has acknowledged. "
    "Arrange monitoring and help. Escalate what exceeds those in charge.",
}

_ANSWER: Words = {
    "zh": "请签收，并按时采纳（向本地公众发布预警）或说明不予采纳的理由；如下游尚有城市，请继续通报。",
    "en": "Acknowledge this. By the time given, adopt it (warn your own people) or decline with a reason. "
    "If there are cities beyond you, pass it on.",
}


def _faced(zh: str, en: str) -> Words:
    return {"zh": f"{zh}{_ANSWER['zh']}", "en": f"{en} {_ANSWER['en']}"}


DO_FACES: Mapping[str, Words] = {
    "pollutant": _faced(
        "准备关闭取水口、启用备用水源并加密监测。",
        "Prepare to close intakes and use other water; measure more often.",
    ),
    "river": _faced(
        "准备巡堤、转移低洼地区人员。", "Prepare to man the dikes and to move people from low ground."
    ),
    "plume": _faced("准备就地避险或转移下风向人员。", "Prepare to shelter or move people downwind."),
    "contagion": _faced("加强监测和接诊准备。", "Watch for cases more closely and prepare hospitals."),
    "supply": _faced("清点储备，准备替代来源。", "Count your stocks and prepare other sources."),
    "": _faced("做好应对准备。", "Prepare for what may come."),
}
"""By pathway; the empty one where it is unknown."""

FALSE_WARNING: Words = {
    "zh": "此前的预警是误发，不存在该危险，请恢复正常。",
    "en": "The warning before this was sent in error. There is no such danger. Go back to normal.",
}
ALL_CLEAR: Words = {
    "zh": "预警解除：危险已经过去。",
    "en": "All clear: the danger of the warning is over.",
}
CANCEL_REASON: Mapping[str, Words] = {
    "error": {"zh": "误发。", "en": "Sent in error."},
    "all_clear": {"zh": "危险已经过去。", "en": "The danger is over."},
}
MAY_OVERRIDE: Words = {
    "zh": "审批逐级提请均无答复。值班人员可说明理由后先行发布；该情形将记录在案。",
    "en": "Nobody who was asked has answered. The officer may issue it and say why; that is on the record.",
}

FIELD_REPORT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "open": {
        "zh": ("{where}有现场报告", "{seen}，在{where}看到：{what}。尚未核实，概率和到达时间未知。"),
        "en": (
            "field report from {where}",
            "Seen at {where}, {seen}: {what}. It is not confirmed; probability and arrival are unknown.",
        ),
    },
    "confirmed": {
        "zh": ("{where}的现场报告已核实", "{seen}，在{where}看到：{what}。已有其他报告证实。"),
        "en": (
            "Field report from {where} is confirmed",
            "Seen at {where}, {seen}: {what}. Other reports bear it out.",
        ),
    },
    "contradicted": {
        "zh": ("{where}的现场报告未获证实", "{seen}，在{where}看到：{what}。另有报告与之相反。"),
        "en": (
            "field report from {where} is spoken against",
            "Seen at {where}, {seen}: {what}. Other reports speak against it.",
        ),
    },
    "borne_out": {
        "zh": (
            "{where}的现场报告有佐证",
            "{seen}，在{where}看到：{what}。佐证：{why}。值班员尚未核实，概率和到达时间未知。",
        ),
        "en": (
            "field report from {where} is borne out",
            "Seen at {where}, {seen}: {what}. Borne out by {why}. No officer has confirmed it; "
            "probability and arrival are unknown.",
        ),
    },
    "doubted": {
        "zh": (
            "{where}的现场报告存疑",
            "{seen}，在{where}看到：{what}。现有监测或预报与之不符，值班员尚未核实。",
        ),
        "en": (
            "field report from {where} is in doubt",
            "Seen at {where}, {seen}: {what}. Readings or forecasts speak against it; no officer has "
            "confirmed it.",
        ),
    },
    "class_unknown": {
        "zh": ("灾害类别未知，暂按事故灾难列示。",),
        "en": ("The class of the hazard is not known; accident stands in its place.",),
    },
}
FIELD_REPORT_DO: Mapping[str, Words] = {
    "open": {
        "zh": "请签收；核对本地监测；如有所见立即报告；不要等待核实后再准备。",
        "en": "Acknowledge this. Check your own measurements. Report at once what you see. "
        "Do not wait for a confirmation before you prepare.",
    },
    "confirmed": {
        "zh": "请签收；加密监测并做好应对准备；不要等待预报。",
        "en": "Acknowledge this. Measure more often and prepare. Do not wait for a forecast.",
    },
    "contradicted": {
        "zh": "请签收；保持监测，直至收到最终结论。",
        "en": "Acknowledge this. Keep on measuring until you are told what was found in the end.",
    },
    "borne_out": {
        "zh": "请签收；加密监测并做好应对准备；不要等待预报。",
        "en": "Acknowledge this. Measure more often and prepare. Do not wait for a forecast.",
    },
    "doubted": {
        "zh": "请签收；核对本地监测；保持监测，直至收到最终结论。",
        "en": "Acknowledge this. Check your own measurements, and keep on until you are told what was found.",
    },
}
