"""What is made anew in a kit's inputs, and what stays."""

from conformance.other_values import npi, with_other_values
from tests.builders.claims import a_claim, a_request_bundle, an_item

NPI = "http://hl7.org/fhir/sid/us-npi"


def test_the_published_number_of_the_algorithm_gets_its_check_digit() -> None:
    assert npi(123456789) == "1234567893"


def test_ids_addresses_identifiers_and_years_are_others_and_still_fit_together() -> None:
    provider = {"resourceType": "Organization", "id": "clinic", "name": "Clinic", "identifier": [a_number()]}
    claim = a_claim(an_item("E0607", servicedDate="2026-03-05"), id="first")
    claim["provider"] = {"reference": "https://ehr.test/fhir/Organization/clinic"}
    entries = [
        {"fullUrl": "https://ehr.test/fhir/Claim/first", "resource": claim},
        {"fullUrl": "https://ehr.test/fhir/Organization/clinic", "resource": provider},
    ]
    bundle = {"resourceType": "Bundle", "identifier": {"system": "urn:x", "value": "{run}-1"}, "entry": entries}
    filtered = {"extension": [{"url": "http://filter.test", "valueString": "org-identifier=1234567893"}]}

    made = with_other_values({"run": "{run}", "request": bundle, "subscription_resource": {"_criteria": filtered}})

    claim_entry, provider_entry = made["request"]["entry"]
    number = provider_entry["resource"]["identifier"][0]["value"]
    assert made["run"] == "{run}"
    assert made["request"]["identifier"]["value"] == "{run}-1"
    assert claim_entry["resource"]["provider"]["reference"] == provider_entry["fullUrl"]
    assert provider_entry["fullUrl"].endswith(f"/Organization/{provider_entry['resource']['id']}")
    assert provider_entry["resource"]["id"] != "clinic"
    assert number != "1234567893"
    assert number == npi(int(number[:9]))
    assert made["subscription_resource"]["_criteria"]["extension"][0]["valueString"] == f"org-identifier={number}"
    assert claim_entry["resource"]["item"][0]["servicedDate"] == "2027-03-05"
    assert claim_entry["resource"]["item"][0]["productOrService"] == claim["item"][0]["productOrService"]


def test_members_keep_what_the_payer_knows_them_by() -> None:
    bundle = a_request_bundle(a_claim(an_item("E0607")))

    made = with_other_values({"request": bundle})["request"]

    for before, after in zip(bundle["entry"], made["entry"], strict=True):
        if before["resource"]["resourceType"] in {"Patient", "Coverage"}:
            for element in ("identifier", "birthDate", "name", "subscriberId", "period"):
                assert after["resource"].get(element) == before["resource"].get(element)


def a_number() -> dict[str, str]:
    """A provider's number, as an identifier."""
    return {"system": NPI, "value": "1234567893"}
