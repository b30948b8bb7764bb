"""References of a resource that is read out of its Bundle."""

from typing import Any

import pytest

from server.fhir import json
from server.rest.links import by_type_and_id, linked, links_of
from server.rest.part_id import case_of, part_id
from server.storage.port import Entry

Json = Any
CASE = "00000000-0000-4000-8000-000000000001"
PROVIDER = "https://ehr.example/fhir"
LINKS = {f"{PROVIDER}/Patient/1": "Patient/ours", "urn:uuid:2": "Organization/ours"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Patient/1", "Patient/ours"),
        (f"{PROVIDER}/Patient/1", "Patient/ours"),
        (f"{PROVIDER}/Patient/1/_history/3", "Patient/ours"),
        ("urn:uuid:2", "Organization/ours"),
        ("Patient/2", f"{PROVIDER}/Patient/2"),
        ("https://other.example/fhir/Patient/1", "https://other.example/fhir/Patient/1"),
        ("#contained", "#contained"),
        ('odd "quoted" \\ text/ü', 'odd "quoted" \\ text/ü'),
    ],
)
def test_a_reference_leads_to_what_is_read_here_and_else_stays_what_it_means(written: str, read: str) -> None:
    resource = {"a": [{"reference": written, "display": "kept"}], "b": {"c": {"reference": written}}}

    found = json.read(linked(json.write(resource), f"{PROVIDER}/Claim/1", LINKS))

    assert found == {"a": [{"reference": read, "display": "kept"}], "b": {"c": {"reference": read}}}


@pytest.mark.parametrize(
    "resource",
    [
        {"text": '"reference":"Patient/1"', "reference ": "Patient/1", "xreference": "Patient/1"},
        {"reference": {"reference": 1}, "value": "reference"},
        {"reference": ["Patient/1"]},
        {"text": '\\"reference\\":\\"Patient/1\\"'},
    ],
)
def test_what_is_no_literal_reference_stays(resource: Json) -> None:
    written = json.write(resource)

    assert linked(written, f"{PROVIDER}/Claim/1", LINKS) == written


def test_an_entry_has_its_own_id_and_the_rest_an_id_of_their_case() -> None:
    bundle = {
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Claim", "id": "c"}},
            {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Patient", "id": "p"}},
            {"fullUrl": f"{PROVIDER}/Basic/3", "resource": {"resourceType": "Basic"}},
            {"fullUrl": f"{PROVIDER}/Patient/4", "resource": {"resourceType": "Patient"}},
            {"resource": {"resourceType": "Patient"}},
            {"fullUrl": "urn:uuid:6"},
        ]
    }
    entries = [Entry("Claim", "ours", "d1", 0, "2026"), Entry("Task", "other", "d2", 1, "2026")]

    links = links_of(bundle, "d1", entries, CASE, {"Claim", "Patient"})

    second, fourth = part_id(CASE, "urn:uuid:2"), part_id(CASE, f"{PROVIDER}/Patient/4")
    assert links == {
        "urn:uuid:1": "Claim/ours",
        "urn:uuid:2": f"Patient/{second}",
        f"{PROVIDER}/Patient/4": f"Patient/{fourth}",
    }
    assert by_type_and_id(bundle, links) == {
        "Claim/c": "Claim/ours",
        "Patient/p": f"Patient/{second}",
        "Patient/4": f"Patient/{fourth}",
    }


def test_an_id_tells_its_case() -> None:
    made = part_id(CASE, "urn:uuid:2")

    assert (case_of(made), len(made)) == (CASE, 57)
    assert [case_of(each) for each in (CASE, f"{CASE}.1", f".{'a' * 20}", "a.b.c")] == [None] * 4
