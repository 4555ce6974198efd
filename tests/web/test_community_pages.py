"""The pages of the community: the same for everybody, by what it concerns; news is shared and corrected."""

import json
import re
from datetime import timedelta

import postgres_server
import pytest
from click.testing import CliRunner
from django.core.cache import cache
from django.test import Client

from riskshed.cli import main
from riskshed.exchange.cap_feed import read_feed
from riskshed.governance import reach
from riskshed.governance.draft import Draft
from riskshed.statement import time_text
from riskshed.web.node import LOG_FILE
from tests.web.test_public import CITY, OTHER
from tests.web.test_public import warn as warned

PARTY = "harbin-filters"
SHARED = {
    "title_zh": "道里区停水安排",
    "title_en": "Where water is brought",
    "text_zh": "送水车每天来。不要喝江水。",
    "text_en": "Water carts come daily. Do not drink from the river.",
    "audience": "people",
    "cities": [CITY],
    "rivers": ["songhua"],
    "source": "https://example.org/water",
}


@pytest.fixture(autouse=True)
def _no_pace_before():
    cache.clear()


def news(node, by=CITY, *, replies_to=None, **more):
    body = {"title": {"zh": "停水", "en": "No water"}, "text": {"zh": "停水。", "en": "No water."}}
    told = {**body, "audience": "people", "cities": [CITY], **more}
    return node.desk(by, "duty-01").say(Draft("NewsShared", by, None, replies_to, told))


def warn(node, city=CITY, **more):
    """A warning of an incident by which the hazard is known."""
    if "e-1" not in node.standing().incidents:
        node.desk(CITY, "duty-07").open_incident(
            "e-1",
            name={"en": "spill"},
            hazard_class="accident",
            hazard="nitrobenzene",
            city=CITY,
            what={"en": "spill"},
        )
    return warned(node, city, about="e-1", **more)


def page(path, language="en", **more):
    return Client(headers={"accept-language": language}).get(path, **more)


