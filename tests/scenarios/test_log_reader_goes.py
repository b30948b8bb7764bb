"""The server goes on when nobody reads its log any more."""

import http.client
import os
import subprocess
import time
from pathlib import Path

from tests.scenarios.process import serve_command


def test_requests_are_answered_when_the_reader_of_the_log_is_gone(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PASSAGE_")}
    command = [*serve_command(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as it:
        assert it.stdout is not None
        line = next(line for line in it.stdout if '"event":"listening"' in line)
        port = int(line.partition('"port":')[2].partition(",")[0])
        it.stdout.close()
        try:
            statuses = [_status(port, path) for path in ("/fhir/metadata", "/fhir/Claim/1", "/health/live")]
        finally:
            it.terminate()
            code = it.wait(60)

    assert statuses == [200, 404, 200]
    assert code == 0


def _status(port: int, path: str) -> int:
    for _ in range(50):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("the server does not listen")
