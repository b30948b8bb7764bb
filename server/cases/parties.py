"""Whoever a Claim's Bundle names besides its patient: by which terms of the Claim they are found.

They have no entries of their own: a search by identifier finds the Claims first, and then looks into their Bundles. So
one term for each value is enough, with its system left out.
Spec page: https://hl7.org/fhir/R4/search.html#token
"""

from collections.abc import Iterable

from server.fhir.identifier import identifiers
from server.fhir.json import Json
from server.fhir.search_terms import search_term

PARTIES = ("Coverage", "Organization", "Practitioner", "PractitionerRole")

PARTY = "party"
"""The parameter of the terms; no search of a client has it."""


def party_terms(resources: Iterable[Json]) -> set[str]:
    """The terms that a Claim has for the resources of its Bundle."""
    listed = (each.get("identifier") for each in resources if each["resourceType"] in PARTIES)
    values = {found.value for elements in listed if isinstance(elements, list) for found in identifiers(elements)}
    return {search_term(PARTY, None, value) for value in values}
