"""Who is authorized to provide: the care team that the request names for the item, or the requestor.

The profile lets a provider be a Practitioner or an Organization only; a PractitionerRole of the care team is answered
by the Practitioner in it.
Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-extension-itemAuthorizedProvider.html
"""

from collections.abc import Iterator

from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.echo import absolute
from server.pas.submission import Submission
from server.pas.urls import extension

_AUTHORIZED_PROVIDER = extension("itemAuthorizedProvider")
_PROVIDER_TYPE = extension("authorizedProviderType")
_SCOPE = extension("careTeamClaimScope")
_X12_ENTITY = "https://codesystem.x12.org/005010/98"
_CARE_TEAM_ROLE = "http://terminology.hl7.org/CodeSystem/claimcareteamrole"
_SERVICE_PROVIDER = "SJ"
"""Code of X12 element 98 for whoever provides the service, where the care team does not say more exactly."""


def item_providers(submission: Submission, item: Element) -> list[Json]:
    """The extensions itemAuthorizedProvider of a ClaimResponse.item."""
    found = []
    for member, url in _members(submission, item):
        parts: list[Json] = [{"url": "provider", "valueReference": {"reference": url}}]
        parts.append({"url": _PROVIDER_TYPE, "valueCodeableConcept": provider_type(member)})
        if member and (role := _coded(member, "role", _CARE_TEAM_ROLE)):
            parts.append({"url": "role", "valueCodeableConcept": role})
        if member and (qualification := member.child("qualification")):
            value = absolute(submission, qualification.value)
            parts.append({"url": "qualification", "valueCodeableConcept": value})
        found.append({"url": _AUTHORIZED_PROVIDER, "extension": parts})
    return found


def add_item_providers(submission: Submission, item: Element) -> list[Json]:
    """ClaimResponse.addItem.provider."""
    return [
        {
            "extension": [{"url": _PROVIDER_TYPE, "valueCodeableConcept": provider_type(member)}],
            "reference": url,
        }
        for member, url in _members(submission, item)
    ]


def overall_providers(submission: Submission) -> list[Json]:
    """The extensions itemAuthorizedProvider of the whole answer: the care team of the whole Claim, as it was named.

    The profile lists the extension here with the roles of the care team; its own definition knows items only.
    """
    urls = [
        url
        for member in submission.claim.children("careTeam")
        if _is_overall(member) and (url := submission.resolve(member.child("provider"), submission.claim_url))
    ]
    return [
        {"url": _AUTHORIZED_PROVIDER, "extension": [{"url": "provider", "valueReference": {"reference": url}}]}
        for url in dict.fromkeys(urls)
    ]


def item_members(submission: Submission, item: Element) -> Iterator[tuple[Element | None, str]]:
    """The care team of the item with the fullUrl of each provider as named; the requestor when it names none."""
    wanted = set(item.integers("careTeamSequence"))
    seen = set()
    for member in submission.claim.children("careTeam"):
        if member.integer("sequence") in wanted:
            url = submission.resolve(member.child("provider"), submission.claim_url)
            if url and url not in seen and person_of(submission, url):
                seen.add(url)
                yield member, url
    if not seen and person_of(submission, submission.provider_url):
        yield None, submission.provider_url


def _members(submission: Submission, item: Element) -> Iterator[tuple[Element | None, str]]:
    """The same by the person or organization that provides, each once."""
    seen = set()
    for member, url in item_members(submission, item):
        provider = person_of(submission, url)
        if provider and provider not in seen:
            seen.add(provider)
            yield member, provider


def person_of(submission: Submission, url: str) -> str | None:
    """The fullUrl of the person or organization that a provider is; of a role, the one in it."""
    resource = submission.element(url)
    match resource.text("resourceType"):
        case "Practitioner" | "Organization":
            return url
        case "PractitionerRole":
            practitioner = submission.resolve(resource.child("practitioner"), url)
            return practitioner or submission.resolve(resource.child("organization"), url)
        case _:
            return None


def provider_type(member: Element | None) -> Json:
    """The kind of provider, by its X12 code."""
    return (member and _coded(member, "role", _X12_ENTITY)) or {
        "coding": [{"system": _X12_ENTITY, "code": _SERVICE_PROVIDER}]
    }


def _coded(member: Element, name: str, system: str) -> Json | None:
    concept = member.child(name)
    for coding in concept.children("coding") if concept else ():
        code = coding.text("code")
        if code and coding.text("system") == system:
            return {"coding": [{"system": system, "code": code}]}
    return None


def _is_overall(member: Element) -> bool:
    scope = member.extension(_SCOPE)
    return scope is not None and scope.boolean("valueBoolean") is True
