"""Who a request comes from and who provides: by these a later inquiry is let in, and a Subscription is matched.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#inquiring-about-prior-authorizations
"""

from collections.abc import Iterator

from server.fhir.identifier import Identifier, identifiers
from server.pas.submission import Submission
from server.pas.urls import TRANSMISSION_IDENTIFIERS

_SENDERS = ("interchangeSenderID", "applicationSenderCode")


def provider_identifiers(submission: Submission) -> tuple[Identifier, ...]:
    """All identifiers of the requesting organization; of a role, those of its organization too."""
    return _identifiers(submission, _with_targets(submission, submission.provider_url, "organization"))


def party_identifiers(submission: Submission, url: str) -> tuple[Identifier, ...]:
    """All identifiers of one provider; of a role, those of its person and its organization too."""
    found = [each for name in ("practitioner", "organization") for each in _with_targets(submission, url, name)]
    return _identifiers(submission, found)


def practitioner_identifiers(submission: Submission) -> tuple[Identifier, ...]:
    """All identifiers of the people who order and provide: of the care team and of a requestor who is a person."""
    urls = [
        submission.resolve(member.child("provider"), submission.claim_url)
        for member in submission.claim.children("careTeam")
    ]
    urls.append(submission.provider_url)
    people = [
        found
        for url in urls
        if url
        for found in _with_targets(submission, url, "practitioner")
        if submission.resources[found]["resourceType"] in ("Practitioner", "PractitionerRole")
    ]
    return _identifiers(submission, people)


def sender_codes(submission: Submission) -> tuple[str, ...]:
    """The sender's codes of the transmission."""
    found = submission.claim.extension(TRANSMISSION_IDENTIFIERS)
    parts = found.children("extension") if found else []
    return tuple(code for part in parts if part.text("url") in _SENDERS and (code := part.text("valueString")))


def addressed(providers: tuple[Identifier, ...], senders: tuple[str, ...]) -> tuple[str, ...]:
    """All that a Subscription may filter on: sender codes, and each identifier as `value` and as `system|value`."""
    named = [text for each in providers for text in (each.value, f"{each.system or ''}|{each.value}")]
    return tuple(dict.fromkeys([*senders, *named]))


def _with_targets(submission: Submission, url: str, name: str) -> Iterator[str]:
    """The fullUrl itself and, of a PractitionerRole, that of its person or organization."""
    yield url
    resource = submission.element(url)
    if resource.text("resourceType") == "PractitionerRole" and (
        target := submission.resolve(resource.child(name), url)
    ):
        yield target


def _identifiers(submission: Submission, urls: Iterator[str] | list[str]) -> tuple[Identifier, ...]:
    listed = [submission.resources[url].get("identifier") for url in dict.fromkeys(urls)]
    return tuple(dict.fromkeys(found for each in listed for found in identifiers(each)))
