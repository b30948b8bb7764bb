"""The notification Bundle, whole."""

import pytest

from server.fhir import json
from server.notification.bundle import event_notification, handshake, heartbeat, query_event, status_of
from server.notification.event import Event, event_of
from server.notification.topic import TOPIC
from tests.builders.subscriptions import BASE, NOW, a_notice, a_response_bundle, a_subscription

STATUS = f"{BASE}/Subscription/sub-1"


def an_event(number: int = 1, digest: str | None = "d1") -> Event:
    notice = a_notice(str(number), digests={"2.2": digest} if digest else {})
    return event_of(notice, a_subscription(), number)


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@14")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@15")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@43")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@44")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@101")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@103")
def test_an_event_with_its_resource_is_the_response_bundle_in_a_history() -> None:
    subscription = a_subscription(events=7, delivered=0)

    written = event_notification(subscription, [an_event()], {"d1": a_response_bundle()})

    bundle = json.read(written)
    [first, second] = bundle["entry"]
    assert bundle["type"] == "history"
    assert bundle["timestamp"] == "2026-11-20T15:00:00.000Z"
    assert first["fullUrl"] == f"urn:uuid:{first['resource']['id']}"
    assert first["request"] == {"method": "GET", "url": f"{STATUS}/$status"}
    assert first["response"] == {"status": "200"}
    assert first["resource"]["parameter"] == [
        {"name": "subscription", "valueReference": {"reference": STATUS}},
        {"name": "topic", "valueCanonical": TOPIC},
        {"name": "status", "valueCode": "active"},
        {"name": "type", "valueCode": "event-notification"},
        {"name": "events-since-subscription-start", "valueString": "1"},
        {
            "name": "notification-event",
            "part": [
                {"name": "event-number", "valueString": "1"},
                {"name": "timestamp", "valueInstant": "2026-11-20T15:00:00.000Z"},
                {"name": "focus", "valueReference": {"reference": f"{BASE}/Bundle/bundle-1"}},
            ],
        },
    ]
    assert second == {
        "fullUrl": f"{BASE}/Bundle/bundle-1",
        "resource": json.read(a_response_bundle()),
        "request": {"method": "POST", "url": "Bundle"},
        "response": {"status": "201"},
    }


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@35")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@40")
def test_an_event_by_id_names_the_claim_response_and_holds_no_resource() -> None:
    subscription = a_subscription(channel={"content": "id-only"})

    bundle = json.read(event_notification(subscription, [an_event()], {}))

    [first] = bundle["entry"]
    event = first["resource"]["parameter"][-1]
    assert event["part"][-1] == {
        "name": "focus",
        "valueReference": {"reference": f"{BASE}/ClaimResponse/response-1"},
    }


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@45")
def test_a_resource_that_is_not_to_be_had_is_named_without_its_content() -> None:
    bundle = json.read(event_notification(a_subscription(), [an_event(digest=None)], {}))

    url = f"{BASE}/Bundle/bundle-1"
    assert bundle["entry"][1] == {
        "fullUrl": url,
        "request": {"method": "GET", "url": url},
        "response": {"status": "404"},
    }


def test_the_bytes_stay_the_same_while_more_happens() -> None:
    payloads = {"d1": a_response_bundle()}
    early = event_notification(a_subscription(events=1), [an_event()], payloads)

    later = event_notification(a_subscription(events=9, attempts=4, status="error", version=8), [an_event()], payloads)

    assert later == early


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@29")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@102")
def test_a_handshake_and_a_heartbeat_hold_the_status_alone() -> None:
    subscription = a_subscription(events=3)

    greeted, beaten = (json.read(handshake(subscription)), json.read(heartbeat(subscription, NOW)))

    parameters = [
        {each["name"]: next(iter(list(each.values())[1:])) for each in bundle["entry"][0]["resource"]["parameter"]}
        for bundle in (greeted, beaten)
    ]
    assert [len(bundle["entry"]) for bundle in (greeted, beaten)] == [1, 1]
    assert [(each["type"], each["status"]) for each in parameters] == [
        ("handshake", "requested"),
        ("heartbeat", "active"),
    ]
    assert [each["events-since-subscription-start"] for each in parameters] == ["3", "3"]


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@38")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@39")
def test_empty_content_names_nothing() -> None:
    bundle = json.read(query_event(a_subscription(events=1), [an_event()], {}, "empty", NOW))

    [first] = bundle["entry"]
    assert [part["name"] for part in first["resource"]["parameter"][-1]["part"]] == ["event-number", "timestamp"]


def test_the_status_of_one_in_error_says_why() -> None:
    failing = a_subscription(status="error", problem="error-response")

    status = status_of(failing, "query-status", at=NOW)

    system = "http://terminology.hl7.org/CodeSystem/subscription-error"
    coded = {"coding": [{"system": system, "code": "error-response"}]}
    assert status["parameter"][-1] == {"name": "error", "valueCodeableConcept": coded}
