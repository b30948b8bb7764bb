"""`passage demo`: the whole journey over real HTTP, with the server it finds or one of its own."""

import socket
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner, Result

from server.cli.demo.local_server import local_server
from server.cli.main import app
from server.settings import content_root


@pytest.fixture
def free_port() -> int:
    """A port where nothing answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def origin() -> Iterator[str]:
    """A running server."""
    with local_server() as at:
        yield at


def run(*arguments: str, **environment: str) -> Result:
    """The result of the demo on a wide terminal."""
    return CliRunner().invoke(app, ["demo", *arguments], env={"COLUMNS": "200", **environment})


def steps(result: Result) -> list[str]:
    """What each step did and got: its call, or the decision."""
    lines = [line.strip() for line in result.stdout.splitlines()]
    calls = [line.split(" in ")[0] for line in lines if line.startswith(("GET ", "POST "))]
    decisions = [line.split(",")[0] for line in lines if line[:3] in ("A1 ", "A3 ", "A4 ", "A6 ")]
    return calls + decisions


HOOK, PACKAGE, SUBMIT = (
    f"POST {path} -> 200"
    for path in ("/cds-services/order-sign-crd", "/fhir/Questionnaire/$questionnaire-package", "/fhir/Claim/$submit")
)
ALL_STEPS = [
    "GET /cds-services -> 200",
    *(HOOK, PACKAGE, SUBMIT),
    *(HOOK, PACKAGE, SUBMIT),
    HOOK,
    *(HOOK, SUBMIT),
    "A1 approved",
    "A4 pended",
    "A3 not a benefit of the contract",
]


def test_the_demo_brings_its_own_server_when_none_answers(free_port: int) -> None:
    result = run(PASSAGE_PORT=str(free_port))

    assert result.exit_code == 0, result.output
    assert steps(result) == ALL_STEPS
    assert "authorization number PA" in result.stdout
    assert "What was the arterial oxygen pressure" in result.stdout
    assert "It would be approved if all of these held" in result.stdout
    assert "Every journey ended as told." in result.stdout


def test_the_demo_plays_again_and_again_against_a_running_server(origin: str) -> None:
    first, second = run("--url", origin), run("--url", f"{origin}/")

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert steps(first) == steps(second) == ALL_STEPS
    assert "satisfied-pa-id: PA" not in first.stdout
    assert "satisfied-pa-id: PA" in second.stdout


def test_the_demo_says_when_nothing_answers_at_the_url(free_port: int) -> None:
    result = run("--url", f"http://127.0.0.1:{free_port}")

    assert result.exit_code == 1
    assert f"Nothing is ready at http://127.0.0.1:{free_port}" in result.stdout


def test_the_demo_fails_when_a_step_does_not_end_as_told(free_port: int, tmp_path: Path) -> None:
    content = copytree(content_root() / "plans", tmp_path / "plans").parent
    copytree(content_root() / "questionnaires", content / "questionnaires", ignore=lambda *_: {"build"})
    (content / "policies").mkdir()

    result = run(PASSAGE_PORT=str(free_port), PASSAGE_CONTENT_PATH=str(content))

    assert result.exit_code == 1
    assert "NOT AS TOLD  a form to fill in: told yes, came no" in result.stdout
    assert "2 journey(s) did not end as told." in result.stdout


def test_the_demo_says_why_its_own_server_did_not_start(free_port: int, tmp_path: Path) -> None:
    plan = tmp_path / "plans" / "broken" / "plan.yaml"
    plan.parent.mkdir(parents=True)
    plan.write_text("id: broken\n")

    result = run(PASSAGE_PORT=str(free_port), PASSAGE_CONTENT_PATH=str(tmp_path))

    assert result.exit_code == 1
    assert "The demo's own server did not start." in str(result.exception)
    assert "plans/broken/plan.yaml:1" in str(result.exception)


def test_a_content_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    result = run(PASSAGE_CONTENT_PATH=str(tmp_path / "nowhere"))

    assert result.exit_code == 2
    assert "PASSAGE_CONTENT_PATH" in result.output
