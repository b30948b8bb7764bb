"""Real requests with any element replaced or removed: answered or refused, never a failure, never kept in part.

The payloads are the public kit's where they are at hand, and our own example.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.fhir import json
from server.pas.example import submit_example
from tests.builders.submit import send
from tests.shared import shared_or_none

Json = Any
Stored = Callable[[], dict[str, int]]
SECRET = "Zzyzx-Unmistakable"
VALUES = st.sampled_from(
    [None, True, 0, -1, 7, 2**40, "", " ", SECRET, "2026-02-30", "#", "urn:uuid:x", "Patient/x", [], {}, [[]], [None]]
    + [{"reference": SECRET}, {"coding": SECRET}, {"coding": [SECRET]}, [{"url": 5}], {"value": SECRET}, [SECRET, 1]]
)


def bodies() -> list[Json]:
    """The requests that are mutated."""
    folder = shared_or_none()
    files = sorted((folder / "spec" / "examples" / "pas").glob("server221_*_pa_submit_*.json")) if folder else []
    read = [json.read(file.read_bytes()) for file in files]
    return [submit_example(), *(body for each in read for body in (each if isinstance(each, list) else [each]))]


BODIES = bodies()


def places(value: Json, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield (*way, step)
        yield from places(child, (*way, step))


WAYS = [list(places(body)) for body in BODIES]


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """A request with one to three mutations."""
    number = draw(st.integers(0, len(BODIES) - 1))
    body = deepcopy(BODIES[number])
    for _ in range(draw(st.integers(1, 3))):
        mutate(body, draw(st.sampled_from(WAYS[number])), draw(st.booleans()), draw(VALUES))
    return body


def mutate(body: Json, way: tuple[Any, ...], remove: bool, value: Json) -> None:
    """Replaces or removes what is at the end of the way, if an earlier mutation left it there."""
    target = body
    try:
        for step in way[:-1]:
            target = target[step]
        if remove:
            del target[way[-1]]
        else:
            target[way[-1]] = deepcopy(value)
    except (KeyError, IndexError, TypeError):
        return


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=mutated())
async def test_a_mutated_request_is_answered_or_refused(
    client: httpx2.AsyncClient, stored: Stored, capfd: pytest.CaptureFixture[str], body: Json
) -> None:
    before = stored()

    response = await send(client, body)

    kind = response.json()["resourceType"]
    assert (response.status_code, kind) in {(200, "Bundle"), (400, "OperationOutcome"), (422, "OperationOutcome")}
    assert kind == "Bundle" or (stored() == before and SECRET not in response.text)
    assert SECRET not in "".join(capfd.readouterr())


@pytest.mark.slow
async def test_many_mutated_requests_at_once_leave_the_server_serving(client: httpx2.AsyncClient) -> None:
    source = random.Random(20261120)
    requests = []
    for _ in range(200):
        number = source.randrange(len(BODIES))
        body = deepcopy(BODIES[number])
        mutate(body, source.choice(WAYS[number]), source.random() < 0.5, SECRET)
        requests.append(body)

    responses = await asyncio.gather(*(send(client, body) for body in requests))

    assert {response.status_code for response in responses} <= {200, 400, 422}
    assert (await send(client, submit_example())).status_code == 200
