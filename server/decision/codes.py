"""Code systems as the decision compares them: short names for authors, and one URI where a system has several.

HCPCS is written with several URIs in practice (the guides' own, the same with https, that of terminology.hl7.org, an
OID); a rule that named one of them and a request that named another would silently miss each other.
"""

from collections.abc import Mapping

from server.decision.request import Code
from server.fhir.codes import CPT, HCPCS, HCPCS_THO, ICD10CM, LOINC, NDC, RXNORM, SNOMED, UCUM, X12_SERVICE_TYPE

PLACE_OF_SERVICE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
OWN_CONTENT = "https://passage.example/fhir/"

SYSTEMS: Mapping[str, str] = {
    "hcpcs": HCPCS,
    "cpt": CPT,
    "icd10cm": ICD10CM,
    "loinc": LOINC,
    "snomed": SNOMED,
    "rxnorm": RXNORM,
    "ndc": NDC,
    "ucum": UCUM,
    "x12-service-type": X12_SERVICE_TYPE,
    "place-of-service": PLACE_OF_SERVICE,
}
"""Short names that policies and plans may write instead of a URI."""

_ALIASES: Mapping[str, str] = {
    HCPCS_THO: HCPCS,
    HCPCS.replace("http://", "https://"): HCPCS,
    "http://terminology.hl7.org/CodeSystem/HCPCS": HCPCS,
    "https://bluebutton.cms.gov/resources/codesystem/hcpcs": HCPCS,
    "urn:oid:2.16.840.1.113883.6.285": HCPCS,
    "https://codesystem.x12.org/external/1365": X12_SERVICE_TYPE,
    PLACE_OF_SERVICE.replace("https://", "http://"): PLACE_OF_SERVICE,
}


def canonical(code: Code) -> Code:
    """The code with the one URI by which the decision knows its system."""
    system = _ALIASES.get(code.system)
    return code if system is None else Code(system, code.code, code.display)


def read_code(text: str, display: str | None = None) -> Code:
    """The code that an author wrote as `system|code`, the system by its short name or its URI."""
    system, _, code = text.rpartition("|")
    return canonical(Code(SYSTEMS.get(system, system), code, display))


def is_known_system(system: str) -> bool:
    """Whether content may use the code system: one of ours by name, or one that our own content defines."""
    return system in SYSTEMS.values() or system.startswith(OWN_CONTENT)
