"""OWASP ASVS 5.0, levels 1 and 2: each requirement is met by a test that exists, not applicable, or open."""

from __future__ import annotations

import ast
import csv
import logging
import re
from functools import cache as once
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from cast import shared_data
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client, RequestFactory

from riskshed.web import access, accounts, invitations, serve, tokens
from riskshed.web.access import Pace
from riskshed.web.environment import read
from riskshed.web.people import NOBODY
from tests.web.conftest import PASSWORD

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "security" / "asvs.csv"
IDS = (Path(__file__).parent / "asvs_ids.txt").read_text("utf-8").split()
GUIDE = (ROOT / "docs" / "guide" / "security.md").read_text("utf-8")
SOURCES = sorted((ROOT / "src" / "riskshed").rglob("*.py"))
SCRIPTS = sorted((ROOT / "src" / "riskshed" / "web" / "static" / "riskshed").glob("*.js"))
STATES = {"met", "not applicable", "open"}
SECTIONS = (
    "Who may do what", "Accounts", "Guessing", "Sessions", "Tokens", "What comes in", "What goes out",
    "HTTPS", "Keys and secrets", "What is worth protecting", "What is logged", "Updates",
)  # fmt: skip


MEANT = {
    "ensemble.py": {"pickle"},  # a task from the process to its own workers, never from outside
    "vendored.py": {"subprocess"},  # `make vendor`: a fixed command on the machine of a developer
}
NO_SECRET = {
    "events.py": {"random"},  # spreads the moments at which streams come again
    "intake.py": {"uuid"},  # names a batch; whoever knows it can do nothing
}


