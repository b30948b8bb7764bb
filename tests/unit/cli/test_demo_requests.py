"""What the pretend EHR sends: whole Bundles that are R4, fresh each time, with every reference in them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from server.cli.demo.asks import order_sign
from server.cli.demo.claim_bundle import request_bundle
from server.cli.demo.record import EHR_BASE, Record, load_record
from server.cli.demo_command import JOURNEYS
from server.clock import Ids
from server.content.typed import parse
from server.fhir.json import Json

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
FORM: Json = {
    "resourceType": "QuestionnaireResponse",
    "id": "form-1",
    "questionnaire": "https://payer.example/q|1",
    "status": "completed",
    "subject": {"reference": "Patient/patient-1001"},
}


def record(name: str) -> Record:
    """The record as of a fixed day."""
    return load_record(name, date(2026, 11, 20))


def references(value: Json) -> Iterator[str]:
    """Every reference in the value."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_request_bundle_holds_the_claim_first_and_all_it_refers_to_once(name: str) -> None:
    told = record(name)

    bundle = request_bundle(told, told.order, None, NOW, Ids())

    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert bundle["entry"][0]["resource"]["resourceType"] == "Claim"
    assert len(set(urls)) == len(urls)
    assert {f"{EHR_BASE}/{each}" for each in references(bundle)} <= set(urls)


@pytest.mark.parametrize("name", JOURNEYS)
def test_everything_sent_is_r4(name: str) -> None:
    told = record(name)

    bundle = request_bundle(told, told.order, FORM, NOW, Ids())

    for entry in bundle["entry"]:
        parse(entry["resource"])
    for resource in told.resources.values():
        parse(resource)


def test_the_form_and_the_observations_support_the_item() -> None:
    told = record("approved")

    bundle = request_bundle(told, told.order, FORM, NOW, Ids())

    claim = bundle["entry"][0]["resource"]
    supporting = [each["valueReference"]["reference"] for each in claim["supportingInfo"]]
    assert supporting == ["QuestionnaireResponse/form-1", "Observation/pao2-1001"]
    assert claim["item"][0]["informationSequence"] == [1, 2]


def test_identifiers_are_fresh_in_every_request() -> None:
    told = record("approved")

    first, second = (request_bundle(told, told.order, None, NOW, Ids()) for _ in range(2))

    assert first["identifier"] != second["identifier"]
    assert first["entry"][0]["resource"]["identifier"] != second["entry"][0]["resource"]["identifier"]
    assert order_sign(told, Ids())["hookInstance"] != order_sign(told, Ids())["hookInstance"]


def test_a_record_tells_its_dates_from_today() -> None:
    told = load_record("approved", date(2027, 1, 3))

    assert told.resources["Observation/pao2-1001"]["effectiveDateTime"] == "2026-12-28"
    assert told.order["authoredOn"] == "2027-01-03"
