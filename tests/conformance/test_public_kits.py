"""The public PAS kits, whole, against a server started as a user starts it, with HL7's validator on."""

import os
import shutil
from pathlib import Path

import pytest

from conformance.kits import run, runner_folder, suites, validator

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kits")]

_EVERY = os.environ.get("PASSAGE_KITS") == "all"
"""All suites; without it one of each generation, one of them with values that were never published."""


@pytest.mark.parametrize("name", list(suites()) if _EVERY else ["pas-2.2.1-other-values", "pas-2.0.1"])
def test_every_required_test_of_the_suite_passes(name: str, tmp_path: Path) -> None:
    runner = runner_folder()
    if runner is None:
        pytest.skip("kits: no shared folder with the runner of the public kits; set PASSAGE_SHARED")
    if not all(map(shutil.which, ("java", "mvn", "curl"))):
        pytest.skip("java: the kits' validator needs Java 17, Maven and curl")
    if os.geteuid() != 0:
        pytest.skip("kits: their runner needs to be root")

    with validator(runner) as checking:
        outcome = run(suites()[name], runner=runner, validator=checking, folder=tmp_path)

    assert outcome.passed, outcome.said
    assert outcome.rows
