"""The pages for people: what runs here, who to try, what was decided and why."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import httpx2

from server.cli.demo.claim_bundle import request_bundle
from server.cli.demo.record import load_record
from server.fhir import json
from server.fhir.json import Json
from tests.scenarios.conftest import NOW, MakeClient, repeatable_ids

FHIR = {"Content-Type": "application/fhir+json"}


class Text(HTMLParser):
    """The text of a page, and where its links go."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        """Keeps the text."""
        self.pieces.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps the address of a link."""
        self.links += [value for name, value in attrs if name == "href" and value]

    def __str__(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.pieces))


async def submitted(client: httpx2.AsyncClient, name: str, **patient: Json) -> Json:
    """The ClaimResponse to the request of a demo record."""
    record = load_record(name, NOW.date())
    record.one("Patient").update(patient)
    bundle = request_bundle(record, record.order, None, NOW, repeatable_ids())
    answer = await client.post("/fhir/Claim/$submit", content=json.write(bundle), headers=FHIR)
    assert answer.status_code == 200
    return json.read(answer.content)["entry"][0]["resource"]


async def test_the_start_page_says_what_runs_here_and_links_to_it(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/")

    page = Text(answer.text)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "http://passage.test/fhir" in str(page)
    assert "/2.0.1/fhir/metadata" in page.links
    assert "passage demo --url http://passage.test" in str(page)
    assert "home-oxygen" in str(page)
    for link in ("/fhir/metadata", "/cds-services", "/docs", "/health/ready", "/passage.css"):
        assert link in page.links
    assert [link for link in page.links if (await client.get(link)).status_code != 200] == []


async def test_the_demo_members_say_what_to_try(client: httpx2.AsyncClient) -> None:
    page = str(Text((await client.get("/")).text))

    assert "PSG-1001 Order home oxygen, HCPCS E1390, with a blood gas of PaO2 54 mm[Hg] at rest" in page
    assert "Emery Placeholder, born 1958-06-21 · medicare-advantage from 2018-01-01 to 2025-12-31" in page
    assert page.count("PSG-10") == 8


async def test_no_member_is_shown_when_the_demo_is_off(make_client: MakeClient) -> None:
    await make_client()
    client = await make_client(demo=False)

    page = str(Text((await client.get("/")).text))

    assert "PSG-1001" not in page
    assert "Demo members" not in page


async def test_a_case_is_listed_and_explained(client: httpx2.AsyncClient) -> None:
    await submitted(client, "excluded")

    listed = Text((await client.get("/")).text)
    (link,) = (each for each in listed.links if each.startswith("/cases/"))
    answer = await client.get(link)

    page = str(Text(answer.text))
    assert answer.status_code == 200
    assert "A9270 excluded" in str(listed)
    assert "1 in all, the newest first." in str(listed)
    assert "Non-covered items and services: not a benefit of the contract." in page
    assert "What would change the answer" in page
    assert "2026-11-20 15:00 UTC" in page


async def test_a_pended_case_names_criteria_evidence_and_questions(client: httpx2.AsyncClient) -> None:
    response = await submitted(client, "pended")

    page = str(Text((await client.get(f"/cases/{response['id']}")).text))

    assert "pended" in page
    assert "group-1-pao2" in page
    assert "What is missing" in page
    assert "CMS National Coverage Determination 240.2" in page


async def test_a_request_that_could_not_be_processed_is_shown_as_an_error(client: httpx2.AsyncClient) -> None:
    nobody = [{"system": "https://passage.example/member", "value": "NOBODY"}]
    response = await submitted(client, "excluded", identifier=nobody)

    listed = Text((await client.get("/")).text)
    page = str(Text((await client.get(f"/cases/{response['id']}")).text))

    assert response["outcome"] == "error"
    assert "error" in str(listed)
    assert "Could not be processed" in page


async def test_an_unknown_case_is_a_page_of_its_own(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/cases/nothing-here")

    assert answer.status_code == 404
    assert "No case has this id" in str(Text(answer.text))


async def test_pages_escape_what_a_request_brought_and_load_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    record = load_record("pended", NOW.date())
    record.order["codeCodeableConcept"]["coding"][0]["display"] = "<script>alert(1)</script>"
    bundle = request_bundle(record, record.order, None, NOW, repeatable_ids())
    await client.post("/fhir/Claim/$submit", content=json.write(bundle), headers=FHIR)
    (link,) = (each for each in Text((await client.get("/")).text).links if each.startswith("/cases/"))

    answer = await client.get(link)

    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_the_page_names_the_public_address_when_one_is_set(make_client: MakeClient) -> None:
    client = await make_client(base_url="https://pa.payer.example", clock=lambda: datetime(2027, 1, 1, tzinfo=UTC))

    page = str(Text((await client.get("/")).text))

    assert "https://pa.payer.example/fhir" in page
    assert "Read at 2027-01-01 00:00 UTC." in page