def text(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def sent(client, path, body, **changed):
    return client.post(path, {"seat": f"{body} actual", **SHARED, **changed}, follow=True)


# ------------------------------------------------------------------------------------------------ reading


def test_a_page_is_the_same_for_everybody_and_may_be_kept_by_any_cache(node, sign_in):
    news(node)
    answer, of_officer = page("/community/place/230100/"), sign_in("harbin")
    of_officer.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert of_officer.get("/community/place/230100/").content == answer.content
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    again = page("/community/place/230100/", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304


def test_news_stands_on_its_place_and_on_no_other(node, db):
    news(node)
    assert "No water" in text(page("/community/place/230100/"))
    assert "No water" not in text(page("/community/place/230800/"))


def test_both_languages_are_there(node, db):
    news(node)
    assert "停水" in text(page("/community/", "zh"))
    english = text(page("/community/"))
    assert "No water" in english
    assert not re.search("[\u3400-\u9fff]", re.sub(r'<a[^>]*lang="zh-hans"[^>]*>[^<]*</a>', "", english))


def test_a_warning_is_told_in_plain_words_to_place_river_and_industry(node, db):
    warn(node)
    for path in ("place/230100", "river/songhua", "hazard/accident", "industry/A04"):
        assert "This is an orange warning" in text(page(f"/community/{path}/")), path
    fishers = text(page("/community/industry/A04/"))
    assert "Stop fishing." in fishers
    assert "Regionalleitstelle Oderland" in fishers


@pytest.mark.parametrize("path", ["place/999999", "river/nile", "industry/Z99", "planet/earth", "news/ab"])
def test_what_cannot_be_followed_is_not_found(node, db, path):
    assert page(f"/community/{path}/").status_code == 404


def test_a_voice_that_nobody_verified_is_held_and_told_so(node, sign_in):
    held = news(node, PARTY)
    assert "No water" not in text(page("/community/"))
    assert page(f"/community/news/{held}/").status_code == 404
    own = sign_in("filters").get("/community/own/").content.decode()
    assert "held for now" in own.lower() or "暂不显示" in own


def test_once_verified_the_voice_is_heard(node, db):
    news(node, PARTY)
    name = node.standing().bodies[PARTY].name
    until = time_text(node.now() + timedelta(days=300))
    how = {"party": PARTY, "name": dict(name), "how": "public_register", "until": until}
    node.desk(CITY, "duty-01").say(Draft("PartyVerified", CITY, None, None, how))
    shown = text(page("/community/"))
    assert "No water" in shown
    assert "(verified)" in shown


def test_a_correction_shows_what_is_no_longer_said_and_what_is(node, db):
    first = news(node, text={"zh": "水开了能喝。", "en": "Boiled water is safe. Carts come daily."})
    more = {"text": {"en": "Boiled water is not safe. Carts come daily."}, "change": {"en": "boiling"}}
    second = news(node, replies_to=first, **more)
    shown = text(page(f"/community/news/{second}/"))
    assert "<del>Boiled water is safe.</del>" in shown
    assert "<ins>Boiled water is not safe.</ins>" in shown
    assert "Carts come daily.</ins>" not in shown
    assert first not in text(page("/community/place/230100/"))
    assert "corrected" in text(page(f"/community/news/{first}/"))


def test_a_source_is_a_link_only_if_it_is_an_address_of_the_web(node, db):
    good, bad = news(node, source="https://example.org/a"), news(node, source="javascript:alert(1)")
    assert 'href="https://example.org/a"' in text(page(f"/community/news/{good}/"))
    assert 'href="javascript:' not in text(page(f"/community/news/{bad}/"))


def test_pages_are_light(node, db):
    for at in range(30):
        news(node, title={"zh": f"第 {at} 条", "en": f"number {at}"})
    for city, level in ((CITY, "orange"), (OTHER, "yellow")):
        warn(node, city, level=level)
    for path in ("", "place/230100/", "river/songhua/", "industry/A04/", "mine/?f=place:230100", "traits/"):
        assert len(page(f"/community/{path}").content) < 60_000, path


# ---------------------------------------------------------------------------------------------- following


def test_a_list_in_the_address_shows_what_concerns_any_of_it(node, db):
    news(node)
    news(node, cities=[OTHER], title={"en": "Carts in Jiamusi"})
    shown = text(page("/community/mine/?f=place:230100&f=place:230800&f=river:nile"))
    assert shown.index("Carts in Jiamusi") > 0
    assert "No water" in shown
    assert "river:nile" in shown
    assert shown.count("checked") == 2
    assert "Carts in Jiamusi" not in text(page("/community/mine/?f=place:230100"))


@pytest.mark.parametrize("path", ["feed.atom", "place/230100/feed.atom", "mine/feed.atom?f=place:230100"])
def test_feeds_are_atom_and_lead_to_the_page_of_each_block(node, db, path):
    said = news(node)
    warn(node)
    answer = page(f"/community/{path}")
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert answer["Cache-Control"].startswith("public")
    feed = read_feed(answer.content)
    links = [entry.links[0].href for entry in feed.entries]
    assert f"{node.profile.url}/community/news/{said}/" in links
    assert "No water" in feed.entries[[link.split("/")[-2] for link in links].index(said)].title
    assert len(links) == 2


def test_what_was_taken_back_is_new_in_the_feed_and_says_so(node, db, clock):
    said = news(node)
    before = read_feed(page("/community/feed.atom").content)
    clock.forward(2)
    node.desk(CITY, "duty-01").withdraw(said, cause="error", reason={"en": "wrong"})
    after = read_feed(page("/community/feed.atom").content)
    assert "taken back" in after.entries[0].title
    assert after.updated > before.updated
    assert after.entries[0].id == before.entries[0].id


def test_a_feed_of_nothing_is_a_feed(node, db):
    assert read_feed(page("/community/place/230800/feed.atom").content).entries == ()


def test_order_in_the_address_makes_no_other_feed(node, db):
    news(node)
    one = page("/community/mine/feed.atom?f=place:230100&f=river:songhua").content
    assert one == page("/community/mine/feed.atom?f=river:songhua&f=place:230100").content


# ------------------------------------------------------------------------------------------------ sharing


def test_a_representative_shares_corrects_and_takes_back(node, sign_in):
    client = sign_in("filters")
    answer = sent(client, "/community/share/", PARTY)
    assert answer.redirect_chain, answer.content.decode()
    (said,) = [one for one in node.standing().news.values() if one.by == PARTY]
    assert (said.cities, said.rivers, said.source) == ((CITY,), ("songhua",), "https://example.org/water")
    more = {"text_en": "Carts come twice a day.", "change_en": "how often"}
    sent(client, f"/community/news/{said.id}/correct/", PARTY, **more)
    (new,) = [one for one in node.standing().news.values() if one.corrects == said.id]
    sent(client, f"/community/news/{new.id}/withdraw/", PARTY, cause="error", reason_en="wrong day")
    assert node.standing().news[new.id].status == "withdrawn"


def test_who_may_share_is_said_before_the_way_there_and_on_the_page_that_refuses(node, sign_in):
    index = text(page("/community/"))
    assert "Officers and representatives of a body: sign in and share news" in index
    assert "/parties/join/" in index
    refused = sign_in("admin").get("/community/own/", headers={"accept-language": "en"})
    assert refused.status_code == 403
    assert "Roles that may: duty officer, commander, analyst, evaluator, auditor, representative." in (
        refused.content.decode()
    )
    # Where only the body is another one, no role is wanting.
    other = sign_in("harbin").get(f"/community/news/{news(node, OTHER)}/correct/")
    assert other.status_code == 403
    assert "可以办理的角色" not in other.content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cities": [], "rivers": []}, "没有写明涉及什么"),
        ({"cities": ["999999"]}, "不能关注"),
        ({"title_zh": "", "title_en": ""}, "必填"),
        ({"until": "2001-01-01T00:00"}, "有效期已过"),
    ],
)
def test_what_readers_would_not_find_is_refused_with_what_was_typed(node, sign_in, changed, words):
    before = node.log.size
    answer = sent(sign_in("harbin"), "/community/share/", CITY, **changed)
    shown = answer.content.decode()
    assert words in shown
    assert "送水车每天来" in shown
    assert node.log.size == before


