"""A skip has an excuse only when it names what the machine lacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.conftest import may_skip


@pytest.mark.parametrize(
    ("reason", "strict", "absent", "allowed"),
    [
        ("mongodb: no server here", False, "", True),
        ("mongodb: no server here", True, "shared mongodb", True),
        ("Needs Node 20 to compile", True, "node", True),
        ("mongodb: no server here", True, "", False),
        ("mongodb: no server here", True, "shared node", False),
        ("later", True, "mongodb", False),
        ("the mongodbish one", True, "mongodb", False),
    ],
)
def test_a_skip_is_excused_only_by_what_is_absent(reason: str, strict: bool, absent: str, allowed: bool) -> None:
    assert may_skip(reason, strict=strict, absent=absent) is allowed


def test_a_skip_without_excuse_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_skipped.py").write_text(
        "import pytest\n\ndef test_it():\n    pytest.skip('mongodb: no server')\n\ndef test_other():\n    pass\n"
    )
    (tmp_path / "test_whole_file.py").write_text(
        "import pytest\npytest.skip('node: not here', allow_module_level=True)\n"
    )

    outcomes = {absent: _run(tmp_path, absent) for absent in ("mongodb node", "mongodb", "")}

    assert outcomes == {"mongodb node": 0, "mongodb": 2, "": 2}


def _run(folder: Path, absent: str) -> int:
    environment = dict(os.environ) | {"PASSAGE_STRICT_SKIPS": "true", "PASSAGE_MAY_SKIP": absent}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False).returncode
