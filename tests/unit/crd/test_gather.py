"""What came along is found by what it is, whatever key it came under.

https://hl7.org/fhir/us/davinci-crd/foundation.html#prefetch
"""

import pytest

from server.crd.gather import Gathered, gather
from server.crd.hook_request import reader
from server.crd.hooks.order_sign import ORDER_SIGN
from tests.builders.hooks import EHR, Json, a_coverage, a_device_request, a_hook_call, a_patient, a_searchset, body


def gathered(prefetch: Json) -> Gathered:
    """What is gathered of a call with the prefetch."""
    return gather(reader(ORDER_SIGN)(body(a_hook_call() | {"prefetch": prefetch})))


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-34")
@pytest.mark.requirement("cds-hooks_2.0@52")
def test_prefetch_is_known_by_content_and_not_by_key() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    prefetch = {
        "anything": a_patient(),
        "else": a_searchset(a_coverage(), outcome | {"id": "failed"}),
        "nothing": None,
        "failed": outcome,
        "empty": {"resourceType": "Bundle", "type": "searchset"},
    }

    found = gathered(prefetch)

    order = a_device_request()
    assert found.by_key == {
        "DeviceRequest/dr-1": order,
        "Patient/pat-1": a_patient(),
        "Coverage/cov-1": a_coverage(),
        "OperationOutcome/failed": outcome | {"id": "failed"},
    }


def test_the_draft_of_the_context_wins_over_a_prefetched_copy() -> None:
    older = a_device_request(status="active")

    found = gathered({"copy": older})

    assert found.by_key["DeviceRequest/dr-1"]["status"] == "draft"


@pytest.mark.parametrize(
    "reference",
    [
        "Coverage/cov-1",
        f"{EHR}/Coverage/cov-1",
        "https://elsewhere.example/Coverage/cov-1",
        "Coverage/cov-1/_history/2",
    ],
)
def test_a_resource_is_found_by_any_reference_to_it(reference: str) -> None:
    assert gathered({"c": a_searchset(a_coverage())}).find(reference) == a_coverage()


def test_a_contained_resource_is_found_from_its_container_only() -> None:
    device = {"resourceType": "Device", "id": "d"}
    found = gathered({})

    assert found.find_from({"contained": [device, "odd"]})("#d") == device
    assert found.find_from({})("#d") is None
    assert found.find("urn:uuid:0") is None
