"""Creating, reading, changing, deleting and searching Subscriptions over HTTP."""

from datetime import timedelta

import httpx2
import pytest

from tests.builders.subscriptions import (
    BACKPORT,
    HEADER,
    Json,
    Listener,
    MovingClock,
    a_subscription_resource,
    until,
)
from tests.scenarios.conftest import FHIR_JSON, MakeClient

URL = "/fhir/Subscription"


@pytest.fixture
async def client(make_client: MakeClient, clock: MovingClock) -> httpx2.AsyncClient:
    """A client of an application whose time moves."""
    return await make_client(clock=clock)


async def post(client: httpx2.AsyncClient, resource: Json, url: str = URL) -> httpx2.Response:
    return await client.post(url, json=resource, headers=FHIR_JSON)


async def put(client: httpx2.AsyncClient, id: str, resource: Json, **headers: str) -> httpx2.Response:
    return await client.put(f"{URL}/{id}", json={**resource, "id": id}, headers={**FHIR_JSON, **headers})


async def status_is(client: httpx2.AsyncClient, id: str, status: str, url: str = URL) -> None:
    """Waits for a status."""

    async def holds() -> bool:
        return bool((await client.get(f"{url}/{id}")).json()["status"] == status)

    await until(holds)


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-54")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-57")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@209")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@133")
async def test_a_created_subscription_is_requested_and_keeps_all_that_was_sent(
    client: httpx2.AsyncClient, listener: Listener
) -> None:
    extension = [
        {"url": f"{BACKPORT}/backport-timeout", "valueUnsignedInt": 60},
        {"url": f"{BACKPORT}/backport-max-count", "valuePositiveInt": 20},
        {"url": "https://ehr.example.com/of-its-own", "valueString": "kept"},
    ]
    resource = a_subscription_resource(
        listener.url, end="2020-12-31T12:00:00Z", contact=[{"system": "phone", "value": "555"}]
    )
    resource["channel"] |= {"extension": extension, "header": [": ".join(HEADER).strip(), "X-Second: a: b"]}

    answer = await post(client, resource)

    created = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"http://passage.test{URL}/{created['id']}"
    assert answer.headers["etag"] == 'W/"1"'
    assert created.pop("meta") == {"versionId": "1", "lastUpdated": "2026-11-20T15:00:00.000Z"}
    assert created == {**resource, "id": created["id"], "status": "requested"}
    assert listener.received == []


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@124")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@134")
async def test_the_accepted_handshake_shows_when_it_is_read(
    client: httpx2.AsyncClient, listener: Listener, clock: MovingClock
) -> None:
    id = (await post(client, a_subscription_resource(listener.url))).json()["id"]
    clock.pass_time(seconds=1)

    await status_is(client, id, "active")

    read = await client.get(f"{URL}/{id}")
    again = await client.get(f"{URL}/{id}", headers={"If-None-Match": read.headers["etag"]})
    [handshake] = listener.received
    assert read.headers["etag"] == 'W/"2"'
    assert (again.status_code, again.content) == (304, b"")
    assert handshake.kind == "handshake"
    assert handshake.bundle["entry"][0]["request"]["url"] == f"http://passage.test{URL}/{id}/$status"


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@126")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@210")
async def test_an_update_asks_for_it_again_or_turns_it_off(
    client: httpx2.AsyncClient, listener: Listener, clock: MovingClock
) -> None:
    resource = a_subscription_resource(listener.url)
    id = (await post(client, resource)).json()["id"]
    clock.pass_time(seconds=1)
    await status_is(client, id, "active")

    off = await put(client, id, {**resource, "status": "off"})
    clock.pass_time(hours=2)
    again = await put(client, id, {**resource, "status": "active", "reason": "Changed"})
    clock.pass_time(seconds=1)
    await status_is(client, id, "active")

    assert (off.status_code, off.json()["status"]) == (200, "off")
    assert (again.status_code, again.json()["status"], again.json()["reason"]) == (200, "requested", "Changed")
    assert [received.kind for received in listener.received] == ["handshake", "handshake"]


async def test_an_update_of_an_older_version_is_refused(client: httpx2.AsyncClient) -> None:
    resource = a_subscription_resource()
    id = (await post(client, resource)).json()["id"]
    first = await put(client, id, resource, **{"If-Match": 'W/"1"'})

    second = await put(client, id, resource, **{"If-Match": 'W/"1"'})

    assert first.status_code == 200
    assert second.status_code == 412
    assert (await client.get(f"{URL}/{id}")).json()["meta"]["versionId"] == "2"


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@127")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@211")
async def test_a_deleted_one_is_gone_and_nothing_is_sent(
    client: httpx2.AsyncClient, listener: Listener, clock: MovingClock
) -> None:
    resource = a_subscription_resource(listener.url)
    id = (await post(client, resource)).json()["id"]

    deleted, again = await client.delete(f"{URL}/{id}"), await client.delete(f"{URL}/{id}")

    clock.pass_time(seconds=60)
    other = (await post(client, resource)).json()["id"]
    clock.pass_time(seconds=1)
    await status_is(client, other, "active")
    assert (deleted.status_code, again.status_code) == (204, 204)
    assert [(await client.get(url)).status_code for url in (f"{URL}/{id}", f"{URL}/{id}/$status")] == [404, 404]
    assert (await put(client, id, resource)).status_code == 404
    assert (await client.get(URL)).json()["total"] == 1
    assert len(listener.received) == 1


