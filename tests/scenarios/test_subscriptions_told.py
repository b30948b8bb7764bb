"""A person decides, and those who subscribed are told: the whole way, on both bases, with `$status` and `$events`."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx2
import pytest

from server.profiles import Profiles
from tests.builders.subscriptions import (
    BACKPORT,
    Json,
    Listener,
    MovingClock,
    a_listener,
    a_subscription_resource,
    until,
)
from tests.scenarios.conftest import FHIR_JSON, MakeClient
from tests.scenarios.review_calls import NURSE, decided, pended

NEW, OLD = "/fhir", "/2.0.1/fhir"
SYSTEM = "http://hl7.org/fhir/sid/us-npi"
PROFILES = (f"{BACKPORT}/backport-subscription-notification-r4",)


class Subscriber(NamedTuple):
    """An endpoint with the address of its Subscription."""

    url: str
    listener: Listener


@pytest.fixture
async def client(make_client: MakeClient, clock: MovingClock) -> httpx2.AsyncClient:
    """A client of an application whose time moves."""
    return await make_client(clock=clock)


@pytest.fixture
async def older() -> AsyncIterator[Listener]:
    """Another endpoint."""
    async with a_listener() as listening:
        yield listening


async def subscribed(
    client: httpx2.AsyncClient, clock: MovingClock, listener: Listener, base: str = NEW, content: str = "full-resource"
) -> Subscriber:
    """An active Subscription for the organization of the requests; the handshake is forgotten."""
    resource = a_subscription_resource(listener.url, content, filters=[f"org-identifier={SYSTEM}|8189991234,OTHER"])
    created = await client.post(f"{base}/Subscription", json=resource, headers=FHIR_JSON)
    assert created.status_code == 201, created.text
    clock.pass_time(seconds=1)
    await until(lambda: bool(listener.received))
    url = f"{base}/Subscription/{created.json()['id']}"

    async def active() -> bool:
        return bool((await client.get(url)).json()["status"] == "active")

    await until(active)
    listener.received.clear()
    return Subscriber(url, listener)


async def results(client: httpx2.AsyncClient, *names: str) -> None:
    """Requests that are pended and then approved by a person."""
    for name in names:
        row = await pended(client, bundle=name)
        await decided(client, row, NURSE, {"decision": "approve"})


def focus_of(bundle: Json) -> str:
    """The reference of the last event."""
    part = bundle["entry"][0]["resource"]["parameter"][-1]["part"][-1]
    assert part["name"] == "focus"
    return str(part["valueReference"]["reference"])


def errors(profiles: Profiles, resource: Json) -> list[str]:
    """What the guides' own profiles find wrong with a Bundle."""
    verdict = profiles.relaxed().validate(resource, PROFILES if resource["type"] == "history" else ())
    return [f"{finding.expression}: {finding.text}" for finding in verdict.findings if finding.severity == "error"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-51")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-60")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@28")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@67")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@69")
