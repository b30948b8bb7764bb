"""`passage case work|claim|release|decide`: the same rules on the store and at a server."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from server.app import create_app
from server.cli.demo.claim_bundle import request_bundle
from server.cli.demo.local_server import local_server
from server.cli.demo.record import load_record
from server.cli.main import app
from server.clock import Ids, system_clock
from server.fhir import json
from server.settings import Settings

Json = Any

FHIR = {"Content-Type": "application/fhir+json"}
NURSE = ("--by", "nurse-1", "--as", "nurse")
PHYSICIAN = (
    *("--by", "physician-1", "--as", "physician"),
    *("--licence", "MD-200", "--specialty", "Physical medicine", "--npi", "1992837465"),
)
DENIAL = ("--reason", "0F", "--criterion", "wheelchair-review", "--note", "The patient walks 100 m with a cane.")


def a_request() -> tuple[bytes, str]:
    """A new request that a person decides, and the identifier of its Bundle."""
    record = load_record("referred", datetime.now(UTC).date())
    bundle = request_bundle(record, record.order, None, system_clock(), Ids())
    return json.write(bundle), bundle["identifier"]["value"]


@pytest.fixture(params=["store", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[tuple[str, ...], str]]:
    """The options that name a store or a server with one pended case, and the identifier of its Bundle."""
    body, asked = a_request()
    if request.param == "store":
        store = f"sqlite:///{tmp_path}/passage.db"
        asyncio.run(_submit_in_process(store, body))
        yield ("--store", store), asked
    else:
        with local_server() as origin:
            httpx2.post(f"{origin}/fhir/Claim/$submit", content=body, headers=FHIR).raise_for_status()
            yield ("--url", origin), asked


async def _submit_in_process(store: str, body: bytes) -> None:
    server = create_app(Settings(store_url=store, reload_seconds=0), clock=system_clock, ids=Ids())
    transport = httpx2.ASGITransport(app=server)
    async with server.router.lifespan_context(server), httpx2.AsyncClient(transport=transport) as client:
        (await client.post("http://passage.test/fhir/Claim/$submit", content=body, headers=FHIR)).raise_for_status()


def run(*arguments: str, **environment: str) -> Result:
    """The result of a case command on a wide terminal."""
    return CliRunner().invoke(app, ["case", *arguments], env={"COLUMNS": "200", **environment})


def pended(where: tuple[str, ...], asked: str) -> Json:
    """The row of the case."""
    (row,) = json.read(run("work", "--find", asked, "--json", *where).stdout.encode())["cases"]
    return row


def test_a_person_works_through_a_case(place: tuple[tuple[str, ...], str]) -> None:
    where, asked = place
    id = pended(where, asked)["id"]

    listed = run("work", "--owner", "dme-review", *where)
    claimed = run("claim", id, *NURSE, *where)
    refused = run("decide", id, "deny", *NURSE, *DENIAL, *where)
    referred = run("decide", id, "refer", *NURSE, "--summary", "The need is not clear.", *where)
    released = run("release", id, *NURSE, *where)
    denied = run("decide", id, "deny", *PHYSICIAN, *DENIAL, "--json", *where)
    again = run("decide", id, "approve", *PHYSICIAN, "--item", "1", *where)
    empty = run("work", *where)

    assert [each.exit_code for each in (listed, claimed, referred, released, denied, empty)] == [0] * 6, [
        each.output for each in (listed, claimed, referred, released, denied)
    ]
    assert id in listed.stdout
    assert "1 E1223 A4" in listed.stdout
    assert "nurse-1" in claimed.stdout
    assert refused.exit_code == 1
    assert "Item 1: Your role may not deny; these may: physician, medical-director." in refused.stderr
    assert "physician-review" in referred.stdout
    row = json.read(denied.stdout.encode())
    assert (row["state"], row["items"][0]["review_action"], row["claimed_by"]) == ("determined", "A3", None)
    assert again.exit_code == 1
    assert "The case is not pended" in again.stderr
    assert "Nothing waits for a person." in empty.stdout


def test_an_approval_prints_its_number(place: tuple[tuple[str, ...], str]) -> None:
    where, asked = place
    id = pended(where, asked)["id"]
    environment = {"PASSAGE_REVIEWER": "nurse-1", "PASSAGE_REVIEWER_ROLE": "nurse"}

    result = run("decide", id, "approve", "--valid-to", "2099-12-31", *where, **environment)

    (number,) = [part for part in result.stdout.replace(",", " ").split() if part.startswith("PA")]
    assert result.exit_code == 0, result.output
    assert pended(where, number)["state"] == "determined"


def test_what_is_wrong_is_a_sentence_each(place: tuple[tuple[str, ...], str]) -> None:
    where, asked = place
    row = pended(where, asked)

    unknown = run("decide", "unheard-of", "approve", *NURSE, *where)
    stale = run("decide", row["id"], "approve", *NURSE, "--case-version", "7", *where)
    shape = run("decide", row["id"], "extend", *PHYSICIAN, "--due", "tomorrow", "--ground", "member-asked", *where)
    element = run("decide", row["id"], "modify", *PHYSICIAN, "--element", "servicedDate=tomorrow", *where)

    assert [each.exit_code for each in (unknown, stale, shape, element)] == [1, 1, 1, 2]
    assert "There is no case with this id" in unknown.stderr
    assert "The case was changed since you read it" in stale.stderr
    assert "items.0.extend.due" in shape.stderr
    assert "--element" in element.stderr


def test_nothing_at_the_url_is_a_sentence(tmp_path: Path) -> None:
    result = run("work", "--url", "http://127.0.0.1:9")

    assert result.exit_code == 1
    assert "http://127.0.0.1:9 does not answer as Passage does" in result.stderr


def test_the_decisions_are_of_the_store_that_the_settings_name(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/passage.db"
    body, asked = a_request()
    asyncio.run(_submit_in_process(store, body))

    found = run("work", "--find", asked, "--json", PASSAGE_STORE_URL=store)

    assert "PASSAGE_STORE_URL" not in os.environ
    assert len(json.read(found.stdout.encode())["cases"]) == 1
