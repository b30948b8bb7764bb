"""Runs public test kits (Inferno) against a fresh server of our own for each suite, and writes the result pages.

The kits are driven by the runner that lies beside the repository (`PASSAGE_SHARED`); conformance/README.md says how to
run the same suites with any other Inferno. Run as `python -m conformance.kits [SUITE ...]`.
"""

import argparse
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.target import Target, start
from conformance.other_values import with_other_values
from conformance.result_page import Row, result_page, rows_of

_HERE = Path(__file__).resolve().parent
RESULTS = _HERE / "results"
_PRELOAD = "pas221,pas201,crd221,crd201,dtr220"


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite of a kit: its id, what it is run against, and the runner's files for it."""

    name: str
    suite: str
    title: str
    base: str
    inputs: str
    expect: str | None = None
    wait: tuple[str, ...] = ()
    """Further arguments of `conformance.on_wait`."""
    by_default: bool = True
    """Whether it is run when no suite is named."""
    other_values: bool = False
    """Whether the inputs are sent with other values than the runner's file has."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave."""

    rows: tuple[Row, ...]
    passed: bool
    """Every required test passed, or ended as the expectations foresee."""
    said: str


def suites() -> dict[str, Suite]:
    """All suites by name."""
    listed = tomllib.loads((_HERE / "suites.toml").read_text(encoding="utf-8"))
    return {name: Suite(name=name, **{**row, "wait": tuple(row.get("wait", ()))}) for name, row in listed.items()}


def runner_folder() -> Path | None:
    """The folder of the kits' runner; None where there is none."""
    named = os.environ.get("PASSAGE_SHARED")
    shared = Path(named) if named else _HERE.parent.parent / "shared"
    folder = shared / "tools" / "inferno"
    return folder if (folder / "kits").is_file() else None


def run(suite: Suite, *, runner: Path, validator: str, folder: Path) -> Outcome:
    """Runs one suite against a fresh server; its log and the runner's results are written to `folder`."""
    with _server(folder, suite.name) as target:
        address = target.base
        results = folder / f"{suite.name}.json"
        inputs = _inputs(suite, runner, folder)
        command = [
            str(runner / "kits"),
            "run",
            suite.suite,
            *("--inputs", str(inputs)),
            *(("--expect", str(_file(runner, suite.expect))) if suite.expect else ()),
            *("--set", f"base={address}{suite.base}", "--validator", validator, "--out", str(results)),
            *("--on-wait", shlex.join([sys.executable, "-m", "conformance.on_wait", address, suite.base, *suite.wait])),
        ]
        environment = {**os.environ, "INFERNO_PORT": str(_two_free_ports())}
        done = subprocess.run(
            command, env=environment, cwd=_HERE.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    rows = rows_of(json.loads(results.read_text(encoding="utf-8"))) if results.is_file() else ()
    return Outcome(rows, done.returncode == 0, done.stdout)


def _inputs(suite: Suite, runner: Path, folder: Path) -> Path:
    """The file of the suite's inputs, made anew when other values are asked for."""
    named = _file(runner, suite.inputs)
    if not suite.other_values:
        return named
    made = folder / f"{suite.name}-inputs.json"
    made.write_text(json.dumps(with_other_values(json.loads(named.read_text(encoding="utf-8")))), encoding="utf-8")
    return made


def _file(runner: Path, name: str) -> Path:
    """A file of our own, or of the runner."""
    own = _HERE / name
    return own if own.is_file() else runner / name


def _expected(runner: Path, suite: Suite) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if suite.expect:
        found = json.loads(_file(runner, suite.expect).read_text(encoding="utf-8"))
    return found


@contextmanager
def _server(folder: Path, name: str) -> Iterator[Target]:
    settings = {
        "store_url": f"sqlite:///{folder / name}.db",
        "notification_endpoints": "any",
    }
    target = start(settings, None, folder / f"{name}.log")
    try:
        yield target
    finally:
        target.stop()


def _two_free_ports() -> int:
    """A port whose next one is free too: Inferno takes both."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@contextmanager
def validator(runner: Path) -> Iterator[str]:
    """The address of HL7's validator: the one that PASSAGE_VALIDATOR_URL names, or one of our own for this run."""
    if named := os.environ.get("PASSAGE_VALIDATOR_URL"):
        yield named
        return
    tool, port = str(runner.parent / "validator" / "start"), str(_two_free_ports())
    subprocess.run([tool, "--daemon", "--port", port, "--preload", _PRELOAD], check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run([tool, "stop", "--port", port], check=False, stdout=subprocess.DEVNULL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the suites that are named, or all; the exit status is 0 when every required test passed or is expected."""
    known = suites()
    parser = argparse.ArgumentParser(prog="python -m conformance.kits", description=__doc__)
    parser.add_argument("suite", nargs="*", help=f"of {', '.join(known)}; default: all")
    chosen = parser.parse_args(arguments).suite or [name for name, suite in known.items() if suite.by_default]
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"{unknown[0]} is no suite; there are {', '.join(known)}")
    runner = runner_folder()
    if runner is None or not shutil.which("java"):
        sys.stderr.write("The runner or Java is not here; conformance/README.md says how to run the kits elsewhere.\n")
        return 2
    RESULTS.mkdir(exist_ok=True)
    failed = False
    with tempfile.TemporaryDirectory() as folder, validator(runner) as checking:
        for name in chosen:
            outcome = run(known[name], runner=runner, validator=checking, folder=Path(folder))
            sys.stdout.write(f"== {known[name].title}\n{outcome.said}")
            sys.stdout.flush()
            page = result_page(known[name].title, known[name].suite, outcome.rows, _expected(runner, known[name]))
            (RESULTS / f"{name}.md").write_text(page, encoding="utf-8")
            failed |= not outcome.passed
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
