"""Reads the Parameters of `$questionnaire-package`; what is valid here needs no further look.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/StructureDefinition-dtr-qpackage-input-parameters.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.decision.intake.order import ORDER_TYPES
from server.errors import Issue, Refusal, RequestRefused
from server.fhir.dates import DateRefused, interval
from server.fhir.element import Element
from server.fhir.json import Json

NAMES = ("coverage", "order", "referenced", "questionnaire", "context", "changedsince")
ACCEPTED_ORDERS = ORDER_TYPES | {"Appointment", "Encounter", "ImmunizationRecommendation", "SupplyRequest"}
"""Types of the guide's generations; those beyond ORDER_TYPES are taken, and answered with a warning."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order, and where it stood in the request."""

    resource: Json
    place: str


@dataclass(frozen=True, slots=True)
class Named:
    """A Questionnaire asked for by its canonical, and where."""

    canonical: str
    place: str


@dataclass(frozen=True, slots=True)
class PackageRequest:
    """What is asked for. References are as the client named things."""

    coverage: Json
    subject: Json
    """The Reference to the Patient of the client; None when neither coverage nor order names one."""
    orders: tuple[Order, ...] = ()
    referenced: tuple[Json, ...] = ()
    questionnaires: tuple[Named, ...] = ()
    context: str | None = None
    changed_since: datetime | None = None
    unknown: tuple[str, ...] = ()
    """Places of parameters that the operation does not have."""

    def resources(self) -> Mapping[str, Json]:
        """All resources of the request by `Type/id`; those without id can't be referred to and are left out."""
        everything = (self.coverage, *(order.resource for order in self.orders), *self.referenced)
        return {
            f"{found['resourceType']}/{found['id']}": found for found in everything if isinstance(found.get("id"), str)
        }


def read_package_request(body: Json) -> PackageRequest:
    """The request. Raises RequestRefused (400) with every rule of the input profile that it breaks.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-1
    """
    root = Element(body, "Parameters")
    if root.text("resourceType") != "Parameters":
        raise _refused(Issue("structure", "The body must be a Parameters resource.", "Parameters"))
    by_name: dict[str, list[Element]] = {}
    for parameter in root.children("parameter"):
        by_name.setdefault(parameter.text("name") or "", []).append(parameter)
    if issues := [*_cardinality(by_name), *_nothing_asked(by_name)]:
        raise _refused(*issues)
    coverage = _coverage(by_name["coverage"][0])
    orders = tuple(_order(parameter) for parameter in by_name.get("order", ()))
    return PackageRequest(
        coverage=coverage.value,
        subject=_subject(coverage, orders),
        orders=orders,
        referenced=tuple(_resource(parameter).value for parameter in by_name.get("referenced", ())),
        questionnaires=tuple(_named(parameter) for parameter in by_name.get("questionnaire", ())),
        context=_value(by_name["context"][0], "valueString") if "context" in by_name else None,
        changed_since=_changed_since(by_name["changedsince"][0]) if "changedsince" in by_name else None,
        unknown=tuple(found.place for name, each in by_name.items() if name not in NAMES for found in each),
    )


def _cardinality(by_name: Mapping[str, list[Element]]) -> list[Issue]:
    issues = []
    if "coverage" not in by_name:
        text = "The parameter coverage is missing; send the one Coverage that the documentation is for."
        issues.append(Issue("required", text, "Parameters.parameter"))
    for name in ("coverage", "context", "changedsince"):
        if len(by_name.get(name, ())) > 1:
            text = f"The parameter {name} may be given once; ask for each {name} with a request of its own."
            issues.append(Issue("structure", text, by_name[name][1].place))
    return issues


def _nothing_asked(by_name: Mapping[str, list[Element]]) -> list[Issue]:
    """Constraint dtr-1 of the input profile."""
    if by_name.keys() & {"order", "questionnaire", "context"}:
        return []
    text = "Nothing is asked for; send at least one of order, questionnaire and context."
    return [Issue("required", text, "Parameters.parameter")]


def _resource(parameter: Element, types: frozenset[str] | set[str] | None = None) -> Element:
    found = parameter.child("resource")
    if found is None:
        text = f"{parameter.place}.resource is missing; this parameter holds a resource."
        raise _refused(Issue("required", text, parameter.place))
    kind = found.text("resourceType")
    if kind is None or (types is not None and kind not in types):
        allowed = f"one of {', '.join(sorted(types))}" if types else "given"
        raise _refused(found.issue(f"must be {allowed}", "resourceType"))
    return found


def _coverage(parameter: Element) -> Element:
    """The Coverage; the elements by which the member and the payer are told are of their FHIR shape."""
    found = _resource(parameter, {"Coverage"})
    for name in ("id", "subscriberId"):
        found.text(name)
    for name in ("identifier", "payor", "class", "contained"):
        found.children(name)
    return found


def _order(parameter: Element) -> Order:
    found = _resource(parameter, ACCEPTED_ORDERS)
    found.text("id")
    return Order(found.value, found.place)


def _subject(coverage: Element, orders: tuple[Order, ...]) -> Json:
    """The client's own reference to the patient: of the Coverage, else of an order; never a contained one.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@spec-139
    """
    candidates = [coverage.child("beneficiary"), *(_patient(order) for order in orders)]
    for found in candidates:
        if found is not None and found.value and not (found.text("reference") or "").startswith("#"):
            return found.value
    return None


def _patient(order: Order) -> Element | None:
    element = Element(order.resource, order.place)
    return next((found for name in ("subject", "patient") if (found := element.child(name))), None)


def _named(parameter: Element) -> Named:
    return Named(_value(parameter, "valueCanonical"), parameter.place)


def _value(parameter: Element, name: str) -> str:
    found = parameter.text(name)
    if found is None:
        raise _refused(Issue("required", f"{parameter.place}.{name} is missing.", parameter.place))
    return found


def _changed_since(parameter: Element) -> datetime:
    """An instant; the older generation of the guide has a dateTime here."""
    name = "valueDateTime" if "valueDateTime" in parameter.value else "valueInstant"
    try:
        return interval(_value(parameter, name)).low
    except DateRefused:
        raise _refused(parameter.issue("must be a FHIR instant on a day that the calendar has", "value")) from None


def _refused(*issues: Issue) -> RequestRefused:
    return RequestRefused(Refusal.INVALID, issues)
