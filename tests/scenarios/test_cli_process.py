"""The command as a process: its exit codes, and what `passage serve` tells to open next."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from rich.console import Console

from server.cli.screen import table
from server.cli.serve import welcome
from server.settings import Settings


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The finished process of `python -m server`."""
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


def test_help_lists_every_command_and_is_no_problem(tmp_path: Path) -> None:
    result = run("--help", cwd=tmp_path)

    assert result.returncode == 0
    for command in ("serve", "demo", "settings", "policy", "case", "members"):
        assert command in result.stdout


def test_the_version_is_the_installed_one(tmp_path: Path) -> None:
    result = run("--version", cwd=tmp_path)

    assert (result.returncode, result.stdout) == (0, f"passage {version('passage')}\n")


def test_an_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    assert run("frobnicate", cwd=tmp_path).returncode == 2


def test_a_file_that_is_no_store_is_a_problem_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("not a database, but long enough to be taken for one by mistake")

    result = run("case", "list", "--store", "sqlite:///other.db", cwd=tmp_path)

    assert result.returncode == 1
    assert result.stderr.startswith("passage: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("settings", "address", "demo"),
    [
        (Settings(port=8000), "http://127.0.0.1:8000/cds-services", "passage demo   "),
        (Settings(port=9000), "http://127.0.0.1:9000/fhir/metadata", "passage demo --url http://127.0.0.1:9000"),
        (Settings(host="0.0.0.0", port=9000), "http://127.0.0.1:9000/docs", "--url http://127.0.0.1:9000"),
        (Settings(host="::1", port=9000), "http://[::1]:9000/", "--url http://[::1]:9000"),
        (Settings(base_url="https://pa.example"), "https://pa.example/health/ready", "--url https://pa.example"),
    ],
    ids=["default", "port", "every address", "IPv6", "public address"],
)
def test_serve_says_what_to_open_next(settings: Settings, address: str, demo: str) -> None:
    said = welcome(settings)

    assert address in said
    assert demo in said


def test_cells_of_a_table_are_text_and_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Console(width=80).print(table(None, ("a",), [("[bold]x[/bold]",)]))

    assert "[bold]x[/bold]" in capsys.readouterr().out
