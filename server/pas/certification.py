"""What a Claim or an item asks to be done: the certification type (X12 element 1322) and the flag of a cancelled part.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-extension-certificationType.html
"""

from collections.abc import Iterator

from server.errors import Issue
from server.fhir.codes import X12_CERTIFICATION_TYPE
from server.fhir.element import Element
from server.pas.urls import CERTIFICATION_TYPE, INFO_CANCELLED

CANCEL = "3"
EXTENSION = "4"
RENEWAL = "R"
REVISED = "S"
FOLLOWING = frozenset({CANCEL, EXTENSION, RENEWAL, REVISED})
"""The types of requests about an authorization that there is already."""


def certification_types(element: Element) -> frozenset[str]:
    """The codes of the certification type on a Claim or an item."""
    concepts = [found.child("valueCodeableConcept") for found in element.extensions(CERTIFICATION_TYPE)]
    return frozenset(
        code
        for concept in concepts
        if concept
        for coding in concept.children("coding")
        if coding.text("system") == X12_CERTIFICATION_TYPE and (code := coding.text("code"))
    )


def is_cancelled(element: Element) -> bool:
    """Whether a Claim, an item or a supportingInfo is taken back: by its type, or by the flag when its value is true.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-69
    """
    flagged = any(
        modifier.text("url") == INFO_CANCELLED and modifier.boolean("valueBoolean")
        for modifier in element.children("modifierExtension")
    )
    return flagged or CANCEL in certification_types(element)


def modifier_issues(claim: Element) -> list[Issue]:
    """A modifier that nobody here understands can turn the meaning of the element around.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-25
    """
    parts = [claim, *claim.children("item"), *claim.children("supportingInfo")]
    return [issue for part in parts for issue in _unknown(part)]


def _unknown(element: Element) -> Iterator[Issue]:
    for modifier in element.children("modifierExtension"):
        if modifier.text("url") != INFO_CANCELLED:
            rule = "is a modifier that this server does not know and must not ignore; send the request without it"
            yield modifier.issue(rule, code="extension")
