"""`$validate` holds what DTR and Subscriptions exchange against the profiles of either generation: what we send and
take is valid, and each fault is told at its place.

https://hl7.org/fhir/us/davinci-dtr/STU2.2/OperationDefinition-questionnaire-package.html
"""

import copy
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from server.fhir import json
from server.notification.bundle import event_notification
from server.notification.event import event_of
from tests.builders.forms import DTR, HOME_OXYGEN, a_package_request, an_order
from tests.builders.subscriptions import BACKPORT, a_notice, a_subscription
from tests.scenarios.conftest import FHIR_JSON
from tests.scenarios.dtr_package import ask

Json = Any
Fault = Callable[[Json], None]

INPUT, OUTPUT = f"{DTR}/dtr-qpackage-input-parameters", f"{DTR}/dtr-qpackage-output-parameters"


async def found(client: httpx2.AsyncClient, resource: Json, profile: str) -> list[tuple[str, str]]:
    """Rule and place of each error."""
    parameters = [{"name": "resource", "resource": resource}, {"name": "profile", "valueUri": profile}]
    body = {"resourceType": "Parameters", "parameter": parameters}
    answer = await client.post(f"/fhir/{resource['resourceType']}/$validate", json=body, headers=FHIR_JSON)
    return [
        (issue["details"]["coding"][0]["code"], issue["expression"][0])
        for issue in answer.json()["issue"]
        if issue["severity"] == "error"
    ]


def spoiled(resource: Json, fault: Fault) -> Json:
    """A copy with a fault."""
    copied = copy.deepcopy(resource)
    fault(copied)
    return copied


def _drop_coverage(request: Json) -> None:
    del request["parameter"][0]


def _ask_by_text(request: Json) -> None:
    request["parameter"][1] = {"name": "questionnaire", "valueString": HOME_OXYGEN}


def _spoil_coverage(request: Json) -> None:
    request["parameter"][0]["resource"]["status"] = "draft"
    del request["parameter"][0]["resource"]["payor"]


@pytest.mark.parametrize("release", ["2.2.0", "2.0.1"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (lambda request: None, []),
        (_drop_coverage, [("slice-min", "Parameters.parameter")]),
        (_ask_by_text, [("unknown-element", "Parameters.parameter[1].valueString")]),
        (_spoil_coverage, [("cardinality-min", "Parameters.parameter[0].resource")]),
    ],
)
async def test_a_package_request_is_held_against_its_parameters(
    client: httpx2.AsyncClient, release: str, fault: Fault, expected: Json
) -> None:
    request = spoiled(a_package_request(questionnaires=(HOME_OXYGEN,)), fault)

    errors = await found(client, request, f"{INPUT}|{release}")

    assert set(expected) <= set(errors)
    assert bool(errors) is bool(expected)


async def test_a_package_request_needs_an_order_a_form_or_a_context(client: httpx2.AsyncClient) -> None:
    request = a_package_request(an_order())

    asking = await found(client, request, f"{INPUT}|2.2.0")
    idle = await found(client, {**request, "parameter": request["parameter"][:1]}, f"{INPUT}|2.2.0")

    assert asking == []
    assert ("invariant:dtr-1", "Parameters") in idle


def _drop_form(package: Json) -> None:
    del package["parameter"][0]["resource"]["entry"][0]


def _batch(package: Json) -> None:
    package["parameter"][0]["resource"]["type"] = "batch"


def _drop_item_type(package: Json) -> None:
    del package["parameter"][0]["resource"]["entry"][0]["resource"]["item"][0]["type"]


BUNDLE = "Parameters.parameter[0].resource"


@pytest.mark.parametrize(("release", "name"), [("2.2.0", "packagebundle"), ("2.0.1", "PackageBundle")])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (lambda package: None, []),
        (_drop_form, [("invariant:dtrb-1", BUNDLE)]),
        (_batch, [("pattern", f"{BUNDLE}.type")]),
        (_drop_item_type, [("cardinality-min", f"{BUNDLE}.entry[0].resource.item[0]")]),
    ],
)
async def test_a_package_is_held_against_the_parameters_of_the_answer(
    client: httpx2.AsyncClient, release: str, name: str, fault: Fault, expected: Json
) -> None:
    answer = await ask(client, a_package_request(questionnaires=(HOME_OXYGEN,)))
    named = {**answer, "parameter": [{**each, "name": name} for each in answer["parameter"]]}

    errors = await found(client, spoiled(named, fault), f"{OUTPUT}|{release}")

    assert set(expected) <= set(errors)
    assert bool(errors) is bool(expected)


STATUS = f"{BACKPORT}/backport-subscription-status-r4"
NOTIFICATION = f"{BACKPORT}/backport-subscription-notification-r4"


def _notification() -> Json:
    subscription = a_subscription(events=7, delivered=0, channel={"content": "id-only"})
    event = event_of(a_notice("1", digests={"2.2": "d1"}), subscription, 1)
    bundle: Json = json.read(event_notification(subscription, [event], {}))
    return bundle


def _status(notification: Json) -> Json:
    status: Json = notification["entry"][0]["resource"]
    return status


@pytest.mark.parametrize(
    ("name", "fault", "expected"),
    [
        ("status", None, []),
        ("status", lambda row: row.update(valueCode="done"), [("binding-required", "Parameters.parameter[2].value")]),
        ("subscription", lambda row: row.update(name="x"), [("slice-min", "Parameters.parameter")]),
        (
            "topic",
            lambda row: row.update(valueCanonical="topic"),
            [("type-canonical", "Parameters.parameter[1].value")],
        ),
        ("notification-event", lambda row: row["part"].pop(0), [("slice-min", "Parameters.parameter[5].part")]),
    ],
)
async def test_the_status_of_a_subscription_is_held_against_its_parameters(
    client: httpx2.AsyncClient, name: str, fault: Fault | None, expected: Json
) -> None:
    status = _status(_notification())
    row = next(each for each in status["parameter"] if each["name"] == name)
    if fault is not None:
        fault(row)

    errors = await found(client, status, STATUS)

    assert set(expected) <= set(errors)
    assert bool(errors) is bool(expected)


def _drop_status(bundle: Json) -> None:
    del bundle["entry"][0]


def _drop_request(bundle: Json) -> None:
    del bundle["entry"][0]["request"]


def _spoil_status(bundle: Json) -> None:
    del _status(bundle)["parameter"][3]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (lambda bundle: None, []),
        (lambda bundle: bundle.update(type="collection"), [("pattern", "Bundle.type")]),
        (_drop_status, [("invariant:backport-notification-bundle-r4-1", "Bundle")]),
        (_drop_request, [("invariant:bdl-3", "Bundle")]),
        (_spoil_status, [("slice-min", "Bundle.entry[0].resource.parameter")]),
    ],
)
async def test_a_notification_is_held_against_its_bundle(
    client: httpx2.AsyncClient, fault: Fault, expected: Json
) -> None:
    errors = await found(client, spoiled(_notification(), fault), NOTIFICATION)

    assert set(expected) <= set(errors)
    assert bool(errors) is bool(expected)
