"""The situation report as a file: in both languages, numbered, once for each state of the log."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.cache import cache
from officers import HARBIN, INCIDENT, JILIN, opened, plain
from pypdf import PdfReader

from riskshed.exchange import situation_report as paper
from riskshed.web.pages import report_pdf

pytestmark = pytest.mark.django_db

ZH, EN = f"/incidents/{INCIDENT}/report.zh.pdf", f"/incidents/{INCIDENT}/report.en.pdf"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.content[:300]
    assert answer["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def test_the_report_is_told_in_both_languages(node, sign_in):
    opened(node)
    client = sign_in("harbin")
    assert "双苯厂爆炸" in text_of(client.get(ZH))
    assert "Plant explosion" in text_of(client.get(EN))


def test_each_report_that_the_body_has_made_counts(node, sign_in):
    opened(node)
    standing = node.standing()
    incident = standing.incidents[INCIDENT]
    assert report_pdf.number_of(standing, incident, HARBIN) == 1
    node.desk(HARBIN, "duty-07").report_risk(INCIDENT, **plain("RiskReported", to=[JILIN]))
    node.desk(JILIN, "duty-03").report_risk(INCIDENT, **plain("RiskReported", to=[HARBIN]))
    assert report_pdf.number_of(node.standing(), incident, HARBIN) == 2


def test_it_is_made_once_until_something_is_said(node, sign_in, monkeypatch):
    opened(node)
    client, made = sign_in("harbin"), []
    real = paper.draw
    monkeypatch.setattr(paper, "draw", lambda facts: made.append(facts) or real(facts))
    first = client.get(EN).content
    assert client.get(EN).content == first
    node.desk(HARBIN, "duty-07").report_risk(INCIDENT, **plain("RiskReported", to=[JILIN]))
    client.get(EN)
    assert [one.number for one in made] == [1, 2]


def test_an_incident_that_nobody_opened_has_none(node, sign_in):
    assert sign_in("harbin").get("/incidents/none/report.en.pdf").status_code == 404


def test_who_serves_no_body_does_not_get_it(node, sign_in):
    opened(node)
    assert sign_in("").get(EN).status_code == 302


@pytest.mark.parametrize(("language", "title"), [("zh", "事后评估报告"), ("en", "After-action report")])
def test_the_after_action_report_is_a_file_and_a_link_leads_to_it(node, sign_in, language, title):
    opened(node)
    client = sign_in("harbin")
    told = text_of(client.get(f"/incidents/{INCIDENT}/after-action.{language}.pdf"))
    assert title in told
    assert f"{node.log.state().checkpoint.size}" in told
    assert "/after-action." in client.get(f"/incidents/{INCIDENT}/").content.decode()


def test_there_is_no_after_action_report_of_an_incident_that_nobody_opened(node, sign_in):
    assert sign_in("harbin").get("/incidents/none/after-action.en.pdf").status_code == 404
