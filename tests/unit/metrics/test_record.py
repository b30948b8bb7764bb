"""A record is made of any request, however odd: what can't be read is left out, and nothing fails."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from server.fhir import json
from server.metrics.record import CALLS, record_of
from server.web.declare import FhirRequest
from server.web.exchange import Exchange
from tests.builders.claims import BASE, a_claim, a_request_bundle, an_item

Json = Any
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
NPI = "http://hl7.org/fhir/sid/us-npi"
ODD: list[Json] = [None, True, 7, "text", [], {}, [None], [[]], [{}], {"reference": 7}, {"coding": [{"code": 7}]}]


def exchange(resource: Json, answer: Json = None, name: str = "Claim/$submit") -> Exchange:
    """A call with a request and an answer."""
    request = FhirRequest("http://payer.example/fhir", "anonymous", "", NOW, resource=resource)
    return Exchange(name, request, NOW, 200, json.write(answer) if answer is not None else b"")


def places(value: Json) -> list[tuple[Json, Any]]:
    """Every place of a document that holds a value."""
    found: list[tuple[Json, Any]] = []
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        found.append((value, key))
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_shape_of_a_request_or_answer_breaks_it(name: str, odd: Json) -> None:
    whole = a_request_bundle(a_claim(an_item("E1390")))
    answer = {"resourceType": "Bundle", "entry": [{"resource": a_claim_response()}]}

    for document, position in ((whole, 0), (answer, 1)):
        for number in range(len(places(document))):
            changed = deepcopy(document)
            holder, key = places(changed)[number]
            holder[key] = odd
            sent = (changed, answer) if position == 0 else (whole, changed)
            assert record_of(exchange(*sent, name=name))["exchange"][0]["httpResponse"] == "200"


@pytest.mark.parametrize("resource", ODD, ids=repr)
def test_what_is_no_bundle_has_a_record_without_parties(resource: Json) -> None:
    record = record_of(replace(exchange(resource), status=400))

    assert set(record) == {"resourceType", "source", "exchange"}


def test_a_person_who_asks_is_the_provider_and_their_organization_the_group() -> None:
    role = {
        "resourceType": "PractitionerRole",
        "id": "provider-1",
        "practitioner": {"reference": f"{BASE}/Practitioner/doctor-1"},
        "organization": {"reference": "Organization/clinic-1"},
    }
    doctor = {"resourceType": "Practitioner", "id": "doctor-1", "identifier": [{"system": NPI, "value": "1987654321"}]}
    clinic = {
        "resourceType": "Organization",
        "id": "clinic-1",
        "identifier": [{"value": "C1"}, {"system": NPI, "value": "1"}],
    }
    claim = a_claim(provider={"reference": "PractitionerRole/provider-1"})

    record = record_of(exchange(a_request_bundle(claim, doctor, clinic, provider=role)))

    assert record["providerId"] == {"system": NPI, "value": "1987654321"}
    assert record["groupId"] == {"system": NPI, "value": "1"}


def test_an_item_that_is_modified_in_the_home_is_told_so() -> None:
    item = an_item("E1390", locationCodeableConcept={"coding": [{"system": "urn:pos", "code": "12"}]})
    answer = {"resourceType": "Bundle", "entry": [{"resource": a_claim_response("A6")}]}

    record = record_of(exchange(a_request_bundle(a_claim(item)), answer))

    (detail,) = record["itemDetail"]
    assert (detail["locationType"], detail["result"], "denialReason" in detail) == ("home", "modified", False)


def a_claim_response(code: str = "A3") -> Json:
    """A response with one item and one business error."""
    pas = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
    parts = [
        {
            "url": f"{pas}/extension-reviewActionCode",
            "valueCodeableConcept": {"coding": [{"system": "urn:306", "code": code}]},
        },
        {"url": "reasonCode", "valueCodeableConcept": {"coding": [{"system": "urn:886", "code": "0M"}]}},
    ]
    review = {"url": f"{pas}/extension-reviewAction", "extension": parts}
    return {
        "resourceType": "ClaimResponse",
        "item": [{"itemSequence": 1, "adjudication": [{"extension": [review]}]}],
        "error": [
            {
                "extension": [{"url": f"{pas}/extension-errorPath", "valueString": "Claim.item[0]"}],
                "code": {"coding": [{"system": "urn:901", "code": "57"}]},
            }
        ],
    }
