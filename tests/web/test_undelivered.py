"""What was given up is seen by those who can act on it, each what is his, and can be tried again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from riskshed.web import delivery_mail, delivery_routes, house
from riskshed.web.deliveries import Deliveries
from riskshed.web.models import AdminEvent, Mailbox, Membership
from riskshed.web.node import Node
from tests.web.test_deliveries import HARBIN, JILIN, SECRET, report

PATH = "/undelivered/"
ADDRESS = "nobody@harbin.example"


@pytest.fixture
def book(node: Node, db: None) -> Iterator[Deliveries]:
    """Deliveries of the node whose worker does not run: a test is its hands."""
    post = delivery_mail.post_of("memory:", "node@example.org")
    made = Deliveries(node, secret=SECRET, post=post)
    made.catch_up()
    house._delivering[:] = [made]
    yield made
    house._delivering.clear()
    made.outbox.close()


@pytest.fixture
def given_up(node: Node, book: Deliveries) -> Any:
    """A report of Jilin that the mail server of Harbin refused."""
    delivery_routes.add_mailbox(HARBIN, ADDRESS, None)
    said = report(node)
    book.catch_up()
    (found,) = [one for one in book.outbox.progress(said) if one.addressee.startswith("+")]
    book._store.fail(found, f"mail.refused: the mail server refuses {ADDRESS}: 550", given_up=True)
    return found


def as_of(user: Any, body: str, role: str) -> None:
    Membership.objects.filter(user=user).delete()
    Membership.objects.create(user=user, body=body, role=role, officer=f"post-{role}")


@pytest.fixture
def page(sign_in: Any, django_user_model: Any):
    """The page as somebody with a role at a body sees it, with his browser."""

    def opened(body: str, role: str, language: str = "zh") -> tuple[str, Any]:
        client = sign_in("harbin")
        as_of(django_user_model.objects.get(username="harbin"), body, role)
        answer = client.get(PATH, headers={"accept-language": language})
        return answer.content.decode(), client

    return opened


def test_who_said_it_sees_what_did_not_come_to_whom_and_not_the_address(given_up: Any, page: Any) -> None:
    shown, _ = page(JILIN, "duty_officer")
    assert f"/log/{given_up.index}/" in shown
    assert "哈尔滨" in shown
    assert "邮件服务器拒收" in shown
    assert ADDRESS not in shown


def test_the_administrator_of_the_mailbox_sees_the_address_and_not_what_was_said(
    given_up: Any, page: Any
) -> None:
    shown, _ = page(HARBIN, "administrator", "en")
    assert ADDRESS in shown
    assert f"/log/{given_up.index}/" not in shown
    assert "Risk reported" not in shown


@pytest.mark.parametrize(("body", "role"), [(HARBIN, "duty_officer"), (JILIN, "administrator")])
def test_others_do_not_see_it_and_cannot_try_it_again(
    given_up: Any, page: Any, book: Deliveries, body: str, role: str
) -> None:
    shown, client = page(body, role)
    path = f"{PATH}{given_up.index}/mail/{Mailbox.objects.get().pk}/again/"
    assert path not in shown
    assert client.post(path).status_code == 404
    assert book.outbox.given_up()


def test_what_is_tried_again_arrives(given_up: Any, page: Any, book: Deliveries) -> None:
    shown, client = page(JILIN, "duty_officer")
    path = f"{PATH}{given_up.index}/mail/{Mailbox.objects.get().pk}/again/"
    assert path in shown
    assert [client.post(path).status_code for _ in range(2)] == [302, 302]
    assert book.outbox.given_up() == []
    book._lend_hand(lambda name: name == given_up.addressee)
    assert [one.to for one in mail.outbox] == [[ADDRESS]]
    assert not AdminEvent.objects.exists()


def test_an_administrator_who_tries_again_is_written_down(given_up: Any, page: Any) -> None:
    _, client = page(HARBIN, "administrator")
    client.post(f"{PATH}{given_up.index}/mail/{Mailbox.objects.get().pk}/again/")
    (event,) = AdminEvent.objects.all()
    assert (event.act, event.about, event.details) == (
        "delivery.changed",
        ADDRESS,
        {"again": given_up.index},
    )


def test_what_is_old_by_then_is_sent_by_e_mail_if_a_person_wants_it(
    given_up: Any, page: Any, book: Deliveries, clock: Any
) -> None:
    clock.forward(hours=100)
    _, client = page(JILIN, "duty_officer")
    client.post(f"{PATH}{given_up.index}/mail/{Mailbox.objects.get().pk}/again/")
    book._lend_hand(lambda name: name == given_up.addressee)
    assert len(mail.outbox) == 1


def test_a_way_that_was_ended_is_shown_and_not_tried_again(given_up: Any, page: Any) -> None:
    delivery_routes.end(delivery_routes.Route("mail", Mailbox.objects.get().pk), HARBIN)
    shown, client = page(JILIN, "duty_officer")
    assert "地址已停用" in shown
    assert "/again/" not in shown
    path = f"{PATH}{given_up.index}/mail/{Mailbox.objects.get().pk}/again/"
    assert client.post(path).status_code == 404


def test_the_notices_of_who_said_it_lead_there(given_up: Any, page: Any) -> None:
    _, client = page(JILIN, "duty_officer")
    assert f'href="{PATH}"' in client.get("/notices/").content.decode()
    as_harbin = page(HARBIN, "duty_officer")[1]
    assert f'href="{PATH}"' not in as_harbin.get("/notices/").content.decode()


def test_a_book_that_cannot_be_read_is_said_and_keeps_nobody_from_his_notices(
    node: Node, book: Deliveries, page: Any
) -> None:
    book.outbox.close()
    _, client = page(JILIN, "duty_officer")
    assert client.get(PATH).status_code == 503
    assert client.get("/notices/").status_code == 200
