"""The examples of docs/pas.md: what is cut is marked, ids do not change from run to run, a stale page is noticed."""

import pytest

from tests.documents.excerpt import excerpt
from tests.documents.pas_page import PAGE, filled, with_counted_ids

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"


def test_an_excerpt_marks_what_it_leaves_out() -> None:
    claim = {
        "resourceType": "Claim",
        "use": "preauthorization",
        "item": [{"sequence": 1, "extension": [{"url": f"{PAS}/extension-a", "valueCode": "x"}, {"url": "b"}]}],
    }
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}, {"resource": claim}]}

    text = excerpt(bundle, "Claim.item.extension[a]")

    assert text == (
        '{"resourceType": "Claim", "item": [{"extension": [{"url": "…/extension-a", "valueCode": "x"}, …], …}], …}'
    )


def test_an_excerpt_without_paths_is_the_whole() -> None:
    assert excerpt({"id": "1", "total": 2, "entry": []}) == '{"id": "1", "total": 2, "entry": []}'


def test_ids_count_from_one_in_the_order_in_which_the_page_names_them() -> None:
    first, second = "0b0c1e8e-92b4-4a7e-8c7e-1f2a3b4c5d6e", "1b0c1e8e-92b4-4a7e-8c7e-1f2a3b4c5d6e"

    text = with_counted_ids(f"{second} PA000000000042 {first} {second}")

    assert text == (
        "00000001-0000-4000-8000-000000000001 PA000000000002 "
        "00000003-0000-4000-8000-000000000003 00000001-0000-4000-8000-000000000001"
    )


def test_a_place_takes_the_example_of_its_name_and_one_without_an_example_is_a_fault() -> None:
    page = "Before.\n<!-- example: new -->\nold\n<!-- end -->\nAfter."

    assert filled(page, {"new": "new\n"}) == page.replace("old", "new")
    with pytest.raises(KeyError):
        filled(page, {})


def test_the_page_shows_every_operation() -> None:
    text = PAGE.read_text(encoding="utf-8")

    calls = ("Claim/$submit", "Claim/$inquire", "$submit-attachment", "Subscription", "ClaimResponse")

    assert [call for call in calls if f"\nPOST /fhir/{call}\n" not in text and f"\nGET /fhir/{call}" not in text] == []
