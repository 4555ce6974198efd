"""The documents are tests: what they show runs, what they name exists, and what exists is named.

In a document, ```` ```python ```` blocks run one after another in one namespace per file. Lines of
```` ```console ```` and ```` ```bash ```` blocks that start with `riskshed` run and must succeed; lines that
start with `make` must name a target of the Makefile. A block that is slow or needs what a test may not have
carries `<!-- not run: reason -->` on the line above it.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from riskshed.reading import KINDS
from riskshed.web.environment import SETTINGS

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "cases").rglob("*.md")])
CLI_GUIDE = DOCS / "guide" / "cli.md"
SETTINGS_GUIDE = DOCS / "guide" / "settings.md"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
COMMAND_SECONDS_MAX = 300

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: \S[^>]*-->\s*$")
HEADING = re.compile(r"^(#{1,6}) (.+?)\s*$", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)")
LONG_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
SETTING = re.compile(r"\bRISKSHED_[A-Z_]+\b")


@dataclass(frozen=True)
class Block:
    """One fenced block of a document: where it stands, its language, its text, whether it is run."""

    path: Path
    line: int
    language: str
    text: str
    run: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT).as_posix()}:{self.line}"


def blocks_of(path: Path) -> list[Block]:
    text = path.read_text("utf-8")
    found = []
    for match in FENCE.finditer(text):
        before = text[: match.start()]
        run = not NOT_RUN.search(before)
        found.append(Block(path, before.count("\n") + 1, match[1], match[2], run))
    return found


def prose_of(path: Path) -> str:
    """The document without its fenced blocks."""
    return FENCE.sub("", path.read_text("utf-8"))


def shell_lines(path: Path) -> Iterator[tuple[Block, str]]:
    """Each command line of the shell blocks, without its prompt, with continued lines joined."""
    for block in blocks_of(path):
        if block.language in {"console", "bash", "sh"}:
            lines = block.text.replace("\\\n", " ").splitlines()
            yield from ((block, line.removeprefix("$ ").strip()) for line in lines)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands_shown() -> list[str]:
    shown = {
        line
        for path in DOCUMENTS
        for block, line in shell_lines(path)
        if block.run and line.startswith("riskshed ")
    }
    return sorted(shown)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the cases of the project in it, as a reader of the documents would have."""
    (tmp_path / "cases").symlink_to(ROOT / "cases", target_is_directory=True)
    monkeypatch.setenv("RISKSHED_DATA", str(ROOT.parent / "shared" / "data"))
    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if blocks_of(path)], ids=name_of)
def test_python_blocks_run(path: Path, desk: Path) -> None:
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(path):
        if block.language == "python" and block.run:
            lines = "\n" * block.line + block.text
            exec(compile(lines, str(path), "exec"), namespace)


@pytest.mark.parametrize("command", commands_shown())
def test_commands_shown_run(command: str, desk: Path) -> None:
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    told = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=desk,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS_MAX,
        check=False,
    )
    assert told.returncode == 0, told.stderr


def test_make_lines_name_targets_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    lines = [line for path in DOCUMENTS for _, line in shell_lines(path) if line.startswith("make ")]
    words = {word for line in lines for word in line.partition("#")[0].split()[1:] if "=" not in word}
    assert words <= targets


@pytest.fixture(scope="module")
def cli() -> click.Group:
    return importlib.import_module("riskshed.cli").main


