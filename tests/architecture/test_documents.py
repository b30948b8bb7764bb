"""The documents point at things that exist: links resolve, the README's commands are real, it stays short."""

import re
from pathlib import Path

import typer.main

from server.cli.main import app
from tests.architecture.tree import ROOT

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
MAKE = re.compile(r"\bmake ([a-z]+)")
README_LINES = 110
"""Two screens."""


def _documents() -> list[Path]:
    top = [path for path in ROOT.glob("*.md") if path.name != "LICENSE"]
    folders = ("docs", "conformance", "bench", "policies", "plans", "questionnaires", "profiles", "changelog.d")
    below = [path for folder in folders for path in (ROOT / folder).rglob("*.md") if "node_modules" not in path.parts]
    return sorted(top + below)


def _commands(path: Path) -> list[str]:
    blocks = re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```", path.read_text(encoding="utf-8"), re.S | re.M)
    return [line.removeprefix("$ ").split("#")[0].strip() for block in blocks for line in block.splitlines()]


def test_every_relative_link_resolves() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in _documents()
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]

    assert broken == []


def test_the_make_targets_that_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))

    named = {
        target
        for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "bench" / "README.md")
        for command in _commands(path)
        for target in MAKE.findall(command)
    }

    assert named - targets == set()
    assert {"run", "test"} <= named


def test_the_passage_commands_that_the_readme_names_exist() -> None:
    command = typer.main.get_command(app)
    known = set(getattr(command, "commands", {}))

    named = {
        words[words.index("passage") + 1]
        for line in _commands(ROOT / "README.md")
        if "passage" in (words := line.replace(".venv/bin/", "").split()) and len(words) > words.index("passage") + 1
    }

    assert named - known == set()
    assert "demo" in named


def test_the_readme_shows_run_and_test_first_and_fits_two_screens() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    first_commands = [line for line in _commands(ROOT / "README.md") if line][:2]

    assert first_commands == ["make run", "make test"]
    assert len(text.splitlines()) <= README_LINES


def test_every_changelog_fragment_has_a_kind_and_a_sentence() -> None:
    kinds = {"added", "changed", "fixed", "removed", "security"}
    fragments = [path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]

    wrong = [
        path.name
        for path in fragments
        if len(path.name.split(".")) != 3
        or path.name.split(".")[1] not in kinds
        or not path.read_text(encoding="utf-8").strip().endswith(".")
    ]

    assert wrong == []


def test_every_decision_record_has_its_sections() -> None:
    sections = ("## Context", "## Decision", "## Consequences", "## Alternatives", "## Enforced by")
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

    lacking = {
        path.name: [section for section in sections if f"\n{section}\n" not in path.read_text(encoding="utf-8")]
        for path in records
    }

    assert {record: missing for record, missing in lacking.items() if missing} == {}
    assert len(records) >= 11
