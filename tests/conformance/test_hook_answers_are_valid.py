"""What a hook writes onto an order is valid by both versions of the guide, as HL7's own validator reads it.

https://hl7.org/fhir/us/davinci-crd/StructureDefinition-ext-coverage-information.html
"""

from typing import Any

import httpx2
import pytest

from tests.builders import claims
from tests.builders.hooks import (
    CPT,
    HCPCS,
    a_device_request,
    a_hook_call,
    a_medication_request,
    a_service_request,
    coverage_informations,
)
from tests.conformance.conftest import Validate

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("validator")]

PATH = "/cds-services/order-sign-crd"
PROFILES = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/profile-"
VERSIONS = pytest.mark.parametrize(("spoken", "guide"), [(None, "2.0.1"), ("2.2", "2.2.1")])
KNEE = [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M17.11"}]}]

STORIES: dict[str, Any] = {
    "documentation needed": lambda: a_hook_call(a_device_request("E1390")),
    "no authorization": lambda: a_hook_call(a_service_request("A4253", system=HCPCS)),
    "named by no rule": lambda: a_hook_call(a_medication_request()),
    "excluded": lambda: a_hook_call(a_device_request("A9270")),
    "without a code": lambda: a_hook_call(a_service_request(code={"text": "something"})),
    "limited": lambda: a_hook_call(
        a_service_request(reasonCode=KNEE, quantityQuantity={"value": 20, "unit": "visit"}), member="PSG-1006"
    ),
    "no such member": lambda: a_hook_call(member="NOBODY"),
    "coverage ended": lambda: a_hook_call(member="PSG-1005"),
}


async def _written(client: httpx2.AsyncClient, call: Any, version: str | None) -> Any:
    """The one order of the answer."""
    extension = {"davinci-crd.requestedVersion": version} if version else {}
    answer = await client.post(PATH, json={**call, "extension": extension})
    assert answer.status_code == 200
    (action,) = answer.json()["systemActions"]
    return action["resource"]


def _errors(validate: Validate, order: Any, guide: str) -> list[str]:
    profile = f"{PROFILES}{order['resourceType'].lower()}|{guide}"
    return validate(order, guide=f"hl7.fhir.us.davinci-crd@{guide}", profile=profile)


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-47")
@VERSIONS
async def test_every_kind_of_answer_is_valid(
    client: httpx2.AsyncClient, validate: Validate, spoken: str | None, guide: str
) -> None:
    orders = {story: await _written(client, make(), spoken) for story, make in STORIES.items()}

    assert {story: _errors(validate, order, guide) for story, order in orders.items()} == {
        story: [] for story in STORIES
    }


@VERSIONS
async def test_an_authorization_on_file_is_valid(
    client: httpx2.AsyncClient, validate: Validate, spoken: str | None, guide: str
) -> None:
    item = claims.an_item("97110", CPT, quantity={"value": 6, "unit": "visit"})
    bundle = claims.a_request_bundle(claims.a_claim(item, diagnosis="M17.11"), member="PSG-1006")
    await client.post("/fhir/Claim/$submit", json=bundle, headers={"Content-Type": "application/fhir+json"})

    order = await _written(client, a_hook_call(a_service_request("97110"), member="PSG-1006"), spoken)

    (repetition,) = coverage_informations(order)
    assert {"url": "pa-needed", "valueCode": "satisfied"} in repetition["extension"]
    assert _errors(validate, order, guide) == []


@VERSIONS
async def test_the_validator_sees_a_fault_in_the_extension(
    client: httpx2.AsyncClient, validate: Validate, spoken: str | None, guide: str
) -> None:
    order = await _written(client, a_hook_call(), spoken)
    (repetition,) = coverage_informations(order)
    repetition["extension"] = [part for part in repetition["extension"] if part["url"] != "doc-needed"]

    errors = _errors(validate, order, guide)

    assert any("crd-ci-q1" in error for error in errors), errors
