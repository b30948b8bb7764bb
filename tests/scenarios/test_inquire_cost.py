"""What an inquiry costs: the same calls of the store however many cases others have, and few for a member of many."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import httpx2
import pytest

from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document, to_document
from server.content.load import load_content
from server.fhir import json
from server.members.local import LocalMembers
from server.pas.inquire import Inquire
from server.settings import Settings, content_root
from server.storage.connect import connect
from server.storage.port import Store
from server.web.declare import FhirRequest
from tests.builders.claims import a_request_bundle
from tests.builders.inquiries import an_inquiry, an_inquiry_item
from tests.builders.submit import claim_response, submit
from tests.scenarios.conftest import NOW, repeatable_ids

Json = Any

CONTENT = load_content(content_root(), demo=True)


class Counted:
    """A store that counts its calls by name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._store, name)


@pytest.fixture
async def store(client: httpx2.AsyncClient, app_settings: Settings) -> AsyncIterator[Store]:
    """A second door to the store of the application under test."""
    opened = connect(app_settings.store_url.get_secret_value(), mongodb_driver="", clock=lambda: NOW)
    await opened.start()
    yield opened
    await opened.close()


async def inquired(store: Store, body: Json) -> tuple[list[Json], Counter[str]]:
    """What an inquiry finds, and the calls that it takes."""
    counted = Counted(store)
    use_case = Inquire(
        store=cast(Store, counted),
        members=LocalMembers(cast(Store, counted), lambda: CONTENT),
        content=lambda: CONTENT,
        clock=lambda: NOW,
        ids=repeatable_ids(),
    )
    request = FhirRequest("http://passage.test/fhir", "anonymous", "request-1", NOW, resource=body)
    answer = await use_case(request)
    return json.read(answer.body).get("parameter", []), counted.calls


async def copy(store: Store, case: Case, numbers: range, *, member: str | None) -> None:
    """Keeps the case again under other ids and numbers: of one member, or (None) each of somebody else."""
    copies = []
    for number in numbers:
        mark = f"{member or 'other'}-{number}"
        request = replace(case.requests[0], caller=mark, numbers=())
        items = [replace(each, authorization_number=f"PA-{mark}", reference_number=f"RN-{mark}") for each in case.items]
        other = replace(case, id=f"case-{mark}", member=member or mark, requests=(request,), items=tuple(items))
        copies.append(to_document(replace(other, version=1)))
    await asyncio.gather(*(store.create(document) for document in copies))


async def the_case(store: Store) -> Case:
    """The only case that is kept."""
    (document,) = (await store.find(CASE_KIND)).documents
    return from_document(document)


async def test_other_members_cases_cost_nothing(client: httpx2.AsyncClient, store: Store) -> None:
    given = await submit(client, a_request_bundle())
    case, number = await the_case(store), claim_response(given)["preAuthRef"]
    inquiries = [an_inquiry(), an_inquiry(an_inquiry_item(number=number))]
    await copy(store, case, range(10), member=None)
    few = [await inquired(store, body) for body in inquiries]
    await copy(store, case, range(10, 1000), member=None)

    many = [await inquired(store, body) for body in inquiries]

    assert [len(found) for found, _ in many] == [1, 1]
    assert [calls for _, calls in many] == [calls for _, calls in few]
    assert {calls["find"] for _, calls in many} == {many[0][1]["find"]}


async def test_a_member_of_many_cases_costs_one_page(client: httpx2.AsyncClient, store: Store) -> None:
    await submit(client, a_request_bundle())
    case = await the_case(store)
    await copy(store, case, range(100), member=case.member)

    found, calls = await inquired(store, an_inquiry())

    assert len(found) == 20
    assert calls["get_payload"] == 21
    (outcome,) = [entry["resource"] for entry in found[-1]["resource"]["entry"][-1:]]
    assert [issue["code"] for issue in outcome["issue"]] == ["incomplete"]


async def test_a_member_of_many_cases_that_do_not_fit_is_looked_through_to_an_end(
    client: httpx2.AsyncClient, store: Store
) -> None:
    await submit(client, a_request_bundle())
    case = await the_case(store)
    await copy(store, case, range(300), member=case.member)

    found, calls = await inquired(store, an_inquiry(an_inquiry_item(servicedDate="2020-01-01")))

    (bundle,) = [each["resource"] for each in found]
    assert "item" not in claim_response(bundle)
    assert claim_response(bundle)["request"]["extension"][0]["valueCode"] == "unknown"
    assert [issue["code"] for issue in bundle["entry"][-1]["resource"]["issue"]] == ["incomplete"]
    assert calls["get_payload"] == 210
