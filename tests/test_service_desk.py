"""`riskshed service-desk`: what a person and a program read of a log with no server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from governance.acts import at, clock, stand
from governance.test_service import GROUND, TERMS, WATER, asked, rated, routed, told
from songhua import FOLDER

from riskshed.case import Case
from riskshed.chronicle import chronicle
from riskshed.chronicle_log import keep
from riskshed.cli import main
from riskshed.governance.service_statistics import of_departments
from riskshed.said import Said
from riskshed.service_desk import Counted

AT = "2005-12-30T00:00+08:00"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log on which nobody asked anything, and that holds no agreement."""
    said = Said.read(FOLDER)
    assert said is not None
    made = chronicle(Case.read(FOLDER), said)
    folder = tmp_path_factory.mktemp("log") / "record"
    keep(made, folder, made.rows["S020"])
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["service-desk", *map(str, words)])


def test_log_without_questions_has_no_department(log: Path) -> None:
    told = run(log, "--at", AT, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["departments"] == []
    assert "Nobody has asked anything." in run(log, "--at", AT, "--lang", "en").stdout


def test_agreement_that_the_log_does_not_hold_gives_no_clock(log: Path) -> None:
    told = run(log, "--at", AT, "--agreement", FOLDER / "agreement")
    assert told.exit_code == 1
    assert "holds no agreement songhua-model" in told.output


def counted(*, answers: int, silent: int = 0, parts: int = 0) -> Counted:
    said = []
    for n in range(answers + silent + parts):
        question = asked(10 * n + 1)
        said += [question, routed(question, 10 * n + 1)]
        if n < answers:
            answer = told(question, 10 * n + 1.5)
            said += [answer, rated(answer, 10 * n + 2, solved=n != 0)]
        elif n >= answers + silent:
            said.append(told(question, 10 * n + 1.5, final=False, rest_by=clock(10 * n + 1.9)))
    held = stand(GROUND, said, hours=500)
    names = {code: one.name for code, one in held.bodies.items()}
    return Counted(at(500), TERMS.question_h, of_departments(held, TERMS), names)


def test_department_has_a_line_with_its_figures_in_the_language_that_was_asked_for() -> None:
    line = counted(answers=10).to_text("en").splitlines()[1]
    assert f"({WATER}): 10 10 10 0 0.50 h 0.50 h 0 0.90 (0.60–0.98)" in line
    assert "90 % 分位" not in line
    assert "太少" in counted(answers=2).to_text("zh")
    assert "not answered" in counted(answers=2, silent=8).to_text("en")
    assert f"({WATER}): 12 12 12 2 " in counted(answers=10, parts=2).to_text("zh")


def test_json_says_null_for_too_few_and_words_for_never() -> None:
    (few,) = counted(answers=2).to_json()["departments"]
    assert (few["median_h"], few["solved"], few["asked"]) == (None, None, 2)
    (silent,) = counted(answers=2, silent=8).to_json()["departments"]
    assert (silent["median_h"], silent["counted"], silent["in_time"]) == ("not answered", 10, 2)
