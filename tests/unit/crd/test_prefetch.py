"""Prefetch templates are FHIRPath that the one engine compiles at load, and they ask for what the guide means.

https://cds-hooks.hl7.org/#prefetch-template
"""

from dataclasses import replace
from typing import Any

import pytest

from server.crd.hooks.order_sign import ORDER_SIGN
from server.crd.prefetch import TemplateRefused, check_templates, tokens
from server.fhir.path.environment import Environment

Json = Any

CONTEXT = ("patientId", "draftOrders")


@pytest.mark.parametrize(
    ("prefetch", "sentence"),
    [
        ({"a": "Patient/{{context.patientId.where(}}"}, "The prefetch template a has a token that is no FHIRPath: "),
        ({"a": "Patient/{{context.patient}}"}, "The prefetch template a asks for ['patient'], which the context has"),
        ({"a": "Device?_id={{%b.id}}", "b": "x"}, "The prefetch template a uses ['b'], which no key before it gives."),
        ({"a": "Patient/{{context.patientId}"}, "The prefetch template a has braces that don't close."),
    ],
)
def test_a_hook_with_a_template_that_nobody_can_evaluate_is_refused(prefetch: dict[str, str], sentence: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        check_templates(prefetch, CONTEXT)

    assert str(refused.value).startswith(sentence)


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-24")
def test_a_declared_hook_has_its_templates_checked() -> None:
    with pytest.raises(TemplateRefused):
        replace(ORDER_SIGN, prefetch={"patient": "Patient/{{context.patient}}"})


class Ehr:
    """The resources of an EHR, by `Type/id`."""

    def __init__(self, *resources: Json) -> None:
        self.by_reference = {f"{each['resourceType']}/{each['id']}": each for each in resources}

    def resolve(self, reference: str) -> Json | None:
        return self.by_reference.get(reference)


def a_resource(reference: str, **elements: Json) -> Json:
    """A resource of the EHR."""
    type, id = reference.split("/")
    return {"resourceType": type, "id": id, **elements}


def a_searchset(*resources: Json) -> Json:
    """What the EHR finds for a template."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def to(reference: str) -> Json:
    """A Reference."""
    return {"reference": reference}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-29")
def test_the_templates_find_what_the_orders_refer_to() -> None:
    """Given orders for a device and a drug, an encounter, a coverage, and who takes part in them

    When the tokens are evaluated as an EHR does, with the results of earlier keys
    Then each template asks for the resources of its type.
    """
    role = a_resource("PractitionerRole/r", practitioner=to("Practitioner/p"), organization=to("Organization/o"))
    orders = [
        a_resource("DeviceRequest/d", codeReference=to("Device/x"), requester=to("PractitionerRole/r")),
        a_resource("MedicationRequest/m", medicationReference=to("Medication/y"), requester=to("Practitioner/q")),
        a_resource("ServiceRequest/s", locationReference=[to("Location/l")], performer=[to("Organization/lab")]),
    ]
    named = ("Device/x", "Medication/y", "Practitioner/p", "Practitioner/q", "Location/l", "Organization/o")
    ehr = Ehr(role, *map(a_resource, (*named, "Organization/lab", "Organization/payer")))
    call = {
        "context": {
            "patientId": "pat",
            "encounterId": "e",
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": each} for each in orders]},
        }
    }
    fetched = {
        "encounter": a_resource("Encounter/e"),
        "practitionerRoles": a_searchset(role),
        "coverage": a_searchset(a_resource("Coverage/c", payor=[to("Organization/payer")])),
    }

    environment = Environment(fetched, resolver=ehr)
    asked = {
        key: [value for token in tokens(template) for value in token.values(call, environment=environment)]
        for key, template in ORDER_SIGN.prefetch.items()
    }

    assert {key: sorted(values) for key, values in asked.items()} == {
        "patient": ["pat"],
        "encounter": ["e"],
        "coverage": ["pat"],
        "devices": ["x"],
        "medications": ["y"],
        "practitionerRoles": ["r"],
        "practitioners": ["p", "q"],
        "organizations": ["lab", "o"],
        "locations": ["l"],
        "payers": ["payer"],
    }