def table() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@once
def defined_in(path: str) -> set[str]:
    """The tests that a file defines."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {
        one.name
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name.startswith("test_")
    }


def test_every_requirement_stands_in_the_table_once():
    assert [row["requirement"] for row in table()] == IDS


def test_the_requirements_are_those_of_the_standard():
    with shared_reference().open(encoding="utf-8", newline="") as file:
        given = {(row["req_id"], row["L"]) for row in csv.DictReader(file)}
    assert {(row["requirement"], row["level"]) for row in table()} == given


def shared_reference() -> Path:
    path = shared_data("bad-input").parents[1] / "reference" / "asvs5_L1_L2.csv"
    if not path.is_file():
        pytest.skip("the standard is not beside the data")
    return path


def fault(row: dict[str, str]) -> str:
    """What is wrong with a row; empty if nothing is."""
    named = row["tests"].split()
    if row["state"] not in STATES:
        return "no such state"
    if row["state"] != "met":
        if named:
            return "not met, and yet by tests"
        return "" if len(row["note"]) > 3 else "no reason and no plan"
    if not named:
        return "met, and by no test"
    gone = [one for one in named if one.split("::")[1] not in defined_in(one.split("::")[0])]
    return f"no such test: {gone}" if gone else ""


def test_each_is_met_by_a_test_that_exists_or_says_why_not():
    assert {row["requirement"]: found for row in table() if (found := fault(row))} == {}


# ------------------------------------------------------------------------------------------ the guide


def test_the_guide_has_a_section_for_each_decision():
    assert re.findall(r"^##+ (.+)$", GUIDE, re.MULTILINE) == list(SECTIONS)


def test_the_guide_says_what_the_settings_do():
    given = read({})
    told = [
        f"ends {given['SESSION_HOURS']} hours after",
        f"after {given['SESSION_IDLE_MINUTES']} minutes without use",
        f"at most {accounts.SESSIONS_MAX} at once",
        f"ends after {invitations.HOURS} hours",
        f"lasts at most {tokens.DAYS_MAX} days",
        f"{given['UPLOAD_MB']} MB",
        f"lock that pair for {int(settings.AXES_COOLOFF_TIME * 60)} minutes",
        f"({', '.join(given['SECOND_FACTOR'])})",
        f"made of words that are near to hand here: {', '.join(accounts.CONTEXT_WORDS)}.",
        f"at most {settings.ACCOUNT_RATE_LIMITS['login_failed'].split('/')[0]} tries may fail",
        f"may be sent {access.ACTIONS['hazard.report'].pace.most} times in an hour",
    ]
    words = " ".join(GUIDE.split())
    assert [one for one in told if one not in words] == []
    assert settings.AXES_FAILURE_LIMIT == 5
    assert "Five wrong passwords" in GUIDE
    assert set(tokens.MACHINE_ROLES) == {"duty_officer", "analyst", "evaluator", "auditor", "representative"}


def test_every_event_of_the_guide_is_written_somewhere():
    line = next(one for one in GUIDE.splitlines() if one.startswith("| `riskshed.security`"))
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src/riskshed/web").glob("*.py"))
    missing = [event for event in re.findall(r"`([a-z]+\.[a-z]+)`", line)[1:] if event not in source]
    assert missing == []


def test_the_security_policy_names_times_for_mending():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    days = [int(one) for one in re.findall(r"\| (\d+) days \|", text)]
    assert len(days) >= 5
    assert max(days) <= 90


# -------------------------------------------------------------------------------------------- the source


@once
def calls(path: Path) -> set[str]:
    """What a file calls by name, and what it imports."""
    found = set()
    for one in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            found.add(f"{one.func.id}()")
        elif isinstance(one, ast.Import):
            found |= {name.name.split(".")[0] for name in one.names}
        elif isinstance(one, ast.ImportFrom) and one.module:
            found.add(one.module.split(".")[0])
    return found


# One test over all files, which names those that break the rule.
def test_no_program_is_started_and_nothing_is_evaluated():
    risky = {"eval()", "exec()", "pickle", "marshal", "shelve", "subprocess", "yaml"}
    found = {path: calls(path) & risky for path in SOURCES}
    assert {path: some for path, some in found.items() if some != MEANT.get(path.name, set())} == {}
    assert [path for path in SOURCES if "os.system" in path.read_text("utf-8")] == []


def test_secrets_come_from_the_generator_of_the_system():
    kept = [one for one in SOURCES if {"web", "ledger"} & set(one.parts)]
    found = {path: calls(path) & {"random", "uuid"} for path in kept}
    assert {path: some for path, some in found.items() if some != NO_SECRET.get(path.name, set())} == {}


def scripts_with(pattern: str) -> list[str]:
    assert SCRIPTS
    return [path.name for path in SCRIPTS if re.search(pattern, path.read_text("utf-8"))]


def test_scripts_write_text_and_no_markup():
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert scripts_with(markup) == []


def test_scripts_keep_nothing_in_the_browser():
    assert scripts_with(r"localStorage|sessionStorage|indexedDB|document\.cookie") == []


def test_scripts_listen_to_no_messages_of_other_windows():
    assert scripts_with(r"(window|self|globalThis)\.(addEventListener\(.message|onmessage)") == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_digest(name):
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", "--"))]
    assert pins
    assert [one for one in pins if not re.match(r"\S+==\S+.*--hash=sha256:[0-9a-f]{64}", one)] == []


# --------------------------------------------------------------------------------------------- the pages


@pytest.fixture(autouse=True)
def _calm() -> None:
    cache.clear()


def test_password_fields_hide_what_is_typed_and_let_managers_fill_them(sign_in, people):
    client, guest = sign_in("admin"), Client()
    _, secret = invitations.invite("230100", "li.wei", "duty-12", ["analyst"], people["admin"])
    guest.get(f"/invitation/{secret}/")
    pages = {
        "current-password": [guest.get("/accounts/login/"), client.get("/accounts/reauthenticate/")],
        "new-password": [client.get("/accounts/password/change/"), guest.get("/invitation/")],
    }
    for kind, answers in pages.items():
        for answer in answers:
            fields = re.findall(r"<input[^>]*password[^>]*>", answer.content.decode())
            typed = [one for one in fields if 'type="password"' in one]
            assert typed
            assert any(f'autocomplete="{kind}"' in one for one in typed)
            assert not [one for one in typed if "onpaste" in one or 'autocomplete="off"' in one]


def test_a_new_node_has_no_account(db):
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize("path", ["/", "/rules/", "/log/", "/desk/", "/accounts/2fa/", "/nowhere/"])
def test_every_page_of_who_is_signed_in_leads_out(sign_in, path):
    assert 'href="/accounts/logout/"' in sign_in("basin").get(path).content.decode()


def test_only_named_proxies_are_believed():
    given = read({"RISKSHED_PROXIES": "192.0.2.7"})
    assert serve.configuration(given, None).forwarded_allow_ips == ["192.0.2.7"]
    assert serve.configuration(read({}), None).forwarded_allow_ips == ["127.0.0.1"]


def test_what_happens_to_a_second_factor_is_written_down(node, people, caplog):
    caplog.set_level(logging.INFO)
    TOTP.activate(people["harbin"], "JBSWY3DPEHPK3PXP")
    client = Client()
    client.post("/accounts/login/", {"login": "harbin", "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert 'factor.refused user="harbin" kind="totp"' in caplog.text
    assert "000000" not in caplog.text


def test_who_sends_too_often_is_written_down(caplog):
    request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.9")
    request.actor = NOBODY
    access.keep_pace(request, "hazard.report", Pace(1, 60))
    with pytest.raises(access.TooOftenError):
        access.keep_pace(request, "hazard.report", Pace(1, 60))
    assert "pace.exceeded action=hazard.report" in caplog.text