def test_a_correction_without_words_is_refused(node, sign_in):
    said = news(node)
    answer = sent(sign_in("harbin"), f"/community/news/{said}/correct/", CITY)
    assert "更正必须说明" in answer.content.decode()


# ------------------------------------------------------------------------------------- plain words elsewhere


def test_the_public_page_has_plain_words_for_everybody_and_for_groups(node, db):
    warn(node)
    shown = text(page("/public/"))
    assert "In plain words" in shown
    assert "it does not take chemicals out" in shown
    assert "Mix baby formula with bottled water." in shown


def test_the_four_traits_say_what_is_unknown(node, db):
    warn(node)
    shown = text(page("/community/traits/"))
    for words in ("Inclusive", "Connected", "Efficient", "Trusted", "unknown, nobody counts them"):
        assert words in shown


def test_the_form_of_a_warning_proposes_plain_words_and_names_what_is_hard_to_read(node, sign_in):
    warn(node)
    client = sign_in("harbin")
    proposed = client.get("/warnings/new/?incident=e-1").content.decode()
    assert "储备饮用水。" in proposed
    assert "不要以为烧开就能喝" in proposed
    assert "改得更好懂" not in proposed
    typed = {"seat": f"{CITY} actual", "instruction_zh": "按足迹处置。", "level": "blue"}
    noted = client.post("/warnings/new/", typed).content.decode()
    assert "可能受影响的范围" in noted
    assert 'href="#id_instruction_zh"' in noted


def test_the_page_of_a_warning_is_told_in_plain_words_that_can_be_read_aloud(node, sign_in):
    shown = sign_in("harbin").get(f"/warnings/{warn(node)}/").content.decode()
    assert "这是橙色预警，仅次于红色。" in shown
    assert 'data-aloud="plain"' in shown
    assert "read-aloud.js" in shown


@pytest.mark.skipif(postgres_server.is_asked_for(), reason="the log is not in the folder")
def test_the_command_counts_the_same_from_the_log_without_a_server(node, db):
    news(node)
    warn(node)
    wanted = reach.of(node.standing(), node.region).to_json()
    asked = ["community", str(node.home / LOG_FILE), "--region", str(node.home / "region")]
    told = CliRunner().invoke(main, [*asked, "--at", node.now().isoformat(), "--json"])
    assert told.exit_code == 0, told.stderr
    found = json.loads(told.stdout)
    assert found == json.loads(json.dumps(wanted))
    (harbin,) = [one for one in found["inclusive"]["cities"] if one["city"] == CITY]
    assert (harbin["warnings"], harbin["news"]) == (1, 1)
    words = CliRunner().invoke(main, [*asked, "--at", node.now().isoformat(), "--lang", "zh"])
    assert "没有人统计" in words.stdout


def test_a_list_is_kept_with_an_account_for_that_account_alone(node, sign_in):
    client = sign_in("filters")
    from_address = client.get("/community/kept/?f=place:230100").content.decode()
    assert from_address.count(" checked") == 1
    size = node.log.size
    client.post("/community/kept/", {"f": ["place:230100", "river:songhua", "river:nile"]})
    shown = client.get("/community/kept/").content.decode()
    assert "/community/mine/?f=place%3A230100&amp;f=river%3Asonghua" in shown
    assert " checked" not in sign_in("carbon").get("/community/kept/").content.decode()
    client.post("/community/kept/", {})
    assert " checked" not in client.get("/community/kept/").content.decode()
    assert node.log.size == size
