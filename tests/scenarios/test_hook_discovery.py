"""Discovery says what is served, what is to be prefetched and what can be configured.

https://cds-hooks.hl7.org/#discovery
"""

import re
from pathlib import Path

import httpx2
import pytest

from server.crd.hook import Hook
from server.crd.hooks.order_sign import ORDER_SIGN
from server.crd.hooks.registry import HOOKS
from server.fhir import json
from tests.builders.hooks import Json, told
from tests.scenarios.hook_calls import PATH, call
from tests.shared import shared


async def services(client: httpx2.AsyncClient) -> list[Json]:
    """The services of the discovery document."""
    response = await client.get("/cds-services", headers={"Accept": "application/json"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    assert list(response.json()) == ["services"]
    return response.json()["services"]


@pytest.mark.requirement("cds-hooks_2.0@5")
@pytest.mark.requirement("cds-hooks_2.0@6")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-1")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-2")
async def test_every_registered_hook_is_declared_with_its_versions(client: httpx2.AsyncClient) -> None:
    found = await services(client)

    assert [(service["hook"], service["id"]) for service in found] == [(hook.hook, hook.id) for hook in HOOKS]
    assert len({service["id"] for service in found}) == len(found)
    for service in found:
        assert service["extension"]["davinci-crd.version"] == ["2.0", "2.1", "2.2"]
        assert service["title"]
        assert service["description"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.id)
def test_every_registered_hook_is_played_by_a_scenario(hook: Hook) -> None:
    scenario = Path(__file__).with_name(f"test_hook_{hook.hook.replace('-', '_')}.py")

    assert scenario.is_file()


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-4")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-5")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-7")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-8")
async def test_options_are_complete_and_unique(client: httpx2.AsyncClient) -> None:
    (service,) = await services(client)

    options = service["extension"]["davinci-crd.configuration-options"]
    assert [(option["code"], option["type"], option["default"]) for option in options] == [
        ("coverage-info", "boolean", True),
        ("guideline", "boolean", True),
        ("limits", "boolean", True),
        ("max-cards", "integer", 10),
    ]
    for element in ("code", "name", "description"):
        assert len({option[element] for option in options}) == len(options)


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-24")
async def test_a_template_uses_only_keys_that_come_before_it(client: httpx2.AsyncClient) -> None:
    (service,) = await services(client)

    keys = list(service["prefetch"])
    for position, template in enumerate(service["prefetch"].values()):
        assert set(re.findall(r"%(\w+)", template)) <= set(keys[:position])


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-29")
def test_the_templates_are_those_of_the_guide() -> None:
    digest = (shared() / "spec" / "crd.md").read_text()
    standard = json.read(re.search(r"^## order-select .*?```json\n(.*?)```", digest, re.S | re.M)[1].encode())  # type: ignore[index]

    ours = dict(ORDER_SIGN.prefetch)

    assert {key: ours.pop(key) for key in standard} == standard
    assert list(ours) == ["payers"]


async def test_the_example_of_the_documentation_is_answered(client: httpx2.AsyncClient) -> None:
    documented = (await client.get("/openapi.json")).json()
    content = documented["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    example = content.get("example") or next(iter(content["examples"].values()))["value"]

    answer = await call(client, example)

    assert [repetition["pa-needed"] for repetition in told(answer).values()] == [["auth-needed"]]


@pytest.mark.requirement("cds-hooks_2.0@208")
@pytest.mark.parametrize("path", ["/cds-services", PATH, f"{PATH}/feedback"])
async def test_a_browser_may_ask_first(client: httpx2.AsyncClient, path: str) -> None:
    headers = {
        "Origin": "https://ehr.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, authorization",
    }

    response = await client.options(path, headers=headers)

    assert response.status_code in (200, 204)
    assert response.headers["access-control-allow-origin"] in ("*", "https://ehr.example")
    assert "POST" in response.headers["access-control-allow-methods"]
