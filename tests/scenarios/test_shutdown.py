"""A server ends cleanly: what it took in is finished, what it acknowledged is stored."""

import http.client
import json as stdlib_json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from server.fhir import json
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


def test_a_store_that_is_no_store_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "passage.db").write_bytes(b"this is no database" * 100)

    ended = subprocess.run(serve_command(tmp_path), capture_output=True, text=True, timeout=60, check=False)

    lines = [stdlib_json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    assert ended.returncode == 1
    assert [line["event"] for line in lines][0] == "can't start"
    assert "passage.db" in lines[0]["reason"]
    assert "Traceback" not in ended.stdout + ended.stderr
