"""Needs and offers in the pages: stated, matched, accepted and refused; and nothing sealed anywhere."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from typing import Any

import officers
import postgres_server
import pytest
from click.testing import CliRunner
from django.db import connection
from officers import BASIN, HARBIN, JILIN, do, last, press

from riskshed.cli import main
from riskshed.desk_market import opened
from riskshed.governance.draft import Draft
from riskshed.statement import time_text
from riskshed.web import market_board, sealed_bodies

CARBON, FILTERS, CHAMBER = "songyuan-carbon", "harbin-filters", "harbin-chamber"
RIVERSIDE = "jiamusi-riverside"
ITEM = "purchase activated-carbon t"
SECRET_PRICE, SECRET_AMOUNT, SECRET_TRAIT = "7654.32", "98765", "mesh=4x8-SECRET"
LEAKS = ("7,654", "7654", "765432", SECRET_AMOUNT, "98,765", "SECRET")
"""Every way in which what is sealed could stand on a page, in a feed or in an entry."""


def english(client: Any, url: str) -> str:
    return client.get(url, headers={"accept-language": "en"}).content.decode()


def row(node: Any, *, days: int = 5, **typed: Any) -> dict[str, Any]:
    ends = time_text(node.now() + timedelta(days=days))
    return {"known": ITEM, "amount": "60", "city": HARBIN, "needed_by": ends, "until": ends, **typed}


def stated(node: Any, client: Any, body: str = FILTERS, **typed: Any) -> str:
    answer = do(client, "/market/need/new/", body, **row(node, **typed))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url.rstrip("/").rpartition("/")[2])


def made(node: Any, client: Any, body: str = CARBON, **typed: Any) -> str:
    answer = do(client, "/market/offer/new/", body, **row(node, **{"amount": "100", **typed}))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url.rstrip("/").rpartition("/")[2])


def matched(node: Any, sign_in: Any) -> str:
    assert press(sign_in("basin"), "/market/run/", BASIN).status_code == 302
    return last(node, "MatchProposed").id


def test_a_need_is_matched_accepted_and_stands_as_a_promise(node: Any, sign_in: Any) -> None:
    need, offer = stated(node, sign_in("filters")), made(node, sign_in("carbon"))
    match = matched(node, sign_in)
    page = english(sign_in("filters"), "/market/")
    assert f"/market/{match}/" in page
    assert "waits for an answer" in page
    shown = english(sign_in("filters"), f"/market/{match}/")
    assert "No other offer would do" in shown
    assert "Accept in the name of my body" in shown
    assert press(sign_in("filters"), f"/market/{match}/accept/", FILTERS).status_code == 302
    again = press(sign_in("filters"), f"/market/{match}/accept/", FILTERS)
    assert again.status_code == 302
    (promise,) = (one for one in node.standing().promises.values() if one.kind == "MatchAccepted")
    assert (promise.by, promise.to, promise.status) == (CARBON, FILTERS, "open")
    assert "left <b>40 t</b>" in english(sign_in("carbon"), f"/market/{offer}/")
    came = {"amount": "60", "received_at": time_text(node.now())}
    assert press(sign_in("filters"), f"/market/{match}/receive/", FILTERS, **came).status_code == 302
    assert node.standing().promises[promise.id].status == "kept"
    assert "received in full" in english(sign_in("filters"), f"/market/{need}/")


def test_either_side_refuses_with_a_reason_and_the_pair_is_not_proposed_again(
    node: Any, sign_in: Any
) -> None:
    stated(node, sign_in("filters")), made(node, sign_in("carbon"))
    match = matched(node, sign_in)
    size = node.log.size
    assert press(sign_in("carbon"), f"/market/{match}/refuse/", CARBON).status_code == 400
    assert node.log.size == size
    done = press(sign_in("carbon"), f"/market/{match}/refuse/", CARBON, reason_zh="另有用途")
    assert done.status_code == 302
    assert node.standing().matches[match].status == "refused"
    press(sign_in("basin"), "/market/run/", BASIN)
    assert last(node, "MatchProposed").id == match
    late = press(sign_in("filters"), f"/market/{match}/accept/", FILTERS)
    assert late.status_code in (400, 409, 422)
    assert "这项匹配已被婉拒或撤回" in late.content.decode()


def test_a_promise_that_is_no_longer_needed_is_given_back_and_a_row_is_taken_back(
    node: Any, sign_in: Any
) -> None:
    need, offer = stated(node, sign_in("filters")), made(node, sign_in("carbon"))
    match = matched(node, sign_in)
    press(sign_in("filters"), f"/market/{match}/accept/", FILTERS)
    assert press(sign_in("carbon"), f"/market/{match}/release/", CARBON).status_code == 404
    assert press(sign_in("filters"), f"/market/{match}/release/", FILTERS).status_code == 302
    assert node.standing().offers[offer].left == 100
    assert press(sign_in("carbon"), f"/market/{need}/withdraw/", CARBON).status_code == 404
    assert press(sign_in("carbon"), f"/market/{offer}/withdraw/", CARBON).status_code == 302
    assert node.standing().offers[offer].status == "withdrawn"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"amount": "-5"}, "须大于零，不超过一万亿"),
        ({"amount": "1000000000001"}, "须大于零，不超过一万亿"),
        ({"amount": "much"}, "不是数"),
        ({"amount": ""}, "必填"),
        ({"needed_by": "2005-11-01T00:00:00+08:00"}, "这个时间已经过去"),
        ({"opens_at": "2005-12-30T00:00:00+08:00"}, "结束须晚于开始"),
        ({"needed_by": ""}, "必填；不愿公开可密封"),
        ({"wants": "red"}, "不是属性：red"),
        ({"known": "", "sort": "aid", "item": "x y", "unit": "t"}, "代码只用字母"),
        (
            {"known": "", "sort": "purchase", "item": "activated-carbon", "unit": "kg"},
            "同一物品只用一种单位：t",
        ),
        ({"priority": "12"}, "超出范围：12"),
        ({"city": "999999"}, "999999"),
    ],
)
@pytest.mark.parametrize("sealed", [[], ["all"]])
def test_a_need_that_cannot_be_is_refused_beside_its_field(
    node: Any, sign_in: Any, typed: Any, told: str, sealed: Any
) -> None:
    made(node, sign_in("carbon"))
    size, kept = node.log.size, list((node.home / "sealed").glob("*"))
    url, given = "/market/need/new/", row(node, opens_at=time_text(node.now()), sealed=sealed)
    answer = press(sign_in("filters"), url, FILTERS, **{**given, **typed})
    assert answer.status_code in (400, 422), answer.content.decode()
    assert told in answer.content.decode()
    assert (node.log.size, list((node.home / "sealed").glob("*"))) == (size, kept)


def test_the_same_form_sent_twice_is_one_row(node: Any, sign_in: Any) -> None:
    first = stated(node, sign_in("filters"), sealed=["price"], price_max="9")
    assert stated(node, sign_in("filters"), sealed=["price"], price_max="9") == first
    assert len(node.standing().needs) == 1


def test_only_who_runs_the_node_or_a_chamber_runs_the_matching(node: Any, sign_in: Any) -> None:
    stated(node, sign_in("filters")), made(node, sign_in("carbon"))
    assert press(sign_in("filters"), "/market/run/", FILTERS).status_code == 403
    assert press(sign_in("harbin"), "/market/run/", HARBIN).status_code == 403
    assert press(sign_in("chamber"), "/market/run/", CHAMBER).status_code == 302
    assert last(node, "MatchProposed").by == CHAMBER


def test_a_new_need_can_be_filled_in_by_its_address(node: Any, sign_in: Any) -> None:
    url = f"/market/need/new/?known={ITEM.replace(' ', '%20')}&amount=12.5&city={HARBIN}"
    shown = officers.filled(sign_in("filters").get(url))
    assert (shown["known"], shown["amount"], shown["city"]) == (ITEM, "12.5", HARBIN)


def test_why_a_need_is_not_met_stands_on_its_own_page_only(node: Any, sign_in: Any) -> None:
    need = stated(node, sign_in("filters"), price_max="10")
    made(node, sign_in("carbon"), price="20")
    assert "all offers cost more than the limit" in english(sign_in("filters"), f"/market/{need}/")
    assert "all offers cost more" not in english(sign_in("carbon"), f"/market/{need}/")


def test_what_a_need_lacks_is_said_with_its_unit_in_words(node: Any, sign_in: Any) -> None:
    need = stated(node, sign_in("filters"), known="parts seats set", amount="3300")
    assert "lacks 3,300 sets: nobody offers this." in english(sign_in("filters"), f"/market/{need}/")
    chinese = sign_in("filters").get(f"/market/{need}/").content.decode()
    assert "尚缺 3,300 套：没有同类供给。" in chinese


# ------------------------------------------------------------------------------------------------- sealed


def sealed_things(node: Any, sign_in: Any) -> tuple[str, str, str]:
    """A match with an offer of which the price and the traits are sealed, and an offer sealed whole."""
    return *sealed_rows(node, sign_in), matched(node, sign_in)


def sealed_rows(node: Any, sign_in: Any) -> tuple[str, str]:
    carbon = sign_in("carbon")
    more = {"amount": SECRET_AMOUNT, "price": SECRET_PRICE, "has": SECRET_TRAIT, "city": JILIN}
    whole = made(node, carbon, sealed=["all"], **more)
    part = made(node, carbon, sealed=["price", "traits"], price=SECRET_PRICE, has=SECRET_TRAIT, amount="100")
    stated(node, sign_in("filters"), amount="50", price_max="8000")
    return whole, part


def test_nobody_else_finds_anything_sealed_on_any_page_feed_entry_or_error(node: Any, sign_in: Any) -> None:
    founded = node.log.size  # what was said before there was anything sealed
    whole, part, match = sealed_things(node, sign_in)
    urls = ["/market/", f"/market/{whole}/", f"/market/{part}/", f"/market/{match}/"]
    urls += ["/market/?sort=purchase", f"/market/?city={HARBIN}", "/market/need/new/", "/open/", "/parties/"]
    urls += ["/service/", "/community/", "/trust/", f"/trust/{CARBON}/", "/log/", "/public/", "/bodies/"]
    urls += [f"/bodies/{CARBON}/", "/log/?q=SECRET", f"/log/?q={SECRET_AMOUNT}"]
    urls += [f"/log/{number}/" for number in range(founded, node.log.size)]
    for user in ("", "harbin", "harbin-commander", "chamber", "riverside"):
        client = sign_in(user)
        for url in urls:
            page = client.get(url)
            told = page.content.decode(errors="replace") + str(page.headers)
            asked = url.partition("?q=")[2]  # the page of a search says what was asked
            told = told.replace(asked, "") if asked else told
            assert not [one for one in LEAKS if one in told], (user, url)
    log = b"".join(node.log.entries(0, node.log.size)).decode(errors="replace")
    assert not [one for one in LEAKS if one in log]


def test_a_row_sealed_whole_is_as_if_it_was_not_there(node: Any, sign_in: Any) -> None:
    before = _board(sign_in("riverside"))
    missing = sign_in("riverside").get(f"/market/{'0' * 64}/")
    whole = made(node, sign_in("carbon"), sealed=["all"], amount=SECRET_AMOUNT)
    assert _board(sign_in("riverside")) == before, "neither count nor order tells that it is there"
    client = sign_in("riverside")
    answer = client.get(f"/market/{whole}/")
    assert answer.status_code == missing.status_code == 404
    for act in ("accept", "refuse", "receive", "release", "withdraw"):
        found, none = (press(client, f"/market/{one}/{act}/", RIVERSIDE) for one in (whole, "0" * 64))
        assert found.status_code == none.status_code == 404
        assert _plain(found.content.decode(), whole) == _plain(none.content.decode(), "0" * 64)
    assert SECRET_AMOUNT in english(sign_in("carbon"), f"/market/{whole}/").replace(",", "")


def _board(client: Any) -> str:
    page = client.get("/market/").content.decode()
    return re.sub(r"<time.*?</time>|csrf\w+\" value=\"\w+", "", page.partition("<main")[2])


def test_two_who_differ_in_what_is_sealed_alone_look_the_same(node: Any, sign_in: Any, clock: Any) -> None:
    """What others see of a market is one page, whatever the sealed price is, as long as nobody is matched."""
    offer = made(node, sign_in("carbon"), sealed=["price", "time"], price="1", days=9)
    cheap = _plain(_board(sign_in("riverside")), offer)
    node.desk(CARBON, "rep-1").withdraw(offer, cause="error", reason={"en": "again"})
    clock.forward(1 / 3600)
    other = made(node, sign_in("carbon"), sealed=["price", "time"], price=SECRET_PRICE, days=30, note_zh="")
    assert _plain(_board(sign_in("riverside")), other) == cheap


def _plain(page: str, row: str) -> str:
    return page.replace(row, "row")


def test_what_was_sealed_is_open_to_the_other_side_once_it_took_the_offer(node: Any, sign_in: Any) -> None:
    _, part, match = sealed_things(node, sign_in)
    assert node.standing().matches[match].offer == part, "the open match; that of the sealed row is sealed"
    assert "7,654" not in english(sign_in("filters"), f"/market/{part}/")
    assert press(sign_in("filters"), f"/market/{match}/accept/", FILTERS).status_code == 302
    assert "7,654.32" in english(sign_in("filters"), f"/market/{part}/")
    assert "7,654" not in english(sign_in("harbin"), f"/market/{part}/")


def test_what_a_sealed_match_took_is_told_to_nobody(node: Any, sign_in: Any) -> None:
    offer = made(node, sign_in("carbon"))
    stated(node, sign_in("filters"), sealed=["all"], amount="77")
    press(sign_in("basin"), "/market/run/", BASIN)
    sealed = last(node, "MatchProposed")
    assert sealed.body is None
    assert "77" in english(sign_in("carbon"), f"/market/{sealed.id}/")
    assert sign_in("harbin").get(f"/market/{sealed.id}/").status_code == 404
    assert press(sign_in("filters"), f"/market/{sealed.id}/accept/", FILTERS).status_code == 302
    assert "left <b>23 t</b>" in english(sign_in("carbon"), f"/market/{offer}/")
    assert "left <b>100 t</b>" in english(sign_in("harbin"), f"/market/{offer}/")


def test_deleting_what_is_sealed_leaves_the_pages_and_the_log(node: Any, sign_in: Any) -> None:
    _, part, match = sealed_things(node, sign_in)
    for seen in node.standing().statements.values():
        sealed_bodies.forget(node, seen.statement)
    assert "100 t" in english(sign_in("carbon"), f"/market/{part}/")
    assert sign_in("filters").get(f"/market/{match}/").status_code == 200
    assert press(sign_in("basin"), "/market/run/", BASIN).status_code == 302


# --------------------------------------------------------------------------------------------------- races


@pytest.mark.django_db(transaction=True)
def test_two_bodies_that_take_the_same_at_once_one_has_it(node: Any, sign_in: Any) -> None:
    offer = made(node, sign_in("carbon"))
    needs = {
        FILTERS: stated(node, sign_in("filters"), amount="60"),
        HARBIN: stated(node, sign_in("harbin"), HARBIN),
    }
    reason = {"en": "both at once"}
    matches = {}
    for body, need in needs.items():
        told = {"need": need, "offer": offer, "amount": {"value": "60", "unit": "t"}, "reason": reason}
        matches[body] = node.desk(BASIN, "duty-01").say(Draft("MatchProposed", BASIN, None, None, told))
    clients = {FILTERS: sign_in("filters"), HARBIN: sign_in("harbin")}
    start, done = threading.Barrier(2), dict[str, Any]()

    def take(body: str) -> None:
        start.wait()
        try:
            done[body] = press(clients[body], f"/market/{matches[body]}/accept/", body)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(body,)) for body in matches]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    codes = sorted(one.status_code for one in done.values())
    assert codes[0] == 302
    assert codes[1] in (400, 409, 422)
    loser = next(one for one in done.values() if one.status_code != 302)
    assert "已承诺给他人，不会重复承诺" in loser.content.decode()
    held = node.standing()
    assert held.offers[offer].promised == 60
    assert not [flag for flag in held.flags if flag.code.startswith("market.")]


@pytest.mark.skipif(postgres_server.is_asked_for(), reason="the log is not in the folder")
def test_the_command_on_the_log_finds_what_the_page_proposes(node: Any, sign_in: Any) -> None:
    sealed_rows(node, sign_in)
    stated(node, sign_in("harbin"), HARBIN, amount="200", price_max="8000", sealed=["price"])
    folders = ["--region", str(node.home / "region"), "--sealed", str(node.home / "sealed")]
    words = ["match", "--log", str(node.home / "log.db"), "--at", time_text(node.now()), "--json"]
    open_ = _matches(CliRunner().invoke(main, [*words, *folders[:2]]))
    found = CliRunner().invoke(main, [*words, *folders])
    matched(node, sign_in)
    market = opened(node.standing(), market_board.NodeShelf(node))
    said = {(one.need, one.offer, f"{one.amount:f}") for one in market.matches.values()}
    assert _matches(found) == said
    assert len(said) > 1
    assert open_ == set(), "what is sealed is matched by who has it"
    told = CliRunner().invoke(main, [*words, *folders[:2], "--as", "jiamusi-riverside"])
    assert not [one for one in LEAKS if one in told.output]


def _matches(answer: Any) -> set[tuple[str, str, str]]:
    assert answer.exit_code == 0, answer.output
    return {(one["need"], one["offer"], one["amount"]) for one in json.loads(answer.output)["matches"]}
