"""Who may do what: one table; what does not stand in it is refused; administration and audit stand apart."""

from __future__ import annotations

import dataclasses

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from riskshed.web import access
from riskshed.web.access import ACTIONS, DefaultDeny, Pace, may
from riskshed.web.people import NOBODY, Actor

SEEN_BY_ADMINISTRATORS = {"home.see", "situation.see", "rule.see", "body.see"}
# Why a way of theirs was given up, without who said what; and to open it again.
MENDED_BY_ADMINISTRATORS = {"undelivered.see", "undelivered.again"}


@pytest.fixture(autouse=True)
def _calm() -> None:
    cache.clear()


def officer(*roles, body="230100"):
    return Actor(user=object(), body=body, officer="duty-07", roles=frozenset(roles), bodies=(body,))


def test_an_administrator_neither_acts_nor_sees_what_bodies_told_each_other():
    mine = {name for name, rule in ACTIONS.items() if "administrator" in rule.roles}
    manages = {name for name in mine if ACTIONS[name].roles == {"administrator"}}
    assert mine - manages == SEEN_BY_ADMINISTRATORS | MENDED_BY_ADMINISTRATORS


def test_an_auditor_changes_nothing():
    mine = {name for name, rule in ACTIONS.items() if "auditor" in rule.roles}
    # To try what would halt says nothing on the record.
    assert {name for name in mine if not name.endswith(".see")} == {"log.audit", "cluster.try"}


def test_only_an_auditor_sees_what_administrators_did():
    assert [role for role in access.EVERY_ROLE if may(officer(role), "admin_event.see")] == ["auditor"]


def test_a_stranger_may_only_what_everybody_may():
    assert {name for name in ACTIONS if may(NOBODY, name)} == {
        name for name, rule in ACTIONS.items() if rule.anybody
    }


def test_a_person_without_a_body_may_choose_one_and_see_what_is_public():
    guest = Actor(user=object())
    assert all(ACTIONS[name].anybody or ACTIONS[name].signed_in for name in ACTIONS if may(guest, name))


@pytest.mark.parametrize("action", sorted(name for name, rule in ACTIONS.items() if rule.own))
def test_what_is_another_bodys_is_not_ones_own(action):
    actor = officer(*ACTIONS[action].roles)
    assert may(actor, action, body="230100")
    assert not may(actor, action, body="220200")


def test_an_action_that_there_is_not_is_a_wrong_program():
    with pytest.raises(KeyError):
        may(officer("commander"), "everything.do")


def test_a_view_that_names_no_action_is_refused():
    def forgotten(request):
        return HttpResponse()

    with pytest.raises(PermissionDenied):
        DefaultDeny(lambda _: HttpResponse()).process_view(RequestFactory().get("/"), forgotten, (), {})


def test_views_of_other_packages_are_not_taken_for_guarded():
    def view(request):
        return HttpResponse()

    view.__module__ = "django.views.static"
    with pytest.raises(PermissionDenied):
        DefaultDeny(lambda _: HttpResponse()).process_view(RequestFactory().get("/"), view, (), {})


def test_who_is_not_signed_in_is_sent_there_and_comes_back(sign_in):
    answer = sign_in("").get("/log/?kind=NoticeSent")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=%2Flog%2F%3Fkind%3DNoticeSent"


def test_who_may_not_is_told_so_and_it_is_noted(sign_in, caplog):
    answer = sign_in("auditor").get("/administration/people/")
    assert answer.status_code == 403
    assert "access.refused action=people.manage" in caplog.text


def test_who_may_not_reads_which_roles_may(sign_in):
    refused = sign_in("auditor").get("/market/need/new/", headers={"accept-language": "en"}).content.decode()
    assert "Roles that may: duty officer, commander, representative." in refused
    chinese = sign_in("auditor").get("/market/need/new/").content.decode()
    assert "可以办理的角色：值班员、指挥员、代表。" in chinese


def test_a_role_that_needs_a_second_factor_is_withheld_until_one_is_shown(sign_in, node):
    node.profile = dataclasses.replace(node.profile, is_demo=False)
    answer = sign_in("admin").get("/administration/people/")
    assert answer.status_code == 302
    assert answer["Location"] == "/second-factor/?next=%2Fadministration%2Fpeople%2F"


def test_roles_that_need_no_second_factor_are_not_withheld(sign_in, node):
    node.profile = dataclasses.replace(node.profile, is_demo=False)
    assert sign_in("harbin").get("/log/").status_code == 200


def test_who_sends_too_often_is_asked_to_wait():
    request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.9")
    request.actor = NOBODY
    for _ in range(3):
        access.keep_pace(request, "hazard.report", Pace(3, 60))
    with pytest.raises(access.TooOftenError):
        access.keep_pace(request, "hazard.report", Pace(3, 60))


def test_another_address_has_a_pace_of_its_own():
    for address in ("203.0.113.9", "203.0.113.10"):
        request = RequestFactory().post("/", REMOTE_ADDR=address)
        request.actor = NOBODY
        access.keep_pace(request, "hazard.report", Pace(1, 60))
