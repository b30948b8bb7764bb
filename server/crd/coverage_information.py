"""Writes the coverage-information extension, and puts it on an order of which nothing else changes.

Spec page: https://hl7.org/fhir/us/davinci-crd/StructureDefinition-ext-coverage-information.html
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from server.crd.assertion import AssertionReason, Contact, CoverageAssertion, Detail
from server.crd.wire.dialect import Dialect
from server.decision.request import Code, Quantity
from server.fhir import codes
from server.fhir.dates import DatePeriod
from server.fhir.json import Json
from server.fhir.lenient import obj, objects, reference, text
from server.fhir.reference import type_and_id

URL = f"{codes.CRD}/StructureDefinition/ext-coverage-information"
_REASONS = f"{codes.CRD}/CodeSystem/temp"
_OF_THE_MOMENT = frozenset({"date", "coverage-assertion-id", "contact"})
"""Parts of a repetition that may differ although nothing new is said."""


def extension(assertion: CoverageAssertion, assertion_id: str, on: date, dialect: Dialect) -> Json:
    """One repetition of the extension, as the dialect writes it.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@conf-5
    """
    stated = dialect.restate(assertion)
    return {"url": URL, "extension": list(_parts(stated, assertion_id, on, dialect))}


def _parts(assertion: CoverageAssertion, assertion_id: str, on: date, dialect: Dialect) -> Iterator[Json]:
    yield {"url": "coverage", "valueReference": {"reference": assertion.coverage}}
    yield {"url": "covered", "valueCode": assertion.covered}
    if assertion.pa_needed:
        yield {"url": "pa-needed", "valueCode": assertion.pa_needed}
    yield from ({"url": "doc-needed", "valueCode": need} for need in assertion.doc_needed)
    yield from ({"url": "doc-purpose", "valueCode": purpose} for purpose in assertion.doc_purpose)
    yield from ({"url": "info-needed", "valueCode": need} for need in assertion.info_needed)
    yield from ({"url": "billingCode", "valueCoding": _coding(code)} for code in assertion.billing_codes)
    yield from (_reason(reason, dialect) for reason in assertion.reasons)
    yield from (_detail(detail, dialect) for detail in assertion.details if detail.code in dialect.detail_codes)
    yield from ({"url": "questionnaire", "valueCanonical": canonical} for canonical in assertion.questionnaires)
    yield {"url": "date", "valueDate": on.isoformat()}
    yield {"url": "coverage-assertion-id", "valueString": assertion_id}
    if assertion.pa_id:
        yield {"url": "satisfied-pa-id", "valueString": assertion.pa_id}
    if assertion.contact:
        yield _contact(assertion.contact, dialect)
    if assertion.expires and dialect.expiry_date:
        yield {"url": "expiry-date", "valueDate": assertion.expires.isoformat()}


def _coding(code: Code) -> Json:
    return {"system": code.system, "code": code.code}


def _reason(reason: AssertionReason, dialect: Dialect) -> Json:
    written: Json = {"text": reason.text}
    if reason.code in dialect.reason_codes:
        written = {"coding": [{"system": _REASONS, "code": reason.code}], "text": reason.text}
    return {"url": "reason", "valueCodeableConcept": written}


def _detail(detail: Detail, dialect: Dialect) -> Json:
    parts: list[Json] = [{"url": "category", "valueCode": detail.category}] if dialect.detail_category else []
    coding = {"system": dialect.detail_system, "code": detail.code}
    parts += [{"url": "code", "valueCodeableConcept": {"coding": [coding]}}, {"url": "value", **_value(detail.value)}]
    if detail.qualification:
        parts.append({"url": "qualification", "valueString": detail.qualification})
    return {"url": "detail", "extension": parts}


def _value(value: Quantity | DatePeriod | str) -> Json:
    match value:
        case Quantity():
            return {"valueQuantity": _quantity(value)}
        case DatePeriod():
            ends = {"start": value.start, "end": value.end}
            return {"valuePeriod": {name: day.isoformat() for name, day in ends.items() if day}}
        case str():
            return {"valueUrl": value}


def _quantity(quantity: Quantity) -> Json:
    whole = quantity.value == quantity.value.to_integral_value() and quantity.value.as_tuple().exponent == 0
    value: int | Decimal = int(quantity.value) if whole else quantity.value
    coded = {"unit": quantity.unit, "system": quantity.system, "code": quantity.code}
    return {"value": value, **{name: given for name, given in coded.items() if given}}


def _contact(contact: Contact, dialect: Dialect) -> Json:
    point = {"system": "phone", "value": contact.phone}
    if dialect.contact == "ContactPoint":
        return {"url": "contact", "valueContactPoint": point}
    return {"url": "contact", "valueContactDetail": {"name": contact.name, "telecom": [point]}}


def of_coverage(order: Json, coverage: str) -> list[Json]:
    """The repetitions that the order already has about a coverage."""
    found = objects(obj(order).get("extension"))
    return [repetition for repetition in found if _is_about(repetition, coverage)]


def says_the_same(one: Json, other: Json) -> bool:
    """Whether two repetitions tell the client the same: all but the date, the id and the contact.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-35
    """
    here, there = _lasting(one), _lasting(other)
    return len(here) == len(there) and all(part in there for part in here)


def assertion_id(repetition: Json) -> str | None:
    """The coverage-assertion-id of a repetition."""
    found = [part for part in objects(repetition.get("extension")) if part.get("url") == "coverage-assertion-id"]
    return text(found[0].get("valueString")) if len(found) == 1 else None


def annotated(order: Json, coverages: list[str], repetitions: list[Json]) -> Json:
    """The order with the repetitions in place of those it had about the coverages; all else is the very same.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-37
    """
    kept = [held for held in order.get("extension", []) if not any(_is_about(held, coverage) for coverage in coverages)]
    return {**order, "extension": [*kept, *repetitions]}


def _lasting(repetition: Json) -> list[Json]:
    return [part for part in objects(repetition.get("extension")) if part.get("url") not in _OF_THE_MOMENT]


def _is_about(repetition: Json, coverage: str) -> bool:
    if not isinstance(repetition, dict) or repetition.get("url") != URL:
        return False
    parts = [part for part in objects(repetition.get("extension")) if part.get("url") == "coverage"]
    told = reference(parts[0].get("valueReference")) if parts else None
    return told is not None and (told == coverage or _same_resource(told, coverage))


def _same_resource(one: str, other: str) -> bool:
    named = type_and_id(one)
    return named is not None and named == type_and_id(other)
