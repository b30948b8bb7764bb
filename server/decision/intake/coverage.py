"""Reads from Patient, Coverage and the payer's Organization how a request names the member and the payer.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-coverage.html
"""

from server.fhir.codes import IDENTIFIER_TYPE
from server.fhir.element import Element
from server.fhir.identifier import Identifier, identifier

_MEMBER_NUMBER = "MB"


def member_identifiers(patient: Element, coverage: Element | None) -> tuple[Identifier, ...]:
    """Identifiers that may be the member's: the Patient's, and the Coverage's member number and subscriberId.

    Of a Coverage that is another person's leave the Coverage out (None).
    """
    found = list(first_identifiers(patient))
    if coverage:
        for each in coverage.children("identifier"):
            kind = each.child("type")
            if kind and any(_is_member_number(coding) for coding in kind.children("coding")):
                found += [read] if (read := identifier(each.value)) else []
        if number := coverage.text("subscriberId"):
            found.append(Identifier(None, number))
    return tuple(dict.fromkeys(found))


def _is_member_number(coding: Element) -> bool:
    return coding.text("code") == _MEMBER_NUMBER and coding.text("system") in (None, IDENTIFIER_TYPE)


def first_identifiers(*resources: Element | None) -> tuple[Identifier, ...]:
    """The identifiers of the first of the resources that has any."""
    for resource in resources:
        read = (identifier(each.value) for each in resource.children("identifier")) if resource else ()
        if found := tuple(each for each in read if each):
            return found
    return ()
