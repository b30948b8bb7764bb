"""What is refused when a Subscription is asked for, and that nothing is kept then."""

from collections.abc import Callable

import httpx2
import pytest

from tests.builders.subscriptions import BACKPORT, Json, a_subscription_resource
from tests.scenarios.conftest import FHIR_JSON, MakeClient

OLD = "/2.0.1/fhir/Subscription"
NEW = "/fhir/Subscription"


def content(code: str) -> Json:
    return {"extension": [{"url": f"{BACKPORT}/backport-payload-content", "valueCode": code}]}


def a_channel(**changes: Json) -> Json:
    return a_subscription_resource(content="id-only", channel=changes)


CUSTOM = {"extension": [{"url": f"{BACKPORT}/backport-channel-type", "valueCoding": {"code": "SECRET"}}]}

REFUSED = {
    "another topic": (a_subscription_resource(content="id-only", criteria="http://x.example/SECRET"), "criteria"),
    "an unknown filter": (a_subscription_resource(content="id-only", filters=["SECRET=1"]), "criteria.extension[0]"),
    "an empty filter": (
        a_subscription_resource(content="id-only", filters=["identifier=SECRET", "identifier="]),
        "criteria.extension[1]",
    ),
    "too many filters": (
        a_subscription_resource(content="id-only", filters=[f"identifier={','.join(map(str, range(201)))}"]),
        "criteria",
    ),
    "full resources of everyone": (a_subscription_resource(filters=["Patient?name=SECRET"]), "criteria"),
    "an element of another version": (
        a_channel(extension=[{"url": "http://hl7.org/fhir/5.0/StructureDefinition/SECRET", "valueString": "SECRET"}]),
        "channel.extension[0]",
    ),
    "websocket": (a_channel(type="websocket"), "channel.type"),
    "a custom channel": (a_channel(_type=CUSTOM), "channel.type"),
    "no endpoint": (a_channel(endpoint=None), "channel.endpoint"),
    "another scheme": (a_channel(endpoint="ftp://ehr.example.com/SECRET"), "channel.endpoint"),
    "metadata of a cloud": (a_channel(endpoint="http://169.254.169.254/SECRET"), "channel.endpoint"),
    "XML": (a_channel(payload="application/fhir+xml"), "channel.payload"),
    "another FHIR": (a_channel(payload="application/fhir+json; fhirVersion=5.0"), "channel.payload"),
    "empty content": (a_channel(_payload=content("empty")), "channel.payload.extension"),
    "a header without a name": (a_channel(header=["SECRET"]), "channel.header[0]"),
    "a header with a line break": (a_channel(header=["A: 1", "X: SECRET\r\nY: 1"]), "channel.header[1]"),
    "a header of the message": (a_channel(header=["Content-Length: 5"]), "channel.header[0]"),
    "a content type of its own": (a_channel(header=["Content-Type: text/SECRET"]), "channel.header[0]"),
}


@pytest.fixture
async def lenient(make_client: MakeClient) -> httpx2.AsyncClient:
    """A client of an application that leaves the profiles out: what is refused then, the reading refuses."""
    return await make_client(validation="off")


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@8")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@9")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@10")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@12")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@60")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@63")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@66")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@75")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@90")
@pytest.mark.parametrize("name", REFUSED)
async def test_what_would_not_be_done_as_asked_is_refused(
    lenient: httpx2.AsyncClient, stored: Callable[[], dict[str, int]], name: str
) -> None:
    resource, expression = REFUSED[name]
    before = stored()

    answer = await lenient.post(OLD, json=resource, headers=FHIR_JSON)

    outcome = answer.json()
    assert answer.status_code == 422
    assert [issue["expression"] for issue in outcome["issue"]] == [[f"Subscription.{expression}"]]
    assert "SECRET" not in answer.text
    assert stored() == before


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-62")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@66")
@pytest.mark.parametrize("code", ["id-only", "empty"])
async def test_the_newer_base_has_full_resources_only(lenient: httpx2.AsyncClient, code: str) -> None:
    answer = await lenient.post(NEW, json=a_subscription_resource(content=code), headers=FHIR_JSON)

    assert answer.status_code == 422
    assert [issue["code"] for issue in answer.json()["issue"]] == ["not-supported"]


async def test_the_profile_is_enforced_too(client: httpx2.AsyncClient) -> None:
    answers = [
        await client.post(NEW, json=a_subscription_resource(reason=None), headers=FHIR_JSON),
        await client.post(NEW, json=a_subscription_resource(content="id-only"), headers=FHIR_JSON),
        await client.post(OLD, json=a_subscription_resource(content="empty"), headers=FHIR_JSON),
    ]

    assert [answer.status_code // 100 for answer in answers] == [4, 4, 4]
    assert all(answer.json()["resourceType"] == "OperationOutcome" for answer in answers)


@pytest.mark.parametrize("channel", [None, [], "x", {}, {"type": 1, "payload": 2, "header": 3, "extension": 4}])
async def test_a_channel_that_is_none_is_refused_not_read(lenient: httpx2.AsyncClient, channel: Json) -> None:
    resource = {**a_subscription_resource(), "channel": channel, "_criteria": 1, "end": 2}

    answer = await lenient.post(NEW, json=resource, headers=FHIR_JSON)

    assert answer.status_code == 422
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@32")
@pytest.mark.parametrize(
    ("reach", "allowed"),
    [("public", {"https://ehr.example.com/h"}), ("private", {"https://ehr.example.com/h", "https://10.0.0.9/h"})],
)
async def test_where_notifications_may_go_is_a_setting(make_client: MakeClient, reach: str, allowed: set[str]) -> None:
    client = await make_client(notification_endpoints=reach)
    urls = ["https://ehr.example.com/h", "https://10.0.0.9/h", "http://ehr.example.com/h", "http://127.0.0.1:9/h"]

    statuses = {
        url: (await client.post(NEW, json=a_subscription_resource(url), headers=FHIR_JSON)).status_code for url in urls
    }

    assert statuses == {url: 201 if url in allowed else 422 for url in urls}


async def test_all_reasons_are_said_at_once(lenient: httpx2.AsyncClient) -> None:
    resource = a_subscription_resource(
        content="empty", filters=["x=1"], criteria="http://x.example", channel={"type": "email", "endpoint": "nowhere"}
    )

    answer = await lenient.post(NEW, json=resource, headers=FHIR_JSON)

    assert [issue["expression"][0].partition(".")[2] for issue in answer.json()["issue"]] == [
        "criteria",
        "criteria.extension[0]",
        "channel.type",
        "channel.endpoint",
        "channel.payload.extension",
    ]


async def test_an_older_client_may_filter_on_a_type_that_the_topic_is_not_about(client: httpx2.AsyncClient) -> None:
    resource = a_subscription_resource(content="id-only", filters=["Encounter.patient=Patient/123"])

    older, newer = [
        await client.post(OLD, json=resource, headers=FHIR_JSON),
        await client.post(
            NEW, json=a_subscription_resource(filters=["Encounter.patient=Patient/123"]), headers=FHIR_JSON
        ),
    ]

    assert (older.status_code, newer.status_code) == (201, 422)
