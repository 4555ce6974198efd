"""The service desk in the pages: asked by a body, answered in time, handed up by itself, rated once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.cache import cache
from officers import BASIN, HARBIN, JILIN, do, last, said

from riskshed.cli import main
from riskshed.governance import duty, service_statistics
from riskshed.governance.draft import Draft
from riskshed.web import question_climb
from riskshed.web.chain_worker import ChainWorker
from riskshed.web.node import LOG_FILE

FILTERS, EPB = "harbin-filters", "jilin-epb"
ASKED = {"text": "取水口何时恢复？", "topic": "environment", "city": "220200"}
ANSWER = {"text_zh": "预计周五恢复。", "text_en": "On Friday."}


def english(client: Any, url: str) -> str:
    return client.get(url, headers={"accept-language": "en"}).content.decode()


def asked(client: Any, body: str = FILTERS, **typed: Any) -> str:
    """Ask; the address of the question."""
    answer = do(client, "/service/ask/", body, **{**ASKED, **typed})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


@pytest.fixture
def filters(sign_in: Any) -> Any:
    """The representative of an enterprise in Harbin."""
    cache.clear()  # how often he asked
    return sign_in("filters")


def test_question_of_an_enterprise_is_in_the_hands_of_the_department_at_once(
    node: Any, filters: Any, sign_in: Any
) -> None:
    url = asked(filters)
    held = next(iter(node.standing().questions.values()))
    assert url == f"/service/{held.id}/"
    assert (held.by, held.topic, held.hands[0].body) == (FILTERS, "environment", JILIN)
    page = english(sign_in("jilin"), "/service/")
    assert ASKED["text"] in page
    assert "1 h left" in page or "60 min left" in page
    assert "answer the question" in english(sign_in("jilin"), "/").lower()
    assert f"/log/{node.index_of(held.id)}/" in english(sign_in("jilin"), url)


def test_question_is_answered_inside_its_clock_and_rated_once_by_who_asked(
    node: Any, clock: Any, filters: Any, sign_in: Any
) -> None:
    url = asked(filters)
    clock.forward(0.5)
    assert do(sign_in("jilin"), f"{url}answer/", JILIN, coordinated_with=HARBIN, **ANSWER).status_code == 302
    answer = last(node, "QuestionAnswered")
    assert (answer.by, answer.yes_no("final"), answer.strings("coordinated_with")) == (JILIN, True, (HARBIN,))
    assert "answered after 30 min" in english(filters, url)
    assert sign_in("jilin").get(f"{url}rate/").status_code == 403
    assert do(filters, f"{url}rate/", FILTERS, score="5", solved="yes").status_code == 302
    assert last(node, "AnswerRated").whole("score") == 5
    assert filters.get(f"{url}rate/").status_code == 403
    (line,) = service_statistics.of_departments(node.standing(), node.regime().terms)
    assert (line.body, line.in_time, line.counted, line.rated) == (JILIN, 1, 1, 1)
    assert "too few" in english(filters, "/service/statistics/")


def test_what_is_typed_wrong_is_told_and_nothing_is_said(node: Any, filters: Any, sign_in: Any) -> None:
    size = node.log.size
    for typed in (
        {"text": " "},
        {"text": "长" * 2001},
        {"topic": "moon"},
        {"city": "999999"},
        {"about": "x"},
    ):
        assert do(filters, "/service/ask/", FILTERS, **{**ASKED, **typed}).status_code == 400
    assert node.log.size == size
    url = asked(filters)
    before, jilin = node.log.size, sign_in("jilin")
    answer = do(jilin, f"{url}answer/", JILIN, text_zh="先答一部分", part="on")
    assert "其余何时答复" in answer.content.decode()
    assert "请说明理由" in do(jilin, f"{url}pass-on/", JILIN, to=HARBIN).content.decode()
    assert "请写下内容" in do(jilin, f"{url}answer/", JILIN).content.decode()
    assert node.log.size == before


def test_nothing_personal_comes_on_the_log_with_a_question_or_an_answer(
    node: Any, filters: Any, sign_in: Any
) -> None:
    size = node.log.size
    personal = "请回电 13800138000"
    answer = do(filters, "/service/ask/", FILTERS, **{**ASKED, "text": personal})
    assert answer.status_code == 400
    assert "13800138000" in answer.content.decode()
    assert node.log.size == size
    url = asked(filters)
    before = node.log.size
    assert do(sign_in("jilin"), f"{url}answer/", JILIN, text_zh=personal).status_code == 400
    assert node.log.size == before
    assert asked(filters, text=personal, sealed="on") != url


def test_who_does_not_hold_a_question_does_nothing_with_it(node: Any, filters: Any, sign_in: Any) -> None:
    url = asked(filters)
    for user in ("harbin", "basin"):
        for name in ("answer", "pass-on", "hand-up", "rate", "take-back"):
            assert sign_in(user).get(f"{url}{name}/").status_code == 403, (user, name)
    assert sign_in("jilin").get(f"{url}moon/").status_code == 404
    assert sign_in("carbon").get(f"{url}take-back/").status_code == 403


def test_wrong_route_is_passed_on_once_and_the_clock_goes_on(
    node: Any, clock: Any, filters: Any, sign_in: Any
) -> None:
    url, jilin = asked(filters), sign_in("jilin")
    clock.forward(0.5)
    reason = {"reason_zh": "属哈尔滨", "reason_en": "Harbin's matter"}
    assert do(jilin, f"{url}pass-on/", JILIN, to=HARBIN, **reason).status_code == 302
    held = next(iter(node.standing().questions.values()))
    assert [one.body for one in held.holders] == [HARBIN]
    assert "30 min left" in english(sign_in("harbin"), url)
    assert sign_in("harbin").get(f"{url}pass-on/").status_code == 403
    assert jilin.get(f"{url}answer/").status_code == 403


def test_unanswered_question_climbs_to_the_coordination_body_and_the_asker_sees_it(
    node: Any, clock: Any, filters: Any
) -> None:
    url = asked(filters)
    clock.forward(0.9)
    assert question_climb.follow(node) == ()
    clock.forward(0.2)
    (first,) = question_climb.follow(node)
    up = node.seen(first).statement
    assert (up.by, up.officer) == (JILIN, "standing-order")
    assert (up.string("from"), up.string("cause")) == (JILIN, "unanswered")
    page = english(filters, url)
    assert "handed up to it" in page
    assert "question escalated" in page
    steps = [up.string("to")]
    for _ in range(4):
        clock.forward(1.1)
        steps += [node.seen(one).statement.string("to") for one in question_climb.follow(node)]
    assert steps[-1] == node.regime().terms.coordination_body == BASIN
    assert len(steps) == len(set(steps))
    broken = duty.breaches(node.record.standing(node.now()), node.regime())
    assert {one.duty.who for one in broken if one.duty.owes == "QuestionAnswered"} == {JILIN, *steps}


def minute(clock: Any, hours: float) -> str:
    """The minute so many hours from now, as a program would type it."""
    return (clock() + timedelta(hours=hours)).replace(second=0, microsecond=0).isoformat()


def told(client: Any, url: str) -> dict[str, Any]:
    """A question as the interface tells it."""
    return dict(client.get(f"/api/v1/questions/{url.split('/')[2]}").json())


def test_question_answered_in_part_says_so_and_climbs_without_the_rest(
    node: Any, clock: Any, filters: Any, sign_in: Any
) -> None:
    url, jilin = asked(filters), sign_in("jilin")
    assert (told(filters, url)["in_part"], told(filters, url)["rest_by"]) == (False, None)
    clock.forward(0.5)
    part = {"text_zh": "先答一部分。", "text_en": "A part.", "part": "on", "rest_by": minute(clock, 0.9)}
    assert do(jilin, f"{url}answer/", JILIN, **part).status_code == 302
    for page in (english(filters, url), english(filters, "/service/")):
        assert "part answered" in page
        assert "the rest by" in page
    assert "已部分答复" in filters.get(url).content.decode()
    assert "answered in part, the rest to come: 1" in english(filters, "/service/statistics/")
    state = told(filters, url)
    assert (state["state"], state["in_part"]) == ("open", True)
    assert datetime.fromisoformat(state["rest_by"]) == datetime.fromisoformat(part["rest_by"])
    waiting = filters.get("/api/v1/questions?view=open").json()["items"]
    assert [one["in_part"] for one in waiting] == [True]
    assert filters.get(f"{url}rate/").status_code == 403
    assert [jilin.get(f"{url}{name}/").status_code for name in ("pass-on", "hand-up")] == [403, 403]
    clock.forward(0.8)  # past the hour, within the time of the rest
    assert question_climb.follow(node) == ()
    clock.forward(0.2)
    (climbed,) = question_climb.follow(node)
    assert node.seen(climbed).statement.string("from") == JILIN
    assert "part answered, the rest overdue by" in english(filters, url)
    assert told(filters, url)["state"] == "breached"
    assert do(jilin, f"{url}answer/", JILIN, **ANSWER).status_code == 302
    clock.forward(9)
    assert question_climb.follow(node) == ()
    assert "part answered" not in english(filters, url)
    assert (told(filters, url)["in_part"], told(filters, url)["rest_by"]) == (False, None)
    assert do(filters, f"{url}rate/", FILTERS, score="3", solved="yes").status_code == 302


def test_rest_is_promised_within_the_clock_of_the_agreement(
    node: Any, clock: Any, filters: Any, sign_in: Any
) -> None:
    url, jilin = asked(filters), sign_in("jilin")
    size = node.log.size
    for hours in (1.5, -1):
        part = {"text_zh": "先答一部分。", "part": "on", "rest_by": minute(clock, hours)}
        answer = do(jilin, f"{url}answer/", JILIN, **part)
        assert answer.status_code in (400, 409, 422)
        assert "从现在起不超过协议的答复时限" in answer.content.decode()
    assert node.log.size == size


def test_ticker_hands_up_by_itself(node: Any, clock: Any, filters: Any) -> None:
    asked(filters)
    clock.forward(1.1)
    before = node.log.size
    ChainWorker(node, members=2)._once()  # last: it gives the connection of the test back
    assert "QuestionEscalated" in [one.kind for one in said(node, before)]


def test_where_the_key_of_the_department_is_not_here_the_node_hands_up_for_it(
    node: Any, clock: Any, filters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(filters)
    clock.forward(1.1)
    held = [one for one in node.keys.bodies("statement") if one != JILIN]
    monkeypatch.setattr(node.keys, "bodies", lambda *_: tuple(held))
    assert len(question_climb.follow(node)) == 1
    up = last(node, "QuestionEscalated")
    assert (up.by, up.string("from")) == (node.profile.body, JILIN)
    assert not node.standing().set_aside


def test_question_taken_back_is_owed_no_more(node: Any, clock: Any, filters: Any, sign_in: Any) -> None:
    url = asked(filters)
    reason = {"reason_zh": "已解决", "reason_en": "Solved meanwhile"}
    assert do(filters, f"{url}take-back/", FILTERS, **reason).status_code == 302
    clock.forward(2)
    assert question_climb.follow(node) == ()
    assert sign_in("jilin").get(f"{url}answer/").status_code == 403
    judged = duty.judge(node.record.standing(node.now()), node.regime())
    assert [one.state for one in judged if one.duty.owes == "QuestionAnswered"] == ["met"]


def test_the_same_press_asks_once(node: Any, filters: Any) -> None:
    assert asked(filters) == asked(filters)
    assert asked(filters, sealed="on") == asked(filters, sealed="on")
    assert len(node.standing().questions) == 2


def test_question_of_a_drill_is_routed_and_climbs_in_the_drill_alone(node: Any, clock: Any) -> None:
    body = {"topic": "environment", "city": JILIN, "text": {"zh": "演习提问", "en": "a question of a drill"}}
    node.desk(HARBIN, "duty-1", exercise=True).say(Draft("QuestionAsked", HARBIN, None, None, body))
    (routed,) = question_climb.follow(node)
    clock.forward(1.1)
    (climbed,) = question_climb.follow(node)
    said = [node.seen(one).statement for one in (routed, climbed)]
    assert [(one.kind, one.exercise) for one in said] == [
        ("QuestionRouted", True),
        ("QuestionEscalated", True),
    ]
    assert node.standing().questions == {}
    assert question_climb.follow(node) == ()


def test_body_that_seals_its_question_is_read_by_who_has_to_answer_alone(
    node: Any, filters: Any, sign_in: Any
) -> None:
    url = asked(filters, sealed="on", to=HARBIN)
    held = next(iter(node.standing().questions.values()))
    assert (held.sealed, held.topic, held.hands[0].body) == (True, "environment", HARBIN)
    assert ASKED["text"] in english(sign_in("harbin"), url)
    assert ASKED["text"] in english(filters, url)
    for user in ("jilin", "carbon", "auditor"):
        page = english(sign_in(user), url)
        assert ASKED["text"] not in page
        assert "under seal" in page
    harbin = sign_in("harbin")
    assert 'name="part"' not in english(harbin, f"{url}answer/")
    assert do(harbin, f"{url}answer/", HARBIN, **ANSWER, part="on").status_code == 302
    assert last(node, "QuestionAnswered").body is None
    assert not next(iter(node.standing().questions.values())).is_open, "there is no part of a sealed answer"
    assert ANSWER["text_en"] in english(filters, url)
    assert ANSWER["text_en"] not in english(sign_in("jilin"), url)


def test_figures_of_the_page_are_those_of_the_command_on_the_log(
    node: Any, clock: Any, filters: Any, sign_in: Any
) -> None:
    if not (node.home / LOG_FILE).is_file():
        pytest.skip("the log lies in PostgreSQL")
    url = asked(filters)
    clock.forward(0.25)
    do(sign_in("jilin"), f"{url}answer/", JILIN, **ANSWER)
    asked(filters, text="另一个问题")
    clock.forward(2)
    question_climb.follow(node)
    here = service_statistics.of_departments(node.record.standing(node.now()), node.regime().terms)
    words = ["service-desk", str(node.home / LOG_FILE), "--at", node.now().isoformat(), "--json"]
    told = CliRunner().invoke(main, [*words, "--agreement", str(node.profile.agreement)])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["departments"] == [one.to_json() for one in here]
    bare = json.loads(CliRunner().invoke(main, words).stdout)
    assert bare["departments"][0]["in_time"] == here[0].in_time
