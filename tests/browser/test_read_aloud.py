"""Reading aloud: only with a voice of the machine for the language of the page, and a drill as a drill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

STATIC = Path(__file__).parents[2] / "src" / "riskshed" / "web" / "static" / "riskshed"
SITE = "http://node.test/"
POLICY = "default-src 'none'; script-src 'self'"
LOCAL_ZH = {"name": "Ting", "lang": "zh-CN", "localService": True}
LOCAL_EN = {"name": "Daniel", "lang": "en_GB", "localService": True}
REMOTE_EN = {"name": "Cloud", "lang": "en-US", "localService": False}
PAGE = """<!doctype html><html lang="{lang}"{mode}><head><title>t</title>
<script type="module" src="read-aloud.js"></script></head><body><main id="part"><h1>Store water</h1>
<button type="button" data-unspoken hidden data-aloud="part" data-start="Read" data-stop="Stop">Read</button>
<ul><li>Do not   drink.</li></ul><p data-unspoken>log #7</p><details><summary>s</summary><p>shut</p></details>
</main></body></html>"""
STUB = """(voices) => {
  const heard = [];
  class Utterance { constructor(text) { this.text = text; } }
  const synth = {
    getVoices: () => voices,
    addEventListener: (name, act) => { synth[name] = act; },
    speak: (one) => heard.push([one.text, one.voice.name, one.lang]),
    cancel: () => heard.push(["cancel"]),
  };
  Object.defineProperty(window, "speechSynthesis", { value: synth });
  Object.assign(window, { SpeechSynthesisUtterance: Utterance, heard, voices });
}"""


@pytest.fixture(scope="module")
def context(browser: Any) -> Iterator[Any]:
    made = browser.new_context()
    yield made
    made.close()


def opened(context: Any, voices: list[Any], *, lang: str = "en", mode: str = "") -> Any:
    """The page under the policy of the node, with a synthesiser that only notes what it is asked to say."""
    page = context.new_page()
    script = (STATIC / "read-aloud.js").read_text("utf-8")
    page.add_init_script(f"({STUB})({json.dumps(voices)})")

    def answer(route: Any) -> None:
        if route.request.url.endswith(".js"):
            route.fulfill(body=script, content_type="text/javascript")
        else:
            html = PAGE.format(lang=lang, mode=mode)
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    page.route(f"{SITE}**", answer)
    page.goto(SITE)
    return page


def heard(page: Any) -> list[str]:
    return [one[0] for one in page.evaluate("heard") if one[0] != "cancel"]


@pytest.mark.parametrize("voices", [[], [REMOTE_EN], [LOCAL_ZH]])
def test_without_a_voice_of_the_machine_for_the_language_there_is_no_button(context, voices):
    page = opened(context, voices)
    assert not page.locator("button").is_visible()
    page.close()


def test_it_is_started_and_stopped_by_keyboard_and_reads_what_is_seen(context):
    page = opened(context, [REMOTE_EN, LOCAL_EN])
    button = page.locator("button")
    button.focus()
    page.keyboard.press("Enter")
    assert heard(page) == ["Store water", "Do not drink."]
    assert {one[1] for one in page.evaluate("heard") if len(one) > 1} == {"Daniel"}
    assert (button.get_attribute("aria-pressed"), button.text_content()) == ("true", "Stop")
    page.keyboard.press("Enter")
    assert page.evaluate("heard.at(-1)") == ["cancel"]
    assert button.text_content() == "Read"
    page.close()


@pytest.mark.parametrize(("lang", "words"), [("en", "This is an exercise."), ("zh-Hans", "这是演习。")])
def test_a_drill_is_said_to_be_one_before_anything_else(context, lang, words):
    page = opened(context, [LOCAL_EN, LOCAL_ZH], lang=lang, mode=' data-mode="exercise"')
    page.locator("button").click()
    assert heard(page)[0] == words
    page.close()


def test_voices_that_come_late_bring_the_button(context):
    page = opened(context, [])
    page.evaluate("(one) => { voices.push(one); speechSynthesis.voiceschanged(); }", LOCAL_EN)
    assert page.locator("button").is_visible()
    page.close()
