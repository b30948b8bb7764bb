"""What the shipped facts leave open is asked of a terminology server between passes: here a real one, close by."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from server.fhir import json
from server.fhir.terminology.learned import LearnedTerminology, Question
from server.fhir.validation.validate import Validator, open_validator
from server.settings import content_root
from server.terminology.remote import FAILURES, PAUSE_SECONDS, RemoteTerminology, result_of
from tests.builders.validation import an_observation, shipped

LOINC = "http://loinc.org"
Json = Any


@dataclass
class _Server:
    """Knows one code of LOINC, and may be told to fail."""

    status: int = 200
    wait_seconds: float = 0
    body: bytes | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append({"path": request.path, **request.query})
        await asyncio.sleep(self.wait_seconds)
        result = {"name": "result", "valueBoolean": request.query["code"] == "2703-7"}
        body = self.body or json.write({"resourceType": "Parameters", "parameter": [result]})
        return web.Response(body=body, status=self.status, content_type="application/fhir+json")


@asynccontextmanager
async def _served(server: _Server) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/fhir/{tail:.*}", server.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/fhir"
    finally:
        await runner.cleanup()


def _validator() -> tuple[Validator, LearnedTerminology]:
    learned = LearnedTerminology(shipped().terminology)
    return open_validator(content_root() / "profiles", terminology=learned), learned


def _loinc(code: str) -> Json:
    return an_observation(code={"coding": [{"system": LOINC, "code": code}]})


def _told(validator: Validator, resource: Json) -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in validator.validate(resource).findings]


UNCHECKED = [("information", "code-system-unchecked")]


@pytest.mark.parametrize(("code", "expected"), [("2703-7", []), ("0-0", [("error", "code-unknown")])])
async def test_a_second_pass_knows_what_the_server_said(code: str, expected: list[tuple[str, str]]) -> None:
    validator, learned = _validator()
    server = _Server()
    async with _served(server) as url:
        remote = RemoteTerminology(learned, url, lambda: 0.0)
        before = _told(validator, _loinc(code))
        first = await remote.learn()
        after = _told(validator, _loinc(code))
        second = await remote.learn()

    assert (before, first, after, second) == (UNCHECKED, True, expected, False)
    assert server.asked == [{"path": "/fhir/CodeSystem/$validate-code", "url": LOINC, "code": code}]


@pytest.mark.parametrize(
    "server",
    [
        _Server(status=500),
        _Server(status=429),
        _Server(body=b"no json"),
        _Server(wait_seconds=1),
        _Server(status=404),
        _Server(
            body=b'{"parameter": [{"name": "x-caused-by-unknown-system"}, {"name": "result", "valueBoolean": false}]}'
        ),
    ],
)
async def test_a_server_that_fails_or_does_not_know_leaves_the_code_unchecked(server: _Server) -> None:
    validator, learned = _validator()
    async with _served(server) as url:
        remote = RemoteTerminology(learned, url, lambda: 0.0, timeout_seconds=0.3)
        _told(validator, _loinc("0-0"))
        learned_more = await remote.learn()

    assert (learned_more, _told(validator, _loinc("0-0"))) == (False, UNCHECKED)


async def test_nobody_there_is_no_error() -> None:
    validator, learned = _validator()
    async with _served(_Server()) as url:
        pass
    _told(validator, _loinc("0-0"))

    assert await RemoteTerminology(learned, url, lambda: 0.0, timeout_seconds=1).learn() is False


async def test_after_some_failures_the_server_is_left_alone_for_a_while() -> None:
    learned = LearnedTerminology(shipped().terminology)
    server, now = _Server(status=503), [0.0]
    counts = []
    async with _served(server) as url:
        remote = RemoteTerminology(learned, url, lambda: now[0])
        for seconds in (0.0, 1.0, 2.0, 3.0, 3.0 + PAUSE_SECONDS):
            now[0] = seconds
            learned.answer(Question(LOINC, "2703-7"))
            await remote.learn()
            counts.append(len(server.asked))
        server.status = 200
        learned.answer(Question(LOINC, "2703-7"))
        recovered = await remote.learn()

    assert counts == [1, 2, FAILURES, FAILURES, FAILURES + 1]
    assert (recovered, learned.answer(Question(LOINC, "2703-7"))) == (True, True)


async def test_a_code_of_a_value_set_is_asked_with_its_system() -> None:
    canonical = "http://hl7.org/fhir/us/core/ValueSet/us-core-encounter-type"
    learned = LearnedTerminology(shipped().terminology)
    bound = learned.value_set(canonical)
    server = _Server()
    async with _served(server) as url:
        remote = RemoteTerminology(learned, url, lambda: 0.0)
        assert bound is not None
        before = bound.has("http://snomed.info/sct", "2703-7")
        await remote.learn()

    assert (before, bound.has("http://snomed.info/sct", "2703-7")) == (None, True)
    assert server.asked == [
        {
            "path": "/fhir/ValueSet/$validate-code",
            "url": canonical,
            "system": "http://snomed.info/sct",
            "code": "2703-7",
        }
    ]


def test_a_system_that_no_guide_names_is_never_asked_for_nor_repeated() -> None:
    validator, learned = _validator()
    observation = an_observation(code={"coding": [{"system": "http://zanzibar.test/private", "code": "x"}]})

    found = validator.validate(observation).findings

    assert [(one.message, "zanzibar" in one.text) for one in found] == [("code-system-unchecked", False)]
    assert learned.wanted() == []


def test_what_is_remembered_is_bounded() -> None:
    learned = LearnedTerminology(shipped().terminology)

    for number in range(20_010):
        learned.remember(Question(LOINC, str(number)), True)
        learned.answer(Question(LOINC, f"x{number}"))

    assert learned.answer(Question(LOINC, "0")) is None
    assert learned.answer(Question(LOINC, "20009")) is True
    assert len(learned.wanted()) == 500


@pytest.mark.parametrize("body", [None, [], {}, {"parameter": [{"name": "result", "valueString": "true"}]}])
def test_an_answer_of_another_shape_says_nothing(body: Json) -> None:
    assert result_of(body) is None
