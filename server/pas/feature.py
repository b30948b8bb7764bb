"""What PAS serves: the operation Claim/$submit.

Spec page: https://hl7.org/fhir/us/davinci-pas/CapabilityStatement-IntermediaryCapabilities.html
"""

from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.members.port import Members
from server.pas.example import submit_example
from server.pas.request_bundle import read_submission
from server.pas.submit import Submit
from server.pas.urls import GUIDE, SUBMIT, profile
from server.storage.port import Store
from server.web.declare import FhirFeature, Operation


def feature(*, store: Store, members: Members, content: CurrentContent, clock: Clock, ids: Ids) -> FhirFeature:
    """The declarations."""
    submit = Operation(
        type="Claim",
        name="submit",
        definition=SUBMIT,
        summary="Requests an authorization; answers with what was decided for every item.",
        handle=Submit(store, members, content, clock, ids),
        takes=(f"{profile('pas-request-bundle')}|2.2.1",),
        gives=(f"{profile('pas-response-bundle')}|2.2.1",),
        reads=read_submission,
        examples={"Home oxygen, with the evidence for it": submit_example(clock().date())},
    )
    return FhirFeature(operations=(submit,), guides=(GUIDE,))
