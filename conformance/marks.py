"""Finds the requirements that tests claim to prove, without running them: the marks are read from the syntax trees.

A mark is `@pytest.mark.requirement("<set>@<key>", ...)` on a test, on its class, or in a file's `pytestmark`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path


def requirement_marks(tests: Path) -> dict[str, list[str]]:
    """The tests that prove each requirement: `<set>@<key>` -> sorted `path::test` below the folder's parent."""
    proven: dict[str, set[str]] = defaultdict(set)
    for path in sorted(tests.rglob("test_*.py")):
        where = path.relative_to(tests.parent).as_posix()
        for test, requirement in _marks(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
            proven[requirement].add(f"{where}::{test}" if test else where)
    return {requirement: sorted(names) for requirement, names in proven.items()}


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            yield from (("", requirement) for requirement in _requirements(node.value))
        elif isinstance(node, ast.ClassDef):
            yield from _class_marks(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((node.name, requirement) for mark in node.decorator_list for requirement in _requirements(mark))


def _class_marks(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    yield from ((node.name, requirement) for mark in node.decorator_list for requirement in _requirements(mark))
    for member in node.body:
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in member.decorator_list:
                yield from ((f"{node.name}::{member.name}", requirement) for requirement in _requirements(mark))


def _requirements(expression: ast.expr) -> Iterator[str]:
    for call in ast.walk(expression):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requirement":
            for argument in call.args:
                if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                    raise ValueError(
                        f"line {call.lineno}: a requirement mark takes literal ids, so that it can be counted"
                    )
                yield argument.value
