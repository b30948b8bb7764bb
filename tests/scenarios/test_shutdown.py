"""A server ends cleanly: what it took in is finished, what it acknowledged is stored."""

import http.client
import json as stdlib_json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from server.fhir import json
from server.settings import content_root
from tests.builders.claims import a_request_bundle
from tests.scenarios.process import ServerProcess, a_server, serve_command


def half_sent(server: ServerProcess, body: bytes) -> socket.socket:
    """A connection on which a submission is sent but for its last bytes."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    head = (
        "POST /fhir/Claim/$submit HTTP/1.1\r\nHost: passage.test\r\nContent-Type: application/fhir+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body[:-10])
    return connection


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_answered_and_stored(tmp_path: Path, by: signal.Signals) -> None:
    body = json.write(a_request_bundle())
    with a_server(tmp_path) as server:
        # Given a submission of which the server has a part
        connection = half_sent(server, body)
        time.sleep(0.3)

        # When the server is told to end, and then the rest comes
        os.kill(server.process.pid, by)
        time.sleep(0.5)
        connection.sendall(body[-10:])
        response = http.client.HTTPResponse(connection)
        response.begin()
        answer = response.read()
        connection.close()

        # Then it is answered, and the server ends without a fault
        assert response.status == 200
        assert server.process.wait(30) == 0
        assert [line for line in server.told() if line.get("level") in ("error", "critical")] == []
    with a_server(tmp_path) as server:
        url = json.read(answer)["entry"][0]["fullUrl"].replace("http://passage.test", server.url)
        kept = httpx2.get(url)
        assert (kept.status_code, kept.json()["resourceType"]) == (200, "ClaimResponse")


def test_a_client_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        half_sent(server, json.write(a_request_bundle())).close()
        time.sleep(0.5)

        found = httpx2.get(f"{server.url}/fhir/Claim")

        assert (found.status_code, found.json()["total"]) == (200, 0)
        server.stop()
        assert [(line["route"], line["status"]) for line in server.told() if line["event"] == "request"] == [
            ("/fhir/Claim/$submit", 499),
            ("/fhir/Claim", 200),
        ]
        assert [line for line in server.told() if line["level"] != "info"] == []


def test_no_new_connection_is_taken_after_the_signal(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        connection = half_sent(server, json.write(a_request_bundle()))
        time.sleep(0.3)

        os.kill(server.process.pid, signal.SIGTERM)
        time.sleep(0.5)

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=5)
        connection.close()


def test_a_request_that_never_ends_does_not_keep_the_server(tmp_path: Path) -> None:
    with a_server(tmp_path, shutdown_seconds="1") as server:
        connection = half_sent(server, json.write(a_request_bundle()))
        time.sleep(0.3)

        code = server.stop()

        assert code == 0
        connection.close()


def test_an_idle_server_ends_at_once(tmp_path: Path) -> None:
    with a_server(tmp_path) as server:
        httpx2.get(f"{server.url}/health/ready").raise_for_status()

        code = server.stop()

        assert code == 0
        assert [line["level"] for line in server.told()] == ["info"] * len(server.told())


def no_database(folder: Path) -> dict[str, str]:
    (folder / "passage.db").write_bytes(b"this is no database" * 100)
    return {}


def a_newer_database(folder: Path) -> dict[str, str]:
    with a_server(folder) as server:
        server.stop()
    with closing(sqlite3.connect(folder / "passage.db")) as database, database:
        database.execute("PRAGMA user_version = 9999")
    return {}


def a_broken_policy(folder: Path) -> dict[str, str]:
    for name in ("policies", "plans", "questionnaires"):
        ignored = shutil.ignore_patterns("node_modules")
        shutil.copytree(content_root() / name, folder / "content" / name, ignore=ignored)
    policy = folder / "content" / "policies" / "home-oxygen" / "policy.yaml"
    policy.write_text(policy.read_text().replace("id: home-oxygen", "id: [", 1))
    return {"PASSAGE_CONTENT_PATH": str(folder / "content")}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (no_database, r"passage\.db"),
        (a_newer_database, r"passage\.db.*9999.*newer"),
        (a_broken_policy, r"policies/home-oxygen/policy\.yaml:[0-9]+:"),
    ],
)
def test_what_keeps_it_from_starting_is_said_in_a_sentence(
    tmp_path: Path, broken: Callable[[Path], dict[str, str]], said: str
) -> None:
    environment = {**os.environ, **broken(tmp_path)}

    ended = subprocess.run(
        serve_command(tmp_path), capture_output=True, text=True, timeout=60, check=False, env=environment
    )

    first = stdlib_json.loads(next(line for line in ended.stdout.splitlines() if line.startswith("{")))
    assert (ended.returncode, first["event"]) == (1, "can't start")
    assert re.search(said, first["reason"])
    assert re.search(said, "".join(ended.stderr.split()))  # the screen breaks lines anywhere
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [port if word == "0" else word for word in serve_command(tmp_path)]

        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert "address already in use" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
