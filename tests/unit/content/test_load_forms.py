"""The shipped forms load; a form that breaks a rule does not, and the finding says where and why."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from server.content.forms import Forms, Prefill
from server.content.load_forms import load_forms
from server.errors import ContentRefused
from server.fhir.json import Json
from tests.architecture.tree import ROOT
from tests.builders.forms import HOME_OXYGEN, a_forms_folder, edit

FORM = "home-oxygen/questionnaire.json"
LIBRARY = "home-oxygen/libraries/HomeOxygenPrepopulation.json"
VALUE_SET = "home-oxygen/value-sets/home-oxygen-diagnosis.json"


def _item(form: Json, link_id: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [form]
    for each in found:
        found += each.get("item", [])
    return next(each for each in found if each.get("linkId") == link_id)


def test_the_shipped_forms_load() -> None:
    forms = load_forms(ROOT / "questionnaires")

    form = forms.get(f"{HOME_OXYGEN}|1.0.0")
    assert form is not None
    assert forms.get(HOME_OXYGEN) is form
    assert [resource["id"] for resource in forms.resources("Questionnaire")] == ["home-oxygen"]
    assert [resource["id"] for resource in forms.resources("Library")] == ["HomeOxygenPrepopulation"]
    assert [resource["id"] for resource in forms.resources("ValueSet")] == [
        "home-oxygen-diagnosis",
        "home-oxygen-equipment",
        "home-oxygen-pulmonary-heart-disease",
    ]
    assert form.link_ids >= {
        *("diagnosis", "test-date", "test-setting", "pao2", "spo2", "chronic-stable-state", "other-treatment-tried"),
        *("edema", "cor-pulmonale", "hematocrit", "flow-rate"),
    }


def test_a_folder_without_forms_is_no_fault(tmp_path: Path) -> None:
    forms = load_forms(tmp_path / "questionnaires")

    assert forms == Forms(by_type={"Questionnaire": (), "Library": (), "ValueSet": ()})


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-95")
def test_the_elm_of_every_library_was_compiled_from_its_cql() -> None:
    libraries = sorted((ROOT / "questionnaires").glob("*/libraries/*.cql"))

    kept = [file.with_suffix(".cql.sha256").read_text(encoding="utf-8").strip() for file in libraries]

    assert libraries
    assert kept == [sha256(file.read_bytes()).hexdigest() for file in libraries]


def _drop(*names: str) -> Callable[[Json], object]:
    return lambda resource: [resource.pop(name) for name in names]


def _become(other: dict[str, Any]) -> Callable[[Json], object]:
    return lambda resource: (resource.clear(), resource.update(other))


def _alternative(form: Json) -> dict[str, Any]:
    expression = _item(form, "spo2")["extension"][1]["valueExpression"]
    found: dict[str, Any] = expression["extension"][0]["valueExpression"]
    return found


def _constraint(expression: str) -> Json:
    values = {
        "key": {"valueId": "one"},
        "severity": {"valueCode": "error"},
        "expression": {"valueString": expression},
        "human": {"valueString": "They fit."},
    }
    return {
        "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint",
        "extension": [{"url": name, **value} for name, value in values.items()],
    }


BROKEN: list[tuple[str, Callable[[Json], object], str]] = [
    (FORM, lambda form: form.update(itm=1), "questionnaire.json:1: Questionnaire.itm: Extra inputs are not permitted"),
    (FORM, _drop("version"), "Questionnaire.version is missing."),
    (FORM, lambda form: form.update(subjectType=["Patient", "Group"]), "subjectType must be Patient and nothing else."),
    (FORM, _drop("meta"), "meta.profile must name"),
    (FORM, lambda form: form["extension"].pop(0), "A version needs the extension artifact-versionAlgorithm (sdc-2)."),
    (FORM, lambda form: _item(form, "edema").pop("text"), "Item edema needs a text."),
    (FORM, lambda form: _item(form, "edema").update(linkId="hematocrit"), "The linkId hematocrit is used 2 times"),
    (FORM, lambda form: _item(form, "for-review").pop("item"), "Item for-review is a group without items (que-1)."),
    (
        FORM,
        lambda form: _item(form, "qualifying-test-note").update(code=[{"system": "http://loinc.org", "code": "1"}]),
        "Item qualifying-test-note is a display with a code (que-3).",
    ),
    (
        FORM,
        lambda form: _item(form, "diagnosis").update(
            answerValueSet="https://passage.example/fhir/ValueSet/home-oxygen-diagnosis"
        ),
        "Item diagnosis names a ValueSet, by url|version, that is not in value-sets/.",
    ),
    (FORM, lambda form: _item(form, "test-setting").pop("answerOption"), "is a choice without options (dtrq-2)."),
    (
        FORM,
        lambda form: _item(form, "test-setting").update(answerOption=[{"valueString": "rest"}]),
        "Item test-setting has an option that is neither Coding nor Reference.",
    ),
    (
        FORM,
        lambda form: _item(form, "test-setting").update(answerOption=[{"valueCoding": {"code": "rest"}}]),
        "Item test-setting has an option without system or display.",
    ),
    (FORM, lambda form: _item(form, "flow-rate").pop("extension"), "is a quantity without unitOption or unitValueSet"),
    (FORM, lambda form: _item(form, "edema").update(type="reference"), "is a reference without referenceResource"),
    (
        FORM,
        lambda form: _item(form, "further-findings").pop("enableBehavior"),
        "has several enableWhen and no enableBeh",
    ),
    (
        FORM,
        lambda form: _item(form, "further-findings")["enableWhen"][0].update(question="gone"),
        "Item further-findings depends on an item that the form lacks.",
    ),
    (
        FORM,
        lambda form: _item(form, "spo2").update(readOnly=True),
        "Item spo2 is hidden or read-only, and filled from the record.",
    ),
    (
        FORM,
        lambda form: _item(form, "spo2")["extension"][1]["valueExpression"].update(
            expression='"HomeOxygenPrepopulation"."Gone"'
        ),
        "names a define that the ELM of the form's libraries lacks.",
    ),
    (
        FORM,
        lambda form: _item(form, "spo2")["extension"][1]["valueExpression"].update(language="text/fhirpath"),
        'must be text/cql-identifier, written "Library"."define".',
    ),
    (
        FORM,
        lambda form: _item(form, "spo2")["extension"][1]["valueExpression"].pop("extension"),
        "needs one alternativeExpression with the ELM of the same define.",
    ),
    (
        FORM,
        lambda form: form["extension"].pop(4),
        "The Library https://passage.example/fhir/Library/HomeOxygenPrepopulation|1.0.0 is named by no cqf-library",
    ),
    (
        LIBRARY,
        lambda library: library.update(version="2.0.0"),
        "Library.name and version must be those of the CQL library.",
    ),
    (
        LIBRARY,
        lambda library: library["dataRequirement"][1]["codeFilter"][0].update(valueSet="https://passage.example/gone"),
        "A dataRequirement names a ValueSet that is not in value-sets/.",
    ),
    (VALUE_SET, _drop("url"), "ValueSet.url is missing."),
    (VALUE_SET, lambda found: found.update(url=f"{found['url']}|1"), "The url must hold neither | nor #."),
    (VALUE_SET, _become({"resourceType": "Basic", "code": {"text": "x"}}), "The file must hold a ValueSet."),
    (FORM, _become({"resourceType": "Basic", "code": {"text": "x"}}), "The file must hold a Questionnaire."),
    (FORM, _drop("item"), "A standard form has at least one item."),
    (
        FORM,
        lambda form: form["extension"].append(
            {"url": "http://hl7.org/fhir/StructureDefinition/cqf-library", "valueCanonical": "https://a.test/gone|1"}
        ),
        "The Library https://a.test/gone|1 (url|version) is not in libraries/.",
    ),
    (
        FORM,
        lambda form: _alternative(form).update(language="text/cql"),
        "needs one alternativeExpression with the ELM of the same define.",
    ),
    (
        FORM,
        lambda form: _alternative(form).update(expression="{"),
        "needs one alternativeExpression with the ELM of the same define.",
    ),
    (
        FORM,
        lambda form: form["extension"].append(_constraint("item.answers.exists()")),
        "The constraint is no FHIRPath of QuestionnaireResponse, at character 6: No type that stands before the dot",
    ),
    (
        FORM,
        lambda form: _item(form, "edema").setdefault("extension", []).append(_constraint("answer.where(")),
        "The constraint is no FHIRPath of QuestionnaireResponse.item, at character 14: The expression ends",
    ),
]


@pytest.mark.parametrize(
    ("file", "change", "finding"), BROKEN, ids=[f"{number} {row[2]}" for number, row in enumerate(BROKEN)]
)
def test_a_form_that_breaks_a_rule_does_not_load(
    tmp_path: Path, file: str, change: Callable[[Json], object], finding: str
) -> None:
    folder = a_forms_folder(tmp_path)
    edit(folder / file, change)

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    assert any(finding in found for found in refused.value.findings), refused.value.findings
    assert all(found.startswith("questionnaires/home-oxygen/") for found in refused.value.findings)


def test_a_finding_names_the_line_of_the_item(tmp_path: Path) -> None:
    folder = a_forms_folder(tmp_path)
    file = folder / FORM
    text = file.read_text(encoding="utf-8").replace('"text": "Hematocrit"', '"prefix": "x"')
    file.write_text(text.replace('"prefix": "3.3",', "", 1), encoding="utf-8")
    line = file.read_text(encoding="utf-8").split('"hematocrit"')[0].count("\n") + 1

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    assert refused.value.findings == (f"questionnaires/{FORM}:{line}: Item hematocrit needs a text.",)


def test_an_element_that_is_none_of_fhirs_is_named_with_its_line(tmp_path: Path) -> None:
    folder = a_forms_folder(tmp_path)
    file = folder / FORM
    file.write_text(file.read_text(encoding="utf-8").replace('"text": "Hematocrit"', '"txt": "Hematocrit"'), "utf-8")
    line = file.read_text(encoding="utf-8").split('"txt"')[0].count("\n") + 1

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    assert refused.value.findings == (
        f"questionnaires/{FORM}:{line}: Questionnaire.item[2].item[2].txt: Extra inputs are not permitted",
    )


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        (b"[]", "The file must hold one JSON object."),
        (b'{"a": 1, "a": 2}', "An object has the same key twice"),
        (b"", "The body is empty"),
    ],
)
def test_a_file_that_is_no_json_object_is_named(tmp_path: Path, body: bytes, finding: str) -> None:
    folder = a_forms_folder(tmp_path)
    (folder / VALUE_SET).write_bytes(body)

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    (found,) = refused.value.findings
    assert found.startswith(f"questionnaires/{VALUE_SET}:1: ")
    assert finding in found


def test_two_libraries_of_one_name_do_not_load(tmp_path: Path) -> None:
    folder = a_forms_folder(tmp_path)
    libraries = folder / "home-oxygen/libraries"
    for file in sorted(libraries.iterdir()):
        (libraries / file.name.replace("HomeOxygen", "Second")).write_bytes(file.read_bytes())

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    assert any("Two libraries have one name" in found for found in refused.value.findings)


def test_a_form_without_prefill_rules_loads(tmp_path: Path) -> None:
    folder = a_forms_folder(tmp_path)
    (folder / "home-oxygen/prefill.yaml").unlink()

    form = load_forms(folder).get(HOME_OXYGEN)

    assert form
    assert form.prefill == Prefill()


@pytest.mark.parametrize(
    ("file", "finding"),
    [
        (FORM, "questionnaire.json:1: The file is missing or can't be read."),
        (LIBRARY.replace(".json", ".cql"), "HomeOxygenPrepopulation.cql:1: The file is missing or can't be read."),
        (LIBRARY.replace(".json", ".elm.json"), "HomeOxygenPrepopulation.elm.json:1: The file is missing"),
    ],
)
def test_a_missing_file_is_named(tmp_path: Path, file: str, finding: str) -> None:
    folder = a_forms_folder(tmp_path)
    (folder / file).unlink()

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    assert any(finding in found for found in refused.value.findings)


def test_cql_that_was_edited_without_compiling_does_not_load(tmp_path: Path) -> None:
    folder = a_forms_folder(tmp_path)
    with (folder / LIBRARY.replace(".json", ".cql")).open("a", encoding="utf-8") as cql:
        cql.write('define "More": 1\n')

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    elm = LIBRARY.replace(".json", ".elm.json")
    assert refused.value.findings == (
        f"questionnaires/{elm}:1: The ELM was compiled from another CQL text; run `make forms`.",
    )


@pytest.mark.parametrize(
    ("prefill", "finding"),
    [
        ("known: {edema: member-number}\n", "The form has no item edema of type string."),
        ("known: {edema: shoe-size}\n", "The source shoe-size is not one of member-number, patient-name,"),
        ("known: [edema]\n", "The file must hold `known: {linkId: source}`"),
        ("diagnosis: gone\n", "The form has no item gone of type choice."),
        ("observations: [{items: [edema]}]\n", "The form has no item edema of type quantity."),
        ("observations: [{items: [flow-rate]}]\n", "The item flow-rate has no code to find Observations by."),
        ("observations: [{date: test-date}]\n", "The file must hold `known: {linkId: source}`"),
        ("[", "The file must hold `known: {linkId: source}`"),
    ],
)
def test_prefill_rules_name_items_that_are_there(tmp_path: Path, prefill: str, finding: str) -> None:
    folder = a_forms_folder(tmp_path)
    (folder / "home-oxygen/prefill.yaml").write_text(prefill, encoding="utf-8")

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    assert len(refused.value.findings) == 1
    assert refused.value.findings[0].startswith(f"questionnaires/home-oxygen/prefill.yaml:1: {finding}")


def test_two_forms_may_not_give_one_id_to_different_things(tmp_path: Path) -> None:
    folder = a_forms_folder(tmp_path)
    second = folder / "home-oxygen-2"
    (folder / "home-oxygen").rename(second)
    a_forms_folder(tmp_path / "again").joinpath("home-oxygen").rename(folder / "home-oxygen")
    edit(second / "value-sets/home-oxygen-diagnosis.json", lambda found: found.update(title="Other"))

    with pytest.raises(ContentRefused) as refused:
        load_forms(folder)

    assert "questionnaires: ValueSet/home-oxygen-diagnosis is two different resources; give one another id or url." in (
        refused.value.findings
    )


def test_a_constraint_that_compiles_loads_with_its_form(tmp_path: Path) -> None:
    folder = a_forms_folder(tmp_path)
    constraint = _constraint("item.where(linkId = 'edema').answer.value.exists()")
    edit(folder / FORM, lambda form: form["extension"].append(constraint))

    form = load_forms(folder).get(HOME_OXYGEN)

    assert form is not None
    assert constraint in form.questionnaire["extension"]
