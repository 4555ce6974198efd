"""The interface: who may ask, what is told, page by page; and every refusal as a problem."""

from __future__ import annotations

import json
from unittest.mock import Mock

import pytest
from interface_world import ROOT, Machine, problem, secret
from officers import HARBIN, INCIDENT, JIAMUSI, JILIN, opened, told, warned

from riskshed.web import access, tokens
from riskshed.web.access import Pace, Rule
from riskshed.web.api import acts, interface, listing
from riskshed.web.gate import Routes
from riskshed.web.models import Token

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(node, people) -> Machine:
    return Machine(secret(people))


# ------------------------------------------------------------------------------------------------ who may


def test_every_operation_names_an_action_and_asks_for_it(node, db):
    operations = list(interface.operations())
    assert len(operations) > 20
    for one in operations:
        assert one.view.action == one.action
        assert one.action in access.ACTIONS
        assert one.path.startswith("/")


def test_an_operation_without_a_known_action_cannot_be_added():
    with pytest.raises(AssertionError, match="no such action"):
        Routes("x").get("/x", "nothing.see", dict)


@pytest.mark.parametrize("how", ["none", "wrong", "revoked", "expired", "in the query"])
def test_a_token_that_does_not_hold_opens_nothing(node, people, how):
    token = secret(people)
    row = Token.objects.get()
    if how == "revoked":
        tokens.revoke(row)
    elif how == "expired":
        Token.objects.update(expires=row.made_at)
    shown = {"none": "", "wrong": "rsk_" + "x" * 43}.get(how, token)
    machine = Machine(shown)
    if how in ("none", "in the query"):
        machine.headers = {}
    answer = machine.get(f"warnings?token={token}" if how == "in the query" else "warnings")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert problem(answer)["code"] == "access.unknown"


def test_anybody_may_ask_what_node_this_is(node, db):
    machine = Machine("")
    machine.headers = {}
    told = machine.get("node").json()
    assert told["log"]["size"] == node.log.size
    assert told["log"]["checkpoint"].startswith(told["log"]["origin"])
    assert told["now"] == node.now().isoformat()


def test_a_token_decides_even_where_a_session_would_do(node, sign_in):
    client = sign_in("harbin")
    assert client.get(ROOT + "warnings").status_code == 200
    assert client.get(ROOT + "warnings", headers={"authorization": "Bearer rsk_x"}).status_code == 401


def test_a_session_acts_only_with_the_csrf_token_of_the_pages(node, sign_in):
    client = sign_in("harbin")
    client.handler.enforce_csrf_checks = True
    answer = client.post(ROOT + "stream-ticket")
    assert (answer.status_code, problem(answer)["code"]) == (403, "access.csrf")
    client.get("/exercises/")
    csrf = client.cookies["csrf"].value
    assert client.post(ROOT + "stream-ticket", headers={"x-csrftoken": csrf}).status_code == 201


def test_what_is_another_roles_is_refused(node, people):
    answer = Machine(secret(people, HARBIN, "auditor")).post("field-reports", {})
    assert (answer.status_code, problem(answer)["code"]) == (403, "access.refused")


def test_what_comes_too_often_is_told_when_to_come_again(machine, monkeypatch):
    rule = Rule(access.READERS, pace=Pace(1, 60))
    monkeypatch.setitem(access.ACTIONS, "stream.see", rule)
    assert machine.post("stream-ticket").status_code == 201
    answer = machine.post("stream-ticket")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert problem(answer)["code"] == "request.too_often"


# ------------------------------------------------------------------------------------------ what is told


def test_a_forecast_tells_what_comes_and_leaves_open_what_is_not_known(node, machine):
    opened(node)
    rows = machine.get(f"incidents/{INCIDENT}/footprint").json()["arrivals"]
    harbin = next(row for row in rows if row["city"] == HARBIN)
    assert harbin["probability"] == "0.98"
    assert harbin["middle"].endswith("+08:00")
    assert harbin["exposed_people"] is None


