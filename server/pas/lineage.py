"""Finds the case that a Claim follows: an update, a cancel, a renewal or an extension changes a case, it opens none.

A Claim says what it follows by its prior Claim (the reference, or that Claim's identifier), or by a number of ours. All
that is found counts only for the same member: a number alone opens nobody else's case.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#updating-authorization-requests
"""

from collections.abc import AsyncIterator, Iterable, Iterator

from server.cases.case import CASE_KIND, Case
from server.cases.document import claim_key, from_document, given_keys, identifier_key
from server.fhir.element import Element
from server.fhir.identifier import identifier
from server.pas.certification import FOLLOWING, certification_types
from server.pas.submission import Submission
from server.pas.urls import AUTHORIZATION_NUMBER, REFERENCE_NUMBER
from server.storage.port import Document, Store

_NEWEST = 10
"""Cases that are looked at for one key: a Claim's URL may have been used for several requests."""


def follows(submission: Submission) -> bool:
    """Whether the Claim says that it changes or continues one before it."""
    claim = submission.claim
    if claim.value.get("related"):
        return True
    parts = [claim, *claim.children("item")]
    return any(certification_types(part) & FOLLOWING for part in parts)


async def prior_case(store: Store, submission: Submission, caller: str, member: str) -> tuple[Document, Case] | None:
    """The newest case of the member that the Claim names as the one before it; None when it names none we know.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-47
    """
    async for document in _named(store, submission, caller):
        case = from_document(document)
        if case.member == member and case.state != "error":
            return document, case
    return None


async def _named(store: Store, submission: Submission, caller: str) -> AsyncIterator[Document]:
    """From what says most exactly to what says least.

    Of the numbers only those count that we gave: what a Claim carried besides is the requester's own, and it may stand
    on many of their Claims.
    """
    keys = [claim_key(caller, submission.prior_url)] if submission.prior_url else []
    for document in await _indexed(store, keys):
        yield document
    for key in [key for number in dict.fromkeys(claim_numbers(submission.claim)) for key in given_keys(number)]:
        if found := await store.get_by_unique(CASE_KIND, key):
            yield found
    for document in await _indexed(store, _prior_identifiers(submission)):
        yield document


def _prior_identifiers(submission: Submission) -> Iterator[str]:
    for related in submission.claim.children("related"):
        reference = related.child("claim")
        if reference and (logical := identifier(reference.value.get("identifier"))):
            yield identifier_key(logical)


async def _indexed(store: Store, keys: Iterable[str]) -> list[Document]:
    pages = [await store.find(CASE_KIND, [key], limit=_NEWEST, newest_first=True) for key in keys]
    return [document for page in pages for document in page.documents]


def claim_numbers(claim: Element) -> Iterator[str]:
    """The authorization and reference numbers on the Claim and its items."""
    for element in (claim, *claim.children("item")):
        for url in (AUTHORIZATION_NUMBER, REFERENCE_NUMBER):
            for found in element.extensions(url):
                if number := found.text("valueString"):
                    yield number
