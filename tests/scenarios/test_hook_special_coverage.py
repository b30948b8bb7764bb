"""A coverage that can't be told, or is not in force, is an answer on every order, and no error.

https://hl7.org/fhir/us/davinci-crd/cards.html#coverage-information
"""

from typing import Any

import httpx2
import pytest

from tests.builders.hooks import (
    Json,
    a_coverage,
    a_device_request,
    a_hook_call,
    a_patient,
    a_searchset,
    a_service_request,
    told,
)
from tests.scenarios.hook_calls import PATH, call

NOBODY = {"patient": a_patient("NOBODY"), "coverage": a_searchset(a_coverage("NOBODY"))}
OTHER_NUMBER = {"patient": a_patient("NOBODY"), "coverage": a_searchset(a_coverage())}
UNKNOWN = {"patient": a_patient(), "coverage": a_searchset(a_coverage("UNKNOWN"))}
CANCELLED = {"patient": a_patient(), "coverage": a_searchset(a_coverage(status="cancelled"))}
ENDED = {"patient": a_patient("PSG-1005"), "coverage": a_searchset(a_coverage("PSG-1005"))}
BORN_OTHERWISE = {"patient": a_patient(birthDate="1990-01-01"), "coverage": a_searchset(a_coverage())}

SITUATIONS = pytest.mark.parametrize(
    ("prefetch", "code", "text"),
    [
        (NOBODY, "no-member-found", "Member Not Found"),
        (OTHER_NUMBER, "no-member-found", "Member Not Found"),
        (BORN_OTHERWISE, "no-member-found", "Member Not Found"),
        (UNKNOWN, "coverage-not-found", "Coverage Not Found"),
        (CANCELLED, "no-active-coverage", "No Active Coverage"),
        (ENDED, "no-active-coverage", "No Active Coverage"),
    ],
)


def first_reason(repetition: dict[str, list[Any]]) -> Json:
    """The reason that says what the matter is."""
    return repetition["reason"][0]


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-44")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-45")
@SITUATIONS
async def test_2_2_says_it_by_a_code_on_every_order(
    client: httpx2.AsyncClient, prefetch: Json, code: str, text: str
) -> None:
    answer = await call(client, a_hook_call(a_device_request(), a_service_request(), prefetch=prefetch))

    said = told(answer)
    assert sorted(said) == ["DeviceRequest/dr-1", "ServiceRequest/sr-1"]
    for repetition in said.values():
        (coding,) = first_reason(repetition)["coding"]
        assert (repetition["covered"], coding["code"], first_reason(repetition)["text"]) == (
            ["not-covered"],
            code,
            text,
        )
        assert repetition.keys().isdisjoint({"pa-needed", "doc-needed", "questionnaire", "satisfied-pa-id"})
    assert answer["cards"] == []


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-42")
@pytest.mark.parametrize("version", [None, "2.1"])
@SITUATIONS
async def test_before_2_2_it_is_said_in_words(
    client: httpx2.AsyncClient, prefetch: Json, code: str, text: str, version: str | None
) -> None:
    answer = await call(client, a_hook_call(version=version, prefetch=prefetch))

    (repetition,) = told(answer).values()
    assert first_reason(repetition) == {"text": text}
    assert (repetition["covered"], repetition.get("pa-needed")) == (
        ["not-covered"],
        None if version == "2.1" else ["no-auth"],
    )


async def test_before_2_1_the_coverage_of_another_payer_is_not_covered_here(client: httpx2.AsyncClient) -> None:
    prefetch = {"patient": a_patient(), "coverage": a_searchset(a_coverage(payer="99-0000000"))}

    answer = await call(client, a_hook_call(version=None, prefetch=prefetch))

    (repetition,) = told(answer).values()
    assert (repetition["covered"], first_reason(repetition)) == (["not-covered"], {"text": "Coverage Not Found"})


async def test_the_day_of_the_service_decides_which_coverage_is_in_force(client: httpx2.AsyncClient) -> None:
    past, next_year = "2025-06-01", "2027-01-02"
    orders = [a_service_request(occurrenceDateTime=past), a_device_request(authoredOn=next_year)]

    answer = await call(client, a_hook_call(*orders, member="PSG-1005"))

    said = told(answer)
    assert said["ServiceRequest/sr-1"]["covered"] != ["not-covered"]
    assert first_reason(said["DeviceRequest/dr-1"])["text"] == "No Active Coverage"


PAYER_ELSEWHERE = a_searchset(a_coverage(payor=[{"reference": "Organization/not-sent"}]))


async def test_a_payer_whose_organization_did_not_come_along_is_not_taken_for_another(
    client: httpx2.AsyncClient,
) -> None:
    answer = await call(client, a_hook_call(prefetch={"coverage": PAYER_ELSEWHERE}))

    (repetition,) = told(answer).values()
    assert repetition["covered"] == ["covered"]


async def test_an_active_coverage_is_meant_before_one_that_ended(client: httpx2.AsyncClient) -> None:
    held = a_searchset(a_coverage(id="cov-0", status="cancelled"), a_coverage())

    answer = await call(client, a_hook_call(prefetch={"coverage": held}))

    (repetition,) = told(answer).values()
    assert repetition["coverage"] == [{"reference": "Coverage/cov-1"}]


TWO = a_searchset(a_coverage(), a_coverage(id="cov-2"))
FOREIGN = a_searchset(a_coverage(payer="99-0000000"))
SELF_PAY = a_searchset(a_coverage(payor=[{"reference": "Patient/pat-1"}]))
OF_ANOTHER = a_searchset(a_coverage(beneficiary={"reference": "Patient/pat-2"}))
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-13")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-10")
@pytest.mark.parametrize(
    ("coverage", "code", "expression"),
    [
        (None, "required", "prefetch.coverage"),
        (FAILED, "required", "prefetch.coverage"),
        (OF_ANOTHER, "required", "prefetch.coverage"),
        (TWO, "multiple-matches", "prefetch"),
        (FOREIGN, "business-rule", "Coverage.payor"),
        (SELF_PAY, "required", "Coverage.payor"),
    ],
)
async def test_from_2_1_on_the_request_has_to_name_one_coverage_of_ours(
    client: httpx2.AsyncClient, coverage: Json, code: str, expression: str
) -> None:
    response = await client.post(PATH, json=a_hook_call(prefetch={"coverage": coverage}))

    (issue,) = response.json()["issue"]
    assert (response.status_code, issue["code"], issue["expression"]) == (400, code, [expression])


@pytest.mark.requirement("cds-hooks_2.0@54")
async def test_before_2_1_a_call_without_any_coverage_lacks_what_an_answer_must_name(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.post(PATH, json=a_hook_call(version=None, prefetch={"coverage": None}))

    assert response.status_code == 412
    assert [issue["code"] for issue in response.json()["issue"]] == ["required"]
