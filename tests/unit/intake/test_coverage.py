"""How a request names the member and the payer."""

from server.decision.intake.coverage import first_identifiers, member_identifiers
from server.fhir.element import Element
from server.fhir.identifier import Identifier
from tests.builders.claims import MEMBER, a_concept, a_coverage, a_patient, an_organization

NPI = "http://hl7.org/fhir/sid/us-npi"


def test_the_member_is_named_by_the_patient_and_by_the_member_numbers_of_the_coverage() -> None:
    number = a_concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MB")
    identifiers = [
        {"system": "https://ehr.example/policy", "value": "POLICY-1"},
        {"type": number, "system": MEMBER, "value": "PSG-1001"},
        {"type": number, "system": MEMBER},
    ]
    coverage = a_coverage("S-1", identifier=identifiers)

    found = member_identifiers(Element(a_patient("PSG-1001"), "Patient"), Element(coverage, "Coverage"))

    assert found == (
        Identifier("https://ehr.example/mrn", "MRN-77"),
        Identifier(MEMBER, "PSG-1001"),
        Identifier(None, "S-1"),
    )


def test_without_coverage_the_patient_alone_names_the_member() -> None:
    found = member_identifiers(Element(a_patient("PSG-1001"), "Patient"), None)

    assert found == (Identifier("https://ehr.example/mrn", "MRN-77"), Identifier(MEMBER, "PSG-1001"))


def test_the_payer_is_named_by_the_first_organization_that_has_an_identifier() -> None:
    nameless = Element(an_organization("a", "1", "A", identifier=None), "Organization")
    named = Element(an_organization("b", "1234567893", "B"), "Organization")

    assert first_identifiers(None, nameless, named) == (Identifier(NPI, "1234567893"),)
    assert first_identifiers(nameless) == ()
