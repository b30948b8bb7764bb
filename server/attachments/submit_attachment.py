"""$submit-attachment: read, find the case, decide its waiting items again, keep all in one write, say so.

The same bytes of the same caller are attached once. Whoever finds the case changed in between reads it again.
Spec page: https://hl7.org/fhir/us/davinci-cdex/OperationDefinition-submit-attachment.html
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from server.attachments.attach import attached, bound, differs
from server.attachments.entries import attachment_entries
from server.attachments.find import Target, find_target
from server.attachments.request import Delivery, read_delivery
from server.cases.answering import Answered, Answering
from server.cases.attached import attached_evidence, evidence_of
from server.cases.case import CASE_KIND, Case, CaseRequest, Generation
from server.cases.document import request_key, to_document
from server.cases.redeciding import Redeciding
from server.clock import Clock, Ids, instant
from server.content.content import CurrentContent
from server.decision.plan.plan import Tolling
from server.errors import Duplicate, Issue, StoreUnavailable, VersionConflict
from server.fhir import json
from server.fhir.outcome import operation_outcome
from server.members.port import Members
from server.storage.port import Store
from server.web.declare import FhirAnswer, FhirRequest

_ATTEMPTS = 20
"""Numbers that are taken are made anew, and a case that was changed is read again; so many in a row are a fault."""

_IN_FORCE = frozenset({"A1", "A2", "A6"})


@dataclass(frozen=True, slots=True)
class SubmitAttachment:
    """The operation with what it needs of the outside world."""

    store: Store
    members: Members
    content: CurrentContent
    answering: Answering
    redeciding: Redeciding
    clock: Clock
    ids: Ids
    generation: Generation

    async def __call__(self, request: FhirRequest) -> FhirAnswer:
        """The receipt; raises RequestRefused for what can't be attached, and then nothing was kept."""
        digest = sha256(request.body).hexdigest()
        key = request_key(request.caller, digest)
        delivery = read_delivery(request.resource)
        for _ in range(_ATTEMPTS):
            if await self.store.get_by_unique(CASE_KIND, key):
                return _receipt(_AGAIN)
            try:
                return _receipt(await self._attach(request, delivery, digest))
            except (Duplicate, VersionConflict):
                continue
        raise StoreUnavailable("the case was changed as often as it was read")

    async def _attach(self, request: FhirRequest, delivery: Delivery, digest: str) -> str:
        target = await find_target(delivery, self.store, self.members)
        waiting = bound(delivery, target)
        came = CaseRequest(
            digest=digest,
            caller=request.caller,
            claim_full_url=target.case.request.claim_full_url,
            kind="attachment",
            received=request.received,
            generation=self.generation,
            base=request.base,
            sequences=tuple(sorted(waiting)),
        )
        evidence = [*await attached_evidence(self.store, target.case), *evidence_of(request.resource, came)]
        fresh = await self.redeciding(target.case, evidence, waiting)
        at = self.clock()
        changed = attached(
            target,
            delivery,
            came,
            fresh,
            at=at,
            number=self._number(target.case),
            tolling=self._tolling(target.case),
        )
        written = await self._answered(target, changed)
        kept = attachment_entries(delivery, request.resource, digest, self.ids, instant(at))
        document = replace(written.document, entries=(*written.document.entries, *kept))
        await self.store.replace(document, (request.body, *written.payloads))
        return _told(changed)

    async def _answered(self, target: Target, changed: Case) -> Answered:
        """A new answer where the requester would see a difference; more to come to an item that waits is none."""
        if target.case.items != changed.items:
            notify = differs(target.case.items, changed.items)
            return await self.answering(target.document, changed, changed.updated, notify=notify)
        stored = target.document
        case = replace(changed, version=stored.version + 1)
        return Answered(to_document(case, stored.entries, stored.payloads), ())

    def _number(self, case: Case) -> str:
        """The authorization number that is in force for the case already, or a new one: all its items share one."""
        given = (item.authorization_number for item in case.items if item.review_action in _IN_FORCE)
        return next((number for number in given if number), None) or self.ids.number("PA")

    def _tolling(self, case: Case) -> Tolling | None:
        plan = self.content().plans.get(case.plan or "")
        rule = plan.clocks.get(case.line_of_business or "") if plan else None
        return rule.tolling if rule else None


_AGAIN = "These bytes were received before and are attached already; nothing was done again."


def _receipt(sentence: str) -> FhirAnswer:
    return FhirAnswer(json.write(operation_outcome([Issue("informational", sentence, severity="information")])))


def _told(case: Case) -> str:
    """What the sender is told: no result, which goes to the requester by notification and on inquiry."""
    waiting = sum(item.review_action == "A4" for item in case.items)
    rest = f"{waiting} of {len(case.items)} items still wait" if waiting else "nothing waits any more"
    return f"The attachments were received, kept and weighed at once: {rest}. Claim/$inquire gives the answer."
