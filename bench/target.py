"""The server under test: the real command in a process of its own, pinned to one core, watched through /proc."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Target:
    """A running server."""

    process: subprocess.Popen[bytes]
    base: str
    cold_start_seconds: float
    """From the start of the process to the first ready answer."""

    def cpu_seconds(self) -> float:
        """Processor time that the process has used so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """Memory that the process holds now, in MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self) -> None:
        """Asks the server to end and waits until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def start(settings: Mapping[str, str], core: int | None, log: Path) -> Target:
    """Starts `passage serve` with the settings, pinned to the core, and waits until it is ready."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PASSAGE_")}
    environment |= {f"PASSAGE_{name.upper()}": value for name, value in settings.items()} | {"PASSAGE_PORT": str(port)}
    began = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_pinned(core), sys.executable, "-m", "server", "serve"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    while not _ready(port):
        if process.poll() is not None:
            raise RuntimeError(f"the server did not start; see {log}")
        time.sleep(0.005)
    return Target(process, f"http://127.0.0.1:{port}", time.perf_counter() - began)


def _pinned(core: int | None) -> list[str]:
    return [] if core is None else ["taskset", "-c", str(core)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ready(port: int) -> bool:
    """Whether /health/ready answers 200. A bare socket, so that asking costs the machine next to nothing."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