def test_the_incident_leads_to_its_report(node, machine):
    opened(node)
    held = machine.get(f"incidents/{INCIDENT}").json()
    assert (held["city"], held["dead_people"], held["phase"]) == (JILIN, None, "alert")
    assert held["report_en"] == f"/incidents/{INCIDENT}/report.en.pdf"
    assert machine.get("incidents").json()["items"] == [held]


def test_the_history_of_a_warning_tells_its_end(node, machine):
    warning = warned(node)
    assert [one["id"] for one in machine.get(f"warnings?city={HARBIN}").json()["items"]] == [warning]
    node.desk(HARBIN, "duty-07").cancel_warning(warning, "error")
    assert machine.get("warnings").json()["items"] == []
    kinds = [one["kind"] for one in machine.get(f"warnings/{warning}/history").json()]
    assert kinds == ["WarningIssued", "WarningCancelled"]


def test_drills_are_told_only_to_who_asks_for_them(node, machine):
    warned(node, exercise=True)
    assert machine.get("warnings").json()["items"] == []
    assert [one["exercise"] for one in machine.get("warnings?exercise=true").json()["items"]] == [True]


def test_a_statement_is_told_with_the_entry_that_signs_it(node, machine):
    warning = warned(node)
    found = machine.get(f"statements/{warning}").json()
    assert found["envelope"].encode() == node.entry(found["place"])
    listed = machine.get("statements?kind=WarningIssued&envelopes=true").json()["items"]
    assert listed == [found]


def test_duties_are_those_of_the_node(node, clock, machine):
    opened(node)
    told(node)
    held = machine.get("duties?limit=200").json()["items"]
    assert {one["id"] for one in held} == {one.duty.id for one in node.duties()}
    mine = machine.get(f"duties?who={HARBIN}").json()["items"]
    assert mine
    assert {one["who"] for one in mine} == {HARBIN}
    assert machine.get(f"incidents/{INCIDENT}/duties").json()["items"]


# ---------------------------------------------------------------------------------------- page by page, ETag


def test_pages_give_every_item_once_whatever_comes_meanwhile(node, machine):
    seen, after, pages = [], "", 0
    while True:
        page = machine.get(f"statements?limit=7{after}").json()
        seen += [one["place"] for one in page["items"]]
        pages += 1
        if pages == 2:
            warned(node)
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == list(range(node.log.size))


@pytest.mark.parametrize("path", ["bodies", "stations"])
def test_a_list_has_one_order_and_no_item_twice(machine, path):
    whole = machine.get(f"{path}?limit=200").json()["items"]
    parts, after = [], ""
    while after is not None:
        page = machine.get(f"{path}?limit=3{after and '&after=' + after}").json()
        parts += page["items"]
        after = page["next"]
    assert parts == whole
    assert len(whole) > 3


@pytest.mark.parametrize(
    "cursor", ["x", "%00", "W10", listing.cursor("warnings", ["a"]), listing.cursor("statements", ["-1"])]
)
def test_a_cursor_of_another_make_is_refused(machine, cursor):
    answer = machine.get(f"statements?after={cursor}")
    assert (answer.status_code, problem(answer)["code"]) == (422, "page.bad_cursor")


def test_what_has_not_changed_is_not_sent_again(node, machine):
    first = machine.get("warnings")
    again = machine.get("warnings", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    warned(node)
    assert machine.get("warnings", **{"if-none-match": first["ETag"]}).status_code == 200


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "nothing", 404, "request.missing"),
        ("get", "warnings/" + "0" * 64, 404, "warning.unknown"),
        ("get", "incidents/none", 404, "incident.unknown"),
        ("get", "readings?station=none", 404, "station.unknown"),
        ("get", "warnings/x", 422, "request.faults"),
        ("get", "warnings?limit=201", 422, "request.faults"),
        ("get", "statements?kind=None", 422, "statement.unknown_kind"),
        ("delete", "warnings", 405, "request.method"),
        ("put", "openapi.json", 405, "request.method"),
    ],
)
def test_a_refusal_is_a_problem(machine, method, path, status, code):
    answer = getattr(machine.client, method)(ROOT + path, headers=machine.headers)
    assert (answer.status_code, problem(answer)["code"]) == (status, code)
    assert status != 405 or "GET" in answer["Allow"]


