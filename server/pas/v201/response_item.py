"""ClaimResponse.item of PAS 2.0.1.

What is authorized in place of the request stands in itemAuthorizedDetail: there is no addItem yet.
Spec page: https://hl7.org/fhir/us/davinci-pas/STU2/StructureDefinition-profile-claimresponse.html
"""

from collections.abc import Iterator, Mapping, Sequence

import server.pas.response_item
from server.fhir.json import Json
from server.pas.add_item import add_item
from server.pas.answer import Answer, AnsweredItem
from server.pas.authorized_provider import item_members, person_of, provider_type
from server.pas.echo import absolute
from server.pas.response_item import is_pas_quantity, pas_quantity
from server.pas.urls import AUTHORIZATION_NUMBER, ITEM_TRACE_NUMBER, REFERENCE_NUMBER, extension

_DIAGNOSIS = extension("communicatedDiagnosis")
_KEPT = frozenset(
    {
        ITEM_TRACE_NUMBER,
        AUTHORIZATION_NUMBER,
        REFERENCE_NUMBER,
        _DIAGNOSIS,
        extension("itemPreAuthIssueDate"),
        extension("itemPreAuthPeriod"),
        extension("itemRequestedServiceDate"),
    }
)
"""Extensions that 2.0.1 and 2.2.1 have alike."""

_DETAIL = (
    ("productOrService", "productOrServiceCode", "valueCodeableConcept"),
    ("modifier", "modifier", "valueCodeableConcept"),
    ("unitPrice", "unitPrice", "valueMoney"),
    ("quantity", "quantity", "valueQuantity"),
    ("revenue", "revenue", "valueCodeableConcept"),
)
"""Element of the Claim.item, part of itemAuthorizedDetail, and its type."""


def response_item(answer: Answer, item: AnsweredItem, notes: Sequence[int] | None) -> Json:
    """The item; `notes` are the numbers of its processNotes.

    Spec: hl7.fhir.us.davinci-pas_2.0.1@131
    """
    current = server.pas.response_item.response_item(answer, item, None)
    extensions = [each for each in current["extension"] if each["url"] in _KEPT]
    if answer.purpose == "inquiry":
        extensions = _with_one_diagnosis(extensions)
    if item.is_certified:
        extensions += _providers(answer, item)
        detail = list(_detail(_authorized(answer, item)))
        extensions.append({"url": extension("itemAuthorizedDetail"), "extension": detail})
    written = {**current, "extension": extensions}
    return {**written, "noteNumber": list(notes)} if notes else written


def _with_one_diagnosis(extensions: Sequence[Json]) -> list[Json]:
    """The answer to an inquiry may repeat one diagnosis of an item only."""
    others = [each for each in extensions if each["url"] != _DIAGNOSIS]
    return others + [each for each in extensions if each["url"] == _DIAGNOSIS][:1]


def _authorized(answer: Answer, item: AnsweredItem) -> Mapping[str, Json]:
    """What is authorized, by the names of Claim.item: as requested, or what a modification put in its place."""
    submission, element = answer.submission, item.element
    quantity = element.child("quantity")
    single = {name: child for name in ("productOrService", "unitPrice", "revenue") if (child := element.child(name))}
    found: dict[str, Json] = {name: absolute(submission, child.value) for name, child in single.items()}
    found["modifier"] = [absolute(submission, each.value) for each in element.children("modifier")]
    if quantity and is_pas_quantity(quantity):
        found["quantity"] = absolute(submission, quantity.value)
    elif item.result.allowed:
        found["quantity"] = pas_quantity(item.result.allowed, quantity)
    return {**found, **(add_item(answer, item, None) or {})}


def _detail(authorized: Mapping[str, Json]) -> Iterator[Json]:
    for name, url, kind in _DETAIL:
        values = authorized.get(name)
        for value in values if isinstance(values, list) else [values]:
            if value:
                yield {"url": url, kind: value}


def _providers(answer: Answer, item: AnsweredItem) -> Iterator[Json]:
    """Who may provide: the care team as the Claim names it, for its roles can stand nowhere else in an answer.

    A notification is judged as it stands, and the extension is about people and organizations only.
    """
    for member, named in item_members(answer.submission, item.element):
        url = person_of(answer.submission, named) if answer.purpose == "notification" else named
        if url:
            parts = [
                {"url": "provider", "valueReference": {"reference": url}},
                {"url": "providerType", "valueCodeableConcept": provider_type(member)},
            ]
            yield {"url": extension("itemAuthorizedProvider"), "extension": parts}
