"""The cluster in pages: what is unknown says so, a trial says nothing on the record, actions are duties."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Clock
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from officers import do, plain

from riskshed.case import find
from riskshed.governance import special_actions
from riskshed.governance.draft import Draft
from riskshed.pathways import local_supply
from riskshed.statement import time_text
from riskshed.web import cluster_board, current, demo_market, demo_said
from riskshed.web.access import Pace
from riskshed.web.demo_case import Demo, logins
from riskshed.web.demo_node import found_demo
from riskshed.web.demo_said import Voices
from riskshed.web.models import Membership
from riskshed.web.node import Node

CASE = "changchun-2022"
CITY, OFFICE, COORDINATION = "220100", "changchun-industry", "cluster-coordination"
FIRST_SCREEN_BYTES = 60 * 1024
TRIAL = {"plant": "VW-TJ-G", "days": "30", "cover_low": "3", "cover_high": "14"}
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cluster") / "node"
    found_demo(made, find(CASE))
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock(Demo.read(CASE).begins)


@pytest.fixture
def node(home: Path, tmp_path: Path, clock: Clock) -> Iterator[Node]:
    """A node of the car cluster."""
    shutil.copytree(home, tmp_path / "node")
    with Node(tmp_path / "node", current.DEMO_PASSPHRASE, clock=clock) as opened:
        current.use(opened)
        yield opened
        current.use(None)


@pytest.fixture
def enter(db: None, node: Node) -> Callable[[str], Client]:
    """A client that is signed in with an account of this demonstration."""

    def sign_in(user: str, language: str = "en") -> Client:
        login = next(one for one in logins(CASE) if one.user == user)
        person = get_user_model().objects.create_user(user, password="a long password for tests")
        for role in login.roles:
            Membership.objects.create(user=person, body=login.body, role=role, officer=login.officer)
        client = Client(headers={"accept-language": language})
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


def text(client: Client, url: str, **query: str) -> str:
    answer = client.get(url, query)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return str(answer.content.decode())


def planned(node: Node, *tasks: dict[str, Any], by: str = CITY, **more: Any) -> str:
    body = plain("ActionPlanned", tasks=list(tasks), **more)
    return node.desk(by, "duty-03").say(Draft("ActionPlanned", by, None, None, body))


def task(node: Node, code: str, owner: str, days: float, **more: Any) -> dict[str, Any]:
    due = time_text(node.now() + timedelta(days=days))
    return {
        "task": code,
        "owner": owner,
        "what": {"zh": "建立名录", "en": "make a register"},
        "due": due,
        **more,
    }


def asked(client: Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/cluster/{path}")
    assert answer.status_code == 200, answer.content
    assert client.get(f"/api/v1/cluster/{path}", headers={"if-none-match": answer["ETag"]}).status_code == 304
    return list(answer.json()["items"])


def test_programs_read_the_rates_and_stocks_of_the_page_and_null_for_what_is_unknown(
    node: Node, enter: Any
) -> None:
    client, region = enter("hefei"), node.region
    rates = {(one["scope"], one["territory"]): one for one in asked(client, "supply-rates")}
    wanted = local_supply.of_territory(region, CITY, "city")
    told = rates["city", CITY]
    assert (told["by_parts"], told["parts"], told["makers"]) == (wanted.by_parts, wanted.parts, wanted.makers)
    assert told["by_value"] is None
    stocks = asked(client, "stocks")
    assert {one["plant"] for one in stocks} == {one.id for one in region.plants if one.tier == 0}
    lows = [one["low_d"] for one in stocks if one["low_d"] is not None]
    assert lows == sorted(lows) != []
    for one in stocks:
        links = [each for each in region.supply_links if each.customer == one["plant"]]
        known = [each.cover_low_d for each in links if None not in (each.cover_low_d, each.cover_high_d)]
        assert one["low_d"] == min(known, default=None)


def test_programs_read_each_goal_beside_the_figure_of_its_own_territory(node: Node, enter: Any) -> None:
    lines = asked(enter("hefei"), "figures")
    told = [(line["indicator"], line["territory"], goal) for line in lines for goal in line["goals"]]
    assert len(told) == sum(one.kind == "goal" for one in node.region.indicators) > 0
    for indicator, territory, goal in told:
        own = [one for one in node.region.indicators
               if (one.indicator, one.territory, one.kind) == (indicator, territory, "actual")]  # fmt: skip
        periods = {one.period for one in own if one.value is not None}
        assert goal["latest"] in (periods or {None})
        assert (goal["is_reached"] is None) or periods


# ------------------------------------------------------------------------------------------------ the page


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Makers", "FAW-VW Chengdu", "unknown", "synthetic", "2025", "local supply rate", "bands")),
    ("zh-hans", ("整车厂", "一汽-大众成都", "未知", "假定（合成）", "本地配套率", "区间")),
])  # fmt: skip
def test_page_shows_plants_figures_rates_and_stocks_with_what_is_unknown_and_supposed(
    enter: Any, language: str, words: tuple[str, ...]
) -> None:
    page = text(enter("hefei", language), "/cluster/")
    assert all(one in page for one in words), [one for one in words if one not in page]
    assert page.count("<tr>") > 60
    assert '<svg role="img"' in page


def heads(page: str) -> dict[str, str]:
    """The note beside each heading, tags taken out; empty where there is none."""
    found = re.findall(r'<h2 id="h-(\w+)">.*?</h2>(?:<span class="small quiet">(.*?)</span>)?</div>', page)
    return {name: re.sub("<[^>]*>", "", note) for name, note in found}


def test_a_note_stands_beside_its_own_heading_alone(enter: Any) -> None:
    notes = heads(text(enter("hefei"), "/cluster/"))
    assert "runs out first" in notes["stocks"]
    assert (notes["actions"], notes["net"], notes["rates"]) == ("", "", "")
    trial = heads(text(enter("industry"), "/cluster/trial/", **TRIAL))
    assert re.fullmatch(r"as if from \d\d-\d\d \d\d:\d\d\+08", trial["halts"]), trial["halts"]
    assert (trial["cities"], trial["real"]) == ("", "")


def test_what_is_unknown_of_a_whole_tier_is_said_once(enter: Any) -> None:
    page = text(enter("hefei", "zh-hans"), "/cluster/")
    makers, suppliers = (re.search(rf'id="h-t{at}".*?</table>', page, re.DOTALL) for at in (1, 2))
    assert makers is not None
    assert suppliers is not None
    assert "日产值均未知" in makers[0]
    assert "3,600 辆" in makers[0]
    assert "日产量、日产值均未知" in suppliers[0]
    assert suppliers[0].count("未知") == 1


def test_a_province_that_the_region_does_not_name_is_that_of_its_city(enter: Any) -> None:
    page = text(enter("hefei", "zh-hans"), "/cluster/")
    assert "合肥市所在省" in page
    assert ">340000<" not in page
    assert "吉林省" in page


def test_days_of_stock_are_as_they_were_given(enter: Any) -> None:
    assert "0.2–3 days" in text(enter("hefei"), "/cluster/")


def test_page_without_its_picture_is_light(enter: Any) -> None:
    for language in ("en", "zh-hans"):
        whole = text(enter({"en": "hefei", "zh-hans": "changchun"}[language], language), "/cluster/")
        bare = re.sub(r"<figure.*?</figure>", "", whole, flags=re.DOTALL)
        assert len(bare.encode()) <= FIRST_SCREEN_BYTES, len(bare.encode())


def test_goal_says_its_scope_and_what_is_missing(enter: Any) -> None:
    page = text(enter("hefei"), "/cluster/")
    row = re.search(r"<tr><th[^>]*>local supply rate of parts.*?</tr>", page, re.DOTALL)
    assert row is not None
    assert "province" in row[0]
    assert "2010: 32 % short" in row[0]


def test_representative_of_a_firm_sees_it_and_the_public_does_not(enter: Any) -> None:
    assert "Makers" in text(enter("maker"), "/cluster/")
    assert Client().get("/cluster/").status_code == 302


# --------------------------------------------------------------------------------------------- the trial


def test_trial_tells_who_halts_when_at_what_loss_and_says_nothing_on_the_record(
    node: Node, enter: Any
) -> None:
    before = node.log.size
    page = text(enter("hefei"), "/cluster/trial/", **TRIAL)
    assert node.log.size == before
    assert "nothing is said on the record" in page
    assert re.search(r"FAW-VW Chengdu.*?1\.0|FAW-VW Chengdu.*?0\.\d", page, re.DOTALL)
    for told in (
        "median",
        "seed 1",
        "100 members",
        "automatic gearboxes",
        "worth unknown",
        "No offer on record",
    ):
        assert told in page, told
    assert "/incidents/new/" in page


def test_trial_names_an_offer_on_record_that_would_do(node: Node, enter: Any) -> None:
    offer = {
        "sort": "parts", "item": "automatic_gearboxes", "amount": {"value": "500", "unit": "set"},
        "city": "440600", "until": time_text(node.now() + timedelta(days=60)),
    }  # fmt: skip
    node.desk("XUYANG-FS", "rep-01").say(Draft("OfferMade", "XUYANG-FS", None, None, offer))
    page = text(enter("hefei"), "/cluster/trial/", **TRIAL)
    assert "Faurecia-Xuyang Foshan" in page
    assert "500 set" in page


@pytest.mark.parametrize("wrong", [
    {"plant": "nowhere"}, {"plant": ""}, {"days": "0"}, {"days": "61"}, {"days": "1e9"}, {"days": "x"},
    {"cover_low": "9", "cover_high": "3"}, {"cover_high": "1000"}, {"cover_low": "-1"}, {"cover_low": ""},
])  # fmt: skip
def test_trial_that_cannot_be_is_refused_in_words(enter: Any, wrong: dict[str, str]) -> None:
    answer = enter("hefei").get("/cluster/trial/", {**TRIAL, **wrong})
    assert answer.status_code == 400
    assert "Plants that halt" not in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()


def test_trials_are_paced(enter: Any, monkeypatch: Any) -> None:
    cache.clear()
    monkeypatch.setattr(cluster_board, "PACE", Pace(2, 600))
    client = enter("hefei")
    codes = [client.get("/cluster/trial/", TRIAL).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert client.get("/api/v1/cluster/trial", {"plant": "VW-TJ-G"}).status_code == 429, "both doors together"
    cache.clear()


def test_same_trial_gives_the_same_page(enter: Any) -> None:
    client = enter("hefei")
    first, second = (
        re.sub(r'name="csrf[^>]*>', "", text(client, "/cluster/trial/", **TRIAL)) for _ in range(2)
    )
    assert first == second


# ---------------------------------------------------------------------------------------------- actions


FORM = {
    "action": "chain-2022",
    "title_zh": "强链补链", "title_en": "Mend the chain",
    "source": "a paper of the city",
    "money": "1000000",
    "tasks_1_task": "register", "tasks_1_owner": OFFICE, "tasks_1_what_zh": "建立名录",
    "tasks_1_due": "2022-06-30T18:00", "tasks_1_money": "400000",
    "goals_1_goal": "rate", "goals_1_what_en": "local supply rate",
    "goals_1_amount": "70", "goals_1_unit": "%",
}  # fmt: skip


def test_action_is_planned_reported_on_and_shown_with_owner_date_and_money(
    node: Node, enter: Any, clock: Clock
) -> None:
    city, office = enter("changchun"), enter("industry")
    assert do(city, "/cluster/actions/new/", CITY, **FORM).status_code == 302
    (action,) = special_actions.actions(node.standing())
    told = {"task": "register", "share": "0.5", "done_at": "2022-03-14T11:00", "spent": "120000.50"}
    assert do(office, f"/cluster/actions/{action.id}/report/", OFFICE, **told).status_code == 302
    listed = text(city, "/cluster/actions/")
    page = text(city, f"/cluster/actions/{action.id}/")
    for words in ("Mend the chain", "under way", "120,000.50"):
        assert words in listed, words
    for words in (
        "Changchun department of industry",
        "50 %",
        "400,000",
        "120,000.50",
        "70 %",
        "a paper of the city",
    ):
        assert words in page, words
    assert any((one.duty.owes, one.duty.who) == ("TaskCompleted", OFFICE) for one in node.duties())


def test_task_that_nobody_reports_is_overdue_for_its_owner_and_broken_in_trust(
    node: Node, enter: Any, clock: Clock
) -> None:
    planned(node, task(node, "register", OFFICE, 2.0))
    clock.forward(24 * 3)
    page = text(enter("changchun"), "/cluster/actions/")
    assert "something is overdue" in page
    assert [one.status for one in node.standing().promises.values() if one.by == OFFICE] == ["broken"]


def test_name_of_a_body_that_it_does_not_bind_is_shown_as_no_duty(node: Node, enter: Any) -> None:
    action = planned(node, task(node, "register", "340100", 2.0))
    page = text(enter("hefei"), f"/cluster/actions/{action}/")
    assert "does not bind that body" in page
    assert not node.standing().tasks


def test_revision_takes_the_place_of_the_last_one(node: Node, enter: Any) -> None:
    first = planned(node, task(node, "register", CITY, 20.0), title={"zh": "一", "en": "one"})
    client = enter("changchun")
    assert "make a register" in text(client, f"/cluster/actions/{first}/revise/")
    assert do(client, f"/cluster/actions/{first}/revise/", CITY, **FORM).status_code == 302
    old = text(client, f"/cluster/actions/{first}/")
    assert "replaced by a newer one" in old
    assert "released by a revision" in old


WHOLE = {
    "title": {"zh": "强链", "en": "Mend it"},
    "note": {"zh": "说明", "en": "a note"},
    "source": "a paper of the city",
    "fund": "chain-fund",
    "money": {"minor": 100_000_00, "currency": "CNY"},
    "goals": [
        {"goal": "rate", "what": {"zh": "配套率", "en": "rate"}, "target": {"value": "70", "unit": "%"},
         "territory": "220100", "due": "2023-01-01T00:00:00+08:00"},
        {"goal": "sales", "what": {"en": "sold"}, "target": {"value": "2.5", "unit": "kg"}},
    ],
}  # fmt: skip


def unchanged(node: Node, enter: Any, **whole: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body of an action, and that of its revision by a form in which nothing was touched."""
    told = task(node, "register", CITY, 20.0, money={"minor": 5_000, "currency": "CNY"})
    first = planned(node, told, **whole)
    assert do(enter("changchun"), f"/cluster/actions/{first}/revise/", CITY).status_code == 302
    (later,) = (one for one in special_actions.actions(node.standing()) if one.replaces == first)
    bodies = [node.standing().statements[one].statement.to_json()["body"] for one in (first, later.id)]
    return bodies[0], bodies[1]


