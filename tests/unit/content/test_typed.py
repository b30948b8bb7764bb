"""The typed models, and the one thing that is mended in them."""

import pytest
from fhir.resources.R4B.extension import Extension as Upstream
from pydantic import ValidationError

from server.content.typed import NotTyped, parse
from server.content.typed_extension import PRIMITIVES

SIBLING = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


@pytest.mark.parametrize("name", PRIMITIVES)
def test_reads_the_sibling_of_every_primitive_extension_value(name: str) -> None:
    patient = {"resourceType": "Patient", "extension": [{"url": "https://passage.example/x", f"_value{name}": SIBLING}]}

    model = parse(patient)

    assert model.extension[0].url == "https://passage.example/x"


def test_upstream_still_refuses_it_so_the_mending_is_still_needed() -> None:
    """When this fails, nazrulworld/fhir.resources#204 is mended: remove typed_extension.py and this test."""
    with pytest.raises(ValidationError):
        Upstream.model_validate({"url": "https://passage.example/x", "_valueString": SIBLING})


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"resourceType": "Patient", "birthDat": "1960-01-01"}, "Patient.birthDat: Extra inputs are not permitted"),
        ({"resourceType": "Nothing"}, "the resource has no resourceType of FHIR R4"),
        ({}, "the resource has no resourceType of FHIR R4"),
        ([], "the resource has no resourceType of FHIR R4"),
        (
            {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Nothing"}}]},
            "Bundle holds a resource of no type of FHIR R4",
        ),
    ],
)
def test_refuses_what_is_not_of_its_type(resource: object, message: str) -> None:
    with pytest.raises(NotTyped) as refused:
        parse(resource)

    assert str(refused.value) == message


def test_a_refusal_never_holds_a_value() -> None:
    with pytest.raises(NotTyped) as refused:
        parse({"resourceType": "Patient", "birthDate": "ZZTOP-SECRET"})

    assert "ZZTOP-SECRET" not in str(refused.value)
