"""Paths through resources: FHIR's choice types, extensions of primitives, contained resources and references."""

from typing import Any

import pytest

from server.fhir.path.compile import compile_path
from server.fhir.path.environment import Environment

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "name": [
        {"use": "official", "family": "Rivera", "given": ["Ana", None, "Luz"], "_given": [None, {"id": "g2"}, None]}
    ],
    "birthDate": "1950-02",
    "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1950-02-03T04:05:06Z"}]},
    "_gender": {"extension": [{"url": "http://example.org/absent", "valueCode": "unknown"}]},
    "deceasedBoolean": False,
    "contained": [{"resourceType": "Organization", "id": "o1", "name": "Clinic"}],
    "managingOrganization": {"reference": "#o1"},
}
"""A patient with what JSON hides: choices, primitives with extensions, primitives without value."""


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("Patient.name.family", ["Rivera"]),
        ("Practitioner.name.family", []),
        ("name.given", ["Ana", None, "Luz"]),
        ("name.given.hasValue()", [False]),
        ("name.given.select(hasValue())", [True, False, True]),
        ("name.given.where(hasValue())", ["Ana", "Luz"]),
        ("name.given.id", ["g2"]),
        ("deceased", [False]),
        ("deceased is boolean", [True]),
        ("deceased is dateTime", [False]),
        ("deceased.ofType(dateTime)", []),
        ("deceasedBoolean", []),
        ("birthDate", ["1950-02"]),
        ("birthDate.extension('http://example.org/time').value", ["1950-02-03T04:05:06Z"]),
        ("birthDate.extension.value is dateTime", [True]),
        ("gender.exists()", [True]),
        ("gender.hasValue()", [False]),
        ("gender.extension.value", ["unknown"]),
        ("gender = 'male'", [False]),
        ("name[0].given[2]", ["Luz"]),
        ("name[5].given", []),
        ("managingOrganization.resolve().name", ["Clinic"]),
        ("contained.ofType(Organization).name", ["Clinic"]),
        ("contained.type().name", ["Organization"]),
        ("name.type().name", ["HumanName"]),
        ("children().ofType(HumanName).family", ["Rivera"]),
        ("descendants().ofType(id)", ["p1", "o1"]),
        ("%resource.id", ["p1"]),
        ("name.select(%context.id)", ["p1"]),
    ],
)
def test_finds_what_the_types_say(expression: str, values: list[Any]) -> None:
    assert compile_path(expression).values(PATIENT) == values


def test_an_element_is_read_with_the_type_that_is_named() -> None:
    quantity = {"value": 87, "code": "%", "system": "http://unitsofmeasure.org"}

    found = compile_path("$this < 88 '%' and value is decimal", "Quantity").values(quantity)

    assert found == [True]


def test_json_without_fhir_types_is_read_by_its_names() -> None:
    hook = {"context": {"userId": "Practitioner/1", "draftOrders": {"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "ServiceRequest", "id": "s1", "occurrenceDateTime": "2026-11-20"}},
        {"resource": {"resourceType": "DeviceRequest", "id": "d1"}},
    ]}}}  # fmt: skip

    found = compile_path("context.draftOrders.entry.resource.ofType(ServiceRequest).occurrence").values(hook)

    assert found == ["2026-11-20"]


def _bundle() -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "entry": [
            {
                "fullUrl": "https://a.example/fhir/Claim/1",
                "resource": {"resourceType": "Claim", "id": "1", "patient": {"reference": "Patient/1"}},
            },
            {"fullUrl": "https://b.example/fhir/Patient/1", "resource": {"resourceType": "Patient", "id": "other"}},
            {"fullUrl": "https://a.example/fhir/Patient/1", "resource": {"resourceType": "Patient", "id": "mine"}},
            {
                "fullUrl": "urn:uuid:5f0e1d3c-0000-4000-8000-000000000001",
                "resource": {
                    "resourceType": "Coverage",
                    "beneficiary": {"reference": "https://b.example/fhir/Patient/1"},
                },
            },
        ],
    }


def test_a_relative_reference_is_read_against_its_own_entry() -> None:
    found = compile_path("Bundle.entry.resource.ofType(Claim).patient.resolve().id").values(_bundle())

    assert found == ["mine"]


def test_an_absolute_reference_finds_the_entry_of_its_fullurl() -> None:
    found = compile_path("Bundle.entry.resource.ofType(Coverage).beneficiary.resolve().id").values(_bundle())

    assert found == ["other"]


def test_a_resource_resolves_in_the_bundle_that_it_is_evaluated_in() -> None:
    bundle = _bundle()
    claim = bundle["entry"][0]
    outside = Environment(resource=claim["resource"], root_resource=bundle, full_url=claim["fullUrl"])

    found = compile_path("patient.resolve().id", "Claim").values(claim["resource"], environment=outside)

    assert found == ["mine"]


class _Elsewhere:
    """Has one resource."""

    def resolve(self, reference: str) -> Any:
        return {"resourceType": "Practitioner", "id": "far"} if reference == "Practitioner/far" else None


def test_what_is_not_here_is_asked_of_the_resolver() -> None:
    resource = {"resourceType": "Claim", "provider": {"reference": "Practitioner/far"}, "insurer": {"reference": "X/1"}}

    found = compile_path("(provider | insurer).resolve().id").values(
        resource, environment=Environment(resolver=_Elsewhere())
    )

    assert found == ["far"]


def test_the_canonicals_of_value_sets_and_extensions_have_names() -> None:
    found = [
        compile_path(expression).values(None)
        for expression in (
            "%`vs-administrative-gender`",
            "%'vs-administrative-gender'",
            "%`ext-patient-birthPlace`",
            "%sct",
            "%loinc",
            "%ucum",
        )
    ]

    assert found == [
        ["http://hl7.org/fhir/ValueSet/administrative-gender"],
        ["http://hl7.org/fhir/ValueSet/administrative-gender"],
        ["http://hl7.org/fhir/StructureDefinition/patient-birthPlace"],
        ["http://snomed.info/sct"],
        ["http://loinc.org"],
        ["http://unitsofmeasure.org"],
    ]


def test_the_name_of_an_extension_finds_it() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
    place = {"url": url, "valueAddress": {"city": "Delft"}}
    patient = {"resourceType": "Patient", "extension": [{"url": "urn:x", "valueString": "y"}, place]}

    found = compile_path("extension(%`ext-patient-birthPlace`).value.city", "Patient").values(patient)

    assert found == ["Delft"]
