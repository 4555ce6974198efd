"""Findings in the pages: what the record bears out, a finding made, answered and decided; who may what."""

import re

import officers
import pytest
from django.contrib.auth import get_user_model
from officers import BASIN, HARBIN, INCIDENT, JILIN, filled, last, press

from riskshed.web.models import Membership

ROOM = f"/incidents/{INCIDENT}/"
COUNCIL = "state-council"


@pytest.fixture
def opened(node, clock, footprint):
    """An incident with a real forecast, two days on."""
    officers.opened(node, footprint=False)
    clock.forward(48)
    officers.forecast_of(node, footprint)
    return node


@pytest.fixture
def council(node, people, sign_in):
    """A commander of the body that decides on findings."""
    user = get_user_model().objects.create_user("council", password="a long password for tests")
    Membership.objects.create(user=user, body=COUNCIL, role="commander", officer="council-01")
    people["council"] = user
    return sign_in("council")


def page(client, url=ROOM, **query):
    return client.get(url, query).content.decode()


def make_url(client):
    return re.search(rf'href="({ROOM}findings/[0-9a-f]{{64}}/)"', page(client, f"{ROOM}findings/"))[1]


def test_a_finding_is_proposed_made_answered_and_decided(opened, sign_in, council):
    evaluator = sign_in("auditor")
    url = make_url(evaluator)
    form = filled(evaluator.get(url))
    assert evaluator.post(url, form).status_code == 302
    made = last(opened, "FindingMade")
    assert made.kind == "FindingMade"
    assert made.has("reply_by")
    held = opened.standing().findings[made.id]
    link = f"/findings/{made.id}/"
    owner = sign_in("jilin" if held.of == JILIN else "harbin" if held.of == HARBIN else "jiamusi")
    assert owner.get(link).status_code == 200
    assert press(owner, link, held.of, act="reply", text_zh="我们当时没有监测数据").status_code == 302
    assert opened.standing().findings[made.id].replies
    assert (
        press(council, link, COUNCIL, act="decide", outcome="uphold", reason_zh="证据确凿").status_code == 302
    )
    assert opened.standing().findings[made.id].outcome == "upheld"
    assert "认定成立" in page(owner, link)


def test_what_was_made_is_not_proposed_again(opened, sign_in):
    evaluator = sign_in("auditor")
    url = make_url(evaluator)
    evaluator.post(url, filled(evaluator.get(url)))
    size = opened.log.size
    assert url not in page(evaluator, f"{ROOM}findings/")
    assert evaluator.get(url).status_code == 302
    assert opened.log.size == size


def test_only_an_evaluator_makes_findings(opened, sign_in):
    url = make_url(sign_in("auditor"))
    for user in ("jilin", "harbin", "basin", "admin"):
        assert sign_in(user).get(url).status_code == 403
    assert "提出认定</a>" not in page(sign_in("basin"), f"{ROOM}findings/")


def test_only_whose_finding_it_is_replies_and_only_the_adjudicator_decides(opened, sign_in):
    evaluator = sign_in("auditor")
    url = make_url(evaluator)
    evaluator.post(url, filled(evaluator.get(url)))
    made, size = last(opened, "FindingMade"), opened.log.size
    of = made.string("of")
    link = f"/findings/{made.id}/"
    stranger = "jiamusi" if of != "230800" else "jilin"
    code = {"jiamusi": "230800", "jilin": JILIN}[stranger]
    assert press(sign_in(stranger), link, code, act="reply", text_zh="x").status_code == 403
    assert (
        press(sign_in("basin"), link, BASIN, act="decide", outcome="dismiss", reason_zh="x").status_code
        == 403
    )
    assert press(sign_in("basin"), link, BASIN, act="other").status_code == 403
    assert opened.log.size == size


def test_a_finding_without_words_is_not_made(opened, sign_in):
    evaluator = sign_in("auditor")
    url, size = make_url(evaluator), opened.log.size
    form = {**filled(evaluator.get(url)), "what_zh": "", "what_en": ""}
    assert evaluator.post(url, form).status_code == 400
    assert opened.log.size == size


def test_a_finding_that_nothing_bears_out_cannot_be_made(opened, sign_in):
    assert sign_in("auditor").get(f"{ROOM}findings/{'0' * 64}/").status_code == 404
