"""`passage profiles add`: any published package, a payer's own too, joins what validation knows."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from server.cli.main import app
from server.fhir import json
from tests.builders.packages import a_package_file, a_profile, a_value_set
from tests.builders.questionnaires import a_questionnaire, a_response, an_answer, an_item
from tests.builders.validation import a_patient

PROFILE = "http://payer.test/StructureDefinition/payer-patient"


def _run(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def _validated(folder: Path, resource: Any, *arguments: Any) -> list[tuple[str, str]]:
    file = folder / "resource.json"
    file.write_bytes(json.write(resource))
    result = _run("validate", file, "--format", "json", *arguments)
    return [
        (one["message"], one["expression"])
        for one in json.read(result.stdout.encode())[str(file)]
        if one["severity"] == "error"
    ]


@pytest.mark.parametrize(
    ("gender", "expected"),
    [
        ("male", []),
        ("other", [("binding-required", "Patient.gender")]),
        (None, [("cardinality-min", "Patient")]),
    ],
)
def test_a_profile_of_a_payer_counts_once_it_is_added(
    tmp_path: Path, gender: str | None, expected: list[tuple[str, str]]
) -> None:
    package = a_package_file(tmp_path, a_profile(), a_value_set("male", "female"))
    patient = {key: value for key, value in a_patient(gender=gender).items() if value is not None}
    unknown = _validated(tmp_path, patient, "--profile", PROFILE)

    added = _run("profiles", "add", package, "--to", tmp_path / "more")

    assert added.exit_code == 0
    assert unknown == [("profile-unknown", "Patient")]
    assert _validated(tmp_path, patient, "--profile", PROFILE, "--also", tmp_path / "more") == expected


def test_a_canonical_with_version_that_is_there_already_is_told(tmp_path: Path) -> None:
    first = a_package_file(tmp_path, a_profile())
    second = a_package_file(tmp_path, a_profile(), a_profile(id="b", url=f"{PROFILE}-b"), name="payer.other")
    _run("profiles", "add", first, "--to", tmp_path / "more")

    result = _run("profiles", "add", second, "--to", tmp_path / "more")

    told = " ".join(result.output.split())
    assert result.exit_code == 0
    assert f"known already: {PROFILE}|1.0.0 (in payer.guide#1.0.0)" in told
    assert f"{PROFILE}-b|" not in told


def test_the_same_package_again_is_no_conflict_and_replaces_itself(tmp_path: Path) -> None:
    for codes in (("male",), ("female",)):
        package = a_package_file(tmp_path, a_profile(), a_value_set(*codes))
        result = _run("profiles", "add", package, "--to", tmp_path / "more")
        assert (result.exit_code, "known already" in result.output) == (0, False)

    assert _validated(tmp_path, a_patient(), "--profile", PROFILE, "--also", tmp_path / "more") == [
        ("binding-required", "Patient.gender")
    ]


def test_a_profile_without_snapshot_is_told_and_left_out(tmp_path: Path) -> None:
    bare = a_profile(id="bare", url=f"{PROFILE}-bare")
    del bare["snapshot"]

    result = _run("profiles", "add", a_package_file(tmp_path, bare, a_profile()), "--to", tmp_path / "more")

    assert result.exit_code == 0
    assert f"left out: {PROFILE}-bare has no snapshot" in " ".join(result.output.split())


@pytest.mark.parametrize("name", ["../outside", "..", "a/b", ""])
def test_a_package_whose_name_is_no_name_of_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    result = _run("profiles", "add", a_package_file(tmp_path, a_profile(), name=name), "--to", tmp_path / "more")

    assert result.exit_code != 0
    assert not (tmp_path / "more").exists()


def test_a_package_with_nothing_to_add_is_refused(tmp_path: Path) -> None:
    result = _run("profiles", "add", a_package_file(tmp_path), "--to", tmp_path / "more")

    assert result.exit_code != 0
    assert not (tmp_path / "more").exists()


def test_a_response_is_held_against_a_questionnaire_among_the_files(tmp_path: Path) -> None:
    form = tmp_path / "form.json"
    form.write_bytes(json.write(a_questionnaire(an_item("q", "integer"))))
    response = a_response(an_answer("q", "x"))

    alone = _validated(tmp_path, response)
    together = _validated(tmp_path, response, form)

    assert (alone, together) == ([], [("questionnaire-type", "QuestionnaireResponse.item[0].answer[0].value")])


def test_a_response_is_held_against_a_questionnaire_that_is_served(tmp_path: Path) -> None:
    response = a_response(
        an_answer("of-no-form", "x"), questionnaire="https://passage.example/fhir/Questionnaire/home-oxygen"
    )

    found = _validated(tmp_path, response)

    assert ("questionnaire-link-id", "QuestionnaireResponse.item[0].linkId") in found
