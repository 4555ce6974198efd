"""The public page: a file that any cache can carry, and a form that needs no account."""

import json
import re
import threading
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from riskshed.governance.message import Telling
from riskshed.governance.outlook import Coming, Outlook
from riskshed.statement import make, read
from riskshed.web import public_files
from riskshed.web.pages.public import OFFICER

CITY, OTHER = "230100", "230800"
REPORT = {"what": "江面有死鱼", "city": CITY, "where": "", "seen_at": "", "website": ""}


@pytest.fixture(autouse=True)
def _no_pace_before():
    cache.clear()


def warn(node, city=CITY, *, level="orange", hours=24, instruction=None, exercise=False, **more):
    """Issue a warning as the duty desk of a city does."""
    desk = node.desk(city, "duty-07", exercise=exercise)
    onset = node.now() + timedelta(hours=6)
    outlook = Outlook(
        (Coming(city, 0.9, onset, onset, onset),), pathway="pollutant", threshold=0.017, unit="mg/L"
    )
    telling = Telling(outlook, city, "accident", node.now(), node.names(), exercise=exercise)
    told = instruction or {
        "zh": "11-14 12:00 前存好水\n不要喝江水",
        "en": "Store water before 11-14 12:00\nDo not drink",
    }
    expires = node.now() + timedelta(hours=hours)
    draft = desk.draft_warning(telling, [city], level=level, instruction=told, expires=expires, **more)
    return desk.issue_warning(draft)


def shown(path="/public/", **headers):
    return Client(headers=headers).get(path)


def links(page):
    return re.findall(r'(?:href|src|action)="([^"]+)"', page)


# ----------------------------------------------------------------------------------------------- the files


def test_where_nothing_is_warned_of_the_page_says_so_and_when(node, db):
    page = shown().content.decode()
    assert "没有现行预警" in page
    assert node.now().isoformat(timespec="minutes") in page


def test_a_warning_is_shown_with_what_to_do_where_until_when_and_by_whom(node, db):
    said = warn(node)
    page = shown().content.decode()
    for words in ("橙色预警", "11-14 12:00 前存好水", "不要喝江水", "哈尔滨", f"日志 #{node.index_of(said)}"):
        assert words in page, words
    assert page.index("11-14 12:00 前存好水") < page.index("有效至")


def test_both_languages_are_there_and_each_is_of_one_language(node, db):
    warn(node)
    page = shown(accept_language="en").content.decode()
    assert "Orange warning" in page
    assert "Store water before" in page
    assert "现行预警" not in page
    assert "现行预警" in shown("/public/index.zh.html").content.decode()


