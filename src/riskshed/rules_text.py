"""Rules and rulings in words and as JSON: what a duty officer reads, and what a program takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from riskshed.governance.rule import POLICIES, Rule
from riskshed.governance.ruling import Charge, Owed, Ruling, Scale

Tongue = Literal["zh", "en"]

WORDS: Mapping[str, tuple[str, str]] = {
    "article": ("条文", "article"),
    "edition": ("版本", "edition"),
    "in force": ("施行", "in force"),
    "says": ("要求", "says"),
    "who": ("责任方", "who"),
    "to": ("对象", "to"),
    "when": ("适用条件", "when"),
    "must": ("须符合", "must"),
    "within": ("时限", "within"),
    "gives": ("确定", "settles"),
    "unknown": ("未知时", "if unknown"),
    "note": ("说明", "note"),
    "examples": ("示例", "examples"),
    "grade": ("事件等级", "grade"),
    "warning": ("预警级别", "warning level"),
    "response": ("响应级别", "response level"),
    "lead": ("牵头", "lead"),
    "assist": ("配合", "assist"),
    "escalate": ("提级至", "escalate to"),
    "command": ("指挥", "command"),
    "situation": ("波及情形", "situation of spread"),
    "duties": ("责任", "duties"),
    "options": ("可以采取", "may"),
    "forbidden": ("不得", "must not"),
    "undetermined": ("尚不能确定", "undetermined"),
    "lower bound": ("下限，尚有未知项", "a lower bound: something is still unknown"),
    "none": ("无", "none"),
    "open": ("时限未定", "no time"),
    "at once": ("立即", "at once"),
    "possible": ("可能", "possibly"),
    "not read": ("未核对原文", "wording not confirmed"),
}
UNITS = {
    "min": ("分钟", "min"),
    "h": ("小时", "h"),
    "d": ("日", "d"),
    "workday": ("个工作日", "working days"),
    "month": ("个月", "months"),
}


def _word(name: str, lang: Tongue) -> str:
    return WORDS[name][0 if lang == "zh" else 1]


# ------------------------------------------------------------------------------------------------- one rule


def explain(rule: Rule, lang: Tongue) -> str:
    """A rule for a reader: article, words, what it asks of whom, and its examples."""
    instrument = rule.instrument
    title = instrument.title_zh if lang == "zh" else instrument.title_en
    until = "" if rule.until is None else f" – {rule.until}"
    rows = [
        ("article", f"{title} {rule.article}"),
        ("edition", f"{instrument.edition} ({instrument.binding})"),
        ("in force", f"{rule.in_force}{until}"),
        ("says", rule.says_zh if lang == "zh" else rule.says_en),
        ("who", rule.who),
        ("to", ", ".join(rule.to)),
        ("when", _condition(rule.when.to_json())),
        ("must", "" if rule.must is None else _condition(rule.must.to_json())),
        ("within", _time_bound(rule, lang)),
        ("gives", ", ".join(f"{key} {value}" for key, value in rule.gives.items())),
        ("unknown", POLICIES[rule.unknown]),
        ("note", rule.note),
    ]
    head = f"{rule.pack} {rule.id}" + ("" if rule.confirmed else f"  [{_word('not read', lang)}]")
    lines = [head, f"  “{rule.quote}”"] if rule.quote else [head]
    lines += [f"  {_word(name, lang)}: {text}" for name, text in rows if text]
    lines.append(f"  {_word('examples', lang)}:")
    for one in rule.examples:
        given = ", ".join(f"{name}={value}" for name, value in one.given.items()) or "-"
        elapsed = (
            ""
            if one.elapsed is None
            else f", elapsed {one.elapsed:g} {rule.within.unit if rule.within else ''}"
        )
        lines.append(f"    {one.then:15} {one.say}  [{given}{elapsed}]")
    return "\n".join(lines)


def _time_bound(rule: Rule, lang: Tongue) -> str:
    if rule.within is None:
        return _word("at once", lang) if rule.at_once else ""
    unit = UNITS[rule.within.unit][0 if lang == "zh" else 1]
    sign = "<" if rule.within.exclusive else "≤"
    return f"{sign} {rule.within.amount:g} {unit} ({rule.within.start})"


def _condition(raw: object) -> str:
    """A condition as one reads it: ``dead_people >= 30 or loss_cny >= 1e8``."""
    if not isinstance(raw, dict):
        return str(raw)
    if "not" in raw:
        return f"not ({_condition(raw['not'])})"
    for word, joint in (("all", " and "), ("any", " or ")):
        if word in raw:
            parts = [_condition(part) for part in raw[word]]
            return joint.join(f"({part})" if " or " in part or " and " in part else part for part in parts)
    signs = {
        "at_least": "≥",
        "more_than": ">",
        "at_most": "≤",
        "below": "<",
        "is": "=",
        "is_not": "≠",
        "one_of": "∈",
    }
    ((operator, bound),) = ((key, value) for key, value in raw.items() if key != "fact")
    return f"{raw['fact']} {signs[operator]} {bound}"


# ------------------------------------------------------------------------------------------------- a ruling


def to_json(ruling: Ruling) -> dict[str, Any]:
    """A ruling as JSON: times with the offset of the situation, every line with its rule and citation."""
    asked = ruling.situation
    zone = asked.at.tzinfo

    def time(at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(zone).isoformat()

    def owed(one: Owed) -> dict[str, Any]:
        return {
            "who": one.who.code,
            "who_role": one.who.role,
            "who_known": one.who.is_known,
            "to": [party.code for party in one.to],
            "owes": one.rule.owes,
            "act": one.rule.act,
            "due": time(one.due),
            "target": time(one.target),
            "since": time(one.since),
            "at_once": one.rule.at_once,
            "status": one.status,
            "outcome": one.outcome,
            "missing": list(one.missing),
            "policy": one.rule.unknown,
            **_cited(one.rule),
        }

    return {
        "at": time(asked.at),
        "as_if_in_force": asked.as_if_in_force,
        "situation": asked.spread(),
        "grade": _scale(ruling.scales["grade"]),
        "warning": _scale(ruling.scales["warning"]),
        "response": _scale(ruling.scales["response"]),
        "lead": [_charge(one) for one in ruling.lead],
        "assist": [_charge(one) for one in ruling.assist],
        "escalation": [_charge(one) for one in ruling.escalate],
        "command": [_charge(one) for one in ruling.command],
        "duties": [owed(one) for one in ruling.duties if one.status == "owed"],
        "options": [owed(one) for one in ruling.duties if one.status == "option"],
        "forbidden": [owed(one) for one in ruling.duties if one.status == "forbidden"],
        "undetermined": [owed(one) for one in ruling.undetermined],
    }


def _cited(rule: Rule) -> dict[str, Any]:
    return {
        "pack": rule.pack,
        "rule": rule.id,
        "cite": rule.cite,
        "binding": rule.instrument.binding,
        "confirmed": rule.confirmed,
        "says_zh": rule.says_zh,
        "says_en": rule.says_en,
    }


def _scale(scale: Scale) -> dict[str, Any]:
    return {
        "level": scale.level,
        "lower_bound": scale.is_lower_bound,
        "missing": list(scale.missing),
        "rules": [{"pack": rule.pack, "rule": rule.id, "cite": rule.cite} for rule in scale.rules],
    }


def _charge(charge: Charge) -> dict[str, Any]:
    rule = None if charge.rule is None else charge.rule.id
    return {"body": charge.party.code, "certain": charge.is_certain, "cite": charge.cite, "rule": rule}


def to_text(ruling: Ruling, lang: Tongue) -> str:
    """A ruling for a reader: what is certain first, what cannot be told last."""
    lines = [f"{_word('situation', lang)}: {ruling.situation.spread() or '?'}"]
    for name, scale in ruling.scales.items():
        if scale.level is not None or scale.is_lower_bound:
            bound = (
                f" ({_word('lower bound', lang)}: {', '.join(scale.missing)})" if scale.is_lower_bound else ""
            )
            lines.append(f"{_word(name, lang)}: {scale.level or '?'}{bound}")
    for name, charges in (
        ("lead", ruling.lead), ("assist", ruling.assist), ("escalate", ruling.escalate), ("command", ruling.command),
    ):  # fmt: skip
        lines += _charge_lines(name, charges, lang)
    for name, status in (("duties", "owed"), ("options", "option"), ("forbidden", "forbidden")):
        chosen = [one for one in ruling.duties if one.status == status]
        lines.append(f"{_word(name, lang)}: {'' if chosen else _word('none', lang)}".rstrip())
        lines += [line for one in chosen for line in _owed_lines(one, lang)]
    lines.append(f"{_word('undetermined', lang)}: {len(ruling.undetermined)}")
    lines += [
        f"  {one.rule.pack} {one.rule.id}: {', '.join(one.missing)}" for one in ruling.undetermined[:40]
    ]
    return "\n".join(lines)


def _charge_lines(name: str, charges: Iterable[Charge], lang: Tongue) -> Iterator[str]:
    for one in charges:
        sure = "" if one.is_certain else f"{_word('possible', lang)} "
        yield f"{_word(name, lang)}: {sure}{one.party.code} ({one.cite})"


def _owed_lines(one: Owed, lang: Tongue) -> Iterator[str]:
    by = one.by
    if by is not None:
        when = by.isoformat(timespec="minutes")
    else:
        when = _word("at once" if one.rule.at_once else "open", lang)
    to = f" -> {', '.join(party.code for party in one.to)}" if one.to else ""
    yield f"  {when}  {one.who.code}{to}"
    says = one.rule.says_zh if lang == "zh" else one.rule.says_en
    yield f"      {says} [{one.rule.pack} {one.rule.id}, {one.rule.cite}]"
