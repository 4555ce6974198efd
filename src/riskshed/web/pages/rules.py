"""Rule packs: law and treaty as data, each rule with its article, its words, and its tests."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from riskshed import rules_text
from riskshed.governance import rulepack
from riskshed.governance.rule import Rule
from riskshed.governance.rulepack import RulePack
from riskshed.web import wording
from riskshed.web.access import allowed
from riskshed.web.current import node
from riskshed.web.frame import draw


@require_safe
@allowed("rule.see")
def packs(request: HttpRequest) -> HttpResponse:
    """All packs, those first by which this node goes."""
    used = {one.pack for one in node().regime().packs}
    shelf = [rulepack.shelf(name) for name in rulepack.names()]
    rows = [
        {"pack": one, "is_used": one.pack in used, "count": len({rule.id for rule in one.rules}),
         "unconfirmed": sum(not rule.confirmed for rule in one.rules)}
        for one in sorted(shelf, key=lambda one: (one.pack not in used, one.pack))
    ]  # fmt: skip
    return draw(request, "riskshed/rules.html", rows=rows)


@require_safe
@allowed("rule.see")
def pack(request: HttpRequest, name: str) -> HttpResponse:
    """The rules of one pack, under their instruments; with a search in words and articles."""
    held = _pack(name)
    asked = request.GET.get("q", "").strip()[:200]
    found = [rule for rule in held.rules if not asked or _fits(rule, asked.lower())]
    groups: dict[str, list[Rule]] = {}
    for rule in found:
        groups.setdefault(rule.instrument.id, []).append(rule)
    sections = [{"instrument": rules[0].instrument, "rules": rules} for rules in groups.values()]
    return draw(
        request, "riskshed/rule_pack.html", pack=held, sections=sections, asked=asked, count=len(found)
    )


@require_safe
@allowed("rule.see")
def rule(request: HttpRequest, name: str, rule_id: str) -> HttpResponse:
    """One rule, with all its editions: what it says, of whom, by when, and its examples."""
    held = _pack(name)
    editions = [one for one in held.rules if one.id == rule_id]
    if not editions:
        raise Http404(rule_id)
    tongue = wording.tongue()
    shown = [
        {
            "rule": one,
            "rows": rules_text.explained(one, tongue),
            "examples": [
                {"example": example, "given": rules_text.given(one, example)} for example in one.examples
            ],
        }
        for one in sorted(editions, key=lambda one: one.in_force, reverse=True)
    ]
    return draw(request, "riskshed/rule.html", pack=held, id=rule_id, shown=shown)


def _pack(name: str) -> RulePack:
    if name not in rulepack.names():
        raise Http404(name)
    return rulepack.shelf(name)


def _fits(rule: Rule, asked: str) -> bool:
    told: tuple[Any, ...] = (rule.id, rule.article, rule.quote, rule.says_zh, rule.says_en, rule.who,
                             rule.instrument.title_zh, rule.instrument.title_en)  # fmt: skip
    return any(asked in str(one).lower() for one in told)
