"""$questionnaire-package by canonical: what was named, in the version that was named."""

import httpx2
import pytest

from tests.builders.forms import HOME_OXYGEN, a_package_request, an_order
from tests.scenarios.dtr_package import ask, draft, extensions, outcome, packages

UNKNOWN = "https://payer.example/fhir/Questionnaire/unheard-of"


@pytest.mark.parametrize("canonical", [HOME_OXYGEN, f"{HOME_OXYGEN}|1.0.0"])
async def test_a_canonical_gets_its_form_without_any_order(client: httpx2.AsyncClient, canonical: str) -> None:
    answer = await ask(client, a_package_request(questionnaires=(canonical,)))

    (bundle,) = packages(answer)
    assert draft(bundle)["questionnaire"] == f"{HOME_OXYGEN}|1.0.0"
    assert extensions(draft(bundle), "qr-context") == []
    assert outcome(answer) == []


async def test_a_canonical_beside_an_order_is_linked_to_the_order(client: httpx2.AsyncClient) -> None:
    request = a_package_request(an_order("A4253", id="strips"), questionnaires=(HOME_OXYGEN,))

    answer = await ask(client, request)

    (bundle,) = packages(answer)
    assert extensions(draft(bundle), "qr-context") == [{"reference": "DeviceRequest/strips"}]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-9")
async def test_an_unknown_canonical_is_a_warning(client: httpx2.AsyncClient) -> None:
    request = a_package_request(questionnaires=(HOME_OXYGEN, UNKNOWN, f"{HOME_OXYGEN}|9.9.9"))

    answer = await ask(client, request)

    assert len(packages(answer)) == 1
    assert outcome(answer) == [
        ("warning", "not-found", ["Parameters.parameter[2].value"]),
        ("warning", "not-found", ["Parameters.parameter[3].value"]),
    ]


async def test_only_unknown_canonicals_are_still_no_error(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, a_package_request(questionnaires=(UNKNOWN,)))

    assert packages(answer) == []
    assert outcome(answer) == [("warning", "not-found", ["Parameters.parameter[1].value"])]
    assert "unheard-of" not in str(answer)


@pytest.mark.parametrize(("since", "count"), [("2026-10-01T00:00:00Z", 1), ("2026-11-19T00:00:00Z", 0)])
async def test_changedsince_leaves_out_what_the_client_has(client: httpx2.AsyncClient, since: str, count: int) -> None:
    request = a_package_request(questionnaires=(HOME_OXYGEN,), changed_since=since)

    answer = await ask(client, request)

    assert len(packages(answer)) == count
    assert outcome(answer) == ([] if count else [("information", "informational", None)])


async def test_a_parameter_that_the_operation_lacks_is_said(client: httpx2.AsyncClient) -> None:
    request = a_package_request(questionnaires=(HOME_OXYGEN,), more=({"name": "audience", "valueCode": "clinical"},))

    answer = await ask(client, request)

    assert len(packages(answer)) == 1
    assert outcome(answer) == [("warning", "not-supported", ["Parameters.parameter[2]"])]
