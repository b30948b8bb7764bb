"""The CapabilityStatement says what is served, and only that."""

import httpx2
import pytest

from server.content.typed import parse
from tests.scenarios.conftest import FHIR_JSON, MakeClient


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


PAS = "http://hl7.org/fhir/us/davinci-pas"
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport"
SERVED = {
    "/fhir": {
        ("Claim", "inquire"): f"{PAS}/OperationDefinition/Claim-inquiry",
        ("Claim", "submit"): f"{PAS}/OperationDefinition/Claim-submit",
        (
            "Questionnaire",
            "questionnaire-package",
        ): "http://hl7.org/fhir/us/davinci-dtr/OperationDefinition/questionnaire-package",
        ("Subscription", "events"): f"{BACKPORT}/OperationDefinition/backport-subscription-events",
        ("Subscription", "status"): f"{BACKPORT}/OperationDefinition/backport-subscription-status",
    },
    "/2.0.1/fhir": {
        ("Claim", "inquire"): f"{PAS}/OperationDefinition/Claim-inquiry",
        ("Claim", "submit"): f"{PAS}/OperationDefinition/Claim-submit",
        ("Subscription", "events"): f"{BACKPORT}/OperationDefinition/backport-subscription-events",
        ("Subscription", "status"): f"{BACKPORT}/OperationDefinition/backport-subscription-status",
    },
}
BASES = pytest.mark.parametrize("base", SERVED)


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@conf-1")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-1")
@BASES
async def test_the_statement_of_each_base_names_its_operations(client: httpx2.AsyncClient, base: str) -> None:
    rest = (await client.get(f"{base}/metadata")).json()["rest"][0]

    operations = {
        (resource["type"], operation["name"]): operation["definition"]
        for resource in rest["resource"]
        for operation in resource.get("operation", [])
        if operation["name"] != "validate"
    }
    assert operations == SERVED[base]
    assert [operation["name"] for operation in rest["operation"]] == ["submit-attachment"]


@pytest.mark.parametrize(
    ("base", "guides"),
    [
        (
            "/fhir",
            {
                f"{PAS}/ImplementationGuide/hl7.fhir.us.davinci-pas|2.2.1",
                "http://hl7.org/fhir/us/davinci-dtr/ImplementationGuide/hl7.fhir.us.davinci-dtr|2.2.0",
            },
        ),
        ("/2.0.1/fhir", {f"{PAS}/ImplementationGuide/hl7.fhir.us.davinci-pas|2.0.1"}),
    ],
)
async def test_the_statement_of_each_base_names_its_guides(
    client: httpx2.AsyncClient, base: str, guides: set[str]
) -> None:
    statement = (await client.get(f"{base}/metadata")).json()

    assert set(statement["implementationGuide"]) >= guides
    assert not any("davinci-pas" in each for each in set(statement["implementationGuide"]) - guides)
    assert f"{PAS}/CapabilityStatement/IntermediaryCapabilities" in statement["instantiates"]
    assert f"{BACKPORT}/CapabilityStatement/backport-subscription-server-r4" in statement["instantiates"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-55")
@BASES
async def test_the_statement_of_each_base_names_the_topic_of_its_subscriptions(
    client: httpx2.AsyncClient, base: str
) -> None:
    rest = (await client.get(f"{base}/metadata")).json()["rest"][0]

    (subscription,) = [each for each in rest["resource"] if each["type"] == "Subscription"]
    assert subscription["extension"] == [
        {
            "url": f"{BACKPORT}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical",
            "valueCanonical": f"{PAS}/SubscriptionTopic/PASSubscriptionTopic",
        }
    ]
    codes = {interaction["code"] for interaction in subscription["interaction"]}
    assert codes == {"create", "read", "update", "delete", "search-type"}


CALLS = {
    "read": ("GET", "/none", {404}),
    "search-type": ("GET", "", {200}),
    "create": ("POST", "", {400}),
    "update": ("PUT", "/none", {400}),
    "delete": ("DELETE", "/none", {204, 404}),
}


@BASES
async def test_every_interaction_that_the_statement_names_is_served(client: httpx2.AsyncClient, base: str) -> None:
    rest = (await client.get(f"{base}/metadata")).json()["rest"][0]

    unserved = []
    for resource in rest["resource"]:
        for interaction in resource.get("interaction", []):
            method, below, expected = CALLS[interaction["code"]]
            path = f"{base}/{resource['type']}{below}"
            response = await client.request(method, path, content=b"{}", headers=FHIR_JSON)
            if response.status_code not in expected:
                unserved.append((method, path, response.status_code))

    assert unserved == []


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
