"""Base information in the pages: unknown is not zero, old is marked, and what cannot be is refused."""

from __future__ import annotations

from typing import Any

import pytest
from officers import HARBIN, JILIN, do, last, press

URL = "/stocks/report/"
ROW = {
    "stock_1_sort": "supplies",
    "stock_1_item": "drinking_water",
    "stock_1_amount": "1063597.1",
    "stock_1_unit": "L",
    "stock_1_city": HARBIN,
}


def page(client: Any, language: str = "en") -> str:
    answer = client.get("/stocks/", headers={"accept-language": language})
    assert answer.status_code == 200
    return str(answer.content.decode())


def stock(value: str, city: str = HARBIN, item: str = "drinking_water") -> dict[str, Any]:
    return {"item": item, "amount": {"value": value, "unit": "L"}, "city": city, "sort": "supplies"}


def refused(client: Any, node: Any, language: str = "en", **typed: Any) -> str:
    """What a form is answered that must say nothing."""
    before = node.log.size
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    answer = do(client, URL, HARBIN, **{**ROW, **typed})
    assert answer.status_code == 400
    assert node.log.size == before
    return str(answer.content.decode())


def test_before_anybody_reports_each_city_is_unknown_and_none_is_zero(node: Any, sign_in: Any) -> None:
    text = page(sign_in("harbin"))
    assert "Unknown: nobody has reported" in text
    assert "No city&#x27;s short boards" in text or "No city's short boards" in text
    assert "/stocks/" in sign_in("harbin").get("/bodies/").content.decode()


def test_what_is_reported_stands_there_with_its_source_and_the_rest_is_unknown(
    node: Any, sign_in: Any
) -> None:
    typed = {**ROW, "stock_1_kept": "0", "stock_1_ready": "2.5"}
    assert do(sign_in("harbin"), URL, HARBIN, **typed).status_code == 302
    said = last(node, "StockReported")
    (row,) = said.records("rows")
    assert row["kept_back"] == {"value": "0", "unit": "L"}
    assert row["ready_h"] == "2.5"
    assert not said.has("complete")
    text = page(sign_in("basin"))
    assert "1,063,597.1 L" in text
    assert "0 L" in text
    assert "2.5 h" in text
    assert f"/log/{node.index_of(said.id)}/" in text
    assert "Unknown: people, teams, equipment, shelters, hospitals" in text


def test_short_boards_stand_worst_first_with_their_norm(node: Any, sign_in: Any) -> None:
    node.desk(HARBIN, "duty-07").report_stock(rows=[stock("15953956.5")])
    node.desk(JILIN, "duty-03").report_stock(rows=[stock("1324404.3", JILIN)])
    text = page(sign_in("basin"))
    assert "not confirmed: source was not read" in text
    assert text.index("10.0 %") < text.index("50.0 %")
    assert "residents unknown" in text


@pytest.mark.parametrize(("hours", "is_old"), [(72, False), (72.1, True)])
def test_an_old_figure_is_marked_and_a_new_one_is_not(
    hours: float, is_old: bool, node: Any, sign_in: Any, clock: Any
) -> None:
    node.desk(HARBIN, "duty-07").report_stock(rows=[stock("5")])
    clock.forward(hours)
    assert (">old<" in page(sign_in("basin"))) is is_old
    assert (">已过时<" in page(sign_in("basin"), "zh-hans")) is is_old


def test_nothing_is_an_answer_and_a_complete_report_says_so(node: Any, sign_in: Any) -> None:
    answer = do(sign_in("harbin"), URL, HARBIN, **{**ROW, "stock_1_amount": "0", "complete": "on"})
    assert answer.status_code == 302
    assert last(node, "StockReported").yes_no("complete")
    text = page(sign_in("basin"))
    assert "what it does not list is not there" in text
    assert "0.0 %" in text


@pytest.mark.parametrize(
    ("typed", "english", "chinese"),
    [
        ({"stock_1_amount": "-5"}, "less than nothing: -5", "不能小于零：-5"),
        ({"stock_1_kept": "2000000"}, "want 0 to 1063597.1", "留用应在"),
        ({"stock_1_city": "999999"}, "there is no such city: 999999", "没有这个城市：999999"),
        ({"as_of": "2005-11-14T13:40"}, "that time has not come", "这个时间还没有到"),
        ({"stock_1_ready": "-1"}, "less than nothing", "不能小于零"),
        ({"stock_1_unit": ""}, "Fill in the whole row", "本行请填完整"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_said(
    typed: Any, english: str, chinese: str, node: Any, sign_in: Any
) -> None:
    assert english in refused(sign_in("harbin"), node, **typed)
    assert chinese in refused(sign_in("harbin"), node, "zh-hans", **typed)


def test_the_fault_of_a_later_row_stands_beside_that_row(node: Any, sign_in: Any) -> None:
    later = {name.replace("_1_", "_3_"): value for name, value in ROW.items()}
    text = refused(sign_in("harbin"), node, **{**later, "stock_3_amount": "-7"})
    assert 'href="#id_stock_3_amount"' in text


def test_the_same_report_sent_twice_is_said_once(node: Any, sign_in: Any) -> None:
    client = sign_in("harbin")
    typed: dict[str, Any] = {**ROW, "as_of": "2005-11-13T13:00"}
    assert press(client, URL, **typed).status_code == 302
    size = node.log.size
    assert press(client, URL, **typed).status_code == 302
    assert node.log.size == size


def test_a_bad_report_on_the_record_is_shown_and_hides_nobody(node: Any, sign_in: Any) -> None:
    node.desk(HARBIN, "duty-07").report_stock(rows=[stock("5")])
    node.desk(JILIN, "duty-03").report_stock(rows=[stock("-9", JILIN)])
    text = page(sign_in("basin"))
    assert "Reports that cannot be used" in text
    assert "less than nothing: -9" in text
    assert "5 L" in text
