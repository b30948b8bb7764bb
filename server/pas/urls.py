"""URLs of the PAS guide's profiles, extensions and code systems, named once.

Spec page: https://hl7.org/fhir/us/davinci-pas/artifacts.html
"""

from collections.abc import Mapping

from server.cases.case import Generation
from server.fhir.codes import PAS

_DEFINITION = f"{PAS}/StructureDefinition"
TEMP_CODES = f"{PAS}/CodeSystem/PASTempCodes"
INQUIRE = f"{PAS}/OperationDefinition/Claim-inquiry"
SUBMIT = f"{PAS}/OperationDefinition/Claim-submit"
GUIDE = f"{PAS}/ImplementationGuide/hl7.fhir.us.davinci-pas"

VERSIONS: Mapping[Generation, str] = {"2.2": "2.2.1", "2.0": "2.0.1"}
"""The version of the guide that each generation is."""

DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
INFO_CANCELLED = f"{_DEFINITION}/modifierextension-infoCancelled"


def profile(name: str) -> str:
    """The canonical of the profile `profile-[name]`."""
    return f"{_DEFINITION}/profile-{name}"


def extension(name: str) -> str:
    """The url of the extension `extension-[name]`."""
    return f"{_DEFINITION}/extension-{name}"


CERTIFICATION_TYPE = extension("certificationType")
REQUESTED_SERVICE = extension("requestedService")
AUTHORIZATION_NUMBER = extension("authorizationNumber")
REFERENCE_NUMBER = extension("administrationReferenceNumber")
DOCUMENT_INFORMATION = extension("documentInformation")
ITEM_TRACE_NUMBER = extension("itemTraceNumber")
LEVEL_OF_SERVICE = extension("levelOfServiceCode")
TRANSMISSION_IDENTIFIERS = extension("TransmissionIdentifiers")
INFO_CHANGED = extension("infoChanged")
REVIEW_ACTION = extension("reviewAction")
REVIEW_ACTION_CODE = extension("reviewActionCode")
