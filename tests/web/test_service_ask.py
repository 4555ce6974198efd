"""Asking without an account: the words stay off the log, a link leads to the answer, and only it can rate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from officers import JILIN, do, filled, last

from riskshed import audit
from riskshed.governance.standing_questions import digest_of_proof
from riskshed.web import question_climb, question_link, record_proof, sealed_bodies
from riskshed.web.access import Pace
from riskshed.web.pages import service_ask
from riskshed.web.pages.service_ask import PACE_OF_STRANGERS

WORDS = "自来水有异味，能喝吗？"
ASKED = {"text": WORDS, "topic": "environment", "city": "220200"}
ANSWER = {"text_zh": "请先用瓶装水。", "text_en": "Use bottled water for now."}


def english(client: Any, url: str) -> str:
    return client.get(url, headers={"accept-language": "en"}).content.decode()


def ask(client: Any, **typed: Any) -> Any:
    """Open the form, fill it in, send it."""
    form = filled(client.get("/service/ask/"))
    return client.post("/service/ask/", {**form, **ASKED, **typed})


@pytest.fixture
def stranger(node: Any, db: None) -> Client:
    cache.clear()  # how often an address asked
    return Client()


def log_bytes(node: Any) -> bytes:
    return b"".join(node.log.entries(0, node.log.size))


def test_resident_asks_without_an_account_and_reads_the_answer_by_the_link(
    node: Any, clock: Any, stranger: Client, sign_in: Any
) -> None:
    link = ask(stranger)["Location"]
    held = next(iter(node.standing().questions.values()))
    assert (held.by, held.sealed, held.hands[0].body) == (node.profile.body, True, JILIN)
    jilin, url = sign_in("jilin"), f"/service/{held.id}/"
    assert WORDS in english(jilin, url)
    assert WORDS not in english(sign_in("harbin"), url)
    clock.forward(0.4)
    assert do(jilin, f"{url}answer/", JILIN, **ANSWER).status_code == 302
    page = english(Client(), link)
    assert ANSWER["text_en"] in page
    assert "answered after 24 min" in page
    assert "no-store" in Client().get(link)["Cache-Control"]


def test_neither_words_nor_secret_stand_on_the_log(node: Any, stranger: Client, sign_in: Any) -> None:
    link = ask(stranger)["Location"]
    secret = link.split("/")[-2]
    held = next(iter(node.standing().questions.values()))
    do(sign_in("jilin"), f"/service/{held.id}/answer/", JILIN, **ANSWER)
    stranger.post(link, {"act": "rate", "score": "4", "solved": "yes"})
    told = log_bytes(node)
    for kept in (WORDS, ANSWER["text_en"], secret):
        assert kept.encode() not in told
        assert json.dumps(kept).encode() not in told
    assert held.asker == digest_of_proof(question_link.proof_of(secret))


def test_only_the_link_rates_and_once(node: Any, stranger: Client, sign_in: Any) -> None:
    link = ask(stranger)["Location"]
    held = next(iter(node.standing().questions.values()))
    rating = {"act": "rate", "score": "2", "solved": "no"}
    assert stranger.post(link, rating).status_code == 400
    do(sign_in("jilin"), f"/service/{held.id}/answer/", JILIN, **ANSWER)
    for user in ("jilin", "basin"):
        assert sign_in(user).get(f"/service/{held.id}/rate/").status_code == 403
    false = link[:-2] + ("a" if link[-2] != "a" else "b") + "/"
    assert stranger.post(false, rating).status_code == 404
    assert stranger.post(link, {"act": "rate"}).status_code == 400
    assert stranger.post(link, rating).status_code == 302
    assert (last(node, "AnswerRated").whole("score"), last(node, "AnswerRated").by) == (2, node.profile.body)
    assert stranger.post(link, rating).status_code == 400
    assert not node.standing().set_aside


def test_words_are_forgotten_and_the_log_still_verifies(
    node: Any, stranger: Client, sign_in: Any, tmp_path: Path
) -> None:
    link = ask(stranger)["Location"]
    held = next(iter(node.standing().questions.values()))
    do(sign_in("jilin"), f"/service/{held.id}/answer/", JILIN, **ANSWER)
    assert WORDS in english(stranger, link)
    assert stranger.post(link, {"act": "forget"}).status_code == 302
    page = english(stranger, link)
    assert WORDS not in page
    assert "The words are gone" in page
    assert WORDS not in english(sign_in("jilin"), f"/service/{held.id}/")
    assert not list((node.home / sealed_bodies.FOLDER).glob("*.json"))
    if (node.home / "log.db").is_file():
        report = audit.audit(str(node.home / "log.db"), logs=[record_proof.verifier(node)])
        assert report.ok, report.to_text()


def test_the_same_form_asks_once_however_often_it_is_sent(node: Any, stranger: Client) -> None:
    form = {**filled(stranger.get("/service/ask/")), **ASKED}
    first, again = (stranger.post("/service/ask/", form) for _ in range(2))
    assert first["Location"] == again["Location"]
    assert len(node.standing().questions) == 1
    assert ask(stranger)["Location"] != first["Location"]


def test_machine_that_fills_in_everything_asks_nothing(node: Any, stranger: Client) -> None:
    size = node.log.size
    assert ask(stranger, website="http://spam.example").status_code == 302
    assert node.log.size == size


def test_flood_is_paced_by_address_and_what_is_typed_wrong_does_not_count(
    node: Any, stranger: Client
) -> None:
    assert [ask(stranger, text=" ").status_code for _ in range(3)] == [400] * 3
    codes = [ask(stranger, text=f"问题 {n}").status_code for n in range(PACE_OF_STRANGERS.most + 1)]
    assert codes == [302] * PACE_OF_STRANGERS.most + [429]


def test_flood_from_many_addresses_leaves_bodies_their_way(
    node: Any, stranger: Client, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_ask, "PACE_OF_ALL", Pace(2, 3600))
    form = filled(stranger.get("/service/ask/"))
    codes = []
    for n in range(3):
        typed = {**form, **ASKED, "link": question_link.new_secret()}
        codes.append(stranger.post("/service/ask/", typed, REMOTE_ADDR=f"198.51.100.{n}").status_code)
    assert codes == [302, 302, 429]
    filters = sign_in("filters")
    assert do(filters, "/service/ask/", "harbin-filters", **ASKED).status_code == 302


def test_what_a_crash_left_in_nobodys_hands_is_routed_at_the_next_turn(
    node: Any, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(question_climb, "route", lambda *_, **__: ())
        link = ask(stranger)["Location"]
    (held,) = node.standing().questions.values()
    assert held.hands == ()
    assert len(question_climb.follow(node)) == 1
    (held,) = node.standing().questions.values()
    assert (held.hands[0].body, held.topic) == (JILIN, "environment")
    assert stranger.get(link).status_code == 200


@pytest.mark.parametrize("secret", ["x", "a" * 43, "..", "a" * 500])
def test_what_is_no_link_opens_nothing(node: Any, stranger: Client, secret: str) -> None:
    assert stranger.get(f"/service/link/{secret}/").status_code == 404


def test_form_without_a_good_link_of_its_own_is_refused(node: Any, stranger: Client) -> None:
    size = node.log.size
    answer = ask(stranger, link="short")
    assert answer.status_code == 400
    assert "查询链接" in answer.content.decode()
    assert node.log.size == size


def test_statistics_need_no_account(node: Any, stranger: Client) -> None:
    ask(stranger)
    page = english(stranger, "/service/statistics/")
    assert "too few" in page
    assert stranger.get("/service/").status_code == 302
