"""A server of the demo's own for when none is running: a process with a free port and a store that goes with it.

A process and not a thread: what the demo times is then the server alone, as a real EHR would see it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from server.errors import PassageError
from server.fhir import json

_HOST = "127.0.0.1"
_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.05


class DemoServerFailed(PassageError):
    """The demo's own server did not start; the message is what it said."""


@contextmanager
def local_server() -> Iterator[str]:
    """The origin of a server with the demo content, stopped and forgotten at the end. Raises DemoServerFailed."""
    with TemporaryDirectory(prefix="passage-demo-") as folder:
        log, told = Path(folder, "log"), Path(folder, "problems")
        with log.open("wb") as written, told.open("wb") as problems:
            server = subprocess.Popen(
                [sys.executable, "-m", "server", "serve", "--host", _HOST, "--port", "0"],
                env={**os.environ, **_settings(Path(folder, "demo.db"))},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=problems,
            )
        try:
            yield f"http://{_HOST}:{_port(server, log, told)}"
        finally:
            server.terminate()
            server.wait()


def _settings(store: Path) -> dict[str, str]:
    return {
        "PASSAGE_STORE_URL": f"sqlite:///{store}",
        "PASSAGE_DEMO": "true",
        "PASSAGE_BASE_URL": "",
        "PASSAGE_RELOAD_SECONDS": "0",
        "PASSAGE_LOG_FORMAT": "json",
        "PASSAGE_LOG_LEVEL": "info",
    }


def _port(server: "subprocess.Popen[bytes]", log: Path, told: Path) -> int:
    """The port that the server says it listens on."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        for line in log.read_bytes().splitlines(keepends=True):
            if b'"listening"' in line and line.endswith(b"\n"):
                return int(json.read(line)["port"])
        time.sleep(_PAUSE_SECONDS)
    said = told.read_text(errors="replace").strip().removeprefix("passage: ") or "It said nothing."
    raise DemoServerFailed(f"The demo's own server did not start. {said}")
