"""Help between cities in the pages: asked, offered, promised, sent, received, sent home; who may do what."""

from __future__ import annotations

from typing import Any

import officers
import pytest
from officers import HARBIN, INCIDENT, JILIN, act, do, last

from riskshed.statement import time_text

BOARD = f"/incidents/{INCIDENT}/aid/"
CARBON = {"items_1_item": "activated-carbon", "items_1_amount": "300", "items_1_unit": "t"}


@pytest.fixture
def opened(node: Any) -> Any:
    officers.opened(node)
    return node


def asked(node: Any, sign_in: Any) -> str:
    words = {"purpose_zh": "净水", "purpose_en": "to clean the water"}
    answer = do(sign_in("harbin"), act("aid-request"), HARBIN, of=[JILIN], **CARBON, **words)
    assert answer.status_code == 302, answer.content.decode()
    return last(node, "AidRequested").id


def promised(node: Any, sign_in: Any) -> str:
    request = asked(node, sign_in)
    answer = do(sign_in("jilin"), act("aid-commit", request), JILIN, price="120000.50")
    assert answer.status_code == 302, answer.content.decode()
    return last(node, "AidCommitted").id


def test_help_goes_its_whole_way(opened: Any, sign_in: Any, clock: Any) -> None:
    committed = promised(opened, sign_in)
    clock.forward(1)
    assert do(sign_in("jilin"), act("aid-dispatch", committed), JILIN).status_code == 302
    clock.forward(12)
    sent = last(opened, "AidDispatched").id
    assert do(sign_in("harbin"), act("aid-receive", sent), HARBIN).status_code == 302
    assert sign_in("harbin").get(act("aid-receive", sent)).status_code == 403, "it is received once"
    received = last(opened, "AidReceived").id
    assert do(sign_in("harbin"), act("aid-release", received), HARBIN).status_code == 302
    standing = opened.standing()
    assert not standing.set_aside
    assert [one.status for one in standing.promises.values() if one.id == committed] == ["kept"]
    page = sign_in("harbin").get(BOARD, headers={"accept-language": "en"}).content.decode()
    assert "kept in time" in page
    assert "CNY 120,000.50" in page


def test_a_promise_carries_what_the_request_wanted(opened: Any, sign_in: Any) -> None:
    committed = promised(opened, sign_in)
    said = opened.standing().statements[committed].statement
    assert said.records("items")[0]["amount"] == {"value": "300", "unit": "t"}
    assert said.string("to") == HARBIN
    assert said.money("price").minor == 12_000_050


def test_a_promise_that_is_not_kept_shows_so(opened: Any, sign_in: Any, clock: Any) -> None:
    promised(opened, sign_in)
    clock.forward(40)
    assert "逾期未兑现" in sign_in("harbin").get(BOARD).content.decode()


def test_who_cannot_give_says_why(opened: Any, sign_in: Any) -> None:
    request = asked(opened, sign_in)
    words = {"reason_zh": "本市也要用", "reason_en": "we need it"}
    answer = do(sign_in("jilin"), act("aid-decline", request), JILIN, cause="own_risk", **words)
    assert answer.status_code == 302
    assert "全部婉拒" in sign_in("harbin").get(BOARD).content.decode()


def test_an_offer_is_promised_by_who_made_it_and_declined_by_who_asked(opened: Any, sign_in: Any) -> None:
    request = asked(opened, sign_in)
    assert do(sign_in("jilin"), act("aid-offer", request), JILIN).status_code == 302
    offer = last(opened, "AidOffered").id
    assert sign_in("jilin").get(act("aid-commit", offer)).status_code == 200
    assert sign_in("harbin").get(act("aid-commit", offer)).status_code == 403
    assert sign_in("harbin").get(act("aid-decline", offer)).status_code == 200
    assert sign_in("jilin").get(act("aid-decline", offer)).status_code == 403