def commands_of(group: click.Group, path: str = "riskshed") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def section_of(guide: str, words: str) -> str:
    """The text under the heading that names the command, up to the next heading of that level."""
    found = re.search(rf"^## `{re.escape(words)}`$(.*?)(?=^## |\Z)", guide, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_command_is_documented(cli: click.Group) -> None:
    guide = CLI_GUIDE.read_text("utf-8")
    missing = [words for words, _ in commands_of(cli) if not section_of(guide, words)]
    assert not missing, "want a heading for each in docs/guide/cli.md: ## `riskshed ...`"


def test_every_option_is_documented_and_no_other(cli: click.Group) -> None:
    guide = CLI_GUIDE.read_text("utf-8")
    for words, command in commands_of(cli):
        has = {text for option in command.params for text in (*option.opts, *option.secondary_opts)}
        named = set(LONG_OPTION.findall(section_of(guide, words)))
        assert named - {"--help"} == {text for text in has if text.startswith("--")}, words


def test_every_command_in_the_guide_exists(cli: click.Group) -> None:
    headings = re.findall(r"^## `(riskshed [a-z -]+)`$", CLI_GUIDE.read_text("utf-8"), re.MULTILINE)
    assert set(headings) == {words for words, _ in commands_of(cli)}


def test_every_setting_is_documented_and_no_other() -> None:
    folders = (ROOT / "src", ROOT / "bench", ROOT / "tests")
    sources = [path for folder in folders for path in folder.rglob("*.py") if path != Path(__file__)]
    read = {name for path in sources for name in SETTING.findall(path.read_text("utf-8"))}
    read |= {one.variable for one in SETTINGS}
    assert set(SETTING.findall(SETTINGS_GUIDE.read_text("utf-8"))) == read


def test_settings_of_a_node_stand_with_their_kind_default_and_meaning() -> None:
    guide = SETTINGS_GUIDE.read_text("utf-8")
    for one in SETTINGS:
        if one.variable == "RISKSHED_PASSPHRASE":  # of every key file, and explained there
            continue
        default = {None: "not set", "": "empty"}.get(one.default, f"`{one.default}`")
        assert f"| `{one.variable}` | {one.kind} | {default} | {one.meaning} |" in guide


def anchors_of(path: Path) -> set[str]:
    """The anchors that a heading gets: lower case, no punctuation, a dash for each space."""
    titles = [match[2].lower() for match in HEADING.finditer(prose_of(path))]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_internal_links_resolve(path: Path) -> None:
    targets = [target for target in LINK.findall(prose_of(path)) if "://" not in target]
    for target in targets:
        place, _, anchor = target.partition("#")
        linked = (path.parent / place).resolve() if place else path
        assert linked.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors_of(linked), f"{target} names no heading"


def test_both_readmes_have_the_same_shape() -> None:
    english, chinese = ROOT / "README.md", ROOT / "README.zh.md"
    levels = [[match[1] for match in HEADING.finditer(prose_of(path))] for path in (english, chinese)]
    assert levels[0] == levels[1]
    commands = [
        [line.partition("#")[0].strip() for _, line in shell_lines(path)] for path in (english, chinese)
    ]
    assert commands[0] == commands[1]


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_decision_has_context_decision_and_consequences(path: Path) -> None:
    titles = [match[2] for match in HEADING.finditer(path.read_text("utf-8"))]
    assert re.fullmatch(rf"{path.name[:4]}: \S.*", titles[0])
    assert titles[1:] == ["Context", "Decision", "Consequences"]


def test_changes_are_filed_by_issue_and_kind() -> None:
    names = [path.name for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]
    assert not [name for name in names if not re.fullmatch(r"\d+\.(added|changed|fixed|removed)\.md", name)]


def test_glossary_names_modules_that_exist() -> None:
    rows = (DOCS / "glossary.md").read_text("utf-8").splitlines()
    named = {name for row in rows if row.startswith("|") for name in re.findall(r"`([a-z_/]+\.py)`", row)}
    assert named, "want a column that says where a word is used"
    assert not {name for name in named if not (ROOT / "src" / "riskshed" / name).is_file()}


def test_glossary_gives_every_word_one_meaning() -> None:
    rows = (DOCS / "glossary.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in row.split("|")[1:3]] for row in rows if row.startswith("| ")]
    words = [pair for pair in cells if pair not in (["English", "中文"], ["not", "because"])]
    assert len({english for english, _ in words}) == len({chinese for _, chinese in words}) == len(words)


def test_glossary_holds_every_kind_of_reading() -> None:
    glossary = (DOCS / "glossary.md").read_text("utf-8")
    assert not [kind for kind in KINDS if f"\n| {kind.replace('_', ' ')} |" not in glossary]


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    page = (DOCS / "decisions" / "0003-dependencies.md").read_text("utf-8")
    assert not {name for name in (re.match(r"[\w-]+", line)[0] for line in wanted) if f"`{name}`" not in page}
