"""Mail for followers: asked for twice, one letter for a batch, ended in one step; nothing is left of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from test_community_pages import news, warn

from riskshed.errors import NotFoundError
from riskshed.outbox import DeliveryError
from riskshed.statement import time_text
from riskshed.web import delivery_mail, follow_mail
from riskshed.web.access import Pace
from riskshed.web.follow_mail import HOLDS, PAUSE, FollowLetters
from riskshed.web.models import FollowMail
from riskshed.web.pages import follow_mail as page_of_mail

ADDRESS = "li.wei@example.org"
LIST = {"f": ["place:230100", "river:songhua"]}
NOW = datetime(2026, 1, 10, 8, tzinfo=UTC)
POST = delivery_mail.post_of("memory:", "node@example.org")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("node")]


@pytest.fixture(autouse=True)
def _no_pace_before() -> None:
    cache.clear()
    mail.outbox = []


@pytest.fixture
def letters(node: Any) -> FollowLetters:
    return FollowLetters(node, POST)


def wish(address: str = ADDRESS, language: str = "en", **more: Any) -> Any:
    return Client(headers={"accept-language": language}).post(
        "/community/mail/", {**LIST, "address": address, **more}
    )


def path_in(letter: Any) -> str:
    found = re.search(r"https?://[^/\s]+(/community/mail/\S+)", letter.body)
    assert found is not None, letter.body
    return found[1]


def following(letters: FollowLetters, now: datetime = NOW, **more: Any) -> str:
    """An address that was confirmed; the path of its link."""
    assert wish(**more).status_code == 200
    letters.send_due(now)
    path = path_in(mail.outbox[-1])
    assert Client().post(path, {"act": "begin"}).status_code == 200
    mail.outbox.clear()
    return path


def test_nothing_is_sent_before_the_owner_of_the_address_has_said_yes(
    node: Any, letters: FollowLetters
) -> None:
    size = node.log.size
    page = Client(headers={"accept-language": "en"}).get("/community/mail/", LIST).content.decode()
    assert "Songhua" in page
    assert "one that asks you to confirm" in wish().content.decode()
    assert mail.outbox == [], "the page does not wait for a mail server"
    assert letters.send_due(NOW) == 1
    assert letters.send_due(NOW) == 0, "he is asked once"
    (question,) = mail.outbox
    assert (question.to, question.from_email) == ([ADDRESS], "node@example.org")
    assert "Songhua" in question.subject
    news(node)
    letters.send_due(NOW)
    assert len(mail.outbox) == 1
    path = path_in(question)
    assert "Confirm: send it to me" in Client(headers={"accept-language": "en"}).get(path).content.decode()
    assert FollowMail.objects.get().confirmed is None, "a mail program that opens links begins nothing"
    Client().post(path, {"act": "begin"})
    Client().post(path, {"act": "begin"})
    letters.send_due(NOW)
    assert len(mail.outbox) == 1, "what was said before he began is not told"
    assert node.log.size == size + 1, "nothing of it stands on the log"


def test_what_comes_together_is_one_letter_and_is_told_once(node: Any, letters: FollowLetters) -> None:
    path = following(letters)
    first = news(node, title={"zh": "停水", "en": "No water in Daoli"})
    warn(node)
    news(node, by="220200", cities=["220200"])
    assert letters.send_due(NOW) == 1
    (letter,) = mail.outbox
    assert f"/community/news/{first}/" in letter.body
    assert "No water in Daoli" in letter.body
    assert letter.body.count("/community/news/") == 2, "what does not concern the list is not told"
    assert "(and 1 more)" in letter.subject
    assert re.search(r"\d\d:\d\d \(?\+08:00|\+8|CST|\d\d:\d\d", letter.body)
    assert letter.extra_headers["List-Unsubscribe"].endswith(f"{path}>")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    told = FollowMail.objects.get().told
    assert FollowLetters(node, POST).send_due(NOW + PAUSE) == 0, "and not again after a new start"
    assert FollowMail.objects.get().told == told, "where nothing was said nothing is written"
    news(node, title={"en": "Water again"})
    assert letters.send_due(NOW + PAUSE / 2) == 0, "the next waits"
    assert letters.send_due(NOW + PAUSE) == 1


def test_a_correction_and_what_is_taken_back_are_told_as_such(
    node: Any, clock: Any, letters: FollowLetters
) -> None:
    following(letters, language="zh-hans")
    said = news(node)
    letters.send_due(NOW)
    clock.forward(0.1)
    news(node, replies_to=said, title={"zh": "下午有水", "en": "Water in the afternoon"})
    letters.send_due(NOW + PAUSE)
    assert "这是更正。" in mail.outbox[-1].body
    assert "下午有水" in mail.outbox[-1].subject
    last = news(node, title={"zh": "学校停课", "en": "Schools close"})
    clock.forward(0.1)
    letters.send_due(NOW + 2 * PAUSE)
    clock.forward(0.1)
    node.desk("230100", "duty-01").withdraw(last, cause="error", reason={"zh": "误发", "en": "an error"})
    letters.send_due(NOW + 3 * PAUSE)
    assert "已撤回" in mail.outbox[-1].body
    assert "学校停课" in mail.outbox[-1].body


def test_a_crash_between_sending_and_noting_sends_the_same_letter(
    node: Any, letters: FollowLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    following(letters)
    news(node)
    whole = delivery_mail.hand_over

    def dies(*given: Any, **more: Any) -> None:
        whole(*given, **more)
        raise RuntimeError("killed")

    monkeypatch.setattr(delivery_mail, "hand_over", dies)
    with pytest.raises(RuntimeError):
        letters.send_due(NOW)
    monkeypatch.undo()
    news(node, title={"en": "More"})
    assert FollowLetters(node, POST).send_due(NOW) == 1
    first, again = mail.outbox
    assert first.extra_headers["Message-ID"] == again.extra_headers["Message-ID"]
    assert first.body == again.body
    assert FollowLetters(node, POST).send_due(NOW + PAUSE) == 1, "what came since has a letter of its own"


def test_a_mail_server_that_is_away_loses_nothing_and_a_mailbox_that_is_none_is_deleted(
    node: Any, letters: FollowLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    following(letters)
    news(node)
    for permanent in (False, True):

        def fails(*_: Any, permanent: bool = permanent, **__: Any) -> None:
            raise DeliveryError("mail.no", "no", permanent=permanent)

        monkeypatch.setattr(delivery_mail, "hand_over", fails)
        if permanent:
            letters.send_due(NOW)
            assert not FollowMail.objects.exists()
        else:
            with pytest.raises(DeliveryError):
                letters.send_due(NOW)
            assert FollowMail.objects.get().told != FollowMail.objects.get().telling


@pytest.mark.parametrize("how", [{"act": "end"}, {"List-Unsubscribe": "One-Click"}])
def test_it_is_ended_in_one_step_by_a_program_without_a_cookie_and_nothing_is_left(
    node: Any, letters: FollowLetters, how: dict[str, str]
) -> None:
    path = following(letters)
    assert Client().get(path).status_code == 200
    assert FollowMail.objects.count() == 1
    strict = Client(enforce_csrf_checks=True)
    if "act" in how:  # a button of the page has its token
        assert strict.post(path, how).status_code == 403
        strict = Client()
    assert strict.post(path, how).status_code == 200
    assert not FollowMail.objects.exists()
    assert Client().get(path).status_code == 404
    news(node)
    assert letters.send_due(NOW) == 0


def test_a_wish_that_nobody_confirms_is_deleted_and_its_link_ends(letters: FollowLetters) -> None:
    row = follow_mail.ask(ADDRESS, [], "en", NOW)
    link = follow_mail.link_of(row)
    assert follow_mail.find(link, NOW + HOLDS) == row
    with pytest.raises(NotFoundError, match="ended"):
        follow_mail.find(link, NOW + HOLDS + timedelta(seconds=1))
    letters.send_due(NOW + HOLDS + timedelta(seconds=1))
    assert not FollowMail.objects.exists()


@pytest.mark.parametrize("link", ["1", "1:x", "x:y", "99999999999999999999:z"])
def test_a_link_that_is_none_of_ours_opens_nothing(letters: FollowLetters, link: str) -> None:
    following(letters)
    assert Client().post(f"/community/mail/{link}/", {"act": "end"}).status_code == 404
    assert FollowMail.objects.count() == 1


def test_the_page_says_the_same_whether_an_address_is_known_and_a_new_wish_takes_the_place_of_the_old(
    letters: FollowLetters,
) -> None:
    following(letters)
    known, new = (
        re.sub(r"name=.csrf[^>]*", "", wish(one).content.decode()) for one in (ADDRESS, "x@example.org")
    )
    assert known == new
    assert wish(ADDRESS.upper()).status_code == 200
    assert FollowMail.objects.filter(address__iexact=ADDRESS, confirmed=None).count() == 1
    letters.send_due(NOW)
    mine = [one for one in mail.outbox if one.to[0].lower() == ADDRESS]
    Client().post(path_in(mine[-1]), {"act": "begin"})
    assert FollowMail.objects.filter(address__iexact=ADDRESS).count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "li",
        "a@b",
        "li@example.org\nBcc: x@example.org",
        "a@example.org, b@example.org",
        f"{'a' * 250}@example.org",
    ],
)
def test_what_is_no_address_is_refused_and_nothing_is_kept(address: str) -> None:
    answer = wish(address)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not FollowMail.objects.exists()


def test_a_flood_from_many_places_ends_at_the_bound_of_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of_mail, "PACE_OF_NODE", Pace(4, 3_600))
    made = [Client(REMOTE_ADDR=f"192.0.2.{at}") for at in range(6)]
    told = [{**LIST, "address": f"q{at}@example.org"} for at in range(6)]
    codes = [client.post("/community/mail/", one).status_code for client, one in zip(made, told, strict=True)]
    assert codes == [200, 200, 200, 200, 429, 429]
    assert FollowMail.objects.count() == 4


def test_machines_and_floods_are_stopped() -> None:
    assert wish(website="http://spam.example").status_code == 200
    assert not FollowMail.objects.exists()
    codes = [wish().status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429], "one address is asked three times a day"
    cache.clear()
    codes = [wish(f"p{at}@example.org").status_code for at in range(11)]
    assert codes[-1] == 429, "one sender is heard ten times an hour"
    cache.clear()
    assert Client().post("/community/mail/", {"address": ADDRESS, "f": ["place:nowhere"]}).status_code == 302


def test_no_address_stands_in_the_log_of_the_program(caplog: Any, letters: FollowLetters, node: Any) -> None:
    path = following(letters)
    news(node)
    letters.send_due(NOW)
    Client().post(path, {"act": "end"})
    wish("not an address")
    assert ADDRESS not in caplog.text
    assert time_text(node.now())
