"""`passage policy check|test|explain`: what an author and a reader of a case see, with exit codes for scripts."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server.cli.policy import app
from server.decision.explain import explain
from server.fhir import json
from server.storage.connect import connect
from server.storage.port import Document
from tests.builders.content import ROOT, a_content_folder, replace_in
from tests.builders.policies import a_policy, decided

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "TERM": "dumb"})


def test_check_counts_what_loads() -> None:
    result = _run("check", str(ROOT))

    assert (result.exit_code, result.stdout) == (0, "No findings: 2 policies with 12 codes, 1 plans, 1 forms.\n")


def test_check_prints_each_finding_with_file_and_line(tmp_path: Path) -> None:
    root = a_content_folder(tmp_path)
    replace_in(root / "policies/home-oxygen/policy.yaml", "home-oxygen|1.0.0", "home-oxygen|2.0.0")

    result = _run("check", str(root))

    form = "https://passage.example/fhir/Questionnaire/home-oxygen|2.0.0"
    assert result.exit_code == 1
    assert result.stdout == f"policies/home-oxygen/policy.yaml:4: There is no form {form} under questionnaires/.\n"
    assert result.stderr == "1 findings; this content does not load.\n"


def test_test_runs_the_cases_of_one_policy() -> None:
    result = _run("test", "outpatient-physical-therapy", "--path", str(ROOT))

    assert result.exit_code == 0
    assert "Twelve visits are within the limit" in result.stdout
    assert "home-oxygen" not in result.stdout
    assert result.stdout.splitlines()[-1] == "10 of 10 cases come out as expected."


def test_test_fails_when_a_case_does_not_come_out(tmp_path: Path) -> None:
    root = a_content_folder(tmp_path)
    replace_in(root / "policies/outpatient-physical-therapy/cases.yaml", "value: 13,", "value: 12,")

    result = _run("test", "--path", str(root))

    assert result.exit_code == 1
    assert "The outcome is approved, expected limited." in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [("test", "no-such-policy"), ("check", "/no/such/folder"), ("explain",), ("explain", "1", "--store", "x")],
)
def test_wrong_use_has_an_exit_code_of_its_own(arguments: tuple[str, ...]) -> None:
    assert _run(*arguments).exit_code == 2


def _a_stored_case(folder: Path) -> str:
    url = f"sqlite:///{folder / 'cases.db'}"
    item = {"sequence": 1, "review_action": "A4", "codes": [{"system": "s", "code": "S1000", "display": None}]}
    numbers = {"authorization_number": None, "reference_number": "REF1", "valid": None, "due": None, "owner": None}
    body = {"items": [{**item, **numbers, "explanation": explain(decided(a_policy()))}]}

    async def store() -> None:
        opened = connect(url, mongodb_driver="pymongo", clock=lambda: NOW)
        await opened.start()
        await opened.create(Document("case", "case-1", body, date(2026, 11, 20).isoformat()))
        await opened.close()

    asyncio.run(store())
    return url


def test_explain_shows_criteria_missing_facts_and_what_would_change_the_answer(tmp_path: Path) -> None:
    url = _a_stored_case(tmp_path)

    result = _run("explain", "case-1", "--store", url)

    assert result.exit_code == 0
    for said in (
        "decided by policy invented 1.0.0: An invented policy",
        "[unknown] level: The level is at most 88 %.",
        "What is the level?",
        "The level is at most 88 % (now unknown).",
        "source: An invented book, 3, 2026-01-01",
    ):
        assert said in result.stdout


def test_explain_gives_json_for_scripts(tmp_path: Path) -> None:
    url = _a_stored_case(tmp_path)

    result = _run("explain", "case-1", "--store", url, "--json")

    assert json.read(result.stdout_bytes) == [{"sequence": 1, **explain(decided(a_policy()))}]


def test_explain_of_an_unknown_case_is_a_problem(tmp_path: Path) -> None:
    url = _a_stored_case(tmp_path)

    result = _run("explain", "case-2", "--store", url)

    assert (result.exit_code, result.stdout) == (1, "")
