"""What more is asked for an item that waits: a document by its LOINC code, or a form of ours by the code for forms.

Both the CommunicationRequests and the Tasks of an answer are made from the same list.
Spec page: https://hl7.org/fhir/us/davinci-pas/additionalinfo.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from server.fhir.element import Element
from server.pas.answer import Answer, AnsweredItem
from server.pas.urls import ITEM_TRACE_NUMBER

PAYER_FORM = "102089-0"
"""LOINC code that points to a questionnaire of the payer."""

SCOPE_MODIFIER = "18804-5"
"""LOINC code that bounds the documents to those of at most three months before the service."""


@dataclass(frozen=True, slots=True)
class InformationRequest:
    """One document or form that is asked for one item."""

    item: AnsweredItem
    id: str
    """The id by which it is asked, in every answer that asks for it."""
    code: str
    """LOINC code of the document type; PAYER_FORM for a form."""
    context: str | None
    """The item's trace number: what a form is asked for with, and what brings the answer back to the item."""
    due: datetime

    @property
    def is_form(self) -> bool:
        """Whether a form of ours is asked for."""
        return self.code == PAYER_FORM


def information_requests(answer: Answer) -> Iterator[InformationRequest]:
    """All that is asked for, item by item.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@ainfo-3
    """
    for item in answer.waiting_items():
        context = trace_number(item.element)
        for ask in item.asks:
            yield InformationRequest(item, ask.id, ask.code, context, ask.until or item.result.due or answer.created)


def trace_number(item: Element) -> str | None:
    """The value of the item's first itemTraceNumber."""
    for found in item.extensions(ITEM_TRACE_NUMBER):
        identifier = found.child("valueIdentifier")
        if identifier and (value := identifier.text("value")):
            return value
    return None
