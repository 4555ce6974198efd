"""The four traits of a community in words, for the terminal and for pages."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Literal

from riskshed.exchange import wording
from riskshed.exchange.wording import Text
from riskshed.governance.reach import Reach
from riskshed.region import Region

Tongue = Literal["zh", "en"]
LINKS: Mapping[str, Text] = {
    "notice": Text("采纳的通报", "notices adopted"),
    "question": Text("答复的问题", "questions answered"),
    "match": Text("接受的对接", "matches accepted"),
    "report": Text("相互印证的报告", "reports borne out by another"),
}
WAITS: Mapping[str, Text] = {
    "notice": Text("通报到首次答复", "from a notice to its first answer"),
    "question": Text("问题到首次答复", "from a question to its first answer"),
    "need": Text("需求到对接", "from a need to an accepted match"),
}
TOO_FEW, NOT_ANSWERED = Text("太少", "too few"), Text("无答复", "not answered")
READERS = Text("多少人真正读到：未知，没有人统计。", "How many people read it: unknown, nobody counts them.")


def hours(value: float | None) -> Text:
    """A wait in words: too few, not answered, or how long."""
    if value is None:
        return TOO_FEW
    return NOT_ANSWERED if value == inf else wording.span(value * 3600)


def share(found: Reach) -> Text:
    """The share of promises kept with its interval."""
    one = found.trusted.share
    if one is None:
        return Text("到期的太少，不计", "too few came due")
    band = f"{one.low:.2f}–{one.high:.2f}"
    return Text(f"{one.value:.2f}（95% 区间 {band}）", f"{one.value:.2f} (95% band {band})")


def to_text(found: Reach, region: Region, tongue: Tongue) -> str:
    """All of it as lines."""
    named = {one.code: Text(one.name_zh, one.name_en) for one in region.cities}
    told = found.trusted

    def say(zh: str, en: str) -> str:
        return zh if tongue == "zh" else en

    lines = [say("包容：谁被告知", "Inclusive: who was told")]
    for one in found.inclusive:
        people = wording.people(one.people).said(tongue)
        languages = ", ".join(f"{code} {count}" for code, count in one.languages.items())
        missed = say("  预计受影响，没有预警", "  foreseen, not warned") if one.city in found.missed else ""
        lines.append(
            f"  {named[one.city].said(tongue)} ({people}): "
            + say(f"预警 {one.warnings}，资讯 {one.news}", f"warnings {one.warnings}, news {one.news}")
            + f" [{languages}]{missed}"
        )
    lines += [f"  {READERS.said(tongue)}", say("连接：双方签名的联系", "Connected: links that both signed")]
    for link in found.connected:
        across = say(f"{link.count}，跨城市 {link.across}", f"{link.count}, between cities {link.across}")
        lines.append(f"  {LINKS[link.kind].said(tongue)}: {across}")
    lines.append(say("高效：从提出到答复", "Efficient: from need to answer"))
    for wait in found.efficient:
        median, upper = hours(wait.median_h).said(tongue), hours(wait.upper_h).said(tongue)
        lines.append(
            f"  {WAITS[wait.kind].said(tongue)}: n={wait.count}, 50% {median}, 90% {upper}, "
            + say(f"无答复 {wait.unanswered}", f"not answered {wait.unanswered}")
        )
    lines.append(say("可信：说到做到", "Trusted: promises and words"))
    promises = (told.kept, told.late, told.broken, told.open)
    lines.append(
        say(
            "  兑现 {}，逾期兑现 {}，未兑现 {}，未到期 {}",
            "  kept {}, kept late {}, broken {}, not due {}",
        ).format(*promises)
        + f"; {share(found).said(tongue)}"
    )
    return "\n".join(lines)
