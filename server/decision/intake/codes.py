"""Reads Codings as the decision's codes, systems that are the same under several names made one.

Spec page: https://hl7.org/fhir/R4/datatypes.html#CodeableConcept
"""

from collections.abc import Iterable

from server.decision.request import Code
from server.fhir.codes import HCPCS, HCPCS_THO
from server.fhir.element import Element

_ALIASES = {
    HCPCS_THO: HCPCS,
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": HCPCS,
    "https://bluebutton.cms.gov/resources/codesystem/hcpcs": HCPCS,
    "urn:oid:2.16.840.1.113883.6.285": HCPCS,
    "urn:oid:2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "urn:oid:2.16.840.1.113883.6.1": "http://loinc.org",
    "urn:oid:2.16.840.1.113883.6.90": "http://hl7.org/fhir/sid/icd-10-cm",
    "urn:oid:2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "urn:oid:2.16.840.1.113883.6.88": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
"""Names that FHIR servers are known to use for a code system besides its canonical one."""


def canonical_system(system: str) -> str:
    """The one name by which rules know the code system."""
    return _ALIASES.get(system, system)


def coding(element: Element) -> Code | None:
    """The code of a Coding; None when it has no code, or no system and so no meaning."""
    system, code = element.text("system"), element.text("code")
    return Code(canonical_system(system), code, element.text("display")) if system and code else None


def codes(concepts: Iterable[Element | None]) -> tuple[Code, ...]:
    """The codes of CodeableConcepts in their order, each once; what is absent (None) is left out."""
    found = (coding(each) for concept in concepts if concept for each in concept.children("coding"))
    return tuple(dict.fromkeys(code for code in found if code))
