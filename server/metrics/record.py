"""One call of PAS as the guide's metrics want it kept: PASMetricData, without anything that names a patient. Pure.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-PASMetricData.html
"""

from collections.abc import Mapping, Sequence

import msgspec

from server.clock import instant
from server.errors import Issue
from server.fhir.codes import X12_CERTIFICATION_TYPE
from server.fhir.json import Json
from server.fhir.lenient import codings, obj, objects
from server.fhir.outcome import RULES
from server.metrics.bundle import Message, read_message
from server.metrics.items import item_details, reject_codes, requested_documents, supporting_form
from server.metrics.parties import parties
from server.metrics.urls import CERTIFICATION_TYPE, METRIC_DATA
from server.web.exchange import Exchange

CALLS: Mapping[str, str] = {
    "Claim/$submit": "initial",
    "Claim/$inquire": "query",
    "$submit-attachment": "initialDocToPayer",
}
"""The calls that are PAS, with the type of their exchange; a submission may be an update or a cancel instead."""

_CANCEL = "3"


def record_of(exchange: Exchange) -> Json:
    """The record of a call of `CALLS`.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@metric-2
    """
    asked = read_message(exchange.request.resource)
    # Our own bytes, of which only codes are read: the quick reader will do.
    answered = read_message(msgspec.json.decode(exchange.body) if exchange.body else None)
    type = _type(exchange.name, asked)
    requested, responded = instant(exchange.request.received), instant(exchange.answered)
    details = item_details(asked, answered, first=type == "initial", requested=requested, responded=responded)
    lists: Mapping[str, Sequence[Json]] = {
        "issue": [_issue(issue) for issue in exchange.issues],
        "aaaCodes": list(reject_codes(answered)),
        "itemDetail": list(details),
        "requestedDoc": list(requested_documents(answered, responded)) if type != "query" else [],
    }
    form = supporting_form(asked)
    return {
        "resourceType": METRIC_DATA,
        "source": "payer-src",
        **parties(exchange.request.resource, asked),
        "exchange": [
            {
                "type": type,
                "method": "restful",
                "requestTime": requested,
                "responseTime": responded,
                "httpResponse": str(exchange.status),
            }
        ],
        **{name: found for name, found in lists.items() if found},
        **({"supportingDoc": form} if form else {}),
    }


def _type(name: str, asked: Message) -> str:
    claim = asked.first("Claim")
    if CALLS[name] != "initial" or not claim:
        return CALLS[name]
    parts = [claim, *objects(claim.get("item"))]
    if _is_cancel(claim) or (len(parts) > 1 and all(_is_cancel(item) for item in parts[1:])):
        return "cancel"
    return "update" if claim.get("related") else "initial"


def _is_cancel(element: Json) -> bool:
    return any(
        coding["code"] == _CANCEL and coding["system"] == X12_CERTIFICATION_TYPE
        for extension in objects(obj(element).get("extension"))
        if extension.get("url") == CERTIFICATION_TYPE
        for coding in codings(extension.get("valueCodeableConcept"))
    )


def _issue(issue: Issue) -> Json:
    """Its codes: the words are for the caller and may name places of the request."""
    rule = {"details": {"coding": [{"system": RULES, "code": issue.rule}]}} if issue.rule else {}
    return {"code": issue.code, **rule}
