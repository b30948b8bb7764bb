"""What hooks write onto orders is held against CRD in the version of the answer; a spoiled answer fails."""

from copy import deepcopy
from typing import Any

import httpx2
import pytest

from server.bases import gates_of
from server.crd.parts import parts_of_answer
from server.fhir import json
from server.profiles import Profiles
from server.settings import Settings
from server.web.gate import InvalidAnswer
from server.web.hook_gate import HookGate
from tests.builders.hooks import a_device_request, a_hook_call

Json = Any
VERSIONS = ["2.0", "2.1", "2.2"]


@pytest.fixture
def gate(app_settings: Settings, profiles: Profiles) -> HookGate:
    """The gate of the hooks, as the application makes it."""
    gates = gates_of(app_settings, profiles, lambda *_: None)
    return HookGate({str(version): each for version, each in gates.items()})


async def answer_in(client: httpx2.AsyncClient, version: str) -> Json:
    """The answer about one order."""
    call = a_hook_call(a_device_request("E1390"), version=version)
    response = await client.post(
        "/cds-services/order-sign-crd", content=json.write(call), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 200, response.text
    return json.read(response.content)


def _without_code(order: Json) -> None:
    del order["codeCodeableConcept"]


def _of_another_status(order: Json) -> None:
    order["status"] = "signed"


def _with_a_part_that_is_no_extension(order: Json) -> None:
    order["extension"][0]["extension"].append({"url": "covered", "valueCode": True})


def _with_a_part_without_url(order: Json) -> None:
    order["extension"][0]["extension"].append({"valueCode": "covered"})


@pytest.mark.parametrize(
    "spoil", [_without_code, _of_another_status, _with_a_part_that_is_no_extension, _with_a_part_without_url]
)
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_spoiled_order_fails_in_every_version(
    client: httpx2.AsyncClient, gate: HookGate, version: str, spoil: Any
) -> None:
    answered = await answer_in(client, version)
    spoiled = deepcopy(answered)
    spoil(spoiled["systemActions"][0]["resource"])

    await gate.answered("order-sign", version, parts_of_answer(answered, version))

    with pytest.raises(InvalidAnswer, match="DeviceRequest"):
        await gate.answered("order-sign", version, parts_of_answer(spoiled, version))
