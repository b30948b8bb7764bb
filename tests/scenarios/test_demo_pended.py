"""`passage demo pended`: a request that people decide, over real HTTP, with a client that listens for the result."""

import socket
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from server.cli.demo.local_server import local_server
from server.cli.main import app


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
    return CliRunner().invoke(app, ["demo", "pended", *arguments], env={"COLUMNS": "200", **environment})


def statuses(result: Result) -> list[str]:
    """The status of the call of every step."""
    lines = [line.strip() for line in result.stdout.splitlines()]
    calls = [line for line in lines if line.startswith(("GET ", "POST "))]
    return [line.split(" -> ")[1].split(" ")[0] for line in calls]


STATUSES = ["201", "200", "200", "200", "403", "200", "200", "200"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-51")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-60")
def test_the_clinic_is_told_what_the_physician_decided(free_port: int) -> None:
    result = run(PASSAGE_PORT=str(free_port))

    assert result.exit_code == 0, result.output
    assert statuses(result) == STATUSES
    for told in (
        "type: handshake",
        "A4 pended",
        "Your role may not deny; these may: physician, medical-director.",
        "queue physician-review",
        "type: event-notification, event 1",
        "A1 approved, authorization number PA",
        "Every journey ended as told.",
    ):
        assert told in result.stdout


def test_it_is_played_again_and_again_against_a_running_server(origin: str) -> None:
    first, second = run("--url", origin), run("--url", origin)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert statuses(first) == statuses(second) == STATUSES
    assert "event 1" in second.stdout


def test_a_server_that_sends_to_no_loopback_address_is_told_as_it_is(free_port: int) -> None:
    result = run(PASSAGE_PORT=str(free_port), PASSAGE_NOTIFICATION_ENDPOINTS="public")

    assert result.exit_code == 1
    assert "NOT AS TOLD  HTTP status: told 201" in result.stdout
    assert "1 journey(s) did not end as told." in result.stdout
