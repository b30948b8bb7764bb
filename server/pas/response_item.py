"""ClaimResponse.item: the answer of one Claim.item under its own sequence, with what it was asked for.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claimresponse.html
"""

from collections.abc import Iterator

from server.decision.request import Quantity
from server.fhir.codes import X12_UNIT
from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.answer import Answer, AnsweredItem, period
from server.pas.authorized_provider import item_providers
from server.pas.echo import absolute
from server.pas.review_action import adjudication
from server.pas.submission import Submission
from server.pas.urls import AUTHORIZATION_NUMBER, ITEM_TRACE_NUMBER, REFERENCE_NUMBER, TEMP_CODES, extension


def response_item(answer: Answer, item: AnsweredItem, note: int | None) -> Json:
    """The item; `note` is the number of its processNote.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-34
    """
    extensions = [*traced(answer, item), *_provided(answer, item), *stay(answer.submission)]
    if item.waits and answer.purpose != "notification":
        # The profile lists this extension here, its own definition forbids it here: it is sent only with the question
        # that it belongs to, so that every other answer passes a validator.
        extensions += _diagnoses(answer.submission, item.element)
    return {
        "extension": extensions,
        "itemSequence": item.sequence,
        **({"noteNumber": [note]} if note else {}),
        "adjudication": [adjudication(item.action, item.authorization_number)],
    }


def traced(answer: Answer, item: AnsweredItem) -> Iterator[Json]:
    """The extensions that an item and its addItem share: trace numbers, dates and numbers of the authorization."""
    yield from echoed(answer.submission, item.element, ITEM_TRACE_NUMBER)
    if item.is_certified and item.result.issued:
        yield {"url": extension("itemPreAuthIssueDate"), "valueDate": item.result.issued.isoformat()}
    if item.valid:
        yield {"url": extension("itemPreAuthPeriod"), "valuePeriod": period(item.valid)}
    yield from echoed(answer.submission, item.element, AUTHORIZATION_NUMBER)
    if item.result.reference_number:
        yield {"url": REFERENCE_NUMBER, "valueString": item.result.reference_number}


def echoed(submission: Submission, item: Element, url: str) -> list[Json]:
    """The Claim.item's extensions of a url, as they came."""
    return [absolute(submission, found.value) for found in item.extensions(url)]


def stay(submission: Submission) -> Iterator[Json]:
    """The extensions with the dates of admission and discharge that the supportingInfo gives."""
    for info in submission.claim.children("supportingInfo"):
        category = _category(info)
        days = info.days("timingDate") or info.period("timingPeriod")
        if not days:
            continue
        if category == "admissionDates":
            yield {"url": extension("admissionDates"), "valuePeriod": period(days)}
        elif category == "dischargeDates" and (last := days.end or days.start):
            yield {"url": extension("dischargeDate"), "valueDate": last.isoformat()}


def _category(info: Element) -> str | None:
    category = info.child("category")
    codings = category.children("coding") if category else []
    return next((coding.text("code") for coding in codings if coding.text("system") == TEMP_CODES), None)


def _provided(answer: Answer, item: AnsweredItem) -> Iterator[Json]:
    """When and by whom the service was requested to be provided, and what of it the authorization is about."""
    element = item.element
    if days := element.days("servicedDate") or element.period("servicedPeriod"):
        # The profile allows a dateTime too; the guide's validator takes a Period only.
        yield {"url": extension("itemRequestedServiceDate"), "valuePeriod": period(days)}
    if item.is_certified:
        yield from item_providers(answer.submission, element)
        yield {"url": extension("itemAuthorizedDetail"), "extension": list(_detail(answer.submission, item))}


def _detail(submission: Submission, item: AnsweredItem) -> Iterator[Json]:
    """What the authorization is about, as it was requested; a quantity that was not stated is the contract's limit."""
    element = item.element
    product = element.child("productOrService")
    if product:
        yield {"url": "productOrServiceCode", "valueCodeableConcept": absolute(submission, product.value)}
    for modifier in element.children("modifier"):
        yield {"url": "modifier", "valueCodeableConcept": absolute(submission, modifier.value)}
    price, quantity = element.child("unitPrice"), element.child("quantity")
    if price:
        yield {"url": "unitPrice", "valueMoney": absolute(submission, price.value)}
    if quantity and is_pas_quantity(quantity):
        yield {"url": "quantity", "valueQuantity": absolute(submission, quantity.value)}
    elif item.result.allowed:
        yield {"url": "quantity", "valueQuantity": pas_quantity(item.result.allowed, quantity)}


def is_pas_quantity(quantity: Element) -> bool:
    """Whether the guide's quantity profile holds: a value, and a unit or a code.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@prof-2
    """
    return quantity.decimal("value") is not None and bool(quantity.text("unit") or quantity.text("code"))


def pas_quantity(allowed: Quantity, requested: Element | None) -> Json:
    """A quantity of the contract in the unit of the request: they were compared, so the unit is the same.

    A code is repeated only if it is one of X12, as the guide's quantity profile wants.
    Spec: hl7.fhir.us.davinci-pas_2.2.1@prof-3
    """
    unit = requested.text("unit") if requested else None
    code = requested.text("code") if requested and requested.text("system") == X12_UNIT else None
    written: dict[str, Json] = {"value": allowed.value, "unit": unit or allowed.unit or allowed.code or "unit"}
    return {**written, "system": X12_UNIT, "code": code} if code else written


def _diagnoses(submission: Submission, item: Element) -> Iterator[Json]:
    wanted = set(item.integers("diagnosisSequence"))
    for diagnosis in submission.claim.children("diagnosis"):
        concept = diagnosis.child("diagnosisCodeableConcept")
        if concept and diagnosis.integer("sequence") in wanted:
            value = absolute(submission, concept.value)
            yield {"url": extension("communicatedDiagnosis"), "valueCodeableConcept": value}
