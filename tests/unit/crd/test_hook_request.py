"""What is no call of the hook is refused: where, what belongs there, and never with a value of the call.

https://cds-hooks.hl7.org/#http-request_1
"""

from typing import Any

import pytest

from server.crd.hook_request import HookRequest, reader
from server.crd.hooks.order_sign import ORDER_SIGN
from server.errors import Issue, Refusal, RequestRefused
from tests.builders.hooks import INSTANCE, Json, a_device_request, a_hook_call, a_service_request, body


def read(call: Json) -> HookRequest:
    """The call as the service reads it."""
    return reader(ORDER_SIGN)(body(call))


GONE = object()
"""The element is left out."""

ORDER = "context.draftOrders.entry[0].resource"
VERSION = "extension.`davinci-crd.requestedVersion`"
BAD: list[tuple[str, object, str, str]] = [
    ("hook", GONE, "required", "hook"),
    ("hook", "order-select", "not-supported", "hook"),
    ("hook", ["order-sign"], "structure", "hook"),
    ("hookInstance", GONE, "required", "hookInstance"),
    ("hookInstance", "Testwell", "value", "hookInstance"),
    ("hookInstance", INSTANCE[:-1] + "v", "value", "hookInstance"),
    ("context", GONE, "required", "context"),
    ("context", [], "structure", "context"),
    ("fhirServer", GONE, "required", "fhirServer"),
    ("fhirServer", "Testwell", "value", "fhirServer"),
    ("fhirAuthorization/token_type", "Testwell", "value", "fhirAuthorization.token_type"),
    ("fhirAuthorization/access_token", GONE, "required", "fhirAuthorization.access_token"),
    ("fhirAuthorization/expires_in", "300", "structure", "fhirAuthorization.expires_in"),
    ("prefetch", [], "structure", "prefetch"),
    ("prefetch/Testwell", "text", "structure", "prefetch"),
    ("extension/davinci-crd.requestedVersion", "9.9", "not-supported", VERSION),
    ("extension/davinci-crd.requestedVersion", 2, "structure", VERSION),
    ("context/userId", GONE, "required", "context.userId"),
    ("context/userId", "Testwell", "value", "context.userId"),
    ("context/patientId", GONE, "required", "context.patientId"),
    ("context/patientId", "Avery Testwell", "value", "context.patientId"),
    ("context/encounterId", "", "value", "context.encounterId"),
    ("context/draftOrders", GONE, "required", "context.draftOrders"),
    ("context/draftOrders/resourceType", "List", "value", "context.draftOrders.resourceType"),
    ("context/draftOrders/entry", {}, "structure", "context.draftOrders.entry"),
    ("context/draftOrders/entry", [{}], "required", ORDER),
    ("context/draftOrders/entry/0/resource/resourceType", GONE, "required", f"{ORDER}.resourceType"),
    ("context/draftOrders/entry/0/resource/id", GONE, "required", f"{ORDER}.id"),
    ("context/draftOrders/entry/0/resource/id", "Avery Testwell", "required", f"{ORDER}.id"),
    ("context/draftOrders/entry/0/resource/extension", {}, "structure", f"{ORDER}.extension"),
    (
        "context/draftOrders/entry/0/resource/subject",
        {"reference": "Patient/Testwell"},
        "invalid",
        f"{ORDER}.subject",
    ),
]


def changed(path: str, value: object) -> Json:
    """A valid call with another value, or none, at the path."""
    call = a_hook_call()
    at: Any = call
    *way, last = path.split("/")
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return call


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-13")
@pytest.mark.parametrize(("path", "value", "code", "expression"), BAD)
def test_what_is_no_call_is_refused(path: str, value: object, code: str, expression: str) -> None:
    call = changed(path, value)

    with pytest.raises(RequestRefused) as refused:
        read(call)

    (issue,) = refused.value.issues
    assert refused.value.refusal is Refusal.INVALID
    assert (issue.code, issue.expression) == (code, expression)
    assert "Testwell" not in issue.diagnostics


def test_two_orders_of_one_id_are_refused() -> None:
    with pytest.raises(RequestRefused) as refused:
        read(a_hook_call(a_device_request(), a_service_request(), a_device_request("E0431")))

    told = "Two orders have the same type and id, so their answers could not be told apart."
    assert refused.value.issues == (Issue("duplicate", told, "context.draftOrders.entry[2].resource.id"),)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(RequestRefused) as refused:
        read({"hook": "order-sign", "hookInstance": 1})

    assert {issue.expression for issue in refused.value.issues} == {"context", "hookInstance"}


@pytest.mark.parametrize("sent", [b"", b"{", b'{"hook":"a","hook":"b"}', b"\xff", b"[1e999]"])
def test_what_is_no_json_is_malformed(sent: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        reader(ORDER_SIGN)(sent)

    assert refused.value.refusal is Refusal.MALFORMED
    assert [issue.code for issue in refused.value.issues] == ["structure"]


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-23")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-33")
def test_unknown_members_are_ignored() -> None:
    call = a_hook_call(unheardOf={"a": [1]})
    call["context"]["unheardOf"] = "x"
    call["extension"]["com.example.own"] = {"x": 1}

    assert read(call).orders == read(a_hook_call()).orders


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-2")
@pytest.mark.parametrize(("version", "spoken"), [(None, "2.0"), ("2.0", "2.0"), ("2.1", "2.1"), ("2.2", "2.2")])
def test_the_requested_version_is_spoken_and_none_means_2_0(version: str | None, spoken: str) -> None:
    assert read(a_hook_call(version=version)).dialect.version == spoken


def test_what_is_ordered_not_to_be_done_and_what_is_no_order_is_out_of_scope() -> None:
    call = a_hook_call(
        a_service_request(doNotPerform=True),
        {"resourceType": "Task", "id": "t-1"},
        a_device_request(doNotPerform=False),
    )

    assert [found.resource["id"] for found in read(call).orders] == ["dr-1"]


def test_a_patient_id_with_its_type_is_the_same_patient() -> None:
    call = a_hook_call()
    call["context"]["patientId"] = "Patient/pat-1"

    assert read(call).patient_id == "pat-1"


def test_an_instance_is_the_same_in_any_case() -> None:
    assert read(a_hook_call(hookInstance=INSTANCE.upper())).instance == INSTANCE


def test_the_access_token_is_not_carried_along() -> None:
    assert "token-of-the-ehr" not in repr(read(a_hook_call()))
