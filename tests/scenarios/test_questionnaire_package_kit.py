"""The package requests of the public DTR kit, as they are: each gets an answer, and the right one."""

import re
from typing import Any

import httpx2
import pytest

from server.content.load import load_content
from server.fhir import json
from server.fhir.identifier import Identifier
from server.members.local import LocalMembers
from server.members.port import MemberQuery
from server.settings import Settings
from server.storage.connect import connect
from server.storage.port import Document
from tests.scenarios.conftest import NOW
from tests.scenarios.dtr_package import ask, draft, extensions, outcome, packages
from tests.shared import shared


def _blocks(heading: str) -> list[Any]:
    """The JSON blocks of a section of the kit's digest."""
    text = (shared() / "spec" / "dtr-kit.md").read_text(encoding="utf-8")
    section = text.split(f"### {heading}", 1)[1].split("\n### ", 1)[0]
    return [json.read(block.encode()) for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]


@pytest.fixture
def requests() -> list[Any]:
    """By canonical, by order, by context."""
    (found,) = _blocks("6.4")
    return list(found)


async def test_canonicals_of_another_payer_are_warnings(client: httpx2.AsyncClient, requests: list[Any]) -> None:
    answer = await ask(client, requests[0])

    assert packages(answer) == []
    assert outcome(answer) == [
        ("warning", "not-found", ["Parameters.parameter[1].value"]),
        ("warning", "not-found", ["Parameters.parameter[2].value"]),
    ]


async def test_the_kits_request_by_name_gets_the_form_that_it_names(
    client: httpx2.AsyncClient, requests: list[Any]
) -> None:
    ours = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"
    request = requests[0]
    request["parameter"][1]["valueCanonical"] = ours

    answer = await ask(client, request)

    (bundle,) = packages(answer)
    assert draft(bundle)["questionnaire"] == ours
    assert [severity for severity, _, _ in outcome(answer)] == ["warning"]


async def test_the_kits_order_gets_its_form(client: httpx2.AsyncClient, requests: list[Any]) -> None:
    answer = await ask(client, requests[1])

    (bundle,) = packages(answer)
    assert draft(bundle)["questionnaire"].startswith("https://passage.example/fhir/Questionnaire/home-oxygen|")
    assert extensions(draft(bundle), "qr-context") == [{"reference": "DeviceRequest/d1"}]
    assert extensions(draft(bundle), "qr-coverage") == [{"reference": "Coverage/cov1"}]
    assert draft(bundle)["subject"] == {"reference": "Patient/p1"}


async def test_the_kits_context_gets_its_form_when_we_gave_it(
    client: httpx2.AsyncClient, app_settings: Settings, requests: list[Any]
) -> None:
    store = connect(app_settings.store_url.get_secret_value(), mongodb_driver="pymongo", clock=lambda: NOW)
    await store.start()
    members = LocalMembers(store, lambda: load_content(app_settings.content_path, demo=True))
    membership = await members.find(MemberQuery((Identifier(None, "PFP123450000"),)))
    member = membership.enrolments[0].member_id
    body = {
        "member": member,
        "patient": "Patient/p1",
        "coverage": "Coverage/cov1",
        "order": {"reference": "DeviceRequest/d1"},
        "forms": ["https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"],
        "pa_needed": "auth-needed",
        "doc_needed": ["clinical"],
    }
    await store.create(Document("assertion", "DEMO-CONTEXT-1", body, "2026-11-20T14:00:00.000Z"))
    await store.close()

    answer = await ask(client, requests[2])

    (bundle,) = packages(answer)
    assert extensions(draft(bundle), "qr-context") == [{"reference": "DeviceRequest/d1"}]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-130")
async def test_the_kits_unknown_context_is_refused(client: httpx2.AsyncClient) -> None:
    request = _blocks("6.6")[0]

    answer = await ask(client, request, 404)

    assert outcome(answer) == [("error", "not-found", ["Parameters.parameter.where(name = 'context').value"])]
