"""$questionnaire-package for orders: the forms that the decision asks for, linked to what the client named."""

import httpx2
import pytest

from tests.builders.forms import (
    HCPCS,
    HOME_OXYGEN,
    ICD10CM,
    UCUM,
    a_coverage,
    a_package_request,
    an_observation,
    an_order,
)
from tests.scenarios.conftest import MakeClient
from tests.scenarios.dtr_package import answers, ask, draft, extensions, outcome, packages, resources


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-10")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-12")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-13")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-14")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-87")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-99")
async def test_an_order_gets_its_form_with_logic_and_value_sets(client: httpx2.AsyncClient) -> None:
    request = a_package_request(an_order("E1390"))

    answer = await ask(client, request)

    (bundle,) = packages(answer)
    assert outcome(answer) == []
    assert [
        (entry["fullUrl"], entry["resource"]["resourceType"])
        for entry in bundle["entry"]
        if "urn" not in entry["fullUrl"]
    ] == [
        ("http://passage.test/fhir/Questionnaire/home-oxygen", "Questionnaire"),
        ("http://passage.test/fhir/Library/HomeOxygenPrepopulation", "Library"),
        ("http://passage.test/fhir/ValueSet/home-oxygen-diagnosis", "ValueSet"),
        ("http://passage.test/fhir/ValueSet/home-oxygen-equipment", "ValueSet"),
        ("http://passage.test/fhir/ValueSet/home-oxygen-pulmonary-heart-disease", "ValueSet"),
    ]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-18")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-122")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-139")
async def test_the_draft_names_things_as_the_client_did(client: httpx2.AsyncClient) -> None:
    request = a_package_request(an_order("E1390", id="dr-1"), coverage=a_coverage(id="cov-1"))

    answer = await ask(client, request)

    (bundle,) = packages(answer)
    response = draft(bundle)
    assert extensions(response, "qr-coverage") == [{"reference": "Coverage/cov-1"}]
    assert extensions(response, "qr-context") == [{"reference": "DeviceRequest/dr-1"}]
    assert extensions(response, "intendedUse")[0]["coding"][0]["code"] == "withpa"
    assert response["subject"] == {"reference": "Patient/pat-7"}
    assert response["questionnaire"] == f"{HOME_OXYGEN}|1.0.0"
    assert response["authored"] == "2026-11-20T15:00:00.000Z"


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-19")
async def test_the_draft_holds_what_the_client_sent(client: httpx2.AsyncClient) -> None:
    request = a_package_request(
        an_order("E1390"),
        referenced=(
            an_observation("59408-5", 89, "%", "2026-11-10"),
            an_observation("4544-3", 57, "%", "2026-11-09"),
            an_observation("2703-7", 54, "mm[Hg]", "2026-11-10", subject={"reference": "Patient/somebody-else"}),
        ),
    )

    answer = await ask(client, request)

    (bundle,) = packages(answer)
    assert answers(bundle) == {
        "member-id": "PSG-1001",
        "ordered-equipment": {
            "system": HCPCS,
            "code": "E1390",
            "display": "Oxygen concentrator, single delivery port",
        },
        "diagnosis": {
            "system": ICD10CM,
            "code": "J44.9",
            "display": "Chronic obstructive pulmonary disease, unspecified",
        },
        "order-date": "2026-11-19",
        "test-date": "2026-11-10",
        "spo2": {"value": 89, "unit": "%", "system": UCUM, "code": "%"},
        "hematocrit": {"value": 57, "unit": "%", "system": UCUM, "code": "%"},
    }


async def test_nothing_of_the_member_file_is_shown(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, a_package_request(an_order("E1390")))

    (bundle,) = packages(answer)
    assert not {"member-name", "birth-date"} & answers(bundle).keys()
    assert "Testwell" not in str(answer)
    assert "1951-04-17" not in str(answer)


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-15")
async def test_expansions_are_of_today(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, a_package_request(an_order("E1390")))

    (bundle,) = packages(answer)
    expansions = [found["expansion"] for found in resources(bundle, "ValueSet")]
    assert [found["timestamp"] for found in expansions] == ["2026-11-20T15:00:00.000Z"] * 3
    assert [found["total"] for found in expansions] == [len(found["contains"]) for found in expansions]


@pytest.mark.parametrize(
    ("code", "member", "remark"),
    [
        ("A4253", "PSG-1003", ("information", "informational", ["Parameters.parameter[1].resource"])),
        ("A9270", "PSG-1004", ("information", "informational", ["Parameters.parameter[1].resource"])),
    ],
    ids=["no authorization needed", "excluded"],
)
async def test_an_order_that_needs_no_form_gets_none(
    client: httpx2.AsyncClient, code: str, member: str, remark: tuple[str, str, list[str]]
) -> None:
    request = a_package_request(an_order(code), coverage=a_coverage(member))

    answer = await ask(client, request)

    assert packages(answer) == []
    assert outcome(answer) == [remark]


async def test_each_order_is_answered_for_itself(make_client: MakeClient) -> None:
    client = await make_client(validation="off", self_check="off")
    request = a_package_request(
        an_order("E1390", id="a"),
        an_order("A4253", id="b"),
        an_order("E0431", id="c"),
        {"resourceType": "SupplyRequest", "id": "d", "item": {}},
        an_order(id="e", codeCodeableConcept={"text": "oxygen"}),
    )

    answer = await ask(client, request)

    (bundle,) = packages(answer)
    assert extensions(draft(bundle), "qr-context") == [
        {"reference": "DeviceRequest/a"},
        {"reference": "DeviceRequest/c"},
    ]
    assert outcome(answer) == [
        ("information", "informational", ["Parameters.parameter[2].resource"]),
        ("warning", "not-supported", ["Parameters.parameter[4].resource"]),
        ("warning", "not-supported", ["Parameters.parameter[5].resource"]),
    ]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@conf-12")
async def test_what_a_client_may_leave_out_is_not_missed(make_client: MakeClient) -> None:
    client = await make_client(validation="off", self_check="off")
    coverage = a_coverage(id=None, payor=None, contained=None)
    request = a_package_request(
        an_order("E1390", id=None, reasonCode=None, intent=None, status=None, authoredOn=None), coverage=coverage
    )

    answer = await ask(client, request)

    (bundle,) = packages(answer)
    assert extensions(draft(bundle), "qr-context") == []
    assert extensions(draft(bundle), "qr-coverage") == [{"type": "Coverage", "display": "The coverage of the request"}]
    assert set(answers(bundle)) == {"member-id", "ordered-equipment"}


@pytest.mark.parametrize(
    "system",
    [
        "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes",
    ],
)
async def test_a_code_is_known_by_every_name_of_its_system(client: httpx2.AsyncClient, system: str) -> None:
    order = an_order(codeCodeableConcept={"coding": [{"system": system, "code": "E1390"}]})

    answer = await ask(client, a_package_request(order))

    assert len(packages(answer)) == 1


async def test_the_same_request_again_gives_a_draft_of_its_own(client: httpx2.AsyncClient) -> None:
    request = a_package_request(an_order("E1390"))

    first, second = await ask(client, request), await ask(client, request)

    ids = {draft(bundle)["identifier"]["value"] for answer in (first, second) for bundle in packages(answer)}
    assert len(ids) == 2
