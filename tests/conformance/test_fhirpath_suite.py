"""Runs HL7's FHIRPath tests for R4 (tests/conformance/fhirpath_suite.py reads them) and reports them per group."""

from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.fhirpath_suite import Case, cases, expected_failures, passes
from tests.shared import shared

GOAL = 0.97


@pytest.fixture(scope="module")
def verdicts() -> dict[str, tuple[Case, bool]]:
    """Every test of the suite with whether it passes."""
    folder: Path = shared() / "testdata" / "fhirpath"
    return {case.id: (case, passes(case)) for case in cases(folder)}


def test_only_the_listed_tests_of_the_suite_fail(verdicts: dict[str, tuple[Case, bool]]) -> None:
    expected = set(expected_failures())

    failed = {id for id, (_, passed) in verdicts.items() if not passed}

    assert failed == expected


def test_the_same_tests_fail_where_expressions_are_metered(verdicts: dict[str, tuple[Case, bool]]) -> None:
    expected = set(expected_failures())

    failed = {id for id, (case, _) in verdicts.items() if not passes(case, metered=True)}

    assert failed == expected


def test_every_expected_failure_says_why(verdicts: dict[str, tuple[Case, bool]]) -> None:
    expected = expected_failures()

    unexplained = [id for id, reason in expected.items() if len(reason.split()) < 5 or id not in verdicts]

    assert unexplained == []


def test_the_suite_passes_to_the_goal(verdicts: dict[str, tuple[Case, bool]]) -> None:
    asked = Counter(case.group for case, _ in verdicts.values())
    passed = Counter(case.group for case, passes in verdicts.values() if passes)
    report = "\n".join(f"{group:40} {passed[group]:4} of {count:4}" for group, count in asked.items())
    usable = [passes for case, passes in verdicts.values() if not case.refused]

    share = sum(usable) / len(usable)

    print(f"{report}\n{'all':40} {sum(passed.values()):4} of {sum(asked.values()):4}")  # noqa: T201
    assert share >= GOAL
