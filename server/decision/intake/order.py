"""Reads an order of the provider (a draft order of a hook, an order of a DTR package request) as a requested item.

The order types name the same thing by different elements; the table here is the only place that knows which.
Nothing that is missing or odd is refused: what can't be read is not in the item, and the decision says it is unknown.
Spec page: https://hl7.org/fhir/us/davinci-crd/hooks.html
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from server.decision.codes import canonical
from server.decision.request import Code, Ordered, Quantity, RequestedItem, Value
from server.fhir import codes
from server.fhir.dates import DatePeriod, DateRefused, first_day, last_day
from server.fhir.json import Json
from server.fhir.lenient import codings, obj, objects, reference, text

Find = Callable[[str], Json | None]
"""Gives the resource that a literal reference means (`Medication/1`, `#m`); None when it did not come along."""

BILLING_OPTIONS = f"{codes.CRD}/StructureDefinition/ext-billing-options"
REQUEST_CATEGORY = f"{codes.CRD}/StructureDefinition/ext-request-category"
_PAYLOAD_CODE = (
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-CommunicationRequest.payload.content",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-CommunicationRequest.payload.content[x]",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-CommunicationRequest.payload.content%5Bx%5D",
)

ORDER_TYPES = frozenset(
    {
        "CommunicationRequest",
        "DeviceRequest",
        "MedicationRequest",
        "NutritionOrder",
        "ServiceRequest",
        "VisionPrescription",
    }
)


def order_item(order: Json, sequence: int, source: str, find: Find) -> RequestedItem:
    """The requested item of an order; `source` is the reference by which the order is known to the caller.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@conf-4
    """
    order = obj(order)
    return RequestedItem(
        sequence=sequence,
        source=source,
        codes=_unique(_code(coding) for concept in _concepts(order, find) for coding in codings(concept)),
        quantity=_quantity(order),
        serviced=_serviced(order),
        place=_codes_of(objects(order.get("locationCode"))),
        modifiers=(),
        diagnoses=_diagnoses(order, find),
        attributes=_attributes(order),
        order=Ordered(order, find),
    )


def code_concepts(order: Json, find: Find) -> list[Json]:
    """The CodeableConcepts that say what is ordered, as they stand in the order or in the Device or Medication."""
    return _concepts(obj(order), find)


def _concepts(order: dict[str, Json], find: Find) -> list[Json]:
    """The order's own code elements, then the codes by which it may be billed.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@billopt-3-A
    """
    match order.get("resourceType"):
        case "ServiceRequest":
            own = [order.get("code")]
        case "DeviceRequest":
            device = obj(find(reference(order.get("codeReference")) or ""))
            own = [order.get("codeCodeableConcept"), device.get("type")]
        case "MedicationRequest":
            medication = obj(find(reference(order.get("medicationReference")) or ""))
            own = [order.get("medicationCodeableConcept"), medication.get("code")]
        case "NutritionOrder":
            own = _nutrition(order)
        case "VisionPrescription":
            own = [lens.get("product") for lens in objects(order.get("lensSpecification"))]
        case "CommunicationRequest":
            own = [
                extension.get("valueCodeableConcept")
                for payload in objects(order.get("payload"))
                for extension in objects(payload.get("extension"))
                if extension.get("url") in _PAYLOAD_CODE
            ]
        case _:
            own = []
    return [concept for concept in own if isinstance(concept, dict)] + _billing_options([order, *own])


def _nutrition(order: dict[str, Json]) -> list[Json]:
    diets = obj(order.get("oralDiet")).get("type")
    supplements = objects(order.get("supplement"))
    formula = obj(order.get("enteralFormula")).get("baseFormulaType")
    return [*objects(diets), *(supplement.get("type") for supplement in supplements), formula]


def _billing_options(elements: Iterable[Json]) -> list[Json]:
    return [
        extension["valueCodeableConcept"]
        for element in elements
        for extension in objects(obj(element).get("extension"))
        if extension.get("url") == BILLING_OPTIONS and isinstance(extension.get("valueCodeableConcept"), dict)
    ]


def _code(coding: dict[str, Json]) -> Code:
    return canonical(Code(coding["system"], coding["code"], text(coding.get("display"))))


def _codes_of(concepts: Iterable[Json]) -> tuple[Code, ...]:
    return _unique(_code(coding) for concept in concepts for coding in codings(concept))


def _unique(found: Iterable[Code]) -> tuple[Code, ...]:
    return tuple(dict.fromkeys(found))


def _quantity(order: dict[str, Json]) -> Quantity | None:
    """The quantity asked for; of a range the high end, as that is what may be used. "More than 3" is no quantity."""
    for element in (
        order.get("quantityQuantity"),
        obj(order.get("quantityRange")).get("high"),
        obj(order.get("dispenseRequest")).get("quantity"),
    ):
        found = obj(element)
        value = found.get("value")
        if found.get("comparator"):
            continue
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            unit, system, code = (text(found.get(name)) for name in ("unit", "system", "code"))
            return Quantity(Decimal(value), unit, system, code)
    return None


def _serviced(order: dict[str, Json]) -> DatePeriod | None:
    """The days on which the service is to be given; None when the order names none."""
    timing = obj(order.get("occurrenceTiming"))
    moments = [order.get("occurrenceDateTime"), *_listed(timing.get("event"))]
    days = [day for moment in moments if (day := _days(moment, moment))]
    periods = [
        order.get("occurrencePeriod"),
        obj(timing.get("repeat")).get("boundsPeriod"),
        obj(order.get("dispenseRequest")).get("validityPeriod"),
    ]
    days += [day for period in periods if (day := _days(obj(period).get("start"), obj(period).get("end")))]
    if not days:
        return None
    starts = [day.start for day in days if day.start]
    ends = [day.end for day in days if day.end]
    return DatePeriod(min(starts, default=None), max(ends) if len(ends) == len(days) else None)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _days(start: Json, end: Json) -> DatePeriod | None:
    try:
        first = first_day(start) if isinstance(start, str) else None
        last = last_day(end) if isinstance(end, str) else None
    except DateRefused:
        return None
    return DatePeriod(first, last) if first or last else None


def _diagnoses(order: dict[str, Json], find: Find) -> tuple[Code, ...]:
    """Codes of the reasons for the order, and of the Conditions that it refers to as reasons."""
    conditions = [find(reference(element) or "") for element in objects(order.get("reasonReference"))]
    return _codes_of([*objects(order.get("reasonCode")), *(obj(condition).get("code") for condition in conditions)])


def _attributes(order: dict[str, Json]) -> dict[str, tuple[Value, ...]]:
    """Elements by their name, those that are absent left out; `category` has the category of the extension too."""
    found: dict[str, tuple[Value, ...]] = {}
    for name in ("intent", "status", "priority", "authoredOn", "doNotPerform"):
        value = order.get(name)
        if isinstance(value, str | bool) and value != "":
            found[name] = (value,)
    performers = order.get("performerType")
    concepts = {
        "category": objects(order.get("category")) + _request_category(order),
        "performerType": performers if isinstance(performers, list) else [performers],
    }
    return {**found, **{name: values for name, concept in concepts.items() if (values := _codes_of(concept))}}


def _request_category(order: dict[str, Json]) -> list[dict[str, Json]]:
    extensions = objects(order.get("extension"))
    return [obj(found.get("valueCodeableConcept")) for found in extensions if found.get("url") == REQUEST_CATEGORY]
