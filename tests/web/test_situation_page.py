"""The first page: warnings in their order, the countdown, the silence, the list that the map repeats."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from html import unescape

import pytest
from conftest import Clock
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from spill_acts import (
    HARBIN,
    INCIDENT,
    JIAMUSI,
    JILIN,
    SONGYUAN,
    after,
    forecast,
    opened,
    read_at,
    said,
    warned,
)

from riskshed.web import countdown, map_ground, roster, threat
from riskshed.web.node import Node
from riskshed.web.people import EXERCISE
from riskshed.web.session_limits import NOTE_EVERY_S, UNATTENDED, USED

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]
HOURS = {SONGYUAN: (-60, -40, -20), HARBIN: (42, 51, 62), JIAMUSI: (330, 371, 430)}


def page(client: Client, path: str = "/", language: str = "zh-hans") -> str:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer: HttpResponse = client.get(path)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def plainly(html: str) -> str:
    """What a person reads, without markup and without what lies between words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def spilt(node: Node, clock: Clock) -> None:
    clock.forward(2)
    opened(node)
    forecast(node, HOURS)


def noticed(node: Node) -> str:
    """Jilin tells Harbin."""
    facts = {"to": [HARBIN], "cities": [HARBIN], "hazard_class": "accident"}
    return said(node, JILIN, "NoticeSent", expires=after(node.now(), 200), **facts)


def row_of(html: str, city: str) -> str:
    found = re.search(rf'<tr[^>]*data-city="{city}".*?</tr>', html, re.DOTALL)
    assert found, f"no row of {city}"
    return found[0]


def test_an_empty_page_says_that_nothing_is_known(sign_in: Enter) -> None:
    told = page(sign_in("harbin"))
    assert "没有进行中的事件" in told
    assert "没有现行预警" in told
    assert "没有待办责任" in told


def test_who_is_not_signed_in_is_sent_to_do_that(sign_in: Enter) -> None:
    assert sign_in("").get("/").status_code == 302


