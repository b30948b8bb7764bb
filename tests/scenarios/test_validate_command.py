"""`passage validate` and `passage profiles`: what other teams use Passage for alone."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server.cli.main import app
from server.fhir import json
from tests.builders.validation import a_patient


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A file with a valid resource."""
    return _file(tmp_path / "good.json", a_patient())


@pytest.fixture
def bad(tmp_path: Path) -> str:
    """A file with one that is not."""
    return _file(tmp_path / "bad.json", a_patient(gender="m"))


def _file(path: Path, resource: Any) -> str:
    path.write_bytes(json.write(resource))
    return str(path)


def test_valid_files_exit_with_zero(good: str) -> None:
    result = CliRunner().invoke(app, ["validate", good])

    assert (result.exit_code, "valid" in result.stdout) == (0, True)


def test_one_invalid_file_exits_with_one_and_says_where(good: str, bad: str) -> None:
    result = CliRunner().invoke(app, ["validate", good, bad, "--format", "json"])

    found = json.read(result.stdout.encode())
    assert result.exit_code == 1
    assert found[good] == []
    assert [(one["message"], one["expression"]) for one in found[bad]] == [("binding-required", "Patient.gender")]


def test_an_outcome_is_a_resource(bad: str) -> None:
    result = CliRunner().invoke(app, ["validate", bad, "--format", "outcome"])

    assert json.read(result.stdout.encode())["resourceType"] == "OperationOutcome"


def test_a_profile_can_be_asked_for(good: str) -> None:
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"

    results = [
        CliRunner().invoke(app, ["validate", good, "--profile", f"{profile}|{version}"]).exit_code
        for version in ("3.1.1", "7.0.0")
    ]

    assert results == [0, 0]
    assert CliRunner().invoke(app, ["validate", good, "--profile", "urn:none"]).exit_code == 1


def test_a_package_that_is_not_known_is_wrong_use(good: str) -> None:
    assert CliRunner().invoke(app, ["validate", good, "--package", "none"]).exit_code == 2


def test_the_packages_are_listed() -> None:
    result = CliRunner().invoke(app, ["profiles", "list"])

    assert result.exit_code == 0
    assert "hl7.fhir.us.davinci-pas" in result.stdout
