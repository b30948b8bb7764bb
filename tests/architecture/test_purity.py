"""Time, ids, chance, settings and HTTP enter at the edge and nowhere else (ARCHITECTURE.md, "Who may import whom")."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture.tree import dotted, name, python_files, tree

AMBIENT = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.date.today",
    "time.time",
    "uuid.uuid4",
    "uuid4",
    "uuid.uuid1",
    "os.environ",
    "os.getenv",
    "secrets.token_hex",
    "secrets.choice",
    "random.random",
    "random.choice",
}
AMBIENT_ALLOWED = ("server/app.py", "server/clock.py", "server/settings.py", "server/cli/", "server/__main__.py")
STATUS_ALLOWED = ("server/web/", "server/cli/", "server/console/", "server/crd/router.py", "server/app.py")
PRINT_ALLOWED = ("server/cli/",)
CATCH_ALL_ALLOWED = ("server/web/", "server/crd/")
"""The renderer of errors, and the hook, whose own failure must still be answered with coverage information."""


def _find(allowed: tuple[str, ...], offends: Callable[[ast.AST], bool]) -> list[str]:
    def offences(path: Path) -> Iterator[str]:
        yield from (f"{name(path)}:{node.lineno}" for node in ast.walk(tree(path)) if offends(node))  # type: ignore[attr-defined]

    return [hit for path in python_files("server") if not name(path).startswith(allowed) for hit in offences(path)]


def test_nothing_below_the_composition_root_asks_for_time_ids_chance_or_the_environment() -> None:
    hits = _find(AMBIENT_ALLOWED, lambda node: isinstance(node, ast.Attribute | ast.Name) and dotted(node) in AMBIENT)

    assert hits == []


def test_only_the_command_line_prints() -> None:
    hits = _find(PRINT_ALLOWED, lambda node: isinstance(node, ast.Call) and dotted(node.func) == "print")

    assert hits == []


def test_http_statuses_live_at_the_edge() -> None:
    def offends(node: ast.AST) -> bool:
        return (isinstance(node, ast.Name) and node.id in {"HTTPStatus", "HTTPException"}) or (
            isinstance(node, ast.keyword) and node.arg == "status_code"
        )

    assert _find(STATUS_ALLOWED, offends) == []


def test_nothing_swallows_every_exception_but_the_renderer_of_errors() -> None:
    def offends(node: ast.AST) -> bool:
        if not isinstance(node, ast.ExceptHandler):
            return False
        catches_all = node.type is None or dotted(node.type) in {"Exception", "BaseException"}
        return catches_all and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)

    assert _find(CATCH_ALL_ALLOWED, offends) == []


def test_no_function_changes_a_global() -> None:
    assert _find((), lambda node: isinstance(node, ast.Global)) == []


def test_a_module_holds_no_mutable_variable() -> None:
    def mutable(path: Path) -> Iterator[str]:
        for node in tree(path).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Dict | ast.Set):
                names = [dotted(target) for target in node.targets]
                yield from (f"{name(path)}:{node.lineno}" for found in names if found != "__all__" and found.islower())

    hits = [hit for path in python_files("server") for hit in mutable(path)]

    assert hits == []
