"""The CapabilityStatement says what is served, and only that."""

import httpx2
import pytest

from server.content.typed import parse
from tests.scenarios.conftest import MakeClient


async def test_the_statement_is_valid_r4_and_names_this_server(client: httpx2.AsyncClient) -> None:
    response = await client.get("/fhir/metadata")

    statement = response.json()
    parse(statement)
    assert response.headers["content-type"] == "application/fhir+json"
    assert {name: statement[name] for name in ("resourceType", "status", "kind", "fhirVersion", "format")} == {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
    }
    assert statement["implementation"]["url"] == "http://passage.test/fhir"
    assert [rest["mode"] for rest in statement["rest"]] == ["server"]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@conf-1")
async def test_the_statement_names_the_operations_and_their_guides(client: httpx2.AsyncClient) -> None:
    statement = (await client.get("/fhir/metadata")).json()

    operations = {
        (resource["type"], operation["name"]): operation["definition"]
        for resource in statement["rest"][0]["resource"]
        for operation in resource.get("operation", [])
        if operation["name"] != "validate"
    }
    assert operations == {
        ("Claim", "inquire"): "http://hl7.org/fhir/us/davinci-pas/OperationDefinition/Claim-inquiry",
        ("Claim", "submit"): "http://hl7.org/fhir/us/davinci-pas/OperationDefinition/Claim-submit",
        (
            "Questionnaire",
            "questionnaire-package",
        ): "http://hl7.org/fhir/us/davinci-dtr/OperationDefinition/questionnaire-package",
    }
    assert {guide.partition("/ImplementationGuide/")[0] for guide in statement["implementationGuide"]} == {
        "http://hl7.org/fhir/us/davinci-pas",
        "http://hl7.org/fhir/us/davinci-dtr",
    }


async def test_every_interaction_that_the_statement_names_is_served(client: httpx2.AsyncClient) -> None:
    statement = (await client.get("/fhir/metadata")).json()

    found = {}
    for resource in statement["rest"][0]["resource"]:
        type = resource["type"]
        for interaction in resource.get("interaction", []):
            path = f"/fhir/{type}" if interaction["code"] == "search-type" else f"/fhir/{type}/none"
            found[type, interaction["code"]] = (await client.get(path)).status_code

    types = ("Claim", "ClaimResponse", "QuestionnaireResponse", "Questionnaire", "Library", "ValueSet")
    expected = {(type, code): status for type in types for code, status in (("read", 404), ("search-type", 200))}
    assert found == expected


SAMPLE = {"token": "a", "reference": "a", "date": "2026", "string": "a", "uri": "urn:a"}


async def test_every_search_parameter_that_the_statement_names_is_evaluated(client: httpx2.AsyncClient) -> None:
    statement = (await client.get("/fhir/metadata")).json()

    ignored = []
    for resource in statement["rest"][0]["resource"]:
        for parameter in resource.get("searchParam", []):
            path = f"/fhir/{resource['type']}?{parameter['name']}={SAMPLE[parameter['type']]}"
            response = await client.get(path, headers={"Prefer": "handling=strict"})
            if response.status_code != 200:
                ignored.append(path)

    assert ignored == []


async def test_the_statement_names_the_address_that_it_was_asked_at(client: httpx2.AsyncClient) -> None:
    response = await client.get("/fhir/metadata", headers={"Host": "payer.example:8443"})

    assert response.json()["implementation"]["url"] == "http://payer.example:8443/fhir"


async def test_a_host_that_is_no_host_does_not_reach_the_statement(client: httpx2.AsyncClient) -> None:
    response = await client.get("/fhir/metadata", headers={"Host": 'a"b/<script>'})

    assert response.json()["implementation"]["url"] == "http://passage.test/fhir"


async def test_the_setting_goes_before_the_address_of_the_request(make_client: MakeClient) -> None:
    client = await make_client(base_url="https://payer.example")

    response = await client.get("/fhir/metadata")

    assert response.json()["implementation"]["url"] == "https://payer.example/fhir"
