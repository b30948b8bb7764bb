"""What this feature serves: the payer's side of DTR.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/CapabilityStatement-dtr-payer-service.html
"""

from importlib.resources import files

from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.dtr.package_request import read_package_request
from server.dtr.questionnaire_package import QuestionnairePackage
from server.fhir import json
from server.fhir.codes import DTR
from server.members.port import Members
from server.storage.port import Store
from server.web.declare import FhirFeature, Operation

GUIDE = f"{DTR}/ImplementationGuide/hl7.fhir.us.davinci-dtr|2.2.0"
_PROFILE = f"{DTR}/StructureDefinition"
_EXAMPLES = {
    "For an order": "order.json",
    "By name": "canonical.json",
    "After an order-sign hook": "context.json",
}


def feature(*, store: Store, members: Members, content: CurrentContent, clock: Clock, ids: Ids) -> FhirFeature:
    """The declarations. Time comes with each request, so `clock` is not used."""
    package = QuestionnairePackage(store, members, content, ids)
    folder = files("server.dtr") / "examples"
    return FhirFeature(
        operations=(
            Operation(
                type="Questionnaire",
                name="questionnaire-package",
                definition=f"{DTR}/OperationDefinition/questionnaire-package",
                summary="The forms that an order needs, with their logic, value sets and a draft response.",
                handle=package.answer,
                takes=tuple(f"{_PROFILE}/dtr-qpackage-input-parameters|{release}" for release in ("2.2.0", "2.0.1")),
                gives=(f"{_PROFILE}/dtr-qpackage-output-parameters|2.2.0",),
                reads=read_package_request,
                examples={title: json.read((folder / name).read_bytes()) for title, name in _EXAMPLES.items()},
            ),
        ),
        guides=(GUIDE,),
    )
