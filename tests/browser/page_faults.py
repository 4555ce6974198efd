"""What is wrong with an open page: barriers, width, weight, the keyboard, the language, the console."""

from __future__ import annotations

from typing import Any

import pytest

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
WEIGHT_BYTES = 40 * 1024
"""Of a page as it is sent, packed; what is asked for whole (?all=) may be heavier."""
STOPS = 12
"""So many times Tab is pressed."""
SENT = "performance.getEntriesByType('navigation')[0].encodedBodySize"
STOP = """(() => {
    const one = document.activeElement, last = window.lastStop, look = getComputedStyle(one)
    const words = one.outerHTML.slice(0, 90)
    window.lastStop = one
    window.firstStop ??= one
    if (one === document.body || (last && one === window.firstStop)) return "end"
    if (last && last !== one && !(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING))
        return `${words} comes after ${last.outerHTML.slice(0, 90)}`
    if (last === one) return `no way on from ${words}`
    return look.outlineStyle === "none" && look.boxShadow === "none" ? `not seen: ${words}` : ""
})()"""
OF_ANOTHER_LANGUAGE = """(() => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
        const text = walk.currentNode.data.trim(), of = walk.currentNode.parentElement
        const isEnglish = of.closest("[lang]").getAttribute("lang").startsWith("en")
        if (!isEnglish || of.closest("script, textarea, pre")) continue
        const chinese = text.match(/[\\u3400-\\u9fff]/g) ?? [], latin = text.match(/[A-Za-z]/g) ?? []
        if (chinese.length > latin.length) found.push(text.slice(0, 40))
    }
    return found
})()"""
"""Chinese of which a screen reader is told that it is English. What people type is of their own language, and
a name in both languages at once is of neither."""


def barriers(seen: Any) -> list[str]:
    """What axe finds with everything unfolded."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is of the extra 'dev'")
    seen.evaluate(OPEN)
    found = axe.Axe().run(seen, options=RULES).response["violations"]
    return [f"axe {one['id']}: {[node['target'] for node in one['nodes']][:4]}" for one in found]


def stops(seen: Any) -> list[str]:
    """Where the keyboard gets stuck, jumps back, or is not seen."""
    for _ in range(STOPS):
        seen.keyboard.press("Tab")
        told = seen.evaluate(STOP)
        if told:
            return [] if told == "end" else [f"keyboard: {told}"]
    return []


def faults(seen: Any, language: str, width: int) -> list[str]:
    """What is wrong with the page that is open; nothing, if all is well."""
    found = stops(seen) + barriers(seen)
    wide = seen.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"{wide} px wide")
    sent = seen.evaluate(SENT)
    if sent > WEIGHT_BYTES and "all=" not in seen.url:
        found.append(f"{sent} bytes")
    found += [f"console: {one}" for one in seen.told]
    lang = seen.evaluate("document.documentElement.lang").lower()
    if not lang.startswith("zh" if language == "zh-hans" else "en"):
        found.append(f"lang {lang!r}")
    found += [f"no English: {one}" for one in seen.evaluate(OF_ANOTHER_LANGUAGE)[:5]]
    if seen.locator("h1").count() != 1:
        found.append(f"{seen.locator('h1').count()} h1")
    title = seen.title()
    if not title.strip(" ·") or title.startswith(" ·"):
        found.append(f"title {title!r}")
    return found
