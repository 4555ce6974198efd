"""The page of readings: what arrived last, what became of it, a table handed in; feeds with their faults."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from interface_world import housed, reading, run_chain
from officers import HARBIN, JILIN, enter_exercise, seat

from riskshed.web import feed_watcher
from riskshed.web.models import FeedRow, ReadingRow

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/readings/"


@pytest.fixture
def taker(node):
    with housed(node) as made:
        yield made


def table(*rows: dict[str, str]) -> bytes:
    return "\n".join([",".join(rows[0]), *(",".join(one.values()) for one in rows), ""]).encode()


def hand_in(client, data: bytes, *, exercise: bool = False):
    file = SimpleUploadedFile("measured.csv", data, "text/csv")
    return client.post(URL, {"seat": seat(HARBIN, exercise=exercise), "table": file})


def text(answer) -> str:
    return answer.content.decode()


def test_a_table_is_taken_in_and_its_readings_are_shown(node, taker, sign_in):
    client = sign_in("harbin")
    answer = hand_in(
        client,
        table(reading(value="0.5"), reading(value="", kind="not_detected", time="2005-11-13T13:31:00+08:00")),
    )
    assert answer.status_code == 302, text(answer)
    assert ReadingRow.objects.filter(body=HARBIN, sender="duty-07").count() == 2
    page = text(client.get(f"{URL}?station=sifangtai", headers={"accept-language": "en"}))
    assert "0.5 mg/L" in page
    assert "unknown" in page
    assert "waiting" in page
    run_chain(node)
    assert "on the record" in text(client.get(f"{URL}?station=sifangtai", headers={"accept-language": "en"}))


def test_faults_name_their_line_and_nothing_is_kept(taker, sign_in):
    answer = hand_in(sign_in("harbin"), table(reading(), reading(unit="furlong")))
    assert answer.status_code == 400
    assert '<th scope="row">3</th>' in text(answer)
    assert "furlong" in text(answer)
    assert ReadingRow.objects.count() == 0


def test_another_bodys_station_is_refused(taker, sign_in):
    answer = hand_in(sign_in("harbin"), table(reading(place=JILIN)))
    assert answer.status_code == 400
    assert ReadingRow.objects.count() == 0


def test_in_a_drill_nothing_is_taken_in(taker, sign_in):
    client = sign_in("harbin")
    enter_exercise(client)
    assert hand_in(client, table(reading()), exercise=True).status_code == 400
    assert ReadingRow.objects.count() == 0


def test_thresholds_stand_beside_the_station(node, sign_in):
    page = text(sign_in("harbin").get(f"{URL}?station=sifangtai"))
    assert "0.017" in page


def test_a_station_without_readings_is_unknown_and_not_zero(node, sign_in):
    page = text(sign_in("harbin").get(URL, headers={"accept-language": "en"}))
    assert "unknown: nothing arrived" in page


def test_an_unknown_station_is_not_there(node, sign_in):
    assert sign_in("harbin").get(f"{URL}?station=none").status_code == 404


def test_an_administrator_adds_a_feed_sees_its_faults_and_ends_it(node, sign_in):
    client = sign_in("admin")
    client.post("/administration/feeds/", {"url": "https://feeds.example/a", "kind": "cap", "every_s": "300"})
    row = FeedRow.objects.get()
    FeedRow.objects.update(faults=[{"code": "feed.status", "got": "404"}])
    assert "feed.status: 404" in text(client.get("/administration/feeds/"))
    client.post(f"/administration/feeds/{row.pk}/end/")
    assert FeedRow.objects.get().ended is not None


def test_a_feed_of_another_body_is_not_ended(node, sign_in):
    row = feed_watcher.add(JILIN, "https://feeds.example/a", "cap", 300)
    client = sign_in("admin")
    assert client.post(f"/administration/feeds/{row.pk}/end/").status_code == 404
    assert FeedRow.objects.get().ended is None


@pytest.mark.parametrize(("url", "every_s"), [("file:///etc/passwd", "300"), ("https://a.example/", "1")])
def test_a_feed_that_cannot_be_watched_is_refused(node, sign_in, url, every_s):
    answer = sign_in("admin").post("/administration/feeds/", {"url": url, "kind": "cap", "every_s": every_s})
    assert answer.status_code == 400
    assert FeedRow.objects.count() == 0
