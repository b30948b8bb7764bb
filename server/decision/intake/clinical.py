"""Reads clinical resources into facts, each with the place it was read from. What can't be understood is no fact.

A value with a comparator, a diagnosis that is not confirmed, a draft, a withdrawn result: none of them is evidence, so
the criterion that asks for it stays unknown and becomes a question.
Spec page: https://hl7.org/fhir/R4/observation.html, https://hl7.org/fhir/R4/condition.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from server.decision.facts import Answered, Diagnosed, Facts, Observed, Source
from server.decision.intake.codes import codes
from server.decision.intake.quantity import quantity_of
from server.decision.intake.questionnaire_response import answered
from server.decision.request import Value
from server.errors import RequestRefused
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.fhir.json import Json
from server.fhir.reference import resolve_url, type_and_id

_NO_RESULT = frozenset({"registered", "cancelled", "entered-in-error"})
_INACTIVE = frozenset({"inactive", "remission", "resolved"})
_NOT_CONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})

Fact = Observed | Diagnosed | Answered
_Reader = Callable[[Element, str], Iterable[Fact]]


def facts(resources: Mapping[str, Json], patient: str | None = None, places: Mapping[str, str] | None = None) -> Facts:
    """The facts of resources by their fullUrl (or `Type/id`). With `patient`, resources about another are no facts.

    `places` gives the FHIRPath of each resource in the request: then a resource of a wrong shape raises RequestRefused;
    without it such a resource is passed over.
    """
    found = [
        fact
        for url, resource in resources.items()
        if isinstance(resource, dict) and (reader := _reader(resource.get("resourceType")))
        for fact in _read(resource, url, reader, patient, places)
    ]
    return Facts(
        observed=tuple(fact for fact in found if isinstance(fact, Observed)),
        diagnosed=tuple(fact for fact in found if isinstance(fact, Diagnosed)),
        answered=tuple(fact for fact in found if isinstance(fact, Answered)),
    )


def _reader(resource_type: Json) -> _Reader | None:
    match resource_type:
        case "Observation":
            return _observed
        case "Condition":
            return _diagnosed
        case "QuestionnaireResponse":
            return _answered
        case _:
            return None


def _read(
    resource: Json, url: str, reader: _Reader, patient: str | None, places: Mapping[str, str] | None
) -> list[Fact]:
    try:
        element = Element(resource, places[url] if places else str(resource["resourceType"]))
        return list(reader(element, url)) if _is_about(element, url, patient) else []
    except RequestRefused:
        if places:
            raise
        return []


def _is_about(element: Element, url: str, patient: str | None) -> bool:
    """False only for a resource that names somebody else: some resources may leave their subject out."""
    subject = element.child("subject")
    reference = subject.text("reference") if subject else None
    if not patient or not reference or resolve_url(reference, url) == patient:
        return True
    named, known = type_and_id(reference), type_and_id(patient)
    return "://" not in reference and named is not None and named == known


def _answered(element: Element, url: str) -> tuple[Answered, ...]:
    return answered(element.value, url, element.place)


def _observed(element: Element, url: str) -> Iterator[Observed]:
    status = element.text("status")
    if not status or status in _NO_RESULT:
        return
    effective = _effective(element)
    if concept := codes([element.child("code")]):
        yield Observed(concept, _value(element), status, Source(url, "Observation.value"), effective)
    for index, component in enumerate(element.children("component")):
        if concept := codes([component.child("code")]):
            source = Source(url, f"Observation.component[{index}].value")
            yield Observed(concept, _value(component), status, source, effective)


def _effective(element: Element) -> DatePeriod | None:
    return element.days("effectiveDateTime") or element.period("effectivePeriod") or element.days("effectiveInstant")


def _value(element: Element) -> Value | None:
    """The value of an Observation or of one of its components; None when it has none that is exact."""
    if quantity := element.child("valueQuantity"):
        return quantity_of(quantity)
    if concept := element.child("valueCodeableConcept"):
        found = codes([concept])
        return found[0] if found else concept.text("text")
    if (number := element.integer("valueInteger")) is not None:
        return Decimal(number)
    if (answer := element.boolean("valueBoolean")) is not None:
        return answer
    return element.text("valueString") or element.text("valueDateTime")


def _diagnosed(element: Element, url: str) -> Iterator[Diagnosed]:
    concept = codes([element.child("code")])
    verification = _status(element, "verificationStatus")
    if not concept or "entered-in-error" in verification or verification & _NOT_CONFIRMED:
        return
    onset = element.days("onsetDateTime") or element.period("onsetPeriod")
    source = Source(url, "Condition.code")
    if "refuted" in verification:
        yield Diagnosed(concept, "refuted", source, onset)
    else:
        inactive = _status(element, "clinicalStatus") & _INACTIVE
        yield Diagnosed(concept, "inactive" if inactive else "active", source, onset)


def _status(element: Element, name: str) -> frozenset[str]:
    concept = element.child(name)
    return frozenset(coding.text("code") or "" for coding in concept.children("coding")) if concept else frozenset()
