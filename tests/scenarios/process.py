"""A server process of its own, started as an operator starts it, with everything that it prints."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 60


@dataclass
class ServerProcess:
    """A running `passage serve`."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def told(self) -> list[dict[str, Any]]:
        """Every log line so far, as objects."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def told_of(self, request_id: str, *, seconds: float = 30) -> list[dict[str, Any]]:
        """The log lines of a request, once there is one: a line is written after its answer was sent.

        The lines of all requests before it are there then as well.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := [line for line in self.told() if line.get("request_id") == request_id]:
                return found
            time.sleep(0.02)
        return []

    def stop(self, *, by: signal.Signals = signal.SIGTERM) -> int:
        """Tells the process to end; gives its exit code when it has."""
        self.process.send_signal(by)
        return self.process.wait(60)


def serve_command(folder: Path) -> list[str]:
    """The command that serves on a free port with its store in the folder."""
    return [sys.executable, "-m", "server", "serve", "--port", "0", "--store", f"sqlite:///{folder}/passage.db"]


@contextmanager
def a_server(folder: Path, **settings: str) -> Iterator[ServerProcess]:
    """Starts a server on a free port with its store in the folder, and ends it in the end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PASSAGE_")}
    environment |= {f"PASSAGE_{name.upper()}": value for name, value in settings.items()}
    process = subprocess.Popen(
        serve_command(folder),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    server = ServerProcess(process)
    listening = threading.Event()
    reader = threading.Thread(target=_read, args=(server, listening))
    reader.start()
    try:
        assert listening.wait(START_SECONDS), server.lines
        assert server.port, server.lines
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join()
        assert process.stdout
        process.stdout.close()


def _read(server: ServerProcess, listening: threading.Event) -> None:
    assert server.process.stdout
    for line in server.process.stdout:
        server.lines.append(line)
        if '"listening"' in line:
            server.port = json.loads(line)["port"]
            listening.set()
    listening.set()
