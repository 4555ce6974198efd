"""Special actions and trials over the interface: what the pages show, and null for what is unknown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.cache import cache
from test_cluster_pages import CITY, OFFICE, clock, enter, home, node, planned, task  # noqa: F401  fixtures

from riskshed import halt_trial
from riskshed.governance.draft import Draft
from riskshed.web import cluster_board

pytestmark = pytest.mark.django_db
TRIAL = {"plant": "VW-TJ-G", "days": "30", "cover_low": "3", "cover_high": "14"}


def got(client: Any, path: str, **query: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/cluster/{path}", query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_actions_have_tasks_money_and_state_and_null_where_nobody_reported(node: Any, enter: Any) -> None:  # noqa: F811
    money = {"minor": 40_000_000, "currency": "CNY"}
    tasks = task(node, "register", OFFICE, 3, money=money), task(node, "count", OFFICE, 5)
    first = planned(node, *tasks, action="chain", money=money)
    second = planned(node, task(node, "talk", CITY, 2), action="talks")
    office = node.desk(OFFICE, "duty-02")
    report = {"task": "register", "share": "0.5", "spent": {"minor": 100, "currency": "CNY"}}
    said = office.say(Draft("TaskCompleted", OFFICE, None, first, {**report, "done_at": tasks[0]["due"]}))
    client = enter("hefei")
    page = got(client, "actions", limit="1")
    assert [one["id"] for one in page["items"]] in ([first], [second])
    rest = got(client, "actions", limit="1", after=page["next"])
    assert rest["next"] is None
    told = next(one for one in (*page["items"], *rest["items"]) if one["id"] == first)
    register, count = told["tasks"]
    assert (register["share"], register["spent"]["minor"], register["reports"]) == ("0.5", 100, [said])
    assert (count["share"], count["spent"], count["state"]) == (None, None, "not_reported")
    assert (told["action"], told["by"], told["state"]) == ("chain", CITY, "under_way")
    assert told["money"] == [
        {"currency": "CNY", "planned_minor": 40_000_000, "spent_minor": 100, "is_bound": True}
    ]


def test_a_trial_tells_what_the_function_tells_and_nothing_goes_on_the_record(node: Any, enter: Any) -> None:  # noqa: F811
    cache.clear()
    before, client = node.log.size, enter("hefei")
    told = got(client, "trial", **TRIAL)
    halt = cluster_board.supposed(node.home, node.region)
    asked = halt_trial.Asked("VW-TJ-G", 30, (3.0, 14.0), halt.refill)
    found = halt_trial.run(node.region, asked, datetime.fromisoformat(told["at"]))
    assert [(one["plant"], one["probability"]) for one in told["halted"]] == [
        (one.plant.id, one.probability) for one in found.halted
    ]
    assert told["halted"][0]["after_d"] == dict(
        zip(("low", "median", "high"), found.halted[0].after_d, strict=True)
    )
    assert (told["seldom"], told["never"], told["unknown"]) == (found.seldom, found.never, found.unknown)
    assert told["unknown"] > 0
    assert {one["customer"] for one in told["shorts"]} == {one.customer for one in found.shorts}
    assert any(one["lost_yuan"] is None for one in told["halted"])
    assert {"supply.no_links"} <= {one["code"] for one in told["caveats"]}
    assert node.log.size == before


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"plant": "nowhere"}, 422, "trial.no_plant"),
        ({"days": "0"}, 422, None),
        ({"days": "61"}, 422, None),
        ({"cover_low": "9", "cover_high": "3"}, 422, "trial.cover"),
        ({"cover_low": "nan"}, 422, "trial.cover"),
        ({"cover_high": "1000"}, 422, "trial.cover"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(enter: Any, wrong: Any, status: int, code: str | None) -> None:  # noqa: F811
    cache.clear()
    answer = enter("hefei").get("/api/v1/cluster/trial", {**TRIAL, **wrong})
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert code is None or answer.json()["code"] == code
