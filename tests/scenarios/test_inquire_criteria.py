"""What an inquiry without numbers narrows by: every criterion on both sides, and what says nothing narrows nothing."""

from typing import Any

import httpx2
import pytest

from tests.builders.claims import HCPCS, ICD10CM, PAS, X12, a_claim, a_concept, a_request_bundle, an_item
from tests.builders.inquiries import an_inquiry, an_inquiry_item, inquire, names
from tests.builders.submit import claim_response, submit

Json = Any

ISSUED = "2026-11-20"


def dated(name: str, **value: Json) -> Json:
    """An item that names a date of the authorization."""
    return an_inquiry_item(extension=[{"url": f"{PAS}/extension-itemCertification{name}", **value}])


def with_action(code: str) -> Json:
    """An item that names a result."""
    value = a_concept(f"{X12}/306", code)
    return an_inquiry_item(extension=[{"url": f"{PAS}/extension-reviewActionCode", "valueCodeableConcept": value}])


def service(code: str, end: str | None = None) -> Json:
    """An item that names a service, or a range of them."""
    concept = a_concept(HCPCS, end or code)
    ends = [{"url": f"{PAS}/extension-productOrServiceCodeEnd", "valueCodeableConcept": concept}] if end else []
    return an_inquiry_item(productOrService=a_concept(HCPCS, code), extension=ends)


def diagnosed(*codes: str) -> Json:
    """The diagnoses of a Claim."""
    return [
        {"sequence": number, "diagnosisCodeableConcept": a_concept(ICD10CM, code)}
        for number, code in enumerate(codes, 1)
    ]


FITTING: dict[str, Json] = {
    "no criterion": {"items": [an_inquiry_item()]},
    "the service": {"items": [service("A4253")]},
    "the service among others": {"items": [service("E1390"), service("A4253")]},
    "a range of services": {"items": [service("A4250", "A4259")]},
    "the day of the service": {"items": [an_inquiry_item(servicedDate="2026-11-23")]},
    "days around the service": {
        "items": [an_inquiry_item(servicedPeriod={"start": "2026-11-01", "end": "2026-11-30"})]
    },
    "the day of issue": {"items": [dated("IssueDate", valueDate=ISSUED)]},
    "days around the issue": {"items": [dated("IssueDate", valuePeriod={"start": "2026-11-01", "end": "2026-12-01"})]},
    "the first valid day": {"items": [dated("EffectiveDate", valueDate="2026-11-23")]},
    "the last valid day": {"items": [dated("ExpirationDate", valueDate="2027-11-22")]},
    "the result": {"items": [with_action("A1")]},
    "one of the diagnoses": {"diagnosis": diagnosed("I10", "E11.9")},
    "billed days around the service": {"billablePeriod": {"start": "2026-01-01", "end": "2026-12-31"}},
}

OTHER: dict[str, Json] = {
    "another service": {"items": [service("E1390")]},
    "another range": {"items": [service("A4254", "A4259")]},
    "another day of service": {"items": [an_inquiry_item(servicedDate="2026-11-24")]},
    "another day of issue": {"items": [dated("IssueDate", valueDate="2026-11-19")]},
    "another first day": {"items": [dated("EffectiveDate", valueDate="2026-11-22")]},
    "another last day": {"items": [dated("ExpirationDate", valuePeriod={"start": "2027-11-23"})]},
    "another result": {"items": [with_action("A4")]},
    "another diagnosis": {"diagnosis": diagnosed("I10")},
    "billed days before the service": {"billablePeriod": {"start": "2026-01-01", "end": "2026-11-22"}},
}


@pytest.mark.parametrize("criterion", FITTING)
async def test_what_fits_is_found(client: httpx2.AsyncClient, criterion: str) -> None:
    wanted = dict(FITTING[criterion])
    given = await submit(client, a_request_bundle())

    found = await inquire(client, an_inquiry(*wanted.pop("items", ()), **wanted))

    assert names(found) == names([given])


@pytest.mark.parametrize("criterion", OTHER)
async def test_what_does_not_fit_is_not_found(client: httpx2.AsyncClient, criterion: str) -> None:
    wanted = dict(OTHER[criterion])
    await submit(client, a_request_bundle())

    found = await inquire(client, an_inquiry(*wanted.pop("items", ()), **wanted))

    assert found == []


async def test_an_item_without_an_authorization_has_none_of_its_dates(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(an_item("A9270"))))

    found = await inquire(client, an_inquiry(dated("IssueDate", valueDate=ISSUED)))

    assert found == []


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-47")
async def test_a_number_selects_whatever_else_the_example_says(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle())
    given = await submit(client, a_request_bundle(a_claim(an_item("A4259"), id="claim-2")))
    number = claim_response(given)["preAuthRef"]
    item = an_inquiry_item(number=number, productOrService=a_concept(HCPCS, "E1390"), servicedDate="2020-01-01")

    found = await inquire(client, an_inquiry(item, diagnosis=diagnosed("I10")))

    assert names(found) == names([given])


async def test_a_number_on_the_claim_selects_where_no_item_has_one(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle())
    given = await submit(client, a_request_bundle(a_claim(id="claim-2")))
    number = claim_response(given)["preAuthRef"]
    named = [{"url": f"{PAS}/extension-authorizationNumber", "valueString": number}]

    found = await inquire(client, an_inquiry(extension=named))

    assert names(found) == names([given])


async def test_a_request_that_could_not_be_processed_is_no_authorization(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(servicedDate="1999-01-01"))))

    found = await inquire(client, an_inquiry())

    assert found == []
