"""The order-sign body that the public kit is best judged with is answered, as it is and in each version.

https://hl7.org/fhir/us/davinci-crd/hooks.html
"""

import re

import httpx2
import pytest

from server.fhir import json
from tests.builders.hooks import Json, told
from tests.scenarios.hook_calls import call, codes
from tests.shared import shared


def kit_body() -> Json:
    """The complete body of the digest's section 6.1."""
    digest = (shared() / "spec" / "crd-kit.md").read_text()
    found = re.search(r"^## 6\.1 .*?```json\n(.*?)```", digest, re.S | re.M)
    assert found
    return json.read(found[1].encode())


UNNAMED = {"covered": ["conditional"], "pa-needed": ["auth-needed"], "info-needed": ["OTH"]}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-47")
@pytest.mark.parametrize("version", [None, "2.0", "2.1", "2.2"])
async def test_the_body_is_answered_for_a_member_on_both_orders(
    client: httpx2.AsyncClient, version: str | None
) -> None:
    sent = kit_body()
    sent["extension"] = {"davinci-crd.requestedVersion": version} if version else {}

    answer = await call(client, sent)

    said = told(answer)
    assert codes(said["DeviceRequest/dr-1"]) == UNNAMED
    assert said["ServiceRequest/sr-2"]["pa-needed"] == ["auth-needed"]
    assert sorted(said) == ["DeviceRequest/dr-1", "ServiceRequest/sr-2"]


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-17")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-23")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-33")
async def test_the_kit_s_follow_ups_are_answered_like_the_first_call(client: httpx2.AsyncClient) -> None:
    first, configured, context, element = (kit_body() for _ in range(4))
    configured["extension"]["davinci-crd.configuration"] = {"qwertzuiopasdfgh": True}
    context["context"]["qwertzuiopasdfgh"] = "x"
    element["qwertzuiopasdfgh"] = "x"

    answers = [await call(client, sent) for sent in (first, configured, context, element)]

    said = [[codes(repetition) for repetition in told(answer).values()] for answer in answers]
    assert said[1:] == [said[0]] * 3
    ids = {repetition["coverage-assertion-id"][0] for answer in answers for repetition in told(answer).values()}
    assert len(ids) == 8


OTHER_COVERAGES = {
    "cov-2": ("UNKNOWN", "active", "coverage-not-found"),
    "cov-3": ("M1001", "cancelled", "no-active-coverage"),
}


@pytest.mark.parametrize("id", sorted(OTHER_COVERAGES))
async def test_the_kit_s_special_coverages_are_answered_by_their_reason(client: httpx2.AsyncClient, id: str) -> None:
    sent = kit_body()
    number, status, reason = OTHER_COVERAGES[id]
    coverage = sent["prefetch"]["coverage"]["entry"][0]["resource"]
    sent["prefetch"]["coverage"] = {**coverage, "id": id, "subscriberId": number, "status": status}

    answer = await call(client, sent)

    for repetition in told(answer).values():
        assert repetition["covered"] == ["not-covered"]
        assert repetition["reason"][0]["coding"][0]["code"] == reason
