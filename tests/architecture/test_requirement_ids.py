"""Every requirement that a test or a docstring names exists in the guides' requirement sheets."""

import ast
import json
import re

from conformance.coverage import problems, read_toml
from conformance.marks import requirement_marks
from tests.architecture.tree import ROOT, name, python_files, tree
from tests.shared import shared

ID = re.compile(r"[\w.-]+@[\w.-]+")


def _known() -> set[str]:
    sheets = sorted((shared() / "spec" / "requirements").glob("*.json"))
    return {row["fullKey"] for sheet in sheets for row in json.loads(sheet.read_text(encoding="utf-8"))["statement"]}


def _spec_lines() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in python_files("server"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                for line in (ast.get_docstring(node) or "").splitlines():
                    if line.startswith("Spec:"):
                        for id in ID.findall(line):
                            found.setdefault(id.rstrip("."), set()).add(name(path))
    return found


def test_every_marked_requirement_exists() -> None:
    known = _known()

    marked = requirement_marks(ROOT / "tests")

    assert {id: tests for id, tests in marked.items() if id not in known} == {}


def test_every_requirement_that_a_docstring_names_exists() -> None:
    known = _known()

    named = _spec_lines()

    assert {id: sorted(files) for id, files in named.items() if id not in known} == {}


def test_the_register_names_only_requirements_that_exist() -> None:
    known = _known()

    registered = set(read_toml("register.toml"))

    assert registered - known == set()


def test_marks_and_register_agree() -> None:
    marked, register, guides = requirement_marks(ROOT / "tests"), read_toml("register.toml"), read_toml("guides.toml")

    assert problems(marked, register, guides) == []
