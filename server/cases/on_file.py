"""The authorizations that a member has on file, as facts: a rule may ask for one, and the hook may answer with it.

A member of many years has many; only those for the codes that matter are read.
"""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import date

from server.cases.case import CASE_KIND, Case, CaseItem
from server.cases.document import authorized_key, from_document
from server.decision.facts import Authorized, Source
from server.decision.policy.criteria import FromAuthorization
from server.decision.policy.index import PolicyIndex
from server.decision.request import Code, RequestedItem
from server.fhir.dates import DatePeriod
from server.storage.port import Store

_NEWEST = 20
"""Cases that are read for one code."""


def codes_asked_for(
    policies: PolicyIndex, items: Iterable[RequestedItem], line_of_business: str, on: date
) -> frozenset[Code]:
    """The codes for which the policies of the items ask whether an authorization is on file; mostly none."""
    found = [policies.lookup((code,), line_of_business, on, item.place) for item in items for code in item.codes]
    return frozenset(
        code
        for policy in found
        if policy
        for each in policy.inputs.values()
        for source in each.sources
        if isinstance(source, FromAuthorization)
        for code in source.codes
    )


def codes_that_matter(
    policies: PolicyIndex, items: Iterable[RequestedItem], line_of_business: str, on: date
) -> frozenset[Code]:
    """The codes of the items, and those that their policies ask for."""
    listed = tuple(items)
    return codes_asked_for(policies, listed, line_of_business, on) | {code for item in listed for code in item.codes}


async def authorizations(store: Store, member: str, codes: Iterable[Code]) -> tuple[Authorized, ...]:
    """The member's newest authorizations for each of the codes. `member` is our id of the member.

    An item that was certified in part (A6) is on file as well.
    """
    keys = sorted({authorized_key(member, code) for code in codes})
    if not keys:  # mostly: and to gather nothing costs a round of the event loop
        return ()
    pages = await asyncio.gather(*(store.find(CASE_KIND, [key], limit=_NEWEST, newest_first=True) for key in keys))
    cases = {document.id: document for page in pages for document in page.documents}
    return tuple(authorized for document in cases.values() for authorized in _authorized(from_document(document)))


def in_force(item: CaseItem) -> bool:
    """Whether the item has an authorization: its own, or the one that it renews while the renewal waits."""
    return item.authorization_number is not None and item.review_action not in ("A3", "C")


def _authorized(case: Case) -> Iterator[Authorized]:
    for item in case.items:
        if item.authorization_number and in_force(item):
            source = Source(f"ClaimResponse/{case.answer.claim_response_id}", "ClaimResponse.preAuthRef", "payer")
            yield Authorized(item.authorization_number, item.codes, item.valid or DatePeriod(), source)
