"""The authorizations that a member has on file, as facts: a rule may ask for one, and the hook may answer with it."""

from server.cases.case import CASE_KIND
from server.cases.document import from_document
from server.decision.facts import Authorized, Source
from server.fhir.dates import DatePeriod
from server.storage.port import Store

_NEWEST = 50


async def authorizations(store: Store, member: str) -> tuple[Authorized, ...]:
    """The member's authorizations of their 50 newest authorized cases, newest first. `member` is our id of the member.

    An item that was certified in part (A6) is on file with what was certified.
    """
    found = await store.find(CASE_KIND, [f"authorized:{member}"], limit=_NEWEST, newest_first=True)
    return tuple(
        Authorized(
            number=item.authorization_number,
            codes=item.codes,
            valid=item.valid or DatePeriod(),
            source=Source(f"ClaimResponse/{case.answer.claim_response_id}", "ClaimResponse.preAuthRef", "payer"),
        )
        for case in map(from_document, found.documents)
        for item in case.items
        if item.authorization_number
    )
