"""`passage case list|show`: what is in the store, for people and for scripts."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from server.app import create_app
from server.cli.demo.claim_bundle import request_bundle
from server.cli.demo.record import load_record
from server.cli.main import app
from server.fhir import json
from server.settings import Settings
from tests.scenarios.conftest import repeatable_ids

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
FHIR = {"Content-Type": "application/fhir+json"}


def run(store: str, *arguments: str, columns: int = 200) -> Result:
    """The result of a case command on a wide terminal."""
    return CliRunner().invoke(app, ["case", *arguments, "--store", store], env={"COLUMNS": str(columns)})


@pytest.fixture
def store(tmp_path: Path) -> str:
    """The address of an empty store."""
    return f"sqlite:///{tmp_path}/passage.db"


@pytest.fixture
def two_cases(store: str) -> str:
    """The address of a store with a pended case and an excluded one, in that order."""

    async def submit() -> None:
        server = create_app(Settings(store_url=store, reload_seconds=0), clock=lambda: NOW, ids=repeatable_ids())
        transport = httpx2.ASGITransport(app=server)
        async with server.router.lifespan_context(server), httpx2.AsyncClient(transport=transport) as client:
            for name in ("pended", "excluded"):
                record = load_record(name, NOW.date())
                bundle = json.write(request_bundle(record, record.order, None, NOW, repeatable_ids()))
                await client.post("http://passage.test/fhir/Claim/$submit", content=bundle, headers=FHIR)

    asyncio.run(submit())
    return store


def test_an_empty_store_says_how_to_get_cases(store: str) -> None:
    result = run(store, "list")

    assert result.exit_code == 0
    assert "No cases yet" in result.stdout


@pytest.mark.parametrize("command", ["list", "work"])
@pytest.mark.parametrize("columns", [80, 60])
def test_a_narrow_terminal_shows_whole_words(two_cases: str, command: str, columns: int) -> None:
    wide, narrow = run(two_cases, command), run(two_cases, command, columns=columns)

    words = {word for line in wide.stdout.splitlines()[2:] for word in line.split()}
    assert (wide.exit_code, narrow.exit_code) == (0, 0)
    assert words - set(narrow.stdout.split()) == set()
    assert len(words) >= 8
    assert max(map(len, narrow.stdout.splitlines())) <= columns


def test_a_case_is_shown_in_whole_words_too(two_cases: str) -> None:
    case = json.read(run(two_cases, "list", "--json").stdout.encode())[0]["id"]

    wide, narrow = run(two_cases, "show", case), run(two_cases, "show", case, columns=80)

    words = {word for line in wide.stdout.splitlines() for word in line.split() if set(word) - set("─")}
    assert words - {f"{word}:" for word in narrow.stdout.split()} - set(narrow.stdout.split()) <= {"at", "by", "event"}
    assert max(map(len, narrow.stdout.splitlines())) <= 80


def test_the_newest_cases_are_listed(two_cases: str) -> None:
    table, listed = run(two_cases, "list"), run(two_cases, "list", "--json")

    cases = json.read(listed.stdout.encode())
    rows = [line for line in table.stdout.splitlines() if "2026-11-20 15:00" in line]
    assert (table.exit_code, listed.exit_code) == (0, 0)
    assert sorted(case["state"] for case in cases) == ["determined", "pended"]
    assert [row.split()[0] for row in rows] == [case["id"] for case in cases]
    assert sorted(" ".join(row.split()[3:5]) for row in rows) == ["excluded A9270", "pended E1390"]


def test_cases_are_listed_by_state_and_number(two_cases: str) -> None:
    pended = json.read(run(two_cases, "list", "--state", "pended", "--json").stdout.encode())
    one = json.read(run(two_cases, "list", "--limit", "1", "--json").stdout.encode())

    assert [case["state"] for case in pended] == ["pended"]
    assert len(one) == 1


def test_a_case_shows_the_explanation_of_every_item(two_cases: str) -> None:
    (case,) = json.read(run(two_cases, "list", "--state", "pended", "--json").stdout.encode())

    shown, as_json = run(two_cases, "show", case["id"]), run(two_cases, "show", case["id"], "--json")

    assert (shown.exit_code, as_json.exit_code) == (0, 0)
    assert json.read(as_json.stdout.encode()) == case
    for part in (
        f"Case {case['id']}",
        "E1390: pended (A4)",
        "decided by policy home-oxygen",
        "[unknown] group-1-pao2",
        "What was the arterial oxygen pressure",
        "what would change the answer",
        case["items"][0]["reference_number"],
    ):
        assert part in shown.stdout


def test_an_unknown_case_is_a_problem_and_an_unknown_option_wrong_use(store: str) -> None:
    unknown, wrong = run(store, "show", "nothing"), run(store, "list", "--limit", "0")

    assert (unknown.exit_code, wrong.exit_code) == (1, 2)
    assert "There is no case with this id" in unknown.stderr
