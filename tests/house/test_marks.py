"""The coverage page counts what tests really claim."""

from pathlib import Path

import pytest

from conformance.coverage import page, problems
from conformance.marks import requirement_marks

GUIDES = {"guide_1": {"title": "Guide 1", "rows": 2}}


def _tests(tmp_path: Path, source: str) -> Path:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    return folder


def test_marks_on_functions_classes_and_files_are_found(tmp_path: Path) -> None:
    folder = _tests(
        tmp_path,
        "import pytest\n"
        "pytestmark = [pytest.mark.slow, pytest.mark.requirement('guide_1@file')]\n"
        "@pytest.mark.requirement('guide_1@a', 'guide_1@b')\n"
        "async def test_one(): ...\n"
        "@pytest.mark.requirement('guide_1@c')\n"
        "class TestTwo:\n"
        "    @pytest.mark.requirement('guide_1@a')\n"
        "    def test_three(self): ...\n",
    )

    found = requirement_marks(folder)

    assert found == {
        "guide_1@file": ["tests/test_it.py"],
        "guide_1@a": ["tests/test_it.py::TestTwo::test_three", "tests/test_it.py::test_one"],
        "guide_1@b": ["tests/test_it.py::test_one"],
        "guide_1@c": ["tests/test_it.py::TestTwo"],
    }


def test_an_id_that_is_computed_is_refused(tmp_path: Path) -> None:
    folder = _tests(tmp_path, "import pytest\n@pytest.mark.requirement(f'guide_1@{1}')\ndef test_one(): ...\n")

    with pytest.raises(ValueError, match="line 2"):
        requirement_marks(folder)


def test_a_claim_that_contradicts_the_register_is_a_problem() -> None:
    proven = {"guide_1@a": ["tests/test_it.py::test_one"], "guide_2@b": ["tests/test_it.py::test_two"]}
    register = {
        "guide_1@a": {"state": "later", "reason": "Not built."},
        "guide_1@c": {"state": "someday", "reason": "Not built."},
        "guide_1@d": {"state": "reading", "reason": ""},
    }

    found = problems(proven, register, GUIDES)

    assert found == [
        "guide_2@b in tests/test_it.py::test_two: no such requirement set",
        "register.toml guide_1@a: said to be later, but tests/test_it.py::test_one proves it",
        "register.toml guide_1@c: needs a reason and a state, one of later, reading, not-ours",
        "register.toml guide_1@d: needs a reason and a state, one of later, reading, not-ours",
    ]


def test_the_page_counts_and_lists_what_is_proven() -> None:
    proven = {"guide_1@a": ["tests/test_it.py::test_one", "tests/test_it.py::test_two"]}

    text = page(proven, {"guide_1@b": {"state": "later", "reason": "Not built."}}, GUIDES)

    assert "| Guide 1 | 2 | 1 |" in text
    assert "| `a` | `tests/test_it.py::test_one`<br>`tests/test_it.py::test_two` |" in text
    assert "| `guide_1@b` | later | Not built. |" in text
