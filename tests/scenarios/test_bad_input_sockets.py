"""What no client library sends: a real server process, spoken to byte by byte."""

import http.client
import select
import socket
from collections.abc import Iterator

import httpx2
import pytest

from tests.scenarios.process import ServerProcess, a_server

LIMIT = 100_000
HEAD = b"POST /fhir/Claim/$submit HTTP/1.1\r\nHost: passage.test\r\nContent-Type: application/fhir+json\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process with a small limit on bodies."""
    with a_server(tmp_path_factory.mktemp("sockets"), max_body_bytes=str(LIMIT)) as running:
        yield running


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of the answer on a connection."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, response.read()


def still_serves(server: ServerProcess) -> bool:
    return httpx2.get(f"{server.url}/health/ready").status_code == 200


def test_an_endless_body_is_refused_while_it_streams(server: ServerProcess) -> None:
    # Given a client that never stops sending
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"2710\r\n" + b" " * 10_000 + b"\r\n"

        # When it sends more than the limit
        sent = 0
        while not select.select([connection], [], [], 0)[0] and sent < 500 * LIMIT:
            connection.sendall(chunk)
            sent += 10_000

        # Then it is answered at once, and others are served
        status, body = answer(connection)
    assert (status, sent < 500 * LIMIT) == (413, True)
    assert b'"too-long"' in body
    assert still_serves(server)


def test_an_announced_body_over_the_limit_is_refused_before_it_is_sent(server: ServerProcess) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(HEAD + b"Content-Length: 99999999999\r\n\r\n{")

        status, body = answer(connection)

    assert (status, b'"too-long"' in body) == (413, True)
    assert still_serves(server)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\xff\xfe nonsense\r\n\r\n",
        b"GET /fhir/metadata HTTP/9.9\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    ],
    ids=["no HTTP", "another HTTP", "negative length", "two lengths", "broken chunk"],
)
def test_what_is_no_http_is_refused(server: ServerProcess, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = connection.recv(100_000)

    assert received == b"" or b" 400 " in received.splitlines()[0]
    assert still_serves(server)


def test_many_half_sent_requests_do_not_stop_others(server: ServerProcess) -> None:
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(100)]
    for connection in connections:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")

    served = still_serves(server)

    for connection in connections:
        connection.close()
    assert served
    assert [line for line in server.told() if line["level"] == "error"] == []
