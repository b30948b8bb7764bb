"""What became of each service of a call, and what was asked for it: codes and times, nothing of a patient.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-PASMetricData.html
"""

from collections.abc import Iterator, Mapping

from server.fhir.codes import LOINC
from server.fhir.json import Json
from server.fhir.lenient import codings, objects, text
from server.metrics.bundle import Message
from server.metrics.urls import ERROR_PATH, REVIEW_ACTION, REVIEW_ACTION_CODE

_RESULTS = {"A1": "approved", "A2": "modified", "A3": "denied", "A4": "pended", "A6": "modified", "C": "cancelled"}
"""What an X12 306 code is called here."""

_LOCATIONS = {"12": "home", "21": "inpatient", "51": "inpatient", "61": "inpatient", "11": "outpatient"}
_LOCATIONS |= {"19": "outpatient", "22": "outpatient", "24": "outpatient", "49": "outpatient"}
"""Places of service that are plainly one of the three."""

_LOOPS = (("item", "2000F"), ("insurer", "2010A"), ("provider", "2010B"), ("insurance", "2010C"), ("patient", "2010C"))
"""The X12 loop in which a reject reason about an element of the Claim stands."""


def item_details(asked: Message, answered: Message, *, first: bool, requested: str, responded: str) -> Iterator[Json]:
    """One itemDetail for each item that the answer has a result for. `first`: the call submits its items."""
    codes = _services(asked)
    for response in answered.of_type("ClaimResponse"):
        for item in objects(response.get("item")):
            sequence = item.get("itemSequence")
            claimed = codes.get(sequence) if isinstance(sequence, int) else None
            code, reasons = _reviewed(item)
            if claimed is None or code not in _RESULTS:
                continue
            detail: Json = {"item": _coded(claimed.get("productOrService"))}
            if first:
                detail |= {"initialSubmissionTime": requested, "responsesRequired": 1}
            if code != "A4":
                detail["finalResponseTime"] = responded
            if location := _location(claimed):
                detail["locationType"] = location
            detail["result"] = _RESULTS[code]
            if code == "A3" and reasons:
                detail["denialReason"] = reasons[0]
            yield detail


def reject_codes(answered: Message) -> Iterator[Json]:
    """One aaaCodes for each business error of the answer."""
    for response in answered.of_type("ClaimResponse"):
        for error in objects(response.get("error")):
            for coding in codings(error.get("code"))[:1]:
                yield {"loopID": _loop(error), "aaaCode": coding["code"]}


def requested_documents(answered: Message, responded: str) -> Iterator[Json]:
    """One requestedDoc for each document or form that the answer asks for."""
    for request in answered.of_type("CommunicationRequest"):
        codes = [text(payload.get("contentString")) for payload in objects(request.get("payload"))]
        if concepts := [{"coding": [{"system": LOINC, "code": code}]} for code in codes if code]:
            yield {"docRequest": concepts, "timeRequested": responded, "submissionMethod": "CDex"}


def supporting_form(asked: Message) -> str | None:
    """The canonical of the form that was sent with the request."""
    forms = (text(each.get("questionnaire")) for each in asked.of_type("QuestionnaireResponse"))
    return next((form.partition("|")[0] for form in forms if form), None)


def _services(asked: Message) -> Mapping[int, Json]:
    items = objects(asked.first("Claim").get("item"))
    return {item["sequence"]: item for item in items if isinstance(item.get("sequence"), int)}


def _reviewed(item: Json) -> tuple[str | None, list[str]]:
    """The X12 306 code of an item and its X12 886 reasons."""
    for adjudication in objects(item.get("adjudication")):
        for action in objects(adjudication.get("extension")):
            if action.get("url") == REVIEW_ACTION:
                parts = objects(action.get("extension"))
                return next(_codes(parts, REVIEW_ACTION_CODE), None), list(_codes(parts, "reasonCode"))
    return None, []


def _codes(parts: list[dict[str, Json]], url: str) -> Iterator[str]:
    for part in parts:
        if part.get("url") == url:
            yield from (str(coding["code"]) for coding in codings(part.get("valueCodeableConcept"))[:1])


def _coded(concept: Json) -> Json:
    """The codes of a concept. Its words stay out: people write into them."""
    return {"coding": [{"system": each["system"], "code": each["code"]} for each in codings(concept)]}


def _location(item: Json) -> str | None:
    places = codings(item.get("locationCodeableConcept"))
    return next((_LOCATIONS[str(each["code"])] for each in places if each["code"] in _LOCATIONS), None)


def _loop(error: Json) -> str:
    paths = [text(each.get("valueString")) for each in objects(error.get("extension")) if each.get("url") == ERROR_PATH]
    element = (paths[0] or "").partition(".")[2] if paths else ""
    return next((loop for name, loop in _LOOPS if element.startswith(name)), "2000E")
