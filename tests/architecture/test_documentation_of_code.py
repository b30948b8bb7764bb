"""Every module says why it exists, every public name says what it gives (CONTRIBUTING.md, "Docstrings")."""

import ast
from collections.abc import Iterator

from tests.architecture.tree import ROOT, name, python_files, tree

REGISTRIES: set[str] = {"server/cli/__init__.py", "server/crd/hooks/__init__.py"}
"""The `__init__.py` files that may hold code: the entry point of the command, and the registry of hooks."""


def _undocumented(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from (
                    f"{node.name}.{member.name}"
                    for member in node.body
                    if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
                    and not member.name.startswith("_")
                    and not ast.get_docstring(member)
                )


def test_every_module_says_why_it_exists() -> None:
    modules = [path for path in python_files("server", "bench", "conformance", "tests") if path.name != "__init__.py"]

    silent = [name(path) for path in modules if not ast.get_docstring(tree(path))]

    assert silent == []


def test_no_two_modules_share_a_docstring() -> None:
    seen: dict[str, list[str]] = {}

    for path in python_files("server", "bench", "conformance"):
        if text := ast.get_docstring(tree(path)):
            seen.setdefault(text, []).append(name(path))

    assert [paths for paths in seen.values() if len(paths) > 1] == []


def test_every_public_name_of_the_program_has_a_docstring() -> None:
    files = python_files("server", "bench", "conformance")

    missing = [f"{name(path)} {what}" for path in files for what in _undocumented(tree(path))]

    assert missing == []


def test_init_files_are_empty_or_a_listed_registry() -> None:
    files = [path for folder in ("server", "bench", "conformance") for path in (ROOT / folder).rglob("__init__.py")]

    filled = {name(path) for path in files if path.read_text(encoding="utf-8").strip()}

    assert filled - REGISTRIES == set()
