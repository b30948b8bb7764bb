"""Files and functions stay small and are named for what they do (CONTRIBUTING.md, "Size" and "Names")."""

from tests.architecture.tree import CODE, ROOT, functions, name, python_files, tree

FILE_LINES = 400
FUNCTION_LINES = 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "service", "services", "data", "info", "misc"}


def test_no_file_is_longer_than_400_lines() -> None:
    files = python_files(*CODE)

    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}

    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_of_the_program_is_longer_than_50_lines() -> None:
    files = python_files("server", "bench", "conformance")

    lengths = {
        f"{name(path)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in files
        for node in functions(tree(path))
    }

    assert {where: lines for where, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_no_file_or_folder_has_a_vague_name() -> None:
    paths = [path.relative_to(ROOT) for path in python_files(*CODE)]

    vague = {path.as_posix() for path in paths if VAGUE & {part.removesuffix(".py").lower() for part in path.parts}}

    assert vague == set()
