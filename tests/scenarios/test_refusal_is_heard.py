"""A client that sends its whole body before it listens still reads why it was refused."""

import http.client
import json
from pathlib import Path

from tests.scenarios.process import a_server


def test_a_client_that_sends_all_first_reads_why_its_body_is_too_large(tmp_path: Path) -> None:
    with a_server(tmp_path, max_body_bytes="2000000", reload_seconds="0") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        headers = {"Content-Type": "application/fhir+json", "Connection": "close"}

        connection.request("POST", "/fhir/Claim/$submit", b" " * 3_900_000, headers)
        answer = connection.getresponse()

        assert answer.status == 413
        assert [issue["code"] for issue in json.loads(answer.read())["issue"]] == ["too-long"]
        connection.close()
