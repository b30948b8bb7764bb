"""What attachments serve: the system operation $submit-attachment.

Spec page: https://hl7.org/fhir/us/davinci-cdex/OperationDefinition-submit-attachment.html
"""

from server.attachments.request import read_delivery
from server.attachments.submit_attachment import SubmitAttachment
from server.attachments.urls import PARAMETERS, SUBMIT_ATTACHMENT
from server.cases.answering import Answering
from server.cases.case import Generation
from server.cases.redeciding import Redeciding
from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.members.port import Members
from server.storage.port import Store
from server.web.declare import FhirFeature, Operation


def feature(
    *,
    store: Store,
    members: Members,
    content: CurrentContent,
    answering: Answering,
    redeciding: Redeciding,
    clock: Clock,
    ids: Ids,
    generation: Generation = "2.2",
) -> FhirFeature:
    """The declaration."""
    submit = Operation(
        type="",
        name="submit-attachment",
        definition=SUBMIT_ATTACHMENT,
        summary="Takes a document or form that a request for authorization waits for, and decides it again at once.",
        handle=SubmitAttachment(store, members, content, answering, redeciding, clock, ids, generation),
        levels=("system",),
        takes=(PARAMETERS,),
        reads=read_delivery,
    )
    return FhirFeature(operations=(submit,))