def test_the_files_lie_in_the_folder_and_link_only_to_each_other_or_to_the_node(node, db, tmp_path):
    warn(node)
    made = public_files.write(node, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(made)
    for name in public_files.PAGES.values():
        page = (tmp_path / "out" / name).read_text("utf-8")
        # One script, that only adds a button: without it nothing is missing.
        assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="read-aloud.js">']
        assert "style=" not in page
        for link in links(page):
            assert link.startswith(("#", f"{node.profile.url}/")) or (tmp_path / "out" / link).is_file(), link


def test_a_page_and_its_sheet_are_small(node, db):
    for at, city in enumerate((CITY, OTHER)):
        warn(node, city, level=("orange", "yellow")[at])
    made = public_files.make(node)
    for name in public_files.PAGES.values():
        assert len(made[name]) + len(made["public.css"]) + len(made["icon.svg"]) <= 30_000


def test_many_warnings_do_not_make_the_page_too_large(node, db):
    assert public_files.warnings(node, node.standing(), node.now()) == ()
    warn(node)
    one = public_files.warnings(node, node.standing(), node.now())[0]
    page = public_files._page(node, [one] * 200, node.now())
    assert len(page.encode()) + len(public_files.make(node)["public.css"]) <= 30_000
    assert "200" in page


def test_what_a_machine_reads_says_the_same(node, db):
    said = warn(node)
    told = json.loads(shown("/public/warnings.json").content)
    assert [one["id"] for one in told["warnings"]] == [said]
    assert told["warnings"][0]["cities"][0]["name"]["zh"] == "哈尔滨市"
    assert told["warnings"][0]["log_index"] == node.index_of(said)


def test_hostile_words_are_shown_as_words(node, db):
    hostile = "<img src=x onerror=alert(1)>"
    warn(node, instruction={"zh": hostile, "en": hostile})
    page = shown().content.decode()
    assert hostile not in page
    assert "&lt;img" in page


def test_a_drill_is_never_shown_to_the_public(node, db):
    warn(node, exercise=True)
    assert "没有现行预警" in shown().content.decode()
    assert json.loads(shown("/public/warnings.json").content)["warnings"] == []


def test_what_is_for_members_alone_is_not_shown_to_the_public(node, db):
    told = read(node.entry(node.index_of(warn(node))))
    node.desk(CITY, "duty-07").cancel_warning(told.id, "all_clear")
    common = {"by": CITY, "officer": "duty-07", "issued": node.now(), "exercise": False}
    said = make("WarningIssued", **common, visibility="members", body=told.to_json()["body"])
    node.record.append((said,), node.keys.key(CITY, "statement"), node.now())
    assert node.standing().warnings[said.id].status == "active"
    assert "没有现行预警" in shown().content.decode()


def test_a_warning_that_was_cancelled_or_has_run_out_is_gone(node, db, clock):
    said = warn(node)
    assert "橙色预警" in shown().content.decode()
    node.desk(CITY, "duty-07").cancel_warning(said, "all_clear")
    assert "没有现行预警" in shown().content.decode()
    warn(node, hours=2, level="yellow")
    assert "黄色预警" in shown().content.decode()
    clock.forward(2)
    time.sleep(0.6)  # the answer of the node may be half a second old
    assert "没有现行预警" in shown().content.decode()


def test_the_page_is_not_sent_twice_and_only_kept_for_a_short_time(node, db):
    first = shown()
    assert "Set-Cookie" not in first.headers
    assert "max-age=30" in first["Cache-Control"]
    again = shown(if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    warn(node)
    assert shown(if_none_match=first["ETag"]).status_code == 200


def test_only_the_files_of_the_page_are_served(node, db):
    (node.home / "public").mkdir(exist_ok=True)
    (node.home / "public" / "other.html").write_text("x")
    for name in ("other.html", "..%2flog.key", "log.key", ".html"):
        assert shown(f"/public/{name}").status_code == 404


def test_a_full_disk_does_not_take_the_page_away(node, db):
    (node.home / "public").write_text("a file where the folder should be")
    warn(node)
    assert "橙色预警" in shown().content.decode()


def test_the_keeper_writes_when_a_warning_comes_and_when_it_runs_out(node, db, clock):
    keeper = public_files.Keeper(node, node.home / "kept")
    keeper.start()
    try:
        _until(lambda: "没有现行预警" in _kept(node))
        warn(node, hours=1)
        node.tick()
        _until(lambda: "橙色预警" in _kept(node))
        clock.forward(1)
        _until(lambda: "没有现行预警" in _kept(node))
    finally:
        keeper.stop()
    assert not any(one.name == "public files" for one in threading.enumerate())


def _kept(node):
    path = node.home / "kept" / "index.zh.html"
    return path.read_text("utf-8") if path.is_file() else ""


def _until(holds, seconds=40):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.05)


def test_the_colours_of_the_small_sheet_are_those_of_the_large_one():
    sheets = [(public_files._static / name).read_text("utf-8") for name in ("public.css", "look.css")]
    small, large = (set(re.findall(r"(--[a-z0-9-]+): (#[0-9a-f]{6});", text)) for text in sheets)
    assert small
    assert small <= large


# ------------------------------------------------------------------------------------------------ reporting


def test_anybody_may_report_and_it_stands_at_once_as_unconfirmed(node, db):
    answer = Client().post("/public/report/", REPORT)
    assert answer.status_code == 302
    said = read(node.entry(node.log.size - 1))
    assert (said.kind, said.officer, said.by) == ("FieldReportFiled", OFFICER, node.profile.body)
    assert node.standing().field_reports[said.id].confirmed is None
    assert said.string("place") == CITY
    assert not said.yes_no("verified")
    assert f"第 {node.log.size - 1} 条" in Client().get(answer["Location"]).content.decode()


def test_the_same_report_pressed_twice_is_one(node, db):
    size = node.log.size
    for _ in range(2):
        assert Client().post("/public/report/", REPORT).status_code == 302
    assert node.log.size == size + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": ""},
        {"what": "   "},
        {"what": "x" * 1001},
        {"what": "\x00\x07"},
        {"city": ""},
        {"city": "999999"},
        {"city": "<script>"},
        {"where": "x" * 201},
        {"seen_at": "yesterday"},
        {"seen_at": "2005-12-31T00:00"},
        {"seen_at": "1990-01-01T00:00"},
    ],
)
def test_a_report_that_cannot_be_said_says_nothing_and_keeps_what_was_typed(node, db, wrong):
    size = node.log.size
    answer = Client().post("/public/report/", {**REPORT, **wrong})
    assert answer.status_code == 400
    assert b"h-faults" in answer.content
    assert node.log.size == size


def test_a_machine_that_fills_in_everything_is_thanked_and_not_heard(node, db):
    size = node.log.size
    answer = Client().post("/public/report/", {**REPORT, "website": "http://spam.example"})
    assert answer.status_code == 302
    assert node.log.size == size


def test_one_address_may_not_report_without_end(node, db):
    size = node.log.size
    codes = [
        Client().post("/public/report/", {**REPORT, "what": f"report {at}"}).status_code for at in range(14)
    ]
    assert codes[0] == 302
    assert codes[-1] == 429
    assert 0 < node.log.size - size <= 10


def test_a_report_needs_the_token_of_the_form(node, db):
    assert Client(enforce_csrf_checks=True).post("/public/report/", REPORT).status_code == 403


def test_only_a_report_of_the_public_can_be_thanked_for(node, db):
    assert Client().get("/public/report/thanks/?entry=0").status_code == 404
    assert Client().get("/public/report/thanks/?entry=99999").status_code == 404
    assert Client().get("/public/report/thanks/?entry=%C2%B2").status_code == 200


def test_nothing_is_asked_that_says_who_reports(node, db):
    page = Client().get("/public/report/").content.decode()
    assert set(re.findall(r'name="([a-z_]+)"', page)) <= {
        *("viewport", "csrfmiddlewaretoken", "website", "what", "city", "where", "seen_at"),
        *("lat", "lon", "photographs"),
    }
