"""Reports without an account: photograph, point, nothing personal, and what stops those who abuse it."""

from __future__ import annotations

from datetime import timedelta

import postgres_server
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from officers import HARBIN, seat
from test_photographs import picture, with_place

from riskshed.audit import audit
from riskshed.governance.draft import Draft
from riskshed.statement import read
from riskshed.web import backup, corroborating, matter, operations, origins, photographs, record_proof
from riskshed.web.models import AdminEvent
from riskshed.web.node import LOG_FILE

REPORT = {
    "what": "江面有死鱼，气味刺鼻",
    "city": "230100",
    "where": "",
    "lat": "",
    "lon": "",
    "seen_at": "",
    "website": "",
}
FAR = {"city": "", "lat": "31.23", "lon": "121.47"}


@pytest.fixture(autouse=True)
def no_pace_of_before():
    cache.clear()


def photo(data=None, name="p.jpg"):
    return SimpleUploadedFile(name, picture() if data is None else data, "image/jpeg")


def send(address="192.0.2.1", files=(), **more):
    client = Client(REMOTE_ADDR=address, headers={"accept-language": "zh-CN"})
    return client.post("/public/report/", {**REPORT, **more, "photographs": list(files)})


def last(node):
    return read(node.entry(node.log.size - 1))


# ------------------------------------------------------------------------------------------- photographs


def test_a_photograph_comes_with_the_report_and_nothing_with_the_photograph(node, db, sign_in):
    assert send(files=[photo(with_place())]).status_code == 302
    said = last(node)
    (file,) = said.records("files")
    data = photographs.find(node, file["digest"])
    assert (len(data), file["media_type"]) == (file["size_bytes"], "image/jpeg")
    assert b"SECRET" not in data
    name = file["digest"].removeprefix("sha256:")
    # Not public: those who may read reports see it, and nobody else.
    assert Client().get(f"/files/{name}").status_code == 404
    shown = f"/field-reports/{said.id}/photographs/{name}/"
    assert Client().get(shown).status_code == 302
    assert sign_in("filters").get(shown).status_code == 403
    seen = sign_in("harbin").get(shown)
    assert (seen.status_code, seen["Content-Type"], seen.content) == (200, "image/jpeg", data)
    assert "no-store" in seen["Cache-Control"]


def test_an_officer_of_the_body_that_filed_it_lets_it_be_public_or_removes_it(node, db, sign_in):
    send(files=[photo()])
    said = last(node)
    name = said.records("files")[0]["digest"].removeprefix("sha256:")
    decide = f"/field-reports/{said.id}/photographs/{name}/decide/"
    assert sign_in("harbin").post(decide, {"seat": seat(HARBIN), "act": "show"}).status_code == 403
    basin = sign_in("basin")
    assert basin.post(decide, {"seat": seat("songhua-basin"), "act": "other"}).status_code == 400
    assert basin.post(decide, {"seat": seat("songhua-basin"), "act": "show"}).status_code == 302
    assert Client().get(f"/files/{name}").status_code == 200
    assert basin.post(decide, {"seat": seat("songhua-basin"), "act": "remove"}).status_code == 302
    assert Client().get(f"/files/{name}").status_code == 404
    assert "日志仍可验证" in basin.get(f"/field-reports/{said.id}/").content.decode()


def test_a_photograph_is_shown_only_with_the_report_that_names_it(node, db, sign_in):
    send(files=[photo()])
    name = last(node).records("files")[0]["digest"].removeprefix("sha256:")
    send(what="河边有异味，岸上发白")
    other = last(node)
    assert sign_in("harbin").get(f"/field-reports/{other.id}/photographs/{name}/").status_code == 404


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"%PDF-1.7", "不是 JPEG"), (b"\xff" * (photographs.BYTES_MAX + 1), "超过 8 MB"), (b"", "不是 JPEG")],
)
def test_what_is_no_photograph_is_said_and_the_text_is_kept(node, db, data, word):
    size = node.log.size
    answer = send(files=[photo(data)])
    assert answer.status_code == 400
    page = answer.content.decode()
    assert word in page
    assert REPORT["what"] in page
    assert (node.log.size, list(node.home.glob("photographs/*"))) == (size, [])


def test_too_many_photographs_are_refused(node, db):
    assert "最多 3 张" in send(files=[photo()] * 4).content.decode()


# ------------------------------------------------------------------------------------------------- place


def test_a_point_gives_the_city_and_is_public_to_a_hundred_metres(node, db):
    assert send(city="", lat="45.756789", lon="126.642345").status_code == 302
    said = last(node)
    assert said.string("place") == HARBIN
    assert said.record("point") == {"lat": "45.757", "lon": "126.642"}


def test_a_point_far_from_all_that_is_covered_is_refused_and_says_what_is(node, db):
    size = node.log.size
    page = send(**FAR).content.decode()
    assert "超过 150 公里" in page
    assert "哈尔滨" in page
    assert REPORT["what"] in page
    assert node.log.size == size


@pytest.mark.parametrize(
    "wrong",
    [{"lat": "45.7"}, {"lat": "91", "lon": "1"}, {"lat": "NaN", "lon": "1"}, {"lat": "x", "lon": "y"}],
)
def test_a_point_that_is_none_is_refused(node, db, wrong):
    assert send(**{**wrong, "city": ""}).status_code == 400


# ---------------------------------------------------------------------------------------- personal data


@pytest.mark.parametrize("field", ["what", "where"])
@pytest.mark.parametrize("text", ["打我电话 138-0013-8000", "身份证 11010519491231002X", "a.b@example.com"])
def test_personal_data_is_asked_out_in_both_languages_and_never_on_the_log(node, db, field, text):
    size = node.log.size
    answer = send(**{field: text})
    assert answer.status_code == 400
    assert "不能带个人信息" in answer.content.decode()
    english = Client(headers={"accept-language": "en"}).post("/public/report/", {**REPORT, field: text})
    assert "nothing personal may be public" in english.content.decode()
    assert node.log.size == size