DEEP = b'{"reason": ' + b'{"zh": ' * 40 + b'"x"' + b"}" * 41


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 422, "body.faults"),
        (b'{"reason": {"zh": "x"}, "reason": {"zh": "y"}}', "application/json", 422, "body.faults"),
        (b'{"reason": {"zh": NaN}}', "application/json", 422, "body.faults"),
        (b'{"reason": {"zh": 1e999}}', "application/json", 422, "body.faults"),
        (b'{"reason": {"zh": "\\ud800"}}', "application/json", 422, "body.faults"),
        (b"\xff\xfe", "application/json", 422, "body.faults"),
        (DEEP, "application/json", 422, "body.faults"),
        (b'{"reason": {"zh": "x", "fr": "y"}}', "application/json", 422, "request.faults"),
        (b'{"reason": 7}', "application/json", 422, "request.faults"),
        (b"", "application/json", 422, "request.faults"),
        (b"reason=x", "application/x-www-form-urlencoded", 415, "body.media_type"),
        (b" " * (256 * 1024 + 1), "application/json", 413, "body.too_large"),
    ],
    ids=lambda one: repr(one)[:40],
)
def test_a_body_that_cannot_be_read_changes_nothing(node, machine, body, kind, status, code):
    opened(node)
    notice, size = told(node)[HARBIN], node.log.size
    answer = machine.post(f"notices/{notice}/decline", body, kind=kind)
    assert (answer.status_code, problem(answer)["code"]) == (status, code)
    assert node.log.size == size


def test_a_program_that_is_wrong_is_told_as_a_problem_too(machine, monkeypatch):
    monkeypatch.setattr("riskshed.web.api.register._BODY", ("nothing",))
    answer = machine.get("bodies")
    assert (answer.status_code, problem(answer)["code"]) == (500, "request.failed")
    assert b"Traceback" not in answer.content


# -------------------------------------------------------------------------------------------------- acts


def test_a_notice_is_acknowledged_once(node, machine):
    opened(node)
    notice = told(node)[HARBIN]
    first = machine.post(f"notices/{notice}/acknowledge", {})
    again = machine.post(f"notices/{notice}/acknowledge", {})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert node.standing().notices[notice].answers[HARBIN].acknowledged.id == first.json()["id"]
    assert machine.get(f"notices/{notice}").json()["answers"][HARBIN]["acknowledged"]


def test_another_bodys_notice_is_not_answered(node, people):
    opened(node)
    notice, size = told(node)[HARBIN], node.log.size
    answer = Machine(secret(people, JIAMUSI)).post(f"notices/{notice}/acknowledge", {})
    assert (answer.status_code, node.log.size) == (403, size)


def test_another_bodys_warning_is_not_taken_back(node, people):
    warning = warned(node)
    answer = Machine(secret(people, JILIN)).post(f"warnings/{warning}/cancel", {"cause": "error"})
    assert answer.status_code == 403
    assert node.standing().warnings[warning].status == "active"


