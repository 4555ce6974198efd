"""Every code that a reader can meet has Chinese words: the words of the program itself are English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import riskshed
from riskshed.web.forms_refusal import DELIVERY_WORDS, FAULTS, REFUSALS

ROOT = Path(riskshed.__file__).parent
CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_]*")
CHINESE = re.compile("[\u3400-\u9fff]")
BELOW = (
    *("desk.py", "desk_record.py", "desk_signing.py", "outbox.py", "outbox_store.py", "sitrep.py"),
    *("after_action.py", "halt_trial.py", "stations.py", "exchange/readings.py"),
    *("ledger/log.py", "ledger/store.py", "ledger/postgres.py"),
    *(f"governance/{name}.py" for name in ("agreement", "aid", "appraisal", "approval", "base_information")),
    *(f"governance/{name}.py" for name in ("bargaining", "bargaining_points", "money", "negotiation")),
    *(f"governance/{name}.py" for name in ("negotiation_acts", "notice_answer", "plan_working", "rulepack")),
    *(f"governance/{name}.py" for name in ("settlement", "settlement_fund", "settlement_inputs")),
    *(f"governance/{name}.py" for name in ("settlement_payments", "settlement_rules", "sharing")),
    "governance/community.py",
    *("desk_market.py", "governance/market.py"),
    "governance/service.py",
    *(f"governance/{name}.py" for name in ("shortfall", "special_actions", "trust", "warning")),
)
"""Rooms and wings whose functions a page or the interface calls while it answers."""
ONLY_OPERATORS = {
    **dict.fromkeys(
        ("backup", "beginning", "demo_case", "demo_said", "environment", "founding", "profile", "serve"),
        "a command says it",
    ),
    **dict.fromkeys(("vendored", "witness_role", "cosigning"), "said when the node starts, or is built"),
}
"""Modules of the web whose errors stand in the terminal of an operator, and why."""
ONLY_OPERATORS_CODES = {
    "mail.bad_url": "a setting, read when the node starts",
    "outbox.gap": "the outbox reads the log on from where it stands",
    "outbox.patience": "a setting of the program",
    "rulepack.faults": "packs are read when the node starts",
}


def raised(path: Path) -> Iterator[str]:
    """The codes of errors that a module makes, without those of single faults of a field."""
    for one in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(one, ast.Call):
            continue
        name = ast.unparse(one.func).rpartition(".")[2]
        if name.endswith("Error") or name == "InputFaults":
            for given in one.args[:2]:  # the status of an ApiError comes before its code
                if isinstance(given, ast.Constant) and CODE.fullmatch(str(given.value)):
                    yield str(given.value)
                    break


def modules() -> list[Path]:
    web = [one for one in (ROOT / "web").rglob("*.py") if one.stem not in ONLY_OPERATORS]
    return sorted([*web, *(ROOT / one for one in BELOW)])


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_code_that_can_reach_a_reader_has_chinese_words(path: Path) -> None:
    told = set(raised(path)) - set(ONLY_OPERATORS_CODES)
    assert told - set(REFUSALS) - set(DELIVERY_WORDS) == set(), "write words in web/forms_refusal.py"


def test_codes_are_found_where_they_are() -> None:
    found = {code for path in modules() for code in raised(path)}
    assert {"node.log_missing", "access.unknown", "store.doubt", "mail.refused", "warning.expired"} <= found


def test_words_are_chinese() -> None:
    words = [*REFUSALS.values(), *(zh for zh, _ in (*FAULTS.values(), *DELIVERY_WORDS.values()))]
    assert [one for one in words if not CHINESE.search(one)] == []


def test_words_for_a_reader_are_of_codes_that_exist() -> None:
    sources = "".join(one.read_text("utf-8") for one in ROOT.rglob("*.py") if one.stem != "forms_refusal")
    # The book of deliveries makes its codes from its name (`outbox_store.BookFile`).
    made = {"doubt"} | {
        f"outbox.{one}" for one in ("doubt", "not_written", "stopped", "unreadable", "other_file")
    }
    assert [code for code in REFUSALS if f'"{code}"' not in sources and code not in made] == []
