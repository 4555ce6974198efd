"""Trust in the pages: the promises behind each figure, no record where there is none, and who sees whom."""

from __future__ import annotations

from typing import Any

import officers
import pytest
from officers import BASIN, HARBIN, INCIDENT, JILIN

CARBON = {"item": "activated-carbon", "amount": {"value": "300", "unit": "t"}}


@pytest.fixture
def opened(node: Any) -> Any:
    officers.opened(node)
    return node


def promised(node: Any, clock: Any, *, kept: bool) -> None:
    """Jilin promises Harbin help by tomorrow, and keeps its word or not."""
    due = {name: officers.time_text(node.now() + hours * officers.HOUR)
           for name, hours in (("leaves_by", 2), ("arrives_by", 24))}  # fmt: skip
    desk = node.desk(JILIN, "duty-03")
    said = desk.commit_aid(INCIDENT, items=[CARBON], to=HARBIN, **due)
    if kept:
        load = {"shipment": "1", "items": [CARBON], "from": JILIN, "to": HARBIN}
        sent = desk.dispatch_aid(said, **load)
        node.desk(HARBIN, "duty-07").receive_aid(sent, items=[CARBON])
    clock.forward(25)


def page(client: Any, url: str) -> str:
    answer = client.get(url, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_kept_promise_and_a_broken_one_are_told_apart(opened: Any, sign_in: Any, clock: Any) -> None:
    promised(opened, clock, kept=True)
    assert "help" in page(sign_in("basin"), f"/trust/{JILIN}/")
    before = page(sign_in("basin"), f"/trust/{JILIN}/")
    promised(opened, clock, kept=False)
    after = page(sign_in("basin"), f"/trust/{JILIN}/")
    assert before.count(">broken<") < after.count(">broken<")


def test_who_promised_nothing_has_no_record(node: Any, sign_in: Any) -> None:
    assert "there is no record" in page(sign_in("harbin"), f"/trust/{HARBIN}/")


def test_those_who_signed_with_one_stand_apart_from_the_others(node: Any, sign_in: Any) -> None:
    text = page(sign_in("harbin"), "/trust/")
    assert text.index("Horizontal supervision") < text.index("Others")
    assert f"/trust/{BASIN}/" in text


def test_a_body_that_nobody_knows_has_no_page(node: Any, sign_in: Any) -> None:
    assert sign_in("harbin").get("/trust/nobody/").status_code == 404