def test_a_warning_is_taken_back_once(node, machine):
    warning = warned(node)
    first = machine.post(f"warnings/{warning}/cancel", {"cause": "error"})
    again = machine.post(f"warnings/{warning}/cancel", {"cause": "error"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert node.standing().warnings[warning].status == "cancelled"


def test_what_was_asked_for_under_a_key_is_answered_as_before(node, machine):
    opened(node)
    notice = told(node)[HARBIN]
    body = {"reason": {"zh": "不受影响", "en": "not affected"}}
    first = machine.post(f"notices/{notice}/decline", body, idempotency_key="k1")
    again = machine.post(f"notices/{notice}/decline", body, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = machine.post(f"notices/{notice}/adopt", {}, idempotency_key="k1")
    assert (other.status_code, problem(other)["code"]) == (409, "act.key_taken")
    assert node.standing().notices[notice].answers[HARBIN].adopted is None


def test_a_key_is_its_senders_own(node, machine, people):
    opened(node)
    sent = told(node)
    machine.post(f"notices/{sent[HARBIN]}/acknowledge", {}, idempotency_key="k1")
    other = Machine(secret(people, JIAMUSI))
    answer = other.post(f"notices/{sent[JIAMUSI]}/acknowledge", {}, idempotency_key="k1")
    assert answer.status_code == 201


def test_a_rule_that_says_no_is_told_with_its_code(node, machine):
    opened(node)
    notice = told(node)[HARBIN]
    answer = machine.post(f"notices/{notice}/decline", {"reason": {}})
    assert (answer.status_code, problem(answer)["code"]) == (409, "notice.no_reason")


def test_a_field_report_is_filed_once_and_those_downstream_are_told(node, machine):
    opened(node)
    body = {
        "what": {"zh": "河面有白色漂浮物"},
        "seen_at": "2005-11-13T13:35:00+08:00",
        "place": HARBIN,
        "about": INCIDENT,
    }
    first = machine.post("field-reports", body)
    assert first.status_code == 201, first.content
    assert first.json()["notices"] == [one.id for one in node.standing().notices.values() if one.by == HARBIN]
    assert machine.post("field-reports", body).json()["new"] is False
    assert first.json()["id"] in node.standing().field_reports


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", ["_keep", "done"])
def test_a_report_whose_answer_was_lost_in_a_crash_is_filed_once(node, machine, clock, monkeypatch, point):
    opened(node)
    body = {"what": {"zh": "河面有白色漂浮物"}, "seen_at": "2005-11-13T13:35:00+08:00", "about": INCIDENT}
    with monkeypatch.context() as crash:
        crash.setattr(acts, point, Mock(side_effect=Died))
        with pytest.raises(Died):
            machine.post("field-reports", body, idempotency_key="k1")
    filed = set(node.standing().field_reports)
    clock.forward(1)
    told = [machine.post("field-reports", body, idempotency_key="k1").json() for _ in range(2)]
    assert [{one["id"]} for one in told] == [filed, filed]
    assert set(node.standing().field_reports) == filed
    # The same words under another name, an hour later, are another report.
    assert machine.post("field-reports", body, idempotency_key="k2").json()["new"] is True


def test_what_a_rule_refused_may_be_asked_again_under_its_name(node, machine):
    opened(node)
    notice, body = told(node)[HARBIN], {"reason": {}}
    for _ in range(2):
        answer = machine.post(f"notices/{notice}/decline", body, idempotency_key="k1")
        assert (answer.status_code, problem(answer)["code"]) == (409, "notice.no_reason")
    body = {"reason": {"zh": "不在本市", "en": "Not here"}}
    assert machine.post(f"notices/{notice}/decline", body, idempotency_key="k1").status_code == 201


def test_a_time_without_its_offset_is_refused(machine):
    body = {"what": {"zh": "x"}, "seen_at": "2005-11-13T13:35:00"}
    answer = machine.post("field-reports", body)
    assert [one["column"] for one in problem(answer)["faults"]] == ["seen_at"]


def test_a_ticket_opens_the_streams_of_the_body_and_no_others(machine):
    told = machine.post("stream-ticket").json()
    assert told["topics"] == [f"body:{HARBIN}", "exercise", "members"]
    assert told["ticket"]


# --------------------------------------------------------------------------------------------- the document


def test_the_document_names_every_operation_and_its_refusals(node, db, client):
    document = client.get(ROOT + "openapi.json").json()
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    paths = {(one.method, ROOT.rstrip("/") + one.path.replace("path:", "")) for one in interface.operations()}
    assert listed == paths
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                wanted = "application/problem+json" if int(status) >= 400 else "application/json"
                assert status == "304" or list(response["content"]) == [wanted]
    assert "Problem" in document["components"]["schemas"]
    json.dumps(document)