async def test_what_never_was_is_not_found(client: httpx2.AsyncClient) -> None:
    answers = [
        await client.get(f"{URL}/never"),
        await client.delete(f"{URL}/never"),
        await client.get(f"{URL}/never/$status"),
        await client.get(f"{URL}/never/$events"),
        await put(client, "never", a_subscription_resource()),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5


async def test_each_base_has_its_own(client: httpx2.AsyncClient) -> None:
    newer = (await post(client, a_subscription_resource())).json()["id"]
    older = (await post(client, a_subscription_resource(content="id-only"), "/2.0.1/fhir/Subscription")).json()["id"]

    statuses = {
        (base, id): (await client.get(f"{base}/Subscription/{id}")).status_code
        for base in ("/fhir", "/2.0.1/fhir")
        for id in (newer, older)
    }

    assert statuses == {
        ("/fhir", newer): 200,
        ("/fhir", older): 404,
        ("/2.0.1/fhir", newer): 404,
        ("/2.0.1/fhir", older): 200,
    }


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@128")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@129")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@130")
async def test_they_are_found_by_status_address_topic_and_id(client: httpx2.AsyncClient, clock: MovingClock) -> None:
    ids = []
    for name in "abc":
        resource = a_subscription_resource(f"https://ehr.example.com/{name}")
        ids.append((await post(client, resource)).json()["id"])
        clock.pass_time(milliseconds=10)
    await put(client, ids[2], {**a_subscription_resource("https://ehr.example.com/c"), "status": "off"})

    async def found(query: str) -> list[str]:
        bundle = (await client.get(f"{URL}?{query}")).json()
        assert bundle["total"] >= len(bundle.get("entry", []))
        return [entry["resource"]["id"] for entry in bundle.get("entry", [])]

    assert await found("") == ids
    assert await found("status=off") == [ids[2]]
    assert await found("status=requested,off") == ids
    assert await found("url=https://ehr.example.com/b") == [ids[1]]
    assert await found(f"_id={ids[0]},{ids[2]}&type=rest-hook") == [ids[0], ids[2]]
    assert await found("criteria=http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic") == ids
    assert await found("criteria=http://other.example") == []
    first = (await client.get(f"{URL}?_count=2")).json()
    rest = (await client.get(next(link["url"] for link in first["link"] if link["relation"] == "next"))).json()
    assert [entry["resource"]["id"] for page in (first, rest) for entry in page["entry"]] == ids


async def test_an_end_that_is_still_to_come_turns_it_off(
    client: httpx2.AsyncClient, listener: Listener, clock: MovingClock
) -> None:
    id = (await post(client, a_subscription_resource(listener.url, end="2026-11-20T16:00:00Z"))).json()["id"]
    clock.pass_time(seconds=1)
    await status_is(client, id, "active")

    clock.now += timedelta(hours=1)

    await status_is(client, id, "off")


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-55")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@48")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@57")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@58")
@pytest.mark.parametrize("base", ["/fhir", "/2.0.1/fhir"])
async def test_the_capability_statement_names_the_topic_and_the_topic_is_readable(
    client: httpx2.AsyncClient, base: str
) -> None:
    statement = (await client.get(f"{base}/metadata")).json()

    [declared] = [each for each in statement["rest"][0]["resource"] if each["type"] == "Subscription"]
    [topic] = declared["extension"]
    basic = (await client.get(f"{base}/Basic/{topic['valueCanonical'].rpartition('/')[2]}")).json()
    assert [each["code"] for each in declared["interaction"]] == ["create", "read", "update", "delete", "search-type"]
    assert {"status", "events"} <= {each["name"] for each in declared["operation"]}
    assert f"{BACKPORT}/backport-subscription" in declared["supportedProfile"]
    assert topic["url"] == f"{BACKPORT}/capabilitystatement-subscriptiontopic-canonical"
    assert topic["valueCanonical"] in [each.get("valueUri") for each in basic["extension"]]
    assert (
        "http://hl7.org/fhir/uv/subscriptions-backport/CapabilityStatement/backport-subscription-server-r4"
        in (statement["instantiates"])
    )


async def test_there_is_no_other_topic(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/fhir/Basic/another")

    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (404, "not-found")