def test_revision_in_which_nothing_is_touched_says_all_that_stood(node: Node, enter: Any) -> None:
    before, after = unchanged(node, enter, **WHOLE)
    assert after == before


def test_revision_keeps_files_and_money_that_the_form_does_not_show(node: Node, enter: Any) -> None:
    euros = {"money": {"minor": 7_000_00, "currency": "EUR"}}
    text = b"a paper of the city"
    paper = {"digest": node.keep_file(text), "size_bytes": len(text), "media_type": "text/plain"}
    before, after = unchanged(node, enter, **{**WHOLE, **euros, "files": [paper]})
    assert (after["files"], after["money"]) == ([paper], euros["money"])
    assert after == before


def test_revision_drops_the_money_and_the_goal_that_were_taken_out(node: Node, enter: Any) -> None:
    first = planned(node, task(node, "register", CITY, 20.0), **WHOLE)
    emptied = {f"goals_1_{part}": "" for part in (
        "goal", "what_zh", "what_en", "amount", "unit", "territory", "due")}  # fmt: skip
    answer = do(enter("changchun"), f"/cluster/actions/{first}/revise/", CITY, money="", **emptied)
    assert answer.status_code == 302
    (later,) = (one for one in special_actions.actions(node.standing()) if one.replaces == first)
    assert [one["goal"] for one in later.goals] == ["sales"]
    assert later.money == ()