async def test_a_decision_is_told_whole_on_one_base_and_by_id_on_the_other(
    client: httpx2.AsyncClient, clock: MovingClock, listener: Listener, older: Listener, profiles: Profiles
) -> None:
    await subscribed(client, clock, listener)
    await subscribed(client, clock, older, OLD, "id-only")

    await results(client, "one")

    [whole], [by_id] = await listener.has(1), await older.has(1)
    nested = whole.bundle["entry"][1]["resource"]
    response = nested["entry"][0]["resource"]
    assert errors(profiles, whole.bundle) == []
    assert errors(profiles, by_id.bundle) == []
    assert focus_of(whole.bundle) == f"http://passage.test{NEW}/Bundle/{nested['id']}"
    assert (nested["type"], response["resourceType"]) == ("collection", "ClaimResponse")
    assert focus_of(by_id.bundle) == f"http://passage.test{OLD}/ClaimResponse/{response['id']}"
    assert len(by_id.bundle["entry"]) == 1
    assert (await client.get(f"{OLD}/ClaimResponse/{response['id']}")).status_code == 200


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@47")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@79")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@102")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@112")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@121")
async def test_the_status_counts_events_whether_they_were_accepted_or_not(
    client: httpx2.AsyncClient, clock: MovingClock, listener: Listener, profiles: Profiles
) -> None:
    subscriber = await subscribed(client, clock, listener)
    listener.always = 500
    await results(client, "one", "two")
    await listener.has(1)

    async def counted() -> bool:
        bundle = (await client.get(f"{subscriber.url}/$status")).json()
        return "2" in str(bundle["entry"][0]["resource"]["parameter"][4])

    await until(counted)
    answers = [
        await client.get(f"{subscriber.url}/$status"),
        await client.post(f"{subscriber.url}/$status"),
        await client.get(f"{NEW}/Subscription/$status?status=active"),
        await client.post(
            f"{NEW}/Subscription/$status",
            json={"resourceType": "Parameters", "parameter": [{"name": "id", "valueId": subscriber.url[-36:]}]},
            headers=FHIR_JSON,
        ),
    ]

    bundles = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert all(errors(profiles, bundle) == [] for bundle in bundles)
    parameters = [
        {name: value for each in bundle["entry"][0]["resource"]["parameter"] for name, value in [tuple(each.values())]}
        for bundle in bundles
    ]
    assert parameters == [parameters[0]] * 4
    assert [bundle["type"] for bundle in bundles] == ["searchset"] * 4
    assert {name: parameters[0][name] for name in ("type", "status", "events-since-subscription-start")} == {
        "type": "query-status",
        "status": "active",
        "events-since-subscription-start": "2",
    }


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@107")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@108")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@110")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@111")
async def test_the_status_of_many_is_narrowed_by_id_and_status(client: httpx2.AsyncClient, clock: MovingClock) -> None:
    ids = []
    for _ in range(3):
        created = await client.post(f"{NEW}/Subscription", json=a_subscription_resource(), headers=FHIR_JSON)
        ids.append(created.json()["id"])
        clock.pass_time(milliseconds=5)

    async def asked(query: str) -> list[str]:
        bundle = (await client.get(f"{NEW}/Subscription/$status?{query}")).json()
        assert bundle["total"] == len(bundle.get("entry", []))
        references = [entry["resource"]["parameter"][0]["valueReference"] for entry in bundle.get("entry", [])]
        return [reference["reference"].rpartition("/")[2] for reference in references]

    assert await asked("") == ids
    assert await asked(f"id={ids[0]}&id={ids[2]}") == [ids[0], ids[2]]
    assert await asked(f"id={ids[1]},{ids[2]}&status=requested&status=error") == [ids[1], ids[2]]
    assert await asked("status=active") == []


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@115")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@118")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@119")
async def test_missed_events_are_read_again_by_their_numbers(
    client: httpx2.AsyncClient, clock: MovingClock, listener: Listener, profiles: Profiles
) -> None:
    subscriber = await subscribed(client, clock, listener)
    await results(client, "one", "two", "three")
    sent = await listener.has(3)

    async def events(query: str) -> Json:
        bundle = (await client.get(f"{subscriber.url}/$events?{query}")).json()
        assert errors(profiles, bundle) == []
        parameters = bundle["entry"][0]["resource"]["parameter"]
        numbers = [each["part"][0]["valueString"] for each in parameters if each["name"] == "notification-event"]
        return numbers, [entry.get("resource") for entry in bundle["entry"][1:]]

    responses = [each.bundle["entry"][1]["resource"] for each in sent]
    assert await events("") == (["1", "2", "3"], responses)
    assert await events("eventsSinceNumber=2") == (["2", "3"], responses[1:])
    assert await events("eventsSinceNumber=2&eventsUntilNumber=2") == (["2"], [responses[1]])
    assert await events("eventsSinceNumber=4") == ([], [])
    assert await events("content=id-only") == (["1", "2", "3"], [])


@pytest.mark.parametrize("query", ["eventsSinceNumber=x", "eventsUntilNumber=1,2", "eventsSinceNumber=-1"])
async def test_numbers_that_are_none_are_refused(client: httpx2.AsyncClient, query: str) -> None:
    created = await client.post(f"{NEW}/Subscription", json=a_subscription_resource(), headers=FHIR_JSON)

    answer = await client.get(f"{NEW}/Subscription/{created.json()['id']}/$events?{query}")

    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "value")


async def test_a_body_that_is_no_parameters_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        f"{NEW}/Subscription/$status", json={"resourceType": "Patient", "parameter": []}, headers=FHIR_JSON
    )

    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "structure")