# ---------------------------------------------------------------------------------------------- floods


def test_who_reports_is_a_pseudonym_of_the_day(node, db, clock):
    said = []
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        send(address, what=f"江面有死鱼 {len(said)}")
        said.append(last(node).string("reporter"))
    assert said[0] == said[1] != said[2]
    clock.forward(24)
    send(what="江面有死鱼")
    assert last(node).string("reporter") not in said
    assert "192.0.2" not in "".join(said)


def test_one_household_is_one_origin_in_ipv6(node):
    now = node.now()
    first, second, other = (
        origins.pseudonym(node, address, now)
        for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    )
    assert first == second != other
    assert origins.pseudonym(node, "::ffff:192.0.2.1", now) == origins.pseudonym(node, "192.0.2.1", now)


@pytest.mark.skipif(
    postgres_server.is_asked_for(), reason="a log in PostgreSQL is kept with pg_dump, not in this backup"
)
def test_the_salt_of_a_day_is_gone_with_the_day_and_in_no_backup(node, clock, tmp_path):
    origins.pseudonym(node, "192.0.2.1", node.now())
    first = (node.home / origins.FILE).read_text()
    backup.take(node.home, tmp_path / "copy")
    assert not (tmp_path / "copy" / origins.FILE).exists()
    clock.forward(24)
    origins.pseudonym(node, "192.0.2.1", node.now())
    assert first.split()[1] not in (node.home / origins.FILE).read_text()


def test_a_flood_about_one_city_leaves_room_for_others_and_for_who_is_new(node, db, monkeypatch):
    monkeypatch.setattr(origins, "CITY_MAX", 3)
    codes = [send(what=f"江面有死鱼 第{at}次").status_code for at in range(5)]
    assert codes == [302, 302, 302, 429, 429]
    assert send(city="220200", what="另一个城市").status_code == 302
    assert send("192.0.2.9", what="新来的人也看到死鱼").status_code == 302


def test_a_flood_of_the_node_still_takes_who_is_new_up_to_an_end(node, db, monkeypatch):
    monkeypatch.setattr(origins, "NODE_MAX", 2)
    codes = [send(f"192.0.2.{at}", what=f"江面有死鱼 {at}").status_code for at in range(6)]
    assert codes == [302, 302, 302, 302, 429, 429]
    page = send("192.0.2.99", what="又一次")
    assert "暂不能再收" in page.content.decode()
    assert "又一次" in page.content.decode()


def test_the_same_words_again_are_one_report(node, db, clock):
    size = node.log.size
    first = send()["Location"]
    clock.forward(0.1)
    assert send()["Location"] == first
    assert node.log.size == size + 1


def test_reports_of_one_origin_about_one_matter_are_one_line(node, db, sign_in):
    for at in range(3):
        send(what=f"江面有死鱼，气味刺鼻，第 {at} 条")
    page = sign_in("harbin").get("/field-reports/").content.decode()
    assert page.count("江面有死鱼，气味刺鼻") == 1
    assert "同一来源另报 2 次" in page


# --------------------------------------------------------------------------------------- false reports


def test_who_reports_what_is_not_so_loses_weight_and_not_his_voice(node, db, sign_in):
    send("192.0.2.7", what="水坝垮塌了，快跑")
    false = last(node)
    body = {"what": {"zh": "已到场查看，水坝完好"}, "seen_at": false.to_json()["issued"]}
    node.desk(HARBIN, "duty-07").say(
        Draft("FieldReportFiled", HARBIN, None, None, {**body, "contradicts": [false.id]})
    )
    send("192.0.2.7", what="江里死鱼很多，有气味")
    again = last(node)
    assert again.kind == "FieldReportFiled"
    send("192.0.2.8")
    honest = node.standing().field_reports[last(node).id]
    found = corroborating.of(node, node.standing(), honest)
    assert [(one.statement, one.points) for one in found.evidence] == [(again.id, 0)]
    page = sign_in("harbin").get(f"/field-reports/{again.id}/").content.decode()
    assert "被否定 1 份" in page
    page = sign_in("harbin").get(f"/field-reports/{honest.id}/").content.decode()
    assert "不计" in page


def test_a_representative_reports_under_the_name_of_his_body(node, sign_in):
    assert sign_in("riverside").post("/public/report/", REPORT).status_code == 302
    said = last(node)
    assert (said.by, said.yes_no("verified"), said.has("reporter")) == ("jiamusi-riverside", True, False)


# ------------------------------------------------------------------------------------------- forgetting


@pytest.mark.skipif(postgres_server.is_asked_for(), reason="the log is not in the folder")
def test_what_is_forgotten_leaves_the_log_verifiable(node, db):
    send(files=[photo()])
    said = last(node)
    digest = said.records("files")[0]["digest"]
    photographs.publish(node, digest)
    before = node.log.checkpoint
    assert operations.forget(node, said.id) == matter.Forgotten(sealed=False, photographs=1)
    assert AdminEvent.objects.get(act="matter.forgotten").details["statement"] == said.id
    assert photographs.find(node, digest) is None
    assert matter.forget(node, said) == matter.Forgotten(sealed=False, photographs=0)
    assert node.log.checkpoint == before
    assert audit(node.home / LOG_FILE, logs=[record_proof.verifier(node)]).ok


def test_a_form_that_comes_from_a_clock_a_little_ahead_is_taken(node, db):
    at = (node.now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    assert send(seen_at=at).status_code == 302