@pytest.mark.parametrize(("wrong", "words"), [
    ({"tasks_1_due": "2020-01-01T00:00"}, "the time has passed"),
    ({"tasks_1_money": "2000000"}, "cost more than the whole"),
    ({"tasks_1_owner": "nobody"}, "no such body"),
    ({"title_zh": "", "title_en": ""}, "left empty"),
    ({"tasks_1_what_zh": ""}, "say what it is"),
])  # fmt: skip
def test_action_that_cannot_be_is_refused_and_keeps_what_was_typed(
    node: Node, enter: Any, wrong: dict[str, str], words: str
) -> None:
    before = node.log.size
    answer = do(enter("changchun"), "/cluster/actions/new/", CITY, **{**FORM, **wrong})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert "chain-2022" in answer.content.decode()
    assert node.log.size == before


def test_action_that_is_not_there_is_not_found(enter: Any) -> None:
    client = enter("changchun")
    for url in ("", "revise/", "report/"):
        assert client.get(f"/cluster/actions/{'0' * 64}/{url}").status_code == 404


def test_case_brings_actions_needs_and_offers_to_its_demonstration(node: Node, enter: Any) -> None:
    voices = Voices(node, Demo.read(CASE).opening.code)
    for one in demo_said.read(find(CASE)):
        voices.say(one)
    demo_market.offered(node, find(CASE))
    standing = node.standing()
    assert standing.set_aside == ()
    states = {one.action: one.state for one in special_actions.actions(standing)}
    assert len(states) == 7
    assert states["mend-the-chain"] == "overdue"  # its register was due two hours before the reader comes in
    assert (len(standing.needs), len(standing.offers)) == (10, 10)
    assert all(
        "synthetic" in one.body["note"]["en"] for one in (*standing.needs.values(), *standing.offers.values())
    )
    page = text(enter("changchun", "zh-hans"), "/cluster/actions/")
    assert page.index("强链补链") < page.index("卓越成长")