def test_the_countdown_is_to_my_own_city(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    for user, number in (("harbin", "51"), ("jiamusi", "15")):
        html = page(sign_in(user))
        assert re.search(rf'<p class="num">{number}<span>', html), user


def test_the_countdown_runs_with_the_clock_of_the_node(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    clock.forward(10)
    assert '<p class="num">41<span>小时' in page(sign_in("harbin"))


def test_the_countdown_says_its_band_probability_peak_and_that_people_are_unknown(
    node: Node, clock: Clock, sign_in: Enter
) -> None:
    spilt(node, clock)
    html = page(sign_in("harbin"))
    told = plainly(html)
    assert "90% 区间 42–62 小时" in told
    assert "到达概率0.98" in told
    assert "0.50 mg/L（限值 0.017）" in told
    assert "受影响人口未知" in told
    assert 'aria-label="90% 区间 42–62 小时，最可能 51 小时后"' in html


def test_the_first_line_says_the_two_facts_that_matter(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    clock.forward(9)
    zh, en = page(sign_in("harbin")), page(sign_in("harbin"), language="en")
    assert "江上泄漏约 42 小时后到达本市；吉林市已 9 小时没有消息。" in zh
    assert "A spill on the river reaches this city in about 42 h; Jilin City has been silent for 9 h." in en


def test_silence_counts_the_reports_that_were_owed(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    clock.forward(9)
    told = plainly(page(sign_in("harbin")))
    assert "应报 2 次，收到 0 次" in told
    assert "每 4 小时续报一次" in told


def test_no_silence_is_shown_while_the_source_is_heard(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    clock.forward(3)
    assert "沉默" not in page(sign_in("harbin"))


def test_a_city_counts_as_reached_only_if_a_reading_says_so(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    assert "推算已到 40 小时" in row_of(page(sign_in("harbin")), SONGYUAN)
    read_at(node, "songyuan", -30)
    row = row_of(page(sign_in("harbin")), SONGYUAN)
    assert "已到 30 小时" in row
    assert "推算" not in row
    assert "实测" in row


def test_a_reading_below_the_threshold_shows_no_front(node: Node, clock: Clock) -> None:
    spilt(node, clock)
    at = clock.at.isoformat()
    low = {"section": "songyuan", "time": at, "kind": "observed", "value": {"value": "0.01", "unit": "mg/L"}}
    said(node, SONGYUAN, "ReadingsTaken", readings=[low], starts=at, ends=at)
    held = node.standing()
    assert threat.of_incident(held, held.incidents[INCIDENT], node.region).seen == {}
    high = {**low, "value": {"value": "0.02", "unit": "mg/L"}}
    said(node, SONGYUAN, "ReadingsTaken", readings=[high], starts=at, ends=at)
    held = node.standing()
    assert set(threat.of_incident(held, held.incidents[INCIDENT], node.region).seen) == {SONGYUAN}


def test_an_unlikely_city_is_not_said_to_be_reached_soon(node: Node, clock: Clock, sign_in: Enter) -> None:
    clock.forward(2)
    opened(node)
    forecast(node, HOURS, probability={HARBIN: "0.04"})
    html = page(sign_in("harbin"))
    assert "到达本市的概率低于 0.1" in html
    assert 'data-reach="off"' in row_of(html, HARBIN)


def test_an_incident_without_a_forecast_says_that_arrivals_are_unknown(
    node: Node, clock: Clock, sign_in: Enter
) -> None:
    clock.forward(2)
    opened(node)
    html = page(sign_in("harbin"))
    assert "尚无预测，到达时间未知" in html
    assert '<p class="num">未知</p>' in html


def test_warnings_stand_the_most_severe_first_then_the_soonest(
    node: Node, clock: Clock, sign_in: Enter
) -> None:
    clock.forward(2)
    opened(node)
    late = warned(node, JIAMUSI, "yellow", onset=(clock.at.replace(day=20)).isoformat())
    soon = warned(
        node,
        SONGYUAN,
        "yellow",
        onset=(clock.at.replace(day=15)).isoformat(),
        hazard_class="natural_disaster",
    )
    grave = warned(node, HARBIN, "orange", hazard_class="public_health")
    shown = re.findall(r'id="w-(\w{12})"', page(sign_in("harbin")))
    assert shown == [one[:12] for one in (grave, soon, late)]


def test_a_hazard_warned_of_from_two_sides_is_one_row(node: Node, clock: Clock, sign_in: Enter) -> None:
    clock.forward(2)
    opened(node)
    warned(node, JIAMUSI, "orange")
    mine = warned(node, "230881", "yellow")  # Tongjiang, the next down the river
    html = page(sign_in("jiamusi"))
    assert len(re.findall('<li class="warning"', html)) == 1
    assert "同一险情另有预警" in html
    assert f"/warnings/{mine}/" in html


def test_a_cancelled_warning_is_gone(node: Node, clock: Clock, sign_in: Enter) -> None:
    clock.forward(2)
    opened(node)
    one = warned(node, HARBIN, "yellow")
    assert "江水不可饮用" in page(sign_in("harbin"))
    node.desk(HARBIN, "duty-07").cancel_warning(one, cause="error")
    clock.forward(0.1)
    assert "江水不可饮用" not in page(sign_in("harbin"))


def test_every_warning_has_its_proof_and_its_issuer(node: Node, clock: Clock, sign_in: Enter) -> None:
    clock.forward(2)
    opened(node)
    one = warned(node, HARBIN, "yellow")
    html = page(sign_in("harbin"))
    assert f"已签名 · 日志 #{node.index_of(one)}" in html
    assert f'href="/log/{node.index_of(one)}/"' in html


def test_a_drill_and_the_actual_do_not_show_each_other(node: Node, clock: Clock, sign_in: Enter) -> None:
    clock.forward(2)
    opened(node, drill=True)
    client = sign_in("harbin")
    assert "江上泄漏" not in page(client)
    session = client.session
    session[EXERCISE] = True
    session.save()
    assert "江上泄漏" in page(client)


def test_what_my_body_owes_waits_for_me_and_nothing_of_others(
    node: Node, clock: Clock, sign_in: Enter
) -> None:
    spilt(node, clock)
    noticed(node)
    harbin, jiamusi = page(sign_in("harbin")), page(sign_in("jiamusi"))
    todo = re.search(r'<ul class="todo">.*?</ul>', harbin, re.DOTALL)
    assert todo
    assert "签收通报" in todo[0]
    assert "还有 30 分" in todo[0]
    assert "签收通报" not in jiamusi


def test_who_was_told_and_who_was_not_is_shown(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    noticed(node)
    html = page(sign_in("harbin"))
    told = plainly(html[html.index("h-roster") :])
    assert "未签收" in told
    assert "可能波及而无通报记录：松原市、佳木斯市。" in told


def test_a_body_that_was_never_heard_is_not_silent_since_some_time(node: Node, clock: Clock) -> None:
    spilt(node, clock)
    held = node.standing()
    rows = roster.rows(held, held.incidents[INCIDENT], (HARBIN,))
    assert next(one for one in rows if one.body == HARBIN).heard is None
    assert next(one for one in rows if one.body == JILIN).heard is not None


def test_a_body_of_no_city_sees_who_is_reached_next(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    html = page(sign_in("basin"))
    assert "到达哈尔滨市" in html
    assert "约 51 小时后到达哈尔滨市" in html


def test_the_map_has_the_class_that_the_list_has(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    html = page(sign_in("harbin"), "/map/")
    listed = dict(re.findall(r'data-city="(\w+)" data-reach="(\w+)"', html))
    drawn = {code: reach for reach, code in re.findall(r'class="dot (\w+)" data-dot="([\w-]+)"', html)}
    assert listed[HARBIN] == "near"
    assert listed[JILIN] == "origin"
    assert {code: drawn[code] for code in listed} == listed


def test_the_list_comes_before_the_map(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    client = sign_in("harbin")
    html = page(client)
    assert "<figure" not in html
    address = unescape(re.findall(r'data-map-from="([^"]*)"', html)[0])
    assert html.index("cities-table") < html.index(f'href="{address}"')
    alone, whole = page(client, f"{address}&part=map"), page(client, address)
    assert alone.lstrip().startswith('<div class="mapped">')
    assert whole.index("cities-table") < whole.index('<figure class="map"')


def test_the_map_of_an_incident_is_the_one_that_was_asked_for(
    node: Node, clock: Clock, sign_in: Enter
) -> None:
    spilt(node, clock)
    name = {"zh": "另一事件", "en": "Another"}
    said(node, JIAMUSI, "IncidentOpened", name=name, hazard_class="accident", city=JIAMUSI, about="other-1")
    assert "另一事件" in page(sign_in("harbin"), "/map/?incident=other-1")
    assert "另一事件" not in page(sign_in("harbin"), "/map/?incident=none-such")


def test_a_map_that_the_browser_has_is_not_sent_again(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    client = sign_in("harbin")
    first = client.get("/map/?part=map")
    assert "no-cache" in first.headers["Cache-Control"]
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/map/?part=map", headers=tag).status_code == 304
    said(node, JILIN, "IncidentClosed")
    assert client.get("/map/?part=map", headers=tag).status_code == 200


def test_the_live_part_is_what_the_page_holds(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    client = sign_in("harbin")
    whole, part = page(client), page(client, "/?part=live")
    for name in ("top", "cities"):
        piece = part[part.index(f'<div data-live="{name}"') :][:800]
        assert piece in whole
    assert "<html" not in part
    assert "no-store" in client.get("/?part=live").headers["Cache-Control"]


def test_a_page_that_asks_by_itself_keeps_no_session_alive(sign_in: Enter) -> None:
    client = sign_in("harbin")
    page(client)
    session = client.session
    session[USED] = before = time.time() - 2 * NOTE_EVERY_S
    session.save()
    client.get("/?part=live", headers={UNATTENDED: "yes"})
    assert client.session[USED] == before
    client.get("/")
    assert client.session[USED] > before


def test_another_open_incident_can_be_looked_at(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    name = {"zh": "另一事件", "en": "Another"}
    said(node, JIAMUSI, "IncidentOpened", name=name, hazard_class="accident", city=JIAMUSI, about="other-1")
    client = sign_in("harbin")
    assert 'href="?incident=other-1"' in page(client)
    assert "另一事件：尚无预测" in page(client, "/?incident=other-1")


def test_a_closed_incident_is_gone(node: Node, clock: Clock, sign_in: Enter) -> None:
    spilt(node, clock)
    said(node, JILIN, "IncidentClosed")
    clock.forward(0.1)
    assert "没有进行中的事件" in page(sign_in("harbin"))


def test_the_first_page_without_the_map_is_at_most_60_kb_with_its_sheet(
    node: Node, clock: Clock, sign_in: Enter
) -> None:
    spilt(node, clock)
    for by, level in ((HARBIN, "orange"), (SONGYUAN, "yellow"), (JIAMUSI, "blue")):
        warned(node, by, level)
    html = page(sign_in("harbin"))
    sheet = (settings.STATICFILES_DIRS[0] / "riskshed" / "look.css").read_bytes()
    assert len(html.encode()) + len(sheet) <= 60_000


def test_shapes_of_the_map_hold_every_city_with_a_place(node: Node, sign_in: Enter) -> None:
    answer = sign_in("harbin").get("/map/shapes.geojson")
    told = json.loads(answer.content)
    cities = {one["properties"]["city"] for one in told["features"] if one["properties"]["sort"] == "city"}
    assert {JILIN, SONGYUAN, HARBIN, JIAMUSI} <= cities
    again = sign_in("harbin").get("/map/shapes.geojson", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_shapes_are_for_those_who_serve_a_body(sign_in: Enter) -> None:
    assert sign_in("").get("/map/shapes.geojson").status_code == 302


def test_a_county_lies_upon_its_prefecture(node: Node) -> None:
    drawn = [one["properties"].get("city") for one in json.loads(map_ground.geojson(node.region))["features"]]
    areas = drawn[: drawn.index("230126") + 1]
    if areas.count("230126"):
        assert drawn.index(HARBIN) < drawn.index("230126")


def test_a_strip_ends_at_a_round_time_after_the_band(node: Node, clock: Clock) -> None:
    ends = [clock.at.replace(day=15), clock.at.replace(day=16)]
    made = countdown.strip(clock.at, ends[0], ends[0], ends[1])
    assert made is not None
    assert [one.x for one in made.ticks] == ["0%", "33.33%", "66.67%", "100%"]
    assert (made.low, made.width) == ("66.67%", "33.33%")
    assert countdown.strip(clock.at, None, ends[0], ends[1]) is None
