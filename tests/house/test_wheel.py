"""The wheel is whole: installed in a fresh environment, it serves in an empty folder and plays the demo journey."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@dataclass(frozen=True)
class Installed:
    """A wheel, and the environment that it was installed in."""

    wheel: Path
    bin: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this checkout in an environment of its own, with nothing but what it asks for."""
    folder = tmp_path_factory.mktemp("wheel")
    if _pip(sys.executable, "download", "--no-deps", "--dest", str(folder / "probe"), "hatchling").returncode:
        pytest.skip("network: no package index answers, so nothing can be built or installed")
    built = _pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    assert built.returncode == 0, built.stderr
    wheel = next(folder.glob("passage-*.whl"))
    venv.create(folder / "venv", with_pip=True, symlinks=True)
    put_in = _pip(str(folder / "venv" / "bin" / "python"), "install", str(wheel))
    assert put_in.returncode == 0, put_in.stderr
    return Installed(wheel, folder / "venv" / "bin")


@pytest.fixture
def server(installed: Installed, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server that was started in an empty folder, and the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [installed.bin / "passage", "serve", "--port", str(port), "--store", "sqlite:///cases.db"],
            cwd=_empty(tmp_path),
            env=_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        origin = f"http://127.0.0.1:{port}"
        _wait_until_ready(origin, process, tmp_path / "log")
        yield origin, tmp_path / "empty"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0, (tmp_path / "log").read_text()


def test_the_wheel_carries_the_content_and_nothing_of_the_workshop(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()

    folders = {"/".join(name.split("/")[:3]) for name in names if name.startswith("server/shipped/")}
    strangers = [name for name in names if not name.startswith(("server/", "passage-"))]

    assert {"server/shipped/policies", "server/shipped/plans", "server/shipped/questionnaires"} <= folders
    assert "server/py.typed" in names
    assert strangers == []
    assert [
        name for name in names if "node_modules" in name or name.startswith("server/shipped/questionnaires/build")
    ] == []


def test_the_installed_package_serves_in_an_empty_folder(server: tuple[str, Path]) -> None:
    origin, folder = server

    statement = json.loads(_get(f"{origin}/fhir/metadata"))
    forms = json.loads(_get(f"{origin}/fhir/Questionnaire?_summary=count"))

    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert forms["total"] > 0
    assert (folder / "cases.db").is_file()


def test_the_installed_package_plays_the_demo_journey(server: tuple[str, Path], installed: Installed) -> None:
    origin, folder = server

    played = subprocess.run(
        [installed.bin / "passage", "demo", "--url", origin],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert played.returncode == 0, played.stdout + played.stderr


def _pip(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def _environment() -> dict[str, str]:
    """The caller's environment without anything that would lead back to the checkout."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PASSAGE_", "PYTHON", "VIRTUAL_"))
    }


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
    return body


def _wait_until_ready(origin: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            _get(f"{origin}/health/ready")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"not ready after a minute: {log.read_text()}")
