"""What PAS serves: the operations Claim/$submit and Claim/$inquire.

Spec page: https://hl7.org/fhir/us/davinci-pas/CapabilityStatement-IntermediaryCapabilities.html
"""

from functools import partial

from server.cases.case import Generation
from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.fhir.codes import PAS
from server.members.port import Members
from server.pas.example import inquire_example, submit_example
from server.pas.inquire import Inquire
from server.pas.inquiry_request import read_inquiry
from server.pas.request_bundle import read_submission
from server.pas.submit import Submit
from server.pas.urls import GUIDE, INQUIRE, SUBMIT, VERSIONS, profile
from server.storage.port import Store
from server.web.declare import FhirFeature, Operation

PAYER = f"{PAS}/CapabilityStatement/IntermediaryCapabilities"
"""What a payer, or an intermediary before one, has to offer."""


def feature(
    *,
    store: Store,
    members: Members,
    content: CurrentContent,
    clock: Clock,
    ids: Ids,
    generation: Generation = "2.2",
) -> FhirFeature:
    """The declarations."""
    version = VERSIONS[generation]
    submit = Operation(
        type="Claim",
        name="submit",
        definition=SUBMIT,
        summary="Requests an authorization; answers with what was decided for every item.",
        handle=Submit(store, members, content, clock, ids, generation),
        takes=(f"{profile('pas-request-bundle')}|{version}",),
        gives=(f"{profile('pas-response-bundle')}|{version}",),
        reads=partial(read_submission, generation=generation),
        examples={"Home oxygen, with the evidence for it": submit_example(clock().date())},
    )
    inquire = Operation(
        type="Claim",
        name="inquire",
        definition=INQUIRE,
        summary="Finds a member's authorizations; answers with the current result of each.",
        handle=Inquire(store, members, content, clock, ids, generation),
        takes=(f"{profile('pas-inquiry-request-bundle')}|{version}",),
        gives=(f"{profile('pas-inquiry-response-bundle')}|{version}",) if generation == "2.0" else (),
        reads=read_inquiry,
        examples={"The home oxygen of a member": inquire_example(clock().date())},
    )
    return FhirFeature(operations=(submit, inquire), guides=(f"{GUIDE}|{version}",), instantiates=(PAYER,))
