"""Needs, offers and matches over the interface: stated and answered, and nothing sealed told to others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from interface_world import Machine, problem, secret
from officers import BASIN, HARBIN, last

from riskshed.governance.draft import Draft
from riskshed.statement import time_text
from riskshed.web import market_board
from riskshed.web.api import acts

CARBON, FILTERS = "songyuan-carbon", "harbin-filters"
SECRET_PRICE, SECRET_TRAIT = 765432, "mesh-SECRET"
LEAKS = (str(SECRET_PRICE), "7654.32", "SECRET")
MINUTE = 1 / 60
"""In hours, as the clock of the tests goes forward."""
WORDS = {"zh": "不再需要", "en": "no longer needed"}


@pytest.fixture
def filters(node, people) -> Machine:
    """A machine of an enterprise in Harbin that needs carbon."""
    return Machine(secret(people, FILTERS, "representative"))


@pytest.fixture
def carbon(node, people) -> Machine:
    """A machine of a maker of carbon."""
    return Machine(secret(people, CARBON, "representative"))


def need(node: Any, **more: Any) -> dict[str, Any]:
    times = {"opens_at": time_text(node.now()), "needed_by": time_text(node.now() + timedelta(days=5))}
    return {
        "sort": "purchase",
        "item": "activated-carbon",
        "amount": {"value": "60", "unit": "t"},
        "city": HARBIN,
        **times,
        **more,
    }


def offer(node: Any, **more: Any) -> dict[str, Any]:
    told = need(node, amount={"value": "100", "unit": "t"})
    times = {"ready_at": told.pop("opens_at"), "until": told.pop("needed_by")}
    return {**told, **times, **more}


def made(machine: Machine, path: str, body: Any, **headers: str) -> str:
    answer = machine.post(path, body, **headers)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def matched(node: Any) -> str:
    desk = market_board.MarketDesk(node.desk(BASIN, "duty-01"), market_board.NodeShelf(node), [BASIN])
    desk.run(market_board.places())
    return last(node, "MatchProposed").id


def test_a_need_is_stated_matched_taken_and_received(node, filters, carbon):
    wanted, given = made(filters, "needs", need(node)), made(carbon, "offers", offer(node))
    match = matched(node)
    (told,) = filters.get("matches").json()["items"]
    assert (told["id"], told["need"], told["offer"], told["status"]) == (match, wanted, given, "proposed")
    taken = made(filters, f"matches/{match}/accept", {})
    assert node.standing().promises[taken].status == "open"
    assert carbon.get(f"offers/{given}").json()["left"] == {"value": "40", "unit": "t"}
    came = {"amount": {"value": "60", "unit": "t"}, "received_at": time_text(node.now())}
    made(filters, f"matches/{match}/receive", came)
    told = filters.get(f"matches/{match}").json()
    assert (told["status"], told["received"]) == ("received", {"value": "60", "unit": "t"})
    assert filters.get(f"needs/{wanted}").json()["status"] == "received"


def test_a_row_tells_what_was_said_of_it_and_null_for_the_rest(node, filters):
    wants = [{"key": "grade", "sign": "=", "value": "A"}]
    price = {"minor": 5000, "currency": "CNY"}
    body = need(node, wants=wants, price_max=price, priority=4, whole=True, note={"zh": "急用"})
    told = filters.get(f"needs/{made(filters, 'needs', body)}").json()
    assert (told["wants"], told["price_max"], told["priority"]) == (wants, price, 4)
    assert (told["whole"], told["note"], told["is_open_to_you"]) == (True, {"zh": "急用"}, True)
    assert (told["prefers"], told["partners_max"], told["distance_max_km"]) == (None, None, None)
    assert told["needed_by"].startswith(time_text(node.now() + timedelta(days=5))[:16].replace("Z", ""))


# ------------------------------------------------------------------------------------------- what is sealed


def test_what_is_sealed_of_an_offer_is_told_to_its_own_body_alone(node, filters, carbon):
    sealed = {"sealed": ["price", "traits"], "has": [{"key": "mesh", "value": SECRET_TRAIT}]}
    body = offer(node, price={"minor": SECRET_PRICE}, **sealed)
    given = made(carbon, "offers", body)
    told = carbon.get(f"offers/{given}").json()
    assert told["price"] == {"minor": SECRET_PRICE, "currency": "CNY"}
    for path in (f"offers/{given}", "offers?view=all", "offers", "matches?view=all"):
        answer = filters.get(path)
        assert answer.status_code == 200
        assert not [one for one in LEAKS if one in answer.content.decode()], path
    told = filters.get(f"offers/{given}").json()
    assert (told["price"], told["has"], told["sealed"]) == (None, None, ["price", "traits"])
    assert told["is_open_to_you"] is False


def test_an_offer_that_is_sealed_whole_has_no_address_for_others_and_no_place_in_their_pages(
    node, filters, carbon
):
    before = filters.get("offers?view=all")
    given = made(carbon, "offers", offer(node, sealed=["all"]))
    nowhere = filters.get("offers/" + "0" * 64)
    hidden = filters.get(f"offers/{given}")
    assert (hidden.status_code, problem(hidden)["code"]) == (404, "market.unknown_offer")
    assert problem(hidden)["detail"] == problem(nowhere)["detail"].replace("0" * 12, given[:12])
    after = filters.get("offers?view=all")
    assert (after.json(), after["ETag"]) == (before.json(), before["ETag"])
    assert [one["id"] for one in carbon.get("offers").json()["items"]] == [given]
    taken = filters.post(f"offers/{given}/withdraw", {})
    assert (taken.status_code, problem(taken)["code"]) == (404, "market.unknown_offer")


def test_a_sealed_place_is_found_by_no_filter(node, filters, carbon):
    made(carbon, "offers", offer(node, sealed=["place"]))
    assert len(carbon.get(f"offers?city={HARBIN}").json()["items"]) == 1
    assert filters.get(f"offers?city={HARBIN}").json()["items"] == []
    assert len(filters.get("offers").json()["items"]) == 1


# ------------------------------------------------------------------------------------------------ lists


def test_rows_come_page_by_page_and_unchanged_lists_are_not_sent_again(node, filters):
    said = {made(filters, "needs", need(node, item=f"rice-{n}")) for n in range(3)}
    first = filters.get("needs?limit=2").json()
    second = filters.get(f"needs?limit=2&after={first['next']}").json()
    got = [one["id"] for one in (*first["items"], *second["items"])]
    assert (set(got), len(got), second["next"]) == (said, 3, None)
    tag = filters.get("needs")["ETag"]
    assert filters.get("needs", if_none_match=tag).status_code == 304
    made(filters, "needs", need(node, item="rice-3"))
    assert filters.get("needs", if_none_match=tag).status_code == 200
    other = filters.get(f"offers?after={first['next']}")
    assert (other.status_code, problem(other)["code"]) == (422, "page.bad_cursor")


def test_a_list_is_of_one_side_and_of_what_was_asked_for(node, filters, carbon):
    wanted, given = made(filters, "needs", need(node)), made(carbon, "offers", offer(node))
    wanted_of = {
        "needs": [wanted],
        "offers": [given],
        "needs?view=ours": [wanted],
        "offers?view=ours": [],
        "needs?sort=aid": [],
        "needs?item=activated-carbon": [wanted],
    }
    for path, ids in wanted_of.items():
        assert [one["id"] for one in filters.get(path).json()["items"]] == ids, path
    assert filters.get(f"offers/{wanted}").status_code == 404


# --------------------------------------------------------------------------------------------- said once


@pytest.mark.parametrize("sealed", [[], ["price"], ["all"]])
@pytest.mark.parametrize("point", ["_keep", "done"])
def test_a_need_whose_answer_was_lost_in_a_crash_is_stated_once(
    node, filters, clock, monkeypatch, point, sealed
):
    body = need(node, sealed=sealed, price_max={"minor": 900})
    with monkeypatch.context() as crash:

        class Died(BaseException):
            """The process ends here."""

        crash.setattr(acts, point, Mock(side_effect=Died))
        with pytest.raises(Died):
            filters.post("needs", body, idempotency_key="k1")
    clock.forward(1)
    told = [filters.post("needs", body, idempotency_key="k1").json()["id"] for _ in range(2)]
    (row,) = filters.get("needs?view=ours").json()["items"]
    assert told == [row["id"]] * 2


def test_the_same_need_sent_twice_is_one(node, filters, clock):
    body = need(node)
    first = filters.post("needs", body)
    clock.forward(MINUTE)
    again = filters.post("needs", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_the_same_receipt_sent_twice_is_one(node, filters, carbon, clock):
    made(filters, "needs", need(node)), made(carbon, "offers", offer(node))
    match = matched(node)
    made(filters, f"matches/{match}/accept", {})
    came = {"amount": {"value": "20", "unit": "t"}, "received_at": time_text(node.now())}
    first = filters.post(f"matches/{match}/receive", came)
    clock.forward(MINUTE)
    again = filters.post(f"matches/{match}/receive", came)
    assert (first.status_code, again.status_code) == (201, 200)
    assert filters.get(f"matches/{match}").json()["received"]["value"] == "20"


def test_answers_are_given_once_and_a_promise_that_was_given_back_stays_so(node, filters, carbon, clock):
    wanted, given = made(filters, "needs", need(node)), made(carbon, "offers", offer(node))
    match = matched(node)
    for path in (f"matches/{match}/accept", f"matches/{match}/release"):
        told = []
        for _ in range(2):
            told.append(filters.post(path, {}))
            clock.forward(MINUTE)
        assert [one.status_code for one in told] == [201, 200], [one.content for one in told]
        assert told[0].json()["id"] == told[1].json()["id"]
    assert node.standing().offers[given].left == 100
    made(filters, f"needs/{wanted}/withdraw", {"reason": WORDS})
    assert filters.post(f"needs/{wanted}/withdraw", {}).json()["new"] is False
    assert filters.get(f"needs/{wanted}").json()["status"] == "withdrawn"
    assert dict(last(node, "StatementWithdrawn").words("reason")) == WORDS


def test_a_match_is_refused_with_a_reason_and_by_none_but_its_two(node, people, filters, carbon):
    made(filters, "needs", need(node)), made(carbon, "offers", offer(node))
    match = matched(node)
    size = node.log.size
    assert carbon.post(f"matches/{match}/refuse", {"reason": {}}).status_code == 422
    stranger = Machine(secret(people, HARBIN, "duty_officer"))
    for name, body in (("accept", {}), ("refuse", {"reason": WORDS}), ("release", {})):
        answer = stranger.post(f"matches/{match}/{name}", body)
        assert (answer.status_code, problem(answer)["code"]) == (403, "access.refused")
    given_back = filters.post(f"matches/{match}/release", {})
    assert (given_back.status_code, problem(given_back)["code"]) == (409, "market.not_accepted")
    assert carbon.post(f"matches/{match}/accept", {}).status_code in (409, 422)
    assert node.log.size == size
    made(carbon, f"matches/{match}/refuse", {"reason": WORDS})
    assert filters.get(f"matches/{match}").json()["refused_by"] == CARBON


def test_another_bodys_need_is_not_taken_back(node, filters, carbon):
    wanted = made(filters, "needs", need(node))
    answer = carbon.post(f"needs/{wanted}/withdraw", {})
    assert (answer.status_code, problem(answer)["code"]) == (403, "access.refused")
    assert node.standing().needs[wanted].status == "open"


# ------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"amount": {"value": "-5", "unit": "t"}}, "market.amount"),
        ({"amount": {"value": "much", "unit": "t"}}, "statement."),
        ({"needed_by": "2005-11-01T00:00:00+08:00"}, "market.past"),
        ({"needed_by": "2005-11-20T00:00:00"}, "request.timezone_aware"),
        ({"city": "999999"}, "market.city"),
        ({"item": "x y"}, "statement."),
        ({"price_max": {"minor": 5, "currency": "EUR"}}, "market.currency"),
        ({"priority": 12}, "request.less_than_equal"),
        ({"sealed": ["name"]}, "request.literal_error"),
        ({"made_up": 1}, "request.extra_forbidden"),
    ],
)
@pytest.mark.parametrize("sealed", [[], ["all"]])
def test_a_need_that_cannot_be_is_refused_fault_by_fault_and_leaves_nothing(
    node, filters, wrong, code, sealed
):
    size, kept = node.log.size, list((node.home / "sealed").glob("*"))
    answer = filters.post("needs", need(node, **{"sealed": sealed, **wrong}))
    assert answer.status_code == 422
    assert any(one["code"].startswith(code) for one in problem(answer)["faults"]), answer.content
    assert (node.log.size, list((node.home / "sealed").glob("*"))) == (size, kept)


def test_a_need_of_a_drill_is_none_in_earnest(node, people, filters, carbon):
    desk = market_board.MarketDesk(
        node.desk(CARBON, "duty-01", exercise=True), market_board.NodeShelf(node), [BASIN]
    )
    body = {**offer(node), "amount": {"value": "1", "unit": "t"}}
    said = desk.state(Draft("OfferMade", CARBON, None, None, body), [], [HARBIN])
    assert filters.get("offers?view=all").json()["items"] == []
    assert [one["id"] for one in filters.get("offers?exercise=true").json()["items"]] == [said]
