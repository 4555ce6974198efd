"""Rules and rulings in words and as JSON: what a duty officer reads, and what a program takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from riskshed.governance.condition import Fact
from riskshed.governance.party import Party
from riskshed.governance.role import department_words, words
from riskshed.governance.rule import POLICIES, Example, Rule
from riskshed.governance.ruling import Charge, Owed, Ruling, Scale

Tongue = Literal["zh", "en"]

WORDS: Mapping[str, tuple[str, str]] = {
    "article": ("条文", "article"),
    "edition": ("版本", "edition"),
    "in force": ("施行", "in force"),
    "since": ("自 {} 起", "since {}"),
    "ended": ("，至 {} 止", ", to {}, the last day"),
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
    "situation": ("扩散情形", "situation of spread"),
    "lead by law": ("依法负责", "lead by law"),
    "duties": ("应当", "must"),
    "options": ("可以", "may"),
    "forbidden": ("不得", "must not"),
    "standing": ("常态职责（与本事件无关）", "at all times, whatever happens"),
    "lower bound": ("下限，尚未知", "a lower bound: not known are"),
    "open": ("未定时限", "no time set"),
    "at once": ("立即", "at once"),
    "by": ("{} 前", "by {}"),
    "passed": ("，已过时限", ", which has passed"),
    "target": ("（协议目标；法条：立即）", " (target of the agreement; the law says at once)"),
    "shorter": ("（协议目标；法定 {}）", " (target of the agreement; the law says {})"),
    "possible": ("尚不确定，取决于 {}", "not certain: hangs on {}"),
    "unknown body": ("待定：{}", "not known which body: {}"),
    "undecided": (
        "有待查明的情况：{0} 条规则尚不能确定是否适用",
        "what to find out: of {0} rules it is unknown whether they apply",
    ),
    "one answer": ("查明一项即可确定", "One answer decides"),
    "several": (
        "另有 {0} 条规则取决于多项情况，用 --json 列出。",
        "{0} more rules hang on several answers; --json lists them.",
    ),
    "agreement": ("协议 {0}", "agreement {0}"),
    "default": ("riskshed 默认值", "default of riskshed"),
    "as if": (
        "按最新版本的法律裁定，如同当时已经施行。",
        "By the newest editions of the law, as if they had been in force.",
    ),
    "not read": ("未核对原文", "wording not confirmed"),
}
UNITS = {
    "min": ("分钟", "min"),
    "h": ("小时", "h"),
    "d": ("日", "d"),
    "workday": ("个工作日", "working days"),
    "month": ("个月", "months"),
}
POLICIES_ZH: Mapping[str, str] = {
    "U-CLOCK": "起算时间未知：是否按时不能确定，不作按时处理。",
    "U-NOVOTE": "未知的指标不参与定级：所得等级为下限。",
    "U-TRIGGER": "是否触发未定：责任可能存在，不认定违反。",
    "U-HOLD": "所需数值未知：不计算补偿、罚款或处分。",
    "U-HIGH": "级别未知：按较高级别的程序办理。",
    "U-COND": "任意性条件未知：属于可选，不是责任。",
    "U-GEO": "行政区域未知：先列已知的，其余为可能；牵头方暂定。",
    "U-NONE": "没有可能未知的数值。",
}
"""As `riskshed.governance.rule.POLICIES`."""


def _word(name: str, lang: Tongue) -> str:
    return WORDS[name][0 if lang == "zh" else 1]


# ------------------------------------------------------------------------------------------------- one rule


def explain(rule: Rule, lang: Tongue) -> str:
    """A rule for a reader: article, words, what it asks of whom, and its examples."""
    head = f"{rule.pack} {rule.id}" + ("" if rule.confirmed else f"  [{_word('not read', lang)}]")
    lines = [head, f"  “{rule.quote}”"] if rule.quote else [head]
    lines += [f"  {name}: {text}" for name, text in explained(rule, lang)]
    lines.append(f"  {_word('examples', lang)}:")
    lines += [f"    {one.then:15} {one.say}  [{given(rule, one)}]" for one in rule.examples]
    return "\n".join(lines)


def explained(rule: Rule, lang: Tongue) -> tuple[tuple[str, str], ...]:
    """What there is to say of a rule, each with its name, in the order in which one reads it."""
    instrument = rule.instrument
    policies = POLICIES_ZH if lang == "zh" else POLICIES
    title = instrument.title_zh if lang == "zh" else instrument.title_en
    ended = "" if rule.until is None else _word("ended", lang).format(rule.until - timedelta(days=1))
    rows = [
        ("article", f"{title} {rule.article}"),
        ("edition", f"{instrument.edition} ({instrument.binding})"),
        ("in force", _word("since", lang).format(rule.in_force) + ended),
        ("says", rule.says_zh if lang == "zh" else rule.says_en),
        ("who", rule.who),
        ("to", ", ".join(rule.to)),
        ("when", _condition(rule.when.to_json())),
        ("must", "" if rule.must is None else _condition(rule.must.to_json())),
        ("within", _time_bound(rule, lang)),
        ("gives", ", ".join(f"{key} {value}" for key, value in rule.gives.items())),
        ("unknown", f"{rule.unknown} – {policies[rule.unknown]}"),
        ("note", rule.note),
    ]
    return tuple((_word(name, lang), text) for name, text in rows if text)


def given(rule: Rule, example: Example) -> str:
    """The facts of an example, and the time that had passed."""
    facts = ", ".join(f"{name}={_bound(value)}" for name, value in example.given.items()) or "-"
    if example.elapsed is None:
        return facts
    return f"{facts}, elapsed {example.elapsed:g} {rule.within.unit if rule.within else ''}"


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
    return f"{raw['fact']} {signs[operator]} {_bound(bound)}"


def _bound(bound: object) -> str:
    if isinstance(bound, list):
        return f"{{{', '.join(map(_bound, bound))}}}"
    return str(bound).lower() if isinstance(bound, bool) else str(bound)


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
        "lead_by_law": [_charge(one) for one in ruling.lead_by_law],
        "assist": [_charge(one) for one in ruling.assist],
        "escalation": [_charge(one) for one in ruling.escalate],
        "command": [_charge(one) for one in ruling.command],
        "duties": [owed(one) for one in ruling.owed()],
        "options": [owed(one) for one in _of_event(ruling, "option")],
        "forbidden": [owed(one) for one in _of_event(ruling, "forbidden")],
        "standing": [owed(one) for one in ruling.standing()],
        "undetermined": [owed(one) for one in ruling.undetermined],
        "find_out": [_question(*row) for row in ruling.asked_for()],
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
    return {
        "body": charge.party.code,
        "known": charge.party.is_known,
        "certain": charge.is_certain,
        "missing": list(charge.missing),
        "cite": charge.cite,
        "rule": rule,
    }


def _question(fact: Fact, alone: Sequence[Rule], among: Sequence[Rule]) -> dict[str, Any]:
    """A fact that nobody told, and the rules that hang on it: on it alone, and on it among others."""
    return {
        "fact": fact.name,
        "zh": fact.zh,
        "en": fact.en,
        "wanted": fact.wanted(),
        "decides": [f"{rule.pack} {rule.id}" for rule in alone],
        "among_others": [f"{rule.pack} {rule.id}" for rule in among],
    }


def _of_event(ruling: Ruling, status: str) -> list[Owed]:
    return [one for one in ruling.duties if one.status == status and not one.is_standing]


# ------------------------------------------------------------------------------------------ for a reader


def to_text(ruling: Ruling, lang: Tongue) -> str:
    """A ruling for a reader: who leads, what is certain in the order of time, then what to find out."""
    return "\n".join(_Page(ruling, lang).lines())


class _Page:
    """The lines of a ruling in one language."""

    def __init__(self, ruling: Ruling, lang: Tongue) -> None:
        self.ruling, self.lang, self.zh = ruling, lang, lang == "zh"
        self.zone = ruling.situation.at.tzinfo

    def lines(self) -> Iterator[str]:
        ruling = self.ruling
        at, spread = ruling.situation.at, ruling.situation.spread()
        yield self.time(at) + (f"  {_word('situation', self.lang)} {spread}" if spread else "")
        if ruling.situation.as_if_in_force:
            yield _word("as if", self.lang)
        yield from self.scales()
        yield from self.charges("lead", ruling.lead)
        if ruling.lead_by_law != ruling.lead:
            yield from self.charges("lead by law", ruling.lead_by_law)
        for name, charges in (
            ("assist", ruling.assist), ("escalate", ruling.escalate), ("command", ruling.command),
        ):  # fmt: skip
            yield from self.charges(name, charges)
        for name, status in (("duties", "owed"), ("options", "option"), ("forbidden", "forbidden")):
            yield from self.owed(name, _of_event(ruling, status))
        yield from self.standing()
        yield from self.questions()

    def scales(self) -> Iterator[str]:
        for name, scale in self.ruling.scales.items():
            if scale.level is not None or scale.is_lower_bound:
                unknown = self.facts(scale.missing)
                bound = f" ({_word('lower bound', self.lang)} {unknown})" if scale.is_lower_bound else ""
                cited = "; ".join(self.cite(rule) for rule in scale.rules)
                yield f"{_word(name, self.lang)}: {scale.level or '?'}{f' [{cited}]' if cited else ''}{bound}"

    def charges(self, name: str, charges: Iterable[Charge]) -> Iterator[str]:
        for one in charges:
            doubt = _word("possible", self.lang).format(self.facts(one.missing)) if one.missing else ""
            yield (
                f"{_word(name, self.lang)}: {self.party(one.party)} [{self.source(one)}]"
                + f"{' – ' if doubt else ''}{doubt}"
            )

    def source(self, charge: Charge) -> str:
        code = self.ruling.situation.terms.code
        if charge.rule is not None:
            return self.cite(charge.rule)
        return _word("agreement", self.lang).format(code) if code else _word("default", self.lang)

    def owed(self, name: str, chosen: Sequence[Owed]) -> Iterator[str]:
        """Under each time one paragraph for each rule."""
        groups: dict[tuple[str, str, str], list[Owed]] = {}
        for one in chosen:
            groups.setdefault((self.when(one), one.rule.pack, one.rule.id), []).append(one)
        if groups:
            yield ""
            yield f"{_word(name, self.lang)}:"
        before = None
        for (when, _, _), ones in groups.items():
            if when != before and name == "duties":
                yield f"  {when}"
            before = when
            yield from self.paragraph(ones)

    def paragraph(self, ones: Sequence[Owed]) -> Iterator[str]:
        """What one rule asks, after all whom it binds."""
        rule = ones[0].rule
        to_whom: dict[tuple[Party, ...], list[Party]] = {}
        for one in ones:
            to_whom.setdefault(one.to, []).append(one.who)
        for to, who in to_whom.items():
            yield f"    {self.parties(who)}{' → ' if to else ''}{self.parties(to)}"
        yield f"      {rule.says_zh if self.zh else rule.says_en} [{self.cite(rule)}; {rule.id}]"

    def when(self, one: Owed) -> str:
        """By when, who set that time, and whether it has passed."""
        by = one.by
        if by is None:
            return _word("at once" if one.rule.at_once else "open", self.lang)
        told = _word("by", self.lang).format(self.time(by))
        if by < self.ruling.situation.at:
            told += _word("passed", self.lang)
        if one.target is not None and one.due is not None:
            return told + _word("shorter", self.lang).format(self.time(one.due))
        return told + (_word("target", self.lang) if one.target is not None and one.rule.at_once else "")

    def standing(self) -> Iterator[str]:
        """Only their names: they were owed before the event, and will be after it."""
        ids = dict.fromkeys(one.rule.id for one in self.ruling.standing())
        if ids:
            yield ""
            yield f"{_word('standing', self.lang)}: {', '.join(ids)}"

    def questions(self) -> Iterator[str]:
        """What somebody would have to find out, what decides most first."""
        rows = self.ruling.asked_for()
        undecided = {(one.rule.pack, one.rule.id) for one in self.ruling.undetermined}
        if not undecided:
            return
        yield ""
        yield _word("undecided", self.lang).format(len(undecided))
        alone = [(fact, rules) for fact, rules, _ in rows if rules]
        if alone:
            yield f"  {_word('one answer', self.lang)}:"
        for fact, rules in alone:
            yield f"    {fact.name} – {fact.zh if self.zh else fact.en} → {', '.join(r.id for r in rules)}"
        rest = len(undecided - {(rule.pack, rule.id) for _, rules in alone for rule in rules})
        if rest:
            yield f"  {_word('several', self.lang).format(rest)}"

    # ---------------------------------------------------------------------------------------------- words

    def time(self, at: datetime) -> str:
        return at.astimezone(self.zone).isoformat(sep=" ", timespec="minutes")

    def facts(self, names: Iterable[str]) -> str:
        return ", ".join(names)

    def cite(self, rule: Rule) -> str:
        title = rule.instrument.title_zh if self.zh else rule.instrument.title_en
        return f"{title} {rule.article}"

    def parties(self, parties: Iterable[Party]) -> str:
        return ("、" if self.zh else ", ").join(self.party(one) for one in parties)

    def party(self, party: Party) -> str:
        """Its code with its name; where no body is known, the role in words."""
        if not party.is_known:
            return _word("unknown body", self.lang).format(words(party.role, self.zh))
        if party.code == party.role:
            return words(party.role, self.zh)
        place, slash, department = party.code.partition("/")
        name = self.ruling.situation.names.get(place, "")
        told = f"{place} {name}".rstrip() if place != "ministry" else words(place, self.zh)
        if not slash:
            return told
        office = department_words(department, self.zh)
        return f"{told}{office}" if self.zh else f"{told} ({office})"