def test_only_who_is_asked_answers_and_only_who_promised_sends(opened: Any, sign_in: Any) -> None:
    committed = promised(opened, sign_in)
    request = last(opened, "AidRequested").id
    assert sign_in("jiamusi").get(act("aid-commit", request)).status_code == 403
    assert sign_in("harbin").get(act("aid-dispatch", committed)).status_code == 403
    assert sign_in("jilin").get(act("aid-receive", committed)).status_code == 403


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"items_1_amount": "-3"}, "须大于零"),
        ({"items_1_amount": "1,200"}, "不是数"),
        ({"items_1_amount": "nan"}, "不是数"),
        ({"items_1_item": "活性炭"}, "代码只用"),
        ({"items_1_unit": ""}, "本行请填完整"),
        ({"items_1_item": "", "items_1_amount": "", "items_1_unit": ""}, "请至少填写一项"),
    ],
)
def test_goods_that_are_none_are_refused_and_nothing_is_said(
    opened: Any, sign_in: Any, typed: dict[str, str], told: str
) -> None:
    size = opened.log.size
    words = {"purpose_zh": "净水", "purpose_en": "water"}
    answer = do(sign_in("harbin"), act("aid-request"), HARBIN, of=[JILIN], **{**CARBON, **words, **typed})
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert opened.log.size == size


def test_an_act_about_another_sort_of_statement_is_refused(opened: Any, sign_in: Any) -> None:
    request = asked(opened, sign_in)
    assert sign_in("jilin").get(act("aid-dispatch", request)).status_code == 403
    assert sign_in("jilin").get(act("aid-request", request)).status_code == 403
    assert sign_in("jilin").get(act("aid-dispatch")).status_code == 403
    assert sign_in("jilin").get(act("aid-commit", "0" * 64)).status_code == 404


# -------------------------------------------------------------------------------------- what is missing


def foretold(node: Any, city: str = HARBIN, people: int = 1_000) -> None:
    """A forecast that says how many depend on the water of one city, from ten hours on."""
    officers.opened(node, footprint=False)
    at = node.now() + 10 * officers.HOUR
    row = {"city": city, "probability": "1", "earliest": time_text(at), "exposed_people": people}
    body = officers.plain("FootprintIssued", arrivals=[row], pathway="pollutant")
    now = time_text(node.now())
    node.desk(JILIN, "duty-03").issue_footprint(INCIDENT, **{**body, "origin": now, "known_at": now})


def board(client: Any) -> str:
    return str(client.get(BOARD, headers={"accept-language": "en"}).content.decode())


def test_what_is_missing_stands_by_city_good_and_hour(node: Any, sign_in: Any) -> None:
    foretold(node)
    amount = {"value": "2000", "unit": "L"}
    row = {"item": "drinking_water", "amount": amount, "city": HARBIN, "sort": "supplies"}
    told = node.desk(HARBIN, "duty-07").report_stock(rows=[row], as_of=time_text(node.now()))
    page = board(sign_in("harbin"))
    table = page[page.index("within 12 h") : page.index("that is not zero")]
    places = [table.index(each) for each in ("nothing", "1,000 L", "4,000 L", "7,000 L")]
    assert places == sorted(places)
    assert f"/log/{node.index_of(told)}/" in table
    assert "water for drinking and domestic hygiene" in page[page.index("that is not zero") :]


def test_what_nobody_reported_stays_unknown_and_stands_apart(node: Any, sign_in: Any) -> None:
    foretold(node)
    page = board(sign_in("harbin"))
    unknown = page[page.index("that is not zero") :]
    assert "the stock is unknown: nobody has reported" in unknown
    assert "0 to 3,000 L" in unknown
    assert "within 12 h" not in page


def test_without_a_forecast_it_is_unknown_who_needs_what(node: Any, sign_in: Any) -> None:
    officers.opened(node, footprint=False)
    assert "who will need what is unknown" in board(sign_in("harbin"))
